"""What people see in the terminal: tables, bars, colours; and plain text where there is no terminal."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from passmuster.cli.leaving import printable
from passmuster.domain.reports import Report, SubjectReport
from passmuster.domain.verdicts import Aspect, CaseChange, ChangeKind, Estimate, GateOutcome

OUTCOMES = {
    GateOutcome.PASSED: ("✔ passed", "green"),
    GateOutcome.EQUAL: ("= equal", "green"),
    GateOutcome.FAILED: ("✘ failed", "red"),
    GateOutcome.INCONCLUSIVE: ("? cannot tell", "yellow"),
}
EXIT_STATUS = {
    GateOutcome.PASSED: 0,
    GateOutcome.EQUAL: 0,
    GateOutcome.FAILED: 1,
    GateOutcome.INCONCLUSIVE: 4,
}
METRICS = ("routing_accuracy", "top3_accuracy", "macro_f1", "over_delegation_rate", "rubric_pass_rate")
SHOWN_CHANGES = 10
CHANGED = (ChangeKind.BROKEN, ChangeKind.UNMEASURED, ChangeKind.FIXED, ChangeKind.MOVED)
"""Kinds of change that people look at, the gravest first."""


def terminal() -> Console:
    """Return the console for results: standard output."""
    return Console(highlight=False, soft_wrap=False)


def safe(text: str) -> Text:
    """Return untrusted text as it stands: no markup, no control characters."""
    return Text(printable(text).replace("\n", " "))


@contextmanager
def progress_bar(total: int, already: int, label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with rate and time left on standard error while trials are made; nothing without a terminal.

    Yields:
        What is to be told, after each trial, how many of how many there are.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    began = monotonic()
    task = bar.add_task(label, total=total, completed=already, rate="")

    def tell(done: int, expected: int) -> None:
        rate = (done - already) / max(monotonic() - began, 1e-9)
        bar.update(task, completed=done, total=expected, rate=f"{rate:.0f}/s")

    with bar:
        yield tell


def print_report(report: Report, console: Console) -> None:
    """Print the first screen: metrics, what moved, what to know, and the verdict last, where the eye ends."""
    console.print(_metrics_table(report.subjects))
    print_changes(report, console)
    for sentence in report.early_warnings:
        console.print(Text("! ", style="yellow") + safe(sentence))
    for sentence in report.trust:
        console.print(Text("· ") + safe(sentence), style="dim")
    print_verdict(report, console)


def print_changes(report: Report, console: Console) -> None:
    """Print the cases of each subject that broke, were fixed or moved, the broken ones first."""
    if report.comparison is None:
        return
    changes = [change for kind in CHANGED for change in report.comparison.of_kind(kind)]
    for subject in report.subjects:
        own = [change for change in changes if change.subject == subject.record.name]
        if own:
            _print_subject_changes(str(subject.record.name), own, console)


def _print_subject_changes(subject: str, changes: Sequence[CaseChange], console: Console) -> None:
    counts = Counter(change.kind for change in changes)
    heading = ", ".join(f"{counts[kind]} {kind}" for kind in CHANGED if counts[kind])
    console.print(safe(f"{subject}: {heading}"), style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for change in changes[:SHOWN_CHANGES]:
        table.add_row(*_change_row(change))
    console.print(table)
    if len(changes) > SHOWN_CHANGES:
        console.print(f"… and {len(changes) - SHOWN_CHANGES} more in the report", style="dim")


def print_verdict(report: Report, console: Console) -> None:
    """Print the verdict with its reasons."""
    words, colour = OUTCOMES[report.verdict.outcome]
    body = Text("\n").join(safe(reason) for reason in report.verdict.reasons) or Text("every rule of the gate holds")
    if report.verdict.outcome is GateOutcome.EQUAL and report.comparison is not None:
        words = f"{words} to {report.comparison.against}"
    title = Text(printable(words), style=f"bold {colour}")
    console.print(Panel(body, title=title, title_align="left", border_style=colour))


def interval(estimate: Estimate | None) -> str:
    """Return an estimate with its interval, or a dash where nothing was measured."""
    if estimate is None:
        return "–"
    return f"{estimate.value:.3f} ({estimate.lower:.3f}–{estimate.upper:.3f})"


def _metrics_table(subjects: Sequence[SubjectReport]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("metric, 95 % interval")
    for subject in subjects:
        table.add_column(safe(f"{subject.record.name} ({subject.record.description})"))
    rows = [(name, "all") for name in METRICS]
    rows += [("routing_accuracy", f"stratum={name}") for name in ("explicit", "hinted", "implicit")]
    rows.append(("routing_accuracy", "split=test"))
    for name, subset in rows:
        cells = [interval(subject.metric(name, subset)) for subject in subjects]
        if any(cell != "–" for cell in cells):
            label = name.replace("_", " ") if subset == "all" else f"  {subset.replace('=', ' ')}"
            table.add_row(label, *cells)
    return table


def _change_row(change: CaseChange) -> tuple[Text, ...]:
    symbols = {ChangeKind.BROKEN: "✘", ChangeKind.FIXED: "✔", ChangeKind.MOVED: "~", ChangeKind.UNMEASURED: "?"}
    colours = {ChangeKind.BROKEN: "red", ChangeKind.FIXED: "green"}
    mark = Text(symbols.get(change.kind, " "), style=colours.get(change.kind, ""))
    way = change.explanation if change.aspect is Aspect.OUTPUT else f"{change.was} → {change.now}"
    how = "stolen" if change.stolen_by else "lost" if change.lost_to else ""
    return (mark, *(safe(cell) for cell in (change.case, way, how)))
