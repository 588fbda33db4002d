"""What a trial comes to, for tools that ask whether it was right: the same for each of them."""

from dataclasses import dataclass

from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, RoutingOutcome
from passmuster.domain.results import Trial
from passmuster.domain.values import UNKNOWN

_RIGHT = frozenset({RoutingOutcome.PREFERRED, RoutingOutcome.ACCEPTABLE, RoutingOutcome.TWIN})

CHOICE = "agent_choice"
"""What the judgement of a choice is called in other tools; none of ours has that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A trial in the words of other tools.

    Attributes:
        text: What was answered: the output, or else the agent that was chosen.
        failure: What kept it from being answered; empty if nothing did.
        wanted: What was expected.
        is_right: Whether the choice is right; ``None`` where none was asked for.
        score: The rubric's mean; ``None`` where none was judged.
        passed: Whether choice and rubric are as they should be; nothing that was not judged is held against it.
    """

    text: str
    failure: str
    wanted: str
    is_right: bool | None
    score: float | None
    passed: bool


def judged(case: Case, trial: Trial) -> Judged:
    """Say what a trial comes to."""
    routing, completion = trial.answer.routing, trial.answer.completion
    failure = next((part.message for part in (routing, completion) if isinstance(part, Failure)), "")
    chosen = (routing.chosen or NOBODY) if isinstance(routing, RoutingDecision) else ""
    right = None
    if isinstance(routing, RoutingDecision):
        right = routing_outcome(routing.chosen, case.expectation) in _RIGHT
    result = None if case.rubric is None or not trial.outcomes else rubric_result(case.rubric, trial.outcomes)
    return Judged(
        text=completion.text if isinstance(completion, Completion) else chosen,
        failure=failure or ("unknown" if _has_failed(trial) else ""),
        wanted=_wanted(case, is_chosen=routing is not None),
        is_right=right,
        score=None if result is None else result.score,
        passed=not _has_failed(trial) and right is not False and (result is None or result.passed),
    )


def _has_failed(trial: Trial) -> bool:
    return isinstance(trial.answer.routing, Failure) or isinstance(trial.answer.completion, Failure)


def _wanted(case: Case, *, is_chosen: bool) -> str:
    if is_chosen:
        return case.expectation.preferred or NOBODY
    written = [item.options.get("target", UNKNOWN) for item in (case.rubric.criteria if case.rubric else ())]
    return next((text for text in written if isinstance(text, str)), "")
