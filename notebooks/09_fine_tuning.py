# %% [markdown]
# # 9. Fine-tuning
#
# Training is a loop of three lines: compute the loss and its gradients, bound them, take a step.
# In this notebook the loop stays in sight. A small model learns a small task on short documents;
# then it is *fine-tuned*: made fit for longer ones and taught another way to answer, much faster
# than a model that starts from nothing. On the way: what AdamW does, learning rates that rise and
# fall, dropout, a training that lacks the global mask, and what changes with a real task. Notebook
# 10 goes on with long documents and several machines.
#
# It needs the masks of notebook 3, and takes the gradients as they come: notebooks 5 and 6 say from
# where.

# %%
import math
import sys
import warnings

sys.path.insert(0, "..")
import numpy as np

import led
from drawing import COLUMN, LINE, ROW, figure, show
from example import IDS, IS_GLOBAL, difference, small_model
from solutions import check

# %% [markdown]
# ## The task
#
# A document is a row of words. Somewhere in it stand one object and one place; all other words say
# nothing. The answer names the object and the place. This is easy for us, and for a model it has
# the heart of reading: find the few tokens that matter, wherever they are, and bring them into an
# order.

# %%
OBJECTS = "key bell ring lantern mirror drum".split()
PLACES = "mill chapel tower barn well forge".split()
OTHERS = "the old map shows where and then it was a long year of rain with many who".split()
WORDS = ["<s>", "<pad>", "</s>", "<unk>", *OBJECTS, *PLACES, *OTHERS]
print(len(WORDS), "words")

# %%
def documents(rng, count, length):
    """Arguments of value_and_grad: `count` documents of `length` tokens, and their answers."""
    ids = rng.integers(WORDS.index("the"), len(WORDS), (count, length))
    ids[:, 0], ids[:, -1] = WORDS.index("<s>"), WORDS.index("</s>")
    found = np.stack([rng.integers(4, 10, count), rng.integers(10, 16, count)], axis=1)  # (B, 2)
    for row in range(count):
        ids[row, rng.choice(np.arange(1, length - 1), 2, replace=False)] = found[row]
    labels = np.pad(found, [(0, 0), (1, 1)], constant_values=((0, 0), (0, 2)))  # <s> .. .. </s>
    is_global = np.zeros_like(ids)
    is_global[:, 0] = 1
    return {"input_ids": ids, "global_attention_mask": is_global, "labels": labels}


# %%
batch = documents(np.random.default_rng(0), 3, 12)
for ids, answer in zip(batch["input_ids"], batch["labels"]):
    print(*(WORDS[i] for i in ids), " -> ", *(WORDS[i] for i in answer))

# %% [markdown]
# `labels` are what the decoder should write. It reads the same ids shifted by one place, so that
# at each place it knows the words before, never the word itself (`shift_tokens_right`; this is
# *teacher forcing*). All places of all answers are trained at once.

# %%
shifted = led.shift_tokens_right(batch["labels"], pad_token_id=1, start_token_id=2)
print(shifted)
assert (shifted[:, 1:] == batch["labels"][:, :-1]).all() and (shifted[:, 0] == 2).all()

# %% [markdown]
# ## One step
#
# We begin with the model and the twelve tokens of all notebooks. `value_and_grad` returns the loss
# and {name: gradient}. A gradient points to where the loss grows, so a small step against it
# should make it smaller:

# %%
model = small_model()
example = dict(input_ids=IDS, global_attention_mask=IS_GLOBAL, labels=np.array([[0, 11, 12, 2]]))
loss, grads = model.value_and_grad(**example)
for rate in (0.1, 0.01, 1e-5):
    moved = {name: param - rate * grads[name] for name, param in model.params.items()}
    after = led.LEDForConditionalGeneration(model.config, dtype=np.float64, params=moved)
    print(f"rate {rate}: loss {loss:.5f} -> {after(**example).loss:.5f}")
    assert after(**example).loss < loss

# %% [markdown]
# How much smaller? To first order, by rate · Σ grad². For the smallest of these rates it is about
# right; for the largest the curve has bent long before the end of the step:

# %%
squares = sum((grad * grad).sum() for grad in grads.values())
print(f"expected {rate * squares:.5f}, found {loss - after(**example).loss:.5f}")
assert abs(rate * squares / (loss - after(**example).loss) - 1) < 0.02

