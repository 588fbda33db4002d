"""What the baseline and earlier runs say of how cases fare: who has them, and how much their trials vary."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import harmonic_mean

from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, Aspect, CaseObservation, Snapshot
from passmuster.domain.results import Run, SubjectRecord, Trial, TrialKey
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName

Owner = str | None
"""To whom a case rightly goes; ``None`` where it goes wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedents:
    """What is known of one subject.

    Attributes:
        trials: For each aspect and case the values of its trials, from 0 to 1, by what the answers depended on: trials
            under one key were made under equal conditions.
        owners: To whom each choice of earlier runs rightly went, the latest run's where several made it.
    """

    trials: Mapping[tuple[Aspect, CaseIdentifier], dict[Fingerprint, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    owners: dict[TrialKey, Owner] = field(default_factory=dict)

    def add(self, run: Run, subject: SubjectName, cases: Mapping[CaseIdentifier, Case]) -> None:
        """Take in a run, the latest first.

        Only cases that ask and expect what they do now are looked at. Of cases that were repeated because of how they
        came out only the first trials count, which were made of all.
        """
        former = {case.identifier: case for case in run.cases}
        for trial in run.trials:
            case = cases.get(trial.key.case)
            known = former.get(trial.key.case)
            if trial.key.subject != subject or case is None or known is None or trial.inclusion < 1:
                continue
            if known.fingerprint == case.fingerprint:
                self._add_choice(trial, case)
                if known.rubric_fingerprint == case.rubric_fingerprint:
                    self._add_output(trial, case)

    def most_repeated(
        self, aspect: Aspect, cases: Sequence[Case], before: Mapping[CaseIdentifier, CaseObservation]
    ) -> tuple[Sequence[float], ...]:
        """Return each case's trials under the conditions under which it was tried most often, the baseline's included.

        How many trials there are says nothing of how they came out, so this choice favours nothing.
        """
        return tuple(max(self._candidates(aspect, case, before), key=len) for case in cases)

    def _candidates(
        self, aspect: Aspect, case: Case, before: Mapping[CaseIdentifier, CaseObservation]
    ) -> Iterator[Sequence[float]]:
        observation = before.get(case.identifier)
        yield () if observation is None else _first_values(observation, aspect)
        yield from self.trials[aspect, case.identifier].values()

    def _add_choice(self, trial: Trial, case: Case) -> None:
        routing = trial.answer.routing
        if isinstance(routing, RoutingDecision):
            is_right = routing_outcome(routing.chosen, case.expectation).is_right
            self.trials[Aspect.ROUTING, case.identifier][trial.key.fingerprint].append(float(is_right))
            self.owners.setdefault(trial.key, (routing.chosen or NOBODY) if is_right else None)

    def _add_output(self, trial: Trial, case: Case) -> None:
        result = None if case.rubric is None else rubric_result(case.rubric, trial.outcomes)
        if result is not None:
            self.trials[Aspect.OUTPUT, case.identifier][trial.key.fingerprint].append(float(result.passed))


def comparable(
    baseline: Snapshot | None, record: SubjectRecord, aspect: Aspect, cases: Sequence[Case]
) -> Mapping[CaseIdentifier, CaseObservation]:
    """Return what the baseline has of a subject's cases that ask, expect and are judged by what they are now."""
    own = {item.case: item for item in (baseline.observations if baseline else ()) if item.subject == record.name}
    found = {}
    for case in cases:
        observation = own.get(case.identifier)
        if observation is None or observation.fingerprint != case.fingerprint:
            continue
        is_same = aspect is Aspect.ROUTING or observation.rubric in {"", case.rubric_fingerprint}
        if is_same and values_of(observation, aspect):
            found[case.identifier] = observation
    return found


def usual_trials(observations: Sequence[CaseObservation], aspect: Aspect) -> int:
    """Return how many trials a case has, as far as chance is concerned: the harmonic mean, rounded; at least one."""
    return max(1, round(harmonic_mean([len(values_of(item, aspect)) for item in observations])))


def owner_in(observation: CaseObservation) -> Owner:
    """Return to whom a case rightly goes in its first repetition."""
    return (observation.chosen[0] or NOBODY) if observation.outcomes[0].is_right else None


def values_of(observation: CaseObservation, aspect: Aspect) -> Sequence[float]:
    """Return the value of each of a case's trials."""
    if aspect is Aspect.ROUTING:
        return [float(outcome.is_right) for outcome in observation.outcomes]
    return [float(passed) for passed in observation.passed]


def _first_values(observation: CaseObservation, aspect: Aspect) -> Sequence[float]:
    values = values_of(observation, aspect)
    inclusions = observation.inclusions
    if not inclusions:
        return values
    if len(inclusions) != len(values):
        # A repetition failed in the harness, and nobody knows which.
        return ()
    return [value for value, inclusion in zip(values, inclusions, strict=True) if inclusion >= 1]
