"""One trial: an answer, its judgement, and failures as data."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from passmuster.application.trials import RunTrial
from passmuster.domain.answers import Answer, Asked, Completion, Failure, Stage
from passmuster.domain.cases import Request
from passmuster.domain.errors import CriterionError, CriterionUnavailableError
from passmuster.domain.results import Exhibit, Score, Unscored
from passmuster.domain.values import AgentName, SubjectName
from passmuster.ports import Criterion
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_criterion_reference,
    a_decision,
    a_failure,
    a_plan,
    a_rubric,
    a_score,
)
from passmuster.testing.fakes import FakeClock, make_trial

ONE, TWO = a_criterion_reference(name="one"), a_criterion_reference(name="two")
JUDGED = a_case(rubric=a_rubric(ONE, TWO))


class FixedSubject:
    """Gives one answer, and remembers what it was asked."""

    writes = True
    takes_assignments = True

    def __init__(self, answer: Answer) -> None:
        self.asked: list[object] = []
        self._answer = answer

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        self.asked.append((request, repetition, assigned, asked))
        return self._answer

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        raise NotImplementedError


@dataclass(frozen=True)
class EqualsCriterion:
    """Judges whether the answer is a text, and cannot judge an empty one."""

    name: str
    text: str = "right"

    async def assess(self, exhibit: Exhibit) -> Score:
        if not exhibit.completion.text:
            message = "nothing to look at"
            raise CriterionError(message, hint="write something")
        return a_score(self.name, float(exhibit.completion.text == self.text))


class BrokenCriterion:
    """Has a bug."""

    async def assess(self, exhibit: Exhibit) -> Score:
        raise ZeroDivisionError(exhibit)


def running(answer: Answer, second: Criterion | None = None, clock: FakeClock | None = None) -> RunTrial:
    return RunTrial(
        subjects={SubjectName("lexical"): FixedSubject(answer)},
        criteria={ONE.fingerprint: EqualsCriterion("one"), TWO.fingerprint: second or EqualsCriterion("two", "wrong")},
        clock=clock or FakeClock(),
    )


def answered(completion: Completion | Failure | None) -> Answer:
    return Answer(routing=a_decision(), completion=completion)


async def test_a_trial_asks_for_what_is_planned() -> None:
    """The subject gets the request, the repetition, the writer and what is wanted, and never the case."""
    run = running(answered(None))
    plan = a_plan(JUDGED, repetition=2, assigned=AgentName("debugger"), asked=Asked.COMPLETION)

    trial = await make_trial(run, plan)

    subject = run.subjects[SubjectName("lexical")]
    assert isinstance(subject, FixedSubject)
    assert subject.asked == [(JUDGED.request, 2, "debugger", Asked.COMPLETION)]
    assert trial.key == plan.key


async def test_each_criterion_judges_in_the_order_of_the_rubric() -> None:
    """A failed criterion keeps none of the others from judging."""
    trial = await make_trial(running(answered(a_completion("wrong"))), a_plan(JUDGED))

    assert trial.outcomes == (a_score("one", 0.0), a_score("two", 1.0))
    assert trial.is_finished


@pytest.mark.parametrize(("case", "completion"), [(a_case(), a_completion()), (JUDGED, None)])
async def test_nothing_is_judged_without_a_rubric_and_an_answer(case: object, completion: Completion | None) -> None:
    """What was not asked for has no outcome, and the trial is finished."""
    trial = await make_trial(running(answered(completion)), a_plan(case))  # type: ignore[arg-type]  # the parameters hold cases

    assert trial.outcomes == ()
    assert trial.is_finished


async def test_a_failed_completion_leaves_every_criterion_unscored() -> None:
    """Each says why, and the trial is not finished."""
    failure = a_failure(Stage.COMPLETION)

    trial = await make_trial(running(answered(failure)), a_plan(JUDGED))

    assert trial.outcomes == (Unscored(criterion="one", failure=failure), Unscored(criterion="two", failure=failure))
    assert not trial.is_finished


async def test_a_criterion_that_cannot_judge_is_unscored_under_its_name() -> None:
    """Its failure is data of its own, with the stage at which it happened."""
    trial = await make_trial(running(answered(a_completion(""))), a_plan(JUDGED))

    failure = Failure(
        stage=Stage.CRITERION, kind="CriterionError", message="nothing to look at — write something", is_transient=False
    )
    assert trial.outcomes == (Unscored(criterion="one", failure=failure), Unscored(criterion="two", failure=failure))
    assert not trial.is_finished


async def test_a_bug_is_no_failure_of_the_harness() -> None:
    """It stops the run loudly, rather than becoming a number."""
    run = running(answered(a_completion()), second=BrokenCriterion())

    with pytest.raises(ZeroDivisionError):
        await make_trial(run, a_plan(JUDGED))


async def test_a_trial_says_when_it_began_and_how_long_it_took() -> None:
    """Both by the clock that it was given; what it waited for somebody to judge it does not count."""
    clock = FakeClock(step=1.5)
    runner = running(answered(None), clock=clock)
    response = await runner.respond(a_plan())
    clock.advance(60)

    trial = await runner.assess(response)

    assert trial.started_at == MOMENT
    assert (response.duration, trial.duration) == (1.5, 3.0)


async def test_a_trial_keeps_the_probability_of_its_plan() -> None:
    """An estimate over all cases divides by it."""
    trial = await make_trial(running(answered(None)), a_plan(inclusion=0.25))

    assert trial.inclusion == 0.25


class WaitingCriterion:
    """Judges when another one has been asked, and tells how it ended."""

    def __init__(self, name: str, mine: asyncio.Event, other: asyncio.Event) -> None:
        self.name = name
        self.mine, self.other = mine, other
        self.is_cancelled = False

    async def assess(self, _exhibit: Exhibit) -> Score:
        self.mine.set()
        try:
            await self.other.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return a_score(self.name)


async def test_criteria_judge_side_by_side() -> None:
    """One that waits for its turn at a sandbox holds no other up; the order is the rubric's all the same."""
    one, two = asyncio.Event(), asyncio.Event()
    run = running(answered(a_completion()), second=WaitingCriterion("two", two, one))
    run = replace(run, criteria={**run.criteria, ONE.fingerprint: WaitingCriterion("one", one, two)})

    trial = await asyncio.wait_for(make_trial(run, a_plan(JUDGED)), 60)

    assert trial.outcomes == (a_score("one"), a_score("two"))


