"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.observations import Estimate
from passmuster.texts.numbers import (
    count,
    decimal,
    percent,
    percent_interval,
    points,
    points_interval,
    seconds,
)

SHARES = st.floats(min_value=0.0, max_value=1.0)


def _estimate(lower: float, upper: float) -> Estimate:
    return Estimate(value=0.5, lower=lower, upper=upper, confidence=0.95, sample_size=10, method="Wilson")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9994, "99.9 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_never_rounded_into_all_or_nothing(share: float | None, text: str) -> None:
    """Only 1 is printed as 100 %, and only 0 as 0 %."""
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == text


@given(SHARES)
def test_a_percentage_is_near_its_share(share: float) -> None:
    """What is printed differs from the share by no more than rounding."""
    text = percent(share).removesuffix("\N{NO-BREAK SPACE}%")

    if text in {"100", "0"}:
        assert math.isclose(share, float(text) / 100, abs_tol=1e-9)
    elif text.startswith(("<", ">")):
        assert min(share, 1 - share) < 0.001
    else:
        assert math.isclose(100 * share, float(text), abs_tol=0.0501)


@given(SHARES, SHARES)
def test_percentages_keep_the_order_of_shares(one: float, other: float) -> None:
    """A greater share is never printed as a smaller percentage."""
    order = {"0": -1.0, "< 0.1": 0.05, "> 99.9": 99.95, "100": 101.0}

    small, great = (percent(share).removesuffix("\N{NO-BREAK SPACE}%") for share in sorted((one, other)))

    assert order.get(small, 0) or float(small) <= (order.get(great, 0) or float(great))


def test_an_interval_names_both_ends() -> None:
    """Both ends follow the rule for shares."""
    assert percent_interval(_estimate(0.91, 0.9999)) == "91.0 to > 99.9\N{NO-BREAK SPACE}%"
    assert percent_interval(None) == "–"
    assert percent_interval(_estimate(math.nan, 1.0)) == "–"


@given(st.floats(min_value=-1.0, max_value=1.0))
def test_the_sign_of_a_difference_is_told(difference: float) -> None:
    """Only no difference at all is printed without a direction."""
    text = points(difference)

    if abs(difference) <= 1e-9:
        assert text == "±0 points"
    else:
        assert text.startswith("+" if difference > 0 else "−")


def test_small_and_missing_differences_are_told_apart() -> None:
    """A small difference is not none, and what was not measured has no number."""
    assert points(-0.0004) == "−0.0 points"
    assert points(0.031) == "+3.1 points"
    assert points(None) == "–"
    assert points_interval(_estimate(-0.05, 0.002)) == "−5.0 to +0.2"
    assert points_interval(_estimate(-math.inf, 0.002)) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1.00"), (-2.5, "−2.50"), (12345.6, "12,346"), (0.00001, "1.00e−05"), (None, "–")],
)
def test_a_number_has_three_digits(value: float | None, text: str) -> None:
    """Scores are printed with three significant digits."""
    assert decimal(value) == text


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_has_a_text(value: float) -> None:
    """No number makes printing fail, and the text is short enough for a table unless the number is huge."""
    assert decimal(value)
    assert percent(value)
    assert points(value)
    assert seconds(value)


def test_counts_agree_with_their_noun() -> None:
    """One case is no plural, and thousands are parted."""
    assert count(1, "case") == "1\N{NO-BREAK SPACE}case"
    assert count(12000, "case") == "12,000\N{NO-BREAK SPACE}cases"
    assert count(0) == "0"


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0.0, "0 ms"), (0.0002, "< 1 ms"), (0.012, "12 ms"), (3.44, "3.4 s"), (125.0, "2 min 5 s"), (-1.0, "–")],
)
def test_a_length_of_time_has_a_fitting_unit(duration: float, text: str) -> None:
    """Milliseconds, seconds and minutes are each used where they are easy to read."""
    assert seconds(duration).replace("\N{NO-BREAK SPACE}", " ") == text
