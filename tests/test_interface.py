"""Calls and their outputs: positions of arguments, what an output class can do, inputs that do not
fit each other, NumPy's numbers as settings, and everything that generate can return."""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest

import led
from led_support import generation
from led_support.outputs import LEDDecoderOutput
from tests.common import copy_folder, our_model
from tests.surface import FIXTURES
from tests.surface import SETTINGS as SURFACE_SETTINGS

SETTINGS = {
    "vocab_size": 43, "d_model": 12, "encoder_layers": 2, "decoder_layers": 1,
    "encoder_attention_heads": 2, "decoder_attention_heads": 3, "encoder_ffn_dim": 17,
    "decoder_ffn_dim": 19, "max_encoder_position_embeddings": 30,
    "max_decoder_position_embeddings": 15, "attention_window": [4, 8]}  # fmt: skip
B, S, T = 2, 9, 5
IDS = np.arange(3, 3 + B * S).reshape(B, S)
TEXTS = np.arange(20, 20 + B * T).reshape(B, T)
KINDS = ["LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
         "LEDForQuestionAnswering"]  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore:generate without global_attention_mask")


@pytest.fixture(scope="module")
def model():
    return our_model("LEDForConditionalGeneration", SETTINGS, seed=1)


# ------------------------------------------------------------------------------------------------
# Outputs
# ------------------------------------------------------------------------------------------------


def test_an_output_is_a_dict_and_a_tuple(model):
    out = model(IDS, decoder_input_ids=TEXTS, output_attentions=True)
    names = ["logits", "past_key_values", "decoder_attentions", "cross_attentions",
             "encoder_last_hidden_state", "encoder_attentions"]  # fmt: skip
    assert list(out) == list(out.keys()) == names and len(out) == 6
    assert out[0] is out.logits is out["logits"] is out.to_tuple()[0] is list(out.values())[0]
    assert out[-1] is out.encoder_attentions and out[1:3] == tuple(out.values())[1:3]
    assert out.loss is None and "loss" not in out and "logits" in out
    assert out.encoder_global_attentions is None
    for missing in ("loss", "nothing"):
        with pytest.raises(KeyError, match=missing):
            out[missing]
    with pytest.raises(AttributeError, match="nothing"):
        out.nothing
    with pytest.raises(IndexError):
        out[6]
    for other in (copy.copy(out), pickle.loads(pickle.dumps(out))):
        assert type(other) is type(out) and list(other) == names
        np.testing.assert_array_equal(other.logits, out.logits)


