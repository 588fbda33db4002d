"""The commands `dataset convert`, `split` and `dedupe`: cases are written anew, whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from passmuster.application.deduplicating import Deduplication, Difference, Duplicate, deduplicate
from passmuster.application.splitting import SplitPlan, Splitting, split_cases
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.dataset_opening import Wish, opened_cases, refuse_existing
from passmuster.cli.leaving import say
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.case_files import write_cases
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY

SHOWN_PAIRS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where to write.

    Attributes:
        path: A file whose ending decides the format, or a folder; ``None`` only looks.
        is_forced: Whether a file that is there may be written over.
        as_json: Whether machines read what is said about it.
    """

    path: Path | None
    is_forced: bool
    as_json: bool

    def refuse_taken(self) -> None:
        """Refuse a place that is taken, before any work is done.

        Raises:
            InvalidConfigurationError: If it is.
        """
        if self.path is not None:
            refuse_existing(self.path, is_forced=self.is_forced)


def convert(wish: Wish, destination: Path, *, is_forced: bool, as_json: bool) -> int:
    """Write the cases of one format in another, one by one."""
    refuse_existing(destination, is_forced=is_forced)
    with opened_cases(wish) as material:
        count = write_cases(material.stream(), destination)
    if as_json:
        print_json({"cases": count, "file": str(destination)})
    else:
        terminal().print(safe(f"wrote {count:,} cases into {destination}"))
    return 0


def split(wish: Wish, plan: SplitPlan, destination: Destination) -> int:
    """Put cases into splits; those that are in one already stay there unless the plan says otherwise."""
    destination.refuse_taken()
    with opened_cases(wish) as material:
        cases = material.load()
    with progress_bar(len(cases), 0, "comparing") as tell:
        found = split_cases(cases, plan, tell)
    if destination.path is not None:
        write_cases(found.cases, destination.path)
    if destination.as_json:
        print_json(_plain_splitting(found))
        return 0
    for finding in found.findings:
        say(f"{finding.severity}: {finding} [{finding.rule}]")
    console = terminal()
    console.print(_splits_table(found.cases))
    moved = f"{found.moved:,} cases were put into a split"
    settled = "every case is in a split already, and --reshuffle splits anew"
    console.print(f"{found.units:,} units of cases that stay together; {moved if found.moved else settled}")
    _say_written(destination, len(found.cases), console)
    return 0


def shares_of(text: str) -> dict[str, float]:
    """Return the share of each split that was typed as ``train=0.5,test=0.5``.

    Raises:
        InvalidConfigurationError: If a name is unknown, a number is none, or they do not sum to 1.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        try:
            shares[name] = float(number)
        except ValueError:
            shares[name] = -1.0
    is_known = set(shares) <= {"train", "validation", "test"}
    if not is_known or any(not 0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:  # noqa: PLR2004 - rounding
        finding = Finding(
            rule="shares",
            severity=Severity.ERROR,
            message=f"{text!r} does not share out all cases",
            hint="write such as train=0.5,validation=0.2,test=0.3: shares from 0 to 1 that sum to 1",
        )
        raise InvalidConfigurationError([finding])
    return shares


def dedupe(wish: Wish, threshold: float | None, destination: Destination) -> int:
    """Leave out cases that say what others say, and name those that contradict one another."""
    destination.refuse_taken()
    with opened_cases(wish) as material:
        cases = material.load()
    with progress_bar(len(cases), 0, "comparing") as tell:
        found = deduplicate(cases, threshold, tell)
    if destination.path is not None:
        write_cases(found.kept, destination.path)
    if destination.as_json:
        print_json(_plain_deduplication(found))
        return 0
    console = terminal()
    _show_pairs("left out", found.dropped, console)
    for difference in (Difference.LABEL, Difference.ELSE):
        pairs = [pair for pair in found.apart if pair.difference is difference]
        _show_pairs(f"both kept, for they differ in their {difference}", pairs, console)
    console.print(f"{len(cases):,} cases, {len(found.kept):,} stay, {len(found.dropped):,} are left out")
    _say_written(destination, len(found.kept), console)
    return 0


def _say_written(destination: Destination, count: int, console: Console) -> None:
    if destination.path is None:
        console.print("nothing was written: name a destination with --output", style="dim")
    else:
        console.print(safe(f"wrote {count:,} cases into {destination.path}"))


def _splits_table(cases: tuple[Case, ...]) -> Table:
    names = [name for name in ("train", "validation", "test") if any(case.split == name for case in cases)]
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", overflow="fold")
    for name in names:
        table.add_column(name, justify="right")
    agents = sorted({case.expectation.preferred or NOBODY for case in cases})
    for agent in (*agents, ""):
        own = [case for case in cases if not agent or (case.expectation.preferred or NOBODY) == agent]
        counts = [str(sum(case.split == name for case in own)) for name in names]
        table.add_row(safe(agent or "all"), *counts, style="" if agent else "bold")
    return table


def _show_pairs(title: str, pairs: tuple[Duplicate, ...] | list[Duplicate], console: Console) -> None:
    if not pairs:
        return
    console.print(f"{title}: {len(pairs):,}", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for pair in pairs[:SHOWN_PAIRS]:
        place = str(pair.case.source or pair.case.identifier)
        how = "equal" if pair.is_exact else f"{pair.likeness:.0%} alike"
        other = f"{pair.of.identifier} ({pair.of.source.line})" if pair.of.source else str(pair.of.identifier)
        table.add_row(safe(place), how, safe(f"as {other}: {pair.case.request.text[:60]}"))
    console.print(table)
    if len(pairs) > SHOWN_PAIRS:
        console.print(f"… and {len(pairs) - SHOWN_PAIRS:,} more; --json has all", style="dim")


def _plain_deduplication(found: Deduplication) -> dict[str, object]:
    return {
        "kept": len(found.kept),
        "dropped": [plain_pair(pair) for pair in found.dropped],
        "apart": [plain_pair(pair) for pair in found.apart],
    }


def plain_pair(pair: Duplicate) -> dict[str, object]:
    """Return a pair of duplicates as plain data."""
    return {
        "case": pair.case.identifier,
        "path": pair.case.source.path if pair.case.source else None,
        "line": pair.case.source.line if pair.case.source else None,
        "of": pair.of.identifier,
        "labels": [pair.case.expectation.preferred, pair.of.expectation.preferred],
        "likeness": round(pair.likeness, 9),
        "is_exact": pair.is_exact,
        "difference": str(pair.difference),
    }


def _plain_splitting(found: Splitting) -> dict[str, object]:
    return {
        "cases": {case.identifier: case.split for case in found.cases},
        "moved": found.moved,
        "units": found.units,
        "findings": findings_of(found.findings),
    }
