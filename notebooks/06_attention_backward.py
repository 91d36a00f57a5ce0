# %% [markdown]
# # 6. The backward pass of the attention
#
# At the end of this notebook every gradient of LED that you have derived by hand agrees with that
# of PyTorch's autograd to thirteen digits, and you know how to go back through the parts that make
# LED special: windows that overlap in memory, global columns that all rows share, global rows that
# are written over the band. Each is derived in formulas and in code, and checked by differences;
# then the whole model is, parameter by parameter.
#
# It needs notebook 5 (what a backward function is, the softmax), and notebooks 2 and 3, whose
# forward it goes back through. It fills two classes; the second begins with the band, forward and
# backward. The names are the same: S tokens, a window of W on either side, D numbers in a head, G
# global tokens, blocks of C rows.

# %%
import math
import sys

sys.path.insert(0, "..")
import numpy as np

import led
from drawing import BAND, COLUMN, ROW, choose, figure, grid, show, table
from example import IDS, IS_GLOBAL, TOKENS, S, W, difference, small_model
from solutions import check

rng = np.random.default_rng(0)

# %% [markdown]
# ## A cheaper judge
#
# Notebook 5 moved one number after the other: for n numbers, 2n calls of the forward. All of them
# can be moved at once, in a random direction δ. The change of L is then the sum of gradient · δ,
# and a wrong number anywhere in the gradient spoils the sum, unless chance has it cancel:
#
# $$
# \frac{L(x + h \delta) - L(x - h \delta)}{2h} \approx \sum \mathrm{dx} \cdot \delta
# $$

# %%
checks = []


def judge(what, gradient, f, x, dout, h=1e-6):
    """Holds a gradient of sum(f(x) * dout) against the slope in a random direction."""
    direction = rng.standard_normal(x.shape)
    up, down = f(x + h * direction), f(x - h * direction)
    slope = ((up - down) * dout).sum() / (2 * h)
    error = abs(slope - (gradient * direction).sum()) / np.linalg.norm(gradient)
    checks.append([what, f"{error:.0e}"])
    print(f"{what}: relative error {error:.0e}")
    assert error < 1e-7


# %% [markdown]
# It says with two calls *whether* something is wrong, and not where; for that one would go back to
# the other judge.
#
# ## Attention
#
# Attention is a softmax between two products: scores = q kᵀ / √D, probs = softmax(scores), context
# = probs v. Notebook 5 has all the parts. For a product c = a b the rule is that of the linear
# layer, da = dc bᵀ and db = aᵀ dc, so, in reverse order:
#
# $$
# \begin{aligned}
# \text{forward: } & \mathrm{context} = \mathrm{probs} \, v \\
#   & \mathrm{dprobs} = \mathrm{dcontext} \, v^\top \\
#   & \mathrm{dv} = \mathrm{probs}^\top \, \mathrm{dcontext} \\
# \text{forward: } & \mathrm{probs} = \mathrm{softmax}(\mathrm{scores}) \\
#   & \mathrm{dscores} = \mathrm{probs} \cdot
#   \left( \mathrm{dprobs} - \sum \mathrm{dprobs} \cdot \mathrm{probs} \right) \\
# \text{forward: } & \mathrm{scores} = q \, k^\top / \sqrt{D} \\
#   & \mathrm{dq} = \mathrm{dscores} \, k / \sqrt{D} \\
#   & \mathrm{dk} = \mathrm{dscores}^\top \, q / \sqrt{D}
# \end{aligned}
# $$

# %%
D = 5
q, k, v, dout = rng.standard_normal((4, S, D))
in_band = np.abs(np.arange(S)[:, None] - np.arange(S)) <= W  # (S, S)
outside = np.where(in_band, 0, -math.inf)


def dense(q, k, v):
    """Banded attention as a masked matrix product, as in notebook 2."""
    return led.softmax(q @ k.T / math.sqrt(D) + outside) @ v


# %%
probs = led.softmax(q @ k.T / math.sqrt(D) + outside)
dprobs, dv = dout @ v.T, probs.T @ dout
dscores = probs * (dprobs - (dprobs * probs).sum(axis=-1, keepdims=True))
dq, dk = dscores @ k / math.sqrt(D), dscores.T @ q / math.sqrt(D)

