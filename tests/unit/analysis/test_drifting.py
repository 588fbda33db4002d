"""Drift of a model told from edits of agents: the three comparisons of a night, and what they say together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from passmuster.analysis.drifting import FALSE_ALARMS, FEWEST, Origin, Shift, halves, origin_of, shifts
from passmuster.analysis.observing import observe_case
from passmuster.domain.observations import CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.reports import CaseReport
from passmuster.domain.values import fingerprint_of
from passmuster.testing.factories import a_case, a_decision, a_snapshot, a_subject_record, a_trial, an_observation

CASES = 200


def side(rights: Sequence[Sequence[bool]], *, is_deterministic: bool = False) -> Snapshot:
    """Make one side: for each case, whether each of its repetitions was right."""
    observations = [
        an_observation(
            f"case-{number}",
            chosen="debugger",
            outcomes=tuple(RoutingOutcome.PREFERRED if right else RoutingOutcome.WRONG for right in own),
        )
        for number, own in enumerate(rights)
    ]
    record = a_subject_record(is_deterministic=is_deterministic)
    return a_snapshot(*observations, subjects=(record,))


def drawn(generator: np.random.Generator, rates: np.ndarray, trials: int) -> Snapshot:
    return side((generator.random((trials, len(rates))) < rates).T.tolist())


@pytest.mark.parametrize("trials", [1, 3])
def test_rate_of_false_alarms_is_kept(trials: int) -> None:
    """Of 150 pairs of sides without a difference at most a handful shows one, single trials or repeated ones."""
    generator = np.random.default_rng(7)
    rates = generator.choice([0.98, 0.6, 0.03], p=[0.55, 0.35, 0.10], size=60)

    alarms = sum(
        shifts(drawn(generator, rates, trials), drawn(generator, rates, trials), ())[0].is_shown for _ in range(150)
    )

    # 1 % of 150 are 1.5; seven or more would come of that by chance once in a thousand times.
    assert FALSE_ALARMS == 0.01
    assert alarms < 7


def test_drop_of_ten_points_is_found_mostly() -> None:
    """Of 30 pairs of sides of 200 cases that lie ten points apart, most show it, with the right sign."""
    generator = np.random.default_rng(8)
    rates = generator.choice([0.98, 0.6, 0.03], p=[0.55, 0.35, 0.10], size=CASES)
    worse = rates * (1 - 0.10 / rates.mean())

    found = [shifts(drawn(generator, rates, 3), drawn(generator, worse, 3), ())[0] for _ in range(30)]

    assert sum(shift.is_shown for shift in found) >= 25
    assert all(shift.estimate.value < 0 for shift in found)


def test_subject_without_noise_shows_any_difference() -> None:
    """One case of a subject that answers equal requests equally is no chance, however many cases there are."""
    before, after = [[True]] * 50, [[True]] * 49 + [[False]]

    [same] = shifts(side(before, is_deterministic=True), side(before, is_deterministic=True), ())
    [other] = shifts(side(before, is_deterministic=True), side(after, is_deterministic=True), ())
    [noisy] = shifts(side(before), side(after), ())

    assert (same.is_shown, other.is_shown, noisy.is_shown) == (False, True, False)
    assert other.estimate.lower == other.estimate.upper == pytest.approx(-0.02)


def test_edited_cases_are_not_compared() -> None:
    """A case whose content differs between two sides says nothing of who answered it."""
    before = side([[True]] * 40)
    edited = tuple(replace(item, fingerprint=fingerprint_of("edited")) for item in before.observations[:30])

    [shift] = shifts(before, replace(before, observations=(*edited, *before.observations[30:])), ())

    assert shift.estimate.sample_size == 10
    assert not shift.is_told
    assert FEWEST == 30


def reported(rights: str) -> CaseReport:
    trials = [
        a_trial(
            repetition=number,
            answer=replace(a_trial().answer, routing=a_decision("debugger" if right == "+" else "other")),
        )
        for number, right in enumerate(rights)
    ]
    observation: CaseObservation = observe_case(trials[0].key.subject, a_case(), trials)
    return CaseReport(subject=trials[0].key.subject, case=a_case(), trials=tuple(trials), observation=observation)


def test_repetitions_are_halved_in_order() -> None:
    """The control holds later repetitions against earlier ones, and leaves out cases that were asked once."""
    first, second = halves([reported("++--"), reported("+")])

    assert [item.routing_rate for item in first] == [1.0]
    assert [item.routing_rate for item in second] == [0.0]


def a_shift(*, is_shown: bool = False, is_told: bool = True) -> Shift:
    [made] = shifts(side([[True]] * 40), side([[True]] * 40), ())
    return replace(made, is_shown=is_shown, is_told=is_told)


@pytest.mark.parametrize(
    ("edits", "drift", "origin"),
    [
        ([a_shift()], [a_shift()], Origin.STEADY),
        ([a_shift(is_shown=True)], [a_shift()], Origin.EDIT),
        ([a_shift(is_shown=True)], None, Origin.EDIT),
        ([a_shift()], [a_shift(is_shown=True)], Origin.DRIFT),
        ([a_shift(is_shown=True)], [a_shift(is_shown=True)], Origin.BOTH),
        ([a_shift()], None, Origin.UNKNOWN),
        ([a_shift(is_told=False)], [a_shift()], Origin.UNKNOWN),
        ([], [], Origin.UNKNOWN),
    ],
)
def test_what_moved_follows_from_who_moved(edits: list[Shift], drift: list[Shift] | None, origin: Origin) -> None:
    """The frozen agents tell of the model, the edited ones beside them tell of edits, and silence needs cases."""
    assert origin_of(edits, drift) is origin
