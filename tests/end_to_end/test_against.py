"""`--against REF`: the suite as it was at a git revision is the other side of the comparison."""

import shutil
import subprocess

import pytest

from .conftest import Repository, case_line

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
    outcome = committed.passmuster("run", "--against", "HEAD")

    assert outcome.status == 0, outcome.screen
    assert "nothing differs" in outcome.screen
    assert not committed.baseline.exists()


def test_edit_since_the_revision_is_blamed(committed: Repository) -> None:
    """A thief that is not committed yet is named; committed, it is the standard of the next comparison."""
    committed.write_agent(
        "documentation-writer", "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
    )

    stolen = committed.passmuster("run", "--against", "main")
    git(committed, "commit", "--quiet", "--all", "--message", "second")
    settled = committed.passmuster("run", "--against", "HEAD")
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

    outcome = committed.passmuster("run", "--against", "HEAD")

    assert outcome.status == 0, outcome.screen
    assert "no case broke" in outcome.screen


@pytest.mark.parametrize("reference", ["no-such-branch", "--output=x", "HEAD:evals"])
def test_unknown_revision_is_refused(committed: Repository, reference: str) -> None:
    """Whatever is no commit, branch or tag is an error of the input, and nothing that git could take for an option."""
    outcome = committed.passmuster("run", f"--against={reference}")

    assert outcome.status == 2, outcome.screen
    assert "[unknown-revision]" in outcome.errors


def test_outside_a_repository_there_is_no_revision(repository: Repository) -> None:
    """A folder without git is told so."""
    outcome = repository.passmuster("run", "--against", "HEAD", GIT_CEILING_DIRECTORIES=str(repository.folder.parent))

    assert outcome.status == 2, outcome.screen
    assert "[unknown-revision]" in outcome.errors


def test_revision_before_the_suite_is_refused(committed: Repository) -> None:
    """Where there was no suite yet, there is nothing to compare with."""
    shutil.copytree(committed.suite.parent, committed.folder / "evals" / "later")

    outcome = committed.passmuster("run", "later", "--against", "HEAD")

    assert outcome.status == 2, outcome.screen
    assert "[no-suite]" in outcome.errors
