# %% [markdown]
# # 7. Checkpoints
#
# A trained model is a folder of files. This notebook reads two such folders to the byte: a toy with
# the files and names of the official checkpoints, as transformers wrote it, and a tiny model that
# it teaches three short reports itself. The official weights, of 0.6 to 1.8 GB, are not part of
# this repository, and **nothing below was made with them**; what you learn of these files holds for
# those.
#
# You see where the numbers stand, why one kind of file is a danger and another is not, what half
# precision leaves of them, and how BART's files become LED's. Then every stage of the loaded model
# is compared with Hugging Face transformers. One name, `checkpoint`, decides what is loaded: set it
# to `"allenai/led-large-16384-arxiv"` and run again, with a connection, and the cells that load and
# compare work on the official model.
#
# It needs notebooks 2 and 3 for what the weights are for, and no training.

# %%
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "..")
import numpy as np

import bpe
import led
from led_support.pretrained import match_parameters
import weights
from drawing import BAND, COLUMN, ROW, figure, grid, legend, show, table
from example import reports, write_checkpoint
from solutions import check, read_back

# %% [markdown]
# ## What is in an official folder
#
# | file | size (base) | what it is |
# | --- | --- | --- |
# | `config.json` | 1 kB | sizes and settings of the model |
# | `generation_config.json` | 0.2 kB | how it writes, unless told otherwise |
# | `vocab.json`, `merges.txt` | 0.9 and 0.5 MB | the tokenizer (notebook 1) |
# | `tokenizer_config.json`, `special_tokens_map.json` | 1 kB | its settings |
# | `pytorch_model.bin` | 648 MB | the weights, as PyTorch pickles them |
# | `tf_model.h5` | as large | the same weights for TensorFlow |
#
# Newer checkpoints, and all that `led.py` writes, have `model.safetensors` in place of the last
# two. What a file holds is listed by `python weights.py CHECKPOINT`: name, type, bytes and shape of
# each tensor, and their sum. Here for the toy, of one layer on either side and six numbers for a
# token, which has been written as `pytorch_model.bin`, in several pieces:

# %%
toy = "../tests/fixtures/weights/led_bin_sharded"
ran = subprocess.run([sys.executable, "../weights.py", toy], capture_output=True, text=True)
listed = ran.stdout.splitlines()
print(*listed[:12], "...", *listed[22:24], "...", listed[-1], sep="\n")

# %% [markdown]
# led-base has the same names for the layers 0 to 5, and larger shapes. One matrix stands there four
# times, under different names, and one name belongs to nothing that is trained; we come to them
# below. What the weights will be follows from the configuration alone. These are led-base's
# settings:

# %%
base = led.LEDConfig(
    d_model=768, encoder_layers=6, decoder_layers=6, encoder_attention_heads=12,
    decoder_attention_heads=12, encoder_ffn_dim=3072, decoder_ffn_dim=3072,
    attention_window=[1024] * 6, max_encoder_position_embeddings=16384,
    max_decoder_position_embeddings=1024, vocab_size=50265)

# %%
shapes = led.LEDForConditionalGeneration.shapes(base)
sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
print(f"{len(shapes)} tensors, {sum(sizes.values()):,} parameters")

# %% [markdown]
# Where are these 162 million numbers? Not where one would expect them in a model whose invention
# is an attention:

# %%
GROUPS = {  # what stands in the names; the first that is found counts
    "shared embedding": r"shared", "encoder positions": r"encoder\.embed_pos",
    "local attention": r"(query|key|value|self_attn\.output)\.", "global attention": r"_global\.",
    "encoder feed forward": r"encoder.*\.fc",
    "decoder self-attention": r"self_attn\.\w+_proj", "cross-attention": r"encoder_attn\.",
    "decoder feed forward": r"decoder.*\.fc",
    "decoder positions": r"decoder\.embed_pos", "norms": r"norm"}


def group_of(name):
    return next(group for group, pattern in GROUPS.items() if re.search(pattern, name))


# %%
totals = dict.fromkeys(GROUPS, 0)
for name, size in sizes.items():
    totals[group_of(name)] += size
