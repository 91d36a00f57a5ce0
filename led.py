"""LED, the Longformer-Encoder-Decoder, in NumPy (or CuPy): every layer forward and backward.

LED is BART with a different encoder attention: each token attends to the W tokens on either side
of it, and a few chosen tokens attend to, and are attended to by, the whole document. The cost is
linear in the length, so that documents of 16,384 tokens fit.

This file is the whole network, plainly, each thing once. led_support/ has what surrounds it: speed,
checks of arguments (`Inputs` and `Run` in inputs.py), random numbers (arrays.py), `value_and_grad`,
which calls `forward` and `backward` (pretrained.py), and generation.
A function marked `@has_fast_twin` has another of the same name in led_support/fast.py, which
computes the same numbers faster and is what runs on NumPy arrays, unless LED_PLAIN=1 is set; arrays
on a GPU (CuPy) go through the functions as they stand here.

References
  paper   Beltagy, Peters, Cohan: "Longformer: The Long-Document Transformer", arXiv 2004.05150.
  code    Hugging Face transformers 4.34.0, `modeling_led.py`. Same parameter names, same numbers;
          where versions of transformers differ this file follows 4.34.

Reading order: sizes, primitives, the encoder's attention, the decoder's attention, layers, encoder
and decoder, the models with their losses, the optimizer. `f` is followed by `f_backward`.
  out, cache = f(arguments)              what the backward needs travels in `cache`
  gradients  = f_backward(dout, cache)   in the order of f's array arguments; `dx` is the gradient
                                         of the loss with respect to `x`; last, where f has
                                         parameters, grads: {official name: gradient}

Shapes
  B batch    S source tokens   T target tokens   E d_model   H heads   D = E / H
  F feed-forward               V vocabulary      G global tokens of a document
  W one-sided window: `attention_window` is 2W, a token sees itself and W tokens on either side,
  that is 2W + 1 keys          C query rows in a block        N = ceil(S / C) blocks
"""

import collections
import math

from led_support.activations import OTHER_ACTIVATIONS
from led_support.arrays import (  # before NumPy: led_support/__init__.py catches Ctrl-C first
    add_grads, array_module, check_arrays, check_shape, keep_factors, log_softmax, normal_cdf,
    subseed)
from led_support.files import check_number, plain
from led_support.generation import GenerationMixin
from led_support.inputs import (
    Run, answer_positions, as_array, check_labels, class_labels, last_eos, token_masks)
from led_support.outputs import (
    GenerateOutput, LEDDecoderOutput, LEDEncoderBaseModelOutput, LEDSeq2SeqLMOutput,
    LEDSeq2SeqModelOutput, LEDSeq2SeqQuestionAnsweringModelOutput,
    LEDSeq2SeqSequenceClassifierOutput)
from led_support.pretrained import PreTrainedModel, from_bart
from led_support.settings import GenerationConfig, PretrainedConfig
from led_support.twins import has_fast_twin

import numpy as np

__all__ = [
    "LEDConfig", "LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
    "LEDForQuestionAnswering", "GenerationConfig", "AdamW", "clip_gradients", "linear_schedule",
    "LEDEncoderBaseModelOutput", "LEDSeq2SeqModelOutput", "LEDSeq2SeqLMOutput",
    "LEDSeq2SeqSequenceClassifierOutput", "LEDSeq2SeqQuestionAnsweringModelOutput",
    "GenerateOutput"]  # fmt: skip


class LEDConfig(PretrainedConfig):
    """The model's sizes and settings, by the reference's names, defaults and aliases.

    LEDConfig(d_model=768, encoder_layers=6, attention_window=[512] * 6). Unknown settings are kept
    and saved; generation settings that were never set read as their defaults. (The defaults are
    the reference's: led-large's sizes, with half its window.)
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


@has_fast_twin
def linear(x, weight, bias):
    """y = x W^T + b. x (..., in), weight (out, in), bias (out,) -> (..., out), cache"""
    return x @ weight.T + bias, (x, weight)


@has_fast_twin
def linear_backward(dout, cache):
    """dout (..., out) -> dx (..., in), dweight (out, in), dbias (out,)"""
    x, weight = cache
    dx = dout @ weight  # (..., out) @ (out, in) -> (..., in)
    x, dout = x.reshape(-1, x.shape[-1]), dout.reshape(-1, dout.shape[-1])  # (rows, .)
    return dx, dout.T @ x, dout.sum(axis=0)


def layer_norm(x, weight, bias, epsilon=1e-5):
    """Each row with mean 0 and variance 1, scaled and shifted. x (..., E) -> (..., E), cache"""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)  # divided by E, not by E - 1
    inverse_std = 1 / array_module(x).sqrt(variance + epsilon)
    normed = centred * inverse_std
    out = normed * weight + bias
    return out, (normed, inverse_std, weight)


def layer_norm_backward(dout, cache):
    """-> dx, dweight, dbias

    normed = (x - mean) / std, where mean and std depend on x too: through mean, each row of
    dnormed loses its mean; through std, its component along normed. The rest is divided by std.
    """
    normed, inverse_std, weight = cache
    dnormed = dout * weight
    along = (dnormed * normed).mean(axis=-1, keepdims=True)
    dx = (dnormed - dnormed.mean(axis=-1, keepdims=True) - normed * along) * inverse_std
    rows = tuple(range(dout.ndim - 1))  # all axes but the last
    return dx, (dout * normed).sum(axis=rows), dout.sum(axis=rows)


def gelu(x):
    """x Phi(x), Phi the normal distribution function. (Hendrycks & Gimpel, arXiv 1606.08415)"""
    return x * normal_cdf(x)


def gelu_derivative(x):
    """By the product rule: the derivative of the distribution function is the density."""
    density = array_module(x).exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
    return normal_cdf(x) + x * density


# What config.activation_function can be. All official models have gelu.
ACTIVATIONS = {"gelu": (gelu, gelu_derivative)} | OTHER_ACTIVATIONS


def softmax(scores):
    """exp(scores) / sum(exp(scores)) along the last axis; rows of -inf alone become zeros."""
    xp = array_module(scores)
    top = scores.max(axis=-1, keepdims=True)  # subtracted, so that exp cannot overflow
    exps = xp.exp(scores - xp.where(top == -math.inf, 0, top))
    return exps / xp.maximum(exps.sum(axis=-1, keepdims=True), xp.finfo(scores.dtype).tiny)


def softmax_backward(dprobs, probs):
    """dprobs, probs (..., S) -> dscores: dp_i / ds_j = p_i (1 [i = j] - p_j), summed over i"""
    return probs * (dprobs - (dprobs * probs).sum(axis=-1, keepdims=True))


def dropout(x, rate, seed, row=None, column=None):
    """Zeroes elements with probability `rate`, scales the others by 1 / (1 - rate). -> x', cache

    Which ones depends on the seed and on each element's row and column alone, never on how the
    work is cut. row, column: their numbers, integer arrays that broadcast to x; by default the
    rows of x (..., E) are counted through all its axes but the last. No seed: nothing is dropped.
    """
    if seed is None or rate == 0:
        return x, 1  # the factor of all elements
    keep = keep_factors(x, rate, seed, row, column)
    return x * keep, keep


def dropout_backward(dout, keep):
    """-> dx: the same elements pass, by the same factor."""
    return dout * keep


def embedding(ids, weight):
    """Rows of a table. ids (B, S) integers, weight (V, E) -> (B, S, E), cache: the ids"""
    return weight[ids], ids


def embedding_backward(dout, ids, dweight):
    """Adds dout (B, S, E) to dweight (V, E), in place: each row gets the gradients of all places
    where it was looked up, on top of its gradient as the tied head's weight, if any. No gradient of
    ids. (Called last, by LEDModel.backward: encoder and decoder look up in one table.)"""
    xp, E = array_module(dout), dweight.shape[1]
    # The same as add.at(dweight, ids, dout), which is slow: NumPy is fast in one dimension only.
    cells = ids.reshape(-1, 1) * E + xp.arange(E)  # (rows, 1) + (E,) -> (rows, E)
    xp.add.at(dweight.reshape(-1), cells.reshape(-1), dout.reshape(-1))


def cross_entropy(logits, labels, smoothing=0.0):
    """Mean of -log softmax(logits)[label] over the rows whose label is not -100.

    logits (rows, V), labels (rows,) -> a number of logits' dtype, cache; nan where every label is
    -100, as in torch. With smoothing s the target is 1 - s on the label and s spread evenly over
    all V. ValueError for other labels than 0..V-1 and -100.
    """
    xp, V = array_module(logits), logits.shape[-1]
    check_labels(labels, V)
    counted = labels != -100
    count = int(counted.sum())
    log_probs = log_softmax(logits)  # (rows, V)
    losses = -log_probs[xp.arange(len(labels)), xp.where(counted, labels, 0)]  # (rows,)
    if smoothing:  # not with 0: where a logit is -inf, 0 * mean would be nan
        losses = (1 - smoothing) * losses - smoothing * log_probs.mean(axis=-1)
    loss = float(xp.where(counted, losses, 0).sum()) / count if count else math.nan
    return logits.dtype.type(loss), (log_probs, labels, counted, count, smoothing)


def cross_entropy_backward(dloss, cache):
    """-> dlogits = (softmax - target) / count in the counted rows, 0 in the others"""
    log_probs, labels, counted, count, smoothing = cache
    xp, (rows, V) = array_module(log_probs), log_probs.shape
    dlogits = xp.exp(log_probs) - smoothing / V  # (rows, V)
    dlogits[xp.arange(rows), xp.where(counted, labels, 0)] -= 1 - smoothing
    weights = counted * (dloss / max(count, 1))  # (rows,)
    return dlogits * weights.astype(dlogits.dtype)[:, None]


# A layer with parameters is called by its official name. Its cache keeps the name, so that its
# backward returns the gradients by name, and nobody else has to sort them.


def project(x, params, name):
    """The linear layer called `name`. x (..., in) -> (..., out), cache"""
    out, cache = linear(x, params[name + ".weight"], params[name + ".bias"])
    return out, (cache, name)


def project_backward(dout, cache):
    """-> dx, grads"""
    cache, name = cache
    dx, dweight, dbias = linear_backward(dout, cache)
    return dx, {name + ".weight": dweight, name + ".bias": dbias}


@has_fast_twin
def add_and_norm(residual, branch, params, name, rate, seed):
    """The layer norm called `name` of residual + dropout(branch): normalised after the sum, as in
    BART, where later models norm the branch's input. (B, S, E) both -> (B, S, E), cache"""
    dropped, drop_cache = dropout(branch, rate, seed)
    out, cache = layer_norm(residual + dropped, params[name + ".weight"], params[name + ".bias"])
    return out, (cache, drop_cache, name)


