"""Right choices that came closer to moving."""

from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.narrowing import narrowed, narrowing_sentence
from passmuster.domain.observations import CaseObservation, RoutingOutcome
from passmuster.domain.values import fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict
from passmuster.testing.factories import a_case, a_quarantine, a_snapshot, an_observation

from .made_up_gates import LEXICAL, VARYING, seen, side, verdict_of


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


NARROWED = GateRule(metric="narrowed_margins")


def judged(
    before: CaseObservation, after: CaseObservation, rule: GateRule = NARROWED, **changes: object
) -> GateVerdict:
    policy = replace(GatePolicy(rules=(rule,)), **changes)  # type: ignore[arg-type]  # the class checks names
    other = seen("other", [True], margin=1.0)
    return verdict_of(policy, side(before, other), side(after, other), [a_case("one"), a_case("other")])


@pytest.mark.parametrize(("maximum", "outcome"), [(0, GateOutcome.FAILED), (1, GateOutcome.PASSED)])
def test_a_suite_can_gate_on_it(maximum: float, outcome: GateOutcome) -> None:
    """Whoever wants the warning to count sets how many may narrow; both numbers are told."""
    verdict = judged(observed(1.0), observed(0.5), replace(NARROWED, maximum=maximum))

    assert verdict.outcome is outcome
    (reason,) = verdict.reasons
    assert reason.startswith("lexical: 1 request kept the right choice with at least a quarter less lead, towards rev")
    assert reason.endswith(f"towards reviewer (1); {maximum} may")


def test_leads_that_were_kept_pass() -> None:
    """The sentence says what did not happen."""
    verdict = judged(observed(1.0), observed(0.9))

    assert verdict.reasons == ("lexical: no right choice lost a quarter of its lead; 0 may",)


def test_a_case_in_quarantine_may_narrow() -> None:
    """It is outside of every rule."""
    assert judged(observed(1.0), observed(0.5), quarantines=(a_quarantine("one"),)).outcome is GateOutcome.PASSED


def test_without_leads_on_both_sides_nobody_can_tell() -> None:
    """A router that gives no margins, and a baseline of another router, have nothing to narrow."""
    before = side(observed(1.0))
    otherwise = replace(side(observed(0.1)), subjects=(replace(VARYING, fingerprint=fingerprint_of("another")),))

    unknown = verdict_of(NARROWED, before, side(observed(None)))
    barred = verdict_of(NARROWED, before, otherwise)

    assert unknown.reasons == ("lexical: the lead of 0 cases of the 1 that the rule needs is known on both sides",)
    assert barred.reasons[0].startswith("subject 'lexical' chooses by other means")
    assert {unknown.outcome, barred.outcome} == {GateOutcome.INCONCLUSIVE}
