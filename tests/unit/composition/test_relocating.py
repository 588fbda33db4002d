"""A copy's files under the names that they have at home."""

from pathlib import Path

import pytest

from passmuster.composition.relocating import Relocation
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation


@pytest.fixture
def way_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Relocation:
    (tmp_path / "home" / "evals" / "team").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home")
    return Relocation(copy=tmp_path / "copy" / "evals" / "team", home=Path("evals/team"))


def test_files_of_the_copy_have_a_name_at_home(way_home: Relocation) -> None:
    """Also those beside the suite's folder; as short as they can be said from here."""
    root = way_home.copy.parents[1]

    assert way_home.path(str(way_home.copy / "agents" / "cook.md")) == "evals/team/agents/cook.md"
    assert way_home.path(str(root / "datasets" / "team.jsonl")) == "datasets/team.jsonl"


def test_other_files_keep_their_names(way_home: Relocation, tmp_path: Path) -> None:
    """Agents of the user's own, outside any repository, are where they are."""
    elsewhere = str(tmp_path / "elsewhere" / "cook.md")

    assert way_home.path(elsewhere) == elsewhere
    assert way_home.path("cook.md") == "cook.md"


def test_complaints_name_the_place_and_the_revision(way_home: Relocation) -> None:
    """A complaint without a place has none at home either."""
    location = SourceLocation(path=str(way_home.copy / "agents" / "cook.md"), line=3)
    findings = [
        Finding(rule="unusable-file", severity=Severity.ERROR, message="no agent here", location=location),
        Finding(rule="empty-roster", severity=Severity.ERROR, message="nobody"),
    ]

    error = way_home.error(InvalidRosterError(findings), revision="0123456")

    assert isinstance(error, InvalidRosterError)
    assert str(error) == "evals/team/agents/cook.md:3: at 0123456: no agent here\nat 0123456: nobody"
