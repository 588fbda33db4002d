"""Whose edit moved a request: how two rosters differ, and what that says about a case that went elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from passmuster.domain.comparisons import RosterChange
from passmuster.domain.observations import NOBODY, AgentPrint, Snapshot
from passmuster.domain.values import UNKNOWN, AgentName, fingerprint_of

EMPTY = fingerprint_of("")


def compare_rosters(baseline: Snapshot, candidate: Snapshot) -> RosterChange:
    """Compare the agents of two snapshots by their fingerprints."""
    before = {item.name: item for item in baseline.agents}
    after = {item.name: item for item in candidate.agents}
    shared = sorted(before.keys() & after.keys())
    described = tuple(name for name in shared if before[name].description != after[name].description)
    otherwise = tuple(
        name for name in shared if name not in described and before[name].definition != after[name].definition
    )
    added = tuple(sorted(after.keys() - before.keys()))
    removed = tuple(sorted(before.keys() - after.keys()))
    known = [(before[name], after[name]) for name in shared]
    return RosterChange(
        added=added,
        removed=removed,
        description_edited=described,
        otherwise_edited=otherwise,
        renamed=_renamed(before, removed, after, added),
        # An older baseline does not know these parts of an agent.
        instructions_edited=tuple(
            new.name for old, new in known if old.instructions and old.instructions != new.instructions
        ),
        tools_edited=tuple(new.name for old, new in known if old.tools and old.tools != new.tools),
        model_edited=tuple(new.name for old, new in known if old.tools and old.model != new.model),
    )


def _renamed(
    before: Mapping[AgentName, AgentPrint],
    removed: tuple[AgentName, ...],
    after: Mapping[AgentName, AgentPrint],
    added: tuple[AgentName, ...],
) -> tuple[tuple[AgentName, AgentName], ...]:
    """Pair agents that are gone with new ones of the same description or, failing that, of the same body."""
    pairs: dict[AgentName, AgentName] = {}
    agents = [*(before[name] for name in removed), *(after[name] for name in added)]
    for parts in ({one.name: one.words for one in agents}, {one.name: one.instructions for one in agents}):
        for old in removed:
            alike = [name for name in added if name not in pairs.values() and parts[name] == parts[old]]
            # An older baseline does not know these parts, and two agents that say nothing have nothing in common.
            if old not in pairs and alike and parts[old] not in {UNKNOWN, EMPTY}:
                pairs[old] = alike[0]
    return tuple(sorted(pairs.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whose edit moved a request, as far as the two rosters can tell; see :class:`CaseChange`."""

    stolen_by: str | None = None
    lost_to: str | None = None
    edited: tuple[AgentName, ...] = ()
    explanation: str = ""


def attribute(was: str, now: str, roster: RosterChange) -> Attribution:
    """Say whose edit moved a request from one choice to another.

    Stolen: the agent that has it now had its description edited, or is new. Lost: the agent that had it was edited
    or removed, and the one that has it now was not. Neither: a third agent's edit made some words commoner or rarer.
    An agent under another name has stolen nothing from itself; the case still expects the old name.
    """
    drawing = {*roster.description_edited, *roster.added}
    leaving = {*roster.description_edited, *roster.removed}
    differing = drawing | leaving | {*roster.otherwise_edited}
    edited = tuple(AgentName(name) for name in (was, now) if name != NOBODY and name in differing)
    if (was, now) in roster.renamed:
        return Attribution(lost_to=now, edited=edited, explanation=f"{was} was renamed to {now}")
    if now in drawing:
        how = "is new" if now in roster.added else "was edited"
        return Attribution(stolen_by=now, edited=edited, explanation=f"{now} {how} and takes it from {was}")
    if was in leaving:
        how = "was removed" if was in roster.removed else "was edited"
        return Attribution(lost_to=now, edited=edited, explanation=f"{was} {how} and loses it to {now}")
    others = sorted(drawing | leaving)
    if others:
        balance = f"the change of {', '.join(others)} shifted the balance between {was} and {now}"
        return Attribution(edited=edited, explanation=balance)
    return Attribution(edited=edited, explanation="no description differs: the router or its model changed, or varies")
