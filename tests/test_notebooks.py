"""The notebooks run from top to bottom without a network, and print what is kept in them.

Every cell's text is compared with the kept output: words must be the same, numbers agree to a
hundredth of their size, or both be rounding errors, which no two machines share. Cells tagged
`varies` (times, memory) and those that need something absent (torch, MPI, the official tokenizer)
need only run. What the texts say of numbers is asserted in notebook_claims.py. Needs `pip install
-r requirements-notebooks.txt`.
"""

import ast
import importlib.util
import re
import struct
import sys
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from tests.common import HAS_TORCH
from tests.notebook_claims import CLAIMS
from tests.test_data_parallel import MPIEXEC

NEEDED = ("IPython", "ipykernel", "jupytext", "matplotlib", "nbclient", "nbconvert", "nbformat")
for library in NEEDED:
    pytest.importorskip(library, reason="pip install -r requirements-notebooks.txt")

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
# Numbers below are differences that theory puts at zero. What is kept says in which precision.
ROUNDING_64, ROUNDING_32 = 1e-13, 2e-6
MAX_WIDTH = 5.2 * 96  # pixels of a figure: on a phone letters of 8 points have 7.6 pixels
HAS_MPI = bool(MPIEXEC and importlib.util.find_spec("mpi4py"))


@pytest.fixture(scope="module")
def helpers():
    """The modules beside the notebooks: build, drawing, example, solutions"""
    sys.path.insert(0, str(NOTEBOOKS))
    yield {name: importlib.import_module(name) for name in ("build", "drawing", "solutions")}
    sys.path.remove(str(NOTEBOOKS))


def kept(name):
    """The notebook as it stands in the repository"""
    import nbformat

    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def texts(cell):
    """What a cell prints and shows, as text; warnings on stderr aside"""
    found = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            found.append(output.text)
        elif output.output_type in ("display_data", "execute_result"):
            found.append(output.data.get("text/plain", ""))
    return "\n".join(found)


def same_text(printed, kept):
    """Whether two texts have the same words, and numbers that agree"""
    if NUMBER.sub("#", printed).split() != NUMBER.sub("#", kept).split():
        return False
    for one, other in zip(NUMBER.findall(printed), NUMBER.findall(kept)):
        one, other = float(one.replace(",", "")), float(other.replace(",", ""))
        rounding = ROUNDING_64 if 0 < abs(other) < ROUNDING_64 else ROUNDING_32
        if one != other and abs(one - other) > max(0.01 * abs(other), rounding):
            return False
    return True


def comparable(cell):
    """Whether this cell's output must be what is kept"""
    tags = cell.metadata.get("tags", [])
    if "needs-torch" in tags and not HAS_TORCH:
        return False
    if "needs-mpi" in tags and not HAS_MPI:
        return False
    return "varies" not in tags and "needs-official" not in tags


def claims_at(name, cells):
    """{number of a cell: the assertions of notebook_claims.py that run after it}"""
    found = {}
    for code, assertions in CLAIMS[name]:
        (place,) = [number for number, cell in enumerate(cells)
                    if cell.cell_type == "code" and code in cell.source]  # fmt: skip
        found[place] = found.get(place, "") + assertions
    return found


def is_folded(cell):
    """Whether a cell's code is hidden until it is asked for"""
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def pictures(notebook):
    """(alt text, shown width, pixels wide) of all figures"""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get("image/png")
            if data:
                about = output.metadata["image/png"]
                yield about["alt"], about["width"], struct.unpack(">I", b64decode(data)[16:20])[0]


@pytest.mark.parametrize("name", NAMES)
def test_runs_and_prints_what_is_kept(name, helpers, monkeypatch):
    import nbformat

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("LED_OFFICIAL", raising=False)
    old, ran = kept(name), helpers["build"].read_source(name)
    for place, assertions in sorted(claims_at(name, ran.cells).items(), reverse=True):
        ran.cells.insert(place + 1, nbformat.v4.new_code_cell(assertions, id=f"claims-{place}"))
    helpers["build"].execute(ran)
    ran.cells = [cell for cell in ran.cells if not cell.id.startswith("claims-")]
    assert [cell.source for cell in ran.cells] == [cell.source for cell in old.cells], (
        f"run python notebooks/build.py {name}")
    compared = 0
    for number, (cell, other) in enumerate(zip(ran.cells, old.cells)):
        if cell.cell_type == "code" and comparable(cell):
            assert same_text(texts(cell), texts(other)), (
                f"cell {number} printed\n{texts(cell)}\nkept is\n{texts(other)}")
            compared += bool(texts(cell))
    assert compared >= 10


@pytest.mark.parametrize("name", NAMES)
def test_reads_well(name):
    """Kept with outputs and without errors; cells of about four lines; figures with alt text that
    fit a page; exercises; nothing redefined that led.py, bpe.py and weights.py define"""
    notebook = kept(name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    for output in (output for cell in code for output in cell.outputs):  # no stray lines
        assert output.output_type == "display_data" or output.get("name") == "stdout", output
    assert np.median([len(cell.source.splitlines()) for cell in code]) <= 5
    assert max(len(line) for cell in code for line in cell.source.splitlines()) <= 100
    shown = list(pictures(notebook))
    assert len(shown) >= 2
    for alt, width, pixels in shown:
        assert len(alt) > 40 and width <= MAX_WIDTH and pixels > 1.5 * width, alt
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert all(f"**{number}.**" in prose for number in (1, 2, 3))
    assert len(prose[: prose.index("## Exercises")].split()) > 900
    assert re.search(r"\bneeds?\b", notebook.cells[0].source)  # what has to be known before
    assert "**4.** (An open one" in prose and "*Hint.*" in prose
    checks = [cell.source for cell in code if re.search("^check\\(", cell.source, re.MULTILINE)]
    assert len(checks) == 4  # in cells of their own, below the exercises
    assert not [source for source in checks if "def " in source]
    ours = set()
    for module in ("led", "bpe", "weights"):
        text = (ROOT / f"{module}.py").read_text(encoding="utf-8")
        ours |= set(re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE))
    sources = "\n".join(cell.source for cell in code)
    defined = set(re.findall(r"^(?:def|class) (\w+)", sources, re.MULTILINE))
    assert not defined & ours


