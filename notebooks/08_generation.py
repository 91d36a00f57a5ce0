# %% [markdown]
# # 8. Generation
#
# A decoder gives probabilities for one next token. How does a text come of that? This notebook
# writes summaries with greedy search, with beams and by drawing at random; draws what the beams
# did; says what is kept from step to step, and what that saves; and measures the summaries with
# ROUGE.
#
# It needs to know what encoder and decoder are, but none of their insides. The model is the one of
# notebook 7, tiny and taught three short reports by heart, so **what you see was not made with the
# official weights**. Set `checkpoint` to `"allenai/led-large-16384-arxiv"` and run again, with a
# connection, and the same cells work on the official model.

# %%
import re
import sys
import tempfile

sys.path.insert(0, "..")
import numpy as np

import bpe
import led
from led_support.generation import BeamHypotheses, largest
from drawing import BAND, COLUMN, EMPTY, INK, LINE, ROW, figure, plt, show, table
from example import REPORTS, write_checkpoint
from solutions import check

# %%
folder = tempfile.TemporaryDirectory()
write_checkpoint(folder.name)
checkpoint = folder.name  # or "allenai/led-large-16384-arxiv"

# %%
model = led.LEDForConditionalGeneration.from_pretrained(checkpoint)
tokenizer = bpe.LEDTokenizer.from_pretrained(checkpoint)
print(f"{model.num_parameters():,} parameters, {len(tokenizer):,} tokens")

# %% [markdown]
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

