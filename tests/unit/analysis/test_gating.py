"""The gate: what each rule says, and which of them decides."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import UNACCEPTED_BREAKS, judge
from passmuster.analysis.quantiles import quantile
from passmuster.domain.reports import ConfusionMatrix, Metric, SubjectReport
from passmuster.domain.values import SubjectName, fingerprint_of
from passmuster.domain.verdicts import (
    CaseObservation,
    Comparison,
    Estimate,
    GateOutcome,
    GateRule,
    MetricChange,
    RosterChange,
    RoutingOutcome,
)
from passmuster.testing.factories import a_roster, a_snapshot, a_subject_record, an_agent, an_observation

BREAKS = GateRule(metric=UNACCEPTED_BREAKS)
LEXICAL = SubjectName("lexical")


def estimated(value: float, lower: float, upper: float, *, size: int = 50) -> Estimate:
    return Estimate(value=value, lower=lower, upper=upper, confidence=0.95, sample_size=size, method="Wilson")


def reported(
    name: str = "routing_accuracy",
    value: float = 0.8,
    *,
    size: int = 50,
    subset: str = "all",
    subject: str = "lexical",
    metrics: tuple[Metric, ...] = (),
) -> SubjectReport:
    metric = Metric(name=name, subset=subset, estimate=estimated(value, value, value, size=size))
    confusion = ConfusionMatrix(labels=(), counts=())
    return SubjectReport(record=a_subject_record(subject), metrics=metrics or (metric,), agents=(), confusion=confusion)


def compared(before: Sequence[CaseObservation], after: Sequence[CaseObservation]) -> Comparison:
    return compare(a_snapshot(*before), a_snapshot(*after))


def dropped(value: float, lower: float, upper: float, *, size: int = 50) -> Comparison:
    change = MetricChange(
        subject=LEXICAL,
        metric="routing_accuracy",
        baseline=0.9,
        candidate=0.9 + value,
        difference=estimated(value, lower, upper, size=size),
    )
    return Comparison(roster=RosterChange(), cases=(), metrics=(change,), warnings=(), is_equal=False)


RIGHT, WRONG = an_observation(), an_observation(is_right=False)
UNMEASURED = replace(RIGHT, chosen=(), outcomes=(), margin=None, failures=1)


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((0.9, 0.9), GateOutcome.PASSED),
        ((0.9, None), GateOutcome.INCONCLUSIVE),
        ((0.9, 0.1), GateOutcome.FAILED),
        ((None, 0.1), GateOutcome.FAILED),
    ],
)
def test_the_worst_finding_decides(values: tuple[float | None, float | None], outcome: GateOutcome) -> None:
    """Failed before cannot tell, cannot tell before passed; only the deciding findings are reasons."""
    names = ("routing_accuracy", "rubric_pass_rate")
    metrics = tuple(
        Metric(name=name, subset="all", estimate=estimated(value, value, value))
        for name, value in zip(names, values, strict=True)
        if value is not None
    )

    verdict = judge([GateRule(metric=name, minimum=0.5) for name in names], [reported(metrics=metrics)], None)

    assert verdict.outcome is outcome
    assert len(verdict.findings) == 2
    assert verdict.reasons == tuple(item.sentence for item in verdict.findings if item.outcome is outcome)


def test_a_run_that_equals_the_baseline_says_so() -> None:
    """The reassuring answer has its own outcome, and names what was compared."""
    verdict = judge([BREAKS], [reported()], compared([RIGHT], [RIGHT]))

    assert verdict.outcome is GateOutcome.EQUAL
    assert verdict.reasons == (
        "nothing differs from the accepted baseline: the same roster, and the same answers to 1 case",
    )


def test_an_equal_run_that_misses_a_level_fails() -> None:
    """A baseline below what is asked for does not excuse the run."""
    rules = [BREAKS, GateRule(metric="routing_accuracy", minimum=0.9)]

    verdict = judge(rules, [reported()], compared([RIGHT], [RIGHT]))

    assert verdict.outcome is GateOutcome.FAILED


def test_an_equal_run_that_could_not_measure_cannot_tell() -> None:
    """The same failures of the harness on both sides are no reassurance."""
    rules = [GateRule(metric="harness_failure_rate", maximum=0.02)]

    verdict = judge(rules, [reported("harness_failure_rate", 0.5)], compared([UNMEASURED], [UNMEASURED]))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE


def test_without_a_baseline_nobody_can_tell_what_broke() -> None:
    """The first run says what to do next."""
    verdict = judge([BREAKS, GateRule(metric="routing_accuracy", maximum_drop=0.1)], [reported()], None)

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert len(verdict.reasons) == 2
    assert all("make one with `passmuster accept`" in reason for reason in verdict.reasons)


def test_a_case_that_broke_fails_the_gate() -> None:
    """One is too many where none is allowed."""
    verdict = judge([BREAKS], [reported()], compared([RIGHT], [WRONG]))

    assert verdict.outcome is GateOutcome.FAILED
    assert verdict.reasons == ("lexical: 1 case broke (failing-test)",)


def test_a_case_that_broke_twice_is_one_case() -> None:
    """A wrong choice with a worse answer is counted once."""
    before = an_observation(passed=(True,))
    after = an_observation(is_right=False, passed=(False,))

    verdict = judge([GateRule(metric=UNACCEPTED_BREAKS, maximum=1)], [reported()], compared([before], [after]))

    assert verdict.outcome is GateOutcome.PASSED
    assert verdict.reasons == (
        "lexical: 1 case broke (failing-test); 1 may; 0 fixed, 0 moved without becoming right or wrong",
    )


def test_what_broke_is_told_by_thief_and_by_loser() -> None:
    """Who took how much from whom comes first, the greatest first; names beyond five are counted."""
    before = a_snapshot(
        *(an_observation(f"stolen-{at}", chosen="a") for at in range(7)),
        an_observation("lost", chosen="b"),
        an_observation("flaky", chosen="c"),
        roster=a_roster("a", "b", "c", "d"),
    )
    after = a_snapshot(
        *(an_observation(f"stolen-{at}", chosen="thief", is_right=False) for at in range(7)),
        an_observation("lost", chosen="d", is_right=False),
        an_observation("flaky", chosen="c", outcomes=(RoutingOutcome.WRONG,)),
        roster=a_roster("a", an_agent("b", "Edited."), "c", "d", "thief"),
    )

    (reason,) = judge([BREAKS], [reported()], compare(before, after)).reasons

    assert reason == (
        "lexical: 9 cases broke; "
        "thief stole 7 from a (stolen-0, stolen-1, stolen-2, stolen-3, stolen-4 and 2 more); "
        "b lost 1 to d (lost); "
        "1 otherwise (flaky)"
    )


def test_what_did_not_break_is_counted() -> None:
    """Fixed and moved cases are good news, or none."""
    before = [an_observation("fixed", is_right=False), an_observation("moved", chosen="a", is_right=False)]
    after = [an_observation("fixed"), an_observation("moved", chosen="b", is_right=False)]

    verdict = judge([BREAKS], [reported()], compared(before, after))

    assert verdict.outcome is GateOutcome.PASSED
    assert verdict.reasons == ("lexical: no case broke; 1 fixed, 1 moved without becoming right or wrong",)


def test_a_case_that_could_not_be_measured_may_have_broken() -> None:
    """Failures of the harness never fail the gate, and never pass it."""
    verdict = judge([BREAKS], [reported()], compared([RIGHT], [UNMEASURED]))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        "lexical: 1 case could not be measured on both sides, so nobody can tell what broke (failing-test)",
    )


def test_a_break_counts_for_more_than_a_failure_of_the_harness() -> None:
    """What is known to be broken is broken."""
    other = an_observation("other")
    before = [RIGHT, other]
    after = [WRONG, replace(UNMEASURED, case=other.case, fingerprint=other.fingerprint)]

    assert judge([BREAKS], [reported()], compared(before, after)).outcome is GateOutcome.FAILED


@pytest.mark.parametrize(
    "after",
    [
        an_observation("added"),
        an_observation(fingerprint=fingerprint_of("edited"), is_right=False),
        an_observation(subject=SubjectName("of this run")),
    ],
)
def test_where_no_case_is_compared_nobody_can_tell(after: CaseObservation) -> None:
    """New cases, edited cases and new subjects have nothing to break against."""
    comparison = compared([RIGHT], [after])

    verdict = judge([BREAKS], [reported(subject=after.subject)], comparison)

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        f"{after.subject}: the baseline has 0 cases of the 1 that the rule needs as they are now",
    )


LIMIT = 0.05
FACTOR = quantile(0.9) / quantile(0.95)
"""From the half width of a two-sided interval of 95 % to that of bounds that each err in 5 %."""


@pytest.mark.parametrize(
    ("value", "below", "above", "outcome"),
    [
        (0.0, LIMIT - 0.001, 0.1, GateOutcome.PASSED),
        (0.0, LIMIT, 0.1, GateOutcome.PASSED),
        (0.0, LIMIT + 0.001, 0.1, GateOutcome.INCONCLUSIVE),
        (-0.15, 0.1, 0.1 + 0.001, GateOutcome.INCONCLUSIVE),
        (-0.15, 0.1, 0.1, GateOutcome.INCONCLUSIVE),
        (-0.15, 0.1, 0.1 - 0.001, GateOutcome.FAILED),
        (-LIMIT, 0.0, 0.0, GateOutcome.PASSED),
        (-LIMIT - 0.001, 0.0, 0.0, GateOutcome.FAILED),
    ],
)
def test_a_drop_has_three_states(value: float, below: float, above: float, outcome: GateOutcome) -> None:
    """Surely not below the limit, surely below it, or cannot tell; a bound on the limit itself is not below it."""
    comparison = dropped(value, value - below / FACTOR, value + above / FACTOR)
    rule = GateRule(metric="routing_accuracy", maximum_drop=LIMIT)

    verdict = judge([rule], [reported()], comparison)

    assert verdict.outcome is outcome


def test_a_drop_is_told_with_its_bounds() -> None:
    """The sentence has every number in it."""
    rule = GateRule(metric="routing_accuracy", maximum_drop=LIMIT)

    (reason,) = judge([rule], [reported()], dropped(-0.1, -0.1 - 0.02 / FACTOR, -0.1 + 0.02 / FACTOR)).reasons

    assert reason == (
        "lexical: routing_accuracy changed by -0.100 (-0.120 to -0.080) on 50 cases; a drop of up to 0.050 is allowed"
    )


def test_less_significance_asks_for_more() -> None:
    """The same drop is certain at one error rate and uncertain at a smaller one."""
    comparison = dropped(-0.15, -0.25, -0.05)
    outcomes = [
        judge(
            [GateRule(metric="routing_accuracy", maximum_drop=LIMIT, significance=significance)],
            [reported()],
            comparison,
        ).outcome
        for significance in (0.05, 0.01)
    ]

    assert outcomes == [GateOutcome.FAILED, GateOutcome.INCONCLUSIVE]


@pytest.mark.parametrize(("size", "outcome"), [(49, GateOutcome.INCONCLUSIVE), (50, GateOutcome.PASSED)])
def test_a_rule_needs_its_sample(size: int, outcome: GateOutcome) -> None:
    """With fewer cases neither a level, nor a drop, nor the absence of breaks says anything."""
    cases = [an_observation(f"case-{at}") for at in range(size)]
    broken = [an_observation(f"case-{at}", score=1.0) for at in range(size)]
    level = GateRule(metric="routing_accuracy", minimum=0.5, minimum_sample=50)
    drop = GateRule(metric="routing_accuracy", maximum_drop=0.5, minimum_sample=50)
    breaks = GateRule(metric=UNACCEPTED_BREAKS, minimum_sample=50)
    subjects = [reported(size=size)]

    verdicts = [
        judge([level], subjects, None),
        judge([drop], subjects, dropped(0.0, -0.1, 0.1, size=size)),
        judge([breaks], subjects, compared(cases, broken)),
    ]

    assert [verdict.outcome for verdict in verdicts] == [outcome] * 3
    if outcome is GateOutcome.INCONCLUSIVE:
        assert verdicts[0].reasons == ("lexical: routing_accuracy rests on 49 cases of the 50 that the rule needs",)
        assert verdicts[1].reasons == (
            "lexical: routing_accuracy was compared on 49 cases of the 50 that the rule needs",
        )


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (GateRule(metric="routing_accuracy", minimum=0.8), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=0.801), GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", maximum=0.8), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", maximum=0.799), GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", minimum=0.1 + 0.7), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=0.8 + 1e-12), GateOutcome.PASSED),
        (GateRule(metric="macro_f1", minimum=0.1), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", subset="tag=x", minimum=0.1), GateOutcome.INCONCLUSIVE),
    ],
)
def test_a_level_is_met_on_the_limit(rule: GateRule, outcome: GateOutcome) -> None:
    """Not below the minimum, not above the maximum; a metric that is not there cannot tell."""
    assert judge([rule], [reported()], None).outcome is outcome


def test_a_level_is_told_with_its_interval_and_subset() -> None:
    """The sentence says what was asked of which cases."""
    rule = GateRule(metric="routing_accuracy", subset="tag=x", minimum=0.9, maximum=1.0)

    (reason,) = judge([rule], [reported(subset="tag=x")], None).reasons

    assert reason == (
        "lexical: routing_accuracy of tag=x is 0.800 (0.800 to 0.800); at least 0.9 and at most 1 is asked for"
    )


def test_failures_of_the_harness_never_fail_the_gate() -> None:
    """Too many of them hide the truth, and do not break it."""
    rule = GateRule(metric="harness_failure_rate", maximum=0.02)

    assert judge([rule], [reported("harness_failure_rate", 1.0)], None).outcome is GateOutcome.INCONCLUSIVE
    assert judge([rule], [reported("harness_failure_rate", 0.02)], None).outcome is GateOutcome.PASSED


def test_a_rule_is_for_its_subject() -> None:
    """Without a subject it is for each; a rule for a subject that was not run tells nothing, rather than passing."""
    subjects = [reported(), reported(subject="other")]
    named = GateRule(metric="routing_accuracy", subject=SubjectName("other"), minimum=0.5)

    each = judge([GateRule(metric="routing_accuracy", minimum=0.5)], subjects, None)
    one = judge([named], subjects, None)
    none = judge([named], subjects[:1], None)

    assert [finding.subject for finding in each.findings] == ["lexical", "other"]
    assert [finding.subject for finding in one.findings] == ["other"]
    assert (none.outcome, none.reasons) == (
        GateOutcome.INCONCLUSIVE,
        ("no rule of the gate is for a subject of this run",),
    )


def test_a_gate_without_rules_passes() -> None:
    """A suite that asks for nothing gets what it asks for."""
    assert judge([], [reported()], None).outcome is GateOutcome.PASSED


def test_one_rule_may_ask_for_a_level_and_a_drop() -> None:
    """Both are judged, and each gives its own finding."""
    rule = GateRule(metric="routing_accuracy", minimum=0.9, maximum_drop=0.5)

    verdict = judge([rule], [reported()], dropped(0.0, -0.1, 0.1))

    assert [finding.outcome for finding in verdict.findings] == [GateOutcome.PASSED, GateOutcome.FAILED]
    assert all(finding.estimate is not None for finding in verdict.findings)