# %% [markdown]
# ## What AdamW does
#
# Gradients differ in size from parameter to parameter by orders of magnitude, and one rate does
# not suit them all. Adam keeps two running means for each number of each parameter: of its
# gradient, and of the gradient's square. The step is the first divided by the root of the second:
# about `lr` whatever the gradient's size, less where its sign keeps changing. Both means start at
# zero and are too small at first, which is corrected. The W stands for *weight decay*: apart from
# all this, the numbers of every matrix shrink by a factor of 1 − lr · weight_decay. Biases and the
# weights of norms, which are vectors, do not: small matrices make a smooth function, but a norm
# whose weights go to zero only switches off what it should scale.
#
# For one number of a matrix, as a loop:

# %%
def adamw_for_one_number(param, grads, lr=1e-3, weight_decay=0.01):
    """The number after a step with each of the gradients."""
    mean = square = 0.0
    for step, grad in enumerate(grads, start=1):
        param *= 1 - lr * weight_decay
        mean = 0.9 * mean + 0.1 * grad
        square = 0.999 * square + 0.001 * grad * grad
        param -= lr * (mean / (1 - 0.9**step)) / (math.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return param


# %%
rng = np.random.default_rng(0)
param, steps = rng.standard_normal((1, 3)), rng.standard_normal((20, 1, 3))
looped = [adamw_for_one_number(param[0, i], steps[:, 0, i]) for i in range(3)]

# %%
optimizer = led.AdamW({"weight": param})  # changes `param` in place
for grad in steps:
    optimizer.step({"weight": grad})
print(f"the loop and led.AdamW differ by {difference([looped], param):.1e}")
assert difference([looped], param) < 1e-14

# %%
decaying = {"matrix": np.ones((2, 3)), "bias": np.ones(2)}  # gradients of zero leave the decay
nothing = {name: np.zeros_like(param) for name, param in decaying.items()}
led.AdamW(decaying, lr=1e-3, weight_decay=0.01).step(nothing)
print("matrix", decaying["matrix"][0], " bias", decaying["bias"])
assert (decaying["matrix"] == 1 - 1e-3 * 0.01).all() and (decaying["bias"] == 1).all()

# %% [markdown]
# ## The learning rate
#
# In the first steps the running means know little, and a full step can do damage; at the end,
# small steps settle what large ones shake. So the rate rises to its full value (the *warm-up*) and
# then falls to zero.

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.0)
rates = [5e-3 * led.linear_schedule(step, 20, 160) for step in range(161)]
axes.plot(rates, color=LINE)
axes.set(title="linear_schedule, 20 steps of warm-up", xlabel="step", ylabel="learning rate")
show(fig, "The learning rate rises linearly from 0 to 0.005 in 20 steps and falls "
          "linearly to 0 at step 160.")

# %% [markdown]
# Now and then a batch gives gradients of unusual size. `clip_gradients` scales all of them so that
# their common norm is at most 1. The direction stays.
#
# ## The loop
#
# Here is all of it. The model has two encoder layers with W = 4 and one decoder layer, and reads
# documents of 16 tokens, always new ones. It computes in float64, so that the curves come out the
# same on every machine:

# %%
def train(model, draw, steps, lr):
    """Trains on batches from draw() -> the loss of each step."""
    optimizer, losses = led.AdamW(model.params), []
    for step in range(steps):
        loss, grads = model.value_and_grad(**draw())
        led.clip_gradients(grads, 1.0)
        optimizer.lr = lr * led.linear_schedule(step, 20, steps)
        optimizer.step(grads)
        losses.append(float(loss))
    return losses


# %%
config = led.LEDConfig(
    vocab_size=len(WORDS), d_model=32, encoder_layers=2, decoder_layers=1,
    encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64,
    attention_window=8, max_encoder_position_embeddings=16, max_decoder_position_embeddings=8,
    dropout=0.0, init_std=0.1)
model = led.LEDForConditionalGeneration(config, seed=0, dtype=np.float64)

