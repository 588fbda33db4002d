"""How one roster became another, as edits that can be made one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from passmuster.analysis.attributing import compare_rosters
from passmuster.analysis.minimizing import NO_EDITS, Edits, Partition
from passmuster.analysis.rewording import Rewording
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import AgentName


class Field(StrEnum):
    """What is edited of an agent."""

    AGENT = "agent"
    NAME = "name"
    DESCRIPTION = "description"
    BODY = "body"
    TOOLS = "tools"
    MODEL = "model"
    METADATA = "other fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit that can be made by itself; without any words it is one of white space and punctuation.

    Attributes:
        agent: The agent's name now, or its former one if it is gone.
        field: What is edited; ``agent`` where it is new or gone.
        removed: What the edit takes away; empty for an insertion.
        added: What it puts there; empty for a deletion.
        within: The sentence as it is now, where only a part of it is edited.
    """

    agent: AgentName
    field: Field
    removed: str = ""
    added: str = ""
    within: str = ""


_PLAIN = {"tools": Field.TOOLS, "model": Field.MODEL, "metadata": Field.METADATA}
"""Attributes of an agent that are edited as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The edits of one field of one agent.

    Attributes:
        edits: Each with the numbers of the run and of the sentence that it belongs to.
        values: Returns the agent's attributes with some of the edits made, each named by its place.
    """

    edits: tuple[tuple[Edit, int, int], ...]
    values: Callable[[Edits], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agent:
    """An agent that may have been edited.

    Attributes:
        old: The agent before; ``None`` for a new one.
        new: The agent now; ``None`` for one that is gone.
        parts: Its edits by field; the first one of a new agent is that it is there.
        first: The number of its first edit among all.
    """

    old: AgentDefinition | None
    new: AgentDefinition | None
    parts: tuple[_Part, ...]
    first: int

    @property
    def size(self) -> int:
        """How many edits there are."""
        return sum(len(part.edits) for part in self.parts)

    def mixture(self, made: Edits) -> AgentDefinition | None:
        """Return the agent with only these edits made, of all that there are."""
        own = frozenset(number - self.first for number in made if self.first <= number < self.first + self.size)
        if len(own) == self.size and own:
            return self.new
        if not own or (self.old is None and 0 not in own):
            return self.old
        values: dict[str, Any] = {}
        first = 0
        for part in self.parts:
            values.update(part.values(frozenset(number - first for number in own if number >= first)))
            first += len(part.edits)
        base = self.old or self.new
        return None if base is None else replace(base, **values)


class RosterEdits:
    """Everything that was edited between two rosters.

    Attributes:
        edits: In order of the agents' names, then of the fields, then of the text.
        partitions: The edits by number: by agent, by field, by run, by sentence, one by one.
    """

    def __init__(self, baseline: Roster, candidate: Roster) -> None:
        """Take two rosters apart; agents that were renamed are known by their description or body."""
        self._name = candidate.name
        self._agents: list[_Agent] = []
        edits: list[Edit] = []
        keys: list[tuple[object, ...]] = []
        for old, new in _pairs(baseline, candidate):
            agent = _Agent(old=old, new=new, parts=tuple(_parts(old, new)), first=len(edits))
            self._agents.append(agent)
            for edit, *numbers in (row for part in agent.parts for row in part.edits):
                edits.append(edit)
                keys.append((edit.agent, edit.field, *numbers))
        self.edits = tuple(edits)
        self.partitions: tuple[Partition, ...] = (
            *(_partition([key[:depth] for key in keys]) for depth in range(1, 5)),
            [frozenset({number}) for number in range(len(edits))],
        )

    @property
    def every(self) -> Edits:
        """The numbers of all edits."""
        return frozenset(range(len(self.edits)))

    def roster(self, made: Edits) -> Roster:
        """Return the baseline with only these edits made."""
        agents = [agent.mixture(made) for agent in self._agents]
        return Roster(name=self._name, agents=tuple(agent for agent in agents if agent is not None))


def _pairs(baseline: Roster, candidate: Roster) -> Iterator[tuple[AgentDefinition | None, AgentDefinition | None]]:
    """Yield every agent before and now, in order of names."""
    former = {new: old for old, new in compare_rosters(_side(baseline), _side(candidate)).renamed}
    renamed = set(former.values())
    for name in sorted({*baseline.names, *candidate.names} - renamed):
        yield baseline.agent(former.get(name, name)), candidate.agent(name)


def _side(roster: Roster) -> Snapshot:
    return Snapshot(suite="", agents=Snapshot.prints(roster), subjects=(), observations=())


def _partition(keys: Sequence[tuple[object, ...]]) -> Partition:
    """Put numbers of equal keys together, in order."""
    parts: dict[tuple[object, ...], set[int]] = {}
    for number, key in enumerate(keys):
        parts.setdefault(key, set()).add(number)
    return [frozenset(part) for part in parts.values()]


def _parts(old: AgentDefinition | None, new: AgentDefinition | None) -> Iterator[_Part]:
    if new is None:
        name = AgentName("") if old is None else old.name
        yield _whole(Edit(agent=name, field=Field.AGENT, removed=name), {}, {})
    elif old is None:
        # A new agent can be there with some of what it says; one that is gone is gone with all that it said.
        yield _whole(Edit(agent=new.name, field=Field.AGENT, added=new.name), {}, {})
        yield from _texts(replace(new, description="", instructions="", examples=()), new)
    else:
        if old.name != new.name:
            edit = Edit(agent=new.name, field=Field.NAME, removed=old.name, added=new.name)
            yield _whole(edit, {"name": old.name}, {"name": new.name})
        yield from _texts(old, new)
        for attribute, field in _PLAIN.items():
            before, after = getattr(old, attribute), getattr(new, attribute)
            if before != after:
                edit = Edit(agent=new.name, field=field, removed=_shown(before), added=_shown(after))
                yield _whole(edit, {attribute: before}, {attribute: after})


def _whole(edit: Edit, before: Mapping[str, Any], after: Mapping[str, Any]) -> _Part:
    """Make the part of a field that is edited as one."""
    return _Part(edits=((edit, 0, 0),), values=lambda made: after if 0 in made else before)


def _texts(old: AgentDefinition, new: AgentDefinition) -> Iterator[_Part]:
    if (old.description, old.examples) != (new.description, new.examples):
        yield _description(old, new)
    if old.instructions != new.instructions:
        rewording = Rewording(old.instructions, new.instructions)
        yield _Part(
            edits=_edits(rewording, new.name, Field.BODY),
            values=lambda made: {"instructions": rewording.mixture(made & _every(rewording)).text},
        )


def _description(old: AgentDefinition, new: AgentDefinition) -> _Part:
    """Make the part of a description; its examples go with the text that they stand in."""
    rewording = Rewording(old.description, new.description)
    every = _every(rewording)
    known = (old.examples, new.examples)
    found = tuple(len(rewording.mixture(made).examples) for made in (NO_EDITS, every))
    if not every or found != (len(old.examples), len(new.examples)):
        # The loader has found other examples than are seen here, so nobody knows which stands where.
        edit = Edit(agent=new.name, field=Field.DESCRIPTION, removed=old.description, added=new.description)
        before, after = ({"description": side.description, "examples": side.examples} for side in (old, new))
        return _whole(edit, before, after)

    def values(made: Edits) -> Mapping[str, Any]:
        mixture = rewording.mixture(made & every)
        examples = tuple(known[is_new][number] for is_new, number in mixture.examples)
        return {"description": mixture.text, "examples": examples}

    return _Part(edits=_edits(rewording, new.name, Field.DESCRIPTION), values=values)


def _every(rewording: Rewording) -> Edits:
    return frozenset(range(len(rewording.edits)))


def _edits(rewording: Rewording, agent: AgentName, field: Field) -> tuple[tuple[Edit, int, int], ...]:
    return tuple(
        (
            Edit(agent=agent, field=field, removed=item.removed, added=item.added, within=item.within),
            item.stretch,
            item.sentence,
        )
        for item in rewording.edits
    )


def _shown(value: object) -> str:
    """Return a field's value as people write it; nothing for one that is not there."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(value) or "(none)"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return str(value)
