"""Revisions of real repositories."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from passmuster.adapters.revisions.git import COMPONENT, GitRevisions
from passmuster.ports import BuildContext

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git program")


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    command = [shutil.which("git") or "git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - fixed arguments


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    (folder / "agent.md").write_text("one\n")
    (folder / ".gitignore").write_text("*.sqlite\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def test_commit_and_branch_are_told(repository: Path) -> None:
    """A clean repository has its commit, its branch, and is not dirty; also seen from a folder inside."""
    inside = repository / "agents"
    inside.mkdir()

    revision = COMPONENT.build(COMPONENT.options(), BuildContext(folder=repository)).current(inside)

    assert revision is not None
    assert revision.commit == git(repository, "rev-parse", "HEAD")
    assert revision.branch == "trunk"
    assert not revision.is_dirty


@pytest.mark.parametrize(
    ("name", "is_dirty"), [("agent.md", True), ("new.md", True), ("naïve \n.md", True), ("runs.sqlite", False)]
)
def test_changed_and_new_files_make_a_revision_dirty(repository: Path, name: str, *, is_dirty: bool) -> None:
    """A changed or a new file counts, an ignored one does not."""
    (repository / name).write_text("two\n")

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.is_dirty is is_dirty


def test_a_detached_revision_has_no_branch(repository: Path) -> None:
    """Where no branch is checked out, as in most CI, the branch is empty."""
    git(repository, "checkout", "--quiet", "--detach")

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.branch == ""


def test_a_repository_without_a_commit_has_no_revision(tmp_path: Path) -> None:
    """Before the first commit there is nothing to name."""
    git(tmp_path, "init", "--quiet")

    assert GitRevisions().current(tmp_path) is None


@pytest.mark.parametrize("name", [".", "no-such-folder"])
def test_outside_a_repository_there_is_no_revision(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of no repository, or no folder at all, is no error."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert GitRevisions().current(tmp_path / name) is None


def test_without_the_git_program_there_is_no_revision(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The git program is not needed to run passmuster."""
    monkeypatch.setenv("PATH", str(repository))

    assert GitRevisions().current(repository) is None


def test_a_hook_of_another_repository_does_not_mislead(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a git hook, GIT_DIR names the hook's repository; the folder's is asked for all the same."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.commit == commit


def test_a_program_named_by_the_repository_is_not_run(repository: Path, tmp_path: Path) -> None:
    """A repository's file system monitor is somebody else's program."""
    trace = tmp_path / "was-run"
    monitor = repository / ".git" / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    monitor.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(monitor))

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert not trace.exists()


def test_a_git_that_takes_too_long_is_done_without(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time limit a repository counts as having no revision."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)

    assert GitRevisions(time_limit=0.05).current(repository) is None
