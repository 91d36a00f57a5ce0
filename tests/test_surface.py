"""Everything around the model, from end to end: the documentation page's examples offline from a
hub cache, the conveniences, BART and the Longformer authors' files, saving under kill -9, the
command line, hostile settings. Against frozen numbers of transformers 4.34.0; needs no torch.

LED_SWEEP=10 python -m pytest tests/test_surface.py     # ten times as many kills
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import led
from led_support.settings import GENERATION_DEFAULTS, GENERATION_NOT_HERE
import weights
from tests.common import FLOAT32, FLOAT64, check, copy_folder, difference
from tests.surface import (ANSWER, ARTICLE, FIXTURES, GREETING, IDS, LABELS, MASKED,
                           OFFICIAL_VOCABULARY, PAGE_VARIANTS, QUESTION, SETTINGS,
                           official_vocabulary, page_checkpoint, tiny_vocabulary)  # fmt: skip

bpe = pytest.importorskip("bpe", reason="bpe.py is not there")

ROOT = Path(__file__).parent.parent
SWEEP = float(os.environ.get("LED_SWEEP", "1"))
pytestmark = [pytest.mark.filterwarnings("ignore:generate without global_attention_mask"),
              pytest.mark.filterwarnings("ignore:.*drawn anew")]  # fmt: skip


@pytest.fixture(scope="module")
def frozen():
    with np.load(FIXTURES / "surface.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def page():
    return json.loads((FIXTURES / "page.json").read_text())


def load(folder=FIXTURES / "led", kind=led.LEDForConditionalGeneration, **settings):
    return kind.from_pretrained(folder, **settings)


def run(*command, **options):
    options = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 120} | options
    return subprocess.run([str(part) for part in command], **options)


# ------------------------------------------------------------------------------------------------
# The documentation page: its examples, with a checkpoint of the official files, random and small
# ------------------------------------------------------------------------------------------------

NAME = "allenai/led-base-16384"


def shapes_of(settings):
    return led.LEDForConditionalGeneration.shapes(led.LEDConfig(**settings | {"model_type": "led"}))


def hub_cache(folder, vocabulary, name=NAME, variant="base"):
    """A cache of huggingface_hub with one repository in it: links into a folder of contents"""
    home = folder / f"models--{name.replace('/', '--')}"
    revision = "0123456789abcdef0123456789abcdef01234567"
    source = page_checkpoint(folder / "new", vocabulary, shapes_of, weights.save, variant)
    (home / "blobs").mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(revision)
    snapshot = home / "snapshots" / revision
    snapshot.mkdir(parents=True)
    for number, path in enumerate(sorted(source.iterdir())):
        path.rename(home / "blobs" / f"{number:040x}")
        (snapshot / path.name).symlink_to(Path("..") / ".." / "blobs" / f"{number:040x}")
    source.rmdir()
    return snapshot


@pytest.fixture(scope="module", params=["tiny", "official"])
def hub(request, tmp_path_factory):
    """(name of the vocabulary, environment of an offline process whose cache holds the model)"""
    if request.param == "official" and not (OFFICIAL_VOCABULARY / "vocab.json").exists():
        pytest.skip(f"needs vocab.json and merges.txt of {NAME} in {OFFICIAL_VOCABULARY}")
    vocabulary = tiny_vocabulary() if request.param == "tiny" else official_vocabulary()
    home = tmp_path_factory.mktemp("home")
    hub_cache(home / "hub", vocabulary)
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("HF_", "HUGGINGFACE_"))}  # fmt: skip
    return request.param, environment | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}


def example(hub, program, **names):
    """Runs an example as a program of its own; -> its variable `result`, and what it warned of"""
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    program = "\n".join([*lines, program, "import json", "print(json.dumps(result))"])
    done = run(sys.executable, "-c", program, env=hub[1])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_page_tokenizer(hub, page):
    result, _ = example(hub, """
from bpe import LEDTokenizer, LEDTokenizerFast
tokenizer = LEDTokenizer.from_pretrained("allenai/led-base-16384")
result = [tokenizer(text)["input_ids"] for text in (TEXT, " " + TEXT)]
assert LEDTokenizerFast is LEDTokenizer
""", TEXT=GREETING)  # fmt: skip
    assert result == page[hub[0]]["tokens"]


def test_page_model(hub, page):
    result, _ = example(hub, """
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDModel
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
model = LEDModel.from_pretrained("allenai/led-base-16384")
inputs = tokenizer(TEXT, return_tensors="np")
outputs = model(**inputs)
last_hidden_states = outputs.last_hidden_state
result = [last_hidden_states.shape, last_hidden_states[0, :, 0].tolist()]
""", TEXT=GREETING)  # fmt: skip
    assert result[0] == page[hub[0]]["hidden_shape"]
    ours, theirs = np.array(result[1]), np.array(page[hub[0]]["hidden"])
    check([difference("last_hidden_state[0, :, 0]", ours, theirs, FLOAT32)])


def test_page_mask_filling(hub, page):
    result, _ = example(hub, """
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDForConditionalGeneration
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
model = LEDForConditionalGeneration.from_pretrained("allenai/led-base-16384")
input_ids = tokenizer([TEXT], return_tensors="np")["input_ids"]
prediction = model.generate(input_ids)[0]
result = [input_ids.tolist(), prediction.tolist(),
          tokenizer.decode(prediction, skip_special_tokens=True)]
""", TEXT=MASKED)  # fmt: skip
    expected = [page[hub[0]][name] for name in ("masked_ids", "prediction", "prediction_text")]
    assert result == expected


def test_page_summary(hub, page):
    result, stderr = example(hub, """
import numpy as torch
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDForConditionalGeneration
model = LEDForConditionalGeneration.from_pretrained("allenai/led-base-16384")
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
inputs = tokenizer.encode(TEXT, return_tensors="np")
global_attention_mask = torch.zeros_like(inputs)
global_attention_mask[:, 0] = 1
summary_ids = model.generate(
    inputs, global_attention_mask=global_attention_mask, num_beams=3, max_length=32)
