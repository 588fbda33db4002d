"""What a gate asks for, and what it says."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.observations import Estimate
from passmuster.domain.values import CaseIdentifier, SubjectName


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
