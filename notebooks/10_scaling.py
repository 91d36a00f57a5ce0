# %% [markdown]
# # 10. Scaling up
#
# The loop of notebook 9 stays the same when documents, models and data grow. What gives way first
# is memory, then time. This notebook takes a batch apart and puts its gradient together again,
# drops most of what the backward needs and computes it twice, stops a training and goes on, shares
# it out between processes, counts what they send, and takes a checkpoint on to PyTorch. At the end
# it looks at what makes one process fast: the twins of `led.py`'s functions in `fast.py`.
#
# It needs notebook 9, and its last section notebooks 2 and 3. It fills two classes; the second
# begins with PyTorch. The model is the small one of notebooks 7 and 8, with its three reports.

# %%
import math
import shutil
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, "..")
import numpy as np

import data_parallel
import led
import weights
from drawing import BAND, COLUMN, EMPTY, LINE, choose, figure, grid, show, table
from example import difference, reports, write_checkpoint
from led_support import engine, fast
from solutions import check

tokenizer, model, batch = reports()
print("documents (B, S):", batch["input_ids"].shape, " labels (B, T):", batch["labels"].shape)

# %% [markdown]
# ## Smaller batches, added up
#
# If a batch is too large for the memory, its documents can be read one after the other and their
# gradients added up. One thing has to be right. The loss is a mean over *labels*, and so is its
# gradient. Two parts with different numbers of labels have two means, and **the mean of the means
# is another gradient**. Three reports, in two parts:

# %%
parts = [data_parallel.share(batch, rank, 2) for rank in (0, 1)]
counts = [data_parallel.counted_labels(part) for part in parts]
print("documents:", *(len(part["labels"]) for part in parts), " labels:", *counts)

# %%
_, whole = model.value_and_grad(**batch)
first, second = (model.value_and_grad(**part)[1] for part in parts)


def apart(combine):
    """How far a combination of the two gradients is from that of all three reports, relatively."""
    squares = [((combine(first[name], second[name]) - whole[name]) ** 2).sum() for name in whole]
    return math.sqrt(sum(squares) / sum((grad**2).sum() for grad in whole.values()))


# %%
means = apart(lambda one, two: (one + two) / 2)
weighted = apart(lambda one, two: (counts[0] * one + counts[1] * two) / sum(counts))
print(f"mean of the means: {means:.0%} off; weighted by labels: {weighted:.0e}")
assert means > 0.1 and weighted < 1e-12

# %% [markdown]
# So each part counts by its labels. No error message tells if it does not: training goes on, with
# another gradient, in which a label weighs more where there are few of them.
#
# ## Gradient checkpointing
#
# The backward needs what the forward computed: the inputs of every linear layer, the results of
# every norm. For a long document this is most of the memory, and one document cannot be taken
# apart. With `gradient_checkpointing=True` only the input of each layer is kept; the backward
# computes the layer once more when it gets there. The price is a second forward. We measure with a
# document of 2,048 tokens and two, four and six encoder layers. (`tracemalloc` sees what NumPy asks
# for. So that this is all, large arrays must not come from the memory that `engine.py` manages.)

# %%
def deep(layers):
    """A model with this many encoder layers"""
    return led.LEDForConditionalGeneration(led.LEDConfig.from_dict(
        model.config.to_dict(), encoder_layers=layers, attention_window=[32] * layers,
        max_encoder_position_embeddings=2048))


def measure(deep_model, checkpointing):
    """-> gradients, seconds, MiB at the highest point"""
    engine.LARGE_ARRAY, kept = math.inf, engine.LARGE_ARRAY
    tracemalloc.start()
    started = time.perf_counter()
    _, grads = deep_model.value_and_grad(**long, gradient_checkpointing=checkpointing)
    seconds, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    engine.LARGE_ARRAY = kept
    return grads, seconds, peak / 2**20


