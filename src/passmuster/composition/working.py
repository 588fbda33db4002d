"""A suite's trials made by other processes: what they are told, how they make them, and what they return.

A worker reads the suite again, from the same place, and looks secrets up in its own environment. Cases come with the
plans, so that it reads no dataset.
"""

import asyncio
import importlib.util
import json
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from passmuster.application.trials import RunTrial
from passmuster.components import BuildContext
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.parts import part_of
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.distributing import DistributingExecutor
from passmuster.documents import Document
from passmuster.domain.answers import Asked
from passmuster.domain.endpoints import EndpointRecord
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError, PassmusterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import PlanLanes, Trial, TrialPlan
from passmuster.domain.values import Fingerprint, SubjectName, json_form, json_writer
from passmuster.ports import Criterion, Executor, TrialRunner

if TYPE_CHECKING:
    from passmuster.application.evaluating import SuiteParts

FUNCTION: Final = f"{__name__}:work_on"
"""What a worker calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a worker must know to make trials as this process would.

    Attributes:
        suite: The suite's file, which lies in the same place for every worker.
        program: The version of passmuster.
        is_fresh: Whether answers that were kept before count for nothing.
        workers: How many share the limits.
        roster: The fingerprint of the agents, which the worker must find the same.
        subjects: The fingerprints of the subjects, likewise.
    """

    suite: str
    program: str
    is_fresh: bool
    workers: int
    roster: Fingerprint
    subjects: dict[SubjectName, Fingerprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a worker returns of a shard.

    Attributes:
        trials: What it made.
        endpoints: Whom it asked, and what it had.
        complaint: Why it could make nothing; empty if it could.
        hint: What to do about that.
        is_bug: Whether the reason is a mistake of ours.
    """

    trials: list[Trial] = field(default_factory=list)
    endpoints: list[EndpointRecord] = field(default_factory=list)
    complaint: str = ""
    hint: str = ""
    is_bug: bool = False


_RECIPE: Final = TypeAdapter(Recipe)
_PLANS: Final = TypeAdapter(list[TrialPlan])
_ANSWERED: Final = TypeAdapter(Answered)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Asked) else json_form(value)


_WRITE: Final = json_writer(json.JSONEncoder(default=_plain, sort_keys=True))


def _text(adapter: TypeAdapter, value: object) -> str:  # type: ignore[type-arg]  # whatever it is of
    return _WRITE(adapter.dump_python(value, warnings=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRunners:
    """Makes a suite's runners; conforms to :class:`passmuster.distributing.PortableRunners`.

    Attributes:
        bench: The suite's parts.
        runner: What makes trials in this process.
        told: What a worker is told, but for how many workers there are.
        function: What it calls.
    """

    bench: Workbench
    runner: TrialRunner
    told: Recipe
    function: str = FUNCTION

    def __call__(self) -> TrialRunner:
        """Return the runner of this process."""
        return self.runner

    def seats(self, workers: int) -> int:
        """Return how many workers may ask at once: where a backend takes fewer requests than there are, so many."""
        limits = [self.bench.limit_of(name) for name in self.bench.configuration.backends]
        return min([workers, *(limit for limit in limits if limit is not None)])

    def recipe(self, workers: int) -> str:
        """Return what one of so many workers is told."""
        return _text(_RECIPE, replace(self.told, workers=workers))

    def packed(self, plans: Sequence[TrialPlan]) -> str:
        """Return plans, with their cases, as text."""
        return _text(_PLANS, list(plans))

    def unpacked(self, answer: str) -> Sequence[Trial]:
        """Return the trials of an answer, and add what they took to what this process had.

        Raises:
            EnvironmentFaultError: If the worker could make none, or if this is no answer.
            RuntimeError: If a mistake of ours was the reason, with the worker's traceback.
        """
        try:
            read = _ANSWERED.validate_python(json.loads(answer))
        except (ValidationError, ValueError) as error:
            message = "a worker returned what is no answer"
            raise EnvironmentFaultError(message, hint="install the same passmuster on all machines") from error
        if read.is_bug:
            raise RuntimeError(read.complaint)
        if read.complaint:
            message = f"a worker cannot make trials of this suite: {read.complaint}"
            raise EnvironmentFaultError(message, hint=read.hint)
        if read.endpoints:
            self.bench.live.meter.add(read.endpoints)
        return read.trials


def distributed(bench: Workbench, parts: "SuiteParts") -> "SuiteParts":
    """Let workers make a suite's trials, if its executor has any.

    Raises:
        InvalidConfigurationError: If there is a budget: nobody keeps it over several processes.
    """
    if not isinstance(parts.executor, DistributingExecutor):
        return parts
    if not bench.cap.is_none:
        finding = Finding(
            rule="budget-of-several",
            severity=Severity.ERROR,
            message="a budget is kept by one process, and this suite's trials are made by several",
            hint="write execution: {use: local}, or leave the budget out",
            location=bench.location("execution"),
        )
        raise InvalidConfigurationError([finding])
    told = Recipe(
        suite=str(bench.suite.resolve()),
        program=version("passmuster"),
        is_fresh=bench.is_fresh,
        workers=1,
        roster=parts.roster.fingerprint,
        subjects={planned.record.name: planned.record.fingerprint for planned in parts.subjects},
    )
    return replace(parts, bring=lambda runner: SuiteRunners(bench=bench, runner=runner, told=told))


def executor_at(bench: Workbench, scheduler: str) -> Executor:
    """Return the executor that has a cluster make trials, whatever else the suite says of one.

    Raises:
        InvalidConfigurationError: If the address is none.
        MissingExtraError: If Dask is not installed.
    """
    said = bench.configuration.execution
    options = said.options if said.use == "dask" else {}
    section = Section.model_validate({**options, "use": "dask", "scheduler": scheduler})
    return _built_executor(bench.folder, section, Document(path="--scheduler", data=None, positions={(): (1, 1)}))


def _built_executor(folder: Path, section: Section, document: Document) -> Executor:
    part = part_of(Catalogue(folder=folder), "executors", section, document, ())
    built: Executor = part.build(BuildContext(folder=folder))
    return built


# ---- in a worker


class _Workshop:
    """A suite, opened by a worker and kept between shards, with its connections."""

    def __init__(self, recipe: Recipe) -> None:
        self.bench = Workbench(Path(recipe.suite), Settings())
        self.bench.is_fresh = recipe.is_fresh
        self.bench.live = replace(self.bench.live, workers=recipe.workers)
        planned = self.bench.subjects(tuple(recipe.subjects))
        self._refuse_others(recipe, {item.record.name: item.record.fingerprint for item in planned})
        self.bench.refuse_missing_secrets(tuple(recipe.subjects))
        self._subjects = {item.record.name: item.subject for item in planned}
        self._criteria: dict[Fingerprint, Criterion] = {}
        self._loop = asyncio.Runner(loop_factory=_quickest_loop())

    @cached_property
    def _executor(self) -> Executor:
        document = Document(path=str(self.bench.suite), data=None, positions={(): (1, 1)})
        return _built_executor(self.bench.folder, Section(use="local"), document)

    def make(self, plans: Sequence[TrialPlan]) -> Answered:
        """Make the trials of a shard."""
        from passmuster.policies.metering import Meter  # noqa: PLC0415 - only who asks live models has a meter

        unknown = [plan.case for plan in plans if not self._has_criteria(plan)]
        self._criteria |= self.bench.check_criteria(unknown)
        self.bench.refuse_missing_secrets((), self.bench.court.asked)
        meter, listeners = Meter(self.bench.clock), self.bench.live.policies.listeners
        listeners.append(meter)
        try:
            trials = self._loop.run(self._all(plans))
        finally:
            listeners.remove(meter)
        return Answered(trials=trials, endpoints=list(meter.records()))

    def close(self) -> None:
        self._loop.close()
        self.bench.close()

    async def _all(self, plans: Sequence[TrialPlan]) -> list[Trial]:
        runner = RunTrial(subjects=self._subjects, criteria=self._criteria, clock=self.bench.clock)
        lanes: dict[SubjectName, list[TrialPlan]] = {}
        for plan in plans:
            lanes.setdefault(plan.key.subject, []).append(plan)
        async with aclosing(self._executor.execute(PlanLanes(tuple(lanes.values())), lambda: runner)) as trials:
            return [trial async for trial in trials]

    def _has_criteria(self, plan: TrialPlan) -> bool:
        rubric = plan.case.rubric
        return rubric is None or all(item.fingerprint in self._criteria for item in rubric.criteria)

    def _refuse_others(self, recipe: Recipe, found: Mapping[SubjectName, Fingerprint]) -> None:
        differing = [
            *(["passmuster itself"] if version("passmuster") != recipe.program else []),
            *(["the agents"] if self.bench.roster.fingerprint != recipe.roster else []),
            *(f"subject {name!r}" for name, wanted in recipe.subjects.items() if found.get(name) != wanted),
        ]
        if differing:
            message = f"it finds other things at {recipe.suite!r} than were to be tested: {', '.join(differing)}"
            raise EnvironmentFaultError(message, hint="give every worker the same files in the same place")


_opened: dict[str, _Workshop] = {}
"""The suite that this worker has open, by what it was told."""

_busy: Final = threading.Lock()
"""One shard at a time: a worker with several threads would exceed its share of the limits."""


def work_on(recipe: str, shard: str) -> str:
    """Make the trials of a shard, in a worker, and return them as text; reasons why it cannot are text as well."""
    with _busy:
        try:
            answered = _workshop(recipe).make(_PLANS.validate_python(json.loads(shard)))
        except PassmusterError as error:
            answered = Answered(complaint=error.message, hint=error.hint)
        except Exception:  # noqa: BLE001 - the last door of this process: the driver raises it again
            answered = Answered(complaint=traceback.format_exc(), is_bug=True)
        return _text(_ANSWERED, answered)


def _workshop(recipe: str) -> _Workshop:
    if recipe not in _opened:
        for former in _opened.values():
            former.close()
        _opened.clear()
        _opened[recipe] = _Workshop(_RECIPE.validate_python(json.loads(recipe)))
    return _opened[recipe]


def _quickest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the quickest event loop that is installed; ``None`` is Python's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    from uvloop import new_event_loop  # noqa: PLC0415 - an extra

    return new_event_loop
