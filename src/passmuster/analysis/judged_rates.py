"""What criteria that models judge say of a run: raw rates, corrected ones where the judge's errors are known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TypeGuard

from passmuster.analysis.compact_trials import kinds_of
from passmuster.analysis.corrected_rates import FEWEST, MeasuredJudge, prediction_powered, rogan_gladen
from passmuster.analysis.proportions import share_estimate
from passmuster.domain.judging import CALIBRATION, JudgedRate
from passmuster.domain.observations import Estimate
from passmuster.domain.results import Outcome, Run, Score
from passmuster.domain.values import CaseIdentifier, SubjectName

COUNTS = ("passed_rightly", "good", "failed_rightly", "bad")
"""What of a calibration stands there."""

PEOPLE = "people"
"""Whether people pass this very answer, beside the counts; missing where they did not label it."""

FEWEST_LABELLED = 10
"""With so many of a run's own answers labelled, people's word on them corrects the rest directly."""

_Scores = Mapping[CaseIdentifier, Sequence[Score]]


def judged_rates(run: Run) -> tuple[JudgedRate, ...]:
    """Return the rates of every criterion that a model judged, by subject and criterion.

    Each case counts once, with the share of its repetitions that pass.
    """
    found: dict[tuple[SubjectName, str], dict[CaseIdentifier, list[Score]]] = defaultdict(lambda: defaultdict(list))
    if not any(_is_judged(score) for trial, _ in kinds_of(run.trials) for score in trial.outcomes):
        return ()
    for trial in run.trials:
        for score in trial.outcomes:
            if _is_judged(score):
                found[trial.key.subject, score.criterion][trial.key.case].append(score)
    order = {record.name: place for place, record in enumerate(run.manifest.subjects)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1]))
    return tuple(_rate(*key, found[key]) for key in keys)


def _is_judged(outcome: Outcome) -> TypeGuard[Score]:
    return isinstance(outcome, Score) and CALIBRATION in outcome.evidence


def plain_rate(rate: JudgedRate) -> dict[str, object]:
    """Return a rate as plain data."""
    return {**asdict(rate), "corrected": None if rate.corrected is None else asdict(rate.corrected)}


def judged_sentences(run: Run) -> Iterator[str]:
    """Say which criteria were judged by a model that nobody has calibrated, and what became of them."""
    rates = judged_rates(run)
    idle = sorted({rate.criterion for rate in rates if rate.is_advisory})
    if idle:
        yield (
            f"Judged by a model that nobody has calibrated, and therefore shown only and counted nowhere: "
            f"{', '.join(idle)}. `passmuster judge calibrate` measures it against people's labels."
        )
    counted = sorted({rate.criterion for rate in rates if not rate.is_advisory and rate.corrected is None})
    if counted:
        yield (
            f"Judged by a model that nobody has calibrated, and counted because the suite says so "
            f"(uncalibrated_judges: may_gate): {', '.join(counted)}."
        )


def _rate(subject: SubjectName, criterion: str, cases: _Scores) -> JudgedRate:
    passed = sum(sum(score.passed for score in scores) / len(scores) for scores in cases.values())
    every = [score for scores in cases.values() for score in scores]
    judges = {_judge(score) for score in every}
    corrected, note = _from_labels(cases, judges) or _corrected(passed, len(cases), judges)
    return JudgedRate(
        subject=subject,
        criterion=criterion,
        raw=share_estimate(passed, len(cases)),
        corrected=corrected,
        is_advisory=any(score.is_advisory for score in every),
        note=note,
    )


def _judge(score: Score) -> MeasuredJudge | None:
    counts = _evidence(score)
    numbers = [counts.get(name) for name in COUNTS]
    passed_rightly, good, failed_rightly, bad = (number if isinstance(number, int) else 0 for number in numbers)
    if not good or not bad:
        return None
    return MeasuredJudge(passed_rightly=passed_rightly, good=good, failed_rightly=failed_rightly, bad=bad)


def _from_labels(cases: _Scores, judges: set[MeasuredJudge | None]) -> tuple[Estimate, str] | None:
    """Return the rate by what people said of some of these very answers; ``None`` where they labelled too few."""
    labelled, others = [], []
    for scores in cases.values():
        share = sum(score.passed for score in scores) / len(scores)
        told = [people for score in scores if isinstance(people := _evidence(score).get(PEOPLE), bool)]
        if len(told) == len(scores):
            labelled.append((share, sum(told) / len(told)))
        else:
            others.append(share)
    if len(judges) > 1 or len(labelled) < FEWEST_LABELLED or len(others) < FEWEST:
        return None
    note = f"corrected by people's labels of {len(labelled)} of these {len(cases)} answers"
    return prediction_powered(others, labelled), note


def _evidence(score: Score) -> Mapping[str, object]:
    found = score.evidence[CALIBRATION]
    return found if isinstance(found, Mapping) else {}


def _corrected(passed: float, cases: int, judges: set[MeasuredJudge | None]) -> tuple[Estimate | None, str]:
    judge = next(iter(judges))
    if len(judges) > 1 or judge is None:
        return None, "nobody has measured how often the judge errs"
    if not judge.can_tell:
        labels = judge.good + judge.bad
        return None, f"in {labels} labelled answers the judge is not surely better than a coin; more labels may help"
    sensitivity, specificity = judge.sensitivity, judge.specificity
    note = (
        f"corrected for a judge that passed {sensitivity.value:.0%} of {judge.good} good and failed "
        f"{specificity.value:.0%} of {judge.bad} bad answers"
    )
    return rogan_gladen(passed, cases, judge), note
