"""Agents as they were, out of a repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.former_rosters import committed_roster
from passmuster.configuration.settings import Settings
from passmuster.domain.observations import Snapshot

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git program")

SUITE = """\
name: team
roster: {use: claude_code, location: ../../agents}
datasets:
  - {use: files, location: ../../datasets/routing.jsonl}
subjects:
  lexical: {use: routed, router: {use: lexical}}
"""


class Repository:
    """A repository with a suite, its agents and its baseline."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.suite = folder / "evals" / "team"
        self.suite.mkdir(parents=True)
        (self.suite / "suite.yaml").write_text(SUITE, encoding="utf-8")
        self.git("init", "--quiet", "--initial-branch=trunk")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        command = [shutil.which("git") or "git", "-C", str(self.folder), *identity, *arguments]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments

    def describe(self, description: str, name: str = "cook") -> None:
        (self.folder / "agents").mkdir(exist_ok=True)
        text = f"---\nname: {name}\ndescription: {description}\n---\nYou work with care.\n"
        (self.folder / "agents" / f"{name}.md").write_text(text, encoding="utf-8")

    def commit(self, *, baseline: str = "") -> None:
        if baseline:
            (self.suite / "baseline.jsonl").write_text(baseline, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=next")

    @property
    def accepted(self) -> Snapshot:
        """A baseline of the agents as they are now."""
        return Snapshot(suite="team", agents=Snapshot.prints(self.bench.roster), subjects=(), observations=())

    @property
    def bench(self) -> Workbench:
        return Workbench(Path("evals/team/suite.yaml"), Settings())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return Repository(tmp_path / "project")


def test_the_agents_are_those_of_the_commit_that_accepted_them(repository: Repository) -> None:
    """However often agents and baseline were edited since and before; their files are called as they are at home."""
    repository.describe("Bakes.")
    repository.commit(baseline="first")
    repository.describe("Cooks.")
    repository.describe("Serves.", "waiter")
    before = repository.accepted
    repository.commit(baseline="second")
    repository.describe("Cooks and bakes.")
    (repository.folder / "agents" / "waiter.md").unlink()
    repository.commit()
    repository.describe("Neither.")

    found = committed_roster(repository.bench, before)

    assert found is not None
    assert [agent.description for agent in found.agents] == ["Cooks.", "Serves."]
    assert [agent.source and agent.source.path for agent in found.agents] == ["agents/cook.md", "agents/waiter.md"]


def test_a_baseline_that_is_not_committed_may_be_of_the_latest_commit(repository: Repository) -> None:
    """Who accepts and then edits has committed nothing in between."""
    repository.describe("Cooks.")
    repository.commit()
    before = repository.accepted
    repository.describe("Cooks and bakes.")

    found = committed_roster(repository.bench, before)

    assert found is not None
    assert [agent.description for agent in found.agents] == ["Cooks."]


def test_what_no_commit_has_is_not_made_up(repository: Repository) -> None:
    """Agents that were accepted and never committed, and a folder without any commit."""
    repository.describe("Cooks.")
    unknown = repository.accepted
    assert committed_roster(repository.bench, unknown) is None

    repository.describe("Bakes.")
    repository.commit(baseline="first")

    assert committed_roster(repository.bench, unknown) is None
