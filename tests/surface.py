"""What the surface tests and their fixture script share: the small LED's settings, the edge cases,
and a checkpoint with the files of the official ones. NumPy alone."""

import copy
import json
from pathlib import Path

import numpy as np

from tests.common import draw_weights

FIXTURES = Path(__file__).parent / "fixtures" / "surface"
OFFICIAL_VOCABULARY = Path(__file__).parents[2] / "shared" / "tokenizer"

SETTINGS = {
    "vocab_size": 31, "d_model": 12, "encoder_layers": 2, "decoder_layers": 1,
    "encoder_attention_heads": 3, "decoder_attention_heads": 2, "encoder_ffn_dim": 20,
    "decoder_ffn_dim": 14, "max_encoder_position_embeddings": 48,
    "max_decoder_position_embeddings": 24, "attention_window": [4, 8], "dropout": 0.0}  # fmt: skip

# ------------------------------------------------------------------------------------------------
# Edge cases: {name: case}. A case has the arguments of a call, and perhaps
#   scale      a factor of all queries' weights and biases
#   positions  a number of position embeddings, those of the checkpoint over and over
#   equal      inputs_embeds of so many tokens that make all rows alike once positions are added
# ------------------------------------------------------------------------------------------------


def ones(*places, shape):
    """Zeros of a shape with ones at the places"""
    array = np.zeros(shape, np.int64)
    for place in places:
        array[place] = 1
    return array


RANDOM = np.random.RandomState(5)
IDS = RANDOM.randint(3, 31, (2, 19))
LABELS = RANDOM.randint(3, 31, (2, 5))
NOTHING, EVERYTHING = np.zeros((2, 19), np.int64), np.ones((2, 19), np.int64)
ONE_DOCUMENT = np.stack([EVERYTHING[0], NOTHING[0]])

EDGES = {
    "nothing to read": {"arguments": {
        "input_ids": IDS, "attention_mask": NOTHING, "labels": LABELS}},
    "one document has nothing": {"arguments": {
        "input_ids": IDS, "attention_mask": ONE_DOCUMENT, "labels": LABELS,
        "global_attention_mask": ones((0, 0), (0, 7), shape=(2, 19))}},
    "all that is global is masked": {"arguments": {
        "input_ids": IDS, "attention_mask": ONE_DOCUMENT, "labels": LABELS,
        "global_attention_mask": ones((1, 0), (1, 7), shape=(2, 19))}},
    "every token global": {"arguments": {
        "input_ids": IDS, "global_attention_mask": EVERYTHING, "labels": LABELS}},
    "masked by minus one": {"arguments": {
        "input_ids": IDS, "global_attention_mask": -ONE_DOCUMENT, "labels": LABELS}},
    "one token left": {"arguments": {
        "input_ids": IDS, "attention_mask": ones((0, 18), (1, 4), shape=(2, 19)),
        "labels": LABELS}},
    "one global token left": {"arguments": {
        "input_ids": IDS, "attention_mask": ones((0, 18), (1, 4), shape=(2, 19)),
        "global_attention_mask": ones((0, 18), (1, 4), shape=(2, 19)), "labels": LABELS}},
    "padding alone": {"arguments": {
        "input_ids": np.ones((2, 19), np.int64), "labels": np.ones((2, 5), np.int64)}},
    "nothing before the decoder": {"arguments": {
        "input_ids": IDS, "labels": LABELS, "decoder_attention_mask": np.zeros((2, 5), np.int64)}},
    "rows all alike": {"equal": 19, "arguments": {
        "labels": LABELS, "global_attention_mask": ones((0, 3), shape=(2, 19))}},
    "one token": {"arguments": {
        "input_ids": IDS[:, :1], "labels": LABELS[:, :1]}},
    "one global token": {"arguments": {
        "input_ids": IDS[:, :1], "labels": LABELS[:, :1],
        "global_attention_mask": np.ones((2, 1), np.int64)}},
    "windows wider than the text": {"arguments": {
        "input_ids": IDS[:, :2], "labels": LABELS,
        "global_attention_mask": ones((1, 1), shape=(2, 2))}},
    "large scores": {"scale": 3e3, "arguments": {
        "input_ids": IDS, "labels": LABELS, "attention_mask": ones((0, slice(19)),
        (1, slice(13)), shape=(2, 19)),
        "global_attention_mask": ones((0, 0), (0, 7), shape=(2, 19))}},
    "no head": {"arguments": {
        "input_ids": IDS, "labels": LABELS, "head_mask": np.zeros((2, 3)),
        "decoder_head_mask": np.zeros((1, 2)), "cross_attn_head_mask": np.zeros((1, 2)),
        "global_attention_mask": ones((0, 0), (0, 7), shape=(2, 19))}},
    "no label counts": {"arguments": {
        "input_ids": IDS, "labels": np.full((2, 5), -100)}},
    "one token 3,000 times": {"positions": 3000, "arguments": {
        "input_ids": np.full((1, 3000), 5), "labels": np.full((1, 24), 5),
        "global_attention_mask": ones((0, 0), shape=(1, 3000))}},
}  # fmt: skip