def names_of(source):
    """The names that a cell reads without setting them, and those that it leaves behind"""
    tree = ast.parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names} - {
        node.id for node in names if isinstance(node.ctx, ast.Store)} - {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}  # fmt: skip
    left = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for statement in tree.body:
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            left |= {node.id for node in ast.walk(statement)
                     if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    return read, left


@pytest.mark.parametrize("name", NAMES)
def test_drawing_is_folded(name):
    """Code that draws is hidden until it is asked for, with nothing in it that an open cell needs,
    and no assertion; of what is open, nothing draws"""
    folded, hidden = 0, {}  # name: whether a folded cell was the last to set it
    for cell in kept(name).cells:
        if cell.cell_type == "code":
            draws = re.search(r"\b(figure|show|grid|legend)\(|\baxe?s?\.|\baxis\.", cell.source)
            assert bool(draws) == is_folded(cell), cell.source
            read, left = names_of(cell.source)
            if is_folded(cell):
                assert "assert" not in cell.source and "check(" not in cell.source
                folded += 1
            else:
                assert not {one for one in read if hidden.get(one)}, cell.source
            hidden |= dict.fromkeys(left, is_folded(cell))
    assert folded >= 2


@pytest.mark.parametrize("name", NAMES)
def test_names_in_the_text_exist(name):
    """What stands as code in a sentence is somewhere in the sources, or in the notebook's cells"""
    files = [ROOT / "tests" / "parity.py", ROOT / "tests" / "reference.py"]
    for pattern in ("*.py", "led_support/*.py", "chronicles/*.py", "notebooks/[a-z]*.py"):
        files += ROOT.glob(pattern)
    known = "\n".join(file.read_text(encoding="utf-8") for file in files)
    cells = kept(name).cells
    known += "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    for cell in cells:
        if cell.cell_type == "markdown":
            text = re.sub("```.*?```", "", cell.source, flags=re.DOTALL)
            known += "\n".join(re.findall("```.*?```", cell.source, re.DOTALL))
            for span in re.findall(r"`([^`\n]+)`", text):
                missing = [word for word in re.findall(r"[A-Za-z_]\w+", span) if word not in known]
                assert not missing, span


def test_notebooks_that_are_referred_to():
    """Every "notebook N" in the texts is there, and none refers to itself"""
    for path in [*NOTEBOOKS.glob("*.py"), *NOTEBOOKS.glob("template/*.html"),
                 ROOT / "requirements-notebooks.txt"]:  # fmt: skip
        text = " ".join(path.read_text(encoding="utf-8").replace("\n#", " ").split())
        for numbers in re.findall(r"[Nn]otebooks? (\d+(?:(?:, | and )\d+)*)", text):
            for number in re.findall(r"\d+", numbers):
                start = f"{int(number):02}_"
                assert [name for name in NAMES if name.startswith(start)], (path.name, number)
                assert not path.name.startswith(start), (path.name, number)


# ------------------------------------------------------------------------------------------------
# The page for teachers
# ------------------------------------------------------------------------------------------------

TEACHING = (NOTEBOOKS / "teaching.md").read_text(encoding="utf-8")
EXERCISES_TAKE = 20  # minutes, two of the short ones


def minutes_of(name):
    """{section: minutes that it takes in class}: one for 100 words, one and a half for a cell to be
    read and run, one for a figure. What stands before the first section goes by the title."""
    found, section = {}, None
    for cell in kept(name).cells:
        if cell.cell_type == "code":
            found[section] += 1 if is_folded(cell) else 1.5
            continue
        text, _, exercises = cell.source.partition("## Exercises")
        text = re.sub("```.*?```", lambda code: code[0].replace("# ", ""), text, flags=re.DOTALL)
        before, *parts = re.split("^##? (.*)$", text, flags=re.MULTILINE)
        if section:
            found[section] += len(before.split()) / 100
        for section, words in zip(parts[::2], parts[1::2]):
            section = section.replace("`", "")
            found[section] = len(words.split()) / 100
        if exercises:
            return found


def classes_of(name):
    """Of each class, as the page for teachers has it: [(first minute, last, sections), ...]"""
    start = TEACHING.index(f"\n## {int(name[:2])}. ")
    text = TEACHING[start:].split("\n## ")[1]
    tables = re.findall(r"^\| minutes .*\n\| --- .*\n((?:\|.*\n)+)", text, re.MULTILINE)
    classes = []
    for rows in tables:
        rows = re.findall(r"^\| (\d+)–(\d+) \| (.*) \|$", rows, re.MULTILINE)
        classes.append([(int(first), int(last), re.findall("“([^”]+)”", words))
                        for first, last, words in rows])  # fmt: skip
    return text, classes


@pytest.mark.parametrize("name", NAMES)
def test_a_class_is_90_minutes(name):
    """Every section once, in order, with the minutes that it takes; two classes where one is too
    short; the exercises in class or at home"""
    text, classes = classes_of(name)
    takes = minutes_of(name)
    title = kept(name).cells[0].source.splitlines()[0].removeprefix("# ")
    assert text.startswith(title + "\n") and f"({name}.ipynb)" in text
    long = sum(takes.values()) + EXERCISES_TAKE > 90
    assert len(classes) == 1 + long and ("\nTwo classes: " in text) == long
    first_cell = " ".join(kept(name).cells[0].source.split())
    assert ("It fills two classes; the second begins with" in first_cell) == long
    planned = []
    for rows in classes:
        assert [first for first, _, _ in rows] == [0, *(last for _, last, _ in rows[:-1])]
        assert rows[-1][1] == 90
        for place, (first, last, names) in enumerate(rows):
            names = [one for one in names if one in takes]
            if rows is classes[0] and place == 0:
                names.insert(0, title)
            needed = sum(takes[one] for one in names)
            assert last - first >= needed, (names, needed)
            planned += names
    assert planned == list(takes)
    ((in_class, at_home),) = re.findall(r"^In class: (.*)\. At home: (.*)\.$", text, re.MULTILINE)
    both = re.findall(r"\d", in_class) + re.findall(r"\d", at_home.removeprefix("the rest of"))
    assert sorted(set(both)) == ["1", "2", "3", "4"]
    assert len(both) == 4 + ("the rest of" in at_home)
    named = re.findall(r"exercises? (\d(?:(?:, | and )\d)*)", text.split("In class: ")[0])
    named = {number for numbers in named for number in re.findall(r"\d", numbers)}
    assert set(re.findall(r"\d", in_class)) <= named <= set(in_class) | {"4"}
    for part in ("**Goals**\n\n", "**What students get wrong**\n\n", "Explore page: "):
        assert text.count(part) == 1
    goals = text.split("**Goals**\n\n")[1].split("\n\n")[0]
    assert len(re.findall("^- ", goals, re.MULTILINE)) == 3
    assert len(re.findall("^- ", text.split("get wrong**")[1], re.MULTILINE)) >= 3


def test_what_teachers_are_told():
    """Counts and names of the page as a whole"""
    number = {14: "fourteen"}[sum(len(classes_of(name)[1]) for name in NAMES)]
    assert f"Ten notebooks in {number} classes" in TEACHING and len(NAMES) == 10
    long = [str(int(name[:2])) for name in NAMES if len(classes_of(name)[1]) == 2]
    told = f"{', '.join(long[:-1])} and {long[-1]} fill two classes"
    assert f"notebooks {told}" in " ".join(TEACHING.split())
    contents = (NOTEBOOKS / "template" / "contents.html").read_text(encoding="utf-8")
    assert f"Notebooks {told}" in " ".join(contents.split())
    explore = (NOTEBOOKS / "template" / "explore.html").read_text(encoding="utf-8")
    for heading in re.findall(r"explore page, \*([^*]+)\*", " ".join(TEACHING.split())):
        assert f">{heading}</h2>" in explore, heading
    assert max(len(line) for line in TEACHING.splitlines()) <= 100
    (rouge,) = re.findall(r"The false summary of the notebook has (\S+)\.", TEACHING)
    (shown,) = [texts(cell) for cell in kept("08_generation").cells
                if cell.cell_type == "code" and "in other words  " in texts(cell)]  # fmt: skip
    assert f"false           {rouge} " in shown


# ------------------------------------------------------------------------------------------------
# What a sentence says of a printed number, a cell beside it asserts
# ------------------------------------------------------------------------------------------------

CLAIM = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?%?")
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|^\|.*?$|\]\([^)]*\)",
                       re.DOTALL | re.MULTILINE)  # code, formulas, tables, links


