"""What a suite says of money → a budget and prices; and which backends no budget can bound."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passmuster.components import can_foresee
from passmuster.composition.parts import Part
from passmuster.configuration.suite import SuiteConfiguration
from passmuster.documents import Document
from passmuster.domain.answers import CompletionRequest, Sampling
from passmuster.domain.budgets import Cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.prices import Tariff
from passmuster.domain.values import SourceLocation
from passmuster.ports import Backend, Clock, LiveBackend

if TYPE_CHECKING:
    from passmuster.policies.budgeting import Budget
    from passmuster.policies.pricing import Prices


def cap_of(configuration: SuiteConfiguration) -> Cap:
    """Return what a process may spend, as the suite says."""
    return Cap() if configuration.budget is None else configuration.budget.cap


def prices_of(configuration: SuiteConfiguration, clock: Clock) -> "Prices":
    """Return what knows prices: the suite's own, and those of the list that is installed."""
    from passmuster.policies.pricing import OwnPrice, Prices  # noqa: PLC0415 - only who asks live models needs prices

    own = [
        OwnPrice(pattern=pattern, tariff=Tariff(rates=section.rates))
        for pattern, section in configuration.prices.items()
    ]
    return Prices(own, clock=clock)


def budget_of(cap: Cap, prices: "Prices") -> "Budget | None":
    """Return the budget of this process; ``None`` where nothing is bounded."""
    from passmuster.policies.budgeting import Budget  # noqa: PLC0415 - likewise

    return None if cap.is_none else Budget(cap, prices=prices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A part of a suite that asks one of its backends.

    Attributes:
        part: The part.
        name: The backend's name.
        backend: The backend.
    """

    part: Part
    name: str
    backend: LiveBackend

    @property
    def request(self) -> CompletionRequest:
        """What it asks for, as far as its options say: the model, and how long an answer may be."""
        limit = getattr(self.part.options, "maximum_tokens", None)
        return CompletionRequest(
            messages=(),
            model=getattr(self.part.options, "model", None) or "",
            sampling=Sampling(maximum_tokens=limit),
        )


def askers_of(parts: Sequence[Part], backends: Mapping[str, Backend]) -> Iterator[Asker]:
    """Yield which of some parts ask live backends."""
    for part in parts:
        for name in (getattr(part.options, "backend", None), *getattr(part.options, "backends", ())):
            backend = backends.get(name) if isinstance(name, str) else None
            if isinstance(name, str) and isinstance(backend, LiveBackend):
                yield Asker(part=part, name=name, backend=backend)


def refuse_boundless(askers: Iterable[Asker], cap: Cap, prices: "Prices", document: Document) -> None:
    """Refuse to spend a budget on what nobody can bound: answers of any length, models without a price.

    Args:
        askers: Who is going to ask whom.
        cap: The budget.
        prices: Knows prices.
        document: Where the backends are written.

    Raises:
        InvalidConfigurationError: With the place of every such backend.
    """
    findings = dict.fromkeys(
        finding
        for asker in askers
        for finding in _complaints(asker, cap, prices, document.location(("backends", asker.name)))
    )
    if findings:
        raise InvalidConfigurationError(tuple(findings))


def refuse_unready(askers: Iterable[Asker], document: Document) -> None:
    """Refuse backends that are certain to refuse whatever they are asked: without a model, or without their program.

    Args:
        askers: Who is going to ask whom.
        document: Where the backends are written.

    Raises:
        InvalidConfigurationError: With the place of every such backend.
    """
    findings = dict.fromkeys(
        Finding(
            rule="backend-not-ready",
            severity=Severity.ERROR,
            message=f"backend {asker.name!r}: {failure.message}",
            location=document.location(("backends", asker.name)),
        )
        for asker in askers
        if can_foresee(asker.backend) and (failure := asker.backend.foresee(asker.request)) is not None
    )
    if findings:
        raise InvalidConfigurationError(tuple(findings))


def _complaints(asker: Asker, cap: Cap, prices: "Prices", location: SourceLocation) -> Iterator[Finding]:
    def error(rule: str, message: str, hint: str) -> Finding:
        said = f"backend {asker.name!r}: {message}"
        return Finding(rule=rule, severity=Severity.ERROR, message=said, hint=hint, location=location)

    endpoint, request = asker.backend.endpoint, asker.request
    model = asker.backend.model_of(request)
    is_bounded = asker.backend.most_written(request) is not None
    if not is_bounded and (cap.tokens is not None or (cap.money is not None and not prices.is_free(endpoint, model))):
        message = "nothing bounds the length of its answers, and so a budget of money or tokens cannot be kept"
        yield error("unbounded-answer", message, "add 'maximum_tokens: 2000', or bound only requests")
    if cap.money is not None and not prices.has_price(endpoint, model):
        message = f"nobody knows what {model!r} at {endpoint} costs, and so a budget of money cannot be kept"
        install = "" if prices.has_list else "; or install 'passmuster[live]', which knows list prices"
        section = f'prices: {{"{model or "…"}": {{input: 3.00, output: 15.00}}}}'
        hint = f"add to the suite, in dollars for a million tokens, and 0 where nobody is paid: {section}{install}"
        yield error("unknown-price", message, hint)
