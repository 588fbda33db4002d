"""A scratch repository with an origin, a target branch and changes under review, and checkouts as CI makes them."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.made_up_code_hosts import NUMBER, REPOSITORY, TOKEN, CodeHostServer
from tests.prepared_interpreter import written_command

from .action_steps import Job, Runner
from .conftest import ROOT, SUITE, Repository, case_line, clean_environment

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")

LIVE_SUITE = """\
name: live
roster: {use: claude_code, location: ../team/agents}
datasets:
  - {use: files, location: ../../datasets/live/routing.jsonl}
subjects:
  model: {use: routed, router: {use: callable, target: "./router.py:choose"}}
gate:
  - {subject: model, metric: routing_accuracy, maximum_drop: 0.05}
reports: [{use: markdown}]
"""
LIVE_ROUTER = '''\
"""Stands for a model: it errs in one choice of eight, and any edit of a description changes in which."""

import hashlib


def choose(request, roster):
    said = "today: " + request.text + "".join(agent.description for agent in roster.agents)
    if hashlib.sha256(said.encode()).digest()[0] % 8 == 0:
        return None
    return "documentation-writer" if "chapter" in request.text else "database-engineer"
'''
LIVE_REQUESTS = [
    *((f"live-{index}", f"Write chapter {index} of the guide.", "documentation-writer") for index in range(25)),
    *((f"live-{index}", f"Why is query {index} so slow?", "database-engineer") for index in range(25, 50)),
]
THIEF = "Writes tutorials and reference pages, and explains schemas, indexes, SQL migrations and query plans."
HARMLESS = "Writes tutorials, reference pages and onboarding guides for the readers of a library."


@dataclass(frozen=True, kw_only=True)
class GitLabJob:
    """What became of a job of GitLab, and the template that it was made of."""

    folder: Path
    template: dict[str, Any]
    status: int
    log: str


class Review:
    """A repository with changes under review."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        self.work = Repository(folder / "work")
        self.first_parent = ""
        self.pushed = ""
        self._bin = folder / "bin"

    def begin(self) -> None:
        """Make an origin whose branch main has two suites, and an accepted baseline of one."""
        self.work.folder.mkdir()
        self.work.fill()
        # Pages and charts take longer than everything else; one test asks for all of them.
        self.work.suite.write_text(f"{SUITE}reports: [{{use: markdown}}]\n", encoding="utf-8")
        live = self.work.folder / "evals" / "live"
        live.mkdir()
        cases = self.work.folder / "datasets" / "live" / "routing.jsonl"
        cases.parent.mkdir()
        cases.write_text("\n".join(case_line(*request) for request in LIVE_REQUESTS), encoding="utf-8")
        (live / "suite.yaml").write_text(LIVE_SUITE, encoding="utf-8")
        (live / "router.py").write_text(LIVE_ROUTER, encoding="utf-8")
        (self.work.folder / ".gitignore").write_text(".passmuster/\nreports/\n__pycache__/\n", encoding="utf-8")
        assert self.work.passmuster("run", "team", "--no-report").status == 4
        assert self.work.passmuster("accept", "team").status == 0
        self.git(self.folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin))
        self.git(self.work.folder, "init", "--quiet", "--initial-branch", "main")
        self.git(self.work.folder, "remote", "add", "origin", str(self.origin))
        self.commit("first")
        self.git(self.work.folder, "push", "--quiet", "origin", "main")
        written_command(self._bin / "passmuster")

    def copied(self, folder: Path) -> "Review":
        """Return another one that begins with the same; making it anew takes seconds."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = Review(folder)
        made.git(made.work.folder, "remote", "set-url", "origin", str(made.origin))
        return made

    def git(self, place: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
        done = subprocess.run(  # noqa: S603 - git, with arguments from these tests
            [str(GIT), *identity, *arguments], cwd=place, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def commit(self, message: str) -> None:
        self.git(self.work.folder, "add", "--all")
        self.git(self.work.folder, "commit", "--quiet", "--message", message)

    def propose(self, change: Callable[[Repository], object]) -> None:
        """Push a change, and its merge into main as code hosts make it."""
        self.git(self.work.folder, "switch", "--quiet", "--create", "change", "main")
        self._push(change)

    def repropose(self, change: Callable[[Repository], object]) -> None:
        """Push once more to the same branch."""
        self.git(self.work.folder, "switch", "--quiet", "change")
        self._push(change)

    def _push(self, change: Callable[[Repository], object]) -> None:
        change(self.work)
        self.commit("a change")
        self.pushed = self.git(self.work.folder, "rev-parse", "HEAD")
        self.git(self.work.folder, "push", "--quiet", "--force", "origin", "change")
        self.git(self.work.folder, "switch", "--quiet", "--detach", "main")
        self.git(self.work.folder, "merge", "--quiet", "--no-ff", "--message", "merge", "change")
        self.first_parent = self.git(self.work.folder, "rev-parse", "HEAD^1")
        self.git(self.work.folder, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{NUMBER}/merge")

    def move_main(self, change: Callable[[Repository], object]) -> None:
        """Let somebody else merge something in the meantime."""
        self.git(self.work.folder, "switch", "--quiet", "main")
        change(self.work)
        self.commit("somebody else's")
        self.git(self.work.folder, "push", "--quiet", "origin", "main")

    def checkout(self, name: str, reference: str, *, depth: int) -> Path:
        """Check a reference out into a new folder, with so many commits of its history; 0 is all of it."""
        place = self.folder / name
        self.git(self.folder, "init", "--quiet", str(place))
        self.git(place, "remote", "add", "origin", self.origin.as_uri())
        limit = [f"--depth={depth}"] if depth else []
        self.git(place, "fetch", "--quiet", "--no-tags", *limit, "origin", reference)
        self.git(place, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return place

    @property
    def environment(self) -> dict[str, str]:
        """What every job has, without anything of the CI that these tests may run in."""
        kept = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith(("GITHUB_", "GITLAB_", "CI_", "RUNNER_"))
        }
        return {**kept, "PATH": f"{self._bin}:{kept['PATH']}", "PASSMUSTER_FORMATS": "markdown,junit"}

    def gitlab_job(self, server: CodeHostServer, *, source: str = REPOSITORY, **given: str) -> GitLabJob:
        """Run the template's script as a job of a merge request does."""
        name = f"gitlab-{len(list(self.folder.iterdir()))}"
        place = self.checkout(name, "refs/heads/change", depth=0)
        template = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))[".passmuster"]
        declared = {
            key: str(value).replace("$CI_PROJECT_DIR", str(place)) for key, value in template["variables"].items()
        }
        environment = {
            **self.environment,
            **declared,
            "GITLAB_CI": "true",
            "CI_PROJECT_DIR": str(place),
            "CI_API_V4_URL": server.address,
            "CI_COMMIT_SHA": self.pushed,
            "CI_MERGE_REQUEST_IID": str(NUMBER),
            "CI_MERGE_REQUEST_PROJECT_ID": REPOSITORY,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.git(place, "rev-parse", "HEAD^1"),
            "GITLAB_TOKEN": TOKEN,
            "PASSMUSTER_SUITE": "team",
            **given,
        }
        done = subprocess.run(  # noqa: S603 - the script of our own template
            ["bash", "-eo", "pipefail", "-c", "\n".join(template["script"])],  # noqa: S607 - as GitLab's runner starts it
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=600,
        )
        return GitLabJob(folder=place, template=template, status=done.returncode, log=done.stdout.decode())

    def github_job(
        self, server: CodeHostServer, *, depth: int = 2, head: str = REPOSITORY, formats: str = "markdown", **given: str
    ) -> Job:
        """Run the action as the workflow of a pull request does; empty formats are those of the action."""
        name = len(list(self.folder.iterdir()))
        place = self.checkout(f"github-{name}", f"refs/pull/{NUMBER}/merge", depth=depth)
        temporary = self.folder / f"temporary-{name}"
        temporary.mkdir()
        event = {
            "pull_request": {
                "number": NUMBER,
                "head": {"sha": self.pushed, "repo": {"full_name": head}},
                "base": {"repo": {"full_name": REPOSITORY}},
            }
        }
        (temporary / "event.json").write_text(json.dumps(event), encoding="utf-8")
        environment = {
            **self.environment,
            "GITHUB_API_URL": server.address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_PATH": str(temporary / "event.json"),
            "GITHUB_REF": f"refs/pull/{NUMBER}/merge",
            "GITHUB_SHA": self.git(place, "rev-parse", "HEAD"),
            "GITHUB_BASE_REF": "main",
            "PASSMUSTER_FORMATS": formats,
        }
        runner = Runner(ROOT / "action.yml", place, temporary, environment)
        return runner.run({"install": "false", "suite": "team", **given}, TOKEN)
