"""Use cases on stored runs: which run, against which baseline, and what to accept."""

from collections.abc import Sequence
from dataclasses import replace

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.errors import InvalidBaselineError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SourceLocation
from passmuster.domain.verdicts import GateRule, Snapshot
from passmuster.ports import Store


def find_run(store: Store, suite: str, wanted: str | None) -> Run:
    """Return a stored run.

    Args:
        store: Where to look.
        suite: The suite that it must be of.
        wanted: The run's identifier; ``None`` takes the latest.

    Raises:
        RunNotFoundError: If there is none, or the one wanted is another suite's.
    """
    if wanted is not None:
        run = store.load(RunIdentifier(wanted))
        if run.manifest.suite != suite:
            message = f"run {wanted!r} is of suite {run.manifest.suite!r}, not of {suite!r}"
            raise RunNotFoundError(message, hint="name a run of this suite, or the other suite")
        return run
    latest = store.history(suite, limit=1)
    if not latest:
        message = f"the store has no run of suite {suite!r}"
        raise RunNotFoundError(message, hint="make one with `passmuster run`")
    return store.load(latest[0].identifier)


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


def review(run: Run, rules: Sequence[GateRule], baseline: Snapshot | None) -> Report:
    """Judge a run against its baseline; see :func:`passmuster.analysis.reporting.report_of`."""
    return report_of(run, rules, baseline)


def accepted(run: Run, baseline: Snapshot | None, only: Sequence[CaseIdentifier] = ()) -> Snapshot:
    """Return the baseline that accepting a run makes.

    Args:
        run: A complete run.
        baseline: What was accepted before.
        only: Accept these cases and keep the rest as it was, so nothing of it where nothing was accepted before;
            empty accepts everything.

    Raises:
        RunNotFoundError: If the run is incomplete, has no case of that name, or left out subjects of the baseline
            that an edited roster concerns as well.
    """
    if not run.is_complete:
        message = f"run {run.manifest.identifier!r} is incomplete"
        raise RunNotFoundError(message, hint="finish it with `passmuster run --resume` before accepting it")
    snapshot = observe(run)
    if not only:
        return snapshot if baseline is None else _with_other_subjects(snapshot, baseline)
    unknown = sorted(set(only) - {item.case for item in snapshot.observations})
    if unknown:
        message = f"run {run.manifest.identifier!r} has no case {unknown[0]!r}"
        raise RunNotFoundError(message, hint="write the identifier as it stands in the dataset")
    chosen = {(item.subject, item.case): item for item in snapshot.observations if item.case in only}
    if baseline is None:
        return replace(snapshot, observations=tuple(chosen.values()))
    known = {record.name for record in baseline.subjects}
    kept = [item for item in baseline.observations if (item.subject, item.case) not in chosen]
    # The fingerprints of the agents stay as accepted: the rest of the roster's edits still want their review.
    return Snapshot(
        suite=baseline.suite,
        agents=baseline.agents,
        subjects=(*baseline.subjects, *(record for record in snapshot.subjects if record.name not in known)),
        observations=(*kept, *chosen.values()),
    )


def _with_other_subjects(snapshot: Snapshot, baseline: Snapshot) -> Snapshot:
    """Keep what was accepted for subjects that the run left out."""
    measured = {record.name for record in snapshot.subjects}
    others = tuple(record for record in baseline.subjects if record.name not in measured)
    if not others:
        return snapshot
    if snapshot.agents != baseline.agents:
        message = f"the run left out subject {others[0].name!r}, and the agents have changed since that was accepted"
        raise RunNotFoundError(message, hint="run all subjects before accepting")
    kept = tuple(item for item in baseline.observations if item.subject not in measured)
    return Snapshot(
        suite=snapshot.suite,
        agents=snapshot.agents,
        subjects=(*snapshot.subjects, *others),
        observations=(*snapshot.observations, *kept),
    )