# Whose gradients the fixture holds
LAYER = "led.encoder.layers.0.self_attn.longformer_self_attn."
EDGE_GRADIENTS = [
    "led.shared.weight", LAYER + "query.weight", LAYER + "key.weight", LAYER + "value.bias",
    LAYER + "query_global.weight", LAYER + "key_global.weight", LAYER + "value_global.bias",
    "led.encoder.layernorm_embedding.weight", "led.decoder.layers.0.self_attn.q_proj.weight",
    "led.decoder.layers.0.encoder_attn.k_proj.weight"]  # fmt: skip

# Two documents with one end each, globals in unequal numbers, padding
DROPOUT_ARGUMENTS = {
    "input_ids": np.where(IDS == 2, 3, IDS), "attention_mask": ones((0, slice(19)),
    (1, slice(15)), shape=(2, 19)),
    "global_attention_mask": ones((0, 0), (0, 7), (1, 3), shape=(2, 19))}  # fmt: skip
DROPOUT_ARGUMENTS["input_ids"][[0, 1], [18, 14]] = 2


def edge_settings(case):
    settings = copy.deepcopy(SETTINGS)
    if "positions" in case:
        settings["max_encoder_position_embeddings"] = case["positions"]
    return settings


def edge_weights(case, weights):
    """The checkpoint's {name: array} as the case changes it"""
    changed = {}
    for name, array in weights.items():
        if "scale" in case and (".query" in name or ".q_proj" in name):
            array = array * np.float32(case["scale"])
        if "positions" in case and name == "led.encoder.embed_positions.weight":
            copies = -(-case["positions"] // len(array))
            array = np.tile(array, (copies, 1))[: case["positions"]]
        changed[name] = array
    return changed


def edge_arguments(case, weights):
    arguments = dict(case["arguments"])
    if "equal" in case:
        positions = weights["led.encoder.embed_positions.weight"][: case["equal"]]
        row = weights["led.shared.weight"][5]
        row = np.round(row.astype(np.float64) * 1024) / 1024  # so that adding positions is exact
        B = len(arguments["labels"])
        arguments["inputs_embeds"] = np.stack([row - positions.astype(np.float64)] * B)
    return arguments


# {name: (arguments, settings)} of generate()
EMPTY_GENERATIONS = {
    "no input": ({}, {"max_length": 5}),
    "no input, beams": ({}, {"max_length": 5, "num_beams": 3}),
    "one token": ({"input_ids": [[9]]}, {"max_length": 6}),
    "one token, beams": ({"input_ids": [[9], [14]]}, {"max_length": 6, "num_beams": 2}),
    "padding alone": ({"input_ids": [[1, 1, 1]]}, {"max_length": 6}),
    "padding alone, beams": ({"input_ids": [[1, 1, 1]]}, {"max_length": 6, "num_beams": 2}),
    "one document is padding": ({"input_ids": [[5, 6, 7], [1, 1, 1]]}, {"max_length": 6}),
    "mask of zeros": ({"input_ids": [[5, 6, 7]], "attention_mask": [[0, 0, 0]],
                       "global_attention_mask": [[1, 0, 0]]}, {"max_length": 6}),
    "no room": ({"input_ids": [[5, 6, 7]]}, {"max_length": 1}),
    "room for one": ({"input_ids": [[5, 6, 7]]}, {"max_length": 2}),
    "one new token": ({"input_ids": [[5, 6, 7]]}, {"max_new_tokens": 1}),
    "prompt fills the length": ({"input_ids": [[5, 6, 7]], "decoder_input_ids": [[2, 9, 8, 4]]},
                                {"max_length": 4}),
    "prompt beyond the length": ({"input_ids": [[5, 6, 7]], "decoder_input_ids": [[2, 9, 8, 4]]},
                                 {"max_length": 3}),
    "prompt without start": ({"input_ids": [[5, 6, 7]], "decoder_input_ids": [[9, 8]]},
                             {"max_length": 6}),
    "min above max": ({"input_ids": [[5, 6, 7]]}, {"max_length": 5, "min_length": 9}),
    "every token ends": ({"input_ids": [[5, 6, 7]]},
                         {"max_length": 6, "eos_token_id": list(range(31))}),
    "encoder output alone": ({"input_ids": [[5, 6, 7, 8, 9]], "as_encoder_outputs": [1]},
                             {"max_length": 6}),
    "encoder output and mask": ({"input_ids": [[5, 6, 7, 1, 1]], "as_encoder_outputs": [1],
                                 "attention_mask": [[1, 1, 1, 0, 0]]},
                                {"max_length": 6, "num_beams": 2}),
    "all positions used": ({"input_ids": [list(range(3, 31)) + list(range(3, 23))]},
                           {"max_length": 24, "min_length": 24}),
}  # fmt: skip

# ------------------------------------------------------------------------------------------------
# A checkpoint with the files of the official ones, small and random
# ------------------------------------------------------------------------------------------------

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]

