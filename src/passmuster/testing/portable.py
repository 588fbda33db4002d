"""Checks of executors that have other processes make trials; each raises ``AssertionError`` naming a broken promise."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.results import Trial, TrialPlan
from passmuster.ports import Executor, TrialRunner
from passmuster.testing import factories
from passmuster.testing.fakes import PlainRunner

SURPRISE: Final = "surprise"
"""The recipe of a worker that fails."""


class PlainPortableRunners:
    """Makes runners that answer all plans alike, wherever they are; conforms to ``PortableRunners``."""

    function = f"{__name__}:answer"

    def __init__(self, recipe: str = "", *, seats: int = 10_000) -> None:
        """Say what workers are told, and how many of them may ask."""
        self._recipe = recipe
        self._seats = seats

    def __call__(self) -> TrialRunner:
        """Return a runner of this process."""
        return PlainRunner()

    def seats(self, workers: int) -> int:
        """Return how many workers may ask."""
        return min(workers, self._seats)

    def recipe(self, workers: int) -> str:
        """Return what each is told."""
        del workers
        return self._recipe

    def packed(self, plans: Sequence[TrialPlan]) -> str:
        """Return the numbers of the plans' repetitions."""
        return json.dumps([plan.key.repetition for plan in plans])

    def unpacked(self, answer: str) -> Sequence[Trial]:
        """Return a trial for each number; raises what a worker complained of."""
        found = json.loads(answer)
        if isinstance(found, str):
            raise EnvironmentFaultError(found)
        return [factories.a_trial(key=factories.a_plan(repetition=number).key) for number in found]


def answer(recipe: str, shard: str) -> str:
    """Make a shard's trials, in a worker."""
    return json.dumps(recipe) if recipe == SURPRISE else shard


async def check_distribution(executor: Executor, *, most: int = 100) -> None:
    """Check an executor with workers that answer at once.

    Args:
        executor: What is checked.
        most: How many trials are made at the most.

    Raises:
        AssertionError: Naming the promise that the executor breaks.
    """
    for count in (0, 1, most):
        plans = [factories.a_plan(repetition=number) for number in range(count)]
        keys = [trial.key async for trial in executor.execute(iter(plans), PlainPortableRunners())]
        if sorted(key.repetition for key in keys) != list(range(count)):
            message = "an executor must yield every plan's trial once"
            raise AssertionError(message)
    plans = [factories.a_plan(repetition=number) for number in range(most)]
    async with aclosing(executor.execute(plans, PlainPortableRunners())) as trials:
        async for _ in trials:
            break
    try:
        async for _ in executor.execute(plans, PlainPortableRunners(SURPRISE)):
            message = "a worker that fails gives no trial"
            raise AssertionError(message)
    except EnvironmentFaultError:
        return
    message = "an executor must raise what workers complain of"
    raise AssertionError(message)
