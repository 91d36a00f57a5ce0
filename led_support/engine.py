"""The engine room: cores, products, memory."""

import contextlib
import ctypes
import math
import mmap
import os
import queue
import sys
import threading
import weakref

import _thread
import numpy as np
from threadpoolctl import ThreadpoolController

from led_support.arrays import array_module

# NumPy's matrix products use all cores by themselves, its other functions use one. So the work is
# split here instead, into pieces that run side by side with one BLAS thread each: everything gets
# all cores, and a piece's intermediate results stay in its core's cache.


def slices(count, size):
    """0..count cut into slices of `size`: (5, 2) -> [0:2, 2:4, 4:5]."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def row_blocks(x):
    """Slices of the rows of x (rows, columns): a megabyte, small enough for the cache and large
    enough that the cores need not wait for each other between them; on a GPU all at once."""
    rows, columns = x.shape
    if array_module(x) is not np:
        return [slice(0, rows)]
    return slices(rows, max(1, 2**18 // max(1, columns)))


def head_slices(q, keys):
    """Slices of the heads of q (..., H, T, D), each query of which meets so many keys: as many at
    once as fit the cache, but enough for all cores; all on a GPU, where launches cost more, for a
    single query (see product), or where there is little to do."""
    *leading, H, T, D = q.shape
    scores = math.prod(leading) * T * keys  # of each head
    if array_module(q) is not np or scores == keys or H * scores * D < 2**20:
        return [slice(0, H)]
    return slices(H, min(max(1, 2**17 // scores), -(-H // 2)))


# How many scores of the band are computed at once: what fits the cache of a core (True), or 1 GB on
# a GPU, where launches cost more than memory.
TILE = {True: 2**19, False: 2**28}


def by_rows(function, *arrays, over=False):
    """function(*arrays), a block of rows at a time on all cores. arrays (..., columns) of as many
    rows each; the function returns one array of as many rows, or a tuple of such. With `over` the
    only one may be written over the first array, of the same shape."""
    rows = [a.reshape(-1, a.shape[-1]) for a in arrays]
    blocks = row_blocks(rows[0])
    if len(blocks) == 1:
        return function(*arrays)

    def results(r):
        parts = function(*(a[r] for a in rows))
        return parts if isinstance(parts, tuple) else (parts,)

    outs = [rows[0]] if over else [
        new_array(np, (len(rows[0]), part.shape[1]), part.dtype)
        for part in results(slice(0))]  # of no rows, which shows the shapes and dtypes

    def task(r):
        for out, part in zip(outs, results(r)):
            out[r] = part

    parallel(task, blocks)
    outs = tuple(out.reshape(*arrays[0].shape[:-1], -1) for out in outs)
    return outs if len(outs) > 1 else outs[0]


def sum_rows(x):
    """(..., columns) -> (columns,): all rows added up, first those of a block, on all cores"""
    rows = x.reshape(-1, x.shape[-1])
    blocks = row_blocks(rows)
    sums = array_module(x).empty((len(blocks), x.shape[-1]), x.dtype)

    def task(i):
        rows[blocks[i]].sum(axis=0, out=sums[i])

    parallel(task, range(len(blocks)))
    return sums.sum(axis=0)


def matmul(a, b, plus=None):
    """a @ b + plus, (M, K) @ (K, N) + (N,) or (M, N) -> (M, N), split over the cores if large."""
    xp, (M, K), N = array_module(a), a.shape, b.shape[1]
    if M == 1:
        return product(a, b) if plus is None else product(a, b) + plus
    out = new_array(xp, (M, N), a.dtype)

    def task(piece):
        rows, columns = piece
        product(a[rows], b[:, columns], out=out[rows, columns])
        if plus is not None:
            out[rows, columns] += plus[columns] if plus.ndim == 1 else plus[rows, columns]

    with engine.all_cores() as cores:
        row_size, column_size = M, N
        if xp is np and M * K * N > SMALL_PRODUCT:
            if M < max(512, 64 * cores):  # BLAS copies b first: each core a part, not all of it
                column_size = -(-N // (64 * cores)) * 64
            else:  # as many pieces for each core, of which none is much slower than the whole
                row_size = -(-M // (cores * -(-M // (1024 * cores))))
        pieces = [(r, c) for r in slices(M, row_size) for c in slices(N, column_size)]
        engine.run(task, pieces, cores)
    return out


# With 2 to 16 rows BLAS copies the matrix before it multiplies, and takes two to four times as
# long as to read it; in products of up to a million multiplications it does not. With one
# row it uses several threads from 9,216 multiplications on, newer versions from 460,800.
FEW_ROWS, SMALL_PRODUCT, SMALL_ROW_PRODUCT = 16, 10**6, 9000


def product(a, b, out=None):
    """a @ b, (..., M, K) @ (..., K, N) -> (..., M, N), not split over the cores by us.

    Few rows are multiplied as a stack of small products, cut along the side of b whose steps in
    memory are the longer ones. One row is left to BLAS's own threads: to wake one of ours takes as
    long as most of these products, while BLAS's stay awake for the next one. Another call may keep
    BLAS to one thread meanwhile. That makes no difference to the numbers where each thread gets a
    multiple of 16 columns; so the last columns, if they are fewer, are done with some before them.
    """
    (M, K), N = a.shape[-2:], b.shape[-1]
    if M > FEW_ROWS or array_module(a) is not np:
        return array_module(a).matmul(a, b, out=out)
    if out is None:
        out = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), M, N), a.dtype)
    if M == 1 and N >= (unit := 16 * engine.blas_threads()):
        whole = N - N % unit
        np.matmul(a, b[..., :whole], out=out[..., :whole])
        if whole < N:
            np.matmul(a, b[..., -unit:], out=out[..., -unit:])
        return out
    along_n = b.strides[-1] > b.strides[-2]  # b is a matrix of N rows in memory, transposed
    rows = b.swapaxes(-1, -2) if along_n else b  # (..., N or K, .)
    small = SMALL_PRODUCT if M > 1 else SMALL_ROW_PRODUCT
    size = min(128, small // (M * rows.shape[-1] or 1))
    if size < 16 or rows.shape[-2] < 2 * size:
        return np.matmul(a, b, out=out)
    cut = rows.shape[-2] // size * size

    def columns(x):  # (..., M, N or K) -> (..., n, M, size), a view
        return np.moveaxis(x[..., :cut].reshape(*x.shape[:-1], -1, size), -2, -3)

    stack = rows[..., :cut, :].reshape(*b.shape[:-2], -1, size, rows.shape[-1])  # (..., n, size, .)
    if along_n:
        np.matmul(a[..., None, :, :], stack.swapaxes(-1, -2), out=columns(out))
        np.matmul(a, b[..., cut:], out=out[..., cut:])
        return out
    total = (columns(a) @ stack).sum(axis=-3)  # (..., n, M, N) -> (..., M, N)
    return np.add(total, a[..., cut:] @ b[..., cut:, :], out=out)


def parallel(task, pieces):
    """Runs task(piece) for every piece, side by side on all cores; each writes to its own part."""
    if len(pieces) == 1:
        task(pieces[0])
        return
    with engine.all_cores() as cores:
        engine.run(task, pieces, cores)


# Arrays of fewer bytes are left to NumPy and the C library, which keeps some memory for them. A
# call whose other arrays took no more than SPARE_MEMORY in all leaves that to the next one.
LARGE_ARRAY, SPARE_MEMORY = 2**19, 2**24


def new_array(xp, shape, dtype):
    """An array whose numbers are still to be written: in a call, in memory of an earlier array of
    it that nobody has any more, if one fits. New memory is slow, since the system clears it first;
    it goes back to the system with its array."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    blocks = getattr(engine.current_call(), "memory", None)
    if xp is not np or size < LARGE_ARRAY or blocks is None:
        return xp.empty(shape, dtype)
    for block in reversed(blocks):  # the latest may be in the processor's cache still
        if block[0]() is None and size <= len(block[1]) <= 1.5 * size:
            blocks.remove(block)
            memory = block[1]
            break
    else:
        memory, engine.mapped = new_memory(size), True
    array = np.ndarray(shape, dtype, buffer=memory)
    blocks.append((weakref.ref(array), memory))
    return array


