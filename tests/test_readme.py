"""README.md and the pages in docs/ say nothing that is not so: their code runs, their commands,
links and files are there, their numbers are counted again, and their tables are those that the
commands print."""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from chronicles import evaluate
from chronicles.train import FOLDER
from led import LEDForConditionalGeneration
from led_support.hub import WEIGHTS
from tests import benchmark
from tests.common import FLOAT32, FLOAT64, GRADIENT, HAS_TORCH

ROOT = Path(__file__).parent.parent
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
         for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))}  # fmt: skip
README = PAGES["README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page, language):
    return [text for kind, text in FENCE.findall(PAGES[page]) if kind == language]


def block_with(page, words):
    """The one text block that has these words, as lines"""
    (found,) = [block for block in blocks(page, "text") if words in block]
    return found.splitlines()


def in_one_line(text):
    return " ".join(text.split())


# ------------------------------------------------------------------------------------------------
# Code, commands, links
# ------------------------------------------------------------------------------------------------

PROGRAMS = [(page, program) for page in PAGES for program in blocks(page, "python")]
COMMANDS = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_python_runs(number, tmp_path):
    """Each in a process of its own, as a reader would paste it; its asserts are the test."""
    (tmp_path / "chronicles").symlink_to(ROOT / "chronicles")  # it may write files beside it
    subprocess.run([sys.executable, "-c", PROGRAMS[number][1]], cwd=tmp_path, check=True,
                   env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip


def test_there_is_python_to_run():
    assert PROGRAMS and all("assert" in program for _, program in PROGRAMS)


def test_commands():
    """The files and options that they name exist; one of them runs the tests."""
    tests = [line for line in COMMANDS if re.fullmatch("python3 -m venv .* -m pytest", line)]
    assert len(tests) == 1
    scripts = set()
    for line in COMMANDS:
        for word in shlex.split(line):
            if word.endswith((".py", ".txt", ".md", ".ipynb")):
                assert (ROOT / word).exists(), word
        for script, arguments in re.findall(r"python ([\w/]+\.py)([^&|]*)", line):
            scripts.add(script)
            options = re.findall(r"--[\w-]+", arguments)
            words = [word for word in shlex.split(arguments) if re.fullmatch("[a-z]+", word)]
            run = subprocess.run([sys.executable, script, *words[:1], "--help"], cwd=ROOT,
                                 capture_output=True, text=True, check=True)  # fmt: skip
            for option in options:
                assert option in run.stdout, (script, option)
    assert {"led.py", "tests/benchmark.py", "chronicles/evaluate.py"} <= scripts


def test_commands_answer_as_shown():
    """Each command on led.py whose output the README shows runs offline, and prints just that."""
    shown = re.findall(r"```sh\n[^\n]*(led\.py [^\n]*)\n```\n+```text\n(.*?)```", README, re.DOTALL)
    assert shown
    for command, output in shown:
        run = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT,
                             capture_output=True, text=True, check=True)  # fmt: skip
        assert run.stdout == output, command


def links(text):
    """The targets of links and images, Markdown's and HTML's, that stand outside of code"""
    text = re.sub("`[^`\n]*`", "", FENCE.sub("", text))
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)


