"""Intervals against published examples, and against simulation."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.proportions import newcombe_paired, wilson
from passmuster.analysis.quantiles import quantile


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_examples(successes: int, trials: int, lower: float, upper: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: the score method without correction."""
    interval = wilson(successes, trials)

    assert interval == pytest.approx((lower, upper), abs=0.00005)


def test_newcombes_interval_gives_the_published_example() -> None:
    """The four-fold table 59, 6, 16, 80, which the R package contingencytables uses too."""
    interval = newcombe_paired(both=59, first_only=6, second_only=16, total=161)

    assert interval == pytest.approx((-0.1186, -0.0046), abs=0.00005)


def test_the_quantile_is_the_normal_one() -> None:
    """The best known number of statistics."""
    assert quantile(0.95) == pytest.approx(1.959964, abs=1e-6)


@given(trials=st.integers(min_value=1, max_value=2000), data=st.data())
def test_wilsons_interval_holds_the_share_itself(trials: int, data: st.DataObject) -> None:
    """Rounding leaves no share outside its own interval, and no interval outside [0, 1]."""
    successes = data.draw(st.integers(min_value=0, max_value=trials))

    lower, upper = wilson(successes, trials)

    assert 0.0 <= lower <= successes / trials <= upper <= 1.0


@given(cells=st.tuples(*[st.integers(min_value=0, max_value=40)] * 4).filter(any))
def test_newcombes_interval_turns_with_its_sides(cells: tuple[int, int, int, int]) -> None:
    """First less second is second less first with the sign turned, and holds the difference itself."""
    both, first, second, _ = cells
    total = sum(cells)

    lower, upper = newcombe_paired(both, first, second, total)
    turned = newcombe_paired(both, second, first, total)

    assert turned == pytest.approx((-upper, -lower), abs=1e-12)
    assert -1.0 <= lower <= (first - second) / total <= upper <= 1.0


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5, 0.8])
def test_wilsons_interval_covers_as_often_as_it_says(share: float) -> None:
    """Over all outcomes of 50 trials, the share lies inside in 93 to 97 of 100 runs; computed, not drawn."""
    chances = [comb(50, count) * share**count * (1 - share) ** (50 - count) for count in range(51)]
    intervals = [wilson(count, 50) for count in range(51)]

    covered = sum(chance for chance, (lower, upper) in zip(chances, intervals, strict=True) if lower <= share <= upper)

    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize(("gained", "lost"), [(0.1, 0.1), (0.2, 0.1), (0.15, 0.25)])
def test_newcombes_interval_covers_as_often_as_it_says(gained: float, lost: float) -> None:
    """Over 4,000 drawn tables of 50 pairs, the true difference lies inside in 93 to 97 of 100."""
    shares = [0.5, gained, lost, 1 - 0.5 - gained - lost]
    tables = np.random.default_rng(20260102).multinomial(50, shares, size=4_000)

    intervals = [newcombe_paired(int(both), int(first), int(second), 50) for both, first, second, _ in tables]
    covered = sum(lower <= gained - lost <= upper for lower, upper in intervals) / len(intervals)

    assert 0.93 <= covered <= 0.97


def test_a_mean_of_zeros_and_ones_has_wilsons_interval() -> None:
    """A share is estimated as one."""
    estimate = mean_estimate([1.0] * 15 + [0.0] * 133)

    assert (estimate.value, estimate.sample_size, estimate.method) == (15 / 148, 148, "Wilson")
    assert (estimate.lower, estimate.upper) == wilson(15, 148)


def test_a_mean_of_rates_has_wilsons_interval_of_its_effective_sample() -> None:
    """Worked by hand: mean 0.5, variance of the mean 1/48, four cases, Student's 3.182446 for three degrees."""
    estimate = mean_estimate([0.25, 0.25, 0.75, 0.75])

    size = 0.25 * 48 * (1.959964 / 3.182446) ** 2
    assert estimate.value == 0.5
    assert (estimate.lower, estimate.upper) == pytest.approx(wilson(size / 2, size), abs=1e-6)
    assert estimate.method == "Wilson, effective sample"


