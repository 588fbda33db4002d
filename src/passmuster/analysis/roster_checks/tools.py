"""Tools that the host does not know, and tools that the instructions ask for in vain."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from passmuster.analysis.roster_checks import claude_code
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.prose import prose_of
from passmuster.analysis.roster_checks.rules import complaint, place_of, quoted
from passmuster.domain.agents import AgentDefinition
from passmuster.domain.findings import Finding

SHOWN_TOOLS = 6

_FOLDED = {tool.casefold(): tool for tool in sorted(claude_code.TOOLS)}
_EDITORS_OWN = frozenset({"codebase", "editFiles", "edit/editFiles", "search/codebase", "runCommands", "githubRepo"})
_ARGUMENTS = re.compile(r"\(.*\)\Z", re.DOTALL)
_FOREIGN = re.compile(r"mcp__.+|\*")

# A demand is an order to the agent itself, at the beginning of a sentence or of an item: what the agent is to advise
# others, or to write into code, is none.
_ORDER = (
    r"^(?:[-*+#>]+|\d+[.)])?\s*\**"
    r"(?:(?:always|first|then|now|next|finally|immediately|please|you (?:must|should|will))[, ]+)*"
)
_WHICH = (
    r"(?:(?:the|a|an|all|any|your|these|existing|full|whole|entire|unit|relevant|automated|new|necessary|affected)\s+)*"
)
_COMMANDS = r"(?:git|gh|npm|npx|pnpm|yarn|pytest|python3?|pip|make|docker|kubectl|cargo|curl|bash)"
_DEMANDS = (
    (
        "run commands",
        claude_code.SHELL,
        re.compile(
            rf"\b(?:run|execute|use|using|from|with|via|invoke|call)\s+(?:the\s+)?`{_COMMANDS}\s[^`]+`"
            rf"|{_ORDER}(?:run|execute)\s+{_WHICH}(?:tests?|test suite|linters?|(?:shell|bash|terminal) commands?)"
            r"\b(?!\s+(?:plan|strateg|case|scenario|data|design|session))",
            re.IGNORECASE,
        ),
    ),
    (
        "write files",
        claude_code.FILE_WRITING | claude_code.SHELL,
        re.compile(
            rf"{_ORDER}(?:edit|modify|update|create|write)\s+{_WHICH}(?:source |test |output |report )?files?\b"
            rf"|{_ORDER}(?:save|write)\s+[^.`]{{0,60}}\b(?:in|to|into)\s+(?:a\s+|the\s+)?"
            r"(?:`[^`]+\.\w+`|\S+\.md\b|(?:new )?files?\b)",
            re.IGNORECASE,
        ),
    ),
    (
        "search the web",
        claude_code.WEB | claude_code.SHELL,
        re.compile(
            rf"{_ORDER}(?:search|browse)\s+(?:the\s+)?(?:web|internet)\b(?!\s+\w*(?:app|site|server|page))",
            re.IGNORECASE,
        ),
    ),
)
# Tools that are called by name need no guess.
_NAMED_TOOL = re.compile(
    rf"{_ORDER}(?:use|call|invoke)\s+(?:the\s+|your\s+)?[`*]{{0,3}}(?P<tool>[A-Z][A-Za-z]+)[`*]{{0,3}}\s+tools?\b",
    # The order may begin with a capital letter; the name must be as the host writes it, which is looked up.
    re.IGNORECASE,
)


def unknown_tools(material: Material) -> Iterator[Finding]:
    """Find tools that the host does not know; such a tool is silently left out."""
    for agent in _agents(material):
        tools = agent.tools or ()
        unknown = [tool for tool in tools if not _is_known(tool)]
        if not unknown:
            continue
        place = material.field_place(agent, "tools")
        # Whether the host minds capital letters is not said, so such a slip is no error.
        if not any(_bare(tool).casefold() in _FOLDED or _is_known(tool) for tool in tools):
            yield complaint(
                "no-known-tool",
                place,
                f"none of the tools of {agent.name!r} is known to the host, so it is left with none: {_listed(tools)}",
                _remedy(unknown) or "write names such as Read, Edit and Bash, or delete the field for all tools",
            )
        else:
            yield complaint(
                "unknown-tool",
                place,
                f"the host knows no tool {_listed(unknown)}",
                _remedy(unknown) or "correct it, or delete it: the host leaves it out without a word",
            )


def nested_agents(material: Material) -> Iterator[Finding]:
    """Find limits on which agents an agent may call; the host honours them for the main thread alone."""
    for agent in _agents(material):
        nested = [
            tool for tool in agent.tools or () if tool.partition("(")[0] in claude_code.DELEGATING and "(" in tool
        ]
        # What begins a session by itself is made to be the main thread's.
        if nested and "initialPrompt" not in agent.metadata:
            yield complaint(
                "nested-agents",
                material.field_place(agent, "tools"),
                f"{_listed(nested)} counts only where {agent.name!r} is the main thread's agent (`claude --agent`)",
                "write Agent alone if it may call others, or leave it out",
            )


def missing_tools(material: Material) -> Iterator[Finding]:
    """Find instructions that tell an agent to do what none of its tools can."""
    for agent in _agents(material):
        if agent.tools is None or any(_FOREIGN.fullmatch(tool) for tool in agent.tools):
            continue
        own = {_bare(tool) for tool in agent.tools}
        # Where nothing is known of the tools, other findings say so.
        if own & claude_code.TOOLS:
            yield from _missing(material, agent, own)


def _missing(material: Material, agent: AgentDefinition, own: set[str]) -> Iterator[Finding]:
    wanted: set[str] = set()
    for line, sentence in prose_of(material, agent):
        match = _NAMED_TOOL.search(sentence)
        tool = match["tool"] if match else ""
        if tool in claude_code.TOOLS and not _stands_in(tool, own) and tool not in wanted:
            wanted.add(tool)
            yield _contradiction(agent, line, sentence, f"have the tool {tool}")
        for what, tools, pattern in _DEMANDS:
            if what not in wanted and not own & tools and pattern.search(sentence):
                wanted.add(what)
                yield _contradiction(agent, line, sentence, what)


def _contradiction(agent: AgentDefinition, line: int | None, sentence: str, what: str) -> Finding:
    return complaint(
        "missing-tool",
        place_of(agent, line),
        f"{agent.name!r} is told {quoted(sentence)}, but cannot {what} with its tools: {_listed(agent.tools or ())}",
        "add the tool, or tell the agent to propose it instead of doing it",
    )


def _stands_in(tool: str, own: set[str]) -> bool:
    """Whether one of an agent's tools is another name for a tool, or does its work."""
    groups = (claude_code.DELEGATING, claude_code.FILE_WRITING, claude_code.SHELL)
    return tool in own or any(tool in group and own & group for group in groups) or "Bash" in own


def _agents(material: Material) -> Iterator[AgentDefinition]:
    if material.roster.host == claude_code.HOST:
        yield from material.roster.agents


def _bare(tool: str) -> str:
    return _ARGUMENTS.sub("", tool).strip()


def _is_known(tool: str) -> bool:
    return _bare(tool) in claude_code.TOOLS or bool(_FOREIGN.fullmatch(tool))


def _remedy(unknown: list[str]) -> str:
    if _EDITORS_OWN & set(unknown):
        return "these are names of VS Code's tools; write Claude Code's, such as Read, Edit, Grep and Bash"
    for tool in unknown:
        near = get_close_matches(_bare(tool).casefold(), list(_FOLDED), n=1, cutoff=0.85)
        if near:
            return f"for {tool!r}, did you mean {_FOLDED[near[0]]!r}? The host leaves out what it does not know"
    return ""


def _listed(tools: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(repr(tool) for tool in tools[:SHOWN_TOOLS])
    more = len(tools) - SHOWN_TOOLS
    return f"{shown} and {more} more" if more > 0 else shown or "none"
