"""What every registered backend promises."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import BackendError
from passmuster.ports import Backend, ForeseeingBackend, LiveBackend
from passmuster.testing.conformance import check_backend
from passmuster.testing.factories import a_completion_request
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import Asked, Delivery
from passmuster.testing.live_backend_check import check_live_backend
from passmuster.testing.service_answers import Said

ANSWERABLE = a_completion_request(model="")
UNANSWERABLE = a_completion_request("What nobody has an answer to.", model="")
POINTS = {point.name: point for point in entry_points(group="passmuster.backends")}
TEXT = "The index is off by one."
PROGRAM = """
import json, sys
asked = json.load(sys.stdin)["messages"][-1]["content"]
if asked != "Why does this test fail?":
    sys.exit("no answer")
print(json.dumps({"text": "The index is off by one."}))
"""
OPTIONS: dict[str, dict[str, object]] = {
    "recorded": {"location": "recordings"},
    "callable": {"target": "mine:answer", "deterministic": True},
    "openai_compatible": {"base_url": "{}/v1", "model": "tiny", "deterministic": True},
    "anthropic": {"base_url": "{}", "model": "tiny", "secret": None, "deterministic": True},
    "gemini": {"base_url": "{}", "model": "tiny", "secret": None, "deterministic": True},
    "ollama": {"base_url": "{}", "model": "tiny", "deterministic": True},
    "command": {"command": [sys.executable, "-c", PROGRAM], "deterministic": True},
}
"""Options of each registered backend, with the address of a made-up service in them; a new one is to be named here."""

ELSEWHERE = {
    "litellm": "its package is none that tests install: tests/unit/adapters/backends/test_litellm.py",
    "transformers": "its packages are none that tests install: tests/unit/adapters/backends/test_transformers.py",
}
"""Backends that are tested at another place, and why."""


def answer(request: CompletionRequest) -> str:
    if request == UNANSWERABLE:
        message = "no answer"
        raise LookupError(message)
    return TEXT


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


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    def script(asked: Asked) -> Delivery:
        return Delivery(status=404) if asked.key == UNANSWERABLE.messages[-1].content else Delivery()

    with FaultServer(script, says=lambda _asked: Said(text=TEXT)) as serving:
        yield serving


Build = Callable[[str], Backend]


@pytest.fixture
def build(context: BuildContext, server: FaultServer) -> Build:
    def built(kind: str) -> Backend:
        component = component_of(kind)
        said = {
            name: value.format(server.address) if name == "base_url" and isinstance(value, str) else value
            for name, value in OPTIONS[kind].items()
        }
        return component.build(component.options.model_validate(said), context)

    return built


def test_every_registered_backend_is_tested() -> None:
    """A backend that is registered has options in this file, or a reason to be tested at another place."""
    assert set(POINTS) == set(OPTIONS) | set(ELSEWHERE)


@pytest.mark.parametrize("kind", sorted(OPTIONS))
async def test_an_answer_is_a_completion(kind: str, build: Build) -> None:
    """The text comes back as a completion."""
    completion = await build(kind).complete(ANSWERABLE)

    assert isinstance(completion, Completion)
    assert completion.text == TEXT


@pytest.mark.parametrize("kind", sorted(OPTIONS))
async def test_no_answer_is_an_error_of_the_backend(kind: str, build: Build) -> None:
    """Nothing else is raised, and the message is not empty."""
    with pytest.raises(BackendError) as caught:
        await build(kind).complete(UNANSWERABLE)

    assert caught.value.message


@pytest.mark.parametrize("kind", sorted(OPTIONS))
async def test_a_deterministic_backend_repeats_itself(kind: str, build: Build) -> None:
    """Equal requests get equal completions, also at the same time and from another one built alike."""
    component = component_of(kind)
    said = {**OPTIONS[kind], **({"base_url": "http://127.0.0.1"} if "base_url" in OPTIONS[kind] else {})}
    assert component.is_deterministic(component.options.model_validate(said))
    backend, other = build(kind), build(kind)

    completions = await asyncio.gather(*(one.complete(ANSWERABLE) for one in (backend, backend, other)))

    # How long it took belongs to no answer.
    first, second, third = (replace(completion, latency=0.0) for completion in completions)
    assert first == second == third


@pytest.mark.parametrize("kind", sorted(OPTIONS))
@pytest.mark.parametrize("request_", [ANSWERABLE, UNANSWERABLE])
async def test_the_promises_of_the_port_are_kept(kind: str, request_: CompletionRequest, build: Build) -> None:
    """Of every backend, and of those that ask services what is promised of these besides."""
    backend = build(kind)

    if isinstance(backend, LiveBackend):
        await check_live_backend(backend, request_)
    else:
        await check_backend(backend, request_)


@pytest.mark.parametrize("kind", ["openai_compatible", "anthropic", "gemini", "ollama"])
async def test_a_service_that_streams_says_the_same(
    kind: str, build: Build, context: BuildContext, server: FaultServer
) -> None:
    """Piece by piece, and with the time of the first."""
    component = component_of(kind)
    address = str(OPTIONS[kind]["base_url"]).format(server.address)
    options = component.options.model_validate({**OPTIONS[kind], "base_url": address, "stream": True})

    streamed = await component.build(options, context).complete(ANSWERABLE)

    assert streamed.first_token is not None
    assert replace(streamed, latency=0.0, first_token=None) == replace(
        await build(kind).complete(ANSWERABLE), latency=0.0
    )


async def test_what_is_foreseen_comes_true(build: Build) -> None:
    """A backend that foresees a failure raises it with the same message, and foresees none that does not come."""
    backends = [build(kind) for kind in sorted(OPTIONS)]
    foreseeing = [backend for backend in backends if isinstance(backend, ForeseeingBackend)]

    foreseen = [await _comes_true(backend) for backend in foreseeing]

    assert any(foreseen)


async def _comes_true(backend: ForeseeingBackend) -> bool:
    """Check one backend, and return whether it foresaw that it has no answer, which services do not."""
    failure = backend.foresee(UNANSWERABLE)

    assert backend.foresee(ANSWERABLE) is None
    with pytest.raises(BackendError) as caught:
        await backend.complete(UNANSWERABLE)
    assert failure is None or failure.message == str(caught.value)
    return failure is not None


@pytest.mark.parametrize("kind", sorted(OPTIONS))
def test_unknown_options_are_refused(kind: str) -> None:
    """A misspelt option is a complaint, never ignored."""
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        component_of(kind).options.model_validate({**OPTIONS[kind], "misspelt": 1})
