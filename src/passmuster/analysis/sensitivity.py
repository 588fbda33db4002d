"""How small a break a suite can see, before it is run: over all cases, over what its gate asks about, and by agent.

A subject without noise shows every break. For one that varies, this is the drop that the gate's own test sees with 80 %
power if the drop breaks some cases for good and spares the others.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from statistics import fmean

from passmuster.analysis.power import (
    USUAL,
    Aim,
    Design,
    VarianceSplit,
    cases_needed,
    passing_chance,
    split_variance,
    visible_drop,
)
from passmuster.analysis.slicing import ALL, slices_of
from passmuster.analysis.stakes import Stake
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import AgentName, CaseIdentifier

FEWEST_REPEATED = 10
"""Cases with repeated trials below which nothing can be said about how much a trial varies."""

MOST_REPETITIONS = 200
"""More trials of a case than anybody would make for one verdict."""

MOST_CASES = 100_000
"""More cases than anybody writes."""

WATCHED = 3
"""With fewer requests an agent's edit may well spare all of them."""

AGENT_DROP = 0.2
"""The loss of an agent that a suite should see: every fifth of its requests."""

HALF = 0.5
"""The share of right answers at which chance is largest."""


class Basis(StrEnum):
    """What is known about how much a trial varies."""

    REPEATED = "repeated trials"
    LARGEST = "single trials: the most that chance can do"
    UNKNOWN = "nothing measured: the most that chance can do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How much trials vary.

    Attributes:
        split: Where the variance lies.
        basis: What it rests on.
        repeated: How many cases were repeated.
    """

    split: VarianceSplit
    basis: Basis
    repeated: int = 0


def noise_of(trials: Sequence[Sequence[float]]) -> Noise:
    """Estimate how much a trial varies.

    To what was found one case is added that varies as much as it can: that none of a few cases varied does not mean
    that none can. Where hardly any case was repeated, all of them are taken to vary that much.

    Args:
        trials: For each case the value of each of its trials, from 0 to 1, all made under the same conditions.
    """
    measured = [values for values in trials if values]
    if not measured:
        return Noise(split=VarianceSplit(mean=HALF, within=HALF * HALF, between=0.0), basis=Basis.UNKNOWN)
    repeated = sum(len(values) > 1 for values in measured)
    # One case more that is right half the time, so that "always right" is not taken for certain.
    mean = (sum(fmean(values) for values in measured) + HALF) / (len(measured) + 1)
    largest = mean * (1 - mean)
    split = split_variance(measured)
    if split is None or repeated < FEWEST_REPEATED:
        return Noise(
            split=VarianceSplit(mean=mean, within=largest, between=0.0), basis=Basis.LARGEST, repeated=repeated
        )
    within = min(largest, (split.within * repeated + largest) / (repeated + 1))
    return Noise(split=replace(split, mean=mean, within=within), basis=Basis.REPEATED, repeated=repeated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What can be seen of one metric over one set of cases.

    Attributes:
        stake: What the gate asks about it.
        cases: How many will be compared.
        smallest: The smallest drop that is seen; ``None`` if even the loss of everything may go unseen.
        unchanged_passes: The chance that the gate passes if nothing has changed; ``None`` if it allows no drop.
        repetitions_needed: How many would let it see a drop as large as the gate allows; ``None`` where that many see
            it already, or where nobody would make so many.
        cases_needed: How many cases would; ``None`` as before.
    """

    stake: Stake
    cases: int
    smallest: float | None
    unchanged_passes: float | None = None
    repetitions_needed: int | None = None
    cases_needed: int | None = None

    @property
    def is_sharp(self) -> bool:
        """Whether a drop as large as the gate allows would be seen."""
        margin = self.stake.margin
        return self.smallest is not None and (margin is None or self.smallest <= margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSight:
    """What can be seen of one agent's choices.

    Attributes:
        agent: Its name, or ``(nobody)``.
        cases: How many prefer it.
        counting: How many can show a break: those that rightly go to it now, as far as that is known and it does not
            vary; else all of its cases, those of a group as one.
        smallest: The smallest drop that is seen, as a share of its cases; ``None`` for none.
        needed: How many should be counting.
    """

    agent: str
    cases: int
    counting: int
    smallest: float | None
    needed: int

    @property
    def lacking(self) -> int:
        """How many cases should be added."""
        return max(0, self.needed - self.counting)

    @property
    def is_unwatched(self) -> bool:
        """Whether no edit of it can show."""
        return not self.counting


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """One metric of one subject as it will be compared.

    Attributes:
        record: The subject.
        aspect: Its choices, or its outputs.
        cases: Those that will be compared and count.
        repetitions: Trials of each of them.
        baseline_trials: Trials that the baseline has of each; ``None`` without one, which is then taken to have as many
            as the run.
        noise: How much a trial varies.
        owners: To whom a case rightly goes now, ``None`` where it goes wrong; cases of which that is not known are not
            in it.
    """

    record: SubjectRecord
    aspect: Aspect
    cases: tuple[Case, ...]
    repetitions: int
    baseline_trials: int | None
    noise: Noise
    owners: Mapping[CaseIdentifier, str | None]

    def sight(self, stake: Stake) -> Sight:
        """Say what can be seen of what a rule asks about."""
        cases = [case for case in self.cases if stake.subset in {ALL, *slices_of(case)}]
        size = len(cases)
        if self.record.is_deterministic:
            return Sight(stake=stake, cases=size, smallest=1 / size if size else None)
        units = units_of(cases)
        design = self._design(units)
        is_enough = size >= stake.fewest and units > 1
        smallest = visible_drop(self.noise.split, design, aim=stake.aim) if is_enough else None
        found = Sight(stake=stake, cases=size, smallest=smallest)
        if stake.margin is None or stake.margin <= 0:
            return found
        passes = self._unchanged_passes(stake, design) if is_enough else 0.0
        found = replace(found, unchanged_passes=passes)
        if found.is_sharp or stake.margin > self.noise.split.mean:
            return found
        # With the cases that a group puts together, as many cases more are needed as there are to a unit.
        needed = self.units_needed(stake.margin, stake.aim)
        spread = size / units if units else 1.0
        return replace(
            found,
            repetitions_needed=self._repetitions_needed(stake, units) if is_enough else None,
            cases_needed=None if needed is None else max(stake.fewest, round(needed * spread)),
        )

    def agents(self, roster: Sequence[AgentName]) -> tuple[AgentSight, ...]:
        """Say what can be seen of every agent, and of nobody, the least watched first."""
        found = [self._agent(name) for name in (*roster, NOBODY)]
        return tuple(sorted(found, key=lambda item: (item.counting, item.cases, item.agent)))

    def units_needed(self, drop: float, aim: Aim = USUAL) -> int | None:
        """Return how many cases, or groups of them, it takes to see a drop; ``None`` if nobody writes so many."""
        split = self.noise.split
        if not 0 < drop <= split.mean:
            return None
        fewest = cases_needed(split, self._design(1), drop, aim=aim)

        def is_seen(units: int) -> bool:
            return (visible_drop(split, self._design(units), aim=aim) or 1.0) <= drop

        if not is_seen(MOST_CASES):
            return None
        return bisect_left(range(fewest, MOST_CASES), True, key=is_seen) + fewest  # noqa: FBT003 - the value looked for

    def _agent(self, name: str) -> AgentSight:
        own = self._by_agent.get(name, ())
        size = len(own)
        if self.record.is_deterministic:
            counting = self._holdings[name]
            smallest = 1 / size if size and counting else None
            return AgentSight(agent=name, cases=size, counting=counting, smallest=smallest, needed=WATCHED)
        units = units_of(own)
        smallest = self._visible(units) if units else None
        return AgentSight(agent=name, cases=size, counting=units, smallest=smallest, needed=self._needed_of_agent)

    @cached_property
    def _by_agent(self) -> Mapping[str, Sequence[Case]]:
        found: dict[str, list[Case]] = {}
        for case in self.cases:
            found.setdefault(case.expectation.preferred or NOBODY, []).append(case)
        return found

    @cached_property
    def _holdings(self) -> Counter[str]:
        """How many cases rightly go to each agent now; one of which that is not known is taken to go as it should."""
        owners = (self.owners.get(case.identifier, case.expectation.preferred or NOBODY) for case in self.cases)
        return Counter(owner for owner in owners if owner is not None)

    @cached_property
    def _needed_of_agent(self) -> int:
        return self.units_needed(min(AGENT_DROP, self.noise.split.mean)) or 0

    def _visible(self, units: int) -> float | None:
        known = self._drops
        if units not in known:
            known[units] = visible_drop(self.noise.split, self._design(units))
        return known[units]

    @cached_property
    def _drops(self) -> dict[int, float | None]:
        return {}

    def _design(self, units: int, repetitions: int | None = None) -> Design:
        trials = repetitions or self.repetitions
        return Design(cases=units, trials=trials, baseline_trials=self.baseline_trials or trials)

    def _unchanged_passes(self, stake: Stake, design: Design) -> float:
        margin = stake.margin or 0.0
        return passing_chance(self.noise.split, design, margin, significance=stake.significance)

    def _repetitions_needed(self, stake: Stake, units: int) -> int | None:
        def is_seen(repetitions: int) -> bool:
            design = self._design(units, repetitions)
            return (visible_drop(self.noise.split, design, aim=stake.aim) or 1.0) <= (stake.margin or 0.0)

        if not is_seen(MOST_REPETITIONS):
            return None
        found = bisect_left(range(1, MOST_REPETITIONS), True, key=is_seen) + 1  # noqa: FBT003 - the value looked for
        return found if found > self.repetitions else None


def units_of(cases: Sequence[Case]) -> int:
    """Count cases, those of a group as one."""
    return len({("group", case.group) if case.group else ("case", case.identifier) for case in cases})
