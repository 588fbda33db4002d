"""Use case: what a team accepts becomes the baseline, with its reasons."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.comparing import compare
from passmuster.analysis.leaving_out import left_out_in
from passmuster.analysis.observing import observe
from passmuster.analysis.pooling import pooled
from passmuster.analysis.rounds import full_rounds
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.errors import UnacceptableRunError
from passmuster.domain.observations import Acceptance, Snapshot
from passmuster.domain.results import Run, SubjectRecord
from passmuster.domain.values import CaseIdentifier, RunIdentifier
from passmuster.ports import Store

SHOWN = 5
"""How many cases a message names."""

HALF = 0.5

SEARCHED = 50
"""Stored runs among which those are looked for that measured the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why breaks are accepted, and until when: a day in ISO 8601, or ``None`` for good."""

    reason: str = ""
    expires: str | None = None


def cases_of_agent(run: Run, baseline: Snapshot | None, agent: str) -> tuple[CaseIdentifier, ...]:
    """Return the cases that an agent gained or lost against the baseline."""
    if baseline is None:
        return ()
    changes = [item for item in compare(baseline, observe(run)).cases if item.kind is not ChangeKind.LEFT_OUT]
    return tuple(dict.fromkeys(item.case for item in changes if item.was != item.now and agent in {item.was, item.now}))


def earlier_runs(store: Store, run: Run) -> Iterator[Run]:
    """Yield the stored runs before a run that had the same agents, and one of its subjects; the newest first."""
    own = run.manifest
    fingerprints = {record.fingerprint for record in own.subjects if not record.is_deterministic}
    for manifest in store.history(own.suite, limit=SEARCHED) if fingerprints else ():
        is_before = (manifest.started_at, manifest.identifier) < (own.started_at, own.identifier)
        is_alike = manifest.roster == own.roster and fingerprints & {item.fingerprint for item in manifest.subjects}
        # Answers that were judged again are those of another run, and count once.
        is_another = manifest.rescored is None and manifest.identifier != own.rescored
        if is_before and is_alike and is_another:
            yield store.load(manifest.identifier)


def accepted(
    run: Run,
    baseline: Snapshot | None,
    only: Sequence[CaseIdentifier] = (),
    grounds: Grounds | None = None,
    earlier: Iterable[Run] = (),
) -> Snapshot:
    """Return the baseline that accepting a run makes.

    Of a subject that varies it keeps up to ten trials of each case, those of earlier runs that measured the same
    included. Cases that the run left out stay as they were accepted.

    Args:
        run: A complete run.
        baseline: What was accepted before.
        only: Accept these cases and keep the rest as it was, so nothing of it where nothing was accepted before;
            empty accepts everything.
        grounds: Why breaks are accepted; they are kept in the baseline with every broken case.
        earlier: Runs before it that may have measured the same, the newest first.

    Raises:
        UnacceptableRunError: If the run is incomplete, has no case of that name, left a case out or could not measure
            one that is to be accepted, or left out subjects of the baseline that an edited roster concerns as well.
    """
    if not run.is_complete:
        message = f"run {run.manifest.identifier!r} is incomplete"
        raise UnacceptableRunError(message, hint="finish it with `passmuster run --resume` before accepting it")
    observed = observe(full_rounds(run))
    _refuse_unmeasured(observed, only)
    snapshot = _accepted(pooled(run, earlier, baseline), baseline, only or _asked(observed), run.manifest.identifier)
    if baseline is None:
        return snapshot
    return replace(snapshot, acceptances=_acceptances(baseline, snapshot, grounds or Grounds()))


def kept_sentences(run: Run, snapshot: Snapshot) -> Iterator[str]:
    """Say what a baseline keeps of the trials of an accepted run, and of others."""
    left_out = {case.identifier for case in run.cases} - {trial.key.case for trial in run.trials}
    if left_out:
        is_one = len(left_out) == 1
        said = "1 case of the suite was" if is_one else f"{len(left_out)} cases of the suite were"
        yield f"{said} left out of the run and {'stays as it was' if is_one else 'stay as they were'}"
    unjudged = left_out_in(snapshot)
    if unjudged:
        yield (
            f"accepted without what this machine could not judge: {', '.join(unjudged)}; these criteria are not "
            "compared until a run that has them is accepted"
        )
    full = full_rounds(run)
    if full is not run:
        more = len(run.trials) - len(full.trials)
        yield f"{more} trials were not taken: they were made because of what had come out, and would bias a mean"
    for record in run.manifest.subjects:
        if not record.is_deterministic:
            yield _kept(record, full, snapshot)


def _kept(record: SubjectRecord, full: Run, snapshot: Snapshot) -> str:
    asked = {trial.key.case for trial in full.trials if trial.key.subject == record.name}
    counts = [
        max(len(item.outcomes), len(item.passed))
        for item in snapshot.observations
        if item.subject == record.name and item.case in asked
    ]
    made = max((trial.key.repetition for trial in full.trials if trial.key.subject == record.name), default=0) + 1
    low, high = min(counts, default=0), max(counts, default=0)
    kept = f"{high}" if low == high else f"{low} to {high}"
    return f"subject {record.name}: {kept} trials of each case are kept; this run made {made} that count"


def _asked(observed: Snapshot) -> Sequence[CaseIdentifier]:
    """Return the cases that were asked, if some were not; else nothing, which stands for all."""
    asked = dict.fromkeys(item.case for item in observed.observations if item.was_asked)
    return () if len(asked) == len({item.case for item in observed.observations}) else tuple(asked)


def _refuse_unmeasured(observed: Snapshot, only: Sequence[CaseIdentifier]) -> None:
    """Refuse what failed in the harness: accepting it would make "could not be measured" the standard."""
    left_out = [item.case for item in observed.observations if not item.was_asked and item.case in only]
    if left_out:
        message = f"the run left out case {left_out[0]!r}"
        raise UnacceptableRunError(message, hint="run it before accepting it, or accept others with --case")
    failed = [item.case for item in observed.observations if item.failures and (not only or item.case in only)]
    if failed:
        names = ", ".join(dict.fromkeys(failed[:SHOWN]))
        cases = "1 case" if len(failed) == 1 else f"{len(failed)} cases"
        message = f"{cases} could not be measured ({names}{', …' if len(failed) > SHOWN else ''})"
        raise UnacceptableRunError(message, hint="run again when they can be, or accept others with --case")


def _acceptances(before: Snapshot, after: Snapshot, grounds: Grounds) -> tuple[Acceptance, ...]:
    """Return the acceptances that still hold, and one for every break that is accepted now."""
    steady = {record.name for record in after.subjects if record.is_deterministic}
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
        if change.kind is ChangeKind.BROKEN and (change.subject in steady or _fell_below_half(change))
    ]
    still = {
        (item.subject, item.case, item.aspect)
        for item in changes
        if item.kind is ChangeKind.UNCHANGED or (item.subject not in steady and not _crossed_half(item))
    }
    held = [item for item in before.acceptances if (item.subject, item.case, item.aspect) in still]
    return (*held, *fresh)


def _fell_below_half(change: CaseChange) -> bool:
    """Whether a case of a subject that varies fails more often than not now; less than that is chance, and no break."""
    return _crossed_half(change) and change.kind is ChangeKind.BROKEN


def _crossed_half(change: CaseChange) -> bool:
    rates = (change.baseline_rate, change.candidate_rate)
    return None not in rates and len({rate is not None and rate >= HALF for rate in rates}) > 1


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
