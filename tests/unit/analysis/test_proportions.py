"""Intervals and tests for proportions against published examples, and against what they promise."""

from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.proportions import (
    clopper_pearson,
    exact_estimate,
    mcnemar_exact,
    mcnemar_mid_p,
    newcombe_paired,
    tango_paired,
    tango_probability,
)

COUNTS = st.integers(min_value=0, max_value=40)


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_and_pearson_give_the_published_examples(
    successes: int, trials: int, lower: float, upper: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: the exact method."""
    assert clopper_pearson(successes, trials) == pytest.approx((lower, upper), abs=0.00005)


def test_clopper_and_pearson_give_another_published_example() -> None:
    """Ligarden et al., 13 of 16, as R's contingencytables prints it."""
    assert clopper_pearson(13, 16) == pytest.approx((0.5435, 0.9595), abs=0.00005)


def test_an_exact_estimate_says_what_it_is() -> None:
    """The share, the exact interval, and by which method it came about."""
    estimate = exact_estimate(81, 263)

    assert estimate.value == 81 / 263
    assert (estimate.lower, estimate.upper) == clopper_pearson(81, 263)
    assert (estimate.sample_size, estimate.method) == (263, "Clopper-Pearson")


def test_clopper_and_pearson_turn_with_success() -> None:
    """All successes are no failures."""
    assert clopper_pearson(20, 20) == pytest.approx((1 - 0.1684, 1.0), abs=0.00005)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5, 0.9])
def test_clopper_and_pearson_never_cover_less_than_they_say(share: float) -> None:
    """Over all outcomes of 50 trials; computed, not drawn."""
    chances = [comb(50, count) * share**count * (1 - share) ** (50 - count) for count in range(51)]

    intervals = [clopper_pearson(count, 50) for count in range(51)]
    covered = sum(chance for chance, (lower, upper) in zip(chances, intervals, strict=True) if lower <= share <= upper)

    assert covered >= 0.95


@pytest.mark.parametrize(
    ("table", "confidence", "lower", "upper"),
    [
        # Cavo et al., as R's contingencytables prints it, and Bentur et al.; both in Fagerland, Lydersen and Laake,
        # "Recommended tests and confidence intervals for paired binomial proportions", Statistics in Medicine (2014).
        ((6, 16, 161), 0.95, -0.1240, -0.0054),
        ((1, 7, 21), 0.95, -0.517, -0.026),
        # What scoreci.mp(25, 28, 618) of the R package PropCIs prints.
        ((28, 25, 618), 0.90, -0.0148, 0.0247),
    ],
)
def test_tango_gives_the_published_examples(
    table: tuple[int, int, int], confidence: float, lower: float, upper: float
) -> None:
    """To the printed digits."""
    digits = 0.0005 if table == (1, 7, 21) else 0.00005

    assert tango_paired(*table, confidence=confidence) == pytest.approx((lower, upper), abs=digits)


def test_newcombe_gives_the_other_published_example() -> None:
    """Bentur et al., as in Fagerland, Lydersen and Laake (2014)."""
    assert newcombe_paired(1, 1, 7, 21) == pytest.approx((-0.507, -0.026), abs=0.0005)


@given(first=COUNTS, second=COUNTS, agreeing=COUNTS)
def test_tangos_interval_turns_with_its_sides(first: int, second: int, agreeing: int) -> None:
    """First less second is second less first with the sign turned, and holds the difference itself."""
    total = first + second + agreeing or 1

    lower, upper = tango_paired(first, second, total)
    turned = tango_paired(second, first, total)

    assert turned == pytest.approx((-upper, -lower), abs=1e-9)
    assert -1.0 <= lower <= (first - second) / total + 1e-9
    assert (first - second) / total - 1e-9 <= upper <= 1.0


@given(first=COUNTS, second=COUNTS, agreeing=st.integers(min_value=1, max_value=40))
def test_tangos_bounds_are_where_his_test_turns(first: int, second: int, agreeing: int) -> None:
    """At the lower bound the one-sided probability is half of what the confidence leaves."""
    total = first + second + agreeing

    lower, upper = tango_paired(first, second, total, confidence=0.9)

    assert tango_probability(first, second, total, difference=lower) == pytest.approx(0.05, abs=1e-6)
    assert tango_probability(first, second, total, difference=upper) == pytest.approx(0.95, abs=1e-6)


def test_tango_at_no_difference_is_mcnemar() -> None:
    """Cavo et al.: the asymptotic test's two-sided 0.033006, as R's contingencytables prints it."""
    assert 2 * (1 - tango_probability(6, 16, 161, difference=0.0)) == pytest.approx(0.033006, abs=5e-7)


