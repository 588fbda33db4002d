"""What a run may cost."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

CENT: Final = Decimal("0.01")
FRACTION: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that one process may spend; ``None`` bounds nothing.

    Attributes:
        money: United States dollars.
        tokens: Read and written together.
        requests: Each attempt counted.
    """

    money: Decimal | None = None
    tokens: int | None = None
    requests: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is bounded."""
        return self == Cap()

    def overridden(self, other: Self) -> "Cap":
        """Return this, but for what another bounds."""
        return Cap(
            money=self.money if other.money is None else other.money,
            tokens=self.tokens if other.tokens is None else other.tokens,
            requests=self.requests if other.requests is None else other.requests,
        )

    def __str__(self) -> str:
        """Return it for people: ``$5.00 and 200,000 tokens``."""
        parts = [
            *([] if self.money is None else [dollars(self.money)]),
            *([] if self.tokens is None else [counted(self.tokens, "token")]),
            *([] if self.requests is None else [counted(self.requests, "request")]),
        ]
        return " and ".join(parts) or "no bound"


UNBOUNDED: Final = Cap()
"""Whatever it takes."""


def dollars(amount: Decimal) -> str:
    """Return an amount for people: whole cents, or enough digits to tell it from nothing."""
    exact = amount.quantize(CENT if amount == amount.quantize(CENT) else FRACTION)
    if amount and not exact:
        return "less than $0.0001"
    return f"${exact:,f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