# %%
judge("attention: dq", dq, lambda q: dense(q, k, v), q, dout)
judge("attention: dk", dk, lambda k: dense(q, k, v), k, dout)
judge("attention: dv", dv, lambda v: dense(q, k, v), v, dout)

# %% [markdown]
# Where the mask says −∞, probs is zero, and so is dscores: the gradient keeps out of what the
# forward left out, with no line of code for it. These lines are `attend_backward` of `led.py`:

# %%
_, cache = led.attend(q[None], k[None], v[None], bias=outside)  # one head: (1, S, D)
apart = [difference(ours, theirs[0])
         for ours, theirs in zip((dq, dk, dv), led.attend_backward(dout[None], cache))]
print(f"dq, dk, dv and led.attend_backward differ by {max(apart):.1e}")
assert max(apart) < 1e-14

# %% [markdown]
# ## Two sums and a division, backward
#
# Notebook 2 wrote the softmax as three steps, and `band_attention` does. Their derivatives are
# short, and each is one we know:
#
# $$
# \begin{aligned}
# \text{forward: } & \mathrm{context} = \mathrm{above} / \mathrm{total} \\
#   & \mathrm{dabove} = \mathrm{dcontext} / \mathrm{total} \\
#   & \mathrm{dtotal} = -\sum \mathrm{dabove} \cdot \mathrm{context} \\
# \text{forward: } & \mathrm{above} = \sum_j \mathrm{exp}_j \, v_j \text{ and }
#   \mathrm{total} = \sum_j \mathrm{exp}_j \\
#   & \mathrm{dv}_j = \mathrm{exp}_j \, \mathrm{dabove} \\
#   & \mathrm{dexp}_j = \mathrm{dabove} \cdot v_j + \mathrm{dtotal}
#   \text{, as it is used twice} \\
# \text{forward: } & \mathrm{exp}_j = \exp(\mathrm{score}_j - \mathrm{shift}) \\
#   & \mathrm{dscore}_j = \mathrm{dexp}_j \, \mathrm{exp}_j
# \end{aligned}
# $$
#
# The shift is the row's largest score, and so it moves with the scores. But it cancels in the
# division: whatever it is, the context is the same, so L does not change with it, and the backward
# may take it for a constant. The second step holds for every key that adds to the two sums, in
# whatever way it is seen: for those of the band and for the global columns.

# %%
scores = q @ k.T / math.sqrt(D) + outside
exps = np.exp(scores - scores.max(axis=-1, keepdims=True))  # (S, S)
total = exps.sum(axis=-1, keepdims=True)  # (S, 1)
context = exps @ v / total

# %%
dabove = dout / total
dtotal = -(dabove * context).sum(axis=-1, keepdims=True)
dexps = dabove @ v.T + dtotal
print(f"dscores in the two ways differ by {difference(dexps * exps, dscores):.1e}")
assert difference(dexps * exps, dscores) < 1e-14
assert difference(exps.T @ dabove, dv) < 1e-14

# %% [markdown]
# `dtotal` needs D products for a row, where the sum over dprobs · probs above needs one for each
# key: it is the same number, since the context is the sum of probs · v.
#
# ## The fold of overlapping windows
#
# The forward of notebook 2 reads keys through `windows`: block n sees rows n·C to n·C + C + 2W of
# the padded keys, and neighbouring blocks see 2W rows in common. As a function, `windows` *copies*
# each row to one or more places. What branches is summed: the gradient of a padded row is the sum
# of the gradients in all windows where it stands. Here is how often that is, with C = 4:

# %%
C, N = 4, S // 4
places = led.windows(np.arange(S + 2 * W)[:, None], C, W)[:, :, 0]  # (N, C + 2W)
times = np.array([(places == row).sum() for row in range(S + 2 * W)])

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
stands = (places[:, :, None] == np.arange(S + 2 * W)).any(axis=1)  # (N, S + 2W)
colours = choose((stands & (times > 1), COLUMN), (stands, BAND))
grid(axes, [*colours, np.full(S + 2 * W, ROW)], [*np.where(stands, "+", ""), times],
     "Folding: each padded row gathers from its windows",
     ["window 0", "window 1", "window 2", "sum of"], column_name="row of the padded keys")
