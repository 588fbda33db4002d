"""The command `dataset adopt`: cases come to expect what reviewers proposed, after everybody has seen what changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from passmuster.application.adopting import Adoptions
from passmuster.cli.console import safe, terminal
from passmuster.cli.dataset_changing import Destination
from passmuster.cli.leaving import say
from passmuster.cli.opening import opened
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.adopting import adoptions, by_hand, edited_files, sound_trail, whole_dataset
from passmuster.composition.building import Workbench
from passmuster.composition.case_files import refuse_unwritable, write_cases
from passmuster.composition.review_files import ReviewFiles
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import CaseIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        suite: The suite.
        only: The cases whose proposals are taken; empty takes all.
        is_written: Whether the files of the cases are changed.
        destination: Where all cases are written as they are to be.
    """

    suite: str | None
    only: tuple[CaseIdentifier, ...]
    is_written: bool
    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What was written, and what is said about it."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def run_adopt(wish: Wish) -> int:
    """Show what proposals make of the cases, and write it where that was asked for."""
    path = wish.destination.path
    if path is not None:
        _refuse_both(wish)
        wish.destination.refuse_taken()
        refuse_unwritable(path)
    with opened(wish.suite) as bench:
        files = ReviewFiles(bench.folder)
        trail = sound_trail(files)
        found = adoptions(bench, trail, files, wish.only)
        done = _write(bench, wish, found, files)
    findings = (*trail.findings, *found.left_out, *done.findings)
    if wish.destination.as_json:
        print_json(_plain(found, findings, done.files))
        return 0
    for finding in findings:
        say(f"{finding.severity}: {finding} [{finding.rule}]")
    _show(found)
    _tell(found, done, wish)
    return 0


def _write(bench: Workbench, wish: Wish, found: Adoptions, files: ReviewFiles) -> _Done:
    path = wish.destination.path
    if path is not None and found.changes:
        write_cases(whole_dataset(bench, found), path)
        return _Done(files=(path,), findings=())
    if wish.is_written and found.changes:
        edited = edited_files(found)
        return _Done(files=edited.write(), findings=tuple(by_hand(case, files.proposal) for case in edited.others))
    return _Done(files=(), findings=())


def _refuse_both(wish: Wish) -> None:
    if wish.is_written:
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message="--write changes the files of the cases, and --output leaves them as they are",
            hint="give one of the two",
        )
        raise InvalidConfigurationError([finding])


def _show(found: Adoptions) -> None:
    if not found.changes:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("case", "was", "is to be", "says", "on", "note"):
        table.add_column(name, overflow="fold")
    for item in found.changes:
        was, now = (case.expectation.preferred or NOBODY for case in (item.before, item.after))
        told = item.decision
        cells = (item.before.identifier, was, now, told.by, told.at[: len("2026-01-31")], told.note)
        table.add_row(*map(safe, cells))
    terminal().print(table)


def _tell(found: Adoptions, done: _Done, wish: Wish) -> None:
    console = terminal()
    changes = "1 case changes" if len(found.changes) == 1 else f"{len(found.changes)} cases change"
    settled = f", {found.settled} are followed already" if found.settled else ""
    console.print(f"{changes if found.changes else 'no case changes'}{settled}", soft_wrap=True)
    for file in done.files:
        console.print(safe(f"written: {file}"), soft_wrap=True)
    if done.files:
        console.print("run the suite and accept what changed with the cases", style="dim", soft_wrap=True)
    elif found.changes and not wish.is_written:
        console.print("nothing was written: add --write, or name a file with --output", style="dim", soft_wrap=True)


def _plain(found: Adoptions, findings: Sequence[Finding], written: Sequence[Path]) -> dict[str, object]:
    return {
        "changes": [
            {
                "case": item.before.identifier,
                "path": item.before.source.path if item.before.source else None,
                "line": item.before.source.line if item.before.source else None,
                "was": item.before.expectation.preferred,
                "now": item.after.expectation.preferred,
                "by": item.decision.by,
                "at": item.decision.at,
                "run": item.decision.run,
                "note": item.decision.note,
            }
            for item in found.changes
        ],
        "settled": found.settled,
        "findings": findings_of(findings),
        "written": [str(file) for file in written],
    }
