"""generate() beside transformers' own: random models, documents and settings, the same ids.

With 4.34 all modes are compared. Later versions divide scores of beams by another length and stop
by another rule, so that with them only greedy search and sampling are. For sampling the reference's
torch.multinomial is replaced by our own `draw` with the same generator: both then see the same
chances, and whole texts have to be equal.

    LED_SWEEP=10 python -m pytest tests/test_live_generation.py
"""

import numpy as np
import pytest

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import torch  # noqa: E402
import transformers  # noqa: E402

from led_support.generation import draw  # noqa: E402
from tests.common import (MODES, SWEEP, check, difference, draw_generation,  # noqa: E402
                          draw_settings, our_model)  # fmt: skip
from tests.reference import IS_4, NEEDS_4, reference_model, tensors  # noqa: E402

PASSES = round(10 * SWEEP)  # each goes through all modes once


@pytest.fixture
def same_draws(monkeypatch):
    """Makes torch.multinomial draw as ours does, from a generator seeded alike"""

    def seed(number):
        rng = np.random.default_rng(number)

        def multinomial(probs, num_samples):
            return torch.from_numpy(draw(probs.numpy(), num_samples, rng).copy())

        monkeypatch.setattr(torch, "multinomial", multinomial)

    return seed


@pytest.mark.parametrize("seed", range(len(MODES) * PASSES))
@pytest.mark.filterwarnings("ignore::UserWarning")  # of both, about lengths and masks
def test_same_ids(seed, same_draws):
    mode = MODES[seed % len(MODES)]
    if "beam" in mode and not IS_4:
        pytest.skip(f"transformers {transformers.__version__} searches with beams by other rules;"
                    f" {NEEDS_4}")  # fmt: skip
    random = np.random.RandomState([seed, 8])
    settings = draw_settings(random)
    arguments = draw_generation(random, settings, mode)
    if "attention_mask" not in arguments and not IS_4:  # it no longer infers the mask from padding
        documents = arguments.get("input_ids", arguments.get("inputs_embeds"))
        arguments["attention_mask"] = np.ones(documents.shape[:2], np.int64)
    drawn = {"seed": seed, "scale": random.choice([0.3, 0.4, 0.5]), "end": random.choice([1.5, 4])}
    kind = "LEDForConditionalGeneration"

    wanted = {"output_scores": True, "return_dict_in_generate": True}
    ours = our_model(kind, settings, **drawn).generate(**arguments, **wanted, seed=seed)
    same_draws(seed)
    theirs = reference_model(kind, settings, **drawn).generate(**tensors(arguments), **wanted)
    assert ours.sequences.tolist() == theirs.sequences.tolist(), arguments
    if "beam" in mode:
        # Twice the bound of one forward: a text's score adds up many steps.
        scores = theirs.sequences_scores.numpy()
        check([difference("sequences_scores", ours.sequences_scores, scores, 1e-4)])
    else:
        steps = zip(ours.scores, theirs.scores, strict=True)
        check([difference(f"scores of step {i}", a, b.numpy(), 1e-4)
               for i, (a, b) in enumerate(steps)])  # fmt: skip
