"""`--against REF`: the suite as it was at a git revision is the other side of the comparison."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from .conftest import PATIENCE, SUITE, Repository, case_line, clean_environment, stored_trials, wait_for

GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed")


def git(repository: Repository, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    subprocess.run(  # noqa: S603 - git, with arguments from this file
        [str(GIT), *identity, *arguments], cwd=repository.folder, check=True, capture_output=True
    )


@pytest.fixture
def committed(repository: Repository) -> Repository:
    """A repository whose suite is committed, without any accepted baseline."""
    (repository.folder / ".gitignore").write_text(".passmuster/\nreports/\n", encoding="utf-8")
    git(repository, "init", "--quiet", "--initial-branch", "main")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "first")
    return repository


def test_unchanged_tree_is_equal(committed: Repository) -> None:
    """Against the commit that is checked out nothing differs, and no baseline is needed; nothing is left behind."""
    outcome = committed.passmuster("run", "--no-report", "--against", "HEAD")

    assert outcome.status == 0, outcome.screen
    assert "nothing differs" in outcome.screen
    assert not committed.baseline.exists()


def test_edit_since_the_revision_is_blamed(committed: Repository) -> None:
    """A thief that is not committed yet is named; committed, it is the standard of the next comparison."""
    committed.write_agent(
        "documentation-writer", "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
    )

    stolen = committed.passmuster("run", "--no-report", "--against", "main")
    git(committed, "commit", "--quiet", "--all", "--message", "second")
    settled = committed.passmuster("run", "--no-report", "--against", "HEAD")
    before = committed.passmuster("run", "--against", "HEAD~1", "--no-report")

    assert stolen.status == 1, stolen.screen
    assert "documentation-writer stole" in stolen.screen
    assert settled.status == 0, settled.screen
    assert before.status == 1, before.screen


def test_edited_case_is_not_compared(committed: Repository) -> None:
    """A case that expects something else now is no break of an agent."""
    lines = committed.cases.read_text(encoding="utf-8").splitlines()
    lines[0] = case_line("database-1", "Which index is missing from this query plan?", "documentation-writer")
    committed.write_cases(lines)

    outcome = committed.passmuster("run", "--no-report", "--against", "HEAD")

    assert outcome.status == 0, outcome.screen
    assert "no case broke" in outcome.screen


@pytest.mark.parametrize("reference", ["no-such-branch", "--output=x", "HEAD:evals"])
def test_unknown_revision_is_refused(committed: Repository, reference: str) -> None:
    """Whatever is no commit, branch or tag is an error of the input, and nothing that git could take for an option."""
    outcome = committed.passmuster("run", "--no-report", f"--against={reference}")

    assert outcome.status == 2, outcome.screen
    assert "[unknown-revision]" in outcome.errors


def test_outside_a_repository_there_is_no_revision(repository: Repository) -> None:
    """A folder without git is told so."""
    outcome = repository.passmuster(
        "run", "--no-report", "--against", "HEAD", GIT_CEILING_DIRECTORIES=str(repository.folder.parent)
    )

    assert outcome.status == 2, outcome.screen
    assert "[unknown-revision]" in outcome.errors


def test_revision_before_the_suite_is_refused(committed: Repository) -> None:
    """Where there was no suite yet, there is nothing to compare with."""
    shutil.copytree(committed.suite.parent, committed.folder / "evals" / "later")

    outcome = committed.passmuster("run", "--no-report", "later", "--against", "HEAD")

    assert outcome.status == 2, outcome.screen
    assert "[no-suite]" in outcome.errors


DRIFTING = '''
import os

async def route(request, roster):
    """Be right for the first forty questions, whoever asks, and wrong from then on."""
    with open("calls", "a", encoding="utf-8") as calls:
        calls.write(".")
    return "database-engineer" if os.path.getsize("calls") <= 40 else None
'''

WAITING = '''
import asyncio

drift = route

async def route(request, roster):
    """Let thirty questions through, then wait for as long as the marker file is there."""
    answer = await drift(request, roster)
    while os.path.getsize("calls") > 30 and os.path.exists("hold"):
        await asyncio.sleep(0.01)
    return answer
'''


@pytest.fixture
def drifting(committed: Repository) -> Repository:
    """A repository whose model gets worse by the hour, and is asked by one worker."""
    (committed.suite.parent / "model.py").write_text(DRIFTING, encoding="utf-8")
    suite = SUITE.replace("{use: lexical}", "{use: callable, target: ./model.py:route}")
    committed.suite.write_text(suite + "execution: {use: local, concurrency: 1}\n", encoding="utf-8")
    requests = [(f"case-{at:02}", f"request {at:02}") for at in range(40)]
    committed.write_cases([case_line(name, request, "database-engineer") for name, request in requests])
    git(committed, "add", "--all")
    git(committed, "commit", "--quiet", "--message", "a model")
    return committed


def test_drift_hits_both_sides_alike(drifting: Repository) -> None:
    """Asked in turns, both sides lose the same cases; asked one after the other, the candidate would lose them all."""
    outcome = drifting.passmuster("run", "--against", "HEAD", "--no-report", "--json")
    result = json.loads(outcome.output)

    assert result["comparison"]["counts"]["broken"] == 0
    assert next(item["value"] for item in result["metrics"] if item["metric"] == "routing_accuracy") == 0.5
    assert any("Nothing was changed since team at HEAD" in sentence for sentence in result["trust"])
    assert any("Both sides were run in turns" in sentence for sentence in result["trust"])


def test_what_cannot_vary_is_not_run_again(committed: Repository) -> None:
    """The second comparison with the same commit takes the first one's baseline, and says so."""
    first = committed.passmuster("run", "--against", "HEAD", "--no-report", "--json")
    second = committed.passmuster("run", "--against", "HEAD", "--no-report", "--json")

    assert not any("was not run again" in sentence for sentence in json.loads(first.output)["trust"])
    assert any("was not run again" in sentence for sentence in json.loads(second.output)["trust"])
    assert json.loads(second.output)["verdict"] == "equal"


