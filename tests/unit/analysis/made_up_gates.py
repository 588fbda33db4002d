"""Subjects, sides and verdicts made up for the tests of the gate's rules: name only what a test is about."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.observations import CaseObservation, Estimate, RoutingOutcome, Snapshot
from passmuster.domain.reports import ConfusionMatrix, Metric, SubjectReport
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName, fingerprint_of
from passmuster.domain.verdicts import GatePolicy, GateRule, GateVerdict
from passmuster.testing.factories import a_snapshot, a_subject_record

LEXICAL = SubjectName("lexical")
STEADY, VARYING = (a_subject_record("lexical", is_deterministic=is_steady) for is_steady in (True, False))
OWNER, OTHER = AgentName("debugger"), AgentName("test-engineer")


def reported(*metrics: Metric, record: SubjectRecord = VARYING) -> SubjectReport:
    """Return a subject of whom only these metrics are known."""
    confusion = ConfusionMatrix(labels=(), counts=())
    return SubjectReport(record=record, metrics=metrics, agents=(), confusion=confusion)


def a_metric(value: float, *, name: str = "routing_accuracy", subset: str = "all", half: float = 0.0) -> Metric:
    """Return a metric over 50 cases, with half the width of its interval of 95 %."""
    lower, upper = value - half, value + half
    estimate = Estimate(value=value, lower=lower, upper=upper, confidence=0.95, sample_size=50, method="given")
    return Metric(name=name, subset=subset, estimate=estimate)


def seen(case: str, passes: Sequence[bool], **changes: object) -> CaseObservation:
    """Return what was seen of a case: whether each trial passed."""
    observation = CaseObservation(
        subject=LEXICAL,
        case=CaseIdentifier(case),
        fingerprint=fingerprint_of(["case", case]),
        chosen=tuple(OWNER if passed else OTHER for passed in passes),
        outcomes=tuple(RoutingOutcome.PREFERRED if passed else RoutingOutcome.WRONG for passed in passes),
    )
    return replace(observation, **changes) if changes else observation  # type: ignore[arg-type]  # the class checks names


@cache
def one_of(number: int, passed: int, trials: int) -> CaseObservation:
    """Return the observation of a case with a number for its name, by how many of its trials passed."""
    return seen(f"case-{number}", [place < passed for place in range(trials)])


def numbered(passes: Sequence[int], trials: int = 1) -> list[CaseObservation]:
    """Return one observation for each number of passes, of ``case-0`` and so on."""
    return [one_of(at, passed, trials) for at, passed in enumerate(passes)]


def side(*observations: CaseObservation, record: SubjectRecord = VARYING) -> Snapshot:
    """Return one side of one subject, who varies."""
    return a_snapshot(*observations, subjects=(record,))


def verdict_of(
    policy: GatePolicy | GateRule,
    before: Snapshot,
    after: Snapshot,
    cases: Sequence[Case] = (),
    *,
    looks: int = 1,
    subject: SubjectReport | None = None,
) -> GateVerdict:
    """Judge one side against the other as a report does."""
    asked = GatePolicy(rules=(policy,)) if isinstance(policy, GateRule) else policy
    subjects = [subject or reported(record=after.subjects[0])]
    comparison = compare(before, after, cases, asked.costs)
    return judge(asked, subjects, comparison, cases=cases, candidate=after, looks=looks)


def verdict_on(
    rule: GateRule, changes: Sequence[CaseChange], after: Snapshot, *, is_equal: bool = False
) -> GateVerdict:
    """Judge what became of each case, for simulations that compare no case twice in the same way."""
    comparison = replace(_compared(), cases=tuple(changes), is_equal=is_equal)
    return judge(GatePolicy(rules=(rule,)), [reported(record=after.subjects[0])], comparison, candidate=after)


@cache
def _compared() -> Comparison:
    """Return a comparison of two sides of which nothing is known but who was asked."""
    return compare(side(), side())
