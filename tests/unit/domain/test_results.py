"""Trials and runs: what is finished, what is complete, and which scores there can be."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answers import Answer, Stage
from passmuster.domain.results import FinishedTrials, Trial, TrialKey
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName
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


@given(
    repetitions=st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("01")), st.integers(0, 2**12)
    )
)
def test_finished_trials_are_a_set_of_keys(repetitions: dict[tuple[Any, Any, Any], int]) -> None:
    """Kept as bits, and to everybody a set like any other."""
    finished = FinishedTrials(repetitions)

    keys = {
        TrialKey(case=case, subject=subject, repetition=repetition, fingerprint=fingerprint)
        for (case, subject, fingerprint), bits in repetitions.items()
        for repetition in range(12 + 1)
        if bits & (1 << repetition)
    }
    stranger = TrialKey(case=CaseIdentifier("d"), subject=SubjectName("x"), repetition=0, fingerprint=Fingerprint("0"))
    assert finished == keys
    assert len(finished) == len(keys)
    assert all(key in finished for key in keys)
    assert stranger not in finished
    assert "no key" not in finished
    assert finished | {stranger} == keys | {stranger}