show(fig, "Three bars of eight cells, each four cells further right than the one above. "
          "Below them the number of windows that hold each of the 16 rows: 1 for rows 0 "
          "to 3 and 12 to 15, else 2.")

# %% [markdown]
# As matrices: stack the windows' rows, and `windows` is multiplication with a matrix of zeros and
# ones. Its backward multiplies with the transpose. Nobody stores that matrix; a loop over the
# blocks adds slices, and `windows_backward` is that loop:

# %%
dwindows = rng.standard_normal((N, C + 2 * W, D))
copying = (places.reshape(-1, 1) == np.arange(S + 2 * W)).astype(float)  # (N * (C + 2W), S + 2W)
by_matrix = copying.T @ dwindows.reshape(-1, D)  # (S + 2W, D)

# %%
folded = np.zeros((S + 2 * W, D))
for n in range(N):
    folded[n * C : n * C + C + 2 * W] += dwindows[n]
assert (led.windows_backward(dwindows, C) == folded).all()
print(f"matrix and slices differ by {difference(by_matrix, folded):.1e}")
assert difference(by_matrix, folded) < 1e-14

# %% [markdown]
# Why not write `windows(folded) += dwindows` and be done? Because the view's cells are not
# separate numbers. NumPy reads, adds and writes in an order of its own, and where two cells are
# the same memory one sum overwrites the other. `windows` forbids it; if we force our way, the
# result is wrong:

# %%
wrong = np.zeros((S + 2 * W, D))
row_step, column_step = wrong.strides
view = np.lib.stride_tricks.as_strided(wrong, dwindows.shape, (C * row_step, row_step, column_step))
view += dwindows
print("rows that came out wrong:", np.flatnonzero(abs(wrong - folded).max(axis=1) > 1e-9))

# %% [markdown]
# Exactly the rows that stand in two windows. With `diagonals` there is no such danger, since its
# cells are all different.
#
# ## Global columns, backward
#
# Now `<s>` is global, as in notebook 3. Its key is removed from the band, and what a block sees has
# one row more, in front of its window. That row, too, is a copy, and the same one for every block.
# So its gradient is a sum over *all* blocks, and it belongs to the row of `<s>` in the padded keys.
# That is `seen_backward`:

# %%
is_global = IS_GLOBAL[0].astype(bool)  # (S,)
index = np.flatnonzero(is_global)  # (G,)
G = len(index)
dseen = rng.standard_normal((N, G + C + 2 * W, D))

# %%
gathered = led.windows_backward(dseen[:, G:], C)  # (S + 2W, D)
gathered[W + index] += dseen[:, :G].sum(axis=0)
assert (led.seen_backward(dseen, index, C, W) == gathered).all()
padded = rng.standard_normal((S + 2 * W, D))
judge("what a block sees", gathered, lambda padded: led.seen(padded, index, C, W), padded, dseen)

# %% [markdown]
# In formulas: with G global keys $k_g$ and values $v_g$, a column adds to the same two sums of
# every row i as the band does, so it has the same `dabove` and `dtotal`:
#
# $$
# \mathrm{dscore}_{ig} = (\mathrm{dabove}_i \cdot v_g + \mathrm{dtotal}_i) \, \mathrm{exp}_{ig}
# $$
#
# What is different is who uses what. Every row reads the column, and $q_i$ is used for the band and
# for the columns (leaving out √D):
#
# $$
# \begin{aligned}
# \mathrm{dk}_g &= \sum_i \mathrm{dscore}_{ig} \, q_i \\
# \mathrm{dv}_g &= \sum_i \mathrm{exp}_{ig} \, \mathrm{dabove}_i \\
# \mathrm{dq}_i &= \sum_{j \in \mathrm{band}} \mathrm{dscore}_{ij} \, k_j
#   + \sum_g \mathrm{dscore}_{ig} \, k_g
# \end{aligned}
# $$
#
# ## Global rows, backward
#
# The *row* of a global token is computed by projections of its own and written over what the band
# had there. As a formula, with 1 for global tokens and 0 for others in $z$, and $r$ the rows:
#
# $$
# \mathrm{context}_i = (1 - z_i) \, \mathrm{band}_i + z_i \, r_i
# $$
#
# So dcontext goes one way or the other, never both:
#
# $$
# \begin{aligned}
# \mathrm{dband}_i &= (1 - z_i) \, \mathrm{dcontext}_i \\
# \mathrm{dr}_i &= z_i \, \mathrm{dcontext}_i
# \end{aligned}
# $$
#
# The rows themselves are the attention that we had first, of G queries over S keys. Here is the
# definition of all of it, to be differentiated by the judge:

