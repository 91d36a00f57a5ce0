"""The fast twins: functions of led.py, by the same names, for NumPy arrays on all cores.

Each pair here takes the same arguments as the pair in led.py and returns the same numbers and the
same gradients; what it keeps in its cache is its own. Where a call only infers
(engine.training() is false), it keeps nothing.

What each pair is worth: seconds with led.py's own in its place. led-base, float32, on an EPYC's two
cores; encoders of 200 and 4,096 tokens, a step of greedy search and one of 4 beams after 4,096,
forward and backward of 1,024 with dropout, an optimizer's step; and, with d_model 64 and 2 + 2
layers, a training step of 16 texts of 256 tokens, and 23 steps of greedy search of one of 64.

    without              200   4,096   greedy   beams   1,024   AdamW   small   greedy
    none                0.149    2.79   0.0235   0.030    3.18    0.19   0.084   0.0134
    linear              0.163    3.04   0.0295   0.067    4.06    0.19   0.092   0.0130
    add_and_norm        0.150    2.80   0.0233   0.030    3.34    0.19   0.089   0.0137
    feed_forward        0.151    3.01   0.0236   0.030    3.35    0.20   0.091   0.0140
    encoder_attention   0.207    6.19   0.0239   0.030    4.03    0.19   0.141   0.0150
    attend              0.167    2.73   0.0239   0.030    3.19    0.21   0.082   0.0135
    keys_and_values     0.156    2.73   0.0289   0.036    3.04    0.19   0.083   0.0131
    decoder_layer       0.150    2.75   0.0291   0.033    3.08    0.19   0.081   0.0219
    adamw_update        0.148    2.77        -       -    3.07    0.66   0.079        -

One or two runs each: 5% is chance, of the encoder of 200 more. attend's worth is in training with
long documents: forward and backward of 4,096 tokens and 256 labels took 11.1 s, without it 12.1 s
and 6% more memory.

What parts of them are worth: by how many percent a call takes longer without. The small model, 16
texts of 256 tokens (*: one of 64), on one core, but training_step on two.

                                                          encoder  training  greedy  4 beams
    are_small: scores that need no shift                     6         3
    attend_from_few: no keys for few global tokens          18        14
    shared_pieces: documents that share a task               9         7
    normalize: means by a product                            5         2
    activation_and_derivative: gelu's are made at once                 6
    FEW_HIDDEN: and in the forward, where they stay (on a Xeon)        9
    feed_forward_at_once: both layers of some rows (Xeon)   11
    training_step: groups of documents (Xeon)                         10
    adamw_update: small arrays as one                                 11*
    keys_and_values: each head one piece of memory                              5        6
    norm beside add_and_norm, in decoding                                      11*

training_step is worth more in larger models, 12% with d_model 128 (66% where the documents' lengths
differ), and takes 10 to 30% less memory. And two things in steps of decoding of led-base after
4,096 tokens, on a Xeon: shares of two pieces instead of four, greedy 10% and 4 beams 9%; keys and
values that stand as D rows of S numbers, 6% and 4%.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from led_support import engine
from led_support.activations import OTHER_ACTIVATIONS
from led_support.arrays import add_grads, keep_factors, normal_cdf, subseed
from led_support.engine import matmul, new_array, parallel, product, shares, slices


# ======================================================================================
# Layers
# ======================================================================================


def linear(x, weight, bias):
    out = matmul(x.reshape(-1, x.shape[-1]), weight.T, bias)  # (rows, in) @ (in, out)
    return out.reshape(*x.shape[:-1], -1), (x, weight)


def linear_backward(dout, cache):
    x, weight = cache
    dout, rows = dout.reshape(-1, dout.shape[-1]), x.reshape(-1, x.shape[-1])
    dx = matmul(dout, weight)  # (rows, out) @ (out, in)
    return dx.reshape(x.shape), *weight_grads(dout, rows)


def weight_grads(dout, rows):
    """dout (rows, out), rows (rows, in) -> dweight (out, in), dbias (out,)"""
    parts, ones = slices(len(rows), 1024), np.ones(len(rows), rows.dtype)
    # A product with ones adds up rows faster than sum(); in parts, as a long sum loses digits.
    dbias = sum(ones[r] @ dout[r] for r in parts)
    return matmul(dout.T, rows), dbias  # (out, rows) @ (rows, in)


def of(params, name):
    """The weight and bias of the layer called `name`"""
    return params[name + ".weight"], params[name + ".bias"]


def grads_of(name, dweight, dbias):
    return {name + ".weight": dweight, name + ".bias": dbias}


def project(x, params, name):
    """The linear layer called `name`. x (..., in) -> (..., out), cache"""
    out, cache = linear(x, *of(params, name))
    return out, (cache, name)


def project_backward(dout, cache):
    """-> dx, grads"""
    cache, name = cache
    dx, *grads = linear_backward(dout, cache)
    return dx, grads_of(name, *grads)


def row_keep(x, rate, seed, r):
    """Dropout's factors for x, the rows r of an array of rows; None if nothing is dropped"""
    if seed is None or rate == 0:
        return None
    return keep_factors(x, rate, seed, np.arange(r.start, r.stop)[:, None], np.arange(x.shape[1]))


def dropped(x, keep):
    return x if keep is None else x * keep


def normalize(rows):
    """Each row with mean 0 and variance 1, in place -> 1 / std (rows, 1)"""
    mean = np.full((rows.shape[1], 1), 1 / rows.shape[1], rows.dtype)  # faster than mean(), too
    rows -= rows @ mean
    inverse_std = 1 / np.sqrt((rows * rows) @ mean + 1e-5)
    rows *= inverse_std
    return inverse_std


