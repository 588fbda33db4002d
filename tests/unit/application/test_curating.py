"""What people curate: cases that belong together, agents that exist, rosters that load."""

from dataclasses import replace
from datetime import date

import pytest

from passmuster.application.curating import (
    lint_acceptances,
    merge_datasets,
    refuse_unknown_agents,
    refuse_unusable,
)
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError, InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Acceptance, Aspect
from passmuster.domain.values import AgentName, CaseIdentifier, SourceLocation, SubjectName
from passmuster.testing.factories import a_case, a_dataset, a_roster, a_snapshot, an_expectation


def case_at(identifier: str, line: int, **changes: object) -> Case:
    return a_case(identifier, source=SourceLocation(path="cases.jsonl", line=line), **changes)  # type: ignore[arg-type]  # the factory checks them


def test_datasets_are_put_after_one_another() -> None:
    """The order of datasets, and then of their cases, is the order of the suite."""
    first, second = a_dataset(a_case("b"), a_case("a")), a_dataset(a_case("c"))

    assert [case.identifier for case in merge_datasets([first, second])] == ["b", "a", "c"]


def test_every_identifier_that_stands_twice_is_named() -> None:
    """With both places, whether in one dataset or in two."""
    first = a_dataset(case_at("a", 1), case_at("b", 2), case_at("a", 3))
    second = a_dataset(case_at("b", 4), replace(a_case("c")), a_case("c"))

    with pytest.raises(InvalidDatasetError) as caught:
        merge_datasets([first, second])

    assert [str(finding) for finding in caught.value.findings] == [
        "cases.jsonl:3: the identifier 'a' is already used at cases.jsonl:1 — give one of the two another identifier",
        "cases.jsonl:4: the identifier 'b' is already used at cases.jsonl:2 — give one of the two another identifier",
        "the identifier 'c' is already used at another place — give one of the two another identifier",
    ]


def test_a_suite_without_cases_is_refused() -> None:
    """An evaluation of nothing would pass."""
    empty = replace(a_dataset(), cases=())

    with pytest.raises(InvalidDatasetError, match="no case is left in 'example', 'example'"):
        merge_datasets([empty, empty])


def test_every_unknown_agent_is_named_with_what_may_be_meant() -> None:
    """Preferred, acceptable and forbidden agents are looked up alike."""
    cases = [
        case_at("one", 1, preferred="debuger"),
        case_at("two", 2, expectation=an_expectation("debugger", acceptable=["poet"], forbidden=["gardener"])),
    ]

    with pytest.raises(InvalidDatasetError) as caught:
        refuse_unknown_agents(cases, a_roster("debugger", "tester"))

    assert [(str(finding.location), finding.message, finding.hint) for finding in caught.value.findings] == [
        (
            "cases.jsonl:1",
            "case 'one' names the agent 'debuger', which the roster does not have",
            "did you mean 'debugger'?",
        ),
        (
            "cases.jsonl:2",
            "case 'two' names the agent 'gardener', which the roster does not have",
            "the roster has debugger, tester",
        ),
        (
            "cases.jsonl:2",
            "case 'two' names the agent 'poet', which the roster does not have",
            "the roster has debugger, tester",
        ),
    ]


@pytest.mark.parametrize(
    ("agents", "hint"),
    [(0, "the roster has no agents"), (21, "the roster has " + ", ".join(f"x{at:02}" for at in range(20)) + ", …")],
)
def test_a_hint_is_no_longer_than_people_read(agents: int, hint: str) -> None:
    """A roster may have five hundred agents, or none."""
    roster = replace(a_roster(), agents=a_roster(*(f"x{at:02}" for at in range(agents))).agents if agents else ())

    with pytest.raises(InvalidDatasetError) as caught:
        refuse_unknown_agents([a_case()], roster)

    assert [finding.hint for finding in caught.value.findings] == [hint]


def test_an_agent_that_only_the_baseline_has_is_known() -> None:
    """Removing an agent breaks its cases; it does not make the dataset wrong."""
    roster = a_roster("tester")

    refuse_unknown_agents([a_case(preferred="debugger")], roster, [AgentName("debugger")])

    with pytest.raises(InvalidDatasetError):
        refuse_unknown_agents([a_case(preferred="debugger")], roster)


def finding_of(severity: Severity) -> Finding:
    return Finding(rule="rule", severity=severity, message=f"a complaint of severity {severity}")


def test_a_roster_with_errors_is_refused_with_all_of_them() -> None:
    """Warnings stop nothing."""
    findings = tuple(map(finding_of, (Severity.ERROR, Severity.WARNING, Severity.ERROR)))

    with pytest.raises(InvalidRosterError) as caught:
        refuse_unusable(a_roster(findings=findings))

    assert caught.value.findings == (findings[0], findings[2])
    refuse_unusable(a_roster(findings=findings[1:2]))


@pytest.mark.parametrize(
    ("reason", "expires", "rules"),
    [
        ("moved on purpose", None, []),
        ("moved on purpose", "2026-01-02", []),
        ("moved on purpose", "2026-01-01", ["expired-acceptance"]),
        ("", None, ["unexplained-acceptance"]),
        (" ", "2025-12-31", ["unexplained-acceptance", "expired-acceptance"]),
    ],
)
def test_acceptances_need_a_reason_and_are_not_for_ever(reason: str, expires: str | None, rules: list[str]) -> None:
    """On the day that is named, an acceptance asks for another look."""
    acceptance = Acceptance(
        subject=SubjectName("lexical"),
        case=CaseIdentifier("one"),
        aspect=Aspect.ROUTING,
        reason=reason,
        expires=expires,
    )
    baseline = replace(a_snapshot(), acceptances=(acceptance,))

    findings = lint_acceptances(baseline, date(2026, 1, 1), "baseline.jsonl")

    assert [finding.rule for finding in findings] == rules
    assert all("'one'" in finding.message for finding in findings)


def test_where_nothing_was_accepted_nothing_is_to_be_said() -> None:
    """A suite without a baseline has no acceptances."""
    assert lint_acceptances(None, date(2026, 1, 1), "baseline.jsonl") == ()
