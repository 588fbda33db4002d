"""What an answer takes, beside how good they are."""

from dataclasses import replace
from decimal import Decimal

import pytest

from passmuster.analysis.cost_quality import DOLLARS, SECONDS, TOKENS
from passmuster.analysis.reporting import report_of
from passmuster.charting.costs import costs_chart
from passmuster.domain.answers import Answer
from passmuster.domain.reports import Report
from passmuster.domain.values import Usage
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing import factories


def a_report(*usages: Usage) -> Report:
    cases = [factories.a_case(f"case-{number}") for number in range(len(usages))]
    trials = [
        factories.a_trial(
            case.identifier, answer=Answer(routing=replace(factories.a_decision("debugger"), usage=usage))
        )
        for case, usage in zip(cases, usages, strict=True)
    ]
    return report_of(factories.a_run(*trials, cases=cases), GatePolicy(rules=()), None)


@pytest.mark.parametrize(
    ("usages", "unit", "cost"),
    [
        ([Usage(input_tokens=10, cost=Decimal("0.1")), Usage(cost=Decimal("0.3"))], DOLLARS, 0.2),
        ([Usage(input_tokens=10, output_tokens=2, cost=Decimal("0.1")), Usage(input_tokens=20)], TOKENS, 16.0),
        ([Usage(), Usage()], SECONDS, None),
    ],
)
def test_the_unit_is_one_that_all_have(usages: list[Usage], unit: str, cost: float | None) -> None:
    """Dollars where every price is known: unknown is not free. Else tokens, and where none were counted, seconds."""
    chart = costs_chart({"": a_report(*usages)})

    assert chart is not None
    assert chart.unit == unit
    (candidate,) = chart.candidates
    assert candidate.quality.value == 1.0
    assert cost is None or candidate.cost.value == pytest.approx(cost)
    assert candidate.cost.lower < candidate.cost.upper or cost is None


def test_runs_are_told_apart() -> None:
    """Several runs in one chart are measured alike, and each subject says which run it is of."""
    cheap, dear = a_report(Usage(cost=Decimal(1))), a_report(Usage(cost=Decimal(2)))

    chart = costs_chart({"before": cheap, "now": dear})

    assert chart is not None
    assert [(item.name, item.cost.value) for item in chart.candidates] == [
        ("lexical, before", 1.0),
        ("lexical, now", 2.0),
    ]


def test_nothing_measured_is_no_chart() -> None:
    """A run without trials has neither costs nor qualities."""
    empty = report_of(replace(factories.a_run(planned=0), cases=(), trials=()), GatePolicy(rules=()), None)

    assert costs_chart({"": empty}) is None
