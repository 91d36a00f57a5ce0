"""The reference, Hugging Face transformers, as the tests ask it: small random models, their outputs
as plain arrays, gradients, and evaluation in true float64. Works with 4.34.0 and with 5.23.0."""

import contextlib
import copy

import numpy as np
import torch
import transformers
from transformers.models.led import modeling_led

from tests.common import draw_bias, draw_weights

IS_4 = transformers.__version__.startswith("4.")
NEEDS_4 = "pip install transformers==4.34.0 'numpy<2' compares them"  # why a test is skipped
transformers.logging.set_verbosity_error()
torch.set_num_threads(1)

SOFTMAX = torch.nn.functional.softmax


def softmax_in_own_dtype(scores, dim=None, _stacklevel=3, dtype=None):
    return SOFTMAX(scores, dim=dim)


@contextlib.contextmanager
def true_float64():
    """Reference values in float64 from here on.

    The reference asks for the encoder's softmax in float32 whatever its weights are, so that a
    model in float64 is exact to seven digits only (and yields nan gradients where a row has no key
    left, since finfo(float64).min is -inf in float32). Here softmax ignores that request. The
    default dtype is what masks and new tensors are made in.
    """
    torch.set_default_dtype(torch.float64)
    torch.nn.functional.softmax = softmax_in_own_dtype
    try:
        yield
    finally:
        torch.nn.functional.softmax = SOFTMAX
        torch.set_default_dtype(torch.float32)


def reference_model(kind, settings, seed, scale=0.4, end=1.5):
    """A transformers model of class `kind` in float32, weights and bias as common.py draws them"""
    config = transformers.LEDConfig(**copy.deepcopy(settings))
    if not IS_4:
        config._attn_implementation = "eager"
    model = getattr(modeling_led, kind)(config).eval()
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    weights = draw_weights(shapes, seed, scale)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights[name]))
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.copy_(torch.from_numpy(draw_bias(settings, seed, end)))
    return model


def tensors(arguments, dtype=torch.float32):
    """Arrays as tensors, floating-point ones in `dtype`; what is no array stays"""
    made = {}
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            value = torch.from_numpy(value)
            value = value.to(dtype) if value.is_floating_point() else value
        made[name] = value
    return made


def cached(past):
    """past_key_values as 4.34 has them, per layer (self k, self v, cross k, cross v)"""
    if past is None or isinstance(past, tuple):
        return past
    pairs = zip(past.self_attention_cache.layers, past.cross_attention_cache.layers)
    return tuple((own.keys, own.values, cross.keys, cross.values) for own, cross in pairs)


def arrays(outputs):
    """{name: array} of a transformers output, names as in common.flat"""
    found = {}

    def add(name, value):
        if isinstance(value, (tuple, list)):
            for i, part in enumerate(value):
                add(f"{name}.{i}", part)
        elif value is not None:
            found[name] = value.detach().numpy()

    for name, value in outputs.items():
        add(name, cached(value) if name == "past_key_values" else value)
    return found


def outputs_of(model, batch, **arguments):
    """{name: array} of everything that a float32 model returns"""
    with torch.no_grad():
        return arrays(model(**tensors(batch), output_hidden_states=True, output_attentions=True,
                            **arguments))  # fmt: skip


def outputs_in_float64(model, batch, **arguments):
    """The same in true float64, from the same weights"""
    with true_float64(), torch.no_grad():
        out = copy.deepcopy(model).double()(
            **tensors(batch, torch.float64), output_hidden_states=True, output_attentions=True,
            **arguments)  # fmt: skip
        return arrays(out)


def moved_in_the_last_bit(model):
    """The model in float64, each weight moved by about as much as float32 can tell apart"""
    moved, generator = copy.deepcopy(model).double(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in moved.parameters():
            noise = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
            weight *= 1 + 2**-23 * noise
    return moved


def gradients_in_float64(model, batch):
    """loss, {name: gradient} of every parameter in true float64; zeros where torch has none"""
    with true_float64():
        model = copy.deepcopy(model).double().train()  # dropout is zero in the settings
        out = model(**tensors(batch, torch.float64))
        out.loss.backward()
        grads = {
            name: (torch.zeros_like(p) if p.grad is None else p.grad).numpy()
            for name, p in model.named_parameters()
        }
        return float(out.loss.detach()), grads


def adamw_losses(model, batch, steps, lr, weight_decay):
    """Losses of `steps` training steps in true float64; biases and norms do not decay"""
    with true_float64():
        model = copy.deepcopy(model).double().train()
        parameters = list(model.parameters())
        groups = [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=lr)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            loss = model(**tensors(batch, torch.float64)).loss
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        return np.array(losses)
