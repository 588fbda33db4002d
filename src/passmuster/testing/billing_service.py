"""A service that is none, and sends a bill nevertheless: also for what never reached whoever asked."""

import asyncio
import random
from dataclasses import dataclass, field
from decimal import Decimal

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import (
    BackendError,
    BackendUnavailableError,
    BrokenOffError,
    RateLimitedError,
    UnreadableAnswerError,
)
from passmuster.domain.prices import FREE, Tariff
from passmuster.domain.values import Usage

MODEL = "billed-model"
ENDPOINT = Endpoint(provider="billing", address="https://billing.invalid/v1")
OVERHEAD = 40
"""Tokens that the service reads beside the messages, at the most."""


@dataclass(slots=True, kw_only=True)
class Terms:
    """How a service behaves, and what it takes for that.

    Attributes:
        tariff: What it charges.
        latency: Seconds to an answer, at the most.
        refusals: The share of requests that are too many, for nothing.
        faults: The share that fails inside, for nothing.
        breaks: The share whose connection breaks in the midst of the answer, which is charged.
        nonsense: The share that is answered by what is no answer, which is charged.
        hangs: The share that is never answered, and charged.
        silence: The share that is answered without saying what it consumed.
    """

    tariff: Tariff = FREE
    latency: float = 1.0
    refusals: float = 0.0
    faults: float = 0.0
    breaks: float = 0.0
    nonsense: float = 0.0
    hangs: float = 0.0
    silence: float = 0.0


@dataclass(slots=True, kw_only=True)
class Bill:
    """What a service wants to be paid.

    Attributes:
        money: United States dollars.
        tokens: Read and written.
        requests: Whatever came.
    """

    money: Decimal = Decimal()
    tokens: int = 0
    requests: int = 0


@dataclass(kw_only=True)
class BillingBackend:
    """Asks a made-up service that bills; conforms to :class:`passmuster.ports.LiveBackend`.

    Attributes:
        terms: How the service behaves; may be changed at any time.
        most: What bounds its answers; ``None`` if nothing does.
        seed: Draws what it does.
        endpoint: Whom it asks.
        model: The model as the service names it in answers.
        bill: What is to be paid.
    """

    terms: Terms = field(default_factory=Terms)
    most: int | None = 100
    seed: int = 0
    endpoint: Endpoint = ENDPOINT
    model: str = MODEL
    bill: Bill = field(default_factory=Bill)

    def __post_init__(self) -> None:
        """Begin to draw."""
        self._moods = random.Random(self.seed)  # noqa: S311 - moods are no secret

    def model_of(self, request: CompletionRequest) -> str:
        """Return the model that is asked for."""
        return request.model or MODEL

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return what bounds an answer."""
        return request.sampling.maximum_tokens or self.most

    async def complete(self, request: CompletionRequest) -> Completion:
        """Ask the service once; raises as ``ask`` does."""
        return (await self.ask(request)).completion

    async def ask(self, request: CompletionRequest) -> Reply:
        """Ask the service once.

        Raises:
            BackendError: As the service happens to feel.
        """
        terms, moods = self.terms, self._moods
        self.bill.requests += 1
        await asyncio.sleep(moods.random() * terms.latency)
        mood = moods.random()
        free = ((terms.refusals, RateLimitedError("429")), (terms.faults, BackendUnavailableError("500")))
        for share, error in free:
            if mood < share:
                raise error
            mood -= share
        usage = self._consumed(request)
        cost = terms.tariff.cost(usage)
        assert cost is not None  # noqa: S101 - terms price what is written
        self.bill.money += cost
        self.bill.tokens += usage.input_tokens + usage.output_tokens
        await self._come_to_grief(mood)
        told = Usage() if moods.random() < terms.silence else usage
        return Reply(completion=Completion(text="yes", model=self.model, usage=told))

    def _consumed(self, request: CompletionRequest) -> Usage:
        moods = self._moods
        size = sum(len(message.content.encode()) for message in request.messages) + OVERHEAD
        read, written = moods.randint(1, size), moods.randint(0, self.most_written(request) or 1)
        cached = moods.choice([0, moods.randint(0, read)])
        return Usage(
            input_tokens=read,
            output_tokens=written,
            cached_tokens=cached,
            cache_written_tokens=moods.choice([0, read - cached]),
            reasoning_tokens=moods.choice([0, written]),
        )

    async def _come_to_grief(self, mood: float) -> None:
        """Let an answer that must be paid for not arrive."""
        terms = self.terms
        errors: tuple[tuple[float, BackendError], ...] = (
            (terms.breaks, BrokenOffError("it broke off")),
            (terms.nonsense, UnreadableAnswerError("it is no JSON")),
        )
        for share, error in errors:
            if mood < share:
                raise error
            mood -= share
        if mood < terms.hangs:
            # For longer than any time limit.
            await asyncio.sleep(10**7)
