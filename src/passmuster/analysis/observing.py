"""A run reduced to what comparing needs: one observation for each subject and case."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.results import Run, Score, Trial, Unscored
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import NOBODY, CaseObservation, Snapshot

DIGITS = 6
"""Scores are kept to this many decimals, so that a baseline does not churn with the last bits of a sum."""


def observe(run: Run) -> Snapshot:
    """Reduce a run; observations come in the order of subjects, then of cases."""
    trials: dict[tuple[SubjectName, CaseIdentifier], list[Trial]] = defaultdict(list)
    for trial in run.trials:
        trials[trial.key.subject, trial.key.case].append(trial)
    observations = tuple(
        observe_case(record.name, case, trials.get((record.name, case.identifier), []))
        for record in run.manifest.subjects
        for case in run.cases
    )
    return Snapshot(
        suite=run.manifest.suite,
        agents=Snapshot.prints(run.roster),
        subjects=run.manifest.subjects,
        observations=observations,
    )


def observe_case(subject: SubjectName, case: Case, trials: Sequence[Trial]) -> CaseObservation:
    """Reduce one case's trials."""
    ordered = sorted(trials, key=lambda trial: trial.key.repetition)
    decisions = [trial.answer.routing for trial in ordered if isinstance(trial.answer.routing, RoutingDecision)]
    chosen = tuple(decision.chosen for decision in decisions)
    results = [
        result
        for trial in ordered
        if case.rubric is not None and (result := rubric_result(case.rubric, trial.outcomes)) is not None
    ]
    return CaseObservation(
        subject=subject,
        case=case.identifier,
        fingerprint=case.fingerprint,
        chosen=chosen,
        outcomes=tuple(routing_outcome(choice, case.expectation) for choice in chosen),
        score=_mean(decision.ranking[0].score for decision in decisions if decision.ranking),
        margin=_mean(decision.margin for decision in decisions if decision.margin is not None),
        criteria=_criteria(ordered),
        rubric_score=_mean(result.score for result in results),
        passed=tuple(result.passed for result in results),
        failures=sum(_failures(trial) for trial in ordered),
    )


def usual_choice(chosen: Sequence[AgentName | None]) -> str:
    """Return the most frequent choice; the first in the alphabet where two are equally frequent.

    Returns:
        An agent's name, ``(nobody)``, or an empty string where nothing was measured.
    """
    if not chosen:
        return ""
    counts = Counter(NOBODY if choice is None else choice for choice in chosen)
    return min(counts, key=lambda name: (-counts[name], name))


def _criteria(trials: Sequence[Trial]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        for outcome in trial.outcomes:
            if isinstance(outcome, Score):
                values[outcome.criterion].append(outcome.value)
    return {name: round(sum(found) / len(found), DIGITS) for name, found in sorted(values.items())}


def _failures(trial: Trial) -> int:
    parts = (trial.answer.routing, trial.answer.completion)
    failed = sum(isinstance(part, Failure) for part in parts)
    if failed:
        # The criteria are unscored because the completion failed: one failure, not one for each of them.
        return failed
    return sum(isinstance(outcome, Unscored) for outcome in trial.outcomes)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(sum(found) / len(found), DIGITS) if found else None
