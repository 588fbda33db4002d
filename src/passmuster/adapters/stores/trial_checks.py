"""Trials beside what was put in: which columns differ, which rows are gone, and which came by another way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from passmuster.adapters.stores.chains import (
    CELL,
    SCORE,
    TRIAL,
    Digest,
    differing,
    digest_of,
    marks_of,
    part_of,
    read,
    text_of,
    trial_names,
)
from passmuster.adapters.stores.databases import Row
from passmuster.adapters.stores.edited import Edits
from passmuster.adapters.stores.found_rows import BLOB_SIZE, KEY_SIZE, OWN, Key, Place, described
from passmuster.adapters.stores.sound_texts import ALTERED, MISSING, Texts

MOST: Final = 200
"""So many rows that were moved, or whose text is gone, are looked at closely."""

COLUMNS: Final = (*CELL, *TRIAL)
GROUP: Final = len(SCORE)
REPETITION: Final = len(CELL)
ROUTING: Final = OWN - 2
DETAIL: Final = GROUP - 1


@dataclass(frozen=True, slots=True)
class Loose:
    """A trial or an outcome that lacks its counterpart.

    Attributes:
        key: Of the trial.
        row: How it is told.
        position: Of the outcome.
        values: What is stored; nothing where only the link says that there was something.
        marks: What the link says of the columns; empty where only the row is there.
        is_last: Whether no outcome comes after it.
    """

    key: Key
    row: Mapping[str, object]
    position: object = 0
    values: Sequence[object] = ()
    marks: bytes = b""
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Dangling:
    """A column that refers to a text which is not there.

    Attributes:
        table: Where the column is.
        row: In which row.
        column: Which it is.
        address: What it refers to.
        whole: The digest that was put in; empty if no link that holds says it.
        before: What that is the digest of, up to the digest of the text.
        after: And from there on.
    """

    table: str
    row: Mapping[str, object]
    column: str
    address: object
    whole: bytes = b""
    before: bytes = b""
    after: bytes = b""

    def fits(self, digest: str) -> bool:
        """Whether a text of this digest was the one."""
        return hashlib.sha256(self.before + digest.encode("ascii") + self.after).digest() == self.whole

    @property
    def was_empty(self) -> bool:
        """Whether the column referred to no text."""
        # The digest stands between quotation marks.
        return hashlib.sha256(self.before[:-1] + b"null" + self.after[1:]).digest() == self.whole


class TrialChecks:
    """Compares trials with what was put in, one after the other."""

    def __init__(self, edits: Edits, texts: Texts, untrusted: frozenset[int], *, is_whole: bool) -> None:
        """Begin.

        Args:
            edits: Told of what differs.
            texts: Tells what the texts are.
            untrusted: Links that may have been edited, by which no row is judged.
            is_whole: Whether every link is there and holds.
        """
        self._edits = edits
        self._texts = texts
        self._untrusted = untrusted
        self._is_whole = is_whole
        self.trials = self.scores = self.uncovered = 0
        self.wrong: dict[int, int] = dict.fromkeys(untrusted, 0)
        self.gone: list[Loose] = []
        self.new: list[Loose] = []
        self.gone_scores: list[Loose] = []
        self.new_scores: list[Loose] = []
        self.dangling: list[Dangling] = []

    def check(self, place: Place) -> None:
        """Compare what there is of one trial."""
        self.trials += place.trial is not None
        self.scores += len(place.scores)
        own = None if place.trial is None else self.own(place.trial)
        outcomes = [self.outcome(row) for row in place.scores]
        names = trial_names(len(outcomes))
        if own is not None and place.entry is not None:
            values = read(names, [*own, *(value for outcome in outcomes for value in outcome)])
            digest = digest_of(values)
            # A link that may have been edited is looked at to its last byte.
            if digest == place.entry or (digest.whole == place.entry.whole and place.link not in self._untrusted):
                return
        if place.link in self._untrusted:
            self.wrong[place.link] += 1
            return
        if place.entry is None:
            self._note_new(place, own, outcomes)
        elif own is None:
            self._note_gone(place, place.entry, outcomes)
        else:
            self._compare(place, place.entry, own, outcomes)

    def own(self, row: Row) -> list[object]:
        """Return the columns of a trial as they are in its digest."""
        decision, completion = row[-2 * BLOB_SIZE : -BLOB_SIZE], row[-BLOB_SIZE:]
        columns = list(row[KEY_SIZE : KEY_SIZE + OWN])
        columns[ROUTING] = self._texts.digest(columns[ROUTING], decision)
        columns[ROUTING + 1] = self._texts.digest(columns[ROUTING + 1], completion)
        return columns

    def outcome(self, row: Row) -> list[object]:
        """Return the columns of an outcome as they are in the digest of its trial."""
        columns = list(row[KEY_SIZE : KEY_SIZE + GROUP])
        columns[DETAIL] = self._texts.digest(columns[DETAIL], row[-BLOB_SIZE:])
        return columns

    def _compare(self, place: Place, entry: Digest, own: list[object], outcomes: list[list[object]]) -> None:
        """Name the columns of a trial that differ."""
        trial = place.trial or ()
        count = _outcomes(entry)
        here = {outcome[0]: number for number, outcome in enumerate(outcomes)}
        aligned = [outcomes[here[at]] if at in here else [None] * GROUP for at in range(count)]
        values = read(trial_names(count), [*own, *(value for outcome in aligned for value in outcome)])
        differs = differing(digest_of(values).marks, entry.marks)
        if not self._is_whole and _is_another_delivery(differs):
            self.uncovered += 1
            return
        for at in differs:
            number, column = divmod(at - OWN, GROUP)
            if at < OWN:
                self._name_own(place.key, trial, values, at, entry)
            elif number in here:
                self._name_outcome(place, place.scores[here[number]], column, (values, at, entry))
        are_loose = self._loose_scores(place, entry, outcomes)
        if not differs and not are_loose and ALTERED not in values:
            self._edits.changed("trial", described(place.key, own), "", "the marks do not tell which column")

    def _name_own(self, key: Key, trial: Row, values: list[object], at: int, entry: Digest) -> None:
        """Name a column of a trial or of its cell."""
        name = COLUMNS[at]
        if at < len(CELL):
            cell = {"number": key[0]}
            if values[0] is None and values[1] is None:
                self._edits.deleted("cell", cell)
            else:
                self._edits.changed("cell", cell, name)
        elif values[at] != ALTERED:
            row = described(key, values)
            if values[at] == MISSING:
                self._dangles("trial", row, name, trial[KEY_SIZE + at], _around(values, at), entry.whole)
            else:
                self._edits.changed("trial", row, name)

    def _name_outcome(self, place: Place, score: Row, column: int, around: tuple[list[object], int, Digest]) -> None:
        """Name a column of an outcome."""
        values, at, entry = around
        if values[at] == ALTERED:
            return
        row = described(place.key, values, position=score[KEY_SIZE])
        if values[at] == MISSING:
            self._dangles("score", row, SCORE[column], score[KEY_SIZE + column], _around(values, at), entry.whole)
        else:
            self._edits.changed("score", row, SCORE[column])

    def _dangles(
        self,
        table: str,
        row: Mapping[str, object],
        column: str,
        address: object,
        around: tuple[bytes, bytes] = (b"", b""),
        whole: bytes = b"",
    ) -> None:
        if len(self.dangling) < MOST:
            self.dangling.append(Dangling(table, row, column, address, whole, *around))
        else:
            self._edits.changed(table, row, column, "it refers to a text that is not there")

    def _loose_scores(self, place: Place, entry: Digest, outcomes: list[list[object]]) -> bool:
        """Note outcomes that are gone, and those that are new; return whether there are any."""
        names = (place.trial or ())[KEY_SIZE:]
        count = _outcomes(entry)
        expected, found = set(range(count)), [outcome[0] for outcome in outcomes]
        for position in range(count):
            if position not in found:
                row = described(place.key, names, position=position)
                begin = OWN + GROUP * position
                marks = part_of(entry.marks, begin, begin + GROUP)
                self._keep(self.gone_scores, Loose(place.key, row, position, (), marks, position == count - 1))
        for outcome in outcomes:
            if outcome[0] not in expected:
                self._keep(self.new_scores, _loose_outcome(place.key, outcome, names))
        return expected != set(found)

    def _note_gone(self, place: Place, entry: Digest, outcomes: list[list[object]]) -> None:
        marks = part_of(entry.marks, 0, OWN)
        self._keep(self.gone, Loose(place.key, described(place.key, ()), 0, (), marks, _outcomes(entry) == 0))
        if outcomes:
            self._loose_scores(place, entry, outcomes)

    def _note_new(self, place: Place, own: list[object] | None, outcomes: list[list[object]]) -> None:
        if own is not None:
            values = read(trial_names(0), own)
            self._keep(self.new, Loose(place.key, described(place.key, values), 0, values))
        for outcome in outcomes:
            self._keep(self.new_scores, _loose_outcome(place.key, outcome, own or ()))

    def _keep(self, into: list[Loose], item: Loose) -> None:
        if len(into) < MOST:
            into.append(item)
        else:
            self._edits.further += 1


def moved_columns(one: Loose, other: Loose) -> Sequence[str]:
    """Return the columns by which a trial was moved; none if what is new is not what is gone.

    Args:
        one: What is gone.
        other: What is new.
    """
    marks = marks_of(other.values, is_first=True, is_last=one.is_last)
    differs = set(differing(marks, one.marks))
    if not differs <= set(range(REPETITION + 1)):
        return ()
    same_place = [theirs == ours for theirs, ours in zip(one.key, other.key, strict=True)]
    return [name for name, is_same in zip(("cell", "repetition"), same_place, strict=True) if not is_same] or ["run"]


def moved_outcome(one: Loose, other: Loose) -> Sequence[str]:
    """Return the columns by which an outcome was moved; none if what is new is not what is gone."""
    marks = marks_of(other.values, is_first=False, is_last=one.is_last)
    if not set(differing(marks, one.marks)) <= {0}:
        return ()
    here, there = (*one.key, one.position), (*other.key, other.position)
    same_place = [theirs == ours for theirs, ours in zip(here, there, strict=True)]
    names = ("cell", "repetition", "position")
    return [name for name, is_same in zip(names, same_place, strict=True) if not is_same] or ["run"]


def _outcomes(entry: Digest) -> int:
    return (len(entry.marks) // 2 - OWN) // GROUP


def _is_another_delivery(differs: Sequence[int]) -> bool:
    """Whether this looks like a trial that was delivered again, in a link that is gone."""
    return {COLUMNS.index("is_finished"), COLUMNS.index("started_at")} <= set(differs)


def _around(values: Sequence[object], at: int) -> tuple[bytes, bytes]:
    """Return what a digest is of, before and after the digest of one text."""
    place = "-" * 64
    before, _, after = text_of([*values[:at], place, *values[at + 1 :]]).partition(place.encode())
    return before, after


def _loose_outcome(key: Key, outcome: Sequence[object], names: Sequence[object]) -> Loose:
    position = outcome[0]
    return Loose(key, described(key, names, position=position), position, read(SCORE, outcome))