def test_a_stored_run_is_a_baseline(committed: Repository) -> None:
    """Without a baseline file, and without running anything again."""
    former = json.loads(committed.passmuster("run", "--no-report", "--json").output)["run"]
    committed.write_agent(
        "documentation-writer", "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
    )

    run = committed.passmuster("run", "--against-run", former, "--no-report")
    gate = committed.passmuster("gate", "--against-run", former)
    compare = committed.passmuster("compare", "--against-run", former)
    unknown = committed.passmuster("gate", "--against-run", "yesterday")

    assert run.status == 1, run.screen
    assert gate.status == 1, gate.screen
    assert "documentation-writer stole" in gate.screen
    assert compare.status == 0, compare.screen
    assert "broken" in compare.screen
    assert unknown.status == 2
    assert "passmuster history" in unknown.errors


def test_an_interrupted_pair_goes_on(drifting: Repository) -> None:
    """Ctrl-C keeps what both sides had finished; --resume asks only for the rest."""
    (drifting.suite.parent / "model.py").write_text(DRIFTING + WAITING, encoding="utf-8")
    git(drifting, "commit", "--quiet", "--all", "--message", "a slow model")
    (drifting.folder / "hold").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "passmuster.cli", "run", "--against", "HEAD", "--no-report"],
        cwd=drifting.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for(lambda: stored_trials(drifting) >= 30)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    kept = stored_trials(drifting)
    (drifting.folder / "hold").unlink()

    outcome = drifting.passmuster("run", "--against", "HEAD", "--resume", "--no-report", "--json")

    assert process.returncode == 130
    assert b"--resume" in errors
    assert kept == 30
    assert stored_trials(drifting) == 80
    # The question that was waiting when it was interrupted was asked twice.
    assert len((drifting.folder / "calls").read_text(encoding="utf-8")) == 81
    assert not any("incomplete" in sentence for sentence in json.loads(outcome.output)["trust"])


@pytest.mark.parametrize(
    "options",
    [
        ["--against", "HEAD", "--against-run", "x"],
        ["--adaptive", "--repetitions", "3"],
        ["--maximum-trials", "5"],
    ],
)
def test_options_that_contradict_each_other_are_refused(repository: Repository, options: list[str]) -> None:
    """Nobody can say what was meant."""
    outcome = repository.passmuster("run", "--no-report", *options)

    assert outcome.status == 2, outcome.screen
    assert "[contradiction]" in outcome.errors
