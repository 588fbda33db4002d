"""Descriptions that do not help a chooser, and what all of them cost."""

import re
from collections.abc import Iterator
from statistics import quantiles

from passmuster.analysis.catalogues import catalogue_of, token_count
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.rules import complaint, quoted
from passmuster.analysis.telling_words import telling_words, without_examples
from passmuster.domain.agents import AgentDefinition, HostVerdict
from passmuster.domain.findings import Finding

FEWEST_WORDS = 5
"""A description of fewer words names a subject, but no occasion."""

FEWEST_PEERS = 5
"""With fewer agents there is no usual length."""

TIMES_LONGER = 2.5
LONG_TOKENS = 400
"""Below so many tokens no description is called long, however short the others are."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_PLACEHOLDER = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX)\b(?=\s*[:.(\]]|\s*$|\s+(?:add|write|describe|fill|description))"
    r"|\blorem ipsum\b"
    r"|[\[<{](?:insert|your|add|enter|fill in|describe|brief|short)\b[^\]>}]{0,60}[\]>}]"
    r"|\A\W*(?:(?:a|an|the|your|agent) )*description(?: here| of the agent| goes here)?\W*\Z",
    re.IGNORECASE,
)


def vague_descriptions(material: Material) -> Iterator[Finding]:
    """Find descriptions without any word that could decide a choice."""
    for agent in _described(material):
        if not telling_words(agent.description):
            yield complaint(
                "vague-description",
                material.field_place(agent, "description"),
                f"no word of the description of {agent.name!r} says what it is for: {quoted(agent.description)}",
                "name the work, the technology and the occasion; urging alone tells a chooser nothing",
            )


def short_descriptions(material: Material) -> Iterator[Finding]:
    """Find descriptions of very few words."""
    for agent in _described(material):
        count = len(_WORD.findall(agent.description))
        if count < FEWEST_WORDS and telling_words(agent.description):
            yield complaint(
                "short-description",
                material.field_place(agent, "description"),
                f"the description of {agent.name!r} has {count} {'word' if count == 1 else 'words'}: "
                f"{quoted(agent.description)}",
                "say in a sentence what the agent does and when to use it",
            )


def long_descriptions(material: Material) -> Iterator[Finding]:
    """Find descriptions that cost far more than those of their peers."""
    agents = list(_described(material))
    if len(agents) < FEWEST_PEERS:
        return
    # The upper quartile: where half of the roster writes examples, these are no outliers.
    usual = quantiles((token_count(agent.description) for agent in agents), n=4, method="inclusive")[2]
    for agent in agents:
        own = token_count(agent.description)
        if own > max(TIMES_LONGER * usual, LONG_TOKENS):
            yield complaint(
                "long-description",
                material.field_place(agent, "description"),
                f"the description of {agent.name!r} costs about {own:,} tokens in every request; "
                f"three quarters of its peers' cost no more than {usual:,.0f}",
                "move instructions and most examples into the body, which only the agent itself reads",
            )


def unfinished_texts(material: Material) -> Iterator[Finding]:
    """Find descriptions that hold placeholders."""
    for agent in _described(material):
        match = _PLACEHOLDER.search(without_examples(agent.description))
        if match:
            yield complaint(
                "unfinished-text",
                material.field_place(agent, "description"),
                f"the description of {agent.name!r} holds a placeholder: {match[0].strip()!r}",
                "write what it stands for",
            )


def empty_instructions(material: Material) -> Iterator[Finding]:
    """Find agents that are told nothing."""
    for agent in _described(material):
        if not agent.instructions.strip():
            yield complaint(
                "empty-instructions",
                agent.source,
                f"the agent {agent.name!r} has no instructions, so it is the host's default under another name",
                "write what the agent is to do, below the front matter or as its prompt",
            )


def catalogue_cost(material: Material) -> Iterator[Finding]:
    """Say when all descriptions together are dearer than the host advises."""
    yield from catalogue_of(material.roster).findings


def _described(material: Material) -> Iterator[AgentDefinition]:
    """Give the agents whose descriptions are their authors' own."""
    made_up = {file.name for file in material.roster.files if file.host is HostVerdict.PLACEHOLDER}
    yield from (agent for agent in material.roster.agents if agent.name not in made_up and agent.source is not None)
