"""The tag of leaky cases, put into their files."""

import json
from pathlib import Path

from passmuster.adapters.datasets.files import FileLoader
from passmuster.composition.marking import mark_leaky
from passmuster.testing.factories import a_case

LINES = [
    '{"identifier":"a",  "request":"r", "expect":{"agent":"x"}}',
    "",
    '{"identifier": "b", "request": "ü", "tags": ["t"], "expect": {"agent": null}}',
]


def test_only_the_lines_concerned_change(tmp_path: Path) -> None:
    """Blank lines, spaces and line ends of the others stay as they are."""
    path = tmp_path / "a.jsonl"
    path.write_bytes("\r\n".join(LINES).encode())
    cases = FileLoader().load(path).cases

    marked = mark_leaky(cases[1:])

    first, blank, second = path.read_bytes().decode().split("\r\n")
    assert (first, blank) == (LINES[0], "")
    assert json.loads(second)["tags"] == ["t", "leaky"]
    assert "ü" in second
    assert (marked.count, marked.files, marked.findings) == (1, (path,), ())


def test_what_cannot_be_edited_is_told(tmp_path: Path) -> None:
    """Other formats, cases without a place, and files that have changed meanwhile."""
    changed, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    changed.write_text(LINES[0], encoding="utf-8")
    table.write_text("identifier,request,agent\nc,r,x\n", encoding="utf-8")
    cases = [*FileLoader().load(changed).cases, *FileLoader().load(table).cases, a_case("d")]
    changed.write_text(LINES[2], encoding="utf-8")

    marked = mark_leaky(cases)

    assert (marked.count, marked.files) == (0, ())
    assert sorted(finding.message.split("'")[1] for finding in marked.findings) == ["a", "c", "d"]
    assert changed.read_text(encoding="utf-8") == LINES[2]