def test_an_output_is_made_of_its_fields():
    out = led.LEDSeq2SeqLMOutput(1.5, encoder_last_hidden_state=3)
    assert out.to_tuple() == (1.5, 3) and out.loss == 1.5
    out.logits = 2
    assert out["logits"] == 2
    with pytest.raises(TypeError, match="has the fields loss, logits"):
        led.LEDSeq2SeqLMOutput(start_logits=1)
    with pytest.raises(TypeError, match="has the fields"):
        LEDDecoderOutput(1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_tuples(kind):
    ids = IDS.copy()
    ids[:, 4] = 2
    model = our_model(kind, SETTINGS, seed=2)
    out, values = model(ids), model(ids, return_dict=False)
    assert type(values) is tuple and len(values) == len(out)
    np.testing.assert_array_equal(values[0], out[0])
    model.config.return_dict = False
    assert type(model(ids)) is tuple and type(model.encode(ids)) is tuple
    assert type(model(ids, return_dict=True)) is type(out)


def test_what_is_public():
    for name in led.__all__:
        assert getattr(led, name).__doc__, name
    assert {*KINDS, "LEDConfig", "GenerationConfig", "AdamW"} <= set(led.__all__)


# ------------------------------------------------------------------------------------------------
# Arguments
# ------------------------------------------------------------------------------------------------


def test_arguments_by_position(model):
    mask = np.ones_like(IDS)
    mask[1, 6:] = 0
    names = model(IDS, attention_mask=mask, decoder_input_ids=TEXTS, labels=TEXTS + 1)
    places = model(IDS, mask, TEXTS, *[None] * 9, TEXTS + 1)
    np.testing.assert_array_equal(places.logits, names.logits)
    assert places.loss == names.loss
    loss, _ = model.value_and_grad(IDS, mask, TEXTS, labels=TEXTS + 1)
    # Inference multiplies the same in another order: a few last bits at most
    assert abs(loss - names.loss) <= 8 * np.finfo(loss.dtype).eps * loss


HALF = np.ones((1, S), np.int64)
MISFITS = {
    "more texts than documents": ({"decoder_input_ids": TEXTS.repeat(2, 0)}, "decoder_input_ids"),
    "fewer texts than documents": ({"decoder_input_ids": TEXTS[:1]}, "decoder_input_ids"),
    "more embedded texts": ({"decoder_inputs_embeds": np.zeros((4, T, 12))},
                            "decoder_inputs_embeds"),
    "labels of another length": ({"decoder_input_ids": TEXTS, "labels": TEXTS[:, :4]}, "labels"),
    "labels of another batch": ({"decoder_input_ids": TEXTS, "labels": TEXTS[:1]}, "labels"),
    "labels of more texts": ({"labels": TEXTS.repeat(2, 0)}, "decoder_input_ids|labels"),
    "outputs of one document": ({"encoder_outputs": np.zeros((1, S, 12))}, "input_ids"),
    "outputs of another length": ({"encoder_outputs": np.zeros((B, 8, 12))}, "input_ids"),
    "outputs of another width": ({"encoder_outputs": np.zeros((B, S, 11))}, "encoder_outputs"),
    "outputs without a batch": ({"encoder_outputs": np.zeros((S, 12))}, "encoder_outputs"),
    "too many outputs": ({"encoder_outputs": (np.zeros((B, S, 12)), 1, 2, 3, 4)},
                         "encoder_outputs"),
    "a mask of one document": ({"attention_mask": HALF}, "attention_mask"),
    "a mask of nan": ({"attention_mask": np.full((B, S), np.nan)}, "attention_mask: .*nan"),
    "a mask of words": ({"attention_mask": np.full((B, S), "one")}, "attention_mask"),
    "a ragged mask": ({"attention_mask": [[1, 1], [1]]}, "attention_mask"),
    "a global mask of inf": ({"global_attention_mask": np.full((B, S), np.inf)},
                             "global_attention_mask"),
    "a decoder's mask of another length": (
        {"decoder_input_ids": TEXTS, "decoder_attention_mask": np.ones((B, S))},
        "decoder_attention_mask"),
    "a mask of one token of five": (
        {"decoder_input_ids": TEXTS[:, :1], "decoder_attention_mask": np.ones((B, T))},
        "decoder_attention_mask"),
    "a decoder's mask of one document": (
        {"decoder_input_ids": TEXTS, "decoder_attention_mask": np.ones((1, T))},
        "decoder_attention_mask"),
    "a head mask of nan": ({"head_mask": np.full((2, 2), np.nan)}, "head_mask"),
    "a head mask of the decoder's shape": ({"head_mask": np.ones((1, 3))}, "head_mask"),
    "a head mask of one layer": ({"cross_attn_head_mask": np.ones(3)}, "cross_attn_head_mask"),
    "no documents": ({"input_ids": IDS[:0]}, "input_ids"),
    "no tokens": ({"input_ids": IDS[:, :0]}, "input_ids"),
    "no embedded tokens": ({"input_ids": None, "inputs_embeds": np.zeros((B, 0, 12)),
                            "decoder_input_ids": TEXTS}, "inputs_embeds"),
    "no text": ({"decoder_input_ids": TEXTS[:, :0]}, "decoder_input_ids"),
    "no labels": ({"labels": TEXTS[:, :0]}, "labels"),
    "labels that are too large": ({"labels": TEXTS + np.uint64(2**63)}, "labels"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_inputs_that_do_not_fit(name, model):
    arguments, message = MISFITS[name]
    arguments = {"input_ids": IDS} | arguments
    with pytest.raises(ValueError, match=message):
        model(**arguments)
    with pytest.raises(ValueError, match=message):
        model.value_and_grad(**{"labels": TEXTS} | arguments)
    if "labels" not in arguments and not any(name.startswith("decoder_") and name[8:12] != "inpu"
                                             for name in arguments):
        arguments = {k: v for k, v in arguments.items() if k != "decoder_inputs_embeds"}
        if arguments.keys() - {"input_ids"} or arguments["input_ids"].size == 0:
            with pytest.raises(ValueError, match=message):
                model.generate(**arguments, max_length=4)


@pytest.mark.parametrize("arguments, message", [
    ({"attention_mask": HALF}, "attention_mask"), ({"head_mask": np.ones((3, 2))}, "head_mask"),
    ({"inputs_embeds": np.zeros((B, S, 12))}, "found both"),
    ({"global_attention_mask": [[np.nan] * S] * B}, "global_attention_mask")])  # fmt: skip
def test_the_encoder_alone_refuses_them_too(arguments, message, model):
    with pytest.raises(ValueError, match=message):
        model.encode(IDS, **arguments)


def test_pasts_that_do_not_fit(model):
    out = model(IDS, decoder_input_ids=TEXTS)
    (self_k, self_v, cross_k, cross_v), = out.past_key_values
    wrong = [5, [5], (), ((self_k, self_v),), out.past_key_values * 2,
             ((self_k[:1], self_v, cross_k, cross_v),),
             ((self_k, self_v[:, :, 1:], cross_k, cross_v),),
             ((self_k, self_v, cross_k[:, :, 1:], cross_v[:, :, 1:]),),
             ((self_k[..., :2], self_v, cross_k, cross_v),)]  # fmt: skip
    for past in wrong:
        with pytest.raises(ValueError, match="past_key_values"):
            model(IDS, decoder_input_ids=TEXTS, past_key_values=past)
    more = {"decoder_input_ids": TEXTS[:, :2] + 4, "past_key_values": out.past_key_values}
    with pytest.raises(ValueError, match="decoder_attention_mask"):  # of the past as well
        model(IDS, decoder_attention_mask=np.ones((B, 2)), **more)
    longer = model(IDS, decoder_attention_mask=np.ones((B, T + 2)), **more)
    assert longer.past_key_values[0][0].shape == (B, 3, T + 2, 4)
    with pytest.raises(ValueError, match="past_key_values: a step of training has none"):
        model.value_and_grad(IDS, labels=TEXTS, past_key_values=out.past_key_values)
    with pytest.raises(ValueError, match="output_attentions: a step of training has none"):
        model.value_and_grad(IDS, labels=TEXTS, output_attentions=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint32, np.int8, np.uint64])
def test_integers_of_all_types(dtype, model):
    loss = model(IDS, labels=TEXTS).loss
    assert model(IDS.astype(dtype), labels=TEXTS.astype(dtype)).loss == loss
    assert model.value_and_grad(IDS, labels=TEXTS.astype(dtype))[0] == loss
    shifted = model.prepare_decoder_input_ids_from_labels(TEXTS.astype(dtype))
    np.testing.assert_array_equal(shifted[:, 1:], TEXTS[:, :-1])
    answers = our_model("LEDForQuestionAnswering", SETTINGS, seed=3)
    places = {"start_positions": np.array([3, 200]), "end_positions": np.array([4, 1])}
    expected = answers(IDS, **places).loss
    if dtype is not np.int8:
        assert answers(IDS, **{k: v.astype(dtype) for k, v in places.items()}).loss == expected
    one = {"start_positions": dtype(3), "end_positions": dtype(4)}
    expected = answers(IDS[:1], start_positions=[3], end_positions=[4]).loss
    assert answers(IDS[:1], **one).loss == expected
    for wrong in (2.0, [1.0, 2.0]):
        with pytest.raises(ValueError, match="start_positions"):
            answers(IDS, start_positions=wrong, end_positions=[1, 2])
    with pytest.raises(ValueError, match="end_positions"):
        answers(IDS, start_positions=[1, 2], end_positions=[1, 2, 3])
    with pytest.raises(ValueError, match="end_positions: expected"):
        answers(IDS, start_positions=[1, 2])


def test_masks_of_all_types(model):
    mask, is_global = np.ones((B, S), np.int64), np.zeros((B, S), np.int64)
    mask[1, 7:] = 0
    is_global[:, 2] = 1
    expected = model(IDS, mask, TEXTS, global_attention_mask=is_global).logits
    for dtype in (bool, np.uint8, np.float32):
        out = model(IDS, mask.astype(dtype), TEXTS, global_attention_mask=is_global.astype(dtype))
        np.testing.assert_array_equal(out.logits, expected)
    twos = mask + is_global  # 2 for global, as in the original code
    np.testing.assert_array_equal(model(IDS, twos.astype(np.uint8), TEXTS).logits,
                                  model(IDS, twos, TEXTS).logits)  # fmt: skip


def test_arguments_of_training_that_make_no_sense():
    ids = IDS.copy()
    ids[:, 4] = 2
    for kind, targets in (("LEDForSequenceClassification", {"labels": [0, 1]}),
                          ("LEDForQuestionAnswering",
                           {"start_positions": [1, 2], "end_positions": [3, 4]})):  # fmt: skip
        other = our_model(kind, SETTINGS, seed=1)
        assert np.isfinite(other.value_and_grad(ids, **targets)[0])
        with pytest.raises(ValueError, match="label_smoothing"):
            other.value_and_grad(ids, **targets, label_smoothing=0.1)
    for wrong in (["a", "b"], [], [[]]):
        with pytest.raises(ValueError, match="labels"):
            our_model("LEDForSequenceClassification", SETTINGS, seed=1)(ids, labels=wrong)


@pytest.mark.parametrize("name", ["use_cache", "output_attentions", "output_hidden_states",
                                  "return_dict"])  # fmt: skip
def test_flags_are_true_or_false(name, model):
    for wrong in ("no", 2, [True]):
        with pytest.raises(ValueError, match=f"{name}: expected True or False"):
            model(IDS, **{name: wrong})
        with pytest.raises(ValueError, match=f"{name}.*: expected True or False"):
            model.generate(IDS, **{name.replace("return_dict", "return_dict_in_generate"): wrong})
    assert len(model(IDS, decoder_input_ids=TEXTS, **{name: np.bool_(True)}))


def test_seeds_that_are_none(model):
    for wrong in ("x", -1, 0.5):
        with pytest.raises(ValueError, match="dropout_rng: expected a number or a Generator"):
            model.value_and_grad(IDS, labels=TEXTS, dropout_rng=wrong)
        with pytest.raises(ValueError, match="seed: expected a number or a Generator"):
            model.generate(IDS, max_length=3, seed=wrong)


def test_parameters_that_are_not_those_of_the_configuration(model):
    config = led.LEDConfig(**SETTINGS)
    with pytest.raises(ValueError, match="params: led.shared.weight is missing"):
        led.LEDForConditionalGeneration(config, params={})
    params = model.params | {"led.shared.weight": np.zeros((12, 43))}
    with pytest.raises(ValueError, match=r"params: led.shared.weight: expected shape \(43, 12\)"):
        led.LEDForConditionalGeneration(config, params=params)


def test_losses_without_labels():
    for kind in KINDS:
        with pytest.raises(ValueError, match="labels|start_positions|LEDModel"):
            our_model(kind, SETTINGS, seed=1).value_and_grad(IDS)


# ------------------------------------------------------------------------------------------------
# Generation
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode, rows", [({}, 2), ({"num_beams": 3}, 6),
                                        ({"do_sample": True, "num_return_sequences": 2}, 4)])
