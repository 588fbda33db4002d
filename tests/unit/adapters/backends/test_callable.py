"""A function of the user's as a backend."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from passmuster.adapters.backends.callable import COMPONENT, CallableBackend
from passmuster.components import BuildContext
from passmuster.domain.answers import Completion, CompletionRequest, Origin
from passmuster.domain.errors import BackendError, InvalidConfigurationError, RecordingMissingError
from passmuster.testing.factories import a_completion_request
from passmuster.user_functions import UserFunction

REQUEST = a_completion_request("What now?")


def plain(request: CompletionRequest) -> str:
    return request.messages[-1].content.upper()


async def awaited(request: CompletionRequest) -> str:
    return plain(request)


class Awaited:
    async def __call__(self, request: CompletionRequest) -> str:
        return plain(request)


async def with_prefix(prefix: str, request: CompletionRequest) -> str:
    return prefix + plain(request)


def raising(error: Exception) -> Callable[[CompletionRequest], str]:
    def target(_request: CompletionRequest) -> str:
        raise error

    return target


async def awaited_and_raising(_request: CompletionRequest) -> str:
    message = "out of luck"
    raise LookupError(message)


def backend_of(target: Callable[[CompletionRequest], object]) -> CallableBackend:
    return CallableBackend(UserFunction(target, name="mine:target", failure=BackendError))


@pytest.mark.parametrize("target", [plain, awaited, Awaited(), partial(with_prefix, "")])
async def test_a_text_becomes_a_fresh_completion(target: Callable[[CompletionRequest], object]) -> None:
    """Plain and asynchronous functions, objects and partial functions will do."""
    completion = await backend_of(target).complete(REQUEST)

    assert completion == Completion(text="WHAT NOW?", origin=Origin.FRESH)


async def test_a_completion_is_passed_on() -> None:
    """A function that knows more than the text may say so."""
    made = Completion(text="x", model="mine-1", finish_reason="length")

    completion = await backend_of(lambda _request: made).complete(REQUEST)

    assert completion is made


async def test_a_plain_function_does_not_hold_up_the_others() -> None:
    """It runs in another thread; an asynchronous one does not."""
    threads: list[int] = []

    def note(_request: CompletionRequest) -> str:
        threads.append(threading.get_ident())
        return ""

    async def note_later(request: CompletionRequest) -> str:
        return note(request)

    await backend_of(note).complete(REQUEST)
    await backend_of(note_later).complete(REQUEST)

    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


@pytest.mark.parametrize("error", [ValueError("bad luck"), KeyError("absent"), StopIteration(), AssertionError()])
async def test_whatever_the_function_raises_is_a_failure_of_the_backend(error: Exception) -> None:
    """The error is named, and chained for those who look closer."""
    with pytest.raises(BackendError, match=f"'mine:target' raised {type(error).__name__}: ") as caught:
        await backend_of(raising(error)).complete(REQUEST)

    assert caught.value.__cause__ is error


async def test_an_asynchronous_function_may_raise_as_well() -> None:
    """What is raised while it is awaited is treated alike."""
    with pytest.raises(BackendError, match="raised LookupError: out of luck") as caught:
        await backend_of(awaited_and_raising).complete(REQUEST)

    assert isinstance(caught.value.__cause__, LookupError)


async def test_a_failure_that_the_function_names_itself_passes_through() -> None:
    """A function that knows our errors may use them."""
    error = RecordingMissingError("nothing there")

    with pytest.raises(RecordingMissingError) as caught:
        await backend_of(raising(error)).complete(REQUEST)

    assert caught.value is error


async def test_what_is_no_error_is_not_caught() -> None:
    """Whoever interrupts the program interrupts it."""

    class Interruption(BaseException):
        pass

    async def interrupt(_request: CompletionRequest) -> str:
        raise Interruption

    with pytest.raises(Interruption):
        await backend_of(interrupt).complete(REQUEST)


def letters(_request: CompletionRequest) -> Iterator[str]:
    yield "x"


@pytest.mark.parametrize(
    ("target", "name"), [(lambda _request: None, "NoneType"), (lambda _request: b"x", "bytes"), (letters, "generator")]
)
async def test_anything_but_text_is_a_failure_of_the_backend(
    target: Callable[[CompletionRequest], object], name: str
) -> None:
    """The wrong type is named."""
    with pytest.raises(BackendError, match=f"returned '{name}'"):
        await backend_of(target).complete(REQUEST)


async def test_the_target_is_resolved_by_its_name() -> None:
    """The context turns the name into the function."""
    context = BuildContext(folder=Path(), resolve={"mine:target": plain}.__getitem__)

    backend = COMPONENT.build(COMPONENT.options(target="mine:target"), context)

    assert (await backend.complete(REQUEST)).text == "WHAT NOW?"


def test_a_target_that_cannot_be_called_is_a_complaint() -> None:
    """A name that leads to data is the suite's mistake."""
    context = BuildContext(folder=Path(), resolve=lambda _name: "text")

    with pytest.raises(InvalidConfigurationError, match="'mine:TEXT' is 'str', which cannot be called"):
        COMPONENT.build(COMPONENT.options(target="mine:TEXT"), context)


@pytest.mark.parametrize("deterministic", [True, False])
def test_the_suite_says_whether_the_function_is_deterministic(*, deterministic: bool) -> None:
    """Nobody else can know."""
    options = COMPONENT.options(target="mine:target", deterministic=deterministic)

    assert COMPONENT.is_deterministic(options) is deterministic
