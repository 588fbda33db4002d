"""What is wrong with one dataset, gathered until all is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from passmuster.adapters.datasets.reading import error
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

MAXIMUM_FINDINGS = 10_000
"""Reading a dataset stops after so many complaints: they take more memory than the file."""


@dataclass(slots=True)
class Complaints:
    """What is wrong with one dataset so far.

    Attributes:
        path: The file, whose own complaints come before those about files beside it.
        findings: In the order in which they were found.
    """

    path: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep one complaint.

        Raises:
            InvalidDatasetError: If it is the last that can be kept.
        """
        self.findings.append(finding)
        if len(self.findings) >= MAXIMUM_FINDINGS:
            message = f"reading stopped here, after {MAXIMUM_FINDINGS:,} errors"
            hint = "correct these first"
            self.findings.append(error("too-many-errors", message, hint, self._place(finding)))
            self.raise_any()

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Keep several complaints.

        Raises:
            InvalidDatasetError: As of :meth:`add`.
        """
        for finding in findings:
            self.add(finding)

    def raise_any(self) -> None:
        """Raise all complaints, in the order of lines, if there are any.

        Raises:
            InvalidDatasetError: With every complaint.
        """
        if self.findings:
            raise InvalidDatasetError(sorted(self.findings, key=self._order))

    def _place(self, finding: Finding) -> SourceLocation:
        return finding.location or SourceLocation(path=self.path)

    def _order(self, finding: Finding) -> tuple[bool, int, int]:
        place = self._place(finding)
        return (place.path != self.path, place.line or 0, place.column or 0)
