"""What a suite, or the command line, says of money: how much may be spent, and what tokens cost."""

import re
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.configuration.days import Day
from passmuster.domain.budgets import Cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.prices import Rates

MOST_MONEY: Final = 1_000_000
MOST_COUNTED: Final = 10**12
DEAREST: Final = 100_000

# A comma stands before three digits: of 5,00 for five dollars would become five hundred.
_WRITTEN: Final = re.compile(
    r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9][0-9_]*)(?:\.[0-9]+)?)\s*([kKmM]?)[\s-]*([a-z]*)"
)
_FACTORS: Final = {"": 1, "k": 1_000, "m": 1_000_000}
_KINDS: Final = {
    "": "money",
    "dollar": "money",
    "dollars": "money",
    "usd": "money",
    "token": "tokens",
    "tokens": "tokens",
    "request": "requests",
    "requests": "requests",
}


class BudgetSection(BaseModel):
    """The most that one process may spend; what is left out is not bounded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    money: Decimal | None = Field(
        default=None, gt=0, le=MOST_MONEY, allow_inf_nan=False, description="United States dollars."
    )
    tokens: int | None = Field(default=None, ge=1, le=MOST_COUNTED, description="Tokens, read and written together.")
    requests: int | None = Field(default=None, ge=1, le=MOST_COUNTED, description="Requests, each attempt counted.")

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.cap.is_none:
            message = "a budget bounds something; write money, tokens or requests"
            raise ValueError(message)
        return self

    @property
    def cap(self) -> Cap:
        """What it comes to."""
        return Cap(money=self.money, tokens=self.tokens, requests=self.requests)


Dollars = Annotated[Decimal, Field(ge=0, le=DEAREST, allow_inf_nan=False)]


class PriceSection(BaseModel):
    """What a million tokens of a model cost, in United States dollars."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Dollars = Field(description="For what the model reads.")
    output: Dollars | None = Field(
        default=None, description="For what it writes; absent: it writes nothing, as models that make vectors."
    )
    cached: Dollars | None = Field(
        default=None, description="For what the provider takes from its own cache; absent: as input."
    )
    cache_written: Dollars | None = Field(
        default=None, description="For what the provider puts into its cache; absent: as input."
    )
    reasoning: Dollars | None = Field(default=None, description="For what the model thinks; absent: as output.")
    request: Dollars = Field(default=Decimal(), description="Dollars for each request besides.")
    as_of: Day | None = Field(default=None, description="The day on which somebody looked it up, as YYYY-MM-DD.")
    source: str = Field(default="", description="Where it is written: an address, a contract.")

    @property
    def rates(self) -> Rates:
        """What it comes to."""
        return Rates(**self.model_dump(exclude={"as_of", "source"}))


def written_cap(texts: tuple[str, ...]) -> Cap:
    """Return what amounts on the command line come to: ``5.00``, ``200k tokens``, ``500 requests``.

    Raises:
        InvalidConfigurationError: If one is no amount, or two are of one kind.
    """
    found: dict[str, Decimal | int] = {}
    for text in texts:
        kind, amount = _amount(text)
        if kind in found:
            raise _refusal(message=f"--budget bounds {kind} twice", hint="write it once")
        found[kind] = amount
    return Cap(**found)  # type: ignore[arg-type]  # each kind has amounts of its own type


def _amount(text: str) -> tuple[str, Decimal | int]:
    match = _WRITTEN.fullmatch(text.strip())
    kind = None if match is None else _KINDS.get(match[3])
    if match is None or kind is None:
        raise _refusal(
            message=f"{text!r} is no budget", hint="write dollars such as 5.00, or '200k tokens', or '500 requests'"
        )
    number = Decimal(re.sub("[_,]", "", match[1])) * _FACTORS[match[2].lower()]
    most = MOST_MONEY if kind == "money" else MOST_COUNTED
    if not 0 < number <= most:
        raise _refusal(message=f"a budget of {text!r} is not above 0 and up to {most:,}", hint="write one in between")
    if kind == "money":
        return kind, number
    if number != int(number):
        raise _refusal(message=f"{text!r} is no whole number", hint=f"write a whole number of {kind}")
    return kind, int(number)


def _refusal(*, message: str, hint: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        [Finding(rule="invalid-budget", severity=Severity.ERROR, message=message, hint=hint)]
    )
