"""Answers kept on this machine, for every process on it; see :class:`passmuster.policies.caching.AnswerCache`.

Reading is done at once, since in this form of file readers never wait. What changes the file is done in groups by a
thread of its own. If the file cannot be used, that is said once, and nothing is kept any more: a cache is never the
reason why a run fails.
"""

import asyncio
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passmuster.domain.answers import Completion, Origin
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import Fingerprint
from passmuster.policies import answer_file
from passmuster.policies.answer_text import completion_text, conversation_text, instructions_of, read_completion
from passmuster.policies.caching import Question

USED_AGAIN: Final = 3_600.0
"""Seconds after which it is noted again that an answer was used; pruning need not know more closely."""

MOST_REMEMBERED: Final = 20_000
"""Answers of which it is remembered that they are there; with more, the file is asked each time."""


@dataclass(frozen=True, slots=True)
class _Notes:
    """What is written with the next group, and nobody waits for: claims given up, and answers that were used."""

    released: list[bytes] = field(default_factory=list)
    used: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Order:
    """Something that is to be changed in the file, and who waits for it."""

    change: Callable[[sqlite3.Connection], bool]
    done: "asyncio.Future[bool]"


class KeptAnswers:
    """Keeps answers in a file; conforms to :class:`passmuster.policies.caching.AnswerCache`."""

    def __init__(
        self,
        file: Path,
        *,
        oldest: datetime,
        now: Callable[[], datetime],
        holds_secret: Callable[[str], bool] = lambda _text: False,
    ) -> None:
        """Take the file; it is opened when it is first needed.

        Args:
            file: Where answers are kept.
            oldest: Answers made before are not taken, and give way to newer ones.
            now: Tells the time.
            holds_secret: Tells of a text whether it must never be kept.
        """
        self._file = file
        self._oldest = oldest.timestamp()
        self._now = now
        self._holds_secret = holds_secret
        self._owner = answer_file.owner_here()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._is_off = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passmuster-cache")
        self._orders: list[_Order] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_busy = False
        self._claimed: set[bytes] = set()
        self._notes = _Notes()
        self._unreadable: set[bytes] = set()
        # What others keep later is found out when it is claimed.
        self._there: set[bytes] | None = None
        self._introduced: dict[Fingerprint, Mapping[str, object]] = {}
        self._renewal: asyncio.TimerHandle | None = None
        self.under_way: dict[bytes, asyncio.Future[Completion | None]] = {}

    def introduce(self, identity: Fingerprint, told: Mapping[str, object]) -> None:
        """Say what a backend is, in plain data without secrets; it is kept beside its answers."""
        self._introduced[identity] = told

    def find(self, question: Question) -> Completion | None:
        """Return the answer that is kept, unless it is too old."""
        if self._is_off:
            return None
        with self._guarded():
            reader = self._reader or self._open_reader()
            if self._there is not None and question.key not in self._there:
                return None
            query = "SELECT answer, made, used FROM answer WHERE key = ? AND made >= ?"
            row = reader.execute(query, (question.key, self._oldest)).fetchone()
            if row is not None:
                answer, made, used = row
                if self._now().timestamp() - used > USED_AGAIN:
                    self._notes.used.add(question.key)
                found = _read(answer, made)
                if found is None:
                    # It is asked for again, and written over.
                    self._unreadable.add(question.key)
                return found
        return None

    async def claim(self, question: Question) -> bool:
        """Whether the question is ours to ask."""
        if self._is_off:
            return True
        key = question.key
        now = self._now().timestamp()
        oldest = math.inf if key in self._unreadable else self._oldest

        def change(writer: sqlite3.Connection) -> bool:
            return answer_file.claim(writer, key, owner=self._owner, now=now, oldest=oldest)

        # Noted before, so that it is taken back also if whoever asks is cancelled meanwhile.
        self._claimed.add(key)
        is_ours = await self._ordered(change, otherwise=True)
        if not is_ours:
            self._claimed.discard(key)
            self._note(key)
        return is_ours

    async def keep(self, question: Question, completion: Completion) -> Completion:
        """Keep an answer, and return it as others get it; one that holds a secret is not kept."""
        self._claimed.discard(question.key)
        moment = self._now()
        text = "" if self._is_off else completion_text(completion)
        if self._is_off or self._is_forbidden(question, completion.text, text):
            self.abandon(question)
        else:

            def change(writer: sqlite3.Connection) -> bool:
                # Packed here and not before, where all others would wait for it.
                answer_file.keep(writer, answer_file.row_of(question, text, moment.timestamp()))
                return True

            await self._ordered(change, otherwise=False)
            self._note(question.key)
        return _as_kept(completion, moment)

    async def release(self, question: Question) -> None:
        """Give up the claim."""
        self.abandon(question)
        if not self._is_off:
            await self._ordered(lambda _writer: True, otherwise=False)

    def abandon(self, question: Question) -> None:
        """Give up the claim with the next group, or when the cache is closed."""
        self._claimed.discard(question.key)
        self._notes.released.append(question.key)

    def close(self) -> None:
        """Write what is left, and let go of the file; a second call does nothing."""
        self._thread.shutdown()
        if self._renewal is not None:
            self._renewal.cancel()
        self._notes.released.extend(self._claimed)
        if not self._is_off and (self._notes.used or self._notes.released):
            with self._guarded():
                self._change([], self._notes)
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None
        self._is_off = True

    def _open_reader(self) -> sqlite3.Connection:
        reader = self._reader = answer_file.open_answers(self._file)
        keys = reader.execute("SELECT key FROM answer LIMIT ?", (MOST_REMEMBERED + 1,)).fetchall()
        self._there = None if len(keys) > MOST_REMEMBERED else {key for (key,) in keys}
        return reader

    def _note(self, key: bytes) -> None:
        """Remember that there is an answer, or that somebody is asking for one."""
        if self._there is not None:
            self._there.add(key)

    def _is_forbidden(self, question: Question, *answer: str) -> bool:
        request = question.request
        # Who holds secrets is asked once: whether one is in any of these.
        return self._holds_secret("\0".join((*answer, conversation_text(request), instructions_of(request))))

    async def _ordered(self, change: Callable[[sqlite3.Connection], bool], *, otherwise: bool) -> bool:
        """Have something changed with the next group; if the file cannot be used, that is as told."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # What an earlier loop waited for, nobody waits for any more.
            self._loop, self._orders, self._is_busy, self._renewal = loop, [], False, None
        order = _Order(change, loop.create_future())
        self._orders.append(order)
        if not self._is_busy:
            self._is_busy = True
            # Those who come at the same moment come along.
            loop.call_soon(self._begin_group)
        done = await order.done
        return otherwise if self._is_off else done

    def _begin_group(self) -> None:
        loop, orders, self._orders = self._loop, self._orders, []
        if loop is None or not orders:
            self._is_busy = False
            return
        if self._renewal is None and self._claimed:
            self._renewal = loop.call_later(answer_file.LEASE / 3, self._renew)
        notes, self._notes = self._notes, _Notes()
        self._thread.submit(self._work, loop, orders, notes)

    def _work(self, loop: asyncio.AbstractEventLoop, orders: list[_Order], notes: _Notes) -> None:
        """Do a group, in the thread."""
        results = [False] * len(orders)
        with self._guarded():
            results = self._change([order.change for order in orders], notes)
        try:
            loop.call_soon_threadsafe(self._end_group, orders, results)
        except RuntimeError:
            # The loop has been closed, and with it whoever waited.
            return

    def _end_group(self, orders: list[_Order], results: list[bool]) -> None:
        for order, result in zip(orders, results, strict=True):
            if not order.done.done():
                order.done.set_result(result)
        self._begin_group()

    def _change(self, changes: list[Callable[[sqlite3.Connection], bool]], notes: _Notes) -> list[bool]:
        is_first = self._writer is None
        writer = self._writer = self._writer or answer_file.open_answers(self._file)
        introduced, self._introduced = self._introduced, {}
        writer.execute("BEGIN IMMEDIATE")
        try:
            if is_first:
                answer_file.forget_gone(writer)
            results = [change(writer) for change in changes]
            for identity, told in introduced.items():
                answer_file.introduce(writer, identity, told)
            answer_file.release(writer, notes.released, owner=self._owner)
            now = self._now().timestamp()
            writer.executemany("UPDATE answer SET used = ? WHERE key = ?", [(now, key) for key in notes.used])
        except BaseException:
            writer.execute("ROLLBACK")
            raise
        writer.execute("COMMIT")
        return results

    def _renew(self) -> None:
        """Let claims hold on while answers are awaited."""
        self._renewal = None
        keys, now = tuple(self._claimed), self._now().timestamp()
        if keys and self._loop is not None:

            def change(writer: sqlite3.Connection) -> bool:
                answer_file.renew(writer, keys, owner=self._owner, now=now)
                return True

            self._orders.append(_Order(change, self._loop.create_future()))
            if not self._is_busy:
                self._is_busy = True
                self._begin_group()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn the cache off, and say so, where its file cannot be used."""
        try:
            yield
        except EnvironmentFaultError as error:
            self._turn_off(str(error))
        except (OSError, sqlite3.Error) as error:
            if answer_file.is_damage(error):
                self._put_aside(error)
            self._turn_off(f"the kept answers in {str(self._file)!r} cannot be used: {error}")

    def _put_aside(self, error: Exception) -> None:
        try:
            answer_file.put_aside(self._file, error)
        except EnvironmentFaultError as fault:
            answer_file.warn(str(fault))

    def _turn_off(self, reason: str) -> None:
        if not self._is_off:
            self._is_off = True
            answer_file.warn(f"{reason}; nothing is taken from the cache any more, and nothing kept")


def _read(answer: bytes, made: float) -> Completion | None:
    try:
        completion = read_completion(answer_file.unpacked(answer))
    except ValueError:
        return None
    return _as_kept(completion, datetime.fromtimestamp(made, UTC))


def _as_kept(completion: Completion, moment: datetime) -> Completion:
    return replace(completion, origin=Origin.CACHED, latency=0.0, first_token=None, made_on=moment.date().isoformat())
