"""The numbers that transformers' own tests publish for the official checkpoints (they were obtained
with the original authors' code and weights). Runs where the checkpoint is in the hub's cache.

    python -c "import weights; weights.find('allenai/led-base-16384')"     # 650 MB, once
    python -m pytest tests/test_official.py
    python -m tests.parity allenai/led-base-16384        # every stage beside transformers
"""

import numpy as np
import pytest
from huggingface_hub import try_to_load_from_cache

import led
from led_support.hub import WEIGHTS

NAME = "allenai/led-base-16384"
PHRASE = [0, 31414, 232, 328, 740, 1140, 12695, 69]
EXPECTED = {  # output[0, :3, :3] of tests/models/led/test_modeling_led.py
    "LEDModel": [[2.3050, 2.8279, 0.6531], [-1.8457, -0.1455, -3.5661], [-1.0186, 0.4586, -2.2043]],
    "LEDForConditionalGeneration": [
        [33.6507, 6.4572, 16.8089], [5.8739, -2.4238, 11.2902], [-3.2139, -4.3149, 4.2783]],
}  # fmt: skip


@pytest.mark.skipif(
    not any(isinstance(try_to_load_from_cache(NAME, file), str) for file in WEIGHTS),
    reason=f"{NAME} is not in the hub's cache; the first lines of this file say how to get it",
)
@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.filterwarnings("ignore::UserWarning")  # LEDModel does not use final_logits_bias
def test_published_numbers(kind):
    model = getattr(led, kind).from_pretrained(NAME)
    ids, decoder_ids = np.array([PHRASE * 512]), np.array([PHRASE * 128])
    out = model(ids, attention_mask=np.ones_like(ids), decoder_input_ids=decoder_ids,
                decoder_attention_mask=np.ones_like(decoder_ids), use_cache=False)  # fmt: skip
    found = out.last_hidden_state if kind == "LEDModel" else out.logits
    expected = np.array(EXPECTED[kind])
    assert found.shape[:2] == (1, 1024)
    np.testing.assert_allclose(found[0, :3, :3], expected, rtol=1e-4, atol=1e-4)
