"""Behaviour of what suites and the command line say of money."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from passmuster.configuration.spending import BudgetSection, PriceSection, written_cap
from passmuster.domain.budgets import UNBOUNDED, Cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.prices import Rates


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("5.00", Cap(money=Decimal("5.00"))),
        ("$ 1,250.5", Cap(money=Decimal("1250.5"))),
        ("2 dollars", Cap(money=Decimal(2))),
        ("200k tokens", Cap(tokens=200_000)),
        ("200K-tokens", Cap(tokens=200_000)),
        ("1.5M tokens", Cap(tokens=1_500_000)),
        ("1 token", Cap(tokens=1)),
        ("500requests", Cap(requests=500)),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, cap: Cap) -> None:
    """A number alone is dollars."""
    assert written_cap((text,)) == cap


def test_several_amounts_bound_several_things() -> None:
    """Each kind once; without any nothing is bounded."""
    assert written_cap(("5", "20 requests")) == Cap(money=Decimal(5), requests=20)
    assert written_cap(()) == UNBOUNDED


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (("much",), "'much' is no budget"),
        (("-5",), "'-5' is no budget"),
        (("5 bananas",), "'5 bananas' is no budget"),
        (("1e3",), "'1e3' is no budget"),
        (("5,00",), "'5,00' is no budget"),
        (("1,2500",), "'1,2500' is no budget"),
        (("\N{ARABIC-INDIC DIGIT FIVE}",), "is no budget"),
        (("0",), "is not above 0"),
        (("2M",), "is not above 0 and up to 1,000,000"),
        (("1.5 tokens",), "no whole number"),
        (("5", "6"), "bounds money twice"),
    ],
)
def test_what_is_no_amount_is_refused(texts: tuple[str, ...], complaint: str) -> None:
    """With what to write instead."""
    with pytest.raises(InvalidConfigurationError, match=complaint) as caught:
        written_cap(texts)

    assert [finding.rule for finding in caught.value.findings] == ["invalid-budget"]
    assert caught.value.findings[0].hint


def test_the_command_line_counts_kind_by_kind() -> None:
    """What it does not name is as the suite says."""
    suite = BudgetSection.model_validate({"money": 5.0, "tokens": 1_000}).cap

    assert suite.overridden(written_cap(("10",))) == Cap(money=Decimal(10), tokens=1_000)


@pytest.mark.parametrize(
    "section", [{}, {"money": 0}, {"money": float("nan")}, {"tokens": 0}, {"requests": -1}, {"dollars": 5}]
)
def test_a_budget_that_bounds_nothing_is_refused(section: dict[str, object]) -> None:
    """Nor is there one of nothing."""
    with pytest.raises(ValidationError):
        BudgetSection.model_validate(section)


def test_a_price_says_what_it_costs_and_where_that_stands() -> None:
    """The day and the source are for people."""
    section = PriceSection.model_validate(
        {"input": 3.0, "output": 15, "cached": 0.3, "as_of": "2026-11-01", "source": "our contract"}
    )

    assert section.rates == Rates(input=Decimal("3.0"), output=Decimal(15), cached=Decimal("0.3"))


@pytest.mark.parametrize("section", [{"output": 1}, {"input": -1}, {"input": 1, "as_of": 20261101}, {"input": "inf"}])
def test_a_wrong_price_is_refused(section: dict[str, object]) -> None:
    """One without a price for reading, a negative one, one of no day."""
    with pytest.raises(ValidationError):
        PriceSection.model_validate(section)
