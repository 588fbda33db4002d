"""Quantiles and tails against printed tables."""

from math import inf

import pytest

from passmuster.analysis.quantiles import (
    beta_quantile,
    binomial_at_least,
    binomial_at_most,
    normal_upper_tail,
    quantile,
    student_quantile,
    student_upper_tail,
)


@pytest.mark.parametrize(("degrees", "printed"), [(1, 12.706), (10, 2.228), (30, 2.042), (120, 1.980)])
def test_students_quantiles_are_those_of_every_table(degrees: int, printed: float) -> None:
    """Two-sided 95 %, as printed to three decimals."""
    assert student_quantile(0.95, degrees) == pytest.approx(printed, abs=0.0005)


def test_student_becomes_normal() -> None:
    """With many degrees of freedom nothing is left of the difference."""
    assert student_quantile(0.9, 1e9) == pytest.approx(quantile(0.9), abs=1e-6)
    assert student_upper_tail(1.5, 1e9) == pytest.approx(normal_upper_tail(1.5), abs=1e-6)


@pytest.mark.parametrize(("statistic", "tail"), [(inf, 0.0), (0.0, 0.5), (-inf, 1.0)])
def test_tails_reach_from_all_to_nothing(statistic: float, tail: float) -> None:
    """Even where a spread of 0 makes the statistic endless."""
    assert student_upper_tail(statistic, 5) == tail
    assert normal_upper_tail(statistic) == tail


def test_a_beta_quantile_is_exact_where_it_is_a_power() -> None:
    """With a second shape of 1 the distribution function is the first power."""
    assert beta_quantile(0.5, 3, 1) == pytest.approx(0.5 ** (1 / 3), abs=1e-12)


def test_binomial_tails_are_sums_of_exact_shares() -> None:
    """Four coins: 1, 4, 6, 4, 1 of 16."""
    assert [binomial_at_most(count, 4, 0.5) * 16 for count in (-1, 0, 1, 2, 3, 4)] == pytest.approx(
        [0, 1, 5, 11, 15, 16]
    )
    assert [binomial_at_least(count, 4, 0.5) * 16 for count in (0, 1, 2, 3, 4)] == pytest.approx([16, 15, 11, 5, 1])
