"""Behaviour of the budget: what is let through, what waits, and what is refused."""

import asyncio
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.domain.answers import CompletionRequest, Sampling
from passmuster.domain.budgets import Cap
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError, BudgetExhaustedError
from passmuster.domain.prices import FREE, Rates, Tariff
from passmuster.domain.values import UNKNOWN
from passmuster.policies.bounds import most_read
from passmuster.policies.budgeting import Budget, Outlay
from passmuster.policies.events import Sent
from passmuster.policies.pricing import OwnPrice, Prices
from passmuster.policies.stack import Guarded, Policies
from passmuster.services.options import Limits
from passmuster.testing.billing_service import BillingBackend, Terms
from passmuster.testing.virtual_time import VirtualClock

RATES = Tariff(rates=Rates(input=Decimal(3), output=Decimal(15)))


def priced(clock: VirtualClock, tariff: Tariff | None = RATES) -> Prices:
    own = [] if tariff is None else [OwnPrice(pattern="*", tariff=tariff)]
    return Prices(own, clock=clock, load=EmptyList)


class EmptyList:
    """A list of prices without any."""

    def find_provider(self, *_: object) -> None:
        raise LookupError

    def find_provider_model(self, *_: object) -> None:
        raise LookupError


def asked(text: str = "Why?", maximum: int | None = None) -> CompletionRequest:
    messages = (Message(role=Role.USER, content=text),)
    return CompletionRequest(messages=messages, sampling=Sampling(maximum_tokens=maximum))


def budget_of(**bounds: object) -> Budget:
    return Budget(Cap(**bounds), prices=priced(VirtualClock()))  # type: ignore[arg-type]


def of(tokens: int) -> Outlay:
    return Outlay(tokens=tokens)


async def test_what_is_under_way_counts_at_the_most_that_it_may_cost() -> None:
    """Two that fit alone and not together are sent one after the other."""
    budget = budget_of(tokens=100)
    first = await budget.reserve(of(60))
    second = asyncio.ensure_future(budget.reserve(of(60)))
    await asyncio.sleep(0)

    waits = not second.done()
    first.settle(of(40))
    await second

    assert waits
    assert (budget.spent, budget.held) == (of(40), of(60))


async def test_nothing_waits_for_what_cannot_come_back() -> None:
    """A request that does not fit beside what is spent is refused at once, and the refusal says what is left."""
    budget = budget_of(tokens=100)
    (await budget.reserve(of(60))).settle(of(50))
    await budget.reserve(of(10))

    with pytest.raises(BudgetExhaustedError, match="50 of 100 tokens is left, and it may take 51 tokens") as caught:
        await budget.reserve(of(51))

    assert "--resume" in caught.value.hint


async def test_who_waits_is_refused_when_it_turns_out_that_it_will_never_fit() -> None:
    """The last one under way took all of its reservation."""
    budget = budget_of(tokens=100)
    first = await budget.reserve(of(60))
    second = asyncio.ensure_future(budget.reserve(of(60)))
    await asyncio.sleep(0)

    first.keep()

    with pytest.raises(BudgetExhaustedError):
        await second
    assert budget.unsettled == of(60)


async def test_a_small_request_does_not_overtake_a_large_one_for_ever() -> None:
    """They are served in the order in which they came."""
    budget = budget_of(tokens=100)
    first = await budget.reserve(of(60))
    large = asyncio.ensure_future(budget.reserve(of(90)))
    await asyncio.sleep(0)
    small = asyncio.ensure_future(budget.reserve(of(10)))
    await asyncio.sleep(0)

    before = (large.done(), small.done())
    first.settle(of(0))
    await asyncio.gather(large, small)

    assert before == (False, False)


async def test_a_request_is_counted_whatever_becomes_of_it() -> None:
    """A bound on requests is one on what is sent."""
    budget = budget_of(requests=2)
    (await budget.reserve(of(1))).release()
    (await budget.reserve(of(1))).keep()

    with pytest.raises(BudgetExhaustedError, match="0 of 2 requests is left"):
        await budget.reserve(of(1))


