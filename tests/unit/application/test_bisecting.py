"""Bisecting: how few revisions are evaluated, what counts as bad, and what of those that cannot be judged."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import ceil, log2
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.bisecting import (
    ASIDE,
    Bisection,
    BisectParts,
    Candidate,
    Standing,
    bisect,
    narrowed,
)
from passmuster.application.evaluating import SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.errors import InvalidConfigurationError, InvalidRosterError, UnknownComponentError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing.factories import a_case, a_failure, a_roster, a_subject_record, an_agent
from passmuster.testing.fakes import MemoryStore

from .made_up_repository import (
    CASES,
    COOK,
    GARDENER,
    ROSTER,
    THIEF,
    WordSubject,
    a_commit,
    a_revision,
    a_track,
    parts_at,
)

NO_BREAKS = GatePolicy(rules=(GateRule(metric="unaccepted_breaks", maximum=0),))
Opening = Callable[[int], SuiteParts]


def seasoned(number: int, roster: Roster = ROSTER) -> Roster:
    """Return the roster with an edit that moves nothing, so that every revision has its own."""
    agents = [replace(agent, instructions=f"{agent.instructions} {number}") for agent in roster.agents]
    return a_roster(*agents)


def parts_of(revisions: int, opening: Opening, **changes: Any) -> BisectParts:  # noqa: ANN401 - any field
    """Make the search over revisions 1 to that number, with 0 as the good one."""

    @contextmanager
    def open_suite(candidate: Candidate, former: Sequence[AgentName]) -> Iterator[SuiteParts]:  # noqa: ARG001 - the field's
        yield opening(int(candidate.commit.identifier) if candidate.commit else revisions)

    parts = BisectParts(
        good=Candidate(commit=a_commit(0)),
        candidates=tuple(Candidate(commit=a_commit(number)) for number in range(1, revisions + 1)),
        open=open_suite,
        policy=NO_BREAKS,
        cases=(),
        suite="example",
        track=a_track(),
    )
    return replace(parts, **changes)


def searched(parts: BisectParts) -> Bisection:
    return asyncio.run(bisect(parts, lambda _done, _total: None))


def stolen_from(first_bad: int, store: MemoryStore) -> Opening:
    def opening(number: int) -> SuiteParts:
        return parts_at(number, seasoned(number, THIEF if number >= first_bad else ROSTER), store=store)

    return opening


def numbers(found: Bisection) -> list[int]:
    return [int(item.candidate.commit.identifier) for item in found.evaluations if item.candidate.commit]


@given(size=st.integers(1, 300), data=st.data())
def test_the_border_is_found_in_as_many_steps_as_halving_takes(size: int, data: st.DataObject) -> None:
    """Wherever it is, among however many."""
    first_bad = data.draw(st.integers(0, size - 1))
    judged: list[int] = []

    async def judge(place: int) -> Standing:
        judged.append(place)
        return Standing.BAD if place >= first_bad else Standing.GOOD

    assert asyncio.run(narrowed(size - 1, judge)) == (first_bad - 1, first_bad)
    assert len(judged) <= ceil(log2(size)) if size > 1 else not judged


@given(size=st.integers(1, 60), data=st.data())
def test_what_cannot_be_told_is_passed_over_and_never_taken_for_more(size: int, data: st.DataObject) -> None:
    """The range holds the border, is as narrow as what can be told allows, and no place is judged twice."""
    first_bad = data.draw(st.integers(0, size - 1))
    unknown = data.draw(st.sets(st.integers(0, size - 2))) if size > 1 else set()
    judged: list[int] = []

    async def judge(place: int) -> Standing:
        judged.append(place)
        if place in unknown:
            return Standing.UNKNOWN
        return Standing.BAD if place >= first_bad else Standing.GOOD

    before, after = asyncio.run(narrowed(size - 1, judge))

    assert before < first_bad <= after
    assert set(range(before + 1, after)) <= unknown
    assert before not in unknown
    assert after not in unknown
    assert len(judged) == len(set(judged))


def test_the_thief_is_found_with_what_it_stole() -> None:
    """Of 16 revisions the ends and four more are evaluated; every run bears its revision, beside the usual ones."""
    store = MemoryStore()

    found = searched(parts_of(16, stolen_from(11, store)))

    assert found.first_bad == Candidate(commit=a_commit(11))
    assert found.broken is not None
    assert found.broken.roster.description_edited == ("gardener",)
    assert [(change.case, change.stolen_by) for change in found.broken.cases if change.stolen_by] == [
        ("soup", "gardener")
    ]
    assert len(found.evaluations) == 6
    assert (found.runs_made, found.runs_reused, found.trials_made) == (6, 0, 18)
    assert store.history("example", limit=99) == ()
    stored = {manifest.revision for manifest in store.history(f"example{ASIDE}", limit=99)}
    assert stored == {a_revision(number) for number in numbers(found)}


def test_a_second_search_asks_nobody() -> None:
    """All that it needs is stored."""
    store = MemoryStore()
    first = searched(parts_of(16, stolen_from(11, store)))

    second = searched(parts_of(16, stolen_from(11, store)))

    assert second.first_bad == first.first_bad
    assert (second.runs_made, second.runs_reused, second.trials_made, second.trials_reused) == (0, 6, 0, 18)


def test_named_cases_are_the_only_question() -> None:
    """What else breaks on the way is passed over."""
    bread = a_roster(an_agent("cook", "boils soup"), GARDENER)
    both = a_roster(an_agent("cook", "boils"), an_agent("gardener", "plants trees boils soup"))

    def opening(number: int) -> SuiteParts:
        return parts_at(number, seasoned(number, ROSTER if number < 3 else bread if number < 6 else both))

    anything = searched(parts_of(8, opening))
    soup = searched(parts_of(8, opening, cases=(CaseIdentifier("soup"),)))

    assert anything.first_bad == Candidate(commit=a_commit(3))
    assert soup.first_bad == Candidate(commit=a_commit(6))
    assert soup.evaluations[1].reason == "broken: soup"


def test_a_revision_out_of_order_is_passed_over() -> None:
    """A roster that does not load, or a part that is not installed, says nothing about those beside it."""

    def opening(number: int) -> SuiteParts:
        if number == 4:
            raise InvalidRosterError([Finding(rule="unusable-file", severity=Severity.ERROR, message="no agent here")])
        if number == 2:
            message = "there is no 'magic'"
            raise UnknownComponentError(message)
        return stolen_from(7, MemoryStore())(number)

    found = searched(parts_of(8, opening))

    assert found.first_bad == Candidate(commit=a_commit(7))
    reasons = {item.reason for item in found.evaluations if item.standing is Standing.UNKNOWN}
    assert reasons == {"no agent here"}


def test_beside_a_revision_out_of_order_the_answer_is_a_range() -> None:
    """Either of the two may have done it; what differs between good and bad is told all the same."""

    def opening(number: int) -> SuiteParts:
        if number == 6:
            raise InvalidRosterError([Finding(rule="unusable-file", severity=Severity.ERROR, message="no agent here")])
        return stolen_from(7, MemoryStore())(number)

    found = searched(parts_of(8, opening))

    assert found.first_bad is None
    assert found.suspects == (Candidate(commit=a_commit(6)), Candidate(commit=a_commit(7)))
    assert found.broken is not None
    assert found.broken.roster.description_edited == ("gardener",)


def refused(parts: BisectParts) -> Finding:
    with pytest.raises(InvalidConfigurationError) as raised:
        searched(parts)
    [finding] = raised.value.findings
    return finding


def test_a_bad_one_that_is_not_bad_is_refused() -> None:
    """There is nothing to look for."""
    finding = refused(parts_of(3, stolen_from(9, MemoryStore())))

    assert finding.rule == "not-bad"


def test_a_good_one_that_fails_by_itself_is_refused() -> None:
    """An accuracy below the rule's minimum was there before."""
    policy = GatePolicy(rules=(GateRule(metric="routing_accuracy", minimum=0.9),))

    finding = refused(parts_of(3, lambda number: parts_at(number, a_roster("idler")), policy=policy))

    assert finding.rule == "not-good"


