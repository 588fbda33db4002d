"""Series over runs: what is comparable, where levels change, and how seldom they seem to."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from passmuster.analysis.histories import FALSE_ALARMS, Series, find_changes, series_of
from passmuster.analysis.past_runs import CaseResult, PastRun
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import UNKNOWN, CaseIdentifier, Fingerprint, SubjectName, fingerprint_of
from passmuster.testing.factories import a_manifest

MODEL = SubjectName("model")
AGENTS = ("cook", "gardener")
NOISE = 0.019


def a_result(
    case: str, *, right: float | None = 1.0, version: int = 0, passed: float | None = None, rubric: str = ""
) -> CaseResult:
    agent = AGENTS[int(case[1:]) % 2]
    other = AGENTS[1 - int(case[1:]) % 2]
    return CaseResult(
        fingerprint=fingerprint_of([case, version]),
        rubric=Fingerprint(rubric) if rubric else UNKNOWN,
        expected=agent,
        chosen="" if right is None else agent if right else other,
        right=right,
        passed=passed,
        failures=int(right is None),
        asked=1,
    )


def a_past_run(results: Mapping[str, CaseResult], subject: SubjectName = MODEL) -> PastRun:
    own = {CaseIdentifier(case): result for case, result in results.items()}
    snapshot = Snapshot(suite="example", agents=(), subjects=(), observations=())
    return PastRun(manifest=a_manifest(), snapshot=snapshot, results={subject: own})


def names(number: int, first: int = 0) -> list[str]:
    return [f"c{index:02}" for index in range(first, first + number)]


def all_right(cases: Sequence[str]) -> PastRun:
    return a_past_run({case: a_result(case) for case in cases})


def found(runs: Sequence[PastRun], metric: str = "routing_accuracy") -> list[tuple[tuple[int, ...], int]]:
    """Return where each series of a metric of all cases lies, and on how many cases it rests."""
    return [(item.places, item.cases) for item in series_of(runs) if item.metric == metric and not item.agent]


def a_series(values: Sequence[float], *, metric: str = "routing_accuracy", agent: str = "") -> Series:
    return Series(
        subject=MODEL, metric=metric, agent=agent, places=tuple(range(len(values))), values=tuple(values), cases=200
    )


def test_a_dataset_that_grows_shifts_no_level() -> None:
    """Hard new cases lower what a run shows, and not the series, which rests on the cases that all runs share."""
    old = [all_right(names(10)) for _ in range(3)]
    hard = {case: a_result(case, right=0.0) for case in names(4, first=10)}
    new = [a_past_run({**{case: a_result(case) for case in names(10)}, **hard}) for _ in range(3)]

    [series] = [item for item in series_of([*old, *new]) if item.metric == "routing_accuracy"]

    assert series.places == (0, 1, 2, 3, 4, 5)
    assert series.cases == 10
    assert set(series.values) == {1.0}


def test_an_edited_case_is_another_one() -> None:
    """Its results before and after are not compared."""
    cases = {case: a_result(case) for case in names(10)}
    edited = {**cases, "c03": a_result("c03", right=0.0, version=1)}

    [series] = [
        item for item in series_of([a_past_run(cases), a_past_run(edited)]) if item.metric == "routing_accuracy"
    ]

    assert series.cases == 9
    assert series.values == (1.0, 1.0)


def test_a_dataset_that_was_mostly_replaced_begins_another_series() -> None:
    """As long as half of the newest run's cases are shared, a stretch goes back; then another one begins."""
    shares_half = [all_right(names(10)), all_right(names(10, first=5))]
    shares_less = [all_right(names(10)), all_right(names(10, first=6))]

    assert found(shares_half) == [((0, 1), 5)]
    assert found(shares_less) == [((0,), 10), ((1,), 10)]


def test_runs_without_a_subject_leave_a_gap() -> None:
    """Its series goes on behind it, and keeps its places in the history."""
    runs = [all_right(names(6)), a_past_run({"c00": a_result("c00")}, SubjectName("other")), all_right(names(6))]

    places = {item.subject: item.places for item in series_of(runs) if item.metric == "routing_accuracy"}

    assert places == {"model": (0, 2), "other": (1,)}


