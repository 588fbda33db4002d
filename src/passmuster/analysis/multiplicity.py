"""Probabilities adjusted for how many tests were made."""

from collections.abc import Iterable, Sequence
from itertools import accumulate


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
    order = _order(probabilities)
    adjusted = accumulate((probabilities[at] * (len(order) - rank) for rank, at in enumerate(order)), max)
    return _restored(order, adjusted)


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
    falling = _order(probabilities)[::-1]
    count = len(falling)
    adjusted = accumulate((probabilities[at] * (count / (count - rank)) for rank, at in enumerate(falling)), min)
    return _restored(falling, adjusted)


def _order(probabilities: Sequence[float]) -> list[int]:
    """Return the places of the probabilities, that of the least first."""
    wrong = [number for number in probabilities if not 0 <= number <= 1]
    if wrong:
        message = f"a probability lies from 0 to 1; these do not: {wrong!r}"
        raise ValueError(message)
    return sorted(range(len(probabilities)), key=probabilities.__getitem__)


def _restored(order: Sequence[int], adjusted: Iterable[float]) -> tuple[float, ...]:
    placed = sorted(zip(order, adjusted, strict=True))
    return tuple(min(1.0, float(number)) for _, number in placed)
