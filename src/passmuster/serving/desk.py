"""Threads that work at a suite, each with parts of its own, and what they keep of their work."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from threading import Lock
from typing import Final, Generic, TypeVar

from passmuster.composition.building import Workbench
from passmuster.domain.errors import StoreError

MOST_WAITING: Final = 100
"""Pieces of work in a line; who comes then is asked to come again."""

WorkT = TypeVar("WorkT")
KeptT = TypeVar("KeptT")

Opening = Callable[[], AbstractContextManager[Workbench]]
"""Opens the suite; what it yields is used by one thread."""


class BusyError(Exception):
    """Too much is asked for at once."""


class Desk:
    """One thread that does one thing after the other."""

    def __init__(self, opening: Opening, *, keeps_open: bool) -> None:
        """Begin nothing yet.

        Args:
            opening: Opens the suite.
            keeps_open: Whether it stays open, which is quick; else every piece of work sees the suite as it is then.
        """
        self._opening = opening
        self._keeps_open = keeps_open
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._held = ExitStack()
        self._bench: Workbench | None = None
        self._waiting = 0

    async def do(self, work: Callable[[Workbench], WorkT]) -> WorkT:
        """Have some work done.

        Raises:
            BusyError: If too much is waiting already.
        """
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)
        finally:
            self._waiting -= 1

    def _done(self, work: Callable[[Workbench], WorkT]) -> WorkT:
        if not self._keeps_open:
            with self._opening() as bench:
                return work(bench)
        if self._bench is None:
            self._bench = self._held.enter_context(self._opening())
        try:
            return work(self._bench)
        except StoreError:
            # A server may have gone and come back.
            self._let_go()
            raise

    def _let_go(self) -> None:
        self._bench = None
        self._held.close()

    def close(self) -> None:
        """Finish what is begun, drop what waits, and close the suite."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._let_go()


class Shelf(Generic[KeptT]):
    """Keeps the few things that were asked for last; used by several threads."""

    def __init__(self, most: int) -> None:
        """Say how many."""
        self._most = most
        self._kept: OrderedDict[Hashable, KeptT] = OrderedDict()
        self._lock = Lock()

    async def made(self, desk: Desk, key: Hashable, make: Callable[[Workbench], tuple[KeptT, bool]]) -> KeptT:
        """Return what is kept by a name, or have it made.

        Args:
            desk: Who makes it.
            key: Its name.
            make: Returns the thing, and whether it may be kept.

        Raises:
            BusyError: If too much is waiting already.
        """

        def work(bench: Workbench) -> KeptT:
            # Somebody who stood before in the line may have wanted the same.
            already = self._get(key)
            if already is not None:
                return already
            thing, is_final = make(bench)
            if is_final:
                self._keep(key, thing)
            return thing

        found = self._get(key)
        return await desk.do(work) if found is None else found

    def _get(self, key: Hashable) -> KeptT | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, thing: KeptT) -> None:
        with self._lock:
            self._kept[key] = thing
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
