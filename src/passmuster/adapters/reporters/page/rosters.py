"""The agents of a page: what each says and costs, whom it is like, and how it was before."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from passmuster.adapters.reporters.page.interning import Names
from passmuster.adapters.reporters.page.page_format import AgentDetail, AgentEntry
from passmuster.analysis.catalogues import catalogue_of
from passmuster.analysis.overlapping import similar_descriptions
from passmuster.analysis.twins import twin_groups
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName
from passmuster.texts.visible import clipped, visible

NEIGHBOURS = 5
"""So many agents are named whose descriptions are most like an agent's."""

ALIKE_FROM = 0.1
"""Descriptions less alike than this are nobody's neighbours."""

INSTRUCTIONS_LENGTH = 60_000
"""Instructions are cut after so many characters."""

DESCRIPTION_LENGTH = 8_000
MOST_LINES = 4_000
"""Definitions of more lines are not compared line by line."""

NOT_KEPT = "How it was before is not kept: neither a stored run nor a commit has the agents of the baseline."
TOO_LONG = f"A definition of more than {MOST_LINES:,} lines is not compared line by line."

_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPart:
    """One agent of either side.

    Attributes:
        name: Its name.
        now: As it is; ``None`` for one that is gone.
        before: As it was; ``None`` for a new one, and where nobody knows.
        former: Its name before, where it was renamed.
        change: What was done to it, in a word or two; empty for nothing.
    """

    name: AgentName
    now: AgentDefinition | None
    before: AgentDefinition | None
    former: str
    change: str


def roster_parts(report: Report) -> tuple[RosterPart, ...]:
    """Return the agents of the report, and those that are gone, in order of name."""
    change = RosterChange() if report.comparison is None else report.comparison.roster
    renamed = {new: old for old, new in change.renamed}
    gone = [name for name in change.removed if name not in renamed.values()]
    now = {agent.name: agent for agent in report.roster.agents}
    before = {} if report.roster_before is None else {agent.name: agent for agent in report.roster_before.agents}
    words = _words(change, renamed)
    return tuple(
        RosterPart(
            name=name,
            now=now.get(name),
            before=before.get(renamed.get(name, name)),
            former=visible(renamed.get(name, "")),
            change=words.get(name, ""),
        )
        for name in sorted({*now, *gone})
    )


def _words(change: RosterChange, renamed: Mapping[AgentName, AgentName]) -> dict[AgentName, str]:
    return {
        **dict.fromkeys(change.removed, "removed"),
        **dict.fromkeys(change.otherwise_edited, "otherwise edited"),
        **dict.fromkeys(change.description_edited, "description edited"),
        **dict.fromkeys(change.added, "added"),
        **dict.fromkeys(renamed, "renamed"),
    }


def agent_details(parts: Sequence[RosterPart]) -> list[AgentDetail]:
    """Return the definitions, in the order of the parts."""
    return [_detail(part) for part in parts]


def agent_entries(
    report: Report, parts: Sequence[RosterPart], places: Sequence[tuple[int, int]], agents: Names
) -> list[AgentEntry]:
    """Return the entries, in the order of the parts; their definitions are at these places."""
    tokens = {entry.agent: entry.tokens for entry in catalogue_of(report.roster).entries}
    neighbours = _neighbours(report.roster)
    return [
        AgentEntry(
            agent=agents.place(part.name),
            change=part.change,
            former=part.former,
            tokens=tokens.get(part.name, 0),
            model=visible(agent.model or "") if (agent := part.now or part.before) else "",
            tools=_tools(agent),
            path="" if agent is None or agent.source is None else visible(agent.source.path),
            description="" if agent is None else _description(agent),
            description_before=None if part.before is None else _description(part.before),
            chunk=chunk,
            place=place,
            neighbours=[(agents.place(other), alike) for other, alike in neighbours.get(part.name, ())],
        )
        for part, (chunk, place) in zip(parts, places, strict=True)
    ]


def _detail(part: RosterPart) -> AgentDetail:
    agent = part.now or part.before
    instructions, left_out = clipped("" if agent is None else agent.instructions, INSTRUCTIONS_LENGTH)
    difference, missing = _difference(part)
    return AgentDetail(
        kind="agent",
        instructions=f"{instructions}\n… {left_out:,} more characters" if left_out else instructions,
        front_matter="" if agent is None else "\n".join(_front_matter(agent)),
        diff=difference,
        missing=missing,
    )


def _difference(part: RosterPart) -> tuple[list[str], str]:
    """Return what differs between both definitions, and why that cannot be said."""
    if part.before is None and part.change not in {"", "added"}:
        return [], NOT_KEPT
    if part.now is None or part.before is None:
        return [], ""
    before, now = ([*_front_matter(agent), "", *visible(agent.instructions).split("\n")] for agent in _both(part))
    if before == now:
        return [], ""
    if max(len(before), len(now)) > MOST_LINES:
        return [], TOO_LONG
    return list(unified_diff(before, now, "before", "now", lineterm="")), ""


def _both(part: RosterPart) -> Iterator[AgentDefinition]:
    yield from (agent for agent in (part.before, part.now) if agent is not None)


def _front_matter(agent: AgentDefinition) -> list[str]:
    """Return all but the instructions, a line for each field; of a description each line is one."""
    fields: dict[str, object] = {"name": agent.name}
    fields |= {} if agent.model is None else {"model": agent.model}
    fields |= {} if agent.tools is None else {"tools": list(agent.tools)}
    fields |= {key: agent.metadata[key] for key in sorted(agent.metadata)}
    lines = [f"{key}: {_value(value)}" for key, value in fields.items()]
    return [visible(line) for line in [*lines, "description:", *(f"  {one}" for one in agent.description.split("\n"))]]


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _description(agent: AgentDefinition) -> str:
    shown, left_out = clipped(agent.description, DESCRIPTION_LENGTH)
    return f"{shown} … {left_out:,} more characters" if left_out else shown


def _tools(agent: AgentDefinition | None) -> list[str] | None:
    return None if agent is None or agent.tools is None else [visible(tool) for tool in agent.tools]


def _neighbours(roster: Roster) -> dict[AgentName, list[tuple[AgentName, float]]]:
    found: dict[AgentName, list[tuple[AgentName, float]]] = {}
    for group in twin_groups(roster):
        for name in group.names:
            found[name] = [(other, 1.0) for other in group.names if other != name]
    # They come the most alike first.
    for pair in similar_descriptions(roster, ALIKE_FROM):
        alike = round(pair.cosine, _DIGITS)
        found.setdefault(pair.first, []).append((pair.second, alike))
        found.setdefault(pair.second, []).append((pair.first, alike))
    return {name: others[:NEIGHBOURS] for name, others in found.items()}
