"""The instructions of an agent as sentences, without code."""

import re
from collections.abc import Iterator

from passmuster.analysis.roster_checks.material import Material
from passmuster.domain.agents import AgentDefinition

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_INDENTED_CODE = 8

LONGEST_LINE = 5000
"""Characters of a line that are read: nobody writes longer ones by hand, and patterns take long over them."""


def prose_of(material: Material, agent: AgentDefinition) -> Iterator[tuple[int | None, str]]:
    """Give the sentences of an agent's instructions with their lines; what stands in fences of code is left out.

    Args:
        material: Where the file's text is looked for; without it the lines are unknown.
        agent: Whose instructions.
    """
    for number, line in lines_of_prose(material, agent):
        for sentence in _SENTENCE_END.split(line.strip()):
            if sentence:
                yield number, sentence


def lines_of_prose(material: Material, agent: AgentDefinition) -> Iterator[tuple[int | None, str]]:
    """Give the lines of an agent's instructions with their numbers, without those in fences of code."""
    text = material.text_of(agent)
    has_body = text is not None and text.end_of_front_matter
    numbered: Iterator[tuple[int | None, str]] = (
        iter(text.body) if text is not None and has_body else ((None, line) for line in agent.instructions.split("\n"))
    )
    fence = ""
    for number, line in numbered:
        # Quicker than the pattern, and most lines have neither.
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if match and (not fence or (match[1].startswith(fence) and line.strip() == match[1])):
            fence = "" if fence else match[1]
        elif not fence and not line.startswith(" " * _INDENTED_CODE):
            yield number, line[:LONGEST_LINE]
