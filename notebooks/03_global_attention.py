# %% [markdown]
# # 3. Global attention
#
# The band of notebook 2 makes long documents affordable, and it makes every token short-sighted.
# LED adds a few *global* tokens that see the whole document and are seen by all of it. This
# notebook builds them in: first the columns, then the rows, then the second set of projections.
# The second half asks what they are good for, with the trained model that comes with this
# repository: its accuracy with global attention and without, what its layers do with two questions,
# which of its heads it can do without, where it reads an answer, and a question that it gets wrong.
#
# It needs notebook 2, whose views and mask it uses. It fills two classes; the second begins with
# the trained model.

# %%
import math
import sys
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, "..")
import numpy as np

import bpe
import led
from led_support.command_line import answer_source, question_inputs
from drawing import (BAND, COLUMN, EMPTY, LINE, ROW, choose, figure, grid, legend, show,
                     table)
from example import IDS, IS_GLOBAL, S, TOKENS, W, difference, small_model
from solutions import check

# %% [markdown]
# ## Who sees whom
#
# Of our twelve tokens, the first one, `<s>`, is global. Two rules follow:
#
# - **a column**: every token sees the global token, however far away it is;
# - **a row**: the global token sees every token.

# %%
is_global = IS_GLOBAL[0].astype(bool)  # (S,)
index = np.flatnonzero(is_global)  # (G,): the positions of the global tokens
in_band = np.abs(np.arange(S)[:, None] - np.arange(S)) <= W  # (S, S)
print("global tokens:", *np.array(TOKENS)[index])

# %% jupyter={"source_hidden": true}
fig, axes = figure(4.4)
colours = choose((is_global[:, None], ROW), (is_global[None], COLUMN), (in_band, BAND))
grid(axes, colours, None, "Who sees whom, with one global token", TOKENS, TOKENS, "query", "key")
legend(axes, (BAND, "in the band"), (COLUMN, "global key"), (ROW, "global query"),
       (EMPTY, "not computed"))
show(fig, "The 12 by 12 grid of queries and keys. Beside the diagonal band, the first "
          "column and the first row are filled: all tokens see <s>, and <s> sees all "
          "tokens.")

# %% [markdown]
# In two layers any token can now learn of any other: the first layer brings it to `<s>`, the
# second from `<s>` to everyone. We saw it happen at the end of notebook 2. The cost is small: with
# G global tokens, G columns and G rows of S cells each.
#
# The three arrays of notebook 2, queries, keys and values of one head:

# %%
model = small_model()
name = "led.encoder.layers.0.self_attn.longformer_self_attn"
x = model.encode(IDS, output_hidden_states=True).hidden_states[0][0]  # (S, E)
H, D = 2, x.shape[1] // 2


def first_head(kind):
    """One of the six projections in the first head: (S, E) -> (S, D)"""
    of_heads, _ = led.project_heads(x, model.params, f"{name}.{kind}", H)  # (H, S, D)
    return of_heads[0]


# %%
q, k, v = first_head("query"), first_head("key"), first_head("value")

# %% [markdown]
# ## The columns
#
# For an ordinary token, the global keys are simply more keys: its softmax runs over the band and
# the global columns *together*, and its context is the average of all of their values. As a loop,
# the keys that row i sees are those near it, and the global ones:

# %%
looped = np.zeros((S, D))
for i in range(S):
    seen = [j for j in range(S) if abs(i - j) <= W or is_global[j]]
    looped[i] = led.softmax(q[i] @ k[seen].T / math.sqrt(D)) @ v[seen]

# %% [markdown]
# As a matrix product, with −∞ where nothing is seen:

# %%
query_sees_key = in_band | is_global[None]
dense = led.softmax(np.where(query_sees_key, q @ k.T / math.sqrt(D), -math.inf)) @ v
print(f"loop and masked matrix product differ by {difference(looped, dense):.1e}")
assert difference(looped, dense) < 1e-14

# %% [markdown]
# In the form with views, each block of rows sees the G global keys and its window. But look at rows
# 1 and 2, "The" and "old". For them, `<s>` is in the band *and* in a column. A softmax over both
# would count it twice:

