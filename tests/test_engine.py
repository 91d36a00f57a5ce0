"""The engine room: what a user's process is like during, and after, a call. Needs no torch.

LED_SWEEP=30 python -m pytest tests/test_engine.py -k interrupts     # 1,800 interrupts, not 60
"""

import collections
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import led
from led_support import engine

ROOT = Path(__file__).parent.parent
SWEEP = float(os.environ.get("LED_SWEEP", "1"))


def run_python(program, prefix=(), **environment):
    """What a program prints, run by an interpreter of its own; an error fails the test."""
    environment = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"} | environment
    result = subprocess.run(
        [*prefix, sys.executable, "-c", PRELUDE + program], cwd=ROOT, capture_output=True, text=True,
        timeout=max(300, 30 * SWEEP), env=os.environ | environment)  # fmt: skip
    assert result.returncode == 0 and result.stderr == "", result.stdout + result.stderr
    return result.stdout


# A model whose products and rows are large enough to be split, with dropout.
PRELUDE = """
import faulthandler, gc, os, random, signal, sys, threading, time
import numpy as np
faulthandler.dump_traceback_later(280, exit=True)  # a hang shows where it hangs
from threadpoolctl import threadpool_info, threadpool_limits
def blas():
    return [library["num_threads"] for library in threadpool_info()
            if library["user_api"] == "blas"]
before = blas()
threads_before = len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1
import led
from led_support import engine
config = led.LEDConfig(vocab_size=31, d_model=96, encoder_layers=2, decoder_layers=1,
    encoder_attention_heads=3, decoder_attention_heads=2, encoder_ffn_dim=400, decoder_ffn_dim=90,
    max_encoder_position_embeddings=1200, max_decoder_position_embeddings=24, attention_window=64,
    dropout=0.1, attention_dropout=0.2, activation_dropout=0.3)
model = led.LEDForConditionalGeneration(config)
ids = np.random.default_rng(0).integers(3, 31, (2, 999))
is_global = np.zeros_like(ids)
is_global[:, :2] = 1
def encode():
    return model.encode(ids, global_attention_mask=is_global).last_hidden_state
def generate():
    return model.generate(ids, global_attention_mask=is_global, num_beams=3, max_length=7)
def train():
    loss, grads = model.value_and_grad(
        input_ids=ids, global_attention_mask=is_global, labels=ids[:, :9], dropout_rng=3)
    return np.array([loss, *(float(grad.sum()) for grad in grads.values())])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="interval timers are Unix's")
@pytest.mark.parametrize("keep_tracebacks", [False, True])
def test_interrupts_at_any_moment(keep_tracebacks):
    """After each, BLAS has its threads at once; now and then all results are as before."""
    print(run_python(f"""
count, keep = {int(60 * SWEEP)}, {keep_tracebacks}
""" + """
def interrupt(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
jobs = [encode, generate, train]
expected = [job() for job in jobs]
seconds = []
for job in jobs:
    start = time.perf_counter()
    job()
    seconds.append(time.perf_counter() - start)
random.seed(count)
interrupted, kept = 0, []
for i in range(count):
    faulthandler.dump_traceback_later(100, exit=True)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, seconds[i % 3]))
            jobs[i % 3]()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt as error:
        interrupted += 1
        if keep:
            kept = [*kept[-2:], error]  # and with them the frames that the interrupt passed
    assert blas() == before, (i, blas())
    if i % 20 == 19:
        for job, result in zip(jobs, expected):
            assert np.array_equal(job(), result)
assert interrupted > count / 4
assert len(engine.engine.helpers) <= 1  # none on a single core
print(interrupted, "of", count, "interrupted")
"""))  # fmt: skip


def test_a_call_after_the_main_thread_and_at_exit():
    out = run_python("""
import atexit
expected = train()
def late(when):
    print(when, np.array_equal(train(), expected), blas() == before)
atexit.register(late, "at exit")
def wait():
    threading.main_thread().join()
    late("after the main thread")
threading.Thread(target=wait).start()
""")
    assert out == "after the main thread True True\nat exit True True\n"


def test_a_first_call_at_exit():
    """No thread can be started then on Python 3.12 and later: all runs in the caller"""
    out = run_python("""
