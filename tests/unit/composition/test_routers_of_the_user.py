"""Routers that a suite brings itself, in every form that Python has for them."""

import json
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked, RoutingDecision
from passmuster.domain.cases import Request

FILE = '''
from pydantic import BaseModel, ConfigDict

from passmuster.components import Component
from passmuster.domain.answers import RoutingDecision


def plain(request, roster):
    return roster.names[0] if "index" in request.text else None


async def awaited(request, roster):
    return plain(request, roster)


class Chooser:
    """Keeps what it needs between two requests."""

    def __init__(self):
        self.asked = 0

    def __call__(self, request, roster):
        self.asked += 1
        return plain(request, roster)

    async def later(self, request, roster):
        return plain(request, roster)


class AwaitedChooser(Chooser):
    async def __call__(self, request, roster):
        return super().__call__(request, roster)


INSTANCE = Chooser()
AWAITED_INSTANCE = AwaitedChooser()
METHOD = INSTANCE.later


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    word: str = "index"


class Router:
    def __init__(self, roster, word):
        self._first, self._word = roster.names[0], word

    async def route(self, request):
        return RoutingDecision(chosen=self._first if self._word in request.text else None)


def build(options, context):
    return Router(context.roster, options.word)


COMPONENT = Component(options=Options, build=build, is_deterministic=lambda options: True)
'''
AGENT = "---\nname: query-tuner\ndescription: Makes SQL fast.\n---\nTune.\n"


@pytest.mark.parametrize(
    "router",
    [
        *({"use": "callable", "target": f"./own.py:{name}"} for name in ("plain", "awaited", "INSTANCE", "METHOD")),
        {"use": "callable", "target": "./own.py:AWAITED_INSTANCE"},
        {"use": "./own.py:COMPONENT", "word": "index"},
        {
            "use": "cascade",
            "first": {"use": "./own.py:COMPONENT", "word": "never"},
            "second": {"use": "./own.py:COMPONENT"},
        },
    ],
    ids=["function", "coroutine", "instance", "method", "awaited-instance", "component", "nested-components"],
)
async def test_every_form_of_a_router_is_used(tmp_path: Path, router: dict[str, object]) -> None:
    """A function, a coroutine, an instance of a class, its method, and a component, alone or within another router."""
    (tmp_path / "own.py").write_text(FILE, encoding="utf-8")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "query-tuner.md").write_text(AGENT, encoding="utf-8")
    suite = {
        "name": "own",
        "roster": {"use": "claude_code", "location": "agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "subjects": {"own": {"use": "routed", "router": router}},
    }
    (tmp_path / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    [planned] = Workbench(tmp_path / "suite.yaml", Settings()).subjects()

    for text, chosen in (("Which index is missing?", "query-tuner"), ("Hello", None)):
        answer = await planned.subject.respond(Request(text=text), repetition=0, assigned=None, asked=Asked.ROUTING)

        assert isinstance(answer.routing, RoutingDecision), answer.routing
        assert answer.routing.chosen == chosen
