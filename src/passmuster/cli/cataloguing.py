"""The command `catalogue`: what a host tells its model about the agents, and what that costs."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from passmuster.analysis.catalogues import Catalogue, CatalogueEntry, CatalogueForm, catalogue_of
from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import printable, say
from passmuster.cli.opening import loose_place, opened
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.rosters import load_roster
from passmuster.domain.agents import Roster

SHOWN_AGENTS = 20
"""How many of the dearest agents the table has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asked for.

    Attributes:
        host: By whose rules a folder of agents is read; ``None`` finds it.
        is_older: Whether Claude Code's older form is wanted.
        is_summary: Whether the text itself is left out.
        as_json: Whether to print for machines.
    """

    host: str | None = None
    is_older: bool = False
    is_summary: bool = False
    as_json: bool = False


def show_catalogue(place: str | None, wish: Wish) -> int:
    """Print the catalogue of a suite's agents, or of a folder's."""
    roster = _roster(place, wish.host)
    catalogue = catalogue_of(roster, form=CatalogueForm.OLDER if wish.is_older else CatalogueForm.NEWER)
    if wish.as_json:
        print_json(_plain(roster, catalogue, has_text=not wish.is_summary))
        return 0
    if not wish.is_summary:
        # The text is what counts: it is printed as it stands, line by line.
        terminal().print(Text(printable(catalogue.text)), soft_wrap=True)
        terminal().print()
    _show_costs(roster, catalogue)
    return 0


def _roster(place: str | None, host: str | None) -> Roster:
    loose = loose_place(place, host)
    if loose is not None:
        return load_roster(loose.location, loose.host)
    with opened(place) as bench:
        return bench.roster


def _show_costs(roster: Roster, catalogue: Catalogue) -> None:
    console = terminal()
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", overflow="fold")
    table.add_column("tokens", justify="right")
    table.add_column("share", justify="right")
    for entry in _dearest(catalogue)[:SHOWN_AGENTS]:
        table.add_row(safe(entry.agent), f"{entry.tokens:,}", f"{entry.share:.1%}")
    console.print(table)
    more = len(catalogue.entries) - SHOWN_AGENTS
    if more > 0:
        console.print(f"… and {more} cheaper ones; --json lists all", style="dim")
    agents = "1 agent" if len(catalogue.entries) == 1 else f"{len(catalogue.entries)} agents"
    console.print(
        f"{agents} of {roster.host or 'the host'}: about {catalogue.tokens:,} tokens "
        f"in every request, {catalogue.description_tokens:,} of them descriptions; four characters count as a token",
        soft_wrap=True,
    )
    if not catalogue.is_exact:
        console.print("this host does not publish its own wording; the plainest stands in for it", style="dim")
    for finding in catalogue.findings:
        say(f"{finding.severity}: {finding} [{finding.rule}]")


def _dearest(catalogue: Catalogue) -> list[CatalogueEntry]:
    return sorted(catalogue.entries, key=lambda entry: (-entry.tokens, entry.agent))


def _plain(roster: Roster, catalogue: Catalogue, *, has_text: bool) -> dict[str, object]:
    return {
        "host": roster.host,
        "agents": [
            {"agent": entry.agent, "tokens": entry.tokens, "share": entry.share} for entry in _dearest(catalogue)
        ],
        "tokens": catalogue.tokens,
        "description_tokens": catalogue.description_tokens,
        "limit": catalogue.limit,
        "is_exact": catalogue.is_exact,
        "findings": findings_of(catalogue.findings),
        **({"text": catalogue.text} if has_text else {}),
    }
