# %% [markdown]
# # 5. The backward pass
#
# After this notebook you can derive the gradient of a layer, write it as a few lines of NumPy, and
# tell by a check whether they are right: what a framework does for you unseen. Training needs the
# gradient of one number, the loss, with respect to every parameter. In `led.py` every function that
# can be trained has a `_backward` beside it. We derive those that all models are made of, from the
# linear layer to layer norm, and put them together to the backward of a feed forward. Notebook 6
# does the same for the attention, and then for the whole model.
#
# It needs none of the notebooks before; only the chain rule, and some patience with indices.

# %%
import sys

sys.path.insert(0, "..")
import numpy as np

import led
from drawing import COLUMN, LINE, figure, show, table
from example import difference
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

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.8)
axes.loglog(steps, two_sided, "o-", color=LINE, label="two-sided", markersize=3)
axes.loglog(steps, one_sided, "s-", color=COLUMN, label="one-sided", markersize=3)
axes.set(title="Error of a finite difference (float64)", xlabel="h", ylabel="relative error")
axes.legend(frameon=False)
show(fig, "Two V-shaped curves on logarithmic axes. The two-sided error is least, about "
          "1e-11, near h = 1e-5; the one-sided one about 1e-8 near h = 1e-8.")
print(f"two-sided, h = 1e-5: {two_sided[14]:.0e};  one-sided, h = 1e-8: {one_sided[8]:.0e}")

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
# \mathrm{dx}_{ri} &= \sum_o \mathrm{dout}_{ro} \, \mathrm{weight}_{oi} \\
# \mathrm{dweight}_{oi} &= \sum_r \mathrm{dout}_{ro} \, x_{ri} \\
# \mathrm{dbias}_o &= \sum_r \mathrm{dout}_{ro}
# \end{aligned}
# $$
#
# As matrices:
#
# $$
# \begin{aligned}
# \mathrm{dx} &= \mathrm{dout} \, \mathrm{weight} \\
# \mathrm{dweight} &= \mathrm{dout}^\top x \\
# \mathrm{dbias} &= \text{the sum of dout over its rows}
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

# %% jupyter={"source_hidden": true}
x = np.linspace(-4, 4, 200)
fig, axes = figure(2.6)
axes.plot(x, led.gelu(x), color=LINE, label="gelu")
axes.plot(x, led.gelu_derivative(x), color=COLUMN, label="its derivative")
axes.set(title="gelu", xlabel="x", ylabel="value", ylim=(-0.5, 2))
axes.legend(frameon=False)
show(fig, "gelu follows 0 on the left and x on the right, with a dip of 0.17 below zero "
          "near -0.75. Its derivative goes from 0 to 1, overshooting at both ends.")

# %%
x = rng.standard_normal((7, 3))
judge("gelu: dx", dout * led.gelu_derivative(x), led.gelu, x)

# %% [markdown]
# Three more functions are of this kind or simpler. *Dropout* multiplies by 0 or 1 / (1 − rate),
# and its backward multiplies by the same factors. Which elements are dropped depends on a seed and
# on each element's row and column alone, so that the backward can drop the same ones again. An
# *embedding* copies rows of a table, and since the same row may be copied to many places, its
# gradient is the sum over these places. And a *residual* `x + f(x)` uses x twice, so its gradient
# has two parts:

# %%
dropped, cache = led.dropout(x, 0.5, seed=0)
assert difference(led.dropout_backward(dout, cache), np.where(dropped == 0, 0, 2 * dout)) == 0
print(f"dropout: {(dropped == 0).sum()} of {x.size} numbers are 0, the others doubled")

# %%
ids = np.array([[4, 9, 4]])  # row 4 is looked up twice
dtable = np.zeros((14, 3))
led.embedding_backward(dout[None, :3], ids, dtable)  # which adds to the table's gradient
assert difference(dtable[4], dout[0] + dout[2]) == 0
print("rows of the table with a gradient:", np.flatnonzero(dtable.any(axis=1)))

# %% [markdown]
# **What branches in the forward is summed in the backward.** This one rule is behind every `+=` in
# the backward functions of `led.py`: residuals, embeddings, the encoder's output that all decoder
# layers read; and in notebook 6 the keys that are read by the band and by the global columns, and
# the windows that overlap.
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
# The sum is one number for a row. Loop, with the matrix of all derivatives, against the formula,
# and against `softmax_backward`, which is this formula:

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
assert difference(looped, dscores) < 1e-15 > difference(dscores, led.softmax_backward(dout, probs))
judge("softmax: dscores", dscores, led.softmax, scores)

# %% [markdown]
# Each row of `dscores` sums to zero. It has to: adding the same number to all scores of a row
# changes no probability, so L does not change in that direction either. A consequence that
# surprises at first: the *bias of the keys* adds q · b to all scores of a row, so its gradient is
# exactly zero, always. We will meet it in notebook 6.

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

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.9, columns=2)
for axis, matrix, title in zip(axes, (formula, measured), ("formula", "finite differences")):
    picture = axis.imshow(matrix, cmap="RdBu", vmin=-0.6, vmax=0.6)
    axis.set(title=title, xlabel="element of x", ylabel="element of normed",
             xticks=range(0, E, 2))
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
# ## A feed forward, from the end to the start
#
# A layer is these functions one after the other. Its backward is their backward functions in
# reverse order, each handing its `dx` to the one before as `dout`. The feed forward of LED is two
# linear layers with a gelu between them, a residual and a layer norm:
#
# $$
# \mathrm{out} = \mathrm{norm}\left( x + \mathrm{fc2}(\mathrm{gelu}(\mathrm{fc1}(x))) \right)
# $$

