"""What a run showed, case by case, and what a baseline keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, Fingerprint, SubjectName, fingerprint_of

NOBODY = "(nobody)"
"""How tables and figures name the choice of no agent."""


ACCEPTED = "the accepted baseline"
"""How sentences call what a team has accepted."""

Mark = tuple[float, bool]
"""What a criterion said of one answer: its value, and whether it holds."""


class RoutingOutcome(StrEnum):
    """How one choice of an agent compares with the expectation."""

    PREFERRED = "preferred"
    ACCEPTABLE = "acceptable"
    TWIN = "twin"
    WRONG = "wrong"
    FORBIDDEN = "forbidden"
    OVER_DELEGATED = "over-delegated"
    UNDER_DELEGATED = "under-delegated"

    @property
    def is_right(self) -> bool:
        """Whether the choice counts as right."""
        return self in {RoutingOutcome.PREFERRED, RoutingOutcome.ACCEPTABLE, RoutingOutcome.TWIN}


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
        left_out: Criteria that the machine could not judge, in order; rubric score and verdicts are over the others.
        means: By which means criteria judged that do not depend on the rubric alone, such as the environment in which
            code was run: the first digits of a fingerprint by the criterion's name.
        marks: Where any such criterion is in the rubric, the value and the verdict of every criterion, for each
            repetition that was judged, so that the rubric can be reckoned without some of them.
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
    left_out: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Mapping[str, Mark], ...] = ()

    @property
    def was_asked(self) -> bool:
        """Whether the case was run at all, be it that the harness failed, or that this machine cannot judge it."""
        return bool(self.outcomes or self.passed or self.failures or self.left_out)

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
    label: str = ACCEPTED

    @staticmethod
    def prints(roster: Roster) -> tuple[AgentPrint, ...]:
        """Take the fingerprints of every agent of a roster, in order of name."""
        return tuple(AgentPrint.of(agent) for agent in roster.agents)
