"""Answers that are kept, and recordings, with the real command line and a service on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .conftest import Outcome, Repository, case_line

RUBRIC = {"criteria": [{"use": "contains", "text": "index"}]}
KEY = "sk-planted-0123456789"


class Answering(BaseHTTPRequestHandler):
    """Answers every chat completion."""

    def do_POST(self) -> None:
        """Answer, and count."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked)  # type: ignore[attr-defined]
        body = {
            "model": "example-1-0001",
            "choices": [{"message": {"role": "assistant", "content": "Add an index."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 30, "completion_tokens": 5},
        }
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name above
        """Print nothing."""


class Team:
    """A repository whose suite asks a service."""

    def __init__(self, repository: Repository, cache: Path, server: ThreadingHTTPServer) -> None:
        self.repository = repository
        self.cache = cache
        self.server = server
        self.asked: list[object] = []
        server.asked = self.asked  # type: ignore[attr-defined]

    def fill(self, *, more: str = "", backend: str = "model", recorded: str = "source: model") -> None:
        port = self.server.server_address[1]
        address = f"http://127.0.0.1:{port}/v1"
        text = (
            "name: team\n"
            "roster: {use: claude_code, location: ./agents}\n"
            "datasets: [{use: files, location: ../../datasets/team/routing.jsonl}]\n"
            "backends:\n"
            f"  model: {{use: openai_compatible, base_url: '{address}', model: example-1, secret: TEAM_KEY,"
            f" maximum_tokens: 50{more}}}\n"
            f"  recordings: {{use: recorded, location: recordings, {recorded}}}\n"
            "subjects:\n"
            f"  asked: {{use: routed, router: {{use: lexical}}, backend: {backend}}}\n"
            "prices: {example-1*: {input: 1.00, output: 2.00}}\n"
        )
        self.repository.suite.write_text(text, encoding="utf-8")
        self.repository.write_cases(
            [
                case_line(
                    f"database-{number}",
                    f"Which index is missing in query {number}?",
                    "database-engineer",
                    rubric=RUBRIC,
                )
                for number in range(4)
            ]
        )

    def passmuster(self, *arguments: str) -> Outcome:
        return self.repository.passmuster(*arguments, PASSMUSTER_CACHE=str(self.cache), TEAM_KEY=KEY)


@pytest.fixture
def team(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = Team(repository, tmp_path_factory.mktemp("cache"), server)
    made.fill()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_second_run_asks_nobody_and_says_so(team: Team) -> None:
    """Until it is told to ask again; and what it took from the cache is said to be no new evidence."""
    team.passmuster("run", "--no-report")
    first = len(team.asked)
    second = team.passmuster("run", "--no-report")
    asked_again = len(team.asked) - first
    fresh = team.passmuster("run", "--no-report", "--fresh")

    assert (first, asked_again, len(team.asked)) == (4, 0, 8)
    assert "4 of 4 answers rest on what was had before and kept" in second.screen
    assert "kept from before" in second.screen
    assert "rest on what was had before" not in fresh.screen


def test_a_suite_without_a_cache_asks_every_time(team: Team) -> None:
    """And keeps nothing."""
    suite = team.repository.suite
    suite.write_text(suite.read_text(encoding="utf-8") + "cache: false\n", encoding="utf-8")

    for _ in range(2):
        team.passmuster("run", "--no-report")
    why = team.passmuster("cache", "why", "database-1")

    assert len(team.asked) == 8
    assert list(team.cache.iterdir()) == []
    assert (why.status, "no-cache" in why.errors) == (2, True)


def test_the_cache_tells_what_it_has_and_why_not(team: Team) -> None:
    """Sizes, reasons, and an end to it."""
    team.passmuster("run", "--no-report")

    size = json.loads(team.passmuster("cache", "size", "--json").output)
    kept = team.passmuster("cache", "why", "database-1")
    team.repository.write_agent("database-engineer", "Designs relational schemas, indexes and SQL migrations.")
    still = team.passmuster("cache", "why", "database-1")
    team.fill(more=", top_k: 3")
    unknown = team.passmuster("run", "--no-report")
    team.fill(more=", extra_body: {top_k: 3}")
    other = json.loads(team.passmuster("cache", "why", "database-1", "--json").output)
    nothing = team.passmuster("cache", "prune")
    pruned = json.loads(team.passmuster("cache", "prune", "--larger-than", "0", "--json").output)
    unsure = team.passmuster("cache", "clear")

    assert size["backends"][0] | {"answers": 4, "name": "model"} == size["backends"][0]
    assert "kept since" in kept.screen
    assert "kept since" in still.screen
    assert unknown.status == 2
    assert list(other["requests"][0]["differences"]) == ["backend"]
    assert (nothing.status, "nothing-to-prune" in nothing.errors) == (2, True)
    assert pruned["removed"] == 4
    assert (unsure.status, "unconfirmed" in unsure.errors) == (2, True)
    assert team.passmuster("cache", "clear", "--yes").status == 0


def test_recordings_are_made_checked_and_played(team: Team) -> None:
    """What is missing is listed with its price, recorded once, and then played without any service."""
    team.fill(backend="recordings")

    before = team.passmuster("record", "--check")
    alone = team.passmuster("run", "--no-report")
    unsure = team.passmuster("record")
    made = team.passmuster("record", "--yes", "--json")
    after = team.passmuster("record", "--check")
    asked = len(team.asked)
    played = team.passmuster("run", "--no-report")
    text = (team.repository.suite.parent / "recordings" / "database-1.md").read_text(encoding="utf-8")

    assert (before.status, "4 missing" in before.screen) == (1, True)
    assert (alone.status, "run `passmuster record`" in alone.screen) == (2, True)
    assert (unsure.status, "at most $0.0005" in unsure.screen, "--yes" in unsure.screen) == (2, True, True)
    assert len(json.loads(made.output)["written"]) == 4
    assert (after.status, asked, len(team.asked)) == (0, 4, 4)
    assert "4 of 4 answers are recordings" in played.screen
    assert text.endswith("---\nAdd an index.")
    assert 'model: "example-1-0001"' in text
    assert "127.0.0.1" not in text
    assert KEY not in text


def test_what_people_wrote_is_left_alone(team: Team) -> None:
    """It may be stale, and is overwritten only when everything is to be recorded."""
    team.fill(backend="recordings")
    team.passmuster("record", "--yes")
    file = team.repository.suite.parent / "recordings" / "database-1.md"
    file.write_text(
        file.read_text(encoding="utf-8").replace('origin: "recorded"', "origin: authored"), encoding="utf-8"
    )
    agent = team.repository.agents / "database-engineer.md"
    agent.write_text(agent.read_text(encoding="utf-8") + "Be brief.\n", encoding="utf-8")

    refreshed = team.passmuster("record", "--yes")
    left = file.read_text(encoding="utf-8")
    stale = team.passmuster("run", "--no-report")
    team.passmuster("record", "--all", "--yes")

    assert "1 stale one was written by people" in refreshed.screen
    assert "3 recordings written" in refreshed.screen
    assert "origin: authored" in left
    assert "`passmuster record` refreshes" in stale.screen
    assert 'origin: "recorded"' in file.read_text(encoding="utf-8")
    assert len(team.asked) == 8


def test_without_a_source_it_is_said_what_to_write(team: Team) -> None:
    """With the place of the backend in the suite."""
    team.fill(backend="recordings", recorded="deterministic: true")
    wrong = team.passmuster("record", "--yes")
    (team.repository.suite.parent / "recordings").mkdir()
    team.fill(backend="recordings", recorded="source: null")

    missing = team.passmuster("record", "--yes")

    assert wrong.status == 2
    assert (missing.status, "no-source" in missing.errors, "suite.yaml:6" in missing.errors) == (2, True, True)


def test_a_budget_stops_recording_and_the_same_command_goes_on(team: Team) -> None:
    """What was recorded stays; nothing is said of runs, which have nothing to do with it."""
    team.fill(backend="recordings")

    stopped = team.passmuster("record", "--yes", "--budget", "1 request")
    rest = team.passmuster("record", "--yes")

    assert (stopped.status, "1 recording written" in stopped.screen) == (4, True)
    assert "give another one with --budget" in stopped.screen
    assert "run --resume" not in stopped.screen
    assert (rest.status, "3 recordings written" in rest.screen) == (0, True)


def test_where_nothing_plays_recordings_it_is_said(team: Team) -> None:
    """Nothing is missing either, so a check passes."""
    outcome = team.passmuster("record", "--check")

    assert (outcome.status, "nothing to record" in outcome.screen) == (0, True)
