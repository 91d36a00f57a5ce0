"""The fast twins: functions of led.py, by the same names, for NumPy arrays on all cores.

Each pair here takes the same arguments as the pair in led.py and returns the same numbers and the
same gradients; what it keeps in its cache is its own. Where a call only infers
(engine.training() is false), it keeps nothing.

What each pair is worth: seconds with led.py's own in its place. led-base, float32, on an EPYC's two
cores; encoders of 200 and 4,096 tokens, a step of 4 beams after 4,096, forward and backward of
1,024 with dropout, an optimizer's step.

    without                  200    4,096   beams    1,024   AdamW
    none                   0.150     2.71   0.034     3.17    0.20
    linear                 0.156     2.90   0.071     4.01    0.20
    dropout                0.146     2.72   0.033     3.25    0.20
    add_and_norm           0.168     2.82   0.034     3.25    0.21
    feed_forward           0.155     3.10   0.032     3.42    0.21
    encoder_attention      0.208     6.20   0.033     4.12    0.21
    attend                 0.148     2.72   0.054     3.54    0.21
    adamw_update           0.151     2.82   0.033     3.06    0.65
"""

import math
from typing import NamedTuple

import numpy as np

from led_support import engine
from led_support.activations import OTHER_ACTIVATIONS
from led_support.arrays import keep_factors, normal_cdf, subseed
from led_support.engine import (
    by_rows, matmul, new_array, parallel, product, shares, slices, sum_rows)  # fmt: skip


# ======================================================================================
# Layers
# ======================================================================================


def linear(x, weight, bias):
    out = matmul(x.reshape(-1, x.shape[-1]), weight.T, bias)  # (rows, in) @ (in, out)
    return out.reshape(*x.shape[:-1], -1), (x, weight)


def linear_backward(dout, cache, dx=None):
    """dx is added to the given one: the gradient of x by other ways"""
    x, weight = cache
    dout, rows = dout.reshape(-1, dout.shape[-1]), x.reshape(-1, x.shape[-1])
    dx = None if dx is None else dx.reshape(rows.shape)
    dx = matmul(dout, weight, dx)  # (rows, out) @ (out, in) -> (rows, in)
    dweight = matmul(dout.T, rows)  # (out, rows) @ (rows, in) -> (out, in)
    return dx.reshape(x.shape), dweight, sum_rows(dout)


def of(params, name):
    """The weight and bias of the layer called `name`"""
    return params[name + ".weight"], params[name + ".bias"]


def grads_of(name, dweight, dbias):
    return {name + ".weight": dweight, name + ".bias": dbias}


