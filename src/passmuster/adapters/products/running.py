"""Runs a product: a throw-away folder, a process, and somebody who reads what it prints."""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from passmuster.adapters.products.choosing import missing_agents, surviving_calls
from passmuster.adapters.products.keeping import Kept, keep
from passmuster.adapters.products.observation import Reading, Terminal
from passmuster.adapters.products.options import RunOptions
from passmuster.adapters.products.product import Product, Purpose, Watched
from passmuster.adapters.products.redaction import Redaction
from passmuster.adapters.products.throw_away import (
    INPUT,
    WORKSPACE,
    Furnishing,
    environment_of,
    throw_away_folder,
    to_its_end,
)
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Failure
from passmuster.domain.cases import Request
from passmuster.domain.errors import InfrastructureError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import Usage
from passmuster.extraction.workspaces import Snapshot, WorkspaceChanges, changes_since, snapshot_of
from passmuster.programs.endings import Ending, Stop
from passmuster.programs.processes import Launch, Limits, run
from passmuster.programs.turns import Turns

VERSION_SECONDS = 20.0
VERSION_OUTPUT = 10_000
LONGEST_VERSION = 100


class LiveRuns:
    """Runs a product as often as it is asked, and no more at once than it may."""

    def __init__(self, product: Product, options: RunOptions, context: BuildContext) -> None:
        """Take what is to be run.

        Args:
            product: The product.
            options: The limits of a run, and what its workspace begins with.
            context: Where relative places start, and where the values of variables come from.

        Raises:
            InvalidConfigurationError: If there is no such workspace.
        """
        self._product = product
        self._options = options
        self._folder = context.folder
        self._furnishing = Furnishing(
            files={**product.roster_files.files, **product.files},
            copied=_existing(options.workspace, context.folder),
            replaced=product.roster_files.replaced,
        )
        self._passed = {name: value for name in product.passed if (value := context.secret(name)) is not None}
        self._redaction = Redaction(self._passed.values())
        self._turns = Turns(options.concurrency)
        self._spend = context.spend
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
            BudgetExhaustedError: If the budget might not suffice.
        """
        del repetition  # runs differ by themselves
        async with self._turns.turn():
            return await self._spend(lambda: self._watched(request, purpose), _told)

    async def _watched(self, request: Request, purpose: Purpose) -> Watched:
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
        ending, changes = await self._run(program, request, purpose, watch)
        watched = self._redacted(watch, ending, changes)
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

    async def _run(
        self, program: str, request: Request, purpose: Purpose, watch: "_Watch"
    ) -> tuple[Ending, WorkspaceChanges | None]:
        limits = Limits(seconds=self._options.time_limit, output=self._options.maximum_output)
        async with throw_away_folder(self._furnishing) as root:
            (root / INPUT).write_bytes(self._product.prompt(request, purpose).encode("utf-8", "replace"))
            launch = self._launch(root, (program, *self._product.arguments(purpose)))
            if purpose is not Purpose.WORK:
                return await run(launch, limits, watch.take), None
            before = await to_its_end(lambda: snapshot_of(root / WORKSPACE))
            ending = await run(launch, limits, watch.take)
            return ending, await to_its_end(lambda: self._changes(before, root / WORKSPACE))

    def _changes(self, before: Snapshot, workspace: Path) -> WorkspaceChanges | None:
        """Return what the product changed; ``None`` where it took the workspace away."""
        try:
            found = changes_since(before, workspace, self._furnishing.original)
        except OSError:
            return None
        clean = self._redaction.without_values
        changes = (
            replace(change, path=clean(change.path), text=None if change.text is None else clean(change.text))
            for change in found.changes
        )
        return replace(found, changes=tuple(changes))

    def _keeps(self, purpose: Purpose) -> bool:
        # A transcript is to show the choice; where choosing is a run of its own, that is the one.
        return self._options.transcripts is not None and (purpose is Purpose.CHOICE or not self.chooses_apart)

    def _launch(self, root: Path, arguments: tuple[str, ...]) -> Launch:
        return Launch(
            arguments=arguments,
            folder=root / WORKSPACE,
            environment=environment_of(root, {**self._passed, **self._product.variables}),
            input=root / INPUT,
        )

    def _redacted(self, watch: "_Watch", ending: Ending, changes: WorkspaceChanges | None) -> Watched:
        observation = watch.reading.observation()
        activity = observation.activity
        if changes is not None:
            activity = replace(activity, changes=changes.changes, refused=changes.refused)
        clean = self._redaction.without_secrets
        return Watched(
            observation=replace(
                observation,
                problem=clean(observation.problem),
                noise=tuple(map(clean, observation.noise)),
                version=observation.version or self._version or "",
                activity=activity,
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


def _told(watched: Watched) -> tuple[str, Usage]:
    return watched.observation.model, watched.observation.usage


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
