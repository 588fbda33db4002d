"""Where agents and cases lie in the repository."""

from dataclasses import replace
from pathlib import Path

import pytest

from passmuster.adapters.reporters.places import MAXIMUM_BYTES, Places
from passmuster.domain.values import SourceLocation
from passmuster.testing import factories

AGENT = "---\nname: debugger\nmodel: sonnet\ndescription: |\n  Finds causes.\n---\nYou debug.\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The top of a repository with a suite, an agent, and a folder from which somebody works."""
    top = tmp_path / "top"
    for folder in (".git", "evals/team/agents", "work"):
        (top / folder).mkdir(parents=True)
    (top / "evals/team/agents/debugger.md").write_text(AGENT, encoding="utf-8")
    monkeypatch.chdir(top / "work")
    return top


def line_of(repository: Path, path: str, line: int | None = None) -> SourceLocation | None:
    agent = factories.an_agent("debugger", source=SourceLocation(path=path, line=line))
    return Places(repository / "evals" / "team").of_agent(factories.a_roster(agent), "debugger")


@pytest.mark.parametrize("path", ["../evals/team/agents/debugger.md", "{top}/evals/team/agents/debugger.md"])
def test_paths_start_at_the_top(repository: Path, path: str) -> None:
    """Wherever the command was given, and whether the path is absolute or not; the line is the description's."""
    assert line_of(repository, path.format(top=repository), 2) == SourceLocation(
        path="evals/team/agents/debugger.md", line=4
    )


def test_a_path_through_a_link_is_known_again(repository: Path, tmp_path: Path) -> None:
    """A repository may be reached by another name than its own."""
    (tmp_path / "link").symlink_to(repository)
    found = Places(repository).place(SourceLocation(path=str(tmp_path / "link" / "a.jsonl"), line=3, column=1))

    assert found == SourceLocation(path="a.jsonl", line=3, column=1)


def test_what_lies_elsewhere_keeps_its_path(repository: Path, tmp_path: Path) -> None:
    """An agent of the user's home, or a path that no system can name, is no file of the repository."""
    for path in (str(tmp_path / "home" / "a.md"), "a\0b.md", "a\ud800.md"):
        location = SourceLocation(path=path, line=2)
        assert Places(repository).place(location) == location


def test_without_a_repository_paths_start_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current directory stands for the top."""
    monkeypatch.chdir(tmp_path)

    assert Places(tmp_path / "evals").place(SourceLocation(path="evals/a.md")) == SourceLocation(path="evals/a.md")


def test_a_file_of_several_agents_is_read_from_the_agent_on(repository: Path) -> None:
    """The description of another agent before it is not taken for its own."""
    text = '{\n "one": {\n  "description": "x"\n },\n "debugger": {\n  "description": "y"\n }\n}\n'
    (repository / "agents.json").write_text(text, encoding="utf-8")

    assert line_of(repository, "../agents.json", 5) == SourceLocation(path="agents.json", line=6)


@pytest.mark.parametrize("kind", ["gone", "folder", "huge", "no description"])
def test_where_the_line_cannot_be_found_the_one_that_was_known_stands(repository: Path, kind: str) -> None:
    """Nothing that is in a file, or in its place, makes this raise."""
    path = repository / "other.md"
    if kind == "folder":
        path.mkdir()
    elif kind == "huge":
        path.write_text("description: x\n" + "x" * MAXIMUM_BYTES, encoding="utf-8")
    elif kind == "no description":
        path.write_bytes(b"\xff\xfe\n")

    assert line_of(repository, "../other.md", 7) == SourceLocation(path="other.md", line=7)
    assert line_of(repository, "../other.md") == SourceLocation(path="other.md", line=1)


def test_nobody_and_agents_without_a_file_have_no_place(repository: Path) -> None:
    """An agent that the host brings, and the choice of nobody."""
    roster = factories.a_roster(replace(factories.an_agent("debugger"), source=None))

    assert Places(repository).of_agent(roster, "debugger") is None
    assert Places(repository).of_agent(roster, "(nobody)") is None
