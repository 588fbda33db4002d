"""Every seam of passmuster on one page: what a plug-in must do.

A plug-in conforms by shape; nothing is inherited. ``passmuster.testing.conformance`` checks the promises below, and
``passmuster.components`` says how a plug-in is registered.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from passmuster.domain.agents import Roster
from passmuster.domain.answers import (
    Answer,
    Asked,
    Completion,
    CompletionRequest,
    Failure,
    RankedAgent,
    RoutingDecision,
)
from passmuster.domain.cases import Case, Dataset, Request
from passmuster.domain.endpoints import Endpoint, Reply, RunSegment
from passmuster.domain.harvests import RecordedRequest
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import (
    Commit,
    Exhibit,
    Response,
    Revision,
    Run,
    RunManifest,
    Score,
    Trial,
    TrialKey,
    TrialPlan,
)
from passmuster.domain.sandboxes import CommandResult, SandboxCommand, SandboxProbe
from passmuster.domain.values import AgentName, Fingerprint, RunIdentifier


class RosterLoader(Protocol):
    """Reads agent files the way one host does."""

    def load(self, location: Path) -> Roster:
        """Load every agent under a folder; what a host refuses is a :class:`FileVerdict` or a finding.

        Raises InvalidRosterError if there is no such folder.
        """
        ...


class DatasetLoader(Protocol):
    """Reads cases from one place."""

    def load(self, location: Path) -> Dataset:
        """Load all cases, in the order in which they are written.

        Raises InvalidDatasetError with every complaint about every line at once.
        """
        ...


@runtime_checkable
class StreamingDatasetLoader(DatasetLoader, Protocol):
    """A loader that need not hold all cases at once."""

    def stream(self, location: Path) -> Iterator[Case]:
        """Yield what ``load`` returns, keeping nothing of it; raises as it does, after the last sound case."""
        ...


class DatasetWriter(Protocol):
    """Writes cases to one place."""

    def write(self, cases: Iterable[Case], location: Path) -> int:
        """Write cases, whole or not at all, and return how many; a loader gives the same cases back.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
            InvalidDatasetError: If the format has no form for one of the cases.
        """
        ...


class TranscriptReader(Protocol):
    """Reads what people asked a product for, and what it did."""

    def read(self, location: Path) -> Iterator[RecordedRequest]:
        """Yield every request of a file, or of all files below a folder, in order; what cannot be read is left out.

        Raises InvalidDatasetError if there is no such place.
        """
        ...


class Router(Protocol):
    """Chooses an agent. Built for one roster, which it gets from its :class:`BuildContext`."""

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent of the roster, or nobody. Raises RoutingError if no decision could be had."""
        ...


@runtime_checkable
class RepeatingRouter(Router, Protocol):
    """A router whose repetitions must be told apart, since somebody it asks may keep answers."""

    async def route_repetition(self, request: Request, *, repetition: int) -> RoutingDecision:
        """Choose as ``route`` does, which is repetition 0; the repetition reaches whoever is asked.

        Raises RoutingError if no decision could be had.
        """
        ...


@runtime_checkable
class ExplainingRouter(Router, Protocol):
    """A router that can say what its scores are made of."""

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each term of the request added to them, the best agent first.

        Raises RoutingError if the roster has no agent of one of the names.
        """
        ...


@runtime_checkable
class BatchRouter(Router, Protocol):
    """A router that is quicker with many requests at once."""

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return for each request what ``route`` returns, in order.

        Raises RoutingError if no decisions could be had.
        """
        ...


@runtime_checkable
class LearntRouter(Router, Protocol):
    """A router that has seen requests with their answers; a suite must not ask these of it again."""

    @property
    def seen(self) -> frozenset[Fingerprint]:
        """The fingerprints of the requests that it learnt from or was tuned on."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose angles tell likeness."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text, all of one length; equal texts get equal vectors.

        Raises EmbeddingError if no vectors could be had.
        """
        ...


class Backend(Protocol):
    """Writes text."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer the conversation. Raises BackendError if no completion could be had."""
        ...


@runtime_checkable
class ForeseeingBackend(Backend, Protocol):
    """A backend that knows beforehand what it cannot answer."""

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return the failure that ``complete`` would end in, or ``None``; costs nothing."""
        ...


@runtime_checkable
class LiveBackend(Backend, Protocol):
    """A backend that asks a service; limits, retries, budget and cache are put around it and are none of its work."""

    @property
    def endpoint(self) -> Endpoint:
        """Whom it asks; backends of one endpoint share its limits."""
        ...

    def model_of(self, request: CompletionRequest) -> str:
        """Return the name of the model that a request is for, as prices know it."""
        ...

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return the number of tokens that an answer cannot exceed; ``None`` where nothing bounds it."""
        ...

    async def ask(self, request: CompletionRequest) -> Reply:
        """Send the request once; ``complete`` returns the completion of the reply.

        Raises BackendError if no completion could be had.
        """
        ...


