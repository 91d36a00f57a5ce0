"""Which function runs: the plain one of led.py, or its fast twin in fast.py."""

import functools
import os
import sys

import numpy as np

if os.environ.get("LED_PLAIN", "") not in ("", "0", "1"):
    raise ValueError(f"LED_PLAIN: expected 0 or 1, found {os.environ['LED_PLAIN']!r:.80}")

# WebAssembly has no threads, on which the twins stand.
PLAIN = os.environ.get("LED_PLAIN") == "1" or sys.platform in ("emscripten", "wasi")
if not PLAIN:
    from led_support import engine, fast


def has_fast_twin(plain):
    """Marks a function of which fast.py has a twin, by the same name: same arguments, same results,
    same gradients. NumPy arrays go to the twin, others, and all with LED_PLAIN=1, to the function
    itself, as does what the twin is not made for: then it returns NotImplemented. The type that
    counts is that of the first argument, or of the first array in it."""
    if PLAIN:
        return plain
    twin = getattr(fast, plain.__name__)

    @functools.wraps(plain)
    def either(x, *rest, **named):
        array = next(iter(x.values()), None) if isinstance(x, dict) else x
        out = twin(x, *rest, **named) if isinstance(array, np.ndarray) else NotImplemented
        return plain(x, *rest, **named) if out is NotImplemented else out

    return either


def all_cores(xp, training=False):
    """`with` it a computation on arrays of the module xp has all cores and memory to use again, for
    the twins, and underflow is no error; training: whether a backward will follow."""
    if PLAIN or xp is not np:
        return np.errstate(under="ignore")
    return engine.all_cores(training)


def training_step(step, labels, attention_mask, weights):
    """Loss and gradients of a batch from step(documents, tokens), those of some of it: all at once,
    or as fast.training_step says."""
    if PLAIN or not isinstance(labels, np.ndarray):
        return step(slice(None), attention_mask.shape[1])
    return fast.training_step(step, labels, attention_mask, weights)


def keep_memory(array):
    """The memory of this computation serves the next one, if that begins while the array lives."""
    if not PLAIN and isinstance(array, np.ndarray):
        engine.keep_memory(array)
