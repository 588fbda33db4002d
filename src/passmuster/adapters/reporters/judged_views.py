"""Rates of criteria that models judge, laid out for pages and comments."""

from dataclasses import dataclass

from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Report
from passmuster.texts.numbers import ABSENT, percent, percent_interval
from passmuster.texts.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow:
    """One criterion of one subject: what the judge passes, what truly passes, and what to know of it."""

    subject: str
    criterion: str
    raw: str
    corrected: str
    note: str


def _shown(estimate: Estimate | None) -> str:
    return ABSENT if estimate is None else f"{percent(estimate.value)} ({percent_interval(estimate)})"


def judged_rows(report: Report) -> tuple[JudgedRow, ...]:
    """Lay out every criterion that a model judged."""
    return tuple(
        JudgedRow(
            subject=visible(item.subject),
            criterion=visible(item.criterion),
            raw=_shown(item.raw),
            corrected=_shown(item.corrected),
            note=visible(f"{'not calibrated, counted nowhere; ' if item.is_advisory else ''}{item.note}"),
        )
        for item in report.judged
    )
