"""One simulated change, judged with trials spent as needed: the product's rounds, sampling, weights and gate."""

import numpy as np
from simulated_gates import Numbers, Seen, own, snapshot

from passmuster.analysis.adaptive import Standing, inclusions, schedule
from passmuster.domain.observations import Snapshot
from passmuster.domain.verdicts import GateOutcome


class Side:
    """What one side has shown of every case so far."""

    def __init__(self, rates: Numbers) -> None:
        self._rates = rates
        self._passes: list[list[bool]] = [[] for _ in rates]
        self._chances: list[list[float]] = [[] for _ in rates]

    @property
    def counts(self) -> tuple[list[int], list[int]]:
        """How many trials of each case passed, and how many there were."""
        return [sum(own) for own in self._passes], [len(own) for own in self._passes]

    def ask(
        self, taken: "np.ndarray[tuple[int], np.dtype[np.bool_]]", chance: Numbers, trials: int, draw: Numbers
    ) -> None:
        """Make that many trials of the cases taken; ``draw`` decides each."""
        for case in np.flatnonzero(taken).tolist():
            self._passes[case].extend((draw[case] < self._rates[case]).tolist())
            self._chances[case].extend([float(chance[case])] * trials)

    def snapshot(self, rounds: int) -> Snapshot:
        """Return the side as the product keeps it."""
        seen = [Seen(passes=p, inclusions=c) for p, c in zip(self._passes, self._chances, strict=True)]
        return snapshot(seen, rounds)


def adaptive_verdict(
    baseline: Snapshot | Numbers, rates: Numbers, generator: np.random.Generator
) -> tuple[GateOutcome, float]:
    """Return the verdict, and the candidate's trials per case that it took.

    Args:
        baseline: The kept trials; or the rates of a side that is asked in the same rounds.
        rates: The candidate's.
        generator: Draws everything.
    """
    looks = schedule()
    candidate = Side(rates)
    other = None if isinstance(baseline, Snapshot) else Side(baseline)
    chance, rounds, spent = np.ones(len(rates)), 0, 0
    outcome = GateOutcome.INCONCLUSIVE
    for number, trials in enumerate(looks):
        if number:
            chance = inclusions(_standing(baseline if other is None else other, candidate))
        taken = generator.random(len(rates)) < chance
        rounds += trials
        spent += trials * int(taken.sum())
        for side in (candidate, other):
            if side is not None:
                side.ask(taken, chance, trials, generator.random((len(rates), trials)))
        before = baseline if isinstance(baseline, Snapshot) else other.snapshot(rounds) if other else None
        assert before is not None  # noqa: S101 - one of the two is there
        outcome = own(before, candidate.snapshot(rounds), looks=len(looks))
        if outcome is not GateOutcome.INCONCLUSIVE:
            break
    return outcome, spent / len(rates)


def _standing(baseline: Snapshot | Side | Numbers, candidate: Side) -> Standing:
    if isinstance(baseline, Side):
        passes, trials = baseline.counts
    else:
        assert isinstance(baseline, Snapshot)  # noqa: S101 - rates become a side
        passes = [sum(item.is_right for item in one.outcomes) for one in baseline.observations]
        trials = [len(one.outcomes) for one in baseline.observations]
    now, made = candidate.counts
    return Standing(
        baseline_passes=passes,
        baseline_trials=trials,
        candidate_passes=now,
        candidate_trials=made,
        is_paired=isinstance(baseline, Side),
    )
