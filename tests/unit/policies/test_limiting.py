"""Whose turn it is to be sent."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.policies.simulated import ENDPOINT, World, errors_of

from passmuster.domain.endpoints import Allowance, Reply
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.values import Usage
from passmuster.policies.concurrency import START
from passmuster.policies.events import LimitChanged
from passmuster.policies.limiting import Gate
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, a_completion_request, asked_all
from passmuster.testing.virtual_time import VirtualClock


def a_gate(clock: VirtualClock, **limits: int | bool) -> Gate:
    return Gate(ENDPOINT, Limits.model_validate({"adaptive": False, **limits}), clock, lambda _: None)


@settings(max_examples=60, deadline=None)
@given(
    most=st.integers(1, 5),
    visits=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 20), st.none() | st.integers(0, 25)),
        min_size=1,
        max_size=40,
    ),
)
def test_never_more_than_allowed_and_nobody_waits_for_ever(
    most: int, visits: list[tuple[int, int, int, int | None]]
) -> None:
    """Whoever is not cancelled gets a place; places of those who are come back."""
    clock = VirtualClock()
    gate = a_gate(clock, concurrency=most)
    lanes = [gate.lane() for _ in range(3)]
    inside, served, seen = 0, 0, 0

    async def visit(lane: int, after: int, stay: int) -> None:
        nonlocal inside, served, seen
        await asyncio.sleep(after)
        await gate.enter(lanes[lane])
        try:
            inside += 1
            seen = max(seen, inside)
            try:
                await asyncio.sleep(stay)
            finally:
                inside -= 1
        finally:
            gate.leave()
        served += 1

    async def everybody() -> int:
        tasks = [asyncio.create_task(visit(lane, after, stay)) for lane, after, stay, _ in visits]
        for task, (_, _, _, cancelled_at) in zip(tasks, visits, strict=True):
            if cancelled_at is not None:
                asyncio.get_running_loop().call_later(cancelled_at, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(isinstance(result, asyncio.CancelledError) for result in results)

    cancelled = clock.run(everybody())

    assert seen <= most
    assert served + cancelled == len(visits)
    assert gate.under_way == 0


def test_backends_are_served_in_turns() -> None:
    """A backend with ten requests is not kept waiting by one with a thousand."""
    world = World(limits=Limits(concurrency=4))
    other = SimulatedBackend(world.service, world.clock, endpoint=ENDPOINT)

    async def both() -> None:
        busy = asyncio.create_task(asked_all(world.guarded, 1_000))
        await asyncio.sleep(1)
        await asked_all(world.around(other), 10)
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)

    world.clock.run(both())

    assert max(other.answers) <= 1 + 0.1 * (2 * 10 / 4 + 2)


def test_requests_of_one_backend_are_served_in_order() -> None:
    """First come, first served."""
    clock = VirtualClock()
    gate = a_gate(clock, concurrency=1)
    lane, order = gate.lane(), []

    async def visit(number: int) -> None:
        await gate.enter(lane)
        order.append(number)
        await asyncio.sleep(1)
        gate.leave()

    async def everybody() -> None:
        await asyncio.gather(*(visit(number) for number in range(10)))

    clock.run(everybody())

    assert order == list(range(10))


def test_a_gate_works_in_one_event_loop_after_another() -> None:
    """A run that was interrupted leaves no place taken, and no waiter behind."""
    world = World(limits=Limits(concurrency=2))

    async def interrupted() -> None:
        task = asyncio.create_task(asked_all(world.guarded, 50))
        await asyncio.sleep(0.15)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    world.clock.run(interrupted())
    results = world.ask(20)

    assert len(results) == 20
    assert not errors_of(results)


def test_what_the_service_says_it_takes_is_kept_to() -> None:
    """No refusal, where the allowance told how many more there could be."""
    world = World(Behaviour(per_minute=300, tells_allowance=True))

    results = world.ask(600)

    assert not errors_of(results)
    assert world.service.refused == 0
    assert any("few more" in change.reason for change in world.record.limits)


def test_an_allowance_of_tokens_is_reckoned_in_requests() -> None:
    """Of 1,000 tokens at 150 each, six requests can be had."""
    clock = VirtualClock()
    gate = Gate(ENDPOINT, Limits(), clock, lambda _: None)

    gate.answered(gate.sent(), Allowance(tokens=1_000), Usage(input_tokens=100, output_tokens=50))

    assert gate.limit == 6


def test_an_allowance_is_forgotten_once_it_is_over() -> None:
    """When the service has taken all requests again, the limit is what it was."""
    clock = VirtualClock()
    gate = Gate(ENDPOINT, Limits(), clock, lambda _: None)
    lane = gate.lane()

    async def ask() -> None:
        await gate.enter(lane)
        gate.answered(gate.sent(), Allowance(requests=2, requests_reset=5.0), Usage())
        held = gate.limit
        await asyncio.sleep(6)
        gate.leave()
        assert held == 2

    clock.run(ask())

    assert gate.limit > 2


def test_many_refusals_in_a_row_end_in_a_pause() -> None:
    """A service that says when to come back is let alone until then, by those too that it has not refused yet."""
    world = World(Behaviour(refusals=1.0, retry_after=20.0), limits=Limits(attempts=2))

    world.ask(200)

    arrivals = world.service.arrivals
    assert sum(arrival < 15 for arrival in arrivals) <= 20
    assert all(arrival >= 20 for arrival in arrivals if arrival > 1)


def test_limits_are_told_with_their_reasons() -> None:
    """The history in the run: the beginning, growth, and what was refused."""
    world = World(Behaviour(capacity=START + 4))

    world.ask(500)

    told = [event for event in world.events if isinstance(event, LimitChanged)]
    assert [told[0].limit, told[0].reason] == [START, "the first request"]
    assert {"all goes well", "the service refused"} <= {event.reason for event in told}


def test_a_failure_that_is_no_refusal_changes_no_limit() -> None:
    """A request that the service will not answer says nothing of how many it would."""

    class Refusing(SimulatedBackend):
        async def ask(self, _request: object) -> Reply:
            message = "no"
            raise BackendRefusedError(message)

    world = World()
    guarded = world.around(Refusing(world.service, world.clock, endpoint=ENDPOINT))

    results = world.clock.run(asked_all(guarded, 100))

    assert len(errors_of(results)) == 100
    assert [change.limit for change in world.record.limits] == [START]


def test_tokens_are_estimated_from_what_answers_had() -> None:
    """At first by the length of the request; later by the answers, and never above what can be written."""
    clock = VirtualClock()
    gate = Gate(ENDPOINT, Limits(), clock, lambda _: None)
    request = a_completion_request("x" * 350)

    before = gate.estimate(request, None), gate.estimate(request, 20)
    for _ in range(100):
        gate.answered(gate.sent(), Allowance(), Usage(input_tokens=100, output_tokens=40))

    assert before == (600.0, 120.0)
    assert 139 <= gate.estimate(request, None) <= 141
