"""Charts as figures, as SVG and as PNG: equal charts give equal bytes.

Figures are made directly, without pyplot, so that nothing global is left behind. matplotlib is imported only when
something is drawn: it takes most of a second.
"""

from typing import TYPE_CHECKING, Protocol

from passmuster.drawing.look import our_look
from passmuster.drawing.saving import saved_png, saved_svg
from passmuster.drawing.sheet import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Chart(Protocol):
    """A chart as a value, whose own text tells everything about it; equal values are drawn alike."""

    @property
    def words(self) -> Words:
        """What stands around it: the finding, of what, and what the marks mean."""
        ...

    def draw(self, figure: "Figure") -> None:
        """Draw it on an empty figure, whose size it decides."""
        ...


def svg_of(chart: Chart) -> bytes:
    """Return a chart as SVG, with text as text."""
    with our_look():
        return saved_svg(_drawn(chart))


def png_of(chart: Chart) -> bytes:
    """Return a chart as PNG, for slides."""
    with our_look():
        return saved_png(_drawn(chart))


def figure_of(chart: Chart) -> "Figure":
    """Return a chart as a figure that keeps our look wherever it is shown, and that a notebook shows."""
    from passmuster.drawing.picture import Picture  # noqa: PLC0415 - see the module's first lines

    with our_look():
        figure = Picture()
        chart.draw(figure)
        # Ticks take their look when they are first drawn, which would be the user's.
        figure.draw_without_rendering()
    return figure


def _drawn(chart: Chart) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - see the module's first lines

    figure = Figure()
    chart.draw(figure)
    return figure
