"""Speed and memory beside transformers' LED: same weights, same inputs, each in its own process.

    python tests/benchmark.py                    all rows, about 35 minutes on two cores
    python tests/benchmark.py "encoder, 4096"    the rows whose names contain this
    python tests/benchmark.py --repeat 1 --old-python PATH_TO_PYTHON_WITH_TRANSFORMERS_4.34
    python tests/benchmark.py --together         our own side by side with itself
    python tests/benchmark.py --small            small models, short documents, about 15 minutes

Needs torch and transformers for the reference. Our process and theirs run in turn, --repeat times.
Of the calls in all runs the best and the median time are shown; a process's first call is told
apart, since its memory has to be cleared by the system and its weights read from the file. A result
stays until the next one takes its place, as in a training loop that holds the gradients. Times
leave out start-up and loading, except in the row that measures them; memory is the process's peak
until then, start-up included. Below each of our rows stand theirs: `ratio` is how many times as
fast ours is, best against best, `share` ours of their memory. `limit` is the share of this
machine's own speed that our best run reaches: for encoders the float32 matrix products that they
cannot do without, against the rate of NumPy's own; for steps of decoding the bytes that they have
to read, against the rate at which a product of a large matrix with a vector reads memory.

With --small each row runs on all cores and on one, a call takes milliseconds, and so many calls are
made that the best of them is a fair one: ours, theirs and led.py as it reads, in turn. A training
step is forward, backward and AdamW; texts are 24 tokens.

With --together (needs neither torch nor transformers) each row runs alone, then in two processes at
once on the same cores, where twice the time would be fair.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
E, F, H, LAYERS, VOCABULARY = 768, 3072, 12, 6, 50265  # led-base

# name: (task, its arguments). "how" is another way to run the reference, "plain" another way to run
# ours: led.py as it reads, without its fast twins.
ROWS = {
    "encoder, 200 tokens": ("encode", {"tokens": 200}),
    "encoder, 1024 tokens": ("encode", {"tokens": 1024}),
    "encoder, 4096 tokens": ("encode", {"tokens": 4096}),
    "encoder, 4096 tokens, PyTorch in bfloat16": ("encode", {"tokens": 4096, "how": "bfloat16"}),
    "encoder, 4096 tokens, PyTorch compiled": ("encode", {"tokens": 4096, "how": "compile"}),
    "encoder, 4096 tokens, window 256": ("encode", {"tokens": 4096, "window": 256}),
    "encoder, 4096 tokens, plain": ("encode", {"tokens": 4096, "plain": True}),
    "encoder, 16384 tokens": ("encode", {"tokens": 16384}),
    "encoder, 16384 tokens, plain": ("encode", {"tokens": 16384, "plain": True}),
    "beam step, 4 beams, 4096 tokens": ("step", {"tokens": 4096, "beams": 4}),
    "beam step, 4 beams, 16384 tokens": ("step", {"tokens": 16384, "beams": 4}),
    "greedy step, 4096 tokens": ("step", {"tokens": 4096, "beams": 1}),
    "forward + backward, 4096 tokens, 256 labels": ("train", {"tokens": 4096, "labels": 256}),
    "forward + backward, 4096 tokens, 256 labels, plain": (
        "train", {"tokens": 4096, "labels": 256, "plain": True}),
    "forward + backward, 16384 tokens, checkpointing, window 512": (
        "train", {"tokens": 16384, "labels": 256, "window": 512, "checkpointing": True}),
    "import + load, to the first token": ("start", {}),
    "tokenizer, one long document": ("tokenize", {}),
}  # fmt: skip
ONLY_OURS = {"forward + backward, 16384 tokens, checkpointing, window 512"}
STEPS = 24  # decoding steps, of which the first two do work of their own


def encoder_operations(tokens, window=1024):
    """Multiplications and additions that the encoder cannot do without: projections, feed-forward,
    and each token against the keys that it sees."""
    keys = sum(min(tokens, i + window // 2 + 1) - max(0, i - window // 2) for i in range(tokens))
    return LAYERS * 2 * (tokens * (4 * E * E + 2 * E * F) + 2 * keys * E)


def step_bytes(tokens, beams):
    """What a step of decoding has to read: the decoder's weights but for the cross-attention's keys
    and values, which are computed once; those keys and values; the embedding as the head."""
    weights = LAYERS * (6 * E * E + 2 * E * F) + VOCABULARY * E
    return 4 * (weights + LAYERS * 2 * tokens * E)


def random_ids(tokens):
    import numpy as np

    ids = np.random.default_rng(tokens).integers(3, VOCABULARY, (1, tokens))
    is_global = np.zeros_like(ids)
    is_global[:, 0] = 1
    return ids, is_global


def long_document():
    """About 100,000 characters of English prose and code: Python's own library."""
    text, folder = "", Path(os.__file__).parent
    for name in ("argparse.py", "pickle.py", "random.py", "statistics.py"):
        text += (folder / name).read_text(encoding="utf-8")
    return text[:100_000]


