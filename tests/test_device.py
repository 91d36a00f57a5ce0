"""led.py on arrays that are not NumPy's: everything runs, with the same numbers.

No GPU is needed: tests/strict_device.py stands in for CuPy and refuses what a GPU would refuse.
With CuPy and a GPU, `python -m pytest tests/test_device.py` runs the same on the device itself.
"""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

import led
import led_support
from led_support.arrays import to_host
from tests import strict_device


def cupy_works():
    try:
        import cupy

        return cupy.cuda.runtime.getDeviceCount() > 0
    except Exception:
        return False


@pytest.fixture(params=["strict", "cupy"])
def device(request, monkeypatch):
    """`import cupy` inside led.py gives the stand-in, or the real one where there is a GPU."""
    if request.param == "strict":
        monkeypatch.setitem(sys.modules, "cupy", strict_device.module())
    elif not cupy_works():
        pytest.skip("needs CuPy and a GPU: pip install cupy-cuda12x on a machine with one")


SIZES = dict(
    vocab_size=47, d_model=24, encoder_layers=3, decoder_layers=2, encoder_attention_heads=3,
    decoder_attention_heads=4, encoder_ffn_dim=20, decoder_ffn_dim=28, attention_window=[4, 8, 16],
    max_encoder_position_embeddings=50, max_decoder_position_embeddings=40, init_std=0.3,
    dropout=0.1, activation_dropout=0.2, classifier_dropout=0.3)  # fmt: skip


def make_batch(rng, B=3, S=37):
    """Holes in the mask, unequal numbers of global tokens, one eos a text for the classifier."""
    ids = rng.integers(3, SIZES["vocab_size"], (B, S))
    ids[:, -2] = 2
    is_global = (rng.random((B, S)) < 0.1).astype(int)
    is_global[1] = 0
    return {
        "input_ids": ids,
        "attention_mask": (rng.random((B, S)) < 0.8).astype(int),
        "global_attention_mask": is_global,
    }


def pairs(model_class, dtype=np.float64, **settings):
    """The same model on the host and on the device, with norms and biases that are not 1 and 0."""
    models = [model_class(led.LEDConfig(**SIZES | settings), dtype=dtype) for _ in range(2)]
    rng = np.random.default_rng(5)
    for name, array in models[0].params.items():
        if array.ndim == 1:
            array += rng.normal(0, 0.2, array.shape).astype(dtype)
            models[1].params[name][...] = array
    return models[0], models[1].to("cuda")


TARGETS = {
    led.LEDForConditionalGeneration: {"labels": np.array([[3, 7, 2], [9, 4, -100], [5, 2, 1]])},
    led.LEDForSequenceClassification: {"labels": np.array([0, 1, 1])},
    led.LEDForQuestionAnswering: {
        "start_positions": np.array([1, 2, 40]), "end_positions": np.array([4, 5, 6])},
}  # fmt: skip


@pytest.mark.parametrize("model_class", TARGETS, ids=lambda c: c.__name__)
def test_outputs_gradients_and_steps(device, model_class):
    host, other = pairs(model_class)
    rng = np.random.default_rng(1)
    batch = make_batch(rng) | TARGETS[model_class]
    masks = {"head_mask": rng.random((3, 3)), "cross_attn_head_mask": rng.random((2, 4))}
    wanted = {"output_attentions": True, "output_hidden_states": True}
    ours, theirs = host(**batch, **masks, **wanted), other(**batch, **masks, **wanted)
    compared = 0
    for name, value in ours.items():
        if value is None:
            continue
        arrays = value if isinstance(value, tuple) else [value]
        others = getattr(theirs, name)
        for a, b in zip(arrays, others if isinstance(value, tuple) else [others]):
            # measured on the stand-in: at most 3e-15
            np.testing.assert_allclose(to_host(b), a, rtol=1e-11, atol=1e-11, err_msg=name)
            compared += 1
    assert compared >= 10

    optimizers = [led.AdamW(model.params, lr=0.01) for model in (host, other)]
    for step in range(3):
        results = []
        for model, optimizer in zip((host, other), optimizers):
            loss, grads = model.value_and_grad(
                **batch, dropout_rng=step, gradient_checkpointing=step == 1
            )
            led.clip_gradients(grads, 1.0)
            optimizer.step(grads)
            results.append((loss, {name: to_host(grad) for name, grad in grads.items()}))
        (loss, grads), (other_loss, other_grads) = results
        assert other_loss == pytest.approx(loss, rel=1e-11)
        for name in grads:
            np.testing.assert_allclose(
                other_grads[name], grads[name], rtol=1e-8, atol=1e-11, err_msg=name
            )


SEARCHES = [
    {},
    {"num_beams": 3, "no_repeat_ngram_size": 2, "num_return_sequences": 2},
    {"do_sample": True, "top_p": 0.9, "seed": 4},
    {"do_sample": True, "num_beams": 2, "seed": 4},
]


@pytest.mark.parametrize("search", SEARCHES, ids=str)
def test_generation(device, search):
    host, other = pairs(led.LEDForConditionalGeneration)
    batch = make_batch(np.random.default_rng(2))
    expected = host.generate(**batch, max_length=12, **search)
    assert expected.shape[1] > 3
    np.testing.assert_array_equal(other.generate(**batch, max_length=12, **search), expected)


def test_saving_from_the_device(device, tmp_path):
    host, other = pairs(led.LEDForConditionalGeneration, np.float32)
    other.save_pretrained(tmp_path)
    again = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    for name, array in host.params.items():
        np.testing.assert_array_equal(again.params[name], array, err_msg=name)
    other.resize_token_embeddings(60)
    assert other.to("cpu").params["led.shared.weight"].shape == (60, SIZES["d_model"])


def is_array_module(node):
    """xp, array_module(x) or self.array_module"""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "array_module"
    return getattr(node, "id", None) == "xp" or getattr(node, "attr", None) == "array_module"


def attributes_of_xp():
    """The names that led.py and led_support use of the array module, as xp.NAME"""
    files = [Path(led.__file__), *Path(led_support.__file__).parent.glob("*.py")]
    return {
        node.attr
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and is_array_module(node.value)
    }


def test_only_functions_that_cupy_has():
    known = {*strict_device.FUNCTIONS, *strict_device.TYPES, "add", "finfo", "lib"}
    assert attributes_of_xp() - known == set()


def test_the_list_is_cupys():
    cupy = pytest.importorskip("cupy", reason="pip install cupy-cuda12x, to compare with its names")
    names = [*strict_device.FUNCTIONS, *strict_device.TYPES, "add", "finfo", "get_array_module"]
    assert [name for name in names if not hasattr(cupy, name)] == []
    assert hasattr(cupy.lib.stride_tricks, "as_strided")


def test_the_stand_in_refuses_numpy():
    cupy = strict_device.module()
    array = cupy.asarray([1.0, 2.0])
    with pytest.raises(TypeError):
        np.exp(array)
    with pytest.raises(TypeError):
        np.asarray(array)
    with pytest.raises(TypeError):
        cupy.exp(np.array([1.0]))
    with pytest.raises(TypeError):
        array + np.array([1.0, 2.0])
