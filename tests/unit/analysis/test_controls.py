"""Controls: which of them void a run, and which do not count."""

from dataclasses import replace

import pytest

from passmuster.domain.cases import Case
from passmuster.domain.observations import CaseObservation, RoutingOutcome
from passmuster.domain.values import AgentName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict, Quarantine
from passmuster.testing.factories import a_case, a_quarantine

from .made_up_gates import OTHER, seen, side, verdict_of

BREAKS = GateRule(metric="unaccepted_breaks")
POSITIVE = a_case("names-it", is_control=True)
NEGATIVE = a_case("for-nobody", preferred=None, is_control=True)


def judged(case: Case, after: CaseObservation, *quarantines: Quarantine) -> GateVerdict:
    """Judge a run in which a plain case broke, and that control came out as given."""
    policy = GatePolicy(rules=(BREAKS,), quarantines=quarantines)
    before = side(seen("plain", [True]), seen(case.identifier, [True]))
    return verdict_of(policy, before, side(seen("plain", [False]), after), [a_case("plain"), case])


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (POSITIVE, "the positive control names-it went to test-engineer and not to debugger"),
        (NEGATIVE, "the negative control for-nobody went to test-engineer and not to (nobody)"),
    ],
)
def test_a_control_that_fails_voids_the_verdict(case: Case, words: str) -> None:
    """Even a break counts for nothing then: the run says nothing about the agents."""
    verdict = judged(case, seen(case.identifier, [False]))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        f"lexical: {words}: the set-up is not in order, and the run says nothing about the agents",
    )
    assert [finding.outcome for finding in verdict.findings] == [GateOutcome.FAILED]


@pytest.mark.parametrize(
    ("passes", "outcome"),
    [
        ([True], GateOutcome.FAILED),
        ([True, False], GateOutcome.FAILED),
        ([True, False, False], GateOutcome.INCONCLUSIVE),
        ([], GateOutcome.FAILED),
    ],
)
def test_half_of_the_repetitions_are_enough(passes: list[bool], outcome: GateOutcome) -> None:
    """A control that could not be measured has not failed."""
    after = seen(POSITIVE.identifier, passes, failures=0 if passes else 1)

    assert judged(POSITIVE, after).outcome is outcome


def test_a_wrong_choice_is_named_even_where_the_right_one_is_the_most_frequent() -> None:
    """Two of five are right, and the other three all differ."""
    chosen = tuple(map(AgentName, ("debugger", "debugger", "x", "y", "z")))
    outcomes = (RoutingOutcome.PREFERRED,) * 2 + (RoutingOutcome.WRONG,) * 3

    verdict = judged(POSITIVE, seen(POSITIVE.identifier, (), chosen=chosen, outcomes=outcomes))

    assert "went to x and not to debugger" in verdict.reasons[0]


def test_a_control_whose_agent_is_gone_does_not_count() -> None:
    """It could not but fail, and that is what was asked for."""
    verdict = judged(a_case("names-it", preferred="removed", is_control=True), seen("names-it", [False]))

    assert verdict.outcome is GateOutcome.FAILED


def test_a_control_in_quarantine_does_not_count() -> None:
    """Somebody is mending it."""
    assert judged(POSITIVE, seen(POSITIVE.identifier, [False]), a_quarantine("names-it")).outcome is GateOutcome.FAILED


def test_a_case_that_is_no_control_voids_nothing() -> None:
    """It broke, which is what the gate is for."""
    plain = replace(POSITIVE, is_control=False)

    verdict = judged(plain, seen(plain.identifier, [False], chosen=(OTHER,)))

    assert verdict.outcome is GateOutcome.FAILED
    assert "2 cases broke" in verdict.reasons[0]
