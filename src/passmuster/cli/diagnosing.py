"""The command `doctor`: what this machine has of what passmuster needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from passmuster.cli.console import has_viewer, safe, terminal
from passmuster.cli.printing import print_json
from passmuster.composition.confining import named_sandboxes
from passmuster.composition.diagnosing import Check, State, Told, diagnose
from passmuster.composition.surroundings import surroundings
from passmuster.configuration.reading import SUITE_FILE, find_suite, read_suite
from passmuster.configuration.settings import Settings

UNWELL = 3
"""The exit status where something is missing."""

MARKS = {State.GOOD: ("✔", "green"), State.NOTE: ("·", "yellow"), State.MISSING: ("✘", "red")}


def doctor(suite: str | None, *, as_json: bool) -> int:
    """Try everything, and return 0 where nothing is missing.

    Args:
        suite: The suite whose sandbox is meant; ``None`` takes the only one, if there is one, or the usual sandboxes.
        as_json: Whether a machine reads it.
    """
    settings = Settings()
    path = _suite(suite, settings)
    with _waiting() as told:
        checks = [*diagnose(settings, _wanted(path), told), *surroundings(settings, path)]
    is_well = all(check.state is not State.MISSING for check in checks)
    if as_json:
        print_json({"is_well": is_well, "checks": [_plain(check) for check in checks]})
    else:
        _print(checks)
        words = "nothing is missing" if is_well else "what is marked ✘ is missing; the arrows say what to do"
        terminal().print(words, style="green" if is_well else "red")
    return 0 if is_well else UNWELL


def _suite(suite: str | None, settings: Settings) -> Path | None:
    """Return the suite that is meant, as far as one is."""
    named = suite or settings.suite
    if named is None and len(list(Path().glob(f"evals/*/{SUITE_FILE}"))) != 1:
        return None
    return find_suite(named, Path.cwd())


def _wanted(suite: Path | None) -> Sequence[str]:
    """Return the sandbox that a suite names."""
    if suite is None:
        return ()
    configuration, _ = read_suite(suite)
    return [section.use for section in named_sandboxes(configuration.sandbox)]


@contextmanager
def _waiting() -> Iterator[Told]:
    """Say on standard error what is tried now; nothing without a terminal."""
    console = Console(stderr=True)
    if not has_viewer(console):
        yield lambda _what: None
        return
    with console.status("looking") as status:
        yield lambda what: status.update(f"trying {what}")


def _print(checks: Sequence[Check]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    group = ""
    for check in checks:
        if check.group != group:
            group = check.group
            table.add_row("", Text(group, style="bold"), "")
        mark, colour = MARKS[check.state]
        found = safe(check.detail)
        if check.remedy:
            found.append_text(Text("\n→ ", style=colour)).append_text(safe(check.remedy))
        table.add_row(Text(mark, style=colour), safe(check.name), found)
    terminal().print(table)


def _plain(check: Check) -> dict[str, object]:
    return {
        "group": check.group,
        "name": check.name,
        "state": check.state,
        "detail": check.detail,
        "remedy": check.remedy,
    }
