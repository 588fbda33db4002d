"""What the rules of a gate judge: which cases count, in which subsets, and how much each look may err."""

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.judging import Evidence, cases_of, concerns, count, names, outside, too_few
from passmuster.domain.cases import Case
from passmuster.domain.observations import Aspect, Snapshot
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GatePolicy, GateRule, Quarantine, SubjectKind
from passmuster.testing.factories import a_case, a_quarantine

from .made_up_gates import LEXICAL, STEADY, VARYING, numbered, seen, side

ACCURACY = GateRule(metric="routing_accuracy", maximum_drop=0.05)


def evidence_of(
    *cases: Case, after: Snapshot | None = None, quarantines: tuple[Quarantine, ...] = (), looks: int = 1
) -> Evidence:
    before = side(*(seen(case.identifier, [True]) for case in cases))
    now = after or before
    return Evidence(
        policy=GatePolicy(rules=(), quarantines=quarantines),
        subjects=(),
        comparison=compare(before, now, cases),
        cases={case.identifier: case for case in cases},
        observed=now.observations,
        looks=looks,
    )


def test_controls_and_quarantined_cases_do_not_count() -> None:
    """A control tests the harness, and a case in quarantine waits for its owner; all others count."""
    cases = [a_case("plain"), a_case("control", is_control=True), a_case("flaky"), a_case("of-another")]
    quarantines = (a_quarantine("flaky"), a_quarantine("of-another", subject=SubjectName("somebody-else")))

    evidence = evidence_of(*cases, quarantines=quarantines)

    assert cases_of(evidence.changes(LEXICAL)) == {"plain", "of-another"}
    assert cases_of(evidence.changes(LEXICAL, Aspect.OUTPUT)) == set()
    assert evidence.changes(SubjectName("somebody-else")) == []


def test_a_rule_is_for_all_cases_for_one_subset_or_for_each_of_a_dimension() -> None:
    """A subset that no case is in is empty, and not everything."""
    evidence = evidence_of(a_case("one"), a_case("two", preferred="reviewer", tags=frozenset({"x"})))

    found = {
        asked: {name: sorted(cases_of(own)) for name, own in evidence.slices(LEXICAL, Aspect.ROUTING, asked).items()}
        for asked in (None, "tag=x", "tag=y", "agent=*")
    }

    assert found == {
        None: {"all": ["one", "two"]},
        "tag=x": {"tag=x": ["two"]},
        "tag=y": {"tag=y": []},
        "agent=*": {"agent=debugger": ["one"], "agent=reviewer": ["two"]},
    }


def test_every_look_has_its_share_of_the_error_rate() -> None:
    """Four looks at growing data with a quarter each err no more often than one."""
    assert evidence_of(a_case(), looks=4).significance(ACCURACY) == pytest.approx(0.0125)


def test_without_a_baseline_there_is_nothing_to_be_barred() -> None:
    """Neither changes nor reasons against them."""
    evidence = Evidence(policy=GatePolicy(rules=()), subjects=(), comparison=None, cases={}, observed=(), looks=1)

    assert evidence.changes(LEXICAL) == []
    assert evidence.barred(LEXICAL) == []


@pytest.mark.parametrize(
    ("rule", "concerned"),
    [
        (GateRule(metric="routing_accuracy"), [True, True]),
        (GateRule(metric="routing_accuracy", subject=LEXICAL), [True, True]),
        (GateRule(metric="routing_accuracy", subject=SubjectName("other")), [False, False]),
        (GateRule(metric="routing_accuracy", applies_to=SubjectKind.DETERMINISTIC), [True, False]),
        (GateRule(metric="routing_accuracy", applies_to=SubjectKind.VARYING), [False, True]),
        (GateRule(metric="routing_accuracy", subject=SubjectName("o"), applies_to=SubjectKind.VARYING), [False, False]),
    ],
)
def test_a_rule_is_for_its_subject_and_its_kind(rule: GateRule, concerned: list[bool]) -> None:
    """What the rule leaves open is for all."""
    assert [concerns(rule, record) for record in (STEADY, VARYING)] == concerned


def test_what_is_in_quarantine_is_not_judged() -> None:
    """The rest of what was observed stays as it is, in its order."""
    snapshot = side(*numbered([1, 0, 1]))

    kept = outside(snapshot, [a_quarantine("case-1"), a_quarantine("case-0", subject=SubjectName("another"))])

    assert [item.case for item in kept.observations] == ["case-0", "case-2"]
    assert kept.agents == snapshot.agents


def test_cases_are_named_and_counted() -> None:
    """Five by name, each once, and the rest by number."""
    observations = [seen(f"case-{at}", [True], passed=(True,)) for at in range(7)]
    changes = compare(side(*observations), side(*observations)).cases

    assert names(changes) == "case-0, case-1, case-2, case-3, case-4 and 2 more"
    assert names(changes[:2]) == "case-0"
    assert (count(1, "case"), count(2, "case")) == ("1 case", "2 cases")
    assert too_few(1, 50) == "1 case of the 50 that the rule needs"