summary = tokenizer.decode(
    summary_ids[0], skip_special_tokens=True, clean_up_tokenization_spaces=True)
result = [inputs.tolist(), summary_ids.tolist(), summary]
""", TEXT=ARTICLE)  # fmt: skip
    assert result == [page[hub[0]][name] for name in ("article_ids", "summary", "summary_text")]
    assert "Warning" not in stderr


def test_page_single_label_classification(hub):
    result, stderr = example(hub, """
import numpy as np
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDForSequenceClassification
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
model = LEDForSequenceClassification.from_pretrained("allenai/led-base-16384")
inputs = tokenizer(TEXT, return_tensors="np")
logits = model(**inputs).logits
predicted_class_id = logits.argmax().item()
label = model.config.id2label[predicted_class_id]

num_labels = len(model.config.id2label)
model = LEDForSequenceClassification.from_pretrained(
    "allenai/led-base-16384", num_labels=num_labels)
labels = np.array([1])
loss = model(**inputs, labels=labels).loss
round(loss.item(), 2)
again = model(**inputs).logits[0]
result = [logits.shape, predicted_class_id, label, float(loss), again.tolist(),
          model.config.problem_type]
five = LEDForSequenceClassification.from_pretrained("allenai/led-base-16384", num_labels=5)
result += [five(**inputs).logits.shape, five.config.id2label[4]]
""", TEXT=GREETING)  # fmt: skip
    shape, class_id, label, loss, logits, problem_type, five, last_label = result
    assert shape == [1, 3] and label == f"LABEL_{class_id}" and five == [1, 5]
    assert last_label == "LABEL_4" and problem_type == "single_label_classification"
    expected = np.log(np.exp(logits).sum()) - logits[1]
    assert abs(loss - expected) < 1e-5 * expected
    assert "classification_head.out_proj.weight" in stderr and "drawn anew" in stderr


def test_page_multi_label_classification(hub):
    result, _ = example(hub, """
import numpy as np
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDForSequenceClassification
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
model = LEDForSequenceClassification.from_pretrained(
    "allenai/led-base-16384", problem_type="multi_label_classification")
inputs = tokenizer(TEXT, return_tensors="np")
logits = model(**inputs).logits
predicted_class_ids = np.arange(0, logits.shape[-1])[1 / (1 + np.exp(-logits[0])) > 0.5]

num_labels = len(model.config.id2label)
model = LEDForSequenceClassification.from_pretrained(
    "allenai/led-base-16384", num_labels=num_labels, problem_type="multi_label_classification")
labels = np.eye(num_labels)[predicted_class_ids].sum(axis=0, keepdims=True)
loss = model(**inputs, labels=labels).loss
result = [model(**inputs).logits.tolist(), labels.tolist(), loss.item(), model.config.problem_type]
""", TEXT=GREETING)  # fmt: skip
    logits, labels, loss, problem_type = result
    logits, labels = np.array(logits), np.array(labels)
    assert logits.shape == labels.shape == (1, 3) and problem_type == "multi_label_classification"
    logistic = 1 / (1 + np.exp(-logits))
    expected = -(labels * np.log(logistic) + (1 - labels) * np.log(1 - logistic)).mean()
    assert abs(loss - expected) < 1e-5 * expected


def test_page_question_answering(hub, page):
    result, _ = example(hub, """
import numpy as np
from bpe import LEDTokenizer as AutoTokenizer
from led import LEDForQuestionAnswering
tokenizer = AutoTokenizer.from_pretrained("allenai/led-base-16384")
model = LEDForQuestionAnswering.from_pretrained("allenai/led-base-16384")
question, text = TEXTS
inputs = tokenizer(question, text, return_tensors="np")
outputs = model(**inputs)
answer_start_index = outputs.start_logits.argmax()
answer_end_index = outputs.end_logits.argmax()
predict_answer_tokens = inputs.input_ids[0, answer_start_index : answer_end_index + 1]
answer = tokenizer.decode(predict_answer_tokens, skip_special_tokens=True)
target_start_index, target_end_index = np.array([11]), np.array([12])
labelled = model(**inputs, start_positions=target_start_index, end_positions=target_end_index)
loss = labelled.loss
round(loss.item(), 2)
result = [inputs.input_ids[0].tolist(), outputs.start_logits.tolist(), outputs.end_logits.tolist(),
          loss.item(), isinstance(answer, str), model.config.num_labels]
""", TEXTS=(QUESTION, ANSWER))  # fmt: skip
    ids, start, end, loss, is_text, num_labels = result
    assert ids == page[hub[0]]["pair_ids"] and is_text and num_labels == 2
    start, end = np.array(start[0]), np.array(end[0])
    assert start.shape == end.shape == (len(ids),)
    expected = (np.log(np.exp(start).sum()) - start[11] + np.log(np.exp(end).sum()) - end[12]) / 2
    assert abs(loss - expected) < 1e-5 * expected


def test_page_configuration():
    """The page's first example, with fewer layers: the default configuration makes 1.8 GB"""
    configuration = led.LEDConfig(encoder_layers=1, decoder_layers=1, vocab_size=100)
    model = led.LEDModel(configuration)
    assert model.config is configuration
    assert model.params["encoder.layers.0.fc1.weight"].shape == (4096, 1024)
    assert configuration.attention_window == [512]


def test_a_name_that_is_not_in_the_cache(hub):
    done = run(sys.executable, "-c", "import led; led.LEDModel.from_pretrained('allenai/led-x')",
               env=hub[1])  # fmt: skip
    assert "OSError: 'allenai/led-x' is no file or folder" in done.stderr


