"""What the tests share and needs NumPy alone: random settings, weights and batches, and the table
in which outputs stand beside those they should equal.

Everything is drawn through RandomState.randint: its numbers are fixed for all versions of NumPy,
and integers are the same on every machine. So the frozen fixtures need not store weights.
"""

import copy
import dataclasses
import importlib.util
import json
import math
import os
import shutil
import zlib
from pathlib import Path

import numpy as np

import led

FIXTURES = Path(__file__).parent / "fixtures"
SWEEP = float(os.environ.get("LED_SWEEP", "1"))  # multiplies the number of random draws
HAS_TORCH = all(importlib.util.find_spec(library) for library in ("torch", "transformers"))

# Bounds on ||ours - theirs|| / ||theirs||
FLOAT32, FLOAT64, GRADIENT = 2e-5, 1e-11, 1e-9

# Head counts of encoder and decoder, and a d_model that both divide: no two sizes alike.
WIDTHS = [(2, 3, 12), (3, 2, 18), (3, 4, 12), (4, 3, 24), (1, 2, 14), (5, 3, 15), (2, 5, 20)]
# Windows of the encoder layers, and the number that the padded length must be a multiple of. (The
# reference cannot do a window of 2: it assigns arrays of unequal shapes.)
WINDOWS = [([4, 8], 8), ([4, 8, 6], 24), ([6, 6], 6), ([12], 12), ([6, 12, 4], 12), ([10], 10)]
ACTIVATIONS = ["gelu", "gelu", "gelu_new", "relu", "silu", "tanh"]


def draw_settings(random):
    """Configuration fields of a small LED, sizes pairwise different."""
    encoder_heads, decoder_heads, width = WIDTHS[random.randint(len(WIDTHS))]
    windows, _ = WINDOWS[random.randint(len(WINDOWS))]
    layers = len(windows)
    return {
        "vocab_size": int(random.randint(37, 47)),
        "d_model": width,
        "encoder_layers": layers,
        "decoder_layers": int(random.choice([n for n in (1, 2, 3) if n != layers])),
        "encoder_attention_heads": encoder_heads,
        "decoder_attention_heads": decoder_heads,
        "encoder_ffn_dim": int(random.randint(25, 31)),
        "decoder_ffn_dim": int(random.randint(31, 36)),
        "max_encoder_position_embeddings": 170,
        "max_decoder_position_embeddings": 22,
        "attention_window": windows,
        "activation_function": ACTIVATIONS[random.randint(len(ACTIVATIONS))],
        # The reference's dropout is off in evaluation; zero here, so that training is comparable.
        "dropout": 0.0,
    }


def bell(random, shape, scale):
    """Numbers of standard deviation `scale`, close to normal, float32: sums of four integers"""
    sums = random.randint(-1000, 1001, (4, *shape)).sum(axis=0)
    return (sums * (scale / 1000 * math.sqrt(3 / 4))).astype(np.float32)


def draw_weights(shapes, seed, scale):
    """{name: array} for {name: shape}: matrices of deviation `scale`, norms around 1, biases around
    0. A name's numbers depend on the seed, its name and its shape alone.

    Positions are larger than the rest: otherwise such a model repeats one token for ever, and
    nothing that steers generation makes a difference.
    """
    weights = {}
    for name, shape in shapes.items():
        random = np.random.RandomState([seed, zlib.crc32(name.encode())])
        deviation = 0.3 if len(shape) == 1 else scale
        weights[name] = bell(random, shape, 3 * scale if "embed_positions" in name else deviation)
        if len(shape) == 1 and name.endswith(".weight"):
            weights[name] += 1
    return weights


def draw_bias(settings, seed, end):
    """final_logits_bias (1, V) that differs from token to token, `end` for the end of a text"""
    bias = bell(np.random.RandomState([seed, 1]), (1, settings["vocab_size"]), 0.8)
    bias[0, 2] = end
    return bias


