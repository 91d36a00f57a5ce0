# %% [markdown]
# # 4. The whole model
#
# The attention of notebooks 2 and 3 is what makes LED special. The rest is BART, an encoder and a
# decoder, and this notebook builds it: from token ids to logits to the loss, each part in a few
# lines, each compared with the function of `led.py` that does the same. At the end these lines run
# the trained model of this repository, and write its answer to a question.
#
# It needs notebook 3 for the encoder's attention, and nothing of training.

# %%
import math
import sys
from pathlib import Path

sys.path.insert(0, "..")
import numpy as np

import bpe
import led
from drawing import (BAND, COLUMN, EMPTY, LINE, architecture_picture, choose, figure, grid, legend,
                     show, table)
from example import IDS, IS_GLOBAL, S, TOKENS, difference, small_model
from led_support.command_line import question_inputs
from solutions import check

# %% jupyter={"source_hidden": true}
show(architecture_picture(),
     "Two columns of boxes, from the bottom up. Encoder: token ids of the source, embedding and "
     "positions, then layers of self-attention over band and global tokens and of feed forward. "
     "Decoder: the labels shifted right, embedding and positions, then layers of causal "
     "self-attention, of cross-attention, whose keys and values are the encoder's output, and of "
     "feed forward; then logits by the matrix of the embedding, and the loss.")

# %% [markdown]
# The letters are those of `led.py`: B documents, S tokens of the source, T of the target, hidden
# states of E numbers, F within a feed forward, a vocabulary of V. The model is the small one with
# random weights. What it is to write, the *labels*, are five tokens:

# %%
model = small_model()
params, config = model.params, model.config
labels = np.array([[0, 10, 9, 8, 2]])  # (B, T): <s> silver the where </s>
E, H, V = config.d_model, config.encoder_attention_heads, config.vocab_size
print(f"S = {S}, T = {labels.shape[1]}, E = {E}, V = {V}, H = {H}, encoder layers "
      f"{config.encoder_layers}, decoder layers {config.decoder_layers}")

# %% [markdown]
# ## Embedding and positions
#
# A token is a row of a table of V rows. Attention does not see order: if rows of x change places,
# so do rows of the result. So the *position* is added, a row of a second table, which is learnt
# too. A layer norm follows: each row gets mean 0 and variance 1, and then a scale and a shift of
# its own for each of the E numbers. (Notebook 5 derives its gradient.)

