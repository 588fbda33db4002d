"""The inverted index of the lexical router: what each word of a request adds to each agent's score.

Fields are weighed by BM25F (Robertson, Zaragoza: The Probabilistic Relevance Framework, 2009, section 3.6), characters
by the cosine of sublinear TF-IDF vectors (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008,
chapter 6).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from passmuster.adapters.routers.packed import PackedGrams, damped
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

SPELLINGS = 1_024
"""Texts of agents whose grams are kept; each takes some tens of kilobytes."""

DOUBT = 2.0**-48
"""How far two ways to add up n pieces of evidence may differ, divided by n; relative, for scores above 1."""

Postings = Mapping[int, float]
"""Where one term or gram occurs: the weight for each agent that has it, in rising order of agents."""

Fields = Sequence[tuple[Mapping[str, Postings], float]]
"""Of each field the postings of every term, and what their weights are multiplied by."""


class Leader(NamedTuple):
    """An agent by its place in the roster, and its score, rounded."""

    place: int
    score: float


def in_order(leader: Leader) -> tuple[float, int]:
    """Return what puts the best agent first, and equal scores in order of place."""
    return -leader.score, leader.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One request before all agents.

    Attributes:
        knows_a_word: Whether any term of the request occurs in any field of any agent.
        leaders: The best agents, the best first; equal scores in order of place.
        best_shares_a_word: Whether the request and the best agent have a term in common.
        contributions: What each word adds to the scores of the first of the leaders, by their places.
    """

    knows_a_word: bool
    leaders: Sequence[Leader]
    best_shares_a_word: bool
    contributions: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What one request has in common with the agents: the pieces of evidence, in the order in which they are summed.

    Terms come first, field by field and in order of the terms, then grams in their order. One sequence for each
    property and no object for each piece, because there are hundreds for every request.

    Attributes:
        size: How many agents there are.
        terms: How many of the pieces are terms.
        owners: The words of the request that a piece comes from, one for each time; they share what it adds.
        postings: Where it occurs.
        factors: What the weights are multiplied by.
        characters: Returns the part of all scores that comes from grams, nearly.
    """

    size: int
    terms: int
    owners: Sequence[Sequence[str]]
    postings: Sequence[Postings]
    factors: Sequence[float]
    characters: Callable[[], list[float]]

    def leaders(self, depth: int) -> list[Leader]:
        """Return the best agents, at most so many; equal scores in order of place."""
        estimates = self._estimates()
        nearly = sorted(estimates)[-min(depth, self.size)] - 2 * 10**-DIGITS
        leaders = [
            Leader(place, self._settled(place, estimate))
            for place, estimate in enumerate(estimates)
            if estimate >= nearly
        ]
        return sorted(leaders, key=in_order)[:depth]

    def score(self, place: int) -> float:
        """Return one agent's score, rounded: the sum over the evidence in its order."""
        total = 0.0
        for postings, factor in zip(self.postings, self.factors, strict=True):
            # Adding 0.0 changes no bit of a sum that is not negative.
            total += factor * postings.get(place, 0.0)
        return round(total, DIGITS)

    def contest(self, depth: int, explained: int) -> Contest:
        """Find the best agents, at most so many, and say of the first of them what each word adds."""
        leaders = self.leaders(depth)
        best = leaders[0].place
        return Contest(
            knows_a_word=self.terms > 0,
            leaders=leaders,
            best_shares_a_word=any(best in postings for postings in self.postings[: self.terms]),
            contributions={leader.place: self.contributions(leader.place) for leader in leaders[:explained]},
        )

    def contributions(self, place: int) -> dict[str, float]:
        """Return what each word of the request adds to the agent's score; words that add nothing are left out."""
        shares: defaultdict[str, float] = defaultdict(float)
        for owners, postings, factor in zip(self.owners, self.postings, self.factors, strict=True):
            weight = postings.get(place)
            if weight is not None:
                share = factor * weight / len(owners)
                for owner in owners:
                    shares[owner] += share
        return dict(shares)

    def _estimates(self) -> list[float]:
        """Return the scores of all agents, summed in whatever order is quick."""
        totals = self.characters()
        for postings, factor in zip(self.postings[: self.terms], self.factors, strict=False):
            for place, weight in postings.items():
                totals[place] += factor * weight
        return totals

    def _settled(self, place: int, estimate: float) -> float:
        """Round an estimate; where the order of summing could change the last digit, score the agent exactly."""
        doubt = len(self.postings) * DOUBT * max(1.0, estimate)
        digits = estimate * 10**DIGITS
        is_clear = abs(digits - math.floor(digits) - 0.5) > doubt * 10**DIGITS
        return round(estimate, DIGITS) if is_clear else self.score(place)


