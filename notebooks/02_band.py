# %% [markdown]
# # 2. The band
#
# In a transformer's encoder every token looks at every other. For S tokens that is S × S numbers
# in each head of each layer, and with the 16,384 tokens of a long report these are a quarter of a
# billion. LED lets a token look only at its neighbourhood. This notebook builds that *banded*
# attention five times: as a loop, as a matrix product with a mask, block by block, as two strided
# views of memory, and as the call in `led.py`, whose lines are then the ones that you have seen.
# Each has to give what the one before gave. Then we measure what the band saves, and find out how
# far a token still sees when layers stand on top of each other.
#
# It needs NumPy, and of transformers what queries, keys and values are called. It fills two
# classes; the second begins with the strides. All notebooks share one example: twelve tokens, of
# which the first one will be *global* (that is notebook 3; here it is an ordinary token).

# %%
import math
import sys

sys.path.insert(0, "..")
import numpy as np

import led
from drawing import (BAND, COLUMN, EMPTY, LINE, choose, figure, grid, legend, show,
                     step_through, table)
from example import IDS, IS_GLOBAL, S, TOKENS, W, difference, small_model
from solutions import check

print(S, "tokens:", *TOKENS)

# %% [markdown]
# The first cell loads `led.py`, and small helpers that draw and compare (`drawing.py`,
# `example.py`). The letters are those of `led.py` and mean the same everywhere: **S** source
# tokens, **E** the width of a hidden state (`d_model`), **H** heads, **D** = E / H the width of a
# head, and **W** the number of tokens that a token sees on *either side*.
#
# We need queries, keys and values. They come from a small model with random weights: its embedding
# turns the twelve ids into hidden states `x`, and three linear layers of its first encoder layer
# turn those into `q`, `k` and `v`. `project_heads` of `led.py` applies such a layer and cuts its E
# columns into H heads of D. Attention is the same in every head, so we keep the first one.

# %%
model = small_model()
x = model.encode(IDS, output_hidden_states=True).hidden_states[0][0]  # (S, E)
H = model.config.encoder_attention_heads
D = x.shape[1] // H
name = "led.encoder.layers.0.self_attn.longformer_self_attn"


def first_head(kind):
    """The query, key or value of every token in the first head: (S, E) -> (S, D)"""
    of_heads, _ = led.project_heads(x, model.params, f"{name}.{kind}", H)  # (H, S, D)
    return of_heads[0]


q, k, v = first_head("query"), first_head("key"), first_head("value")
print(f"S = {S}, E = {x.shape[1]}, H = {H}, D = {D}, W = {W}")

# %% [markdown]
# ## Every token looks at every token
#
# For one query, attention is three steps. The **scores** say how well each key fits: one dot
# product per key. The softmax makes them **probs**, which are positive and sum to one. The
# **context** is the average of the values with these weights. The scores are divided by √D, since
# a sum of D products of numbers of size 1 has size √D, and without it the softmax would become
# sharper the wider the heads are. First as plainly as it can be said, one row after the other:

# %%
looped = np.zeros((S, D))
for i in range(S):
    scores = np.array([q[i] @ k[j] / math.sqrt(D) for j in range(S)])  # (S,)
    looped[i] = led.softmax(scores) @ v  # (S,) @ (S, D) -> (D,)

# %% [markdown]
# All rows at once are two matrix products. Row i of `q @ k.T` holds exactly the dot products that
# the inner loop computed.

# %%
probs = led.softmax(q @ k.T / math.sqrt(D))  # (S, D) @ (D, S) -> (S, S)
context = probs @ v  # (S, S) @ (S, D) -> (S, D)
print(f"loop and matrix product differ by {difference(looped, context):.1e}")
assert difference(looped, context) < 1e-14

# %% [markdown]
# The matrix `probs` is what costs. In float32, with the 12 heads of led-base, one layer's scores
# take this much memory:

# %%
for length in (12, 1024, 4096, 16384):
    print(f"{length:6,} tokens: {12 * length * length * 4 / 2**20:12,.2f} MiB")

# %% [markdown]
# ## A token and its neighbours
#
# Now row i may only see the keys from i − W to i + W. At both ends of the document there are
# fewer. The loop changes in one place: `near`.

# %%
looped = np.zeros((S, D))
for i in range(S):
    near = slice(max(0, i - W), i + W + 1)
    looped[i] = led.softmax(q[i] @ k[near].T / math.sqrt(D)) @ v[near]

