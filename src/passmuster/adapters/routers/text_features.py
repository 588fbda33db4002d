"""Texts as sparse rows: which words, pairs of words and grams of characters they hold, weighed by how rare these are.

Weights are sublinear TF-IDF (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008, section 6.4.1),
each block of a row of length 1: ``(1 + ln tf) · (ln((1 + n) / (1 + df)) + 1)``.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from passmuster.adapters.routers.tokens import words_of

SHORTEST_GRAM = 2
LONGEST_GRAM = 4

Rows = csr_array
"""Texts by features, 64-bit floating point; the columns of each row in rising order."""


class Features(Protocol):
    """Turns texts into rows; what the columns mean has been learnt from training texts, or is fixed."""

    @property
    def width(self) -> int:
        """How many columns there are."""
        ...

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return one row for each text; a row depends on its own text alone."""
        ...


class Share(NamedTuple):
    """What one word of a text has in one column of its row."""

    word: str
    column: int
    value: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The grams of one block, and how rare each is.

    Attributes:
        columns: The column of each gram, counted from 0 in order of the grams.
        rarity: The inverse document frequency of each column.
    """

    columns: Mapping[str, int]
    rarity: NDArray[np.float64]

    @classmethod
    def of(cls, documents: Iterable[Iterable[str]], size: int) -> "Vocabulary":
        """Learn the grams of some documents."""
        spread = Counter(chain.from_iterable(documents))
        columns = {gram: column for column, gram in enumerate(sorted(spread))}
        rarity = [math.log((1 + size) / (1 + spread[gram])) + 1 for gram in columns]
        return cls(columns, np.array(rarity, dtype=np.float64))

    def rows(self, counts: Sequence[Mapping[str, int]]) -> Rows:
        """Return one row of length 1 for each text, from how often it holds each gram; unknown ones are left out."""
        columns: list[int] = []
        times: list[int] = []
        ends = [0]
        for found in counts:
            known = sorted((self.columns[gram], number) for gram, number in found.items() if gram in self.columns)
            columns.extend(column for column, _ in known)
            times.extend(number for _, number in known)
            ends.append(len(columns))
        places = np.array(columns, dtype=np.int32)
        # Logarithms from a table: those that come in batches may differ between machines.
        table = np.array([0.0, *(1 + math.log(number) for number in range(1, max(times, default=0) + 1))])
        values = table[np.array(times, dtype=np.int64)] * self.rarity[places]
        texts = np.repeat(np.arange(len(counts)), np.diff(ends))
        norms = np.sqrt(np.bincount(texts, weights=values * values, minlength=len(counts)))
        parts = (values / norms[texts], places, np.array(ends, dtype=np.int32))
        return csr_array(parts, shape=(len(counts), len(self.columns)))


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Words and pairs of words as one block of columns, grams of two to four characters as the next.

    Attributes:
        words: The first block.
        characters: The second.
    """

    words: Vocabulary
    characters: Vocabulary

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextFeatures":
        """Learn which grams there are, and how rare, from training texts."""
        read = [_words(text) for text in texts]
        return cls(
            words=Vocabulary.of((_word_counts(words) for words in read), len(texts)),
            characters=Vocabulary.of((_gram_counts(words) for words in read), len(texts)),
        )

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.words.columns) + len(self.characters.columns)

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return one row for each text; grams that no training text held are left out."""
        read = [_words(text) for text in texts]
        return joined(
            self.words.rows([_word_counts(words) for words in read]),
            self.characters.rows([_gram_counts(words) for words in read]),
        )

    def shares(self, text: str) -> Iterator[Share]:
        """Yield what each word adds to the row of a text, in order of columns; a pair belongs to both its words."""
        words = _words(text)
        row = self.rows([text])
        owners: defaultdict[int, list[str]] = defaultdict(list)
        for gram, count in _word_counts(words).items():
            column = self.words.columns.get(gram)
            if column is not None:
                owners[column].extend(gram.split(" ") * count)
        for word in words:
            for gram in _grams_of(word):
                column = self.characters.columns.get(gram)
                if column is not None:
                    owners[len(self.words.columns) + column].append(word)
        for place, value in zip(row.indices.tolist(), row.data.tolist(), strict=True):
            for word in owners[place]:
                yield Share(word, place, value / len(owners[place]))


def dense_rows(vectors: Sequence[Sequence[float]] | NDArray[np.float64], *, weight: float = 1.0) -> Rows:
    """Return vectors, such as embeddings, as rows; every number times a weight."""
    return csr_array(np.asarray(vectors, dtype=np.float64) * weight)


def joined(*blocks: Rows) -> Rows:
    """Return the rows of several blocks side by side."""
    return csr_array(hstack(blocks, format="csr"))


def _words(text: str) -> list[str]:
    return [word.text for word in words_of(text)]


def _word_counts(words: Sequence[str]) -> Mapping[str, int]:
    return Counter(chain(words, map(" ".join, pairwise(words))))


def _gram_counts(words: Sequence[str]) -> Mapping[str, int]:
    return Counter(chain.from_iterable(map(_grams_of, words)))


@lru_cache(maxsize=65_536)
def _grams_of(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[start : start + length]
        for length in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
        for start in range(len(padded) - length + 1)
    )
