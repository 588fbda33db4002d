"""How often every interval holds the truth, against the 95 % that it says, and on which side it misses.

Suites are drawn anew for every interval: the truth of a mean is that of all suites of such a kind, and the truth of a
difference is the planted one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from worlds import FLAKY, Numbers, broken, mixed_world, shares, stable_world

from passmuster.analysis.guarded import guarded_difference
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.means import student_estimate
from passmuster.analysis.proportions import clopper_pearson, newcombe_paired, tango_paired
from passmuster.analysis.resampling import bootstrap_mean, bootstrap_statistic
from passmuster.analysis.stability import flip_rate
from passmuster.domain.observations import Estimate

DRAWN = 2000
RESAMPLES = 1000
KEPT = 10
SEED = 20261123
PAIRS = (0.7, 0.1, 0.1, 0.1)
"""Shares of pairs in which both are right, only one is, only the other, and neither."""

Bounds = tuple[float, float]
Draw = Callable[[np.random.Generator], Bounds]
World = Callable[[int, int, np.random.Generator], Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One kind of interval on one kind of data: where it is used, and how one is drawn."""

    interval: str
    data: str
    truth: float
    draw: Draw


def share_trials() -> Iterator[Trial]:
    """Yield the intervals of one share."""
    for size, share in ((20, 0.9), (50, 0.75), (50, 0.98), (200, 0.9)):
        data = f"{size} cases, each once, true share {share}"

        def wilson(generator: np.random.Generator, size: int = size, share: float = share) -> Bounds:
            found = mean_estimate((generator.random(size) < share).astype(float).tolist())
            return found.lower, found.upper

        def exact(generator: np.random.Generator, size: int = size, share: float = share) -> Bounds:
            return clopper_pearson(int(generator.binomial(size, share)), size)

        yield Trial(interval="Wilson", data=data, truth=share, draw=wilson)
        yield Trial(interval="Clopper–Pearson (bound of an audit)", data=data, truth=share, draw=exact)


def mean_trials() -> Iterator[Trial]:
    """Yield the intervals of a mean of rates, of clusters and of skewed scores."""
    flaky = FLAKY[0] / sum(FLAKY)
    worlds = (("mixed", mixed_world, 0.55 * 0.98 + 0.10 * 0.03 + 0.35 * flaky),)
    worlds += (("stable", stable_world, 0.85 * 0.995 + 0.10 * flaky),)
    for name, world, truth in worlds:
        for cases in (30, 50, 200):
            draw = partial(_of_rates, world, cases)
            yield Trial(interval="Wilson, effective sample", data=f"{name}, {cases} × 3", truth=truth, draw=draw)
    for groups in (15, 40):
        draw = partial(_of_groups, groups)
        yield Trial(interval="Wilson, clustered", data=f"{groups} groups of 5", truth=2 / 3, draw=draw)
    for cases in (30, 200):
        data = f"{cases} skewed scores"
        yield Trial(interval="Wilson, effective sample", data=data, truth=8 / 9, draw=partial(_of_scores, cases))
        yield Trial(interval="bootstrap, BCa", data=data, truth=8 / 9, draw=partial(_of_resampled_scores, cases))


def _of_rates(world: World, cases: int, generator: np.random.Generator) -> Bounds:
    return _bounds(mean_estimate(shares(world(1, cases, generator), 3, generator)[0].tolist()))


def _of_groups(groups: int, generator: np.random.Generator) -> Bounds:
    chances = np.repeat(generator.beta(2, 1, groups), 5)
    clusters = np.repeat(np.arange(groups), 5).tolist()
    return _bounds(mean_estimate((generator.random(groups * 5) < chances).astype(float).tolist(), clusters=clusters))


def _of_scores(cases: int, generator: np.random.Generator) -> Bounds:
    return _bounds(mean_estimate(generator.beta(8, 1, cases).tolist()))


def _of_resampled_scores(cases: int, generator: np.random.Generator) -> Bounds:
    return _bounds(bootstrap_mean(generator.beta(8, 1, cases).tolist(), seed=1, resamples=RESAMPLES))