table(["group", "parameters", "share"], [
    [group, f"{total:,}", f"{total / sum(sizes.values()):.1%}"] for group, total in totals.items()])

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.9)
millions = [total / 1e6 for total in totals.values()]
bars = axes.barh(list(totals), millions, color=[COLUMN if "global" in g else BAND for g in totals])
axes.bar_label(bars, [f"{number:.1f}" for number in millions], padding=3)
axes.set(title="The parameters of led-base", xlabel="millions", xlim=(0, 46))
axes.invert_yaxis()
show(fig, "Bars of the number of parameters by group: shared embedding 38.6 million, "
          "encoder and decoder feed forward 28.3 each, local attention, decoder "
          "self-attention and cross-attention 14.2 each, encoder positions 12.6, global "
          "attention 10.6, decoder positions 0.8.")

# %% [markdown]
# The global attention has projections of its own, `query_global`, `key_global` and `value_global`,
# beside the local ones; the output projection is shared. led-base and led-large are BART,
# rearranged: their global projections are copies of the local ones, and their 16,384 positions are
# BART's 1,024, side by side 16 times. They have read no long document yet, and are there to be
# fine-tuned.
#
# ## A small checkpoint
#
# Now we make the stand-in: a vocabulary learnt from three reports of some hundred tokens and their
# summaries, and a model that is trained on nothing else for 36 steps. (`write_checkpoint` is in
# `example.py`; training is the subject of notebook 9.) It is saved in float32, with its tokenizer
# beside it:

# %%
folder = tempfile.TemporaryDirectory()
loss = write_checkpoint(folder.name, steps=36)
print(f"loss after 36 steps: {loss:.2f}")

checkpoint = folder.name  # or "allenai/led-large-16384-arxiv"

# %%
path = weights.find(checkpoint)  # the folder itself, or after a download the one in the cache
print(*sorted(file.name for file in path.iterdir()), sep="\n")

# %% [markdown]
# ## The file, byte by byte
#
# A safetensors file has three parts: eight bytes with the length of the header, the header, which
# is JSON, and the numbers. The header says for each tensor its type, its shape, and from which
# byte to which it stands. We read one by hand:

# %%
data = Path(folder.name, "model.safetensors").read_bytes()
(header_size,) = struct.unpack("<Q", data[:8])
header = json.loads(data[8 : 8 + header_size])
entry = header["led.encoder.layernorm_embedding.weight"]
print(f"{len(data):,} bytes, {header_size:,} of them header; one entry:\n{entry}")

# %%
start, stop = entry["data_offsets"]
by_hand = np.frombuffer(data[8 + header_size + start : 8 + header_size + stop], "<f4")
tensors = weights.load(folder.name)
assert (by_hand == tensors["led.encoder.layernorm_embedding.weight"]).all()
print(by_hand[:4], "... as weights.load has it")

# %% [markdown]
# `weights.load` returns {name: array}. It does not read the file: the arrays are laid over memory
# that is *mapped* to it, and the operating system fetches a page when it is touched. So a file of
# gigabytes "loads" in milliseconds. (Only on Windows it is read, since a mapped file could not be
# replaced there.) That the header may say anything is a danger that `weights.py` meets by checking
# all of it, every offset against the size of the file, before it makes an array.
#
# ## Why a `.bin` file needs more care
#
# `pytorch_model.bin` is a zip archive with a *pickle* in it. A pickle is not data but a small
# program, which Python's `pickle.load` runs, and it may call any function. Here is one that calls
# `os.system`:

# %%
import os
import pickle
import zipfile


class Surprise:
    def __reduce__(self):
        return os.system, ("echo your files are mine",)


