"""Ctrl-C while trials are made: once ends in order, twice at once; being asked to end by the system is the same."""

import asyncio
import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final

from passmuster.cli.leaving import AT_WORK, INTERRUPTED, say

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

ONE_PRESS: Final = 0.25
"""Seconds within which a second signal is the same press of a key: shells and runners of scripts pass it on as well."""

SHOW_CURSOR: Final = "\x1b[?25h"
"""What a progress bar hides and shows again at its end, which does not come when a process leaves at once."""


def run_interruptibly(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run some work to its end.

    The first Ctrl-C cancels it, so that it can keep what it has; the second ends the process at once. What is in a
    store by then is sound, since it is written in transactions.

    Raises:
        KeyboardInterrupt: If it was interrupted, after it has ended.
    """
    interruption = _Interruption()
    try:
        with asyncio.Runner(loop_factory=_quickest_loop()) as runner:
            runner.run(_watched(work, interruption))
    except asyncio.CancelledError:
        if interruption.came_at is not None:
            raise KeyboardInterrupt(AT_WORK) from None
        raise
    finally:
        interruption.forget()


def _quickest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the quickest event loop that is installed; ``None`` is Python's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    from uvloop import new_event_loop  # noqa: PLC0415 - an extra

    return new_event_loop


async def _watched(work: Callable[[], Coroutine[Any, Any, None]], interruption: "_Interruption") -> None:
    interruption.listen()
    await work()


class _Interruption:
    """Listens to the signals that ask a process to end.

    Attributes:
        came_at: When the first came, by a clock of its own; ``None`` if none has.
    """

    def __init__(self) -> None:
        self.came_at: float | None = None
        self._former: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Cancel the present task when the first signal comes; only a main thread is told of signals."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is None or threading.current_thread() is not threading.main_thread():
            return

        def handle(_number: int, _frame: FrameType | None) -> None:
            now = time.monotonic()
            if self.came_at is None:
                self.came_at = now
                loop.call_soon_threadsafe(task.cancel)
            elif now - self.came_at > ONE_PRESS:
                leave_at_once()

        self._former = {number: signal.signal(number, handle) for number in SIGNALS}

    def forget(self) -> None:
        """Leave signals to whom they were left before."""
        for number, handler in self._former.items():
            signal.signal(number, handler)


def leave_at_once() -> None:
    """End this process without clearing up."""
    if sys.stderr.isatty():
        sys.stderr.write(SHOW_CURSOR)
    say("left at once; what was stored before is kept: go on with the same command and --resume")
    sys.stderr.flush()
    os._exit(INTERRUPTED)
