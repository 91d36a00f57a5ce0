"""Bad input is answered by a ValueError that names the argument, and says what was found."""

import numpy as np
import pytest

import led
from led_support.inputs import warn_once
from tests.common import our_model

SETTINGS = {
    "vocab_size": 43, "d_model": 12, "encoder_layers": 2, "decoder_layers": 1,
    "encoder_attention_heads": 2, "decoder_attention_heads": 3, "encoder_ffn_dim": 17,
    "decoder_ffn_dim": 19, "max_encoder_position_embeddings": 30,
    "max_decoder_position_embeddings": 8, "attention_window": [4, 8]}  # fmt: skip
IDS = np.arange(10).reshape(2, 5)
ONES = np.ones((2, 5), np.int64)


@pytest.fixture(scope="module")
def model():
    return our_model("LEDForConditionalGeneration", SETTINGS, seed=1)


@pytest.mark.parametrize("arguments, message", [
    ({}, "expected either input_ids or inputs_embeds, found neither|decoder_input_ids: expected"),
    ({"decoder_input_ids": IDS}, "expected either input_ids or inputs_embeds, found neither"),
    ({"input_ids": IDS, "inputs_embeds": np.zeros((2, 5, 12)), "decoder_input_ids": IDS},
     "expected either input_ids or inputs_embeds, found both"),
    ({"input_ids": IDS, "decoder_input_ids": IDS, "decoder_inputs_embeds": np.zeros((2, 5, 12))},
     "expected either decoder_input_ids or decoder_inputs_embeds, found both"),
    ({"inputs_embeds": np.zeros((2, 5, 12))}, "decoder_input_ids: expected"),
    ({"input_ids": IDS[0]}, r"input_ids: expected integers of shape \(B, S\), found .* \(5,\)"),
    ({"input_ids": IDS[:, :0]}, r"input_ids: expected integers .* \(2, 0\)"),
    ({"input_ids": IDS + 0.5}, "input_ids: expected integers .* found float64"),
    ({"input_ids": IDS + 40}, r"input_ids: expected an integer in 0..42, found 49"),
    ({"input_ids": IDS - 1}, r"input_ids: expected an integer in 0..42, found -1"),
    ({"input_ids": IDS, "decoder_input_ids": IDS + 40}, "decoder_input_ids: expected .* found 49"),
    ({"input_ids": IDS, "attention_mask": ONES[:, :4]},
     r"attention_mask: expected shape \(2, 5\), found \(2, 4\)"),
    ({"input_ids": IDS, "attention_mask": ONES[0]}, r"attention_mask: expected shape"),
    ({"input_ids": IDS, "global_attention_mask": ONES[:1]},
     r"global_attention_mask: expected shape \(2, 5\), found \(1, 5\)"),
    ({"input_ids": IDS, "decoder_input_ids": IDS, "decoder_attention_mask": ONES[:, :3]},
     r"decoder_attention_mask: expected shape \(2, 5\), found \(2, 3\)"),
    ({"inputs_embeds": np.zeros((2, 5, 11)), "decoder_input_ids": IDS},
     r"inputs_embeds: expected shape \(B, S, 12\), found \(2, 5, 11\)"),
    ({"input_ids": IDS, "head_mask": np.ones((2, 3))},
     r"head_mask: expected shape \(2, 2\), found \(2, 3\)"),
    ({"input_ids": IDS, "decoder_head_mask": np.ones((2, 3))},
     r"decoder_head_mask: expected shape \(1, 3\), found \(2, 3\)"),
    ({"input_ids": IDS, "cross_attn_head_mask": np.ones((3,))},
     r"cross_attn_head_mask: expected shape \(1, 3\), found \(3,\)"),
    ({"input_ids": np.ones((1, 31), int), "decoder_input_ids": IDS[:1]},
     "encoder: 31 tokens, but the model has 30 positions"),
    ({"input_ids": np.ones((1, 9), int)}, "decoder: 9 tokens, but the model has 8 positions"),
    ({"input_ids": IDS, "labels": IDS[0]}, "labels: expected integers"),
    ({"input_ids": IDS, "labels": IDS * 1.0}, "labels: expected integers"),
    ({"input_ids": IDS, "labels": IDS + 40}, "labels: expected 0..42 or -100, found 40 to 49"),
], ids=lambda value: " ".join(value) if isinstance(value, dict) else "")  # fmt: skip
def test_calls(arguments, message, model):
    with pytest.raises(ValueError, match=message):
        model(**arguments)


@pytest.mark.parametrize("method", ["__call__", "encode", "value_and_grad"])
def test_arguments_that_do_not_exist(method, model):
    """Python's own message names them, as in the reference"""
    with pytest.raises(TypeError, match="token_type_ids"):
        getattr(model, method)(input_ids=IDS, token_type_ids=IDS)


