"""Paired differences over cases: single trials, repeated ones, groups, and costs."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.analysis.differences import SURPLUS, Differences, cost_differences, rate_differences
from passmuster.analysis.guarded import guarded_difference, guarded_probability
from passmuster.analysis.proportions import tango_paired, tango_probability
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.values import CaseIdentifier
from passmuster.testing.factories import a_case

from .made_up_gates import LEXICAL


def changed(
    *differences: float | None, trials: tuple[int, int] = (1, 1), costs: Sequence[float | None] = ()
) -> list[CaseChange]:
    """Return one change for each difference, of ``0``, ``1`` and so on."""
    return [
        CaseChange(
            subject=LEXICAL,
            case=CaseIdentifier(str(at)),
            aspect=Aspect.ROUTING,
            kind=ChangeKind.UNCHANGED,
            baseline_trials=trials[0],
            candidate_trials=trials[1],
            difference=difference,
            rise_of_cost=costs[at] if costs else None,
        )
        for at, difference in enumerate(differences)
    ]


def in_groups(*groups: str) -> dict[CaseIdentifier, Case]:
    return {CaseIdentifier(str(at)): a_case(str(at), group=group) for at, group in enumerate(groups)}


def test_single_trials_are_counted() -> None:
    """Cases gained and lost are all that Tango's test takes; a case that was not measured is no case."""
    found = rate_differences(changed(1.0, -1.0, -1.0, 0.0, None), {})

    estimate = found.estimate(0.9)
    assert (found.gained, found.lost, found.size) == (1, 2, 4)
    assert (estimate.value, estimate.method) == (-0.25, "Tango, paired")
    assert (estimate.lower, estimate.upper) == tango_paired(1, 2, 4, confidence=0.9)
    assert found.probability_of_more(-0.5) == tango_probability(1, 2, 4, difference=-0.5)


@pytest.mark.parametrize(
    "changes",
    [
        changed(0.5, -0.5, 0.0, trials=(2, 2)),
        changed(1.0, 0.0, -1.0, trials=(1, 2)),
        changed(2.0, 0.0, -1.0),
    ],
    ids=["halves", "repeated on one side", "weighted"],
)
def test_everything_else_is_students_guarded(changes: list[CaseChange]) -> None:
    """Rates of repeated trials, and single trials that stand for others, are no plain counts."""
    found = rate_differences(changes, {})

    values = [change.difference or 0.0 for change in changes]
    assert (found.gained, found.lost) == (None, None)
    assert found.estimate(0.9) == guarded_difference(values, confidence=0.9)
    assert found.probability_of_more(0.1) == guarded_probability(values, difference=0.1)


def test_cases_of_a_group_are_one_unit() -> None:
    """Their sum, scaled so that the mean over the groups is that over the cases."""
    found = rate_differences(changed(1.0, 1.0, -1.0, 0.0), in_groups("a", "a", "b", ""))

    assert found.values == pytest.approx((1.5, -0.75, 0.0))
    assert (found.size, found.gained) == (4, None)
    assert found.estimate().value == pytest.approx(0.25)
    assert found.estimate().sample_size == 4


def test_groups_of_one_case_are_none() -> None:
    """A group that no other case is in changes nothing; a case that has a group's name is not in it."""
    cases = {CaseIdentifier("0"): a_case("0", group="1"), CaseIdentifier("1"): a_case("1")}

    assert rate_differences(changed(1.0, -1.0), cases) == rate_differences(changed(1.0, -1.0), {})


def test_costs_are_turned_so_that_positive_is_better() -> None:
    """In units of the highest cost, and for the cases that have one."""
    found = cost_differences(changed(0.0, 0.0, 0.0, costs=[2.0, -4.0, None]), {}, highest=4.0)

    assert found.values == (-0.5, 1.0)
    assert (found.size, found.gained) == (2, None)


def test_one_unit_says_nothing_of_chance() -> None:
    """Its value is known, and it could be anything."""
    found = rate_differences(changed(-0.5, -0.5, trials=(2, 2)), in_groups("a", "a"))

    estimate = found.estimate()
    assert (estimate.value, estimate.lower, estimate.upper) == (-0.5, -1.0, 1.0)
    assert found.probability_of_more(-0.9) == found.probability_of_less(0.9) == 1.0


