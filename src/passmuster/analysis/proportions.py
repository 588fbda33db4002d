"""Intervals and tests for proportions: of one sample, and of pairs, from the counts alone.

Pairs make a table of four counts: both succeeded, only the first did, only the second did, neither did. In a
comparison with a baseline the candidate is the first, so that a negative difference is a drop.
"""

from collections.abc import Callable
from math import inf, sqrt

from passmuster.analysis.quantiles import (
    CONFIDENCE,
    beta_quantile,
    binomial_at_most,
    normal_upper_tail,
    quantile,
)
from passmuster.domain.observations import Estimate

HALVINGS = 60
"""How often a bracket is halved: from 2 to less than the spacing of the numbers near 1."""


def wilson(successes: float, trials: float, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the score interval of a proportion.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212.

    Args:
        successes: From 0 to ``trials``.
        trials: Above 0; no whole number where trials that depend on one another count as fewer.
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


def share_estimate(successes: float, trials: int) -> Estimate:
    """Return a share with Wilson's interval.

    Args:
        successes: From 0 to ``trials``; no whole number where each trial counts by its chance.
        trials: At least 1.
    """
    lower, upper = wilson(successes, trials)
    return Estimate(
        value=successes / trials,
        lower=lower,
        upper=upper,
        confidence=CONFIDENCE,
        sample_size=trials,
        method="Wilson",
    )


def exact_estimate(successes: int, trials: int) -> Estimate:
    """Return a share with Clopper's and Pearson's interval.

    Args:
        successes: From 0 to ``trials``.
        trials: At least 1.
    """
    lower, upper = clopper_pearson(successes, trials)
    return Estimate(
        value=successes / trials,
        lower=lower,
        upper=upper,
        confidence=CONFIDENCE,
        sample_size=trials,
        method="Clopper-Pearson",
    )


def clopper_pearson(successes: int, trials: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact interval of a proportion: wider than Wilson's, and never covering less often than it says.

    Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934), 404-413, in its form with beta quantiles.

    Args:
        successes: From 0 to ``trials``.
        trials: At least 1.
        confidence: Coverage, between 0 and 1.
    """
    tail = (1 - confidence) / 2
    failures = trials - successes
    lower = beta_quantile(tail, successes, failures + 1) if successes else 0.0
    upper = beta_quantile(1 - tail, successes + 1, failures) if failures else 1.0
    return (lower, upper)


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


def tango_paired(
    first_only: int, second_only: int, total: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the score interval of a difference between two paired proportions, first less second.

    It holds every difference that the score test does not refuse. Pairs that agree count by their number alone.
    Where no pair disagrees it still has a width, which an interval from a standard error has not.

    Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17 (1998), 891-908.

    Args:
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second did.
        total: All pairs, at least 1.
        confidence: Coverage, between 0 and 1; both bounds hold with half of the rest each.
    """
    z = quantile(confidence)
    difference = (first_only - second_only) / total

    def statistic(limit: float) -> float:
        return _tango_statistic(first_only, second_only, total, limit)

    lower = _crossing(statistic, z, -1.0, difference)
    upper = _crossing(statistic, -z, difference, 1.0)
    return (lower, upper)


def tango_probability(first_only: int, second_only: int, total: int, *, difference: float) -> float:
    """Return the one-sided probability of such a table, or one more in the first's favour, at a true difference.

    With ``difference`` at minus the margin this tests non-inferiority of the first. At 0 it is McNemar's asymptotic
    test, one-sided.

    Source: as of :func:`tango_paired`.

    Args:
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second did.
        total: All pairs, at least 1.
        difference: First less second under the hypothesis to be refused, above -1 and below 1.
    """
    return normal_upper_tail(_tango_statistic(first_only, second_only, total, difference))


def mcnemar_exact(first_only: int, second_only: int) -> float:
    """Return the two-sided exact probability of so uneven a pair of disagreeing counts.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947), 153-157; exact and conditional on the number of disagreements, as in F. Mosteller,
    "Some statistical problems in measuring the subjective response to drugs", Biometrics 8 (1952), 220-226.

    Args:
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second did.
    """
    return min(1.0, 2 * binomial_at_most(min(first_only, second_only), first_only + second_only, 0.5))


def mcnemar_mid_p(first_only: int, second_only: int) -> float:
    """Return McNemar's two-sided mid-p value: the exact one, with half the weight for the table that was seen.

    The exact test errs far less often than it may; this one comes near its level and hardly ever passes it.

    Source: M. W. Fagerland, S. Lydersen and P. Laake, "The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional", BMC Medical Research Methodology 13:91 (2013).

    Args:
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second did.
    """
    fewer, disagreements = min(first_only, second_only), first_only + second_only
    if not disagreements:
        return 1.0
    up_to, below = (binomial_at_most(count, disagreements, 0.5) for count in (fewer, fewer - 1))
    return 1 - (up_to - below) / 2 if first_only == second_only else up_to + below


def _tango_statistic(first_only: int, second_only: int, total: int, difference: float) -> float:
    # The share of pairs in which only the second succeeds, at its likeliest under that difference, solves a quadratic.
    linear = (2 * total - first_only + second_only) * difference - first_only - second_only
    constant = -second_only * difference * (1 - difference)
    root = sqrt(max(0.0, linear * linear - 8 * total * constant))
    share = (root - linear) / (4 * total)
    excess = first_only - second_only - total * difference
    variance = total * (2 * share + difference * (1 - difference))
    if variance > 0:
        return excess / sqrt(variance)
    return inf if excess > 0 else -inf if excess < 0 else 0.0


def _crossing(falling: Callable[[float], float], level: float, lower: float, upper: float) -> float:
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        if falling(middle) > level:
            lower = middle
        else:
            upper = middle
    return (lower + upper) / 2
