"""Whatever is written in one of the formats is read back equal, or not written at all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from passmuster.adapters.datasets.arrow_writers import FOLDER, PARQUET
from passmuster.adapters.datasets.files import FileLoader
from passmuster.adapters.datasets.hub import HubLoader, HubOptions
from passmuster.adapters.datasets.text_writers import LINES, SEPARATED
from passmuster.components import BuildContext, Component
from passmuster.domain.cases import Case, Message, Role
from passmuster.domain.errors import EnvironmentFaultError, InvalidDatasetError
from passmuster.testing.factories import a_case, a_criterion_reference, a_request, a_rubric, an_expectation

from .test_round_trip import Data, datasets, meant

WRITERS = {"a.jsonl": LINES, "a.csv": SEPARATED, "a.parquet": PARQUET}


def write(component: Component[Any, Any], cases: Sequence[Case], place: Path) -> int:
    written: int = component.build(component.options(), BuildContext(folder=Path())).write(iter(cases), place)
    return written


def read_folder(place: Path) -> Sequence[Case]:
    return HubLoader(options=HubOptions(location=".")).load(place).cases


def bare(cases: Sequence[Case]) -> list[Case]:
    """Return cases without their places."""
    return [replace(case, source=None) for case in cases]


def names_in(place: Path) -> list[str]:
    return [path.name for path in place.iterdir()]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None)  # the first Parquet file loads its library
@given(dataset=datasets())
def test_every_format_gives_the_same_cases_back(folder: Path, name: str, dataset: tuple[list[Data], Data]) -> None:
    """Rubrics, histories, line ends of every kind and all other characters included."""
    cases = [meant(data, dataset[1]) for data in dataset[0]]

    count = write(WRITERS[name], cases, folder / name)

    assert count == len(cases)
    assert bare(FileLoader().load(folder / name).cases) == cases


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dataset=datasets())
def test_a_folder_of_the_library_gives_the_same_cases_back(folder: Path, dataset: tuple[list[Data], Data]) -> None:
    """The library writes and reads its own format."""
    cases = [meant(data, dataset[1]) for data in dataset[0]]
    place = folder / f"saved-{uuid4().hex}"

    write(FOLDER, cases, place)

    assert bare(read_folder(place)) == cases


@pytest.mark.parametrize("name", WRITERS)
def test_equal_cases_make_equal_files(tmp_path: Path, name: str) -> None:
    """A second writing changes no byte, whatever the order in which sets are walked."""
    cases = [a_case("one", tags=frozenset("abcdefg")), a_case("two", preferred=None)]
    write(WRITERS[name], cases, tmp_path / name)
    before = (tmp_path / name).read_bytes()

    write(WRITERS[name], cases, tmp_path / name)

    assert (tmp_path / name).read_bytes() == before
    assert names_in(tmp_path) == [name]


UNWRITABLE = {
    "a system message": a_case(request=a_request(history=(Message(role=Role.SYSTEM, content="x"),))),
    "no identifier": a_case("a b"),
    "a NUL": a_case(text="a\0"),
    "an option that hides a key": a_case(rubric=a_rubric(a_criterion_reference(options={"weight": 3}))),
    "a twofold role": a_case(expectation=an_expectation("a", acceptable=["a"])),
}


@pytest.mark.parametrize("case", UNWRITABLE.values(), ids=UNWRITABLE)
@pytest.mark.parametrize("name", WRITERS)
def test_what_has_no_form_is_refused_and_nothing_changes(tmp_path: Path, name: str, case: Case) -> None:
    """The former file stays, and nothing is left beside it."""
    (tmp_path / name).write_text("former", encoding="utf-8")

    with pytest.raises(InvalidDatasetError) as caught:
        write(WRITERS[name], [a_case("sound"), case], tmp_path / name)

    assert {finding.rule for finding in caught.value.findings} == {"unwritable-case"}
    assert (tmp_path / name).read_text(encoding="utf-8") == "former"
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_tables_keep_a_word_for_nobody(tmp_path: Path, name: str) -> None:
    """An agent of that very name has no form in a table, and has one in JSON Lines."""
    cases = [a_case(preferred="(nobody)")]

    with pytest.raises(InvalidDatasetError, match=r"write JSON Lines"):
        write(WRITERS[name], cases, tmp_path / name)

    assert write(LINES, cases, tmp_path / "a.jsonl") == 1


def test_an_interrupted_source_leaves_nothing(tmp_path: Path) -> None:
    """Cases may come from a file whose last line is wrong."""

    def broken() -> Iterator[Case]:
        yield a_case()
        message = "the source"
        raise KeyboardInterrupt(message)

    for name, component in {**WRITERS, "folder": FOLDER}.items():
        with pytest.raises(KeyboardInterrupt):
            component.build(component.options(), BuildContext(folder=Path())).write(broken(), tmp_path / name)

    assert names_in(tmp_path) == []


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    """Another dataset may live in it."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x", encoding="utf-8")

    with pytest.raises(EnvironmentFaultError, match="already there"):
        write(FOLDER, [a_case()], tmp_path / "kept")

    assert names_in(tmp_path) == ["kept"]


@pytest.mark.parametrize("place", ["file/a.jsonl", "file/a.csv", "file/a.parquet", "file/folder"])
def test_a_place_that_cannot_be_written_is_the_machines_fault(tmp_path: Path, place: str) -> None:
    """A file stands where a folder is needed."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    component = WRITERS.get(Path(place).name, FOLDER)

    with pytest.raises(EnvironmentFaultError):
        write(component, [a_case()], tmp_path / place)
