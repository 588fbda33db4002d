"""Sums of the weights of grams for all agents at once, in long integers.

Most of what a request has in common with a roster are grams that nearly every agent has, such as "er". To add their
weights up agent by agent takes most of the time. Here the weights of one gram are the 64-bit digits of one integer, one
digit for each agent: to add two such integers adds them for all agents, inside the interpreter and without a compiled
package.
"""

import math
import sys
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

# The sum of G weights of one agent, which are parts of a unit vector, is at most the root of G, and a rarity at most 15
# for a million agents: for a hundred thousand grams below 2**13, so that no digit runs over.
_SCALE = 2.0**50
_BYTES = 8

_LEAST_AGENTS = 5
_SHARE = 40
"""A gram of fewer agents than these, or than one in so many, is quicker to add up agent by agent; measured."""


class PackedGrams:
    """The grams of an index, their weights multiplied by their rarity."""

    def __init__(self, postings: Sequence[Mapping[int, float]], rarities: Sequence[float], size: int) -> None:
        """Take every gram's weight for each agent that has it, every gram's rarity, and the number of agents."""
        self._size = size
        self._postings = postings
        self._rarities = rarities
        self._least = max(_LEAST_AGENTS, size // _SHARE)
        self._rows: list[int | None] = [None] * len(postings)

    def sums(self, grams: Sequence[int], counts: Sequence[int]) -> list[float]:
        """Return for each agent the sum of damped count times rarity times weight.

        One of n grams costs an error of at most n * 2**-51 beside that of adding floating-point numbers.

        Args:
            grams: By their places.
            counts: How often each occurs.
        """
        totals = [0.0] * self._size
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for gram, count in zip(grams, counts, strict=True):
            row = self._rows[gram]
            if row is None:
                row = self._rows[gram] = self._row(gram)
            if row:
                rows[count].append(row)
                continue
            factor = damped(count) * self._rarities[gram]
            for place, weight in self._postings[gram].items():
                totals[place] += factor * weight
        for count, alike in rows.items():
            digits = memoryview(sum(alike).to_bytes(_BYTES * self._size, sys.byteorder)).cast("Q")
            factor = damped(count) / _SCALE
            totals = [total + factor * digit for total, digit in zip(totals, digits, strict=True)]
        return totals

    def _row(self, gram: int) -> int:
        """Return the weights as the digits of one integer, or 0 for a gram of few agents."""
        postings = self._postings[gram]
        if len(postings) < self._least:
            return 0
        factor = self._rarities[gram] * _SCALE
        digits = array("Q", bytes(_BYTES * self._size))
        for place, weight in postings.items():
            digits[place] = round(factor * weight)
        return int.from_bytes(digits.tobytes(), sys.byteorder)


@lru_cache(maxsize=4096)
def damped(count: int) -> float:
    """Return the weight of something that occurs so often."""
    return 1 + math.log(count)
