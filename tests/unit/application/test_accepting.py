"""What accepting a run makes of the baseline, and what it keeps of it."""

from dataclasses import replace

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.accepting import Grounds, accepted, cases_of_agent
from passmuster.domain.answers import Answer
from passmuster.domain.errors import UnacceptableRunError
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.domain.verdicts import NOBODY, GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import (
    a_decision,
    a_failure,
    a_roster,
    a_run,
    a_snapshot,
    a_subject_record,
    a_trial,
    an_agent,
    an_observation,
)

EARLIER = a_run(identifier="1")


def test_accepting_a_run_makes_it_the_baseline() -> None:
    """Whatever was accepted before is replaced."""
    assert accepted(EARLIER, a_snapshot(an_observation("former"))) == observe(EARLIER)


def test_an_incomplete_run_is_not_accepted() -> None:
    """Half a baseline would pass everything that it lacks."""
    with pytest.raises(UnacceptableRunError, match="run '1' is incomplete"):
        accepted(a_run(identifier="1", planned=2), None)


def test_a_case_that_the_run_lacks_cannot_be_accepted() -> None:
    """A misspelt case is named."""
    with pytest.raises(UnacceptableRunError, match="run '1' has no case 'two'"):
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
    assert (
        report_of(WORSE, GatePolicy(rules=(GateRule(metric="unaccepted_breaks"),)), snapshot).verdict.outcome
        is GateOutcome.FAILED
    )


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

    with pytest.raises(UnacceptableRunError, match="the run left out subject 'left-out', and the agents have changed"):
        accepted(run, BASELINE_OF_TWO)


def test_an_accepted_break_is_kept_with_its_reason() -> None:
    """Every break that is accepted stands in the baseline with its grounds; what did not break does not."""
    snapshot = accepted(
        WORSE, BEFORE, [CaseIdentifier("two")], Grounds(reason="moved on purpose", expires="2030-01-31")
    )

    [acceptance] = snapshot.acceptances
    assert (acceptance.case, acceptance.was, acceptance.now) == ("two", "debugger", NOBODY)
    assert (acceptance.reason, acceptance.expires) == ("moved on purpose", "2030-01-31")


def test_an_acceptance_holds_until_its_case_changes() -> None:
    """Accepting the same again keeps the reason; a case that is right again needs none."""
    first = accepted(WORSE, BEFORE, grounds=Grounds(reason="moved on purpose"))

    again = accepted(WORSE, first)
    mended = accepted(a_run(a_trial("one"), a_trial("two")), again)

    assert again.acceptances == first.acceptances
    assert len(first.acceptances) == 2
    assert mended.acceptances == ()


def test_a_first_baseline_has_nothing_to_excuse() -> None:
    """Without a baseline nothing broke."""
    assert accepted(WORSE, None, grounds=Grounds(reason="first")).acceptances == ()


def test_what_could_not_be_measured_is_not_accepted() -> None:
    """A failure of the harness must not become the standard; other cases of the run can be accepted."""
    failed = a_run(a_trial("one"), a_trial("two", answer=Answer(routing=a_failure())))

    with pytest.raises(UnacceptableRunError, match="1 case could not be measured \\(two\\)"):
        accepted(failed, BEFORE)
    kept = accepted(failed, BEFORE, [CaseIdentifier("one")])
    assert sorted(kept.observations, key=lambda item: item.case) == list(BEFORE.observations)


def test_the_cases_of_an_agent_are_those_that_it_gained_or_lost() -> None:
    """Both who had a request and who has it now can be named; without a baseline nothing moved."""
    assert cases_of_agent(WORSE, BEFORE, "debugger") == ("one", "two")
    assert cases_of_agent(WORSE, BEFORE, "somebody-else") == ()
    assert cases_of_agent(WORSE, None, "debugger") == ()