import atexit
atexit.register(lambda: print(np.isfinite(train()).all(), blas() == before))
""")
    assert out == "True True\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_while_another_thread_computes():
    out = run_python("""
expected = train()
stop = False
def compute():
    while not stop:
        train()
thread = threading.Thread(target=compute)
thread.start()
for i in range(8):
    while not engine.engine.limited:
        pass
    child = os.fork()
    if child == 0:
        os._exit(0 if blas() == before and np.array_equal(train(), expected)
                 and blas() == before else 1)
    assert os.waitpid(child, 0)[1] == 0, i
stop = True
thread.join()
print(blas() == before)
""")
    assert out == "True\n"


def test_importing_changes_nothing():
    program = """
assert blas() == before and threading.active_count() == 1
if sys.platform == "linux":
    assert len(os.listdir("/proc/self/task")) == threads_before
# Two buffers that grow in turn: with glibc's mmap switched off each step would copy them.
buffers = [bytearray(), bytearray()]
piece = bytes(2**20)
start = open("/proc/self/statm").read().split() if sys.platform == "linux" else None
for _ in range(100):
    for buffer in buffers:
        buffer += piece
if start:
    grown = (int(open("/proc/self/statm").read().split()[1]) - int(start[1])) * 4096
    assert grown < 260 * 2**20, grown
"""
    run_python(program)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_memory_is_given_back():
    """After a training step and `del` no more than a few megabytes stay, of several hundred"""
    out = run_python("""
def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
config = led.LEDConfig(vocab_size=3000, d_model=384, encoder_layers=3, decoder_layers=1,
    encoder_attention_heads=6, decoder_attention_heads=6, encoder_ffn_dim=1536,
    decoder_ffn_dim=1536, max_encoder_position_embeddings=4096,
    max_decoder_position_embeddings=64, attention_window=128)
model = led.LEDForConditionalGeneration(config)
small = dict(input_ids=ids[:1, :20], labels=ids[:1, :5])
model.value_and_grad(**small)
start = resident()
long = np.random.default_rng(0).integers(3, 3000, (1, 4096))
loss, grads = model.value_and_grad(input_ids=long, labels=long[:, :50])
during = resident()
del loss, grads
import resource
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(peak - start, resident() - start)
""")
    peak, left = (float(number) for number in out.split())
    assert peak > 200 and left < 25, out  # measured: 355 to 430 and 5 to 18 MB


def test_a_training_loop_uses_its_memory_again():
    """As long as the gradients of the step before are there; with them the memory goes"""
    run_python("""
config = led.LEDConfig(vocab_size=3000, d_model=384, encoder_layers=2, decoder_layers=1,
    encoder_attention_heads=6, decoder_attention_heads=6, encoder_ffn_dim=1536,
    decoder_ffn_dim=1536, max_encoder_position_embeddings=2048,
    max_decoder_position_embeddings=64, attention_window=128)
model = led.LEDForConditionalGeneration(config)
long = np.random.default_rng(0).integers(3, 3000, (1, 2048))
sizes, new_memory = [], engine.new_memory
def counted(size):
    sizes[-1] += size
    return new_memory(size)
engine.new_memory = counted
for step in range(4):
    sizes.append(0)
    loss, grads = model.value_and_grad(input_ids=long, labels=long[:, :50])
assert sizes[0] > 1e8, sizes
assert sizes[3] < 0.1 * sizes[0], sizes  # measured: 0; all of it without this memory
assert len(engine.engine.spare) == 1
del grads
assert engine.engine.spare == []
""")


def test_the_seed_means_the_same_on_any_number_of_cores():
    """Dropout drops the same; sums may be formed in another order (measured: the same to the bit)"""
    results = [
        run_python("print(engine.engine.ask_keeper(lambda: None), *train())",
                   OMP_NUM_THREADS=cores, OPENBLAS_NUM_THREADS=cores)
        for cores in ("1", "2")
    ]  # fmt: skip
    one, two = ([float(number) for number in result.split()] for result in results)
    assert one[0] == 1
    np.testing.assert_allclose(one[1:], two[1:], rtol=1e-4, atol=1e-4)
    assert abs(one[1] - two[1]) < 1e-6


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_cores_follow_the_affinity():
    out = run_python("""
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(engine.engine.ask_keeper(lambda: None))
""")
    assert out == "1\n"


def test_the_users_own_limits_stay_theirs():
    """threadpoolctl obeys the user before, around and after a call"""
    run_python("""
