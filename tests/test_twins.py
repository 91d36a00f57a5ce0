"""The fast twins beside the functions of led.py that they stand for: the same results, the same
gradients, the same elements dropped, on random shapes whose sizes are pairwise different.

How far two ways of computing the same may be apart is measured, not chosen: `one_bit` is how far
the plain function's own results move when its inputs are rounded otherwise in their last bit. With
many summands, or scores of 300, a twin may be as far away as that, times MOST.
"""

import importlib.util
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import led
from led_support import engine, fast, inputs
from led_support.arrays import keep_factors, subseed
from tests.common import bell

ROOT = Path(__file__).parent.parent
SEED = 11

# The most that a twin's results may be apart from the plain function's, in units of what one bit of
# the inputs does to them. Measured: see the tables that the tests print; at most 2.4.
MOST = 5


def load_plain():
    """led.py once more, in which nothing is replaced, all the way down; and the names of the
    functions that say they have a twin."""
    marked = []

    def keep_plain(function):
        marked.append(function.__name__)
        return function

    with mock.patch("led_support.twins.has_fast_twin", keep_plain):
        spec = importlib.util.spec_from_file_location("plain_led", led.__file__)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module, marked


PLAIN, MARKED = load_plain()


# ------------------------------------------------------------------------------------------------
# One pair beside the other
# ------------------------------------------------------------------------------------------------


def one_bit_apart(value, random):
    """The same arrays, with every number moved up or down by its last bit"""
    if isinstance(value, dict):
        return {name: one_bit_apart(array, random) for name, array in value.items()}
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    signs = random.randint(0, 2, value.shape) * 2 - 1
    return (value * (1 + signs * np.finfo(value.dtype).eps)).astype(value.dtype)


def flat(values, name=""):
    """{name: array} of nested tuples and dicts of arrays"""
    if isinstance(values, np.ndarray):
        return {name: values}
    parts = values.items() if isinstance(values, dict) else enumerate(values)
    found = {}
    for key, part in parts:
        found |= flat(part, f"{name}.{key}" if name else str(key))
    return found


def distance(ours, theirs):
    """||ours - theirs|| / ||theirs|| of all arrays together, in float64"""
    assert ours.keys() == theirs.keys()
    error = size = 0.0
    for name, array in theirs.items():
        assert ours[name].shape == array.shape, name
        assert ours[name].dtype == array.dtype, name
        assert np.isfinite(array).all() and np.isfinite(ours[name]).all(), name
        array = array.astype(np.float64)
        error += ((ours[name] - array) ** 2).sum()
        size += (array**2).sum()
    return math.sqrt(error / size) if size else math.sqrt(error)


