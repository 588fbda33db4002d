"""Agents that hosts bring themselves, marked as such.

A host may give them a request, so cases must be able to expect them. Their descriptions are summed up in our words: the
products change theirs from version to version.
"""

from collections.abc import Mapping

from passmuster.domain.agents import BUILT_IN, AgentDefinition
from passmuster.domain.values import AgentName

BUILT_INS_HELP = "Whether the agents that the product brings itself are among the agents."
"""What the option ``built_ins`` says of itself, for every host."""


def _agents(descriptions: Mapping[str, str]) -> tuple[AgentDefinition, ...]:
    return tuple(
        AgentDefinition(name=AgentName(name), description=description, instructions="", metadata={BUILT_IN: True})
        for name, description in descriptions.items()
    )


CLAUDE_CODE = _agents(
    {
        "general-purpose": "Researches open questions and carries out tasks of several steps, where no agent fits.",
        "Explore": "Searches a code base quickly, without changing it: where something is, how something works.",
        "Plan": "Designs how a change is to be made: steps, files that matter, what to weigh. Changes nothing.",
        "claude": "Takes any task that no other agent is meant for.",
        "statusline-setup": "Sets up the status line of Claude Code.",
        "claude-code-guide": "Answers questions about Claude Code itself, its SDK and the Claude API.",
    }
)

OPENCODE = _agents(
    {
        "general": "Researches questions and carries out tasks of several steps.",
        "explore": "Searches a code base quickly, without changing it.",
    }
)

CODEX = _agents(
    {
        "default": "Takes any task.",
        "worker": "Carries out work: builds a part of a feature, mends tests or bugs.",
        "explorer": "Answers well-defined questions about the code base quickly.",
    }
)

GEMINI_CLI = _agents(
    {
        "codebase_investigator": "Analyses a code base: its structure, its dependencies, the root cause of a bug.",
        "cli_help": "Answers questions about Gemini CLI itself.",
        "generalist": "Takes work in batches, or with much output, with all tools.",
    }
)
