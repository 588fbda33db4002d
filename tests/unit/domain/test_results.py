"""Trials and runs: what is finished, what is complete, and which scores there can be."""

import math

import pytest

from passmuster.domain.answers import Answer, Stage
from passmuster.domain.results import Trial
from passmuster.testing.factories import (
    a_completion,
    a_decision,
    a_failure,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)


@pytest.mark.parametrize("value", [-0.001, 1.001, math.nan, math.inf])
def test_a_score_outside_its_range_is_refused(value: float) -> None:
    """Not-a-number is no score either: a criterion that cannot judge says so."""
    with pytest.raises(ValueError, match="score of 'contains' is"):
        a_score(value=value)


@pytest.mark.parametrize(
    "trial",
    [
        a_trial(),
        a_trial(answer=Answer(routing=a_decision(None))),
        a_trial(answer=Answer(completion=a_completion()), outcomes=(a_score(value=0.0),)),
    ],
)
def test_a_measured_trial_is_finished_however_bad_the_answer(trial: Trial) -> None:
    """A wrong choice, no choice and a failed criterion are results."""
    assert trial.is_finished


@pytest.mark.parametrize(
    "trial",
    [
        a_trial(answer=Answer(routing=a_failure())),
        a_trial(answer=Answer(routing=a_decision(), completion=a_failure(Stage.COMPLETION))),
        a_trial(answer=Answer(completion=a_completion()), outcomes=(a_score(), an_unscored("length"))),
    ],
)
def test_a_failure_of_the_harness_leaves_a_trial_unfinished(trial: Trial) -> None:
    """Resuming tries again whatever could not be measured."""
    assert not trial.is_finished


def test_a_run_is_complete_when_every_planned_trial_was_made() -> None:
    """An unfinished trial was made, and counts."""
    trials = (a_trial("one"), a_trial("two", answer=Answer(routing=a_failure())))

    assert a_run(*trials, planned=2).is_complete
    assert not a_run(*trials, planned=3).is_complete
