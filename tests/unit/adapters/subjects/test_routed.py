"""The routed subject: who chooses, who writes, and what becomes of failures."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.subjects.routed import COMPONENT, RoutedOptions, RoutedSubject
from passmuster.components import BuildContext
from passmuster.domain.answers import Answer, Asked, Completion, CompletionRequest, Failure, Sampling, Stage
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError, RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Backend
from passmuster.testing.factories import a_completion, a_failure, a_request, a_roster
from passmuster.testing.fakes import FixedRouter, ScriptedBackend

BOTH = Asked.ROUTING | Asked.COMPLETION
ROSTER = a_roster("debugger", "tester")
REQUEST = a_request()
DEBUGGER, TESTER = AgentName("debugger"), AgentName("tester")
FORESEEN = a_failure(Stage.COMPLETION, kind="RecordingMissingError")


class ForesightedBackend:
    """Foresees that it cannot answer an agent whose instructions it has not seen."""

    async def complete(self, request: CompletionRequest) -> Completion:
        return a_completion(request.messages[0].content)

    def foresee(self, request: CompletionRequest) -> Failure | None:
        return None if "tester" in request.messages[0].content else FORESEEN


def subject_of(
    router: FixedRouter | None = None, backend: Backend | None = None, *, sampling: Sampling | None = None
) -> RoutedSubject:
    return RoutedSubject(
        roster=ROSTER,
        router=router or FixedRouter(default="tester"),
        backend=backend,
        sampling=sampling or Sampling(),
        takes_assignments=True,
    )


async def answer_of(subject: RoutedSubject, asked: Asked, assigned: AgentName | None = None) -> Answer:
    return await subject.respond(REQUEST, repetition=0, assigned=assigned, asked=asked)


async def test_asked_for_a_choice_it_only_chooses() -> None:
    """Nothing is written, whoever is assigned."""
    backend = ScriptedBackend(default="Done.")

    answer = await answer_of(subject_of(backend=backend), Asked.ROUTING, DEBUGGER)

    assert answer.routing == await FixedRouter(default="tester").route(REQUEST)
    assert (answer.completion, answer.writer) == (None, None)
    assert backend.requests == []


async def test_asked_for_an_output_it_only_writes() -> None:
    """The router is not asked where somebody is assigned."""
    router = FixedRouter(default="tester")

    answer = await answer_of(subject_of(router, ScriptedBackend(default="Done.")), Asked.COMPLETION, DEBUGGER)

    assert answer == Answer(completion=Completion(text="Done."), writer=DEBUGGER)
    assert router.requests == []


async def test_the_assigned_agent_writes_whoever_is_chosen() -> None:
    """Output and routing are judged apart."""
    backend = ScriptedBackend(default="Done.")

    answer = await answer_of(subject_of(FixedRouter(default="tester"), backend), BOTH, DEBUGGER)

    assert answer.writer == DEBUGGER
    (request,) = backend.requests
    assert request.messages[0] == Message(role=Role.SYSTEM, content="You are a debugger.")


async def test_the_chosen_agent_writes_where_nobody_is_assigned() -> None:
    """End to end, as a host does it."""
    backend = ScriptedBackend(default="Done.")

    answer = await answer_of(subject_of(FixedRouter(default="tester"), backend), BOTH)

    assert answer.writer == TESTER
    assert backend.requests[0].messages[0].content == "You are a tester."


async def test_where_nobody_is_chosen_nobody_writes() -> None:
    """An abstention is an answer of its own."""
    backend = ScriptedBackend(default="Done.")

    answer = await answer_of(subject_of(FixedRouter(), backend), BOTH)

    assert (answer.completion, answer.writer, backend.requests) == (None, None, [])


@pytest.mark.parametrize("router", [FixedRouter(default="tester"), FixedRouter()])
async def test_a_choice_that_was_not_asked_for_is_not_shown(router: FixedRouter) -> None:
    """It is needed to know who writes, and is no part of the answer."""
    answer = await answer_of(subject_of(router, ScriptedBackend(default="Done.")), Asked.COMPLETION)

    assert answer.routing is None
    assert len(router.requests) == 1


async def test_without_a_backend_it_does_not_write() -> None:
    """It says so, and asks the router only where a choice is wanted."""
    router = FixedRouter(default="tester")
    subject = subject_of(router)

    answer = await answer_of(subject, Asked.COMPLETION)

    assert not subject.writes
    assert answer == Answer()
    assert router.requests == []
    assert subject_of(backend=ScriptedBackend()).writes


async def test_failures_are_parts_of_the_answer() -> None:
    """Each at its own stage; a failed choice keeps no assigned agent from writing."""
    router = FixedRouter(default=RoutingError("out of reach"))
    failed = subject_of(router, ScriptedBackend(default=BackendError("no words")))

    answer = await answer_of(failed, BOTH, DEBUGGER)

    assert answer.routing == Failure(stage=Stage.ROUTING, kind="RoutingError", message="out of reach")
    assert answer.completion == Failure(stage=Stage.COMPLETION, kind="BackendError", message="no words")
    assert answer.writer == DEBUGGER


async def test_a_failed_choice_leaves_nobody_to_write() -> None:
    """It is told once: as the choice where that was asked for, else in the place of the completion."""
    subject = subject_of(FixedRouter(default=RoutingError("out of reach")), ScriptedBackend(default="Done."))
    failure = Failure(stage=Stage.ROUTING, kind="RoutingError", message="out of reach")

    assert await answer_of(subject, BOTH) == Answer(routing=failure)
    assert await answer_of(subject, Asked.COMPLETION) == Answer(completion=failure)


async def test_the_backend_gets_the_whole_conversation() -> None:
    """Instructions, the turns before, and the request; with the sampling and the repetition."""
    backend = ScriptedBackend(default="Done.")
    history = (Message(role=Role.USER, content="Hello"), Message(role=Role.ASSISTANT, content="Hi."))
    subject = subject_of(backend=backend, sampling=Sampling(temperature=0.5, maximum_tokens=100))
    request = a_request("And now?", history=history)

    await subject.respond(request, repetition=3, assigned=DEBUGGER, asked=Asked.COMPLETION)

    assert backend.requests == [
        CompletionRequest(
            messages=(
                Message(role=Role.SYSTEM, content="You are a debugger."),
                *history,
                Message(role=Role.USER, content="And now?"),
            ),
            sampling=Sampling(temperature=0.5, maximum_tokens=100),
            repetition=3,
        )
    ]


@pytest.mark.parametrize(
    ("backend", "assigned", "asked", "foreseen"),
    [
        (ForesightedBackend(), DEBUGGER, BOTH, FORESEEN),
        (ForesightedBackend(), DEBUGGER, Asked.COMPLETION, FORESEEN),
        (ForesightedBackend(), TESTER, BOTH, None),
        (ForesightedBackend(), DEBUGGER, Asked.ROUTING, None),
        (ForesightedBackend(), None, BOTH, None),
        (ScriptedBackend(), DEBUGGER, BOTH, None),
        (None, DEBUGGER, BOTH, None),
    ],
)
def test_only_what_is_certain_is_foreseen(
    backend: Backend | None, assigned: AgentName | None, asked: Asked, foreseen: Failure | None
) -> None:
    """A backend that cannot tell, and a router that has yet to choose, leave it open."""
    router = FixedRouter(default="debugger")

    failure = subject_of(router, backend).foresee(REQUEST, repetition=0, assigned=assigned, asked=asked)

    assert failure == foreseen
    assert router.requests == []


def built(**options: Any) -> RoutedSubject:  # noqa: ANN401 - options as a suite gives them
    router, backend = FixedRouter(), ScriptedBackend()
    context = BuildContext(
        folder=Path(),
        roster=ROSTER,
        router=lambda section: router if section == {"use": "fixed"} else FixedRouter(),
        backend={"scripted": backend}.__getitem__,
    )
    subject = COMPONENT.build(RoutedOptions.model_validate({"router": {"use": "fixed"}, **options}), context)

    assert subject.router is router
    assert subject.backend in {None, backend}
    return subject


def test_it_is_built_from_the_suites_parts() -> None:
    """Router and backend come by name; the expected agent writes unless the suite says otherwise."""
    least = built()
    full = built(backend="scripted", writer="chosen", temperature=0.5, maximum_tokens=9)

    assert (least.roster, least.writes, least.takes_assignments) == (ROSTER, False, True)
    assert least.sampling == Sampling()
    assert (full.writes, full.takes_assignments) == (True, False)
    assert full.sampling == Sampling(temperature=0.5, maximum_tokens=9)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"router": "lexical"},
        {"router": {}, "writer": "anybody"},
        {"router": {}, "temperature": 3},
        {"router": {}, "maximum_tokens": 0},
        {"router": {}, "backends": "scripted"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    """Before anything is built."""
    with pytest.raises(ValidationError):
        RoutedOptions.model_validate(options)