def pair_trials() -> Iterator[Trial]:
    """Yield the intervals of the difference of two shares of the same cases."""
    for cases in (50, 200):
        data = f"{cases} pairs, a tenth lost and a tenth gained"
        yield Trial(interval="Tango, paired", data=data, truth=0.0, draw=partial(_tango, cases))
        yield Trial(interval="Newcombe, paired", data=data, truth=0.0, draw=partial(_newcombe, cases))


def _tango(cases: int, generator: np.random.Generator) -> Bounds:
    _, gained, lost, _ = generator.multinomial(cases, PAIRS).tolist()
    return tango_paired(gained, lost, cases)


def _newcombe(cases: int, generator: np.random.Generator) -> Bounds:
    both, gained, lost, _ = generator.multinomial(cases, PAIRS).tolist()
    return newcombe_paired(both, gained, lost, cases)


def difference_trials() -> Iterator[Trial]:
    """Yield the intervals of a paired difference of rates; the planted drop is the one of these very cases."""
    for name, world in (("mixed", mixed_world), ("stable", stable_world)):
        for cases, trials, drop in ((50, 1, 0.0), (50, 1, 0.05), (50, 5, 0.05), (200, 1, 0.0), (200, 3, 0.05)):
            data = f"{name}, {cases} × {trials} against 10 kept, drop {drop}"
            drawn = partial(_differences, world, cases, trials, drop)
            for interval, make in (("Student, guarded", guarded_difference), ("Student (not used)", student_estimate)):
                yield Trial(interval=interval, data=data, truth=-drop, draw=partial(_of_differences, make, drawn))


def _differences(world: World, cases: int, trials: int, drop: float, generator: np.random.Generator) -> list[float]:
    before = world(1, cases, generator)
    after = broken(before, drop, generator) if drop else before
    found = shares(after, trials, generator) - shares(before, KEPT, generator)
    return [float(value) for value in found[0]]


def _of_differences(
    make: Callable[[list[float]], Estimate],
    drawn: Callable[[np.random.Generator], list[float]],
    generator: np.random.Generator,
) -> Bounds:
    return _bounds(make(drawn(generator)))


def _bounds(estimate: Estimate) -> Bounds:
    return estimate.lower, estimate.upper


def other_trials() -> Iterator[Trial]:
    """Yield the intervals of a macro mean and of a rate of flips."""
    sizes = np.array([30, 20, 10, 5])
    chances = np.array([0.95, 0.9, 0.8, 0.7])

    def macro(generator: np.random.Generator) -> Bounds:
        right = generator.binomial(sizes, chances)
        counts = [*right.tolist(), *(sizes - right).tolist()]

        def statistic(weights: Numbers) -> Numbers:
            hits, misses = weights[:, :4], weights[:, 4:]
            with np.errstate(invalid="ignore"):
                recalls = hits / (hits + misses)
            return np.asarray(np.nanmean(recalls, axis=1))

        found = bootstrap_statistic(statistic, counts, seed=1, resamples=RESAMPLES)
        return found.lower, found.upper

    yield Trial(
        interval="bootstrap, BCa", data="macro recall of 30, 20, 10 and 5 cases", truth=chances.mean(), draw=macro
    )
    for share, trials in ((0.9, 10), (0.5, 10), (0.9, 50)):

        def flips(generator: np.random.Generator, share: float = share, trials: int = trials) -> Bounds:
            found = flip_rate([(generator.random(trials) < share).tolist()])
            assert found is not None  # noqa: S101 - there are ten trials or more
            return found.lower, found.upper

        data = f"{trials} trials in a row that pass with {share}"
        yield Trial(interval="Wilson, adjacent pairs", data=data, truth=2 * share * (1 - share), draw=flips)


def main() -> None:
    """Draw, count, print a table in Markdown: shares of intervals in percent."""
    print("| interval | data | holds the truth | lies above it | lies below it |")
    print("|---|---|---|---|---|")
    for make in (share_trials, mean_trials, pair_trials, difference_trials, other_trials):
        for trial in make():
            generator = np.random.default_rng(SEED)
            bounds = np.array([trial.draw(generator) for _ in range(DRAWN)])
            above = 100 * float((bounds[:, 0] > trial.truth + 1e-12).mean())
            below = 100 * float((bounds[:, 1] < trial.truth - 1e-12).mean())
            print(
                f"| {trial.interval} | {trial.data} | {100 - above - below:.1f} | {above:.1f} | {below:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
