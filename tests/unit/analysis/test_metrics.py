"""Metrics of a run: worked by hand, and steady."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from passmuster.analysis.case_rows import case_rows
from passmuster.analysis.metrics import agent_rows, confusion_matrix, macro_f1, subject_reports, subsets
from passmuster.domain.answers import Answer, Stage
from passmuster.domain.cases import Stratum
from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import SubjectReport
from passmuster.domain.results import Run, Trial
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_roster,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)

PAIRS = (
    # expected, chosen
    ("a", "a"),
    ("a", "a"),
    ("a", "b"),
    ("b", "b"),
    ("b", None),
    (None, "b"),
    (None, None),
)


def run_of(pairs: Sequence[tuple[str | None, str | None]]) -> Run:
    cases = [a_case(f"case-{at}", preferred=expected) for at, (expected, _) in enumerate(pairs)]
    trials = [a_trial(f"case-{at}", answer=Answer(routing=a_decision(chosen))) for at, (_, chosen) in enumerate(pairs)]
    return a_run(*trials, cases=cases, roster=a_roster("a", "b"))


def report_of(run: Run) -> SubjectReport:
    (report,) = subject_reports(run)
    return report


@pytest.mark.parametrize(
    ("name", "value", "size"),
    [
        ("routing_accuracy", 4 / 7, 7),
        ("over_delegation_rate", 1 / 2, 2),
        ("under_delegation_rate", 1 / 5, 5),
        ("abstention_rate", 2 / 7, 7),
        ("forbidden_rate", 0.0, 7),
        # The F1 of the first agent, of the second, and of nobody.
        ("macro_f1", (0.8 + 0.4 + 0.5) / 3, 7),
        ("harness_failure_rate", 0.0, 7),
    ],
)
def test_metrics_of_a_small_table(name: str, value: float, size: int) -> None:
    """Each metric of seven cases, worked by hand."""
    estimate = report_of(run_of(PAIRS)).metric(name)

    assert estimate is not None
    assert estimate.value == pytest.approx(value)
    assert estimate.sample_size == size
    assert estimate.lower <= estimate.value <= estimate.upper


def test_what_was_not_measured_has_no_metric() -> None:
    """Without rubrics and without rankings there is nothing to say about them."""
    run = run_of([("a", None)])

    names = {metric.name for metric in report_of(run).metrics if metric.subset == "all"}

    assert names == {
        "routing_accuracy",
        "forbidden_rate",
        "under_delegation_rate",
        "abstention_rate",
        "macro_f1",
        "harness_failure_rate",
    }


def test_agents_have_precision_recall_and_their_harmonic_mean() -> None:
    """Nobody is a label like the agents, and comes last."""
    rows = {row.agent: row for row in report_of(run_of(PAIRS)).agents}

    assert list(rows) == ["a", "b", NOBODY]
    precision, recall = rows["a"].precision, rows["a"].recall
    assert precision is not None
    assert recall is not None
    assert (rows["a"].expected, rows["a"].chosen) == (3, 2)
    assert (precision.value, recall.value) == pytest.approx((1.0, 2 / 3))
    assert rows["a"].f1 == pytest.approx(0.8)
    assert (rows["b"].expected, rows["b"].chosen) == (2, 3)


def test_an_agent_that_no_case_concerns_has_no_rates() -> None:
    """Unknown is not zero; an agent that was never right has an F1 of 0."""
    rows = {row.agent: row for row in report_of(run_of([("a", "b"), ("b", "a")])).agents}

    assert rows["a"].f1 == 0.0
    assert (rows[NOBODY].precision, rows[NOBODY].recall, rows[NOBODY].f1) == (None, None, None)


def test_an_acceptable_choice_is_a_right_one() -> None:
    """Precision and recall count right choices, not equal names."""
    case = a_case(preferred="a")
    accepting = replace(case, expectation=replace(case.expectation, acceptable=frozenset({"b"})))  # type: ignore[arg-type]  # names are strings
    run = a_run(a_trial(answer=Answer(routing=a_decision("b"))), cases=[accepting], roster=a_roster("a", "b"))

    rows = {row.agent: row for row in report_of(run).agents}

    precision, recall = rows["b"].precision, rows["a"].recall
    assert precision is not None
    assert recall is not None
    assert (precision.value, recall.value) == (1.0, 1.0)


def test_the_confusion_matrix_counts_cases() -> None:
    """Expected in rows, chosen in columns, nobody last."""
    confusion = report_of(run_of(PAIRS)).confusion

    assert confusion.labels == ("a", "b", NOBODY)
    assert confusion.counts == ((2, 1, 0), (0, 1, 1), (0, 1, 1))


def test_labels_outside_the_roster_are_kept() -> None:
    """An agent that was removed is still expected, and one that a router made up was still chosen."""
    run = run_of([("removed", "made-up")])

    confusion = report_of(run).confusion

    assert confusion.labels == ("a", "b", "made-up", "removed", NOBODY)
    assert sum(map(sum, confusion.counts)) == 1
    assert confusion.counts[3][2] == 1


def test_a_run_in_which_nothing_was_measured_has_an_empty_report() -> None:
    """Every choice failed: no accuracy, no confusion, and all of it the harness's failure."""
    run = a_run(a_trial(answer=Answer(routing=a_failure())), roster=a_roster("a"))

    report = report_of(run)

    assert [metric.name for metric in report.metrics] == ["harness_failure_rate"]
    assert report.metrics[0].estimate.value == 1.0
    assert report.confusion.counts == ((0, 0), (0, 0))
    assert [row.f1 for row in report.agents] == [None, None]


