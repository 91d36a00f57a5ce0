"""Writes the reference numbers under tests/fixtures/ from transformers 4.34.0 (needs numpy < 2).

    python -m tests.make_fixtures

forward_*.npz    everything a call returns, in float32 and in true float64 (see reference.py)
gradients.npz    loss and gradient of every parameter in true float64, and losses of AdamW steps
generation.json  ids and scores of generate() over its settings

Weights are not stored: tests/common.py draws them again from the seed, and a checksum tells if they
are the same. Each file holds the versions that made it.
"""

import argparse
import itertools
import json
import platform
import sys
import zlib

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    argparse.ArgumentParser(
        prog="python -m tests.make_fixtures", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()  # fmt: skip

try:
    import numpy as np
    import torch
    import transformers

    from tests.common import FIXTURES, bell
    from tests.reference import (adamw_losses, arrays, gradients_in_float64, outputs_in_float64,
                                 outputs_of, reference_model, tensors)  # fmt: skip
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt transformers==4.34.0 torch 'numpy<2'")

VERSIONS = {"transformers": transformers.__version__, "torch": torch.__version__,
            "numpy": np.__version__, "python": platform.python_version()}  # fmt: skip


def checksum(model):
    """One number of all weights of a torch model, in the order of their names"""
    total = 0
    for _, parameter in sorted(model.named_parameters()):
        total = zlib.crc32(parameter.detach().numpy().tobytes(), total)
    return total


def save(name, about, groups):
    """One npz: `about` as JSON text under "about", arrays under group.name"""
    found = {f"{group}.{key}": a for group, named in groups.items() for key, a in named.items()}
    found["about"] = np.array(json.dumps(about | {"versions": VERSIONS}))
    np.savez_compressed(FIXTURES / f"{name}.npz", **found)
    print(f"{name}.npz", (FIXTURES / f"{name}.npz").stat().st_size, sorted(groups))


SETTINGS = {
    "vocab_size": 41, "d_model": 12, "encoder_layers": 3, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 3, "encoder_ffn_dim": 17,
    "decoder_ffn_dim": 19, "max_encoder_position_embeddings": 29,
    "max_decoder_position_embeddings": 22, "attention_window": [4, 8, 6],
    "activation_function": "gelu", "dropout": 0.0}  # fmt: skip


def batch_of_all_masks(random):
    """Three documents: holes, padding on the right, nothing; globals in unequal numbers, one on a
    masked position, and the -1 of the tokenizer's padding."""
    batch = {"input_ids": random.randint(0, 41, (3, 19)),
             "decoder_input_ids": random.randint(0, 41, (3, 7))}  # fmt: skip
    mask, is_global = np.ones((3, 19), np.int64), np.zeros((3, 19), np.int64)
    mask[0, [2, 3, 9]] = 0
    mask[1, 13:] = 0
    mask[2] = 0
    is_global[0, [0, 3, 11, 18]] = 1
    is_global[1, 5] = 1
    is_global[1, 13:] = -1
    decoder_mask = np.ones((3, 7), np.int64)
    decoder_mask[1, 5:] = 0
    decoder_mask[2, :2] = 0
    return batch | {"attention_mask": mask, "global_attention_mask": is_global,
                    "decoder_attention_mask": decoder_mask}  # fmt: skip


LONG = SETTINGS | {
    "encoder_layers": 2, "decoder_layers": 1, "attention_window": [4, 36],
    "encoder_attention_heads": 3, "decoder_attention_heads": 2,
    "max_encoder_position_embeddings": 144}  # fmt: skip


def long_batch(random):
    """A text of several blocks and one that is shorter, global tokens in some of the blocks"""
    mask, is_global = np.ones((2, 141), np.int64), np.zeros((2, 141), np.int64)
    mask[0, [40, 41, 97]] = mask[1, 90:] = 0
    is_global[0, [0, 33, 140]] = is_global[1, 70] = 1
    return {"input_ids": random.randint(0, 41, (2, 141)), "attention_mask": mask,
            "global_attention_mask": is_global,
            "decoder_input_ids": random.randint(0, 41, (2, 4))}  # fmt: skip


def forward_cases():
    """name: (model class, settings, arguments of a call)"""
    random = np.random.RandomState(3)
    ids = random.randint(0, 41, (2, 13))
    decoder_ids = random.randint(0, 41, (2, 5))
    yield "masks", "LEDForConditionalGeneration", SETTINGS, batch_of_all_masks(random)

    labels = random.randint(0, 41, (2, 6))
    labels[1, 2:4], labels[0, 5] = -100, 1
    is_global = np.zeros((2, 19), np.int64)
    is_global[1, :3] = 1
    yield ("labels and head masks", "LEDForConditionalGeneration", SETTINGS | {
        "encoder_attention_heads": 3, "decoder_attention_heads": 4, "decoder_layers": 1,
        "activation_function": "relu"}, {
            "input_ids": random.randint(0, 41, (2, 19)), "global_attention_mask": is_global,
            "labels": labels, "head_mask": random.randint(0, 5, (3, 3)) / np.float32(4),
            "decoder_head_mask": random.randint(0, 5, (1, 4)) / np.float32(4),
            "cross_attn_head_mask": random.randint(0, 5, (1, 4)) / np.float32(4)})  # fmt: skip

    small = SETTINGS | {"encoder_layers": 2, "decoder_layers": 1, "attention_window": [8, 4]}
    yield "nothing but ids", "LEDModel", small, {"input_ids": ids}
    yield ("embeddings", "LEDModel", small | {"activation_function": "gelu_new"}, {
        "inputs_embeds": bell(random, (2, 13, 12), 0.7),
        "decoder_inputs_embeds": bell(random, (2, 5, 12), 0.7)})  # fmt: skip
    # Longformer's own habit: 2 in the attention mask for global tokens. In LED's encoder it works;
    # the cross-attention then attends to these tokens alone.
    yield ("mask of 2", "LEDModel", small | {"activation_function": "silu"}, {
        "input_ids": ids, "decoder_input_ids": decoder_ids,
        "attention_mask": np.array([[2] + [1] * 12, [1] * 4 + [2] + [1] * 5 + [0] * 3])})
    with_eos = np.where(ids == 2, 3, ids)
    with_eos[:, [4, 9]] = 2
    yield ("classification", "LEDForSequenceClassification", small | {"num_labels": 5}, {
        "input_ids": with_eos, "labels": np.array([4, 1])})  # fmt: skip
    yield ("questions", "LEDForQuestionAnswering", small | {"activation_function": "tanh"}, {
        "input_ids": ids, "decoder_input_ids": decoder_ids, "start_positions": np.array([1, -3]),
        "end_positions": np.array([4, 9])})  # fmt: skip
    yield "many blocks", "LEDModel", LONG | {"attention_window": [4, 8]}, long_batch(random)


def forward():
    for seed, (name, kind, settings, batch) in enumerate(forward_cases()):
        model = reference_model(kind, settings, seed, scale=0.5)
        small = {}  # float32: what users run; the hidden states tell enough
        for key, array in outputs_of(model, batch).items():
            if "attentions" not in key and "past" not in key:
                small[key] = array
        about = {"kind": kind, "settings": settings, "seed": seed, "scale": 0.5,
                 "checksum": checksum(model)}  # fmt: skip
        save(f"forward_{name.replace(' ', '_')}", about, {
            "batch": batch, "float32": small, "float64": outputs_in_float64(model, batch)})


def gradient_cases():
    """name: (model class, settings, arguments of a call with labels)"""
    random = np.random.RandomState(4)
    batch = batch_of_all_masks(random)
    del batch["decoder_attention_mask"]
    labels = random.randint(0, 41, (3, 7))
    labels[0, 3:], labels[1, 0] = -100, 1
    small = SETTINGS | {"encoder_layers": 2, "decoder_layers": 1, "attention_window": [4, 8]}
    small |= {"encoder_attention_heads": 3, "decoder_attention_heads": 2}
    yield "generation", "LEDForConditionalGeneration", SETTINGS, batch | {"labels": labels}
    yield ("no global token", "LEDForConditionalGeneration", small, {
        "input_ids": batch["input_ids"][:2], "attention_mask": batch["attention_mask"][:2],
        "labels": labels[:2]})  # fmt: skip
    ids = random.randint(3, 41, (3, 11))
    ids[:, [5, 8]] = 2
    is_global = np.zeros((3, 11), np.int64)
    is_global[:, 0] = is_global[1, 4] = 1
    document = {"input_ids": ids, "global_attention_mask": is_global}
    for problem, labels in [("regression", random.randint(-8, 9, (3, 4)) / 4),
                            ("single_label_classification", np.array([3, 0, 2])),
                            ("multi_label_classification", random.randint(0, 2, (3, 4)) / 1.0)]:
        labels = labels.astype(np.float32) if labels.dtype == np.float64 else labels
        yield (problem.split("_")[0], "LEDForSequenceClassification",
               small | {"num_labels": 4, "problem_type": problem}, document | {"labels": labels})
    yield ("questions", "LEDForQuestionAnswering", small, document | {
        "start_positions": np.array([1, 10, 40]), "end_positions": np.array([4, -1, 0])})
    labels = random.randint(0, 41, (2, 4))
    yield ("many blocks", "LEDForConditionalGeneration", LONG,
           long_batch(random) | {"labels": labels})  # fmt: skip


def gradients():
    groups, cases = {}, {}
    for seed, (name, kind, settings, batch) in enumerate(gradient_cases(), start=20):
        model = reference_model(kind, settings, seed)
        loss, grads = gradients_in_float64(model, batch)
        groups[f"{name} batch"] = batch
        groups[f"{name} grads"] = grads | {"loss": np.array(loss)}
        cases[name] = {"kind": kind, "settings": settings, "seed": seed, "scale": 0.4,
                       "checksum": checksum(model)}  # fmt: skip
        if name == "generation":
            groups["adamw"] = {"losses": adamw_losses(model, batch, 10, lr=0.02, weight_decay=0.1)}
    save("gradients", {"cases": cases, "adamw": {"lr": 0.02, "weight_decay": 0.1}}, groups)


# name: (seed, scale, end), chosen so that texts end early and late and the settings of beam search
# make a difference: with these every early_stopping has results of its own
GENERATION_MODELS = {"first": (43, 0.3, 4.0), "second": (41, 0.4, 2.0)}


def generation_cases():
    """name, name of the model, documents, settings of generate()"""
    random = np.random.RandomState(5)
    batch = batch_of_all_masks(random)
    batch = {name: batch[name][:2] for name in ("input_ids", "attention_mask",
                                                "global_attention_mask")}  # fmt: skip
    padded = batch["input_ids"].copy()
    padded[1, 13:] = 1
    padded[0, padded[0] == 1] = 3
    rules = {
        "plain": {},
        "at least six": {"min_length": 6},
        "four new": {"min_new_tokens": 4},
        "no pair twice": {"no_repeat_ngram_size": 2},
        "no token twice": {"no_repeat_ngram_size": 1},
        "nothing of the source": {"encoder_no_repeat_ngram_size": 1},
        "no pair of the source": {"encoder_no_repeat_ngram_size": 2},
        "penalty": {"repetition_penalty": 1.7},
        "reward": {"repetition_penalty": 0.6},
        "bad words": {"bad_words_ids": [[18], [37, 37], [30], [5, 9, 11], [2], [2, 2]]},
        "forced": {"forced_bos_token_id": 0, "forced_eos_token_id": 2},
        "suppressed": {"suppress_tokens": [22, 29, 38], "begin_suppress_tokens": [37, 2]},
        "begin after forced": {"forced_bos_token_id": 0, "begin_suppress_tokens": [9, 33]},
        "three ends": {"eos_token_id": [2, 30, 6]},
        "new tokens": {"max_new_tokens": 5},
        "no cache": {"use_cache": False},
    }
    for model in GENERATION_MODELS:
        for (name, rule), beams in itertools.product(rules.items(), (1, 3)):
            arguments = {"max_length": 12, "num_beams": beams} | rule
            if "max_new_tokens" in rule:
                del arguments["max_length"]
            yield f"{name}, {beams} beams", model, batch, arguments
        for beams in (1, 3):
            for name, prompt in [("prompt", [[2, 9, 4], [2, 6, 6]]), ("prompt, no start",
                                 [[9, 4], [6, 7]]), ("mixed prompt", [[2, 4], [6, 7]])]:
                yield f"{name}, {beams} beams", model, batch | {"decoder_input_ids": prompt}, {
                    "max_new_tokens": 6, "num_beams": beams, "begin_suppress_tokens": [4, 29]}
            yield f"mask from padding, {beams} beams", model, {"input_ids": padded}, {
                "max_length": 9, "num_beams": beams}  # fmt: skip
        for length_penalty, stop, count in itertools.product(
            (-1.0, 0.0, 1.0, 2.0), (True, False, "never"), (1, 3)
        ):
            yield f"length {length_penalty}, stop {stop}, {count} of 3", model, batch, {
                "max_length": 20, "num_beams": 3, "length_penalty": length_penalty,
                "early_stopping": stop, "num_return_sequences": count}  # fmt: skip


def generation():
    cases, models = [], {}
    for name, drawn in GENERATION_MODELS.items():
        models[name] = reference_model("LEDForConditionalGeneration", SETTINGS, *drawn)
    for name, model, documents, arguments in generation_cases():
        documents = {key: np.array(value) for key, value in documents.items()}
        out = arrays(models[model].generate(
            **tensors(documents), **arguments, output_scores=True, return_dict_in_generate=True))
        case = {"name": name, "model": model, "arguments": arguments,
                "documents": {key: value.tolist() for key, value in documents.items()},
                "sequences": out["sequences"].tolist()}  # fmt: skip
        if "sequences_scores" in out:
            case["sequences_scores"] = out["sequences_scores"].tolist()
            case["beam_indices"] = out["beam_indices"].tolist()
        # Of the scores of every step the sum of the finite ones and the number of others
        steps = [out[f"scores.{i}"] for i in range(sum("scores." in key for key in out))]
        case["steps"] = [[float(s[np.isfinite(s)].sum()), int((~np.isfinite(s)).sum())]
                         for s in steps]  # fmt: skip
        cases.append(case)
    drawn = {name: {"seed": seed, "scale": scale, "end": end, "checksum": checksum(models[name])}
             for name, (seed, scale, end) in GENERATION_MODELS.items()}  # fmt: skip
    about = {"settings": SETTINGS, "versions": VERSIONS, "models": drawn}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = f'{{"about": {json.dumps(about)},\n"cases": [\n{lines}\n]}}\n'
    (FIXTURES / "generation.json").write_text(text)
    ended = sum(any(2 in row[1:-1] for row in case["sequences"]) for case in cases)
    distinct = len({json.dumps(case["sequences"]) for case in cases})
    print(f"generation.json {len(text)}: {len(cases)} cases, {ended} with an early end, "
          f"{distinct} different results")  # fmt: skip


if __name__ == "__main__":
    assert transformers.__version__ == "4.34.0", "later versions lack head masks and classification"
    FIXTURES.mkdir(exist_ok=True)
    forward()
    gradients()
    generation()