# %%
near = np.array([0, 1, 2, 3, 4])  # the band of row 2
probs = led.softmax(q[2] @ k[[*near, *index]].T / math.sqrt(D))
print("row 2:", *(f"{TOKENS[j]} {p:.3f}" for j, p in zip([*near, *index], probs)))
print(f"error of this row: {difference(probs @ v[[*near, *index]], dense[2]):.3f}")
assert abs(probs[0] - probs[-1]) < 1e-12 < difference(probs @ v[[*near, *index]], dense[2])

# %% [markdown]
# So **global keys are removed from the band**: there the mask hides them, exactly as it hides
# padding, and they live in their own columns alone. This is what the reference does when it masks
# out "padding and global" tokens in one step, a line that puzzles everyone who reads it first.
#
# With the views of notebook 2: what a block of C rows *sees* is one array, the global rows first,
# then its window. The global rows are the same for every block:

# %%
C, N, G = 4, S // 4, len(index)
k_padded, v_padded = (np.pad(a, [(W, W), (0, 0)]) for a in (k, v))  # (S + 2W, D)
k_seen, v_seen = (
    np.concatenate([np.broadcast_to(rows[W + index], (N, G, D)), led.windows(rows, C, W)], axis=1)
    for rows in (k_padded, v_padded))  # (N, G + C + 2W, D)
assert (k_seen == led.seen(k_padded, index, C, W)).all()

# %%
masked = np.zeros(S, bool)  # no token is padding
removed = np.pad(masked | is_global, W, constant_values=True)  # (S + 2W,), of the band
bias = np.where(removed, led.REMOVED, 0)[:, None]
scores = q.reshape(N, C, D) / math.sqrt(D) @ k_seen.swapaxes(-1, -2)  # (N, C, G + C + 2W)
scores[..., G:] += led.windows(bias, C, W).swapaxes(-1, -2)  # (N, 1, C + 2W)

# %% [markdown]
# The largest score of a row may stand in the band or in a column. Outside of both, exps is zero:

# %%
columns, band = scores[..., :G], led.diagonals(scores[..., G:], W)  # (N, C, G), (N, C, 2W + 1)
shift = np.maximum(band.max(-1, keepdims=True), columns.max(-1, keepdims=True))  # (N, C, 1)
exps = np.zeros_like(scores)
exps[..., :G] = np.exp(columns - shift)
led.diagonals(exps[..., G:], W)[...] = np.exp(band - shift)

# %% [markdown]
# A softmax is two sums and a division. Both sums run over all that a block sees:

# %%
total = exps.sum(axis=-1, keepdims=True)  # (N, C, 1)
context = (exps @ v_seen / total).reshape(S, D)
print(f"strided views and mask differ by {difference(context, dense):.1e}")
assert difference(context, dense) < 1e-14

# %% [markdown]
# One total for columns and band: that is what makes it *one* softmax. These were all lines of
# `band_attention` of `led.py`, but for padding at the end of the document, and dropout. Its `cache`
# holds what they computed, with C = 12 rows in one block; we compare row by row:

# %%
called, cache = led.band_attention(q, k, v, W, masked, is_global)


def by_rows(exps):
    """exps (N, C, G + C + 2W) -> those of the columns and of the band, (S, G + 2W + 1)"""
    both = [exps[..., :G], led.diagonals(exps[..., G:], W)]
    return np.concatenate(both, axis=-1).reshape(S, G + 2 * W + 1)


lines = [["seen", k_seen, led.seen(k_padded, index, C, W)],
         ["exps", by_rows(exps), by_rows(cache.exps)],
         ["total", total.reshape(S), cache.total.reshape(S)],
         ["context", np.where(is_global[:, None], 0, context), called]]
table(["line of led.band_attention", "largest difference"],
      [[line, f"{difference(ours, theirs):.1e}"] for line, ours, theirs in lines])
assert max(difference(ours, theirs) for _, ours, theirs in lines) < 1e-14

