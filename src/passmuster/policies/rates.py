"""How many requests and tokens go to an endpoint in a minute, and whose turn it is to wait."""

import asyncio
from collections import deque
from typing import Final

from passmuster.ports import Clock

MINUTE: Final = 60.0
SPECK: Final = 1e-9
"""What sums of fractions may be off by."""

SHORTEST: Final = 0.001
"""Seconds that are worth sleeping: clocks are not exact enough for less."""

SLICE: Final = 1.0
"""Seconds after which whoever waits looks again: answers may have used less than was thought."""


class Turns:
    """One after another, in the order of coming.

    A lock of asyncio belongs to the first event loop that waits at it. A run may use several, one after another.
    """

    def __init__(self) -> None:
        """Make no lock yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = asyncio.Lock()

    def lock(self) -> asyncio.Lock:
        """Return the lock of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._lock = loop, asyncio.Lock()
        return self._lock

    @property
    def is_free(self) -> bool:
        """Whether nobody has a turn."""
        return not self._lock.locked()


class Entry:
    """What one request takes of a minute, and since when."""

    __slots__ = ("at", "weight")

    def __init__(self, at: float, weight: float) -> None:
        """Keep both."""
        self.at = at
        self.weight = weight


class SlidingMinute:
    """Never more than so much within any sixty seconds.

    A bucket that fills up evenly would let twice as much through in its first minute: all that it holds, and all that
    flows in. So each entry is kept until it is a minute old.
    """

    def __init__(self, most: float) -> None:
        """Begin with an empty minute."""
        self._most = most
        self._entries: deque[Entry] = deque()
        self._total = 0.0

    def narrow(self, most: float) -> None:
        """Lower what a minute may hold."""
        self._most = min(self._most, most)

    def wait(self, now: float, weight: float) -> float:
        """Return the seconds until so much more fits; what no minute could hold gets an empty one to itself."""
        self._forget(now)
        excess = self._total + min(weight, self._most) - self._most
        if excess <= 0.0:
            return 0.0
        for entry in self._entries:
            excess -= entry.weight
            if excess <= SPECK:
                return max(entry.at + MINUTE - now, 0.0)
        return MINUTE

    def take(self, now: float, weight: float) -> Entry:
        """Enter what a request is thought to take."""
        entry = Entry(now, weight)
        self._entries.append(entry)
        self._total += weight
        return entry

    def correct(self, entry: Entry, weight: float, now: float) -> None:
        """Enter what it took instead; nothing happens once the entry's minute is over."""
        self._forget(now)
        if self._entries and entry.at >= self._entries[0].at:
            self._total += weight - entry.weight
            entry.weight = weight

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0].at + MINUTE <= now:
            self._total -= self._entries.popleft().weight
        if not self._entries:
            self._total = 0.0


class Pace:
    """When the next request may be sent: what a minute holds, and pauses that the service asks for.

    Whoever waits does so in the order of coming, and has a place among those under way already: while one waits, no
    other could be sent anyway.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin without any limit."""
        self._clock = clock
        self._requests: SlidingMinute | None = None
        self._tokens: SlidingMinute | None = None
        self._paused_until = 0.0
        self._turns = Turns()

    @property
    def counts_tokens(self) -> bool:
        """Whether tokens are limited, so that they have to be estimated."""
        return self._tokens is not None

    def narrow(self, requests: int | None, tokens: int | None) -> None:
        """Lower what a minute may hold, each as far as given."""
        self._requests = _narrowed(self._requests, requests)
        self._tokens = _narrowed(self._tokens, tokens)

    def pause(self, seconds: float) -> None:
        """Send nothing for some time."""
        self._paused_until = max(self._paused_until, self._clock.elapsed() + seconds)

    async def turn(self, tokens: float) -> Entry | None:
        """Wait until a request may be sent, and enter it; returns its entry among the tokens.

        Args:
            tokens: What it is thought to take.
        """
        if self._is_free:
            return None
        now = self._clock.elapsed()
        if not self._turns.is_free or self._wait(now, tokens) > 0.0:
            async with self._turns.lock():
                now = self._clock.elapsed()
                while (wait := self._wait(now, tokens)) > 0.0:
                    await self._clock.sleep(min(max(wait, SHORTEST), SLICE))
                    now = self._clock.elapsed()
                return self._take(now, tokens)
        return self._take(now, tokens)

    def correct(self, entry: Entry, tokens: float) -> None:
        """Enter what a request took in the place of what it was thought to take."""
        if self._tokens is not None:
            self._tokens.correct(entry, tokens, self._clock.elapsed())

    @property
    def _is_free(self) -> bool:
        return self._requests is None and self._tokens is None and self._paused_until == 0.0

    def _wait(self, now: float, tokens: float) -> float:
        if self._paused_until <= now:
            self._paused_until = 0.0
        return max(
            self._paused_until - now if self._paused_until else 0.0,
            0.0 if self._requests is None else self._requests.wait(now, 1.0),
            0.0 if self._tokens is None else self._tokens.wait(now, tokens),
        )

    def _take(self, now: float, tokens: float) -> Entry | None:
        if self._requests is not None:
            self._requests.take(now, 1.0)
        return None if self._tokens is None else self._tokens.take(now, tokens)


def _narrowed(window: SlidingMinute | None, most: int | None) -> SlidingMinute | None:
    if most is None:
        return window
    if window is None:
        return SlidingMinute(float(most))
    window.narrow(float(most))
    return window
