"""A history as a picture in SVG: one strip for each series, with its intervals, and where its level changed."""

from collections.abc import Iterator, Sequence

from passmuster.analysis.causes_in_words import cause_sentence
from passmuster.analysis.histories import Series
from passmuster.analysis.series_intervals import SeriesIntervals
from passmuster.application.history import History
from passmuster.application.remembering import past_series
from passmuster.charting.histories import line_of
from passmuster.drawing.history import MOST_STRIPS, HistoryChart, Step
from passmuster.drawing.rendering import svg_of


def draw_history(found: History, suite: str) -> bytes:
    """Draw a history; what does not fit is counted."""
    chosen, intervals = _chosen(found), SeriesIntervals(found.runs)
    chart = HistoryChart(
        suite=suite,
        days=tuple(run.manifest.started_at.date().isoformat() for run in found.runs),
        lines=tuple(line_of(past_series(series, intervals.of(series)), _steps(found, series)) for series in chosen),
        left_out=len(found.series) - len(chosen),
    )
    return svg_of(chart)


def _chosen(found: History) -> Sequence[Series]:
    changed = {id(item.change.series) for item in found.changes}
    ranked = sorted(found.series, key=lambda series: (bool(series.agent), id(series) not in changed))
    telling = [series for series in ranked if not series.agent or id(series) in changed]
    return (telling or ranked)[:MOST_STRIPS]


def _steps(found: History, series: Series) -> Iterator[Step]:
    for item in found.changes:
        if item.change.series is series:
            yield Step(index=item.change.point.index, cause=cause_sentence(found.runs, item.cause))