# %% [markdown]
# The row of the global token itself is set to zero there: it sees more than this.
#
# ## The rows, and a second set of projections
#
# The global token sees everything, and it has another job than the others: not to understand its
# neighbours, but to gather from the whole document. So it has projections of its own. Its query
# comes from `query_global`, and the keys and values *that it reads*, of all S tokens, from
# `key_global` and `value_global`. (The other tokens read the global token with the ordinary ones.)

# %%
q_global = first_head("query_global")[index]  # (G, D)
k_all, v_all = first_head("key_global"), first_head("value_global")  # (S, D)

# %%
looped = np.zeros((G, D))
for g in range(G):
    probs = led.softmax(np.array([q_global[g] @ k_all[j] / math.sqrt(D) for j in range(S)]))
    looped[g] = probs @ v_all

# %%
rows = led.softmax(q_global @ k_all.T / math.sqrt(D)) @ v_all  # (G, S) @ (S, D) -> (G, D)
print(f"loop and matrix product differ by {difference(looped, rows):.1e}")
assert difference(looped, rows) < 1e-14
context[index] = rows

# %% [markdown]
# The last line *overwrites* what the band had computed for these rows. It is ordinary attention of
# G queries, for which `led.py` has the function `attend`; `global_attention` is `attend` with its
# three projections, and `encoder_attention` both parts for all heads and documents. Here they are,
# and the naive definition, which you can now read to its end:

# %%
of_all_heads = [led.project_heads(part, model.params, f"{name}.{kind}_global", H)[0]
                for part, kind in ((x[index], "query"), (x, "key"), (x, "value"))]
attended, _ = led.attend(*of_all_heads)  # (H, G, D)
of_globals, _ = led.global_attention(x, model.params, name, H, masked, is_global)  # (H, G, D)

# %%
arguments = (name, H, W, masked[None], is_global[None])
whole, _ = led.encoder_attention(x[None], model.params, *arguments)  # (B, S, E)
naive = led.naive_encoder_attention(x[None], model.params, *arguments)
table(["compared", "largest difference"], [
    ["our rows, led.attend", f"{difference(rows, attended[0]):.1e}"],
    ["led.attend, led.global_attention", f"{difference(attended, of_globals):.1e}"],
    ["our context, led.encoder_attention", f"{difference(context, whole[0, :, :D]):.1e}"],
    ["led.encoder_attention, led.naive_encoder_attention", f"{difference(whole, naive):.1e}"]])
assert max(difference(rows, attended[0]), difference(attended, of_globals),
           difference(context, whole[0, :, :D]), difference(whole, naive)) < 1e-14

# %% [markdown]
# ## The whole pattern
#
# With `output_attentions` the model returns its probabilities: for each row the G global columns,
# then the 2W + 1 of the band; and for the global rows all S. Put back where they belong, they are
# the matrix of this page's first figure, now with numbers:

# %%
out = model.encode(IDS, global_attention_mask=IS_GLOBAL, output_attentions=True)
local, of_global = out.attentions[0][0, 0], out.global_attentions[0][0, 0]
print("attentions", out.attentions[0].shape, "= (B, H, S, G + 2W + 1)")
print("global_attentions", out.global_attentions[0].shape, "= (B, H, S', G)")

# %%
full = np.zeros((S, S))
for i in range(S):
    full[i, index] = local[i, : len(index)]
    for j in range(max(0, i - W), min(S, i + W + 1)):
        full[i, j] += local[i, len(index) + W + j - i]
full[index] = of_global[:S].T
assert np.allclose(full.sum(axis=1), 1)

# %% jupyter={"source_hidden": true}
fig, axes = figure(3.8)
picture = axes.imshow(full, cmap="Blues", vmin=0, vmax=1)
axes.set(title="Probabilities of the first head", xlabel="key", ylabel="query")
axes.set_xticks(range(S), TOKENS, rotation=90)
axes.set_yticks(range(S), TOKENS)
fig.colorbar(picture, ax=axes, label="probability")
show(fig, "A heat map of 12 by 12 probabilities: non-zero only in the diagonal band, "
          "the first column and the first row.")

# %% [markdown]
# ## Losing it silently
#
# Global attention is never on by itself. A call without `global_attention_mask` is a valid call of
# a model in which no token is global, and it gives an answer of the right shape. More threads of
# users' questions go back to this than to anything else. Two symptoms: outputs that are poor for
# no visible reason, and, in training, parameters that do not move, since half of the projections
# take no part:

