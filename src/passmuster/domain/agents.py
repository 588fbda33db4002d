"""Agents, rosters, and how each agent file fared when it was loaded."""

from dataclasses import dataclass, field
from enum import StrEnum

from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, Fingerprint, JsonObject, SourceLocation, fingerprint_of

BUILT_IN = "built_in"
"""The key in an agent's metadata that marks agents which the host brings itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentExample:
    """One ``<example>`` block of a description.

    Attributes:
        context: The situation, empty where none is given.
        user: What the user says.
        assistant: What the assistant answers.
        commentary: Why, as the author of the agent explains it.
        agent: The agent that the assistant's line or the commentary names, if it names one.
        line: The line of the file on which the block begins, counted from 1.
    """

    context: str
    user: str
    assistant: str
    commentary: str
    agent: AgentName | None
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefinition:
    """One agent as its host sees it.

    Attributes:
        name: The host's name for it, with the plugin's prefix where there is one.
        description: What the chooser reads, exactly as the host gets it (a literal backslash-n stays one).
        instructions: The body: the system prompt.
        tools: Tools it may use; ``None`` means all, an empty tuple none.
        model: The model it asks for, or ``None``.
        metadata: The other fields of the front matter.
        examples: The ``<example>`` blocks of the description.
        source: The file it came from.
    """

    name: AgentName
    description: str
    instructions: str
    tools: tuple[str, ...] | None = None
    model: str | None = None
    metadata: JsonObject = field(default_factory=dict)
    examples: tuple[AgentExample, ...] = ()
    source: SourceLocation | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether the host brings it itself."""
        return bool(self.metadata.get(BUILT_IN))

    @property
    def description_fingerprint(self) -> Fingerprint:
        """The fingerprint of what choosers read: name and description."""
        return fingerprint_of([self.name, self.description])

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of everything that can change what the agent does; not of where it lies."""
        tools = None if self.tools is None else list(self.tools)
        return fingerprint_of([self.name, self.description, self.instructions, tools, self.model, self.metadata])


class StrictVerdict(StrEnum):
    """What a strict YAML parser makes of an agent file."""

    VALID = "valid"
    INVALID = "invalid"
    NO_FRONT_MATTER = "no front matter"


class HostVerdict(StrEnum):
    """What the host product makes of an agent file.

    ``NOT_OFFERED`` is a sound agent that its own settings, or the host's, keep from the choosing model.
    """

    LOADED = "loaded"
    LENIENT = "loaded leniently"
    PLACEHOLDER = "placeholder"
    SHADOWED = "shadowed"
    NOT_OFFERED = "not offered"
    REFUSED = "refused"
    NOT_AN_AGENT = "not an agent"

    @property
    def is_loaded(self) -> bool:
        """Whether an agent comes out of the file at all."""
        return self in {HostVerdict.LOADED, HostVerdict.LENIENT, HostVerdict.PLACEHOLDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """How one file fared, with a strict YAML parser and in the host product.

    Attributes:
        location: The file, and the line that decided, where one did.
        name: The agent's name, where the file has one.
        strict: The strict parser's verdict.
        host: The host's verdict.
        reason: Why, in one sentence; empty for a file that both accept.
        remedy: What to do about it; empty where nothing special is known.
    """

    location: SourceLocation
    name: AgentName | None
    strict: StrictVerdict
    host: HostVerdict
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The agents that compete for every request.

    Attributes:
        name: What people call it.
        agents: In order of name; names are unique.
        host: The product whose rules they were loaded by, by the name of its loader, such as ``claude_code``; empty
            where none is known.
        files: The verdict on every file that was looked at.
        findings: What the loader noticed beside the verdicts: duplicates, truncated descriptions.
        presentation: The order in which a chooser is shown the agents, where that is not the order of their names.
    """

    name: str
    agents: tuple[AgentDefinition, ...]
    host: str = ""
    files: tuple[FileVerdict, ...] = ()
    findings: tuple[Finding, ...] = ()
    presentation: tuple[AgentName, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two agents of one name, and put the agents in order."""
        names = [agent.name for agent in self.agents]
        if len(names) != len(set(names)):
            twice = sorted({name for name in names if names.count(name) > 1})
            message = f"roster {self.name!r} has two agents named {twice[0]!r}"
            # A loader reports duplicates with their places; reaching this line is a loader's bug.
            raise ValueError(message)
        object.__setattr__(self, "agents", tuple(sorted(self.agents, key=lambda agent: agent.name)))

    @property
    def names(self) -> tuple[AgentName, ...]:
        """The agents' names, in order."""
        return tuple(agent.name for agent in self.agents)

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of all agents; the order of files and where they lie do not matter."""
        order = [list(self.presentation)] if self.presentation else []
        return fingerprint_of([*(agent.fingerprint for agent in self.agents), *order])

    def agent(self, name: AgentName) -> AgentDefinition | None:
        """Return the agent of that name, or ``None``."""
        return next((agent for agent in self.agents if agent.name == name), None)

    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that make the roster unusable."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)
