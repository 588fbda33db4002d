"""Stored runs: which one is meant, whose baseline it is, and how it compares."""

from datetime import timedelta

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.reviewing import find_run, refuse_foreign
from passmuster.domain.errors import InvalidBaselineError, RunNotFoundError
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import (
    MOMENT,
    a_run,
    a_snapshot,
)
from passmuster.testing.fakes import MemoryStore


def stored(*runs: Run) -> MemoryStore:
    store = MemoryStore()
    for run in runs:
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)
    return store


EARLIER = a_run(identifier="1")
LATER = a_run(identifier="2", started_at=MOMENT + timedelta(days=1))
FOREIGN = a_run(identifier="3", suite="another", started_at=MOMENT + timedelta(days=2))


@pytest.mark.parametrize(("wanted", "found"), [(None, LATER), ("1", EARLIER), ("2", LATER)])
def test_the_latest_run_is_meant_unless_one_is_named(wanted: str | None, found: Run) -> None:
    """The latest of the suite, whatever other suites have run since."""
    store = stored(LATER, EARLIER, FOREIGN)

    assert find_run(store, "example", wanted) == found


@pytest.mark.parametrize(
    ("suite", "wanted", "message"),
    [
        ("unknown", None, "the store has no run of suite 'unknown'"),
        ("example", "4", "no run '4'"),
        ("example", "3", "run '3' is of suite 'another', not of 'example'"),
    ],
)
def test_a_run_that_is_not_there_is_not_found(suite: str, wanted: str | None, message: str) -> None:
    """Another suite's run is not there either: its baseline would be the wrong one."""
    with pytest.raises(RunNotFoundError, match=message):
        find_run(stored(EARLIER, FOREIGN), suite, wanted)


def test_another_suites_baseline_is_refused() -> None:
    """The file is named, and both suites."""
    baseline = a_snapshot(suite="another")

    with pytest.raises(InvalidBaselineError) as caught:
        refuse_foreign(baseline, "example", "evals/example/baseline.jsonl")

    assert str(caught.value).startswith(
        "evals/example/baseline.jsonl:1: this is the baseline of suite 'another', not of 'example'"
    )


def test_the_own_baseline_and_none_are_fine() -> None:
    """Nothing is said where nothing is wrong."""
    own = a_snapshot()

    refuse_foreign(own, own.suite, "baseline.jsonl")
    refuse_foreign(None, own.suite, "baseline.jsonl")


def test_a_run_is_reviewed_against_its_baseline() -> None:
    """The verdict is computed from the stored run, without asking anybody."""
    report = report_of(EARLIER, GatePolicy(rules=(GateRule(metric="unaccepted_breaks"),)), observe(EARLIER))

    assert report.verdict.outcome is GateOutcome.EQUAL