# %%
shapes = {"layer.fc1.weight": (6, E), "layer.fc1.bias": (6,), "layer.fc2.weight": (E, 6),
          "layer.fc2.bias": (E,), "layer.final_layer_norm.weight": (E,),
          "layer.final_layer_norm.bias": (E,)}
params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}

# %% [markdown]
# In a model, parameters have names. `project` is the linear layer of a name; its cache keeps the
# name, so that `project_backward` returns {name: gradient} beside dx:

# %%
def forward(x, params):
    """x (rows, E) -> out (rows, E), and what the backward needs of each step"""
    hidden, fc1_cache = led.project(x, params, "layer.fc1")  # (rows, F)
    branch, fc2_cache = led.project(led.gelu(hidden), params, "layer.fc2")  # (rows, E)
    weight, bias = (params["layer.final_layer_norm." + kind] for kind in ("weight", "bias"))
    out, norm_cache = led.layer_norm(x + branch, weight, bias)
    return out, (fc1_cache, hidden, fc2_cache, norm_cache)


# %% [markdown]
# Read it from below: the gradient of the sum `x + branch` is the gradient of both of its terms. `x`
# is used twice, so the two parts are added up at the end.

# %%
def backward(dout, cache):
    """dout (rows, E) -> dx, {name: gradient}"""
    fc1_cache, hidden, fc2_cache, norm_cache = cache
    dsum, dweight, dbias = led.layer_norm_backward(dout, norm_cache)
    grads = {"layer.final_layer_norm.weight": dweight, "layer.final_layer_norm.bias": dbias}
    dactive, fc2_grads = led.project_backward(dsum, fc2_cache)
    dx, fc1_grads = led.project_backward(dactive * led.gelu_derivative(hidden), fc1_cache)
    return dsum + dx, grads | fc1_grads | fc2_grads


# %%
x, dout = rng.standard_normal((2, 7, E))
out, cache = forward(x, params)
dx, grads = backward(dout, cache)
judge("feed forward: dx", dx, lambda x: forward(x, params)[0], x)

# %%
for name in params:
    judge(f"d{name}", grads[name],
          lambda param: forward(x, params | {name: param})[0], params[name])

# %% [markdown]
# `led.py` has the same in two pairs: `feed_forward` is the branch, `add_and_norm` the sum and its
# norm, each with a dropout, and `feed_forward_and_norm` both, the second half of every layer. Line
# by line it is what you have just written:

# %%
config = led.LEDConfig(activation_function="gelu", dropout=0.0, activation_dropout=0.0)
called, cache = led.feed_forward_and_norm(x[None], params, "layer", config, seed=None)
dx_called, grads_called = led.feed_forward_and_norm_backward(dout[None], cache)
apart = [difference(called[0], out), difference(dx_called[0], dx),
         *(difference(grads_called[name], grads[name]) for name in params)]
print(f"output, dx and {len(params)} gradients differ by {max(apart):.1e}")
assert max(apart) < 1e-13

# %% [markdown]
# The residual is worth a second look. Whatever the branch does, `dsum` reaches `x` unchanged, past
# both matrices and the gelu. In a model of twelve layers it is this path that brings the gradient
# from the loss down to the embedding. Without it, here is what is left of the size of a gradient
# after each of twelve branches:

# %%
sizes = {True: [1.0], False: [1.0]}  # with the residual, and without
for residual, found in sizes.items():
    draw = np.random.default_rng(1)
    gradient = draw.standard_normal((7, 64))
    first = np.linalg.norm(gradient)
    for _ in range(12):
        fc1, fc2 = draw.standard_normal((2, 64, 64)) / 8 / 2  # a half of what keeps the size
        hidden, fc1_cache = led.linear(draw.standard_normal((7, 64)), fc1, np.zeros(64))
        dhidden = (gradient @ fc2) * led.gelu_derivative(hidden)
        gradient = led.linear_backward(dhidden, fc1_cache)[0] + residual * gradient
        found.append(np.linalg.norm(gradient) / first)

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
axes.semilogy(sizes[True], "o-", color=LINE, label="with the residual", markersize=3)
axes.semilogy(sizes[False], "s-", color=COLUMN, label="without", markersize=3)
axes.set(title="The gradient on its way down", xlabel="branches passed", ylabel="relative size")
axes.legend(frameon=False)
show(fig, "On a logarithmic axis the size of a gradient stays near 1 through twelve branches with "
          "the residual; without it the size falls along a straight line below 1e-9.")

# %% [markdown]
# All checks of this notebook, in one table:

# %%
table(["gradient", "relative error"], checks)

# %% [markdown]
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
# **2.** The forward of *log softmax* gives out = s − log Σ exp(s), row by row. Write its backward,
# given only `dout` and `out`, both of shape (rows, V).

# %%
def log_softmax_backward(dout, out):
    return ...


# %%
check(log_softmax_backward, (np.eye(3), np.log(np.full((3, 3), 1 / 3))),
      (rng.standard_normal((4, 5)), led.log_softmax(rng.standard_normal((4, 5)))))

# %% [markdown]
# **3.** *RMS norm*, which newer models use, does not centre: out = x / √(mean(x²) + ε), with no
# weight. Derive dx as for layer norm; x and dout have shape (rows, E).

# %%
def rms_norm_backward(dout, x, epsilon=1e-5):
    return ...


# %%
check(rms_norm_backward, tuple(np.random.default_rng(2).standard_normal((2, 7, 10))))

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
