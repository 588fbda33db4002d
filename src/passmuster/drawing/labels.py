"""Names and words on charts: legible, cut in the middle, and measured as they will be drawn."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from passmuster.texts.visible import visible

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

SMALL: Final = 8.0
"""Points, of labels."""

POINTS: Final = 72.0
"""In an inch."""

_SUBPIXELS: Final = 64.0


def name(text: str, limit: int) -> str:
    """Return a name on one line; a long one loses its middle, since names that begin alike end apart."""
    # The bound keeps huge texts cheap; runs of space shrink, so that more than the limit may be needed.
    is_huge = len(text) > 8 * limit
    line = " ".join(visible(text[: 4 * limit] + text[-4 * limit :] if is_huge else text).split())
    if len(line) <= limit and not is_huge:
        return line
    after = (limit - 1) // 2
    return f"{line[: limit - 1 - after].rstrip()}…{line[len(line) - after :].lstrip()}"


def wrapped(text: str, width: float, *, size: float, is_bold: bool = False) -> list[str]:
    """Break a text into lines that are at most so many inches wide; a word is never broken."""
    # Not at a no-break space, which holds a number and its unit together.
    words = [word for word in re.split("[ \\t\\n]+", visible(text)) if word]
    return list(_lines(words, width, size, is_bold=is_bold))


def width_of(text: str, size: float = SMALL, *, is_bold: bool = False) -> float:
    """Return how wide a text is drawn, in inches."""
    font = _font(is_bold=is_bold)
    font.set_size(size, POINTS)
    font.set_text(text, 0.0)
    width, _ = font.get_width_height()
    return width / _SUBPIXELS / POINTS


def _lines(words: list[str], width: float, size: float, *, is_bold: bool) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and width_of(longer, size, is_bold=is_bold) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


@lru_cache(maxsize=2)
def _font(*, is_bold: bool) -> "FT2Font":
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415 - as in `look`

    # The font that comes with matplotlib, whatever else is installed: charts are laid out alike everywhere.
    found = findfont(FontProperties(family="DejaVu Sans", weight="bold" if is_bold else "normal"))
    return get_font(found)
