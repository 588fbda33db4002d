"""`passmuster watch` as a process of its own, while files are edited as editors do it."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, SUITE, Repository, clean_environment

THIEF = "Writes tutorials, and knows the query plan, the index, SQL migrations, schemas and PostgreSQL by heart."

DEAR = "  dear: {use: routed, router: {use: callable, target: ./dear.py:route, deterministic: true}}\n"
"""A subject of which nobody knows whom it asks, and so what it costs."""

DEAR_ROUTER = '''
def route(request, roster):
    """Choose nobody."""
    return None
'''


class Watching:
    """A process that looks on, and the documents that it has printed."""

    def __init__(self, repository: Repository, *arguments: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program, with arguments from the tests
            [sys.executable, "-m", "passmuster.cli", "watch", *arguments],
            cwd=repository.folder,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def next_line(self) -> str:
        """Wait for the next line."""
        return self._lines.get(timeout=PATIENCE)

    def next(self) -> Any:  # noqa: ANN401 - a document of JSON
        """Wait for the next document."""
        return json.loads(self.next_line())

    def interrupted(self) -> tuple[int, str]:
        """Press Ctrl-C, and return the exit status and what standard error holds."""
        os.kill(self.process.pid, signal.SIGINT)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        return self.process.wait(PATIENCE), errors

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


Begin = Callable[..., Watching]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Begin to look on; whatever happens, no process is left."""
    begun: list[Watching] = []

    def watching(repository: Repository, *arguments: str) -> Watching:
        begun.append(Watching(repository, *arguments))
        return begun[-1]

    yield watching
    for one in begun:
        one.end()


def agent_text(name: str, description: str) -> str:
    return f"---\nname: {name}\ndescription: {description}\n---\nYou do your work with care.\n"


def save_by_renaming(path: Path, text: str) -> None:
    """Save as many editors do: a new file in the place of the old one, so that there is never half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def moved(since: Any) -> dict[str, str | None]:  # noqa: ANN401 - a part of a document
    return {change["case"]: change["stolen_by"] for change in since["cases"]}


def test_an_edit_shows_its_thief(accepted: Repository, begin: Begin) -> None:
    """An edited description shows what it took, as a run would; undone, all is as it was accepted."""
    thief = accepted.agents / "documentation-writer.md"
    as_it_was = thief.read_text(encoding="utf-8")
    watching = begin(accepted, "--json")

    first = watching.next()
    save_by_renaming(thief, agent_text("documentation-writer", THIEF))
    stolen = watching.next()
    judged = json.loads(accepted.passmuster("run", "--no-report", "--json").output)
    save_by_renaming(thief, as_it_was)
    undone = watching.next()

    assert first["since_last_save"] is None
    assert first["since_baseline"]["cases"] == []
    assert "documentation-writer" in moved(stolen["since_last_save"]).values()
    assert stolen["saved"] == ["evals/team/agents/documentation-writer.md"]
    assert stolen["since_baseline"]["roster"]["description_edited"] == ["documentation-writer"]
    assert undone["since_baseline"]["cases"] == []
    assert stolen["since_baseline"]["cases"] == [
        change for change in judged["comparison"]["changes"] if change["aspect"] == "routing"
    ]
    assert {change["kind"] for change in undone["since_last_save"]["cases"]} >= {"fixed"}


def test_a_broken_file_is_complained_about_and_looked_at_again(accepted: Repository, begin: Begin) -> None:
    """In the middle of an edit of the suite, a case or an agent there are complaints with places, and it goes on."""
    watching = begin(accepted, "--json")
    watching.next()

    cases = accepted.cases.read_text(encoding="utf-8")
    save_by_renaming(accepted.cases, cases + '{"identifier": "half')
    half_a_case = watching.next()
    save_by_renaming(accepted.cases, cases)
    mended = watching.next()
    save_by_renaming(accepted.suite, "name: team\nroster: {use\n")
    half_a_suite = watching.next()
    save_by_renaming(accepted.suite, SUITE)
    mended_again = watching.next()
    (accepted.agents / "database-engineer.md").unlink()
    deleted = watching.next()

    assert half_a_case["findings"][0]["path"].endswith("routing.jsonl")
    assert half_a_case["findings"][0]["line"] == 11
    assert half_a_suite["findings"][0]["path"].endswith("suite.yaml")
    assert mended["since_last_save"]["cases"] == mended_again["since_last_save"]["cases"] == []
    assert deleted["since_last_save"]["roster"]["removed"] == ["database-engineer"]
    assert "database-1" in moved(deleted["since_last_save"])


def test_it_ends_in_order(accepted: Repository, begin: Begin) -> None:
    """Ctrl-C ends it with status 130 and no traceback; people are told what is looked at, and by what."""
    watching = begin(accepted)

    first = watching.next_line()
    while "right" not in watching.next_line():
        pass
    status, errors = watching.interrupted()

    assert "2 agents, 10 cases; asked: lexical" in first
    assert status == 130
    assert errors == "interrupted\n"


def test_nobody_is_asked_for_money_unasked(accepted: Repository, begin: Begin) -> None:
    """A subject behind an address is asked only when it is named, and then only what an edit may move."""
    (accepted.suite.parent / "dear.py").write_text(DEAR_ROUTER, encoding="utf-8")
    accepted.suite.write_text(SUITE + DEAR, encoding="utf-8")
    unasked = begin(accepted, "--json").next()
    asked = begin(accepted, "--json", "--subject", "dear")
    at_first = asked.next()
    save_by_renaming(accepted.agents / "documentation-writer.md", agent_text("documentation-writer", THIEF))
    after_the_edit = asked.next()

    assert [item["subject"] for item in unasked["subjects"]] == ["lexical"]
    assert at_first["subjects"] == [{"subject": "dear", "asked": 0, "right": 0, "of": 0}]
    assert 0 < after_the_edit["subjects"][0]["asked"] <= 10


def test_a_suite_of_dear_subjects_wants_one_named(repository: Repository) -> None:
    """Where every subject may cost money, nothing begins by itself."""
    (repository.suite.parent / "dear.py").write_text(DEAR_ROUTER, encoding="utf-8")
    repository.suite.write_text(SUITE.partition("  lexical:")[0] + DEAR, encoding="utf-8")

    outcome = repository.passmuster("watch")

    assert outcome.status == 2
    assert "--subject dear" in outcome.screen
