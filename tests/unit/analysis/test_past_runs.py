"""Runs reduced for a history: the numbers are those of the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from passmuster.analysis.metrics import subject_reports
from passmuster.analysis.past_runs import MACRO_F1, OVERALL, RECALL, measured, past_run
from passmuster.domain.answers import Answer
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Run
from passmuster.domain.values import SubjectName
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_rubric,
    a_run,
    a_score,
    a_subject_record,
    a_trial,
)

LEXICAL = SubjectName("lexical")
CHOICES: Mapping[str, tuple[str | None, Sequence[str | None]]] = {
    "one": ("debugger", ["debugger", "debugger"]),
    "two": ("debugger", ["code-reviewer", "debugger"]),
    "three": ("code-reviewer", ["code-reviewer", "code-reviewer"]),
    "four": ("code-reviewer", [None, "debugger"]),
    "five": (None, [None, None]),
    "six": ("test-engineer", ["debugger", "debugger"]),
}


def a_mixed_run() -> Run:
    """Make a run of two repetitions with right and wrong choices, a failed one, and outputs that pass and fail."""
    cases = [a_case(name, preferred=preferred, rubric=a_rubric()) for name, (preferred, _) in CHOICES.items()]
    trials = []
    for number, (name, (_, chosen)) in enumerate(CHOICES.items()):
        for repetition, choice in enumerate(chosen):
            answer = Answer(routing=a_decision(choice), completion=a_completion())
            score = a_score("contains", float((number + repetition) % 3 > 0))
            trials.append(a_trial(name, repetition=repetition, answer=answer, outcomes=(score,)))
    failed = Answer(routing=a_failure(), completion=None)
    trials[0] = replace(trials[0], answer=failed, outcomes=())
    return a_run(*trials, cases=cases, subjects=(a_subject_record(is_deterministic=False),))


def test_metrics_are_those_of_the_report() -> None:
    """Accuracy, macro F1, pass rate, failures and each agent's recall: the same numbers by another road."""
    run = a_mixed_run()
    [report] = subject_reports(run)

    values = measured(past_run(run).results[LEXICAL].values())

    for metric in OVERALL:
        estimate = report.metric(metric)
        assert estimate is not None
        assert values[metric, ""] == pytest.approx(estimate.value, abs=1e-8), metric
    recalls = {row.agent: row.recall.value for row in report.agents if row.recall is not None}
    assert {agent: value for (metric, agent), value in values.items() if metric == RECALL} == pytest.approx(recalls)
    assert 0 < values[MACRO_F1, ""] < 1


def test_what_was_not_measured_has_no_value() -> None:
    """Without rubrics there is no pass rate, and without any choice no accuracy."""
    failed = a_run(a_trial("one", answer=Answer(routing=a_failure())))

    assert (RECALL, "debugger") in measured(past_run(a_run()).results[LEXICAL].values())
    assert measured(past_run(failed).results[LEXICAL].values()) == {("harness_failure_rate", ""): 1.0}
    assert measured([]) == {}


def test_a_case_of_nobody_is_expected_of_nobody() -> None:
    """The recall of nobody is a recall like any other."""
    run = a_run(a_trial("hello", answer=Answer(routing=a_decision(None))), cases=[a_case("hello", preferred=None)])

    assert measured(past_run(run).results[LEXICAL].values())[RECALL, NOBODY] == 1.0


def test_of_a_run_that_grew_only_full_rounds_count() -> None:
    """A case that went wrong and was asked again must not look better than one that was lucky at once."""
    right, wrong = Answer(routing=a_decision("debugger")), Answer(routing=a_decision("code-reviewer"))
    trials = [
        a_trial("one", answer=right),
        a_trial("two", answer=wrong),
        a_trial("two", repetition=1, answer=right, inclusion=0.5),
    ]
    run = a_run(*trials, subjects=(a_subject_record(is_deterministic=False),), looks=3, planned=2)

    values = measured(past_run(run).results[LEXICAL].values())

    assert values["routing_accuracy", ""] == 0.5


def test_the_roster_and_the_models_are_kept_and_observations_are_not() -> None:
    """A history compares agents by their fingerprints, and models by the names that servers gave."""
    past = past_run(a_mixed_run())

    assert [agent.name for agent in past.snapshot.agents] == ["code-reviewer", "debugger", "test-engineer"]
    assert past.snapshot.subjects[0].models == ("example",)
    assert past.snapshot.observations == ()
    assert set(past.results[LEXICAL]) == set(CHOICES)
