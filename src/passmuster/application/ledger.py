"""Use case: how steadily the cases of a suite passed over its stored runs."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from passmuster.analysis.ledger import CaseHistory, Ledger
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SubjectName
from passmuster.ports import Store

Progress = Callable[[int, int], None]
"""Told after every run how many were read and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """What the stored runs of a suite show of its cases.

    Attributes:
        runs: How many runs were read.
        subjects: Whose trials were counted.
        steady: Subjects that were left out because they answer equal requests equally, and nobody named them.
        histories: Of every case that was measured, by subject, then in the order of the cases.
        kept: How many choices and answers did not count, since they had been made before and were kept.
    """

    runs: int
    subjects: tuple[SubjectName, ...]
    steady: tuple[SubjectName, ...]
    histories: tuple[CaseHistory, ...]
    kept: int = 0


def steadiness_of(
    store: Store, suite: str, cases: Sequence[Case], only: Collection[str], *, limit: int, progress: Progress
) -> Steadiness:
    """Read a suite's latest runs.

    Args:
        store: Where the runs are.
        suite: The suite's name.
        cases: Its cases as they are.
        only: Whose trials count; empty means those of every subject that varies.
        limit: How many runs, the latest ones.
        progress: Told of every run.

    Raises:
        RunNotFoundError: If there is no run.
        InvalidConfigurationError: If no run has a subject of such a name.
    """
    # Answers that were judged again are those of another run, and count once.
    manifests = [manifest for manifest in store.history(suite, limit=limit) if manifest.rescored is None]
    if not manifests:
        message = f"the store has no run of suite {suite!r}"
        raise RunNotFoundError(message, hint="make one with `passmuster run`")
    # What a subject is now is what it was in its latest run.
    present = {record.name: record for manifest in reversed(manifests) for record in manifest.subjects}
    _refuse_unknown(only, present)
    wanted = {
        name: record.fingerprint
        for name, record in present.items()
        if name in only or not (only or record.is_deterministic)
    }
    telling = [
        manifest
        for manifest in reversed(manifests)
        if any(wanted.get(record.name) == record.fingerprint for record in manifest.subjects)
    ]
    ledger = Ledger(cases, wanted)
    for number, manifest in enumerate(telling, 1):
        ledger.add(store.load(manifest.identifier))
        progress(number, len(telling))
    return Steadiness(
        runs=len(telling),
        subjects=tuple(wanted),
        steady=() if only else tuple(name for name, record in present.items() if record.is_deterministic),
        histories=tuple(ledger.histories()),
        kept=ledger.kept,
    )


def _refuse_unknown(only: Collection[str], present: Collection[SubjectName]) -> None:
    unknown = [name for name in only if name not in present]
    if unknown:
        finding = Finding(
            rule="unknown-subject",
            severity=Severity.ERROR,
            message=f"the stored runs have no subject {unknown[0]!r}",
            hint=f"their subjects: {', '.join(present)}",
        )
        raise InvalidConfigurationError([finding])
