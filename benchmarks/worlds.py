"""Made-up suites of cases that do not always pass, for simulations of a gate.

A world is a matrix of passing rates: one row for each simulated change, one column for each case.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

FLAKY = (2.0, 1.2)
"""The beta distribution of a flaky case's passing rate; its mean is 0.625."""

FILLINGS = 30
"""How often what cases at zero could not lose is taken from the others: until next to nothing is left."""


def mixed_world(changes: int, cases: int, generator: np.random.Generator) -> Numbers:
    """Draw a world in which 55 % of cases pass 98 % of the time, 10 % pass 3 %, and 35 % are flaky."""
    return _world((changes, cases), (0.55, 0.98), (0.10, 0.03), generator)


def stable_world(changes: int, cases: int, generator: np.random.Generator) -> Numbers:
    """Draw a world in which 85 % of cases pass 99.5 % of the time, 5 % never pass, and 10 % are flaky."""
    return _world((changes, cases), (0.85, 0.995), (0.05, 0.0), generator)


def broken(rates: Numbers, drop: float, generator: np.random.Generator) -> Numbers:
    """Let random cases fail always, until every row's mean has fallen by exactly that much."""
    order = generator.permuted(np.tile(np.arange(rates.shape[1]), (len(rates), 1)), axis=1)
    shuffled = np.take_along_axis(rates, order, axis=1)
    before = np.cumsum(shuffled, axis=1) - shuffled
    lost = np.clip(drop * rates.shape[1] - before, 0.0, shuffled)
    left = np.empty_like(rates)
    np.put_along_axis(left, order, shuffled - lost, axis=1)
    return left


def worn(rates: Numbers, drop: float) -> Numbers:
    """Let every case that still can lose the same, until every row's mean has fallen by that much."""
    left = rates
    for _ in range(FILLINGS):
        missing = drop - (rates - left).mean(axis=1, keepdims=True)
        left = np.clip(left - missing, 0.0, 1.0)
    return left


def shares(rates: Numbers, trials: int, generator: np.random.Generator) -> Numbers:
    """Draw the share of that many trials that pass, for every case of every change."""
    return generator.binomial(trials, rates) / trials


def _world(
    shape: tuple[int, int], passing: tuple[float, float], failing: tuple[float, float], generator: np.random.Generator
) -> Numbers:
    kind = generator.random(shape)
    steady = np.where(kind < passing[0], passing[1], failing[1])
    return np.where(kind < passing[0] + failing[0], steady, generator.beta(*FLAKY, shape))
