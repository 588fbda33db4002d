"""Paired differences from the baseline with their intervals: over all cases, and by part."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passmuster.domain.observations import Estimate
from passmuster.drawing.forest import GAP, breaks, write_beside
from passmuster.drawing.labels import name, width_of
from passmuster.drawing.look import BAD, GOOD, GREY, GRID, INK
from passmuster.drawing.sheet import Body, Sheet, Words
from passmuster.texts.numbers import count, points, points_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAME: Final = 44
_ROW: Final = 0.24
_WIDTH: Final = 4.6
_ROOM: Final = 1.08
_WHOLE: Final = 0.8
"""The share of intervals that the axis must hold whole; longer ones are cut, and end in an arrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One part of the cases.

    Attributes:
        label: Its name.
        difference: Candidate less baseline, as a share.
        group: Rows of one group stand together.
        is_all: Whether it is all cases.
        is_notable: Whether it stands out among all parts.
        margin: The drop that a rule of the gate allows there; ``None`` where none speaks of it.
    """

    label: str
    difference: Estimate
    group: str = ""
    is_all: bool = False
    is_notable: bool = False
    margin: float | None = None

    @property
    def reach(self) -> float:
        """How far the interval is from zero at its farther end."""
        return max(abs(self.difference.lower), abs(self.difference.upper))


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferencesChart:
    """One metric's differences.

    Attributes:
        metric: Its name for people.
        subject: Whose.
        against: What was compared with, in words.
        rows: In the order in which they are to be drawn; at least one.
        left_out: How many parts are not among them.
    """

    metric: str
    subject: str
    against: str
    rows: tuple[DifferenceRow, ...]
    left_out: int = 0

    @property
    def words(self) -> Words:
        """What stands around it."""
        return _words(self)

    def draw(self, figure: "Figure") -> None:
        """Draw it."""
        rows, reach = self.rows, _reach(self.rows)
        labels = [f"{name(row.label, _NAME)}  (n {count(row.difference.sample_size)})" for row in rows]
        beside = [_number(row) for row in rows]
        body = Body(
            width=_WIDTH,
            height=len(rows) * _ROW,
            left=max(map(width_of, labels)) + GAP,
            right=max(map(width_of, beside)) + 2 * GAP,
            below=0.44,
        )
        axes = Sheet(figure, self.words, body).axes()
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.hlines(
            [index - 0.5 for index in breaks([row.group for row in rows])], -reach, reach, color=GRID, linewidth=0.6
        )
        _draw_margins(axes, rows)
        _draw_intervals(axes, rows, reach)
        _draw_values(axes, rows)
        write_beside(axes, beside, reach * (1 + 4 * GAP / _WIDTH))
        axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_xlabel("candidate less baseline, percentage points", loc="left")
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:+.3g}".replace("-", "−") if value else "0")
        axes.set_yticks(range(len(rows)), labels)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(length=0)


def _words(chart: DifferencesChart) -> Words:
    first = next((row for row in chart.rows if row.is_all), chart.rows[0])
    level = 100 * first.difference.confidence
    left_out = f"; {count(chart.left_out)} more parts not shown" if chart.left_out else ""
    return Words(
        title=f"{chart.metric} {_finding(first)}",
        under=f"{name(chart.subject, _NAME)} against {chart.against}, with intervals of {level:g} %{left_out}",
        note=_note(chart.rows),
    )


def _finding(row: DifferenceRow) -> str:
    where = "" if row.is_all else f" in {name(row.label, _NAME)}"
    value, interval = row.difference.value, points_interval(row.difference)
    size = points(abs(value)).removeprefix("+")
    if not value:
        return f"is as it was{where} ({interval} points)"
    way = "rose" if value > 0 else "fell"
    if row.difference.lower <= 0 <= row.difference.upper and row.difference.lower != row.difference.upper:
        return f"{way} by {size}{where} on these cases; on others it may not ({interval})"
    return f"{way} by {size}{where} ({interval})"


def _note(rows: tuple[DifferenceRow, ...]) -> str:
    whole = rows[0].margin
    said = []
    if any(row.is_notable for row in rows):
        said.append("◆ stands out among all parts.")
    if whole is not None:
        said.append(f"Dashed: a drop of {100 * whole:g} points, which the gate allows.")
    if any(row.margin not in {None, whole} for row in rows):
        said.append("Short dashes: the drop that the gate allows there.")
    return " ".join(said)


def _reach(rows: tuple[DifferenceRow, ...]) -> float:
    """Return where the axis ends on both sides: far enough for every value, every margin, and most intervals."""
    reaches = sorted(row.reach for row in rows)
    whole = max(reaches[int(_WHOLE * (len(reaches) - 1))], rows[0].reach)
    # Weighted for a random sample of the cases, a difference may be greater than 1.
    values = [1.1 * abs(row.difference.value) for row in rows]
    margins = [1.2 * row.margin for row in rows if row.margin is not None]
    found = max(min(1.0, max(whole, *margins, 0.0)), *values) * _ROOM
    # Where nothing differs without any doubt there is nothing to see, and an axis all the same.
    return found or 0.01


def _draw_intervals(axes: "Axes", rows: tuple[DifferenceRow, ...], reach: float) -> None:
    ends = [(row.difference.lower, row.difference.upper) for row in rows]
    colours = [_standing(row)[0] for row in rows]
    axes.hlines(
        range(len(rows)),
        [max(lower, -reach) for lower, _ in ends],
        [min(upper, reach) for _, upper in ends],
        colors=colours,
        linewidth=1.6,
    )
    for index, (lower, upper) in enumerate(ends):
        for end, is_cut, arrow in ((-reach, lower < -reach, "<"), (reach, upper > reach, ">")):
            if is_cut:
                axes.plot([end], [index], color=colours[index], marker=arrow, markersize=5, clip_on=False)


def _draw_values(axes: "Axes", rows: tuple[DifferenceRow, ...]) -> None:
    alike: dict[tuple[str, str, float], list[int]] = {}
    for index, row in enumerate(rows):
        alike.setdefault(_standing(row), []).append(index)
    for (colour, marker, size), places in alike.items():
        values = [rows[place].difference.value for place in places]
        axes.plot(values, places, color=colour, marker=marker, markersize=size, linestyle="none")


def _draw_margins(axes: "Axes", rows: tuple[DifferenceRow, ...]) -> None:
    whole = rows[0].margin
    if whole is not None:
        axes.axvline(-whole, color=BAD, linewidth=1.1, linestyle=(0, (4, 3)))
    for index, row in enumerate(rows):
        if row.margin is not None and row.margin != whole:
            axes.plot([-row.margin] * 2, [index - 0.4, index + 0.4], color=BAD, linewidth=1.4, linestyle=(0, (2, 1)))


def _number(row: DifferenceRow) -> str:
    return f"{points(row.difference.value).removesuffix(' points')}{' ◆' if row.is_notable else ''}"


def _standing(row: DifferenceRow) -> tuple[str, str, float]:
    """Return colour, marker and size; only what is no chance finding has a colour."""
    if row.is_notable:
        return (BAD if row.difference.value < 0 else GOOD), "D", 6
    return (INK, "s", 5.5) if row.is_all else (GREY, "o", 4.5)
