"""What choosing and writing takes, against how good it is: a mark for each subject, with both intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passmuster.domain.observations import Estimate
from passmuster.drawing.labels import SMALL, name, width_of
from passmuster.drawing.look import GOOD, GREY, INK
from passmuster.drawing.sheet import Body, Sheet, Words
from passmuster.texts.numbers import count, decimal, percent, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAME: Final = 32
_AXIS: Final = 60
_WIDTH: Final = 6.2
_HEIGHT: Final = 3.8
_WIDE: Final = 20.0
"""From this ratio of the dearest to the cheapest the axis is logarithmic."""

_LINE: Final = 0.17
_BESIDE: Final = 0.09
_CROWD: Final = 30
"""Above so many marks, those that others outdo have no intervals."""


Box = tuple[float, float, float, float]
"""Left, bottom, right and top in inches from the lower left corner of the axes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One subject of one run: what an answer of it takes, and how good they are."""

    name: str
    cost: Estimate
    quality: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsChart:
    """Several subjects or runs.

    Attributes:
        suite: The suite's name.
        unit: What the costs are, for the axis, such as ``US dollars for a request``.
        metric: What the quality is, for the axis.
        candidates: At least one.
    """

    suite: str
    unit: str
    metric: str
    candidates: tuple[Candidate, ...]

    @property
    def undominated(self) -> tuple[Candidate, ...]:
        """Those that no other is both cheaper and better than, the cheapest first."""
        ranked = sorted(self.candidates, key=lambda item: (item.cost.value, -item.quality.value, item.name))
        found: list[Candidate] = []
        for item in ranked:
            if not found or item.quality.value > found[-1].quality.value:
                found.append(item)
        return tuple(found)

    @property
    def words(self) -> Words:
        """What stands around it."""
        return _words(self)

    def draw(self, figure: "Figure") -> None:
        """Draw it."""
        best = self.undominated
        sheet = Sheet(figure, self.words, Body(width=_WIDTH, height=_HEIGHT, left=0.75, right=0.3, below=0.44))
        axes = sheet.axes()
        if len(best) > 1:
            # A staircase: between two subjects there is none.
            steps = [item.cost.value for item in best], [item.quality.value for item in best]
            axes.plot(*steps, color=GOOD, linewidth=0.8, alpha=0.5, drawstyle="steps-post")
        others = [item for item in self.candidates if item not in best]
        is_crowd = len(self.candidates) > _CROWD
        _draw_marks(axes, others, GREY, "o", has_intervals=not is_crowd)
        _draw_marks(axes, best, GOOD, "D", has_intervals=True)
        _scale(axes, self.candidates)
        scale = ", on a logarithmic axis" if _is_wide(self.candidates) else ""
        axes.set_xlabel(f"{name(self.unit, _AXIS)}{scale}", loc="left")
        axes.set_ylabel(name(self.metric, _NAME), loc="top")
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        axes.grid()
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        # In a crowd only what nobody outdoes has a name.
        _name(axes, best if is_crowd else [*best, *others], crowd=others if is_crowd else [])


def _words(chart: CostsChart) -> Words:
    best = chart.undominated
    cheapest, finest = best[0], best[-1]
    levels = " and ".join(f"{100 * level:g}" for level in sorted({item.quality.confidence for item in best}))
    return Words(
        title=_finding(cheapest, finest, len(chart.candidates)),
        under=f"{name(chart.suite, _NAME)}: {count(len(chart.candidates), 'subject')}, with intervals of {levels} %",
        note="◆ no other is both cheaper and better. ● another is." if len(chart.candidates) > len(best) else "",
    )


def _finding(cheapest: Candidate, finest: Candidate, number: int) -> str:
    top = name(finest.name, _NAME)
    if number == 1:
        return f"{top}: {percent(finest.quality.value)}"
    if cheapest is finest:
        return f"{top} is the best, and none is cheaper: {percent(finest.quality.value)}"
    gain = points(finest.quality.value - cheapest.quality.value).removeprefix("+")
    times = (
        f"{decimal(finest.cost.value / cheapest.cost.value)} times as much as" if cheapest.cost.value else "more than"
    )
    chance = "" if finest.quality.lower > cheapest.quality.upper else ", perhaps by chance"
    return f"{top} takes {times} {name(cheapest.name, _NAME)} and is {gain} better{chance}"


def _is_wide(candidates: Sequence[Candidate]) -> bool:
    costs = [item.cost.value for item in candidates]
    return min(costs) > 0 and max(costs) / min(costs) > _WIDE


def _draw_marks(
    axes: "Axes", candidates: Sequence[Candidate], colour: str, marker: str, *, has_intervals: bool
) -> None:
    costs, qualities = [item.cost.value for item in candidates], [item.quality.value for item in candidates]
    if has_intervals:
        axes.hlines(
            qualities,
            [item.cost.lower for item in candidates],
            [item.cost.upper for item in candidates],
            colors=colour,
            linewidth=1.1,
        )
        axes.vlines(
            costs,
            [item.quality.lower for item in candidates],
            [item.quality.upper for item in candidates],
            colors=colour,
            linewidth=1.1,
        )
    axes.plot(costs, qualities, color=colour, marker=marker, markersize=5.5, linestyle="none")


def _scale(axes: "Axes", candidates: Sequence[Candidate]) -> None:
    most = max(max(item.cost.value, item.cost.upper) for item in candidates)
    if _is_wide(candidates):
        axes.set_xscale("log")
        least = min(item.cost.value for item in candidates)
        axes.set_xlim(least / 1.6, most * 1.6)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axes.tick_params(axis="x", which="minor", length=0)
    else:
        axes.set_xlim(-0.03 * most if most else -0.03, 1.08 * most if most else 1.0)
    low = min(item.quality.lower for item in candidates)
    high = max(item.quality.upper for item in candidates)
    room = 0.08 * (high - low) or 0.05
    axes.set_ylim(max(-0.02, low - room), min(1.02, high + room))


def _name(axes: "Axes", candidates: Sequence[Candidate], crowd: Sequence[Candidate]) -> None:
    """Name the marks, the best ones first, as long as a name finds a place where it covers nothing."""
    taken = [box for item in candidates for box in _boxes(axes, item)]
    # Of the crowd only the marks are drawn.
    taken += [_boxes(axes, item)[0] for item in crowd]
    for item in candidates:
        text = name(item.name, _NAME)
        width = width_of(text)
        for left, bottom in _around(_boxes(axes, item), width):
            wanted = (left, bottom, left + width, bottom + _LINE)
            if _is_inside(wanted) and not any(_overlap(wanted, other) for other in taken):
                taken.append(wanted)
                spot = (left / _WIDTH, (bottom + _LINE / 2) / _HEIGHT)
                axes.text(*spot, text, transform=axes.transAxes, va="center", fontsize=SMALL, color=INK)
                break


def _boxes(axes: "Axes", item: Candidate) -> Sequence[Box]:
    """Return what a candidate covers: its mark, and its two intervals."""
    x, y = _inches(axes, item.cost.value, item.quality.value)
    left, _ = _inches(axes, max(item.cost.lower, axes.get_xlim()[0]), item.quality.value)
    right, _ = _inches(axes, item.cost.upper, item.quality.value)
    _, below = _inches(axes, item.cost.value, item.quality.lower)
    _, above = _inches(axes, item.cost.value, item.quality.upper)
    half = _BESIDE / 2
    return [(x - half, y - half, x + half, y + half), (left, y, right, y), (x, below, x, above)]


def _inches(axes: "Axes", cost: float, quality: float) -> tuple[float, float]:
    x, y = axes.transAxes.inverted().transform(axes.transData.transform((cost, quality)))
    return float(x) * _WIDTH, float(y) * _HEIGHT


def _is_inside(box: Box) -> bool:
    left, bottom, right, top = box
    return left >= 0 and right <= _WIDTH and bottom >= 0 and top <= _HEIGHT


def _around(boxes: Sequence[Box], width: float) -> Sequence[tuple[float, float]]:
    """Return the lower left corners that a name may have beside a mark or its intervals, the likeliest first."""
    (start, bottom, end, top), _, (_, lowest, _, highest) = boxes
    right, left, middle = end + _BESIDE / 2, start - _BESIDE / 2 - width, (start + end - width) / 2
    within = min(max(middle, _BESIDE), _WIDTH - width)
    below, level = bottom - _LINE, (bottom + top - _LINE) / 2
    return [
        (right, top),
        (left, top),
        (right, below),
        (left, below),
        (right, level),
        (left, level),
        (within, highest + _BESIDE / 4),
        (within, lowest - _BESIDE / 4 - _LINE),
    ]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