def test_the_configuration_alone(tmp_path):
    """LEDConfig needs config.json and nothing else of a repository, least of all the weights"""
    snapshot = hub_cache(tmp_path / "hub", tiny_vocabulary())
    for path in snapshot.iterdir():
        if path.name != "config.json":
            path.unlink()
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = run(sys.executable, "-c",
               f"import led; print(led.LEDConfig.from_pretrained('{NAME}').attention_window)",
               env=environment)  # fmt: skip
    assert done.stdout == "[32, 32]\n", done.stderr


@pytest.mark.parametrize("variant", PAGE_VARIANTS)
def test_official_file_sets(variant, tmp_path):
    """config.json of base, large and arxiv: fields of older versions do no harm, and are kept"""
    settings, generation = PAGE_VARIANTS[variant]
    folder = page_checkpoint(tmp_path / "a", tiny_vocabulary(), shapes_of, weights.save, variant)
    model = load(folder)
    assert model.config.attention_window == [32, 32] and model.config.num_labels == 3
    assert model.config.id2label == {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
    assert model.generation_config.get("num_beams", 1) == (4 if variant == "arxiv" else 1)
    ids = model.generate([[0, 75, 115, 115, 104, 2]])
    beams = model.generate([[0, 75, 115, 115, 104, 2]], num_beams=4, max_length=32)
    assert (ids.tolist() == beams.tolist()) == (variant == "arxiv")
    assert ids.shape[1] <= (32 if variant == "arxiv" else 20)
    model.save_pretrained(tmp_path / "b")
    saved = json.loads((tmp_path / "b" / "config.json").read_text())
    kept = {name: value for name, value in settings.items() if name != "transformers_version"}
    assert {name: saved.get(name) for name in kept} == kept
    again = load(tmp_path / "b")
    assert again.generation_config == model.generation_config
    assert again.config.to_dict() == model.config.to_dict() | {"torch_dtype": "float32"}


def test_without_generation_config(tmp_path):
    """num_beams and max_length are taken from config.json then, as in the reference"""
    folder = page_checkpoint(tmp_path, tiny_vocabulary(), shapes_of, weights.save, "arxiv")
    with_file = load(folder).generate([[0, 75, 115, 2]])
    (folder / "generation_config.json").unlink()
    model = load(folder)
    assert model.generation_config["num_beams"] == 4
    np.testing.assert_array_equal(model.generate([[0, 75, 115, 2]]), with_file)


# ------------------------------------------------------------------------------------------------
# Conveniences
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("size", [40, 22])
def test_resizing_the_vocabulary(tied, size, frozen):
    expected = {name.split(".", 2)[2]: array for name, array in frozen.items()
                if name.startswith(f"resize.{'tied' if tied else 'untied'}_{size}.")}  # fmt: skip
    model = load(dtype=np.float64, tie_word_embeddings=tied)
    if not tied:  # the fixture's head: the embedding upside down
        model.params["lm_head.weight"] = model.params["led.shared.weight"][::-1].copy()
    old = {name: array.copy() for name, array in model.params.items()}
    embedding = model.resize_token_embeddings(size)
    assert embedding is model.params["led.shared.weight"] is model.get_input_embeddings()
    assert model.config.vocab_size == size and embedding.dtype == np.float64
    shapes = {name: list(model.params[name].shape)
              for name in ("led.shared.weight", "lm_head.weight") if name in model.params}
    assert shapes == json.loads(str(expected["shapes"]))
    assert model.num_parameters() == expected["num_parameters"]
    kept = min(size, 31)
    np.testing.assert_array_equal(model.final_logits_bias, expected["bias"].astype(np.float64))
    for name in old:
        np.testing.assert_array_equal(model.params[name][:kept], old[name][:kept])
    new_rows = embedding[31:]
    assert size < 31 or 0.01 < new_rows.std() < 0.03  # init_std is 0.02
    ids, decoder_ids = frozen["resize.ids"], frozen["resize.decoder_ids"]
    logits = model(ids, decoder_input_ids=decoder_ids).logits
    assert logits.shape == (2, 5, size)
    check([difference("logits", logits[..., :kept], expected["logits"], FLOAT64)])
    # and everything goes on: training, generation, new ids, saving
    loss, grads = model.value_and_grad(input_ids=ids, labels=decoder_ids)
    assert grads["led.shared.weight"].shape == (size, 12) and np.isfinite(loss)
    assert model.generate([[size - 1, 5]], max_length=4).shape == (1, 4)


def test_resized_and_saved(tmp_path):
    model = load()
    model.resize_token_embeddings(40)
    model.save_pretrained(tmp_path)
    again = load(tmp_path)
    assert again.config.vocab_size == 40
    np.testing.assert_array_equal(again.params["led.shared.weight"], model.get_input_embeddings())
    np.testing.assert_array_equal(again.final_logits_bias, model.final_logits_bias)


@pytest.mark.parametrize("kind", [led.LEDModel, led.LEDForSequenceClassification,
                                  led.LEDForQuestionAnswering])  # fmt: skip
def test_resizing_other_classes(kind):
    model = kind(led.LEDConfig(**SETTINGS))
    model.resize_token_embeddings(35)
    assert model.get_input_embeddings().shape == (35, 12)
    out = model([[34, 5, 2]])
    assert np.isfinite(out.encoder_last_hidden_state).all()


@pytest.mark.parametrize("size", [0, -3, 2.5, "40", True])
def test_sizes_that_no_vocabulary_has(size):
    model = load()
    with pytest.raises(ValueError, match="new_num_tokens"):
        model.resize_token_embeddings(size)
    for multiple in (0, -8, 1.5, "8"):
        with pytest.raises(ValueError, match="pad_to_multiple_of"):
            model.resize_token_embeddings(pad_to_multiple_of=multiple)
    assert model.config.vocab_size == 31
    assert len(model.resize_token_embeddings()) == 31  # no number: nothing changes


def test_a_vocabulary_without_its_special_tokens():
    """Fewer entries than the configuration's special tokens need: refused, and nothing changed"""
    model = load()
    with pytest.raises(ValueError, match="pad_token_id|eos_token_id|new_num_tokens"):
        model.resize_token_embeddings(1)
    assert model.config.vocab_size == 31 and model.get_input_embeddings().shape == (31, 12)
    assert model.final_logits_bias.shape == (1, 31)


def test_another_embedding():
    model = load()
    other = np.linspace(-1, 1, 31 * 12).reshape(31, 12)
    model.set_input_embeddings(other)
    assert model.get_input_embeddings().dtype == np.float32
    np.testing.assert_array_equal(model.get_input_embeddings(), other.astype(np.float32))
    expected = led.LEDForConditionalGeneration(
        model.config, params=load().params | {"led.shared.weight": other.astype(np.float32)})
    expected.final_logits_bias = model.final_logits_bias
    np.testing.assert_array_equal(model(IDS).logits, expected(IDS).logits)
    with pytest.raises(ValueError, match=r"value: expected shape \(31, 12\), found \(12, 31\)"):
        model.set_input_embeddings(other.T)


def test_numbers_of_parameters(frozen):
    for kind in (led.LEDModel, led.LEDForConditionalGeneration, led.LEDForQuestionAnswering,
                 led.LEDForSequenceClassification):  # fmt: skip
        model = kind(led.LEDConfig(**SETTINGS, num_labels=5))
        assert model.num_parameters() == frozen[f"num_parameters.{kind.__name__}"]


def test_labels_shifted_right(frozen):
    shifted = load().prepare_decoder_input_ids_from_labels(frozen["labels"].tolist())
    np.testing.assert_array_equal(shifted, frozen["labels_shifted"])
    assert shifted.dtype.kind == "i"


def test_encoder_alone():
    """Its output, given back in every form, makes the same decoder output; the ids are not read"""
    model = load()
    is_global = np.zeros_like(IDS)
    is_global[:, 3] = 1
    mask = np.ones_like(IDS)
    mask[1, 12:] = 0
    encoded = model.encode(IDS, mask, is_global, output_hidden_states=True, output_attentions=True)
    assert isinstance(encoded, led.LEDEncoderBaseModelOutput)
    assert len(encoded.hidden_states) == 3 and encoded.attentions[0].shape == (2, 3, 19, 1 + 5)
    assert encoded.global_attentions[0].shape == (2, 3, 24, 1)
    whole = model(IDS, mask, global_attention_mask=is_global, decoder_input_ids=LABELS)
    states = encoded.last_hidden_state
    np.testing.assert_array_equal(states, whole.encoder_last_hidden_state)
    for given in (encoded, states, (states,), [states], encoded.to_tuple()):
        out = model(attention_mask=mask, encoder_outputs=given, decoder_input_ids=LABELS)
        np.testing.assert_array_equal(out.logits, whole.logits)
        ids = model.generate(attention_mask=mask, encoder_outputs=given, max_length=6, num_beams=2)
        expected = model.generate(
            IDS, attention_mask=mask, global_attention_mask=is_global, max_length=6, num_beams=2)
        np.testing.assert_array_equal(ids, expected)


def test_training_the_decoder_alone():
    model = load()
    encoded = model.encode(IDS)
    loss, grads = model.value_and_grad(encoder_outputs=encoded, labels=LABELS)
    # Inference multiplies the same in another order: a few last bits at most
    assert abs(loss - model(IDS, labels=LABELS).loss) <= 8 * np.finfo(loss.dtype).eps * loss
    _, whole = model.value_and_grad(input_ids=IDS, labels=LABELS)
    for name, grad in grads.items():
        if name.startswith("led.encoder"):
            assert (grad == 0).all()
        elif name != "led.shared.weight":
            np.testing.assert_array_equal(grad, whole[name])


# ------------------------------------------------------------------------------------------------
# From other checkpoints
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype, bound", [(np.float32, FLOAT32), (np.float64, FLOAT64)])
def test_bart_as_led(dtype, bound, frozen):
    """With a window as wide as the text the LED made of a BART is that BART; with a narrow one, a
    global token and positions beyond BART's, what transformers' LED gives with converted weights"""
    given = {name[5:]: array for name, array in frozen.items() if name.startswith("bart.")}
    model = led.LEDForConditionalGeneration.from_bart(
        FIXTURES / "bart", attention_window=34, max_encoder_position_embeddings=20, dtype=dtype)
    logits = model(given["short_ids"], given["short_mask"],
                   decoder_input_ids=given["decoder_ids"]).logits  # fmt: skip
    rows = [difference("bart", logits, given["bart_logits"], bound)]
    model = led.LEDForConditionalGeneration.from_bart(
        FIXTURES / "bart", attention_window=8, max_encoder_position_embeddings=48, dtype=dtype)
    assert model.config.attention_window == [8, 8] and model.config.dropout == 0.2
    assert model.config.max_decoder_position_embeddings == 20
    logits = model(given["long_ids"], global_attention_mask=given["long_global"],
                   decoder_input_ids=given["decoder_ids"]).logits  # fmt: skip
    rows.append(difference("led", logits, given["led_logits"], bound))
    check(rows)


def test_bart_as_led_is_a_model_like_others(tmp_path):
    model = led.LEDForConditionalGeneration.from_bart(
        FIXTURES / "bart", attention_window=8, max_encoder_position_embeddings=48)  # fmt: skip
    name = "led.encoder.layers.0.self_attn.longformer_self_attn."
    one, other = model.params[name + "key.weight"], model.params[name + "key_global.weight"]
    np.testing.assert_array_equal(one, other)
    assert not np.shares_memory(one, other)  # trained apart
    positions = model.params["led.encoder.embed_positions.weight"]
    np.testing.assert_array_equal(positions[:20], positions[20:40])
    np.testing.assert_array_equal(positions[:8], positions[40:])
    model.save_pretrained(tmp_path)
    np.testing.assert_array_equal(load(tmp_path)(IDS).logits, model(IDS).logits)


@pytest.mark.parametrize("setting", [{"model_type": "mbart"}, {"scale_embedding": True},
                                     {"normalize_before": True}, {"add_final_layer_norm": True}])
def test_relatives_of_bart_that_are_no_bart(setting, tmp_path):
    copy_folder(FIXTURES / "bart", tmp_path / "bart")
    change_json(tmp_path / "bart" / "config.json", setting)
    with pytest.raises(ValueError, match=next(iter(setting))):
        led.LEDForConditionalGeneration.from_bart(tmp_path / "bart")


@pytest.mark.parametrize("folder", ["original_zip", "original_legacy"])
def test_files_of_the_longformer_authors(folder):
    """The same weights under their names: windows on one side, two more position rows"""
    theirs, ours = load(FIXTURES / folder), load()
    assert theirs.config.attention_window == ours.config.attention_window == [4, 8]
    assert theirs.config.num_labels == 3
    assert theirs.params.keys() == ours.params.keys()
    for name in ours.params:
        np.testing.assert_array_equal(theirs.params[name], ours.params[name])
    np.testing.assert_array_equal(theirs.final_logits_bias, ours.final_logits_bias)
    np.testing.assert_array_equal(theirs(IDS).logits, ours(IDS).logits)


def test_a_head_that_the_checkpoint_lacks():
    """Drawn from the seed, with a warning that names it; the rest is the checkpoint's"""
    for kind in (led.LEDForSequenceClassification, led.LEDForQuestionAnswering):
        with pytest.warns(UserWarning, match="drawn anew") as caught:
            models = [load(kind=kind, seed=seed) for seed in (0, 0, 1)]
        heads = set(kind.head_shapes(models[0].config))
        assert all(name in str(caught[0].message) for name in heads)
        for name, array in models[0].params.items():
            np.testing.assert_array_equal(array, models[1].params[name])
            differs = (array != models[2].params[name]).any()
            assert differs == (name in heads and name.endswith("weight"))
            if name not in heads:
                np.testing.assert_array_equal(array, load().params[name])
        assert not any(name.startswith("final") for name in models[0].params)


def test_labels_asked_for(tmp_path):
    kind = led.LEDForSequenceClassification
    names = {0: "no", 1: "perhaps", 2: "yes", 3: "never"}
    for settings in ({"num_labels": 4}, {"id2label": names}):
        model = load(kind=kind, **settings)
        assert model.params["classification_head.out_proj.weight"].shape == (4, 12)
        assert model.config.num_labels == 4
    model.save_pretrained(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # now nothing is drawn
        again = load(tmp_path, kind=kind)
    assert again.config.id2label == names
    ids = np.where(IDS == 2, 3, IDS)
    ids[:, -1] = 2
    np.testing.assert_array_equal(again(ids).logits, model(ids).logits)
    assert again(ids).logits.shape == (2, 4)
    with pytest.warns(UserWarning, match="not used: classification_head"):
        assert load(tmp_path, kind=led.LEDForQuestionAnswering).config.num_labels == 2
    # another number of labels than the saved head has
    with pytest.raises(ValueError, match=r"out_proj.weight: expected \(5, 12\), found \(4, 12\)"):
        load(tmp_path, kind=kind, num_labels=5)


@pytest.mark.parametrize("problem_type, labels", [
    ("regression", [[0.5, 1, 2], [3, 4, 5.5]]), ("single_label_classification", [2, 0]),
    ("multi_label_classification", [[0.0, 1, 1], [1, 0, 0]])])  # fmt: skip
def test_problem_types(problem_type, labels, tmp_path):
    kind = led.LEDForSequenceClassification
    ids = np.where(IDS == 2, 3, IDS)
    ids[:, -1] = 2
    model = load(kind=kind, num_labels=3, problem_type=problem_type)
    loss = model(ids, labels=labels).loss
    assert model.config.problem_type == problem_type and np.isfinite(loss)
    model.save_pretrained(tmp_path)
    again = load(tmp_path, kind=kind)
    assert again.config.problem_type == problem_type and again(ids, labels=labels).loss == loss
    if problem_type != "regression":
        guessed = load(kind=kind, num_labels=3)
        assert guessed(ids, labels=labels).loss == loss
        assert guessed.config.problem_type == problem_type  # and so it stays, as in the reference


def test_a_head_of_its_own(tmp_path):
    """tie_word_embeddings=False: lm_head.weight is a parameter, read, trained and saved"""
    with pytest.warns(UserWarning, match="no lm_head.weight: drawn anew"):
        model = load(tie_word_embeddings=False)
    head = model.params["lm_head.weight"]
    assert head.shape == (31, 12) and (head != model.params["led.shared.weight"]).any()
    logits = model(IDS).logits
    states = led.LEDModel.from_pretrained(FIXTURES / "led")(IDS).last_hidden_state
    np.testing.assert_allclose(
        logits, states @ head.T + model.final_logits_bias, rtol=1e-5, atol=1e-6
    )
    _, grads = model.value_and_grad(input_ids=IDS, labels=LABELS)
    assert (grads["lm_head.weight"] != 0).any()
    model.save_pretrained(tmp_path)
    again = load(tmp_path)
    assert again.config.tie_word_embeddings is False
    np.testing.assert_array_equal(again.params["lm_head.weight"], head)
    np.testing.assert_array_equal(again(IDS).logits, logits)
    # tied again, the embedding is the head
    assert "lm_head.weight" not in load(tmp_path, tie_word_embeddings=True).params


def test_settings_that_are_not_known_are_kept(tmp_path):
    copy_folder(FIXTURES / "led", tmp_path / "a")
    unknown = {"my_note": "made by hand", "task_specific_params": {"summarization": {"x": [1]}},
               "prefix": " ", "_num_labels": 3, "dtype": "float32", "n": None}  # fmt: skip
    change_json(tmp_path / "a" / "config.json", unknown)
    model = load(tmp_path / "a")
    model.save_pretrained(tmp_path / "b")
    saved = json.loads((tmp_path / "b" / "config.json").read_text())
    assert {name: saved[name] for name in unknown} == unknown
    assert model.config.my_note == "made by hand"


@pytest.mark.parametrize("kind", [led.LEDModel, led.LEDForConditionalGeneration])
def test_tensorflow_checkpoints(kind):
    """tf_model.h5, as TensorFlow 2.14 wrote it, gives TensorFlow's numbers"""
    pytest.importorskip("h5py", reason="reading tf_model.h5 needs h5py")
    folder = FIXTURES.parent / "weights" / "tensorflow"
    with np.load(folder / "outputs.npz") as outputs:
        expected = dict(outputs)
    given = {name: expected[name] for name in ("input_ids", "attention_mask",
             "global_attention_mask", "decoder_input_ids")}  # fmt: skip
    model = load(folder, kind=kind)
    out = model(**given)
    rows = [difference("encoder", out.encoder_last_hidden_state,
                       expected["encoder_last_hidden_state"], FLOAT32)]  # fmt: skip
    if kind is led.LEDForConditionalGeneration:
        rows.append(difference("logits", out.logits, expected["logits"], FLOAT32))
        assert (model.final_logits_bias != 0).any()
    else:
        assert "shared.weight" in model.params
        head = load(folder)
        logits = out.last_hidden_state @ head.params["led.shared.weight"].T + head.final_logits_bias
        rows.append(difference("last_hidden_state", logits, expected["logits"], FLOAT32))
    check(rows)


# ------------------------------------------------------------------------------------------------
# Saving
# ------------------------------------------------------------------------------------------------


def change_json(path, changes):
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | changes))


