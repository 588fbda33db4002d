"""Rules that count cases: what broke, who took it, what could not be measured, and what was left out."""

from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.domain.metric_names import UNACCEPTED_BREAKS
from passmuster.domain.observations import RoutingOutcome, Snapshot
from passmuster.domain.values import SubjectName, fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict
from passmuster.testing.factories import (
    a_case,
    a_quarantine,
    a_roster,
    a_snapshot,
    a_subject_record,
    an_agent,
    an_observation,
)

from .made_up_gates import STEADY, reported, seen, side, verdict_of

BREAKS = GateRule(metric=UNACCEPTED_BREAKS)
RIGHT, WRONG = an_observation(), an_observation(is_right=False)
UNMEASURED = replace(RIGHT, chosen=(), outcomes=(), margin=None, failures=1)


def judged(before: Snapshot, after: Snapshot, rule: GateRule = BREAKS) -> GateVerdict:
    return judge(GatePolicy(rules=(rule,)), [reported(record=STEADY)], compare(before, after))


def test_a_case_that_broke_fails_the_gate() -> None:
    """One is too many where none is allowed."""
    verdict = judged(a_snapshot(RIGHT), a_snapshot(WRONG))

    assert verdict.outcome is GateOutcome.FAILED
    assert verdict.reasons == ("lexical: 1 case broke (failing-test)",)


def test_a_case_that_broke_twice_is_one_case() -> None:
    """A wrong choice with a worse answer is counted once."""
    before = an_observation(passed=(True,))
    after = an_observation(is_right=False, passed=(False,))

    verdict = judged(a_snapshot(before), a_snapshot(after), replace(BREAKS, maximum=1))

    assert verdict.outcome is GateOutcome.PASSED
    assert verdict.reasons == (
        "lexical: 1 case broke (failing-test); 1 may; 0 fixed, 0 moved without becoming right or wrong",
    )


def test_what_broke_is_told_by_thief_and_by_loser() -> None:
    """Who took how much from whom comes first, the greatest first; names beyond five are counted."""
    before = a_snapshot(
        *(an_observation(f"stolen-{at}", chosen="a") for at in range(7)),
        an_observation("lost", chosen="b"),
        an_observation("flaky", chosen="c"),
        roster=a_roster("a", "b", "c", "d"),
    )
    after = a_snapshot(
        *(an_observation(f"stolen-{at}", chosen="thief", is_right=False) for at in range(7)),
        an_observation("lost", chosen="d", is_right=False),
        an_observation("flaky", chosen="c", outcomes=(RoutingOutcome.WRONG,)),
        roster=a_roster("a", an_agent("b", "Edited."), "c", "d", "thief"),
    )

    (reason,) = judged(before, after).reasons

    assert reason == (
        "lexical: 9 cases broke; "
        "thief stole 7 from a (stolen-0, stolen-1, stolen-2, stolen-3, stolen-4 and 2 more); "
        "b lost 1 to d (lost); "
        "1 otherwise (flaky)"
    )


def test_what_did_not_break_is_counted() -> None:
    """Fixed and moved cases are good news, or none."""
    before = [an_observation("fixed", is_right=False), an_observation("moved", chosen="a", is_right=False)]
    after = [an_observation("fixed"), an_observation("moved", chosen="b", is_right=False)]

    verdict = judged(a_snapshot(*before), a_snapshot(*after))

    assert verdict.outcome is GateOutcome.PASSED
    assert verdict.reasons == ("lexical: no case broke; 1 fixed, 1 moved without becoming right or wrong",)


def test_a_case_that_could_not_be_measured_may_have_broken() -> None:
    """Failures of the harness never fail the gate, and never pass it."""
    verdict = judged(a_snapshot(RIGHT), a_snapshot(UNMEASURED))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        "lexical: 1 case could not be measured on both sides, so nobody can tell what broke (failing-test)",
    )


def test_a_break_counts_for_more_than_a_failure_of_the_harness() -> None:
    """What is known to be broken is broken."""
    other = an_observation("other")
    after = a_snapshot(WRONG, replace(UNMEASURED, case=other.case, fingerprint=other.fingerprint))

    assert judged(a_snapshot(RIGHT, other), after).outcome is GateOutcome.FAILED


@pytest.mark.parametrize(
    "after",
    [
        a_snapshot(an_observation("added")),
        a_snapshot(an_observation(fingerprint=fingerprint_of("edited"), is_right=False)),
        a_snapshot(an_observation(subject=SubjectName("of this run"))),
        a_snapshot(observations=()),
        a_snapshot(replace(RIGHT, chosen=(), outcomes=())),
    ],
    ids=["added", "edited", "another subject", "removed", "left out"],
)
def test_where_no_case_is_compared_nobody_can_tell(after: Snapshot) -> None:
    """There is nothing that could have broken."""
    subject = reported(record=after.subjects[0])

    verdict = judge(GatePolicy(rules=(BREAKS,)), [subject], compare(a_snapshot(RIGHT), after))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == (
        f"{subject.record.name}: the baseline has 0 cases of the 1 that the rule needs as they are now",
    )


