"""Requests and tokens in a minute."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.policies.simulated import World, errors_of

from passmuster.domain.values import Usage
from passmuster.policies.rates import Pace, SlidingMinute
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour
from passmuster.testing.virtual_time import VirtualClock


def most_within_a_minute(entries: Sequence[tuple[float, float]]) -> float:
    return max(sum(weight for at, weight in entries if start <= at < start + 60) for start, _ in entries)


@settings(max_examples=60, deadline=None)
@given(
    most=st.integers(1, 50),
    arrivals=st.lists(st.tuples(st.floats(0, 200), st.integers(1, 30)), min_size=1, max_size=40),
)
def test_no_minute_ever_has_more(most: int, arrivals: list[tuple[float, int]]) -> None:
    """Whenever requests come, and whatever they take; one that is too large for any minute has one to itself."""
    clock, sent = VirtualClock(), list[tuple[float, float]]()
    pace = Pace(clock)
    pace.narrow(None, most)

    async def one(at: float, weight: int) -> None:
        await asyncio.sleep(at)
        await pace.turn(float(weight))
        sent.append((clock.elapsed(), float(weight)))

    async def everybody() -> None:
        await asyncio.gather(*(one(at, weight) for at, weight in arrivals))

    clock.run(everybody())

    assert len(sent) == len(arrivals)
    assert most_within_a_minute(sent) <= max(most, *(weight for _, weight in sent))


def test_requests_of_a_minute_may_all_come_at_its_beginning() -> None:
    """A short run is not slowed down by a limit that it does not reach."""
    world = World(limits=Limits(requests_per_minute=100, concurrency=200))

    world.ask(100)

    assert world.clock.elapsed() < 1


def test_the_next_minute_is_waited_for() -> None:
    """Two hundred and fifty requests at a hundred a minute take two minutes and a bit."""
    world = World(Behaviour(per_minute=100), limits=Limits(requests_per_minute=100))

    results = world.ask(250)

    assert not errors_of(results)
    assert world.service.refused == 0
    assert 120 <= world.clock.elapsed() <= 123


def test_whoever_waits_is_served_in_the_order_of_coming() -> None:
    """Also when a later one would fit into what is left."""
    clock, order = VirtualClock(), list[int]()
    pace = Pace(clock)
    pace.narrow(None, 100)

    async def one(number: int, tokens: float) -> None:
        await pace.turn(tokens)
        order.append(number)

    async def everybody() -> None:
        await asyncio.gather(*(one(number, tokens) for number, tokens in enumerate([60.0, 60.0, 10.0, 30.0])))

    clock.run(everybody())

    assert order == [0, 1, 2, 3]


def test_what_was_not_used_is_given_back() -> None:
    """A reservation of the whole minute, of which a tenth was used, leaves room at once."""
    minute = SlidingMinute(1_000.0)
    entry = minute.take(0.0, 1_000.0)

    full = minute.wait(1.0, 500.0)
    minute.correct(entry, 100.0, 1.0)

    assert full == 59.0
    assert minute.wait(1.0, 500.0) == 0.0


def test_what_was_used_beyond_the_estimate_is_waited_for() -> None:
    """The minute is fuller than was thought."""
    minute = SlidingMinute(1_000.0)
    entry = minute.take(0.0, 10.0)

    minute.correct(entry, 900.0, 2.0)

    assert minute.wait(2.0, 200.0) == 58.0


def test_a_correction_that_comes_after_the_minute_changes_nothing() -> None:
    """A slow answer must not be counted into a minute that it was not sent in."""
    minute = SlidingMinute(100.0)
    entry = minute.take(0.0, 10.0)
    minute.take(70.0, 50.0)

    minute.correct(entry, 90.0, 75.0)

    assert minute.wait(75.0, 50.0) == 0.0


def test_tokens_of_a_run_keep_to_the_limit() -> None:
    """What answers really had, minute by minute."""
    usage = Usage(input_tokens=100, output_tokens=400)
    world = World(Behaviour(usage=usage), limits=Limits(tokens_per_minute=20_000, concurrency=8))

    world.ask(100)

    sent = [(arrival, 500.0) for arrival in world.service.arrivals]
    assert most_within_a_minute(sent) <= 20_000
    assert world.clock.elapsed() <= 150


def test_a_wait_that_is_cancelled_lets_the_next_one_go_on() -> None:
    """Nobody is stuck behind somebody who left."""
    clock = VirtualClock()
    pace = Pace(clock)
    pace.narrow(1, None)

    async def scene() -> float:
        await pace.turn(0.0)
        first = asyncio.create_task(pace.turn(0.0))
        second = asyncio.create_task(pace.turn(0.0))
        await asyncio.sleep(1)
        first.cancel()
        await second
        return clock.elapsed()

    assert 60 <= clock.run(scene()) <= 61


def test_a_pause_holds_everybody_up() -> None:
    """Nothing is sent until it is over."""
    clock = VirtualClock()
    pace = Pace(clock)

    async def scene() -> float:
        pace.pause(7.0)
        await asyncio.gather(*(pace.turn(0.0) for _ in range(5)))
        return clock.elapsed()

    assert 7 <= clock.run(scene()) <= 7.01


def test_the_stricter_of_two_figures_holds() -> None:
    """Two backends of one endpoint state different quotas, in either order."""
    for figures in ((100, 40), (40, 100)):
        clock = VirtualClock()
        pace = Pace(clock)
        for figure in figures:
            pace.narrow(figure, None)

        async def ask(pace: Pace = pace) -> None:
            for _ in range(41):
                await pace.turn(0.0)

        clock.run(ask())

        assert 60 <= clock.elapsed() <= 61
