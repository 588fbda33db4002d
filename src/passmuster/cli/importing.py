"""The command `import`: what another tool measured becomes a run of a suite."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from passmuster.application.importing import Home, Imported, import_run
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.run_files import format_named, format_of
from passmuster.composition.versions import recorded_versions
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.exchanging import ForeignRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `import`.

    Attributes:
        files: The result files.
        format: The tool that wrote them; ``None`` finds it.
        subject: Who answered; ``None`` takes what the files say.
        passing: The value from which a score is a pass; ``None`` takes the format's own.
        as_json: Whether a machine reads what was done.
    """

    files: Sequence[Path]
    format: str | None
    subject: str | None
    passing: float | None
    as_json: bool


def run_import(suite: str | None, wish: Wish) -> int:
    """Read every file, and if all are sound put their runs into the store; return the exit status."""
    with opened(suite) as bench:
        read = _read(bench, wish)
        name = bench.configuration.name
        home = Home(suite=name, cases=bench.cases, versions=recorded_versions())
        done: list[tuple[Path, ForeignRun, Imported]] = []
        for file, foreign in read:
            with progress_bar(foreign.count, 0, f"{name}: {file.name}") as tell:
                done.append((file, foreign, import_run(bench.store, home, foreign, tell)))
    if wish.as_json:
        print_json({"imported": [_plain(*item) for item in done]})
    else:
        for item in done:
            _tell(*item)
    return 0


def _read(bench: Workbench, wish: Wish) -> Sequence[tuple[Path, ForeignRun]]:
    given = {"subject": wish.subject, "passing": wish.passing}
    options = {name: value for name, value in given.items() if value is not None}
    findings: list[Finding] = []
    found: list[tuple[Path, ForeignRun]] = []
    for file in dict.fromkeys(wish.files):
        if not file.is_file():
            findings.append(_missing(file))
            continue
        try:
            files = format_named(bench, wish.format or format_of(bench, file), options)
            found.append((file, files.read(file)))
        except InvalidInputError as error:
            findings += error.findings
    if findings:
        raise InvalidInputError(list(dict.fromkeys(findings)))
    return found


def _missing(file: Path) -> Finding:
    hint = "name a file that a tool wrote its results into"
    where = SourceLocation(path=str(file))
    message = "there is no such file"
    return Finding(rule="run-file-missing", severity=Severity.ERROR, message=message, hint=hint, location=where)


def _plain(file: Path, foreign: ForeignRun, done: Imported) -> dict[str, object]:
    return {
        "file": str(file),
        "tool": foreign.tool,
        "version": foreign.version,
        "run": done.run,
        "cases": done.cases,
        "trials": done.trials,
        "failures": done.failures,
        "is_new": done.is_new,
        "joined": done.joined,
        "left_out": dict(done.left_out),
    }


def _tell(file: Path, foreign: ForeignRun, done: Imported) -> None:
    console = terminal()
    tool = f"{foreign.tool} {foreign.version}".strip()
    if not done.is_new:
        console.print(safe(f"{file}: imported already, as run {done.run}"), soft_wrap=True)
        return
    what = f"{done.cases:,} cases, {done.trials:,} trials, {done.failures:,} of them not measured in full"
    console.print(safe(f"{file}: run {done.run}, made by {tool}: {what}"), soft_wrap=True)
    if done.joined:
        console.print(f"  {done.joined:,} of the cases are the suite's own, by name and request", soft_wrap=True)
    for reason, number in done.left_out.items():
        console.print(safe(f"  left out: {number:,} {reason}"), soft_wrap=True)
