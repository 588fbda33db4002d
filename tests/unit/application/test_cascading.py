"""What a cascade of two subjects would have cost and gained, from stored runs."""

from datetime import timedelta
from decimal import Decimal
from math import inf

import pytest

from passmuster.application.cascading import Question, Signal, study_cascade
from passmuster.domain.answers import Answer, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError, UnacceptableRunError
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import RunIdentifier, SubjectName, Usage
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_decision,
    a_failure,
    a_roster,
    a_run,
    a_trial,
)
from passmuster.testing.fakes import MemoryStore

CHEAP, DEAR = SubjectName("cheap"), SubjectName("dear")
QUESTION = Question(suite="example", first=CHEAP, second=DEAR, loss=0.0)
CASES = tuple(a_case(f"case-{number}") for number in range(4))
USAGE = Usage(input_tokens=90, output_tokens=10, cost=Decimal("0.002"))


def trial(case: Case, subject: SubjectName, routing: RoutingDecision | Failure, repetition: int = 0) -> Trial:
    return a_trial(case.identifier, subject=subject, repetition=repetition, answer=Answer(routing=routing))


def cheap_trials() -> list[Trial]:
    """Two wrong and unsure, two right and sure."""
    choices = [("reviewer", 0.1), ("reviewer", 0.2), ("debugger", 0.8), ("debugger", 0.9)]
    return [
        trial(case, CHEAP, a_decision(chosen, margin=margin))
        for case, (chosen, margin) in zip(CASES, choices, strict=True)
    ]


def dear_trials() -> list[Trial]:
    return [trial(case, DEAR, a_decision(margin=None, usage=USAGE, latency=2.0)) for case in CASES]


def store_of(*runs: Run) -> MemoryStore:
    store = MemoryStore()
    for run in runs:
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)
    return store


def test_a_run_of_both_is_studied() -> None:
    """The bound that loses nothing asks the dear one half of the requests."""
    store = store_of(a_run(*cheap_trials(), *dear_trials(), cases=CASES))

    study = study_cascade(store, QUESTION)

    assert (study.first.value, study.second.value) == (0.5, 1.0)
    assert (study.chosen.bound, study.chosen.share, study.chosen.accuracy) == (0.5, 0.5, 1.0)
    assert (study.cases, study.left_out, study.signal) == (4, 0, Signal.MARGIN)
    assert study.curve.captured == pytest.approx(1.0)
    assert [price.tokens for price in study.prices] == [0, 100]
    assert [price.cost for price in study.prices] == [None, Decimal("0.002")]
    assert study.prices[1].seconds == 2.0


def test_two_runs_are_put_together() -> None:
    """The latest complete one of each; a later one that is not complete, or of a selection, does not count."""
    cheap = a_run(*cheap_trials(), cases=CASES, identifier="1")
    dear = a_run(*dear_trials(), cases=CASES, identifier="2", started_at=MOMENT + timedelta(hours=1))
    begun = a_run(*cheap_trials()[:1], cases=CASES, identifier="3", planned=4, started_at=MOMENT + timedelta(hours=2))
    some = a_run(
        *cheap_trials()[:1], cases=CASES, identifier="4", selection="One.", started_at=MOMENT + timedelta(hours=3)
    )

    study = study_cascade(store_of(cheap, dear, begun, some), QUESTION)

    assert study.runs == ("1", "2")
    assert study.cases == 4


def test_a_failure_takes_its_case_out() -> None:
    """Nothing is known of what the cascade would have done there."""
    [*others, last] = dear_trials()
    broken = trial(CASES[3], DEAR, a_failure())
    store = store_of(a_run(*cheap_trials(), *others, broken, cases=CASES))

    study = study_cascade(store, QUESTION)

    assert last.key.case == CASES[3].identifier
    assert (study.cases, study.left_out) == (3, 1)


def test_choices_of_nobody_go_to_the_second_first() -> None:
    """As the router does it; also those that tell nothing."""
    [_, _, *sure] = cheap_trials()
    unsure = [trial(CASES[0], CHEAP, a_decision(None, margin=5.0)), trial(CASES[1], CHEAP, a_decision(margin=None))]
    store = store_of(a_run(*unsure, *sure, *dear_trials(), cases=CASES))

    study = study_cascade(store, QUESTION)

    assert [(point.bound, point.share) for point in study.curve.points[:2]] == [(-inf, 0.0), (0.0, 0.5)]


