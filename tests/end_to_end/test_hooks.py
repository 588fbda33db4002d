"""The hooks for pre-commit, run by pre-commit itself in a scratch repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.prepared_interpreter import written_command

from .conftest import ROOT, Repository, clean_environment
from .scratch_review import GIT, needs_git

pytestmark = needs_git


@pytest.fixture
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with nothing but the hooks; the one that installs nothing needs no more."""
    folder = tmp_path_factory.mktemp("hooks")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "hooks")
    return folder


def git(place: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    subprocess.run([str(GIT), *identity, *arguments], cwd=place, check=True, capture_output=True)  # noqa: S603 - git, with arguments from this file


def commit_hook(repository: Repository, hooks: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the hook over what is to be committed."""
    program = tmp_path / "bin" / "passmuster"
    written_command(program)
    return subprocess.run(  # noqa: S603 - pre-commit, with arguments from this file
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "passmuster-lint-installed", "--verbose"],
        cwd=repository.folder,
        env={
            **clean_environment(),
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(tmp_path / "kept"),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )


def test_the_hook_stops_an_agent_that_never_loads(repository: Repository, hooks: Path, tmp_path: Path) -> None:
    """Good agents are let through; one without a description is named with its place."""
    git(repository.folder, "init", "--quiet")
    git(repository.folder, "add", "evals", "datasets")

    good = commit_hook(repository, hooks, tmp_path)
    (repository.agents / "nobody.md").write_text("---\nname: nobody\n---\nWork.\n", encoding="utf-8")
    git(repository.folder, "add", "evals")
    bad = commit_hook(repository, hooks, tmp_path)

    assert good.returncode == 0, good.stdout + good.stderr
    assert "Passed" in good.stdout
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "exit code: 2" in bad.stdout
    assert "nobody.md" in bad.stdout


def test_the_hook_rests_where_nothing_concerns_it(repository: Repository, hooks: Path, tmp_path: Path) -> None:
    """A commit of other files costs nothing."""
    git(repository.folder, "init", "--quiet")
    (repository.folder / "program.py").write_text("x = 1\n", encoding="utf-8")
    git(repository.folder, "add", "program.py")

    outcome = commit_hook(repository, hooks, tmp_path)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "Skipped" in outcome.stdout
