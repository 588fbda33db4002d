"""Frames of a judged run."""

from decimal import Decimal

from passmuster.analysis.observing import observe
from passmuster.analysis.report_frames import (
    CHANGE_COLUMNS,
    SCORE_COLUMNS,
    agents_frame,
    changes_frame,
    metrics_frame,
    scores_frame,
)
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Run
from passmuster.domain.values import Usage
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing import factories


def a_run(chosen: str) -> Run:
    cases = [factories.a_case("moved"), factories.a_case("still")]
    trials = [
        factories.a_trial("moved", answer=Answer(routing=factories.a_decision(chosen))),
        factories.a_trial("still", answer=Answer(routing=factories.a_decision("debugger"))),
    ]
    return factories.a_run(*trials, cases=cases)


def test_each_criterion_of_each_trial_is_a_row() -> None:
    """What could not be judged has no value, and says why; evidence is text that a table can hold."""
    score = factories.a_score("contains", 0.5, evidence={"line": 3}, usage=Usage(cost=Decimal("0.25")))
    trial = factories.a_trial("one", repetition=2, outcomes=(score, factories.an_unscored("regex")))

    judged, unjudged = scores_frame([trial]).to_dict("records")

    assert tuple(judged) == SCORE_COLUMNS
    assert (judged["case"], judged["repetition"], judged["criterion"], judged["value"]) == ("one", 2, "contains", 0.5)
    assert (judged["evidence"], judged["cost"]) == ('{"line": 3}', 0.25)
    assert (unjudged["criterion"], unjudged["failure"]) == ("regex", "CriterionError")
    assert unjudged["value"] != unjudged["value"]


def test_agents_and_metrics_have_their_bounds() -> None:
    """A rate is never a naked number; what was not measured is missing."""
    report = report_of(a_run("code-reviewer"), GatePolicy(rules=()), None)

    agents = agents_frame(report).set_index("agent")
    accuracy = metrics_frame(report).set_index(["metric", "subset"]).loc[("routing_accuracy", "all")]

    assert agents.loc["debugger", "recall"] == 0.5
    assert 0 < agents.loc["debugger", "recall_lower"] < 0.5 < agents.loc["debugger", "recall_upper"] < 1
    assert agents.loc[NOBODY, ["precision", "recall"]].isna().all()
    assert accuracy["value_lower"] < accuracy["value"] == 0.5 < accuracy["value_upper"]
    assert accuracy["sample_size"] == 2


def test_changes_are_what_is_not_as_before() -> None:
    """Unchanged cases are no rows, and without a baseline there is none at all."""
    compared = report_of(a_run("code-reviewer"), GatePolicy(rules=()), observe(a_run("debugger")))

    (row,) = changes_frame(compared).to_dict("records")

    assert tuple(row) == CHANGE_COLUMNS
    assert (row["case"], row["kind"], row["was"], row["now"]) == ("moved", "broken", "debugger", "code-reviewer")
    assert list(changes_frame(report_of(a_run("debugger"), GatePolicy(rules=()), None)).columns) == list(CHANGE_COLUMNS)
