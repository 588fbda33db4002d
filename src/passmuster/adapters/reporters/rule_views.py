"""The rules of the gate as plain view data: what each asks for, of whom, and what it says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from passmuster.adapters.reporters.wording import NOT_GATED, VERDICTS, Mark
from passmuster.domain.comparisons import Comparison
from passmuster.domain.metric_names import CRITICAL_BREAKS, NARROWED_MARGINS, UNACCEPTED_BREAKS
from passmuster.domain.observations import Estimate
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule, GateVerdict
from passmuster.texts.metrics import metric_label, subset_text
from passmuster.texts.numbers import NO_BREAK, count, points, points_interval
from passmuster.texts.visible import visible

SHOWN_REASONS = 5
"""A verdict's reasons beyond these are read in the table of the rules."""

OPEN_ROWS = 8
"""A table of more rules than this waits until somebody opens it."""

_ORDER = (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.PASSED, GateOutcome.EQUAL)
_COUNTED = {
    UNACCEPTED_BREAKS: ("no case may break", "{} may break"),
    CRITICAL_BREAKS: ("no critical case may break", "{} that are critical may break"),
    NARROWED_MARGINS: ("no margin may narrow", "{} may have a narrower margin"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """What one rule of the gate says of one subject and subset."""

    mark: Mark
    subject: str
    rule: str
    subset: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """All that the rules say.

    Attributes:
        gated: What the verdict counts, the gravest first.
        others: Subsets of too few cases, which are only shown.
        summary: How many there are of each outcome.
        is_open: Whether the table says more than the reasons above it, and is short.
        note: Why the verdict does not follow from the table; empty if it does.
    """

    gated: tuple[RuleView, ...]
    others: tuple[RuleView, ...]
    summary: str
    is_open: bool
    note: str


def rule_table(verdict: GateVerdict, comparison: Comparison | None = None) -> RuleTable:
    """Lay out what the rules say; the comparison knows the differences of subsets that are not gated."""
    metrics = () if comparison is None else comparison.metrics
    known = {(change.subject, change.metric, change.subset): change.difference for change in metrics}
    gated = sorted(
        (finding for finding in verdict.findings if finding.is_gated), key=lambda item: _ORDER.index(item.outcome)
    )
    sentences = {finding.sentence for finding in gated}
    is_other = bool(gated) and verdict.outcome is GateOutcome.INCONCLUSIVE and sentences.isdisjoint(verdict.reasons)
    says_more = len(verdict.reasons) > SHOWN_REASONS or not sentences <= set(verdict.reasons)
    return RuleTable(
        gated=tuple(map(_rule_view, gated)),
        others=tuple(
            _with_difference(_rule_view(item), known.get((item.subject, item.rule.metric, item.subset or "all")))
            for item in verdict.findings
            if not item.is_gated
        ),
        summary=rules_summary(gated),
        is_open=says_more and len(gated) <= OPEN_ROWS,
        note="The verdict rests on the reasons above, whatever these rules say." if is_other else "",
    )


def rules_summary(findings: Sequence[GateFinding]) -> str:
    """Return how many findings there are of each outcome, such as "1 failed, 3 passed"."""
    numbers = Counter(finding.outcome for finding in findings)
    return ", ".join(f"{count(numbers[one])} {VERDICTS[one].word.lower()}" for one in _ORDER if numbers[one])


def rule_text(rule: GateRule) -> str:
    """Return what a rule asks for, such as "Routing accuracy: a drop of at most 5 points"."""
    if rule.metric in _COUNTED:
        none, some = _COUNTED[rule.metric]
        return some.format(count(int(rule.maximum), "case")) if rule.maximum else none
    asked = (
        ("at least", None if rule.minimum is None else f"{100 * rule.minimum:g}{NO_BREAK}%"),
        ("at most", None if rule.maximum is None else f"{100 * rule.maximum:g}{NO_BREAK}%"),
        ("a drop of at most", None if rule.maximum_drop is None else f"{100 * rule.maximum_drop:g} points"),
        ("a rise of at most", None if rule.maximum_rise is None else f"{rule.maximum_rise:g}"),
    )
    limits = " and ".join(f"{words} {limit}" for words, limit in asked if limit is not None)
    return visible(f"{metric_label(rule.metric).text}: {limits}")


def _rule_view(finding: GateFinding) -> RuleView:
    return RuleView(
        mark=VERDICTS[finding.outcome] if finding.is_gated else NOT_GATED,
        subject=visible(finding.subject),
        rule=rule_text(finding.rule),
        subset=subset_text(finding.subset or finding.rule.subset),
        # The subject has a column of its own.
        sentence=visible(finding.sentence.removeprefix(f"{finding.subject}: ")),
    )


def _with_difference(view: RuleView, difference: Estimate | None) -> RuleView:
    if difference is None:
        return view
    found = f"difference {points(difference.value)} ({points_interval(difference)})"
    return replace(view, sentence=f"{found}; {view.sentence}")
