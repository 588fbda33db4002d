"""The smallest drop that the gate's own test sees, where cases are few, and the chance that it lets nothing pass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.guarded import guarded_probability
from passmuster.analysis.power import Aim, Design, VarianceSplit, passing_chance, smallest_drop, visible_drop

from .simulated_worlds import WORLDS, broken, shares

ROUNDS = 500
SPLITS = st.builds(
    VarianceSplit,
    mean=st.floats(min_value=0.3, max_value=1.0),
    within=st.floats(min_value=0.001, max_value=0.2),
    between=st.floats(min_value=0.0, max_value=0.2),
)
DESIGNS = st.builds(Design, cases=st.integers(2, 2000), trials=st.integers(1, 10), baseline_trials=st.integers(1, 20))


def split_of(world: str) -> VarianceSplit:
    """Return the split of a world, from many of its cases."""
    rates = WORLDS[world](1, 200_000, np.random.default_rng(20260401))[0]
    return VarianceSplit(
        mean=float(rates.mean()), within=float((rates * (1 - rates)).mean()), between=float(rates.var())
    )


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize("cases", [10, 15, 25, 50])
@pytest.mark.parametrize(("trials", "baseline_trials"), [(1, 10), (3, 3), (5, 10)])
def test_few_cases_see_it_in_four_of_five_runs(world: str, cases: int, trials: int, baseline_trials: int) -> None:
    """As many cases as one agent has: between two thirds and nine tenths of the runs, where few values are possible."""
    split = split_of(world)
    drop = visible_drop(split, Design(cases=cases, trials=trials, baseline_trials=baseline_trials))
    generator = np.random.default_rng(20260402)
    rates = WORLDS[world](ROUNDS, cases, generator)

    assert drop is not None
    lost = shares(rates, baseline_trials, generator) - shares(broken(rates, drop, generator), trials, generator)
    seen = sum(guarded_probability(row, difference=0.0) <= 0.05 for row in lost.tolist()) / ROUNDS
    assert seen == pytest.approx(0.8, abs=0.12)


@pytest.mark.parametrize("world", ["mixed", "stable"])
def test_a_handful_of_cases_sees_nothing(world: str) -> None:
    """Six cases, all of them lost: the test adds half a case on either side, and cannot be sure."""
    split, design = split_of(world), Design(cases=6, trials=3, baseline_trials=10)
    generator = np.random.default_rng(20260403)

    lost = shares(WORLDS[world](ROUNDS, 6, generator), 10, generator)

    assert visible_drop(split, design) is None
    assert sum(guarded_probability(row, difference=0.0) <= 0.05 for row in lost.tolist()) / ROUNDS < 0.5


@given(split=SPLITS, design=DESIGNS)
def test_it_is_never_smaller_than_the_usual_formula_says(split: VarianceSplit, design: Design) -> None:
    """Nor larger than what there is to lose; and with many cases it is the same."""
    found, usual = visible_drop(split, design), smallest_drop(split, design)

    assert found is None or (usual is not None and usual <= found <= split.mean)
    many = Design(cases=1_000_000, trials=design.trials, baseline_trials=design.baseline_trials)
    assert visible_drop(split, many) == pytest.approx(smallest_drop(split, many), rel=0.01)


@given(split=SPLITS, design=DESIGNS, margin=st.floats(min_value=0.01, max_value=0.2))
def test_the_chance_to_pass_grows_with_the_margin(split: VarianceSplit, design: Design, margin: float) -> None:
    """And with the error rate that is allowed."""
    chance = passing_chance(split, design, margin)

    assert 0 <= chance <= passing_chance(split, design, 2 * margin) <= 1
    assert chance <= passing_chance(split, design, margin, significance=0.2)


@pytest.mark.parametrize(("cases", "passes"), [(20, 0.0), (2000, 1.0)])
def test_without_noise_the_number_of_cases_decides(cases: int, passes: float) -> None:
    """The test is never sure of what few cases show, even if none of them varied."""
    steady = VarianceSplit(mean=1.0, within=0.0, between=0.0)

    assert passing_chance(steady, Design(cases=cases, trials=1, baseline_trials=1), 0.05) == passes


def test_surer_tests_see_less() -> None:
    """As the rules of a gate that share one error rate."""
    split, design = split_of("mixed"), Design(cases=100, trials=3, baseline_trials=10)

    alone, shared = (visible_drop(split, design, aim=Aim(significance=rate)) for rate in (0.05, 0.01))

    assert alone is not None
    assert shared is not None
    assert alone < shared
