"""What is fitted on held-out requests: how much the lexical router counts, probabilities, and when to say nobody.

Every figure is cross-fitted: the held-out requests are put into five folds, and each fold is measured with what was
fitted on the other four.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.calibrating import (
    Numbers,
    Objective,
    Truths,
    area_under_curve,
    best_of,
    expected_calibration_error,
    fit_temperature,
    folds_of,
    probabilities,
    tune_threshold,
)
from passmuster.analysis.model_cards import HeldOutFigures

FOLDS = 5

FEWEST_LABELS = 100
"""Held-out requests for agents from which on a probability is called a confidence."""

LEXICAL_WEIGHTS = (0.0, 0.5, 1.0, 2.0)
"""How much the lexical score may count, when a spread of the one is made as wide as a spread of the other."""

UNIT_TEMPERATURE = 1.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeldOut:
    """Scores of requests that the weights were not found with.

    Attributes:
        linear: What the linear classifier scores, requests by agents.
        lexical: What the lexical router scores.
        preferred: The column of the best choice; -1 for nobody.
        right: Whether each agent is a right choice.
        is_validation: Whether a request is of the validation split; the others are held out of the training split.
    """

    linear: Numbers
    lexical: Numbers
    preferred: NDArray[np.int64]
    right: Truths
    is_validation: Truths

    @property
    def is_nobody(self) -> Truths:
        """Whether nobody should be chosen."""
        found: Truths = self.preferred < 0
        return found

    def part(self, places: NDArray[np.int64] | Truths) -> "HeldOut":
        """Return some of the requests."""
        return HeldOut(
            linear=self.linear[places],
            lexical=self.lexical[places],
            preferred=self.preferred[places],
            right=self.right[places],
            is_validation=self.is_validation[places],
        )

    def scores(self, factor: float) -> Numbers:
        """Return the sum of both scores, the lexical one times a factor."""
        return self.linear + factor * self.lexical


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was fitted.

    Attributes:
        lexical_weight: How much the lexical score counts, in spreads.
        lexical_factor: What the lexical score is multiplied by.
        temperature: What scores are divided by to become probabilities.
        threshold: The score below which nobody is chosen; ``None`` where that could not be fitted.
        labels: How many held-out requests for agents there were.
        error: The calibration error of confidences; ``None`` where they may not be called so.
    """

    lexical_weight: float
    lexical_factor: float
    temperature: float
    threshold: float | None
    labels: int = 0
    error: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calibrated:
    """What was fitted, and how well it did.

    Attributes:
        calibration: What was fitted on all held-out requests.
        figures: What was measured, cross-fitted.
        best: The column of each request's best agent, cross-fitted.
    """

    calibration: Calibration
    figures: HeldOutFigures
    best: NDArray[np.int64]


def calibrate(held: HeldOut, *, weight: float | None, objective: Objective) -> Calibrated:
    """Fit everything on held-out requests, and measure how well that does on others.

    Args:
        held: The requests, in an order that spreads every kind of request evenly over the folds.
        weight: How much the lexical score counts; ``None`` finds it.
        objective: What the threshold is to make as good as possible.
    """
    fitted = _fit(held, weight, objective)
    folds = [*_cross_fitted(held, weight, objective)]
    figures = _figures(held, folds, fitted)
    error = figures.calibration_error if figures.choice_error is None else figures.choice_error
    best = np.full(len(held.preferred), -1, dtype=np.int64)
    for fold in folds:
        best[fold.places] = fold.best
    return Calibrated(calibration=replace(fitted, labels=figures.requests, error=error), figures=figures, best=best)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fold:
    """What came of one fold.

    Attributes:
        places: Where its requests stand among all that are held out.
        best: The column of each request's best agent.
        ranks: For requests for agents: how many agents are above the best right one.
        confidence: In the best agent of each request.
        is_right: Whether that agent is right.
        is_kept: Whether its score reaches the threshold.
    """

    held: HeldOut
    places: NDArray[np.int64]
    best: NDArray[np.int64]
    ranks: NDArray[np.int64]
    confidence: Numbers
    is_right: Truths
    is_kept: Truths


