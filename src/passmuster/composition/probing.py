"""What subjects would ask of backends, found by letting them, with somebody in the backends' place who asks nobody."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from passmuster.application.planning import PlannedSubject
from passmuster.composition.building import Workbench
from passmuster.composition.parts import Part
from passmuster.composition.prices import free_parts
from passmuster.domain.answers import Asked, Completion, CompletionRequest
from passmuster.domain.errors import BackendError
from passmuster.domain.results import TrialPlan
from passmuster.domain.values import SubjectName
from passmuster.ports import Backend, LiveBackend


class NotAskedError(BackendError):
    """A backend was to be asked, and is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request that a trial makes.

    Attributes:
        plan: The trial.
        stage: Whether somebody is to choose or to write.
        backend: The suite's name for the backend that is asked.
        part: What that is.
        request: What it is asked.
        who: The backend itself.
    """

    plan: TrialPlan
    stage: Asked
    backend: str
    part: Part
    request: CompletionRequest
    who: Backend

    @property
    def is_live(self) -> bool:
        """Whether it asks a service, so that its answers are kept."""
        return isinstance(self.who, LiveBackend)


Look = Callable[[Wanted], Completion | None]
"""Returns the answer to a request where it is known without asking anybody."""


@dataclass(slots=True, kw_only=True)
class Probe:
    """Stands in for every backend of a suite, and notes what each is asked.

    Attributes:
        look: Knows answers.
        wanted: What was asked, in order.
        plan: The trial that is being made.
        stage: What of it is being asked for.
    """

    look: Look
    wanted: list[Wanted] = field(default_factory=list)
    plan: TrialPlan | None = None
    stage: Asked = Asked.ROUTING

    def take_over(self, bench: Workbench) -> None:
        """Take the place of the suite's backends; to be done before anything is built."""
        bench.live = replace(bench.live, wrap=lambda name, part, backend: Stand(self, name, part, backend))

    def asked(self, name: str, part: Part, request: CompletionRequest, who: Backend) -> Completion:
        """Note a request, and return its answer.

        Raises:
            NotAskedError: If it is not known.
        """
        assert self.plan is not None  # noqa: S101 - nothing is asked but by a trial
        wanted = Wanted(plan=self.plan, stage=self.stage, backend=name, part=part, request=request, who=who)
        self.wanted.append(wanted)
        found = self.look(wanted)
        if found is None:
            message = f"{name!r} would be asked"
            raise NotAskedError(message)
        return found

    async def probe(self, bench: Workbench, subjects: Iterable[PlannedSubject], plans: Sequence[TrialPlan]) -> int:
        """Have every trial ask what it asks of backends, and return how many cannot be known without asking others.

        A router that asks no backend is asked only if it is free, and only where its choice decides who writes.
        """
        free, unknown = free_parts(bench), 0
        live = {planned.record.name: planned.subject for planned in subjects}
        for plan in plans:
            name = plan.key.subject
            chooses, writes = _askers(bench, name)
            is_known = plan.assigned is not None or chooses or Asked.ROUTING in free.get(name, Asked(0))
            stages = [Asked.ROUTING] if chooses and Asked.ROUTING in plan.asked else []
            if writes and Asked.COMPLETION in plan.asked:
                stages += [Asked.COMPLETION] if is_known else []
                unknown += not is_known
            for stage in stages:
                self.plan, self.stage = plan, stage
                await live[name].respond(
                    plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=stage
                )
        return unknown


@dataclass(frozen=True, slots=True)
class Stand:
    """Stands in for one backend.

    Attributes:
        probe: Notes what it is asked.
        name: The suite's name for the backend.
        part: What it was built of.
        backend: The backend itself.
    """

    probe: Probe
    name: str
    part: Part
    backend: Backend

    async def complete(self, request: CompletionRequest) -> Completion:
        """Note the request, and return its answer where it is known."""
        return self.probe.asked(self.name, self.part, request, self.backend)


def _askers(bench: Workbench, subject: SubjectName) -> tuple[bool, bool]:
    """Return whether a subject's router asks a backend, and whether one writes for it."""
    section = bench.configuration.subjects[subject].options
    return _names_backend(section.get("router")), isinstance(section.get("backend"), str)


def _names_backend(section: object) -> bool:
    if not isinstance(section, Mapping):
        return False
    return isinstance(section.get("backend"), str) or any(_names_backend(inner) for inner in section.values())
