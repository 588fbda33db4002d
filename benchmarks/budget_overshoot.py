"""How far do bills go over a budget, and how much of it stays unused? Random runs against a service that bills.

Each run draws a price, a size of the budget (in dollars, in tokens or in requests), how many requests are under way at
once, their sizes, and how often the service refuses, fails, breaks off in the midst of an answer, answers nonsense,
never answers or does not say what it consumed. The service bills everything that it began to answer. All policies are
the real ones; time is virtual, so that nothing waits.

    python benchmarks/budget_overshoot.py [--runs 50] [--seed 1]
"""

import argparse
import asyncio
import random
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from passmuster.domain.answers import CompletionRequest, Sampling
from passmuster.domain.budgets import Cap
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError, BudgetExhaustedError
from passmuster.domain.prices import Rates, Tariff
from passmuster.domain.values import UNKNOWN
from passmuster.policies.bounds import most_read
from passmuster.policies.budgeting import Budget
from passmuster.policies.pricing import OwnPrice, Prices
from passmuster.policies.stack import Policies
from passmuster.services.options import Limits
from passmuster.testing.billing_service import Bill, BillingBackend, Terms
from passmuster.testing.virtual_time import VirtualClock

WANTED = 3_000
"""Requests of each run: more than any of the budgets suffices for."""

MOODS = ("refusals", "faults", "breaks", "nonsense", "hangs", "silence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One run: the budget, the bill, and what the budget counted.

    Attributes:
        kind: What was bounded.
        cap: The bound.
        billed: What the service wants.
        counted: What the budget thinks may have been spent at the most.
        dearest: What the dearest request may have cost at the most.
        at_once: Requests under way at once.
        requests: How many were sent.
        troubles: The share of requests without an end that may have been billed.
    """

    kind: str
    cap: Decimal
    billed: Decimal
    counted: Decimal
    dearest: Decimal
    at_once: int
    requests: int
    troubles: float

    @property
    def over(self) -> Decimal:
        """How far the bill is over the budget, as a share of it."""
        return max(Decimal(), self.billed / self.cap - 1)

    @property
    def unused(self) -> Decimal:
        """How much of the budget was not billed, as a share of it."""
        return 1 - self.billed / self.cap


def drawn(seed: int) -> Outcome:
    """Make one random run."""
    draw = random.Random(seed)  # noqa: S311 - made-up moods
    price = Decimal(draw.choice(["0.1", "0.25", "1", "3", "15"]))
    rates = Rates(input=price, output=price * draw.choice([1, 4, 8]), cached=price / 10, cache_written=price * 5 / 4)
    tariff = Tariff(rates=rates, steps=((draw.choice([2_000, 10**6]), Rates(input=price * 2, output=price * 12)),))
    shares = draw.choice([[0.0], [0.0, 0.02, 0.1]])
    moods = {mood: draw.choice(shares) for mood in MOODS}
    terms = Terms(tariff=tariff, latency=draw.uniform(0.1, 30), **moods)
    backend = BillingBackend(terms=terms, most=draw.choice([50, 500, 4_000]), seed=seed)
    wanted = [_request(draw) for _ in range(WANTED)]
    sizes = [(most_read(request), backend.most_written(request) or 0) for request in wanted]
    costs = [tariff.most(*size) or Decimal() for size in sizes]
    at_once, kind = draw.choice([1, 4, 16, 64, 256]), draw.choice(["money", "money", "tokens", "requests"])
    share = Decimal(draw.uniform(0.02, 0.3))
    whole = {"money": sum(costs), "tokens": Decimal(sum(map(sum, sizes))), "requests": Decimal(WANTED)}
    dearest = {"money": max(costs), "tokens": Decimal(max(map(sum, sizes))), "requests": Decimal(1)}
    # At least what one request may cost, or nothing could be sent at all.
    cap = max(dearest[kind], (whole[kind] * share).quantize(Decimal("0.01") if kind == "money" else Decimal(1)))
    budget = _run(backend, _cap(kind, cap), at_once, wanted, seed)
    counted = budget.spent.plus(budget.unsettled)
    return Outcome(
        kind=kind,
        cap=cap,
        billed=_part(kind, backend.bill),
        counted={"money": counted.money, "tokens": Decimal(counted.tokens), "requests": Decimal(budget.requests)}[kind],
        dearest=dearest[kind],
        at_once=at_once,
        requests=backend.bill.requests,
        troubles=terms.breaks + terms.nonsense + terms.hangs + terms.silence,
    )


def _run(backend: BillingBackend, cap: Cap, at_once: int, wanted: list[CompletionRequest], seed: int) -> Budget:
    clock = VirtualClock()
    prices = Prices([OwnPrice(pattern="*", tariff=backend.terms.tariff)], clock=clock)
    budget = Budget(cap, prices=prices)
    policies = Policies(clock, budget=budget, prices=prices, seed=seed)
    guarded = policies.around(backend, limits=Limits(concurrency=at_once, total=60), identity=UNKNOWN)
    queue = iter(wanted)
    is_over = False

    async def work() -> None:
        nonlocal is_over
        for request in queue:
            try:
                await guarded.complete(request)
            except BudgetExhaustedError:
                is_over = True
            except BackendError:
                pass
            # As the engine does: nothing more is begun once something did not fit.
            if is_over:
                return

    async def everybody() -> None:
        await asyncio.gather(*(work() for _ in range(at_once)))

    clock.run(everybody())
    return budget


def _request(draw: random.Random) -> CompletionRequest:
    text = "Why does this fail? " * draw.choice([1, 5, 25, 200])
    return CompletionRequest(
        messages=(Message(role=Role.USER, content=text),),
        sampling=Sampling(maximum_tokens=draw.choice([None, None, 20, 1_000])),
    )


def _cap(kind: str, cap: Decimal) -> Cap:
    if kind == "money":
        return Cap(money=cap)
    return Cap(tokens=int(cap)) if kind == "tokens" else Cap(requests=int(cap))


def _part(kind: str, bill: Bill) -> Decimal:
    return {"money": bill.money, "tokens": Decimal(bill.tokens), "requests": Decimal(bill.requests)}[kind]


def main() -> None:
    """Print every run, and what they come to."""
    parser = argparse.ArgumentParser(description="The overshoot of budgets in random runs.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    outcomes = [drawn(arguments.seed * 10_000 + number) for number in range(arguments.runs)]
    print("bounded       budget      billed     counted  over %  unused %  at once  sent  without an end %")
    for one in outcomes:
        print(
            f"{one.kind:9}{one.cap:12.2f}{one.billed:12.2f}{one.counted:12.2f}{one.over * 100:8.3f}"
            f"{one.unused * 100:10.1f}{one.at_once:9}{one.requests:6}{one.troubles * 100:18.0f}"
        )
    measured = [one for one in outcomes if one.kind != "requests"]
    calm = [one.unused for one in measured if not one.troubles]
    troubled = [one.unused for one in measured if one.troubles]
    left = [(one.cap - one.counted) / one.dearest for one in outcomes]
    print(f"\nover the budget: {sum(one.over > 0 for one in outcomes)} of {len(outcomes)} runs")
    print(f"not billed, of money or tokens, median: {median(calm) * 100:.2f} % where everything came to an end,")
    print(f"    {median(troubled) * 100:.1f} % where it did not; of requests none")
    print(f"not even counted, at the most: {max(left):.2f} times what the dearest request may have cost")


if __name__ == "__main__":
    main()
