"""Ranges as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.expenses import ANYTHING, NOTHING, Range
from passmuster.cli.amounts import amount_text, money_text, points_text, time_text

NUMBERS = st.floats(min_value=0, max_value=1e12)
RANGES = st.builds(Range, lower=NUMBERS, upper=st.none() | NUMBERS)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (NOTHING, "0"),
        (ANYTHING, "unknown"),
        (Range(lower=1234.4, upper=1234.4), "1,230"),
        (Range(lower=1234, upper=56789), "1,230 to 56,800"),
        (Range(lower=0, upper=12), "0 to 12"),
        (Range(lower=12, upper=None), "at least 12"),
    ],
)
def test_amounts_are_rounded_to_what_can_be_believed(found: Range, text: str) -> None:
    """Three digits, and words for what is not known."""
    assert amount_text(found) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (NOTHING, "none"),
        (ANYTHING, "unknown"),
        (Range(lower=0.00001234, upper=0.0002), "$0.0000123 to $0.000200"),
        (Range(lower=0.5, upper=1234.567), "$0.500 to $1,230.00"),
        (Range(lower=0, upper=1.5), "$0.00 to $1.50"),
        (Range(lower=2, upper=None), "at least $2.00"),
    ],
)
def test_money_is_told_in_dollars(found: Range, text: str) -> None:
    """However little; nothing is only what is known to be nothing."""
    assert money_text(found) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (NOTHING, "none"),
        (ANYTHING, "unknown"),
        (Range(lower=0.1, upper=0.9), "under 1 s"),
        (Range(lower=0.5, upper=1.5), "0.5 s to 2 s"),
        (Range(lower=40, upper=119), "40 s to 119 s"),
        (Range(lower=120, upper=7199), "2 min to 120 min"),
        (Range(lower=7200, upper=None), "at least 2 h"),
    ],
)
def test_time_is_told_in_the_unit_that_suits_it(found: Range, text: str) -> None:
    """Two of a unit, or more."""
    assert time_text(found) == text


@pytest.mark.parametrize(("share", "text"), [(None, "–"), (0.0, "0.0"), (0.0567, "5.7"), (1.0, "100.0")])
def test_shares_are_told_in_points(share: float | None, text: str) -> None:
    """Of a hundred; a dash for none."""
    assert points_text(share) == text


@given(found=RANGES)
def test_every_range_can_be_told(found: Range) -> None:
    """And says that something is unknown exactly where it is."""
    for write in (amount_text, money_text, time_text):
        text = write(found)
        assert text.strip() == text != ""
        assert (("unknown" in text) or ("at least" in text)) is (found.upper is None)
