"""How one choice compares with what was expected, and a rubric's score from its criteria."""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.domain.cases import Expectation, Rubric
from passmuster.domain.observations import RoutingOutcome
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
    """Combine the criteria's outcomes.

    Unscored criteria leave the denominator. The rubric passes if the weighted mean reaches its passing score and
    no required criterion failed.

    Returns:
        ``None`` if a required criterion, or every criterion, could not judge.
    """
    scores = {outcome.criterion: outcome for outcome in outcomes if isinstance(outcome, Score)}
    judged = [reference for reference in rubric.criteria if reference.name in scores]
    required = [reference.name for reference in rubric.criteria if reference.is_required]
    if not judged or any(name not in scores for name in required):
        return None
    weight = sum(reference.weight for reference in judged)
    score = sum(reference.weight * scores[reference.name].value for reference in judged) / weight
    holds = all(scores[name].passed for name in required)
    # A mean of 0.7 must pass a limit of 0.7 whatever the order of the additions.
    return RubricResult(score=score, passed=holds and score >= rubric.passing_score - 1e-9)
