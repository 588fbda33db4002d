"""How small a drop a suite can see, and how many cases or trials it would take to see a smaller one.

The unit is the case: its mean over the candidate's trials less its mean over the baseline's. What varies in that
difference is the chance of every single trial, which more trials average away, and the drop itself if it hits some
cases and spares others, which only more cases average away.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist

from passmuster.analysis.quantiles import student_quantile

ROUNDING = 1e-9
"""A count that is whole but for the rounding of its sums is that whole number."""

HALVINGS = 60
"""How often a bracket is halved: to less than the spacing of the numbers."""

STEPS = 50
"""Drops that are tried where a larger one need not be the easier to see."""

MOST_TRIALS = 10_000
"""More trials of a case than anybody makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceSplit:
    """Where the variance of a metric lies.

    Where no case was repeated, ``within`` can be put at ``mean * (1 - mean)`` and ``between`` at 0: the most that it
    can be for values from 0 to 1.

    Attributes:
        mean: The mean over cases, from 0 to 1.
        within: The mean over cases of the variance of one trial.
        between: The variance over cases of their true means.
    """

    mean: float
    within: float
    between: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How much is measured: the cases, and the trials of each on both sides; at least one of each."""

    cases: int
    trials: int
    baseline_trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How sure the test is to be.

    Attributes:
        significance: One-sided rate of false alarms.
        power: The chance that a drop of the size asked for is seen.
    """

    significance: float = 0.05
    power: float = 0.8


class Shape(StrEnum):
    """How a drop is spread over the cases.

    Attributes:
        EVEN: Every case loses the same; also right for a margin that a harmless change is to be held against.
        BREAKING: Some cases, whichever, fail always from now on; the others stay as they are.
    """

    EVEN = "even"
    BREAKING = "breaking"


USUAL = Aim()


def split_variance(trials: Sequence[Sequence[float]]) -> VarianceSplit | None:
    """Split the variance of repeated trials by the analysis of variance, with cases weighed alike.

    Args:
        trials: For each case the value of each of its trials, from 0 to 1; cases may differ in their number.

    Returns:
        ``None`` unless there are two cases with a trial, and one with two.
    """
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    measured = [np.asarray(values, dtype=float) for values in trials if len(values)]
    repeated = [float(values.var(ddof=1)) for values in measured if len(values) > 1]
    if len(measured) <= 1 or not repeated:
        return None
    means = np.array([values.mean() for values in measured])
    within = float(np.mean(repeated))
    chance = within * float(np.mean([1 / len(values) for values in measured]))
    return VarianceSplit(mean=float(means.mean()), within=within, between=max(0.0, float(means.var(ddof=1)) - chance))


def detection_chance(
    split: VarianceSplit,
    design: Design,
    drop: float,
    *,
    significance: float = USUAL.significance,
    shape: Shape = Shape.BREAKING,
) -> float:
    """Return the chance that a paired test sees a drop of that size in the mean of these very cases.

    The test's standard error holds the chance of the trials and the spread of the drop over the cases. Only the
    former makes its outcome vary from run to run.

    Args:
        split: Where the variance lies.
        design: How much is measured.
        drop: From 0 to the mean.
        significance: One-sided rate of false alarms.
        shape: How the drop is spread.
    """
    normal = NormalDist()
    noise = _noise(split, design, drop, shape)
    whole = noise + _unevenness(split, drop, shape)
    excess = drop * sqrt(design.cases) - normal.inv_cdf(1 - significance) * sqrt(whole)
    if noise > 0:
        return normal.cdf(excess / sqrt(noise))
    return 1.0 if excess > 0 else 0.0


def smallest_drop(
    split: VarianceSplit, design: Design, *, aim: Aim = USUAL, shape: Shape = Shape.BREAKING
) -> float | None:
    """Return the smallest drop of the mean that a paired test sees with the power asked for.

    With ``EVEN`` this is the usual formula, two normal quantiles times the standard error. A drop that breaks some
    cases and spares others is harder to see, the more so the steadier the cases are.

    Source: H. S. Bloom, "Minimum detectable effects", Evaluation Review 19 (1995), 547-556; the variance of a paired
    difference between and within cases as in E. Miller, arXiv 2411.00640 (2024).

    Returns:
        ``None`` if not even the loss of everything would be seen with that power.
    """

    def is_seen(drop: float) -> bool:
        return detection_chance(split, design, drop, significance=aim.significance, shape=shape) >= aim.power

    return _smallest(split.mean, is_seen)


def visible_drop(split: VarianceSplit, design: Design, *, aim: Aim = USUAL) -> float | None:
    """Return the smallest drop by breaking cases that the gate's own test sees, also where cases are few.

    That test adds half a case that gained all and half a case that lost all, and corrects for skew (see
    :mod:`passmuster.analysis.guarded`). It is the safe side, and it takes cases: below about ten it sees nothing at
    all. The expected moments are put into it; the noise of the trials is taken to have no skew. Where cases are many it
    is :func:`smallest_drop` that is the larger of the two, and is returned.

    Returns:
        ``None`` if not even the loss of everything would be seen with that power.
    """
    usual = smallest_drop(split, design, aim=aim)

    def is_seen(drop: float) -> bool:
        return _is_seen_guarded(split, design, drop, aim)

    # Of few cases the loss of all may be seen less surely than that of half: all alike, they look like one.
    steps = [split.mean * step / STEPS for step in range(1, STEPS + 1)]
    first = next((drop for drop in steps if is_seen(drop)), None)
    guarded = None if first is None else _smallest(first, is_seen)
    return None if usual is None or guarded is None else max(usual, guarded)


