"""Waits in a coroutine for what a thread does; whoever is cancelled meanwhile waits until the thread has let go."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import Final, TypeVar

ResultT = TypeVar("ResultT")

MOST: Final = 256
"""So many commands run at once; whoever asks for more waits."""


async def waited(work: Callable[[int], ResultT]) -> ResultT:
    """Have work done in a thread; it is given a descriptor that can be read once nobody waits for it any more."""
    woken, waking = os.pipe()
    try:
        done = asyncio.get_running_loop().run_in_executor(_threads(os.getpid()), work, woken)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            os.write(waking, b"x")
            while not done.done():
                # Whoever cancels a second time changes nothing: no process may be left behind.
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({done})
            # Taken, so that nobody is told of it a second time.
            done.exception()
            raise
    finally:
        os.close(woken)
        os.close(waking)


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    # Threads do not outlive a fork, so that each process has its own.
    del process
    return ThreadPoolExecutor(max_workers=MOST, thread_name_prefix="sandbox")
