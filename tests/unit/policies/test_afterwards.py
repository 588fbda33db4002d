"""Behaviour of the budget of work that tells its price afterwards."""

import asyncio
from decimal import Decimal

import pytest

from passmuster.domain.budgets import Cap
from passmuster.domain.errors import BudgetExhaustedError, InfrastructureError
from passmuster.domain.prices import Rates, Tariff
from passmuster.domain.values import Usage
from passmuster.policies.afterwards import Afterwards
from passmuster.policies.budgeting import Budget, Outlay
from passmuster.policies.pricing import OwnPrice, Prices
from passmuster.testing.fakes import FakeClock

PRICES = Prices(
    [OwnPrice(pattern="known", tariff=Tariff(rates=Rates(input=Decimal(1), output=Decimal(1))))], clock=FakeClock()
)


def costing(cost: str | None, tokens: int = 10) -> Usage:
    return Usage(input_tokens=tokens, cost=None if cost is None else Decimal(cost))


async def done(afterwards: Afterwards, usage: Usage, model: str = "unheard-of") -> Usage:
    async def work() -> Usage:
        await asyncio.sleep(0)
        return usage

    return await afterwards(work, lambda result: (model, result))


async def test_without_a_budget_work_is_done_as_it_comes() -> None:
    """Nothing is counted."""
    assert await done(Afterwards(None, PRICES), costing(None)) == costing(None)


async def test_as_much_is_set_aside_as_the_dearest_took_so_far() -> None:
    """The third would have fitted, had the second not been dearer than the first."""
    budget = Budget(Cap(money=Decimal(10)), prices=PRICES)
    afterwards = Afterwards(budget, PRICES)
    await done(afterwards, costing("1"))
    await done(afterwards, costing("5"))

    with pytest.raises(BudgetExhaustedError):
        await done(afterwards, costing("1"))

    assert budget.spent.money == 6


async def test_the_first_is_done_alone() -> None:
    """Nobody knows yet what such work takes."""
    budget = Budget(Cap(money=Decimal(4)), prices=PRICES)
    afterwards = Afterwards(budget, PRICES)

    results = await asyncio.gather(*(done(afterwards, costing("3")) for _ in range(4)), return_exceptions=True)

    assert [isinstance(result, BudgetExhaustedError) for result in results] == [False, True, True, True]
    assert budget.spent.money == 3


async def test_what_does_not_tell_its_price_is_priced_by_its_tokens() -> None:
    """Where the suite, or the list, knows the model."""
    budget = Budget(Cap(money=Decimal(4)), prices=PRICES)

    await done(Afterwards(budget, PRICES), costing(None, tokens=2_000_000), model="known")

    assert budget.spent.money == 2


@pytest.mark.parametrize(
    ("cap", "usage"), [(Cap(money=Decimal(4)), costing(None)), (Cap(tokens=400), costing("1", tokens=0))]
)
async def test_what_tells_nothing_is_done_once(cap: Cap, usage: Usage) -> None:
    """Its result is kept, and nothing more is begun: nobody knows what is left."""
    afterwards = Afterwards(Budget(cap, prices=PRICES), PRICES)

    first = await done(afterwards, usage)

    assert first == usage
    with pytest.raises(BudgetExhaustedError, match="did not tell what it took"):
        await done(afterwards, usage)


async def test_a_bound_on_requests_counts_runs() -> None:
    """Whatever they tell."""
    afterwards = Afterwards(Budget(Cap(requests=2), prices=PRICES), PRICES)
    await done(afterwards, costing(None, tokens=0))
    await done(afterwards, costing(None, tokens=0))

    with pytest.raises(BudgetExhaustedError):
        await done(afterwards, costing(None, tokens=0))


async def test_work_that_fails_may_have_taken_as_much_as_the_dearest() -> None:
    """A product that is killed has spent something."""
    budget = Budget(Cap(money=Decimal(10)), prices=PRICES)
    afterwards = Afterwards(budget, PRICES)
    await done(afterwards, costing("3"))

    async def work() -> Usage:
        message = "killed"
        raise InfrastructureError(message)

    with pytest.raises(InfrastructureError):
        await afterwards(work, lambda result: ("", result))

    assert budget.unsettled == Outlay(money=Decimal(3), tokens=10)
