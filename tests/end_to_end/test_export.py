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


def test_without_an_ending_it_is_a_folder_of_datasets(repository: Repository) -> None:
    """The library loads what was written, with its types; a folder that is there is not written over."""
    datasets = pytest.importorskip("datasets")
    repository.passmuster("run", "--no-report")

    done = repository.passmuster("export", "out/trials", "--json")
    again = repository.passmuster("export", "out/trials")

    assert done.status == 0, done.errors
    table = datasets.load_from_disk(str(repository.folder / "out" / "trials"))
    assert json.loads(done.output)["rows"] == len(table) > 0
    assert {"subject", "case", "expected", "chosen", "right"} <= set(table.column_names)
    assert [path.name for path in (repository.folder / "out").iterdir()] == ["trials"]
    assert again.status == 3
    assert "already there" in again.errors


def test_scores_are_a_table_of_criteria(repository: Repository) -> None:
    """Where nothing was judged there is a table all the same, with its columns and no row."""
    repository.passmuster("run", "--no-report")

    done = repository.passmuster("export", "scores.parquet", "--rows", "scores")

    table = pd.read_parquet(repository.folder / "scores.parquet")
    assert done.status == 0, done.errors
    assert list(table.columns[:5]) == ["subject", "case", "repetition", "criterion", "value"]
    assert len(table) == 0


def test_nothing_is_uploaded_without_a_token(repository: Repository) -> None:
    """That, and a name that is none, is said before anything is written."""
    repository.passmuster("run", "--no-report")

    keyless = repository.passmuster("export", "trials.csv", "--push", "my-team/runs", HF_TOKEN="")
    nameless = repository.passmuster("export", "trials.csv", "--push", "runs")

    assert (keyless.status, nameless.status) == (2, 2)
    assert "HF_TOKEN is not set" in keyless.screen
    assert "'runs' names no dataset" in nameless.screen
    assert not (repository.folder / "trials.csv").exists()


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
