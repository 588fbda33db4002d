"""Routers that ask somebody, in a suite and through the command line: a service, a model, and a cascade."""

import json
from collections.abc import Iterator

import pytest

from ..unit.adapters.routers.loopback import TOKEN, Loopback, serving  # noqa: TID252 - tests are no package
from .conftest import Repository

SUITE = """\
name: team
roster: {{use: claude_code, location: ./agents}}
datasets:
  - {{use: files, location: ../../datasets/team/routing.jsonl}}
backends:
  model: {{use: callable, target: "./model.py:answer", deterministic: true}}
subjects:
  lexical: {{use: routed, router: {{use: lexical}}}}
  service: {{use: routed, router: {{use: http, url: "{url}", deterministic: true}}}}
  model: {{use: routed, router: {{use: language_model, backend: model}}}}
  cascade:
    use: routed
    router: {{use: cascade, first: {{use: lexical}}, second: {{use: language_model, backend: model}}, margin: 0.5}}
"""
MODEL = '''\
"""A model that knows one word, and answers as models do."""

import json


def answer(request):
    """Give everything with an index to the database engineer."""
    assert "database-engineer" in request.messages[0].content
    said = request.messages[-1].content.lower()
    agent = "database-engineer" if any(word in said for word in ("index", "sql", "normal form")) else None
    return "Sure!\\n```json\\n" + json.dumps({"agent": agent, "confidence": 0.5}) + "\\n```"
'''


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with serving() as running:
        yield running


@pytest.fixture
def asking(repository: Repository, server: Loopback) -> Repository:
    """A repository whose suite asks the service and the model."""
    repository.suite.write_text(SUITE.format(url=server.url("right")), encoding="utf-8")
    (repository.suite.parent / "model.py").write_text(MODEL, encoding="utf-8")
    return repository


def test_a_suite_asks_a_service_a_model_and_a_cascade(asking: Repository) -> None:
    """Each is a subject like any other; and the curve foretells what the cascade does."""
    ran = asking.passmuster("run", "--no-report", "--json")
    told = asking.passmuster("explain", "nobody-2", "--subject", "cascade", "--json")
    curve = asking.passmuster("cascade-curve", "--first", "lexical", "--second", "model", "--json")

    assert ran.status == 4, ran.screen
    metrics = {
        (metric["subject"], metric["metric"]): metric["value"]
        for metric in json.loads(ran.output)["metrics"]
        if metric["subset"] == "all"
    }
    assert all(metrics[name, "harness_failure_rate"] == 0 for name in ("lexical", "service", "model", "cascade"))
    assert metrics["service", "routing_accuracy"] == 0.2
    assert metrics["model", "routing_accuracy"] == 0.6
    assert "the second router answered, since the first was unsure" in json.loads(told.output)["rationale"]
    foretold = [point for point in json.loads(curve.output)["points"] if point["bound"] and point["bound"] <= 0.5]
    assert foretold[-1]["accuracy"] == metrics["cascade", "routing_accuracy"]


def test_a_service_that_breaks_down_fails_no_agent(asking: Repository, server: Loopback) -> None:
    """The gate cannot tell, and says what the service answered."""
    text = SUITE.format(url=server.url("status/503"))
    asking.suite.write_text(text, encoding="utf-8")

    ran = asking.passmuster("run", "--no-report", "--subject", "service", "--json")
    told = asking.passmuster("explain", "Hello there", "--subject", "service")

    assert ran.status == 4
    rates = [
        metric["value"] for metric in json.loads(ran.output)["metrics"] if metric["metric"] == "harness_failure_rate"
    ]
    assert rates[0] == 1.0
    assert told.status == 3
    assert "answers with status 503" in told.screen


def test_a_services_authors_check_it(repository: Repository, server: Loopback) -> None:
    """The exit status is 0 or 1, each promise has its line, and a suite's cases can be asked."""
    kept = repository.passmuster("router", "check", server.url("right"), "--suite", "team", "--json")
    broken = repository.passmuster("router", "check", server.url("fixed/debugger"), COLUMNS="200")

    assert kept.status == 0, kept.screen
    data = json.loads(kept.output)
    assert data["kept"] is True
    assert data["promises"][-1]["detail"] == "10 cases, 2 of them right"
    assert broken.status == 1
    assert "✘ roster" in broken.screen
    assert "of 13 promises are broken" in broken.screen


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["localhost/route"], "begins with http:// or https://"),
        (["http://example.invalid/route", "--token-variable", "ROUTER_TOKEN"], "for everybody to read"),
        (["https://example.invalid/route", "--token-variable", "NO_SUCH_TOKEN"], "'NO_SUCH_TOKEN' holds no token"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused(repository: Repository, arguments: list[str], words: str) -> None:
    """Before anything is sent; the token itself is never shown."""
    outcome = repository.passmuster("router", "check", *arguments, ROUTER_TOKEN=TOKEN)

    assert outcome.status == 2
    assert words in outcome.screen
    assert TOKEN not in outcome.screen


def test_a_curve_is_drawn_and_says_which_bound_to_take(repository: Repository) -> None:
    """Wrong names and other pictures are refused with what to write instead."""
    suite = repository.suite.read_text("utf-8")
    more = "  bodies: {use: routed, router: {use: lexical, fields: [name, description, body], threshold: 0.5}}\n"
    repository.suite.write_text(suite + more, encoding="utf-8")
    early = repository.passmuster("cascade-curve", "--first", "lexical", "--second", "bodies")
    repository.passmuster("run", "--no-report")

    shown = repository.passmuster(
        "cascade-curve", "--first", "lexical", "--second", "bodies", "--plot", "out/curve.svg"
    )
    unknown = repository.passmuster("cascade-curve", "--first", "lexicl", "--second", "bodies")
    other = repository.passmuster("cascade-curve", "--first", "lexical", "--second", "bodies", "--plot", "curve.png")

    assert early.status == 2
    assert "no complete run of subject 'lexical'" in early.screen
    assert shown.status == 0, shown.screen
    assert "10 cases" in shown.screen
    assert "at most 1 point lost against the better one" in shown.screen
    assert (repository.folder / "out" / "curve.svg").read_text("utf-8").startswith("<?xml")
    assert (unknown.status, other.status) == (2, 2)
    assert "its subjects: lexical, bodies" in unknown.screen
    assert "ends in .svg" in other.screen
