"""The command `export`: a stored run as a table, for a spreadsheet, a notebook or a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from passmuster.application.reading import is_large, load_reduced
from passmuster.application.reviewing import find_run
from passmuster.cli.console import safe, terminal
from passmuster.cli.exporting_parts import ENDINGS, write_parts
from passmuster.cli.exporting_parts import ROWS as PARTED_ROWS
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.cli.uploading import is_dataset_name, upload_to
from passmuster.domain.errors import InvalidConfigurationError, MissingExtraError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier
from passmuster.housekeeping import WalkedStore
from passmuster.libraries import hub_library
from passmuster.placing import WHOLE, written_folder, written_whole
from passmuster.ports import Store

if TYPE_CHECKING:
    import pandas as pd

ROWS: Final = ("trials", "cases", "scores")
"""What a row may stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `export`.

    Attributes:
        file: Where the table goes; its ending says in which format, and without one it is a folder.
        run: Which run; ``None`` takes the latest.
        rows: What a row stands for.
        push: The dataset of Hugging Face that it is put into as well; ``None`` for none.
        as_json: Whether a machine reads what was done.
    """

    file: Path
    run: str | None
    rows: str
    push: str | None
    as_json: bool


def export(suite: str | None, wish: Wish) -> int:
    """Write a run as a table; what was there stays if that cannot be done."""
    write = _writer(wish)
    with opened(suite) as bench:
        upload = None if wish.push is None else upload_to(wish.push, bench.secrets)
        run = find_run(bench.store, bench.configuration.name, wish.run, load=_loading(wish))
        name, store, address = run.manifest.identifier, bench.store, ""
        if _in_parts(wish) and isinstance(store, WalkedStore) and is_large(store, name):
            rows = write_parts(run, store.walk(name), wish.rows, wish.file)
        else:
            frame = _frame(run, wish.rows)
            write(frame, wish.file)
            rows = len(frame)
            address = "" if upload is None else upload(f"{wish.rows}/{name}.parquet", _as_parquet(frame))
        if wish.as_json:
            pushed = {} if upload is None else {"pushed": address}
            print_json({"file": str(wish.file), "run": name, "rows": rows, **pushed})
        else:
            terminal().print(safe(f"{rows} {wish.rows} of run {name}: {wish.file}"), soft_wrap=True)
            if upload is not None:
                terminal().print(safe(f"uploaded: {address}"), soft_wrap=True)
        return 0


def _in_parts(wish: Wish) -> bool:
    """Whether the table can be written without holding the run."""
    return wish.push is None and wish.rows in PARTED_ROWS and wish.file.suffix.lower() in ENDINGS


def _loading(wish: Wish) -> Callable[[Store, RunIdentifier], Run]:
    """Return how the run is read: of a large one that is written in parts, only what is no trial."""
    if wish.rows == "cases":
        return load_reduced

    def load(store: Store, run: RunIdentifier) -> Run:
        if _in_parts(wish) and isinstance(store, WalkedStore) and is_large(store, run):
            return store.head(run)
        return store.load(run)

    return load


def _frame(run: Run, rows: str) -> "pd.DataFrame":
    from passmuster.analysis.frames import cases_frame, trials_frame  # noqa: PLC0415 - pandas takes half a second
    from passmuster.analysis.report_frames import scores_frame  # noqa: PLC0415 - as above

    if rows == "scores":
        return scores_frame(run.trials)
    return trials_frame(run) if rows == "trials" else cases_frame(run)


def _writer(wish: Wish) -> Callable[["pd.DataFrame", Path], None]:
    """Return what writes the format that the file's name ends in."""
    ending = wish.file.suffix.lower()
    findings = []
    if ending and ending not in _WRITERS:
        hint = f"end it in {_listed(tuple(_WRITERS))}; without an ending it is a folder of the library datasets"
        findings.append(_error("file-format", f"{wish.file.name!r} names no format", hint))
    if wish.rows not in ROWS:
        findings.append(_error("unknown-rows", f"rows cannot be {wish.rows!r}", f"write {_listed(ROWS)}"))
    if wish.push is not None and not is_dataset_name(wish.push):
        findings.append(_error("hub-name", f"{wish.push!r} names no dataset", "write such as my-team/agent-runs"))
    if findings:
        raise InvalidConfigurationError(findings)
    return partial(_write_file, write=_WRITERS[ending]) if ending else _write_folder


def _write_file(frame: "pd.DataFrame", place: Path, *, write: Callable[["pd.DataFrame", BinaryIO], None]) -> None:
    with written_whole(place) as stream:
        write(frame, stream)


def _write_folder(frame: "pd.DataFrame", place: Path) -> None:
    """Write a folder as ``Dataset.save_to_disk`` does."""
    library = hub_library()
    with written_folder(place) as folder:
        made = library.Dataset.from_pandas(frame, preserve_index=False)
        made.save_to_disk(str(folder / WHOLE))


def _as_parquet(frame: "pd.DataFrame") -> bytes:
    stream = BytesIO()
    _write_parquet(frame, stream)
    return stream.getvalue()


def _error(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)


def _listed(names: tuple[str, ...]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _write_separated(frame: "pd.DataFrame", stream: BinaryIO, *, separator: str) -> None:
    frame.to_csv(stream, index=False, sep=separator)


def _write_lines(frame: "pd.DataFrame", stream: BinaryIO) -> None:
    frame.to_json(stream, orient="records", lines=True, force_ascii=False, date_format="iso")


def _write_parquet(frame: "pd.DataFrame", stream: BinaryIO) -> None:
    try:
        frame.to_parquet(stream, index=False)
    except ImportError as error:
        message = "Parquet needs the package 'pyarrow', which is not installed"
        raise MissingExtraError(message, hint="pip install 'passmuster[hub]', or write .csv") from error


_WRITERS: Final[Mapping[str, Callable[["pd.DataFrame", BinaryIO], None]]] = {
    ".csv": partial(_write_separated, separator=","),
    ".tsv": partial(_write_separated, separator="\t"),
    ".jsonl": _write_lines,
    ".parquet": _write_parquet,
}