def anchors(text):
    """What GitHub calls the headings of a page in links"""
    titles = re.findall("^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page, text):
    """Those of a page's links within the repository that lead nowhere"""
    found = []
    for target in links(text):
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if re.match(r"\w+:", target):
            continue
        if not file.exists():
            found.append(target)
        elif anchor and (lines := re.fullmatch(r"L(\d+)-L(\d+)", anchor)):
            if not 0 < int(lines[1]) < int(lines[2]) <= len(file.read_text("utf-8").splitlines()):
                found.append(target)
        elif anchor and anchor not in anchors(file.read_text("utf-8")):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    assert broken(page, PAGES[page]) == []
    assert page == "README.md" or page in links(README)


def test_what_finds_broken_links_finds_them():
    text = """[a](../led.py) [b](led.py) `[c](nothing)` [d](#speed) [e](#no-speed)
[f](speed.md#speed) [g](../led.py#L1-L9) [h](../led.py#L9-L99999) ![i](y.png)
<img src="x.png"> [j](https://x.org/y)
```text
[k](nothing)
```
"""
    assert broken("docs/speed.md", text) == [
        "led.py", "#no-speed", "../led.py#L9-L99999", "y.png", "x.png"]  # fmt: skip


def widest(text):
    """The number of characters in the longest row of a table: Markdown's, without what closes it,
    or what a command prints"""
    rows = re.findall(r"^\|.*$", FENCE.sub("", text), re.MULTILINE)
    rows += [row for kind, block in FENCE.findall(text) if kind == "text"
             for row in block.splitlines()]  # fmt: skip
    return max((len(row.rstrip(" |")) for row in rows), default=0)


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_narrow(page):
    assert 0 < widest(PAGES[page]) <= 100


def test_what_measures_tables_measures_them():
    assert widest("| a | bc | |\n\na longer line\n") == len("| a | bc")
    assert widest("| a |\n```text\n1234\n```\n```sh\n123456\n```\n") == 4


# ------------------------------------------------------------------------------------------------
# The first screen
# ------------------------------------------------------------------------------------------------


def test_few_words_before_the_first_command():
    words = README[: README.index("```")].split()
    assert len(words) - len("# LED in NumPy".split()) <= 60


def test_the_first_words_say_what_was_never_run():
    """Before any other command the one that compares, and a link to more of it"""
    top = in_one_line(README[: README.index("```")])
    assert "**The official weights were never run here**" in top
    assert "`python -m pytest tests/test_official.py`" in top
    (section,) = [link[1:] for link in links(top)]
    assert section in anchors(README)
    text = README[README.index("\n## Official checkpoints") :]
    assert FENCE.search(text)[2].endswith("-m pytest tests/test_official.py\n")


@pytest.mark.parametrize("file", WEIGHTS[0::2])
def test_the_official_weights_are_compared_once_they_are_there(file, tmp_path):
    """Another model stands in their place in the hub's cache: it is not passed over; it differs."""
    folder = tmp_path / "hub" / "models--allenai--led-base-16384"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("1234")
    snapshot = shutil.copytree(FOLDER, folder / "snapshots" / "1234")
    (snapshot / "model.safetensors").rename(snapshot / file)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_official.py"]
    variables = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "HF_HUB_CACHE": f"{tmp_path}/hub"}
    run = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True,
                         encoding="utf-8")  # fmt: skip
    assert run.returncode == 1 and "2 failed" in run.stdout and "skipped" not in run.stdout, run


def sections_of_led():
    """{title: (number of its line, number of its last line)} of the parts of led.py"""
    lines = (ROOT / "led.py").read_text(encoding="utf-8").splitlines()
    titles = [i for i, line in enumerate(lines) if i and set(lines[i - 1]) == set("# =") and line]
    titles = [i for i in titles if lines[i].startswith("# ")]  # each stands between two rules
    found = {}
    for title, following in zip(titles, [*titles[1:], len(lines) + 1]):
        last = max(i for i in range(title, following - 1) if lines[i])
        found[re.match(r"# ([\w ]+)", lines[title])[1]] = (title + 1, last + 1)
    return found


def test_what_to_read_first():
    """The lines of led.py that README names; each backward in them stands below its forward"""
    found = sections_of_led()
    first, last = found["Primitives"][0], found["The whole"][1]
    expected = [f"[lines {a} to {b}](led.py#L{a}-L{b})"
                for a, b in ((first, last), found["Encoder attention"])]  # fmt: skip
    assert re.findall(r"\[lines[^)]*\)", in_one_line(README)) == expected
    lines = (ROOT / "led.py").read_text(encoding="utf-8").splitlines()
    at = {match[1]: i for i, line in enumerate(lines, 1) if (match := re.match(r"def (\w+)", line))}
    backward = [name for name in at if name.endswith("_backward")]
    assert len(backward) > 20
    for name in backward:
        assert first <= at[name.removesuffix("_backward")] < at[name] <= last, name


# ------------------------------------------------------------------------------------------------
# What is counted
# ------------------------------------------------------------------------------------------------


