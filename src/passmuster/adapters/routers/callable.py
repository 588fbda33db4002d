"""A router that asks a function of the user's: ``(Request, Roster) -> str | None | RoutingDecision``, or ``async``."""

import asyncio
import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, Field

from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError, RoutingError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName
from passmuster.ports import BuildContext, Component, Router


class CallableOptions(BaseModel):
    """Options of the router ``callable``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1, description="The function: `module:name`, or `./file.py:NAME` beside the suite.")
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")


class CallableRouter:
    """Asks a function; a plain one runs in a thread of its own, so it may take its time."""

    def __init__(self, target: Callable[[Request, Roster], object], roster: Roster, *, name: str) -> None:
        """Take the function, the roster it is to choose from, and the name by which messages call the function."""
        self._target = target
        self._roster = roster
        self._known = frozenset(roster.names)
        self._name = name

    async def route(self, request: Request) -> RoutingDecision:
        """Return the function's decision; a name or ``None`` becomes one without scores.

        Raises:
            RoutingError: If the function raises, returns anything else, or names an agent that the roster has not.
                One that it raises itself passes through.
        """
        # Calling an ``async`` function takes no time and needs no thread.
        is_quick = inspect.iscoroutinefunction(self._target)
        answer = self._call(request) if is_quick else await asyncio.to_thread(self._call, request)
        if inspect.isawaitable(answer):
            with self._translated():
                answer = await answer
        return self._checked(self._decision(answer))

    def _call(self, request: Request) -> object:
        with self._translated():
            return self._target(request, self._roster)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except RoutingError:
            raise
        except Exception as error:
            # The one place where any exception is caught: the user's code may raise whatever it likes, and that shall
            # cost one trial and not the run.
            message = f"{self._name!r} raised {type(error).__name__}: {error}"
            raise RoutingError(message) from error

    def _decision(self, answer: object) -> RoutingDecision:
        if isinstance(answer, RoutingDecision):
            return answer
        if answer is None:
            return RoutingDecision(chosen=None)
        if isinstance(answer, str):
            return RoutingDecision(chosen=AgentName(answer))
        message = f"{self._name!r} returned {type(answer).__name__!r}"
        raise RoutingError(message, hint="return the agent's name, None for nobody, or a RoutingDecision")

    def _checked(self, decision: RoutingDecision) -> RoutingDecision:
        named = [*([] if decision.chosen is None else [decision.chosen]), *(one.agent for one in decision.ranking)]
        unknown = next((name for name in named if name not in self._known), None)
        if unknown is not None:
            message = f"{self._name!r} named {unknown!r}, which is no agent of the roster"
            raise RoutingError(message, hint="return a name exactly as the roster has it, or None for nobody")
        numbers = [*([] if decision.margin is None else [decision.margin]), *(one.score for one in decision.ranking)]
        if not all(math.isfinite(number) for number in numbers):
            message = f"{self._name!r} returned a score or margin that is no finite number"
            raise RoutingError(message, hint="leave out the ranking and the margin where there are no scores")
        return decision


def build(options: CallableOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidConfigurationError: If the target is nothing that can be called.
    """
    target = context.resolve(options.target)
    if not callable(target):
        finding = Finding(
            rule="not-callable",
            severity=Severity.ERROR,
            message=f"{options.target!r} is {type(target).__name__!r}, which cannot be called",
            hint="name a function that takes a Request and a Roster",
        )
        raise InvalidConfigurationError([finding])
    return CallableRouter(target, context.roster, name=options.target)


COMPONENT = Component(options=CallableOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``callable``: asks a function of the user's."""
