"""Metrics over time: a strip for each, with intervals, levels, where these changed, and what was accepted."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from passmuster.drawing.labels import SMALL, name
from passmuster.drawing.look import ACCEPTED, BAD, GOOD, GREY
from passmuster.drawing.sheet import Body, Sheet, Words
from passmuster.texts.numbers import count, percent, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_STRIPS: Final = 12
"""So many lines are drawn."""

FEWEST_RUNS: Final = 9
"""Of fewer no order could show that a level changed."""

_NAME: Final = 36
_CAUSE: Final = 70
_SHOWN_DAYS: Final = 6
_WIDTH: Final = 8.0
_STRIP: Final = 1.05
_GAP: Final = 0.42
_BUSY: Final = 60
"""Runs above which single dots are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change of level of one line.

    Attributes:
        index: The first value after it, among the line's.
        cause: What is likely to stand behind it; empty where nothing is known.
    """

    index: int
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric of one subject or agent.

    Attributes:
        name: Such as ``lexical: routing accuracy``.
        places: The runs that it was measured in, by their place; at least one.
        values: A share for each of them.
        lower: Lower bounds of their intervals.
        upper: Upper bounds.
        cases: How many cases it rests on.
        steps: Where its level changed.
    """

    name: str
    places: tuple[int, ...]
    values: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    cases: int
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChart:
    """A suite over time.

    Attributes:
        suite: Its name.
        days: The day of each run, oldest first.
        lines: Those that are drawn.
        left_out: How many others there are.
        accepted: The places of runs in which a break was first seen that somebody accepted.
    """

    suite: str
    days: tuple[str, ...]
    lines: tuple[Line, ...]
    left_out: int = 0
    accepted: tuple[int, ...] = ()

    @property
    def words(self) -> Words:
        """What stands around it."""
        return _words(self)

    def draw(self, figure: "Figure") -> None:
        """Draw it."""
        strips = max(1, len(self.lines))
        body = Body(width=_WIDTH, height=strips * (_STRIP + _GAP) - _GAP, left=0.5, right=0.35, below=0.35, above=0.3)
        sheet = Sheet(figure, self.words, body)
        for number, line in enumerate(self.lines):
            axes = sheet.strip((strips - 1 - number) * (_STRIP + _GAP), _STRIP)
            _draw_line(axes, line)
            _draw_accepted(axes, self.accepted)
            _draw_days(axes, self.days, is_last=number == strips - 1)
        if not self.lines:
            sheet.axes().set_axis_off()


def _words(chart: HistoryChart) -> Words:
    others = f"; {count(chart.left_out)} more not shown" if chart.left_out else ""
    span = f", {chart.days[0]} to {chart.days[-1]}" if chart.days else ""
    said = ["Band: the interval of each value."] if _has_bands(chart) else []
    if any(line.steps for line in chart.lines):
        said.append("Bold: the level; dashed: where it changed, with the size in points.")
    if chart.accepted:
        said.append("◆ a break was first seen that somebody accepted.")
    return Words(
        title=_title(chart),
        under=f"{name(chart.suite, _NAME)}: {count(len(chart.days), 'run')}{span}{others}",
        note=" ".join(said),
    )


def _has_bands(chart: HistoryChart) -> bool:
    return any(line.lower != line.upper for line in chart.lines)


def _title(chart: HistoryChart) -> str:
    changes = [(line.places[step.index], line, step) for line in chart.lines for step in line.steps]
    if not chart.lines:
        return "Nothing was measured"
    if not changes:
        few = len(chart.days) < FEWEST_RUNS
        told = f"{count(len(chart.days), 'run')}: too few to tell a change" if few else "No level changed"
        first = chart.lines[0]
        return f"{told}; {name(first.name, 2 * _NAME)} at {percent(first.values[-1])}"
    # The latest one; of several at once that of the line which comes first, as those of subjects do.
    place, line, step = max(changes, key=lambda change: change[0])
    size = _size(line, step)
    way = "rose" if size > 0 else "fell"
    day = chart.days[place] if place < len(chart.days) else ""
    cause = f": {name(step.cause, _CAUSE)}" if step.cause else ""
    return f"{name(line.name, 2 * _NAME)} {way} by {points(abs(size)).removeprefix('+')} on {day}{cause}"


def _borders(line: Line) -> list[int]:
    return [0, *(step.index for step in line.steps), len(line.values)]


def _levels(line: Line) -> list[float]:
    return [sum(line.values[start:end]) / (end - start) for start, end in pairwise(_borders(line))]


def _size(line: Line, step: Step) -> float:
    levels, number = _levels(line), line.steps.index(step)
    return levels[number + 1] - levels[number]


def _draw_line(axes: "Axes", line: Line) -> None:
    axes.fill_between(line.places, line.lower, line.upper, color=GOOD, alpha=0.16, linewidth=0)
    size = 0.0 if len(line.places) > _BUSY else 3.0
    axes.plot(line.places, line.values, color=GOOD, marker="o", markersize=size, linewidth=0.8)
    levels = _levels(line)
    for (start, end), level in zip(pairwise(_borders(line)), levels, strict=True):
        if line.steps:
            axes.plot([line.places[start], line.places[end - 1]], [level, level], color=BAD, linewidth=2.0)
    for number, step in enumerate(line.steps):
        at = (line.places[step.index - 1] + line.places[step.index]) / 2
        axes.axvline(at, color=BAD, linestyle="--", linewidth=1)
        text = f" {points(levels[number + 1] - levels[number]).removesuffix(' points')}"
        # Above the strip, where no line runs.
        axes.annotate(text, (at, 1.0), xycoords=("data", "axes fraction"), va="bottom", fontsize=SMALL, color=BAD)
    axes.set_title(
        f"{name(line.name, 2 * _NAME)}, {count(line.cases, 'case')}: {percent(line.values[-1])}",
        fontsize=9,
        pad=11 if line.steps else 4,
    )
    axes.grid(axis="y")
    axes.tick_params(length=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    axes.locator_params(axis="y", nbins=4)
    low, high = min(line.lower), max(line.upper)
    room = 0.12 * (high - low) or 0.05
    # No share is below nothing or above all.
    axes.set_ylim(max(-0.02, low - room), min(1.02, high + room))


def _draw_accepted(axes: "Axes", places: tuple[int, ...]) -> None:
    if places:
        axes.plot(
            places,
            [0.0] * len(places),
            color=ACCEPTED,
            marker="D",
            markersize=5,
            linestyle="none",
            clip_on=False,
            transform=axes.get_xaxis_transform(),
        )


def _draw_days(axes: "Axes", days: tuple[str, ...], *, is_last: bool) -> None:
    last = max(0, len(days) - 1)
    axes.set_xlim(-0.02 * last - 0.4, 1.02 * last + 0.4)
    step = max(1, -(-last // (_SHOWN_DAYS - 1)))
    places = list(range(0, last + 1, step)) if days else []
    axes.set_xticks(places, [days[place] if is_last else "" for place in places])
    axes.tick_params(axis="x", labelcolor=GREY)
