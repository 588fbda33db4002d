"""Trials and runs: what happened, before anybody judges the whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Completion, Failure
from passmuster.domain.cases import Case
from passmuster.domain.endpoints import Ending, RunSegment
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.sandboxes import SandboxRecord
from passmuster.domain.values import (
    UNKNOWN,
    AgentName,
    CaseIdentifier,
    Fingerprint,
    JsonObject,
    RunIdentifier,
    SubjectName,
    Usage,
)

LEFT_OUT = CriterionUnavailableError.__name__
"""The kind of a failure that leaves a criterion out, on both sides of a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What a criterion looks at. A completion that failed never gets here."""

    case: Case
    completion: Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One criterion's judgement of one answer.

    Attributes:
        criterion: The criterion's name in the rubric.
        value: From 0 to 1.
        passed: Whether the criterion holds.
        reason: One sentence.
        evidence: What the reason rests on: lines, places, counts.
        usage: What the judging consumed.
        means: The fingerprint of what it was judged with beside the criterion's options, such as the environment in
            which code was run; scores of two runs are compared where it is equal. Empty where nothing matters.
        is_advisory: Whether it is shown only and counts nowhere, since nobody knows how often its judge errs.
    """

    criterion: str
    value: float
    passed: bool
    reason: str
    evidence: JsonObject = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    means: Fingerprint = UNKNOWN
    is_advisory: bool = False

    def __post_init__(self) -> None:
        """Refuse values outside [0, 1], not-a-number included."""
        if not 0.0 <= self.value <= 1.0:
            message = f"score of {self.criterion!r} is {self.value!r}; it must lie between 0 and 1"
            raise ValueError(message)

    @property
    def is_left_out(self) -> bool:
        """Whether rubrics are reckoned without it."""
        return self.is_advisory


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """A criterion that could not judge, and why; it leaves the denominator."""

    criterion: str
    failure: Failure

    @property
    def is_left_out(self) -> bool:
        """Whether this machine lacks what judging takes: no failure of anything, and nothing to try again for."""
        return self.failure.kind == LEFT_OUT


Outcome = Score | Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialKey:
    """Names one piece of work; equal keys are equal work.

    Attributes:
        case: The case.
        subject: The subject that answers.
        repetition: Counted from 0.
        fingerprint: Of what the *answer* depends on (request, roster, subject's configuration), and not of the
            rubric: scoring again asks no model.
    """

    case: CaseIdentifier
    subject: SubjectName
    repetition: int
    fingerprint: Fingerprint


Cell = tuple[CaseIdentifier, SubjectName, Fingerprint]
"""What all repetitions of a trial have in common."""


