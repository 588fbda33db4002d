"""A run reduced to what comparing needs: one observation for each subject and case."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from passmuster.analysis.compact_trials import CellTrials, cells_of, is_sampled, kinds_of
from passmuster.analysis.leaving_out import all_marks, left_out_of, means_of, results_without
from passmuster.analysis.outcomes import routing_outcome
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, CaseObservation, Snapshot
from passmuster.domain.results import Run, Score, Trial, Unscored
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName

DIGITS = 6
"""Scores are kept to this many decimals, so that a baseline does not churn with the last bits of a sum."""


Key = tuple[SubjectName, CaseIdentifier]


def trials_by_case(run: Run) -> Mapping[Key, Sequence[Trial]]:
    """Return a run's trials by subject and case; a case without any is not in it."""
    cells = cells_of(run.trials)
    if cells is not None:
        return cells
    trials: dict[Key, list[Trial]] = defaultdict(list)
    for trial in run.trials:
        trials[trial.key.subject, trial.key.case].append(trial)
    return dict(trials)


def observe(run: Run) -> Snapshot:
    """Reduce a run; observations come in the order of subjects, then of cases."""
    trials = trials_by_case(run)
    grows = run.manifest.looks > 1
    is_uneven = grows or is_sampled(run.trials)
    rounds, sampled = (_rounds(trials, grows=grows), _sampled(trials)) if is_uneven else ({}, set())

    def observed(subject: SubjectName, case: Case) -> CaseObservation:
        own = trials.get((subject, case.identifier), ())
        # What could not have been drawn is of no sample.
        stands = own or subject in sampled
        number = rounds.get(subject, 0) if stands else 0
        if isinstance(own, CellTrials) and own.observation is not None:
            known = own.observation
            return replace(known, inclusions=known.inclusions if number else (), rounds=number)
        return observe_case(subject, case, own, number)

    observations = tuple(observed(record.name, case) for record in run.manifest.subjects for case in run.cases)
    models = _models((trial.key.subject, trial.answer.completion) for trial, _ in kinds_of(run.trials))
    choosing = _models((trial.key.subject, trial.answer.routing) for trial, _ in kinds_of(run.trials))
    return Snapshot(
        suite=run.manifest.suite,
        agents=Snapshot.prints(run.roster),
        subjects=tuple(
            replace(record, models=models.get(record.name, ()), choosing_models=choosing.get(record.name, ()))
            for record in run.manifest.subjects
        ),
        observations=observations,
    )


def observe_case(subject: SubjectName, case: Case, trials: Sequence[Trial], rounds: int = 0) -> CaseObservation:
    """Reduce one case's trials.

    Args:
        subject: Who answered.
        case: What was asked.
        trials: All of the case's.
        rounds: How many repetitions the subject's most repeated cases had; 0 where all had the same number.
    """
    ordered = sorted(trials, key=lambda trial: trial.key.repetition)
    decisions = [trial.answer.routing for trial in ordered if isinstance(trial.answer.routing, RoutingDecision)]
    chosen = tuple(decision.chosen for decision in decisions)
    left_out, means, marks = left_out_of(ordered), means_of(ordered), all_marks(ordered)
    results = () if case.rubric is None else results_without(case.rubric, marks, left_out)
    return CaseObservation(
        subject=subject,
        case=case.identifier,
        fingerprint=case.fingerprint,
        rubric=case.rubric_fingerprint,
        chosen=chosen,
        outcomes=tuple(routing_outcome(choice, case.expectation) for choice in chosen),
        score=_mean(choice_score(decision) for decision in decisions),
        margin=_mean(decision.margin for decision in decisions),
        rival=_rival(decisions),
        criteria=_criteria(ordered),
        rubric_score=_mean(result.score for result in results),
        passed=tuple(result.passed for result in results),
        failures=sum(failed_parts(trial) for trial in ordered),
        inclusions=tuple(trial.inclusion for trial in ordered) if rounds else (),
        rounds=rounds,
        left_out=left_out,
        means=means,
        # Reckoning again without some criteria is needed only where one of them may be missing elsewhere.
        marks=marks if left_out or means else (),
    )


