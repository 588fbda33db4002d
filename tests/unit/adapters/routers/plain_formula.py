"""The lexical router's formula once more, as plainly as it can be written: slow, and nothing is shared or kept.

The product's own code is quick in three different ways. This one says what they must all come to.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from passmuster.adapters.routers.tokens import Word, grams_of, terms_of, without_code, without_examples, words_of
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import AgentName

Part = tuple[Sequence[Sequence[str]], float]


def plain_scores(roster: Roster, text: str, fields: Sequence[str]) -> dict[str, float]:
    """Return every agent's score for a request without a history."""
    words = words_of(without_code(text))
    agents = roster.agents
    names: Part = ([terms_of(agent.name) if "name" in fields else () for agent in agents], 2.0)
    described = [terms_of(without_examples(agent.description)) if "description" in fields else () for agent in agents]
    totals = _field([names, (described, 1.0)], words)
    if "examples" in fields:
        lines = [terms_of(" ".join(example.user for example in agent.examples)) for agent in agents]
        totals = [total + 0.5 * more for total, more in zip(totals, _field([(lines, 1.0)], words), strict=True)]
    if "body" in fields:
        bodies = [terms_of(agent.instructions) for agent in agents]
        totals = [total + more for total, more in zip(totals, _field([(bodies, 1.0)], words), strict=True)]
    damping = math.log2(2 + len(agents))
    cosines = _cosines([_head(agent, fields) for agent in agents], words)
    return {
        agent.name: round(total / damping + 3.5 * cosine, 9)
        for agent, total, cosine in zip(agents, totals, cosines, strict=True)
    }


def plain_choice(scores: Mapping[str, float], roster: Roster, text: str, fields: Sequence[str]) -> str | None:
    """Return who is chosen by such scores."""
    order = sorted(scores, key=lambda name: (-scores[name], name))
    threshold = 1.5 if "body" in fields else 1.0
    is_tied = len(order) > 1 and scores[order[0]] == scores[order[1]]
    if scores[order[0]] < threshold or is_tied:
        return None
    best = roster.agent(AgentName(order[0]))
    assert best is not None
    said = {term for word in words_of(without_code(text)) for term in word.terms}
    texts = {
        "name": best.name,
        "description": without_examples(best.description),
        "examples": " ".join(example.user for example in best.examples),
        "body": best.instructions,
    }
    return order[0] if any(said & set(terms_of(texts[field])) for field in fields) else None


def _field(parts: Sequence[Part], words: Sequence[Word]) -> list[float]:
    """Return what one field adds to every agent's score, before damping and the field's own weight."""
    size = len(parts[0][0])
    totals = [0.0] * size
    for term in sorted({term for word in words for term in word.terms}):
        frequencies = [sum(_stretched(part, place, term) for part in parts) for place in range(size)]
        having = sum(frequency > 0 for frequency in frequencies)
        rarity = math.log(1 + (size - having + 0.5) / (having + 0.5))
        for place, frequency in enumerate(frequencies):
            totals[place] += rarity * 2.2 * frequency / (1.2 + frequency)
    return totals


def _stretched(part: Part, place: int, term: str) -> float:
    documents, weight = part
    lengths = [len(document) for document in documents if document]
    document = documents[place]
    if not document:
        return 0.0
    return weight * list(document).count(term) / (0.25 + 0.75 * len(document) * len(lengths) / sum(lengths))


def _cosines(texts: Sequence[str], words: Sequence[Word]) -> list[float]:
    counts = [Counter(gram for word in words_of(text) for gram in grams_of(word.text)) for text in texts]
    spread = Counter(gram for count in counts for gram in count)
    asked = Counter(gram for word in words for gram in grams_of(word.text) if gram in spread)

    def vector(count: Counter[str]) -> dict[str, float]:
        weights = {
            gram: (1 + math.log(times)) * (math.log((1 + len(texts)) / (1 + spread[gram])) + 1)
            for gram, times in count.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / norm for gram, weight in weights.items()}

    request = vector(asked)
    return [sum(request[gram] * weights.get(gram, 0.0) for gram in sorted(request)) for weights in map(vector, counts)]


def _head(agent: AgentDefinition, fields: Sequence[str]) -> str:
    name = f"{agent.name} {agent.name} " if "name" in fields else ""
    return name + (without_examples(agent.description) if "description" in fields else "")
