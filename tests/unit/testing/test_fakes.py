"""The fakes do what a test tells them."""

from datetime import timedelta

import pytest

from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError, RoutingError, RunNotFoundError
from passmuster.domain.values import RunIdentifier
from passmuster.testing.conformance import check_backend, check_router
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_completion_request,
    a_decision,
    a_manifest,
    a_request,
    a_roster,
    a_run,
    a_trial,
)
from passmuster.testing.fakes import FakeClock, FixedRouter, MemoryStore, ScriptedBackend


async def test_a_fixed_router_chooses_by_the_words() -> None:
    """A name, nobody, a whole decision or the default, as told; and it remembers what it was asked."""
    whole = a_decision("test-engineer")
    router = FixedRouter({"one": "debugger", "two": None, "three": whole}, default="code-reviewer")

    decisions = [await router.route(a_request(text)) for text in ("one", "two", "three", "four")]

    assert [decision.chosen for decision in decisions] == ["debugger", None, "test-engineer", "code-reviewer"]
    assert decisions[2] is whole
    assert [request.text for request in router.requests] == ["one", "two", "three", "four"]


async def test_a_fixed_router_fails_when_told() -> None:
    """Failures of the harness can be played too."""
    router = FixedRouter({"one": RoutingError("out of reach")})

    with pytest.raises(RoutingError, match="out of reach"):
        await router.route(a_request("one"))

    assert await router.route(a_request("two")) == RoutingDecision(chosen=None)


async def test_a_fixed_router_conforms() -> None:
    """The fake keeps the promises of the port."""
    await check_router(FixedRouter(default="debugger"), a_roster())


async def test_a_scripted_backend_answers_the_last_message_of_the_user() -> None:
    """Earlier turns and the system prompt do not count."""
    backend = ScriptedBackend({"first": "wrong", "last": "right"}, default=a_completion("default"))
    turns = ((Role.USER, "first"), (Role.ASSISTANT, "…"), (Role.USER, "last"), (Role.SYSTEM, "first"))
    request = a_completion_request(messages=tuple(Message(role=role, content=content) for role, content in turns))

    answer = await backend.complete(request)
    other = await backend.complete(a_completion_request("unknown"))

    assert answer == Completion(text="right", model="example")
    assert other.text == "default"
    assert [asked.messages[-1].content for asked in backend.requests] == ["first", "unknown"]


async def test_a_scripted_backend_fails_when_told_and_where_the_script_ends() -> None:
    """A message that nobody foresaw is an error and not an empty answer."""
    backend = ScriptedBackend({"one": BackendError("out of reach")})

    with pytest.raises(BackendError, match="out of reach"):
        await backend.complete(a_completion_request("one"))
    with pytest.raises(BackendError, match="no answer to 'two'"):
        await backend.complete(a_completion_request("two"))


async def test_a_scripted_backend_conforms() -> None:
    """The fake keeps the promises of the port."""
    await check_backend(ScriptedBackend(default="text"), a_completion_request())


def test_a_fake_clock_moves_when_it_is_told() -> None:
    """Time stands still until it is moved on, and both readings move together."""
    clock = FakeClock()

    before = (clock.now(), clock.elapsed(), clock.elapsed())
    clock.advance(90)

    assert before == (MOMENT, 0.0, 0.0)
    assert (clock.now(), clock.elapsed()) == (MOMENT + timedelta(seconds=90), 90.0)


def test_a_fake_clock_can_move_with_every_look() -> None:
    """With a step, durations are known without moving by hand."""
    clock = FakeClock(step=0.5)

    assert [clock.elapsed(), clock.elapsed(), clock.elapsed()] == [0.0, 0.5, 1.0]


def test_a_fake_clock_never_goes_back() -> None:
    """The port forbids it."""
    with pytest.raises(ValueError, match="-1"):
        FakeClock().advance(-1)


def test_the_memory_store_orders_trials_as_the_suite_does() -> None:
    """Cases as in the run, whatever the order of delivery."""
    store = MemoryStore()
    store.begin(a_manifest(), a_roster(), [a_case("two"), a_case("one")])

    store.append(a_manifest().identifier, [a_trial("one"), a_trial("two", repetition=1), a_trial("two")])

    keys = [trial.key for trial in store.load(a_manifest().identifier).trials]
    assert [(key.case, key.repetition) for key in keys] == [("two", 0), ("two", 1), ("one", 0)]


def test_the_memory_store_knows_no_run_that_was_not_begun() -> None:
    """A mistyped identifier is an error."""
    with pytest.raises(RunNotFoundError, match="'nowhere'"):
        MemoryStore().append(RunIdentifier("nowhere"), [a_trial()])


def test_factories_refuse_fields_that_are_not() -> None:
    """A mistyped keyword must not be swallowed."""
    with pytest.raises(TypeError, match="wieght"):
        a_case(wieght=2.0)


def test_a_run_of_the_factory_fits_together() -> None:
    """Manifest, cases and trials of a made run name one another."""
    run = a_run(a_trial("one"), a_trial("two", subject="other"), seed=7)

    assert run.is_complete
    assert [case.identifier for case in run.cases] == ["one", "two"]
    assert [subject.name for subject in run.manifest.subjects] == ["lexical", "other"]
    assert run.manifest.roster == run.roster.fingerprint
    assert run.manifest.seed == 7
