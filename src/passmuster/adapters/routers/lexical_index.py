"""The inverted index of the lexical router: what each word of a request adds to each agent's score.

Fields are weighed by BM25F (Robertson, Zaragoza: The Probabilistic Relevance Framework, 2009, section 3.6), characters
by the cosine of sublinear TF-IDF vectors (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008,
chapter 6).
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from passmuster.adapters.routers.tokens import Word, grams_of, terms_of, without_examples, words_of
from passmuster.domain.agents import AgentDefinition

SATURATION = 1.2
"""BM25's k1."""

LENGTH_NORMALISATION = 0.75
"""BM25's b."""

NAME_WEIGHT = 2.0
DESCRIPTION_WEIGHT = 1.0
EXAMPLES_WEIGHT = 0.5
BODY_WEIGHT = 1.0
CHARACTER_WEIGHT = 3.5

DIGITS = 9
"""Scores and weights are rounded to as many digits, below which machines may differ."""


class Postings(NamedTuple):
    """Where one term or gram occurs: positions of agents in rising order, and its weight for each.

    Two lists and no dictionary: a request reads thousands of postings from end to end, and looks few things up.
    """

    agents: list[int]
    weights: list[float]

    def weight(self, agent: int) -> float | None:
        """Return the weight for one agent, or ``None`` where it does not occur."""
        place = bisect_left(self.agents, agent)
        is_found = place < len(self.agents) and self.agents[place] == agent
        return self.weights[place] if is_found else None


class Evidence(NamedTuple):
    """One term or gram of a request that the index knows.

    A named tuple and no dataclass, because hundreds are made for every request.

    Attributes:
        owners: The words of the request that it comes from, one for each time; they share what it adds.
        postings: Where it occurs.
        factor: What the weights are multiplied by.
    """

    owners: Sequence[str]
    postings: Postings
    factor: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """What one request has in common with the agents.

    Attributes:
        terms: In order of the terms, field by field.
        grams: In order of the grams.
    """

    terms: tuple[Evidence, ...]
    grams: tuple[Evidence, ...]

    def scores(self, size: int) -> list[float]:
        """Return the scores of all agents, rounded."""
        totals = [0.0] * size
        for _, postings, factor in chain(self.terms, self.grams):
            for agent, weight in zip(postings.agents, postings.weights, strict=True):
                totals[agent] += factor * weight
        return [round(total, DIGITS) for total in totals]

    def shares_a_word(self, agent: int) -> bool:
        """Return whether the request and the agent have a term in common."""
        return any(evidence.postings.weight(agent) is not None for evidence in self.terms)

    def contributions(self, agent: int) -> dict[str, float]:
        """Return what each word of the request adds to the agent's score; words that add nothing are left out."""
        shares: defaultdict[str, float] = defaultdict(float)
        for owners, (agents, weights), factor in chain(self.terms, self.grams):
            # As Postings.weight does, written out: this is the inner loop of every explanation.
            place = bisect_left(agents, agent)
            if place < len(agents) and agents[place] == agent:
                share = factor * weights[place] / len(owners)
                for owner in owners:
                    shares[owner] += share
        return dict(shares)


class LexicalIndex:
    """Agents by the terms of their fields and by the grams of their names and descriptions.

    Attributes:
        size: How many agents there are.
    """

    def __init__(self, agents: Sequence[AgentDefinition], fields: Iterable[str]) -> None:
        """Index the named fields of the agents: ``name``, ``description``, ``examples``, ``body``."""
        self.size = len(agents)
        self._damping = math.log2(2 + self.size)
        self._fields = _fields(agents, frozenset(fields))
        head = [_head(agent, frozenset(fields)) for agent in agents]
        self._inverse_frequencies, self._grams = _character_postings(head)

    def look_up(self, words: Sequence[Word]) -> Overlap:
        """Return what the words of a request have in common with the agents."""
        names = _shown(words)
        return Overlap(terms=self._known_terms(words, names), grams=self._known_grams(words, names))

    def knows(self, words: Iterable[Word]) -> bool:
        """Return whether any term of the words occurs in any field."""
        return any(term in postings for word in words for term in word.terms for postings, _ in self._fields)

    def _known_terms(self, words: Sequence[Word], names: Mapping[str, str]) -> tuple[Evidence, ...]:
        owners: dict[str, str] = {}
        for word in words:
            for term in word.terms:
                owners.setdefault(term, names[word.text])
        return tuple(
            Evidence((owners[term],), postings[term], weight / self._damping)
            for postings, weight in self._fields
            for term in sorted(owners)
            if term in postings
        )

    def _known_grams(self, words: Sequence[Word], names: Mapping[str, str]) -> tuple[Evidence, ...]:
        owners: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            for gram in grams_of(word.text):
                if gram in self._grams:
                    owners[gram].append(names[word.text])
        weights = {gram: (1 + math.log(len(owners[gram]))) * self._inverse_frequencies[gram] for gram in sorted(owners)}
        norm = math.hypot(*weights.values())
        return tuple(
            Evidence(owners[gram], self._grams[gram], CHARACTER_WEIGHT * weight / norm)
            for gram, weight in weights.items()
        )


