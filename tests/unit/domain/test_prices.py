"""Behaviour of rates and tariffs."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.prices import Rates, Tariff
from passmuster.domain.values import Usage

RATES = Rates(
    input=Decimal(3), output=Decimal(15), cached=Decimal("0.3"), cache_written=Decimal("3.75"), reasoning=Decimal(20)
)
counts = st.integers(0, 10**6)


def test_each_kind_of_token_has_its_rate() -> None:
    """Of a million tokens read half came from the cache, a quarter went into it; of those written half are thoughts."""
    usage = Usage(
        input_tokens=1_000_000,
        output_tokens=1_000_000,
        cached_tokens=500_000,
        cache_written_tokens=250_000,
        reasoning_tokens=500_000,
    )

    assert RATES.cost(usage) == Decimal("0.75") + Decimal("0.15") + Decimal("0.9375") + Decimal("7.5") + Decimal(10)


def test_rates_that_are_not_stated_are_the_usual_ones() -> None:
    """A cache without a price of its own saves nothing."""
    plain = Rates(input=Decimal(1), output=Decimal(2), request=Decimal("0.01"))
    usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000, cached_tokens=9, reasoning_tokens=9)

    assert plain.cost(usage) == Decimal("3.01")


def test_a_model_that_writes_nothing_has_no_price_for_writing() -> None:
    """If it wrote after all, nobody knows what that costs."""
    vectors = Tariff(rates=Rates(input=Decimal(1)))

    assert vectors.cost(Usage(input_tokens=1_000_000)) == 1
    assert vectors.cost(Usage(input_tokens=1, output_tokens=1)) is None
    assert (vectors.most(1, 1), vectors.most(1_000_000, 0)) == (None, 1)


@given(read=counts, cached=counts, put=counts, written=counts, thought=counts, more=counts)
def test_no_usage_within_bounds_costs_more_than_the_most(
    read: int, cached: int, put: int, written: int, thought: int, more: int
) -> None:
    """Also where a step is crossed, and where a service's figures contradict one another."""
    tariff = Tariff(rates=RATES, steps=((200_000, Rates(input=Decimal(6), output=Decimal(10))),))
    usage = Usage(
        input_tokens=read,
        output_tokens=written,
        cached_tokens=cached,
        cache_written_tokens=put,
        reasoning_tokens=thought,
    )

    cost, most = tariff.cost(usage), tariff.most(read + more, written + more)

    assert cost is not None
    assert most is not None
    assert 0 <= cost <= most
