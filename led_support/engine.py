"""What fast.py stands on: cores, products and memory, for NumPy arrays alone.

NumPy's matrix products use all cores by themselves, its other functions use one. So the work is
split here instead, into pieces that run side by side with one BLAS thread each: everything gets
all cores, and a piece's intermediate results stay in its core's cache.

  with all_cores() as cores   a call: BLAS keeps to one thread, and memory is used again
  parallel(task, pieces)      task(piece) for each of the pieces, in any order, on all cores
  by_rows, sum_rows           functions that treat each row by itself; the sum of all rows
  matmul, product             products, split over the cores or not
  new_array, new_zeros        arrays in memory that the call uses again, and of zeros

Ctrl-C can strike between any two steps of the main thread, so that what should end a call may not
run. Therefore a call is alive while the frame that began it is on its thread's stack, whatever else
is left of it, and the next call puts right what a dead one left. No Python code runs here when an
object dies, where an interrupt would be lost. Nobody waits for a thread that is gone.
"""

import functools
import gc
import math
import mmap
import os
import queue
import sys
import threading
import weakref
from contextlib import suppress

import _thread
import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_limits

# ======================================================================================
# A call
# ======================================================================================

_calls, _local = [], threading.local()  # calls that are going on, or were cut off; .call, a thread's
_lock = threading.RLock()  # for _calls and BLAS's numbers; a signal handler may call meanwhile


class all_cores:
    """with all_cores() as cores: BLAS keeps to one thread in all threads that compute, and memory
    is used again; cores: how many there are. The outermost one of a thread is the call, which says
    whether a backward will follow (training). When the last one ends, BLAS is as the first one
    found it. Not to be left open by a generator that waits."""

    cores, frame, threads, kept = 1, None, {}, None  # threads: {library: its number before}
    blocks, free = [], []  # [(weak reference to an array, its memory)]: of this call; of earlier ones

    def __init__(self, training=False):
        self.training, self.thread, self.limits = training, _thread.get_ident(), _limits()

    def __enter__(self):
        if (call := current_call()) is not None:
            return call.cores
        try:
            self.frame, _local.call = sys._getframe(1), self
            blocks, _ = _spare.pop("blocks", ([], None))
            self.free = [block for block in blocks if block[0]() is None]
            self.blocks = [block for block in blocks if block not in self.free]
            if not sys.is_finalizing():  # or other threads are frozen, and one may hold the lock
                with _lock:
                    self.threads = _calls[0].threads if _calls else {
                        library: library.num_threads for library in _libraries()}  # fmt: skip
                    _calls[:] = [*filter(_is_alive, _calls), self]
                    for library in self.threads:
                        _set_threads(library, 1)
                self.cores = min([_available_cores(), *self.threads.values()])
            return self.cores
        except BaseException:
            self._end()
            raise

    def __exit__(self, error, *_):
        if self.frame is not None:  # the outermost one
            try:
                self._end(hand_on=error is None)
            finally:
                self._end()  # an interrupt can strike in the first

    def _end(self, hand_on=False):
        """Can be done again, and after any part of __enter__"""
        if hand_on and self.kept is not None:
            drop = functools.partial(_spare.pop, "blocks")  # with the reference, when kept dies
            _spare["blocks"] = self.blocks, weakref.ref(self.kept, drop)
        if self.threads:
            with _lock:
                others = [call for call in _calls if call is not self and _is_alive(call)]
                _restore(self, others)
                _calls[:] = others
        self.blocks, self.free, self.threads, self.kept, self.frame = [], [], {}, None, None


def current_call():
    """The call that this thread is in, or has helped last; None if there is none"""
    call = getattr(_local, "call", None)
    if call is not None and (call.thread != _thread.get_ident() or _is_alive(call)):
        return call


def _is_alive(call):
    frame = sys._current_frames().get(call.thread)
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


@functools.cache
def _libraries():
    """{threadpoolctl's controller of a BLAS: whether its number of threads is each thread's own}"""
    # glibc learns from the largest array that it sees freed how much memory to keep for the next
    # ones: from this one, which is never written, twice as much, and all that new_array leaves.
    with suppress(MemoryError):
        np.empty(2 * LARGE_ARRAY, np.uint8)
    controller = object.__new__(ThreadpoolController)
    controller.lib_controllers = []
    with suppress(Warning, OSError, RuntimeError, AttributeError):  # what cannot be listed stays
        controller.__init__()  # as it is; warnings come last, and may be errors
    return {library: getattr(library, "threading_layer", None) == "openmp"
            for library in controller.lib_controllers if library.user_api == "blas"}  # fmt: skip


def _set_threads(library, number):
    """Some versions of threadpoolctl obey one thread alone, the first to ask, which has to be left
    to the user's own; what they then call is looked for first."""
    getattr(library, "_real_set_num_threads", library.set_num_threads)(number)


