"""How much the agents of a roster overlap: in their words, and in the requests that they take from one another.

Descriptions that are alike say little about which agents get confused; requests that went to the wrong one say it all.
So both are shown, and each is called what it is.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, log

from passmuster.analysis.telling_words import telling_words, without_examples
from passmuster.domain.agents import Roster
from passmuster.domain.values import AgentName, SourceLocation

ALIKE = 0.8
"""The cosine from which two descriptions are called nearly the same."""

SHOWN_TERMS = 5
"""How many shared words a pair names."""

FEWEST_WORDS = 4
"""Descriptions of fewer telling words are alike by chance."""

_Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two descriptions and what they share.

    Attributes:
        first: The one agent.
        second: The other, later in the alphabet.
        cosine: Of their words, weighed by rarity in the roster; from 0 to 1.
        terms: The shared words that weigh most, the weightiest first.
    """

    first: AgentName
    second: AgentName
    cosine: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A request that belongs to an agent, and where it went.

    Attributes:
        owner: Whose it is: the agent whose example it is, or whom a case prefers.
        right: Agents that may have it.
        chosen: Who got it; ``None`` for nobody.
        text: What it says.
        source: Where it is written.
        is_example: Whether it is an example of the owner's description, and no case.
        own_score: The owner's score; ``None`` where the router gives none.
        taken_score: The score of the agent that got it, or of the best one where nobody did.
        rival: The agent next to the owner where nobody got it; empty otherwise.
    """

    owner: AgentName
    right: frozenset[AgentName]
    chosen: AgentName | None
    text: str
    source: SourceLocation | None
    is_example: bool
    own_score: float | None = None
    taken_score: float | None = None
    rival: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theft:
    """What two agents take from one another.

    Attributes:
        loser: The one that loses more, or the first in the alphabet.
        taker: The other.
        lost: How many of the loser's requests the taker got.
        asked: How many requests the loser has.
        back: How many of the taker's requests the loser got.
        asked_back: How many requests the taker has.
        shown: The first request that was lost.
    """

    loser: AgentName
    taker: AgentName
    lost: int
    asked: int
    back: int
    asked_back: int
    shown: str


def similar_descriptions(roster: Roster, alike: float = ALIKE) -> tuple[Likeness, ...]:
    """Compare every pair of descriptions, those apart that are equal: these are twins, and more than similar.

    Args:
        roster: The agents.
        alike: The cosine from which a pair is returned.

    Returns:
        The pairs, the most alike first.
    """
    vectors = _vectors(roster)
    holders: defaultdict[str, list[AgentName]] = defaultdict(list)
    found = []
    texts = {agent.name: agent.description.strip() for agent in roster.agents}
    for name in sorted(vectors):
        products: defaultdict[AgentName, float] = defaultdict(float)
        # In the order of the words, so that sums are the same everywhere.
        for word, weight in vectors[name].items():
            for other in holders[word]:
                products[other] += weight * vectors[other][word]
            holders[word].append(name)
        found += [
            Likeness(first=other, second=name, cosine=round(cosine, 6), terms=_shared(vectors[other], vectors[name]))
            for other, cosine in products.items()
            if round(cosine, 6) >= alike and texts[name] != texts[other]
        ]
    return tuple(sorted(found, key=lambda pair: (-pair.cosine, pair.first, pair.second)))


def thefts(routed: Sequence[Routed]) -> tuple[Theft, ...]:
    """Count who gets whose requests, for every pair of agents; the largest counts first."""
    asked = Counter(item.owner for item in routed)
    moved: defaultdict[tuple[AgentName, AgentName], list[Routed]] = defaultdict(list)
    for item in routed:
        if item.chosen is not None and item.chosen not in item.right:
            moved[item.owner, item.chosen].append(item)
    pairs = {
        min((owner, taker), (taker, owner), key=lambda pair: (-len(moved.get(pair, ())), pair))
        for owner, taker in moved
    }
    found = [
        Theft(
            loser=loser,
            taker=taker,
            lost=len(moved[loser, taker]),
            asked=asked[loser],
            back=len(moved.get((taker, loser), ())),
            asked_back=asked[taker],
            shown=moved[loser, taker][0].text,
        )
        for loser, taker in sorted(pairs)
    ]
    return tuple(sorted(found, key=lambda theft: (-theft.lost - theft.back, theft.loser, theft.taker)))


def _vectors(roster: Roster) -> Mapping[AgentName, _Vector]:
    """Return each description's words in order, weighed by frequency and rarity, as a vector of length 1."""
    counts = {
        agent.name: Counter(sorted(telling_words(without_examples(agent.description)))) for agent in roster.agents
    }
    spread = Counter(word for own in counts.values() for word in own)
    vectors: dict[AgentName, _Vector] = {}
    for name, own in counts.items():
        if len(own) < FEWEST_WORDS:
            continue
        weights = {
            word: (1 + log(count)) * (1 + log((1 + len(counts)) / (1 + spread[word]))) for word, count in own.items()
        }
        length = hypot(*weights.values())
        vectors[name] = {word: weight / length for word, weight in weights.items()}
    return vectors


def _shared(one: _Vector, other: _Vector) -> tuple[str, ...]:
    products = {word: weight * other[word] for word, weight in one.items() if word in other}
    return tuple(sorted(products, key=lambda word: (-round(products[word], 9), word))[:SHOWN_TERMS])
