"""Numbers at the edge, dropout and checkpointing, several threads. Against frozen numbers of
transformers 4.34.0, and by properties; needs no torch.

LED_SWEEP=10 python -m pytest tests/test_edges.py     # ten times as many seeds and directions
"""

import collections
import itertools
import json
import math
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import led
from led_support.arrays import keep_factors, normal_cdf, subseed
from led_support.inputs import step_seed
from led_support import engine, fast
from tests.common import FLOAT32, FLOAT64, GRADIENT, check, compare, difference
from tests.surface import (DROPOUT_ARGUMENTS, EDGE_GRADIENTS, EDGES, EMPTY_GENERATIONS, FIXTURES,
                           LABELS, edge_arguments, edge_settings, edge_weights)  # fmt: skip

ROOT = Path(__file__).parent.parent
SWEEP = float(os.environ.get("LED_SWEEP", "1"))

# A floating-point warning is a fault, in the pool's threads as well.
pytestmark = [pytest.mark.filterwarnings("error::RuntimeWarning"),
              pytest.mark.filterwarnings("ignore:generate without global_attention_mask"),
              pytest.mark.filterwarnings("ignore:global_attention_mask is given")]  # fmt: skip

KINDS = [led.LEDForConditionalGeneration, led.LEDForSequenceClassification,
         led.LEDForQuestionAnswering]  # fmt: skip


@pytest.fixture(scope="module")
def frozen():
    with np.load(FIXTURES / "edges.npz") as edges, np.load(FIXTURES / "surface.npz") as surface:
        return {**edges, **surface}


def edge_model(name, dtype):
    """The model of an edge case, and the arguments of its call"""
    frozen = led.LEDForConditionalGeneration.from_pretrained(FIXTURES / "led")
    weights = frozen.params | {"final_logits_bias": frozen.final_logits_bias}
    changed = edge_weights(EDGES[name], weights)
    bias = changed.pop("final_logits_bias").astype(dtype)
    params = {key: array.astype(dtype) for key, array in changed.items()}
    config = led.LEDConfig(**edge_settings(EDGES[name]))
    model = led.LEDForConditionalGeneration(config, dtype=dtype, params=params)
    model.final_logits_bias = bias
    return model, edge_arguments(EDGES[name], weights)


def group(arrays, name):
    """The entries under name, without it"""
    return {key[len(name) + 1 :]: a for key, a in arrays.items() if key.startswith(name + ".")}


def gradient_row(name, ours, theirs, floor, bound):
    """As common.difference, but where the parts of a gradient cancel, so that its norm is below
    the floor, relative to the floor."""
    row = difference(name, ours, theirs, bound)
    size = max(np.linalg.norm(theirs), floor)
    if row.verdict == "differs" and np.linalg.norm(ours - theirs) <= bound * size:
        row.verdict = "ok"
    return row


def edge_rows(name, model, arguments, frozen, bound, gradient_bound):
    """Outputs and gradients of a case beside the reference's"""
    expected = group(frozen, name)
    out = model(**arguments)
    encoded = out.encoder_last_hidden_state
    ours = {"logits": out.logits, "encoder": encoded[:, :: 100 if encoded.shape[1] > 100 else 1],
            "loss": np.asarray(out.loss)}  # fmt: skip
    rows = compare(ours, {key: expected[key] for key in ours}, bound)
    _, grads = model.value_and_grad(**arguments)
    assert all(np.isfinite(grad).all() for grad in grads.values())
    # torch has no gradient where a parameter took no part: zeros here
    theirs = {key: expected.get(f"grad.{key}", np.zeros(grads[key].shape)) for key in EDGE_GRADIENTS}
    # Where one score stands far above all others, or all rows are alike, the true gradient of the
    # scores is nothing: what is found is as large as some roundings of the largest gradient.
    share = 0.1 if "scale" in EDGES[name] else 1e-4 if model.dtype == np.float64 else 1e-2
    floor = share * max(np.linalg.norm(a) for a in theirs.values())
    return rows + [
        gradient_row("grad." + key, grads[key], theirs[key], floor, gradient_bound)
        for key in theirs
    ]


@pytest.mark.parametrize("name", EDGES)
def test_edges_in_float64(name, frozen):
    model, arguments = edge_model(name, np.float64)
    with np.errstate(all="raise", under="ignore"):
        check(edge_rows(name, model, arguments, frozen, FLOAT64, GRADIENT), name)


