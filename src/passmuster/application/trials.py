"""One trial: the subject answers, the criteria assess."""

from collections.abc import Mapping
from dataclasses import dataclass

from passmuster.domain.answers import Completion, Failure, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.results import Outcome, Trial, TrialPlan, Unscored
from passmuster.domain.values import Fingerprint, SubjectName
from passmuster.ports import Clock, Criterion, Exhibit, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTrial:
    """Makes trials.

    Attributes:
        subjects: The systems under test.
        criteria: Built criteria by the fingerprint of the reference that names them.
        clock: Tells when, and how long.
    """

    subjects: Mapping[SubjectName, Subject]
    criteria: Mapping[Fingerprint, Criterion]
    clock: Clock

    async def __call__(self, plan: TrialPlan) -> Trial:
        """Make one trial; failures of the harness end up in it."""
        started_at, began = self.clock.now(), self.clock.elapsed()
        answer = await self.subjects[plan.key.subject].respond(
            plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=plan.asked
        )
        outcomes = await self._assess(plan.case, answer.completion)
        return Trial(
            key=plan.key,
            answer=answer,
            outcomes=outcomes,
            started_at=started_at,
            duration=self.clock.elapsed() - began,
            inclusion=plan.inclusion,
        )

    async def _assess(self, case: Case, completion: Completion | Failure | None) -> tuple[Outcome, ...]:
        if case.rubric is None or completion is None:
            return ()
        if isinstance(completion, Failure):
            return tuple(Unscored(criterion=item.name, failure=completion) for item in case.rubric.criteria)
        exhibit = Exhibit(case=case, completion=completion)
        return tuple([await self._judge(item, exhibit) for item in case.rubric.criteria])

    async def _judge(self, reference: CriterionReference, exhibit: Exhibit) -> Outcome:
        criterion = self.criteria[reference.fingerprint]
        result = await attempt(Stage.CRITERION, criterion.assess(exhibit))
        if isinstance(result, Failure):
            return Unscored(criterion=reference.name, failure=result)
        return result
