"""Agents and files that a prompt speaks of and that are not there."""

import posixpath
import re
from collections.abc import Iterator

from passmuster.analysis.roster_checks.claude_code import BUILT_IN_AGENTS, HOST
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.prose import lines_of_prose
from passmuster.analysis.roster_checks.rules import complaint, place_of
from passmuster.domain.agents import AgentDefinition
from passmuster.domain.findings import Finding

_NAME = r"[a-z0-9]+(?:[:-][a-z0-9]+)+"
# Only what is marked as a name, has a hyphen, and is called an agent: prose is full of "multi-step agents".
_AGENT = re.compile(
    rf"(?:[`*]{{1,2}}@?|@)(?P<before>{_NAME})[`*]{{0,2}}\s+(?:sub-?)?agent\b(?!\s+(?:type|pattern|framework|architecture))"
    rf"|\bsubagent_type\s*[:=]\s*[\"'`](?P<typed>{_NAME})[\"'`]"
)
_LINK = re.compile(r"(?<!!)\[[^\]\n]{1,200}\]\((?P<target>[^()\s#?]{1,300})[#?]?[^()\s]{0,100}\)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
# Elsewhere, or a stand-in for a path.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|~|\$|<|\{|(?:\./)?(?:path|url|link|file|example)\b", re.IGNORECASE)
_FILE = re.compile(r"[\w./-]+\.[A-Za-z0-9]{1,8}")


def unknown_agents(material: Material) -> Iterator[Finding]:
    """Find agents that instructions send work to and that the roster does not have; once for each file and name."""
    if material.roster.host != HOST:
        return
    known = {form for name in material.roster.names for form in (name.casefold(), name.rpartition(":")[2].casefold())}
    for agent in material.roster.agents:
        seen = set(known | BUILT_IN_AGENTS)
        for number, line in lines_of_prose(material, agent):
            # Quicker by far than the pattern, and most lines name none.
            for match in _AGENT.finditer(line) if "agent" in line else ():
                name = match["before"] or match["typed"]
                if name.casefold() not in seen:
                    seen.add(name.casefold())
                    yield _complaint(agent, number, name)


def missing_files(material: Material) -> Iterator[Finding]:
    """Find links to files beside an agent's that are not there; once for each file and target."""
    for agent in material.roster.agents:
        if agent.source is None:
            continue
        folder, seen = posixpath.dirname(agent.source.path), set()
        for number, line in lines_of_prose(material, agent):
            for match in _links(line) if "](" in line else ():
                target = match["target"]
                if target in seen or _ELSEWHERE.match(target) or not _FILE.fullmatch(target):
                    continue
                seen.add(target)
                if not material.is_there(posixpath.join(folder, target)):
                    yield complaint(
                        "missing-file",
                        place_of(agent, number, match.start("target") + 1),
                        f"the link {target!r} leads to no file beside this one",
                        "correct it, or write the file's contents here: an agent starts in the user's folder",
                    )


def _links(line: str) -> Iterator[re.Match[str]]:
    return _LINK.finditer(_CODE.sub(lambda code: " " * len(code[0]), line))


def _complaint(agent: AgentDefinition, number: int | None, name: str) -> Finding:
    return complaint(
        "unknown-reference",
        place_of(agent, number),
        f"the instructions of {agent.name!r} speak of the agent {name!r}, which the roster does not have",
        "correct the name, or add the agent",
    )
