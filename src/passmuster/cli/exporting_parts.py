"""Tables of runs that are too large to be held: written part by part, as they are read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from passmuster.domain.results import Run, Trial
from passmuster.libraries import imported
from passmuster.placing import written_whole

if TYPE_CHECKING:
    import pandas as pd

PART: Final = 10_000
"""Trials that are written together."""

ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".parquet")
"""Formats that can be written in parts."""

ROWS: Final = ("trials", "scores")
"""What can be told of one part of a run after the other; a row for each case is small anyway."""

_NUMBERS: Final = frozenset(
    ("right", "top3", "score", "margin", "rubric_score", "rubric_passed", "duration", "cost", "value", "passed")
)
_COUNTS: Final = frozenset(("repetition", "input_tokens", "output_tokens"))


def write_parts(head: Run, walked: Iterable[Sequence[Trial]], rows: str, place: Path) -> int:
    """Write a table, whole or not at all, and return how many rows it has.

    Args:
        head: The run without trials.
        walked: Its trials, those of one subject and case after the other.
        rows: One of ``ROWS``.
        place: The file; its ending is one of ``ENDINGS``.
    """
    frames = (_frame(head, part, rows) for part in _parts(walked))
    with written_whole(place) as stream:
        return _WRITERS[place.suffix.lower()](frames, stream)


def _parts(walked: Iterable[Sequence[Trial]]) -> Iterator[list[Trial]]:
    part: list[Trial] = []
    for own in walked:
        part += own
        if len(part) >= PART:
            yield part
            part = []
    # A table without rows has columns all the same.
    yield part


def _frame(head: Run, trials: Sequence[Trial], rows: str) -> "pd.DataFrame":
    from passmuster.analysis.frames import trials_frame  # noqa: PLC0415 - pandas takes half a second
    from passmuster.analysis.report_frames import scores_frame  # noqa: PLC0415 - as above

    return scores_frame(trials) if rows == "scores" else trials_frame(replace(head, trials=trials))


def _separated(separator: str) -> Callable[[Iterable["pd.DataFrame"], BinaryIO], int]:
    def write(frames: Iterable["pd.DataFrame"], stream: BinaryIO) -> int:
        rows = 0
        for number, frame in enumerate(frames):
            frame.to_csv(stream, index=False, sep=separator, header=number == 0)
            rows += len(frame)
        return rows

    return write


def _lines(frames: Iterable["pd.DataFrame"], stream: BinaryIO) -> int:
    rows = 0
    for frame in frames:
        if len(frame):
            frame.to_json(stream, orient="records", lines=True, force_ascii=False, date_format="iso")
        rows += len(frame)
    return rows


def _parquet(frames: Iterable["pd.DataFrame"], stream: BinaryIO) -> int:
    arrow, files = imported("pyarrow", extra="hub"), imported("pyarrow.parquet", extra="hub")
    rows, writer = 0, None
    try:
        for frame in frames:
            # A part in which nothing has a score would take the column for one of nothing.
            schema = arrow.schema([(name, _type(arrow, name)) for name in frame.columns])
            table = arrow.Table.from_pandas(frame, schema=schema, preserve_index=False)
            writer = writer or files.ParquetWriter(stream, schema)
            writer.write_table(table)
            rows += len(frame)
    finally:
        if writer is not None:
            with suppress(ValueError):
                writer.close()
    return rows


def _type(arrow: Any, name: str) -> Any:  # noqa: ANN401 - an optional library
    if name == "started_at":
        return arrow.timestamp("us", tz="UTC")
    if name == "is_advisory":
        return arrow.bool_()
    if name in _NUMBERS:
        return arrow.float64()
    return arrow.int64() if name in _COUNTS else arrow.string()


_WRITERS: Final[Mapping[str, Callable[[Iterable["pd.DataFrame"], BinaryIO], int]]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".jsonl": _lines,
    ".parquet": _parquet,
}
