"""A product that does what a test tells it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passmuster.adapters.products.throw_away import PREFIX

from .stand_in_product import StandIn, install


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Install a stand-in; whatever happens in the test, no process may be left behind, and no folder."""
    # Programs that take no notice of being asked to end are made to, sooner than in earnest.
    monkeypatch.setattr("passmuster.programs.processes.GRACE", 0.2)
    installed = install(tmp_path / "stand-in")
    yield installed
    assert installed.living() == []
    throw_away = [Path(one["folder"]) for one in installed.seen() if PREFIX in one["folder"]]
    assert [folder for folder in throw_away if folder.parent.exists()] == []
