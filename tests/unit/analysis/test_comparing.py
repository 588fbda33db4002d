"""Two snapshots against each other: what broke, who has it now, and whose edit did it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.analysis.comparing import compare
from passmuster.domain.agents import Roster
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import NOBODY, Aspect, CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName, fingerprint_of
from passmuster.testing.factories import a_roster, a_snapshot, an_agent, an_observation

NAMES = st.sampled_from(["a", "b", "c"])
RATES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
OBSERVATIONS = st.builds(
    CaseObservation,
    subject=NAMES.map(SubjectName),
    case=NAMES.map(CaseIdentifier),
    fingerprint=st.sampled_from([fingerprint_of("former"), fingerprint_of("present")]),
    chosen=st.lists(st.none() | NAMES.map(AgentName), max_size=3).map(tuple),
    outcomes=st.lists(st.sampled_from(RoutingOutcome), max_size=3).map(tuple),
    score=st.none() | RATES,
    margin=st.none() | RATES,
    criteria=st.dictionaries(st.sampled_from(["contains", "length"]), RATES),
    rubric_score=st.none() | RATES,
    passed=st.lists(st.booleans(), max_size=3).map(tuple),
    failures=st.integers(min_value=0, max_value=2),
).map(lambda item: item if item.was_asked else replace(item, failures=1))
AGENTS = st.builds(an_agent, NAMES, st.sampled_from(["one thing", "another"]), model=st.sampled_from([None, "example"]))
ROSTERS = st.lists(AGENTS, min_size=1, max_size=3, unique_by=lambda agent: agent.name).map(lambda some: a_roster(*some))
SNAPSHOTS = st.builds(
    lambda observations, roster: a_snapshot(*observations, roster=roster),
    st.lists(OBSERVATIONS, min_size=1, max_size=6, unique_by=lambda item: (item.subject, item.case)),
    ROSTERS,
)
TURNED = {
    ChangeKind.BROKEN: ChangeKind.FIXED,
    ChangeKind.FIXED: ChangeKind.BROKEN,
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.REMOVED: ChangeKind.ADDED,
}


def only_change(baseline: Snapshot, candidate: Snapshot) -> CaseChange:
    (change,) = compare(baseline, candidate).cases
    return change


@settings(deadline=None)  # the first one loads what Student's distribution takes
@given(snapshot=SNAPSHOTS)
def test_a_run_against_itself_finds_nothing(snapshot: Snapshot) -> None:
    """Whatever was observed, nothing differs from itself: no case, no metric, no agent, no warning."""
    comparison = compare(snapshot, snapshot)

    assert comparison.is_equal
    assert comparison.roster.is_empty
    assert comparison.warnings == ()
    assert {change.kind for change in comparison.cases} <= {ChangeKind.UNCHANGED, ChangeKind.UNMEASURED}
    assert all(change.difference.value == 0 for change in comparison.metrics)
    # A case is unmeasured against itself only if one thing about it was measured and the other was not.
    assert all(change.baseline_rate == change.candidate_rate for change in comparison.cases)


@settings(deadline=None)  # as above
@given(one=SNAPSHOTS, other=SNAPSHOTS)
def test_swapping_the_sides_turns_every_change(one: Snapshot, other: Snapshot) -> None:
    """What one direction calls broken, the other calls fixed; added is removed, and the rest stays."""
    there, back = compare(one, other), compare(other, one)

    turned = {(change.subject, change.case, change.aspect): change for change in back.cases}
    assert len(turned) == len(there.cases) == len(back.cases)
    for change in there.cases:
        counterpart = turned[change.subject, change.case, change.aspect]
        assert counterpart.kind is TURNED.get(change.kind, change.kind)
        assert (counterpart.was, counterpart.now) == (change.now, change.was)
    assert there.is_equal == back.is_equal
    assert there.roster.added == back.roster.removed
    assert [-change.difference.value for change in there.metrics] == [
        change.difference.value for change in back.metrics
    ]


@settings(deadline=None)  # as above
@given(snapshot=SNAPSHOTS, data=st.data())
def test_the_order_of_observations_does_not_matter(snapshot: Snapshot, data: st.DataObject) -> None:
    """A baseline file keeps another order than a run does."""
    shuffled = data.draw(st.permutations(snapshot.observations))

    assert compare(replace(snapshot, observations=tuple(shuffled)), snapshot).is_equal


@pytest.mark.parametrize(
    "differing",
    [
        an_observation(margin=0.5),
        an_observation(score=0.5),
        an_observation(criteria={"contains": 1.0}),
        an_observation(failures=1),
        an_observation(chosen="test-engineer"),
        an_observation(fingerprint=fingerprint_of("edited")),
    ],
)
def test_anything_that_differs_makes_a_comparison_unequal(differing: CaseObservation) -> None:
    """To be equal is a strong word: the same answers, the same scores, the same failures."""
    comparison = compare(a_snapshot(an_observation()), a_snapshot(differing))

    assert not comparison.is_equal


def test_a_case_that_is_right_less_often_broke() -> None:
    """Rates over repetitions are compared, not only the usual choice."""
    outcomes = (RoutingOutcome.PREFERRED, RoutingOutcome.PREFERRED, RoutingOutcome.WRONG)
    before = an_observation(outcomes=(RoutingOutcome.PREFERRED,) * 3)

    change = only_change(a_snapshot(before), a_snapshot(an_observation(outcomes=outcomes)))

    assert change.kind is ChangeKind.BROKEN
    assert (change.baseline_rate, change.candidate_rate) == (1.0, 2 / 3)


def moved(was: str | None, now: str | None, before: Roster, after: Roster) -> CaseChange:
    return only_change(
        a_snapshot(an_observation(chosen=was), roster=before),
        a_snapshot(an_observation(chosen=now, is_right=False), roster=after),
    )


A, B, C = an_agent("a"), an_agent("b"), an_agent("c")
EDITED_A, EDITED_B, EDITED_C = (an_agent(name, "Use for everything.") for name in "abc")
RETOOLED_B = an_agent("b", model="example")


@pytest.mark.parametrize(
    ("after", "edited", "words"),
    [
        (a_roster(A, EDITED_B, C), ("b",), "b was edited and takes it from a"),
        (a_roster(EDITED_A, EDITED_B, C), ("a", "b"), "b was edited and takes it from a"),
        (a_roster(EDITED_B, C), ("a", "b"), "b was edited and takes it from a"),
    ],
)
def test_an_edited_agent_steals(after: Roster, edited: tuple[str, ...], words: str) -> None:
    """The agent that has the request now drew it with its own new description."""
    change = moved("a", "b", a_roster(A, B, C), after)

    assert (change.kind, change.stolen_by, change.lost_to) == (ChangeKind.BROKEN, "b", None)
    assert (change.was, change.now, change.edited) == ("a", "b", edited)
    assert change.explanation == words


def test_a_new_agent_steals() -> None:
    """Being added is the greatest edit."""
    change = moved("a", "c", a_roster(A, B), a_roster(A, B, C))

    assert (change.stolen_by, change.edited) == ("c", ("c",))
    assert change.explanation == "c is new and takes it from a"


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (a_roster(EDITED_A, B, C), "a was edited and loses it to b"),
        (a_roster(B, C), "a was removed and loses it to b"),
    ],
)
def test_an_edited_or_removed_agent_loses(after: Roster, words: str) -> None:
    """The agent that has the request now did nothing for it."""
    change = moved("a", "b", a_roster(A, B, C), after)

    assert (change.stolen_by, change.lost_to, change.edited) == (None, "b", ("a",))
    assert change.explanation == words


def test_a_request_may_be_lost_to_nobody() -> None:
    """An edit can leave a request without any taker."""
    change = moved("a", None, a_roster(A, B), a_roster(EDITED_A, B))

    assert (change.now, change.lost_to) == (NOBODY, NOBODY)
    assert change.explanation == f"a was edited and loses it to {NOBODY}"


def test_a_third_agents_edit_shifts_the_balance() -> None:
    """Words become commoner or rarer for everybody."""
    change = moved("a", "b", a_roster(A, B, C), a_roster(A, B, EDITED_C))

    assert (change.stolen_by, change.lost_to, change.edited) == (None, None, ())
    assert change.explanation == "the change of c shifted the balance between a and b"


@pytest.mark.parametrize(("after", "edited"), [(a_roster(A, B), ()), (a_roster(A, RETOOLED_B), ("b",))])
def test_without_an_edited_description_it_was_the_router(after: Roster, edited: tuple[str, ...]) -> None:
    """Choosers do not read tools and models, so an edit of those explains nothing."""
    change = moved("a", "b", a_roster(A, B), after)

    assert (change.stolen_by, change.lost_to, change.edited) == (None, None, edited)
    assert change.explanation == "no description differs: the router or its model changed, or varies"


def test_taking_what_its_owner_had_no_right_to_is_no_theft() -> None:
    """A fixed case says whose edit it was, and accuses nobody."""
    change = only_change(
        a_snapshot(an_observation(chosen="a", is_right=False), roster=a_roster(A, B)),
        a_snapshot(an_observation(chosen="b"), roster=a_roster(A, EDITED_B)),
    )

    assert (change.kind, change.stolen_by, change.lost_to) == (ChangeKind.FIXED, None, None)
    assert (change.edited, change.explanation) == (("b",), "b was edited and takes it from a")


def test_a_request_that_stays_is_nobodys_doing() -> None:
    """Where the choice is the same there is no thief, and margins can be compared."""
    change = only_change(
        a_snapshot(an_observation(margin=0.3), roster=a_roster("debugger")),
        a_snapshot(an_observation(margin=0.1), roster=a_roster(an_agent("debugger", "Another."))),
    )

    assert (change.kind, change.stolen_by, change.explanation) == (ChangeKind.UNCHANGED, None, "")
    assert change.margin_change == -0.2


def test_margins_of_different_choices_are_not_compared() -> None:
    """How far "a" was ahead says nothing about how far "b" is."""
    change = moved("a", "b", a_roster("a", "b"), a_roster("a", "b"))

    assert change.margin_change is None


def test_a_wrong_choice_that_becomes_another_wrong_one_moved() -> None:
    """Neither broken nor fixed, and yet not the same."""
    before, after = (an_observation(chosen=name, is_right=False) for name in ("a", "b"))

    assert only_change(a_snapshot(before), a_snapshot(after)).kind is ChangeKind.MOVED


def test_cases_of_one_side_only_are_listed() -> None:
    """Added and removed cases are in no rate."""
    comparison = compare(
        a_snapshot(an_observation("both"), an_observation("former")),
        a_snapshot(an_observation("new", is_right=False), an_observation("both")),
    )

    assert [(change.case, change.kind) for change in comparison.cases] == [
        ("new", ChangeKind.ADDED),
        ("both", ChangeKind.UNCHANGED),
        ("former", ChangeKind.REMOVED),
    ]
    (metric,) = comparison.metrics
    assert (metric.baseline, metric.candidate, metric.difference.sample_size) == (1.0, 1.0, 1)


def test_an_edited_case_is_not_compared_with_its_former_self() -> None:
    """Another question under the same name is neither broken nor fixed."""
    edited = an_observation(is_right=False, fingerprint=fingerprint_of("another question"))

    comparison = compare(a_snapshot(an_observation()), a_snapshot(edited))

    assert [change.kind for change in comparison.cases] == [ChangeKind.EDITED]
    assert comparison.metrics == ()


@pytest.mark.parametrize("failed_side", [0, 1])
def test_a_choice_that_failed_on_one_side_is_unmeasured(failed_side: int) -> None:
    """The harness's failure must not look like a case that broke, or was fixed."""
    sides = [an_observation(), an_observation()]
    sides[failed_side] = replace(an_observation(), chosen=(), outcomes=(), margin=None, failures=1)

    change = only_change(*map(a_snapshot, sides))

    assert change.kind is ChangeKind.UNMEASURED
    assert change.explanation == ""