# %%
rng = np.random.default_rng(0)
losses = train(model, lambda: documents(rng, 16, 16), steps=160, lr=5e-3)
guess = 2 * math.log(6) / 4  # one of six objects, one of six places; <s> and </s> are sure
print(*(f"{loss:.2f}" for loss in losses[::20]), f"{losses[-1]:.2f}")

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.8)
axes.plot(losses, color=LINE)
axes.axhline(guess, color=COLUMN, ls="--", label="knows the form, guesses the words")
axes.set(title="Learning the task", xlabel="step", ylabel="loss", ylim=(0, None))
axes.legend(frameon=False)
show(fig, "The loss falls steeply from 4 to the dashed line at 0.9 within 50 steps, "
          "rests there for a while, and falls again to less than 0.1.")

# %% [markdown]
# The curve has a plateau, and its height tells what the model knew there. If it has learnt the
# *form* of an answer, `<s> object place </s>`, and guesses one of six objects and one of six
# places, the mean loss of the four tokens is 2 · ln 6 / 4 = 0.90. To get below, it has to read:
# the cross-attention must find the one token among 16. That takes longer, and then goes fast.
#
# A loss is not yet a right answer. `generate` writes without being told the words before:

# %%
def exact_match(model, draw):
    """The share of documents whose answer is right, word for word."""
    batch = draw()
    labels = batch.pop("labels")
    T = labels.shape[1]
    ids = model.generate(**batch, max_length=T + 1)
    return float(np.mean([list(row[1 : T + 1]) == list(label) for row, label in zip(ids, labels)]))


# %%
test = np.random.default_rng(1)
right = exact_match(model, lambda: documents(test, 100, 16))
print(f"right: {right:.0%}")

# %% [markdown]
# ## Longer documents
#
# This model has 16 position embeddings and cannot read more:

# %%
try:
    model(**documents(test, 1, 64))
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# The same is true of BART with its 1,024. The authors of LED found a simple way (paper, section
# 7): put copies of the position embeddings side by side. What the model has learnt about
# *neighbours* stays right everywhere but at the seams, and in a banded attention neighbours are
# what positions are for. We go from 16 to 64 = 4 · 16 positions:

# %%
name = "led.encoder.embed_positions.weight"
params = {other: param.copy() for other, param in model.params.items()}
params[name] = np.tile(params[name], (4, 1))  # (16, E) -> (64, E)
longer = led.LEDConfig.from_dict(config.to_dict(), max_encoder_position_embeddings=64)
model = led.LEDForConditionalGeneration(longer, dtype=np.float64, params=params)
right = exact_match(model, lambda: documents(test, 100, 64))
print(f"right, at 64 tokens: {right:.0%}")

# %% [markdown]
# It has never seen a document of this length. A larger model on real texts loses more in this
# step, and then some training at the new length is due.
#
# ## Fine-tuning
#
# Now another task that has much in common with the first: the answer shall name the *place first*.
# The model can find both; it must only write them the other way around. Beside it, with the same
# batches, a model of the same size starts from random weights.

# %%
def place_first(rng, count, length):
    batch = documents(rng, count, length)
    batch["labels"] = batch["labels"][:, [0, 2, 1, 3]]
    return batch


# %%
fresh = led.LEDForConditionalGeneration(longer, seed=1, dtype=np.float64)
rng = np.random.default_rng(2)
tuned_losses = train(model, lambda: place_first(rng, 16, 32), steps=70, lr=4e-3)
rng = np.random.default_rng(2)
fresh_losses = train(fresh, lambda: place_first(rng, 16, 32), steps=70, lr=4e-3)
print(f"fine-tuned {np.mean(tuned_losses[-5:]):.2f}, fresh {np.mean(fresh_losses[-5:]):.2f}")

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.8)
axes.plot(tuned_losses, color=LINE, label="fine-tuned")
axes.plot(fresh_losses, color=ROW, label="from random weights")
axes.axhline(guess, color=COLUMN, ls="--", label="guesses the words")
axes.set(title="The same 70 batches", xlabel="step", ylabel="loss", ylim=(0, None))
axes.legend(frameon=False)
show(fig, "Two loss curves. The fine-tuned model passes the dashed line of guessing "
          "after some 20 steps and falls to nearly zero; the one from random weights "
          "only reaches the line.")

# %%
for what, trained in (("fine-tuned", model), ("from random weights", fresh)):
    right = exact_match(trained, lambda: place_first(np.random.default_rng(3), 100, 64))
    print(f"{what}: right {right:.0%}, at 64 tokens")

