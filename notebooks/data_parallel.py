"""Training on several processes, or machines: each reads its share of the documents.

    pip install mpi4py mpich
    mpiexec -n 2 python notebooks/data_parallel.py

Every process holds the whole model. In a step it computes the gradient of its own documents; the
gradients are added up over all processes, and each takes the same step with AdamW, so that the
weights stay equal without ever being sent.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10, help="of training (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.steps < 1:
        parser.error(f"argument --steps: expected 1 or more, found {arguments.steps}")

sys.path[:0] = [str(HERE), str(HERE.parent)]

try:
    import numpy as np

    import led
    from example import reports
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")


def share(batch, rank, size):
    """Every size-th document, from `rank` on: the part of a batch that one process reads."""
    return {name: array[rank::size] for name, array in batch.items()}


def counted_labels(batch):
    """How many labels the loss is a mean over: -100 marks padding, which is not counted."""
    return int((batch["labels"] != -100).sum())


def value_and_grad(comm, model, batch):
    """The loss and the gradients of the documents of all processes, as one process would compute
    them: (loss, {name: array}). `batch` is this process's share, and may be empty.

    A loss is a mean over labels, and the processes have different numbers of them. So each sends
    its mean times its number, and the sum of these is divided by the sum of the numbers. All of it
    goes in one message, since each message costs time of its own.
    """
    message = np.zeros(model.num_parameters() + 2, model.dtype)
    count = counted_labels(batch)
    if count:
        loss, grads = model.value_and_grad(**batch)
        flat = np.concatenate([grads[name].ravel() for name in model.params])
        message[0], message[1], message[2:] = count, count * loss, count * flat
    total = np.empty_like(message)
    comm.Allreduce(message, total)
    total[1:] /= total[0]
    ends = np.cumsum([param.size for param in model.params.values()])
    pieces = np.split(total[2:], ends[:-1])
    grads = {name: piece.reshape(param.shape)
             for (name, param), piece in zip(model.params.items(), pieces)}  # fmt: skip
    return float(total[1]), grads


def train(comm, model, batch, steps, lr):
    """Some steps on this process's share of a batch -> the loss of each step."""
    optimizer, losses = led.AdamW(model.params, lr=lr), []
    for _ in range(steps):
        loss, grads = value_and_grad(comm, model, batch)
        led.clip_gradients(grads, 1.0)  # after the sum: it is the norm of the whole that counts
        optimizer.step(grads)
        losses.append(loss)
    return losses


def main(steps):
    try:
        from mpi4py import MPI
    except ImportError as error:
        sys.exit(f"{error}: pip install mpi4py mpich")

    comm = MPI.COMM_WORLD
    _, model, batch = reports()  # the same seed, so the same weights in every process
    mine = share(batch, comm.rank, comm.size)
    started = time.perf_counter()
    losses = train(comm, model, mine, steps, lr=5e-3)
    seconds = time.perf_counter() - started
    shares = comm.gather((len(mine["labels"]), counted_labels(mine)))
    weights = comm.gather(b"".join(param.tobytes() for param in model.params.values()))
    if comm.rank == 0:
        for rank, (documents, labels) in enumerate(shares):
            print(f"process {rank}: {documents} documents, {labels} labels")
        print(f"loss {losses[0]:.4f}, after {steps} steps {losses[-1]:.4f}")
        size = (model.num_parameters() + 2) * model.dtype.itemsize
        print(f"added up in each step: {size:,} bytes of each process")
        print("weights equal to the bit:", len(set(weights)) == 1)
        print(f"{seconds / steps:.2f} seconds a step", file=sys.stderr)


if __name__ == "__main__":
    main(arguments.steps)
