"""How alike two texts are, for a process of its own, since long texts take seconds; standard library only."""

import re
from collections import Counter


def edit_similarity(first: str, second: str) -> float:
    """Return twice the length of the longest common subsequence over the sum of both lengths; 1 for two empty texts.

    The length is found with one bit per character of the first text, as Hyyrö describes it ("Bit-parallel LCS-length
    computation revisited", 2004): exact, and the time is the product of both lengths over the bits of a machine word.
    """
    if not first and not second:
        return 1.0
    places: dict[str, int] = {}
    for place, character in enumerate(first):
        places[character] = places.get(character, 0) | (1 << place)
    every = (1 << len(first)) - 1
    state = every
    for character in second:
        matched = state & places.get(character, 0)
        state = ((state + matched) | (state - matched)) & every
    common = len(first) - state.bit_count()
    return 2 * common / (len(first) + len(second))


def token_similarity(first: str, second: str) -> float:
    """Return the F1 score of the words and signs that two texts share, each as often as both have it."""
    counts = [Counter(re.findall(r"\w+|[^\w\s]", text)) for text in (first, second)]
    total = sum(counts[0].values()) + sum(counts[1].values())
    return 2 * sum((counts[0] & counts[1]).values()) / total if total else 1.0


def answer(measure: str, first: str, second: str) -> float:
    """Return how alike two texts are, by the name of a measure."""
    measures = {"edit": edit_similarity, "tokens": token_similarity}
    return measures[measure](first, second)
