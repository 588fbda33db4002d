"""A model's answer: found in whatever surrounds it, and then held to the letter."""

import difflib
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from passmuster.documents import parse_json
from passmuster.domain.answers import TokenProbability
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.values import AgentName

LONGEST_ANSWER = 50_000
"""Characters; the answer asked for has about sixty."""

MOST_OBJECTS = 50
"""Braces at which an object may begin."""

SHOWN_CHARACTERS = 80

_THOUGHT = "</think>"
_START = re.compile(r"\{(?=\s*+[\"'}])")
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}]', re.DOTALL)
_AGENT = re.compile(r'"agent"\s*+:\s*+("(?:[^"\\]|\\.)*+"|null)', re.DOTALL)
_KEYS = frozenset({"agent", "confidence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """A choice that a model has made.

    Attributes:
        agent: The agent, or ``None`` for nobody.
        confidence: What the model says about itself, from 0 to 1; nobody has measured what that is worth.
        span: From which character of the text to which the agent is named, quotes included; ``None`` if that is
            written in a way that cannot be told.
    """

    agent: AgentName | None
    confidence: float
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """An answer that means nothing for sure.

    Attributes:
        complaint: Why, as the end of a sentence.
        named: The agent that it names and that the roster has not; ``None`` where that is not what is wrong.
    """

    complaint: str
    named: str | None = None


def read_answer(text: str, agents: Collection[AgentName]) -> ModelAnswer | Unusable:
    """Read what a model wrote.

    Prose, a fence of code or a thought around the object are passed over. The object itself is held to the letter:
    both keys, no other and none twice, a name as the roster has it, a number from 0 to 1. Two objects that say
    different things are no answer.

    Args:
        text: All that it wrote.
        agents: The names of the roster.
    """
    if len(text) > LONGEST_ANSWER:
        return Unusable(complaint=f"it is longer than {LONGEST_ANSWER} characters")
    start = text.rfind(_THOUGHT) + len(_THOUGHT) if _THOUGHT in text else 0
    found: list[tuple[dict[str, object], tuple[int, int]]] = []
    for begin, end in _objects(text, start):
        try:
            data = parse_json(text[begin:end], path="answer").data
        except InvalidInputError as error:
            if "agent" in text[begin:end]:
                return Unusable(complaint=error.findings[0].message)
            continue
        if isinstance(data, dict) and "agent" in data:
            found.append((data, (begin, end)))
    if not found:
        return Unusable(complaint="it holds no JSON object with the key 'agent'")
    if any(data != found[0][0] for data, _ in found):
        return Unusable(complaint="it holds several JSON objects that say different things")
    data, (begin, end) = found[0]
    return _checked(data, agents, _span(text, begin, end))


def probability_of(answer: ModelAnswer, text: str, tokens: Sequence[TokenProbability]) -> float | None:
    """Return how probable the model found the agent that it named, from 0 to 1.

    It is the product over all tokens that touch the name, with its quotes: the closing one tells a name from a longer
    one that begins alike.

    Args:
        answer: What was read from the text.
        text: All that the model wrote.
        tokens: Its tokens, in order.

    Returns:
        ``None`` where the tokens are not those of the text.
    """
    if answer.span is None or not tokens or "".join(token.token for token in tokens) != text:
        return None
    begin, end = answer.span
    place, total = 0, 0.0
    for token in tokens:
        if place < end and place + len(token.token) > begin:
            total += token.log_probability
        place += len(token.token)
    return math.exp(min(total, 0.0)) if not math.isnan(total) else None


def _objects(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each outermost object begins and ends; a brace of prose, or one never closed, is passed over."""
    for _ in range(MOST_OBJECTS):
        begin = _START.search(text, start)
        if begin is None:
            return
        end = _end_of(text, begin.start())
        if end is not None:
            yield begin.start(), end
        start = begin.end() if end is None else end


def _end_of(text: str, begin: int) -> int | None:
    depth = 0
    for mark in _MARKS.finditer(text, begin):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return None


def _span(text: str, begin: int, end: int) -> tuple[int, int] | None:
    # The object is flat, and a quote inside a text is escaped: the first place that looks like the key is the key.
    found = _AGENT.search(text, begin, end)
    return None if found is None else found.span(1)


def _checked(
    data: dict[str, object], agents: Collection[AgentName], span: tuple[int, int] | None
) -> ModelAnswer | Unusable:
    others = sorted(data.keys() - _KEYS)
    if others:
        return Unusable(complaint=f"it has the key {_shown(others[0])}, which was not asked for")
    if "confidence" not in data:
        return Unusable(complaint="the key 'confidence' is missing")
    agent, confidence = data["agent"], data["confidence"]
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return Unusable(complaint=f"'confidence' is {_shown(confidence)}, and no number from 0 to 1")
    if agent is None:
        return ModelAnswer(agent=None, confidence=float(confidence), span=span)
    if not isinstance(agent, str):
        return Unusable(complaint=f"'agent' is {_shown(agent)}, and neither a name nor null")
    if agent not in agents:
        return Unusable(complaint=_unknown(agent, agents), named=agent)
    return ModelAnswer(agent=AgentName(agent), confidence=float(confidence), span=span)


def _unknown(agent: str, agents: Collection[AgentName]) -> str:
    near = difflib.get_close_matches(agent[:SHOWN_CHARACTERS], sorted(agents), n=1)
    meant = f"; perhaps {near[0]!r} was meant" if near else ""
    return f"{_shown(agent)} is not listed{meant}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
