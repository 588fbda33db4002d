"""Runs of a product, whose price is known only afterwards, within a budget."""

from decimal import Decimal
from pathlib import Path

import pytest

from passmuster.adapters.products import claude_code
from passmuster.components import BuildContext
from passmuster.domain.budgets import Cap
from passmuster.domain.errors import BudgetExhaustedError
from passmuster.domain.prices import Rates, Tariff
from passmuster.policies.afterwards import Afterwards
from passmuster.policies.budgeting import Budget
from passmuster.policies.pricing import OwnPrice, Prices
from passmuster.testing.factories import a_request, a_roster
from passmuster.testing.fakes import FakeClock

from .driving import BEGIN
from .stand_in_product import StandIn, claude_call, prints


async def test_a_run_counts_for_the_budget_of_the_process(stand_in: StandIn, tmp_path: Path) -> None:
    """A run that is stopped at its choice tells tokens and no price; the model's own price counts then."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger")), ("wait", 60))
    price = OwnPrice(pattern="made-up-model*", tariff=Tariff(rates=Rates(input=Decimal(10_000), output=Decimal(0))))
    prices = Prices([price], clock=FakeClock())
    budget = Budget(Cap(money=Decimal(2)), prices=prices)
    context = BuildContext(folder=tmp_path, roster=a_roster(), spend=Afterwards(budget, prices))
    options = claude_code.ROUTER.options.model_validate({"program": str(stand_in.program)})
    router = claude_code.ROUTER.build(options, context)

    decision = await router.route(a_request("Why?"))

    assert budget.spent.money == decision.usage.input_tokens * Decimal("0.01") == Decimal("1.1")
    with pytest.raises(BudgetExhaustedError):
        await router.route(a_request("Why?"))
    assert len(stand_in.seen()) == 1
