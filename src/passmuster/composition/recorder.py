"""Making recordings: trials ask as they always do, and what is due is asked of the source and written down."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from passmuster.composition.building import Workbench
from passmuster.composition.parts import Part
from passmuster.composition.probing import Wanted
from passmuster.composition.recording import Files, Need
from passmuster.domain.answers import Asked, Completion, CompletionRequest, Failure
from passmuster.domain.errors import BudgetExhaustedError
from passmuster.domain.recordings import Recording
from passmuster.domain.results import TrialKey, TrialPlan
from passmuster.domain.values import Fingerprint
from passmuster.policies.recording import Due, Provenance, Recorded, Recordings
from passmuster.ports import Backend, LiveBackend

UNDER_WAY: Final = 256
"""Trials that record at the same time; each endpoint has limits of its own."""

SPENT: Final = "the budget does not suffice for it: give another one with --budget"

_PLAN: Final[ContextVar[tuple[TrialPlan, Asked] | None]] = ContextVar("_PLAN", default=None)


@dataclass(slots=True, kw_only=True)
class Recorder:
    """Makes recordings for one suite.

    Attributes:
        bench: The suite's parts, of which nothing has been built yet.
        needs: Everything that was asked for when nobody was asked, whether it is due or not.
        due: What of it is to be recorded.
        adds: Whether requests that come up meanwhile, such as a second question, are recorded as well.
        files: What has been written so far, in order.
        failures: For trials of which something could not be had, why.
    """

    bench: Workbench
    needs: Sequence[Need]
    due: Sequence[Need]
    adds: bool
    files: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    _due: Mapping[tuple[str, Fingerprint], Need] = field(init=False)
    _known: frozenset[tuple[str, Fingerprint]] = field(init=False)
    _names: dict[str, Files] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note what is due, and put somebody who records in the place of whoever plays."""
        self._due = {_key(need): need for need in self.due}
        self._known = frozenset(map(_key, self.needs))
        for name in {need.wanted.backend for need in self.needs}:
            own = [need for need in self.needs if need.wanted.backend == name]
            self._names[name] = Files([need.wanted for need in own], taken=[need.path for need in own])
        self.bench.live = replace(self.bench.live, wrap=self._wrapped)

    async def record(self, tell: Callable[[int], None]) -> None:
        """Make every trial of which something is due; what is written stays, whatever ends this.

        Args:
            tell: Told after each trial how many have been made.

        Raises:
            EnvironmentFaultError: If a recording cannot be written.
        """
        chosen: dict[TrialKey, tuple[TrialPlan, Asked]] = {}
        for need in self.due:
            plan = need.wanted.plan
            # Whoever has chosen anew may have somebody else write.
            asked = plan.asked if need.wanted.stage is Asked.ROUTING else Asked.COMPLETION
            chosen[plan.key] = plan, asked | chosen.get(plan.key, (plan, asked))[1]
        subjects = {planned.record.name: planned.subject for planned in self.bench.subjects(self._subjects)}
        places, done = asyncio.Semaphore(UNDER_WAY), 0

        async def one(plan: TrialPlan, asked: Asked) -> None:
            nonlocal done
            async with places:
                _PLAN.set((plan, asked))
                answer = await subjects[plan.key.subject].respond(
                    plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=asked
                )
                for part in (answer.routing, answer.completion):
                    if isinstance(part, Failure):
                        name = f"{plan.case.identifier} ({plan.key.subject}, repetition {plan.key.repetition})"
                        self.failures[name] = SPENT if part.kind == BudgetExhaustedError.__name__ else part.message
                done += 1
                tell(done)

        try:
            async with asyncio.TaskGroup() as group:
                for plan, asked in chosen.values():
                    group.create_task(one(plan, asked))
        except ExceptionGroup as errors:
            # Such as a folder that cannot be written: the others most often say the same.
            raise errors.exceptions[0] from errors

    @property
    def _subjects(self) -> list[str]:
        return list(dict.fromkeys(need.wanted.plan.key.subject for need in self.due))

    def _wrapped(self, name: str, _part: Part, backend: Backend) -> Backend:
        if not isinstance(backend, Recordings) or not backend.source:
            return backend
        source = _Source(self.bench, name, backend.source)
        shelf = _Noting(backend, self.files)
        return Recorded(
            shelf,
            source,
            due=self._due_at(name, backend, source),
            holds_secret=lambda text: self.bench.secrets.redaction().finds(text),
        )

    def _due_at(self, name: str, shelf: Recordings, source: "_Source") -> Due:
        def due(request: CompletionRequest) -> Provenance | None:
            key = (name, request.fingerprint)
            need = self._due.get(key)
            if need is not None:
                return self._provenance(need.wanted.plan, need.path, need.recording, source)
            is_new = key not in self._known and all(item.request != request.fingerprint for item in shelf.recordings)
            found = _PLAN.get()
            if not (is_new and self.adds and found is not None and name in self._names):
                return None
            plan, stage = found
            part = self.needs[0].wanted.part
            wanted = Wanted(
                plan=plan, stage=_stage(request, stage), backend=name, part=part, request=request, who=shelf
            )
            return self._provenance(plan, self._names[name].new_path(wanted), None, source)

        return due

    def _provenance(self, plan: TrialPlan, path: str, former: Recording | None, source: "_Source") -> Provenance:
        model, provider = source.told()
        recording = Recording(
            path=path,
            case=plan.case.identifier,
            request=Fingerprint(""),
            conversation=Fingerprint(""),
            completion=Completion(text="", model=model),
            subject=plan.key.subject,
            repetition=plan.key.repetition,
            provider=provider,
            version=version("passmuster"),
            note="" if former is None else former.note,
        )
        return Provenance(recording=recording, today=datetime.now(UTC).date().isoformat())


@dataclass(frozen=True, slots=True)
class _Source:
    """Whoever is asked, looked up when it is asked: all backends of a suite are built at once."""

    bench: Workbench
    backend: str
    name: str

    def told(self) -> tuple[str, str]:
        """Return the name of the model that is to answer, or of the backend, and the kind of service."""
        part, backend = self.bench.named_backend(self.name, "backends", self.backend, "source")
        model = str(getattr(part.options, "model", "") or self.name)
        return model, backend.endpoint.provider if isinstance(backend, LiveBackend) else ""

    async def complete(self, request: CompletionRequest) -> Completion:
        _part, backend = self.bench.named_backend(self.name, "backends", self.backend, "source")
        return await backend.complete(request)


class _Noting:
    """Recordings, of which it is noted what is written."""

    def __init__(self, shelf: Recordings, files: list[str]) -> None:
        self._shelf = shelf
        self._files = files
        self.location = shelf.location
        self.source = shelf.source

    @property
    def recordings(self) -> tuple[Recording, ...]:
        return self._shelf.recordings

    def write(self, recording: Recording) -> None:
        self._shelf.write(recording)
        self._files.append(recording.path)

    async def complete(self, request: CompletionRequest) -> Completion:
        return await self._shelf.complete(request)


def _key(need: Need) -> tuple[str, Fingerprint]:
    return need.wanted.backend, need.wanted.request.fingerprint


def _stage(request: CompletionRequest, asked: Asked) -> Asked:
    """Return what a request is for that came up meanwhile."""
    is_choice = request.answer_schema is not None or request.tools
    return Asked.ROUTING if is_choice and Asked.ROUTING in asked else Asked.COMPLETION
