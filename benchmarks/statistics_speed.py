"""Seconds of the statistics behind a gate, over ten thousand cases and as many resamples.

Every figure stands beside the time that numpy takes to add up as many numbers as the method looks at, which is its
physical limit: ten thousand times ten thousand for what draws cases, ten thousand for the rest.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.change_points import change_points
from passmuster.analysis.guarded import guarded_difference
from passmuster.analysis.means import student_estimate
from passmuster.analysis.multiplicity import benjamini_hochberg, holm
from passmuster.analysis.power import Design, smallest_drop, split_variance
from passmuster.analysis.proportions import mcnemar_mid_p, newcombe_paired, tango_paired
from passmuster.analysis.resampling import (
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_statistic,
    sign_flip_probability,
)

CASES = 10_000
RESAMPLES = 10_000
ROUNDS = 5

Numbers = NDArray[np.float64]


def seconds(action: Callable[[], object]) -> float:
    """Return the shortest of several rounds, which other work on the machine disturbs least."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return min(found)


def drawn() -> dict[str, Callable[[], object]]:
    """Return what looks at every case in every resample."""
    generator = np.random.default_rng(1)
    baseline = generator.integers(0, 11, CASES) / 10
    candidate = np.clip(baseline + generator.integers(-1, 2, CASES) / 5, 0, 1)
    before, after, scores = baseline.tolist(), candidate.tolist(), generator.random(CASES).tolist()
    lost = (candidate - baseline).tolist()
    counts = generator.multinomial(CASES, [1 / 40] * 40)
    levels = generator.random((40, 2))

    def ratio(weights: Numbers) -> Numbers:
        sums = weights @ levels
        return np.asarray(sums[:, 0] / sums[:, 1])

    return {
        "bootstrap of a mean, trials": lambda: bootstrap_mean(before, seed=1, resamples=RESAMPLES),
        "bootstrap of a mean, scores": lambda: bootstrap_mean(scores, seed=1, resamples=RESAMPLES),
        "bootstrap of a paired difference": lambda: bootstrap_difference(before, after, seed=1, resamples=RESAMPLES),
        "bootstrap of a ratio, 40 groups": lambda: bootstrap_statistic(ratio, counts.tolist(), seed=1),
        "signs flipped, trials": lambda: sign_flip_probability(lost, seed=1, resamples=RESAMPLES),
        "signs flipped, scores": lambda: sign_flip_probability(scores, seed=1, resamples=RESAMPLES),
    }


def direct() -> dict[str, Callable[[], object]]:
    """Return what looks at every case once."""
    generator = np.random.default_rng(2)
    values = generator.random(CASES).tolist()
    clusters = (np.arange(CASES) // 5).tolist()
    trials = (generator.random((CASES, 5)) < 0.8).tolist()  # noqa: PLR2004 - a rate like any other
    history = generator.normal(0.8, 0.019, 200).tolist()
    split = split_variance(trials)
    assert split is not None  # noqa: S101 - five trials can be split
    design = Design(cases=CASES, trials=1, baseline_trials=10)
    return {
        "Student's interval": lambda: student_estimate(values),
        "the same, clustered": lambda: student_estimate(values, clusters=clusters),
        "guarded interval": lambda: guarded_difference(values),
        "Tango's interval": lambda: tango_paired(300, 400, CASES),
        "Newcombe's interval": lambda: newcombe_paired(9000, 300, 400, CASES),
        "McNemar, mid-p": lambda: mcnemar_mid_p(300, 400),
        "Holm": lambda: holm(values),
        "Benjamini and Hochberg": lambda: benjamini_hochberg(values),
        "variance split of 5 trials": lambda: split_variance(trials),
        "smallest drop": lambda: smallest_drop(split, design),
        "change points, 200 runs": lambda: change_points(history, seed=1),
    }


def main() -> None:
    """Print the table."""
    numbers = np.random.default_rng(3).random(CASES)
    # A hundred million numbers in memory would measure the memory.
    once = seconds(lambda: [numbers.sum() for _ in range(RESAMPLES)]) / RESAMPLES
    print(f"{'what':34} {'seconds':>9} {'÷ plain sum':>12}")
    print(f"{'plain sum of 10,000 × 10,000':34} {once * RESAMPLES:9.4f} {1:12.1f}")
    for what, action in drawn().items():
        taken = seconds(action)
        print(f"{what:34} {taken:9.4f} {taken / (once * RESAMPLES):12.1f}")
    print(f"{'plain sum of 10,000':34} {once:9.6f} {1:12.1f}")
    for what, action in direct().items():
        taken = seconds(action)
        print(f"{what:34} {taken:9.6f} {taken / once:12.0f}")


if __name__ == "__main__":
    main()
