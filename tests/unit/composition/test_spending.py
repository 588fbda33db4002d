"""What a suite says of money, and what no budget can bound."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from passmuster.application.evaluating import EvaluateSuite
from passmuster.composition.building import Workbench
from passmuster.composition.expecting import expected_amounts
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked
from passmuster.domain.budgets import Cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.values import CaseIdentifier, SubjectName

CASE = {"identifier": "c", "request": "Design a table of all the birds.", "expect": {"agent": "a"}}
SERVICE = {"use": "openai_compatible", "base_url": "http://127.0.0.1:1/v1", "model": "gpt-5-mini"}
Make = Callable[..., Workbench]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a suite of a router that asks a service, with some sections replaced."""

    def made(limit: int | None = 100, cap: Cap | None = None, **changes: object) -> Workbench:
        (tmp_path / "agents").mkdir(exist_ok=True)
        (tmp_path / "agents" / "a.md").write_text("---\nname: a\ndescription: Designs tables.\n---\nWork.\n")
        (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n")
        router = {"use": "language_model", "backend": "service", "maximum_tokens": limit}
        suite = {
            "name": "spending",
            "roster": {"use": "claude_code", "location": "agents"},
            "datasets": [{"use": "files", "location": "cases.jsonl"}],
            "backends": {"service": SERVICE, "idle": {**SERVICE, "model": "unheard-of"}},
            "subjects": {"model": {"use": "routed", "router": router}},
            "store": {"use": "sqlite", "location": "runs.sqlite"},
            "cache": False,
            **changes,
        }
        path = tmp_path / "suite.yaml"
        path.write_text(json.dumps(suite), encoding="utf-8")
        bench = Workbench(path, Settings())
        bench.cap = bench.cap.overridden(cap or Cap())
        return bench

    return made


def complaints(bench: Workbench) -> list[str]:
    try:
        bench.parts()
    except InvalidConfigurationError as error:
        return [finding.rule for finding in error.findings]
    finally:
        bench.close()
    return []


@pytest.mark.parametrize(
    ("cap", "limit", "model", "found"),
    [
        (Cap(), None, "unheard-of", []),
        (Cap(requests=5), None, "unheard-of", []),
        (Cap(tokens=500), 100, "unheard-of", []),
        (Cap(tokens=500), None, "gpt-5-mini", ["unbounded-answer"]),
        (Cap(money=Decimal(5)), 100, "gpt-5-mini", []),
        (Cap(money=Decimal(5)), None, "unheard-of", ["unbounded-answer", "unknown-price"]),
    ],
)
def test_what_a_budget_cannot_bound_is_refused(
    make: Make, cap: Cap, limit: int | None, model: str, found: list[str]
) -> None:
    """Of the backends that are asked; one that is not asked may be anything."""
    backends = {"service": {**SERVICE, "model": model}, "idle": {**SERVICE, "model": "unheard-of"}}

    assert complaints(make(limit, cap, backends=backends)) == found


def test_a_price_in_the_suite_is_a_price(make: Make) -> None:
    """With one of nothing no length is needed, either."""
    money = Cap(money=Decimal(5))
    backends = {"service": {**SERVICE, "model": "ours"}}

    assert complaints(make(100, money, backends=backends, prices={"ours": {"input": 1, "output": 2}})) == []
    assert complaints(make(None, money, backends=backends, prices={"ours": {"input": 0, "output": 0}})) == []


def test_the_limit_of_the_backend_bounds_as_well(make: Make) -> None:
    """Wherever it is written."""
    backends = {"service": {**SERVICE, "maximum_tokens": 50}}

    assert complaints(make(None, Cap(tokens=5_000), backends=backends)) == []


def test_without_a_budget_nothing_is_bounded(make: Make) -> None:
    """And with one of the suite everything is that it names."""
    with_budget = make(budget={"money": 2.5, "requests": 10})

    assert make().live.budget is None
    assert with_budget.live.budget is not None
    assert with_budget.live.budget.cap == Cap(money=Decimal("2.5"), requests=10)


def test_what_trials_will_take_follows_from_what_they_would_send(make: Make) -> None:
    """The whole prompt counts, and nobody is asked: there is no service at that address."""
    bench = make()

    expected = expected_amounts(bench, Settings(), EvaluateSuite(parts=bench.parts()).plans)
    bench.close()

    amount = expected[SubjectName("model"), Asked.ROUTING][CaseIdentifier("c")]
    assert amount.sent.lower > 100
    assert amount.written.upper == 100
    assert amount.money.upper is not None
    # At $0.25 and $2.00 for a million tokens.
    assert amount.money.lower == pytest.approx(amount.sent.lower * 0.25e-6)
    assert amount.money.upper == pytest.approx((amount.sent.upper or 0) * 0.25e-6 + 100 * 2e-6)
