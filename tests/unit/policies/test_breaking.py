"""A service that is not there is let alone, and asked now and then whether it is back."""

import asyncio

import pytest
from tests.unit.policies.simulated import ENDPOINT, World, errors_of

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Reply
from passmuster.domain.errors import (
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    ServiceGoneError,
)
from passmuster.policies.breaking import IN_A_ROW, Breaker
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, a_completion_request, asked_all
from passmuster.testing.virtual_time import VirtualClock


def test_a_service_that_was_never_there_ends_a_run_within_seconds() -> None:
    """Thousands of requests end in failures that say what is wrong, and the service is hardly asked."""
    world = World(Behaviour(is_down=True))

    results = world.ask(5_000)

    assert {type(result) for result in results} == {ServiceGoneError}
    assert "; the last one: the service could not be reached" in str(results[0])
    assert world.clock.elapsed() <= 15
    assert world.service.asked <= 40


def test_a_short_outage_costs_no_case() -> None:
    """Half a minute without a service, and everything is answered afterwards; probes come one at a time."""
    world = World()

    async def scene() -> object:
        asking = asyncio.create_task(asked_all(world.guarded, 3_000))
        await asyncio.sleep(2)
        world.service.behaviour.is_down = True
        await asyncio.sleep(30)
        world.service.behaviour.is_down = False
        return errors_of(await asking)

    assert world.clock.run(scene()) == []
    during = [arrival for arrival in world.service.arrivals if 2.1 <= arrival < 32]
    assert len(during) <= 10
    assert world.clock.elapsed() <= 32 + 10 + 5


def test_a_service_that_stays_away_is_given_up() -> None:
    """What it had answered stays; the rest fails by name within minutes."""
    world = World()

    async def scene() -> list[type]:
        asking = asyncio.create_task(asked_all(world.guarded, 3_000))
        await asyncio.sleep(2)
        world.service.behaviour.is_down = True
        return [type(result) for result in await asking]

    kinds = world.clock.run(scene())

    assert kinds.count(ServiceGoneError) == 3_000 - world.service.answered
    assert world.service.answered >= 1_000
    assert world.clock.elapsed() <= 120


def test_a_service_that_comes_back_after_it_was_given_up_is_found() -> None:
    """A probe now and then is let through."""
    world = World(Behaviour(is_down=True))
    world.ask(100)
    world.service.behaviour.is_down = False

    at_once = world.ask(100)
    world.clock.advance(60)
    later = world.ask(100)

    assert len(errors_of(at_once)) == 100
    assert not errors_of(later)


def test_failures_at_random_do_not_stop_a_run() -> None:
    """Every second request fails, and nobody is given up."""
    world = World(Behaviour(faults=0.5), limits=Limits(attempts=20))

    results = world.ask(300)

    assert not errors_of(results)


def test_refusals_open_it_only_after_longer_than_a_quota_takes() -> None:
    """Being asked to wait is not being gone."""
    clock = VirtualClock()
    breaker = Breaker(ENDPOINT, clock)

    for _ in range(100):
        breaker.failed(RateLimitedError("429"), is_probe=False)
    early = breaker.is_open
    clock.advance(80)
    breaker.failed(RateLimitedError("429"), is_probe=False)

    assert not early
    assert breaker.is_open


def test_a_refusal_is_an_answer() -> None:
    """A service that says no to a request is there."""
    world = World(Behaviour(is_down=True))
    closed = Closed(world.service, world.clock, endpoint=ENDPOINT)
    closed.is_for_all = False
    world.ask(IN_A_ROW)
    world.service.behaviour.is_down = False
    world.clock.advance(60)

    refused = world.clock.run(asked_all(world.around(closed), 1))
    answered = world.ask(10)

    assert len(errors_of(refused)) == 1
    assert not errors_of(answered)


def test_one_answer_closes_it() -> None:
    """The row of failures is over."""
    breaker = Breaker(ENDPOINT, VirtualClock())
    for _ in range(IN_A_ROW):
        breaker.failed(BackendUnavailableError("500"), is_probe=False)
    was_open = breaker.is_open

    breaker.answered()

    assert was_open
    assert not breaker.is_open


