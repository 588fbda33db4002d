"""A figure that a notebook shows without pyplot; imported when one is made, since matplotlib takes most of a second."""

from matplotlib.figure import Figure

from passmuster.drawing.look import our_look
from passmuster.drawing.saving import saved_svg


class Picture(Figure):
    """A figure like any other, which also tells notebooks what it looks like."""

    def _repr_svg_(self) -> str:
        """Return the figure as SVG, as notebooks ask for it."""
        with our_look():
            return saved_svg(self).decode("utf-8")
