"""Parts that do what a test tells them: a store, a router, a backend and a clock that touch nothing outside."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from passmuster.domain.agents import Roster
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.answers import Completion, CompletionRequest, RoutingDecision
from passmuster.domain.cases import Case, Request, Role
from passmuster.domain.endpoints import RunSegment
from passmuster.domain.errors import BackendError, RoutingError, RunNotFoundError
from passmuster.domain.results import Response, Run, RunManifest, Trial, TrialKey, TrialPlan
from passmuster.domain.values import AgentName, JsonObject, RunIdentifier
from passmuster.examining import Examination, Examined
from passmuster.ports import TrialRunner
from passmuster.testing.factories import MOMENT, a_response, a_trial


class MemoryStore:
    """A store that forgets everything with the process; conforms to :class:`passmuster.ports.Store`.

    A loaded run's trials are in the order of the manifest's subjects, then of the run's cases, then of repetitions.
    """

    def __init__(self) -> None:
        self._runs: dict[RunIdentifier, Run] = {}
        self._trials: dict[RunIdentifier, dict[TrialKey, Trial]] = {}
        self._segments: dict[RunIdentifier, dict[datetime, RunSegment]] = {}
        self._summaries: dict[RunIdentifier, tuple[int, bytes]] = {}

    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        """Open a run; a second call with the same identifier changes nothing."""
        if manifest.identifier not in self._runs:
            self._runs[manifest.identifier] = Run(manifest=manifest, roster=roster, cases=tuple(cases), trials=())
            self._trials[manifest.identifier] = {}

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials; a trial delivered twice is kept once, and an unfinished one gives way to a later one.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        kept = self._trials[self._begun(run).manifest.identifier]
        self._summaries.pop(run, None)
        for trial in trials:
            former = kept.get(trial.key)
            if former is None or not former.is_finished:
                kept[trial.key] = trial

    def finished(self, run: RunIdentifier) -> frozenset[TrialKey]:
        """Return the keys of the run's finished trials; of a run that was not begun, none."""
        return frozenset(key for key, trial in self._trials.get(run, {}).items() if trial.is_finished)

    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        """Keep what one process did for a run; of two segments that began at one moment, the last.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        self._segments.setdefault(self._begun(run).manifest.identifier, {})[segment.started_at] = segment

    def summary(self, run: RunIdentifier, form: int) -> bytes | None:
        """Return what was kept of a run in a form; ``None`` if nothing was, or trials have come since."""
        found, content = self._summaries.get(run, (form, None))
        return content if found == form else None

    def summarize(self, run: RunIdentifier, form: int, content: bytes, *, trials: int) -> None:
        """Keep what was made of a run when it had so many trials; nothing happens if it has others by now.

        Raises:
            RunNotFoundError: If there is no such run.
        """
        if len(self._trials[self._begun(run).manifest.identifier]) == trials:
            self._summaries[run] = (form, content)

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        begun = self._begun(run)
        subjects = [subject.name for subject in begun.manifest.subjects]
        cases = [case.identifier for case in begun.cases]

        def place(trial: Trial) -> tuple[int, str, int, str, int, str]:
            key = trial.key
            subject = subjects.index(key.subject) if key.subject in subjects else len(subjects)
            case = cases.index(key.case) if key.case in cases else len(cases)
            return subject, key.subject, case, key.case, key.repetition, key.fingerprint

        trials = tuple(sorted(self._trials[run].values(), key=place))
        segments = tuple(segment for _, segment in sorted(self._segments.get(run, {}).items()))
        return replace(begun, trials=trials, segments=segments)

    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        """Return the suite's latest runs, the newest first; at most ``limit``."""
        manifests = [run.manifest for run in self._runs.values() if run.manifest.suite == suite]
        manifests.sort(key=lambda manifest: (manifest.started_at, manifest.identifier), reverse=True)
        return tuple(manifests[: max(limit, 0)])

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _begun(self, run: RunIdentifier) -> Run:
        if run not in self._runs:
            message = f"the store holds no run {run!r}"
            raise RunNotFoundError(message, hint="begin it first")
        return self._runs[run]


