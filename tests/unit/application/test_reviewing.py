"""Stored runs: which one is meant, whose baseline it is, and what accepting it makes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from passmuster.analysis.observing import observe
from passmuster.application.reviewing import accepted, find_run, refuse_foreign, review
from passmuster.domain.answers import Answer
from passmuster.domain.errors import InvalidBaselineError, RunNotFoundError
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GateRule
from passmuster.testing.factories import (
    MOMENT,
    a_decision,
    a_roster,
    a_run,
    a_snapshot,
    a_subject_record,
    a_trial,
    an_agent,
    an_observation,
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
    report = review(EARLIER, [GateRule(metric="unaccepted_breaks")], observe(EARLIER))

    assert report.verdict.outcome is GateOutcome.EQUAL


def test_accepting_a_run_makes_it_the_baseline() -> None:
    """Whatever was accepted before is replaced."""
    assert accepted(EARLIER, a_snapshot(an_observation("former"))) == observe(EARLIER)


def test_an_incomplete_run_is_not_accepted() -> None:
    """Half a baseline would pass everything that it lacks."""
    with pytest.raises(RunNotFoundError, match="run '1' is incomplete"):
        accepted(a_run(identifier="1", planned=2), None)


def test_a_case_that_the_run_lacks_cannot_be_accepted() -> None:
    """A misspelt case is named."""
    with pytest.raises(RunNotFoundError, match="run '1' has no case 'two'"):
        accepted(EARLIER, None, [CaseIdentifier("failing-test"), CaseIdentifier("two")])


WORSE = a_run(
    a_trial("one", answer=Answer(routing=a_decision(None))),
    a_trial("two", answer=Answer(routing=a_decision(None))),
    roster=a_roster(an_agent("debugger", "Edited.")),
)
BEFORE = observe(a_run(a_trial("one"), a_trial("two")))


def test_accepting_one_case_keeps_the_rest_as_it_was() -> None:
    """The other case that broke still wants its review, and so do the edits of the roster."""
    snapshot = accepted(WORSE, BEFORE, [CaseIdentifier("two")])

    chosen = {item.case: item.chosen for item in snapshot.observations}
    assert chosen == {"one": ("debugger",), "two": (None,)}
    assert snapshot.agents == BEFORE.agents
    assert review(WORSE, [GateRule(metric="unaccepted_breaks")], snapshot).verdict.outcome is GateOutcome.FAILED


def test_accepting_one_case_where_nothing_was_accepted_accepts_only_that() -> None:
    """A first baseline of one case is what was asked for."""
    snapshot = accepted(WORSE, None, [CaseIdentifier("two")])

    assert [item.case for item in snapshot.observations] == ["two"]
    assert [agent.name for agent in snapshot.agents] == ["debugger"]


def test_accepting_one_case_of_a_new_subject_brings_the_subject_in() -> None:
    """A case without its subject's record could never be compared; the record of a known subject stays."""
    former = replace(a_subject_record("known"), fingerprint=fingerprint_of("former"))
    baseline = a_snapshot(an_observation("one", subject=SubjectName("known")), subjects=(former,))
    run = a_run(a_trial("one", subject="known"), a_trial("one", subject="new"))

    snapshot = accepted(run, baseline, [CaseIdentifier("one")])

    assert snapshot.subjects == (former, a_subject_record("new"))
    assert [(item.subject, item.case) for item in snapshot.observations] == [("known", "one"), ("new", "one")]


BASELINE_OF_TWO = observe(a_run(a_trial("one", subject="left-out"), a_trial("one", subject="lexical")))


def test_accepting_a_run_keeps_the_subjects_that_it_left_out() -> None:
    """A run of one subject says nothing against what was accepted of another."""
    run = a_run(a_trial("one", answer=Answer(routing=a_decision(None))))

    snapshot = accepted(run, BASELINE_OF_TWO)

    assert {(item.subject, item.chosen) for item in snapshot.observations} == {
        ("lexical", (None,)),
        ("left-out", ("debugger",)),
    }
    assert {record.name for record in snapshot.subjects} == {"lexical", "left-out"}


def test_subjects_that_an_edit_concerns_cannot_be_left_out() -> None:
    """What was accepted of them belongs to another roster."""
    run = a_run(a_trial("one"), roster=a_roster("debugger"))

    with pytest.raises(RunNotFoundError, match="the run left out subject 'left-out', and the agents have changed"):
        accepted(run, BASELINE_OF_TWO)
