"""Settings that hold for all tests."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from tests.postgresql_cluster import ClusterUnavailableError, cluster

from passmuster.composition.confining import environments_home
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.sandboxing.environments import Environments, Ready

# Everywhere else hypothesis looks for new examples at each run. CI says of a commit what it said of it before: what is
# found by chance is found by people, and kept as an example.
# How long an example takes says something of the machine only, and a busy one would fail what holds. There are as many
# examples as a run before each commit has time for; `--hypothesis-profile thorough` looks at fifty times as many.
settings.register_profile("patient", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("patient"), max_examples=2_000)
settings.register_profile("ci", settings.get_profile("patient"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "patient")


ENVIRONMENTS = environments_home(Settings())
"""Where this machine has the environment for the code of answers, whatever cache a test has."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a user's cache of its own: no answer that another one paid for, and none left behind."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / f"cache-{uuid4().hex}"))
    # Preparing this takes most of a minute, and nothing of a test can get into it.
    monkeypatch.setenv("PASSMUSTER_SANDBOX_ENVIRONMENT", str(ENVIRONMENTS))


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know that it runs in a job, whose page it would write to."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "PASSMUSTER_FORMATS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def answers_environment() -> Ready:
    """Give the environment for the code of answers, prepared once for all tests of this machine."""
    try:
        return Environments(ENVIRONMENTS).prepare(lambda _share, _what: None)
    except EnvironmentFaultError as error:
        pytest.skip(f"the environment for the code of answers cannot be prepared: {error}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the URL of a PostgreSQL server of the tests' own; each test takes a schema of its own."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(cluster())
        except ClusterUnavailableError as error:
            pytest.skip(f"no PostgreSQL server: {error}")
        yield url


@pytest.fixture(scope="session")
def benchmark_named() -> Callable[[str], ModuleType]:
    """Give what loads a script of ``benchmarks`` by its name, to be tested like a module."""

    def load(name: str) -> ModuleType:
        path = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        # Dataclasses look their module up while it is being executed.
        sys.modules[specification.name] = module
        specification.loader.exec_module(module)
        return module

    return load
