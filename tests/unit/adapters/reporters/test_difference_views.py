"""Paired differences as tables."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.difference_views import MAXIMUM_ROWS, difference_view, notable_changes
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.reports import Report
from passmuster.domain.values import SubjectName

LEXICAL = SubjectName("lexical")


def _with(report: Report, *metrics: MetricChange) -> Report:
    assert report.comparison is not None
    return replace(report, comparison=replace(report.comparison, metrics=metrics))


def _metrics(report: Report) -> tuple[MetricChange, ...]:
    assert report.comparison is not None
    return report.comparison.metrics


def test_every_subset_has_its_row(judged_report: Report) -> None:
    """Baseline, candidate, difference, interval and cases are told, and what stands out is marked in words."""
    view = difference_view(judged_report, LEXICAL)

    assert view is not None
    [table] = view.tables
    row = table.rows[1]
    assert (row.subset, row.baseline, row.candidate) == (
        "stratum: implicit",
        "80.0\N{NO-BREAK SPACE}%",
        "68.0\N{NO-BREAK SPACE}%",
    )
    assert (row.difference, row.interval, row.sample) == ("−12.0 points", "−17.0 to −7.0", "200")
    assert [one.mark and one.mark.word for one in table.rows] == [None, "worse", "better", None]
    assert table.confidence == "95\N{NO-BREAK SPACE}%"
    assert [mark.word for mark, _ in table.notable] == ["worse", "better"]


def test_what_was_not_compared_says_why(judged_report: Report) -> None:
    """A subject that chooses by other means has a reason in the place of its table."""
    view = difference_view(judged_report, SubjectName("<second>"))

    assert view is not None
    assert view.tables == ()
    assert view.notes == ("Subject '<second>' chooses otherwise.",)


def test_where_nothing_differs_a_sentence_says_so(judged_report: Report) -> None:
    """Differences of nothing at all make no table."""
    still = tuple(
        replace(item, difference=replace(item.difference, value=0.0), is_notable=False)
        for item in _metrics(judged_report)
    )

    view = difference_view(_with(judged_report, *still), LEXICAL)

    assert view is not None
    assert view.tables == ()
    assert view.notes == ("No metric differs on the cases that both sides share.",)


def test_there_are_no_differences_without_a_baseline(first_report: Report) -> None:
    """A first run differs from nothing."""
    assert difference_view(first_report, LEXICAL) is None


def test_of_many_subsets_the_largest_and_the_notable_are_listed(judged_report: Report) -> None:
    """A table has an end; what stands out is in it however few cases it has, and the order stays."""
    first = _metrics(judged_report)[0]
    many = [
        replace(first, subset=f"tag={index:03}", difference=replace(first.difference, sample_size=1000 - index))
        for index in range(MAXIMUM_ROWS + 20)
    ]
    many[-1] = replace(many[-1], is_notable=True)

    view = difference_view(_with(judged_report, *many), LEXICAL)

    assert view is not None
    [table] = view.tables
    assert len(table.rows) == MAXIMUM_ROWS
    assert table.left_out == 20
    assert [table.rows[0].subset, table.rows[-1].subset] == ["tag: 000", f"tag: {MAXIMUM_ROWS + 19:03}"]


def test_a_cost_is_no_share(judged_report: Report) -> None:
    """A metric that is no rate is told in its own units."""
    cost = replace(_metrics(judged_report)[0], metric="routing_cost", baseline=1.25, candidate=1.5)

    view = difference_view(_with(judged_report, cost), LEXICAL)

    assert view is not None
    [row] = view.tables[0].rows
    assert (row.baseline, row.candidate, row.difference, row.interval) == (
        "1.25",
        "1.50",
        "−0.100",
        "−0.150 to −0.0500",
    )


def test_a_subset_that_is_all_cases_is_not_told_again(judged_report: Report) -> None:
    """Where every case has the same stratum, its difference is that of all cases."""
    overall = _metrics(judged_report)[0]
    same = replace(overall, subset="stratum=implicit", is_notable=True)

    view = difference_view(_with(judged_report, overall, same), LEXICAL)

    assert view is not None
    assert [row.subset for row in view.tables[0].rows] == ["all cases"]
    assert notable_changes([overall, same]) == []


@pytest.mark.parametrize("count", [0, 3])
def test_the_greatest_loss_comes_first(judged_report: Report, count: int) -> None:
    """Subsets that stand out are ordered by their difference, losses before gains."""
    first = _metrics(judged_report)[0]
    found = [
        replace(
            first,
            subset=f"tag={index}",
            is_notable=True,
            difference=replace(first.difference, value=(index - 1) / 10, sample_size=20),
        )
        for index in reversed(range(count))
    ]

    values = [item.difference.value for item in notable_changes([*found, first])]

    assert values == sorted(item.difference.value for item in found)
