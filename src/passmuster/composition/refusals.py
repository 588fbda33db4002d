"""Complaints that several parts of a suite share."""

from collections.abc import Iterable

from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation


def unknown(
    noun: str, wanted: str, known: Iterable[str], *, rule: str, location: SourceLocation | None = None
) -> Finding:
    """Return the complaint that a suite has nothing of a name, with the names that it has."""
    names = ", ".join(known) or "none"
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message=f"the suite has no {noun} {wanted!r}",
        hint=f"its {noun}s: {names}",
        location=location,
    )
