"""How much more would settle a verdict in doubt: made exactly as asked for, it mostly does."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from passmuster.analysis.settling import MOST_TRIALS, Doubt
from passmuster.domain.observations import CaseObservation
from passmuster.domain.verdicts import GateOutcome, GateRule, GateVerdict
from passmuster.testing.factories import a_case

from .made_up_gates import numbered, seen, side, verdict_of
from .simulated_worlds import WORLDS, Numbers, shares

ACCURACY = GateRule(metric="routing_accuracy", maximum_drop=0.05)


def judged(before: Sequence[int], after: Sequence[int], trials: tuple[int, int]) -> GateVerdict:
    return verdict_of(ACCURACY, side(*numbered(before, trials[0])), side(*numbered(after, trials[1])))


def drawn(rates: Numbers, trials: int, generator: np.random.Generator) -> Numbers:
    return np.rint(shares(rates, trials, generator) * trials).astype(int)


def advised(verdict: GateVerdict, what: str) -> int | None:
    found = re.search(rf"(\d+) {what}", verdict.reasons[0].partition("if nothing has changed")[2])
    return int(found[1]) if found else None


@pytest.mark.parametrize("world", ["mixed", "stable"])
def test_the_trials_that_it_asks_for_settle_it(world: str) -> None:
    """Where nothing has changed, making exactly that many settles at least two thirds of the verdicts in doubt."""
    generator = np.random.default_rng(20261103)
    rates = WORLDS[world](120, 100, generator)
    kept, flips = drawn(rates, 10, generator), generator.random((120, 100, 200)) < rates[:, :, None]

    settled = []
    for before, trials in zip(kept.tolist(), flips, strict=True):
        verdict = judged(before, trials[:, :1].sum(axis=1).tolist(), (10, 1))
        more = advised(verdict, "trials of each case") if verdict.outcome is GateOutcome.INCONCLUSIVE else None
        if more is not None:
            after = judged(before, trials[:, :more].sum(axis=1).tolist(), (10, more))
            settled.append(after.outcome is GateOutcome.PASSED)

    assert len(settled) > 20
    assert sum(settled) >= len(settled) * 2 / 3


@pytest.mark.parametrize(("world", "trials"), [("mixed", (10, 3)), ("stable", (1, 1))])
def test_the_cases_that_it_asks_for_settle_it(world: str, trials: tuple[int, int]) -> None:
    """Adding cases until there are exactly that many settles at least two thirds of the verdicts in doubt."""
    generator = np.random.default_rng(20261104)
    rates = WORLDS[world](100, 2_000, generator)
    before, after = drawn(rates, trials[0], generator).tolist(), drawn(rates, trials[1], generator).tolist()

    settled = []
    for one, other in zip(before, after, strict=True):
        verdict = judged(one[:40], other[:40], trials)
        more = advised(verdict, "cases in all") if verdict.outcome is GateOutcome.INCONCLUSIVE else None
        if more is not None:
            assert more <= 2_000
            settled.append(judged(one[:more], other[:more], trials).outcome is GateOutcome.PASSED)

    assert len(settled) > 20
    assert sum(settled) >= len(settled) * 2 / 3


def observed_in_groups(passes: Numbers) -> list[CaseObservation]:
    return [seen(f"case-{at}", [bool(passed)] * 2) for at, passed in enumerate(passes.repeat(4).tolist())]


def test_the_cases_that_it_asks_for_are_of_whole_groups() -> None:
    """Cases that stand or fall by fours make four times as many necessary."""
    generator = np.random.default_rng(20261105)
    passes = generator.random((2, 40)) < 0.9
    alone = [side(*(seen(f"case-{at}", [bool(one)] * 2) for at, one in enumerate(row))) for row in passes]
    together = [side(*observed_in_groups(row)) for row in passes]
    cases = [a_case(f"case-{at}", group=f"group-{at // 4}") for at in range(160)]

    one = advised(verdict_of(ACCURACY, *alone), "cases in all")
    four = advised(verdict_of(ACCURACY, *together, cases), "cases in all")

    assert one is not None
    assert four == 4 * one


def a_doubt(**changes: float) -> Doubt:
    """Return one of 100 cases of which 6 were lost and 6 gained, one trial against ten."""
    known = {"lower": -0.06, "margin": 0.05, "trials": 1.0, "baseline_trials": 10.0}
    return Doubt(values=(1.0, -1.0) * 6 + (0.0,) * 88, **{**known, **changes})


def test_a_narrower_margin_takes_more() -> None:
    """In cases and in trials."""
    wide, narrow = a_doubt(margin=0.055), a_doubt(margin=0.035)

    units = [doubt.units_needed() or 0 for doubt in (wide, narrow)]
    trials = [doubt.trials_needed() or 0 for doubt in (wide, narrow)]

    assert 100 < units[0] < units[1]
    assert 1 < trials[0] < trials[1] <= MOST_TRIALS


def test_where_the_baseline_is_the_doubt_no_trial_of_the_candidate_settles_it() -> None:
    """One trial of each case is all that is known of the baseline."""
    doubt = a_doubt(margin=0.01, baseline_trials=1.0)

    assert doubt.trials_needed() is None
    assert (doubt.units_needed() or 0) > 1000


def test_a_margin_of_next_to_nothing_is_settled_by_no_number() -> None:
    """Rather than by a number that nobody can make."""
    assert a_doubt(margin=1e-9).units_needed() is None
