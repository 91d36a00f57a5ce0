"""Writes the notebooks from their sources: 2_band.py -> 2_band.ipynb, with outputs.

    python notebooks/build.py              # runs every notebook
    python notebooks/build.py 2_band       # runs those that are named
    python notebooks/build.py --html       # the notebooks as they are -> notebooks/html/*.html

The sources are plain text in the percent format, which editors and jupytext know. The official
vocabulary is not part of the repository: notebook 1 takes it from the folder that LED_OFFICIAL
names, or else from the hub or its cache; without it, some of its cells only say what they lack.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HTML = HERE / "html"
NAMES = sorted(path.stem for path in HERE.glob("[0-9]_*.py"))


def read_source(name):
    """The notebook that a source describes, without outputs."""
    import jupytext

    notebook = jupytext.read(HERE / f"{name}.py")
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3",
                                        "language": "python"},
                         "language_info": {"name": "python"}}  # fmt: skip
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # random ones would make every build a change
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(notebook):
    """Runs all cells from the top, in place; an exception in a cell is raised."""
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}},
                            record_timing=False, coalesce_streams=True)  # fmt: skip
    # One thread, as the results of sums depend on it in the last digit; no progress bars.
    client.execute(env=os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1",
                                     "PYTHONWARNINGS": "ignore:IProgress not found"})  # fmt: skip
    return notebook


def write_html(name):
    """notebooks/html/NAME.html, with this folder's template."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(extra_template_basedirs=[str(HERE)], template_name="template")
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    notebook.metadata["title"] = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    text, _ = exporter.from_notebook_node(notebook)
    HTML.mkdir(exist_ok=True)
    (HTML / f"{name}.html").write_text(text, encoding="utf-8")


def write_picture():
    """images/attention.png, the README's picture of who sees whom."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from drawing import attention_picture

    picture = HERE.parent / "images" / "attention.png"
    picture.parent.mkdir(exist_ok=True)
    attention_picture().savefig(picture, dpi=110)


def build(names):
    """Writes the picture, and runs and writes the notebooks that are named."""
    import nbformat

    write_picture()
    for name in names:
        nbformat.write(execute(read_source(name)), HERE / f"{name}.ipynb")
        print(f"notebooks/{name}.ipynb")


def build_html(names):
    """Writes the pages of the notebooks that are named, as they are."""
    for name in names:
        write_html(name)
        print(f"notebooks/html/{name}.html")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"of {', '.join(NAMES)} (default: all)")  # fmt: skip
    parser.add_argument("--html", action="store_true", help="pages of the notebooks as they are")
    arguments = parser.parse_args()
    names = [Path(name).stem for name in arguments.names] or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"no notebook {unknown[0]!r}: expected one of {', '.join(NAMES)}")
    try:
        build_html(names) if arguments.html else build(names)
    except ImportError as error:
        sys.exit(f"{error}: pip install -r requirements.txt -r requirements-notebooks.txt")


if __name__ == "__main__":
    main()
