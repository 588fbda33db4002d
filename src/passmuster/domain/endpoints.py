"""Services that are asked: who they are, what they allow, and what one process had from them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from passmuster.domain.answers import Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Whom a backend asks; limits hold for all that ask the same one.

    Attributes:
        provider: The kind of service, as prices and OpenTelemetry know it, such as ``openai`` or ``anthropic``.
        address: Scheme, host, port and path; never with credentials.
        account: What tells apart accounts of one service: the name of the secret, never its value.
    """

    provider: str
    address: str
    account: str = ""

    def __str__(self) -> str:
        """Return the address, which is what people know it by."""
        return self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a service said of its limits beside an answer; ``None`` marks what it did not say.

    Attributes:
        requests: How many more requests it takes.
        tokens: How many more tokens.
        requests_reset: Seconds until it takes all requests again.
        tokens_reset: Seconds until it takes all tokens again.
    """

    requests: int | None = None
    tokens: int | None = None
    requests_reset: float | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A completion, with what is of use for asking and of none for judging.

    Attributes:
        completion: What was written.
        allowance: What the service said of its limits.
    """

    completion: Completion
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was had from services, and what for.

    Attributes:
        requests: How many requests were sent, each attempt counted.
        retries: How many of these were sent again for one that failed.
        kept: How many requests were answered from the cache, and not sent.
        input_tokens: As the services counted them.
        output_tokens: Likewise.
        cost: In United States dollars, as far as prices are known.
        unpriced: How many answers have no known price.
        unsettled: Dollars that attempts without an end may have cost besides, at the most.
    """

    requests: int = 0
    retries: int = 0
    kept: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal()
    unpriced: int = 0
    unsettled: Decimal = Decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """How many requests may be under way at an endpoint from some moment on.

    Attributes:
        after: Seconds from the beginning of the segment.
        limit: The number, at least 1.
        reason: Why it changed, in a few words.
    """

    after: float
    limit: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecord:
    """What one process had from one endpoint.

    Attributes:
        endpoint: Whom it asked.
        spending: What it had.
        failures: How many attempts failed, by the name of the error.
        limits: How the number of requests under way changed, in order; thinned out if there were very many.
    """

    endpoint: Endpoint
    spending: Spending
    failures: dict[str, int] = field(default_factory=dict)
    limits: tuple[LimitChange, ...] = ()


class Ending(StrEnum):
    """Why a process stopped working at a run."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    BUDGET = "budget"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSegment:
    """What one process did for a run, from its start to its stop; resuming adds one.

    Attributes:
        started_at: In Coordinated Universal Time; unique within a run.
        duration: Seconds.
        ending: Why it stopped.
        trials: How many trials it made.
        endpoints: Whom it asked, and what it had.
    """

    started_at: datetime
    duration: float
    ending: Ending
    trials: int
    endpoints: tuple[EndpointRecord, ...] = ()
