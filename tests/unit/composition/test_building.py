"""A suite's parts as they are built: what its gate says today, and what tells two subjects apart."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.results import SubjectRecord
from passmuster.domain.verdicts import GateRule, MisroutingCost, Quarantine, SubjectKind
from passmuster.testing.factories import a_quarantine
from passmuster.testing.fakes import FakeClock

from .small_team import SECTIONS, write_team

OWN = """
from pydantic import BaseModel
from passmuster.components import Component
from passmuster.testing.fakes import FixedRouter


class Options(BaseModel):
    asks: str | None = None


def build(options, context):
    if options.asks:
        context.backend(options.asks)
    return FixedRouter()


ASKING = Component(options=Options, build=build)


class SubjectOptions(BaseModel):
    router: dict = {}
    patience: int = 1


class Direct:
    takes_assignments = True
    writes = False


def build_subject(options, context):
    if options.router:
        context.router(options.router)
    return Direct()


SUBJECT = Component(options=SubjectOptions, build=build_subject)


def write(request):
    return "words"
"""
ROUTED: dict[str, Any] = {"use": "routed", "router": {"use": "lexical"}, "backend": "writer"}
WRITER: dict[str, Any] = {"use": "callable", "target": "./own.py:write"}

Open = Callable[..., Workbench]


@pytest.fixture
def open_suite(tmp_path: Path) -> Open:
    """Open a suite of one agent and one case, with further sections."""
    write_team(tmp_path, OWN)

    def opened(**sections: object) -> Workbench:
        suite = {
            **SECTIONS,
            "backends": {"writer": WRITER},
            "subjects": {"one": ROUTED},
            **sections,
        }
        (tmp_path / "suite.yaml").write_text(json.dumps(suite))
        return Workbench(tmp_path / "suite.yaml", Settings())

    return opened


def record_of(bench: Workbench) -> SubjectRecord:
    return bench.subjects()[0].record


def differing(open_suite: Open, before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return which fingerprints of a subject differ between two ways to configure it, or its backends."""
    one, other = (record_of(open_suite(**sections)) for sections in (before, after))
    return {name for name in ("routing", "writing", "fingerprint") if getattr(one, name) != getattr(other, name)}


# ---- the gate


def test_the_policy_is_what_the_suite_says(open_suite: Open) -> None:
    """Rules, costs and quarantines reach the gate with every key."""
    bench = open_suite(
        gate=[
            {"metric": "routing_cost", "maximum_rise": 0.5, "subset": "agent=*", "applies_to": "varying"},
            {"metric": "unaccepted_breaks", "subject": "one", "minimum_sample": 3},
        ],
        costs=[{"expected": "debugger", "chosen": "(nobody)", "cost": 5}, {"cost": 2}],
        quarantine=[{"case": "a", "owner": "Ada", "expires": "9999-12-31", "reason": "flaky", "subject": "one"}],
    )

    policy = bench.policy

    assert policy.rules == (
        GateRule(metric="routing_cost", maximum_rise=0.5, subset="agent=*", applies_to=SubjectKind.VARYING),
        GateRule(metric="unaccepted_breaks", subject=bench.subjects()[0].record.name, minimum_sample=3),
    )
    assert policy.costs == (
        MisroutingCost(expected="debugger", chosen="(nobody)", cost=5.0),
        MisroutingCost(expected="*", chosen="*", cost=2.0),
    )
    assert policy.quarantines == (
        a_quarantine("a", owner="Ada", reason="flaky", subject=bench.subjects()[0].record.name),
    )


@pytest.mark.parametrize(
    ("expires", "is_in_force"),
    [("0001-01-01", False), ("2027-02-27", False), ("2027-02-28", False), ("2027-03-01", True), ("9999-12-31", True)],
)
def test_a_quarantine_ends_on_its_day(open_suite: Open, *, expires: str, is_in_force: bool) -> None:
    """From that day on the gate counts the case again; the suite still names it, for lint to complain."""
    bench = open_suite(quarantine=[{"case": "a", "owner": "Ada", "expires": expires}])
    bench.clock = FakeClock(start=datetime(2027, 2, 28, tzinfo=UTC))
    whole = Quarantine(case=bench.cases[0].identifier, owner="Ada", expires=expires)

    assert bench.policy.quarantines == ((whole,) if is_in_force else ())
    assert bench.quarantines == (whole,)


def test_parts_of_the_suite_are_found_where_they_are_written(open_suite: Open) -> None:
    """For complaints about what only the whole suite shows to be wrong."""
    bench = open_suite(quarantine=[{"case": "a", "owner": "Ada", "expires": "9999-12-31"}])

    place = bench.location("quarantine", 0, "case")

    text = bench.suite.read_text(encoding="utf-8")
    assert (place.line, place.column) == (1, text.index('"case"') + 1)


# ---- what a subject is


