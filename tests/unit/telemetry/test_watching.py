"""Which trial is under way, wherever something is told."""

import pytest

from passmuster.domain.answers import Answer, RoutingDecision, Stage
from passmuster.domain.attempts import WATCH, attempt
from passmuster.domain.results import Response, Trial, TrialPlan
from passmuster.domain.values import RunIdentifier
from passmuster.telemetry.watching import (
    WHERE,
    StageBegun,
    StageEnded,
    Told,
    TrialBegun,
    TrialBroken,
    TrialEnded,
    Watched,
    Whereabouts,
)
from passmuster.testing import factories

RUN = RunIdentifier("run-1")


class Runner:
    """Routes in one stage, and judges nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def respond(self, plan: TrialPlan) -> Response:
        if self.error is not None:
            raise self.error
        routing = await attempt(Stage.ROUTING, decide())
        return factories.a_response(plan, answer=Answer(routing=routing))

    async def assess(self, response: Response) -> Trial:
        return factories.a_trial(key=response.plan.key, answer=response.answer)


async def decide() -> RoutingDecision:
    return factories.a_decision()


def watched(error: Exception | None = None) -> tuple[Watched, list[Told], list[Whereabouts | None]]:
    """Return a runner that is watched, what it tells, and where it was when it told."""
    told: list[Told] = []
    places: list[Whereabouts | None] = []

    def watch(what: Told) -> None:
        told.append(what)
        places.append(WHERE.get())

    return Watched(Runner(error), run=RUN, watchers=[watch]), told, places


async def test_a_trial_is_told_stage_by_stage_with_its_name() -> None:
    """Begun, each stage with what it brought, and ended; all in the context of the trial, and nothing after it."""
    runner, told, places = watched()
    plan = factories.a_plan()

    trial = await runner.assess(await runner.respond(plan))

    assert told == [
        TrialBegun(plan=plan),
        StageBegun(stage=Stage.ROUTING),
        StageEnded(stage=Stage.ROUTING, result=factories.a_decision()),
        TrialEnded(trial=trial),
    ]
    assert places == [Whereabouts(run=RUN, key=plan.key)] * 4
    assert WHERE.get() is None
    assert WATCH.get() is None


async def test_a_trial_that_breaks_is_told_as_broken() -> None:
    """And the error goes on."""
    runner, told, _places = watched(RuntimeError("a bug"))

    with pytest.raises(RuntimeError, match="a bug"):
        await runner.respond(factories.a_plan())

    assert told[-1] == TrialBroken()
    assert WHERE.get() is None