# %% [markdown]
# This is why one fine-tunes. What took most of the first training, to learn to *find*, is kept. On
# real data the same holds on a grander scale.
#
# ## Dropout
#
# With the configuration's `dropout` above 0, training drops a share of the hidden numbers at
# random, so that no single one can be relied upon. `dropout_rng` is a seed or a NumPy generator;
# without it, nothing is dropped. The same seed drops the same numbers, so that also such a
# training can be repeated exactly:

# %%
model.config.dropout = 0.1
batch = place_first(np.random.default_rng(4), 8, 32)
dropped = []
for seed in (None, 1, 1, 2):
    dropped.append(model.value_and_grad(**batch, dropout_rng=seed)[0])
    print(f"dropout_rng={seed}: loss {dropped[-1]:.6f}")
assert dropped[1] == dropped[2] and len(set(dropped)) == 3
model.config.dropout = 0.0

# %% [markdown]
# ## Without the global mask
#
# So far one global token was there, and it was hardly needed: the decoder sees the whole document,
# and its two words can be found by what they are. Now a task in which *where to look* depends on a
# word far away. A document starts with the name of a kind, "object", "place", "animal" or
# "colour", and has one thing of each kind further on, beyond the window of the first word. The
# answer is the thing of the kind that was asked for.

# %%
KINDS = {"object": OBJECTS, "place": PLACES, "animal": "goat sheep horse goose hen ox".split(),
         "colour": "red green blue grey black pink".split()}
THINGS = [thing for things in KINDS.values() for thing in things]  # four times six
LEXICON = ["<s>", "<pad>", "</s>", "<unk>", *THINGS, *KINDS, *OTHERS]


def questions(rng, count, length, is_global):
    """Arguments of value_and_grad; the first token, which asks, is global or not."""
    ids = rng.integers(LEXICON.index("the"), len(LEXICON), (count, length))
    kinds = rng.integers(0, 4, count)
    found = 4 + 6 * np.arange(4) + rng.integers(0, 6, (count, 4))  # one thing of each kind
    for row in range(count):
        ids[row, rng.choice(np.arange(6, length - 1), 4, replace=False)] = found[row]
    ids[:, 0], ids[:, -1] = LEXICON.index("object") + kinds, LEXICON.index("</s>")
    labels = np.stack([found[np.arange(count), kinds], np.full(count, 2)], axis=1)
    mask = np.zeros_like(ids)
    mask[:, 0] = is_global
    return {"input_ids": ids, "global_attention_mask": mask, "labels": labels}


# %%
asked = questions(np.random.default_rng(0), 2, 20, True)
for ids, answer in zip(asked["input_ids"], asked["labels"]):
    print(*(LEXICON[i] for i in ids), " -> ", LEXICON[answer[0]])

# %% [markdown]
# Two models with the same start and the same batches; all that differs is the mask. (One layer on
# each side, and one head in the decoder, so that it can look for one thing only.)

# %%
asking = led.LEDConfig(
    vocab_size=len(LEXICON), d_model=32, encoder_layers=1, decoder_layers=1,
    encoder_attention_heads=4, decoder_attention_heads=1, encoder_ffn_dim=64, decoder_ffn_dim=16,
    attention_window=8, max_encoder_position_embeddings=20, max_decoder_position_embeddings=8,
    dropout=0.0, init_std=0.2)
curves, shares = {}, {}
for is_global in (True, False):
    learner = led.LEDForConditionalGeneration(asking, seed=1, dtype=np.float64)
    rng = np.random.default_rng(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no token is global, where we want it so
        curves[is_global] = train(learner, lambda: questions(rng, 32, 20, is_global), 300, 5e-3)
        test = np.random.default_rng(2)
        shares[is_global] = exact_match(learner, lambda: questions(test, 200, 20, is_global))

# %% tags=["varies"]
for is_global, what in ((True, "with the mask"), (False, "without")):
    print(f"{what}: loss {np.mean(curves[is_global][-10:]):.2f}, right {shares[is_global]:.0%}")

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.8)
axes.plot(curves[True], color=LINE, label="with the global mask", lw=1)
axes.plot(curves[False], color=ROW, label="without", lw=1)
axes.axhline(math.log(24) / 2, color=COLUMN, ls="--", label="guesses one of all 24 things")
axes.axhline(math.log(6) / 2, color=COLUMN, ls=":", label="guesses one of six of the right kind")
axes.set(title="The same 300 batches", xlabel="step", ylabel="loss", ylim=(0, None))
axes.legend(frameon=False)
show(fig, "Two loss curves. With the global mask the loss falls to nearly zero. Without it "
          "the loss stays above the line of those who guess one of six things.")