def _shown(words: Iterable[Word]) -> dict[str, str]:
    """Return under which word each is shown: words of the same terms go by the first of them."""
    first: dict[tuple[str, ...], str] = {}
    return {word.text: first.setdefault(word.terms, word.text) if word.terms else word.text for word in words}


def _head(agent: AgentDefinition, fields: frozenset[str]) -> str:
    """Return the text whose characters count; a name counts twice."""
    name = f"{agent.name} {agent.name} " if "name" in fields else ""
    return name + (without_examples(agent.description) if "description" in fields else "")


def _fields(
    agents: Sequence[AgentDefinition], fields: frozenset[str]
) -> Sequence[tuple[Mapping[str, Postings], float]]:
    """Return the postings of each field and the field's weight; name and description are one field of two parts."""
    names = [terms_of(agent.name) if "name" in fields else [] for agent in agents]
    descriptions = [
        terms_of(without_examples(agent.description)) if "description" in fields else [] for agent in agents
    ]
    found = [(_term_postings(((names, NAME_WEIGHT), (descriptions, DESCRIPTION_WEIGHT))), 1.0)]
    if "examples" in fields:
        lines = [terms_of(" ".join(example.user for example in agent.examples)) for agent in agents]
        found.append((_term_postings(((lines, 1.0),)), EXAMPLES_WEIGHT))
    if "body" in fields:
        bodies = [terms_of(agent.instructions) for agent in agents]
        found.append((_term_postings(((bodies, 1.0),)), BODY_WEIGHT))
    return found


def _term_postings(parts: Sequence[tuple[Sequence[Sequence[str]], float]]) -> Mapping[str, Postings]:
    """Weigh the terms of one field.

    Args:
        parts: For each part of the field the terms of every agent, and the part's weight.
    """
    size = len(parts[0][0])
    totals: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for documents, part_weight in parts:
        lengths = [len(document) for document in documents if document]
        average = sum(lengths) / len(lengths) if lengths else 1.0
        for agent, document in enumerate(documents):
            stretch = 1 - LENGTH_NORMALISATION + LENGTH_NORMALISATION * len(document) / average
            for term, count in Counter(document).items():
                totals[term][agent] += part_weight * count / stretch
    return {term: _saturated(frequencies, size) for term, frequencies in totals.items()}


def _saturated(frequencies: Mapping[int, float], size: int) -> Postings:
    rarity = math.log(1 + (size - len(frequencies) + 0.5) / (len(frequencies) + 0.5))
    weights = {
        agent: rarity * (SATURATION + 1) * frequency / (SATURATION + frequency)
        for agent, frequency in frequencies.items()
    }
    agents = sorted(weights)
    return Postings(agents, [weights[agent] for agent in agents])


def _character_postings(texts: Sequence[str]) -> tuple[Mapping[str, float], Mapping[str, Postings]]:
    """Return every gram's inverse document frequency, and its share of each agent's vector of length 1."""
    counts = [Counter(chain.from_iterable(grams_of(word.text) for word in words_of(text))) for text in texts]
    spread = Counter(chain.from_iterable(counts))
    rarity = {gram: math.log((1 + len(texts)) / (1 + spread[gram])) + 1 for gram in spread}
    postings = {gram: Postings([], []) for gram in spread}
    for agent, count in enumerate(counts):
        weights = {gram: (1 + math.log(times)) * rarity[gram] for gram, times in count.items()}
        norm = math.hypot(*weights.values())
        for gram, weight in weights.items():
            agents, shares = postings[gram]
            agents.append(agent)
            shares.append(weight / norm)
    return rarity, postings
