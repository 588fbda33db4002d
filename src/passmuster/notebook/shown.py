"""What notebooks show of runs, comparisons and verdicts: little HTML, everything escaped, no style and no address."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from passmuster.domain.comparisons import ChangeKind, Comparison
from passmuster.domain.reports import Report
from passmuster.domain.verdicts import GateVerdict
from passmuster.texts.metrics import METRICS
from passmuster.texts.numbers import count, decimal, percent, percent_interval
from passmuster.texts.visible import excerpt

MOST_ROWS: Final = 20
"""So many cases or reasons are listed; the frames hold all."""

_LENGTH: Final = 160
_LOOKED_AT: Final = (ChangeKind.BROKEN, ChangeKind.FIXED, ChangeKind.MOVED, ChangeKind.UNMEASURED)
_NO_SHARE: Final = "routing_cost"


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict that shows itself.

    Attributes:
        value: The verdict.
    """

    value: GateVerdict

    def _repr_html_(self) -> str:
        """Return the outcome and its reasons."""
        return verdict_html(self.value)


@dataclass(frozen=True, slots=True)
class ShownComparison:
    """A comparison that shows itself.

    Attributes:
        value: The comparison.
    """

    value: Comparison

    def _repr_html_(self) -> str:
        """Return what became of the cases, and those that somebody must look at."""
        return comparison_html(self.value)


def run_html(report: Report) -> str:
    """Return a run in a few lines: the verdict, what moved, and the metrics over all cases."""
    manifest = report.manifest
    heading = f"<h4>{_text(manifest.suite)}, run {_text(manifest.identifier)}</h4>"
    moved = "" if report.comparison is None else f"<p>{_text(_tally(report.comparison))}</p>"
    names = [subject.record.name for subject in report.subjects]
    rows = []
    for name, label in METRICS.items():
        estimates = [subject.metric(name) for subject in report.subjects]
        if any(estimate is not None for estimate in estimates):
            shown = decimal if name == _NO_SHARE else percent
            cells = [
                ""
                if item is None
                else f"{shown(item.value)} ({percent_interval(item)})"
                if shown is percent
                else shown(item.value)
                for item in estimates
            ]
            rows.append([label.text, *cells])
    trust = "".join(f"<li>{_text(sentence)}</li>" for sentence in report.trust[:MOST_ROWS])
    return "".join(
        [heading, verdict_html(report.verdict), moved, _table(["", *names], rows), f"<ul>{trust}</ul>" if trust else ""]
    )


def verdict_html(verdict: GateVerdict) -> str:
    """Return a verdict: its outcome, and why."""
    reasons = "".join(f"<li>{_text(reason)}</li>" for reason in verdict.reasons[:MOST_ROWS])
    rest = len(verdict.reasons) - MOST_ROWS
    more = f"<li>and {count(rest)} more</li>" if rest > 0 else ""
    return f"<p><strong>{_text(verdict.outcome)}</strong></p>" + (f"<ul>{reasons}{more}</ul>" if reasons else "")


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison: what became of the cases, and those that somebody must look at, the gravest first."""
    moved = [change for kind in _LOOKED_AT for change in comparison.of_kind(kind)]
    rows = [
        [change.kind, change.subject, change.case, change.was, change.now, change.explanation]
        for change in moved[:MOST_ROWS]
    ]
    rest = f"<p>… and {count(len(moved) - MOST_ROWS, 'case')} more</p>" if len(moved) > MOST_ROWS else ""
    heading = f"<p>Against {_text(comparison.against)}: {_text(_tally(comparison))}</p>"
    return heading + _table(["", "subject", "case", "was", "now", "why"], rows) + rest


def _tally(comparison: Comparison) -> str:
    if comparison.is_equal:
        return "nothing differs"
    kinds: Counter[ChangeKind] = Counter(
        change.kind for change in comparison.cases if change.kind is not ChangeKind.UNCHANGED
    )
    return ", ".join(f"{count(kinds[kind])} {kind}" for kind in ChangeKind if kinds[kind]) or "no case differs"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["".join(f"<td>{_text(cell)}</td>" for cell in row) for row in rows]
    if not lines:
        return ""
    head = "".join(f"<th>{_text(cell)}</th>" for cell in heads)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(excerpt(str(text), _LENGTH))