@pytest.mark.parametrize("limit", [None, "9KB", 3000])
def test_saved_and_loaded_is_the_same(limit, tmp_path):
    for kind in (led.LEDModel, led.LEDForConditionalGeneration, led.LEDForSequenceClassification,
                 led.LEDForQuestionAnswering):  # fmt: skip
        folder = tmp_path / kind.__name__
        model = kind(led.LEDConfig(**SETTINGS), seed=3)
        model.save_pretrained(folder, max_shard_size=limit)
        files = {path.name for path in folder.iterdir()}
        assert (limit is None) == ("model.safetensors" in files)
        assert (limit is not None) == ("model.safetensors.index.json" in files)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            again = kind.from_pretrained(folder)
        assert list(again.params) == list(model.params)
        for name, array in model.params.items():
            np.testing.assert_array_equal(again.params[name], array)
        assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
import led

folder, limits, sizes, kills, settings = Path(sys.argv[1]), *map(eval, sys.argv[2:])
models = []
for number, size in enumerate(sizes):
    config = led.LEDConfig(**settings | {"vocab_size": size}, number=number + 1)
    models.append(led.LEDForConditionalGeneration(config))
    for array in [*models[-1].params.values(), models[-1].final_logits_bias]:
        array[...] = number + 1
    models[-1].generation_config = {"max_length": number + 7}

