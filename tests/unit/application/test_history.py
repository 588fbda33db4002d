"""The history of a suite: which runs count, what is read, and what is said about a change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from passmuster.application.history import History, Selection, history_of, refuse_unknown_metric
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_decision,
    a_failure,
    a_roster,
    a_run,
    a_subject_record,
    a_trial,
    an_agent,
)
from passmuster.testing.fakes import MemoryStore

from .made_up_repository import MadeUpRevisions, a_revision, a_track

CASES = tuple(a_case(f"case-{number:02}", preferred="debugger") for number in range(40))
EDITED = a_roster(an_agent("debugger", "Reviews."), "code-reviewer", "test-engineer")


class CountingStore(MemoryStore):
    """A store that counts how many runs were read."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = 0

    def load(self, run: RunIdentifier) -> Run:
        self.loaded += 1
        return super().load(run)


def keep(
    store: MemoryStore,
    number: int,
    right: int = 40,
    *,
    roster: Roster | None = None,
    kept: int = 40,
    **manifest: Any,  # noqa: ANN401 - any field
) -> None:
    """Store a run in which so many of forty cases are right, and so many of its trials were made."""
    trials = [
        a_trial(case.identifier, answer=Answer(routing=a_decision("debugger" if at < right else "code-reviewer")))
        for at, case in enumerate(CASES)
    ]
    usual = {
        "identifier": f"run-{number:03}",
        "started_at": MOMENT + timedelta(hours=number),
        "revision": a_revision(number),
        "subjects": (a_subject_record(is_deterministic=False),),
    }
    run = a_run(*trials, cases=CASES, roster=roster, **(usual | manifest))
    store.begin(run.manifest, run.roster, run.cases)
    store.append(run.manifest.identifier, run.trials[:kept])


def read(store: MemoryStore, selection: Selection | None = None, **more: Any) -> History:  # noqa: ANN401 - any argument
    track = a_track(more.pop("revisions", None))
    progress = more.pop("progress", lambda _done, _total: None)
    return history_of(store, "example", more.pop("limit", 200), selection or Selection(), track, progress)


def identifiers(found: History) -> list[str]:
    return [run.manifest.identifier for run in found.runs]


def noisy(count: int) -> Sequence[int]:
    """Return how many cases are right in each of many runs, about 36 of 40."""
    return [int(number) for number in np.random.default_rng(20260304).integers(35, 38, count)]


def test_runs_come_oldest_first_and_only_whole_ones_count() -> None:
    """What was left out is counted: unfinished ones, ones of a choice of cases, and the other side of comparisons."""
    store = MemoryStore()
    keep(store, 1)
    keep(store, 2, kept=39)
    keep(store, 3, selection="the cases of edited agents")
    keep(store, 4, started_at=MOMENT + timedelta(hours=5) - timedelta(seconds=1))
    keep(store, 5, against=RunIdentifier("run-004"))

    found = read(store)

    assert identifiers(found) == ["run-001", "run-005"]
    assert (found.incomplete, found.partial, found.compared) == (1, 1, 1)


def test_a_usual_run_stays_one_when_something_is_compared_with_it() -> None:
    """It was made before, or of a branch; only what was made for the comparison is left out."""
    store = MemoryStore()
    keep(store, 1)
    keep(store, 2, against=RunIdentifier("run-001"))
    keep(store, 3, revision=a_revision(3, branch="main"))
    keep(store, 4, against=RunIdentifier("run-003"), started_at=MOMENT + timedelta(hours=3, seconds=1))

    assert len(read(store).runs) == 4


def test_only_the_latest_runs_are_read() -> None:
    """As many as were asked for, and whoever watches is told of each."""
    store, told = CountingStore(), []
    for number in range(5):
        keep(store, number)

    found = read(store, limit=3, progress=lambda done, total: told.append((done, total)))

    assert identifiers(found) == ["run-002", "run-003", "run-004"]
    assert store.loaded == 3
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_change_is_explained_by_the_roster_and_the_commits() -> None:
    """Between the run before it and the run after it."""
    store = MemoryStore()
    for number, right in enumerate(noisy(40)):
        keep(store, 2 * number, right if number < 20 else right - 10, roster=None if number < 20 else EDITED)

    found = read(store, revisions=MadeUpRevisions(touching=[5, 39, 40, 41]))

    accuracy = next(item for item in found.changes if item.change.series.metric == "routing_accuracy")
    assert (accuracy.change.before, accuracy.change.after) == (19, 20)
    assert accuracy.change.point.size == pytest.approx(-0.25, abs=0.02)
    assert accuracy.cause.difference.roster.description_edited == ("debugger",)
    assert [commit.title for commit in accuracy.commits] == ["edit 39", "edit 40"]
    assert accuracy.is_known


