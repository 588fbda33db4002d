"""Use case: check the cases of several datasets one after another, keeping none of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from passmuster.analysis.seen_before import SeenBefore
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity

MOST_FINDINGS = 10_000
"""After so many complaints the rest of the cases is not looked at."""

Cases = Callable[[], Iterator[Case]]


@dataclass(slots=True)
class _Complaints:
    findings: list[Finding] = field(default_factory=list)

    def extend(self, findings: Iterable[Finding]) -> None:
        self.findings.extend(findings)
        if len(self.findings) >= MOST_FINDINGS:
            self.raise_any()

    def raise_any(self) -> None:
        if self.findings:
            raise InvalidDatasetError(self.findings)


def stream_all(
    datasets: Sequence[Cases], complaints_of: Callable[[Case], Iterable[Finding]] = lambda _case: ()
) -> Iterator[Case]:
    """Yield the sound cases of all datasets; all complaints come after the last one.

    Args:
        datasets: Each begins to yield its cases when it is called.
        complaints_of: Returns what is wrong with a case beyond its own text.

    Raises:
        InvalidDatasetError: With every complaint about every dataset; or if an identifier stands in two of them.
    """
    complaints = _Complaints()
    # Within a dataset its loader looks after identifiers.
    identifiers = SeenBefore() if len(datasets) > 1 else None
    for number, cases in enumerate(datasets):
        for case in _until_refused(cases(), complaints):
            complaints.extend(complaints_of(case))
            if identifiers is not None and identifiers.first(case.identifier, number) is not None:
                complaints.extend([_taken(case)])
            yield case
    complaints.raise_any()


def _until_refused(cases: Iterator[Case], complaints: _Complaints) -> Iterator[Case]:
    try:
        yield from cases
    except InvalidDatasetError as refusal:
        complaints.extend(refusal.findings)


def _taken(case: Case) -> Finding:
    return Finding(
        rule="duplicate-identifier",
        severity=Severity.ERROR,
        message=f"the identifier {case.identifier!r} is already used in an earlier dataset of the suite",
        hint="give one of the two another identifier",
        location=case.source,
    )
