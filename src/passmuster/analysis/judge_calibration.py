"""Labelled answers and a judge's verdicts on them → how well it agrees with people, and where it errs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.agreement import FEWEST, cohen_kappa, confusion, krippendorff_alpha
from passmuster.analysis.proportions import exact_estimate, share_estimate
from passmuster.analysis.resampling import bootstrap_mean
from passmuster.domain.judging import JudgeCalibration, JudgedLabel
from passmuster.domain.observations import Estimate
from passmuster.domain.values import Fingerprint

FEWEST_FOR_BIAS = 10
"""With fewer answers a bias by length is not told from chance."""

GOOD_AGREEMENT = 0.6
"""Below this people themselves disagree about the question, and the rubric is to be mended before the judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedQuestion:
    """What was judged.

    Attributes:
        criterion: The criterion's name.
        judge: The fingerprint of the judge.
        choices: From the worst to the best.
        passing: The worst choice that passes.
        models: The models that judged.
        date: The day, as YYYY-MM-DD.
    """

    criterion: str
    judge: Fingerprint
    choices: tuple[str, ...]
    passing: str
    models: tuple[str, ...]
    date: str


def calibrate(question: CalibratedQuestion, answers: Sequence[JudgedLabel], *, seed: int = 0) -> JudgeCalibration:
    """Compare a judge with people.

    People's choice is that of most of them; answers on which as many say one thing as another are left aside.

    Args:
        question: What was judged.
        answers: At least one that people agree upon and the judge has judged.
        seed: Of the bootstrap.

    Raises:
        ValueError: If there is none, or a choice is none of the question's.
    """
    decided = [(told, item) for item in answers if (told := consensus(item.people.values())) and item.choice]
    if not decided:
        message = "no answer has both a verdict of the judge and a label upon which people agree"
        raise ValueError(message)
    pairs = [(told, item.choice) for told, item in decided]
    table = confusion(pairs, question.choices)
    place = question.choices.index(question.passing)
    passing = frozenset(question.choices[place:])
    marks = [(told in passing, choice in passing) for told, choice in pairs]
    good, bad = [said for told, said in marks if told], [said for told, said in marks if not told]
    return JudgeCalibration(
        criterion=question.criterion,
        judge=question.judge,
        models=question.models,
        date=question.date,
        choices=question.choices,
        passing=question.passing,
        confusion=tuple(tuple(int(count) for count in row) for row in table),
        labels=len(decided),
        undecided=sum(consensus(item.people.values()) is None for item in answers),
        unjudged=sum(not item.choice for item in answers),
        labellers=tuple(sorted({name for item in answers for name in item.people})),
        agreement=share_estimate(sum(told == said for told, said in pairs), len(pairs)),
        kappa=_kappa(table, seed) if len(pairs) >= FEWEST else None,
        people_agreement=_people(answers, question.choices),
        sensitivity=_exact(sum(good), len(good)),
        specificity=_exact(sum(not said for said in bad), len(bad)),
        length_bias=_length_bias([(item.length, mark) for (_, item), mark in zip(decided, marks, strict=True)], seed),
        flip_rate=_flips(answers),
        sway_rate=_sways(answers),
        passed_rightly=sum(good),
        good=len(good),
        failed_rightly=sum(not said for said in bad),
        bad=len(bad),
        answers={item.answer: mark[0] for (_, item), mark in zip(decided, marks, strict=True)},
    )


def consensus(choices: Iterable[str]) -> str | None:
    """Return what most say; ``None`` where as many say something else."""
    counts = Counter(choices).most_common(2)
    if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def _kappa(table: NDArray[np.int64], seed: int) -> Estimate | None:
    return cohen_kappa(table, seed=seed, weighting="linear" if len(table) > FEWEST else "nominal")


def _people(answers: Sequence[JudgedLabel], choices: Sequence[str]) -> float | None:
    places: Mapping[str, float] = {choice: float(place) for place, choice in enumerate(choices)}
    units = [{name: places[choice] for name, choice in item.people.items()} for item in answers]
    try:
        return krippendorff_alpha(units, level="ordinal" if len(choices) > FEWEST else "nominal")
    except ValueError:
        return None


def _length_bias(answers: Sequence[tuple[int, tuple[bool, bool]]], seed: int) -> Estimate | None:
    """Estimate how much the judge's error grows with length; half of the answers are longer than the median."""
    if len(answers) < FEWEST_FOR_BIAS:
        return None
    middle = median(length for length, _ in answers)
    longer = [length > middle for length, _ in answers]
    if not any(longer) or all(longer):
        return None
    # Each half's mean error, as one mean over all answers, so that one bootstrap holds both.
    shares = sum(longer) / len(longer)
    errors = [
        (int(said) - int(told)) / (shares if is_longer else shares - 1)
        for is_longer, (_, (told, said)) in zip(longer, answers, strict=True)
    ]
    return bootstrap_mean(errors, seed=seed)


def _flips(answers: Sequence[JudgedLabel]) -> Estimate | None:
    repeated = [item for item in answers if item.again and item.choice]
    flipped = sum(any(choice != item.choice for choice in item.again) for item in repeated)
    return _exact(flipped, len(repeated))


def _sways(answers: Sequence[JudgedLabel]) -> Estimate | None:
    pairs = [item.is_swayed for item in answers if item.is_swayed is not None]
    return _exact(sum(pairs), len(pairs))


def _exact(count: int, total: int) -> Estimate | None:
    return exact_estimate(count, total) if total else None