class LexicalIndex:
    """Agents by the terms of their fields and by the grams of their names and descriptions.

    Attributes:
        size: How many agents there are.
        fields: Of each field the postings of every term, and what their weights are multiplied by.
        places: The number of every gram, in order of the grams.
        rarities: The inverse document frequency of every gram.
        grams: The postings of every gram.
    """

    def __init__(self, agents: Sequence[AgentDefinition], fields: Iterable[str]) -> None:
        """Index the named fields of the agents: ``name``, ``description``, ``examples``, ``body``."""
        self.size = len(agents)
        read = frozenset(fields)
        self.fields = term_fields(agents, read)
        self.places, self.rarities, self.grams = _character_postings(heads(agents, read))
        self._packed = PackedGrams(self.grams, self.rarities, self.size)

        @lru_cache(maxsize=16_384)
        def known_grams(word: str) -> tuple[int, ...]:
            return tuple(self.places[gram] for gram in grams_of(word) if gram in self.places)

        self._known_grams = known_grams

    def contest(self, words: Sequence[Word], depth: int, explained: int) -> Contest:
        """Find the best agents, at most so many, and say of the first of them what each word adds."""
        return self.look_up(words).contest(depth, explained)

    def scored(self, words: Sequence[Word], places: Collection[int]) -> list[tuple[Leader, Mapping[str, float]]]:
        """Return the scores of some agents and what each word adds to them, the best first."""
        overlap = self.look_up(words)
        leaders = sorted([Leader(place, overlap.score(place)) for place in places], key=in_order)
        return [(leader, overlap.contributions(leader.place)) for leader in leaders]

    def look_up(self, words: Sequence[Word]) -> Overlap:
        """Return what the words of a request have in common with the agents."""
        names = shown(words)
        speakers = speakers_of(words, names)
        owners: list[Sequence[str]] = []
        postings: list[Postings] = []
        factors: list[float] = []
        for known, factor in self.fields:
            for term in sorted(speakers.keys() & known.keys()):
                owners.append((speakers[term],))
                postings.append(known[term])
                factors.append(factor)
        terms = len(owners)
        writers: defaultdict[int, list[str]] = defaultdict(list)
        for word in words:
            name = names[word.text]
            for gram in self._known_grams(word.text):
                writers[gram].append(name)
        grams = sorted(writers)
        owners += map(writers.__getitem__, grams)
        postings += map(self.grams.__getitem__, grams)
        counts = list(map(len, owners[terms:]))
        weights = [damped(count) * self.rarities[gram] for gram, count in zip(grams, counts, strict=True)]
        norm = math.hypot(*weights)
        factors += [CHARACTER_WEIGHT * weight / norm for weight in weights]

        def characters() -> list[float]:
            return [CHARACTER_WEIGHT / norm * total for total in self._packed.sums(grams, counts)]

        return Overlap(self.size, terms, owners, postings, factors, characters if grams else lambda: [0.0] * self.size)

    def knows(self, words: Iterable[Word]) -> bool:
        """Return whether any term of the words occurs in any field."""
        return any(term in postings for word in words for term in word.terms for postings, _ in self.fields)


def speakers_of(words: Iterable[Word], names: Mapping[str, str]) -> dict[str, str]:
    """Return for every term the word that it is shown under: the first that has it."""
    speakers: dict[str, str] = {}
    for word in words:
        for term in word.terms:
            speakers.setdefault(term, names[word.text])
    return speakers


def shown(words: Iterable[Word]) -> dict[str, str]:
    """Return under which word each is shown: words of the same terms go by the first of them."""
    first: dict[tuple[str, ...], str] = {}
    return {word.text: first.setdefault(word.terms, word.text) if word.terms else word.text for word in words}


def heads(agents: Sequence[AgentDefinition], fields: frozenset[str]) -> list[str]:
    """Return of each agent the text whose characters count; a name counts twice."""
    return [
        (f"{agent.name} {agent.name} " if "name" in fields else "")
        + (without_examples(agent.description) if "description" in fields else "")
        for agent in agents
    ]


def term_fields(agents: Sequence[AgentDefinition], fields: frozenset[str]) -> Fields:
    """Return the postings of each field and what their weights are multiplied by; name and description are one."""
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
    damping = math.log2(2 + len(agents))
    return [(postings, weight / damping) for postings, weight in found]


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
    return {
        agent: rarity * (SATURATION + 1) * frequencies[agent] / (SATURATION + frequencies[agent])
        for agent in sorted(frequencies)
    }


def rarity_of(agents: int, size: int) -> float:
    """Return the inverse document frequency of a gram that so many agents of so many have."""
    return math.log((1 + size) / (1 + agents)) + 1


def _character_postings(texts: Sequence[str]) -> tuple[Mapping[str, int], Sequence[float], Sequence[Postings]]:
    """Return every gram's place, its inverse document frequency, and its share of each agent's vector of length 1."""
    spellings = [_spelling(text) for text in texts]
    spread = Counter(chain.from_iterable(spelt for spelt, _ in spellings))
    grams = sorted(spread)
    places = {gram: place for place, gram in enumerate(grams)}
    by_spread = {agents: rarity_of(agents, len(texts)) for agents in set(spread.values())}
    rarities = [by_spread[spread[gram]] for gram in grams]
    postings: list[dict[int, float]] = [{} for _ in grams]
    for agent, (spelt, damped_counts) in enumerate(spellings):
        own = [places[gram] for gram in spelt]
        weights = [count * rarities[place] for place, count in zip(own, damped_counts, strict=True)]
        norm = math.hypot(*weights)
        for place, weight in zip(own, weights, strict=True):
            postings[place][agent] = weight / norm
    return places, rarities, postings


@lru_cache(maxsize=SPELLINGS)
def _spelling(text: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the grams of a text in order, and how often each occurs, damped.

    Kept, because blame, self-test and explain index many rosters that differ in one agent.
    """
    counts = Counter(chain.from_iterable(grams_of(word.text) for word in words_of(text)))
    grams = sorted(counts)
    return tuple(grams), tuple([damped(counts[gram]) for gram in grams])
