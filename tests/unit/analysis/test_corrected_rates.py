"""Corrected pass rates against published examples, and against what they promise in simulation."""

import numpy as np
import pytest

from passmuster.analysis.corrected_rates import MeasuredJudge, prediction_powered, rogan_gladen
from passmuster.analysis.proportions import wilson

SENSITIVITY, SPECIFICITY, TRUTH = 0.9, 0.8, 0.5


def drawn_judge(generator: np.random.Generator, labels: int) -> MeasuredJudge:
    return MeasuredJudge(
        passed_rightly=int(generator.binomial(labels, SENSITIVITY)),
        good=labels,
        failed_rightly=int(generator.binomial(labels, SPECIFICITY)),
        bad=labels,
    )


def drawn_scores(generator: np.random.Generator, count: int) -> tuple[list[float], list[float]]:
    """The judge's scores and the truth of answers."""
    truth = generator.random(count) < TRUTH
    passed = np.where(truth, generator.random(count) < SENSITIVITY, generator.random(count) >= SPECIFICITY)
    return list(passed.astype(float)), list(truth.astype(float))


def test_a_judge_without_error_corrects_nothing() -> None:
    """The rate is the one that it saw."""
    judge = MeasuredJudge(passed_rightly=50, good=50, failed_rightly=50, bad=50)

    found = rogan_gladen(30, 40, judge)

    assert found.value == 0.75
    assert found.lower < 0.65
    assert found.upper > 0.85


def test_a_known_error_is_taken_out() -> None:
    """Rogan and Gladen's formula: 55 % pass with .9 and .8, so that (.55 + .8 - 1) / .7 truly do."""
    judge = MeasuredJudge(passed_rightly=90, good=100, failed_rightly=80, bad=100)

    assert rogan_gladen(110, 200, judge).value == pytest.approx(0.35 / 0.7)


def test_a_rate_stays_between_nothing_and_everything() -> None:
    """Fewer passed than the judge's errors alone would bring about."""
    judge = MeasuredJudge(passed_rightly=90, good=100, failed_rightly=80, bad=100)

    found = rogan_gladen(2, 200, judge)

    assert (found.value, found.lower) == (0.0, 0.0)


def test_a_coin_corrects_nothing() -> None:
    """What passes good and bad alike says nothing."""
    coin = MeasuredJudge(passed_rightly=5, good=10, failed_rightly=5, bad=10)

    assert not coin.can_tell
    with pytest.raises(ValueError, match="no better than a coin"):
        rogan_gladen(5, 10, coin)


def test_a_judge_is_known_only_as_well_as_its_labels_allow() -> None:
    """Four right of five is not surely better than a coin; ninety of a hundred is."""
    few = MeasuredJudge(passed_rightly=4, good=5, failed_rightly=4, bad=5)
    many = MeasuredJudge(passed_rightly=90, good=100, failed_rightly=90, bad=100)

    assert (few.can_tell, many.can_tell) == (False, True)


@pytest.mark.parametrize(("good", "bad"), [(0, 5), (5, 0)])
def test_labels_must_be_of_both_kinds(good: int, bad: int) -> None:
    """Otherwise one kind of error is unknown."""
    with pytest.raises(ValueError, match="good and bad"):
        MeasuredJudge(passed_rightly=good, good=good, failed_rightly=bad, bad=bad)


def test_the_corrected_interval_covers_the_truth_where_the_raw_one_does_not() -> None:
    """A judge of sensitivity .9 and specificity .8, 300 answers of which half are good, 60 labels of either kind."""
    generator = np.random.default_rng(20261123)
    corrected = raw = 0

    for _ in range(400):
        judge = drawn_judge(generator, 60)
        passed = sum(drawn_scores(generator, 300)[0])
        estimate = rogan_gladen(passed, 300, judge)
        corrected += estimate.lower <= TRUTH <= estimate.upper
        lower, upper = wilson(passed, 300)
        raw += lower <= TRUTH <= upper

    assert corrected >= 0.93 * 400
    assert raw < 0.75 * 400


def test_labels_on_the_same_answers_cover_the_truth_and_gain_from_the_judge() -> None:
    """Shorter than people's labels alone, and covering as it says."""
    generator = np.random.default_rng(20261123)
    covered, width, width_of_labels = 0, 0.0, 0.0

    for _ in range(400):
        judged, _unseen = drawn_scores(generator, 1_000)
        pairs = list(zip(*drawn_scores(generator, 80), strict=True))
        estimate = prediction_powered(judged, pairs)
        covered += estimate.lower <= TRUTH <= estimate.upper
        width += estimate.upper - estimate.lower
        lower, upper = wilson(sum(told for _, told in pairs), 80)
        width_of_labels += upper - lower

    assert covered >= 0.93 * 400
    assert width < 0.85 * width_of_labels


def test_a_judge_that_never_erred_in_few_labels_may_err_in_others() -> None:
    """The interval keeps a width that the labels alone would not give."""
    found = prediction_powered([1.0] * 95 + [0.0] * 5, [(1.0, 1.0)] * 19 + [(0.0, 0.0)])

    assert found.upper - found.lower > 0.05


def test_a_judge_that_says_nothing_leaves_the_labels_as_they_are() -> None:
    """It passes everything, so that only people's labels count."""
    found = prediction_powered([1.0] * 100, [(1.0, 1.0)] * 30 + [(1.0, 0.0)] * 10)

    assert found.value == 0.75


def test_single_answers_are_too_few() -> None:
    """Nothing is known of how they scatter."""
    with pytest.raises(ValueError, match="at least 2"):
        prediction_powered([1.0], [(1.0, 1.0), (0.0, 0.0)])
