"""An edit of a text, taken apart into sentences and clauses that can be edited one by one.

Texts are cut at the ends of sentences, at blank lines and before bullets; sentences that were reworded are cut into
clauses. White space between the pieces, and punctuation at their ends, is not part of a piece: where only that differs,
all of it is one edit of form. Nothing is lost: no edit made gives the old text, and all of them the new one.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain, pairwise

ALIKE = 0.5
"""Two sentences that share at least this much of their words are one that was reworded."""

MOST_PIECES = 2_000
"""A text of more sentences is edited as a whole: comparing takes time with the square of their number."""

MOST_PAIRS = 10_000
"""In a run with more pairs of an old and a new sentence, none counts as reworded."""

# Descriptions that only a host's lenient reading gets hold of keep their line breaks as a backslash and an n.
_GAP = re.compile(r"(?:\s|\\{1,4}n)+")
_BREAK = re.compile(r"\n|\\{1,4}n")
_SENTENCE_END = re.compile(r"[.!?…][\"'”)\]*_`]{0,3}\Z")
_CLAUSE_END = re.compile(r"[,;:)\]][\"'”*_`]{0,3}\Z")
_CLAUSE_START = re.compile(r"[(\[–—]")
_LINE_START = re.compile(r"[-*+•#>|<`]|\d{1,3}[.)]\s")
_FORM = " .,;:!?"
_OPENING = re.compile(r"<example\b[^<>]{0,200}>", re.IGNORECASE)
_CLOSING = re.compile(r"</example\s{0,9}>", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ENDING = 8
"""Characters before a gap that tell whether a sentence ends there."""

_Boundary = Callable[[re.Match[str]], bool]
"""Whether a piece ends before this white space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One edit of a text that can be made by itself; without any words it is one of form.

    Attributes:
        removed: The words that it takes away; empty for an insertion.
        added: The words that it puts there; empty for a deletion.
        within: The sentence as it is now, where the words are a part of it.
        stretch: Number of the run of edits that it belongs to; sentences that stay lie between two runs.
        sentence: Number of the sentence that it belongs to.
    """

    removed: str = ""
    added: str = ""
    within: str = ""
    stretch: int
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A text with some of its edits made.

    Attributes:
        text: The text.
        examples: Its ``<example>`` blocks, in order: whether one is taken from the new text, and its number there.
    """

    text: str
    examples: tuple[tuple[bool, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A sentence or a clause.

    Attributes:
        text: Its words, with punctuation.
        before: The white space before it.
        examples: Numbers of the ``<example>`` blocks in it.
        place: Its number in its own text.
    """

    text: str
    before: str
    examples: tuple[int, ...] = ()
    place: int = -1

    @property
    def key(self) -> str:
        """The words without what is form only."""
        plain = _GAP.sub(" ", self.text)
        return plain.rstrip(_FORM) or plain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """What was in one place, and what is there now; unedited, the two differ in form at most."""

    old: _Piece | None
    new: _Piece | None
    is_edited: bool = False
    within: str = ""
    stretch: int = 0
    sentence: int = 0


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A piece that is in a mixture, the place that it has, and which text it is from."""

    slot: _Slot
    piece: _Piece
    is_new: bool


class Rewording:
    """How one text became another.

    Attributes:
        edits: In order of the text; one of form comes last. None where the texts are equal.
    """

    def __init__(self, old: str, new: str) -> None:
        """Take the edit apart."""
        self._texts = (old, new)
        (before, old_end), (after, self._new_end) = _sentences(old), _sentences(new)
        # Words that come into an empty text come with their form.
        self._old_end = self._new_end if after and not before else old_end
        self._slots = tuple(_placed(_slots(before, after)))
        self._numbers = {at: number for number, at in enumerate(_places_of_edits(self._slots))}
        self.edits = tuple(self._wordings())

    def mixture(self, made: frozenset[int]) -> Mixture:
        """Return the text with only these edits made, each named by its place among ``edits``."""
        is_formed = len(self._numbers) in made
        chosen = list(self._chosen(made, is_formed=is_formed))
        examples = tuple((one.is_new, number) for one in chosen for number in one.piece.examples)
        if len(made) in {0, len(self.edits)}:
            return Mixture(text=self._texts[bool(made)], examples=examples)
        return Mixture(text=self._joined(chosen, is_formed=is_formed), examples=examples)

    def _wordings(self) -> Iterator[Wording]:
        for at in self._numbers:
            slot = self._slots[at]
            yield Wording(
                removed=slot.old.text if slot.old else "",
                added=slot.new.text if slot.new else "",
                within=slot.within,
                stretch=slot.stretch,
                sentence=slot.sentence,
            )
        reworded = list(self._chosen(frozenset(self._numbers.values()), is_formed=False))
        if self._joined(reworded, is_formed=False) != self._texts[1]:
            last = 1 + max((self._slots[at].sentence for at in self._numbers), default=-1)
            yield Wording(stretch=last, sentence=last)

    def _chosen(self, made: frozenset[int], *, is_formed: bool) -> Iterator[_Chosen]:
        for at, slot in enumerate(self._slots):
            is_new = self._numbers[at] in made if slot.is_edited else is_formed
            piece = slot.new if is_new else slot.old
            if piece is not None:
                yield _Chosen(slot, piece, is_new)

    def _joined(self, chosen: Sequence[_Chosen], *, is_formed: bool) -> str:
        neighbours = zip([None, *chosen], chosen, strict=False)
        parts = [
            text for before, one in neighbours for text in (_gap(before, one, is_formed=is_formed), one.piece.text)
        ]
        return "".join([*parts, self._new_end if is_formed else self._old_end])


def _gap(before: _Chosen | None, one: _Chosen, *, is_formed: bool) -> str:
    """Return the white space between two pieces: that of a text in which they are neighbours, if there is one.

    Where both texts have them so, form decides.
    """
    former = (None, None) if before is None else (before.slot.old, before.slot.new)
    sides = list(zip(former, (one.slot.old, one.slot.new), strict=True))
    for left, right in reversed(sides) if is_formed else sides:
        expected = 0 if before is None else -1 if left is None else left.place + 1
        if right is not None and right.place == expected:
            return right.before
    return "" if before is None else one.piece.before or " "


def _sentences(text: str) -> tuple[list[_Piece], str]:
    """Cut a text into sentences, and return the white space at its end with them; an example is never cut."""
    openings = [match.start() for match in _OPENING.finditer(text)]
    endings = list(_endings(text, openings))

    def ends(gap: re.Match[str]) -> bool:
        example = bisect_right(openings, gap.start()) - 1
        if example >= 0 and gap.start() <= endings[example]:
            return gap.start() == endings[example]
        return _ends_sentence(gap) or (example + 1 < len(openings) and gap.end() == openings[example + 1])

    pieces, end = _cut(text, ends)
    if len(pieces) > MOST_PIECES:
        pieces, end = _cut(text, lambda _gap: False)
    return list(_numbered(pieces, openings)), end


def _ends_sentence(gap: re.Match[str]) -> bool:
    breaks = len(_BREAK.findall(gap[0]))
    if breaks:
        return breaks > 1 or _LINE_START.match(gap.string, gap.end()) is not None or _follows(_SENTENCE_END, gap)
    return _follows(_SENTENCE_END, gap)


def _follows(pattern: re.Pattern[str], gap: re.Match[str]) -> bool:
    return pattern.search(gap.string[max(0, gap.start() - _ENDING) : gap.start()]) is not None


def _endings(text: str, openings: Sequence[int]) -> Iterator[int]:
    """Yield where each example ends: after its closing tag or, without one, where the next begins."""
    for start, limit in pairwise([*openings, len(text)]):
        closing = _CLOSING.search(text, start, limit)
        yield closing.end() if closing else limit


def _numbered(pieces: Sequence[_Piece], openings: Sequence[int]) -> Iterator[_Piece]:
    """Say which examples begin within each piece."""
    position = 0
    for piece in pieces:
        start = position + len(piece.before)
        position = start + len(piece.text)
        found = range(bisect_right(openings, start - 1), bisect_right(openings, position - 1))
        yield replace(piece, examples=tuple(found))


def _clauses(sentence: _Piece) -> list[_Piece]:
    def ends(gap: re.Match[str]) -> bool:
        return _follows(_CLAUSE_END, gap) or _CLAUSE_START.match(gap.string, gap.end()) is not None

    first, *others = _cut(sentence.text, ends)[0]
    return [replace(first, before=sentence.before), *others]


def _cut(text: str, ends: _Boundary) -> tuple[list[_Piece], str]:
    """Cut a text at some of its gaps; what is left is the white space at its end."""
    pieces: list[_Piece] = []
    before, start, stop = "", 0, len(text)
    for gap in _GAP.finditer(text):
        if gap.end() == len(text):
            stop = gap.start()
        elif gap.start() == 0:
            before, start = gap[0], gap.end()
        elif ends(gap):
            pieces.append(_Piece(text=text[start : gap.start()], before=before))
            before, start = gap[0], gap.end()
    if start < stop:
        pieces.append(_Piece(text=text[start:stop], before=before))
    return pieces, text[stop:]


def _slots(old: Sequence[_Piece], new: Sequence[_Piece]) -> Iterator[_Slot]:
    """Line up the sentences of two texts."""
    stretch = sentence = 0
    for is_equal, pairs in _matched(old, new):
        for before, after in pairs:
            if is_equal:
                yield _Slot(old=before, new=after)
                continue
            for slot in _reworded(before, after):
                yield replace(slot, stretch=stretch, sentence=sentence)
            sentence += 1
        stretch += not is_equal


def _reworded(old: _Piece | None, new: _Piece | None) -> Iterator[_Slot]:
    """Line up the clauses of a sentence that was reworded; one that has no counterpart, and an example, stays whole."""
    if old is None or new is None or old.examples or new.examples:
        yield _Slot(old=old, new=new, is_edited=True)
        return
    for is_equal, pairs in _matched(_clauses(old), _clauses(new)):
        for before, after in pairs:
            within = "" if is_equal or (after and after.text == new.text) else new.text
            yield _Slot(old=before, new=after, is_edited=not is_equal, within=within)


_Pairs = Sequence[tuple[_Piece | None, _Piece | None]]


def _matched(old: Sequence[_Piece], new: Sequence[_Piece]) -> Iterator[tuple[bool, _Pairs]]:
    """Yield runs of pieces that are equal but for form, and runs that are not, with alike ones side by side."""
    matcher = SequenceMatcher(None, [piece.key for piece in old], [piece.key for piece in new])
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        former, present = old[start:stop], new[new_start:new_stop]
        if tag == "equal":
            yield True, list(zip(former, present, strict=True))
        else:
            yield False, list(_paired(former, present))


def _paired(old: Sequence[_Piece], new: Sequence[_Piece]) -> Iterator[tuple[_Piece | None, _Piece | None]]:
    """Pair pieces that share most of their words, in order; the others stand alone."""
    words = {id(piece): Counter(_WORD.findall(piece.text.lower())) for piece in chain(old, new)}
    free = len(new) if len(old) * len(new) > MOST_PAIRS else 0
    yield from ((None, piece) for piece in new[:free])
    for former in old:
        own = words[id(former)]
        found = next((at for at in range(free, len(new)) if _share(own, words[id(new[at])]) >= ALIKE), None)
        if found is None:
            yield former, None
            continue
        yield from ((None, piece) for piece in new[free:found])
        yield former, new[found]
        free = found + 1
    yield from ((None, piece) for piece in new[free:])


def _share(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of two texts' words that they have in common (Dice's coefficient)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _placed(slots: Iterator[_Slot]) -> Iterator[_Slot]:
    """Give every piece its number in its own text."""
    old = new = 0
    for slot in slots:
        yield replace(
            slot,
            old=None if slot.old is None else replace(slot.old, place=old),
            new=None if slot.new is None else replace(slot.new, place=new),
        )
        old += slot.old is not None
        new += slot.new is not None


def _places_of_edits(slots: Sequence[_Slot]) -> Iterator[int]:
    return (at for at, slot in enumerate(slots) if slot.is_edited)
