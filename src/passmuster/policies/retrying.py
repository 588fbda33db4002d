"""What may pass is asked again: later, not by all at once, and not without end."""

import random
from typing import Final

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError, BackendUnavailableError, RateLimitedError, ServiceGoneError
from passmuster.policies.asking import ATTEMPT, Asks
from passmuster.policies.events import Failed, Listener
from passmuster.ports import Clock
from passmuster.services.options import Limits

FAULT: Final = (0.25, 2.0)
"""Seconds that the first wait can take at the most after a fault, and what each further one is multiplied by."""

REFUSAL: Final = (0.5, 3.0)
"""The same where the service wants to be asked less often: what it is short of may come by the minute only."""

LONGEST_WAIT: Final = 30.0
"""Seconds that any wait can take at the most, where the service does not ask for more."""

SHARE: Final = 0.2
"""Retries that each new request pays for, as in Finagle's ``RetryBudget``."""

PER_SECOND: Final = 10.0
"""Retries a second that are allowed however few the requests are, likewise."""

RESERVE: Final = 100.0
"""Retries that can be saved up; where a run begins."""


class Retries:
    """When requests of one endpoint are sent again, and how many of them it can be burdened with.

    Waits are exponential back-off with full jitter: anything between nothing and a bound that grows (Marc Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), so that requests which failed together do not come
    back together. A service that says how long to wait is obeyed, and the jitter is added to that.

    A service that fails is not helped by being asked five times as often. So retries are held to a share of the
    requests, as Finagle's ``RetryBudget`` and gRPC's retry throttling (gRFC A6) do. Those drop what is too much; a
    case of a suite is rather kept waiting than lost.
    """

    def __init__(self, clock: Clock, *, seed: int) -> None:
        """Begin with a full reserve; the seed draws the jitter."""
        self._clock = clock
        self._generator = random.Random(seed)  # noqa: S311 - spreads retries; nothing is kept secret by it
        self._level = RESERVE
        self._at = clock.elapsed()

    def deposit(self) -> None:
        """Note a new request, which pays for a share of a retry."""
        self._level = min(self._level + SHARE, RESERVE)

    def delay(self, failure: BackendError, attempt: int) -> float:
        """Draw the seconds to wait after an attempt, counted from 1."""
        first, factor = REFUSAL if isinstance(failure, RateLimitedError) else FAULT
        return self._generator.uniform(0.0, min(first * factor ** (attempt - 1), LONGEST_WAIT))

    def withdraw(self) -> float:
        """Take one retry, and return the seconds until there is one."""
        now = self._clock.elapsed()
        self._level = min(self._level + (now - self._at) * PER_SECOND, RESERVE) - 1.0
        self._at = now
        return max(-self._level, 0.0) / PER_SECOND

    def give_back(self) -> None:
        """Put a retry back that was not made."""
        self._level = min(self._level + 1.0, RESERVE)


class Retried:
    """Asks again after a failure that may pass; while it waits, it takes up nobody's place."""

    def __init__(
        self, inner: Asks, *, endpoint: Endpoint, limits: Limits, retries: Retries, clock: Clock, tell: Listener
    ) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            endpoint: Whom that is.
            limits: How often it is asked at the most, and how long no wait is worth while.
            retries: The endpoint's.
            clock: Waits.
            tell: Takes the events.
        """
        self._inner = inner
        self._endpoint = endpoint
        self._attempts = limits.attempts
        self._longest = limits.total
        self._retries = retries
        self._clock = clock
        self._tell = tell

    async def ask(self, request: CompletionRequest) -> Reply:
        """Ask until there is an answer, or nothing more to hope for.

        Raises:
            BackendError: The last failure.
        """
        self._retries.deposit()
        try:
            return await self._inner.ask(request)
        except BackendError as error:
            failure = error
        try:
            for attempt in range(2, self._attempts + 1):
                await self._wait_after(failure, attempt - 1, request)
                ATTEMPT.set(attempt)
                try:
                    return await self._inner.ask(request)
                except BackendError as error:
                    failure = error
        finally:
            ATTEMPT.set(1)
        raise self._told(failure, request)

    async def _wait_after(self, failure: BackendError, attempt: int, request: CompletionRequest) -> None:
        """Wait for the next attempt; raises if there is to be none."""
        if not failure.is_transient or isinstance(failure, ServiceGoneError):
            raise self._told(failure, request)
        asked = failure.retry_after if isinstance(failure, RateLimitedError) else None
        if asked is not None and asked > self._longest:
            raise self._told(_asks_too_much(failure, asked, self._longest), request)
        # Whoever is told when to come back need not grow more cautious by himself.
        wait = self._retries.delay(failure, attempt) if asked is None else asked + self._retries.delay(failure, 1)
        wait = max(wait, self._retries.withdraw())
        if wait > self._longest + LONGEST_WAIT:
            self._retries.give_back()
            raise self._told(_too_many(failure, wait), request)
        self._tell(Failed(endpoint=self._endpoint, request=request, error=failure, wait=wait))
        await self._clock.sleep(wait)

    def _told(self, failure: BackendError, request: CompletionRequest) -> BackendError:
        """Tell of a last failure, and return it."""
        self._tell(Failed(endpoint=self._endpoint, request=request, error=failure, wait=None))
        return failure


def _asks_too_much(failure: BackendError, asked: float, longest: float) -> BackendError:
    message = f"{failure.message}; it asks to wait {asked:g} s, and no wait may be longer than {longest:g} s"
    hint = "finish the run with --resume when the service answers again, or raise 'limits: {total: …}'"
    return RateLimitedError(message, hint=hint, retry_after=asked)


def _too_many(failure: BackendError, wait: float) -> BackendError:
    message = f"{failure.message}; so many requests fail that this one's turn would come in {wait:.0f} s only"
    return BackendUnavailableError(message, hint="finish the run with --resume when the service is well again")
