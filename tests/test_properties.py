"""What must hold whatever the weights are: no reference here, the model against itself."""

import numpy as np
import pytest

import led
from led_support import fast
from led_support.arrays import log_softmax
from led_support.inputs import Inputs, Run
from tests.common import (FLOAT32, FLOAT64, bell, check, compare, difference, draw_batch,
                          draw_settings, flat, our_model)  # fmt: skip

BOUNDS = {"float32": FLOAT32, "float64": FLOAT64}
SETTINGS = {
    "vocab_size": 43, "d_model": 12, "encoder_layers": 3, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 3, "encoder_ffn_dim": 17,
    "decoder_ffn_dim": 19, "max_encoder_position_embeddings": 300,
    "max_decoder_position_embeddings": 24, "attention_window": [4, 8, 6], "dropout": 0.0}


def make_model(dtype="float64", kind="LEDForConditionalGeneration", **settings):
    return our_model(kind, SETTINGS | settings, seed=7, scale=0.4, dtype=np.dtype(dtype))


def make_batch(B=3, S=23, T=6, seed=2):
    """Three documents with holes and padding, 2, 0 and 3 global tokens"""
    random = np.random.RandomState(seed)
    mask, is_global = np.ones((B, S), np.int64), np.zeros((B, S), np.int64)
    mask[0, [3, 8]] = 0
    mask[1, S - 5 :] = 0
    is_global[0, [0, S - 1]] = 1
    is_global[2, [1, 6, 7]] = 1
    return {"input_ids": random.randint(3, 43, (B, S)), "attention_mask": mask,
            "global_attention_mask": is_global,
            "decoder_input_ids": random.randint(3, 43, (B, T))}  # fmt: skip


# ------------------------------------------------------------------------------------------------
# Encoder attention against its definition with all S x S scores
# ------------------------------------------------------------------------------------------------


