"""The self-test: which rosters the gate judges, what it must say of each, and what is left alone."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from passmuster.application.mutating import Edit, Mutation
from passmuster.application.planning import PlannedSubject
from passmuster.application.selftesting import Probe, Selftest, SelftestParts, selftest, usual_subjects
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.values import AgentName, SubjectName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import a_case, a_decision, a_roster, a_rubric, a_subject_record, an_agent
from passmuster.testing.fakes import FakeClock

from .small_suites import Stepwise

ROSTER = a_roster(
    an_agent("cook", "Boils soup. Bakes bread."),
    an_agent("gardener", "Plants trees. Mows lawns."),
    an_agent("idler", "Sleeps."),
)
CASES = (
    a_case("soup", text="boils soup", preferred="cook"),
    a_case("bread", text="bakes bread", preferred="cook"),
    a_case("trees", text="plants trees", preferred="gardener"),
    a_case("nobody", text="hello", preferred=None),
)
NO_BREAKS = GateRule(metric="unaccepted_breaks", maximum=0)
NAME = SubjectName("words")


@dataclass
class WordSubject:
    """Chooses the agent whose name and description share the most words with the request; of equals, nobody."""

    roster: Roster
    asked: list[Asked] = field(default_factory=list)
    writes: bool = True
    takes_assignments: bool = True

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,
    ) -> Answer:
        self.asked.append(asked)
        scores = {agent.name: self.score(agent.name, agent.description, request) for agent in self.roster.agents}
        best = max(scores.values(), default=0)
        winners = [name for name, score in scores.items() if score == best > 0]
        return Answer(routing=a_decision(winners[0] if len(winners) == 1 else None))

    def score(self, name: str, description: str, request: Request) -> int:
        words = f"{name} {description}".lower().replace(".", " ").split()
        return sum(word in words for word in request.text.split())

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        raise NotImplementedError


class RawSubject(WordSubject):
    """Minds where lines end."""

    def score(self, name: str, description: str, request: Request) -> int:
        return super().score(name, description, request) if "\n" not in description else 0


def parts_of(subject: type[WordSubject] = WordSubject, **changes: Any) -> SelftestParts:  # noqa: ANN401 - any field
    def build(roster: Roster) -> tuple[PlannedSubject, ...]:
        return (PlannedSubject(subject=subject(roster), record=a_subject_record(NAME)),)

    parts = SelftestParts(
        suite="example",
        roster=ROSTER,
        cases=CASES,
        build=build,
        policy=GatePolicy(rules=(NO_BREAKS,)),
        executor=Stepwise(),
        clock=FakeClock(),
        repetitions=1,
        seed=7,
        limit=2,
    )
    return replace(parts, **changes)


def found_in(parts: SelftestParts) -> Selftest:
    return asyncio.run(selftest(parts, lambda _done, _total: None))


def probes(found: Selftest, edit: Edit) -> list[Probe]:
    return [probe for probe in found.probes if probe.edit is edit]


def test_a_sound_suite_notices_what_it_should() -> None:
    """Every harmful edit turns the gate red, and every neutral one leaves it green."""
    found = found_in(parts_of())

    assert found.holds
    assert [probe.outcome for probe in found.probes if probe.edit.is_neutral] == [
        GateOutcome.EQUAL,
        GateOutcome.PASSED,
    ]
    assert {probe.outcome for probe in found.probes if not probe.edit.is_neutral} == {GateOutcome.FAILED}
    assert {probe.edit for probe in found.probes} == set(Edit) - {Edit.REFORMATTED, Edit.REORDERED}
    assert [probe.broken for probe in probes(found, Edit.DELETED) if probe.agents == ("cook",)] == [2]
    assert found.subjects == (NAME,)


def test_only_agents_with_a_request_to_lose_are_mutated() -> None:
    """The others are named: nobody would notice an edit of theirs."""
    found = found_in(parts_of(limit=99))

    assert found.watched == ("cook", "gardener")
    assert found.unwatched == ("idler",)
    assert {name for probe in found.probes for name in probe.agents} == {"cook", "gardener"}


def test_an_edit_that_no_case_minds_is_found() -> None:
    """A request that names its agent would go there whatever the description says."""
    found = found_in(parts_of(cases=(a_case("by-name", text="cook", preferred="cook"),)))

    assert not found.holds
    assert [(probe.outcome, probe.holds) for probe in probes(found, Edit.BLANKED)] == [(GateOutcome.PASSED, False)]
    assert [probe.holds for probe in probes(found, Edit.DELETED)] == [True]


def test_a_gate_that_allows_too_much_is_found() -> None:
    """What broke is counted even where the gate passes."""
    found = found_in(parts_of(policy=GatePolicy(rules=(replace(NO_BREAKS, maximum=10),))))

    assert not found.holds
    assert all(probe.broken > 0 for probe in probes(found, Edit.SWAPPED))
    assert {probe.outcome for probe in found.probes} == {GateOutcome.EQUAL, GateOutcome.PASSED}


def test_a_gate_that_is_red_already_is_found() -> None:
    """A gate that fails whatever happens notices nothing."""
    found = found_in(
        parts_of(
            policy=GatePolicy(rules=(GateRule(metric="routing_accuracy", minimum=1.0), NO_BREAKS)),
            cases=(*CASES, a_case("wrong", preferred="idler")),
        )
    )

    assert not found.holds
    [unedited] = probes(found, Edit.NONE)
    assert unedited.outcome is GateOutcome.FAILED
    assert "routing_accuracy" in unedited.reason


def test_a_gate_that_minds_line_breaks_is_found() -> None:
    """A neutral edit that moves requests is a fault of the subject."""
    found = found_in(parts_of(RawSubject))

    assert not found.holds
    assert [(probe.outcome, probe.broken) for probe in probes(found, Edit.REFLOWED)] == [(GateOutcome.FAILED, 3)]


def test_a_gate_that_cannot_tell_has_not_noticed() -> None:
    """It is neither red nor green."""
    found = found_in(parts_of(policy=GatePolicy(rules=(replace(NO_BREAKS, minimum_sample=99),))))

    assert {probe.outcome for probe in probes(found, Edit.REFLOWED)} == {GateOutcome.INCONCLUSIVE}
    assert not any(probe.holds for probe in probes(found, Edit.REFLOWED))


def test_a_suite_without_a_right_choice_does_not_hold() -> None:
    """There is nothing that an edit could break."""
    found = found_in(parts_of(cases=(CASES[-1],)))

    assert all(probe.holds for probe in found.probes)
    assert all(probe.edit.is_neutral for probe in found.probes)
    assert not found.holds


def test_rewritten_rosters_are_neutral() -> None:
    """Files that were written otherwise are judged like the rest."""
    same = Mutation(edit=Edit.REFORMATTED, roster=ROSTER)
    lost = Mutation(edit=Edit.REORDERED, roster=a_roster("idler"))

    found = found_in(parts_of(rewritten=(same, lost)))

    assert [probe.holds for probe in probes(found, Edit.REFORMATTED)] == [True]
    assert [probe.holds for probe in probes(found, Edit.REORDERED)] == [False]
    assert not found.holds


def test_nobody_writes() -> None:
    """Only choices are asked for, and rules on answers are left out: they could not tell."""
    built: list[WordSubject] = []

    def build(roster: Roster) -> tuple[PlannedSubject, ...]:
        built.append(WordSubject(roster))
        return (PlannedSubject(subject=built[-1], record=a_subject_record(NAME)),)

    cases = tuple(replace(case, rubric=a_rubric()) for case in CASES)
    rules = (NO_BREAKS, GateRule(metric="rubric_pass_rate", minimum=1.0))

    found = found_in(parts_of(build=build, cases=cases, policy=GatePolicy(rules=rules)))

    assert found.holds
    assert {asked for subject in built for asked in subject.asked} == {Asked.ROUTING}


def test_a_control_that_minds_an_edit_does_not_hide_it() -> None:
    """A void verdict would be neither red nor green; here a control is a case like any other."""
    cases = tuple(replace(case, is_control=True) for case in CASES)

    assert found_in(parts_of(cases=cases)).probes == found_in(parts_of()).probes


def test_progress_ends_at_its_total() -> None:
    """The total is known once it is known who can be mutated."""
    told: list[tuple[int, int]] = []

    asyncio.run(selftest(parts_of(), lambda done, total: told.append((done, total))))

    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][0] == told[-1][1]


def test_subjects_that_vary_take_no_part() -> None:
    """They would cost a run for each mutation; a subject that no rule can fail would tell nothing."""
    rules = (replace(NO_BREAKS, subject=SubjectName("a")), GateRule(metric="harness_failure_rate", maximum=0.1))
    subjects = [planned("a"), planned("b"), planned("live", is_deterministic=False)]

    assert usual_subjects(subjects, rules) == ("a",)
    assert usual_subjects(subjects, (NO_BREAKS,)) == ("a", "b")
    assert usual_subjects(subjects, rules[1:]) == ("a", "b")


def test_a_suite_of_varying_subjects_is_refused() -> None:
    """Nothing is spent that nobody asked for."""
    with pytest.raises(InvalidConfigurationError, match="no subject answers equal requests equally") as caught:
        usual_subjects([planned("live", is_deterministic=False)], (NO_BREAKS,))

    assert caught.value.findings[0].rule == "varying-subjects"


def planned(name: str, *, is_deterministic: bool = True) -> PlannedSubject:
    record = a_subject_record(name, is_deterministic=is_deterministic)
    return PlannedSubject(subject=WordSubject(ROSTER), record=record)
