"""List prices as the optional package `genai-prices` keeps them.

Its data come with it: nothing is fetched, and prices are as new as the package that is installed. Left out of account
are tiers of service (flex, priority, batch), the dearer one-hour cache, and what is not counted in tokens, such as
searches.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from passmuster.domain.endpoints import Endpoint
from passmuster.domain.prices import Rates, Tariff

PACKAGE: Final = "genai_prices"
_ATTRIBUTES: Final = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached": "cache_read_mtok",
    "cache_written": "cache_write_mtok",
    "reasoning": "output_reasoning_mtok",
}
_THOUSAND: Final = 1_000
_AHEAD: Final = 25
"""Hours that a request may take at the most, so that another price may hold when it ends."""


class ListedPrice:
    """What a list says of one model, at any time; most models have one price at all times."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - an optional package, which has no part in our types
        """Take the list's entry."""
        self._model = model
        self._tariffs: dict[int, Tariff | None] = {}
        self._hour: datetime | None = None
        self._around: tuple[Tariff, ...] = ()

    def at(self, moment: datetime) -> Tariff | None:
        """Return the tariff of a moment; ``None`` if there is none by tokens."""
        prices = self._model.get_prices(moment)
        # The list keeps its prices, so that none of them gets the place of another.
        key = id(prices)
        if key not in self._tariffs:
            self._tariffs[key] = _tariff(prices)
        return self._tariffs[key]

    def around(self, moment: datetime) -> tuple[Tariff, ...]:
        """Return every tariff that may hold while a request is under way that begins at a moment."""
        hour = moment.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            found = {self.at(hour + timedelta(hours=ahead)): None for ahead in range(_AHEAD + 1)}
            known = [tariff for tariff in found if tariff is not None]
            self._hour, self._around = hour, tuple(known) if len(known) == len(found) else ()
        return self._around


def is_there() -> bool:
    """Whether the list is installed."""
    return find_spec(PACKAGE) is not None


def load() -> Any:  # noqa: ANN401 - an optional package, which has no part in our types
    """Return the list; takes some tenths of a second when first called."""
    return import_module(f"{PACKAGE}.data_snapshot").get_snapshot()


def listed_price(listed: Any, endpoint: Endpoint, model: str) -> ListedPrice | None:  # noqa: ANN401 - as above
    """Find a model: at the provider whose address the endpoint has, or else at the provider that it names."""
    for provider in _providers(listed, endpoint):
        try:
            named = None if provider else endpoint.provider or None
            _, found = listed.find_provider_model(model, provider, named, None)
        except LookupError:
            continue
        return ListedPrice(found)
    return None


def _providers(listed: Any, endpoint: Endpoint) -> Iterator[Any]:  # noqa: ANN401 - as above
    try:
        yield listed.find_provider(None, None, endpoint.address)
    except LookupError:
        yield None


def _tariff(prices: Any) -> Tariff | None:  # noqa: ANN401 - as above
    found = {name: getattr(prices, attribute) for name, attribute in _ATTRIBUTES.items()}
    if found["input"] is None:
        return None
    thresholds = sorted({tier.start for price in found.values() for tier in getattr(price, "tiers", ())})
    thousand = getattr(prices, "requests_kcount", None)
    request = Decimal() if thousand is None else _rate(thousand, 0) / _THOUSAND

    def rates(read: int) -> Rates:
        return Rates(
            request=request, **{name: _rate(price, read) for name, price in found.items() if price is not None}
        )

    return Tariff(rates=rates(0), steps=tuple((above, rates(above + 1)) for above in thresholds))


def _rate(price: Any, read: int) -> Decimal:  # noqa: ANN401 - as above
    """Return the price for a million tokens of a request that reads so many."""
    rate: Decimal = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if read > tier.start:
            rate = tier.price
    return rate
