"""Forest plots of differences."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from passmuster.adapters.reporters.difference_charts import MAXIMUM_ROWS, difference_charts
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.reports import Report
from passmuster.testing import factories

VARYING = factories.a_subject_record(is_deterministic=False)
STEADY = factories.a_subject_record()


def _texts(chart: bytes) -> list[str]:
    tree = ET.fromstring(chart)  # noqa: S314 - made a moment ago by ourselves
    return ["".join(item.itertext()) for item in tree.iter("{http://www.w3.org/2000/svg}text")]


def _with(report: Report, *metrics: MetricChange) -> Report:
    assert report.comparison is not None
    return replace(report, comparison=replace(report.comparison, metrics=metrics))


def _metrics(report: Report) -> tuple[MetricChange, ...]:
    assert report.comparison is not None
    return report.comparison.metrics


def test_every_subset_is_a_row_with_its_number(judged_report: Report) -> None:
    """All cases come first, then the parts; what stands out has a mark of its own beside its number."""
    texts = _texts(difference_charts(judged_report, VARYING)["routing_accuracy"])

    rows = ["all cases  (n 300)", "stratum: implicit  (n 200)", "agent: debugger  (n 7)", "tag: <b>  (n 60)"]
    assert [text for text in texts if text in rows] == rows
    assert [text for text in texts if text.startswith(("−10.0", "−12.0", "±0", "+10.0"))] == [
        *("−10.0", "−12.0 ◆", "±0", "+10.0 ◆")
    ]


def test_the_legend_explains_every_line(judged_report: Report) -> None:
    """The margin that the gate allows over all cases, and the one that it allows in a subset, are both named."""
    text = " ".join(_texts(difference_charts(judged_report, VARYING)["routing_accuracy"]))

    assert "intervals of 95 %" in text
    assert "stands out among all subsets" in text
    assert "a drop of 5 points, which the gate allows" in text
    assert "short dashes" in text


def test_without_a_rule_there_is_no_margin(judged_report: Report) -> None:
    """A suite whose gate says nothing about a drop has no line for it."""
    bare = replace(judged_report, verdict=replace(judged_report.verdict, findings=()))

    text = " ".join(_texts(difference_charts(bare, VARYING)["routing_accuracy"]))

    assert "dashed" not in text
    assert "short dashes" not in text


def test_without_noise_rows_of_nothing_are_left_out(judged_report: Report) -> None:
    """A subject that answers equal requests equally has no row where nothing changed."""
    texts = _texts(difference_charts(judged_report, STEADY)["routing_accuracy"])

    assert "agent: debugger  (n 7)" not in texts
    assert "all cases  (n 300)" in texts


def test_nothing_is_drawn_where_nothing_differs(judged_report: Report, first_report: Report) -> None:
    """No difference, no baseline, no rate: no picture."""
    still = [replace(item, difference=replace(item.difference, value=0.0)) for item in _metrics(judged_report)]
    cost = replace(_metrics(judged_report)[0], metric="routing_cost")

    assert difference_charts(_with(judged_report, *still), VARYING) == {}
    assert difference_charts(_with(judged_report, cost), VARYING) == {}
    assert difference_charts(first_report, VARYING) == {}


def test_of_many_subsets_the_agents_with_most_cases_are_drawn(judged_report: Report) -> None:
    """A plot has an end: all cases, what stands out, and the largest agents are in it, largest first."""
    overall = _metrics(judged_report)[0]
    agents = [
        replace(overall, subset=f"agent=a{index:03}", difference=replace(overall.difference, sample_size=10 + index))
        for index in range(60)
    ]
    agents[0] = replace(agents[0], is_notable=True)

    texts = _texts(difference_charts(_with(judged_report, overall, *agents), VARYING)["routing_accuracy"])

    rows = [text for text in texts if "(n " in text]
    assert len(rows) == MAXIMUM_ROWS
    assert rows[:3] == ["all cases  (n 300)", "agent: a059  (n 69)", "agent: a058  (n 68)"]
    assert rows[-1] == "agent: a000  (n 10)"


def test_a_value_beyond_one_is_inside(judged_report: Report) -> None:
    """Weighted for a random sample, a difference may be greater than 100 points; the axis goes on to it."""
    overall = _metrics(judged_report)[0]
    beyond = replace(overall, difference=replace(overall.difference, value=-1.4, lower=-1.0, upper=-0.3))

    texts = _texts(difference_charts(_with(judged_report, beyond), VARYING)["routing_accuracy"])

    assert "−140.0" in texts
    assert "−150" in texts


def test_equal_reports_give_equal_charts(judged_report: Report) -> None:
    """Neither time nor random identifiers get into a chart."""
    assert difference_charts(judged_report, VARYING) == difference_charts(judged_report, VARYING)


@pytest.mark.parametrize("name", ["$x^2$ and $", "漢字", "<b>&\x1b[0m", "\ud800", "a" * 500])
def test_names_are_text_and_nothing_else(judged_report: Report, name: str) -> None:
    """Neither formulas nor markup nor endless names break a chart; an interval beyond the axis is cut."""
    overall = _metrics(judged_report)[0]
    wide = replace(overall.difference, lower=-1.0, upper=1.0, sample_size=9)
    some = replace(overall.difference, sample_size=60)
    rows = [overall, *[replace(overall, subset=f"split={index}", difference=some) for index in range(8)]]

    charts = difference_charts(
        _with(judged_report, *rows, replace(overall, subset=f"tag={name}", difference=wide)), VARYING
    )

    assert any("n 9" in text for text in _texts(charts["routing_accuracy"]))
