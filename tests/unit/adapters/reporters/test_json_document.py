"""The report for programs."""

import json
from dataclasses import replace
from decimal import Decimal

from passmuster.adapters.reporters.json_document import FORMAT, render
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.reports import Report


def test_the_document_holds_everything_in_order(report: Report) -> None:
    """The keys are those that the module promises, and every case is there with its own words."""
    document = json.loads(render(report))

    assert list(document) == [
        *("format", "run", "verdict", "metrics", "agents", "confusion", "against", "roster", "changes", "compared"),
        *("incomparable", "early_warnings", "trust", "judged", "spending", "quarantines", "cases"),
    ]
    assert document["format"] == FORMAT
    assert [(case["subject"], case["case"]) for case in document["cases"]] == [
        (item.subject, item.case.identifier) for item in report.cases
    ]
    assert document["cases"][0]["request"] == report.cases[0].case.request.text
    assert document["verdict"]["outcome"] == "failed"


def test_changes_are_listed_without_what_is_unchanged(report: Report) -> None:
    """Only what differs is a change; who took it is named."""
    changes = json.loads(render(report))["changes"]

    assert "unchanged" not in {change["kind"] for change in changes}
    broken = next(change for change in changes if change["kind"] == "broken")
    assert (broken["was"], broken["now"], broken["stolen_by"]) == ("debugger", "code-reviewer", "code-reviewer")


def test_trials_tell_failures_from_answers(report: Report) -> None:
    """A failure of the harness is an object of its own, never a zero."""
    cases = {case["case"]: case for case in json.loads(render(report))["cases"] if case["subject"] == "lexical"}

    assert cases["lost"]["trials"][0]["routing"]["failure"]["kind"] == "RoutingError"
    assert cases["judged"]["trials"][0]["criteria"][1]["failure"]["stage"] == "criterion"
    assert cases["judged"]["trials"][0]["completion"]["origin"] == "authored"
    assert cases["hostile"]["trials"][0]["routing"]["ranking"][0]["terms"][0] == ["<b>test</b>", 2.75]


def test_numbers_are_plain_and_rounded(report: Report) -> None:
    """Nine decimals are kept, and what is no number becomes null."""
    manifest = replace(
        report.manifest,
        configuration={"third": 1 / 3, "nothing": float("nan"), "price": Decimal("0.10"), "parts": {1: (True, object)}},
    )

    configuration = json.loads(render(replace(report, manifest=manifest)))["run"]["configuration"]

    assert configuration["third"] == 0.333333333
    assert configuration["nothing"] is None
    assert configuration["price"] == 0.1
    assert configuration["parts"]["1"][0] is True


def test_the_document_is_ascii_with_one_case_on_a_line(report: Report) -> None:
    """Terminals and programs that read lines are safe with it."""
    text = render(report)

    assert text.isascii()
    assert "\x1b" not in text
    assert sum(line.startswith('{"subject"') and '"request"' in line for line in text.splitlines()) == 8


def test_without_a_baseline_changes_are_null(first_report: Report, empty_report: Report) -> None:
    """Nothing compared is not the same as nothing changed."""
    document = json.loads(render(first_report))

    assert document["changes"] is None
    assert document["roster"] is None
    assert document["incomparable"] is None
    assert json.loads(render(empty_report))["cases"] == []


def test_every_finding_is_there_with_what_was_asked(judged_report: Report) -> None:
    """A rule for each of a dimension names the subset that it found, and one that is not gated says so."""
    rules = json.loads(render(judged_report))["verdict"]["rules"]

    assert [(rule["subset"], rule["outcome"], rule["is_gated"]) for rule in rules] == [
        (None, "passed", True),
        (None, "failed", True),
        ("tag=<b>", "inconclusive", True),
        ("agent=debugger", "inconclusive", False),
    ]
    assert rules[1]["estimate"]["value"] == -0.1
    assert rules[3]["asked"]["subset"] == "agent=*"
    assert rules[3]["asked"]["maximum_drop"] == 0.15


def test_differences_and_edits_are_there_in_full(judged_report: Report) -> None:
    """Every subset, every kind of edit, what was not compared and what is in quarantine can be read by a program."""
    document = json.loads(render(judged_report))

    assert [(item["subset"], item["is_notable"]) for item in document["compared"]] == [
        ("all", False),
        ("stratum=implicit", True),
        ("tag=<b>", True),
        ("agent=debugger", False),
    ]
    assert document["roster"]["renamed"] == [["old-name", "new-name"]]
    assert document["roster"]["model_edited"] == ["debugger"]
    assert document["incomparable"][0]["aspect"] == "routing"
    assert document["quarantines"][0]["owner"] == "<b>Ana</b> @all"
    assert {change["kind"] for change in document["changes"]} >= {"broken", "left out"}


def test_cases_tell_what_sets_them_apart(judged_report: Report) -> None:
    """Critical cases, controls and the words that decided are marked as such."""
    cases = {item["case"]: item for item in json.loads(render(judged_report))["cases"] if item["subject"] == "lexical"}

    assert (cases["hostile"]["is_critical"], cases["nobody's"]["is_control"]) == (True, True)
    assert cases["hostile"]["deciding_words"] == ["<b>test</b>", "fail"]
    assert cases["hostile"]["trials"][0]["inclusion"] == 1
    assert cases["lost"]["rounds"] == 2


def test_equal_reports_give_equal_documents(report: Report) -> None:
    """Drawing again changes no byte."""
    assert report.comparison is not None
    assert report.comparison.of_kind(ChangeKind.BROKEN)
    assert render(report) == render(replace(report))