@has_fast_twin
def add_and_norm_backward(dout, cache):
    """-> dresidual, dbranch, grads"""
    cache, drop_cache, name = cache
    dsum, dweight, dbias = layer_norm_backward(dout, cache)
    grads = {name + ".weight": dweight, name + ".bias": dbias}
    return dsum, dropout_backward(dsum, drop_cache), grads


# ======================================================================================
# Encoder attention: a band around each token, and a few global tokens
# ======================================================================================


def split_heads(x, heads):
    """(..., S, E) -> (..., H, S, D), a view"""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def merge_heads(x):
    """(..., H, S, D) -> (..., S, E)"""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def project_heads(x, params, name, heads):
    """The linear layer called `name`, in heads. x (..., S, E) -> (..., H, S, D), cache"""
    out, cache = project(x, params, name)
    return split_heads(out, heads), cache


def project_heads_backward(dout, cache):
    """-> dx (..., S, E), grads"""
    return project_backward(merge_heads(dout), cache)


def naive_encoder_attention(x, params, name, heads, window, masked, is_global):
    """The definition of LED's encoder attention, with all S x S scores. Read this one first.

    x (B, S, E), window: W, masked and is_global (B, S) booleans, no token both -> (B, S, E), before
    the output projection. `name` is that of the six projections.
    """
    xp = array_module(x)
    S, D = x.shape[1], x.shape[2] // heads

    def heads_of(kind):
        return project_heads(x, params, f"{name}.{kind}", heads)[0]  # (B, H, S, D)

    distance = xp.abs(xp.arange(S)[:, None] - xp.arange(S))  # (S, S)
    query_sees_key = (distance <= window) | is_global[:, None, None, :]  # (B, 1, S, S)
    query_sees_key = query_sees_key & ~masked[:, None, None, :]
    scores = heads_of("query") @ heads_of("key").swapaxes(-1, -2) / math.sqrt(D)  # (B, H, S, S)
    local = softmax(xp.where(query_sees_key, scores, -math.inf)) @ heads_of("value")

    # A global token sees all tokens, through a second set of projections.
    scores = heads_of("query_global") @ heads_of("key_global").swapaxes(-1, -2) / math.sqrt(D)
    scores = xp.where(masked[:, None, None, :], -math.inf, scores)  # (B, H, S, S)
    from_global = softmax(scores) @ heads_of("value_global")  # (B, H, S, D)

    context = xp.where(is_global[:, None, :, None], from_global, local)
    context = xp.where(masked[:, None, :, None], 0, context)  # masked tokens look at nothing
    return merge_heads(context)


def strided(x, shape, strides):
    """The memory of x in another shape, read by other steps in bytes: no copy is made."""
    return array_module(x).lib.stride_tricks.as_strided(x, shape, strides)


