"""Arguments of a model, arrays or lists -> arrays whose types, shapes and values fit each other."""

import warnings
from typing import NamedTuple

import numpy as np

from led_support.arrays import array_module, check_shape, to_host
from led_support.files import check_flag, check_number, expect
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


class Inputs(NamedTuple):
    """What a model reads: checked arrays, or None where there are none."""

    input_ids: object = None  # (B, S)
    inputs_embeds: object = None  # (B, S, E), in place of input_ids
    attention_mask: object = None  # (B, S)
    global_attention_mask: object = None  # (B, S)
    head_mask: object = None  # (encoder_layers, H)
    encoder_outputs: object = None  # in place of all of these
    decoder_input_ids: object = None  # (B, T)
    decoder_inputs_embeds: object = None  # (B, T, E), in place of decoder_input_ids
    decoder_attention_mask: object = None  # (B, past + T)
    decoder_head_mask: object = None  # (decoder_layers, H)
    cross_attn_head_mask: object = None  # (decoder_layers, H)
    past_key_values: object = None  # of the tokens before, as the decoder returns them


class Run(NamedTuple):
    """How the layers are run, and what is kept of them beside the result."""

    seed: int = None  # of dropout and layerdrop; None for inference
    training: bool = False  # keep what the backward needs
    checkpointing: bool = False  # of each layer its input alone: the backward runs it again
    use_cache: bool = False
    output_attentions: bool = False
    output_hidden_states: bool = False
    on_layer: object = None  # called with the number of layers done, and of all
    label_smoothing: float = 0.0


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


def class_labels(labels, xp, config):
    """Labels for classification as an array; their shape depends on config.problem_type. Where that
    is None it is inferred from them and, as in the reference, stays so."""
    labels = xp.asarray(labels)
    as_array("labels", labels.reshape(-1), xp, "N", {})
    if config.problem_type is None:
        if config.num_labels == 1:
            config.problem_type = "regression"
        elif labels.dtype.kind in "iu":
            config.problem_type = "single_label_classification"
        else:
            config.problem_type = "multi_label_classification"
    return labels


def last_eos(input_ids, hidden, eos_token_id):
    """(B,) positions of the last eos token in each text (B, T), as long as hidden (B, T, E); the
    reference's errors"""
    if input_ids is None:
        raise ValueError("input_ids: expected, since the eos token is looked for in them")
    is_eos = np.isin(to_host(input_ids), eos_token_id)
    check_shape("decoder_input_ids", hidden[:, :, 0], is_eos.shape)
    counts = is_eos.sum(axis=1)
    expect((counts == counts[0]).all(), "input_ids",
           "the same number of eos tokens in all examples", counts.tolist())  # fmt: skip
    expect(counts[0] > 0, "input_ids", "an eos token in each example", 0)
    last = is_eos.shape[1] - 1 - is_eos[:, ::-1].argmax(axis=1)
    return array_module(hidden).asarray(last)


def answer_positions(name, positions, xp):
    """The positions of answers, (B,) or (B, 1), as integers (B,)"""
    return as_array(name, xp.asarray(positions).reshape(-1), xp, "B", {}, "iu")


def as_encoder_outputs(given):
    """LEDEncoderBaseModelOutput from one, from a tuple of its fields, or from an array"""
    fields = LEDEncoderBaseModelOutput.fields
    if hasattr(given, "last_hidden_state"):
        given = [getattr(given, name, None) for name in fields]
    given = given if isinstance(given, (tuple, list)) else [given]
    expect(len(given) <= len(fields), "encoder_outputs", f"at most {len(fields)}", len(given))
    return LEDEncoderBaseModelOutput(*given)


def check_inputs(config, dtype, xp, given):
    """The inputs of encoder and decoder that are not None, as arrays of xp; lists become arrays.

    Raises ValueError that names the argument for wrong types, shapes or values, and for batches and
    lengths that do not fit each other. Warns once if global tokens are asked for, but none is left:
    lost without a word, they are the most repeated trouble with LED.
    """
    config.attention_window = config.windows()  # it may have been set since the model was made
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
            expect(found == [4] * config.decoder_layers, name,
                   f"4 arrays for each of {config.decoder_layers} layers", found)  # fmt: skip
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
    if "global_attention_mask" in inputs and "encoder_outputs" not in inputs:
        marked = inputs["global_attention_mask"]
        if not token_masks(inputs.get("attention_mask"), marked, marked)[1].any():  # is_global
            warn_once("global_attention_mask is given, but no token is both global and not masked")
    return inputs


def of_documents(inputs, documents, tokens):
    """The inputs {name: array} of some documents of a batch, an index, and of their first tokens"""
    some = {}
    for name, value in inputs.items():
        if INPUT_AXES[name].startswith("BS"):
            value = value[documents, :tokens]
        elif INPUT_AXES[name].startswith("B"):
            value = value[documents]
        some[name] = value
    return some


def token_masks(attention_mask, global_attention_mask, x):
    """(masked, is_global), booleans (B, S), for x (B, S, E).

    The two masks merge into attention * (global + 1): below 1 a token is masked, at 1 it attends
    locally, above 1 globally. So a global token that is masked is masked, and the -1 with which
    the tokenizer pads global_attention_mask masks too.
    """
    merged = array_module(x).ones(x.shape[:2])
    if attention_mask is not None:
        merged = merged * attention_mask
    if global_attention_mask is not None:
        merged = merged * (global_attention_mask + 1)
    return merged < 1, merged > 1


def check_sources(inputs):
    """Raises ValueError unless encoder and decoder each have one thing to read."""
    if "encoder_outputs" not in inputs:
        one_given("input_ids", inputs.get("input_ids"), "inputs_embeds", inputs.get("inputs_embeds"))
    ids, embeds = inputs.get("decoder_input_ids"), inputs.get("decoder_inputs_embeds")
    if ids is not None or embeds is not None:
        one_given("decoder_input_ids", ids, "decoder_inputs_embeds", embeds)
    elif "input_ids" not in inputs:
        raise ValueError("decoder_input_ids: expected, since there are no input_ids to shift")


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
