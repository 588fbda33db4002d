"""Any product as a router, and as a subject that also does the work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from passmuster.adapters.products.choosing import decision_of, refuse_unfinished, refuse_wrong_roster
from passmuster.adapters.products.observation import Observation, Reader, Terminal
from passmuster.adapters.products.roster_files import RosterFiles
from passmuster.components import BuildContext, Component, OptionsT
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Completion, Failure, RoutingDecision, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName, Fingerprint, Usage
from passmuster.ports import Router, Subject
from passmuster.programs.endings import Ending

MANNERS_OF_ENDING = {Terminal.TURN_LIMIT: "turn limit", Terminal.COST_LIMIT: "cost limit"}
"""Why an answer ended, where it did not end by itself."""


class Purpose(StrEnum):
    """What a run is for."""

    CHOICE = "choice"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """All that has to be known of a product to drive it with one roster.

    Attributes:
        reader: How its output is read.
        program: Where it is, or its name on the path.
        arguments: What it is started with, by the purpose of the run.
        prompt: What it is told on its standard input.
        roster: The agents that it is to choose from.
        roster_files: The same, as it reads them.
        files: Further files, by their places in the throw-away folder.
        passed: Names of environment variables that it may see.
        variables: Further variables with their values.
        tells_version: Whether its output tells its version, so that it need not be asked for it.
        chooses_apart: Whether choosing and working take a run each.
    """

    reader: Reader
    program: str
    arguments: Callable[[Purpose], tuple[str, ...]]
    prompt: Callable[[Request, Purpose], str]
    roster: Roster
    roster_files: RosterFiles
    files: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    tells_version: bool = False
    chooses_apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One run: what its output shows, and how it ended."""

    observation: Observation
    ending: Ending


class Runs(Protocol):
    """Has runs of one product with one roster, or plays them."""

    @property
    def roster(self) -> Roster:
        """The agents that are chosen from."""
        ...

    @property
    def chooses_apart(self) -> bool:
        """Whether choosing and working take a run each."""
        ...

    async def watch(self, request: Request, purpose: Purpose, repetition: int) -> Watched:
        """Have a run and watch it.

        Raises:
            RoutingError: If there can be none.
        """
        ...

    def foresee(self, request: Request, repetition: int, asked: Asked) -> Failure | None:
        """Return the failure that watching is certain to end in, or ``None``."""
        ...


class ProductRouter:
    """A product that chooses; conforms to :class:`passmuster.ports.Router`."""

    def __init__(self, runs: Runs) -> None:
        """Take what runs the product."""
        self._runs = runs

    async def route(self, request: Request) -> RoutingDecision:
        """Ask the product, and see whom it calls; see :mod:`passmuster.adapters.products.choosing` for the rules.

        Raises:
            RoutingError: If that is no choice.
        """
        return await _choice(self._runs, request, 0)


class ProductSubject:
    """A product that chooses and does the work; conforms to :class:`passmuster.ports.Subject`.

    Where the work is asked for, one run gives both, and its usage is the completion's.
    """

    def __init__(self, runs: Runs) -> None:
        """Take what runs the product."""
        self._runs = runs

    @property
    def writes(self) -> bool:
        """Always."""
        return True

    @property
    def takes_assignments(self) -> bool:
        """Never: who writes is the product's own choice."""
        return False

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        """Answer a request; see :class:`passmuster.ports.Subject`. An assignment does not matter."""
        del assigned
        if Asked.COMPLETION not in asked:
            return Answer(routing=await attempt(Stage.ROUTING, _choice(self._runs, request, repetition)))
        worked = await attempt(Stage.COMPLETION, self._runs.watch(request, Purpose.WORK, repetition))
        if isinstance(worked, Failure):
            routing = replace(worked, stage=Stage.ROUTING) if Asked.ROUTING in asked else None
            return Answer(routing=routing, completion=worked)
        completion = await attempt(Stage.COMPLETION, _written(worked, self._runs.roster))
        if self._runs.chooses_apart:
            wanted = Asked.ROUTING in asked
            apart = await attempt(Stage.ROUTING, _choice(self._runs, request, repetition)) if wanted else None
            return Answer(routing=apart, completion=completion)
        chosen = await attempt(Stage.ROUTING, _chosen(worked, self._runs.roster))
        writer = chosen.chosen if isinstance(chosen, RoutingDecision) else None
        return Answer(routing=chosen if Asked.ROUTING in asked else None, completion=completion, writer=writer)

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Foresee a run that cannot be played; of others nothing is known beforehand."""
        del assigned
        return self._runs.foresee(request, repetition, asked)


def components(
    options: type[OptionsT],
    runs: Callable[[OptionsT, BuildContext], Runs],
    *,
    version: str,
    content: Callable[[OptionsT, Path], Fingerprint],
    caveat: str = "",
    is_deterministic: Callable[[OptionsT], bool] = lambda _options: False,
) -> tuple[Component[OptionsT, Router], Component[OptionsT, Subject]]:
    """Return a product as a router and as a subject; see :class:`passmuster.components.Component`.

    Args:
        options: What can be told to it.
        runs: Returns what runs it with the context's roster.
        version: Raised whenever equal output is read otherwise.
        content: The fingerprint of files that its answers depend on.
        caveat: What readers of its results must know.
        is_deterministic: Whether it answers equal requests equally.
    """

    def router(chosen: OptionsT, context: BuildContext) -> Router:
        return ProductRouter(runs(chosen, context))

    def subject(chosen: OptionsT, context: BuildContext) -> Subject:
        return ProductSubject(runs(chosen, context))

    return (
        Component(
            options=options,
            build=router,
            version=version,
            is_deterministic=is_deterministic,
            caveat=caveat,
            content=content,
        ),
        Component(
            options=options,
            build=subject,
            version=version,
            is_deterministic=is_deterministic,
            caveat=caveat,
            content=content,
        ),
    )


async def _choice(runs: Runs, request: Request, repetition: int) -> RoutingDecision:
    watched = await runs.watch(request, Purpose.CHOICE, repetition)
    return decision_of(watched.observation, watched.ending, runs.roster)


async def _chosen(watched: Watched, roster: Roster) -> RoutingDecision:
    """Return the choice of a run whose usage and time count as the completion's."""
    decision = decision_of(watched.observation, watched.ending, roster)
    return replace(decision, usage=Usage(cost=Decimal()), latency=0.0)


async def _written(watched: Watched, roster: Roster) -> Completion:
    """Return what a run wrote.

    Raises:
        SetupError: If the product had other agents than it was to have.
        InfrastructureError: If it did not run to its end; a limit of turns or cost that it kept to is one.
    """
    observation = watched.observation
    refuse_wrong_roster(observation, roster)
    refuse_unfinished(observation, watched.ending, allowed=MANNERS_OF_ENDING)
    return Completion(
        text=observation.text,
        finish_reason=MANNERS_OF_ENDING.get(observation.terminal, "stop"),
        model=observation.model,
        usage=observation.usage,
        latency=watched.ending.seconds,
        activity=observation.activity,
    )
