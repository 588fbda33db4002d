"""A model that chooses by calling a tool."""

from pathlib import Path

import pytest

from passmuster.adapters.routers.cascade import CascadeOptions, CascadeRouter
from passmuster.adapters.routers.language_model import COMPONENT, LanguageModelOptions
from passmuster.adapters.routers.model_calls import read_completion, written
from passmuster.adapters.routers.model_prompt import TOOL
from passmuster.components import BuildContext, repeated_choice
from passmuster.domain.answers import Completion, CompletionRequest, ToolCall
from passmuster.domain.errors import RoutingError
from passmuster.ports import Backend, RepeatingRouter, Router
from passmuster.testing.conformance import check_router
from passmuster.testing.factories import a_completion, a_request, a_roster
from passmuster.testing.fakes import FixedRouter

ROSTER = a_roster("debugger", "writer")
REQUEST = a_request("Why does this test fail?")
GOOD = {"agent": "debugger", "confidence": 0.75}


class Model:
    """Answers in turn with what it is given, and keeps what it was asked."""

    def __init__(self, *answers: Completion) -> None:
        self.requests: list[CompletionRequest] = []
        self._answers = answers

    async def complete(self, request: CompletionRequest) -> Completion:
        self.requests.append(request)
        return self._answers[(len(self.requests) - 1) % len(self._answers)]


def calling(*arguments: dict[str, object], name: str = TOOL) -> Completion:
    calls = tuple(ToolCall(identifier="", name=name, arguments=one) for one in arguments)
    return Completion(text="", finish_reason="tool_calls", tool_calls=calls)


def router_of(backend: Backend, **options: object) -> Router:
    said = LanguageModelOptions.model_validate({"backend": "model", "form": "tool", **options})
    return COMPONENT.build(said, BuildContext(folder=Path(), roster=ROSTER, backend={"model": backend}.__getitem__))


async def test_a_call_is_a_choice() -> None:
    """The model must call the tool, is told so, and is asked for no other form."""
    model = Model(calling(GOOD))

    decision = await router_of(model).route(REQUEST)

    assert (decision.chosen, decision.confidence) == ("debugger", None)
    [asked] = model.requests
    assert (asked.required_tool, asked.answer_schema, asked.wants_probabilities) == (TOOL, None, False)
    assert [tool.name for tool in asked.tools] == [TOOL]
    assert set(asked.tools[0].parameters["properties"]) == {"agent", "confidence"}  # type: ignore[call-overload]  # it is an object
    assert "calling the tool choose_agent once" in asked.messages[0].content
    assert "nothing before or after it" not in asked.messages[0].content


async def test_nobody_is_a_choice_by_a_call_too() -> None:
    """For which the argument is null."""
    assert (await router_of(Model(calling({"agent": None, "confidence": 1}))).route(REQUEST)).chosen is None


async def test_a_model_that_cannot_be_forced_may_write_the_object() -> None:
    """Some servers know of no forced calls."""
    decision = await router_of(Model(a_completion('{"agent": "writer", "confidence": 1}'))).route(REQUEST)

    assert decision.chosen == "writer"


@pytest.mark.parametrize(
    ("completion", "complaint"),
    [
        (calling(GOOD, {"agent": "writer", "confidence": 1}), "several times, with different arguments"),
        (calling(GOOD, name="run_shell"), "'run_shell', which it was not given"),
        (calling({"agent": "nobody else", "confidence": 1}), "is not listed"),
        (calling({"agent": "debugger"}), "'confidence' is missing"),
        (calling({"": '{"agent": "debugger"'}), "no JSON object with the key 'agent'"),
        (calling({}), "no JSON object with the key 'agent'"),
    ],
)
async def test_a_call_that_cannot_be_used_is_told_what_is_wrong_with_it(completion: Completion, complaint: str) -> None:
    """Once, with what it called; if the second cannot be used either, the choice has failed."""
    model = Model(completion)

    with pytest.raises(RoutingError) as caught:
        await router_of(model).route(REQUEST)

    assert complaint in str(caught.value)
    _, again = model.requests
    assert again.messages[2].content == written(completion)
    assert complaint in again.messages[3].content
    assert "call the tool choose_agent" in again.messages[3].content


async def test_two_equal_calls_are_one_choice() -> None:
    """Some models repeat themselves."""
    assert (await router_of(Model(calling(GOOD, GOOD))).route(REQUEST)).chosen == "debugger"


def test_arguments_that_are_no_object_are_shown_as_they_are() -> None:
    """And nothing is understood that was not written."""
    completion = calling({"": "debugger"})

    assert written(completion) == "choose_agent(debugger)"
    assert not hasattr(read_completion(completion, ROSTER.names), "agent")


@pytest.mark.parametrize("form", ["schema", "tool"])
async def test_the_repetition_reaches_whoever_keeps_answers(form: str) -> None:
    """In each turn, so that repetitions are told apart; without one it is the first."""
    model = Model(a_completion("no"), calling(GOOD))
    router = router_of(model, form=form)
    assert isinstance(router, RepeatingRouter)

    await router.route_repetition(REQUEST, repetition=3)
    await router.route(REQUEST)

    assert [request.repetition for request in model.requests] == [3, 3, 0, 0]


async def test_a_cascade_passes_the_repetition_on() -> None:
    """To those of its routers that tell repetitions apart."""
    model = Model(calling({"agent": None, "confidence": 1}))
    cascade = CascadeRouter(FixedRouter(default=None), router_of(model), CascadeOptions(first={}, second={}))

    await repeated_choice(cascade, REQUEST, repetition=2)

    assert [request.repetition for request in model.requests] == [2]


async def test_the_promises_of_the_port_are_kept() -> None:
    """Whatever is asked."""
    await check_router(router_of(Model(calling(GOOD))), ROSTER)
