"""What every registered backend promises."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import BackendError
from passmuster.ports import Backend, ForeseeingBackend
from passmuster.testing.factories import a_completion_request

ANSWERABLE = a_completion_request()
UNANSWERABLE = a_completion_request("What nobody has an answer to.")
POINTS = {point.name: point for point in entry_points(group="passmuster.backends")}
OPTIONS: dict[str, dict[str, object]] = {
    "recorded": {"location": "recordings"},
    "callable": {"target": "mine:answer", "deterministic": True},
}
"""Options of each registered backend; a new one is to be named here."""


def answer(request: CompletionRequest) -> str:
    if request == UNANSWERABLE:
        message = "no answer"
        raise LookupError(message)
    return "The index is off by one."


def component_of(kind: str) -> Component[BaseModel, Backend]:
    component: Component[BaseModel, Backend] = POINTS[kind].load()
    return component


@pytest.fixture
def context(tmp_path: Path) -> BuildContext:
    folder = tmp_path / "recordings"
    folder.mkdir()
    lines = [
        "---",
        "recording: 1",
        "case: failing-test",
        f'request: "{ANSWERABLE.fingerprint}"',
        f'conversation: "{ANSWERABLE.conversation}"',
        "origin: authored",
        "author: passmuster maintainers",
        "date: 2026-11-23",
        "---",
        "The index is off by one.",
    ]
    (folder / "a.md").write_text("\n".join(lines), encoding="utf-8")
    return BuildContext(folder=tmp_path, resolve=lambda _name: answer)


def build(kind: str, context: BuildContext) -> Backend:
    component = component_of(kind)
    return component.build(component.options.model_validate(OPTIONS[kind]), context)


def test_every_registered_backend_is_tested_here() -> None:
    """A backend that is registered has options in this file."""
    assert set(POINTS) == set(OPTIONS)


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_an_answer_is_a_completion(kind: str, context: BuildContext) -> None:
    """The text comes back as a completion."""
    completion = await build(kind, context).complete(ANSWERABLE)

    assert isinstance(completion, Completion)
    assert completion.text == "The index is off by one."


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_no_answer_is_an_error_of_the_backend(kind: str, context: BuildContext) -> None:
    """Nothing else is raised, and the message is not empty."""
    with pytest.raises(BackendError) as caught:
        await build(kind, context).complete(UNANSWERABLE)

    assert caught.value.message


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_a_deterministic_backend_repeats_itself(kind: str, context: BuildContext) -> None:
    """Equal requests get equal completions, also at the same time and from another one built alike."""
    component = component_of(kind)
    assert component.is_deterministic(component.options.model_validate(OPTIONS[kind]))
    backend, other = build(kind, context), build(kind, context)

    completions = await asyncio.gather(*(one.complete(ANSWERABLE) for one in (backend, backend, other)))

    assert completions[0] == completions[1] == completions[2]


async def test_what_is_foreseen_comes_true(context: BuildContext) -> None:
    """A backend that foresees a failure raises it with the same message, and foresees none that does not come."""
    backends = [build(kind, context) for kind in sorted(POINTS)]
    foreseeing = [backend for backend in backends if isinstance(backend, ForeseeingBackend)]

    for backend in foreseeing:
        await _comes_true(backend)

    assert foreseeing


async def _comes_true(backend: ForeseeingBackend) -> None:
    failure = backend.foresee(UNANSWERABLE)

    assert backend.foresee(ANSWERABLE) is None
    assert failure is not None
    with pytest.raises(BackendError) as caught:
        await backend.complete(UNANSWERABLE)
    assert caught.value.message == failure.message


@pytest.mark.parametrize("kind", sorted(POINTS))
def test_unknown_options_are_refused(kind: str) -> None:
    """A misspelt option is a complaint, never ignored."""
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        component_of(kind).options.model_validate({**OPTIONS[kind], "misspelt": 1})