def test_one_line_per_file():
    """The table names files that exist, and their lengths; all Python files outside tests/ stand in
    it, but for what belongs to the notebooks."""
    rows = re.findall(r"^\| `([^`|]+\.py)` \| (\d+) \|", README, re.MULTILINE)
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines())
               for name, _ in rows}  # fmt: skip
    assert {name: int(lines) for name, lines in rows} == lengths
    for pattern in ("*.py", "led_support/[a-z]*.py", "chronicles/*.py"):
        assert {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)} <= set(lengths)


def test_sizes_of_the_bundled_model():
    model = LEDForConditionalGeneration.from_pretrained(FOLDER)
    positions = model.params["led.encoder.embed_positions.weight"].size
    for count, what in ((model.num_parameters(), "weights"), (positions, "of them position")):
        assert f"{count / 1e6:.1f} million {what}" in in_one_line(README)


# ------------------------------------------------------------------------------------------------
# The evaluation
# ------------------------------------------------------------------------------------------------


def markdown_rows(text):
    """{first cell: other cells} of the tables in a text, headings and rules among them"""
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()
            if line.startswith("|")]  # fmt: skip
    return {first: others for first, *others in rows}


def test_evaluation_table_has_the_rows_of_the_command(monkeypatch, capsys):
    """What evaluate.py prints with a model that answers nothing, here asked once at each length"""
    monkeypatch.setattr(evaluate, "answer", lambda *arguments: "")
    run = subprocess.run([sys.executable, "chronicles/evaluate.py", "--help"], cwd=ROOT,
                         capture_output=True, text=True, check=True)  # fmt: skip
    lengths, questions = re.findall(r"\(default: (\[[\d, ]+\]|\d+)\)", in_one_line(run.stdout))
    lengths = [int(length) for length in lengths.strip("[]").split(", ")]
    evaluate.main(argparse.Namespace(model=FOLDER, lengths=lengths, questions=1))
    printed = markdown_rows(capsys.readouterr().out)
    shown = markdown_rows(PAGES["docs/evaluation.md"])
    assert list(shown) == list(printed)
    assert [len(cells) for cells in shown.values()] == [len(cells) for cells in printed.values()]
    assert f"over {questions} questions at each length" in in_one_line(PAGES["docs/evaluation.md"])


def test_what_readme_says_of_the_evaluation():
    """The least and the largest of the table's shares"""
    rows = markdown_rows(PAGES["docs/evaluation.md"])
    by_length = {name: cells for name, cells in rows.items() if re.match(r"[\d,]+ tokens", name)}

    def ends(cells):
        shares = [float(cell.removesuffix("%")) for cell in cells]
        return " to ".join(f"{share:.1f}" for share in sorted({min(shares), max(shares)})) + "%"

    right, without = (ends([cells[i] for cells in by_length.values()]) for i in (0, 1))
    nothing = ends([cells[0] for name, cells in rows.items() if name.startswith("no answer: ")])
    first, *_, last = (name.split()[0] for name in by_length)
    for words in (f"it answers {right} right", f"from {first} to {last} tokens",
                  f"without global attention {without}", f"leaves {nothing} without"):
        assert words in in_one_line(README)


# ------------------------------------------------------------------------------------------------
# Parity
# ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not HAS_TORCH, reason="pip install -r requirements-parity.txt")
def test_parity_table():
    """The same arrays and verdicts as the command prints now; the last digits are the machine's"""
    shown = block_with("docs/parity.md", "past_key_values")
    shown_version = re.match(r"transformers ([\d.]+),", shown[0])[1]
    if version("transformers") != shown_version:
        pytest.skip(f"the table is of transformers {shown_version}")
    run = subprocess.run([sys.executable, "-m", "tests.parity", "chronicles/model"], cwd=ROOT,
                         capture_output=True, encoding="utf-8", check=True)  # fmt: skip
    number = r"\d\.\de[-+]\d\d"
    for line, other in zip(shown[1:], run.stdout.splitlines()[1:], strict=True):
        assert re.sub(number, "#", line).split() == re.sub(number, "#", other).split()


