"""A store on a file of its own, with one run begun."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.testing.factories import (
    a_case,
    a_manifest,
    a_roster,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(file)
    opened.begin(a_manifest(), a_roster(), [a_case()])
    yield opened
    opened.close()
