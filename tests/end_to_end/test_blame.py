"""`passmuster blame`: the edits since a git revision that made requests go wrong."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import AGENTS, REQUESTS, Repository

GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed")

THEFT = "Explains query plans, SQL migrations, schemas and partial indexes of PostgreSQL."
FIRST, SECOND = "Writes tutorials, reference pages and onboarding guides for a library's readers.", "Keeps a glossary."


def git(repository: Repository, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    subprocess.run(  # noqa: S603 - git, with arguments from this file
        [str(GIT), *identity, *arguments], cwd=repository.folder, check=True, capture_output=True
    )


def commit(repository: Repository) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "one more")


@pytest.fixture
def committed(repository: Repository) -> Repository:
    """A repository whose suite is committed; nothing has been run or accepted."""
    (repository.folder / ".gitignore").write_text(".passmuster/\nreports/\n", encoding="utf-8")
    git(repository, "init", "--quiet", "--initial-branch", "main")
    commit(repository)
    return repository


@pytest.fixture
def stolen(committed: Repository) -> Repository:
    """The same after an edit that steals, among edits that do not."""
    committed.write_agent("documentation-writer", f"{FIRST} {THEFT} {SECOND}")
    committed.write_agent("database-engineer", f"{AGENTS['database-engineer']} Sleeps well.")
    return committed


def files_of(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {str(path): path.read_bytes() for path in paths}


def test_the_guilty_sentence_is_named(stolen: Repository) -> None:
    """With what it flipped, from whom to whom, by which words; and nothing is written."""
    before = files_of(stolen.folder)

    outcome = stolen.passmuster("blame")

    assert outcome.status == 0, outcome.screen
    assert f"+ {THEFT}" in outcome.screen
    assert SECOND not in outcome.screen
    assert "Sleeps well" not in outcome.screen
    assert "database-engineer → documentation-writer by '" in outcome.screen
    assert "taken back, the cases go right" in outcome.screen
    assert "✔ blamed" in outcome.screen
    assert files_of(stolen.folder) == before


def test_json_says_all_that_there_is(stolen: Repository) -> None:
    """And equal repositories get equal answers."""
    first, second = (stolen.passmuster("blame", "--json", PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert first == second
    found = json.loads(first.output)
    assert found["certain"] is True
    [guilt] = found["guilts"]
    assert guilt["sets"] == [
        [{"agent": "documentation-writer", "field": "description", "removed": "", "added": THEFT, "within": ""}]
    ]
    assert {case["was"] for case in guilt["cases"]} == {"database-engineer"}
    assert guilt["reverting"] == {"broken": [], "fixed": []}
    assert found["calls"] <= found["budget"] == 5_000
    assert all(case["words"] for case in guilt["cases"] if case["now"] == "documentation-writer")


def test_another_revision_can_be_named(stolen: Repository) -> None:
    """Committed, the edit is no edit any more, except against the commit before it."""
    commit(stolen)

    now, before = stolen.passmuster("blame"), stolen.passmuster("blame", "team", "--against", "HEAD~1")

    assert now.status == 0, now.screen
    assert "the agents are the same as at HEAD" in now.screen
    assert f"+ {THEFT}" in before.screen


def test_named_cases_only(stolen: Repository) -> None:
    """One that did not flip is said not to have."""
    outcome = stolen.passmuster("blame", "--case", "documentation-1")

    assert outcome.status == 0, outcome.screen
    assert "did not flip from right to wrong: documentation-1" in outcome.screen
    assert "nothing to blame" in outcome.screen


def test_a_budget_that_ends_is_said(stolen: Repository) -> None:
    """The suspects are named, and the status is the one of what is not certain."""
    enough = json.loads(stolen.passmuster("blame", "--json").output)
    found = 2 * len(REQUESTS)

    outcome = stolen.passmuster("blame", "--budget", str(found))

    assert outcome.status == 4, outcome.screen
    assert enough["calls"] > found
    assert "flipped by some of 3 edits" in outcome.screen
    assert THEFT in outcome.screen
    assert "raise --budget" in outcome.screen


def test_a_removed_agent_is_blamed(committed: Repository) -> None:
    """Cases may still expect it: it was there at the revision."""
    (committed.agents / "documentation-writer.md").unlink()

    outcome = committed.passmuster("blame")

    assert outcome.status == 0, outcome.screen
    assert "documentation-writer, agent: flips" in outcome.screen
    assert "- documentation-writer" in outcome.screen


def test_a_subject_that_varies_is_asked_repeatedly(stolen: Repository) -> None:
    """One in ten answers of the user's function is nobody, and the sentence is found."""
    suite = stolen.suite.read_text(encoding="utf-8")
    stolen.suite.write_text(
        suite.replace("{use: lexical}", '{use: callable, target: "./router.py:choose"}'), encoding="utf-8"
    )
    (stolen.suite.parent / "router.py").write_text(
        "from collections import Counter\n\nASKED = Counter()\n\n\n"
        "def choose(request, roster):\n"
        "    ASKED[request.text] += 1\n"
        "    if ASKED[request.text] % 10 == 7:\n        return None\n"
        "    words = set(request.text.lower().replace('?', '').split())\n"
        "    scores = {agent.name: len(words & set(agent.description.lower().split())) for agent in roster.agents}\n"
        "    best = max(scores, key=scores.get)\n"
        "    return best if list(scores.values()).count(scores[best]) == 1 else None\n",
        encoding="utf-8",
    )

    few = stolen.passmuster("blame", "--budget", "19")
    found = json.loads(stolen.passmuster("blame", "--case", "database-2", "--json").output)

    assert few.status == 2, few.screen
    assert "[small-budget]" in few.errors
    [guilt] = found["guilts"]
    assert [[edit["added"] for edit in edits] for edits in guilt["sets"]] == [[THEFT]]
    assert 10 < found["calls"] <= found["budget"] == 200


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--case", "no-such-case"], "[unknown-case]"),
        (["--subject", "nobody"], "[unknown-subject]"),
        (["--against", "no-such-branch"], "[unknown-revision]"),
        (["--budget", "3"], "[small-budget]"),
    ],
)
def test_wrong_input_is_refused(stolen: Repository, arguments: list[str], rule: str) -> None:
    """With what to write instead."""
    outcome = stolen.passmuster("blame", *arguments)

    assert outcome.status == 2, outcome.screen
    assert rule in outcome.errors
    assert " — " in outcome.errors


def test_a_roster_that_was_broken_then_is_told_by_its_place(committed: Repository) -> None:
    """The complaint names the revision and the user's file, not a copy."""
    for path in committed.agents.iterdir():
        path.rename(path.with_suffix(".txt"))
    commit(committed)
    for path in committed.agents.iterdir():
        path.rename(path.with_suffix(".md"))

    outcome = committed.passmuster("blame")

    assert outcome.status == 2, outcome.screen
    assert "at HEAD: " in outcome.errors
