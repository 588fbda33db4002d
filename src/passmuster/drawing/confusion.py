"""Who was preferred, and who was chosen: as a matrix, or of very many agents as the pairs mixed up most."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passmuster.drawing.labels import SMALL, name, width_of
from passmuster.drawing.look import BAD, GOOD, GREY, GRID, INK
from passmuster.drawing.sheet import Body, Sheet, Words
from passmuster.texts.numbers import count, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_AGENTS: Final = 41
"""Forty agents and nobody; of more the pairs are drawn."""

MOST_PAIRS: Final = 25

_NAME: Final = 28
_SIDE: Final = 5.2
_CELLS: Final = (0.26, 0.62)
_BAR: Final = 0.27
_BARS: Final = 3.6
_GAP: Final = 0.12
_LONG: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Cases that prefer one and went to another, out of all that prefer the one."""

    preferred: str
    chosen: str
    cases: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionChart:
    """A confusion matrix.

    Attributes:
        subject: Whose choices.
        labels: Agents and nobody, in the order in which they are to be drawn.
        counts: ``counts[i][j]`` cases preferred ``labels[i]`` and got ``labels[j]``.
    """

    subject: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are so many agents that pairs are drawn in the place of the matrix."""
        return len(self.labels) > MOST_AGENTS

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Everything that was mixed up, the most frequent first."""
        found = [
            Pair(preferred=self.labels[row], chosen=self.labels[column], cases=number, of=sum(numbers))
            for row, numbers in enumerate(self.counts)
            for column, number in enumerate(numbers)
            if number and row != column
        ]
        return tuple(sorted(found, key=lambda pair: (-pair.cases, pair.of, pair.preferred, pair.chosen)))

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return sum(map(sum, self.counts))

    @property
    def words(self) -> Words:
        """What stands around it."""
        return _pair_words(self) if self.is_cut else _matrix_words(self)

    def draw(self, figure: "Figure") -> None:
        """Draw it."""
        if self.is_cut:
            _draw_pairs(self, figure)
        else:
            _draw_matrix(self, figure)


def _title(chart: ConfusionChart) -> str:
    pairs, total = chart.pairs, chart.cases
    mixed = sum(pair.cases for pair in pairs)
    if not total:
        return "No choice was measured"
    if not mixed:
        return f"Each of {count(total, 'case')} went to the agent that it prefers"
    first = pairs[0]
    went = f"{count(mixed)} of {count(total, 'case')} went elsewhere ({percent(mixed / total)})"
    if len(pairs) > 1 and pairs[1].cases == first.cases:
        return f"{went}; no two agents mix up more than {count(first.cases)}"
    worst = f"{name(first.preferred, _NAME)} lost most to {name(first.chosen, _NAME)}: {count(first.cases)}"
    return f"{went}; {worst}"


def _matrix_words(chart: ConfusionChart) -> Words:
    return Words(
        title=_title(chart),
        under=f"{name(chart.subject, 2 * _NAME)}: cases by preferred agent (rows) and agent chosen (columns)",
        note="Depth is the share of the row. Blue lies on the diagonal: preferred and chosen are the same. "
        "Vermilion is mixed up; a choice that is only acceptable counts as mixed up here.",
    )


def _pair_words(chart: ConfusionChart) -> Words:
    every = chart.pairs
    rest = sum(pair.cases for pair in every[MOST_PAIRS:])
    agents = f"{name(chart.subject, 2 * _NAME)}, {count(len(chart.labels) - 1)} agents"
    return Words(
        title=_title(chart),
        under=f"{agents}: the pairs mixed up most, of {count(len(every), 'pair')}",
        note="Preferred → chosen. Beside each bar: how many of the cases that prefer the agent went there."
        + (f" Not shown: {count(rest, 'case')} in the other pairs." if rest else ""),
    )


def _draw_matrix(chart: ConfusionChart, figure: "Figure") -> None:
    size = len(chart.labels)
    labels = [name(label, _NAME) for label in chart.labels]
    cell = min(max(_SIDE / max(size, 1), _CELLS[0]), _CELLS[1])
    longest = max(map(width_of, labels), default=0.0)
    body = Body(width=size * cell, height=size * cell, left=longest + 0.4, right=0.3, below=longest + 0.4)
    axes = Sheet(figure, chart.words, body).axes()
    for row, numbers in enumerate(chart.counts):
        total = sum(numbers)
        for column, number in enumerate(numbers):
            if number:
                _draw_cell(axes, (row, column), number, number / total)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    axes.set_xlabel("chosen", loc="left")
    axes.set_ylabel("preferred", loc="top")
    axes.set_xticks(range(size), labels, rotation=90)
    axes.set_yticks(range(size), labels)
    # Lines of our own: a grid between the labels would take a tick for each, and these most of the chart's time.
    between = [index + 0.5 for index in range(size - 1)]
    axes.hlines(between, -0.5, size - 0.5, color=GRID, linewidth=0.6, zorder=1.5)
    axes.vlines(between, -0.5, size - 0.5, color=GRID, linewidth=0.6, zorder=1.5)
    axes.tick_params(length=0)


def _draw_cell(axes: "Axes", place: tuple[int, int], number: int, share: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - whoever draws nothing does not pay for it

    row, column = place
    is_right = row == column
    depth = 0.12 + 0.78 * share
    axes.add_patch(
        Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=GOOD if is_right else BAD, alpha=depth, linewidth=0)
    )
    text = count(number)
    # White is legible on deep blue alone: vermilion is too light for it.
    ink = "white" if is_right and share > 0.85 else INK  # noqa: PLR2004 - where black and white are equally legible
    axes.text(column, row, text, ha="center", va="center", fontsize=7 if len(text) < _LONG else 5.5, color=ink)


def _draw_pairs(chart: ConfusionChart, figure: "Figure") -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    pairs = chart.pairs[:MOST_PAIRS]
    labels = [f"{name(pair.preferred, _NAME)} → {name(pair.chosen, _NAME)}" for pair in pairs]
    shares = [f"{count(pair.cases)} of {count(pair.of)} ({percent(pair.cases / pair.of)})" for pair in pairs]
    body = Body(
        width=_BARS,
        height=max(1, len(pairs)) * _BAR,
        left=max(map(width_of, labels), default=0.0) + _GAP,
        right=max(map(width_of, shares), default=0.0) + _GAP,
        below=0.44,
    )
    axes = Sheet(figure, chart.words, body).axes()
    axes.barh(range(len(pairs)), [pair.cases for pair in pairs], height=0.72, color=BAD)
    most = max((pair.cases for pair in pairs), default=1)
    for index, (pair, share) in enumerate(zip(pairs, shares, strict=True)):
        axes.text(pair.cases + most * _GAP / _BARS, index, share, va="center", fontsize=SMALL, color=GREY)
    axes.set(xlim=(0, most), ylim=(len(pairs) - 0.4, -0.6))
    axes.set_xlabel("cases", loc="left")
    axes.set_yticks(range(len(pairs)), labels)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)
