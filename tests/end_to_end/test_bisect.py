"""`bisect`: in a real repository, the commit that planted a theft is found, cheaply, and nothing of it is touched."""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import Any

import pytest

from .conftest import AGENTS, Repository

GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed")

DATABASE, WRITER = "database-engineer", "documentation-writer"
THIEF = "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
TITLE = "Let the writer [bold]do[/bold] more"


def git(repository: Repository, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    command = [str(GIT), *identity, *arguments]
    return subprocess.run(command, cwd=repository.folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - git, with arguments from this file


def commit(repository: Repository, title: str) -> str:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", title)
    return git(repository, "rev-parse", "HEAD")


def stored_runs(repository: Repository) -> list[tuple[str, str]]:
    """Return the suite's name and the revision of every run in the store."""
    with closing(sqlite3.connect(repository.store)) as connection:
        return connection.execute("SELECT suite, revision FROM run ORDER BY started_at").fetchall()


@pytest.fixture
def robbed(repository: Repository) -> tuple[Repository, str]:
    """A repository of nine commits that touch the agents and two that do not; and the one that planted the theft."""
    (repository.folder / ".gitignore").write_text(".passmuster/\nreports/\n", encoding="utf-8")
    git(repository, "init", "--quiet", "--initial-branch", "main")
    commit(repository, "first")
    git(repository, "tag", "v1")
    for number in range(4):
        repository.write_agent(DATABASE, f"{AGENTS[DATABASE]} Thorough{'!' * number}")
        commit(repository, f"Thorough {number}")
    (repository.folder / "README.md").write_text("Ours.\n", encoding="utf-8")
    commit(repository, "Say whose it is")
    repository.write_agent(WRITER, THIEF)
    guilty = commit(repository, TITLE)
    (repository.folder / "README.md").write_text("Ours, still.\n", encoding="utf-8")
    commit(repository, "Say it again")
    for number in range(3):
        repository.write_agent(DATABASE, f"{AGENTS[DATABASE]} Calm{'!' * number}")
        commit(repository, f"Calm {number}")
    return repository, guilty


def found(repository: Repository, *arguments: str) -> dict[str, Any]:
    outcome = repository.passmuster("bisect", *arguments, "--json")
    assert outcome.status in {0, 4}, outcome.screen
    answer: dict[str, Any] = json.loads(outcome.output)
    return answer


def test_the_guilty_commit_is_found_in_a_few_runs(robbed: tuple[Repository, str]) -> None:
    """Of eight commits both ends and three more are evaluated; a second search makes no run at all."""
    repository, guilty = robbed

    first = found(repository, "v1")
    second = found(repository, "v1")

    assert first["first_bad"]["commit"] == guilty
    assert first["first_bad"]["title"] == TITLE
    assert first["roster"]["description_edited"] == [WRITER]
    assert {change["stolen_by"] for change in first["broken"]} >= {WRITER}
    assert len(first["evaluated"]) <= 5
    assert (first["runs_made"], first["trials_made"]) == (len(first["evaluated"]), 10 * len(first["evaluated"]))
    assert (second["first_bad"], second["broken"]) == (first["first_bad"], first["broken"])
    assert (second["runs_made"], second["trials_made"]) == (0, 0)
    assert sorted(revision for _, revision in stored_runs(repository)) == sorted(
        item["commit"] for item in first["evaluated"]
    )


def test_the_repository_is_left_alone_and_no_run_of_it_is_the_latest(robbed: tuple[Repository, str]) -> None:
    """Neither its files nor its branch change, and nobody can accept a run of another commit by mistake."""
    repository, _ = robbed
    assert repository.passmuster("run", "--no-report").status == 4
    before = {path: path.read_bytes() for path in repository.agents.iterdir()}
    head = git(repository, "rev-parse", "HEAD")

    outcome = repository.passmuster("bisect", "v1")
    accepted = repository.passmuster("accept")

    assert outcome.status == 0, outcome.screen
    assert TITLE in outcome.screen
    assert "stolen by documentation-writer" in outcome.screen
    assert {path: path.read_bytes() for path in repository.agents.iterdir()} == before
    assert git(repository, "status", "--porcelain") == "?? evals/team/baseline.jsonl"
    assert git(repository, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").split() == [head, "main"]
    [usual] = [revision for suite, revision in stored_runs(repository) if suite == "team"]
    assert usual == head
    assert accepted.status == 0
    assert "tmp" not in repository.baseline.read_text(encoding="utf-8")


def test_a_usual_run_is_taken_for_the_bad_end(robbed: tuple[Repository, str]) -> None:
    """What `run` has stored already is not made again."""
    repository, guilty = robbed
    assert repository.passmuster("run", "--no-report").status == 4

    answer = found(repository, "v1", "HEAD", "team", "--case", "database-1", "--subject", "lexical")

    assert answer["first_bad"]["commit"] == guilty
    assert answer["runs_reused"] == 1
    assert answer["evaluated"][1]["trials_reused"] == 10


def test_what_is_not_committed_can_be_the_one(robbed: tuple[Repository, str]) -> None:
    """With no other bad end, the files as they are count."""
    repository, _ = robbed
    git(repository, "reset", "--quiet", "--hard", "v1")
    repository.write_agent(WRITER, THIEF)

    outcome = repository.passmuster("bisect", "v1")

    assert outcome.status == 0, outcome.screen
    assert "what is not committed" in outcome.screen


def test_beside_a_broken_commit_the_answer_is_a_range(repository: Repository) -> None:
    """Exit status 4: one of the two did it."""
    git(repository, "init", "--quiet", "--initial-branch", "main")
    commit(repository, "first")
    (repository.agents / f"{DATABASE}.md").write_text("no front matter", encoding="utf-8")
    (repository.agents / f"{WRITER}.md").write_text("no front matter", encoding="utf-8")
    commit(repository, "Break everything")
    repository.write_agent(DATABASE, AGENTS[DATABASE])
    repository.write_agent(WRITER, THIEF)
    commit(repository, "Mend it")

    outcome = repository.passmuster("bisect", "HEAD~2", "HEAD", COLUMNS="300")

    assert outcome.status == 4, outcome.screen
    assert "cannot tell which of these 2" in outcome.screen
    assert ": no agent comes out of this file" in outcome.screen
    assert "passmuster-" not in outcome.screen


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["HEAD~1"], "not-bad"),
        (["HEAD", "v1"], "no-ancestor"),
        (["HEAD~1", "--case", "database-1"], "not-good"),
        (["v1", "--", "--output=x"], "unknown-revision"),
        (["v1", "HEAD", "no-such-suite"], "no-suite"),
    ],
)
def test_wrong_ends_are_the_users_input(robbed: tuple[Repository, str], arguments: list[str], rule: str) -> None:
    """Each with what to write instead, and with exit status 2."""
    repository, _ = robbed

    outcome = repository.passmuster("bisect", *arguments)

    assert outcome.status == 2, outcome.screen
    assert f"[{rule}]" in outcome.errors
    assert not (repository.folder / "x").exists()
