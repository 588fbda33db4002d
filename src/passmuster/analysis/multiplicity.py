"""Probabilities adjusted for how many tests were made."""

from collections.abc import Sequence

import numpy as np


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Adjust so that the chance of a single false alarm among all tests stays within the level.

    Refuse where the adjusted probability is at most the level; any dependence between the tests is allowed.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65-70.

    Args:
        probabilities: One for each test, from 0 to 1.

    Returns:
        The adjusted ones, in the same order.

    Raises:
        ValueError: If a number is no probability.
    """
    found = _checked(probabilities)
    order = np.argsort(found, kind="stable")
    factors = len(found) - np.arange(len(found))
    adjusted = np.minimum(1.0, np.maximum.accumulate(found[order] * factors))
    return _in_order(adjusted, order)


def benjamini_hochberg(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Adjust so that the expected share of false alarms among all alarms stays within the level.

    For lists that are looked through, not for gates. The tests must be independent or depend positively.

    Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate: a practical and powerful approach to
    multiple testing", Journal of the Royal Statistical Society B 57 (1995), 289-300.

    Args:
        probabilities: One for each test, from 0 to 1.

    Returns:
        The adjusted ones, in the same order.

    Raises:
        ValueError: If a number is no probability.
    """
    found = _checked(probabilities)
    order = np.argsort(found, kind="stable")
    factors = len(found) / (1 + np.arange(len(found)))
    adjusted = np.minimum.accumulate((found[order] * factors)[::-1])[::-1]
    return _in_order(np.minimum(1.0, adjusted), order)


def _checked(probabilities: Sequence[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    wrong = [number for number in probabilities if not 0 <= number <= 1]
    if wrong:
        message = f"a probability lies from 0 to 1; these do not: {wrong!r}"
        raise ValueError(message)
    return np.array(probabilities, dtype=float)


def _in_order(
    adjusted: "np.ndarray[tuple[int], np.dtype[np.float64]]", order: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> tuple[float, ...]:
    restored = np.empty(len(adjusted))
    restored[order] = adjusted
    return tuple(float(number) for number in restored)
