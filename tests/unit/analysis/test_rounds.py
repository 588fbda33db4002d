"""What a run that grew says fairly."""

from dataclasses import replace

from passmuster.analysis.fair_metrics import fair_reports
from passmuster.analysis.observing import observe
from passmuster.analysis.rounds import full_rounds
from passmuster.domain.answers import Answer
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import SubjectName
from passmuster.testing.factories import a_decision, a_failure, a_run, a_subject_record, a_trial

MODEL = SubjectName("model")
VARYING = (a_subject_record("model", is_deterministic=False),)


def trial(case: str, repetition: int, chosen: str | None = "debugger", inclusion: float = 1.0) -> Trial:
    answer = Answer(routing=a_decision(chosen))
    return a_trial(case, subject="model", repetition=repetition, answer=answer, inclusion=inclusion)


def grown(*trials: Trial) -> Run:
    return a_run(*trials, subjects=VARYING, looks=3, planned=2)


def test_only_rounds_count_that_asked_every_case() -> None:
    """The second trial was asked of one case alone, the third of both, for certain."""
    run = grown(trial("one", 0), trial("two", 0), trial("one", 1), trial("one", 2), trial("two", 2))

    kept = full_rounds(run).trials

    assert [(one.key.case, one.key.repetition) for one in kept] == [("one", 0), ("two", 0), ("one", 2), ("two", 2)]


def test_a_round_that_chance_made_full_was_not_sure_to_be() -> None:
    """Both cases were drawn, but one of them might not have been."""
    run = grown(trial("one", 0), trial("two", 0), trial("one", 1), trial("two", 1, inclusion=0.25))

    assert {one.key.repetition for one in full_rounds(run).trials} == {0}


def test_a_selection_that_was_asked_evenly_is_full() -> None:
    """Where only some cases were run at all, those that were drawn stand for their round."""
    run = grown(trial("one", 0), trial("two", 0, inclusion=0.1), trial("one", 1), trial("two", 1, inclusion=0.1))

    assert full_rounds(run) is run


def test_a_run_of_fixed_size_is_left_alone() -> None:
    """What is missing of it was cut off, and not left out."""
    run = a_run(trial("one", 0), trial("one", 1), trial("two", 0), subjects=VARYING)

    assert full_rounds(run) is run


def test_levels_rest_on_full_rounds_and_failures_on_all() -> None:
    """Asking what failed again until it passes must not raise a level; nor may it hide that the harness fails."""
    failed = a_trial("one", subject="model", repetition=2, answer=Answer(routing=a_failure()))
    run = grown(trial("one", 0, None), trial("two", 0), trial("one", 1), failed)

    [report] = fair_reports(run, observe(run))
    accuracy, failures = report.metric("routing_accuracy"), report.metric("harness_failure_rate")

    assert accuracy is not None
    assert accuracy.value == 0.5
    assert failures is not None
    assert (failures.value, failures.sample_size) == (0.25, 4)


def test_cases_that_do_not_count_are_left_out_of_both() -> None:
    """A case in quarantine has neither a level nor a failure that the gate could see."""
    run = grown(trial("one", 0, None), trial("two", 0), trial("one", 1))
    snapshot = observe(run)
    outside = [item for item in snapshot.observations if item.case == "two"]

    [report] = fair_reports(run, replace(snapshot, observations=tuple(outside)))
    accuracy, failures = report.metric("routing_accuracy"), report.metric("harness_failure_rate")

    assert accuracy is not None
    assert (accuracy.value, accuracy.sample_size) == (1.0, 1)
    assert failures is not None
    assert failures.sample_size == 1


def test_a_run_that_grew_is_weighted_even_if_nobody_was_drawn_by_chance() -> None:
    """The second round may have taken those alone that were sure of it; the other case counts as one that was not."""
    run = grown(trial("one", 0), trial("two", 0), trial("one", 1), trial("one", 2))

    observed = {item.case: item for item in observe(run).observations}

    assert [observed[name].rounds for name in ("one", "two")] == [3, 3]
    assert [len(observed[name].inclusions) for name in ("one", "two")] == [3, 1]
