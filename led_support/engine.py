"""What fast.py stands on: cores, products and memory, for NumPy arrays alone.

NumPy's matrix products use all cores by themselves, its other functions use one. So the work is
split here instead, into pieces that run side by side with one BLAS thread each: everything gets
all cores, and a piece's intermediate results stay in its core's cache.

  with all_cores() as cores   a call: BLAS keeps to one thread, and memory is used again
  parallel(task, pieces)      task(piece) for each of the pieces, in any order, on all cores
  row_blocks, shares          pieces of rows or columns
  matmul, product             products, split over the cores or not
  new_array                   an array in memory that the call uses again

Ctrl-C can strike between any two steps of the main thread, so that what should end a call may not
run. Therefore a call is alive while the frame that began it is on its thread's stack, whatever else
is left of it, and the next call puts right what a dead one left. No Python code runs here when an
object dies, where an interrupt would be lost. Nobody waits for a thread that is gone.
"""

import gc
import math
import mmap
import os
import queue
import sys
import threading
import weakref
from contextlib import suppress
from functools import cache, partial

import _thread
import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_limits

# ======================================================================================
# A call
# ======================================================================================

# The calls that are going on, or were cut off; .call, a thread's own; for _calls and the numbers of
# BLAS's threads, reentrant since a signal handler may call, too
_calls, _local, _lock = [], threading.local(), threading.RLock()


class all_cores:
    """with all_cores() as cores: BLAS keeps to one thread in all threads that compute, memory is
    used again, and underflow is no error; cores: how many there are. The outermost one of a thread
    is the call, which says whether a backward will follow (training). When the last one ends, BLAS
    is as the first one found it. Not to be left open by a generator that waits."""

    # frame: the one that began the call; under: NumPy's setting for underflow before; threads:
    # {library: its number before}; kept: the array with which the memory is handed on
    cores, frame, under, threads, kept = 1, None, None, {}, None

    def __init__(self, training=False):
        self.training, self.thread = training, _thread.get_ident()
        # [(weak reference to an array, its memory)] of this call, and of an earlier one
        self.blocks, self.free = [], []
        self.working = set()  # the threads that have a piece of work which is shared already

    def __enter__(self):
        if (call := current_call()) is not None:
            return call.cores_here()
        cut_off = getattr(_local, "call", None)
        self.under = np.geterr()["under"] if cut_off is None else cut_off.under
        self.frame, _local.call = sys._getframe(1), self
        np.seterr(under="ignore")
        if not sys.is_finalizing():  # or other threads are frozen, and one may hold the lock
            with _lock:
                if _calls:
                    self.threads, self.limits = _calls[0].threads, _calls[0].limits
                else:
                    self.threads = {library: library.num_threads for library in _libraries()}
                    self.limits = _limits()
                _calls[:] = [*filter(_is_alive, _calls), self]
                for library in self.threads:
                    _set_threads(library, 1)
            allowed = getattr(os, "sched_getaffinity", lambda process: range(os.cpu_count() or 1))
            self.cores = min([len(allowed(0)), *self.threads.values()])
        return self.cores

    def __exit__(self, error, *_):
        if self.frame is None:  # inside of another one
            return
        if self in _calls:  # not so where Python shuts down
            with _lock:
                others = [call for call in _calls if call is not self and _is_alive(call)]
                _restore(self, others)
                _calls[:] = others
        np.seterr(under=self.under)
        _local.call = None
        if error is None and self.kept is not None:  # when it dies, so does what _spare has
            _spare["blocks"] = self.blocks, weakref.ref(self.kept, partial(_spare.pop, "blocks"))

    def cores_here(self):
        """How many this thread may use: within a piece of work that is shared, its own"""
        return 1 if _thread.get_ident() in self.working else self.cores


def current_call():
    """The call that this thread is in, or helps; None if there is none, or it was cut off"""
    call = getattr(_local, "call", None)
    return call if call and (call.thread != _thread.get_ident() or _is_alive(call)) else None


def _is_alive(call):
    """Whether the frame that began it is on its thread's stack"""
    own = call.thread == _thread.get_ident()
    frame = sys._getframe() if own else sys._current_frames().get(call.thread)
    while frame is not None and frame is not call.frame:
        frame = frame.f_back
    return frame is not None


