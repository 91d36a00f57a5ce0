"""How the files lean on each other, and how long they are: read from their text alone."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THREE = ("led", "bpe", "weights")  # the files to read
SUPPORT = sorted(path.stem for path in (ROOT / "led_support").glob("*.py"))
PRODUCT = [*(f"{name}.py" for name in THREE), *(f"led_support/{name}.py" for name in SUPPORT)]

# The most lines of code that groups of files may have, and the most lines in all
MOST = {
    ("led.py",): (980, 1550),
    ("led_support/fast.py", "led_support/engine.py"): (849, None),
    tuple(PRODUCT): (5938, None),
}


def tree(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imports(node):
    """The top-level names of the modules that are imported anywhere inside a node"""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            found |= {alias.name.split(".")[0] for alias in part.names}
        elif isinstance(part, ast.ImportFrom):
            assert part.level == 0, "names of modules are written out"
            found.add(part.module.split(".")[0])
    return found


def imports_outside_functions(node):
    """Those that run when the module is imported"""
    found = set()
    for part in ast.iter_child_nodes(node):
        if isinstance(part, (ast.Import, ast.ImportFrom)):
            found |= imports(part)
        elif not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found |= imports_outside_functions(part)
    return found


@pytest.mark.parametrize("name", SUPPORT)
def test_support_knows_nothing_above_it(name):
    """Not even inside a function: what it needs of led, bpe and weights it is given."""
    above = {*THREE, "chronicles", "notebooks", "tests"}
    assert imports(tree(f"led_support/{name}.py")) & above == set()


@pytest.mark.parametrize("name", THREE)
def test_the_three_know_each_other_only_where_a_command_or_a_file_asks(name):
    found = tree(f"{name}.py")
    assert imports_outside_functions(found) & {*THREE} == set()
    assert imports(found) & {"chronicles", "notebooks", "tests"} == set()


def test_what_finds_imports_finds_them():
    source = ("import led_support.a\nif 1:\n    from led import b\n"
              "class C:\n    import bpe.x\n    def f(self):\n        import weights\n")
    assert imports_outside_functions(ast.parse(source)) == {"led_support", "led", "bpe"}
    assert imports(ast.parse(source)) == {"led_support", "led", "bpe", "weights"}


def code_lines(source):
    """The numbers of the lines that have a token other than a comment, a docstring, an end of line"""
    docstrings = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            docstrings.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    nothing = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
               tokenize.ENDMARKER)  # fmt: skip
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in nothing:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - docstrings


def lines_of_code(source):
    return len(code_lines(source))


def test_what_counts_lines_counts_them():
    source = '"""What\n\nit is."""\n\n# why\nx = [\n    1,  # one\n]\n\ndef f():\n    """."""\n    return """\n"""\n'
    assert lines_of_code(source) == 3 + 1 + 2


@pytest.mark.parametrize("files", MOST, ids=lambda files: files[0])
def test_sizes(files):
    texts = [(ROOT / file).read_text(encoding="utf-8") for file in files]
    code = sum(map(lines_of_code, texts))
    every = sum(len(text.splitlines()) for text in texts)
    print(f"{', '.join(files)}: {code} lines of code, {every} in all")
    most_code, most = MOST[files]
    assert code <= most_code
    assert most is None or every <= most


# ------------------------------------------------------------------------------------------------
# led.py: how long its functions are, how much of it a reader of the attention needs
# ------------------------------------------------------------------------------------------------

LED = (ROOT / "led.py").read_text(encoding="utf-8")

# What all layers share; a reader knows it by then.
SHARED = {"linear", "softmax", "dropout", "project"}
SHARED |= {name + "_backward" for name in SHARED}


def lines_of(node):
    """All lines of a definition, its decorators among them"""
    first = min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", []))])
    return set(range(first, node.end_lineno + 1))


def definitions(source):
    """{name: node} of the functions and classes at the top of a file"""
    return {node.name: node for node in ast.parse(source).body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))}  # fmt: skip


def reached(source, names):
    """The functions of the file that these use, and those that they use in turn; none in SHARED"""
    known, found, left = definitions(source), set(), list(names)
    while left:
        name = left.pop()
        if name in found or name in SHARED or name not in known:
            continue
        found.add(name)
        left += [part.id for part in ast.walk(known[name]) if isinstance(part, ast.Name)]
    return found


def reached_lines(source, names):
    known = definitions(source)
    lines = set().union(*(lines_of(known[name]) for name in reached(source, names)))
    return len(lines & code_lines(source))


def test_the_encoders_attention_is_short():
    """Forward and backward, with all that they use of led.py"""
    names = ("encoder_attention", "encoder_attention_backward")
    found = reached(LED, names)
    assert {"band_attention", "windows_backward", "attend", "split_heads"} <= found
    code = reached_lines(LED, names)
    print(f"{code} lines of code: {', '.join(sorted(found))}")
    assert code <= 145


def test_what_finds_reached_lines_finds_them():
    source = ('def linear(): pass\n\n@a\ndef f():\n    """."""\n    return g\n\n'
              'def g():\n    return linear(\n        1)\n\ndef h(): return f\n')
    assert reached(source, ["f"]) == {"f", "g"}
    assert reached_lines(source, ["f"]) == 3 + 3


def functions(source):
    """(name, lines of code, parameters) of all functions and methods"""
    code = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            given = node.args
            count = len(given.posonlyargs + given.args + given.kwonlyargs)
            count += (given.vararg is not None) + (given.kwarg is not None)
            yield node.name, len(lines_of(node) & code), count


def test_no_function_is_long():
    found = list(functions(LED))
    assert len(found) > 100
    assert [(name, lines) for name, lines, _ in found if lines > 40] == []
    # Calls have the arguments of the reference, by its names
    assert [(name, count) for name, _, count in found if count > 10 and name != "__call__"] == []


def test_what_measures_functions_measures_them():
    source = ('def f(a, /, b, *c, d, **e):\n    """."""\n    # why\n    def g(): pass\n'
              '    return g\n')  # fmt: skip
    assert sorted(functions(source)) == [("f", 3, 5), ("g", 1, 0)]


# ------------------------------------------------------------------------------------------------
# led.py: what it begins with, and the letters of its shapes
# ------------------------------------------------------------------------------------------------


def test_the_first_screen_is_docstring_imports_and_sizes():
    docstring, *body = ast.parse(LED).body
    assert isinstance(docstring, ast.Expr) and LED.startswith('"""')
    kinds = [type(node) for node in body]
    first = kinds.index(ast.ClassDef)
    assert body[first].name == "LEDConfig"
    before = body[:first]
    assert all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in before[:-1])
    assert isinstance(before[-1], ast.Assign) and before[-1].targets[0].id == "__all__"
    modules = set().union(*map(imports, before[:-1]))
    assert modules == {"collections", "math", "numpy", "led_support"}


