"""Criteria that one side of a comparison could not judge, or judged by other means: left out on both sides."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from passmuster.analysis.compact_trials import kinds_of
from passmuster.analysis.outcomes import RubricResult, marked_result, marks_of
from passmuster.domain.cases import Case, Rubric
from passmuster.domain.observations import CaseObservation, Mark, Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Outcome, Run, Score, Trial, Unscored
from passmuster.domain.verdicts import GateOutcome, GateVerdict

DIGITS_OF_MEANS = 12
"""So many digits of a fingerprint tell means apart."""

VARIOUS = "various"
"""Stands for the means where a case's repetitions were judged by different ones: equal to nothing."""

SHOWN = 12
"""How many criteria a sentence names."""


def left_out_of(trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return the criteria that could not be judged in any of these trials, or count nowhere, in order."""
    return tuple(sorted({item.criterion for trial in trials for item in trial.outcomes if item.is_left_out}))


def means_of(trials: Sequence[Trial]) -> Mapping[str, str]:
    """Return by which means criteria judged that have any, by name, in order."""
    found: dict[str, set[str]] = {}
    for trial in trials:
        for item in trial.outcomes:
            if isinstance(item, Score) and item.means:
                found.setdefault(item.criterion, set()).add(item.means[:DIGITS_OF_MEANS])
    return {name: means.pop() if len(means) == 1 else VARIOUS for name, means in sorted(found.items())}


def all_marks(trials: Sequence[Trial]) -> tuple[Mapping[str, Mark], ...]:
    """Return what each criterion said, for each trial in which any could judge."""
    found = (marks_of(trial.outcomes) for trial in trials)
    return tuple(dict(sorted(marks.items())) for marks in found if marks)


def results_without(
    rubric: Rubric, marks: Sequence[Mapping[str, Mark]], names: Collection[str]
) -> tuple[RubricResult, ...]:
    """Reckon a rubric without some of its criteria, for each repetition that can be judged so."""
    rest = rubric.without(names)
    return tuple(result for item in marks if (result := marked_result(rest, item)) is not None)


def set_apart(before: CaseObservation, after: CaseObservation) -> frozenset[str]:
    """Return the criteria of one rubric that cannot be compared: one side lacks them, or had other means."""
    known = before.means.keys() | after.means.keys()
    judged = before.criteria.keys() & after.criteria.keys()
    differing = {name for name in known & judged if before.means.get(name) != after.means.get(name)}
    return frozenset({*before.left_out, *after.left_out, *differing})


def without(observation: CaseObservation, rubric: Rubric | None, names: Collection[str]) -> CaseObservation:
    """Return an observation as it would be if some criteria were not in the rubric.

    Args:
        observation: What was observed.
        rubric: What was judged; ``None`` if that is not known, and then nothing is left of the verdicts.
        names: The criteria to leave out, those included that it lacks by itself.
    """
    results = () if rubric is None else results_without(rubric, observation.marks, names)
    return replace(
        observation,
        criteria={name: value for name, value in observation.criteria.items() if name not in names},
        rubric_score=sum(result.score for result in results) / len(results) if results else None,
        passed=tuple(result.passed for result in results),
    )


def left_out_in(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the criteria that a run could not judge in some case, or that count nowhere, in order."""
    return tuple(sorted({name for item in snapshot.observations for name in item.left_out}))


def left_out_sentences(run: Run, snapshot: Snapshot) -> Iterator[str]:
    """Say which criteria could not be judged on this machine, why, what to do, and what numbers mean without them."""
    unjudged = {item.criterion for trial, _ in kinds_of(run.trials) for item in trial.outcomes if _is_unjudged(item)}
    names = [name for name in left_out_in(snapshot) if name in unjudged]
    if not names:
        return
    required = _required(run.cases, names)
    some = f" ({_named(required)} among them would be required)" if required else ""
    noun = "1 criterion was" if len(names) == 1 else f"{len(names)} criteria were"
    yield (
        f"{noun} left out, on both sides of the comparison, since they cannot be judged here: {_named(names)}"
        f"{some}. "
        "Scores and pass rates of rubrics are over the other criteria."
    )
    for message in _reasons(run):
        yield f"Why they were left out: {message}."


def all_apart(baseline: Snapshot, candidate: Snapshot) -> tuple[str, ...]:
    """Return the criteria that are not compared in some case, in order."""
    found = (set_apart(known, item) for known, item in _pairs(baseline, candidate))
    return tuple(sorted(frozenset().union(*found)))


def comparison_sentences(baseline: Snapshot, candidate: Snapshot) -> Iterator[str]:
    """Say which criteria are not compared because of the other side, or of other means."""
    pairs = list(_pairs(baseline, candidate))
    lacking = sorted({name for known, item in pairs for name in known.left_out if name not in item.left_out})
    if lacking:
        yield (
            f"{baseline.label} was made where these criteria could not be judged, so they are not compared: "
            f"{_named(lacking)}"
        )
    other = sorted(
        {name for known, item in pairs for name in set_apart(known, item) - {*known.left_out, *item.left_out}}
    )
    if other:
        yield (
            "these criteria were judged by other means (another environment, sandbox, program or version) than in "
            f"{baseline.label}, so they are not compared: {_named(other)}; "
            "`passmuster accept` makes the new means the ones to compare with"
        )


def held_strictly(report: Report) -> Report:
    """Let nothing pass from which a criterion was left out; what failed without it failed all the same."""
    apart = {*report.left_out, *(report.comparison.apart if report.comparison else ())}
    if not apart or report.verdict.outcome not in {GateOutcome.PASSED, GateOutcome.EQUAL}:
        return report
    reason = (
        f"{_named(sorted(apart))} could not be judged, or not by the same means on both sides, which --strict asks for"
    )
    verdict = GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=(reason,), findings=report.verdict.findings)
    return replace(report, verdict=verdict)


def _pairs(baseline: Snapshot, candidate: Snapshot) -> Iterator[tuple[CaseObservation, CaseObservation]]:
    """Yield the observations of rubrics that are the same on both sides."""
    before = {(item.subject, item.case): item for item in baseline.observations if item.rubric}
    for item in candidate.observations:
        known = before.get((item.subject, item.case))
        if known is not None and known.rubric == item.rubric:
            yield known, item


def _is_unjudged(outcome: Outcome) -> bool:
    return isinstance(outcome, Unscored) and outcome.is_left_out


def _required(cases: Sequence[Case], names: Collection[str]) -> list[str]:
    rubrics = (case.rubric for case in cases if case.rubric is not None)
    return sorted({item.name for rubric in rubrics for item in rubric.criteria if item.is_required} & {*names})


def _reasons(run: Run) -> list[str]:
    found = (
        item.failure.message
        for trial, _ in kinds_of(run.trials)
        for item in trial.outcomes
        if isinstance(item, Unscored) and item.is_left_out
    )
    return list(dict.fromkeys(" ".join(message.split()).rstrip(".") for message in found))[:3]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