def peak_memory():
    """The most bytes that this process has had so far"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def times_of(function, count):
    """[(seconds, peak memory until then)] of `count` calls, one after the other"""
    calls, result = [], None
    for _ in range(count):
        start = time.perf_counter()
        result = function()  # the one before is there meanwhile
        calls.append((time.perf_counter() - start, peak_memory()))
    del result
    return calls


def differences(moments):
    """The same of the steps between the moments at which tokens were chosen, but the first"""
    return [(after - before, peak_memory()) for before, after in zip(moments[1:], moments[2:])]


def run_ours(task, checkpoint, arguments):
    """[(seconds, peak memory)] of a task's calls with this repository's code"""
    sys.path.insert(0, str(ROOT))
    start = time.perf_counter()
    if task == "tokenize":
        from bpe import LEDTokenizer

        tokenizer, text = LEDTokenizer.from_pretrained(checkpoint), long_document()
        return times_of(lambda: tokenizer(text), 6)

    from led import LEDForConditionalGeneration

    window = arguments.get("window", 1024)
    model = LEDForConditionalGeneration.from_pretrained(checkpoint, attention_window=window)
    ids, is_global = random_ids(arguments.get("tokens", 8))
    if task == "start":
        model.generate(ids, global_attention_mask=is_global, max_length=2)
        return [(time.perf_counter() - start, peak_memory())]
    if task == "encode":
        return times_of(lambda: model.encode(ids, global_attention_mask=is_global), 3)
    if task == "train":
        labels, _ = random_ids(arguments["labels"])
        checkpointing = arguments.get("checkpointing", False)
        return times_of(lambda: model.value_and_grad(
            input_ids=ids, labels=labels, global_attention_mask=is_global,
            gradient_checkpointing=checkpointing), 1 if checkpointing else 4)  # fmt: skip
    encoded = model.encode(ids, global_attention_mask=is_global)

    moments = []
    model.generate(ids, encoder_outputs=encoded, num_beams=arguments["beams"],
                   max_length=STEPS + 1, min_length=STEPS + 1,
                   on_step=lambda *_: moments.append(time.perf_counter()))  # fmt: skip
    return differences(moments)


def run_theirs(task, checkpoint, arguments):
    """[(seconds, peak memory)] of a task's calls with transformers and torch"""
    start = time.perf_counter()
    if task == "tokenize":
        from transformers import LEDTokenizerFast

        tokenizer, text = LEDTokenizerFast.from_pretrained(checkpoint), long_document()
        return times_of(lambda: tokenizer(text), 6)

    import torch
    from transformers import LEDForConditionalGeneration, LogitsProcessor, LogitsProcessorList
    from transformers.modeling_outputs import BaseModelOutput

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model = LEDForConditionalGeneration.from_pretrained(
        checkpoint, attention_window=[arguments.get("window", 1024)] * LAYERS
    ).eval()
    ids, is_global = (torch.tensor(a) for a in random_ids(arguments.get("tokens", 8)))
    if task == "train":
        labels = torch.tensor(random_ids(arguments["labels"])[0])

        def train():
            model.zero_grad()
            model(ids, labels=labels, global_attention_mask=is_global).loss.backward()

        return times_of(train, 2)
    with torch.no_grad():
        if task == "start":
            model.generate(ids, global_attention_mask=is_global, max_length=2)
            return [(time.perf_counter() - start, peak_memory())]
        if task == "encode":
            encoder, how = model.get_encoder(), arguments.get("how")
            if how == "compile":
                encoder = torch.compile(encoder)
            with torch.autocast("cpu", torch.bfloat16, enabled=how == "bfloat16"):
                return times_of(lambda: encoder(ids, global_attention_mask=is_global), 3)
        mask = torch.ones_like(ids)
        encoded = model.get_encoder()(ids, global_attention_mask=is_global).last_hidden_state

        moments = []

        class Clock(LogitsProcessor):
            def __call__(self, input_ids, scores):
                moments.append(time.perf_counter())
                return scores

        model.generate(
            encoder_outputs=BaseModelOutput(encoded), attention_mask=mask,
            num_beams=arguments["beams"], do_sample=False, max_length=STEPS + 1,
            min_length=STEPS + 1, logits_processor=LogitsProcessorList([Clock()]))  # fmt: skip
        return differences(moments)