def test_the_output_is_an_aspect_of_its_own() -> None:
    """A right choice with a worse answer broke in the output only, and the criteria that fell are named."""
    before = an_observation(passed=(True,), criteria={"contains": 1.0, "length": 1.0, "old": 1.0})
    after = an_observation(passed=(False,), criteria={"contains": 0.0, "length": 1.0, "new": 0.0})

    routing, output = compare(a_snapshot(before), a_snapshot(after)).cases

    assert (routing.aspect, routing.kind) == (Aspect.ROUTING, ChangeKind.UNCHANGED)
    assert (output.aspect, output.kind) == (Aspect.OUTPUT, ChangeKind.BROKEN)
    assert (output.baseline_rate, output.candidate_rate) == (1.0, 0.0)
    assert output.explanation == "scores lower on contains"


def test_an_output_that_passes_with_other_scores_moved() -> None:
    """Scores fell, and the rubric still passes."""
    before = an_observation(passed=(True,), criteria={"contains": 1.0})
    after = an_observation(passed=(True,), criteria={"contains": 0.9})

    _, output = compare(a_snapshot(before), a_snapshot(after)).cases

    assert (output.kind, output.explanation) == (ChangeKind.MOVED, "scores lower on contains")


def test_an_output_that_could_not_be_judged_is_unmeasured() -> None:
    """A stale recording on one side says nothing about the answer."""
    before, after = an_observation(passed=(True,)), an_observation(passed=(), failures=1)

    _, output = compare(a_snapshot(before), a_snapshot(after)).cases

    assert (output.kind, output.explanation) == (
        ChangeKind.UNMEASURED,
        "the output could not be judged on both sides",
    )


