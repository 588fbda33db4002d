"""A drop of which a sample tells: what the sentence says, and how often the gate errs."""

import numpy as np
import pytest

from passmuster.analysis.differences import SURPLUS, Differences
from passmuster.domain.observations import CaseObservation
from passmuster.domain.verdicts import GateOutcome, GateRule

from .made_up_gates import numbered, seen, side, verdict_of

MARGIN = 0.05
ACCURACY = GateRule(metric="routing_accuracy", maximum_drop=MARGIN)


def sample(certain: int, drawn: int, left_out: int) -> list[CaseObservation]:
    """Return cases that all pass: some run for sure, some drawn, and those that they stand for."""
    share = drawn / (drawn + left_out)
    inclusions: list[float | None] = [1.0] * certain + [share] * drawn + [None] * left_out
    return [
        seen(f"case-{at}", (), rounds=1)
        if chance is None
        else seen(f"case-{at}", [True], inclusions=(chance,), rounds=1)
        for at, chance in enumerate(inclusions)
    ]


@pytest.mark.parametrize(("drawn", "outcome"), [(12, GateOutcome.INCONCLUSIVE), (90, GateOutcome.PASSED)])
def test_a_small_sample_cannot_rule_a_drop_out(drawn: int, outcome: GateOutcome) -> None:
    """Where 12 cases stand for 120, a drop of five points of all 160 may hide among these; where 90 do, it cannot."""
    cases = sample(40, drawn, 120 - drawn)

    verdict = verdict_of(ACCURACY, side(*numbered([1] * 160)), side(*cases))

    assert verdict.outcome is outcome
    assert f"over 160 cases, {120 - drawn} of them left out; a drop of 5 points is allowed" in verdict.reasons[0]


def test_the_way_out_of_a_small_sample_is_a_larger_one() -> None:
    """More trials of the same cases would not help."""
    verdict = verdict_of(ACCURACY, side(*numbered([1] * 60)), side(*sample(20, 10, 30)))

    assert verdict.reasons[0].endswith("run more of the 30 cases that were left out (--audit), or all of them")


@pytest.mark.parametrize("size", [340, 420, 544])
def test_a_drop_that_hides_among_what_was_left_out_seldom_passes(size: int) -> None:
    """A twentieth of the cases broke, none that is run for sure: a tenth of the others lets at most 5 in 100 pass."""
    random = np.random.default_rng(20260102)
    others = size - 150
    drawn = int(np.ceil(others / 10))
    weight = others / drawn
    rounds = 1_000
    passed = 0
    for _ in range(rounds):
        broken = random.choice(others, round(MARGIN * size), replace=False)
        found = np.isin(random.choice(others, drawn, replace=False), broken).sum()
        values = (-weight,) * int(found) + (0.0,) * (size - int(found))
        differences = Differences(values=values, size=size, heaviest=weight * SURPLUS)
        passed += differences.probability_of_more(-MARGIN) <= 0.05

    assert passed / rounds <= 0.05
