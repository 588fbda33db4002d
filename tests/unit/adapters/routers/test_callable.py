"""A function of the user's as a router."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.routers.callable import COMPONENT, CallableOptions, CallableRouter
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError, RoutingError
from passmuster.testing.conformance import check_router
from passmuster.testing.factories import a_decision, a_request, a_roster
from passmuster.user_functions import UserFunction

ROSTER = a_roster("debugger", "reviewer")
REQUEST = a_request("Why does this fail?")


def plain(request: Request, roster: Roster) -> str | None:
    return roster.names[0] if "fail" in request.text else None


async def awaited(request: Request, roster: Roster) -> str | None:
    return plain(request, roster)


class Awaited:
    async def __call__(self, request: Request, roster: Roster) -> str | None:
        return plain(request, roster)


def returning(answer: object) -> Callable[[Request, Roster], object]:
    return lambda _request, _roster: answer


def raising(error: BaseException) -> Callable[[Request, Roster], object]:
    def target(_request: Request, _roster: Roster) -> object:
        raise error

    return target


def router_of(target: Callable[[Request, Roster], object]) -> CallableRouter:
    return CallableRouter(UserFunction(target, name="mine:choose", failure=RoutingError), ROSTER)


@pytest.mark.parametrize("target", [plain, awaited, Awaited(), partial(awaited)])
async def test_a_function_chooses_by_name(target: Callable[[Request, Roster], object]) -> None:
    """Plain and async functions alike: a name is a choice, None is nobody, and neither has scores."""
    router = router_of(target)

    chosen = await router.route(REQUEST)
    nobody = await router.route(a_request("Hello"))

    assert chosen == RoutingDecision(chosen=ROSTER.names[0])
    assert nobody == RoutingDecision(chosen=None)
    await check_router(router, ROSTER)


async def test_a_decision_is_passed_on_whole() -> None:
    """A function that knows scores may say so."""
    decision = a_decision("reviewer", rationale="it said review")

    routed = await router_of(returning(decision)).route(REQUEST)

    assert routed is decision


async def test_a_plain_function_runs_in_another_thread() -> None:
    """It may take its time without holding up the others; an async one stays in the loop's thread."""
    threads: list[int] = []

    def note(_request: Request, _roster: Roster) -> None:
        threads.append(threading.get_ident())

    async def note_awaited(_request: Request, _roster: Roster) -> None:
        threads.append(threading.get_ident())

    await router_of(note).route(REQUEST)
    await router_of(note_awaited).route(REQUEST)

    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


@pytest.mark.parametrize("answer", ["painter", "Debugger", "", a_decision("painter")])
async def test_a_name_that_the_roster_has_not_is_a_failure(answer: object) -> None:
    """The message says what came back."""
    name = answer.chosen if isinstance(answer, RoutingDecision) else answer

    with pytest.raises(RoutingError) as caught:
        await router_of(returning(answer)).route(REQUEST)

    assert caught.value.message == f"'mine:choose' named {name!r}, which is no agent of the roster"


async def test_a_ranking_must_name_agents_of_the_roster_too() -> None:
    """A stranger further down is found as well."""
    ranking = (*a_decision("debugger").ranking, *a_decision("painter").ranking)

    with pytest.raises(RoutingError, match="named 'painter'"):
        await router_of(returning(a_decision("debugger", ranking=ranking))).route(REQUEST)


@pytest.mark.parametrize("decision", [a_decision(score=float("nan")), a_decision(margin=float("inf"))])
async def test_scores_and_margins_must_be_finite(decision: RoutingDecision) -> None:
    """A number that cannot be compared or stored is a failure."""
    with pytest.raises(RoutingError, match="no finite number"):
        await router_of(returning(decision)).route(REQUEST)


@pytest.mark.parametrize("confidence", [-0.1, 1.5, float("nan")])
async def test_a_confidence_is_a_probability(confidence: float) -> None:
    """Anything else would spoil what is reckoned with it."""
    with pytest.raises(RoutingError, match="returned a confidence"):
        await router_of(returning(a_decision(confidence=confidence))).route(REQUEST)


async def test_agents_chosen_later_must_be_known_too() -> None:
    """A function that chooses several names agents of the roster only."""
    decision = a_decision(further=(a_decision("painter").chosen,))

    with pytest.raises(RoutingError, match="named 'painter'"):
        await router_of(returning(decision)).route(REQUEST)


@pytest.mark.parametrize("answer", [1, True, b"debugger", ["debugger"], {"chosen": "debugger"}])
async def test_any_other_answer_is_a_failure(answer: object) -> None:
    """The message names the type."""
    with pytest.raises(RoutingError) as caught:
        await router_of(returning(answer)).route(REQUEST)

    assert caught.value.message == f"'mine:choose' returned {type(answer).__name__!r}"


@pytest.mark.parametrize("error", [KeyError("oops"), RuntimeError("oops"), ExceptionGroup("oops", [ValueError()])])
async def test_an_exception_of_the_function_is_a_failure_of_the_trial(error: Exception) -> None:
    """Type and message are told, and the exception stays the cause; awaited ones likewise."""

    async def awaited_error(_request: Request, _roster: Roster) -> str:
        raise error

    for target in (raising(error), awaited_error):
        with pytest.raises(RoutingError) as caught:
            await router_of(target).route(REQUEST)

        assert caught.value.message == f"'mine:choose' raised {type(error).__name__}: {error}"
        assert caught.value.__cause__ is error


async def test_a_routing_error_of_the_function_passes_through() -> None:
    """A function may say itself why there is no decision."""
    error = RoutingError("the index is being rebuilt", hint="try again")

    with pytest.raises(RoutingError) as caught:
        await router_of(raising(error)).route(REQUEST)

    assert caught.value is error


async def test_being_told_to_stop_is_no_failure() -> None:
    """What ends the program, such as an interrupt, is not swallowed."""

    async def interrupted(_request: Request, _roster: Roster) -> str:
        raise KeyboardInterrupt

    routing = router_of(interrupted).route(REQUEST)

    with pytest.raises(KeyboardInterrupt):
        routing.send(None)


async def test_the_component_resolves_its_target_and_gets_the_contexts_roster() -> None:
    """The name goes through the context; the function gets the roster to choose from."""
    asked: list[str] = []

    def resolve(name: str) -> object:
        asked.append(name)
        return plain

    context = BuildContext(folder=Path(), roster=ROSTER, resolve=resolve)

    decision = await COMPONENT.build(CallableOptions(target="./mine.py:choose"), context).route(REQUEST)

    assert asked == ["./mine.py:choose"]
    assert decision.chosen == "debugger"


def test_a_target_that_cannot_be_called_is_a_mistake_of_the_suite() -> None:
    """Found before anything runs, with the offender named."""
    context = BuildContext(folder=Path(), resolve=lambda _name: 42)

    with pytest.raises(InvalidConfigurationError, match="'mine:answer' is 'int', which cannot be called") as caught:
        COMPONENT.build(CallableOptions(target="mine:answer"), context)

    assert caught.value.findings[0].rule == "not-callable"


def test_the_user_says_whether_the_function_is_deterministic() -> None:
    """We cannot know; the default is the cautious one."""
    assert not COMPONENT.is_deterministic(CallableOptions(target="mine:choose"))
    assert COMPONENT.is_deterministic(CallableOptions(target="mine:choose", deterministic=True))


@pytest.mark.parametrize("options", [{}, {"target": ""}, {"target": "a:b", "other": 1}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """A target is needed, and nothing else is known."""
    with pytest.raises(ValidationError):
        CallableOptions.model_validate(options)
