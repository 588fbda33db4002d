"""The paired differences from the baseline as plain view data: over all cases, and by subset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.wording import BETTER, WORSE, Mark
from passmuster.analysis.changed_metrics import changed_metrics, real_parts
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.metric_names import SLICED
from passmuster.domain.reports import Report
from passmuster.domain.values import SubjectName
from passmuster.texts.metrics import metric_label, subset_text
from passmuster.texts.numbers import count, decimal, percent, points, points_interval
from passmuster.texts.visible import visible

MAXIMUM_ROWS = 150
"""A table lists so many subsets; those that stand out are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One metric over one subset on both sides; ``mark`` is ``None`` where nothing stands out."""

    subset: str
    baseline: str
    candidate: str
    difference: str
    interval: str
    sample: str
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceTable:
    """One metric of one subject.

    Attributes:
        metric: Its name, by which its picture is found.
        label: The same for people.
        confidence: Of the intervals.
        notable: Sentences on the subsets that stand out.
        rows: All cases first, then the subsets.
        left_out: How many subsets are not listed.
    """

    metric: str
    label: str
    confidence: str
    notable: tuple[tuple[Mark, str], ...]
    rows: tuple[DifferenceRow, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """One subject's differences; ``note`` says why there are none, or what was not compared."""

    tables: tuple[DifferenceTable, ...]
    notes: tuple[str, ...]


def difference_view(report: Report, subject: SubjectName) -> DifferenceView | None:
    """Lay out a subject's differences; ``None`` without a baseline."""
    comparison = report.comparison
    if comparison is None:
        return None
    metrics = changed_metrics(comparison, subject)
    notes = [item.reason for item in comparison.incomparable if item.subject == subject]
    if not metrics and not notes:
        notes = ["no metric differs on the cases that both sides share"]
    return DifferenceView(
        tables=tuple(_table(metric, changes) for metric, changes in metrics.items()),
        notes=tuple(f"{visible(note[:1].upper() + note[1:])}." for note in notes),
    )


def notable_changes(changes: Iterable[MetricChange]) -> list[MetricChange]:
    """Return the differences of subsets that stand out, the greatest losses first."""
    return sorted((item for item in real_parts(changes) if item.is_notable), key=lambda item: item.difference.value)


def direction(change: MetricChange) -> Mark:
    """Return whether a metric that is better when it is higher became better or worse."""
    return WORSE if change.difference.value < 0 else BETTER


def difference_sentence(change: MetricChange) -> str:
    """Return one subset's difference with everything that belongs to it."""
    row = _row(change)
    return (
        f"{row.subset}: {row.baseline} → {row.candidate}, {row.difference} ({row.interval}) on "
        f"{count(change.difference.sample_size, 'case')}"
    )


def _table(metric: str, changes: Sequence[MetricChange]) -> DifferenceTable:
    shown = _listed(changes)
    levels = sorted({100 * change.difference.confidence for change in changes})
    return DifferenceTable(
        metric=metric,
        label=visible(metric_label(metric).text),
        confidence=" and ".join(f"{level:g}\N{NO-BREAK SPACE}%" for level in levels),
        notable=tuple((direction(change), difference_sentence(change)) for change in notable_changes(changes)),
        rows=tuple(map(_row, shown)),
        left_out=len(changes) - len(shown),
    )


def _listed(changes: Sequence[MetricChange]) -> list[MetricChange]:
    """Choose what a table has room for: what stands out, then the largest subsets; the order stays."""
    ranked = sorted(
        range(len(changes)),
        key=lambda index: (not changes[index].is_notable, -changes[index].difference.sample_size, index),
    )
    return [changes[index] for index in sorted(ranked[:MAXIMUM_ROWS])]


def _row(change: MetricChange) -> DifferenceRow:
    difference = change.difference
    is_share = change.metric in SLICED
    return DifferenceRow(
        subset=subset_text(change.subset),
        baseline=percent(change.baseline) if is_share else decimal(change.baseline),
        candidate=percent(change.candidate) if is_share else decimal(change.candidate),
        difference=points(difference.value) if is_share else decimal(difference.value),
        interval=points_interval(difference)
        if is_share
        else f"{decimal(difference.lower)} to {decimal(difference.upper)}",
        sample=count(difference.sample_size),
        mark=direction(change) if change.is_notable else None,
    )
