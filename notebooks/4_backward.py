# %% [markdown]
# # 4. The backward pass
#
# Training needs the gradient of one number, the loss, with respect to every parameter. Frameworks
# compute it by recording what the forward did. `led.py` writes it down: every function that can be
# trained has a `_backward` beside it. This notebook derives them, from the linear layer to the
# fold of overlapping windows, and checks each one against finite differences. At the end stands a
# table of every parameter of a whole model, and, where PyTorch is installed, a second one against
# its autograd.

# %%
import math
import sys

sys.path.insert(0, "..")
import numpy as np

import led
from drawing import BAND, COLUMN, LINE, ROW, choose, figure, grid, show, table
from example import IDS, IS_GLOBAL, S, W, difference, small_model
from solutions import check

rng = np.random.default_rng(0)

# %% [markdown]
# ## What a backward function is
#
# Let L be the loss. For an array `x` of any shape, write `dx` for the array of the same shape that
# holds ∂L/∂x, one number for each element. A function turns `x` into `out`; everything after it
# turns `out` into L. Suppose we know `dout` already. How L changes with one element of `x` is a
# sum over all ways in which that element reaches L (the chain rule):
#
# $$
# \mathrm{dx}_j = \sum_i \mathrm{dout}_i \, \frac{\partial \mathrm{out}_i}{\partial x_j}
# $$
#
# That is all a backward function does. It takes `dout`, and `cache`, which is what the forward
# kept for it, and returns the gradients of the forward's arguments, in their order. It needs no
# knowledge of L, and L need not be a loss: for a check we may choose any `dout` and define L = Σ
# out · dout. Random numbers are the best choice, since with `dout` = 1 many mistakes cancel.
#
# ## The judge: finite differences
#
# A derivative is the limit of a quotient, so we can approximate every backward function by calling
# only its forward. Move one element of `x` up and down by a small h:

# %%
def numeric_gradient(f, x, dout, h=1e-5):
    """The gradient of sum(f(x) * dout), one element of x after the other."""
    dx = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += h
        down[place] -= h
        dx[place] = ((f(up) - f(down)) * dout).sum() / (2 * h)
    return dx


