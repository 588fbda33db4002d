"""A small repository of a user, and the real command line to run in it."""

import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.prepared_interpreter import Wish, interpreter

ROOT = Path(__file__).parents[2]
OUR_SUITE = ROOT / "evals" / "software_team"

ENVIRONMENTS = "PASSMUSTER_SANDBOX_ENVIRONMENT"
"""Names where this machine has the environment for the code of answers, which all tests share."""

AGENTS = {
    "database-engineer": "Designs relational schemas, indexes and SQL migrations, and reads query plans of PostgreSQL.",
    "documentation-writer": "Writes tutorials, reference pages and onboarding guides for a library's readers.",
}
REQUESTS = {
    "database-1": ("The query plan shows a sequential scan; which index is missing?", "database-engineer"),
    "database-2": ("Write the SQL migrations that split this table.", "database-engineer"),
    "database-3": ("Is this schema in third normal form?", "database-engineer"),
    "database-4": ("PostgreSQL ignores my partial indexes", "database-engineer"),
    "documentation-1": ("Our onboarding guides are out of date.", "documentation-writer"),
    "documentation-2": ("Turn these notes into a tutorial for readers who are new.", "documentation-writer"),
    "documentation-3": ("The reference pages lack examples.", "documentation-writer"),
    "documentation-4": ("We want tutorials, one for each module of the library", "documentation-writer"),
    "nobody-1": ("What is the capital of Peru?", None),
    "nobody-2": ("thanks!", None),
}
SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl}
subjects:
  lexical: {use: routed, router: {use: lexical}}
"""


PATIENCE = 600
"""Seconds after which something that should have happened is said to be missing; a busy machine takes many."""


@dataclass(frozen=True)
class Outcome:
    """What one command gave back."""

    status: int
    output: str
    errors: str

    @property
    def screen(self) -> str:
        """Everything that a person saw, with the terminal's line breaks taken out."""
        return " ".join((self.output + self.errors).split())


class Repository:
    """A user's repository with one suite of two agents and ten requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.suite = folder / "evals" / "team" / "suite.yaml"
        self.cases = folder / "datasets" / "team" / "routing.jsonl"
        self.agents = self.suite.parent / "agents"
        self.baseline = self.suite.parent / "baseline.jsonl"
        self.store = folder / ".passmuster" / "runs.sqlite"
        self.report = folder / "reports" / "team" / "report.html"

    def fill(self) -> None:
        self.agents.mkdir(parents=True)
        self.cases.parent.mkdir(parents=True)
        self.suite.write_text(SUITE, encoding="utf-8")
        for name, description in AGENTS.items():
            self.write_agent(name, description)
        self.write_cases([case_line(name, *request) for name, request in REQUESTS.items()])

    def write_agent(self, name: str, description: str) -> None:
        text = f"---\nname: {name}\ndescription: {description}\n---\nYou do your work with care.\n"
        (self.agents / f"{name}.md").write_text(text, encoding="utf-8")

    def write_cases(self, lines: list[str]) -> None:
        self.cases.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def passmuster(self, *arguments: str, typed: str = "", **environment: str) -> Outcome:
        """Run the real command line here, in a process of its own, with what is typed as its standard input."""
        wish = Wish(arguments, str(self.folder), {**clean_environment(), **environment})
        status, output, errors = interpreter().run(wish, typed.encode())
        return Outcome(status, output.decode(), errors.decode())


def clean_environment() -> dict[str, str]:
    """Return the environment without anything that would change what is printed or where things go."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == ENVIRONMENTS or not name.startswith(("PASSMUSTER_", "COLUMNS"))
    }


def case_line(identifier: str, request: str, agent: str | None, **more: object) -> str:
    """Return one line of a dataset."""
    return json.dumps({"identifier": identifier, "request": request, "expect": {"agent": agent}, **more})


def stored_trials(repository: Repository) -> int:
    """Count what another process can read in the store."""
    if not repository.store.exists():
        return 0
    with closing(sqlite3.connect(repository.store, timeout=PATIENCE)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM trial").fetchone()[0])
        except sqlite3.OperationalError:
            # The table is not there yet.
            return 0


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until another process has come so far."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(0.02)


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> None:
    """Let commands be interrupted where a shell that runs these tests in its background had them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A fresh repository of a user."""
    made = Repository(tmp_path)
    made.fill()
    return made


@pytest.fixture
def accepted(repository: Repository) -> Repository:
    """A repository whose first run has been accepted as the baseline."""
    assert repository.passmuster("run", "--no-report").status == 4
    assert repository.passmuster("accept").status == 0
    return repository


@pytest.fixture
def our_suite(tmp_path: Path) -> Callable[..., Outcome]:
    """A copy of the project's own suite, and the command line to run in it."""
    for part in ("evals/software_team", "datasets/software_team"):
        shutil.copytree(ROOT / part, tmp_path / part)
    return Repository(tmp_path).passmuster