def test_a_new_rubric_begins_another_pass_rate_and_leaves_choices_alone() -> None:
    """What passed by another rubric is not comparable; who was chosen is."""

    def judged(rubric: str) -> PastRun:
        return a_past_run({case: a_result(case, passed=1.0, rubric=rubric) for case in names(4)})

    runs = [judged("old"), judged("old"), judged("new")]

    assert found(runs, "rubric_pass_rate") == [((0, 1), 4), ((2,), 4)]
    assert found(runs) == [((0, 1, 2), 4)]


@pytest.mark.parametrize(("cases", "agents"), [(8, []), (9, ["cook"]), (10, ["cook", "gardener"])])
def test_agents_have_a_series_from_five_cases_on(cases: int, agents: list[str]) -> None:
    """Of fewer a recall says next to nothing."""
    runs = [all_right(names(cases)), all_right(names(cases))]

    assert [item.agent for item in series_of(runs) if item.metric == "recall"] == agents


def test_a_run_that_measured_nothing_is_passed_over() -> None:
    """Where every choice failed there is no accuracy, and the failures are all that is told."""
    failed = a_past_run({case: a_result(case, right=None) for case in names(4)})

    series = {item.metric: item.places for item in series_of([all_right(names(4)), failed, all_right(names(4))])}

    assert series == {"routing_accuracy": (0, 2), "macro_f1": (0, 2), "harness_failure_rate": (0, 1, 2)}


def test_no_runs_have_no_series() -> None:
    """Nothing comes of nothing."""
    assert series_of([]) == ()
    assert find_changes([]) == ()


def test_a_drop_is_found_with_the_runs_beside_it() -> None:
    """The places are those of the history, also where the series has gaps."""
    generator = np.random.default_rng(20260301)
    values = np.where(np.arange(60) < 35, 0.85, 0.78) + generator.normal(0, NOISE, 60)
    places = tuple(2 * place for place in range(60))
    series = Series(subject=MODEL, metric="macro_f1", agent="", places=places, values=tuple(values.tolist()), cases=200)

    [change] = find_changes([series])

    assert (change.before, change.after) == (68, 70)
    assert change.series is series
    assert change.point.size == pytest.approx(-0.07, abs=0.01)


def test_the_rate_of_false_alarms_is_shared_by_the_series_of_a_family() -> None:
    """What is clear by itself is not among forty; and agents do not count among the subject's metrics."""
    generator = np.random.default_rng(20260302)
    noise = [a_series(generator.normal(0.8, NOISE, 20).tolist(), agent=f"agent-{number}") for number in range(40)]
    values = [0.80, 0.81, 0.82, 0.80, 0.82, 0.81, 0.71, 0.70, 0.72, 0.71, 0.72, 0.70]
    doubtful, overall = a_series(values, agent="cook"), a_series(values)

    assert find_changes([doubtful])
    assert find_changes([overall, *noise])
    assert not find_changes([doubtful, *noise])


@pytest.mark.parametrize(
    "values", [[0.8] * 50, [0.8, 0.79] * 25, [0.8] * 24 + [0.7] + [0.8] * 25, [0.9] * 4 + [0.1] * 4]
)
def test_equal_values_single_outliers_and_short_series_raise_no_alarm(values: list[float]) -> None:
    """As subjects without noise give them."""
    assert find_changes([a_series(values)]) == ()


def test_a_series_that_cannot_raise_an_alarm_is_no_test() -> None:
    """Of eight values no order is as rare as one in a hundred; of nine one is."""
    assert not a_series([0.1, 0.2] * 4).can_change
    assert a_series([*([0.1, 0.2] * 4), 0.3]).can_change
    assert not a_series([0.5] * 100).can_change


def test_unchanged_pages_seldom_raise_an_alarm() -> None:
    """100 pages of 12 series of 50 runs: five alarms are within the simulation error of the 2 % that are stated."""
    generator = np.random.default_rng(20260303)
    alarms = 0
    for _ in range(100):
        page = [a_series(generator.normal(0.8, NOISE, 50).tolist(), metric=metric) for metric in ("a", "b")]
        page += [a_series((generator.binomial(10, 0.8, 50) / 10).tolist(), agent=str(agent)) for agent in range(10)]
        alarms += bool(find_changes(page))

    assert alarms <= 5
    assert FALSE_ALARMS == 0.01
