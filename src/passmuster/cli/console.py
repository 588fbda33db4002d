"""What people see in the terminal: tables, bars, colours; and plain text where there is no terminal."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passmuster.cli.leaving import printable
from passmuster.domain.comparisons import CaseChange, ChangeKind, MetricChange
from passmuster.domain.judging import JudgedRate
from passmuster.domain.metric_names import ROUTING_COST
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import Report, SubjectReport
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateVerdict, Quarantine

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
"""Of all subjects together; but of each at least the number below."""

FEWEST_SHOWN = 3
SHOWN_SUBSETS = 3
SHOWN_REASONS = 4

FEWEST_RULES = 3
"""Two rules are told by the reasons alone."""

SHOWN_RULES = 5
"""Of more than these only those are shown that do not hold."""

MOST_RULES = 8

CHANGED = (ChangeKind.BROKEN, ChangeKind.UNMEASURED, ChangeKind.FIXED, ChangeKind.MOVED)
"""Kinds of change that people look at, the gravest first."""

SHOWN_KINDS = (*CHANGED, ChangeKind.LEFT_OUT)
"""These, and the one that is only counted."""

_ORDER = (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.PASSED, GateOutcome.EQUAL)


def terminal() -> Console:
    """Return the console for results: standard output."""
    return Console(highlight=False, soft_wrap=False)


def has_viewer(console: Console) -> bool:
    """Whether somebody looks on; FORCE_COLOR asks for colours in a file, and not for bars that move in it."""
    return console.is_terminal and console.file.isatty()


def safe(text: str) -> Text:
    """Return untrusted text as it stands: no markup, no control characters."""
    return Text(printable(text).replace("\n", " "))


@contextmanager
def progress_bar(total: int, already: int, label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with rate and time left on standard error while trials are made; nothing without a terminal.

    Yields:
        What is to be told, after each trial, how many of how many there are.
    """
    from rich.progress import (  # noqa: PLC0415 - it takes a while, and few commands show a bar
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not has_viewer(console),
    )
    began = monotonic()
    task = bar.add_task(label, total=total, completed=already, rate="")

    def tell(done: int, expected: int) -> None:
        rate = (done - already) / max(monotonic() - began, 1e-9)
        bar.update(task, completed=done, total=expected, rate=f"{rate:.0f}/s")

    with bar:
        yield tell


@contextmanager
def share_bar(label: str) -> Iterator[Callable[[float, str], None]]:
    """Show on standard error how much of a piece of work is done; without a terminal, a line when it begins.

    Nothing is shown of what is done at once.

    Yields:
        What is to be told which share is done, from 0 to 1, and what is done now.
    """
    from rich.progress import (  # noqa: PLC0415 - likewise
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[now]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not has_viewer(console),
    )
    task = bar.add_task(label, total=1.0, now="")
    begun: list[str] = []

    def tell(share: float, now: str) -> None:
        if share > 0 and share < 1 and not begun:
            begun.append(now)
            if not has_viewer(console):
                console.print(f"preparing {label} (once; a minute or so)", soft_wrap=True)
        bar.update(task, completed=share, now=now)

    with bar:
        yield tell


def print_changes(report: Report, console: Console) -> None:
    """Print what was not compared, the cases of each subject that moved, and the subsets that stand out."""
    comparison = report.comparison
    if comparison is None:
        return
    for item in comparison.incomparable:
        console.print(Text("≠ ", style="yellow") + safe(item.reason))
    outside = [change for change in comparison.cases if _is_quarantined(change, report.quarantines)]
    changes = [change for change in comparison.cases if not _is_quarantined(change, report.quarantines)]
    print_moved(changes, console, "in the report")
    _print_notable(comparison.metrics, console)
    broken = [change for change in outside if change.kind is ChangeKind.BROKEN]
    if broken:
        names = ", ".join(dict.fromkeys(f"{change.case} ({change.subject})" for change in broken[:SHOWN_CHANGES]))
        more = f" and {len(broken) - SHOWN_CHANGES} more" if len(broken) > SHOWN_CHANGES else ""
        console.print(safe(f"in quarantine, outside the gate, and broken: {names}{more}"), style="dim")