@pytest.mark.parametrize(("case", "words"), [("soup", "wrong there already"), ("stew", "no case 'stew'")])
def test_a_case_must_be_right_at_first(case: str, words: str) -> None:
    """One that was wrong cannot be broken, and one that is not there cannot be either."""
    finding = refused(parts_of(3, lambda number: parts_at(number, THIEF), cases=(CaseIdentifier(case),)))

    assert finding.rule == "not-good"
    assert words in finding.message


def test_an_end_out_of_order_is_the_users_input() -> None:
    """Only revisions between the ends are passed over."""

    def opening(number: int) -> SuiteParts:
        if number == 3:
            raise InvalidRosterError([Finding(rule="unusable-file", severity=Severity.ERROR, message="no agent here")])
        return parts_at(number)

    with pytest.raises(InvalidRosterError):
        searched(parts_of(3, opening))


def test_where_the_bad_one_cannot_be_judged_nobody_can_tell() -> None:
    """A case that was edited since is another case."""
    edited = tuple(
        a_case("soup", text="stirs soup", preferred="cook") if case.identifier == "soup" else case for case in CASES
    )

    def opening(number: int) -> SuiteParts:
        return parts_at(number, cases=CASES if number < 2 else edited)

    found = searched(parts_of(4, opening, cases=(CaseIdentifier("soup"),)))

    assert found.first_bad is None
    assert found.broken is None
    assert len(found.suspects) == 4
    assert found.evaluations[1].reason == "edited, gone or not measured: soup"


