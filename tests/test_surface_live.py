"""Everything around the model, beside the installed transformers and torch (4.34.0 and 5.23.0).

LED_SWEEP=10 python -m pytest tests/test_surface_live.py     # ten times as many random cases
"""

import copy
import os
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="compares with torch: pip install torch")
transformers = pytest.importorskip(
    "transformers", reason="compares with transformers: pip install transformers"
)

import led  # noqa: E402
from led_support import fast  # noqa: E402
from tests.common import FLOAT32, FLOAT64, GRADIENT, check, difference  # noqa: E402
from tests.reference import IS_4, tensors, true_float64  # noqa: E402
from tests.surface import (DROPOUT_ARGUMENTS, EDGES, FIXTURES, GREETING, IDS,  # noqa: E402
                           LABELS, SETTINGS, edge_arguments, edge_settings, edge_weights,
                           page_checkpoint, tiny_vocabulary)  # fmt: skip

SWEEP = float(os.environ.get("LED_SWEEP", "1"))
pytestmark = [pytest.mark.filterwarnings("ignore:generate without global_attention_mask"),
              pytest.mark.filterwarnings("ignore:global_attention_mask is given"),
              pytest.mark.filterwarnings("ignore:.*drawn anew"),
              pytest.mark.filterwarnings("ignore::FutureWarning"),
              pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # fmt: skip

KINDS = ["LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
         "LEDForQuestionAnswering"]  # fmt: skip
if not IS_4:
    KINDS.remove("LEDForSequenceClassification")  # transformers 5 has none


def seeds(count):
    return range(max(1, int(count * SWEEP)))


def our_model(kind, seed=0, dtype=np.float32, **settings):
    """One of ours, with weights that are all different"""
    sizes = copy.deepcopy(SETTINGS) | settings
    model = getattr(led, kind)(led.LEDConfig(**sizes), seed=seed, dtype=dtype)
    random = np.random.default_rng(seed)
    for name, array in model.params.items():
        is_norm = array.ndim == 1 and name.endswith("weight")
        array[...] = random.normal(1 if is_norm else 0, 0.3, array.shape)
    if model.final_logits_bias is not None:
        model.final_logits_bias[...] = random.normal(0, 0.3, model.final_logits_bias.shape)
    return model


def theirs_from(folder, kind, **settings):
    """transformers' model from a folder; nothing may be missing, unexpected or of another shape"""
    model, info = getattr(transformers, kind).from_pretrained(
        folder, output_loading_info=True, **settings
    )
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        assert not info.get(problem), (problem, info[problem])
    return model.eval()


def their_state(model):
    return {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}


def same_outputs(ours, theirs, bound=FLOAT32):
    ids = np.where(IDS == 2, 3, IDS)
    ids[:, -1] = 2
    is_global = np.zeros_like(ids)
    is_global[:, 3] = 1
    arguments = {"input_ids": ids, "global_attention_mask": is_global}
    if "For" not in type(ours).__name__ or "Conditional" in type(ours).__name__:
        arguments["decoder_input_ids"] = LABELS
    out = ours(**arguments)
    with torch.no_grad():
        expected = theirs(**tensors(arguments))
    names = [name for name in ("last_hidden_state", "logits", "start_logits", "end_logits",
             "encoder_last_hidden_state") if name in expected]  # fmt: skip
    assert len(names) >= 2
    check([difference(name, out[name], expected[name].numpy(), bound) for name in names])


# ------------------------------------------------------------------------------------------------
# Files
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 9000])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_here_loads_there(kind, limit, tmp_path):
    model = our_model(kind, num_labels=2)
    model.save_pretrained(tmp_path, max_shard_size=limit)
    theirs = theirs_from(tmp_path, kind)
    state = their_state(theirs)
    for name, array in model.params.items():
        np.testing.assert_array_equal(state[name], array)
    if model.final_logits_bias is not None:
        np.testing.assert_array_equal(state["final_logits_bias"], model.final_logits_bias)
    same_outputs(model, theirs)
    # and back again
    theirs.save_pretrained(tmp_path / "theirs")
    again = getattr(led, kind).from_pretrained(tmp_path / "theirs")
    for name, array in model.params.items():
        np.testing.assert_array_equal(again.params[name], array)