expected = train()
assert blas() == before
with threadpool_limits(1):
    assert set(blas()) == {1}
    assert np.allclose(train(), expected, rtol=1e-4, atol=1e-4)
    assert set(blas()) == {1}
assert blas() == before
""")


@pytest.mark.parametrize("name", ["_thread.start_new_thread", "threading.Thread.start"])
def test_where_no_thread_can_be_started(name):
    """As in WebAssembly: everything runs in the caller"""
    out = run_python(f"""
expected = train()
engine.engine.__init__()
def refuse(*arguments):
    raise RuntimeError("can't start new thread")
import _thread
{name} = refuse
print(np.allclose(train(), expected, rtol=1e-4, atol=1e-4), blas() == before)
""")
    assert out == "True True\n"


def test_each_piece_is_done_once():
    """By one of many threads, whoever comes first; from several calls at once"""
    done = collections.Counter()
    lock = threading.Lock()

    def task(piece):
        with lock:
            done[piece] += 1

    def call(start):
        engine.engine.run(task, range(start, start + 500), cores=5)

    threads = [threading.Thread(target=call, args=(500 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == collections.Counter(range(2000))


def test_an_error_in_a_piece_reaches_the_caller():
    """Wherever it was run; and what comes after it is not begun"""
    for bad in (0, 3, 99):
        def task(piece):
            if piece == bad:
                raise ZeroDivisionError(piece)

        with pytest.raises(ZeroDivisionError):
            engine.engine.run(task, range(100), cores=3)
    caller = threading.get_ident()

    def fail_elsewhere(piece):
        if threading.get_ident() != caller:
            raise ZeroDivisionError
        other_began.wait(10)

    other_began = threading.Event()

    def task(piece):
        if threading.get_ident() != caller:
            other_began.set()
        fail_elsewhere(piece)

    with pytest.raises(ZeroDivisionError):
        engine.engine.run(task, range(2), cores=2)


def test_memory_is_used_again_only_when_nobody_has_it():
    shape = (600, 700)
    with engine.engine.all_cores():
        first = engine.new_array(np, shape, np.float32)
        view = first[3:5]
        address = first.ctypes.data
        del first
        second = engine.new_array(np, shape, np.float32)  # the view still shows the first
        assert not np.shares_memory(view, second)
        del view
        third = engine.new_array(np, (599, 700), np.float32)
        assert third.ctypes.data == address
        assert engine.new_array(np, (100, 700), np.float32).ctypes.data != address
    after = engine.new_array(np, shape, np.float32)
    assert not np.shares_memory(after, third) and not np.shares_memory(after, second)


def model_of_several_blocks():
    """A model, and ids of which the arrays of E and of F columns are more than one block of rows"""
    config = led.LEDConfig(
        vocab_size=31, d_model=96, encoder_layers=2, decoder_layers=1, encoder_attention_heads=3,
        decoder_attention_heads=2, encoder_ffn_dim=400, decoder_ffn_dim=90, attention_window=64,
        max_encoder_position_embeddings=3000)  # fmt: skip
    ids = np.random.default_rng(0).integers(3, 31, (1, 2900))
    assert len(engine.row_blocks(np.empty((2900, 96)))) == 2
    return led.LEDForConditionalGeneration(config), ids


def test_inference_has_the_numbers_of_training():
    """To the bit, though it writes over what a backward would read; not over what it was given"""
    model, ids = model_of_several_blocks()
    kept = model.encode(ids, output_attentions=True).last_hidden_state  # keeps all, for attentions
    assert np.array_equal(model.encode(ids).last_hidden_state, kept)
    given = np.random.default_rng(1).standard_normal(kept.shape).astype(np.float32)
    before = given.copy()
    model.encode(inputs_embeds=given)
    assert np.array_equal(given, before)


def test_gradients_do_not_depend_on_the_blocks(monkeypatch):
    """Measured: differences of 2e-6 of an array's largest number, sums being formed otherwise"""
    model, ids = model_of_several_blocks()
    step = dict(input_ids=ids, labels=ids[:, :9], global_attention_mask=ids == 3, dropout_rng=3)
    loss, grads = model.value_and_grad(**step)
    monkeypatch.setattr(engine, "row_blocks", lambda x: [slice(0, len(x))])
    whole_loss, whole = model.value_and_grad(**step)
    assert abs(loss - whole_loss) < 1e-6
    for name, grad in whole.items():
        if not name.endswith(("key.bias", "key_global.bias", "k_proj.bias")):  # 0 but for rounding
            assert abs(grads[name] - grad).max() < 2e-5 * abs(grad).max(), name


