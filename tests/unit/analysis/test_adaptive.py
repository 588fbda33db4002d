"""Which cases are asked again, and what that does to an estimate and to the gate."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from passmuster.analysis.adaptive import (
    AUDIT,
    Standing,
    Tally,
    drawn,
    inclusions,
    next_round,
    schedule,
    spending_sentence,
    tallies_of,
)
from passmuster.analysis.differences import Differences
from passmuster.domain.observations import Aspect, RoutingOutcome
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.testing.factories import a_run, a_snapshot, a_subject_record, a_trial, an_observation

from .simulated_worlds import WORLDS, broken, worn

Numbers = NDArray[np.float64]

LEXICAL = SubjectName("lexical")
LOOKS = len(schedule())
MARGIN = 0.05


def case(number: int) -> CaseIdentifier:
    return CaseIdentifier(f"case-{number}")


@given(st.integers(1, 1000))
def test_a_schedule_spends_what_it_may(maximum: int) -> None:
    """Every case is asked once at first; the rounds grow, and none is next to nothing."""
    sizes = schedule(maximum)

    assert sum(sizes) == maximum
    assert sizes[0] == 1
    assert all(size >= 2 for size in sizes[1:]) or maximum == 2


def test_the_usual_schedule_has_three_looks() -> None:
    """One, two and six trials; more rounds come with more trials, and fewer with fewer."""
    assert schedule() == (1, 2, 6)
    assert schedule(1) == (1,)
    assert schedule(4) == (1, 3)
    assert schedule(27) == (1, 2, 6, 18)


def test_a_case_that_flipped_is_asked_more_surely_than_one_that_did_not() -> None:
    """Trials go where answers differ; a steady case keeps the share of an audit."""
    steady = {
        case(number): Tally(baseline_passes=1, baseline_trials=1, candidate_passes=1, candidate_trials=1)
        for number in range(99)
    }
    flipped = Tally(baseline_passes=1, baseline_trials=1, candidate_passes=0, candidate_trials=1)

    chances = next_round({**steady, case(99): flipped}, is_paired=True)

    assert chances[case(99)] > 2 * chances[case(0)]
    assert chances[case(0)] == AUDIT


def test_a_case_that_always_fails_is_as_steady_as_one_that_always_passes() -> None:
    """What is broken for good has nothing to tell, once that has been seen."""
    standing = Standing(
        baseline_passes=[*[9] * 40, *[0] * 40, 5],
        baseline_trials=[9] * 81,
        candidate_passes=[*[9] * 40, *[0] * 40, 4],
        candidate_trials=[9] * 81,
    )

    chances = inclusions(standing)

    assert chances[0] == chances[40] == AUDIT
    assert chances[80] > 0.9


def test_beside_a_fixed_baseline_only_the_candidate_can_surprise() -> None:
    """A case that flipped for good differs each time, and one that passes as before never does."""
    standing = Standing(
        baseline_passes=[10] * 9 + [10],
        baseline_trials=[10] * 10,
        candidate_passes=[3] * 9 + [0],
        candidate_trials=[3] * 10,
        is_paired=False,
    )

    chances = inclusions(standing)

    assert chances[9] > 0.9
    assert chances[0] == AUDIT


def test_a_case_that_could_not_be_measured_is_taken_for_the_average() -> None:
    """A failure of the harness says nothing about a case, and is no reason to stop."""
    standing = Standing(
        baseline_passes=[1, 0], baseline_trials=[1, 0], candidate_passes=[1, 0], candidate_trials=[1, 0]
    )

    chances = inclusions(standing)

    assert np.isfinite(chances).all()
    assert chances[1] >= chances[0]


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=20), st.booleans())
def test_every_case_has_a_chance_and_none_has_more_than_certainty(
    counts: list[tuple[int, int, int, int]],
    is_paired: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """An estimate divides by the chance: one of nothing would let a case hide."""
    tallies = {
        case(number): Tally(
            baseline_passes=one, baseline_trials=one + two, candidate_passes=three, candidate_trials=three + four
        )
        for number, (one, two, three, four) in enumerate(counts)
    }

    chances = next_round(tallies, is_paired=is_paired)

    assert all(AUDIT <= chance <= 1 for chance in chances.values())


def test_cases_that_are_judged_alone_are_always_taken() -> None:
    """A critical case is no member of a sample."""
    tally = Tally(baseline_passes=9, baseline_trials=9, candidate_passes=9, candidate_trials=9)

    chances = next_round({case(0): tally, case(1): tally}, is_paired=True, always={case(1)})

    assert chances == {case(0): AUDIT, case(1): 1.0}


def test_what_is_drawn_depends_on_the_seed_the_round_and_the_case_alone() -> None:
    """A run that goes on after an interruption draws the same cases again, in whatever order they come."""
    chances = dict.fromkeys(map(case, range(1000)), 0.25)
    turned = dict(reversed(chances.items()))

    taken = drawn(chances, seed=1, number=1)

    assert set(taken) == set(drawn(turned, seed=1, number=1))
    assert set(taken) != set(drawn(chances, seed=2, number=1))
    assert set(taken) != set(drawn(chances, seed=1, number=2))
    assert set(taken) != set(drawn(chances, seed=1, number=1, subject="other"))
    assert len(taken) == pytest.approx(250, abs=45)
    assert drawn(dict.fromkeys(chances, 1.0), seed=1, number=1) == tuple(chances)


def test_choices_and_outputs_are_counted_apart() -> None:
    """A case may choose steadily and write unsteadily; one that was left out is not counted at all."""
    before = an_observation("one", outcomes=(RoutingOutcome.WRONG, RoutingOutcome.PREFERRED), passed=(True,))
    after = an_observation("one", passed=(False,))
    left_out = an_observation("two", outcomes=(), chosen=None)

    found = tallies_of(a_snapshot(before), a_snapshot(after, left_out), LEXICAL)

    assert found == {
        Aspect.ROUTING: {"one": Tally(baseline_passes=1, baseline_trials=2, candidate_passes=1, candidate_trials=1)},
        Aspect.OUTPUT: {"one": Tally(baseline_passes=1, baseline_trials=1, candidate_passes=0, candidate_trials=1)},
    }
    assert set(tallies_of(None, a_snapshot(an_observation("one")), LEXICAL)) == {Aspect.ROUTING}


def test_a_run_that_grew_says_what_it_spent() -> None:
    """Readers learn that cases were not asked equally often, and that this is allowed for."""
    model = a_subject_record("model", is_deterministic=False)
    trials = [a_trial(name, subject="model") for name in ("one", "two")]
    again = a_trial("one", subject="model", repetition=1)

    grown = spending_sentence(a_run(*trials, again, subjects=(model,), looks=4, planned=2))

    assert grown is not None
    assert "1.5 of each case on average, 2 at most" in grown
    assert "one of each case was enough" in str(spending_sentence(a_run(*trials, subjects=(model,), looks=4)))
    assert spending_sentence(a_run(*trials, subjects=(model,))) is None
    assert spending_sentence(a_run(looks=4)) is None


@dataclass
class Simulated:
    """What one simulated comparison came to."""

    outcome: str
    spent: float
    weighted: float
    naive: float


def simulated(
    before: Numbers, after: Numbers, generator: np.random.Generator, *, kept: int = 0, stops: bool = True
) -> Simulated:
    """Compare two worlds in rounds, with the weights and the bounds of the product.

    Args:
        before: The rates of the baseline.
        after: Those of the candidate.
        generator: Draws everything.
        kept: So many trials of the baseline are there already, and it is not asked; with 0 both are asked.
        stops: Whether a look may end it.
    """
    size = len(before)
    fixed = generator.binomial(kept, before) if kept else np.zeros(size)
    passes, trials = fixed.astype(float), np.full(size, float(kept))
    now, made = np.zeros(size), np.zeros(size)
    total, rounds, outcome = np.zeros(size), 0, "cannot tell"
    for number, more in enumerate(schedule()):
        chance = np.ones(size)
        if number:
            chance = inclusions(
                Standing(
                    baseline_passes=passes,
                    baseline_trials=trials,
                    candidate_passes=now,
                    candidate_trials=made,
                    is_paired=not kept,
                )
            )
        taken = generator.random(size) < chance
        won = generator.binomial(more, after) * taken
        lost = more * fixed / kept * taken if kept else generator.binomial(more, before) * taken
        total += (won - lost) / chance
        rounds += more
        now, made = now + won, made + more * taken
        if not kept:
            passes, trials = passes + lost, trials + more * taken
        outcome = judged(total / rounds, is_single=not number and not kept)
        if stops and outcome != "cannot tell":
            break
    return Simulated(
        outcome=outcome,
        spent=float(made.mean()),
        weighted=float((total / rounds).mean()),
        naive=float((now / made - passes / trials).mean()),
    )


def judged(values: Numbers, *, is_single: bool) -> str:
    significance = 0.05 / LOOKS
    differences = Differences(
        values=tuple(values.tolist()),
        size=len(values),
        gained=int((values > 0).sum()) if is_single else None,
        lost=int((values < 0).sum()) if is_single else None,
        significance=significance,
    )
    if differences.probability_of_more(-MARGIN) <= significance:
        return "passed"
    return "failed" if differences.probability_of_less(0.0) <= significance else "cannot tell"


@pytest.mark.parametrize("kept", [0, 10])
def test_choosing_cases_by_their_outcomes_does_not_bias_the_estimate(kept: int) -> None:
    """A real drop of five points is estimated without bias, although cases that flipped are asked far more often.

    The plain mean of each case's trials falls into the trap: what chance had made look broken regresses to its mean,
    and the drop looks smaller than it is.
    """
    generator = np.random.default_rng(3)
    before = np.full(150, 0.97)
    after = before - MARGIN

    found = [simulated(before, after, generator, kept=kept, stops=False) for _ in range(400)]
    weighted = np.array([one.weighted for one in found])
    naive = np.array([one.naive for one in found])
    error = float(weighted.std() / np.sqrt(len(found)))

    assert abs(float(weighted.mean()) + MARGIN) < 3 * error
    assert float(naive.mean()) + MARGIN > 10 * error


@pytest.mark.parametrize("kept", [0, 10])
@pytest.mark.parametrize("world", sorted(WORLDS))
def test_the_gate_keeps_its_error_rate_over_all_its_looks(world: str, kept: int) -> None:
    """Harmless changes fail, and drops of the whole margin pass, in 5 % at most, whatever the looks have in common.

    The slack is three standard errors of a share of 5 % over as many simulations.
    """
    generator = np.random.default_rng(11)
    size, runs = 120, 300
    slack = 3 * float(np.sqrt(0.05 * 0.95 / runs))
    worlds = [WORLDS[world](1, size, generator)[0] for _ in range(runs)]

    harmless = [simulated(rates, rates, generator, kept=kept) for rates in worlds]
    worse = [simulated(rates, worn(rates[None], MARGIN)[0], generator, kept=kept) for rates in worlds]
    gone = [simulated(rates, broken(rates[None], MARGIN, generator)[0], generator, kept=kept) for rates in worlds]

    assert np.mean([one.outcome == "failed" for one in harmless]) <= 0.05 + slack
    assert np.mean([one.outcome == "passed" for one in worse]) <= 0.05 + slack
    assert np.mean([one.outcome == "passed" for one in gone]) <= 0.05 + slack
    assert np.mean([one.spent for one in harmless]) < 5