def test_what_is_said_of_parity():
    """Counted in the table, and the bounds of the tests"""
    shown = block_with("docs/parity.md", "past_key_values")
    arrays = [line.split() for line in shown if line.endswith(" ok")]
    largest = max(float(row[-3]) for row in arrays)
    assert shown[-1] == (f"{len(arrays)} arrays, 0 differences; largest relative difference "
                         f"{largest:.1e}")  # fmt: skip
    text = in_one_line(README)
    assert f"{len(arrays)} arrays are the same as in {shown[0].split(',')[0]}" in text
    assert f"within {FLOAT32:.0e}, the largest relative difference is {largest:.1e}" in text
    bounds = re.findall(r"\d+e-\d+", PAGES["docs/parity.md"].split("```")[0])
    assert list(map(float, bounds)) == [FLOAT32, FLOAT64, GRADIENT]


# ------------------------------------------------------------------------------------------------
# Speed
# ------------------------------------------------------------------------------------------------


def benchmark_rows(lines):
    """{work: {program: [numbers]}} of what tests/benchmark.py prints; ours is the program ''"""
    assert lines[3] == benchmark.HEADING
    rows = {}
    for line in lines[4:]:
        name, numbers = line[:60].rstrip(), line[60:].split()
        numbers = [float(number) for number in numbers if not number.endswith("%")]
        if not name.startswith("  "):
            work = rows[name] = {"": numbers}
        else:
            work[name.strip()] = numbers
    return rows


BENCHMARKS = [block.splitlines() for block in blocks("docs/speed.md", "text") if "GFLOP/s" in block]


def test_what_reads_the_benchmark_reads_what_it_prints():
    runs = {"": [[(3.0, 10e6), (1.0, 20e6), (2.0, 30e6)]], "theirs": [[(9.0, 50e6), (5.0, 60e6)]],
            "old": [None]}  # fmt: skip
    lines = benchmark.lines("a work", runs, True, lambda seconds: 0.5)
    assert lines[0].endswith(" 50%")
    lines += benchmark.lines("another, later", runs, False, lambda seconds: None)
    assert benchmark_rows(["", "", "", benchmark.HEADING, *lines]) == {
        "a work": {"": [3, 3, 10], "theirs": [9, 9, 50, 3, 0.2]},
        "another, later": {"": [1, 1.5, 30], "theirs": [5, 5, 60, 5, 0.5]}}  # fmt: skip
    assert max(map(len, [*lines, benchmark.HEADING])) <= 100


@pytest.mark.parametrize("lines", BENCHMARKS, ids=["first", "second"])
def test_benchmark_tables(lines):
    """Every row is there, with ratios and shares of its own seconds and bytes"""
    rows = benchmark_rows(lines)
    labels = [label for row in benchmark.ROWS for label, _ in benchmark.labels_of(row)]
    assert list(rows) == [label for label in labels if label in rows or "plain" not in label]
    for name, programs in rows.items():
        best, median, megabytes = programs.pop("")
        assert 0 < best <= median
        count = 0 if name in benchmark.ONLY_OURS else 1 if "PyTorch" in name else 2
        assert len(programs) == count or "plain" in name, name
        for seconds, middle, bytes_of_theirs, ratio, share in programs.values():
            assert 0 < seconds <= middle
            # three digits are shown behind the point
            rounding = 0.01 + 0.0005 / best + 0.0005 / seconds
            assert abs(ratio * best / seconds - 1) < rounding, name
            assert abs(share * bytes_of_theirs / megabytes - 1) < 0.02, name


def test_what_readme_says_of_speed():
    """Three rows of the first table, and the ends of the second"""
    first, second = map(benchmark_rows, BENCHMARKS)
    table = markdown_rows(README[README.index("\n## Speed") :])
    heading, theirs = table.pop("best time, memory")
    assert (heading, BENCHMARKS[0][0].split("; ")[1].startswith(theirs)) == ("here", True)
    table.pop("---")
    assert len(table) == 3
    for work, cells in table.items():
        for cell, program in zip(cells, ("", theirs), strict=True):
            best, _, megabytes, *_ = first[work][program]
            assert cell == f"{best:.3f} s, {megabytes:.0f} MB"
    ratios = [numbers[3] for programs in second.values()
              for name, numbers in programs.items() if name]  # fmt: skip
    assert f"ours was {min(ratios)} to {max(ratios)} times as fast" in in_one_line(README)
    for lines, maker in zip(BENCHMARKS, ("AMD EPYC", "Intel Xeon")):
        assert set(maker.split()) <= set(re.findall(r"\w+", lines[0])) and f"an {maker}" in README