def measure(python, side, row, checkpoint):
    """[(seconds, peak memory)] of a row's calls in a process of its own, or None with the reason
    printed"""
    command = [python, __file__, "--worker", side, row, "--checkpoint", str(checkpoint)]
    plain = ROWS[row][1].get("plain", False)
    result = subprocess.run(command, capture_output=True, text=True,
                            env=os.environ | {"LED_PLAIN": "1" if plain else "0"})  # fmt: skip
    if result.returncode:
        print(f"{row}: {side}: {result.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(result.stdout.splitlines()[-1])


def worker(side, row, checkpoint):
    task, arguments = ROWS[row]
    print(json.dumps((run_ours if side == "ours" else run_theirs)(task, checkpoint, arguments)))


# name: (task, its arguments, calls)
TOGETHER = {
    "encoder, 200 tokens": ("encode", {"tokens": 200}, 15),
    "encoder, 4096 tokens": ("encode", {"tokens": 4096}, 3),
    "beam step, 4 beams, 4096 tokens": ("step", {"tokens": 4096, "beams": 4}, 3),
    "greedy step, 4096 tokens": ("step", {"tokens": 4096, "beams": 1}, 3),
    "training of the bundled model, 4 x 500 tokens": ("train", {}, 25),
}  # fmt: skip


class Small(NamedTuple):
    """A small model and its batch"""

    d_model: int
    heads: int
    ffn_dim: int
    layers: tuple  # of encoder and decoder
    window: int  # both sides together
    documents: int
    tokens: int
    global_tokens: int = 1  # of a document
    lengths_differ: bool = False  # and the numbers of global tokens


SMALL = {
    "64, 2 + 2 layers, window 32, 16 x 256": Small(64, 4, 256, (2, 2), 32, 16, 256),
    "128, 3 + 3 layers, window 64, 8 x 512": Small(128, 4, 512, (3, 3), 64, 8, 512),
    "the same, lengths differ": Small(128, 4, 512, (3, 3), 64, 8, 512, 1, True),
    "256, 4 + 4 layers, window 128, 4 x 1024": Small(256, 8, 1024, (4, 4), 128, 4, 1024),
    "64, 2 + 2 layers, window 32, 1 x 64": Small(64, 4, 256, (2, 2), 32, 1, 64),
    "the bundled model's size, 16 x 256": Small(128, 4, 256, (3, 2), 32, 16, 256, 12),
}
SMALL_TASKS = ("training step", "encoder", "greedy", "4 beams")
SMALL_VOCABULARY, SMALL_SECONDS = 4096, 1.5


def small_settings(size):
    """What both LEDConfigs take, but for the window"""
    return {"vocab_size": SMALL_VOCABULARY, "d_model": size.d_model,
            "encoder_layers": size.layers[0], "decoder_layers": size.layers[1],
            "encoder_attention_heads": size.heads, "decoder_attention_heads": size.heads,
            "encoder_ffn_dim": size.ffn_dim, "decoder_ffn_dim": size.ffn_dim,
            "max_encoder_position_embeddings": size.tokens,
            "max_decoder_position_embeddings": 64}  # fmt: skip


def small_batch(size):
    """{argument: array} of a batch with labels"""
    import numpy as np

    random, shape = np.random.default_rng(0), (size.documents, size.tokens)
    ids = random.integers(3, SMALL_VOCABULARY, shape)
    document, position = np.indices(shape)
    length, count = size.tokens, size.global_tokens
    if size.lengths_differ:
        length, count = size.tokens * (document + 1) // size.documents, 1 + document
    return {"input_ids": np.where(position < length, ids, 1),
            "attention_mask": (position < length).astype(int),
            "global_attention_mask": (position < count).astype(int),
            "labels": random.integers(3, SMALL_VOCABULARY, (size.documents, STEPS))}  # fmt: skip


def small_call_ours(size, task):
    """The call to be measured, with this repository's code"""
    sys.path.insert(0, str(ROOT))
    from led import AdamW, LEDConfig, LEDForConditionalGeneration

    config = LEDConfig(attention_window=size.window, **small_settings(size))
    model, batch = LEDForConditionalGeneration(config), small_batch(size)
    if task == "training step":
        optimizer = AdamW(model.params)

        def step():
            _, grads = model.value_and_grad(**batch)
            optimizer.step(grads)
            return grads

        return step
    del batch["labels"]
    if task == "encoder":
        return lambda: model.encode(**batch)
    batch["encoder_outputs"] = model.encode(**batch)
    return lambda: model.generate(**batch, num_beams=4 if task == "4 beams" else 1,
                                  max_length=STEPS + 1, min_length=STEPS + 1)  # fmt: skip


def small_call_theirs(size, task):
    """The same with transformers and torch"""
    import torch
    from transformers import LEDConfig, LEDForConditionalGeneration
    from transformers.modeling_outputs import BaseModelOutput

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    config = LEDConfig(attention_window=[size.window] * size.layers[0], **small_settings(size))
    model = LEDForConditionalGeneration(config).eval()
    batch = {name: torch.tensor(array) for name, array in small_batch(size).items()}
    if task == "training step":
        optimizer = torch.optim.AdamW(model.parameters())

        def step():
            optimizer.zero_grad()
            model(**batch).loss.backward()
            optimizer.step()

        return step
    del batch["labels"]
    encode = torch.no_grad()(lambda: model.get_encoder()(**batch))
    if task == "encoder":
        return encode
    encoded = encode().last_hidden_state
    return lambda: model.generate(  # which repeats encoder_outputs for the beams in place
        encoder_outputs=BaseModelOutput(encoded), attention_mask=batch["attention_mask"],
        do_sample=False, num_beams=4 if task == "4 beams" else 1, max_length=STEPS + 1,
        min_length=STEPS + 1)  # fmt: skip


def small_worker(side, row, task, cores):
    """Prints [seconds of the best call, peak memory], on so many cores"""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    call = (small_call_theirs if side == "theirs" else small_call_ours)(SMALL[row], task)
    call(), call()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < SMALL_SECONDS:
        times += times_of(call, 3)
    print(json.dumps([min(seconds for seconds, _ in times), peak_memory()]))


def small(only, repeat):
    """The table of --small: best seconds of a call"""
    every = len(os.sched_getaffinity(0))
    sides = ("ours", "theirs", "plain")
    runs = [(side, cores) for cores in dict.fromkeys([every, 1]) for side in sides]
    print(f"{'ms':55}", *(f"{f'{side}, {cores}':>10}" for side, cores in runs),
          f"{'ratio':>6} {'on one':>6} {'cores':>6} {'MB':>5} {'theirs':>6}")  # fmt: skip
    for row in SMALL:
        for task in SMALL_TASKS:
            if only not in f"{row}: {task}":
                continue
            found = {run: [] for run in runs}
            for _ in range(repeat):
                for side, cores in runs:
                    command = [sys.executable, __file__, "--small-worker", side, row, task,
                               str(cores)]  # fmt: skip
                    environment = os.environ | {"LED_PLAIN": "1" if side == "plain" else "0"}
                    result = subprocess.run(command, capture_output=True, text=True, check=True,
                                            env=environment)  # fmt: skip
                    found[side, cores].append(json.loads(result.stdout.splitlines()[-1]))
            best = {run: min(seconds for seconds, _ in of_run) for run, of_run in found.items()}
            memory = {run: min(peak for _, peak in of_run) for run, of_run in found.items()}
            print(f"{row + ': ' + task:55}", *(f"{best[run] * 1e3:10.2f}" for run in runs),
                  *(f"{best['theirs', cores] / best['ours', cores]:6.2f}" for cores in (every, 1)),
                  f"{best['ours', 1] / best['ours', every]:6.2f}",
                  *(f"{memory[side, every] / 1e6:5.0f}" for side in ("ours", "theirs")),
                  flush=True)  # fmt: skip


def seconds_of_calls(row, checkpoint, ready, seconds):
    """Puts the seconds of each of a row's calls into a queue; begins when the others are ready"""
    sys.path.insert(0, str(ROOT))
    from led import LEDForConditionalGeneration

    task, arguments, count = TOGETHER[row]
    if task == "train":
        model = LEDForConditionalGeneration.from_pretrained(ROOT / "chronicles" / "model")
        ids = random_ids(2000)[0].reshape(4, 500) % model.config.vocab_size
    else:
        model = LEDForConditionalGeneration.from_pretrained(checkpoint, attention_window=1024)
        ids, is_global = random_ids(arguments["tokens"])
        encoded = model.encode(ids, global_attention_mask=is_global)

    def call():
        if task == "train":
            model.value_and_grad(input_ids=ids, labels=ids[:, :20], global_attention_mask=ids < 9)
        elif task == "encode":
            model.encode(ids, global_attention_mask=is_global)
        else:
            model.generate(ids, encoder_outputs=encoded, num_beams=arguments["beams"],
                           max_length=STEPS + 1, min_length=STEPS + 1)  # fmt: skip

    call()
    ready.wait()
    steps = STEPS if task == "step" else 1
    seconds.put([whole / steps for whole, _ in times_of(call, count)])


def together(checkpoint, only):
    """The table of --together: median seconds of a call (or step) alone and in two processes"""
    context = multiprocessing.get_context("spawn")
    print(f"{'work':60} {'alone, s':>8} {'two at once':>12} {'ratio':>6}")
    for row in TOGETHER:
        if only not in row:
            continue
        medians = []
        for count in (1, 2):
            ready, seconds = context.Barrier(count), context.Queue()
            processes = [context.Process(target=seconds_of_calls,
                                         args=(row, checkpoint, ready, seconds))
                         for _ in range(count)]  # fmt: skip
            for process in processes:
                process.start()
            times = sum((seconds.get(timeout=900) for _ in processes), [])
            medians.append(statistics.median(times))
            for process in processes:
                process.join()
        alone, both = medians
        print(f"{row:60} {alone:8.4f} {both:12.4f} {both / alone:6.2f}", flush=True)


def machine_speed():
    """What this machine reaches with NumPy: float32 operations and bytes a second, on all cores"""
    import numpy as np

    a, b = np.ones((4096, E), np.float32), np.ones((E, F), np.float32)
    products = 2 * 4096 * E * F / min(times_of(lambda: a @ b, 20))[0]
    matrix, vector = np.ones((200_000, E), np.float32), np.ones(E, np.float32)
    return products, matrix.nbytes / min(times_of(lambda: matrix @ vector, 10))[0]


def blas_kernels(environment):
    """The BLAS that NumPy runs in this environment: library, version, kernels"""
    program = """if 1:
        import numpy, threadpoolctl
        for library in threadpoolctl.threadpool_info():
            if library["user_api"] == "blas":
                print(library["internal_api"], library["version"], library.get("architecture"))
    """
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True,
                         text=True, check=True)  # fmt: skip
    return ", ".join(run.stdout.splitlines()) or "an unknown BLAS"