class FixedRouter:
    """Chooses as it was told; conforms to :class:`passmuster.ports.Router`.

    Attributes:
        requests: What it was asked, in order.
    """

    def __init__(
        self,
        decisions: Mapping[str, str | RoutingDecision | RoutingError | None] | None = None,
        *,
        default: str | RoutingDecision | RoutingError | None = None,
    ) -> None:
        """Keep the decisions.

        Args:
            decisions: By the text of the request: the agent's name, ``None`` for nobody, a whole decision, or the
                error to raise.
            default: The decision on every other request.
        """
        self.requests: list[Request] = []
        self._decisions = dict(decisions or {})
        self._default = default

    async def route(self, request: Request) -> RoutingDecision:
        """Choose as told.

        Raises:
            RoutingError: If that is what it was told.
        """
        self.requests.append(request)
        decision = self._decisions.get(request.text, self._default)
        if isinstance(decision, RoutingError):
            raise decision
        if isinstance(decision, RoutingDecision):
            return decision
        return RoutingDecision(chosen=None if decision is None else AgentName(decision))


class ScriptedBackend:
    """Writes what it was given; conforms to :class:`passmuster.ports.Backend`.

    Attributes:
        requests: What it was asked, in order.
    """

    def __init__(
        self,
        script: Mapping[str, str | Completion | BackendError] | None = None,
        *,
        default: str | Completion | BackendError | None = None,
    ) -> None:
        """Keep the script.

        Args:
            script: By the last message of the user: the text, a whole completion, or the error to raise.
            default: The answer to every other message; ``None`` raises an error.
        """
        self.requests: list[CompletionRequest] = []
        self._script = dict(script or {})
        self._default = default

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer from the script.

        Raises:
            BackendError: If that is what the script says, or it says nothing.
        """
        self.requests.append(request)
        spoken = [message.content for message in request.messages if message.role is Role.USER]
        said = spoken[-1] if spoken else ""
        answer = self._script.get(said, self._default)
        if answer is None:
            message = f"the script has no answer to {said!r}"
            raise BackendError(message, hint="add one, or a default")
        if isinstance(answer, BackendError):
            raise answer
        return answer if isinstance(answer, Completion) else Completion(text=answer, model=request.model)


class ScriptedExaminer:
    """Finds in an answer's files what it was given; conforms to :class:`passmuster.examining.Examiner`.

    Attributes:
        examinations: What it was asked, in order.
    """

    def __init__(self, results: Mapping[str, JsonObject | None] | None = None) -> None:
        """Keep the results by the examination's name; one that is not there ends without a result."""
        self.examinations: list[tuple[AnswerFiles, Examination]] = []
        self._results = dict(results or {})

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Return what the script says of the examination."""
        self.examinations.append((files, examination))
        return Examined(result=self._results.get(examination.name))


class PlainRunner:
    """Answers every plan alike, at once; conforms to :class:`passmuster.ports.TrialRunner`."""

    async def respond(self, plan: TrialPlan) -> Response:
        """Answer."""
        return a_response(plan)

    async def assess(self, response: Response) -> Trial:
        """Judge nothing."""
        return a_trial(key=response.plan.key)


async def make_trial(runner: TrialRunner, plan: TrialPlan) -> Trial:
    """Make one trial from its beginning to its end."""
    return await runner.assess(await runner.respond(plan))


class FakeClock:
    """A clock that moves when it is told to; conforms to :class:`passmuster.ports.Clock`."""

    def __init__(self, *, start: datetime = MOMENT, step: float = 0.0) -> None:
        """Set the clock.

        Args:
            start: The time of day at first, in Coordinated Universal Time.
            step: Seconds by which every look at the clock moves it on, after it was read.
        """
        self._start = start
        self._step = step
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """Return the seconds since the clock was set."""
        read = self._elapsed
        self._elapsed += self._step
        return read

    async def sleep(self, seconds: float) -> None:
        """Move the clock on, and let others work."""
        self.advance(max(seconds, 0.0))
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move the clock on.

        Raises:
            ValueError: If ``seconds`` is negative: clocks never go backwards.
        """
        if seconds < 0:
            message = f"a clock cannot be moved by {seconds!r} seconds"
            raise ValueError(message)
        self._elapsed += seconds
