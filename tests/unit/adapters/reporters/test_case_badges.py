"""What sets a case apart."""

from dataclasses import replace

from passmuster.adapters.reporters.case_badges import Quarantines, badges, quarantine_views
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import Quarantine
from passmuster.testing import factories

CASE = CaseIdentifier("failing-test")
ANA = Quarantine(case=CASE, owner="Ana", expires="2027-01-01", subject=SubjectName("live"))
BEN = Quarantine(case=CASE, owner="Ben", expires="2027-02-01")


def test_a_quarantine_covers_its_subject_alone() -> None:
    """One for a subject goes before one for all, and nobody else's answers are covered."""
    both = Quarantines([ANA, BEN])

    assert both.of(SubjectName("live"), CASE) is ANA
    assert both.of(SubjectName("lexical"), CASE) is BEN
    assert Quarantines([ANA]).of(SubjectName("lexical"), CASE) is None
    assert both.of(SubjectName("live"), CaseIdentifier("other")) is None


def test_every_badge_is_words() -> None:
    """A case can be critical and a control and in quarantine; the owner and the day are told."""
    case = replace(factories.a_case(), is_critical=True, is_control=True)

    assert badges(case, ANA) == ("critical", "control", "quarantine: Ana until 2027-01-01")
    assert badges(factories.a_case()) == ()


def test_quarantines_are_listed_by_their_day(judged_report: Report) -> None:
    """What expires first comes first, each with how its subjects fare; a case that did not run has no link."""
    gone, hostile = quarantine_views(judged_report)

    assert (gone.case, gone.anchor, gone.fared) == ("gone", None, ())
    assert hostile.anchor == "view=case&case=hostile&subject=lexical"
    assert [(name, mark.word) for name, mark in hostile.fared] == [("lexical", "broken"), ("<second>", "right")]
    assert hostile.terms == "<b>Ana</b> @all, until 2027-02-01: a | b"


def test_a_quarantine_of_one_subject_tells_of_that_one(judged_report: Report) -> None:
    """Other subjects' answers are inside the gate, and not told here."""
    one = Quarantine(case=CaseIdentifier("hostile"), owner="Ana", expires="2027-01-01", subject=SubjectName("<second>"))

    [view] = quarantine_views(replace(judged_report, quarantines=(one,)))

    assert [name for name, _ in view.fared] == ["<second>"]
    assert view.terms == "Ana, until 2027-01-01"
