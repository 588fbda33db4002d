"""Rules, metrics and a comparison in; a verdict with its reasons out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passmuster.analysis.narrowing import narrowed, narrowing_sentence
from passmuster.analysis.quantiles import quantile
from passmuster.domain.reports import SubjectReport
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import (
    CaseChange,
    ChangeKind,
    Comparison,
    Estimate,
    GateFinding,
    GateOutcome,
    GateRule,
    GateVerdict,
)

UNACCEPTED_BREAKS = "unaccepted_breaks"
"""The number of cases that are right less often than in the baseline, by their choice or by their output."""

NARROWED_MARGINS = "narrowed_margins"
"""The number of right choices that lost at least a quarter of their lead."""

HARNESS_FAILURES = "harness_failure_rate"
COMPARED = frozenset({"routing_accuracy", "rubric_pass_rate"})
"""Metrics that ``maximum_drop`` can be asked of."""

ROUNDING = 1e-9
"""A mean of 0.7 must meet a limit of 0.7 whatever the order of the additions."""

_NOT_COMPARED = frozenset({ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.EDITED})
_ORDER = (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.PASSED)


def judge(rules: Sequence[GateRule], subjects: Sequence[SubjectReport], comparison: Comparison | None) -> GateVerdict:
    """Apply every rule to every subject that it is for.

    One failed rule fails the gate; else one that cannot tell makes it inconclusive; else the gate passed, and says
    "equal" where nothing at all differs from the baseline. Rules that are all for other subjects tell nothing.
    """
    findings = tuple(
        finding
        for rule in rules
        for subject in subjects
        if rule.subject in {None, subject.record.name}
        for finding in _apply(rule, subject, comparison)
    )
    if rules and not findings:
        reason = "no rule of the gate is for a subject of this run"
        return GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=(reason,))
    outcome = next((one for one in _ORDER if any(item.outcome is one for item in findings)), GateOutcome.PASSED)
    if outcome is GateOutcome.PASSED and comparison is not None and comparison.is_equal:
        return GateVerdict(outcome=GateOutcome.EQUAL, reasons=(_equal_sentence(comparison),), findings=findings)
    decisive = [item.sentence for item in findings if item.outcome is outcome]
    return GateVerdict(outcome=outcome, reasons=tuple(decisive), findings=findings)


def _equal_sentence(comparison: Comparison) -> str:
    cases = _count(len(_cases(comparison.cases)), "case")
    return f"nothing differs from {comparison.against}: the same roster, and the same answers to {cases}"


def _apply(rule: GateRule, subject: SubjectReport, comparison: Comparison | None) -> Iterator[GateFinding]:
    if rule.metric == UNACCEPTED_BREAKS:
        yield _judge_breaks(rule, subject.record.name, comparison)
        return
    if rule.metric == NARROWED_MARGINS:
        yield _judge_narrowing(rule, subject.record.name, comparison)
        return
    if rule.maximum_drop is not None:
        yield _judge_drop(rule, subject.record.name, comparison)
    if rule.minimum is not None or rule.maximum is not None:
        yield _judge_level(rule, subject)


def _judge_breaks(rule: GateRule, subject: SubjectName, comparison: Comparison | None) -> GateFinding:
    if comparison is None:
        return _no_baseline(rule, subject)
    outcome, sentence = _breaks(rule, [change for change in comparison.cases if change.subject == subject])
    return GateFinding(rule=rule, subject=subject, outcome=outcome, sentence=f"{subject}: {sentence}")


def _judge_narrowing(rule: GateRule, subject: SubjectName, comparison: Comparison | None) -> GateFinding:
    if comparison is None:
        return _no_baseline(rule, subject)
    allowed = rule.maximum or 0
    is_held = len(narrowed(comparison, subject)) <= allowed
    sentence = narrowing_sentence(comparison, subject) or f"{subject}: no right choice lost a quarter of its lead"
    return GateFinding(
        rule=rule,
        subject=subject,
        outcome=GateOutcome.PASSED if is_held else GateOutcome.FAILED,
        sentence=f"{sentence}; {allowed:g} may",
    )


def _no_baseline(rule: GateRule, subject: SubjectName) -> GateFinding:
    sentence = f"{subject}: there is no accepted baseline to compare with; make one with `passmuster accept`"
    return GateFinding(rule=rule, subject=subject, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)


def _breaks(rule: GateRule, changes: Sequence[CaseChange]) -> tuple[GateOutcome, str]:
    broken = [change for change in changes if change.kind is ChangeKind.BROKEN]
    unmeasured = [change for change in changes if change.kind is ChangeKind.UNMEASURED]
    compared = _cases([change for change in changes if change.kind not in _NOT_COMPARED])
    allowed = rule.maximum or 0
    if len(_cases(broken)) > allowed:
        return GateOutcome.FAILED, _broken_sentence(broken)
    if unmeasured:
        unknown = f"{_count(len(_cases(unmeasured)), 'case')} could not be measured on both sides"
        return GateOutcome.INCONCLUSIVE, f"{unknown}, so nobody can tell what broke ({_names(unmeasured)})"
    if len(compared) < rule.minimum_sample:
        return GateOutcome.INCONCLUSIVE, f"the baseline has {_too_few(len(compared), rule)} as they are now"
    fixed = _cases([change for change in changes if change.kind is ChangeKind.FIXED])
    moved = _cases([change for change in changes if change.kind is ChangeKind.MOVED])
    broke = f"{_broken_sentence(broken)}; {allowed:g} may" if broken else "no case broke"
    return GateOutcome.PASSED, f"{broke}; {len(fixed)} fixed, {len(moved)} moved without becoming right or wrong"


def _cases(changes: Sequence[CaseChange]) -> set[CaseIdentifier]:
    return {change.case for change in changes}


def _too_few(size: int, rule: GateRule) -> str:
    return f"{_count(size, 'case')} of the {rule.minimum_sample} that the rule needs"


def _broken_sentence(broken: Sequence[CaseChange]) -> str:
    stolen: dict[str, list[CaseChange]] = {}
    lost: dict[str, list[CaseChange]] = {}
    for change in broken:
        if change.stolen_by:
            stolen.setdefault(change.stolen_by, []).append(change)
        elif change.lost_to:
            lost.setdefault(change.was, []).append(change)
    parts = [f"{_count(len(_cases(broken)), 'case')} broke"]
    for thief, changes in sorted(stolen.items(), key=lambda item: (-len(item[1]), item[0])):
        victims = sorted({change.was for change in changes})
        parts.append(f"{thief} stole {len(changes)} from {', '.join(victims)} ({_names(changes)})")
    for owner, changes in sorted(lost.items(), key=lambda item: (-len(item[1]), item[0])):
        takers = sorted({change.now for change in changes})
        parts.append(f"{owner} lost {len(changes)} to {', '.join(takers)} ({_names(changes)})")
    rest = [change for change in broken if not change.stolen_by and not change.lost_to]
    if rest and len(parts) > 1:
        parts.append(f"{len(_cases(rest))} otherwise ({_names(rest)})")
    elif rest:
        parts[0] += f" ({_names(rest)})"
    return "; ".join(parts)


def _names(changes: Sequence[CaseChange], shown: int = 5) -> str:
    names = list(dict.fromkeys(change.case for change in changes))
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _judge_drop(rule: GateRule, subject: SubjectName, comparison: Comparison | None) -> GateFinding:
    if comparison is None:
        return _no_baseline(rule, subject)
    found = next((item for item in comparison.metrics if item.subject == subject and item.metric == rule.metric), None)
    if found is None or found.difference.sample_size < rule.minimum_sample:
        size = 0 if found is None else found.difference.sample_size
        sentence = f"{subject}: {rule.metric} was compared on {_too_few(size, rule)}"
        return GateFinding(rule=rule, subject=subject, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)
    limit = -(rule.maximum_drop or 0.0)
    bounds = _one_sided(found.difference, rule.significance)
    outcome = GateOutcome.INCONCLUSIVE
    if bounds.lower >= limit - ROUNDING:
        outcome = GateOutcome.PASSED
    elif bounds.upper < limit - ROUNDING:
        outcome = GateOutcome.FAILED
    sentence = (
        f"{subject}: {rule.metric} changed by {found.difference.value:+.3f} "
        f"({bounds.lower:+.3f} to {bounds.upper:+.3f}) on {_count(found.difference.sample_size, 'case')}; "
        f"a drop of up to {rule.maximum_drop:.3f} is allowed"
    )
    return GateFinding(rule=rule, subject=subject, outcome=outcome, sentence=sentence, estimate=found.difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    lower: float
    upper: float


def _one_sided(estimate: Estimate, significance: float) -> _Bounds:
    """Turn a two-sided interval into one whose bounds each hold with about the given error rate."""
    factor = quantile(1 - 2 * significance) / quantile(estimate.confidence)
    return _Bounds(
        lower=estimate.value - (estimate.value - estimate.lower) * factor,
        upper=estimate.value + (estimate.upper - estimate.value) * factor,
    )


def _judge_level(rule: GateRule, subject: SubjectReport) -> GateFinding:
    name = subject.record.name
    label = rule.metric if rule.subset is None else f"{rule.metric} of {rule.subset}"
    found = subject.metric(rule.metric, rule.subset or "all")
    if found is None or found.sample_size < rule.minimum_sample:
        size = 0 if found is None else found.sample_size
        sentence = f"{name}: {label} rests on {_too_few(size, rule)}"
        return GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)
    below = rule.minimum is not None and found.value < rule.minimum - ROUNDING
    above = rule.maximum is not None and found.value > rule.maximum + ROUNDING
    # Failures of the harness are no fault of the agents: too many of them hide the truth, and do not break it.
    broken = GateOutcome.INCONCLUSIVE if rule.metric == HARNESS_FAILURES else GateOutcome.FAILED
    limits: Mapping[str, float | None] = {"at least": rule.minimum, "at most": rule.maximum}
    asked = " and ".join(f"{words} {limit:g}" for words, limit in limits.items() if limit is not None)
    sentence = f"{name}: {label} is {found.value:.3f} ({found.lower:.3f} to {found.upper:.3f}); {asked} is asked for"
    outcome = broken if below or above else GateOutcome.PASSED
    return GateFinding(rule=rule, subject=name, outcome=outcome, sentence=sentence, estimate=found)