# %%
labels = np.array([[0, 11, 12, 2]])
for what, mask in (("<s> global", IS_GLOBAL), ("none", None)):
    _, grads = model.value_and_grad(input_ids=IDS, global_attention_mask=mask, labels=labels)
    sizes = {kind: np.linalg.norm(grads[f"{name}.{kind}.weight"])
             for kind in ("query", "key", "value", "query_global", "key_global", "value_global")}
    print(f"{what:10}", " ".join(f"{kind} {size:.2f}" for kind, size in sizes.items()))
    assert all((size > 0) == (mask is not None or "global" not in kind)
               for kind, size in sizes.items())

# %% [markdown]
# `led.py` warns, once, where it can know: in `generate` without a mask, and for a mask in which no
# token is set.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    small_model(encoder_layers=1).generate(IDS, max_length=4)
print(caught[0].message)

# %% [markdown]
# What the masks may hold: `attention_mask` is 1 for tokens and 0 for padding;
# `global_attention_mask` is 1 for global tokens and 0 for others. They merge to attention ·
# (global + 1), of which 0 is masked, 1 local, 2 global. So a global token that is masked is
# masked, and so is a −1, with which the tokenizer pads. The values 0, 1 and 2 of the original
# Longformer are this product.

# %%
attention_mask = np.array([[1, 1, 1, 0, 0]])
global_mask = np.array([[1, 0, -1, 1, -1]])
masked, marked = led.token_masks(attention_mask, global_mask, np.zeros((1, 5, D)))
print("masked   ", *masked[0].astype(int))
print("is_global", *marked[0].astype(int))

# %% [markdown]
# ## A model that needs it
#
# In the folder `chronicles` is a small LED that was trained, with this repository's own backward
# pass, to answer questions about long chronicles. Three encoder layers with W = 16: without global
# attention a token can know of 48 tokens on either side. The question stands at the start, `<s>
# question </s></s> chronicle </s>`, and its tokens are global.

# %%
folder = Path("../chronicles/model")
model = led.LEDForConditionalGeneration.from_pretrained(folder)
tokenizer = bpe.LEDTokenizer.from_pretrained(folder)

# %%
text = Path("../chronicles/chronicle.txt").read_text(encoding="utf-8")
question = "Where is the silver key?"
ids, asked, places = question_inputs(tokenizer, question, text, limit=16384)
print(f"{ids.shape[1]:,} tokens, {asked.sum()} of them global:",
      *tokenizer.convert_ids_to_tokens(ids[0, : asked.sum()]))