def print_moved(changes: Sequence[CaseChange], console: Console, elsewhere: str) -> None:
    """Print the cases of each subject that moved, the gravest first.

    Args:
        changes: What became of cases, in the order of subjects.
        console: Where to print.
        elsewhere: Where the others are found if there are too many, such as ``in the report``.
    """
    moved = list(dict.fromkeys(change.subject for change in changes if change.kind in SHOWN_KINDS))
    for name in moved:
        own, room = _of_subject(changes, name), max(FEWEST_SHOWN, SHOWN_CHANGES // len(moved))
        shown = _print_subject_changes(name, own, console, room)
        if shown > room:
            console.print(f"… and {shown - room} more {elsewhere}", style="dim")


def _is_quarantined(change: CaseChange, quarantines: Sequence[Quarantine]) -> bool:
    return any(item.covers(change.subject, change.case) for item in quarantines)


def _of_subject(changes: Sequence[CaseChange], subject: SubjectName) -> list[CaseChange]:
    """Return what a subject has to show: the gravest kind first, and of a kind the greatest losses."""
    own = [change for change in changes if change.subject == subject and change.kind in SHOWN_KINDS]
    return sorted(own, key=lambda change: (SHOWN_KINDS.index(change.kind), change.difference or 0.0))


def _print_subject_changes(subject: str, changes: Sequence[CaseChange], console: Console, room: int) -> int:
    """Print as many cases of a subject as there is room for, and return how many there are."""
    counts = Counter(change.kind for change in changes)
    # What was left out was so by its choice and by its output, and is one case.
    counts[ChangeKind.LEFT_OUT] = len({change.case for change in changes if change.kind is ChangeKind.LEFT_OUT})
    heading = ", ".join(f"{counts[kind]} {kind}" for kind in SHOWN_KINDS if counts[kind])
    console.print(safe(f"{subject}: {heading}"), style="bold")
    shown = [change for change in changes if change.kind in CHANGED]
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for change in shown[:room]:
        table.add_row(*_change_row(change))
    if shown:
        console.print(table)
    return len(shown)


def _print_notable(metrics: Sequence[MetricChange], console: Console) -> None:
    whole = {(item.subject, item.metric): item.difference.sample_size for item in metrics if item.subset == "all"}
    # A subset that is all cases is no part of them.
    parts = (item for item in metrics if item.difference.sample_size != whole.get((item.subject, item.metric)))
    notable = sorted((item for item in parts if item.is_notable), key=lambda item: item.difference.value)
    if not notable:
        return
    console.print("subsets that stand out, by so many points", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(6):
        table.add_column(overflow="fold")
    for item in notable[:SHOWN_SUBSETS]:
        mark = Text("▼", style="red") if item.difference.value < 0 else Text("▲", style="green")
        size = _count(item.difference.sample_size, "case", "cases")
        cells = (item.subject, item.subset, _words(item.metric), _points(item.difference), size)
        table.add_row(mark, *map(safe, cells))
    console.print(table)
    if len(notable) > SHOWN_SUBSETS:
        console.print(f"… and {len(notable) - SHOWN_SUBSETS} more in the report", style="dim")


def print_rules(verdict: GateVerdict, console: Console) -> None:
    """Print what each rule of the gate says, the gravest first; of many only those that do not hold."""
    gated = [item for item in verdict.findings if item.is_gated]
    if not _has_table(verdict):
        return
    gated.sort(key=lambda item: _ORDER.index(item.outcome))
    held = [item for item in gated if item.outcome is GateOutcome.PASSED]
    shown = gated if len(gated) <= SHOWN_RULES else gated[: max(len(gated) - len(held), SHOWN_RULES - len(held), 1)]
    table = Table(box=None, pad_edge=False)
    for heading in ("gate", "subject", "rule", "found"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"gate", "found"})
    for item in shown[:MOST_RULES]:
        words, colour = OUTCOMES[item.outcome]
        table.add_row(Text(words, style=colour), safe(item.subject), safe(_rule(item)), safe(_found(item)))
    console.print(table)
    others = len(verdict.findings) - len(gated)
    more = [_count(len(gated) - len(shown[:MOST_RULES]), "more rule", "more rules")]
    more += [_count(others, "subset of too few cases to be gated", "subsets of too few cases to be gated")]
    if any(more):
        console.print(f"… and {' and '.join(filter(None, more))}, in the report", style="dim")


def _has_table(verdict: GateVerdict) -> bool:
    gated = sum(item.is_gated for item in verdict.findings)
    return gated >= FEWEST_RULES and verdict.outcome is not GateOutcome.EQUAL


def print_verdict(report: Report, console: Console) -> None:
    """Print the verdict with its reasons."""
    verdict = report.verdict
    words, colour = OUTCOMES[verdict.outcome]
    reasons = list(dict.fromkeys(verdict.reasons)) or ["every rule of the gate holds"]
    # What holds, the table of the rules tells.
    room = 1 if verdict.outcome is GateOutcome.PASSED and _has_table(verdict) else SHOWN_REASONS
    shown = [safe(reason) for reason in reasons[:room]]
    if len(reasons) > room:
        rest = len(reasons) - room
        holds = _count(rest, "other rule holds", "other rules hold")
        reason = _count(rest, "more reason, in the report", "more reasons, in the report")
        shown.append(Text(f"… and {holds if verdict.outcome is GateOutcome.PASSED else reason}"))
    if verdict.outcome is GateOutcome.EQUAL and report.comparison is not None:
        words = f"{words} to {report.comparison.against}"
    title = Text(printable(words), style=f"bold {colour}")
    console.print(Panel(Text("\n").join(shown), title=title, title_align="left", border_style=colour))


def interval(estimate: Estimate | None) -> str:
    """Return an estimate with its interval, or a dash where nothing was measured."""
    if estimate is None:
        return "–"
    bounds = f" ({estimate.lower:.3f}–{estimate.upper:.3f})" if estimate.lower < estimate.upper else ""
    return f"{estimate.value:.3f}{bounds}"


def judged_words(rate: JudgedRate) -> str:
    """Say how often a judge lets pass, and how often that is so in truth."""
    truly = f", truly {interval(rate.corrected)}" if rate.corrected is not None else ""
    return f"{rate.subject}: {rate.criterion} judged to pass {interval(rate.raw)}{truly}; {rate.note}"


def metrics_table(subjects: Sequence[SubjectReport]) -> Table:
    """Draw the metrics that count most, a column for each subject."""
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
    if change.aspect is Aspect.ROUTING and change.was == change.now:
        # Only how often it is chosen differs.
        way = f"{change.now}, right {_share(change.baseline_rate)} → {_share(change.candidate_rate)}"
    how = "stolen" if change.stolen_by else "lost" if change.lost_to else ""
    return (mark, *(safe(cell) for cell in (change.case, way, how)))


def _share(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}" if number else ""


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def plain_words(sentence: str) -> str:
    """Return a sentence by which an equal one is known, however it begins and ends."""
    return sentence.removesuffix(".").casefold()


def _points(difference: Estimate) -> str:
    value, lower, upper = (100 * number for number in (difference.value, difference.lower, difference.upper))
    return f"{value:+.1f} ({lower:+.1f} to {upper:+.1f})"


def _rule(finding: GateFinding) -> str:
    """Return what a rule asks for, in the words of the suite."""
    rule = finding.rule
    subset = finding.subset or rule.subset
    limits = {"≥": rule.minimum, "≤": rule.maximum, "rise ≤": rule.maximum_rise}
    asked = [f"{words} {limit:g}" for words, limit in limits.items() if limit is not None]
    asked += [] if rule.maximum_drop is None else [f"drop ≤ {100 * rule.maximum_drop:g} points"]
    return f"{_words(rule.metric)} {', '.join(asked) or '≤ 0'}" + (f", {subset}" if subset else "")


def _found(finding: GateFinding) -> str:
    """Return the number that a finding rests on; the cost's is in other units, and only its sentence tells it."""
    if finding.estimate is None or finding.rule.metric == ROUTING_COST:
        return ""
    is_difference = finding.rule.maximum_drop is not None and finding.rule.minimum is None
    return _points(finding.estimate) if is_difference else interval(finding.estimate)