@pytest.mark.parametrize("name", EDGES)
def test_edges_in_float32(name, frozen):
    model, arguments = edge_model(name, np.float32)
    bound, gradient_bound = FLOAT32, 1e-4
    if "scale" in EDGES[name]:
        # The largest score is 40,000, where one float32 is 0.004 from the next. exp makes of that a
        # share of the probability, which a sum that cancels makes larger.
        spacing = float(np.spacing(np.float32(frozen[f"{name}.largest_score"])))
        bound, gradient_bound = spacing, 100 * spacing  # measured: 1.1e-4 and 5.1e-2 at most
    with np.errstate(all="raise", under="ignore"):
        check(edge_rows(name, model, arguments, frozen, bound, gradient_bound), name)


def test_the_edges_are_edges(frozen):
    """Scores are as large as they are meant to be, and rows as alike"""
    assert frozen["large scores.largest_score"] > 1e4
    alike = frozen["rows all alike.encoder"][1]  # of the document without a global token
    assert abs(alike - alike[0]).max() < 1e-12
    assert np.isnan(frozen["no label counts.loss"])


def test_no_label_counts_no_gradient():
    model, arguments = edge_model("no label counts", np.float32)
    loss, grads = model.value_and_grad(**arguments)
    assert np.isnan(loss)
    assert all((grad == 0).all() for grad in grads.values())


@pytest.mark.parametrize("name", EMPTY_GENERATIONS)
def test_generation_from_next_to_nothing(name):
    expected = json.loads((FIXTURES / "generation.json").read_text())[name]
    model = led.LEDForConditionalGeneration.from_pretrained(FIXTURES / "led")
    arguments, settings = EMPTY_GENERATIONS[name]
    arguments = dict(arguments)
    if arguments.pop("as_encoder_outputs", None):
        arguments["encoder_outputs"] = model.encode(
            arguments.pop("input_ids"), attention_mask=arguments.get("attention_mask")
        )
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.filterwarnings("ignore", "max_length is")
        ids = model.generate(**arguments, **settings)
    assert ids.tolist() == expected


@pytest.mark.parametrize("arguments", [{}, {"decoder_input_ids": [[2, 9, 8, 4]], "max_length": 4}])
def test_no_room_for_beams(arguments):
    """The reference crashes where not even one token fits; here it is said what is wrong"""
    model = led.LEDForConditionalGeneration.from_pretrained(FIXTURES / "led")
    with pytest.raises(ValueError, match="max_length"):
        model.generate([[5, 6, 7]], **{"num_beams": 2, "max_length": 1} | arguments)


