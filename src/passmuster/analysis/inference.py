"""Intervals for proportions, for means over cases, and for paired differences."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev

from passmuster.domain.verdicts import Estimate

CONFIDENCE = 0.95
"""Coverage of the intervals that reports show."""


def quantile(confidence: float) -> float:
    """Return the standard normal quantile of a two-sided interval of that coverage."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(successes: float, trials: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the score interval of a proportion.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212.

    Args:
        successes: From 0 to ``trials``.
        trials: At least 1.
        confidence: Coverage, between 0 and 1.
    """
    z = quantile(confidence)
    share = successes / trials
    denominator = 1 + z * z / trials
    centre = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    lower, upper = (centre - half) / denominator, (centre + half) / denominator
    # Rounding must not leave the share itself outside: 0 of 20 begins at 0, and 20 of 20 ends at 1.
    return (max(0.0, min(share, lower)), min(1.0, max(share, upper)))


def mean_estimate(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean of per-case values, each from 0 to 1.

    Wilson's interval where every value is 0 or 1; else the normal interval with the standard error between cases,
    cut to [0, 1]. Repetitions are averaged within a case before, so cases weigh alike.

    Args:
        values: One number for each case; at least one.
        confidence: Coverage, between 0 and 1.
    """
    size = len(values)
    mean = fmean(values)
    if all(value in {0.0, 1.0} for value in values):
        lower, upper = wilson(sum(values), size, confidence=confidence)
        method = "Wilson"
    else:
        half = quantile(confidence) * stdev(values) / sqrt(size) if size > 1 else 1.0
        lower, upper = max(0.0, mean - half), min(1.0, mean + half)
        method = "normal, between cases"
    return Estimate(value=mean, lower=lower, upper=upper, confidence=confidence, sample_size=size, method=method)


def paired_difference(
    baseline: Sequence[float], candidate: Sequence[float], *, confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate the mean of candidate less baseline over the same cases.

    Newcombe's interval where every value is 0 or 1; else the normal interval of the per-case differences.

    Args:
        baseline: One number from 0 to 1 for each case; at least one.
        candidate: The same cases in the same order.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If the two are not equally long.
    """
    pairs = list(zip(baseline, candidate, strict=True))
    size = len(pairs)
    differences = [after - before for before, after in pairs]
    mean = fmean(differences)
    if all(value in {0.0, 1.0} for pair in pairs for value in pair):
        both = sum(before == 1 and after == 1 for before, after in pairs)
        gained = sum(before == 0 and after == 1 for before, after in pairs)
        lost = sum(before == 1 and after == 0 for before, after in pairs)
        lower, upper = newcombe_paired(both, gained, lost, size, confidence=confidence)
        method = "Newcombe, paired"
    else:
        half = quantile(confidence) * stdev(differences) / sqrt(size) if size > 1 else 1.0
        lower, upper = max(-1.0, mean - half), min(1.0, mean + half)
        method = "normal, paired"
    return Estimate(value=mean, lower=lower, upper=upper, confidence=confidence, sample_size=size, method=method)


def newcombe_paired(
    both: int, first_only: int, second_only: int, total: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of a difference between two paired proportions, first less second.

    Source: R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17 (1998), 2635-2650, method 10: square-and-add with Wilson's limits and a
    correlation corrected for continuity.

    Args:
        both: Pairs in which both succeeded.
        first_only: Pairs in which only the first did.
        second_only: Pairs in which only the second did.
        total: All pairs, at least 1.
        confidence: Coverage, between 0 and 1.
    """
    neither = total - both - first_only - second_only
    first, second = (both + first_only) / total, (both + second_only) / total
    first_lower, first_upper = wilson(both + first_only, total, confidence=confidence)
    second_lower, second_upper = wilson(both + second_only, total, confidence=confidence)
    correlation = _paired_correlation(both, first_only, second_only, neither)

    def distance(one: float, other: float) -> float:
        return sqrt(max(0.0, one * one - 2 * correlation * one * other + other * other))

    difference = first - second
    lower = difference - distance(first - first_lower, second_upper - second)
    upper = difference + distance(first_upper - first, second - second_lower)
    return (max(-1.0, lower), min(1.0, upper))


def _paired_correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    total = both + first_only + second_only + neither
    product = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    if product == 0:
        return 0.0
    excess = both * neither - first_only * second_only
    corrected = max(excess - total / 2, 0) if excess > 0 else excess
    return corrected / sqrt(product)
