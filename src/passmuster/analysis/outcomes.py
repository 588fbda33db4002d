"""How one choice compares with what was expected, and a rubric's score from its criteria."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passmuster.domain.cases import Expectation, Rubric
from passmuster.domain.observations import Mark, RoutingOutcome
from passmuster.domain.results import Outcome, Score
from passmuster.domain.values import AgentName


def routing_outcome(chosen: AgentName | None, expectation: Expectation) -> RoutingOutcome:
    """Compare a choice with the expectation.

    Args:
        chosen: The agent, or ``None`` for nobody.
        expectation: What was expected; the acceptable agents may also be chosen where nobody is preferred.
    """
    if chosen == expectation.preferred:
        return RoutingOutcome.PREFERRED
    if chosen is None:
        return RoutingOutcome.UNDER_DELEGATED
    if chosen in expectation.acceptable:
        return RoutingOutcome.ACCEPTABLE
    if chosen in expectation.forbidden:
        return RoutingOutcome.FORBIDDEN
    if chosen in expectation.twins:
        return RoutingOutcome.TWIN
    if expectation.preferred is None:
        return RoutingOutcome.OVER_DELEGATED
    return RoutingOutcome.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricResult:
    """A rubric applied to one answer: the weighted mean, and whether that passes."""

    score: float
    passed: bool


def rubric_result(rubric: Rubric, outcomes: Sequence[Outcome]) -> RubricResult | None:
    """Combine the criteria's outcomes, but for those that are left out.

    Unscored criteria leave the denominator. The rubric passes if the weighted mean reaches its passing score and
    no required criterion failed.

    Returns:
        ``None`` if a required criterion, or every criterion, could not judge.
    """
    left = {item.criterion for item in outcomes if item.is_left_out}
    return marked_result(rubric.without(left) if left else rubric, marks_of(outcomes))


def marks_of(outcomes: Sequence[Outcome]) -> Mapping[str, Mark]:
    """Return what each criterion said that could judge, by its name."""
    return {item.criterion: (item.value, item.passed) for item in outcomes if isinstance(item, Score)}


def marked_result(rubric: Rubric, marks: Mapping[str, Mark]) -> RubricResult | None:
    """Combine what the criteria of a rubric said; see :func:`rubric_result`."""
    judged = [reference for reference in rubric.criteria if reference.name in marks]
    required = [reference.name for reference in rubric.criteria if reference.is_required]
    if not judged or any(name not in marks for name in required):
        return None
    weight = sum(reference.weight for reference in judged)
    score = sum(reference.weight * marks[reference.name][0] for reference in judged) / weight
    holds = all(marks[name][1] for name in required)
    # A mean of 0.7 must pass a limit of 0.7 whatever the order of the additions.
    return RubricResult(score=score, passed=holds and score >= rubric.passing_score - 1e-9)