@pytest.mark.parametrize("dtype, bound", [(np.float32, 1.2e-7), (np.float64, 3e-16)])
def test_normal_cdf(dtype, bound):
    """Measured: 9.2e-8 and 2.2e-16; never outside 0..1, and these exactly far from 0"""
    x = np.concatenate([np.linspace(-12, 12, 20001), [-1e4, 1e4, -1e30, 1e30]]).astype(dtype)
    ours = normal_cdf(x)
    assert ours.dtype == dtype
    exact = np.array([0.5 * math.erfc(-number * math.sqrt(0.5)) for number in x])
    assert abs(ours - exact).max() < bound
    assert ours.min() == 0 and ours.max() == 1 and (ours[abs(x) > 9] == (x[abs(x) > 9] > 0)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_far_from_zero(dtype):
    x = np.array([-1e30, -1e4, -50, 50, 1e4, 1e30], dtype)
    assert led.gelu(x).tolist() == [0, 0, 0, 50, 1e4, x[-1]]
    assert led.gelu_derivative(x[1:-1]).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_of_forbidden_tokens(smoothing):
    """Logits of -inf count as probability 0; the loss is infinite only where the label is one"""
    logits = np.array([[1.0, -math.inf, 2.0, 0.5], [0.0, 1.0, -math.inf, 3.0], [-math.inf, 1, 1, 1]])
    labels = np.array([2, 3, -100])
    loss, cache = led.cross_entropy(logits, labels, smoothing)
    if smoothing:  # a part of the target is on tokens that cannot be
        assert loss == math.inf
        return
    probs = np.exp(logits[:2]) / np.exp(logits[:2]).sum(axis=1, keepdims=True)
    assert abs(loss + np.log(probs[[0, 1], [2, 3]]).mean()) < 1e-15
    dlogits = led.cross_entropy_backward(1.0, cache)
    assert np.isfinite(dlogits).all() and (dlogits[2] == 0).all()
    assert abs(dlogits[:2].sum(axis=1)).max() < 1e-15
    assert led.cross_entropy(logits, np.array([1, 3, -100]))[0] == math.inf


# ------------------------------------------------------------------------------------------------
# Dropout
# ------------------------------------------------------------------------------------------------

RATES = [
    {"dropout": 0.3}, {"attention_dropout": 0.3}, {"activation_dropout": 0.3},
    {"classifier_dropout": 0.3}, {"encoder_layerdrop": 0.5}, {"decoder_layerdrop": 0.5},
    {"dropout": 0.1, "attention_dropout": 0.2, "activation_dropout": 0.3,
     "classifier_dropout": 0.4, "encoder_layerdrop": 0.3, "decoder_layerdrop": 0.3}]  # fmt: skip
NAMES = [" ".join(rates) if len(rates) == 1 else "all" for rates in RATES]


def training_model(kind, rates, dtype=np.float64, **settings):
    """A model of a few layers, and arguments of value_and_grad: 45 tokens are two blocks"""
    sizes = {
        "vocab_size": 31, "d_model": 12, "encoder_layers": 3, "decoder_layers": 2,
        "encoder_attention_heads": 3, "decoder_attention_heads": 2, "encoder_ffn_dim": 17,
        "decoder_ffn_dim": 13, "max_encoder_position_embeddings": 48, "init_std": 0.4,
        "max_decoder_position_embeddings": 48, "attention_window": [4, 8, 6], "dropout": 0.0}
    model = kind(led.LEDConfig(**(sizes | rates | settings)), seed=4, dtype=dtype)
    random = np.random.default_rng(2)
    ids = random.integers(3, 31, (2, 45))
    ids[:, -1] = 2
    arguments = {"input_ids": ids, "attention_mask": np.ones_like(ids),
                 "global_attention_mask": np.zeros_like(ids)}  # fmt: skip
    arguments["attention_mask"][1, 20:27] = 0
    arguments["global_attention_mask"][[0, 0, 1], [0, 30, 5]] = 1
    if kind is led.LEDForConditionalGeneration:
        arguments["labels"] = random.integers(3, 31, (2, 7))
    elif kind is led.LEDForSequenceClassification:
        arguments["labels"] = np.array([1, 0])
    else:
        arguments |= {"start_positions": np.array([3, 9]), "end_positions": np.array([5, 44])}
    return model, arguments


def same_grads(ours, theirs):
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[n], theirs[n]) for n in ours)


@pytest.mark.parametrize("rates", RATES, ids=NAMES)
def test_dropout_is_a_function_of_the_seed(rates):
    kind = led.LEDForConditionalGeneration
    if "classifier_dropout" in rates:
        kind = led.LEDForSequenceClassification
    model, arguments = training_model(kind, rates)
    loss, grads = model.value_and_grad(**arguments, dropout_rng=5)
    again, same = model.value_and_grad(**arguments, dropout_rng=5)
    assert loss == again and same_grads(grads, same)
    generator, _ = model.value_and_grad(**arguments, dropout_rng=np.random.default_rng(5))
    assert generator == loss

    losses = [model.value_and_grad(**arguments, dropout_rng=seed)[0] for seed in range(12)]
    # Layerdrop has few outcomes, the others differ each time.
    assert len(set(losses)) >= (3 if "layerdrop" in "".join(rates) else 12)
    without, _ = model.value_and_grad(**arguments)
    # Inference multiplies the same in another order. Measured: at most 1.2e-16
    assert abs(without - model(**arguments).loss) <= 1e-15 * without
    assert without not in losses or "layerdrop" in "".join(rates)
    # A Generator moves on: the next step drops other elements.
    generator = np.random.default_rng(5)
    steps = [model.value_and_grad(**arguments, dropout_rng=generator)[0] for _ in range(6)]
    assert steps[0] == loss and len(set(steps)) > 1


def seed_that_drops(model, sides):
    """A seed with which some layers of these sides are dropped and some are not"""
    for seed in itertools.count():
        key = step_seed(seed)
        dropped = []
        for side in sides:
            rate = getattr(model.config, side + "_layerdrop")
            layers = range(getattr(model.config, side + "_layers"))
            dropped.append([led.layer_is_dropped(rate, subseed(key, f"{side} layer {i}"))
                            for i in layers])  # fmt: skip
        if all(any(side) and not all(side) for side in dropped):
            return seed