def training():
    """Whether a backward may follow: not in a call that only infers"""
    return (call := current_call()) is None or call.training


# ======================================================================================
# BLAS
# ======================================================================================

LIMITS = threadpool_limits.__mro__[:-1]  # the classes of threadpoolctl's limits


@cache
def _libraries():
    """{threadpoolctl's controller of a BLAS: whether its number of threads is each thread's own, as
    in builds with OpenMP, and in MKL}"""
    # glibc learns from the largest array that it sees freed how much memory to keep for the next
    # ones: from this one, which is never written, twice as much, and all that new_array leaves.
    # (Measured with led-base: an encoder of 200 tokens 0.151 s, without 0.162.)
    with suppress(MemoryError):
        np.empty(2 * LARGE_ARRAY, np.uint8)
    controller = object.__new__(ThreadpoolController)
    with suppress(Warning, OSError, RuntimeError, AttributeError):  # what cannot be listed stays
        controller.__init__()  # as it is; warnings come last, and may be errors
    return {library: library.internal_api == "mkl"
            or getattr(library, "threading_layer", None) == "openmp"
            for library in controller.lib_controllers if library.user_api == "blas"}  # fmt: skip


def _set_threads(library, number):
    """Some versions of threadpoolctl obey one thread alone, the first to ask, which has to be left
    to the user's own; what they then call is looked for first."""
    getattr(library, "_real_set_num_threads", library.set_num_threads)(number)


def _limits():
    """How often threadpoolctl's classes are referred to: once more for each limit in force"""
    return sum(map(sys.getrefcount, LIMITS))


def _restore(call, others=()):
    """Sets each library's number as it was, but where somebody else has changed it; beside other
    calls only what is this thread's own. A limit of threadpoolctl that began during the calls
    stays, and puts that number back when it ends."""
    limits = gc.get_referrers(*LIMITS) if not others and _limits() > call.limits else []
    for library, number in call.threads.items():
        begun = [info for limit in limits for info in getattr(limit, "_original_info", ())
                 if info["filepath"] == library.filepath and info["num_threads"] == 1]  # fmt: skip
        for info in begun:
            info["num_threads"] = number
        if _libraries()[library] or not (others or begun or library.num_threads != 1):
            _set_threads(library, number)


# ======================================================================================
# Threads that help
# ======================================================================================

_helpers, _jobs = [], queue.SimpleQueue()  # the threads' identities, and what wakes them


def parallel(task, pieces):
    """task(piece) for every piece, side by side on all cores; each writes to its own part. Opens a
    call if there is none. NumPy's settings for errors hold in the helpers.

    Helpers are offered to join in; whoever is free takes the next piece. What nobody has taken when
    all is done is taken back, so a thread is waited for only while it works. Within a piece nothing
    is shared again.
    """
    call = current_call()
    if call is None:
        with all_cores():
            return parallel(task, pieces)
    count = min(call.cores_here(), len(pieces)) - 1
    if count < 1:
        for piece in pieces:
            task(piece)
        return
    with suppress(RuntimeError):  # no threads here, or while Python shuts down
        while len(_helpers) < count:
            _helpers.append(_thread.start_new_thread(_help, (_jobs,)))
    count = min(count, len(_helpers))
    ends = [None] * (count + 1)  # one for each who works
    left, finished = [*ends, *reversed(pieces)], queue.SimpleQueue()

    def work():
        call.working.add(_thread.get_ident())
        try:
            for piece in iter(left.pop, None):
                task(piece)
        finally:
            call.working.discard(_thread.get_ident())

    offers = dict.fromkeys(range(count), (work, call))
    settings = np.geterr(), np.geterrcall()
    try:
        for i in range(count):
            _jobs.put((offers, i, *settings, finished))
        work()
    finally:
        left[:] = ends  # after an error or an interrupt nobody begins another piece
        joined = [i for i in range(count) if offers.pop(i, None) is None]
        errors = [error for _ in joined for error in _answer(finished)]
    if errors:
        raise errors.pop()  # no frame that it passed holds it


