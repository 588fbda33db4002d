"""Where a failure of the harness turns from an exception into data."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final, TypeVar

from passmuster.domain.answers import Failure, Stage
from passmuster.domain.errors import TrialFailure

ResultT = TypeVar("ResultT")

WATCH: Final[ContextVar[Callable[[Stage, object], None] | None]] = ContextVar("WATCH", default=None)
"""Told of every stage, with ``None`` when it begins and with what it brought when it ends; set around a trial."""


async def attempt(stage: Stage, work: Awaitable[ResultT]) -> ResultT | Failure:
    """Await some work; return its result, or the failure that kept it from having one.

    This is the only place that catches :class:`TrialFailure`. Anything else is a bug and stops the run.
    """
    watch = WATCH.get()
    if watch is not None:
        watch(stage, None)
    result: ResultT | Failure
    try:
        result = await work
    except TrialFailure as error:
        result = Failure.of(error, stage)
    if watch is not None:
        watch(stage, result)
    return result
