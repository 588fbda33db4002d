"""Perturbations of a roster: another order, names that say nothing, more agents that compete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.values import AgentName, folded_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbedRoster:
    """A roster that was perturbed.

    Attributes:
        roster: What competes now.
        original: What the agents were called before, by what they are called now; those with their old names are left
            out.
        added: Agents that are new.
    """

    roster: Roster
    original: Mapping[AgentName, AgentName] = field(default_factory=dict)
    added: frozenset[AgentName] = frozenset()

    def former_name(self, chosen: AgentName | None) -> AgentName | None:
        """Return what a chosen agent was called before."""
        return None if chosen is None else self.original.get(chosen, chosen)


def in_another_order(roster: Roster, *, seed: int) -> PerturbedRoster:
    """Show the agents in an order drawn from a seed; a chooser that does not look at their order sees no change."""
    names = list(roster.presentation or roster.names)
    Random(f"{seed}/order").shuffle(names)  # noqa: S311 - a draw, not a secret
    return PerturbedRoster(roster=replace(roster, presentation=tuple(names)))


def with_neutral_names(roster: Roster, *, seed: int) -> PerturbedRoster:
    """Call the agents ``agent-01``, ``agent-02`` and so on, in their descriptions as well.

    What a request goes by is then the description alone. Which agent gets which number is drawn, so that neither the
    order of the old names nor that of the new ones tells anything.
    """
    names = list(roster.names)
    Random(f"{seed}/names").shuffle(names)  # noqa: S311 - a draw, not a secret
    width = len(str(len(names)))
    neutral = {name: AgentName(f"agent-{number:0{width}}") for number, name in enumerate(names, start=1)}
    mentions = _mentions(neutral)
    agents = tuple(_renamed(agent, neutral, mentions) for agent in roster.agents)
    back = {new: old for old, new in neutral.items()}
    shown = tuple(neutral[name] for name in roster.presentation)
    return PerturbedRoster(roster=replace(roster, agents=agents, presentation=shown), original=back)


def among_distractors(roster: Roster, others: Roster, *, number: int, seed: int) -> PerturbedRoster:
    """Add agents of another roster, drawn from a seed; those whose names are taken are not drawn.

    Args:
        roster: The agents under test.
        others: Where the distractors come from.
        number: How many; fewer where there are not so many.
        seed: Equal seeds draw equal agents.
    """
    taken = {folded_name(name) for name in roster.names}
    free = [agent for agent in others.agents if folded_name(agent.name) not in taken]
    drawn = Random(f"{seed}/distractors").sample(free, min(number, len(free)))  # noqa: S311 - a draw, not a secret
    added = frozenset(agent.name for agent in drawn)
    presentation = (*roster.presentation, *sorted(added)) if roster.presentation else ()
    return PerturbedRoster(
        roster=replace(roster, agents=(*roster.agents, *drawn), presentation=presentation), added=added
    )


def _mentions(neutral: Mapping[AgentName, AgentName]) -> re.Pattern[str]:
    """Return a pattern for the names as they are written; a name of one plain word is an ordinary word, too."""
    written = sorted(neutral, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, written))})(?![\w-])") if written else re.compile("(?!)")


def _renamed(
    agent: AgentDefinition, neutral: Mapping[AgentName, AgentName], mentions: re.Pattern[str]
) -> AgentDefinition:
    def rename(text: str) -> str:
        return mentions.sub(lambda match: neutral[AgentName(match[0])], text)

    def in_example(example: AgentExample) -> AgentExample:
        named = example.agent if example.agent is None else neutral.get(example.agent, example.agent)
        return replace(
            example,
            context=rename(example.context),
            user=rename(example.user),
            assistant=rename(example.assistant),
            commentary=rename(example.commentary),
            agent=named,
        )

    return replace(
        agent,
        name=neutral[agent.name],
        description=rename(agent.description),
        instructions=rename(agent.instructions),
        examples=tuple(in_example(example) for example in agent.examples),
    )