def save(name, number):
    models[number].save_pretrained(folder / name, max_shard_size=limits[number])

def kill_at(step):
    '''kill -9 from within, before the step-th call that changes a file system'''
    count = 0
    def counting(function):
        def counted(*args, **kwargs):
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        return counted
    for name in ("open", "replace", "rename", "fsync", "unlink", "remove", "close", "chmod"):
        setattr(os, name, counting(getattr(os, name)))

def child(step):
    save(str(step), 0)
    if kills == 0:
        kill_at(step)
        save(str(step), 1)
        os._exit(0)
    kill_at(7 * step)  # of the first save, the second, the third, ...
    while True:
        save(str(step), 1)
        save(str(step), 0)

step, exit_code = 0, signal.SIGKILL
while exit_code == signal.SIGKILL and (kills == 0 or step < kills):
    step += 1
    process = os.fork()
    if process == 0:
        child(step)
    exit_code = os.waitpid(process, 0)[1]
assert exit_code == (signal.SIGKILL if kills else 0), exit_code
print(step)
"""


def what_is_left(folder):
    """The numbers of the models, 1 or 2, that the files of a folder are of: {1} or {2} where the
    checkpoint is whole, {1, 2} between the renamings. The weights have to be of one."""
    tensors = weights.load(folder)
    of_weights = {float(number) for array in tensors.values()
                  for number in (array.min(), array.max())}  # fmt: skip
    assert len(of_weights) == 1, f"{folder}: weights of both"
    settings = json.loads((folder / "config.json").read_text())
    generation = json.loads((folder / "generation_config.json").read_text())
    found = of_weights | {settings["number"], generation["max_length"] - 6}
    if len(found) == 1:
        model = load(folder)
        assert model.config.number == model.params["led.shared.weight"][0, 0] == of_weights.pop()
    elif settings["vocab_size"] != len(tensors["led.shared.weight"]):
        with pytest.raises(ValueError, match="led.shared.weight: expected"):
            load(folder)
    return found


def kill_saves(folder, name, kills):
    """What is left after each kill: one at every step of a save, or `kills`, each some steps
    later than the one before it in a long series of saves. The steps are counted, not timed."""
    limits, sizes = SAVES[name]
    done = run(sys.executable, "-c", KILLED, folder, limits, sizes, kills, SETTINGS)
    assert done.returncode == 0, done.stderr
    return [what_is_left(folder / str(i + 1)) for i in range(int(done.stdout))]


SAVES = {"one file": ([None, None], [31, 31]), "to shards": ([None, 9000], [31, 31]),
         "from shards": ([9000, None], [31, 31]), "shards": ([9000, 5000], [31, 31]),
         "another size": ([None, None], [31, 40])}  # fmt: skip
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")


@needs_kill
@pytest.mark.parametrize("name", SAVES)
def test_killed_at_every_step(name, tmp_path):
    """kill -9 before each call that changes the folder: first the old checkpoint is whole, then the
    new one. Between the renamings of three files there is room for two steps."""
    left = kill_saves(tmp_path, name, 0)
    steps = [found for i, found in enumerate(left) if i == 0 or found != left[i - 1]]
    assert steps in ([{1}, {2}], [{1}, {1, 2}, {2}]), left
    assert len(left) > 10 and left.count({1, 2}) <= 2, left


@needs_kill
@pytest.mark.parametrize("name", SAVES)
def test_killed_at_random(name, tmp_path):
    """kill -9 while two checkpoints are saved over one another, over and over"""
    left = kill_saves(tmp_path, name, max(3, int(15 * SWEEP)))
    print(f"{left.count({1, 2})} of {len(left)} between the renamings")
    assert left.count({1, 2}) <= len(left) / 3 and {1} in left, left
    for folder in filter(Path.is_dir, tmp_path.iterdir()):
        # and the next save removes what was left lying around
        led.LEDForConditionalGeneration(led.LEDConfig(**SETTINGS)).save_pretrained(folder)
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["config.json", "generation_config.json", "model.safetensors"]


# ------------------------------------------------------------------------------------------------
# Hostile settings: config.json and generation_config.json are a stranger's text
# ------------------------------------------------------------------------------------------------

VALUES = [None, True, False, -1, 0, 1, 2.5, 1e300, float("nan"), float("inf"), -(2**63), 10**12,
          10**400, "", "x", "1", [], [1], [None], ["x"], [[1]], [10**12], {}, {"a": 1}, {"0": "a"},
          [[[[]]]], list(range(2000))]  # fmt: skip
# Names that are attributes of every object, or of LEDConfig
NAMES = ["self", "cls", "settings", "check", "to_dict", "from_dict", "from_pretrained", "__class__",
         "__dict__", "__init__", "__setattr__", "__getattr__", "__eq__", "__slots__", "__doc__", "",
         "model_type", "0", "\u0000", "a b"]  # fmt: skip
OWN = ["id2label", "label2id", "num_labels", "num_hidden_layers", "architectures", "hidden_size",
       "num_attention_heads", "attention_probs_dropout_prob", "initializer_range", "_num_labels",
       "attention_mode", "attention_dilation", "autoregressive", "torch_dtype", "quantization_config",
       "auto_map", "name_or_path", "transformers_version"]  # fmt: skip


def outcome(use, names):
    """What happens: None if `use` runs, the message if it is refused by a ValueError or OSError that
    has one of `names` in it. Anything else, and more than a second, is a fault."""
    start = time.process_time()
    message = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            use()
    except (ValueError, OSError) as error:
        message = str(error)
        if not any(name in message for name in names):
            raise AssertionError(f"the message names nothing: {message:.300}") from error
    seconds = time.process_time() - start
    assert seconds < 1, f"{seconds:.1f} s: {message!s:.100}"
    return message


def count_outcomes(cases):
    """How many of the cases (label, use, names) run and are refused; fails with a list of faults"""
    faults, refused, accepted = [], 0, 0
    for label, use, names in cases:
        try:
            if outcome(use, names) is None:
                accepted += 1
            else:
                refused += 1
        except Exception as error:
            faults.append(f"{label}: {type(error).__name__}: {error!s:.150}")
    assert not faults, "\n".join([f"{len(faults)} faults", *faults])
    print(f"{refused} refused, {accepted} accepted")
    return refused, accepted


def use_model(folder, kind):
    ids = np.where(IDS == 2, 3, IDS)
    ids[:, -1] = 2
    model = load(folder, kind=kind)
    model(ids)
    if kind is led.LEDForConditionalGeneration:
        model.value_and_grad(input_ids=ids, labels=LABELS, dropout_rng=1)
        model.generate(ids, max_length=4)
    elif kind is led.LEDForSequenceClassification:
        labels = np.zeros((2, model.config.num_labels))
        if model.config.problem_type == "single_label_classification":
            labels = [0, 0]
        model.value_and_grad(input_ids=ids, labels=labels, dropout_rng=1)


@pytest.fixture
def little_memory():
    """A limit on the address space, so that what asks for too much is seen at once"""
    resource = pytest.importorskip("resource", reason="memory cannot be limited here")
    old = resource.getrlimit(resource.RLIMIT_AS)
    now = next(int(line.split()[1]) for line in open("/proc/self/status")
               if line.startswith("VmSize")) * 1024  # fmt: skip
    resource.setrlimit(resource.RLIMIT_AS, (now + 2**29, old[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, old)


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


@needs_proc
def test_hostile_configurations(tmp_path, little_memory):
    """Every field and every name with values of every kind, in one class each (LED_SWEEP=2: both)"""
    folder = tmp_path / "led"
    copy_folder(FIXTURES / "led", folder)
    path = folder / "config.json"
    good = json.loads(path.read_text())
    kinds = [led.LEDForConditionalGeneration, led.LEDForSequenceClassification]

    def cases():
        every = itertools.product([*led.LEDConfig.DEFAULTS, *OWN, *NAMES], VALUES)
        for number, (name, value) in enumerate(every):
            path.write_text(json.dumps(good | {name: value}))
            # the field, or the tensors and settings that do not fit it
            names = [name, led.LEDConfig.ALIASES.get(name, name), "config.json", "expected", "missing"]
            for kind in kinds if SWEEP >= 2 else [kinds[number % 2]]:
                yield f"{name} {value!s:.30}", lambda: use_model(folder, kind), names

    refused, accepted = count_outcomes(cases())
    assert refused > 500 and accepted > 500


GENERATION_NAMES = [*GENERATION_DEFAULTS, *GENERATION_NOT_HERE, "unknown", "self", "seed",
                    "on_step", "input_ids", "eos_token_ids", "__class__"]  # fmt: skip


MODES = [{}, {"num_beams": 2}, {"do_sample": True}, {"num_beams": 3, "do_sample": True}]


@needs_proc
def test_hostile_generation_settings(tmp_path, little_memory):
    """The same for generation_config.json, in one mode of generation each (LED_SWEEP=4: in all)"""
    folder = tmp_path / "led"
    copy_folder(FIXTURES / "led", folder)
    path = folder / "generation_config.json"
    good = json.loads(path.read_text()) | {"_from_model_config": False}  # or it is not read

    def cases():
        for number, (name, value) in enumerate(itertools.product(GENERATION_NAMES, VALUES)):
            for mode in MODES if SWEEP >= 4 else [MODES[number % 4]]:
                path.write_text(json.dumps(good | mode | {"max_length": 6, name: value}))
                yield (f"{name} {value!s:.30} {mode}",
                       lambda: load(folder).generate([[5, 6, 7, 2]], seed=1),
                       [name, "num_beams", "positions", "forbid every token"])  # fmt: skip

    refused, accepted = count_outcomes(cases())
    assert refused > 300 and accepted > 300


JSON_BOMBS = {
    "nested lists": "[" * 200_000, "closed nested lists": "[" * 90_000 + "]" * 90_000,
    "nested objects": '{"a":' * 100_000, "nested value": '{"x": ' + "[" * 90_000 + "]" * 90_000 + "}",
    "a long number": '{"vocab_size": ' + "9" * 1_000_000 + "}",
    "a long float": '{"dropout": 0.' + "9" * 1_000_000 + "}",
    "an exponent": '{"d_model": 1e999999999}', "not an object": "[1, 2]", "a string": '"led"',
    "null": "null", "nothing": "", "half": '{"vocab_size": 3', "not JSON": "vocab_size = 3",
    "a zero byte": '{"vocab_size": 31\u0000}', "duplicate": '{"vocab_size": 31, "vocab_size": 7}',
    "constants": '{"dropout": Infinity, "init_std": -Infinity, "attention_dropout": NaN}',
    "surrogates": '{"activation_function": "\\ud800"}',
    "a million keys": "{" + ",".join(f'"k{i}": 0' for i in range(100_000)) + "}",
    "many labels": json.dumps({"id2label": {str(i): "x" for i in range(200_000)}}),
}  # fmt: skip


@needs_proc
@pytest.mark.parametrize("file", ["config.json", "generation_config.json"])
@pytest.mark.parametrize("name", JSON_BOMBS)
def test_json_bombs(name, file, tmp_path, little_memory):
    folder = tmp_path / "led"
    copy_folder(FIXTURES / "led", folder)
    (folder / file).write_text(JSON_BOMBS[name])
    message = outcome(lambda: load(folder).generate([[5, 6, 7, 2]], max_length=4),
                      [file, "expected", "missing"])  # fmt: skip
    harmless = file == "generation_config.json" and name in (
        "a long number", "a long float", "an exponent", "nested value", "duplicate", "constants",
        "surrogates", "a million keys", "many labels")  # fmt: skip
    assert harmless or message is not None


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b'{"a": "\xe9"}', b"\x00" * 100])
def test_configurations_that_are_not_text(content, tmp_path):
    copy_folder(FIXTURES / "led", tmp_path / "led")
    (tmp_path / "led" / "config.json").write_bytes(content)
    with pytest.raises(OSError, match="config.json"):
        load(tmp_path / "led")


def test_a_folder_where_a_file_should_be(tmp_path):
    for name in ("config.json", "generation_config.json", "model.safetensors"):
        folder = tmp_path / name.split(".")[0]
        copy_folder(FIXTURES / "led", folder)
        (folder / name).unlink()
        (folder / name).mkdir()
        with pytest.raises((OSError, ValueError), match=name):
            load(folder)
    with pytest.raises(OSError, match="nowhere"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(OSError, match="config.json"):
        load(tmp_path / "empty")


@pytest.mark.parametrize("changes", [
    {"max_position_embeddings": None}, {"max_position_embeddings": "x"},
    {"max_position_embeddings": 10**12}, {"max_position_embeddings": -1}, {"d_model": 10**9},
    {"encoder_layers": 10**6}, {"vocab_size": 0}, {"encoder_attention_heads": 5},
    {"activation_function": []}, {"model_type": ["bart"]}, {"scale_embedding": "x"}])  # fmt: skip
def test_hostile_barts(changes, tmp_path, little_memory):
    copy_folder(FIXTURES / "bart", tmp_path / "bart")
    change_json(tmp_path / "bart" / "config.json", changes)
    message = outcome(lambda: led.LEDForConditionalGeneration.from_bart(tmp_path / "bart"),
                      [*changes, "expected", "missing"])  # fmt: skip
    assert message is not None


@pytest.mark.parametrize("changes", [
    {"attention_window": None}, {"attention_window": "ab"}, {"attention_window": 5},
    {"attention_window": [None, 1]}, {"attention_window": [10**400, 1]}, {"attention_window": [1]},
    {"attention_dilation": [2, 2]}, {"attention_dilation": 5}, {"attention_dilation": [[1], [1]]},
    {"attention_dilation": {"a": 1}}, {"autoregressive": True}])  # fmt: skip
def test_hostile_originals(changes, tmp_path):
    copy_folder(FIXTURES / "original_zip", tmp_path / "led")
    change_json(tmp_path / "led" / "config.json", changes)
    message = outcome(lambda: load(tmp_path / "led"), ["attention", "autoregressive", "config.json"])
    assert message is not None
