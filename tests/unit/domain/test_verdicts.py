"""Verdicts: rates over repetitions, right outcomes, and lookups in comparisons and reports."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, RosterChange
from passmuster.domain.observations import AgentPrint, Aspect, Estimate, RoutingOutcome, Snapshot
from passmuster.domain.reports import ConfusionMatrix, Metric, SubjectReport
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import Quarantine
from passmuster.testing.factories import a_roster, a_subject_record, an_agent, an_observation


def test_three_outcomes_are_right() -> None:
    """The preferred agent, an acceptable one and a twin count alike; the other four are wrong."""
    right = {outcome for outcome in RoutingOutcome if outcome.is_right}

    assert right == {RoutingOutcome.PREFERRED, RoutingOutcome.ACCEPTABLE, RoutingOutcome.TWIN}


def test_rates_are_shares_of_what_was_measured() -> None:
    """Repetitions that failed in the harness are in neither part of the fraction."""
    observation = an_observation(
        outcomes=(RoutingOutcome.PREFERRED, RoutingOutcome.WRONG, RoutingOutcome.ACCEPTABLE, RoutingOutcome.FORBIDDEN),
        passed=(True, True, False),
        failures=2,
    )

    assert observation.routing_rate == 0.5
    assert observation.rubric_rate == 2 / 3


def test_what_was_not_measured_has_no_rate() -> None:
    """Nothing measured is not zero."""
    observation = an_observation(outcomes=(), passed=())

    assert observation.routing_rate is None
    assert observation.rubric_rate is None


@pytest.mark.parametrize(
    ("changes", "was_asked"),
    [
        ({"outcomes": (RoutingOutcome.WRONG,)}, True),
        ({"passed": (False,)}, True),
        ({"failures": 1}, True),
        ({}, False),
    ],
)
def test_a_case_whose_trials_failed_was_asked_all_the_same(changes: dict[str, Any], *, was_asked: bool) -> None:
    """Only a case that nobody asked was left out."""
    observation = an_observation(**{"outcomes": (), **changes})

    assert observation.was_asked is was_asked


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"description": "Other."}, {"description", "definition", "words"}),
        ({"instructions": "Other."}, {"definition", "instructions"}),
        ({"tools": ("Read",)}, {"definition", "tools"}),
        ({"tools": ()}, {"definition", "tools"}),
        ({"model": "small"}, {"definition", "model"}),
        ({"metadata": {"color": "red"}}, {"definition"}),
        ({"name": AgentName("other")}, {"name", "description", "definition"}),
    ],
)
def test_prints_tell_what_of_an_agent_was_edited(changes: dict[str, Any], fields: set[str]) -> None:
    """A renamed agent is known again by its words and its body, and no tools are not all tools."""
    before, after = asdict(AgentPrint.of(an_agent())), asdict(AgentPrint.of(replace(an_agent(), **changes)))

    assert {name for name in before if before[name] != after[name]} == fields


def test_a_quarantine_is_for_one_subject_or_for_all() -> None:
    """And for one case alone."""
    one, other, case = SubjectName("one"), SubjectName("other"), CaseIdentifier("debug-001")
    general = Quarantine(case=case, owner="Ada", expires="2027-02-28")
    special = replace(general, subject=one)

    assert [general.covers(subject, case) for subject in (one, other)] == [True, True]
    assert [special.covers(subject, case) for subject in (one, other)] == [True, False]
    assert not general.covers(one, CaseIdentifier("debug-002"))


def test_a_snapshot_takes_the_prints_of_every_agent() -> None:
    """Prints come in order of name."""
    prints = Snapshot.prints(a_roster("b", "a"))

    assert prints == (AgentPrint.of(an_agent("a")), AgentPrint.of(an_agent("b")))
    assert prints[0].name == AgentName("a")


def test_changes_are_picked_by_kind() -> None:
    """The order of the comparison is kept."""
    changes = tuple(
        CaseChange(subject=item.subject, case=item.case, aspect=Aspect.ROUTING, kind=kind)
        for item in (an_observation("one"), an_observation("two"))
        for kind in (ChangeKind.FIXED, ChangeKind.BROKEN, ChangeKind.MOVED)
    )
    comparison = Comparison(roster=RosterChange(), cases=changes, metrics=(), warnings=(), is_equal=False)

    picked = comparison.of_kind(ChangeKind.BROKEN, ChangeKind.FIXED)

    assert [(change.case, change.kind) for change in picked] == [
        ("one", ChangeKind.FIXED),
        ("one", ChangeKind.BROKEN),
        ("two", ChangeKind.FIXED),
        ("two", ChangeKind.BROKEN),
    ]


def test_a_roster_change_is_empty_only_without_any_change() -> None:
    """Each of the four kinds of change counts."""
    name = (AgentName("a"),)

    assert RosterChange().is_empty
    assert not RosterChange(added=name).is_empty
    assert not RosterChange(removed=name).is_empty
    assert not RosterChange(description_edited=name).is_empty
    assert not RosterChange(otherwise_edited=name).is_empty


def test_a_metric_is_found_by_name_and_subset() -> None:
    """The same metric over another subset is another metric."""
    estimate = Estimate(value=0.5, lower=0.25, upper=0.75, confidence=0.95, sample_size=8, method="Wilson")
    report = SubjectReport(
        record=a_subject_record(),
        metrics=(Metric(name="routing_accuracy", subset="tag=python", estimate=estimate),),
        agents=(),
        confusion=ConfusionMatrix(labels=(), counts=()),
    )

    assert report.metric("routing_accuracy", "tag=python") == estimate
    assert report.metric("routing_accuracy") is None
    assert report.metric("rubric_pass_rate", "tag=python") is None