@pytest.mark.parametrize(
    ("change", "fingerprints"),
    [
        ({}, set()),
        ({"temperature": 0.5}, {"writing", "fingerprint"}),
        ({"maximum_tokens": 100}, {"writing", "fingerprint"}),
        ({"backend": "other"}, {"writing", "fingerprint"}),
        ({"backend": None}, {"writing", "fingerprint"}),
        ({"writer": "chosen"}, {"writing", "fingerprint"}),
        ({"router": {"use": "lexical", "threshold": 0.5}}, {"routing", "fingerprint"}),
        ({"router": {"use": "./own.py:ASKING"}}, {"routing", "fingerprint"}),
    ],
)
def test_who_chooses_and_who_writes_are_told_apart(
    open_suite: Open, change: dict[str, Any], fingerprints: set[str]
) -> None:
    """An edit of the one leaves the other's results comparable."""
    backends = {"backends": {"writer": WRITER, "other": {**WRITER, "deterministic": True}}}

    found = differing(
        open_suite, {**backends, "subjects": {"one": ROUTED}}, {**backends, "subjects": {"one": {**ROUTED, **change}}}
    )

    assert found == fingerprints


def test_what_the_chosen_agent_writes_depends_on_the_choice(open_suite: Open) -> None:
    """Another router makes other agents write; another temperature still chooses the same."""
    chosen = {**ROUTED, "writer": "chosen"}
    router = {**chosen, "router": {"use": "lexical", "threshold": 0.5}}
    temperature = {**chosen, "temperature": 0.5}
    subjects = [{"subjects": {"one": subject}} for subject in (chosen, router, temperature)]

    assert differing(open_suite, subjects[0], subjects[1]) == {"routing", "writing", "fingerprint"}
    assert differing(open_suite, subjects[0], subjects[2]) == {"writing", "fingerprint"}


def test_a_backend_that_the_router_asks_is_part_of_the_choice(open_suite: Open) -> None:
    """And one that the router does not ask is none."""
    subject = {**ROUTED, "router": {"use": "./own.py:ASKING", "asks": "judge"}}
    judge = {"use": "callable", "target": "./own.py:write"}
    same, other_judge, other_writer = (
        {"subjects": {"one": subject}, "backends": backends}
        for backends in (
            {"writer": WRITER, "judge": judge},
            {"writer": WRITER, "judge": {**judge, "deterministic": True}},
            {"writer": {**WRITER, "deterministic": True}, "judge": judge},
        )
    )

    assert differing(open_suite, same, other_judge) == {"routing", "fingerprint"}
    assert differing(open_suite, same, other_writer) == {"writing", "fingerprint"}


def test_another_name_is_no_other_subject(open_suite: Open) -> None:
    """Renaming a subject, or reordering backends, changes nothing that was measured."""
    backends = {"writer": WRITER, "other": WRITER}
    turned = dict(reversed(backends.items()))

    found = differing(
        open_suite,
        {"subjects": {"one": ROUTED}, "backends": backends},
        {"subjects": {"two": ROUTED}, "backends": turned},
    )

    assert found == set()


def test_a_subject_of_ones_own_may_choose_by_anything(open_suite: Open) -> None:
    """Whatever option is not known to be of the writing counts as routing; without a router all of them do."""
    bare, routed = {"use": "./own.py:SUBJECT"}, {"use": "./own.py:SUBJECT", "router": {"use": "lexical"}}

    for subject in (bare, routed):
        patient = {**subject, "patience": 2}
        found = differing(open_suite, {"subjects": {"one": subject}}, {"subjects": {"one": patient}})
        assert found == {"routing", "writing", "fingerprint"}


def test_a_record_names_its_parts(open_suite: Open) -> None:
    """And varies as soon as one of them does."""
    varying = record_of(open_suite())
    steady = record_of(open_suite(backends={"writer": {**WRITER, "deterministic": True}}))

    assert varying.description == "routed, lexical, callable"
    assert (varying.is_deterministic, steady.is_deterministic) == (False, True)
    assert varying.models == ()
    assert [caveat[:18] for caveat in varying.caveats] == ["The lexical router"]


def test_a_criterion_that_names_no_backend_is_found_where_it_is_written(open_suite: Open, tmp_path: Path) -> None:
    """The complaint has the place of the case, and the names that would do."""
    bench = open_suite()
    rubric = {"criteria": [{"use": "judge", "question": "Is it kind?", "backend": "nobody"}]}
    case = {"identifier": "b", "request": "Why?", "expect": {"agent": "debugger"}, "rubric": rubric}
    cases = tmp_path / "cases.jsonl"
    cases.write_text(f"{cases.read_text()}\n{json.dumps(case)}\n")

    with pytest.raises(InvalidInputError) as caught:
        bench.check_criteria()

    (finding,) = caught.value.findings
    assert (finding.rule, finding.hint) == ("unknown-backend", "its backends: writer")
    assert str(finding.location) == f"{cases}:2:1"
