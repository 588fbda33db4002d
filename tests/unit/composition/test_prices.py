"""What a suite's sections say about the price of a run."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.prices import free_parts, longest_outputs, workers_of
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked

PART = """\
from pydantic import BaseModel, ConfigDict

from passmuster.components import Component


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


FREE = Component(options=Options, build=lambda options, context: None, is_free=True)
PAID = Component(options=Options, build=lambda options, context: None)
"""
CALLABLE = {"use": "callable", "target": "./parts.py:FREE"}
Make = Callable[..., Workbench]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a suite with some sections replaced."""

    def made(**changes: object) -> Workbench:
        (tmp_path / "parts.py").write_text(PART, encoding="utf-8")
        suite = {
            "name": "priced",
            "roster": {"use": "claude_code"},
            "datasets": [{"use": "files", "location": "cases.jsonl"}],
            "backends": {"recordings": {"use": "recorded", "location": "recordings"}, "model": CALLABLE},
            "subjects": {"lexical": {"use": "routed", "router": {"use": "lexical"}}},
            "store": {"use": "sqlite", "location": "runs.sqlite"},
            **changes,
        }
        path = tmp_path / "suite.yaml"
        path.write_text(json.dumps(suite), encoding="utf-8")
        return Workbench(path, Settings())

    return made


@pytest.mark.parametrize(
    ("subject", "free"),
    [
        ({"use": "routed", "router": {"use": "lexical"}}, Asked.ROUTING),
        ({"use": "routed", "router": {"use": "lexical"}, "backend": "recordings"}, Asked.ROUTING | Asked.COMPLETION),
        ({"use": "routed", "router": {"use": "lexical"}, "backend": "model"}, Asked.ROUTING),
        ({"use": "routed", "router": CALLABLE, "backend": "recordings"}, Asked.COMPLETION),
        ({"use": "routed", "router": CALLABLE}, Asked(0)),
        ({"use": "routed", "router": {"use": "./parts.py:FREE", "embedder": {"use": "onnx"}}}, Asked.ROUTING),
        ({"use": "routed", "router": {"use": "./parts.py:FREE", "embedder": {"use": "ollama"}}}, Asked(0)),
        ({"use": "routed", "router": {"use": "./parts.py:FREE", "first": {"use": "lexical"}}}, Asked.ROUTING),
        ({"use": "routed", "router": {"use": "./parts.py:FREE", "second": CALLABLE}}, Asked(0)),
        ({"use": "./parts.py:FREE"}, Asked.ROUTING | Asked.COMPLETION),
        ({"use": "./parts.py:PAID"}, Asked(0)),
    ],
)
def test_only_what_says_so_is_free(make: Make, subject: Mapping[str, object], free: Asked) -> None:
    """The lexical router and recordings do; a function of the user's may ask anybody."""
    assert free_parts(make(subjects={"one": subject})) == {"one": free}


def test_outputs_may_have_a_limit(make: Make) -> None:
    """Those without one are left out."""
    routed = {"use": "routed", "router": {"use": "lexical"}}

    assert longest_outputs(make(subjects={"one": {**routed, "maximum_tokens": 7}, "two": routed})) == {"one": 7}


@pytest.mark.parametrize(
    ("execution", "workers"),
    [
        ({"use": "local"}, 256),
        ({"use": "local", "concurrency": 3}, 3),
        ({"use": "./parts.py:PAID"}, 1),
    ],
)
def test_the_executor_says_how_many_trials_are_under_way(
    make: Make, execution: Mapping[str, object], workers: int
) -> None:
    """One at a time where it does not."""
    assert workers_of(make(execution=execution)) == workers


def test_limits_of_backends_bound_what_is_under_way(make: Make) -> None:
    """All of them together; one without any bounds nothing."""
    live = {"use": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "stub"}
    recorded = {"use": "recorded", "location": "recordings"}

    assert workers_of(make(backends={"one": live, "other": recorded})) == 64
    assert workers_of(make(backends={"one": live, "other": {**live, "limits": {"concurrency": 8}}})) == 72
    assert workers_of(make(backends={"one": live}, execution={"use": "local", "concurrency": 5})) == 5
