"""Requests that say what an agent's own file says in other words: their vectors point the same way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passmuster.analysis.leaks import RUN, Leak, Origin, words_of
from passmuster.domain.agents import Roster
from passmuster.domain.values import AgentName, SourceLocation

LIKENESS = 0.9
"""The cosine from which two sentences say the same; of small general embedders, paraphrases mostly lie above it."""

BATCH = 1_000
"""Requests that are compared at once."""

_SENTENCE = re.compile(r"[.!?]\s+|\n+|\\n")
_MARKUP = re.compile(r"<[^<>]{1,40}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A piece of an agent's file that a request may repeat."""

    agent: AgentName
    origin: Origin
    text: str
    place: SourceLocation | None


def sentences_of(roster: Roster) -> tuple[Sentence, ...]:
    """Return the users' lines of all examples, and the sentences of all descriptions that are long enough to repeat."""
    found = []
    for agent in roster.agents:
        path = agent.source.path if agent.source else None
        for example in agent.examples:
            place = None if path is None else SourceLocation(path=path, line=example.line)
            if example.user.strip():
                found.append(Sentence(agent=agent.name, origin=Origin.EXAMPLE, text=example.user, place=place))
        pieces = (piece.strip(" .!?") for piece in _SENTENCE.split(_MARKUP.sub("\n", agent.description)))
        found.extend(
            Sentence(agent=agent.name, origin=Origin.DESCRIPTION, text=piece, place=agent.source)
            for piece in pieces
            if len(words_of(piece)) >= RUN
        )
    return tuple(found)


def reworded_leaks(
    requests: Sequence[Sequence[float]],
    sentences: Sequence[Sentence],
    vectors: Sequence[Sequence[float]],
    threshold: float = LIKENESS,
) -> tuple[Leak | None, ...]:
    """Return for each request the sentence that it is most like, if it is like enough.

    Args:
        requests: A vector for each request.
        sentences: What may be repeated.
        vectors: A vector for each sentence.
        threshold: The least cosine.
    """
    if not sentences or not requests:
        return (None,) * len(requests)
    theirs = _unit(np.asarray(vectors, dtype=float))
    found: list[Leak | None] = []
    for start in range(0, len(requests), BATCH):
        cosines = _unit(np.asarray(requests[start : start + BATCH], dtype=float)) @ theirs.T
        for row in cosines:
            best = int(np.argmax(row))
            likeness = min(1.0, round(float(row[best]), 9))
            found.append(_leak(sentences[best], likeness) if likeness >= threshold else None)
    return tuple(found)


def _leak(sentence: Sentence, likeness: float) -> Leak:
    return Leak(
        agent=sentence.agent,
        origin=sentence.origin,
        share=likeness,
        passage=sentence.text,
        place=sentence.place,
        is_reworded=True,
    )


def _unit(matrix: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: np.ndarray = matrix / np.where(lengths > 0, lengths, 1.0)
    return unit
