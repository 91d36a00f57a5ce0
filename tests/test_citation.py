"""The licence is the standard text, and the citation names the paper that the README names."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_licence_is_the_standard_text():
    """Apache 2.0, byte for byte as it is distributed, appendix included"""
    text = (ROOT / "LICENSE").read_bytes()
    assert text.count(b"\n") == 201 and b"END OF TERMS AND CONDITIONS" in text
    assert hashlib.sha256(text).hexdigest() == (
        "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4")


def test_citation():
    """What version 1.2.0 of the format requires, and the paper as the README has it"""
    yaml = pytest.importorskip("yaml", reason="pip install pyyaml")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert str(citation["cff-version"]) == "1.2.0" and citation["type"] == "software"
    assert {"message", "title", "authors"} <= set(citation) and citation["authors"]
    assert citation["title"] == readme.splitlines()[0].removeprefix("# ")
    assert citation["license"] == "Apache-2.0"
    (paper,) = citation["references"]
    names = [f"{author['given-names']} {author['family-names']}" for author in paper["authors"]]
    assert re.search(r"author  = \{(.*)\}", readme)[1] == " and ".join(names)
    assert paper["title"] in readme and f"year    = {{{paper['year']}}}" in readme
    assert [one["value"] for one in paper["identifiers"]] == ["arXiv:2004.05150"]
    assert "journal = {arXiv:2004.05150}" in readme