def relative(a, b):
    """The size of a - b, measured by the size of b."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


# %% [markdown]
# How small should h be? The two-sided quotient leaves out terms of size h² (in a one-sided one
# they are of size h). But the difference of two almost equal numbers loses digits: f is known to
# about 1e-16 of its size, so the quotient has an error of about 1e-16 / h. Somewhere between there
# is a best h. We try it on gelu, whose derivative we know:

# %%
x = rng.standard_normal(50)
exact = led.gelu_derivative(x)
steps = 10.0 ** np.arange(-12, 0.1, 0.5)
two_sided = [relative((led.gelu(x + h) - led.gelu(x - h)) / (2 * h), exact) for h in steps]
one_sided = [relative((led.gelu(x + h) - led.gelu(x)) / h, exact) for h in steps]

# %%
fig, axes = figure(2.8, width=5)
axes.loglog(steps, two_sided, "o-", color=LINE, label="two-sided", markersize=3)
axes.loglog(steps, one_sided, "s-", color=COLUMN, label="one-sided", markersize=3)
axes.set(title="Error of a finite difference (float64)", xlabel="h", ylabel="relative error")
axes.legend(frameon=False)
show(fig, "Two V-shaped curves on logarithmic axes. The two-sided error is least, about "
          "1e-11, near h = 1e-5; the one-sided one about 1e-8 near h = 1e-8.")
print(f"two-sided, h = 1e-5: {two_sided[14]:.0e};  one-sided, h = 1e-8: {one_sided[8]:.0e}")
assert math.isclose(steps[14], 1e-5) and two_sided[14] < 1e-9 and 1e-9 < one_sided[8] < 1e-7
assert 1e-7 < steps[np.argmin(two_sided)] < 1e-3 and 1e-10 < steps[np.argmin(one_sided)] < 1e-6

# %% [markdown]
# So: two-sided, h = 1e-5, float64. Then a right gradient agrees to about 1e-9 and a wrong one not
# at all. In float32, with 1e-7 in place of 1e-16, the best agreement would be about 1e-4, and
# small mistakes would hide in it. And an error must be measured in relation to the gradient's
# size: 1e-6 is nothing beside 1, and everything beside 1e-6.
#
# ## Linear
#
# A linear layer maps each row of `x` by the same matrix: $\mathrm{out} = x W^\top + b$, element by
# element
#
# $$
# \mathrm{out}_{ro} = \sum_i x_{ri} \, \mathrm{weight}_{oi} + \mathrm{bias}_o
# $$
#
# Read off the derivatives. The element $x_{ri}$ reaches every $\mathrm{out}_{ro}$ of its row, with
# the factor $\mathrm{weight}_{oi}$. The weight reaches $\mathrm{out}_{ro}$ of every row, with the
# factor $x_{ri}$. The bias, with 1:
#
# $$
# \begin{aligned}
# \mathrm{dx}_{ri} &= \sum_o \mathrm{dout}_{ro} \, \mathrm{weight}_{oi}
#   & \mathrm{dx} &= \mathrm{dout} \, \mathrm{weight} \\
# \mathrm{dweight}_{oi} &= \sum_r \mathrm{dout}_{ro} \, x_{ri}
#   & \mathrm{dweight} &= \mathrm{dout}^\top x \\
# \mathrm{dbias}_o &= \sum_r \mathrm{dout}_{ro}
#   & \mathrm{dbias} &= \text{the sum of dout over its rows}
# \end{aligned}
# $$
#
# First as loops, then as matrix products, then as the call:

# %%
x, weight, bias = (rng.standard_normal(shape) for shape in ((7, 4), (3, 4), (3,)))
dout = rng.standard_normal((7, 3))
dweight = np.zeros((3, 4))
for r in range(7):
    for o in range(3):
        dweight[o] += dout[r, o] * x[r]

# %%
out, cache = led.linear(x, weight, bias)
dx, called, dbias = led.linear_backward(dout, cache)
print(f"loops and doutᵀ x differ by {difference(dweight, dout.T @ x):.1e}, "
      f"doutᵀ x and linear_backward by {difference(dout.T @ x, called):.1e}")
assert difference(dweight, dout.T @ x) < 1e-14 > difference(dout.T @ x, called)

# %% [markdown]
# And the judge, for all three. We collect every check of this notebook in `checks`:

# %%
checks = []


def judge(what, gradient, f, x):
    """Holds a gradient against finite differences of f at x, and notes the error."""
    error = relative(gradient, numeric_gradient(f, x, dout))
    checks.append([what, f"{error:.0e}"])
    print(f"{what}: relative error {error:.0e}")
    assert error < 1e-8


judge("linear: dx", dx, lambda x: led.linear(x, weight, bias)[0], x)
judge("linear: dweight", called, lambda weight: led.linear(x, weight, bias)[0], weight)
judge("linear: dbias", dbias, lambda bias: led.linear(x, weight, bias)[0], bias)

# %% [markdown]
# Shapes are half of the derivation: `dweight` must have the shape of `weight`, (out, in), and from
# `dout` (rows, out) and `x` (rows, in) there is one product that gives it. It cannot decide
# between a right and a wrong *number*, though, so we do not rely on it.
#
# ## Element by element: gelu
#
# If $\mathrm{out}_i$ depends on $x_i$ alone, the sum of the chain rule has one term, and
# $\mathrm{dx} = \mathrm{dout} \cdot f'(x)$. gelu is $x \, \Phi(x)$, where $\Phi$ is the normal
# distribution function and $\varphi$, its derivative, the bell curve. By the product rule
#
# $$
# \mathrm{gelu}'(x) = \Phi(x) + x \, \varphi(x)
# $$

# %%
x = np.linspace(-4, 4, 200)
fig, axes = figure(2.6, width=5)
assert abs(led.gelu(x).min() + 0.17) < 0.01 and abs(x[led.gelu(x).argmin()] + 0.75) < 0.05
axes.plot(x, led.gelu(x), color=LINE, label="gelu")
axes.plot(x, led.gelu_derivative(x), color=COLUMN, label="its derivative")
axes.set(title="gelu", xlabel="x", ylabel="value", ylim=(-0.5, 2))
axes.legend(frameon=False)
show(fig, "gelu follows 0 on the left and x on the right, with a dip of 0.17 below zero "
          "near -0.75. Its derivative goes from 0 to 1, overshooting at both ends.")

# %%
x = rng.standard_normal((7, 3))
out, cache = led.activation(x, "gelu")
dx = led.activation_backward(dout, cache)
judge("gelu: dx", dx, lambda x: led.activation(x, "gelu")[0], x)

# %% [markdown]
# Three more functions are of this kind or simpler. *Dropout* multiplies by 0 or 1 / (1 − rate),
# and its backward multiplies by the same factors. They are not stored: `keep_factors` computes
# them from a key and the element's number, as often as they are needed. An *embedding* copies rows
# of a table, and since the same row may be copied to many places, its gradient is the sum over
# these places. And a *residual* `x + f(x)` uses x twice, so its gradient has two parts:

# %%
ids = np.array([[4, 9, 4]])  # row 4 is looked up twice
_, cache = led.embedding(ids, rng.standard_normal((14, 3)))
dtable = led.embedding_backward(dout[None, :3], cache)
assert difference(dtable[4], dout[0] + dout[2]) == 0
print("rows of the table with a gradient:", np.flatnonzero(dtable.any(axis=1)))
assert list(np.flatnonzero(dtable.any(axis=1))) == [4, 9]

# %% [markdown]
# **What branches in the forward is summed in the backward.** This one rule is behind every `+=` in
# the backward functions of `led.py`: residuals, embeddings, the keys that are read by the band and
# by the global columns, the encoder's output that all decoder layers read, and the windows below.
#
# ## Softmax
#
# $p_j = \exp(s_j) / \sum_k \exp(s_k)$. Each p depends on *all* scores of its row. With the quotient
# rule
#
# $$
# \frac{\partial p_j}{\partial s_k} = p_j \, [j = k] - p_j \, p_k
# $$
#
# where $[j = k]$ is 1 for $j = k$ and 0 otherwise. Put into the chain rule, the first part gives
# $\mathrm{dp}_k \, p_k$, the second $-p_k \sum_j \mathrm{dp}_j \, p_j$:
#
# $$
# \mathrm{ds}_k = p_k \left( \mathrm{dp}_k - \sum_j \mathrm{dp}_j \, p_j \right)
# $$
#
# The sum is one number for a row. Loop, with the matrix of all derivatives, against the formula:

# %%
scores = rng.standard_normal((7, 3))
probs = led.softmax(scores)
looped = np.zeros_like(scores)
for r in range(7):
    jacobian = np.diag(probs[r]) - np.outer(probs[r], probs[r])  # (3, 3), of ∂p[j]/∂s[k]
    looped[r] = dout[r] @ jacobian

# %%
dscores = probs * (dout - (dout * probs).sum(axis=-1, keepdims=True))
print(f"loop and formula differ by {difference(looped, dscores):.1e}")
assert difference(looped, dscores) < 1e-15
judge("softmax: dscores", dscores, led.softmax, scores)

# %% [markdown]
# Each row of `dscores` sums to zero. It has to: adding the same number to all scores of a row
# changes no probability, so L does not change in that direction either. A consequence that
# surprises at first: the *bias of the keys* adds q · b to all scores of a row, so its gradient is
# exactly zero, always. We will meet it in the tables.

# %%
print("row sums:", " ".join(f"{abs(total):.0e}" for total in dscores.sum(axis=1)))
assert abs(dscores.sum(axis=1)).max() < 1e-15

# %% [markdown]
# ## Cross entropy
#
# The loss of one token is $-\log p_\text{label}$, with p the softmax of its logits. As a function
# of the logits, that is $-\mathrm{logits}_\text{label} + \log \sum_j \exp(\mathrm{logits}_j)$. The
# derivative of the first part is −1 at the label, that of the second is p itself:
#
# $$
# \mathrm{dlogits}_j = p_j - [j = \text{label}]
# $$
#
# divided by the number of tokens, as the loss is their mean. Tokens with the label −100 are
# padding: they are not counted and get no gradient.

# %%
logits, labels = rng.standard_normal((5, 14)), np.array([3, 0, -100, 13, 7])
loss, cache = led.cross_entropy(logits, labels)
dlogits = led.cross_entropy_backward(1.0, cache)
dout = 1.0  # the loss is a number: its own gradient is 1
judge("cross entropy: dlogits", dlogits, lambda x: led.cross_entropy(x, labels)[0], logits)
assert not dlogits[2].any()  # the row of padding

# %% [markdown]
# ## Layer norm
#
# The only primitive whose gradient is easy to get wrong. One row x of E numbers is centred and
# divided by its standard deviation, then scaled and shifted:
#
# $$
# \begin{aligned}
# \mathrm{centred} &= x - \mathrm{mean}(x) \\
# \mathrm{std} &= \sqrt{\mathrm{mean}(\mathrm{centred}^2) + \varepsilon} \\
# \mathrm{normed} &= \mathrm{centred} / \mathrm{std} \\
# \mathrm{out} &= \mathrm{normed} \cdot \mathrm{weight} + \mathrm{bias}
# \end{aligned}
# $$
#
# The last line is elementwise: dbias and dweight are sums over the rows of dout and of dout ·
# normed, and dnormed = dout · weight. What remains is the way from `normed` to `x`, in two steps.
#
# *Through std.* If x moves by a small δ with mean zero, then centred moves by δ, and std by
# mean(centred · δ) / std = mean(normed · δ). The quotient moves by
#
# $$
# \delta\mathrm{normed}
#   = \frac{\delta}{\mathrm{std}}
#   - \frac{\mathrm{centred} \cdot \mathrm{mean}(\mathrm{normed} \cdot \delta)}{\mathrm{std}^2}
#   = \frac{\delta - \mathrm{normed} \cdot \mathrm{mean}(\mathrm{normed} \cdot \delta)}
#     {\mathrm{std}}
# $$
#
# So the map takes from δ its component along `normed` and divides by std. *Through the mean*: a δ
# with any mean loses that mean first. Together
#
# $$
# \delta\mathrm{normed} = \frac{\delta - \mathrm{mean}(\delta)
#   - \mathrm{normed} \cdot \mathrm{mean}(\mathrm{normed} \cdot \delta)}{\mathrm{std}}
# $$
#
# As a matrix this is
#
# $$
# \left( I - \frac{\mathbf{1} \mathbf{1}^\top}{E}
#   - \frac{\mathrm{normed} \, \mathrm{normed}^\top}{E} \right) \frac{1}{\mathrm{std}}
# $$
#
# The matrix is *symmetric*, so the chain rule, which multiplies by its transpose, applies the very
# same map to `dnormed`:
#
# $$
# \mathrm{dx} = \frac{\mathrm{dnormed} - \mathrm{mean}(\mathrm{dnormed})
#   - \mathrm{normed} \cdot \mathrm{mean}(\mathrm{dnormed} \cdot \mathrm{normed})}{\mathrm{std}}
# $$
#
# Here is that matrix for one row, next to the one that finite differences give:

# %%
E = 10
row = rng.standard_normal((1, E)) * 2 + 1
out, (normed, inverse_std, _) = led.layer_norm(row, np.ones(E), np.zeros(E))
formula = (np.eye(E) - 1 / E - normed.T @ normed / E) * inverse_std

# %%
unit = 1e-5 * np.eye(E)  # a row for each direction
ones, zeros = np.ones(E), np.zeros(E)
up, down = led.layer_norm(row + unit, ones, zeros)[0], led.layer_norm(row - unit, ones, zeros)[0]
measured = (up - down).T / 2e-5  # (E, E): ∂normed[i]/∂x[j]
assert relative(formula, measured) < 1e-8 > difference(formula, formula.T)

# %%
fig, axes = figure(2.9, columns=2, width=6)
for axis, matrix, title in zip(axes, (formula, measured), ("formula", "finite differences")):
    picture = axis.imshow(matrix, cmap="RdBu", vmin=-0.6, vmax=0.6)
    axis.set(title=title, xlabel="element of x", ylabel="element of normed")
fig.colorbar(picture, ax=axes, label="derivative", shrink=0.8)
show(fig, "Two identical heat maps of 10 by 10 derivatives: large positive ones on the "
          "diagonal, small ones of both signs elsewhere, symmetric.")

# %%
x, weight, bias = (rng.standard_normal(shape) for shape in ((7, E), (E,), (E,)))
dout = rng.standard_normal((7, E))
out, cache = led.layer_norm(x, weight, bias)
dx, dweight, dbias = led.layer_norm_backward(dout, cache)

# %%
judge("layer norm: dx", dx, lambda x: led.layer_norm(x, weight, bias)[0], x)
judge("layer norm: dweight", dweight, lambda weight: led.layer_norm(x, weight, bias)[0], weight)
judge("layer norm: dbias", dbias, lambda bias: led.layer_norm(x, weight, bias)[0], bias)

# %% [markdown]
# Why random weights matter: a widespread version of this gradient multiplies by `weight` *after*
# the two means are taken. With weight = 1, as it is at the start of a training, there is no
# difference. With any other it is plainly wrong:

# %%
normed, inverse_std, _ = cache
dnormed = dout  # the mistake: dout * weight should stand here
wrong = dnormed - dnormed.mean(-1, keepdims=True)
wrong = (wrong - normed * (dnormed * normed).mean(-1, keepdims=True)) * weight * inverse_std
print(f"relative error of the wrong version: {relative(wrong, dx):.0%}")
assert relative(wrong, dx) > 0.1

# %% [markdown]
# ## Attention
#
# Attention is a softmax between two products: scores = q kᵀ, probs = softmax(scores), context =
# probs v. We have all the parts. For a product c = a b the rule is that of the linear layer, da =
# dc bᵀ and db = aᵀ dc, so, in reverse order:
#
# $$
# \begin{aligned}
# \text{forward: } \mathrm{context} &= \mathrm{probs} \, v & \quad
#   \mathrm{dprobs} &= \mathrm{dcontext} \, v^\top \qquad
#   \mathrm{dv} = \mathrm{probs}^\top \mathrm{dcontext} \\
# \text{forward: } \mathrm{probs} &= \mathrm{softmax}(\mathrm{scores}) & \quad
#   \mathrm{dscores} &= \mathrm{probs} \cdot
#   \left( \mathrm{dprobs} - \sum \mathrm{dprobs} \cdot \mathrm{probs} \right) \\
# \text{forward: } \mathrm{scores} &= q \, k^\top & \quad
#   \mathrm{dq} &= \mathrm{dscores} \, k \qquad
#   \mathrm{dk} = \mathrm{dscores}^\top q
# \end{aligned}
# $$

# %%
D = 5
q, k, v, dout = rng.standard_normal((4, S, D))
distance = np.abs(np.arange(S)[:, None] - np.arange(S))
outside = np.where(distance <= W, 0, -math.inf)  # (S, S)


def dense(q, k, v):
    """Banded attention as a masked matrix product, as in notebook 2."""
    return led.softmax(q @ k.T + outside) @ v


# %%
probs = led.softmax(q @ k.T + outside)
dprobs, dv = dout @ v.T, probs.T @ dout
dscores = probs * (dprobs - (dprobs * probs).sum(axis=-1, keepdims=True))
dq, dk = dscores @ k, dscores.T @ q

# %%
judge("attention: dq", dq, lambda q: dense(q, k, v), q)
judge("attention: dk", dk, lambda k: dense(q, k, v), k)
judge("attention: dv", dv, lambda v: dense(q, k, v), v)

# %% [markdown]
# Where the mask says −∞, probs is zero, and so is dscores: the gradient keeps out of what the
# forward left out, with no line of code for it.
#
# ## Two sums and a division, backward
#
# Notebook 2 wrote the softmax as three steps, and `led.py` does. Their derivatives are short, and
# each is one we know:
#
# $$
# \begin{aligned}
# \text{forward: } & \mathrm{context} = \mathrm{above} / \mathrm{total} \\
#   & \mathrm{dabove} = \mathrm{dcontext} / \mathrm{total} \qquad
#   \mathrm{dtotal} = -(\mathrm{dcontext} \cdot \mathrm{context}) / \mathrm{total} \\
# \text{forward: } & \mathrm{above} = \sum_j \mathrm{exp}_j \, v_j \;\text{ and }\;
#   \mathrm{total} = \sum_j \mathrm{exp}_j \text{, where } \mathrm{exp}_j \text{ is used twice} \\
#   & \mathrm{dv}_j = \mathrm{exp}_j \, \mathrm{dabove} \qquad
#   \mathrm{dexp}_j = \mathrm{dabove} \cdot v_j + \mathrm{dtotal} \\
# \text{forward: } & \mathrm{exp}_j = \exp(\mathrm{score}_j) \\
#   & \mathrm{dscore}_j = \mathrm{dexp}_j \, \mathrm{exp}_j
# \end{aligned}
# $$
#
# The second step holds for every key that adds to the two sums, in whatever way it is seen: for
# those of the band and for the global columns.

# %%
exps = np.exp(q @ k.T + outside)  # (S, S)
total = exps.sum(axis=-1, keepdims=True)  # (S, 1)
context = exps @ v / total

# %%
dabove = dout / total
dtotal = -(dout * context).sum(axis=-1, keepdims=True) / total
dexps = dabove @ v.T + dtotal
print(f"dscores in the two ways differ by {difference(dexps * exps, dscores):.1e}")
assert difference(dexps * exps, dscores) < 1e-14
assert difference(exps.T @ dabove, dv) < 1e-14

# %% [markdown]
# `dtotal` needs D products for a row, where the sum over dprobs · probs above needs one for each
# key: it is the same number, since the context is the sum of probs · v.
#
# There is a second saving, of memory. The exps of all layers would be the largest thing to keep for
# the backward. They are not kept: `total` and q and k suffice, and `band_tiles` makes them again,
# tile by tile.
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

# %%
fig, axes = figure(2.6, width=6)
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
by_led = np.zeros((S + 2 * W, D))
led.windows_backward(dwindows, C, by_led)
assert (by_led == folded).all()
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
# Now the banded backward is the dense one, block by block, with this fold at the end. `dk` of the
# padded keys, with the padding cut off, should be the `dk` that we have:

# %%
k_windows = led.windows(np.pad(k, [(W, W), (0, 0)]), C, W)  # (N, C + 2W, D)
v_windows = led.windows(np.pad(v, [(W, W), (0, 0)]), C, W)
q_blocks, dabove_blocks, dtotal_blocks = (a.reshape(N, C, -1) for a in (q, dabove, dtotal))
inside = np.pad(np.ones(S), W)[:, None]  # (S + 2W, 1) zero where there is no key
scores = q_blocks @ k_windows.swapaxes(1, 2)  # (N, C, C + 2W)

# %%
exps = np.zeros_like(scores)
np.exp(led.diagonals(scores, W), out=led.diagonals(exps, W))
exps *= led.windows(inside, C, W).swapaxes(1, 2)
dscores = (dabove_blocks @ v_windows.swapaxes(1, 2) + dtotal_blocks) * exps
dk_windows = dscores.swapaxes(1, 2) @ q_blocks  # (N, C + 2W, D)

# %%
folded = np.zeros((S + 2 * W, D))
led.windows_backward(dk_windows, C, folded)
print(f"strided and dense dk differ by {difference(folded[W : W + S], dk):.1e}")
assert difference(folded[W : W + S], dk) < 1e-14

# %% [markdown]
# ## The library call, with a global token
#
# `band_attention_backward` has the same stages for all heads, and two more for the global
# tokens. Their *columns* are keys and values that every row reads: their gradients are summed over
# all rows and added to those from the band. Their *rows* were computed by other projections and
# written over what the band had there: so the band gets no gradient from these rows, and
# `global_attention_backward` gets it instead.
#
# We check it against finite differences of the *naive* function, which shares no code with it but
# the linear layer and the softmax:

# %%
model = small_model(encoder_layers=1, decoder_layers=1)
name = "led.encoder.layers.0.self_attn.longformer_self_attn"
x = rng.standard_normal((1, S, 10))
masked, is_global = np.zeros((1, S), bool), IS_GLOBAL.astype(bool)
masked[0, -1] = True  # as if the last token were padding

# %%
out, cache = led.encoder_attention(x, model.params, name, 2, W, masked, is_global)
dout = rng.standard_normal(out.shape)
dx, grads = led.encoder_attention_backward(dout, cache)


def naive(x):
    return led.naive_encoder_attention(x, model.params, name, 2, W, masked, is_global)


judge("encoder attention: dx", dx, naive, x)

# %%
for kind in ("query", "key", "value", "query_global", "key_global", "value_global"):
    param = f"{name}.{kind}.weight"

    def with_weight(weight):
        params = model.params | {param: weight}
        return led.naive_encoder_attention(x, params, name, 2, W, masked, is_global)

    judge(f"encoder attention: d{kind}.weight", grads[param], with_weight, model.params[param])

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
    if size < 1e-12:  # no gradient in theory, see softmax above
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
# **1.** A *squared relu* is out = max(x, 0)². Write its backward.

# %%
def squared_relu_backward(dout, x):
    return ...


# %%
check(squared_relu_backward, (np.full(5, 2.0), np.linspace(-1, 1, 5)),
      tuple(np.random.default_rng(1).standard_normal((2, 4, 3))))

# %% [markdown]
# **2.** *RMS norm*, which newer models use, does not centre: out = x / √(mean(x²) + ε), with no
# weight. Derive dx as for layer norm; x and dout have shape (rows, E).

# %%
def rms_norm_backward(dout, x, epsilon=1e-5):
    return ...


# %%
check(rms_norm_backward, tuple(np.random.default_rng(2).standard_normal((2, 7, 10))))

# %% [markdown]
# **3.** The fold for any sizes: gradients of windows (N, C + 2W, D) in, the gradient of the padded
# rows (N · C + 2W, D) out.

# %%
def fold_windows(dwindows, C, W):
    return ...


# %%
check(fold_windows, (np.random.default_rng(3).standard_normal((3, 8, 5)), 4, 2),
      (np.random.default_rng(4).standard_normal((4, 8, 3)), 2, 3))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Newer models have a *gated* feed forward: out =
# (silu(x gateᵀ) · (x upᵀ)) downᵀ, with silu(a) = a / (1 + exp(−a)), no biases, gate and up of shape
# (F, E), down of shape (E, F). Write its backward: dout (rows, E) in, the gradients of x, gate, up
# and down out, in this order. Before you check it here, hold it against `numeric_gradient`; which
# mistakes would a check of shapes not find?
#
# *Hint.* Name the three products of the forward, and go back line by line. x branches, so dx is a
# sum. The derivative of silu is s(a) · (1 + a · (1 − s(a))), with s(a) = 1 / (1 + exp(−a)).

# %%
def gated_feed_forward_backward(dout, x, gate, up, down):
    return ...


# %%
check(gated_feed_forward_backward, [np.random.default_rng(5).standard_normal(shape)
                                    for shape in ((7, 4), (7, 4), (6, 4), (6, 4), (4, 6))])
