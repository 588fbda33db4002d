"""Rates of criteria that models judged, raw and corrected, and what is said of them."""

from collections.abc import Mapping

import pytest

from passmuster.analysis.judged_rates import FEWEST_LABELLED, PEOPLE, judged_rates, judged_sentences
from passmuster.analysis.observing import observe
from passmuster.domain.judging import CALIBRATION
from passmuster.domain.results import Run, Score
from passmuster.testing.factories import (
    a_case,
    a_criterion_reference,
    a_rubric,
    a_run,
    a_score,
    a_trial,
)

MEASURED = {"passed_rightly": 18, "good": 20, "failed_rightly": 16, "bad": 20}


def judged(value: float, counts: Mapping[str, object] | None = None, **changes: object) -> Score:
    return a_score("polite", value, passed=value >= 1, evidence={CALIBRATION: counts or {}}, **changes)


def run_of(*scores: Score) -> Run:
    """Return a run of one trial for each score, with a criterion beside it that everything passes."""
    rubric = a_rubric(a_criterion_reference("judge", name="polite"), a_criterion_reference(name="contains"))
    cases = [a_case(f"c-{at}", rubric=rubric) for at in range(len(scores))]
    trials = [a_trial(f"c-{at}", outcomes=(score, a_score())) for at, score in enumerate(scores)]
    return a_run(*trials, cases=cases)


def test_a_measured_judge_s_rate_is_corrected() -> None:
    """Three of four pass a judge that passes .9 of the good and fails .8 of the bad."""
    [rate] = judged_rates(run_of(*[judged(1.0, MEASURED)] * 3, judged(0.0, MEASURED)))

    assert rate.raw.value == 0.75
    assert rate.corrected is not None
    assert rate.corrected.value == pytest.approx((0.75 + 0.8 - 1) / 0.7)
    assert not rate.is_advisory
    assert "passed 90% of 20 good and failed 80% of 20 bad answers" in rate.note


def test_a_judge_nobody_measured_corrects_nothing_and_counts_nowhere() -> None:
    """Its failed answers leave the rubric as it is without it."""
    run = run_of(judged(0.0, is_advisory=True))

    [rate] = judged_rates(run)
    [observation] = observe(run).observations

    assert (rate.corrected, rate.is_advisory) == (None, True)
    assert observation.passed == (True,)
    assert observation.left_out == ("polite",)
    assert observation.criteria["polite"] == 0.0
    assert "counted nowhere: polite" in " ".join(judged_sentences(run))


def test_a_judge_that_counts_unmeasured_is_told() -> None:
    """Since the suite says so in as many words."""
    run = run_of(judged(0.0))

    assert "counted because the suite says so" in " ".join(judged_sentences(run))
    assert observe(run).observations[0].passed == (False,)


def test_a_judge_no_better_than_a_coin_corrects_nothing() -> None:
    """And the note says what would help."""
    coin = {"passed_rightly": 3, "good": 5, "failed_rightly": 2, "bad": 5}

    [rate] = judged_rates(run_of(judged(1.0, coin)))

    assert rate.corrected is None
    assert "not surely better than a coin" in rate.note


def test_one_kind_of_label_corrects_nothing() -> None:
    """Without bad answers nobody knows how often it passes them."""
    [rate] = judged_rates(run_of(judged(1.0, {**MEASURED, "failed_rightly": 0, "bad": 0})))

    assert rate.corrected is None


def test_people_s_labels_of_a_run_s_own_answers_correct_the_rest() -> None:
    """The judge passes everything; people failed half of what they saw, and that is what is reported."""
    labelled = [judged(1.0, {**MEASURED, PEOPLE: bool(at % 2)}) for at in range(FEWEST_LABELLED)]
    others = [judged(1.0, MEASURED)] * 10

    [rate] = judged_rates(run_of(*labelled, *others))

    assert rate.corrected is not None
    assert (rate.raw.value, rate.corrected.value) == (1.0, 0.5)
    assert rate.corrected.method == "prediction-powered"
    assert rate.note == f"corrected by people's labels of {FEWEST_LABELLED} of these 20 answers"


def test_a_few_labels_of_a_run_s_own_answers_are_not_relied_upon() -> None:
    """The judge's measured errors correct the rate then."""
    labelled = [judged(1.0, {**MEASURED, PEOPLE: False})] * (FEWEST_LABELLED - 1)

    [rate] = judged_rates(run_of(*labelled, *[judged(1.0, MEASURED)] * 10))

    assert rate.corrected is not None
    assert rate.corrected.method == "Rogan-Gladen"


def test_repetitions_of_a_case_count_as_one() -> None:
    """A case that passes one time in two counts one half."""
    rubric = a_rubric(a_criterion_reference("judge", name="polite"))
    case = a_case("c-0", rubric=rubric)
    trials = [a_trial("c-0", repetition=at, outcomes=(judged(float(at), MEASURED),)) for at in range(2)]

    [rate] = judged_rates(a_run(*trials, cases=[case]))

    assert (rate.raw.value, rate.raw.sample_size) == (0.5, 1)


def test_criteria_that_no_model_judged_are_not_among_them() -> None:
    """Their scores say nothing of a calibration."""
    assert judged_rates(a_run(a_trial(outcomes=(a_score(),)))) == ()
