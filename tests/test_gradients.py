"""value_and_grad against frozen gradients of torch in true float64, by name, for every parameter;
against central differences; and ten steps of AdamW.

Bound 1e-9 relative to the norm of each gradient (measured: at most 1.3e-14). Some have no gradient
in theory, as the biases of keys, since softmax ignores what is equal for all keys: what rounding
leaves there is held below 1e-12 absolutely, in both programs.
"""

import numpy as np
import pytest

from led import AdamW
from tests.common import (FIXTURES, GRADIENT, SWEEP, check, difference, draw_batch, draw_labels,
                          draw_settings, our_model, read_fixture)  # fmt: skip

ABOUT, GROUPS = read_fixture(FIXTURES / "gradients.npz")
CASES = list(ABOUT["cases"])
KEY_BIASES = (".key.bias", ".key_global.bias", ".k_proj.bias")
NO_GRADIENT = 1e-12


def gradient_rows(ours, theirs):
    """Rows for all names; where the reference has none but rounding, ours stands beside zeros"""
    assert set(ours) == set(theirs)
    nothing = [name for name in theirs if abs(theirs[name]).max() < NO_GRADIENT]
    assert set(nothing) >= {name for name in theirs if name.endswith(KEY_BIASES)}
    rows = []
    for name in theirs:
        if name in nothing:
            zeros = np.zeros_like(theirs[name])
            rows.append(difference(name, ours[name], zeros, NO_GRADIENT))
        else:
            rows.append(difference(name, ours[name], theirs[name], GRADIENT))
    return rows


def frozen(case):
    """(our model in float64, arguments with labels, the reference's gradients and loss)"""
    model = our_model(**ABOUT["cases"][case], dtype=np.float64)
    return model, GROUPS[f"{case} batch"], dict(GROUPS[f"{case} grads"])


@pytest.mark.parametrize("case", CASES)
def test_as_torch(case):
    model, batch, theirs = frozen(case)
    loss, ours = model.value_and_grad(**batch)
    rows = [difference("loss", np.array(loss), theirs.pop("loss"), 1e-12)]
    assert list(ours) == list(model.params)
    check(rows + gradient_rows(ours, theirs), case)


@pytest.mark.parametrize("case", CASES)
def test_float32_gradients_are_float32_and_close(case):
    model = our_model(**ABOUT["cases"][case])
    _, _, theirs = frozen(case)
    _, ours = model.value_and_grad(**GROUPS[f"{case} batch"])
    del theirs["loss"]
    for name, grad in ours.items():
        assert grad.dtype == np.float32, name
    whole = [np.concatenate([g[n].ravel() for n in theirs]) for g in (ours, theirs)]
    check([difference("all gradients together", *whole, 1e-5)])  # measured: at most 1.6e-06


def test_ten_steps_of_adamw():
    """Losses of a whole training: forward, backward and optimizer, each step from the last"""
    model, batch, _ = frozen("generation")
    optimizer = AdamW(model.params, **ABOUT["adamw"])
    losses = []
    for _ in range(10):
        loss, grads = model.value_and_grad(**batch)
        optimizer.step(grads)
        losses.append(loss)
    expected = GROUPS["adamw"]["losses"]
    assert expected[-1] < 0.6 * expected[0]  # the training does learn
    check([difference(f"loss {i}", np.array(losses[i]), expected[i], 1e-9) for i in range(10)])


def test_adamw_resumes_from_its_state():
    def train(steps, model, optimizer):
        for _ in range(steps):
            optimizer.step(model.value_and_grad(**batch)[1])

    model, batch, _ = frozen("generation")
    optimizer = AdamW(model.params, lr=0.01)
    train(2, model, optimizer)
    again, _, _ = frozen("generation")
    again.params = {name: param.copy() for name, param in model.params.items()}
    resumed = AdamW(again.params, lr=0.01)
    resumed.load_state({name: array.copy() for name, array in optimizer.state().items()})
    train(2, model, optimizer)
    train(2, again, resumed)
    for name in model.params:
        assert np.array_equal(model.params[name], again.params[name]), name


# ------------------------------------------------------------------------------------------------
# Central differences: the gradient of our own loss, whatever the reference says
# ------------------------------------------------------------------------------------------------


def without_padding(name, array):
    """Zeros in the padding token's row of the embedding, whose gradient is not that of the loss: it
    leaves out, by the reference's rule, the places where padding was looked up"""
    if name.endswith("shared.weight"):
        array = array.copy()
        array[1] = 0
    return array


