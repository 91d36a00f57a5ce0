"""Arguments of a model, arrays or lists -> arrays whose types, shapes and values fit each other."""

import warnings

import numpy as np

from led_support.arrays import to_host
from led_support.files import check_flag, check_number
from led_support.outputs import LEDEncoderBaseModelOutput


def chosen(value, default):
    """value, or where that is None the default"""
    return default if value is None else value


def one_given(name, value, other_name, other_value):
    """Raises ValueError unless exactly one of two arguments is given."""
    if (value is None) == (other_value is None):
        found = "neither" if value is None else "both"
        raise ValueError(f"expected either {name} or {other_name}, found {found}")


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
    for extreme in (ids.min(), ids.max()):
        check_number(name, int(extreme), 0, vocab_size - 1)


def check_labels(labels, V):
    """Raises ValueError unless all labels are in 0..V-1 or -100."""
    if not bool((((labels >= 0) & (labels < V)) | (labels == -100)).all()):
        lowest, highest = int(labels.min()), int(labels.max())
        raise ValueError(f"labels: expected 0..{V - 1} or -100, found {lowest} to {highest}")


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