# %%
def answer(ids, is_global):
    """What the model answers, with these tokens global"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that none is global, where we want it so
        out = model.generate(ids, global_attention_mask=is_global, max_length=16)
    return tokenizer.decode(out[0], skip_special_tokens=True).strip()


# %%
first_only = np.zeros_like(asked)
first_only[0, 0] = 1
for what, mask in (("the question", asked), ("<s> alone", first_only), ("no token", 0 * asked)):
    print(f"global: {what:12} -> {answer(ids, mask)!r}")

# %% [markdown]
# One document is an anecdote. Here are forty, of two lengths, with facts and wordings that
# training never saw, and an answer counts if it is right letter by letter. (`python
# chronicles/evaluate.py` does the same with hundreds, and up to 16,384 tokens.)

# %%
from chronicles import documents
from chronicles.evaluate import facts_in
from chronicles.train import example


def accuracy(length, questions):
    """The shares of right answers with the question global, with <s> alone, and with no token"""
    right = np.zeros(3)
    for i in range(questions):
        seed = f"notebook {i}"
        row, count, expected = example(tokenizer, seed, length, facts_in(length), "heldout")
        expected = tokenizer.decode(expected, skip_special_tokens=True).strip()
        for kind, marked in enumerate((count, 1, 0)):
            is_global = np.arange(len(row))[None] < marked
            right[kind] += answer(np.array([row]), is_global.astype(int)) == expected
    return right / questions


# %%
lengths = [256, 1024]
shares = np.array([accuracy(length, 20) for length in lengths])  # (2, 3)
table(["tokens", "question global", "<s> global", "none"], [
    [f"{length:,}", *(f"{share:.0%}" for share in row)] for length, row in zip(lengths, shares)])

# %% [markdown]
# All weights are the same in the three columns. Only the mask differs. Without it, the document's
# tokens never hear of the question, and the model writes nothing, or guesses: it has never been
# trained like that. (Of the four facts of a short document, a guess may name the right one. A model
# that had been trained so would have to bring question and document together in its decoder;
# notebook 9 tries how far that goes.) A global `<s>` alone does not do either: this model looks at
# the question's words. So the mask has to be in use as it was in training.
#
# ## Two questions, layer by layer
#
# Two questions about one key, whose answers stand in two sentences. How much attention does each
# word of the sentence pay to the question's words, in each of the three layers? Each cell shows the
# head that pays most.

# %%
def to_question(question, sentence):
    """Attention of a sentence's words to the question's: (layers, words, G), of the head that pays
    most; the question's words; the first word's place; the encoder's output"""
    ids, asked, _ = question_inputs(tokenizer, question, text, limit=16384)
    encoded = model.encode(ids, global_attention_mask=asked, output_attentions=True)
    words, G = [tokenizer.decode([i]).strip() for i in ids[0]], int(asked.sum())
    (start,) = [place for place in range(len(words))
                if words[place : place + len(sentence)] == sentence]
    rows = slice(start, start + len(sentence))
    paid = np.stack([layer[0, :, rows, :G].max(axis=0) for layer in encoded.attentions])
    return paid, words[:G], start, encoded


# %%
sentence = "The silver key could be seen at Upper Marling while".split()
paid, columns, start, encoded = to_question(question, sentence)
who_sentence = "nobody but Ivo Kemp could have made the silver key".split()
who_paid, who_columns, who_start, who_encoded = to_question(
    "Who made the silver key?", who_sentence)


