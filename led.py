"""LED, the Longformer-Encoder-Decoder, in NumPy (or CuPy): every layer forward and backward.

LED is BART with a different encoder attention: each token attends to the W tokens on either side
of it, and a few chosen tokens attend to, and are attended by, the whole document. The cost is
linear in the length, so that documents of 16,384 tokens fit.

References
  paper   Beltagy, Peters, Cohan: "Longformer: The Long-Document Transformer", arXiv 2004.05150.
  code    Hugging Face transformers 4.34.0, `modeling_led.py`. Same parameter names, same numbers;
          where versions of transformers differ this file follows 4.34.

Not here: contrastive, assisted, constrained and group (diverse) beam search; typical, epsilon and
eta sampling; guidance, sequence bias, forced decoder ids, exponential decay of length, encoder
repetition penalty; logits processors, stopping criteria and streamers of one's own (`on_step`
watches); saving in other files than safetensors; half precision arithmetic (half precision files
are read into float32); dilation and autoregressive windows.

Reading order: primitives, the encoder's attention, the decoder's attention, layers, encoder and
decoder, configuration, the models, generation, training, the command line; last the engine room,
which keeps the processor's cores busy and of which the chapters before need to know no more than
  matmul(a, b, plus)    a @ b + plus, a large product split over the cores
  by_rows(f, x, y)      f(x, y), where f treats each row by itself
  sum_rows(x)           the sum of all rows
  parallel(f, pieces)   f(piece) for each of the pieces, in any order
  new_array             an array whose numbers are still to be written

`f` is followed by `f_backward`.
  out, cache = f(arguments)            what the backward needs travels in `cache`
  gradients  = f_backward(dout, cache)   in the order of f's array arguments; `dx` is the gradient
                                       of the loss with respect to `x`; layers return (dx, grads)
                                       where grads is {parameter name: array}; a `dx` among
                                       the arguments comes by other ways, and is added to

Shapes
  B batch    S source tokens   T target tokens   E d_model   H heads   D = E / H
  F feed-forward               V vocabulary      G global tokens of a document
  W one-sided window: `attention_window` is 2W, a token sees itself and W tokens on either side,
  that is 2W + 1 keys          C query rows in a block        N = ceil(S / C) blocks
  h, n  some of the H heads, some of the N blocks
"""

import sys