def copies(value):
    if isinstance(value, dict):
        return {name: copies(array) for name, array in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def same(value, other):
    if isinstance(value, dict):
        return all(same(value[name], other[name]) for name in value)
    return np.array_equal(value, other) if isinstance(value, np.ndarray) else value == other


def run(module, name, arguments):
    """-> {"": the result}, {gradient's name: array} of a pair; neither writes over what it is given"""
    before = copies(arguments)
    with engine.all_cores(training=True):  # whose memory is used again
        out, cache = getattr(module, name)(*arguments.values())
        dout = bell(np.random.RandomState(3), out.shape, 1).astype(out.dtype)
        given, kept = dout.copy(), out.copy()
        grads = flat(getattr(module, name + "_backward")(given, cache))
    assert same(arguments, before), f"{module.__name__} {name} writes over its arguments"
    assert same(given, dout), f"{module.__name__} {name}_backward writes over dout"
    return {"": kept}, grads


def compare(name, *arguments, title=""):
    """Fails where twin and plain function differ by more than roundings, or where the twin's result
    is another if no backward will follow. -> {"plain", "fast": (result, gradients)}"""
    arguments = dict(enumerate(arguments))
    results = {"plain": run(PLAIN, name, arguments), "fast": run(fast, name, arguments)}
    random, one_bit = np.random.RandomState(1), [0.0, 0.0]
    for _ in range(3):
        moved = run(PLAIN, name, one_bit_apart(arguments, random))
        for i in range(2):
            one_bit[i] = max(one_bit[i], distance(moved[i], results["plain"][i]))
    for i, what in enumerate(("results", "gradients")):
        found = distance(results["fast"][i], results["plain"][i])
        bit = max(one_bit[i], np.finfo(results["plain"][0][""].dtype).eps)
        print(f"{name:22} {title:40} {what:10} {found:8.1e}, one bit {bit:8.1e}: {found / bit:5.2f}")
        assert found <= MOST * bit, (name, title, what, found, bit)

    before = copies(arguments)
    with engine.all_cores():  # inference: a twin may keep nothing
        inferred, _ = getattr(fast, name)(*arguments.values())
        inferred = inferred.copy()
    assert same(arguments, before), f"{name} writes over its arguments in inference"
    assert same(inferred, results["fast"][0][""]), f"{name}: inference is another"
    return results


# ------------------------------------------------------------------------------------------------
# The functions, one by one
# ------------------------------------------------------------------------------------------------

COMPARED = set()  # the names that a test below was made for
INFERENCE = {"keys_and_values", "decoder_layer"}  # twins of which no backward follows
DTYPES = ["float32", "float64"]
ROWS = [(1, 1), (2, 3), (3, 23), (2, 1700)]  # B, S: the last is several blocks of rows
RATES = [(0.0, SEED), (0.3, SEED), (0.3, None), (1.0, SEED)]


def compares(*names):
    """Marks a test of the pair of this name (or of these)"""
    COMPARED.update(names)
    return lambda test: test


def numbers(dtype, *shape, scale=1, seed=0):
    random = np.random.RandomState([seed, *shape])
    return bell(random, shape, scale).astype(dtype)


def layer(dtype, name, size_in, size_out):
    return {name + ".weight": numbers(dtype, size_out, size_in, scale=size_in**-0.5),
            name + ".bias": numbers(dtype, size_out, scale=0.5)}  # fmt: skip


def norm(dtype, name, E):
    return {name + ".weight": 1 + numbers(dtype, E, scale=0.3),
            name + ".bias": numbers(dtype, E, scale=0.5)}  # fmt: skip


def not_contiguous(value):
    """The same numbers, in memory with gaps and in another order of axes"""
    if isinstance(value, dict):
        return {name: not_contiguous(array) for name, array in value.items()}
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return value
    wide = np.zeros(tuple(2 * size for size in value.shape[::-1]), value.dtype).T
    view = wide[tuple(slice(None, None, 2) for _ in value.shape)]
    view[...] = value
    return view


def test_all_that_say_so_have_a_twin_and_are_compared():
    assert len(MARKED) > 6
    for name in MARKED:
        assert callable(getattr(fast, name)), name
    assert set(MARKED) == COMPARED
    backwards = {name for name in MARKED if name.endswith("_backward")}
    forwards = {name + "_backward" for name in MARKED if hasattr(led, name + "_backward")}
    inference = {name + "_backward" for name in INFERENCE}  # of which no backward follows
    assert backwards == forwards - inference, "a pair is replaced together"


@compares("linear", "linear_backward")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B, S", ROWS)
@pytest.mark.parametrize("size_in, size_out", [(5, 7), (130, 61)])
def test_linear(dtype, B, S, size_in, size_out):
    parts = layer(dtype, "fc", size_in, size_out)
    arguments = [numbers(dtype, B, S, size_in), *parts.values()]
    compare("linear", *arguments, title=f"{dtype} {B} {S} {size_in} {size_out}")
    compare("linear", *map(not_contiguous, arguments), title="not contiguous")
    one_row = numbers(dtype, size_in)[None]
    compare("linear", one_row, *parts.values(), title="one row")


@compares("add_and_norm", "add_and_norm_backward")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B, S", ROWS)
@pytest.mark.parametrize("rate, seed", RATES)
def test_add_and_norm(dtype, B, S, rate, seed):
    E = 155
    residual, branch = numbers(dtype, B, S, E, seed=1), numbers(dtype, B, S, E, seed=2)
    arguments = [residual, branch, norm(dtype, "norm", E), "norm", rate, seed]
    results = compare("add_and_norm", *arguments, title=f"{dtype} {B} {S} {rate} {seed}")
    if seed is not None and rate:
        dropped = [results[side][1]["1"] == 0 for side in ("fast", "plain")]  # dbranch
        assert np.array_equal(*dropped) and dropped[0].any()
    compare("add_and_norm", *map(not_contiguous, arguments), title="not contiguous")
    # positions, which are broadcast over the documents
    arguments[1] = np.broadcast_to(numbers(dtype, S, E), (B, S, E))
    compare("add_and_norm", *arguments, title="broadcast")


@compares("feed_forward", "feed_forward_backward")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B, S", ROWS)
@pytest.mark.parametrize("activation, rate, seed",
                         [*(("gelu", *rate) for rate in RATES), ("relu", 0.3, SEED)])  # fmt: skip
def test_feed_forward(dtype, B, S, activation, rate, seed):
    E, F = 13, 163
    if rate == 1:  # what is left is the sum of a bias's gradient, added up in another order
        S = min(S, 23)
    params = layer(dtype, "layer.fc1", E, F) | layer(dtype, "layer.fc2", F, E)
    arguments = [numbers(dtype, B, S, E), params, "layer", activation, rate, seed]
    compare("feed_forward", *arguments, title=f"{dtype} {B} {S} {rate} {seed} {activation}")
    with mock.patch.object(fast, "FEW_HIDDEN", 0):
        compare("feed_forward", *arguments, title="made again in the backward")
    compare("feed_forward", *map(not_contiguous, arguments), title="not contiguous")


@compares("adamw_update")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", [[(1,)], [(23,), (7, 5), (611, 490)],
                                    [(23,), (9,), (7, 5), (1, 3), (4, 3, 2), (611, 490)]])  # fmt: skip
