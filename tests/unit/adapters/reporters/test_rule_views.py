"""The rules of the gate in words."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.rule_views import OPEN_ROWS, SHOWN_REASONS, rule_table, rule_text
from passmuster.adapters.reporters.wording import NOT_GATED
from passmuster.domain.reports import Report
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule, GateVerdict


def _finding(number: int, outcome: GateOutcome = GateOutcome.PASSED) -> GateFinding:
    rule = GateRule(metric="routing_accuracy", minimum=0.5)
    return GateFinding(rule=rule, subject=SubjectName("live"), outcome=outcome, sentence=f"live: sentence {number}")


def _verdict(*findings: GateFinding, outcome: GateOutcome = GateOutcome.PASSED) -> GateVerdict:
    decisive = tuple(item.sentence for item in findings if item.outcome is outcome)
    return GateVerdict(outcome=outcome, reasons=decisive, findings=findings)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (GateRule(metric="unaccepted_breaks"), "no case may break"),
        (GateRule(metric="unaccepted_breaks", maximum=2), "2 cases may break"),
        (GateRule(metric="critical_breaks", maximum=0), "no critical case may break"),
        (GateRule(metric="narrowed_margins", maximum=1), "1 case may have a narrower margin"),
        (GateRule(metric="routing_accuracy", minimum=0.925), "Routing accuracy: at least 92.5 %"),
        (GateRule(metric="harness_failure_rate", maximum=0.02), "Harness failures: at most 2 %"),
        (GateRule(metric="routing_cost", maximum_rise=0.1), "Cost of choices: a rise of at most 0.1"),
        (
            GateRule(metric="rubric_pass_rate", minimum=0.5, maximum_drop=0.05),
            "Rubrics passed: at least 50 % and a drop of at most 5 points",
        ),
    ],
)
def test_a_rule_says_what_it_asks_for(rule: GateRule, text: str) -> None:
    """Shares are percentages, drops are points, and counts are cases."""
    assert rule_text(rule).replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_gravest_rule_comes_first(judged_report: Report) -> None:
    """Rules are told with sign and word, in order of gravity, and without the subject that has its own column."""
    table = rule_table(judged_report.verdict)

    assert [(item.mark.sign, item.mark.word, item.subset) for item in table.gated] == [
        ("✗", "Failed", "all cases"),
        ("?", "Cannot tell", "tag: <b>"),
        ("✓", "Passed", "all cases"),
    ]
    assert table.gated[0].sentence == "routing_accuracy fell by 10.0 points"
    assert table.summary == "1 failed, 1 cannot tell, 1 passed"


def test_what_is_not_gated_is_apart_with_its_difference(judged_report: Report) -> None:
    """A subset of too few cases has no verdict of its own, and what is known of it is told."""
    [other] = rule_table(judged_report.verdict, judged_report.comparison).others

    assert other.mark is NOT_GATED
    assert other.subset == "agent: debugger"
    assert other.sentence.startswith("difference ±0 points (−5.0 to +5.0); it rests on 7 cases")


def test_rules_that_the_reasons_repeat_stay_closed() -> None:
    """A table that says no more than the reasons above it waits, and so does a long one."""
    few = _verdict(_finding(1), _finding(2))
    mixed = _verdict(_finding(1), _finding(2, GateOutcome.FAILED), outcome=GateOutcome.FAILED)
    many = _verdict(*map(_finding, range(OPEN_ROWS + 1)))
    more_than_shown = _verdict(*map(_finding, range(SHOWN_REASONS + 1)))

    assert [rule_table(one).is_open for one in (few, mixed, many, more_than_shown)] == [False, True, False, True]


def test_a_void_run_says_that_the_rules_do_not_count() -> None:
    """Where no reason is a rule's, nobody may take the rules for the verdict."""
    void = replace(
        _verdict(_finding(1)), outcome=GateOutcome.INCONCLUSIVE, reasons=("the control went to somebody else",)
    )
    plain = _verdict(_finding(1, GateOutcome.INCONCLUSIVE), outcome=GateOutcome.INCONCLUSIVE)

    assert "whatever these rules say" in rule_table(void).note
    assert rule_table(plain).note == ""


def test_a_suite_without_rules_has_an_empty_table() -> None:
    """Nothing was asked for, so nothing is told."""
    table = rule_table(_verdict())

    assert (table.gated, table.others, table.summary, table.note) == ((), (), "", "")
