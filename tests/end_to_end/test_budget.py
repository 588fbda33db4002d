"""A budget on the real command line, against a service that counts what it is asked."""

import json
from collections.abc import Iterator

import pytest

from passmuster.testing.fault_server import FaultServer
from passmuster.testing.service_answers import Said

from .conftest import Repository, stored_trials

ANSWER = '{"agent": "database-engineer", "confidence": 0.9}'
MODEL = "gpt-5-mini"
SUITE = """\
name: team
roster: {{use: claude_code, location: ./agents}}
datasets: [{{use: files, location: ../../datasets/team/routing.jsonl}}]
backends:
  service:
    use: openai_compatible
    base_url: {address}/v1
    model: {model}
subjects:
  model: {{use: routed, router: {{use: language_model, backend: service, maximum_tokens: {limit}}}}}
gate: [{{metric: routing_accuracy, minimum: 0}}]
cache: false
{more}
"""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A model that always chooses the same agent."""
    with FaultServer(says=lambda _asked: Said(text=ANSWER, model=MODEL, read=400, written=20)) as made:
        yield made


def write(
    repository: Repository, server: FaultServer, *, limit: str = "200", model: str = MODEL, more: str = ""
) -> None:
    suite = SUITE.format(address=server.address, limit=limit, model=model, more=more)
    repository.suite.write_text(suite, encoding="utf-8")


def spending(repository: Repository) -> dict[str, object]:
    document = json.loads((repository.report.parent / "report.json").read_text(encoding="utf-8"))
    (record,) = document["spending"]
    assert isinstance(record, dict)
    return record


def test_a_budget_ends_a_run_that_can_be_gone_on_with(repository: Repository, server: FaultServer) -> None:
    """What was measured is kept and judged, nothing passes, and nothing is asked twice."""
    write(repository, server)

    ended = repository.passmuster("run", "--budget", "4 requests")
    kept = stored_trials(repository)
    resumed = repository.passmuster("run", "--resume")

    assert ended.status == 4
    assert "The budget did not suffice: 4 of 10 trials were made" in ended.screen
    assert "`passmuster run --resume --budget …`" in ended.screen
    assert kept == 4
    assert resumed.status == 0
    assert "10 requests" in resumed.screen
    assert len(server.asked) == 10
    assert spending(repository)["requests"] == 10


def test_a_budget_of_money_holds(repository: Repository, server: FaultServer) -> None:
    """At list prices; what was spent is told by service."""
    write(repository, server)

    ended = repository.passmuster("run", "--budget", "0.0018")

    assert ended.status == 4
    spent = float(str(spending(repository)["cost"]))
    # 400 tokens at $0.25 and 20 at $2.00 a million.
    assert spent == pytest.approx(len(server.asked) * 0.00014)
    assert 0 < spent <= 0.0018


def test_the_suite_states_a_budget_and_prices(repository: Repository, server: FaultServer) -> None:
    """The command line counts instead, kind by kind."""
    more = 'budget: {requests: 3}\nprices: {"our-*": {input: 10, output: 10, as_of: 2026-11-01, source: a contract}}'
    write(repository, server, model="our-model", more=more)

    of_suite = repository.passmuster("run")
    of_line = repository.passmuster("run", "--budget", "2 requests", "--budget", "$5")

    assert (of_suite.status, of_line.status) == (4, 4)
    assert len(server.asked) == 5
    assert float(str(spending(repository)["cost"])) == pytest.approx(2 * 0.0042)


@pytest.mark.parametrize(
    ("limit", "model", "complaint"),
    [
        ("null", MODEL, "nothing bounds the length of its answers"),
        ("200", "our-model", "nobody knows what 'our-model' at"),
    ],
)
def test_what_cannot_be_bounded_is_refused_before_anything_is_spent(
    repository: Repository, server: FaultServer, limit: str, model: str, complaint: str
) -> None:
    """At the line of the backend, with what to write; without a budget it runs."""
    write(repository, server, limit=limit, model=model)

    refused = repository.passmuster("run", "--budget", "5.00")
    free = repository.passmuster("run", "--no-report")

    assert refused.status == 2
    assert f"suite.yaml:5:3: backend 'service': {complaint}" in refused.screen
    assert free.status == 0


def test_unknown_prices_are_said(repository: Repository) -> None:
    """They are not nothing."""
    with FaultServer(says=lambda _asked: Said(text=ANSWER, model="our-model-2", read=400, written=20)) as other:
        write(repository, other, model="our-model")
        ran = repository.passmuster("run")

    assert "10 answers have no known price" in ran.screen
    assert "at no known price" in ran.screen
    assert spending(repository)["unpriced"] == 10


def test_a_plan_knows_prices(repository: Repository, server: FaultServer) -> None:
    """From the very requests that would be sent; nobody is asked."""
    write(repository, server)

    plan = json.loads(repository.passmuster("plan", "--json").output)["new_run"]

    assert server.asked == []
    assert 0 < plan["dollars"]["low"] < plan["dollars"]["high"] < 0.1
    assert plan["tokens_written"]["high"] == 2_000


def test_what_is_no_amount_is_refused(repository: Repository, server: FaultServer) -> None:
    """Before anything is opened."""
    write(repository, server)

    refused = repository.passmuster("run", "--budget", "plenty")

    assert refused.status == 2
    assert "'plenty' is no budget" in refused.errors