@pytest.mark.parametrize("contiguous", [True, False])
def test_adamw_update(dtype, shapes, contiguous):
    """Three steps of parameters small and large; eps is large enough to count. The arrays stay
    where they are."""
    def steps(module, nudge=lambda array: array):
        state = [{}, {}, {}]
        for i, shape in enumerate(shapes):
            for j, array in enumerate((numbers(dtype, *shape), *np.zeros((2, *shape), dtype))):
                state[j][str(i)] = array if contiguous else not_contiguous(array)
        before = [dict(arrays) for arrays in state]
        for step in (1, 2, 3):
            grads = {name: nudge(numbers(dtype, *array.shape, seed=step))
                     for name, array in state[0].items()}  # fmt: skip
            given = copies(grads)
            module.adamw_update(state[0], grads, *state[1:], 0.1, (0.9, 0.99), 1e-2, 0.3, step)
            assert same(grads, given)
        assert all(array is before[j][name] for j in range(3) for name, array in state[j].items())
        return flat(state)

    random = np.random.RandomState(0)
    expected, ours = steps(PLAIN), steps(fast)
    bit = distance(steps(PLAIN, lambda array: one_bit_apart(array, random)), expected)
    for name in expected:
        found = distance({name: ours[name]}, {name: expected[name]})
        print(f"{dtype} {shapes} {name}: {found:.1e}, one bit {bit:.1e}")
        assert found <= MOST * max(bit, np.finfo(dtype).eps), name
    for name, shape in enumerate(shapes):  # what decays is another number than what does not
        if len(shape) > 1:
            param = {"": expected[f"0.{name}"]}
            assert distance(param, {"": param[""] * 0.999}) > 1e-4


ATTENTIONS = [  # leading axes, T, S, D
    ((1,), 1, 1, 3), ((2,), 5, 7, 4), ((2, 3), 1, 23, 5), ((2, 3), 4, 29, 5), ((3, 4), 6, 530, 13),
    ((1, 5), 1, 1300, 12), ((2, 6), 30, 700, 8), ((5,), 300, 130, 9)]  # fmt: skip
BIASES = ["none", "keys", "causal", "documents", "texts"]


def attention_bias(kind, leading, T, S, dtype):
    """None, (S,), (1, 1, T, S), (B, 1, 1, S) or (B, 1, T, S): some keys are removed, in some
    documents all but one, never all"""
    random = np.random.RandomState([T, S])
    B = leading[0] if len(leading) == 2 else 1
    removed = {
        "keys": random.randint(0, 3, S) == 0,
        "causal": np.arange(S) > S - T + np.arange(T)[None, None, :, None],
        "documents": random.randint(0, 3, (B, 1, 1, S)) == 0,
        "texts": random.randint(0, 3, (B, 1, T, S)) == 0,
    }.get(kind)
    if removed is None:
        return None
    removed[..., 0] = False
    if len(leading) == 1 and removed.ndim == 4:
        removed = removed[0]  # (H, T, D) has no documents
    return np.where(removed, led.REMOVED, 0).astype(dtype)


