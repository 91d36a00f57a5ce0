"""What the README, the notebooks and the training script say of the same things agrees, and the
README leads a newcomer to the notebooks."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def words_of(path):
    """A text without line ends and the comment signs of notebooks"""
    text = (ROOT / path).read_text(encoding="utf-8")
    return " ".join(re.sub("^# ?", "", text, flags=re.MULTILINE).split())


def test_start_here():
    """Right under the two commands: the notebooks in order, each of them there, and the command
    that opens the first"""
    start = README.index("**Start here**")
    assert README.index("-m pytest") < README.index("<img ") < start < README.index("\n## ")
    linked = re.findall(r"\]\((notebooks/[^)]+\.ipynb)\)", README[start:])
    assert linked == sorted(f"notebooks/{path.name}" for path in ROOT.glob("notebooks/*.ipynb"))
    assert all((ROOT / link).exists() for link in linked)
    (command,) = re.findall(r"```sh\n(.*jupyter.*)\n```", README)
    files = re.findall(r"-r (\S+)", command) + [command.split()[-1]]
    assert command.startswith("python3 -m venv .venv && ") and command.endswith(linked[0])
    assert all((ROOT / file).exists() for file in files)
    assert "jupyterlab" in (ROOT / "requirements-notebooks.txt").read_text(encoding="utf-8")
    assert "Python 3.10 or later" in README[: README.index("\n## ")]


def test_windows_are_explained_before_they_are_counted():
    assert README.index("sees a *window*") < README.index("| whose word |")


def test_how_the_bundled_model_starts():
    """At random, all texts say; why it needs a curriculum, the training script"""
    script = words_of("chronicles/train.py")
    assert "for thousands of steps, names any of the document's facts" in script
    assert "So training begins with something easier" in script
    for path in ("docs/evaluation.md", "notebooks/03_global_attention.py"):
        assert "ordinary random start" in words_of(path)
        assert "sketch" not in words_of(path)


def test_the_bundled_model_knows_its_limits():
    """README, the table's page and `ask --help` say what it can be asked, in the same words."""
    asked = re.search(r"where a thing is, .* how many animals they have", words_of("README.md"))[0]
    for path in ("docs/evaluation.md", "led_support/command_line.py"):
        assert asked in words_of(path)
    assert "knows few words" in words_of("README.md")