@pytest.mark.parametrize("is_bug", [True, False], ids=["a bug", "a cancellation"])
async def test_nothing_judges_on_when_the_trial_is_over(is_bug: bool) -> None:  # noqa: FBT001 - given by pytest
    """Neither after a bug of another criterion, nor when the run is broken off."""
    asked = asyncio.Event()
    waiting = WaitingCriterion("one", asked, asyncio.Event())
    second = BrokenCriterion() if is_bug else WaitingCriterion("two", asyncio.Event(), asyncio.Event())
    run = running(answered(a_completion()), second=second)
    run = replace(run, criteria={**run.criteria, ONE.fingerprint: waiting})
    making = asyncio.create_task(make_trial(run, a_plan(JUDGED)))

    await asked.wait()
    if not is_bug:
        making.cancel()
    await asyncio.wait([making])

    assert waiting.is_cancelled
    assert making.cancelled() or isinstance(making.exception(), ZeroDivisionError)


async def test_what_this_machine_cannot_judge_leaves_the_trial_finished() -> None:
    """It is left out, and nothing would come of trying again here."""

    class Unavailable:
        async def assess(self, _exhibit: Exhibit) -> Score:
            message = "no sandbox"
            raise CriterionUnavailableError(message)

    trial = await make_trial(running(answered(a_completion("right")), second=Unavailable()), a_plan(JUDGED))

    left_out = trial.outcomes[1]
    assert isinstance(left_out, Unscored)
    assert left_out.is_left_out
    assert trial.is_finished
