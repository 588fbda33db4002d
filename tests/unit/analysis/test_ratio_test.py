"""The sequential test: how often it errs, and how many trials it takes."""

import random

import pytest

from passmuster.analysis.ratio_test import RatioTest

TEST = RatioTest(low=0.1, high=0.9, error=0.002)


@pytest.mark.parametrize(("low", "high", "error"), [(0.1, 0.9, 0.01), (0.25, 0.75, 0.01), (0.1, 0.4, 0.05)])
def test_the_error_rate_is_kept(low: float, high: float, error: float) -> None:
    """At either rate the wrong answer comes at most as often as was asked for."""
    test = RatioTest(low=low, high=high, error=error)
    rounds = 4_000
    generator = random.Random(7)  # noqa: S311 - no secret

    def answers(rate: float) -> list[bool]:
        return [decided(test, generator, rate) for _ in range(rounds)]

    spread = 3 * (error / rounds) ** 0.5
    assert sum(answers(low)) / rounds <= error + spread
    assert sum(not answer for answer in answers(high)) / rounds <= error + spread


def decided(test: RatioTest, generator: random.Random, rate: float) -> bool:
    events: list[bool] = []
    while (decision := test.decide(events)) is None:
        events.append(generator.random() < rate)
    return decision


def test_the_error_is_that_of_the_gamblers_ruin() -> None:
    """With mirrored rates a lead of three decides; the chance of losing that game is known exactly.

    Source: W. Feller, "An introduction to probability theory and its applications", volume 1 (1968), section XIV.2.
    """
    ruin = 1 / (1 + (0.9 / 0.1) ** 3)
    generator = random.Random(11)  # noqa: S311 - no secret
    rounds = 20_000

    errors = sum(decided(TEST, generator, 0.1) for _ in range(rounds))

    assert TEST.decide([True] * 3) is True
    assert TEST.decide([True] * 2) is None
    assert ruin < TEST.error
    assert errors / rounds == pytest.approx(ruin, abs=4 * (ruin / rounds) ** 0.5)


def test_what_comes_after_the_decision_does_not_count() -> None:
    """The first crossing decides, even if later trials would undo it."""
    assert TEST.decide([False] * 3 + [True] * 9) is False


def test_it_says_how_many_trials_are_missing_at_least() -> None:
    """So that they can be made at once; none after the decision."""
    assert TEST.fewest([]) == 3
    assert TEST.fewest([True]) == 2
    assert TEST.fewest([True, False]) == 3
    assert TEST.fewest([True] * 3) == 0


def test_as_many_trials_as_were_foreseen_can_decide() -> None:
    """Whatever the rates: the fewest trials, all alike, do decide, and one less does not."""
    for low, high, error in [(0.2, 0.9, 0.01), (0.05, 0.5, 0.002), (0.25, 0.75, 0.4)]:
        test = RatioTest(low=low, high=high, error=error)
        number = test.fewest([])

        decisions = {test.decide([event] * number) for event in (True, False)}

        assert decisions - {None}
        assert {test.decide([event] * (number - 1)) for event in (True, False)} == {None}


@pytest.mark.parametrize(("low", "high", "error"), [(0.0, 0.5, 0.1), (0.5, 0.5, 0.1), (0.2, 1.0, 0.1), (0.2, 0.8, 0.5)])
def test_rates_that_cannot_be_told_apart_are_refused(low: float, high: float, error: float) -> None:
    """They would never decide, or at once."""
    with pytest.raises(ValueError, match="no test"):
        RatioTest(low=low, high=high, error=error)
