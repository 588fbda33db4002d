"""Cases that were not all asked equally often: what was left out, and differences that sampling does not bias."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import prod

import pytest

from passmuster.analysis.comparing import compare
from passmuster.domain.comparisons import ChangeKind, Comparison
from passmuster.domain.observations import Aspect, CaseObservation, RoutingOutcome
from passmuster.domain.values import fingerprint_of
from passmuster.domain.verdicts import MisroutingCost
from passmuster.testing.factories import a_case, an_observation

from .made_up_gates import OTHER, OWNER, seen, side


def mean_difference(before: Sequence[CaseObservation], after: Sequence[CaseObservation]) -> float:
    (metric,) = compare(side(*before), side(*after)).metrics
    return metric.difference.value


def only_difference(before: CaseObservation, after: CaseObservation) -> float | None:
    (change,) = compare(side(before), side(after)).cases
    return change.difference


def test_a_case_that_was_not_asked_was_left_out() -> None:
    """It neither broke nor failed, and is in no rate where it could not have been drawn."""
    comparison = compare(side(seen("one", [True]), seen("two", [True])), side(seen("one", [False]), seen("two", ())))

    assert [change.kind for change in comparison.cases] == [ChangeKind.BROKEN, ChangeKind.LEFT_OUT]
    assert comparison.metrics[0].difference.sample_size == 1


def test_what_the_baseline_was_not_asked_is_new_to_it() -> None:
    """A baseline of a selection has nothing against which the rest could break."""
    comparison = compare(side(seen("one", ())), side(seen("one", [True])))

    assert [change.kind for change in comparison.cases] == [ChangeKind.ADDED]


def sampled(case: str, asked: Sequence[bool], passes: Sequence[bool], chances: Sequence[float]) -> CaseObservation:
    """Return what was seen of a case in the rounds for which it was drawn."""
    drawn = [at for at, is_asked in enumerate(asked) if is_asked]
    return seen(
        case,
        [passes[at] for at in drawn],
        inclusions=tuple(chances[at] for at in drawn),
        rounds=len(asked),
    )


CHANCES = {"a": (1.0, 0.5), "b": (0.5, 0.25), "c": (0.25, 0.75)}
"""With which each of three cases is drawn for each of two rounds."""

BEFORE = {"a": (True, True), "b": (True, False), "c": (False, True)}
AFTER = {"a": (True, False), "b": (False, False), "c": (True, True)}


def expected(*, is_paired: bool) -> float:
    """Weigh every possible sample with its probability, and return what its estimate is on average."""
    mean = 0.0
    for flat in product((False, True), repeat=6):
        asked = dict(zip(CHANCES, zip(flat[::2], flat[1::2], strict=True), strict=True))
        chance = prod(
            one if is_asked else 1 - one
            for case, chances in CHANCES.items()
            for one, is_asked in zip(chances, asked[case], strict=True)
        )
        if chance == 0:
            continue
        after = [sampled(case, asked[case], AFTER[case], CHANCES[case]) for case in CHANCES]
        before = [
            sampled(case, asked[case], BEFORE[case], CHANCES[case]) if is_paired else seen(case, BEFORE[case])
            for case in CHANCES
        ]
        mean += chance * mean_difference(before, after)
    return mean


TRUE = sum(sum(AFTER[case]) - sum(BEFORE[case]) for case in CHANCES) / 6


def test_the_difference_is_without_bias_over_every_possible_sample() -> None:
    """Against a baseline that was asked in full: the mean over all samples is what asking everything would give."""
    assert pytest.approx(-1 / 6) == TRUE
    assert expected(is_paired=False) == pytest.approx(TRUE)


def test_it_is_where_both_sides_were_asked_in_the_same_rounds() -> None:
    """Each round is compared with its own counterpart, so that what made a case interesting is on both sides."""
    assert expected(is_paired=True) == pytest.approx(TRUE)


def test_rounds_of_both_sides_are_paired() -> None:
    """A half divided by one half, less a half divided by a quarter, over two rounds."""
    before = sampled("a", (True, True), (True, True), (0.5, 0.25))
    after = sampled("a", (True, True), (False, True), (0.5, 0.25))

    assert only_difference(before, after) == pytest.approx(-1 / 0.5 / 2)


def test_a_baseline_that_was_asked_again_counts_with_its_first_round() -> None:
    """What was asked again because it had failed is no fair sample; without pairs only the first trial is one."""
    before = sampled("a", (True, True, True), (False, True, True), (1.0, 1.0, 1.0))

    assert only_difference(before, seen("a", [True])) == 1.0
    assert only_difference(before, sampled("a", (True, False), (True, True), (0.5, 0.5))) == pytest.approx(1.0)


def test_a_repetition_that_failed_in_the_harness_leaves_its_round_unknown() -> None:
    """The case can then not stand for others."""
    after = replace(sampled("a", (True, True), (True, True), (0.5, 0.5)), failures=1)
    lost = replace(after, chosen=after.chosen[:1], outcomes=after.outcomes[:1])

    assert only_difference(seen("a", [False]), after) == pytest.approx(2.0)
    assert only_difference(seen("a", [False]), lost) is None


def test_a_case_that_could_have_been_drawn_weighs_nothing() -> None:
    """It is a case of the mean, and those that were drawn weigh for it."""
    before = [seen(name, [True]) for name in "ab"]
    after = [sampled("a", (True,), (False,), (0.5,)), seen("b", (), rounds=1)]

    comparison = compare(side(*before), side(*after))

    assert [change.difference for change in comparison.cases] == [-2.0, 0.0]
    assert (comparison.metrics[0].difference.value, comparison.metrics[0].difference.sample_size) == (-1.0, 2)


def test_what_neither_side_was_asked_was_left_out() -> None:
    """It weighs nothing where both were drawn alike; else nobody knows what it would stand for."""
    drawn, rest = sampled("a", (True,), (True,), (0.5,)), seen("b", (), rounds=1)
    otherwise = sampled("a", (True,), (True,), (0.25,))

    alike = compare(side(drawn, rest), side(replace(drawn, outcomes=(RoutingOutcome.WRONG,)), rest))
    unlike = compare(side(otherwise, rest), side(drawn, rest))

    assert [(change.kind, change.difference) for change in alike.cases] == [
        (ChangeKind.BROKEN, -2.0),
        (ChangeKind.LEFT_OUT, 0.0),
    ]
    assert [change.difference for change in unlike.cases] == [0.0, None]


def test_what_neither_side_was_asked_was_left_out_of_what_was_asked_for() -> None:
    """Choice and output of a subject that does both, the choice of one that chooses; no output without a rubric."""
    rubric = fingerprint_of("rubric")
    rest = [seen("b", (), rubric=rubric), seen("c", ())]

    writing = compare(side(seen("a", [True], passed=(True,)), *rest), side(seen("a", [True], passed=(True,)), *rest))
    choosing = compare(side(seen("a", [True]), *rest), side(seen("a", [True]), *rest))

    def left_out(found: Comparison) -> list[tuple[str, Aspect]]:
        return [(change.case, change.aspect) for change in found.of_kind(ChangeKind.LEFT_OUT)]

    assert left_out(writing) == [("b", Aspect.ROUTING), ("b", Aspect.OUTPUT), ("c", Aspect.ROUTING)]
    assert left_out(choosing) == [("b", Aspect.ROUTING), ("c", Aspect.ROUTING)]


COSTS = (MisroutingCost(expected="*", chosen="*", cost=4.0),)


def with_costs(before: CaseObservation, after: CaseObservation) -> Comparison:
    return compare(side(before), side(after), [a_case("a")], COSTS)


def test_costs_are_weighted_like_the_difference() -> None:
    """A wrong choice that costs 4 and stands for two cases."""
    after = sampled("a", (True,), (False,), (0.5,))

    assert with_costs(seen("a", [True, True]), after).cases[0].rise_of_cost == pytest.approx(8.0)
    assert with_costs(seen("a", [True]), seen("a", [True, False])).cases[0].rise_of_cost == pytest.approx(2.0)
    assert with_costs(seen("a", [True]), seen("a", (), rounds=1)).cases[0].rise_of_cost == 0.0


def test_what_is_not_measured_has_no_cost() -> None:
    """Neither a failed choice, nor an output, nor a case that the run does not have."""
    unmeasured = with_costs(seen("a", [True]), seen("a", (), failures=1))
    written = compare(side(seen("a", (), passed=(True,))), side(seen("a", (), passed=(False,))), [a_case("a")], COSTS)
    unknown = compare(side(seen("a", [True])), side(seen("a", [False])), (), COSTS)

    assert [change.rise_of_cost for found in (unmeasured, written, unknown) for change in found.cases] == [None] * 3


def test_the_expectation_decides_and_not_the_name() -> None:
    """An acceptable choice is right, and costs nothing."""
    after = an_observation("a", chosen=OTHER, outcomes=(RoutingOutcome.ACCEPTABLE,))
    expectation = replace(a_case().expectation, acceptable=frozenset({OTHER}))

    comparison = compare(
        side(an_observation("a", chosen=OWNER)), side(after), [a_case("a", expectation=expectation)], COSTS
    )

    assert comparison.cases[0].rise_of_cost == 0.0