def differences_agree(model, arguments, step=1e-5):
    """Fails where (loss(p + step) - loss(p - step)) / 2 step is not the gradient, at a random
    coordinate of every parameter (LED_SWEEP=10: at ten)"""
    _, grads = model.value_and_grad(**arguments)
    random = np.random.RandomState(0)
    for name, param in model.params.items():
        touched = np.flatnonzero(without_padding(name, grads[name]))
        for _ in range(max(1, round(SWEEP))):
            # Rows of a table that no token looked up have no gradient: prefer what was touched.
            cell = random.choice(touched) if len(touched) else random.randint(param.size)
            kept, sides = param.flat[cell], []
            for sign in (1, -1):
                param.flat[cell] = kept + sign * step
                sides.append(model(**arguments).loss)
            param.flat[cell] = kept
            slope = (sides[0] - sides[1]) / (2 * step)
            error = abs(slope - grads[name].flat[cell])
            bound = 1e-6 * (abs(grads[name]).max() + 1e-3)  # measured: at most a tenth of it
            assert error < bound, (name, cell, slope, grads[name].flat[cell])


def directions_agree(model, arguments, step=1e-6):
    """The same in training, along random directions that move all parameters at once"""
    _, grads = model.value_and_grad(**arguments)
    kept = {name: param.copy() for name, param in model.params.items()}
    size = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
    random = np.random.RandomState(0)
    for _ in range(max(1, round(4 * SWEEP))):
        direction = {name: without_padding(name, random.standard_normal(grad.shape))
                     for name, grad in grads.items()}  # fmt: skip
        sides = []
        for sign in (1, -1):
            model.params = {n: p + sign * step * direction[n] for n, p in kept.items()}
            sides.append(model.value_and_grad(**arguments)[0])
        slope = (sides[0] - sides[1]) / (2 * step)
        expected = sum((direction[name] * grads[name]).sum() for name in grads)
        assert abs(slope - expected) < 1e-6 * size  # measured: at most a twentieth of it


def without_empty_text(batch):
    """The first two documents. The third is all padding: there the lowest finite number is added to
    each score, which swallows the score's digits, so that the loss does not move with it; both
    programs' gradients go through the sum as if it were exact."""
    return {name: array[:2] for name, array in batch.items()}


@pytest.mark.parametrize("case", CASES)
def test_central_differences(case):
    model, batch, _ = frozen(case)
    differences_agree(model, without_empty_text(batch) if case == "generation" else batch)


@pytest.mark.parametrize("rates", [
    {"dropout": 0.3}, {"attention_dropout": 0.4}, {"activation_dropout": 0.3},
    {"encoder_layerdrop": 0.5, "decoder_layerdrop": 0.5},
    {"dropout": 0.2, "attention_dropout": 0.2, "activation_dropout": 0.2}],
    ids=lambda rates: " ".join(rates))  # fmt: skip
def test_central_differences_with_dropout(rates):
    """With a fixed seed dropout is a function like any other."""
    about = ABOUT["cases"]["generation"]
    about = about | {"settings": about["settings"] | rates}
    model = our_model(**about, dtype=np.float64)
    batch = without_empty_text(GROUPS["generation batch"]) | {"dropout_rng": 5}
    directions_agree(model, batch)
    losses = {model.value_and_grad(**batch | {"dropout_rng": seed})[0] for seed in (None, 5, 5, 6)}
    assert len(losses) == 3  # it does drop, repeatably, and otherwise with another seed


def test_central_differences_of_the_classifier_with_dropout():
    about = ABOUT["cases"]["single"]
    about = about | {"settings": about["settings"] | {"classifier_dropout": 0.4}}
    model = our_model(**about, dtype=np.float64)
    directions_agree(model, GROUPS["single batch"] | {"dropout_rng": 3})


def test_central_differences_with_label_smoothing():
    model, batch, _ = frozen("generation")
    directions_agree(model, without_empty_text(batch) | {"label_smoothing": 0.2})


@pytest.mark.parametrize("seed", range(8))
def test_gradient_checkpointing_gives_the_same_numbers(seed):
    random = np.random.RandomState(seed)
    settings = draw_settings(random) | {"dropout": 0.2, "attention_dropout": 0.1}
    batch = draw_batch(random, settings)
    batch |= {"labels": draw_labels(random, settings, batch), "dropout_rng": seed}
    model = our_model("LEDForConditionalGeneration", settings, seed, dtype=np.float64)
    loss, grads = model.value_and_grad(**batch)
    same_loss, same = model.value_and_grad(**batch, gradient_checkpointing=True)
    assert loss == same_loss
    for name in grads:
        assert np.array_equal(grads[name], same[name]), name


def test_global_projections_learn_only_from_global_tokens():
    kinds = ("query", "key", "value", "query_global", "key_global", "value_global")
    projections = [f"longformer_self_attn.{kind}.weight" for kind in kinds]
    for case, has_global in (("generation", True), ("no global token", False)):
        model, batch, _ = frozen(case)
        _, grads = model.value_and_grad(**batch)
        for name, grad in grads.items():
            if name.endswith(tuple(projections)):
                assert np.any(grad != 0) == (has_global or "_global" not in name), (case, name)


def test_the_loss_is_that_of_a_call():
    for case in CASES:
        model, batch, _ = frozen(case)
        assert abs(model.value_and_grad(**batch)[0] - model(**batch).loss) < 1e-13, case
