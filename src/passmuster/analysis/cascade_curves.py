"""What a cascade of two routers costs and gains: accuracy against the share of requests that the dear one is asked.

Both routers have answered the same requests, so every bound can be tried afterwards. Requests are sent to the second
router in the order of how unsure the first one was.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import fsum, inf, log10

from passmuster.analysis.inference import mean_estimate
from passmuster.domain.observations import Estimate
from passmuster.domain.values import CaseIdentifier

FOLDS = 10
ROUNDING = 1e-9
MOST_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that both routers have answered.

    Attributes:
        case: The case.
        group: What it shares with other cases; these stand or fall together.
        surety: How sure the first router was, in whatever units it has; minus infinity where it is never to stand.
        first: The share of the first router's choices that were right, from 0 to 1.
        second: The same of the second router.
    """

    case: CaseIdentifier
    group: str
    surety: float
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bound.

    Attributes:
        bound: The second router is asked where the first one's surety is below this; minus infinity asks it nothing,
            infinity everything.
        share: The share of requests that the second router is asked.
        accuracy: The share of requests that the cascade gets right.
    """

    bound: float
    share: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Every bound, and what the order in which requests go to the second router is worth.

    Attributes:
        points: From nothing asked of the second router to everything.
        area: The mean accuracy over all shares.
        chance: The same if the requests were drawn by chance.
        ideal: The same if it were known which requests the second router mends.
    """

    points: tuple[Point, ...]
    area: float
    chance: float
    ideal: float

    @property
    def captured(self) -> float | None:
        """How much of what could be gained over chance is gained; 1 is all, below 0 is worse than chance."""
        possible = self.ideal - self.chance
        return (self.area - self.chance) / possible if possible > ROUNDING else None

    def cheapest(self, loss: float) -> Point:
        """Return the point that asks the least and is at most so much less accurate than the better router alone."""
        target = max(self.points[0].accuracy, self.points[-1].accuracy) - loss
        return next(point for point in self.points if point.accuracy >= target - ROUNDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What a bound is worth on requests that had no part in choosing it.

    Attributes:
        accuracy: The share of them that were right.
        share: The share of them that the second router was asked.
    """

    accuracy: Estimate
    share: float


def curve_of(asked: Sequence[Asked]) -> Curve:
    """Return the curve of requests that both routers have answered; at least one.

    Requests of which the first router is equally sure go to the second one together.
    """
    total = len(asked)
    ordered = sorted(asked, key=lambda item: (item.surety, item.case))
    levels = [list(group) for _, group in groupby(ordered, key=lambda item: item.surety)]
    number, right = 0, fsum(item.first for item in asked)
    points = [Point(bound=-inf, share=0.0, accuracy=right / total)]
    for level, following in zip(levels, [*levels[1:], None], strict=True):
        number += len(level)
        right += fsum(item.second - item.first for item in level)
        bound = inf if following is None else between(level[0].surety, following[0].surety)
        points.append(Point(bound=bound, share=number / total, accuracy=right / total))
    ends = (points[0].accuracy + points[-1].accuracy) / 2
    return Curve(points=tuple(points), area=_area(points), chance=ends, ideal=_ideal(asked))


def held_out(asked: Sequence[Asked], loss: float) -> HeldOut:
    """Choose the bound without a tenth of the requests and try it on that tenth, for each tenth in turn.

    A bound that is chosen and measured on the same requests looks better than it is. Cases of one group are in one
    tenth, and which one follows from their names.

    Args:
        asked: Requests that both routers have answered; at least one.
        loss: How much less accurate than the better router alone a cascade may be.
    """
    right: list[float] = []
    sent = 0
    folds = [_fold(item) for item in asked]
    for fold in range(FOLDS):
        others = [item for item, own in zip(asked, folds, strict=True) if own != fold]
        here = [item for item, own in zip(asked, folds, strict=True) if own == fold]
        bound = curve_of(others or here).cheapest(loss).bound if here else inf
        right += [item.second if item.surety < bound else item.first for item in here]
        sent += sum(item.surety < bound for item in here)
    clusters = [item.group or item.case for fold in range(FOLDS) for item in asked if _fold(item) == fold]
    return HeldOut(accuracy=mean_estimate(right, clusters=clusters), share=sent / len(asked))


def between(lower: float, upper: float) -> float:
    """Return the roundest number above one number and not above a larger one; 0 from minus infinity on."""
    if lower == -inf:
        return min(0.0, upper)
    middle = (lower + upper) / 2
    size = 0 if middle == 0 else int(log10(abs(middle)))
    for digits in range(-size, MOST_DIGITS - size):
        rounded = round(middle, digits)
        if lower < rounded <= upper:
            return rounded
    return upper


def _area(points: Sequence[Point]) -> float:
    """Return the area below straight lines: between two points requests are drawn by chance."""
    return fsum((one.accuracy + other.accuracy) / 2 * (other.share - one.share) for one, other in pairwise(points))


def _ideal(asked: Sequence[Asked]) -> float:
    total = len(asked)
    right = fsum(item.first for item in asked)
    points = [Point(bound=-inf, share=0.0, accuracy=right / total)]
    for number, gain in enumerate(sorted((item.second - item.first for item in asked), reverse=True), 1):
        right += gain
        points.append(Point(bound=-inf, share=number / total, accuracy=right / total))
    return _area(points)


def _fold(item: Asked) -> int:
    digest = hashlib.sha256((item.group or item.case).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") % FOLDS
