"""Quantiles and tails of the distributions that intervals and tests are made of.

scipy is imported where it is used: it takes a fifth of a second, and a suite without noise asks for none of it.
"""

from statistics import NormalDist

CONFIDENCE = 0.95
"""Coverage of the intervals that reports show."""

BOOTSTRAP = "bootstrap, BCa"
"""How estimates call an interval that was made by drawing the cases again."""


def quantile(confidence: float) -> float:
    """Return the standard normal quantile of a two-sided interval of that coverage."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def normal_upper_tail(statistic: float) -> float:
    """Return the probability that a standard normal number is larger."""
    return NormalDist().cdf(-statistic)


def student_quantile(confidence: float, degrees: float) -> float:
    """Return Student's quantile of a two-sided interval of that coverage.

    Args:
        confidence: Coverage, between 0 and 1.
        degrees: Degrees of freedom, above 0.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - only where it is used; see the module's first lines

    return float(stdtrit(degrees, 0.5 + confidence / 2))


def student_upper_tail(statistic: float, degrees: float) -> float:
    """Return the probability that Student's t with these degrees of freedom is larger."""
    from scipy.special import stdtr  # noqa: PLC0415 - only where it is used; see the module's first lines

    return float(stdtr(degrees, -statistic))


def beta_quantile(probability: float, first: float, second: float) -> float:
    """Return the number below which a beta variable with these two shapes lies with that probability."""
    from scipy.special import betaincinv  # noqa: PLC0415 - only where it is used; see the module's first lines

    return float(betaincinv(first, second, probability))


def binomial_at_most(successes: int, trials: int, share: float) -> float:
    """Return the probability of that many successes or fewer; 0 for a negative number."""
    from scipy.special import bdtr  # noqa: PLC0415 - only where it is used; see the module's first lines

    return float(bdtr(successes, trials, share)) if successes >= 0 else 0.0


def binomial_at_least(successes: int, trials: int, share: float) -> float:
    """Return the probability of that many successes or more; 1 for none or fewer."""
    from scipy.special import bdtrc  # noqa: PLC0415 - only where it is used; see the module's first lines

    return float(bdtrc(successes - 1, trials, share)) if successes > 0 else 1.0
