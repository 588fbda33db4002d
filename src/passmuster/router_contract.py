"""What passmuster and a router behind an address say to each other: one JSON document there, one back.

``docs/http_router.md`` explains it to authors of services, and the two JSON Schemas are published beside it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName, Usage, fingerprint_of

VERSION = 1
"""Raised whenever a service that keeps to the contract would have to be changed."""

LONGEST_RATIONALE = 2_000
LONGEST_NAME = 200
MOST_RANKED = 10_000
LARGEST_NUMBER = 10**12
MOST_GATHERED = 100
MOST_COMPLAINTS = 3
SHOWN_CHARACTERS = 160

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_TEXT_OR_NOTHING = {"type": ["string", "null"]}
_TOKENS = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}

_EXAMPLE = {
    "type": "object",
    "properties": {"context": _TEXT, "user": _TEXT, "assistant": _TEXT, "commentary": _TEXT},
    "required": ["context", "user", "assistant", "commentary"],
}
_AGENT = {
    "type": "object",
    "properties": {
        "name": {**_TEXT, "description": "What the answer calls it; unique within the roster."},
        "description": {**_TEXT, "description": "What choosers read."},
        "tools": {
            "type": ["array", "null"],
            "items": _TEXT,
            "description": "What it may use; null for all tools.",
        },
        "model": {**_TEXT_OR_NOTHING, "description": "The model that it asks for."},
        "examples": {"type": "array", "items": _EXAMPLE, "description": "The examples in its description."},
        "instructions": {**_TEXT, "description": "Its system prompt; only where the suite says `bodies: true`."},
    },
    "required": ["name", "description", "tools", "model", "examples"],
}
_ROSTER = {
    "type": "object",
    "properties": {
        "fingerprint": {
            **_TEXT,
            "pattern": "^[0-9a-f]{32}$",
            "description": "Equal for equal agents; a service may keep what it worked out for a roster under it.",
        },
        "host": {**_TEXT, "description": "The product whose agents they are, such as claude_code; may be empty."},
        "agents": {"type": "array", "items": _AGENT, "description": "In order of name; may be empty."},
    },
    "required": ["fingerprint", "host", "agents"],
}
_MESSAGE = {
    "type": "object",
    "properties": {"role": {"enum": ["system", "user", "assistant"]}, "content": _TEXT},
    "required": ["role", "content"],
}

REQUEST_SCHEMA: Mapping[str, object] = {
    "$schema": _DIALECT,
    "title": "What passmuster asks a router",
    "description": "A service passes over keys that it does not know: later versions may bring some.",
    "type": "object",
    "properties": {
        "contract": {"const": VERSION, "description": "The version of this contract."},
        "roster": _ROSTER,
        "request": {
            "type": "object",
            "properties": {
                "text": {**_TEXT, "description": "What the user says now; may be empty, and is untrusted."},
                "history": {"type": "array", "items": _MESSAGE, "description": "The turns before, oldest first."},
            },
            "required": ["text", "history"],
        },
    },
    "required": ["contract", "roster", "request"],
}
"""The JSON Schema (draft 2020-12) of what a service is sent."""

_RANKED = {
    "type": "object",
    "properties": {
        "agent": {**_TEXT, "description": "An agent of the roster; each at most once."},
        "score": {
            "type": "number",
            "minimum": -LARGEST_NUMBER,
            "maximum": LARGEST_NUMBER,
            "description": "Comparable within this answer; higher is better.",
        },
    },
    "required": ["agent", "score"],
    "additionalProperties": False,
}

ANSWER_SCHEMA: Mapping[str, object] = {
    "$schema": _DIALECT,
    "title": "What a router answers passmuster",
    "type": "object",
    "properties": {
        "chosen": {**_TEXT_OR_NOTHING, "description": "The agent's name as the roster has it, or null for nobody."},
        "ranking": {
            "type": "array",
            "items": _RANKED,
            "maxItems": MOST_RANKED,
            "description": "The best agents first; may be cut off.",
        },
        "margin": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": LARGEST_NUMBER,
            "description": "How far the choice is from changing, in units of the score; null without scores.",
        },
        "confidence": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "How probable it is that the choice is right. Only what was measured; otherwise null.",
        },
        "rationale": {**_TEXT, "maxLength": LONGEST_RATIONALE, "description": "The reason, in words."},
        "model": {**_TEXT, "maxLength": LONGEST_NAME, "description": "The model that chose, if one did."},
        "version": {**_TEXT, "maxLength": LONGEST_NAME, "description": "The version of the service."},
        "usage": {
            "type": "object",
            "properties": {
                "input_tokens": _TOKENS,
                "output_tokens": _TOKENS,
                "cost": {
                    "type": ["number", "null"],
                    "minimum": 0,
                    "maximum": LARGEST_NUMBER,
                    "description": "In United States dollars; null where it is not known.",
                },
            },
            "additionalProperties": False,
            "description": "What the choice consumed.",
        },
    },
    "required": ["chosen"],
    "additionalProperties": False,
}
"""The JSON Schema (draft 2020-12) of what a service answers."""


def request_schema() -> dict[str, Any]:
    """Return the JSON Schema of what a service is sent."""
    return dict(REQUEST_SCHEMA)


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema of what a service answers."""
    return dict(ANSWER_SCHEMA)


