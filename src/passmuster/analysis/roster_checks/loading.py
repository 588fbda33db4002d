"""Agents that vanish, or come out other than they were written."""

import re
from collections.abc import Iterator

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.domain.agents import FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding

LOOKED_AT = 40
"""Lines at the beginning of a file in which damaged front matter is looked for."""

_NAME = re.compile(r"[ \t]*name[ \t]*:[ \t]*\S")
_DESCRIPTION = re.compile(r"[ \t]*description[ \t]*:")
_FENCE = re.compile(r"\s*---\s*")


def troubled_files(material: Material) -> Iterator[Finding]:
    """Say of every file what the host makes of it, where that is not what its author may think."""
    for verdict in material.roster.files:
        if verdict.host is HostVerdict.PLACEHOLDER:
            yield complaint(
                "placeholder",
                verdict.location,
                f"the host loads this agent without its own description: {verdict.reason}",
                verdict.remedy or "write a description: nothing tells a chooser what the agent is for",
            )
        elif verdict.host is HostVerdict.REFUSED:
            yield complaint(
                "not-loaded",
                verdict.location,
                f"the host does not load this agent: {verdict.reason}",
                verdict.remedy or "correct the front matter; nobody can choose an agent that is not loaded",
            )
        elif verdict.host is HostVerdict.LENIENT:
            yield complaint(
                "not-strict-yaml",
                verdict.location,
                f"the host loads this agent only by its lenient second pass: {verdict.reason}",
                verdict.remedy
                or "put the description in double quotes, or in a block that begins with |; `lint --fix` can quote it",
            )


def overlooked_agents(material: Material) -> Iterator[Finding]:
    """Find files that the host takes for documentation although they were meant to be agents."""
    for verdict in material.roster.files:
        text = material.texts.get(verdict.location.path)
        if verdict.host is not HostVerdict.NOT_AN_AGENT or text is None:
            continue
        if verdict.strict is StrictVerdict.NO_FRONT_MATTER:
            yield from _damaged(verdict, text)
        elif {"description", "tools"} <= {entry.key for entry in text.entries}:
            yield complaint(
                "nameless-agent",
                verdict.location,
                "there is a description and there are tools but no name, so the host takes this for documentation",
                "write a line 'name:' into the front matter, or move the file out of the roster",
            )


def shadowed_agents(material: Material) -> Iterator[Finding]:
    """Find agents that give way to others of their name; two on one level are an error of the loader's."""
    twice = {
        finding.location.path
        for finding in material.roster.findings
        if finding.rule == "duplicate-agent" and finding.location is not None
    }
    for verdict in material.roster.files:
        if verdict.host is HostVerdict.SHADOWED and verdict.location.path not in twice:
            yield complaint(
                "shadowed-agent",
                verdict.location,
                f"the agent {verdict.name!r} of this file cannot be chosen: {verdict.reason}",
                "rename one of the two, or delete this one",
            )


def _damaged(verdict: FileVerdict, text: AgentText) -> Iterator[Finding]:
    head = text.lines[:LOOKED_AT]
    name = next((number for number, line in enumerate(head) if _NAME.match(line)), None)
    if name is None or not any(_DESCRIPTION.match(line) for line in head):
        return
    fenced = any(_FENCE.fullmatch(line) for line in head)
    # Documents about agents show front matter within a fence of code.
    is_shown = any(line.lstrip().startswith(("```", "~~~")) for line in head[:name])
    if is_shown or not (fenced or name <= 1):
        return
    yield complaint(
        "overlooked-agent",
        verdict.location,
        f"the host takes this file for documentation, though it has a name and a description: {verdict.reason}",
        "let line 1 be '---', without space before it, and put another line '---' below the last field",
    )
