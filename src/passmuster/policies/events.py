"""What policies tell of while they work; the live panel, logs, traces and the run's record listen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Allowance, Endpoint
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened to a request at an endpoint."""

    endpoint: Endpoint
    request: CompletionRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Event):
    """A request is sent.

    Attributes:
        attempt: Counted from 1.
        model: Which model is asked for, as prices know it.
        key: The address under which its answer will be kept; empty where none is.
    """

    attempt: int
    model: str = field(default="", compare=False)
    key: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    """An attempt brought an answer.

    Attributes:
        model: The model as the server resolved it.
        usage: What it consumed; its cost is known where there is a price.
        latency: Seconds.
        first_token: Seconds to the first piece, where it was streamed.
        allowance: What the service said of its limits.
        completion: All of it, for those who may see what models write.
    """

    model: str
    usage: Usage
    latency: float
    first_token: float | None
    allowance: Allowance
    completion: Completion | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """An attempt failed.

    Attributes:
        error: How.
        wait: Seconds until the next attempt; ``None`` if there is none.
    """

    error: BackendError
    wait: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled(Event):
    """An attempt was sent and had no end, so that it may have to be paid for.

    Attributes:
        cost: Dollars at the most; ``None`` where nobody can say.
    """

    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Event):
    """A request was answered from the cache, and not sent.

    Attributes:
        usage: What it consumed when it was made.
        key: The address under which the answer is kept.
        completion: The answer, for those who may see what models write.
    """

    usage: Usage
    key: str = field(default="", compare=False)
    completion: Completion | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChanged:
    """Another number of requests may be under way."""

    endpoint: Endpoint
    limit: int
    reason: str


Listener = Callable[[Event | LimitChanged], None]
"""Told of everything, in order; must return at once and never raise."""