def test_without_a_revision_or_an_ancestor_no_commit_is_told() -> None:
    """The page is worth reading all the same."""
    for revisions in ([None] * 40, [a_revision(40 - number) for number in range(40)]):
        store = MemoryStore()
        for number, right in enumerate(noisy(40)):
            keep(store, number, right if number < 20 else right - 10, revision=revisions[number])

        found = read(store)

        assert found.changes
        assert all(item.commits == () and not item.is_known for item in found.changes)


def test_what_is_selected_is_all_that_is_tested() -> None:
    """By subject, by metric, or by agent, which has a recall only."""
    store = MemoryStore()
    keep(store, 1)

    def keys(selection: Selection) -> set[tuple[str, str]]:
        return {(series.metric, series.agent) for series in read(store, selection).series}

    assert keys(Selection(metric="macro_f1")) == {("macro_f1", "")}
    assert keys(Selection(agent="debugger")) == {("recall", "debugger")}
    assert keys(Selection(subject="lexical", metric="recall")) == {("recall", "debugger")}
    assert len(keys(Selection())) == 4


@pytest.mark.parametrize(
    ("selection", "rule"),
    [
        (Selection(subject="other"), "unknown-subject"),
        (Selection(agent="planner"), "unknown-agent"),
        (Selection(agent="debugger", metric="macro_f1"), "unknown-metric"),
        (Selection(metric="rubric_pass_rate"), "unknown-metric"),
    ],
)
def test_what_selects_nothing_is_refused(selection: Selection, rule: str) -> None:
    """With what there is to choose from."""
    store = MemoryStore()
    keep(store, 1)

    with pytest.raises(InvalidConfigurationError) as raised:
        read(store, selection)

    assert [finding.rule for finding in raised.value.findings] == [rule]


def test_a_metric_that_nobody_knows_is_refused_before_anything_is_read() -> None:
    """A slip of the pen is not to cost a minute of reading."""
    with pytest.raises(InvalidConfigurationError):
        refuse_unknown_metric("acuracy")

    refuse_unknown_metric("recall")
    refuse_unknown_metric(None)


def test_no_runs_are_no_history() -> None:
    """As the other commands say it."""
    with pytest.raises(RunNotFoundError):
        read(MemoryStore())


def test_unfinished_runs_alone_have_no_series() -> None:
    """And no complaint about what was selected either."""
    store = MemoryStore()
    keep(store, 1, kept=3)

    found = read(store, Selection(agent="debugger"))

    assert (found.runs, found.series, found.incomplete) == ((), (), 1)


def test_runs_that_can_only_repeat_one_another_are_read_once() -> None:
    """Subjects without noise, the same agents and cases: what the first showed the others show, and no other does."""
    steady = (a_subject_record(),)
    store = CountingStore()
    for number in range(5):
        keep(store, number, subjects=steady)
    keep(store, 6, subjects=steady, roster=EDITED)
    keep(store, 7, subjects=steady, kept=39)

    found = read(store)

    assert store.loaded == 3
    assert len(found.runs) == 6
    assert found.incomplete == 1
    assert [run.manifest.revision for run in found.runs][:2] == [a_revision(0), a_revision(1)]


def test_runs_that_depend_on_files_without_fingerprints_are_read() -> None:
    """Recordings may have been edited; git says whether they were, and of an edited tree nobody can."""
    recorded = {"backends": {"recordings": {"use": "recorded", "location": "recordings"}}}
    steady = (a_subject_record(),)
    store = CountingStore()
    for number in range(4):
        keep(store, number, subjects=steady, configuration=recorded)
    keep(store, 4, subjects=steady, configuration=recorded, revision=a_revision(4, is_dirty=True))

    read(store, revisions=MadeUpRevisions(differing=[(0, 2)]))

    # The first, the one in which they differ, and the edited tree; the one between these repeats the second.
    assert store.loaded == 3


def test_a_steady_run_that_failed_is_no_model_for_others() -> None:
    """A failure of the harness may not come again."""
    store = CountingStore()
    failed = replace(a_trial("case-00"), answer=Answer(routing=a_failure()))
    for number in range(2):
        run = a_run(failed, cases=[CASES[0]], identifier=f"run-{number}", started_at=MOMENT + timedelta(hours=number))
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)

    read(store)

    assert store.loaded == 2
