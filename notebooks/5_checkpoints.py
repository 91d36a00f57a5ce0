# %% [markdown]
# # 5. Official checkpoints
#
# A trained model is a folder of files. This notebook looks into them, down to the bytes; loads a
# checkpoint; compares every stage of the model with Hugging Face transformers; lets it write
# summaries, with greedy search and with beams, and draws what the beams did; and measures the
# summaries with ROUGE.
#
# The official weights, `allenai/led-base-16384` and its larger sisters, are files of 0.6 to 1.8
# GB. They are not part of this repository, and **what you see below was not made with them**: the
# outputs come from a tiny checkpoint that the notebook writes itself, in the same format, after
# teaching it three short reports by heart. One name, `checkpoint`, decides. Set it to
# `"allenai/led-large-16384-arxiv"` and run again, with a connection, and the same cells work on
# the official model.

# %%
import json
import re
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "..")
import numpy as np

import bpe
import led
import weights
from drawing import BAND, COLUMN, EMPTY, INK, ROW, figure, legend, plt, show, table
from example import REPORTS
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
# two. What the weights will be follows from the configuration alone. These are led-base's
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
assert round(sum(sizes.values()) / 1e6) == 162

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
assert sum(totals.values()) == sum(sizes.values())
table(["group", "parameters", "share"], [
    [group, f"{total:,}", f"{total / sum(sizes.values()):.1%}"] for group, total in totals.items()])

# %%
fig, axes = figure(2.9, width=6)
millions = [total / 1e6 for total in totals.values()]
assert [round(number, 1) for number in millions] == [
    38.6, 12.6, 14.2, 10.6, 28.3, 14.2, 14.2, 28.3, 0.8, 0.0]
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
# Now we make the stand-in. Three reports of some hundred tokens and their summaries, a vocabulary
# learnt from them, and a model that is trained on nothing else for 36 steps. (The training loop is
# the subject of notebook 6.)

# %%
tokenizer = bpe.LEDTokenizer.train(2 * [text for report in REPORTS for text in report], 600)
reports = tokenizer([text for text, _ in REPORTS], padding=True, return_tensors="np")
summaries = tokenizer([text for _, text in REPORTS], padding=True, return_tensors="np")["input_ids"]

# %%
labels = np.where(summaries == tokenizer.pad_token_id, -100, summaries)
is_global = np.zeros_like(labels[:, :1]).repeat(reports["input_ids"].shape[1], axis=1)
is_global[:, 0] = 1  # for a summary: the first token

# %%
config = led.LEDConfig(
    vocab_size=len(tokenizer), d_model=48, encoder_layers=2, decoder_layers=2,
    encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=96, decoder_ffn_dim=96,
    attention_window=32, max_encoder_position_embeddings=512, max_decoder_position_embeddings=64,
    dropout=0.0)

# %%
small = led.LEDForConditionalGeneration(config, seed=0, dtype=np.float64)
optimizer = led.AdamW(small.params, lr=5e-3)
for step in range(36):
    loss, grads = small.value_and_grad(**reports, global_attention_mask=is_global, labels=labels)
    led.clip_gradients(grads, 1.0)
    optimizer.step(grads)
print(f"loss after {step + 1} steps: {loss:.2f}")
assert loss < 0.5

# %% [markdown]
# Saved in float32, with its tokenizer beside it:

# %%
params = {name: array.astype(np.float32) for name, array in small.params.items()}
folder = tempfile.TemporaryDirectory()
led.LEDForConditionalGeneration(config, params=params).save_pretrained(folder.name)
tokenizer.save_pretrained(folder.name)

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
    assert "system" in str(error)

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
# Files from elsewhere repeat the shared matrix under other names (`encoder.embed_tokens.weight`,
# `lm_head.weight`, …); `from_pretrained` knows these. Any other name too many is reported, and one
# too few is an error:

# %%
fewer = {name: array for name, array in tensors.items() if "layers.1.fc1" not in name}
try:
    led.match_parameters(led.LEDForConditionalGeneration, led.LEDConfig.from_pretrained(path),
                         fewer, "the checkpoint", np.float32, seed=0)
except ValueError as error:
    print(str(error)[:150])

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
assert set(narrow.config.attention_window) == {8}

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
# ## Writing a summary
#
# The encoder reads the document once. Then the decoder writes: given the tokens so far, it
# computes a probability for each token of the vocabulary to be the next. *Greedy search* takes the
# likeliest, each time. As a loop:

# %%
texts = [text for text, _ in REPORTS]
inputs = tokenizer(texts, padding=True, return_tensors="np")
is_global = np.zeros_like(inputs["input_ids"])
is_global[:, 0] = 1
encoded = model.encode(**inputs, global_attention_mask=is_global)
mask = inputs["attention_mask"]

# %%
max_length = 40  # of a summary, in tokens
ids = np.full((3, 1), model.config.decoder_start_token_id)
for step in range(max_length - 1):
    logits = model(decoder_input_ids=ids, encoder_outputs=encoded, attention_mask=mask).logits
    ids = np.concatenate([ids, logits[:, -1].argmax(axis=-1)[:, None]], axis=1)
    if (ids == tokenizer.eos_token_id)[:, 1:].any(axis=1).all():
        break