def test_everything_that_generate_returns(mode, rows, model):
    is_global = np.eye(1, S, dtype=int).repeat(B, 0)
    given = {"global_attention_mask": is_global, "max_length": 6, "min_length": 6, "seed": 1} | mode
    plain = model.generate(IDS, **given)
    asked = given | {"output_attentions": True, "output_hidden_states": True, "output_scores": True}
    np.testing.assert_array_equal(model.generate(IDS, **asked), plain)
    out = model.generate(IDS, **asked, return_dict_in_generate=True)
    np.testing.assert_array_equal(out.sequences, plain)
    assert len(out.decoder_attentions) == len(out.scores) == 5
    for step, (own, cross, hidden) in enumerate(zip(
            out.decoder_attentions, out.cross_attentions, out.decoder_hidden_states)):  # fmt: skip
        assert [a.shape for a in own] == [(rows, 3, 1, step + 1)]
        assert [a.shape for a in cross] == [(rows, 3, 1, S)]
        assert [a.shape for a in hidden] == [(rows, 1, 12)] * 2
    encoded = model.encode(IDS, None, is_global, output_attentions=True, output_hidden_states=True)
    for ours, theirs in ((out.encoder_attentions, encoded.attentions),
                         (out.encoder_hidden_states, encoded.hidden_states)):  # fmt: skip
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            np.testing.assert_array_equal(a, b)
    few = model.generate(IDS, **given, return_dict_in_generate=True, output_attentions=None)
    assert not any("attentions" in name or name == "scores" for name in few)
    model.config.output_hidden_states = True
    try:
        out = model.generate(IDS, **given, return_dict_in_generate=True)
        assert "decoder_hidden_states" in out and "encoder_hidden_states" in out
    finally:
        model.config.output_hidden_states = False


