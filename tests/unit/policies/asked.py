"""What tests of the cache ask, and who answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Fingerprint, Usage
from passmuster.policies.caching import Cached
from passmuster.policies.events import Event, LimitChanged
from passmuster.policies.kept_answers import KeptAnswers
from passmuster.services.redaction import Redaction

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDENTITY = Fingerprint("1" * 32)
ENDPOINT = Endpoint(provider="example", address="https://example.invalid/v1")
USAGE = Usage(input_tokens=12, output_tokens=3, cost=Decimal("0.0001"))


class Day:
    """A time of day that tests move."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


class Service:
    """Answers in order of asking; counts what it was sent, and waits where it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.sent: list[CompletionRequest] = []
        self.failures = failures
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_asked = asyncio.Event()

    async def ask(self, request: CompletionRequest) -> Reply:
        self.sent.append(request)
        self.is_asked.set()
        number = len(self.sent)
        await self.gate.wait()
        if number <= self.failures:
            message = "not now"
            raise BackendError(message)
        return Reply(completion=Completion(text=f"answer {number}", model="example-1", usage=USAGE, latency=0.5))


def kept_in(
    folder: Path, day: Day, *, days: float = 30, is_fresh: bool = False, secrets: tuple[str, ...] = ()
) -> KeptAnswers:
    """Return the cache of a process that begins at that moment."""
    oldest = day() if is_fresh else day() - timedelta(days=days)
    return KeptAnswers(
        folder / "answers.sqlite", oldest=oldest, now=day, holds_secret=lambda text: Redaction(secrets).finds(text)
    )


def around(
    service: Service, cache: KeptAnswers, events: list[Event | LimitChanged] | None = None, **more: Fingerprint
) -> Cached:
    """Put the cache around a service."""
    tell = (lambda _event: None) if events is None else events.append
    return Cached(service, cache=cache, identity=more.get("identity", IDENTITY), endpoint=ENDPOINT, tell=tell)
