"""Trials and runs: what happened, before anybody judges the whole."""

from dataclasses import dataclass, field
from datetime import datetime

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure
from passmuster.domain.cases import Case
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
    """

    criterion: str
    value: float
    passed: bool
    reason: str
    evidence: JsonObject = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        """Refuse values outside [0, 1], not-a-number included."""
        if not 0.0 <= self.value <= 1.0:
            message = f"score of {self.criterion!r} is {self.value!r}; it must lie between 0 and 1"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """A criterion that could not judge, and why; it leaves the denominator."""

    criterion: str
    failure: Failure


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
        """Whether resuming may leave it alone: nothing that was asked for failed in the harness."""
        parts = (self.answer.routing, self.answer.completion, *self.outcomes)
        return not any(isinstance(part, Failure | Unscored) for part in parts)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as stored: the manifest, what was tested, and what happened."""

    manifest: RunManifest
    roster: Roster
    cases: tuple[Case, ...]
    trials: tuple[Trial, ...]

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
