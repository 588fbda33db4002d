"""A confusion matrix in the order in which mix-ups sit together."""

from collections.abc import Iterator

from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import ConfusionMatrix, SubjectReport
from passmuster.drawing.confusion import ConfusionChart


def confusion_chart(subject: SubjectReport) -> ConfusionChart | None:
    """Return a subject's matrix; ``None`` where no choice was measured."""
    matrix = subject.confusion
    if not any(map(any, matrix.counts)):
        return None
    order = clustered(matrix)
    return ConfusionChart(
        subject=subject.record.name,
        labels=tuple(matrix.labels[index] for index in order),
        counts=tuple(tuple(matrix.counts[row][column] for column in order) for row in order),
    )


def clustered(matrix: ConfusionMatrix) -> list[int]:
    """Return the places of the labels in an order in which agents that are mixed up stand side by side.

    Groups are joined end to end, along the pairs mixed up most. What nothing is mixed up with stays in its order, and
    nobody, who competes with all, stays last.
    """
    chains = {index: [index] for index, label in enumerate(matrix.labels) if label != NOBODY}
    for one, other in _pairs(matrix):
        if one in chains and other in chains and chains[one] is not chains[other]:
            joined = _joined(chains[one], chains[other], one, other)
            chains.update(dict.fromkeys(joined, joined))
    nobody = [index for index, label in enumerate(matrix.labels) if label == NOBODY]
    heads = dict.fromkeys(min(chain) for chain in chains.values())
    return [index for head in sorted(heads) for index in chains[head]] + nobody


def _pairs(matrix: ConfusionMatrix) -> Iterator[tuple[int, int]]:
    counts, size = matrix.counts, len(matrix.labels)
    mixed = [
        (-(counts[one][other] + counts[other][one]), one, other)
        for one in range(size)
        for other in range(one + 1, size)
        if counts[one][other] or counts[other][one]
    ]
    return ((one, other) for _, one, other in sorted(mixed))


def _joined(left: list[int], right: list[int], one: int, other: int) -> list[int]:
    """Join two chains so that the two agents come as near to each other as turning the chains allows."""
    first = left if left.index(one) >= len(left) // 2 else left[::-1]
    second = right if right.index(other) < (len(right) + 1) // 2 else right[::-1]
    return first + second