@compares("attend", "attend_backward")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("leading, T, S, D", ATTENTIONS)
@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("size", [1, 300])
def test_attend(dtype, leading, T, S, D, bias, size):
    """size: about that of the largest scores"""
    arrays = [numbers(dtype, *leading, rows, D, seed=i) for i, rows in enumerate((T, S, S))]
    arrays[0] *= size
    others = attention_bias(bias, leading, T, S, dtype),
    title = f"{dtype} {leading} {T} {S} {D} {bias} {size}"
    compare("attend", *arrays, *others, title=title)
    compare("attend", *map(not_contiguous, arrays), *others, title="not contiguous")
    compare("attend", *arrays, *others, 0.3, SEED, title="dropout")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("leading, T", [((3,), 4), ((2, 3), 7), ((2, 5), 1)])
def test_attend_drops_the_same(dtype, leading, T):
    """With v = 1 the context is the probabilities themselves: zeros in the same places, those of
    keep_factors with the rows counted through (B, H, T)"""
    S = D = 41
    q, k = (numbers(dtype, *leading, rows, D, seed=rows) for rows in (T, S))
    v = np.broadcast_to(np.eye(S, dtype=dtype), (*leading, S, D))
    results = compare("attend", q, k, v, None, 0.4, SEED)
    keep = keep_factors(results["plain"][0][""], 0.4, SEED)
    assert 0.3 < (keep == 0).mean() < 0.5
    for side in ("fast", "plain"):
        assert np.array_equal(results[side][0][""] == 0, keep == 0), side


@compares("keys_and_values")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B, S", ROWS)
@pytest.mark.parametrize("D", [7, 64])
def test_keys_and_values(dtype, B, S, D):
    """In inference each head is one piece of memory; else the plain function runs"""
    H = 3
    params = layer(dtype, "a.k_proj", H * D, H * D) | layer(dtype, "a.v_proj", H * D, H * D)
    x = numbers(dtype, B, S, H * D)
    assert fast.keys_and_values(x, params, "a", H) is NotImplemented
    expected = PLAIN.keys_and_values(x, params, "a", H)[:2]
    with engine.all_cores():
        ours = led.keys_and_values(x, params, "a", H)[:2]
    assert distance(flat(ours), flat(expected)) < MOST * np.finfo(dtype).eps
    k, v = ours
    assert k.swapaxes(-1, -2).flags.c_contiguous and v.swapaxes(-1, -2).flags.c_contiguous


LAYERS = [  # documents, beams, T, past, S, H, D
    (1, 1, 1, 1, 1, 2, 3), (1, 1, 1, 4, 37, 3, 5), (2, 1, 1, 9, 29, 3, 70), (1, 4, 1, 6, 41, 2, 9),
    (3, 2, 1, 1, 23, 4, 5), (1, 1, 5, 2, 31, 3, 7), (2, 1, 3, 8, 19, 2, 5), (1, 1, 1, 3, 4200, 5, 64),
    (1, 3, 1, 2, 6000, 4, 48), (1, 16, 1, 700, 9, 6, 40)]  # fmt: skip


