"""A user's repository in which pytest is run with the plug-in, in this process unless workers are needed."""

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passmuster.cli.__main__ import app
from passmuster.composition.catalogue import Catalogue

from .conftest import Repository

QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:hypothesispytest")
STEALS = "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
"""A description that takes the other agent's requests."""

FLAKY_ROUTER = """\
from collections import Counter

asked = Counter()


def route(request, roster):
    asked[request.text] += 1
    if "broken" in request.text:
        raise RuntimeError("the cable is out")
    if "third normal form" in request.text and asked[request.text] % 2:
        return "documentation-writer"
    of_database = any(word in request.text.lower() for word in ("query", "sql", "schema", "index"))
    return None if "Peru" in request.text or "thanks" in request.text else (
        "database-engineer" if of_database else "documentation-writer"
    )
"""
LIVE = "  live: {use: routed, router: {use: callable, target: ./router.py:route}}\n"


NEEDED = {
    "roster_loaders": "claude_code",
    "dataset_loaders": "files",
    "routers": "lexical",
    "subjects": "routed",
    "stores": "sqlite",
    "executors": "local",
    "baselines": "text",
    "clocks": "system",
    "revisions": "git",
    "criteria": "contains",
}


@pytest.fixture(scope="session")
def everything_imported() -> None:
    """Import beforehand what a session of tests imports.

    A session within this process leaves no module behind, and numpy can be imported only once.
    """
    for module in ("pytest_plugin.collecting", "pytest_plugin.asserting", "analysis.resampling", "cli.running"):
        import_module(f"passmuster.{module}")
    for module in ("matplotlib.figure", "matplotlib.backends.backend_svg", "scipy.stats", "pandas"):
        import_module(module)
    for group, name in NEEDED.items():
        Catalogue(folder=Path()).component(group, name)


class Team(Repository):
    """The repository of a user, and pytest in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        super().__init__(pytester.path)
        self._pytester = pytester
        self.fill()

    def tested(self, *arguments: str | Path) -> pytest.RunResult:
        """Run pytest in this process, without what it would keep for the next time."""
        return self._pytester.runpytest_inprocess(*QUIET, *arguments)

    def remembering(self, *arguments: str | Path) -> pytest.RunResult:
        """Run pytest in this process, with what it keeps for the next time."""
        return self._pytester.runpytest_inprocess("-p", "no:asyncio", *arguments)

    def with_workers(self, *arguments: str | Path) -> pytest.RunResult:
        """Run pytest in processes of its own."""
        return self._pytester.runpytest_subprocess(*QUIET, "-n", "2", *arguments)

    def command(self, *arguments: str) -> int:
        """Run a command of passmuster in this process, and return its exit status."""
        return self.invoked(*arguments)[0]

    def invoked(self, *arguments: str) -> tuple[int, str]:
        """Run a command of passmuster in this process, and return its exit status and what it printed."""
        done = CliRunner().invoke(app, arguments)
        return done.exit_code, " ".join(done.output.split())

    def accept(self) -> None:
        """Make the state of now the baseline."""
        self.command("run", "--no-report")
        assert self.command("accept") == 0

    def add_to_suite(self, text: str) -> None:
        with self.suite.open("a", encoding="utf-8") as suite:
            suite.write(text)

    def counts(self) -> list[int]:
        """Count the trials of every stored run, the oldest run first."""
        if not self.store.exists():
            return []
        with closing(sqlite3.connect(self.store)) as connection:
            rows = connection.execute(
                "SELECT (SELECT count(*) FROM trial WHERE trial.run = run.number) FROM run ORDER BY number"
            )
            return [int(count) for (count,) in rows]


@pytest.fixture
def team(everything_imported: None, pytester: pytest.Pytester) -> Team:  # noqa: ARG001 - before pytester looks
    """A repository of a user, in the working folder."""
    return Team(pytester)