# %% [markdown]
# In the matrix form, the pairs that are too far apart get a score of −∞ before the softmax. As
# exp(−∞) = 0, they get no weight, and the others share all of it, just as in the loop.

# %%
distance = np.abs(np.arange(S)[:, None] - np.arange(S))  # (S, S)
in_band = distance <= W
dense = led.softmax(np.where(in_band, q @ k.T / math.sqrt(D), -math.inf)) @ v
print(f"loop and masked matrix product differ by {difference(looped, dense):.1e}")
assert difference(looped, dense) < 1e-14

# %% jupyter={"source_hidden": true}
fig, axes = figure(4.4)
colours = choose((in_band, BAND))
grid(axes, colours, distance, "Who sees whom, with W = 2", TOKENS, TOKENS, "query", "key")
legend(axes, (BAND, "in the band"), (EMPTY, "not computed"))
show(fig, "A 12 by 12 grid of queries and keys, each cell with their distance. The "
          "cells with a distance of at most 2 form a diagonal band; row The sees <s>, "
          "The, old and map.")

# %% [markdown]
# This definition, for all heads and with the global tokens of the next notebook, is the function
# `naive_encoder_attention` of `led.py`. It is there to be read and to be compared with. It is not
# used by the model, since it computes all S × S scores and throws most of them away. How many
# pairs are in the band? Each of S rows has 2W + 1, minus what sticks out at the two ends:

# %%
pairs = in_band.sum()
assert pairs == S * (2 * W + 1) - W * (W + 1)
print(f"{pairs} of {S * S} pairs are in the band")
for length, window in ((1024, 512), (4096, 512), (16384, 512)):
    share = (length * (2 * window + 1) - window * (window + 1)) / length**2
    print(f"{length:6,} tokens, W = {window}: {share:.1%} of all pairs")

# %% [markdown]
# ## What 512, 1024 and 2W + 1 mean
#
# Three numbers go by the name of window size, and mixing them up gives a model that runs and is
# wrong:
#
# | number | meaning | where |
# | --- | --- | --- |
# | 512 | one side, W | `attention_window` in the original authors' code and files |
# | 1024 | both sides, 2W | `attention_window` in transformers and in `led.py` |
# | 1025 | the keys of one token, 2W + 1 | the width of the probabilities |
#
# So a led-base token sees itself and 512 tokens on either side. In our example, `attention_window`
# is 4, and the probabilities that the model returns are 5 wide:

# %%
out = model.encode(IDS, output_attentions=True)
print("attention_window", model.config.attention_window)
print("probabilities   ", out.attentions[0].shape, "= (B, H, S, 2W + 1)")

# %% [markdown]
# A second confusion is about what is *exact*. Implementations cut the document into chunks, and
# readers ask whether a token near the edge of a chunk sees less, or more, than its window. It does
# not, here or in the reference: every row sees exactly the keys from i − W to i + W. The chunks
# below are only a way of computing, and we will check this to the last digit.
#
# ## Blocks of rows
#
# How can we compute the band and not the rest? Row by row would work, but a processor multiplies
# large matrices many times faster than small ones. So we take **C** consecutive rows together, a
# *block*. Its first row sees W tokens to the left, its last row W to the right, so the block as a
# whole sees at most C + 2W consecutive keys. Between these rows and these keys it is ordinary
# attention, in which each row leaves out what is too far from it:

# %%
C = 4  # rows in a block
N = S // C  # blocks


def by_blocks(q, k, v, is_global):
    """One head: each block of C queries attends to the keys that are near it, or global."""
    tokens, context = np.arange(S), np.zeros((S, D))
    for n in range(N):
        rows = tokens[n * C : n * C + C]
        near = (tokens >= rows[0] - W) & (tokens <= rows[-1] + W)  # (S,)
        keys = tokens[near | is_global]  # at most C + 2W of them near
        sees = (abs(rows[:, None] - keys) <= W) | is_global[keys]  # (C, keys)
        scores = np.where(sees, q[rows] @ k[keys].T / math.sqrt(D), -math.inf)
        context[rows] = led.softmax(scores) @ v[keys]
    return context


# %%
nowhere = np.zeros(S, bool)
blocked = by_blocks(q, k, v, is_global=nowhere)
print(f"masked matrix product and blocks differ by {difference(dense, blocked):.1e}")
assert difference(dense, blocked) < 1e-14