# %%
q_global = rng.standard_normal((G, D))
k_all, v_all = rng.standard_normal((2, S, D))
sees = np.where(in_band | is_global, 0, -math.inf)  # (S, S)


def definition(q, k, v, q_global, k_all, v_all):
    """Band and columns in one softmax, and the global rows written over it"""
    context = led.softmax(q @ k.T / math.sqrt(D) + sees) @ v
    context[index] = led.softmax(q_global @ k_all.T / math.sqrt(D)) @ v_all
    return context


# %% [markdown]
# ## The band, forward and backward
#
# The forward of notebook 3, line by line:

# %%
removed = np.pad(is_global, W, constant_values=True)  # (S + 2W,)
bias = np.where(removed, led.REMOVED, 0)[:, None]
q_blocks = (q / math.sqrt(D)).reshape(N, C, D)
k_seen, v_seen = (led.seen(np.pad(a, [(W, W), (0, 0)]), index, C, W) for a in (k, v))
scores = q_blocks @ k_seen.swapaxes(-1, -2)  # (N, C, G + C + 2W)
scores[..., G:] += led.windows(bias, C, W).swapaxes(-1, -2)

# %%
columns, band = scores[..., :G], led.diagonals(scores[..., G:], W)
shift = np.maximum(band.max(-1, keepdims=True), columns.max(-1, keepdims=True))
exps = np.zeros_like(scores)
exps[..., :G] = np.exp(columns - shift)
led.diagonals(exps[..., G:], W)[...] = np.exp(band - shift)
total = exps.sum(axis=-1, keepdims=True)  # (N, C, 1)
context = exps @ v_seen / total  # (N, C, D)

# %%
attended = np.where(is_global[:, None], 0, context.reshape(S, D))
attended[index] = led.softmax(q_global @ k_all.T / math.sqrt(D)) @ v_all
arrays = dict(q=q, k=k, v=v, q_global=q_global, k_all=k_all, v_all=v_all)
print(f"differs from the definition by {difference(attended, definition(**arrays)):.1e}")
assert difference(attended, definition(**arrays)) < 1e-14

# %% [markdown]
# And back: first who gets what of dcontext, then the two sums, then the product, whose windows and
# columns are folded. The cells outside the band have exps of zero, so their dscores is zero.

# %%
dband, drows = np.where(is_global[:, None], 0, dout), dout[index]
dabove = dband.reshape(N, C, D) / total
dtotal = -(dabove * context).sum(axis=-1, keepdims=True)
dscores = (dabove @ v_seen.swapaxes(-1, -2) + dtotal) * exps  # (N, C, G + C + 2W)

# %%
dv_seen = exps.swapaxes(-1, -2) @ dabove  # (N, G + C + 2W, D)
dk_seen = dscores.swapaxes(-1, -2) @ q_blocks
dq = (dscores @ k_seen).reshape(S, D) / math.sqrt(D)
dk, dv = (led.seen_backward(dseen, index, C, W)[W : W + S] for dseen in (dk_seen, dv_seen))

# %% [markdown]
# The rows are attention, as above:

# %%
_, cache = led.attend(q_global[None], k_all[None], v_all[None])
dq_global, dk_all, dv_all = (d[0] for d in led.attend_backward(drows[None], cache))

# %%
gradients = dict(q=dq, k=dk, v=dv, q_global=dq_global, k_all=dk_all, v_all=dv_all)
for name in arrays:
    judge(f"with a global token: d{name}", gradients[name],
          lambda moved: definition(**arrays | {name: moved}), arrays[name], dout)

