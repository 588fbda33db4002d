"""Reports of which charts are made."""

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing import factories


def a_run(*, wrong: int) -> Run:
    """Make a run of a varying subject: the first so many of forty cases go to the reviewer."""
    cases = [
        factories.a_case(f"case-{index:02}", tags=frozenset({"even" if index % 2 else "odd"})) for index in range(40)
    ]
    trials = [
        factories.a_trial(
            case.identifier,
            answer=Answer(routing=factories.a_decision("debugger" if index >= wrong else "code-reviewer")),
        )
        for index, case in enumerate(cases)
    ]
    return factories.a_run(*trials, cases=cases, subjects=(factories.a_subject_record(is_deterministic=False),))


@pytest.fixture(scope="session")
def report() -> Report:
    """A report of a run that got worse, under a rule with a margin and one for each tag."""
    rules = (
        GateRule(metric="routing_accuracy", maximum_drop=0.05),
        GateRule(metric="routing_accuracy", subset="tag=odd", maximum_drop=0.15),
    )
    return report_of(a_run(wrong=12), GatePolicy(rules=rules), observe(a_run(wrong=2)))


@pytest.fixture(scope="session")
def first_report() -> Report:
    """A report without a baseline."""
    return report_of(a_run(wrong=2), GatePolicy(rules=()), None)
