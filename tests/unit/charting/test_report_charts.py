"""All charts of a report."""

import pytest

from passmuster.charting.report_charts import charts_of, file_name
from passmuster.domain.reports import Report


def test_a_report_has_a_chart_of_everything_it_tells(report: Report, first_report: Report) -> None:
    """Without a baseline there is none of differences, and without earlier runs none of a history."""
    own = ["1-lexical-confusion", "1-lexical-agents", "1-lexical-subsets"]

    assert list(charts_of(report)) == [*own, "1-lexical-difference-of-routing-accuracy", "costs"]
    assert list(charts_of(first_report)) == [*own, "costs"]


def test_every_title_is_a_finding(report: Report) -> None:
    """Titles say what was seen, with numbers, and not what kind of chart it is."""
    titles = {name: chart.words.title for name, chart in charts_of(report).items()}

    assert titles["1-lexical-confusion"].startswith("12 of 40")
    assert titles["1-lexical-agents"].startswith("Recall by agent: 70")
    assert titles["1-lexical-difference-of-routing-accuracy"].startswith("Routing accuracy fell by 25.0 points")


@pytest.mark.parametrize(
    ("subject", "name"),
    [("Lexical 2", "1-lexical-2-x"), ("../../etc", "1-etc-x"), ("漢字", "1-subject-x"), ("a" * 99, f"1-{'a' * 40}-x")],
)
def test_files_have_plain_names(subject: str, name: str) -> None:
    """Names of subjects are made fit for file systems."""
    assert file_name(1, subject, "x") == name
