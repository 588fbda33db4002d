"""The first screen of a run: how it went, which agents fare worst, what moved, and the verdict last."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from passmuster.cli.console import (
    interval,
    judged_words,
    metrics_table,
    plain_words,
    print_changes,
    print_rules,
    print_verdict,
    safe,
)
from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import AgentRow, Report, SubjectReport

SHOWN_AGENTS = 5


def print_report(report: Report, console: Console) -> None:
    """Print metrics, the worst agents, what moved and what to know; the verdict comes last, where the eye ends."""
    console.print(metrics_table(report.subjects))
    print_agents(report.subjects, console)
    for rate in report.judged:
        console.print(safe(judged_words(rate)), soft_wrap=True)
    print_changes(report, console)
    for sentence in report.early_warnings:
        console.print(Text("! ", style="yellow") + safe(sentence))
    told = {plain_words(item.reason) for item in report.comparison.incomparable} if report.comparison else set()
    for sentence in report.trust:
        if plain_words(sentence) not in told:
            console.print(Text("· ") + safe(sentence), style="dim")
    if report.spent:
        console.print(Text("$ ") + safe(report.spent), style="dim")
    print_rules(report.verdict, console)
    print_verdict(report, console)


def print_agents(subjects: Sequence[SubjectReport], console: Console) -> None:
    """Print the agents of the first subject of which most requests go astray, or that take most of others'.

    What is always right is not shown, and neither is nobody, which the metrics tell of.
    """
    if not subjects:
        return
    first = subjects[0]
    astray = sorted((row for row in first.agents if _has_losses(row)), key=_rank)
    if not astray:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(safe(f"worst agents of {first.record.name}"), overflow="fold")
    for heading in ("recall", "precision", "cases"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in astray[:SHOWN_AGENTS]:
        table.add_row(safe(row.agent), interval(row.recall), interval(row.precision), str(row.expected))
    console.print(table)
    if len(astray) > SHOWN_AGENTS:
        console.print(f"… and {len(astray) - SHOWN_AGENTS} more that are not always right", style="dim")


def _has_losses(row: AgentRow) -> bool:
    known = [item.value for item in (row.recall, row.precision) if item is not None]
    return row.agent != NOBODY and any(value < 1 for value in known)


def _rank(row: AgentRow) -> tuple[float, float, str]:
    recall, precision = (1.0 if item is None else item.value for item in (row.recall, row.precision))
    return recall, precision, row.agent