@pytest.mark.parametrize("kind, rates", [
    pytest.param(kind, rates, id=f"{kind.__name__} {name}")
    for rates, name in zip(RATES, NAMES) for kind in KINDS
    if name != "classifier_dropout" or kind is led.LEDForSequenceClassification])  # fmt: skip
def test_gradients_with_dropout_by_differences(kind, rates):
    """One random direction in each parameter, the dropped elements being the same on both sides"""
    model, arguments = training_model(kind, rates)
    if len(rates) > 1:
        arguments |= {"head_mask": np.linspace(0, 1.5, 9).reshape(3, 3),
                      "decoder_head_mask": np.array([[0.5, 1.2], [1, 0]]),
                      "cross_attn_head_mask": np.array([[0.7, 0], [1.1, 1]])}  # fmt: skip
    sides = [name.split("_")[0] for name in rates if name.endswith("layerdrop")]
    seed = seed_that_drops(model, sides)
    _, grads = model.value_and_grad(**arguments, dropout_rng=seed)
    random = np.random.default_rng(7)
    names = list(model.params)
    if SWEEP <= 1:  # every sixth name, others for every case
        names = names[(RATES.index(rates) + 2 * KINDS.index(kind)) % 6 :: 6]
    step, worst = 1e-5, 0.0
    largest = max(np.linalg.norm(grad) for grad in grads.values())
    for name in names:
        array = model.params[name]
        direction = random.standard_normal(array.shape)
        direction /= np.linalg.norm(direction)
        array += step * direction
        above, _ = model.value_and_grad(**arguments, dropout_rng=seed)
        array -= 2 * step * direction
        below, _ = model.value_and_grad(**arguments, dropout_rng=seed)
        array += step * direction
        slope = (above - below) / (2 * step)
        error = abs(slope - (grads[name] * direction).sum())
        worst = max(worst, error / max(abs(slope), 1e-2 * largest))
        assert error <= 1e-6 * max(abs(slope), 1e-2 * largest), (name, slope, error)
    print(f"worst relative error {worst:.1e} over {len(names)} parameters")
    assert any((grads[name] != 0).any() for name in names)


@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.__name__)
def test_where_dropouts_stand(kind, frozen, monkeypatch):
    """With factors 1 - p in place of random ones each dropout shows its place and its rate"""
    def one_minus_rate(x, rate, seed, row=None, column=None):
        return np.full(x.shape, 1 - rate, x.dtype)

    for module in (led, fast):
        monkeypatch.setattr(module, "keep_factors", one_minus_rate)
    rates = {"dropout": 0.1, "attention_dropout": 0.2, "activation_dropout": 0.3,
             "classifier_dropout": 0.4}  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*drawn anew")
        model = kind.from_pretrained(FIXTURES / "led", dtype=np.float64, **rates)
    for name in model.head_shapes(model.config):
        model.params[name] = frozen[f"dropout.head.{name}"].astype(np.float64)
    labels = LABELS if kind is led.LEDForConditionalGeneration else np.array([1, 0])
    loss, grads = model.value_and_grad(labels=labels, **DROPOUT_ARGUMENTS, dropout_rng=0)
    expected = group(frozen, f"dropout.{kind.__name__}")
    theirs = {name: a for name, a in expected.items() if name.startswith("grad.")}
    rows = [difference("loss", np.asarray(loss), expected["loss"], FLOAT64)]
    rows += [difference(name, grads[name[5:]], theirs[name], GRADIENT) for name in theirs]
    assert len(rows) > 8
    check(rows, kind.__name__)


def test_dropout_keeps_at_its_rate_and_the_mean():
    x = np.ones((700, 300), np.float32)
    for rate in (0.1, 0.5, 0.9):
        out, cache = led.dropout(x, rate, step_seed(3))
        kept = (out != 0).mean()
        assert abs(kept - (1 - rate)) < 5 * math.sqrt(rate * (1 - rate) / x.size)
        np.testing.assert_allclose(out[out != 0], 1 / (1 - rate), rtol=1e-6)
        np.testing.assert_array_equal(led.dropout_backward(x, cache), out)
    out, _ = led.dropout(x, 1.0, 3)  # as torch: nothing is left
    assert (out == 0).all()


