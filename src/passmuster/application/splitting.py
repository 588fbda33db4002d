"""Use case: put cases into splits, so that what belongs together stays together and every agent has its share."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.application.deduplicating import likenesses
from passmuster.domain.cases import Case
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import fingerprint_of

SPLITS = ("test", "train", "validation")
"""In the order in which they are filled where two lack equally."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """How to split.

    Attributes:
        shares: The share of each split, by name; they sum to 1.
        seed: Decides who goes where among equals.
        threshold: The likeness from which two requests stay together; ``None`` asks for equality.
        reshuffles: Whether cases that are in a split already are put anew.
    """

    shares: Mapping[str, float]
    seed: int = 0
    threshold: float | None = None
    reshuffles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """Cases in splits.

    Attributes:
        cases: All cases in their order, each with a split.
        moved: How many have another split than before.
        units: How many groups of one case or more stand or fall together.
        findings: What stays amiss: cases that belong together and were in different splits already.
    """

    cases: tuple[Case, ...]
    moved: int
    units: int
    findings: tuple[Finding, ...]


def split_cases(
    cases: Sequence[Case], plan: SplitPlan, tell: Callable[[int, int], None] = lambda _done, _of: None
) -> Splitting:
    """Put every case into a split.

    Cases of one group, of one request, and of nearly the same request stay together. A unit whose members are in a
    split already goes there; the others are dealt agent by agent, in an order that the seed and the unit's first
    identifier decide, each to the split that lacks most of that agent. So cases that are added later move none of
    those before them.

    Args:
        cases: All cases; an empty split means that a case is in none yet.
        plan: How to split.
        tell: Is told how far the search for like requests has come.
    """
    units = _units(cases, plan, tell)
    found: dict[int, str] = {}
    findings: list[Finding] = []
    waiting: dict[str, list[list[int]]] = defaultdict(list)
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for unit in units:
        present = Counter(cases[place].split for place in unit if cases[place].split and not plan.reshuffles)
        if not present:
            waiting[_agent(cases, unit)].append(unit)
            continue
        findings.extend(_torn(cases, unit, present))
        usual = min(present, key=lambda name: (-present[name], name))
        for place in unit:
            found[place] = usual if plan.reshuffles or not cases[place].split else cases[place].split
            held[cases[place].expectation.preferred or NOBODY][found[place]] += 1
    for agent, own in waiting.items():
        for unit in sorted(own, key=lambda unit: (-len(unit), _lot(cases, unit, plan.seed))):
            chosen = _neediest(held[agent], plan.shares, len(unit))
            held[agent][chosen] += len(unit)
            found.update(dict.fromkeys(unit, chosen))
    made = tuple(replace(case, split=found[place]) for place, case in enumerate(cases))
    moved = sum(before.split != after.split for before, after in zip(cases, made, strict=True))
    return Splitting(cases=made, moved=moved, units=len(units), findings=tuple(findings))


def _units(cases: Sequence[Case], plan: SplitPlan, tell: Callable[[int, int], None]) -> list[list[int]]:
    """Return the cases that stand or fall together, by their places."""
    parents = list(range(len(cases)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    for one, other in _ties(cases, plan, tell):
        first, second = sorted((root(one), root(other)))
        parents[second] = first
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(cases)):
        found[root(place)].append(place)
    return list(found.values())


def _ties(cases: Sequence[Case], plan: SplitPlan, tell: Callable[[int, int], None]) -> Iterator[tuple[int, int]]:
    groups: dict[str, int] = {}
    for place, case in enumerate(cases):
        if case.group:
            yield groups.setdefault(case.group, place), place
    alike = likenesses(cases, plan.threshold, tell)
    yield from ((first, place) for place, first in enumerate(alike.firsts))
    yield from ((pair.first, pair.second) for pair in alike.pairs)


def _agent(cases: Sequence[Case], unit: Sequence[int]) -> str:
    """Return the agent that most of a unit is for."""
    counts = Counter(cases[place].expectation.preferred or NOBODY for place in unit)
    return min(counts, key=lambda name: (-counts[name], name))


def _lot(cases: Sequence[Case], unit: Sequence[int], seed: int) -> str:
    return fingerprint_of([seed, min(cases[place].identifier for place in unit)])


def _neediest(held: Counter[str], shares: Mapping[str, float], size: int) -> str:
    """Return the split that lacks most of its share when so many cases come."""
    total = held.total() + size
    names = [name for name in SPLITS if shares.get(name, 0) > 0]
    return max(names, key=lambda name: round(shares[name] * total - held[name], 9))


def _torn(cases: Sequence[Case], unit: Sequence[int], present: Mapping[str, int]) -> Iterator[Finding]:
    if len(present) > 1:
        first = cases[unit[0]]
        other = next(cases[place] for place in unit if cases[place].split not in {"", first.split})
        yield Finding(
            rule="torn-group",
            severity=Severity.WARNING,
            message=(
                f"case {other.identifier!r} is in the split {other.split!r} and belongs to {first.identifier!r}, "
                f"which is in {first.split!r}"
            ),
            hint="put all that share a group or nearly the same request into one split, or split anew with --reshuffle",
            location=other.source,
        )