def test_cases_of_a_group_count_as_what_they_are() -> None:
    """Four copies of each of fifty cases tell no more than the fifty."""
    alone = mean_estimate([1.0] * 35 + [0.0] * 15)
    iid = mean_estimate([1.0] * 140 + [0.0] * 60)
    copied = mean_estimate([1.0] * 140 + [0.0] * 60, clusters=[number // 4 for number in range(200)])

    assert copied.sample_size == 200
    assert copied.method == "Wilson, clustered"
    assert (copied.lower, copied.upper) == pytest.approx((alone.lower, alone.upper), abs=0.01)
    assert copied.upper - copied.lower > 1.8 * (iid.upper - iid.lower)


def test_rates_that_are_all_alike_still_have_a_width() -> None:
    """That nothing differed does not show that nothing can."""
    estimate = mean_estimate([0.8] * 20)

    assert (estimate.lower, estimate.upper) == pytest.approx(wilson(16, 20), abs=1e-12)


def test_one_rate_says_nothing_about_the_spread_between_cases() -> None:
    """The interval of a single case is all there is."""
    estimate = mean_estimate([0.5])

    assert (estimate.lower, estimate.upper) == wilson(0.5, 1)


@given(values=st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=30))
def test_a_mean_lies_inside_its_interval(values: list[float]) -> None:
    """Whatever the rates are, and within [0, 1]."""
    estimate = mean_estimate(values)

    assert 0.0 <= estimate.lower <= estimate.value <= estimate.upper <= 1.0
    assert estimate.sample_size == len(values)


@pytest.mark.parametrize("values", [[0.0, 0.5, 1.0], [1.0, 1.0]])
def test_more_confidence_makes_wider_intervals(values: list[float]) -> None:
    """The confidence asked for reaches every method."""
    narrow, wide = (mean_estimate(values, confidence=confidence) for confidence in (0.5, 0.8))

    assert (narrow.confidence, wide.confidence) == (0.5, 0.8)
    assert wide.lower < narrow.lower
    assert wide.upper >= narrow.upper


def test_a_case_that_stands_for_others_weighs_for_them() -> None:
    """One case in four fails, and stands for three; the sample by Kish is 36 / 12, and by the variance smaller."""
    estimate = mean_estimate([1.0, 1.0, 1.0, 0.0], weights=[1.0, 1.0, 1.0, 3.0])

    assert (estimate.value, estimate.sample_size, estimate.method) == (0.5, 4, "Wilson, weighted")
    assert estimate.upper - estimate.lower > wilson(1.5, 3)[1] - wilson(1.5, 3)[0] - 1e-12


def test_equal_weights_change_nothing_but_the_name() -> None:
    """A plain sample, each of which stands for ten."""
    values = [0.0, 0.25, 0.5, 1.0, 1.0]

    plain, weighted = mean_estimate(values), mean_estimate(values, weights=[10.0] * 5)

    assert weighted.value == plain.value
    assert (weighted.lower, weighted.upper) == pytest.approx((plain.lower, plain.upper), abs=1e-12)


def test_cases_that_all_pass_are_no_more_than_kishs_sample() -> None:
    """A hundred cases and ten that stand for a hundred each tell little about the latter."""
    weights = [1.0] * 100 + [100.0] * 10
    kish = sum(weights) ** 2 / sum(weight**2 for weight in weights)

    estimate = mean_estimate([1.0] * 110, weights=weights)

    assert estimate.value == 1.0
    assert estimate.lower == pytest.approx(wilson(kish, kish)[0], abs=1e-12)
    assert kish < 13


@pytest.mark.parametrize(("certain", "drawn"), [(0.5, 0.9), (0.5, 0.5), (0.2, 0.98)])
def test_weighted_means_cover_as_often_as_they_say(certain: float, drawn: float) -> None:
    """Of 140 cases that are all run and 400 of which 40 are: the true mean lies inside in at least 93 of 100 draws."""
    random = np.random.default_rng(20260102)
    weights = [1.0] * 140 + [10.0] * 40
    truth = (140 * certain + 400 * drawn) / 540
    rounds = 1_500

    estimates = [
        mean_estimate([*(random.random(140) < certain), *(random.random(40) < drawn)], weights=weights)
        for _ in range(rounds)
    ]

    assert sum(item.lower <= truth <= item.upper for item in estimates) / rounds >= 0.93
    assert sum(item.value for item in estimates) / rounds == pytest.approx(truth, abs=0.01)
