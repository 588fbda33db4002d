"""Shares with their intervals, one row each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passmuster.domain.observations import Estimate
from passmuster.drawing.labels import SMALL, name, width_of
from passmuster.drawing.look import GOOD, GRID
from passmuster.drawing.sheet import Body, Sheet, Words
from passmuster.texts.numbers import count, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS: Final = 40
"""So many rows are drawn, the lowest values first to be chosen."""

GAP: Final = 0.12
"""Inches between a label and the axes."""

_NAME: Final = 44
_ROW: Final = 0.24
_WIDTH: Final = 4.0
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: what it is about, and the share; rows of one group stand together."""

    label: str
    estimate: Estimate
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestChart:
    """Shares of several agents or parts of the cases.

    Attributes:
        what: What is measured, such as ``Recall``.
        subject: Whose.
        rows: In the order in which they are to be drawn.
    """

    what: str
    subject: str
    rows: tuple[Row, ...]

    @property
    def words(self) -> Words:
        """What stands around it."""
        return _words(self, min(len(self.rows), MOST_ROWS))

    def draw(self, figure: "Figure") -> None:
        """Draw it."""
        rows = _lowest(self.rows)
        labels = [f"{name(row.label, _NAME)}  (n {count(row.estimate.sample_size)})" for row in rows]
        body = Body(
            width=_WIDTH,
            height=max(1, len(rows)) * _ROW,
            left=max(map(width_of, labels), default=0.0) + GAP,
            right=width_of("> 99.9 %") + GAP,
        )
        axes = Sheet(figure, self.words, body).axes()
        axes.hlines(
            range(len(rows)),
            [row.estimate.lower for row in rows],
            [row.estimate.upper for row in rows],
            colors=GOOD,
            linewidth=1.6,
        )
        values = [row.estimate.value for row in rows]
        axes.plot(values, range(len(rows)), color=GOOD, marker="o", markersize=4.5, linestyle="none")
        write_beside(axes, [percent(value) for value in values], 1.02 + GAP / _WIDTH)
        axes.hlines(
            [index - 0.5 for index in breaks([row.group for row in rows])], -0.02, 1.02, color=GRID, linewidth=0.6
        )
        axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.4, -0.6))
        axes.set_yticks(range(len(rows)), labels)
        axes.set_xticks(_TICKS, [f"{100 * tick:g} %" for tick in _TICKS])
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(length=0)


def write_beside(axes: "Axes", texts: list[str], place: float) -> None:
    """Write a text beside each row."""
    for index, text in enumerate(texts):
        axes.text(place, index, text, va="center", fontsize=SMALL)


def breaks(groups: list[str]) -> list[int]:
    """Return the rows with which another group begins."""
    return [index for index in range(1, len(groups)) if groups[index] != groups[index - 1]]


def _lowest(rows: tuple[Row, ...]) -> list[Row]:
    ranked = sorted(range(len(rows)), key=lambda index: (rows[index].estimate.value, index))
    return [rows[index] for index in sorted(ranked[:MOST_ROWS])]


def _words(chart: ForestChart, shown: int) -> Words:
    if not chart.rows:
        return Words(title=f"{chart.what}: nothing was measured", under=name(chart.subject, _NAME))
    lowest = min(chart.rows, key=lambda row: (row.estimate.value, row.label))
    cut = f"; the lowest {shown} of {count(len(chart.rows))}" if shown < len(chart.rows) else ""
    levels = " and ".join(f"{100 * level:g}" for level in sorted({row.estimate.confidence for row in chart.rows}))
    is_flat = all(row.estimate.value == lowest.estimate.value for row in chart.rows)
    finding = "everywhere" if is_flat else f"at the lowest, {name(lowest.label, _NAME)}"
    return Words(
        title=f"{chart.what}: {percent(lowest.estimate.value)} {finding}",
        under=f"{name(chart.subject, _NAME)}, with intervals of {levels} %{cut}",
    )
