"""Every backend that asks a service gets the policies of the process, whoever builds upon it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.policies.stack import Guarded
from passmuster.testing.simulated_service import a_completion_request

from .small_team import SECTIONS, write_team

OWN = """
from pydantic import BaseModel
from passmuster.components import Component
from passmuster.services.options import Limits
from passmuster.testing.fakes import FixedRouter
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, SimulatedService
from passmuster.testing.virtual_time import VirtualClock

CLOCK = VirtualClock()
SERVICE = SimulatedService(CLOCK, Behaviour(latency=0.0))
SEEN = []


class Options(BaseModel):
    limits: Limits = Limits()


LIVE = Component(options=Options, build=lambda _options, _context: SimulatedBackend(SERVICE, CLOCK))


class Asking(BaseModel):
    asks: str


def build(options, context):
    SEEN.append(context.backend(options.asks))
    return FixedRouter()


ROUTER = Component(options=Asking, build=build)


def write(request):
    return "words"
"""

Open = Callable[..., Workbench]


@pytest.fixture
def open_suite(tmp_path: Path) -> Open:
    """Open a suite whose subjects write with live backends."""
    write_team(tmp_path, OWN)

    def opened(former: Workbench | None = None, **backends: object) -> Workbench:
        routed = {"use": "routed", "router": {"use": "lexical"}}
        suite = {
            **SECTIONS,
            "backends": backends,
            "subjects": {name: {**routed, "backend": name} for name in backends},
        }
        (tmp_path / "suite.yaml").write_text(json.dumps(suite))
        settings = Settings(cache=tmp_path / "cache")
        return Workbench(tmp_path / "suite.yaml", settings, None if former is None else former.live)

    return opened


def backends_of(bench: Workbench) -> list[object]:
    return [getattr(planned.subject, "backend", None) for planned in bench.subjects()]


def test_live_backends_are_guarded_and_others_are_not(open_suite: Open) -> None:
    """A function of the user's is called as it is."""
    bench = open_suite(live={"use": "./own.py:LIVE"}, own={"use": "callable", "target": "./own.py:write"})

    live, own = backends_of(bench)

    assert isinstance(live, Guarded)
    assert not isinstance(own, Guarded)


def test_a_server_of_ones_own_costs_nothing(open_suite: Open) -> None:
    """One with an account may; that is what its key is for."""
    options = {"use": "ollama", "model": "tiny"}
    own = open_suite(own={**options, "base_url": "http://127.0.0.1:1"})
    hosted = open_suite(hosted={**options, "base_url": "https://example.invalid", "secret": "KEY"})

    [first], [second] = backends_of(own), backends_of(hosted)

    assert isinstance(first, Guarded)
    assert isinstance(second, Guarded)
    assert own.live.prices.is_free(first.endpoint, "tiny")
    assert not hosted.live.prices.is_free(second.endpoint, "tiny")


def test_subjects_that_are_built_again_get_the_same_backend(open_suite: Open) -> None:
    """Otherwise each would begin with limits and a breaker of its own."""
    bench = open_suite(live={"use": "./own.py:LIVE"})

    [first], [second] = backends_of(bench), backends_of(bench)

    assert first is second


def test_what_was_asked_is_told_with_the_run(open_suite: Open) -> None:
    """The meter of the process is what a run's segment is made of."""
    bench = open_suite(live={"use": "./own.py:LIVE"})
    parts = bench.parts()
    [backend] = backends_of(bench)
    assert isinstance(backend, Guarded)

    before = parts.endpoints()
    asyncio.run(backend.complete(a_completion_request()))

    [record] = parts.endpoints()
    assert before == ()
    assert record.endpoint == backend.endpoint
    assert record.spending.requests == 1


def test_the_other_side_of_a_comparison_shares_everything(open_suite: Open) -> None:
    """Two suites of one process ask one service within one limit, and are metered together."""
    bench = open_suite(live={"use": "./own.py:LIVE"})
    [backend] = backends_of(bench)
    other = open_suite(bench, live={"use": "./own.py:LIVE", "limits": {"concurrency": 3}})
    [former] = backends_of(other)

    for guarded in (backend, former):
        assert isinstance(guarded, Guarded)
        asyncio.run(guarded.complete(a_completion_request(repetition=int(guarded is former))))

    [record] = bench.parts().endpoints()
    assert record.spending.requests == 2
    assert [change.limit for change in record.limits] == [3]
