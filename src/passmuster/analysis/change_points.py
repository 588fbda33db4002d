"""Where a history of one metric changed its level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 999
SIGNIFICANCE = 0.01
"""Rate of false alarms in a history without a change."""

BATCH = 999
"""Orders drawn at once: no more are drawn when these decide, and never more are held."""

SHORTEST = 4
"""Runs on each side of a change; of fewer nobody can tell a level from an outlier."""

ROUNDING = 1e-9
"""Relative to the spread; two sums of the same numbers in different orders count as equal."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """One change of level.

    Attributes:
        index: Position of the first value after the change, counted from 0.
        before: Mean of the values since the change before, or since the beginning.
        after: Mean of the values up to the next change, or to the end.
        probability: Of so clear a change in these values if their order meant nothing.
    """

    index: int
    before: float
    after: float
    probability: float

    @property
    def size(self) -> float:
        """How much the level rose; negative for a drop."""
        return self.after - self.before


def change_points(
    values: Sequence[float], *, seed: int, significance: float = SIGNIFICANCE, permutations: int = PERMUTATIONS
) -> tuple[ChangePoint, ...]:
    """Find the changes of level: the clearest first, then those on both sides of it, until none is significant.

    A change is where the cumulated deviations from the mean, scaled to a variance that is equal at every place, are
    largest. It counts if fewer than that share of random orders of the same values show one so clear. Runs must be
    independent but for their level; a slow drift is found as one or more steps.

    Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), 100-115 (cumulated sums); L. Vostrikova,
    "Detecting disorder in multidimensional random processes", Soviet Mathematics Doklady 24 (1981), 55-59 (binary
    segmentation); the probability by permutation as in D. S. Matteson and N. A. James, arXiv 1306.4933 (2013).

    Args:
        values: One number for each run, oldest first.
        seed: Of the permutations, so that equal histories have equal changes.
        significance: Rate of false alarms in a history without a change.
        permutations: Random orders that each possible change is held against, at most. From twice the inverse of the
            significance on, a change that no order shows counts.

    Returns:
        The changes, oldest first.
    """
    history = np.asarray(values, dtype=float)
    generator = np.random.Generator(np.random.SFC64(seed))
    search = _Search(generator=generator, significance=significance, permutations=permutations)
    found = sorted(search.changes(history, 0))
    borders = [0, *(index for index, _ in found), len(history)]
    levels = [float(history[start:end].mean()) for start, end in pairwise(borders) if end > start]
    return tuple(
        ChangePoint(index=index, before=before, after=after, probability=probability)
        for (index, probability), (before, after) in zip(found, pairwise(levels), strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    generator: np.random.Generator
    significance: float
    permutations: int

    def changes(self, values: Numbers, start: int) -> Iterator[tuple[int, float]]:
        if len(values) < 2 * SHORTEST:
            return
        clearest = _clearness(values[None, :])[0]
        seen = float(clearest.max())
        probability = self._probability(values, seen - ROUNDING * float(np.ptp(values)))
        if probability >= self.significance:
            return
        place = SHORTEST + int(clearest.argmax())
        yield (start + place, probability)
        yield from self.changes(values[:place], start)
        yield from self.changes(values[place:], start + place)

    def _probability(self, values: Numbers, seen: float) -> float:
        """Return the share of orders that show as clear a change; at least the significance as soon as that is sure."""
        as_clear = drawn = 0
        while drawn < self.permutations:
            size = min(BATCH, self.permutations - drawn)
            orders = self.generator.permuted(np.tile(values, (size, 1)), axis=1)
            as_clear += int((_clearness(orders).max(axis=1) >= seen).sum())
            drawn += size
            if 1 + as_clear >= self.significance * (1 + self.permutations):
                break
        return (1 + as_clear) / (1 + drawn)


def _clearness(rows: Numbers) -> Numbers:
    size = rows.shape[1]
    places = np.arange(SHORTEST, size - SHORTEST + 1)
    sums = np.cumsum(rows - rows.mean(axis=1, keepdims=True), axis=1)[:, places - 1]
    return np.asarray(np.abs(sums) / np.sqrt(places * (size - places) / size))