def processor():
    """Its name, and on Linux whether it has AVX-512"""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    facts = {name.strip(): text.strip() for name, text in lines.items()}
    wide = " with AVX-512" if "avx512f" in facts.get("flags", "").split() else ""
    return facts.get("model name", platform.machine()) + wide


def in_a_process(function, *arguments):
    """What function(*arguments) returns, called in a new process"""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def make_checkpoint(folder, tokenizer_folder):
    """A led-base of random weights, and the tokenizer's files if they are found."""
    sys.path.insert(0, str(ROOT))
    from led import LEDConfig, LEDForConditionalGeneration

    config = LEDConfig(
        d_model=E, encoder_ffn_dim=F, decoder_ffn_dim=F, encoder_layers=LAYERS,
        decoder_layers=LAYERS, encoder_attention_heads=H, decoder_attention_heads=H,
        attention_window=1024)  # fmt: skip
    LEDForConditionalGeneration(config).save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):
        if (tokenizer_folder / name).exists():
            (folder / name).write_bytes((tokenizer_folder / name).read_bytes())


def summary(runs, first):
    """(best, median) seconds and the least peak of several runs: of their first calls, or of later
    ones (of the only one, where a run has one)"""
    runs = [run[:1] if first or len(run) == 1 else run[1:] for run in runs if run]
    if not runs:
        return None
    times = [seconds for run in runs for seconds, _ in run]
    return min(times), statistics.median(times), min(run[-1][1] for run in runs)


