"""Examinations that are made once: as many at a time as there are processors, equal ones never twice."""

import asyncio
import json
import os
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.errors import CriterionError
from passmuster.domain.sandboxes import CommandResult, Limit, PythonEnvironment, SandboxCommand
from passmuster.domain.values import Fingerprint, JsonObject, fingerprint_of
from passmuster.examining import Examination, Examined
from passmuster.ports import Sandbox
from passmuster.sandboxing.kept_results import KeptResults
from passmuster.sandboxing.programs import Programs

MOST_HELD: Final = 4_096
"""So many results are held in memory, the latest used ones."""

TOLD_ERRORS: Final = 4_000
"""So many characters of standard error are told, the last ones."""

FAULT: Final = "fault"
"""What a program calls a failure of its own in its result."""

REPEATABLE: Final = "is_repeatable"
"""Set to ``false`` by a program whose result another try might not give, such as one that ran out of time."""


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Lane:
    """What belongs to one event loop.

    Attributes:
        free: One permit for each processor.
        under_way: Examinations that are being made.
    """

    free: asyncio.Semaphore
    under_way: dict[Fingerprint, "_Shared"] = field(default_factory=dict)


@dataclass(slots=True)
class _Shared:
    """An examination that several may wait for; whoever is the last to be cancelled takes it along.

    Attributes:
        task: The work.
        waiting: How many wait for it.
    """

    task: asyncio.Task[Examined]
    waiting: int = 0

    async def result(self) -> Examined:
        """Wait for it."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if not (self.waiting or self.task.done()):
                self.task.cancel()
                # Nothing of it may live on when the cancellation is told further.
                await asyncio.wait([self.task])


class KeptExaminations:
    """Has programs of ours examine answers in a sandbox; conforms to :class:`passmuster.examining.Examiner`."""

    def __init__(
        self,
        sandbox: Sandbox,
        environment: PythonEnvironment,
        programs: Programs,
        *,
        version: str = "",
        kept: KeptResults | None = None,
        at_once: int | None = None,
    ) -> None:
        """Keep what examining takes.

        Args:
            sandbox: Where programs run.
            environment: The interpreter that runs them.
            programs: Shows programs to the sandbox.
            version: Of the program behind the sandbox.
            kept: Results on disk; ``None`` keeps them in memory alone.
            at_once: How many may be under way; ``None`` is one for each processor.
        """
        self._sandbox = sandbox
        self._environment = environment
        self._programs = programs
        self._means = [sandbox.name, version, environment.fingerprint]
        self._kept = kept
        self._at_once = at_once or processors()
        self._held: OrderedDict[Fingerprint, Examined] = OrderedDict()
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lane] = WeakKeyDictionary()

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Examine files; equal questions about equal files are answered from what is kept.

        Raises:
            CriterionError: If the program failed by a fault of its own.
            SandboxError: If the sandbox could not do its part.
        """
        key = self._key(files, examination)
        if (held := self._recall(key)) is not None:
            return held
        lane = self._lane()
        shared = lane.under_way.get(key)
        if shared is None:
            task = asyncio.create_task(self._make(key, files, examination, lane))
            shared = lane.under_way[key] = _Shared(task=task)
            task.add_done_callback(partial(_leave, lane, key))
        return await shared.result()

    async def _make(self, key: Fingerprint, files: AnswerFiles, examination: Examination, lane: _Lane) -> Examined:
        async with lane.free:
            if self._kept is not None and (kept := await asyncio.to_thread(self._kept.read, key)) is not None:
                return self._hold(key, kept)
            result = await self._sandbox.run(await asyncio.to_thread(self._command, files, examination))
            examined = _examined(result)
            if not is_to_be_kept(examined):
                return examined
            if self._kept is not None:
                await asyncio.to_thread(self._kept.write, key, examined)
            self._hold(key, replace(examined, is_kept=True))
            return examined

    def _command(self, files: AnswerFiles, examination: Examination) -> SandboxCommand:
        environment, program = self._environment, self._programs.shown(examination.program)
        variables = {
            "PATH": f"{environment.python.parent}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        read_only = [*environment.read_only, program.parent]
        if examination.needs_types and environment.type_cache is not None:
            read_only.append(environment.type_cache)
            variables["PASSMUSTER_TYPE_CACHE"] = str(environment.type_cache)
        return SandboxCommand(
            arguments=(str(environment.python), "-B", str(program)),
            files={file.path: file.text.encode("utf-8", "surrogatepass") for file in files},
            read_only=tuple(read_only),
            environment=variables,
            input=json.dumps(examination.question).encode(),
            limits=examination.limits,
        )

    def _key(self, files: AnswerFiles, examination: Examination) -> Fingerprint:
        limits = examination.limits
        return fingerprint_of(
            [
                examination.name,
                examination.version,
                self._programs.fingerprint(examination.program),
                examination.program.name,
                examination.question,
                [limits.time, limits.memory, limits.disk, limits.processes, limits.output],
                examination.needs_types,
                files.fingerprint,
                *self._means,
            ]
        )

    def _lane(self) -> _Lane:
        loop = asyncio.get_running_loop()
        if loop not in self._lanes:
            self._lanes[loop] = _Lane(free=asyncio.Semaphore(self._at_once))
        return self._lanes[loop]

    def _recall(self, key: Fingerprint) -> Examined | None:
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
        return held

    def _hold(self, key: Fingerprint, examined: Examined) -> Examined:
        self._held[key] = examined
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return examined


def is_to_be_kept(examined: Examined) -> bool:
    """Whether the same would come of another try: neither the machine's load nor another's signal decided it."""
    is_killed = examined.result is None and examined.status < 0 and examined.ended_by is None
    is_repeatable = examined.result is None or examined.result.get(REPEATABLE) is not False
    return examined.ended_by is not Limit.TIME and not is_killed and is_repeatable


def read_result(text: bytes) -> JsonObject | None:
    """Return the JSON object that a program wrote; ``None`` if it wrote anything else, or anything besides."""
    try:
        read = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _examined(result: CommandResult) -> Examined:
    # What a limit cut short is no report, even where what there is of it can be read.
    read = None if result.ended_by is Limit.OUTPUT else read_result(result.results)
    errors = result.errors.decode("utf-8", "replace")[-TOLD_ERRORS:]
    if read is not None and FAULT in read:
        message = f"an examination failed by a fault of its own: {str(read[FAULT])[:TOLD_ERRORS]}"
        raise CriterionError(message, hint="this is no fault of the answer; please report it")
    return Examined(
        result=read,
        status=result.status,
        ended_by=result.ended_by,
        errors=errors,
        processor_seconds=result.processor_seconds,
        wall_seconds=result.wall_seconds,
    )


def _refuse_constant(name: str) -> float:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _leave(lane: _Lane, key: Fingerprint, task: asyncio.Task[Examined]) -> None:
    lane.under_way.pop(key, None)
    # Asked for, so that nobody complains of a failure that all who waited were cancelled before they heard of.
    if not task.cancelled():
        task.exception()