def add_and_norm(residual, branch, params, name, rate, seed):
    """The sum, its dropout and its norm in one pass over rows that stay in the cache"""
    weight, bias = of(params, name)
    residuals, branches = (x.reshape(-1, len(weight)) for x in (residual, branch))
    out = new_array(residuals.shape, residual.dtype)
    normed = new_array(out.shape, out.dtype) if engine.training() else out
    inverse_std = np.empty((len(out), 1), out.dtype)

    def task(r):
        rows = normed[r]
        np.add(residuals[r], dropped(branches[r], row_keep(rows, rate, seed, r)), out=rows)
        inverse_std[r] = normalize(rows)
        np.multiply(rows, weight, out=out[r])
        out[r] += bias

    parallel(task, engine.row_blocks(*out.shape))
    cache = (normed, inverse_std, weight, rate, seed, name) if engine.training() else None
    return out.reshape(residual.shape), cache


def add_and_norm_backward(dout, cache):
    normed, inverse_std, weight, rate, seed, name = cache
    E, drops = len(weight), seed is not None and rate > 0
    douts, blocks = dout.reshape(normed.shape), engine.row_blocks(*normed.shape)
    dsum = new_array(normed.shape, dout.dtype)
    dbranch = new_array(normed.shape, dout.dtype) if drops else dsum
    sums, ones = np.empty((len(blocks), 2, E), dout.dtype), np.ones(len(normed), dout.dtype)
    mean = np.full((E, 1), 1 / E, dout.dtype)

    def task(i):
        r = blocks[i]
        product, rows = douts[r] * normed[r], dsum[r]
        sums[i] = ones[r] @ product, ones[r] @ douts[r]
        np.multiply(douts[r], weight, out=rows)
        along = product @ (weight[:, None] * mean)  # (rows, 1)
        rows -= rows @ mean
        rows -= np.multiply(normed[r], along, out=product)
        rows *= inverse_std[r]
        if drops:
            np.multiply(rows, row_keep(rows, rate, seed, r), out=dbranch[r])

    parallel(task, range(len(blocks)))
    grads = grads_of(name, *sums.sum(axis=0))
    return dsum.reshape(dout.shape), dbranch.reshape(dout.shape), grads


def activate(x, activation):
    return x * normal_cdf(x) if activation == "gelu" else OTHER_ACTIVATIONS[activation][0](x)


def activation_and_derivative(x, activation):
    """Those of gelu share their expensive part. In place: new arrays would leave the cache."""
    if activation != "gelu":
        function, derivative = OTHER_ACTIVATIONS[activation]
        return function(x), derivative(x)
    active, slope = normal_cdf(x), np.exp(-0.5 * x * x)
    slope *= x
    slope *= 1 / math.sqrt(2 * math.pi)
    slope += active
    active *= x
    return active, slope


# Up to so many numbers before the activation, what it gives is kept for the backward; a weight of
# so many fits the cache beside the rows that it multiplies.
FEW_HIDDEN, SMALL_WEIGHT = 2**21, 2**18


def feed_forward_at_once(x, params, name, activation):
    """In inference: both layers and what is between them, of rows that stay in the cache"""
    (w_in, b_in), (w_out, b_out) = of(params, name + ".fc1"), of(params, name + ".fc2")
    rows = x.reshape(-1, x.shape[-1])
    out = new_array(rows.shape, rows.dtype)

    def task(r):
        hidden = product(rows[r], w_in.T)  # (rows, E) @ (E, F)
        hidden += b_in
        product(activate(hidden, activation), w_out.T, out=out[r])  # (rows, F) @ (F, E)
        out[r] += b_out

    parallel(task, engine.row_blocks(len(rows), len(w_in)))
    return out.reshape(x.shape), None


def feed_forward(x, params, name, activation, rate, seed):
    """Of the widest arrays, large ones are not kept, but made again from the one before the
    activation. In the place of a small one comes the derivative, made at once."""
    drops, size = seed is not None and rate > 0, params[name + ".fc1.weight"].size
    if not (engine.training() or drops or size > SMALL_WEIGHT):
        return feed_forward_at_once(x, params, name, activation)
    hidden, fc1_cache = project(x, params, name + ".fc1")  # (B, S, E) -> (B, S, F)
    rows = hidden.reshape(-1, hidden.shape[-1])
    kept = new_array(rows.shape, rows.dtype) if engine.training() else rows
    with_slope = engine.training() and rows.size <= FEW_HIDDEN

    def task(r):
        keep = row_keep(rows[r], rate, seed, r)
        if with_slope:
            active, slope = activation_and_derivative(rows[r], activation)
            kept[r], rows[r] = dropped(active, keep), dropped(slope, keep)
        else:
            kept[r] = dropped(activate(rows[r], activation), keep)

    parallel(task, engine.row_blocks(*rows.shape))
    out, ((_, fc2), _) = project(kept.reshape(hidden.shape), params, name + ".fc2")
    kept = kept if with_slope else None
    return out, (fc1_cache, rows, kept, fc2, activation, rate, seed, name)


