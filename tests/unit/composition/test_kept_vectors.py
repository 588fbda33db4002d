"""Embedders as a suite builds them: their vectors are kept, unless the suite says otherwise."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.testing.factories import a_request

OWN = """
from passmuster.components import Component
from passmuster.testing.fakes import FixedRouter
from pydantic import BaseModel, Field


class Options(BaseModel):
    embedder: dict = {}


class Asking(FixedRouter):
    def __init__(self, embedder):
        super().__init__()
        self._embedder = embedder

    async def route(self, request):
        await self._embedder.embed([request.text])
        return await super().route(request)


ROUTER = Component(options=Options, build=lambda options, context: Asking(context.embedder(options.embedder)))


class EmbedderOptions(BaseModel):
    dialect: str = ""
    patience: int = Field(default=1, exclude=True)
    cache: bool = Field(default=True, exclude=True)


class PlainOptions(BaseModel):
    dialect: str = ""


class Noting:
    def __init__(self, folder):
        self._folder = folder

    async def embed(self, texts):
        with (self._folder / "asked.txt").open("a", encoding="utf-8") as file:
            file.writelines(text + "\\n" for text in texts)
        return [[1.0, float(len(text))] for text in texts]


EMBEDDER = Component(options=EmbedderOptions, build=lambda options, context: Noting(context.folder))
PLAIN = Component(options=PlainOptions, build=lambda options, context: Noting(context.folder))
"""


def ask(folder: Path, *texts: str, **embedder: object) -> list[str]:
    """Let a suite's router embed texts, and return what its embedder has been asked so far."""
    data: dict[str, Any] = {
        "name": "made-up",
        "roster": {"use": "claude_code", "location": "agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "subjects": {
            "only": {
                "use": "routed",
                "router": {"use": "./own.py:ROUTER", "embedder": {"use": "./own.py:EMBEDDER", **embedder}},
            }
        },
        "store": {"use": "sqlite", "location": "runs.sqlite"},
    }
    (folder / "agents").mkdir(exist_ok=True)
    (folder / "agents" / "pump.md").write_text("---\nname: pump\ndescription: Mends pumps.\n---\nMend.\n")
    (folder / "own.py").write_text(OWN)
    (folder / "suite.yaml").write_text(json.dumps(data))
    [planned] = Workbench(folder / "suite.yaml", Settings(cache=folder / "kept")).subjects()
    assert planned.router is not None
    for text in texts:
        asyncio.run(planned.router.route(a_request(text)))
    noted = folder / "asked.txt"
    return noted.read_text(encoding="utf-8").split() if noted.exists() else []


def test_what_is_known_is_not_asked_again(tmp_path: Path) -> None:
    """Neither in the same run nor in the next one."""
    ask(tmp_path, "one", "two", "one")

    assert ask(tmp_path, "two", "three") == ["one", "two", "three"]
    assert (tmp_path / "kept" / "vectors.sqlite").is_file()


def test_what_changes_no_vector_changes_no_key(tmp_path: Path) -> None:
    """A longer patience finds the same vectors."""
    ask(tmp_path, "one")

    assert ask(tmp_path, "one", patience=9) == ["one"]


def test_another_embedder_is_asked(tmp_path: Path) -> None:
    """Its vectors are others."""
    ask(tmp_path, "one")

    assert ask(tmp_path, "one", dialect="other") == ["one", "one"]


def test_a_suite_may_keep_nothing(tmp_path: Path) -> None:
    """Every text is asked for, and nothing is written."""
    ask(tmp_path, "one", cache=False)

    assert ask(tmp_path, "one", cache=False) == ["one", "one"]
    assert not (tmp_path / "kept").exists()


def test_an_embedder_that_says_nothing_of_it_is_kept_as_well(tmp_path: Path) -> None:
    """A plug-in need not know."""
    ask(tmp_path, "one", use="./own.py:PLAIN")

    assert ask(tmp_path, "one", use="./own.py:PLAIN") == ["one"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.cache/passmuster"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": "/cache"}, "/cache/passmuster"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": "/cache", "PASSMUSTER_CACHE": "/mine"}, "/mine"),
    ],
)
def test_the_place_is_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    """By convention, or where the environment says."""
    for name in ("XDG_CACHE_HOME", "PASSMUSTER_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert Settings().cache == Path(expected)