class Subject(Protocol):
    """The system under test: it chooses, or writes, or both."""

    @property
    def writes(self) -> bool:
        """Whether it can give completions at all."""
        ...

    @property
    def takes_assignments(self) -> bool:
        """Whether the expected agent is to write, so that the output is judged apart from the choice."""
        ...

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        """Answer a request. Failures of the harness are parts of the answer, never exceptions.

        Args:
            request: What the user says.
            repetition: Counted from 0; reaches whoever is asked, so that repetitions are told apart.
            assigned: The agent that is to write; ``None`` leaves it to the router's choice.
            asked: Which parts are wanted; the others are ``None`` in the answer.
        """
        ...

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Return a failure that ``respond`` is certain to end in, or ``None``; costs nothing."""
        ...


class Criterion(Protocol):
    """Judges one property of one answer."""

    async def assess(self, exhibit: Exhibit) -> Score:
        """Judge the answer; equal exhibits get equal scores.

        Raises CriterionError if it cannot judge; the answer is not to blame.
        """
        ...


class Sandbox(Protocol):
    """Runs commands nobody trusts."""

    @property
    def name(self) -> str:
        """What it is called in a suite and in a report."""
        ...

    async def probe(self) -> SandboxProbe:
        """Really run something, and return what was and what was not held back; never raises."""
        ...

    async def run(self, command: SandboxCommand) -> CommandResult:
        """Run a command until it ends or goes over a limit; nothing of it lives on, cancelled or not.

        Raises SandboxError if it could not be started, or if the sandbox lost it.
        """
        ...


class Store(Protocol):
    """Keeps what happened. Append only; one writer at a time."""

    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        """Open a run; a second call with the same identifier changes nothing."""
        ...

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials, which then survive a kill; of two with one key the first finished one, or else the last."""
        ...

    def finished(self, run: RunIdentifier) -> AbstractSet[TrialKey]:
        """Return the keys of the run's finished trials."""
        ...

    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        """Keep what one process did for a run; of two segments that began at one moment, the last."""
        ...

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it; raises RunNotFoundError if there is none of that name."""
        ...

    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        """Return the suite's latest runs, the newest first."""
        ...

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""
        ...


class TrialRunner(Protocol):
    """Makes one trial in two steps, so that judging holds up no request; neither raises a TrialFailure."""

    async def respond(self, plan: TrialPlan) -> Response:
        """Have the subject answer."""
        ...

    async def assess(self, response: Response) -> Trial:
        """Have the criteria judge the answer."""
        ...


class Executor(Protocol):
    """Makes many trials at once."""

    def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        """Yield each plan's trial exactly once, as soon as it ends, in any order.

        When the generator is closed, what is under way is cancelled and awaited first.

        Args:
            plans: What to do; walked once, as far as is needed, and never held as a whole.
            make_runner: Called once by each worker, so that a worker may live in another process.
        """
        ...


class Baselines(Protocol):
    """Keeps what a team has accepted, where reviewers see it."""

    def read(self, location: Path) -> Snapshot | None:
        """Return the accepted baseline, or ``None`` yet. Raises InvalidBaselineError if it cannot be read."""
        ...

    def write(self, snapshot: Snapshot, location: Path) -> None:
        """Replace the accepted baseline, whole or not at all; equal snapshots make equal files.

        Raises EnvironmentFaultError if the place cannot be written.
        """
        ...


class Reporter(Protocol):
    """Draws a finished report."""

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the report into a folder and return the files; whole or not at all.

        Raises EnvironmentFaultError if the place cannot be written.
        """
        ...


class Clock(Protocol):
    """Tells time, so that tests need not wait for it."""

    def now(self) -> datetime:
        """Return the time of day, in Coordinated Universal Time."""
        ...

    def elapsed(self) -> float:
        """Return seconds from an arbitrary point; never goes backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Revisions(Protocol):
    """Knows the state of the user's repository."""

    def current(self, folder: Path) -> Revision | None:
        """Return the revision that holds the folder, or ``None`` outside a repository."""
        ...

    def commit(self, reference: str, folder: Path) -> Commit:
        """Return the commit that a reference names; raises as ``between`` does."""
        ...

    def between(self, good: str | None, bad: str, folder: Path, paths: Sequence[Path] = ()) -> Sequence[Commit]:
        """Return the commits of the main line after ``good`` up to ``bad``, the oldest first; a merge is one.

        From the first one on if ``good`` is ``None``. Only those that touch one of the paths, now or formerly there;
        without paths, all.
        Raises InvalidConfigurationError if there is no repository, no such revision, or ``good`` is no ancestor.
        """
        ...

    def is_same(self, one: str, other: str, folder: Path, paths: Sequence[Path]) -> bool:
        """Whether paths, now or formerly there, are the same at two revisions; unknown ones never are."""
        ...

    def tree_at(self, reference: str, folder: Path, destination: Path, paths: Sequence[Path] = ()) -> Path:
        """Write a repository's files, or these, as they were at a revision into an empty folder, and nothing else.

        Returns where ``folder`` is below ``destination``; it need not exist there. Raises as ``between`` does.
        """
        ...
