"""Figures as bytes, the same ones each time."""

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SLIDE: Final = 200
"""Dots in an inch of a PNG: enough for a slide."""

# Dates and the program's version would make equal charts differ.
_NO_DATE: Final[dict[str, Any]] = {"Date": None, "Creator": None, "Format": None, "Type": None}
_NO_PROGRAM: Final[dict[str, Any]] = {"Software": None}


def saved_svg(figure: "Figure") -> bytes:
    """Return a figure as SVG; to be called within :func:`~passmuster.drawing.look.our_look`."""
    stream = BytesIO()
    figure.savefig(stream, format="svg", metadata=_NO_DATE)
    return stream.getvalue()


def saved_png(figure: "Figure") -> bytes:
    """Return a figure as PNG; likewise."""
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=SLIDE, metadata=_NO_PROGRAM)
    return stream.getvalue()
