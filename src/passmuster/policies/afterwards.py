"""The budget of what tells its price only afterwards, such as a coding agent that is run as a whole."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final, TypeVar

from passmuster.domain.endpoints import Endpoint
from passmuster.domain.errors import BudgetExhaustedError
from passmuster.domain.values import Usage
from passmuster.policies.budgeting import Budget, Outlay
from passmuster.policies.pricing import Prices
from passmuster.policies.rates import Turns

ResultT = TypeVar("ResultT")

ANYBODY: Final = Endpoint(provider="", address="")
"""Some product asks some service; the name of the model says whose prices those are."""


class Afterwards:
    """Sets aside for each piece of work what the dearest one took so far.

    The first is done alone, and nothing is set aside for it: what it takes may be more than the budget. The same holds
    for one that takes more than all before it.
    """

    def __init__(self, budget: Budget | None, prices: Prices) -> None:
        """Take what may be spent, if anything bounds it, and who knows prices."""
        self._budget = budget
        self._prices = prices
        self._dearest: Outlay | None = None
        self._is_untold = False
        self._first = Turns()

    async def __call__(
        self, work: Callable[[], Awaitable[ResultT]], told: Callable[[ResultT], tuple[str, Usage]]
    ) -> ResultT:
        """Have work done, and count what it took.

        Args:
            work: Begins it.
            told: Returns the model and the usage that its result tells.

        Raises:
            BudgetExhaustedError: If the budget might not suffice, or earlier work did not tell what it took.
        """
        if self._budget is None:
            return await work()
        if self._dearest is None:
            async with self._first.lock():
                if self._dearest is None:
                    return await self._done(self._budget, work, told)
        return await self._done(self._budget, work, told)

    async def _done(
        self,
        budget: Budget,
        work: Callable[[], Awaitable[ResultT]],
        told: Callable[[ResultT], tuple[str, Usage]],
    ) -> ResultT:
        if self._is_untold:
            message = "what was run before did not tell what it took, and so nobody knows whether the budget suffices"
            raise BudgetExhaustedError(message, hint="state the model's price in the suite: prices; or bound requests")
        reservation = await budget.reserve(self._dearest or Outlay())
        try:
            result = await work()
        except BaseException:
            reservation.keep()
            raise
        used = self._used(budget, *told(result))
        if used is None:
            self._is_untold = True
            reservation.keep()
            return result
        known = self._dearest or used
        self._dearest = Outlay(money=max(known.money, used.money), tokens=max(known.tokens, used.tokens))
        reservation.settle(used)
        return result

    def _used(self, budget: Budget, model: str, usage: Usage) -> Outlay | None:
        """Return what a piece of work took; ``None`` if it did not tell what is bounded."""
        tokens = usage.input_tokens + usage.output_tokens
        cost = usage.cost
        if cost is None and budget.cap.money is not None:
            cost = self._prices.cost(ANYBODY, [model], usage)
        if (cost is None and budget.cap.money is not None) or (not tokens and budget.cap.tokens is not None):
            return None
        return Outlay(money=cost or Decimal(), tokens=tokens)
