"""LEDConfig: fields, defaults, aliases, checks, files, and exchange with transformers."""

import json

import pytest

from led import LEDConfig, LEDForConditionalGeneration, LEDForQuestionAnswering, LEDModel

DEFAULTS = {
    "vocab_size": 50265, "max_encoder_position_embeddings": 16384,
    "max_decoder_position_embeddings": 1024, "encoder_layers": 12, "encoder_ffn_dim": 4096,
    "encoder_attention_heads": 16, "decoder_layers": 12, "decoder_ffn_dim": 4096,
    "decoder_attention_heads": 16, "encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0,
    "use_cache": True, "is_encoder_decoder": True, "activation_function": "gelu", "d_model": 1024,
    "dropout": 0.1, "attention_dropout": 0.0, "activation_dropout": 0.0, "init_std": 0.02,
    "decoder_start_token_id": 2, "classifier_dropout": 0.0, "pad_token_id": 1, "bos_token_id": 0,
    "eos_token_id": 2, "attention_window": 512, "num_labels": 2, "num_hidden_layers": 12,
    "output_attentions": False, "output_hidden_states": False, "tie_word_embeddings": True,
    "problem_type": None, "id2label": {0: "LABEL_0", 1: "LABEL_1"},
    "label2id": {"LABEL_0": 0, "LABEL_1": 1}, "model_type": "led"}  # fmt: skip

# What allenai/led-base-16384 and allenai/led-large-16384-arxiv have in their config.json
BASE = {
    "activation_dropout": 0.0, "activation_function": "gelu",
    "architectures": ["LEDForConditionalGeneration"], "attention_dropout": 0.0,
    "attention_window": [1024] * 6, "bos_token_id": 0, "classif_dropout": 0.0,
    "classifier_dropout": 0.0, "d_model": 768, "decoder_attention_heads": 12,
    "decoder_ffn_dim": 3072, "decoder_layerdrop": 0.0, "decoder_layers": 6,
    "decoder_start_token_id": 2, "dropout": 0.1, "encoder_attention_heads": 12,
    "encoder_ffn_dim": 3072, "encoder_layerdrop": 0.0, "encoder_layers": 6, "eos_token_id": 2,
    "gradient_checkpointing": False,
    "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}, "init_std": 0.02,
    "is_encoder_decoder": True, "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2},
    "max_decoder_position_embeddings": 1024, "max_encoder_position_embeddings": 16384,
    "model_type": "led", "num_hidden_layers": 6, "pad_token_id": 1,
    "transformers_version": "4.4.0.dev0", "use_cache": True, "vocab_size": 50265}  # fmt: skip
ARXIV = BASE | {
    "attention_window": [1024] * 12, "d_model": 1024, "encoder_layers": 12, "decoder_layers": 12,
    "encoder_attention_heads": 16, "decoder_attention_heads": 16, "encoder_ffn_dim": 4096,
    "decoder_ffn_dim": 4096, "num_hidden_layers": 12, "_num_labels": 3, "output_past": False,
    "prefix": " ", "max_length": 512, "max_position_embeddings": 1024, "num_beams": 4}  # fmt: skip


def write(folder, settings):
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


def test_defaults():
    config = LEDConfig()
    for name, value in DEFAULTS.items():
        assert getattr(config, name) == value, name


def test_defaults_are_those_of_transformers():
    transformers = pytest.importorskip(
        "transformers", reason="pip install -r requirements-parity.txt")  # fmt: skip
    reference = transformers.LEDConfig()
    for name, value in DEFAULTS.items():
        assert getattr(reference, name) == value, name


def test_aliases_get_and_set():
    config = LEDConfig(hidden_size=24, num_attention_heads=3, initializer_range=0.5,
                       attention_probs_dropout_prob=0.25)  # fmt: skip
    assert (config.d_model, config.encoder_attention_heads) == (24, 3)
    assert (config.init_std, config.attention_dropout) == (0.5, 0.25)
    config.hidden_size = 36
    assert config.d_model == config.hidden_size == 36
    assert "hidden_size" not in config.to_dict()
    config.d_model = 48
    assert config.hidden_size == 48


