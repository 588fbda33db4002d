"""Planning: which trials there are, which are left, and which are hopeless."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.planning import STALE, PlannedSubject, plan_trials, refuse_hopeless
from passmuster.domain.answers import Answer, Asked, Failure, Stage
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.results import TrialPlan
from passmuster.domain.values import UNKNOWN, AgentName, SourceLocation, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_failure,
    a_key,
    a_roster,
    a_rubric,
    a_subject_record,
    an_agent,
    an_expectation,
)

ROSTER = a_roster("debugger", "tester")
JUDGED = a_case("judged", rubric=a_rubric())


@dataclass(frozen=True)
class OracleSubject:
    """A subject that never answers, and foresees what it was told to by the request."""

    writes: bool = True
    takes_assignments: bool = True
    failures: dict[str, Failure] = field(default_factory=dict)

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,
        assigned: AgentName | None,
        asked: Asked,
    ) -> Answer:
        raise NotImplementedError

    def foresee(
        self,
        request: Request,
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,
        asked: Asked,
    ) -> Failure | None:
        return self.failures.get(request.text) if assigned is not None and Asked.COMPLETION in asked else None


def planned(name: str = "a", *, is_deterministic: bool = True, subject: OracleSubject | None = None) -> PlannedSubject:
    record = a_subject_record(name, is_deterministic=is_deterministic)
    return PlannedSubject(subject=subject or OracleSubject(), record=record)


def only_plan(case: Case, subject: OracleSubject | None = None) -> TrialPlan:
    (plan,) = plan_trials([planned(subject=subject)], [case], ROSTER, repetitions=1)
    return plan


def test_a_plan_goes_by_subject_case_and_repetition() -> None:
    """A deterministic subject answers once: all its repetitions would be the same."""
    subjects = [planned("steady"), planned("varied", is_deterministic=False)]

    plans = plan_trials(subjects, [a_case("one"), a_case("two")], ROSTER, repetitions=3)

    assert [(plan.key.subject, plan.key.case, plan.key.repetition) for plan in plans] == [
        ("steady", "one", 0),
        ("steady", "two", 0),
        *(("varied", case, repetition) for case in ("one", "two") for repetition in range(3)),
    ]


def test_a_later_round_is_planned_by_its_repetitions() -> None:
    """A deterministic subject has answered all of them in the first."""
    subjects = [planned("steady"), planned("varied", is_deterministic=False)]

    plans = plan_trials(subjects, [a_case("one")], ROSTER, repetitions=range(1, 3))

    assert [(plan.key.subject, plan.key.repetition) for plan in plans] == [("varied", 1), ("varied", 2)]


def test_only_the_cases_that_were_taken_are_planned() -> None:
    """Each with the probability with which it was; in the order of the dataset."""
    taken = {a_case("two").identifier: 0.25, a_case("one").identifier: 1.0}

    plans = plan_trials(
        [planned()], [a_case(name) for name in ("one", "two", "three")], ROSTER, repetitions=1, inclusions=taken
    )

    assert [(plan.key.case, plan.inclusion) for plan in plans] == [("one", 1.0), ("two", 0.25)]


def test_only_a_judged_case_asks_for_a_completion() -> None:
    """Writing costs money, so nothing is written that nobody judges."""
    assert only_plan(a_case()).asked is Asked.ROUTING
    assert only_plan(JUDGED).asked == Asked.ROUTING | Asked.COMPLETION


@pytest.mark.parametrize(
    ("case", "subject"),
    [
        (JUDGED, OracleSubject(writes=False)),
        (a_case(rubric=a_rubric(), preferred=None), OracleSubject()),
        (a_case(rubric=a_rubric(), preferred="removed"), OracleSubject()),
    ],
)
def test_what_nobody_can_write_is_not_asked_for(case: Case, subject: OracleSubject) -> None:
    """No backend, no agent, or an agent that is gone: the choice can still be judged."""
    plan = only_plan(case, subject)

    assert plan.asked is Asked.ROUTING
    assert plan.assigned is None


def test_the_expected_agent_is_assigned_where_the_subject_takes_assignments() -> None:
    """Otherwise the router's choice writes, even where nobody is preferred."""
    chooser = OracleSubject(takes_assignments=False)

    assert only_plan(JUDGED).assigned == "debugger"
    assert only_plan(JUDGED, chooser).assigned is None
    assert only_plan(a_case(rubric=a_rubric(), preferred=None), chooser).asked == Asked.ROUTING | Asked.COMPLETION


def keys_differ(one: Case, other: Case) -> bool:
    return only_plan(one).key != only_plan(other).key


