"""The agents' files written otherwise: what is copied, what stays the same, and when it cannot be done."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from passmuster.application.mutating import Edit
from passmuster.composition.rewriting import rewritten
from passmuster.composition.rosters import load_roster
from passmuster.domain.agents import Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.testing.factories import a_roster


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder of three agents, one of them in a folder of its own."""
    folder = tmp_path / "repository" / ".claude" / "agents"
    for path, name in {"a.md": "cook", "b.md": "gardener", "more/c.md": "tailor"}.items():
        write(folder / path, f"---\nname: {name}\ndescription: |\n  Does the work\n  of a {name}.\n---\nBe kind.\n")
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def seen(agents: Path, load: Callable[[Path], Roster] = load_roster) -> dict[Edit, dict[str, bytes]]:
    """Return the files of every copy."""
    copies: list[dict[str, bytes]] = []

    def look(folder: Path) -> Roster:
        copies.append({str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.md"))})
        return load(folder)

    with rewritten(load_roster(agents), agents, look) as mutations:
        edits = [mutation.edit for mutation in mutations]
    return dict(zip(edits, copies[1:], strict=True))


def test_copies_are_the_same_roster(agents: Path) -> None:
    """Neither the ends of lines nor the order of files is anything that an agent is made of."""
    roster = load_roster(agents)

    with rewritten(roster, agents, load_roster) as mutations:
        assert [mutation.edit for mutation in mutations] == [Edit.REFORMATTED, Edit.REORDERED]
        for mutation in mutations:
            assert mutation.roster.fingerprint == roster.fingerprint
            sources = [agent.source for agent in mutation.roster.agents]
            assert all(
                source and Path(source.path).is_file() and agents not in Path(source.path).parents for source in sources
            )


def test_reformatting_turns_line_ends_around(agents: Path) -> None:
    """Files from Windows get the others' line ends, and the others get theirs."""
    (agents / "b.md").write_bytes((agents / "b.md").read_bytes().replace(b"\n", b"\r\n"))

    files = seen(agents)[Edit.REFORMATTED]

    assert files["a.md"] == (agents / "a.md").read_bytes().replace(b"\n", b"\r\n") + b"\r\n"
    assert files["b.md"] == (agents / "b.md").read_bytes().replace(b"\r\n", b"\n") + b"\n"


def test_reordering_turns_the_files_around(agents: Path) -> None:
    """What came first comes last; nothing in the files changes."""
    files = seen(agents)[Edit.REORDERED]

    assert list(files) == ["000001-b.md", "000002-a.md", "more/000000-c.md"]
    assert files["000001-b.md"] == (agents / "b.md").read_bytes()


def test_a_file_that_its_agent_may_be_called_after_keeps_its_name(tmp_path: Path) -> None:
    """An agent of a plugin need not say its name."""
    folder = tmp_path / "plugins"
    write(folder / "kitchen" / "agents" / "cook.md", "---\ndescription: Cooks.\n---\nBe kind.\n")
    write(folder / "kitchen" / "agents" / "baker.md", "---\nname: baker\ndescription: Bakes.\n---\nBe kind.\n")

    files = seen(folder)

    assert list(files[Edit.REORDERED]) == ["kitchen/agents/000001-baker.md", "kitchen/agents/cook.md"]
    assert load_roster(folder).names == ("kitchen:baker", "kitchen:cook")


def test_files_that_cannot_change_places_are_only_reformatted(tmp_path: Path) -> None:
    """An order of which nothing changed would prove nothing."""
    folder = tmp_path / "plugins"
    write(folder / "kitchen" / "agents" / "cook.md", "---\ndescription: Cooks.\n---\nBe kind.\n")

    assert list(seen(folder)) == [Edit.REFORMATTED]


@pytest.mark.parametrize(("host", "path"), [("copilot", "{0}.agent.md"), ("skills", "{0}/SKILL.md")])
def test_files_whose_names_mean_something_are_only_reformatted(tmp_path: Path, host: str, path: str) -> None:
    """To some hosts a file's name is the agent's, or tells that there is one."""
    for name in ("baker", "cook"):
        write(tmp_path / path.format(name), f"---\nname: {name}\ndescription: Works.\n---\nBe kind.\n")

    load = partial(load_roster, host=host)

    with rewritten(load(tmp_path), tmp_path, load) as mutations:
        assert [item.edit for item in mutations] == [Edit.REFORMATTED]


def test_the_originals_stay_as_they_are(agents: Path) -> None:
    """And the copies go when they are done with."""
    before = {path: path.read_bytes() for path in agents.rglob("*") if path.is_file()}

    with rewritten(load_roster(agents), agents, load_roster) as mutations:
        copies = [Path(agent.source.path) for item in mutations for agent in item.roster.agents if agent.source]

    assert {path: path.read_bytes() for path in agents.rglob("*") if path.is_file()} == before
    assert len(copies) == 6
    assert not any(path.exists() for path in copies)


def test_a_roster_of_no_files_is_left_alone(tmp_path: Path) -> None:
    """Nobody knows how it would be written otherwise."""
    with rewritten(a_roster(), tmp_path, load_roster) as mutations:
        assert mutations == ()


def refusing(_folder: Path) -> Roster:
    raise InvalidRosterError([])


@pytest.mark.parametrize("load", [refusing, lambda _folder: a_roster()])
def test_a_loader_that_looks_at_more_than_the_files_is_left_alone(agents: Path, load: Callable[[Path], Roster]) -> None:
    """Where a faithful copy is another roster, an edited one would prove nothing."""
    with rewritten(load_roster(agents), agents, load) as mutations:
        assert mutations == ()