def test_the_guard_is_as_strong_as_a_case_is_heavy() -> None:
    """Where each of forty cases stands for ten, nothing seen leaves ten times the doubt, and a fifth more."""
    changes = changed(*[0.0] * 40, trials=(1, 0))
    weights = {(LEXICAL, change.case): 10.0 for change in changes}

    light, heavy = (rate_differences(changes, {}, known) for known in ({}, weights))

    assert heavy.heaviest == pytest.approx(10 * SURPLUS)
    assert heavy.estimate().lower == pytest.approx(10 * SURPLUS * light.estimate().lower)
    assert heavy.probability_of_more(-0.1 * SURPLUS) == pytest.approx(light.probability_of_more(-0.01))


def test_a_large_group_among_small_ones_is_heavy() -> None:
    """It can move the mean as much as its cases together; groups of equal size weigh as single cases do."""
    uneven = rate_differences(changed(*[0.0] * 12), in_groups(*["a"] * 6, *"bcdefg"))
    even = rate_differences(changed(*[0.0] * 12), in_groups(*["a"] * 6, *["b"] * 6))

    assert uneven.heaviest == pytest.approx(6 * 7 / 12)
    assert even.heaviest == pytest.approx(1.0)


def test_nothing_measured_is_empty() -> None:
    """There is no unit to estimate from."""
    assert rate_differences(changed(None), {}).size == 0
    assert rate_differences(changed(0.0), {}).size == 1


@pytest.mark.parametrize("difference", [0.0, -0.5, 1.0, -1.0])
@pytest.mark.parametrize("trials", [(1, 1), (2, 2)])
def test_equal_differences_leave_a_doubt(difference: float, trials: tuple[int, int]) -> None:
    """That forty cases all did the same does not prove that the next one would."""
    estimate = rate_differences(changed(*[difference] * 40, trials=trials), {}).estimate()

    assert estimate.value == difference
    assert -1 <= estimate.lower <= difference <= estimate.upper <= 1
    assert estimate.upper - estimate.lower > 0.05


COUNTS = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20)).map(
    lambda counts: changed(*[1.0] * counts[0], *[-1.0] * counts[1], *[0.0] * counts[2])
)
RATES = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]), min_size=2, max_size=40).map(
    lambda values: changed(*values, trials=(4, 4))
)


@settings(deadline=None)  # the first one loads what Student's distribution takes
@given(changes=COUNTS | RATES, difference=st.floats(min_value=-0.9, max_value=0.9))
def test_swapping_the_sides_mirrors_every_answer(changes: list[CaseChange], difference: float) -> None:
    """What is improbably much one way is improbably little the other way, and bounds change places."""
    there = rate_differences(changes, {})
    back = Differences(
        values=tuple(-value for value in there.values), size=there.size, gained=there.lost, lost=there.gained
    )

    assert there.probability_of_more(difference) == pytest.approx(back.probability_of_less(-difference), abs=1e-9)
    assert there.probability_of_less(difference) == pytest.approx(back.probability_of_more(-difference), abs=1e-9)
    one, other = there.estimate(), back.estimate()
    assert (one.value, one.lower, one.upper) == pytest.approx((-other.value, -other.upper, -other.lower), abs=1e-9)


@settings(deadline=None)  # as above
@given(changes=COUNTS | RATES)
def test_bounds_and_probabilities_agree(changes: list[CaseChange]) -> None:
    """At the bounds of a 90 % interval each one-sided probability is 5 %."""
    found = rate_differences(changes, {})
    estimate = found.estimate(0.9)

    if -1 < estimate.lower < estimate.value:
        assert found.probability_of_more(estimate.lower) == pytest.approx(0.05, abs=1e-6)
    if estimate.value < estimate.upper < 1:
        assert found.probability_of_less(estimate.upper) == pytest.approx(0.05, abs=1e-6)