# %% jupyter={"source_hidden": true}
def heat_maps(paid, rows, columns):
    """One heat map for each layer -> figure"""
    fig, axes = figure(2.9, columns=len(paid), sharey=True)
    for layer, axis in enumerate(axes):
        picture = axis.imshow(paid[layer], cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.set(title=f"layer {layer}", xlabel="question")
        axis.set_xticks(range(len(columns)), columns, rotation=90, size=8)
        axis.set_yticks(range(len(rows)), rows, size=8)
    axes[0].set_ylabel("document")
    fig.colorbar(picture, ax=axes, label="probability", shrink=0.8)
    return fig


show(heat_maps(paid, sentence, columns),
     "Three heat maps of ten document words against eight question words. In layer 0 most words "
     "look at the markers <s> and </s>; in layer 1 silver looks at silver and key at key, with "
     "0.9, and many of the others, more faintly, at one of the two; in layer 2 no word looks at "
     "a word of the question with more than a third.")

# %% jupyter={"source_hidden": true}
show(heat_maps(who_paid, who_sentence, who_columns),
     "The same for the other question. In layer 0 Kemp looks at Who; in layer 1 silver looks "
     "at silver and key at key, with more than 0.8, and most other words, more faintly, at one "
     "of the two; in layer 2 no word looks at a word of the question with more than a third.")

# %% [markdown]
# What is the same in both: in layer 1 "silver" looks at the question's "silver" and "key" at its
# "key", and many words around them look at one of the two, more faintly. One head of layer 1,
# number 3, does this for words such as "seen" and "while", and it is the smaller part of what it
# does. The larger part of its attention goes to the "silver" or "key" that stands beside the word.
# Here are both shares, for this question and for two that the document does not answer:

# %%
def shares_of_head_3(question, word):
    """Layer 1, head 3: how much attention a word of the sentence pays to the key of the question,
    the two words after "the", and how much to the "silver" and "key" of its own window"""
    _, columns, start, encoded = to_question(question, sentence)
    G, row, window = len(columns), start + sentence.index(word), 16
    probs = encoded.attentions[1][0, 3, row]  # (G + 2W + 1,)
    in_question = columns.index("the") + np.array([1, 2])
    in_window = G + window + np.array([sentence.index(one) for one in ("silver", "key")])
    in_window -= sentence.index(word)
    return probs[in_question].sum(), probs[in_window].sum()


# %%
copies = {asked_question: [shares_of_head_3(asked_question, word) for word in ("seen", "while")]
          for asked_question in (question, "Where is the silver crown?",
                                 "Where is the golden key?")}
table(["question", "seen: question", "beside", "while: question", "beside"],
      [[asked_question, *(f"{share:.2f}" for pair in pairs for share in pair)]
       for asked_question, pairs in copies.items()])

# %% [markdown]
# "seen" looks for "silver", "while" for "key". Where question and sentence both have the word, a
# part of the attention goes to the question's copy. Where they differ, all of it goes to one side:
# asked for the silver crown, "while" finds "key" beside it alone, and asked for the golden key,
# "seen" finds "silver" beside it alone. So what a word takes on from this head tells whether the
# question has its neighbour, too.

# %% [markdown]
# ## Is that the way?
#
# What a head looks at tells what it *does*, not whether it is needed. For that we switch it off:
# `head_mask` has a factor for every head. Of eight documents of 256 tokens, so many answers are
# right without one of the twelve heads:

# %%
examples = [example(tokenizer, f"notebook {i}", 256, 4, "heldout") for i in range(8)]
right = np.zeros((3, 4), int)
for layer, head in np.ndindex(right.shape):
    head_mask = np.ones(right.shape)
    head_mask[layer, head] = 0
    for row, count, expected in examples:
        marked = (np.arange(len(row)) < count).astype(int)
        kept = model.encode([row], global_attention_mask=[marked], head_mask=head_mask)
        written = model.generate(encoder_outputs=kept, max_length=16)[0]
        right[layer, head] += list(written[1 : 1 + len(expected)]) == list(expected)

# %%
table(["right without head", *"0123"], [[f"layer {i}", *row] for i, row in enumerate(right)])

# %% [markdown]
# Without head 3 of layer 1, which compares the copies, no answer is right. So what the pictures
# show is needed. Head 0 of layer 1 is missed, too, and head 0 of layer 2, of which more below; yet
# without one of them half of the answers are right or more, and each of the nine others can be done
# without, one at a time. (Exercise 4 takes two.) Nobody told the model of this way: from an
# ordinary random start, in which all weights are noise, training came upon it. (It took small
# steps: `chronicles/train.py` tells of them.)
#
# ## Which word belongs to which
#
# A window shows which words are close, not in which order they stand. Yet "Marling" has to follow
# "Upper". In layer 2, head 0 binds the second word of an answer to its first:

# %%
G, window = int(asked.sum()), 16
words = [tokenizer.decode([i]).strip() for i in ids[0, G:]]
to_previous = encoded.attentions[2][0, 0, G:, G + window - 1]  # (S - G,)
for what, kind in (("places", "where"), ("numbers", "how many"), ("colours", "colour")):
    first, second = documents.ANSWERS[kind]  # two tables of words
    pairs = [place for place in range(1, len(words))
             if words[place - 1] in first and words[place] in second]
    print(f"{what:8} {to_previous[pairs].mean():.2f}, such as", *words[pairs[0] - 1 : pairs[0] + 1])
print(f"all words {to_previous.mean():.2f}")

# %% [markdown]
# Over the whole document, here is how much of each word's attention goes to a "silver" or "key" in
# its own window, in layer 1, head 3:

# %%
neighbours = np.lib.stride_tricks.sliding_window_view(
    np.pad(np.array(words), window), 2 * window + 1)  # (S - G, 2W + 1) words
in_window = encoded.attentions[1][0, 3, G:, G:]  # (S - G, 2W + 1)
to_copies = np.where(np.isin(neighbours, ["silver", "key"]), in_window, 0).sum(axis=-1)
of_key = [place for place, word in enumerate(words) if word in ("silver", "key")]
for place in of_key:
    largest = to_copies[max(0, place - window) : place + window + 1].max()
    print(f"{place + G:5,}  {largest:.2f}  ...", *words[max(0, place - 4) : place + 4])

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
axes.plot(np.arange(G, G + len(to_copies)), to_copies, color=LINE, lw=0.6)
for together in np.split(of_key, np.flatnonzero(np.diff(of_key) > 100) + 1):
    axes.text(together[0] + G, 1, " ".join(words[i] for i in together), ha="center", size=8)
axes.set(title="Layer 1, head 3: attention to a “silver” or “key” nearby",
         ylabel="probability", xlabel="position in the document", ylim=(0, 1.1))
show(fig, "For each of some 3,960 tokens the share of its attention that goes to a silver or key "
          "in its window. It is zero but for the surroundings of silver and key, which stand at "
          "four places.")

# %% [markdown]
# There is a silver goblet, there is a proverb about keys, and twice the silver key itself: who
# made it, and where it was. So a match is not yet an answer: both words must stand close together,
# and the sentence must be of the kind that was asked for.
#
# Two heads tell of the kind, number 2 of layers 0 and 1. Here is how much attention words pay, on
# average, to the question's first word:

# %%
kinds_of_words = {
    "names": documents.FIRST_NAMES + documents.FAMILY_NAMES,
    "places": documents.PLACE_PREFIXES + documents.PLACE_NAMES,
    "numbers": documents.TENS + documents.UNITS,
    "colours": documents.SHADES + documents.COLOURS,
    "seasons, years": documents.SEASONS + documents.YEARS}


def to_first_word(encoded, layer):
    """The mean attention of each kind of words to the question's first, in head 2"""
    probs = encoded.attentions[layer][0, 2, G:, 1]  # (S - G,)
    return [probs[np.isin(words, some)].mean() for some in kinds_of_words.values()]


# %%
firsts = [to_first_word(encoded, 1), to_first_word(who_encoded, 1),  # questions of equal length
          to_first_word(who_encoded, 0)]
table(["words", "Where, layer 1", "Who, layer 1", "Who, layer 0"],
      [[kind, *(f"{share:.2f}" for share in row)] for kind, *row in zip(kinds_of_words, *firsts)])

# %% [markdown]
# In layer 1 numbers, colours and years look at "Where" and "Who", names and places do not: it seems
# that words learn here that they are not wanted. In layer 0 names alone look at "Who". No list of
# them was given to the model: in training, answers were such words.
#
# ## Where it reads the answer
#
# The decoder's cross-attention runs over the whole encoder output. For each word of the answer, we
# draw what it looked at, averaged over heads, in the last layer:

# %%
written = model.generate(encoder_outputs=encoded, max_length=16)
out = model(decoder_input_ids=written[:, :-1], encoder_outputs=encoded, output_attentions=True)
looked = out.cross_attentions[-1][0].mean(axis=0)  # (H, T, S) -> (T, S)
written_words = [tokenizer.decode([i]).strip() for i in written[0, 1:]]
position = {word: start + sentence.index(word) for word in ("silver", "key", "Upper", "Marling")}
for word, row in zip(written_words[:2], looked):
    print(f"writing “{word}”: {row.max():.2f} on position {row.argmax()}, “{word}” stands at",
          position[word])

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
for step, colour, width in ((0, BAND, 4), (1, COLUMN, 1.5)):
    axes.plot(looked[step], color=colour, lw=width, label=f"writing “{written_words[step]}”")
axes.set(title="Cross-attention over the document", xlabel="position", ylabel="probability")
axes.legend(frameon=False)
show(fig, "Cross-attention over nearly four thousand positions while the two words of "
          "the answer are written. Each curve is one sharp peak, at the same place of "
          "the document.")

# %% [markdown]
# Two needles in a haystack. The decoder copies, word by word, from one sentence. That is how the
# command `python led.py ask` quotes where it read: `answer_source` looks for the largest numbers.

# %%
print(answer_source(model, encoded, written, places, text, "Upper Marling")[1])

# %% [markdown]
# ## A question without an answer
#
# Not every question has an answer in the document. Four in ten questions of the training had none,
# and what the model had to write was nothing but the end. So its first word is a decision. Here is
# the probability of `</s>` as the first word, and where the decoder looks while it decides:

# %%
def decision(question):
    """Probability of </s> as the first word, the largest attention of the decoder's last layer
    while it decides, the answer, the encoder's output"""
    ids, asked, _ = question_inputs(tokenizer, question, text, limit=16384)
    encoded = model.encode(ids, global_attention_mask=asked, output_attentions=True)
    out = model(decoder_input_ids=[[model.config.decoder_start_token_id]],
                encoder_outputs=encoded, output_attentions=True)
    probs = led.softmax(out.logits[0, -1])
    looked = out.cross_attentions[-1][0, :, 0].mean(axis=0)  # (S,)
    written = model.generate(encoder_outputs=encoded, max_length=16)
    given = tokenizer.decode(written[0], skip_special_tokens=True).strip()
    return probs[tokenizer.eos_token_id], looked.max(), given, encoded


# %%
asked_questions = [
    "Where is the silver key?", "Where is the silver crown?", "Where is the plastic key?",
    "How heavy is the silver key?", "Who stole the silver key?",
    "How many ducks did Tilda Nash have?", "How many swans did Tilda Nash have?"]
decisions = {asked_question: decision(asked_question) for asked_question in asked_questions}
table(["question", "answer", "p(</s>)", "largest attention"], [
    [asked_question, given, f"{at_end:.3f}", f"{most:.2f}"]
    for asked_question, (at_end, most, given, _) in decisions.items()])

# %% [markdown]
# Where there is an answer, nearly all attention is on its first word. Where there is none, it is
# spread, or part of it is on a word that would be the answer to another question. There is a crown
# in the document, of ivory, and silver: one match is not enough.
#
# ## A question that fails
#
# The model knows the questions of the training and such as resemble them. In none of these was
# there a "not":

# %%
unheard = "Who did not make the silver key?"
at_end, _, given, _ = decision(unheard)
print(f"{given!r}, p(</s>) = {at_end:.3f}")

# %% [markdown]
# It answers another question than was asked, and is sure of it. That is a fault of the training
# more than of the model: nothing ever hung on this word. What the model cannot know, `python led.py
# ask` shows: the sentence in which the answer was read stands below it.

# %% [markdown]
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** The pattern as a function: a boolean array (S, S) that is True where the query (row) sees
# the key (column). `is_global` is a boolean array (S,).

# %%
def who_sees_whom(S, W, is_global):
    return ...


# %%
check(who_sees_whom, (12, 2, np.arange(12) == 0), (9, 1, np.isin(np.arange(9), [3, 4])))

# %% [markdown]
# **2.** How many probabilities does one head compute for a document, with G global tokens
# anywhere? Count G + 2W + 1 for each of the S rows, whatever is removed from them, and S for each
# global row.

# %%
def probabilities_of_a_head(S, W, G):
    return ...


# %%
check(probabilities_of_a_head, (12, 2, 1), (16384, 512, 1), (16384, 512, 64))

# %% [markdown]
# **3.** The mask for a question: a list with 1 for every token up to and including the first
# `</s>`, 0 after it.

# %%
def global_mask_for_question(tokens):
    return ...


# %%
check(global_mask_for_question, ("<s> Where is the key ? </s> </s> The old map </s>".split(),),
      ("<s> Who ? </s> </s> </s>".split(),))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Which heads of the encoder does the model need?
# `encode` takes a `head_mask` of shape (layers, heads) with zeros for heads that are switched off.
# Count the right answers to a few examples without each *pair* of heads of a layer, the same head
# twice included: an array (layers, heads, heads). An example is what `example` above returned: ids,
# the number of global tokens, and the ids of the answer. When it is right: which pairs are missed,
# and why are most single heads not?
#
# *Hint.* `encode` with the `head_mask`, then `generate(encoder_outputs=..., max_length=16)`; the
# first token that it gives is the decoder's start token. Three loops, or `np.ndindex`.

# %%
def right_without_heads(model, examples):
    return ...


# %%
check(right_without_heads, (model, [example(tokenizer, f"notebook {i}", 256, 4, "heldout")
                                    for i in range(8)]))
