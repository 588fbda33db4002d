"""One request put to a subject under many rosters, within a budget."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import Asked, Failure, RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName, Fingerprint
from passmuster.ports import BatchRouter

KEPT = 4
"""How many subjects stay built; one for a large roster takes room."""

Tell = Callable[[int, int], None]
"""Told after every call how many were made and how many there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A roster that was tried.

    Attributes:
        planned: The subject, built for it.
        decision: Whom it chose.
    """

    planned: PlannedSubject
    decision: RoutingDecision


class BudgetEndedError(Exception):
    """No further call may be made; caught where the search began."""


class Trying:
    """Tries rosters, and counts.

    Attributes:
        request: What is asked.
        calls: How many choices were asked for.
    """

    def __init__(
        self, build: Callable[[Roster], PlannedSubject], request: Request, budget: int, tell: Tell | None = None
    ) -> None:
        """Take what makes the subject for any roster, the request, and how many choices may be asked for."""
        self._build = build
        self.request = request
        self._budget = budget
        self._tell = tell
        self._tried: OrderedDict[Fingerprint, Attempt] = OrderedDict()
        self.calls = 0

    def planned(self, roster: Roster) -> PlannedSubject:
        """Build the subject for a roster."""
        return self._build(roster)

    async def attempt(self, roster: Roster) -> Attempt:
        """Ask under a roster; what was asked just before is not asked again.

        Raises:
            BudgetEndedError: If the budget does not do.
            RoutingError: If there is no choice to be had.
        """
        fingerprint = roster.fingerprint
        if fingerprint not in self._tried:
            if self.calls >= self._budget:
                raise BudgetEndedError
            self.calls += 1
            planned = self._build(roster)
            self._tried[fingerprint] = Attempt(planned=planned, decision=await decide(planned, self.request))
            if len(self._tried) > KEPT:
                self._tried.popitem(last=False)
            if self._tell is not None:
                self._tell(self.calls, self._budget)
        return self._tried[fingerprint]


async def decide(planned: PlannedSubject, request: Request) -> RoutingDecision:
    """Let a subject choose.

    Raises:
        RoutingError: If there is no choice to be had.
    """
    answer = await planned.subject.respond(request, repetition=0, assigned=None, asked=Asked.ROUTING)
    if isinstance(answer.routing, RoutingDecision):
        return answer.routing
    if isinstance(answer.routing, Failure):
        raise RoutingError(answer.routing.message)
    message = f"subject {planned.record.name!r} does not choose"
    raise RoutingError(message, hint="name a subject that has a router, with --subject")


async def choices_of(planned: PlannedSubject, requests: Sequence[Request]) -> list[AgentName | None]:
    """Return whom a subject chooses for each request.

    Raises:
        RoutingError: If there is no choice to be had.
    """
    if isinstance(planned.router, BatchRouter):
        return [decision.chosen for decision in planned.router.route_all(requests)]
    return [(await decide(planned, request)).chosen for request in requests]


def edited(roster: Roster, name: AgentName, description: str) -> Roster:
    """Return a roster with another description of one agent; its examples stay as they are."""
    return replace(
        roster,
        agents=tuple(_described(agent, description) if agent.name == name else agent for agent in roster.agents),
    )


def without(roster: Roster, names: Sequence[AgentName]) -> Roster:
    """Return a roster without some agents."""
    return replace(roster, agents=tuple(agent for agent in roster.agents if agent.name not in names))


def _described(agent: AgentDefinition, description: str) -> AgentDefinition:
    return replace(agent, description=description)