def test_dropout_beyond_2_to_the_32_elements():
    """Rows that many elements apart are not the same"""
    x, rows, columns = np.ones((2, 1024), np.float32), np.arange(2)[:, None], np.arange(1024)
    first, last = (keep_factors(x, 0.5, 7, rows + start, columns) for start in (0, 2**22))
    assert first.shape == last.shape == (2, 1024)
    assert 0.4 < (first == last).mean() < 0.6


@pytest.mark.parametrize("rate", [np.float64(0.25), np.float32(0.25), np.array(0.25)])
def test_rates_of_numpy_keep_float32(rate):
    out, cache = led.dropout(np.ones((7, 5), np.float32), rate, 3)
    assert out.dtype == np.float32 == led.dropout_backward(out, cache).dtype


def test_dropped_elements_are_independent():
    """Between places, seeds, rows and columns: correlations no larger than chance makes them"""
    size, rate = 200_000, 0.5
    keys = [subseed(step_seed(seed), place) for seed in (0, 1)
            for place in ("embedding", "fc2", "band", "0")]
    x = np.ones((size // 200, 200))
    drawn = [keep_factors(x, rate, key).reshape(-1) - 1 for key in keys]
    for one, other in itertools.combinations(drawn, 2):
        assert abs((one * other).mean()) < 5 / math.sqrt(size)
    for lag in (1, 2, 12, 64, 768):
        for one in drawn:
            assert abs((one[lag:] * one[:-lag]).mean()) < 5 / math.sqrt(size - lag)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5])
def test_layers_are_dropped_independently(rate):
    steps = 4000
    patterns = collections.Counter()
    for seed in range(steps):
        key = step_seed(seed)
        places = ["encoder layer 0", "encoder layer 1", "encoder layer 2", "decoder layer 0"]
        patterns[tuple(led.layer_is_dropped(rate, subseed(key, place)) for place in places)] += 1
    for pattern in itertools.product([False, True], repeat=4):
        expected = math.prod(rate if dropped else 1 - rate for dropped in pattern)
        deviation = math.sqrt(expected * (1 - expected) / steps)
        assert abs(patterns[pattern] / steps - expected) < 5 * deviation, pattern


def test_a_dropped_layer_is_not_there():
    model, arguments = training_model(
        led.LEDForConditionalGeneration, {"encoder_layerdrop": 0.5, "decoder_layerdrop": 0.5}
    )
    seed = seed_that_drops(model, ["encoder", "decoder"])
    key = step_seed(seed)
    sizes, params = {}, dict(model.params)
    for side in ("encoder", "decoder"):
        layers = range(getattr(model.config, side + "_layers"))
        kept = [i for i in layers if not led.layer_is_dropped(0.5, subseed(key, f"{side} layer {i}"))]
        sizes[side + "_layers"] = len(kept)
        if side == "encoder":
            sizes["attention_window"] = [model.config.attention_window[i] for i in kept]
        old = f"led.{side}.layers."
        params = {name: array for name, array in params.items() if not name.startswith(old)}
        for new, i in enumerate(kept):
            for name, array in model.params.items():
                if name.startswith(f"{old}{i}."):
                    params[name.replace(f"{old}{i}.", f"{old}{new}.")] = array
    smaller = led.LEDForConditionalGeneration(
        led.LEDConfig(**(model.config.to_dict() | sizes | {"num_hidden_layers": 9})),
        dtype=np.float64, params=params)  # fmt: skip
    loss, grads = model.value_and_grad(**arguments, dropout_rng=seed)
    expected, _ = smaller.value_and_grad(**arguments)
    assert abs(loss - expected) < 1e-12 * expected
    for side in ("encoder", "decoder"):
        for i in range(getattr(model.config, side + "_layers")):
            dropped = led.layer_is_dropped(0.5, subseed(key, f"{side} layer {i}"))
            of_layer = [g for n, g in grads.items() if n.startswith(f"led.{side}.layers.{i}.")]
            assert dropped == all((grad == 0).all() for grad in of_layer)


