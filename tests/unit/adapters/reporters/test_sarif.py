"""What broke as SARIF."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sarif_shape import complaints_about

from passmuster.adapters.reporters.breaks import breaks_of
from passmuster.adapters.reporters.places import Places
from passmuster.adapters.reporters.sarif import transitions_log
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier, SourceLocation

PLACES = Places(Path("/nowhere"))


def log_of(report: Report) -> Any:  # noqa: ANN401 - JSON, which tests look into as they like
    return transitions_log(report, breaks_of(report, PLACES))


@pytest.mark.parametrize("name", ["report", "judged_report", "first_report", "empty_report"])
def test_document_is_as_the_standard_asks(name: str, request: pytest.FixtureRequest) -> None:
    """With hostile names, with quarantines, without a baseline, and without cases."""
    assert complaints_about(log_of(request.getfixturevalue(name))) == []


def test_each_break_is_one_result_at_the_agent(report: Report) -> None:
    """At the line of the taker's description, by a path that is an address, with what happened in words."""
    agents = [replace(agent, source=SourceLocation(path="a b/ü#.md", line=3)) for agent in report.roster.agents]

    [run] = log_of(replace(report, roster=replace(report.roster, agents=tuple(agents))))["runs"]

    [result] = run["results"]
    assert result["ruleId"] == "stolen-request"
    assert result["level"] == "error"
    [location] = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%23.md"},
        "region": {"startLine": 3},
    }
    assert result["message"]["text"].startswith("code-reviewer takes requests of debugger: hostile (lexical);")


def test_no_text_becomes_a_link(report: Report) -> None:
    """A request with brackets and an address is shown as it is, parted by a space that nobody sees."""
    [run] = log_of(report)["runs"]

    assert "[link](https" not in run["results"][0]["message"]["text"]
    assert "[link]\N{ZERO WIDTH SPACE}(https" in run["results"][0]["message"]["text"]


def test_a_case_is_known_again_and_told_from_others(report: Report) -> None:
    """Cases that went to one line have fingerprints of their own, which another run gives them again."""
    assert report.comparison is not None
    [broken] = report.comparison.of_kind(ChangeKind.BROKEN)
    cases = tuple(replace(broken, case=CaseIdentifier(name)) for name in ("one", "two", "three"))
    several = replace(report, comparison=replace(report.comparison, cases=cases))
    other = replace(several, comparison=replace(report.comparison, cases=(replace(cases[1], now="x", was="y"),)))

    marks = [result["partialFingerprints"] for result in log_of(several)["runs"][0]["results"]]
    again = [result["partialFingerprints"] for result in log_of(other)["runs"][0]["results"]]

    assert len({mark["primaryLocationLineHash"] for mark in marks}) == 3
    assert again == [marks[1]]


def test_what_is_in_quarantine_is_suppressed(judged_report: Report) -> None:
    """It is a note, with the reason."""
    [run] = log_of(judged_report)["runs"]

    [result] = run["results"]
    assert result["level"] == "note"
    assert result["suppressions"][0]["justification"].startswith("quarantine: <b>Ana</b> @all, until 2027-02-01")


def test_suites_are_kept_apart(report: Report) -> None:
    """Two suites of one repository do not take each other's results for gone."""
    other = replace(report, manifest=replace(report.manifest, suite="other"))

    assert log_of(other)["runs"][0]["automationDetails"] == {"id": "passmuster/other/"}
