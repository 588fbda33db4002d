"""Numbers as text: whole or fractional, always finite, never so long that converting them takes quadratic time."""

import math

from passmuster.documents.places import shortened

MAXIMUM_DIGITS = 1_000
"""Longer numbers are refused."""

HINT = "write a finite number of ordinary length, or put quotes around what is meant as text"
"""What to do about a :class:`NumberError`."""


class NumberError(ValueError):
    """Text that stands for a number which cannot be kept.

    Attributes:
        text: The number as it is written.
    """

    def __init__(self, text: str) -> None:
        """Keep the text."""
        super().__init__(f"the number {shortened(text)!r} is not finite, or too long")
        self.text = text


def whole(text: str) -> int:
    """Return the number that decimal digits, or ``0o`` or ``0x`` with digits, stand for.

    Raises:
        NumberError: If it is too long.
    """
    if len(text) > MAXIMUM_DIGITS:
        raise NumberError(text)
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)


def fraction(text: str) -> float:
    """Return the number that decimal digits with a point or an exponent stand for.

    Raises:
        NumberError: If it is too long, too large, infinite or not a number.
    """
    # YAML writes ".inf" and ".nan" where Python and JavaScript have no point.
    value = float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if len(text) <= MAXIMUM_DIGITS else 0.0
    if len(text) > MAXIMUM_DIGITS or not math.isfinite(value):
        raise NumberError(text)
    return value
