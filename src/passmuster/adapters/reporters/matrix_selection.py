"""Which part of a confusion matrix fits a page."""

from dataclasses import dataclass

from passmuster.domain.reports import ConfusionMatrix

MAXIMUM_LABELS = 41
"""Forty agents and nobody; greater matrices are cut to the agents of the most frequent mix-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of a matrix.

    Attributes:
        labels: In the order of the whole matrix.
        counts: As in the whole matrix.
        hidden_agents: Labels that are left out.
        hidden_mixes: Cases off the diagonal that are left out with them.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    hidden_agents: int
    hidden_mixes: int


def select_pairs(matrix: ConfusionMatrix) -> Selection:
    """Return the whole matrix, or the rows and columns of the most frequent pairs off its diagonal."""
    size = len(matrix.labels)
    if size <= MAXIMUM_LABELS:
        return Selection(labels=matrix.labels, counts=matrix.counts, hidden_agents=0, hidden_mixes=0)
    kept = sorted(_most_mixed(matrix))
    counts = tuple(tuple(matrix.counts[row][column] for column in kept) for row in kept)
    return Selection(
        labels=tuple(matrix.labels[index] for index in kept),
        counts=counts,
        hidden_agents=size - len(kept),
        hidden_mixes=_off_diagonal(matrix.counts) - _off_diagonal(counts),
    )


def _most_mixed(matrix: ConfusionMatrix) -> set[int]:
    pairs = sorted(
        (-number, row, column)
        for row, numbers in enumerate(matrix.counts)
        for column, number in enumerate(numbers)
        if number and row != column
    )
    kept: set[int] = set()
    for _, row, column in pairs:
        if len(kept | {row, column}) <= MAXIMUM_LABELS:
            kept |= {row, column}
    return kept


def _off_diagonal(counts: tuple[tuple[int, ...], ...]) -> int:
    return sum(map(sum, counts)) - sum(row[index] for index, row in enumerate(counts))