# %%
ids = np.random.default_rng(0).integers(4, len(tokenizer), (1, 2048))
is_global = np.arange(2048)[None] == 0
long = dict(input_ids=ids, global_attention_mask=is_global * 1, labels=batch["labels"][:1])
depths = (2, 4, 6)
measured = {layers: [measure(deep(layers), flag) for flag in (False, True)] for layers in depths}

# %%
for (kept, *_), (again, *_) in measured.values():
    assert max(difference(kept[name], again[name]) for name in kept) == 0
print("the gradients are equal, bit for bit")

# %% tags=["varies"]
table(["layers", "all kept, MiB", "checkpointing, MiB", "all kept, s", "checkpointing, s"], [
    [layers, *(f"{one[2]:.1f}" for one in both), *(f"{one[1]:.2f}" for one in both)]
    for layers, both in measured.items()])
grown = [measured[6][flag][2] - measured[2][flag][2] for flag in (0, 1)]
print(f"four layers more take {grown[0]:.1f} MiB, with checkpointing {grown[1]:.1f}")

# %% tags=["varies"] jupyter={"source_hidden": true}
fig, axes = figure(2.6)
for flag, (what, colour) in enumerate((("all kept", LINE), ("with checkpointing", COLUMN))):
    axes.plot(depths, [measured[layers][flag][2] for layers in depths], "o-", color=colour,
              label=what)
axes.set(title="Memory of one training step", xlabel="encoder layers", ylabel="MiB",
         ylim=(0, None), xticks=depths)
axes.legend(frameon=False)
show(fig, "Memory against two, four and six encoder layers. The line without rises steeply; with "
          "checkpointing it is lower and nearly flat.")

# %% [markdown]
# The gradients are equal bit for bit, also with dropout, because what is dropped depends on a seed
# and not on the order of the calls. And a layer more costs its input alone, where it was all of its
# insides: here less than a quarter. So deep models on long documents are nearly always trained this
# way.
#
# ## Stopping and going on
#
# A long training must survive a crash. `state()` gives the optimizer's running means as arrays;
# saved beside the model, they let the training go on as if nothing had happened. Six steps at
# once, against three, a restart from files, and three more. Dropout is on, so its seed is part of
# the bargain: here it is the number of the step.

# %%
model.config.dropout = 0.1


def some_steps(model, optimizer, first, last):
    for step in range(first, last):
        report = {name: array[step % 3 :][:1] for name, array in batch.items()}
        _, grads = model.value_and_grad(**report, dropout_rng=step)
        optimizer.step(grads)


# %%
def copy_of(model):
    params = {name: param.copy() for name, param in model.params.items()}
    return led.LEDForConditionalGeneration(model.config, dtype=model.dtype, params=params)


# %%
straight = copy_of(model)
some_steps(straight, led.AdamW(straight.params), 0, 6)

# %%
stopped, folder = copy_of(model), tempfile.TemporaryDirectory()
optimizer = led.AdamW(stopped.params)
some_steps(stopped, optimizer, 0, 3)
stopped.save_pretrained(folder.name)
weights.save(Path(folder.name, "optimizer.safetensors"), optimizer.state())

# %%
resumed = led.LEDForConditionalGeneration.from_pretrained(folder.name, dtype=np.float64)
optimizer = led.AdamW(resumed.params)
optimizer.load_state(weights.load(Path(folder.name, "optimizer.safetensors")))
some_steps(resumed, optimizer, 3, 6)
assert all((resumed.params[name] == straight.params[name]).all() for name in straight.params)
print("resumed and uninterrupted training end in the same weights")

# %% [markdown]
# What if one forgets the optimizer's file and starts a new AdamW? The model is the same, the
# running means are not, and the next steps are those of a beginner, of full size in every number:

