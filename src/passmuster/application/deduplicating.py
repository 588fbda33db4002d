"""Use case: leave out cases that say what others say, and name those that contradict one another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passmuster.analysis.near_duplicates import NearDuplicates, near_duplicates
from passmuster.domain.cases import Case, Request

ORDER = ("test", "validation", "train")
"""Of duplicates in several splits the one in the first of these stays."""


class Difference(StrEnum):
    """How two cases of nearly the same request differ."""

    NOTHING = "nothing"
    LABEL = "label"
    ELSE = "rubric, criticality or control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A case that says what another one says.

    Attributes:
        case: The later one in the order of preference.
        of: The one that stays.
        likeness: Of the requests: 1 if they are equal but for case and punctuation.
        is_exact: Whether the requests are equal to the last character.
        difference: What else they differ in; if in anything, both stay.
    """

    case: Case
    of: Case
    likeness: float
    is_exact: bool
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplication:
    """What became of a dataset.

    Attributes:
        kept: The cases that stay, in their order.
        dropped: Those that are left out.
        apart: Pairs of duplicates that both stay, because more than the words differs.
    """

    kept: tuple[Case, ...]
    dropped: tuple[Duplicate, ...]
    apart: tuple[Duplicate, ...]


def deduplicate(
    cases: Sequence[Case],
    threshold: float | None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Deduplication:
    """Find duplicates; every case that is dropped is like one that stays.

    Args:
        cases: All cases.
        threshold: The likeness from which two requests are duplicates; ``None`` asks for equality.
        tell: Is told how far the search has come.
    """
    found = likenesses(cases, threshold, tell)
    order = sorted(range(len(cases)), key=lambda place: (_rank(cases[place].split), place))
    stays: dict[int, list[int]] = {}
    dropped: list[Duplicate] = []
    apart: list[Duplicate] = []
    for place in order:
        pairs = [
            _compared(cases[place], cases[other], likeness)
            for first, likeness in found.like(place)
            for other in stays.get(first, ())
        ]
        same = next((pair for pair in pairs if pair.difference is Difference.NOTHING), None)
        if same is None:
            stays.setdefault(found.firsts[place], []).append(place)
            apart.extend(pairs)
        else:
            dropped.append(same)
    kept = sorted(place for places in stays.values() for place in places)
    return Deduplication(kept=tuple(cases[place] for place in kept), dropped=tuple(dropped), apart=tuple(apart))


def contradictions(
    cases: Sequence[Case],
    threshold: float | None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[Duplicate, ...]:
    """Return near duplicates whose labels differ, each later case with the first of each other label that it meets."""
    found = likenesses(cases, threshold, tell)
    seen: dict[int, dict[object, int]] = {}
    pairs: list[Duplicate] = []
    for place, case in enumerate(cases):
        for first, likeness in found.like(place):
            for other in seen.get(first, {}).values():
                pair = _compared(case, cases[other], likeness)
                if pair.difference is Difference.LABEL:
                    pairs.append(pair)
        seen.setdefault(found.firsts[place], {}).setdefault(case.expectation, place)
    return tuple(sorted(pairs, key=lambda pair: -pair.likeness))


def likenesses(cases: Sequence[Case], threshold: float | None, tell: Callable[[int, int], None]) -> NearDuplicates:
    """Return which cases have like requests.

    Args:
        cases: All cases.
        threshold: The least likeness; ``None`` asks for equality.
        tell: Is told how far the search has come.
    """
    if threshold is not None:
        return near_duplicates([whole_text(case.request) for case in cases], threshold, tell)
    first_places: dict[Request, int] = {}
    return NearDuplicates(
        firsts=[first_places.setdefault(case.request, place) for place, case in enumerate(cases)], pairs=()
    )


def whole_text(request: Request) -> str:
    """Return all that is said in a request, the history first."""
    return "\n".join([*(message.content for message in request.history), request.text])


def _compared(case: Case, other: Case, likeness: float) -> Duplicate:
    if case.expectation != other.expectation:
        difference = Difference.LABEL
    elif _else(case) != _else(other):
        difference = Difference.ELSE
    else:
        difference = Difference.NOTHING
    return Duplicate(
        case=case, of=other, likeness=likeness, is_exact=case.request == other.request, difference=difference
    )


def _else(case: Case) -> object:
    return case.rubric_fingerprint, case.is_critical, case.is_control


def _rank(split: str) -> int:
    return ORDER.index(split) if split in ORDER else len(ORDER)
