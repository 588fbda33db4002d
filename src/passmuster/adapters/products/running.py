"""Runs a product: a throw-away folder, a process, and somebody who reads what it prints."""

import asyncio
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from passmuster.adapters.products.choosing import Ending, Stop, missing_agents, surviving_calls
from passmuster.adapters.products.keeping import Kept, keep
from passmuster.adapters.products.observation import Reading, Terminal
from passmuster.adapters.products.options import RunOptions
from passmuster.adapters.products.processes import Launch, Limits, run
from passmuster.adapters.products.product import Product, Purpose, Watched
from passmuster.adapters.products.redaction import Redaction
from passmuster.adapters.products.throw_away import INPUT, WORKSPACE, Furnishing, environment_of, throw_away_folder
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Failure
from passmuster.domain.cases import Request
from passmuster.domain.errors import InfrastructureError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity

VERSION_SECONDS = 20.0
VERSION_OUTPUT = 10_000
LONGEST_VERSION = 100


class LiveRuns:
    """Runs a product as often as it is asked, and no more at once than it may."""

    def __init__(self, product: Product, options: RunOptions, folder: Path) -> None:
        """Take what is to be run.

        Args:
            product: The product.
            options: The limits of a run, and what its workspace begins with.
            folder: The suite's folder, where relative places start.

        Raises:
            InvalidConfigurationError: If there is no such workspace.
        """
        self._product = product
        self._options = options
        self._folder = folder
        self._furnishing = Furnishing(
            files={**product.roster_files.files, **product.files},
            copied=_existing(options.workspace, folder),
            replaced=product.roster_files.replaced,
        )
        self._redaction = Redaction(os.environ.get(name, "") for name in product.passed)
        self._turns = _Turns(options.concurrency)
        self._version: str | None = "" if product.tells_version else None

    @property
    def roster(self) -> Roster:
        """The agents that the product is to have."""
        return self._product.roster

    @property
    def chooses_apart(self) -> bool:
        """Whether choosing and working take a run each."""
        return self._product.chooses_apart

    async def watch(self, request: Request, purpose: Purpose, repetition: int) -> Watched:
        """Run the product once, and watch it.

        Raises:
            InfrastructureError: If there is no such program.
        """
        del repetition  # runs differ by themselves
        async with self._turns.turn():
            program = self._program()
            if self._version is None:
                self._version = await self._asked_version(program)
            watch = _Watch(
                reading=self._product.reader(),
                roster=self.roster,
                stops=purpose is Purpose.CHOICE and self._options.stop_at_choice,
                keeps=self._keeps(purpose),
                redaction=self._redaction,
            )
            ending = await self._run(program, request, purpose, watch)
        watched = self._redacted(watch, ending)
        if self._options.transcripts is not None and watch.keeps:
            reader = watched.observation.reader.partition(" ")[0]
            kept = Kept(
                request=request.fingerprint, text=request.text, reader=reader, lines=watch.lines, ending=watched.ending
            )
            keep(kept, self._folder / self._options.transcripts)
        return watched

    def foresee(self, request: Request, repetition: int, asked: Asked) -> Failure | None:
        """Foresee nothing."""
        del request, repetition, asked
        return None

    async def _run(self, program: str, request: Request, purpose: Purpose, watch: "_Watch") -> Ending:
        limits = Limits(seconds=self._options.time_limit, output=self._options.maximum_output)
        async with throw_away_folder(self._furnishing) as root:
            (root / INPUT).write_bytes(self._product.prompt(request, purpose).encode("utf-8", "replace"))
            launch = self._launch(root, (program, *self._product.arguments(purpose)))
            return await run(launch, limits, watch.take)

    def _keeps(self, purpose: Purpose) -> bool:
        # A transcript is to show the choice; where choosing is a run of its own, that is the one.
        return self._options.transcripts is not None and (purpose is Purpose.CHOICE or not self.chooses_apart)

    def _launch(self, root: Path, arguments: tuple[str, ...]) -> Launch:
        return Launch(
            arguments=arguments,
            folder=root / WORKSPACE,
            environment=environment_of(root, self._product.passed, self._product.variables),
            input=root / INPUT,
        )

    def _redacted(self, watch: "_Watch", ending: Ending) -> Watched:
        observation = watch.reading.observation()
        clean = self._redaction.without_secrets
        return Watched(
            observation=replace(
                observation,
                problem=clean(observation.problem),
                noise=tuple(map(clean, observation.noise)),
                version=observation.version or self._version or "",
            ),
            ending=replace(ending, errors=clean(ending.errors)),
        )

    async def _asked_version(self, program: str) -> str:
        """Return the first line of what ``--version`` prints; empty if nothing does."""
        lines: list[str] = []

        def take(line: str) -> bool:
            lines.append(line.strip())
            return bool(lines[-1])

        limits = Limits(seconds=VERSION_SECONDS, output=VERSION_OUTPUT)
        async with throw_away_folder(Furnishing()) as root:
            (root / INPUT).touch()
            ending = await run(self._launch(root, (program, "--version")), limits, take)
        is_told = ending.stop is Stop.ENOUGH or not ending.exit_status
        return self._redaction.without_secrets(lines[-1])[:LONGEST_VERSION] if lines and is_told else ""

    def _program(self) -> str:
        named = self._product.program
        place = str((self._folder / named).absolute()) if "/" in named else shutil.which(named)
        if place is None or not Path(place).is_file():
            message = f"there is no program {named!r}"
            raise InfrastructureError(message, hint="install it, or name it with the option program")
        return place


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Reads a run while it goes on.

    Attributes:
        reading: What is read.
        roster: The agents that are to be chosen from.
        stops: Whether enough was seen when a choice was.
        keeps: Whether lines are kept.
        redaction: What must not be seen.
        lines: What was kept.
        loaded: The agents that the product has loaded, as far as it has said.
    """

    reading: Reading
    roster: Roster
    stops: bool
    keeps: bool
    redaction: Redaction
    lines: list[str] = field(default_factory=list)
    loaded: tuple[str, ...] | None = None

    def take(self, line: str) -> bool:
        """Take a line; return whether enough was seen."""
        shown = self.redaction.without_values(line)
        if self.keeps:
            self.lines.append(shown)
        if not self.reading.take(shown):
            return False
        observation = self.reading.observation()
        if observation.agents != self.loaded:
            self.loaded = observation.agents
            if missing_agents(observation, self.roster):
                # Whatever follows would be paid for in vain.
                return True
        if not self.stops:
            return False
        # A product may linger after its result.
        has_ended = observation.terminal is not Terminal.MISSING
        return has_ended or (observation.is_settled and bool(surviving_calls(observation, self.roster)))


class _Turns:
    """Lets only so many runs be under way at once, in whichever loop they are."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._loop: asyncio.AbstractEventLoop | None = None
        self._semaphore = asyncio.Semaphore(number)

    def turn(self) -> asyncio.Semaphore:
        """Return what a run has to hold."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # A semaphore serves one loop; a subject may be asked in several, one after the other.
            self._loop, self._semaphore = loop, asyncio.Semaphore(self._number)
        return self._semaphore


def _existing(workspace: str | None, folder: Path) -> Path | None:
    if workspace is None:
        return None
    place = folder / workspace
    if not place.is_dir():
        finding = Finding(
            rule="no-workspace",
            severity=Severity.ERROR,
            message=f"there is no folder {workspace!r} for a workspace",
            hint="correct the option workspace; a relative place starts at the suite's folder",
        )
        raise InvalidConfigurationError([finding])
    return place