def _help(jobs):
    """What a helper's thread does. It is none of threading's: those hold up an exit."""
    while True:
        offers, i, errors, on_error, finished = jobs.get()
        work, _local.call = offers.pop(i, (None, None))
        if work is None:  # taken back
            continue
        try:
            for library, own in _libraries().items():
                if own:
                    _set_threads(library, 1)
            np.seterr(**errors)
            np.seterrcall(on_error)
            work()
            answer = ()
        except BaseException as error:
            answer = (error,)
        _local.call = work = None  # from here on it holds none of the call's arrays
        finished.put(answer)
        answer = None


def _answer(finished):
    """What a helper puts. One whose thread has ended, as it may without memory, puts nothing."""
    while True:
        with suppress(queue.Empty):
            return finished.get(timeout=1)
        if not sys._current_frames().keys() >= set(_helpers):
            _helpers.clear()
            raise MemoryError("a thread that helped could not go on")


def _after_fork():
    """In a forked process, which has none of its parent's threads"""
    global _lock, _jobs
    _lock, _jobs = threading.RLock(), queue.SimpleQueue()
    for call in _calls[:1]:
        _restore(call)
    del _calls[:], _helpers[:]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

# ======================================================================================
# Memory
# ======================================================================================

# Arrays of fewer bytes are left to NumPy and the C library, which keeps some memory for them;
# "blocks": those of an earlier call, and a reference to the array with which they live
LARGE_ARRAY, _spare = 2**22, {}


