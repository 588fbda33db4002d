"""The bootstrap and the flipping of signs against published examples, and against what they promise."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from passmuster.analysis.resampling import (
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_statistic,
    sign_flip_probability,
)

Numbers = NDArray[np.float64]

# Test A of the spatial data, Efron and Tibshirani, An introduction to the bootstrap (1993), table 14.1.
SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41], dtype=float
)
# Heights of crossed less self-fertilised maize in eighths of an inch: Darwin (1876).
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def variance(weights: Numbers) -> Numbers:
    """Return the plug-in variance of the spatial data."""
    size = weights.sum(axis=1)
    mean = weights @ SPATIAL / size
    return np.asarray(weights @ SPATIAL**2 / size - mean**2)


def test_the_variance_of_the_spatial_data_has_the_published_interval() -> None:
    """Efron and Tibshirani, table 14.2: 171.5, and 115.8 to 259.6 at 90 % from 2,000 resamples."""
    estimate = bootstrap_statistic(variance, [1] * 26, seed=20260108, confidence=0.9, resamples=50_000)

    assert estimate.value == pytest.approx(171.5, abs=0.05)
    # The simulation error of the published bounds is about 2 and 5.
    assert estimate.lower == pytest.approx(115.8, abs=3)
    assert estimate.upper == pytest.approx(259.6, abs=7)
    assert (estimate.sample_size, estimate.method) == (26, "bootstrap, BCa")


def test_darwins_maize_has_fishers_863_orders() -> None:
    """Fisher, The design of experiments, section 21: of 32,768 choices of signs 863 reach the sum of 314."""
    assert sign_flip_probability(MAIZE, seed=1, side="greater") == 863 / 32768
    assert sign_flip_probability(MAIZE, seed=1) == 1726 / 32768
    assert sign_flip_probability([-one for one in MAIZE], seed=1, side="less") == 863 / 32768


def test_drawn_signs_come_near_all_signs() -> None:
    """Two tiny differences more make 17, which are drawn; the simulation error is 0.0016."""
    drawn = sign_flip_probability([*MAIZE, 1e-6, -1e-6], seed=1, side="greater")

    assert drawn == pytest.approx(863 / 32768, abs=0.005)


def test_a_probability_is_never_nothing() -> None:
    """What was seen counts as one of the orders."""
    assert sign_flip_probability([1.0] * 100, seed=1, resamples=999) == 1 / 1000


def test_cases_that_did_not_differ_say_nothing() -> None:
    """A thousand zeros change no probability, and nothing but zeros is no evidence."""
    assert sign_flip_probability([*MAIZE, *[0.0] * 1000], seed=1) == 1726 / 32768
    assert sign_flip_probability([0.0] * 10, seed=1) == 1.0


@pytest.mark.parametrize("cases", [8, 30])
def test_signs_give_false_alarms_as_rarely_as_stated(cases: int) -> None:
    """1,000 times no difference, both where all signs are tried and where they are drawn."""
    generator = np.random.default_rng(20260109)
    rows = generator.choice([-1.0, -0.5, 0.5, 1.0], size=(1_000, cases)) * generator.random((1_000, cases))

    alarms = sum(sign_flip_probability(row.tolist(), seed=2, resamples=499) <= 0.05 for row in rows) / 1_000

    # Simulation error is 0.7 points.
    assert 0.03 <= alarms <= 0.07


def test_few_levels_and_many_have_the_same_interval() -> None:
    """Drawing how often a level comes is drawing the cases: the same values, split by a hair's breadth."""
    generator = np.random.default_rng(20260110)
    few = generator.choice([0.0, 1 / 3, 2 / 3, 1.0], size=300, p=[0.1, 0.1, 0.2, 0.6])
    many = few + generator.normal(scale=1e-9, size=300)

    one, other = (bootstrap_mean(values.tolist(), seed=3, resamples=20_000) for values in (few, many))

    # Two seeds differ by some 2 % of the half-width.
    assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper), abs=0.05 * (one.upper - one.lower) / 2)


