"""Use case: say what a dataset holds, case by case, so that it need never be held as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from passmuster.analysis.power import Design, VarianceSplit, visible_drop
from passmuster.analysis.seen_before import SeenBefore
from passmuster.domain.cases import LEAKY, Case
from passmuster.domain.observations import NOBODY

USUAL_ACCURACY = 0.8
"""How often requests are taken to be routed rightly where nobody has measured it."""


@dataclass(slots=True)
class Census:
    """Counts of everything that can be counted about cases; takes them one by one and keeps none.

    Attributes:
        cases: How many there are.
        facts: How many cases have each property.
        splits: Cases by split.
        strata: Cases by stratum.
        agents: Cases by preferred agent, or nobody.
        tags: Cases by tag.
        measured: Cases by preferred agent that count in metrics: controls do not.
        by_agent: The same by preferred agent and split.
        words: How many requests have each number of words.
        characters: How many requests have each number of characters.
        authors: Cases by author, where one is named.
        dates: The first and the last day on which a case was written.
    """

    cases: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    strata: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    measured: Counter[str] = field(default_factory=Counter)
    by_agent: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[int] = field(default_factory=Counter)
    characters: Counter[int] = field(default_factory=Counter)
    authors: Counter[str] = field(default_factory=Counter)
    dates: tuple[str, str] | None = None
    _requests: SeenBefore = field(default_factory=SeenBefore)
    _groups: SeenBefore = field(default_factory=SeenBefore)

    def add(self, case: Case) -> None:
        """Count one case."""
        self.cases += 1
        agent = case.expectation.preferred or NOBODY
        text = case.request.text
        self.facts.update(name for name, holds in _facts(case) if holds)
        self.splits[case.split] += 1
        self.strata[case.stratum.value] += 1
        self.agents[agent] += 1
        self.tags.update(case.tags)
        self.words[len(text.split())] += 1
        self.characters[len(text)] += 1
        if not case.is_control:
            self.measured[agent] += 1
            self.by_agent[agent, case.split] += 1
        if self._requests.first(case.request.fingerprint if case.request.history else text, 0) is not None:
            self.facts["repeated requests"] += 1
        if case.group:
            self._groups.first(case.group, 0)
        if case.provenance is not None:
            self._add_source(case.provenance.author, case.provenance.date)

    @property
    def groups(self) -> int:
        """How many different groups there are."""
        return len(self._groups)

    def _add_source(self, author: str, date: str) -> None:
        self.authors[author] += 1
        first, last = self.dates or (date, date)
        self.dates = (min(first, date), max(last, date))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long requests are: the smallest and the largest, and what lies at each quarter."""

    smallest: int
    lower_quartile: int
    median: int
    upper_quartile: int
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is known about one agent.

    Attributes:
        agent: Its name, or nobody's.
        cases: Its cases that count in metrics.
        drop: The smallest loss of right choices that they would show for a subject that varies, as a share; ``None``
            if not even the loss of all would be seen.
        is_known: Whether the roster has it.
    """

    agent: str
    cases: int
    drop: float | None
    is_known: bool


def spread(counts: Mapping[int, int]) -> Spread | None:
    """Return the quartiles of numbers that are given by how often each occurs; ``None`` where there are none."""
    if not counts:
        return None
    ordered = sorted(counts.items())
    total = sum(counts.values())
    return Spread(
        smallest=ordered[0][0],
        lower_quartile=_at(ordered, total, 0.25),
        median=_at(ordered, total, 0.5),
        upper_quartile=_at(ordered, total, 0.75),
        largest=ordered[-1][0],
    )


def coverages(census: Census, roster: Sequence[str] | None, accuracy: float = USUAL_ACCURACY) -> tuple[Coverage, ...]:
    """Return how well each agent is covered, the least covered first.

    Args:
        census: The counts.
        roster: The agents that there are; ``None`` where nobody knows.
        accuracy: How often requests are routed rightly: above 0, and up to 1.
    """
    drops: dict[int, float | None] = {}
    names = {*(roster or ()), *census.measured}
    found = []
    for name in names:
        cases = census.measured[name]
        if cases not in drops:
            drops[cases] = _smallest_drop(cases, accuracy)
        is_known = roster is None or name == NOBODY or name in roster
        found.append(Coverage(agent=name, cases=cases, drop=drops[cases], is_known=is_known))
    return tuple(sorted(found, key=lambda item: (item.cases, item.agent)))


def _smallest_drop(cases: int, accuracy: float) -> float | None:
    if cases == 0:
        return None
    # Nothing has been repeated, so that all the variance may be chance: the most that it can be.
    split = VarianceSplit(mean=accuracy, within=accuracy * (1 - accuracy), between=0.0)
    return visible_drop(split, Design(cases=cases, trials=1, baseline_trials=1))


def _at(ordered: Sequence[tuple[int, int]], total: int, share: float) -> int:
    reached = 0
    for number, count in ordered:
        reached += count
        if reached >= share * total:
            return number
    return ordered[-1][0]


def _facts(case: Case) -> tuple[tuple[str, bool], ...]:
    return (
        ("expecting nobody", case.expectation.preferred is None),
        ("with acceptable agents", bool(case.expectation.acceptable)),
        ("with forbidden agents", bool(case.expectation.forbidden)),
        ("with a rubric", case.rubric is not None),
        ("with a history", bool(case.request.history)),
        ("in a group", bool(case.group)),
        ("critical", case.is_critical),
        ("controls", case.is_control),
        ("leaky", LEAKY in case.tags),
        ("reviewed", case.provenance is not None and bool(case.provenance.reviewed_by)),
    )
