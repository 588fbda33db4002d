"""Requests whose words stand in the agents themselves: a right choice then shows that an agent can be reached, no more.

A word of a request is *covered* by a text if it stands in a run of words that the text holds in the same order. The
share of words that are covered is the containment of the request in the text; runs rather than single words count,
because an agent's description speaks of the same things as its requests, and should.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import AgentName, SourceLocation

RUN = 4
"""Words in the same order that are no coincidence."""

SHARE = 0.6
"""The share of a request's words from which it repeats a text."""

_WORD = re.compile(r"\w+")


class Origin(StrEnum):
    """Which text of an agent a request repeats."""

    EXAMPLE = "example"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What a request repeats.

    Attributes:
        agent: Whose text it is.
        origin: Which text.
        share: The share of the request's words that are covered; of a reworded one, the cosine of the two vectors.
        passage: The longest run of words that both have; of a reworded one, the sentence that it says anew.
        place: Where the text is written, as far as is known.
        is_reworded: Whether it says the same in other words, by an embedder.
    """

    agent: AgentName
    origin: Origin
    share: float
    passage: str
    place: SourceLocation | None
    is_reworded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    agent: AgentName
    origin: Origin
    words: tuple[str, ...]
    place: SourceLocation | None


class AgentTexts:
    """The descriptions and examples of a roster, by their runs of words."""

    def __init__(self, roster: Roster) -> None:
        """Index the roster."""
        self._texts = [text for agent in roster.agents for text in _texts_of(agent)]
        self._runs: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._whole: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            self._whole[text.words].append(number)
            for run in dict.fromkeys(_runs(text.words)):
                self._runs[run].append(number)

    def leak(self, request: str, share: float = SHARE) -> Leak | None:
        """Return the text that a request repeats most, if it repeats one.

        Args:
            request: What a user says.
            share: The least share of its words that must be covered; a request of fewer words than a run has must be
                the whole of a text.
        """
        words = tuple(words_of(request))
        covered = self._covered(words)
        # Of equal shares the example tells more than the description around it, and stands before it.
        best = min(covered, key=lambda number: (-len(covered[number]), number), default=None)
        if best is None or len(covered[best]) < share * len(words):
            return None
        text = self._texts[best]
        return Leak(
            agent=text.agent,
            origin=text.origin,
            share=len(covered[best]) / len(words),
            passage=_longest(words, covered[best], text.words),
            place=text.place,
        )

    def _covered(self, words: tuple[str, ...]) -> Mapping[int, set[int]]:
        """Return for each text the places of the words that it covers."""
        covered: dict[int, set[int]] = defaultdict(set)
        for number in self._whole.get(words, ()) if words else ():
            covered[number].update(range(len(words)))
        for start, run in enumerate(_runs(words)):
            for number in self._runs.get(run, ()):
                covered[number].update(range(start, start + RUN))
        return covered


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _texts_of(agent: AgentDefinition) -> Iterator[_Text]:
    path = agent.source.path if agent.source else None
    for example in agent.examples:
        place = agent.source if path is None else SourceLocation(path=path, line=example.line)
        words = tuple(words_of(example.user))
        if words:
            yield _Text(agent=agent.name, origin=Origin.EXAMPLE, words=words, place=place)
    words = tuple(words_of(agent.description))
    if words:
        yield _Text(agent=agent.name, origin=Origin.DESCRIPTION, words=words, place=agent.source)


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - RUN + 1):
        yield tuple(words[start : start + RUN])


def _longest(words: tuple[str, ...], places: set[int], text: tuple[str, ...]) -> str:
    """Return the longest stretch of covered words that the text holds as it stands; the first of several."""
    joined = f" {' '.join(text)} "
    best: tuple[str, ...] = ()
    for start in sorted(places):
        end = start + max(1, len(best))
        while end <= len(words) and f" {' '.join(words[start:end])} " in joined:
            best = words[start:end] if end - start > len(best) else best
            end += 1
    return " ".join(best)
