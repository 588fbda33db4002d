"""The commands `dataset stats` and `dataset card`: what a dataset holds, in figures and as a page about it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from passmuster.application.dataset_cards import CardDetails, card_of
from passmuster.application.describing_datasets import Census, Coverage, Spread, coverages, spread
from passmuster.cli.console import safe, terminal
from passmuster.cli.dataset_checking import counts_of
from passmuster.cli.dataset_opening import Wish, opened_cases, refuse_existing
from passmuster.cli.printing import print_json
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.placing import place, write_whole

SHOWN_TAGS = 15
SHOWN_AGENTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsWish:
    """What is wanted of the figures.

    Attributes:
        accuracy: How often requests are routed rightly, for the smallest drop that shows.
        plot: The SVG file to draw into.
        as_json: Whether machines read them.
    """

    accuracy: float
    plot: Path | None
    as_json: bool


def show_statistics(wish: Wish, more: StatisticsWish) -> int:
    """Show what a dataset holds; no case is kept, so that it may be of any size."""
    if more.plot is not None and more.plot.suffix.lower() != ".svg":
        finding = Finding(
            rule="plot-format",
            severity=Severity.ERROR,
            message=f"{str(more.plot)!r} does not end in .svg",
            hint="let the name end in .svg",
        )
        raise InvalidConfigurationError([finding])
    census = Census()
    with opened_cases(wish) as material:
        for case in material.stream():
            census.add(case)
        roster = None if material.roster is None else material.roster.names
        found = coverages(census, roster, more.accuracy)
    if more.plot is not None:
        from passmuster.cli.dataset_drawing import draw_census  # noqa: PLC0415 - takes most of a second

        place({more.plot.name: draw_census(census, material.name)}, more.plot.parent)
    if more.as_json:
        print_json(_plain(census, found))
    else:
        _show(census, found, more, terminal())
    return 0


def write_card(wish: Wish, details: CardDetails, output: Path | None, *, is_forced: bool, as_json: bool) -> int:
    """Write a page about a dataset, with the front matter that hubs of datasets read."""
    if output is not None:
        refuse_existing(output, is_forced=is_forced)
    census = Census()
    with opened_cases(wish) as material:
        for case in material.stream():
            census.add(case)
        roster = None if material.roster is None else material.roster.names
        card = card_of(census, coverages(census, roster), material.name, details)
    if output is not None:
        write_whole(output, card)
    if as_json:
        print_json({"file": None if output is None else str(output), "card": card})
    elif output is None:
        terminal().print(safe_lines(card), soft_wrap=True)
    else:
        terminal().print(safe(f"wrote {output}"))
    return 0


def safe_lines(text: str) -> str:
    """Return a text of several lines without control characters and without markup."""
    return "\n".join(safe(line).plain.replace("[", r"\[") for line in text.splitlines())


def _plain(census: Census, found: tuple[Coverage, ...]) -> dict[str, object]:
    return {
        **counts_of(census),
        "facts": dict(sorted(census.facts.items())),
        "groups": census.groups,
        "tags": dict(sorted(census.tags.items())),
        "words": _spread(spread(census.words)),
        "characters": _spread(spread(census.characters)),
        "agents": [
            {
                "agent": item.agent,
                "cases": item.cases,
                "smallest_drop": None if item.drop is None else round(item.drop, 9),
                "is_known": item.is_known,
                "by_split": {split: census.by_agent[item.agent, split] for split in sorted(census.splits)},
            }
            for item in found
        ],
    }


def _spread(found: Spread | None) -> dict[str, int] | None:
    return None if found is None else asdict(found)


def _show(census: Census, found: tuple[Coverage, ...], more: StatisticsWish, console: Console) -> None:
    console.print(f"{census.cases:,} cases", style="bold")
    for name, value in (("splits", census.splits), ("strata", census.strata)):
        console.print(safe(f"{name}: {_listed(value)}"))
    facts = {name: count for name, count in census.facts.items() if count}
    if facts:
        console.print(safe(f"of these: {_listed(facts)}"))
    if census.groups:
        console.print(f"groups: {census.groups:,}")
    if census.tags:
        more_tags = f" and {len(census.tags) - SHOWN_TAGS} more" if len(census.tags) > SHOWN_TAGS else ""
        console.print(safe(f"tags: {_listed(dict(census.tags.most_common(SHOWN_TAGS)))}{more_tags}"))
    for name, counts in (("words", census.words), ("characters", census.characters)):
        lengths = spread(counts)
        if lengths is not None:
            quarters = f"{lengths.lower_quartile:,}, {lengths.median:,}, {lengths.upper_quartile:,}"
            console.print(f"{name} in a request: {lengths.smallest:,} to {lengths.largest:,}, quartiles {quarters}")
    console.print(_coverage_table(census, found))
    told = f"that shows in a subject that varies and is right in {more.accuracy:.0%}"
    console.print(f"smallest drop: the loss of right choices {told}", style="dim")
    if len(found) > SHOWN_AGENTS:
        console.print(f"… and {len(found) - SHOWN_AGENTS} agents with more cases; --json has all", style="dim")


def _coverage_table(census: Census, found: tuple[Coverage, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", overflow="fold")
    splits = [name for name in ("train", "validation", "test", "") if census.splits[name]]
    for name in ("cases", *(name or "(none)" for name in splits)):
        table.add_column(name, justify="right")
    table.add_column("smallest drop", justify="right")
    for item in found[:SHOWN_AGENTS]:
        counts = [f"{census.by_agent[item.agent, name]:,}" for name in splits]
        name = item.agent if item.is_known else f"{item.agent} (not in the roster)"
        drop = "none shows" if item.drop is None else f"{100 * item.drop:.1f} points"
        table.add_row(safe(name), f"{item.cases:,}", *counts, drop)
    return table


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or '(none)'} {count:,}" for name, count in counts.items())