def test_generation_config_as_argument(model):
    expected = model.generate(IDS, num_beams=3, max_length=7, no_repeat_ngram_size=1)
    settings = {"num_beams": 3, "max_length": 7, "no_repeat_ngram_size": 1}
    for given in (settings, led.GenerationConfig(settings), led.GenerationConfig(**settings)):
        np.testing.assert_array_equal(model.generate(IDS, given), expected)
        np.testing.assert_array_equal(model.generate(inputs=IDS, generation_config=given), expected)
        shorter = model.generate(IDS, given, max_length=4)
        assert shorter.shape[1] <= 4
    expected = model.generate(IDS, max_length=4)
    np.testing.assert_array_equal(model.generate(IDS, {}, max_length=4), expected)
    with pytest.raises(ValueError, match="inputs: expected either"):
        model.generate(IDS, input_ids=IDS)
    for wrong in (np.ones_like(IDS), [1], "beams"):
        with pytest.raises(ValueError, match="generation_config: expected settings by name"):
            model.generate(IDS, wrong)
    with pytest.raises(ValueError, match="number_of_beams"):
        model.generate(IDS, {"number_of_beams": 3})


def test_settings_as_attributes(tmp_path):
    model = our_model("LEDForConditionalGeneration", SETTINGS, seed=1)
    config = model.generation_config
    assert config.max_length == 20 and config.top_k == 50 and config.num_beam_groups == 1
    assert config.get("max_length") is None and config.eos_token_id == config["eos_token_id"] == 2
    config.max_length = np.int64(7)
    config["num_beams"] = 2
    config.update(length_penalty=np.float32(0.5))
    assert {type(value) for value in (config.max_length, config.length_penalty)} == {int, float}
    expected = model.generate(IDS, num_beams=2, max_length=7, length_penalty=0.5)
    np.testing.assert_array_equal(model.generate(IDS), expected)
    for name in ("max_lenght", "beams"):
        with pytest.raises(ValueError, match=name):
            setattr(config, name, 3)
        with pytest.raises(ValueError, match=name):
            config[name] = 3
        with pytest.raises(AttributeError, match=name):
            getattr(config, name)
    assert copy.deepcopy(config) == config
    model.save_pretrained(tmp_path)
    again = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert (again.generation_config.max_length, again.generation_config.num_beams) == (7, 2)
    np.testing.assert_array_equal(again.generate(IDS), expected)


def test_a_setting_of_the_configuration_that_makes_no_difference_is_told(tmp_path):
    copy_folder(FIXTURES / "led", tmp_path / "led")
    path = tmp_path / "led" / "generation_config.json"
    tokens = {"decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1}
    path.write_text(json.dumps(tokens | {"max_length": 5}))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path / "led")
    model.config.max_length = 6
    with pytest.warns(UserWarning, match="config.max_length = 6 makes no difference"):
        assert model.generate([[5, 6, 7]], min_length=5).shape == (1, 5)


TOKEN_SETTINGS = ["suppress_tokens", "begin_suppress_tokens"]


@pytest.mark.parametrize("name", TOKEN_SETTINGS)
def test_the_token_0_is_a_token(name, model):
    """A single id, and 0 among them"""
    bias = model.final_logits_bias.copy()
    model.final_logits_bias[0, 0] = 100  # so that 0 is always the first
    try:
        assert model.generate(IDS, max_length=3)[:, 1].tolist() == [0, 0]
        for value in (0, [0], np.int64(0), np.array([0])):
            assert 0 not in model.generate(IDS, max_length=3, **{name: value})[:, 1].tolist()
        assert 0 not in model.generate(IDS, max_length=5, bad_words_ids=[[0]])
        for value in (0, False, "", [0], [[]]):
            with pytest.raises(ValueError, match="bad_words_ids"):
                model.generate(IDS, max_length=3, bad_words_ids=value)
        ended = model.generate(IDS, max_length=6, eos_token_id=0, pad_token_id=7)
        assert ended.tolist() == [[2, 0], [2, 0]]
    finally:
        model.final_logits_bias = bias
    forced = model.generate(IDS, max_length=4, forced_bos_token_id=0, forced_eos_token_id=0)
    assert forced[:, 1].tolist() == forced[:, -1].tolist() == [0, 0]
    padded = model.generate([[5, 6, 0, 0]], max_length=6, pad_token_id=0)
    masked = model.generate([[5, 6, 0, 0]], attention_mask=[[1, 1, 0, 0]], max_length=6)
    np.testing.assert_array_equal(padded, masked)


def test_none_means_off(model):
    """top_k=None draws from all tokens, whatever the model's own settings say"""
    ids = IDS[:1]
    model.generation_config.top_k = 2
    try:
        few = model.generate(ids, do_sample=True, max_length=2, num_return_sequences=200, seed=1)
        many = model.generate(ids, do_sample=True, max_length=2, num_return_sequences=200, seed=1,
                              top_k=None)  # fmt: skip
    finally:
        del model.generation_config["top_k"]
    assert len(set(few[:, 1])) == 2 < len(set(many[:, 1]))