# %%
greedy = model.generate(**inputs, global_attention_mask=is_global, num_beams=1,
                        max_length=max_length)
for row in range(3):
    ends = np.flatnonzero(greedy[row, 1:] == tokenizer.eos_token_id)
    length = ends[0] + 2 if len(ends) else max_length  # what follows the end is padding
    assert (ids[row, :length] == greedy[row, :length]).all()

# %%
written = tokenizer.batch_decode(greedy, skip_special_tokens=True)
print(*written, sep="\n")
ours = checkpoint == folder.name  # what is said of the texts below is said of this checkpoint
assert not ours or set(written) == {REPORTS[1][1]}

# %% [markdown]
# The loop and `generate` agree. `generate` is faster, since it keeps the keys and values of the
# tokens before (`past_key_values`), where the loop computes them anew in each step.
#
# But look at the summaries: all three reports got the same one. Greedy search cannot take back a
# word. Two of the three summaries start with "The", so "The" is the likeliest first word for a
# model that is still unsure, and after "The" the third summary, which starts with "A", is lost.
#
# ## Beams
#
# *Beam search* keeps several texts open, here four, and decides by the probability of the whole
# text so far: the sum of the log-probabilities of its tokens. In each step every open text offers
# all its continuations, and the best of them all go on. Those that end with `</s>` are put aside,
# with their sum divided by their length, since otherwise short texts would always win.

# %%
found = model.generate(**inputs, global_attention_mask=is_global, num_beams=4,
                       max_length=max_length)
written = tokenizer.batch_decode(found, skip_special_tokens=True)
print(*written, sep="\n")
assert not ours or written == [summary for _, summary in REPORTS]

# %% [markdown]
# Now each report has its own. To see how, here is the search for the third one in slow motion. One
# step: extend the four open texts, and take the eight best of 4 × V continuations. (Eight, because
# up to four of them may be ends.)

# %%
beams = 4