def test_a_rule_needs_its_sample() -> None:
    """With fewer cases the absence of breaks says nothing."""
    cases = [an_observation(f"case-{at}") for at in range(49)]
    rule = replace(BREAKS, minimum_sample=50)

    few = judged(a_snapshot(*cases), a_snapshot(*cases, an_observation("added")), rule)
    enough = judged(a_snapshot(*cases, RIGHT), a_snapshot(*cases, RIGHT), rule)

    assert few.reasons == ("lexical: the baseline has 49 cases of the 50 that the rule needs as they are now",)
    assert (few.outcome, enough.outcome) == (GateOutcome.INCONCLUSIVE, GateOutcome.EQUAL)


@pytest.mark.parametrize("kind", ["control", "quarantine"])
def test_what_does_not_count_may_break(kind: str) -> None:
    """A case in quarantine waits for its owner; a control whose agent was removed says nothing."""
    policy = GatePolicy(rules=(BREAKS,), quarantines=(a_quarantine("broken"),) if kind == "quarantine" else ())
    cases = [a_case("broken", preferred="gone", is_control=kind == "control"), a_case("held")]
    before, after = (side(seen("broken", [passed]), seen("held", [True]), record=STEADY) for passed in (True, False))

    assert verdict_of(policy, before, after, cases).outcome is GateOutcome.PASSED
    assert verdict_of(BREAKS, before, after, [cases[1]]).outcome is GateOutcome.FAILED


OTHERWISE = replace(
    a_subject_record(),
    routing=fingerprint_of("another router"),
    writing=fingerprint_of("another model"),
)
KNOWN = replace(a_subject_record(), routing=fingerprint_of("router"), writing=fingerprint_of("model"))


GOOD, POOR = an_observation(passed=(True,)), an_observation(passed=(False,))


def test_where_nothing_may_be_compared_nobody_can_tell() -> None:
    """Both reasons are given: another router, and another writer."""
    verdict = judged(a_snapshot(GOOD, subjects=(KNOWN,)), a_snapshot(POOR, subjects=(OTHERWISE,)))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    (reason,) = verdict.reasons
    assert reason.startswith("subject 'lexical' chooses by other means than in the accepted baseline")
    assert "; subject 'lexical' writes by other means than in the accepted baseline" in reason


def test_a_break_of_what_may_be_compared_fails_whatever_may_not() -> None:
    """Another writer excuses no wrong choice, and keeps a right one from passing."""
    before, record = a_snapshot(GOOD, subjects=(KNOWN,)), replace(OTHERWISE, routing=KNOWN.routing)

    broken = judged(before, a_snapshot(an_observation(is_right=False, passed=(True,)), subjects=(record,)))
    held = judged(before, a_snapshot(GOOD, subjects=(record,)))

    assert (broken.outcome, held.outcome) == (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE)


def selected(drawn: int, left_out: int, *, broken: int = 0) -> GateVerdict:
    """Judge a run of 10 cases that an edit concerns, some drawn among the others, and the rest left out."""
    certain = [seen(f"chosen-{at}", [True, True], inclusions=(1.0, 0.5), rounds=2) for at in range(10)]
    audit = [seen(f"drawn-{at}", [at >= broken], inclusions=(0.2,), rounds=2) for at in range(drawn)]
    rest = [seen(f"rest-{at}", (), rounds=2 if drawn else 0) for at in range(left_out)]
    names = [item.case for item in (*certain, *audit, *rest)]
    before = side(*(seen(name, [True]) for name in names), record=STEADY)
    policy = GatePolicy(rules=(replace(BREAKS, maximum=99),))
    return verdict_of(policy, before, side(*certain, *audit, *rest, record=STEADY))


def test_what_was_left_out_is_bounded_by_what_was_drawn() -> None:
    """Of 59 none broke: with 95 % certainty at most 5 % did, as the rule of three has it (3 / 59)."""
    (reason,) = selected(59, 200).reasons

    assert reason.endswith(
        "; 200 cases of 269 were left out: of 59 cases drawn among such 0 broke, so with 95% certainty at most 5% of "
        "them did"
    )


def test_what_broke_among_the_drawn_widens_the_bound() -> None:
    """Of 20 two broke: Clopper and Pearson's one-sided bound is 28 %."""
    assert (
        selected(20, 100, broken=2)
        .reasons[0]
        .endswith("of 20 cases drawn among such 2 broke, so with 95% certainty at most 28% of them did")
    )


def test_without_an_audit_nothing_is_known_of_what_was_left_out() -> None:
    """It is said in as many words; cases that were asked again by chance are no audit."""
    assert selected(0, 100).reasons[0].endswith("; 100 cases of 110 were left out, and nothing is known of them")


def test_a_run_of_everything_speaks_of_nothing_left_out() -> None:
    """The sentence is for selections."""
    assert "left out" not in selected(10, 0).reasons[0]