@pytest.mark.parametrize("is_let_through_first", [False, True])
async def test_who_gives_up_waiting_leaves_nothing_behind(is_let_through_first: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A cancelled wait holds neither money nor the others up, also at the moment at which it would have ended."""
    budget = budget_of(tokens=100, requests=3)
    first = await budget.reserve(of(60))
    second = asyncio.ensure_future(budget.reserve(of(90)))
    await asyncio.sleep(0)
    third = asyncio.ensure_future(budget.reserve(of(50)))
    await asyncio.sleep(0)

    if is_let_through_first:
        first.settle(of(10))
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    if not is_let_through_first:
        first.settle(of(10))
    await third

    assert second.cancelled()
    assert (budget.held, budget.spent, budget.requests) == (of(50), of(10), 2)


def sent(backend: BillingBackend, budget: Budget, prices: Prices, request: CompletionRequest) -> None:
    asks = budget.around(
        prices.around(backend, backend=backend, identity=UNKNOWN, tell=lambda _event: None),
        backend=backend,
        identity=UNKNOWN,
        tell=lambda _event: None,
    )
    asyncio.run(asks.ask(request))


@pytest.mark.parametrize(
    ("cap", "tariff", "most", "complaint"),
    [
        (Cap(money=Decimal(5)), None, 100, "nobody knows what 'billed-model' at https://billing.invalid/v1 costs"),
        (Cap(money=Decimal(5)), RATES, None, "nothing bounds the answers"),
        (Cap(tokens=500), RATES, None, "nothing bounds the answers"),
    ],
)
def test_what_nobody_can_bound_is_not_sent(cap: Cap, tariff: Tariff | None, most: int | None, complaint: str) -> None:
    """No price, or no length: the budget could not be kept."""
    backend = BillingBackend(terms=Terms(latency=0), most=most)
    prices = priced(VirtualClock(), tariff)

    with pytest.raises(BudgetExhaustedError, match=complaint):
        sent(backend, Budget(cap, prices=prices), prices, asked())

    assert backend.bill.requests == 0


def test_a_bound_on_requests_needs_neither_price_nor_length() -> None:
    """It is for services that nobody knows anything of."""
    backend, prices = BillingBackend(terms=Terms(latency=0), most=None), priced(VirtualClock(), None)
    budget = Budget(Cap(requests=1), prices=prices)

    sent(backend, budget, prices, asked())

    assert (backend.bill.requests, budget.requests) == (1, 1)


@pytest.mark.parametrize(
    ("terms", "is_spent"),
    [
        (Terms(latency=0, refusals=1), False),
        (Terms(latency=0, faults=1), False),
        (Terms(latency=0, breaks=1), True),
        (Terms(latency=0, nonsense=1), True),
    ],
)
def test_an_attempt_without_an_end_stays_spent(terms: Terms, is_spent: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What may have been billed is counted as if it had been, and what was refused is not."""
    backend, prices = BillingBackend(terms=terms), priced(VirtualClock())
    budget, request = Budget(Cap(money=Decimal(5)), prices=prices), asked()

    with pytest.raises(BackendError):
        sent(backend, budget, prices, request)

    most = RATES.most(most_read(request), 100)
    assert budget.unsettled.money == (most if is_spent else 0)
    assert budget.held == budget.spent == Outlay()


def test_an_answer_that_says_nothing_of_tokens_is_counted_at_the_most() -> None:
    """Silence is not nothing."""
    backend, prices = BillingBackend(terms=Terms(latency=0, silence=1)), priced(VirtualClock())
    budget = Budget(Cap(money=Decimal(5)), prices=prices)

    sent(backend, budget, prices, asked())

    assert budget.unsettled.money > 0
    assert budget.spent == Outlay()


def test_what_is_free_takes_nothing_of_the_budget() -> None:
    """A model on this machine, whose price is told to be 0, says nothing of tokens, either."""
    backend, prices = BillingBackend(terms=Terms(latency=0, silence=1)), priced(VirtualClock(), FREE)
    budget = Budget(Cap(money=Decimal(5)), prices=prices)

    sent(backend, budget, prices, asked())

    assert (budget.spent, budget.unsettled) == (Outlay(), Outlay())


def test_what_is_free_needs_no_bound_on_its_length() -> None:
    """A budget of money is kept by it anyway; one of tokens is not."""
    backend, prices = BillingBackend(terms=Terms(latency=0), most=None), priced(VirtualClock(), FREE)

    sent(backend, Budget(Cap(money=Decimal(5)), prices=prices), prices, asked())

    with pytest.raises(BudgetExhaustedError, match="nothing bounds"):
        sent(backend, Budget(Cap(tokens=500), prices=prices), prices, asked())


def test_a_dearer_model_that_answers_is_set_aside_for_from_then_on() -> None:
    """The first answer costs what was not thought of, and the second is refused in time."""
    clock = VirtualClock()
    dear = Tariff(rates=Rates(input=Decimal(300), output=Decimal(1500)))
    own = [OwnPrice(pattern="*", tariff=RATES), OwnPrice(pattern="dear", tariff=dear)]
    prices = Prices(own, clock=clock, load=EmptyList)
    backend = BillingBackend(terms=Terms(latency=0, tariff=dear), model="dear")
    budget = Budget(Cap(money=Decimal("0.4")), prices=prices)
    asks = budget.around(
        prices.around(backend, backend=backend, identity=UNKNOWN, tell=lambda _event: None),
        backend=backend,
        identity=UNKNOWN,
        tell=lambda _event: None,
    )

    clock.run(asks.ask(asked()))

    # At the price of the model that was asked for it would fit a hundred times.
    with pytest.raises(BudgetExhaustedError):
        clock.run(asks.ask(asked("why? " * 500)))
    assert 0 < backend.bill.money < Decimal("0.4")


class TalkativeBackend(BillingBackend):
    """Reads a long text of its own before every request."""

    hidden = 5_000

    def _consumed(self, request: CompletionRequest):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as its parent
        from dataclasses import replace  # noqa: PLC0415 - used here alone

        usage = super()._consumed(request)
        return replace(usage, input_tokens=usage.input_tokens + self.hidden)


def test_a_service_that_reads_more_than_it_is_sent_is_learnt_from() -> None:
    """The bound does not hold for it; it holds from the second request on."""
    clock = VirtualClock()
    prices = priced(clock)
    backend, budget = TalkativeBackend(terms=Terms(latency=0)), Budget(Cap(tokens=20_000), prices=prices)
    asks = budget.around(backend, backend=backend, identity=UNKNOWN, tell=lambda _event: None)

    async def until_the_end() -> None:
        for _ in range(10):
            await asks.ask(asked())

    with pytest.raises(BudgetExhaustedError):
        clock.run(until_the_end())

    assert 10_000 < backend.bill.tokens <= 20_000


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    concurrency=st.integers(1, 40),
    money=st.decimals(min_value="0.001", max_value="0.2", places=4),
    tokens=st.one_of(st.none(), st.integers(500, 20_000)),
    requests=st.one_of(st.none(), st.integers(1, 60)),
)
def test_no_bill_is_ever_above_the_budget(
    seed: int, concurrency: int, money: Decimal, tokens: int | None, requests: int | None
) -> None:
    """Whatever prices, sizes, failures and time-outs there are, and however many requests are under way."""
    draw = random.Random(seed)  # noqa: S311 - made-up moods
    clock, cap = VirtualClock(), Cap(money=money, tokens=tokens, requests=requests)
    prices = priced(clock)
    budget = Budget(cap, prices=prices)
    shares = {name: draw.choice([0.0, 0.1]) for name in ("refusals", "faults", "breaks", "nonsense", "hangs")}
    backend = BillingBackend(terms=Terms(tariff=RATES, silence=0.05, **shares), seed=seed)
    policies = Policies(clock, budget=budget, prices=prices, seed=seed)
    guarded = policies.around(backend, limits=Limits(concurrency=concurrency, total=20), identity=UNKNOWN)
    wanted = iter([asked("why? " * draw.randint(1, 50), draw.choice([None, 20, 200])) for _ in range(80)])

    async def work() -> None:
        for request in wanted:
            await asyncio.gather(guarded.complete(request), return_exceptions=True)

    async def all_of_it() -> None:
        await asyncio.gather(*(work() for _ in range(concurrency)))

    clock.run(all_of_it())

    bill = backend.bill
    assert bill.money <= money
    assert tokens is None or bill.tokens <= tokens
    assert requests is None or bill.requests <= requests
    assert budget.held == Outlay()
    assert budget.spent.money <= bill.money <= budget.spent.money + budget.unsettled.money


