"""What every registered embedder promises."""

import asyncio
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from passmuster.components import BuildContext, Component
from passmuster.ports import Embedder
from passmuster.testing.embedder_check import check_embedder

# Relative, because the folder of tests is no package that could be named.
from ..unit.adapters.embedders.embedding_service import (  # noqa: TID252 - see above
    Service,
    ollama_vectors,
    openai_vectors,
    serving,
)
from ..unit.adapters.embedders.tiny_models import tiny_model  # noqa: TID252 - see above

POINTS = {point.name: point for point in entry_points(group="passmuster.embedders")}
Build = Callable[[str], Embedder]


def component_of(kind: str) -> Component[BaseModel, Embedder]:
    component: Component[BaseModel, Embedder] = POINTS[kind].load()
    return component


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


@pytest.fixture
def build(tmp_path: Path, service: Service) -> Build:
    tiny_model(tmp_path / "tiny")
    service_options: dict[str, object] = {"base_url": service.address, "model": "tiny"}
    options: dict[str, dict[str, object]] = {
        "onnx": {"location": "tiny"},
        "openai_compatible": service_options,
        "ollama": service_options,
    }

    def built(kind: str) -> Embedder:
        service.answer = ollama_vectors if kind == "ollama" else openai_vectors
        component = component_of(kind)
        return component.build(component.options.model_validate(options[kind]), BuildContext(folder=tmp_path))

    return built


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_the_promises_of_the_port_are_kept(kind: str, build: Build) -> None:
    """One vector for each text, of one length, finite and not zero, and the same for equal texts."""
    await check_embedder(build(kind))


@pytest.mark.parametrize("kind", sorted(POINTS))
def test_an_embedder_outlives_an_event_loop(kind: str, build: Build) -> None:
    """Routers ask it from several loops, one after the other."""
    embedder = build(kind)

    first, second = (list(asyncio.run(embedder.embed(["a slow query"]))[0]) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_many_may_ask_at_once(kind: str, build: Build) -> None:
    """Each gets its own answer."""
    embedder = build(kind)
    texts = [f"{'slow ' * number}query" for number in range(12)]

    alone = [list((await embedder.embed([text]))[0]) for text in texts]
    together = await asyncio.gather(*(embedder.embed([text]) for text in texts))

    assert [list(vector) for [vector] in together] == alone
