"""Use cases on stored runs: which run is meant, and whose baseline it is."""

from collections.abc import Callable

from passmuster.application.reading import load_whole
from passmuster.domain.errors import InvalidBaselineError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier, SourceLocation
from passmuster.ports import Store


def find_run(
    store: Store, suite: str, wanted: str | None, *, load: Callable[[Store, RunIdentifier], Run] = load_whole
) -> Run:
    """Return a stored run.

    Args:
        store: Where to look.
        suite: The suite that it must be of.
        wanted: The run's identifier; ``None`` takes the latest.
        load: How to read it.

    Raises:
        RunNotFoundError: If there is none, or the one wanted is another suite's.
    """
    if wanted is not None:
        run = load(store, RunIdentifier(wanted))
        if run.manifest.suite != suite:
            message = f"run {wanted!r} is of suite {run.manifest.suite!r}, not of {suite!r}"
            raise RunNotFoundError(message, hint="name a run of this suite, or the other suite")
        return run
    latest = store.history(suite, limit=1)
    if not latest:
        message = f"the store has no run of suite {suite!r}"
        raise RunNotFoundError(message, hint="make one with `passmuster run`")
    return load(store, latest[0].identifier)


def refuse_foreign(baseline: Snapshot | None, suite: str, location: str) -> None:
    """Refuse the baseline of another suite.

    Raises:
        InvalidBaselineError: If it is one.
    """
    if baseline is not None and baseline.suite != suite:
        finding = Finding(
            rule="foreign-baseline",
            severity=Severity.ERROR,
            message=f"this is the baseline of suite {baseline.suite!r}, not of {suite!r}",
            hint="name this suite's own file under `baseline`, or make it with `passmuster accept`",
            location=SourceLocation(path=location, line=1),
        )
        raise InvalidBaselineError([finding])