def feed_forward_backward(dout, cache):
    fc1_cache, hidden, kept, fc2, activation, rate, seed, name = cache
    dout = dout.reshape(-1, dout.shape[-1])
    dhidden, with_slope = matmul(dout, fc2), kept is not None  # (rows, F)
    kept = kept if with_slope else new_array(hidden.shape, hidden.dtype)

    def task(r):
        slope = hidden[r]
        if not with_slope:
            active, slope = activation_and_derivative(hidden[r], activation)
            keep = row_keep(active, rate, seed, r)
            kept[r], slope = dropped(active, keep), dropped(slope, keep)
        dhidden[r] *= slope

    parallel(task, engine.row_blocks(*hidden.shape))
    fc2_grads = grads_of(name + ".fc2", *weight_grads(dout, kept))
    del kept
    dx, fc1_grads = project_backward(dhidden, fc1_cache)
    return dx, fc1_grads | fc2_grads


# A batch is trained with in groups of up to so many tokens, where a model has up to so many weights
# and the batch at least so many tokens. (With 2,048 tokens groups take 1 to 40% longer.)
GROUP_TOKENS, FEW_WEIGHTS, WORTH_GROUPS = 2**10, 2**24, 2**12


def training_step(step, labels, attention_mask, weights):
    """Loss and gradients of a batch, from those of groups of its documents, side by side: each on
    one core, in whose cache it stays, without a wait for the others between layers, and without the
    padding that longer documents ask for.

    step(documents, tokens) -> loss and grads of these, of so many tokens each; labels (B, T), -100
    where ignored; attention_mask (B, S); weights of the model. The mean over all labels is that of
    the groups' means, weighted by their numbers of labels. Groups do not depend on how many cores
    there are.
    """
    B, S = attention_mask.shape
    lengths = S - (attention_mask[:, ::-1] != 0).argmax(axis=1)  # S where a document has no token
    order, size = np.argsort(-lengths, kind="stable"), min(B // 4, GROUP_TOKENS // S)
    groups = [order[part] for part in slices(B, max(1, size))]
    counts = [int((labels[documents] != -100).sum()) for documents in groups]
    if size == 0 or B * S < WORTH_GROUPS or weights > FEW_WEIGHTS or 0 in counts:
        return step(slice(None), S)
    losses, sums = [0.0] * 4, [{} for _ in range(4)]  # of every fourth group

    def task(i):
        for documents, count in zip(groups[i::4], counts[i::4]):
            loss, grads = step(documents, int(lengths[documents].max()))
            share = count / sum(counts)
            losses[i] += float(loss) * share
            for grad in grads.values():
                grad *= share
            add_grads(sums[i], grads)

    parallel(task, range(4))
    for others in sums[1:]:
        add_grads(sums[0], others)
    return sum(losses), sums[0]


def adamw_update(params, grads, means, squares, lr, betas, eps, decay, step):
    """Small arrays of a kind as one, since a call takes longer than they do; the others in blocks
    of rows on all cores. No large array beside"""
    groups = {}
    for name, param in params.items():
        kind = (param.ndim > 1, param.dtype) if param.size < 2**15 else name
        groups.setdefault(kind, []).append(name)
    for names in groups.values():
        arrays = [[of_all[name] for name in names] for of_all in (params, means, squares, grads)]
        if len(names) == 1:
            rows = [x.reshape(len(x), -1) for x, in arrays]  # views
        else:
            rows = [np.concatenate([x.reshape(-1) for x in some])[:, None] for some in arrays]
        adamw_rows(*rows, arrays[0][0].ndim > 1, lr, betas, eps, decay, step)
        if len(names) > 1:
            ends = np.cumsum([x.size for x in arrays[0]])[:-1]
            for some, changed in zip(arrays[:3], rows):
                for x, part in zip(some, np.split(changed, ends)):
                    x[...] = part.reshape(x.shape)


def adamw_rows(params, means, squares, grads, decays, lr, betas, eps, decay, step):
    """One step of the rows of arrays, in place"""
    beta1, beta2 = betas
    # lr / correction1 * mean / (sqrt(square / correction2) + eps), with fewer steps for each number
    correction = math.sqrt(1 - beta2**step)
    eps, size = eps * correction, lr / (1 - beta1**step) * correction

    def task(r):
        param, mean, square, grad = params[r], means[r], squares[r], grads[r]
        mean *= beta1
        mean += (1 - beta1) * grad
        square *= beta2
        square += (1 - beta2) * grad * grad
        if decays:
            param *= 1 - lr * decay
        param -= size * mean / (np.sqrt(square) + eps)

    parallel(task, engine.row_blocks(*params.shape))


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

# So many scores of several documents or heads share a task.
CACHED_SCORES = 2**18


def split_heads(x, heads):
    """(..., S, E) -> (..., H, S, D), a view"""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def merge_heads(x):
    """(..., H, S, D) -> (..., S, E)"""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def scaled(x):
    """x (..., D) / sqrt(D)"""
    return x * (1 / math.sqrt(x.shape[-1]))


def windows(x, C, W):
    """(..., N*C + 2W, D) -> (..., N, C + 2W, D), for reading alone"""
    (*leading, rows, D), (*steps, row, column) = x.shape, x.strides
    shape = (*leading, (rows - 2 * W) // C, C + 2 * W, D)
    return as_strided(x, shape, (*steps, C * row, row, column))


def diagonals(scores, W):
    """(..., C, C + 2W) -> (..., C, 2W + 1)"""
    *steps, row, column = scores.strides
    return as_strided(scores, (*scores.shape[:-1], 2 * W + 1), (*steps, row + column, column))


class Band(NamedTuple):
    """What the band reads, and what it keeps for the backward"""

    q: object  # (B, H, S, D) not scaled, as k and v
    k: object
    v: object
    removed: object  # (B, S) the masked and the global tokens, of which the band shows no keys
    index: object  # (B, G) positions of the global tokens, and
    there: object  # (B, G) which of them there are: see global_index
    window: int
    rate: float
    seed: int
    shift: object  # (B, H, N, C, 1) what was subtracted from the scores: 0 where they are small
    total: object  # (B, H, N, C, 1) sum of exp(score - shift) over the keys of a row
    context: object  # (B, H, N, C, D)


def shared_pieces(q, keys):
    """[(documents, heads)], slices of those of q (B, H, T, D), each query of which meets so many
    keys: documents with all their heads, or heads of one, as many as fit the cache, but enough for
    all cores; all at once for a single query, or where there is little to do."""
    B, H, T, D = q.shape
    scores = T * keys  # of each head
    if T == 1 or B * H * scores * D < 2**20:
        return [(slice(0, B), slice(0, H))]
    documents = max(1, min(CACHED_SCORES // (H * scores), -(-B // 2)))
    heads = max(1, min(CACHED_SCORES // scores, H if B > 1 else -(-H // 4)))
    return [(b, h) for b in slices(B, documents) for h in slices(H, heads)]


def global_index(is_global, least=1):
    """is_global (B, S) booleans -> positions (B, G), G the most that a document has, or `least` if
    any has one; and (B, G), which of them are global tokens: in documents that have fewer, others
    stand in their place."""
    most = int(is_global.sum(axis=1).max())
    G = max(most, least) if most else 0
    index = np.argsort(~is_global, axis=1, kind="stable")[:, :G]
    return index, is_global[np.arange(len(index))[:, None], index]


def band_blocks(band, b, h):
    """What the heads h of the documents b read, cut into blocks of C query rows.

    -> q (b, h, N, C, D+1), k (b, h, N, C + 2W, D+1), v (b, h, N, C + 2W, D),
    k_global (b, h, 1, G, D+1), v_global (b, h, 1, G, D); and where the rows of the documents'
    global tokens stand in arrays (b, h, N*C + 2W, .)
    """
    q, k, v = (x[b, h] for x in (band.q, band.k, band.v))
    (*leading, S, D), (N, C), W = q.shape, band.total.shape[2:4], band.window
    inside = slice(W, W + S)
    q_rows = np.ones((*leading, N * C, D + 1), q.dtype)
    k_rows = np.zeros((*leading, N * C + 2 * W, D + 1), q.dtype)
    v_rows = np.zeros((*leading, N * C + 2 * W, D), q.dtype)
    q_rows[:, :, :S, :D], k_rows[:, :, inside, :D], v_rows[:, :, inside] = scaled(q), k, v
    index = band.index[b] + W
    at = np.arange(len(index))[:, None], slice(None), index
    k_global, v_global = (x[at].swapaxes(1, 2)[:, :, None] for x in (k_rows, v_rows))
    k_global[..., D] = np.where(band.there[b], 0, REMOVED)[:, None, None]
    k_rows[..., D] = REMOVED
    k_rows[:, :, inside, D] = np.where(band.removed[b], REMOVED, 0)[:, None]
    return (q_rows.reshape(*leading, N, C, D + 1), windows(k_rows, C, W), windows(v_rows, C, W),
            k_global, v_global, at)  # fmt: skip


def are_small(q, k):
    """Whether no score of these queries and keys (..., D) can be beyond SAFE_SCORE"""
    largest = (float(np.einsum("...d,...d->...", x, x).max()) for x in (q, k))
    return math.prod(largest) <= SAFE_SCORE**2 * q.shape[-1]


def score_shift(scores, columns):
    """The largest score of each row, (..., C, 1), or 0 if no row has a large one.

    scores of the band (..., C, 2W + 1), columns (..., C, G). It cancels in the softmax.
    """
    top = scores.max(axis=-1, keepdims=True)
    if columns.shape[-1]:
        top = np.maximum(top, columns.max(axis=-1, keepdims=True))
    top[top < REMOVED / 2] = 0  # rows of which every key is removed
    return top if np.abs(top).max() > SAFE_SCORE else 0


def band_tiles(shift, W, q, k, column_scores=None):
    """exp(q k^T - shift), for as many blocks at a time as the cache memory holds.

    Given the scores of the global columns, it chooses the shift first. Yields the slice of blocks;
    exps (b, h, n, C, C + 2W), zero outside the band; free memory of its shape.
    """
    b, h, N, C, _ = q.shape
    size = max(1, min(N, TILE // (b * h * C * (C + 2 * W))))
    all_scores = np.empty((b, h, size, C, C + 2 * W), q.dtype)
    all_exps = np.zeros((b, h, size, C, C + 2 * W), q.dtype)  # written in the band alone
    for tile in slices(N, size):
        blocks = tile.stop - tile.start
        scores, exps = all_scores[:, :, :blocks], all_exps[:, :, :blocks]
        np.matmul(q[:, :, tile], k[:, :, tile].swapaxes(-1, -2), out=scores)
        in_band = diagonals(scores, W)  # (b, h, n, C, 2W + 1)
        if column_scores is not None:
            shift[:, :, tile] = score_shift(in_band, column_scores[:, :, tile])
        if shift[:, :, tile].any():
            in_band -= shift[:, :, tile]
        np.exp(in_band, out=diagonals(exps, W))
        yield tile, exps, scores


def band_keep(band, exps, b, h, tile=None):
    """Dropout's factors for exps (b, h, n, C, keys) of the band, or of the columns; or None"""
    if band.seed is None or band.rate == 0:
        return None
    (B, H, N, C, _), S = band.total.shape, band.q.shape[2]
    head = np.arange(B * H).reshape(B, H)[b, h][..., None, None, None]
    block = np.arange(N)[tile or slice(None)][:, None, None]
    row = head * S + block * C + np.arange(C)[:, None]
    column = block * C - band.window + np.arange(exps.shape[-1])
    if tile is None:
        column = band.index[b][:, None, None, None]
    return keep_factors(exps, band.rate, band.seed, row, column)


def band_attention(q, k, v, window, removed, columns, rate, seed):
    """The ordinary tokens. q, k, v (B, H, S, D); columns: of global_index
    -> context (B, S, E), Band"""
    B, H, S, D = q.shape
    W = min(window, S - 1)
    C = min(S, max(32, min(128, W)))
    N = -(-S // C)
    shift, total = np.zeros((B, H, N, C, 1), q.dtype), np.empty((B, H, N, C, 1), q.dtype)
    context = new_array((B, N * C, H * D), q.dtype)
    context_heads = split_heads(context, H).reshape(B, H, N, C, D)  # a view
    band = Band(q, k, v, removed, *columns, W, rate, seed, shift, total, context_heads)
    # A product with it adds up rows, faster than sum().
    ones = np.ones((max(C + 2 * W, band.index.shape[1]), 1), q.dtype)

    def task(piece):
        shift, total = band.shift[piece], band.total[piece]
        q, k, v, k_global, v_global, _ = band_blocks(band, *piece)
        column_scores = q @ k_global.swapaxes(-1, -2)  # (b, h, N, C, G)
        small, above = are_small(band.q[piece], band.k[piece]), np.empty_like(q[..., :D])
        for tile, exps, _ in band_tiles(shift, W, q, k, None if small else column_scores):
            total[:, :, tile] = exps @ ones[: C + 2 * W]  # (b, h, n, C, 1)
            kept = dropped(exps, band_keep(band, exps, *piece, tile))
            above[:, :, tile] = kept @ v[:, :, tile]  # (., C, C + 2W) @ (., C + 2W, D)
        exps = np.exp(column_scores - shift)  # (b, h, N, C, G)
        total += exps @ ones[: exps.shape[-1]]
        total += total == 0  # rows of which every key is removed
        above += dropped(exps, band_keep(band, exps, *piece)) @ v_global
        np.divide(above, total, out=band.context[piece])

    parallel(task, shared_pieces(q, C + 2 * W))
    context = context[:, :S]
    context[removed] = 0  # masked tokens look at nothing, global tokens at more than this
    return context, band


def exps_backward(dkept, dtotal, exps, keep):
    """Back through total = sum(exps), kept = exps * keep and exps = exp(scores - shift).
    -> dscores, in dkept's memory if nothing is dropped, and kept"""
    dscores = dropped(dkept, keep)
    dscores += dtotal
    dscores *= exps
    return dscores, dropped(exps, keep)


def windows_backward(dwindows, C, dx):
    """Adds dwindows (b, h, n, C + 2W, D) to dx (b, h, n*C + 2W, D)"""
    for n in range(dwindows.shape[2]):
        dx[:, :, n * C : n * C + dwindows.shape[3]] += dwindows[:, :, n]


def band_attention_backward(dcontext, band):
    """dcontext (B, S, E) -> dq, dk, dv (B, S, E)"""
    (B, S, E), (_, H, N, C, _), W = dcontext.shape, band.total.shape, band.window
    D, inside = E // H, slice(W, W + S)
    dq, dk, dv = (new_array((B, S, E), dcontext.dtype) for _ in range(3))
    dq_heads, dk_heads, dv_heads = (split_heads(x, H) for x in (dq, dk, dv))  # (B, H, S, D), views
    minus_ones = np.full((D, 1), -1, dcontext.dtype)

    def task(piece):
        b, h = piece
        q_masking, k_masking, v, k_global, v_global, at = band_blocks(band, b, h)
        q, k, leading = q_masking[..., :D], k_masking[..., :D], q_masking.shape[:2]
        drows = np.zeros((*leading, N * C, D), q.dtype)
        drows[:, :, :S] = split_heads(dcontext, H)[piece]
        drows.swapaxes(1, 2)[:, :S][band.removed[b]] = 0
        dabove = drows.reshape(*leading, N, C, D)
        dabove /= band.total[piece]
        dtotal = (dabove * band.context[piece]) @ minus_ones  # (b, h, N, C, 1)
        column_scores = q_masking @ k_global.swapaxes(-1, -2)  # (b, h, N, C, G)
        exps = np.exp(column_scores - band.shift[piece])
        dkept = dabove @ v_global.swapaxes(-1, -2)
        dscores, kept = exps_backward(dkept, dtotal, exps, band_keep(band, exps, b, h))
        dk_global = (dscores.swapaxes(-1, -2) @ q).sum(axis=2)  # (b, h, G, D)
        dv_global = (kept.swapaxes(-1, -2) @ dabove).sum(axis=2)
        dq_blocks = dscores @ k_global[..., :D]
        dk_rows, dv_rows = (np.zeros((*leading, N * C + 2 * W, D), q.dtype) for _ in range(2))
        for tile, exps, dkept in band_tiles(band.shift[piece], W, q_masking, k_masking):
            seen = slice(tile.start * C, tile.stop * C + 2 * W)
            np.matmul(dabove[:, :, tile], v[:, :, tile].swapaxes(-1, -2), out=dkept)
            keep = band_keep(band, exps, b, h, tile)
            dscores, kept = exps_backward(dkept, dtotal[:, :, tile], exps, keep)
            windows_backward(kept.swapaxes(-1, -2) @ dabove[:, :, tile], C, dv_rows[:, :, seen])
            windows_backward(dscores.swapaxes(-1, -2) @ q[:, :, tile], C, dk_rows[:, :, seen])
            dq_blocks[:, :, tile] += dscores @ k[:, :, tile]
        dk_rows[at] += dk_global.swapaxes(1, 2)
        dv_rows[at] += dv_global.swapaxes(1, 2)
        dq_heads[piece] = scaled(dq_blocks.reshape(*leading, N * C, D)[:, :, :S])
        dk_heads[piece], dv_heads[piece] = dk_rows[:, :, inside], dv_rows[:, :, inside]

    parallel(task, shared_pieces(band.q, C + 2 * W))
    return dq, dk, dv


# ======================================================================================
# Global tokens
# ======================================================================================


def softmax(scores):
    probs = scores - scores.max(axis=-1, keepdims=True)
    np.exp(probs, out=probs)
    probs /= probs @ np.ones((probs.shape[-1], 1), probs.dtype)  # faster than sum()
    return probs


def softmax_backward(dprobs, probs):
    """Written over dprobs: these are the largest arrays of a step."""
    dprobs -= np.einsum("...s,...s->...", dprobs, probs)[..., None]
    dprobs *= probs
    return dprobs


def matmul_each(a, b):
    """(B, M, K) @ (B, K, N), documents side by side or each on all cores"""
    if len(a) == 1:
        return matmul(a[0], b[0])[None]
    (B, M, K), N = a.shape, b.shape[2]
    out = new_array((B, M, N), a.dtype)

    def task(d):
        product(a[d], b[d], out=out[d])

    parallel(task, slices(B, B if B * M * K * N < engine.WORTH_SPLITTING else -(-B // 4)))
    return out


def attend_from_few(q, x, bias, params, name):
    """Attention of a few queries q (B, H, G, D) to keys and values that are never made from
    x (B, S, E).

    Keys and values of all S tokens would cost 2 S E^2 products, for the sake of G queries. It is
    cheaper to bring the few to the many, at about 2 H G S E products, since products associate:
        q_h (x W_h^T)^T = (q_h W_h) x^T    and    p_h (x W_h^T) = (p_h x) W_h^T
    The key's bias adds the same to all scores of a query, which cancels in the softmax; the value's
    comes once, since probabilities add up to 1. bias (B, S) is added to the scores
    -> context (B, H, G, D), cache
    """
    (B, H, G, D), E = q.shape, x.shape[2]
    w_k, (w_v, b_v) = params[name + ".key_global.weight"], of(params, name + ".value_global")
    w_k, w_v, b_v = w_k.reshape(H, D, E), w_v.reshape(H, D, E), b_v.reshape(H, 1, D)
    queries = (scaled(q) @ w_k).reshape(B, H * G, E)  # (B, H, G, D) @ (H, D, E)
    probs = softmax(matmul_each(queries, x.swapaxes(-1, -2)) + bias[:, None])  # (B, H*G, S)
    picked = matmul_each(probs, x).reshape(B, H, G, E)  # (B, H*G, S) @ (B, S, E)
    context = picked @ w_v.swapaxes(-1, -2) + b_v  # (B, H, G, E) @ (H, E, D) + (H, 1, D)
    return context, (probs, q, x, queries, picked, w_k, w_v, name)


def attend_from_few_backward(dcontext, cache):
    """dcontext (B, H, G, D) -> dq (B, H, G, D), dx (B, S, E), grads"""
    probs, q, x, queries, picked, w_k, w_v, name = cache
    B, H, G, E = picked.shape
    dpicked = (dcontext @ w_v).reshape(B, H * G, E)  # (B, H, G, D) @ (H, D, E)
    dscores = softmax_backward(matmul_each(dpicked, x.swapaxes(-1, -2)), probs)
    dx = matmul_each(probs.swapaxes(-1, -2), dpicked)  # (B, S, H*G) @ (B, H*G, E)
    dx += matmul_each(dscores.swapaxes(-1, -2), queries)
    dqueries = matmul_each(dscores, x).reshape(B, H, G, E)  # (B, H*G, S) @ (B, S, E)
    dq = scaled(dqueries @ w_k.swapaxes(-1, -2))  # (B, H, G, E) @ (H, E, D)

    def of_all(x):  # (B, H, G, .) -> (H, B*G, .)
        return x.swapaxes(0, 1).reshape(H, B * G, -1)

    dw_k = of_all(scaled(q)).swapaxes(-1, -2) @ of_all(dqueries)  # (H, D, B*G) @ (H, B*G, E)
    dw_v = of_all(dcontext).swapaxes(-1, -2) @ of_all(picked)
    grads = grads_of(name + ".key_global", dw_k.reshape(E, E), np.zeros(E, q.dtype))
    return dq, dx, grads | grads_of(
        name + ".value_global", dw_v.reshape(E, E), of_all(dcontext).sum(axis=1).reshape(E))


def attend_from_many(q, x, bias, params, name, rate, seed):
    """The same by way of all keys and values, which pays for many queries; with dropout."""
    k, k_cache = project(x, params, name + ".key_global")
    v, v_cache = project(x, params, name + ".value_global")
    k, v = split_heads(k, q.shape[1]), split_heads(v, q.shape[1])
    context, cache = attend(q, k, v, bias[:, None, None], rate, seed)
    return context, (cache, k_cache, v_cache)


def attend_from_many_backward(dcontext, cache):
    """dcontext (B, H, G, D) -> dq (B, H, G, D), dx (B, S, E), grads"""
    attend_cache, k_cache, v_cache = cache
    dq, dk, dv = attend_backward(dcontext, attend_cache)
    dx_keys, k_grads = project_backward(merge_heads(dk), k_cache)
    dx_values, v_grads = project_backward(merge_heads(dv), v_cache)
    return dq, dx_keys + dx_values, k_grads | v_grads


class GlobalRows(NamedTuple):
    """What the global rows of some documents keep"""

    few: bool  # by attend_from_few, whose cache is `attention`
    index: object
    there: object
    query: object  # the cache of the projection
    attention: object


def global_attention(x, columns, masked, params, name, heads, few, rate, seed):
    """x (B, S, E), columns: of global_index -> context (rows, E) of all that are there,
    GlobalRows"""
    index, there = columns
    bias = np.where(masked, REMOVED, 0).astype(x.dtype)
    rows = x[np.arange(len(x))[:, None], index]  # (B, G, E)
    q, q_cache = project(rows, params, name + ".query_global")
    q = split_heads(q, heads)  # (B, H, G, D)
    if few:
        context, attention_cache = attend_from_few(q, x, bias, params, name)
    else:
        context, attention_cache = attend_from_many(q, x, bias, params, name, rate, seed)
    cache = GlobalRows(few, index, there, q_cache, attention_cache)
    return merge_heads(context)[there], cache


def global_attention_backward(dcontext, rows, heads):
    """dcontext (B, S, E) of all tokens -> dx (B, S, E), grads"""
    at = np.arange(len(dcontext))[:, None], rows.index
    dcontext = dcontext[at] * rows.there[..., None].astype(dcontext.dtype)  # (B, G, E)
    backward = attend_from_few_backward if rows.few else attend_from_many_backward
    dq, dx, grads = backward(split_heads(dcontext, heads), rows.attention)
    dx_queries, q_grads = project_backward(merge_heads(dq), rows.query)  # (B, G, E)
    dx[at] += dx_queries
    return dx, grads | q_grads


def global_groups(is_global, D, drops):
    """[(documents, their global tokens, few)] of those that are computed together. With fewer than
    D global tokens attend_from_few takes fewer products; it has no dropout."""
    counts = is_global.sum(axis=1)
    few = (counts < D) & (not drops)
    groups = [(slice(0, len(few)), is_global & few[:, None], True)] if counts[few].any() else []
    for b in np.flatnonzero(~few & (counts > 0)):
        groups.append((slice(b, b + 1), is_global[b : b + 1], False))
    return groups


def encoder_attention(x, params, name, heads, window, masked, is_global, rate=0.0, seed=None):
    """Band and global rows, with the projections that they read"""
    q, q_cache = project(x, params, name + ".query")
    k, k_cache = project(x, params, name + ".key")
    v, v_cache = project(x, params, name + ".value")
    q, k, v = split_heads(q, heads), split_heads(k, heads), split_heads(v, heads)  # (B, H, S, D)
    columns = global_index(is_global, 2)  # products over a single one are slow
    context, band = band_attention(q, k, v, window, masked | is_global, columns, rate,
                                   subseed(seed, "band"))  # fmt: skip
    caches = []
    for b, chosen, few in global_groups(is_global, q.shape[-1], seed is not None and rate > 0):
        context[b][chosen], rows = global_attention(
            x[b], global_index(chosen), masked[b], params, name, heads, few, rate,
            subseed(seed, b.start))  # fmt: skip
        caches.append((b, rows))
    if not engine.training():
        return context, None
    return context, ((q_cache, k_cache, v_cache), band, caches, heads)


def encoder_attention_backward(dcontext, cache):
    (q_cache, k_cache, v_cache), band, caches, heads = cache
    dq, dk, dv = band_attention_backward(dcontext, band)  # (B, S, E)
    dx, q_grads = project_backward(dq, q_cache)
    dx_keys, k_grads = project_backward(dk, k_cache)
    dx_values, v_grads = project_backward(dv, v_cache)
    dx += dx_keys + dx_values
    grads = q_grads | k_grads | v_grads
    for b, rows in caches:
        dx_global, global_grads = global_attention_backward(dcontext[b], rows, heads)
        dx[b] += dx_global
        add_grads(grads, global_grads)
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


def attend_probs(cache, piece):
    """softmax(q k^T / sqrt(D) + bias), (b, h, T, S), of some documents and heads"""
    scores = product(scaled(cache.q[piece]), cache.k[piece].swapaxes(-1, -2))
    if cache.bias is not None:
        bias = cache.bias[(None,) * (4 - cache.bias.ndim)]  # (B or 1, 1, T or 1, S)
        scores += bias[piece[0]] if len(bias) > 1 else bias
    return softmax(scores)


def attend_keep(cache, probs, piece):
    """Dropout's factors for these probabilities, or None"""
    if cache.seed is None or cache.rate == 0:
        return None
    B, H, T, _ = cache.q.shape
    row = np.arange(B * H * T).reshape(B, H, T, 1)[piece]
    return keep_factors(probs, cache.rate, cache.seed, row, np.arange(probs.shape[-1]))


def attend(q, k, v, bias=None, rate=0.0, seed=None):
    shape = q.shape
    q, k, v = (x[(None,) * (4 - x.ndim)] for x in (q, k, v))  # (B, H, ., D)
    cache = Attended(q, k, v, bias, rate, seed)
    context = np.empty_like(q)

    def task(piece):
        probs = attend_probs(cache, piece)  # (b, h, T, S)
        context[piece] = product(dropped(probs, attend_keep(cache, probs, piece)), v[piece])

    parallel(task, shared_pieces(q, k.shape[2]))
    return context.reshape(shape), cache


def attend_backward(dcontext, cache):
    q, k, v = cache.q, cache.k, cache.v
    leading, dcontext = dcontext.shape[:-2], dcontext.reshape(q.shape)
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)

    def task(piece):
        probs = attend_probs(cache, piece)  # (b, h, T, S)
        keep = attend_keep(cache, probs, piece)
        dv[piece] = dropped(probs, keep).swapaxes(-1, -2) @ dcontext[piece]
        dprobs = dropped(dcontext[piece] @ v[piece].swapaxes(-1, -2), keep)
        dscores = softmax_backward(dprobs, probs)
        dq[piece] = scaled(dscores @ k[piece])
        dk[piece] = dscores.swapaxes(-1, -2) @ scaled(q[piece])

    parallel(task, shared_pieces(q, k.shape[2]))
    return tuple(x.reshape(*leading, *x.shape[2:]) for x in (dq, dk, dv))


# ======================================================================================
# Decoding: a few rows, for which every weight is read once. Most of a small model's step is Python
# between the products, so here are no more calls than it takes
# ======================================================================================


# The most numbers that the tokens of a step may have: 16 rows of 1,024, or 256 of 64
FEW_NUMBERS = 2**14


def norm(rows, params, name):
    """The layer norm called `name`, written over rows (rows, E)"""
    weight, bias = of(params, name)
    normalize(rows)
    rows *= weight
    rows += bias
    return rows


class Attention(NamedTuple):
    """What the probabilities that a user asks for are made from"""

    q: object  # (B', H, B/B' * T, D)
    k: object
    bias: object
    head_mask: object


def attention(rows, k, v, bias, head_mask, params, name, own=()):
    """decoder_attention, some heads at a time, from their queries to their share of the output, so
    that the cores are waited for once. rows (B*T, E) -> (B*T, E), Attention, k, v

    own: the layers that make the rows' own keys and values, which come after k and v
    """
    (w_q, b_q), (w_out, b_out) = of(params, name + ".q_proj"), of(params, name + ".out_proj")
    documents, H, past, D = k.shape
    queries = np.empty((documents, len(rows) // documents, H * D), rows.dtype)
    before = k, v
    if own:
        k, v = np.empty((2, documents, H, past + queries.shape[1], D), rows.dtype)
    pieces = shares(H, (2 + len(own)) * w_q.size + 2 * k.size)
    parts = [None] * len(pieces)

    def task(i):
        h = pieces[i]
        columns = slice(h.start * D, h.stop * D)
        for whole, first, layer in zip((k, v), before, own):
            weight, b = of(params, name + layer)
            new = (product(rows, weight[columns].T) + b[columns]).reshape(*queries.shape[:2], -1)
            whole[:, h, :past] = first[:, h]
            whole[:, h, past:] = split_heads(new, h.stop - h.start)  # (B', h, T, D)
        q = product(rows, w_q[columns].T)  # (rows, E) @ (E, h*D)
        q += b_q[columns]
        queries[..., columns] = q.reshape(*queries.shape[:2], -1)
        q = split_heads(queries[..., columns], h.stop - h.start)  # (B', h, M, D)
        exps = product(scaled(q), k[:, h].swapaxes(-1, -2))  # (B', h, M, S)
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
    return sum(parts, b_out), Attention(split_heads(queries, H), k, bias, head_mask), k, v


class DecoderLayer(NamedTuple):
    self_attention: Attention
    cross_attention: Attention


def decoder_layer(x, memory, params, name, config, biases, past=None, head_masks=(None, None),
                  seed=None):  # fmt: skip
    """A step of decoding: of a few rows, after others"""
    if past is None or x.size > FEW_NUMBERS or engine.training():
        return NotImplemented
    self_name, cross_name = name + ".self_attn", name + ".encoder_attn"
    rows, (past_k, past_v, cross_k, cross_v) = x.reshape(-1, x.shape[-1]), past
    out, self_attention, k, v = attention(rows, past_k, past_v, biases[0], head_masks[0], params,
                                          self_name, (".k_proj", ".v_proj"))  # fmt: skip
    aware = norm(np.add(out, rows, out=out), params, self_name + "_layer_norm")
    out, cross_attention, *_ = attention(
        aware, cross_k, cross_v, biases[1], head_masks[1], params, cross_name)
    informed = norm(np.add(out, aware, out=out), params, cross_name + "_layer_norm")
    hidden, _ = project(informed, params, name + ".fc1")
    out, _ = project(activate(hidden, config.activation_function), params, name + ".fc2")
    out = norm(np.add(out, informed, out=out), params, name + ".final_layer_norm")
    return out.reshape(x.shape), (k, v, cross_k, cross_v), DecoderLayer(
        self_attention, cross_attention)


def keys_and_values(x, params, name, heads):
    """In inference each head is one piece of memory, which all steps of decoding will read: D rows
    of S numbers, which BLAS reads faster than S rows of D."""
    if engine.training():
        return NotImplemented
    B, S, E = x.shape

    def by_rows(kind):
        weight, bias = of(params, name + kind)
        rows = matmul_each(np.broadcast_to(weight, (B, E, E)), x.swapaxes(-1, -2))  # (B, E, S)
        rows += bias[:, None]
        return rows.reshape(B, heads, -1, S).swapaxes(-1, -2)  # (B, H, S, D)

    return by_rows(".k_proj"), by_rows(".v_proj"), None