def test_controls_and_edited_cases_are_left_alone() -> None:
    """Controls test the set-up; a case that was asked in other words is another one."""
    control = a_case("control", is_control=True)
    edited = (a_case("case-0", text="Something else"), *CASES[1:], control)
    cheap = a_run(*cheap_trials(), trial(control, CHEAP, a_decision()), cases=(*CASES, control), identifier="1")
    dear = a_run(*dear_trials(), trial(control, DEAR, a_decision()), cases=edited, identifier="2")

    study = study_cascade(store_of(cheap, dear), QUESTION)

    assert study.cases == 3


def test_repetitions_are_averaged_within_a_case() -> None:
    """A case that the dear one gets right every other time counts half."""
    again = trial(CASES[0], DEAR, a_decision("reviewer", usage=USAGE), repetition=1)
    store = store_of(a_run(*cheap_trials(), *dear_trials(), again, cases=CASES))

    study = study_cascade(store, QUESTION)

    assert study.second.value == pytest.approx(0.875)
    assert study.cases == 4


def test_confidence_is_taken_where_there_are_no_margins() -> None:
    """Or where it is asked for."""
    told = [
        trial(case, CHEAP, a_decision(margin=None, confidence=share))
        for case, share in zip(CASES, (0.1, 0.4, 0.6, 0.9), strict=True)
    ]
    store = store_of(a_run(*told, *dear_trials(), cases=CASES))

    found = study_cascade(store, QUESTION)

    assert found.signal is Signal.CONFIDENCE
    assert [point.bound for point in found.curve.points] == [-inf, 0.2, 0.5, 0.8, inf]
    with pytest.raises(InvalidConfigurationError, match="tells no margin"):
        study_cascade(store, Question(suite="example", first=CHEAP, second=DEAR, signal=Signal.MARGIN))


def test_what_cannot_be_studied_is_refused() -> None:
    """One subject twice, a subject that has not run, another run's, other agents, no shared case."""
    both = a_run(*cheap_trials(), *dear_trials(), cases=CASES, identifier="1")
    cheap = a_run(*cheap_trials(), cases=CASES, identifier="1")
    foreign = a_run(*dear_trials(), cases=CASES, identifier="2", roster=a_roster("debugger"))
    other = a_run(trial(a_case("other"), DEAR, a_decision()), cases=[a_case("other")], identifier="2")

    with pytest.raises(InvalidConfigurationError, match="both the first and the second"):
        study_cascade(store_of(both), Question(suite="example", first=DEAR, second=DEAR))
    with pytest.raises(RunNotFoundError, match="no complete run of subject 'dear'"):
        study_cascade(store_of(cheap), QUESTION)
    with pytest.raises(RunNotFoundError, match="run '1' has no subject 'dear'"):
        study_cascade(store_of(cheap), Question(suite="example", first=CHEAP, second=DEAR, run=RunIdentifier("1")))
    with pytest.raises(UnacceptableRunError, match="of different agents"):
        study_cascade(store_of(cheap, foreign), QUESTION)
    with pytest.raises(UnacceptableRunError, match="no case that both"):
        study_cascade(store_of(cheap, other), QUESTION)


def test_a_split_can_be_chosen() -> None:
    """So that a bound may be chosen on one part and measured on the other."""
    cases = tuple(
        a_case(case.identifier, split="validation" if place < 2 else "test") for place, case in enumerate(CASES)
    )
    store = store_of(a_run(*cheap_trials(), *dear_trials(), cases=cases))

    study = study_cascade(store, Question(suite="example", first=CHEAP, second=DEAR, split="validation"))

    assert (study.cases, study.first.value) == (2, 0.0)
    with pytest.raises(UnacceptableRunError, match="no case of the split 'train' that both"):
        study_cascade(store, Question(suite="example", first=CHEAP, second=DEAR, split="train"))
