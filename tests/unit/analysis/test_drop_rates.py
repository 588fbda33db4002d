"""How often rules about a drop say what is not so, by simulation."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest

from passmuster.analysis.comparing import compare
from passmuster.domain.comparisons import CaseChange
from passmuster.domain.observations import CaseObservation
from passmuster.domain.verdicts import GateOutcome, GateVerdict

from .made_up_gates import one_of, seen, side, verdict_on
from .simulated_worlds import WORLDS, Numbers, broken, shares, worn
from .test_drops import ACCURACY, MARGIN, counted, judged


def drawn(rates: Numbers, trials: int, generator: np.random.Generator) -> Numbers:
    return np.rint(shares(rates, trials, generator) * trials).astype(int)


def share_of(outcome: GateOutcome, before: Numbers, after: Numbers, trials: tuple[int, int]) -> float:
    found = [
        simulated(tuple(zip(one, other, strict=True)), trials).outcome
        for one, other in zip(before.tolist(), after.tolist(), strict=True)
    ]
    return found.count(outcome) / len(found)


def simulated(pairs: Sequence[tuple[int, int]], trials: tuple[int, int]) -> GateVerdict:
    """Judge as ``judged`` does, in a fraction of the time: what becomes of each case is known from case to case."""
    changes = [case_change(at, pair, trials) for at, pair in enumerate(pairs)]
    after = counted([now for _, now in pairs], trials[1])
    is_equal = all(was == now for was, now in pairs) and trials[0] == trials[1]
    return verdict_on(ACCURACY, changes, after, is_equal=is_equal)


@cache
def case_change(at: int, passes: tuple[int, int], trials: tuple[int, int]) -> CaseChange:
    before, after = (side(one_of(at, *counts)) for counts in zip(passes, trials, strict=True))
    (change,) = compare(before, after).cases
    return change


@pytest.mark.parametrize("trials", [(1, 1), (10, 3), (3, 3)])
def test_simulations_judge_as_a_report_does(trials: tuple[int, int]) -> None:
    """The short way of the simulations below comes to the same verdicts, in every word."""
    generator = np.random.default_rng(20261107)
    rates = WORLDS["mixed"](20, 60, generator)
    before, after = (drawn(rates, number, generator).tolist() for number in trials)

    short = [simulated(tuple(zip(one, other, strict=True)), trials) for one, other in zip(before, after, strict=True)]

    assert short == [judged(one, other, trials) for one, other in zip(before, after, strict=True)]
    assert judged([1] * 40, [1] * 40) == simulated([(1, 1)] * 40, (1, 1))


RUNS = 400
SLACK = 0.022
"""Two standard errors of a share of 5 % among that many runs."""


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize("trials", [(1, 1), (10, 1), (3, 3)])
def test_a_harmless_change_fails_as_rarely_as_stated(world: str, trials: tuple[int, int]) -> None:
    """Nothing changes, 400 times, and at most 5 % fail."""
    generator = np.random.default_rng((20261101, *trials))
    rates = WORLDS[world](RUNS, 60, generator)

    failed = share_of(
        GateOutcome.FAILED, drawn(rates, trials[0], generator), drawn(rates, trials[1], generator), trials
    )

    assert failed <= 0.05 + SLACK


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize("harm", [worn, broken])
@pytest.mark.parametrize("trials", [(1, 1), (10, 3)])
def test_a_drop_of_the_margin_passes_as_rarely_as_stated(
    world: str, harm: Callable[..., Numbers], trials: tuple[int, int]
) -> None:
    """Every case a little worse, or some cases broken, 400 times, and at most 5 % pass."""
    generator = np.random.default_rng((20261102, *trials))
    rates = WORLDS[world](RUNS, 60, generator)
    fallen = worn(rates, MARGIN) if harm is worn else broken(rates, MARGIN, generator)

    passed = share_of(
        GateOutcome.PASSED, drawn(rates, trials[0], generator), drawn(fallen, trials[1], generator), trials
    )

    assert passed <= 0.05 + SLACK


@pytest.mark.parametrize("world", ["steady", "stable"])
def test_a_drop_among_what_was_left_out_passes_as_rarely_as_stated(world: str) -> None:
    """Thirty cases are run for certain and a tenth of 270 others; all that broke is among these, 200 times.

    Two runs of ten see nothing of it. That it was not seen must not pass for its not being there.
    """
    generator = np.random.default_rng(20261106)
    rates = np.ones((200, 300)) if world == "steady" else WORLDS[world](200, 300, generator)
    fallen = np.hstack([rates[:, :30], broken(rates[:, 30:], MARGIN * 300 / 270, generator)])
    before, after = drawn(rates, 10, generator).tolist(), drawn(fallen, 1, generator).tolist()
    asked = np.hstack([np.ones((200, 30), dtype=bool), generator.random((200, 270)) < 0.1]).tolist()

    passed = sum(
        verdict_on(
            ACCURACY,
            [sampled_change(at, *found) for at, found in enumerate(zip(one, other, taken, strict=True))],
            side(*selected(other, taken)),
        ).outcome
        is GateOutcome.PASSED
        for one, other, taken in zip(before, after, asked, strict=True)
    )

    # Simulation error is 1.5 points; two of them are allowed for.
    assert passed / 200 <= 0.08
    one, other, taken = before[0], after[0], asked[0]
    changes = [sampled_change(at, *found) for at, found in enumerate(zip(one, other, taken, strict=True))]
    assert changes == list(compare(counted(one, 10), side(*selected(other, taken))).cases)


@cache
def sampled_change(at: int, before: int, passed: int, is_asked: bool) -> CaseChange:  # noqa: FBT001 - drawn by lot
    (change,) = compare(side(one_of(at, before, 10)), side(selected_one(at, passed, is_asked))).cases
    return change


def selected(passes: Sequence[int], asked: Sequence[bool]) -> list[CaseObservation]:
    return [selected_one(at, *found) for at, found in enumerate(zip(passes, asked, strict=True))]


@cache
def selected_one(at: int, passed: int, is_asked: bool) -> CaseObservation:  # noqa: FBT001 - as above
    if not is_asked:
        return seen(f"case-{at}", (), rounds=1)
    return seen(f"case-{at}", [bool(passed)], inclusions=(1.0 if at < 30 else 0.1,), rounds=1)
