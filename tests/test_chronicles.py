"""The bundled model: it answers, it needs its global attention, and transformers agrees with it."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import weights
from bpe import LEDTokenizer
from chronicles import train
from chronicles.documents import document
from chronicles.evaluate import answers, exact_match, facts_in
from chronicles.train import FOLDER, example
from led import LEDForConditionalGeneration

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def bundled():
    return LEDForConditionalGeneration.from_pretrained(FOLDER), LEDTokenizer.from_pretrained(FOLDER)


@pytest.mark.parametrize("length, questions", [(256, 20), (1024, 10), (4096, 3)])
def test_a_small_part_of_the_evaluation(bundled, length, questions):
    """The whole of it is `python chronicles/evaluate.py`; its table stands in the README."""
    right, right_without = exact_match(*bundled, length, questions)
    assert right >= 0.8  # measured: 0.95, 1.0, 1.0
    assert right_without <= 0.2  # measured: 0.0 at all lengths


def test_files_are_small():
    sizes = [path.stat().st_size for path in FOLDER.iterdir()]
    assert sum(sizes) <= 8_000_000


def test_the_readmes_answer():
    """`python led.py ask` prints, word for word, what the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    question, file = re.search(r'led\.py ask "(.*?)" (\S+)', text).groups()
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1]
    for asked in (question, question.upper()):
        run = subprocess.run([sys.executable, "led.py", "ask", asked, file], cwd=ROOT,
                             capture_output=True, encoding="utf-8", check=True)  # fmt: skip
        assert run.stdout == shown
    source = re.search(r'"(.*)"', shown)[1]
    assert source in (ROOT / file).read_text(encoding="utf-8")


def test_documents_are_a_function_of_the_seed():
    first, again, other = (document(seed, 300, 5) for seed in ("a", "a", "b"))
    assert first == again
    assert first.text != other.text
    for question in first.questions:
        assert question.answer in first.text


def test_an_interrupted_training_gives_the_same_weights(bundled, tmp_path, monkeypatch):
    """Stopped within a stage and at the end of one, where the positions are copied"""
    monkeypatch.setattr(train, "STAGES", [(3, 256, 5, 2, 1e-3, 0.5), (2, 512, 9, 1, 1e-3, 0.5)])
    monkeypatch.setattr(train, "train_tokenizer", lambda: bundled[1])
    states = []
    for name, stops in (("whole", [None]), ("in pieces", [1, 3, 4, None])):
        monkeypatch.setattr(train, "FOLDER", tmp_path / name)
        monkeypatch.setattr(train, "STATE", tmp_path / f"{name}.safetensors")
        for stop in stops:
            train.train(stop)
        states.append(weights.load(train.STATE))
        states[-1] |= weights.load(train.FOLDER)
    assert int(states[0]["step"][0]) == 5
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name)
    start = train.configuration(len(bundled[1]), 256)
    fresh = LEDForConditionalGeneration(start, seed=train.SEED).params
    assert (states[0]["params.led.shared.weight"] != fresh["led.shared.weight"]).any()


def test_question_inputs_of_the_command_line(bundled):
    """The command line marks the same tokens as global that the training marked."""
    from led import question_inputs

    model, tokenizer = bundled
    chronicle = document("inputs", 300, 5)
    question = chronicle.questions[0].text
    ids, is_global, places = question_inputs(tokenizer, question, chronicle.text, 16384)
    asked = tokenizer(question)["input_ids"]
    assert ids[0, : len(asked)].tolist() == asked
    assert is_global[0].tolist() == [1] * len(asked) + [0] * (ids.shape[1] - len(asked))
    start, end = places[len(asked) + 1]
    assert chronicle.text[start:end] in tokenizer.decode(ids[0, len(asked) + 1 : len(asked) + 2])


def test_questions_are_spelled_as_the_document(bundled):
    """Case and doubled letters of a question make no difference to `ask`; other words stay."""
    from led import question_inputs, spelled_as_in

    text = "They hid the silver bell at Great Ashford. Alda Bell slept. A great bell rang, and off"
    for asked, expected in [
        ("WHO HID THE SILLVER BELL?", "Who hid the silver bell?"),
        ("where is great ashford?", "Where is Great Ashford?"),
        ("How did alda Bell sleep?", "How did Alda Bell sleep?"),
        ("HAS ALDA BELL SLEPT?", "Has Alda Bell slept?"),
        ("What is odd, and of wood?", "What is odd, and of wood?"),
        ("", ""),
    ]:
        assert spelled_as_in(text, asked) == expected

    model, tokenizer = bundled
    chronicle = (ROOT / "chronicles" / "chronicle.txt").read_text(encoding="utf-8")
    for question, expected in [
        ("Where is the silver key?", "Upper Marling"),
        ("What colour was the belt of Osbert Bell?", "bright crimson"),
    ]:
        for asked in (question, question.upper(), question.lower(), question.replace("e", "ee")):
            spelled = spelled_as_in(chronicle, asked)
            ids, is_global, _ = question_inputs(tokenizer, spelled, chronicle, 16384)
            out = model.generate(ids, global_attention_mask=is_global, max_length=16)
            assert tokenizer.decode(out[0], skip_special_tokens=True).strip() == expected, asked


def test_transformers_gives_the_same_answers(bundled):
    torch = pytest.importorskip("torch", reason="pip install -r requirements-parity.txt")
    transformers = pytest.importorskip("transformers")
    reference = transformers.LEDForConditionalGeneration.from_pretrained(FOLDER).eval().float()
    model, tokenizer = bundled
    for i in range(5):
        ids, asked, expected = example(tokenizer, f"beside {i}", 500, facts_in(500), "heldout")
        input_ids, labels = np.array([ids]), np.array([expected])
        is_global = np.zeros_like(input_ids)
        is_global[:, :asked] = 1
        ours = model(input_ids, global_attention_mask=is_global, labels=labels)
        tensors = [torch.tensor(array) for array in (input_ids, is_global, labels)]
        with torch.no_grad():
            theirs = reference(
                tensors[0], global_attention_mask=tensors[1], labels=tensors[2],
                attention_mask=torch.ones_like(tensors[0]))  # fmt: skip
            generated = reference.generate(
                tensors[0], global_attention_mask=tensors[1], max_length=16,
                attention_mask=torch.ones_like(tensors[0]))  # fmt: skip
        error = np.linalg.norm(ours.logits - theirs.logits.numpy())
        assert error <= 2e-5 * np.linalg.norm(theirs.logits.numpy())  # measured: 4e-7
        text = tokenizer.decode(generated[0].tolist(), skip_special_tokens=True).strip()
        assert text == answers(model, tokenizer, ids, asked)[0]
