"""What the cases of a comparison say together: the paired difference of a rate, with its interval and its tests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from passmuster.analysis.guarded import FEWEST, USUAL, guarded_difference, guarded_probability
from passmuster.analysis.observing import Key
from passmuster.analysis.proportions import tango_paired, tango_probability
from passmuster.analysis.quantiles import CONFIDENCE
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange
from passmuster.domain.observations import Estimate
from passmuster.domain.values import CaseIdentifier

NO_WEIGHTS: Mapping[Key, float] = {}

SURPLUS = 1.82
"""How much stronger the guard is for a sample of cases.

Where nothing of a sample broke, the bound must be the one that chance allows: of a twentieth of the cases broken, none
shows among m drawn with e to the power of minus m/20, so with 5 % of error up to 3.0 broken cases hide behind each one
that was drawn. The guard alone leaves room for 1.645. In simulations of 200 to 1,000 cases of which a twentieth to a
tenth was drawn, up to 12 % of drops of the margin passed with 1.2, and up to 3 % with 1.82.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Candidate less baseline, for each case; positive is better.

    Where every case was asked once on both sides, cases gained and lost are counted, and Tango's score test is the
    method. Else the unit is the case's difference of rates, or of a group of cases their sum, and the method is
    Student's, guarded (see :mod:`passmuster.analysis.guarded`).

    Attributes:
        values: One number for each unit; their mean is the estimate.
        size: How many cases that are.
        gained: Cases right only now; ``None`` where the cases are not all single trials.
        lost: Cases right only before.
        significance: The one-sided error rate of the tests that are made of them.
        heaviest: The most that a unit can be worth: 1, or more where groups differ in size or a case stands for others
            that were left out. The guard is as strong, for what was not seen may be as heavy.
    """

    values: tuple[float, ...]
    size: int
    gained: int | None = None
    lost: int | None = None
    significance: float = USUAL
    heaviest: float = 1.0

    @property
    def shares(self) -> tuple[float, ...]:
        """The values, each as a share of the most that a unit can be worth."""
        return tuple(value / self.heaviest for value in self.values)

    def estimate(self, confidence: float = CONFIDENCE) -> Estimate:
        """Return the mean with an interval whose bounds hold one by one, each with half of the rest.

        Raises:
            ValueError: If there is no case.
        """
        if self.gained is not None and self.lost is not None:
            lower, upper = tango_paired(self.gained, self.lost, self.size, confidence=confidence)
            value, method = (self.gained - self.lost) / self.size, "Tango, paired"
        elif len(self.values) < FEWEST:
            lower, upper, value, method = -1.0, 1.0, self.values[0], "none: one unit"
        else:
            found = guarded_difference(self.shares, confidence=confidence, significance=self.significance)
            lower, upper = (max(-1.0, min(1.0, bound * self.heaviest)) for bound in (found.lower, found.upper))
            value, method = fmean(self.values), found.method
        return Estimate(
            value=value, lower=lower, upper=upper, confidence=confidence, sample_size=self.size, method=method
        )

    def probability_of_more(self, difference: float) -> float:
        """Return how probable so high a mean, or a higher one, would be if the true one were that difference.

        A small one shows that the true difference is larger.
        """
        if self.gained is not None and self.lost is not None:
            return tango_probability(self.gained, self.lost, self.size, difference=difference)
        if len(self.values) < FEWEST:
            return 1.0
        share = difference / self.heaviest
        return guarded_probability(self.shares, difference=share, significance=self.significance)

    def probability_of_less(self, difference: float) -> float:
        """Return how probable so low a mean, or a lower one, would be if the true one were that difference."""
        turned = replace(self, values=tuple(-value for value in self.values), gained=self.lost, lost=self.gained)
        return turned.probability_of_more(-difference)


def rate_differences(
    changes: Iterable[CaseChange], cases: Mapping[CaseIdentifier, Case], weights: Mapping[Key, float] = NO_WEIGHTS
) -> Differences:
    """Return the differences of the rates of cases that were measured on both sides.

    Args:
        changes: One for each case, of one subject and one aspect.
        cases: For the groups that cases form; a case that is not there stands alone.
        weights: For how many cases each stands, where that is not 1: of
            :func:`passmuster.analysis.observing.weights_of`.
    """
    measured = [change for change in changes if change.difference is not None]
    found = _grouped([(change, change.difference or 0.0) for change in measured], cases, weights)
    is_single = len(found.values) == found.size and all(_is_single(change) for change in measured)
    if not is_single or not measured:
        return found
    return replace(found, gained=sum(one > 0 for one in found.values), lost=sum(one < 0 for one in found.values))


def cost_differences(
    changes: Iterable[CaseChange],
    cases: Mapping[CaseIdentifier, Case],
    weights: Mapping[Key, float] = NO_WEIGHTS,
    *,
    highest: float,
) -> Differences:
    """Return how much less the choices cost, in units of the highest cost, so that positive is better."""
    numbers = [(change, -change.rise_of_cost / highest) for change in changes if change.rise_of_cost is not None]
    return _grouped(numbers, cases, weights)


def _is_single(change: CaseChange) -> bool:
    return change.baseline_trials == change.candidate_trials == 1 and change.difference in {-1.0, 0.0, 1.0}


def _grouped(
    numbers: Sequence[tuple[CaseChange, float]], cases: Mapping[CaseIdentifier, Case], weights: Mapping[Key, float]
) -> Differences:
    """Add up the cases of a group, scaled so that the mean over the groups is that over the cases.

    The variance between such sums is the usual one of a mean over clusters; it is a little too large where the
    clusters are of very different sizes, which is the safe side.
    """
    sums: dict[tuple[str, str], float] = defaultdict(float)
    worth: dict[tuple[str, str], float] = defaultdict(float)
    for change, number in numbers:
        case = cases.get(change.case)
        unit = ("group", case.group) if case is not None and case.group else ("case", change.case)
        sums[unit] += number
        worth[unit] += weights.get((change.subject, change.case), 1.0)
    scale = len(sums) / len(numbers) if numbers else 1.0
    surplus = SURPLUS if any(weights.get((change.subject, change.case), 1.0) > 1 for change, _ in numbers) else 1.0
    return Differences(
        values=tuple(number * scale for number in sums.values()),
        size=len(numbers),
        heaviest=max(worth.values(), default=1.0) * scale * surplus,
    )
