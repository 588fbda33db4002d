"""Names, models and other fields that the host does not take as they were meant."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches

from passmuster.analysis.roster_checks import claude_code
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.domain.agents import AgentDefinition
from passmuster.domain.findings import Finding

LONGEST_NAME = 64

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LIKENESS = 0.8
_SHOWN = 60


def names(material: Material) -> Iterator[Finding]:
    """Find names that are not as the hosts advise."""
    for agent in material.roster.agents:
        if agent.source is None:
            # The host brings it, and has named it itself.
            continue
        own = agent.name.rpartition(":")[2]
        if not _NAME.fullmatch(own) or len(own) > LONGEST_NAME:
            plain = unicodedata.normalize("NFKD", own.casefold()).encode("ascii", "ignore").decode()
            proposal = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME]
            wanted = repr(proposal) if proposal else "one such as 'code-reviewer'"
            yield complaint(
                "agent-name",
                material.field_place(agent, "name"),
                f"the name {own!r} is not of small letters, digits and single hyphens, or is longer than 64 characters",
                f"write {wanted}: other hosts refuse such names, and models misspell them",
            )


def misspelt_fields(material: Material) -> Iterator[Finding]:
    """Find unknown fields that look like one that the host knows."""
    for agent in _agents(material):
        for key in agent.metadata:
            meant = None if key in claude_code.FIELDS else _meant(key)
            if meant is not None:
                yield complaint(
                    "misspelt-field",
                    material.field_place(agent, key),
                    f"the host ignores the field {key!r}, which looks like {meant!r}",
                    f"write {meant!r}, or delete the field",
                )


def models(material: Material) -> Iterator[Finding]:
    """Find models that are neither an alias nor a full identifier."""
    for agent in _agents(material):
        model = claude_code.WIDE_CONTEXT.sub("", agent.model or "")
        if model and model not in claude_code.MODELS and not claude_code.MODEL_IDENTIFIER.fullmatch(model):
            yield complaint(
                "unknown-model",
                material.field_place(agent, "model"),
                f"{agent.model!r} is no model that the host knows",
                f"write one of {', '.join(claude_code.MODELS)}, or a full identifier such as claude-sonnet-4-5",
            )


def values(material: Material) -> Iterator[Finding]:
    """Find values that the host does not know."""
    for agent in _agents(material):
        for key, known in claude_code.VALUES.items():
            if key in agent.metadata and agent.metadata[key] not in known:
                yield _unknown_value(material, agent, key, f"one of {', '.join(known)}")
        for key, kind, wanted in (("background", bool, "true or false"), ("maxTurns", int, "a whole number")):
            # A truth value is a whole number to Python.
            if key in agent.metadata and type(agent.metadata[key]) is not kind:
                yield _unknown_value(material, agent, key, wanted)


def colors(material: Material) -> Iterator[Finding]:
    """Find colours that the host does not know."""
    for agent in _agents(material):
        color = agent.metadata.get("color")
        if color is not None and color not in claude_code.COLORS:
            yield complaint(
                "unknown-color",
                material.field_place(agent, "color"),
                f"{_shown(color)} is no colour that the host knows",
                f"write one of {', '.join(claude_code.COLORS)}",
            )


def _agents(material: Material) -> Iterator[AgentDefinition]:
    """Give the agents whose fields are Claude Code's."""
    if material.roster.host == claude_code.HOST:
        yield from material.roster.agents


def _meant(key: str) -> str | None:
    if key in claude_code.MEANT_AS:
        return claude_code.MEANT_AS[key]
    known = {field.casefold(): field for field in sorted(claude_code.FIELDS)}
    near = get_close_matches(key.casefold(), list(known), n=1, cutoff=_LIKENESS)
    return known[near[0]] if near else None


def _unknown_value(material: Material, agent: AgentDefinition, key: str, wanted: str) -> Finding:
    value = _shown(agent.metadata[key])
    return complaint(
        "unknown-value",
        material.field_place(agent, key),
        f"{key} is {value}, which the host does not know",
        f"write {wanted}, or delete the field",
    )


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
