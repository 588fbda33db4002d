"""What answers cost: the suite's own prices first, else those of a list; what is unknown stays unknown."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Protocol

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError
from passmuster.domain.prices import FREE, Tariff
from passmuster.domain.values import Fingerprint, Usage
from passmuster.policies.asking import Asks
from passmuster.policies.bounds import most_read
from passmuster.policies.events import Listener, Unsettled
from passmuster.policies.listed_prices import is_there, listed_price
from passmuster.policies.listed_prices import load as load_list
from passmuster.ports import Clock, LiveBackend


class Price(Protocol):
    """What a model costs, which may depend on the day and the hour."""

    def at(self, moment: datetime) -> Tariff | None:
        """Return the tariff of a moment; ``None`` if there is none."""
        ...

    def around(self, moment: datetime) -> tuple[Tariff, ...]:
        """Return every tariff that may hold for a request that is sent at a moment; none if that is unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """A price that a suite states, whatever the day.

    Attributes:
        pattern: The names of models that it is for, with ``*`` and ``?``.
        tariff: What they cost.
    """

    pattern: str
    tariff: Tariff

    def at(self, _moment: datetime) -> Tariff:
        """Return the tariff."""
        return self.tariff

    def around(self, _moment: datetime) -> tuple[Tariff, ...]:
        """Return the tariff alone."""
        return (self.tariff,)


class Prices:
    """Knows what models cost; one for all parts of a run."""

    def __init__(
        self,
        own: Sequence[OwnPrice] = (),
        *,
        clock: Clock,
        load: Callable[[], Any] | None = None,
    ) -> None:
        """Take what is known before a list is looked at.

        Args:
            own: Prices that the suite states; of several for one model the last counts.
            clock: Tells the day and the hour.
            load: Returns the list of prices; ``None`` takes the package's, where it is installed.
        """
        self._own = tuple(own)
        self._clock = clock
        self._free: set[Endpoint] = set()
        is_installed = load is not None or is_there()
        self._load = (load or load_list) if is_installed else None
        self._loading: Future[Any] | None = None
        self._known: dict[str, OwnPrice | None] = {}
        self._found: dict[tuple[Endpoint, str], Price | None] = {}

    def add_free(self, endpoint: Endpoint) -> None:
        """Note an endpoint that nothing is ever paid for."""
        self._free.add(endpoint)

    @property
    def has_list(self) -> bool:
        """Whether there is a list to look at."""
        return self._load is not None

    def around(self, inner: Asks, *, backend: LiveBackend, identity: Fingerprint, tell: Listener) -> Asks:
        """Return the policy that says what each answer of a backend cost; see :class:`Priced`."""
        del identity
        return Priced(inner, backend=backend, prices=self, tell=tell)

    def cost(self, endpoint: Endpoint, models: Sequence[str], usage: Usage) -> Decimal | None:
        """Return what an answer costs that came now; ``None`` where no price is known, or the service did not count.

        Args:
            endpoint: Who answered.
            models: Names of the model, the most exact first.
            usage: What it consumed.
        """
        price = self._price(endpoint, models)
        tariff = None if price is None else price.at(self._clock.now())
        if tariff is None:
            return None
        is_counted = bool(usage.input_tokens or usage.output_tokens)
        return tariff.cost(usage) if is_counted or tariff == FREE else None

    def most(self, endpoint: Endpoint, models: Sequence[str], *, read: int, written: int) -> Decimal | None:
        """Return what a request of now costs at the most, at the dearest price that may apply; ``None`` where unknown.

        Args:
            endpoint: Who is asked.
            models: The models that may answer.
            read: The most tokens that it has.
            written: The most tokens that the answer has.
        """
        moment, found = self._clock.now(), list[Decimal | None]()
        for model in models:
            price = self._price(endpoint, [model])
            tariffs = () if price is None else price.around(moment)
            found += [tariff.most(read, written) for tariff in tariffs] or [None]
        known = [cost for cost in found if cost is not None]
        return max(known) if known and len(known) == len(found) else None

    def is_free(self, endpoint: Endpoint, model: str) -> bool:
        """Whether nothing is ever paid for a model, however long its answers are."""
        stated = self._stated(endpoint, model)
        return stated is not None and stated.tariff == FREE

    def has_price(self, endpoint: Endpoint, model: str) -> bool:
        """Whether a model has a price by its own name."""
        return self._price(endpoint, [model]) is not None

    def counts_before(self, endpoint: Endpoint, resolved: str, asked: str) -> bool:
        """Whether the price of the model that answered counts, and not that of the one that was asked for."""
        if self._stated(endpoint, resolved) is not None:
            return True
        return self._stated(endpoint, asked) is None and self._listed(endpoint, resolved) is not None

    def begin_loading(self, endpoint: Endpoint, model: str) -> None:
        """Begin to load the list, where the price of a model will be looked for in it; returns at once."""
        if self._loading is None and self._load is not None and self._stated(endpoint, model) is None:
            # No task: it may outlive the event loop that it was begun in.
            loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prices")
            self._loading = loader.submit(self._load)
            loader.shutdown(wait=False)

    async def loaded(self, endpoint: Endpoint, model: str) -> None:
        """Wait until the list is there, where it will be looked at, while others go on working."""
        self.begin_loading(endpoint, model)
        if self._loading is not None and not self._loading.done():
            await asyncio.shield(asyncio.wrap_future(self._loading))

    def _price(self, endpoint: Endpoint, models: Sequence[str]) -> Price | None:
        """Return the suite's price of the first model that it has one of, or else the list's."""
        found = (self._stated(endpoint, model) for model in models)
        stated = next((price for price in found if price is not None), None)
        if stated is not None:
            return stated
        return next(filter(None, (self._listed(endpoint, model) for model in models)), None)

    def _stated(self, endpoint: Endpoint, model: str) -> OwnPrice | None:
        """Return what needs no list."""
        if endpoint in self._free:
            return OwnPrice(pattern="*", tariff=FREE)
        if model not in self._known:
            fitting = (item for item in reversed(self._own) if _fits(item.pattern, model))
            self._known[model] = next(fitting, None)
        return self._known[model]

    def _listed(self, endpoint: Endpoint, model: str) -> Price | None:
        key = (endpoint, model)
        if key not in self._found:
            self.begin_loading(endpoint, model)
            listed = None if self._loading is None or not model else self._loading.result()
            self._found[key] = None if listed is None else listed_price(listed, endpoint, model)
        return self._found[key]


