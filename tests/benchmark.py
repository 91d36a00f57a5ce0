"""Speed and memory beside transformers' LED: same weights, same inputs, each in its own process.

    python tests/benchmark.py                    all rows, about 20 minutes on two cores
    python tests/benchmark.py "encoder, 4096"    the rows whose names contain this
    python tests/benchmark.py --repeat 1 --old-python PATH_TO_PYTHON_WITH_TRANSFORMERS_4.34

Needs torch and transformers for the reference. Our process and theirs run in turn, --repeat times,
and the fastest run of each counts. Times leave out start-up and loading, except in the row that
measures them; memory is the process's peak, start-up included. `limit` is the share of this
machine's own float32 matrix product rate that the necessary operations reach in our run.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
E, F, H, LAYERS, VOCABULARY = 768, 3072, 12, 6, 50265  # led-base

# name: (task, its arguments)
ROWS = {
    "encoder, 200 tokens": ("encode", {"tokens": 200}),
    "encoder, 1024 tokens": ("encode", {"tokens": 1024}),
    "encoder, 4096 tokens": ("encode", {"tokens": 4096}),
    "encoder, 4096 tokens, window 256": ("encode", {"tokens": 4096, "window": 256}),
    "encoder, 16384 tokens": ("encode", {"tokens": 16384}),
    "beam step, 4 beams, 4096 tokens": ("step", {"tokens": 4096, "beams": 4}),
    "beam step, 4 beams, 16384 tokens": ("step", {"tokens": 16384, "beams": 4}),
    "greedy step, 4096 tokens": ("step", {"tokens": 4096, "beams": 1}),
    "forward + backward, 4096 tokens, 256 labels": ("train", {"tokens": 4096, "labels": 256}),
    "forward + backward, 16384 tokens, checkpointing, window 512": (
        "train", {"tokens": 16384, "labels": 256, "window": 512, "checkpointing": True}),
    "import + load, to the first token": ("start", {}),
    "tokenizer, one long document": ("tokenize", {}),
}  # fmt: skip
ONLY_OURS = {"forward + backward, 16384 tokens, checkpointing, window 512"}
STEPS = 12  # decoding steps, of which the first two do work of their own


def encoder_operations(tokens, window=1024):
    """Multiplications and additions that the encoder cannot do without: projections, feed-forward,
    and each token against the keys that it sees."""
    keys = sum(min(tokens, i + window // 2 + 1) - max(0, i - window // 2) for i in range(tokens))
    return LAYERS * 2 * (tokens * (4 * E * E + 2 * E * F) + 2 * keys * E)


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


def best_of(function, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def time_of_a_step(moments):
    """The median of the seconds between the moments at which tokens were chosen"""
    return statistics.median(after - before for before, after in zip(moments[1:], moments[2:]))


def run_ours(task, checkpoint, arguments):
    """Seconds of one task with this repository's code."""
    sys.path.insert(0, str(ROOT))
    start = time.perf_counter()
    if task == "tokenize":
        from bpe import LEDTokenizer

        tokenizer, text = LEDTokenizer.from_pretrained(checkpoint), long_document()
        return best_of(lambda: tokenizer(text), 5)

    from led import LEDForConditionalGeneration

    window = arguments.get("window", 1024)
    model = LEDForConditionalGeneration.from_pretrained(checkpoint, attention_window=window)
    ids, is_global = random_ids(arguments.get("tokens", 8))
    if task == "start":
        model.generate(ids, global_attention_mask=is_global, max_length=2)
        return time.perf_counter() - start
    if task == "encode":
        return best_of(lambda: model.encode(ids, global_attention_mask=is_global), 2)
    if task == "train":
        labels, _ = random_ids(arguments["labels"])
        checkpointing = arguments.get("checkpointing", False)
        return best_of(lambda: model.value_and_grad(
            input_ids=ids, labels=labels, global_attention_mask=is_global,
            gradient_checkpointing=checkpointing), 2)  # fmt: skip
    encoded = model.encode(ids, global_attention_mask=is_global)

    moments = []
    model.generate(ids, encoder_outputs=encoded, num_beams=arguments["beams"],
                   max_length=STEPS + 1, min_length=STEPS + 1,
                   on_step=lambda *_: moments.append(time.perf_counter()))  # fmt: skip
    return time_of_a_step(moments)