# Words for sizes beside the letters of the alphabet
SIZE_WORDS = {"in", "out", "or", "rows", "past", "positions", "num_labels", "padded_length",
              "layers", "encoder_layers", "decoder_layers"}  # fmt: skip


def alphabet(docstring):
    """The letters that the part "Shapes" of a docstring explains, as in "B batch   N = ceil(S / C)" """
    shapes = docstring.split("\nShapes\n")[1]
    return set(re.findall(r"(?:^|\s)([A-Z])(?= =| \w)", shapes))


def shapes_in(text):
    """[{names}] of what reads as a shape: (B, N*C + 2W, D), (..., T, S), (rows, V)"""
    found = []
    for inside in re.findall(r"\(([^()]*,[^()]*)\)", text):
        sizes = [size.strip() for size in inside.split(",")]
        if any(re.fullmatch(r"[A-Z]'?", size) for size in sizes):
            found.append(set(re.findall(r"[A-Za-z_]+", inside)))
    return found


def texts_of(source):
    """The comments and the docstrings"""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""


def unknown_sizes(source, known):
    return [(text, names - known) for text in texts_of(source) for names in shapes_in(text)
            if names - known]  # fmt: skip


def test_shapes_are_written_in_the_alphabet():
    letters = alphabet(ast.get_docstring(ast.parse(LED)))
    assert letters == set("BSTEHDFVGWCN")
    assert sum(len(shapes_in(text)) for text in texts_of(LED)) > 150
    assert unknown_sizes(LED, letters | SIZE_WORDS) == []


def test_what_reads_shapes_reads_them():
    source = 'def f(x):\n    """x (B, Q, E) (by hand, and slowly)"""\n    return x + 1  # (B, 2W + 1)\n'
    assert [names for text in texts_of(source) for names in shapes_in(text)] == [
        {"B", "W"}, {"B", "Q", "E"}]  # fmt: skip
    assert [names for _, names in unknown_sizes(source, set("BEW"))] == [{"Q"}]
