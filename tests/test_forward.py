"""Everything that a call returns, against frozen numbers of transformers 4.34.0: hidden states of
every layer, attentions, cached keys and values, logits, losses.

float32 within 2e-5 of the reference in float32 (measured: at most 3.1e-6), float64 within 1e-11 of
it in true float64 (measured: at most 3.4e-14), both relative to the norm of each array.
"""

import numpy as np
import pytest

from tests.common import FIXTURES, FLOAT32, FLOAT64, check, compare, flat, our_model, read_fixture

CASES = ["masks", "labels_and_head_masks", "nothing_but_ids", "embeddings", "mask_of_2",
         "classification", "questions", "many_blocks"]  # fmt: skip


def our_outputs(case, dtype):
    """(flat outputs, the fixture's groups) of one case"""
    about, groups = read_fixture(FIXTURES / f"forward_{case}.npz")
    names = ("kind", "settings", "seed", "scale", "checksum")
    model = our_model(**{name: about[name] for name in names}, dtype=dtype)
    out = model(**groups["batch"], output_hidden_states=True, output_attentions=True)
    return flat(out), groups


@pytest.mark.parametrize("case", CASES)
def test_float32(case):
    ours, groups = our_outputs(case, np.float32)
    ours = {name: a for name, a in ours.items() if "attentions" not in name and "past" not in name}
    check(compare(ours, groups["float32"], FLOAT32), case)


@pytest.mark.parametrize("case", CASES)
def test_float64(case):
    ours, groups = our_outputs(case, np.float64)
    check(compare(ours, groups["float64"], FLOAT64), case)


def test_every_kind_of_output_is_compared():
    """The fixtures hold each field that the reference can return, and no file is left out."""
    assert {path.stem for path in FIXTURES.glob("forward_*")} == {f"forward_{c}" for c in CASES}
    fields = set()
    for case in CASES:
        _, groups = read_fixture(FIXTURES / f"forward_{case}.npz")
        fields |= {name.split(".")[0] for name in groups["float64"]}
    assert fields == {
        "loss", "logits", "start_logits", "end_logits", "last_hidden_state", "past_key_values",
        "decoder_hidden_states", "decoder_attentions", "cross_attentions",
        "encoder_last_hidden_state", "encoder_hidden_states", "encoder_attentions",
        "encoder_global_attentions"}  # fmt: skip
