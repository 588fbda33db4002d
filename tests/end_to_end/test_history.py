"""`history`: stored runs over time, where a level changed, and the commit behind it."""

import json
import random
import shutil
import subprocess
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.answers import Answer
from passmuster.domain.results import Revision
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_decision,
    a_roster,
    a_run,
    a_subject_record,
    a_trial,
    an_agent,
)

from .conftest import Repository

GIT = shutil.which("git")
TITLE = "Let the debugger do more"
CASES = tuple(
    a_case(f"case-{number:03}", preferred=["debugger", "code-reviewer", None][number % 3]) for number in range(60)
)
EDITED = a_roster(an_agent("debugger", "Debugs, and reviews too."), "code-reviewer", "test-engineer")


def git(repository: Repository, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    command = [str(GIT), *identity, *arguments]
    return subprocess.run(command, cwd=repository.folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - git, with arguments from this file


def fill(repository: Repository, revisions: list[Revision | None]) -> None:
    """Store a run for each revision; from the middle on the debugger takes reviews, and its description is another."""
    store = SqliteStore(repository.store)
    generator = random.Random(7)  # noqa: S311 - noise, no secret
    for number, revision in enumerate(revisions):
        is_after = number >= len(revisions) // 2
        trials = []
        for place, case in enumerate(CASES):
            wanted = case.expectation.preferred
            is_stolen = is_after and wanted == "code-reviewer" and place % 2 == 0
            chosen = "debugger" if is_stolen or generator.random() < 0.05 else wanted
            trials.append(a_trial(case.identifier, subject="model", answer=Answer(routing=a_decision(chosen))))
        run = a_run(
            *trials,
            cases=CASES,
            roster=EDITED if is_after else None,
            identifier=f"20260102T030405-{number:06}",
            suite="team",
            started_at=MOMENT + timedelta(days=number),
            revision=revision,
            subjects=(a_subject_record("model", is_deterministic=False),),
        )
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)
    store.close()


@pytest.fixture
def remembering(repository: Repository) -> Repository:
    """A repository with forty stored runs, of two commits."""
    if GIT is None:
        pytest.skip("git is not installed")
    git(repository, "init", "--quiet", "--initial-branch", "main")
    commits = []
    for title in ("first", TITLE):
        repository.write_agent("debugger", title)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", title)
        commits.append(Revision(commit=git(repository, "rev-parse", "HEAD"), branch="main", is_dirty=False))
    fill(repository, [commits[number >= 20] for number in range(40)])
    return repository


def test_a_change_is_shown_with_its_commit(remembering: Repository) -> None:
    """What fell, between which runs, what differs there, and who did it."""
    outcome = remembering.passmuster("history", COLUMNS="200")

    assert outcome.status == 0, outcome.screen
    assert "▼ model routing accuracy" in outcome.screen
    assert "▼ model recall of code-reviewer" in outcome.screen
    assert "between runs 20260102T030405-000019" in outcome.screen
    assert "the roster changed (1 agent: debugger edited)" in outcome.screen
    assert TITLE in outcome.screen
    assert "… and 25 earlier ones" in outcome.screen


def test_machines_get_every_run_and_change(remembering: Repository) -> None:
    """The same as plain data, with all runs."""
    outcome = remembering.passmuster("history", "team", "--json")

    told = json.loads(outcome.output)
    changes = {(change["metric"], change["agent"]): change for change in told["changes"]}
    assert len(told["runs"]) == 40
    assert changes["recall", "code-reviewer"]["size"] == pytest.approx(-0.47, abs=0.05)
    assert changes["routing_accuracy", None]["first_run_after"] == "20260102T030405-000020"
    assert changes["routing_accuracy", None]["cause"]["roster"]["description_edited"] == ["debugger"]
    assert [commit["title"] for commit in changes["routing_accuracy", None]["commits"]] == [TITLE]


def test_a_picture_is_drawn_the_same_each_time(remembering: Repository) -> None:
    """As SVG, with the levels and the change."""
    first = remembering.passmuster("history", "--plot", "pictures/one.svg")
    second = remembering.passmuster("history", "--plot", "pictures/two.svg", "--json")

    assert (first.status, second.status) == (0, 0), first.screen + second.screen
    assert "plot: pictures/one.svg" in first.screen
    one, two = ((remembering.folder / "pictures" / f"{name}.svg").read_bytes() for name in ("one", "two"))
    assert one == two
    text = " ".join(element.text or "" for element in ET.fromstring(one).iter())  # noqa: S314 - our own picture
    assert "model: routing accuracy, 60\N{NO-BREAK SPACE}cases: " in text
    json.loads(second.output)


def test_runs_of_the_command_line_have_a_history(accepted: Repository) -> None:
    """Too few for a change, which is said; the one that is not finished is left out."""
    assert accepted.passmuster("run", "--no-report").status == 0

    outcome = accepted.passmuster("history")

    assert outcome.status == 0, outcome.screen
    assert "lexical routing accuracy" in outcome.screen
    assert "about a dozen complete runs" in outcome.screen


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the store has no run of suite 'team'"),
        (["--plot", "history.png"], "[plot-format]"),
    ],
)
def test_what_cannot_be_shown_is_said(repository: Repository, arguments: list[str], words: str) -> None:
    """With exit status 2, before anything is read or written."""
    outcome = repository.passmuster("history", *arguments)

    assert outcome.status == 2, outcome.screen
    assert words in outcome.screen
    assert not (repository.folder / "history.png").exists()