# %% [markdown]
# Would the judge have noticed a mistake? The likeliest one here is to forget a second use. Without
# the columns' part of dk:

# %%
try:
    judge("dk without the columns", led.windows_backward(dk_seen[:, G:], C)[W : W + S],
          lambda k: definition(**arrays | {"k": k}), k, dout)
except AssertionError:
    print("which the judge does not let pass")
    checks.pop()

# %% [markdown]
# Line by line, this was `band_attention_backward`. (`led.py` takes another C for twelve tokens.
# What is left out are dropout, whose backward drops the same cells again, and padding at the end.)

# %%
masked = np.zeros(S, bool)
_, cache = led.band_attention(q, k, v, W, masked, is_global)
called = led.band_attention_backward(dout, cache)
table(["gradient", "largest difference from led.band_attention_backward"], [
    [name, f"{difference(ours, theirs):.1e}"]
    for name, ours, theirs in zip(("dq", "dk", "dv"), (dq, dk, dv), called)])
assert max(difference(*pair) for pair in zip((dq, dk, dv), called)) < 1e-14

# %% [markdown]
# What does it look like? Here is dscores of all pairs, put back where they belong, with the row of
# the global token from its own attention:

# %%
whole = np.zeros((S, S + 2 * W))
for i, (columns, band) in enumerate(zip(
        dscores[..., :G].reshape(S, G), led.diagonals(dscores[..., G:], W).reshape(S, -1))):
    whole[i, i : i + 2 * W + 1] = band
    whole[i, W + index] += columns
probs = led.softmax(q_global @ k_all.T / math.sqrt(D))
whole = whole[:, W : W + S]
whole[index] = led.softmax_backward(drows @ v_all.T, probs)
assert (whole[~(in_band | is_global | is_global[:, None])] == 0).all()
assert abs(whole.sum(axis=1)).max() < 1e-14

# %% jupyter={"source_hidden": true}
fig, axes = figure(3.9)
largest = np.abs(whole).max()
picture = axes.imshow(whole, cmap="RdBu", vmin=-largest, vmax=largest)
axes.set(title="dscores, with one global token", xlabel="key", ylabel="query")
axes.set_xticks(range(S), TOKENS, rotation=90)
axes.set_yticks(range(S), TOKENS)
fig.colorbar(picture, ax=axes, label="derivative of L")
show(fig, "A heat map of 12 by 12 derivatives of both signs: non-zero in the diagonal band, in "
          "the first column and in the first row, and nowhere else.")

# %% [markdown]
# The gradient has the shape of the forward: band, column and row. And every row of it sums to zero,
# over band and columns *together*, as they are one softmax.
#
# ## All heads, and the projections
#
# What is left are the linear layers that make q, k and v of x, six of them. All six read the same
# x: what branches is summed. `encoder_attention_backward` is this for every document:

# %%
model = small_model(encoder_layers=1, decoder_layers=1)
name, H = "led.encoder.layers.0.self_attn.longformer_self_attn", 2
x = rng.standard_normal((S, 10))
masked[-1] = True  # as if the last token were padding
qkv, caches = zip(*(led.project_heads(x, model.params, f"{name}.{kind}", H)
                    for kind in ("query", "key", "value")))  # (H, S, D) each

# %%
dcontext = rng.standard_normal((S, 10))
of_heads = led.split_heads(dcontext, H)  # (H, S, D)
dqkv = np.zeros((3, H, S, D))
for h in range(H):
    _, cache = led.band_attention(*(part[h] for part in qkv), W, masked, is_global)
    dqkv[:, h] = led.band_attention_backward(of_heads[h], cache)

# %%
_, cache = led.global_attention(x, model.params, name, H, masked, is_global)
dx, grads = led.global_attention_backward(of_heads[:, is_global], cache)
for of_kind, cache in zip(dqkv, caches):
    part, of_layer = led.project_heads_backward(of_kind, cache)
    dx, grads = dx + part, grads | of_layer

# %%
arguments = (model.params, name, H, W, masked[None], is_global[None])
_, cache = led.encoder_attention(x[None], *arguments)
dx_called, grads_called = led.encoder_attention_backward(dcontext[None], cache)
apart = [difference(dx, dx_called[0]), *(difference(grads[name], grads_called[name])
                                         for name in grads_called)]