def passing_chance(
    split: VarianceSplit, design: Design, margin: float, *, significance: float = USUAL.significance
) -> float:
    """Return the chance that the gate's own test passes a run in which nothing has changed.

    It passes what is shown to have lost less than the margin. What :func:`visible_drop` says of the test holds here.

    Args:
        split: Where the variance lies.
        design: How much is measured; at least two cases.
        margin: The drop that is allowed, above 0.
        significance: One-sided rate of passing what has lost that much.
    """
    cases = design.cases
    noise = _noise(split, design, 0.0, Shape.EVEN)
    error = sqrt(noise * (cases - 1) + 1) / (cases + 1)
    excess = margin / error - student_quantile(1 - 2 * significance, cases - 1)
    if noise <= 0:
        return 1.0 if excess >= 0 else 0.0
    return NormalDist().cdf(excess * error * (cases + 1) / sqrt(noise * cases))


def cases_needed(
    split: VarianceSplit, design: Design, drop: float, *, aim: Aim = USUAL, shape: Shape = Shape.BREAKING
) -> int:
    """Return how many cases it takes to see a drop, with the trials of the design; its number of cases is not used.

    Args:
        split: Where the variance lies.
        design: How many trials each case has.
        drop: Above 0, up to the mean; or, with ``EVEN``, the distance of an estimate from the margin to be settled.
        aim: How sure the test is to be.
        shape: How the drop is spread.
    """
    normal = NormalDist()
    noise = _noise(split, design, drop, shape)
    whole = noise + _unevenness(split, drop, shape)
    reach = normal.inv_cdf(1 - aim.significance) * sqrt(whole) + normal.inv_cdf(aim.power) * sqrt(noise)
    return max(1, ceil((reach / drop) ** 2 * (1 - ROUNDING)))


def trials_needed(
    split: VarianceSplit, design: Design, drop: float, *, aim: Aim = USUAL, shape: Shape = Shape.BREAKING
) -> int | None:
    """Return how many trials of the candidate it takes to see a drop, with the cases and the baseline of the design.

    Args:
        split: Where the variance lies.
        design: How many cases and baseline trials there are; its number of candidate's trials is not used.
        drop: As of :func:`cases_needed`.
        aim: How sure the test is to be.
        shape: How the drop is spread.

    Returns:
        ``None`` if more than 10,000 are not enough: the baseline's own noise, or the few cases, leave too much.
    """

    def is_seen(trials: int) -> bool:
        repeated = replace(design, trials=trials)
        chance = detection_chance(split, repeated, drop, significance=aim.significance, shape=shape)
        return chance >= aim.power * (1 - ROUNDING)

    if not is_seen(MOST_TRIALS):
        return None
    return bisect_left(range(1, MOST_TRIALS), True, key=is_seen) + 1  # noqa: FBT003 - the value looked for


def _smallest(largest: float, is_seen: Callable[[float], bool]) -> float | None:
    if largest <= 0 or not is_seen(largest):
        return None
    unseen, seen = 0.0, largest
    for _ in range(HALVINGS):
        middle = (unseen + seen) / 2
        unseen, seen = (unseen, middle) if is_seen(middle) else (middle, seen)
    return seen


def _is_seen_guarded(split: VarianceSplit, design: Design, drop: float, aim: Aim) -> bool:
    cases = design.cases
    if cases <= 1 or drop <= 0:
        return False
    noise = _noise(split, design, drop, Shape.BREAKING)
    whole = (noise + _unevenness(split, drop, Shape.BREAKING)) * (cases - 1) / cases
    # The moments of the losses together with a case that half lost all and half gained all, as the test has them.
    centre = drop * cases / (cases + 1)
    aside, ends = drop - centre, (1 - centre, -1 - centre)
    variance = (cases * (whole + aside**2) + sum(end**2 for end in ends) / 2) / (cases + 1)
    square = split.between + split.mean**2
    share = drop / split.mean
    third = max(0.0, share * square * sqrt(square) - 3 * drop * share * square + 2 * drop**3)
    cubes = cases * (third + 3 * whole * aside + aside**3) + sum(end**3 for end in ends) / 2
    skew = cubes / (cases + 1) / (variance * sqrt(variance)) / sqrt(cases + 1)
    error = sqrt(variance / (cases + 1))
    statistic = centre / error
    corrected = statistic + skew * statistic**2 / 3 + skew**2 * statistic**3 / 27 + skew / 6
    varies_by = sqrt(noise / cases) * cases / (cases + 1) / error
    reach = student_quantile(1 - 2 * aim.significance, cases - 1)
    return corrected >= reach + NormalDist().inv_cdf(aim.power) * varies_by


def _noise(split: VarianceSplit, design: Design, drop: float, shape: Shape) -> float:
    # A broken case loses all that it passed, and with it the noise of the candidate's trials.
    left = 1 - drop / split.mean if shape is Shape.BREAKING and split.mean else 1.0
    return split.within * (max(0.0, left) / design.trials + 1 / design.baseline_trials)


def _unevenness(split: VarianceSplit, drop: float, shape: Shape) -> float:
    if shape is Shape.EVEN or not split.mean:
        return 0.0
    # A share of drop / mean of the cases loses its rate, whose mean square is the variance and the squared mean.
    square = split.between + split.mean**2
    return max(0.0, drop / split.mean * square - drop * drop)
