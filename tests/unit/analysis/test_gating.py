"""The gate as a whole: which finding decides, what many rules do to one another, and what is said where none speaks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.domain.comparisons import Comparison
from passmuster.domain.metric_names import CRITICAL_BREAKS, NARROWED_MARGINS, UNACCEPTED_BREAKS
from passmuster.domain.reports import SubjectReport
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict, MisroutingCost, SubjectKind
from passmuster.testing.factories import a_case, a_snapshot, a_subject_record, an_observation

from .made_up_gates import OTHER, OWNER, STEADY, VARYING, a_metric, numbered, reported, seen, side, verdict_of

BREAKS = GateRule(metric=UNACCEPTED_BREAKS)
ACCURACY = GateRule(metric="routing_accuracy", maximum_drop=0.05)
RIGHT = an_observation()
UNMEASURED = replace(RIGHT, chosen=(), outcomes=(), margin=None, failures=1)
GREEN = {GateOutcome.PASSED, GateOutcome.EQUAL}


def judged(
    rules: GateRule | Sequence[GateRule],
    *subjects: SubjectReport,
    comparison: Comparison | None = None,
) -> GateVerdict:
    asked = (rules,) if isinstance(rules, GateRule) else tuple(rules)
    return judge(GatePolicy(rules=asked), subjects or [reported(a_metric(0.8))], comparison)


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
    metrics = [a_metric(value, name=name) for name, value in zip(names, values, strict=True) if value is not None]

    verdict = judged([GateRule(metric=name, minimum=0.5) for name in names], reported(*metrics))

    assert verdict.outcome is outcome
    assert len(verdict.findings) == 2
    assert verdict.reasons == tuple(item.sentence for item in verdict.findings if item.outcome is outcome)


def test_a_run_that_equals_the_baseline_says_so() -> None:
    """The reassuring answer has its own outcome, and names what was compared."""
    verdict = judged(BREAKS, comparison=compare(a_snapshot(RIGHT), a_snapshot(RIGHT)))

    assert verdict.outcome is GateOutcome.EQUAL
    assert verdict.reasons == (
        "nothing differs from the accepted baseline: the same roster, and the same answers to 1 case",
    )


def test_an_equal_run_that_misses_a_level_fails() -> None:
    """A baseline below what is asked for does not excuse the run."""
    rules = [BREAKS, GateRule(metric="routing_accuracy", minimum=0.9)]

    assert judged(rules, comparison=compare(a_snapshot(), a_snapshot())).outcome is GateOutcome.FAILED


def test_an_equal_run_that_could_not_measure_cannot_tell() -> None:
    """The same failures of the harness on both sides are no reassurance."""
    rule = GateRule(metric="harness_failure_rate", maximum=0.02)
    subject = reported(a_metric(0.5, name="harness_failure_rate"))

    verdict = judged(rule, subject, comparison=compare(a_snapshot(UNMEASURED), a_snapshot(UNMEASURED)))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE


def test_without_a_baseline_nobody_can_tell_what_changed() -> None:
    """The first run says what to do next, whatever kind of rule asks."""
    rules = [BREAKS, ACCURACY, GateRule(metric=CRITICAL_BREAKS), GateRule(metric=NARROWED_MARGINS)]

    verdict = judge(GatePolicy(rules=tuple(rules)), [reported()], None, cases=[a_case(is_critical=True)])

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert len(verdict.reasons) == 4
    assert all("make one with `passmuster accept`" in reason for reason in verdict.reasons)


def test_a_rule_is_for_its_subject() -> None:
    """Without a subject it is for each; a rule for a subject that was not run tells nothing, rather than passing."""
    subjects = [reported(a_metric(0.8), record=a_subject_record(name)) for name in ("lexical", "other")]
    named = GateRule(metric="routing_accuracy", subject=SubjectName("other"), minimum=0.5)

    each = judged(GateRule(metric="routing_accuracy", minimum=0.5), *subjects)
    one = judged(named, *subjects)
    none = judged(named, subjects[0])

    assert [finding.subject for finding in each.findings] == ["lexical", "other"]
    assert [finding.subject for finding in one.findings] == ["other"]
    assert (none.outcome, none.reasons) == (
        GateOutcome.INCONCLUSIVE,
        ("no rule of the gate is for a subject of this run",),
    )


def test_a_gate_without_rules_passes() -> None:
    """A suite that asks for nothing gets what it asks for."""
    assert judged(()).outcome is GateOutcome.PASSED


def test_one_rule_may_ask_for_a_level_and_a_drop() -> None:
    """Both are judged, and each gives its own finding."""
    rule = replace(ACCURACY, minimum=0.9)
    held = side(*numbered([1] * 100))

    verdict = verdict_of(rule, held, held, subject=reported(a_metric(0.8)))

    assert [finding.outcome for finding in verdict.findings] == [GateOutcome.PASSED, GateOutcome.FAILED]
    assert all(finding.estimate is not None for finding in verdict.findings)


OUTPUT = GateRule(metric="rubric_pass_rate", maximum_drop=0.05, applies_to=SubjectKind.VARYING)


def test_a_usual_rule_on_outputs_leaves_a_subject_alone_that_only_chooses() -> None:
    """There never was an output; a rule that names no kind of subject asks for one all the same."""
    held = side(*numbered([1] * 100))

    usual = verdict_of(GatePolicy(rules=(ACCURACY, OUTPUT)), held, held)
    asked = verdict_of(GatePolicy(rules=(ACCURACY, replace(OUTPUT, applies_to=None))), held, held)

    assert usual.outcome is GateOutcome.EQUAL
    assert asked.reasons == ("lexical: rubric_pass_rate was compared on 0 cases: too few to gate, which takes 30",)


def test_a_usual_rule_on_outputs_is_not_left_out_because_all_of_them_failed() -> None:
    """The baseline had outputs, and nobody knows what became of them."""
    before = side(*(seen(f"case-{at}", [True], passed=(True,)) for at in range(40)))
    after = side(*(seen(f"case-{at}", [True], failures=1) for at in range(40)))

    verdict = verdict_of(GatePolicy(rules=(replace(ACCURACY, maximum_drop=0.2), OUTPUT)), before, after)

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == ("lexical: rubric_pass_rate was compared on 0 cases: too few to gate, which takes 30",)


def in_slices(*lost: int, size: int = 60) -> GateVerdict:
    """Judge slices of equal size, each of which lost so many cases."""
    cases = [a_case(f"case-{at}", preferred=f"agent-{at // size:02}") for at in range(size * len(lost))]
    after = [int(place >= broken) for broken in lost for place in range(size)]
    rule = replace(ACCURACY, subset="agent=*", maximum_drop=0.02)
    return verdict_of(rule, side(*numbered([1] * len(cases))), side(*numbered(after)), cases)


def test_one_slice_of_many_that_looks_bad_is_chance() -> None:
    """Three lost and none gained is 4 % by chance (McNemar, asymptotic): enough for one slice, and not for twenty."""
    alone, among = in_slices(3), in_slices(3, *[0] * 19)

    assert alone.outcome is GateOutcome.FAILED
    assert {item.outcome for item in among.findings} == {GateOutcome.INCONCLUSIVE}
    assert among.findings[0].sentence.endswith("; but among 20 such rules one looks like that by chance")


def test_one_slice_of_many_that_is_surely_bad_fails() -> None:
    """Fifteen lost and none gained is 1 in 18,000, which is too little among twenty."""
    verdict = in_slices(15, *[0] * 19)

    assert verdict.outcome is GateOutcome.FAILED
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("lexical: routing_accuracy of agent=agent-00 fell by 25.0 points")


def test_harmless_changes_of_many_slices_fail_as_rarely_as_stated() -> None:
    """Eight slices of 60 flaky cases, unchanged, 120 times: at most 5 % of the gates fail."""
    generator = np.random.default_rng(20261130)
    cases = [a_case(f"case-{at}", preferred=f"agent-{at // 60}") for at in range(480)]
    rule = replace(ACCURACY, subset="agent=*")

    failed = sum(
        verdict_of(rule, side(*numbered(before, 3)), side(*numbered(after, 3)), cases).outcome is GateOutcome.FAILED
        for before, after in generator.binomial(3, 0.7, size=(120, 2, 480)).tolist()
    )

    # Simulation error is 2 points; two of them are allowed for.
    assert failed / 120 <= 0.09


RULES = st.sampled_from(
    [
        BREAKS,
        replace(BREAKS, maximum=10),
        ACCURACY,
        replace(ACCURACY, maximum_drop=0.5),
        replace(ACCURACY, subset="agent=*", minimum_sample=10),
        replace(ACCURACY, subset="agent=debugger", maximum_drop=0.9, minimum_sample=2),
        GateRule(metric="routing_cost", maximum_rise=0.1),
        GateRule(metric=CRITICAL_BREAKS),
        GateRule(metric=NARROWED_MARGINS, maximum=3),
        GateRule(metric="routing_accuracy", minimum=0.5),
        GateRule(metric="routing_accuracy", minimum=0.9),
        GateRule(metric="routing_accuracy", maximum=0.9),
        GateRule(metric="rubric_pass_rate", minimum=0.1),
    ]
)
SIDES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=30, max_size=40)
CASES = [
    a_case(
        f"case-{at}", preferred=("debugger", "reviewer")[at % 2], is_critical=at < 3, group="x" if 5 < at < 9 else ""
    )
    for at in range(40)
]


@settings(deadline=None)  # the first one loads what Student's distribution takes
@given(rules=st.lists(RULES, min_size=1, max_size=5), more=st.lists(RULES, min_size=1, max_size=3), sides=SIDES)
def test_more_rules_never_make_a_gate_greener(
    rules: list[GateRule], more: list[GateRule], sides: list[tuple[int, int]]
) -> None:
    """What failed may come to be in doubt among many rules, and what was in doubt stays so: neither ever passes."""
    before, after = (side(*numbered([pair[at] for pair in sides], 3)) for at in (0, 1))
    costs = (MisroutingCost(expected=OWNER, chosen=OTHER, cost=2.0),)
    subject = reported(a_metric(0.8, half=0.1))

    few, many = (
        verdict_of(GatePolicy(rules=tuple(asked), costs=costs), before, after, CASES, subject=subject)
        for asked in (rules, [*rules, *more])
    )

    nothing_asked = not any(item.is_gated for item in few.findings)
    if few.outcome not in GREEN and not nothing_asked:
        assert many.outcome not in GREEN
    assert all(reason for reason in many.reasons)


def test_a_subject_that_varies_and_one_that_does_not_have_rules_of_their_own() -> None:
    """The usual gate: breaks for the one, a drop for the other."""
    rules = (replace(BREAKS, applies_to=SubjectKind.DETERMINISTIC), replace(ACCURACY, applies_to=SubjectKind.VARYING))
    before, after = numbered([1] * 100), numbered([0] + [1] * 99)

    steady, varying = (
        verdict_of(GatePolicy(rules=rules), side(*before, record=record), side(*after, record=record))
        for record in (STEADY, VARYING)
    )

    assert (steady.outcome, varying.outcome) == (GateOutcome.FAILED, GateOutcome.PASSED)