def test_a_subject_of_one_side_is_warned_of_and_not_compared() -> None:
    """A new router does not turn every case into an added one."""
    new = an_observation(subject=SubjectName("new"))

    comparison = compare(
        a_snapshot(an_observation(), an_observation(subject=SubjectName("former"))),
        a_snapshot(an_observation(), new),
    )

    assert {change.subject for change in comparison.cases} == {"lexical"}
    assert comparison.warnings == (
        "the baseline has no subject 'new': it is shown, and not compared",
        "the baseline's subject 'former' is not in this run",
    )
    assert not comparison.is_equal


def test_metrics_are_paired_by_case() -> None:
    """Each side's mean, over the cases that both have measured."""
    before = a_snapshot(
        an_observation("one"), an_observation("two"), an_observation("three", passed=(True,)), an_observation("four")
    )
    after = a_snapshot(
        an_observation("one", is_right=False),
        an_observation("two"),
        an_observation("three", passed=(False,)),
        an_observation("four", outcomes=(), failures=1),
    )

    routing, output = compare(before, after).metrics

    assert (routing.metric, routing.baseline) == ("routing_accuracy", 1.0)
    assert routing.candidate == pytest.approx(2 / 3)
    assert (routing.difference.value, routing.difference.sample_size) == pytest.approx((-1 / 3, 3))
    assert (output.metric, output.baseline, output.candidate) == ("rubric_pass_rate", 1.0, 0.0)
