"""Estimates of means over cases and of paired differences, with their intervals."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

from passmuster.analysis.proportions import newcombe_paired, wilson
from passmuster.analysis.quantiles import CONFIDENCE, quantile
from passmuster.domain.verdicts import Estimate


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
