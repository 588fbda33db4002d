"""The harness tested on itself: planted regressions in the project's own suite turn the gate red.

That the suite as it stands is equal to its baseline is seen in test_own_answers.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Outcome

Run = Callable[..., Outcome]

NOWHERE = {"PATH": str(Path(__file__).parent)}
"""A machine on which no program of any sandbox is found: the choice of agents needs none, and is there sooner."""


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """The copied suite's agents."""
    return tmp_path / "evals" / "software_team" / "agents"


def test_widened_description_is_caught(our_suite: Run, agents: Path) -> None:
    """A description widened over its neighbours' ground steals requests, and the thief is named."""
    path = agents / "django-specialist.md"
    text = path.read_text(encoding="utf-8")
    narrow = "Everything that lives inside a Django project."
    wide = "FastAPI services, aiohttp, asyncio, async database drivers, background workers and pytest."
    assert narrow in text
    path.write_text(text.replace(narrow, f"{narrow} {wide}", 1), encoding="utf-8")

    outcome = our_suite("run", "--no-report", **NOWHERE)

    assert outcome.status == 1, outcome.screen
    assert "django-specialist stole" in outcome.screen


def test_deleted_agent_is_caught(our_suite: Run, agents: Path) -> None:
    """Deleting an agent breaks the cases that it had."""
    (agents / "debugger.md").unlink()

    outcome = our_suite("run", "--no-report", **NOWHERE)

    assert outcome.status == 1, outcome.screen
    assert "debugger lost" in outcome.screen


def test_swapped_descriptions_are_caught(our_suite: Run, agents: Path) -> None:
    """Two agents that trade their names, and so their descriptions, turn the gate red."""
    one, other = agents / "database-engineer.md", agents / "mobile-developer.md"
    texts = [path.read_text(encoding="utf-8") for path in (one, other)]
    one.write_text(texts[0].replace("name: database-engineer", "name: mobile-developer", 1), encoding="utf-8")
    other.write_text(texts[1].replace("name: mobile-developer", "name: database-engineer", 1), encoding="utf-8")

    outcome = our_suite("run", "--no-report", **NOWHERE)

    assert outcome.status == 1, outcome.screen


def test_neutral_edit_passes(our_suite: Run, agents: Path) -> None:
    """Renaming files and reformatting front matter changes nothing that anybody reads."""
    path = agents / "debugger.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.rename(agents / "zz-debugger.md")

    outcome = our_suite("run", "--no-report", **NOWHERE)

    assert outcome.status == 0, outcome.screen


def test_edited_body_makes_recordings_stale(our_suite: Run, agents: Path) -> None:
    """A recording made with other instructions is never played: the verdict is that nobody can tell."""
    path = agents / "api-designer.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nAlways answer in verse.\n", encoding="utf-8")

    outcome = our_suite("run", "--no-report", "--subject", "lexical", **NOWHERE)

    assert outcome.status == 4, outcome.screen
    assert "stale" in outcome.screen.lower()


def test_missing_recording_is_found_while_planning(our_suite: Run, tmp_path: Path) -> None:
    """Without any recording of a case the command stops before it starts, naming every such case."""
    folder = tmp_path / "datasets" / "software_team" / "recordings"
    for name in ("output-api-01.md", "output-python-02.md"):
        (folder / name).unlink()

    outcome = our_suite("run")

    assert outcome.status == 2
    assert "output-api-01" in outcome.errors
    assert "output-python-02" in outcome.errors
    assert outcome.output == ""
