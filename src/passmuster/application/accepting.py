"""Use case: what a team accepts becomes the baseline, with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.comparing import compare
from passmuster.analysis.observing import observe
from passmuster.domain.errors import UnacceptableRunError
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, RunIdentifier
from passmuster.domain.verdicts import Acceptance, ChangeKind, Snapshot

SHOWN = 5
"""How many cases a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why breaks are accepted, and until when: a day in ISO 8601, or ``None`` for good."""

    reason: str = ""
    expires: str | None = None


def cases_of_agent(run: Run, baseline: Snapshot | None, agent: str) -> tuple[CaseIdentifier, ...]:
    """Return the cases that an agent gained or lost against the baseline."""
    if baseline is None:
        return ()
    changes = compare(baseline, observe(run)).cases
    return tuple(dict.fromkeys(item.case for item in changes if item.was != item.now and agent in {item.was, item.now}))


def accepted(
    run: Run, baseline: Snapshot | None, only: Sequence[CaseIdentifier] = (), grounds: Grounds | None = None
) -> Snapshot:
    """Return the baseline that accepting a run makes.

    Args:
        run: A complete run.
        baseline: What was accepted before.
        only: Accept these cases and keep the rest as it was, so nothing of it where nothing was accepted before;
            empty accepts everything.
        grounds: Why breaks are accepted; they are kept in the baseline with every broken case.

    Raises:
        UnacceptableRunError: If the run is incomplete, has no case of that name, could not measure a case that is to be
            accepted, or left out subjects of the baseline that an edited roster concerns as well.
    """
    if not run.is_complete:
        message = f"run {run.manifest.identifier!r} is incomplete"
        raise UnacceptableRunError(message, hint="finish it with `passmuster run --resume` before accepting it")
    observed = observe(run)
    _refuse_unmeasured(observed, only)
    snapshot = _accepted(observed, baseline, only, run.manifest.identifier)
    if baseline is None:
        return snapshot
    return replace(snapshot, acceptances=_acceptances(baseline, snapshot, grounds or Grounds()))


def _refuse_unmeasured(observed: Snapshot, only: Sequence[CaseIdentifier]) -> None:
    """Refuse what failed in the harness: accepting it would make "could not be measured" the standard."""
    failed = [item.case for item in observed.observations if item.failures and (not only or item.case in only)]
    if failed:
        names = ", ".join(dict.fromkeys(failed[:SHOWN]))
        cases = "1 case" if len(failed) == 1 else f"{len(failed)} cases"
        message = f"{cases} could not be measured ({names}{', …' if len(failed) > SHOWN else ''})"
        raise UnacceptableRunError(message, hint="run again when they can be, or accept others with --case")


def _acceptances(before: Snapshot, after: Snapshot, grounds: Grounds) -> tuple[Acceptance, ...]:
    """Return the acceptances that still hold, and one for every break that is accepted now."""
    changes = compare(before, after).cases
    fresh = [
        Acceptance(
            subject=change.subject,
            case=change.case,
            aspect=change.aspect,
            was=change.was,
            now=change.now,
            reason=grounds.reason,
            expires=grounds.expires,
        )
        for change in changes
        if change.kind is ChangeKind.BROKEN
    ]
    still = {(item.subject, item.case, item.aspect) for item in changes if item.kind is ChangeKind.UNCHANGED}
    held = [item for item in before.acceptances if (item.subject, item.case, item.aspect) in still]
    return (*held, *fresh)


def _accepted(
    snapshot: Snapshot, baseline: Snapshot | None, only: Sequence[CaseIdentifier], run: RunIdentifier
) -> Snapshot:
    if not only:
        return snapshot if baseline is None else _with_other_subjects(snapshot, baseline)
    unknown = sorted(set(only) - {item.case for item in snapshot.observations})
    if unknown:
        message = f"run {run!r} has no case {unknown[0]!r}"
        raise UnacceptableRunError(message, hint="write the identifier as it stands in the dataset")
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
        raise UnacceptableRunError(message, hint="run all subjects before accepting")
    kept = tuple(item for item in baseline.observations if item.subject not in measured)
    return Snapshot(
        suite=snapshot.suite,
        agents=snapshot.agents,
        subjects=(*snapshot.subjects, *others),
        observations=(*snapshot.observations, *kept),
    )
