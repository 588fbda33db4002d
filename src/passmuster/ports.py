"""Every seam of passmuster on one page: what a plug-in must do.

A plug-in conforms by shape; nothing is inherited. ``passmuster.testing.conformance`` checks the promises below, and
``passmuster.components`` says how a plug-in is registered.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from passmuster.domain.harvests import RecordedRequest
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Revision, Run, RunManifest, Score, Trial, TrialKey, TrialPlan
from passmuster.domain.values import AgentName, Fingerprint, RunIdentifier


class RosterLoader(Protocol):
    """Reads agent files the way one host does."""

    def load(self, location: Path) -> Roster:
        """Load every agent under a folder.

        A file that the host refuses is a :class:`FileVerdict`, not an exception. Problems of the roster as a
        whole (two agents of one name) are error findings of the roster.

        Raises:
            InvalidRosterError: If there is no such folder.
        """
        ...


class DatasetLoader(Protocol):
    """Reads cases from one place."""

    def load(self, location: Path) -> Dataset:
        """Load all cases, in the order in which they are written.

        Raises:
            InvalidDatasetError: With every complaint about every line at once.
        """
        ...


@runtime_checkable
class StreamingDatasetLoader(DatasetLoader, Protocol):
    """A loader that need not hold all cases at once."""

    def stream(self, location: Path) -> Iterator[Case]:
        """Yield the cases in the order in which they are written; nothing is kept of those that were yielded.

        Raises:
            InvalidDatasetError: With every complaint about every line at once, after the last sound case.
        """
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

        Raises:
            InvalidDatasetError: If there is no such place.
        """
        ...


class Router(Protocol):
    """Chooses an agent. Built for one roster, which it gets from its :class:`BuildContext`."""

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent of the roster, or nobody.

        Raises:
            RoutingError: If no decision could be had.
        """
        ...


@runtime_checkable
class ExplainingRouter(Router, Protocol):
    """A router that can say what its scores are made of."""

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each term of the request added to them, the best agent first.

        Raises:
            RoutingError: If the roster has no agent of one of the names.
        """
        ...


@runtime_checkable
class BatchRouter(Router, Protocol):
    """A router that is quicker with many requests at once."""

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return for each request what ``route`` returns, in order.

        Raises:
            RoutingError: If no decisions could be had.
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

        Raises:
            EmbeddingError: If no vectors could be had.
        """
        ...


class Backend(Protocol):
    """Writes text."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer the conversation.

        Raises:
            BackendError: If no completion could be had.
        """
        ...


@runtime_checkable
class ForeseeingBackend(Backend, Protocol):
    """A backend that knows beforehand what it cannot answer."""

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return the failure that ``complete`` would end in, or ``None``; costs nothing."""
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
            repetition: Counted from 0; reaches the backend, so that repetitions are told apart.
            assigned: The agent that is to write; ``None`` leaves it to the router's choice.
            asked: Which parts are wanted; the others are ``None`` in the answer.
        """
        ...

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Return a failure that ``respond`` is certain to end in, or ``None``; costs nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What a criterion looks at. A completion that failed never gets here."""

    case: Case
    completion: Completion


class Criterion(Protocol):
    """Judges one property of one answer."""

    async def assess(self, exhibit: Exhibit) -> Score:
        """Judge the answer; equal exhibits get equal scores.

        Raises:
            CriterionError: If it cannot judge; the answer is not to blame.
        """
        ...


class Store(Protocol):
    """Keeps what happened. Append only; one writer at a time."""

    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        """Open a run; a second call with the same identifier changes nothing."""
        ...

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials; when this returns they survive a kill. A trial delivered twice is kept once.

        A trial that is not finished may be replaced by a later one of the same key.
        """
        ...

    def finished(self, run: RunIdentifier) -> frozenset[TrialKey]:
        """Return the keys of the run's finished trials."""
        ...

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        ...

    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        """Return the suite's latest runs, the newest first."""
        ...

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""
        ...


TrialRunner = Callable[[TrialPlan], Awaitable[Trial]]
"""Makes one trial; never raises a TrialFailure."""


class Executor(Protocol):
    """Makes many trials at once."""

    def execute(
        self, plans: Sequence[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        """Yield each plan's trial exactly once, as soon as it ends, in any order.

        When the generator is closed, what is under way is cancelled and awaited first.

        Args:
            plans: What to do.
            make_runner: Called once by each worker, so that a worker may live in another process.
        """
        ...


class Baselines(Protocol):
    """Keeps what a team has accepted, where reviewers see it."""

    def read(self, location: Path) -> Snapshot | None:
        """Return the accepted baseline; ``None`` where nothing has been accepted yet.

        Raises:
            InvalidBaselineError: If what is there cannot be read.
        """
        ...

    def write(self, snapshot: Snapshot, location: Path) -> None:
        """Replace the accepted baseline, whole or not at all; equal snapshots make equal files.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        ...


class Reporter(Protocol):
    """Draws a finished report."""

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the report into a folder and return the files; whole or not at all.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the user's repository.

    Attributes:
        identifier: Its full name, as git tells it.
        title: The first line of its message; untrusted.
        committed_at: When it was committed.
    """

    identifier: str
    title: str
    committed_at: datetime


class Revisions(Protocol):
    """Knows the state of the user's repository."""

    def current(self, folder: Path) -> Revision | None:
        """Return the revision that holds the folder, or ``None`` outside a repository."""
        ...

    def commit(self, reference: str, folder: Path) -> Commit:
        """Return the commit that a reference names.

        Raises:
            InvalidConfigurationError: If there is no repository, or no such revision in it.
        """
        ...

    def between(self, good: str, bad: str, folder: Path, paths: Sequence[Path] = ()) -> Sequence[Commit]:
        """Return the commits that lead from one revision to another, the oldest first.

        Only the main line is followed: a merge stands for all that it brought.

        Args:
            good: The older revision; it is not returned itself.
            bad: The newer one.
            folder: A folder of the repository.
            paths: Only commits that touch one of these files or folders, now or formerly there; empty takes all.

        Raises:
            InvalidConfigurationError: If there is no repository, no such revision in it, or the older one is no
                ancestor of the newer one.
        """
        ...

    def is_same(self, one: str, other: str, folder: Path, paths: Sequence[Path]) -> bool:
        """Whether files and folders are the same at two revisions; not where either is unknown.

        Args:
            one: A revision.
            other: Another.
            folder: A folder of the repository.
            paths: What is looked at, now or formerly there; a path outside the repository is never the same.
        """
        ...

    def tree_at(self, reference: str, folder: Path, destination: Path) -> Path:
        """Write a repository's files as they were at a revision; the repository itself is not touched.

        Args:
            reference: A commit, a branch or a tag.
            folder: A folder of the repository.
            destination: An empty folder, for the whole tree.

        Returns:
            Where ``folder`` is below ``destination``; it need not exist there.

        Raises:
            InvalidConfigurationError: If there is no repository, or no such revision in it.
        """
        ...