def _fit(held: HeldOut, weight: float | None, objective: Objective) -> Calibration:
    agents = held.part(~held.is_nobody)
    unit = _unit(held)

    def quality(candidate: float) -> float:
        return float(_best_is_right(agents, candidate * unit).mean())

    if weight is None:
        weight = best_of(LEXICAL_WEIGHTS, quality) if len(agents.preferred) else LEXICAL_WEIGHTS[1]
    factor = round(weight * unit, 9)
    temperature = (
        fit_temperature(agents.scores(factor), agents.preferred) if len(agents.preferred) else UNIT_TEMPERATURE
    )
    checked = held.part(held.is_validation)
    threshold = tune_threshold(
        checked.scores(factor).max(axis=1, initial=-np.inf),
        _best_is_right(checked, factor),
        checked.is_nobody,
        objective,
    )
    return Calibration(
        lexical_weight=weight,
        lexical_factor=factor,
        temperature=temperature,
        threshold=None if threshold is None else round(threshold, 9),
    )


def _unit(held: HeldOut) -> float:
    """Return how many times wider the linear scores of a request spread than its lexical ones, on average."""
    if not len(held.preferred):
        return 1.0
    spread = float(held.lexical.std(axis=1).mean())
    return float(held.linear.std(axis=1).mean()) / spread if spread > 0 else 1.0


def _best_is_right(held: HeldOut, factor: float) -> Truths:
    best = held.scores(factor).argmax(axis=1) if len(held.preferred) else np.zeros(0, dtype=np.int64)
    found: Truths = held.right[np.arange(len(best)), best]
    return found


def _cross_fitted(held: HeldOut, weight: float | None, objective: Objective) -> Iterator[_Fold]:
    for learnt, measured in folds_of(len(held.preferred), FOLDS):
        fitted = _fit(held.part(learnt), weight, objective)
        rest = held.part(measured)
        scores = rest.scores(fitted.lexical_factor)
        best_right = np.where(rest.right, scores, -np.inf).max(axis=1)
        top = scores.max(axis=1)
        yield _Fold(
            held=rest,
            places=measured,
            best=scores.argmax(axis=1),
            ranks=(scores > best_right[:, None]).sum(axis=1),
            confidence=probabilities(scores, fitted.temperature).max(axis=1),
            is_right=_best_is_right(rest, fitted.lexical_factor),
            is_kept=top >= (-np.inf if fitted.threshold is None else fitted.threshold),
        )


def _figures(held: HeldOut, folds: list[_Fold], fitted: Calibration) -> HeldOutFigures:
    nobody = _gathered([fold.held.is_nobody for fold in folds])
    right = _gathered([fold.is_right for fold in folds])
    ranks = np.concatenate([np.zeros(0, dtype=np.int64), *(fold.ranks for fold in folds)])[~nobody]
    confidence = np.concatenate([np.zeros(0), *(fold.confidence for fold in folds)])
    requests = int((~nobody).sum())
    figures = HeldOutFigures(
        requests=requests,
        nobody=int(nobody.sum()),
        accuracy=float(right[~nobody].mean()) if requests else 0.0,
        accuracy_within_three=float((ranks < 3).mean()) if requests else 0.0,  # noqa: PLR2004 - as its name says
        calibration_error=(
            expected_calibration_error(confidence[~nobody], right[~nobody]) if requests >= FEWEST_LABELS else None
        ),
    )
    if fitted.threshold is None:
        return figures
    kept = _gathered([fold.is_kept for fold in folds])
    checked = _gathered([fold.held.is_validation for fold in folds])
    top = held.scores(fitted.lexical_factor).max(axis=1)
    refused = checked & ~kept
    return replace(
        figures,
        choice_error=(expected_calibration_error(confidence[kept], right[kept]) if requests >= FEWEST_LABELS else None),
        area_under_curve=area_under_curve(
            top[held.is_validation & ~held.is_nobody], top[held.is_validation & held.is_nobody]
        ),
        accuracy_kept=float((right & kept)[checked & ~nobody].mean()),
        nobody_recall=float((~kept)[checked & nobody].mean()),
        nobody_precision=float(nobody[refused].mean()) if refused.any() else None,
    )


def _gathered(parts: list[Truths]) -> Truths:
    return np.concatenate([np.zeros(0, dtype=np.bool_), *parts])