# %%
def normed(x, name):
    """The layer norm of this name. x (B, S, E) -> (B, S, E)"""
    centred = x - x.mean(axis=-1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return centred / std * params[name + ".weight"] + params[name + ".bias"]


# %%
def embedded(ids, name):
    """ids (B, S) -> (B, S, E). name: of the encoder or of the decoder"""
    tokens = params["led.shared.weight"][ids]
    positions = params[name + ".embed_positions.weight"][: ids.shape[1]]  # (S, E)
    return normed(tokens + positions, name + ".layernorm_embedding")


# %%
x = embedded(IDS, "led.encoder")
called, _ = led.embed(params["led.shared.weight"][IDS], params, "led.encoder", first_position=0,
                      rate=0.0, seed=None)
print(f"led.embed differs by {difference(x, called):.1e}")
assert difference(x, called) < 1e-13

# %% [markdown]
# Two things are *not* there, and both have cost people who converted checkpoints their time. The
# first transformer multiplied embeddings by √E; here there is no scale. And BART's table of
# positions has two rows more at its start, so that position 0 is row 2; LED's table is without.
#
# ## Post-norm: why the sum comes first
#
# A layer consists of *branches*: attention, feed forward. Each branch adds to x, the *residual*,
# and a norm follows the sum:
#
# $$
# \mathrm{out} = \mathrm{norm}(x + \mathrm{branch}(x))
# $$
#
# This is *post-norm*, the order of the first transformer and of BART, whose weights LED inherits.
# Many later models are *pre-norm*, x + branch(norm(x)): there nothing stands between the first x
# and the last, and x grows with every branch that adds to it. After a post-norm it always has the
# same size. Here is x through 24 branches with random weights:

# %%
def sizes(post, branches=24, width=64):
    """The size of the numbers of x after each branch."""
    draw = np.random.default_rng(0)
    x, one, zero = draw.standard_normal((50, width)), np.ones(width), np.zeros(width)
    found = [x.std()]
    for _ in range(branches):
        weight = draw.standard_normal((width, width)) / math.sqrt(width)
        if post:
            x, _ = led.layer_norm(x + x @ weight, one, zero)
        else:
            x = x + led.layer_norm(x, one, zero)[0] @ weight
        found.append(x.std())
    return np.array(found)


# %% jupyter={"source_hidden": true}
fig, axes = figure(2.5)
axes.plot(sizes(post=True), "o-", color=LINE, label="norm(x + branch(x))", markersize=3)
axes.plot(sizes(post=False), "s-", color=COLUMN, label="x + branch(norm(x))", markersize=3)
axes.set(title="The size of x", xlabel="branches passed", ylabel="standard deviation",
         ylim=(0, None))
axes.legend(frameon=False)
show(fig, "Standard deviation against branches passed: with the norm after the sum it stays at 1; "
          "with the norm before the branch it grows to about 5 after 24 branches.")

# %% [markdown]
# Which is better is a matter of training (with post-norm it needs a warm-up, see notebook 9). But
# weights that were trained in one order are of no use in the other: the formula is part of the
# checkpoint.
#
# ## Feed forward
#
# Two linear layers with a gelu between them: each row is widened from E to F numbers, cut, and
# narrowed again. No token sees another here. `linear` of `led.py` is one such layer:

# %%
def applied(x, name):
    """The linear layer of this name. x (..., in) -> (..., out)"""
    return x @ params[name + ".weight"].T + params[name + ".bias"]


# %%
def fed_forward(x, name):
    return applied(led.gelu(applied(x, name + ".fc1")), name + ".fc2")  # (B, S, F) between


# %%
name = "led.encoder.layers.0"
called, _ = led.feed_forward(x, params, name, "gelu", rate=0.0, seed=None)
print(f"led.feed_forward differs by {difference(fed_forward(x, name), called):.1e}")
assert difference(fed_forward(x, name), called) < 1e-13

# %% [markdown]
# ## The encoder
#
# An encoder layer is two branches: the attention of notebook 3 with a linear layer that mixes its
# heads, and a feed forward. The encoder is an embedding and these layers. Its last hidden states
# are all that the decoder will ever know of the document.

# %%
def encoder_layer_by_hand(x, i, masked, is_global):
    name, window = f"led.encoder.layers.{i}", config.attention_window[i] // 2
    context, _ = led.encoder_attention(
        x, params, name + ".self_attn.longformer_self_attn", config.encoder_attention_heads, window,
        masked, is_global)
    x = normed(x + applied(context, name + ".self_attn.output"), name + ".self_attn_layer_norm")
    return normed(x + fed_forward(x, name), name + ".final_layer_norm")


# %%
def encoded(ids, is_global):
    x, masked = embedded(ids, "led.encoder"), np.zeros(ids.shape, bool)
    for i in range(config.encoder_layers):
        x = encoder_layer_by_hand(x, i, masked, is_global)
    return x


# %%
masked, is_global = np.zeros((1, S), bool), IS_GLOBAL.astype(bool)
layer = encoder_layer_by_hand(x, 0, masked, is_global)
called, _ = led.encoder_layer(x, params, name, config, config.attention_window[0] // 2, masked,
                              is_global)
print(f"one layer differs by {difference(layer, called):.1e}")
assert difference(layer, called) < 1e-13

# %%
memory = encoded(IDS, is_global)  # (B, S, E)
whole = model.encode(IDS, global_attention_mask=IS_GLOBAL).last_hidden_state
print(f"the encoder differs by {difference(memory, whole):.1e}")
assert difference(memory, whole) < 1e-13

# %% [markdown]
# ## Labels, shifted right
#
# The decoder writes one token after the other, and each one depends on those before. In training
# the whole text is known, so all positions can be computed at once: position t reads the labels
# *before* t and predicts label t. Its input are the labels, moved one place to the right. In front
# comes a start token, for which LED takes `</s>`:

# %%
ids = np.concatenate([[[config.decoder_start_token_id]], labels[:, :-1]], axis=1)  # (B, T)
assert (ids == led.shift_tokens_right(labels, pad_token_id=1, start_token_id=2)).all()
words = {int(i): token for i, token in zip(IDS[0], TOKENS)}
table(["position", "reads", "predicts"], [
    [t, words[read], words[label]] for t, (read, label) in enumerate(zip(ids[0], labels[0]))])

# %% [markdown]
# ## The causal mask
#
# Position t may not look at positions after t: there stands, one place on, the very label that it
# is to predict. So their scores get −1e30 before the softmax, as with everything that is removed:

# %%
T = ids.shape[1]
future = np.arange(T) > np.arange(T)[:, None]  # (T, T)
causal = np.where(future, led.REMOVED, 0)
y = embedded(ids, "led.decoder")
(called, of_memory) = led.decoder_biases(y, mask=None, memory_mask=None, past_length=0)
assert (called[0, 0] == causal).all() and of_memory is None

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.5, width=4.4)
read = [words[i] for i in ids[0]]
grid(axes, choose((future, EMPTY), otherwise=BAND), None, "Causal self-attention", read, read,
     "query", "key")
