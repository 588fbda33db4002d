"""Use case: take old runs out of a store, and none that something else rests on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import RunManifest
from passmuster.domain.values import RunIdentifier

ENDS: Final = 10
"""Of the runs with a subject just as it was accepted, the first and the last ones stay: a baseline keeps up to ten
trials of a case, and names no run."""

AGE: Final = "age"
LATEST: Final = "latest"
BASELINE: Final = "baseline"
REFERENCE: Final = "reference"

_UNITS: Final[Mapping[str, timedelta]] = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What is to go.

    Attributes:
        older_than: Runs that began longer ago.
        keep: So many of the latest runs stay, however old.
    """

    older_than: timedelta
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which runs go, and why the others stay.

    Attributes:
        going: Runs that go, the oldest first.
        staying: Why each of the others stays: its age, its being one of the latest, the baseline, or another run.
    """

    going: tuple[RunManifest, ...]
    staying: Mapping[RunIdentifier, str]


def age_of(text: str) -> timedelta:
    """Return the age that a command line names, such as ``90d``, ``12w`` or ``36h``.

    Raises:
        InvalidConfigurationError: If it is none.
    """
    found = re.fullmatch(r"([0-9]{1,6})([hdw])", text.strip(), re.ASCII)
    if found is None or not 0 < int(found[1]) <= _LONGEST:
        finding = Finding(
            rule="invalid-age",
            severity=Severity.ERROR,
            message=f"--older-than is no age: {text!r}",
            hint="write 90d for days, 12w for weeks, or 36h for hours",
        )
        raise InvalidConfigurationError([finding])
    return int(found[1]) * _UNITS[found[2]]


def choose(manifests: Iterable[RunManifest], baseline: Snapshot | None, now: datetime, pruning: Pruning) -> Choice:
    """Choose the runs of one suite that go.

    Args:
        manifests: All of the suite's.
        baseline: What was accepted.
        now: What age is reckoned from.
        pruning: What is to go.
    """
    runs = sorted(manifests, key=lambda item: (item.started_at, item.identifier))
    staying: dict[RunIdentifier, str] = {}
    for manifest in runs:
        if now - manifest.started_at <= pruning.older_than:
            staying[manifest.identifier] = AGE
    for manifest in runs[len(runs) - min(pruning.keep, len(runs)) :]:
        staying.setdefault(manifest.identifier, LATEST)
    for identifier in _accepted(runs, baseline):
        staying.setdefault(identifier, BASELINE)
    _keep_referred_to(runs, staying)
    return Choice(going=tuple(item for item in runs if item.identifier not in staying), staying=staying)


def _accepted(runs: Sequence[RunManifest], baseline: Snapshot | None) -> Iterable[RunIdentifier]:
    for accepted in () if baseline is None else baseline.subjects:
        own = (accepted.name, accepted.fingerprint)
        alike = [item.identifier for item in runs if own in {(it.name, it.fingerprint) for it in item.subjects}]
        yield from alike[:ENDS]
        yield from alike[-ENDS:]


def _keep_referred_to(runs: Iterable[RunManifest], staying: dict[RunIdentifier, str]) -> None:
    """Keep what runs that stay refer to, and what those refer to in turn."""
    known = {item.identifier: item for item in runs}
    waiting = list(staying)
    while waiting:
        manifest = known[waiting.pop()]
        for other in (manifest.against, manifest.rescored):
            if other in known and other not in staying:
                staying[other] = REFERENCE
                waiting.append(other)