def new_array(shape, dtype):
    """An array whose numbers are still to be written: in a call, in memory of an earlier array of
    it that nobody has any more, if one fits. New memory is slow, since the system clears it first;
    it goes back to the system with its array."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    call = current_call() if size >= LARGE_ARRAY else None
    if call is None or call.thread != _thread.get_ident():
        return np.empty(shape, dtype)
    blocks, _ = _spare.pop("blocks", ([], None))
    for block in blocks:
        (call.free if block[0]() is None else call.blocks).append(block)
    memory = _memory_again(call, size) or _new_memory(size)
    array = np.ndarray(shape, dtype, memory)
    call.blocks.append((weakref.ref(array), memory))
    return array


def _memory_again(call, size):
    """That of a block which nobody has and which fits; or None, and a free one goes for the new"""
    for blocks in call.blocks, call.free:
        for block in reversed(blocks):  # the latest may be in the processor's cache still
            if block[0]() is None and size <= len(block[1]) <= 1.5 * size:
                with suppress(ValueError):  # a call in a signal handler has taken it
                    blocks.remove(block)
                    return block[1]
    del call.free[:1]


def keep_memory(array):
    """In a call: hands its memory on to the next one as long as this array lives"""
    current_call().kept = array


def _new_memory(size):
    """Bytes from the system, to which they go back with the last array that uses them.

    Pages are of the usual size: where a virtual machine lends its free memory to others, huge ones
    take long to come back (measured: a first training step 5.6 s, with huge pages 8.6; later 5.5).
    """
    flags = {} if os.name == "nt" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
    try:
        return mmap.mmap(-1, max(1, size), **flags)
    except OSError as error:
        raise MemoryError(f"an array of {size} bytes: {error}") from None


# ======================================================================================
# Rows and products
# ======================================================================================


def slices(count, size, multiple=1):
    """0..count cut into slices of `size`, or the next `multiple`: (5, 2) -> [0:2, 2:4, 4:5]"""
    size = -(-size // multiple) * multiple
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def row_blocks(rows, columns):
    """Slices of 0..rows, where each row has so many numbers: a megabyte, small enough for the cache
    and large enough that the cores need not wait for each other between them; of less than two,
    halves, if these are worth to be handed over. They are multiples of 12 and 16, as BLAS's kernels
    take rows: what a cut left over would have other roundings with some of them"""
    half = -(-rows // 2) if rows * columns >= 2**17 else rows
    return slices(rows, max(1, min(half, 2**18 // max(1, columns))), 48)


# With 2 to 16 rows BLAS copies the matrix before it multiplies, and takes two to four times as long
# as to read it; in products of up to a million multiplications it does not, where the matrix is a
# transposed one only if the product has up to 1,200 numbers.
FEW_ROWS, SMALL_PRODUCT, SMALL_RESULT = 16, 10**6, 1200

# To read fewer numbers, or to multiply fewer times, takes less time than to wake another core and
# to be woken by it. Up to so many are read in two pieces, since each takes Python, which waits for
# that of the others.
WORTH_SHARING, TWO_PIECES, WORTH_SPLITTING = 2**21, 2**23, 2**22


def shares(count, numbers):
    """0..count cut into slices for the cores, for work that reads so many numbers. They do not
    depend on how many cores there are, nor do sums over them."""
    pieces = 1 if numbers < WORTH_SHARING else 2 if numbers < TWO_PIECES else 4
    return slices(count, -(-count // pieces))


def matmul(a, b, bias=None):
    """a @ b + bias, (M, K) @ (K, N) + (N,) -> (M, N), split over the cores if large."""
    (M, K), N = a.shape, b.shape[1]
    if M * K * N < WORTH_SHARING and getattr(_local, "call", None):
        # BLAS has one thread already; even to ask for the cores would count.
        return product(a, b) if bias is None else product(a, b) + bias
    out = new_array((M, N), a.dtype)

    def task(piece):
        rows, columns = piece
        product(a[rows], b[:, columns], out=out[rows, columns])
        if bias is not None:
            out[rows, columns] += bias[columns]

    with all_cores() as cores:
        rows, columns = slices(M, M), slices(N, N)
        if M <= FEW_ROWS:
            columns = shares(N, K * N)
        elif M * K * N > WORTH_SPLITTING:
            if M < max(512, 64 * cores):  # BLAS copies b first: each core a part, not all of it
                columns = slices(N, -(-N // cores), 64)
            else:  # as many pieces for each core, of which none is much slower than the whole
                rows = slices(M, -(-M // (cores * -(-M // (1024 * cores)))), 48)
        parallel(task, [(r, c) for r in rows for c in columns])
    return out


def product(a, b, out=None):
    """a @ b, (..., M, K) @ (..., K, N) -> (..., M, N), on one core; b may be one matrix for all of
    a's. 2 to 16 rows are multiplied as a stack of small products, cut along the side of b whose
    steps in memory are the longer ones."""
    (M, K), N = a.shape[-2:], b.shape[-1]
    out = np.empty((*a.shape[:-1], N), a.dtype) if out is None else out
    along_n = b.strides[-1] > b.strides[-2]  # b is a matrix of N rows in memory, transposed
    length, width = (N, K) if along_n else (K, N)
    most = min(SMALL_RESULT // M if along_n else 1024, SMALL_PRODUCT // (M * width or 1))
    if not 1 < M <= FEW_ROWS or length <= most or most < 16:
        return _multiply(a, b, out)
    size = -(-length // (16 * -(-length // (most - most % 16)))) * 16  # all much the same
    cut = length // size * size

    def columns(x):  # (..., M, N or K) -> (..., n, M, size), a view
        return x[..., :cut].reshape(*x.shape[:-1], -1, size).swapaxes(-2, -3)

    rows = b.swapaxes(-1, -2) if along_n else b
    stack = rows[..., :cut, :].reshape(*b.shape[:-2], -1, size, width)
    if along_n:
        np.matmul(a[..., None, :, :], stack.swapaxes(-1, -2), out=columns(out))
        _multiply(a, b[..., cut:], out[..., cut:])
    else:
        np.sum(columns(a) @ stack, axis=-3, out=out)  # (..., n, M, N) -> (..., M, N)
        out += a[..., cut:] @ b[..., cut:, :]
    return out


def _multiply(a, b, out):
    """a @ b in one call. Where memory is read for long, other threads run Python meanwhile: during
    np.matmul they do if the product has more than 500 numbers, during np.dot always."""
    if b.size >= 2**15 and out.size <= 500 and a.shape[:-2] == b.shape[:-2]:
        for i in np.ndindex(a.shape[:-2]):
            out[i] = np.dot(a[i][0] if len(a[i]) == 1 else a[i], b[i])
    elif a.shape[:-1] == (1,) and b.ndim == 2 and len(b) >= 512 and b.strides[1] > b.strides[0]:
        # One row by a large transposed matrix: as so many products of two vectors, which BLAS reads
        # from memory half as fast again. (N, 1, K) @ (K, 1) -> (N, 1, 1)
        np.matmul(b.T[:, None, :], a.T, out=out.T[..., None])
    else:
        np.matmul(a, b, out=out)
    return out
