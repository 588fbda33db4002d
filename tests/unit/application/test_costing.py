"""Costs of wrong choices name agents that are there."""

from passmuster.application.costing import lint_costs
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import MisroutingCost


def place(index: int, key: str) -> SourceLocation:
    return SourceLocation(path=f"suite.yaml#{key}", line=10 + index)


def test_costs_of_agents_that_are_there_are_fine() -> None:
    """Nobody and anybody are names, too."""
    costs = [
        MisroutingCost(expected="debugger", chosen="*", cost=5),
        MisroutingCost(expected=NOBODY, chosen="test-engineer", cost=2),
        MisroutingCost(expected="*", chosen=NOBODY, cost=2),
    ]

    assert list(lint_costs(costs, ["debugger", "test-engineer"], place)) == []


def test_every_agent_that_is_not_there_is_named() -> None:
    """On either side, with what may have been meant."""
    costs = [
        MisroutingCost(expected="debuger", chosen="nobody", cost=5),
        MisroutingCost(expected="debugger", chosen="x", cost=5),
    ]

    findings = list(lint_costs(costs, ["debugger"], place))

    assert {finding.rule for finding in findings} == {"unknown-agent"}
    said = "which the roster does not have"
    assert [str(finding) for finding in findings] == [
        f"suite.yaml#expected:10: a cost names the agent 'debuger', {said} — did you mean 'debugger'?",
        f"suite.yaml#chosen:10: a cost names the agent 'nobody', {said} — did you mean '(nobody)'?",
        f"suite.yaml#chosen:11: a cost names the agent 'x', {said} — write an agent's name, (nobody) or *",
    ]
