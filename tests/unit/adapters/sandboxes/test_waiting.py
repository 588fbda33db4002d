"""A coroutine that waits for a thread, and is cancelled meanwhile."""

import asyncio
import select
import threading

import pytest

from passmuster.adapters.sandboxes.supervision import GivenUpError
from passmuster.adapters.sandboxes.waiting import waited
from passmuster.domain.errors import SandboxError


async def test_what_a_thread_returns_is_returned() -> None:
    """The event loop goes on meanwhile."""
    assert await waited(lambda _: 7) == 7


async def test_what_a_thread_raises_is_raised() -> None:
    """As it is."""

    def work(_: int) -> int:
        message = "not here"
        raise SandboxError(message)

    with pytest.raises(SandboxError, match="not here"):
        await waited(work)


async def test_whoever_is_cancelled_waits_until_the_thread_has_let_go() -> None:
    """Whatever it has started is gone by then, also if the patience of the caller is short."""
    begun, done = threading.Event(), []

    def work(wake: int) -> None:
        begun.set()
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.poll()
        done.append("tidied up")
        raise GivenUpError

    waiting = asyncio.create_task(waited(work))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert done == ["tidied up"]
