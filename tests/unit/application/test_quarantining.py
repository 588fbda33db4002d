"""Quarantines: of what is there, and until their day."""

from datetime import date

import pytest

from passmuster.application.quarantining import Quarantines, lint_quarantines, refuse_unknown_quarantines
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.values import CaseIdentifier, SourceLocation, SubjectName
from passmuster.domain.verdicts import Quarantine
from passmuster.testing.factories import a_quarantine

TODAY = date(2027, 2, 28)


def the(*entries: Quarantine) -> Quarantines:
    return Quarantines(
        entries=entries,
        cases=[CaseIdentifier("debug-001"), CaseIdentifier("debug-002")],
        subjects=[SubjectName("lexical"), SubjectName("model")],
        place=lambda index, key: SourceLocation(path=f"suite.yaml#{key}", line=10 + index),
    )


def test_quarantines_of_what_is_there_are_fine() -> None:
    """For one subject, or for all."""
    quarantines = the(a_quarantine("debug-001"), a_quarantine("debug-002", subject=SubjectName("model")))

    assert lint_quarantines(quarantines, TODAY) == ()
    refuse_unknown_quarantines(quarantines)


def test_every_quarantine_of_what_is_not_there_is_named() -> None:
    """With its place, and with what may have been meant."""
    quarantines = the(
        a_quarantine("debug-01"),
        a_quarantine("debug-001", subject=SubjectName("lexicle")),
        a_quarantine("x", subject=SubjectName("y")),
    )

    with pytest.raises(InvalidConfigurationError) as caught:
        refuse_unknown_quarantines(quarantines)

    assert caught.value.findings == lint_quarantines(quarantines, TODAY)
    assert {finding.rule for finding in caught.value.findings} == {"unknown-quarantine"}
    assert [str(finding) for finding in caught.value.findings] == [
        (
            "suite.yaml#case:10: no dataset of the suite has the case 'debug-01', which is in quarantine"
            " — did you mean 'debug-001'?"
        ),
        (
            "suite.yaml#subject:11: the quarantine of case 'debug-001' is for the unknown subject 'lexicle'"
            " — did you mean 'lexical'?"
        ),
        (
            "suite.yaml#case:12: no dataset of the suite has the case 'x', which is in quarantine"
            " — delete the entry if the case is gone"
        ),
        (
            "suite.yaml#subject:12: the quarantine of case 'x' is for the unknown subject 'y'"
            " — the suite's subjects: lexical, model"
        ),
    ]


@pytest.mark.parametrize(
    ("expires", "is_over"), [("2027-02-27", True), ("2027-02-28", True), ("2027-03-01", False), ("9999-12-31", False)]
)
def test_a_quarantine_is_over_on_its_day(*, expires: str, is_over: bool) -> None:
    """The same day on which the gate begins to count the case."""
    findings = lint_quarantines(the(a_quarantine("debug-001", expires=expires)), TODAY)

    assert [finding.rule for finding in findings] == ["expired-quarantine"] * is_over


def test_the_owner_of_an_expired_quarantine_is_called() -> None:
    """With the reason, where one was given; what is over is no reason to refuse the suite."""
    quarantines = the(
        a_quarantine("debug-001", expires="2027-01-31", owner="Ada", reason="the label is in doubt"),
        a_quarantine("debug-002", expires="2027-02-01", owner="Bert"),
    )

    assert [str(finding) for finding in lint_quarantines(quarantines, TODAY)] == [
        (
            "suite.yaml#expires:10: the quarantine of case 'debug-001' ended on 2027-01-31 (the label is in doubt): "
            "the gate counts it again — Ada was to mend it: delete the entry once it is, or give it a later day"
        ),
        (
            "suite.yaml#expires:11: the quarantine of case 'debug-002' ended on 2027-02-01: "
            "the gate counts it again — Bert was to mend it: delete the entry once it is, or give it a later day"
        ),
    ]
    refuse_unknown_quarantines(quarantines)
