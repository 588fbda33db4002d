"""Behaviour of prices: the suite's own, a list's, and those that nobody knows."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice
from genai_prices.types import Usage as ListedUsage
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.cases import Message, Role
from passmuster.domain.endpoints import Endpoint
from passmuster.domain.errors import BackendError
from passmuster.domain.prices import FREE, Rates, Tariff
from passmuster.domain.values import UNKNOWN, Usage
from passmuster.policies.events import Unsettled
from passmuster.policies.pricing import OwnPrice, Prices
from passmuster.testing.billing_service import MODEL, BillingBackend, Terms
from passmuster.testing.fakes import FakeClock

OPENAI = Endpoint(provider="openai", address="https://example.invalid/v1")
GROQ = "api.groq.com"
SONNET = "claude-sonnet-4-5"
ANTHROPIC = Endpoint(provider="anthropic", address="https://example.invalid")
USED = Usage(input_tokens=1_000, output_tokens=100, cached_tokens=200, cache_written_tokens=300, reasoning_tokens=50)
RATES = Tariff(rates=Rates(input=Decimal(3), output=Decimal(15)))
REQUEST = CompletionRequest(messages=(Message(role=Role.USER, content="Why?"),))


def prices(*own: tuple[str, Tariff], at: datetime | None = None) -> Prices:
    clock = FakeClock() if at is None else FakeClock(start=at)
    return Prices([OwnPrice(pattern=pattern, tariff=tariff) for pattern, tariff in own], clock=clock)


def test_a_list_price_is_known_by_provider_and_model() -> None:
    """Cached tokens are cheaper, and written ones dearer, where the provider says so."""
    known = prices().cost(ANTHROPIC, [SONNET], USED)

    # 500 at $3.00, 200 at $0.30, 300 at $3.75 and 100 at $15.00 a million.
    assert known == Decimal("0.004185")


def test_what_is_not_listed_has_no_price() -> None:
    """Neither a model that nobody knows, nor a provider; unknown is not free."""
    found = prices()

    assert found.cost(OPENAI, ["of-our-own"], USED) is None
    assert found.cost(Endpoint(provider="nobody", address="http://127.0.0.1:1"), ["gpt-5"], USED) is None
    assert found.most(OPENAI, ["of-our-own"], read=1, written=1) is None


def test_the_address_tells_the_provider_before_its_name() -> None:
    """A service that speaks like another one has prices of its own."""
    groq = Endpoint(provider="openai", address=f"https://{GROQ}/openai/v1")
    model = "llama-3.3-70b-versatile"

    found = prices()

    assert found.cost(groq, [model], USED) is not None
    assert found.cost(OPENAI, [model], USED) is None


def test_the_suites_own_price_comes_first_and_the_last_that_fits_counts() -> None:
    """Names may have ``*``, in any case."""
    dear = Tariff(rates=Rates(input=Decimal(10), output=Decimal(10)))
    found = prices(("GPT-*", RATES), ("gpt-5*", dear))

    assert found.cost(OPENAI, ["gpt-5-mini"], Usage(input_tokens=1_000_000)) == Decimal(10)
    assert found.cost(OPENAI, ["gpt-4"], Usage(input_tokens=1_000_000)) == Decimal(3)


def test_the_model_that_answered_counts_before_the_one_that_was_asked_for() -> None:
    """A name such as ``latest`` is resolved by the server."""
    found = prices(("latest", RATES), ("model-2026", FREE))

    assert found.cost(OPENAI, ["model-2026", "latest"], USED) == 0
    assert found.cost(OPENAI, ["model-2027", "latest"], USED) == RATES.cost(USED)


def test_what_the_suite_says_of_the_model_asked_for_comes_before_the_list() -> None:
    """A server that resolves a name of ours to one of the list's is paid by contract nevertheless."""
    found = prices(("ours", RATES))

    assert found.cost(OPENAI, ["gpt-5-mini", "ours"], USED) == RATES.cost(USED)
    assert not found.counts_before(OPENAI, "gpt-5-mini", "ours")
    assert found.counts_before(OPENAI, "gpt-5-mini", "latest")
    assert found.counts_before(OPENAI, "ours", "gpt-5-mini")


def test_what_was_not_counted_has_no_cost() -> None:
    """A service that says nothing of tokens did not work for nothing; one that is free did."""
    assert prices(("*", RATES)).cost(OPENAI, ["any"], Usage()) is None
    assert prices(("*", FREE)).cost(OPENAI, ["any"], Usage()) == 0


def test_an_endpoint_on_this_machine_is_free() -> None:
    """Whatever its models are called."""
    found = prices(("*", RATES))

    found.add_free(OPENAI)

    assert found.cost(OPENAI, ["gpt-5"], USED) == 0


def every_listed_model() -> list[tuple[str, str]]:
    return [
        (provider.id, model.id) for provider in get_snapshot().providers for model in provider.models if model.prices
    ]


def _is_by_tokens(prices_of_model: ModelPrice) -> bool:
    """Whether a model has none but prices that we know the figures for."""
    counted = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "output_reasoning_mtok"}
    known = {*counted, "cache_write_1h_mtok", "web_searches_kcount", "storage_searches_kcount", "requests_kcount"}
    set_there = {key for key, value in vars(prices_of_model).items() if value is not None and not key.startswith("_")}
    return {"input_mtok", "output_mtok"} <= set_there <= known


