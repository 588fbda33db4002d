"""A router that asks a language model: it sees what the host shows its model, and answers in one strict form.

It is as good a stand-in for the product as the model behind the backend is the product's own. What it cannot show is
what the product's whole prompt and tools do to the choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.routers.model_answer import ModelAnswer, Unusable, probability_of
from passmuster.adapters.routers.model_calls import read_completion, written
from passmuster.adapters.routers.model_prompt import (
    TOOL,
    Form,
    answer_schema,
    choosing_tool,
    cut_short,
    question,
    repair,
    shuffled,
    system_prompt,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, CompletionRequest, RoutingDecision, Sampling
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.consumption import total
from passmuster.domain.errors import BackendError, BudgetExhaustedError, InfrastructureError, RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Backend, Router

SHOWN_ANSWER = 160
"""Characters of an unusable answer that a failure quotes."""


class LanguageModelOptions(BaseModel):
    """Options of the router ``language_model``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str = Field(min_length=1, description="Who answers: the name of one of the suite's backends.")
    model: str = Field(default="", description="The model's name; the backend's own by default.")
    order: Literal["shuffled", "roster"] = Field(
        default="shuffled",
        description=(
            "In which order the agents are listed. Models favour places in a list: `shuffled` gives each request an "
            "order of its own, `roster` lists them by name, as some products do."
        ),
    )
    seed: int = Field(default=0, ge=0, description="Gives other orders; each request's stays the same for one seed.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    maximum_tokens: int | None = Field(
        default=2_000, ge=16, description="Length limit of an answer in tokens; thinking takes room."
    )
    form: Form = Field(
        default="schema",
        description=(
            "How the model answers: `schema` by a text of one form, `tool` by calling a tool, as products have their "
            "models choose; a call has no probability."
        ),
    )
    probabilities: bool = Field(
        default=True,
        description="Whether the probability of the tokens that name the agent is asked for, as the confidence.",
    )
    repair: bool = Field(
        default=True, description="Whether a model whose answer cannot be used is told why and asked once more."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One thing that the model wrote, and what was read from it."""

    completion: Completion
    answer: ModelAnswer | Unusable


class LanguageModelRouter:
    """Asks a model; see the module."""

    def __init__(self, roster: Roster, backend: Backend, options: LanguageModelOptions) -> None:
        """Take the agents, and whom to ask."""
        self._roster = roster
        self._backend = backend
        self._options = options
        self._known = frozenset(roster.names)

    async def route(self, request: Request) -> RoutingDecision:
        """Return the model's choice.

        Raises:
            InfrastructureError: If the backend gives no answer.
            RoutingError: If neither the first answer nor the one after it can be used.
        """
        return await self.route_repetition(request, repetition=0)

    async def route_repetition(self, request: Request, *, repetition: int) -> RoutingDecision:
        """Choose as ``route`` does; whoever keeps answers keeps one for each repetition."""
        if not self._known:
            return RoutingDecision(chosen=None, rationale="the roster has no agents")
        order, form = self._order(request), self._options.form
        messages = (
            Message(role=Role.SYSTEM, content=system_prompt(self._roster, order, form)),
            Message(role=Role.USER, content=question(request)),
        )
        turns = [await self._turn(messages, order, repetition)]
        if isinstance(turns[0].answer, Unusable) and self._options.repair:
            again = repair(written(turns[0].completion), _complaint(turns[0]), form)
            turns.append(await self._turn((*messages, *again), order, repetition))
        answer = turns[-1].answer
        if isinstance(answer, Unusable):
            raise _unusable(turns)
        return self._decision(answer, turns, order)

    def _order(self, request: Request) -> tuple[AgentName, ...]:
        if self._options.order == "roster":
            return self._roster.names
        return shuffled(self._roster.names, seed=self._options.seed, request=request)

    async def _turn(self, messages: tuple[Message, ...], order: Sequence[AgentName], repetition: int) -> _Turn:
        is_text = self._options.form == "schema"
        asked = CompletionRequest(
            messages=messages,
            model=self._options.model,
            sampling=Sampling(temperature=self._options.temperature, maximum_tokens=self._options.maximum_tokens),
            repetition=repetition,
            answer_schema=answer_schema(order) if is_text else None,
            wants_probabilities=self._options.probabilities and is_text,
            tools=() if is_text else (choosing_tool(order),),
            required_tool="" if is_text else TOOL,
        )
        try:
            completion = await self._backend.complete(asked)
        except BudgetExhaustedError:
            # Ends the run, whoever asked.
            raise
        except BackendError as error:
            failure = InfrastructureError(error.message, hint=error.hint)
            failure.is_transient = error.is_transient
            raise failure from error
        return _Turn(completion=completion, answer=read_completion(completion, self._known))

    def _decision(self, answer: ModelAnswer, turns: Sequence[_Turn], order: Sequence[AgentName]) -> RoutingDecision:
        last = turns[-1].completion
        wants = self._options.probabilities
        probability = probability_of(answer, last.text, last.tokens) if wants else None
        earlier = [turn.answer for turn in turns if isinstance(turn.answer, Unusable)]
        reasons = [
            _place(answer.agent, order, self._options),
            f"the model calls itself {answer.confidence:.0%} sure",
            *(f"asked twice, since of its first answer {one.complaint}" for one in earlier),
        ]
        return RoutingDecision(
            chosen=answer.agent,
            rationale="; ".join(reasons),
            confidence=probability,
            refused=tuple(one.named for one in earlier if one.named is not None),
            model=last.model,
            made_on=min((turn.completion.made_on for turn in turns if turn.completion.made_on), default=""),
            usage=total(*(turn.completion.usage for turn in turns)),
            latency=sum(turn.completion.latency for turn in turns),
        )


def _place(agent: AgentName | None, order: Sequence[AgentName], options: LanguageModelOptions) -> str:
    """Say where in the list the choice stood: whoever looks at many of these sees whether the place mattered."""
    listed = "by name" if options.order == "roster" else f"in the order of seed {options.seed}"
    if agent is None:
        return f"chose none of {len(order)} agents, listed {listed}"
    return f"chose agent {order.index(agent) + 1} of {len(order)}, listed {listed}"


def _complaint(turn: _Turn) -> str:
    assert isinstance(turn.answer, Unusable)  # noqa: S101 - asked for only where it is
    ended = (
        ""
        if turn.completion.finish_reason in {"stop", "tool_calls"}
        else f" (it ended with {turn.completion.finish_reason!r})"
    )
    return f"{turn.answer.complaint}{ended}"


def _unusable(turns: Sequence[_Turn]) -> RoutingError:
    told = " Asked again: ".join(
        f"{cut_short(written(turn.completion), SHOWN_ANSWER)!r}: {_complaint(turn)}." for turn in turns
    )
    message = f"the model's answer cannot be used: {told}"
    return RoutingError(message, hint="take a model that keeps to a form, or give it room with maximum_tokens")


def build(options: LanguageModelOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidConfigurationError: If the suite has no such backend.
    """
    return LanguageModelRouter(context.roster, context.backend(options.backend), options)


COMPONENT = Component(
    options=LanguageModelOptions,
    build=build,
    # The order follows from the request. Whether answers vary is the backend's to say, and that is asked as well.
    is_deterministic=lambda _options: True,
    caveat=(
        "A model that is asked to name an agent stands in for the product, whose prompt and tools it does not see."
    ),
)
"""``language_model``: asks a model which agent should take over."""