def test_a_mean_is_a_statistic_like_any_other() -> None:
    """Skewed values by both roads, and by groups of alike cases; the longer tail gets the longer side."""
    levels, counts = np.array([0.0, 0.2, 1.0]), [170, 20, 10]
    values = np.repeat(levels, counts)

    def mean(weights: Numbers) -> Numbers:
        return np.asarray(weights @ levels / weights.sum(axis=1))

    def mean_of_cases(weights: Numbers) -> Numbers:
        return np.asarray(weights @ values / weights.sum(axis=1))

    straight = bootstrap_mean(values.tolist(), seed=4)
    grouped = bootstrap_statistic(mean, counts, seed=5)
    single = bootstrap_statistic(mean_of_cases, [1] * 200, seed=6)

    assert straight.upper - straight.value > 1.1 * (straight.value - straight.lower)
    for other in (grouped, single):
        assert other.value == pytest.approx(straight.value)
        assert (other.lower, other.upper) == pytest.approx((straight.lower, straight.upper), abs=0.003)
        assert other.sample_size == 200


def test_a_difference_is_the_mean_of_the_differences() -> None:
    """Candidate less baseline, case by case."""
    baseline, candidate = [1.0, 0.5, 1.0, 0.0] * 20, [0.5, 0.5, 1.0, 0.25] * 20

    estimate = bootstrap_difference(baseline, candidate, seed=7)

    assert estimate.value == pytest.approx(-0.0625)
    assert estimate == bootstrap_mean([-0.5, 0.0, 0.0, 0.25] * 20, seed=7)
    with pytest.raises(ValueError, match="longer"):
        bootstrap_difference([1.0], [1.0, 0.0], seed=7)


@given(values=st.lists(st.floats(min_value=-1, max_value=1), min_size=1, max_size=12), seed=st.integers(0, 2**32))
@example(values=[0.0, 1.7354214406074719e-153], seed=0)
def test_an_interval_stays_within_the_values_and_its_seed_decides(values: list[float], seed: int) -> None:
    """However few they are, and all alike too."""
    estimate = bootstrap_mean(values, seed=seed, resamples=200)

    assert min(values) - 1e-9 <= estimate.lower <= estimate.upper <= max(values) + 1e-9
    assert estimate == bootstrap_mean(values, seed=seed, resamples=200)


def test_values_that_are_all_alike_have_no_width() -> None:
    """The statement is about what was seen; the docstring says so."""
    estimate = bootstrap_mean([0.25] * 40, seed=8)

    assert (estimate.lower, estimate.value, estimate.upper) == (0.25, 0.25, 0.25)


def test_a_statistic_that_is_no_number_is_refused() -> None:
    """A share of nothing must be given a value by who knows what it means."""

    def share(weights: Numbers) -> Numbers:
        with np.errstate(invalid="ignore"):
            return np.asarray(weights[:, 0] / (weights[:, 0] + weights[:, 1]))

    with pytest.raises(ValueError, match="is no number for"):
        bootstrap_statistic(share, [1, 1, 20], seed=9)


@pytest.mark.parametrize(("cases", "least"), [(50, 0.91), (200, 0.925)])
def test_the_interval_covers_as_often_as_it_says(cases: int, least: float) -> None:
    """Skewed per-case means, 400 times: near 95 %, and nearer with more cases, as of second-order methods."""
    generator = np.random.default_rng(20260111)
    rows = generator.binomial(5, generator.beta(4.0, 0.8, size=(400, cases))) / 5

    estimates = [bootstrap_mean(row.tolist(), seed=index, resamples=1_000) for index, row in enumerate(rows)]
    covered = sum(one.lower <= 4.0 / 4.8 <= one.upper for one in estimates) / 400

    # Simulation error is 1.1 points.
    assert least <= covered <= 0.975


def test_a_group_without_a_case_changes_nothing() -> None:
    """Nobody can be left out of it, so the interval is that of the other groups."""

    def mean(weights: Numbers) -> Numbers:
        return weights @ np.array([1.0, 0.0, 0.5])[: weights.shape[1]] / weights.sum(axis=1)

    without = bootstrap_statistic(mean, [12, 8], seed=1, resamples=500)
    empty = bootstrap_statistic(mean, [12, 8, 0], seed=1, resamples=500)

    assert (empty.lower, empty.value, empty.upper) == (without.lower, without.value, without.upper)
