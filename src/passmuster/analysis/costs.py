"""What wrong choices cost, by the suite's matrix of costs between agents."""

from collections.abc import Sequence

from passmuster.analysis.outcomes import routing_outcome
from passmuster.domain.cases import Expectation
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName
from passmuster.domain.verdicts import MisroutingCost

USUAL = 1.0
"""The cost of a wrong choice that the matrix says nothing about."""

ANY = "*"


def cost_of(chosen: AgentName | None, expectation: Expectation, costs: Sequence[MisroutingCost]) -> float:
    """Return what a choice costs: nothing if it is right; else what the last entry that fits says, or 1."""
    if routing_outcome(chosen, expectation).is_right:
        return 0.0
    expected, got = expectation.preferred or NOBODY, chosen or NOBODY
    fitting = [item.cost for item in costs if item.expected in {ANY, expected} and item.chosen in {ANY, got}]
    return fitting[-1] if fitting else USUAL


def highest_cost(costs: Sequence[MisroutingCost]) -> float:
    """Return the most that a choice can cost; the usual cost where the matrix is empty or names only lower ones."""
    return max([USUAL, *(item.cost for item in costs)])
