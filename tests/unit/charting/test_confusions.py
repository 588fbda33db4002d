"""The order of a confusion matrix."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from passmuster.charting.confusions import clustered, confusion_chart
from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import ConfusionMatrix, Report


def a_matrix(size: int, *mixed: tuple[int, int, int]) -> ConfusionMatrix:
    labels = (*(f"agent-{index:02}" for index in range(size)), NOBODY)
    counts = [[9 * (row == column) for column in range(size + 1)] for row in range(size + 1)]
    for row, column, number in mixed:
        counts[row][column] = number
    return ConfusionMatrix(labels=labels, counts=tuple(map(tuple, counts)))


def test_what_is_mixed_up_stands_side_by_side() -> None:
    """The strongest pairs are neighbours, and nobody, who competes with all, is last."""
    order = clustered(a_matrix(6, (0, 4, 5), (4, 0, 2), (4, 2, 3), (1, 5, 9), (3, 6, 20)))

    assert order == [2, 4, 0, 1, 5, 3, 6]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 5)), max_size=20))
def test_every_label_keeps_its_counts(mixed: list[tuple[int, int, int]]) -> None:
    """Whatever the mix-ups, the order is one of all labels, and the same each time."""
    matrix = a_matrix(7, *mixed)

    order = clustered(matrix)

    assert sorted(order) == list(range(8))
    assert order == clustered(replace(matrix))


def test_a_matrix_without_choices_is_no_chart(first_report: Report) -> None:
    """Where nothing was measured there is nothing to see."""
    (subject,) = first_report.subjects
    empty = ConfusionMatrix(labels=("a", NOBODY), counts=((0, 0), (0, 0)))

    chart = confusion_chart(subject)

    assert chart is not None
    assert chart.cases == 40
    assert confusion_chart(replace(subject, confusion=empty)) is None
