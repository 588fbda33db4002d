"""Every policy of a run, and the order in which they stand around a backend.

Outermost first: cache, retries, budget, places, circuit breaker, pace, time, prices, and the backend itself.

A kept answer takes no part in anything else. Each attempt of a retried request waits its turn anew, and holds no place
while it waits. A request takes from the budget before it waits for its place, so that what waits is counted in. Whoever
has a place when the service turns out to be gone keeps it and waits: nobody else could be sent either. Time is taken
from when a request is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from passmuster.components import can_foresee
from passmuster.domain.answers import Completion, CompletionRequest, Failure
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.values import Fingerprint
from passmuster.policies.asking import Asks, Layer
from passmuster.policies.breaking import Breaker, Broken
from passmuster.policies.caching import AnswerCache, Cached
from passmuster.policies.events import Event, LimitChanged, Listener
from passmuster.policies.limiting import Gate, Limited, Paced
from passmuster.policies.retrying import Retried, Retries
from passmuster.policies.timing import Timed
from passmuster.ports import Clock, LiveBackend
from passmuster.services.options import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A live backend with its policies; conforms to :class:`passmuster.ports.LiveBackend`.

    Attributes:
        backend: The backend itself.
        asks: The outermost policy.
    """

    backend: LiveBackend
    asks: Asks

    @property
    def endpoint(self) -> Endpoint:
        """Whom it asks."""
        return self.backend.endpoint

    def model_of(self, request: CompletionRequest) -> str:
        """Return the name of the model that a request is for, as prices know it."""
        return self.backend.model_of(request)

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return the number of tokens that an answer cannot exceed; ``None`` where nothing bounds it."""
        return self.backend.most_written(request)

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return the failure that ``complete`` is certain to end in, where the backend can tell."""
        return self.backend.foresee(request) if can_foresee(self.backend) else None

    async def ask(self, request: CompletionRequest) -> Reply:
        """Have the request answered.

        Raises:
            BackendError: If no completion could be had.
        """
        return await self.asks.ask(request)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Have the request answered, and return the completion alone.

        Raises:
            BackendError: If no completion could be had.
        """
        return (await self.asks.ask(request)).completion


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all backends of one endpoint share."""

    gate: Gate
    breaker: Breaker
    retries: Retries


class Policies:
    """What all live backends of a run have in common; not for several threads at once.

    Attributes:
        listeners: Told of everything; more may be added at any time.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        listeners: Iterable[Listener] = (),
        budget: Layer | None = None,
        prices: Layer | None = None,
        cache: AnswerCache | None = None,
        seed: int = 0,
    ) -> None:
        """Begin a run.

        Args:
            clock: Tells time, and waits.
            listeners: Told of everything.
            budget: What the run may cost; ``None`` is without end.
            prices: Knows what answers cost; ``None`` knows no price.
            cache: What was answered before; ``None`` keeps nothing.
            seed: Draws the jitter of retries.
        """
        self.listeners = list(listeners)
        self._clock = clock
        self._budget = budget
        self._prices = prices
        self._cache = cache
        self._seed = seed
        self._endpoints: dict[Endpoint, _Shared] = {}

    def around(self, backend: LiveBackend, *, limits: Limits, identity: Fingerprint) -> Guarded:
        """Put every policy around a backend.

        Args:
            backend: Who answers.
            limits: How hard it may be asked; of several backends at one endpoint the strictest figures hold.
            identity: The fingerprint of all that decides its answers.
        """
        clock, tell, endpoint = self._clock, self._tell, backend.endpoint
        shared = self._shared(endpoint, limits)
        around = partial(_layered, backend=backend, identity=identity, tell=tell)
        asks = around(backend, self._prices)
        asks = Timed(asks, endpoint=endpoint, total=limits.total, tell=tell, model_of=backend.model_of)
        asks = Paced(asks, gate=shared.gate, backend=backend)
        asks = Broken(asks, breaker=shared.breaker)
        asks = Limited(asks, gate=shared.gate)
        asks = around(asks, self._budget)
        asks = Retried(asks, endpoint=endpoint, limits=limits, retries=shared.retries, clock=clock, tell=tell)
        if self._cache is not None:
            asks = Cached(asks, cache=self._cache, identity=identity, endpoint=endpoint, tell=tell, sleep=clock.sleep)
        return Guarded(backend=backend, asks=asks)

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gate of each endpoint: how many requests are under way, and how many may be."""
        return tuple(shared.gate for shared in self._endpoints.values())

    def _shared(self, endpoint: Endpoint, limits: Limits) -> _Shared:
        shared = self._endpoints.get(endpoint)
        if shared is None:
            shared = self._endpoints[endpoint] = _Shared(
                gate=Gate(endpoint, limits, self._clock, self._tell),
                breaker=Breaker(endpoint, self._clock),
                retries=Retries(self._clock, seed=self._seed),
            )
        else:
            shared.gate.narrow(limits)
        return shared

    def _tell(self, event: Event | LimitChanged) -> None:
        for listener in self.listeners:
            listener(event)


def _layered(inner: Asks, layer: Layer | None, *, backend: LiveBackend, identity: Fingerprint, tell: Listener) -> Asks:
    return inner if layer is None else layer.around(inner, backend=backend, identity=identity, tell=tell)