@pytest.mark.parametrize("settings, message", [
    ({"num_beams": 0}, "num_beams"),
    ({"num_beams": 2.0}, "num_beams"),
    ({"num_return_sequences": 2}, "num_return_sequences: expected at most 1, .*, found 2"),
    ({"num_beams": 2, "num_return_sequences": 3}, "num_return_sequences: expected at most 2, .*, found 3"),
    ({"num_beams": 2, "early_stopping": "always"}, "early_stopping: .* found 'always'"),
    ({"do_sample": True, "temperature": 0}, "temperature"),
    ({"do_sample": True, "top_p": 1.5}, "top_p"),
    ({"do_sample": True, "top_k": -1}, "top_k"),
    ({"bad_words_ids": [5]}, "bad_words_ids: expected lists of token ids"),
    ({"bad_words_ids": [[43]]}, "bad_words_ids: .* found 43"),
    ({"forced_eos_token_id": 43}, "forced_eos_token_id: .* found 43"),
    ({"suppress_tokens": [-1]}, "suppress_tokens: .* found -1"),
    ({"length_penalty": "long"}, "length_penalty"),
    ({"repetition_penalty": 0.0}, "repetition_penalty"),
    ({"no_repeat_ngram_size": -2}, "no_repeat_ngram_size"),
    ({"max_length": 0}, "max_length"),
    ({"number_of_beams": 4}, "unknown arguments number_of_beams"),
    ({"penalty_alpha": 0.6, "top_k": 4}, "penalty_alpha: not supported"),
    ({"num_beam_groups": 2, "num_beams": 4}, "num_beam_groups: not supported"),
    ({"force_words_ids": [[1]]}, "force_words_ids: not supported"),
    ({"decoder_input_ids": [[4]]},
     r"decoder_input_ids: expected .* shape \(2, T\), found .* \(1, 1\)"),
    ({"decoder_input_ids": [[4], [43]]}, "decoder_input_ids: expected an integer .* found 43"),
    ({"attention_mask": ONES[:, :4]}, r"attention_mask: expected shape \(2, 5\)"),
    ({"max_length": 12, "min_length": 12}, "decoder: 9 tokens, but the model has 8 positions"),
], ids=lambda value: " ".join(value) if isinstance(value, dict) else "")  # fmt: skip
def test_generate(settings, message, model):
    with pytest.raises(ValueError, match=message):
        model.generate(IDS, **settings)


def test_models():
    with pytest.raises(ValueError, match="dtype: expected 'float32' or 'float64', found 'float16'"):
        led.LEDModel(led.LEDConfig(**SETTINGS), dtype=np.float16)
    small = led.LEDModel(led.LEDConfig(**SETTINGS))
    with pytest.raises(ValueError, match="device: expected 'cpu' or 'cuda', found 'tpu'"):
        small.to("tpu")
    with pytest.raises(ValueError, match=r"value: expected shape \(43, 12\), found \(42, 12\)"):
        small.set_input_embeddings(np.zeros((42, 12)))
    with pytest.raises(ValueError, match="new_num_tokens: expected an integer .* found 0"):
        small.resize_token_embeddings(0)


def test_a_missing_cupy_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cupy", None)
    with pytest.raises(ValueError, match="pip install cupy-cuda12x"):
        led.LEDModel(led.LEDConfig(**SETTINGS)).to("cuda")


def test_classification_wants_eos_tokens_in_equal_numbers():
    model = our_model("LEDForSequenceClassification", SETTINGS, seed=1)
    ids = np.full((2, 5), 7)
    with pytest.raises(ValueError, match="input_ids: expected an eos token in each example"):
        model(ids)
    ids[0, 3] = 2
    with pytest.raises(ValueError, match=r"the same number of eos tokens .* found \[1, 0\]"):
        model(ids)
    ids[:, 3] = 2
    with pytest.raises(ValueError, match="labels"):
        model(ids, labels=np.array([0, 2]))  # two labels: 0 and 1
    with pytest.raises(ValueError, match="labels"):
        model(ids, labels=np.zeros((2, 3)))


def test_checkpoints_that_do_not_fit(tmp_path, model):
    model.save_pretrained(tmp_path)
    load = led.LEDForConditionalGeneration.from_pretrained
    with pytest.raises(ValueError, match=r"fc1.weight: expected \(18, 12\), found \(17, 12\)"):
        load(tmp_path, encoder_ffn_dim=18)
    with pytest.raises(ValueError, match=r"tensors are missing: led.decoder.layers.1"):
        load(tmp_path, decoder_layers=2)
    with pytest.warns(UserWarning, match="not used: led.encoder.layers.1"):
        load(tmp_path, encoder_layers=1, attention_window=[4])
    with pytest.raises(ValueError, match="no_such_setting"):
        load(tmp_path, no_such_setting=1)
    with pytest.raises(OSError):
        load(tmp_path / "nothing here")


def test_global_attention_that_would_be_lost_is_told():
    """The commonest trouble of LED's users: no token is global, and nothing says so."""
    warn_once.__defaults__[0].clear()
    fresh = our_model("LEDForConditionalGeneration", SETTINGS, seed=1)
    with pytest.warns(UserWarning, match="no token is both global and not masked"):
        fresh(IDS, global_attention_mask=0 * ONES)
    with pytest.warns(UserWarning, match="generate without global_attention_mask"):
        fresh.generate(IDS, max_length=3)
