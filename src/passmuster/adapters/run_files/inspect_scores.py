"""What Inspect's scorers said, as criteria: letters, truth values and numbers from 0 to 1."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from passmuster.adapters.run_files.inspect_shape import Sample, ScoreShape
from passmuster.adapters.run_files.shaping import is_number, one_line
from passmuster.domain.answers import Failure, Stage
from passmuster.domain.cases import CriterionReference
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Outcome, Score, Unscored

_LETTERS: Final = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Correct, partially correct, incorrect, no answer."""

_WORDS: Final = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


@dataclass(slots=True, kw_only=True)
class Scores:
    """What was said of one sample.

    Attributes:
        references: The criteria.
        outcomes: What each of them said.
        outside: The criteria whose values cannot be brought along.
    """

    references: tuple[CriterionReference, ...]
    outcomes: tuple[Outcome, ...]
    outside: tuple[str, ...]


def scores_of(sample: Sample, passing: float) -> Scores:
    """Return what the scorers said of a sample.

    Args:
        sample: The sample.
        passing: The value from which a score is a pass.
    """
    references: list[CriterionReference] = []
    outcomes: list[Outcome] = []
    outside: list[str] = []
    options = {"target": sample.target if isinstance(sample.target, str) else list(sample.target)}
    for scorer, name, value, score in _values(sample.scores or {}):
        number = _number(value)
        if number is None:
            outside.append(name)
            continue
        references.append(CriterionReference(kind=f"inspect/{scorer}", name=name, options=options))
        outcomes.append(_outcome(name, number, score, passing))
    return Scores(references=tuple(references), outcomes=tuple(outcomes), outside=tuple(outside))


def said_of(sample: Sample) -> Mapping[str, tuple[float, str]]:
    """Return value and reason of the scores that are single numbers, by the name as it stands in the log."""
    numbers = {name: _number(score.value) for name, score in (sample.scores or {}).items()}
    scores = sample.scores or {}
    return {
        name: (number, scores[name].explanation or "")
        for name, number in numbers.items()
        if number is not None and not math.isnan(number)
    }


def _values(scores: Mapping[str, ScoreShape]) -> Iterator[tuple[str, str, object, ScoreShape]]:
    """Yield the scorer, the criterion's name and the value of each single score; names are told once."""
    told: set[str] = set()
    for written, score in scores.items():
        scorer = one_line(written)
        if isinstance(score.value, Mapping):
            single = [(f"{scorer}/{one_line(str(key))}", value) for key, value in score.value.items()]
        elif isinstance(score.value, list):
            single = [(f"{scorer}/{place}", value) for place, value in enumerate(score.value, start=1)]
        else:
            single = [(scorer, score.value)]
        for name, value in single:
            if name not in told:
                told.add(name)
                yield scorer, name, value, score


def _number(value: object) -> float | None:
    """Return a value from 0 to 1, not-a-number for one that its scorer withheld, or ``None``."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _LETTERS.get(value, _WORDS.get(value.lower()))
    if isinstance(value, float) and math.isnan(value):
        return value
    return float(value) if is_number(value) and isinstance(value, int | float) and 0 <= value <= 1 else None


def _outcome(name: str, value: float, score: ScoreShape, passing: float) -> Outcome:
    reason = score.explanation or ""
    if math.isnan(value):
        message = reason or "the scorer withheld its score"
        failure = Failure(stage=Stage.CRITERION, kind=CriterionError.__name__, message=message)
        return Unscored(criterion=name, failure=failure)
    evidence = {} if score.answer is None else {"answer": score.answer}
    return Score(criterion=name, value=value, passed=value >= passing, reason=reason, evidence=evidence)
