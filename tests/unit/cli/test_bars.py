"""Numbers as bars."""

import pytest

from passmuster.cli.bars import bar, sparkline


@pytest.mark.parametrize(
    ("value", "is_plain", "drawn"),
    [
        (8.0, False, "████████"),
        (4.0, False, "████"),
        (4.5, False, "████▌"),
        (0.001, False, "▏"),
        (0.0, False, ""),
        (-1.0, False, ""),
        (99.0, False, "████████"),
        (4.0, True, "####"),
        (0.001, True, "#"),
    ],
)
def test_a_bar_is_as_long_as_its_number(value: float, is_plain: bool, drawn: str) -> None:  # noqa: FBT001 - a row of the table
    """To the eighth of a character; what is above zero is seen, and what is above the greatest is as long as that."""
    assert bar(value, 8.0, 8, is_plain=is_plain) == drawn


def test_a_bar_may_begin_at_the_right() -> None:
    """Its half character then stands at its left end."""
    assert bar(2.5, 8.0, 8, is_leftward=True) == "▐██"
    assert bar(2.5, 8.0, 8, is_leftward=True, is_plain=True) == "##"


def test_nothing_is_drawn_of_nothing() -> None:
    """Where all numbers are zero there is no longest bar."""
    assert bar(0.0, 0.0, 8) == ""


def test_a_trend_is_drawn_in_ascii_too() -> None:
    """Eight heights become eight signs, in their order."""
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], is_plain=True) == "_.-~=+*#"
