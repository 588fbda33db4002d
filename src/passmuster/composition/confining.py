"""The sandbox of a suite with the environment of answers, looked for and made ready when it is first needed.

What makes it ready is imported then, since most suites have no code run.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from passmuster.components import BuildContext
from passmuster.composition.parts import Part
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.errors import CriterionUnavailableError, EnvironmentFaultError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.sandboxes import CommandResult, SandboxCommand, SandboxProbe, SandboxRecord
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.examining import Examination, Examined, Examiner
from passmuster.ports import Criterion, Sandbox

if TYPE_CHECKING:
    import asyncio

    from passmuster.sandboxing.environments import Environments, Ready
    from passmuster.sandboxing.examinations import KeptExaminations
    from passmuster.sandboxing.installing import Told
    from passmuster.sandboxing.kept_results import KeptResults

USUAL: Final = ("bubblewrap", "container")
"""Sandboxes that are tried where a suite names none, in this order; never none at all."""

AUTOMATIC: Final = "automatic"
"""What a suite writes for these."""


def _untold(_share: float, _what: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """A sandbox that works here, with an environment that is ready.

    Attributes:
        sandbox: The sandbox.
        examiner: Has programs of ours examine answers in it.
        record: What a run says of both.
        ready: The environment.
    """

    sandbox: Sandbox
    examiner: "KeptExaminations"
    record: SandboxRecord
    ready: "Ready"


@dataclass(slots=True, kw_only=True)
class Confinement:
    """Where the code of answers is run, of all suites of one process that say the same of it.

    Attributes:
        parts: Returns the sandboxes to try, in order.
        context: What they may build upon.
        environments: The environments of this machine.
        kept: Results of examinations on disk.
        probes: What was tried, once it was.
    """

    parts: Callable[[], Iterable[Part]]
    context: BuildContext
    environments: "Environments"
    kept: "KeptResults | None"
    probes: list[SandboxProbe] = field(default_factory=list)
    _chosen: tuple[Part, Sandbox, SandboxProbe] | None = None
    _found: Confined | None = None
    _refusal: CriterionUnavailableError | None = None
    _opening: "tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None" = None

    @property
    def record(self) -> SandboxRecord | None:
        """What a run says of the sandbox; ``None`` where none was looked for or found yet."""
        return None if self._found is None else self._found.record

    async def confined(self, told: "Told" = _untold) -> Confined:
        """Return a sandbox that works, and prepare the environment if it is not there; both once in a process.

        Raises:
            CriterionUnavailableError: If there is none here, with the reason and the remedy.
        """
        if not self._is_open:
            async with self._lock():
                # Somebody else may have opened it while this one waited.
                if not self._is_open:
                    await self._open(told)
        if self._found is None:
            raise self._refused()
        return self._found

    def make_ready(self, told: "Told") -> CriterionUnavailableError | None:
        """Do what ``confined`` does where no event loop runs, so that Ctrl-C ends it at once; return why it cannot be.

        Args:
            told: Told which share is done, and what is done now.
        """
        import asyncio  # noqa: PLC0415 - see the module's first lines

        if not self._is_open and self._chosen is None:
            self._refusal = asyncio.run(self._choose(told))
        if not self._is_open:
            try:
                self._take(self._prepared(told))
            except EnvironmentFaultError as error:
                self._refusal = unprepared(error)
        return None if self._refusal is None else self._refused()

    def sandbox(self) -> Sandbox:
        """Return the sandbox, which looks for itself when it is first used.

        Raises:
            CriterionUnavailableError: If it is known already that there is none.
        """
        self._refuse_known()
        return _LaterSandbox(self) if self._found is None else self._found.sandbox

    def examiner(self) -> Examiner:
        """Return what examines answers, likewise."""
        self._refuse_known()
        return _LaterExaminer(self) if self._found is None else self._found.examiner

    @property
    def _is_open(self) -> bool:
        return self._found is not None or self._refusal is not None

    def _refuse_known(self) -> None:
        if self._refusal is not None:
            raise self._refused()

    def _refused(self) -> CriterionUnavailableError:
        # A new one each time: one that is raised again and again would gather where from.
        known = self._refusal
        return CriterionUnavailableError("no sandbox") if known is None else _again(known)

    def _lock(self) -> "asyncio.Lock":
        import asyncio  # noqa: PLC0415 - see the module's first lines

        loop = asyncio.get_running_loop()
        if self._opening is None or self._opening[0] is not loop:
            self._opening = (loop, asyncio.Lock())
        return self._opening[1]

    async def _open(self, told: "Told") -> None:
        if self._chosen is None and (refusal := await self._choose(told)) is not None:
            self._refusal = refusal
            return
        import asyncio  # noqa: PLC0415 - see the module's first lines

        try:
            self._take(await asyncio.to_thread(self._prepared, told))
        except EnvironmentFaultError as error:
            self._refusal = unprepared(error)

    async def _choose(self, told: "Told") -> CriterionUnavailableError | None:
        """Take the first sandbox that works; return why none does."""
        for part in self.parts():
            sandbox: Sandbox = part.build(self.context)
            told(0.0, f"trying {sandbox.name}")
            probe = await sandbox.probe()
            self.probes.append(probe)
            if probe.is_usable:
                self._chosen = (part, sandbox, probe)
                return None
        return no_sandbox(self.probes)

    def _prepared(self, told: "Told") -> "Ready":
        ready = self.environments.prepare(told)
        if self.kept is not None:
            self.kept.prune()
        return ready

    def _take(self, ready: "Ready") -> None:
        from passmuster.sandboxing.examinations import KeptExaminations  # noqa: PLC0415 - see the module's first lines
        from passmuster.sandboxing.programs import Programs  # noqa: PLC0415 - likewise

        assert self._chosen is not None  # noqa: S101 - chosen before the environment was asked for
        part, sandbox, probe = self._chosen
        examiner = KeptExaminations(
            sandbox,
            ready.environment,
            Programs(self.environments.programs),
            version=probe.version,
            kept=self.kept,
        )
        record = SandboxRecord(
            name=sandbox.name,
            version=probe.version,
            python=ready.version,
            environment=ready.environment.fingerprint,
            caveat=part.component.caveat,
        )
        self._found = Confined(sandbox=sandbox, examiner=examiner, record=record, ready=ready)


def unprepared(error: EnvironmentFaultError) -> CriterionUnavailableError:
    """Return what is said where the environment cannot be made."""
    message = f"the environment for the code of answers cannot be prepared: {error.message}"
    return CriterionUnavailableError(message, hint=error.hint or "`passmuster sandbox prepare` tries again")


def confinement_of(
    parts: Callable[[], Iterable[Part]],
    context: BuildContext,
    settings: Settings,
    holds_secret: Callable[[str], bool],
) -> Confinement:
    """Return where code is run; nothing is tried yet.

    Args:
        parts: Returns the sandboxes to try, in order.
        context: What they may build upon.
        settings: What the environment says.
        holds_secret: Tells of a text whether it must never be kept.
    """
    from passmuster.sandboxing.environments import Environments  # noqa: PLC0415 - see the module's first lines
    from passmuster.sandboxing.kept_results import KeptResults  # noqa: PLC0415 - likewise

    environments = Environments(environments_home(settings))
    kept = KeptResults(folder=environments.results, holds_secret=holds_secret)
    return Confinement(parts=parts, context=context, environments=environments, kept=kept)


def sandboxes_of(section: Section | None) -> Sequence[Section]:
    """Return the sandboxes that a suite has tried: the one that it names, or the usual ones."""
    return named_sandboxes(section) or [Section(use=name) for name in USUAL]


def named_sandboxes(section: Section | None) -> tuple[Section, ...]:
    """Return the section of the sandbox that a suite names; none where it leaves the choice to us."""
    return () if section is None or section.use == AUTOMATIC else (section,)


def environments_home(settings: Settings) -> Path:
    """Return the folder of environments: the one that is named, or the usual one of this machine."""
    from passmuster.sandboxing.environments import default_home  # noqa: PLC0415 - see the module's first lines

    return settings.sandbox_environment or default_home(settings.cache)


def no_sandbox(probes: Sequence[SandboxProbe]) -> CriterionUnavailableError:
    """Return what is said where no sandbox works: why not, and what to do about it."""
    reasons = [f"{probe.sandbox}: {why_not(probe)}" for probe in probes]
    message = f"code of answers is run in a sandbox only, and none works here ({'; '.join(reasons) or 'none is known'})"
    remedy = next((probe.remedy for probe in probes if probe.remedy), "")
    return CriterionUnavailableError(message, hint=remedy or "`passmuster doctor` tries each of them and says more")


def why_not(probe: SandboxProbe) -> str:
    """Return what a sandbox does not do, in a few words."""
    broken = [item for item in probe.findings if not item.is_held]
    return "; ".join(" — ".join(filter(None, (item.name, item.detail))) for item in broken) or "it cannot be tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutingCriterion:
    """A criterion that has code run: left out where no sandbox is, and its scores tell by which means they came about.

    Attributes:
        inner: The criterion.
        confinement: Where code is run.
        means: What its scores depend on beside the case's rubric: its name, its version and its programs.
    """

    inner: Criterion
    confinement: Confinement
    means: Fingerprint

    async def assess(self, exhibit: Exhibit) -> Score:
        """Judge the answer.

        Raises:
            CriterionUnavailableError: If no sandbox works here.
            CriterionError: If it cannot judge.
        """
        # Asked first: where an answer without any code is judged, it is judged as everywhere else, or not at all.
        confined = await self.confinement.confined()
        score = await self.inner.assess(exhibit)
        return replace(score, means=fingerprint_of([self.means, confined.sandbox.name, confined.record.environment]))


def means_of(part: Part) -> Fingerprint:
    """Return the fingerprint of what an executing criterion is: its version, and the programs that lie beside it."""
    from passmuster.sandboxing.programs import Programs  # noqa: PLC0415 - see the module's first lines

    home = Path(sys.modules[part.component.options.__module__].__file__ or ".").parent
    programs = sorted(folder for folder in home.rglob("*programs") if folder.is_dir())
    known = Programs(home)
    content = [known.fingerprint(folder / "any.py") for folder in programs]
    return fingerprint_of([part.use, part.component.version, part.content or UNKNOWN, *content])


@dataclass(frozen=True, slots=True)
class _LaterSandbox:
    confinement: Confinement

    @property
    def name(self) -> str:
        return AUTOMATIC

    async def probe(self) -> SandboxProbe:
        try:
            return await (await self.confinement.confined()).sandbox.probe()
        except CriterionUnavailableError as error:
            return SandboxProbe(sandbox=AUTOMATIC, remedy=str(error))

    async def run(self, command: SandboxCommand) -> CommandResult:
        return await (await self.confinement.confined()).sandbox.run(command)


@dataclass(frozen=True, slots=True)
class _LaterExaminer:
    confinement: Confinement

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        return await (await self.confinement.confined()).examiner.examine(files, examination)


def _again(error: CriterionUnavailableError) -> CriterionUnavailableError:
    return CriterionUnavailableError(error.message, hint=error.hint)
