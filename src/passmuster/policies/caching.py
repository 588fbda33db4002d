"""Nothing is asked twice: an answer that was had before is taken from the cache, and equal requests wait for one.

The key is the identity of the backend, which is everything in its configuration that changes answers, together with
the whole request. The repetition is part of that: a cached repeat would look steady. Only answers are kept, never
failures.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Fingerprint
from passmuster.policies.asking import KEY, Asks
from passmuster.policies.events import Kept, Listener

FIRST_PAUSE: Final = 0.02
"""Seconds after which somebody who waits for another process looks for its answer first."""

LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request to one backend, as the cache knows it.

    Attributes:
        key: Its address: equal questions have equal keys, and others do not.
        identity: The fingerprint of everything that changes the backend's answers.
        request: What is asked.
    """

    key: bytes
    identity: Fingerprint
    request: CompletionRequest


class AnswerCache(Protocol):
    """Keeps answers between processes. It is never the reason for a failure: if it cannot be used, nothing is kept."""

    @property
    def under_way(self) -> dict[bytes, "asyncio.Future[Completion | None]"]:
        """What this process is asking at this moment, by key; every backend of the process shares it."""
        ...

    def find(self, question: Question) -> Completion | None:
        """Return the answer that is kept, unless it is too old, with the day on which it was made."""
        ...

    async def claim(self, question: Question) -> bool:
        """Whether the question is ours to ask: nobody else is asking it, and there is no answer meanwhile."""
        ...

    async def keep(self, question: Question, completion: Completion) -> Completion:
        """Keep an answer, give up the claim, and return the answer as others get it."""
        ...

    async def release(self, question: Question) -> None:
        """Give up the claim: there is no answer."""
        ...

    def abandon(self, question: Question) -> None:
        """Give up the claim without waiting, since whoever asked has been cancelled."""
        ...


class Cached:
    """Takes an answer from the cache where there is one; otherwise asks, once for all that want it."""

    def __init__(
        self,
        inner: Asks,
        *,
        cache: AnswerCache,
        identity: Fingerprint,
        endpoint: Endpoint,
        tell: Listener,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take whom to ask where nothing is kept.

        Args:
            inner: Asks.
            cache: Keeps answers.
            identity: The fingerprint of everything that changes the backend's answers.
            endpoint: Whom it asks, for whoever listens.
            tell: Hears of every request that was not sent.
            sleep: Waits for other processes.
        """
        self._inner = inner
        self._cache = cache
        self._identity = identity
        self._endpoint = endpoint
        self._tell = tell
        self._sleep = sleep

    async def ask(self, request: CompletionRequest) -> Reply:
        """Return the reply that is kept, or somebody is already waiting for, or that is had now.

        Raises:
            BackendError: If no completion could be had; whoever waited for the same answer gets the same error.
        """
        question = question_of(self._identity, request)
        under_way = self._cache.under_way
        while True:
            kept = self._cache.find(question)
            if kept is not None:
                return self._kept(question, kept)
            waiting = under_way.get(question.key)
            if waiting is None or waiting.get_loop() is not asyncio.get_running_loop():
                return await self._lead(question)
            # Whoever waits may be cancelled; what is waited for must not be.
            shared = await asyncio.shield(waiting)
            if shared is not None:
                return self._kept(question, shared)

    async def _lead(self, question: Question) -> Reply:
        """Get the answer for everybody in this process who wants it."""
        future: asyncio.Future[Completion | None] = asyncio.get_running_loop().create_future()
        under_way = self._cache.under_way
        under_way[question.key] = future
        try:
            reply, told = await self._reply(question)
        except BackendError as error:
            future.set_exception(error)
            # There may be nobody who waits, and asyncio complains of errors that nobody has heard.
            future.exception()
            raise
        except BaseException:
            # Another one asks in its stead.
            future.set_result(None)
            raise
        else:
            future.set_result(told)
            return reply
        finally:
            del under_way[question.key]

    async def _reply(self, question: Question) -> tuple[Reply, Completion]:
        """Return the reply, and the completion as others get it."""
        pause = FIRST_PAUSE
        try:
            while not await self._cache.claim(question):
                kept = self._cache.find(question)
                if kept is not None:
                    return self._kept(question, kept), kept
                await self._sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            KEY.set(question.key.hex())
            reply = await self._inner.ask(question.request)
        except BackendError:
            await self._cache.release(question)
            raise
        except BaseException:
            self._cache.abandon(question)
            raise
        return reply, await self._cache.keep(question, reply.completion)

    def _kept(self, question: Question, completion: Completion) -> Reply:
        self._tell(
            Kept(
                endpoint=self._endpoint,
                request=question.request,
                usage=completion.usage,
                key=question.key.hex(),
                completion=completion,
            )
        )
        return Reply(completion=completion)


def question_of(identity: Fingerprint, request: CompletionRequest) -> Question:
    """Return a request to one backend as the cache knows it."""
    key = hashlib.sha256(f"{identity} {request.fingerprint}".encode()).digest()[:16]
    return Question(key=key, identity=identity, request=request)