def our_model(kind, settings, seed, scale=0.4, end=1.5, dtype=np.float32, checksum=None):
    """Our model of class `kind` with the weights of reference.reference_model"""
    model = getattr(led, kind)(led.LEDConfig(**copy.deepcopy(settings)), dtype=dtype)
    weights = draw_weights(model.shapes(model.config), seed, scale)
    if checksum is not None:
        total = 0
        for name in sorted(weights):
            total = zlib.crc32(weights[name].tobytes(), total)
        assert total == checksum, "these are not the weights that the fixture was made with"
    model.params = {name: weight.astype(dtype) for name, weight in weights.items()}
    if kind == "LEDForConditionalGeneration":
        model.final_logits_bias = draw_bias(settings, seed, end).astype(dtype)
    return model


def copy_folder(source, target):
    """A copy of a folder's files that can be written to, even where the source cannot"""
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        shutil.copyfile(path, target / path.name)


def read_fixture(path):
    """What make_fixtures.save wrote: (about, {group: {key: array}}); groups hold no dot"""
    with np.load(path) as file:
        about, groups = json.loads(str(file["about"])), {}
        for name in file.files:
            if name != "about":
                group, key = name.split(".", 1)
                groups.setdefault(group, {})[key] = file[name]
    return about, groups


def draw_mask(random, length, kind):
    """(length,) of 0 and 1: a text that is whole, padded right or left, has holes, or is no text"""
    mask = np.ones(length, np.int64)
    some = random.randint(1, max(2, length // 2))
    if kind == "right":
        mask[length - some :] = 0
    elif kind == "left":
        mask[:some] = 0
    elif kind == "holes":
        mask[random.randint(0, length, some)] = 0
        mask[random.randint(length)] = 1
    elif kind == "nothing":
        mask[:] = 0
    return mask


def draw_batch(random, settings, head_masks=True, left_decoder_padding=True):
    """Arguments of a call: ids or embeddings, masks of all kinds, a decoder's input."""
    multiple = dict((tuple(w), m) for w, m in WINDOWS)[tuple(settings["attention_window"])]
    # The reference pads to the largest window, and all windows must divide the result. Some texts
    # are long enough for several of our blocks, which have 32 rows and more.
    longest = 168 if random.randint(3) == 0 else 48
    padded = multiple * random.randint(1, longest // multiple + 1)
    S = int(padded - random.randint(0, max(settings["attention_window"])))
    B, T = int(random.randint(1, 5)), int(random.randint(1, 10))
    V, E = settings["vocab_size"], settings["d_model"]
    batch = {"input_ids": random.randint(0, V, (B, S))}
    if random.randint(5) == 0:
        batch = {"inputs_embeds": bell(random, (B, S, E), 0.7)}
    kinds = ["whole", "right", "left", "holes", "right", "holes", "nothing"]
    if random.randint(6):
        rows = [draw_mask(random, S, kinds[random.randint(7)]) for _ in range(B)]
        batch["attention_mask"] = np.stack(rows)
    if random.randint(5):
        is_global = np.zeros((B, S), np.int64)
        for b in range(B):  # some on masked positions, where they have no effect
            is_global[b, random.randint(0, S, random.randint(0, 5))] = 1
        if "attention_mask" in batch and random.randint(3) == 0:
            is_global[batch["attention_mask"] == 0] = -1  # what the tokenizer pads with
        if random.randint(8) == 0:
            is_global[random.randint(B), random.randint(S)] = -1  # masks a token of the text
        batch["global_attention_mask"] = is_global
    if random.randint(6) == 0:
        batch["decoder_inputs_embeds"] = bell(random, (B, T, E), 0.7)
    else:
        batch["decoder_input_ids"] = random.randint(0, V, (B, T))
    if T > 1 and random.randint(2):
        kinds = ["whole", "right", "holes", "left"][: 4 if left_decoder_padding else 3]
        rows = [draw_mask(random, T, kinds[random.randint(len(kinds))]) for _ in range(B)]
        batch["decoder_attention_mask"] = np.stack(rows)
        if not left_decoder_padding:
            batch["decoder_attention_mask"][:, 0] = 1  # so that each row sees something
    if head_masks and random.randint(3) == 0:
        for name, side in (("head_mask", "encoder"), ("decoder_head_mask", "decoder"),
                           ("cross_attn_head_mask", "decoder")):  # fmt: skip
            shape = settings[side + "_layers"], settings[side + "_attention_heads"]
            batch[name] = (random.randint(0, 5, shape) / 4).astype(np.float32)
    return batch


def draw_labels(random, settings, batch):
    """(B, T) labels for a batch's decoder: ids, padding ids, and -100 where there is nothing"""
    decoder = batch.get("decoder_input_ids")
    decoder = batch["decoder_inputs_embeds"][:, :, 0] if decoder is None else decoder
    labels = random.randint(0, settings["vocab_size"], decoder.shape)
    labels[random.randint(0, 4, labels.shape) == 0] = -100
    labels[0, 0] = 1  # a padding id, which counts; and so at least one label does
    return labels


def draw_positions(random, batch):
    """Answers' first and last tokens (B,), some before and some behind the decoder's text"""
    decoder = batch.get("decoder_input_ids", batch.get("decoder_inputs_embeds"))
    positions = {name: random.randint(-2, 12, len(decoder))
                 for name in ("start_positions", "end_positions")}  # fmt: skip
    for array in positions.values():
        array[0] = 0  # at least one counts
    return positions


def draw_classification(random, settings):
    """Texts with one end token each, and labels of one of the three kinds; sets num_labels."""
    B, S = random.randint(1, 5), random.randint(4, 23)
    ids = random.randint(3, settings["vocab_size"], (B, S))
    ids[np.arange(B), random.randint(0, S, B)] = 2
    settings["num_labels"] = int(random.randint(1, 6))
    labels = random.randint(0, settings["num_labels"], B)
    if settings["num_labels"] == 1 or random.randint(2):
        labels = random.randint(0, 2, (B, settings["num_labels"])).astype(np.float32)
    windows = settings["attention_window"]  # this length may not suit windows of many widths
    settings["attention_window"] = [max(windows)] * len(windows)
    return {"input_ids": ids, "labels": labels}


MODES = ["greedy", "sample", "beams", "beams", "beams", "beam sample"]


def draw_generation(random, settings, mode):
    """Arguments of generate() in one of MODES: documents, a prompt now and then, a few rules."""

    def one_of(*choices):
        return choices[random.randint(len(choices))]

    def tokens(count):  # none of those that other rules may force
        return random.randint(10, settings["vocab_size"], count).tolist()

    drawn = draw_batch(random, settings, head_masks=False)
    names = ("input_ids", "inputs_embeds", "attention_mask", "global_attention_mask")
    arguments = {name: drawn[name] for name in names if name in drawn}
    documents = arguments.get("input_ids", arguments.get("inputs_embeds"))
    if mode == "beam sample":  # one document: the reference draws for finished ones as well
        arguments = {name: array[:1] for name, array in arguments.items()}
        documents = documents[:1]
    if random.randint(3) == 0:  # a prompt, with or without the start token
        prompt = random.randint(3, settings["vocab_size"], (len(documents), one_of(1, 2, 3)))
        prompt[:, 0] = one_of(2, prompt[0, 0])
        arguments["decoder_input_ids"] = prompt
    arguments |= one_of({"max_length": one_of(5, 9, 14)}, {"max_new_tokens": one_of(1, 4, 11)})

    beams = {"beams": one_of(2, 3, 4), "beam sample": one_of(2, 3)}.get(mode, 1)
    arguments["num_beams"] = beams
    arguments["do_sample"] = mode in ("sample", "beam sample")
    if mode != "greedy":
        most = 3 if mode == "sample" else beams
        arguments["num_return_sequences"] = int(random.randint(1, most + 1))
    if beams > 1:
        arguments["length_penalty"] = one_of(-1.0, 0.0, 0.5, 1.0, 1.0, 2.0)
        arguments["early_stopping"] = one_of(True, False, "never")
    if arguments["do_sample"]:
        arguments |= one_of({}, {"temperature": 0.6}, {"temperature": 1.7})
        arguments |= one_of({}, {"top_k": 0}, {"top_k": 7})
        arguments |= one_of({}, {"top_p": 0.8}, {"top_p": 0.4})

    rules = {
        "min_length": one_of(3, 6),
        "min_new_tokens": one_of(2, 4),
        "no_repeat_ngram_size": one_of(1, 2, 3),
        # of 1 leaves few tokens, and of a long text none
        "encoder_no_repeat_ngram_size": one_of(1, 2, 3) if documents.shape[1] < 20 else 2,
        "repetition_penalty": one_of(0.6, 1.3, 2.5),
        "bad_words_ids": [tokens(1), tokens(1), tokens(2), [2], tokens(3)],
        "forced_bos_token_id": one_of(0, 7),
        "forced_eos_token_id": one_of(2, 9),
        "suppress_tokens": tokens(4),
        "begin_suppress_tokens": tokens(4),
        "eos_token_id": [2, *tokens(2)],
        "use_cache": False,
    }
    if "inputs_embeds" in arguments:
        del rules["encoder_no_repeat_ngram_size"]
    names = list(rules)
    for _ in range(random.randint(0, 4)):
        name = one_of(*names)
        arguments[name] = rules[name]
    return arguments


def flat(outputs):
    """{name: array} of an output class: tuples become name.0, name.1, ..., None is left out"""

    def add(name, value):
        if isinstance(value, (tuple, list)):
            for i, part in enumerate(value):
                add(f"{name}.{i}", part)
        elif value is not None:
            found[name] = np.asarray(value)

    found = {}
    for name, value in outputs.items():
        add(name, value)
    return found


@dataclasses.dataclass
class Row:
    """One array beside the one it should equal. verdict: ok, differs, shape, missing, unexpected"""

    name: str
    shape: tuple
    largest: float
    relative: float
    bound: float
    verdict: str

    def __str__(self):
        return (f"{self.name:46} {str(self.shape):18} {self.largest:9.1e} {self.relative:9.1e}"
                f" {self.bound:9.0e}  {self.verdict}")  # fmt: skip


HEADER = f"{'':46} {'shape':18} {'max abs':>9} {'relative':>9} {'bound':>9}"


def difference(name, ours, theirs, bound):
    """The Row of two arrays. `bound` is on ||ours - theirs|| / ||theirs||, or on ||ours|| where
    theirs is all zeros; nan and infinities have to stand in the same places."""
    if ours is None or theirs is None:
        shape = (theirs if ours is None else ours).shape
        verdict = "missing" if ours is None else "unexpected"
        return Row(name, shape, math.nan, math.nan, bound, verdict)
    if ours.shape != theirs.shape:
        return Row(name, ours.shape, math.nan, math.nan, bound, f"shape, not {theirs.shape}")
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    finite = np.isfinite(theirs)
    same = np.array_equal(ours[~finite], theirs[~finite], equal_nan=True)
    if not same or not np.isfinite(ours[finite]).all():
        return Row(name, ours.shape, math.nan, math.nan, bound, "differs")
    error = ours[finite] - theirs[finite]
    size = np.linalg.norm(theirs[finite])
    relative = float(np.linalg.norm(error) / (size or 1))
    verdict = "ok" if relative <= bound else "differs"
    largest = float(abs(error).max()) if error.size else 0.0
    return Row(name, ours.shape, largest, relative, bound, verdict)


def compare(ours, theirs, bound):
    """Rows for two {name: array}; a name that only one of them has is a row too."""
    names = list(theirs) + [name for name in ours if name not in theirs]
    return [difference(name, ours.get(name), theirs.get(name), bound) for name in names]


def check(rows, title=""):
    """Prints the table, and fails where a row is not ok; -> the worst relative difference"""
    print(f"\n{title}\n{HEADER}", *rows, sep="\n")
    wrong = [row for row in rows if row.verdict != "ok"]
    assert rows, f"{title}: nothing was compared"
    assert not wrong, "\n".join([f"{len(wrong)} of {len(rows)} rows differ: {title}", HEADER,
                                 *map(str, wrong[:20])])  # fmt: skip
    return max(row.relative for row in rows)
