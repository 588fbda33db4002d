"""What the result of a case is to a runner of tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from passmuster.analysis.observing import usual_choice
from passmuster.domain.answers import Failure
from passmuster.domain.cases import Expectation
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.reports import CaseReport
from passmuster.domain.results import Unscored

SAME_TROUBLE = (ChangeKind.UNCHANGED, ChangeKind.MOVED, ChangeKind.FIXED)
"""Kinds of change of what was measured on both sides, and is no worse than it was."""


class State(StrEnum):
    """What became of a case.

    Attributes:
        RIGHT: Every choice is right, and every answer passed its rubric.
        WRONG: None of the choices is right, or none of the answers passed.
        KNOWN: The same, and it was no better in the baseline.
        FLAKY: Some repetitions are right and others are not.
        UNMEASURED: Something failed in the harness, so that nothing can be said of the agents.
        LEFT_OUT: What was judged is right, and this machine cannot judge all of it.
    """

    RIGHT = "right"
    WRONG = "wrong"
    KNOWN = "known"
    FLAKY = "flaky"
    UNMEASURED = "unmeasured"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """What became of a case, and why, in a sentence."""

    state: State
    sentence: str = ""


def outcome_of(item: CaseReport) -> CaseOutcome:
    """Return what became of a case: what is wrong counts before what is missing, and that before what is flaky."""
    observation = item.observation
    wrong = [aspect for aspect, rate in _rates(item) if rate == 0]
    if any(not _was_as_bad(item, aspect) for aspect in wrong):
        return CaseOutcome(state=State.WRONG, sentence=_wrong(item, wrong))
    failures = tuple(dict.fromkeys(failures_of(item)))
    if failures:
        return CaseOutcome(state=State.UNMEASURED, sentence="; ".join(failures))
    if not observation.was_asked:
        sentence = "the case was not run: the budget was used up, or the run was cut short"
        return CaseOutcome(state=State.UNMEASURED, sentence=sentence)
    if wrong:
        sentence = f"{_wrong(item, wrong)}; no better in the baseline"
        return CaseOutcome(state=State.KNOWN, sentence=sentence)
    if flaky := [f"{_share(item, aspect)}" for aspect, rate in _rates(item) if rate < 1]:
        return CaseOutcome(state=State.FLAKY, sentence=f"flaky: {', '.join(flaky)}")
    if left_out := tuple(dict.fromkeys(_left_out(item))):
        return CaseOutcome(state=State.LEFT_OUT, sentence="; ".join(left_out))
    return CaseOutcome(state=State.RIGHT)


def expected_text(wanted: Expectation) -> str:
    """Return who is expected, in words."""
    also = f" (right as well: {', '.join(sorted(wanted.acceptable))})" if wanted.acceptable else ""
    never = f" (never: {', '.join(sorted(wanted.forbidden))})" if wanted.forbidden else ""
    return f"{wanted.preferred or NOBODY}{also}{never}"


def failures_of(item: CaseReport) -> Iterator[str]:
    """Yield what failed in the harness, in words."""
    for trial in item.trials:
        parts = (trial.answer.routing, trial.answer.completion)
        yield from (f"{part.stage} failed ({part.kind}): {part.message}" for part in parts if isinstance(part, Failure))
        # Without a completion every criterion is unscored, which is one failure and not many.
        if not isinstance(trial.answer.completion, Failure):
            unscored = (one for one in trial.outcomes if isinstance(one, Unscored) and not one.is_left_out)
            yield from (f"{one.criterion} failed ({one.failure.kind}): {one.failure.message}" for one in unscored)


def change_of(item: CaseReport, aspect: Aspect) -> CaseChange | None:
    """Return what the comparison says of one aspect; ``None`` if nothing."""
    return next((change for change in item.changes if change.aspect is aspect), None)


def _rates(item: CaseReport) -> Iterator[tuple[Aspect, float]]:
    """Yield what was measured, with the share of repetitions that are right."""
    routing, rubric = item.observation.routing_rate, item.observation.rubric_rate
    if routing is not None:
        yield Aspect.ROUTING, routing
    if rubric is not None:
        yield Aspect.OUTPUT, rubric


def _was_as_bad(item: CaseReport, aspect: Aspect) -> bool:
    change = change_of(item, aspect)
    return (
        change is not None
        and change.kind in SAME_TROUBLE
        and change.baseline_rate is not None
        and change.baseline_rate < 1
    )


def _wrong(item: CaseReport, aspects: list[Aspect]) -> str:
    sentences = []
    if Aspect.ROUTING in aspects:
        sentences.append(
            f"chose {usual_choice(item.observation.chosen)}, expected {expected_text(item.case.expectation)}"
        )
    if Aspect.OUTPUT in aspects:
        sentences.append("the answer does not pass its rubric")
    return ", and ".join(sentences)


def _share(item: CaseReport, aspect: Aspect) -> str:
    if aspect is Aspect.ROUTING:
        outcomes = item.observation.outcomes
        return f"{sum(one.is_right for one in outcomes)} of {len(outcomes)} choices are right"
    passed = item.observation.passed
    return f"{sum(passed)} of {len(passed)} answers pass their rubric"


def _left_out(item: CaseReport) -> Iterator[str]:
    # Criteria that are only shown were judged, and count nowhere by the suite's own will.
    for trial in item.trials:
        for one in trial.outcomes:
            if isinstance(one, Unscored) and one.is_left_out:
                yield f"{one.criterion} was left out: {one.failure.message}"
