"""Selecting the cases of the next run: which stored runs are read, and how a selection is found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from passmuster.analysis.selecting import CaseSelection, Former, Ground
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.application.selecting import READ, TRIED, SelectCases
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure
from passmuster.domain.cases import Case, Request
from passmuster.domain.results import Run, RunManifest, Trial
from passmuster.domain.values import AgentName, RunIdentifier
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_decision,
    a_manifest,
    a_roster,
    a_subject_record,
    a_trial,
    an_agent,
)
from passmuster.testing.fakes import FakeClock, MemoryStore

BEFORE = a_roster(*(an_agent(name, f"word{name}") for name in "abcdef"))
AFTER = replace(
    BEFORE, agents=tuple(an_agent("a", "worda worde2") if agent.name == "a" else agent for agent in BEFORE.agents)
)
CASES = tuple(a_case(f"case-{number}", text=f"request {number}", preferred="c") for number in range(60))


@dataclass
class Silent:
    """A subject that nobody asks here."""

    writes: bool = False
    takes_assignments: bool = True

    async def respond(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Answer:
        return Answer(routing=a_decision("c"))

    def foresee(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Failure | None:
        return None


class NoExecutor:
    """Makes nothing."""

    def execute(self, plans: object, make_runner: object) -> None:
        raise NotImplementedError


@dataclass
class CountingStore(MemoryStore):
    """Counts what is read."""

    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def load(self, run: RunIdentifier) -> Run:
        self.loaded.append(run)
        return super().load(run)


def the_parts(store: MemoryStore, *, roster: Roster = AFTER, is_deterministic: bool = True) -> SuiteParts:
    record = a_subject_record(is_deterministic=is_deterministic)
    return SuiteParts(
        suite="example",
        roster=roster,
        cases=CASES,
        subjects=(PlannedSubject(subject=Silent(), record=record),),
        criteria={},
        store=store,
        executor=NoExecutor(),  # type: ignore[arg-type] # nothing is executed
        clock=FakeClock(start=MOMENT + timedelta(days=1)),
        repetitions=1,
        seed=3,
        configuration={},
        versions={},
        revision=None,
    )


def keep(
    store: MemoryStore, day: int, chosen: str, cases: Sequence[Case] = CASES, changes: Mapping[str, Any] | None = None
) -> RunManifest:
    """Store a run in which one agent had every case."""
    trials: list[Trial] = [a_trial(case.identifier, answer=Answer(routing=a_decision(chosen))) for case in cases]
    fields = {"started_at": MOMENT + timedelta(minutes=day), "planned": len(CASES), **(changes or {})}
    manifest = a_manifest(f"run-{day}", **fields)
    store.begin(manifest, BEFORE, CASES)
    store.append(manifest.identifier, trials)
    return manifest


def select(parts: SuiteParts, *, is_resumed: bool = False, former: Roster = BEFORE) -> CaseSelection:
    known = Former(roster=former, cases=CASES, label="main")
    return SelectCases(former=known, baseline=None, share=0.1, is_resumed=is_resumed).of(parts)


def test_the_latest_run_tells_who_had_the_cases() -> None:
    """Of a subject that answers equal requests equally no other run is read."""
    store = CountingStore()
    keep(store, 1, "c")
    keep(store, 2, "a")

    selection = select(the_parts(store))

    assert set(selection.certain.values()) == {Ground.OWN}
    assert store.loaded == ["run-2"]


def test_of_a_subject_that_varies_several_runs_are_read() -> None:
    """Each may show another agent."""
    store = CountingStore()
    for day, chosen in enumerate("acdef"):
        keep(store, day, chosen)

    without, within = select(the_parts(store, is_deterministic=False)), len(store.loaded)
    keep(store, 9, "a")

    assert within == READ
    assert Ground.OWN not in without.certain.values()
    assert Ground.OWN in select(the_parts(store, is_deterministic=False)).certain.values()


@pytest.mark.parametrize(
    ("cases", "changes"),
    [
        (CASES[:-1], {}),
        (CASES, {"subjects": (a_subject_record("other"),)}),
    ],
)
def test_runs_that_do_not_show_all_are_passed_over(cases: Sequence[Case], changes: dict[str, object]) -> None:
    """Neither interrupted ones, nor those of other subjects."""
    store = MemoryStore()
    keep(store, 1, "a")
    keep(store, 2, "c", cases, changes)

    assert Ground.OWN in select(the_parts(store)).certain.values()


def test_a_run_of_a_selection_is_read_together_with_one_of_all_cases() -> None:
    """It shows who had its own cases; but where nothing was accepted, something must show the others."""
    store = CountingStore()
    keep(store, 1, "c")
    keep(store, 2, "a")
    keep(store, 3, "c", changes={"selection": "half of the cases"})

    selection = select(the_parts(store))

    assert set(selection.certain.values()) == {Ground.OWN}
    assert store.loaded == ["run-3", "run-2"]


def test_not_every_interrupted_run_is_read() -> None:
    """Reading takes time, and what is old says little."""
    store = CountingStore()
    for day in range(TRIED + 4):
        keep(store, day, "a", CASES[:-1])

    selection = select(the_parts(store))

    assert selection.certain == {}
    assert len(store.loaded) == TRIED


def test_a_run_of_a_selection_has_its_cases_and_its_sentence() -> None:
    """Each trial with the probability that its case was taken with."""
    parts = the_parts(MemoryStore(), roster=BEFORE)
    select_cases = SelectCases(former=Former(roster=BEFORE, cases=CASES, label="main"), baseline=None, share=0.5)

    planned = EvaluateSuite(parts=select_cases.narrow(parts)).start()

    assert planned.manifest.planned == 30
    assert {plan.inclusion for plan in planned.missing} == {0.5}
    assert planned.manifest.selection.startswith("Since main no agent changed: 30 of 60 cases were run")


def test_a_selection_of_all_is_a_run_like_any_other() -> None:
    """With a baseline of nothing every case is new."""
    parts = the_parts(MemoryStore())

    narrowed = SelectCases(former=Former(roster=BEFORE, cases=None, label="main"), baseline=None, share=0.1).narrow(
        parts
    )

    assert narrowed is parts


def test_an_interrupted_run_of_a_selection_is_found_again() -> None:
    """Whatever has been run since: the selection rests on what was known when it began."""
    store = MemoryStore()
    keep(store, 1, "c")
    parts = the_parts(store)
    known = Former(roster=BEFORE, cases=CASES, label="main")
    fresh = SelectCases(former=known, baseline=None, share=0.1)
    begun = EvaluateSuite(parts=fresh.narrow(parts)).start().manifest
    store.begin(begun, parts.roster, parts.cases)
    later = keep(store, 60 * 24 * 2, "a")

    again = replace(fresh, is_resumed=True).narrow(parts)
    planned = EvaluateSuite(parts=again).resume()

    assert begun.started_at < later.started_at
    assert fresh.of(parts) != replace(fresh, is_resumed=True).of(parts)
    assert planned.manifest == begun


def test_the_other_side_of_an_interrupted_run_is_no_evidence() -> None:
    """It was made in turns with it, and may be complete."""
    store = MemoryStore()
    keep(store, 1, "c")
    parts = the_parts(store)
    known = Former(roster=BEFORE, cases=CASES, label="main")
    fresh = SelectCases(former=known, baseline=None, share=0.1)
    planned = EvaluateSuite(parts=fresh.narrow(parts)).start(RunIdentifier("run-2"))
    keep(store, 2, "a", changes={"selection": "as the other side's"})
    store.begin(planned.manifest, parts.roster, parts.cases)

    again = replace(fresh, is_resumed=True).narrow(parts)

    assert EvaluateSuite(parts=again).resume().manifest == planned.manifest


def test_going_on_with_nothing_selects_anew() -> None:
    """Whether there is anything to go on with is not for the selection to say."""
    store = MemoryStore()
    keep(store, 1, "a")

    assert select(the_parts(store), is_resumed=True) == select(the_parts(store))