def run_theirs(task, checkpoint, arguments):
    """Seconds of one task with transformers and torch."""
    start = time.perf_counter()
    if task == "tokenize":
        from transformers import LEDTokenizerFast

        tokenizer, text = LEDTokenizerFast.from_pretrained(checkpoint), long_document()
        return best_of(lambda: tokenizer(text), 5)

    import torch
    from transformers import LEDForConditionalGeneration, LogitsProcessor, LogitsProcessorList
    from transformers.modeling_outputs import BaseModelOutput

    torch.set_num_threads(os.cpu_count())
    model = LEDForConditionalGeneration.from_pretrained(
        checkpoint, attention_window=[arguments.get("window", 1024)] * LAYERS
    ).eval()
    ids, is_global = (torch.tensor(a) for a in random_ids(arguments.get("tokens", 8)))
    if task == "train":
        labels = torch.tensor(random_ids(arguments["labels"])[0])

        def train():
            model.zero_grad()
            model(ids, labels=labels, global_attention_mask=is_global).loss.backward()

        return best_of(train, 2)
    with torch.no_grad():
        if task == "start":
            model.generate(ids, global_attention_mask=is_global, max_length=2)
            return time.perf_counter() - start
        if task == "encode":
            encoder = model.get_encoder()
            return best_of(lambda: encoder(ids, global_attention_mask=is_global), 2)
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
        return time_of_a_step(moments)


def measure(python, side, row, checkpoint):
    """(seconds, peak bytes) of a row in a process of its own, or None with the reason printed."""
    command = [python, __file__, "--worker", side, row, "--checkpoint", str(checkpoint)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        print(f"{row}: {side}: {result.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(result.stdout.splitlines()[-1])


def worker(side, row, checkpoint):
    task, arguments = ROWS[row]
    seconds = (run_ours if side == "ours" else run_theirs)(task, checkpoint, arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([seconds, peak]))


def matrix_product_rate():
    """float32 operations a second of this machine's matrix product, on all cores"""
    import numpy as np

    a = np.ones((4096, E), np.float32)
    b = np.ones((E, F), np.float32)
    return 2 * 4096 * E * F / best_of(lambda: a @ b, 20)


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


def in_a_process(function, *arguments):
    """What function(*arguments) returns, called in a new process"""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def best(runs):
    """The least seconds and the least memory of several runs"""
    runs = [run for run in runs if run]
    return [min(column) for column in zip(*runs)] if runs else None


def main():
    parser = argparse.ArgumentParser(description="Speed and memory beside transformers' LED")
    parser.add_argument("only", nargs="?", default="",
                        help="part of the names of the rows to run (default: all)")  # fmt: skip
    parser.add_argument("--repeat", type=int, default=2,
                        help="times to run each row (default: %(default)s)")  # fmt: skip
    parser.add_argument("--old-python",
                        help="a Python that has transformers 4.34 (default: none)")  # fmt: skip
    parser.add_argument("--tokenizer", type=Path, default=ROOT.parent / "shared" / "tokenizer",
                        help="folder of the official vocabulary (default: %(default)s)")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--checkpoint", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(*options.worker, options.checkpoint)

    try:
        versions = [f"{name} {version(name)}" for name in ("transformers", "torch", "numpy")]
    except PackageNotFoundError as error:
        sys.exit(f"{error}: pip install -r requirements-parity.txt")
    pythons = {"ours": sys.executable, "theirs": sys.executable}
    if options.old_python:
        pythons["4.34"] = options.old_python
    with tempfile.TemporaryDirectory() as folder:
        # Each in a process of its own: a process inherits the peak of memory of the one that starts
        # it, so this one has to stay small.
        in_a_process(make_checkpoint, Path(folder), options.tokenizer)
        rate = in_a_process(matrix_product_rate)
        print(f"matrix product: {rate / 1e9:.0f} GFLOP/s on {os.cpu_count()} cores;", *versions)
        print()
        sides = list(pythons)[1:]
        print(f"{'work':60} {'ours':>18}", *(f"{side + ': s, MB':>18} {'ratio':>6} {'share':>6}"
              for side in sides), f"{'limit':>6}")  # fmt: skip
        for row, (task, arguments) in ROWS.items():
            if options.only not in row:
                continue
            runs = {side: [] for side in pythons}
            for _ in range(options.repeat):
                for side, python in pythons.items():
                    if side == "ours" or row not in ONLY_OURS:
                        runs[side].append(measure(python, side, row, folder))
            ours = best(runs["ours"])
            if not ours:
                continue
            line = f"{row:60} {ours[0]:9.3f} {ours[1] / 1e6:8.0f}"
            for side in sides:
                theirs = best(runs[side])
                if theirs:
                    line += f" {theirs[0]:9.3f} {theirs[1] / 1e6:8.0f}"
                    line += f" {theirs[0] / ours[0]:6.2f} {ours[1] / theirs[1]:6.2f}"
                else:
                    line += " " * 33
            if task == "encode":
                reached = encoder_operations(**arguments) / ours[0] / rate
                line += f" {reached:6.0%}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