HEADING = f"{'work':60} best s median    MB ratio share limit"


def lines(label, runs, first, limit):
    """The rows of the table for one work, from {side: runs}: ours by the name of the work, the
    others below it by theirs; limit(seconds) is a share or None"""
    ours, *others = [summary(of_side, first) for of_side in runs.values()]
    share = limit(ours[0])
    rows = [(label, *ours, f"{'':12}{share:5.0%}" if share else "")]
    for side, theirs in zip(list(runs)[1:], others):
        if theirs:
            beside = f"{theirs[0] / ours[0]:5.2f} {ours[2] / theirs[2]:5.2f}"
            rows.append(("  " + side, *theirs, beside))
    return [f"{name:60} {best:6.3f} {median:6.3f} {memory / 1e6:5.0f} {beside}".rstrip()
            for name, best, median, memory, beside in rows]  # fmt: skip


def labels_of(row):
    """[(what a row of ROWS is called in the table, whether it is about first calls)]"""
    if ROWS[row][0] == "train" and row not in ONLY_OURS:
        return [(row + ", first", True), (row + ", later", False)]
    return [(row, False)]


def main():
    parser = argparse.ArgumentParser(description="Speed and memory beside transformers' LED")
    parser.add_argument("only", nargs="?", default="",
                        help="part of the names of the rows to run (default: all)")  # fmt: skip
    parser.add_argument("--repeat", type=int, default=2,
                        help="processes of each side for each row (default: %(default)s)")
    parser.add_argument("--old-python",
                        help="a Python that has transformers 4.34 (default: none)")  # fmt: skip
    parser.add_argument("--tokenizer", type=Path, default=ROOT.parent / "shared" / "tokenizer",
                        help="folder of the official vocabulary (default: %(default)s)")
    parser.add_argument("--together", action="store_true",
                        help="ours alone and in two processes at once")  # fmt: skip
    parser.add_argument("--small", action="store_true",
                        help="small models and short documents, on all cores and on one")  # fmt: skip
    parser.add_argument("--small-worker", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--checkpoint", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(*options.worker, options.checkpoint)
    if options.small_worker:
        return small_worker(*options.small_worker)
    if options.small:
        print(f"{processor()}; NumPy's {blas_kernels(os.environ)}")
        return small(options.only, options.repeat)
    if options.together:
        with tempfile.TemporaryDirectory() as folder:
            in_a_process(make_checkpoint, Path(folder), options.tokenizer)
            return together(Path(folder), options.only)

    try:
        versions = [f"{name} {version(name)}" for name in ("transformers", "torch", "numpy")]
    except PackageNotFoundError as error:
        sys.exit(f"{error}: pip install -r requirements-parity.txt")
    old = "transformers 4.34"
    pythons = {"ours": sys.executable, versions[0]: sys.executable}
    if options.old_python:
        pythons[old] = options.old_python
    with tempfile.TemporaryDirectory() as folder:
        # Each in a process of its own: a process inherits the peak of memory of the one that starts
        # it, so this one has to stay small.
        in_a_process(make_checkpoint, Path(folder), options.tokenizer)
        products, reading = in_a_process(machine_speed)
        blas = blas_kernels(os.environ)
        print(f"{processor()}, {len(os.sched_getaffinity(0))} cores;", *versions)
        print(f"NumPy's {blas}: {products / 1e9:.0f} GFLOP/s, reads {reading / 1e9:.0f} GB/s")
        unset = {name: os.environ[name] for name in os.environ if name != "OPENBLAS_CORETYPE"}
        if blas_kernels(unset) != blas:
            print(f"warning: OPENBLAS_CORETYPE is set; NumPy's own choice is {blas_kernels(unset)}")
        print()
        print(HEADING)
        for row, (task, arguments) in ROWS.items():
            if options.only not in row:
                continue
            only_5 = row in ONLY_OURS or "how" in arguments
            runs = {side: [] for side in pythons}
            for _ in range(options.repeat):
                for side, python in pythons.items():
                    if side == "ours" or not (row in ONLY_OURS or only_5 and side == old):
                        runs[side].append(measure(python, side, row, folder))
            if not any(runs["ours"]):
                continue

            def limit(seconds):
                if task == "encode" and "how" not in arguments:
                    operations = encoder_operations(
                        arguments["tokens"], arguments.get("window", 1024))
                    return operations / seconds / products
                return step_bytes(**arguments) / seconds / reading if task == "step" else None

            for label, first in labels_of(row):
                print(*lines(label, runs, first, limit), sep="\n", flush=True)


if __name__ == "__main__":
    main()
