"""Numbers that are not known exactly, as people read them."""

from collections.abc import Callable
from math import floor, log10

from passmuster.analysis.expenses import Range

DIGITS = 3
"""Of an estimate nobody believes more."""

UNITS = ((3600.0, "h"), (60.0, "min"), (1.0, "s"))
LONG = 2
"""How many of a unit there must be for it to be told in that unit."""


def amount_text(found: Range) -> str:
    """Return how many: ``0``, ``1,200 to 1,350``, ``at least 1,200``, or ``unknown``."""
    return _span(found, lambda number: f"{_rounded(number):,.0f}")


def money_text(found: Range) -> str:
    """Return how much money: ``none``, ``$0.12 to $0.15``, ``at least $0.12``, or ``unknown``."""
    return "none" if found.upper == 0 else _span(found, lambda number: f"${_plain(_rounded(number))}")


def time_text(found: Range) -> str:
    """Return how long: ``none``, ``under 1 s``, ``40 s to 55 s``, ``at least 3 min``, or ``unknown``."""
    if found.upper is not None and found.upper < 1:
        return "under 1 s" if found.upper else "none"
    return _span(found, _time)


def points_text(share: float | None) -> str:
    """Return a share in points of a hundred; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def _span(found: Range, write: Callable[[float], str]) -> str:
    if found.is_unknown:
        return "unknown"
    lower = write(found.lower)
    if found.upper is None:
        return f"at least {lower}"
    upper = write(found.upper)
    return lower if lower == upper else f"{lower} to {upper}"


def _time(length: float) -> str:
    size, name = next((unit for unit in UNITS if length >= LONG * unit[0]), UNITS[-1])
    return f"{length / size:.0f} {name}" if length >= size else f"{length:.1f} {name}"


def _plain(number: float) -> str:
    # Cents as people write them, and smaller sums with as many places as they take.
    return f"{number:,.2f}" if number >= 1 or not number else f"{number:.{DIGITS - 1 - floor(log10(number))}f}"


def _rounded(number: float) -> float:
    return round(number, DIGITS - 1 - floor(log10(number))) if number > 0 else 0.0
