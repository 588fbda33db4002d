"""The command `export`: a stored run as a table, for a spreadsheet, a notebook or a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from passmuster.application.reviewing import find_run
from passmuster.cli.console import safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.domain.errors import InvalidConfigurationError, MissingExtraError
from passmuster.domain.findings import Finding, Severity
from passmuster.placing import written_whole

if TYPE_CHECKING:
    import pandas as pd

ROWS: Final = ("trials", "cases")
"""What a row may stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `export`.

    Attributes:
        file: Where the table goes; its ending says in which format.
        run: Which run; ``None`` takes the latest.
        rows: What a row stands for.
        as_json: Whether a machine reads what was done.
    """

    file: Path
    run: str | None
    rows: str
    as_json: bool


def export(suite: str | None, wish: Wish) -> int:
    """Write a run as a table; what was there stays if that cannot be done."""
    write = _writer(wish)
    with opened(suite) as bench:
        run = find_run(bench.store, bench.configuration.name, wish.run)
        from passmuster.analysis.frames import cases_frame, trials_frame  # noqa: PLC0415 - pandas takes half a second

        frame = trials_frame(run) if wish.rows == "trials" else cases_frame(run)
        with written_whole(wish.file) as stream:
            write(frame, stream)
        if wish.as_json:
            print_json({"file": str(wish.file), "run": run.manifest.identifier, "rows": len(frame)})
        else:
            done = f"{len(frame)} {wish.rows} of run {run.manifest.identifier}: {wish.file}"
            terminal().print(safe(done), soft_wrap=True)
        return 0


def _writer(wish: Wish) -> Callable[["pd.DataFrame", BinaryIO], None]:
    """Return what writes the format that the file's name ends in."""
    writer = _WRITERS.get(wish.file.suffix.lower())
    findings = []
    if writer is None:
        findings.append(_error("file-format", f"{wish.file.name!r} names no format", f"end it in {_listed(_WRITERS)}"))
    if wish.rows not in ROWS:
        findings.append(_error("unknown-rows", f"rows cannot be {wish.rows!r}", f"write {_listed(ROWS)}"))
    if writer is None or findings:
        raise InvalidConfigurationError(findings)
    return writer


def _error(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)


def _listed(names: Mapping[str, object] | tuple[str, ...]) -> str:
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
