"""generate() against frozen results of transformers 4.34.0: the same ids, token for token, in
float32 and float64; scores of texts and of steps; and what sampling promises."""

import json

import numpy as np
import pytest

from led_support.generation import draw
from tests.common import FIXTURES, check, difference, our_model

FROZEN = json.loads((FIXTURES / "generation.json").read_text())
CASES = [pytest.param(case, id=f"{case['model']}: {case['name']}") for case in FROZEN["cases"]]


@pytest.fixture(scope="module")
def models():
    about = FROZEN["about"]
    return {
        (name, dtype): our_model("LEDForConditionalGeneration", about["settings"], **drawn,
                                 dtype=dtype)
        for name, drawn in about["models"].items() for dtype in ("float32", "float64")
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_as_the_reference(case, dtype, models):
    out = models[case["model"], dtype].generate(
        **case["documents"], **case["arguments"], output_scores=True, return_dict_in_generate=True)
    assert out.sequences.tolist() == case["sequences"]
    if "sequences_scores" in case:
        assert out.beam_indices.tolist() == case["beam_indices"]
        expected = np.array(case["sequences_scores"])
        check([difference("sequences_scores", out.sequences_scores, expected, 2e-5)])
    # Of each step's scores the file holds the sum of the finite ones, and how many are not finite.
    sums = np.array([scores[np.isfinite(scores)].sum() for scores in out.scores])
    counts = [int((~np.isfinite(scores)).sum()) for scores in out.scores]
    assert counts == [count for _, count in case["steps"]]
    expected = np.array([total for total, _ in case["steps"]])
    # A sum in which positive and negative scores cancel is as wrong as its parts together.
    sizes = np.array([abs(scores[np.isfinite(scores)]).sum() for scores in out.scores])
    worst = (abs(sums - expected) / np.maximum(sizes, 1)).max()
    assert worst < 2e-6  # measured: 2.2e-7, the reference's own rounding in float32


def test_the_settings_make_a_difference():
    """Guards the test above: with these models the settings of beam search change the result."""
    results = {}
    for case in FROZEN["cases"]:
        results[case["model"], case["name"]] = case["sequences"]
    name = "length 1.0, stop {}, 3 of 3"
    stops = [results["first", name.format(stop)] for stop in ("True", "False", "never")]
    assert stops[0] != stops[1] != stops[2] != stops[0]
    lengths = [results["first", f"length {p}, stop True, 3 of 3"] for p in (-1.0, 2.0)]
    assert lengths[0] != lengths[1]
    assert len({json.dumps(sequences) for sequences in results.values()}) > 50


def test_draw_takes_each_token_as_often_as_its_probability_says():
    probs = np.array([[0.5, 0.3, 0.15, 0.05, 0.0]])
    rng = np.random.default_rng(0)
    drawn = draw(np.repeat(probs, 40000, axis=0), 1, rng)[:, 0]
    shares = np.bincount(drawn, minlength=5) / 40000
    # three standard deviations of the share of 40,000 draws are at most 0.0075
    assert abs(shares - probs[0]).max() < 0.0075
    assert shares[4] == 0


def test_draw_without_replacement():
    """Two different ones: the second with its share of what the first leaves"""
    probs = np.array([0.5, 0.3, 0.2])
    rng = np.random.default_rng(1)
    pairs = draw(np.tile(probs, (40000, 1)), 2, rng)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    for first in range(3):
        for second in range(3):
            if first != second:
                share = ((pairs == (first, second)).all(axis=1)).mean()
                expected = probs[first] * probs[second] / (1 - probs[first])
                assert abs(share - expected) < 0.0075


@pytest.mark.parametrize("settings, chances", [
    ({}, lambda p: p),
    ({"temperature": 0.5}, lambda p: p**2),
    ({"temperature": 2.0}, lambda p: p**0.5),
    ({"top_k": 3}, lambda p: p * (p >= np.sort(p)[-3])),
    # the most likely tokens until their sum reaches top_p: those before which less than it stands
    ({"top_p": 0.6}, lambda p: p * (np.array([p[p > q].sum() for q in p]) < 0.6)),
], ids=str)  # fmt: skip
def test_tokens_come_as_often_as_the_settings_say(settings, chances, models):
    """One step, 10,000 times, against the probabilities of the model's own logits"""
    model = models["second", "float64"]
    ids = np.array([FROZEN["cases"][0]["documents"]["input_ids"][0]])
    is_global = np.eye(1, ids.shape[1], dtype=int)
    logits = model(ids, global_attention_mask=is_global, decoder_input_ids=[[2]]).logits[0, 0]
    expected = chances(np.exp(logits) / np.exp(logits).sum())
    expected /= expected.sum()
    texts = model.generate(ids, global_attention_mask=is_global, do_sample=True, max_new_tokens=1,
                           num_return_sequences=10000, seed=3, **{"top_k": 0} | settings)  # fmt: skip
    shares = np.bincount(texts[:, 1], minlength=41) / 10000
    assert abs(shares - expected).max() < 0.015  # three standard deviations of a share of one half
    assert (shares[expected == 0] == 0).all()


def test_sampling_is_repeatable_and_varies_with_the_seed(models):
    model = models["second", "float32"]
    ids = np.array([FROZEN["cases"][0]["documents"]["input_ids"][0]])

    def sample(seed, **settings):
        settings = {"do_sample": True, "max_length": 15, "num_return_sequences": 3} | settings
        is_global = np.eye(1, ids.shape[1], dtype=int)
        return model.generate(ids, global_attention_mask=is_global, seed=seed, **settings).tolist()

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)
    assert sample(1, num_beams=3) == sample(1, num_beams=3)
    # With one token to choose from there is no chance left: top_k and top_p cut as they should.
    greedy = sample(0, do_sample=False, num_return_sequences=1)
    assert sample(3, top_k=1, num_return_sequences=1) == greedy
    assert sample(4, top_p=1e-6, num_return_sequences=1) == greedy


def test_rules_that_leave_nothing_to_draw(models):
    with pytest.raises(ValueError, match="forbid every token"):
        models["first", "float32"].generate(
            [[5, 6, 7]], global_attention_mask=[[1, 0, 0]], do_sample=True, max_length=4,
            forced_bos_token_id=7, suppress_tokens=[7])  # fmt: skip


def test_on_step_is_told_each_token(models):
    model, told = models["first", "float32"], []
    ids = FROZEN["cases"][0]["documents"]["input_ids"]
    out = model.generate(ids, max_length=9, global_attention_mask=np.eye(2, 19, dtype=int),
                         on_step=lambda step, texts: told.append((step, texts.copy())))  # fmt: skip
    assert [step for step, _ in told] == list(range(1, out.shape[1]))
    for step, texts in told:
        assert texts.tolist() == out[:, : step + 1].tolist()
