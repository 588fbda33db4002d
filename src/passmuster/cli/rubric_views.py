"""What a test of rubrics shows: rates, the matrix of edits and criteria, and everything that slipped through."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passmuster.analysis.rubric_rates import CriterionRates, Kind, Specificity, Verdict
from passmuster.application.rubric_testing import RubricTest
from passmuster.cli.console import safe, terminal
from passmuster.domain.budgets import counted
from passmuster.domain.observations import Estimate

_PLACE = re.compile(r":[0-9]+")

SHOWN_OTHERS = 4
"""So many other criteria that failed the same mutants are named."""


def show_test(tested: RubricTest, title: str, lacking: Sequence[str]) -> None:
    """Print what came of a test."""
    console = terminal()
    console.print(_criteria(tested.rates.criteria))
    if tested.matrix:
        console.print(_matrix(tested.matrix))
    for sentence in _notes(tested, lacking):
        console.print(Text("· ") + safe(sentence), style="dim")
    rates = tested.rates
    lines = [
        f"caught by the criterion that must: {share(rates.named)}",
        f"caught by any: {share(rates.caught)}",
        f"false alarms: {share(rates.false_alarms)}",
        *_complaints(rates.criteria),
    ]
    heading = f"✔ {title} can be relied on" if rates.holds else f"✘ {title} cannot be relied on"
    colour = "green" if rates.holds else "red"
    words = Text(heading, style=f"bold {colour}")
    console.print(Panel(Text("\n").join(map(safe, lines)), title=words, title_align="left", border_style=colour))


def share(estimate: Estimate | None) -> str:
    """Return a share as counts with its exact interval."""
    if estimate is None:
        return "–"
    count = round(estimate.value * estimate.sample_size)
    return f"{count} of {estimate.sample_size} ({100 * estimate.lower:.1f}–{100 * estimate.upper:.1f} %)"


def _criteria(criteria: Sequence[CriterionRates]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("criterion", no_wrap=True)
    table.add_column("caught, 95 % interval", overflow="fold")
    table.add_column("false alarms, 95 % interval", overflow="fold")
    for item in criteria:
        mark = Text("✔", style="green") if item.holds else Text("✘", style="bold red")
        if item.left_out or item.lacks:
            mark = Text("?", style="yellow")
        table.add_row(mark, safe(item.criterion), share(item.caught), share(item.false_alarms))
    return table


def _matrix(rows: Sequence[Specificity]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("mutants", no_wrap=True)
    table.add_column("of", justify="right")
    table.add_column("must catch", overflow="fold")
    table.add_column("caught", justify="right")
    table.add_column("failed by others as well", overflow="fold")
    for row in rows:
        failed = dict(row.failed)
        caught = failed.pop(row.target, 0)
        style = "" if caught == row.mutants else "red"
        others = [f"{name} {count}" for name, count in failed.items()]
        more = f" and {len(others) - SHOWN_OTHERS} more" if len(others) > SHOWN_OTHERS else ""
        cells = (row.edit, str(row.mutants), row.target, str(caught), ", ".join(others[:SHOWN_OTHERS]) + more)
        table.add_row(*(safe(cell) for cell in cells), style=style)
    return table


def _notes(tested: RubricTest, lacking: Sequence[str]) -> Iterator[str]:
    kinds = Counter(answer.kind for _, answer in tested.tried)
    yield (
        f"{counted(kinds[Kind.MUTANT], 'mutant')} from {counted(tested.rates.bases, 'good answer')}; "
        f"{counted(kinds[Kind.GOOD], 'good answer')}, {counted(kinds[Kind.NEUTRAL], 'harmless variant')}"
    )
    if lacking:
        yield f"nothing can be said of these, for want of answers: {', '.join(lacking)}"
    left_out: dict[str, list[str]] = {}
    for item in tested.rates.criteria:
        if item.left_out:
            left_out.setdefault(item.left_out, []).append(item.criterion)
        if item.lacks:
            yield f"{item.criterion}: there are {item.lacks} for it"
    for reason, names in left_out.items():
        yield f"left out: {', '.join(names)}: {reason}"
    for item in tested.rates.criteria:
        for verdict in item.unjudged:
            yield f"not judged: {_named(verdict)}"


def _complaints(criteria: Sequence[CriterionRates]) -> Iterator[str]:
    for item in criteria:
        if item.is_blind:
            yield f"{item.criterion} catches none of the mutants that it must catch"
        for verdict in item.missed:
            yield f"slipped through: {_named(verdict)}"
        yield from _alarms(item.alarms)


def _alarms(alarms: Sequence[Verdict]) -> Iterator[str]:
    """Tell false alarms, those of one base with one reason together."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for verdict in alarms:
        base, _, edit = verdict.answer.partition("/")
        reason = _PLACE.sub(":…", verdict.reason)
        grouped.setdefault((verdict.criterion, base, reason), []).append(edit)
    for (criterion, base, reason), edits in grouped.items():
        more = f" and {len(edits) - 1} more" if len(edits) > 1 else ""
        yield f"false alarm: {base}/{edits[0]}{more}, by {criterion}: {reason}"


def _named(verdict: Verdict) -> str:
    return f"{verdict.answer}, by {verdict.criterion}: {verdict.reason}"


def plain_test(tested: RubricTest, title: str, lacking: Sequence[str]) -> dict[str, object]:
    """Return a test as plain data."""
    rates = tested.rates
    return {
        "title": title,
        "holds": rates.holds,
        "is_complete": rates.is_complete,
        "bases": rates.bases,
        "answers": dict(Counter(str(answer.kind) for _, answer in tested.tried)),
        "named": _plain_share(rates.named),
        "caught": _plain_share(rates.caught),
        "false_alarms": _plain_share(rates.false_alarms),
        "missed_by_all": list(rates.missed),
        "criteria": [_plain_criterion(item) for item in rates.criteria],
        "matrix": [
            {"edit": row.edit, "target": row.target, "mutants": row.mutants, "failed": dict(row.failed)}
            for row in tested.matrix
        ],
        "lacking": list(lacking),
    }


def _plain_criterion(item: CriterionRates) -> dict[str, object]:
    return {
        "criterion": item.criterion,
        "holds": item.holds,
        "caught": _plain_share(item.caught),
        "false_alarms": _plain_share(item.false_alarms),
        "missed": [_plain_verdict(verdict) for verdict in item.missed],
        "alarms": [_plain_verdict(verdict) for verdict in item.alarms],
        "unjudged": [_plain_verdict(verdict) for verdict in item.unjudged],
        "left_out": item.left_out,
        "lacks": item.lacks,
    }


def _plain_share(estimate: Estimate | None) -> dict[str, object] | None:
    if estimate is None:
        return None
    return {
        "share": estimate.value,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "of": estimate.sample_size,
        "method": estimate.method,
    }


def _plain_verdict(verdict: Verdict) -> dict[str, str]:
    return {"answer": verdict.answer, "edit": verdict.edit, "reason": verdict.reason}