class FinishedTrials(AbstractSet[TrialKey]):
    """The keys of finished trials, a few bytes for each: a number for each cell, with a bit for each repetition."""

    def __init__(self, repetitions: Mapping[Cell, int]) -> None:
        """Keep the cells with the bits of their finished repetitions."""
        self._repetitions = repetitions

    def __contains__(self, key: object) -> bool:
        """Whether a trial is finished."""
        if not isinstance(key, TrialKey):
            return False
        return bool(self._repetitions.get((key.case, key.subject, key.fingerprint), 0) >> key.repetition & 1)

    def __iter__(self) -> Iterator[TrialKey]:
        """Yield every key."""
        for (case, subject, fingerprint), bits in self._repetitions.items():
            for repetition in range(bits.bit_length()):
                if bits >> repetition & 1:
                    yield TrialKey(case=case, subject=subject, repetition=repetition, fingerprint=fingerprint)

    def __len__(self) -> int:
        """Count them."""
        return sum(bits.bit_count() for bits in self._repetitions.values())

    @classmethod
    def _from_iterable(cls, keys: Iterable[TrialKey]) -> AbstractSet[TrialKey]:  # type: ignore[override]  # what sets of both kinds have in common
        return frozenset(keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt at one case by one subject.

    Attributes:
        key: Its name.
        answer: What came back.
        outcomes: What the criteria said.
        started_at: In Coordinated Universal Time.
        duration: Seconds.
        inclusion: The probability with which the case was taken into this round, above 0 and up to 1. An estimate over
            all cases divides by it, so that it does not matter why some cases were asked more often than others.
    """

    key: TrialKey
    answer: Answer
    outcomes: tuple[Outcome, ...]
    started_at: datetime
    duration: float
    inclusion: float = 1.0

    @property
    def is_finished(self) -> bool:
        """Whether resuming may leave it alone: nothing that was asked for failed in the harness.

        What this machine cannot judge is no failure: scoring again elsewhere judges it, and asks nobody.
        """
        if isinstance(self.answer.routing, Failure) or isinstance(self.answer.completion, Failure):
            return False
        return not any(isinstance(item, Unscored) and not item.is_left_out for item in self.outcomes)

    @property
    def may_succeed(self) -> bool:
        """Whether making it again may end otherwise: something failed in the harness that may pass later."""
        parts = (self.answer.routing, self.answer.completion, *self.outcomes)
        failures = [part.failure if isinstance(part, Unscored) else part for part in parts]
        return any(isinstance(failure, Failure) and failure.is_transient for failure in failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The state of the user's repository: commit, branch, and whether files differ from it."""

    commit: str
    branch: str
    is_dirty: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRecord:
    """What a subject was, so that two runs can be known to have measured the same thing.

    Attributes:
        name: The suite's name for it.
        description: For people: which router, which backend.
        is_deterministic: Whether equal requests get equal answers, so that there is no noise.
        fingerprint: Of the configuration and versions of router and backend; not of the roster.
        routing: The same of what chooses alone; empty where not known.
        writing: The same of what writes alone; empty where not known.
        models: The models that wrote, as their servers resolved them, in order of name; known after a run.
        choosing_models: Those that chose, likewise; empty where no model did.
        caveats: What readers of its results must know, in sentences.
    """

    name: SubjectName
    description: str
    is_deterministic: bool
    fingerprint: Fingerprint
    routing: Fingerprint = UNKNOWN
    writing: Fingerprint = UNKNOWN
    models: tuple[str, ...] = ()
    choosing_models: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManifest:
    """Everything about a run that is known before its first trial.

    Attributes:
        identifier: Unique; sorts by the second in which the run began.
        suite: The suite's name.
        started_at: In Coordinated Universal Time.
        seed: The suite's seed.
        planned: How many trials the plan holds; where trials are spent as needed, those of the first round.
        roster: Fingerprint of the roster.
        dataset: Fingerprint of the cases.
        configuration: The suite as resolved, without secrets.
        subjects: What was measured.
        versions: Versions of passmuster, Python and the packages that results depend on.
        revision: The repository's state, where there is one.
        looks: How often the gate may look at the growing data before it decides; the error rate is split over them.
        selection: Which cases were run and why, in a sentence; empty where all were.
        against: The run that was made in turns with this one, to compare it with; ``None`` for one made alone.
        shard: Which part of a run this is, such as ``2/4``; empty for a whole one.
        rescored: The run whose answers these are, judged again; ``None`` for one that asked by itself.
        sandbox: Where the code of answers was run; ``None`` where none was to be run, or none could be.
    """

    identifier: RunIdentifier
    suite: str
    started_at: datetime
    seed: int
    planned: int
    roster: Fingerprint
    dataset: Fingerprint
    configuration: JsonObject
    subjects: tuple[SubjectRecord, ...]
    versions: JsonObject
    revision: Revision | None = None
    looks: int = 1
    selection: str = ""
    against: RunIdentifier | None = None
    shard: str = ""
    rescored: RunIdentifier | None = None
    sandbox: SandboxRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as stored: the manifest, what was tested, and what happened.

    Attributes:
        manifest: What was known before.
        roster: The agents.
        cases: What was asked of them.
        trials: What came back; of a large run without the texts.
        segments: What each process that worked at it did, the oldest first.
    """

    manifest: RunManifest
    roster: Roster
    cases: tuple[Case, ...]
    trials: Sequence[Trial]
    segments: tuple[RunSegment, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether the budget was used up before everything was made."""
        return bool(self.segments) and self.segments[-1].ending is Ending.BUDGET

    @property
    def is_complete(self) -> bool:
        """Whether every planned trial has been made."""
        return len(self.trials) >= self.manifest.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """One trial to be made.

    Attributes:
        key: Its name.
        case: The case, for the harness; subjects get only its request.
        asked: Which parts of an answer are wanted.
        assigned: The agent that is to write, where the suite does not leave that to the router.
        inclusion: The probability with which the case was taken into this round; see :class:`Trial`.
    """

    key: TrialKey
    case: Case
    asked: Asked
    assigned: AgentName | None = None
    inclusion: float = 1.0


@dataclass(frozen=True, slots=True)
class PlanLanes:
    """Plans in lanes, each to be walked in its order, and none to wait for another: what asks apart is slow apart.

    Attributes:
        lanes: The lanes, which need not hold their plans.
    """

    lanes: tuple[Iterable[TrialPlan], ...]

    def __iter__(self) -> Iterator[TrialPlan]:
        """Yield every plan, a lane after the other."""
        for lane in self.lanes:
            yield from lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A trial half made: the subject has answered, and nobody has judged yet.

    Attributes:
        plan: What was to be done.
        answer: What came back.
        started_at: In Coordinated Universal Time.
        duration: Seconds that the answer took.
    """

    plan: TrialPlan
    answer: Answer
    started_at: datetime
    duration: float
