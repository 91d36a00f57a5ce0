"""The README says nothing that is not so: its code runs, its commands and files are there, its
numbers are counted again, and its tables are those that the commands print."""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from chronicles.train import FOLDER
from led import LEDForConditionalGeneration
from tests.benchmark import ONLY_OURS, ROWS, labels_of
from tests.common import HAS_TORCH

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def block_with(words):
    """The one text block that has these words, as lines"""
    (found,) = [block for block in blocks("text") if words in block]
    return found.splitlines()


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_runs(number, tmp_path):
    """Each in a process of its own, as a reader would paste it; its asserts are the test."""
    (tmp_path / "chronicles").symlink_to(ROOT / "chronicles")  # it may write files beside it
    subprocess.run([sys.executable, "-c", blocks("python")[number]], cwd=tmp_path, check=True,
                   env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip


def test_there_is_python_to_run():
    assert blocks("python") and all("assert" in block for block in blocks("python"))


def test_commands():
    """Both commands set up the same environment; the files and options that they name exist."""
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len([line for line in commands if line.endswith("-m pytest")]) == 1
    for line in commands:
        for word in shlex.split(line):
            if word.endswith((".py", ".txt", ".md")):
                assert (ROOT / word).exists(), word
        for script, arguments in re.findall(r"python (\w+\.py) ([^&|]*)", line):
            options = re.findall(r"--[\w-]+", arguments)
            words = [word for word in shlex.split(arguments) if re.fullmatch("[a-z]+", word)]
            run = subprocess.run([sys.executable, script, *words[:1], "--help"], cwd=ROOT,
                                 capture_output=True, text=True, check=True)  # fmt: skip
            for option in options:
                assert option in run.stdout, (script, option)


def test_one_line_per_file():
    """The table names files that exist, and their lengths; all Python files outside tests/ stand in
    it, but for what belongs to the notebooks."""
    rows = re.findall(r"^\| `([^`|]+\.\w+)` \| ?(\d*) \|", TEXT, re.MULTILINE)
    for name, lines in rows:
        assert (ROOT / name).exists(), name
        if not name.endswith(".ipynb"):
            assert int(lines) == len((ROOT / name).read_text(encoding="utf-8").splitlines()), name
    named = {name for name, _ in rows}
    named |= set(re.findall(r"`(led_support/\w+\.py)`", TEXT))
    for pattern in ("*.py", "led_support/[a-z]*.py", "chronicles/*.py", "notebooks/*.ipynb"):
        assert {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)} <= named


def test_few_words_before_the_first_command():
    words = TEXT[: TEXT.index("```")].split()
    assert len(words) - len("# LED in NumPy".split()) <= 60


def test_sizes_of_the_bundled_model():
    model = LEDForConditionalGeneration.from_pretrained(FOLDER)
    positions = model.params["led.encoder.embed_positions.weight"].size
    for count, what in ((model.num_parameters(), "weights"), (positions, "of them position")):
        assert f"{count / 1e6:.1f} million {what}" in TEXT.replace("\n", " ")


@pytest.mark.skipif(not HAS_TORCH, reason="pip install -r requirements-parity.txt")
def test_parity_table():
    """The same arrays and verdicts as the command prints now; the last digits are the machine's"""
    shown_version = re.search(r"^transformers ([\d.]+),", TEXT, re.MULTILINE)[1]
    if version("transformers") != shown_version:
        pytest.skip(f"the table is of transformers {shown_version}")
    run = subprocess.run([sys.executable, "-m", "tests.parity", "chronicles/model"], cwd=ROOT,
                         capture_output=True, encoding="utf-8", check=True)  # fmt: skip
    number = r"\d\.\de[-+]\d\d"
    shown, printed = block_with("past_key_values"), run.stdout.splitlines()
    for line, other in zip(shown[1:], printed[1:], strict=True):
        assert re.sub(number, "#", line).split() == re.sub(number, "#", other).split()
    assert f"{len(re.findall(' ok$', run.stdout, re.MULTILINE))} arrays, all within" in TEXT


def test_benchmark_tables():
    """Every row is there, with ratios and shares of its own seconds and bytes"""
    tables = [block.splitlines() for block in blocks("text") if "GFLOP/s, reads" in block]
    assert len(tables) == 2
    for lines in tables:
        rows = {line[:60].strip(): line[60:].replace("%", "").split() for line in lines[3:]}
        labels = [label for row in ROWS for label, _ in labels_of(row)]
        assert list(rows) == [label for label in labels if label in rows or "plain" not in label]
        for name, numbers in rows.items():
            best, median, megabytes, *others = map(float, numbers)
            assert 0 < best <= median
            sides = 0 if name in ONLY_OURS else 1 if "PyTorch" in name else 2
            assert len(others) - 5 * sides in (0, 1), name  # the last may be the limit
            for theirs in (others[5 * i : 5 * i + 5] for i in range(sides)):
                # three digits are shown behind the point
                rounding = 0.01 + 0.0005 / best + 0.0005 / theirs[0]
                assert abs(theirs[3] * best / theirs[0] - 1) < rounding, name
                assert abs(theirs[4] * theirs[2] / megabytes - 1) < 0.02, name


def test_commands_answer_as_shown():
    """Each command on led.py whose output the README shows runs offline, and prints just that."""
    shown = re.findall(r"```sh\n[^\n]*(led\.py [^\n]*)\n```\n+```text\n(.*?)```", TEXT, re.DOTALL)
    assert shown
    for command, output in shown:
        run = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT,
                             capture_output=True, text=True, check=True)  # fmt: skip
        assert run.stdout == output, command
