"""Judgements over a whole run: estimates, changes against a baseline, and the gate's verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, Fingerprint, SubjectName, fingerprint_of

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
        rubric: The fingerprint of its rubric, for the same reason; empty without one.
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
        inclusions: For each repetition that was asked, the probability with which the case was taken into its round;
            empty where all cases were asked equally often.
        rounds: How many repetitions the cases that were asked most often had; 0 where all had the same number.
    """

    subject: SubjectName
    case: CaseIdentifier
    fingerprint: Fingerprint
    rubric: Fingerprint = UNKNOWN
    chosen: tuple[AgentName | None, ...] = ()
    outcomes: tuple[RoutingOutcome, ...] = ()
    score: float | None = None
    margin: float | None = None
    rival: str = ""
    criteria: Mapping[str, float] = field(default_factory=dict)
    rubric_score: float | None = None
    passed: tuple[bool, ...] = ()
    failures: int = 0
    inclusions: tuple[float, ...] = ()
    rounds: int = 0

    @property
    def was_asked(self) -> bool:
        """Whether the case was run at all, be it that the harness failed."""
        return bool(self.outcomes or self.passed or self.failures)

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
    """The fingerprints of one agent.

    Attributes:
        name: Its name.
        description: Of what choosers read: name and description.
        definition: Of the whole.
        words: Of the description alone, by which an agent is known again under another name; empty where not known.
        instructions: Of the body; empty where not known.
        tools: Of the tools; empty where not known.
        model: The model that it asks for; empty for none, and where not known.
    """

    name: AgentName
    description: Fingerprint
    definition: Fingerprint
    words: Fingerprint = UNKNOWN
    instructions: Fingerprint = UNKNOWN
    tools: Fingerprint = UNKNOWN
    model: str = ""

    @staticmethod
    def of(agent: AgentDefinition) -> "AgentPrint":
        """Take an agent's fingerprints."""
        return AgentPrint(
            name=agent.name,
            description=agent.description_fingerprint,
            definition=agent.fingerprint,
            words=fingerprint_of(agent.description),
            instructions=fingerprint_of(agent.instructions),
            tools=fingerprint_of(None if agent.tools is None else list(agent.tools)),
            model=agent.model or "",
        )


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
    LEFT_OUT = "left out"


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
        baseline_trials: How many repetitions that is before.
        candidate_trials: How many now.
        difference: Candidate's rate less the baseline's, weighted by the probability with which the case was taken
            into each round, so that the mean over all cases is without bias; ``None`` if not measured.
        rise_of_cost: How much more the choices cost than before, by the suite's costs, weighted like the difference;
            ``None`` for outputs and where nothing was measured.
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
    baseline_trials: int = 0
    candidate_trials: int = 0
    difference: float | None = None
    rise_of_cost: float | None = None
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
    """One metric on both sides, over the cases that both share.

    Attributes:
        subject: Who answered.
        metric: ``routing_accuracy``, ``rubric_pass_rate`` or ``routing_cost``.
        baseline: The mean over the cases before.
        candidate: The same now.
        difference: Candidate less baseline.
        subset: ``all``, or ``dimension=value`` such as ``agent=debugger``.
        is_notable: Whether a subset stands out when all of its metric are looked at together: the rate of false
            discoveries among those that do is at most 5 %. Never set for ``all``.
    """

    subject: SubjectName
    metric: str
    baseline: float
    candidate: float
    difference: Estimate
    subset: str = "all"
    is_notable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """How two rosters differ, by the agents' names.

    Attributes:
        added: New ones, renamed ones under their new name included.
        removed: Ones that are gone, renamed ones under their old name included.
        description_edited: Ones whose description differs.
        otherwise_edited: Ones of which anything else differs and the description does not.
        renamed: Old and new name of agents whose description or body is the same under another name.
        instructions_edited: Ones whose body differs, whatever else does.
        tools_edited: Ones whose tools differ.
        model_edited: Ones that ask for another model.
    """

    added: tuple[AgentName, ...] = ()
    removed: tuple[AgentName, ...] = ()
    description_edited: tuple[AgentName, ...] = ()
    otherwise_edited: tuple[AgentName, ...] = ()
    renamed: tuple[tuple[AgentName, AgentName], ...] = ()
    instructions_edited: tuple[AgentName, ...] = ()
    tools_edited: tuple[AgentName, ...] = ()
    model_edited: tuple[AgentName, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the rosters are equal."""
        return not (self.added or self.removed or self.description_edited or self.otherwise_edited)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomparable:
    """What cannot be compared, because the two sides did not measure the same thing.

    Attributes:
        subject: Whose results.
        aspect: Their choices, or their outputs.
        reason: What differs, in a sentence.
    """

    subject: SubjectName
    aspect: Aspect
    reason: str


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
        incomparable: What was left out of the comparison, and why.
    """

    roster: RosterChange
    cases: tuple[CaseChange, ...]
    metrics: tuple[MetricChange, ...]
    warnings: tuple[str, ...]
    is_equal: bool
    against: str = "the accepted baseline"
    incomparable: tuple[Incomparable, ...] = ()

    def of_kind(self, *kinds: ChangeKind) -> tuple[CaseChange, ...]:
        """Return the changes of these kinds, in order."""
        return tuple(change for change in self.cases if change.kind in kinds)


class SubjectKind(StrEnum):
    """Whether a subject answers equal requests equally."""

    DETERMINISTIC = "deterministic"
    VARYING = "varying"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One condition that a run must meet.

    Attributes:
        metric: A metric's name (``routing_accuracy`` …), ``unaccepted_breaks``, ``critical_breaks`` or
            ``narrowed_margins``.
        subject: The subject that the rule is for; ``None`` means each of them.
        applies_to: The kind of subjects that the rule is for; ``None`` means both.
        subset: ``dimension=value`` such as ``split=test``; ``None`` means all cases. ``dimension=*`` means every
            value that has enough cases.
        minimum: The metric must not be below this.
        maximum: The metric must not be above this.
        maximum_drop: The metric must not be lower than the baseline's by more than this.
        maximum_rise: The metric must not be higher than the baseline's by more than this.
        significance: One-sided error rate of what the rule says about a metric.
        minimum_sample: With fewer cases the rule cannot tell; ``None`` means as many as its kind needs.
    """

    metric: str
    subject: SubjectName | None = None
    applies_to: SubjectKind | None = None
    subset: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_drop: float | None = None
    maximum_rise: float | None = None
    significance: float = 0.05
    minimum_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MisroutingCost:
    """What a wrong choice costs.

    Attributes:
        expected: The preferred agent, ``(nobody)``, or ``*`` for any.
        chosen: The agent that was chosen, ``(nobody)``, or ``*`` for any.
        cost: At least 0; a wrong choice that nothing is said about costs 1, a right one nothing.
    """

    expected: str
    chosen: str
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A case that runs and is shown, outside the gate.

    Attributes:
        case: Which case.
        owner: Who is to mend it.
        expires: The day, in ISO 8601, from which the gate counts it again.
        reason: Why.
        subject: Whose answers; ``None`` for every subject's.
    """

    case: CaseIdentifier
    owner: str
    expires: str
    reason: str = ""
    subject: SubjectName | None = None

    def covers(self, subject: SubjectName, case: CaseIdentifier) -> bool:
        """Whether a subject's answers to a case are outside the gate."""
        return self.case == case and self.subject in {None, subject}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """All that a suite says about its gate.

    Attributes:
        rules: What must hold.
        costs: What wrong choices cost; where two fit, the later one counts.
        quarantines: Those in force.
    """

    rules: tuple[GateRule, ...]
    costs: tuple[MisroutingCost, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()


class GateOutcome(StrEnum):
    """What the gate says."""

    PASSED = "passed"
    EQUAL = "equal"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFinding:
    """What one rule says of one subject and subset, and why, in a sentence with the numbers in it.

    Attributes:
        rule: The rule.
        subject: The subject.
        outcome: What it says.
        sentence: Why.
        estimate: What it rests on, where that is an estimate.
        subset: The subset, where the rule is for each of a dimension.
        is_gated: Whether the verdict counts it; a subset of too few cases is only shown.
    """

    rule: GateRule
    subject: SubjectName
    outcome: GateOutcome
    sentence: str
    estimate: Estimate | None = None
    subset: str | None = None
    is_gated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The answer to "may I merge?"; ``reasons`` are sentences, the weightiest first."""

    outcome: GateOutcome
    reasons: tuple[str, ...]
    findings: tuple[GateFinding, ...] = ()
