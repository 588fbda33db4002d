"""Arrays and sparse matrices of the kinds that the lexical index is made of."""

import math
from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from passmuster.adapters.routers.lexical_index import Postings
from passmuster.adapters.routers.packed import damped

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def counts_of(rows: Sequence[Sequence[int]], width: int) -> csr_array:
    """Return how often each number is in each row."""
    columns = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(rows), width))


def matrix_of(postings: Sequence[Postings], size: int) -> csr_array:
    """Return postings by agents."""
    indices = np.fromiter(chain.from_iterable(postings), dtype=np.int32)
    weights = np.fromiter(chain.from_iterable(one.values() for one in postings), dtype=np.float64)
    starts = np.cumsum([0, *map(len, postings)], dtype=np.int32)
    return csr_array((weights, indices, starts), shape=(len(postings), size))


def damped_all(counts: Integers) -> Floats:
    """Return every count, damped."""
    seen = np.bincount(counts)
    table = np.zeros(len(seen))
    for count in np.flatnonzero(seen).tolist():
        table[count] = damped(count)
    weights: Floats = table[counts]
    return weights


def norms_of(values: Floats, bounds: Sequence[int] | NDArray[np.integer]) -> Floats:
    """Return the length of each vector; by the same function as everywhere else, for its last digit."""
    plain = values.tolist()
    return np.array([math.hypot(*plain[first:last]) for first, last in pairwise(np.asarray(bounds).tolist())])


def runs(starts: Integers, lengths: Integers) -> Integers:
    """Return the numbers from each start on, as many as its length, one run after the other."""
    return np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)


def integers(values: Sequence[int]) -> Integers:
    """Return numbers as an array, also where there are none."""
    return np.array(values, dtype=np.int64)


def stable_order(rows: Integers, columns: Integers) -> Integers:
    """Return the order by row and then by column; equal ones stay as they are.

    One number holds row, column and place, which sorts faster than places by keys. It has room: two thousand rows, ten
    million columns and a hundred million entries do.
    """
    size = len(rows)
    keys: Integers = (rows * (columns.max(initial=0) + 1) + columns) * size + np.arange(size)
    keys.sort()
    return keys % max(size, 1)