def test_invalid_values(model):
    bias = model.final_logits_bias.copy()
    try:
        model.final_logits_bias[0, 5] = np.nan
        model.final_logits_bias[0, 8] = np.inf
        removed = model.generate(IDS, max_length=4, remove_invalid_values=True)
        assert (removed[:, 1:] == 8).all()
    finally:
        model.final_logits_bias = bias
    out = model.generate(IDS, max_length=4, suppress_tokens=[5, 6], renormalize_logits=True,
                         output_scores=True, return_dict_in_generate=True)  # fmt: skip
    for scores in out.scores:
        np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, rtol=1e-5)


def test_generation_without_a_start(model):
    for name in ("decoder_start_token_id", "bos_token_id"):
        model.generation_config[name] = None
    try:
        with pytest.raises(ValueError, match="decoder_start_token_id: expected"):
            model.generate(IDS)
        assert model.generate(IDS, bos_token_id=9, max_length=3)[:, 0].tolist() == [9, 9]
        with pytest.raises(ValueError, match="input_ids: expected"):
            model.generate(max_length=3)
    finally:
        model.generation_config.update(decoder_start_token_id=2, bos_token_id=0)


def test_forbidden_ngrams_are_looked_up_once(model, monkeypatch):
    calls = []
    followers = generation.followers
    monkeypatch.setattr(
        generation, "followers", lambda *given: calls.append(1) or followers(*given))
    model.generate(IDS, max_length=8, encoder_no_repeat_ngram_size=2)
    assert len(calls) == B
    for given in ({"inputs_embeds": np.zeros((B, S, 12))}, {"encoder_outputs": model.encode(IDS)}):
        with pytest.raises(ValueError, match="encoder_no_repeat_ngram_size: expected input_ids"):
            model.generate(**given, encoder_no_repeat_ngram_size=2)


# ------------------------------------------------------------------------------------------------
# Settings
# ------------------------------------------------------------------------------------------------


def test_numpys_numbers_become_pythons(tmp_path):
    ids = np.arange(43)
    config = led.LEDConfig(**SETTINGS | {
        "vocab_size": ids.max() + 1, "dropout": np.float32(0.25), "eos_token_id": np.array([2, 4]),
        "attention_window": np.array([4, 8]), "num_labels": np.int32(3),
        "use_cache": np.bool_(True),
        "init_std": np.float64(0.03), "task_specific_params": {"a": np.int64(1)}})  # fmt: skip
    config.num_beams = np.int64(3)
    config.length_penalty = np.float32(0.5)
    config.update({"max_length": np.int16(9)})
    model = led.LEDForConditionalGeneration(config)
    model.resize_token_embeddings(np.int64(60))
    model.resize_token_embeddings(pad_to_multiple_of=np.int32(16))
    assert config.vocab_size == 64
    model.save_pretrained(tmp_path)
    saved = json.loads((tmp_path / "config.json").read_text())
    assert saved["dropout"] == 0.25 and saved["attention_window"] == [4, 8]
    assert saved["eos_token_id"] == [2, 4] and saved["task_specific_params"] == {"a": 1}
    assert led.LEDForConditionalGeneration.from_pretrained(tmp_path).config.num_beams == 3

    for value in (np.float32(0.3), np.float64(0.3)):
        for name in ("dropout", "attention_dropout", "activation_dropout"):
            setattr(model.config, name, value)
        loss, grads = model.value_and_grad(IDS, labels=TEXTS, dropout_rng=np.int64(1),
                                           label_smoothing=value)  # fmt: skip
        assert loss.dtype == np.float32 and {g.dtype for g in grads.values()} == {np.dtype("f4")}
        norm = led.clip_gradients(grads, np.float64(0.1))
        assert type(norm) is float
    out = model.generate(IDS, do_sample=True, temperature=np.float64(0.7), top_p=np.float64(0.9),
                         repetition_penalty=np.float64(1.2), max_length=np.int64(5), seed=1,
                         output_scores=True, return_dict_in_generate=True)  # fmt: skip
    assert {scores.dtype for scores in out.scores} == {np.dtype(np.float32)}


def test_a_rate_of_float64_trains_as_a_float():
    params = [{"w": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)} for _ in range(2)]
    grads = {"w": np.sin(np.arange(12, dtype=np.float32)).reshape(3, 4)}
    for own, kind in zip(params, (float, np.float64)):
        optimizer = led.AdamW(own, lr=kind(0.1), betas=(kind(0.8), kind(0.9)), eps=kind(1e-7))
        optimizer.step(grads)
        optimizer.lr = kind(0.03)
        optimizer.step(grads)
    np.testing.assert_array_equal(params[0]["w"], params[1]["w"])


NOT_A_RATE = [-1e-9, np.nan, -np.inf, np.float32(-1), "0.1", None, True, [0.1]]
NONSENSE = [(name, value) for name in ("lr", "eps", "weight_decay") for value in NOT_A_RATE]
NONSENSE += [("betas", betas) for beta in (1.0, 1.5, np.inf, *NOT_A_RATE)
             for betas in ((beta, 0.999), [0.9, beta])]  # fmt: skip
NONSENSE += [("betas", value) for value in (0.9, (0.9,), (0.9, 0.99, 0.999), None, "ab")]


@pytest.mark.parametrize("name, value", NONSENSE)
def test_an_optimizer_refuses_nonsense(name, value):
    """When it is made, and at the next step where an attribute was changed: before anything is"""
    params = {"w": np.linspace(-1, 1, 12).reshape(3, 4), "b": np.ones(4)}
    before = {key: array.copy() for key, array in params.items()}
    with pytest.raises(ValueError, match=f"^{name}"):
        led.AdamW(params, **{name: value})
    optimizer = led.AdamW(params)
    good = getattr(optimizer, name)
    setattr(optimizer, name, value)
    grads = {key: np.ones_like(array) for key, array in params.items()}
    with pytest.raises(ValueError, match=f"^{name}"):
        optimizer.step(grads)
    assert optimizer.steps == 0
    for arrays in (optimizer.mean, optimizer.square):
        assert all((array == 0).all() for array in arrays.values())
    for key in params:
        np.testing.assert_array_equal(params[key], before[key])
    setattr(optimizer, name, good)
    optimizer.step(grads)
    assert optimizer.steps == 1