def numbers_in(text):
    """{value: as it is written} of the numbers of two digits and more; 40% is 0.4"""
    found = {}
    for written in CLAIM.findall(text):
        if len(re.sub(r"\D", "", written)) > 1:
            number = float(written.rstrip("%,").replace(",", ""))
            found[number / 100 if written.endswith("%") else number] = written
    return found


def numbers_of_code(source):
    """The constants of a cell: those within assert statements, and the others"""
    tree = ast.parse(source)
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    inside = [node for one in asserts for node in ast.walk(one)]
    found = {True: set(), False: set()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            text = str(node.value) if isinstance(node.value, (int, float, str)) else ""
            found[node in inside] |= set(numbers_in(text))
    return found[True], found[False]


def unasserted(cells, claims):
    """Numbers that a text states, that a cell nearby prints as a result, and that neither it nor
    the claims after it assert: the words that follow them, for the message. What stands in the code
    is a setting, not a result."""
    missing = []
    for place, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        code = [number for number, other in enumerate(cells) if other.cell_type == "code"]
        code = [*[number for number in code if number < place][-3:],
                *[number for number in code if number > place][:3]]
        printed, asserted, given = set(), set(), set()
        for number in code:
            other = cells[number]
            shown = [text for text in texts(other).split("\n") if not text.startswith("[figure]")]
            printed |= set(numbers_in("\n".join(shown)))
            inside, outside = numbers_of_code(other.source)
            asserted |= inside | numbers_of_code(claims.get(number, ""))[0]
            given |= outside
        for number, written in numbers_in(NOT_PROSE.sub(" ", cell.source)).items():
            rounding = 0 < number < 1e-8  # a size that is met by chance
            if number in printed and number not in asserted | given and not rounding:
                missing.append(cell.source[max(0, cell.source.find(written) - 30) :][:60])
    return missing


@pytest.mark.parametrize("name", NAMES)
def test_claims_are_asserted(name):
    cells = kept(name).cells
    claims = claims_at(name, cells)
    assert unasserted(cells, claims) == []
    for assertions in claims.values():  # nothing that the next cell could notice
        kinds = {type(node) for node in ast.parse(assertions).body}
        assert kinds <= {ast.Assert, ast.For, ast.If, ast.Try}


def test_claims_are_noticed():
    import nbformat

    def cells(text, source, printed):
        output = nbformat.v4.new_output("stream", name="stdout", text=printed)
        return [nbformat.v4.new_code_cell(source, outputs=[output]),
                nbformat.v4.new_markdown_cell(text)]  # fmt: skip

    claim, printed = "With 3,072 tokens 97% are right.", "3,072 tokens: 97%"
    assert len(unasserted(cells(claim, "print(f())", printed), {})) == 2
    assert len(unasserted(cells(claim, "print(f())", printed), {0: "assert f() == 0.97"})) == 1
    assert len(unasserted(cells(claim, "print(f())\nassert f() == 0.97", printed), {})) == 1
    assert unasserted(cells(claim, "print(f(3072))\nassert f() > 0.97", printed), {}) == []
    assert unasserted(cells("Some `3072` tokens, 12%.", "print(f())", printed), {}) == []


def test_same_text_notices():
    assert same_text("differ by 4.4e-16, loss 3.3843", "differ by 0.0e+00, loss 3.3842")
    assert same_text("float32 0e+00, float64 3e-16", "float32 7e-08, float64 1e-16")
    assert not same_text("float64 9e-08", "float64 1e-16")
    assert not same_text("float32 1e-05", "float32 7e-08")
    assert not same_text("loss 3.38", "loss 3.48")
    assert not same_text("row The", "row Tha")
    assert not same_text("error 1e-5", "error 1e-16")
    assert not same_text("1,024 tokens", "1,124 tokens")


# ------------------------------------------------------------------------------------------------
# The solutions: right by another way of computing, and the check refuses wrong answers
# ------------------------------------------------------------------------------------------------


def test_solutions_of_the_tokens(helpers):
    import bpe

    solutions = helpers["solutions"]
    for text in ("a", " né\n", "鍵 🗝"):
        assert solutions.from_symbols(bpe.to_symbols(text)) == text
    words = {tuple("banana"): 2, tuple("bandana"): 3, tuple("nab"): 9}
    _, merges = bpe.learn_merges({"".join(word): count for word, count in words.items()}, 257)
    assert solutions.most_frequent_pair(words) == list(merges[0])
    for text in ("The old map", " shows  where".replace("  ", " "), "key"):
        assert solutions.pretokens_of_words(text) == bpe.PRETOKEN.findall(text)
    vocabulary = {"a", "b", "c", "ab", "bca", "ca"}
    assert solutions.fewest_tokens("abca", vocabulary) in (["a", "bca"], ["ab", "ca"])
    assert solutions.fewest_tokens("abd", vocabulary) is None
    assert solutions.fewest_tokens("", vocabulary) == []


def test_fewest_tokens_against_the_merges(helpers):
    """The numbers that the solution tells: 600 tokens learnt from notebook 1's corpus"""
    from collections import Counter

    import bpe

    text = (ROOT / "chronicles" / "chronicle.txt").read_text(encoding="utf-8")
    corpus = [text] + 3 * ["The old map shows where the silver key lies."]
    counts = Counter(bpe.to_symbols(word) for one in corpus for word in bpe.PRETOKEN.findall(one))
    tokens, merges = bpe.learn_merges(counts, num_tokens=600)
    ranks, vocabulary = {pair: rank for rank, pair in enumerate(merges)}, set(tokens)
    greedy = {word: len(bpe.merge(word, ranks)) for word in counts}
    fewest = {word: len(helpers["solutions"].fewest_tokens(word, vocabulary)) for word in counts}
    assert all(fewest[word] <= greedy[word] for word in counts)
    shorter = [word for word in counts if fewest[word] < greedy[word]]
    totals = [sum(counts[word] * sizes[word] for word in counts) for sizes in (greedy, fewest)]
    found = (len(shorter), len(counts), *totals)
    assert found == (13, 781, 7005, 6981)
    for number in found:
        assert f"{number:,}" in helpers["solutions"].fewest_tokens.__doc__


def test_solutions_of_the_band(helpers):
    solutions = helpers["solutions"]
    for S, W in ((12, 2), (5, 2), (3, 10), (9, 8)):
        distance = abs(np.arange(S)[:, None] - np.arange(S))
        assert solutions.pairs_in_band(S, W) == (distance <= W).sum()
        seen, layers = distance[0] == 0, 0
        while not seen[-1]:
            seen, layers = (distance[seen] <= W).any(axis=0), layers + 1
        assert solutions.layers_to_cross(S, W) == layers
    block = np.arange(3 * 7).reshape(3, 7)
    assert solutions.diagonals_by_index(block, 2).tolist() == [
        [0, 1, 2, 3, 4], [8, 9, 10, 11, 12], [16, 17, 18, 19, 20]]


@pytest.mark.parametrize("S, W, step", [(13, 2, 1), (13, 2, 3), (11, 1, 2), (4, 2, 5)])
def test_solution_of_dilation(helpers, S, W, step):
    import led

    q, k, v = np.random.default_rng(0).standard_normal((3, S, 5))
    apart = np.arange(S)[:, None] - np.arange(S)
    sees = (apart % step == 0) & (abs(apart) <= W * step)
    expected = led.softmax(np.where(sees, q @ k.T, -np.inf)) @ v
    found = helpers["solutions"].dilated_attention(q, k, v, W, step)
    assert np.abs(found - expected).max() < 1e-14


def test_solutions_of_global_attention(helpers):
    import led

    solutions = helpers["solutions"]
    is_global = np.isin(np.arange(9), [2, 7])
    config = led.LEDConfig(
        vocab_size=9, d_model=4, encoder_layers=1, decoder_layers=1, encoder_attention_heads=1,
        decoder_attention_heads=1, encoder_ffn_dim=3, decoder_ffn_dim=3, attention_window=2,
        max_encoder_position_embeddings=9, max_decoder_position_embeddings=9)  # fmt: skip
    out = led.LEDModel(config).encode(
        np.arange(9)[None], global_attention_mask=is_global[None] * 1, output_attentions=True)
    local, of_global = out.attentions[0][0, 0], out.global_attentions[0][0, 0]  # (9, 5), (10, 2)
    sees = solutions.who_sees_whom(9, 1, is_global)
    for i in range(9):
        if is_global[i]:
            assert sees[i].all() and (of_global[:9] > 0).all()
        else:
            assert sees[i].sum() == (local[i] > 0).sum()
            assert sees[i, is_global].all()
    assert (sees == sees.T).all() and sees[0].tolist() == [1, 1, 1, 0, 0, 0, 0, 1, 0]
    found = solutions.probabilities_of_a_head(9, 1, 2)
    assert found == local.size + of_global[:9].size
    tokens = "<s> a b </s> </s> c </s>".split()
    assert solutions.global_mask_for_question(tokens) == [1, 1, 1, 1, 0, 0, 0]


def test_solution_of_the_heads(helpers):
    """What the solution tells of them: three are missed, and a pair of which each can be"""
    import bpe
    import led
    from chronicles.train import FOLDER, example

    tokenizer = bpe.LEDTokenizer.from_pretrained(FOLDER)
    model = led.LEDForConditionalGeneration.from_pretrained(FOLDER)
    examples = [example(tokenizer, f"notebook {i}", 256, 4, "heldout") for i in range(8)]
    right = helpers["solutions"].right_without_heads(model, examples)
    assert right.shape == (3, 4, 4) and (right == right.swapaxes(1, 2)).all()
    assert right[1, 3].max() <= 2  # measured: 0
    assert 5 <= min(right[1, 0, 0], right[2, 0, 0]) <= max(right[1, 0, 0], right[2, 0, 0]) <= 7  # 6
    alone = np.diagonal(right, axis1=1, axis2=2)  # (layers, heads)
    assert min(alone[0].min(), alone[1, 1:3].min()) >= 6  # measured: 7 and 8
    assert right[0, 0, 2] <= 1 and right[2, 0, 3] <= 5 < right[2, 0, 0]  # measured: 0, 5 and 6
    assert right[2, 1:, 1:].min() >= 7  # measured: 8


def test_solutions_of_the_whole_model(helpers):
    import led

    solutions = helpers["solutions"]
    for T, past in ((5, 0), (3, 4)):
        biases, _ = led.decoder_biases(np.zeros((1, T, 6)), None, None, past)
        assert (solutions.causal_mask(T, past) == biases[0, 0]).all()
    sizes = dict(d_model=6, decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=7)
    shapes = led.LEDModel.shapes(led.LEDConfig(encoder_attention_heads=2, **sizes)).items()
    layer = sum(np.prod(shape) for name, shape in shapes if "decoder.layers.1" in name)
    assert solutions.parameters_of_decoder_layer(6, 7) == layer

    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((6, 9)), np.array([4, -100, 0, 8, -100, 4])
    for smoothing in (0.0, 0.3):
        expected, _ = led.cross_entropy(logits, labels, smoothing)
        assert abs(solutions.smoothed_loss(logits, labels, smoothing) - expected) < 1e-14

    T, E, H = 5, 6, 2  # step by step as all at once with the causal mask
    kinds = ("q_proj", "k_proj", "v_proj", "out_proj")
    params = {f"layer.{kind}.weight": rng.standard_normal((E, E)) for kind in kinds}
    params |= {f"layer.{kind}.bias": rng.standard_normal(E) for kind in kinds}
    x = rng.standard_normal((1, T, E))
    k, v, _ = led.keys_and_values(x, params, "layer", H)
    expected, _ = led.decoder_attention(x, k, v, solutions.causal_mask(T, 0), params, "layer", H)
    own = {name.removeprefix("layer."): param for name, param in params.items()}
    past_k = past_v = np.zeros((H, 0, E // H))
    for t in range(T):
        out, past_k, past_v = solutions.attention_step(x[0, t], past_k, past_v, own)
        assert abs(out - expected[0, t]).max() < 1e-13
    assert abs(past_k - k[0]).max() < 1e-13 and abs(past_v - v[0]).max() < 1e-13
    assert 2 * 768 * 6 == 9216 and 9216 * 4 == 36 * 1024
    assert "9,216 in all: 36 KiB" in solutions.attention_step.__doc__


def test_solutions_of_the_backward(helpers):
    from led_support.arrays import log_softmax

    solutions = helpers["solutions"]
    rng = np.random.default_rng(0)
    x, dout, direction = rng.standard_normal((3, 5, 4))

    def slope(f):
        return ((f(x + 1e-6 * direction) - f(x - 1e-6 * direction)) * dout).sum() / 2e-6

    dx = solutions.squared_relu_backward(dout, x)
    assert abs(slope(lambda x: np.maximum(x, 0) ** 2) - (dx * direction).sum()) < 1e-8
    dx = solutions.rms_norm_backward(dout, x)
    f = lambda x: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)  # noqa: E731
    assert abs(slope(f) - (dx * direction).sum()) < 1e-8
    dx = solutions.log_softmax_backward(dout, log_softmax(x))
    assert abs(slope(log_softmax) - (dx * direction).sum()) < 1e-8
    places = np.array([[0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 7], [4, 5, 6, 7, 8, 9]])  # C = 2, W = 2
    dwindows, folded = rng.standard_normal((3, 6, 4)), np.zeros((10, 4))
    np.add.at(folded, places, dwindows)
    assert np.allclose(solutions.fold_windows(dwindows, 2, 2), folded)

    shapes = ((7, 4), (7, 4), (6, 4), (6, 4), (4, 6))
    dout, *arguments = (rng.standard_normal(shape) for shape in shapes)

    def gated(x, gate, up, down):
        a = x @ gate.T
        return (a / (1 + np.exp(-a)) * (x @ up.T)) @ down.T

    found = solutions.gated_feed_forward_backward(dout, *arguments)
    assert [grad.shape for grad in found] == [array.shape for array in arguments]
    for place, grad in enumerate(found):
        moved = 1e-6 * rng.standard_normal(grad.shape)
        up, down = list(arguments), list(arguments)
        up[place], down[place] = arguments[place] + moved, arguments[place] - moved
        change = ((gated(*up) - gated(*down)) * dout).sum() / 2
        assert abs(change - (grad * moved).sum()) < 1e-12


def numeric(f, arrays, dout, h=1e-6):
    """For each of the arrays: a random direction, and the slope of sum(f(*arrays) * dout) in it"""
    rng = np.random.default_rng(7)
    for place, array in enumerate(arrays):
        direction = rng.standard_normal(array.shape)
        moved = [list(arrays), list(arrays)]
        moved[0][place], moved[1][place] = array + h * direction, array - h * direction
        up, down = (f(*one) for one in moved)
        yield direction, ((up - down) * dout).sum() / (2 * h)


def test_solutions_of_the_attention_backward(helpers):
    import led

    solutions = helpers["solutions"]
    rng = np.random.default_rng(0)
    S, D, G, W = 9, 4, 2, 3
    dout, q, k, v = rng.standard_normal((4, S, D))
    k_global, v_global = rng.standard_normal((2, G, D))
    dabove, dtotal = rng.standard_normal((S, D)), rng.standard_normal((S, 1))

    def sums(q, k_global, v_global):
        columns = np.exp(q @ k_global.T)
        return np.concatenate([columns @ v_global, columns.sum(axis=1, keepdims=True)], axis=1)

    arrays = (q, k_global, v_global)
    found = solutions.columns_backward(dabove, dtotal, *arrays)
    upstream = np.concatenate([dabove, dtotal], axis=1)
    for gradient, (direction, slope) in zip(found, numeric(sums, arrays, upstream), strict=True):
        assert abs((gradient * direction).sum() - slope) < 1e-6 * np.linalg.norm(gradient)

    is_global, masked = np.arange(S) % 4 == 0, np.arange(S) > 6
    dband, rows = solutions.split_rows(dout, is_global, masked)
    assert (rows == dout[[0, 4]]).all() and not dband[[0, 4]].any()
    assert (np.delete(dband, [0, 4], axis=0) == np.delete(dout, [0, 4], axis=0)).all()

    bias = rng.standard_normal(2 * W + 1)
    distance = np.arange(S) - np.arange(S)[:, None]

    def attention(q, k, v, bias):
        added = np.where(abs(distance) <= W, bias[np.clip(distance + W, 0, 2 * W)], -np.inf)
        return led.softmax(q @ k.T + added) @ v

    arrays = (q, k, v, bias)
    found = solutions.biased_band_backward(dout, *arrays)
    for gradient, (direction, slope) in zip(found, numeric(attention, arrays, dout), strict=True):
        assert abs((gradient * direction).sum() - slope) < 1e-7
    assert abs(found[-1].sum()) < 1e-13  # what the solution tells


def test_solutions_of_the_checkpoints(helpers, tmp_path):
    import led
    import weights

    solutions = helpers["solutions"]
    config = led.LEDConfig(d_model=6, encoder_layers=2, encoder_attention_heads=2,
                           decoder_attention_heads=2, encoder_ffn_dim=7, vocab_size=9)
    shapes = led.LEDModel.shapes(config).items()
    layer = [shape for name, shape in shapes if "encoder.layers.1" in name]
    total = sum(np.prod(shape) for shape in layer)
    assert solutions.parameters_of_encoder_layer(6, 7) == total
    assert solutions.parameters_of_encoder_layer(768, 3072) == 8_859_648
    tensors = {"b": np.ones(3, np.float32), "a": np.zeros((2, 2), np.float64), "c": np.arange(3)}
    weights.save(tmp_path / "some.safetensors", tensors)
    order = solutions.names_in_order((tmp_path / "some.safetensors").read_bytes())
    found = next(weights.parts(tmp_path / "some.safetensors"))[1]
    assert order == sorted(found, key=lambda name: found[name].storage.start)
    rows = np.arange(10.0).reshape(5, 2)
    assert (solutions.long_positions(rows, 7) == rows[[2, 3, 4, 2, 3, 4, 2]]).all()
    tensors = {"b": np.ones((2, 3), np.float16), "a": np.arange(3), "none": np.zeros((0, 4))}
    data = solutions.safetensors_bytes(tensors)
    for (name, dtype, array), (expected, kept) in zip(
            solutions.read_back(data), sorted(tensors.items()), strict=True):  # fmt: skip
        assert name == expected and array.shape == kept.shape and (array == kept).all()
        assert dtype == {"b": "float32"}.get(name, kept.dtype.name)  # halves are read into singles
    assert int.from_bytes(data[:8], "little") % 8 == 0


def test_solutions_of_the_generation(helpers):
    import led

    solutions = helpers["solutions"]
    sums, lengths = [-4.0, -5.0, -7.0, -9.5], [4, 6, 10, 14]
    assert [solutions.winner(sums, lengths, p) for p in (0.0, 0.6, 1.0)] == [0, 1, 3]
    logits = np.random.default_rng(0).standard_normal(7)
    found = solutions.at_temperature(led.softmax(logits), 0.7)
    assert np.allclose(found, led.softmax(logits / 0.7))
    rng = np.random.default_rng(1)
    for n in (1, 2, 3):
        for length in (1, 2, 5, 12):
            ids = list(rng.integers(0, 3, length))
            grams = [tuple(ids[i : i + n]) for i in range(length - n + 1)]
            last = ids[len(ids) - n + 1 :]
            expected = [t for t in range(3) if len(last) == n - 1 and (*last, t) in grams]
            assert solutions.forbidden_next(ids, n) == expected, (ids, n)


def test_solution_of_the_beams(helpers):
    """Every text is found by beams without end; and what the solution tells of narrower ones"""
    from itertools import product

    search = helpers["solutions"].search_with_beams
    languages = np.log(np.random.default_rng(1).dirichlet(np.ones(6), (200, 6)))
    texts = [[0, *words, 1] for n in range(5) for words in product((0, 2, 3, 4, 5), repeat=n)]
    best, nothing, worse = {1: 0, 2: 0, 4: 0, 8: 0}, 0, 0

    def score(language, text):
        if not text:
            return -np.inf
        return sum(language[a, b] for a, b in zip(text, text[1:])) / (len(text) - 1)

    for place, language in enumerate(languages):
        all_scores = [score(language, text) for text in texts]
        found = {beams: score(language, search(language, beams, 5)) for beams in best}
        for beams in best:
            best[beams] += found[beams] > max(all_scores) - 1e-12
        nothing += found[1] == -np.inf
        worse += any(found[2 * beams] < found[beams] - 1e-12 for beams in (1, 2))
        if place < 3:
            assert search(language, 5**5, 5) == texts[int(np.argmax(all_scores))]
    assert best == {1: 56, 2: 89, 4: 120, 8: 152} and (nothing, worse) == (131, 2)
    doc = " ".join(search.__doc__.split())
    assert "in 56, two beams in 89, four in 120, eight in 152" in doc
    assert "show in 131" in doc and "in 2 of them a wider beam" in doc


def test_solutions_of_the_fine_tuning(helpers):
    import led

    solutions = helpers["solutions"]
    rates = [solutions.cosine_schedule(step, 5, 25) for step in range(26)]
    assert rates[:6] == [0, 0.2, 0.4, 0.6, 0.8, 1.0] and abs(rates[-1]) < 1e-15
    assert abs(rates[15] - 0.5) < 1e-15 and all(np.diff(rates[5:]) < 0)
    logits = np.zeros((4, 9)) - 99.0  # <s>, two words of six, </s>
    logits[0, 0] = logits[3, 2] = 99
    logits[1:3, 3:] = 0
    loss, _ = led.cross_entropy(logits, np.array([0, 4, 8, 2]))
    assert abs(solutions.plateau(2, 6) - loss) < 1e-12
    grads = {"a": np.array([3.0, 1.0]), "b": np.array([[-4.0], [2.0]])}
    for bound in (1.0, 100.0):
        expected = {name: grad.copy() for name, grad in grads.items()}
        led.clip_gradients(expected, bound)
        found = solutions.clipped(list(grads.values()), bound)
        assert all(np.allclose(a, b) for a, b in zip(found, expected.values(), strict=True))


def test_solutions_of_the_scaling(helpers):
    solutions = helpers["solutions"]
    rows = np.random.default_rng(0).standard_normal((7, 4))
    combined = solutions.combined_gradient(rows[:2].mean(0), 2, rows[2:].mean(0), 5)
    assert np.allclose(combined, rows.mean(0))
    assert solutions.numbers_kept(6, 1000, 50) == [6000, 1300]
    # of 4 processes the ring sends a quarter in each of 6 messages
    ring, one = solutions.seconds_to_add_up(4, 100.0, 2.0, 50.0)
    assert ring == 6 * (2 + 0.5) and one == (3 + 3) * (2 + 2)
    for n in range(1, 18):
        gradients = list(np.random.default_rng(n).standard_normal((n, 5)))
        before = np.array(gradients)
        sums = solutions.butterfly_allreduce(gradients)
        assert len(sums) == n and np.abs(np.array(sums) - before.sum(axis=0)).max() < 1e-13
        assert len({one.tobytes() for one in sums}) == 1 and (np.array(gradients) == before).all()

    def butterfly(size):  # seconds, for 16 processes
        return 4 * (5e-5 + size / 1.25e9)

    def ring(size):
        return solutions.seconds_to_add_up(16, size, 5e-5, 1.25e9)[0]

    assert butterfly(0.76e6) < ring(0.76e6) and butterfly(0.77e6) > ring(0.77e6)
    assert "equally fast at 0.76 MB" in solutions.butterfly_allreduce.__doc__


@pytest.mark.parametrize("count, told", [(1, ("1.43", "after 18 passes", "0.5")),
                                         (8, ("below 0.02 after 14 passes", "64"))])
def test_solution_of_patience(helpers, count, told):
    """What the solution tells: the held-out loss turns with eight documents, not with 64"""
    import led

    source = (NOTEBOOKS / "09_fine_tuning.py").read_text(encoding="utf-8")
    task = {"np": np, "print": lambda *words: None}
    for start in ("OBJECTS = ", "def documents("):
        cell = source[source.index(start):].split("\n# %%")[0]
        exec(cell, task)
    config = led.LEDConfig(
        vocab_size=len(task["WORDS"]), d_model=32, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64,
        decoder_ffn_dim=64, attention_window=8, max_encoder_position_embeddings=16,
        max_decoder_position_embeddings=8, dropout=0.0, init_std=0.1)  # fmt: skip
    model = led.LEDForConditionalGeneration(config, seed=0, dtype=np.float64)
    rng = np.random.default_rng(8)
    batches = [task["documents"](rng, 8, 16) for _ in range(count)]
    held_out = task["documents"](rng, 50, 16)
    solutions = helpers["solutions"]
    losses, last = solutions.train_with_patience(model, batches, held_out, 5e-3, 3, 25)
    assert last == min(losses) == float(model(**held_out).loss)
    if count == 1:
        assert losses.index(last) == 17 and round(last, 2) == 1.43 and len(losses) == 18 + 3
        assert round(float(model(**batches[0]).loss), 1) == 0.5
    else:
        assert losses[13] < 0.02 and len(losses) == 25
    doc = " ".join(solutions.train_with_patience.__doc__.split())
    assert all(words in doc for words in told)


def test_check_refuses(helpers, capsys):
    check = helpers["solutions"].check

    def pairs_in_band(S, W):
        return S * (2 * W + 1)

    assert check(pairs_in_band, (12, 2)) is False
    assert "not yet" in capsys.readouterr().out

    def layers_to_cross(S, W):
        return ...

    assert check(layers_to_cross, (12, 2)) is None
    assert "no answer yet" in capsys.readouterr().out

    def fold_windows(dwindows, C, W):
        return np.zeros(3)

    assert check(fold_windows, (np.ones((2, 4, 3)), 2, 1)) is False
    assert check(helpers["solutions"].fold_windows, (np.ones((2, 4, 3)), 2, 1)) is True


WRONG_KINDS = [
    ("layers_to_cross", (12, 2), "three", "should be a number, not a text"),
    ("layers_to_cross", (12, 2), [1, 2], "the shape is (2,), not ()"),
    ("layers_to_cross", (12, 2), {"layers": 6}, "should be a number, not a dictionary"),
    ("layers_to_cross", (12, 2), True, "should be a number, not True or False"),
    ("layers_to_cross", (12, 2), 1j, "should be a number, not an object of type complex"),
    ("layers_to_cross", (12, 2), len, "not an object of type builtin_function_or_method"),
    ("diagonals_by_index", (np.ones((2, 6)), 2), [[1, 2], [3]], "of shape (2, 5), not a list"),
    ("diagonals_by_index", (np.ones((2, 6)), 2), 7, "the shape is (), not (2, 5)"),
    ("diagonals_by_index", (np.ones((2, 6)), 2), np.full((2, 5), "a"), "(2, 5), not an array"),
    ("from_symbols", ("a",), 97, "should be a text, not a number"),
    ("from_symbols", ("a",), b"a", "should be a text, not an object of type bytes"),
    ("global_mask_for_question", (["a", "</s>"],), "11", "should be a list, not a text"),
    ("global_mask_for_question", (["a", "</s>"],), {1}, "should be a list, not a set"),
    ("global_mask_for_question", (["a", "</s>"],), [1, "x"], "element 1: it should be a number"),
    ("global_mask_for_question", (["a", "</s>"],), [1], "the length is 1, not 2"),
    ("gated_feed_forward_backward", 5 * (np.ones((2, 2)),), (1, 2, 3, 4), "element 0: the shape"),
]


@pytest.mark.parametrize("name, case, answer, words", WRONG_KINDS)
def test_check_says_what_is_wrong(helpers, capsys, name, case, answer, words):
    """A wrong type is answered in a sentence, not by a traceback"""

    def yours(*case):
        return answer

    yours.__name__ = name
    assert helpers["solutions"].check(yours, case) is False
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name}: not yet, for (") and words in printed
    assert printed.count("\n") == 1


def test_check_says_for_which_arguments(helpers, capsys):
    """The first case that fails, with what was found and expected; large arrays by their shapes"""
    solutions = helpers["solutions"]

    def pairs_in_band(S, W):
        return S * (2 * W + 1) - W * (W + 1)  # forgets windows wider than the document

    assert solutions.check(pairs_in_band, (12, 2), (16384, 512), (5, 2), (3, 10)) is False
    assert capsys.readouterr().out == (
        "pairs_in_band: not yet, for (3, 10): found -47, expected 9\n")

    def diagonals_by_index(scores, W):
        band = solutions.diagonals_by_index(scores, W)
        band[1, 3:] += 0.5
        return band

    solutions.check(diagonals_by_index, (np.arange(32.0).reshape(4, 8), 2))
    assert capsys.readouterr().out == (
        "diagonals_by_index: not yet, for (an array of shape (4, 8), 2): "
        "2 of 20 numbers are wrong; at [1, 3], found 12.5, expected 12\n")

    def forbidden_next(ids, n):
        return [ids[-1]]

    solutions.check(forbidden_next, ([5, 6, 5, 7, 5], 2))
    assert capsys.readouterr().out == (
        "forbidden_next: not yet, for ([5, 6, 5, 7, 5], 2): the length is 1, not 2\n")


def test_values_in_a_few_words(helpers):
    shown = helpers["solutions"].shown
    values = (3, 0.1, "key", True, np.int64(7), np.float32(2.5), None)
    assert list(map(shown, values)) == ["3", "0.1", "'key'", "True", "7", "2.5", "None"]
    assert shown(np.array([[0.5, 1.0]])) == "[[0.5, 1]]" and shown((1, [2.0])) == "(1, [2])"
    assert shown(np.zeros((4, 8))) == "an array of shape (4, 8)"
    assert shown(list(range(99))) == "a list of length 99"
    assert shown("x" * 100) == "a text of length 100"
    assert shown({"weight": np.zeros(99)}) == "a dictionary of length 1"
    assert shown(helpers["build"]).startswith("an object of type module")


def test_check_measures_and_copies(helpers, capsys):
    """Where several answers are right; bytes that cannot be read; arguments that are changed"""
    solutions = helpers["solutions"]

    def safetensors_bytes(tensors):
        tensors.clear()
        return b"not a file"

    tensors = {"one": np.ones(3)}
    case = (tensors,)
    assert solutions.check(safetensors_bytes, case, measure=solutions.read_back) is False
    assert "): it cannot be used: " in capsys.readouterr().out and list(tensors) == ["one"]

    def fewest_tokens(word, vocabulary):
        return ["ab", "ca"]

    def of(answer):
        return ["".join(answer), len(answer)]

    def of_numbers(word, vocabulary):
        return [1, 2]

    of_numbers.__name__ = "fewest_tokens"
    case = ("abca", {"a", "b", "c", "ab", "ca", "bca"})
    assert solutions.check(of_numbers, case, measure=of) is False
    assert "): it cannot be used: " in capsys.readouterr().out
    assert solutions.check(fewest_tokens, case, measure=of) is True
    assert solutions.check(fewest_tokens, case) is (solutions.fewest_tokens(*case) == ["ab", "ca"])
    assert solutions.check(fewest_tokens, ("abcc", case[1]), measure=of) is False


# ------------------------------------------------------------------------------------------------
# Pictures
# ------------------------------------------------------------------------------------------------


def test_the_readme_picture(helpers):
    """The kept picture is small; what it shows is who sees whom: cell by cell as led.py has it"""
    import led

    assert (ROOT / "images" / "attention.png").stat().st_size < 60_000
    figure = helpers["drawing"].attention_picture()
    cells = [patch for patch in figure.axes[0].patches]
    S = 24
    import matplotlib.colors as colors

    drawn = np.array([colors.to_hex(cell.get_facecolor()) for cell in cells]).reshape(S, S)
    sees = drawn != helpers["drawing"].EMPTY
    is_global = np.isin(np.arange(S), [0, 14])[None]
    config = led.LEDConfig(
        vocab_size=30, d_model=4, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=3, decoder_ffn_dim=3, attention_window=4,
        max_encoder_position_embeddings=30, max_decoder_position_embeddings=4)  # fmt: skip
    params = led.LEDModel(config, dtype=np.float64).params
    x = np.random.default_rng(0).standard_normal((1, S, 4))
    name = "encoder.layers.0.self_attn.longformer_self_attn"
    arguments = (params, name, 2, 2, np.zeros((1, S), bool), is_global)
    before, _ = led.encoder_attention(x, *arguments)
    for j in range(S):
        moved = x.copy()
        moved[0, j] += 1
        after, _ = led.encoder_attention(moved, *arguments)
        changed = abs(after - before)[0].max(axis=-1) > 0
        changed[j] = sees[j, j]  # a token's own query moves as well
        assert (changed == sees[:, j]).all()


def test_the_picture_of_the_model(helpers):
    """Small; a shape at every arrow, which is that of what led.py hands on there"""
    import led

    drawing = helpers["drawing"]
    assert (ROOT / "images" / "architecture.png").stat().st_size < 80_000
    texts = [text.get_text() for text in drawing.architecture_picture().axes[0].texts]
    drawn = drawing.ENCODER_SHAPES + drawing.DECODER_SHAPES
    assert sum(text.startswith("(B") for text in texts) == len(drawn) - 1
    assert [text for text in texts if text.endswith(drawing.ENCODER_SHAPES[-1])][-1].startswith(
        "keys, values: ")
    sizes = dict(B=2, S=7, T=5, E=6, V=11)
    config = led.LEDConfig(
        vocab_size=11, d_model=6, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=9, attention_window=4,
        max_encoder_position_embeddings=8, max_decoder_position_embeddings=8)  # fmt: skip
    model = led.LEDForConditionalGeneration(config, dtype=np.float64)
    params, ids, labels = model.params, np.ones((2, 7), int), np.ones((2, 5), int)
    nobody = np.zeros((2, 7), bool)

    def of_encoder():
        yield ids
        x, _ = led.embed(params["led.shared.weight"][ids], params, "led.encoder", 0, 0.0, None)
        yield x
        x, _ = led.self_attention(
            x, params, "led.encoder.layers.0.self_attn", config, 2, nobody, nobody, None, None)
        yield x
        yield led.encoder_layer(x, params, "led.encoder.layers.0", config, 2, nobody, nobody)[0]

    *_, memory = of_encoder()

    def of_decoder():
        yield led.shift_tokens_right(labels, 1, 2)
        y, _ = led.embed(params["led.shared.weight"][labels], params, "led.decoder", 0, 0.0, None)
        yield y
        for kind, source in (("self_attn", y), ("encoder_attn", memory)):
            name = "led.decoder.layers.0." + kind
            k, v, _ = led.keys_and_values(source, params, name, 2)
            yield led.decoder_attention(y, k, v, None, params, name, 2)[0]
        y, _, _ = led.decoder_layer(
            y, memory, params, "led.decoder.layers.0", config, (None, None))
        yield y
        yield model.logits(y)[0]

    arrays = [*of_encoder(), *of_decoder()]
    for text, array in zip(drawn, arrays, strict=True):
        assert tuple(sizes[letter] for letter in text.strip("()").split(", ")) == array.shape
