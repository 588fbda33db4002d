"""The usual subject: a router chooses, and a backend writes with the agent's instructions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component, can_foresee, repeated_choice
from passmuster.domain.agents import Roster
from passmuster.domain.answers import (
    Answer,
    Asked,
    CompletionRequest,
    Failure,
    RoutingDecision,
    Sampling,
    Stage,
)
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.values import AgentName
from passmuster.ports import Backend, Router


class RoutedOptions(BaseModel):
    """Options of the routed subject."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    router: Mapping[str, object] = Field(description="Who chooses: {use: <router>, …}.")
    backend: str | None = Field(default=None, description="Who writes: the name of one of the suite's backends.")
    writer: Literal["assigned", "chosen"] = Field(
        default="assigned",
        description=(
            "Whose instructions the backend gets: the expected agent's, so that output and routing are judged apart, "
            "or those of the agent that the router chose."
        ),
    )
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    maximum_tokens: int | None = Field(default=None, ge=1, description="Length limit of a completion, in tokens.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedSubject:
    """Routes with a router, and writes with a backend."""

    roster: Roster
    router: Router
    backend: Backend | None = None
    sampling: Sampling
    takes_assignments: bool

    @property
    def writes(self) -> bool:
        """Whether there is a backend."""
        return self.backend is not None

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        """Choose and write, as far as asked; see :class:`passmuster.ports.Subject`.

        Where the router's choice is to write and it makes none, there is no completion; where it fails and the choice
        itself was not asked for, its failure stands in the place of the completion.
        """
        writes = self.backend is not None and Asked.COMPLETION in asked
        routing: RoutingDecision | Failure | None = None
        if Asked.ROUTING in asked or (writes and assigned is None):
            choice = repeated_choice(self.router, request, repetition=repetition)
            routing = await attempt(Stage.ROUTING, choice)
        answer = Answer(routing=routing if Asked.ROUTING in asked else None)
        if self.backend is None or not writes:
            return answer
        if assigned is None and isinstance(routing, Failure):
            return answer if answer.routing else replace(answer, completion=routing)
        chosen = routing.chosen if isinstance(routing, RoutingDecision) else None
        writer = chosen if assigned is None else assigned
        if writer is None:
            return answer
        wanted = self._request(request, writer, repetition)
        completion = await attempt(Stage.COMPLETION, self.backend.complete(wanted))
        return replace(answer, completion=completion, writer=writer)

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Ask the backend whether it can answer; unknown where the router has yet to choose the writer."""
        if Asked.COMPLETION not in asked or assigned is None or not can_foresee(self.backend):
            return None
        return self.backend.foresee(self._request(request, assigned, repetition))

    def _request(self, request: Request, writer: AgentName, repetition: int) -> CompletionRequest:
        agent = self.roster.agent(writer)
        instructions = "" if agent is None else agent.instructions
        messages = (
            Message(role=Role.SYSTEM, content=instructions),
            *request.history,
            Message(role=Role.USER, content=request.text),
        )
        return CompletionRequest(messages=messages, sampling=self.sampling, repetition=repetition)


def build(options: RoutedOptions, context: BuildContext) -> RoutedSubject:
    """Build the subject; the composition has checked that the router and the backend exist."""
    return RoutedSubject(
        roster=context.roster,
        router=context.router(options.router),
        backend=None if options.backend is None else context.backend(options.backend),
        sampling=Sampling(temperature=options.temperature, maximum_tokens=options.maximum_tokens),
        takes_assignments=options.writer == "assigned",
    )


COMPONENT = Component(options=RoutedOptions, build=build)
