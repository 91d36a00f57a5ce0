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

Reading order: sizes, primitives, the encoder's attention, the decoder's attention, layers, encoder
and decoder, the models, training. What a reader may skip stands in led_support: settings, outputs,
arguments, checkpoints, generation, the command line, and the engine room (engine.py), which keeps
the processor's cores busy and of which this file needs to know no more than
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

import collections
import contextlib
import functools
import math
from typing import NamedTuple

# Before NumPy: with the first of these begins that Ctrl-C ends a command in one line.
from led_support.arrays import (
    array_module, check_arrays, check_shape, dropout_seed, keep_factors, log_softmax, normal_cdf,
    subseed, to_host)
from led_support.engine import (
    TILE, by_rows, engine, head_slices, matmul, new_array, new_zeros, parallel, product, row_blocks,
    slices, sum_rows)
from led_support.files import check_number, plain
from led_support.generation import GenerationMixin
from led_support.inputs import as_array, check_labels, chosen, one_given, token_masks, warn_once
from led_support.outputs import (
    GenerateOutput, LEDDecoderOutput, LEDEncoderBaseModelOutput, LEDSeq2SeqLMOutput,
    LEDSeq2SeqModelOutput, LEDSeq2SeqQuestionAnsweringModelOutput,
    LEDSeq2SeqSequenceClassifierOutput)
from led_support.pretrained import PreTrainedModel, from_bart
from led_support.settings import GenerationConfig, PretrainedConfig

import numpy as np

__all__ = [
    "LEDConfig", "LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
    "LEDForQuestionAnswering", "GenerationConfig", "AdamW", "clip_gradients", "linear_schedule",
    "LEDEncoderBaseModelOutput", "LEDSeq2SeqModelOutput", "LEDSeq2SeqLMOutput",
    "LEDSeq2SeqSequenceClassifierOutput", "LEDSeq2SeqQuestionAnsweringModelOutput",
    "GenerateOutput"]  # fmt: skip


class LEDConfig(PretrainedConfig):
    """The model's sizes and settings, by the reference's names, defaults and aliases.

    LEDConfig(d_model=768, attention_window=[512] * 6). Settings that are not known are kept and
    saved; those of generation that were never set read as their defaults. (The defaults are those
    of led-large, as in the reference.)
    """

    model_type = "led"
    SIZES = {
        "vocab_size": 50265,  # V
        "d_model": 1024,  # E
        "encoder_layers": 12,
        "decoder_layers": 12,
        "encoder_attention_heads": 16,  # H
        "decoder_attention_heads": 16,  # H
        "encoder_ffn_dim": 4096,  # F
        "decoder_ffn_dim": 4096,  # F
        "max_encoder_position_embeddings": 16384,  # the largest S
        "max_decoder_position_embeddings": 1024,  # the largest T
    }
    RATES = {
        "dropout": 0.1,  # of embeddings and of what attention and feed-forward add
        "attention_dropout": 0.0,  # of the probabilities
        "activation_dropout": 0.0,  # between the two linear layers of feed-forward
        "classifier_dropout": 0.0,
        "encoder_layerdrop": 0.0,  # of whole layers
        "decoder_layerdrop": 0.0,
    }
    DEFAULTS = PretrainedConfig.DEFAULTS | SIZES | RATES | {
        "attention_window": 512,  # 2W, both sides together: an int, or one for each encoder layer
        "activation_function": "gelu",  # one of ACTIVATIONS
        "init_std": 0.02,  # of fresh weights
        "use_cache": True,
        "is_encoder_decoder": True,
        "decoder_start_token_id": 2,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "gradient_checkpointing": False,  # see value_and_grad
    }
    ALIASES = {
        "num_attention_heads": "encoder_attention_heads",
        "num_hidden_layers": "encoder_layers",
        "hidden_size": "d_model",
        "attention_probs_dropout_prob": "attention_dropout",
        "initializer_range": "init_std",
    }

    def check(self):
        """Raises ValueError at the first setting that no model can have."""
        super().check(activations=list(ACTIVATIONS))


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


