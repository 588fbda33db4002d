"""Which store a place names, and whether it is there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.places import store_section
from passmuster.composition.stores import has_store
from passmuster.configuration.settings import Settings

Make = Callable[[dict[str, str]], Workbench]

PART = """\
from pydantic import BaseModel, ConfigDict

from passmuster.components import Component


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


OWN = Component(options=Options, build=lambda options, context: None)
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a suite with a store."""

    def made(store: dict[str, str]) -> Workbench:
        (tmp_path / "parts.py").write_text(PART, encoding="utf-8")
        suite = {
            "name": "kept",
            "roster": {"use": "claude_code"},
            "datasets": [{"use": "files", "location": "cases.jsonl"}],
            "subjects": {"lexical": {"use": "routed", "router": {"use": "lexical"}}},
            "store": store,
        }
        path = tmp_path / "suite.yaml"
        path.write_text(json.dumps(suite), encoding="utf-8")
        return Workbench(path, Settings())

    return made


@pytest.mark.parametrize("location", ["runs.sqlite", "sqlite:///runs.sqlite", "sqlite:///runs.sqlite?timeout=1"])
def test_a_store_is_looked_for_and_not_made(make: Make, tmp_path: Path, location: str) -> None:
    """By its path, or by a URL."""
    bench = make({"use": "sqlite", "location": location})

    assert has_store(bench, None) is False
    assert not (tmp_path / "runs.sqlite").exists()
    (tmp_path / "runs.sqlite").touch()
    assert has_store(bench, None) is True


def test_the_environment_s_store_counts_instead(make: Make, tmp_path: Path) -> None:
    """Wherever the suite's own is."""
    bench = make({"use": "sqlite", "location": "runs.sqlite"})
    (tmp_path / "runs.sqlite").touch()

    assert has_store(bench, str(tmp_path / "another.sqlite")) is False
    assert has_store(bench, str(tmp_path / "runs.sqlite")) is True


@pytest.mark.parametrize(
    "store", [{"use": "./parts.py:OWN"}, {"use": "postgresql", "location": "postgresql://localhost/runs"}]
)
def test_a_store_of_another_kind_is_taken_to_be_there(make: Make, store: dict[str, str]) -> None:
    """Nobody knows where to look for it without asking it."""
    assert has_store(make(store), None) is True


def test_a_place_tells_which_kind_of_store_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file from the working folder on, or a URL."""
    monkeypatch.chdir(tmp_path)

    file, url, server = (store_section(text) for text in ("a.sqlite", "sqlite:////a.sqlite", "postgresql://host/runs"))

    assert (file.use, file.options["location"]) == ("sqlite", str(tmp_path / "a.sqlite"))
    assert (url.use, url.options["location"]) == ("sqlite", "sqlite:////a.sqlite")
    assert (server.use, server.options["location"]) == ("postgresql", "postgresql://host/runs")