# %%
careless = led.LEDForConditionalGeneration.from_pretrained(folder.name, dtype=np.float64)
some_steps(careless, led.AdamW(careless.params), 3, 6)
largest = max(difference(careless.params[name], straight.params[name]) for name in straight.params)
print(f"without the optimizer's state, three steps of 0.001: some weight is off by {largest:.4f}")

# %% [markdown]
# ## More than one machine
#
# One step over a batch can be shared out: every process, on this machine or another, holds the
# whole model and reads its part of the documents; the gradients are added up, and everybody takes
# the same step. That is *data-parallel* training. The file `data_parallel.py` does it with MPI, the
# standard of scientific computing for messages between processes.
#
# It is the first section of this notebook, with the parts on different machines. Each process sends
# its gradient times its number of labels, and the number itself; `Allreduce` gives the sums to all.
# After that every process has the same numbers, bit for bit, and AdamW does the same with them: the
# weights need never be sent. Ten steps on two processes:

# %% tags=["needs-mpi"]
import importlib.util
import os
import subprocess

mpiexec = shutil.which("mpiexec", path=os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ["PATH"]]))
has_mpi = bool(mpiexec and importlib.util.find_spec("mpi4py"))
if not has_mpi:
    print("mpi4py and mpiexec are not installed: pip install mpi4py mpich")

# %% tags=["needs-mpi"]
if has_mpi:
    ran = subprocess.run([mpiexec, "-n", "2", sys.executable, "data_parallel.py"],
                         capture_output=True, text=True, check=True)
    print(ran.stdout)

# %% [markdown]
# What does it cost? If all sent their gradients to one process, that one would receive n − 1 of
# them, and become slower with every process more. Put in a *ring* instead, each process cuts its
# gradient into n pieces and always sends just one, to its right. In n − 1 rounds every piece goes
# round and collects its sum; in n − 1 more the sums go round:

