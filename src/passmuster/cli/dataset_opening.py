"""What the commands of `passmuster dataset` begin with: cases of a suite, or of a place that is in none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from passmuster.application.streaming_cases import Cases, stream_all
from passmuster.cli.console import has_viewer
from passmuster.cli.opening import opened
from passmuster.composition.building import Workbench
from passmuster.composition.dataset_places import is_dataset, loose_dataset, streamed
from passmuster.composition.rosters import load_roster
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

TOLD_EVERY = 0.1
"""Seconds between two looks at how far the reading has come."""

LOADING = 1_000
"""Cases between two looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which cases are meant.

    Attributes:
        place: A suite, or a dataset; ``None`` means the only suite.
        roster: The folder of the agents, for a dataset that is in no suite.
        options: Options of the dataset's loader, as typed.
        default_split: The split of cases that name none.
    """

    place: str | None
    roster: Path | None = None
    options: Sequence[str] = ()
    default_split: str = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Cases, and what they are about.

    Attributes:
        name: What people call them.
        datasets: Each begins to yield its cases when it is called.
        roster: The agents; ``None`` where nobody has named any.
        bench: The suite, if there is one.
    """

    name: str
    datasets: tuple[Cases, ...]
    roster: Roster | None
    bench: Workbench | None

    def stream(self, complaints_of: Callable[[Case], Iterable[Finding]] = lambda _case: ()) -> Iterator[Case]:
        """Yield all cases, and show how many have come.

        Raises:
            InvalidDatasetError: With every complaint, after the last sound case.
        """
        return counted(stream_all(self.datasets, complaints_of))

    def load(self) -> tuple[Case, ...]:
        """Return all cases.

        Raises:
            InvalidDatasetError: With every complaint.
        """
        return tuple(self.stream())


@contextmanager
def opened_cases(wish: Wish) -> Iterator[Material]:
    """Open the cases that are meant.

    Raises:
        InvalidConfigurationError: If there are none, or an option has no meaning for them.
    """
    if wish.place is not None and is_dataset(wish.place):
        found = loose_dataset(wish.place, wish.options, default_split=wish.default_split)
        roster = None if wish.roster is None else load_roster(wish.roster)
        yield Material(name=Path(wish.place).stem, datasets=(found.stream,), roster=roster, bench=None)
        return
    _refuse_loose_options(wish)
    with opened(wish.place) as bench:
        datasets = tuple(partial(streamed, loader, location) for loader, location in bench.dataset_loaders)
        yield Material(name=bench.configuration.name, datasets=datasets, roster=bench.roster, bench=bench)


def counted(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases, and show on standard error how many have come; nothing without a terminal."""
    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        disable=not has_viewer(console),
    )
    began = told = monotonic()
    task = bar.add_task("reading", total=None)
    with bar:
        for number, case in enumerate(cases, start=1):
            if number % LOADING == 0 and monotonic() - told > TOLD_EVERY:
                told = monotonic()
                bar.update(task, description=f"{number:,} cases, {number / (told - began):,.0f}/s")
            yield case


def refuse_existing(path: Path, *, is_forced: bool) -> None:
    """Refuse to write over what is there.

    Raises:
        InvalidConfigurationError: If there is something, and nobody has said that it may go.
    """
    if path.exists() and not (is_forced and path.is_file()):
        finding = Finding(
            rule="exists",
            severity=Severity.ERROR,
            message="this place is taken",
            hint="name another one" if path.is_dir() else "name another one, or write over it with --force",
            location=SourceLocation(path=str(path)),
        )
        raise InvalidConfigurationError([finding])


def _refuse_loose_options(wish: Wish) -> None:
    given = {"--roster": wish.roster is not None, "--option": bool(wish.options)}
    wrong = [name for name, is_given in given.items() if is_given]
    if wrong:
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message=f"{wrong[0]} was given, but {wish.place or 'the only suite'!r} is no dataset of its own",
            hint="name a file of cases, a folder saved to disk, or hub:owner/name@revision; a suite says all by itself",
        )
        raise InvalidConfigurationError([finding])