# config.json of the three official repositories, smaller: what base, large and arxiv differ in
PAGE_BASE = {
    "activation_dropout": 0.0, "activation_function": "gelu",
    "architectures": ["LEDForConditionalGeneration"], "attention_dropout": 0.0,
    "attention_window": [32, 32], "bos_token_id": 0, "classif_dropout": 0.0,
    "classifier_dropout": 0.0, "d_model": 12, "decoder_attention_heads": 3,
    "decoder_ffn_dim": 20, "decoder_layerdrop": 0.0, "decoder_layers": 2,
    "decoder_start_token_id": 2, "dropout": 0.1, "encoder_attention_heads": 3,
    "encoder_ffn_dim": 20, "encoder_layerdrop": 0.0, "encoder_layers": 2, "eos_token_id": 2,
    "gradient_checkpointing": False, "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
    "init_std": 0.02, "is_encoder_decoder": True,
    "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2},
    "max_decoder_position_embeddings": 96, "max_encoder_position_embeddings": 640,
    "model_type": "led", "num_hidden_layers": 2, "pad_token_id": 1,
    "transformers_version": "4.27.0.dev0", "use_cache": True}  # fmt: skip
PAGE_LARGE = PAGE_BASE | {"_num_labels": 3, "output_past": False, "prefix": " "}
PAGE_ARXIV = PAGE_LARGE | {"max_length": 32, "max_position_embeddings": 96, "num_beams": 4}
PAGE_GENERATION = {
    "_from_model_config": True, "bos_token_id": 0, "decoder_start_token_id": 2, "eos_token_id": 2,
    "pad_token_id": 1, "transformers_version": "4.27.0.dev0"}  # fmt: skip
PAGE_VARIANTS = {
    "base": (PAGE_BASE, PAGE_GENERATION),
    "large": (PAGE_LARGE, PAGE_GENERATION),
    "arxiv": (PAGE_ARXIV, PAGE_GENERATION | {"max_length": 32, "num_beams": 4}),
}


def tiny_vocabulary():
    """vocab.json and merges.txt as text: all bytes and a few merges"""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    letters |= {byte: chr(256 + i) for i, byte in enumerate(others)}
    merges = [("h", "e"), ("Ġ", "t"), ("Ġt", "he"), ("i", "n"), ("e", "r"), ("Ġ", "a")]
    tokens = SPECIALS + [letters[byte] for byte in range(256)]
    tokens += [first + second for first, second in merges] + ["<mask>"]
    vocab = json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False)
    lines = ["#version: 0.2"] + [f"{first} {second}" for first, second in merges]
    return vocab, "\n".join(lines) + "\n"


def official_vocabulary():
    return tuple((OFFICIAL_VOCABULARY / name).read_text(encoding="utf-8")
                 for name in ("vocab.json", "merges.txt"))  # fmt: skip


def page_checkpoint(folder, vocabulary, shapes_of, save, variant="base"):
    """Fills a folder with the file names of an official repository.

    shapes_of(settings) -> {name: shape} of a LEDForConditionalGeneration; save(folder, arrays)
    writes the weights.
    """
    vocab, merges = vocabulary
    settings, generation = PAGE_VARIANTS[variant]
    settings = settings | {"vocab_size": len(json.loads(vocab))}
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True}
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>",
             "pad_token": "<pad>", "cls_token": "<s>"}  # fmt: skip
    specials = {name: {"content": token} | special for name, token in names.items()}
    specials["mask_token"] = {"content": "<mask>"} | special | {"lstrip": True}
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "config.json": json.dumps(settings, indent=2), "vocab.json": vocab, "merges.txt": merges,
        "generation_config.json": json.dumps(generation, indent=2),
        "special_tokens_map.json": json.dumps(specials),
        "tokenizer_config.json": json.dumps({"model_max_length": 640}),
        ".gitattributes": "*.bin filter=lfs\n", "README.md": "# a model card\n",
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    weights = draw_weights(shapes_of(settings), seed=17, scale=0.3)
    weights["final_logits_bias"] = np.zeros((1, settings["vocab_size"]), np.float32)
    save(folder, weights)
    return folder


ARTICLE = """Rivers that carry much sand build their own banks. In spring the water rises, leaves
the bed and slows down between the reeds, where it drops what it carried. Over the years the ground
beside the river grows higher than the fields behind it. Old maps show how far such a bank can
reach: a village that once lay at the water is found two miles inland today, and its harbour is a
meadow with iron rings in a wall."""
MASKED = "Bridges are built of <mask> where the river is wide."
GREETING = "Good morning, the kettle is on"
QUESTION, ANSWER = "Where is the harbour?", "The harbour lies two miles inland"