legend(axes, (BAND, "seen"), (EMPTY, "the future"))
show(fig, "A grid of 5 queries by 5 keys. Each query sees itself and the keys before it: a lower "
          "triangle.")

# %% [markdown]
# ## Self-attention and cross-attention
#
# The decoder has two attentions, and both are the ordinary one with several heads. In
# *self-attention* queries, keys and values come from the text so far, with the causal mask. In
# *cross-attention* the queries come from the text, keys and values from the encoder's output, and
# every position sees all S tokens of it. One function does for both:

# %%
def attended(y, source, bias, name):
    """y (B, T, E) attends to source (B, S, E) -> (B, T, E)"""
    q, k, v = (led.split_heads(applied(x, f"{name}.{kind}"), config.decoder_attention_heads)
               for x, kind in ((y, "q_proj"), (source, "k_proj"), (source, "v_proj")))
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + bias  # (B, H, T, S)
    context = led.softmax(scores) @ v  # (B, H, T, D)
    return applied(led.merge_heads(context), name + ".out_proj")


# %%
name = "led.decoder.layers.0"
for kind, source, bias in (("self_attn", y, causal), ("encoder_attn", memory, np.zeros(1))):
    k, v, _ = led.keys_and_values(source, params, f"{name}.{kind}", H)
    called, _ = led.decoder_attention(y, k, v, bias, params, f"{name}.{kind}", H)
    ours = attended(y, source, bias, f"{name}.{kind}")
    print(f"{kind}: led.decoder_attention differs by {difference(ours, called):.1e}")
    assert difference(ours, called) < 1e-13

# %% [markdown]
# ## The decoder
#
# A decoder layer has three branches: self-attention, cross-attention, feed forward. The encoder's
# output is the same for all layers; each has its own keys and values of it.

# %%
def decoder_layer_by_hand(y, memory, bias, i):
    name = f"led.decoder.layers.{i}"
    y = normed(y + attended(y, y, bias, name + ".self_attn"), name + ".self_attn_layer_norm")
    branch = attended(y, memory, 0, name + ".encoder_attn")
    y = normed(y + branch, name + ".encoder_attn_layer_norm")
    return normed(y + fed_forward(y, name), name + ".final_layer_norm")


# %%
def decoded(ids, memory):
    y, place = embedded(ids, "led.decoder"), np.arange(ids.shape[1])
    bias = np.where(place > place[:, None], led.REMOVED, 0).astype(y.dtype)
    for i in range(config.decoder_layers):
        y = decoder_layer_by_hand(y, memory, bias, i)
    return y


# %%
layer = decoder_layer_by_hand(y, memory, causal, 0)
called, _, _ = led.decoder_layer(y, memory, params, name, config, biases=(causal, None))
print(f"one layer differs by {difference(layer, called):.1e}")
assert difference(layer, called) < 1e-13

# %%
hidden = decoded(ids, memory)  # (B, T, E)
whole, _ = led.decoder(params["led.shared.weight"][ids], memory, params, "led.decoder", config,
                       biases=(causal, None))
print(f"the decoder differs by {difference(hidden, whole.last_hidden_state):.1e}")
assert difference(hidden, whole.last_hidden_state) < 1e-13

# %% [markdown]
# Does the mask hold? We change the token at position 3, and look which states move:

# %%
other = ids.copy()
other[0, 3] = 7
moved = np.abs(decoded(other, memory) - hidden)[0].max(axis=-1) > 0  # (T,)
print("positions that have moved:", *np.flatnonzero(moved))
assert moved.tolist() == [False, False, False, True, True]

# %% [markdown]
# ## Logits by the embedding's own matrix
#
# A hidden state of E numbers has to become a number for each of V tokens. No new matrix is learnt
# for that: the logit of a token is the dot product of the state with the token's *embedding*, plus
# a bias, which is zero in all official models. The matrix is *tied*, and so it gets gradients from
# both of its uses.

# %%
logits = hidden @ params["led.shared.weight"].T + model.final_logits_bias  # (B, T, V)
out = model(IDS, global_attention_mask=IS_GLOBAL, labels=labels)
print(f"logits {logits.shape} differ by {difference(logits, out.logits):.1e}")
assert difference(logits, out.logits) < 1e-12

# %%
of_base = sum(math.prod(shape) for shape in led.LEDForConditionalGeneration.shapes(led.LEDConfig(
    d_model=768, encoder_layers=6, decoder_layers=6, encoder_attention_heads=12,
    decoder_attention_heads=12, encoder_ffn_dim=3072, decoder_ffn_dim=3072)).values())
saved = 50265 * 768
print(f"led-base has {of_base / 1e6:.1f} million numbers; a second such matrix: {saved / 1e6:.1f}")

