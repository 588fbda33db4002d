"""What every registered writer and loader of datasets promises, found by its name as a suite finds it."""

from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from passmuster.components import BuildContext
from passmuster.composition.dataset_places import loose_dataset
from passmuster.domain.cases import Case, Message, Provenance, Role, Stratum
from passmuster.domain.values import SourceLocation
from passmuster.ports import StreamingDatasetLoader
from passmuster.testing.factories import a_case, a_criterion_reference, a_request, a_rubric, an_expectation

PLACES = {"jsonl": "a.jsonl", "csv": "a.csv", "parquet": "a.parquet", "hub": "a"}
WRITERS = sorted(entry_points(group="passmuster.dataset_writers"), key=lambda entry: entry.name)
CASES = (
    a_case(
        "everything",
        request=a_request("größer\r\n— 検索 🐢 \u2028 \"'", history=(Message(role=Role.ASSISTANT, content="a\nb"),)),
        expectation=an_expectation("plugin:a b", acceptable=["x;y", "[z]"], forbidden=["null"]),
        rubric=a_rubric(
            a_criterion_reference(options={"texts": ["a", None, 1.5, {"b": []}]}, weight=0.1), passing_score=0.25
        ),
        stratum=Stratum.HINTED,
        tags=frozenset({"a", "b:c"}),
        weight=2.5,
        split="train",
        group="ticket-1",
        is_critical=True,
        provenance=Provenance(author="m", date="2026-01-31", reviewed_by="n", note=" o\n"),
    ),
    a_case("nobody", preferred=None, is_control=True),
    a_case("plain"),
)


def built(entry: EntryPoint, place: Path, cases: tuple[Case, ...]) -> StreamingDatasetLoader:
    """Write the cases, and return the loader that reads the place."""
    component = entry.load()
    assert component.build(component.options(), BuildContext(folder=Path())).write(iter(cases), place) == len(cases)
    loader = loose_dataset(str(place)).loader
    assert isinstance(loader, StreamingDatasetLoader)
    return loader


@pytest.mark.parametrize("entry", WRITERS, ids=lambda entry: entry.name)
def test_a_loader_gives_the_same_cases_back(entry: EntryPoint, tmp_path: Path) -> None:
    """In their order, each with its place, and whether they are loaded or streamed."""
    place = tmp_path / PLACES[entry.name]

    loader = built(entry, place, CASES)

    loaded = loader.load(place).cases
    assert tuple(replace(case, source=None) for case in loaded) == CASES
    assert tuple(loader.stream(place)) == loaded
    assert all(isinstance(case.source, SourceLocation) and case.source.line for case in loaded)


def test_every_writer_is_tested() -> None:
    """A new one needs a place here."""
    assert {entry.name for entry in WRITERS} == set(PLACES)
