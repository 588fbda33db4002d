"""How much more would settle a rule that cannot tell, if in truth nothing has changed.

What has been seen is kept, with its luck, good or bad; chance speaks only through what is added. A plan from the
variance alone forgets that: a verdict is in doubt mostly where luck was bad, and in simulations the trials that it
promises then settled as few as a third of such verdicts.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import NormalDist

from passmuster.analysis.guarded import ADDED
from passmuster.analysis.power import USUAL

MOST_UNITS = 1_000_000
"""More cases than anybody asks about."""

MOST_TRIALS = 200
"""More trials of a case than anybody would make for one verdict."""

POWER = NormalDist().inv_cdf(USUAL.power)
"""How far the expected bound must lie on the right side, in standard errors of what is added."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A difference whose lower bound lies below minus the margin, and whose upper one does not lie below zero.

    Attributes:
        values: Candidate less baseline, for each unit: a case, or a group of cases.
        lower: The lower bound of their mean.
        margin: What may be lost, in the same units; above 0.
        trials: The candidate's of each case.
        baseline_trials: The baseline's.
    """

    values: tuple[float, ...]
    lower: float
    margin: float
    trials: float
    baseline_trials: float

    def units_needed(self) -> int | None:
        """Return how many units in all would settle it in four of five such verdicts, with as many trials of each."""
        size = len(self.values)

        def would_do(units: int) -> bool:
            bound = self._reach * sqrt((self._square + self._guard(units)) / units)
            spread = sqrt(self._square * (units - size)) / units
            return self._mean * size / units + self.margin - bound >= POWER * spread

        return _first(would_do, size + 1, MOST_UNITS)

    def trials_needed(self) -> int | None:
        """Return how many of the candidate's trials of each case would, with these cases and this baseline."""
        size, made, kept = len(self.values), self.trials, self.baseline_trials
        single = self._square / (1 / made + 1 / kept)
        # How much of the difference is the candidate's luck, and how much stays with the baseline.
        own = kept / (made + kept)

        def would_do(trials: int) -> bool:
            share = made / trials
            bound = self._reach * sqrt((single * (1 / trials + 1 / kept) + self._guard(size)) / size)
            unknown = (1 - share) ** 2 / (made + kept) + (trials - made) / trials**2
            mean = self._mean * (share * own + 1 - own)
            return mean + self.margin - bound >= POWER * sqrt(single * unknown / size)

        return _first(would_do, int(made) + 1, MOST_TRIALS)

    @cached_property
    def _mean(self) -> float:
        return sum(self.values) / len(self.values)

    @cached_property
    def _square(self) -> float:
        """The variance of a unit about no difference; with two added halves, so that none seen is not none."""
        return (sum(value * value for value in self.values) + 2 * ADDED) / (len(self.values) + 2 * ADDED)

    @cached_property
    def _reach(self) -> float:
        """How many standard errors lie between the mean and its bound, by the bound that was found."""
        size = len(self.values)
        return (self._mean - self.lower) / sqrt((self._square + self._guard(size)) / size)

    @staticmethod
    def _guard(units: int) -> float:
        return 2 * ADDED / units


def _first(would_do: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the least number that would do; ``None`` if the most would not."""
    if not would_do(most):
        return None
    return least + bisect_left(range(least, most), True, key=would_do)  # noqa: FBT003 - the value looked for
