"""Criteria that one machine cannot judge, or judged by other means."""

from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.leaving_out import held_strictly
from passmuster.analysis.observing import failed_parts, observe, observe_case
from passmuster.analysis.outcomes import rubric_result
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison
from passmuster.domain.observations import Aspect
from passmuster.domain.results import Outcome, Run, Score, Trial, Unscored
from passmuster.domain.sandboxes import SandboxRecord
from passmuster.domain.values import UNKNOWN, Fingerprint, SubjectName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_criterion_reference,
    a_failure,
    a_rubric,
    a_run,
    a_score,
    a_trial,
)

RUNS = a_criterion_reference(name="runs", is_required=True, weight=3.0)
READS = a_criterion_reference(name="reads")
CASE = a_case(rubric=a_rubric(RUNS, READS, passing_score=0.5))
HERE, THERE = Fingerprint("a" * 32), Fingerprint("b" * 32)


def score(name: str, *, passed: bool, means: Fingerprint = UNKNOWN) -> Score:
    return a_score(criterion=name, value=float(passed), passed=passed, means=means)


def left_out(name: str) -> Unscored:
    return Unscored(criterion=name, failure=a_failure(kind="CriterionUnavailableError", message="no sandbox — get one"))


def trial(*outcomes: Outcome, repetition: int = 0) -> Trial:
    return a_trial(
        CASE.identifier, repetition=repetition, answer=Answer(completion=a_completion()), outcomes=tuple(outcomes)
    )


def run_of(*outcomes: Outcome) -> Run:
    return a_run(trial(*outcomes), cases=(CASE,))


def output_change(before: Run, after: Run) -> tuple[CaseChange, Comparison]:
    comparison = compare(observe(before), observe(after), (CASE,))
    return next(change for change in comparison.cases if change.aspect is Aspect.OUTPUT), comparison


def test_a_criterion_that_is_left_out_leaves_the_rubric() -> None:
    """Even a required one: the others judge alone."""
    result = rubric_result(CASE.rubric, (left_out("runs"), score("reads", passed=True))) if CASE.rubric else None

    assert result is not None
    assert (result.score, result.passed) == (1.0, True)


def test_a_criterion_that_failed_in_the_harness_does_not() -> None:
    """A required one that could not judge makes the whole unknown, as ever."""
    failed = Unscored(criterion="runs", failure=a_failure(kind="SandboxError"))

    assert CASE.rubric is not None
    assert rubric_result(CASE.rubric, (failed, score("reads", passed=True))) is None


def test_what_is_left_out_is_no_failure_of_the_harness() -> None:
    """The trial is finished: making it again here would change nothing."""
    made = trial(left_out("runs"), score("reads", passed=True))

    assert made.is_finished
    assert failed_parts(made) == 0
    assert not trial(Unscored(criterion="runs", failure=a_failure(kind="CriterionError"))).is_finished


def test_a_criterion_left_out_of_one_repetition_is_left_out_of_all() -> None:
    """Verdicts of a case are over one set of criteria."""
    trials = [
        trial(left_out("runs"), score("reads", passed=True)),
        trial(score("runs", passed=False, means=HERE), score("reads", passed=True), repetition=1),
    ]

    observation = observe_case(SubjectName("lexical"), CASE, trials)

    assert observation.left_out == ("runs",)
    assert observation.passed == (True, True)
    assert observation.criteria == {"reads": 1.0, "runs": 0.0}


@pytest.mark.parametrize("is_turned", [False, True], ids=["now", "then"])
def test_it_is_left_out_on_both_sides(is_turned: bool) -> None:  # noqa: FBT001 - given by pytest
    """What broke only there is not seen; what the other criteria see is."""
    broken = run_of(score("runs", passed=False, means=HERE), score("reads", passed=True))
    bare = run_of(left_out("runs"), score("reads", passed=True))
    worse = run_of(left_out("runs"), score("reads", passed=False))

    same, comparison = output_change(*((bare, broken) if is_turned else (broken, bare)))
    lower, _ = output_change(run_of(score("runs", passed=True, means=HERE), score("reads", passed=True)), worse)

    assert (same.kind, same.difference) == (ChangeKind.UNCHANGED, 0.0)
    assert comparison.apart == ("runs",)
    assert (lower.kind, lower.explanation) == (ChangeKind.BROKEN, "scores lower on reads")


