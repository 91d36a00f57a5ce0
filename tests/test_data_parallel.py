"""notebooks/data_parallel.py: several processes compute what one would, and stay equal."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ.get("PATH", "")]))  # fmt: skip
HINT = "pip install mpi4py mpich (they are in requirements-notebooks.txt)"

# Each process saves what it has: the gradient of the first step, and the weights after ten steps.
DRIVER = """
import sys
from pathlib import Path

sys.path.insert(0, {notebooks!r})
import numpy as np
from data_parallel import reports, share, train, value_and_grad
from mpi4py import MPI

comm = MPI.COMM_WORLD
_, model, batch = reports()
batch["labels"][1, 9:] = -100  # so that the documents have unequal numbers of labels
mine = share(batch, comm.rank, comm.size)
loss, grads = value_and_grad(comm, model, mine)
train(comm, model, mine, steps=10, lr=5e-3)
np.savez(Path({folder!r}, f"{{comm.size}}_{{comm.rank}}.npz"), loss=loss,
         **{{"gradient " + name: grad for name, grad in grads.items()}}, **model.params)
"""


@pytest.fixture(scope="module")
def data_parallel():
    sys.path.insert(0, str(NOTEBOOKS))
    import data_parallel

    yield data_parallel
    sys.path.remove(str(NOTEBOOKS))


@pytest.fixture(scope="module")
def mpi():
    """mpiexec as a function: mpi(processes, arguments of python) -> what they print"""
    pytest.importorskip("mpi4py", reason=HINT)
    if MPIEXEC is None:
        pytest.skip(f"there is no mpiexec: {HINT}")

    def run(processes, *arguments):
        # One thread each: the order of a sum depends on their number.
        return subprocess.run(
            [MPIEXEC, "-n", str(processes), sys.executable, *arguments], cwd=ROOT, check=True,
            capture_output=True, text=True, timeout=200,
            env=os.environ | {"OMP_NUM_THREADS": "1"}).stdout  # fmt: skip

    return run


class Alone:
    """What an MPI communicator of one process does."""

    rank, size = 0, 1

    def Allreduce(self, message, total):
        total[...] = message


class Several:
    """Stands for several processes that run one after the other: it adds up their messages."""

    def __init__(self):
        self.sum = 0

    def Allreduce(self, message, total):
        self.sum = self.sum + message
        total[...] = self.sum


def test_one_process_computes_the_plain_gradient(data_parallel):
    _, model, batch = data_parallel.reports()
    loss, grads = data_parallel.value_and_grad(Alone(), model, batch)
    plain_loss, plain = model.value_and_grad(**batch)
    assert abs(loss - plain_loss) < 1e-13 and list(grads) == list(model.params)
    for name, grad in plain.items():
        assert grads[name].shape == grad.shape
        assert np.abs(grads[name] - grad).max() < 1e-14


@pytest.mark.parametrize("size", [2, 3, 5])
def test_shares_add_up(data_parallel, size):
    """Unequal numbers of labels, and more processes than documents: the last message, after all
    others, holds the whole sum."""
    _, model, batch = data_parallel.reports()
    batch["labels"][1, 9:] = -100
    shares = [data_parallel.share(batch, rank, size) for rank in range(size)]
    counts = [data_parallel.counted_labels(one) for one in shares]
    assert sum(counts) == data_parallel.counted_labels(batch) and len(set(counts)) > 1
    comm = Several()
    for one in shares:
        loss, grads = data_parallel.value_and_grad(comm, model, one)
    plain_loss, plain = model.value_and_grad(**batch)
    assert abs(loss - plain_loss) < 1e-13
    assert max(np.abs(grads[name] - plain[name]).max() for name in plain) < 1e-12


def test_processes_stay_equal(data_parallel, mpi, tmp_path):
    """Two processes: the gradient of one to 1e-12, and after ten steps the same bits on both."""
    driver = tmp_path / "driver.py"
    text = DRIVER.format(notebooks=str(NOTEBOOKS), folder=str(tmp_path))
    driver.write_text(text, encoding="utf-8")
    for processes in (1, 2):
        mpi(processes, str(driver))
    one, first, second = (
        np.load(tmp_path / f"{name}.npz") for name in ("1_0", "2_0", "2_1"))  # fmt: skip
    _, model, _ = data_parallel.reports()
    assert abs(one["loss"] - first["loss"]) < 1e-12 and first["loss"] == second["loss"]
    for name, start in model.params.items():
        assert first[name].tobytes() == second[name].tobytes(), name
        assert first["gradient " + name].tobytes() == second["gradient " + name].tobytes()
        apart = np.abs(one["gradient " + name] - first["gradient " + name]).max()
        assert apart < 1e-12, name
        assert np.abs(one[name] - first[name]).max() < 1e-6, name
    moved = max(np.abs(first[name] - start).max() for name, start in model.params.items())
    assert moved > 0.01


def test_the_script_takes_steps(mpi):
    script = str(NOTEBOOKS / "data_parallel.py")
    assert "after 2 steps" in mpi(3, script, "--steps", "2")
    run = subprocess.run([sys.executable, script, "--steps", "0"], capture_output=True, text=True)
    assert run.returncode == 2 and "--steps: expected 1 or more, found 0" in run.stderr


def test_the_script_says_so(mpi):
    """The command of its docstring, with two processes: it tells the shares, and that all weights
    are equal; its loss falls."""
    printed = mpi(2, str(NOTEBOOKS / "data_parallel.py"))
    assert "process 0: 2 documents, 37 labels\nprocess 1: 1 documents, 18 labels\n" in printed
    assert "weights equal to the bit: True" in printed
    first, last = map(float, re.search(r"loss ([\d.]+), after 10 steps ([\d.]+)", printed).groups())
    assert last < first - 1
