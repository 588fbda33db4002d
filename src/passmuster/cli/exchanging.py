"""The command `export --format`: a stored run as another tool writes its results."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from passmuster.application.reading import load_head
from passmuster.application.reviewing import find_run
from passmuster.cli.console import safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.run_files import format_named
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Run, SubjectRecord, Trial
from passmuster.domain.values import SubjectName
from passmuster.exchanging import RunFiles
from passmuster.housekeeping import WalkedStore
from passmuster.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `export --format`.

    Attributes:
        file: Where it goes.
        run: Which run; ``None`` takes the latest.
        format: The tool.
        subject: The only subject that is written; ``None`` for all.
        has_table: Whether something was asked for that only tables have.
        as_json: Whether a machine reads what was done.
    """

    file: Path
    run: str | None
    format: str | None
    subject: str | None
    has_table: bool
    as_json: bool


def export_as(suite: str | None, wish: Wish) -> int:
    """Write a run as a tool does; what was there stays if that cannot be done."""
    with opened(suite) as bench:
        if wish.format is None:
            message = "--subject goes with --format"
            raise _refusal(message, "name a format, or leave --subject out")
        if wish.has_table:
            message = "--rows and --push are of tables, and --format asks for the results of a tool"
            raise _refusal(message, "leave one of them out")
        files = format_named(bench, wish.format, {})
        _check_ending(files, wish)
        run = find_run(bench.store, bench.configuration.name, wish.run, load=load_head)
        name = run.manifest.identifier
        only = _subject(run, wish.subject)
        manifest = replace(run.manifest, subjects=only)
        written = files.write(
            replace(run, manifest=manifest, trials=()),
            _of(_trials(bench.store, run), {record.name for record in only}),
            wish.file,
        )
    if wish.as_json:
        print_json({"file": str(wish.file), "run": name, "format": wish.format, "trials": written})
    else:
        terminal().print(safe(f"{written:,} trials of run {name}: {wish.file}"), soft_wrap=True)
    return 0


def _trials(store: Store, run: Run) -> Iterator[Trial]:
    if isinstance(store, WalkedStore):
        for own in store.walk(run.manifest.identifier):
            yield from own
    else:
        yield from run.trials


def _of(trials: Iterable[Trial], subjects: set[SubjectName]) -> Iterator[Trial]:
    return (trial for trial in trials if trial.key.subject in subjects)


def _subject(run: Run, wanted: str | None) -> tuple[SubjectRecord, ...]:
    records = run.manifest.subjects
    if wanted is None:
        return records
    found = tuple(record for record in records if record.name == wanted)
    if not found:
        known = ", ".join(record.name for record in records)
        message = f"run {run.manifest.identifier} has no subject {wanted!r}"
        raise _refusal(message, f"known: {known}", rule="unknown-subject")
    return found


def _check_ending(files: RunFiles, wish: Wish) -> None:
    if wish.file.suffix.lower() != files.ending:
        message = f"{wish.file.name!r} is no name that {wish.format} knows its results by"
        raise _refusal(message, f"end it in {files.ending}", rule="file-format")


def _refusal(message: str, hint: str, *, rule: str = "contradiction") -> InvalidConfigurationError:
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
