"""The guarded interval: what it is where nothing is skewed, and its error rates where nearly everything is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.guarded import guarded_difference, guarded_probability
from passmuster.analysis.means import student_estimate, student_probability

from .simulated_worlds import WORLDS, broken, shares, worn

DIFFERENCES = st.lists(st.floats(min_value=-1, max_value=1), min_size=2, max_size=40)


def test_two_halves_are_added() -> None:
    """Worked by hand: 19 cases of no difference and the halves have a variance of 1/20, and the error is 1/20."""
    estimate = guarded_difference([0.0] * 19, confidence=0.9)

    assert estimate.value == 0.0
    assert estimate.upper == pytest.approx(1.7341 / 20, abs=1e-5)
    assert estimate.lower == -estimate.upper
    assert (estimate.sample_size, estimate.method) == (19, "Student, guarded")


def test_with_many_cases_it_is_students() -> None:
    """Half cases and skew weigh nothing among ten thousand."""
    differences = np.random.default_rng(20260119).choice([-0.5, 0.0, 0.5], size=10_000).tolist()

    guarded, plain = guarded_difference(differences), student_estimate(differences)

    assert (guarded.lower, guarded.upper) == pytest.approx((plain.lower, plain.upper), abs=2e-5)


@given(differences=DIFFERENCES)
def test_the_interval_turns_with_its_sides_and_holds_the_mean(differences: list[float]) -> None:
    """A gain is a drop with the sign turned, and no bound leaves what a rate can be."""
    estimate, turned = guarded_difference(differences), guarded_difference([-one for one in differences])

    assert -1 <= estimate.lower <= estimate.value <= estimate.upper <= 1
    assert (turned.lower, turned.upper) == pytest.approx((-estimate.upper, -estimate.lower), abs=1e-9)


@given(differences=st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=30, max_size=60))
def test_the_bounds_are_where_the_test_turns(differences: list[float]) -> None:
    """At the lower bound of a 90 % interval the probability is 5 %, and at the upper one 95 %."""
    estimate = guarded_difference(differences, confidence=0.9)

    assert guarded_probability(differences, difference=estimate.lower) == pytest.approx(0.05, abs=1e-6)
    assert guarded_probability(differences, difference=estimate.upper) == pytest.approx(0.95, abs=1e-6)


def test_one_case_has_no_spread() -> None:
    """The complaint says how many it takes."""
    with pytest.raises(ValueError, match="takes 2 of them, not 1"):
        guarded_difference([0.5])


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize(("cases", "trials"), [(50, 1), (50, 5), (200, 1), (200, 3)])
def test_an_inferior_candidate_passes_as_rarely_as_stated(world: str, cases: int, trials: int) -> None:
    """Drops of just the margin, 5 points, even or by broken cases, 2,000 times: at most 5 % pass."""
    generator = np.random.default_rng(20260120)
    rates = WORLDS[world](2_000, cases, generator)
    baseline = shares(rates, 10, generator)

    for fallen in (worn(rates, 0.05), broken(rates, 0.05, generator)):
        differences = shares(fallen, trials, generator) - baseline
        passed = sum(guarded_probability(row.tolist(), difference=-0.05) <= 0.05 for row in differences) / 2_000
        # Simulation error is 0.5 points; two of them are allowed for.
        assert passed <= 0.06


@pytest.mark.parametrize("world", ["mixed", "stable"])
def test_a_harmless_change_is_called_worse_or_better_as_rarely_as_stated(world: str) -> None:
    """One trial of 50 cases against ten, 2,000 times: each side errs in at most 5 %."""
    generator = np.random.default_rng(20260121)
    rates = WORLDS[world](2_000, 50, generator)
    differences = shares(rates, 1, generator) - shares(rates, 10, generator)

    better = sum(guarded_probability(row.tolist(), difference=0.0) <= 0.05 for row in differences) / 2_000
    worse = sum(guarded_probability((-row).tolist(), difference=0.0) <= 0.05 for row in differences) / 2_000

    assert better <= 0.06
    assert worse <= 0.06


def test_students_test_is_wrong_twice_as_often_as_it_says() -> None:
    """What the guard is for: the stable world, 50 cases, one trial, an even drop of the margin."""
    generator = np.random.default_rng(20260122)
    rates = WORLDS["stable"](2_000, 50, generator)
    differences = shares(worn(rates, 0.05), 1, generator) - shares(rates, 10, generator)

    plain = sum(student_probability(row.tolist(), mean=-0.05) <= 0.05 for row in differences) / 2_000

    assert plain > 0.08


def test_the_guard_grows_with_how_sure_the_test_is_to_be() -> None:
    """Of steady cases that all lose a twentieth of their rate 5 % show nothing at all, and must not pass at 1 %."""
    generator = np.random.default_rng(5)
    size, runs, strict = 60, 2_000, 0.0125
    differences = -(generator.random((runs, size)) < 0.05).astype(float)

    passed = np.mean(
        [guarded_probability(row.tolist(), difference=-0.05, significance=strict) <= strict for row in differences]
    )
    unguarded = np.mean([guarded_probability(row.tolist(), difference=-0.05) <= strict for row in differences])

    assert passed <= strict
    assert unguarded > 2 * strict


def test_for_the_usual_error_rate_and_above_the_guard_is_what_it_was() -> None:
    """Half a case on either side, and never less."""
    differences = [0.0] * 50 + [-1.0] * 3

    usual = guarded_probability(differences, difference=-0.1)

    assert guarded_probability(differences, difference=-0.1, significance=0.05) == usual
    assert guarded_probability(differences, difference=-0.1, significance=0.2) == usual
    assert guarded_probability(differences, difference=-0.1, significance=0.01) > usual
