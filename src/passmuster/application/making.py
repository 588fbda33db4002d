"""Trials of one run or of several, made and stored; whatever ends it, what had ended is kept and noted."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from passmuster.application.committing import Committer, Ledger, Progress
from passmuster.domain.answers import Failure
from passmuster.domain.endpoints import Ending
from passmuster.domain.errors import BudgetExhaustedError, StoreError
from passmuster.domain.results import PlanLanes, Trial, TrialPlan, Unscored
from passmuster.ports import Executor, TrialRunner

UNAFFORDABLE = BudgetExhaustedError.__name__
"""The kind of a failure after which nothing more is begun."""

Bringing = Callable[[TrialRunner], Callable[[], TrialRunner]]
"""Says how a worker comes by a runner: in this process it is simply handed over."""

Placing = Callable[[Trial], tuple[Ledger, Trial]]
"""Says to which run a trial belongs, and how it is called there."""


def handed(runner: TrialRunner) -> Callable[[], TrialRunner]:
    """Let all workers of this process have one runner."""
    return lambda: runner


@dataclass(slots=True, kw_only=True)
class Making:
    """Makes trials until they are all made, the budget is used up, or it is stopped.

    Attributes:
        executor: How.
        ledgers: The runs that trials belong to.
        progress: Told of every trial once it is safely stored.
        bring: How workers come by what makes trials.
        is_stopped: Whether the budget was used up.
    """

    executor: Executor
    ledgers: Sequence[Ledger]
    progress: Progress
    bring: Bringing = handed
    is_stopped: bool = field(default=False, init=False)

    async def make(self, plans: PlanLanes, runner: TrialRunner, place: Placing) -> None:
        """Make trials and store each as it ends.

        When this is cancelled, what has ended is stored before the cancellation goes on.

        Raises:
            StoreError: If something could not be stored.
        """
        for ledger in self.ledgers:
            ledger.begin()
        ending = Ending.ERROR
        try:
            await self._make(plans, runner, place)
            ending = Ending.BUDGET if self.is_stopped else Ending.FINISHED
        except asyncio.CancelledError:
            ending = Ending.INTERRUPTED
            raise
        finally:
            # A store that could not take trials cannot take this either, and has complained.
            with suppress(*(StoreError,) if ending is Ending.ERROR else ()):
                for ledger in self.ledgers:
                    ledger.close(ending)

    async def _make(self, plans: PlanLanes, runner: TrialRunner, place: Placing) -> None:
        lanes = PlanLanes(tuple(self._until_stopped(lane) for lane in plans.lanes))
        committer = Committer(self.progress)
        try:
            async with aclosing(self.executor.execute(lanes, self.bring(runner))) as trials:
                async for trial in trials:
                    if is_unaffordable(trial):
                        self.is_stopped = True
                    else:
                        await committer.add(*place(trial))
        finally:
            await committer.close()

    def _until_stopped(self, lane: Iterable[TrialPlan]) -> Iterator[TrialPlan]:
        for plan in lane:
            if self.is_stopped:
                return
            yield plan


def is_unaffordable(trial: Trial) -> bool:
    """Whether a part of a trial was not asked for, since the budget might not have sufficed."""
    parts = (trial.answer.routing, trial.answer.completion, *trial.outcomes)
    failures = (part.failure if isinstance(part, Unscored) else part for part in parts)
    return any(isinstance(failure, Failure) and failure.kind == UNAFFORDABLE for failure in failures)
