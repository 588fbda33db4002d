"""How far a router's scores can be trusted: probabilities from scores, their error, and when nobody is the answer.

Scores are arrays of requests by agents; higher is better.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

BINS = 15
"""Of the calibration error, of equal width, as in most publications."""

COLDEST = 1e-3
HOTTEST = 1e3
"""Temperatures are looked for between these."""

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Objective(StrEnum):
    """What a threshold is to make as good as possible."""

    ACCURACY = "accuracy"
    """The share of all requests that are answered rightly, those for nobody included."""

    BALANCED = "balanced"
    """The mean of two shares: of the requests for an agent, and of those for nobody."""


def probabilities(scores: Numbers, temperature: float) -> Numbers:
    """Return the softmax of scores that were divided by a temperature; each row sums to 1."""
    heated = scores / temperature
    powers = np.exp(heated - heated.max(axis=1, keepdims=True))
    shares: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return shares


def fit_temperature(scores: Numbers, right: NDArray[np.int64]) -> float:
    """Return the temperature under which the right agents are the most probable.

    Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, 2017, section 4.2. The loss is convex in
    the inverse of the temperature.

    Args:
        scores: Requests by agents; one request at least.
        right: The column of each request's right agent.
    """
    rows = np.arange(len(right))
    centred = scores - scores.max(axis=1, keepdims=True)

    def loss(logarithm: float) -> float:
        heated = centred * np.exp(-logarithm)
        return float(np.mean(np.log(np.exp(heated).sum(axis=1)) - heated[rows, right]))

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    # Machines may differ in the last digits, and a saved model is to be the same everywhere.
    return round(float(np.exp(found.x)), 6)


def expected_calibration_error(confidences: Numbers, is_right: Truths, *, bins: int = BINS) -> float:
    """Return how far confidences are from the shares that were right, on average over the requests.

    Naeini, Cooper, Hauskrecht: Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015: requests are put
    into bins of equal width by confidence. The figure is never below 0, and with few requests chance alone keeps it
    above. Without any request it is 0.
    """
    if not len(confidences):
        return 0.0
    places = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(places, weights=confidences - is_right, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidences))


def area_under_curve(wanted: Numbers, others: Numbers) -> float:
    """Return how probably one of the wanted scores is above one of the others; a tie counts one half.

    The area under the receiver operating characteristic, by the Mann–Whitney statistic; both must have a score.
    """
    ordered = np.sort(others)
    below = np.searchsorted(ordered, wanted, side="left")
    level = np.searchsorted(ordered, wanted, side="right")
    return float((below + level).sum() / (2 * len(wanted) * len(others)))


def tune_threshold(best: Numbers, is_right: Truths, is_nobody: Truths, objective: Objective) -> float | None:
    """Return the score below which nobody should be chosen.

    Args:
        best: The best agent's score for each request.
        is_right: Whether that agent is right; never where nobody is.
        is_nobody: Whether nobody should be chosen.
        objective: What to make as good as possible; of equally good thresholds the lowest is taken.

    Returns:
        A threshold midway between two scores; ``None`` where there is no request for nobody, or one of agents only.
    """
    wanted, unwanted = int((~is_nobody).sum()), int(is_nobody.sum())
    if not wanted or not unwanted:
        return None
    order = np.argsort(best, kind="stable")
    scores = best[order]
    kept = is_right.sum() - np.concatenate([[0], np.cumsum(is_right[order])])
    refused = np.concatenate([[0], np.cumsum(is_nobody[order])])
    gains = kept + refused if objective is Objective.ACCURACY else kept / wanted + refused / unwanted
    # A cut between two equal scores cannot be made.
    possible = np.concatenate([[True], scores[1:] > scores[:-1], [True]])
    cut = int(np.argmax(np.where(possible, gains, -1)))
    if cut == 0:
        return float(scores[0]) - 1.0
    upper = scores[cut] if cut < len(scores) else scores[-1] + 2.0
    return float((scores[cut - 1] + upper) / 2)


def recall_at_accuracy(best: Numbers, is_right: Truths, is_nobody: Truths, accuracy: float) -> float:
    """Return the greatest share of requests for nobody that are refused while agents' requests keep an accuracy.

    Args:
        best: The best agent's score for each request.
        is_right: Whether that agent is right.
        is_nobody: Whether nobody should be chosen; true for one at least, and not for all.
        accuracy: The least share of the other requests for which the right agent is chosen.
    """
    rights = np.sort(best[is_right & ~is_nobody])
    spare = len(rights) - int(np.ceil(accuracy * int((~is_nobody).sum()) - 1e-9))
    if spare < 0:
        return 0.0
    bar = rights[spare] if spare < len(rights) else np.inf
    return float((best[is_nobody] < bar).mean())


def folds_of(size: int, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return places to fit on and places to measure on: every place is measured on once.

    Args:
        size: How many places there are; their order decides which fold each is in.
        count: How many folds, at most as many as places.
    """
    places = np.arange(size)
    used = min(count, size)
    return [(places[places % used != fold], places[places % used == fold]) for fold in range(used)]


def best_of(candidates: tuple[float, ...], quality: Callable[[float], float]) -> float:
    """Return the candidate of the highest quality; of equally good ones the first."""
    return max(candidates, key=lambda candidate: (quality(candidate), -candidates.index(candidate)))
