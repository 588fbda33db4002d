"""Flips, classes, and passing once or every time."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.stability import (
    Stability,
    flip_rate,
    pass_at_least_once,
    pass_every_time,
    stability,
)


def test_flips_are_counted_within_groups_only() -> None:
    """Six possible flips, two of them made; the step from one group to the next is a change and no flip."""
    estimate = flip_rate([[True, True, False, True], [False, False, False, False], [True]])

    assert estimate is not None
    assert (estimate.value, estimate.sample_size) == (2 / 6, 6)
    assert 0 <= estimate.lower < estimate.value < estimate.upper <= 1


@pytest.mark.parametrize("groups", [[], [[]], [[True], [False]]])
def test_one_trial_cannot_flip(groups: list[list[bool]]) -> None:
    """Nothing is said where nothing could be seen."""
    assert flip_rate(groups) is None


def test_a_true_change_is_one_flip() -> None:
    """Twenty passes, then twenty failures, are far from flaky."""
    estimate = flip_rate([[True] * 20 + [False] * 20])

    assert estimate is not None
    assert estimate.value == 1 / 39
    assert estimate.upper < 0.25


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.9, 0.97])
def test_the_interval_of_flips_covers_as_often_as_it_says(rate: float) -> None:
    """40 trials, 2,000 times: at least 93 %, although neighbouring pairs share a trial."""
    trials = np.random.default_rng(20260118).random((2_000, 40)) < rate

    estimates = [flip_rate([row.tolist()]) for row in trials]
    covered = sum(
        estimate is not None and estimate.lower <= 2 * rate * (1 - rate) <= estimate.upper for estimate in estimates
    )

    # Simulation error is 0.5 points; where flips are rare Wilson's interval covers too often.
    assert 0.93 <= covered / 2_000 <= 0.995


@pytest.mark.parametrize(
    ("passes", "trials", "expected"),
    [
        (4, 4, Stability.NEW),
        (0, 0, Stability.NEW),
        (5, 5, Stability.STABLE),
        (4, 5, Stability.STABLE),
        (9, 10, Stability.STABLE),
        (8, 10, Stability.FLAKY),
        (3, 5, Stability.FLAKY),
        (2, 10, Stability.FLAKY),
        (1, 10, Stability.FAILING),
        (0, 5, Stability.FAILING),
        (196, 200, Stability.STABLE),
        (185, 200, Stability.FLAKY),
    ],
)
def test_classes_follow_from_the_evidence(passes: int, trials: int, expected: Stability) -> None:
    """One odd result is no evidence, two of ten are."""
    assert stability(passes, trials) is expected


@given(trials=st.integers(min_value=0, max_value=60), data=st.data())
def test_classes_turn_with_success(trials: int, data: st.DataObject) -> None:
    """What is stable for passes is failing for failures; flaky and new stay what they are."""
    passes = data.draw(st.integers(min_value=0, max_value=trials))
    turned = {Stability.STABLE: Stability.FAILING, Stability.FAILING: Stability.STABLE}

    found, opposite = stability(passes, trials), stability(trials - passes, trials)

    assert turned.get(found, found) is opposite


@pytest.mark.parametrize("trials", [5, 10, 20, 50, 100])
def test_a_steady_case_is_seldom_called_flaky(trials: int) -> None:
    """Over all outcomes of one that passes 98 times in 100: at most 5 %; computed, not drawn."""
    chances = [comb(trials, count) * 0.98**count * 0.02 ** (trials - count) for count in range(trials + 1)]

    flaky = sum(chance for count, chance in enumerate(chances) if stability(count, trials) is not Stability.STABLE)

    assert flaky <= 0.05


def test_passing_every_time_is_counted_over_all_choices() -> None:
    """Of ten ways to choose three of five trials with three passes one has passes only, and one in no way none."""
    outcomes = [True, True, True, False, False]
    choices = list(combinations(outcomes, 3))

    assert pass_every_time(3, 5, 3) == sum(all(choice) for choice in choices) / len(choices) == 0.1
    assert pass_at_least_once(3, 5, 3) == sum(any(choice) for choice in choices) / len(choices) == 1.0
    assert pass_at_least_once(1, 5, 3) == pytest.approx(0.6)


def test_the_estimate_has_no_bias_where_the_power_of_the_share_has() -> None:
    """Five trials that pass with 0.6 each: three passes have 0.216, and the plug-in says 0.300 on average."""
    chances = [comb(5, count) * 0.6**count * 0.4 ** (5 - count) for count in range(6)]

    mean = sum(chance * pass_every_time(count, 5, 3) for count, chance in enumerate(chances))
    plug_in = sum(chance * (count / 5) ** 3 for count, chance in enumerate(chances))
    once = sum(chance * pass_at_least_once(count, 5, 3) for count, chance in enumerate(chances))

    assert mean == pytest.approx(0.6**3)
    assert plug_in == pytest.approx(0.300, abs=0.0005)
    assert once == pytest.approx(1 - 0.4**3)


@pytest.mark.parametrize("wanted", [0, 6])
def test_more_trials_than_there_were_cannot_be_asked_about(wanted: int) -> None:
    """The complaint says what can be."""
    with pytest.raises(ValueError, match="ask about 1 to 5"):
        pass_every_time(3, 5, wanted)
