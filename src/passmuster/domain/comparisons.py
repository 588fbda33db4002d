"""What two snapshots say against each other."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName


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
        metric: ``routing_accuracy`` or ``rubric_pass_rate``.
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
        apart: Criteria that are not compared in some case, since one side could not judge them, or the two did it by
            different means.
    """

    roster: RosterChange
    cases: tuple[CaseChange, ...]
    metrics: tuple[MetricChange, ...]
    warnings: tuple[str, ...]
    is_equal: bool
    against: str = "the accepted baseline"
    incomparable: tuple[Incomparable, ...] = ()
    apart: tuple[str, ...] = ()

    def of_kind(self, *kinds: ChangeKind) -> tuple[CaseChange, ...]:
        """Return the changes of these kinds, in order."""
        return tuple(change for change in self.cases if change.kind in kinds)
