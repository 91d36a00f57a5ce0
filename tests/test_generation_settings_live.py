"""Where generate's settings come from, beside transformers 4.34: what config.json says, what
generation_config.json says, what is changed after loading, and what is given, in all combinations.

    python -m pytest tests/test_generation_settings_live.py    # in an environment with 4.34
"""

import itertools
import json

import pytest

import led
from led_support.settings import GENERATION_DEFAULTS, with_defaults

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import torch  # noqa: E402
import transformers  # noqa: E402

from tests.reference import IS_4, NEEDS_4  # noqa: E402
from tests.common import copy_folder
from tests.surface import FIXTURES  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not IS_4, reason=NEEDS_4),
    pytest.mark.filterwarnings("ignore")]  # fmt: skip

TOKENS = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "decoder_start_token_id": 2}

CONFIGS = {
    "nothing": {},
    "beams": {"num_beams": 4, "max_length": 9, "no_repeat_ngram_size": 3, "early_stopping": True},
    "sampling": {"do_sample": True, "top_k": None, "temperature": 0.5, "suppress_tokens": [0],
                 "output_attentions": True},
}  # fmt: skip
FILES = {
    "absent": None,
    "tokens alone": TOKENS | {"_from_model_config": True},
    "from the configuration": TOKENS | {"_from_model_config": True, "num_beams": 3},
    "its own": TOKENS | {"num_beams": 2, "max_length": 7, "top_p": 0.8, "do_sample": True},
    "without eos": {"decoder_start_token_id": 4, "min_length": 3},
}
CHANGES = {
    "nothing": {},
    "config": {"config": {"num_beams": 5, "length_penalty": 2.0}},
    "generation config": {"generation_config": {"max_length": 11}},
    "generation config, as it was": {"generation_config": {"temperature": 1.0, "eos_token_id": 2}},
    "both": {"config": {"num_beams": 5}, "generation_config": {"min_length": 2}},
    "the flag": {"generation_config": {"_from_model_config": False}},
}
CHANGED = {"num_beams", "max_length", "min_length", "length_penalty", "temperature"}
GIVEN = [{}, {"num_beams": 6}, {"max_new_tokens": 5, "eos_token_id": None}, {"top_k": None}]


IDS = torch.tensor([[5, 6, 7, 2]])


class Caught(Exception):
    pass


def their_settings(model, *arguments, **given):
    """The generation config that generate comes to"""

    def catch(generation_config, *rest):
        raise Caught(generation_config)

    model._get_generation_mode = catch
    with pytest.raises(Caught) as caught:
        model.generate(*arguments, **given)
    return caught.value.args[0]


def compare(ours, theirs):
    theirs = with_defaults({name: getattr(theirs, name) for name in GENERATION_DEFAULTS})
    if theirs["max_new_tokens"] is not None:
        theirs["max_length"] = ours["max_length"]  # which follows later here
    for name in ("bos_token_id", "decoder_start_token_id"):
        if theirs[name] is None:
            theirs[name] = ours[name]  # which it looks for later
    if not theirs["return_dict_in_generate"]:
        for name in ("output_attentions", "output_hidden_states", "output_scores"):
            theirs[name] = False  # and is not seen
    names = GENERATION_DEFAULTS
    assert {name: ours[name] for name in names} == {name: theirs[name] for name in names}


def load_both(folder, **overrides):
    return (led.LEDForConditionalGeneration.from_pretrained(folder, **overrides),
            transformers.LEDForConditionalGeneration.from_pretrained(folder, **overrides))


def write(folder, config, file):
    copy_folder(FIXTURES / "led", folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    (folder / "generation_config.json").unlink(missing_ok=True)
    if file is not None:
        (folder / "generation_config.json").write_text(json.dumps(file))
    return folder


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("config", CONFIGS)
def test_effective_settings(config, file, tmp_path):
    folder = write(tmp_path, CONFIGS[config], FILES[file])
    for change, given in itertools.product(CHANGES.values(), GIVEN):
        ours, theirs = load_both(folder)
        for model in (ours, theirs):
            for part, settings in change.items():
                for name, value in settings.items():
                    setattr(getattr(model, part), name, value)
        # twice: the reference replaces its settings at the first call
        for _ in range(2):
            expected = their_settings(theirs, IDS, **given)
            compare(ours.all_settings(None, dict(given)), expected)
        for model in (ours, theirs):
            model.config.min_length = 1
            model.generation_config.repetition_penalty = 1.5
        expected = their_settings(theirs, IDS, **given)
        compare(ours.all_settings(None, dict(given)), expected)


@pytest.mark.parametrize("config", CONFIGS)
def test_overrides_of_from_pretrained(config, tmp_path):
    for file in FILES.values():
        folder = write(tmp_path, CONFIGS[config], file)
        ours, theirs = load_both(folder, num_beams=7, max_length=8)
        compare(ours.all_settings(None, {}), their_settings(theirs, IDS))


def test_a_generation_config_of_the_reference():
    ours, theirs = load_both(FIXTURES / "led")
    given = transformers.GenerationConfig(num_beams=3, max_length=8, top_k=None, **TOKENS)
    expected = their_settings(theirs, IDS, given)
    compare(ours.all_settings(given, {}), expected)
    given = transformers.GenerationConfig(num_beams=3)  # without token ids: none are filled in
    expected = their_settings(theirs, IDS, given)
    assert ours.all_settings(given, {})["eos_token_id"] is expected.eos_token_id is None
    given = transformers.GenerationConfig(num_beams=3, **TOKENS)
    ours.generation_config = theirs.generation_config = given
    compare(ours.all_settings(None, {}), their_settings(theirs, IDS))


@pytest.mark.parametrize("config", CONFIGS)
def test_saved_settings(config, tmp_path):
    """What a model saves has the same effect there and here, changes included"""
    for number, (file, change) in enumerate(itertools.product(FILES.values(), CHANGES.values())):
        folder = write(tmp_path / str(number), CONFIGS[config], file)
        ours, _ = load_both(folder)
        for part, settings in change.items():
            for name, value in settings.items():
                setattr(getattr(ours, part), name, value)
        ours.save_pretrained(folder / "saved")
        before = ours.all_settings(None, {})
        again, theirs = load_both(folder / "saved")
        compare(again.all_settings(None, {}), their_settings(theirs, IDS))
        assert all(again.all_settings(None, {})[name] == before[name] for name in CHANGED)
