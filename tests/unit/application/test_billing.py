"""What trials take: counts, what is there already, and where the figures come from."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from passmuster.analysis.expenses import ANYTHING, FREE, NOTHING, Consumed, Range
from passmuster.application.billing import Bill, Billing, Source
from passmuster.application.planning import STALE, PlannedSubject
from passmuster.domain.answers import Answer, Asked, Failure, Stage
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.results import TrialPlan
from passmuster.domain.values import AgentName, Usage
from passmuster.testing.factories import a_case, a_failure, a_plan, a_request, a_roster, a_subject_record, an_agent

NONE = Asked(0)
BOTH = Asked.ROUTING | Asked.COMPLETION
USED = Usage(input_tokens=100, output_tokens=10, cost=Decimal("0.5"))
ROSTER = a_roster(an_agent("ab", "12345", instructions="x" * 30), an_agent("abcd", "12345678", instructions="x" * 60))
STALE_TEXT = "stale"
KNOWN = Consumed(
    choices=(USED, USED), outputs=(USED, USED), seconds_of_choices=(2.0, 2.0), seconds_of_outputs=(6.0, 6.0)
)


@dataclass(frozen=True)
class SilentSubject:
    """Never answers; foresees that requests of one text are stale."""

    writes: bool = True
    takes_assignments: bool = True

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        raise NotImplementedError

    def foresee(
        self,
        request: Request,
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,
    ) -> Failure | None:
        is_stale = Asked.COMPLETION in asked and request.text == STALE_TEXT
        return a_failure(Stage.COMPLETION, kind=STALE) if is_stale else None


def a_billing(*runs: Consumed, free: Asked = NONE, workers: int = 1, most_written: int | None = None) -> Billing:
    return Billing(
        planned=PlannedSubject(subject=SilentSubject(), record=a_subject_record()),
        roster=ROSTER,
        runs=runs,
        free=free,
        workers=workers,
        most_written=most_written,
    )


def plan(text: str, asked: Asked = Asked.ROUTING, assigned: str | None = None) -> TrialPlan:
    return a_plan(a_case(text, text=text), asked=asked, assigned=None if assigned is None else AgentName(assigned))


def test_nothing_takes_nothing() -> None:
    """No trial, no token, no second."""
    assert a_billing(KNOWN).bill([]) == Bill()
    assert a_billing().bill([]) == Bill()


def test_trials_are_reckoned_from_earlier_runs() -> None:
    """Choices and outputs apart: three choices, of which one comes with an output."""
    bill = a_billing(KNOWN, workers=2).bill([plan("a"), plan("b"), plan("c", BOTH, "ab")])

    assert (bill.trials, bill.outputs, bill.replayed, bill.stale) == (3, 1, 0, 0)
    assert bill.amount.sent == Range(lower=400, upper=400)
    assert bill.amount.written == Range(lower=40, upper=40)
    assert bill.amount.money == Range(lower=2, upper=2)
    # Two trials of two seconds and one of six, two at a time.
    assert bill.seconds == Range(lower=5, upper=5)


def test_no_more_trials_are_under_way_than_there_are() -> None:
    """However many might be."""
    assert a_billing(KNOWN, workers=100).bill([plan("a"), plan("b")]).seconds == Range(lower=2, upper=2)


def test_without_earlier_runs_choices_are_reckoned_from_sizes() -> None:
    """All names and descriptions, and the request with what was said before; time and price are not known."""
    told = a_case("told", text="x" * 11)
    history = (Message(role=Role.USER, content="x" * 40),)
    told = replace(told, request=a_request("x" * 11, history=history))

    bill = a_billing().bill([a_plan(told), plan("x" * 21)])

    catalogue = len("ab12345abcd12345678")
    characters = 2 * catalogue + 11 + 40 + 21
    assert bill.amount.sent == Range(lower=characters / 5, upper=characters / 3 + 1 / 3)
    assert (bill.amount.written, bill.amount.money, bill.seconds) == (ANYTHING, ANYTHING, ANYTHING)


@pytest.mark.parametrize(("assigned", "fewest", "most"), [("ab", 40, 40), (None, 40, 70)])
def test_without_earlier_runs_outputs_are_reckoned_from_sizes(assigned: str | None, fewest: int, most: int) -> None:
    """The instructions of whoever writes; where that is not known yet, of the shortest and of the longest."""
    billing = a_billing(free=Asked.ROUTING, most_written=7)

    bill = billing.bill([plan("x" * 10, BOTH, assigned)])

    assert bill.amount.sent == Range(lower=fewest / 5, upper=-(-most // 3))
    assert bill.amount.written == Range(lower=0, upper=7)
    assert bill.amount.money == ANYTHING


def test_what_asks_nobody_costs_nothing_and_waits_for_nobody() -> None:
    """Its trials are made one after another, however many may be under way."""
    bill = a_billing(KNOWN, free=Asked.ROUTING, workers=16).bill([plan("a"), plan("b")])

    assert bill.amount == FREE
    assert bill.seconds == Range(lower=4, upper=4)


def test_recordings_are_there_already() -> None:
    """Without an earlier run as well; the time is not known then."""
    bill = a_billing(free=BOTH).bill([plan("a", BOTH, "ab")])

    assert (bill.outputs, bill.replayed) == (1, 1)
    assert bill.amount == FREE
    assert bill.seconds == ANYTHING


def test_judging_a_recording_may_cost() -> None:
    """What earlier runs took for it is reckoned with."""
    bill = a_billing(replace(KNOWN, replayed=2), free=BOTH).bill([plan("a", BOTH, "ab")])

    assert bill.replayed == 1
    assert bill.amount.money == Range(lower=0.5, upper=0.5)


def test_what_was_always_replayed_will_be() -> None:
    """A backend of the user's may play recordings, too; one that wrote once may write again."""
    always, once = (a_billing(replace(KNOWN, replayed=number), free=Asked.ROUTING) for number in (2, 1))

    assert always.bill([plan("a", BOTH, "ab")]).replayed == 1
    assert once.bill([plan("a", BOTH, "ab")]).replayed == 0


def test_a_stale_recording_cannot_be_had() -> None:
    """The trial is made nevertheless, and takes the time of its choice."""
    bill = a_billing(KNOWN, free=BOTH).bill([plan(STALE_TEXT, BOTH, "ab"), plan("a", BOTH, "ab")])

    assert (bill.trials, bill.outputs, bill.replayed, bill.stale) == (2, 2, 1, 1)
    assert bill.seconds == Range(lower=8, upper=8)


def test_a_source_is_named_for_choices_and_for_outputs() -> None:
    """Usage that nobody reported says nothing."""
    silent = Consumed(choices=(Usage(), Usage()), outputs=(USED, USED))

    assert a_billing(silent).sources == {Asked.ROUTING: Source.SIZES, Asked.COMPLETION: Source.EARLIER_RUNS}
    assert a_billing(free=Asked.ROUTING).sources == {
        Asked.ROUTING: Source.NOBODY_ASKED,
        Asked.COMPLETION: Source.SIZES,
    }


def test_bills_are_added_line_by_line() -> None:
    """What is unknown of one is unknown of both."""
    one = a_billing(KNOWN).bill([plan("a", BOTH, "ab")])
    other = Bill(trials=2, outputs=2, replayed=1, stale=1, seconds=ANYTHING)

    both = one.plus(other)

    assert (both.trials, both.outputs, both.replayed, both.stale) == (3, 3, 1, 1)
    assert both.amount == one.amount
    assert both.seconds == Range(lower=6, upper=None)
    assert Bill().seconds == NOTHING