# %% [markdown]
# With the mask, the things in the document read the question in their column, and the one that is
# asked for can raise its hand; the decoder only has to look for a hand. Without it, no thing ever
# learns what was asked. Question and document meet in the decoder alone, which would have to look
# at both, at the same time, with one head. At best it learns from the question which kind is wanted
# and guesses one of six: the lower line. And nothing in the loss says what is missing: it looks
# like a task that is hard. (Decoders with more heads and layers can do more of it. Try
# `decoder_attention_heads=4`.)
#
# ## From here to a real task
#
# The same functions fine-tune led-base on documents of thousands of tokens. What changes are the
# numbers, and a few things that went without saying here:
#
# - **Start** with `LEDForConditionalGeneration.from_pretrained("allenai/led-base-16384")` and its
#   tokenizer. Cut documents to 16,384 tokens and answers to 1,024, or to less: a document twice as
#   long costs twice the time and memory.
# - **Labels**: what the tokenizer gives for the answer, with −100 in place of every padding token.
#   Then padding adds nothing to the loss.
# - **Global attention**: the first token for summaries, the question's tokens for questions, in
#   training as in generation. A model that was trained with it and is asked without it gives poor
#   answers and no error message.
# - **Learning rate**: about 3e-5 for weights that are trained already, a hundredth of ours, with
#   some hundred steps of warm-up, and the `dropout` of 0.1 that the configuration says.
# - **Batches** of some ten documents, from gradients added up, one document at a time, with
#   `gradient_checkpointing=True` if memory is short (notebook 10).
# - **Hold documents back.** Our documents were always new, so the loss could not lie. On a data set
#   that is read several times it can: the model learns the examples. Measure the loss, and ROUGE or
#   exact match, on documents that are not trained on, and keep the weights that were best there.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** Another schedule: the same linear warm-up, then the falling half of a cosine, from 1 at
# the end of the warm-up to 0 at `total_steps`.

# %%
def cosine_schedule(step, warmup_steps, total_steps):
    return ...


# %%
check(cosine_schedule, (0, 20, 140), (10, 20, 140), (20, 20, 140), (80, 20, 140), (140, 20, 140))

# %% [markdown]
# **2.** What does the loss plateau at, if answers are `<s>`, then n words, each one of k, then
# `</s>`, and the model knows the form but guesses the words?

# %%
def plateau(n, k):
    return ...


# %%
check(plateau, (2, 6), (1, 30), (5, 1))

# %% [markdown]
# **3.** Write the clipping: a list of gradients (arrays) in, a list of arrays out, all scaled by
# the same factor, so that their common norm is at most `bound`. Smaller ones stay as they are.

# %%
def clipped(grads, bound):
    return ...


# %%
check(clipped, ([np.array([3.0, 0.0]), np.array([[4.0]])], 1.0),
      ([np.array([0.3]), np.array([-0.4])], 1.0))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Our documents were always new. Mostly there are only
# so many, and a model that reads them again and again learns them by heart. Write a training that
# notices: it goes through all `batches`, in order, at most `passes` times, with AdamW at the fixed
# rate `lr` and gradients clipped to 1; after each pass it measures the loss on `held_out`; it stops
# after `patience` passes in a row without a new best, and puts the best weights back into the
# model. It returns the list of held-out losses, and last the loss of `held_out` with the weights
# that it leaves. When it is right: draw both losses, on the batches and on what was held out. Where
# do they part, and what moves that place: more documents, smaller steps, dropout?
#
# *Hint.* AdamW changes the arrays of `model.params` in place, so the best weights must be copied;
# they are put back with `param[...] = best[name]`.

# %%
def train_with_patience(model, batches, held_out, lr, patience, passes):
    return ...


# %%
one_layer = led.LEDConfig.from_dict(config.to_dict(), encoder_layers=1, attention_window=[8])
untrained = led.LEDForConditionalGeneration(one_layer, seed=0, dtype=np.float64)
rng = np.random.default_rng(8)
few, held_out = [documents(rng, 8, 16)], documents(rng, 50, 16)
check(train_with_patience, (untrained, few, held_out, 5e-3, 3, 40),
      (untrained, few, few[0], 5e-3, 3, 5))
