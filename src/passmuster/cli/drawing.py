"""A history as a picture in SVG: one strip for each series, with its levels and where they changed.

Figures are made directly, without pyplot, so that nothing global is left behind; equal histories give equal bytes.
matplotlib is imported only when a picture is drawn: it takes most of a second.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from passmuster.analysis.change_points import ChangePoint
from passmuster.analysis.histories import Series
from passmuster.application.history import History
from passmuster.cli.history_screen import metric_words
from passmuster.cli.leaving import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAXIMUM_STRIPS = 12
"""So many series are drawn: those of the subjects first, then those of agents that changed."""

SHOWN_DAYS = 6
LENGTH = 60
POINTS = 100

_DOTS = "#0072B2"
_LEVEL = "#D55E00"
_WIDTH = 9.0
_STRIP = 1.5
_MARGIN = 0.8


def draw_history(found: History, suite: str) -> bytes:
    """Draw a history; what does not fit is counted in its title."""
    chosen = _chosen(found)
    left_out = len(found.series) - len(chosen)
    more = f", {left_out} more not shown" if left_out else ""
    with chart_look():
        from matplotlib.figure import Figure  # noqa: PLC0415 - see the module's first lines

        figure = Figure(figsize=(_WIDTH, _MARGIN + _STRIP * max(1, len(chosen))), layout="constrained")
        figure.suptitle(f"{_excerpt(suite)}: {len(found.runs)} runs{more}", fontsize=11, x=0.01, ha="left")
        grid = figure.subplots(max(1, len(chosen)), 1, sharex=True, squeeze=False)
        for axes, series in zip(grid[:, 0], chosen, strict=False):
            points = [item.change.point for item in found.changes if item.change.series is series]
            _draw_series(axes, series, points)
        _draw_days(grid[-1, 0], found)
        return svg_of(figure)


def svg_of(figure: "Figure") -> bytes:
    """Return a figure as SVG; equal figures give equal bytes."""
    stream = BytesIO()
    # Dates and the program's version would make equal pictures differ.
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return stream.getvalue()


def _chosen(found: History) -> Sequence[Series]:
    changed = {id(item.change.series) for item in found.changes}
    ranked = sorted(found.series, key=lambda series: (bool(series.agent), id(series) not in changed))
    telling = [series for series in ranked if not series.agent or id(series) in changed]
    return (telling or ranked)[:MAXIMUM_STRIPS]


def _draw_series(axes: "Axes", series: Series, points: Sequence[ChangePoint]) -> None:
    axes.plot(series.places, series.values, color=_DOTS, marker="o", markersize=2.5, linewidth=0.5, alpha=0.7)
    borders = [0, *(point.index for point in points), len(series.values)]
    for start, end in pairwise(borders):
        level = sum(series.values[start:end]) / (end - start)
        axes.plot([series.places[start], series.places[end - 1]], [level, level], color=_LEVEL, linewidth=1.8)
    for point in points:
        at = (series.places[point.index - 1] + series.places[point.index]) / 2
        axes.axvline(at, color=_LEVEL, linestyle="--", linewidth=1)
        # Beside its line, inside the strip.
        place = (at, 1.0)
        size = f" {point.size * POINTS:+.1f}"
        axes.annotate(size, place, xycoords=("data", "axes fraction"), va="top", fontsize=8, color=_LEVEL)
    axes.set_title(
        f"{_excerpt(f'{series.subject} {metric_words(series.metric, series.agent)}')} ({series.cases} cases)"
    )
    axes.grid(axis="y")
    axes.margins(x=0.01, y=0.15)
    axes.tick_params(length=0)


def _draw_days(axes: "Axes", found: History) -> None:
    """Write the days of a few runs below the last strip."""
    if not found.runs:
        axes.set_xticks([])
        return
    last = len(found.runs) - 1
    step = max(1, last // (SHOWN_DAYS - 1))
    places = list(range(0, last + 1, step))
    axes.set_xticks(places, [f"{found.runs[place].manifest.started_at:%Y-%m-%d}" for place in places])


def _excerpt(text: str) -> str:
    shown = printable(text).replace("\n", " ")
    return shown if len(shown) <= LENGTH else f"{shown[: LENGTH - 1]}…"


@contextmanager
def chart_look() -> Iterator[None]:
    """Apply the look of the reports' charts, whatever the user has set."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    # It reports a home folder that cannot be written, and characters that its font lacks; neither matters here.
    logger.setLevel(logging.ERROR)
    sheet = files("passmuster").joinpath("adapters", "reporters", "passmuster.mplstyle")
    try:
        with warnings.catch_warnings(), as_file(sheet) as path:
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            from matplotlib import style  # noqa: PLC0415 - see the module's first lines

            with style.context([path], after_reset=True):
                yield
    finally:
        logger.setLevel(level)