def test_a_key_names_what_the_answer_depends_on() -> None:
    """Another request, roster or writer is other work; another rubric or expectation is the same."""
    other_rubric = a_case("judged", rubric=a_rubric(passing_score=0.5))
    other_expectation = a_case(expectation=an_expectation("tester"))
    edited = a_roster("debugger", an_agent("tester", "Edited."))
    (for_edited,) = plan_trials([planned()], [JUDGED], edited, repetitions=1)

    assert keys_differ(a_case(), a_case(text="Another."))
    assert keys_differ(JUDGED, a_case("judged", rubric=a_rubric(), preferred="tester"))
    assert for_edited.key != only_plan(JUDGED).key
    assert not keys_differ(JUDGED, other_rubric)
    assert not keys_differ(a_case(), other_expectation)


@given(finished=st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 2))))
def test_taking_away_what_is_finished_twice_takes_away_nothing_more(finished: set[tuple[str, str, int]]) -> None:
    """Plan less finished less finished is plan less finished; nothing else goes, and the order stays."""
    subjects = [planned(name, is_deterministic=False) for name in "xy"]
    plans = plan_trials(subjects, [a_case(name) for name in "abc"], ROSTER, repetitions=3)
    keys = [plan.key for plan in plans]
    done = {key for key in keys if (key.case, key.subject, key.repetition) in finished} | {a_key("of another run")}

    once = plans.without(done)

    assert [plan.key for plan in once] == [key for key in keys if key not in done]
    assert list(once.without(done)) == list(once)
    assert len(once) == len(list(once))
    assert bool(once) == (len(once) > 0)
    assert list(plans.without(set())) == list(plans)


def test_plans_are_counted_without_laying_them_out() -> None:
    """Also where only some cases are taken, and where a subject answers once."""
    subjects = [planned("steady"), planned("varied", is_deterministic=False)]
    cases = [a_case(name) for name in ("one", "two", "three")]
    taken = {a_case("two").identifier: 0.25, a_case("of another dataset").identifier: 1.0}

    assert len(plan_trials(subjects, cases, ROSTER, repetitions=4)) == 3 + 3 * 4
    assert len(plan_trials(subjects, cases, ROSTER, repetitions=4, inclusions=taken)) == 1 + 4
    assert len(plan_trials(subjects, cases, ROSTER, repetitions=range(1, 3))) == 3 * 2


def test_a_sketch_is_a_plan_but_for_the_fingerprint() -> None:
    """It is what can be foreseen of a trial, without what takes time."""
    plans = plan_trials([planned("varied", is_deterministic=False)], [JUDGED, a_case("one")], ROSTER, repetitions=2)

    whole = [replace(plan, key=replace(plan.key, fingerprint=UNKNOWN)) for plan in plans]

    assert list(plans.sketches()) == whole


def test_one_trial_is_laid_out_by_itself() -> None:
    """Or none, where it is not to be made."""
    one, two = a_case("one"), a_case("two")
    plans = plan_trials([planned("varied", is_deterministic=False)], [one, two], ROSTER, repetitions=2)
    first, *_ = plans
    [lane] = plans.without({first.key}).lanes
    [steady] = plan_trials([planned("steady")], [one], ROSTER, repetitions=2, inclusions={}).lanes

    assert lane.plan(one, 1) == list(plans)[1]
    assert lane.plan(one, 0) is None
    assert lane.plan(two, 2) is None
    assert steady.plan(one, 0) is None


def missing(text: str, kind: str = "RecordingMissingError") -> Failure:
    return a_failure(Stage.COMPLETION, kind=kind, message=f"no recording of {text!r} — record it")


def test_every_hopeless_trial_is_named_at_once() -> None:
    """Each with its case, its subject, its place and what to do."""
    subject = OracleSubject(failures={text: missing(text) for text in ("first", "third")})
    cases = [
        a_case(text, text=text, rubric=a_rubric(), source=SourceLocation(path="cases.jsonl", line=line))
        for line, text in enumerate(("first", "second", "third"), start=1)
    ]
    plans = plan_trials([planned(subject=subject)], cases, ROSTER, repetitions=1)

    with pytest.raises(InvalidConfigurationError) as caught:
        refuse_hopeless(plans, {SubjectName("a"): subject})

    assert [str(finding) for finding in caught.value.findings] == [
        "cases.jsonl:1: case 'first', subject 'a': no recording of 'first' — record it",
        "cases.jsonl:3: case 'third', subject 'a': no recording of 'third' — record it",
    ]


def test_a_stale_recording_is_not_hopeless() -> None:
    """Its trial fails, and the gate says that it cannot tell; the other trials are made."""
    subject = OracleSubject(failures={"stale": missing("stale", STALE)})
    plan = only_plan(a_case(text="stale", rubric=a_rubric()), subject)

    refuse_hopeless([plan], {SubjectName("a"): subject})

    assert subject.foresee(plan.case.request, repetition=0, assigned=plan.assigned, asked=plan.asked) is not None
