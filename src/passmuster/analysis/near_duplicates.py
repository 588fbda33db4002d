"""Texts that say nearly the same: all pairs whose sets of character grams overlap by a given share, and no other.

Likeness is the Jaccard index of the sets of grams of four characters of the plain text: words in small letters with
one space between them, without punctuation. The pairs are found exactly, by the prefix filter: two sets can overlap
enough only if they share one of their rarest members.

Source: C. Xiao, W. Wang, X. Lin, J. X. Yu, "Efficient similarity joins for near duplicate detection", Proceedings of
WWW 2008, 131-140.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

GRAM = 4
"""Characters of a gram."""

USUAL = 0.8
"""The likeness from which two requests are near duplicates: a word changed in a sentence of about ten."""

LEAST = 0.3
"""Below this likeness nearly every pair would have to be looked at."""

_WORD = re.compile(r"\w+")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPair:
    """Two texts by their places, the earlier one first, and how like they are: up to 1 for the same grams."""

    first: int
    second: int
    likeness: float


@dataclass(frozen=True, kw_only=True)
class NearDuplicates:
    """Which texts are like which.

    Attributes:
        firsts: For each text the place of the first one that has the same plain text, which may be itself.
        pairs: The pairs of such first texts that are alike, in the order of their places.
    """

    firsts: Sequence[int]
    pairs: Sequence[NearPair]

    @cached_property
    def neighbours(self) -> Mapping[int, Sequence[tuple[int, float]]]:
        """The first texts that are like a first text, the most alike first; those without any are left out."""
        found: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for pair in self.pairs:
            found[pair.first].append((pair.second, pair.likeness))
            found[pair.second].append((pair.first, pair.likeness))
        return {place: sorted(own, key=lambda item: (-item[1], item[0])) for place, own in found.items()}

    def like(self, place: int) -> Sequence[tuple[int, float]]:
        """Return the first texts that are like a text: its own with likeness 1, then others, the most alike first."""
        first = self.firsts[place]
        return ((first, 1.0), *self.neighbours.get(first, ()))


def near_duplicates(
    texts: Sequence[str], threshold: float = USUAL, tell: Callable[[int, int], None] = lambda _done, _of: None
) -> NearDuplicates:
    """Find the texts that are alike.

    Args:
        texts: Any texts; they are all held, at about 10 kB for a hundred words.
        threshold: The least likeness, from :data:`LEAST` to 1.
        tell: Is told how many texts of how many have been looked at.

    Raises:
        ValueError: If the threshold is out of range.
    """
    if not LEAST <= threshold <= 1:
        message = f"the threshold must be from {LEAST} to 1, and is {threshold!r}"
        raise ValueError(message)
    plain = [plain_text(text) for text in texts]
    first_places: dict[str, int] = {}
    firsts = [first_places.setdefault(text, place) for place, text in enumerate(plain)]
    sets = {place: grams(text) for text, place in first_places.items()}
    pairs = sorted(_pairs(sets, threshold, tell), key=lambda pair: (pair.first, pair.second))
    return NearDuplicates(firsts=firsts, pairs=pairs)


def plain_text(text: str) -> str:
    """Return the words of a text in small letters with one space between them; what has no words stays as it is."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(folded)) or " ".join(text.split())


def grams(plain: str) -> frozenset[str]:
    """Return the grams of a plain text; a short one is a gram itself."""
    return frozenset(plain[start : start + GRAM] for start in range(max(1, len(plain) - GRAM + 1)))


def _pairs(
    sets: Mapping[int, frozenset[str]], threshold: float, tell: Callable[[int, int], None]
) -> Iterator[NearPair]:
    """Yield all pairs that are alike enough; sets are taken in order of size, so that each meets no larger one."""
    ordered = _ordered(sets)
    places = sorted(sets, key=lambda place: (len(ordered[place]), place))
    # For each gram the sets that have it among their rarest, in order of size, and how many are too small by now.
    index: dict[int, list[int]] = defaultdict(list)
    passed: Counter[int] = Counter()
    for done, place in enumerate(places):
        own = ordered[place]
        size = len(own)
        least = _whole(threshold * size)
        candidates: set[int] = set()
        for gram in own[: size - least + 1]:
            entries = index.get(gram, ())
            start = passed[gram]
            while start < len(entries) and len(ordered[entries[start]]) < least:
                start += 1
            passed[gram] = start
            candidates.update(entries[start:])
        for other in candidates:
            shared = len(sets[place] & sets[other])
            likeness = shared / (size + len(sets[other]) - shared)
            if likeness >= threshold - _ROUNDING:
                yield NearPair(first=min(place, other), second=max(place, other), likeness=likeness)
        for gram in own[: size - _whole(2 * threshold / (1 + threshold) * size) + 1]:
            index[gram].append(place)
        tell(done + 1, len(places))


def _ordered(sets: Mapping[int, frozenset[str]]) -> Mapping[int, Sequence[int]]:
    """Return each set as numbers, the rarest gram first: that has the smallest number."""
    counts = Counter(gram for own in sets.values() for gram in own)
    numbers = {gram: number for number, gram in enumerate(sorted(counts, key=lambda gram: (counts[gram], gram)))}
    return {place: sorted(numbers[gram] for gram in own) for place, own in sets.items()}


def _whole(number: float) -> int:
    """Round up, but for what is whole save for its last digits."""
    return ceil(number - _ROUNDING)
