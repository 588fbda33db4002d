"""Results for machines."""

import json
from dataclasses import replace

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.cli.printing import print_json, summary_of
from passmuster.domain.comparisons import Comparison, Incomparable, MetricChange, RosterChange
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict, Quarantine
from passmuster.testing import factories

LEXICAL = SubjectName("lexical")
SHARE = Estimate(value=-0.1, lower=-0.15, upper=-1 / 30, confidence=0.95, sample_size=60, method="Tango")


@pytest.fixture
def report() -> Report:
    """A report with a finding of a subset, a difference, edits, a barred subject and a quarantine."""
    run = factories.a_run()
    each = GateRule(metric="routing_accuracy", subset="agent=*", maximum_drop=0.15)
    findings = (
        GateFinding(
            rule=GateRule(metric="unaccepted_breaks"), subject=LEXICAL, outcome=GateOutcome.PASSED, sentence="a"
        ),
        GateFinding(
            rule=each,
            subject=LEXICAL,
            outcome=GateOutcome.INCONCLUSIVE,
            sentence="b",
            estimate=SHARE,
            subset="agent=debugger",
            is_gated=False,
        ),
    )
    comparison = Comparison(
        roster=RosterChange(
            renamed=((AgentName("old"), AgentName("new")),),
            instructions_edited=(AgentName("a"),),
            tools_edited=(AgentName("b"),),
            model_edited=(AgentName("c"),),
        ),
        cases=(),
        metrics=(
            MetricChange(
                subject=LEXICAL,
                metric="routing_accuracy",
                baseline=0.8,
                candidate=0.7,
                difference=SHARE,
                subset="agent=debugger",
                is_notable=True,
            ),
        ),
        warnings=(),
        is_equal=False,
        incomparable=(Incomparable(subject=LEXICAL, aspect=Aspect.OUTPUT, reason="another model"),),
    )
    return replace(
        report_of(run, GatePolicy(rules=()), observe(run)),
        verdict=GateVerdict(outcome=GateOutcome.PASSED, reasons=("a",), findings=findings),
        comparison=comparison,
        quarantines=(Quarantine(case=CaseIdentifier("known"), owner="Ana", expires="2027-01-01"),),
    )


def test_every_rule_says_what_it_asked_and_found(report: Report) -> None:
    """A subset of a rule for each is named, and a finding that is not gated is told apart."""
    whole, part = json.loads(json.dumps(summary_of(report)["rules"]))

    assert (whole["metric"], whole["subset"], whole["outcome"], whole["is_gated"]) == (
        *("unaccepted_breaks", "all", "passed", True),
    )
    assert whole["estimate"] is None
    assert (part["subset"], part["maximum_drop"], part["is_gated"]) == ("agent=debugger", 0.15, False)
    assert part["estimate"] == {"value": -0.1, "lower": -0.15, "upper": -0.033333333, "cases": 60}


def test_a_comparison_is_told_in_full(report: Report) -> None:
    """Differences by subset, kinds of edits, and what was not compared are all there."""
    comparison = json.loads(json.dumps(summary_of(report)["comparison"]))

    assert comparison["roster"] == {
        "added": [],
        "removed": [],
        "description_edited": [],
        "otherwise_edited": [],
        "renamed": [["old", "new"]],
        "instructions_edited": ["a"],
        "tools_edited": ["b"],
        "model_edited": ["c"],
    }
    [metric] = comparison["metrics"]
    assert (metric["subset"], metric["is_notable"], metric["difference"]["cases"]) == ("agent=debugger", True, 60)
    assert comparison["incomparable"] == [{"subject": "lexical", "aspect": "output", "reason": "another model"}]
    assert comparison["counts"]["left out"] == 0


def test_quarantines_are_listed(report: Report) -> None:
    """Owner and day can be read by whoever reminds people."""
    assert summary_of(report)["quarantines"] == [
        {"case": "known", "subject": None, "owner": "Ana", "expires": "2027-01-01", "reason": ""}
    ]


def test_without_a_baseline_there_is_no_comparison(report: Report) -> None:
    """Nothing compared is not the same as nothing changed."""
    assert summary_of(replace(report, comparison=None))["comparison"] is None


def test_the_document_is_one_json_value(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed can be read back."""
    print_json(summary_of(report))

    assert json.loads(capsys.readouterr().out)["verdict"] == "passed"