def _limits():
    """How often threadpoolctl's classes are referred to: once more for each limit in force"""
    return sum(map(sys.getrefcount, LIMITS))


def _restore(call, others=()):
    """Sets each library's number as it was, but where somebody else has changed it. A limit of
    threadpoolctl that began during the call stays, and puts that number back when it ends."""
    limits = gc.get_referrers(*LIMITS) if _limits() > call.limits else []
    begun = [info for limit in limits for info in getattr(limit, "_original_info", ())
             if info["num_threads"] == 1]  # fmt: skip
    for library, number in call.threads.items():
        ours = [info for info in begun if info["filepath"] == library.filepath]
        for info in ours:
            info["num_threads"] = number
        if _libraries()[library] or not (others or ours or library.num_threads != 1):
            _set_threads(library, number)


def _available_cores():
    """The cores that this process may run on"""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


# ======================================================================================
# Threads that help
# ======================================================================================

_helpers, _jobs = [], queue.SimpleQueue()  # the threads' identities, and what wakes them


def parallel(task, pieces):
    """task(piece) for every piece, side by side on all cores; each writes to its own part. Opens a
    call if there is none. NumPy's settings for errors hold in the helpers.

    Helpers are offered to join in; whoever is free takes the next piece. What nobody has taken when
    all is done is taken back, so a thread is waited for only while it works.
    """
    with all_cores() as cores:
        call, left, finished = current_call(), list(reversed(pieces)), queue.SimpleQueue()
        settings = dict(np.geterr(), call=np.geterrcall())

        def work():
            with np.errstate(**settings):
                while (piece := _take(left)) is not None:
                    task(piece)

        count = min(cores, len(left)) - 1 if call.thread == _thread.get_ident() else 0
        with suppress(RuntimeError):  # no threads here, or while Python shuts down
            while len(_helpers) < count:
                _helpers.append(_thread.start_new_thread(_help, (_jobs,)))
        count = min(count, len(_helpers))
        offers = [work] * count
        try:
            for _ in range(count):
                _jobs.put((offers, call, finished))
            work()
        finally:
            left.clear()  # after an error or an interrupt nobody begins another piece
            while _take(offers) is not None:
                count -= 1
            errors = [_answer(finished) for _ in range(count)]
        for error in filter(None, errors):
            raise error


def _take(items):
    """The last of a list that several threads take from, None if nothing is left"""
    with suppress(IndexError):
        return items.pop()


def _help(jobs):
    """What a helper's thread does. It is none of threading's: those hold up an exit."""
    while True:
        offers, _local.call, finished = jobs.get()
        error, work = None, _take(offers)
        if work is not None:
            try:
                for library in filter(_libraries().get, _local.call.threads):
                    _set_threads(library, 1)
                work()
            except BaseException as raised:
                error = raised
            work = None  # nobody holds the call's arrays any more
            finished.put(error)


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
    _calls.clear()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

# ======================================================================================
# Memory
# ======================================================================================

LARGE_ARRAY = 2**22  # bytes; smaller ones are left to NumPy and the C library, which keeps some
_spare = {}  # "blocks": those of an earlier call, and a reference to the array they live with


def new_array(shape, dtype):
    """An array whose numbers are still to be written: in a call, in memory of an earlier array of
    it that nobody has any more, if one fits. New memory is slow, since the system clears it first;
    it goes back to the system with its array."""
    size, call = math.prod(shape) * np.dtype(dtype).itemsize, current_call()
    if size < LARGE_ARRAY or call is None or call.thread != _thread.get_ident():
        return np.empty(shape, dtype)
    memory = _memory_again(call, size) or _new_memory(size, call.free)
    array = np.ndarray(shape, dtype, memory)
    call.blocks.append((weakref.ref(array), memory))
    return array


def _memory_again(call, size):
    """That of a block which nobody has and which fits, or None"""
    for blocks in call.blocks, call.free:
        for block in reversed(blocks):  # the latest may be in the processor's cache still
            if block[0]() is None and size <= len(block[1]) <= 1.5 * size:
                with suppress(ValueError):  # a call in a signal handler has taken it
                    blocks.remove(block)
                    return block[1]


