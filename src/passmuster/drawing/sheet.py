"""The sheet that a chart is drawn on: what it finds above, the axes in the middle, what its marks mean below.

Places are reckoned in inches from measured texts. matplotlib's own layouts draw a chart several times to find them,
which takes as long as all the rest.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passmuster.drawing.labels import SMALL, wrapped
from passmuster.drawing.look import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE: Final = 0.15
"""Inches that stay free all around."""

NARROWEST: Final = 5.6
"""Inches; on less a title has no room."""

_TITLE: Final = 11.0
_UNDER: Final = 9.0
_LEADING: Final = 1.35
_POINTS: Final = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands around a chart.

    Attributes:
        title: What it shows, as a finding.
        under: Of what: the subject, how many cases, which intervals.
        note: What its marks mean.
    """

    title: str
    under: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The room that axes need, in inches: themselves, and what stands on each side of them."""

    width: float
    height: float
    left: float
    right: float = EDGE
    below: float = 0.3
    above: float = 0.0


class Sheet:
    """A figure of the size that a body needs, with its words in their places."""

    def __init__(self, figure: "Figure", words: Words, body: Body) -> None:
        """Size the figure and write the words."""
        needed = EDGE + body.left + body.width + body.right + EDGE
        self.width = max(NARROWEST, needed)
        # A narrow chart stays as it is, and the rest of the sheet is free.
        self._left = EDGE + body.left
        room = self.width - 2 * EDGE
        title = wrapped(words.title, room, size=_TITLE, is_bold=True)
        under = wrapped(words.under, room, size=_UNDER)
        note = wrapped(words.note, room, size=SMALL)
        head = EDGE + _height(title, _TITLE) + _height(under, _UNDER) + EDGE + body.above
        foot = EDGE + (_height(note, SMALL) + EDGE if note else 0.0) + body.below
        self.height = head + body.height + foot
        self._foot = foot
        self._body = body
        self._figure = figure
        figure.set_size_inches(self.width, self.height)
        self._write(title, self.height - EDGE, _TITLE, weight="bold")
        self._write(under, self.height - EDGE - _height(title, _TITLE), _UNDER, color=GREY)
        self._write(note, EDGE + _height(note, SMALL), SMALL, color=GREY)

    def axes(self) -> "Axes":
        """Return axes that fill the body."""
        return self.strip(0.0, self._body.height)

    def strip(self, bottom: float, height: float) -> "Axes":
        """Return axes over the body's width; ``bottom`` and ``height`` in inches from the body's lower edge."""
        box = (
            self._left / self.width,
            (self._foot + bottom) / self.height,
            self._body.width / self.width,
            height / self.height,
        )
        return self._figure.add_axes(box)

    def _write(self, lines: list[str], top: float, size: float, *, weight: str = "normal", color: str = INK) -> None:
        for number, line in enumerate(lines):
            below = top - number * size * _LEADING / _POINTS
            place = (EDGE / self.width, below / self.height)
            self._figure.text(*place, line, fontsize=size, va="top", ha="left", color=color, weight=weight)


def _height(lines: list[str], size: float) -> float:
    return len(lines) * size * _LEADING / _POINTS
