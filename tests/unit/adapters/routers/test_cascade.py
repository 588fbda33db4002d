"""A cheap router first, and a dear one where that is unsure."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.routers.cascade import COMPONENT, CascadeOptions
from passmuster.components import BuildContext
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.consumption import total
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import Usage
from passmuster.ports import Router
from passmuster.testing.conformance import check_router
from passmuster.testing.factories import a_decision, a_request, a_roster
from passmuster.testing.fakes import FixedRouter

ROSTER = a_roster("debugger", "reviewer")
REQUEST = a_request()
DEAR = a_decision(
    "reviewer",
    margin=7.0,
    confidence=0.5,
    rationale="it says review",
    model="large",
    usage=Usage(input_tokens=10, output_tokens=2, cost=Decimal("0.5")),
    latency=2.0,
)


def cascade_of(
    first: RoutingDecision | RoutingError, second: RoutingDecision | RoutingError, **options: object
) -> Router:
    routers: dict[str, Router] = {"cheap": FixedRouter(default=first), "dear": FixedRouter(default=second)}
    said = CascadeOptions.model_validate({"first": {"use": "cheap"}, "second": {"use": "dear"}, **options})
    context = BuildContext(folder=Path(), roster=ROSTER, router=lambda section: routers[str(section["use"])])
    return COMPONENT.build(said, context)


@pytest.mark.parametrize(
    ("first", "options", "reason"),
    [
        (a_decision(margin=0.2), {"margin": 0.2}, ""),
        (a_decision(margin=0.1), {"margin": 0.2}, "it chose debugger with a margin of 0.1, below 0.2"),
        (a_decision(margin=None), {"margin": 0.2}, "it chose debugger and tells no margin"),
        (a_decision(confidence=0.9), {"confidence": 0.8}, ""),
        (a_decision(confidence=0.7), {"confidence": 0.8}, "it chose debugger with a confidence of 0.7, below 0.8"),
        (a_decision(), {"confidence": 0.8}, "it chose debugger and tells no confidence"),
        (a_decision(None), {}, "it chose nobody"),
        (a_decision(None, margin=5.0), {"margin": 0.2, "abstention": False}, ""),
        (a_decision(None, margin=0.1), {"margin": 0.2, "abstention": False}, "it chose nobody with a margin of 0.1"),
        (a_decision(margin=0.0), {}, ""),
    ],
)
async def test_the_second_is_asked_where_the_first_is_unsure(
    first: RoutingDecision, options: dict[str, object], reason: str
) -> None:
    """By its margin, by its confidence, or because it chooses nobody; and the reason is told."""
    decision = await cascade_of(first, DEAR, **options).route(REQUEST)

    assert (decision.chosen == "reviewer") == bool(reason)
    assert decision.rationale.startswith("the second router answered" if reason else "the first router answered")
    assert reason in decision.rationale


async def test_a_sure_first_answers_alone() -> None:
    """With everything that it says, and at its own price."""
    first = a_decision(margin=3.0, rationale="it says debug", usage=Usage(input_tokens=1), latency=0.5)

    decision = await cascade_of(first, DEAR, margin=1.0).route(REQUEST)

    assert decision.rationale == "the first router answered: it says debug"
    assert (decision.margin, decision.ranking, decision.usage) == (3.0, first.ranking, first.usage)


async def test_both_are_paid_for_where_both_are_asked() -> None:
    """Usage and time add up; the second's model is told, and its margin is not: it is in other units."""
    first = a_decision(None, usage=Usage(input_tokens=1, output_tokens=1, cost=Decimal("0.25")), latency=0.5)

    decision = await cascade_of(first, DEAR).route(REQUEST)

    assert decision.usage == Usage(input_tokens=11, output_tokens=3, cost=Decimal("0.75"))
    assert (decision.latency, decision.model, decision.confidence) == (2.5, "large", 0.5)
    assert decision.margin is None
    assert decision.rationale.endswith(": it says review")


async def test_a_second_that_fails_fails_the_choice() -> None:
    """Unless the suite says that the first's choice will do; then that is told."""
    failing = RoutingError("no answer", hint="wait")
    first = a_decision(margin=0.1, rationale="it says debug")

    kept = await cascade_of(first, failing, margin=1.0, failure="keep_first").route(REQUEST)
    with pytest.raises(RoutingError, match="no answer"):
        await cascade_of(first, failing, margin=1.0).route(REQUEST)

    assert kept.chosen == "debugger"
    assert "since the second failed (no answer): it says debug" in kept.rationale


async def test_a_first_that_fails_is_not_covered_up() -> None:
    """A run in which the cheap router is broken must not look like one that is merely dear."""
    with pytest.raises(RoutingError, match="broken"):
        await cascade_of(RoutingError("broken"), DEAR).route(REQUEST)


async def test_the_promises_of_the_port_are_kept() -> None:
    """Whoever answers."""
    await check_router(cascade_of(a_decision(), DEAR, margin=0.5), ROSTER)
    await check_router(cascade_of(a_decision(None), DEAR), ROSTER)


@pytest.mark.parametrize(
    "options",
    [
        {"abstention": False},
        {"margin": 0},
        {"margin": -1},
        {"confidence": 1.5},
        {"failure": "ignore"},
        {"first": "lexical"},
        {"third": {"use": "lexical"}},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object]) -> None:
    """A second router that is never asked, bounds that nothing is below, sections that are none."""
    sound: dict[str, object] = {"first": {"use": "lexical"}, "second": {"use": "http"}}

    with pytest.raises(ValidationError):
        CascadeOptions.model_validate({**sound, **options})


@pytest.mark.parametrize(
    ("usages", "cost"),
    [
        ([], None),
        ([Usage()], None),
        ([Usage(), Usage(input_tokens=1, cost=Decimal(2))], Decimal(2)),
        ([Usage(input_tokens=1), Usage(input_tokens=1, cost=Decimal(2))], None),
        ([Usage(input_tokens=1, cost=Decimal(1)), Usage(cost=Decimal(2))], Decimal(3)),
    ],
)
def test_a_sum_with_an_unknown_price_is_unknown(usages: list[Usage], cost: Decimal | None) -> None:
    """Unknown is not free; but what consumed nothing is."""
    assert total(*usages).cost == cost
    assert total(*usages).input_tokens == sum(usage.input_tokens for usage in usages)
