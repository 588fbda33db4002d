"""The command `train`: a router learns from labelled requests, and its model is kept in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from os.path import relpath
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from passmuster.analysis.model_cards import ModelCard, cautions, figure_rows
from passmuster.application.training import Trained, train
from passmuster.cli.console import has_viewer, safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.training import Apprentice, TrainingWish
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity

FEWEST_REQUESTS = 3
KILOBYTE = 1_000
MEGABYTE = 1_000_000
DIGITS = 9

SHOWN_AGENTS = 25
"""Of more agents those with the lowest recall are shown; the model card has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    output: Path | None
    training: TrainingWish
    as_json: bool


def run_training(suite: str | None, wish: Wish) -> int:
    """Train a suite's router and print how well it does on held-out requests."""
    with opened(suite) as bench:
        apprentice = Apprentice(bench, wish.training)
        destination = wish.output or apprentice.model
        if destination is None:
            raise _no_output()
        with _waiting(f"training {apprentice.use}"):
            trained = train(apprentice.build, destination, bench.clock)
        if wish.as_json:
            print_json(_plain(trained))
        else:
            _show(trained, bench, apprentice.use, destination)
        return 0


def _no_output() -> InvalidConfigurationError:
    finding = Finding(
        rule="no-output",
        severity=Severity.ERROR,
        message="nothing says where the model is to be kept",
        hint="write --output FOLDER, or name the folder in the suite: router: {use: trained, model: ./model}",
    )
    return InvalidConfigurationError([finding])


@contextmanager
def _waiting(label: str) -> Iterator[None]:
    """Show that time passes, on standard error; nothing without a terminal. How long it will take nobody knows."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not has_viewer(console)) as bar:
        bar.add_task(label, total=None)
        yield


def _show(trained: Trained, bench: Workbench, use: str, destination: Path) -> None:
    console = terminal()
    card = trained.card
    console.print(_agents(card))
    if len(card.agents) > SHOWN_AGENTS:
        console.print(f"… and {len(card.agents) - SHOWN_AGENTS} more in the model card", style="dim")
    figures = Table(box=None, pad_edge=False)
    figures.add_column("held out")
    figures.add_column("", justify="right")
    for name, value in figure_rows(card.figures):
        figures.add_row(name, value)
    if card.threshold is not None:
        figures.add_row("threshold", f"{card.threshold:.3f}")
    figures.add_row("weight of the lexical score", f"{card.lexical_weight:g}")
    console.print(figures)
    for sentence in cautions(card, minimum=FEWEST_REQUESTS):
        console.print(Text("! ", style="yellow") + safe(sentence))
    took = f"{trained.seconds:.1f} s; {_size(trained.size)}"
    console.print(safe(f"learnt from {card.requests} requests in {took} in {destination}"))
    console.print(safe(f"use it: router: {{use: {use}, model: {_written(destination, bench.folder)}}}"))


def _written(destination: Path, folder: Path) -> str:
    """Return how a suite in a folder names a place: from there on, as far as both lie in the working folder."""
    is_near = all(path.absolute().is_relative_to(Path.cwd()) for path in (destination, folder))
    return Path(relpath(destination, folder)).as_posix() if is_near else str(destination.absolute())


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.1f} megabytes" if count >= MEGABYTE else f"{count / KILOBYTE:.0f} kilobytes"


def _agents(card: ModelCard) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", overflow="fold")
    for heading in ("requests", "held out", "recall"):
        table.add_column(heading, justify="right")
    shown = card.agents
    if len(shown) > SHOWN_AGENTS:
        worst = sorted(shown, key=lambda one: (2.0 if one.recall is None else one.recall, one.agent))
        shown = tuple(worst[:SHOWN_AGENTS])
    for one in shown:
        recall = "–" if one.recall is None else f"{one.recall:.2f}"
        table.add_row(safe(one.agent), str(one.requests), str(one.held_out), recall)
    return table


def _plain(trained: Trained) -> dict[str, object]:
    card = trained.card
    return {
        "router": card.router,
        "requests": card.requests,
        "descriptions": card.descriptions,
        "for_nobody": card.for_nobody,
        "left_out": dict(card.left_out),
        "features": card.features,
        "lexical_weight": card.lexical_weight,
        "temperature": card.temperature,
        "threshold": card.threshold,
        "held_out": {name: _rounded(value) for name, value in asdict(card.figures).items()},
        "agents": [
            {
                "agent": one.agent,
                "requests": one.requests,
                "held_out": one.held_out,
                "found": one.found,
                "recall": _rounded(one.recall),
            }
            for one in card.agents
        ],
        "cautions": list(cautions(card, minimum=FEWEST_REQUESTS)),
        "seconds": round(trained.seconds, 3),
        "bytes": trained.size,
        "files": [str(path) for path in trained.files],
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