def continuations(ids, sums):
    """The best 2 * beams continuations of the open texts -> [(sum, row, token), ...]"""
    third = np.full(len(ids), 2)  # every open text reads the third report
    out = model(decoder_input_ids=ids, attention_mask=mask[third],
                encoder_outputs=led.LEDEncoderBaseModelOutput(encoded.last_hidden_state[third]))
    log_probs = led.log_softmax(out.logits[:, -1])  # (rows, V)
    totals = (sums[:, None] + log_probs).ravel()
    V = log_probs.shape[1]
    return [(totals[cell], cell // V, cell % V) for cell in led.largest(totals, 2 * beams)]


# %%
history = []  # of each step: [(sum, row, token, fate), ...]
finished = led.BeamHypotheses({"num_beams": beams, "length_penalty": 1.0, "early_stopping": False,
                               "max_length": max_length})
ids, sums = np.full((1, 1), model.config.decoder_start_token_id), np.zeros(1, np.float32)

# %%
for length in range(2, max_length + 1):
    candidates, kept, fates = continuations(ids, sums), [], []
    for rank, (total, row, token) in enumerate(candidates):
        if token == tokenizer.eos_token_id:
            fates.append("ends" if rank < beams else "dropped")
            if rank < beams:
                finished.add(ids[row], float(total), ())
        else:
            fates.append("kept" if len(kept) < beams else "dropped")
            kept += [(total, row, token)] * (fates[-1] == "kept")
    history.append([(*candidate, fate) for candidate, fate in zip(candidates, fates)])
    if finished.is_done(candidates[0][0], length):
        break
    ids = np.array([[*ids[row], token] for _, row, token in kept])
    sums = np.array([total for total, _, _ in kept])
else:  # the longest length is reached, and some texts are still open
    for row in range(beams):
        finished.add(ids[row], float(sums[row]), ())

# %% [markdown]
# The finished text with the best score is the one that `generate` returned:

# %%
for score, text, _ in sorted(finished.texts, key=lambda text: -text[0]):
    print(f"{score:6.3f}", tokenizer.decode(text, skip_special_tokens=True))
best = max(finished.texts, key=lambda text: text[0])[1]
assert list(best) == list(found[2][: len(best)])

# %%
leaders = [tokenizer.decode([candidates[0][2]]) for candidates in history[1:7]]
print("in the lead, from the second step on:", leaders)
assert not ours or leaders == ["The", " rich", " harvest", " lower", "ed", " the"]
after_the = [total for total, row, _, _ in history[2] if row == 0]  # row 0 is "The", row 1 "A"
after_a = [total for total, row, _, _ in history[2] if row == 1]
assert not ours or (after_the[0] - after_the[1] < 0.5 and after_a[0] - after_a[1] > 3)

# %% [markdown]
# And this is what happened in the first steps. Each column is a step, each box a continuation that
# was among the best eight, the best one on top. Lines lead to the open text that it continues.

# %%
def draw_box(axes, step, rank, candidate, parent):
    """One continuation, with a line to the open text that it continues."""
    total, _, token, fate = candidate
    colour, line = {"kept": (BAND, INK), "dropped": (EMPTY, "#cccccc"), "ends": (ROW, INK)}[fate]
    axes.plot([step - 0.65, step - 0.35], [parent, rank], color=line, lw=0.9, zorder=0)
    axes.add_patch(plt.Rectangle((step - 0.35, rank - 0.4), 0.7, 0.8, fc=colour))
    word = tokenizer.decode([token]).strip() or "␣"
    axes.text(step, rank, f"{word}\n{total:.1f}", ha="center", va="center", size=7)


# %%
fig, axes = figure(3.6)
heights = [0]  # of the open texts in the drawing, row by row
for step, candidates in enumerate(history[:7]):
    for rank, candidate in enumerate(candidates):
        draw_box(axes, step, rank, candidate, parent=heights[candidate[1]])
    heights = [rank for rank, (*_, fate) in enumerate(candidates) if fate == "kept"]
axes.set(title="Beam search, step by step", xlabel="token", ylabel="rank", xlim=(-0.7, 6.6),
         ylim=(7.6, -0.6), xticks=range(7), xticklabels=range(1, 8))
legend(axes, (BAND, "kept"), (EMPTY, "dropped"), (ROW, "ends"))
show(fig, "Seven columns of eight boxes with a token and its sum of log-probabilities. "
          "Four boxes in each column are kept and lead to the next column, the others "
          "are dropped.")

# %% [markdown]
# The number under a token is the sum so far. (The first token of every summary is `<s>`, as it was
# in the labels.) In the second column "The" leads, and a greedy search would follow it alone. The
# beams carry "A" along. After "The" the model hesitates between "lost" and "bridge", which share
# what probability there is; after "A" it has no doubt, and from the third column on "A rich
# harvest" is ahead, as far as the drawing goes.
#
# A wide beam is not always better: the likeliest text of all is often short and dull, and models
# have their quirks there. `length_penalty`, `no_repeat_ngram_size` and `min_length` are the usual
# remedies.
#
# ## How good is a summary
#
# One asks people, or, more cheaply, counts words that a summary shares with a reference: ROUGE.
# ROUGE-1 counts single words, ROUGE-2 pairs of neighbours, ROUGE-L the longest common subsequence.
# Each gives a precision (how much of the summary is in the reference), a recall (the other way
# around) and their harmonic mean F. ROUGE-1 as a loop:

# %%
from collections import Counter


def rouge_1(reference, text):
    """The F measure of shared words."""
    wanted, given = (Counter(re.findall("[a-z0-9]+", t.lower())) for t in (reference, text))
    shared = sum((wanted & given).values())
    return 2 * shared / (sum(wanted.values()) + sum(given.values()))


# %% [markdown]
# For numbers that others can compare with theirs, use a library that many use. `rouge-score` is a
# port of the original Perl script by Google Research. Its ROUGE-1 agrees with the loop:

# %%
from rouge_score.rouge_scorer import RougeScorer

references = [summary for _, summary in REPORTS]
scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
for reference, text in zip(references, texts):
    assert abs(scorer.score(reference, text)["rouge1"].fmeasure - rouge_1(reference, text)) < 1e-12

# %% [markdown]
# We compare the two searches, and a *baseline* that any summary has to beat: the first sentence of
# the report.

# %%
candidates = {
    "first sentence": [text.split(". ")[0] + "." for text in texts],
    "greedy": tokenizer.batch_decode(greedy, skip_special_tokens=True),
    "four beams": tokenizer.batch_decode(found, skip_special_tokens=True)}

# %%
rows = []
for name, written in candidates.items():
    scores = [scorer.score(reference, text) for reference, text in zip(references, written)]
    rows.append([name] + [f"{np.mean([score[kind].fmeasure for score in scores]):.3f}"
                          for kind in ("rouge1", "rouge2", "rougeL")])
table(["summary", "ROUGE-1", "ROUGE-2", "ROUGE-L"], rows)
assert not ours or (rows[2][1:] == 3 * ["1.000"] and rows[0][1] < rows[1][1] < "0.6")

# %% [markdown]
# A score of one means nothing here but that the model has learnt three sentences by heart. On new
# documents the same cells tell something. For orientation: the paper reports ROUGE-1 of 46.6 (in
# hundredths) for led-large on the arXiv data set, which is `allenai/led-large-16384-arxiv`.
#
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
# **3.** Four finished texts have these sums of log-probabilities and these numbers of tokens.
# Which one (0 to 3) wins with a given `length_penalty`? Beam search divides by length **
# length_penalty.

# %%
def winner(sums, lengths, length_penalty):
    return ...


# %%
check(winner, ([-4.0, -5.0, -7.0, -9.5], [4, 6, 10, 14], 0.0),
      ([-4.0, -5.0, -7.0, -9.5], [4, 6, 10, 14], 1.0),
      ([-4.0, -5.0, -7.0, -9.5], [4, 6, 10, 14], 0.6))

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
