"""What a wrong choice costs by the suite's matrix."""

import pytest

from passmuster.analysis.costs import cost_of, highest_cost
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName
from passmuster.domain.verdicts import MisroutingCost
from passmuster.testing.factories import an_expectation

DEAR = MisroutingCost(expected="debugger", chosen="deployer", cost=10.0)
ANY_DEPLOYER = MisroutingCost(expected="*", chosen="deployer", cost=5.0)
NOBODY_CHOSEN = MisroutingCost(expected="*", chosen=NOBODY, cost=0.5)
NOBODY_EXPECTED = MisroutingCost(expected=NOBODY, chosen="*", cost=2.0)


@pytest.mark.parametrize(
    ("chosen", "preferred", "cost"),
    [
        ("debugger", "debugger", 0.0),
        (None, None, 0.0),
        ("helper", "debugger", 0.0),
        ("deployer", "debugger", 10.0),
        ("deployer", "reviewer", 5.0),
        ("reviewer", "debugger", 1.0),
        (None, "debugger", 0.5),
        ("debugger", None, 2.0),
        ("deployer", None, 2.0),
    ],
)
def test_the_last_entry_that_fits_counts(chosen: str | None, preferred: str | None, cost: float) -> None:
    """Right choices cost nothing, acceptable ones included; what nothing is said about costs 1."""
    expectation = an_expectation(preferred, acceptable=["helper"] if preferred else [])
    choice = None if chosen is None else AgentName(chosen)

    assert cost_of(choice, expectation, (ANY_DEPLOYER, DEAR, NOBODY_CHOSEN, NOBODY_EXPECTED)) == cost


def test_a_general_entry_after_a_special_one_replaces_it() -> None:
    """The order is the user's."""
    assert cost_of(AgentName("deployer"), an_expectation("debugger"), (DEAR, ANY_DEPLOYER)) == 5.0


def test_a_right_choice_costs_nothing_whatever_the_matrix_says() -> None:
    """Even where an entry fits."""
    everything = (MisroutingCost(expected="*", chosen="*", cost=7.0),)

    assert cost_of(AgentName("debugger"), an_expectation("debugger"), everything) == 0.0
    assert cost_of(None, an_expectation(None), everything) == 0.0


@pytest.mark.parametrize(
    ("costs", "highest"), [((), 1.0), ((NOBODY_CHOSEN,), 1.0), ((ANY_DEPLOYER, DEAR, NOBODY_CHOSEN), 10.0)]
)
def test_the_highest_cost_is_at_least_the_usual_one(costs: tuple[MisroutingCost, ...], highest: float) -> None:
    """A wrong choice that no entry fits still costs 1."""
    assert highest_cost(costs) == highest