@pytest.mark.parametrize("settings", [
    {"lr": 0}, {"eps": 0.0}, {"weight_decay": 0, "betas": (0, 0.0)}, {"betas": [0.5, 0.999999]},
    {"betas": np.array([0.9, 0.99])}, {"lr": np.float32(0.1), "eps": np.float64(1e-8)}])  # fmt: skip
def test_an_optimizer_takes_the_edges_of_sense(settings):
    params = {"w": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)}
    optimizer = led.AdamW(params, **settings)
    for _ in range(2):
        optimizer.step({"w": np.sin(np.arange(1, 13, dtype=np.float32)).reshape(3, 4)})
    assert np.isfinite(params["w"]).all() and params["w"].dtype == np.float32


def test_gradients_that_do_not_fit():
    params = {"a": np.ones((3, 4), np.float32), "b": np.ones(4, np.float32)}
    before = {name: array.copy() for name, array in params.items()}
    optimizer = led.AdamW(params)
    good = {name: np.ones_like(array) for name, array in params.items()}
    for wrong, message in (({"a": good["a"]}, "b is missing"),
                           (good | {"b": np.ones(1)}, r"b: expected shape \(4,\)"),
                           (good | {"a": np.ones(4)}, r"a: expected shape \(3, 4\)")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            optimizer.step(wrong)
    assert optimizer.steps == 0
    for name in params:
        np.testing.assert_array_equal(params[name], before[name])
    state = optimizer.state()
    for wrong in ({"steps": state["steps"]}, state | {"mean.b": np.ones(1)}):
        with pytest.raises(ValueError, match="mean.b|mean.a"):
            optimizer.load_state(wrong)
    params["b"] = np.ones(5, np.float32)  # as after resize_token_embeddings
    with pytest.raises(ValueError, match=r"b: expected shape \(4,\), found \(5,\)"):
        optimizer.step(good)
    params["b"] = np.ones(4, np.float32)
    optimizer.step(good | {"of another optimizer": np.ones(3)})
    optimizer.load_state(optimizer.state() | {"something else": np.ones(3)})
    assert optimizer.steps == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_clipping_what_is_not_finite(value):
    """As torch: a norm of nan makes everything nan, an infinite one zeros, and nan where it was"""
    grads = {"a": np.array([1.0, value], np.float32), "b": np.array([2.0], np.float32)}
    norm = led.clip_gradients(grads, 1.0)
    assert np.isnan(norm) if np.isnan(value) else norm == np.inf
    if np.isnan(value):
        assert np.isnan(grads["a"]).all() and np.isnan(grads["b"]).all()
    else:
        assert grads["a"][0] == grads["b"][0] == 0 and np.isnan(grads["a"][1])
    for wrong in (-1.0, np.nan, "1"):
        with pytest.raises(ValueError, match="max_norm"):
            led.clip_gradients({"a": np.ones(2)}, wrong)


def test_gradient_checkpointing(tmp_path, monkeypatch):
    """Switched on by a method, by config.json, by an override, or by the argument, which wins"""
    model = our_model("LEDForConditionalGeneration", SETTINGS, seed=1)
    seen = []
    encoder = led.encoder_decoder

    def watched(params, prefix, config, inputs, run):
        seen.append(run.checkpointing)
        return encoder(params, prefix, config, inputs, run)

    monkeypatch.setattr(led, "encoder_decoder", watched)

    def step(model, **given):
        return model.value_and_grad(IDS, labels=TEXTS, **given)[0]

    losses = [step(model), step(model, gradient_checkpointing=True)]
    model.gradient_checkpointing_enable()
    losses += [step(model), step(model, gradient_checkpointing=False)]
    model.save_pretrained(tmp_path)
    losses += [step(led.LEDForConditionalGeneration.from_pretrained(tmp_path))]
    model.gradient_checkpointing_disable()
    losses += [step(model)]
    model.save_pretrained(tmp_path)
    load = led.LEDForConditionalGeneration.from_pretrained
    losses += [step(load(tmp_path)), step(load(tmp_path, gradient_checkpointing=True))]
    assert seen == [False, True, True, False, True, False, False, True]
    assert len(set(losses)) == 1
    for wrong in ("yes", 2):
        with pytest.raises(ValueError, match="gradient_checkpointing"):
            step(model, gradient_checkpointing=wrong)
        with pytest.raises(ValueError, match="gradient_checkpointing"):
            load(tmp_path, gradient_checkpointing=wrong)


# ------------------------------------------------------------------------------------------------
# Loading and saving
# ------------------------------------------------------------------------------------------------

load = led.LEDForConditionalGeneration.from_pretrained


def change(folder, name, **settings):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


@pytest.fixture
def folder(tmp_path):
    copy_folder(FIXTURES / "led", tmp_path / "led")
    return tmp_path / "led"


def test_what_is_saved_is_true(folder, tmp_path):
    change(folder, "config.json", dtype="bfloat16", torch_dtype="float16",
           architectures=["BartModel"], transformers_version="5.0.0")  # fmt: skip
    model = load(folder)
    model.save_pretrained(tmp_path / "saved")
    saved = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert saved["dtype"] == saved["torch_dtype"] == "float32"
    assert saved["architectures"] == ["LEDForConditionalGeneration"]
    assert "transformers_version" not in saved
    for name, value in (("vocab_size", 30), ("decoder_layers", 3), ("tie_word_embeddings", False),
                        ("d_model", 24), ("max_encoder_position_embeddings", 7)):  # fmt: skip
        other = load(folder)
        setattr(other.config, name, value)
        with pytest.raises(ValueError, match="params: "):
            other.save_pretrained(tmp_path / "no")
    other = load(folder)
    other.config.dropout = 1.5
    with pytest.raises(ValueError, match="dropout"):
        other.save_pretrained(tmp_path / "no")
    other = load(folder)
    other.generation_config.num_beams = 0
    with pytest.raises(ValueError, match="num_beams"):
        other.save_pretrained(tmp_path / "no")
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("file, settings", [
    ("config.json", {"d_model": -1}), ("config.json", {"id2label": [1]}),
    ("config.json", {"num_beams": 0}), ("config.json", {"output_attentions": "false"}),
    ("config.json", {"problem_type": "guess"}), ("config.json", {"is_encoder_decoder": False}),
    ("config.json", {"label2id": 5}),
    ("config.json", {"num_labels": 7, "id2label": {"0": "a"}})], ids=str)  # fmt: skip
def test_errors_name_the_file(file, settings, folder):
    change(folder, file, **settings)
    with pytest.raises(ValueError, match=f"{file}: {list(settings)[0]}"):
        load(folder)


@pytest.mark.parametrize("settings", [
    {"num_beams": 0}, {"eos_token_id": 999}, {"do_sample": "no"}, {"bad_words_ids": [3]},
    {"early_stopping": "always", "num_beams": 2}], ids=str)  # fmt: skip
def test_errors_of_generation_name_the_file_when_it_is_used(settings, folder):
    change(folder, "generation_config.json", **settings, _from_model_config=False)
    model = load(folder)
    with pytest.raises(ValueError, match=f"generation_config.json: {list(settings)[0]}"):
        model.generate([[0, 5, 2]])


def test_labels_in_any_order():
    names = {"0": "no", "1": "maybe", "2": "yes"}
    for settings in ({"id2label": names, "num_labels": 3}, {"num_labels": 3, "id2label": names}):
        assert led.LEDConfig.from_dict(settings).id2label[1] == "maybe"
    config = led.LEDConfig.from_dict({"id2label": names})
    assert config.label2id == {"no": 0, "maybe": 1, "yes": 2}
    config.num_labels = 3  # as many as there are: they keep their names
    assert config.id2label[2] == "yes"
    config.num_labels = 2
    assert config.id2label == {0: "LABEL_0", 1: "LABEL_1"} and config.label2id["LABEL_1"] == 1
    assert led.LEDConfig(id2label=None).num_labels == led.LEDConfig(num_labels=None).num_labels == 2
    assert led.LEDConfig(id2label=None, num_labels=4).num_labels == 4
    given = {"label2id": {"a": 0, "b": 1}, "id2label": {0: "x", 1: "y"}}
    for settings in (given, dict(reversed(given.items()))):
        assert led.LEDConfig(**settings).label2id == given["label2id"]
        assert led.LEDConfig.from_dict({}, **settings).label2id == given["label2id"]


def test_sizes_by_other_names():
    for settings in ({"encoder_layers": 3, "num_hidden_layers": 5},
                     {"num_hidden_layers": 5, "encoder_layers": 3}):  # fmt: skip
        config = led.LEDConfig(**settings)
        assert config.encoder_layers == config.num_hidden_layers == 3
    config.encoder_layers = 4
    assert config.to_dict()["num_hidden_layers"] == 4
    assert led.LEDConfig.from_dict({"encoder_layers": 6}, num_hidden_layers=2).encoder_layers == 2


def test_configurations_as_text(tmp_path):
    config = led.LEDConfig(num_beams=4, max_length=20, prefix=" ", output_attentions=True)
    assert config.num_beams == 4 and config.length_penalty == 1.0 and config.top_k == 50
    short, whole = json.loads(config.to_json_string()), json.loads(config.to_json_string(False))
    assert short == json.loads(json.dumps(config.to_diff_dict()))
    assert whole == json.loads(json.dumps(config.to_dict()))
    assert "problem_type" not in short and "max_length" not in short and "id2label" not in short
    assert short["num_beams"] == 4 and short["output_attentions"] and short["dropout"] == 0.1
    config.to_json_file(tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == config.to_json_string()
    assert led.LEDConfig.from_dict(short) == led.LEDConfig.from_dict(whole) == config
    other = led.LEDConfig()
    other.update(config.to_dict())
    assert other == config


def test_options_of_loading(folder):
    expected = load(folder)(IDS[:, :4]).logits
    harmless = {"use_safetensors": True, "low_cpu_mem_usage": True, "trust_remote_code": False,
                "device_map": None, "from_tf": False}  # fmt: skip
    np.testing.assert_array_equal(load(folder, **harmless)(IDS[:, :4]).logits, expected)
    for name, value in (("from_tf", True), ("trust_remote_code", True), ("device_map", "auto"),
                        ("load_in_8bit", True), ("variant", "fp16")):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name}: expected .*, found {value!r}"):
            load(folder, **{name: value})
    with pytest.raises(ValueError, match="revison: not a setting"):
        load(folder, revison="main")
    assert load(folder, torch_dtype="float64").dtype == load(folder, dtype="float64").dtype == "f8"
    assert load(folder, torch_dtype="auto").dtype == np.float32
    load(folder, dtype="float64").save_pretrained(folder / "double")
    assert load(folder / "double", torch_dtype="auto").dtype == np.float64
    assert load(folder / "double").dtype == np.float32
    assert load(folder, max_length=np.int64(7)).generation_config.max_length.__class__ is int
    for wrong in ("float16", np.int32, "float33"):
        with pytest.raises(ValueError, match="dtype: expected 'float32' or 'float64'"):
            load(folder, torch_dtype=wrong)
    config = led.LEDConfig.from_pretrained(folder)
    config.attention_window = [6, 6]
    model = load(folder, config=config)
    assert model.config is config
    with pytest.raises(ValueError, match="attention_window: expected as a field of config"):
        load(folder, config=config, attention_window=8)
    assert load(folder, config=folder, attention_window=8).config.attention_window == [8, 8]
    assert model.eval() is model and model.get_encoder()(IDS).last_hidden_state.shape == (B, S, 12)
    assert model.get_output_embeddings() is model.get_input_embeddings()


def test_what_loading_tells(folder):
    model, info = load(folder, output_loading_info=True)
    assert info == dict.fromkeys(
        ["missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"], [])
    with pytest.warns(UserWarning, match="drawn anew"):
        other, info = led.LEDForQuestionAnswering.from_pretrained(folder, output_loading_info=True)
    assert info["missing_keys"] == ["qa_outputs.weight", "qa_outputs.bias"]
    bigger = {"vocab_size": 33, "max_encoder_position_embeddings": 70}
    with pytest.raises(ValueError, match="shared.weight: expected"):
        load(folder, **bigger)
    with pytest.warns(UserWarning, match="drawn anew"):
        bigger, info = load(folder, **bigger, seed=4, ignore_mismatched_sizes=True,
                            output_loading_info=True)  # fmt: skip
    assert {name for name, _, _ in info["mismatched_keys"]} == {
        "led.shared.weight", "led.encoder.embed_positions.weight", "final_logits_bias"}
    assert ("led.shared.weight", (31, 12), (33, 12)) in info["mismatched_keys"]
    assert info["missing_keys"] == [] and bigger.params["led.shared.weight"].shape == (33, 12)
    assert bigger.final_logits_bias.shape == (1, 33) and not bigger.final_logits_bias.any()
    for name, array in model.params.items():
        if name not in ("led.shared.weight", "led.encoder.embed_positions.weight"):
            np.testing.assert_array_equal(bigger.params[name], array)
    with pytest.raises(ValueError, match="missing"):  # layers are not a matter of sizes
        load(folder, encoder_layers=3, attention_window=8, ignore_mismatched_sizes=True)
    with pytest.raises(ValueError, match="torch_dtype"):
        load(folder, dtype="float32", torch_dtype="float64")


def test_where_to_look_is_passed_on(folder, monkeypatch):
    seen = []

    def find(name, file=None, **where):
        seen.append((str(name), file, where))
        return folder if file is None else folder / file

    for module in ("pretrained", "settings"):
        monkeypatch.setattr(f"led_support.{module}.find", find)
    where = {"revision": "v2", "cache_dir": "/there", "local_files_only": True, "token": "secret",
             "force_download": True, "subfolder": "large"}  # fmt: skip
    load("some/led", **where)
    led.LEDConfig.from_pretrained("some/led", **where)
    assert seen[0] == ("some/led", None, where)
    assert ("some/led", "config.json", where) in seen


def test_forms_of_saving(folder, tmp_path):
    model = load(folder)
    with pytest.raises(ValueError, match="safe_serialization: expected True, found False"):
        model.save_pretrained(tmp_path / "a", safe_serialization=False)
    model.save_pretrained(tmp_path / "a", safe_serialization=True, max_shard_size="5GB")
    assert (tmp_path / "a" / "model.safetensors").exists()


def test_settings_of_a_bart_stay(tmp_path):
    folder = tmp_path / "bart"
    copy_folder(FIXTURES / "bart", folder)
    kept = {"num_beams": 4, "max_length": 9, "length_penalty": 2.0, "forced_eos_token_id": 2,
            "id2label": {"0": "a", "1": "b", "2": "c", "3": "d"}, "problem_type": "regression",
            "label2id": {"a": 0, "b": 1, "c": 2, "d": 3}, "prefix": "summarize: ",
            "task_specific_params": {"summarization": {"num_beams": 4}}}  # fmt: skip
    change(folder, "config.json", force_bos_token_to_be_generated=True, **kept)
    (folder / "generation_config.json").unlink()
    model = led.LEDForConditionalGeneration.from_bart(
        folder, np.int64(8), max_encoder_position_embeddings=np.int64(48)
    )
    for name, value in kept.items():
        expected = {int(i): label for i, label in value.items()} if name == "id2label" else value
        assert getattr(model.config, name) == expected, name
    assert model.generation_config.num_beams == 4 and model.generation_config.max_length == 9
    assert model.config.forced_bos_token_id == model.generation_config.forced_bos_token_id == 0
    assert model.config.attention_window == [8, 8]
    model.save_pretrained(tmp_path / "led")
    assert load(tmp_path / "led").config.task_specific_params == kept["task_specific_params"]
    tokens = {"decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1, "max_length": 7}
    (folder / "generation_config.json").write_text(json.dumps(tokens))
    model = led.LEDForConditionalGeneration.from_bart(
        folder, 8, max_encoder_position_embeddings=48
    )
    assert model.generation_config.max_length == 7 and "num_beams" not in model.generation_config


def test_moving_a_model_keeps_the_optimizers_parameters():
    model = led.LEDModel(led.LEDConfig(**SURFACE_SETTINGS))
    params = model.params
    assert model.to("cpu").params is params


def test_nothing_is_warned_of_where_all_is_well(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = load(folder)
        model.generate(IDS, global_attention_mask=np.eye(B, S, dtype=int))
