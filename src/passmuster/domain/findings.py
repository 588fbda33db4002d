"""What is said to people about their files."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.values import SourceLocation


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One complaint about a user's file.

    Attributes:
        rule: A short, stable name such as ``unknown-agent``; ``docs/errors.md`` explains each.
        severity: Errors stop the command; warnings and notes do not.
        message: What is wrong, with the offender quoted.
        hint: What to write instead; may be empty.
        location: Where, as far as it is known.
    """

    rule: str
    severity: Severity
    message: str
    hint: str = ""
    location: SourceLocation | None = None

    def __str__(self) -> str:
        """Return ``file:line:column: what, and what to write instead``."""
        place = f"{self.location}: " if self.location else ""
        remedy = f" — {self.hint}" if self.hint else ""
        return f"{place}{self.message}{remedy}"
