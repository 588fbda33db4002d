"""Frames: a row for each trial and each case, with what was not measured missing."""

import math
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from passmuster.analysis.frames import CASE_COLUMNS, TRIAL_COLUMNS, cases_frame, trials_frame
from passmuster.domain.answers import Answer, Origin, RankedAgent, RoutingDecision, Stage
from passmuster.domain.cases import Stratum
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Trial
from passmuster.domain.values import AgentName, Usage
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_expectation,
    an_unscored,
)


def ranked(*names: str, chosen: str | None = None) -> RoutingDecision:
    ranking = tuple(RankedAgent(agent=AgentName(name), score=9.0 - at) for at, name in enumerate(names))
    return a_decision(chosen, ranking=ranking, margin=0.5)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def row_of(trial: Trial, **case: object) -> dict[str, Any]:
    (row,) = rows_of(trials_frame(a_run(trial, cases=[a_case(**case)])))  # type: ignore[arg-type]  # the factory checks the names
    return row


def test_a_judged_trial_fills_its_row() -> None:
    """Choice, ranking, rubric and origin each have their column."""
    trial = a_trial(
        answer=Answer(
            routing=ranked("debugger", "tester", chosen="debugger"), completion=a_completion(origin=Origin.RECORDED)
        ),
        outcomes=(a_score(),),
    )

    row = row_of(trial, rubric=a_rubric())

    assert list(row) == list(TRIAL_COLUMNS)
    assert (row["subject"], row["case"], row["repetition"]) == ("lexical", "failing-test", 0)
    assert (row["expected"], row["chosen"], row["outcome"]) == ("debugger", "debugger", "preferred")
    assert (row["right"], row["top3"], row["score"], row["margin"]) == (1.0, 1.0, 9.0, 0.5)
    assert (row["rubric_score"], row["rubric_passed"], row["origin"]) == (1.0, 1.0, "recorded")
    assert row["failure"] is None


def test_what_was_not_measured_is_missing() -> None:
    """A failed choice is neither right nor wrong, and scores nothing."""
    row = row_of(a_trial(answer=Answer(routing=a_failure())))

    assert row["failure"] == "RoutingError"
    for name in ("chosen", "outcome", "right", "top3", "score", "margin", "rubric_score", "rubric_passed", "origin"):
        assert pd.isna(row[name])


@pytest.mark.parametrize(
    ("answer", "outcomes", "kind"),
    [
        (Answer(routing=a_failure(kind="First"), completion=a_failure(Stage.COMPLETION, kind="Second")), (), "First"),
        (Answer(routing=a_decision(), completion=a_failure(Stage.COMPLETION, kind="Second")), (), "Second"),
        (Answer(routing=a_decision(), completion=a_completion()), (a_score(), an_unscored("other")), "CriterionError"),
    ],
)
def test_the_first_failure_is_named(answer: Answer, outcomes: tuple[object, ...], kind: str) -> None:
    """Choice, output, criterion: in this order."""
    row = row_of(a_trial(answer=answer, outcomes=outcomes), rubric=a_rubric())

    assert row["failure"] == kind


@pytest.mark.parametrize(
    ("names", "preferred", "acceptable", "top"),
    [
        (("a", "b", "debugger", "c"), "debugger", (), 1.0),
        (("a", "b", "c", "debugger"), "debugger", (), 0.0),
        (("a", "b", "c", "debugger"), "debugger", ("b",), 1.0),
        (("a", "b"), None, ("a",), math.nan),
        ((), "debugger", (), math.nan),
    ],
)
def test_the_first_three_places_of_the_ranking_count(
    names: tuple[str, ...], preferred: str | None, acceptable: tuple[str, ...], top: float
) -> None:
    """A right agent among them counts 1; where nobody is preferred or nothing is ranked, nothing is said."""
    expectation = an_expectation(preferred, acceptable=acceptable)
    trial = a_trial(answer=Answer(routing=ranked(*names)))

    row = row_of(trial, expectation=expectation)

    assert row["top3"] == top or (pd.isna(row["top3"]) and math.isnan(top))


def test_a_case_is_reduced_over_its_repetitions() -> None:
    """Rates are means over repetitions, and the usual choice stands for all of them."""
    decisions = [
        ranked("debugger", "a", "b", "c", chosen="debugger"),
        ranked("a", "b", "c", "debugger", chosen="debugger"),
        ranked("reviewer", chosen="reviewer"),
        ranked("a"),
    ]
    trials = [a_trial(repetition=at, answer=Answer(routing=decision)) for at, decision in enumerate(decisions)]
    failed = a_trial(repetition=4, answer=Answer(routing=a_failure()))
    case = a_case(
        expectation=an_expectation(forbidden=["reviewer"]),
        stratum=Stratum.HINTED,
        split="train",
        tags=frozenset({"b", "a"}),
    )

    frame = cases_frame(a_run(*trials, failed, cases=[case]))

    (row,) = rows_of(frame)
    assert list(frame.columns) == list(CASE_COLUMNS)
    assert (row["expected"], row["chosen"]) == ("debugger", "debugger")
    assert (row["right"], row["top3"], row["forbidden"], row["nobody"]) == (0.5, 0.25, 0.25, 0.25)
    assert (row["asked"], row["failures"]) == (5, 1)
    assert (row["stratum"], row["split"], row["tags"]) == ("hinted", "train", ("a", "b"))


def test_every_subject_has_a_row_of_every_case() -> None:
    """A case without trials is there, and says nothing."""
    run = a_run(a_trial("one", subject="a"), a_trial("one", subject="b"), cases=[a_case("one"), a_case("two")])

    frame = cases_frame(run)

    assert list(zip(frame["subject"], frame["case"], strict=True)) == [
        ("a", "one"),
        ("a", "two"),
        ("b", "one"),
        ("b", "two"),
    ]
    row = rows_of(frame)[1]
    assert pd.isna(row["chosen"])
    assert pd.isna(row["right"])
    assert row["asked"] == 0


def test_nobody_has_a_name_on_both_sides() -> None:
    """Expected or chosen, nobody is a label like any other."""
    frame = cases_frame(a_run(a_trial(answer=Answer(routing=a_decision(None))), cases=[a_case(preferred=None)]))

    (row,) = rows_of(frame)
    assert (row["expected"], row["chosen"], row["right"], row["nobody"]) == (NOBODY, NOBODY, 1.0, 1.0)


def test_a_trial_tells_what_it_took() -> None:
    """Tokens and dollars of choosing and writing are added up, and the model that wrote is named."""
    usage = Usage(input_tokens=100, output_tokens=20, cost=Decimal("0.25"))
    answer = Answer(routing=a_decision("debugger", usage=usage), completion=a_completion(usage=usage, model="stub-2"))

    row = row_of(a_trial(answer=answer, duration=1.5), rubric=a_rubric())

    assert (row["input_tokens"], row["output_tokens"], row["cost"]) == (200, 40, 0.5)
    assert (row["model"], row["duration"]) == ("stub-2", 1.5)


def test_an_unknown_price_leaves_the_cost_out() -> None:
    """What choosing cost says nothing of a trial whose output has no known price."""
    priced, unpriced = Usage(input_tokens=1, cost=Decimal(1)), Usage(input_tokens=1)
    answer = Answer(routing=a_decision("debugger", usage=priced), completion=a_completion(usage=unpriced))

    row = row_of(a_trial(answer=answer), rubric=a_rubric())

    assert row["input_tokens"] == 2
    assert row["cost"] is None or math.isnan(row["cost"])
