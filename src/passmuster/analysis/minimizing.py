"""Delta debugging: which of many edits make an effect, asked in as few questions as possible.

Source: A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
Engineering 28 (2002), 183-200, for ``ddmin``; G. Misherghi and Z. Su, "HDD: hierarchical delta debugging", Proceedings
of the 28th International Conference on Software Engineering (2006), 142-151, for going from large parts to small ones.

A search is a generator: it yields a question, is sent the answer, and returns what it has found. So whoever drives it
decides how a question is answered, whether several searches share an answer, and when to give up.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

Edits = frozenset[int]
"""Some of the edits, each by its number."""

NO_EDITS: Edits = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Is the effect there with these edits and no others?

    Attributes:
        edits: The edits to make.
        known: The smallest set so far that makes the effect, or may make it beside those that were found; the search
            may be given up here.
        found: The sets that were searched to the end before.
        is_repeated: Whether it was asked before, and new evidence is wanted.
    """

    edits: Edits
    known: Edits
    found: tuple[Edits, ...] = ()
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """What makes an effect.

    Attributes:
        sets: Each makes it alone, and none can do without any of its edits. They have no edit in common.
        is_settled: Whether the effect is gone once all of them are taken back.
        is_repeatable: Whether every set made the effect again when it was tried once more.
    """

    sets: tuple[Edits, ...]
    is_settled: bool
    is_repeatable: bool = True


Partition = Sequence[Edits]
"""All edits, each in exactly one part."""


def causes(
    partitions: Sequence[Partition], *, most: int = 4, is_repeated: bool = False
) -> Generator[Question, bool, Causes]:
    """Find a smallest set of edits that makes the effect, then others beside it until what is left does not.

    All edits together must make the effect, and none must not; neither is asked. Where no two edits hinder each other,
    the sets are all there are. *Smallest* means that no single part of the last partition can be left out
    (1-minimal): there may be a set with fewer edits that is no part of it.

    Args:
        partitions: From the coarsest to the finest.
        most: How many sets to look for.
        is_repeated: Whether each set is to be tried once more at the end, for effects that come and go.
    """
    left: Edits = NO_EDITS.union(*partitions[-1])
    sets: tuple[Edits, ...] = ()
    is_settled = False
    while not is_settled and len(sets) < most:
        smallest = left
        for partition in partitions:
            parts = [part & smallest for part in partition if part & smallest]
            smallest = yield from minimal(parts, sets)
        sets = (*sets, smallest)
        left -= smallest
        is_settled = not left or not (yield Question(edits=left, known=left, found=sets))
    is_repeatable = True
    for one in sets if is_repeated else ():
        again = yield Question(edits=one, known=one, found=sets, is_repeated=True)
        is_repeatable = is_repeatable and again
    return Causes(sets=sets, is_settled=is_settled, is_repeatable=is_repeatable)


def minimal(parts: Partition, found: tuple[Edits, ...] = ()) -> Generator[Question, bool, Edits]:
    """Return the union of a smallest set of parts that makes the effect (``ddmin``).

    Args:
        parts: Together they make the effect; at least one.
        found: What was found before, to be told with every question.
    """
    current, grain = list(parts), 2
    while len(current) > 1:
        grain = min(grain, len(current))
        reduced = yield from _reduced(current, grain, found)
        if reduced is not None:
            current, grain = reduced
        elif grain == len(current):
            break
        else:
            grain *= 2
    return NO_EDITS.union(*current)


def _reduced(
    current: list[Edits], grain: int, found: tuple[Edits, ...]
) -> Generator[Question, bool, tuple[list[Edits], int] | None]:
    """Look for one of so many slices that does alone, then for one that can be left out."""
    known = NO_EDITS.union(*current)
    slices = list(_slices(current, grain))
    for one in slices:
        if (yield Question(edits=NO_EDITS.union(*one), known=known, found=found)):
            return one, 2
    # Of two slices each is what the other leaves.
    for one in slices if grain > 2 else ():  # noqa: PLR2004 - as the comment says
        rest = [part for part in current if part not in one]
        if (yield Question(edits=NO_EDITS.union(*rest), known=known, found=found)):
            return rest, grain - 1
    return None


def _slices(parts: list[Edits], number: int) -> Iterator[list[Edits]]:
    """Cut into so many slices, whose lengths differ by one at most."""
    for index in range(number):
        yield parts[index * len(parts) // number : (index + 1) * len(parts) // number]
