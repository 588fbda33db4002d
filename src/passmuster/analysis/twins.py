"""Agents that nobody can tell apart by what they are said to do."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.outcomes import routing_outcome
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import RoutingOutcome
from passmuster.domain.results import Run
from passmuster.domain.values import AgentName


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinGroup:
    """Agents with one and the same description.

    Attributes:
        names: At least two, in order.
        is_identical: Whether instructions, tools and model are the same, too.
    """

    names: tuple[AgentName, ...]
    is_identical: bool

    @property
    def pairs(self) -> int:
        """How many pairs of twins there are in it."""
        return len(self.names) * (len(self.names) - 1) // 2


def twin_groups(roster: Roster) -> tuple[TwinGroup, ...]:
    """Return the groups of agents with equal descriptions, but for the space around these, in order of name."""
    alike: defaultdict[str, list[AgentDefinition]] = defaultdict(list)
    for agent in roster.agents:
        if agent.description.strip():
            alike[agent.description.strip()].append(agent)
    return tuple(
        TwinGroup(
            names=tuple(agent.name for agent in agents), is_identical=len({_core(agent) for agent in agents}) == 1
        )
        for agents in alike.values()
        if len(agents) > 1
    )


def twins_of(roster: Roster) -> Mapping[AgentName, frozenset[AgentName]]:
    """Return the agents that have twins, each with its whole group."""
    return {name: frozenset(group.names) for group in twin_groups(roster) for name in group.names}


def with_twins(cases: Sequence[Case], roster: Roster) -> tuple[Case, ...]:
    """Let the twins of right agents be right as well; what an expectation forbids stays forbidden.

    Fingerprints stay what they are: nobody has edited the cases, and a baseline knows them as before.
    """
    twins = twins_of(roster)
    return tuple(_widened(case, twins) for case in cases)


def twin_sentence(run: Run) -> str | None:
    """Return how many choices were right by a twin alone, in a sentence; ``None`` where there is none."""
    expectations = {case.identifier: case.expectation for case in run.cases}
    outcomes = Counter(
        routing_outcome(trial.answer.routing.chosen, expectations[trial.key.case])
        for trial in run.trials
        if isinstance(trial.answer.routing, RoutingDecision)
    )
    by_twins, total = outcomes[RoutingOutcome.TWIN], outcomes.total()
    if not by_twins:
        return None
    were = "choice was" if by_twins == 1 else "choices were"
    return (
        f"{by_twins} of {total} {were} right only because a twin, an agent with the same description, counts as right."
    )


def _widened(case: Case, twins: Mapping[AgentName, frozenset[AgentName]]) -> Case:
    expectation = case.expectation
    right = expectation.acceptable | (frozenset() if expectation.preferred is None else {expectation.preferred})
    found = frozenset(twin for name in right for twin in twins.get(name, ()))
    added = found - right - expectation.forbidden
    return replace(case, expectation=replace(expectation, twins=added)) if added else case


def _core(agent: AgentDefinition) -> object:
    return agent.instructions, agent.tools, agent.model
