"""How well those who label the same answers agree, beyond what chance would bring about."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.proportions import clopper_pearson
from passmuster.analysis.quantiles import CONFIDENCE
from passmuster.analysis.resampling import Numbers, Statistic, bootstrap_statistic
from passmuster.domain.observations import Estimate

Weighting = Literal["nominal", "linear", "quadratic"]
"""How much two different labels differ: all alike, by the number of steps between them, or by its square."""

Level = Literal["nominal", "ordinal", "interval"]
"""What may be said of labels: only that they differ, or their order, or how far they lie apart."""


FEWEST = 2
"""With fewer answers, or fewer labels in use, there is nothing to agree about."""


def confusion(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> NDArray[np.int64]:
    """Count pairs of labels; rows are the first labeller's, columns the second's.

    Args:
        pairs: What the two said of each answer.
        labels: Every label there is, in their order.

    Raises:
        ValueError: If a pair holds another label.
    """
    places = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for one, other in pairs:
        if one not in places or other not in places:
            message = f"{one!r} and {other!r} are not both among the labels {', '.join(labels)}"
            raise ValueError(message)
        table[places[one], places[other]] += 1
    return table


def cohen_kappa(
    table: NDArray[np.int64], *, seed: int, weighting: Weighting = "nominal", confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate how far two labellers agree beyond chance: 1 always, 0 as often as chance, below 0 less often.

    The interval is the bootstrap's (BCa). Where the two never differ it would have no width; then its lower bound is
    what kappa would be at the lower exact bound of the share in which they agree.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20
    (1960), 37-46, and "Weighted kappa", Psychological Bulletin 70 (1968), 213-220.

    Args:
        table: Counts as of :func:`confusion`; at least two answers.
        seed: Of the drawing.
        weighting: What a difference counts.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If fewer than two answers were labelled.
    """
    total = int(table.sum())
    if total < FEWEST:
        message = f"{total} answers were labelled by both; at least {FEWEST} are needed"
        raise ValueError(message)
    distances = _distances(len(table), weighting)
    found = bootstrap_statistic(
        _kappa_of(distances), [int(count) for count in table.ravel()], seed=seed, confidence=confidence
    )
    lower, method = found.lower, found.method
    if int(np.trace(table)) == total:
        lower, method = _lower_bound_of_agreement(table, confidence), "exact"
    return Estimate(
        value=found.value,
        lower=max(-1.0, lower),
        upper=min(1.0, found.upper),
        confidence=confidence,
        sample_size=total,
        method=method,
    )


def krippendorff_alpha(units: Sequence[Mapping[str, float]], *, level: Level = "nominal") -> float:
    """Return how far any number of labellers agree beyond chance, where not everybody labelled everything.

    Source: K. Krippendorff, "Content Analysis", 4th edition (2018), chapter 12: one less the ratio of the observed to
    the expected disagreement, from the matrix of coincidences.

    Args:
        units: For each answer the labels by labeller, as numbers in their order; who did not label it is left out. An
            answer with a single label says nothing.
        level: What may be said of the labels.

    Returns:
        1 for perfect agreement, 0 for agreement as by chance.

    Raises:
        ValueError: If no answer has two labels, or all labels are the same, so that nothing can disagree.
    """
    paired = [list(unit.values()) for unit in units if len(unit) > 1]
    values = sorted({value for unit in paired for value in unit})
    if len(values) < FEWEST:
        message = "agreement needs answers with two labels each, and labels that are not all the same"
        raise ValueError(message)
    coincidences = _coincidences(paired, values)
    totals = coincidences.sum(axis=1)
    differences = _differences(values, totals, level)
    observed = float((coincidences * differences).sum())
    expected = float((np.outer(totals, totals) * differences).sum()) / (float(totals.sum()) - 1)
    return 1 - observed / expected


def _distances(size: int, weighting: Weighting) -> Numbers:
    steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    if weighting == "nominal":
        return (steps > 0).astype(float)
    return steps if weighting == "linear" else steps**2


def _kappa_of(distances: Numbers) -> Statistic:
    size = len(distances)

    def kappa(rows: Numbers) -> Numbers:
        tables = rows.reshape(len(rows), size, size)
        totals = tables.sum(axis=(1, 2))
        observed = (tables * distances).sum(axis=(1, 2)) / totals
        products = np.einsum("ri,rj->rij", tables.sum(axis=2), tables.sum(axis=1))
        expected = (products * distances).sum(axis=(1, 2)) / totals**2
        # With one label throughout nothing can differ, and nothing does.
        safe = np.where(expected > 0, expected, 1.0)
        return np.asarray(1 - observed / safe, dtype=float)

    return kappa


def _lower_bound_of_agreement(table: NDArray[np.int64], confidence: float) -> float:
    total = int(table.sum())
    by_chance = float((table.sum(axis=1) * table.sum(axis=0)).sum()) / total**2
    share, _ = clopper_pearson(total, total, confidence=confidence)
    return (share - by_chance) / (1 - by_chance) if by_chance < 1 else share


def _coincidences(units: Sequence[Sequence[float]], values: Sequence[float]) -> Numbers:
    places = {value: place for place, value in enumerate(values)}
    table = np.zeros((len(values), len(values)))
    for unit in units:
        counts = Counter(places[value] for value in unit)
        for one, many in counts.items():
            for other, others in counts.items():
                pairs = many * (others - 1) if one == other else many * others
                table[one, other] += pairs / (len(unit) - 1)
    return table


def _differences(values: Sequence[float], totals: Numbers, level: Level) -> Numbers:
    metric: Mapping[Level, Callable[[int, int], float]] = {
        "nominal": lambda one, other: float(one != other),
        # All labels between the two count, and half of each of the two themselves.
        "ordinal": lambda one, other: (
            float(totals[min(one, other) : max(one, other) + 1].sum() - (totals[one] + totals[other]) / 2) ** 2
        ),
        "interval": lambda one, other: (values[one] - values[other]) ** 2,
    }
    size = range(len(values))
    return np.array([[metric[level](one, other) for other in size] for one in size])