# %%
def ring_allreduce(gradients, rounds=None):
    """Adds up the gradients of n processes -> what each has in the end, bytes that each sent."""
    n, sent = len(gradients), 0
    pieces = [np.array_split(gradient, n) for gradient in gradients]
    for step in range(2 * (n - 1) if rounds is None else rounds):
        messages = [pieces[rank][(rank - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            place, right = (rank - step) % n, (rank + 1) % n
            pieces[right][place] = message + (pieces[right][place] if step < n - 1 else 0)
        sent += messages[0].nbytes
    return [np.concatenate(piece) for piece in pieces], sent


# %%
gradients = np.random.default_rng(0).standard_normal((5, 1000))
sums, sent = ring_allreduce(gradients)
assert all((one == sums[0]).all() for one in sums) and difference(sums[0], gradients.sum(0)) < 1e-13
print(f"5 processes with {gradients[0].nbytes:,} bytes each: every one sends {sent:,}")
assert sent == 2 * 4 / 5 * gradients[0].nbytes

# %% [markdown]
# To watch it, let every gradient be all ones. Then a piece tells how many processes it has been
# added up over:

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.3, columns=4, sharey=True)
for axis, rounds in zip(axes, (0, 2, 4, 8)):
    found = np.array(ring_allreduce(np.ones((5, 5)), rounds)[0]).astype(int)  # (process, piece)
    colours = choose((found == 5, COLUMN), (found > 1, BAND), otherwise=EMPTY)
    grid(axis, colours, found, f"after {rounds} rounds", column_name="piece")
axes[0].set_ylabel("process")
show(fig, "Four grids of 5 processes by 5 pieces, with the number of gradients in each piece. At "
          "the start all are 1; after 2 rounds there are some of 2 and 3; after 4 each process has "
          "one piece of 5; after 8 all pieces are 5.")

# %% [markdown]
# That is 2 (n − 1) / n times the gradient: never more than twice its size, with however many
# processes. For led-base, in float32, on a network of ten gigabits a second:

# %%
base = 161_844_480 * 4  # bytes of a gradient
rows = []
for n in (2, 4, 8, 64):
    sent = 2 * (n - 1) / n * base
    rows.append([n, f"{sent / 1e6:,.0f} MB", f"{sent * 8 / 10e9:.2f} s",
                 f"{(n - 1) * base / 1e6:,.0f} MB"])
table(["processes", "each sends, in a ring", "takes", "one would receive, without"], rows)

# %% [markdown]
# A second for each step. It pays if the gradient takes longer than that to compute, as it does for
# long documents, and the more so the more documents each process has.
#
# ## On in PyTorch
#
# `save_pretrained` writes a folder that transformers loads as its own. Here is the model that has
# learnt the three reports, in both:

# %%
loss = write_checkpoint(folder.name)
trained = led.LEDForConditionalGeneration.from_pretrained(folder.name)
inputs = {name: array for name, array in batch.items() if name != "labels"}
ours = trained.generate(**inputs, num_beams=1, max_length=30)
print(tokenizer.decode(ours[0], skip_special_tokens=True))

# %% tags=["needs-torch"]
import importlib.util

has_torch = all(importlib.util.find_spec(module) for module in ("torch", "transformers"))
if not has_torch:
    print("torch and transformers are not installed: pip install -r requirements-parity.txt")

# %% tags=["needs-torch"]
if has_torch:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()  # it would tell that it pads the documents
    reference = transformers.LEDForConditionalGeneration.from_pretrained(folder.name).eval()

# %% tags=["needs-torch"]
if has_torch:
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    theirs = reference.generate(**tensors, max_length=30, num_beams=1).numpy()
    print(f"{(ours == theirs).all(axis=1).sum()} of {len(ours)} summaries are the same ids")
    assert (ours == theirs).all()

# %% [markdown]
# And it has the same loss, so training can go on there from the very place where it stopped here,
# on GPUs or on many machines:

# %% tags=["needs-torch"]
if has_torch:
    loss = trained(**batch).loss
    tensors["labels"] = torch.from_numpy(batch["labels"])
    with torch.no_grad():
        their_loss = reference.double()(**tensors).loss.item()
    print(f"loss {loss:.6f} here, {their_loss:.6f} there")
    assert abs(loss - their_loss) < 1e-6

# %% [markdown]
# This is the script for several processes or GPUs. PyTorch's `DistributedDataParallel` takes the
# mean of the processes' gradients, the mean of means, so the loss is weighted by the number of
# labels before; and as above, only matrices decay.
#
# ```python
# # continue.py; run as: torchrun --nproc-per-node 2 continue.py FOLDER BATCH.npz
# import sys
#
# import numpy as np
# import torch
# import torch.distributed as dist
# from transformers import LEDForConditionalGeneration
#
# dist.init_process_group("gloo")  # "nccl" with GPUs
# rank, size = dist.get_rank(), dist.get_world_size()
# model = LEDForConditionalGeneration.from_pretrained(sys.argv[1])
# shared = torch.nn.parallel.DistributedDataParallel(model)
# decaying = [param for param in model.parameters() if param.ndim > 1]
# others = [param for param in model.parameters() if param.ndim == 1]
# optimizer = torch.optim.AdamW([{"params": decaying}, {"params": others, "weight_decay": 0.0}],
#                               lr=1e-3, weight_decay=0.01)
# with np.load(sys.argv[2]) as arrays:
#     batch = {name: torch.from_numpy(arrays[name][rank::size].copy()) for name in arrays}
# count = (batch["labels"] != -100).sum()
# total = count.clone()
# dist.all_reduce(total)
# for step in range(3):
#     loss = shared(**batch).loss * count / total
#     (loss * size).backward()
#     torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
#     optimizer.step()
#     optimizer.zero_grad()
#     whole = loss.detach().clone()
#     dist.all_reduce(whole)
#     if rank == 0:
#         print(f"step {step}: loss {whole.item():.6f}", flush=True)
# del shared, loss  # they hold the group, whose threads have to end before Python does
# dist.destroy_process_group()
# ```
#
# On two processes it gives the losses of `led.AdamW` on one, step by step, to float32's precision;
# the tests of this repository run it. From there the usual tools take over: half precision, GPUs,
# optimizers that share out their state. The checkpoint comes back by `from_pretrained`, too.
#
# ## What `fast.py` does
#
# `led.py` says everything once, plainly. A function that is marked there with `@has_fast_twin` has
# a twin of the same name in `led_support/fast.py`, which computes the same numbers and is what runs
# on NumPy arrays. (With `LED_PLAIN=1` set, or on a GPU, the functions run as they stand.) Here is
# the encoder's attention both ways, in float32 with the sizes of one layer of led-base and W = 256,
# for 4,096 tokens, of which one is global. The time is the best of three. (On several cores the
# twin uses all of them. This page was made with one, so that the differences are none of that.)

# %%
S, E, H, W, name = 4096, 768, 12, 256, "attention"
rng = np.random.default_rng(0)
params = {f"{name}.{kind}.{what}": rng.standard_normal(shape, np.float32) / math.sqrt(E)
          for kind in ("query", "key", "value", "query_global", "key_global", "value_global")
          for what, shape in (("weight", (E, E)), ("bias", E))}
x = rng.standard_normal((1, S, E), np.float32)
masked, first = np.zeros((1, S), bool), np.arange(S)[None] == 0
plain = getattr(led.encoder_attention, "__wrapped__", led.encoder_attention)


# %%
def best_of_three(function, *arguments):
    """-> what it returns, milliseconds"""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        result = function(*arguments)
        times.append(1000 * (time.perf_counter() - started))
    return result, min(times)


arguments = (x, params, name, H, W, masked, first)
(ours, plain_cache), plain_time = best_of_three(plain, *arguments)
(theirs, _), fast_time = best_of_three(fast.encoder_attention, *arguments)
print(f"they differ by {difference(ours, theirs):.0e}")
assert difference(ours, theirs) < 1e-5

# %% tags=["varies"]
print(f"as led.py reads: {plain_time:.0f} ms; its fast twin: {fast_time:.0f} ms")

# %% [markdown]
# Where does that come from? Three of its ideas, one by one.
#
# **Tiles.** `band_attention` makes the scores of all blocks of a head, then the exps of all, then
# the sums. In long documents each of these arrays is many times larger than a core's cache, so
# every step reads it from memory and writes it back. The twin takes a few blocks at a time, a
# *tile*, of at most `TILE` scores, goes through all steps with it while it is in the cache, and
# keeps of it the context and the totals alone: the backward makes the exps again, tile by tile.
# What tiles are worth can be seen by making them as large as the document:

# %%
q, k, v = (led.project_heads(x[0], params, f"{name}.{kind}", H)[0]
           for kind in ("query", "key", "value"))  # (H, S, D)
tiles, usual = {}, fast.TILE
try:
    for fast.TILE in (usual // 16, usual, 2**40):
        tiles[fast.TILE] = best_of_three(
            fast.band_attention, q[None], k[None], v[None], W, first, fast.global_index(first, 2),
            0.0, None)
finally:
    fast.TILE = usual
contexts = [context for (context, _), _ in tiles.values()]
assert max(difference(contexts[0], context) for context in contexts) < 1e-5

# %% tags=["varies"]
def band_head_by_head():
    return [led.band_attention(*heads, W, masked[0], first[0]) for heads in zip(q, k, v)]


_, band_time = best_of_three(band_head_by_head)
table(["the band of 12 heads", "ms"], [
    ["led.band_attention, head by head", f"{band_time:.0f}"],
    *([f"fast.band_attention, tiles of {size:,} scores" if size < 2**40 else "… in one piece",
       f"{one_time:.0f}"] for size, (_, one_time) in tiles.items())])

# %% [markdown]
# What is kept for the backward shrinks, too. In `led.py` the cache of a head has its exps, and what
# each block sees of k and v. Of the whole layer:

# %%
bands = list(plain_cache.bands.values())
kept_plain = sum(part.nbytes for cache in bands for part in (cache.exps, cache.k, cache.v))
(_, band), _ = tiles[usual]
kept_fast = sum(part.nbytes for part in (band.k, band.v, band.total, band.shift))
print(f"exps, keys and values: {kept_plain / 2**20:.0f} MiB as led.py reads; "
      f"keys, values and totals: {kept_fast / 2**20:.0f} MiB in the twin")

# %% [markdown]
# **The mask is a feature.** Notebook 2 adds a bias to the scores, an array that is read and written
# once more for it. There is a shorter way: give every query one feature more, which is 1, and every
# key one feature more, which is 0, or −1e30 for a key that is removed. The product q · k then masks
# by itself. (Why not −∞? A query that is all zeros, as padding may be, would make 0 · ∞ of it, which
# is no number.) One head, with C = 128 rows in a block:

# %%
C, D, N = 128, E // H, S // 128
k_padded = np.pad(k[0], [(W, W), (0, 0)])  # (S + 2W, D)
bias = np.full((S + 2 * W, 1), led.REMOVED, np.float32)
bias[W : W + S, 0] = np.where(first[0], led.REMOVED, 0)
q_masking = np.pad(q[0], [(0, 0), (0, 1)], constant_values=1)  # (S, D + 1)
k_masking = np.concatenate([k_padded, bias], axis=1)  # (S + 2W, D + 1)


def by_bias():
    scores = q[0].reshape(N, C, D) @ led.windows(k_padded, C, W).swapaxes(-1, -2)
    scores += led.windows(bias, C, W).swapaxes(-1, -2)
    return scores


def by_feature():
    return q_masking.reshape(N, C, D + 1) @ led.windows(k_masking, C, W).swapaxes(-1, -2)


# %%
(one, bias_time), (other, feature_time) = best_of_three(by_bias), best_of_three(by_feature)
shown = one > led.REMOVED / 2
assert (shown == (other > led.REMOVED / 2)).all() and difference(one[shown], other[shown]) < 1e-4

# %% tags=["varies"]
print(f"with a bias {bias_time:.1f} ms, with a feature {feature_time:.1f} ms")

# %% [markdown]
# **Few queries, many keys.** For the sake of G global queries, `global_attention` applies two
# matrices of E × E to all S tokens: 2 · S · E² products, as much as for the ordinary keys and
# values. Since matrix products associate, the few can be brought to the many instead:
#
# $$
# \begin{aligned}
# \text{scores} &= q_\text{global} \, (x W_k^\top)^\top = (q_\text{global} W_k) \, x^\top \\
# \text{context} &= \text{probs} \, (x W_v^\top) = (\text{probs} \, x) \, W_v^\top
# \end{aligned}
# $$
#
# On the right, the large matrices are applied to G rows and not to S. What about the biases? That
# of the keys adds q · b to all scores of a row, and a softmax does not notice. That of the values
# is added once, as the probabilities sum to one. `attend_from_few` is this, for all heads:

# %%
few = np.isin(np.arange(S), [0, 9, 700, 2000])
of_globals, _ = led.project_heads(x[0, few], params, name + ".query_global", H)  # (H, G, D)
k_weight = params[name + ".key_global.weight"].reshape(H, D, E)
v_weight = params[name + ".value_global.weight"].reshape(H, D, E)
probs = led.softmax((of_globals @ k_weight) @ x[0].T / np.float32(math.sqrt(D)))  # (H, G, S)
context = (probs @ x[0]) @ v_weight.swapaxes(-1, -2)  # (H, G, E) @ (H, E, D)
context += params[name + ".value_global.bias"].reshape(H, 1, D)

# %%
by_keys, _ = led.global_attention(x[0], params, name, H, masked[0], few)
by_few, _ = fast.attend_from_few(
    of_globals[None], x, np.zeros((1, S), np.float32), params, name)
print(f"the two ways differ by {difference(context, by_keys):.0e}, "
      f"the first and attend_from_few by {difference(context, by_few[0]):.0e}")
assert difference(context, by_keys) < 1e-5 > difference(context, by_few[0])

# %% [markdown]
# With all heads, this way costs about 2 · H · G · S · E products, which is less where H · G < E,
# that is, for led-base, below 64 global tokens. The twin takes it there:

# %%
for G in (1, 16, 64, 256):
    many, few_products = 2 * S * E * E, 2 * H * G * S * E
    print(f"G = {G:3}: {many / 1e9:5.1f} or {few_products / 1e9:5.1f} billion products")

# %% tags=["varies"]
rows = []
for G in (1, 16, 48):
    is_global = np.arange(S) < G
    _, by_keys_time = best_of_three(
        led.global_attention, x[0], params, name, H, masked[0], is_global)
    _, by_few_time = best_of_three(
        fast.global_attention, x, fast.global_index(is_global[None]), masked, params, name, H, True,
        0.0, None)
    rows.append([G, f"{by_keys_time:.0f}", f"{by_few_time:.0f}"])
table(["global tokens", "by keys and values of all tokens, ms", "by few queries, ms"], rows)

# %% [markdown]
# That is the larger part of what the twins of the attention do. Others do the same as the plain
# functions with less traffic: the sum before a norm and the norm in one pass, gelu and its
# derivative from one normal distribution function, large products cut into pieces for all cores,
# memory that is used again. None of them is needed to understand the model.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** Two batches have losses that are means over different numbers of tokens. Combine their
# gradients (arrays) into the gradient of the mean over all tokens.

# %%
def combined_gradient(first, tokens_in_first, second, tokens_in_second):
    return ...


# %%
check(combined_gradient, (np.array([1.0, 2.0]), 3, np.array([5.0, -2.0]), 9))

# %% [markdown]
# **2.** In each of L layers the forward computes `inner` numbers that the backward needs, and its
# input has `edge` numbers. How many numbers are kept at the most, without checkpointing (where the
# input is one of the inner numbers), and with it? Two numbers in a list.

# %%
def numbers_kept(L, inner, edge):
    return ...


# %%
check(numbers_kept, (6, 1000, 50), (12, 17, 1), (1, 100, 10))

# %% [markdown]
# **3.** A message takes `latency` seconds, and its bytes divided by `speed` on top. How long does
# the ring take for a gradient of `size` bytes and n processes, and how long does it take if all
# send to one process, which receives one gradient after the other and then sends the sum to each?
# Two numbers in a list.

# %%
def seconds_to_add_up(n, size, latency, speed):
    return ...


# %%
check(seconds_to_add_up, (2, 1e6, 0.0, 1e9), (8, 6.5e8, 5e-5, 1.25e9), (64, 1e3, 5e-5, 1.25e9))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) The ring needs 2 (n − 1) rounds. A *butterfly* needs
# log₂ n: in round r every process exchanges all it has with the one whose number differs in bit r,
# and both add up. Write it for any number of processes, also where n is no power of two: a list of
# gradients in, the list of what each process has in the end out. All must end with the same bits.
# When it is right: count what each process sends. For which gradients is the butterfly faster than
# the ring, with a latency of 50 µs and 1.25 GB a second?
#
# *Hint.* For the processes beyond the last power of two: each gives its gradient to one of the
# others first, and gets the sum in the end. `rank ^ 2**r` is the partner's number.

# %%
def butterfly_allreduce(gradients):
    return ...


# %%
check(butterfly_allreduce, *(([*np.random.default_rng(n).standard_normal((n, 6))],)
                             for n in (1, 2, 4, 5, 7, 8)))
