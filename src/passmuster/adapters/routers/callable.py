"""A router that asks a function of the user's: ``(Request, Roster) -> str | None | RoutingDecision``, or ``async``."""

import math

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Router
from passmuster.user_functions import UserFunction, user_function


class CallableOptions(BaseModel):
    """Options of the router ``callable``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1, description="The function: `module:name`, or `./file.py:NAME` beside the suite.")
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")


class CallableRouter:
    """Asks a function."""

    def __init__(self, function: UserFunction, roster: Roster) -> None:
        """Take the function, and the roster that it is to choose from."""
        self._function = function
        self._roster = roster
        self._known = frozenset(roster.names)

    async def route(self, request: Request) -> RoutingDecision:
        """Return the function's decision; a name or ``None`` becomes one without scores.

        Raises:
            RoutingError: If the function raises, returns anything else, or names an agent that the roster has not.
                One that it raises itself passes through.
        """
        return self._checked(self._decision(await self._function(request, self._roster)))

    def _decision(self, answer: object) -> RoutingDecision:
        if isinstance(answer, RoutingDecision):
            return answer
        if answer is None:
            return RoutingDecision(chosen=None)
        if isinstance(answer, str):
            return RoutingDecision(chosen=AgentName(answer))
        message = f"{self._function.name!r} returned {type(answer).__name__!r}"
        raise RoutingError(message, hint="return the agent's name, None for nobody, or a RoutingDecision")

    def _checked(self, decision: RoutingDecision) -> RoutingDecision:
        chosen = [] if decision.chosen is None else [decision.chosen]
        named = [*chosen, *decision.further, *(one.agent for one in decision.ranking)]
        unknown = next((name for name in named if name not in self._known), None)
        if unknown is not None:
            message = f"{self._function.name!r} named {unknown!r}, which is no agent of the roster"
            raise RoutingError(message, hint="return a name exactly as the roster has it, or None for nobody")
        numbers = [*([] if decision.margin is None else [decision.margin]), *(one.score for one in decision.ranking)]
        if not all(math.isfinite(number) for number in numbers):
            message = f"{self._function.name!r} returned a score or margin that is no finite number"
            raise RoutingError(message, hint="leave out the ranking and the margin where there are no scores")
        if decision.confidence is not None and not 0 <= decision.confidence <= 1:
            message = f"{self._function.name!r} returned a confidence of {decision.confidence!r}"
            raise RoutingError(message, hint="a confidence lies from 0 to 1; leave it out where nobody has measured it")
        return decision


def build(options: CallableOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidConfigurationError: If the target is nothing that can be called.
    """
    target = context.resolve(options.target)
    function = user_function(target, name=options.target, takes="a Request and a Roster", failure=RoutingError)
    return CallableRouter(function, context.roster)


COMPONENT = Component(options=CallableOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``callable``: asks a function of the user's."""
