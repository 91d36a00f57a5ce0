"""Arrays wherever they live: their module, shapes that are checked, random numbers for dropout."""

import numpy as np


def array_module(x):
    """The module that x belongs to: numpy, or cupy for an array on a GPU."""
    if isinstance(x, np.ndarray):
        return np
    import cupy

    return cupy.get_array_module(x)


def to_host(x):
    """x as a NumPy array, copied from the GPU if it lives there."""
    return x.get() if hasattr(x, "get") else np.asarray(x)


def check_shape(name, array, shape):
    """Raises ValueError that names the argument unless the array has this shape."""
    if tuple(array.shape) != tuple(shape):
        raise ValueError(f"{name}: expected shape {tuple(shape)}, found {tuple(array.shape)}")


def check_arrays(name, found, shapes):
    """Raises ValueError unless {name: array} has an array for each of {name: shape}, of it."""
    for key, shape in shapes.items():
        if key not in found:
            raise ValueError(f"{name}: {key} is missing")
        check_shape(f"{name}: {key}", found[key], shape)


def add_grads(grads, more):
    """Adds `more` to `grads`, in place: a parameter that was used twice has the sum as gradient."""
    for name, grad in more.items():
        if name in grads:
            grads[name] += grad
        else:
            grads[name] = grad


def log_softmax(x):
    """x - log(sum(exp(x))), without overflow. x (..., V) -> (..., V)"""
    xp = array_module(x)
    shifted = x - x.max(axis=-1, keepdims=True)
    shifted -= xp.log(xp.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def normal_cdf(x):
    """The normal distribution function, to the precision of x. x (...) float32 or 64 -> (...)

    0.5 + 0.5 tanh(x P(x^2) / Q(x^2)), with the polynomials of NORMAL_CDF: what is within differs
    little from a multiple of x, and tanh makes it exactly 0 or 1 far from 0.
    """
    xp = array_module(x)
    numerator, denominator = NORMAL_CDF[str(x.dtype)]
    if denominator:
        x = xp.clip(x, -8.49, 8.49)  # beyond it Phi is 0 or 1, to the precision
    with np.errstate(over="ignore"):  # tanh of what is infinite is 1
        square = x * x
        inner = polynomial(square, numerator)
        inner *= x
    if denominator:
        inner /= polynomial(square, denominator)
    xp.tanh(inner, out=inner)
    inner *= 0.5
    inner += 0.5
    return inner


def polynomial(x, coefficients):
    """x (...), coefficients, lowest power first, by Horner's scheme -> (...)"""
    total = x * coefficients[-1]
    for a in coefficients[-2:0:-1]:
        total += a
        total *= x
    total += coefficients[0]
    return total


# P and Q, lowest power first: our own minimax fits (Lawson's weighted least squares), by which Phi
# is wrong by at most 2.9e-8 and 5.5e-18, less than by the rounding of its dtype. In float32 P is
# enough, which grows for ever, as it should. In float64 so long a P would lose digits; in P and Q
# none cancel, as all coefficients are positive.
NORMAL_CDF = {
    "float32": (
        [0.7978849414886127, 0.03633308441382032, -3.259475016128416e-05, -5.530631435444032e-05,
         3.964772693277785e-06, -1.3226624091716717e-07, 1.7562763447610337e-09],
        [],
    ),
    "float64": (
        [0.79788456080286536437, 0.22469468485794006144, 0.035604234832986071344,
         0.0036763659142419231805, 0.00026642189200964204129, 0.000013847494979352870169,
         5.0706959027500054608e-7, 1.2647087613498048170e-8, 1.7823590941149335112e-10,
         6.4612353691020910192e-13],
        [1.0, 0.23607310098958099289, 0.033918888238765202192, 0.003139292274867907326,
         0.00020437843795022704236, 0.0000094705045698955641497, 2.9813186515669010294e-7,
         6.2909958152928987815e-9, 5.3985337983922719074e-11, 5.6050359920930337008e-14],
    ),
}  # fmt: skip


def subseed(seed, site):
    """The seed of a place in the model, from that of what contains it; None stays None."""
    if seed is None:
        return None
    import hashlib  # takes some ms, and only training needs it

    digest = hashlib.blake2b(f"{seed} {site}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def scramble(bits):
    """A bijection of 32-bit numbers that makes each bit depend on all: MurmurHash3's finalizer."""
    bits = bits ^ (bits >> 16)
    bits *= 0x85EBCA6B
    bits ^= bits >> 13
    bits *= 0xC2B2AE35
    bits ^= bits >> 16
    return bits


def keep_factors(x, rate, seed, row=None, column=None):
    """What dropout multiplies x with: 0 with probability `rate`, otherwise 1 / (1 - rate).

    A pure function of the seed and of each element's row and column, integer arrays that broadcast
    to x; by default its rows are counted through all axes but the last. So it is the same for any
    number of cores, for any pieces, and in the backward.
    """
    xp = array_module(x)
    if row is None:
        row = xp.arange(x.size // x.shape[-1]).reshape(*x.shape[:-1], 1)
        column = xp.arange(x.shape[-1])
    of_row = scramble(scramble(row.astype(xp.uint32)) ^ xp.uint32(seed))
    of_column = scramble(column.astype(xp.uint32))
    keep = scramble(of_row ^ of_column) >= xp.uint32(min(rate * 2**32, 2**32 - 1))
    return keep.astype(x.dtype) * (1 / (1 - float(rate)) if rate < 1 else 0)