# %%
bad = tempfile.TemporaryDirectory()
with zipfile.ZipFile(Path(bad.name, "pytorch_model.bin"), "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps({"weight": Surprise()}, protocol=2))
    archive.writestr("archive/version", "3\n")

# %% [markdown]
# `weights.py` never calls `pickle.load`. It has a machine of its own for the instructions that
# `torch.save` writes, which can make dictionaries, lists, strings, numbers and tensors. Anything
# else is refused:

# %%
try:
    weights.load(bad.name)
except ValueError as error:
    print(str(error).replace(bad.name, "..."))

# %% [markdown]
# ## Name by name
#
# The names are those of the reference's modules, and `led.py` uses no others: what you read in the
# file you can search for in the code. One encoder layer of this checkpoint:

# %%
tensors = weights.load(path)
rows = [[name.removeprefix("led."), str(array.shape)] for name, array in tensors.items()
        if "encoder.layers.0." in name and "bias" not in name]
table(["encoder layer 0 (weights; each has a bias)", "shape"], sorted(rows))

# %% [markdown]
# And one decoder layer. Its attentions are those of BART: `self_attn` over the tokens written so
# far, `encoder_attn` over the encoder's output, whose `k_proj` and `v_proj` read the document.

# %%
rows = [[name.removeprefix("led."), str(array.shape)] for name, array in tensors.items()
        if "decoder.layers.0." in name and "bias" not in name]
table(["decoder layer 0", "shape"], sorted(rows))

# %% [markdown]
# Outside the layers there are six more, and a thing to know about each:
#
# | name | |
# | --- | --- |
# | `shared.weight` | the embedding of both sides *and* the matrix that makes logits |
# | `encoder.embed_positions.weight` | one row for each position, 16,384 of them, learnt |
# | `decoder.embed_positions.weight` | the same for the text that is written, 1,024 |
# | `encoder.layernorm_embedding` | the sum of token and position is normalised before layer 0 |
# | `decoder.layernorm_embedding` | likewise |
# | `final_logits_bias` | added to the logits; zeros in the official files, and never trained |
#
# A `.bin` file repeats the shared matrix under other names, as the toy's did
# (`encoder.embed_tokens.weight`, `lm_head.weight`, …); `from_pretrained` knows these. Any other
# name too many is reported, and one too few is an error:

# %%
fewer = {name: array for name, array in tensors.items() if "layers.1.fc1" not in name}
try:
    match_parameters(led.LEDForConditionalGeneration, led.LEDConfig.from_pretrained(path),
                     fewer, "the checkpoint", np.float32, seed=0)
except ValueError as error:
    print(str(error)[:150])

# %% [markdown]
# ## Half precision
#
# Many files hold their numbers in two bytes instead of four. There are two ways to spend 16 bits. A
# number is a sign, an exponent, which says between which powers of two it lies, and a mantissa,
# which says where in between:

# %% jupyter={"source_hidden": true}
PARTS = {"float32": (1, 8, 23), "float16": (1, 5, 10), "bfloat16": (1, 8, 7)}
fig, axes = figure(1.5)
colours = [sum(([colour] * count for count, colour in zip(parts, (ROW, COLUMN, BAND))), [])
           for parts in PARTS.values()]
grid(axes, [row + ["white"] * (32 - len(row)) for row in colours], None, "The bits of a number",
     list(PARTS), column_labels=[""] * 32)
axes.set_aspect("auto")
legend(axes, (ROW, "sign"), (COLUMN, "exponent"), (BAND, "mantissa"))
show(fig, "Three rows of bits. float32: a sign, 8 bits of exponent, 23 of mantissa. float16: a "
          "sign, 5 of exponent, 10 of mantissa. bfloat16: a sign, 8 of exponent, 7 of mantissa.")

# %% [markdown]
# float16 has three bits more of mantissa, so it is eight times as exact, and three bits less of
# exponent: its largest number is 65,504. bfloat16 is the upper half of a float32, so whatever
# float32 can hold does not overflow, with two or three decimal digits. Rounded to the nearest, a
# tie to the even one:

# %%
def to_bfloat16(numbers):
    """float32 numbers -> their upper halves, rounded, as 16-bit integers"""
    bits = numbers.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_halves(halves):
    """16-bit integers -> the float32 numbers whose upper halves they are"""
    return (halves.astype(np.uint32) << 16).view(np.float32)


# %%
ours = weights.load(folder.name)
rounded = {
    "float16": {name: array.astype(np.float16).astype(np.float32) for name, array in ours.items()},
    "bfloat16": {name: from_halves(to_bfloat16(array)) for name, array in ours.items()}}

# %% [markdown]
# What does that do to the model? Here is how far its weights have moved, and how far its loss on
# the three reports:

# %%
config, (_, _, batch) = led.LEDConfig.from_pretrained(folder.name), reports()
reference = led.LEDForConditionalGeneration(config, params=ours)(**batch).loss
rows = []
for kind, tensors in rounded.items():
    moved, size = (np.sqrt(sum((array**2).sum() for array in arrays)) for arrays in (
        [tensors[name] - ours[name] for name in ours], ours.values()))
    loss = led.LEDForConditionalGeneration(config, params=tensors)(**batch).loss
    rows.append([kind, f"{moved / size:.1e}", f"{reference:.6f}", f"{loss:.6f}"])

# %%
table(["weights in", "moved, relatively", "loss in float32", "loss with these"], rows)

# %% [markdown]
# Next to nothing: each weight is off by its own small error, and in the sums these errors cancel
# for the most part. `weights.load` reads both kinds and gives float32, in which `led.py` computes.
# So half precision saves half of the disk, and costs nothing in the arithmetic. To *train* in it is
# another matter: a step of AdamW changes a weight by a thousandth of its size or less, and where
# that is less than half of the last bit the weight stays where it was. With a mantissa of 7 bits:

# %%
weight, step = np.float32([1.0]), np.float32(0.001)
for _ in range(100):
    weight = from_halves(to_bfloat16(weight + step))
print("after 100 steps of 0.001 in bfloat16:", weight[0], " in float32: about 1.1")

# %% [markdown]
# ## Loading
#
# Two lines, the same as in transformers. Settings of the configuration can be overridden: a
# shorter window, for one, makes reading faster. The weights do not depend on it.

# %%
model = led.LEDForConditionalGeneration.from_pretrained(checkpoint)
tokenizer = bpe.LEDTokenizer.from_pretrained(checkpoint)
print(f"{model.num_parameters():,} parameters, attention_window {model.config.attention_window}")
narrow = led.LEDForConditionalGeneration.from_pretrained(checkpoint, attention_window=8)
print("with attention_window=8:", narrow.config.attention_window)

# %% [markdown]
# A model that loads may still compute something else. The way to know is to compare, stage by
# stage, with the program that the weights were made for. `tests/parity.py` does: both load the
# checkpoint, read the same two documents (one padded, with global tokens), and every array that
# they return is compared: hidden states, attentions, cached keys, logits, loss. (`python -m
# tests.parity NAME` prints all of it for any checkpoint.) The number is ‖ours − theirs‖ /
# ‖theirs‖, first in float32, in which both round, then in float64:

# %% tags=["needs-torch"]
import importlib.util

has_torch = all(importlib.util.find_spec(module) for module in ("torch", "transformers"))
if not has_torch:
    print("torch and transformers are not installed: pip install -r requirements-parity.txt")

# %% tags=["needs-torch"]
if has_torch:
    from tests import parity

    single = parity.stages(checkpoint, 100, np.float32)[0]
    double = parity.stages(checkpoint, 100, np.float64)[0]

# %% tags=["needs-torch"]
if has_torch:
    table(["stage", "shape", "float32", "float64"], [
        [one.name, str(one.shape), f"{one.relative:.0e}", f"{two.relative:.0e}"]
        for one, two in zip(single, double) if not one.name.startswith("past")])

# %% tags=["needs-torch"]
if has_torch:
    for rows, dtype in ((single, "float32"), (double, "float64")):
        assert all(row.verdict == "ok" for row in rows)
        worst = max(row.relative for row in rows)
        print(f"{dtype}: {len(rows)} arrays, largest difference {worst:.0e}")

# %% [markdown]
# In float32 the two differ as two orders of adding differ; in float64 they agree to the last
# digit.
#
# ## From BART to LED
#
# The makers of LED did not start from nothing. They took BART, which reads 1,024 tokens with full
# attention, and rearranged its files; `from_bart` does the same. To see it, we need a BART. Going
# back is easy, as BART has less: no global projections, its own names in the encoder, and fewer
# positions, with two rows before the first that mean nothing.

# %%
RENAMED = {"led.": "model.", "longformer_self_attn.query": "q_proj",
           "longformer_self_attn.key": "k_proj", "longformer_self_attn.value": "v_proj",
           "self_attn.output": "self_attn.out_proj"}
bart = {}
for name, array in ours.items():
    if "_global" not in name:
        for of_led, of_bart in RENAMED.items():
            name = name.replace(of_led, of_bart)
        if "embed_positions" in name:
            array = np.concatenate([np.zeros_like(array[:2]), array[:64]])
        bart[name] = array

# %%
bart_folder = tempfile.TemporaryDirectory()
weights.save(bart_folder.name, bart)
settings = json.loads(Path(folder.name, "config.json").read_text(encoding="utf-8"))
settings = {name: value for name, value in settings.items()
            if name not in ("attention_window", "max_encoder_position_embeddings",
                            "max_decoder_position_embeddings")}
settings |= {"model_type": "bart", "max_position_embeddings": 64}
_ = Path(bart_folder.name, "config.json").write_text(json.dumps(settings), encoding="utf-8")

# %%
longer = led.LEDForConditionalGeneration.from_bart(
    bart_folder.name, attention_window=128, max_encoder_position_embeddings=512)
positions = longer.params["led.encoder.embed_positions.weight"]
print("positions:", bart["model.encoder.embed_positions.weight"].shape, "->", positions.shape)
assert all((positions[start : start + 64] == positions[:64]).all() for start in range(0, 512, 64))

# %%
attention = "led.encoder.layers.0.self_attn.longformer_self_attn."
for kind in ("query", "key", "value"):
    local = longer.params[f"{attention}{kind}.weight"]
    of_global = longer.params[f"{attention}{kind}_global.weight"]
    print(f"{kind}_global is a copy of {kind}: {(local == of_global).all()}")
    assert (local == of_global).all() and not np.shares_memory(local, of_global)

# %% [markdown]
# So before any training the global rows look at the document exactly as BART's rows would. And as
# long as a document fits in the window, LED is BART: here a text of 40 tokens with W = 64, in
# transformers' BART and in ours:

# %% tags=["needs-torch"]
if has_torch:
    import torch
    import transformers

    theirs = transformers.BartForConditionalGeneration.from_pretrained(bart_folder.name).eval()
    ids, answer = batch["input_ids"][:, :40], [[2, 0, 40, 50]] * 3
    with torch.no_grad():
        logits = theirs(torch.tensor(ids), decoder_input_ids=torch.tensor(answer)).logits.numpy()
    found = longer(ids, decoder_input_ids=answer).logits
    print(f"relative difference {np.linalg.norm(found - logits) / np.linalg.norm(logits):.0e}")
    assert np.linalg.norm(found - logits) < 1e-5 * np.linalg.norm(logits)

# %% [markdown]
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** How many parameters does one encoder layer have, given E and F? Count the six projections,
# the output projection, the feed forward and the two norms, with all biases. (led-base:
# 8,859,648.)

# %%
def parameters_of_encoder_layer(E, F):
    return ...


# %%
check(parameters_of_encoder_layer, (768, 3072), (48, 96))

# %% [markdown]
# **2.** Given the bytes of a safetensors file, list the names of its tensors in the order in which
# their numbers stand in the file.

# %%
def names_in_order(data):
    return ...


# %%
check(names_in_order, (data,))

# %% [markdown]
# **3.** BART's position embeddings, made long: rows (rows, E) in, of which the first two are no
# positions, `length` rows out, the others side by side as often as they fit; the last copy may be
# cut.

# %%
def long_positions(rows, length):
    return ...


# %%
check(long_positions, (np.arange(12.0).reshape(6, 2), 8), (np.arange(10.0).reshape(5, 2), 7),
      (np.arange(10.0).reshape(5, 2), 2))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Write a safetensors file: {name: array} in, the bytes
# of the file out. Arrays may be of float64, float32, float16 and int64, which the format calls F64,
# F32, F16 and I64. Order and spacing are yours: the check reads your bytes with `weights.load` and
# compares what it finds. When it is right: what would you have to add so that a reader can map the
# file into memory, and does it matter in which order the tensors stand?
#
# *Hint.* You have read such a file by hand above: eight bytes, the header, the numbers. Collect the
# numbers first, and note for each array where it starts and stops; `array.tobytes()` gives them.

# %%
def safetensors_bytes(tensors):
    return ...


# %%
check(safetensors_bytes, ({"weight": np.arange(6.0).reshape(2, 3), "count": np.array([3])},),
      ({"half": np.ones(5, np.float16), "one": np.float32([[2.5]]), "empty": np.zeros((0, 3))},),
      measure=read_back)
