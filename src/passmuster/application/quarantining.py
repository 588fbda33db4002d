"""Use cases on quarantines: cases that run and are shown outside the gate, until the day that their owner has."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import CaseIdentifier, SourceLocation, SubjectName
from passmuster.domain.verdicts import Quarantine

SHOWN_SUBJECTS = 20
"""How many subjects a hint lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantines:
    """A suite's quarantines, and what they speak of.

    Attributes:
        entries: In the order of the suite.
        cases: The identifiers of the suite's cases.
        subjects: The names of its subjects.
        place: Where a key of the entry of an index is written.
    """

    entries: Sequence[Quarantine]
    cases: Sequence[CaseIdentifier]
    subjects: Sequence[SubjectName]
    place: Callable[[int, str], SourceLocation]

    def unknown(self) -> Iterator[Finding]:
        """Yield a finding for every case that no dataset has, and every subject that the suite has not.

        Such an entry keeps nothing out of the gate: the case that was meant counts.
        """
        for index, entry in enumerate(self.entries):
            if entry.case not in self.cases:
                message = f"no dataset of the suite has the case {entry.case!r}, which is in quarantine"
                hint = _near(entry.case, self.cases) or "delete the entry if the case is gone"
                yield self._finding("unknown-quarantine", message, hint, self.place(index, "case"))
            if entry.subject is not None and entry.subject not in self.subjects:
                message = f"the quarantine of case {entry.case!r} is for the unknown subject {entry.subject!r}"
                known = ", ".join(self.subjects[:SHOWN_SUBJECTS])
                hint = _near(entry.subject, self.subjects) or f"the suite's subjects: {known}"
                yield self._finding("unknown-quarantine", message, hint, self.place(index, "subject"))

    def expired(self, today: date) -> Iterator[Finding]:
        """Yield a finding for every quarantine whose day has come: from then on the gate counts the case again."""
        for index, entry in enumerate(self.entries):
            if date.fromisoformat(entry.expires) <= today:
                reason = f" ({entry.reason})" if entry.reason else ""
                ended = f"the quarantine of case {entry.case!r} ended on {entry.expires}{reason}"
                message = f"{ended}: the gate counts it again"
                hint = f"{entry.owner} was to mend it: delete the entry once it is, or give it a later day"
                yield self._finding("expired-quarantine", message, hint, self.place(index, "expires"))

    @staticmethod
    def _finding(rule: str, message: str, hint: str, location: SourceLocation) -> Finding:
        return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def refuse_unknown_quarantines(quarantines: Quarantines) -> None:
    """Refuse quarantines of what is not there.

    Raises:
        InvalidConfigurationError: Naming every such entry.
    """
    findings = tuple(quarantines.unknown())
    if findings:
        raise InvalidConfigurationError(findings)


def lint_quarantines(quarantines: Quarantines, today: date) -> tuple[Finding, ...]:
    """Return a finding for every quarantine of what is not there, and for every one whose day has come."""
    return (*quarantines.unknown(), *quarantines.expired(today))


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
