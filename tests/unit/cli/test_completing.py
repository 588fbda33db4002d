"""Names that the shell is offered."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passmuster.cli import completing
from passmuster.cli.completing import offered

SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ./cases.jsonl}
  - {use: files, location: ./more.yaml}
  - {use: files, location: ./table.csv}
  - {use: files, location: ./missing.jsonl}
subjects: {lexical: {}, learnt: {}}
store: {use: sqlite, location: ../../runs.sqlite}
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one suite, as completion finds it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PASSMUSTER_SUITE", raising=False)
    monkeypatch.delenv("PASSMUSTER_STORE", raising=False)
    folder = tmp_path / "evals" / "team"
    (folder / "agents").mkdir(parents=True)
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (folder / "cases.jsonl").write_text(
        '{"identifier": "query-1", "request": "identifier: none"}\n{"identifier": "$(reboot)", "request": ""}\n{"ide',
        encoding="utf-8",
    )
    (folder / "more.yaml").write_text("- identifier: query-2\n  request: x\n", encoding="utf-8")
    (folder / "table.csv").write_text("request,identifier\nx,query-3\n", encoding="utf-8")
    (folder / "agents" / "one.md").write_text("---\nname: debugger\n---\n", encoding="utf-8")
    (folder / "agents" / "two.md").write_text("---\nname: 'x; reboot'\n---\n", encoding="utf-8")
    return folder


def test_names_come_from_the_files() -> None:
    """Suites, subjects, agents and cases in lines, in YAML and in tables."""
    assert offered(completing.suites, None, "t") == ["team"]
    assert offered(completing.subjects, None, "le") == ["lexical", "learnt"]
    assert offered(completing.agents, "team", "") == ["debugger"]
    assert offered(completing.cases, None, "query") == ["query-1", "query-2", "query-3"]


def test_no_name_is_offered_that_a_shell_could_carry_out() -> None:
    """Shells evaluate what they are offered, and datasets and agents are written by others."""
    assert "$(reboot)" not in offered(completing.cases, None, "")
    assert offered(completing.agents, None, "x") == []


def test_runs_are_offered_the_latest_first(tmp_path: Path) -> None:
    """Of this suite alone, and without making a store where there is none."""
    assert offered(completing.runs, None, "") == []
    assert not (tmp_path / "runs.sqlite").exists()

    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        connection.execute("CREATE TABLE run (identifier TEXT, suite TEXT, started_at TEXT)")
        rows = [("20260101-a", "team", "1"), ("20260102-b", "team", "2"), ("20260103-c", "other", "3")]
        connection.executemany("INSERT INTO run VALUES (?, ?, ?)", rows)
        connection.commit()

    assert offered(completing.runs, None, "2026") == ["20260102-b", "20260101-a"]


@pytest.mark.parametrize("text", ["", "[", "- a list", "subjects: 3\nroster: [x]\ndatasets: {}\nstore: 1\n"])
def test_a_broken_suite_offers_nothing(repository: Path, text: str) -> None:
    """Somebody is in the middle of an edit, and a complaint would stand in the command line."""
    (repository / "suite.yaml").write_text(text, encoding="utf-8")

    for source in (completing.subjects, completing.cases, completing.agents, completing.runs):
        assert offered(source, None, "") == []


def test_where_there_are_several_suites_one_must_be_named(repository: Path) -> None:
    """Otherwise nobody knows whose names are meant."""
    (repository.parent / "other").mkdir()
    (repository.parent / "other" / "suite.yaml").write_text("subjects: {x: {}}\n", encoding="utf-8")

    assert offered(completing.subjects, None, "") == []
    assert offered(completing.subjects, "other", "") == ["x"]