def behind_one(backend: BillingBackend, budget: Budget, clock: VirtualClock, tell: list[object]) -> Guarded:
    policies = Policies(clock, budget=budget, prices=priced(clock), listeners=[tell.append])
    return policies.around(backend, limits=Limits(concurrency=1, attempts=1), identity=UNKNOWN)


def test_what_is_given_up_before_it_was_sent_gives_everything_back() -> None:
    """A request that waits for its place has cost nothing, and is no request; the one under way may have."""
    clock, told = VirtualClock(), list[object]()
    budget = budget_of(tokens=100_000, requests=10)
    guarded = behind_one(BillingBackend(terms=Terms(latency=1)), budget, clock, told)

    async def scene() -> None:
        asking = [asyncio.create_task(guarded.complete(asked())) for _ in range(3)]
        await clock.sleep(0.5)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    clock.run(scene())

    assert (budget.requests, budget.held, budget.spent) == (1, Outlay(), Outlay())
    assert 0 < budget.unsettled.tokens < 10_000
    assert sum(isinstance(event, Sent) for event in told) == 1


def test_what_a_service_that_is_gone_was_not_sent_is_no_request() -> None:
    """The budget in requests is left for when it is back."""
    clock, told = VirtualClock(), list[object]()
    budget = budget_of(requests=1_000)
    guarded = behind_one(BillingBackend(terms=Terms(latency=0, faults=1)), budget, clock, told)

    async def scene() -> None:
        await asyncio.gather(*(guarded.complete(asked()) for _ in range(100)), return_exceptions=True)

    clock.run(scene())

    sent_at_all = sum(isinstance(event, Sent) for event in told)
    assert 0 < sent_at_all < 50
    assert budget.requests == sent_at_all
