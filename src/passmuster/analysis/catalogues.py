"""What a host tells its model about the agents: the text that the choice rests on, and what it costs.

Each form is that of a product's own source or recorded requests: the heading and the line of each agent, without the
advice around them and without the tags of the message that carries them. Where a product's wording is not known, the
plainest form stands in for it, and the catalogue says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName

CHARACTERS_PER_TOKEN = 4
"""How tokens are reckoned where no tokenizer is at hand; Claude Code's own warning reckons so, too."""

AGENT_LIMIT = 15_000
"""Claude Code warns when the descriptions of all agents together have more tokens."""

SKILL_LIMIT = 2_000
"""The list of skills may take a hundredth of the context window, which is 200,000 tokens for most models."""

SHOWN_AGENTS = 3
"""How many of the dearest agents a complaint names."""

_NO_DESCRIPTION = "This subagent should only be called manually by the user."


class CatalogueForm(StrEnum):
    """The forms that Claude Code has given its list; other hosts have one."""

    NEWER = "newer"
    OLDER = "older"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """What the catalogue says about one agent.

    Attributes:
        agent: Its name.
        text: Its line, or its lines.
        tokens: What they cost, about, in every request.
        share: The part of the whole catalogue, from 0 to 1.
    """

    agent: AgentName
    text: str
    tokens: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The agents as a model sees them.

    Attributes:
        text: All of it.
        entries: Its parts, in the order of the text.
        tokens: What the text costs, about, in every request.
        description_tokens: The part of it that descriptions take; this is what a host's limit is about.
        limit: The number of description tokens above which the host warns or cuts; ``None`` where it does neither.
        is_exact: Whether the wording is the host's own.
        findings: Complaints, such as about a catalogue that is too large.
    """

    text: str
    entries: tuple[CatalogueEntry, ...]
    tokens: int
    description_tokens: int
    limit: int | None
    is_exact: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """How a host writes its list."""

    line: Callable[[AgentDefinition], str]
    heading: str = ""
    ending: str = ""
    limit: int | None = None
    is_exact: bool = True


def catalogue_of(
    roster: Roster, order: Sequence[AgentName] | None = None, form: CatalogueForm = CatalogueForm.NEWER
) -> Catalogue:
    """Write a roster as its host shows it to its model.

    Args:
        roster: The agents; :attr:`Roster.host` decides about the form.
        order: The agents to list, in this order; ``None`` lists all, in the roster's own order of presentation or by
            name. Names that the roster has not are left out.
        form: Which of Claude Code's forms.
    """
    known = {agent.name: agent for agent in roster.agents}
    shown = (*roster.presentation, *known) if order is None else order
    agents = [known[name] for name in dict.fromkeys(shown) if name in known]
    listing = _listing(roster.host, form)
    lines = [listing.line(agent) for agent in agents]
    text = "".join([listing.heading, "\n".join(lines), listing.ending])
    total = sum(map(len, lines)) or 1
    entries = tuple(
        CatalogueEntry(agent=agent.name, text=line, tokens=token_count(line), share=len(line) / total)
        for agent, line in zip(agents, lines, strict=True)
    )
    spent = token_count("".join(agent.description for agent in agents))
    return Catalogue(
        text=text,
        entries=entries,
        tokens=token_count(text),
        description_tokens=spent,
        limit=listing.limit,
        is_exact=listing.is_exact,
        findings=_complaints(spent, listing.limit, entries),
    )


def token_count(text: str) -> int:
    """Return about how many tokens a text has: a fourth of its characters, rounded up."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _complaints(spent: int, limit: int | None, entries: Sequence[CatalogueEntry]) -> tuple[Finding, ...]:
    if limit is None or spent <= limit:
        return ()
    dearest = sorted(entries, key=lambda entry: (-entry.tokens, entry.agent))[:SHOWN_AGENTS]
    named = ", ".join(f"{entry.agent!r} ({entry.tokens:,})" for entry in dearest)
    message = f"the descriptions cost about {spent:,} tokens in every request; the host's limit is {limit:,}"
    return (
        Finding(
            rule="large-catalogue",
            severity=Severity.WARNING,
            message=message,
            hint=f"shorten the longest ones first: {named}",
        ),
    )


def _listing(host: str, form: CatalogueForm) -> _Listing:
    if host in {"", "claude_code"} and form is CatalogueForm.OLDER:
        host = "claude_code_older"
    return _LISTINGS.get(host, _UNKNOWN)


def _plain(agent: AgentDefinition) -> str:
    return f"- {agent.name}: {agent.description}"


def _with_tools(agent: AgentDefinition) -> str:
    return f"{_plain(agent)} (Tools: {_tools(agent)})"


def _tools(agent: AgentDefinition) -> str:
    denied = agent.metadata.get("disallowedTools")
    without = [name.strip() for name in denied.split(",")] if isinstance(denied, str) else denied
    names = [str(name) for name in without if name] if isinstance(without, list | tuple) else []
    if agent.tools is None:
        return f"All tools except {', '.join(names)}" if names else "All tools"
    return ", ".join(tool for tool in agent.tools if tool not in names) or "None"


def _manual_without_description(agent: AgentDefinition) -> str:
    return f"- {agent.name}: {agent.description or _NO_DESCRIPTION}"


def _tagged(agent: AgentDefinition) -> str:
    name, description = f"    <name>{agent.name}</name>", f"    <description>{agent.description}</description>"
    return f"  <subagent>\n{name}\n{description}\n  </subagent>"


def _hinted(agent: AgentDefinition) -> str:
    hint = agent.metadata.get("argument-hint")
    fields = {
        "name": agent.name,
        "description": agent.description,
        "argumentHint": hint if isinstance(hint, str) else "",
    }
    return "\n".join(["<agent>", *(f"<{key}>{text}</{key}>" for key, text in fields.items() if text), "</agent>"])


def _braced(agent: AgentDefinition) -> str:
    model, effort = agent.model, agent.metadata.get("model_reasoning_effort")
    settings = [
        *([f"model is set to `{model}`"] if model else []),
        *([f"reasoning effort is set to `{effort}`"] if isinstance(effort, str) else []),
    ]
    locked = f"\n- This role's {' and its '.join(settings)}" if settings else ""
    ending = ". These settings cannot be changed." if len(settings) > 1 else " and cannot be changed."
    return f"{agent.name}: {{\n{agent.description}{locked}{ending if settings else ''}\n}}"


_UNKNOWN = _Listing(line=_plain, is_exact=False)
_CLAUDE_CODE = _Listing(
    line=_with_tools,
    heading="Available agent types for the Agent tool:\n",
    limit=AGENT_LIMIT,
)
_LISTINGS: Mapping[str, _Listing] = {
    # Copilot and Cursor do not publish theirs.
    "": _CLAUDE_CODE,
    "claude_code": _CLAUDE_CODE,
    "claude_code_older": _Listing(
        line=_with_tools,
        heading="Available agent types and the tools they have access to:\n",
        limit=AGENT_LIMIT,
    ),
    "skills": _Listing(
        line=_plain,
        heading="The following skills are available for use with the Skill tool:\n\n",
        limit=SKILL_LIMIT,
    ),
    "opencode": _Listing(
        line=_manual_without_description,
        heading="Available agent types and the tools they have access to:\n",
    ),
    "gemini_cli": _Listing(line=_tagged, heading="<available_subagents>\n", ending="\n</available_subagents>"),
    "vscode": _Listing(line=_hinted, heading="<agents>\n", ending="\n</agents>"),
    "codex": _Listing(line=_braced, heading="Available roles:\n"),
}
