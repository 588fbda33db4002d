"""The made-up worlds of the benchmarks, for tests."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

ROOT = Path(__file__).parents[3]


def load_worlds() -> ModuleType:
    """Return the benchmarks' module, which is a script's neighbour and no package."""
    specification = importlib.util.spec_from_file_location("worlds", ROOT / "benchmarks" / "worlds.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


_MODULE = load_worlds()
WORLDS: dict[str, Callable[[int, int, np.random.Generator], Numbers]] = {
    "mixed": _MODULE.mixed_world,
    "stable": _MODULE.stable_world,
}
broken: Callable[[Numbers, float, np.random.Generator], Numbers] = _MODULE.broken
shares: Callable[[Numbers, int, np.random.Generator], Numbers] = _MODULE.shares
worn: Callable[[Numbers, float], Numbers] = _MODULE.worn