print(f"dx and {len(grads)} gradients differ from those of led.py by {max(apart):.1e}")
assert set(grads) == set(grads_called) and max(apart) < 1e-13

# %% [markdown]
# Last, the judge: against the *naive* function, which shares no code with all this but the linear
# layer and the softmax.

# %%
def naive(x):
    return led.naive_encoder_attention(x[None], *arguments)[0]


judge("encoder attention: dx", dx, naive, x, dcontext)

# %%
for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
    param = f"{name}.{kind}.weight"

    def with_weight(weight):
        params = model.params | {param: weight}
        return led.naive_encoder_attention(x[None], params, *arguments[1:])[0]

    judge(f"encoder attention: d{kind}.weight", grads[param], with_weight, model.params[param],
          dcontext)

# %% [markdown]
# All checks so far, in one table:

# %%
table(["gradient", "relative error"], checks)

# %% [markdown]
# ## The whole model, every parameter
#
# A model is these functions one after the other, and its backward the backward functions in
# reverse order, each handing its `dx` to the one before as `dout`. `value_and_grad` returns the
# loss and {name: gradient} for all parameters. The batch has our example and a shorter document of
# nine tokens, with two global ones and three of padding; the labels have different lengths, too.

# %%
batch = dict(
    input_ids=np.array([IDS[0], [0, 9, 5, 7, 11, 6, 13, 8, 2, 1, 1, 1]]),
    attention_mask=np.array([[1] * 12, [1] * 9 + [0] * 3]),
    global_attention_mask=np.array([IS_GLOBAL[0], [1] + [0] * 6 + [1] + [0] * 4]),
    labels=np.array([[0, 11, 12, 10, 2], [0, 5, 2, -100, -100]]))

# %%
loss, grads = model.value_and_grad(**batch)
print(f"loss {loss:.6f}, {len(grads)} gradients, {model.num_parameters():,} numbers")
assert abs(loss - model(**batch).loss) < 1e-14

# %% [markdown]
# For each parameter, six of its elements are moved up and down. They are drawn at random among
# those whose gradient is not exactly zero: most rows of an embedding take no part in one batch.

