"""What is drawn of the differences from the baseline."""

from dataclasses import replace

from passmuster.charting.differences import MOST_ROWS, difference_charts
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Report
from passmuster.drawing.differences import DifferencesChart
from passmuster.testing import factories

VARYING = factories.a_subject_record(is_deterministic=False)
STEADY = factories.a_subject_record()


def a_change(subset: str, value: float, size: int, *, is_notable: bool = False) -> MetricChange:
    estimate = Estimate(
        value=value, lower=value - 0.05, upper=value + 0.05, confidence=0.95, sample_size=size, method="Tango"
    )
    return MetricChange(
        subject=VARYING.name,
        metric="routing_accuracy",
        baseline=0.8,
        candidate=0.8 + value,
        difference=estimate,
        subset=subset,
        is_notable=is_notable,
    )


def with_changes(report: Report, *changes: MetricChange) -> Report:
    assert report.comparison is not None
    return replace(report, comparison=replace(report.comparison, metrics=changes))


def chart_of(report: Report) -> DifferencesChart:
    return difference_charts(report, VARYING)["routing_accuracy"]


def test_the_margins_of_the_gate_are_drawn(report: Report) -> None:
    """Over all cases, and in the subset that a rule names; nowhere else."""
    margins = {row.label: row.margin for row in chart_of(report).rows}

    assert margins == {"all cases": 0.05, "tag: odd": 0.15, "tag: even": None}


def test_without_noise_rows_of_nothing_are_left_out(report: Report) -> None:
    """A subject that answers equal requests equally has no row where nothing changed."""
    changes = a_change("all", -0.1, 300), a_change("agent=debugger", 0.0, 7), a_change("tag=a", 0.1, 7)

    chart = difference_charts(with_changes(report, *changes), STEADY)["routing_accuracy"]

    assert [row.label for row in chart.rows] == ["all cases", "tag: a"]


def test_nothing_is_drawn_where_nothing_differs(report: Report, first_report: Report) -> None:
    """No difference, no baseline, no rate: no picture."""
    cost = replace(a_change("all", -0.1, 300), metric="routing_cost")

    assert difference_charts(with_changes(report, a_change("all", 0.0, 300)), VARYING) == {}
    assert difference_charts(with_changes(report, cost), VARYING) == {}
    assert difference_charts(first_report, VARYING) == {}


def test_of_many_subsets_the_agents_with_most_cases_are_drawn(report: Report) -> None:
    """A plot has an end: all cases, what stands out, and the largest agents are in it, largest first."""
    agents = [a_change(f"agent=a{index:03}", 0.1, 10 + index, is_notable=not index) for index in range(60)]

    chart = chart_of(with_changes(report, a_change("all", -0.1, 300), *agents))

    labels = [row.label for row in chart.rows]
    assert len(labels) == MOST_ROWS
    assert labels[:3] == ["all cases", "agent: a059", "agent: a058"]
    assert labels[-1] == "agent: a000"
    assert chart.left_out == 61 - MOST_ROWS
