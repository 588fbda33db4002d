"""Cases in tables: CSV and Parquet, with columns of our names or of others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.datasets.columns import TableOptions
from passmuster.adapters.datasets.files import FileLoader
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding

Write = Callable[[str, str | bytes], Path]
INTENTS = TableOptions.model_validate(
    {"columns": {"request": "text", "agent": "intent"}, "nobody": ["oos"], "labels": {"card": "card-agent"}}
)


def load(path: Path, options: TableOptions | None = None) -> tuple[Case, ...]:
    return FileLoader(table=options or TableOptions()).load(path).cases


def refused(path: Path, options: TableOptions | None = None) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDatasetError) as caught:
        load(path, options)
    return caught.value.findings


def test_a_row_becomes_a_case(write: Write) -> None:
    """Lists are parted by semicolons or written as JSON, truth as true or 1, structures as JSON."""
    path = write(
        "a.csv",
        "identifier,request,agent,acceptable,tags,weight,critical,control,history,source\r\n"
        '1,"say ""hi"",\r\nplease",x,"y; z","[""t""]",2.5,TRUE,0,'
        '"[{""role"": ""user"", ""content"": ""c""}]","{""author"": ""m"", ""date"": ""2026-01-31""}"\r\n'
        "2,thanks,(nobody),,,,,,,\r\n",
    )

    first, second = load(path)

    assert first.request.text == 'say "hi",\r\nplease'
    assert first.expectation.acceptable == {"y", "z"}
    assert (first.tags, first.weight, first.is_critical, first.is_control) == ({"t"}, 2.5, True, False)
    assert first.request.history[0].content == "c"
    assert first.provenance is not None
    assert (second.expectation.preferred, second.weight) == (None, 1)
    assert [case.source and case.source.line for case in (first, second)] == [2, 4]


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t")])
def test_the_separator_is_found_out(write: Write, name: str, mark: str) -> None:
    """Spreadsheets of some countries write semicolons; a byte order mark before them is passed over."""
    path = write(name, "\ufeff" + f"identifier{mark}request{mark}agent\na{mark}do it{mark}x\n\nb{mark}go{mark}y\n")

    assert [case.identifier for case in load(path)] == ["a", "b"]


def test_columns_of_other_names_are_mapped(write: Write) -> None:
    """Columns that are not named are passed over, and identifiers made from the lines."""
    path = write("my data.csv", "split,text,intent\nx,lost my card,card\ny,hm,oos\nz,what,balance\n")

    cases = load(path, INTENTS)

    assert [case.identifier for case in cases] == ["my-data-2", "my-data-3", "my-data-4"]
    assert [case.expectation.preferred for case in cases] == ["card-agent", None, "balance"]


def test_an_empty_label_is_missing_unless_it_is_said_to_mean_nobody(write: Write) -> None:
    """A table that is not yet labelled in full must not look as if nobody should take the rest."""
    path = write("a.csv", "request,agent\ndo it,\n")

    [finding] = refused(path)
    [case] = load(path, TableOptions(nobody=[""]))

    assert (finding.rule, finding.location and finding.location.line) == ("missing-label", 2)
    assert "(nobody)" in finding.hint
    assert case.expectation.preferred is None


@pytest.mark.parametrize(
    ("text", "rule", "line", "says"),
    [
        ("identifier,request,agnet\na,b,c\n", "unknown-column", 1, "did you mean 'agent'?"),
        ("request,agent,agent\na,b,c\n", "unknown-column", 1, "two columns are named 'agent'"),
        ("request\na\n", "unknown-column", 1, "no column holds the 'agent'"),
        ("request,agent\na,b,c\n", "cells", 2, "the row has 3 cells, and there are 2 columns"),
        ('request,agent\na,b\n"c,d\n', "syntax", 3, "close the quotes"),
        ("request,agent,history\na,b,[1\n", "cell", 2, "column 'history'"),
        ("request,agent,weight\na,b,much\n", "wrong-type", 2, "the text 'much'"),
        ("request,agent,weight\na,b,nan\n", "wrong-type", 2, "the text 'nan'"),
        ("request,agent,critical\na,b,perhaps\n", "wrong-type", 2, "perhaps"),
        ("request,agent\n", "no-case", None, "below the names of the columns"),
        ("", "unknown-column", 1, "no column holds"),
        ("request,agent\na\0,b\nc,d\n", "encoding", 2, "NUL"),
    ],
)
def test_wrong_tables_are_told_with_their_line(write: Write, text: str, rule: str, line: int | None, says: str) -> None:
    """Every complaint has its place and a remedy."""
    findings = refused(write("a.csv", text))

    assert findings[0].rule == rule
    assert findings[0].location is not None
    assert findings[0].location.line == line
    assert says in str(findings[0])


def test_a_mapped_column_must_be_there(write: Write) -> None:
    """The nearest name is proposed."""
    [finding] = refused(write("a.csv", "texts,intent\na,b\n"), INTENTS)

    assert finding.rule == "unknown-column"
    assert "'texts'" in finding.hint


@given(content=st.binary(max_size=200))
@pytest.mark.parametrize("name", ["any.csv", "any.tsv", "any.parquet"])
def test_arbitrary_bytes_are_refused_in_one_way(folder: Path, name: str, content: bytes) -> None:
    """No content of a file raises anything but InvalidDatasetError."""
    (folder / name).write_bytes(content)

    assert refused(folder / name)


@given(cells=st.lists(st.text(max_size=6), min_size=3, max_size=3))
def test_any_cells_are_cases_or_findings(folder: Path, cells: list[str]) -> None:
    """Whatever stands in cells raises nothing but InvalidDatasetError."""
    path = folder / "cells.parquet"
    columns = ["request", "agent", "tags"]
    encoded = [cell.encode("utf-8", "replace").decode() for cell in cells]
    pq.write_table(pa.table({name: [cell] for name, cell in zip(columns, encoded, strict=True)}), path)

    try:
        cases: object = load(path)
    except InvalidDatasetError as error:
        cases = error.findings

    assert cases


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    """Lists, structures, numbers, truth, and missing values need no text around them."""
    rows: list[dict[str, Any]] = [
        {"identifier": 7, "request": "a", "agent": "x", "tags": ["t"], "weight": 2, "critical": True,
         "history": [{"role": "user", "content": "c"}], "source": {"author": "m", "date": "2026-01-31"}},
        {"identifier": 8, "request": "b", "agent": "(nobody)", "tags": None, "weight": float("nan"), "critical": None,
         "history": None, "source": None},
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")

    first, second = load(tmp_path / "a.parquet")

    assert (first.identifier, first.tags, first.weight, first.is_critical) == ("7", {"t"}, 2, True)
    assert first.request.history[0].content == "c"
    assert (second.expectation.preferred, second.weight, second.source and second.source.line) == (None, 1, 2)


def test_rubrics_by_name_are_found_beside_a_table(write: Write) -> None:
    """As for JSON Lines."""
    write("a.rubrics.yaml", "short: {criteria: [{use: length, unit: words, maximum: 9}]}\n")

    [case] = load(write("a.csv", "request,agent,rubric\na,b,short\n"))

    assert case.rubric is not None
    assert case.rubric.criteria[0].kind == "length"


@pytest.mark.parametrize("name", ["missing.csv", "missing.parquet", "folder.csv", "folder.parquet"])
def test_a_table_that_is_not_there(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are the user's."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.parquet").mkdir()

    [finding] = refused(tmp_path / name)

    assert finding.rule == "unreadable-file"