@pytest.mark.parametrize("M", [1, 2, 5, 16, 17])
@pytest.mark.parametrize("dtype, bound", [(np.float32, 1e-5), (np.float64, 1e-14)])
def test_products_of_few_rows(M, dtype, bound):
    """Cut along either side, with a rest: measured 6e-7 and 1e-15 at most"""
    random = np.random.default_rng(M)
    for leading, K, N in (((), 768, 1031), ((3,), 70, 517), ((2, 3), 1029, 41), ((), 5, 3)):
        a = random.standard_normal((*leading, M, K)).astype(dtype)
        for b in (random.standard_normal((*leading, K, N)).astype(dtype),
                  random.standard_normal((*leading, N, K)).astype(dtype).swapaxes(-1, -2)):
            expected = a.astype(np.float64) @ b.astype(np.float64)
            out = np.full(expected.shape, np.nan, dtype)
            for result in (engine.product(a, b), engine.product(a, b, out=out), out):
                assert result.dtype == dtype
                worst = abs(result - expected).max() / abs(expected).max()
                assert worst < bound, (leading, K, N, worst)


@pytest.mark.parametrize("dtype, bound", [(np.float32, 1e-5), (np.float64, 1e-14)])
def test_what_is_split_over_the_cores(dtype, bound):
    """Sums of rows; products to which a row, a matrix or nothing is added: measured 7e-7, 4e-15"""
    random = np.random.default_rng(3)
    x = random.standard_normal((3, 700, 391)).astype(dtype)
    assert len(engine.row_blocks(x.reshape(-1, 391))) == 4
    results = [(engine.sum_rows(x), x.astype(np.float64).sum(axis=(0, 1)))]
    for M in (1, 5, 700, 2500):
        a = random.standard_normal((M, 300)).astype(dtype)
        b = random.standard_normal((300, 517)).astype(dtype)
        for shape in (None, (517,), (M, 517)):
            bias = None if shape is None else random.standard_normal(shape).astype(dtype)
            expected = a.astype(np.float64) @ b.astype(np.float64)
            results.append((engine.matmul(a, b, bias), expected + (0 if bias is None else bias)))
    for result, expected in results:
        assert result.dtype == dtype and result.shape == expected.shape
        assert abs(result - expected).max() < bound * abs(expected).max()


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_one_row_does_not_depend_on_the_threads_of_blas(threads):
    """To the bit, whether another call has taken BLAS's threads or not; with and without a rest"""
    run_python(f"""
threads = {threads}
""" + """
random = np.random.default_rng(0)
assert engine.engine.blas_threads() == blas()[0]
engine.engine.most_threads = threads  # as on a machine with more cores
def products():
    for dtype in (np.float32, np.float64):
        for N, K in ((768, 96), (1021, 300), (33, 4096), (5003, 128), (2, 768), (77, 5)):
            w, x = (random.standard_normal(shape).astype(dtype) for shape in ((N, K), (1, K)))
            for b in (w.T, np.ascontiguousarray(w.T)):
                yield lambda b=b, x=x: engine.matmul(x, b)
        for S in (4096, 1003, 77):
            q, k = (random.standard_normal((1, 3, n, 64)).astype(dtype) for n in (1, S))
            yield lambda q=q, k=k: engine.product(q, k.swapaxes(-1, -2))
            yield lambda q=q, k=k: engine.product(engine.product(q, k.swapaxes(-1, -2)), k)
for i, product in enumerate(products()):
    with threadpool_limits(1):
        one = product()
    with threadpool_limits(threads):
        assert np.array_equal(product(), one), i
""")
