"""Numbers drawn as bars of characters: of blocks, or of plain ASCII for a terminal that can do no more."""

from collections.abc import Sequence

from passmuster.cli.characters import plain

HEIGHTS = "▁▂▃▄▅▆▇█"
WIDTHS = "▏▎▍▌▋▊▉█"
SHOWN_VALUES = 40


def bar(value: float, greatest: float, width: int, *, is_plain: bool = False, is_leftward: bool = False) -> str:
    """Draw a number as a bar from left to right, or from right to left.

    Args:
        value: The number; what is not above zero is not drawn.
        greatest: What the longest bar stands for.
        width: How many characters that has.
        is_plain: Whether only ASCII may be used.
        is_leftward: Whether it begins at the right; there are blocks of half a character then, and no thinner ones.

    Returns:
        At least the thinnest block for what is above zero.
    """
    if value <= 0 or greatest <= 0:
        return ""
    share = min(value / greatest, 1.0)
    if is_plain:
        return "#" * max(1, round(share * width))
    if is_leftward:
        whole, rest = divmod(max(1, round(share * width * 2)), 2)
        return "▐" * rest + WIDTHS[-1] * whole
    whole, rest = divmod(max(1, round(share * width * len(WIDTHS))), len(WIDTHS))
    return WIDTHS[-1] * whole + (WIDTHS[rest - 1] if rest else "")


def sparkline(values: Sequence[float], *, is_plain: bool = False) -> str:
    """Draw the latest values as bars of eight heights, from the lowest to the highest of them."""
    shown = values[-SHOWN_VALUES:]
    low, high = min(shown), max(shown)
    if high == low:
        drawn = HEIGHTS[len(HEIGHTS) // 2] * len(shown)
    else:
        drawn = "".join(HEIGHTS[round((value - low) / (high - low) * (len(HEIGHTS) - 1))] for value in shown)
    return plain(drawn) if is_plain else drawn