@pytest.mark.parametrize("side", ["encoder", "decoder"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_all_layers_dropped(side, checkpointing):
    model, arguments = training_model(
        led.LEDForConditionalGeneration, {side + "_layerdrop": 1.0}, np.float32
    )
    loss, grads = model.value_and_grad(
        **arguments, dropout_rng=0, gradient_checkpointing=checkpointing
    )
    assert np.isfinite(loss) and all(np.isfinite(grad).all() for grad in grads.values())
    assert (grads[f"led.{side}.layers.0.fc1.weight"] == 0).all()
    reached = (grads["led.encoder.embed_positions.weight"] != 0).any()
    assert reached == (side == "encoder")  # without decoder layers nothing reads the encoder


@pytest.mark.parametrize("rates", [*RATES, {}], ids=[*NAMES, "none"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_checkpointing_changes_no_bit(kind, rates):
    model, arguments = training_model(kind, rates, np.float32)
    arguments["head_mask"] = np.linspace(0, 1.5, 9).reshape(3, 3)
    for seed in (None, 1, 2):
        loss, grads = model.value_and_grad(**arguments, dropout_rng=seed)
        again, same = model.value_and_grad(
            **arguments, dropout_rng=seed, gradient_checkpointing=True
        )
        assert loss == again and same_grads(grads, same)


def test_two_halves_make_a_whole():
    """Gradient accumulation: the mean of two half batches with as many labels each"""
    model, arguments = training_model(led.LEDForConditionalGeneration, {})
    loss, grads = model.value_and_grad(**arguments)
    halves = [model.value_and_grad(**{k: a[i : i + 1] for k, a in arguments.items()})
              for i in range(2)]  # fmt: skip
    assert abs(loss - (halves[0][0] + halves[1][0]) / 2) < 1e-13
    mean = {name: (halves[0][1][name] + halves[1][1][name]) / 2 for name in grads}
    largest = max(np.linalg.norm(grad) for grad in grads.values())
    check([gradient_row(name, mean[name], grads[name], 1e-4 * largest, 1e-11) for name in grads])


def test_gradients_are_arrays_of_their_own():
    """No two share memory, so that scaling each in place scales it once"""
    for kind, some_global in itertools.product(KINDS, [True, False]):
        model, arguments = training_model(kind, {})
        if not some_global:  # then some parameters take no part, and have zeros as gradients
            del arguments["global_attention_mask"]
        _, grads = model.value_and_grad(**arguments)
        assert list(grads) == list(model.params)
        for one, other in itertools.combinations(grads, 2):
            assert not np.shares_memory(grads[one], grads[other]), (one, other)
        for name, grad in grads.items():
            assert not np.shares_memory(grad, model.params[name])
            assert grad.shape == model.params[name].shape and grad.dtype == model.dtype


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_parameters_in_another_order_of_memory(kind):
    """Matrices that are transposed views, as of a table made by columns: the same step"""
    model, arguments = training_model(kind, {"dropout": 0.1})
    other, _ = training_model(kind, {"dropout": 0.1})
    other.params = {name: np.asfortranarray(array) for name, array in other.params.items()}
    optimizers = [led.AdamW(m.params, lr=0.01) for m in (model, other)]
    for step in range(2):
        (loss, grads), (other_loss, other_grads) = (
            m.value_and_grad(**arguments, dropout_rng=step) for m in (model, other))
        check([difference("loss", np.array(other_loss), np.array(loss), 1e-12),
               *(gradient_row(name, other_grads[name], grads[name], 1e-3, 1e-10)
                 for name in grads)])  # fmt: skip
        for optimizer, given in zip(optimizers, (grads, other_grads)):
            optimizer.step(given)
    # Biases of keys have no gradient but rounding, which Adam makes large.
    check([gradient_row(name, other.params[name], array, 1, 1e-8)
           for name, array in model.params.items()])  # fmt: skip


def read_only(arrays):
    """The same, of which none can be written to"""
    arrays = {name: np.array(array) for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nothing_that_was_given_is_written_to(kind):
    """Neither parameters nor arguments, nor what a call returned and another is given"""
    rates = {"dropout": 0.1, "attention_dropout": 0.2, "activation_dropout": 0.1}
    model, arguments = training_model(kind, rates)
    expected = model(**arguments).loss
    model.params, arguments = read_only(model.params), read_only(arguments)
    assert model(**arguments, output_attentions=True, output_hidden_states=True).loss == expected
    for checkpointing in (False, True):
        model.value_and_grad(**arguments, dropout_rng=1, gradient_checkpointing=checkpointing)
    if kind is led.LEDForConditionalGeneration:
        documents = {name: array for name, array in arguments.items() if name != "labels"}
        for search in ({}, {"num_beams": 3}, {"do_sample": True, "seed": 0}):
            model.generate(**documents, max_length=6, **search)
        embeds = read_only({"inputs_embeds": model.get_input_embeddings()[documents.pop("input_ids")]})
        embeds |= {"decoder_inputs_embeds": embeds["inputs_embeds"][:, :7]}
        model.value_and_grad(**documents, **embeds, labels=arguments["labels"], dropout_rng=1)
        encoded = model.encode(**documents, inputs_embeds=embeds["inputs_embeds"])
        encoded.last_hidden_state.flags.writeable = False
        past = None
        for token in ([[5], [6]], [[7], [8]]):
            out = model(encoder_outputs=encoded, decoder_input_ids=token, past_key_values=past)
            past = out.past_key_values
            for layer in past:
                for array in layer:
                    array.flags.writeable = False


# ------------------------------------------------------------------------------------------------
# The optimizer
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 1.0])
def test_label_smoothing(smoothing, frozen):
    logits, labels = frozen["smoothing.logits"], frozen["smoothing.labels"]
    loss, cache = led.cross_entropy(logits, labels, smoothing)
    rows = [difference("loss", np.asarray(loss), frozen[f"smoothing.{smoothing}.loss"], 1e-14),
            difference("grad", led.cross_entropy_backward(1.0, cache),
                       frozen[f"smoothing.{smoothing}.grad"], 1e-14)]  # fmt: skip
    check(rows)


def test_label_smoothing_in_a_step():
    model, arguments = training_model(led.LEDForConditionalGeneration, {})
    losses = [model.value_and_grad(**arguments, label_smoothing=s)[0] for s in (0, 0.1, 0.4)]
    # Inference multiplies the same in another order. Measured: 1.2e-16
    assert abs(losses[0] - model(**arguments).loss) <= 1e-15 * losses[0]
    # linear in the smoothing
    np.testing.assert_allclose(losses[2] - losses[0], 4 * (losses[1] - losses[0]), rtol=1e-10)


def test_a_step_under_strict_settings():
    """Gradients whose squares are too small for float32 are no error, and settings stay"""
    model, arguments = training_model(led.LEDForConditionalGeneration, {}, np.float32)
    optimizer = led.AdamW(model.params)
    with np.errstate(all="raise"):
        settings = np.geterr()
        _, grads = model.value_and_grad(**arguments)
        for grad in grads.values():
            grad *= np.float32(1e-15)
            grad *= np.float32(1e-10)
        optimizer.step(grads)
        led.clip_gradients(grads, 1e-30)  # to zeros
        assert np.geterr() == settings
    assert all(np.isfinite(array).all() for array in model.params.values())


@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping(max_norm, frozen):
    grads = {str(i): frozen[f"clip.before.{i}"].copy() for i in range(2)}
    norm = led.clip_gradients(grads, max_norm)
    np.testing.assert_allclose(norm, frozen[f"clip.{max_norm}.norm"], rtol=1e-6)
    for i in range(2):
        np.testing.assert_allclose(grads[str(i)], frozen[f"clip.{max_norm}.after.{i}"], rtol=2e-6)
    assert (grads["0"] != frozen["clip.before.0"]).any() == (max_norm < 1)


@pytest.mark.parametrize("warmup, total", [(0, 10), (4, 15), (5, 5), (7, 3)])
def test_schedule(warmup, total, frozen):
    factors = [led.linear_schedule(step, warmup, total) for step in range(20)]
    np.testing.assert_allclose(factors, frozen[f"schedule.{warmup}.{total}"], rtol=1e-15, atol=0)


def test_training_goes_on_from_a_file_as_if_it_had_not_stopped(tmp_path):
    import weights

    def steps(model, optimizer, arguments, first, last):
        losses = []
        for step in range(first, last):
            loss, grads = model.value_and_grad(**arguments, dropout_rng=step)
            led.clip_gradients(grads, 1.0)
            optimizer.lr = 0.01 * led.linear_schedule(step, 2, 9)
            optimizer.step(grads)
            losses.append(loss)
        return losses

    rates = {"dropout": 0.1, "attention_dropout": 0.1}
    model, arguments = training_model(led.LEDForConditionalGeneration, rates, np.float32)
    optimizer = led.AdamW(model.params, lr=0.01)
    losses = steps(model, optimizer, arguments, 0, 4)
    model.save_pretrained(tmp_path)
    weights.save(tmp_path / "optimizer.safetensors", optimizer.state())
    losses += steps(model, optimizer, arguments, 4, 8)

    resumed = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    # what is read from a file maps the file; training writes into it, which must not reach the file
    fresh = led.AdamW(resumed.params, lr=0.01)
    fresh.load_state(weights.load(tmp_path / "optimizer.safetensors"))
    assert losses[4:] == steps(resumed, fresh, arguments, 4, 8)
    assert same_grads(model.params, resumed.params)
    assert same_grads(optimizer.state(), fresh.state())
    untouched = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert not same_grads(untouched.params, resumed.params)
    assert len(set(losses)) == 8


# ------------------------------------------------------------------------------------------------
# Threads
# ------------------------------------------------------------------------------------------------


def test_threads_share_a_model():
    """Forward, generation and training at the same time: each as if alone, to the bit"""
    model, arguments = training_model(
        led.LEDForConditionalGeneration, {"dropout": 0.2, "attention_dropout": 0.1}, np.float32,
        d_model=96, encoder_ffn_dim=150, max_encoder_position_embeddings=400)  # fmt: skip
    random = np.random.default_rng(0)
    inputs = []
    for length in (390, 233, 77):
        ids = random.integers(3, 31, (2, length))
        is_global = np.zeros_like(ids)
        is_global[:, : length // 40] = 1
        inputs.append({"input_ids": ids, "global_attention_mask": is_global})

    def work(given):
        loss, grads = model.value_and_grad(**given, labels=given["input_ids"][:, :9], dropout_rng=3)
        logits = model(**given, decoder_input_ids=given["input_ids"][:, :6]).logits
        ids = model.generate(**given, num_beams=3, max_length=6)
        sampled = model.generate(**given, do_sample=True, seed=1, max_length=6)
        return {"loss": np.asarray(loss), "logits": logits, "ids": ids, "sampled": sampled} | grads

    alone = [work(given) for given in inputs]
    different = []

    def repeat(i):
        try:
            for _ in range(max(1, int(4 * SWEEP))):
                if not same_grads(work(inputs[i]), alone[i]):
                    different.append(i)
        except BaseException as error:  # or it would be lost with the thread
            different.append(error)

    threads = [threading.Thread(target=repeat, args=(i % 3,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert different == []


@pytest.mark.parametrize("M, K, N", [(9, 96, 1021), (33, 96, 301), (40, 201, 260)])
def test_products_do_not_depend_on_the_threads_of_blas(M, K, N):
    """The same to the bit whether or not another thread has taken BLAS's threads away"""
    random = np.random.default_rng(0)
    a = random.standard_normal((M, K), dtype=np.float32)
    b = random.standard_normal((K, N), dtype=np.float32)
    free = engine.matmul(a, b)
    with engine.all_cores():
        assert np.array_equal(engine.matmul(a, b), free)


def run_python(program, **environment):
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, env=os.environ | environment)  # fmt: skip


SMALL_MODEL = """
import multiprocessing, threading
import numpy as np
from threadpoolctl import threadpool_info
import led
from led_support import engine, fast
config = led.LEDConfig(vocab_size=31, d_model=96, encoder_layers=1, decoder_layers=1,
    encoder_attention_heads=3, decoder_attention_heads=2, encoder_ffn_dim=150, decoder_ffn_dim=96,
    max_encoder_position_embeddings=300, max_decoder_position_embeddings=24, attention_window=8)
model = led.LEDForConditionalGeneration(config)
ids = np.arange(598).reshape(2, 299) % 28 + 3
def work(times=1):
    for _ in range(times):
        logits = model(ids, decoder_input_ids=ids[:, :5]).logits
    return logits
"""


def test_blas_threads_are_as_before_when_all_are_done():
    result = run_python(SMALL_MODEL + """
import os
def numbers():
    return [library["num_threads"] for library in threadpool_info()]
before = numbers()
threads = [threading.Thread(target=work, args=(20,)) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert before == numbers(), (before, numbers())
assert before and max(before) in (2, len(os.sched_getaffinity(0)))
""", OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2")  # fmt: skip
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_can_use_the_model():
    result = run_python(SMALL_MODEL + """
expected = work()
def child(connection):
    connection.send(work())
context = multiprocessing.get_context("fork")
ours, theirs = context.Pipe()
process = context.Process(target=child, args=(theirs,), daemon=True)
process.start()
assert ours.poll(30), "the child hangs"
assert np.array_equal(ours.recv(), expected)
""")  # fmt: skip
    assert result.returncode == 0, result.stderr