if sys.version_info < (3, 10):
    sys.exit("led.py needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

import os

if __name__ == "__main__":  # Ctrl-C ends the command in one line, during the imports below, too
    import signal

    def interrupted(*_):
        try:
            os.write(sys.stderr.fileno(), b"\n" * sys.stderr.isatty() + b"led.py: interrupted\n")
        finally:
            os._exit(130)

    signal.signal(signal.SIGINT, interrupted)

import argparse
import bisect
import collections
import contextlib
import ctypes
import functools
import hashlib
import inspect
import json
import math
import mmap
import numbers
import queue
import re
import threading
import time
import warnings
import weakref
from pathlib import Path
from typing import NamedTuple

import _thread
import numpy as np
from threadpoolctl import ThreadpoolController

__all__ = [
    "LEDConfig", "LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
    "LEDForQuestionAnswering", "GenerationConfig", "AdamW", "clip_gradients", "linear_schedule",
    "LEDEncoderBaseModelOutput", "LEDSeq2SeqModelOutput", "LEDSeq2SeqLMOutput",
    "LEDSeq2SeqSequenceClassifierOutput", "LEDSeq2SeqQuestionAnsweringModelOutput",
    "GenerateOutput"]  # fmt: skip

# ======================================================================================
# Primitives
# ======================================================================================


def linear(x, weight, bias=None):
    """y = x W^T + b. x (..., in), weight (out, in), bias (out,) -> (..., out)"""
    out = matmul(x.reshape(-1, x.shape[-1]), weight.T, bias)  # (rows, in) @ (in, out)
    return out.reshape(*x.shape[:-1], -1), (x, weight)


def linear_backward(dout, cache, dx=None):
    """-> dx, dweight, dbias. dx is added to the given one: the gradient of x by other ways."""
    x, weight = cache
    dout, rows = dout.reshape(-1, dout.shape[-1]), x.reshape(-1, x.shape[-1])
    dx = None if dx is None else dx.reshape(rows.shape)
    dx = matmul(dout, weight, dx)  # (rows, out) @ (out, in) -> (rows, in)
    dweight = matmul(dout.T, rows)  # (out, rows) @ (rows, in) -> (out, in)
    return dx.reshape(x.shape), dweight, sum_rows(dout)


def layer_norm(x, weight, bias, epsilon=1e-5, plus=None, keep=True):
    """The rows of x + plus with mean 0 and variance 1, scaled and shifted.

    x (..., E), plus of the same shape or None, weight and bias (E,) -> (..., E), cache, None
    without `keep`
    """

    def norm(x, plus=0):
        normed = x + plus
        normed -= normed.mean(axis=-1, keepdims=True)
        variance = (normed * normed).mean(axis=-1, keepdims=True)  # biased: divided by E
        inverse_std = 1 / array_module(x).sqrt(variance + epsilon)
        normed *= inverse_std
        out = normed * weight
        out += bias
        return (out, normed, inverse_std) if keep else out

    results = by_rows(norm, x) if plus is None else by_rows(norm, x, plus)
    if not keep:
        return results, None
    out, normed, inverse_std = results
    return out, (normed, inverse_std, weight)


def layer_norm_backward(dout, cache):
    """-> dx, which is dplus too, dweight, dbias

    normed = (x - mean) / std, where mean and std depend on x too. Their share takes from each
    row of dnormed its mean, and its component along normed:
        dx = (dnormed - mean(dnormed) - normed * mean(dnormed * normed)) / std
    """
    normed, inverse_std, weight = cache

    def norm_backward(dout, normed, inverse_std):
        dnormed = dout * weight
        along = (dnormed * normed).mean(axis=-1, keepdims=True)
        dnormed -= dnormed.mean(axis=-1, keepdims=True)
        dnormed -= normed * along
        return dnormed * inverse_std, dout * normed

    dx, product = by_rows(norm_backward, dout, normed, inverse_std)
    return dx, sum_rows(product), sum_rows(dout)


def normal_cdf(x):
    """The normal distribution function, to the precision of x. x (...) float32 or 64 -> (...)

    0.5 + 0.5 tanh(x P(x^2) / Q(x^2)), with the polynomials of NORMAL_CDF: what is within differs
    little from a multiple of x, and tanh makes it exactly 0 or 1 far from 0.
    """
    xp = array_module(x)
    limit, numerator, denominator = NORMAL_CDF[str(x.dtype)]
    x = xp.clip(x, -limit, limit)
    square = x * x
    p, q = square * numerator[-1], square * denominator[-1]
    for a, b in zip(numerator[-2:0:-1], denominator[-2:0:-1]):  # Horner's scheme
        p += a
        p *= square
        q += b
        q *= square
    p += numerator[0]
    q += denominator[0]
    x *= p
    x /= q
    xp.tanh(x, out=x)
    x *= 0.5
    x += 0.5
    return x


def gelu(x):
    """x times the normal distribution function at x. (Hendrycks & Gimpel, arXiv 1606.08415)"""
    out = normal_cdf(x)
    out *= x
    return out


def gelu_derivative(x):
    density = array_module(x).exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
    return normal_cdf(x) + x * density


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


ACTIVATIONS = {
    "gelu": (gelu, gelu_derivative),
    "gelu_new": (gelu_new, gelu_new_derivative),
    "relu": (relu, relu_derivative),
    "silu": (silu, silu_derivative),
    "swish": (silu, silu_derivative),
    "tanh": (tanh, tanh_derivative),
}


def activation(x, kind, over=False):
    """The elementwise function named `kind`, by_rows' `over` too. x (..., F) -> (..., F)"""
    function, _ = ACTIVATIONS[kind]
    return by_rows(function, x, over=over), (x, kind)


def activation_backward(dout, cache):
    """-> dx"""
    x, kind = cache
    _, derivative = ACTIVATIONS[kind]
    return by_rows(lambda dout, x: dout * derivative(x), dout, x)


def dropout(x, rate, seed):
    """Zeroes elements with probability `rate`, scales the others by 1 / (1 - rate). x (..., E)

    Which ones follows from the seed alone, so the backward makes the factors again instead of
    keeping them. A seed of None means inference: x itself is returned.
    """
    if seed is None or rate == 0:
        return x, None
    rows = x.reshape(-1, x.shape[-1])
    number = array_module(x).arange(len(rows))[:, None]  # of each row

    def drop(x, number):
        return x * keep_factors(rows.shape, number[:, 0], rate, seed, x)

    return by_rows(drop, rows, number).reshape(x.shape), (rate, seed)


def dropout_backward(dout, cache):
    """-> dx: the same elements pass, by the same factor."""
    return dout if cache is None else dropout(dout, *cache)[0]


def embedding(ids, weight):
    """Rows of a table. ids (B, S) integers, weight (V, E) -> (B, S, E)"""
    return weight[ids], (ids, weight.shape)


def embedding_backward(dout, cache, dweight=None):
    """-> dweight (V, E), the given one or zeros: to each of its rows the gradients of all places
    where it was looked up are added, in place."""
    ids, (V, E) = cache
    xp = array_module(dout)
    if dweight is None:
        dweight = new_zeros(xp, (V, E), dout.dtype)
    # The flat form of add.at(dweight, ids, dout): NumPy has a fast path for one dimension only.
    cells = ids.reshape(-1, 1) * E + xp.arange(E)  # (rows, 1) + (E,) -> (rows, E)
    xp.add.at(dweight.reshape(-1), cells.reshape(-1), dout.reshape(-1))
    return dweight


def softmax(scores):
    """exp(scores) / sum(exp(scores)) along the last axis; rows of -inf alone become zeros."""
    xp = array_module(scores)
    top = scores.max(axis=-1, keepdims=True)  # subtracted, so that exp cannot overflow
    probs = scores - xp.where(top == -math.inf, 0, top)
    xp.exp(probs, out=probs)
    probs /= xp.maximum(probs.sum(axis=-1, keepdims=True), xp.finfo(scores.dtype).tiny)
    return probs


def softmax_backward(dprobs, probs):
    """-> dscores = probs * (dprobs - sum(dprobs * probs)), since all probs share one sum.
    Written over dprobs: these are the largest arrays of a step."""
    dprobs -= array_module(probs).einsum("...s,...s->...", dprobs, probs)[..., None]
    dprobs *= probs
    return dprobs


def log_softmax(x):
    """x - log(sum(exp(x))), without overflow. x (..., V) -> (..., V)"""
    xp = array_module(x)
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - xp.log(xp.exp(shifted).sum(axis=-1, keepdims=True))


def check_labels(labels, V):
    """Raises ValueError unless all labels are in 0..V-1 or -100."""
    if not bool((((labels >= 0) & (labels < V)) | (labels == -100)).all()):
        lowest, highest = int(labels.min()), int(labels.max())
        raise ValueError(f"labels: expected 0..{V - 1} or -100, found {lowest} to {highest}")


def cross_entropy(logits, labels, smoothing=0.0):
    """Mean of -log softmax(logits)[label] over the rows whose label is not -100.

    logits (rows, V), labels (rows,) -> a number of logits' dtype; nan where every label is -100,
    as in torch.
    With smoothing s the target is 1 - s on the label and s spread evenly over all V.
    """
    xp = array_module(logits)
    V = logits.shape[-1]
    counted = labels != -100
    check_labels(labels, V)
    count = int(counted.sum())
    log_probs = by_rows(log_softmax, logits)
    losses = -log_probs[xp.arange(len(labels)), xp.where(counted, labels, 0)]  # (rows,)
    if smoothing:  # a logit of -inf is allowed elsewhere, and 0 * inf is nan
        losses = (1 - smoothing) * losses - smoothing * log_probs.mean(axis=-1)
    loss = float(xp.where(counted, losses, 0).sum()) / count if count else math.nan
    return logits.dtype.type(loss), (log_probs, labels, counted, count, smoothing)


def cross_entropy_backward(dloss, cache):
    """-> dlogits = (softmax - target) / count in the counted rows, 0 in the others"""
    log_probs, labels, counted, count, smoothing = cache
    xp = array_module(log_probs)
    rows, V = log_probs.shape
    dlogits = by_rows(xp.exp, log_probs)
    dlogits -= smoothing / V
    dlogits[xp.arange(rows), xp.where(counted, labels, 0)] -= 1 - smoothing
    dlogits *= (counted * (dloss / max(count, 1))).astype(dlogits.dtype)[:, None]
    return dlogits


# ======================================================================================
# Encoder attention: a band around each token, and a few global tokens
# ======================================================================================


def of(params, name):
    """The weight and bias of the linear or norm layer called `name`."""
    return params[name + ".weight"], params[name + ".bias"]


def grads_of(name, dweight, dbias):
    """The gradients of the linear or norm layer called `name`, as grads hold them."""
    return {name + ".weight": dweight, name + ".bias": dbias}


def split_heads(x, heads):
    """(..., S, E) -> (..., H, S, D), a view"""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def merge_heads(x):
    """(..., H, S, D) -> (..., S, E)"""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def naive_encoder_attention(x, params, name, heads, window, masked, is_global):
    """The definition of LED's encoder attention, with all S x S scores. Read this one first.

    x (B, S, E), masked and is_global (B, S) booleans -> (B, S, E), before the output projection.
    """
    xp = array_module(x)
    S, D = x.shape[1], x.shape[2] // heads

    def project(kind):
        return split_heads(linear(x, *of(params, f"{name}.{kind}"))[0], heads)  # (B, H, S, D)

    distance = xp.abs(xp.arange(S)[:, None] - xp.arange(S))  # (S, S)
    query_sees_key = (distance <= window) | is_global[:, None, None, :]  # (B, 1, S, S)
    query_sees_key = query_sees_key & ~masked[:, None, None, :]
    scores = project("query") @ project("key").swapaxes(-1, -2) / math.sqrt(D)  # (B, H, S, S)
    local = softmax(xp.where(query_sees_key, scores, -math.inf)) @ project("value")

    # A global token sees all tokens, through a second set of projections.
    scores = project("query_global") @ project("key_global").swapaxes(-1, -2) / math.sqrt(D)
    scores = xp.where(masked[:, None, None, :], -math.inf, scores)  # (B, H, S, S)
    from_global = softmax(scores) @ project("value_global")  # (B, H, S, D)

    context = xp.where(is_global[:, None, :, None], from_global, local)
    context = xp.where(masked[:, None, :, None], 0, context)  # masked tokens look at nothing
    return merge_heads(context)


def strided(x, shape, strides):
    """The memory of x in another shape, read by other steps in bytes: no copy is made."""
    return array_module(x).lib.stride_tricks.as_strided(x, shape, strides)


def windows(x, block_rows, window):
    """The rows that each block of C query rows can see: x (..., N*C + 2W, D) -> (..., N, C + 2W, D)

    x holds N*C rows with W more before and after. Block n covers rows n*C .. n*C + C + 2W, so
    neighbouring blocks overlap by 2W rows. One step along N is C rows.
    With C = 2, W = 1 and x = 0 1 2 3 4 5:    0 1 2 3
                                              2 3 4 5
    Overlapping rows are one memory, so this view is for reading alone.
    """
    C, W = block_rows, window
    *leading, rows, D = x.shape
    *steps, row_step, column_step = x.strides
    shape = (*leading, (rows - 2 * W) // C, C + 2 * W, D)
    view = strided(x, shape, (*steps, C * row_step, row_step, column_step))
    if isinstance(view, np.ndarray):  # CuPy's arrays have no such flag
        view.flags.writeable = False
    return view


def windows_backward(dwindows, block_rows, dx):
    """Adds dwindows (..., N, C + 2W, D) to dx (..., N*C + 2W, D): a row of x that several windows
    show gets the sum of their gradients. With C = 2, W = 1 and gradients of 1: dx = 1 1 2 2 1 1"""
    for n in range(dwindows.shape[-3]):
        first = n * block_rows
        dx[..., first : first + dwindows.shape[-2], :] += dwindows[..., n, :, :]


def diagonals(scores, window):
    """The band inside blocks of scores: (..., C, C + 2W) -> (..., C, 2W + 1)

    Row i of a block may see columns i .. i + 2W. Stepping one row and one column at a time
    makes a rectangle of this slanted band. With C = 2, W = 1:   0 1 2 3      0 1 2
                                                                 4 5 6 7  ->  5 6 7
    Each cell of the band appears exactly once, so this view may be written through.
    """
    *steps, row_step, column_step = scores.strides
    shape = (*scores.shape[:-1], 2 * window + 1)
    return strided(scores, shape, (*steps, row_step + column_step, column_step))


# A mask is a feature: every query has a 1 more, every key this number, or 0 if it may be seen.
# Then the product q . k masks by itself. Finite, since 0 * -inf would be nan.
REMOVED = -1e30

# exp neither overflows nor gives nothing but zeros while the largest score of each row is closer
# to 0 than this. Only beyond it something has to be subtracted from the scores.
SAFE_SCORE = 30


# What the band of one document reads, and what it keeps for the backward.
#   q, k, v     (H, S, D), q not scaled
#   removed     (S,) the masked and the global tokens, of which the band shows no keys
#   index       (G,) positions of the global tokens
#   window      W
#   rate, seed  of dropout
#   shift       (H, N, C, 1) what was subtracted from the scores: 0 where they are small
#   total       (H, N, C, 1) sum of exp(score - shift) over the keys of a row
#   context     (H, N, C, D)
BandCache = collections.namedtuple(
    "BandCache", "q k v removed index window rate seed shift total context"
)


def band_blocks(cache, h):
    """What the heads h read, cut into blocks of C query rows.

    -> q (h, N, C, D+1), k (h, N, C + 2W, D+1), v (h, N, C + 2W, D), k_global (h, 1, G, D+1) and
    v_global (h, 1, G, D), where D+1 are the features with the mask's; and the scores of q with
    k_global, (h, N, C, G)

    The key of a global token is removed from the band: it has a column of its own, which every
    row sees, and must not count twice.
    """
    q, k, v = cache.q[h], cache.k[h], cache.v[h]
    (heads, S, D), (_, N, C, _), W = q.shape, cache.total.shape, cache.window
    xp, inside = array_module(q), slice(W, W + S)
    q_rows = xp.ones((heads, N * C, D + 1), q.dtype)
    k_rows = xp.zeros((heads, N * C + 2 * W, D + 1), q.dtype)  # zeros before and after the document
    v_rows = xp.zeros((heads, N * C + 2 * W, D), q.dtype)
    xp.multiply(q, 1 / math.sqrt(D), out=q_rows[:, :S, :D])
    k_rows[:, inside, :D], v_rows[:, inside] = k, v
    k_global, v_global = k_rows[:, cache.index + W], v_rows[:, cache.index + W]  # (h, G, .)
    k_rows[:, :, D] = REMOVED
    k_rows[:, inside, D] = xp.where(cache.removed, REMOVED, 0)
    column_scores = (q_rows @ k_global.swapaxes(-1, -2)).reshape(heads, N, C, -1)
    return (q_rows.reshape(heads, N, C, D + 1), windows(k_rows, C, W), windows(v_rows, C, W),
            k_global[:, None], v_global[:, None], column_scores)  # fmt: skip


def score_shift(band, columns):
    """The largest score of each row, (..., C, 1), or 0 if no row has a large one.

    band (..., C, 2W + 1), columns (..., C, G). It cancels in the softmax.
    """
    xp = array_module(band)
    top = band.max(axis=-1, keepdims=True)
    if columns.shape[-1]:
        top = xp.maximum(top, columns.max(axis=-1, keepdims=True))
    top[top < REMOVED / 2] = 0  # rows of which every key is removed
    return top if xp.abs(top).max() > SAFE_SCORE else 0


def band_tiles(cache, h, q, k, column_scores=None):
    """exp(q k^T - shift) of the heads h, for as many blocks at a time as the cache memory holds.

    Given the scores of the global columns, it chooses the shift; else it takes the cache's. Yields
    the slice of blocks; exps (h, n, C, C + 2W), zero outside the band; free memory of its shape.
    """
    xp, W, (heads, N, C, _) = array_module(q), cache.window, q.shape
    size = max(1, min(N, TILE[xp is np] // (heads * C * (C + 2 * W))))
    all_scores = xp.empty((heads, size, C, C + 2 * W), q.dtype)
    all_exps = xp.zeros((heads, size, C, C + 2 * W), q.dtype)  # written in the band alone
    for tile in slices(N, size):
        blocks = tile.stop - tile.start
        scores, exps = all_scores[:, :blocks], all_exps[:, :blocks]
        xp.matmul(q[:, tile], k[:, tile].swapaxes(-1, -2), out=scores)  # (h, n, C, C + 2W)
        band = diagonals(scores, W)  # (h, n, C, 2W + 1)
        if column_scores is not None:
            cache.shift[h, tile] = score_shift(band, column_scores[:, tile])
        if cache.shift[h, tile].any():
            band -= cache.shift[h, tile]
        xp.exp(band, out=diagonals(exps, W))
        yield tile, exps, scores


def band_keep(cache, site, part, exps):
    """Dropout's factors for exps (h, n, C, keys), a part of all heads and blocks; or None"""
    if cache.seed is None:
        return None
    shape = (*cache.total.shape[:3], exps.shape[-1])
    return keep_factors(shape, part, cache.rate, subseed(cache.seed, site), exps)


def band_attention(q, k, v, window, masked, is_global, rate=0.0, seed=None):
    """The ordinary tokens of one document: each attends to its band and to the global tokens.

    q, k, v (H, S, D) not scaled; masked, is_global (S,) booleans in host memory
    -> context (S, E), zero in the rows of masked and of global tokens; cache

    A softmax is two sums and a division: above = sum of exp(score) v, total = sum of exp(score),
    context = above / total. Keys that are seen in another way, the global columns, add to both.
    """
    xp, (H, S, D) = array_module(q), q.shape
    W = min(window, S - 1)  # a window wider than the document changes nothing
    # A block of C rows multiplies C + 2W columns to use 2W + 1 of them: small blocks waste little,
    # large ones make efficient matrix products.
    C = min(S, max(32, min(128, W)))
    N = -(-S // C)
    removed, index = xp.asarray(masked | is_global), xp.asarray(np.flatnonzero(is_global))
    shift, total = (xp.empty((H, N, C, 1), q.dtype) for _ in range(2))
    context = new_array(xp, (N * C, H * D), q.dtype)
    context_heads = split_heads(context, H).reshape(H, N, C, D)  # a view
    cache = BandCache(q, k, v, removed, index, W, rate, seed, shift, total, context_heads)
    ones = xp.ones((C + 2 * W, 1), q.dtype)  # a product with it adds up rows, faster than sum()

    def task(h):
        q, k, v, _, v_global, column_scores = band_blocks(cache, h)
        total, above = cache.total[h], xp.empty((len(q), N, C, D), q.dtype)
        for tile, exps, _ in band_tiles(cache, h, q, k, column_scores):
            total[:, tile] = exps @ ones  # (h, n, C, 1)
            if seed is not None:
                exps *= band_keep(cache, "band", (h, tile), exps)
            above[:, tile] = exps @ v[:, tile]  # (h, n, C, C + 2W) @ (h, n, C + 2W, D)
        exps = xp.exp(column_scores - cache.shift[h])  # (h, N, C, G)
        total += exps.sum(axis=-1, keepdims=True)
        total += total == 0  # rows of which every key is removed
        if seed is not None:
            exps *= band_keep(cache, "columns", (h,), exps)
        above += exps @ v_global  # (h, N, C, G) @ (h, 1, G, D) -> (h, N, C, D)
        xp.divide(above, total, out=cache.context[h])

    parallel(task, head_slices(q, C + 2 * W))
    context[:S][removed] = 0  # masked tokens look at nothing, global tokens at more than this
    return context[:S], cache


def exps_backward(dkept, dtotal, exps, keep):
    """Back through total = sum(exps), kept = exps * keep and exps = exp(scores - shift).

    -> dscores, written over dkept, and kept. The shift cancels in the softmax: it is a constant.
    """
    kept = exps
    if keep is not None:
        kept = exps * keep
        dkept *= keep
    dkept += dtotal
    dkept *= exps
    return dkept, kept


def band_attention_backward(dcontext, cache):
    """dcontext (S, E) -> dq, dk, dv (S, E)"""
    xp, (S, E), (H, N, C, _) = array_module(dcontext), dcontext.shape, cache.total.shape
    W, D, inside = cache.window, E // H, slice(cache.window, cache.window + S)
    dq, dk, dv = (new_array(xp, (S, E), dcontext.dtype) for _ in range(3))
    dq_heads, dk_heads, dv_heads = (split_heads(x, H) for x in (dq, dk, dv))  # (H, S, D), views

    def task(h):
        q_masking, k_masking, v, k_global, v_global, column_scores = band_blocks(cache, h)
        q, k, k_global = q_masking[..., :D], k_masking[..., :D], k_global[..., :D]
        dcontext_rows = xp.zeros((len(q), N * C, D), q.dtype)
        dcontext_rows[:, :S] = split_heads(dcontext, H)[h]
        dcontext_rows[:, :S][:, cache.removed] = 0  # forward: these rows were set to zero
        # forward: context = above / total
        dabove = dcontext_rows.reshape(len(q), N, C, D) / cache.total[h]
        dtotal = -(dabove * cache.context[h]).sum(axis=-1, keepdims=True)  # (h, N, C, 1)
        # forward: above += (exps * keep) @ v_global; exps = exp(q @ k_global^T - shift)
        exps = xp.exp(column_scores - cache.shift[h])  # (h, N, C, G)
        dkept = dabove @ v_global.swapaxes(-1, -2)  # (h, N, C, D) @ (h, 1, D, G)
        keep = band_keep(cache, "columns", (h,), exps)
        dscores, kept = exps_backward(dkept, dtotal, exps, keep)
        dv_global = (kept.swapaxes(-1, -2) @ dabove).sum(axis=1)  # (h, N, G, D) -> (h, G, D)
        dk_global = (dscores.swapaxes(-1, -2) @ q).sum(axis=1)
        dq_blocks = dscores @ k_global  # (h, N, C, G) @ (h, 1, G, D)
        dk_rows, dv_rows = (xp.zeros((len(q), N * C + 2 * W, D), q.dtype) for _ in range(2))
        for tile, exps, dkept in band_tiles(cache, h, q_masking, k_masking):
            # forward: above = (exps * keep) @ v; exps = exp(q @ k^T - shift)
            seen = slice(tile.start * C, tile.stop * C + 2 * W)
            xp.matmul(dabove[:, tile], v[:, tile].swapaxes(-1, -2), out=dkept)  # (h, n, C, C + 2W)
            keep = band_keep(cache, "band", (h, tile), exps)
            dscores, kept = exps_backward(dkept, dtotal[:, tile], exps, keep)
            windows_backward(kept.swapaxes(-1, -2) @ dabove[:, tile], C, dv_rows[:, seen])
            windows_backward(dscores.swapaxes(-1, -2) @ q[:, tile], C, dk_rows[:, seen])
            dq_blocks[:, tile] += dscores @ k[:, tile]
        # forward: keys and values of the global tokens are also those of their rows
        dk_rows[:, cache.index + W] += dk_global
        dv_rows[:, cache.index + W] += dv_global
        dq_rows = dq_blocks.reshape(len(q), N * C, D)
        xp.multiply(dq_rows[:, :S], 1 / math.sqrt(D), out=dq_heads[h])
        dk_heads[h], dv_heads[h] = dk_rows[:, inside], dv_rows[:, inside]

    parallel(task, head_slices(cache.q, C + 2 * W))
    return dq, dk, dv


def attend_from_few(q, x, bias, params, name):
    """Attention of a few queries q (H, G, D) to keys and values that are never made from x (S, E).

    Keys and values of all S tokens would cost 2 S E^2 products, for the sake of G queries. It is
    cheaper to bring the few to the many, at about 2 H G S E products, since products associate:
        q_h (x W_h^T)^T = (q_h W_h) x^T    and    p_h (x W_h^T) = (p_h x) W_h^T
    The key's bias adds the same to all scores of a query, which cancels in the softmax; the value's
    comes once, since probabilities add up to 1. bias (S,) is added to the scores
    -> context (H, G, D), cache
    """
    (H, G, D), E = q.shape, x.shape[1]
    w_k, (w_v, b_v) = params[name + ".key_global.weight"], of(params, name + ".value_global")
    w_k, w_v, b_v = w_k.reshape(H, D, E), w_v.reshape(H, D, E), b_v.reshape(H, 1, D)
    queries = (q @ w_k).reshape(H * G, E)  # (H, G, D) @ (H, D, E)
    probs = by_rows(softmax, matmul(queries, x.T, bias))  # (H*G, E) @ (E, S) + (S,) -> (H*G, S)
    picked = matmul(probs, x).reshape(H, G, E)  # (H*G, S) @ (S, E)
    context = picked @ w_v.swapaxes(-1, -2) + b_v  # (H, G, E) @ (H, E, D) + (H, 1, D)
    return context, (probs, q, x, queries, picked, w_k, w_v)


def attend_from_few_backward(dcontext, cache):
    """dcontext (H, G, D) -> dq (H, G, D), dx (S, E), weights and biases of key and value"""
    probs, q, x, queries, picked, w_k, w_v = cache
    H, G, E = picked.shape
    dpicked = (dcontext @ w_v).reshape(H * G, E)  # (H, G, D) @ (H, D, E)
    dscores = by_rows(softmax_backward, matmul(dpicked, x.T), probs)  # (H*G, S)
    dx = matmul(probs.T, dpicked)  # (S, H*G) @ (H*G, E)
    dx = matmul(dscores.T, queries, dx)
    dqueries = matmul(dscores, x).reshape(H, G, E)  # (H*G, S) @ (S, E)
    dq = dqueries @ w_k.swapaxes(-1, -2)  # (H, G, E) @ (H, E, D)
    dw_k = q.swapaxes(-1, -2) @ dqueries  # (H, D, G) @ (H, G, E)
    dw_v, db_v = dcontext.swapaxes(-1, -2) @ picked, dcontext.sum(axis=1)  # (H, D, E), (H, D)
    key = dw_k.reshape(E, E), array_module(q).zeros(E, q.dtype)
    return dq, dx, key, (dw_v.reshape(E, E), db_v.reshape(E))


def attend_from_many(q, x, bias, params, name, rate, seed):
    """The same by way of all keys and values, which pays for many queries; with dropout."""
    k, k_cache = linear(x, *of(params, name + ".key_global"))
    v, v_cache = linear(x, *of(params, name + ".value_global"))
    k, v = split_heads(k[None], len(q)), split_heads(v[None], len(q))  # (1, H, S, D)
    context, attend_cache = attend(q[None], k, v, bias, rate, seed)
    return context[0], (attend_cache, k_cache, v_cache)


def attend_from_many_backward(dcontext, cache):
    """dcontext (H, G, D) -> dq (H, G, D), dx (S, E), weights and biases of key and value"""
    attend_cache, k_cache, v_cache = cache
    dq, dk, dv = attend_backward(dcontext[None], attend_cache)
    dx, *key = linear_backward(merge_heads(dk), k_cache)
    dx, *value = linear_backward(merge_heads(dv), v_cache, dx)
    return dq[0], dx, key, value


# few: whether by attend_from_few, whose cache is `attention`; query: the cache of the projection
GlobalCache = collections.namedtuple("GlobalCache", "few heads index query attention name")


def global_attention(x, index, masked, params, name, heads, rate=0.0, seed=None):
    """The global tokens of one document: each attends to all tokens, by projections of its own.

    x (S, E), index (G,) their positions, masked (S,) booleans in host memory
    -> context (G, E), cache
    """
    xp, D, G = array_module(x), x.shape[1] // heads, len(index)
    bias = xp.asarray(np.where(masked, REMOVED, 0).astype(x.dtype))
    q, q_cache = linear(x[index], *of(params, name + ".query_global"))  # (G, E)
    q = split_heads(q * (1 / math.sqrt(D)), heads)  # (H, G, D)
    few = G < D and seed is None  # up to G = D products are fewer; dropout has only the other way
    if few:
        context, attention_cache = attend_from_few(q, x, bias, params, name)
    else:
        context, attention_cache = attend_from_many(q, x, bias, params, name, rate, seed)
    return merge_heads(context), GlobalCache(few, heads, index, q_cache, attention_cache, name)


def global_attention_backward(dcontext, cache):
    """dcontext (G, E) -> dx (S, E), grads"""
    backward = attend_from_few_backward if cache.few else attend_from_many_backward
    dq, dx, key, value = backward(split_heads(dcontext, cache.heads), cache.attention)
    dq = merge_heads(dq) * (1 / math.sqrt(dq.shape[-1]))  # (G, E)
    dx_queries, *query = linear_backward(dq, cache.query)
    dx[cache.index] += dx_queries
    grads = grads_of(cache.name + ".query_global", *query)
    grads |= grads_of(cache.name + ".key_global", *key)
    return dx, grads | grads_of(cache.name + ".value_global", *value)


def stacked(documents):
    """[(S, E) of each document] -> (B, S, E); a single one is not copied"""
    if len(documents) == 1:
        return documents[0][None]
    return array_module(documents[0]).stack(documents)


def encoder_attention(x, params, name, heads, window, masked, is_global, head_mask=None,
                      rate=0.0, seed=None):  # fmt: skip
    """LED's encoder attention at a cost linear in S; `naive_encoder_attention` is its definition.

    x (B, S, E); masked, is_global (B, S) booleans in host memory; head_mask (H,) factors or None.
    -> context (B, S, E) before the output projection, cache (paper section 3;
    LEDEncoderSelfAttention)
    """
    q, q_cache = linear(x, *of(params, name + ".query"))
    k, k_cache = linear(x, *of(params, name + ".key"))
    v, v_cache = linear(x, *of(params, name + ".value"))
    q, k, v = split_heads(q, heads), split_heads(k, heads), split_heads(v, heads)  # (B, H, S, D)
    contexts, document_caches = [], []
    for b in range(len(x)):
        context, band = band_attention(
            q[b], k[b], v[b], window, masked[b], is_global[b], rate, subseed(seed, f"band {b}")
        )
        global_cache = None
        if is_global[b].any():
            context[band.index], global_cache = global_attention(
                x[b], band.index, masked[b], params, name, heads, rate, subseed(seed, f"global {b}")
            )
        contexts.append(context)
        document_caches.append((band, global_cache))
    context = stacked(contexts)  # (B, S, E)
    if head_mask is not None:
        context = context * head_mask.repeat(x.shape[-1] // heads)
    return context, ((q_cache, k_cache, v_cache), document_caches, head_mask, name)


def encoder_attention_backward(dcontext, cache, dx=None):
    """dcontext (B, S, E) -> dx (B, S, E), added to the given one, grads"""
    projection_caches, document_caches, head_mask, name = cache
    if head_mask is not None:
        dcontext = dcontext * head_mask.repeat(dcontext.shape[-1] // len(head_mask))
    dqkv = []
    for b, (band, _) in enumerate(document_caches):
        dqkv.append(band_attention_backward(dcontext[b], band))
    dq, dk, dv = (stacked(documents) for documents in zip(*dqkv))  # (B, S, E)
    dx, *query = linear_backward(dq, projection_caches[0], dx)
    dx, *key = linear_backward(dk, projection_caches[1], dx)
    dx, *value = linear_backward(dv, projection_caches[2], dx)
    grads = grads_of(name + ".query", *query) | grads_of(name + ".key", *key)
    grads |= grads_of(name + ".value", *value)
    for b, (band, global_cache) in enumerate(document_caches):
        if global_cache is not None:  # forward: the rows of global tokens were overwritten
            drows = dcontext[b, band.index]
            dx_global, global_grads = global_attention_backward(drows, global_cache)
            dx[b] += dx_global
            for of_what, grad in global_grads.items():  # of each document the same parameters
                grads[of_what] = grads[of_what] + grad if of_what in grads else grad
    return dx, grads


def attention_probs(cache, window, padded_length):
    """The probabilities of encoder_attention (inference), in the reference's shapes.

    -> local (B, H, S, G + 2W + 1), G the largest number of global tokens, whose columns come
    first; the rows of masked and global tokens are zero. global (B, H, padded_length, G): the
    reference pads S to that length; documents with fewer than G global tokens have equal numbers
    in the columns they do not use.
    """
    _, document_caches, head_mask, _ = cache
    band, _ = document_caches[0]
    xp, (H, S, _), C, W = array_module(band.q), band.q.shape, band.total.shape[2], band.window
    B, most = len(document_caches), max(len(band.index) for band, _ in document_caches)
    own = most + window  # the column of a token's own key
    local_probs = xp.zeros((B, H, S, most + 2 * window + 1), band.q.dtype)
    global_probs = xp.full((B, H, padded_length, most), 1 / padded_length, band.q.dtype)
    for b, (band, global_cache) in enumerate(document_caches):
        G = len(band.index)
        for h in slices(H, 1):
            q, k, _, _, _, column_scores = band_blocks(band, h)
            probs = [diagonals(exps, W) / band.total[h, tile]  # (h, n, C, 2W + 1)
                     for tile, exps, _ in band_tiles(band, h, q, k)]  # fmt: skip
            probs = xp.concatenate(probs, axis=1).reshape(1, -1, 2 * W + 1)
            local_probs[b, h, :, own - W : own + W + 1] = probs[:, :S]
            probs = xp.exp(column_scores - band.shift[h]) / band.total[h]  # (h, N, C, G)
            local_probs[b, h, :, :G] = probs.reshape(1, probs.shape[1] * C, G)[:, :S]
        local_probs[b][:, band.removed] = 0
        if G:
            kept, *_ = global_cache.attention
            probs = kept if global_cache.few else attend_probs(kept.q, kept.k, kept.bias)
            global_probs[b, :, :S, :G] = probs.reshape(H, G, S).swapaxes(-1, -2)
            global_probs[b, :, S:, :G] = 0
    if head_mask is not None:
        local_probs *= head_mask[:, None, None]
        global_probs *= head_mask[:, None, None]
    return local_probs, global_probs


# ======================================================================================
# Decoder attention: causal over the text so far, and over the encoder's output
# ======================================================================================


def additive_mask(mask, dtype, xp):
    """(B, S) numbers -> (B, 1, 1, S): 0 where the mask is 1, the lowest finite number where 0.

    Finite, so that a row of which every key is masked attends to all of them alike instead of
    giving nan. Other values follow the reference's arithmetic (_expand_mask): lowest * (1 - mask).
    """
    lowest = float(np.finfo(dtype).min)
    inverted = 1 - to_host(mask).astype(dtype)
    with np.errstate(over="ignore"):
        bias = np.where(inverted != 0, lowest, inverted) * inverted
    return xp.asarray(bias.astype(dtype))[:, None, None, :]


def causal_mask(T, past, dtype, xp):
    """(T, past + T): 0 for the keys that a query may see, itself and all before it, else lowest"""
    future = xp.arange(past + T) > past + xp.arange(T)[:, None]
    return xp.where(future, float(np.finfo(dtype).min), 0).astype(dtype)


# q (B, H, T, D) scaled, k and v (B, H, S, D)
AttendCache = collections.namedtuple("AttendCache", "q k v bias rate seed")


def attend_probs(q, k, bias):
    """softmax(q k^T + bias), (B, h, T, D) and (B, h, S, D) -> (B, h, T, S)"""
    scores = product(q, k.swapaxes(-1, -2))
    if bias is not None:
        scores += bias
    with np.errstate(over="ignore"):  # a mask of 2 is the highest number here: lowest - it = -inf
        return softmax(scores)


def attend_keep(cache, h):
    """Dropout's factors for the probabilities (B, h, T, S) of the heads h"""
    shape = (*cache.q.shape[:3], cache.k.shape[2])
    return keep_factors(shape, (slice(None), h), cache.rate, cache.seed, cache.q)


def heads_array(like):
    """A new array (B, H, S, D), in memory (B, S, E), so that merge_heads need not copy it"""
    B, H, S, D = like.shape
    return split_heads(new_array(array_module(like), (B, S, H * D), like.dtype), H)


def attend(q, k, v, bias=None, rate=0.0, seed=None):
    """softmax(q k^T + bias) v. q (B, H, T, D) scaled, k, v (B, H, S, D), bias broadcast to scores

    -> context (B, H, T, D), cache
    """
    cache = AttendCache(q, k, v, bias, rate, seed)
    context = heads_array(q)

    def task(h):
        probs = attend_probs(q[:, h], k[:, h], bias)  # (B, h, T, S)
        if seed is not None:
            probs *= attend_keep(cache, h)
        context[:, h] = product(probs, v[:, h])

    parallel(task, head_slices(q, k.shape[2]))
    return context, cache


def attend_backward(dcontext, cache):
    """-> dq (B, H, T, D), dk, dv (B, H, S, D)"""
    q, k, v, bias, _, seed = cache
    dq, dk, dv = heads_array(q), heads_array(k), heads_array(v)

    def task(h):
        probs = kept = attend_probs(q[:, h], k[:, h], bias)
        dprobs = dcontext[:, h] @ v[:, h].swapaxes(-1, -2)  # (B, h, T, S)
        if seed is not None:
            keep = attend_keep(cache, h)
            kept, dprobs = probs * keep, dprobs * keep
        dv[:, h] = kept.swapaxes(-1, -2) @ dcontext[:, h]
        dscores = softmax_backward(dprobs, probs)
        dq[:, h] = dscores @ k[:, h]
        dk[:, h] = dscores.swapaxes(-1, -2) @ q[:, h]

    parallel(task, head_slices(q, k.shape[2]))
    return dq, dk, dv


def heads_apart(x, heads, one_query):
    """x (B, S, E) -> (B, H, S, D), copied, so that each head is one piece of memory: by rows, or
    for a single query by features, since with one row BLAS is faster along the S than the D."""
    x = split_heads(x, heads)
    B, H, S, D = x.shape
    apart = new_array(array_module(x), (B, H, D, S) if one_query else x.shape, x.dtype)
    apart = apart.swapaxes(-1, -2) if one_query else apart  # (B, H, S, D)

    def task(h):
        apart[:, h] = x[:, h]

    parallel(task, head_slices(x, S))
    return apart


def keys_and_values(x, params, name, heads, one_query=False):
    """x (B, S, E) -> k, v (B, H, S, D), cache. one_query: whether they are for one query alone"""
    k, k_cache = linear(x, *of(params, name + ".k_proj"))
    v, v_cache = linear(x, *of(params, name + ".v_proj"))
    k, v = heads_apart(k, heads, one_query), heads_apart(v, heads, one_query)
    return k, v, (k_cache, v_cache, name)


def keys_and_values_backward(dk, dv, cache, dx=None):
    """-> dx (B, S, E), added to the given one, grads"""
    k_cache, v_cache, name = cache
    dx, *key = linear_backward(merge_heads(dk), k_cache, dx)
    dx, *value = linear_backward(merge_heads(dv), v_cache, dx)
    return dx, grads_of(name + ".k_proj", *key) | grads_of(name + ".v_proj", *value)


# of the linear layers around it, and of attend; shape (B, T, E)
DecoderAttentionCache = collections.namedtuple(
    "DecoderAttentionCache", "query attend out head_mask shape name"
)


def decoder_attention(x, k, v, bias, params, name, heads, head_mask=None, rate=0.0, seed=None):
    """Ordinary multi-head attention with its output projection. (LEDDecoderAttention)

    x (B, T, E); k, v (B', H, S, D), where B is a multiple of B': the hypotheses of a document
    stand one after another and share its keys and values, as one product with more query rows.
    -> out (B, T, E), cache
    """
    (B, T, E), shared, D = x.shape, len(k), k.shape[-1]
    if bias is not None and B != shared and bias.shape[2] > 1:
        raise ValueError("hypotheses that share keys need a mask that is the same for all queries")
    q, q_cache = linear(x, *of(params, name + ".q_proj"))
    q *= D**-0.5
    q = split_heads(q.reshape(shared, -1, E), heads)  # (B', H, B/B' * T, D)
    context, attend_cache = attend(q, k, v, bias, rate, seed)
    if head_mask is not None:
        context = context * head_mask[:, None, None]
    out, out_cache = linear(merge_heads(context).reshape(B, T, E), *of(params, name + ".out_proj"))
    return out, DecoderAttentionCache(q_cache, attend_cache, out_cache, head_mask, x.shape, name)


def decoder_attention_backward(dout, cache, dx=None):
    """-> dx (B, T, E), added to the given one, dk, dv (B, H, S, D), grads"""
    dmerged, *out = linear_backward(dout, cache.out)
    _, H, _, D = cache.attend.q.shape
    dcontext = split_heads(dmerged, H)  # (B, H, T, D)
    if cache.head_mask is not None:
        dcontext = dcontext * cache.head_mask[:, None, None]
    dq, dk, dv = attend_backward(dcontext, cache.attend)
    dx, *query = linear_backward(merge_heads(dq) * D**-0.5, cache.query, dx)
    grads = grads_of(cache.name + ".out_proj", *out) | grads_of(cache.name + ".q_proj", *query)
    return dx, dk, dv, grads


def decoder_attention_probs(cache):
    """The probabilities of decoder_attention before dropout, (B, H, T, S) (the reference's)"""
    B, T, _ = cache.shape
    probs = attend_probs(cache.attend.q, cache.attend.k, cache.attend.bias)
    shared, H, _, S = probs.shape  # (B', H, B/B' * T, S)
    probs = probs.reshape(shared, H, -1, T, S).swapaxes(1, 2).reshape(B, H, T, S)
    return probs if cache.head_mask is None else probs * cache.head_mask[:, None, None]


# ======================================================================================
# Layers, encoder, decoder
# ======================================================================================


def add_and_norm(residual, branch, params, name, rate, seed, keep=True):
    """layer_norm(residual + dropout(branch)), (B, S, E): normalised after the sum, as in BART"""
    dropped, drop_cache = dropout(branch, rate, seed)
    out, norm_cache = layer_norm(residual, *of(params, name), plus=dropped, keep=keep)
    return out, (drop_cache, norm_cache, name)


def add_and_norm_backward(dout, cache):
    """-> dresidual, dbranch (B, S, E), grads"""
    drop_cache, norm_cache, name = cache
    dtotal, dweight, dbias = layer_norm_backward(dout, norm_cache)
    return dtotal, dropout_backward(dtotal, drop_cache), grads_of(name, dweight, dbias)


# fc2: its weight
FeedForwardCache = collections.namedtuple("FeedForwardCache", "fc1 activation drop fc2 norm name")


def feed_forward(x, params, name, config, seed, keep=True):
    """x + fc2(act(fc1(x))), normalised. x (B, S, E) -> (B, S, E), cache (useless without `keep`)"""
    hidden, fc1_cache = linear(x, *of(params, name + ".fc1"))  # (B, S, E) -> (B, S, F)
    active, act_cache = activation(hidden, config.activation_function, over=not keep)
    dropped, drop_cache = dropout(active, config.activation_dropout, subseed(seed, "activation"))
    branch, (_, fc2) = linear(dropped, *of(params, name + ".fc2"))  # (B, S, F) -> (B, S, E)
    out, norm_cache = add_and_norm(
        x, branch, params, name + ".final_layer_norm", config.dropout, subseed(seed, "fc2"), keep
    )
    return out, FeedForwardCache(fc1_cache, act_cache, drop_cache, fc2, norm_cache, name)


def feed_forward_backward(dout, cache):
    """-> dx, grads"""
    dx, dbranch, grads = add_and_norm_backward(dout, cache.norm)
    # The widest arrays are not kept but made again from the one before the activation: dropout's
    # backward multiplies with what its forward multiplied with.
    active, _ = activation(*cache.activation)
    dropped = dropout_backward(active, cache.drop)
    ddropped, *fc2 = linear_backward(dbranch, (dropped, cache.fc2))
    del active, dropped
    dhidden = activation_backward(dropout_backward(ddropped, cache.drop), cache.activation)
    dx, *fc1 = linear_backward(dhidden, cache.fc1, dx)
    return dx, grads | grads_of(cache.name + ".fc2", *fc2) | grads_of(cache.name + ".fc1", *fc1)


# output: of the projection after the attention
EncoderLayerCache = collections.namedtuple(
    "EncoderLayerCache", "attention output norm feed_forward name"
)


def encoder_layer(x, params, name, config, window, masked, is_global, head_mask=None, seed=None,
                  keep=True):  # fmt: skip
    """x (B, S, E) -> out (B, S, E), cache. (LEDEncoderLayer)

    Without `keep` the cache is of no use: its memory serves the rest of the layer.
    """
    rate = config.attention_dropout
    context, attention_cache = encoder_attention(
        x, params, name + ".self_attn.longformer_self_attn", config.encoder_attention_heads,
        window, masked, is_global, head_mask, rate, dropout_seed(seed, "probs", rate))  # fmt: skip
    branch, output_cache = linear(context, *of(params, name + ".self_attn.output"))
    if not keep:
        context = attention_cache = output_cache = None
    attended, norm_cache = add_and_norm(
        x, branch, params, name + ".self_attn_layer_norm", config.dropout,
        subseed(seed, "self_attn"), keep)  # fmt: skip
    out, feed_cache = feed_forward(attended, params, name, config, seed, keep)
    return out, EncoderLayerCache(attention_cache, output_cache, norm_cache, feed_cache, name)


def encoder_layer_backward(dout, cache):
    """-> dx, grads"""
    dattended, grads = feed_forward_backward(dout, cache.feed_forward)
    dx, dbranch, norm_grads = add_and_norm_backward(dattended, cache.norm)
    dcontext, *output = linear_backward(dbranch, cache.output)
    dx, attention_grads = encoder_attention_backward(dcontext, cache.attention, dx)
    grads |= norm_grads | attention_grads
    return dx, grads | grads_of(cache.name + ".self_attn.output", *output)


# cross_keys: None where keys and values came from a past
DecoderLayerCache = collections.namedtuple(
    "DecoderLayerCache", "self_keys self_attention self_norm cross_keys cross_attention cross_norm "
    "feed_forward")  # fmt: skip


def decoder_layer(x, memory, params, name, config, biases, past=None, head_masks=(None, None),
                  seed=None):  # fmt: skip
    """x (B, T, E), memory (B, S, E) the encoder's output; biases and head_masks of self- and
    cross-attention; past (self_k, self_v, cross_k, cross_v) of the tokens before, each
    (B, H, ., D), or None

    -> out (B, T, E), past with these T tokens, cache. (LEDDecoderLayer)
    """
    xp, H, rate = array_module(x), config.decoder_attention_heads, config.attention_dropout
    self_name, cross_name = name + ".self_attn", name + ".encoder_attn"
    self_k, self_v, self_keys = keys_and_values(x, params, self_name, H)
    if past is None:
        one_query = len(x) * x.shape[1] == len(memory)  # for each document, at this step
        cross_k, cross_v, cross_keys = keys_and_values(memory, params, cross_name, H, one_query)
    else:
        past_k, past_v, cross_k, cross_v = past
        self_k = xp.concatenate([past_k, self_k], axis=2)  # (B, H, past + T, D)
        self_v = xp.concatenate([past_v, self_v], axis=2)
        cross_keys = None  # the backward starts from whole texts, without a past

    branch, self_attention = decoder_attention(
        x, self_k, self_v, biases[0], params, self_name, H, head_masks[0], rate,
        dropout_seed(seed, "self probs", rate))  # fmt: skip
    aware, self_norm = add_and_norm(
        x, branch, params, self_name + "_layer_norm", config.dropout, subseed(seed, "self_attn")
    )
    branch, cross_attention = decoder_attention(
        aware, cross_k, cross_v, biases[1], params, cross_name, H, head_masks[1], rate,
        dropout_seed(seed, "cross probs", rate))  # fmt: skip
    informed, cross_norm = add_and_norm(
        aware, branch, params, cross_name + "_layer_norm", config.dropout,
        subseed(seed, "cross_attn"))  # fmt: skip
    out, feed_cache = feed_forward(informed, params, name, config, seed)
    cache = DecoderLayerCache(self_keys, self_attention, self_norm, cross_keys, cross_attention,
                              cross_norm, feed_cache)  # fmt: skip
    return out, (self_k, self_v, cross_k, cross_v), cache


def decoder_layer_backward(dout, cache, dmemory):
    """-> dx (B, T, E), dmemory (B, S, E), added to the given one, grads"""
    dinformed, grads = feed_forward_backward(dout, cache.feed_forward)
    daware, dbranch, norm_grads = add_and_norm_backward(dinformed, cache.cross_norm)
    daware, dk, dv, attend_grads = decoder_attention_backward(
        dbranch, cache.cross_attention, daware
    )
    dmemory, key_grads = keys_and_values_backward(dk, dv, cache.cross_keys, dmemory)
    grads |= norm_grads | attend_grads | key_grads
    dx, dbranch, norm_grads = add_and_norm_backward(daware, cache.self_norm)
    dx, dk, dv, attend_grads = decoder_attention_backward(dbranch, cache.self_attention, dx)
    dx, key_grads = keys_and_values_backward(dk, dv, cache.self_keys, dx)
    return dx, dmemory, grads | norm_grads | attend_grads | key_grads


def layer_is_dropped(rate, seed):
    """Layerdrop (Fan et al., arXiv 1909.11556): in training a whole layer is left out at `rate`."""
    return seed is not None and subseed(seed, "layerdrop") < rate * 2**32


EmbedCache = collections.namedtuple("EmbedCache", "norm drop positions table_shape name")


def embed(inputs_embeds, params, name, first_position, rate, seed):
    """layer_norm(inputs_embeds + positions), dropout. (B, S, E) -> (B, S, E)

    Positions count from 0 whatever the padding. There is no scale and no offset, unlike BART.
    """
    S = inputs_embeds.shape[1]
    table = params[name + ".embed_positions.weight"]  # (positions, E)
    if first_position + S > len(table):
        raise ValueError(f"{name.split('.')[-1]}: {first_position + S} tokens, but the model has "
                         f"{len(table)} positions")  # fmt: skip
    positions = slice(first_position, first_position + S)
    normed, norm_cache = layer_norm(
        inputs_embeds, *of(params, name + ".layernorm_embedding"),
        plus=array_module(table).broadcast_to(table[positions], inputs_embeds.shape))  # fmt: skip
    out, drop_cache = dropout(normed, rate, subseed(seed, "embedding"))
    return out, EmbedCache(norm_cache, drop_cache, positions, table.shape, name)


def embed_backward(dout, cache):
    """-> dinputs_embeds (B, S, E), grads"""
    dsum, dweight, dbias = layer_norm_backward(dropout_backward(dout, cache.drop), cache.norm)
    dtable = new_zeros(array_module(dout), cache.table_shape, dout.dtype)
    dtable[cache.positions] = dsum.sum(axis=0)  # (B, S, E) -> (S, E)
    grads = grads_of(cache.name + ".layernorm_embedding", dweight, dbias)
    return dsum, grads | {cache.name + ".embed_positions.weight": dtable}


class Run(NamedTuple):
    """How the layers are run, and what is kept of them beside the result."""

    seed: int = None  # of dropout and layerdrop; None for inference
    training: bool = False  # keep what the backward needs
    checkpointing: bool = False  # of each layer its input alone: the backward runs it again
    use_cache: bool = False
    output_attentions: bool = False
    output_hidden_states: bool = False
    on_layer: object = None  # called with the number of layers done, and of all


def encoder(x, params, name, config, masked, is_global, head_mask=None, run=Run()):
    """All encoder layers. x (B, S, E) token embeddings -> LEDEncoderBaseModelOutput, cache

    The cache holds what the backward of each layer needs, or with checkpointing a function that
    computes it again and the layer's input.
    """
    widest = max(config.attention_window)
    padded_length = -(-x.shape[1] // widest) * widest
    x, embed_cache = embed(x, params, name, 0, config.dropout, run.seed)
    hidden_states, all_probs, layer_caches = [x if run.output_hidden_states else None], [], []
    for i in range(config.encoder_layers):
        layer_seed = subseed(run.seed, f"encoder layer {i}")
        if layer_is_dropped(config.encoder_layerdrop, layer_seed):
            continue
        window = config.attention_window[i] // 2
        layer = functools.partial(
            encoder_layer, params=params, name=f"{name}.layers.{i}", config=config, window=window,
            masked=masked, is_global=is_global, seed=layer_seed,
            head_mask=None if head_mask is None else head_mask[i],
            keep=run.training or run.output_attentions)  # fmt: skip
        out, cache = layer(x)
        if run.output_attentions:
            all_probs.append(attention_probs(cache.attention, window, padded_length))
        if run.training:
            layer_caches.append((layer, x) if run.checkpointing else cache)
        x, cache = out, None  # free the cache before the next layer runs
        hidden_states.append(x if run.output_hidden_states else None)
        if run.on_layer:
            run.on_layer(i + 1, config.encoder_layers)
    any_global = run.output_attentions and is_global.any()
    out = LEDEncoderBaseModelOutput(
        last_hidden_state=x,
        hidden_states=tuple(hidden_states) if run.output_hidden_states else None,
        attentions=tuple(local for local, _ in all_probs) if run.output_attentions else None,
        global_attentions=tuple(columns for _, columns in all_probs) if any_global else None,
    )
    return out, (embed_cache, layer_caches, run.checkpointing)


def encoder_backward(dout, cache):
    """dout (B, S, E) -> dx (B, S, E), grads"""
    embed_cache, layer_caches, checkpointing = cache
    grads = {}
    while layer_caches:  # taken off one by one, so that their memory is free again
        layer_cache = layer_caches.pop()
        if checkpointing:
            layer, x = layer_cache
            _, layer_cache = layer(x)
        dout, layer_grads = encoder_layer_backward(dout, layer_cache)
        grads |= layer_grads
    dx, embed_grads = embed_backward(dout, embed_cache)
    return dx, grads | embed_grads


def decoder_biases(x, mask, memory_mask, past_length):
    """What is added to the scores of self- and cross-attention: the masks, or None

    x (B, T, E); mask (B, past + T) and memory_mask (B, S) as the caller gave them: a token's being
    global makes no difference to the decoder. -> (B or 1, 1, T, past + T), (B, 1, 1, S)
    """
    xp, (B, T, _) = array_module(x), x.shape
    self_bias = cross_bias = None
    if T > 1:  # a single token may see everything before it; the reference ignores `mask` then
        self_bias = causal_mask(T, past_length, x.dtype, xp)[None, None]  # (1, 1, T, past + T)
        if mask is not None:
            check_shape("decoder_attention_mask", mask, (B, past_length + T))
            with np.errstate(over="ignore"):  # lowest + lowest = -inf, as in the reference
                self_bias = self_bias + additive_mask(mask, x.dtype, xp)  # (B, 1, T, past + T)
    if memory_mask is not None and (memory_mask != 1).any():
        cross_bias = additive_mask(memory_mask, x.dtype, xp)  # (B, 1, 1, S)
    return self_bias, cross_bias


def decoder(x, memory, params, name, config, biases=(None, None), past=None,
            head_masks=(None, None), run=Run()):  # fmt: skip
    """All decoder layers. x (B, T, E) token embeddings, memory (B, S, E); biases as from
    decoder_biases -> LEDDecoderOutput, cache"""
    past_length = past[0][0].shape[2] if past else 0
    x, embed_cache = embed(x, params, name, past_length, config.dropout, run.seed)
    hidden_states, self_probs, cross_probs, pasts, layer_caches = [x], [], [], [], []
    for i in range(config.decoder_layers):
        layer_seed = subseed(run.seed, f"decoder layer {i}")
        if layer_is_dropped(config.decoder_layerdrop, layer_seed):
            continue
        layer = functools.partial(
            decoder_layer, params=params, name=f"{name}.layers.{i}", config=config,
            biases=biases, past=past[i] if past else None, seed=layer_seed,
            head_masks=[None if mask is None else mask[i] for mask in head_masks])  # fmt: skip
        out, layer_past, cache = layer(x, memory)
        if run.output_attentions:
            self_probs.append(decoder_attention_probs(cache.self_attention))
            cross_probs.append(decoder_attention_probs(cache.cross_attention))
        if run.training:
            layer_caches.append((layer, x) if run.checkpointing else cache)
        x, cache = out, None
        pasts.append(layer_past if run.use_cache else None)
        hidden_states.append(x if run.output_hidden_states else None)
    out = LEDDecoderOutput(
        last_hidden_state=x,
        past_key_values=tuple(pasts) if run.use_cache else None,
        hidden_states=tuple(hidden_states) if run.output_hidden_states else None,
        attentions=tuple(self_probs) if run.output_attentions else None,
        cross_attentions=tuple(cross_probs) if run.output_attentions else None,
    )
    return out, (embed_cache, layer_caches, run.checkpointing, memory)


def decoder_backward(dout, cache):
    """dout (B, T, E) -> dx (B, T, E), dmemory (B, S, E), grads; dmemory sums over the layers"""
    embed_cache, layer_caches, checkpointing, memory = cache
    grads, dmemory = {}, new_zeros(array_module(dout), memory.shape, dout.dtype)
    while layer_caches:
        layer_cache = layer_caches.pop()
        if checkpointing:
            layer, x = layer_cache
            _, _, layer_cache = layer(x, memory)
        dout, dmemory, layer_grads = decoder_layer_backward(dout, layer_cache, dmemory)
        grads |= layer_grads
    dx, embed_grads = embed_backward(dout, embed_cache)
    return dx, dmemory, grads | embed_grads


# ======================================================================================
# Configuration
# ======================================================================================

# What the configurations of all models have; the reference saves these only if they differ.
COMMON_DEFAULTS = {
    "output_attentions": False, "output_hidden_states": False, "return_dict": True,
    "tie_word_embeddings": True, "problem_type": None,
    "id2label": {0: "LABEL_0", 1: "LABEL_1"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1},
}  # fmt: skip

CONFIG_SIZES = {
    "vocab_size": 50265, "d_model": 1024, "encoder_layers": 12, "decoder_layers": 12,
    "encoder_attention_heads": 16, "decoder_attention_heads": 16, "encoder_ffn_dim": 4096,
    "decoder_ffn_dim": 4096, "max_encoder_position_embeddings": 16384,
    "max_decoder_position_embeddings": 1024,
}  # fmt: skip

CONFIG_RATES = {
    "dropout": 0.1, "attention_dropout": 0.0, "activation_dropout": 0.0, "classifier_dropout": 0.0,
    "encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0,
}  # fmt: skip

CONFIG_DEFAULTS = CONFIG_SIZES | CONFIG_RATES | COMMON_DEFAULTS | {
    "attention_window": 512,  # 2W, both sides together: an int, or one for each encoder layer
    "activation_function": "gelu", "init_std": 0.02, "use_cache": True, "is_encoder_decoder": True,
    "decoder_start_token_id": 2, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
    "gradient_checkpointing": False,
}  # fmt: skip

CONFIG_ALIASES = {
    "num_attention_heads": "encoder_attention_heads",
    "num_hidden_layers": "encoder_layers",
    "hidden_size": "d_model",
    "attention_probs_dropout_prob": "attention_dropout",
    "initializer_range": "init_std",
}

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")

GENERATION_DEFAULTS = {
    "max_length": 20,  # of the decoder's tokens, the start token included
    "max_new_tokens": None,  # without the start token or prompt; wins over max_length
    "min_length": 0, "min_new_tokens": None,
    "max_time": None,  # seconds
    "do_sample": False, "num_beams": 1, "num_return_sequences": 1, "length_penalty": 1.0,
    "early_stopping": False,  # True, False or "never"
    "temperature": 1.0, "top_k": 50, "top_p": 1.0, "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0, "bad_words_ids": None,
    "forced_bos_token_id": None, "forced_eos_token_id": None, "remove_invalid_values": False,
    "suppress_tokens": None, "begin_suppress_tokens": None, "renormalize_logits": False,
    "pad_token_id": None, "bos_token_id": None, "eos_token_id": None,
    "decoder_start_token_id": None, "use_cache": True, "output_attentions": False,
    "output_hidden_states": False, "output_scores": False, "return_dict_in_generate": False,
}  # fmt: skip

# The numbers among them: (lowest, highest, whether whole)
GENERATION_NUMBERS = {
    "max_length": (1, 10**6, True), "max_new_tokens": (1, 10**6, True),
    "min_length": (0, 10**6, True), "min_new_tokens": (0, 10**6, True),
    "max_time": (0, 1e9, False), "num_beams": (1, 10**4, True),
    "length_penalty": (-100, 100, False), "num_return_sequences": (1, 10**4, True),
    "temperature": (0, 1e9, False), "top_k": (0, 10**9, True), "top_p": (0, 1, False),
    "repetition_penalty": (1e-6, 1e6, False), "no_repeat_ngram_size": (0, 10**6, True),
    "encoder_no_repeat_ngram_size": (0, 10**6, True),
}  # fmt: skip

# The token ids among them of which there may be several
SEVERAL_TOKENS = ("forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens", "eos_token_id")

# Settings of the reference that this file leaves out, with the value that means "off".
GENERATION_NOT_HERE = {
    "penalty_alpha": 0, "num_beam_groups": 1, "diversity_penalty": 0.0, "constraints": None,
    "force_words_ids": None, "assistant_model": None, "low_memory": False, "typical_p": 1.0,
    "epsilon_cutoff": 0.0, "eta_cutoff": 0.0, "encoder_repetition_penalty": 1.0,
    "guidance_scale": 1, "sequence_bias": None, "exponential_decay_length_penalty": None,
    "forced_decoder_ids": None, "logits_processor": None, "stopping_criteria": None,
    "prefix_allowed_tokens_fn": None, "streamer": None, "synced_gpus": False,
    "negative_prompt_ids": None, "negative_prompt_attention_mask": None,
    # of later versions
    "min_p": None, "top_h": None, "stop_strings": None, "token_healing": False,
    "dola_layers": None, "watermarking_config": None, "prompt_lookup_num_tokens": None,
}  # fmt: skip

GENERATION_SETTINGS = GENERATION_DEFAULTS | GENERATION_NOT_HERE | {"_from_model_config": False}

# Where from_pretrained looks: passed on to weights.find.
HUB_OPTIONS = ("revision", "cache_dir", "local_files_only", "token", "force_download", "subfolder")

# Options of the reference's from_pretrained that make no difference here, at these values.
HARMLESS_OPTIONS = {
    "use_safetensors": (None, True), "low_cpu_mem_usage": (None, True, False), "variant": (None,),
    "trust_remote_code": (None, False), "from_tf": (False,), "from_flax": (False,),
    "device_map": (None, "cpu"), "resume_download": (None, True, False), "proxies": (None,),
    "attn_implementation": (None, "eager"), "load_in_8bit": (False,), "load_in_4bit": (False,),
    "quantization_config": (None,), "weights_only": (None, True), "state_dict": (None,),
}  # fmt: skip


def check_number(name, value, low, high, whole=True):
    """Raises ValueError unless `value` is a finite number in low..high."""
    kind = numbers.Integral if whole else numbers.Real
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:
        expected = "an integer" if whole else "a number"
        raise ValueError(f"{name}: expected {expected} in {low}..{high}, found {value!r:.80}")


def check_token_ids(name, value, vocab_size, several=True):
    """Raises ValueError unless `value` is a token id, None, or where `several` are allowed a list
    of token ids."""
    if several and isinstance(value, (list, tuple)) and (value or name != "eos_token_id"):
        for token in value:
            check_number(name, token, 0, vocab_size - 1)
    elif value is not None:
        check_number(name, value, 0, vocab_size - 1)


def check_flag(name, value):
    """Raises ValueError unless `value` is True, False or, which is off, None."""
    if value not in (True, False, None):
        raise ValueError(f"{name}: expected True or False, found {value!r:.80}")


def check_generation(settings, vocab_size):
    """Raises ValueError at the first setting of generation that cannot be; None is off."""
    for name, value in settings.items():
        if name in GENERATION_NUMBERS and value is not None:
            check_number(name, value, *GENERATION_NUMBERS[name])
        elif name in GENERATION_DEFAULTS and name.endswith(("token_id", "suppress_tokens")):
            check_token_ids(name, value, vocab_size, name in SEVERAL_TOKENS)
        elif name == "early_stopping" and value == "never" or value is None:
            continue
        elif name == "bad_words_ids":
            if not isinstance(value, list) or not all(isinstance(w, list) and w for w in value):
                raise ValueError(f"{name}: expected lists of token ids, found {value!r:.80}")
            for words in value:
                check_token_ids(name, words, vocab_size)
        elif isinstance(GENERATION_DEFAULTS.get(name), bool):
            check_flag(name, value)


def plain(value):
    """A setting as JSON can hold it: NumPy's numbers and arrays as Python's numbers and lists.

    So they can be saved, and a float64 cannot turn the float32 that it meets into float64.
    """
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {plain(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def read_json(path):
    """The object in a JSON file; OSError names the file if it cannot be read as one."""
    try:
        value = plain(json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        raise OSError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(value, dict):
        raise OSError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def json_bytes(value):
    """A JSON file's content, as the reference lays it out."""
    return (json.dumps(plain(value), indent=2, sort_keys=True) + "\n").encode()


def hub_options(options):
    """Takes what is no setting out of from_pretrained's `options` -> those of HUB_OPTIONS.
    ValueError for one of the reference's that is not supported."""
    for name, harmless in HARMLESS_OPTIONS.items():
        value = options.pop(name, harmless[0])
        if value not in harmless:
            raise ValueError(f"{name}: expected {' or '.join(map(str, harmless))}, found {value!r}")
    return {name: options.pop(name) for name in HUB_OPTIONS if name in options}


def settings_of_original(settings, path):
    """The config.json of the Longformer authors' own files (longformer-encdec-*) in LED's terms.

    There attention_window counts one side only, and BART's names stand for the dropout and label
    settings. Dilated and autoregressive windows have no LED.
    """
    dilation, sides = settings.get("attention_dilation") or [], settings.get("attention_window")
    if not isinstance(dilation, list) or not isinstance(sides, list):
        raise ValueError(f"{path}: expected lists as attention_dilation and attention_window")
    if any(step != 1 for step in dilation) or settings.get("autoregressive"):
        raise ValueError(f"{path}: dilated or autoregressive attention is not part of LED")
    dropped = ("attention_mode", "attention_dilation", "autoregressive", "model_type")
    settings = {name: value for name, value in settings.items() if name not in dropped}
    for side in sides:
        check_number(f"{path}: attention_window", side, 1, 2**31)
    settings["attention_window"] = [2 * side for side in sides]
    return settings


class LEDConfig:
    """The model's sizes and settings, by the reference's names, defaults and aliases.

    LEDConfig(d_model=768, attention_window=[512] * 6). Settings that are not known are kept and
    saved; those of generation that were never set read as their defaults. (The defaults are those
    of led-large, as in the reference.)
    """

    model_type = "led"

    def __init__(self, /, **settings):
        self.update(CONFIG_DEFAULTS)
        self.update(settings)

    def update(self, settings):
        """Sets several settings, of which the order does not matter."""
        settings = dict(settings)
        if settings.pop("model_type", "led") != "led":
            raise ValueError("model_type: LEDConfig is for 'led' alone")
        if "encoder_layers" in settings:
            settings.pop("num_hidden_layers", None)
        labels, count = settings.get("id2label"), settings.get("num_labels")
        if isinstance(labels, dict) and count not in (None, len(labels)):
            raise ValueError(f"num_labels: expected {len(labels)} as in id2label, found {count}")
        # Those that decide about others come last, and null leaves the others as they are.
        last = [*CONFIG_ALIASES, "num_labels", "id2label", "label2id"]
        names = [name for name in settings if name not in last]
        for name in names + [name for name in last if settings.get(name) is not None]:
            setattr(self, name, settings[name])

    def __setattr__(self, name, value):
        name, value = CONFIG_ALIASES.get(name, name), plain(value)
        if name == "num_labels":
            check_number(name, value, 1, 10**5)
            if value != self.num_labels:  # else the labels keep their names
                self.id2label = {i: f"LABEL_{i}" for i in range(value)}
            return
        if hasattr(LEDConfig, name):
            raise ValueError(f"{name}: a setting cannot have this name")
        if name == "problem_type" and value not in (None, *PROBLEM_TYPES):
            raise ValueError(f"{name}: expected one of {PROBLEM_TYPES}, found {value!r:.80}")
        if name == "id2label":
            number_names = isinstance(value, dict) and all(str(i).isdecimal() for i in value)
            if not number_names or not value:
                raise ValueError(f"id2label: expected {{number: label}}, found {value!r:.80}")
            value = {int(i): label for i, label in value.items()}  # JSON has no integer keys
            self.label2id = {str(label): i for i, label in value.items()}
        if name == "label2id" and not isinstance(value, dict):
            raise ValueError(f"label2id: expected {{label: number}}, found {value!r:.80}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name):  # called for names that are not attributes
        if name == "num_labels":
            return len(self.id2label)
        if name in CONFIG_ALIASES:
            return getattr(self, CONFIG_ALIASES[name])
        if name in GENERATION_DEFAULTS:
            return GENERATION_DEFAULTS[name]
        raise AttributeError(f"LEDConfig has no setting {name!r}")

    def __eq__(self, other):
        return isinstance(other, LEDConfig) and self.to_diff_dict() == other.to_diff_dict()

    def __repr__(self):
        return f"LEDConfig {self.to_json_string()}"

    def to_dict(self):
        """All settings, with model_type. Not transformers_version, the one that wrote a file."""
        settings = {"model_type": self.model_type, "num_hidden_layers": self.encoder_layers}
        settings |= vars(self)
        settings.pop("transformers_version", None)
        return settings

    def to_diff_dict(self):
        """What config.json holds: all settings but those that every model's configuration has and
        that are the defaults"""
        usual = {k: v for k, v in GENERATION_DEFAULTS.items() if k not in CONFIG_DEFAULTS}
        usual |= COMMON_DEFAULTS
        return {name: value for name, value in self.to_dict().items()
                if name not in usual or value != usual[name]}  # fmt: skip

    def to_json_string(self, use_diff=True):
        """config.json's content; with use_diff=False all settings"""
        return json_bytes(self.to_diff_dict() if use_diff else self.to_dict()).decode()

    def to_json_file(self, path, use_diff=True):
        """Writes to_json_string in one step: under another name first, then renamed."""
        import weights

        with weights.replacing(Path(path)) as file:
            file.write(self.to_json_string(use_diff).encode())

    def save_pretrained(self, folder):
        """Writes folder/config.json."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.to_json_file(Path(folder) / "config.json")

    @classmethod
    def from_dict(cls, settings, /, **overrides):
        """The configuration that config.json holds, some of it overridden. ValueError for overrides
        that neither LEDConfig nor `settings` know."""
        known = {*CONFIG_DEFAULTS, *CONFIG_ALIASES, *GENERATION_SETTINGS, "num_labels", *settings}
        for name in overrides:
            if name not in known:
                raise ValueError(f"{name}: not a setting of LEDConfig or of this configuration")
        config = cls(**settings)
        config.update(overrides)
        return config

    @classmethod
    def from_pretrained(cls, folder_or_hub_name, **overrides):
        """Reads config.json; keyword arguments override what it says, or are of HUB_OPTIONS and say
        where to look. OSError if there is none, ValueError that names the file if it cannot be."""
        import weights

        hub = hub_options(overrides)
        path = weights.find(folder_or_hub_name, file="config.json", **hub)
        settings = read_json(path)
        if "attention_mode" in settings:
            settings = settings_of_original(settings, path)
        if settings.get("model_type", "led") != "led":
            raise ValueError(f"{path}: expected model_type 'led', found {settings['model_type']!r}")
        try:
            config = cls.from_dict(settings, **overrides)
            config.check()
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        return config

    def check(self):
        """Raises ValueError at the first setting that no model can have.

        Turns an attention_window that is one number into a list, as the reference does when it
        builds an encoder.
        """
        for name in CONFIG_SIZES:
            # A thousand layers are a broken file, which nobody should wait for.
            check_number(name, getattr(self, name), 1, 1000 if name.endswith("_layers") else 2**31)
        for name in CONFIG_RATES:
            check_number(name, getattr(self, name), 0, 1, whole=False)
        check_number("init_std", self.init_std, 0, 1e6, whole=False)
        for name in ("tie_word_embeddings", "return_dict", "gradient_checkpointing"):
            check_flag(name, getattr(self, name))
        if self.is_encoder_decoder is not True:
            found = self.is_encoder_decoder
            raise ValueError(f"is_encoder_decoder: expected True, found {found!r:.80}")
        check_generation(vars(self), self.vocab_size)
        if isinstance(self.attention_window, int):
            self.attention_window = [self.attention_window] * self.encoder_layers
        windows, layers = self.attention_window, self.encoder_layers
        if not isinstance(windows, list):
            raise ValueError(f"attention_window: expected a number or a list, found {windows!r}")
        if len(windows) != layers:
            raise ValueError(f"attention_window: expected one number for each of {layers} encoder "
                             f"layers, found {len(windows)}")  # fmt: skip
        for window in windows:
            check_number("attention_window", window, 2, 2**31)
            if window % 2:
                raise ValueError(f"attention_window: expected an even number, found {window}")
        for heads in ("encoder_attention_heads", "decoder_attention_heads"):
            count = getattr(self, heads)
            if self.d_model % count:
                raise ValueError(
                    f"{heads}: expected a divisor of d_model {self.d_model}, found {count}"
                )
        if self.activation_function not in list(ACTIVATIONS):
            known, found = ", ".join(ACTIVATIONS), self.activation_function
            raise ValueError(f"activation_function: expected one of {known}, found {found!r:.80}")


def with_defaults(settings):
    """{name: value} of all settings of generation, with numbers for None, which means off"""
    found = GENERATION_SETTINGS | {k: v for k, v in settings.items() if k in GENERATION_SETTINGS}
    off = GENERATION_DEFAULTS | {"top_k": 0}
    return {k: off[k] if v is None and k in off else v for k, v in found.items()}


class GenerationConfig(dict):
    """Settings of generate, those that were set, as items or attributes; others read as their
    defaults. (Same name in the reference.) ValueError for names that generate does not know.

    `original`, of one that came with a model, is a copy of all settings as they were then.
    """

    def __init__(self, settings=(), /, **more):
        self.update(settings, **more)

    def update(self, settings=(), /, **more):
        """Sets several settings."""
        for name, value in (dict(settings) | more).items():
            self[name] = value

    def __setitem__(self, name, value):
        if name not in GENERATION_SETTINGS:
            raise ValueError(f"{name}: not a setting of generate, see GENERATION_DEFAULTS")
        super().__setitem__(name, plain(value))

    def __setattr__(self, name, value):
        self[name] = value

    def __getattr__(self, name):
        if name in GENERATION_SETTINGS:
            return self.get(name, GENERATION_SETTINGS[name])
        raise AttributeError(f"{name} is not a setting of generate")

    @classmethod
    def of_model(cls, settings):
        """One that came with a model: names that are not known are kept."""
        config = cls()
        dict.update(config, settings)
        vars(config)["original"] = with_defaults(config)
        return config

    @classmethod
    def from_model_config(cls, config):
        """The settings of generation in an LEDConfig, which config.json may hold."""
        settings = {k: v for k, v in vars(config).items() if k in GENERATION_SETTINGS}
        return cls.of_model(settings | {"_from_model_config": True})

    def to_diff_dict(self):
        """What generation_config.json holds: names that are not known, and what is not the default.
        Once changed, the settings are no longer those of the model's configuration."""
        changed = {k: v for k, v in self.items() if v != GENERATION_SETTINGS.get(k, ())}
        if not self.is_of_model_config():
            changed.pop("_from_model_config", None)
        return changed

    def is_of_model_config(self):
        """Whether the model's configuration decides: this was made from it, and nobody has changed
        it since. (The legacy rule of 4.34)"""
        original = vars(self).get("original")
        return bool(original and self._from_model_config) and with_defaults(self) == original


def as_generation_config(settings):
    """A GenerationConfig from a dict or from the reference's class; one of ours stays the same."""
    if isinstance(settings, GenerationConfig):
        return settings
    if hasattr(settings, "to_dict"):
        settings = {k: v for k, v in settings.to_dict().items() if k in GENERATION_SETTINGS}
    if not isinstance(settings, dict):
        raise ValueError(f"generation_config: expected settings by name, found {settings!r:.80}")
    return GenerationConfig(settings)


def float_dtype(dtype):
    """float32 or float64 as NumPy's dtype, from its name, NumPy's or torch's; else ValueError"""
    name = getattr(dtype, "__name__", str(dtype).removeprefix("torch."))
    if name not in ("float32", "float64"):
        raise ValueError(f"dtype: expected float32 or float64, found {name}")
    return np.dtype(name)


# ======================================================================================
# Outputs
# ======================================================================================


class ModelOutput(dict):
    """What a model returns: `fields` by name, as items, attributes or in their order, without those
    that are None. out.logits, out["logits"], out[0], out[:2], out.to_tuple(), "loss" in out, **out

    (Same name in the reference.)
    """

    fields = ()

    def __init__(self, *values, **named):
        given = dict(zip(self.fields, values)) | named
        unknown = [name for name in given if name not in self.fields]
        if unknown or len(values) > len(self.fields):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.fields)}")
        super().__init__((k, given[k]) for k in self.fields if given.get(k) is not None)

    def __getattr__(self, name):
        if name in self.fields:
            return self.get(name)
        raise AttributeError(f"{type(self).__name__} has no field {name!r}")

    def __setattr__(self, name, value):
        self[name] = value

    def __getitem__(self, key):
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def to_tuple(self):
        """The fields that are not None, in their order"""
        return tuple(self.values())


class LEDEncoderBaseModelOutput(ModelOutput):
    """What the encoder returns. (Same name and fields in the reference.)

    hidden_states: a tuple of encoder_layers + 1 arrays, the first one after the embedding;
    attentions: a tuple of (B, H, S, G + 2W + 1) arrays, G global columns and then the band;
    global_attentions: a tuple of (B, H, S', G) arrays, S' being S rounded up to a multiple of the
    largest attention_window, as the reference pads; None where no token is global.
    """

    fields = ("last_hidden_state", "hidden_states", "attentions", "global_attentions")


class LEDDecoderOutput(ModelOutput):
    """What the decoder returns (BaseModelOutputWithPastAndCrossAttentions in the reference).

    last_hidden_state (B, T, E); past_key_values: per layer (self_k, self_v, cross_k, cross_v), each
    (B, H, length, D); hidden_states: decoder_layers + 1 arrays (B, T, E); attentions and
    cross_attentions: per layer (B, H, T, past + T) and (B, H, T, S).
    """

    fields = ("last_hidden_state", "past_key_values", "hidden_states", "attentions",
              "cross_attentions")  # fmt: skip


# Behind what a head makes of the hidden state: the fields of the two classes above
SEQ2SEQ_FIELDS = (
    "past_key_values", "decoder_hidden_states", "decoder_attentions", "cross_attentions",
    "encoder_last_hidden_state", "encoder_hidden_states", "encoder_attentions",
    "encoder_global_attentions")  # fmt: skip


class LEDSeq2SeqModelOutput(ModelOutput):
    """What LEDModel returns: last_hidden_state (B, T, E)"""

    fields = ("last_hidden_state", *SEQ2SEQ_FIELDS)


class LEDSeq2SeqLMOutput(ModelOutput):
    """What LEDForConditionalGeneration returns: loss a number or None, logits (B, T, V)"""

    fields = ("loss", "logits", *SEQ2SEQ_FIELDS)


class LEDSeq2SeqSequenceClassifierOutput(ModelOutput):
    """What LEDForSequenceClassification returns: loss a number or None, logits (B, num_labels)"""

    fields = ("loss", "logits", *SEQ2SEQ_FIELDS)


class LEDSeq2SeqQuestionAnsweringModelOutput(ModelOutput):
    """What LEDForQuestionAnswering returns: loss, start_logits and end_logits (B, T)"""

    fields = ("loss", "start_logits", "end_logits", *SEQ2SEQ_FIELDS)


class GenerateOutput(ModelOutput):
    """What generate returns with return_dict_in_generate.

    sequences (B * num_return_sequences, T); sequences_scores (B * num_return_sequences,) and
    beam_indices, the beam of each token or -1, with beams; scores: per step (rows, V), as the
    choice was made from, if output_scores. encoder_attentions and encoder_hidden_states as in
    LEDEncoderBaseModelOutput; the others per step what LEDDecoderOutput has for each row's new
    tokens: with output_attentions and output_hidden_states.
    """

    fields = ("sequences", "sequences_scores", "scores", "beam_indices", "encoder_attentions",
              "encoder_hidden_states", "decoder_attentions", "cross_attentions",
              "decoder_hidden_states")  # fmt: skip


# ======================================================================================
# The model
# ======================================================================================


def linear_shapes(name, size_in, size_out):
    """{name: shape} of a linear layer's weight and bias"""
    return {name + ".weight": (size_out, size_in), name + ".bias": (size_out,)}


def parameter_shapes(config, prefix=""):
    """{name: shape} of the encoder, decoder and embeddings, in the reference's order."""
    E, V = config.d_model, config.vocab_size
    shapes = {"shared.weight": (V, E)}

    def add_norm(name):
        shapes.update({name + ".weight": (E,), name + ".bias": (E,)})

    def add_feed_forward(name, F):
        shapes.update(linear_shapes(name + ".fc1", E, F) | linear_shapes(name + ".fc2", F, E))
        add_norm(name + ".final_layer_norm")

    shapes["encoder.embed_positions.weight"] = (config.max_encoder_position_embeddings, E)
    for i in range(config.encoder_layers):
        name = f"encoder.layers.{i}"
        for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
            shapes |= linear_shapes(f"{name}.self_attn.longformer_self_attn.{kind}", E, E)
        shapes |= linear_shapes(name + ".self_attn.output", E, E)
        add_norm(name + ".self_attn_layer_norm")
        add_feed_forward(name, config.encoder_ffn_dim)
    add_norm("encoder.layernorm_embedding")

    shapes["decoder.embed_positions.weight"] = (config.max_decoder_position_embeddings, E)
    for i in range(config.decoder_layers):
        name = f"decoder.layers.{i}"
        for attention in ("self_attn", "encoder_attn"):
            for kind in ("k_proj", "v_proj", "q_proj", "out_proj"):
                shapes |= linear_shapes(f"{name}.{attention}.{kind}", E, E)
            add_norm(f"{name}.{attention}_layer_norm")
        add_feed_forward(name, config.decoder_ffn_dim)
    add_norm("decoder.layernorm_embedding")
    return {prefix + name: shape for name, shape in shapes.items()}


def initial_parameters(shapes, config, seed, dtype):
    """Fresh weights as the reference draws them: matrices normal with init_std, biases 0, norms 1,
    the padding token's embedding 0. -> {name: array}"""
    rng = np.random.default_rng(seed)
    params = {}
    for name, shape in shapes.items():
        if name.endswith(".bias"):
            params[name] = np.zeros(shape, dtype)
        elif len(shape) == 1:
            params[name] = np.ones(shape, dtype)
        else:
            params[name] = rng.standard_normal(shape, np.float32).astype(dtype) * config.init_std
            params[name] = params[name].astype(dtype)
        if name.endswith("shared.weight") and config.pad_token_id is not None:
            params[name][config.pad_token_id] = 0
    return params


def shift_tokens_right(ids, pad_token_id, start_token_id):
    """The decoder's input for these labels: start token first, last one dropped, -100 as padding.
    ids (B, T) -> (B, T)"""
    if pad_token_id is None or start_token_id is None:
        raise ValueError("pad_token_id and decoder_start_token_id: expected numbers in the "
                         f"configuration, found {pad_token_id} and {start_token_id}")  # fmt: skip
    xp = array_module(ids)
    shifted = xp.empty_like(ids)
    shifted[:, 1:] = ids[:, :-1]
    shifted[:, 0] = start_token_id
    return xp.where(shifted == -100, pad_token_id, shifted)


def token_masks(attention_mask, global_attention_mask, shape):
    """(masked, is_global), booleans (B, S) in host memory.

    The two masks merge into attention * (global + 1): below 1 a token is masked, at 1 it attends
    locally, above 1 globally. So a global token that is masked is masked, and the -1 with which
    the tokenizer pads global_attention_mask masks too.
    """
    merged = np.ones(shape)
    if attention_mask is not None:
        merged = to_host(attention_mask).astype(np.float64)
    if global_attention_mask is not None:
        merged = merged * (to_host(global_attention_mask) + 1)
    return merged < 1, merged > 1


def chosen(value, default):
    """value, or where that is None the default"""
    return default if value is None else value


def one_of(name, value, other_name, other_value):
    """Raises ValueError unless exactly one of two arguments is given."""
    if (value is None) == (other_value is None):
        found = "neither" if value is None else "both"
        raise ValueError(f"expected either {name} or {other_name}, found {found}")


def encode_tokens(params, prefix, config, input_ids=None, attention_mask=None,
                  global_attention_mask=None, head_mask=None, inputs_embeds=None,
                  output_attentions=None, output_hidden_states=None, seed=None, training=False,
                  checkpointing=False, on_layer=None):  # fmt: skip
    """Embedding and encoder: arrays in, LEDEncoderBaseModelOutput and cache out."""
    run = Run(seed, training, checkpointing, use_cache=False,
              output_attentions=chosen(output_attentions, config.output_attentions),
              output_hidden_states=chosen(output_hidden_states, config.output_hidden_states),
              on_layer=on_layer)  # fmt: skip
    one_of("input_ids", input_ids, "inputs_embeds", inputs_embeds)
    lookup_cache = None
    with engine.all_cores():
        if inputs_embeds is None:
            inputs_embeds, lookup_cache = embedding(input_ids, params[prefix + "shared.weight"])
        masks = token_masks(attention_mask, global_attention_mask, inputs_embeds.shape[:2])
        if global_attention_mask is not None and not masks[1].any():
            warn_once("global_attention_mask is given, but no token is both global and not masked")
        out, encoder_cache = encoder(
            inputs_embeds, params, prefix + "encoder", config, *masks, head_mask, run
        )
    return out, (encoder_cache, lookup_cache)


def encoder_decoder(
        params, prefix, config, input_ids=None, attention_mask=None, global_attention_mask=None,
        decoder_input_ids=None, decoder_attention_mask=None, head_mask=None,
        decoder_head_mask=None, cross_attn_head_mask=None, encoder_outputs=None,
        past_key_values=None, inputs_embeds=None, decoder_inputs_embeds=None, use_cache=None,
        output_attentions=None, output_hidden_states=None, seed=None, training=False,
        checkpointing=False):  # fmt: skip
    """Encoder and decoder: arrays in, LEDSeq2SeqModelOutput and cache out. (LEDModel.forward)"""
    if decoder_input_ids is None and decoder_inputs_embeds is None:
        if input_ids is None:
            raise ValueError("decoder_input_ids: expected, since there are no input_ids to shift")
        decoder_input_ids = shift_tokens_right(
            input_ids, config.pad_token_id, config.decoder_start_token_id
        )
    encode_cache = lookup_cache = None
    if encoder_outputs is None:
        encoder_outputs, encode_cache = encode_tokens(
            params, prefix, config, input_ids, attention_mask, global_attention_mask, head_mask,
            inputs_embeds, output_attentions, output_hidden_states, seed, training,
            checkpointing)  # fmt: skip

    one_of("decoder_input_ids", decoder_input_ids, "decoder_inputs_embeds", decoder_inputs_embeds)
    if decoder_inputs_embeds is None:
        decoder_inputs_embeds, lookup_cache = embedding(
            decoder_input_ids, params[prefix + "shared.weight"]
        )
    run = Run(seed, training, checkpointing, chosen(use_cache, config.use_cache),
              chosen(output_attentions, config.output_attentions),
              chosen(output_hidden_states, config.output_hidden_states))  # fmt: skip
    past_length = past_key_values[0][0].shape[2] if past_key_values else 0
    one_row = past_length and decoder_inputs_embeds.shape[:2] == (1, 1)
    with engine.all_cores():  # see product
        biases = decoder_biases(
            decoder_inputs_embeds, decoder_attention_mask, attention_mask, past_length
        )
        decoded, decoder_cache = decoder(
            decoder_inputs_embeds, encoder_outputs.last_hidden_state, params, prefix + "decoder",
            config, biases, past_key_values, (decoder_head_mask, cross_attn_head_mask), run
        )

    out = LEDSeq2SeqModelOutput(
        last_hidden_state=decoded.last_hidden_state,
        past_key_values=decoded.past_key_values,
        decoder_hidden_states=decoded.hidden_states,
        decoder_attentions=decoded.attentions,
        cross_attentions=decoded.cross_attentions,
        encoder_last_hidden_state=encoder_outputs.last_hidden_state,
        encoder_hidden_states=encoder_outputs.hidden_states,
        encoder_attentions=encoder_outputs.attentions,
        encoder_global_attentions=encoder_outputs.global_attentions,
    )
    return out, (encode_cache, decoder_cache, lookup_cache, prefix, config)


def encoder_decoder_backward(dlast_hidden_state, cache, grads):
    """dlast_hidden_state (B, T, E), grads of the head (a tied head's are of the shared embedding)
    -> grads of all parameters that took part

    The padding token's embedding gets no gradient from being looked up (padding_idx in torch).
    """
    encode_cache, decoder_cache, decoder_lookup_cache, prefix, config = cache
    dtokens, dmemory, decoder_grads = decoder_backward(dlast_hidden_state, decoder_cache)
    grads = grads | decoder_grads
    looked_up = [(dtokens, decoder_lookup_cache)]
    if encode_cache is not None:
        encoder_cache, lookup_cache = encode_cache
        dtokens, encoder_grads = encoder_backward(dmemory, encoder_cache)
        grads |= encoder_grads
        looked_up.append((dtokens, lookup_cache))
    for dtokens, lookup_cache in looked_up:
        if lookup_cache is not None:  # else inputs_embeds were given
            if config.pad_token_id is not None:
                ids, _ = lookup_cache
                dtokens[ids == config.pad_token_id] = 0
            shared = prefix + "shared.weight"
            grads[shared] = embedding_backward(dtokens, lookup_cache, grads.get(shared))
    return grads


# The axes of the model's inputs, in the order in which their sizes become known: l and h are layers
# and heads of the encoder, m and k of the decoder, U the past and T together.
INPUT_AXES = {
    "encoder_outputs": "BSE", "inputs_embeds": "BSE", "input_ids": "BS", "attention_mask": "BS",
    "global_attention_mask": "BS", "head_mask": "lh", "past_key_values": "BkPD",
    "decoder_inputs_embeds": "BTE", "decoder_input_ids": "BT", "decoder_attention_mask": "BU",
    "decoder_head_mask": "mk", "cross_attn_head_mask": "mk",
}  # fmt: skip


def as_array(name, value, xp, axes, sizes, kinds="biuf"):
    """value as an array of numbers, integers of any type as int64. kinds "iu": integers alone

    axes has a letter for each axis, sizes {letter: size} the sizes that are known; those of the
    array are added. ValueError that names the argument for another type or shape, or no numbers.
    """
    try:
        array = xp.asarray(value)
    except (TypeError, ValueError) as error:  # rows of unequal lengths
        raise ValueError(f"{name}: expected an array ({error})") from error
    expected = [str(sizes.get(axis, axis)) for axis in axes]
    fits = array.ndim == len(axes) and array.size > 0 and array.dtype.kind in kinds
    if not fits or any(size != sizes.get(axis, size) for axis, size in zip(axes, array.shape)):
        what = "integers of shape" if kinds == "iu" else "shape"
        is_shape = kinds != "iu" and array.dtype.kind in kinds  # that is wrong
        found = array.shape if is_shape else f"{array.dtype} of shape {array.shape}"
        raise ValueError(f"{name}: expected {what} ({', '.join(expected)}), found {found}")
    if array.dtype.kind == "u" and int(array.max()) >= 2**63:
        raise ValueError(f"{name}: expected smaller numbers, found {array.max()}")
    sizes.update(zip(axes, array.shape))
    return array if array.dtype.kind == "f" else array.astype(xp.int64)


def check_ids(name, ids, vocab_size):
    """Raises ValueError unless all ids are in 0..vocab_size-1."""
    lowest, highest = int(ids.min()), int(ids.max())
    if lowest < 0 or highest >= vocab_size:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"{name}: expected numbers in 0..{vocab_size - 1}, found {wrong}")


def as_encoder_outputs(given):
    """LEDEncoderBaseModelOutput from one, from a tuple of its fields, or from an array"""
    fields = LEDEncoderBaseModelOutput.fields
    if hasattr(given, "last_hidden_state"):
        given = [getattr(given, name, None) for name in fields]
    given = given if isinstance(given, (tuple, list)) else [given]
    if len(given) > len(fields):
        raise ValueError(f"encoder_outputs: expected at most {len(fields)}, found {len(given)}")
    return LEDEncoderBaseModelOutput(*given)


def check_inputs(config, dtype, xp, given):
    """The inputs of encoder and decoder that are not None, as arrays of xp; lists become arrays.

    Raises ValueError that names the argument for wrong types, shapes or values, and for batches and
    lengths that do not fit each other.
    """
    inputs = {name: value for name, value in given.items() if value is not None}
    for name in ("use_cache", "output_attentions", "output_hidden_states"):
        check_flag(name, inputs.get(name))
    sizes = {"E": config.d_model, "l": config.encoder_layers, "h": config.encoder_attention_heads,
             "m": config.decoder_layers, "k": config.decoder_attention_heads}  # fmt: skip
    sizes["D"], sizes["P"] = sizes["E"] // sizes["k"], 0
    for name, axes in INPUT_AXES.items():
        if name == "decoder_attention_mask":  # without decoder inputs the input_ids are shifted
            sizes["U"] = sizes["P"] + sizes.get("T", sizes.get("S", 0))
        if name not in inputs:
            continue
        value = inputs[name]
        if name == "encoder_outputs":
            inputs[name] = as_encoder_outputs(value)
            memory = as_array(name, inputs[name].last_hidden_state, xp, axes, sizes)
            inputs[name].last_hidden_state = memory.astype(dtype, copy=False)
        elif name == "past_key_values":
            layers = value if isinstance(value, (tuple, list)) else [value]
            found = [len(layer) if isinstance(layer, (tuple, list)) else 1 for layer in layers]
            if found != [4] * config.decoder_layers:
                raise ValueError(f"{name}: expected 4 arrays for each of {config.decoder_layers} "
                                 f"layers, found {found}")  # fmt: skip
            del sizes["P"]
            both = axes, axes, "BkSD", "BkSD"
            inputs[name] = tuple(
                tuple(as_array(name, array, xp, axes, sizes).astype(dtype, copy=False)
                      for array, axes in zip(layer, both)) for layer in value)  # fmt: skip
        elif name.endswith("ids"):
            inputs[name] = as_array(name, value, xp, axes, sizes, "iu")
            check_ids(name, inputs[name], config.vocab_size)
        else:
            inputs[name] = as_array(name, value, xp, axes, sizes)
            if name.endswith("mask") and not np.isfinite(to_host(inputs[name])).all():
                raise ValueError(f"{name}: expected finite numbers, found nan or infinity")
            if not name.endswith("attention_mask"):
                inputs[name] = inputs[name].astype(dtype, copy=False)
    return inputs


def random_generator(name, seed):
    """numpy's Generator from a seed or from one; ValueError names the argument"""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected a number or a Generator ({error})") from error


def step_seed(dropout_rng):
    """The seed of one training step from a number, a numpy Generator, or None for no dropout."""
    if dropout_rng is None:
        return None
    return int(random_generator("dropout_rng", dropout_rng).integers(2**32))


def warn_once(message, seen=set()):  # the one set is meant to be shared by all calls
    """Warns, but not again with the same words."""
    if message not in seen:
        seen.add(message)
        warnings.warn(message, stacklevel=3)


# Second names of the shared embedding in checkpoint files.
TIED = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")


def first_names(names):
    """The first ten of a list, for a message"""
    return ", ".join(names[:10]) + (f", and {len(names) - 10} more" if len(names) > 10 else "")


def match_parameters(model_class, config, tensors, source, dtype, seed,
                     ignore_mismatched_sizes=False, info=None):  # fmt: skip
    """Sorts a file's tensors into a model's parameters -> params, final_logits_bias or None

    Names are taken with or without the `led.` prefix, and under any one prefix that all have. In
    the original files of the Longformer authors it is `model.`; these have two position rows more,
    which BART reserves; they are cut. No two parameters share memory, though two tensors may.
    """
    import weights

    shapes = model_class.shapes(config)
    prefix = model_class.prefix
    found = {}
    core = {*parameter_shapes(config), *TIED[:2]}
    for name, official in weights.inner_names(tensors, core, bases=("led", "model")).items():
        if official.startswith(("shared.", "encoder.", "decoder.")):
            official = prefix + official
        if official in found:
            raise ValueError(f"{source}: expected one {official}, found a second one, {name}")
        found[official] = tensors[name]

    bias = found.pop("final_logits_bias", None)
    for alias in TIED:
        alias = alias if alias.startswith("lm_head") else prefix + alias
        if alias in found and alias not in shapes:
            tensor = found.pop(alias)
            shared = found.setdefault(prefix + "shared.weight", tensor)
            # transformers 5 can give encoder and decoder embeddings of their own.
            if not config.tie_word_embeddings and not np.array_equal(tensor, shared):
                raise ValueError(f"{source}: expected {alias} to equal {prefix}shared.weight: "
                                 "encoder and decoder have one embedding")  # fmt: skip

    mismatched = []
    if ignore_mismatched_sizes:
        for name in found.keys() & shapes.keys():
            shape = found[name].shape
            reserved = 2 if name.endswith("embed_positions.weight") else 0
            if shape not in (shapes[name], (shapes[name][0] + reserved, *shapes[name][1:])):
                mismatched.append((name, shape, shapes[name]))
                del found[name]
        bias = None if bias is not None and bias.shape[1:] != (config.vocab_size,) else bias
    missing = [name for name in shapes if name not in found]
    unexpected = [name for name in found if name not in shapes]
    if info is not None:
        names = {name for name, _, _ in mismatched}
        info |= {"missing_keys": [name for name in missing if name not in names],
                 "unexpected_keys": unexpected, "mismatched_keys": mismatched, "error_msgs": []}
    head = {*model_class.head_shapes(config), *(name for name, _, _ in mismatched)}
    if not all(name in head for name in missing):
        others = f"; {len(unexpected)} not known: {first_names(unexpected)}" if unexpected else ""
        raise ValueError(f"{source}: {len(missing)} tensors are missing: {first_names(missing)}"
                         + others)  # fmt: skip
    if unexpected:
        warnings.warn(f"{source}: not used: {first_names(unexpected)}", stacklevel=3)
    wrong, params, used = [], {}, []
    for name, shape in shapes.items():
        tensor = found.get(name)
        if tensor is None:
            params[name] = None  # keeps its place in the order
            continue
        if name.endswith("embed_positions.weight") and tensor.shape == (shape[0] + 2, shape[1]):
            tensor = tensor[2:]
        if tensor.shape != shape:
            wrong.append(f"{name}: expected {shape}, found {tensor.shape}")
        tensor = tensor.astype(dtype, copy=False)
        if any(np.may_share_memory(tensor, other) for other in used):
            tensor = tensor.copy()  # one memory in torch's file, but each is trained by itself
        used.append(tensor)
        params[name] = tensor
    if bias is not None and bias.shape != (1, config.vocab_size):
        wrong.append(f"final_logits_bias: expected {(1, config.vocab_size)}, found {bias.shape}")
    if wrong:
        raise ValueError(f"{source}: tensors of the wrong shape: {first_names(wrong)}")
    if missing:
        warnings.warn(f"{source}: no {', '.join(missing)}: drawn anew, to be trained", stacklevel=3)
        params |= initial_parameters({name: shapes[name] for name in missing}, config, seed, dtype)
    return params, None if bias is None else bias.astype(dtype, copy=False)


def check_arrays(name, found, shapes):
    """Raises ValueError unless {name: array} has an array for each of {name: shape}, of it."""
    for key, shape in shapes.items():
        if key not in found:
            raise ValueError(f"{name}: {key} is missing")
        check_shape(f"{name}: {key}", found[key], shape)


class LEDModel:
    """LED without a head: token ids in, hidden states out. (Same class in the reference.)

    LEDModel(config, seed=0, dtype=np.float32) has fresh weights; `from_pretrained` reads a
    checkpoint. `params` is {official name: array}, tied weights once; change arrays in place or
    put others there. Calls always infer (no dropout); value_and_grad of the classes with a loss
    trains.
    """

    prefix = ""
    output_class = LEDSeq2SeqModelOutput
    target_names = ()  # the arguments that a loss compares the outputs with

    def __init__(self, config, seed=0, dtype=np.float32, params=None):
        config.check()
        self.config = config
        self.dtype = float_dtype(dtype)
        shapes = self.shapes(config)
        if params is None:
            params = initial_parameters(shapes, config, seed, self.dtype)
        check_arrays("params", params, shapes)
        self.params = params
        self.generation_config = GenerationConfig.from_model_config(config)
        self.first_settings = with_defaults(self.generation_config)  # of generation, in the config
        self.final_logits_bias = None  # LEDForConditionalGeneration has one

    @classmethod
    def shapes(cls, config):
        """{official name: shape} of the parameters"""
        return parameter_shapes(config, cls.prefix) | cls.head_shapes(config)

    @classmethod
    def head_shapes(cls, config):
        """{official name: shape} of what comes on top of encoder and decoder"""
        return {}

    @property
    def generation_config(self):
        """The settings of generate, where they are not given: a GenerationConfig.

        A dict, or the reference's GenerationConfig, can be put there; the token ids that a dict
        lacks are those of the configuration.
        """
        return self._generation_config

    @generation_config.setter
    def generation_config(self, settings):
        self._generation_config = as_generation_config(settings)

    def current_generation_config(self, given=None):
        """The given settings or else the model's, by the legacy rule those of the configuration. If
        they did not come with a model, the token ids that they lack are those of this one."""
        found = as_generation_config(chosen(given, self.generation_config))
        if given is None and found.is_of_model_config():
            return GenerationConfig.from_model_config(self.config)
        with_model = "original" in vars(found)
        return found if with_model else GenerationConfig(self.special_tokens() | found)

    @classmethod
    def from_pretrained(cls, folder_or_hub_name, dtype=None, seed=0, config=None, torch_dtype=None,
                        ignore_mismatched_sizes=False, output_loading_info=False,
                        **overrides):  # fmt: skip
        """The model that a checkpoint holds, in any format that weights.py reads.

        overrides replace fields of config.json or generation_config.json, as in
        attention_window=512; `config` (an LEDConfig, or where one is to be found) replaces
        config.json. Those of HUB_OPTIONS say where to look. dtype or torch_dtype: float32, float64,
        or "auto", the larger one if the file has it. A head that the checkpoint lacks is drawn from
        `seed`, with a warning; with ignore_mismatched_sizes also what has another shape.
        -> the model; with output_loading_info also {"missing_keys": [names], ...}
        Raises OSError where there is no such checkpoint, ValueError where names or shapes do not
        fit, listing them.
        """
        import weights

        if dtype is not None and torch_dtype is not None:
            raise ValueError("torch_dtype: expected alone, or dtype, found both")
        dtype = chosen(chosen(dtype, torch_dtype), np.float32)
        is_auto = isinstance(dtype, str) and dtype == "auto"
        dtype = float_dtype(np.float32 if is_auto else dtype)
        folder = weights.find(folder_or_hub_name, **hub_options(overrides))
        tensors = weights.load(folder)  # first: it can tell what a folder is that holds no model
        if isinstance(config, LEDConfig):
            if overrides:
                raise ValueError(f"{next(iter(overrides))}: expected as a field of config")
        else:
            config = LEDConfig.from_pretrained(chosen(config, folder), **overrides)
        if is_auto and any(tensor.dtype == np.float64 for tensor in tensors.values()):
            dtype = np.dtype(np.float64)
        info = {}
        params, bias = match_parameters(cls, config, tensors, folder, dtype, seed,
                                        ignore_mismatched_sizes, info)  # fmt: skip
        model = cls(config, dtype=dtype, params=params)
        if model.final_logits_bias is not None and bias is not None:
            model.final_logits_bias = bias
        model.read_generation_config(folder, overrides)
        return (model, info) if output_loading_info else model

    def read_generation_config(self, folder, overrides):
        """Takes over a folder's generation_config.json, if there is one, and what overrides it."""
        import weights

        path = weights.find(folder, file="generation_config.json")
        if path.exists():
            settings = read_json(path)
            try:
                check_generation(settings, self.config.vocab_size)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
            settings |= plain({k: v for k, v in overrides.items() if k in GENERATION_SETTINGS})
            settings.pop("transformers_version", None)  # of the one that wrote the file
            self.generation_config = GenerationConfig.of_model(settings)

    def save_pretrained(self, folder, max_shard_size=None, safe_serialization=True):
        """Writes config.json, generation_config.json and model.safetensors (or its shards of
        max_shard_size, bytes or like "5GB"), which the reference loads.

        Each file is replaced in one step, the two small ones right after the weights. A process
        killed in the moment between leaves new weights beside the old configuration; loading
        says so if the sizes differ. ValueError if the configuration is not that of the weights.
        """
        import weights

        if safe_serialization is not True:
            raise ValueError(f"safe_serialization: expected True, found {safe_serialization!r}")
        self.config.check()
        tensors = {name: to_host(array) for name, array in self.params.items()}
        check_arrays("params", tensors, self.shapes(self.config))
        dtype = str(tensors[self.prefix + "shared.weight"].dtype)
        if self.final_logits_bias is not None:
            tensors["final_logits_bias"] = to_host(self.final_logits_bias)
        if not self.config.tie_word_embeddings:  # then transformers 5 asks for each by its name
            for alias in TIED[:2]:
                tensors[self.prefix + alias] = tensors[self.prefix + "shared.weight"]
        generation = self.current_generation_config().to_diff_dict()
        check_generation(generation, self.config.vocab_size)
        settings = self.config.to_diff_dict()
        settings |= {"architectures": [type(self).__name__], "torch_dtype": dtype}
        if "dtype" in settings:  # what transformers 5 calls it
            settings["dtype"] = dtype
        beside = {
            "config.json": json_bytes(settings),
            "generation_config.json": json_bytes(generation),
        }
        weights.save(folder, tensors, max_shard_size=max_shard_size, beside=beside)

    def special_tokens(self):
        """The token ids that generation needs, of generation_config or else of the configuration"""
        names = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
        own = self.generation_config
        return {name: chosen(own.get(name), getattr(self.config, name)) for name in names}

    @property
    def array_module(self):
        """numpy or cupy: where the parameters are"""
        return array_module(self.params[self.prefix + "shared.weight"])

    def to(self, device):
        """Moves the parameters to "cuda" (CuPy arrays) or "cpu" (NumPy arrays); returns self."""
        if device == "cpu":
            move = to_host
        elif device == "cuda":
            try:
                import cupy
            except ImportError as error:
                raise ValueError("device 'cuda' needs CuPy: pip install cupy-cuda12x") from error
            move = cupy.asarray
        else:
            raise ValueError(f"device: expected 'cpu' or 'cuda', found {device!r}")
        for name, array in self.params.items():  # in the dict that an optimizer has too
            self.params[name] = move(array)
        if self.final_logits_bias is not None:
            self.final_logits_bias = move(self.final_logits_bias)
        return self

    def eval(self):
        """Nothing changes, since calls always infer; returns self, as in the reference."""
        return self

    def gradient_checkpointing_enable(self):
        """From now on value_and_grad computes layers again instead of keeping them."""
        self.config.gradient_checkpointing = True

    def gradient_checkpointing_disable(self):
        """From now on value_and_grad keeps what the backward of every layer needs."""
        self.config.gradient_checkpointing = False

    def __call__(self, input_ids=None, attention_mask=None, decoder_input_ids=None,
                 decoder_attention_mask=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, encoder_outputs=None, global_attention_mask=None,
                 past_key_values=None, inputs_embeds=None, decoder_inputs_embeds=None,
                 use_cache=None, output_attentions=None, output_hidden_states=None,
                 return_dict=None):  # fmt: skip
        """Inference; arrays or lists in, LEDSeq2SeqModelOutput out, or a tuple if not return_dict.

        input_ids, attention_mask, global_attention_mask (B, S): in the masks 1 marks the tokens
        that are not padding, and those that attend to, and are attended by, all others.
        decoder_input_ids (B, T), decoder_attention_mask (B, past + T): without ids the decoder
        reads input_ids shifted right. head_mask, decoder_head_mask, cross_attn_head_mask (layers,
        H): factors of the probabilities. inputs_embeds, decoder_inputs_embeds (B, S or T, E): in
        place of ids. encoder_outputs: what `encode` returned. past_key_values: what a call returned
        for the tokens before. use_cache, output_attentions, output_hidden_states, return_dict:
        booleans, by default those of the configuration.
        Raises ValueError that names an argument of wrong shape or value.
        """
        return self.infer(locals())

    def encode(self, input_ids=None, attention_mask=None, global_attention_mask=None,
               head_mask=None, inputs_embeds=None, output_attentions=None,
               output_hidden_states=None, return_dict=None, on_layer=None):  # fmt: skip
        """The encoder alone -> LEDEncoderBaseModelOutput, which calls take as encoder_outputs.

        The arguments are those of a call. on_layer(i, count) is called when layer i of `count` is
        done; i counts from 1.
        """
        arguments = locals()
        del arguments["on_layer"]
        inputs, _, return_dict = self.prepare(arguments)
        out, _ = encode_tokens(self.params, self.prefix, self.config, **inputs, on_layer=on_layer)
        return out if return_dict else out.to_tuple()

    def get_encoder(self):
        """What is called like the reference's encoder: `encode`."""
        return self.encode

    def decode(self, input_ids=None, attention_mask=None, encoder_hidden_states=None,
               encoder_attention_mask=None, head_mask=None, cross_attn_head_mask=None,
               past_key_values=None, inputs_embeds=None, use_cache=None, output_attentions=None,
               output_hidden_states=None, return_dict=None):  # fmt: skip
        """The decoder alone, reading encoder_hidden_states (B, S, E) -> LEDDecoderOutput

        Names and order are those of the reference's LEDDecoder: input_ids, attention_mask,
        head_mask and inputs_embeds are the decoder's own. ValueError as in a call.
        """
        one_of("input_ids", input_ids, "inputs_embeds", inputs_embeds)
        if encoder_hidden_states is None:
            raise ValueError("encoder_hidden_states: expected, what the encoder has made")
        inputs, _, return_dict = self.prepare({
            "self": self, "attention_mask": encoder_attention_mask,
            "encoder_outputs": encoder_hidden_states, "decoder_input_ids": input_ids,
            "decoder_attention_mask": attention_mask, "decoder_head_mask": head_mask,
            "cross_attn_head_mask": cross_attn_head_mask, "past_key_values": past_key_values,
            "decoder_inputs_embeds": inputs_embeds, "use_cache": use_cache,
            "output_attentions": output_attentions, "output_hidden_states": output_hidden_states,
            "return_dict": return_dict})  # fmt: skip
        out, _ = encoder_decoder(self.params, self.prefix, self.config, **inputs)
        out = LEDDecoderOutput(out.last_hidden_state, out.past_key_values,
                               out.decoder_hidden_states, out.decoder_attentions,
                               out.cross_attentions)  # fmt: skip
        return out if return_dict else out.to_tuple()

    def get_decoder(self):
        """What is called like the reference's decoder: `decode`."""
        return self.decode

    def prepare(self, arguments):
        """A method's locals() -> checked inputs of encoder and decoder, the targets of the loss
        (empty unless all are given), return_dict"""
        del arguments["self"]
        return_dict = chosen(arguments.pop("return_dict", None), self.config.return_dict)
        check_flag("return_dict", return_dict)
        targets = {name: arguments.pop(name, None) for name in self.target_names}
        missing = [name for name, value in targets.items() if value is None]
        if len(missing) == len(targets):
            targets = {}
        elif missing:
            raise ValueError(f"{missing[0]}: expected, since {self.target_names} make one loss")
        else:
            arguments["use_cache"] = False
            targets = self.check_targets(targets, arguments)
        inputs = check_inputs(self.config, self.dtype, self.array_module, arguments)
        return inputs, targets, return_dict

    def infer(self, arguments):
        """What a call with these arguments, its locals(), returns"""
        inputs, targets, return_dict = self.prepare(arguments)
        out, _ = encoder_decoder(self.params, self.prefix, self.config, **inputs)
        fields, _ = self.head(out.pop("last_hidden_state"), inputs, targets)
        out = self.output_class(**fields, **out)
        return out if return_dict else out.to_tuple()

    def head(self, hidden, inputs, targets, seed=None, label_smoothing=0.0):
        """hidden (B, T, E) -> {field of output_class: what the head makes of it}, cache"""
        return {"last_hidden_state": hidden}, None

    def value_and_grad(self, *positional, dropout_rng=None, gradient_checkpointing=None,
                       label_smoothing=0.0, **named):  # fmt: skip
        """Loss and gradients of one training step; the arguments are those of a call, and

        dropout_rng: None for no dropout, or a seed or numpy Generator, with which the config's
        dropout rates and layerdrop apply. gradient_checkpointing keeps only each layer's input
        and computes the layer again in the backward: same numbers, less memory, more time; None:
        as the configuration says. label_smoothing: the part of the target that is spread evenly
        over the vocabulary.
        -> loss, a number of the model's dtype, grads {name: array} with the keys of params
        """
        bound = inspect.signature(type(self).__call__).bind(self, *positional, **named)
        bound.apply_defaults()
        arguments = bound.arguments
        for name in ("past_key_values", "use_cache", "output_attentions", "output_hidden_states"):
            if arguments.pop(name, None):
                raise ValueError(f"{name}: a step of training has none")
        smoothing, checkpointing = plain(label_smoothing), plain(gradient_checkpointing)
        is_text = self.output_class is LEDSeq2SeqLMOutput
        check_number("label_smoothing", smoothing, 0, 1 if is_text else 0, whole=False)
        check_flag("gradient_checkpointing", checkpointing)
        seed = step_seed(dropout_rng)
        inputs, targets, _ = self.prepare(arguments)
        if not targets:
            names = " and ".join(self.target_names) or f"{type(self).__name__}: a class with a loss"
            raise ValueError(f"{names}: expected for a loss")
        checkpointing = bool(chosen(checkpointing, self.config.gradient_checkpointing))
        with engine.all_cores(training=True):
            out, cache = encoder_decoder(
                self.params, self.prefix, self.config, **inputs, output_attentions=False,
                output_hidden_states=False, seed=seed, training=True,
                checkpointing=checkpointing)  # fmt: skip
            fields, head_cache = self.head(out.last_hidden_state, inputs, targets, seed, smoothing)
            loss = fields["loss"]
            del out, fields  # the backward needs the memory
            dhidden, grads = self.head_backward(head_cache)
            grads = encoder_decoder_backward(dhidden, cache, grads)
            # Zeros for what took no part, as global projections of a batch without global tokens.
            for name in self.params.keys() - grads.keys():
                grads[name] = new_zeros(self.array_module, self.params[name].shape, self.dtype)
            # A loop that keeps the gradients until its next step uses this step's memory again.
            engine.keep_memory(grads[self.prefix + "shared.weight"])
        return loss, {name: grads[name] for name in self.params}

    def num_parameters(self, only_trainable=False, exclude_embeddings=False):
        """Number of weights. All are trainable; tied ones count once, final_logits_bias not at all.
        exclude_embeddings leaves out those of tokens and positions."""
        embeddings = ("shared.weight", "embed_positions.weight") if exclude_embeddings else ()
        return sum(array.size for name, array in self.params.items()
                   if not name.endswith(embeddings))  # fmt: skip

    def get_input_embeddings(self):
        """The shared embedding (V, E), the array itself."""
        return self.params[self.prefix + "shared.weight"]

    def set_input_embeddings(self, weight):
        """Puts another embedding (V, E) in place of the shared one."""
        check_shape("weight", weight, (self.config.vocab_size, self.config.d_model))
        self.params[self.prefix + "shared.weight"] = self.array_module.asarray(weight, self.dtype)

    def resize_token_embeddings(self, new_num_tokens=None, pad_to_multiple_of=None, seed=0):
        """Gives the vocabulary new_num_tokens entries (None: as many as it has), rounded up to
        pad_to_multiple_of: new rows are drawn with init_std, new logits have no bias, what is
        beyond is cut. -> the embedding (new_num_tokens, E)

        In transformers 4.34 the padding token then starts to get lookup gradients; here, as in
        5.x, it does not.
        """
        xp, config = self.array_module, self.config
        old, new = config.vocab_size, plain(chosen(new_num_tokens, config.vocab_size))
        multiple = plain(chosen(pad_to_multiple_of, 1))
        check_number("new_num_tokens", new, 1, 2**31)
        check_number("pad_to_multiple_of", multiple, 1, 2**31)
        new += -new % multiple
        check_generation(self.special_tokens(), new)
        config.vocab_size = new
        shapes = self.shapes(config)
        fresh = {name: shapes[name] for name in shapes if shapes[name] != self.params[name].shape}
        for name, grown in initial_parameters(fresh, config, seed, self.dtype).items():
            grown = xp.asarray(grown)
            grown[: min(old, new)] = self.params[name][:new]
            self.params[name] = grown
        if self.final_logits_bias is not None:
            bias = xp.zeros((1, new), self.dtype)
            bias[:, : min(old, new)] = self.final_logits_bias[:, :new]
            self.final_logits_bias = bias
        return self.get_input_embeddings()


# ======================================================================================
# Generation: the model runs where its parameters are, the search over texts runs on the host
# ======================================================================================


def followers(ids, ngram_size):
    """{the n - 1 tokens before: [tokens that followed them]} in a list of ids"""
    found = {}
    for start in range(len(ids) - ngram_size + 1):
        ngram = ids[start : start + ngram_size]
        found.setdefault(tuple(ngram[:-1]), []).append(ngram[-1])
    return found


def process_scores(scores, ids, settings, encoder_ngrams, prompt_length):
    """Applies the rules that forbid or force tokens, in the reference's order, in place.

    scores (rows, V) logits, or log-probabilities in beam search; ids (rows, length) so far;
    encoder_ngrams: `followers` of each document, which stands for rows / B rows.
    (logits_process.py)
    """
    rows, length = ids.shape
    eos = settings["eos_token_ids"]

    penalty = settings["repetition_penalty"]
    if penalty != 1:
        seen = np.take_along_axis(scores, ids, axis=1)  # (rows, length), the start token included
        seen = np.where(seen < 0, seen * penalty, seen / penalty).astype(scores.dtype)
        np.put_along_axis(scores, ids, seen, axis=1)

    n = settings["no_repeat_ngram_size"]
    if n and length + 1 >= n:
        for row in range(rows):
            text = ids[row].tolist()
            last = tuple(text[length - n + 1 :])
            scores[row, followers(text, n).get(last, [])] = -math.inf

    n = settings["encoder_no_repeat_ngram_size"]
    if n and length + 1 >= n:
        for row in range(rows):
            last = tuple(ids[row, length - n + 1 :].tolist())
            table = encoder_ngrams[row * len(encoder_ngrams) // rows]
            scores[row, table.get(last, [])] = -math.inf

    for words in settings["bad_words_ids"] or []:
        if len(words) > length and len(words) > 1 or [words[0]] == words and words[0] in eos:
            continue
        before = words[:-1]
        matches = (ids[:, length - len(before) :] == np.array(before, ids.dtype)).all(axis=1)
        scores[matches, words[-1]] = -math.inf

    new_length = length - prompt_length
    if length < settings["min_length"] or new_length < (settings["min_new_tokens"] or 0):
        scores[:, eos] = -math.inf

    forced = settings["forced_bos_token_id"]
    if forced is not None and length == 1:
        scores[...] = -math.inf
        scores[:, forced] = 0
    forced = settings["forced_eos_token_id"]
    if forced is not None and length == settings["max_length"] - 1:
        scores[...] = -math.inf
        scores[:, forced] = 0

    if settings["remove_invalid_values"]:
        scores[np.isnan(scores)] = 0
        scores[scores == math.inf] = np.finfo(scores.dtype).max

    if settings["suppress_tokens"] is not None:
        scores[:, settings["suppress_tokens"]] = -math.inf
    begin = prompt_length
    if prompt_length == 1 and settings["forced_bos_token_id"] is not None:
        begin += 1
    if settings["begin_suppress_tokens"] is not None and length == begin:
        scores[:, settings["begin_suppress_tokens"]] = -math.inf
    return log_softmax(scores) if settings["renormalize_logits"] else scores


def warp_scores(scores, settings):
    """Temperature, top_k and top_p: what sampling leaves to choose from. (rows, V) -> (rows, V)"""
    keep_at_least = 2 if settings["num_beams"] > 1 else 1
    if settings["temperature"] != 1:
        scores = scores / settings["temperature"]
    if settings["top_k"]:
        k = min(max(settings["top_k"], keep_at_least), scores.shape[1])
        kth = np.partition(scores, -k, axis=1)[:, -k, None]
        scores = np.where(scores < kth, -math.inf, scores).astype(scores.dtype)
    if settings["top_p"] < 1:
        order = np.argsort(scores, axis=1, kind="stable")  # ascending
        in_order = np.take_along_axis(scores, order, axis=1)
        with np.errstate(invalid="ignore"):  # a row of -inf gives nan, which removes nothing
            mass = np.exp(log_softmax(in_order)).cumsum(axis=1, dtype=scores.dtype)
        removed = mass <= 1 - settings["top_p"]
        removed[:, -keep_at_least:] = False
        np.put_along_axis(in_order, order, np.where(removed, -math.inf, in_order), axis=1)
        scores = in_order
    return log_softmax(scores) if settings["renormalize_logits"] else scores


def probabilities(scores):
    """softmax of each row, to draw from; ValueError where the rules have left no token"""
    if (scores.max(axis=1) == -math.inf).any():
        raise ValueError("generate: the settings forbid every token, no token is left to draw")
    return np.exp(log_softmax(scores))


def draw(probs, count, rng):
    """`count` different columns for each row of probabilities (rows, V) -> (rows, count)

    The count largest of p / e with e exponentially distributed are a draw without replacement
    (Efraimidis & Spirakis 2006).
    """
    keys = probs / rng.standard_exponential(probs.shape)
    return np.argsort(-keys, axis=1, kind="stable")[:, :count]


def largest(scores, count):
    """Indices of the `count` largest of scores (n,), descending; the lower index first if equal"""
    count = min(count, len(scores))
    threshold = np.partition(scores, -count)[-count]
    candidates = np.flatnonzero(scores >= threshold)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]


class BeamHypotheses:
    """The best finished texts of one document. (Same class in the reference, 4.34)"""

    def __init__(self, settings):
        self.capacity = settings["num_beams"]
        self.length_penalty = settings["length_penalty"]
        self.early_stopping = settings["early_stopping"]
        self.max_length = settings["max_length"]
        self.texts = []  # (score, ids, beam indices), in the order of their coming
        self.worst = 1e9

    def add(self, ids, sum_logprobs, beam_indices):
        """ids counts the start token but not eos, the sum counts eos too"""
        score = sum_logprobs / float(len(ids)) ** self.length_penalty
        if len(self.texts) < self.capacity or score > self.worst:
            self.texts.append((score, ids, beam_indices))
            if len(self.texts) > self.capacity:
                lowest = min(range(len(self.texts)), key=lambda i: self.texts[i][0])
                del self.texts[lowest]
                self.worst = min(score for score, _, _ in self.texts)
            else:
                self.worst = min(score, self.worst)

    def is_done(self, best_sum_logprobs, length):
        """Whether no open beam can still win; `length` is that of the texts after this step."""
        if len(self.texts) < self.capacity:
            return False
        if self.early_stopping is True:
            return True
        if self.early_stopping == "never" and self.length_penalty > 0:
            length = self.max_length
        return self.worst >= best_sum_logprobs / float(length) ** self.length_penalty


class Decoding:
    """The decoder's side of generate: encoder output, cached keys and values, next scores."""

    def __init__(self, model, use_cache, inputs):
        """inputs: encoder_outputs, masks, output_attentions, output_hidden_states, checked"""
        self.model, self.inputs, self.past = model, inputs | {"use_cache": use_cache}, None
        self.steps = {"decoder_attentions": [], "cross_attentions": [], "decoder_hidden_states": []}

    def next_logits(self, ids):
        """ids (rows, length) in host memory -> logits (rows, V) of the next token, host memory"""
        model, past = self.model, self.past
        new = ids if past is None else ids[:, past[0][0].shape[2] :]
        out, _ = encoder_decoder(
            model.params, model.prefix, model.config, past_key_values=past,
            decoder_input_ids=model.array_module.asarray(new), **self.inputs)  # fmt: skip
        self.past = out.past_key_values
        for name, parts in self.steps.items():
            if name in out:
                parts.append(out[name])
        logits, _ = model.logits(out.last_hidden_state[:, -1:])
        return to_host(logits)[:, -1]

    def reorder(self, rows):
        """Row i goes on from what was row rows[i]; the documents' keys and values stay."""
        if self.past is not None and (rows != np.arange(len(rows))).any():
            index = self.model.array_module.asarray(rows)
            self.past = tuple((k[index], v[index], *cross) for k, v, *cross in self.past)


def sample_or_greedy(decoding, ids, settings, encoder_ngrams, rng, deadline, on_step):
    """One text per row: the most likely next token each time, or a drawn one."""
    eos, pad = settings["eos_token_ids"], settings["pad_token_id"]
    finished = np.zeros(len(ids), bool)
    prompt_length, all_scores = ids.shape[1], []
    while True:
        scores = decoding.next_logits(ids)
        scores = process_scores(scores, ids, settings, encoder_ngrams, prompt_length)
        if settings["do_sample"]:
            scores = warp_scores(scores, settings)
            tokens = draw(probabilities(scores), 1, rng)[:, 0]
        else:
            tokens = scores.argmax(axis=1)
        if settings["output_scores"]:
            all_scores.append(scores)
        tokens = np.where(finished, pad, tokens) if eos else tokens
        ids = np.concatenate([ids, tokens[:, None]], axis=1)
        finished |= np.isin(tokens, eos)
        if on_step:
            on_step(ids.shape[1] - prompt_length, ids)
        if finished.all() or ids.shape[1] >= settings["max_length"] or time.monotonic() > deadline:
            return {"sequences": ids, "scores": tuple(all_scores) or None}


def beam_search(decoding, ids, settings, encoder_ngrams, rng, deadline, on_step):
    """num_beams open texts for each document, of which the likeliest continuations go on.

    ids (B * beams, length). With do_sample the continuations are drawn instead. (BeamSearchScorer
    and beam_search of 4.34; later versions divide by another length and stop by another rule.)
    """
    beams, eos, pad = settings["num_beams"], settings["eos_token_ids"], settings["pad_token_id"]
    sampling = settings["do_sample"]
    B, prompt_length = len(ids) // beams, ids.shape[1]
    hypotheses = [BeamHypotheses(settings) for _ in range(B)]
    done = [False] * B
    sums = np.zeros((B, beams), decoding.model.dtype)
    if not sampling:
        sums[:, 1:] = -1e9  # all beams start alike: at first only one of them may choose
    paths, all_scores = [()] * len(ids), []
    while True:
        scores = log_softmax(decoding.next_logits(ids))
        V = scores.shape[1]
        scores = process_scores(scores, ids, settings, encoder_ngrams, prompt_length)
        candidates = scores + sums.reshape(-1, 1)  # (B * beams, V)
        if sampling:
            candidates = warp_scores(candidates, settings)
        if settings["output_scores"]:
            all_scores.append(warp_scores(scores, settings) if sampling else scores)
        candidates = candidates.reshape(B, beams * V)

        tokens, parents = np.full((B, beams), pad or 0), np.zeros((B, beams), np.int64)
        length = ids.shape[1] + 1
        for b in range(B):
            if done[b]:
                sums[b] = 0
                continue
            if sampling:
                chosen_cells = draw(probabilities(candidates[b : b + 1]), 2 * beams, rng)[0]
                order = np.argsort(-candidates[b, chosen_cells], kind="stable")
                chosen_cells = chosen_cells[order]
            else:
                chosen_cells = largest(candidates[b], max(2, 1 + len(eos)) * beams)
            chosen_sums = candidates[b, chosen_cells]
            free = 0
            for rank, (cell, total) in enumerate(zip(chosen_cells.tolist(), chosen_sums)):
                row, token = b * beams + cell // V, cell % V
                if token in eos:
                    if rank < beams:  # only the best may end a text
                        path = (*paths[row], row)
                        hypotheses[b].add(ids[row], float(total), path)
                    continue
                sums[b, free], tokens[b, free], parents[b, free] = total, token, row
                free += 1
                if free == beams:
                    break
            if free < beams:
                raise ValueError(f"num_beams: too few tokens left for {beams} beams to go on")
            done[b] = hypotheses[b].is_done(float(chosen_sums.max()), length)

        parents, tokens = parents.reshape(-1), tokens.reshape(-1)
        ids = np.concatenate([ids[parents], tokens[:, None]], axis=1)
        decoding.reorder(parents)
        paths = [(*paths[parent], int(parent)) for parent in parents]
        if on_step:
            on_step(length - prompt_length, ids)
        if all(done) or length >= settings["max_length"] or time.monotonic() > deadline:
            break

    best = []
    for b in range(B):
        if not done[b]:
            for row in range(b * beams, (b + 1) * beams):
                hypotheses[b].add(ids[row], float(sums.reshape(-1)[row]), paths[row])
        # From equal scores the reference takes the one that came last.
        ranked = sorted(hypotheses[b].texts, key=lambda text: text[0])[::-1]
        best += ranked[: settings["num_return_sequences"]]
    width = min(max(len(text) for _, text, _ in best) + 1, settings["max_length"])
    sequences = np.full((len(best), width), pad if pad is not None else 0, np.int64)
    beam_indices = np.full((len(best), width), -1, np.int64)
    for row, (_, text, path) in enumerate(best):
        sequences[row, : len(text)] = text
        beam_indices[row, : len(path)] = path
        if len(text) < width and eos:
            sequences[row, len(text)] = eos[0]
    return {
        "sequences": sequences,
        "sequences_scores": np.array([score for score, _, _ in best], np.float32),
        "scores": tuple(all_scores) or None,
        "beam_indices": beam_indices,
    }


def mask_of_padding(ids, settings):
    """attention_mask (B, S) that leaves out the padding; None where there is none to be seen, also
    where it cannot be told from eos."""
    pad = settings["pad_token_id"]
    if pad is None or pad in settings["eos_token_ids"] or not (ids == pad).any():
        return None
    return (ids != pad).astype(np.int64)


def first_ids(prompt, settings):
    """What the texts begin with: the start token (1, 1), or a prompt (B, length) after it.

    Sets max_length where max_new_tokens is given."""
    start = chosen(settings["decoder_start_token_id"], settings["bos_token_id"])
    if start is None:
        raise ValueError("decoder_start_token_id: expected, or bos_token_id, to begin the texts")
    ids = np.array([[start]])
    if prompt is not None:
        ids = to_host(prompt)
        if (ids[:, 0] != start).all():  # the reference asks all rows to lack it
            ids = np.concatenate([np.full((len(ids), 1), start), ids], axis=1)
    length = ids.shape[1]
    if settings["max_new_tokens"] is not None:
        settings["max_length"] = settings["max_new_tokens"] + length
    if length >= settings["max_length"]:
        message = f"max_length {settings['max_length']}: the decoder starts with {length} tokens"
        if settings["num_beams"] > 1:
            raise ValueError(message)
        warnings.warn(message + ", one more is generated", stacklevel=3)
    return ids


# ======================================================================================
# The models with a head
# ======================================================================================


class LEDForConditionalGeneration(LEDModel):
    """LED with a language model head: summaries, answers. (Same class in the reference.)

    logits = hidden . shared embedding + final_logits_bias, a buffer that is not trained.
    """

    prefix = "led."
    output_class = LEDSeq2SeqLMOutput
    target_names = ("labels",)

    def __init__(self, config, *args, **settings):
        super().__init__(config, *args, **settings)
        self.final_logits_bias = np.zeros((1, config.vocab_size), self.dtype)

    @classmethod
    def head_shapes(cls, config):
        own = {"lm_head.weight": (config.vocab_size, config.d_model)}
        return {} if config.tie_word_embeddings else own

    @property
    def head_name(self):
        """The name of the head's weight: the shared embedding, unless it has one of its own"""
        return "lm_head.weight" if "lm_head.weight" in self.params else "led.shared.weight"

    def get_output_embeddings(self):
        """The weight (V, E) that makes logits, the array itself."""
        return self.params[self.head_name]

    def logits(self, hidden):
        """hidden (B, T, E) -> logits (B, T, V), cache"""
        return linear(hidden, self.get_output_embeddings(), self.final_logits_bias[0])

    def head(self, hidden, inputs, targets, seed=None, label_smoothing=0.0):
        """hidden (B, T, E) -> {"loss", "logits"}, cache"""
        logits, logits_cache = self.logits(hidden)
        if not targets:
            return {"logits": logits}, None
        check_shape("labels", targets["labels"], logits.shape[:2])
        rows, labels = logits.reshape(-1, logits.shape[-1]), targets["labels"].reshape(-1)
        loss, loss_cache = cross_entropy(rows, labels, label_smoothing)
        return {"loss": loss, "logits": logits}, (logits_cache, loss_cache, logits.shape)

    def head_backward(self, cache):
        """-> dhidden, grads"""
        logits_cache, loss_cache, shape = cache
        dlogits = cross_entropy_backward(1.0, loss_cache).reshape(shape)
        dhidden, dweight, _ = linear_backward(dlogits, logits_cache)
        return dhidden, {self.head_name: dweight}

    def __call__(self, input_ids=None, attention_mask=None, decoder_input_ids=None,
                 decoder_attention_mask=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, encoder_outputs=None, global_attention_mask=None,
                 past_key_values=None, inputs_embeds=None, decoder_inputs_embeds=None, labels=None,
                 use_cache=None, output_attentions=None, output_hidden_states=None,
                 return_dict=None):  # fmt: skip
        """Inference, as in LEDModel. labels (B, T), -100 where ignored: the loss is the mean
        cross entropy, and the decoder reads the labels shifted right. -> LEDSeq2SeqLMOutput"""
        return self.infer(locals())

    def check_targets(self, targets, arguments):
        """Checked targets; sets the decoder's input that follows from labels in `arguments`."""
        labels = as_array("labels", targets["labels"], self.array_module, "BT", {}, "iu")
        check_labels(labels, self.config.vocab_size)
        if arguments["decoder_input_ids"] is None and arguments["decoder_inputs_embeds"] is None:
            arguments["decoder_input_ids"] = self.prepare_decoder_input_ids_from_labels(labels)
        return {"labels": labels}

    def prepare_decoder_input_ids_from_labels(self, labels):
        """labels (B, T) -> the decoder's input (B, T): shifted right, -100 as padding"""
        config = self.config
        labels = as_array("labels", labels, self.array_module, "BT", {}, "iu")
        return shift_tokens_right(labels, config.pad_token_id, config.decoder_start_token_id)

    @classmethod
    def from_bart(cls, folder_or_hub_name, attention_window=1024,
                  max_encoder_position_embeddings=16384, dtype=np.float32):  # fmt: skip
        """An LED that starts from a BART checkpoint, as the Longformer authors made theirs.

        The global projections are copies of the local ones; the encoder's position embeddings are
        BART's, side by side as often as they fit. Settings of generation and labels stay. The
        result has to be trained on long documents.
        (paper section 7; convert_bart_to_longformerencoderdecoder.py of allenai/longformer)
        """
        import weights

        folder = weights.find(folder_or_hub_name)
        path = folder / "config.json"
        settings = {"forced_eos_token_id": 2} | read_json(path)  # BART's default
        if settings.get("id2label") is None:
            settings.setdefault("num_labels", 3)
        expected = {"model_type": "bart", "scale_embedding": False, "normalize_before": False,
                    "add_final_layer_norm": False, "normalize_embedding": True,
                    "static_position_embeddings": False}  # fmt: skip
        for name, value in expected.items():
            found = settings.pop(name, value)
            if found != value:
                raise ValueError(f"{path}: expected {name} {value!r}, found {found!r:.80}")
        if settings.pop("force_bos_token_to_be_generated", False):  # an older name
            settings["forced_bos_token_id"] = settings.get("bos_token_id", 0)
        settings |= {
            "attention_window": attention_window,
            "max_encoder_position_embeddings": max_encoder_position_embeddings,
            "max_decoder_position_embeddings": settings.pop("max_position_embeddings", 1024),
        }
        try:
            config = LEDConfig(**settings)
            config.check()
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        positions = config.max_encoder_position_embeddings
        tensors = {}
        for name, tensor in weights.load(folder).items():
            name = name.removeprefix("model.")
            if name == "encoder.embed_positions.weight":
                tensor = tensor[2:]  # the first two rows are not positions in BART
                tensor = np.tile(tensor, (-(-positions // len(tensor)), 1))[:positions]
            if name.startswith("encoder.layers.") and ".self_attn." in name:
                layer, projection = name.split(".self_attn.")
                kind, part = projection.split(".")
                if kind == "out_proj":
                    tensors[f"{layer}.self_attn.output.{part}"] = tensor
                    continue
                kind = {"q_proj": "query", "k_proj": "key", "v_proj": "value"}[kind]
                name = f"{layer}.self_attn.longformer_self_attn.{kind}.{part}"
                # a copy: trained apart from the local projection
                tensors[name.replace(kind, kind + "_global")] = tensor.copy()
            tensors[name] = tensor
        dtype = float_dtype(dtype)
        params, bias = match_parameters(cls, config, tensors, folder, dtype, seed=0)
        model = cls(config, dtype=dtype, params=params)
        if bias is not None:
            model.final_logits_bias = bias
        model.read_generation_config(folder, {})
        return model

    def generate(self, input_ids=None, generation_config=None, attention_mask=None,
                 global_attention_mask=None, decoder_input_ids=None, encoder_outputs=None,
                 inputs_embeds=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, inputs=None, seed=None, on_step=None,
                 **settings):  # fmt: skip
        """Texts for documents: greedy, beam search, sampling, or beam sampling, as 4.34 does them.

        input_ids (B, S), or under the reference's name `inputs`; attention_mask is inferred from
        padding if it is not given; decoder_input_ids (B, length) is a prompt that the texts begin
        with. The settings are those of GENERATION_DEFAULTS; what is not given comes from
        generation_config (a GenerationConfig, or a dict) or the model's own, or the defaults.
        `seed` makes sampling repeatable. on_step(step, ids) is called after each token with all
        open texts.
        The encoder runs once; the beams of a document share its cross-attention keys and values.
        -> ids (B * num_return_sequences, T) from the start token on, padded; a GenerateOutput with
        return_dict_in_generate. Raises ValueError that names a wrong argument or setting.
        """
        if inputs is not None and input_ids is not None:
            raise ValueError("inputs: expected either inputs or input_ids, found both")
        input_ids = chosen(input_ids, inputs)
        settings = self.all_settings(generation_config, settings)
        if input_ids is None and inputs_embeds is None and encoder_outputs is None:
            if settings["bos_token_id"] is None:
                raise ValueError("input_ids: expected, since there is no bos_token_id")
            input_ids = [[settings["bos_token_id"]]]
        checked = check_inputs(self.config, self.dtype, self.array_module, {
            "input_ids": input_ids, "inputs_embeds": inputs_embeds, "head_mask": head_mask,
            "attention_mask": attention_mask, "global_attention_mask": global_attention_mask,
            "encoder_outputs": encoder_outputs, "decoder_input_ids": decoder_input_ids,
            "decoder_head_mask": decoder_head_mask,
            "cross_attn_head_mask": cross_attn_head_mask})  # fmt: skip
        texts = first_ids(checked.pop("decoder_input_ids", None), settings)  # (B or 1, length)
        ids, size = checked.pop("input_ids", None), settings["encoder_no_repeat_ngram_size"]
        if size and ids is None:
            raise ValueError("encoder_no_repeat_ngram_size: expected input_ids, to be looked up")
        ngrams = [followers(document, size) for document in to_host(ids).tolist()] if size else []

        encoder_inputs = {name: checked.pop(name, None)
                          for name in ("inputs_embeds", "global_attention_mask", "head_mask")}
        flags = {name: settings[name] for name in ("output_attentions", "output_hidden_states")}
        if encoder_outputs is None:
            if attention_mask is None and ids is not None:
                checked["attention_mask"] = mask_of_padding(ids, settings)
            if global_attention_mask is None:
                warn_once("generate without global_attention_mask: no token sees all others. "
                          "For summaries set it to 1 at the first token")  # fmt: skip
            checked["encoder_outputs"], _ = encode_tokens(
                self.params, self.prefix, self.config, ids, checked.get("attention_mask"),
                **encoder_inputs, **flags)  # fmt: skip

        encoded, beams = checked["encoder_outputs"], settings["num_beams"]
        texts = np.repeat(texts, len(encoded.last_hidden_state) // len(texts), axis=0)
        texts = np.repeat(texts, beams if beams > 1 else settings["num_return_sequences"], axis=0)
        deadline = math.inf
        if settings["max_time"] is not None:
            deadline = time.monotonic() + settings["max_time"]
        decoding = Decoding(self, settings["use_cache"], checked | flags)
        search = beam_search if beams > 1 else sample_or_greedy
        rng = random_generator("seed", seed)
        # One text is left to BLAS's own threads, see product.
        with engine.all_cores():
            found = search(decoding, texts, settings, ngrams, rng, deadline, on_step)
        if not settings["return_dict_in_generate"]:
            return found["sequences"]
        if settings["output_attentions"]:
            found["encoder_attentions"] = encoded.attentions
        if settings["output_hidden_states"]:
            found["encoder_hidden_states"] = encoded.hidden_states
        steps = {name: tuple(parts) or None for name, parts in decoding.steps.items()}
        return GenerateOutput(**found, **steps)

    def all_settings(self, generation_config, given):
        """All settings of a call of generate: what is given wins over generation_config or the
        model's own, that over the defaults. Raises ValueError at the first that cannot be."""
        unknown = [name for name in given if name not in GENERATION_DEFAULTS | GENERATION_NOT_HERE]
        if unknown:
            raise ValueError(f"generate: unknown arguments {', '.join(unknown)}")
        base, own = self.current_generation_config(generation_config), self.generation_config
        settings = with_defaults(base)
        if generation_config is None:
            if own.is_of_model_config() and settings != with_defaults(own):
                self.generation_config = base  # as in the reference
            of_config = with_defaults(GenerationConfig.from_model_config(self.config))
            for name, value in of_config.items():
                if value not in (self.first_settings[name], settings[name]):
                    warn_once(f"config.{name} = {value!r:.80} makes no difference, since the model "
                              f"has settings of its own: set generation_config.{name}")  # fmt: skip
        settings = with_defaults(settings | plain(given))
        for name, off in GENERATION_NOT_HERE.items():
            if settings[name] is not None and settings[name] != off:
                raise ValueError(f"{name}: not supported, found {settings[name]!r:.80}")
        check_generation(settings, self.config.vocab_size)
        beams, wanted = settings["num_beams"], settings["num_return_sequences"]
        if settings["do_sample"] and not settings["temperature"] > 0:
            raise ValueError("temperature: expected a number above 0, found 0")
        if wanted > 1 and beams == 1 and not settings["do_sample"]:
            raise ValueError(f"num_return_sequences: greedy search has one result, found {wanted}")
        if beams > 1 and wanted > beams:
            raise ValueError(
                f"num_return_sequences: expected at most num_beams {beams}, found {wanted}"
            )
        eos = settings["eos_token_id"]
        settings["eos_token_ids"] = eos if isinstance(eos, list) else [] if eos is None else [eos]
        if settings["pad_token_id"] is None and eos is not None:
            settings["pad_token_id"] = settings["eos_token_ids"][0]
        for name in ("decoder_start_token_id", "bos_token_id"):
            settings[name] = chosen(settings[name], own.get(name))
        for name in ("output_scores", "output_attentions", "output_hidden_states"):
            settings[name] = settings[name] and settings["return_dict_in_generate"]
        return settings


def classification_loss(logits, labels, config):
    """Loss (a number) and dlogits of (B, num_labels) logits, by config.problem_type.

    Where that is None it is inferred from the labels and, as in the reference, stays so:
    one label: regression; integers (B,): single_label_classification; else multi_label.
    """
    xp = array_module(logits)
    B, K = logits.shape
    if config.problem_type is None:
        if K == 1:
            config.problem_type = "regression"
        elif labels.dtype.kind in "iu":
            config.problem_type = "single_label_classification"
        else:
            config.problem_type = "multi_label_classification"
    if config.problem_type == "single_label_classification":
        labels = as_array("labels", labels.reshape(-1), xp, "B", {"B": B}, "iu")
        loss, cache = cross_entropy(logits, labels)
        return loss, cross_entropy_backward(1.0, cache)
    targets = labels.astype(logits.dtype)
    if config.problem_type == "regression":
        targets = targets.reshape(B, 1) if K == 1 and targets.size == B else targets
        check_shape("labels", targets, (B, K))
        error = logits - targets
        return logits.dtype.type((error * error).mean()), error * (2 / error.size)
    # multi label: cross entropy of each logit z against 0..1, log(1 + exp(z)) - target * z
    check_shape("labels", targets, (B, K))
    losses = xp.maximum(logits, 0) - logits * targets + xp.log1p(xp.exp(-xp.abs(logits)))
    logistic = 0.5 + 0.5 * xp.tanh(0.5 * logits)
    return logits.dtype.type(losses.mean()), (logistic - targets) * (1 / logits.size)


class LEDForSequenceClassification(LEDModel):
    """LED that classifies a text by the decoder's state at its last eos token.

    The number of labels and the loss are config.num_labels and config.problem_type. (Same class
    in transformers up to 4.x.)
    """

    prefix = "led."
    output_class = LEDSeq2SeqSequenceClassifierOutput
    target_names = ("labels",)

    @classmethod
    def head_shapes(cls, config):
        dense = linear_shapes("classification_head.dense", config.d_model, config.d_model)
        return dense | linear_shapes(
            "classification_head.out_proj", config.d_model, config.num_labels
        )

    def check_targets(self, targets, arguments):
        """labels as an array; their shape depends on the problem"""
        labels = self.array_module.asarray(targets["labels"])
        as_array("labels", labels.reshape(-1), self.array_module, "N", {})
        return {"labels": labels}

    def last_eos(self, input_ids, hidden):
        """(B,) positions of the last eos token in each text; the reference's errors"""
        if input_ids is None:
            raise ValueError("input_ids: expected, since the eos token is looked for in them")
        is_eos = np.isin(to_host(input_ids), self.config.eos_token_id)
        check_shape("decoder_input_ids", hidden[:, :, 0], is_eos.shape)
        counts = is_eos.sum(axis=1)
        if (counts != counts[0]).any():
            raise ValueError("input_ids: expected the same number of eos tokens in all examples, "
                             f"found {counts.tolist()}")  # fmt: skip
        if counts[0] == 0:
            raise ValueError("input_ids: expected an eos token in each example, found none")
        S = is_eos.shape[1]
        return self.array_module.asarray(S - 1 - is_eos[:, ::-1].argmax(axis=1))

    def head(self, hidden, inputs, targets, seed=None, label_smoothing=0.0):
        """hidden (B, T, E) -> {"loss", "logits": (B, num_labels)}, cache"""
        seed, rate = subseed(seed, "classification head"), self.config.classifier_dropout
        rows = self.array_module.arange(len(hidden)), self.last_eos(inputs.get("input_ids"), hidden)
        dropped, drop_cache = dropout(hidden[rows], rate, subseed(seed, "sentence"))  # (B, E)
        dense, dense_cache = linear(dropped, *of(self.params, "classification_head.dense"))
        active, active_cache = activation(dense, "tanh")
        dropped, active_drop_cache = dropout(active, rate, subseed(seed, "dense"))
        logits, out_cache = linear(dropped, *of(self.params, "classification_head.out_proj"))
        if not targets:
            return {"logits": logits}, None
        loss, dlogits = classification_loss(logits, targets["labels"], self.config)
        return {"loss": loss, "logits": logits}, (
            hidden.shape, rows, drop_cache, dense_cache, active_cache, active_drop_cache, out_cache,
            dlogits)  # fmt: skip

    def head_backward(self, cache):
        """-> dhidden, grads"""
        (shape, rows, drop_cache, dense_cache, active_cache, active_drop_cache, out_cache,
         dlogits) = cache  # fmt: skip
        ddropped, dweight, dbias = linear_backward(dlogits, out_cache)
        grads = grads_of("classification_head.out_proj", dweight, dbias)
        ddense = activation_backward(dropout_backward(ddropped, active_drop_cache), active_cache)
        ddropped, dweight, dbias = linear_backward(ddense, dense_cache)
        grads |= grads_of("classification_head.dense", dweight, dbias)
        dhidden = self.array_module.zeros(shape, dlogits.dtype)
        dhidden[rows] = dropout_backward(ddropped, drop_cache)
        return dhidden, grads

    def __call__(self, input_ids=None, attention_mask=None, decoder_input_ids=None,
                 decoder_attention_mask=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, encoder_outputs=None, global_attention_mask=None,
                 inputs_embeds=None, decoder_inputs_embeds=None, labels=None, use_cache=None,
                 output_attentions=None, output_hidden_states=None, return_dict=None):  # fmt: skip
        """Inference, as in LEDModel. labels: (B,) integers, or (B, num_labels) numbers
        -> LEDSeq2SeqSequenceClassifierOutput"""
        return self.infer(locals())


class LEDForQuestionAnswering(LEDModel):
    """LED that marks an answer's first and last token in the decoder's text. (Same class in the
    reference.)"""

    prefix = "led."
    output_class = LEDSeq2SeqQuestionAnsweringModelOutput
    target_names = ("start_positions", "end_positions")

    def __init__(self, config, *args, **settings):
        config.num_labels = 2  # start and end
        super().__init__(config, *args, **settings)

    @classmethod
    def head_shapes(cls, config):
        return linear_shapes("qa_outputs", config.d_model, 2)

    def check_targets(self, targets, arguments):
        """The positions as integers (B,)"""
        xp = self.array_module
        return {name: as_array(name, xp.asarray(value).reshape(-1), xp, "B", {}, "iu")
                for name, value in targets.items()}  # fmt: skip

    def head(self, hidden, inputs, targets, seed=None, label_smoothing=0.0):
        """hidden (B, T, E) -> {"loss", "start_logits", "end_logits"}, cache

        The loss is the mean of two cross entropies over positions. Negative positions count as 0
        and positions beyond the text are ignored, as in the reference.
        """
        xp = self.array_module
        logits, logits_cache = linear(hidden, *of(self.params, "qa_outputs"))  # (B, T, 2)
        fields = {"start_logits": logits[:, :, 0], "end_logits": logits[:, :, 1]}
        dlogits, loss = xp.empty_like(logits), self.dtype.type(0)
        for i, (name, positions) in enumerate(targets.items()):
            check_shape(name, positions, (len(logits),))
            positions = xp.where(positions >= logits.shape[1], -100, xp.maximum(positions, 0))
            part, cache = cross_entropy(logits[:, :, i], positions)
            loss += part / 2
            dlogits[:, :, i] = cross_entropy_backward(0.5, cache)
        return fields | ({"loss": loss} if targets else {}), (logits_cache, dlogits)

    def head_backward(self, cache):
        """-> dhidden, grads"""
        logits_cache, dlogits = cache
        dhidden, dweight, dbias = linear_backward(dlogits, logits_cache)
        return dhidden, grads_of("qa_outputs", dweight, dbias)

    def __call__(self, input_ids=None, attention_mask=None, decoder_input_ids=None,
                 decoder_attention_mask=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, encoder_outputs=None, global_attention_mask=None,
                 start_positions=None, end_positions=None, inputs_embeds=None,
                 decoder_inputs_embeds=None, use_cache=None, output_attentions=None,
                 output_hidden_states=None, return_dict=None):  # fmt: skip
        """Inference, as in LEDModel. start_positions, end_positions (B,): both for a loss.
        -> LEDSeq2SeqQuestionAnsweringModelOutput"""
        return self.infer(locals())


# ======================================================================================
# Training
# ======================================================================================


def clip_gradients(grads, max_norm):
    """Scales all gradients so that their common norm is at most max_norm -> the norm before.

    As torch.nn.utils.clip_grad_norm_, also where the norm is nan or infinite.
    """
    max_norm = plain(max_norm)
    check_number("max_norm", max_norm, 0, math.inf, whole=False)
    norm = math.sqrt(sum(float((grad * grad).sum()) for grad in grads.values()))
    factor = max_norm / (norm + 1e-6)
    if not factor >= 1:  # nor is nan
        with np.errstate(invalid="ignore"):
            for grad in grads.values():
                grad *= factor
    return norm


def linear_schedule(step, warmup_steps, total_steps):
    """Factor of the learning rate: up to 1 over the warm-up, then down to 0. Steps from 0."""
    if step < warmup_steps:
        return step / max(1, warmup_steps)
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), as in torch.optim.

    params {name: array} are changed in place by step(grads). Biases and norms do not decay.
    state() and load_state() resume a training exactly.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.weight_decay, self.steps = weight_decay, 0
        self.mean = {name: array_module(p).zeros_like(p) for name, p in params.items()}
        self.square = {name: array_module(p).zeros_like(p) for name, p in params.items()}

    def step(self, grads):
        """One update with the gradients of all parameters, among which there may be others.
        ValueError if one is missing or has another shape."""
        shapes = {name: array.shape for name, array in self.mean.items()}
        check_arrays("grads", grads, shapes)
        check_arrays("params", self.params, shapes)
        self.steps += 1
        # Python's numbers: NumPy's float64 would make the arrays float64.
        lr, weight_decay, eps, beta1, beta2 = map(
            float, (self.lr, self.weight_decay, self.eps, *self.betas)
        )
        correction1, correction2 = 1 - beta1**self.steps, 1 - beta2**self.steps

        def task(piece):
            name, r = piece
            param, grad = self.params[name][r], grads[name][r]  # views: `param` changes in place
            mean, square = self.mean[name][r], self.square[name][r]
            if param.ndim > 1:
                param *= 1 - lr * weight_decay
            mean *= beta1
            mean += (1 - beta1) * grad
            square *= beta2
            square += (1 - beta2) * grad * grad
            root = array_module(param).sqrt(square)
            root *= 1 / math.sqrt(correction2)
            root += eps
            param -= (lr / correction1) * mean / root

        pieces = []
        for name, param in self.params.items():
            pieces += [(name, r) for r in row_blocks(param.reshape(len(param), -1))]
        parallel(task, pieces)

    def state(self):
        """{name: array} of what step() remembers, to be saved beside the parameters."""
        state = {f"mean.{name}": array for name, array in self.mean.items()}
        state |= {f"square.{name}": array for name, array in self.square.items()}
        return state | {"steps": np.array([self.steps])}

    def load_state(self, state):
        """Takes back what state() gave. ValueError if an array is missing or has another shape."""
        check_arrays("state", state, {name: array.shape for name, array in self.state().items()})
        for name, param in self.params.items():
            self.mean[name][...] = array_module(param).asarray(state[f"mean.{name}"])
            self.square[name][...] = array_module(param).asarray(state[f"square.{name}"])
        self.steps = int(state["steps"][0])


# ======================================================================================
# Command line
# ======================================================================================


@contextlib.contextmanager
def progress():
    """`with progress() as show`: show(state) says on stderr how far the work has come, on one line
    that is overwritten; where stderr is no terminal, only the last state is written, at the end."""
    last = ""

    def show(state):
        nonlocal last
        last = state
        if sys.stderr.isatty():
            print(f"\r{state:<40}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if last:
            print("" if sys.stderr.isatty() else last, file=sys.stderr)


# The settings of generate that the command line has as options
OPTIONS = {
    "num_beams": "texts that beam search keeps open; 1 is greedy search",
    "max_length": "tokens of the result at most, the start token included",
    "min_length": "tokens of the result at least, the start token included",
    "length_penalty": "of beam search: the larger, the longer its results",
    "no_repeat_ngram_size": "no run of so many tokens comes twice; 0 allows all",
    "early_stopping": "whether beam search ends with the first num-beams results: true, false, or "
                      "never, which looks on until none can be better",
}  # fmt: skip


def option_value(text):
    """What is written after an option: an int, a float, or else the text itself"""
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    return text


def chosen_settings(arguments):
    """The generation settings that were given on the command line; ValueError names the option"""
    given = {k: getattr(arguments, k) for k in OPTIONS if getattr(arguments, k) is not None}
    if "early_stopping" in given:
        word = given["early_stopping"]
        given["early_stopping"] = {"true": True, "false": False}.get(word, word)
    for name, value in given.items():
        try:
            check_generation(GENERATION_DEFAULTS | {name: value}, vocab_size=0)
        except ValueError as error:
            raise ValueError(f"--{name.replace('_', '-')}: {error}") from error
    return given


def fit_lengths(settings, model):
    """Sets max_length, at most as many as the model has positions; ValueError if more was asked
    for, or more as min_length."""
    most = model.config.max_decoder_position_embeddings
    if settings.get("max_length", 0) > most:
        raise ValueError(f"--max-length: max_length: the model has positions for {most} tokens, "
                         f"found {settings['max_length']}")  # fmt: skip
    own = {k: v for k, v in model.current_generation_config().items() if v is not None}
    check_generation(GENERATION_DEFAULTS | own, model.config.vocab_size)
    longest = own.get("max_length", GENERATION_DEFAULTS["max_length"])
    if "max_new_tokens" in own:  # without the start token
        longest = own["max_new_tokens"] + 1
    settings.setdefault("max_length", min(longest, most))
    settings["max_new_tokens"] = None  # the checkpoint's would win
    if settings.get("min_length", 0) > settings["max_length"]:
        raise ValueError(f"--min-length: min_length: expected at most the max_length "
                         f"{settings['max_length']}, found {settings['min_length']}")  # fmt: skip


def read_document(name):
    """The text of a file, or of standard input where the name is -; ValueError if there is none"""
    from bpe import read_input

    text = read_input(name)
    if not text.strip():
        raise ValueError(f"{name}: the document is empty")
    return text.replace("\r\n", "\n")


def load_for(arguments):
    """The tokenizer and model that the command line names"""
    import weights
    from bpe import LEDTokenizer

    folder = weights.find(arguments.model)  # of a name, all files at once
    tokenizer = LEDTokenizer.from_pretrained(folder)
    model = LEDForConditionalGeneration.from_pretrained(folder, dtype=np.dtype(arguments.dtype))
    return tokenizer, model.to(arguments.device)


def cut_to(tokenizer, limit, *texts):
    """The tokens of a text, or of a question and a text, the text cut with a warning to what the
    model has positions for -> what the tokenizer returns, for one example"""
    inputs = tokenizer(*texts, return_offsets_mapping=True)
    length = len(inputs["input_ids"])
    if length > limit:
        print(f"warning: the model reads {limit} of {length} tokens; the document's last "
              f"{length - limit} are cut", file=sys.stderr)  # fmt: skip
        strategy = "only_first" if len(texts) == 1 else "only_second"
        inputs = tokenizer(*texts, return_offsets_mapping=True, truncation=strategy,
                           max_length=limit)  # fmt: skip
    return inputs


def write_text(model, ids, is_global, settings):
    """Encodes and generates, with progress on stderr -> the encoder's output, ids (1, T)"""
    print(f"reading {ids.shape[1]} tokens", file=sys.stderr)
    with progress() as show:
        encoded = model.encode(
            ids, global_attention_mask=is_global,
            on_layer=lambda i, count: show(f"encoder layer {i} of {count}, {100 * i // count}%"),
        )  # fmt: skip
        out = model.generate(ids, encoder_outputs=encoded, **settings,
                             on_step=lambda step, texts: show(f"{step} tokens"))  # fmt: skip
    return encoded, out


def summarize(arguments):
    """python led.py summarize FILE: prints the summary of a text file"""
    settings = chosen_settings(arguments)
    text = read_document(arguments.file)
    tokenizer, model = load_for(arguments)
    fit_lengths(settings, model)
    # the reference's setting for what a model is meant to do, with settings for each task
    tasks = getattr(model.config, "task_specific_params", None)
    if isinstance(tasks, dict) and list(tasks) == ["question-answering"]:
        raise ValueError(f"{arguments.model}: this model answers questions only (so says its "
                         "config.json): python led.py ask QUESTION FILE")  # fmt: skip
    inputs = cut_to(tokenizer, model.config.max_encoder_position_embeddings, text)
    ids = np.array([inputs["input_ids"]])
    is_global = np.zeros_like(ids)
    is_global[:, 0] = 1
    _, out = write_text(model, ids, is_global, settings)
    print(tokenizer.decode(out[0], skip_special_tokens=True).strip())


def spelled_as_in(text, question):
    """The question with its words spelled as the text spells them, where they differ in case or in
    doubled letters alone, and with its mark: "WHO MADE THE SILLVER KEY" -> "Who made the silver
    key?".

    Of several spellings, as Bell and bell, the question's own is chosen, unless it is all in one
    case; else that which stands before the same word in the text, or the most frequent.
    """

    def with_single_letters(word):
        return re.sub(r"([^\W\d_])\1+", r"\1", word.lower())

    words, spellings = collections.Counter(re.findall(r"\w+", text)), {}
    for word in words:
        spellings.setdefault(with_single_letters(word), []).append(word)
    in_two_cases = not question.isupper() and not question.islower()
    parts = re.split(r"(\w+)", question)  # every second one is a word
    for i in reversed(range(1, len(parts), 2)):
        word, following = parts[i], "".join(parts[i + 1 : i + 3])

        def likeness(spelling):
            same, own = spelling.lower() == word.lower(), spelling == word and in_two_cases
            return same, own, spelling + following in text, words[spelling]

        similar = spellings.get(with_single_letters(word), [])
        similar = [spelling for spelling in similar if len(spelling) <= len(word)]  # not of -> off
        unknown = word.lower() if question.isupper() else word
        parts[i] = max(similar, key=likeness, default=unknown)
    question = "".join(parts).rstrip()
    mark = "?" if question and not question.endswith("?") else ""
    return question[:1].upper() + question[1:] + mark


def question_inputs(tokenizer, question, text, limit):
    """<s> question </s></s> text </s>, where the tokens up to the first </s> are global.

    -> ids (1, S), global_attention_mask (1, S), the tokens' places in the text: a list of
    (start, end), None for the tokens that are not of the text
    """
    inputs = cut_to(tokenizer, limit, question, text)
    ids = np.array([inputs["input_ids"]])
    of_text = [sequence == 1 for sequence in inputs.sequence_ids()]
    is_global = np.zeros_like(ids)
    is_global[0, : inputs["input_ids"].index(tokenizer.eos_token_id) + 1] = 1
    places = [place if own else None for own, place in zip(of_text, inputs["offset_mapping"])]
    return ids, is_global, places


# An answer is looked for in so many sentences, those that the cross-attention rests on most.
FEW_SENTENCES = 3


def answer_source(model, encoded, ids, places, text, answer):
    """Where the decoder read its answer: the sentence that its cross-attention rested on, or the
    next one of the FEW_SENTENCES, that has the answer's words, in any case and punctuation.

    ids (1, T) of the answer, places as of question_inputs
    -> the answer as it stands in the text, the sentence; None if it is in none of them
    """
    words = re.findall(r"\w+", answer)
    if not words:
        return None
    pattern = r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)"
    found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    # A sentence ends at its mark, or with its line unless the next one goes on in lower case.
    ends = re.finditer(r"""[.?!]["'”’)\]]*\s+|\n(?![ \t]*[a-z])\s*""", text)
    bounds = [0, *(match.end() for match in ends), len(text)]

    def sentence(start, end):
        """(first, last) of the sentence around a place, or of several that it reaches into"""
        first = bounds[bisect.bisect_right(bounds, start) - 1]
        return first, bounds[bisect.bisect_left(bounds, end, lo=1)]

    out = model(decoder_input_ids=ids[:, :-1], encoder_outputs=encoded, output_attentions=True)
    # (1, H, T, S) of each layer: the last layer's mean over heads and the answer's tokens
    weight = to_host(out.cross_attentions[-1]).mean(axis=(0, 1, 2))  # (S,)
    candidates = {place: sentence(*place) for place in found}
    attended = set()
    for token in np.argsort(-weight, kind="stable"):
        if places[token] is None:
            continue
        start, end = places[token]
        for place, (first, last) in candidates.items():
            if first <= start < last:
                source, written = (re.sub(r"\s*\n\s*", " ", part)
                                   for part in (text[first:last].strip(), text[slice(*place)]))
                return answer if answer in source else written, source
        attended.add(sentence(start, end))
        if len(attended) == FEW_SENTENCES:
            return None
    return None


def ask(arguments):
    """python led.py ask QUESTION FILE: prints the answer, and where in the file it was read"""
    from bpe import read_input

    settings = chosen_settings(arguments)
    question = arguments.question
    if question == "-":
        if arguments.file == "-":
            raise ValueError("-: standard input cannot be both QUESTION and FILE")
        question = read_input("-").strip()
    text = read_document(arguments.file)
    tokenizer, model = load_for(arguments)
    fit_lengths(settings, model)
    ids, is_global, places = question_inputs(
        tokenizer, spelled_as_in(text, question), text,
        model.config.max_encoder_position_embeddings)  # fmt: skip
    encoded, out = write_text(model, ids, is_global, settings)
    answer = tokenizer.decode(out[0], skip_special_tokens=True).strip()
    source = answer_source(model, encoded, out, places, text, answer)
    if source is None:
        print("no answer found in this document")
    else:
        print('{}\n  read in: "{}"'.format(*source))


def add_options(command, model):
    """The file and the options that both commands have."""
    command.add_argument("file", metavar="FILE", help="text file in UTF-8; - reads standard input")
    command.add_argument("--model", default=model,
                         help="checkpoint folder or hub name (default: %(default)s)")  # fmt: skip
    for name, meaning in OPTIONS.items():
        default = str(GENERATION_DEFAULTS[name]).lower()
        command.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE",
                             type=str if name == "early_stopping" else option_value,
                             help=f"{meaning} (default: the checkpoint's, or else {default})")
    command.add_argument("--device", default="cpu", metavar="{cpu,cuda}",
                         help="where to compute; cuda needs CuPy (default: %(default)s)")
    command.add_argument("--dtype", default="float32", metavar="{float32,float64}",
                         help="of weights and arithmetic (default: %(default)s)")  # fmt: skip


def run_command(arguments):
    """Does what the command line says."""
    parser = argparse.ArgumentParser(
        description="Answers from long documents, and summaries of them.",
        epilog="The bundled model, which ask uses, knows chronicles alone, such as "
               "chronicles/chronicle.txt, and answers questions only. For other documents name "
               "another with --model.")  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("summarize", help="summarize a text file")
    add_options(command, "allenai/led-large-16384-arxiv")
    command.set_defaults(run=summarize)
    command = commands.add_parser("ask", help="answer a question from a text file")
    command.add_argument("question", metavar="QUESTION",
                         help="what to ask; - reads standard input")  # fmt: skip
    add_options(command, Path(__file__).resolve().parent / "chronicles" / "model")
    command.set_defaults(run=ask)
    arguments = parser.parse_args(arguments)
    for name, allowed in (("device", ("cpu", "cuda")), ("dtype", ("float32", "float64"))):
        if getattr(arguments, name) not in allowed:
            raise ValueError(f"--{name}: expected {' or '.join(allowed)}, "
                             f"found {getattr(arguments, name)!r}")  # fmt: skip
    arguments.run(arguments)


def main(arguments=None):
    """The command line; returns the exit status."""
    from bpe import exit_status

    return exit_status("led.py", run_command, arguments)


# ======================================================================================
# The engine room: cores, memory, random numbers. The chapters before read as if it were not there
# ======================================================================================

# NumPy's matrix products use all cores by themselves, its other functions use one. So the work is
# split here instead, into pieces that run side by side with one BLAS thread each: everything gets
# all cores, and a piece's intermediate results stay in its core's cache.


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


def head_slices(q, keys):
    """Slices of the heads of q (..., H, T, D), each query of which meets so many keys: as many at
    once as fit the cache, but enough for all cores; all on a GPU, where launches cost more, for a
    single query (see product), or where there is little to do."""
    *leading, H, T, D = q.shape
    scores = math.prod(leading) * T * keys  # of each head
    if array_module(q) is not np or scores == keys or H * scores * D < 2**20:
        return [slice(0, H)]
    return slices(H, min(max(1, 2**17 // scores), -(-H // 2)))


# How many scores of the band are computed at once: what fits the cache of a core (True), or 1 GB on
# a GPU, where launches cost more than memory.
TILE = {True: 2**19, False: 2**28}


# With 2 to 16 rows BLAS copies the matrix before it multiplies, and takes two to four times as
# long as to read it; in products of up to a million multiplications it does not. With one
# row it uses several threads from 9,216 multiplications on, newer versions from 460,800.
FEW_ROWS, SMALL_PRODUCT, SMALL_ROW_PRODUCT = 16, 10**6, 9000


# Arrays of fewer bytes are left to NumPy and the C library, which keeps some memory for them. A
# call whose other arrays took no more than SPARE_MEMORY in all leaves that to the next one.
LARGE_ARRAY, SPARE_MEMORY = 2**19, 2**24


from led_support import engine
from led_support.engine import slices, row_blocks, by_rows, sum_rows, matmul, product, parallel
def new_array(xp, shape, dtype): return engine.new_array(shape, dtype)
def new_zeros(xp, shape, dtype): return engine.new_zeros(shape, dtype)


def subseed(seed, site):
    """The seed of a place in the model, from that of what contains it; None stays None."""
    if seed is None:
        return None
    digest = hashlib.blake2b(f"{seed} {site}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def dropout_seed(seed, site, rate):
    """The seed of a place with a dropout of its own; None where nothing is dropped."""
    return subseed(seed, site) if rate > 0 else None


def scramble(bits):
    """A bijection of 32-bit numbers that makes each bit depend on all: MurmurHash3's finalizer."""
    bits = bits ^ (bits >> 16)
    bits *= 0x85EBCA6B
    bits ^= bits >> 13
    bits *= 0xC2B2AE35
    bits ^= bits >> 16
    return bits


def keep_factors(shape, part, rate, seed, like):
    """What dropout multiplies with: 0 with probability `rate`, otherwise 1 / (1 - rate).

    For array[part] of an array of that shape, of the device and dtype of `like`. A pure function
    of the seed and of each element's row and column: the same for any number of cores, for any
    pieces, and in the backward.
    """
    xp, (*rows, columns) = array_module(like), shape
    row = xp.arange(math.prod(rows), dtype=xp.uint32).reshape(rows)[part]
    of_row = scramble(scramble(row) ^ xp.uint32(seed))
    of_column = scramble(xp.arange(columns, dtype=xp.uint32))
    keep = scramble(of_row[..., None] ^ of_column) >= xp.uint32(min(rate * 2**32, 2**32 - 1))
    return keep.astype(like.dtype) * (1 / (1 - float(rate)) if rate < 1 else 0)


# 0.5 + 0.5 tanh(x P(x^2) / Q(x^2)): limit, P and Q, lowest power first. Our own minimax fits on
# |x| < limit (Lawson's weighted least squares in 50-digit arithmetic): errors of at most 1.6e-9 and
# 5.5e-18. Beyond the limit it is 0 or 1 to the precision of the dtype. All coefficients are
# positive, so that no digits cancel when the polynomials are evaluated.
NORMAL_CDF = {
    "float32": (
        5.94,
        [0.79788456344206175387, 0.098926512339768634549, 0.0075388908780334920485,
         0.00019253360568858866690],
        [1.0, 0.078446112524915508555, 0.005922456512999721898, 0.000040615234947049191518],
    ),
    "float64": (
        8.49,
        [0.79788456080286536437, 0.22469468485794006144, 0.035604234832986071344,
         0.0036763659142419231805, 0.00026642189200964204129, 0.000013847494979352870169,
         5.0706959027500054608e-7, 1.2647087613498048170e-8, 1.7823590941149335112e-10,
         6.4612353691020910192e-13],
        [1.0, 0.23607310098958099289, 0.033918888238765202192, 0.003139292274867907326,
         0.00020437843795022704236, 0.0000094705045698955641497, 2.9813186515669010294e-7,
         6.2909958152928987815e-9, 5.3985337983922719074e-11, 5.6050359920930337008e-14],
    ),
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
