"""One trial: the subject answers, the criteria assess."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass

from passmuster.domain.answers import Completion, Failure, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.results import Exhibit, Outcome, Response, Trial, TrialPlan, Unscored
from passmuster.domain.values import Fingerprint, SubjectName
from passmuster.ports import Clock, Criterion, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTrial:
    """Makes trials; conforms to :class:`passmuster.ports.TrialRunner`.

    Attributes:
        subjects: The systems under test.
        criteria: Built criteria by the fingerprint of the reference that names them.
        clock: Tells when, and how long.
    """

    subjects: Mapping[SubjectName, Subject]
    criteria: Mapping[Fingerprint, Criterion]
    clock: Clock

    async def respond(self, plan: TrialPlan) -> Response:
        """Have the subject answer; failures of the harness are parts of the answer."""
        started_at, began = self.clock.now(), self.clock.elapsed()
        answer = await self.subjects[plan.key.subject].respond(
            plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=plan.asked
        )
        return Response(plan=plan, answer=answer, started_at=started_at, duration=self.clock.elapsed() - began)

    async def assess(self, response: Response) -> Trial:
        """Have the criteria judge the answer; their failures end up in the trial.

        What an answer waited for somebody to judge it is no part of the trial's duration.
        """
        plan, answer = response.plan, response.answer
        began = self.clock.elapsed()
        outcomes = await self._assess(plan.case, answer.completion)
        return Trial(
            key=plan.key,
            answer=answer,
            outcomes=outcomes,
            started_at=response.started_at,
            duration=response.duration + self.clock.elapsed() - began,
            inclusion=plan.inclusion,
        )

    async def _assess(self, case: Case, completion: Completion | Failure | None) -> tuple[Outcome, ...]:
        if case.rubric is None or completion is None:
            return ()
        if isinstance(completion, Failure):
            return tuple(Unscored(criterion=item.name, failure=completion) for item in case.rubric.criteria)
        exhibit = Exhibit(case=case, completion=completion)
        first, *others = case.rubric.criteria
        if not others:
            return (await self._judge(first, exhibit),)
        return await _all(self._judge(item, exhibit) for item in case.rubric.criteria)

    async def _judge(self, reference: CriterionReference, exhibit: Exhibit) -> Outcome:
        criterion = self.criteria[reference.fingerprint]
        result = await attempt(Stage.CRITERION, criterion.assess(exhibit))
        if isinstance(result, Failure):
            return Unscored(criterion=reference.name, failure=result)
        return result


async def _all(judging: Iterable[Coroutine[None, None, Outcome]]) -> tuple[Outcome, ...]:
    """Judge by all criteria side by side: one that has code run leaves the other processors idle.

    Whatever ends it, none of them lives on.
    """
    tasks = [asyncio.create_task(work) for work in judging]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
