"""Numbers as columns hold them: short, and none that JSON has no form for."""

from collections.abc import Iterable
from math import fsum, isfinite

SHARE_DIGITS = 4
COST_DIGITS = 8
SECOND_DIGITS = 3


def number(value: float | None, digits: int) -> float | None:
    """Return a number rounded, and whole ones without their point; ``None`` where there is none."""
    if value is None or not isfinite(value):
        return None
    short = round(value, digits)
    return int(short) if short == int(short) else short


def share(value: float | None) -> float | None:
    """Return a share."""
    return number(value, SHARE_DIGITS)


def mean(values: Iterable[float]) -> float | None:
    """Return the mean of what is finite; ``None`` where nothing is."""
    found = [value for value in values if isfinite(value)]
    return fsum(found) / len(found) if found else None
