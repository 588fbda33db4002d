"""Probabilities, their error, and thresholds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from passmuster.analysis.calibrating import (
    Objective,
    area_under_curve,
    best_of,
    expected_calibration_error,
    fit_temperature,
    folds_of,
    probabilities,
    recall_at_accuracy,
    tune_threshold,
)

finite = st.floats(-50, 50).map(lambda number: round(number, 3))
labelled = st.lists(st.tuples(finite, st.sampled_from(["right", "wrong", "nobody"])), min_size=1, max_size=30)


def arrays(requests: list[tuple[float, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    best = np.array([score for score, _ in requests])
    return (
        best,
        np.array([kind == "right" for _, kind in requests]),
        np.array([kind == "nobody" for _, kind in requests]),
    )


def test_probabilities_sum_to_one_and_keep_the_order() -> None:
    """The better agent is the more probable, however large the scores are."""
    shares = probabilities(np.array([[1.0, 2.0, 3.0], [1e6, -1e6, 0.0]]), 0.5)

    assert shares.sum(axis=1) == pytest.approx([1, 1])
    assert shares[0].tolist() == sorted(shares[0])
    assert shares[1, 0] == 1


def test_a_high_temperature_makes_agents_equally_probable() -> None:
    """Temperature takes certainty away and never changes who is the best."""
    scores = np.array([[1.0, 2.0]])

    cold, hot = probabilities(scores, 0.1)[0, 1], probabilities(scores, 1e6)[0, 1]

    assert cold > 0.999
    assert hot == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("true", [0.05, 0.5, 1.0, 7.0])
def test_the_temperature_that_made_the_labels_is_found(true: float) -> None:
    """Of labels drawn by a temperature, fitting gives that temperature back."""
    generator = np.random.default_rng(1)
    scores = generator.normal(size=(4000, 5)) * true * 2
    shares = probabilities(scores, true)
    labels = np.array([generator.choice(5, p=share) for share in shares])

    assert fit_temperature(scores, labels) == pytest.approx(true, rel=0.1)


def test_a_temperature_exists_even_where_every_request_is_right() -> None:
    """Scores that separate perfectly want certainty; the temperature stays above 0."""
    scores = np.array([[1.0, 0.0], [0.0, 1.0]])

    assert 0 < fit_temperature(scores, np.array([0, 1])) < 0.1


def test_the_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    """A worked example: .9 said and 1 right of 2, .3 said and 0 right of 1, so (2 · .4 + 1 · .3) / 3."""
    error = expected_calibration_error(np.array([0.9, 0.9, 0.3]), np.array([True, False, False]))

    assert error == pytest.approx((2 * 0.4 + 0.3) / 3)


def test_certainty_that_is_right_has_no_calibration_error() -> None:
    """A confidence of exactly 1 has a bin as well; without requests there is no error."""
    assert expected_calibration_error(np.ones(5), np.ones(5, dtype=bool)) == 0
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0


@given(st.lists(finite, min_size=1, max_size=20), st.lists(finite, min_size=1, max_size=20))
def test_the_area_is_that_of_scikit_learn(wanted: list[float], others: list[float]) -> None:
    """Ties included."""
    truth = [1] * len(wanted) + [0] * len(others)

    area = area_under_curve(np.array(wanted), np.array(others))

    assert area == pytest.approx(roc_auc_score(truth, [*wanted, *others]))


def answered(requests: list[tuple[float, str]], threshold: float, objective: Objective) -> float:
    kept = [kind for score, kind in requests if score >= threshold]
    refused = [kind for score, kind in requests if score < threshold]
    agents = sum(kind != "nobody" for _, kind in requests)
    if objective is Objective.ACCURACY:
        return kept.count("right") + refused.count("nobody")
    return kept.count("right") / agents + refused.count("nobody") / (len(requests) - agents)


@given(labelled, st.sampled_from(list(Objective)))
def test_no_threshold_is_better_than_the_tuned_one(requests: list[tuple[float, str]], objective: Objective) -> None:
    """Every cut between two scores is tried by hand; without both kinds of requests there is no threshold."""
    best, right, nobody = arrays(requests)

    threshold = tune_threshold(best, right, nobody, objective)

    if nobody.all() or not nobody.any():
        assert threshold is None
        return
    assert threshold is not None
    cuts = [score + step for score, _ in requests for step in (-1e-6, 1e-6)]
    assert answered(requests, threshold, objective) >= max(answered(requests, cut, objective) for cut in cuts) - 1e-9


def test_of_equally_good_thresholds_the_lowest_is_taken() -> None:
    """Where refusing gains nothing, nothing is refused."""
    best, right, nobody = arrays([(1.0, "right"), (2.0, "right"), (3.0, "nobody")])

    threshold = tune_threshold(best, right, nobody, Objective.ACCURACY)

    assert threshold is not None
    assert threshold < 1


@given(labelled, st.floats(0, 1))
def test_recall_at_an_accuracy_is_what_the_best_cut_gives(requests: list[tuple[float, str]], accuracy: float) -> None:
    """Every cut that keeps the accuracy is tried by hand."""
    best, right, nobody = arrays(requests)
    agents = int((~nobody).sum())
    if not nobody.any() or not agents:
        return

    recall = recall_at_accuracy(best, right, nobody, accuracy)

    cuts = [-math.inf, *(score for score, _ in requests), *(score + 1e-6 for score, _ in requests)]
    possible = [
        sum(kind == "nobody" and score < cut for score, kind in requests) / int(nobody.sum())
        for cut in cuts
        if sum(kind == "right" and score >= cut for score, kind in requests) >= accuracy * agents - 1e-9
    ]
    assert recall == pytest.approx(max(possible, default=0))


@given(st.integers(0, 40), st.integers(1, 8))
def test_folds_measure_every_place_once_and_never_on_what_they_learnt(size: int, count: int) -> None:
    """Places to fit on and to measure on are apart, and together all of them."""
    folds = folds_of(size, count)

    assert sorted(int(place) for _, measured in folds for place in measured) == list(range(size))
    assert all(sorted([*learnt, *measured]) == list(range(size)) for learnt, measured in folds)


def test_of_equally_good_candidates_the_first_is_taken() -> None:
    """Less is taken where more gains nothing."""
    assert best_of((0.0, 0.5, 1.0), lambda candidate: min(candidate, 0.5)) == 0.5
    assert best_of((0.0, 0.5), lambda _: 1.0) == 0.0