def test_an_endpoint_that_is_gone_does_not_hold_up_another() -> None:
    """Each endpoint has a breaker of its own."""
    world = World(Behaviour(is_down=True))
    world.ask(100)
    other = World()
    guarded = world.around(
        SimulatedBackend(
            other.service, world.clock, endpoint=ENDPOINT.__class__(provider="other", address="http://other.invalid")
        )
    )

    completion = world.clock.run(guarded.complete(a_completion_request()))

    assert completion.text == "Why?"


class Closed(SimulatedBackend):
    """Refuses everything with the same words, or each request with its own."""

    words = "401: no such key"
    is_for_all = True

    async def ask(self, request: CompletionRequest) -> Reply:
        await self._service.answer(request)
        raise BackendRefusedError(self.words or request.messages[-1].content, is_for_all=self.is_for_all)


def test_a_wrong_key_is_not_tried_a_thousand_times() -> None:
    """The service is asked as often as it takes to be sure, and every case fails by name; other backends go on."""
    world = World()
    guarded = world.around(Closed(world.service, world.clock, endpoint=ENDPOINT))

    results = world.clock.run(asked_all(guarded, 1_000))
    other = world.ask(10)

    assert world.service.asked <= 100
    assert {type(result) for result in results} == {BackendRefusedError}
    assert "401: no such key; the first 20 requests all got this answer" in str(results[-1])
    assert not errors_of(other)


@pytest.mark.parametrize(("words", "is_for_all"), [("", True), ("forbidden content", False)])
def test_requests_that_are_refused_for_what_they_say_are_all_sent(words: str, is_for_all: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A suite of forbidden requests is there to see them refused."""
    world = World()
    closed = Closed(world.service, world.clock, endpoint=ENDPOINT)
    closed.words, closed.is_for_all = words, is_for_all

    results = world.clock.run(asked_all(world.around(closed), 200))

    assert world.service.asked == 200
    assert len(errors_of(results)) == 200


def test_a_probe_that_is_cancelled_leaves_the_turn_to_the_next() -> None:
    """Interrupting one request does not lock the others out."""
    world = World(Behaviour(is_down=True), limits=Limits(attempts=1, concurrency=100, adaptive=False))

    async def scene() -> str:
        await asked_all(world.guarded, IN_A_ROW)
        waiting = asyncio.create_task(world.guarded.complete(a_completion_request()))
        next_one = asyncio.create_task(world.guarded.complete(a_completion_request("And?")))
        await asyncio.sleep(0.5)
        waiting.cancel()
        world.service.behaviour.is_down = False
        return (await next_one).text

    assert world.clock.run(scene()) == "And?"


def test_a_number_for_each_request_does_not_make_refusals_different() -> None:
    """Anthropic says with every refusal which request it was."""
    world = World()
    numbers = iter(range(10**6))

    class Numbering(Closed):
        async def ask(self, request: CompletionRequest) -> Reply:
            self.words = f"401: no such key (authentication_error, req_011CSHoEeqs5C35K{next(numbers):06})"
            return await super().ask(request)

    results = world.clock.run(asked_all(world.around(Numbering(world.service, world.clock, endpoint=ENDPOINT)), 1_000))

    assert world.service.asked <= 100
    assert len(errors_of(results)) == 1_000


class Unreached(SimulatedBackend):
    """Finds nobody at the address while the service is down."""

    async def ask(self, request: CompletionRequest) -> Reply:
        try:
            return await super().ask(request)
        except BackendUnavailableError as error:
            error.is_unreached = True
            raise


def test_a_short_outage_costs_no_case_either_where_few_are_under_way() -> None:
    """Each of four requests finds nobody again and again, which says nothing of the request: they wait."""
    world = World(limits=Limits(concurrency=4))
    guarded = world.around(Unreached(world.service, world.clock, endpoint=ENDPOINT))

    async def scene() -> object:
        asking = asyncio.create_task(asked_all(guarded, 200, at_once=4))
        await asyncio.sleep(1)
        world.service.behaviour.is_down = True
        await asyncio.sleep(20)
        world.service.behaviour.is_down = False
        return errors_of(await asking)

    assert world.clock.run(scene()) == []
