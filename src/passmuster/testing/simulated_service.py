"""A service that is none: it answers after a while, and has the limits, the moods and the outages it was given."""

import asyncio
import random
from dataclasses import dataclass, field

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.cases import Message, Role
from passmuster.domain.endpoints import Allowance, Endpoint, Reply
from passmuster.domain.errors import BackendError, BackendUnavailableError, RateLimitedError
from passmuster.domain.values import Usage
from passmuster.ports import Backend, Clock


def a_completion_request(text: str = "Why?", *, repetition: int = 0) -> CompletionRequest:
    """Return a request with one message of a user."""
    return CompletionRequest(messages=(Message(role=Role.USER, content=text),), repetition=repetition)


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """How a simulated service behaves; may be changed at any time.

    Attributes:
        latency: Seconds to an answer.
        capacity: Requests at once beyond which it refuses; ``None`` is no limit.
        per_minute: Requests a minute beyond which it refuses; a bucket of as many that fills up evenly.
        refusals: The share of requests that it refuses without a reason.
        faults: The share of requests that it fails at.
        retry_after: Seconds that it asks to wait when it refuses.
        is_down: Whether it fails at everything.
        tells_allowance: Whether it says how many more requests it takes.
        usage: What an answer consumes.
    """

    latency: float = 0.1
    capacity: int | None = None
    per_minute: float | None = None
    refusals: float = 0.0
    faults: float = 0.0
    retry_after: float | None = None
    is_down: bool = False
    tells_allowance: bool = False
    usage: Usage = field(default_factory=lambda: Usage(input_tokens=100, output_tokens=50))


class SimulatedService:
    """What several simulated backends ask.

    Attributes:
        behaviour: How it behaves.
        asked: How many requests came.
        answered: How many of them were answered.
        refused: How many were too many.
        under_way: How many are being answered.
        most_under_way: How many were, at the most.
        arrivals: When each request came.
    """

    def __init__(self, clock: Clock, behaviour: Behaviour | None = None, *, seed: int = 0) -> None:
        """Start the service; the seed draws its moods."""
        self.behaviour = behaviour or Behaviour()
        self.asked = 0
        self.answered = 0
        self.refused = 0
        self.under_way = 0
        self.most_under_way = 0
        self.arrivals: list[float] = []
        self._clock = clock
        self._moods = random.Random(seed)  # noqa: S311 - moods are no secret
        self._bucket = self.behaviour.per_minute or 0.0
        self._filled_at = clock.elapsed()

    async def answer(self, request: CompletionRequest) -> Reply:
        """Answer a request, or not.

        Raises:
            BackendError: If it is too much, or fails.
        """
        behaviour = self.behaviour
        self.asked += 1
        self.arrivals.append(self._clock.elapsed())
        self._complain(behaviour)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(behaviour.latency)
        finally:
            self.under_way -= 1
        if self._moods.random() < behaviour.faults:
            message = "the service answered 500"
            raise BackendUnavailableError(message)
        self.answered += 1
        completion = Completion(
            text=request.messages[-1].content, model="simulated", usage=behaviour.usage, latency=behaviour.latency
        )
        if not behaviour.tells_allowance or behaviour.per_minute is None:
            return Reply(completion=completion)
        self._fill(behaviour.per_minute)
        reset = (behaviour.per_minute - self._bucket) * 60.0 / behaviour.per_minute
        return Reply(completion=completion, allowance=Allowance(requests=int(self._bucket), requests_reset=reset))

    def _complain(self, behaviour: Behaviour) -> None:
        """Refuse what is too much."""
        if behaviour.is_down:
            message = "the service could not be reached"
            raise BackendUnavailableError(message)
        is_too_much = behaviour.capacity is not None and self.under_way >= behaviour.capacity
        if behaviour.per_minute is not None:
            self._fill(behaviour.per_minute)
            is_too_much = is_too_much or self._bucket < 1.0
        if is_too_much or self._moods.random() < behaviour.refusals:
            self.refused += 1
            message = "the service answered 429"
            raise RateLimitedError(message, retry_after=behaviour.retry_after)
        if behaviour.per_minute is not None:
            self._bucket -= 1.0

    def _fill(self, per_minute: float) -> None:
        """Let flow into the bucket what has come since it was last looked at."""
        now = self._clock.elapsed()
        self._bucket = min(self._bucket + (now - self._filled_at) * per_minute / 60.0, per_minute)
        self._filled_at = now


class SimulatedBackend:
    """Asks a simulated service; conforms to :class:`passmuster.ports.LiveBackend`.

    Attributes:
        endpoint: Whom it asks.
        answers: When each of its answers came.
    """

    def __init__(
        self, service: SimulatedService, clock: Clock, *, endpoint: Endpoint | None = None, most_written: int = 100
    ) -> None:
        """Connect to a service, at an address that is not used."""
        self.endpoint = endpoint or Endpoint(provider="simulated", address="http://simulated.invalid/v1")
        self.answers: list[float] = []
        self._service = service
        self._clock = clock
        self._most_written = most_written

    def model_of(self, _request: CompletionRequest) -> str:
        """Return the name of its only model."""
        return "simulated"

    def most_written(self, _request: CompletionRequest) -> int | None:
        """Return what it was told."""
        return self._most_written

    async def ask(self, request: CompletionRequest) -> Reply:
        """Ask the service once.

        Raises:
            BackendError: As the service does.
        """
        reply = await self._service.answer(request)
        self.answers.append(self._clock.elapsed())
        return reply

    async def complete(self, request: CompletionRequest) -> Completion:
        """Ask the service once.

        Raises:
            BackendError: As the service does.
        """
        return (await self.ask(request)).completion


async def asked_all(backend: Backend, number: int, *, at_once: int = 512) -> list[Completion | BackendError]:
    """Ask a backend so many different things, so many of them at once, and return what came of each."""
    results: list[Completion | BackendError | None] = [None] * number
    numbers = iter(range(number))

    async def work() -> None:
        for index in numbers:
            try:
                results[index] = await backend.complete(a_completion_request(f"number {index}"))
            except BackendError as error:
                results[index] = error

    await asyncio.gather(*(work() for _ in range(min(at_once, number))))
    return [result for result in results if result is not None]
