"""The interface beside transformers' own: names, order and defaults of arguments, outputs as tuples
and dicts, and everything that generate returns.

    python -m pytest tests/test_interface_live.py    # some need an environment with 4.34
"""

import inspect

import numpy as np
import pytest

import led
from led_support.generation import draw
from tests.common import FLOAT32, check, difference, draw_batch, draw_settings, flat, our_model

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import torch  # noqa: E402
from transformers.models.led import modeling_led  # noqa: E402

from tests.reference import IS_4, NEEDS_4, arrays, reference_model, tensors  # noqa: E402

needs_4 = pytest.mark.skipif(not IS_4, reason=NEEDS_4)
pytestmark = pytest.mark.filterwarnings("ignore")
KINDS = ["LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
         "LEDForQuestionAnswering"]  # fmt: skip


@needs_4
@pytest.mark.parametrize("kind", KINDS)
def test_signatures(kind):
    ours = inspect.signature(getattr(led, kind).__call__).parameters
    theirs = inspect.signature(getattr(modeling_led, kind).forward).parameters
    assert list(ours) == list(theirs)
    assert all(ours[name].default == theirs[name].default for name in theirs)


@needs_4
def test_signature_of_the_encoder():
    ours = inspect.signature(led.LEDModel.encode).parameters
    theirs = inspect.signature(modeling_led.LEDEncoder.forward).parameters
    assert list(ours)[: len(theirs)] == list(theirs)


@needs_4
@pytest.mark.parametrize("seed", range(8))
def test_tuples_and_dicts(seed):
    random = np.random.RandomState([seed, 21])
    settings = draw_settings(random)
    batch = draw_batch(random, settings)
    kind = KINDS[seed % 2]
    ours, theirs = our_model(kind, settings, seed), reference_model(kind, settings, seed)
    flags = {"output_attentions": bool(seed & 2), "output_hidden_states": bool(seed & 4)}
    with torch.no_grad():
        expected = theirs(**tensors(batch), **flags)
        their_tuple = theirs(**tensors(batch), **flags, return_dict=False)
    out = ours(**batch, **flags)
    assert list(out.keys()) == list(expected.keys()) and len(out) == len(expected)
    our_tuple = ours(**batch, **flags, return_dict=False)
    assert len(our_tuple) == len(their_tuple)
    for i in range(len(out)):
        assert type(out[i]) is type(our_tuple[i]) and (type(out[i]) is tuple) == (
            type(expected[i]) is tuple)
    check([difference("first", our_tuple[0], their_tuple[0].numpy(), FLOAT32),
           difference("first", out[:1][0], expected[:1][0].numpy(), FLOAT32)])


@needs_4
@pytest.mark.parametrize("mode", ["greedy", "beams", "rules"])
@pytest.mark.parametrize("seed", range(4))
def test_everything_that_generate_returns(seed, mode):
    random = np.random.RandomState([seed, 22])
    settings = draw_settings(random)
    drawn = draw_batch(random, settings, head_masks=False)
    given = {name: drawn[name] for name in ("input_ids", "inputs_embeds", "attention_mask",
             "global_attention_mask") if name in drawn}  # fmt: skip
    given |= {"max_length": 7, "min_length": 4, "num_beams": 1 if mode == "greedy" else 3}
    if mode == "rules":
        given |= {"renormalize_logits": True, "remove_invalid_values": True,
                  "suppress_tokens": [0], "begin_suppress_tokens": [0, 5], "bad_words_ids": [[0]],
                  "repetition_penalty": 1.4}  # fmt: skip
    if seed % 2:
        prompt = random.randint(3, settings["vocab_size"], (len(drawn[next(iter(given))]), 2))
        given["decoder_input_ids"] = prompt
    flags = {"output_attentions": True, "output_hidden_states": True, "output_scores": True,
             "return_dict_in_generate": True}  # fmt: skip
    kind = "LEDForConditionalGeneration"
    ours = our_model(kind, settings, seed).generate(**given, **flags)
    theirs = reference_model(kind, settings, seed).generate(**tensors(given), **flags)
    assert ours.sequences.tolist() == theirs.sequences.tolist()
    names = [name for name in theirs.keys()]
    assert list(ours.keys()) == names
    found, expected = flat(ours), arrays(theirs)
    assert found.keys() == expected.keys()
    check([difference(name, found[name], expected[name], 1e-4) for name in expected
           if name not in ("sequences", "beam_indices")])  # fmt: skip


@needs_4
def test_beam_sampling_from_few_tokens(monkeypatch):
    """With beams the warpers keep two tokens, however many eos tokens there are"""
    settings = draw_settings(np.random.RandomState(3))
    given = {"input_ids": np.arange(5, 13).reshape(1, 8), "do_sample": True, "num_beams": 2,
             "top_p": 1e-6, "eos_token_id": [2, 5, 7], "max_length": 9}  # fmt: skip
    kind = "LEDForConditionalGeneration"
    generator = np.random.default_rng(4)

    def multinomial(probs, num_samples):
        return torch.from_numpy(draw(probs.numpy(), num_samples, generator).copy())

    monkeypatch.setattr(torch, "multinomial", multinomial)
    theirs = reference_model(kind, settings, 5).generate(**tensors(given))
    assert our_model(kind, settings, 5).generate(**given, seed=4).tolist() == theirs.tolist()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3.0])
def test_clipping(value):
    grads = {"a": np.array([1.0, value, -2.0], np.float32), "b": np.array([[4.0]], np.float32)}
    theirs = [torch.nn.Parameter(torch.zeros(array.shape)) for array in grads.values()]
    for parameter, array in zip(theirs, grads.values()):
        parameter.grad = torch.tensor(array)
    torch.nn.utils.clip_grad_norm_(theirs, 1.5)
    led.clip_gradients(grads, 1.5)
    for parameter, array in zip(theirs, grads.values()):
        np.testing.assert_allclose(array, parameter.grad.numpy(), rtol=1e-6)


@needs_4
@pytest.mark.parametrize("settings", [
    {}, {"num_beams": 4, "max_length": 20, "prefix": " "},
    {"output_attentions": True, "top_k": None},
    {"id2label": {0: "a", 1: "b", 2: "c"}, "label2id": {"a": 0, "b": 1, "c": 2}},
    {"tie_word_embeddings": False, "problem_type": "regression", "mine": [1, 2]}])  # fmt: skip
def test_configurations(settings):
    import transformers

    ours, theirs = led.LEDConfig(**settings), transformers.LEDConfig(**settings)
    for name in [*led.LEDConfig.DEFAULTS, *settings, "num_beams", "length_penalty", "bad_words_ids",
                 "num_labels", "num_hidden_layers", "temperature"]:  # fmt: skip
        if name != "gradient_checkpointing":
            assert getattr(ours, name) == getattr(theirs, name), name
    expected = theirs.to_diff_dict()
    del expected["transformers_version"]
    assert ours.to_diff_dict() == expected | {"gradient_checkpointing": False}
