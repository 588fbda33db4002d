"""Time in which waiting takes none."""

import asyncio
import time
from datetime import timedelta

import pytest

from passmuster.testing.factories import MOMENT
from passmuster.testing.virtual_time import VirtualClock


def test_a_day_passes_in_a_moment() -> None:
    """Sleeping moves the clock, in the right order."""
    clock, order = VirtualClock(), list[str]()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        order.append(name)

    async def scene() -> None:
        await asyncio.gather(sleeper("late", 86_400), sleeper("early", 10), sleeper("at once", -1))

    began = time.monotonic()
    clock.run(scene())

    assert order == ["at once", "early", "late"]
    assert clock.elapsed() == 86_400
    assert clock.now() == MOMENT + timedelta(days=1)
    assert time.monotonic() - began < 3_600


def test_time_limits_of_asyncio_go_by_it() -> None:
    """Nothing else has to know of it."""
    clock = VirtualClock()

    async def scene() -> None:
        async with asyncio.timeout(5):
            await asyncio.sleep(100)

    with pytest.raises(TimeoutError):
        clock.run(scene())

    assert clock.elapsed() == 5


def test_time_goes_on_from_one_run_to_the_next() -> None:
    """Several event loops, one after another, share a clock."""
    clock = VirtualClock()

    clock.run(clock.sleep(3))
    clock.advance(4)
    clock.run(clock.sleep(5))

    assert clock.elapsed() == 12


def test_waiting_for_nothing_is_told() -> None:
    """A test that would hang fails instead."""

    async def scene() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="everything waits"):
        VirtualClock().run(scene())