@compares("decoder_layer")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("documents, beams, T, past, S, H, D", LAYERS)
@pytest.mark.parametrize("activation, masks", [("gelu", False), ("relu", True)])
def test_decoder_layer(dtype, documents, beams, T, past, S, H, D, activation, masks):
    """A step of decoding; the last cases are more than one core's share. Hypotheses share the keys of
    their document."""
    E, F, B = H * D, 3 * H * D + 1, documents * beams
    params = {}
    for kind in ("self_attn", "encoder_attn"):
        for part in "kvq":
            params |= layer(dtype, f"l.{kind}.{part}_proj", E, E)
        params |= layer(dtype, f"l.{kind}.out_proj", E, E) | norm(dtype, f"l.{kind}_layer_norm", E)
    params |= layer(dtype, "l.fc1", E, F) | layer(dtype, "l.fc2", F, E)
    params |= norm(dtype, "l.final_layer_norm", E)
    config = led.LEDConfig(decoder_attention_heads=H, activation_function=activation)
    x, memory = numbers(dtype, B, T, E), numbers(dtype, documents, S, E, seed=1)
    own = [numbers(dtype, B, H, past, D, seed=i) for i in (2, 3)]
    others = [numbers(dtype, documents, H, S, D, seed=i) for i in (4, 5)]
    biases = [attention_bias("causal", (B, H), T, past + T, dtype) if T > 1 else None,
              attention_bias("documents", (documents, H), T, S, dtype)]  # fmt: skip
    head_masks = [numbers(dtype, H, seed=i) for i in (6, 7)] if masks else (None, None)

    def run_layer(module, x, memory, params, own, others, copied):
        rest = [array if copied == 1 else np.repeat(array, copied, axis=0) for array in others]
        bias = biases[1] if copied == 1 else np.repeat(biases[1], copied, axis=0)
        return module.decoder_layer(
            x, memory, params, "l", config, [biases[0], bias], (*own, *rest),
            head_masks)  # fmt: skip

    given = [x, memory, params, *own, *others]
    before = copies(given)
    expected, expected_past, expected_cache = run_layer(
        PLAIN, x, memory, params, own, others, beams)
    with engine.all_cores():
        ours, ours_past, cache = run_layer(led, x, memory, params, own, others, 1)
    assert all(map(same, given, before))
    assert isinstance(cache, fast.DecoderLayer)
    random, bit = np.random.RandomState(0), np.finfo(dtype).eps
    for _ in range(3):
        moved = [one_bit_apart(part, random) for part in (x, memory, params)]
        moved += [[one_bit_apart(array, random) for array in arrays] for arrays in (own, others)]
        bit = max(bit, distance({"": run_layer(PLAIN, *moved, beams)[0]}, {"": expected}))
    found = distance({"": ours}, {"": expected})
    print(f"{dtype} {documents} {beams} {T} {past} {S} {H} {D}: {found:.1e}, one bit {bit:.1e}")
    assert found <= MOST * bit
    for i in range(2):
        assert distance({"": ours_past[i]}, {"": expected_past[i]}) < MOST * np.finfo(dtype).eps
    for kind in ("self_attention", "cross_attention"):
        probs = [PLAIN.decoder_attention_probs(getattr(each, kind), T)
                 for each in (cache, expected_cache)]  # fmt: skip
        assert distance({"": probs[0]}, {"": probs[1]}) <= 4 * MOST * bit, kind


