"""The command `history`: what stored runs tell over time, and where something changed."""

from dataclasses import dataclass
from pathlib import Path

from passmuster.application.history import History, Selection, history_of, refuse_unknown_metric
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.history_document import plain_history
from passmuster.cli.history_screen import show_history
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.tracking import track_of
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.placing import place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a history.

    Attributes:
        selection: Which series are looked at.
        runs: How many runs, the latest ones.
        plot: Where a picture goes; ``None`` for none.
        as_json: Whether a machine reads the result.
    """

    selection: Selection
    runs: int
    plot: Path | None
    as_json: bool


def history(suite: str | None, wish: Wish) -> int:
    """Show the latest runs and the changes of level among them."""
    refuse_unknown_metric(wish.selection.metric)
    refuse_other_picture(wish.plot)
    with opened(suite) as bench:
        found = _read(bench, wish)
        if wish.as_json:
            print_json(plain_history(bench.configuration.name, found))
        else:
            show_history(found)
        if wish.plot is not None:
            path = _draw(found, bench.configuration.name, wish.plot)
            if not wish.as_json:
                terminal().print(safe(f"plot: {path}"), soft_wrap=True)
        return 0


def _read(bench: Workbench, wish: Wish) -> History:
    name = bench.configuration.name
    with progress_bar(wish.runs, 0, f"{name}: reading runs") as tell:
        return history_of(bench.store, name, wish.runs, wish.selection, track_of(bench), tell)


def _draw(found: History, suite: str, plot: Path) -> Path:
    from passmuster.cli.drawing import draw_history  # noqa: PLC0415 - matplotlib takes most of a second

    [path] = place({plot.name: draw_history(found, suite)}, plot.parent)
    return path


def refuse_other_picture(plot: Path | None) -> None:
    """Refuse to draw into anything but an SVG file.

    Raises:
        InvalidConfigurationError: If the file's name ends otherwise.
    """
    if plot is not None and plot.suffix.lower() != ".svg":
        finding = Finding(
            rule="plot-format",
            severity=Severity.ERROR,
            message=f"the plot {str(plot)!r} would be no SVG file",
            hint="name a file that ends in .svg",
        )
        raise InvalidConfigurationError([finding])
