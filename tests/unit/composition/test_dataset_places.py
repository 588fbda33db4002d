"""What a place is that somebody typed, and who reads it."""

from pathlib import Path

import pytest

from passmuster.composition.dataset_places import is_dataset, loose_dataset
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError

LINE = '{"identifier": "a", "request": "r", "expect": {"agent": "x"}}\n'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", "", True),
        ("a.CSV", "", True),
        ("cases.yaml", "- {identifier: a}", True),
        ("cases.yml", "cases: []", True),
        ("cases.yaml", "[", True),
        ("suite.yaml", "name: a", False),
        ("other.yaml", "name: a", False),
        ("suite.yaml", "[", False),
        ("saved/state.json", "{}", True),
        ("parts/train.parquet", "", True),
        ("evals/suite.yaml", "name: a", False),
        ("agents/a.md", "", False),
    ],
)
def test_datasets_and_suites_are_told_apart(tmp_path: Path, name: str, content: str, expected: bool) -> None:  # noqa: FBT001 - a column of a table
    """By the ending, and where that says nothing by what is in it."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    place = path if path.parent == tmp_path else path.parent

    assert is_dataset(str(place)) is expected


def test_names_on_a_hub_and_missing_files_are_datasets() -> None:
    """So that the complaint is about the right thing."""
    assert is_dataset("hub:owner/name")
    assert is_dataset("missing.jsonl")
    assert not is_dataset("software_team")


def test_typed_options_reach_the_loader(tmp_path: Path) -> None:
    """Values are YAML; what was not typed is passed only where the loader knows it."""
    (tmp_path / "a.csv").write_text("text,intent\ndo it,x\n", encoding="utf-8")

    found = loose_dataset(
        str(tmp_path / "a.csv"), ["columns={request: text, agent: intent}"], default_split="", other=1
    )

    assert [case.split for case in found.stream()] == [""]
    assert found.load().cases == tuple(found.stream())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["columns"], "has no value"),
        (["=x"], "has no value"),
        (["columns={request: text"], "--option"),
        (["colums={}"], "colums"),
        (["nobody=x"], "nobody"),
        (["columns={requests: text}"], "requests"),
    ],
)
def test_wrong_options_are_complaints(tmp_path: Path, options: list[str], says: str) -> None:
    """With the option named."""
    with pytest.raises(InvalidConfigurationError, match=says):
        loose_dataset(str(tmp_path / "a.csv"), options)


def test_a_hub_asks_for_a_revision() -> None:
    """A branch would move."""
    with pytest.raises(InvalidConfigurationError, match="revision"):
        loose_dataset("hub:owner/name")


def test_errors_of_the_file_are_the_loaders(tmp_path: Path) -> None:
    """The place does not read anything by itself."""
    found = loose_dataset(str(tmp_path / "a.jsonl"))

    with pytest.raises(InvalidDatasetError, match="cannot be read"):
        found.load()
