"""Intervals and tests by drawing again: the bootstrap over cases, and the flipping of signs."""

from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.quantiles import BOOTSTRAP, CONFIDENCE
from passmuster.domain.observations import Estimate

RESAMPLES = 10_000
"""With this many, two seeds differ in the bounds of a 95 % interval by some 3 % of its half-width or less."""

NUMBERS_AT_ONCE = 100_000
"""How many numbers are drawn before they are reduced: few enough to stay in the processor's cache."""

EXACT_UP_TO = 16
"""With this many differences other than zero, or fewer, every choice of signs is tried instead of drawn."""

BITS = 8
ROUNDING = 1e-9
"""Relative to the spread; two sums of the same numbers in different orders count as equal."""

Numbers = NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
"""Takes one row for each resample, with how often each group of cases was drawn; returns one value for each row."""

Side = Literal["two-sided", "greater", "less"]


def bootstrap_mean(
    values: Sequence[float], *, seed: int, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> Estimate:
    """Estimate a mean over cases with a bootstrap interval that allows for skew (BCa).

    Values that are all equal have an interval without width. It says that nothing differed, and not that nothing can;
    and where few differ the interval is too short, so that for rates of passing
    :func:`~passmuster.analysis.guarded.guarded_difference` is the better one.

    Source: B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82
    (1987), 171-185; the acceleration from the jackknife, which for a mean is its skewness.

    Args:
        values: One number for each case; at least one.
        seed: Of the drawing, so that equal runs have equal intervals.
        confidence: Coverage, between 0 and 1.
        resamples: How many means are drawn.
    """
    found = np.asarray(values, dtype=float)
    mean = float(found.mean())
    generator = np.random.Generator(np.random.SFC64(seed))
    drawn = np.concatenate(list(_drawn_means(found, resamples, generator)))
    # Leaving out a case moves the mean against that case's own deviation.
    lower, upper = _bca(mean, drawn, _acceleration(found - mean, np.ones(len(found))), confidence)
    return _estimate((lower, mean, upper), confidence, len(found))


def bootstrap_difference(
    baseline: Sequence[float],
    candidate: Sequence[float],
    *,
    seed: int,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Estimate the mean of candidate less baseline over the same cases, as :func:`bootstrap_mean` does.

    Args:
        baseline: One number for each case; at least one.
        candidate: The same cases in the same order.
        seed: Of the drawing.
        confidence: Coverage, between 0 and 1.
        resamples: How many means are drawn.

    Raises:
        ValueError: If the two are not equally long.
    """
    differences = [after - before for before, after in zip(baseline, candidate, strict=True)]
    return bootstrap_mean(differences, seed=seed, confidence=confidence, resamples=resamples)


def bootstrap_statistic(
    statistic: Statistic,
    counts: Sequence[int],
    *,
    seed: int,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Estimate any statistic of the cases with a BCa interval.

    The statistic never sees cases, only how often each group of them was drawn, many resamples at a time. A group is
    a set of cases that are alike in all that counts; or one case; or, with a count of one each, a cluster of cases
    that are drawn together.

    Source: as of :func:`bootstrap_mean`; every statistic's acceleration is that of leaving out one case.

    Args:
        statistic: Returns one finite value for each row of weights. The weights of a row are whole numbers from 0 and
            add up to the number of cases, or to one less.
        counts: How many cases each group has; at least two cases in all.
        seed: Of the drawing.
        confidence: Coverage, between 0 and 1.
        resamples: How many times the cases are drawn.

    Raises:
        ValueError: If the statistic is no number for some resample.
    """
    sizes = np.asarray(counts, dtype=np.int64)
    whole = sizes.astype(float)
    value = float(_finite(statistic(whole[None, :]))[0])
    # Nobody can be left out of a group that has no case.
    held = np.flatnonzero(sizes)
    left_out = np.concatenate([_finite(statistic(rows)) for rows in _without_one(whole, held)])
    generator = np.random.Generator(np.random.SFC64(seed))
    drawn = np.concatenate([_finite(statistic(rows)) for rows in _drawn_weights(sizes, resamples, generator)])
    weights = whole[held]
    influence = np.average(left_out, weights=weights) - left_out
    lower, upper = _bca(value, drawn, _acceleration(influence, weights), confidence)
    return _estimate((lower, value, upper), confidence, int(sizes.sum()))


def sign_flip_probability(
    differences: Sequence[float], *, seed: int, side: Side = "two-sided", resamples: int = RESAMPLES
) -> float:
    """Return the probability of so large a mean difference if every case could as well have differed the other way.

    All choices of signs are tried for up to 16 differences other than zero; else they are drawn, and the one that was
    seen counts as one of them, so that no probability is 0.

    Source: R. A. Fisher, "The design of experiments" (1935), section 21; B. Phipson and G. K. Smyth, "Permutation
    p-values should never be zero", Statistical Applications in Genetics and Molecular Biology 9:39 (2010).

    Args:
        differences: One number for each case, candidate less baseline.
        seed: Of the drawing.
        side: ``greater`` asks for means as high as the one seen, ``less`` for as low ones.
        resamples: How many choices of signs are drawn.
    """
    moved = np.asarray([number for number in differences if number], dtype=float)
    seen = float(moved.sum())
    rounding = ROUNDING * float(np.abs(moved).sum())
    if len(moved) <= EXACT_UP_TO:
        return float(_as_extreme(_every_sum(moved), seen, side, rounding).mean())
    generator = np.random.Generator(np.random.SFC64(seed))
    count = sum(int(_as_extreme(sums, seen, side, rounding).sum()) for sums in _drawn_sums(moved, resamples, generator))
    return (1 + count) / (1 + resamples)


def _estimate(bounds: tuple[float, float, float], confidence: float, size: int) -> Estimate:
    lower, value, upper = bounds
    return Estimate(value=value, lower=lower, upper=upper, confidence=confidence, sample_size=size, method=BOOTSTRAP)


def _bca(value: float, drawn: Numbers, acceleration: float, confidence: float) -> tuple[float, float]:
    spread = float(np.ptp(drawn))
    rounding = ROUNDING * spread
    below, above = float((drawn < value - rounding).mean()), float((drawn > value + rounding).mean())
    if below + above == 0:
        return (value, value)
    normal = NormalDist()
    # Values drawn equal to the one seen lie half below it; and none is so far off that it has no quantile.
    share = min(max((1 + below - above) / 2, 0.5 / len(drawn)), 1 - 0.5 / len(drawn))
    bias = normal.inv_cdf(share)

    def level(z: float) -> float:
        shifted = bias + z
        return normal.cdf(bias + shifted / (1 - acceleration * shifted))

    half = normal.inv_cdf(0.5 + confidence / 2)
    lower, upper = np.quantile(drawn, [level(-half), level(half)])
    return (float(lower), float(upper))


def _acceleration(influence: Numbers, weights: Numbers) -> float:
    largest = float(np.abs(influence).max())
    if not largest:
        return 0.0
    # It does not depend on the unit, and powers of very small numbers would vanish.
    scaled = influence / largest
    squares = float((weights * scaled**2).sum())
    cubes = float((weights * scaled**3).sum())
    return cubes / (6 * float(squares**1.5))


def _chunks(rows: int, width: int) -> Iterator[int]:
    step = max(1, NUMBERS_AT_ONCE // width)
    for start in range(0, rows, step):
        yield min(step, rows - start)


def _are_few(groups: int, cases: int) -> bool:
    # Drawing how often a group comes takes some thirty times as long as drawing one case.
    return groups * 30 < cases


def _drawn_means(values: Numbers, resamples: int, generator: np.random.Generator) -> Iterator[Numbers]:
    size = len(values)
    levels, counts = np.unique(values, return_counts=True)
    if _are_few(len(levels), size):
        for rows in _chunks(resamples, len(levels)):
            yield generator.multinomial(size, counts / size, size=rows) @ levels / size
        return
    # One place for every chunk: fresh memory would take longer to be given than to be filled.
    place = np.empty((next(_chunks(resamples, size)), size))
    for rows in _chunks(resamples, size):
        drawn = generator.integers(0, size, size=(rows, size))
        yield np.take(values, drawn, out=place[:rows], mode="clip").mean(axis=1)


def _drawn_weights(counts: NDArray[np.int64], resamples: int, generator: np.random.Generator) -> Iterator[Numbers]:
    groups, size = len(counts), int(counts.sum())
    if _are_few(groups, size):
        for rows in _chunks(resamples, groups):
            yield generator.multinomial(size, counts / size, size=rows).astype(float)
        return
    group_of = np.repeat(np.arange(groups), counts)
    for rows in _chunks(resamples, size):
        drawn = group_of.take(generator.integers(0, size, size=(rows, size)))
        drawn += groups * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups).astype(float)


def _without_one(counts: Numbers, groups: NDArray[np.int64]) -> Iterator[Numbers]:
    start = 0
    for rows in _chunks(len(groups), len(counts)):
        weights = np.tile(counts, (rows, 1))
        weights[np.arange(rows), groups[start : start + rows]] -= 1
        start += rows
        yield weights


def _finite(values: Numbers) -> Numbers:
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        message = f"the statistic is no number for {wrong} of {len(values)} resamples; let it return one for each"
        raise ValueError(message)
    return values


def _as_extreme(sums: Numbers, seen: float, side: Side, rounding: float) -> NDArray[np.bool_]:
    match side:
        case "greater":
            return sums >= seen - rounding
        case "less":
            return sums <= seen + rounding
        case "two-sided":
            return np.abs(sums) >= abs(seen) - rounding


def _every_sum(differences: Numbers) -> Numbers:
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _drawn_sums(differences: Numbers, resamples: int, generator: np.random.Generator) -> Iterator[Numbers]:
    # One byte chooses the signs of eight differences, whose sums stand in a table.
    blocks = np.pad(differences, (0, -len(differences) % BITS)).reshape(-1, BITS)
    table = np.array([_every_sum(block) for block in blocks])
    starts = table.shape[1] * np.arange(len(table))
    for rows in _chunks(resamples, len(table)):
        signs = generator.integers(0, table.shape[1], size=(rows, len(table)))
        yield table.ravel().take(signs + starts).sum(axis=1)