def test_number_of_labels_and_their_names():
    config = LEDConfig(num_labels=3)
    assert config.id2label == {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
    config = LEDConfig(id2label={"0": "no", "1": "yes", "2": "maybe"})
    assert config.num_labels == 3 and config.id2label[2] == "maybe"
    small = LEDConfig(vocab_size=9, d_model=4, encoder_layers=1, decoder_layers=1, num_labels=5,
                      encoder_attention_heads=1, decoder_attention_heads=1, encoder_ffn_dim=3,
                      decoder_ffn_dim=2, attention_window=4, max_encoder_position_embeddings=8,
                      max_decoder_position_embeddings=7)  # fmt: skip
    assert LEDForQuestionAnswering(small).config.num_labels == 2


@pytest.mark.parametrize("settings", [BASE, ARXIV], ids=["base", "arxiv"])
def test_official_files(settings, tmp_path):
    config = LEDConfig.from_pretrained(write(tmp_path, settings))
    config.check()
    assert config.num_labels == 3
    for name, value in settings.items():
        if name not in ("id2label", "model_type"):
            assert getattr(config, name) == value, name
    again = tmp_path / "again"
    config.save_pretrained(again)
    saved = json.loads((again / "config.json").read_text())
    kept = {name: value for name, value in settings.items() if name != "transformers_version"}
    assert {name: saved[name] for name in kept} == kept  # unknown fields too
    assert "transformers_version" not in saved  # it did not write this file
    assert LEDConfig.from_pretrained(again) == config


def test_generation_settings_come_from_config_json(tmp_path):
    small = {"d_model": 6, "encoder_layers": 1, "decoder_layers": 1, "attention_window": [4],
             "encoder_attention_heads": 2, "decoder_attention_heads": 3, "encoder_ffn_dim": 7,
             "decoder_ffn_dim": 8, "vocab_size": 20, "max_encoder_position_embeddings": 40}
    LEDForConditionalGeneration(LEDConfig.from_dict(ARXIV | small)).save_pretrained(tmp_path)
    (tmp_path / "generation_config.json").unlink()
    model = LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert model.generation_config["num_beams"] == 4
    assert model.generation_config["max_length"] == 512
    (tmp_path / "generation_config.json").write_text('{"num_beams": 2}')  # wins over config.json
    model = LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert model.generation_config["num_beams"] == 2
    assert "max_length" not in model.generation_config


def test_overrides(tmp_path):
    config = LEDConfig.from_pretrained(write(tmp_path, BASE), attention_window=[512] * 6, dropout=0)
    assert config.attention_window == [512] * 6 and config.dropout == 0 and config.d_model == 768


def test_one_window_becomes_one_for_each_layer():
    config = LEDConfig(encoder_layers=3, attention_window=256, vocab_size=7, d_model=16,
                       decoder_layers=1)  # fmt: skip
    config.check()
    assert config.windows() == [256] * 3 and config.attention_window == 256
    assert LEDModel(config).config.attention_window == [256] * 3


def test_files_of_the_original_authors(tmp_path):
    """There attention_window counts one side."""
    settings = BASE | {"attention_window": [512] * 6, "attention_mode": "sliding_chunks",
                       "attention_dilation": [1] * 6, "autoregressive": False,
                       "model_type": "bart"}  # fmt: skip
    config = LEDConfig.from_pretrained(write(tmp_path, settings))
    config.check()
    assert config.attention_window == [1024] * 6 and config.model_type == "led"
    with pytest.raises(ValueError, match="dilated or autoregressive"):
        LEDConfig.from_pretrained(write(tmp_path, settings | {"attention_dilation": [2] * 6}))


@pytest.mark.parametrize("settings, message", [
    ({"attention_window": 5}, "attention_window: expected an even number, found 5"),
    ({"attention_window": [4, 3]}, "attention_window: expected an even number, found 3"),
    ({"attention_window": 0}, "attention_window: expected an integer in 2"),
    ({"attention_window": -4}, "attention_window: expected an integer in 2"),
    ({"attention_window": [4]}, "attention_window: expected one number, .* for each of 2 .*, found .4."),
    ({"attention_window": "wide"}, "attention_window: expected one number, .*, found 'wide'"),
    ({"d_model": 7}, "encoder_attention_heads: expected a divisor of d_model 7, found 16"),
    ({"decoder_attention_heads": 3}, "decoder_attention_heads: expected a divisor .* found 3"),
    ({"vocab_size": 0}, "vocab_size: expected an integer in 1"),
    ({"encoder_layers": 2.5}, "encoder_layers: expected an integer .* found 2.5"),
    ({"encoder_layers": 10**6}, "encoder_layers: expected an integer in 1..1000"),
    ({"dropout": 1.5}, "dropout: expected a number in 0..1, found 1.5"),
    ({"dropout": float("nan")}, "dropout: expected a number in 0..1, found nan"),
    ({"activation_function": "sigmoid"}, "activation_function: expected .*gelu.*'sigmoid'"),
    ({"pad_token_id": 50265}, "pad_token_id: expected an integer in 0..50264, found 50265"),
])  # fmt: skip
def test_settings_that_no_model_can_have(settings, message):
    with pytest.raises(ValueError, match=message):
        LEDModel(LEDConfig(**{"encoder_layers": 2, "decoder_layers": 1} | settings))


def test_problem_type_is_one_of_three():
    with pytest.raises(ValueError, match="problem_type: expected .*regression.* 'guess'"):
        LEDConfig(problem_type="guess")


@pytest.mark.parametrize("text, message", [
    ("{", "config.json: not JSON as expected"),
    ("[1]", "config.json: should be a JSON object, not list"),
    ("[" * 100000, "config.json: nested too deeply"),
])  # fmt: skip
def test_broken_files(text, message, tmp_path):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(OSError, match=message):
        LEDConfig.from_pretrained(tmp_path)


def test_another_model_and_no_model(tmp_path):
    with pytest.raises(OSError):
        LEDConfig.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="model_type: expected 'led', found 'bert'"):
        LEDConfig.from_pretrained(write(tmp_path, {"model_type": "bert"}))


def test_transformers_reads_our_file_and_we_read_its_own(tmp_path):
    transformers = pytest.importorskip(
        "transformers", reason="pip install -r requirements-parity.txt")  # fmt: skip
    ours = LEDConfig.from_dict(BASE)
    ours.save_pretrained(tmp_path)
    theirs = transformers.LEDConfig.from_pretrained(tmp_path)
    for name in BASE:
        if name not in ("model_type", "transformers_version", "id2label"):
            assert getattr(theirs, name) == BASE[name], name
    assert theirs.num_labels == 3
    theirs.save_pretrained(tmp_path / "theirs")
    again = LEDConfig.from_pretrained(tmp_path / "theirs")
    for name in DEFAULTS:
        assert getattr(again, name) == getattr(ours, name), name
