"""Rules about a drop: surely no worse than the margin, surely worse, or neither; and what would settle it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from passmuster.domain.cases import Case
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import SubjectName, fingerprint_of
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict, MisroutingCost
from passmuster.testing.factories import a_case, a_quarantine

from .made_up_gates import OTHER, OWNER, VARYING, numbered, side, verdict_of

MARGIN = 0.05
ACCURACY = GateRule(metric="routing_accuracy", maximum_drop=MARGIN)
EACH_AGENT = replace(ACCURACY, subset="agent=*")
DOUBT = (
    "that is not precise enough to tell; "
    "if nothing has changed, 12 trials of each case or 356 cases in all would probably settle it"
)


def counted(passes: Sequence[int], trials: int) -> Snapshot:
    return side(*numbered(passes, trials))


def judged(before: Sequence[int], after: Sequence[int], trials: tuple[int, int] = (1, 1)) -> GateVerdict:
    return verdict_of(ACCURACY, counted(before, trials[0]), counted(after, trials[1]))


def only_finding(verdict: GateVerdict) -> GateFinding:
    (finding,) = verdict.findings
    return finding


@settings(deadline=None)  # the first one loads what Student's distribution takes
@given(
    pairs=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=30, max_size=60),
    margin=st.sampled_from([0.01, 0.05, 0.2, 0.5]),
)
def test_the_bounds_decide(pairs: list[tuple[int, int]], margin: float) -> None:
    """Passed: the lower bound lies above minus the margin. Failed: not that, and the upper one lies below zero."""
    before, after = counted([one for one, _ in pairs], 3), counted([other for _, other in pairs], 2)

    finding = only_finding(verdict_of(replace(ACCURACY, maximum_drop=margin), before, after))

    estimate = finding.estimate
    assert estimate is not None
    assert estimate.confidence == pytest.approx(0.9)
    assume(min(abs(estimate.lower + margin), abs(estimate.upper)) > 1e-6)
    if estimate.lower > -margin:
        assert finding.outcome is GateOutcome.PASSED
    elif estimate.upper < 0:
        assert finding.outcome is GateOutcome.FAILED
    else:
        assert finding.outcome is GateOutcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("lost", "gained", "outcome", "change", "conclusion"),
    [
        (1, 1, GateOutcome.PASSED, "did not change (-1.8 to +1.8)", "more than that is ruled out"),
        (
            3,
            0,
            GateOutcome.PASSED,
            "fell by 1.5 points (-3.7 to -0.1)",
            "it is surely worse, and surely by less than that",
        ),
        (
            8,
            0,
            GateOutcome.FAILED,
            "fell by 4.0 points (-7.0 to -2.3)",
            "it is surely worse, and perhaps by more than that",
        ),
        (
            40,
            0,
            GateOutcome.FAILED,
            "fell by 20.0 points (-25.0 to -15.8)",
            "it is surely worse, and surely by more than that",
        ),
        (
            12,
            8,
            GateOutcome.INCONCLUSIVE,
            "fell by 2.0 points (-5.9 to +1.8)",
            DOUBT,
        ),
        (0, 40, GateOutcome.PASSED, "rose by 20.0 points (+15.8 to +25.0)", "it is surely better"),
    ],
)
def test_a_drop_is_told_in_points(lost: int, gained: int, outcome: GateOutcome, change: str, conclusion: str) -> None:
    """What changed, how sure that is, what is allowed, and what follows."""
    before = [1] * lost + [0] * gained + [1] * (200 - lost - gained)
    after = [0] * lost + [1] * gained + [1] * (200 - lost - gained)

    verdict = judged(before, after)

    assert verdict.outcome is outcome
    assert verdict.reasons == (
        f"lexical: routing_accuracy {change} over 200 cases; a drop of 5 points is allowed: {conclusion}",
    )


def test_less_significance_asks_for_more() -> None:
    """The same drop is certain at one error rate and uncertain at a smaller one, or with more looks."""
    before, after = counted([1] * 100, 1), counted([0] * 8 + [1] * 92, 1)

    outcomes = [
        verdict_of(ACCURACY, before, after).outcome,
        verdict_of(replace(ACCURACY, significance=0.001), before, after).outcome,
        verdict_of(ACCURACY, before, after, looks=50).outcome,
    ]

    assert outcomes == [GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.INCONCLUSIVE]


@pytest.mark.parametrize(("size", "needed"), [(29, None), (49, 50)])
def test_too_few_cases_gate_nothing(size: int, needed: int | None) -> None:
    """Under 30 cases, or under what the rule asks for, nobody can tell, however bad it looks."""
    rule = replace(ACCURACY, minimum_sample=needed)

    verdict = verdict_of(rule, counted([1] * size, 1), counted([0] * size, 1))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        f"lexical: routing_accuracy was compared on {size} cases: too few to gate, which takes {needed or 30}",
    )
    assert only_finding(verdict).estimate is None


def test_as_many_cases_as_it_takes_are_gated() -> None:
    """The thirtieth case makes the difference; a rule may do with fewer."""
    assert judged([1] * 30, [0] * 30).outcome is GateOutcome.FAILED
    rule = replace(ACCURACY, minimum_sample=2)
    assert verdict_of(rule, counted([1, 1], 1), counted([1, 1], 1)).outcome is not GateOutcome.FAILED


def grouped(size: int, groups: int) -> list[Case]:
    return [a_case(f"case-{at}", group=f"ticket-{at % groups}") for at in range(size)]


def test_cases_of_a_group_count_as_one() -> None:
    """Forty cases from ten tickets are ten, which is too few."""
    verdict = verdict_of(ACCURACY, counted([1] * 40, 1), counted([0] * 40, 1), grouped(40, 10))

    assert verdict.reasons == (
        "lexical: routing_accuracy was compared on 40 cases in 10 groups: too few to gate, which takes 30",
    )


def test_cases_that_stand_or_fall_together_tell_no_more_than_one_of_them() -> None:
    """Fifty groups of four equal cases have the interval of fifty cases."""
    before, after = np.random.default_rng(7).integers(0, 4, size=(2, 50)).tolist()
    alone = judged(before, after, (3, 3))
    together = verdict_of(ACCURACY, counted(before * 4, 3), counted(after * 4, 3), grouped(200, 50))
    as_if_alone = judged(before * 4, after * 4, (3, 3))

    one, four, wrong = (only_finding(verdict).estimate for verdict in (alone, together, as_if_alone))

    assert one is not None
    assert four is not None
    assert wrong is not None
    assert (four.value, four.lower, four.upper) == pytest.approx((one.value, one.lower, one.upper))
    assert four.sample_size == 200
    assert wrong.upper - wrong.lower < 0.55 * (four.upper - four.lower)


def by_agent(**sizes: int) -> list[Case]:
    names = [agent for agent, size in sizes.items() for _ in range(size)]
    return [a_case(f"case-{at}", preferred=agent) for at, agent in enumerate(names)]


def test_slices_are_gated_where_they_are_large_enough() -> None:
    """A slice of 50 cases can fail the gate; one of 49 is shown, whatever it shows."""
    cases = by_agent(large=50, small=49, other=50)
    before, after = counted([1] * 149, 1), counted([0] * 99 + [1] * 50, 1)

    verdict = verdict_of(EACH_AGENT, before, after, cases)

    assert [(item.subset, item.outcome, item.is_gated) for item in verdict.findings] == [
        ("agent=large", GateOutcome.FAILED, True),
        ("agent=other", GateOutcome.INCONCLUSIVE, True),
        ("agent=small", GateOutcome.INCONCLUSIVE, False),
    ]
    assert verdict.findings[2].sentence == (
        "lexical: routing_accuracy of agent=small rests on 49 cases: shown and not gated, which takes 50"
    )
    assert verdict.outcome is GateOutcome.FAILED
    assert len(verdict.reasons) == 1


def test_slices_that_are_all_too_small_gate_nothing() -> None:
    """Then nobody can tell, and each says why; beside another rule they do no harm."""
    cases = by_agent(one=40, two=40)
    before = counted([1] * 80, 1)

    alone = verdict_of(EACH_AGENT, before, before, cases)
    beside = verdict_of(GatePolicy(rules=(EACH_AGENT, replace(ACCURACY, maximum_drop=0.1))), before, before, cases)

    assert alone.outcome is GateOutcome.INCONCLUSIVE
    assert all("shown and not gated" in reason for reason in alone.reasons)
    assert beside.outcome is GateOutcome.EQUAL


def test_a_rule_may_be_for_one_subset() -> None:
    """Only its cases are judged, and a subset without cases cannot tell."""
    cases = by_agent(one=60, two=60)
    before, after = counted([1] * 120, 1), counted([1] * 60 + [0] * 60, 1)

    outcomes = {
        subset: verdict_of(replace(ACCURACY, subset=subset), before, after, cases).outcome
        for subset in ("agent=one", "agent=two", "agent=three")
    }

    assert outcomes == {
        "agent=one": GateOutcome.PASSED,
        "agent=two": GateOutcome.FAILED,
        "agent=three": GateOutcome.INCONCLUSIVE,
    }


@pytest.mark.parametrize("kind", ["control", "quarantine"])
def test_what_does_not_count_is_outside_the_rule(kind: str) -> None:
    """Broken cases that are controls of a removed agent, or in quarantine, weigh nothing."""
    cases = [a_case(f"case-{at}", preferred="gone", is_control=kind == "control" and at < 40) for at in range(100)]
    waiting = tuple(a_quarantine(f"case-{at}") for at in range(40)) if kind == "quarantine" else ()
    before, after = counted([1] * 100, 1), counted([0] * 40 + [1] * 60, 1)

    verdict = verdict_of(GatePolicy(rules=(ACCURACY,), quarantines=waiting), before, after, cases)

    finding = only_finding(verdict)
    assert finding.outcome is GateOutcome.PASSED
    assert finding.estimate is not None
    assert (finding.estimate.value, finding.estimate.sample_size) == (0.0, 60)


def test_without_a_margin_only_an_improvement_passes() -> None:
    """No number of cases shows that nothing at all was lost, so none is named."""
    rule = replace(ACCURACY, maximum_drop=0.0)

    same = verdict_of(rule, counted([1] * 100, 1), counted([1] * 100, 1))
    better = verdict_of(rule, counted([0] * 100, 1), counted([1] * 100, 1))

    assert (same.outcome, better.outcome) == (GateOutcome.INCONCLUSIVE, GateOutcome.PASSED)
    assert same.reasons[0].endswith("; no number of cases shows that nothing at all was lost: allow a little")


def test_what_was_chosen_by_other_means_is_not_compared() -> None:
    """The reason says what differs."""
    other = replace(VARYING, fingerprint=fingerprint_of("another"))

    verdict = verdict_of(ACCURACY, counted([1] * 50, 1), replace(counted([0] * 50, 1), subjects=(other,)))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons[0].startswith("subject 'lexical' chooses by other means than in the accepted baseline")


def test_a_subject_that_the_baseline_lacks_cannot_be_told_of() -> None:
    """There is no case to compare."""
    before = replace(counted([1] * 50, 1), subjects=(replace(VARYING, name=SubjectName("another")),), observations=())

    verdict = verdict_of(ACCURACY, before, counted([1] * 50, 1))

    assert verdict.reasons == ("lexical: routing_accuracy was compared on 0 cases: too few to gate, which takes 30",)


COST = GateRule(metric="routing_cost", maximum_rise=0.2)
COSTS = (MisroutingCost(expected="*", chosen="*", cost=1.0), MisroutingCost(expected=OWNER, chosen=OTHER, cost=4.0))


@pytest.mark.parametrize(
    ("lost", "gained", "outcome", "words"),
    [
        (0, 0, GateOutcome.EQUAL, "did not change (-0.066 to +0.066) over 100 cases; a rise of 0.2 is allowed: more"),
        (20, 0, GateOutcome.FAILED, "rose by 0.800 (+0.541 to +1.090) over 100 cases; a rise of 0.2 is allowed: it is"),
        (
            6,
            5,
            GateOutcome.INCONCLUSIVE,
            "rose by 0.040 (-0.186 to +0.270) over 100 cases; a rise of 0.2 is allowed: t",
        ),
        (
            0,
            20,
            GateOutcome.PASSED,
            "fell by 0.800 (-1.090 to -0.541) over 100 cases; a rise of 0.2 is allowed: it is surely b",
        ),
    ],
)
def test_costs_have_their_own_rule(lost: int, gained: int, outcome: GateOutcome, words: str) -> None:
    """A wrong choice that costs four times as much counts four times; a rise is what must be small."""
    before = counted([1] * lost + [0] * gained + [1] * (100 - lost - gained), 1)
    after = counted([0] * lost + [1] * gained + [1] * (100 - lost - gained), 1)
    cases = [a_case(item.case) for item in before.observations]

    verdict = verdict_of(GatePolicy(rules=(COST,), costs=COSTS), before, after, cases)

    assert verdict.outcome is outcome
    assert verdict.findings[0].sentence.startswith(f"lexical: routing_cost {words}")
