"""Writes tests/fixtures/surface from transformers 4.34.0 (needs numpy < 2).

    python -m tests.make_surface_fixtures

led/              a small LED as `save_pretrained` writes it
bart/             a small BART, for the conversion
original_zip/     the same LED under the names of the Longformer authors' own files, their position
original_legacy/  rows and one-sided windows; both formats of torch.save
edges.npz         outputs and gradients in true float64 where attention has nothing to choose from
surface.npz       numbers of the conveniences: resizing, conversion, losses, clipping, schedule
generation.json   ids of generate() where there is next to nothing to read or to write
page.json         what the documentation page's examples give with random weights; needs the
                  official vocabulary (../shared/tokenizer)
Each holds the versions that made it.
"""

import argparse
import copy
import json
import platform
import sys
import tempfile
import warnings
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    argparse.ArgumentParser(
        prog="python -m tests.make_surface_fixtures", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()  # fmt: skip

try:
    import numpy as np
    import torch
    import transformers
    from transformers import (AutoTokenizer, BartConfig, BartForConditionalGeneration, LEDConfig,
                              LEDForConditionalGeneration, LEDForQuestionAnswering,
                              LEDForSequenceClassification, LEDModel)  # fmt: skip

    from tests.reference import tensors, true_float64
    from tests.surface import (ANSWER, ARTICLE, DROPOUT_ARGUMENTS, EDGE_GRADIENTS, EDGES,
                               EMPTY_GENERATIONS, FIXTURES, GREETING, LABELS, MASKED, QUESTION,
                               SETTINGS, edge_arguments, edge_settings, edge_weights,
                               official_vocabulary, page_checkpoint,
                               tiny_vocabulary)  # fmt: skip
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt transformers==4.34.0 torch 'numpy<2'")

VERSIONS = {"transformers": transformers.__version__, "torch": torch.__version__,
            "numpy": np.__version__, "python": platform.python_version()}  # fmt: skip


def random_model(kind, config, seed):
    """A transformers model of whose parameters none keeps a special value such as 0 or 1"""
    torch.manual_seed(seed)
    model = kind(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = parameter.ndim == 1 and name.endswith("weight")
            # large positions: else what is generated is one token over and over
            deviation = 1.5 if "embed_positions" in name else 0.3 if parameter.ndim == 1 else 0.4
            parameter.normal_(1.0 if is_norm else 0.0, deviation)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.normal_(0.0, 0.3)
    return model


def write_json(name, value):
    path = FIXTURES / name
    path.write_text(json.dumps(value | {"versions": VERSIONS}, indent=1) + "\n", encoding="utf-8")
    print(name, path.stat().st_size)


def write_npz(name, arrays):
    np.savez_compressed(FIXTURES / name, versions=np.array(json.dumps(VERSIONS)), **arrays)
    print(name, (FIXTURES / name).stat().st_size)


def write_original(led):
    """`led` as files of allenai/longformer: BART's names and settings around its own attention"""
    state = {}
    for name, tensor in led.state_dict().items():
        if name == "lm_head.weight":
            continue
        if name.endswith("embed_positions.weight"):  # BART keeps two rows before the first position
            tensor = torch.cat([torch.full((2, tensor.shape[1]), 7.0), tensor])
        state[name.replace("led.", "model.", 1)] = tensor
    config = led.config
    settings = {name: getattr(config, name) for name in SETTINGS} | {
        "attention_window": [window // 2 for window in config.attention_window],
        "attention_dilation": [1, 1], "attention_mode": "sliding_chunks", "autoregressive": False,
        "attention_probs_dropout_prob": 0.0, "model_type": "bart", "extra_pos_embeddings": 2,
        "architectures": ["BartForConditionalGeneration"], "gradient_checkpointing": False,
        "add_bias_logits": False, "normalize_before": False, "normalize_embedding": True,
        "scale_embedding": False, "static_position_embeddings": False, "classif_dropout": 0.0,
        "num_hidden_layers": 2, "_num_labels": 3,
        "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
        "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}}  # fmt: skip
    for folder, is_zip in (("original_zip", True), ("original_legacy", False)):
        (FIXTURES / folder).mkdir(exist_ok=True)
        text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
        (FIXTURES / folder / "config.json").write_text(text)
        torch.save(state, FIXTURES / folder / "pytorch_model.bin",
                   _use_new_zipfile_serialization=is_zip)  # fmt: skip


def bart_fixtures():
    """A BART, its logits, and those of the LED that the authors' script makes of it"""
    bart = random_model(BartForConditionalGeneration, BartConfig(
        vocab_size=31, d_model=12, encoder_layers=2, decoder_layers=1, encoder_attention_heads=3,
        decoder_attention_heads=2, encoder_ffn_dim=20, decoder_ffn_dim=14, dropout=0.2,
        max_position_embeddings=20, activation_function="relu", forced_eos_token_id=None), 3)
    bart.save_pretrained(FIXTURES / "bart", safe_serialization=True)
    state = {}
    for name, tensor in bart.state_dict().items():
        name = name.replace("model.", "led.", 1) if name.startswith("model.") else name
        if name.endswith("embed_positions.weight"):
            tensor = tensor[2:]  # BART's position 0 is row 2
            if ".encoder." in name:
                tensor = torch.cat([tensor, tensor, tensor])[:48]
        if ".encoder." in name and ".self_attn." in name:
            if ".out_proj." in name:
                name = name.replace(".out_proj.", ".output.")
            else:
                for old, new in (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value")):
                    name = name.replace(f".{old}.", f".longformer_self_attn.{new}.")
                kind = name.split(".")[-2]
                state[name.replace(f".{kind}.", f".{kind}_global.")] = tensor
        state[name] = tensor
    led = LEDForConditionalGeneration(LEDConfig(
        vocab_size=31, d_model=12, encoder_layers=2, decoder_layers=1, encoder_attention_heads=3,
        decoder_attention_heads=2, encoder_ffn_dim=20, decoder_ffn_dim=14,
        activation_function="relu", max_encoder_position_embeddings=48,
        max_decoder_position_embeddings=20, attention_window=8)).eval()  # fmt: skip
    led.load_state_dict(state)

    random = np.random.RandomState(7)
    found = {"short_ids": random.randint(3, 31, (2, 17)), "long_ids": random.randint(3, 31, (2, 45)),
             "decoder_ids": random.randint(3, 31, (2, 6)), "short_mask": np.ones((2, 17), int),
             "long_global": np.zeros((2, 45), int)}  # fmt: skip
    found["short_mask"][1, 11:] = 0
    found["long_global"][:, 0] = found["long_global"][1, 30] = 1
    given = tensors(found)
    with true_float64(), torch.no_grad():
        found["bart_logits"] = bart.double()(
            given["short_ids"], attention_mask=given["short_mask"],
            decoder_input_ids=given["decoder_ids"]).logits.numpy()  # fmt: skip
        found["led_logits"] = led.double()(
            given["long_ids"], global_attention_mask=given["long_global"],
            decoder_input_ids=given["decoder_ids"]).logits.numpy()  # fmt: skip
    return {f"bart.{name}": array for name, array in found.items()}


def resize_fixtures(led):
    """resize_token_embeddings: shapes, and the logits of the entries that stay"""
    found = {"ids": np.arange(3, 21).reshape(2, 9), "decoder_ids": np.arange(4, 14).reshape(2, 5)}
    given = tensors(found)
    for tied in (True, False):
        for size in (40, 22):
            model = copy.deepcopy(led)
            if not tied:
                model.config.tie_word_embeddings = False
                model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.flip(0).clone())
            embedding = model.resize_token_embeddings(size)
            assert embedding.weight.shape[0] == model.config.vocab_size == size
            kept = min(size, led.config.vocab_size)
            with true_float64(), torch.no_grad():
                logits = model.double()(given["ids"], decoder_input_ids=given["decoder_ids"]).logits
            group = f"{'tied' if tied else 'untied'}_{size}"
            found[f"{group}.logits"] = logits[..., :kept].numpy()
            found[f"{group}.bias"] = model.final_logits_bias.float().numpy()
            found[f"{group}.num_parameters"] = np.array(model.num_parameters())
            shapes = {name: list(p.shape) for name, p in model.named_parameters()
                      if name in ("led.shared.weight", "lm_head.weight")}  # fmt: skip
            found[f"{group}.shapes"] = np.array(json.dumps(shapes))
    return {f"resize.{name}": array for name, array in found.items()}


def small_fixtures(led):
    """Losses, clipping, schedule, shifted labels, numbers of parameters"""
    found = {}
    random = np.random.RandomState(11)
    logits, labels = random.randint(-900, 900, (13, 7)) / 300, random.randint(0, 7, 13)
    labels[[2, 3, 11]] = -100
    found["smoothing.logits"], found["smoothing.labels"] = logits, labels
    for smoothing in (0.0, 0.1, 0.5, 1.0):
        given = torch.tensor(logits, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(
            given, torch.tensor(labels), label_smoothing=smoothing
        )
        loss.backward()
        found[f"smoothing.{smoothing}.loss"] = loss.detach().numpy()
        found[f"smoothing.{smoothing}.grad"] = given.grad.numpy()

    for max_norm in (0.5, 1e6):
        parameters = [torch.nn.Parameter(torch.zeros(shape)) for shape in ((3, 4), (5,))]
        for i, parameter in enumerate(parameters):
            parameter.grad = torch.arange(parameter.numel()).reshape(parameter.shape) * 0.7 - i
            found[f"clip.before.{i}"] = parameter.grad.numpy().copy()
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        found[f"clip.{max_norm}.norm"] = norm.numpy()
        for i, parameter in enumerate(parameters):
            found[f"clip.{max_norm}.after.{i}"] = parameter.grad.numpy()

    for warmup, total in ((0, 10), (4, 15), (5, 5), (7, 3)):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, total)
        factors = []
        for _ in range(20):
            factors.append(schedule.get_last_lr()[0])
            optimizer.step()
            schedule.step()
        found[f"schedule.{warmup}.{total}"] = np.array(factors)

    labels = np.array([[5, 6, -100, 7, 2], [0, 8, 2, -100, -100]])
    found["labels"] = labels
    shifted = led.prepare_decoder_input_ids_from_labels(torch.tensor(labels))
    found["labels_shifted"] = shifted.numpy()
    for kind in (LEDModel, LEDForConditionalGeneration, LEDForQuestionAnswering,
                 LEDForSequenceClassification):  # fmt: skip
        config = LEDConfig(**SETTINGS, num_labels=5)
        found[f"num_parameters.{kind.__name__}"] = np.array(kind(config).num_parameters())
    return found


def largest_score(model, hidden):
    """The largest attention score in the first encoder layer, by absolute value"""
    attention = model.led.encoder.layers[0].self_attn.longformer_self_attn
    heads, size = attention.num_heads, attention.head_dim
    B, S, _ = hidden.shape
    query = attention.query(hidden).view(B, S, heads, size).transpose(1, 2) / size**0.5
    key = attention.key(hidden).view(B, S, heads, size).transpose(1, 2)
    return (query @ key.transpose(2, 3)).abs().max().detach().numpy()


def edge_fixtures(led):
    """Every case of surface.EDGES in true float64"""
    found = {}
    for name, case in EDGES.items():
        state = {key: tensor.numpy() for key, tensor in led.state_dict().items()}
        weights = edge_weights(case, state)
        settings = edge_settings(case)
        with true_float64():
            model = LEDForConditionalGeneration(LEDConfig(**settings)).double().train()
            model.load_state_dict({k: torch.tensor(w).double() for k, w in weights.items()})
            arguments = edge_arguments(case, weights)
            out = model(**tensors(arguments, torch.float64), output_hidden_states=True)
            out.loss.backward()
            found[f"{name}.loss"] = out.loss.detach().numpy()
            found[f"{name}.logits"] = out.logits.detach().numpy()
            found[f"{name}.encoder"] = out.encoder_last_hidden_state.detach().numpy()
            if found[f"{name}.encoder"].shape[1] > 100:
                found[f"{name}.encoder"] = found[f"{name}.encoder"][:, ::100]
            for key in EDGE_GRADIENTS:
                grad = dict(model.named_parameters())[key].grad
                if grad is not None:
                    found[f"{name}.grad.{key}"] = grad.numpy()
            found[f"{name}.largest_score"] = largest_score(model, out.encoder_hidden_states[0])
    return found


def dropout_fixtures(led):
    """Losses and gradients where each dropout multiplies by 1 - p instead of dropping: tells where
    dropouts stand, and which rate each of them has"""
    found = {}
    rates = {"dropout": 0.1, "attention_dropout": 0.2, "activation_dropout": 0.3,
             "classifier_dropout": 0.4}  # fmt: skip
    settings = copy.deepcopy(SETTINGS) | rates
    torch.manual_seed(9)
    head = {"classification_head.dense": (12, 12), "classification_head.out_proj": (2, 12)}
    state = {}
    for name, shape in head.items():
        state[name + ".weight"] = torch.randn(shape)
        state[name + ".bias"] = torch.randn(shape[0])
    for name, tensor in state.items():
        found[f"head.{name}"] = tensor.numpy()
    state |= led.state_dict()

    dropout = torch.nn.functional.dropout
    torch.nn.functional.dropout = (
        lambda x, p=0.5, training=True, inplace=False: x * (1 - p) if training else x
    )
    for kind, labels in ((LEDForConditionalGeneration, LABELS),
                         (LEDForSequenceClassification, np.array([1, 0]))):  # fmt: skip
        with true_float64():
            model = kind(LEDConfig(**settings)).double().train()
            own = {name: state[name].double() for name in model.state_dict()}
            model.load_state_dict(own)
            loss = model(**tensors(DROPOUT_ARGUMENTS | {"labels": labels})).loss
            loss.backward()
        found[f"{kind.__name__}.loss"] = loss.detach().numpy()
        for name, parameter in model.named_parameters():
            if name in EDGE_GRADIENTS or "classification_head" in name:
                found[f"{kind.__name__}.grad.{name}"] = parameter.grad.numpy()
    torch.nn.functional.dropout = dropout
    return {f"dropout.{name}": array for name, array in found.items()}


def empty_generation_fixtures(led):
    warnings.simplefilter("ignore")
    found = {}
    for name, (arguments, settings) in EMPTY_GENERATIONS.items():
        arguments = tensors({key: np.array(value) for key, value in arguments.items()})
        if arguments.pop("as_encoder_outputs", None) is not None:
            mask = arguments.get("attention_mask")
            encoded = led.get_encoder()(arguments.pop("input_ids"), attention_mask=mask)
            arguments["encoder_outputs"] = encoded
        found[name] = led.generate(**arguments, **settings).tolist()
    return found


def page_fixtures():
    """What the documentation page's examples give, with a vocabulary of bytes and the official one"""
    found = {}
    for name, vocabulary in (("tiny", tiny_vocabulary()), ("official", official_vocabulary())):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            page_checkpoint(folder, vocabulary, shapes_in_transformers, save_torch)
            found[name] = page_results(folder)
    return found


def shapes_in_transformers(settings):
    model = LEDForConditionalGeneration(LEDConfig(**settings))
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def save_torch(folder, arrays):
    """pytorch_model.bin in torch's older format, with the names and aliases of a state_dict"""
    state = {name: torch.tensor(array) for name, array in arrays.items()}
    for alias in ("lm_head", "led.encoder.embed_tokens", "led.decoder.embed_tokens"):
        state[alias + ".weight"] = state["led.shared.weight"]
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)


def page_results(folder):
    """The examples with transformers itself"""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = {"tokens": [tokenizer(text)["input_ids"] for text in (GREETING, " " + GREETING)]}
    inputs = tokenizer(GREETING, return_tensors="pt")
    with torch.no_grad():
        hidden = LEDModel.from_pretrained(folder)(**inputs).last_hidden_state
    found["hidden_shape"], found["hidden"] = list(hidden.shape), hidden[0, :, 0].tolist()

    model = LEDForConditionalGeneration.from_pretrained(folder)
    ids = tokenizer([MASKED], return_tensors="pt")["input_ids"]
    found["masked_ids"] = ids.tolist()
    prediction = model.generate(ids)[0]
    found["prediction"] = prediction.tolist()
    found["prediction_text"] = tokenizer.decode(prediction, skip_special_tokens=True)

    ids = tokenizer.encode(ARTICLE, return_tensors="pt")
    is_global = torch.zeros_like(ids)
    is_global[:, 0] = 1
    summary = model.generate(ids, global_attention_mask=is_global, num_beams=3, max_length=32)
    found["article_ids"], found["summary"] = ids.tolist(), summary.tolist()
    found["summary_text"] = tokenizer.decode(
        summary[0], skip_special_tokens=True, clean_up_tokenization_spaces=True
    )
    found["pair_ids"] = tokenizer(QUESTION, ANSWER)["input_ids"]
    return found


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    led = random_model(LEDForConditionalGeneration, LEDConfig(**copy.deepcopy(SETTINGS)), 1)
    led.save_pretrained(FIXTURES / "led", safe_serialization=True)
    write_original(led)
    write_npz("surface.npz", bart_fixtures() | resize_fixtures(led) | small_fixtures(led)
              | dropout_fixtures(led))  # fmt: skip
    write_npz("edges.npz", edge_fixtures(led))
    write_json("generation.json", empty_generation_fixtures(led))
    write_json("page.json", page_fixtures())
