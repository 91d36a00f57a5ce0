"""Gradients of every parameter of every class with a loss beside torch's autograd in true float64,
on random models and batches; a whole training beside torch.optim.AdamW; label smoothing beside the Trainer's.

    LED_SWEEP=10 python -m pytest tests/test_live_gradients.py
"""

import numpy as np
import pytest

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import torch  # noqa: E402

import led  # noqa: E402
from tests.common import (SWEEP, check, difference, draw_batch, draw_classification,  # noqa: E402
                          draw_labels, draw_positions, draw_settings, our_model)  # fmt: skip
from tests.reference import (IS_4, adamw_losses, gradients_in_float64,  # noqa: E402
                             reference_model, tensors, true_float64)  # fmt: skip
from tests.test_gradients import gradient_rows  # noqa: E402


KINDS = ["LEDForConditionalGeneration", "LEDForQuestionAnswering"]
if IS_4:  # classification is gone in later versions
    KINDS.append("LEDForSequenceClassification")


def draw(seed, kind="LEDForConditionalGeneration"):
    """(settings, batch): a random model and what it can be trained with"""
    random = np.random.RandomState([seed, 9])
    settings = draw_settings(random)
    if kind == "LEDForSequenceClassification":
        return settings, draw_classification(random, settings)
    batch = draw_batch(random, settings, head_masks=IS_4, left_decoder_padding=IS_4)
    if kind == "LEDForQuestionAnswering":
        return settings, batch | draw_positions(random, batch)
    return settings, batch | {"labels": draw_labels(random, settings, batch)}


@pytest.mark.parametrize("seed", range(round(12 * SWEEP)))
@pytest.mark.parametrize("kind", KINDS)
def test_every_gradient(kind, seed):
    settings, batch = draw(seed, kind)
    expected, theirs = gradients_in_float64(reference_model(kind, settings, seed), batch)
    loss, ours = our_model(kind, settings, seed, dtype=np.float64).value_and_grad(**batch)
    loss_row = difference("loss", np.array(loss), np.array(expected), 1e-11)
    check([loss_row, *gradient_rows(ours, theirs)], f"{seed} {kind}")


@pytest.mark.parametrize("seed", range(100, 100 + round(3 * SWEEP)))
def test_training(seed):
    settings, batch = draw(seed)
    kind = "LEDForConditionalGeneration"
    expected = adamw_losses(reference_model(kind, settings, seed), batch, 6, 0.01, 0.1)
    model, losses = our_model(kind, settings, seed, dtype=np.float64), []
    optimizer = led.AdamW(model.params, lr=0.01, weight_decay=0.1)
    for _ in range(6):
        loss, grads = model.value_and_grad(**batch)
        optimizer.step(grads)
        losses.append(loss)
    # Adam divides by the square root of what may be all but zero, which enlarges rounding.
    check([difference("losses", np.array(losses), expected, 1e-8)], f"{seed}")


def test_label_smoothing():
    """As torch's cross_entropy smooths, and as the Trainer does (which adds up in float32)"""
    from transformers.trainer_pt_utils import LabelSmoother

    settings, batch = draw(3)
    kind = "LEDForConditionalGeneration"
    with true_float64():
        reference = reference_model(kind, settings, 3).double()
        inputs = tensors(batch, torch.float64)
        out = reference(**inputs)
        trainers = LabelSmoother(epsilon=0.15)(out, inputs["labels"])
        expected = torch.nn.functional.cross_entropy(
            out.logits.flatten(0, 1), inputs["labels"].flatten(), label_smoothing=0.15)  # fmt: skip
        expected.backward()
        theirs = {
            name: (torch.zeros_like(p) if p.grad is None else p.grad).numpy()
            for name, p in reference.named_parameters()
        }
    model = our_model(kind, settings, 3, dtype=np.float64)
    loss, ours = model.value_and_grad(**batch, label_smoothing=0.15)
    check([
        difference("loss", np.array(loss), expected.detach().numpy(), 1e-11),
        difference("loss of the Trainer", np.array(loss), trainers.detach().numpy(), 1e-6),
        *gradient_rows(ours, theirs)], "label smoothing")  # fmt: skip
