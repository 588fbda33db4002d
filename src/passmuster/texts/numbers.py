"""Numbers as people read them: rounded, and never rounded into a claim that is not true.

A share of 99.96 % is not "100 %", and one of 0.04 % is not "0 %". Numbers stand before a no-break space and their
unit, as the International System of Units writes them.
"""

from math import isfinite

from passmuster.domain.observations import Estimate

ABSENT = "–"
"""Stands where there is no number."""

NO_BREAK = "\N{NO-BREAK SPACE}"
"""Stands between a number and its unit."""

_NEAR = 1e-9
_WHOLE_FROM = 100
_FIXED_FROM = 1e-4
_MILLISECOND = 1e-3
_MINUTE = 60.0


def percent(share: float | None) -> str:
    """Return a share as a percentage with one decimal; only 1 is "100 %", and only 0 is "0 %".

    Differences below one in a thousand million are taken for errors of addition.
    """
    return ABSENT if share is None or not isfinite(share) else f"{_percentage(share)}{NO_BREAK}%"


def percent_interval(estimate: Estimate | None) -> str:
    """Return an interval such as "91.0 to 97.2 %"."""
    if estimate is None or not (isfinite(estimate.lower) and isfinite(estimate.upper)):
        return ABSENT
    return f"{_percentage(estimate.lower)} to {_percentage(estimate.upper)}{NO_BREAK}%"


def points(difference: float | None) -> str:
    """Return a difference of shares in percentage points, signed; only 0 is "±0"."""
    if difference is None or not isfinite(difference):
        return ABSENT
    return f"{_signed(difference)} points"


def points_interval(estimate: Estimate) -> str:
    """Return the interval of a difference such as "−5.0 to +0.2"."""
    if not (isfinite(estimate.lower) and isfinite(estimate.upper)):
        return ABSENT
    return f"{_signed(estimate.lower)} to {_signed(estimate.upper)}"


def decimal(value: float | None) -> str:
    """Return a number with three significant digits, or more where it is large."""
    if value is None or not isfinite(value):
        return ABSENT
    magnitude = abs(value)
    if magnitude < _NEAR:
        return "0"
    if magnitude >= _WHOLE_FROM:
        text = f"{value:,.0f}"
    elif magnitude >= _FIXED_FROM:
        text = f"{value:#.3g}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", "−")


def count(number: int, noun: str = "") -> str:
    """Return a count with its thousands apart, and with a noun in the singular or plural."""
    if not noun:
        return f"{number:,}"
    return f"{number:,}{NO_BREAK}{noun}{'' if number == 1 else 's'}"


def seconds(duration: float) -> str:
    """Return a length of time such as "12 ms", "3.4 s" or "2 min 5 s"."""
    if not isfinite(duration) or duration < 0:
        return ABSENT
    if 0 < duration < _MILLISECOND:
        return f"<{NO_BREAK}1{NO_BREAK}ms"
    if duration < 1:
        return f"{duration / _MILLISECOND:.0f}{NO_BREAK}ms"
    if duration < _MINUTE:
        return f"{duration:.1f}{NO_BREAK}s"
    minutes, rest = divmod(round(duration), round(_MINUTE))
    return f"{minutes:,}{NO_BREAK}min {rest}{NO_BREAK}s"


def _percentage(share: float) -> str:
    if abs(share) <= _NEAR:
        return "0"
    if abs(share - 1) <= _NEAR:
        return "100"
    text = f"{100 * share:.1f}"
    if 0 < share < 1:
        text = {"0.0": "< 0.1", "100.0": "> 99.9"}.get(text, text)
    return text.replace("-", "−")


def _signed(difference: float) -> str:
    if abs(difference) <= _NEAR:
        return "±0"
    sign = "+" if difference > 0 else "−"
    # What rounds to nothing keeps its sign: it is not the "±0" of two equal sides.
    return f"{sign}{100 * abs(difference):.1f}"
