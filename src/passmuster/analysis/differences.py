"""What the cases of a comparison say together: the paired difference of a rate, with its interval and its tests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from passmuster.analysis.guarded import FEWEST, guarded_difference, guarded_probability
from passmuster.analysis.proportions import tango_paired, tango_probability
from passmuster.analysis.quantiles import CONFIDENCE
from passmuster.domain.cases import Case
from passmuster.domain.values import CaseIdentifier
from passmuster.domain.verdicts import CaseChange, Estimate


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
    """

    values: tuple[float, ...]
    size: int
    gained: int | None = None
    lost: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to estimate from."""
        return not self.values

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
            found = guarded_difference(self.values, confidence=confidence)
            lower, upper, value, method = found.lower, found.upper, found.value, found.method
        return Estimate(
            value=value, lower=lower, upper=upper, confidence=confidence, sample_size=self.size, method=method
        )

    def probability_of_more(self, difference: float) -> float:
        """Return how probable so high a mean, or a higher one, would be if the true one were that difference.

        A small one shows that the true difference is larger.
        """
        if self.gained is not None and self.lost is not None:
            return tango_probability(self.gained, self.lost, self.size, difference=difference)
        return guarded_probability(self.values, difference=difference) if len(self.values) >= FEWEST else 1.0

    def probability_of_less(self, difference: float) -> float:
        """Return how probable so low a mean, or a lower one, would be if the true one were that difference."""
        turned = Differences(
            values=tuple(-value for value in self.values), size=self.size, gained=self.lost, lost=self.gained
        )
        return turned.probability_of_more(-difference)


def rate_differences(changes: Iterable[CaseChange], cases: Mapping[CaseIdentifier, Case]) -> Differences:
    """Return the differences of the rates of cases that were measured on both sides.

    Args:
        changes: One for each case, of one subject and one aspect.
        cases: For the groups that cases form; a case that is not there stands alone.
    """
    measured = [change for change in changes if change.difference is not None]
    numbers = [(change.case, change.difference or 0.0) for change in measured]
    values = _grouped(numbers, cases)
    is_single = len(values) == len(numbers) and all(_is_single(change) for change in measured)
    if not is_single or not measured:
        return Differences(values=values, size=len(numbers))
    return Differences(
        values=values,
        size=len(numbers),
        gained=sum(number > 0 for number in values),
        lost=sum(number < 0 for number in values),
    )


def cost_differences(
    changes: Iterable[CaseChange], cases: Mapping[CaseIdentifier, Case], *, highest: float
) -> Differences:
    """Return how much less the choices cost, in units of the highest cost, so that positive is better."""
    numbers = [(change.case, -change.rise_of_cost / highest) for change in changes if change.rise_of_cost is not None]
    values = _grouped(numbers, cases)
    return Differences(values=values, size=len(numbers))


def _is_single(change: CaseChange) -> bool:
    return change.baseline_trials == change.candidate_trials == 1 and change.difference in {-1.0, 0.0, 1.0}


def _grouped(
    numbers: Sequence[tuple[CaseIdentifier, float]], cases: Mapping[CaseIdentifier, Case]
) -> tuple[float, ...]:
    """Add up the cases of a group, scaled so that the mean over the groups is that over the cases.

    The variance between such sums is the usual one of a mean over clusters; it is a little too large where the
    clusters are of very different sizes, which is the safe side.
    """
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for identifier, number in numbers:
        case = cases.get(identifier)
        sums[("group", case.group) if case is not None and case.group else ("case", identifier)] += number
    scale = len(sums) / len(numbers) if numbers else 1.0
    return tuple(number * scale for number in sums.values())
