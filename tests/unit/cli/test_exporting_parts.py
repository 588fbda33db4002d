"""A run that is too large to be held is exported part by part, into the same table."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd
import pytest

from passmuster.analysis.frames import trials_frame
from passmuster.analysis.report_frames import scores_frame
from passmuster.cli import exporting_parts
from passmuster.cli.exporting_parts import write_parts
from passmuster.domain.answers import Answer, Stage
from passmuster.domain.results import Run, Trial
from passmuster.testing.factories import a_completion, a_decision, a_failure, a_run, a_score, a_trial, an_unscored


def an_uneven_run() -> Run:
    """Make a run whose first part lacks what later ones have: scores, margins, failures."""
    bare = [a_trial("bare", repetition=at, answer=Answer(routing=a_failure(Stage.ROUTING))) for at in range(3)]
    full = [
        a_trial(
            "full",
            repetition=at,
            answer=Answer(routing=a_decision(margin=0.5), completion=a_completion()),
            outcomes=(a_score(evidence={"lines": at}), an_unscored("other")),
        )
        for at in range(3)
    ]
    return a_run(*bare, *full)


def walked(run: Run) -> Iterator[Sequence[Trial]]:
    for _, own in groupby(run.trials, key=lambda trial: trial.key.case):
        yield tuple(own)


def blank(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), "")


@pytest.mark.parametrize("rows", ["trials", "scores"])
def test_parquet_in_parts_holds_the_table_of_the_whole_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str
) -> None:
    """A column keeps its type in a part in which it has no value."""
    pytest.importorskip("pyarrow")
    run = an_uneven_run()
    monkeypatch.setattr(exporting_parts, "PART", 2)

    written = write_parts(run, walked(run), rows, tmp_path / "table.parquet")
    read = pd.read_parquet(tmp_path / "table.parquet")

    whole = trials_frame(run) if rows == "trials" else scores_frame(run.trials)
    assert written == len(whole)
    # What is missing is None in one column and NaN in another, as its type has it.
    pd.testing.assert_frame_equal(blank(read), blank(whole), check_dtype=False)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_text_in_parts_holds_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """The head of the table stands in front of the first part only."""
    run = an_uneven_run()
    file = tmp_path / f"table.{ending}"
    monkeypatch.setattr(exporting_parts, "PART", 2)

    write_parts(run, walked(run), "trials", file)

    read = pd.read_json(file, lines=True) if ending == "jsonl" else pd.read_csv(file, sep=None, engine="python")
    assert list(read["case"]) == ["bare"] * 3 + ["full"] * 3
    assert list(read["repetition"]) == [0, 1, 2, 0, 1, 2]
