"""Where a failure of the harness turns from an exception into data."""

from collections.abc import Awaitable
from typing import TypeVar

from passmuster.domain.answers import Failure, Stage
from passmuster.domain.errors import TrialFailure

ResultT = TypeVar("ResultT")


async def attempt(stage: Stage, work: Awaitable[ResultT]) -> ResultT | Failure:
    """Await some work; return its result, or the failure that kept it from having one.

    This is the only place that catches :class:`TrialFailure`. Anything else is a bug and stops the run.
    """
    try:
        return await work
    except TrialFailure as error:
        return Failure(stage=stage, kind=type(error).__name__, message=str(error), is_transient=error.is_transient)
