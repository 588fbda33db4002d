"""Judgements over a whole run: estimates, changes against a baseline, and the gate's verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import AgentName, CaseIdentifier, Fingerprint, SubjectName

NOBODY = "(nobody)"
"""How tables and figures name the choice of no agent."""


class RoutingOutcome(StrEnum):
    """How one choice of an agent compares with the expectation."""

    PREFERRED = "preferred"
    ACCEPTABLE = "acceptable"
    WRONG = "wrong"
    FORBIDDEN = "forbidden"
    OVER_DELEGATED = "over-delegated"
    UNDER_DELEGATED = "under-delegated"

    @property
    def is_right(self) -> bool:
        """Whether the choice counts as right."""
        return self in {RoutingOutcome.PREFERRED, RoutingOutcome.ACCEPTABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A metric with what is known about it; a metric is never a naked number.

    Attributes:
        value: The point estimate.
        lower: Lower bound of the interval.
        upper: Upper bound of the interval.
        confidence: The interval's nominal coverage, such as 0.95.
        sample_size: Cases that it rests on.
        method: How the interval was made, such as ``Wilson``; ``exact`` for a plain count.
    """

    value: float
    lower: float
    upper: float
    confidence: float
    sample_size: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseObservation:
    """What a run showed for one subject and one case, over all repetitions.

    Attributes:
        subject: Who answered.
        case: What was asked.
        fingerprint: The case's, so that an edited case is not compared with its former self.
        chosen: The agent chosen in each repetition; repetitions that failed in the harness are left out.
        outcomes: The routing outcome of each choice.
        score: Mean score of the agent chosen (of the best one where nobody was); ``None`` without scores.
        margin: Mean margin of the choice; ``None`` without scores.
        rival: The agent most often next in line: the runner-up, or the best one where nobody was chosen; empty
            without a ranking.
        criteria: Mean value of every criterion that judged, by name.
        rubric_score: Weighted mean over the criteria; ``None`` where no rubric was judged.
        passed: Whether the rubric passed, for each repetition that was judged.
        failures: How many parts of answers failed in the harness.
    """

    subject: SubjectName
    case: CaseIdentifier
    fingerprint: Fingerprint
    chosen: tuple[AgentName | None, ...] = ()
    outcomes: tuple[RoutingOutcome, ...] = ()
    score: float | None = None
    margin: float | None = None
    rival: str = ""
    criteria: Mapping[str, float] = field(default_factory=dict)
    rubric_score: float | None = None
    passed: tuple[bool, ...] = ()
    failures: int = 0

    @property
    def routing_rate(self) -> float | None:
        """Share of right choices; ``None`` where no choice was measured."""
        return _share([outcome.is_right for outcome in self.outcomes])

    @property
    def rubric_rate(self) -> float | None:
        """Share of answers that passed their rubric; ``None`` where none was judged."""
        return _share(list(self.passed))


