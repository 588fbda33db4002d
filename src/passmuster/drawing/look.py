"""The look of every chart: one style, a few colours with one meaning each, and matplotlib kept away from the user's.

Colours are those of M. Okabe and K. Ito, "Color Universal Design", 2008; none of them is ever the only sign.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Final

STYLE: Final = "passmuster.mplstyle"

INK: Final = "#1b2026"
GREY: Final = "#5b6470"
"""Of what is neither good nor bad; dark enough to be read."""

GRID: Final = "#d5dae0"
"""Of lines that only lead the eye."""

GOOD: Final = "#0072B2"
"""Right, or better."""

BAD: Final = "#D55E00"
"""Wrong, or worse."""

ACCEPTED: Final = "#007A5A"
"""What somebody accepted."""


@contextmanager
def our_look() -> Iterator[None]:
    """Apply our style on top of matplotlib's own defaults, whatever the user has set."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    # It reports a home folder that cannot be written, and characters that its font lacks; neither matters here.
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            from matplotlib import style  # noqa: PLC0415 - whoever draws nothing does not pay for it

            with as_file(files(__package__) / STYLE) as sheet, style.context([sheet], after_reset=True):
                yield
    finally:
        logger.setLevel(level)
