"""What a baseline keeps of a subject that varies: up to ten trials of each case, of all that measured the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from passmuster.analysis.observing import DIGITS, observe, observe_case, trials_by_case
from passmuster.analysis.rounds import full_rounds
from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import CaseObservation, Snapshot
from passmuster.domain.results import Run, SubjectRecord, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName

MOST_KEPT = 10
"""Trials of a case that a baseline keeps at most.

With ten instead of one a drop of five points is seen in 67 instead of 50 % of comparisons of 200 cases asked once.
"""


def pooled(run: Run, earlier: Iterable[Run], baseline: Snapshot | None) -> Snapshot:
    """Observe a run together with others that measured the same: the same request, agents, subject and rubric.

    Only rounds count in which every case took part. A subject that answers equal requests equally is observed alone.

    Args:
        run: What is accepted.
        earlier: Runs before it, the newest first; no more of them are taken than it needs.
        baseline: What was accepted before. Its trials count for a subject of which no earlier run is at hand; else
            they could be the same ones.
    """
    fair = full_rounds(run)
    observed = observe(fair)
    varying = {record.name: record for record in observed.subjects if not record.is_deterministic}
    pool = _Pool(fair, varying)
    for other in earlier:
        if pool.is_full:
            break
        pool.add(full_rounds(other))
    cases = {case.identifier: case for case in run.cases}
    observations = []
    for item in observed.observations:
        known = replace(item, inclusions=(), rounds=0)
        if item.was_asked and item.subject in varying:
            known = observe_case(item.subject, cases[item.case], pool.trials[item.subject, item.case])
        observations.append(known)
    found = replace(observed, observations=tuple(observations))
    if baseline is None or baseline.agents != found.agents:
        return found
    alone = [record for name, record in varying.items() if name not in pool.helped]
    return _with_kept(found, baseline, alone)


class _Pool:
    """Trials by subject and case, the newest first."""

    def __init__(self, run: Run, varying: Mapping[SubjectName, SubjectRecord]) -> None:
        self.helped: set[SubjectName] = set()
        self._models = {name: {*record.models, *record.choosing_models} for name, record in varying.items()}
        self._cases = {case.identifier: case for case in run.cases}
        self.trials = {
            key: [trial for trial in sorted(own, key=_repetition) if trial.is_finished][:MOST_KEPT]
            for key, own in trials_by_case(run).items()
            if key[0] in varying
        }

    @property
    def is_full(self) -> bool:
        return all(len(own) >= MOST_KEPT for own in self.trials.values())

    def add(self, other: Run) -> None:
        """Take what measured the same; what an answer depends on stands in the fingerprint of its trial."""
        same = {case.identifier for case in other.cases if _is_same(case, self._cases.get(case.identifier))}
        for key, own in trials_by_case(other).items():
            kept = self.trials.get(key)
            if not kept or key[1] not in same:
                continue
            fingerprint = kept[0].key.fingerprint
            for trial in sorted(own, key=_repetition):
                if len(kept) < MOST_KEPT and trial.key.fingerprint == fingerprint and self._is_alike(trial):
                    kept.append(replace(trial, key=replace(trial.key, repetition=len(kept))))
                    self.helped.add(key[0])

    def _is_alike(self, trial: Trial) -> bool:
        parts = (trial.answer.routing, trial.answer.completion)
        models = {part.model for part in parts if isinstance(part, RoutingDecision | Completion)} - {""}
        return trial.is_finished and models <= self._models[trial.key.subject]


def _repetition(trial: Trial) -> int:
    return trial.key.repetition


def _is_same(one: Case, other: Case | None) -> bool:
    return other is not None and (one.fingerprint, one.rubric_fingerprint) == (
        other.fingerprint,
        other.rubric_fingerprint,
    )


def _with_kept(found: Snapshot, baseline: Snapshot, alone: Sequence[SubjectRecord]) -> Snapshot:
    """Add the trials that the baseline keeps of subjects of which nothing else is at hand."""
    former = {record.name: record for record in baseline.subjects}
    known = {(item.subject, item.case): item for item in baseline.observations}
    accepted = {(item.subject, item.case) for item in baseline.acceptances}
    merged: dict[tuple[SubjectName, CaseIdentifier], CaseObservation] = {}
    for record in alone:
        own = [item for item in found.observations if item.subject == record.name and item.was_asked]
        pairs = [
            (item, kept)
            for item in own
            if (kept := known.get((item.subject, item.case))) is not None
            # A break that was accepted alone may have been measured with other agents than the rest.
            and (item.subject, item.case) not in accepted
            and (item.fingerprint, item.rubric) == (kept.fingerprint, kept.rubric)
        ]
        was = former.get(record.name)
        if was is None or _means(was) != _means(record):
            continue
        is_held = all(_begins_with(kept, item) for item, kept in pairs)
        merged |= {(item.subject, item.case): kept if is_held else _joined(item, kept) for item, kept in pairs}
    observations = tuple(merged.get((item.subject, item.case), item) for item in found.observations)
    return replace(found, observations=observations)


def _means(record: SubjectRecord) -> tuple[object, ...]:
    return (record.fingerprint, record.models, record.choosing_models)


def _begins_with(kept: CaseObservation, item: CaseObservation) -> bool:
    """Whether the baseline's newest trials look like these: then it is this very run that was accepted before."""
    return (kept.chosen[: len(item.chosen)], kept.passed[: len(item.passed)]) == (item.chosen, item.passed)


def _joined(item: CaseObservation, kept: CaseObservation) -> CaseObservation:
    own, other = (max(len(one.outcomes), len(one.passed)) for one in (item, kept))
    weights = (own, min(other, MOST_KEPT - own))
    return replace(
        item,
        chosen=(*item.chosen, *kept.chosen)[:MOST_KEPT],
        outcomes=(*item.outcomes, *kept.outcomes)[:MOST_KEPT],
        passed=(*item.passed, *kept.passed)[:MOST_KEPT],
        score=_mean((item.score, kept.score), weights),
        margin=_mean((item.margin, kept.margin), weights),
        rubric_score=_mean((item.rubric_score, kept.rubric_score), weights),
        criteria={
            name: mean
            for name in sorted({*item.criteria, *kept.criteria})
            if (mean := _mean((item.criteria.get(name), kept.criteria.get(name)), weights)) is not None
        },
    )


def _mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return round(sum(value * weight for value, weight in known) / total, DIGITS) + 0.0 if total else None
