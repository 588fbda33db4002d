"""What trials will consume: ranges from earlier trials, from sizes, and what is not known."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.expenses import (
    ANYTHING,
    FREE,
    NOTHING,
    Amount,
    Consumed,
    Range,
    by_size,
    consumed,
    expected,
    predicted,
)
from passmuster.domain.answers import Answer, Origin
from passmuster.domain.results import Score, Trial
from passmuster.domain.values import SubjectName, Usage
from passmuster.testing.factories import a_completion, a_decision, a_failure, a_run, a_score, a_trial

OURS = SubjectName("ours")
PRICED = Usage(input_tokens=100, output_tokens=10, cost=Decimal("0.01"))
NUMBERS = st.lists(st.floats(min_value=0, max_value=1e6), min_size=2, max_size=20)


def wrote(case: str, origin: Origin = Origin.FRESH, *scores: Score, duration: float = 0.25) -> Trial:
    """Make a trial that came to an output, which criteria judged."""
    answer = Answer(routing=a_decision(usage=PRICED), completion=a_completion(origin=origin, usage=PRICED))
    return a_trial(case, subject="ours", answer=answer, outcomes=(a_score(), *scores), duration=duration)


def test_what_is_unknown_of_a_part_is_unknown_of_the_whole() -> None:
    """The lower bound of the sum holds nevertheless."""
    whole = Range(lower=1, upper=2).plus(ANYTHING)

    assert whole == Range(lower=1, upper=None)
    assert not whole.is_unknown
    assert ANYTHING.plus(NOTHING).is_unknown
    assert whole.shared(2) == Range(lower=0.5, upper=None)
    assert Range(lower=1, upper=2).shared(2) == Range(lower=0.5, upper=1)


def test_amounts_are_added_part_by_part() -> None:
    """Tokens to tokens, and money to money."""
    amount = Amount(sent=Range(lower=1, upper=2), written=Range(lower=3, upper=4), money=ANYTHING)

    assert FREE.plus(amount).plus(amount) == Amount(
        sent=Range(lower=2, upper=4), written=Range(lower=6, upper=8), money=ANYTHING
    )


def test_equal_trials_make_a_range_without_width() -> None:
    """There is nothing that could differ."""
    assert predicted([[2.0, 2.0, 2.0]], 10) == Range(lower=20, upper=20)


def test_a_sum_is_foretold_as_the_textbook_has_it() -> None:
    """By hand: mean 2, spread 1, Student's quantile 4.303 for two degrees, times the root of 1/3 and 1/6."""
    found = predicted([[1.0, 2.0, 3.0]], 6)

    assert found is not None
    assert found.lower == 0.0
    assert found.upper == pytest.approx(6 * (2 + 4.302653 * (1 / 3 + 1 / 6) ** 0.5))


@pytest.mark.parametrize(("earlier", "later"), [(20, 20), (200, 50), (50, 400)])
def test_ninety_five_in_a_hundred_sums_lie_in_their_range(earlier: int, later: int) -> None:
    """Of skewed numbers, as tokens and durations are; within the simulation error of a point, and their skew."""
    generator = np.random.default_rng(20260201)
    held = 0
    for _ in range(1000):
        found = predicted([generator.gamma(4.0, 100.0, earlier).tolist()], later)
        total = generator.gamma(4.0, 100.0, later).sum()
        held += found is not None and found.upper is not None and found.lower <= total <= found.upper

    assert held / 1000 == pytest.approx(0.95, abs=0.025)


@given(runs=st.lists(NUMBERS, min_size=1, max_size=4), count=st.integers(0, 1000))
def test_several_runs_make_the_range_wider(runs: list[list[float]], count: int) -> None:
    """It holds each run's own sum, and reaches from the lowest bound to the highest."""
    whole = predicted(runs, count)

    assert whole is not None
    assert whole.upper is not None
    for run in runs:
        own = predicted([run], count)
        assert own is not None
        assert own.upper is not None
        assert whole.lower <= own.lower <= sum(run) / len(run) * count * (1 + 1e-9)
        assert sum(run) / len(run) * count * (1 - 1e-9) <= own.upper <= whole.upper


def test_one_trial_foretells_nothing() -> None:
    """It has no spread."""
    assert predicted([[1.0], []], 5) is None


def test_a_price_is_known_only_if_every_call_named_its_own() -> None:
    """An unknown price is never nothing."""
    known = expected([[PRICED, PRICED]], 4)
    unknown = expected([[PRICED, Usage(input_tokens=100, output_tokens=10)]], 4)

    assert known == Amount(
        sent=Range(lower=400, upper=400), written=Range(lower=40, upper=40), money=Range(lower=0.04, upper=0.04)
    )
    assert unknown is not None
    assert unknown.money == ANYTHING


def test_calls_that_say_nothing_of_what_they_used_foretell_nothing() -> None:
    """No tokens and no price is what a part reports that does not count."""
    assert expected([[Usage(), Usage()]], 4) is None
    assert expected([], 4) is None
    assert expected([[PRICED]], 4) is None


def test_sizes_make_a_range_of_three_to_five_characters_a_token() -> None:
    """What may be written is known where there is a limit, and the price is not."""
    assert by_size(150, 300, most_written=40) == Amount(
        sent=Range(lower=30, upper=100), written=Range(lower=0, upper=40), money=ANYTHING
    )
    assert by_size(150, 150, most_written=None).written == ANYTHING


def test_a_run_is_reduced_to_what_its_trials_consumed() -> None:
    """Trials asked for a choice alone and those with an output have durations of their own."""
    plain = a_trial("b", subject="ours", answer=Answer(routing=a_decision(usage=PRICED)), duration=1.0)
    run = a_run(wrote("a", duration=3.0), plain, a_trial("c", subject="other"))

    assert consumed(run, OURS) == Consumed(
        choices=(PRICED, PRICED), outputs=(PRICED,), seconds_of_choices=(1.0,), seconds_of_outputs=(3.0,)
    )


def test_what_failed_in_the_harness_is_left_out() -> None:
    """It says nothing of what a trial consumes."""
    failed = a_trial("a", subject="ours", answer=Answer(routing=a_failure()))

    assert consumed(a_run(failed), OURS) == Consumed()


@pytest.mark.parametrize("origin", [Origin.RECORDED, Origin.AUTHORED])
def test_a_replayed_output_used_nothing(origin: Origin) -> None:
    """Whatever the recording says that it used when it was made."""
    found = consumed(a_run(wrote("a", origin)), OURS)

    assert found.outputs == (Usage(cost=Decimal()),)
    assert found.replayed == 1


def test_judging_is_part_of_what_an_output_used() -> None:
    """A criterion that asked a model adds its tokens; one that asked nobody leaves the price known."""
    judged = a_score("judged", usage=PRICED)
    unpriced = a_score("judged", usage=Usage(input_tokens=5))

    found = consumed(a_run(wrote("a", Origin.FRESH, judged), wrote("b", Origin.FRESH, unpriced)), OURS)

    assert found.outputs == (
        Usage(input_tokens=200, output_tokens=20, cost=Decimal("0.02")),
        Usage(input_tokens=105, output_tokens=10, cost=None),
    )