def _share(flags: list[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPrint:
    """The fingerprints of one agent: of what choosers read, and of the whole definition."""

    name: AgentName
    description: Fingerprint
    definition: Fingerprint

    @staticmethod
    def of(agent: AgentDefinition) -> "AgentPrint":
        """Take an agent's fingerprints."""
        return AgentPrint(name=agent.name, description=agent.description_fingerprint, definition=agent.fingerprint)


class Aspect(StrEnum):
    """Which of the two judged things changed."""

    ROUTING = "routing"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A break that somebody has accepted; it stays until the case changes again.

    Attributes:
        subject: Who answered.
        case: What broke.
        aspect: The choice of the agent, or the output.
        was: The choice before; empty for an output.
        now: The choice that was accepted; empty for an output.
        reason: Why; an empty one is a finding of ``lint``.
        expires: The day, in ISO 8601, from which ``lint`` asks for another look; ``None`` for never.
    """

    subject: SubjectName
    case: CaseIdentifier
    aspect: Aspect
    was: str = ""
    now: str = ""
    reason: str = ""
    expires: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One side of a comparison: a run reduced to one observation per subject and case.

    A baseline file in git holds exactly this.

    Attributes:
        suite: The suite's name.
        agents: The roster's fingerprints.
        subjects: Who answered.
        observations: What was observed.
        acceptances: In a baseline, the breaks that were accepted on the way.
        label: How sentences call it when something is compared with it.
    """

    suite: str
    agents: tuple[AgentPrint, ...]
    subjects: tuple[SubjectRecord, ...]
    observations: tuple[CaseObservation, ...]
    acceptances: tuple[Acceptance, ...] = ()
    label: str = "the accepted baseline"

    @staticmethod
    def prints(roster: Roster) -> tuple[AgentPrint, ...]:
        """Take the fingerprints of every agent of a roster, in order of name."""
        return tuple(AgentPrint.of(agent) for agent in roster.agents)


class ChangeKind(StrEnum):
    """What became of a case between two runs."""

    BROKEN = "broken"
    FIXED = "fixed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    ADDED = "added"
    REMOVED = "removed"
    EDITED = "edited"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One case on both sides.

    Attributes:
        subject: Who answered.
        case: Which case.
        aspect: The choice of the agent, or the output.
        kind: What became of it.
        baseline_rate: Share of repetitions that were right before; ``None`` if not measured.
        candidate_rate: The same now.
        was: The most frequent choice before (``(nobody)`` for no agent); empty if not measured.
        now: The most frequent choice now.
        stolen_by: For a broken case, the agent that took the request through an edit of its own description.
        lost_to: For a broken case, the agent (or nobody) that the request went to because its former agent was
            edited or removed.
        edited: Those among the agents involved whose definition differs between the two sides.
        baseline_margin: The baseline's margin, where it has one.
        rival: The agent next in line now; empty if not known.
        margin_change: Candidate's margin less the baseline's, where both have one and the choice is the same.
        explanation: One sentence.
    """

    subject: SubjectName
    case: CaseIdentifier
    aspect: Aspect
    kind: ChangeKind
    baseline_rate: float | None = None
    candidate_rate: float | None = None
    was: str = ""
    now: str = ""
    stolen_by: str | None = None
    lost_to: str | None = None
    edited: tuple[AgentName, ...] = ()
    baseline_margin: float | None = None
    rival: str = ""
    margin_change: float | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """One metric on both sides, over the cases that both share."""

    subject: SubjectName
    metric: str
    baseline: float
    candidate: float
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """How two rosters differ, by the agents' names."""

    added: tuple[AgentName, ...] = ()
    removed: tuple[AgentName, ...] = ()
    description_edited: tuple[AgentName, ...] = ()
    otherwise_edited: tuple[AgentName, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the rosters are equal."""
        return not (self.added or self.removed or self.description_edited or self.otherwise_edited)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that two snapshots say against each other.

    Attributes:
        roster: How the rosters differ.
        cases: One change per subject, case and aspect; unchanged ones included.
        metrics: Paired differences.
        warnings: What limits the comparison, in sentences.
        is_equal: Whether nothing at all differs in what was observed.
        against: What the candidate was compared with, in words.
    """

    roster: RosterChange
    cases: tuple[CaseChange, ...]
    metrics: tuple[MetricChange, ...]
    warnings: tuple[str, ...]
    is_equal: bool
    against: str = "the accepted baseline"

    def of_kind(self, *kinds: ChangeKind) -> tuple[CaseChange, ...]:
        """Return the changes of these kinds, in order."""
        return tuple(change for change in self.cases if change.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One condition that a run must meet.

    Attributes:
        metric: A metric's name (``routing_accuracy`` …), ``unaccepted_breaks`` or ``narrowed_margins``.
        subject: The subject that the rule is for; ``None`` means each of them.
        subset: ``dimension=value`` such as ``split=test``; ``None`` means all cases.
        minimum: The metric must not be below this.
        maximum: The metric must not be above this.
        maximum_drop: The metric must not be lower than the baseline's by more than this.
        significance: One-sided error rate of statements about a drop.
        minimum_sample: With fewer cases the rule cannot tell.
    """

    metric: str
    subject: SubjectName | None = None
    subset: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_drop: float | None = None
    significance: float = 0.05
    minimum_sample: int = 1


class GateOutcome(StrEnum):
    """What the gate says."""

    PASSED = "passed"
    EQUAL = "equal"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFinding:
    """What one rule says, and why, in a sentence with the numbers in it."""

    rule: GateRule
    subject: SubjectName
    outcome: GateOutcome
    sentence: str
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The answer to "may I merge?"; ``reasons`` are sentences, the weightiest first."""

    outcome: GateOutcome
    reasons: tuple[str, ...]
    findings: tuple[GateFinding, ...] = ()