def test_scores_by_equal_means_are_compared() -> None:
    """Here a required criterion broke, and nothing is in the way of saying so."""
    change, comparison = output_change(
        run_of(score("runs", passed=True, means=HERE), score("reads", passed=True)),
        run_of(score("runs", passed=False, means=HERE), score("reads", passed=True)),
    )

    assert change.kind is ChangeKind.BROKEN
    assert (comparison.apart, comparison.warnings) == ((), ())


def test_scores_by_other_means_are_not() -> None:
    """Another environment may judge otherwise, which is said."""
    change, comparison = output_change(
        run_of(score("runs", passed=True, means=HERE), score("reads", passed=True)),
        run_of(score("runs", passed=False, means=THERE), score("reads", passed=True)),
    )

    assert change.kind is ChangeKind.UNCHANGED
    assert comparison.apart == ("runs",)
    assert any("judged by other means" in warning for warning in comparison.warnings)


def test_nothing_is_compared_where_nothing_is_left() -> None:
    """An output of which no criterion can be compared is left out, and is neither better nor worse."""
    change, _ = output_change(
        run_of(score("runs", passed=True, means=HERE), score("reads", passed=True, means=HERE)),
        run_of(left_out("runs"), left_out("reads")),
    )

    assert (change.kind, change.difference) == (ChangeKind.LEFT_OUT, None)


def test_the_report_names_it_with_the_remedy() -> None:
    """What numbers mean without it is said as well, and that it would be required."""
    report = report_of(run_of(left_out("runs"), score("reads", passed=True)), GatePolicy(rules=()), None)

    told = " ".join(report.trust)
    assert report.left_out == ("runs",)
    assert "1 criterion was left out" in told
    assert "(runs among them would be required)" in told
    assert "no sandbox — get one" in told
    assert "measurement failed" not in told


def test_strictly_nothing_passes_without_it() -> None:
    """What failed failed all the same."""
    rule = GateRule(metric="rubric_pass_rate", minimum=1.0)
    bare = run_of(left_out("runs"), score("reads", passed=True))
    good = report_of(bare, GatePolicy(rules=(rule,)), None)
    bad = report_of(run_of(left_out("runs"), score("reads", passed=False)), GatePolicy(rules=(rule,)), None)
    whole = report_of(run_of(score("runs", passed=True), score("reads", passed=True)), GatePolicy(rules=(rule,)), None)

    assert good.verdict.outcome is GateOutcome.PASSED
    assert held_strictly(good).verdict.outcome is GateOutcome.INCONCLUSIVE
    assert "runs" in held_strictly(good).verdict.reasons[0]
    assert held_strictly(bad) is bad
    assert held_strictly(whole) is whole


def test_a_gate_says_nothing_of_outputs_that_are_all_left_out() -> None:
    """It passes by its other rules: this machine can tell nothing of the outputs, for or against."""
    rules = (GateRule(metric="rubric_pass_rate", minimum=0.9), GateRule(metric="harness_failure_rate", maximum=0.02))
    report = report_of(run_of(left_out("runs"), left_out("reads")), GatePolicy(rules=rules), None)

    assert report.verdict.outcome is GateOutcome.PASSED
    assert [finding.is_gated for finding in report.verdict.findings] == [False, True]


def test_a_sandbox_that_holds_nothing_is_told() -> None:
    """Its caveat stands among what readers must know."""
    run = run_of(score("runs", passed=True), score("reads", passed=True))
    sandbox = SandboxRecord(name="none", caveat="The code of answers was run without a sandbox.")
    known = replace(run, manifest=replace(run.manifest, sandbox=sandbox))

    assert "The code of answers was run without a sandbox." in report_of(known, GatePolicy(rules=()), None).trust