class Priced:
    """Says what each answer cost, and what an attempt without an end may have cost."""

    def __init__(self, inner: Asks, *, backend: LiveBackend, prices: Prices, tell: Listener) -> None:
        """Take what is asked, and who knows prices.

        Args:
            inner: What sends the request.
            backend: The live backend that is at the bottom.
            prices: Knows prices.
            tell: Told of attempts that may have cost something without bringing anything.
        """
        self._inner = inner
        self._backend = backend
        self._prices = prices
        self._tell = tell

    async def ask(self, request: CompletionRequest) -> Reply:
        """Return the reply with its cost; raises what asking raises."""
        endpoint, asked = self._backend.endpoint, self._backend.model_of(request)
        # The list takes its time, and so does the service.
        self._prices.begin_loading(endpoint, asked)
        try:
            reply = await self._inner.ask(request)
        except BackendError as error:
            if error.may_have_cost:
                await self._prices.loaded(endpoint, asked)
                self._tell(Unsettled(endpoint=endpoint, request=request, cost=self._most(request)))
            raise
        except asyncio.CancelledError:
            self._tell(Unsettled(endpoint=endpoint, request=request, cost=self._most(request)))
            raise
        completion = reply.completion
        if completion.usage.cost is not None:
            return reply
        names = tuple(dict.fromkeys(name for name in (completion.model, asked) if name))
        await self._prices.loaded(endpoint, asked)
        cost = self._prices.cost(endpoint, names, completion.usage)
        if cost is None:
            return reply
        return replace(reply, completion=replace(completion, usage=replace(completion.usage, cost=cost)))

    def _most(self, request: CompletionRequest) -> Decimal | None:
        written = self._backend.most_written(request)
        if written is None:
            return None
        models = [self._backend.model_of(request)]
        return self._prices.most(self._backend.endpoint, models, read=most_read(request), written=written)


def _fits(pattern: str, model: str) -> bool:
    return fnmatchcase(model.casefold(), pattern.casefold())
