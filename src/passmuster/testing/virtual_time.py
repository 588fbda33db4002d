"""Time in which waiting takes none: an hour of retries passes in a moment, and always in the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from passmuster.testing.factories import MOMENT

ResultT = TypeVar("ResultT")


class VirtualClock:
    """A clock that jumps to the next moment at which something happens; conforms to :class:`passmuster.ports.Clock`.

    Everything that runs within ``run`` lives in its time, ``asyncio.sleep`` and ``asyncio.timeout`` included. Threads
    do not: whoever waits for one is overtaken by every timer.
    """

    def __init__(self, *, start: datetime = MOMENT) -> None:
        """Set the clock; ``start`` is the time of day at first, in Coordinated Universal Time."""
        self._start = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self._elapsed)

    def elapsed(self) -> float:
        """Return the seconds since the clock was set."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait, in virtual time."""
        await asyncio.sleep(max(seconds, 0.0))

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._elapsed += seconds

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run some work to its end, in an event loop of its own that goes by this clock.

        Raises:
            RuntimeError: If everything waits for something that nothing will bring about.
        """
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(work)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that goes by a virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Selector(clock))
        self._virtual = clock

    def time(self) -> float:
        return self._virtual.elapsed()


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock on to it."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            message = "everything waits, and nothing is left that could end it"
            raise RuntimeError(message)
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready
