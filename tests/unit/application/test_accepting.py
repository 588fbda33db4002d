"""What accepting a run makes of the baseline, and what it keeps of it."""

from dataclasses import replace

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.accepting import Grounds, accepted, cases_of_agent, earlier_runs, kept_sentences
from passmuster.domain.answers import Answer
from passmuster.domain.errors import UnacceptableRunError
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Trial
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import (
    a_case,
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
from passmuster.testing.fakes import MemoryStore

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


VARYING = (a_subject_record("model", is_deterministic=False),)


def varying(case: str, repetition: int = 0, chosen: str | None = "debugger", inclusion: float = 1.0) -> Trial:
    answer = Answer(routing=a_decision(chosen))
    return a_trial(case, subject="model", repetition=repetition, answer=answer, inclusion=inclusion)


def test_trials_of_earlier_runs_are_kept_beside_those_of_the_run() -> None:
    """Ten trials of a case are a better baseline than one; the sentence says where they come from."""
    runs = [a_run(varying("one"), subjects=VARYING, identifier=str(number)) for number in (3, 2, 1)]

    snapshot = accepted(runs[0], None, earlier=runs[1:])

    assert len(snapshot.observations[0].outcomes) == 3
    assert list(kept_sentences(runs[0], snapshot)) == [
        "subject model: 3 trials of each case are kept; this run made 1 that count"
    ]


def test_earlier_runs_are_those_before_it_with_the_same_agents_and_subject() -> None:
    """A later run, other agents and another subject say nothing about what is accepted; without noise none does."""
    store = MemoryStore()
    runs = {
        "earlier": a_run(varying("one"), subjects=VARYING, identifier="1"),
        "steady": a_run(a_trial("one"), identifier="2"),
        "agents": a_run(varying("one"), subjects=VARYING, identifier="3", roster=a_roster("debugger")),
        "accepted": a_run(varying("one"), subjects=VARYING, identifier="4"),
        "later": a_run(varying("one"), subjects=VARYING, identifier="5"),
    }
    for run in runs.values():
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)

    found = list(earlier_runs(store, runs["accepted"]))

    assert [run.manifest.identifier for run in found] == ["1"]
    assert list(earlier_runs(store, runs["steady"])) == []


def test_a_run_that_grew_gives_only_what_every_case_was_asked() -> None:
    """The third trial was made because the first two differed, and would bias the mean."""
    run = a_run(varying("one", 0), varying("two", 0), varying("one", 1, None), subjects=VARYING, looks=3, planned=2)

    snapshot = accepted(run, None)

    assert {item.case: item.chosen for item in snapshot.observations} == {"one": ("debugger",), "two": ("debugger",)}
    assert any("1 trials were not taken" in sentence for sentence in kept_sentences(run, snapshot))


PARTLY = a_run(varying("one", chosen=None, inclusion=0.5), cases=[a_case("one"), a_case("two")], subjects=VARYING)
BASELINE_OF_MODEL = observe(a_run(varying("one"), varying("two"), subjects=VARYING))


def test_cases_that_a_run_left_out_stay_as_they_were_accepted() -> None:
    """Nothing was learnt of them; and the agents stay as accepted until all cases have been run with them."""
    snapshot = accepted(PARTLY, BASELINE_OF_MODEL)

    chosen = {item.case: item.chosen for item in snapshot.observations}
    assert chosen == {"one": (None, "debugger"), "two": ("debugger",)}
    assert snapshot.agents == BASELINE_OF_MODEL.agents
    assert "1 case of the suite was left out of the run and stays as it was" in list(kept_sentences(PARTLY, snapshot))
    assert [item.case for item in accepted(PARTLY, None).observations] == ["one"]


def test_a_case_that_was_left_out_cannot_be_accepted_by_name() -> None:
    """There is nothing to accept."""
    with pytest.raises(UnacceptableRunError, match="the run left out case 'two'"):
        accepted(PARTLY, BASELINE_OF_MODEL, [CaseIdentifier("two")])


def test_a_case_that_was_left_out_moved_to_nobody() -> None:
    """It is not among those that its agent lost."""
    assert cases_of_agent(PARTLY, BASELINE_OF_MODEL, "debugger") == ("one",)


def test_what_chance_took_of_a_case_that_varies_is_no_break() -> None:
    """Only a case that fails more often than not is accepted as broken, and that holds until it passes."""
    before = observe(a_run(*[varying(name, at) for name in ("one", "two") for at in range(4)], subjects=VARYING))
    run = a_run(
        *[varying("one", at, None if at == 0 else "debugger") for at in range(4)],
        *[varying("two", at, None if at else "debugger") for at in range(4)],
        subjects=VARYING,
        roster=a_roster("debugger"),
    )

    once = accepted(run, before, grounds=Grounds(reason="on purpose"))
    again = accepted(replace(run, trials=(*run.trials[:4], *[varying("two", at, None) for at in range(4)])), once)

    assert [item.case for item in once.acceptances] == ["two"]
    assert [(item.case, item.reason) for item in again.acceptances] == [("two", "on purpose")]
