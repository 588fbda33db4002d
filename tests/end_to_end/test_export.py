"""`export`: a stored run as a table."""

import json

import pandas as pd
import pytest

from .conftest import Repository

READERS = {
    "csv": pd.read_csv,
    "tsv": lambda path: pd.read_csv(path, sep="\t"),
    "jsonl": lambda path: pd.read_json(path, lines=True),
    "parquet": pd.read_parquet,
}


@pytest.mark.parametrize("ending", READERS)
def test_a_run_becomes_a_table(repository: Repository, ending: str) -> None:
    """Whatever the format, the same rows and columns can be read again."""
    repository.passmuster("run", "--no-report")

    done = repository.passmuster("export", f"trials.{ending}", "--json")

    table = READERS[ending](repository.folder / f"trials.{ending}")
    assert done.status == 0, done.errors
    assert json.loads(done.output)["rows"] == len(table) > 0
    assert {"subject", "case", "expected", "chosen", "right", "cost"} <= set(table.columns)
    assert set(table["right"]) <= {0.0, 1.0}


def test_a_row_may_stand_for_a_case(repository: Repository) -> None:
    """With ``--rows cases`` there is one row for each subject and case."""
    repository.passmuster("run", "--no-report")

    done = repository.passmuster("export", "cases.csv", "--rows", "cases")

    table = pd.read_csv(repository.folder / "cases.csv")
    assert done.status == 0, done.errors
    assert not table.duplicated(["subject", "case"]).any()


def test_wrong_words_are_refused_together_and_touch_nothing(repository: Repository) -> None:
    """An unknown ending and an unknown kind of row are told at once, and the file stays what it was."""
    (repository.folder / "table.xls").write_text("mine")

    done = repository.passmuster("export", "table.xls", "--rows", "agents")

    assert done.status == 2
    assert "file-format" in done.errors
    assert "unknown-rows" in done.errors
    assert (repository.folder / "table.xls").read_text() == "mine"


def test_without_a_run_there_is_nothing_to_export(repository: Repository) -> None:
    """The sentence says how a run is made."""
    done = repository.passmuster("export", "trials.csv")

    assert done.status == 2
    assert "passmuster run" in done.errors
    assert not (repository.folder / "trials.csv").exists()
