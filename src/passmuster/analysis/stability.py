"""How steadily a case passes when it is repeated."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from math import comb

from passmuster.analysis.proportions import wilson
from passmuster.analysis.quantiles import CONFIDENCE, binomial_at_least
from passmuster.domain.observations import Estimate

ENOUGH = 5
"""Trials that a class takes."""

TOLERANCE = 0.02
"""A steady case gives its odd result in at most this share of trials."""

SIGNIFICANCE = 0.05
"""How rarely a steady case may be called flaky."""


class Stability(StrEnum):
    """What the trials of one case show.

    Attributes:
        NEW: There are too few of them.
        STABLE: It passes, but for no more failures than a steady case has.
        FLAKY: It passes too often for a failing case and fails too often for a stable one.
        FAILING: It fails, but for no more passes than a steady case has.
    """

    NEW = "new"
    STABLE = "stable"
    FLAKY = "flaky"
    FAILING = "failing"


def flip_rate(groups: Sequence[Sequence[bool]], *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Estimate how often a case's next trial differs from the last one.

    Adjacent pairs share a trial, so they tell less than their number: for trials that are independent the variance is
    larger by up to two, and that factor, taken at the estimate, is taken from the size of the sample.

    Source: E. Kowalczyk, K. Nair, Z. Gao, L. Silberstein, T. Long and A. Memon, "Modeling and ranking flaky tests at
    Apple", ICSE-SEIP 2020, 110-119 (flips over possible flips within one version); Wilson's interval.

    Args:
        groups: Whether each trial passed, oldest first; one group for all that was asked under the same conditions,
            so that a change of the agent is not taken for a flip.
        confidence: Coverage, between 0 and 1.

    Returns:
        The estimate over all pairs, or ``None`` if no group has two trials.
    """
    flips = [before != after for group in groups for before, after in pairwise(group)]
    pairs = len(flips)
    if not pairs:
        return None
    rate = sum(flips) / pairs
    chance = min(rate, 0.5)
    size = pairs / (1 + (1 - 2 * chance) / (1 - chance))
    lower, upper = wilson(rate * size, size, confidence=confidence)
    return Estimate(
        value=rate, lower=lower, upper=upper, confidence=confidence, sample_size=pairs, method="Wilson, adjacent pairs"
    )


def stability(passes: int, trials: int) -> Stability:
    """Say what the trials of a case show, from evidence and not from one surprise.

    Flaky needs both: more failures than a case that passes 98 times in 100 has in 95 of 100 such series, and more
    passes than one that fails as steadily. So one failure in five or ten trials leaves a case stable, and two in ten
    make it flaky.

    Args:
        passes: From 0 to ``trials``.
        trials: All that were measured under the same conditions.
    """
    if trials < ENOUGH:
        return Stability.NEW
    fails_too_often = binomial_at_least(trials - passes, trials, TOLERANCE) < SIGNIFICANCE
    passes_too_often = binomial_at_least(passes, trials, TOLERANCE) < SIGNIFICANCE
    if fails_too_often and passes_too_often:
        return Stability.FLAKY
    return Stability.FAILING if fails_too_often else Stability.STABLE


def pass_at_least_once(passes: int, trials: int, wanted: int) -> float:
    """Estimate without bias the chance that at least one of that many trials of a case passes (pass@k).

    Source: M. Chen et al., "Evaluating large language models trained on code", arXiv 2107.03374 (2021), section 2.1.

    Args:
        passes: From 0 to ``trials``.
        trials: All that were measured.
        wanted: From 1 to ``trials``.

    Raises:
        ValueError: If fewer were measured than are asked about.
    """
    return 1 - pass_every_time(trials - passes, trials, wanted)


def pass_every_time(passes: int, trials: int, wanted: int) -> float:
    """Estimate without bias the chance that each of that many trials of a case passes (pass^k).

    The share of passes raised to a power is too high: of 5 trials that pass with 0.6 each, three pass with 0.216, and
    the power says 0.300 on average.

    Source: S. Yao, N. Shinn, P. Razavi and K. Narasimhan, "τ-bench: a benchmark for tool-agent-user interaction in
    real-world domains", arXiv 2406.12045 (2024).

    Args:
        passes: From 0 to ``trials``.
        trials: All that were measured.
        wanted: From 1 to ``trials``.

    Raises:
        ValueError: If fewer were measured than are asked about.
    """
    if not 1 <= wanted <= trials:
        message = f"{trials} trials cannot tell about {wanted}; ask about 1 to {trials}"
        raise ValueError(message)
    return comb(passes, wanted) / comb(trials, wanted)
