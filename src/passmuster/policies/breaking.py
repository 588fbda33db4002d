"""A service that fails again and again is let alone, and asked now and then whether it is back."""

import re
from typing import Final

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    ServiceGoneError,
)
from passmuster.policies.asking import ATTEMPT, Asks
from passmuster.policies.rates import Turns
from passmuster.ports import Clock

IN_A_ROW: Final = 10
"""Requests that fail at their first attempt, without an answer between them, after which only probes are sent."""

FIRST_PROBE: Final = 1.0
"""Seconds until the first probe; each further one waits twice as long."""

LAST_PROBE: Final = 10.0
"""Seconds between probes at the most."""

NEVER_THERE: Final = 10.0
"""Seconds after which a service that never answered is given up: it was not started, or is somewhere else."""

GONE: Final = 90.0
"""Seconds after which a service that did answer is given up: long enough to be started again."""

NEVER_TOOK: Final = 75.0
"""Seconds of refusals after which a service that never answered is given up: more than the minute of most quotas."""

REFUSING: Final = 300.0
"""Seconds of refusals after which a service that did answer is given up."""


ALIKE: Final = 20
"""Refusals of a key or a model, and nothing else from the beginning, after which a backend is asked no more."""

_NUMBER: Final = re.compile(r"\b(?=\w*\d)[\w-]{16,}")
"""What a service knows a request by, such as ``req_011CSHoEeqs5C35K2UUqR7Fy``: another one in every answer."""


class Breaker:
    """Knows whether an endpoint is there; all backends of the endpoint share it.

    While it is open, requests wait, and one at a time is sent as a probe. An outage of half a minute costs no case; an
    endpoint that stays away is given up, and whatever is asked of it fails at once, but for a probe now and then.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        """Begin closed."""
        self._endpoint = endpoint
        self._clock = clock
        self._turns = Turns()
        self._failures = 0
        self._since = 0.0
        self._has_answered = False
        self._last: BackendError | None = None
        self._interval = 0.0
        self._probe_at = 0.0
        self._is_gone = False

    @property
    def is_open(self) -> bool:
        """Whether nothing is sent but probes."""
        return self._interval > 0.0

    def answered(self) -> None:
        """Note that the endpoint is there."""
        self._failures = 0
        self._has_answered = True
        self._interval = 0.0
        self._is_gone = False

    def failed(self, error: BackendUnavailableError, *, is_probe: bool) -> None:
        """Note a failure that says nothing of the request, and may say something of the service."""
        now = self._clock.elapsed()
        if not self._failures:
            self._since = now
        self._failures += 1
        self._last = error
        if self.is_open:
            if is_probe:
                self._postpone(now, min(self._interval * 2.0, LAST_PROBE))
        elif self._failures >= IN_A_ROW and now - self._since >= self._patience_with(error):
            self._postpone(now, FIRST_PROBE)

    async def ask(self, inner: Asks, request: CompletionRequest) -> Reply:
        """Ask as a probe when it is time for one, or as usual once another probe has been answered.

        Raises:
            ServiceGoneError: If the endpoint is given up.
            BackendError: As the backend does.
        """
        async with self._turns.lock():
            while self.is_open:
                while (wait := self._probe_at - self._clock.elapsed()) > 0.0:
                    if self._is_gone:
                        raise self._gone()
                    await self._clock.sleep(wait)
                try:
                    return await self.watched(inner, request, is_probe=True)
                except BackendUnavailableError as error:
                    # A probe that found nobody has not been sent, and costs its request none of its attempts.
                    if self._is_gone or not error.is_unreached:
                        raise
        return await self.watched(inner, request)

    async def watched(self, inner: Asks, request: CompletionRequest, *, is_probe: bool = False) -> Reply:
        """Ask, and learn from what comes back.

        Raises:
            BackendError: As the backend does.
        """
        try:
            reply = await inner.ask(request)
        except BackendUnavailableError as error:
            # A request that failed before says nothing new: twenty that always fail, retried at the end of a run, would
            # look like a service that has gone. Where there is no connection, it is not the request that fails.
            if is_probe or ATTEMPT.get() == 1 or error.is_unreached:
                self.failed(error, is_probe=is_probe)
            raise
        except BackendRefusedError:
            # Whoever refuses is there.
            self.answered()
            raise
        self.answered()
        return reply

    def _patience_with(self, error: BackendUnavailableError) -> float:
        """Return the seconds that failures must have gone on before nothing more is sent."""
        if not isinstance(error, RateLimitedError):
            return 0.0
        return REFUSING if self._has_answered else NEVER_TOOK

    def _postpone(self, now: float, interval: float) -> None:
        self._interval = interval
        self._probe_at = now + interval
        patience = GONE if self._has_answered else NEVER_THERE
        self._is_gone = self._is_gone or self._probe_at - self._since > patience

    def _gone(self) -> ServiceGoneError:
        seconds = self._clock.elapsed() - self._since
        message = f"{self._endpoint} is given up after {self._failures} failures in a row within {seconds:.0f} s"
        if self._last is None:
            return ServiceGoneError(message)
        hint = self._last.hint or "see that it can be reached, and finish the run with --resume"
        return ServiceGoneError(f"{message}; the last one: {self._last.message}", hint=hint)


class Broken:
    """Sends nothing to an endpoint that is not there, or that lets this backend in on no account."""

    def __init__(self, inner: Asks, *, breaker: Breaker) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            breaker: The endpoint's.
        """
        self._inner = inner
        self._breaker = breaker
        self._is_let_in = False
        self._refusals = 0
        self._refusal: BackendRefusedError | None = None

    async def ask(self, request: CompletionRequest) -> Reply:
        """Ask, if there is anybody to ask.

        Raises:
            ServiceGoneError: If nothing but failures has come for some time.
            BackendRefusedError: If it knows no such key or model, and has said so to everything so far.
            BackendError: As the backend does.
        """
        if not self._is_let_in and self._refusals >= ALIKE and self._refusal is not None:
            message = f"{self._refusal.message}; the first {ALIKE} requests all got this answer, and no more are sent"
            raise BackendRefusedError(message, hint=self._refusal.hint, is_for_all=True)
        try:
            if self._breaker.is_open:
                reply = await self._breaker.ask(self._inner, request)
            else:
                reply = await self._breaker.watched(self._inner, request)
        except BackendRefusedError as error:
            self._note(error)
            raise
        self._is_let_in = True
        return reply

    def _note(self, refusal: BackendRefusedError) -> None:
        """Count refusals that are for all, as long as nothing else has come."""
        is_alike = self._refusal is None or _words(refusal) == _words(self._refusal)
        self._refusal = refusal
        self._refusals += 1
        self._is_let_in = self._is_let_in or not (refusal.is_for_all and is_alike)


def _words(refusal: BackendRefusedError) -> str:
    return _NUMBER.sub("", refusal.message)
