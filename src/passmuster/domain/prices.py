"""What tokens cost."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from passmuster.domain.values import Usage

MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """United States dollars for a million tokens.

    Attributes:
        input: For what is read.
        output: For what is written; ``None`` for a model that writes nothing, such as one that makes vectors.
        cached: For what the provider takes from its own cache; ``None``: as ``input``.
        cache_written: For what the provider puts into its cache; ``None``: as ``input``.
        reasoning: For what is thought; ``None``: as ``output``.
        request: Dollars for each request besides.
    """

    input: Decimal
    output: Decimal | None = None
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    reasoning: Decimal | None = None
    request: Decimal = Decimal()

    def cost(self, usage: Usage) -> Decimal | None:
        """Return what an answer costs; ``None`` if something was written that there is no price for."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        put = min(usage.cache_written_tokens, usage.input_tokens - cached)
        plain = usage.input_tokens - cached - put
        read = plain * self.input + cached * _or(self.cached, self.input) + put * _or(self.cache_written, self.input)
        if self.output is None:
            return None if usage.output_tokens else read / MILLION + self.request
        thought = min(usage.reasoning_tokens, usage.output_tokens)
        written = (usage.output_tokens - thought) * self.output + thought * _or(self.reasoning, self.output)
        return (read + written) / MILLION + self.request

    def most(self, read: int, written: int) -> Decimal | None:
        """Return what so many tokens cost at the most; ``None`` if there is no price for what is written."""
        dearest = max(self.input, _or(self.cached, self.input), _or(self.cache_written, self.input))
        if self.output is None:
            return None if written else read * dearest / MILLION + self.request
        thinking = max(self.output, _or(self.reasoning, self.output))
        return (read * dearest + written * thinking) / MILLION + self.request


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a model costs at some moment.

    Attributes:
        rates: For ordinary requests.
        steps: From more tokens read than each number on, these rates hold for all tokens of the request, in order.
    """

    rates: Rates
    steps: tuple[tuple[int, Rates], ...] = ()

    def cost(self, usage: Usage) -> Decimal | None:
        """Return what an answer costs; ``None`` if it cannot be told."""
        rates = self.rates
        for above, dearer in self.steps:
            if usage.input_tokens > above:
                rates = dearer
        return rates.cost(usage)

    def most(self, read: int, written: int) -> Decimal | None:
        """Return what a request costs at the most that reads and writes no more than this; ``None`` if unknown."""
        found = [self.rates.most(read, written)]
        found += [rates.most(read, written) for above, rates in self.steps if read > above]
        known = [cost for cost in found if cost is not None]
        return max(known) if len(known) == len(found) else None


FREE: Final = Tariff(rates=Rates(input=Decimal(), output=Decimal()))
"""What nothing is ever paid for."""


def _or(rate: Decimal | None, usual: Decimal) -> Decimal:
    return usual if rate is None else rate
