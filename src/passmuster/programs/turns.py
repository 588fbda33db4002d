"""How many runs of a program may be under way at once."""

import asyncio


class Turns:
    """Lets only so many runs be under way at once, in whichever loop they are."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._loop: asyncio.AbstractEventLoop | None = None
        self._semaphore = asyncio.Semaphore(number)

    def turn(self) -> asyncio.Semaphore:
        """Return what a run has to hold."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # A semaphore serves one loop; a subject may be asked in several, one after the other.
            self._loop, self._semaphore = loop, asyncio.Semaphore(self._number)
        return self._semaphore