def roster_document(roster: Roster, *, with_instructions: bool = False) -> dict[str, object]:
    """Return a roster as a service is told of it.

    Args:
        roster: The agents.
        with_instructions: Whether system prompts are sent as well; choosers rarely see them.
    """
    agents = [_agent_document(agent, with_instructions=with_instructions) for agent in roster.agents]
    shown = {"host": roster.host, "agents": agents}
    return {"fingerprint": fingerprint_of(shown), **shown}


def request_document(request: Request) -> dict[str, object]:
    """Return a request as a service is told of it."""
    history = [{"role": str(turn.role), "content": turn.content} for turn in request.history]
    return {"text": request.text, "history": history}


def whole_document(roster: Roster, request: Request) -> dict[str, object]:
    """Return all that a service is sent, without system prompts."""
    return {"contract": VERSION, "roster": roster_document(roster), "request": request_document(request)}


def complaints(answer: object, agents: Collection[AgentName]) -> tuple[str, ...]:
    """Return what is wrong with an answer, the gravest first; nothing if it keeps to the contract.

    Args:
        answer: The answer as plain data.
        agents: The names of the roster that was sent.
    """
    # An answer may be wrong in ten thousand places.
    first = islice(_answer_validator().iter_errors(answer), MOST_GATHERED)
    wrong = sorted(first, key=lambda error: (error.json_path, error.message))
    if wrong:
        return tuple(_sentence(error) for error in wrong[:MOST_COMPLAINTS])
    assert isinstance(answer, Mapping)  # noqa: S101 - the schema says so
    found = [*_unknown_agents(answer, agents), *_disorder(answer.get("ranking", ()))]
    return tuple(found[:MOST_COMPLAINTS])


def decision_of(answer: Mapping[str, object], *, latency: float = 0.0) -> RoutingDecision:
    """Return the decision that a sound answer gives.

    Args:
        answer: An answer about which there are no :func:`complaints`.
        latency: Seconds that it took.
    """
    ranking = answer.get("ranking", ())
    usage = answer.get("usage", {})
    assert isinstance(ranking, Sequence) and isinstance(usage, Mapping)  # noqa: S101, PT018 - the schema says so
    chosen, margin, confidence = answer["chosen"], answer.get("margin"), answer.get("confidence")
    return RoutingDecision(
        chosen=None if chosen is None else AgentName(str(chosen)),
        ranking=tuple(RankedAgent(agent=AgentName(one["agent"]), score=float(one["score"])) for one in ranking),
        margin=_number(margin),
        confidence=_number(confidence),
        rationale=str(answer.get("rationale", "")),
        model=str(answer.get("model", "")),
        version=str(answer.get("version", "")),
        usage=_usage(usage),
        latency=latency,
    )


def _agent_document(agent: AgentDefinition, *, with_instructions: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": agent.name,
        "description": agent.description,
        "tools": None if agent.tools is None else list(agent.tools),
        "model": agent.model,
        "examples": [
            {
                "context": example.context,
                "user": example.user,
                "assistant": example.assistant,
                "commentary": example.commentary,
            }
            for example in agent.examples
        ],
    }
    return {**shown, "instructions": agent.instructions} if with_instructions else shown


@cache
def _answer_validator() -> Draft202012Validator:
    return Draft202012Validator(ANSWER_SCHEMA)


def _sentence(error: ValidationError) -> str:
    """Say what is wrong in one short line; the library quotes the whole value, and that may be anything."""
    text = error.message if len(error.message) <= SHOWN_CHARACTERS else f"{error.message[:SHOWN_CHARACTERS]}…"
    return f"{error.json_path}: {text}"


def _unknown_agents(answer: Mapping[str, object], agents: Collection[AgentName]) -> Sequence[str]:
    chosen, ranking = answer["chosen"], answer.get("ranking", ())
    assert isinstance(ranking, Sequence)  # noqa: S101 - the schema says so
    named = [("$.chosen", chosen)] if chosen is not None else []
    named += [(f"$.ranking[{place}].agent", ranked["agent"]) for place, ranked in enumerate(ranking)]
    known = frozenset(agents)
    return [f"{path}: {_shown(name)} is no agent of the roster" for path, name in named if name not in known]


def _disorder(ranking: object) -> Sequence[str]:
    assert isinstance(ranking, Sequence)  # noqa: S101 - the schema says so
    names = [ranked["agent"] for ranked in ranking]
    scores = [float(ranked["score"]) for ranked in ranking]
    found = []
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        found.append(f"$.ranking: {_shown(twice)} stands in it twice")
    if scores != sorted(scores, reverse=True):
        found.append("$.ranking: it does not begin with the highest score")
    return found


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _usage(usage: Mapping[str, object]) -> Usage:
    cost = usage.get("cost")
    return Usage(
        input_tokens=int(_number(usage.get("input_tokens")) or 0),
        output_tokens=int(_number(usage.get("output_tokens")) or 0),
        cost=None if cost is None else Decimal(str(cost)),
    )