# %%
def relative(a, b):
    """The size of a - b, measured by the size of b."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def numeric_elements(param, places, h=1e-5):
    """Finite differences of the loss for some elements of a parameter, changed in place."""
    found = []
    for place in places:
        kept = param.flat[place]
        param.flat[place] = kept + h
        up = model(**batch).loss
        param.flat[place] = kept - h
        found.append((up - model(**batch).loss) / (2 * h))
        param.flat[place] = kept
    return np.array(found)


# %%
rows, worst = [], 0.0
for param, grad in grads.items():
    used = np.flatnonzero(grad)
    places = rng.choice(used, min(6, used.size), replace=False) if used.size else np.arange(1)
    numeric = numeric_elements(model.params[param], places)
    size = np.linalg.norm(grad)
    if size < 1e-12:  # no gradient in theory, see the softmax of notebook 5
        error = f"{abs(numeric).max():.0e} absolute"
        assert abs(numeric).max() < 1e-9
    else:
        worst = max(worst, relative(grad.flat[places], numeric))
        error = f"{relative(grad.flat[places], numeric):.0e}"
    rows.append([param.removeprefix("led."), str(grad.shape), f"{size:.1e}", error])

# %%
table(["parameter", "shape", "size of gradient", "error"], rows)

# %%
print(f"worst relative error {worst:.0e}")
assert worst < 1e-6
silent = [row[0] for row in rows if "absolute" in row[3]]
print(f"{len(silent)} parameters without a gradient:", *silent, sep="\n  ")
assert all(param.endswith(("key.bias", "key_global.bias", "k_proj.bias")) for param in silent)

# %% [markdown]
# The errors are those of finite differences: a small gradient is the difference of two losses near
# 3, known to 1e-16 of that, and divided by 2e-5. To see how exact the gradients really are, they
# need a better judge. (And the silent ones are all biases of keys, as foretold.)
#
# ## Against autograd
#
# PyTorch records the forward of Hugging Face's LED and derives the backward itself. The model is
# saved to a folder and loaded there, so that names and shapes are checked on the way. One thing
# has to be put right: the reference computes the softmax of its encoder in float32 even when
# everything else is float64, and would agree to seven digits only. `true_float64` of the tests
# lifts that.

# %% tags=["needs-torch"]
import importlib.util
import tempfile

has_torch = all(importlib.util.find_spec(module) for module in ("torch", "transformers"))
if not has_torch:
    print("torch and transformers are not installed: pip install -r requirements-parity.txt")

# %% tags=["needs-torch"]
if has_torch:
    import transformers

    from tests.reference import gradients_in_float64

    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        reference = transformers.LEDForConditionalGeneration.from_pretrained(folder)
    reference_loss, reference_grads = gradients_in_float64(reference, batch)

# %% tags=["needs-torch"]
if has_torch:
    assert set(reference_grads) == set(grads)
    rows, worst = [], 0.0
    for param, grad in grads.items():
        apart = np.linalg.norm(grad - reference_grads[param])
        size = np.linalg.norm(reference_grads[param])
        worst = max(worst, apart / size if size > 1e-12 else 0)
        rows.append([param.removeprefix("led."), f"{size:.1e}",
                     f"{apart / size:.0e}" if size > 1e-12 else f"{apart:.0e} absolute"])
    table(["parameter", "size of gradient", "error"], rows)

# %% tags=["needs-torch"]
if has_torch:
    print(f"loss differs by {abs(loss - reference_loss):.0e}")
    print(f"worst relative error of {len(rows)} gradients: {worst:.0e}")
    assert worst < 1e-13 > abs(loss - reference_loss)

# %% [markdown]
# Thirteen digits or more: the two programs compute the same gradients, by different roads.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** The fold for any sizes: gradients of windows (N, C + 2W, D) in, the gradient of the padded
# rows (N · C + 2W, D) out.

# %%
def fold_windows(dwindows, C, W):
    return ...


# %%
check(fold_windows, (np.random.default_rng(3).standard_normal((3, 8, 5)), 4, 2),
      (np.random.default_rng(4).standard_normal((4, 8, 3)), 2, 3))

# %% [markdown]
# **2.** The columns alone, without √D and shift: the exps of the columns are exp(q · k). Given
# dabove (S, D), dtotal (S, 1), q (S, D), and the global keys and values (G, D), return the columns'
# part of dq, then dk and dv of the global keys and values.

# %%
def columns_backward(dabove, dtotal, q, k_global, v_global):
    return ...


# %%
check(columns_backward, [rng.standard_normal(shape)
                         for shape in ((7, 4), (7, 1), (7, 4), (2, 4), (2, 4))])

# %% [markdown]
# **3.** A global token may be masked as padding, too; then it is not global, and dcontext of such a
# row goes the other way. Split dcontext (S, D) into dband (S, D) and the rows (G, D) of the tokens
# that are global and not masked; is_global and masked are boolean arrays (S,).

# %%
def split_rows(dcontext, is_global, masked):
    return ...


# %%
rows = rng.standard_normal((S, 4))
check(split_rows, (rows, np.arange(S) == 0, np.zeros(S, bool)),
      (rows, np.arange(S) % 3 == 0, np.arange(S) > 7))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Some models know places by a *bias* instead of
# position embeddings: 2W + 1 numbers for each head, of which number W + j − i is added to the score
# of row i and key j. Write the backward of such a banded attention for one head: dcontext, q, k, v
# (S, D) and bias (2W + 1,) in, dq, dk, dv and dbias out, without ever making an array of S × S.
# When it is right: what does dbias sum to, and why? How many numbers of the bias could be fixed
# without losing anything?
#
# *Hint.* A loop over the rows will do: the keys that a row sees, their part of the bias, softmax
# and its backward. What several rows use is summed: keys, values, and the bias.

# %%
def biased_band_backward(dcontext, q, k, v, bias):
    return ...


# %%
case = [rng.standard_normal((S, 4)) for _ in range(4)]
check(biased_band_backward, (*case, np.zeros(5)),
      (*case, np.array([0.5, -1.0, 2.0, 0.0, 1.0, -0.5, 0.3])))