@pytest.mark.parametrize("total", [30, 100, 1000])
def test_tango_says_how_little_agreement_alone_shows(total: int) -> None:
    """Where no pair disagrees the bound is that of Wilson for none of as many."""
    lower, upper = tango_paired(0, 0, total)

    assert upper == pytest.approx(1.959964**2 / (total + 1.959964**2), abs=1e-6)
    assert lower == pytest.approx(-upper, abs=1e-9)


@pytest.mark.parametrize(("difference", "probability"), [(-1.0, 0.0), (1.0, 1.0), (0.0, 0.5)])
def test_agreement_refuses_what_is_impossible(difference: float, probability: float) -> None:
    """Ten pairs that agree are no difference, whatever the table's variance is at the ends."""
    assert tango_probability(0, 0, 10, difference=difference) == probability


@pytest.mark.parametrize(
    ("first", "second", "exact", "mid_p", "digits"), [(6, 16, 0.052479, 0.034690, 6), (1, 7, 0.070, 0.039, 3)]
)
def test_mcnemar_gives_the_published_examples(first: int, second: int, exact: float, mid_p: float, digits: int) -> None:
    """Cavo et al. and Bentur et al.; three digits by Fagerland, Lydersen and Laake, six by R's contingencytables."""
    assert round(mcnemar_exact(first, second), digits) == exact
    assert round(mcnemar_mid_p(first, second), digits) == mid_p


@given(first=COUNTS, second=COUNTS)
def test_mcnemar_is_the_binomial_tail(first: int, second: int) -> None:
    """Summed up in whole numbers; the mid-p value gives half weight to the table that was seen, on both sides."""
    disagreements, fewer = first + second, min(first, second)
    tail = sum(comb(disagreements, count) for count in range(fewer + 1)) / 2**disagreements
    seen = comb(disagreements, fewer) / 2**disagreements
    mid = 1 - seen / 2 if first == second else 2 * tail - seen

    assert mcnemar_exact(first, second) == pytest.approx(min(1.0, 2 * tail), abs=1e-12)
    assert mcnemar_mid_p(first, second) == pytest.approx(mid if disagreements else 1.0, abs=1e-12)


def table_chances(size: int, gained: float, lost: float) -> dict[tuple[int, int], float]:
    """Return the chance of every pair of disagreeing counts."""
    return {
        (first, second): factorial(size)
        // (factorial(first) * factorial(second) * factorial(size - first - second))
        * gained**first
        * lost**second
        * (1 - gained - lost) ** (size - first - second)
        for first, second in product(range(size + 1), repeat=2)
        if first + second <= size
    }


@pytest.mark.parametrize(("gained", "lost"), [(0.1, 0.1), (0.02, 0.02), (0.05, 0.15)])
def test_tango_covers_as_often_as_it_says(gained: float, lost: float) -> None:
    """Over all tables of 50 pairs; computed, not drawn."""
    chances = table_chances(50, gained, lost)

    covered = sum(
        chance
        for (first, second), chance in chances.items()
        if tango_probability(first, second, 50, difference=gained - lost) > 0.025
        and tango_probability(first, second, 50, difference=gained - lost) < 0.975
    )

    # Discreteness lets the coverage swing around 0.95, far above it where disagreements are rare.
    assert 0.94 <= covered <= 0.995


@pytest.mark.parametrize(("gained", "lost"), [(0.05, 0.10), (0.0, 0.05), (0.1, 0.15)])
def test_tango_passes_an_inferior_candidate_as_rarely_as_it_says(gained: float, lost: float) -> None:
    """At a true drop of the margin, 5 points on 200 cases, about 5 % are called no worse; over 4,000 tables."""
    shares = [gained, lost, 1 - gained - lost]
    tables = np.random.default_rng(20260103).multinomial(200, shares, size=4_000)

    passed = [tango_probability(int(first), int(second), 200, difference=-0.05) <= 0.05 for first, second, _ in tables]

    # Simulation error is 0.35 points; the score test is approximate and the table discrete.
    assert 0.02 <= sum(passed) / len(passed) <= 0.065


def test_mid_p_errs_more_nearly_as_often_as_it_may() -> None:
    """Over all tables of 50 pairs without a difference both stay within 5 %, and mid-p comes nearer to it."""
    chances = table_chances(50, 0.15, 0.15)

    exact = sum(chance for table, chance in chances.items() if mcnemar_exact(*table) <= 0.05)
    mid = sum(chance for table, chance in chances.items() if mcnemar_mid_p(*table) <= 0.05)

    assert exact < mid <= 0.05
    assert exact < 0.03
