"""Our models beside transformers' own, both in this process: random settings, weights and batches.

Each reference model is saved with its own save_pretrained and loaded through our from_pretrained,
so that files, names, configuration and arithmetic are tested together. One printed row for each
array (pytest -s shows them). float32 is held to 2e-5 of the reference, float64 to 1e-11 of it in
true float64. Where the reference's float32 is itself farther than 1e-5 from true float64, since
sharp attention enlarges rounding, twice that distance is the bound.

    LED_SWEEP=20 python -m pytest tests/test_live_parity.py
"""

import numpy as np
import pytest

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import led  # noqa: E402
from tests.common import (FLOAT32, FLOAT64, SWEEP, check, compare, draw_batch,  # noqa: E402
                          draw_classification, draw_labels, draw_positions, draw_settings,
                          flat)  # fmt: skip
from tests.parity import generations, stages  # noqa: E402
from tests.reference import (IS_4, moved_in_the_last_bit, outputs_in_float64,  # noqa: E402
                             outputs_of, reference_model)  # fmt: skip

KINDS = ["LEDForConditionalGeneration", "LEDModel", "LEDForQuestionAnswering",
         "LEDForConditionalGeneration"]  # fmt: skip
if IS_4:  # classification is gone in later versions
    KINDS.append("LEDForSequenceClassification")


def draw(seed):
    """(kind, settings, batch): one random comparison"""
    random = np.random.RandomState([seed, 7])
    kind, settings = KINDS[seed % len(KINDS)], draw_settings(random)
    # Head masks are ignored by later versions; rows that see only padding differ there.
    batch = draw_batch(random, settings, head_masks=IS_4, left_decoder_padding=IS_4)
    if kind == "LEDForConditionalGeneration" and random.randint(2):
        batch["labels"] = draw_labels(random, settings, batch)
    if kind == "LEDForQuestionAnswering" and random.randint(2):
        batch |= draw_positions(random, batch)
    if kind == "LEDForSequenceClassification":
        batch = draw_classification(random, settings)
        if random.randint(2):
            del batch["labels"]
    return kind, settings, batch


@pytest.mark.parametrize("seed", range(round(15 * SWEEP)))
def test_every_output(seed, tmp_path):
    kind, settings, batch = draw(seed)
    reference = reference_model(kind, settings, seed, scale=(0.3, 0.4, 0.5)[seed % 3])
    reference.save_pretrained(tmp_path)
    wanted = {"output_hidden_states": True, "output_attentions": True}
    ours = {
        dtype: flat(getattr(led, kind).from_pretrained(tmp_path, dtype=dtype)(**batch, **wanted))
        for dtype in (np.float32, np.float64)
    }
    exact = outputs_in_float64(reference, batch)
    theirs = outputs_of(reference, batch)
    rows = compare(ours[np.float32], theirs, FLOAT32)
    # Where the last bit of the weights matters more than the bound, so does each way to add up.
    moved = outputs_in_float64(moved_in_the_last_bit(reference), batch)
    for row, own in zip(rows, compare(moved, exact, FLOAT32)):
        if row.verdict == "differs" and row.relative <= 4 * own.relative:  # measured: 2.5 at most
            row.bound, row.verdict = 4 * own.relative, "ok"
    check(rows, f"{seed} {kind} float32")
    check(compare(ours[np.float64], exact, FLOAT64), f"{seed} {kind} float64")


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_our_files_load_in_the_reference(kind, tmp_path):
    """The other way round: drawn and saved by us, loaded by transformers without a complaint"""
    from transformers.models.led import modeling_led

    random = np.random.RandomState(5)
    settings = draw_settings(random)
    settings["attention_window"] = [6] * settings["encoder_layers"]
    model = getattr(led, kind)(led.LEDConfig(**settings), seed=3)
    model.save_pretrained(tmp_path)
    reference, info = getattr(modeling_led, kind).from_pretrained(
        tmp_path, output_loading_info=True)  # fmt: skip
    for complaint in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        assert not info.get(complaint), (complaint, info[complaint])
    ids = random.randint(3, settings["vocab_size"], (2, 11))
    ids[:, 5] = 2  # classification looks for it
    ours = flat(model(ids, output_hidden_states=True, output_attentions=True))
    check(compare(ours, outputs_of(reference.eval(), {"input_ids": ids}), FLOAT32), kind)


def test_the_parity_command(tmp_path):
    """What `python -m tests.parity` prints, on a small checkpoint of random settings"""
    settings = draw_settings(np.random.RandomState(11)) | {"max_decoder_position_embeddings": 24}
    kind = "LEDForConditionalGeneration"
    reference_model(kind, settings, 11, scale=0.3).save_pretrained(tmp_path)
    tokens = 2 * max(settings["attention_window"])
    for dtype in (np.float32, np.float64):
        rows, ours, reference, batch = stages(tmp_path, tokens, dtype)
        assert {row.name.split(".")[0] for row in rows} >= {
            "loss", "logits", "encoder_attentions", "encoder_global_attentions",
            "encoder_hidden_states", "cross_attentions", "past_key_values"}  # fmt: skip
        check(rows, str(dtype))
    assert all(same for _, same in generations(ours, reference, batch))