def test_another_router_is_an_edit_like_any_other() -> None:
    """A gate would not compare the choices of two routers; here that is the question."""

    def opening(number: int) -> SuiteParts:
        record = a_subject_record("words", fingerprint=fingerprint_of(["router", number >= 3]))
        subject = WordSubject(THIEF if number >= 3 else ROSTER)
        return parts_at(number, seasoned(number), subjects=(PlannedSubject(subject=subject, record=record),))

    found = searched(parts_of(4, opening))

    assert found.first_bad == Candidate(commit=a_commit(3))
    assert found.broken is not None
    assert [change.case for change in found.broken.cases if change.candidate_rate == 0] == ["soup"]


def test_an_agent_that_is_gone_breaks_its_cases() -> None:
    """Cases may name the agents of the good revision; each opening is told which."""
    told: list[Sequence[AgentName]] = []

    @contextmanager
    def open_suite(candidate: Candidate, former: Sequence[AgentName]) -> Iterator[SuiteParts]:
        told.append(former)
        number = int(candidate.commit.identifier) if candidate.commit else 0
        yield parts_at(number, ROSTER if number < 2 else a_roster(COOK))

    found = searched(parts_of(2, parts_at, open=open_suite))

    assert found.first_bad == Candidate(commit=a_commit(2))
    assert told == [[], ["cook", "gardener"], ["cook", "gardener"]]


class Unsteady(WordSubject):
    """Is right as often as it is told to."""

    def __init__(self, rights: Mapping[str, Sequence[bool]]) -> None:
        super().__init__(ROSTER)
        self._rights = rights

    async def respond(self, request: Any, *, repetition: int, **more: Any) -> Any:  # noqa: ANN401 - the port's
        if self._rights.get(request.text, [True] * 9)[repetition]:
            return await super().respond(request, repetition=repetition, **more)
        return await WordSubject(THIEF).respond(request, repetition=repetition, **more)


@pytest.mark.parametrize(("wrong", "standing"), [(0, Standing.GOOD), (1, Standing.UNKNOWN), (3, Standing.BAD)])
def test_a_case_of_a_subject_that_varies_is_broken_when_chance_is_out_of_the_question(
    wrong: int, standing: Standing
) -> None:
    """Three of three against none of three; one of three is nothing that could be told."""
    record = a_subject_record("words", is_deterministic=False)

    def opening(number: int) -> SuiteParts:
        broken = 3 if number == 2 else wrong if number == 1 else 0
        subject = Unsteady({"boils soup": [False] * broken + [True] * (3 - broken)})
        planned = PlannedSubject(subject=subject, record=record)
        return parts_at(number, seasoned(number), subjects=(planned,), repetitions=3)

    found = searched(parts_of(2, opening, cases=(CaseIdentifier("soup"),)))

    assert found.evaluations[2].standing is standing
    assert found.evaluations[1].standing is Standing.BAD


def test_failures_of_the_harness_are_no_break() -> None:
    """What could not be measured cannot be told."""

    def opening(number: int) -> SuiteParts:
        failing = a_failure(is_transient=True) if number == 2 else None
        roster = seasoned(number, THIEF if number >= 3 else ROSTER)
        return parts_at(number, roster, subject=WordSubject(roster, failing=failing))

    found = searched(parts_of(3, opening, cases=(CaseIdentifier("soup"),)))

    assert found.suspects == (Candidate(commit=a_commit(2)), Candidate(commit=a_commit(3)))


def test_the_working_tree_can_be_the_one() -> None:
    """What is not committed comes last, and has no commit."""
    candidates = (Candidate(commit=a_commit(1)), Candidate(commit=None))

    found = searched(parts_of(2, stolen_from(2, MemoryStore()), candidates=candidates))

    assert found.first_bad == Candidate(commit=None)


def test_progress_never_goes_back_nor_beyond_its_end() -> None:
    """Reused trials count as done at once."""
    told: list[tuple[int, int]] = []

    asyncio.run(bisect(parts_of(16, stolen_from(11, MemoryStore())), lambda done, total: told.append((done, total))))

    done = [number for number, _ in told]
    assert done == sorted(done)
    assert all(number <= total for number, total in told)
    assert told[-1] == (18, 18)