def random_attention(B, S, window, size, dtype):
    """Arguments of encoder_attention: hidden states of this size, masked and global tokens"""
    random = np.random.RandomState([B, S, window])
    E, params = 15, {}
    for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
        params[f"attention.{kind}.weight"] = bell(random, (E, E), 0.5).astype(dtype)
        params[f"attention.{kind}.bias"] = bell(random, (E,), 0.5).astype(dtype)
    x = bell(random, (B, S, E), size).astype(dtype)
    masked = random.randint(0, 4, (B, S)) == 0
    is_global = (random.randint(0, max(2, S // 3), (B, S)) == 0) & ~masked
    if B > 1:
        is_global[1] = False
    if B > 2:
        masked[2] = True
        is_global[2] = False
    return x, params, "attention", 3, window, masked, is_global


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("window", [1, 2, 5, 33, 64, 150, 400])
@pytest.mark.parametrize("B, S", [(3, 1), (2, 2), (3, 23), (1, 70), (2, 257)])
@pytest.mark.parametrize("size", [1, 4])
def test_band_equals_definition(dtype, window, B, S, size):
    """Blocks, strided views and few-query products are one way to compute what
    naive_encoder_attention defines; windows smaller and larger than blocks and than the text;
    scores below and above SAFE_SCORE."""
    arguments = random_attention(B, S, window, size, dtype)
    expected = led.naive_encoder_attention(*arguments)
    ours = led.encoder_attention(*arguments)[0]
    assert ours.dtype == dtype
    # A score's rounding grows with its size, and exp makes of it a share of the probability.
    check([difference("context", ours, expected, BOUNDS[dtype] * size**2)])


@pytest.mark.parametrize("window", [2, 33, 400])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_band_has_the_gradient_of_the_definition(window, size):
    """Along a random direction, by central differences; scores below and above SAFE_SCORE"""
    x, *others = random_attention(2, 257, window, size, np.float64)
    random = np.random.RandomState(window)
    dout, direction = bell(random, x.shape, 1), bell(random, x.shape, 1).astype(np.float64)
    step = 1e-5 * direction
    expected = (led.naive_encoder_attention(x + step, *others)
                - led.naive_encoder_attention(x - step, *others)) / 2e-5  # fmt: skip
    _, cache = led.encoder_attention(x, *others)
    dx, _ = led.encoder_attention_backward(dout.astype(np.float64), cache)
    expected, ours = (expected * dout).sum(), (dx * direction).sum()
    # measured: at most 7e-8, the share of the third derivative
    check([difference("slope", np.array(ours), np.array(expected), 1e-6)])


def test_wide_window_is_dense_attention():
    """A window that covers the text makes the encoder an ordinary one: wider changes nothing."""
    batch = make_batch()
    outputs = [flat(make_model(attention_window=window)(**batch)) for window in (44, 46, 512)]
    for other in outputs[1:]:
        check(compare(other, outputs[0], FLOAT64))
    narrow = flat(make_model(attention_window=42)(**batch))
    assert not np.allclose(narrow["logits"], outputs[0]["logits"])


def test_views_are_the_pictures_in_their_docstrings():
    x = np.arange(6.0)[:, None]
    view = led.windows(x, 2, 1)
    assert view[..., 0].tolist() == [[0, 1, 2, 3], [2, 3, 4, 5]]
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    scores = np.arange(8.0).reshape(2, 4)
    assert led.diagonals(scores, 1).tolist() == [[0, 1, 2], [5, 6, 7]]
    dx = led.windows_backward(np.ones((2, 4, 1)), 2)
    assert dx[:, 0].tolist() == [1, 1, 2, 2, 1, 1]


@pytest.mark.parametrize("G", [1, 3, 4, 5])
def test_few_queries_and_many_are_one_attention(G):
    """attend_from_few and attend_from_many, their gradients too; with masked keys"""
    B, H, S, D = 2, 3, 29, 5
    random, few_rows = np.random.default_rng(G), (B, H, G, D)
    x, q, dout = (random.standard_normal(shape) for shape in ((B, S, H * D), few_rows, few_rows))
    params = {f"a.{kind}_global.{part}": random.standard_normal((H * D,) * axes)
              for kind in ("key", "value") for part, axes in (("weight", 2), ("bias", 1))}  # fmt: skip
    bias = np.where(np.arange(B * S).reshape(B, S) % 7 == 3, led.REMOVED, 0)
    few, few_cache = fast.attend_from_few(q, x, bias, params, "a")
    many, many_cache = fast.attend_from_many(q, x, bias, params, "a", rate=0.0, seed=None)
    rows = [difference("context", few, many, 1e-13)]
    few = fast.attend_from_few_backward(dout, few_cache)
    many = fast.attend_from_many_backward(dout, many_cache)
    rows += [difference("dq", few[0], many[0], 1e-12), difference("dx", few[1], many[1], 1e-12)]
    assert few[2].keys() == many[2].keys() == params.keys()
    key_bias = "a.key_global.bias"
    rows += [difference(name, few[2][name], many[2][name], 1e-12)
             for name in params if name != key_bias]  # fmt: skip
    assert abs(few[2][key_bias]).max() < 1e-13 > abs(many[2][key_bias]).max()  # softmax ignores it
    check(rows)  # measured: 5e-15 at most


# ------------------------------------------------------------------------------------------------
# Batches, padding, global tokens
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", BOUNDS)
def test_a_document_alone_is_its_row_of_the_batch(dtype):
    model, batch = make_model(dtype), make_batch()
    together = model(**batch, output_hidden_states=True)
    for b in range(3):
        alone = model(**{name: array[b : b + 1] for name, array in batch.items()},
                      output_hidden_states=True)  # fmt: skip
        row = {name: array[b : b + 1] for name, array in flat(together).items()}
        check(compare(flat(alone), row, BOUNDS[dtype]))


@pytest.mark.parametrize("dtype", BOUNDS)
def test_padding_on_the_right_changes_nothing(dtype):
    model, batch = make_model(dtype), make_batch()
    expected = model(**batch)
    for more in (1, 7, 60):
        longer = dict(batch)
        for name, value in (("input_ids", 1), ("attention_mask", 0), ("global_attention_mask", -1)):
            longer[name] = np.pad(batch[name], ((0, 0), (0, more)), constant_values=value)
        found = model(**longer)
        check([
            difference("logits", found.logits, expected.logits, BOUNDS[dtype]),
            difference("encoder", found.encoder_last_hidden_state[:, :23],
                       expected.encoder_last_hidden_state, BOUNDS[dtype])])  # fmt: skip


def test_what_is_masked_cannot_be_seen():
    """Other ids at masked positions, other output only there"""
    model, batch = make_model(), make_batch()
    other = dict(batch, input_ids=np.where(batch["attention_mask"] == 1, batch["input_ids"], 5))
    a, b = model(**batch), model(**other)
    assert np.array_equal(a.logits, b.logits)
    seen = batch["attention_mask"] == 1
    assert np.array_equal(a.encoder_last_hidden_state[seen], b.encoder_last_hidden_state[seen])
    assert not np.array_equal(a.encoder_last_hidden_state, b.encoder_last_hidden_state)


def test_one_global_token_changes_the_output_and_reaches_everything():
    model, batch = make_model(), make_batch()
    local = dict(batch, global_attention_mask=None)
    one = dict(batch, global_attention_mask=np.zeros_like(batch["input_ids"]))
    one["global_attention_mask"][2, 4] = 1
    a, b = (model(**case).encoder_last_hidden_state for case in (local, one))
    assert np.array_equal(a[:2], b[:2])  # the other documents do not notice
    assert (abs(a[2] - b[2]).max(axis=-1) > 1e-6).all()  # every token of this one does
    # A token far away is felt through a global token, and without one it is not: layers of windows
    # 4, 8 and 6 reach 2 + 4 + 3 = 9 tokens.
    for case, reaches in ((local, False), (one, True)):
        changed = dict(case, input_ids=case["input_ids"].copy())
        changed["input_ids"][2, 22] = (changed["input_ids"][2, 22] + 1) % 43
        before, after = (model(**c).encoder_last_hidden_state[2] for c in (case, changed))
        assert np.array_equal(before[:13], after[:13]) != reaches
        assert (before[13:] != after[13:]).any(axis=-1).all()  # within reach either way


def test_global_token_that_is_masked_is_masked():
    model, batch = make_model(), make_batch()
    batch["global_attention_mask"][0, 3] = 0
    expected = model(**batch).logits
    batch["global_attention_mask"][0, 3] = 1  # attention_mask is 0 there
    assert np.array_equal(model(**batch).logits, expected)


def test_lists_and_other_integers_are_taken():
    model, batch = make_model(), make_batch()
    expected = model(**batch).logits
    lists = {name: array.tolist() for name, array in batch.items()}
    assert np.array_equal(model(**lists).logits, expected)
    small = {name: array.astype(np.int8) for name, array in batch.items()}
    assert np.array_equal(model(**small).logits, expected)
    booleans = dict(batch, attention_mask=batch["attention_mask"] == 1)
    assert np.array_equal(model(**booleans).logits, expected)


# ------------------------------------------------------------------------------------------------
# Decoder: cache, encoder outputs, embeddings
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("pieces", [[1] * 6, [4, 2], [1, 5], [2, 3, 1]], ids=str)
def test_cached_decoding_equals_decoding_at_once(dtype, pieces):
    """With the keys and values of the tokens before, token by token or several at a time"""
    model, batch = make_model(dtype), make_batch()
    ids = batch.pop("decoder_input_ids")
    whole = model(**batch, decoder_input_ids=ids)
    encoded = model.encode(**batch)
    past, start, logits = None, 0, []
    for size in pieces:
        out = model(encoder_outputs=encoded, attention_mask=batch["attention_mask"],
                    decoder_input_ids=ids[:, start : start + size], past_key_values=past)
        past, start = out.past_key_values, start + size
        logits.append(out.logits)
    rows = [difference("logits", np.concatenate(logits, axis=1), whole.logits, BOUNDS[dtype])]
    names = ("self key", "self value", "cross key", "cross value")
    for layer, (ours, theirs) in enumerate(zip(past, whole.past_key_values)):
        for name, a, b in zip(names, ours, theirs):
            rows.append(difference(f"layer {layer} {name}", a, b, BOUNDS[dtype]))
    check(rows)


def test_a_token_does_not_see_the_ones_after_it():
    model, batch = make_model(), make_batch()
    changed = dict(batch, decoder_input_ids=batch["decoder_input_ids"].copy())
    changed["decoder_input_ids"][:, 4] += 1
    a, b = model(**batch).logits, model(**changed).logits
    assert np.array_equal(a[:, :4], b[:, :4])
    assert (a[:, 4:] != b[:, 4:]).any(axis=-1).all()


@pytest.mark.parametrize("form", ["class", "tuple", "array"])
def test_encoder_outputs_stand_for_the_encoder(form):
    model, batch = make_model(), make_batch()
    encoded = model.encode(batch["input_ids"], batch["attention_mask"],
                           batch["global_attention_mask"])  # fmt: skip
    outputs = {"class": encoded, "tuple": (encoded.last_hidden_state,),
               "array": encoded.last_hidden_state}[form]  # fmt: skip
    out = model(encoder_outputs=outputs, attention_mask=batch["attention_mask"],
                decoder_input_ids=batch["decoder_input_ids"])  # fmt: skip
    assert np.array_equal(out.logits, model(**batch).logits)


def test_embeddings_stand_for_ids():
    model, batch = make_model(), make_batch()
    expected = model(**batch).logits
    table = model.get_input_embeddings()
    batch["inputs_embeds"] = table[batch.pop("input_ids")]
    batch["decoder_inputs_embeds"] = table[batch.pop("decoder_input_ids")]
    assert np.array_equal(model(**batch).logits, expected)


def test_decoder_reads_the_shifted_source_or_labels_when_nothing_is_given():
    model, batch = make_model(), make_batch()
    del batch["decoder_input_ids"]
    ids = batch["input_ids"]
    shifted = np.concatenate([np.full((3, 1), 2), ids[:, :-1]], axis=1)
    assert np.array_equal(model(**batch).logits, model(**batch, decoder_input_ids=shifted).logits)
    labels = np.array([[5, 6, -100], [7, -100, -100], [8, 9, 10]])
    shifted = np.array([[2, 5, 6], [2, 7, 1], [2, 8, 9]])  # -100 becomes padding
    assert model.prepare_decoder_input_ids_from_labels(labels).tolist() == shifted.tolist()
    logits = model(**batch, labels=labels).logits
    assert np.array_equal(logits, model(**batch, decoder_input_ids=shifted).logits)


def test_beams_share_their_document_exactly():
    """A row of the decoder for each of 4 hypotheses, on one set of cross keys, or on 4 copies"""
    model, batch = make_model(), make_batch()
    document = {name: array[:1] for name, array in batch.items() if name != "decoder_input_ids"}
    encoded = model.encode(**document)
    mask = document["attention_mask"]
    ids = np.arange(4, 8)[:, None]
    inputs = Inputs(encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=ids)
    shared = model.run_decoder(inputs, Run())
    memory = np.repeat(encoded.last_hidden_state, 4, axis=0)
    copies = model(encoder_outputs=memory, attention_mask=np.repeat(mask, 4, axis=0),
                   decoder_input_ids=ids)  # fmt: skip
    logits, _ = model.logits(shared.last_hidden_state)
    check([difference("logits", logits, copies.logits, FLOAT64)])


def test_beam_search_finds_what_greedy_finds_or_better():
    """The likelihood of a text is the sum of its steps', and more beams do not do worse here."""
    model, batch = make_model(), make_batch()
    del batch["decoder_input_ids"]
    settings = {"max_length": 9, "length_penalty": 0.0, "return_dict_in_generate": True}
    scores = []
    for beams in (1, 2, 5):
        out = model.generate(**batch, num_beams=beams, **settings)
        ids = out.sequences
        logits = model(**batch, decoder_input_ids=ids[:, :-1]).logits
        steps = np.take_along_axis(log_softmax(logits), ids[:, 1:, None], axis=2)[..., 0]
        ended = np.cumsum(ids[:, 1:] == 2, axis=1)  # what follows the end is padding
        counted = (ended == 0) | ((ended == 1) & (ids[:, 1:] == 2))
        scores.append((steps * counted).sum(axis=1))
        if beams > 1:
            check([difference("scores", out.sequences_scores, scores[-1], 1e-6)])
    assert (scores[1] >= scores[0] - 1e-9).all() and (scores[2] >= scores[1] - 1e-9).all()
    assert (scores[2] > scores[0] + 1e-3).any()


# ------------------------------------------------------------------------------------------------
# Types, saving, vocabulary
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", BOUNDS)
def test_every_output_and_gradient_has_the_dtype_of_the_model(dtype):
    random = np.random.RandomState(0)
    for seed in range(6):
        settings = draw_settings(random)
        batch = draw_batch(random, settings)
        model = our_model("LEDForConditionalGeneration", settings, seed, dtype=np.dtype(dtype))
        out = model(**batch, output_attentions=True, output_hidden_states=True)
        for name, array in flat(out).items():
            assert array.dtype == dtype, name
        batch["labels"] = random.randint(0, 30, out.logits.shape[:2])
        for rates in ({}, {"dropout_rng": 1}):
            loss, grads = model.value_and_grad(**batch, **rates)
            assert loss.dtype == dtype
            for name, grad in grads.items():
                assert grad.dtype == dtype and grad.shape == model.params[name].shape, name


@pytest.mark.parametrize("name", led.ACTIVATIONS)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_activations_and_their_derivatives(name, dtype):
    x = np.linspace(-8, 8, 1601).astype(dtype)
    function, derivative = led.ACTIVATIONS[name]
    y, slope = function(x), derivative(x)
    assert y.dtype == slope.dtype == dtype
    wide = x.astype(np.float64)
    away = abs(wide) > 1e-3  # relu has no slope at 0
    numeric = (function(wide + 1e-5) - function(wide - 1e-5)) / 2e-5
    bound = 3e-6 if dtype == "float32" else 1e-9  # measured: 1.2e-6 and 1.1e-10
    assert abs(slope - numeric)[away].max() < bound


def test_a_model_is_its_seed():
    config = led.LEDConfig(**SETTINGS)
    a, b, c = (led.LEDModel(config, seed=seed) for seed in (0, 0, 1))
    for name in a.params:
        assert np.array_equal(a.params[name], b.params[name])
        is_matrix = a.params[name].ndim > 1
        assert np.array_equal(a.params[name], c.params[name]) != is_matrix
    assert (a.params["shared.weight"][1] == 0).all()
    assert abs(a.params["encoder.layers.0.fc1.weight"].std() / config.init_std - 1) < 0.2


@pytest.mark.parametrize("kind", ["LEDModel", "LEDForConditionalGeneration",
                                  "LEDForSequenceClassification", "LEDForQuestionAnswering"])
@pytest.mark.parametrize("max_shard_size", [None, 20000])
def test_saving_and_loading(kind, max_shard_size, tmp_path):
    model, batch = make_model("float32", kind), make_batch()
    model.generation_config = {"num_beams": 3}
    model.save_pretrained(tmp_path / "new" / "folder", max_shard_size=max_shard_size)
    again = getattr(led, kind).from_pretrained(tmp_path / "new" / "folder")
    assert again.config.to_dict() == model.config.to_dict() | {
        "architectures": [kind], "torch_dtype": "float32"}  # fmt: skip
    if kind == "LEDForConditionalGeneration":
        assert again.generation_config["num_beams"] == 3
    else:  # they do not generate
        assert not (tmp_path / "new" / "folder" / "generation_config.json").exists()
    assert list(again.params) == list(model.params)
    for name, param in model.params.items():
        assert np.array_equal(again.params[name], param), name
    if kind == "LEDForSequenceClassification":
        batch["input_ids"][:, -1] = 2
        del batch["decoder_input_ids"]
    assert all(map(np.array_equal, flat(again(**batch)).values(), flat(model(**batch)).values()))


def test_a_headless_checkpoint_gets_a_fresh_head_with_a_warning(tmp_path):
    model = make_model("float32", "LEDModel")
    model.save_pretrained(tmp_path)
    with pytest.warns(UserWarning, match="qa_outputs.weight, qa_outputs.bias"):
        fresh = led.LEDForQuestionAnswering.from_pretrained(tmp_path)
    assert np.array_equal(fresh.params["led.shared.weight"], model.params["shared.weight"])


@pytest.mark.parametrize("size", [43, 50, 20])
def test_resizing_the_vocabulary(size):
    model, batch = make_model(), make_batch()
    before, bias = model.get_input_embeddings().copy(), model.final_logits_bias.copy()
    table = model.resize_token_embeddings(size)
    kept = min(size, 43)
    assert table.shape == (size, 12) and model.config.vocab_size == size
    assert np.array_equal(table[:kept], before[:kept])
    assert np.array_equal(model.final_logits_bias[:, :kept], bias[:, :kept])
    assert (model.final_logits_bias[:, kept:] == 0).all()
    batch = {name: array % 20 if "ids" in name else array for name, array in batch.items()}
    assert model(**batch).logits.shape == (3, 6, size)
