"""Right choices that came closer to moving."""

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.analysis.narrowing import narrowed, narrowing_sentence
from passmuster.domain.reports import ConfusionMatrix, SubjectReport
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import CaseObservation, GateOutcome, GateRule, RoutingOutcome
from passmuster.testing.factories import a_snapshot, a_subject_record, an_observation

LEXICAL = SubjectName("lexical")


def observed(margin: float | None, **changes: object) -> CaseObservation:
    return an_observation("one", margin=margin, rival="reviewer", **changes)  # type: ignore[arg-type]  # the factory checks them


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [(1.0, 0.75, 1), (1.0, 0.76, 0), (1.0, 1.5, 0), (1.0, 0.0, 1), (0.0, 0.0, 0), (None, 0.5, 0), (1.0, None, 0)],
)
def test_a_quarter_of_the_lead_is_what_counts(before: float | None, after: float | None, count: int) -> None:
    """A lead that is at least a quarter smaller has narrowed; one that is not known has not."""
    comparison = compare(a_snapshot(observed(before)), a_snapshot(observed(after)))

    assert len(narrowed(comparison, LEXICAL)) == count
    assert (narrowing_sentence(comparison, LEXICAL) is None) == (count == 0)


def test_wrong_choices_have_nothing_to_lose() -> None:
    """A wrong choice that comes closer to moving is no warning."""
    wrong = {"outcomes": (RoutingOutcome.WRONG,)}
    comparison = compare(a_snapshot(observed(1.0, **wrong)), a_snapshot(observed(0.1, **wrong)))

    assert narrowed(comparison, LEXICAL) == ()


def test_the_sentence_names_the_rivals() -> None:
    """Who is next in line, with counts, the most frequent first."""
    before = [an_observation(name, margin=1.0) for name in "abc"]
    after = [an_observation(name, margin=0.5, rival=rival) for name, rival in zip("abc", ("x", "y", "y"), strict=True)]

    sentence = narrowing_sentence(compare(a_snapshot(*before), a_snapshot(*after)), LEXICAL)

    assert sentence == (
        "lexical: 3 requests kept the right choice with at least a quarter less lead, towards y (2), x (1)"
    )


@pytest.mark.parametrize(("maximum", "outcome"), [(0, GateOutcome.FAILED), (1, GateOutcome.PASSED)])
def test_a_suite_can_gate_on_it(maximum: float, outcome: GateOutcome) -> None:
    """Whoever wants the warning to count sets how many may narrow."""
    comparison = compare(a_snapshot(observed(1.0)), a_snapshot(observed(0.5)))
    subject = SubjectReport(
        record=a_subject_record("lexical"), metrics=(), agents=(), confusion=ConfusionMatrix(labels=(), counts=())
    )

    verdict = judge([GateRule(metric="narrowed_margins", maximum=maximum)], [subject], comparison)

    assert verdict.outcome is outcome


def test_without_a_baseline_nobody_can_tell() -> None:
    """There is nothing to have narrowed from."""
    subject = SubjectReport(
        record=a_subject_record("lexical"), metrics=(), agents=(), confusion=ConfusionMatrix(labels=(), counts=())
    )

    assert judge([GateRule(metric="narrowed_margins")], [subject], None).outcome is GateOutcome.INCONCLUSIVE
