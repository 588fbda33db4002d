"""Every rule of ``lint`` that a suite can silence or sharpen: its name, its severity, and what it finds."""

from dataclasses import dataclass

from passmuster.domain.agents import AgentDefinition
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

SHOWN = 80
"""Characters of a text that a message quotes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        severity: What its findings are unless a suite says otherwise.
        summary: What it finds, in a clause.
    """

    severity: Severity
    summary: str


RULES = {
    # An agent that vanishes, or that is not what its author wrote.
    "not-loaded": Rule(_E, "the host does not load this agent"),
    "placeholder": Rule(_E, "the host loads the agent without its own description"),
    "overlooked-agent": Rule(_E, "damaged fences hide the front matter, so the host sees no agent"),
    "nameless-agent": Rule(_W, "there is a description but no name, so the host takes the file for documentation"),
    "duplicate-agent": Rule(_E, "two agents of one level have the same name"),
    "shadowed-agent": Rule(_N, "an agent of the same name comes before this one"),
    "confusable-names": Rule(_W, "the host takes two names for one"),
    "not-strict-yaml": Rule(_W, "only the host's lenient second pass reads the front matter"),
    "truncated-description": Rule(_W, "the description is cut off"),
    "requoted-tools": Rule(_W, "the list of tools is one text to the host"),
    "plugin-manifest": Rule(_W, "a plugin's manifest gives no name"),
    "foreign-link": Rule(_W, "a link leaves the roster's folder, and is not followed"),
    "unreadable-folder": Rule(_W, "a folder below the roster cannot be read"),
    "unreadable-agents": Rule(_E, "a file of agents in JSON cannot be read"),
    "unread-prompt": Rule(_W, "the file that holds an agent's instructions is not read"),
    "long-instructions": Rule(_W, "the instructions are longer than the host takes"),
    "skill-specification": Rule(_W, "a skill is not as the open specification asks"),
    "absent-level": Rule(_N, "a folder of the user's or of an organisation is not on this machine"),
    # How the file is written.
    "byte-order-mark": Rule(_W, "the file begins with a byte order mark"),
    "carriage-return": Rule(_N, "lines end with carriage returns"),
    "trailing-space": Rule(_N, "lines of the front matter end with spaces"),
    "tab-in-front-matter": Rule(_W, "a line of the front matter begins with a tab"),
    "ambiguous-value": Rule(_W, "a plain value means one thing to YAML 1.1 and another to YAML 1.2"),
    "invisible-character": Rule(_W, "the text holds characters of no width"),
    "hidden-text": Rule(_E, "the text holds characters that hide words from people but not from models"),
    # Fields.
    "agent-name": Rule(_N, "the name is not of small letters, digits and hyphens"),
    "misspelt-field": Rule(_W, "an unknown field looks like one that the host knows"),
    "ignored-field": Rule(_W, "the host ignores this field here"),
    "unknown-model": Rule(_W, "the host knows no such model"),
    "unknown-value": Rule(_W, "a field has a value that the host does not know"),
    "unknown-color": Rule(_N, "the host knows no such colour"),
    "unknown-tool": Rule(_W, "the host knows no such tool"),
    "no-known-tool": Rule(_E, "none of the tools is known, so the agent is left with none"),
    "nested-agents": Rule(_N, "Agent(…) among the tools counts only for the main thread"),
    "missing-tool": Rule(_W, "the instructions ask for what no tool of the agent can do"),
    # Descriptions.
    "vague-description": Rule(_W, "no word of the description tells this agent from others"),
    "short-description": Rule(_W, "the description has very few words"),
    "long-description": Rule(_N, "the description is far longer than its peers'"),
    "unfinished-text": Rule(_W, "the description holds a placeholder"),
    "empty-instructions": Rule(_W, "the agent has no instructions"),
    "large-catalogue": Rule(_W, "all descriptions together cost more than the host advises"),
    # Agents beside one another.
    "identical-descriptions": Rule(_W, "several agents have the same description"),
    "similar-descriptions": Rule(_W, "two descriptions are nearly the same"),
    "stolen-requests": Rule(_W, "requests of one agent go to another"),
    "example-names-another": Rule(_W, "an example calls another agent"),
    "example-names-nobody": Rule(_W, "an example calls an agent that is not there"),
    "example-goes-elsewhere": Rule(_W, "the router sends an example's request elsewhere"),
    # What does not belong into a prompt.
    "secret": Rule(_E, "the text holds what looks like a key or a password"),
    "personal-path": Rule(_W, "the text names somebody's home folder"),
    "e-mail-address": Rule(_N, "the text holds an e-mail address"),
    "unknown-reference": Rule(_N, "the instructions name an agent that is not there"),
    "missing-file": Rule(_N, "the text links to a file that is not there"),
    # Suppressions.
    "unexplained-suppression": Rule(_W, "a finding is ignored without a reason"),
    "unknown-suppression": Rule(_W, "what is to be ignored is no rule"),
    "unused-suppression": Rule(_N, "nothing is left to ignore"),
}
"""By name, in the order in which ``docs/lint.md`` explains them."""


def complaint(rule: str, place: SourceLocation | None, message: str, hint: str) -> Finding:
    """Return a finding of a rule, with the severity that the rule has by default.

    Args:
        rule: One of ``RULES``.
        place: Where.
        message: What is wrong, with the offender quoted.
        hint: What to write instead.
    """
    return Finding(rule=rule, severity=RULES[rule].severity, message=message, hint=hint, location=place)


def quoted(text: str) -> str:
    """Return the beginning of a text on one line and in quotes, for messages."""
    return repr(text.strip().replace("\n", " ")[:SHOWN])


def place_of(agent: AgentDefinition, line: int | None = None, column: int | None = None) -> SourceLocation | None:
    """Return a line of the file that an agent is written in; where the agent is, if no line is known."""
    if agent.source is None or line is None:
        return agent.source
    return SourceLocation(path=agent.source.path, line=line, column=column)
