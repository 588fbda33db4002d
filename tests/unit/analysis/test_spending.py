"""Behaviour of what is told of spending."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from passmuster.analysis.reporting import report_of
from passmuster.analysis.spending import had, plain_record, spending_line, spending_sentences, stopped_sentence
from passmuster.domain.endpoints import Ending, Endpoint, EndpointRecord, LimitChange, RunSegment, Spending
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import MOMENT, a_run, a_trial

ONE = Endpoint(provider="openai", address="https://one.invalid/v1", account="ONE_KEY")
OTHER = Endpoint(provider="anthropic", address="https://other.invalid")
SPENT = Spending(requests=10, retries=2, kept=3, input_tokens=1_000, output_tokens=50, cost=Decimal("1.25"))
POLICY = GatePolicy(rules=(GateRule(metric="routing_accuracy", minimum=0.01),))


def a_segment(*records: EndpointRecord, ending: Ending = Ending.FINISHED, day: int = 0) -> RunSegment:
    return RunSegment(started_at=MOMENT + timedelta(days=day), duration=1.0, ending=ending, trials=1, endpoints=records)


def of(endpoint: Endpoint, spending: Spending = SPENT, **failures: int) -> EndpointRecord:
    return EndpointRecord(endpoint=endpoint, spending=spending, failures=failures)


def test_what_several_processes_had_is_added_up_by_service() -> None:
    """In the order of addresses; the limits of each process are its own."""
    first = replace(of(ONE, TimeLimitError=1), limits=(LimitChange(after=0.0, limit=8, reason="the first request"),))

    found = had([a_segment(of(OTHER), first), a_segment(of(ONE, TimeLimitError=2, RateLimitedError=1), day=1)])

    assert [record.endpoint for record in found] == [ONE, OTHER]
    assert found[0].spending.requests == 20
    assert found[0].spending.cost == Decimal("2.50")
    assert found[0].failures == {"RateLimitedError": 1, "TimeLimitError": 3}
    assert found[0].limits == ()


def test_one_line_says_what_was_had_and_what_it_costs() -> None:
    """Of one service by its address, of several by their number; of none nothing."""
    assert spending_line([of(OTHER)]) == (
        "Asked https://other.invalid: 10 requests (2 of them again), 3 answers kept from before, 1,000 tokens read and "
        "50 written, $1.25."
    )
    assert spending_line([of(ONE), of(OTHER)]).startswith("Asked 2 services: 20 requests")
    assert spending_line([]) == ""


@pytest.mark.parametrize(("cost", "told"), [(Decimal(), "at no known price"), (Decimal("0.5"), "at least $0.50")])
def test_an_unknown_price_is_never_nothing(cost: Decimal, told: str) -> None:
    """The sum says that it is more, and a sentence says what to write."""
    records = [of(ONE, replace(SPENT, cost=cost, unpriced=4))]

    assert told in spending_line(records)
    assert [sentence[:32] for sentence in spending_sentences(records)] == ["4 answers have no known price, s"]


def test_what_may_be_billed_besides_is_told() -> None:
    """Attempts that had no end."""
    (sentence,) = spending_sentences([of(ONE, replace(SPENT, unsettled=Decimal("0.12")))])

    assert sentence == "Attempts without an end may have cost up to $0.12 besides."


def test_machines_get_every_digit() -> None:
    """Dollars are text in JSON."""
    plain = plain_record(of(ONE, replace(SPENT, cost=Decimal("0.0000001"))))

    assert (plain["cost"], plain["account"]) == ("0.0000001", "ONE_KEY")


def cut_short(ending: Ending, *, planned: int = 3, looks: int = 1) -> Run:
    run = a_run(a_trial("a"), a_trial("b"), planned=planned, looks=looks)
    return replace(run, segments=(a_segment(of(ONE), ending=ending),))


def test_a_run_that_the_budget_ended_says_how_to_go_on() -> None:
    """And how much was made; one that was resumed to its end says nothing of it."""
    stopped = cut_short(Ending.BUDGET)
    resumed = replace(stopped, segments=(*stopped.segments, a_segment(ending=Ending.FINISHED, day=1)))

    assert stopped_sentence(stopped) == (
        "the budget did not suffice: 2 of 3 trials were made, which are kept; go on with `passmuster run --resume "
        "--budget …`"
    )
    assert stopped_sentence(resumed) is None


@pytest.mark.parametrize(
    ("run", "is_whole", "outcome"),
    [
        (cut_short(Ending.FINISHED, planned=2), True, GateOutcome.PASSED),
        (cut_short(Ending.BUDGET), True, GateOutcome.INCONCLUSIVE),
        (cut_short(Ending.BUDGET, planned=2, looks=3), True, GateOutcome.INCONCLUSIVE),
        (cut_short(Ending.FINISHED, planned=2), False, GateOutcome.INCONCLUSIVE),
    ],
)
def test_what_was_not_measured_does_not_pass(run: Run, is_whole: bool, outcome: GateOutcome) -> None:  # noqa: FBT001 - a parameter of the test
    """Neither on this side nor on the other, nor in a round that was not finished."""
    report = report_of(run, POLICY, None, is_whole=is_whole)

    assert report.verdict.outcome is outcome
    assert report.spent.startswith("Asked https://one.invalid/v1")
    assert report.spending == had(run.segments)


def test_the_report_tells_of_the_budget_once() -> None:
    """Not also that the run is incomplete, which is the same."""
    report = report_of(cut_short(Ending.BUDGET), POLICY, None)

    assert report.trust[0].startswith("The budget did not suffice: 2 of 3 trials")
    assert not any("incomplete" in sentence for sentence in report.trust)
    assert report.verdict.reasons == (stopped_sentence(cut_short(Ending.BUDGET)),)
