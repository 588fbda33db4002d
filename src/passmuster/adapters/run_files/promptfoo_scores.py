"""What promptfoo's assertions said, as criteria: every one must hold, unless the test has a threshold."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passmuster.adapters.run_files.promptfoo_shape import Component, Grading, Result
from passmuster.adapters.run_files.shaping import is_number, one_line
from passmuster.domain.cases import CriterionReference
from passmuster.domain.results import Outcome, Score
from passmuster.domain.values import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """What was said of one answer.

    Attributes:
        references: The criteria.
        outcomes: What each of them said.
        outside: Criteria whose scores are no numbers from 0 to 1.
        passing_score: The mean from which the answer passes.
    """

    references: tuple[CriterionReference, ...]
    outcomes: tuple[Outcome, ...]
    outside: tuple[str, ...]
    passing_score: float


def asserted(result: Result) -> Asserted:
    """Return what the assertions said of an answer."""
    threshold = result.testCase.threshold
    references: list[CriterionReference] = []
    outcomes: list[Outcome] = []
    outside: list[str] = []
    for name, part in _named(result.gradingResult):
        value = _share(part.score)
        if value is None:
            outside.append(name)
            continue
        weight = 1.0 if part.assertion is None or part.assertion.weight is None else part.assertion.weight
        references.append(
            CriterionReference(
                kind=f"promptfoo/{one_line(part.assertion.type) if part.assertion else 'result'}",
                name=name,
                options=_options(part),
                weight=weight or 1.0,
                is_required=threshold is None and weight > 0,
            )
        )
        # What weighs nothing is measured for show.
        score = Score(
            criterion=name, value=value, passed=part.passed, reason=part.reason or "", is_advisory=weight <= 0
        )
        outcomes.append(score)
    return Asserted(
        references=tuple(references),
        outcomes=tuple(outcomes),
        outside=tuple(outside),
        passing_score=0.0 if threshold is None else min(max(threshold, 0.0), 1.0),
    )


def said_of(result: Result) -> Mapping[str, tuple[float, str]]:
    """Return value and reason of the assertions of a file of ours, by the criterion that each stands for."""
    parts = (result.gradingResult.componentResults if result.gradingResult else None) or []
    found: dict[str, tuple[float, str]] = {}
    for part in parts:
        value = _share(part.score)
        if part.assertion is not None and part.assertion.metric is not None and value is not None:
            found[part.assertion.metric] = (value, part.reason or "")
    return found


def _named(grading: Grading | None) -> Iterator[tuple[str, Component]]:
    """Yield the single judgements with names that differ; a judgement of the whole where there are none."""
    if grading is None:
        return
    whole = Component.model_construct(passed=grading.passed, score=grading.score, reason=grading.reason, assertion=None)
    told: dict[str, int] = {}
    for part in grading.componentResults or [whole]:
        name = one_line((part.assertion.metric or part.assertion.type) if part.assertion else "result") or "result"
        told[name] = told.get(name, 0) + 1
        yield (name if told[name] == 1 else f"{name} {told[name]}"), part


def _options(part: Component) -> JsonObject:
    if part.assertion is None:
        return {}
    written = {"value": part.assertion.value, "threshold": part.assertion.threshold}
    return {key: value for key, value in written.items() if value is not None}


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not is_number(value) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def text_of(output: object) -> str:
    """Return an output as text; what is none is told as JSON."""
    if output is None:
        return ""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False, sort_keys=True)
