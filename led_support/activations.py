"""Activation functions of the reference that no official model uses, each with its derivative."""

import math

from led_support.arrays import array_module


def gelu_new(x):
    """The tanh approximation of gelu that GPT-2 uses."""
    return 0.5 * x * (1 + array_module(x).tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_new_derivative(x):
    t = array_module(x).tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope


def relu(x):
    """x where it is positive, 0 elsewhere."""
    return array_module(x).maximum(x, 0)


def relu_derivative(x):
    return (x > 0).astype(x.dtype)


def silu(x):
    """x times the logistic function of x, written with tanh, which cannot overflow."""
    return x * (0.5 + 0.5 * array_module(x).tanh(0.5 * x))


def silu_derivative(x):
    logistic = 0.5 + 0.5 * array_module(x).tanh(0.5 * x)
    return logistic * (1 + x * (1 - logistic))


def tanh(x):
    """The hyperbolic tangent."""
    return array_module(x).tanh(x)


def tanh_derivative(x):
    return 1 - array_module(x).tanh(x) ** 2


OTHER_ACTIVATIONS = {
    "gelu_new": (gelu_new, gelu_new_derivative),
    "relu": (relu, relu_derivative),
    "silu": (silu, silu_derivative),
    "swish": (silu, silu_derivative),
    "tanh": (tanh, tanh_derivative),
}
