"""Have a judge judge what people have labelled, and compare the two."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from passmuster.domain.answers import Failure, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.judging import JudgeCalibration, JudgedLabel, labelled_key
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import Fingerprint
from passmuster.ports import Criterion

AT_ONCE = 64
"""So many answers are under way at once; each backend has limits of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAnswer:
    """One answer that is to be judged.

    Attributes:
        criterion: The criterion's name.
        judge: The fingerprint of the judge.
        exhibit: The case and the answer.
        asks: The judge.
        asks_again: The same judge, to be asked several times; ``None`` where its steadiness is not asked for.
        people: Each labeller's choice.
    """

    criterion: str
    judge: Fingerprint
    exhibit: Exhibit
    asks: Criterion
    asks_again: Criterion | None
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedJudge:
    """What came of one judge.

    Attributes:
        calibration: How well it agrees with people; ``None`` where that cannot be said.
        criterion: The criterion's name.
        complaint: Why it cannot be said; empty where it can.
        failures: What kept the judge from judging, each reason once.
    """

    calibration: JudgeCalibration | None
    criterion: str
    complaint: str
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    answer: LabelledAnswer
    label: JudgedLabel
    score: Score | Failure


async def calibrate_judges(
    answers: Sequence[LabelledAnswer], *, date: str, seed: int, progress: Callable[[], None] = lambda: None
) -> tuple[CalibratedJudge, ...]:
    """Judge labelled answers and return what that says of each judge, in order of criterion.

    Args:
        answers: What people have labelled.
        date: Today, as YYYY-MM-DD.
        seed: Of bootstraps.
        progress: Told of every answer that was judged.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def judged(answer: LabelledAnswer) -> _Judged:
        async with gate:
            found = await _judged(answer)
        progress()
        return found

    found = await asyncio.gather(*(judged(answer) for answer in answers))
    judges = sorted({(item.answer.criterion, item.answer.judge) for item in found})
    return tuple(
        _calibrated(criterion, judge, [item for item in found if item.answer.judge == judge], date, seed)
        for criterion, judge in judges
    )


async def _judged(answer: LabelledAnswer) -> _Judged:
    score = await attempt(Stage.CRITERION, answer.asks.assess(answer.exhibit))
    again: tuple[str, ...] = ()
    if answer.asks_again is not None:
        repeated = await attempt(Stage.CRITERION, answer.asks_again.assess(answer.exhibit))
        again = () if isinstance(repeated, Failure) else _votes(repeated)
    swayed = None if isinstance(score, Failure) else score.evidence.get("is_swayed_by_order")
    label = JudgedLabel(
        case=answer.exhibit.case.identifier,
        answer=labelled_key(answer.exhibit.case.identifier, answer.exhibit.completion.text),
        length=len(answer.exhibit.completion.text),
        people=answer.people,
        choice=_text(score, "choice"),
        again=again,
        is_swayed=swayed if isinstance(swayed, bool) else None,
    )
    return _Judged(answer=answer, label=label, score=score)


def _calibrated(criterion: str, judge: Fingerprint, found: Sequence[_Judged], date: str, seed: int) -> CalibratedJudge:
    scores = [item.score for item in found if isinstance(item.score, Score)]
    failures = tuple(dict.fromkeys(item.score.message for item in found if isinstance(item.score, Failure)))
    choices = next((tuple(_texts(score, "choices")) for score in scores), ())
    if not choices:
        complaint = "the judge gave no verdict on any answer"
        return CalibratedJudge(calibration=None, criterion=criterion, complaint=complaint, failures=failures)
    from passmuster.analysis.judge_calibration import (  # noqa: PLC0415 - numpy, which few need
        CalibratedQuestion,
        calibrate,
    )

    question = CalibratedQuestion(
        criterion=criterion,
        judge=judge,
        choices=choices,
        passing=_text(scores[0], "passing"),
        models=tuple(sorted({model for score in scores for model in models_of(score)})),
        date=date,
    )
    try:
        calibration = calibrate(question, [item.label for item in found], seed=seed)
    except ValueError as error:
        return CalibratedJudge(calibration=None, criterion=criterion, complaint=str(error), failures=failures)
    return CalibratedJudge(calibration=calibration, criterion=criterion, complaint="", failures=failures)


def models_of(score: Score) -> tuple[str, ...]:
    """Return the models that judged, as far as a score tells."""
    return tuple(str(vote.get("model", "")) for vote in _mappings(score) if vote.get("model"))


def _votes(score: Score) -> tuple[str, ...]:
    """Return what each vote chose; nothing of a judge that votes about something else, such as places."""
    chosen = tuple(str(vote.get("choice", "")) for vote in _mappings(score))
    return chosen if {*chosen} <= {*_texts(score, "choices")} else ()


def _mappings(score: Score) -> Sequence[Mapping[str, object]]:
    votes = score.evidence.get("votes")
    return [vote for vote in votes if isinstance(vote, Mapping)] if isinstance(votes, Sequence) else []


def _text(score: Score | Failure, key: str) -> str:
    return "" if isinstance(score, Failure) else str(score.evidence.get(key, ""))


def _texts(score: Score, key: str) -> Sequence[str]:
    found = score.evidence.get(key)
    return [str(item) for item in found] if isinstance(found, Sequence) else []
