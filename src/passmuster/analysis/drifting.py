"""Whether a model drifted or an edit moved the agents: a frozen roster is asked beside the one that people edit.

Three comparisons, each between two sides that differ in one thing only, and each paired case by case:

* *again*: the same agents asked twice in one night. Nothing differs, so a difference voids the night.
* *edits*: the agents as they are less the frozen ones, both asked tonight. The model is the same, so edits made it.
* *drift*: the frozen agents tonight less the same agents in the first such night. Nobody edited, so the model did it.

For subjects that vary the test is that of :class:`passmuster.analysis.differences.Differences`: Tango's score test
where every case was asked once on both sides, else Student's, guarded. It is two-sided, and the error rate of a
comparison is divided by the number of its tests (Bonferroni). Subjects that answer equal requests equally have no
noise: there, any difference counts. `benchmarks/nightly_drift.py` measures false alarms and power.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from passmuster.analysis.differences import rate_differences
from passmuster.analysis.observing import observe_case
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect, CaseObservation, Estimate, Snapshot
from passmuster.domain.reports import CaseReport
from passmuster.domain.results import SubjectRecord, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName

FALSE_ALARMS = 0.01
"""Rate of comparisons without a difference that show one."""

FEWEST = 30
"""With fewer cases of a subject that varies, silence says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far a subject's rate of right choices, or of passed outputs, lies apart between two sides.

    Attributes:
        subject: Whose.
        aspect: The choice or the output.
        estimate: Later less earlier, or edited less frozen.
        probability: Of so large a difference if there were none; 1 and 0 where there is no noise.
        is_shown: Whether the difference counts.
        is_told: Whether there are cases enough for silence to mean something.
    """

    subject: SubjectName
    aspect: Aspect
    estimate: Estimate
    probability: float
    is_shown: bool
    is_told: bool


class Origin(StrEnum):
    """What moved the results of a night."""

    STEADY = "steady"
    DRIFT = "drift"
    EDIT = "edit"
    BOTH = "drift and edit"
    UNKNOWN = "cannot tell"


def shifts(
    before: Snapshot, after: Snapshot, cases: Sequence[Case], false_alarms: float = FALSE_ALARMS
) -> tuple[Shift, ...]:
    """Return how far each subject's rates lie apart over the cases that both sides measured and that are the same.

    Args:
        before: One side.
        after: The other one.
        cases: For the groups that cases form.
        false_alarms: The rate for all of them together.
    """
    by_name = {case.identifier: case for case in cases}
    steady = _steady(before.subjects) & _steady(after.subjects)
    tests = {
        key: changes
        for key, changes in _changes(before, after).items()
        if any(change.difference is not None for change in changes)
    }
    varying = sum(subject not in steady for subject, _ in tests)
    level = false_alarms / max(varying, 1)
    return tuple(
        _shift(key, changes, by_name, level=level, is_steady=key[0] in steady) for key, changes in tests.items()
    )


def halves(reports: Sequence[CaseReport]) -> tuple[tuple[CaseObservation, ...], tuple[CaseObservation, ...]]:
    """Return the earlier and the later half of every case's repetitions, of those cases that have both."""
    first, second = [], []
    for report in reports:
        numbers = sorted(trial.key.repetition for trial in report.trials)
        middle = (numbers[-1] + 1) // 2 if numbers else 0
        early, late = _parted(report.trials, middle)
        if early and late:
            first.append(observe_case(report.subject, report.case, early))
            second.append(observe_case(report.subject, report.case, late))
    return tuple(first), tuple(second)


def origin_of(edits: Sequence[Shift], drift: Sequence[Shift] | None) -> Origin:
    """Say what moved the results.

    Args:
        edits: The edited agents less the frozen ones; empty where nothing could be compared.
        drift: The frozen ones tonight less those of their first night; ``None`` in their first night.
    """
    is_edit = any(shift.is_shown for shift in edits)
    is_drift = any(shift.is_shown for shift in drift or ())
    if is_edit and is_drift:
        return Origin.BOTH
    if is_edit or is_drift:
        return Origin.EDIT if is_edit else Origin.DRIFT
    can_tell = bool(edits) and bool(drift) and all(shift.is_told for shift in (*edits, *(drift or ())))
    return Origin.STEADY if can_tell else Origin.UNKNOWN


def _steady(records: Sequence[SubjectRecord]) -> set[SubjectName]:
    return {record.name for record in records if record.is_deterministic}


def _parted(trials: Sequence[Trial], middle: int) -> tuple[list[Trial], list[Trial]]:
    early = [trial for trial in trials if trial.key.repetition < middle]
    return early, [trial for trial in trials if trial.key.repetition >= middle]


def _changes(before: Snapshot, after: Snapshot) -> dict[tuple[SubjectName, Aspect], list[CaseChange]]:
    former = {(item.subject, item.case): item for item in before.observations}
    found: dict[tuple[SubjectName, Aspect], list[CaseChange]] = {}
    for item in after.observations:
        other = former.get((item.subject, item.case))
        if other is not None and other.fingerprint == item.fingerprint:
            for change in _of_case(other, item):
                found.setdefault((item.subject, change.aspect), []).append(change)
    return found


def _of_case(before: CaseObservation, after: CaseObservation) -> Iterator[CaseChange]:
    sides = [(Aspect.ROUTING, before.routing_rate, after.routing_rate, len(before.outcomes), len(after.outcomes))]
    if before.rubric == after.rubric:
        sides.append((Aspect.OUTPUT, before.rubric_rate, after.rubric_rate, len(before.passed), len(after.passed)))
    for aspect, then, now, trials_then, trials_now in sides:
        if then is not None and now is not None:
            yield CaseChange(
                subject=after.subject,
                case=after.case,
                aspect=aspect,
                kind=ChangeKind.UNCHANGED,
                baseline_trials=trials_then,
                candidate_trials=trials_now,
                difference=now - then,
            )


def _shift(
    key: tuple[SubjectName, Aspect],
    changes: Sequence[CaseChange],
    cases: Mapping[CaseIdentifier, Case],
    *,
    level: float,
    is_steady: bool,
) -> Shift:
    found = replace(rate_differences(changes, cases), significance=level / 2)
    estimate = found.estimate()
    if is_steady:
        probability = 0.0 if any(change.difference for change in changes) else 1.0
        value = estimate.value
        estimate = replace(estimate, lower=value, upper=value, method="none: no noise")
    else:
        probability = min(1.0, 2 * min(found.probability_of_more(0.0), found.probability_of_less(0.0)))
    return Shift(
        subject=key[0],
        aspect=key[1],
        estimate=estimate,
        probability=probability,
        is_shown=probability <= level,
        is_told=is_steady or len(found.values) >= FEWEST,
    )