# %% [markdown]
# This is the shortest form of LED's attention, and already its cost is in proportion to S. The
# words `or global` are all that a *global* token needs, which every row sees: it is one more key of
# each block. With the first token global, against the masked matrix product:

# %%
first_global = IS_GLOBAL[0].astype(bool)
scores = np.where(in_band | first_global, q @ k.T / math.sqrt(D), -math.inf)  # (S, S)
with_column = led.softmax(scores) @ v
print(f"they differ by {difference(with_column, by_blocks(q, k, v, first_global)):.1e}")
assert difference(with_column, by_blocks(q, k, v, first_global)) < 1e-14

# %% [markdown]
# ## All blocks at once
#
# The loop multiplies one small pair of matrices after the other, and copies the keys for each. Can
# all blocks be one product, and nothing be copied? Then every block needs the same number of keys.
# So the document is padded with W rows of zeros at both ends, and every block's keys are a slice of
# C + 2W rows:

# %%
k_padded = np.pad(k, [(W, W), (0, 0)])  # (S + 2W, D)
v_padded = np.pad(v, [(W, W), (0, 0)])
for n in range(N):
    rows, keys = np.arange(n * C, n * C + C), np.arange(n * C, n * C + C + 2 * W)
    print(f"block {n}: rows {rows[0]} to {rows[-1]}, padded keys {keys[0]} to {keys[-1]}")

# %% jupyter={"source_hidden": true}
column = np.arange(S + 2 * W)
block = np.arange(S)[:, None] // C
computed = (column >= block * C) & (column < block * C + C + 2 * W)
needed = (column >= np.arange(S)[:, None]) & (column <= np.arange(S)[:, None] + 2 * W)
fig, axes = figure(3.8)
padding = ["pad"] * W
colours = choose((needed, BAND), (computed, COLUMN))
grid(axes, colours, None, "Three blocks of C = 4 rows", TOKENS, padding + TOKENS + padding,
     "query", "padded key")
legend(axes, (BAND, "in the band"), (COLUMN, "computed\nfor nothing"))
show(fig, "Three blocks of four rows, each eight columns wide, as steps down the "
          "diagonal. In each block a slanted band of five columns per row is needed; "
          "two triangles of six cells are not.")

# %% [markdown]
# Each block is a product of (C, D) with (D, C + 2W). It computes C + 2W columns where the rows use
# 2W + 1, so some work is wasted: the two triangles in the corners. Small blocks waste little,
# large blocks are faster to multiply. `led.py` takes C = W, but no less than 32 and no more than
# 128 (nor more than there are tokens).

# %%
for rows in (32, 128, 512):
    wasted = 1 - (2 * 512 + 1) / (rows + 2 * 512)
    print(f"W = 512, C = {rows:3}: {wasted:5.1%} of the block is computed for nothing")

# %% [markdown]
# ## Strides, and the view called `windows`
#
# The slices of neighbouring blocks overlap. Copying each of them would store most keys several
# times. It is not necessary, because an array is only a way of *reading* memory.
#
# Memory is one long row of bytes. An array has a **stride** for each axis: how many bytes further
# the next element along that axis is. Our padded keys have D = 5 columns of 8 bytes each, so one
# step right is 8 bytes and one step down is 40:

# %%
print("shape  ", k_padded.shape)
print("strides", k_padded.strides, "bytes")

# %% [markdown]
# Nothing forces the strides of an array to be those of a table. If a third axis, the number of the
# block, steps C rows further, that is 4 · 40 = 160 bytes, then element [n, i, d] is read at n ·
# 160 + i · 40 + d · 8. With shape (3, 8, 5) this is all three slices at once, and no number is
# copied:

# %%
as_strided = np.lib.stride_tricks.as_strided
row_step, column_step = k_padded.strides
k_windows = as_strided(k_padded, (N, C + 2 * W, D), (C * row_step, row_step, column_step))
print("shape  ", k_windows.shape)
print("strides", k_windows.strides, "bytes")
print("the same memory:", np.shares_memory(k_windows, k_padded))
for n in range(N):
    assert (k_windows[n] == k_padded[n * C : n * C + C + 2 * W]).all()

# %% [markdown]
# The function `windows` of `led.py` makes this view. To see it cell by cell, give each row of a
# column its own number, and look at the numbers through it:

# %%
numbers = np.arange(S + 2 * W)[:, None]  # (16, 1)
places = led.windows(numbers, C, W)[:, :, 0]  # (N, C + 2W) = (3, 8)

# %% jupyter={"source_hidden": true}
shared = np.isin(places, [place for place in numbers if (places == place).sum() > 1])
fig, axes = figure(1.9)
grid(axes, choose((shared, COLUMN), otherwise=BAND), places, "windows: which padded row is where",
     row_name="block n", column_name="row of the window")
legend(axes, (BAND, "in one window"), (COLUMN, "in two windows"))
show(fig, "A grid of 3 by 8 cells. Window 0 holds rows 0 to 7, window 1 rows 4 to 11, "
          "window 2 rows 8 to 15. Rows 4 to 11 stand in two windows.")

# %% [markdown]
# Rows 4 to 11 appear twice, yet they exist once. Writing into such a view would be a trap: whoever
# changes window 0 changes window 1 as well. So `windows` gives a view for reading alone, and NumPy
# enforces it:

# %%
try:
    led.windows(k_padded, C, W)[0, 7] = 0
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# One *batched* product now gives the scores of all blocks. NumPy multiplies the last two axes and
# runs over the first:

# %%
scores = q.reshape(N, C, D) / math.sqrt(D) @ k_windows.swapaxes(-1, -2)  # (N, C, C + 2W)
print("scores", scores.shape, "= (N, C, C + 2W)")
for n in range(N):
    by_slice = q[n * C : n * C + C] @ k_padded[n * C : n * C + C + 2 * W].T / math.sqrt(D)
    assert difference(scores[n], by_slice) < 1e-14

# %% [markdown]
# ## The view called `diagonals`
#
# In each block the band is slanted: row 0 uses columns 0 to 2W, row 1 uses columns 1 to 2W + 1,
# and so on. The softmax needs the row sums and maxima *of the band only*. The same idea helps
# again: walk through memory with a step that goes one row down **and** one column right.
#
# In a block of C + 2W = 8 columns, one row down is 8 elements further, one column right is 1. So
# the stride of the rows becomes 9 elements, that of the columns stays 1, and the slanted band
# reads as an ordinary rectangle of shape (C, 2W + 1). This is the view `diagonals`:

# %%
numbers = np.arange(C * (C + 2 * W)).reshape(C, C + 2 * W)  # one block, its cells numbered
row_step, column_step = numbers.strides
straight = as_strided(numbers, (C, 2 * W + 1), (row_step + column_step, column_step))
assert (straight == led.diagonals(numbers, W)).all()
print("strides in elements:", [step // 8 for step in numbers.strides], "->",
      [step // 8 for step in straight.strides])

# %% jupyter={"source_hidden": true}
fig, (left, right) = figure(2.6, columns=2, width_ratios=[8, 5])
colours = choose((np.isin(numbers, straight), BAND))
grid(left, colours, numbers, "one block of scores", row_name="row i", column_name="column")
grid(right, np.full(straight.shape, BAND), straight, "through diagonals",
     row_name="row i", column_name="key i − W + column")
show(fig, "Left, a block of 4 by 8 numbered cells with the band of five cells per row "
          "slanting to the right: 0 to 4, 9 to 13, 18 to 22, 27 to 31. Right, the same "
          "numbers as a rectangle of 4 by 5 cells.")

# %% [markdown]
# Both views together, row by row. Step on with the buttons, or with the arrow keys once it has the
# focus: a window moves over the document with every row, while the strided view moves on only with
# every block, and within a block the row reads one column further right. (Where scripts are not
# run, as on some sites that show notebooks, there is a table of the same rows.)

# %%
step_through(TOKENS, W, places)

# %% [markdown]
# Through `diagonals` every cell of the band appears exactly once, so this view *may* be written
# through. That is what makes it more than a trick: exp can be written into the band, while the
# block around it stays a plain matrix that multiplies fast.
#
# ## Keys that are not there
#
# Keys before the start and after the end of the document are no keys, and nor are tokens that are
# masked as padding. Their scores get so large a negative number that exp makes a zero of it. Which
# keys they are is known once for the padded document, as a column of S + 2W numbers; its windows
# are what each block has to add:

# %%
masked = np.zeros(S, bool)  # no token of ours is padding
removed = np.pad(masked, W, constant_values=True)  # (S + 2W,)
bias = np.where(removed, led.REMOVED, 0)[:, None]  # (S + 2W, 1)
scores += led.windows(bias, C, W).swapaxes(-1, -2)  # (N, 1, C + 2W)

# %%
band = led.diagonals(scores, W)  # (N, C, C + 2W) -> (N, C, 2W + 1)
print(np.where(band[0] < led.REMOVED / 2, -math.inf, np.round(band[0], 2)))

# %% [markdown]
# The first two rows have lost two keys and one, which is right: token 0 has nothing to its left.
#
# (Why −1e30 and not −∞? In a row that sees no key at all the next step would take −∞ from −∞, which
# is no number.)
#
# ## A softmax is two sums and a division
#
# For each row, over the keys j that it sees:
#
# $$
# \begin{aligned}
# \mathrm{total} &= \sum_j \exp(\mathrm{score}_j - \mathrm{shift}) \\
# \mathrm{context} &= \sum_j \exp(\mathrm{score}_j - \mathrm{shift}) \, v_j / \mathrm{total}
# \end{aligned}
# $$
#
# That is all. The shift, the largest score of the row, cancels in the division and keeps exp from
# overflowing. Both sums can be taken over blocks whose cells outside the band are zero. So the exp
# of the band is written through the diagonals of blocks of zeros:

# %%
shift = band.max(axis=-1, keepdims=True)  # (N, C, 1)
exps = np.zeros_like(scores)  # (N, C, C + 2W)
led.diagonals(exps, W)[...] = np.exp(band - shift)
total = exps.sum(axis=-1, keepdims=True)  # (N, C, 1)

# %%
context = exps @ led.windows(v_padded, C, W) / total  # (N, C, C + 2W) @ (N, C + 2W, D)
context = context.reshape(S, D)
print(f"strided views and mask differ by {difference(context, dense):.1e}")
assert difference(context, dense) < 1e-14

# %% jupyter={"source_hidden": true}
fig, axes = figure(1.9, columns=3, sharey=True)
for n in range(N):
    shown = exps[n] / total[n]
    picture = axes[n].imshow(shown, vmin=0, vmax=1, cmap="Blues")
    axes[n].set(title=f"block {n}", xlabel="column", xticks=range(0, 8, 2), yticks=range(C))
axes[0].set_ylabel("row of the block")
fig.colorbar(picture, ax=axes, label="probability")
show(fig, "Heat maps of the probabilities in the three blocks, 4 rows by 8 columns "
          "each. Only the slanted band has weight; the corner triangles are zero, and "
          "in block 0 also the columns that stand for padding.")

# %% [markdown]
# ## Line by line with `led.py`
#
# Now open `led.py` at `band_attention`: you know its lines. Four things are there besides. The
# document is padded at the end until C divides it. Global tokens have columns of their own
# (notebook 3). `dropout` needs to know which query and which key each cell is. And what the
# backward needs is returned as `cache`, which we use here to compare. `led.py` takes another C for
# twelve tokens, all of them in one block; what it gives for each *row* cannot depend on that.

# %%
called, cache = led.band_attention(q, k, v, W, masked, is_global=nowhere)
print(f"our C is {C}, that of led.py {cache.q.shape[1]}")
row_exps, row_exps_called = (led.diagonals(blocks, W).reshape(S, 2 * W + 1)
                             for blocks in (exps, cache.exps))
lines = [["windows", k_windows, led.windows(k_padded, C, W)],
         ["diagonals", straight, led.diagonals(numbers, W)],
         ["exps in the band", row_exps, row_exps_called],
         ["total", total.reshape(S), cache.total.reshape(S)],
         ["context", context, called]]
table(["line", "largest difference"],
      [[line, f"{difference(ours, theirs):.1e}"] for line, ours, theirs in lines])
assert max(difference(ours, theirs) for _, ours, theirs in lines) < 1e-14

# %% [markdown]
# `encoder_attention` calls it for each head of each document of a batch. (When you run the model,
# a *fast twin* of that function computes the same numbers: notebook 10 tells how.) All the forms of
# this notebook, and the definition, for all heads:

# %%
arguments = dict(params=model.params, name=name, heads=H, window=W, masked=masked[None],
                 is_global=nowhere[None])
whole, _ = led.encoder_attention(x[None], **arguments)  # (B, S, E)
naive = led.naive_encoder_attention(x[None], **arguments)
table(["compared", "largest difference"], [
    ["loop, masked matrix product", f"{difference(looped, dense):.1e}"],
    ["masked matrix product, blocks", f"{difference(dense, blocked):.1e}"],
    ["blocks, strided views", f"{difference(blocked, context):.1e}"],
    ["strided views, led.encoder_attention", f"{difference(context, whole[0, :, :D]):.1e}"],
    ["led.encoder_attention, led.naive_encoder_attention", f"{difference(whole, naive):.1e}"]])
assert difference(context, whole[0, :, :D]) < 1e-14 > difference(whole, naive)

# %% [markdown]
# ## Time and memory against length
#
# Does it pay? First we count. With a window of W, S tokens have S · (2W + 1) scores in each head
# (less a few at the two ends), and all pairs are S². With W = 64:

# %%
lengths = [512, 1024, 2048, 4096, 8192, 16384]
scores_in_band = np.array([length * (2 * 64 + 1) - 64 * 65 for length in lengths])
all_pairs = np.array([length**2 for length in lengths])
table(["tokens", "scores in the band", "scores of all pairs"], [
    [f"{length:,}", f"{band:,}", f"{pairs:,}"]
    for length, band, pairs in zip(lengths, scores_in_band, all_pairs)])

# %% [markdown]
# **Doubling the document doubles what the band costs and quadruples what all pairs cost.** Now we
# measure whether the computation keeps to it: one head with D = 64, in float32, with W = 64. What
# counts are the highest memory use of a call and its time, the best of three, both after a first
# call that does not count. (The numbers are those of the machine that ran this notebook; their
# growth is what matters.)

# %%
import time
import tracemalloc


def all_pairs_attention(q, k, v, window, masked, is_global):
    place = np.arange(len(q))
    sees = abs(place[:, None] - place) <= window
    return led.softmax(np.where(sees, q @ k.T * np.float32(1 / 8), np.float32(-math.inf))) @ v


def measure(attention, length):
    """Seconds and MiB that a call on a document of this length takes."""
    q, k, v = np.random.default_rng(0).standard_normal((3, length, 64), np.float32)
    nowhere, seconds = np.zeros(length, bool), []
    for _ in range(4):
        started = time.perf_counter()
        attention(q, k, v, 64, nowhere, nowhere)
        seconds.append(time.perf_counter() - started)
    tracemalloc.start()
    attention(q, k, v, 64, nowhere, nowhere)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(seconds[1:]), peak / 2**20


# %%
banded = np.array([measure(led.band_attention, length) for length in lengths])
naive = np.array([measure(all_pairs_attention, length) for length in lengths[:3]])

# %% tags=["varies"]
rows = []
for i, length in enumerate(lengths):
    rows.append([f"{length:,}", f"{1000 * banded[i, 0]:.1f}", f"{banded[i, 1]:.1f}"])
    rows[i] += [f"{1000 * naive[i, 0]:.1f}", f"{naive[i, 1]:.1f}"] if i < len(naive) else ["", ""]
table(["tokens", "band, ms", "band, MiB", "all pairs, ms", "all pairs, MiB"], rows)

# %% tags=["varies"] jupyter={"source_hidden": true}
fig, axes = figure(3.1, columns=2)
for i, (axis, what) in enumerate(zip(axes, ("milliseconds", "MiB"))):
    unit = (1000, 1)[i]
    axis.loglog(lengths, unit * banded[:, i], "o-", color=LINE, label="band, W = 64")
    axis.loglog(lengths[:3], unit * naive[:, i], "s-", color=COLUMN, label="all pairs")
    guess = unit * naive[-1, i] * (np.array([2048, 16384]) / 2048) ** 2
    axis.loglog([2048, 16384], guess, ":", color=COLUMN, label="all pairs, if ∝ S²")
    axis.set(xlabel="tokens", ylabel=what, title=("Time", "Memory")[i])
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
show(fig, "Two log-log plots against the number of tokens, 512 to 16,384. Time and "
          "memory of the banded attention grow no faster than along a line of slope 1, "
          "those of all pairs along slope 2.")

# %% [markdown]
# On these logarithmic axes a straight line of slope 1 is growth in proportion, and slope 2 is
# growth with the square. The memory of all pairs quadruples with each doubling, that of the band
# doubles. For all pairs the memory is the first wall: the dotted line ends above three GiB, for
# one head of the twelve of led-base.

# %% tags=["varies"]
for what, memory in (("the band", banded[:, 1]), ("all pairs", naive[:, 1])):
    growth = memory[1:] / memory[:-1]
    print(f"memory of {what}, with each doubling:", *(f"× {factor:.2f}" for factor in growth))

# %% [markdown]
# ## How far a token sees
#
# One layer carries information over W tokens. The next layer's queries meet keys that have already
# looked W tokens further, so after two layers a token knows of those 2W away, and after L layers
# of L · W. This we can see: move the embedding of one token a little, run the encoder, and look at
# which hidden states have changed at all.

# %%
embeds = model.params["led.shared.weight"][IDS]  # (1, S, E)
moved = embeds.copy()
moved[0, 6, 0] += 1  # one element of the token "the"


def changes(**arguments):
    """How much each token's state changes in each layer, (layers + 1, S)"""
    before = model.encode(inputs_embeds=embeds, output_hidden_states=True, **arguments)
    after = model.encode(inputs_embeds=moved, output_hidden_states=True, **arguments)
    return np.abs(np.subtract(after.hidden_states, before.hidden_states)).max(axis=-1)[:, 0]


reach = changes() > 0
for layer in range(4):
    print("after layer", layer, ":", *np.array(TOKENS)[reach[layer]])
    assert (reach[layer] == (distance[6] <= layer * W)).all()

# %% [markdown]
# Two tokens more on either side with every layer. And with one global token? Token 0 looks at all
# tokens, and all tokens look at token 0. In one layer it learns of the change, in the next it
# tells everyone:

# %%
is_global = np.zeros((1, S), int)
is_global[0, 0] = 1
with_global = changes(global_attention_mask=is_global) > 0

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.7, columns=2, sharey=True)
for axis, seen, title in zip(axes, (reach, with_global), ("the band alone", "<s> is global")):
    grid(axis, choose((seen, BAND)), None, title, column_labels=TOKENS, column_name="token")
axes[0].set_ylabel("layer")
show(fig, "Two grids of layers 0 to 3 by twelve tokens. With the band alone a change at "
          "token 6 spreads by two tokens a layer. With a global first token, token 0 "
          "has changed after layer 1 and all tokens after layer 2.")

# %% [markdown]
# led-base has six layers with W = 512: without a global token, its deepest state knows of 3,072
# tokens on either side, less than a fifth of a document of 16,384 tokens. With one, two layers are
# enough for any distance. This is why the global token is not a decoration, and it is where
# notebook 3 goes on.

# %%
for layers, window, length in ((6, 512, 16384), (12, 512, 16384)):
    print(f"{layers} layers with W = {window} see {layers * window:,} tokens on either side "
          f"of {length:,}")

# %% [markdown]
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** How many pairs (query, key) does the band of a document of S tokens have? Also for windows
# that are wider than the document.

# %%
def pairs_in_band(S, W):
    return ...


# %%
check(pairs_in_band, (12, 2), (16384, 512), (5, 2), (3, 10))

# %% [markdown]
# **2.** Write `diagonals` for one block without strides: scores of shape (C, C + 2W) in, the band
# of shape (C, 2W + 1) out.

# %%
def diagonals_by_index(scores, W):
    return ...


# %%
check(diagonals_by_index, (np.arange(32.0).reshape(4, 8), 2), (np.random.rand(7, 13), 3))

# %% [markdown]
# **3.** How many encoder layers does it take, without global tokens, until the last of S tokens
# can know of the first?

# %%
def layers_to_cross(S, W):
    return ...


# %%
check(layers_to_cross, (12, 2), (16384, 512), (5, 4), (6, 4), (7, 1))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) The paper also *dilates* the band: a token sees W
# tokens on either side with gaps between them, those at distance step, 2 · step, … W · step. Write
# this attention for one head, without ever making an array of S × S. When it is right: how far
# does a token see after L layers, and which tokens does it never see, however many layers there
# are? What would you do about it?
#
# *Hint.* With step = 2, do the even tokens ever see an odd one? Each of the two groups is a
# document of its own, with an ordinary band.

# %%
def dilated_attention(q, k, v, W, step):
    return ...


# %%
check(dilated_attention, (q, k, v, 2, 1), (q, k, v, 2, 2), (q, k, v, 1, 5))
