"""Two snapshots against each other: what broke, who took it, and whose edit did it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passmuster.analysis.inference import paired_difference
from passmuster.analysis.observing import DIGITS, Key, usual_choice
from passmuster.domain.values import AgentName, SubjectName
from passmuster.domain.verdicts import (
    NOBODY,
    Aspect,
    CaseChange,
    CaseObservation,
    ChangeKind,
    Comparison,
    MetricChange,
    RosterChange,
    Snapshot,
)


def compare(baseline: Snapshot, candidate: Snapshot) -> Comparison:
    """Compare two snapshots, paired by subject and case.

    Rates are compared only over cases that both sides have measured and whose content is the same; the others are
    listed as added, removed, edited or unmeasured.
    """
    roster = compare_rosters(baseline, candidate)
    before = {(item.subject, item.case): item for item in baseline.observations}
    after = {(item.subject, item.case): item for item in candidate.observations}
    # A subject that one side lacks is a warning, not a change of each of its cases.
    shared = {record.name for record in baseline.subjects} & {record.name for record in candidate.subjects}
    changes = tuple(
        change
        for key in (*after, *(key for key in before if key not in after))
        if key[0] in shared
        for change in _changes(before.get(key), after.get(key), roster)
    )
    metrics = tuple(_metric_changes(before, after, shared))
    warnings = tuple(_warnings(baseline, candidate))
    is_equal = roster.is_empty and before == after and not warnings
    return Comparison(
        roster=roster, cases=changes, metrics=metrics, warnings=warnings, is_equal=is_equal, against=baseline.label
    )


def compare_rosters(baseline: Snapshot, candidate: Snapshot) -> RosterChange:
    """Compare the agents of two snapshots by their fingerprints."""
    before = {item.name: item for item in baseline.agents}
    after = {item.name: item for item in candidate.agents}
    shared = sorted(before.keys() & after.keys())
    described = tuple(name for name in shared if before[name].description != after[name].description)
    otherwise = tuple(
        name for name in shared if name not in described and before[name].definition != after[name].definition
    )
    return RosterChange(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        description_edited=described,
        otherwise_edited=otherwise,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attribution:
    """Whose edit moved a request, as far as the two rosters can tell."""

    stolen_by: str | None = None
    lost_to: str | None = None
    edited: tuple[AgentName, ...] = ()
    explanation: str = ""


def _changes(
    before: CaseObservation | None, after: CaseObservation | None, roster: RosterChange
) -> Iterator[CaseChange]:
    known = after or before
    if known is None:
        return
    if before is None or after is None or before.fingerprint != after.fingerprint:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if after is None else ChangeKind.EDITED
        yield CaseChange(subject=known.subject, case=known.case, aspect=Aspect.ROUTING, kind=kind)
        return
    if before.outcomes or after.outcomes:
        yield _routing_change(before, after, roster)
    if before.passed or after.passed:
        yield _output_change(before, after)


def _routing_change(before: CaseObservation, after: CaseObservation, roster: RosterChange) -> CaseChange:
    was, now = usual_choice(before.chosen), usual_choice(after.chosen)
    kind = _kind(before.routing_rate, after.routing_rate)
    if kind is ChangeKind.UNCHANGED and was != now:
        kind = ChangeKind.MOVED
    attribution = _attribute(was, now, roster) if was != now and was and now else _Attribution()
    is_broken = kind is ChangeKind.BROKEN
    margin = None
    if was == now and before.margin is not None and after.margin is not None:
        margin = round(after.margin - before.margin, DIGITS)
    return CaseChange(
        subject=after.subject,
        case=after.case,
        aspect=Aspect.ROUTING,
        kind=kind,
        baseline_rate=before.routing_rate,
        candidate_rate=after.routing_rate,
        was=was,
        now=now,
        # Taking what its former owner had no right to is no theft.
        stolen_by=attribution.stolen_by if is_broken else None,
        lost_to=attribution.lost_to if is_broken else None,
        edited=attribution.edited,
        baseline_margin=before.margin,
        rival=after.rival,
        margin_change=margin,
        explanation=attribution.explanation,
    )


def _output_change(before: CaseObservation, after: CaseObservation) -> CaseChange:
    kind = _kind(before.rubric_rate, after.rubric_rate)
    if kind is ChangeKind.UNCHANGED and before.criteria != after.criteria:
        kind = ChangeKind.MOVED
    names = sorted(before.criteria.keys() & after.criteria.keys())
    lower = [name for name in names if after.criteria[name] < before.criteria[name]]
    explanation = f"scores lower on {', '.join(lower)}" if lower else ""
    if kind is ChangeKind.UNMEASURED:
        explanation = "the output could not be judged on both sides"
    return CaseChange(
        subject=after.subject,
        case=after.case,
        aspect=Aspect.OUTPUT,
        kind=kind,
        baseline_rate=before.rubric_rate,
        candidate_rate=after.rubric_rate,
        explanation=explanation,
    )


def _kind(before: float | None, after: float | None) -> ChangeKind:
    if before is None or after is None:
        return ChangeKind.UNMEASURED
    if after < before:
        return ChangeKind.BROKEN
    return ChangeKind.FIXED if after > before else ChangeKind.UNCHANGED


def _attribute(was: str, now: str, roster: RosterChange) -> _Attribution:
    """Say whose edit moved a request from one choice to another.

    Stolen: the agent that has it now had its description edited, or is new. Lost: the agent that had it was edited
    or removed, and the one that has it now was not. Neither: a third agent's edit made some words commoner or rarer.
    """
    drawing = {*roster.description_edited, *roster.added}
    leaving = {*roster.description_edited, *roster.removed}
    differing = drawing | leaving | {*roster.otherwise_edited}
    edited = tuple(AgentName(name) for name in (was, now) if name != NOBODY and name in differing)
    if now in drawing:
        how = "is new" if now in roster.added else "was edited"
        return _Attribution(stolen_by=now, edited=edited, explanation=f"{now} {how} and takes it from {was}")
    if was in leaving:
        how = "was removed" if was in roster.removed else "was edited"
        return _Attribution(lost_to=now, edited=edited, explanation=f"{was} {how} and loses it to {now}")
    others = sorted(drawing | leaving)
    if others:
        balance = f"the change of {', '.join(others)} shifted the balance between {was} and {now}"
        return _Attribution(edited=edited, explanation=balance)
    return _Attribution(edited=edited, explanation="no description differs: the router or its model changed, or varies")


def _metric_changes(
    before: Mapping[Key, CaseObservation], after: Mapping[Key, CaseObservation], subjects: set[SubjectName]
) -> Iterator[MetricChange]:
    for subject in sorted(subjects):
        keys = [
            key
            for key in after
            if key[0] == subject and key in before and before[key].fingerprint == after[key].fingerprint
        ]
        routing = [(before[key].routing_rate, after[key].routing_rate) for key in keys]
        output = [(before[key].rubric_rate, after[key].rubric_rate) for key in keys]
        for metric, pairs in (("routing_accuracy", routing), ("rubric_pass_rate", output)):
            measured = [(one, other) for one, other in pairs if one is not None and other is not None]
            if measured:
                yield _metric_change(subject, metric, measured)


def _metric_change(subject: SubjectName, metric: str, pairs: list[tuple[float, float]]) -> MetricChange:
    old, new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return MetricChange(
        subject=subject,
        metric=metric,
        baseline=sum(old) / len(old),
        candidate=sum(new) / len(new),
        difference=paired_difference(old, new),
    )


def _warnings(baseline: Snapshot, candidate: Snapshot) -> Iterator[str]:
    before = {record.name: record for record in baseline.subjects}
    for record in candidate.subjects:
        known = before.get(record.name)
        if known is None:
            yield f"the baseline has no subject {record.name!r}: it is shown, and not compared"
        elif known.fingerprint != record.fingerprint:
            yield (
                f"subject {record.name!r} was configured otherwise in {baseline.label}: differences may come from "
                "that, and not from the agents"
            )
    for name in sorted(before.keys() - {record.name for record in candidate.subjects}):
        yield f"the baseline's subject {name!r} is not in this run"
