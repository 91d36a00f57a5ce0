"""The README says nothing that is not so: its code runs, its commands and files are there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_runs(number):
    """Each in a process of its own, as a reader would paste it; its asserts are the test."""
    subprocess.run([sys.executable, "-c", blocks("python")[number]], cwd=ROOT, check=True)


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
    """The table names files that exist, and every Python file outside tests/ stands in it."""
    cells = re.findall(r"^\| (`.*?`) \|", TEXT, re.MULTILINE)
    named = [name for cell in cells for name in re.findall("`([^`]+)`", cell)]
    for name in named:
        assert (ROOT / name).exists(), name
    assert {path.name for path in ROOT.glob("*.py")} <= set(named)


def test_first_paragraph_is_short():
    first = TEXT.split("\n\n")[1]
    assert len(first.split()) <= 60


def test_commands_answer_as_shown():
    """Each command on led.py whose output the README shows runs offline, and prints just that."""
    shown = re.findall(r"```sh\n[^\n]*(led\.py [^\n]*)\n```\n+```text\n(.*?)```", TEXT, re.DOTALL)
    assert shown
    for command, output in shown:
        run = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT,
                             capture_output=True, text=True, check=True)  # fmt: skip
        assert run.stdout == output, command
