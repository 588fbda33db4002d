"""What the tests of loaders begin with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .bench import Bench


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[[str], Bench]:
    """Return a bench for a host."""
    return lambda host: Bench(host=host, folder=tmp_path)