@pytest.mark.parametrize("read", [1, 150_000, 250_000, 2_000_000])
@pytest.mark.parametrize("day", [datetime(2025, 6, 1, 3, tzinfo=UTC), datetime(2026, 11, 1, 18, tzinfo=UTC)])
def test_every_list_price_is_reckoned_as_the_list_reckons_it(read: int, day: datetime) -> None:
    """Steps, days and hours of the day, caches and thoughts: for every model that is priced by tokens."""
    known, checked = prices(at=day), 0
    usage = Usage(
        input_tokens=read,
        output_tokens=700,
        cached_tokens=read // 3,
        cache_written_tokens=read // 4,
        reasoning_tokens=70,
    )
    listed = ListedUsage(
        input_tokens=read,
        output_tokens=700,
        cache_read_tokens=read // 3,
        cache_write_tokens=read // 4,
        output_reasoning_tokens=70,
    )
    for provider, model in every_listed_model():
        endpoint = Endpoint(provider=provider, address="https://example.invalid")
        try:
            theirs = calc_price(listed, model, provider_id=provider, genai_request_timestamp=day)
        except LookupError:
            continue
        if not _is_by_tokens(theirs.model_price):
            continue

        ours = known.cost(endpoint, [model], usage)

        assert ours is not None
        assert abs(ours - theirs.total_price) < Decimal("1e-12"), (provider, model)
        checked += 1
    assert checked > 1_000


@given(hour=st.integers(0, 23), cached=st.integers(0, 500), put=st.integers(0, 500), written=st.integers(0, 900))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(
    ("provider", "model"), [("anthropic", SONNET), ("deepseek", "deepseek-chat"), ("google", "gemini-2.5-pro")]
)
def test_no_answer_costs_more_than_what_was_set_aside(
    provider: str, model: str, hour: int, cached: int, put: int, written: int
) -> None:
    """Whatever the caches do, and at whatever hour it comes."""
    day = datetime(2026, 11, 1, hour, tzinfo=UTC)
    endpoint = Endpoint(provider=provider, address="https://example.invalid")
    usage = Usage(
        input_tokens=1_000, output_tokens=written, cached_tokens=cached, cache_written_tokens=put, reasoning_tokens=9
    )

    most = prices(at=day).most(endpoint, [model], read=1_000, written=900)
    later = prices(at=day + timedelta(hours=5)).cost(endpoint, [model], usage)

    assert most is not None
    assert later is not None
    assert later <= most


def test_the_dearest_of_the_models_that_may_answer_is_set_aside() -> None:
    """And nothing is known if it is not known of each."""
    dear = Tariff(rates=Rates(input=Decimal(10), output=Decimal(10)))
    found = prices(("cheap", RATES), ("dear", dear))

    assert found.most(OPENAI, ["cheap", "dear"], read=1_000_000, written=0) == Decimal(10)
    assert found.most(OPENAI, ["cheap", "unheard-of"], read=1, written=0) is None


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list comes with the package."""

    def refuse(*_: object, **__: object) -> None:
        message = "a connection was opened"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert prices().cost(ANTHROPIC, [SONNET], USED) is not None


def priced_reply(backend: BillingBackend, known: Prices) -> tuple[Decimal | None, list[Unsettled]]:
    """Ask once, and return the cost with what was told."""
    told: list[Unsettled] = []
    policy = known.around(backend, backend=backend, identity=UNKNOWN, tell=told.append)  # type: ignore[arg-type]  # nothing else is told

    async def ask() -> Decimal | None:
        return (await policy.ask(REQUEST)).completion.usage.cost

    try:
        return asyncio.run(ask()), told
    except BackendError:
        return None, told


def test_an_answer_gets_its_cost() -> None:
    """As the service counted it."""
    backend = BillingBackend(terms=Terms(latency=0, tariff=RATES))

    cost, told = priced_reply(backend, prices((MODEL, RATES)))

    assert cost == backend.bill.money > 0
    assert told == []


def test_an_answer_without_a_price_keeps_none() -> None:
    """And the list is looked at first, in a thread of its own."""
    cost, _told = priced_reply(BillingBackend(terms=Terms(latency=0)), prices())

    assert cost is None


@pytest.mark.parametrize(
    ("terms", "is_told"), [(Terms(latency=0, breaks=1), True), (Terms(latency=0, faults=1), False)]
)
def test_what_an_attempt_without_an_end_may_cost_is_told(terms: Terms, is_told: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """At the most; what was refused costs nothing."""
    backend = BillingBackend(terms=terms)
    terms.tariff = RATES

    _cost, told = priced_reply(backend, prices((MODEL, RATES)))

    assert [event.cost is not None and event.cost >= backend.bill.money > 0 for event in told] == [True] * is_told


def test_an_attempt_that_is_cancelled_may_have_cost_something() -> None:
    """Nobody waits for what the service has begun."""
    backend, told = BillingBackend(terms=Terms(latency=60)), list[Unsettled]()
    policy = prices((MODEL, RATES)).around(backend, backend=backend, identity=UNKNOWN, tell=told.append)  # type: ignore[arg-type]  # nothing else is told

    async def give_up() -> None:
        task = asyncio.ensure_future(policy.ask(REQUEST))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(give_up())

    assert [event.cost is not None and event.cost > 0 for event in told] == [True]


def test_an_unbounded_attempt_may_have_cost_anything() -> None:
    """Then nobody can say what."""
    backend = BillingBackend(terms=Terms(latency=0, breaks=1), most=None)

    _cost, told = priced_reply(backend, prices((MODEL, RATES)))

    assert [event.cost for event in told] == [None]
