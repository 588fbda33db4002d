"""What is wrong with one result file, gathered until all of it is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from passmuster.domain.errors import EnvironmentFaultError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

MOST: Final = 1_000
"""Reading stops after so many complaints."""

AGAIN: Final = "have the tool write the file again, or leave it out"


@dataclass(slots=True)
class Complaints:
    """What is wrong with one file so far.

    Attributes:
        findings: In the order in which they were found.
    """

    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep one complaint; raises InvalidInputError with all of them if there are too many to go on."""
        self.findings.append(finding)
        if len(self.findings) >= MOST:
            self.raise_any()

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Keep several, as :meth:`add` does."""
        for finding in findings:
            self.add(finding)

    def raise_any(self) -> None:
        """Raise InvalidInputError with every complaint, if there is one."""
        if self.findings:
            raise InvalidInputError(self.findings)


def complaint(message: str, location: SourceLocation, *, rule: str = "run-file", hint: str = AGAIN) -> Finding:
    """Return a complaint about a place in a result file."""
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def refuse(message: str, location: SourceLocation, *, rule: str = "run-file", hint: str = AGAIN) -> NoReturn:
    """Raise a complaint alone: nothing more can be read."""
    raise InvalidInputError([complaint(message, location, rule=rule, hint=hint)])


def unreadable(path: str, error: OSError) -> EnvironmentFaultError:
    """Return the error for a file that the machine does not let us read."""
    message = f"cannot read {path!r}: {error.strerror or error}"
    return EnvironmentFaultError(message, hint="name a file that is there and may be read")


def beginning(location: Path, size: int) -> bytes:
    """Return the first bytes of a file; raises EnvironmentFaultError if it cannot be read."""
    try:
        with location.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise unreadable(str(location), error) from error
