"""The interval of a mean over cases: of a metric that lies from 0 to 1."""

from collections.abc import Hashable, Sequence
from math import fsum
from statistics import fmean

from passmuster.analysis.means import FEWEST, clustered_standard_error
from passmuster.analysis.proportions import wilson
from passmuster.analysis.quantiles import CONFIDENCE, quantile, student_quantile
from passmuster.domain.observations import Estimate

ROUNDING = 1e-12


def mean_estimate(
    values: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    weights: Sequence[float] | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Estimate the mean of per-case values, each from 0 to 1.

    Wilson's interval. Where every value is 0 or 1 and every case stands alone, its sample is the number of cases.
    Else it is the effective one: the number of plain yes-or-no cases whose mean would vary as much as this one does.
    So the interval stays within [0, 1] and is uneven near its ends, where the normal one is too sure of itself.
    Repetitions are averaged within a case before, so cases weigh alike.

    Source: E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Survey Methodology 24 (1998), 193-201, for the effective sample and its
    correction by Student's quantile; there with the interval of Clopper and Pearson, here with Wilson's. With weights
    the mean is Hájek's, and the sample never larger than Kish's, which counts how unequal they are: L. Kish, "Survey
    Sampling" (1965), section 11.7.

    Args:
        values: One number for each case; at least one.
        clusters: The cluster of each case; ``None`` if cases are independent.
        weights: How many cases each stands for, above 0; ``None`` if each stands for itself.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If values and clusters, or weights, are not equally many.
    """
    units = list(range(len(values))) if clusters is None else list(clusters)
    are_alone = len(set(units)) == len(values)
    mean = fmean(values, weights)
    if weights is not None:
        size = min(_effective_size(_linear(values, weights, mean), units, mean, confidence), _kish(weights))
        method = "Wilson, weighted"
    elif are_alone and all(value in {0.0, 1.0} for value in values):
        size, method = float(len(values)), "Wilson"
    else:
        size = _effective_size(values, units, mean, confidence)
        method = "Wilson, effective sample" if are_alone else "Wilson, clustered"
    lower, upper = wilson(mean * size, size, confidence=confidence)
    return Estimate(
        value=mean,
        lower=min(lower, mean),
        upper=max(upper, mean),
        confidence=confidence,
        sample_size=len(values),
        method=method,
    )


def _linear(values: Sequence[float], weights: Sequence[float], mean: float) -> Sequence[float]:
    """Return numbers whose plain mean varies as the weighted mean of the values does (linearised)."""
    usual = fmean(weights)
    return [weight / usual * (value - mean) for value, weight in zip(values, weights, strict=True)]


def _kish(weights: Sequence[float]) -> float:
    return fsum(weights) ** 2 / fsum(weight * weight for weight in weights)


def _effective_size(values: Sequence[float], clusters: Sequence[Hashable], mean: float, confidence: float) -> float:
    groups = len(set(clusters))
    if groups < FEWEST:
        return 1.0
    # The usual correction for few clusters; with each case alone it makes the standard deviation that of a sample.
    variance = clustered_standard_error(values, clusters) ** 2 * groups / (groups - 1)
    if variance <= ROUNDING:
        # Nothing differs, which shows no more than as many plain cases that agree would.
        return float(groups)
    shortened = (quantile(confidence) / student_quantile(confidence, groups - 1)) ** 2
    return max(1.0, mean * (1 - mean) / variance * shortened)