def new_zeros(shape, dtype):
    """An array of zeros. The largest are memory as it comes from the system, which is zero, and
    which costs nothing where it is never touched."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.zeros(shape, dtype) if size < LARGE_ARRAY else np.ndarray(
        shape, dtype, _new_memory(size))  # fmt: skip


def keep_memory(array):
    """In a call: hands its memory on to the next one as long as this array lives"""
    current_call().kept = array


def _new_memory(size, free=()):
    """`size` bytes from the system, to which they go back with the last array that uses them; as
    much of the free blocks goes back now. MemoryError if there is none.

    Pages are of the usual size: where a virtual machine lends its free memory to others, huge ones
    take long to come back (measured: a first training step 5.6 s, with huge pages 8.6; later 5.5).
    """
    excess, private = size, getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    while excess > 0 and free:
        excess -= len(free.pop(0)[1])
    try:
        return mmap.mmap(-1, size, **({"flags": private} if private else {}))
    except OSError as error:
        raise MemoryError(f"an array of {size} bytes: {error}") from None


# ======================================================================================
# Rows and products
# ======================================================================================


def slices(count, size):
    """0..count cut into slices of `size`: (5, 2) -> [0:2, 2:4, 4:5]"""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def row_blocks(x):
    """Slices of the rows of x (rows, columns): a megabyte, small enough for the cache and large
    enough that the cores need not wait for each other between them"""
    return slices(len(x), max(1, 2**18 // max(1, x.shape[1])))


def by_rows(function, *arrays, over=False):
    """function(*arrays), a block of rows at a time on all cores. arrays (..., columns) of as many
    rows each; the function returns one array of as many rows, or a tuple of such. With `over` the
    only one may be written over the first array, of the same shape."""
    rows = [a.reshape(-1, a.shape[-1]) for a in arrays]
    if len(row_blocks(rows[0])) == 1:
        return function(*arrays)

    def results(r):
        parts = function(*(a[r] for a in rows))
        return parts if isinstance(parts, tuple) else (parts,)

    def task(r):
        for out, part in zip(outs, results(r)):
            out[r] = part

    outs = [rows[0]] if over else [new_array((len(rows[0]), part.shape[1]), part.dtype)
                                   for part in results(slice(0))]  # of no rows  # fmt: skip
    parallel(task, row_blocks(rows[0]))
    outs = tuple(out.reshape(*arrays[0].shape[:-1], -1) for out in outs)
    return outs if len(outs) > 1 else outs[0]


def sum_rows(x):
    """(..., columns) -> (columns,): all rows added up, first those of a block, on all cores"""
    rows = x.reshape(-1, x.shape[-1])
    blocks = row_blocks(rows)
    sums = np.empty((len(blocks), x.shape[-1]), x.dtype)
    parallel(lambda i: rows[blocks[i]].sum(axis=0, out=sums[i]), range(len(blocks)))
    return sums.sum(axis=0)


# With 2 to 16 rows BLAS copies the matrix before it multiplies, and takes two to four times as
# long as to read it; products of up to a million multiplications and 1,024 numbers it does at once.
# np.matmul keeps the interpreter's lock, so that no other thread runs, where a product has at most
# 500 numbers.
FEW_ROWS, SMALL_PRODUCT, SMALL_RESULT, LOCKED_RESULT = 16, 10**6, 1024, 500


def matmul(a, b, plus=None):
    """a @ b + plus, (M, K) @ (K, N) + (N,) or (M, N) -> (M, N), split over the cores if large"""
    (M, K), N = a.shape, b.shape[1]
    out = new_array((M, N), a.dtype)

    def task(piece):
        rows, columns = piece
        product(a[rows], b[:, columns], out=out[rows, columns])
        if plus is not None:
            out[rows, columns] += plus[columns] if plus.ndim == 1 else plus[rows, columns]

    with all_cores() as cores:
        row_size, column_size = M, N
        if M * K * N > SMALL_PRODUCT:
            if M <= FEW_ROWS:  # in parts that do not depend on the cores, or the numbers would
                column_size = -(-N // 512) * 64
            elif M < max(512, 64 * cores):  # BLAS copies b first: each core a part, not all of it
                column_size = -(-N // (64 * cores)) * 64
            else:  # as many pieces for each core, of which none is much slower than the whole
                row_size = -(-M // (cores * -(-M // (1024 * cores))))
        parallel(task, [(r, c) for r in slices(M, row_size) for c in slices(N, column_size)])
    return out


def product(a, b, out=None):
    """a @ b, (..., M, K) @ (..., K, N) -> (..., M, N), not split over the cores by us.

    Few rows are multiplied as small products, cut along the side of b whose steps in memory are the
    longer ones; few numbers by np.dot, which gives the interpreter's lock away.
    """
    (M, K), N, leading = a.shape[-2:], b.shape[-1], np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    out = np.empty((*leading, M, N), a.dtype) if out is None else out
    along_n = b.strides[-1] > b.strides[-2]  # b is a matrix of N rows in memory, transposed
    if M * N <= LOCKED_RESULT or 1 < M <= FEW_ROWS and not along_n:
        a, b = (np.broadcast_to(x, (*leading, *x.shape[-2:])) for x in (a, b))
        parts = slices(K, max(16, K if M == 1 else SMALL_PRODUCT // max(1, M * N)))
        for i in np.ndindex(leading):
            out[i] = sum(np.dot(a[i][:, k], b[i][k]) for k in parts)
        return out
    size = min(SMALL_RESULT, SMALL_PRODUCT // max(1, K)) // M
    for n in slices(N, size if 1 < M <= FEW_ROWS and size >= 16 else N):
        np.matmul(a, b[..., n], out=out[..., n])
    return out
