"""A suite's policy and a run's evidence in; a verdict with its reasons out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from passmuster.analysis.breaks import judge_breaks, judge_narrowing
from passmuster.analysis.controls import failed_controls
from passmuster.analysis.critical import judge_critical
from passmuster.analysis.drops import Drop, judge_drops
from passmuster.analysis.judging import Evidence, cases_of, concerns, count
from passmuster.analysis.levels import Level, judge_level
from passmuster.analysis.multiplicity import holm
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import Comparison
from passmuster.domain.metric_names import CRITICAL_BREAKS, NARROWED_MARGINS, RUBRIC_PASS_RATE, UNACCEPTED_BREAKS
from passmuster.domain.observations import Aspect, Snapshot
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict

_ORDER = (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.PASSED)

Counting = Callable[[GateRule, SubjectReport, Evidence], Iterator[GateFinding]]


def _one(judged: Callable[[GateRule, SubjectReport, Evidence], GateFinding]) -> Counting:
    def each(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[GateFinding]:
        yield judged(rule, subject, evidence)

    return each


_COUNTING: Mapping[str, Counting] = {
    UNACCEPTED_BREAKS: _one(judge_breaks),
    NARROWED_MARGINS: _one(judge_narrowing),
    CRITICAL_BREAKS: judge_critical,
}
"""Rules that count cases, and are not corrected for how many rules there are."""

_OF_OUTPUTS = frozenset({RUBRIC_PASS_RATE, "rubric_score"})
"""Metrics of what was written."""


def judge(
    policy: GatePolicy,
    subjects: Sequence[SubjectReport],
    comparison: Comparison | None,
    *,
    cases: Sequence[Case] = (),
    candidate: Snapshot | None = None,
    looks: int = 1,
) -> GateVerdict:
    """Apply every rule to every subject that it is for.

    A control that failed makes the verdict void: nobody can tell. Else one failed rule fails the gate; else one that
    cannot tell makes it inconclusive; else the gate passed, and says "equal" where nothing at all differs from the
    baseline. Rules that are all for other subjects tell nothing.

    Args:
        policy: What must hold.
        subjects: The results of each subject, over the cases that the gate counts.
        comparison: What differs from the baseline; ``None`` without one.
        cases: The run's cases, for subsets, groups, critical cases and controls.
        candidate: What was observed of the run, for its controls.
        looks: How often the gate may look at growing data; the error rate is split over them.
    """
    evidence = Evidence(
        policy=policy,
        subjects=subjects,
        comparison=comparison,
        cases={case.identifier: case for case in cases},
        observed=candidate.observations if candidate else (),
        looks=looks,
    )
    findings = tuple(_findings(evidence))
    void = tuple(failed_controls(evidence, [agent.name for agent in candidate.agents] if candidate else ()))
    if void:
        return GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=void, findings=findings)
    gated = [item for item in findings if item.is_gated]
    if policy.rules and not gated:
        reasons = tuple(item.sentence for item in findings) or (_nothing_judged(evidence),)
        return GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=reasons, findings=findings)
    outcome = next((one for one in _ORDER if any(item.outcome is one for item in gated)), GateOutcome.PASSED)
    if outcome is GateOutcome.PASSED and comparison is not None and comparison.is_equal:
        return GateVerdict(outcome=GateOutcome.EQUAL, reasons=(_equal_sentence(comparison),), findings=findings)
    decisive = [item.sentence for item in gated if item.outcome is outcome]
    return GateVerdict(outcome=outcome, reasons=tuple(decisive), findings=findings)


def _nothing_judged(evidence: Evidence) -> str:
    if any(concerns(rule, subject.record) for rule in evidence.policy.rules for subject in evidence.subjects):
        return "no rule of the gate found a case in this run that it is about"
    return "no rule of the gate is for a subject of this run"


def _equal_sentence(comparison: Comparison) -> str:
    cases = count(len(cases_of(comparison.cases)), "case")
    return f"nothing differs from {comparison.against}: the same roster, and the same answers to {cases}"


def _findings(evidence: Evidence) -> Iterator[GateFinding]:
    estimated: list[Drop | Level] = []
    for rule in evidence.policy.rules:
        for subject in evidence.subjects:
            if not concerns(rule, subject.record):
                continue
            if rule.metric in _COUNTING:
                yield from _COUNTING[rule.metric](rule, subject, evidence)
            else:
                estimated.extend(_estimated(rule, subject, evidence))
    yield from _corrected(estimated)


def _estimated(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[Drop | Level]:
    is_untold = rule.metric in _OF_OUTPUTS and evidence.is_left_out(subject.record.name)
    for found in _judged(rule, subject, evidence):
        # Where nothing of the outputs can be judged, the rest of the gate decides; --strict minds.
        yield replace(found, finding=replace(found.finding, is_gated=False)) if is_untold else found


def _judged(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[Drop | Level]:
    asks_for_drop = rule.maximum_drop is not None or rule.maximum_rise is not None
    if asks_for_drop and not _is_for_writers(rule, subject, evidence):
        yield from judge_drops(rule, subject, evidence)
    if rule.minimum is not None or rule.maximum is not None:
        yield judge_level(rule, subject, evidence)


def _is_for_writers(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> bool:
    """Whether a rule for a kind of subjects speaks of outputs, and neither side ever had one of this subject's."""
    is_of_outputs = rule.applies_to is not None and rule.metric == RUBRIC_PASS_RATE
    has_none = subject.metric(RUBRIC_PASS_RATE) is None and not evidence.changes(subject.record.name, Aspect.OUTPUT)
    return is_of_outputs and has_none


def _corrected(estimated: Sequence[Drop | Level]) -> Iterator[GateFinding]:
    """Let a rule fail the gate only where that is no chance finding among all of them (Holm)."""
    tested = {at: item.chance for at, item in enumerate(estimated) if item.chance is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    for at, item in enumerate(estimated):
        if item.finding.outcome is GateOutcome.FAILED and adjusted.get(at, 0.0) > item.significance:
            said = f"{item.finding.sentence}; but among {len(tested)} such rules one looks like that by chance"
            yield replace(item.finding, outcome=GateOutcome.INCONCLUSIVE, sentence=said)
        else:
            yield item.finding