# %% [markdown]
# The loop and `generate` agree. But look at the summaries: all three reports got the same one.
# Greedy search cannot take back a word. Two of the three summaries start with "The", so "The" is
# the likeliest first word for a model that is still unsure, and after "The" the third summary,
# which starts with "A", is lost.
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
    return [(totals[cell], cell // V, cell % V) for cell in largest(totals, 2 * beams)]


# %%
history = []  # of each step: [(sum, row, token, fate), ...]
finished = BeamHypotheses({"num_beams": beams, "length_penalty": 1.0, "early_stopping": False,
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

# %% [markdown]
# And this is what happened in the first five steps. Each column is a step, each box a continuation
# that was among the best eight, the best one on top. Lines lead to the open text that it continues.

# %% jupyter={"source_hidden": true}
def draw_box(axes, step, rank, candidate, parent):
    """One continuation, with a line to the open text that it continues."""
    total, _, token, fate = candidate
    colour, line = {"kept": (BAND, INK), "dropped": (EMPTY, "#cccccc"), "ends": (ROW, INK)}[fate]
    axes.plot([step - 0.65, step - 0.35], [parent, rank], color=line, lw=0.9, zorder=0)
    axes.add_patch(plt.Rectangle((step - 0.35, rank - 0.4), 0.7, 0.8, fc=colour))
    word = tokenizer.decode([token]).strip() or "␣"
    axes.text(step, rank, f"{word}\n{total:.1f}", ha="center", va="center", size=8)


fig, axes = figure(4, width=3.7)
heights = [0]  # of the open texts in the drawing, row by row
for step, candidates in enumerate(history[:5]):
    for rank, candidate in enumerate(candidates):
        draw_box(axes, step, rank, candidate, parent=heights[candidate[1]])
    heights = [rank for rank, (*_, fate) in enumerate(candidates) if fate == "kept"]
axes.set(title="Beam search, step by step:\nblue is kept, green ends, grey is dropped",
         xlabel="token", ylabel="rank", xlim=(-0.7, 4.4), ylim=(7.6, -0.6), xticks=range(5),
         xticklabels=range(1, 6))
show(fig, "Five columns of eight boxes with a token and its sum of log-probabilities. "
          "Four boxes in each column are kept and lead to the next column, one in the first "
          "column ends, the others are dropped.")

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
# ## What is kept from step to step
#
# The loop above reads the whole text again in each step, although only its last token is new. In
# the decoder a token sees those before it and none after it, so the keys and values of earlier
# tokens do not change when a token is added. `past_key_values` keeps them. A step then reads one
# token:

# %%
past, ids = None, greedy[:, :1]
for step in range(1, 6):
    new = ids if past is None else ids[:, -1:]
    out = model(decoder_input_ids=new, past_key_values=past, encoder_outputs=encoded,
                attention_mask=mask, use_cache=True)
    past = out.past_key_values
    anew = model(decoder_input_ids=ids, encoder_outputs=encoded, attention_mask=mask).logits
    assert np.abs(out.logits[:, -1] - anew[:, -1]).max() < 1e-4
    ids = np.concatenate([ids, out.logits[:, -1].argmax(axis=-1)[:, None]], axis=1)

# %%
for name, array in zip(("keys", "values", "document's keys", "document's values"), past[0]):
    print(f"{name:18}", array.shape)

# %% [markdown]
# Each decoder layer keeps four arrays (documents, heads, tokens, D): keys and values of the text so
# far, which grow by one token a step, and those of the document for the cross-attention, which are
# computed once. For T tokens the loop puts 1 + 2 + … + T tokens through the decoder, and with what
# is kept it is T. The document's keys and values are the larger part of the memory. For led-large,
# in float32, with a document of 16,384 tokens:

# %%
layers, E, T, length = 12, 1024, 256, 16384
print(f"{T} tokens: {T * (T + 1) // 2:,} through the decoder, or {T}")
for what, tokens in (("the text", T), ("the document", length)):
    print(f"keys and values of {what}: {2 * layers * tokens * E * 4 / 2**20:,.0f} MiB")

# %% [markdown]
# A step of generation therefore does little arithmetic and reads much memory: all the decoder's
# weights, and those keys and values, for a single token of each text. It is memory's speed that
# limits it, and so four beams of one document cost much less than four times one: `generate` lets
# them share the document's keys and values.
#
# ## Drawing at random
#
# For a summary one wants the likeliest text. For a story one does not: the likeliest is dull. Then
# the next token is *drawn*, with the probabilities that the decoder gives. Three settings make the
# draw more careful. `temperature` divides the logits before the softmax: below 1 the likely become
# likelier. `top_k` draws from the k likeliest only, and `top_p` from as few as have the probability
# p together. Here is what may follow the `<s>` of the third summary:

# %%
start = model(inputs["input_ids"][2:], attention_mask=mask[2:], decoder_input_ids=[[2, 0]],
              global_attention_mask=is_global[2:]).logits[0, -1]  # (V,)
likeliest = largest(start, 6)
temperatures = (0.5, 1.0, 2.0)
probs = np.array([led.softmax(start / temperature) for temperature in temperatures])  # (3, V)
assert (np.diff(probs[:, likeliest[0]]) < 0).all()  # less and less for the likeliest

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
for i, (temperature, colour) in enumerate(zip(temperatures, (LINE, BAND, COLUMN))):
    axes.bar(np.arange(6) + 0.27 * (i - 1), probs[i, likeliest], 0.25, color=colour,
             label=f"temperature {temperature}")
axes.set_xticks(range(6), [tokenizer.decode([token]).strip() for token in likeliest])
axes.set(title="What may come first", ylabel="probability", ylim=(0, 1))
axes.legend(frameon=False)
show(fig, "Bars for the six likeliest tokens at three temperatures. At 0.5 nearly all of the "
          "probability is on the first two, at 2 it is spread over all six and many others.")

# %%
rows = []
for temperature, p in zip(temperatures, probs):
    in_order = np.sort(p)[::-1]
    among = int(np.searchsorted(in_order.cumsum(), 0.9)) + 1
    rows.append([temperature, f"{in_order[:2].sum():.2f}", among])
table(["temperature", "probability of the first two", "tokens that top_p=0.9 leaves"], rows)

# %% [markdown]
# Five draws with the same settings and different seeds, for the third report, and five more that
# are careful. The same seed gives the same text:

# %%
def drawn(seed, **settings):
    ids = model.generate(inputs["input_ids"][2:], attention_mask=mask[2:], do_sample=True,
                         global_attention_mask=is_global[2:], seed=seed, max_length=24, **settings)
    return tokenizer.decode(ids[0], skip_special_tokens=True)


# %% tags=["varies"]
for settings in ({"temperature": 1.5, "top_k": 0}, {"temperature": 0.5, "top_p": 0.9}):
    print(settings)
    print(*(f"  {drawn(seed, **settings)}" for seed in range(5)), sep="\n")
assert drawn(3, temperature=1.5) == drawn(3, temperature=1.5)

# %% [markdown]
# What comes out at a high temperature is a text by the letter of the probabilities: each token is
# possible after those before. One unlikely draw, and all that follows has to go with it.
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
# What does a score below one mean? Here are two more texts for the third report. The first one says
# what the reference says, in other words and in another order. The second one is the reference, but
# for one word that makes it false:

# %%
reference = "A rich harvest lowered the price of wheat, so half of it is kept."
others = {
    "in other words": "The price of wheat fell after a rich harvest, and farmers keep half of it.",
    "false": "A rich harvest lowered the price of wheat, so none of it is kept."}
for name, text in others.items():
    shared = Counter(re.findall("[a-z]+", reference.lower())) & Counter(
        re.findall("[a-z]+", text.lower()))
    print(f"{name}: {shared.total()} words shared:", *shared.elements())

# %%
rows = [[name, *(f"{score.fmeasure:.2f}" for score in scorer.score(reference, text).values())]
        for name, text in others.items()]
table(["summary", "ROUGE-1", "ROUGE-2", "ROUGE-L"], rows)

# %% [markdown]
# The honest one shares 10 words with the reference, of 15 and 14: 2 · 10 / (15 + 14) = 0.69. It
# loses more where the order counts: the longest row of words that stands in both texts, with gaps,
# is "the price of wheat half of it", 7 words, so ROUGE-L is 2 · 7 / (15 + 14) = 0.48. The false one
# has 13 of its 14 words right. **ROUGE counts words, not truth**: it tells something of many
# summaries by one kind of writer, and little of a single one.
#
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

# %% [markdown]
# The beams have a score of one since the model has learnt three sentences by heart, which says
# nothing of what it would do with a fourth. The greedy texts are one right summary and twice that
# of another report, and even these two share words with their references, "the", "of" and "a":
# so half of a point is no sign of half a summary. On new documents the same cells tell more. For
# orientation: the paper reports ROUGE-1 of 46.6 (in hundredths) for led-large on the arXiv data
# set, which is `allenai/led-large-16384-arxiv`.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** Four finished texts have these sums of log-probabilities and these numbers of tokens.
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
# **2.** A model has given probabilities `probs` (V,), all above zero, at temperature 1. What would
# they be at another?

# %%
def at_temperature(probs, temperature):
    return ...


# %%
check(at_temperature, (np.array([0.5, 0.3, 0.2]), 0.5), (np.array([0.5, 0.3, 0.2]), 2.0),
      (np.array([0.9, 0.1]), 1.0))

# %% [markdown]
# **3.** With `no_repeat_ngram_size` = n no n tokens may come twice in the same order. Which tokens
# may not come next after `ids`? A sorted list, without repetitions.

# %%
def forbidden_next(ids, n):
    return ...


# %%
check(forbidden_next, ([5, 6, 7, 5, 6], 3), ([5, 6, 5, 7, 5], 2), ([4, 4, 4], 2), ([1, 2], 3),
      ([3, 1, 3], 1))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Beam search without a model. In a language of V words
# the next word depends on the last one alone: `log_probs` (V, V), a row for each last word. Texts
# begin with word 0, and word 1 ends them. In each of at most `steps` steps every open text offers
# all V continuations. Of the best `beams` offers those that end are finished; of all offers that do
# not end, the best `beams` go on. Return the finished text with the largest sum of
# log-probabilities divided by its number of words after the first, as a list from 0 to 1, or [] if
# none has ended.
# When it is right: how often is the text of one beam, of two, of four the best of all texts? Can a
# wider beam find a worse text than a narrow one?
#
# *Hint.* An open text is a pair (sum, list). Two lists are enough: what is open and what is
# finished.

# %%
def search_with_beams(log_probs, beams, steps):
    return ...


# %%
languages = np.log(np.random.default_rng(0).dirichlet(np.ones(6), (20, 6)))  # (20, V, V)
check(search_with_beams, *((language, beams, 5) for language in languages for beams in (1, 2, 4)))