def judged(case: str, *outcomes: object) -> Trial:
    return a_trial(case, answer=Answer(routing=a_decision(), completion=a_completion()), outcomes=outcomes)


def test_harness_failures_are_counted_by_parts_of_answers() -> None:
    """Two of eight parts failed: one completion, and one output that a criterion could not judge."""
    cases = [a_case(name, rubric=a_rubric()) for name in ("one", "two", "three", "four")]
    failed = Answer(routing=a_decision(), completion=a_failure(Stage.COMPLETION))
    run = a_run(
        judged("one", a_score()),
        judged("two", a_score(value=0.0)),
        judged("three", an_unscored()),
        a_trial("four", answer=failed, outcomes=(an_unscored(),)),
        cases=cases,
    )

    report = report_of(run)

    failures, passes = report.metric("harness_failure_rate"), report.metric("rubric_pass_rate")
    assert failures is not None
    assert passes is not None
    assert (failures.value, failures.sample_size, failures.method) == (0.25, 8, "exact")
    assert (passes.value, passes.sample_size) == (0.5, 2)


def test_a_flaky_choice_counts_in_part() -> None:
    """Abstaining in one repetition of two is half an abstention, not the usual choice's whole one."""
    trials = [
        a_trial(repetition=at, answer=Answer(routing=a_decision(name))) for at, name in enumerate((None, "debugger"))
    ]

    report = report_of(a_run(*trials))

    values = {metric.name: metric.estimate.value for metric in report.metrics if metric.subset == "all"}
    assert values["abstention_rate"] == values["under_delegation_rate"] == values["routing_accuracy"] == 0.5


def test_metrics_are_sliced_by_stratum_split_and_tag() -> None:
    """A case is in the subset of each of its tags."""
    cases = [
        a_case("one", stratum=Stratum.EXPLICIT, tags=frozenset({"x", "y"})),
        a_case("two", split="train", tags=frozenset({"y"})),
    ]
    rows = case_rows(a_run(a_trial("one"), a_trial("two"), cases=cases))

    found = {name: [row.case for row in chosen] for name, chosen in subsets(rows)}

    assert found == {
        "stratum=explicit": ["one"],
        "stratum=implicit": ["two"],
        "split=test": ["one"],
        "split=train": ["two"],
        "tag=x": ["one"],
        "tag=y": ["one", "two"],
    }


def test_a_slice_has_its_own_estimate() -> None:
    """The report names it as the gate's rules do."""
    cases = [a_case("one", tags=frozenset({"x"})), a_case("two")]
    wrong = a_trial("two", answer=Answer(routing=a_decision(None)))

    report = report_of(a_run(a_trial("one"), wrong, cases=cases))

    sliced = report.metric("routing_accuracy", "tag=x")
    assert sliced is not None
    assert (sliced.value, sliced.sample_size) == (1.0, 1)


def test_subjects_are_reported_in_the_order_of_the_suite() -> None:
    """Each from its own trials only."""
    run = a_run(
        a_trial(subject="b"),
        a_trial(subject="a", answer=Answer(routing=a_decision(None))),
    )

    reports = subject_reports(run)

    assert [report.record.name for report in reports] == ["b", "a"]
    assert [metric.value for report in reports if (metric := report.metric("routing_accuracy"))] == [1.0, 0.0]


def test_equal_seeds_make_equal_intervals() -> None:
    """The bootstrap draws the same cases again for the same seed, and others for another."""
    rows = case_rows(run_of(PAIRS * 5))

    first, again, other = (macro_f1(rows, seed=seed) for seed in (7, 7, 8))

    assert first == again
    assert first is not None
    assert other is not None
    assert first.value == other.value
    assert (first.lower, first.upper) != (other.lower, other.upper)
    assert first.lower < first.value < first.upper


def test_macro_f1_leaves_out_labels_that_nothing_concerns() -> None:
    """An agent that is neither expected nor chosen does not pull the mean down; one only chosen does."""
    perfect, wrong = (
        macro_f1(case_rows(run_of([("a", "a")])), seed=0),
        macro_f1(case_rows(run_of([("a", "b")])), seed=0),
    )

    assert perfect is not None
    assert wrong is not None
    assert (perfect.value, perfect.lower, perfect.upper) == (1.0, 0.0, 1.0)
    assert wrong.value == 0.0


def test_no_rows_have_no_estimates() -> None:
    """Nothing is divided by nothing."""
    assert macro_f1([], seed=0) is None
    assert confusion_matrix([], ["a"]).counts == ((0, 0), (0, 0))
    assert [row.recall for row in agent_rows([], ["a"])] == [None, None]


def test_cases_of_a_sample_stand_for_those_that_were_left_out() -> None:
    """One case that is run for sure is wrong; two of four others were drawn, and right: four of five are right."""
    sure = a_trial("sure", answer=Answer(routing=a_decision("b")))
    drawn = [a_trial(name, answer=Answer(routing=a_decision("a")), inclusion=0.5) for name in ("one", "two")]
    cases = [a_case(name, preferred="a") for name in ("sure", "one", "two", "three", "four")]
    report = report_of(a_run(sure, *drawn, cases=cases, roster=a_roster("a", "b")))

    accuracy, macro = report.metric("routing_accuracy"), report.metric("macro_f1")
    [row] = [row for row in report.agents if row.agent == "a"]

    assert accuracy is not None
    assert (accuracy.value, accuracy.sample_size) == (0.8, 3)
    assert row.recall is not None
    assert row.recall.value == 0.8
    assert macro is not None
    # The first agent's F1 is that of precision 1 and recall 0.8; the second had one case, and wrongly.
    assert macro.value == pytest.approx((2 * 0.8 / 1.8 + 0.0) / 2)
