"""How amounts are told to people."""

from decimal import Decimal

import pytest

from passmuster.domain.budgets import UNBOUNDED, Cap, dollars


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "$0.00"), ("5", "$5.00"), ("1234.5", "$1,234.50"), ("0.0312", "$0.0312"), ("0.00001", "less than $0.0001")],
)
def test_dollars_are_told_in_cents_or_as_far_as_they_differ_from_nothing(amount: str, text: str) -> None:
    """A price is never rounded to nothing."""
    assert dollars(Decimal(amount)) == text


def test_a_cap_names_what_it_bounds() -> None:
    """In one line."""
    assert str(Cap(money=Decimal(5), tokens=200_000, requests=1)) == "$5.00 and 200,000 tokens and 1 request"
    assert (str(UNBOUNDED), UNBOUNDED.is_none) == ("no bound", True)