def test_a_step_of_decoding_is_of_few_rows_after_others():
    x = numbers("float32", 1, fast.FEW_NUMBERS // 6 + 1, 6)
    past = (x,) * 4
    for training, rows, past in ((False, x, past), (True, x[:, :1], past), (False, x[:, :1], None)):
        with engine.all_cores(training):
            assert fast.decoder_layer(rows, *[None] * 5, past) is NotImplemented


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("beams, T", [(1, 1), (4, 1), (3, 2), (5, 6)])
@pytest.mark.parametrize("memory", ["rows", "features"])
def test_beams_share_keys(dtype, beams, T, memory):
    """decoder_attention on keys of two documents for some hypotheses each, in memory by rows or by
    features; against the plain one on a copy of the keys for each"""
    documents, S, H, D = 2, 37, 3, 5
    E = H * D
    params = layer(dtype, "a.q_proj", E, E) | layer(dtype, "a.out_proj", E, E)
    x = numbers(dtype, documents * beams, T, E)
    k, v = (numbers(dtype, documents, H, S, D, seed=i) for i in range(2))
    bias = attention_bias("documents", (documents, H), T, S, dtype)
    copied = [np.repeat(array, beams, axis=0) for array in (k, v, bias)]
    expected, _ = PLAIN.decoder_attention(x, *copied, params, "a", H)
    if memory == "features":
        k, v = (array.swapaxes(-1, -2).copy().swapaxes(-1, -2) for array in (k, v))
    before = copies([x, k, v, bias])
    for module in (PLAIN, led):
        ours, _ = module.decoder_attention(x, k, v, bias, params, "a", H)
        found = distance({"": ours}, {"": expected})
        assert found < 4 * np.finfo(dtype).eps, found  # measured: at most 1.2 of it
    assert all(map(same, [x, k, v, bias], before))


# ------------------------------------------------------------------------------------------------
# The encoder's attention
# ------------------------------------------------------------------------------------------------


def attention_case(dtype, B, S, H, D, window, globals_, size=1):
    """Arguments of encoder_attention. globals_: "none", "some" (fewer than D), "many" (more than D),
    "all"; the second document has none, the third is masked throughout"""
    random, E = np.random.RandomState([B, S, window]), H * D
    params = {}
    for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
        weights = layer(dtype, f"attention.{kind}", E, E)
        params |= {name: numbers(dtype, *array.shape, scale=abs(array).max() / 2, seed=len(params))
                   for name, array in weights.items()}  # fmt: skip
    for name in params:
        if "query" in name:
            params[name] *= np.asarray(size, dtype)
    x = numbers(dtype, B, S, E)
    masked = random.randint(0, 4, (B, S)) == 0
    chosen = {"none": 0, "some": max(1, min(D - 1, S // 3)), "many": D + 3, "all": S}[globals_]
    is_global = np.zeros((B, S), bool)
    for b in range(B):
        is_global[b, random.permutation(S)[:chosen]] = True
    if globals_ == "all":
        masked[0] = False
    if B > 1:
        is_global[1] = False
    if B > 2:
        masked[2] = True
    return [x, params, "attention", H, window, masked, is_global & ~masked]


ENCODERS = [  # B, S, H, D, W
    (3, 1, 2, 3, 4), (3, 2, 2, 5, 1), (3, 23, 2, 5, 4), (3, 23, 2, 7, 40), (2, 70, 4, 3, 33),
    (3, 131, 2, 5, 1), (2, 301, 3, 5, 64), (1, 2300, 3, 5, 130)]  # fmt: skip


@compares("encoder_attention", "encoder_attention_backward")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("globals_", ["none", "some", "many", "all"])
@pytest.mark.parametrize("B, S, H, D, W", ENCODERS)
def test_encoder_attention(dtype, globals_, B, S, H, D, W):
    if globals_ == "all" and S > 400:
        S = 400  # all pairs
    arguments = attention_case(dtype, B, S, H, D, W, globals_)
    title = f"{dtype} {B} {S} {H} {D} {W} {globals_}"
    compare("encoder_attention", *arguments, title=title)
    compare("encoder_attention", *arguments, 0.3, SEED, title=title + " dropout")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("counts", [(0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1), (0, 1, 0, 0, 0, 0),
                                    (2, 0, 4, 1, 0, 3), (3, 1, 0, 9, 2, 0), (7, 30, 2, 0, 1, 5)])
@pytest.mark.parametrize("S, W", [(61, 1), (61, 4), (61, 16), (61, 70), (290, 40)])  # fmt: skip
@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_encoder_attention_of_documents_that_differ(dtype, counts, S, W, rate):
    """Six of them, of different lengths, the last one nothing but padding in front of its global
    tokens; so many global tokens each, with D = 5 some of them few and some many"""
    B, H, D = len(counts), 3, 5
    x, params, name, *_, masked, is_global = attention_case(dtype, B, S, H, D, W, "none")
    random = np.random.RandomState([S, W, *counts])
    for b, count in enumerate(counts):
        length = S if b == B - 1 else random.randint(count + 1, S + 1)
        masked[b] = np.arange(S) >= length
        is_global[b, random.permutation(length)[:count]] = True
    masked[-1] = ~is_global[-1]
    arguments = [x, params, name, H, W, masked, is_global, rate, SEED if rate else None]
    title = f"{dtype} {counts} {S} {W} {rate}"
    results = compare("encoder_attention", *arguments, title=title)
    if rate == 0:  # the definition
        naive = PLAIN.naive_encoder_attention(*arguments[:-2])
        found = distance({"": results["fast"][0][""]}, {"": naive})
        assert found < 10 * np.finfo(dtype).eps, found  # measured: at most 2.2 of it


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("globals_", ["none", "some", "many"])
@pytest.mark.parametrize("B, S, H, D, W", ENCODERS[2:6])
def test_encoder_attention_of_large_scores(dtype, globals_, B, S, H, D, W):
    arguments = attention_case(dtype, B, S, H, D, W, globals_, size=80)
    x, params = arguments[:2]
    q, k = (PLAIN.project_heads(x, params, f"attention.{kind}", H)[0] for kind in ("query", "key"))
    assert abs(q @ k.swapaxes(-1, -2)).max() / math.sqrt(D) > 300
    compare("encoder_attention", *arguments, title=f"{dtype} {S} {W} {globals_} large scores")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rate, seed", [(0.0, None), (0.3, SEED)])
def test_encoder_attention_of_arrays_with_gaps(dtype, rate, seed):
    arguments = attention_case(dtype, 2, 57, 2, 5, 6, "some")
    compare("encoder_attention", *map(not_contiguous, arguments), rate, seed)


def dense_with_dropout(x, params, name, heads, window, masked, is_global, rate, seed):
    """naive_encoder_attention with dropout: a probability is dropped by its head, its query's
    position and its key's position, whatever the blocks"""
    (B, S, _), D = x.shape, x.shape[2] // heads

    def heads_of(kind):
        return PLAIN.project_heads(x, params, f"{name}.{kind}", heads)[0]  # (B, H, S, D)

    distance = abs(np.arange(S)[:, None] - np.arange(S))
    sees = ((distance <= window) | is_global[:, None, None, :]) & ~masked[:, None, None, :]
    scores = heads_of("query") @ heads_of("key").swapaxes(-1, -2) / math.sqrt(D)  # (B, H, S, S)
    probs = PLAIN.softmax(np.where(sees, scores, -math.inf))
    context = probs * keep_factors(probs, rate, subseed(seed, "band")) @ heads_of("value")

    scores = heads_of("query_global") @ heads_of("key_global").swapaxes(-1, -2) / math.sqrt(D)
    probs = PLAIN.softmax(np.where(masked[:, None, None, :], -math.inf, scores))
    for b in range(B):
        rows = probs[b][:, is_global[b]]  # (H, G, S)
        rows = rows * keep_factors(rows, rate, subseed(seed, b)) if rows.size else rows
        context[b][:, is_global[b]] = rows @ heads_of("value_global")[b]
    return PLAIN.merge_heads(np.where(masked[:, None, :, None], 0, context))


@pytest.mark.parametrize("S, W", [(1, 3), (23, 1), (23, 30), (70, 2), (70, 33), (133, 64),
                                  (150, 5), (150, 131)])  # fmt: skip
@pytest.mark.parametrize("globals_", ["some", "many"])
@pytest.mark.parametrize("side", ["plain", "fast"])
def test_dropout_goes_by_head_query_and_key_alone(S, W, globals_, side):
    """Blocks of 1 to 128 rows, and the dense definition, drop the same probabilities. With values
    that are 1 at one position each, a head's context is its probabilities: exact zeros. Of three
    documents one has no global token."""
    H, rate = 2, 0.4
    B, D = 3, max(2, S)
    arguments = attention_case("float64", B, S, H, D, W, "none")
    x, params, name, *_, masked, is_global = arguments
    random = np.random.RandomState(S)
    count = {"some": min(S, 3), "many": S // 2}[globals_]
    for b in (0, 2):
        is_global[b, random.permutation(S)[:count]] = True
    masked[2] = False
    is_global &= ~masked
    x[..., :D] = np.eye(S, D)
    for kind in ("value", "value_global"):  # of both heads: the first D features
        params[f"{name}.{kind}.weight"][...] = np.tile(np.eye(D, H * D), (H, 1))
        params[f"{name}.{kind}.bias"][...] = 0
    module = {"plain": PLAIN, "fast": fast}[side]
    with engine.all_cores(training=True):
        expected = dense_with_dropout(*arguments, rate, SEED)
        ours, _ = module.encoder_attention(*arguments, rate, SEED)
        without, _ = module.encoder_attention(*arguments)
    assert np.array_equal(ours == 0, expected == 0)
    found = distance({"": ours}, {"": expected})
    assert found < 1e-14, found  # measured: at most 1.8e-15
    if S > 20:
        assert 0.3 < (ours[without != 0] == 0).mean() < 0.5


# ------------------------------------------------------------------------------------------------
# The switch
# ------------------------------------------------------------------------------------------------

SHOW = """
import sys, led
print(hasattr(led.linear, "__wrapped__"), "led_support.fast" in sys.modules)
"""


@pytest.mark.parametrize("value, shown", [("0", "True True"), ("", "True True"),
                                          ("1", "False False")])  # fmt: skip
def test_the_switch(value, shown):
    result = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, capture_output=True, text=True,
                            env=os.environ | {"LED_PLAIN": value})  # fmt: skip
    assert result.stdout.strip() == shown, result.stderr


def test_another_value_is_refused():
    result = subprocess.run([sys.executable, "-c", "import led"], cwd=ROOT, capture_output=True,
                            text=True, env=os.environ | {"LED_PLAIN": "yes"})  # fmt: skip
    assert result.returncode == 1
    assert "ValueError: LED_PLAIN: expected 0 or 1, found 'yes'" in result.stderr


def test_long_sums_keep_their_digits():
    """A bias's gradient is the sum over all tokens, here in float32 and far from zero."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16384, 24), dtype=np.float32) + np.float32(0.3)
    weight = rng.standard_normal((36, 24), dtype=np.float32)
    dout = rng.standard_normal((16384, 36), dtype=np.float32) + np.float32(0.3)
    _, dweight, dbias = fast.linear_backward(dout, (x, weight))
    exact = dout.T.astype(np.float64) @ x, dout.sum(axis=0, dtype=np.float64)
    for found, expected in zip((dweight, dbias), exact):
        error = np.abs(found - expected).max() / np.abs(expected).max()
        assert error < 1e-6  # measured: 4e-7 and 2e-7; of all rows in one sum 4e-6


@pytest.mark.parametrize("documents, tokens, groups", [
    (4, 29, 4), (5, 37, 5), (9, 300, 5), (17, 301, 6), (6, 1024, 6)])  # fmt: skip
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_of_training_by_groups(dtype, documents, tokens, groups, monkeypatch):
    """Loss and gradients are those of the whole batch, whose documents have unequal lengths, global
    tokens and numbers of labels."""
    config = led.LEDConfig(vocab_size=31, d_model=12, encoder_layers=2, decoder_layers=1,
                           encoder_attention_heads=3, decoder_attention_heads=2,
                           encoder_ffn_dim=20, decoder_ffn_dim=14, attention_window=6,
                           max_encoder_position_embeddings=1100,
                           max_decoder_position_embeddings=9)  # fmt: skip
    model, random = led.LEDForConditionalGeneration(config, dtype=dtype), np.random.RandomState(tokens)
    for param in model.params.values():
        param[...] = bell(random, param.shape, 0.3)
    ids = random.randint(3, 31, (documents, tokens))
    document, position = np.indices(ids.shape)
    labels = random.randint(3, 31, (documents, 8))
    labels[np.arange(8) > 2 + np.arange(documents)[:, None] % 5] = -100
    batch = {"input_ids": ids, "attention_mask": (position < tokens - 3 * (document % 5)).astype(int),
             "global_attention_mask": position % 7 < document % 5 - 2, "labels": labels,
             "label_smoothing": 0.1}  # fmt: skip
    loss, whole = model.value_and_grad(**batch)  # too few tokens for groups
    monkeypatch.setattr(fast, "WORTH_GROUPS", 0)
    asked, forward, warned = [], model.forward, inputs.warn_once.__defaults__[0]
    warned.clear()  # a group without global tokens is no reason to warn
    with mock.patch.object(model, "forward", lambda *given: asked.append(1) or forward(*given)):
        by_groups, grads = model.value_and_grad(**batch)
    assert len(asked) == groups and not warned
    assert by_groups.dtype == dtype
    eps = np.finfo(dtype).eps
    assert abs(by_groups - loss) <= 4 * eps * loss  # measured: at most 1.2
    assert distance(grads, whole) < 10 * eps  # measured: at most 3


def test_a_step_of_training_that_is_no_sum_of_groups(monkeypatch):
    """With dropout, whose factors depend on a token's place in the batch, and where a group has no
    labels, whose loss is no number, the batch stays whole. Labels that do not fit are told of the
    batch."""
    monkeypatch.setattr(fast, "WORTH_GROUPS", 0)
    config = led.LEDConfig(vocab_size=31, d_model=12, encoder_layers=1, decoder_layers=1,
                           encoder_attention_heads=3, decoder_attention_heads=2,
                           encoder_ffn_dim=20, decoder_ffn_dim=14, attention_window=6,
                           max_encoder_position_embeddings=40,
                           max_decoder_position_embeddings=9)  # fmt: skip
    model, labels = led.LEDForConditionalGeneration(config), np.full((5, 4), 7)
    labels[2] = -100
    for settings in {"labels": labels}, {"labels": labels[[0] * 5], "dropout_rng": 3}:
        asked, forward = [], model.forward
        with mock.patch.object(model, "forward", lambda *given: asked.append(1) or forward(*given)):
            loss, _ = model.value_and_grad(np.full((5, 23), 9), **settings)
        assert len(asked) == 1 and np.isfinite(loss)
    for shape in (6, 4), (5, 3):
        with pytest.raises(ValueError, match=re.escape(f"labels: expected shape (5, 4), found {shape}")):
            model.value_and_grad(np.full((5, 23), 9), labels=np.full(shape, 7),
                                 decoder_input_ids=np.full((5, 4), 7))  # fmt: skip