def encode_tokens(params, prefix, config, input_ids=None, attention_mask=None,
                  global_attention_mask=None, head_mask=None, inputs_embeds=None,
                  output_attentions=None, output_hidden_states=None, seed=None, training=False,
                  checkpointing=False, on_layer=None):  # fmt: skip
    """Embedding and encoder: arrays in, LEDEncoderBaseModelOutput and cache out."""
    run = Run(seed, training, checkpointing, use_cache=False,
              output_attentions=chosen(output_attentions, config.output_attentions),
              output_hidden_states=chosen(output_hidden_states, config.output_hidden_states),
              on_layer=on_layer)  # fmt: skip
    one_given("input_ids", input_ids, "inputs_embeds", inputs_embeds)
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

    one_given("decoder_input_ids", decoder_input_ids,
              "decoder_inputs_embeds", decoder_inputs_embeds)  # fmt: skip
    if decoder_inputs_embeds is None:
        decoder_inputs_embeds, lookup_cache = embedding(
            decoder_input_ids, params[prefix + "shared.weight"]
        )
    run = Run(seed, training, checkpointing, chosen(use_cache, config.use_cache),
              chosen(output_attentions, config.output_attentions),
              chosen(output_hidden_states, config.output_hidden_states))  # fmt: skip
    past_length = past_key_values[0][0].shape[2] if past_key_values else 0
    one_row = past_length and decoder_inputs_embeds.shape[:2] == (1, 1)
    with contextlib.nullcontext() if one_row else engine.all_cores():  # see product
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


class LEDModel(PreTrainedModel):
    """LED without a head: token ids in, hidden states out. (Same class in the reference.)

    LEDModel(config, seed=0, dtype=np.float32) has fresh weights; `from_pretrained` reads a
    checkpoint. `params` is {official name: array}, tied weights once; change arrays in place or
    put others there. Calls always infer (no dropout); value_and_grad of the classes with a loss
    trains.
    """

    config_class = LEDConfig
    prefix = ""
    output_class = LEDSeq2SeqModelOutput
    target_names = ()  # the arguments that a loss compares the outputs with
    initial_parameters = staticmethod(initial_parameters)

    @staticmethod
    def checkpoint_files():
        """weights.py, which reads and writes them; imported when the first one is asked for"""
        import weights

        return weights

    @classmethod
    def shapes(cls, config):
        """{official name: shape} of the parameters"""
        return parameter_shapes(config, cls.prefix) | cls.head_shapes(config)

    @classmethod
    def head_shapes(cls, config):
        """{official name: shape} of what comes on top of encoder and decoder"""
        return {}

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

    def head(self, hidden, inputs, targets, seed=None, label_smoothing=0.0):
        """hidden (B, T, E) -> {field of output_class: what the head makes of it}, cache"""
        return {"last_hidden_state": hidden}, None

    def encode_tokens(self, **inputs):
        """Checked inputs -> what the encoder returns, cache"""
        return encode_tokens(self.params, self.prefix, self.config, **inputs)

    def encoder_decoder(self, **inputs):
        """Checked inputs -> what encoder and decoder return, cache"""
        return encoder_decoder(self.params, self.prefix, self.config, **inputs)

    def loss_and_gradients(self, inputs, targets, seed, label_smoothing, checkpointing):
        """One step of training, with checked inputs and targets -> loss, {name: gradient}"""
        with engine.all_cores():
            out, cache = self.encoder_decoder(
                **inputs, output_attentions=False, output_hidden_states=False, seed=seed,
                training=True, checkpointing=checkpointing)  # fmt: skip
            fields, head_cache = self.head(
                out.last_hidden_state, inputs, targets, seed, label_smoothing)
            loss = fields["loss"]
            del out, fields  # the backward needs the memory
            dhidden, grads = self.head_backward(head_cache)
            grads = encoder_decoder_backward(dhidden, cache, grads)
            # Zeros for what took no part, as global projections of a batch without global tokens.
            for name in self.params.keys() - grads.keys():
                grads[name] = new_zeros(self.array_module, self.params[name].shape, self.dtype)
            # A loop that keeps the gradients until its next step uses this step's memory again.
            engine.current_call().result = grads[self.prefix + "shared.weight"]
        return loss, {name: grads[name] for name in self.params}


class LEDForConditionalGeneration(LEDModel, GenerationMixin):
    """LED with a language model head: summaries, answers. (Same class in the reference.)

    logits = hidden . shared embedding + final_logits_bias, a buffer that is not trained.
    """

    prefix = "led."
    output_class = LEDSeq2SeqLMOutput
    target_names = ("labels",)
    from_bart = classmethod(from_bart)

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


def main(arguments=None):
    """python led.py ask QUESTION FILE, or summarize FILE; returns the exit status."""
    from bpe import LEDTokenizer
    from led_support import command_line

    return command_line.main(LEDForConditionalGeneration, LEDTokenizer, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