def windows(x, block_rows, window):
    """The rows that each block of C query rows can see: x (N*C + 2W, D) -> (N, C + 2W, D)

    x holds N*C rows with W more before and after: token t is row W + t. Block n has the queries
    n*C .. n*C + C - 1 and sees the C + 2W rows from n*C on, so neighbouring blocks overlap by 2W
    rows. One step along N is C rows.
    With C = 2, W = 1 and x = 0 1 2 3 4 5:    0 1 2 3
                                              2 3 4 5
    Overlapping rows are one memory, so this view is for reading alone.
    """
    C, W, (rows, D) = block_rows, window, x.shape
    row_step, column_step = x.strides
    shape = ((rows - 2 * W) // C, C + 2 * W, D)
    view = strided(x, shape, (C * row_step, row_step, column_step))
    if isinstance(view, np.ndarray):  # CuPy's arrays have no such flag
        view.flags.writeable = False
    return view


def windows_backward(dwindows, block_rows):
    """dwindows (N, C + 2W, D) -> dx (N*C + 2W, D): a row of x that several windows show gets the
    sum of their gradients. With C = 2, W = 1 and gradients of 1: dx = 1 1 2 2 1 1"""
    (N, rows, D), C = dwindows.shape, block_rows
    dx = array_module(dwindows).zeros(((N - 1) * C + rows, D), dwindows.dtype)
    for n in range(N):
        dx[n * C : n * C + rows] += dwindows[n]
    return dx


def diagonals(scores, window):
    """The band inside blocks of scores: (..., C, C + 2W) -> (..., C, 2W + 1)

    Row i of a block may see columns i to i + 2W, both included: its own token is column i + W.
    Stepping one row and one column at a time makes a rectangle of this slanted band.
    With C = 2, W = 1:   0 1 2 3      0 1 2
                         4 5 6 7  ->  5 6 7
    Each cell of the band appears exactly once, so this view may be written through.
    """
    *steps, row_step, column_step = scores.strides
    shape = (*scores.shape[:-1], 2 * window + 1)
    return strided(scores, shape, (*steps, row_step + column_step, column_step))


# Added to the score of a key that may not be seen; it swallows the score itself. Finite: where all
# keys of a row are removed, as in padding, scores - shift is then 0, and not -inf - -inf = nan.
REMOVED = -1e30

# q, divided by sqrt(D), and context (N, C, D); k, v (N, G + C + 2W, D); exps and kept, before and
# after dropout, (N, C, G + C + 2W); drop: dropout's cache; total (N, C, 1); index (G,); removed
# (S,); window: W, at most S - 1
BandCache = collections.namedtuple(
    "BandCache", "q k v exps kept drop total context index window removed")


def seen(x, index, block_rows, window):
    """What each block of C query rows sees of x (N*C + 2W, D): the rows of the G global tokens,
    then its window -> (N, G + C + 2W, D)"""
    in_window = windows(x, block_rows, window)  # (N, C + 2W, D)
    of_globals = array_module(x).broadcast_to(  # the same in every block: (N, G, D)
        x[window + index], (len(in_window), len(index), x.shape[1]))
    return array_module(x).concatenate([of_globals, in_window], axis=1)


def seen_backward(dseen, index, block_rows, window):
    """dseen (N, G + C + 2W, D) -> dx (N*C + 2W, D)"""
    dx = windows_backward(dseen[:, len(index) :], block_rows)
    dx[window + index] += dseen[:, : len(index)].sum(axis=0)  # every block saw the same
    return dx


def band_attention(q, k, v, window, masked, is_global, rate=0.0, seed=None, number=0):
    """One head of one document: each ordinary token attends to its band and to the global tokens.

    q, k, v (S, D); masked, is_global (S,) booleans; number: which head of which document this is,
    for dropout -> context (S, D), zero in the rows of masked and of global tokens; cache
    """
    xp, (S, D), index = array_module(q), q.shape, array_module(q).flatnonzero(is_global)
    W, G = min(window, S - 1), len(index)  # a window wider than the document changes nothing
    # A block of C rows multiplies C + 2W columns to use 2W + 1 of them: small blocks waste little,
    # large ones make efficient matrix products.
    C = min(S, max(32, min(128, W)))
    N = -(-S // C)
    around = W, N * C - S + W  # rows before and after the document
    q = xp.pad(q / math.sqrt(D), ((0, N * C - S), (0, 0))).reshape(N, C, D)
    k = seen(xp.pad(k, (around, (0, 0))), index, C, W)  # (N, G + C + 2W, D)
    v = seen(xp.pad(v, (around, (0, 0))), index, C, W)
    # A global token's key is removed from the band: it has a column of its own, which every row
    # sees, and must not count twice.
    removed = masked | is_global  # (S,)
    bias = xp.pad(xp.where(removed, REMOVED, 0), around, constant_values=REMOVED)  # (N*C + 2W,)
    bias = bias.astype(q.dtype)[:, None]

    scores = q @ k.swapaxes(-1, -2)  # (N, C, D) @ (N, D, G + C + 2W)
    scores[..., G:] += windows(bias, C, W).swapaxes(-1, -2)  # (N, 1, C + 2W)
    columns, band = scores[..., :G], diagonals(scores[..., G:], W)  # (N, C, G), (N, C, 2W + 1)
    shift = band.max(axis=-1, keepdims=True)  # (N, C, 1), so that exp cannot overflow
    if G:
        shift = xp.maximum(shift, columns.max(axis=-1, keepdims=True))
    exps = xp.zeros_like(scores)  # outside the band they stay zero
    exps[..., :G] = xp.exp(columns - shift)
    diagonals(exps[..., G:], W)[...] = xp.exp(band - shift)
    # For dropout each cell has the numbers that it would have among the (B, H, S, S) scores of all
    # pairs: its row, counted through documents and heads, and the position of its key.
    row = number * S + xp.arange(N * C).reshape(N, C, 1)
    column = seen(xp.arange(-W, N * C + W)[:, None], index, C, W).swapaxes(-1, -2)  # (N, 1, ...)
    kept, drop_cache = dropout(exps, rate, seed, row, column)
    # softmax(scores) @ v is one division of two sums: of exps times values, and of exps. Dropout is
    # of probabilities, so it changes the first sum alone.
    total = exps.sum(axis=-1, keepdims=True)  # (N, C, 1)
    context = kept @ v / total  # (N, C, G + C + 2W) @ (N, G + C + 2W, D) -> (N, C, D)
    cache = BandCache(q, k, v, exps, kept, drop_cache, total, context, index, W, removed)
    return xp.where(removed[:, None], 0, context.reshape(N * C, D)[:S]), cache


def band_attention_backward(dcontext, cache):
    """dcontext (S, D) -> dq, dk, dv (S, D)"""
    q, k, v, exps, kept, drop_cache, total, context, index, W, removed = cache
    xp, (S, D), (N, C, _) = array_module(q), dcontext.shape, q.shape
    dcontext = xp.where(removed[:, None], 0, dcontext)
    dcontext = xp.pad(dcontext, ((0, N * C - S), (0, 0))).reshape(N, C, D)
    # forward: context = above / total, above = kept @ v, total = sum of exps
    dabove = dcontext / total
    dtotal = -(dabove * context).sum(axis=-1, keepdims=True)  # (N, C, 1)
    dexps = dropout_backward(dabove @ v.swapaxes(-1, -2), drop_cache) + dtotal
    dv = kept.swapaxes(-1, -2) @ dabove  # (N, G + C + 2W, C) @ (N, C, D)
    # forward: exps = exp(scores - shift), where the shift cancels in the division: a constant
    dscores = dexps * exps  # zero outside the band, as exps is
    # forward: scores = q @ k^T + bias, with q already divided by sqrt(D): so dk needs no division
    dq = (dscores @ k).reshape(N * C, D)[:S] / math.sqrt(D)
    dk = dscores.swapaxes(-1, -2) @ q  # (N, G + C + 2W, C) @ (N, C, D)
    dk, dv = seen_backward(dk, index, C, W), seen_backward(dv, index, C, W)  # (N*C + 2W, D)
    return dq, dk[W : W + S], dv[W : W + S]


def attention_probs(q, k, bias=None):
    """softmax(q k^T / sqrt(D) + bias), (..., T, D) and (..., S, D) -> (..., T, S)"""
    scores = q / math.sqrt(q.shape[-1]) @ k.swapaxes(-1, -2)
    return softmax(scores if bias is None else scores + bias)


@has_fast_twin
def attend(q, k, v, bias=None, rate=0.0, seed=None):
    """Ordinary attention, softmax(q k^T / sqrt(D) + bias) v: the global tokens' and the decoder's.

    q (..., T, D), k, v (..., S, D), bias broadcasts to the scores -> (..., T, D), cache
    """
    probs = attention_probs(q, k, bias)  # (..., T, S)
    kept, drop_cache = dropout(probs, rate, seed)
    return kept @ v, (q, k, v, probs, kept, drop_cache)


@has_fast_twin
def attend_backward(dcontext, cache):
    """dcontext (..., T, D) -> dq (..., T, D), dk, dv (..., S, D)"""
    q, k, v, probs, kept, drop_cache = cache
    dv = kept.swapaxes(-1, -2) @ dcontext  # (..., S, T) @ (..., T, D)
    dprobs = dropout_backward(dcontext @ v.swapaxes(-1, -2), drop_cache)  # (..., T, S)
    dscores = softmax_backward(dprobs, probs) / math.sqrt(q.shape[-1])
    return dscores @ k, dscores.swapaxes(-1, -2) @ q, dv


def global_attention(x, params, name, heads, masked, is_global, rate=0.0, seed=None):
    """The global tokens of one document: each attends to all tokens, by projections of its own.

    x (S, E), masked, is_global (S,) booleans -> context (H, G, D), cache
    """
    q, q_cache = project_heads(x[is_global], params, name + ".query_global", heads)  # (H, G, D)
    k, k_cache = project_heads(x, params, name + ".key_global", heads)  # (H, S, D)
    v, v_cache = project_heads(x, params, name + ".value_global", heads)
    bias = array_module(x).where(masked, REMOVED, 0).astype(x.dtype)  # (S,)
    context, attend_cache = attend(q, k, v, bias, rate, seed)
    return context, ((q_cache, k_cache, v_cache), attend_cache, is_global)


def global_attention_backward(dcontext, cache):
    """dcontext (H, G, D) -> dx (S, E), grads"""
    (q_cache, k_cache, v_cache), attend_cache, is_global = cache
    dq, dk, dv = attend_backward(dcontext, attend_cache)
    drows, q_grads = project_heads_backward(dq, q_cache)  # (G, E)
    dx_keys, k_grads = project_heads_backward(dk, k_cache)  # (S, E)
    dx_values, v_grads = project_heads_backward(dv, v_cache)
    dx = dx_keys + dx_values
    dx[is_global] += drows
    return dx, q_grads | k_grads | v_grads


# query, key, value: caches of the projections; bands {(b, h): cache}, globals {b: cache}
EncoderAttentionCache = collections.namedtuple(
    "EncoderAttentionCache", "query key value bands globals is_global")


@has_fast_twin
def encoder_attention(x, params, name, heads, window, masked, is_global, rate=0.0, seed=None):
    """LED's encoder attention at a cost linear in S; `naive_encoder_attention` is its definition.

    x (B, S, E); masked, is_global (B, S) booleans -> context (B, S, E) before the output
    projection, cache. (paper section 3; LEDEncoderSelfAttention)
    """
    q, q_cache = project_heads(x, params, name + ".query", heads)  # (B, S, E) -> (B, H, S, D)
    k, k_cache = project_heads(x, params, name + ".key", heads)
    v, v_cache = project_heads(x, params, name + ".value", heads)
    context, band_caches, global_caches = array_module(x).zeros_like(q), {}, {}
    for b in range(len(x)):
        for h in range(heads):
            context[b, h], band_caches[b, h] = band_attention(
                q[b, h], k[b, h], v[b, h], window, masked[b], is_global[b], rate,
                subseed(seed, "band"), b * heads + h)  # fmt: skip
        if is_global[b].any():  # the band has left their rows zero
            context[b][:, is_global[b]], global_caches[b] = global_attention(
                x[b], params, name, heads, masked[b], is_global[b], rate, subseed(seed, b))
    cache = EncoderAttentionCache(q_cache, k_cache, v_cache, band_caches, global_caches, is_global)
    return merge_heads(context), cache


@has_fast_twin
def encoder_attention_backward(dcontext, cache):
    """dcontext (B, S, E) -> dx (B, S, E), grads"""
    heads = len(cache.bands) // len(dcontext)
    dcontext = split_heads(dcontext, heads)  # (B, S, E) -> (B, H, S, D)
    dq, dk, dv = (array_module(dcontext).zeros_like(dcontext) for _ in range(3))
    for (b, h), band_cache in cache.bands.items():
        dq[b, h], dk[b, h], dv[b, h] = band_attention_backward(dcontext[b, h], band_cache)
    dx_queries, q_grads = project_heads_backward(dq, cache.query)
    dx_keys, k_grads = project_heads_backward(dk, cache.key)
    dx_values, v_grads = project_heads_backward(dv, cache.value)
    dx, grads = dx_queries + dx_keys + dx_values, q_grads | k_grads | v_grads
    for b, global_cache in cache.globals.items():  # the band gave these rows no gradients
        drows = dcontext[b][:, cache.is_global[b]]  # (H, G, D)
        dx_global, global_grads = global_attention_backward(drows, global_cache)
        dx[b] += dx_global
        add_grads(grads, global_grads)  # of each document the same parameters
    return dx, grads


# Only for output_attentions: the probabilities, computed once more, in the reference's shapes.


def encoder_attention_probs(x, params, name, heads, window, masked, is_global, head_mask,
                            padded_length):  # fmt: skip
    """The probabilities of encoder_attention (inference).

    -> local (B, H, S, G + 2W + 1), where G is the `most` global tokens of a document; their columns
    come first; the rows of masked and global tokens are zero. whole (B, H, padded_length, G):
    column g has what global token g gives to each position; the reference pads S to that length.
    A document with fewer global tokens has 1 / padded_length in the columns that it does not use.
    """
    q, _ = project_heads(x, params, name + ".query", heads)  # (B, H, S, D)
    k, _ = project_heads(x, params, name + ".key", heads)
    xp, (B, H, S, _), most = array_module(x), q.shape, int(is_global.sum(axis=1).max())
    local = xp.zeros((B, H, S, most + 2 * window + 1), x.dtype)
    whole = xp.full((B, H, padded_length, most), 1 / padded_length, x.dtype)
    for b in range(B):
        for h in range(H):
            # The values make no difference to probabilities: k stands in for them.
            _, cache = band_attention(q[b, h], k[b, h], k[b, h], window, masked[b], is_global[b])
            W, G, middle = cache.window, len(cache.index), most + window  # the token's own column
            probs = cache.exps / cache.total  # (N, C, G + C + 2W)
            rows = cache.total.size  # N * C, of which the first S are the document's
            local[b, h, :, :G] = probs[..., :G].reshape(rows, G)[:S]
            band = diagonals(probs[..., G:], W).reshape(rows, 2 * W + 1)
            local[b, h, :, middle - W : middle + W + 1] = band[:S]
        local[b][:, cache.removed] = 0  # removed and G are the same for all heads
        if G:
            q_rows, _ = project_heads(x[b][is_global[b]], params, name + ".query_global", heads)
            k_rows, _ = project_heads(x[b], params, name + ".key_global", heads)
            bias = xp.where(masked[b], REMOVED, 0).astype(x.dtype)
            probs = attention_probs(q_rows, k_rows, bias)  # (H, G, S)
            whole[b, :, :S, :G] = probs.swapaxes(-1, -2)
            whole[b, :, S:, :G] = 0
    if head_mask is not None:
        local, whole = local * head_mask[:, None, None], whole * head_mask[:, None, None]
    return local, whole


# ======================================================================================
# Decoder attention: causal over the text so far, and over the encoder's output
# ======================================================================================


@has_fast_twin
def keys_and_values(x, params, name, heads):
    """x (B, S, E) -> k, v (B, H, S, D), cache"""
    k, k_cache = project_heads(x, params, name + ".k_proj", heads)
    v, v_cache = project_heads(x, params, name + ".v_proj", heads)
    return k, v, (k_cache, v_cache)


def keys_and_values_backward(dk, dv, cache):
    """dk, dv (B, H, S, D) -> dx (B, S, E), grads"""
    k_cache, v_cache = cache
    dx_keys, k_grads = project_heads_backward(dk, k_cache)
    dx_values, v_grads = project_heads_backward(dv, v_cache)
    return dx_keys + dx_values, k_grads | v_grads


# query, attend, out: caches; the others: what decoder_attention_probs needs
DecoderAttentionCache = collections.namedtuple(
    "DecoderAttentionCache", "query attend out head_mask q k bias")


def decoder_attention(x, k, v, bias, params, name, heads, head_mask=None, rate=0.0, seed=None):
    """Ordinary multi-head attention with its output projection. (LEDDecoderAttention)

    x (B, T, E); k, v (B', H, S, D); bias broadcasts to the scores; head_mask (H,) factors or None
    -> (B, T, E), cache

    B' documents may be fewer than B texts: the hypotheses of a document stand one after another
    and share its keys and values, as so many more queries of one text.
    """
    q, q_cache = project(x, params, name + ".q_proj")  # (B, T, E)
    q = split_heads(q.reshape(len(k), -1, x.shape[-1]), heads)  # (B', H, B/B' * T, D)
    context, attend_cache = attend(q, k, v, bias, rate, seed)
    if head_mask is not None:
        context = context * head_mask[:, None, None]
    out, out_cache = project(merge_heads(context).reshape(x.shape), params, name + ".out_proj")
    return out, DecoderAttentionCache(q_cache, attend_cache, out_cache, head_mask, q, k, bias)


def decoder_attention_backward(dout, cache):
    """dout (B, T, E) -> dx (B, T, E), dk, dv (B, H, S, D), grads. In training B' = B, so q_proj and
    the split after it are a project_heads."""
    dcontext, out_grads = project_backward(dout, cache.out)
    dcontext = split_heads(dcontext, cache.q.shape[1])  # (B, T, E) -> (B, H, T, D)
    if cache.head_mask is not None:
        dcontext = dcontext * cache.head_mask[:, None, None]
    dq, dk, dv = attend_backward(dcontext, cache.attend)
    dx, q_grads = project_heads_backward(dq, cache.query)
    return dx, dk, dv, out_grads | q_grads


def decoder_attention_probs(cache, T):
    """The probabilities of decoder_attention (inference) in the reference's shape, (B, H, T, S)"""
    probs = attention_probs(cache.q, cache.k, cache.bias)
    if cache.head_mask is not None:
        probs = probs * cache.head_mask[:, None, None]
    documents, H, _, S = probs.shape  # (B', H, B/B' * T, S)
    return probs.reshape(documents, H, -1, T, S).swapaxes(1, 2).reshape(-1, H, T, S)


# ======================================================================================
# Layers, encoder, decoder
# ======================================================================================


@has_fast_twin
def feed_forward(x, params, name, activation, rate, seed):
    """fc2(activation(fc1(x))), F features wide between. activation: its name
    (B, S, E) -> (B, S, E), cache"""
    hidden, fc1_cache = project(x, params, name + ".fc1")  # (B, S, E) -> (B, S, F)
    function, derivative = ACTIVATIONS[activation]
    kept, drop_cache = dropout(function(hidden), rate, seed)
    out, fc2_cache = project(kept, params, name + ".fc2")  # (B, S, F) -> (B, S, E)
    return out, (fc1_cache, hidden, derivative, drop_cache, fc2_cache)


@has_fast_twin
def feed_forward_backward(dout, cache):
    """-> dx, grads"""
    fc1_cache, hidden, derivative, drop_cache, fc2_cache = cache
    dkept, fc2_grads = project_backward(dout, fc2_cache)
    dhidden = dropout_backward(dkept, drop_cache) * derivative(hidden)  # (B, S, F)
    dx, fc1_grads = project_backward(dhidden, fc1_cache)
    return dx, fc1_grads | fc2_grads


def feed_forward_and_norm(x, params, name, config, seed):
    """The second half of every layer. x (B, S, E) -> (B, S, E), cache"""
    branch, feed_cache = feed_forward(
        x, params, name, config.activation_function, config.activation_dropout,
        subseed(seed, "activation"))  # fmt: skip
    out, norm_cache = add_and_norm(
        x, branch, params, name + ".final_layer_norm", config.dropout, subseed(seed, "fc2"))
    return out, (feed_cache, norm_cache)


def feed_forward_and_norm_backward(dout, cache):
    """-> dx, grads"""
    feed_cache, norm_cache = cache
    dx, dbranch, norm_grads = add_and_norm_backward(dout, norm_cache)
    dx_branch, feed_grads = feed_forward_backward(dbranch, feed_cache)
    return dx + dx_branch, norm_grads | feed_grads


def self_attention(x, params, name, config, window, masked, is_global, head_mask, seed):
    """The encoder's attention and its output projection. x (B, S, E) -> (B, S, E), cache"""
    context, attention_cache = encoder_attention(
        x, params, name + ".longformer_self_attn", config.encoder_attention_heads, window, masked,
        is_global, config.attention_dropout, subseed(seed, "probs"))  # fmt: skip
    if head_mask is not None:
        head_mask = head_mask.repeat(context.shape[-1] // len(head_mask))  # (H,) -> (E,)
        context = context * head_mask
    out, output_cache = project(context, params, name + ".output")
    return out, (attention_cache, head_mask, output_cache)


def self_attention_backward(dout, cache):
    """-> dx, grads"""
    attention_cache, head_mask, output_cache = cache
    dcontext, output_grads = project_backward(dout, output_cache)
    if head_mask is not None:
        dcontext = dcontext * head_mask
    dx, attention_grads = encoder_attention_backward(dcontext, attention_cache)
    return dx, output_grads | attention_grads


def encoder_layer(x, params, name, config, window, masked, is_global, head_mask=None, seed=None):
    """x (B, S, E) -> (B, S, E), cache. (LEDEncoderLayer)"""
    branch, attention_cache = self_attention(
        x, params, name + ".self_attn", config, window, masked, is_global, head_mask, seed)
    attended, norm_cache = add_and_norm(
        x, branch, params, name + ".self_attn_layer_norm", config.dropout,
        subseed(seed, "self_attn"))  # fmt: skip
    out, feed_cache = feed_forward_and_norm(attended, params, name, config, seed)
    return out, (attention_cache, norm_cache, feed_cache)


def encoder_layer_backward(dout, cache):
    """-> dx, grads"""
    attention_cache, norm_cache, feed_cache = cache
    dattended, feed_grads = feed_forward_and_norm_backward(dout, feed_cache)
    dx, dbranch, norm_grads = add_and_norm_backward(dattended, norm_cache)
    dx_branch, attention_grads = self_attention_backward(dbranch, attention_cache)
    return dx + dx_branch, feed_grads | norm_grads | attention_grads


# Caches all; self_kv and cross_kv are those of keys_and_values, cross_kv None after a past
DecoderLayerCache = collections.namedtuple(
    "DecoderLayerCache", "self_kv self_attention self_norm cross_kv cross_attention cross_norm "
    "feed_forward")


@has_fast_twin
def decoder_layer(x, memory, params, name, config, biases, past=None, head_masks=(None, None),
                  seed=None):  # fmt: skip
    """x (B, T, E), memory (B, S, E) the encoder's output; biases and head_masks of self- and
    cross-attention; past (self_k, self_v, cross_k, cross_v) of the tokens before, each
    (B, H, ., D), or None -> (B, T, E), past with these T tokens, cache. (LEDDecoderLayer)
    """
    xp, H, rate = array_module(x), config.decoder_attention_heads, config.attention_dropout
    self_name, cross_name = name + ".self_attn", name + ".encoder_attn"
    self_k, self_v, self_kv = keys_and_values(x, params, self_name, H)
    if past is None:
        cross_k, cross_v, cross_kv = keys_and_values(memory, params, cross_name, H)
    else:
        past_k, past_v, cross_k, cross_v = past
        self_k = xp.concatenate([past_k, self_k], axis=2)  # (B, H, past + T, D)
        self_v = xp.concatenate([past_v, self_v], axis=2)
        cross_kv = None  # only inference has a past, and needs no backward

    branch, self_cache = decoder_attention(
        x, self_k, self_v, biases[0], params, self_name, H, head_masks[0], rate,
        subseed(seed, "self probs"))  # fmt: skip
    aware, self_norm = add_and_norm(
        x, branch, params, self_name + "_layer_norm", config.dropout, subseed(seed, "self_attn"))
    branch, cross_cache = decoder_attention(
        aware, cross_k, cross_v, biases[1], params, cross_name, H, head_masks[1], rate,
        subseed(seed, "cross probs"))  # fmt: skip
    informed, cross_norm = add_and_norm(
        aware, branch, params, cross_name + "_layer_norm", config.dropout,
        subseed(seed, "cross_attn"))  # fmt: skip
    out, feed_cache = feed_forward_and_norm(informed, params, name, config, seed)
    cache = DecoderLayerCache(self_kv, self_cache, self_norm, cross_kv, cross_cache, cross_norm,
                              feed_cache)  # fmt: skip
    return out, (self_k, self_v, cross_k, cross_v), cache


def decoder_layer_backward(dout, cache):
    """-> dx (B, T, E), dmemory (B, S, E), grads"""
    dinformed, feed_grads = feed_forward_and_norm_backward(dout, cache.feed_forward)
    daware, dbranch, cross_norm_grads = add_and_norm_backward(dinformed, cache.cross_norm)
    dqueries, dk, dv, cross_grads = decoder_attention_backward(dbranch, cache.cross_attention)
    dmemory, cross_key_grads = keys_and_values_backward(dk, dv, cache.cross_kv)
    dx, dbranch, self_norm_grads = add_and_norm_backward(daware + dqueries, cache.self_norm)
    dqueries, dk, dv, self_grads = decoder_attention_backward(dbranch, cache.self_attention)
    dkeys, self_key_grads = keys_and_values_backward(dk, dv, cache.self_kv)
    grads = feed_grads | cross_norm_grads | cross_grads | cross_key_grads
    grads |= self_norm_grads | self_grads | self_key_grads
    return dx + dqueries + dkeys, dmemory, grads


def at(values, i):
    """values[i], or None where there are none"""
    return None if values is None else values[i]


def layer_is_dropped(rate, seed):
    """Layerdrop (Fan et al., arXiv 1909.11556): in training a whole layer is left out at `rate`."""
    return seed is not None and subseed(seed, "layerdrop") < rate * 2**32


def embed(inputs_embeds, params, name, first_position, rate, seed):
    """Token embeddings plus those of their positions, normed. (B, S, E) -> (B, S, E), cache

    Positions count from first_position, the length of the past, whatever the padding; no scale and
    no offset, unlike BART. ValueError where the table has too few.
    """
    xp, S = array_module(inputs_embeds), inputs_embeds.shape[1]
    table = params[name + ".embed_positions.weight"]  # (positions, E)
    places = slice(first_position, first_position + S)
    if places.stop > len(table):
        raise ValueError(f"{name.split('.')[-1]}: {places.stop} tokens, but the model has "
                         f"{len(table)} positions")  # fmt: skip
    positions = xp.broadcast_to(table[places], inputs_embeds.shape)  # (S, E) -> (B, S, E)
    normed, norm_cache = add_and_norm(
        inputs_embeds, positions, params, name + ".layernorm_embedding", 0, None)
    out, drop_cache = dropout(normed, rate, subseed(seed, "embedding"))
    return out, (norm_cache, drop_cache, places, table.shape, name)


def embed_backward(dout, cache):
    """-> dinputs_embeds (B, S, E), grads"""
    norm_cache, drop_cache, places, table_shape, name = cache
    dembeds, dpositions, grads = add_and_norm_backward(
        dropout_backward(dout, drop_cache), norm_cache)
    dtable = array_module(dout).zeros(table_shape, dout.dtype)
    dtable[places] = dpositions.sum(axis=0)  # (B, S, E) -> (S, E)
    return dembeds, grads | {name + ".embed_positions.weight": dtable}


def encoder(x, params, name, config, masked, is_global, head_mask=None, run=Run()):
    """All encoder layers. x (B, S, E) token embeddings; masked, is_global (B, S) booleans;
    head_mask (layers, H) or None; run: a Run, the seed of dropout and what else to keep
    -> LEDEncoderBaseModelOutput, cache. (LEDEncoder)"""
    widest = max(config.attention_window)
    padded_length = -(-x.shape[1] // widest) * widest  # what the reference pads to
    x, embed_cache = embed(x, params, name, 0, config.dropout, run.seed)
    hidden_states, probs, caches = [x] if run.output_hidden_states else [], [], []
    for i in range(config.encoder_layers):
        seed = subseed(run.seed, f"encoder layer {i}")
        if layer_is_dropped(config.encoder_layerdrop, seed):
            continue
        window, layer_mask = config.attention_window[i] // 2, at(head_mask, i)
        arguments = (x, params, f"{name}.layers.{i}", config, window, masked, is_global,
                     layer_mask, seed)  # fmt: skip
        if run.output_attentions:
            probs.append(encoder_attention_probs(
                x, params, f"{name}.layers.{i}.self_attn.longformer_self_attn",
                config.encoder_attention_heads, window, masked, is_global, layer_mask,
                padded_length))  # fmt: skip
        x, cache = encoder_layer(*arguments)
        if run.training:
            caches.append(arguments if run.checkpointing else cache)
        del cache, arguments  # a layer's cache is let go before the next layer runs
        if run.output_hidden_states:
            hidden_states.append(x)
        if run.on_layer:
            run.on_layer(i + 1, config.encoder_layers)
    return LEDEncoderBaseModelOutput(
        last_hidden_state=x,
        hidden_states=tuple(hidden_states) or None,
        attentions=tuple(local for local, _ in probs) or None,
        global_attentions=tuple(whole for _, whole in probs if whole.size) or None,
    ), (embed_cache, caches, run.checkpointing)


def encoder_backward(dout, cache):
    """dout (B, S, E) -> dx (B, S, E), grads. Once for each forward: it empties the cache."""
    embed_cache, caches, checkpointing = cache
    grads = {}
    while caches:  # taken off one by one, so that their memory is free again
        layer_cache = caches.pop()
        if checkpointing:
            _, layer_cache = encoder_layer(*layer_cache)
        dout, layer_grads = encoder_layer_backward(dout, layer_cache)
        grads |= layer_grads
    dx, embed_grads = embed_backward(dout, embed_cache)
    return dx, grads | embed_grads


def additive_mask(mask, dtype):
    """(B, S) numbers -> (B, 1, 1, S): 0 where the mask is 1, REMOVED where it is 0. Other values
    follow the reference's arithmetic (_expand_mask), by which 2 outweighs all scores."""
    return (REMOVED * (1 - mask)).astype(dtype)[:, None, None, :]


def decoder_biases(x, mask, memory_mask, past_length):
    """What is added to the scores of self- and cross-attention: the masks, or None

    x (B, T, E); mask (B, past + T) and memory_mask (B, S) as the caller gave them: a token's being
    global makes no difference to the decoder. -> (B or 1, 1, T, past + T), (B, 1, 1, S)
    """
    xp, (B, T, _) = array_module(x), x.shape
    self_bias = cross_bias = None
    if T > 1:  # a single token may see everything before it; the reference ignores `mask` then
        # Causal: no query sees the keys after its own.
        future = xp.arange(past_length + T) > past_length + xp.arange(T)[:, None]
        self_bias = xp.where(future, REMOVED, 0).astype(x.dtype)[None, None]  # (1, 1, T, past + T)
        if mask is not None:
            check_shape("decoder_attention_mask", mask, (B, past_length + T))
            self_bias = self_bias + additive_mask(mask, x.dtype)  # (B, 1, T, past + T)
    if memory_mask is not None and (memory_mask != 1).any():
        cross_bias = additive_mask(memory_mask, x.dtype)  # (B, 1, 1, S)
    return self_bias, cross_bias


def decoder(x, memory, params, name, config, biases=(None, None), past=None,
            head_masks=(None, None), run=Run()):  # fmt: skip
    """All decoder layers. x (B, T, E) token embeddings, memory (B, S, E); biases from
    decoder_biases; past: of each layer, as decoder_layer returned it; head_masks: two, of self- and
    cross-attention, (layers, H) or None -> LEDDecoderOutput, cache. (LEDDecoder)"""
    T, past_length = x.shape[1], past[0][0].shape[2] if past else 0
    x, embed_cache = embed(x, params, name, past_length, config.dropout, run.seed)
    hidden_states = [x] if run.output_hidden_states else []
    self_probs, cross_probs, pasts, caches = [], [], [], []
    for i in range(config.decoder_layers):
        seed = subseed(run.seed, f"decoder layer {i}")
        if layer_is_dropped(config.decoder_layerdrop, seed):
            continue
        arguments = (x, memory, params, f"{name}.layers.{i}", config, biases, at(past, i),
                     [at(mask, i) for mask in head_masks], seed)  # fmt: skip
        x, layer_past, cache = decoder_layer(*arguments)
        if run.output_attentions:
            self_probs.append(decoder_attention_probs(cache.self_attention, T))
            cross_probs.append(decoder_attention_probs(cache.cross_attention, T))
        if run.training:
            caches.append(arguments if run.checkpointing else cache)
        if run.use_cache:
            pasts.append(layer_past)
        if run.output_hidden_states:
            hidden_states.append(x)
    return LEDDecoderOutput(
        last_hidden_state=x,
        past_key_values=tuple(pasts) or None,
        hidden_states=tuple(hidden_states) or None,
        attentions=tuple(self_probs) or None,
        cross_attentions=tuple(cross_probs) or None,
    ), (embed_cache, caches, run.checkpointing, memory)


def decoder_backward(dout, cache):
    """dout (B, T, E) -> dx (B, T, E), dmemory (B, S, E) summed over the layers, grads. It empties
    the cache, as encoder_backward does."""
    embed_cache, caches, checkpointing, memory = cache
    grads, dmemory = {}, array_module(memory).zeros_like(memory)
    while caches:
        layer_cache = caches.pop()
        if checkpointing:
            _, _, layer_cache = decoder_layer(*layer_cache)
        dout, dmemory_layer, layer_grads = decoder_layer_backward(dout, layer_cache)
        dmemory = dmemory + dmemory_layer  # every layer read the same memory
        grads |= layer_grads
    dx, embed_grads = embed_backward(dout, embed_cache)
    return dx, dmemory, grads | embed_grads


# ======================================================================================
# The whole: parameters, from token ids to hidden states, and back
# ======================================================================================


def parameter_shapes(config, prefix=""):
    """{name: shape} of the encoder, decoder and embeddings, in the reference's order."""
    E, shapes = config.d_model, {}

    def add_linear(name, size_in, size_out):
        shapes.update({name + ".weight": (size_out, size_in), name + ".bias": (size_out,)})

    def add_norm(name):
        shapes.update({name + ".weight": (E,), name + ".bias": (E,)})

    def add_feed_forward(name, F):
        add_linear(name + ".fc1", E, F)
        add_linear(name + ".fc2", F, E)
        add_norm(name + ".final_layer_norm")

    shapes["shared.weight"] = (config.vocab_size, E)
    shapes["encoder.embed_positions.weight"] = (config.max_encoder_position_embeddings, E)
    for i in range(config.encoder_layers):
        name = f"encoder.layers.{i}"
        for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
            add_linear(f"{name}.self_attn.longformer_self_attn.{kind}", E, E)
        add_linear(name + ".self_attn.output", E, E)
        add_norm(name + ".self_attn_layer_norm")
        add_feed_forward(name, config.encoder_ffn_dim)
    add_norm("encoder.layernorm_embedding")

    shapes["decoder.embed_positions.weight"] = (config.max_decoder_position_embeddings, E)
    for i in range(config.decoder_layers):
        name = f"decoder.layers.{i}"
        for attention in ("self_attn", "encoder_attn"):
            for kind in ("k_proj", "v_proj", "q_proj", "out_proj"):
                add_linear(f"{name}.{attention}.{kind}", E, E)
            add_norm(f"{name}.{attention}_layer_norm")
        add_feed_forward(name, config.decoder_ffn_dim)
    add_norm("decoder.layernorm_embedding")
    return {prefix + name: shape for name, shape in shapes.items()}


def initial_parameters(shapes, config, seed, dtype):
    """Fresh weights as the reference draws them: matrices normal with init_std, biases 0, norms 1,
    the padding token's embedding 0. -> {name: array}"""
    rng, params = np.random.default_rng(seed), {}
    for name, shape in shapes.items():
        if name.endswith(".bias"):
            params[name] = np.zeros(shape, dtype)
        elif len(shape) == 1:
            params[name] = np.ones(shape, dtype)
        else:
            drawn = rng.standard_normal(shape, np.float32).astype(dtype) * config.init_std
            params[name] = drawn.astype(dtype)
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


def encode(params, prefix, config, inputs, run):
    """Embedding and encoder. -> LEDEncoderBaseModelOutput, cache"""
    x, ids = inputs.inputs_embeds, None
    if x is None:
        x, ids = embedding(inputs.input_ids, params[prefix + "shared.weight"])
    masked, is_global = token_masks(inputs.attention_mask, inputs.global_attention_mask, x)
    out, encoder_cache = encoder(
        x, params, prefix + "encoder", config, masked, is_global, inputs.head_mask, run)
    return out, (encoder_cache, ids)


def encoder_decoder(params, prefix, config, inputs, run):
    """Encoder and decoder. -> LEDSeq2SeqModelOutput, cache. (LEDModel.forward)"""
    encoded, encode_cache = inputs.encoder_outputs, None
    if encoded is None:
        encoded, encode_cache = encode(params, prefix, config, inputs, run)
    x, ids = inputs.decoder_inputs_embeds, inputs.decoder_input_ids
    if x is None:
        if ids is None:
            ids = shift_tokens_right(
                inputs.input_ids, config.pad_token_id, config.decoder_start_token_id)
        x, _ = embedding(ids, params[prefix + "shared.weight"])
    past = inputs.past_key_values
    biases = decoder_biases(x, inputs.decoder_attention_mask, inputs.attention_mask,
                            past[0][0].shape[2] if past else 0)  # fmt: skip
    decoded, decoder_cache = decoder(
        x, encoded.last_hidden_state, params, prefix + "decoder", config, biases, past,
        (inputs.decoder_head_mask, inputs.cross_attn_head_mask), run)  # fmt: skip
    out = LEDSeq2SeqModelOutput.of(encoded, decoded)
    return out, (encode_cache, decoder_cache, ids)


def encoder_decoder_backward(dhidden, cache):
    """dhidden (B, T, E) of the decoder's last hidden state
    -> grads, and [(ids, gradients of their embeddings)] of what was looked up"""
    encode_cache, decoder_cache, ids = cache
    dtokens, dmemory, grads = decoder_backward(dhidden, decoder_cache)
    looked_up = [(ids, dtokens)]
    if encode_cache is not None:
        encoder_cache, ids = encode_cache
        dtokens, encoder_grads = encoder_backward(dmemory, encoder_cache)
        looked_up.append((ids, dtokens))
        grads |= encoder_grads
    return grads, looked_up


# ======================================================================================
# The models: a head on top, a loss, the calls in the reference's names
# ======================================================================================


class LEDModel(PreTrainedModel):
    """LED without a head: token ids in, hidden states out. (Same class in the reference.)

    LEDModel(config, seed=0, dtype=np.float32) has fresh weights; `from_pretrained` reads a
    checkpoint. `params` is {official name: array}, tied weights once; change arrays in place or
    put others there. Calls always infer (no dropout). The classes with a loss have value_and_grad,
    which runs forward and backward.
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
        that are not padding, and those that attend to, and are attended to by, all others.
        decoder_input_ids (B, T), decoder_attention_mask (B, past + T): without ids the decoder
        reads input_ids shifted right. head_mask, decoder_head_mask, cross_attn_head_mask (layers,
        H): factors of the probabilities. inputs_embeds, decoder_inputs_embeds (B, S or T, E): in
        place of ids. encoder_outputs: what the method `encode` returned. past_key_values: what a
        call returned for the tokens before. use_cache, output_attentions, output_hidden_states,
        return_dict: booleans, by default those of the configuration.
        Raises ValueError that names an argument of wrong shape or value.
        """
        return self.infer(locals())

    def run_encoder(self, inputs, run):
        """Inputs, Run -> LEDEncoderBaseModelOutput"""
        out, _ = encode(self.params, self.prefix, self.config, inputs, run)
        return out

    def run_decoder(self, inputs, run):
        """Inputs, encoder_outputs among them, Run -> LEDSeq2SeqModelOutput"""
        out, _ = encoder_decoder(self.params, self.prefix, self.config, inputs, run)
        return out

    def forward(self, inputs, targets, run):
        """Inputs, targets by name if there is to be a loss, Run -> output_class, cache"""
        out, cache = encoder_decoder(self.params, self.prefix, self.config, inputs, run)
        fields, head_cache = self.head(out.pop("last_hidden_state"), inputs, targets, run)
        return self.output_class(**fields, **out), (head_cache, cache)

    def backward(self, cache):
        """-> {name: gradient of the loss} for all parameters"""
        head_cache, cache = cache
        dhidden, head_grads = self.head_backward(head_cache)
        grads, looked_up = encoder_decoder_backward(dhidden, cache)
        grads |= head_grads  # a tied head's gradient is the shared embedding's
        for name, array in self.params.items():
            if name not in grads:  # such as global projections in a batch without global tokens
                grads[name] = array_module(array).zeros(array.shape, array.dtype)
        for ids, dtokens in looked_up:
            if ids is not None:  # else inputs_embeds were given
                # The padding token learns nothing from being looked up. (padding_idx in torch)
                is_padding = ids[..., None] == self.config.pad_token_id  # (B, S, 1)
                dtokens = array_module(dtokens).where(is_padding, 0, dtokens)
                embedding_backward(dtokens, ids, grads[self.prefix + "shared.weight"])
        return {name: grads[name] for name in self.params}

    def head(self, hidden, inputs, targets, run):
        """hidden (B, T, E) -> {field of output_class: what the head makes of it}, cache"""
        return {"last_hidden_state": hidden}, None


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

    def head(self, hidden, inputs, targets, run):
        """hidden (B, T, E) -> {"loss", "logits"}, cache"""
        logits, logits_cache = self.logits(hidden)
        if not targets:
            return {"logits": logits}, None
        check_shape("labels", targets["labels"], logits.shape[:2])
        rows, labels = logits.reshape(-1, logits.shape[-1]), targets["labels"].reshape(-1)
        loss, loss_cache = cross_entropy(rows, labels, run.label_smoothing)
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
        """{name: what the caller gave} -> {name: array}; also sets the call's decoder_input_ids, in
        place in `arguments`, where none were given"""
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


def classification_loss(logits, labels, problem_type):
    """logits (B, num_labels), labels (B,) or (B, num_labels) -> loss (a number), dlogits: at once,
    since nothing stands between a loss and its backward. ValueError for labels that do not fit."""
    xp, (B, K) = array_module(logits), logits.shape
    if problem_type == "single_label_classification":
        labels = as_array("labels", labels.reshape(-1), xp, "B", {"B": B}, "iu")
        loss, cache = cross_entropy(logits, labels)
        return loss, cross_entropy_backward(1.0, cache)
    targets = labels.astype(logits.dtype)
    if problem_type == "regression":
        targets = targets.reshape(B, 1) if K == 1 and targets.size == B else targets
        check_shape("labels", targets, (B, K))
        error = logits - targets
        return logits.dtype.type((error * error).mean()), error * (2 / error.size)
    # multi label: cross entropy of each logit z against 0..1, log(1 + exp(z)) - target * z, where
    # log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)), which cannot overflow
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
        E, name = config.d_model, "classification_head."
        return {name + "dense.weight": (E, E), name + "dense.bias": (E,),
                name + "out_proj.weight": (config.num_labels, E),
                name + "out_proj.bias": (config.num_labels,)}  # fmt: skip

    def check_targets(self, targets, arguments):
        return {"labels": class_labels(targets["labels"], self.array_module, self.config)}

    def head(self, hidden, inputs, targets, run):
        """hidden (B, T, E) -> {"loss", "logits": (B, num_labels)}, cache"""
        seed, rate = subseed(run.seed, "classification head"), self.config.classifier_dropout
        last = last_eos(inputs.input_ids, hidden, self.config.eos_token_id)  # (B,)
        places = self.array_module.arange(len(hidden)), last
        kept, drop_cache = dropout(hidden[places], rate, subseed(seed, "sentence"))  # (B, E)
        dense, dense_cache = project(kept, self.params, "classification_head.dense")
        active, slope = (f(dense) for f in ACTIVATIONS["tanh"])  # tanh and its derivative there
        kept, active_drop_cache = dropout(active, rate, subseed(seed, "dense"))
        logits, out_cache = project(kept, self.params, "classification_head.out_proj")
        if not targets:
            return {"logits": logits}, None
        loss, dlogits = classification_loss(logits, targets["labels"], self.config.problem_type)
        return {"loss": loss, "logits": logits}, (
            hidden.shape, places, drop_cache, dense_cache, slope, active_drop_cache, out_cache,
            dlogits)  # fmt: skip

    def head_backward(self, cache):
        """-> dhidden, grads"""
        (shape, places, drop_cache, dense_cache, slope, active_drop_cache, out_cache,
         dlogits) = cache  # fmt: skip
        dkept, out_grads = project_backward(dlogits, out_cache)
        ddense = dropout_backward(dkept, active_drop_cache) * slope
        dkept, dense_grads = project_backward(ddense, dense_cache)
        dhidden = self.array_module.zeros(shape, dlogits.dtype)
        dhidden[places] = dropout_backward(dkept, drop_cache)
        return dhidden, out_grads | dense_grads

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
        return {"qa_outputs.weight": (2, config.d_model), "qa_outputs.bias": (2,)}

    def check_targets(self, targets, arguments):
        return {name: answer_positions(name, value, self.array_module)
                for name, value in targets.items()}  # fmt: skip

    def head(self, hidden, inputs, targets, run):
        """hidden (B, T, E) -> {"loss", "start_logits", "end_logits"}, cache

        The loss is the mean of two cross entropies over positions. Negative positions count as 0
        and positions beyond the text are ignored, as in the reference.
        """
        xp = self.array_module
        logits, logits_cache = project(hidden, self.params, "qa_outputs")  # (B, T, 2)
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
        return project_backward(dlogits, logits_cache)

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
    """Scales all gradients, in place, so that their common norm is at most max_norm; -> the norm
    before.

    As torch.nn.utils.clip_grad_norm_, also where the norm is nan or infinite.
    """
    max_norm = plain(max_norm)
    check_number("max_norm", max_norm, 0, math.inf, whole=False)
    with np.errstate(under="ignore", invalid="ignore"):
        norm = math.sqrt(sum(float((grad * grad).sum()) for grad in grads.values()))
        factor = max_norm / (norm + 1e-6)
        if not factor >= 1:  # less than 1, or nan
            for grad in grads.values():
                grad *= factor
    return norm


def linear_schedule(step, warmup_steps, total_steps):
    """Factor of the learning rate: up to 1 over the warm-up, then down to 0. Steps from 0."""
    if step < warmup_steps:
        return step / max(1, warmup_steps)
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))


@has_fast_twin
def adamw_update(params, grads, means, squares, lr, betas, eps, decay, step):
    """One step, in place in the parameters and in the running means of each gradient and of its
    square. All are {name: array}.

    The means begin at zero, so the first ones are too small. After n steps the gradients in a mean
    have weights that sum to 1 - beta^n: it is divided by that. step is n, from 1.
    """
    beta1, beta2 = betas
    for name, param in params.items():
        grad, mean, square = grads[name], means[name], squares[name]
        mean[...] = beta1 * mean + (1 - beta1) * grad
        square[...] = beta2 * square + (1 - beta2) * grad * grad
        rms = array_module(param).sqrt(square / (1 - beta2**step))
        if param.ndim > 1:  # biases and norms do not decay
            param *= 1 - lr * decay
        param -= lr / (1 - beta1**step) * mean / (rms + eps)


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), as in torch.optim.

    params {name: array} are changed in place by step(grads). Biases and norms do not decay.
    state() and load_state() resume a training exactly. ValueError for settings that torch refuses.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.weight_decay, self.steps = weight_decay, 0
        self.settings()
        self.mean = {name: array_module(p).zeros_like(p) for name, p in params.items()}
        self.square = {name: array_module(p).zeros_like(p) for name, p in params.items()}

    def settings(self):
        """lr, weight_decay, eps, (beta1, beta2), checked, as Python's numbers: NumPy's float64
        would make the arrays float64"""
        for name in ("lr", "weight_decay", "eps"):
            check_number(name, plain(getattr(self, name)), 0, math.inf, whole=False)
        betas = plain(self.betas)
        if not isinstance(betas, list) or len(betas) != 2:
            raise ValueError(f"betas: expected two numbers, found {betas!r:.80}")
        for i, beta in enumerate(betas):
            check_number(f"betas[{i}]", beta, 0, math.nextafter(1, 0), whole=False)
        beta1, beta2 = betas
        return (float(self.lr), float(self.weight_decay), float(self.eps),
                (float(beta1), float(beta2)))  # fmt: skip

    def step(self, grads):
        """One update with the gradients {name: array} of all parameters; others are passed over.
        ValueError if one is missing or has another shape."""
        shapes = {name: array.shape for name, array in self.mean.items()}
        check_arrays("grads", grads, shapes)
        check_arrays("params", self.params, shapes)
        lr, weight_decay, eps, betas = self.settings()
        self.steps += 1
        with np.errstate(under="ignore"):
            adamw_update(self.params, grads, self.mean, self.square, lr, betas, eps, weight_decay,
                         self.steps)  # fmt: skip

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