# %% [markdown]
# ## The loss
#
# A softmax makes probabilities of the logits, and the loss is the mean of −log p of the right
# tokens. Padding has the label −100 and is not counted.

# %%
probs = led.softmax(logits[0])  # (T, V)
loss = -np.log(probs[np.arange(T), labels[0]]).mean()
print(f"loss {loss:.4f}, that of the model differs by {abs(loss - out.loss):.1e}; "
      f"log V = {math.log(V):.4f}")
assert abs(loss - out.loss) < 1e-12

# %% [markdown]
# With random weights it is near log V, which is what guessing costs. This number is what training
# makes smaller: notebooks 5 and 6 find its gradient.
#
# ## The trained model, by these lines
#
# The functions above read `params` and `config`. Let these be the ones of the small trained model
# from `chronicles`, and let it read the chronicle, nearly four thousand tokens, with a question in
# front whose tokens are global:

# %%
folder = Path("../chronicles/model")
trained = led.LEDForConditionalGeneration.from_pretrained(folder)
tokenizer = bpe.LEDTokenizer.from_pretrained(folder)
text = Path("../chronicles/chronicle.txt").read_text(encoding="utf-8")
document, asked, _ = question_inputs(tokenizer, "Where is the silver key?", text, limit=16384)

# %%
params, config = trained.params, trained.config
memory = encoded(document, asked.astype(bool))
written = [config.decoder_start_token_id]
for _ in range(16):
    logits = decoded(np.array([written]), memory) @ params["led.shared.weight"].T  # (1, T, V)
    written.append(int(logits[0, -1].argmax()))
    print(f"writes {tokenizer.decode([written[-1]])!r}, p = {led.softmax(logits[0, -1]).max():.3f}")
    if written[-1] == tokenizer.eos_token_id:
        break

# %%
out = trained(document, global_attention_mask=asked, decoder_input_ids=[written[:-1]])
assert difference(logits, out.logits) < 1e-3
print(f"{document.shape[1]:,} tokens: logits of up to {np.abs(out.logits).max():.1f} differ by "
      "less than 0.001")

# %% [markdown]
# The difference is that of float32, in which the checkpoint is computed. Nothing else of `led.py`
# is needed to run a model; what is left in it are dropout, the masks of padding, keys that are
# kept from step to step (notebook 8), and the backward.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** When T tokens are read after `past` others that were read before, a query sees all of these
# and, of the new ones, itself and those before it. The causal mask (T, past + T): 0 where a query
# sees a key, −1e30 where not.

# %%
def causal_mask(T, past):
    return ...


# %%
check(causal_mask, (5, 0), (3, 4), (1, 7))

# %% [markdown]
# **2.** How many numbers has a decoder layer, with hidden states of E numbers and F within the feed
# forward?

# %%
def parameters_of_decoder_layer(E, F):
    return ...


# %%
check(parameters_of_decoder_layer, (10, 18), (768, 3072))

# %% [markdown]
# **3.** *Label smoothing* asks for a little of every token: the loss of a row is 1 − s times −log p
# of the label, plus s times the mean of −log p over all V tokens. The mean of it over the rows
# whose label is not −100; logits (rows, V), labels (rows,).

# %%
def smoothed_loss(logits, labels, s):
    return ...


# %%
rng = np.random.default_rng(0)
check(smoothed_loss, (rng.standard_normal((4, 9)), np.array([3, 0, 8, 3]), 0.0),
      (rng.standard_normal((5, 9)), np.array([3, -100, 8, 3, -100]), 0.1))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) The loop above reads the whole text again for every
# token. With a causal mask nothing before can change, so keys and values can be kept. Write one
# step of self-attention: a new token's x (E,) and the keys and values of those before it, (H, past,
# D) each; `params` has the linear layers `q_proj`, `k_proj`, `v_proj` and `out_proj` by name, with
# `.weight` and `.bias`. Return out (E,), and the keys and values with the new token's, (H, past +
# 1, D). When it is right: how many numbers does one token more cost led-base to keep, with 6 layers
# and E = 768? Why can an encoder not do the same?
#
# *Hint.* There is no mask: the one query sees everything. The first H · D numbers of a projection
# are its heads, one after the other: `reshape(H, 1, D)`.

# %%
def attention_step(x, past_k, past_v, params):
    return ...


# %%
names = [f"{kind}.{what}" for kind in ("q_proj", "k_proj", "v_proj", "out_proj")
         for what in ("weight", "bias")]
layer = {part: model.params["led.decoder.layers.0.self_attn." + part] for part in names}
check(attention_step, (rng.standard_normal(10), *rng.standard_normal((2, 2, 4, 5)), layer),
      (rng.standard_normal(10), *rng.standard_normal((2, 2, 0, 5)), layer))
