"""A small suite whose subject asks a router, for tests of runs."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field, replace

from passmuster.application.evaluating import SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.domain.answers import Answer, Asked, Failure, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Request
from passmuster.domain.results import Revision, Trial, TrialPlan
from passmuster.domain.values import AgentName
from passmuster.ports import Router, TrialRunner
from passmuster.testing.factories import a_case, a_roster, a_subject_record
from passmuster.testing.fakes import FakeClock, FixedRouter, MemoryStore, make_trial

CASES = tuple(a_case(f"case-{number}", text=f"request {number}") for number in range(6))
THERE = Revision(commit="c0ffee", branch="", is_dirty=False)


@dataclass
class RoutingSubject:
    """Asks a router; foresees what it was told to."""

    router: Router
    foreseen: Failure | None = None
    writes: bool = False
    takes_assignments: bool = True

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Answer:
        return Answer(routing=await attempt(Stage.ROUTING, self.router.route(request)))

    def foresee(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Failure | None:
        return self.foreseen


@dataclass
class Stepwise:
    """Makes one trial after the other; halts for ever before a given one."""

    halts_before: int | None = None
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        runner = make_runner()
        for number, plan in enumerate(plans):
            if number == self.halts_before:
                self.halted.set()
                await asyncio.Event().wait()
            self.asked.append(f"{plan.key.subject} {plan.key.case} {plan.key.repetition}")
            yield await make_trial(runner, plan)


def parts_of(
    store: MemoryStore, chosen: str | None = "debugger", *, router: Router | None = None, **changes: object
) -> SuiteParts:
    """Make a suite of six cases and one subject, which varies unless it is said to be steady."""
    steady = bool(changes.pop("steady", False))
    subject = RoutingSubject(router or FixedRouter(default=chosen))
    record = a_subject_record(is_deterministic=steady)
    parts = SuiteParts(
        suite="example",
        roster=a_roster(),
        cases=CASES,
        subjects=(PlannedSubject(subject=subject, record=record),),
        criteria={},
        store=store,
        executor=Stepwise(),
        clock=FakeClock(),
        repetitions=2,
        seed=7,
        configuration={"name": "example"},
        versions={"passmuster": "0.1.0"},
        revision=THERE,
    )
    return replace(parts, **changes)  # type: ignore[arg-type] # any field may be replaced


def ignore(_trial: Trial) -> None:
    """Take no interest in progress."""
