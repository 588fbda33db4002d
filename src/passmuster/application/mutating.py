"""Edits of a roster that a sound suite must notice, and edits that it must not: pure, and drawn from a seed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import AgentName, fingerprint_of

NOTHING = "An agent."
"""What a blanked description says: hosts do not load an agent without any."""

_AFTER_SENTENCE = re.compile(r"(?<=[.!?]) +(?=\S)")


class Edit(StrEnum):
    """What is done to a roster."""

    NONE = "none"
    REFLOWED = "reflowed"
    REFORMATTED = "reformatted"
    REORDERED = "reordered"
    SWAPPED = "swapped"
    BLANKED = "blanked"
    DUPLICATED = "duplicated"
    DELETED = "deleted"

    @property
    def is_neutral(self) -> bool:
        """Whether no request may move because of it."""
        return self in {Edit.NONE, Edit.REFLOWED, Edit.REFORMATTED, Edit.REORDERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A roster after one edit.

    Attributes:
        edit: What was done.
        agents: To whom; empty for an edit of all of them.
        roster: What came of it.
    """

    edit: Edit
    agents: tuple[AgentName, ...] = ()
    roster: Roster


_Maker = Callable[[Roster, AgentDefinition, Sequence[AgentDefinition]], Mutation | None]
"""Edits one agent; the others drawn come with it. ``None`` where the edit would change nothing, or leave nothing."""


def reflowed(roster: Roster) -> Mutation:
    """Put each sentence of every description on a line of its own, and end it with a line break.

    That is what formatters and hand-made YAML blocks do to a text; bodies and examples stay as they are.
    """
    agents = tuple(
        replace(agent, description=_AFTER_SENTENCE.sub("\n", agent.description) + "\n") for agent in roster.agents
    )
    return Mutation(edit=Edit.REFLOWED, roster=replace(roster, agents=agents))


def harmful(roster: Roster, watched: Sequence[AgentName], *, limit: int, seed: int) -> tuple[Mutation, ...]:
    """Swap, blank, duplicate and delete agents: each edit at most ``limit`` times.

    Args:
        roster: The roster to edit; it stays as it is.
        watched: The agents to draw from. An edit of an agent to which no case goes rightly cannot show.
        limit: How many mutations of each edit, at least 1.
        seed: Equal seeds draw equal agents, whatever the order of ``watched``.

    Returns:
        The mutations, edit by edit. A roster of one agent is neither swapped nor emptied.
    """
    makers: Sequence[tuple[Edit, _Maker]] = (
        (Edit.SWAPPED, _swapped),
        (Edit.BLANKED, _blanked),
        (Edit.DUPLICATED, _duplicated),
        (Edit.DELETED, _deleted),
    )
    return tuple(
        mutation
        for edit, make in makers
        for mutation in _first(limit, roster, _drawn(roster, watched, edit, seed), make)
    )


def _drawn(roster: Roster, watched: Sequence[AgentName], edit: Edit, seed: int) -> list[AgentDefinition]:
    """Return the watched agents in an order that depends on nothing but their names, the edit and the seed."""
    chosen = [agent for agent in roster.agents if agent.name in set(watched)]
    return sorted(chosen, key=lambda agent: fingerprint_of([seed, edit.value, agent.name]))


def _first(
    limit: int,
    roster: Roster,
    drawn: Sequence[AgentDefinition],
    make: _Maker,
) -> Iterator[Mutation]:
    edited: set[AgentName] = set()
    made = 0
    for agent in drawn:
        if made == limit:
            return
        # Agents that no mutation of this edit has touched come first: three swaps are to be six agents.
        others = sorted((other for other in drawn if other != agent), key=lambda other: other.name in edited)
        mutation = None if agent.name in edited else make(roster, agent, others)
        if mutation is not None:
            made += 1
            edited.update(mutation.agents)
            yield mutation


def _swapped(roster: Roster, agent: AgentDefinition, others: Sequence[AgentDefinition]) -> Mutation | None:
    """Let an agent and the next one that is described otherwise trade descriptions and examples."""
    own = agent.description.split()
    other = next((other for other in (*others, *roster.agents) if other.description.split() != own), None)
    if other is None:
        return None
    trade = (
        replace(agent, description=other.description, examples=other.examples),
        replace(other, description=agent.description, examples=agent.examples),
    )
    return Mutation(edit=Edit.SWAPPED, agents=(agent.name, other.name), roster=_with(roster, *trade))


def _blanked(roster: Roster, agent: AgentDefinition, _others: Sequence[AgentDefinition]) -> Mutation | None:
    if agent.description == NOTHING:
        return None
    blank = replace(agent, description=NOTHING, examples=())
    return Mutation(edit=Edit.BLANKED, agents=(agent.name,), roster=_with(roster, blank))


def _duplicated(roster: Roster, agent: AgentDefinition, _others: Sequence[AgentDefinition]) -> Mutation:
    """Add an agent that differs in its name only, and there in signs that are no words.

    With other words in its name the original could win every request by its own. The sign sorts before letters and
    digits, so that a chooser that takes the first of two equals takes the copy.
    """
    name = f"+{agent.name}"
    while name in roster.names:
        name = f"+{name}"
    copy = replace(agent, name=AgentName(name))
    return Mutation(edit=Edit.DUPLICATED, agents=(agent.name,), roster=replace(roster, agents=(*roster.agents, copy)))


def _deleted(roster: Roster, agent: AgentDefinition, _others: Sequence[AgentDefinition]) -> Mutation | None:
    rest = tuple(other for other in roster.agents if other.name != agent.name)
    if not rest:
        return None
    return Mutation(edit=Edit.DELETED, agents=(agent.name,), roster=replace(roster, agents=rest))


def _with(roster: Roster, *edited: AgentDefinition) -> Roster:
    by_name = {agent.name: agent for agent in edited}
    return replace(roster, agents=tuple(by_name.get(agent.name, agent) for agent in roster.agents))
