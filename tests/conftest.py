"""Settings that hold for all tests."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# Everywhere else hypothesis looks for new examples at each run. CI says of a commit what it said of it before: what is
# found by chance is found by people, and kept as an example.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


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
