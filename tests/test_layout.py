"""How the files lean on each other, and how long they are: read from their text alone."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THREE = ("led", "bpe", "weights")  # the files to read
SUPPORT = sorted(path.stem for path in (ROOT / "led_support").glob("*.py"))
PRODUCT = [*(f"{name}.py" for name in THREE), *(f"led_support/{name}.py" for name in SUPPORT)]

# The most lines of code, and the most lines in all, that groups of files may have
MOST = {
    ("led.py",): (1227, 1920),
    ("led_support/engine.py",): (264, 405),
    tuple(f"led_support/{name}.py" for name in (
        "__init__", "arrays", "settings", "outputs", "inputs", "pretrained", "generation",
        "command_line")): (1377, 2009),
    tuple(PRODUCT): (5811, 8605),
}  # fmt: skip


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


def lines_of_code(source):
    """How many lines have a token other than a comment, a docstring or an end of line"""
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
    return len(lines - docstrings)


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
    assert every <= most