@pytest.mark.parametrize("settings", [
    {"tie_word_embeddings": False},
    {"activation_function": "gelu_new"}, {"num_labels": 5},
    {"pad_token_id": 0, "bos_token_id": 4, "eos_token_id": 7, "decoder_start_token_id": 7},
    {"attention_window": 6}, {"dropout": 0.3, "attention_dropout": 0.1, "encoder_layerdrop": 0.2},
    {"id2label": {0: "a", 1: "b", 2: "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}])  # fmt: skip
def test_settings_other_than_the_defaults(settings, tmp_path):
    model = our_model("LEDForConditionalGeneration", **settings)
    model.generation_config = {"num_beams": 2, "max_length": 9, "early_stopping": True,
                               "no_repeat_ngram_size": 3, "length_penalty": 2.0}  # fmt: skip
    model.save_pretrained(tmp_path)
    theirs = theirs_from(tmp_path, "LEDForConditionalGeneration")
    same_outputs(model, theirs)
    for name in [*led.LEDConfig.DEFAULTS, "num_labels", "id2label", "label2id"]:
        if hasattr(theirs.config, name):
            assert getattr(theirs.config, name) == getattr(model.config, name), name
    for name, value in (model.generation_config | model.special_tokens()).items():
        assert getattr(theirs.generation_config, name) == value, name
    ids = torch.tensor(IDS)
    if IS_4:  # later versions search otherwise
        with torch.no_grad():
            expected = theirs.generate(ids, attention_mask=torch.ones_like(ids)).numpy()
        np.testing.assert_array_equal(model.generate(IDS, attention_mask=np.ones_like(IDS)), expected)


def test_saved_in_float64(tmp_path):
    model = our_model("LEDForConditionalGeneration", dtype=np.float64)
    model.save_pretrained(tmp_path)
    state = their_state(theirs_from(tmp_path, "LEDForConditionalGeneration",
                                    torch_dtype=torch.float64))  # fmt: skip
    for name, array in model.params.items():
        np.testing.assert_array_equal(state[name], array)
    again = led.LEDForConditionalGeneration.from_pretrained(tmp_path, dtype=np.float64)
    np.testing.assert_array_equal(again(IDS).logits, model(IDS).logits)


def test_a_resized_model_loads_there(tmp_path):
    model = our_model("LEDForConditionalGeneration")
    model.resize_token_embeddings(40)
    model.save_pretrained(tmp_path)
    theirs = theirs_from(tmp_path, "LEDForConditionalGeneration")
    assert theirs.get_input_embeddings().weight.shape == (40, 12)
    same_outputs(model, theirs)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("size", [40, 22])
def test_resizing(size, tied):
    ours = our_model("LEDForConditionalGeneration", tie_word_embeddings=tied)
    theirs = transformers.LEDForConditionalGeneration(
        transformers.LEDConfig(**copy.deepcopy(SETTINGS), tie_word_embeddings=tied)
    )
    ours.resize_token_embeddings(size)
    theirs.resize_token_embeddings(size)
    shapes = {name: tuple(p.shape) for name, p in theirs.named_parameters()}
    assert {name: a.shape for name, a in ours.params.items()} == shapes
    assert ours.final_logits_bias.shape == theirs.final_logits_bias.shape
    for alone in (False, True):
        counts = [model.num_parameters(exclude_embeddings=alone) for model in (ours, theirs)]
        assert counts[0] == counts[1]
    assert ours.config.vocab_size == theirs.config.vocab_size == size
    for model in (ours, theirs):
        model.resize_token_embeddings(size, pad_to_multiple_of=16)
    assert ours.config.vocab_size == theirs.config.vocab_size == {40: 48, 22: 32}[size]
    assert len(ours.get_input_embeddings()) == len(theirs.get_input_embeddings().weight)


@pytest.mark.parametrize("kind", KINDS)
def test_the_head_that_a_base_checkpoint_lacks_is_the_same(kind, tmp_path):
    our_model("LEDForConditionalGeneration").save_pretrained(tmp_path)
    _, info = getattr(transformers, kind).from_pretrained(tmp_path, output_loading_info=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(led, kind).from_pretrained(tmp_path)
    drawn = [str(warning.message) for warning in caught if "drawn anew" in str(warning.message)]
    named = set(drawn[0].split(": no ")[1].split(": drawn")[0].split(", ")) if drawn else set()
    assert named == set(info["missing_keys"])


def test_a_head_of_its_own_is_missing_in_a_tied_checkpoint(tmp_path):
    our_model("LEDForConditionalGeneration").save_pretrained(tmp_path)
    with pytest.warns(UserWarning, match="no lm_head.weight"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path, tie_word_embeddings=False)
    _, info = transformers.LEDForConditionalGeneration.from_pretrained(
        tmp_path, tie_word_embeddings=False, output_loading_info=True
    )
    aliases = {f"led.{side}.embed_tokens.weight" for side in ("encoder", "decoder")}
    assert set(info["missing_keys"]) - aliases == {"lm_head.weight"}


@pytest.mark.skipif(IS_4, reason="in transformers 4 encoder and decoder always share an embedding")
def test_embeddings_that_are_not_shared(tmp_path):
    """transformers 5 has three embeddings where they are not tied: equal ones are read, others are
    refused by name"""
    theirs = transformers.LEDForConditionalGeneration(
        transformers.LEDConfig(**copy.deepcopy(SETTINGS), tie_word_embeddings=False)).eval()
    theirs.save_pretrained(tmp_path / "different")
    with pytest.raises(ValueError, match="embed_tokens"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path / "different")
    with torch.no_grad():
        for side in (theirs.led.encoder, theirs.led.decoder):
            side.embed_tokens.weight.copy_(theirs.led.shared.weight)
    theirs.save_pretrained(tmp_path / "equal")
    same_outputs(led.LEDForConditionalGeneration.from_pretrained(tmp_path / "equal"), theirs)


@pytest.mark.parametrize("is_zip", [True, False])
def test_the_official_file_set_with_torch_weights(is_zip, tmp_path):
    """pytorch_model.bin with aliases that share a storage, in both formats; no other weights"""
    bpe = pytest.importorskip("bpe", reason="bpe.py is not there")

    def save(folder, arrays):
        state = {name: torch.tensor(array) for name, array in arrays.items()}
        for alias in ("lm_head", "led.encoder.embed_tokens", "led.decoder.embed_tokens"):
            state[alias + ".weight"] = state["led.shared.weight"]
        torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=is_zip)

    def shapes_of(settings):
        return led.LEDForConditionalGeneration.shapes(led.LEDConfig(**settings))

    page_checkpoint(tmp_path, tiny_vocabulary(), shapes_of, save)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    theirs = theirs_from(tmp_path, "LEDForConditionalGeneration")
    ids = bpe.LEDTokenizer.from_pretrained(tmp_path)([GREETING], return_tensors="np").input_ids
    with torch.no_grad():
        expected = theirs(torch.tensor(ids)).logits.numpy()
    check([difference("logits", ours(ids).logits, expected, FLOAT32)])


@pytest.mark.skipif(not IS_4, reason="only transformers 4 writes pytorch_model.bin")
@pytest.mark.parametrize("limit", ["10GB", "9KB"])
def test_torch_files_of_transformers(limit, tmp_path):
    theirs = transformers.LEDForConditionalGeneration(transformers.LEDConfig(**SETTINGS)).eval()
    theirs.save_pretrained(tmp_path, max_shard_size=limit, safe_serialization=False)
    assert list(tmp_path.glob("*.bin"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    same_outputs(ours, theirs)


@pytest.mark.parametrize("seed", seeds(4))
def test_bart_as_led(seed, tmp_path):
    """A window as wide as the text and no global token: BART's own logits"""
    random = np.random.RandomState(seed)
    layers, heads = int(random.randint(1, 4)), [2, 3, 4][seed % 3]
    activation = ["gelu", "relu", "gelu_new", "silu"][seed % 4]
    torch.manual_seed(seed)
    bart = transformers.BartForConditionalGeneration(transformers.BartConfig(
        vocab_size=37, d_model=12, encoder_layers=layers, decoder_layers=2, dropout=0.0,
        encoder_attention_heads=heads, decoder_attention_heads=3, encoder_ffn_dim=20,
        decoder_ffn_dim=14, max_position_embeddings=23, activation_function=activation)).eval()
    with torch.no_grad():
        for parameter in bart.parameters():
            parameter.normal_(0, 0.4)
        bart.final_logits_bias.normal_()
    bart.save_pretrained(tmp_path)
    S = int(random.randint(1, 24))
    ids, decoder_ids = random.randint(3, 37, (2, S)), random.randint(3, 37, (2, 7))
    mask = np.ones((2, S), np.int64)
    mask[1, random.randint(1, S + 1) :] = 0
    with true_float64(), torch.no_grad():
        theirs = bart.double()(torch.tensor(ids), attention_mask=torch.tensor(mask),
                               decoder_input_ids=torch.tensor(decoder_ids)).logits  # fmt: skip
    ours = led.LEDForConditionalGeneration.from_bart(
        tmp_path, attention_window=46, max_encoder_position_embeddings=23 * 2 + 5, dtype=np.float64)
    logits = ours(ids, mask, decoder_input_ids=decoder_ids).logits
    check([difference("logits", logits, theirs.numpy(), FLOAT64)])
    # the second copy of the positions begins where the first one ends
    positions = ours.params["led.encoder.embed_positions.weight"]
    np.testing.assert_array_equal(positions[23:46], positions[:23])


# ------------------------------------------------------------------------------------------------
# Numbers
# ------------------------------------------------------------------------------------------------


def their_gradients(model, arguments):
    """loss and {name: gradient}, zeros where torch has none, in training mode, true float64"""
    out = model(**tensors(arguments, torch.float64))
    out.loss.backward()
    grads = {name: (torch.zeros_like(p) if p.grad is None else p.grad).numpy()
             for name, p in model.named_parameters()}  # fmt: skip
    return out, grads


def gradient_rows(ours, theirs, bound=GRADIENT, share=1e-4):
    """All gradients; one that cancels, below a share of the largest, relative to that share"""
    assert ours.keys() == theirs.keys()
    floor = share * max(np.linalg.norm(grad) for grad in theirs.values())
    rows = []
    for name in theirs:
        row = difference(name, ours[name], theirs[name], bound)
        size = max(np.linalg.norm(theirs[name]), floor)
        if row.verdict == "differs" and np.linalg.norm(ours[name] - theirs[name]) <= bound * size:
            row.verdict = "ok"
        rows.append(row)
    return rows


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    """As in test_edges.py, with the gradients of all parameters"""
    if not IS_4 and "head_mask" in EDGES[name]["arguments"]:
        pytest.skip("transformers 5 ignores head masks")
    if not IS_4 and name == "nothing before the decoder":
        pytest.skip("transformers 5 has another way with rows that see nothing")
    frozen = led.LEDForConditionalGeneration.from_pretrained(FIXTURES / "led")
    changed = edge_weights(
        EDGES[name], frozen.params | {"final_logits_bias": frozen.final_logits_bias}
    )
    arguments = edge_arguments(EDGES[name], frozen.params)
    settings = edge_settings(EDGES[name])
    bias = changed.pop("final_logits_bias").astype(np.float64)
    params = {key: array.astype(np.float64) for key, array in changed.items()}
    ours = led.LEDForConditionalGeneration(
        led.LEDConfig(**settings), dtype=np.float64, params=params
    )
    ours.final_logits_bias = bias
    with true_float64():
        theirs = transformers.LEDForConditionalGeneration(
            transformers.LEDConfig(**copy.deepcopy(settings))).double().train()  # fmt: skip
        state = theirs.state_dict()
        for key, array in (params | {"final_logits_bias": bias}).items():
            state[key].copy_(torch.tensor(array))
        expected, their_grads = their_gradients(theirs, arguments)
    out = ours(**arguments)
    loss, grads = ours.value_and_grad(**arguments)
    # Inference multiplies the same in another order. Measured: at most 8e-16
    assert abs(loss - out.loss) <= 4e-15 * abs(loss) or np.isnan(loss)
    rows = [difference("loss", np.asarray(loss), expected.loss.detach().numpy(), FLOAT64),
            difference("logits", out.logits, expected.logits.detach().numpy(), FLOAT64)]
    # Where one score stands far above all others the true gradient of the scores is nothing.
    share = 0.1 if "scale" in EDGES[name] else 1e-4
    check(rows + gradient_rows(grads, their_grads, share=share), name)


def test_large_scores_in_float32_are_no_worse_than_torch():
    """Each library's own error, float32 against float64, over some models"""
    arguments = {k: v for k, v in EDGES["large scores"]["arguments"].items() if k != "labels"}
    arguments["decoder_input_ids"] = LABELS
    errors = {"ours": 0.0, "theirs": 0.0}
    for seed in range(8):
        params = our_model("LEDForConditionalGeneration", seed).params
        params = edge_weights(EDGES["large scores"], params)
        logits = []
        for dtype in (np.float64, np.float32):
            ours = led.LEDForConditionalGeneration(
                led.LEDConfig(**SETTINGS), dtype=dtype,
                params={name: array.astype(dtype) for name, array in params.items()})  # fmt: skip
            logits.append(ours(**arguments).logits)
        theirs = transformers.LEDForConditionalGeneration(transformers.LEDConfig(**SETTINGS)).eval()
        state = theirs.state_dict()
        for name, array in params.items():
            state[name].copy_(torch.tensor(array))
        with torch.no_grad():
            their_logits = theirs(**tensors(arguments)).logits.numpy()
        exact, size = logits[0], np.linalg.norm(logits[0])
        errors["ours"] += np.linalg.norm(logits[1] - exact) / size
        errors["theirs"] += np.linalg.norm(their_logits - exact) / size
    print({who: f"{error / 8:.1e}" for who, error in errors.items()})
    assert errors["ours"] < 2 * errors["theirs"]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_where_dropouts_stand(kind, monkeypatch):
    """With factors 1 - p in place of random ones: losses and all gradients"""
    rates = {"dropout": 0.1, "attention_dropout": 0.2, "activation_dropout": 0.3,
             "classifier_dropout": 0.4}  # fmt: skip
    ours = our_model(kind, dtype=np.float64, **rates)
    labels = {"labels": LABELS}
    if kind == "LEDForSequenceClassification":
        labels = {"labels": np.array([1, 0])}
    elif kind == "LEDForQuestionAnswering":
        labels = {"start_positions": np.array([3, 8]), "end_positions": np.array([5, 18])}
    with true_float64():
        theirs = getattr(transformers, kind)(
            transformers.LEDConfig(**copy.deepcopy(SETTINGS) | rates)).double().train()  # fmt: skip
        state = theirs.state_dict()
        for name, array in ours.params.items():
            state[name].copy_(torch.tensor(array))
        if ours.final_logits_bias is not None:
            state["final_logits_bias"].copy_(torch.tensor(ours.final_logits_bias))
        scale = lambda x, p=0.5, training=True, inplace=False: x * (1 - p) if training else x  # noqa: E731
        monkeypatch.setattr(torch.nn.functional, "dropout", scale)
        expected, their_grads = their_gradients(theirs, DROPOUT_ARGUMENTS | labels)
    for module in (led, fast):
        monkeypatch.setattr(module, "keep_factors", lambda x, rate, *rest: np.full(x.shape, 1 - rate))
    loss, grads = ours.value_and_grad(**DROPOUT_ARGUMENTS, **labels, dropout_rng=0)
    rows = [difference("loss", np.asarray(loss), expected.loss.detach().numpy(), FLOAT64)]
    check(rows + gradient_rows(grads, their_grads), kind)


@pytest.mark.parametrize("kept", [(0, 1, 1, 0), (1, 0, 0, 1), (0, 0, 1, 1), (1, 1, 0, 0)])
def test_dropped_layers(kept, monkeypatch):
    """The same layers dropped in both libraries: two of the encoder, two of the decoder"""
    settings = {"decoder_layers": 2, "encoder_layerdrop": 0.5, "decoder_layerdrop": 0.5}
    ours = our_model("LEDForConditionalGeneration", dtype=np.float64, **settings)
    with true_float64():
        theirs = transformers.LEDForConditionalGeneration(
            transformers.LEDConfig(**copy.deepcopy(SETTINGS) | settings)).double().train()
        state = theirs.state_dict()
        for name, array in ours.params.items():
            state[name].copy_(torch.tensor(array))
        state["final_logits_bias"].copy_(torch.tensor(ours.final_logits_bias))
        drawn = iter(kept)
        monkeypatch.setattr(torch, "rand", lambda *size: torch.tensor(float(next(drawn))))
        expected, their_grads = their_gradients(theirs, DROPOUT_ARGUMENTS | {"labels": LABELS})
        assert next(drawn, None) is None  # each layer has asked once
    decisions = iter(kept)
    monkeypatch.setattr(led, "layer_is_dropped", lambda rate, key: next(decisions) < rate)
    loss, grads = ours.value_and_grad(**DROPOUT_ARGUMENTS, labels=LABELS, dropout_rng=0)
    rows = [difference("loss", np.asarray(loss), expected.loss.detach().numpy(), FLOAT64)]
    check(rows + gradient_rows(grads, their_grads), str(kept))


@pytest.mark.parametrize("seed", seeds(20))
def test_label_smoothing(seed):
    random = np.random.RandomState(seed)
    rows, V = random.randint(1, 30), random.randint(2, 50)
    logits = random.randn(rows, V) * 10 ** random.randint(-1, 3)
    labels = random.randint(0, V, rows)
    labels[random.rand(rows) < 0.3] = -100
    labels[random.randint(rows)] = V - 1
    smoothing = [0.0, 0.1, random.rand(), 1.0][seed % 4]
    given = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        given, torch.tensor(labels), label_smoothing=smoothing
    )
    expected.backward()
    loss, cache = led.cross_entropy(logits, labels, smoothing)
    check([difference("loss", np.asarray(loss), expected.detach().numpy(), 1e-13),
           difference("grad", led.cross_entropy_backward(1.0, cache), given.grad.numpy(), 1e-13)])


@pytest.mark.parametrize("dtype, bound", [(np.float64, 1e-12), (np.float32, 3e-6)])
@pytest.mark.parametrize("settings", [
    {}, {"lr": 0.03, "weight_decay": 0.2}, {"betas": (0.5, 0.7), "eps": 1e-3},
    {"lr": 1.0, "weight_decay": 0.0, "eps": 1e-12}])  # fmt: skip
def test_the_optimizer_with_clipping_and_schedule(settings, dtype, bound):
    """Some steps on gradients of all sizes, among them zeros, beside torch and transformers"""
    random = np.random.RandomState(1)
    shapes = {"matrix": (5, 7), "bias": (7,), "norm": (1, 3)}
    start = {name: random.randn(*shape).astype(dtype) for name, shape in shapes.items()}
    ours = {name: array.copy() for name, array in start.items()}
    optimizer = led.AdamW(ours, **settings)
    lr = optimizer.lr
    theirs = {name: torch.nn.Parameter(torch.tensor(a)) for name, a in start.items()}
    decay = settings.get("weight_decay", 0.01)
    groups = [{"params": [p for p in theirs.values() if p.ndim > 1], "weight_decay": decay},
              {"params": [p for p in theirs.values() if p.ndim == 1], "weight_decay": 0.0}]
    expected = torch.optim.AdamW(groups, **{"lr": 1e-3} | settings)
    schedule = transformers.get_linear_schedule_with_warmup(expected, 3, 20)
    for step in range(25):
        size = 10.0 ** random.randint(-6, 4)
        grads = {n: (random.randn(*s) * size).astype(dtype) for n, s in shapes.items()}
        grads["norm"][0, 1] = 0
        for name, parameter in theirs.items():
            parameter.grad = torch.tensor(grads[name])
        norm = led.clip_gradients(grads, 1.0)
        their_norm = torch.nn.utils.clip_grad_norm_(list(theirs.values()), 1.0)
        assert abs(norm - float(their_norm)) < 1e-6 * norm
        optimizer.lr = lr * led.linear_schedule(step, 3, 20)
        optimizer.step(grads)
        expected.step()
        schedule.step()
    check([difference(name, ours[name], theirs[name].detach().numpy(), bound) for name in ours])
    assert all((ours[name] != start[name]).any() for name in ours)


def test_accumulated_gradients_train_as_in_torch():
    """Two half batches a step, their mean, AdamW: the losses of torch"""
    ours = our_model("LEDForConditionalGeneration", dtype=np.float64)
    halves = [{name: array[i : i + 1] for name, array in (DROPOUT_ARGUMENTS | {"labels": LABELS}).items()}
              for i in range(2)]  # fmt: skip
    optimizer = led.AdamW(ours.params, lr=0.01)
    with true_float64():
        theirs = transformers.LEDForConditionalGeneration(
            transformers.LEDConfig(**copy.deepcopy(SETTINGS))).double().train()  # fmt: skip
        state = theirs.state_dict()
        for name, array in ours.params.items():
            state[name].copy_(torch.tensor(array))
        state["final_logits_bias"].copy_(torch.tensor(ours.final_logits_bias))
        groups = [{"params": [p for p in theirs.parameters() if p.ndim > 1], "weight_decay": 0.01},
                  {"params": [p for p in theirs.parameters() if p.ndim == 1], "weight_decay": 0.0}]
        expected = torch.optim.AdamW(groups, lr=0.01)
        for _ in range(4):
            expected.zero_grad()
            their_losses = []
            for half in halves:
                loss = theirs(**tensors(half)).loss
                (loss / 2).backward()
                their_losses.append(float(loss.detach()))
            expected.step()
            results = [ours.value_and_grad(**half) for half in halves]
            np.testing.assert_allclose([r[0] for r in results], their_losses, rtol=1e-9)
            optimizer.step({n: (results[0][1][n] + results[1][1][n]) / 2 for n in ours.params})


@pytest.mark.parametrize("shape", [(1, 1), (3, 9)])
def test_labels_shifted_right(shape):
    random = np.random.RandomState(0)
    labels = random.randint(0, 31, shape)
    labels[random.rand(*shape) < 0.3] = -100
    theirs = transformers.LEDForConditionalGeneration(transformers.LEDConfig(**SETTINGS))
    expected = theirs.prepare_decoder_input_ids_from_labels(torch.tensor(labels)).numpy()
    ours = led.LEDForConditionalGeneration(led.LEDConfig(**SETTINGS))
    np.testing.assert_array_equal(ours.prepare_decoder_input_ids_from_labels(labels), expected)


def models_of_the_same_weights():
    ours = our_model("LEDForConditionalGeneration")
    theirs = transformers.LEDForConditionalGeneration(transformers.LEDConfig(**SETTINGS)).eval()
    state = theirs.state_dict()
    for name, array in ours.params.items():
        state[name].copy_(torch.tensor(array))
    return ours, theirs


def test_encoder_alone():
    ours, theirs = models_of_the_same_weights()
    is_global = np.zeros_like(IDS)
    is_global[0, [0, 5]] = is_global[1, 3] = 1
    options = {"output_attentions": True, "output_hidden_states": True}
    with torch.no_grad():
        expected = theirs.get_encoder()(
            torch.tensor(IDS), global_attention_mask=torch.tensor(is_global), **options
        )
    out = ours.encode(IDS, global_attention_mask=is_global, **options)
    rows = [difference("last_hidden_state", out.last_hidden_state,
                       expected.last_hidden_state.numpy(), FLOAT32)]  # fmt: skip
    for field in ("hidden_states", "attentions", "global_attentions"):
        assert len(getattr(out, field)) == len(getattr(expected, field))
        pairs = zip(getattr(out, field), getattr(expected, field))
        rows += [difference(f"{field}.{i}", a, b.numpy(), FLOAT32) for i, (a, b) in enumerate(pairs)]
    check(rows)


def test_decoder_alone():
    """With masks, hidden states and attentions, in one go and token after token"""
    ours, theirs = models_of_the_same_weights()
    random = np.random.RandomState(3)
    memory = random.standard_normal((2, 19, SETTINGS["d_model"])).astype(np.float32)
    ids = random.randint(3, SETTINGS["vocab_size"], (2, 6))
    masks = {"attention_mask": np.array([[1] * 6, [1] * 4 + [0] * 2]),
             "encoder_attention_mask": np.array([[1] * 19, [1] * 12 + [0] * 7])}
    options = {"output_attentions": True, "output_hidden_states": True}
    with torch.no_grad():
        expected = theirs.get_decoder()(
            torch.tensor(ids), encoder_hidden_states=torch.tensor(memory),
            **{name: torch.tensor(mask) for name, mask in masks.items()}, **options)  # fmt: skip
    out = ours.get_decoder()(ids, encoder_hidden_states=memory, **masks, **options)
    rows = [difference("last_hidden_state", out.last_hidden_state,
                       expected.last_hidden_state.numpy(), FLOAT32)]  # fmt: skip
    for field in ("hidden_states", "attentions", "cross_attentions"):
        pairs = zip(out[field], expected[field], strict=True)
        rows += [difference(f"{field}.{i}", a, b.numpy(), FLOAT32) for i, (a, b) in enumerate(pairs)]
    check(rows)
    past, mask = None, masks["encoder_attention_mask"]
    for t in range(ids.shape[1]):
        step = ours.decode(ids[:, t : t + 1], None, memory, mask, past_key_values=past)
        past = step.past_key_values
        whole = ours.decode(ids[:, : t + 1], None, memory, mask).last_hidden_state[:, -1:]
        np.testing.assert_allclose(step.last_hidden_state, whole, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="encoder_hidden_states"):
        ours.decode(ids)
