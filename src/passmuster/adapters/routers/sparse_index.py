"""The lexical index as sparse matrices: the same scores for many requests at once.

Every term of every field and every gram is a column, in the order in which :class:`Overlap` sums them. Products of
matrices tell who can be among the best, and nearly always the rounded score; what each word adds, and every score whose
last digit the order of summing could change, is summed in that order. So scores and contributions are those of the
index in plain Python.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.sparse import csr_array, vstack

from passmuster.adapters.routers.lexical_index import (
    CHARACTER_WEIGHT,
    DIGITS,
    DOUBT,
    Contest,
    Fields,
    Leader,
    LexicalIndex,
    Postings,
    heads,
    rarity_of,
    shown,
    speakers_of,
    term_fields,
)
from passmuster.adapters.routers.sparse_arrays import (
    Floats,
    Integers,
    counts_of,
    damped_all,
    integers,
    matrix_of,
    norms_of,
    runs,
    stable_order,
)
from passmuster.adapters.routers.tokens import Word, grams_of, words_of
from passmuster.domain.agents import AgentDefinition

MOST_CELLS = 4_000_000
"""Scores that are held at once: requests times agents."""

MOST_REQUESTS = 2_000
"""Requests that are worked on at once; more need more memory and are no quicker."""

COMMON = 8
"""A column that more than one agent in so many has is common: its weights are held as they stand, zeros and all."""

BLOCK = 256
"""Agents that are added up at once, so that their weights stay near the processor."""

MOST_WORDS = 200_000
"""Words whose grams are kept; then it forgets them all and begins again."""


@dataclass(frozen=True, slots=True)
class Grams:
    """The grams of all agents.

    Attributes:
        places: Their numbers, in order of the grams.
        rarities: Their inverse document frequencies.
        weights: The share of each in each agent's vector of length 1: grams by agents.
    """

    places: Mapping[str, int]
    rarities: Floats
    weights: csr_array

    def known(self, word: str) -> list[int]:
        """Return the grams of a word that any agent has, by their numbers."""
        return [self.places[gram] for gram in grams_of(word) if gram in self.places]


class SparseIndex:
    """Agents by terms and grams, as matrices.

    Attributes:
        size: How many agents there are.
    """

    def __init__(self, fields: Fields, grams: "Grams", size: int) -> None:
        """Put the columns side by side; :func:`copy_of` and :func:`index_of` know where from.

        Args:
            fields: Of each field the postings of every term, and what their weights are multiplied by.
            grams: All grams.
            size: How many agents there are.
        """
        self.size = size
        self._grams = grams
        self._columns: dict[str, list[int]] = {}
        factors: list[float] = []
        postings: list[Postings] = []
        for known, factor in fields:
            for term in sorted(known):
                self._columns.setdefault(term, []).append(len(factors))
                factors.append(factor)
                postings.append(known[term])
        self._first_gram = len(postings)
        self._factors = np.array(factors)
        weights = csr_array(vstack([matrix_of(postings, size), grams.weights], format="csr"))
        self._by_agent = csr_array(weights.T)
        spread = np.diff(weights.indptr)
        self._common = np.flatnonzero(spread > size / COMMON)
        is_common = np.zeros(len(spread), dtype=bool)
        is_common[self._common] = True
        self._rare = weights.copy()
        self._rare.data *= ~np.repeat(is_common, spread)
        self._rare.eliminate_zeros()
        dense = weights[self._common].toarray()
        self._blocks = [np.ascontiguousarray(dense[:, first : first + BLOCK]) for first in range(0, size, BLOCK)]
        self._by_agent.sort_indices()
        self._present = self._by_agent.copy()
        self._present.data = np.ones_like(self._by_agent.data)
        self._spellings: dict[str, Integers] = {}

    def knows(self, words: Iterable[Word]) -> bool:
        """Return whether any term of the words occurs in any field."""
        return any(term in self._columns for word in words for term in word.terms)

    def contest(self, words: Sequence[Word], depth: int, explained: int) -> Contest:
        """Find the best agents, at most so many, and say of the first of them what each word adds."""
        return next(self.contests([words], depth, explained))

    def scored(self, words: Sequence[Word], places: Collection[int]) -> list[tuple[Leader, Mapping[str, float]]]:
        """Return the scores of some agents and what each word adds to them, the best first."""
        contest = self.contest(words, self.size, self.size)
        return [(leader, contest.contributions[leader.place]) for leader in contest.leaders if leader.place in places]

    def contests(self, requests: Sequence[Sequence[Word]], depth: int, explained: int) -> Iterator[Contest]:
        """Yield for the words of each request what :meth:`LexicalIndex.contest` returns."""
        step = max(1, min(MOST_REQUESTS, MOST_CELLS // self.size))
        for first in range(0, len(requests), step):
            yield from self._batch(requests[first : first + step], depth, explained)

    def _batch(self, requests: Sequence[Sequence[Word]], depth: int, explained: int) -> Iterator[Contest]:
        speech = self._speech(requests)
        evidence = self._evidence(speech, len(requests))
        leaders = self._leaders(evidence, depth)
        known = np.diff(np.searchsorted(evidence.rows[evidence.columns < self._first_gram], range(len(requests) + 1)))
        if not explained:
            sharing = self._sharing(evidence, [some[0].place for some in leaders])
            yield from (
                Contest(knows_a_word=bool(known[row]), leaders=some, best_shares_a_word=sharing[row], contributions={})
                for row, some in enumerate(leaders)
            )
            return
        pairs = [(row, leader.place) for row, some in enumerate(leaders) for leader in some[:explained]]
        contributions, sharing = self._contributions(pairs, speech, evidence)
        words = speech.names
        parts = iter(zip(pairs, contributions, sharing, strict=True))
        for row, some in enumerate(leaders):
            own = [next(parts) for _ in some[:explained]]
            yield Contest(
                knows_a_word=bool(known[row]),
                leaders=some,
                best_shares_a_word=own[0][2],
                contributions={
                    place: {word: share for word, share in zip(words[row], shares, strict=True) if share}
                    for (_, place), shares, _ in own
                },
            )

    def _speech(self, requests: Sequence[Sequence[Word]]) -> "_Speech":
        """Take requests apart into the columns that are in them, and the words that each comes from."""
        texts: list[str] = []
        slots: list[int] = []
        names: list[list[str]] = []
        term_columns: list[int] = []
        term_slots: list[int] = []
        term_ends = [0]
        for request in requests:
            shown_as = shown(request)
            own = list(dict.fromkeys(shown_as.values()))
            places = {name: place for place, name in enumerate(own)}
            said = [word.text for word in request]
            texts += said
            slots += [places[shown_as[text]] for text in said]
            names.append(own)
            for term, name in speakers_of(request, shown_as).items():
                columns = self._columns.get(term, ())
                term_columns += columns
                term_slots += [places[name]] * len(columns)
            term_ends.append(len(term_columns))
        rows = np.arange(len(requests))
        grams, repeats = self._spelt(texts)
        said_rows = np.repeat(rows, integers(list(map(len, requests))))
        return _Speech(
            rows=np.concatenate([np.repeat(rows, np.diff(term_ends)), np.repeat(said_rows, repeats)]),
            columns=np.concatenate([integers(term_columns), grams + self._first_gram]),
            slots=np.concatenate([integers(term_slots), np.repeat(integers(slots), repeats)]),
            names=names,
        )

    def _spelt(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        """Return the known grams of all words one after the other, and how many each word has."""
        if len(self._spellings) > MOST_WORDS:
            self._spellings.clear()
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        for text in numbers.keys() - self._spellings.keys():
            self._spellings[text] = integers(self._grams.known(text))
        found = [self._spellings[text] for text in numbers]
        lengths = integers(list(map(len, found)))
        which = np.fromiter(map(numbers.__getitem__, texts), dtype=np.int64, count=len(texts))
        repeats = lengths[which]
        spelt = np.concatenate([integers(()), *found])
        return spelt[runs((np.cumsum(lengths) - lengths)[which], repeats)], repeats

    def _evidence(self, speech: "_Speech", requests: int) -> "_Evidence":
        """Put the columns of each request in order, count them, and weigh them."""
        order = stable_order(speech.rows, speech.columns)
        rows, columns = speech.rows[order], speech.columns[order]
        is_first = np.ones(len(rows), dtype=bool)
        is_first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        starts = np.flatnonzero(is_first)
        counts = np.diff(starts, append=len(rows))
        rows, columns = rows[starts], columns[starts]
        is_gram = columns >= self._first_gram
        factors = np.empty(len(rows))
        factors[~is_gram] = self._factors[columns[~is_gram]]
        weights = damped_all(counts[is_gram])
        weights *= self._grams.rarities[columns[is_gram] - self._first_gram]
        norms = norms_of(weights, np.searchsorted(rows[is_gram], range(requests + 1)))
        factors[is_gram] = CHARACTER_WEIGHT * weights / norms[rows[is_gram]]
        indptr = np.searchsorted(rows, range(requests + 1))
        return _Evidence(
            rows=rows,
            columns=columns,
            starts=starts,
            counts=counts,
            slots=speech.slots[order],
            factors=csr_array((factors, columns, indptr), shape=(requests, self._rare.shape[0])),
        )

    def _estimates(self, evidence: "_Evidence") -> Floats:
        """Return the scores of all agents, summed in whatever order is quick: common columns apart from rare ones."""
        scores: Floats = (evidence.factors @ self._rare).toarray()
        common = csr_array(evidence.factors[:, self._common])
        for number, block in enumerate(self._blocks):
            scores[:, number * BLOCK : (number + 1) * BLOCK] += common @ block
        return scores

    def _leaders(self, evidence: "_Evidence", depth: int) -> list[list[Leader]]:
        """Return the best agents of every request, at most so many; equal scores in order of place."""
        scores = self._estimates(evidence)
        wanted = min(depth, self.size)
        least = np.partition(scores, self.size - wanted, axis=1)[:, self.size - wanted]
        rows, places = np.nonzero(scores >= least[:, np.newaxis] - 2 * 10.0**-DIGITS)
        rounded = self._settled(evidence, rows, places, scores[rows, places])
        order = np.lexsort((places, -rounded, rows))
        firsts = np.searchsorted(rows, range(len(scores)))
        best = order[(firsts[:, np.newaxis] + np.arange(wanted)).ravel()]
        found = list(map(Leader, places[best].tolist(), rounded[best].tolist()))
        return [found[first : first + wanted] for first in range(0, len(found), wanted)]

    def _settled(self, evidence: "_Evidence", rows: Integers, places: Integers, estimates: Floats) -> Floats:
        """Round estimates as Python does; where the order of summing could change the last digit, sum in order."""
        digits = estimates * 10.0**DIGITS
        pieces = np.diff(evidence.factors.indptr)[rows]
        doubts = pieces * (DOUBT * 10.0**DIGITS) * np.maximum(1.0, estimates)
        unclear = np.flatnonzero(np.abs(digits - np.floor(digits) - 0.5) <= doubts)
        rounded: Floats = np.rint(digits) / 10.0**DIGITS
        added = evidence.factors[rows[unclear]].multiply(self._by_agent[places[unclear]])
        which = np.repeat(np.arange(len(unclear)), np.diff(added.indptr))
        exact = np.bincount(which, weights=added.data, minlength=len(unclear)).tolist()
        rounded[unclear] = [round(score, DIGITS) for score in exact]
        return rounded

    def _sharing(self, evidence: "_Evidence", best: Sequence[int]) -> list[bool]:
        """Return for each request whether it has a term in common with its best agent."""
        terms = csr_array(evidence.factors[:, : self._first_gram])
        shared = terms.multiply(self._present[integers(best)][:, : self._first_gram])
        return [bool(count) for count in np.diff(csr_array(shared).indptr)]

    def _contributions(
        self, pairs: Sequence[tuple[int, int]], speech: "_Speech", evidence: "_Evidence"
    ) -> tuple[list[list[float]], list[bool]]:
        """Return for pairs of a request and an agent what each word adds, and whether they have a term in common."""
        rows, places = integers([row for row, _ in pairs]), integers([place for _, place in pairs])
        asked = evidence.factors[rows]
        added = asked.multiply(self._by_agent[places])
        numbers = csr_array(evidence.factors)
        numbers.data = np.arange(1.0, len(evidence.rows) + 1)
        pieces = numbers[rows].multiply(self._present[places]).data.astype(np.int64) - 1
        pair_of = np.repeat(np.arange(len(pairs)), np.diff(added.indptr))
        is_sharing = np.bincount(pair_of[evidence.columns[pieces] < self._first_gram], minlength=len(pairs)) > 0
        widths = integers(list(map(len, speech.names)))[rows]
        offsets = np.cumsum(widths) - widths
        repeats = evidence.counts[pieces]
        slots = evidence.slots[runs(evidence.starts[pieces], repeats)]
        # As Overlap.contributions does: bincount adds up in the order in which it is given.
        shares = np.bincount(
            np.repeat(offsets[pair_of], repeats) + slots,
            weights=np.repeat(added.data / repeats, repeats),
            minlength=int(widths.sum()),
        ).tolist()
        bounds = zip(offsets.tolist(), (offsets + widths).tolist(), strict=True)
        return [shares[first:last] for first, last in bounds], is_sharing.tolist()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speech:
    """What some requests say: for every time that a request has a column, the request, the column and the word.

    Attributes:
        rows: The requests, by number.
        columns: The terms and grams.
        slots: The words that they come from, by number within the request.
        names: Each request's words, as they are shown.
    """

    rows: Integers
    columns: Integers
    slots: Integers
    names: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """The pieces of evidence of some requests, in the order in which they are summed.

    Attributes:
        rows: The request of each piece.
        columns: Its term or gram.
        starts: Where its words begin among ``slots``.
        counts: How many words it has.
        slots: Words, by number within the request.
        factors: What weights are multiplied by: requests by columns.
    """

    rows: Integers
    columns: Integers
    starts: Integers
    counts: Integers
    slots: Integers
    factors: csr_array


def copy_of(index: LexicalIndex) -> SparseIndex:
    """Return the same index as matrices."""
    weights = matrix_of(index.grams, index.size)
    return SparseIndex(index.fields, Grams(index.places, np.array(index.rarities), weights), index.size)


def index_of(agents: Sequence[AgentDefinition], fields: Iterable[str]) -> SparseIndex:
    """Index the named fields of agents; the same as a copy of their lexical index, and sooner made where they are many.

    Args:
        agents: At least one.
        fields: As :class:`LexicalIndex` takes them.
    """
    read = frozenset(fields)
    said = [[word.text for word in words_of(text)] for text in heads(agents, read)]
    return SparseIndex(term_fields(agents, read), _grams_of(said), len(agents))


def _grams_of(said: Sequence[Sequence[str]]) -> Grams:
    """Return the grams of all agents, by the words that each says."""
    words = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(said)))}
    spelt = [grams_of(word) for word in words]
    grams = sorted(set(chain.from_iterable(spelt)))
    places = {gram: place for place, gram in enumerate(grams)}
    of_words = counts_of([[places[gram] for gram in one] for one in spelt], len(grams))
    counts = csr_array(counts_of([[words[word] for word in one] for one in said], len(words)) @ of_words)
    counts.sort_indices()
    spread = np.bincount(counts.indices, minlength=len(grams)).tolist()
    rarities = np.array([rarity_of(agents, len(said)) for agents in spread])
    counts.data = damped_all(counts.data.astype(np.int64)) * rarities[counts.indices]
    counts.data /= np.repeat(norms_of(counts.data, counts.indptr), np.diff(counts.indptr))
    return Grams(places, rarities, csr_array(counts.T))
