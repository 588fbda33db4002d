"""Shards: a run cut by its cases into parts that may be made on several machines."""

from dataclasses import dataclass, replace
from typing import Final

from passmuster.application.evaluating import SuiteParts
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import CaseIdentifier, fingerprint_of

MOST_SHARDS: Final = 1_000


def shelf_of(suite: str, *, is_other_side: bool = False) -> str:
    """Return the name under which a suite's shards are kept: none of them is a run that anything is compared with.

    Args:
        suite: The suite's name.
        is_other_side: Whether those are meant that were made in turns with others, to be what they are compared with.
    """
    return f"{suite} (other side of shards)" if is_other_side else f"{suite} (shards)"


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One part of a run.

    Attributes:
        number: Which it is, counted from 1.
        count: How many there are.
    """

    number: int
    count: int

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.number}/{self.count}"

    @classmethod
    def read(cls, text: str) -> "Shard":
        """Read what :meth:`__str__` writes.

        Raises:
            InvalidConfigurationError: If it is nothing of the kind.
        """
        number, _, count = text.partition("/")
        if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) <= MOST_SHARDS:
            return cls(int(number), int(count))
        finding = Finding(
            rule="no-shard",
            severity=Severity.ERROR,
            message=f"--shard {text!r} names no shard",
            hint=f"write 2/4 for the second of four; {MOST_SHARDS:,} are the most",
        )
        raise InvalidConfigurationError([finding])

    def takes(self, case: CaseIdentifier) -> bool:
        """Whether a case belongs to it.

        That depends on nothing else, so that all subjects, repetitions and sides of a comparison agree.
        """
        return int(fingerprint_of(["shard", case]), 16) % self.count == self.number - 1

    def part_of(self, parts: SuiteParts, *, is_other_side: bool = False) -> SuiteParts:
        """Return what evaluates the cases of this shard alone, and keeps them on the shelf of shards."""
        taken = {case.identifier: 1.0 for case in parts.cases} if parts.inclusions is None else parts.inclusions
        own = {case: chance for case, chance in taken.items() if self.takes(case)}
        shelf = shelf_of(parts.suite, is_other_side=is_other_side)
        return replace(parts, suite=shelf, shard=str(self), inclusions=own)