def row_numbers(x):
    """(rows, 1) for x (..., columns)"""
    return np.arange(x.size // x.shape[-1])[:, None]


def dropout(x, rate, seed, row=None, column=None):
    """The factors are not kept: the backward makes them again."""
    if seed is None or rate == 0:
        return x, None
    if row is not None:
        return x * keep_factors(x, rate, seed, row, column), (rate, seed, row, column)
    columns = np.arange(x.shape[-1])

    def drop(x, number):
        return x * keep_factors(x, rate, seed, number, columns)

    dropped = by_rows(drop, x.reshape(-1, x.shape[-1]), row_numbers(x))
    return dropped.reshape(x.shape), (rate, seed, row, column)


def dropout_backward(dout, cache):
    return dout if cache is None else dropout(dout, *cache)[0]


def add_and_norm(residual, branch, params, name, rate, seed):
    """The sum, its dropout and its norm in one pass over rows that stay in the cache"""
    weight, bias = of(params, name)
    drops, keep, columns = seed is not None and rate > 0, engine.training(), np.arange(len(weight))

    def norm(residual, branch, number):
        if drops:
            branch = branch * keep_factors(branch, rate, seed, number, columns)
        normed = residual + branch
        normed -= normed.mean(axis=-1, keepdims=True)
        variance = (normed * normed).mean(axis=-1, keepdims=True)
        inverse_std = 1 / np.sqrt(variance + 1e-5)
        normed *= inverse_std
        out = normed * weight
        out += bias
        return (out, normed, inverse_std) if keep else out

    rows = [x.reshape(-1, x.shape[-1]) for x in (residual, branch)]
    results = by_rows(norm, *rows, row_numbers(residual))
    if not keep:
        return results.reshape(residual.shape), None
    out, normed, inverse_std = results
    return out.reshape(residual.shape), (normed, inverse_std, weight, rate, seed, name)


def add_and_norm_backward(dout, cache):
    normed, inverse_std, weight, rate, seed, name = cache

    def norm_backward(dout, normed, inverse_std):
        dnormed = dout * weight
        along = (dnormed * normed).mean(axis=-1, keepdims=True)
        dnormed -= dnormed.mean(axis=-1, keepdims=True)
        dnormed -= normed * along
        return dnormed * inverse_std, dout * normed

    rows = dout.reshape(normed.shape)
    dsum, product = by_rows(norm_backward, rows, normed, inverse_std)
    dsum = dsum.reshape(dout.shape)
    dbranch = dsum if seed is None or rate == 0 else dropout(dsum, rate, seed)[0]
    return dsum, dbranch, grads_of(name, sum_rows(product), sum_rows(rows))


def feed_forward(x, params, name, activation, rate, seed):
    """The widest arrays are not kept, but made again from the one before the activation."""
    function, _ = activation
    hidden, _ = linear(x, *of(params, name + ".fc1"))  # (B, S, E) -> (B, S, F)
    active = by_rows(function, hidden, over=not engine.training())
    dropped, drop_cache = dropout(active, rate, seed)
    out, _ = linear(dropped, *of(params, name + ".fc2"))  # (B, S, F) -> (B, S, E)
    weights = params[name + ".fc1.weight"], params[name + ".fc2.weight"]
    return out, (x, hidden, weights, activation, drop_cache, name)


def feed_forward_backward(dout, cache):
    x, hidden, (fc1, fc2), (function, derivative), drop_cache, name = cache
    kept = dropout_backward(by_rows(function, hidden), drop_cache)
    dkept, *fc2_grads = linear_backward(dout, (kept, fc2))
    del kept
    dactive = dropout_backward(dkept, drop_cache)
    dhidden = by_rows(lambda dactive, hidden: dactive * derivative(hidden), dactive, hidden)
    del dkept, dactive
    dx, *fc1_grads = linear_backward(dhidden, (x, fc1))
    return dx, grads_of(name + ".fc1", *fc1_grads) | grads_of(name + ".fc2", *fc2_grads)


def adamw_update(param, grad, mean, square, lr, betas, eps, decay, step):
    """Blocks of rows on all cores, and no large array beside"""
    beta1, beta2 = betas
    correction1, correction2 = 1 - beta1**step, 1 - beta2**step
    rows = [x.reshape(len(x), -1) for x in (param, grad, mean, square)]  # views
    if param.ndim == 1:
        decay = 0

    def task(r):
        param, grad, mean, square = (x[r] for x in rows)
        mean *= beta1
        mean += (1 - beta1) * grad
        square *= beta2
        square += (1 - beta2) * grad * grad
        std = np.sqrt(square)
        std *= 1 / math.sqrt(correction2)
        std += eps
        if decay:
            param *= 1 - lr * decay
        param -= (lr / correction1) * mean / std

    parallel(task, engine.row_blocks(rows[0]))


# ======================================================================================
# The band, in tiles that stay in a core's cache, heads side by side on all cores
# ======================================================================================

# A mask is a feature, as in led.py.
REMOVED = -1e30

# exp neither overflows nor gives nothing but zeros while the largest score of each row is closer
# to 0 than this. Only beyond it something has to be subtracted from the scores.
SAFE_SCORE = 30

# How many scores of the band are computed at once: what fits the cache of a core.
TILE = 2**19


def split_heads(x, heads):
    """(..., S, E) -> (..., H, S, D), a view"""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def merge_heads(x):
    """(..., H, S, D) -> (..., S, E)"""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def strided(x, shape, strides):
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def windows(x, C, W):
    """(h, N*C + 2W, D) -> (h, N, C + 2W, D), for reading alone"""
    (h, rows, D), (head, row, column) = x.shape, x.strides
    return strided(x, (h, (rows - 2 * W) // C, C + 2 * W, D), (head, C * row, row, column))


def diagonals(scores, W):
    """(..., C, C + 2W) -> (..., C, 2W + 1)"""
    *steps, row, column = scores.strides
    return strided(scores, (*scores.shape[:-1], 2 * W + 1), (*steps, row + column, column))


class Band(NamedTuple):
    """What the band of one document reads, and what it keeps for the backward"""

    q: object  # (H, S, D) not scaled, as k and v
    k: object
    v: object
    removed: object  # (S,) the masked and the global tokens, of which the band shows no keys
    index: object  # (G,) positions of the global tokens
    window: int
    number: int  # of the document
    rate: float
    seed: int
    shift: object  # (H, N, C, 1) what was subtracted from the scores: 0 where they are small
    total: object  # (H, N, C, 1) sum of exp(score - shift) over the keys of a row
    context: object  # (H, N, C, D)


def head_slices(q, keys):
    """Slices of the heads of q (..., H, T, D), each query of which meets so many keys: as many at
    once as fit the cache, but enough for all cores; all for a single query, or where there is
    little to do."""
    *leading, H, T, D = q.shape
    scores = math.prod(leading) * T * keys  # of each head
    if scores == keys or H * scores * D < 2**20:
        return [slice(0, H)]
    return slices(H, min(max(1, 2**17 // scores), -(-H // 2)))


def band_blocks(band, h):
    """What the heads h read, cut into blocks of C query rows.

    -> q (h, N, C, D+1), k (h, N, C + 2W, D+1), v (h, N, C + 2W, D), k_global (h, 1, G, D+1) and
    v_global (h, 1, G, D), and the scores of q with k_global, (h, N, C, G)
    """
    q, k, v = band.q[h], band.k[h], band.v[h]
    (heads, S, D), (_, N, C, _), W = q.shape, band.total.shape, band.window
    inside = slice(W, W + S)
    q_rows = np.ones((heads, N * C, D + 1), q.dtype)
    k_rows = np.zeros((heads, N * C + 2 * W, D + 1), q.dtype)
    v_rows = np.zeros((heads, N * C + 2 * W, D), q.dtype)
    np.multiply(q, 1 / math.sqrt(D), out=q_rows[:, :S, :D])
    k_rows[:, inside, :D], v_rows[:, inside] = k, v
    k_global, v_global = k_rows[:, band.index + W], v_rows[:, band.index + W]  # (h, G, .)
    k_rows[:, :, D] = REMOVED
    k_rows[:, inside, D] = np.where(band.removed, REMOVED, 0)
    column_scores = (q_rows @ k_global.swapaxes(-1, -2)).reshape(heads, N, C, -1)
    return (q_rows.reshape(heads, N, C, D + 1), windows(k_rows, C, W), windows(v_rows, C, W),
            k_global[:, None], v_global[:, None], column_scores)  # fmt: skip


def score_shift(scores, columns):
    """The largest score of each row, (..., C, 1), or 0 if no row has a large one.

    scores of the band (..., C, 2W + 1), columns (..., C, G). It cancels in the softmax.
    """
    top = scores.max(axis=-1, keepdims=True)
    if columns.shape[-1]:
        top = np.maximum(top, columns.max(axis=-1, keepdims=True))
    top[top < REMOVED / 2] = 0  # rows of which every key is removed
    return top if np.abs(top).max() > SAFE_SCORE else 0


def band_tiles(band, h, q, k, column_scores=None):
    """exp(q k^T - shift) of the heads h, for as many blocks at a time as the cache memory holds.

    Given the scores of the global columns, it chooses the shift; else it takes the band's. Yields
    the slice of blocks; exps (h, n, C, C + 2W), zero outside the band; free memory of its shape.
    """
    W, (heads, N, C, _) = band.window, q.shape
    size = max(1, min(N, TILE // (heads * C * (C + 2 * W))))
    all_scores = np.empty((heads, size, C, C + 2 * W), q.dtype)
    all_exps = np.zeros((heads, size, C, C + 2 * W), q.dtype)  # written in the band alone
    for tile in slices(N, size):
        blocks = tile.stop - tile.start
        scores, exps = all_scores[:, :blocks], all_exps[:, :blocks]
        np.matmul(q[:, tile], k[:, tile].swapaxes(-1, -2), out=scores)  # (h, n, C, C + 2W)
        in_band = diagonals(scores, W)  # (h, n, C, 2W + 1)
        if column_scores is not None:
            band.shift[h, tile] = score_shift(in_band, column_scores[:, tile])
        if band.shift[h, tile].any():
            in_band -= band.shift[h, tile]
        np.exp(in_band, out=diagonals(exps, W))
        yield tile, exps, scores


def band_keep(band, exps, h, tile=None):
    """Dropout's factors for exps (h, n, C, keys) of the band, or of the columns; or None"""
    if band.seed is None or band.rate == 0:
        return None
    H, (_, N, C, _) = len(band.q), band.total.shape
    head = (band.number * H + np.arange(H)[h])[:, None, None, None]
    block = np.arange(N)[tile or slice(None)][:, None, None]
    row = head * band.q.shape[1] + block * C + np.arange(C)[:, None]
    column = band.index if tile is None else block * C - band.window + np.arange(exps.shape[-1])
    return keep_factors(exps, band.rate, band.seed, row, column)


def band_attention(q, k, v, window, removed, index, number, rate, seed):
    """The ordinary tokens of one document. q, k, v (H, S, D) -> context (S, E), Band"""
    H, S, D = q.shape
    W = min(window, S - 1)
    C = min(S, max(32, min(128, W)))
    N = -(-S // C)
    shift, total = (np.empty((H, N, C, 1), q.dtype) for _ in range(2))
    context = new_array((N * C, H * D), q.dtype)
    context_heads = split_heads(context, H).reshape(H, N, C, D)  # a view
    band = Band(q, k, v, removed, index, W, number, rate, seed, shift, total, context_heads)
    ones = np.ones((C + 2 * W, 1), q.dtype)  # a product with it adds up rows, faster than sum()

    def task(h):
        q, k, v, _, v_global, column_scores = band_blocks(band, h)
        total, above = band.total[h], np.empty((len(q), N, C, D), q.dtype)
        for tile, exps, _ in band_tiles(band, h, q, k, column_scores):
            total[:, tile] = exps @ ones  # (h, n, C, 1)
            keep = band_keep(band, exps, h, tile)
            if keep is not None:
                exps *= keep
            above[:, tile] = exps @ v[:, tile]  # (h, n, C, C + 2W) @ (h, n, C + 2W, D)
        exps = np.exp(column_scores - band.shift[h])  # (h, N, C, G)
        total += exps.sum(axis=-1, keepdims=True)
        total += total == 0  # rows of which every key is removed
        keep = band_keep(band, exps, h)
        if keep is not None:
            exps *= keep
        above += exps @ v_global  # (h, N, C, G) @ (h, 1, G, D) -> (h, N, C, D)
        np.divide(above, total, out=band.context[h])

    parallel(task, head_slices(q, C + 2 * W))
    context[:S][removed] = 0  # masked tokens look at nothing, global tokens at more than this
    return context[:S], band


def exps_backward(dkept, dtotal, exps, keep):
    """Back through total = sum(exps), kept = exps * keep and exps = exp(scores - shift).
    -> dscores, written over dkept, and kept"""
    kept = exps
    if keep is not None:
        kept = exps * keep
        dkept *= keep
    dkept += dtotal
    dkept *= exps
    return dkept, kept


def windows_backward(dwindows, C, dx):
    """Adds dwindows (h, n, C + 2W, D) to dx (h, n*C + 2W, D)"""
    for n in range(dwindows.shape[1]):
        dx[:, n * C : n * C + dwindows.shape[2]] += dwindows[:, n]


def band_attention_backward(dcontext, band):
    """dcontext (S, E) -> dq, dk, dv (S, E)"""
    (S, E), (H, N, C, _), W = dcontext.shape, band.total.shape, band.window
    D, inside = E // H, slice(W, W + S)
    dq, dk, dv = (new_array((S, E), dcontext.dtype) for _ in range(3))
    dq_heads, dk_heads, dv_heads = (split_heads(x, H) for x in (dq, dk, dv))  # (H, S, D), views

    def task(h):
        q_masking, k_masking, v, k_global, v_global, column_scores = band_blocks(band, h)
        q, k, k_global = q_masking[..., :D], k_masking[..., :D], k_global[..., :D]
        drows = np.zeros((len(q), N * C, D), q.dtype)
        drows[:, :S] = split_heads(dcontext, H)[h]
        drows[:, :S][:, band.removed] = 0
        dabove = drows.reshape(len(q), N, C, D) / band.total[h]
        dtotal = -(dabove * band.context[h]).sum(axis=-1, keepdims=True)  # (h, N, C, 1)
        exps = np.exp(column_scores - band.shift[h])  # (h, N, C, G)
        dkept = dabove @ v_global.swapaxes(-1, -2)  # (h, N, C, D) @ (h, 1, D, G)
        dscores, kept = exps_backward(dkept, dtotal, exps, band_keep(band, exps, h))
        dv_global = (kept.swapaxes(-1, -2) @ dabove).sum(axis=1)  # (h, N, G, D) -> (h, G, D)
        dk_global = (dscores.swapaxes(-1, -2) @ q).sum(axis=1)
        dq_blocks = dscores @ k_global  # (h, N, C, G) @ (h, 1, G, D)
        dk_rows, dv_rows = (np.zeros((len(q), N * C + 2 * W, D), q.dtype) for _ in range(2))
        for tile, exps, dkept in band_tiles(band, h, q_masking, k_masking):
            seen = slice(tile.start * C, tile.stop * C + 2 * W)
            np.matmul(dabove[:, tile], v[:, tile].swapaxes(-1, -2), out=dkept)  # (h, n, C, C + 2W)
            keep = band_keep(band, exps, h, tile)
            dscores, kept = exps_backward(dkept, dtotal[:, tile], exps, keep)
            windows_backward(kept.swapaxes(-1, -2) @ dabove[:, tile], C, dv_rows[:, seen])
            windows_backward(dscores.swapaxes(-1, -2) @ q[:, tile], C, dk_rows[:, seen])
            dq_blocks[:, tile] += dscores @ k[:, tile]
        dk_rows[:, band.index + W] += dk_global
        dv_rows[:, band.index + W] += dv_global
        dq_rows = dq_blocks.reshape(len(q), N * C, D)
        np.multiply(dq_rows[:, :S], 1 / math.sqrt(D), out=dq_heads[h])
        dk_heads[h], dv_heads[h] = dk_rows[:, inside], dv_rows[:, inside]

    parallel(task, head_slices(band.q, C + 2 * W))
    return dq, dk, dv


# ======================================================================================
# Global tokens
# ======================================================================================


def softmax(scores):
    probs = scores - scores.max(axis=-1, keepdims=True)
    np.exp(probs, out=probs)
    probs /= probs.sum(axis=-1, keepdims=True)
    return probs


def softmax_backward(dprobs, probs):
    """Written over dprobs: these are the largest arrays of a step."""
    dprobs -= np.einsum("...s,...s->...", dprobs, probs)[..., None]
    dprobs *= probs
    return dprobs


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
    queries = (q * (1 / math.sqrt(D)) @ w_k).reshape(H * G, E)  # (H, G, D) @ (H, D, E)
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
    dqueries *= 1 / math.sqrt(q.shape[-1])
    dq = dqueries @ w_k.swapaxes(-1, -2)  # (H, G, E) @ (H, E, D)
    dw_k = q.swapaxes(-1, -2) @ dqueries  # (H, D, G) @ (H, G, E)
    dw_v, db_v = dcontext.swapaxes(-1, -2) @ picked, dcontext.sum(axis=1)  # (H, D, E), (H, D)
    key = dw_k.reshape(E, E), np.zeros(E, q.dtype)
    return dq, dx, key, (dw_v.reshape(E, E), db_v.reshape(E))


def attend_from_many(q, x, bias, params, name, rate, seed):
    """The same by way of all keys and values, which pays for many queries; with dropout."""
    k, k_cache = linear(x, *of(params, name + ".key_global"))
    v, v_cache = linear(x, *of(params, name + ".value_global"))
    context, cache = attend(q, split_heads(k, len(q)), split_heads(v, len(q)), bias, rate, seed)
    return context, (cache, k_cache, v_cache)


def attend_from_many_backward(dcontext, cache):
    """dcontext (H, G, D) -> dq (H, G, D), dx (S, E), weights and biases of key and value"""
    attend_cache, k_cache, v_cache = cache
    dq, dk, dv = attend_backward(dcontext, attend_cache)
    dx, *key = linear_backward(merge_heads(dk), k_cache)
    dx, *value = linear_backward(merge_heads(dv), v_cache, dx)
    return dq, dx, key, value


class GlobalRows(NamedTuple):
    few: bool  # by attend_from_few, whose cache is `attention`
    index: object
    query: object  # the cache of the projection
    attention: object
    name: str


def global_attention(x, index, masked, params, name, heads, rate, seed):
    """x (S, E) -> context (G, E), GlobalRows"""
    D, G = x.shape[1] // heads, len(index)
    bias = np.where(masked, REMOVED, 0).astype(x.dtype)
    q, q_cache = linear(x[index], *of(params, name + ".query_global"))  # (G, E)
    q = split_heads(q, heads)  # (H, G, D)
    few = G < D and (seed is None or rate == 0)  # up to G = D fewer products; without dropout
    if few:
        context, attention_cache = attend_from_few(q, x, bias, params, name)
    else:
        context, attention_cache = attend_from_many(q, x, bias, params, name, rate, seed)
    return merge_heads(context), GlobalRows(few, index, q_cache, attention_cache, name)


def global_attention_backward(dcontext, rows, heads):
    """dcontext (G, E) -> dx (S, E), grads"""
    backward = attend_from_few_backward if rows.few else attend_from_many_backward
    dq, dx, key, value = backward(split_heads(dcontext, heads), rows.attention)
    dx_queries, *query = linear_backward(merge_heads(dq), rows.query)  # (G, E)
    dx[rows.index] += dx_queries
    grads = grads_of(rows.name + ".query_global", *query)
    grads |= grads_of(rows.name + ".key_global", *key)
    return dx, grads | grads_of(rows.name + ".value_global", *value)


def stacked(documents):
    """[(S, E) of each document] -> (B, S, E); a single one is not copied"""
    return documents[0][None] if len(documents) == 1 else np.stack(documents)


def encoder_attention(x, params, name, heads, window, masked, is_global, rate=0.0, seed=None):
    """Band and global rows of each document, with the projections that they read"""
    q, q_cache = linear(x, *of(params, name + ".query"))
    k, k_cache = linear(x, *of(params, name + ".key"))
    v, v_cache = linear(x, *of(params, name + ".value"))
    q, k, v = split_heads(q, heads), split_heads(k, heads), split_heads(v, heads)  # (B, H, S, D)
    contexts, document_caches = [], []
    for b in range(len(x)):
        index = np.flatnonzero(is_global[b])
        context, band = band_attention(q[b], k[b], v[b], window, masked[b] | is_global[b], index, b,
                                       rate, subseed(seed, "band"))  # fmt: skip
        rows = None
        if len(index):
            context[index], rows = global_attention(
                x[b], index, masked[b], params, name, heads, rate, subseed(seed, b))
        contexts.append(context)
        document_caches.append((band, rows))
    context = stacked(contexts)  # (B, S, E)
    if not engine.training():
        return context, None
    return context, ((q_cache, k_cache, v_cache), document_caches, name, heads)


def encoder_attention_backward(dcontext, cache):
    (q_cache, k_cache, v_cache), document_caches, name, heads = cache
    dqkv = []
    for b, (band, _) in enumerate(document_caches):
        dqkv.append(band_attention_backward(dcontext[b], band))
    dq, dk, dv = (stacked(documents) for documents in zip(*dqkv))  # (B, S, E)
    dx, *query = linear_backward(dq, q_cache)
    dx, *key = linear_backward(dk, k_cache, dx)
    dx, *value = linear_backward(dv, v_cache, dx)
    grads = grads_of(name + ".query", *query) | grads_of(name + ".key", *key)
    grads |= grads_of(name + ".value", *value)
    for b, (band, rows) in enumerate(document_caches):
        if rows is not None:
            dx_global, global_grads = global_attention_backward(dcontext[b, band.index], rows, heads)
            dx[b] += dx_global
            for of_what, grad in global_grads.items():
                grads[of_what] = grads[of_what] + grad if of_what in grads else grad
    return dx, grads


# ======================================================================================
# Ordinary attention, heads side by side on all cores
# ======================================================================================


class Attended(NamedTuple):
    q: object  # (B, H, T, D), k and v (B, H, S, D)
    k: object
    v: object
    bias: object
    rate: float
    seed: int
    scale: float  # 1 / sqrt(D)
    leading: tuple  # the axes before T and D as they were given


def attend_probs(cache, h):
    """softmax(q k^T / sqrt(D) + bias) of the heads h, (B, h, T, S)"""
    scores = product(cache.q[:, h] * cache.scale, cache.k[:, h].swapaxes(-1, -2))
    if cache.bias is not None:
        scores += cache.bias
    return softmax(scores)


def attend_keep(cache, probs, h):
    """Dropout's factors for the probabilities (B, h, T, S) of the heads h, or None"""
    if cache.seed is None or cache.rate == 0:
        return None
    B, H, T, _ = cache.q.shape
    row = np.arange(B * H * T).reshape(B, H, T, 1)[:, h]
    return keep_factors(probs, cache.rate, cache.seed, row, np.arange(probs.shape[-1]))


def heads_array(like):
    """A new array (B, H, S, D), in memory (B, S, E), so that merge_heads need not copy it"""
    B, H, S, D = like.shape
    return split_heads(new_array((B, S, H * D), like.dtype), H)


def attend(q, k, v, bias=None, rate=0.0, seed=None):
    leading = q.shape[:-2]
    q, k, v = (x[(None,) * (4 - x.ndim)] for x in (q, k, v))  # (B, H, ., D)
    cache = Attended(q, k, v, bias, rate, seed, 1 / math.sqrt(q.shape[-1]), leading)
    context = heads_array(q)

    def task(h):
        probs = attend_probs(cache, h)  # (B, h, T, S)
        keep = attend_keep(cache, probs, h)
        if keep is not None:
            probs *= keep
        context[:, h] = product(probs, v[:, h])

    parallel(task, head_slices(q, k.shape[2]))
    return context.reshape(*leading, *context.shape[2:]), cache


def attend_backward(dcontext, cache):
    q, k, v = cache.q, cache.k, cache.v
    dcontext = dcontext.reshape(q.shape)
    dq, dk, dv = heads_array(q), heads_array(k), heads_array(v)

    def task(h):
        probs = kept = attend_probs(cache, h)
        dprobs = dcontext[:, h] @ v[:, h].swapaxes(-1, -2)  # (B, h, T, S)
        keep = attend_keep(cache, probs, h)
        if keep is not None:
            kept, dprobs = probs * keep, dprobs * keep
        dv[:, h] = kept.swapaxes(-1, -2) @ dcontext[:, h]
        dscores = softmax_backward(dprobs, probs)
        dscores *= cache.scale
        dq[:, h] = dscores @ k[:, h]
        dk[:, h] = dscores.swapaxes(-1, -2) @ q[:, h]

    parallel(task, head_slices(q, k.shape[2]))
    return tuple(x.reshape(*cache.leading, *x.shape[2:]) for x in (dq, dk, dv))


# ======================================================================================
# Decoding: a few rows, for which every weight is read once. Most of a small model's step is Python
# between the products, so here are no more calls than it takes
# ======================================================================================


# The most numbers that the tokens of a step may have: 16 rows of 1,024, or 256 of 64
FEW_NUMBERS = 2**14


def gelu(x):
    return x * normal_cdf(x)


def dense(rows, params, name):
    """linear, of rows (rows, in)"""
    weight, bias = of(params, name)
    if weight.size >= engine.WORTH_SHARING:
        return matmul(rows, weight.T, bias)
    out = product(rows, weight.T)  # (rows, in) @ (in, out)
    out += bias
    return out


def norm(rows, params, name):
    """The layer norm called `name`, written over rows (rows, E)"""
    weight, bias = of(params, name)
    rows -= np.add.reduce(rows, axis=1, keepdims=True) * (1 / len(weight))
    variance = np.add.reduce(rows * rows, axis=1, keepdims=True) * (1 / len(weight))
    rows *= 1 / np.sqrt(variance + 1e-5)
    rows *= weight
    rows += bias
    return rows


class Attention(NamedTuple):
    """What the probabilities that a user asks for are made from"""

    q: object  # (B', H, B/B' * T, D)
    k: object
    bias: object
    head_mask: object


def attention(rows, k, v, bias, head_mask, params, name):
    """decoder_attention, some heads at a time, from their queries to their share of the output, so
    that the cores are waited for once. rows (B*T, E) -> (B*T, E), Attention"""
    (w_q, b_q), (w_out, b_out) = of(params, name + ".q_proj"), of(params, name + ".out_proj")
    documents, H, S, D = k.shape
    queries = np.empty((documents, len(rows) // documents, H * D), rows.dtype)
    pieces = shares(H, 2 * (w_q.size + k.size))
    parts = [None] * len(pieces)

    def task(i):
        h = pieces[i]
        columns = slice(h.start * D, h.stop * D)
        q = product(rows, w_q[columns].T)  # (rows, E) @ (E, h*D)
        q += b_q[columns]
        queries[..., columns] = q.reshape(*queries.shape[:2], -1)
        q = split_heads(queries[..., columns], h.stop - h.start)  # (B', h, M, D)
        exps = product(q * (1 / math.sqrt(D)), k[:, h].swapaxes(-1, -2))  # (B', h, M, S)
        if bias is not None:
            exps += bias
        exps -= np.maximum.reduce(exps, axis=-1, keepdims=True)
        np.exp(exps, out=exps)
        context = product(exps, v[:, h])  # (B', h, M, D)
        context /= np.add.reduce(exps, axis=-1, keepdims=True)
        if head_mask is not None:
            context *= head_mask[h, None, None]
        parts[i] = product(merge_heads(context).reshape(len(rows), -1), w_out[:, columns].T)

    parallel(task, range(len(pieces)))
    return sum(parts, b_out), Attention(split_heads(queries, H), k, bias, head_mask)


class DecoderLayer(NamedTuple):
    self_attention: Attention
    cross_attention: Attention


def decoder_layer(x, memory, params, name, config, biases, past=None, head_masks=(None, None),
                  seed=None):  # fmt: skip
    """A step of decoding: of a few rows, after others"""
    if past is None or x.size > FEW_NUMBERS or engine.training():
        return NotImplemented
    H, rows = config.decoder_attention_heads, x.reshape(-1, x.shape[-1])
    self_name, cross_name = name + ".self_attn", name + ".encoder_attn"
    k, v = (split_heads(dense(rows, params, self_name + kind).reshape(x.shape), H)
            for kind in (".k_proj", ".v_proj"))  # fmt: skip
    past_k, past_v, cross_k, cross_v = past
    k = np.concatenate([past_k, k], axis=2)  # (B, H, past + T, D)
    v = np.concatenate([past_v, v], axis=2)
    out, self_attention = attention(rows, k, v, biases[0], head_masks[0], params, self_name)
    aware = norm(np.add(out, rows, out=out), params, self_name + "_layer_norm")
    out, cross_attention = attention(
        aware, cross_k, cross_v, biases[1], head_masks[1], params, cross_name)
    informed = norm(np.add(out, aware, out=out), params, cross_name + "_layer_norm")
    name_of_activation = config.activation_function
    function = gelu if name_of_activation == "gelu" else OTHER_ACTIVATIONS[name_of_activation][0]
    out = dense(function(dense(informed, params, name + ".fc1")), params, name + ".fc2")
    out = norm(np.add(out, informed, out=out), params, name + ".final_layer_norm")
    return out.reshape(x.shape), (k, v, cross_k, cross_v), DecoderLayer(
        self_attention, cross_attention)


def keys_and_values(x, params, name, heads):
    """In inference each head is one piece of memory, which all steps of decoding will read; keys
    of few features by these."""
    if engine.training():
        return NotImplemented
    k, v = (linear(x, *of(params, name + kind))[0] for kind in (".k_proj", ".v_proj"))
    by_features = x.shape[-1] < 64 * heads
    return heads_apart(k, heads, by_features), heads_apart(v, heads), None


def heads_apart(x, heads, by_features=False):
    """x (B, S, E) -> (B, H, S, D), a copy"""
    x = split_heads(x, heads)
    apart = new_array(x.swapaxes(-1, -2).shape if by_features else x.shape, x.dtype)
    apart = apart.swapaxes(-1, -2) if by_features else apart

    def task(h):
        apart[:, h] = x[:, h]

    parallel(task, slices(heads, -(-heads // 4)))
    return apart
