"""What a run lets people see, on the real command line, against a real service and a real collector."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import always, at_first
from passmuster.testing.service_answers import Said

from .conftest import Repository, stored_trials

KEY = "sk-planted-0123456789abcdef"
ANSWER = '{"agent": "database-engineer", "confidence": 0.9}'
SUITE = """\
name: team
roster: {{use: claude_code, location: ./agents}}
datasets: [{{use: files, location: ../../datasets/team/routing.jsonl}}]
backends:
  service: {{use: openai_compatible, base_url: {address}/v1, model: gpt-5-mini, secret: OUR_KEY}}
subjects:
  model: {{use: routed, router: {{use: language_model, backend: service, maximum_tokens: 200}}}}
gate: [{{metric: routing_accuracy, minimum: 0}}]
cache: {cache}
"""


def collector_module() -> Any:  # noqa: ANN401 - a module
    """Return the collector of the unit tests, which is in no package."""
    place = Path(__file__).parents[1] / "unit" / "telemetry" / "collector.py"
    specification = importlib.util.spec_from_file_location("collector", place)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A model that refuses each request once, and then always chooses the same agent."""
    with FaultServer(at_first("429"), says=lambda _asked: Said(text=ANSWER, model="gpt-5-mini")) as made:
        yield made


def write(repository: Repository, server: FaultServer, cache: str = "false") -> None:
    repository.suite.write_text(SUITE.format(address=server.address, cache=cache), encoding="utf-8")


def log_of(repository: Repository) -> list[dict[str, Any]]:
    text = (repository.folder / "run.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_is_logged(repository: Repository, server: FaultServer) -> None:
    """Every attempt and every trial, with the case that it belongs to; neither texts nor the key."""
    write(repository, server)

    ran = repository.passmuster("run", "--no-report", "--log", "run.jsonl", "--log-level", "debug", OUR_KEY=KEY)

    lines = log_of(repository)
    assert ran.status == 0
    counts = {event: sum(line["event"] == event for line in lines) for event in ("sent", "failed", "answered", "trial")}
    assert counts == {"sent": 20, "failed": 10, "answered": 10, "trial": 10}
    assert (lines[0]["event"], lines[-1]["event"], lines[-1]["ending"]) == ("run begun", "run ended", "finished")
    assert sum(line["trials"] for line in lines if line["event"] == "commit") == 10
    assert len({line["case"] for line in lines if line["event"] == "answered"}) == 10
    text = (repository.folder / "run.jsonl").read_text(encoding="utf-8")
    assert KEY not in text
    assert "sequential scan" not in text


def test_a_log_goes_where_the_environment_says(repository: Repository, server: FaultServer) -> None:
    """To standard error as well; with texts if they are wanted."""
    write(repository, server)

    ran = repository.passmuster(
        "run", "--no-report", "--log-content", PASSMUSTER_LOG="-", PASSMUSTER_LOG_LEVEL="debug", OUR_KEY=KEY
    )

    assert ran.status == 0
    assert "sequential scan" in ran.errors
    assert all(line.startswith("{") for line in ran.errors.splitlines())


def test_a_log_that_cannot_be_written_ends_the_run_before_it_begins(
    repository: Repository, server: FaultServer
) -> None:
    """It is the environment's fault, and nothing was asked."""
    write(repository, server)

    ran = repository.passmuster("run", "--no-report", "--log", "missing/run.jsonl", OUR_KEY=KEY)

    assert ran.status == 3
    assert "the log 'missing/run.jsonl' cannot be written: No such file or directory" in ran.screen
    assert server.asked == []


def test_one_case_is_traced(repository: Repository, server: FaultServer) -> None:
    """Everything in order, nothing stored, nothing judged; the answer is kept, and taken from there the next time."""
    write(repository, server, cache="true")
    # Wide enough for a line of a slow machine, whose times have more digits.
    told = {"OUR_KEY": KEY, "PASSMUSTER_CACHE": str(repository.folder / "cache"), "COLUMNS": "200"}

    first = repository.passmuster("run", "--trace", "database-1", **told)
    second = repository.passmuster("run", "--trace", "database-1", **told)

    order = [
        "asks │ The query plan shows",
        "routing begins",
        "attempt 1; its answer will be kept as",
        "system │",
        "failed: RateLimitedError",
        "next attempt in",
        "attempt 2",
        "answered by gpt-5-mini",
        f"answer │ {ANSWER}",
        "chosen: database-engineer, as expected",
        "the end",
    ]
    places = [first.screen.find(words) for words in order]
    assert (first.status, second.status) == (0, 0)
    assert -1 not in places
    assert places == sorted(places)
    assert "taken from the cache, where it is kept as" in second.screen
    assert len(server.asked) == 2
    assert stored_trials(repository) == 0
    assert KEY not in first.screen


def test_a_trace_for_machines(repository: Repository, server: FaultServer) -> None:
    """The same as one document."""
    write(repository, server)

    ran = repository.passmuster("run", "--trace", "database-1", "--trace", "nobody-1", "--json", OUR_KEY=KEY)

    first, second = json.loads(ran.output)["trials"]
    assert (first["case"], first["expected"], second["expected"]) == ("database-1", "database-engineer", None)
    assert [event["event"] for event in first["events"] if event["event"] != "limit"] == [
        "begun",
        "stage begun",
        "sent",
        "failed",
        "sent",
        "answered",
        "stage ended",
        "trial",
    ]
    assert second["events"][-2]["chosen"] == "database-engineer"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--trace", "no-such-case"), "the suite has no case 'no-such-case'"),
        (("--trace", "database-1", "--resume"), "--trace tells what happens in single cases and does not judge"),
    ],
)
def test_a_trace_that_cannot_be_meant(
    repository: Repository, server: FaultServer, arguments: tuple[str, ...], complaint: str
) -> None:
    """With a case that there is not, or with what only a run has."""
    write(repository, server)

    ran = repository.passmuster("run", "--no-report", *arguments, OUR_KEY=KEY)

    assert ran.status == 2
    assert complaint in ran.screen
    assert server.asked == []


def test_what_cannot_be_measured_shows_in_the_status(repository: Repository) -> None:
    """And the trace says why."""
    with FaultServer(always("400")) as broken:
        write(repository, broken)
        ran = repository.passmuster("run", "--trace", "database-1", OUR_KEY=KEY)

    assert ran.status == 4
    assert "failed: BackendRefusedError" in ran.screen
    assert "routing failed: " in ran.screen
    assert "something that could not be measured" in ran.screen


def test_a_collector_hears_of_a_run(repository: Repository, server: FaultServer) -> None:
    """Spans within spans, and both metrics; never a key."""
    write(repository, server)

    with collector_module().Collector() as collector:
        ran = repository.passmuster(
            "run", "--no-report", "--telemetry", OUR_KEY=KEY, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address
        )

    names = [span.name for span in collector.spans]
    assert ran.status == 0
    assert (names.count("run team"), names.count("routing"), names.count("chat gpt-5-mini")) == (1, 10, 20)
    assert sum(name.startswith("trial ") for name in names) == 10
    assert set(collector.metrics) >= {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    assert collector.services == {"passmuster"}
    assert KEY.encode() not in collector.raw


def test_a_collector_that_is_away_is_said_once(repository: Repository, server: FaultServer) -> None:
    """The verdict is the same."""
    write(repository, server)
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PASSMUSTER_TELEMETRY": "1"}

    ran = repository.passmuster("run", "--no-report", OUR_KEY=KEY, **away)

    assert ran.status == 0
    assert ran.errors.count("telemetry is incomplete: ") == 1
    assert len(ran.errors.splitlines()) == 1
