"""What nearly every command begins with: the suite, its parts, its baseline."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from passmuster.application.curating import refuse_unusable
from passmuster.application.quarantining import Quarantines
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import accepted_baseline, former_agents, opened_at, stored_baseline
from passmuster.composition.hosts import USUAL_HOST, RosterPlace, find_place
from passmuster.composition.relocating import Relocation
from passmuster.composition.reporters import further_reporters, named_formats, reporters_of, usual_formats
from passmuster.configuration.reading import SUITE_FILE, find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.agents import Roster
from passmuster.domain.budgets import UNBOUNDED, Cap
from passmuster.domain.errors import (
    InvalidConfigurationError,
    InvalidInputError,
)
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report
from passmuster.domain.values import SubjectName

_SUITE_ENDINGS = (".yaml", ".yml")

__all__ = [
    "accepted_baseline",
    "former_agents",
    "loose_place",
    "opened",
    "opened_at",
    "quarantines_of",
    "roster_at",
    "stored_baseline",
    "write_reports",
]


@contextmanager
def opened(suite: str | None, cap: Cap = UNBOUNDED, *, is_fresh: bool = False) -> Iterator[Workbench]:
    """Open a suite, and close what it opened; what a cap bounds counts instead of what the suite says of it."""
    settings = Settings()
    bench = Workbench(find_suite(suite or settings.suite, Path.cwd()), settings)
    bench.cap = bench.cap.overridden(cap)
    bench.is_fresh = is_fresh
    try:
        if settings.formats:
            # Before anything is asked and paid for that they would tell of.
            further_reporters(bench, named_formats(settings.formats))
        yield bench
    finally:
        bench.close()


def loose_place(place: str | None, host: str | None) -> RosterPlace | None:
    """Return where agents lie that are in no suite; ``None`` if a suite is meant.

    Args:
        place: A suite, a repository or a folder of agents; ``None`` is the only suite, and without one the repository.
        host: The host by whose rules the agents are read; ``None`` finds it.

    Raises:
        InvalidConfigurationError: If there is no such host, the folder holds the agents of several, a host was named
            for a suite, which names its own, or an agent's file was named.
    """
    folder = Path(place or ".")
    if folder.is_file() and folder.suffix.lower() not in _SUITE_ENDINGS:
        finding = Finding(
            rule="single-file",
            severity=Severity.ERROR,
            message=f"{place!r} is one file, and agents are looked at together: they compete",
            hint=f"name their folder: {str(folder.parent)!r}",
        )
        raise InvalidConfigurationError([finding])
    if place is None and host is None and Settings().suite is None and not list(Path().glob(f"evals/*/{SUITE_FILE}")):
        found = find_place(folder)
        if (found.location, found.host) != (folder, USUAL_HOST):
            return found
    is_suite = place is None or not folder.is_dir() or (folder / SUITE_FILE).is_file()
    if is_suite and (place is not None or host is None):
        if host is None:
            return None
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message=f"--host was given, but {place!r} is a suite, or no folder",
            hint="name a folder of agents, or leave --host out: a suite says in 'roster' by whose rules it is read",
        )
        raise InvalidConfigurationError([finding])
    return find_place(folder, host)


def roster_at(bench: Workbench, reference: str) -> Roster:
    """Load the agents as they were at a revision, as the suite loaded them then.

    Raises:
        InvalidInputError: If they cannot be used; places are told as they are in the user's repository.
    """
    with opened_at(bench, reference) as former:
        try:
            roster = former.roster
            refuse_unusable(roster)
        except InvalidInputError as error:
            way_home = Relocation(copy=former.folder, home=bench.folder)
            raise way_home.error(error, revision=reference) from error
        return roster


def quarantines_of(bench: Workbench) -> Quarantines:
    """Return the suite's quarantines with what they speak of."""
    return Quarantines(
        entries=bench.quarantines,
        cases=[case.identifier for case in bench.cases],
        subjects=[SubjectName(name) for name in bench.configuration.subjects],
        place=lambda index, key: bench.location("quarantine", index, key),
    )


def write_reports(
    bench: Workbench, report: Report, destination: Path, only: Sequence[str] | None = None
) -> Sequence[Path]:
    """Let reporters write into a folder: those of these names, or else the suite's and those of this machine.

    Raises:
        InvalidConfigurationError: If a name is none of a reporter.
    """
    names = usual_formats(bench, named_formats(Settings().formats)) if only is None else only
    from passmuster.cli.remembering import AT_ONCE, PATIENT, remembered  # noqa: PLC0415 - only reports look back

    reporters = tuple(reporters_of(bench, names))
    # Who asks for reports by name waits for them, and for nothing else.
    whole = remembered(bench, report, names, room=AT_ONCE if only is None else PATIENT)
    return [path for reporter in reporters for path in reporter.write(whole, destination)]