def _rounds(trials: Mapping[Key, Sequence[Trial]], *, grows: bool) -> dict[SubjectName, int]:
    """Return how many rounds there were, for subjects whose cases were not all asked equally."""
    rounds: dict[SubjectName, int] = {}
    # Where a run grows, a round may have taken none but those that were sure of it.
    drawn = {
        subject
        for (subject, _), own in trials.items()
        if any(trial.inclusion < 1 or (grows and trial.key.repetition) for trial in own)
    }
    for (subject, _), own in trials.items():
        if subject in drawn:
            # A case that was not drawn for a round skips its number.
            rounds[subject] = max(rounds.get(subject, 0), *(trial.key.repetition + 1 for trial in own))
    return rounds


def _sampled(trials: Mapping[Key, Sequence[Trial]]) -> set[SubjectName]:
    """Return the subjects of which some cases were drawn for the first round, so that they stand for the rest."""
    return {
        subject
        for (subject, _), own in trials.items()
        if min(own, key=lambda trial: trial.key.repetition).inclusion < 1
    }


def _models(parts: Iterable[tuple[SubjectName, object]]) -> dict[SubjectName, tuple[str, ...]]:
    """Return the models that some parts of answers name, by subject."""
    models: dict[SubjectName, set[str]] = defaultdict(set)
    for subject, part in parts:
        if isinstance(part, RoutingDecision | Completion) and part.model:
            models[subject].add(part.model)
    return {subject: tuple(sorted(found)) for subject, found in models.items()}


def weights_of(observations: Sequence[CaseObservation]) -> Mapping[Key, float]:
    """Return for how many cases each stands, of those that a sample holds; the others stand for themselves.

    A case that could have been drawn and was not may weigh as much as the heaviest one that was.
    """
    drawn = {(item.subject, item.case): 1 / item.inclusions[0] for item in observations if item.inclusions}
    heaviest: dict[SubjectName, float] = {}
    for (subject, _), weight in drawn.items():
        heaviest[subject] = max(weight, heaviest.get(subject, 1.0))
    left = {(item.subject, item.case): heaviest.get(item.subject, 1.0) for item in observations if item.rounds}
    return {**left, **drawn}


def usual_choice(chosen: Sequence[AgentName | None]) -> str:
    """Return the most frequent choice; the first in the alphabet where two are equally frequent.

    Returns:
        An agent's name, ``(nobody)``, or an empty string where nothing was measured.
    """
    if not chosen:
        return ""
    counts = Counter(NOBODY if choice is None else choice for choice in chosen)
    return min(counts, key=lambda name: (-counts[name], name))


def choice_score(decision: RoutingDecision) -> float | None:
    """Return the score of the agent chosen, or of the best one where nobody was.

    Returns:
        ``None`` where the ranking does not hold that agent.
    """
    ranking = decision.ranking
    return next((item.score for item in ranking if decision.chosen in {None, item.agent}), None)


def asked_parts(trial: Trial) -> int:
    """Count the parts of an answer that a trial came to ask for: a choice, an output, or both."""
    return sum(part is not None for part in (trial.answer.routing, trial.answer.completion))


def failed_parts(trial: Trial) -> int:
    """Count the parts of an answer that failed in the harness, out of :func:`asked_parts`.

    An output fails once, whether it could not be had or one or more of its criteria could not judge it. One that the
    machine cannot judge is left out, and failed nowhere.
    """
    unscored = (item for item in trial.outcomes if isinstance(item, Unscored))
    output = isinstance(trial.answer.completion, Failure) or any(not item.is_left_out for item in unscored)
    return isinstance(trial.answer.routing, Failure) + output


def _rival(decisions: Sequence[RoutingDecision]) -> str:
    """Return the agent that is most often next in line; the first in the alphabet where two are equally often."""
    rivals = Counter(
        next((ranked.agent for ranked in decision.ranking if ranked.agent != decision.chosen), "")
        for decision in decisions
    )
    return min(rivals, key=lambda name: (-rivals[name], name), default="")


def _criteria(trials: Sequence[Trial]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        for outcome in trial.outcomes:
            if isinstance(outcome, Score):
                values[outcome.criterion].append(outcome.value)
    return {name: _rounded(sum(found) / len(found)) for name, found in sorted(values.items())}


def _mean(values: Iterable[float | None]) -> float | None:
    # A plug-in's router may give scores that are no numbers; no baseline file could hold them.
    found = [value for value in values if value is not None and isfinite(value)]
    return _rounded(sum(found) / len(found)) if found else None


def _rounded(value: float) -> float:
    # Adding zero turns -0.0, which is equal to 0.0 and looks different in a file, into 0.0.
    return round(value, DIGITS) + 0.0
