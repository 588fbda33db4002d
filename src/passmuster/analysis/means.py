"""Student's intervals and tests for a mean over cases, clustered where cases belong together."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean

from passmuster.analysis.quantiles import CONFIDENCE, student_quantile, student_upper_tail
from passmuster.domain.observations import Estimate

FEWEST = 2
"""From one case, or one cluster, no spread can be told."""

ROUNDING = 1e-12
"""A spread smaller than this comes from the additions."""


def clustered_standard_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Return the standard error of a mean whose cases are alike within clusters.

    The deviations are added up within each cluster before they are squared, so that cases that move together count
    as what they are: few. No correction for few clusters is made (CR0); with fewer than about 40 it is too small.

    Source: E. Miller, "Adding error bars to evals", arXiv 2411.00640 (2024).

    Args:
        values: One number for each case.
        clusters: The cluster of each case.

    Raises:
        ValueError: If the two are not equally long, or there are fewer than two clusters.
    """
    deviations: dict[Hashable, float] = {}
    mean = fmean(values)
    for value, cluster in zip(values, clusters, strict=True):
        deviations[cluster] = deviations.get(cluster, 0.0) + value - mean
    if len(deviations) < FEWEST:
        message = f"a spread between clusters takes {FEWEST} of them, not {len(deviations)}"
        raise ValueError(message)
    return sqrt(sum(total * total for total in deviations.values())) / len(values)


def student_estimate(
    values: Sequence[float], *, clusters: Sequence[Hashable] | None = None, confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate a mean with Student's t interval; also of differences, which makes it the paired one.

    Values that are all equal have an interval without width. It says that nothing differed, and not that nothing can:
    for shares use :func:`~passmuster.analysis.proportions.tango_paired`, and for rates
    :func:`~passmuster.analysis.guarded.guarded_difference`, which know how few cases were asked.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908), 1-25. With clusters the standard error is
    that of :func:`clustered_standard_error` and the degrees of freedom are the clusters less one.

    Args:
        values: One number for each case; at least two.
        clusters: The cluster of each case; ``None`` if cases are independent.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If there are fewer than two cases or clusters.
    """
    spread = _spread(values, clusters)
    half = student_quantile(confidence, spread.degrees) * spread.error
    return Estimate(
        value=spread.mean,
        lower=spread.mean - half,
        upper=spread.mean + half,
        confidence=confidence,
        sample_size=len(values),
        method="Student" if clusters is None else "Student, clustered",
    )


def student_probability(values: Sequence[float], *, mean: float, clusters: Sequence[Hashable] | None = None) -> float:
    """Return the one-sided probability of so high a mean, or a higher one, at a true mean.

    With paired differences and ``mean`` at minus the margin this tests non-inferiority.

    Source: as of :func:`student_estimate`.

    Args:
        values: One number for each case; at least two.
        mean: The true mean under the hypothesis to be refused.
        clusters: The cluster of each case; ``None`` if cases are independent.

    Raises:
        ValueError: If there are fewer than two cases or clusters.
    """
    spread = _spread(values, clusters)
    excess = spread.mean - mean
    if spread.error > ROUNDING:
        return student_upper_tail(excess / spread.error, spread.degrees)
    return student_upper_tail(0.0 if abs(excess) <= ROUNDING else inf if excess > 0 else -inf, spread.degrees)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    mean: float
    error: float
    degrees: int


def _spread(values: Sequence[float], clusters: Sequence[Hashable] | None) -> _Spread:
    if clusters is not None:
        error = clustered_standard_error(values, clusters)
        return _Spread(mean=fmean(values), error=error, degrees=len(set(clusters)) - 1)
    if len(values) < FEWEST:
        message = f"a spread between cases takes {FEWEST} of them, not {len(values)}"
        raise ValueError(message)
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    numbers = np.asarray(values, dtype=float)
    error = float(numbers.std(ddof=1)) / sqrt(len(numbers))
    return _Spread(mean=float(numbers.mean()), error=error, degrees=len(numbers) - 1)