def new_zeros(xp, shape, dtype):
    """An array of zeros. The largest are memory as it comes from the system, which is zero, and
    which costs nothing where it is never touched."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if xp is not np or size < LARGE_ARRAY:
        return xp.zeros(shape, dtype)
    return np.ndarray(shape, dtype, buffer=new_memory(size))


def take(items):
    """The last of a list that several threads take from, None if nothing is left"""
    try:
        return items.pop()
    except IndexError:
        return None


class Call:
    """One thread's use of the engine, from the outermost `with engine.all_cores()`, as long as this
    object lives. cores: how many there are; memory: [(weak reference to an array, its memory)];
    result: None, or the array with which the memory outlives the call"""


class Engine:
    """Threads that help `parallel`, one that keeps BLAS to one thread meanwhile, and memory.

    Ctrl-C can strike between any two steps of the main thread. So nothing here has to be undone by
    it: what a call holds ends with the object that stands for it. The keeper alone changes BLAS. It
    gets one message when a call begins, and one that the call's end itself sends. (A queue of the
    C kind cannot be left half changed; threads that are started this way hold up no exit.)
    """

    def __init__(self):
        self.jobs, self.requests = queue.SimpleQueue(), queue.SimpleQueue()
        self.helpers, self.kept = [], threading.Lock()
        self.limited = []  # (library, its number of threads before), while BLAS is limited
        self.most_threads = None  # of BLAS
        self.spare = []  # the memory of an earlier call, for the next one: at most one
        self.mapped = False  # whether calls took memory from the system since it was last empty
        self.local = threading.local()  # .call, a weak reference to the thread's Call

    def current_call(self):
        """The Call that this thread is in, or None. Not to be kept in a variable: a traceback that
        someone keeps would then keep it, and all that it holds."""
        return getattr(self.local, "call", lambda: None)()

    def all_cores(self):
        """with engine.all_cores() as cores: BLAS keeps to one thread, so that the numbers do not
        depend on what other threads do, and memory is used again. Then all is as before."""
        if self.current_call() is not None:
            return contextlib.nullcontext(self.current_call().cores)
        return self.outermost_call()

    @contextlib.contextmanager
    def outermost_call(self):
        call = Call()
        ended = weakref.ref(call)
        try:
            call.memory, call.result = take(self.spare) or [], None
            call.cores = self.ask_keeper(weakref.ref(call, self.requests.put))
            self.local.call = ended
            yield call.cores
            self.keep_spare(call.memory, call.result)
        finally:
            del call
            try:
                self.ask_keeper(ended)  # waits until BLAS is as before
            except BaseException:
                self.ask_keeper(ended)
                raise

    def keep_spare(self, blocks, result):
        """Keeps the memory of a call as long as its result lives; if there is little, for good."""
        little, spare = sum(len(memory) for _, memory in blocks) <= SPARE_MEMORY, [blocks]
        if not little and result is not None:
            weakref.finalize(result, spare.clear).atexit = False
        if little or result is not None:
            self.spare = spare

    def run(self, task, pieces, cores):
        """Helpers are offered to join in; whoever is free takes the next piece. What nobody has
        taken when all is done is taken back, so a thread is waited for only while it works."""
        count = self.ready_helpers(min(cores, len(pieces)) - 1)
        left, finished = list(reversed(pieces)), queue.SimpleQueue()

        def work():
            while (piece := take(left)) is not None:
                task(piece)

        def help_out():
            if take(offers) is None:
                return
            try:
                finished.put(work())
            except BaseException as error:
                finished.put(error)

        offers = [help_out] * count
        try:
            for _ in range(count):
                self.jobs.put(help_out)
            work()
        finally:
            left.clear()  # after an error or an interrupt nobody begins another piece
            while take(offers) is not None:
                count -= 1
            errors = [finished.get() for _ in range(count)]
        for error in errors:
            if error is not None:
                raise error

    def ready_helpers(self, count):
        """Starts threads until there are `count` helpers -> how many there are, at most count"""
        with contextlib.suppress(RuntimeError):  # no threads here, or while Python shuts down
            while len(self.helpers) < count:
                self.helpers.append(_thread.start_new_thread(self.help, ()))
        return min(count, len(self.helpers))

    def help(self):
        jobs = self.jobs
        while True:
            jobs.get()()

    def ask_keeper(self, call):
        """Tells the keeper of a Call (a weak reference) -> cores, when BLAS is as it has to be"""
        try:
            if not self.kept.locked():
                _thread.start_new_thread(self.keep, ())
        except RuntimeError:
            return 1
        answer = queue.SimpleQueue()
        self.requests.put((call, answer))
        return answer.get()

    def blas_threads(self):
        """How many threads BLAS has while nobody limits it"""
        if self.most_threads is None:
            self.ask_keeper(lambda: None)
        return self.most_threads or 1

    def keep(self):
        if not self.kept.acquire(blocking=False):
            return  # two calls began at once, and started a keeper each
        # glibc learns from the largest array that it sees freed how much memory to keep for the
        # next ones: from this one, which is never written, as much as it ever keeps, 64 MB.
        np.empty(31 * 2**20, np.uint8)
        requests, users, cores = self.requests, [], 1
        libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self.most_threads = max([1, *(library.num_threads for library in libraries)])
        while True:
            message = requests.get()
            call, answer = message if isinstance(message, tuple) else (message, None)
            users = [user for user in (*users, call) if user() is not None]
            if users and not self.limited:
                self.limited = [(library, library.num_threads) for library in libraries]
                cores = min([available_cores(), *(before for _, before in self.limited)])
                for library in libraries:
                    set_blas_threads(library, 1)
            if not users and self.limited:
                self.restore_blas()
                if self.mapped:
                    self.mapped = False
                    give_memory_back()
            if answer:
                answer.put(cores)

    def restore_blas(self):
        for library, before in self.limited:
            set_blas_threads(library, before)
        self.limited = []

    def after_fork(self):
        """In a forked process, which has none of its parent's threads"""
        self.restore_blas()
        self.__init__()


def new_memory(size):
    """`size` bytes from the system, to which they go back with the last array that uses them.

    Pages are of the usual size: where a virtual machine lends its free memory to others, huge ones
    take long to come back (measured: a first training step 5.6 s, with huge pages 8.6; later 5.5).
    """
    flags = {} if os.name == "nt" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
    return mmap.mmap(-1, size, **flags)


def set_blas_threads(library, count):
    """Some versions of threadpoolctl obey one thread alone, the first to ask, which has to be left
    to the user's own; what they then call is looked for first."""
    getattr(library, "_real_set_num_threads", library.set_num_threads)(count)


def give_memory_back():
    """Has glibc return the memory of freed small arrays to the system; others do it themselves."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def available_cores():
    """The cores that this process may run on"""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


engine = Engine()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=engine.after_fork)
