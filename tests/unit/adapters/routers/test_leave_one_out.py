"""The lexical router on a public roster, measured by the benchmark."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from passmuster.domain.agents import AgentExample
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_roster, an_agent

ROOT = Path(__file__).parents[4]
ROSTER = ROOT.parent / "shared" / "data" / "rosters" / "davila7__claude-code-templates"


@pytest.fixture(scope="module")
def benchmark(benchmark_named: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_named("lexical_leave_one_out")


def example(user: str) -> AgentExample:
    return AgentExample(context="", user=user, assistant="", commentary="", agent=None, line=None)


def test_each_example_is_asked_for_once_and_absent_then(benchmark: ModuleType) -> None:
    """In round j the j-th example of every agent is the request, and the others stay; silent examples do not count."""
    first = an_agent("a", examples=(example("one"), example(""), example("two")))
    second = an_agent("b", examples=(example("three"),))

    rounds = [
        ([[one.user for one in agent.examples] for agent in roster.agents], asked)
        for roster, asked in benchmark.rounds(a_roster(first, second, "c"))
    ]

    assert rounds == [
        ([["two"], [], []], [("a", "one"), ("b", "three")]),
        ([["one"], ["three"], []], [("a", "two")]),
    ]


def test_the_interval_holds_the_accuracy_and_repeats(benchmark: ModuleType) -> None:
    """Agents are drawn, not requests: two agents, one always right and one never, span from 0 to 1."""
    outcomes = [
        benchmark.Outcome(agent=AgentName(name), is_right=name == "a", is_near=True, seconds=0.0) for name in "aaabbb"
    ]

    interval = benchmark.interval(outcomes, resamples=200)

    assert interval == (0.0, 1.0)
    assert benchmark.interval(outcomes, resamples=200) == interval


@pytest.mark.skipif(not ROSTER.is_dir(), reason="the public roster is not beside the repository")
def test_the_router_finds_the_author_of_a_request(benchmark: ModuleType) -> None:
    """At least 44 % of the requests of a roster of 402 agents reach the agent whose author wrote them.

    The other rankers of the benchmark take as long again and are left to it.
    """
    roster = benchmark.load_roster(ROSTER)

    measurement = benchmark.measure(roster, benchmark.routed, benchmark.DEFAULT)

    assert len(measurement.outcomes) >= 467
    assert measurement.accuracy >= 0.44
    assert measurement.accuracy_within_three >= 0.66
