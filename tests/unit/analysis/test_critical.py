"""Critical cases: broken for certain, in doubt, or held; each alone stops a merge."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from passmuster.analysis.critical import fisher_probability
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.metric_names import CRITICAL_BREAKS
from passmuster.domain.observations import Aspect, CaseObservation
from passmuster.domain.values import fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict
from passmuster.testing.factories import a_case, a_quarantine

from .made_up_gates import LEXICAL, STEADY, VARYING, numbered, seen, side, verdict_of

CRITICAL = GateRule(metric=CRITICAL_BREAKS, maximum=0)


def a_change(former: int, before: int, now: int, after: int) -> CaseChange:
    return CaseChange(
        subject=LEXICAL,
        case=a_case().identifier,
        aspect=Aspect.ROUTING,
        kind=ChangeKind.BROKEN,
        baseline_rate=former / before,
        candidate_rate=now / after,
        baseline_trials=before,
        candidate_trials=after,
    )


@given(data=st.data(), before=st.integers(1, 30), after=st.integers(1, 30))
def test_the_probability_is_fishers(data: st.DataObject, before: int, after: int) -> None:
    """As scipy has it: the candidate passes less, which is the baseline passing more."""
    former, now = data.draw(st.integers(0, before)), data.draw(st.integers(0, after))

    probability = fisher_probability(a_change(former, before, now, after))

    table = np.array([[now, after - now], [former, before - former]])
    assert probability == pytest.approx(fisher_exact(table, alternative="less").pvalue, rel=1e-9)
    assert probability == pytest.approx(fisher_exact(table[::-1], alternative="greater").pvalue, rel=1e-9)


def critical(*names: str) -> list[Case]:
    return [a_case(name, is_critical=True) for name in names]


def judged(
    before: list[CaseObservation],
    after: list[CaseObservation],
    cases: list[Case] | None = None,
    rule: GateRule = CRITICAL,
) -> GateVerdict:
    known = critical(*(item.case for item in before)) if cases is None else cases
    return verdict_of(rule, side(*before), side(*after), known)


def test_a_subject_without_noise_is_taken_at_its_word() -> None:
    """One trial is enough, and an edit that did it is named."""
    before, after = (side(seen("one", [passed]), record=STEADY) for passed in (True, False))

    verdict = verdict_of(CRITICAL, before, after, critical("one"))

    assert verdict.outcome is GateOutcome.FAILED
    assert verdict.reasons == (
        "lexical: 1 critical case broke (one): no description differs: the router or its model changed, or varies",
    )


def test_a_case_that_stays_broken_fails_the_gate() -> None:
    """Ten of ten before and none of five now is no chance: 1 in 3003."""
    verdict = judged(numbered([10], 10), numbered([0], 5))

    assert verdict.outcome is GateOutcome.FAILED
    assert verdict.reasons[0].startswith("lexical: 1 critical case broke, and not by chance (case-0): ")
    assert 1 / comb(15, 5) == pytest.approx(fisher_probability(a_change(10, 10, 0, 5)))


@pytest.mark.parametrize("trials", [3, 10])
def test_doubt_says_how_many_repetitions_settle_it(trials: int) -> None:
    """If the candidate goes on like this, that many show it, and one fewer does not."""
    before = numbered([trials, trials], trials)

    verdict = judged(before, numbered([0, 1], 1))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    start, _, end = verdict.reasons[0].partition("if it goes on like this, ")
    assert start.startswith("lexical: 1 critical case may be broken (case-0): repeat the candidate's; ")
    needed = int(end.removesuffix(" trials of each show that it is no chance"))
    enough, fewer = (judged(before, numbered([0, size], size)) for size in (needed, needed - 1))
    assert (enough.outcome, fewer.outcome) == (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE)


def test_too_few_trials_of_the_baseline_are_a_doubt_that_only_both_sides_settle() -> None:
    """After a single pass even a hundred failures leave 1 in 100 to chance, which is too much among many cases."""
    verdict = judged(numbered([1] * 9, 1), numbered([0, *[1] * 8], 1))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert "repeat both sides more often" in verdict.reasons[0]


def test_a_case_that_mostly_passes_is_not_broken() -> None:
    """Less often right than before, by no more than chance: it passes, and is named."""
    verdict = judged(numbered([10, 10], 10), numbered([10, 8], 10))

    assert verdict.outcome is GateOutcome.PASSED
    (reason,) = verdict.reasons
    assert reason.startswith("lexical: none of 2 critical cases broke; ")
    assert reason.endswith("; less often right than before, but no more than chance explains: case-1")


def test_many_critical_cases_fail_no_more_often_than_one() -> None:
    """Thirty flaky ones, unchanged, 300 times: at most 5 % of the gates fail."""
    generator = np.random.default_rng(20261120)
    before, after = generator.binomial(10, 0.6, size=(2, 300, 30)).tolist()

    failed = sum(
        judged(numbered(one, 10), numbered(other, 10)).outcome is GateOutcome.FAILED
        for one, other in zip(before, after, strict=True)
    )

    # Simulation error is 1.3 points; two of them are allowed for.
    assert failed / 300 <= 0.076


def test_a_single_small_probability_among_many_is_chance() -> None:
    """Five of five against one of five has 2.4 %: enough for one critical case, and not for ten."""
    alone = judged(numbered([5], 5), numbered([1], 5))
    among = judged(numbered([5] * 10, 5), numbered([1, *[5] * 9], 5))

    assert fisher_probability(a_change(5, 5, 1, 5)) == pytest.approx(6 / 252)
    assert (alone.outcome, among.outcome) == (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE)


def test_a_rule_may_allow_some() -> None:
    """What broke is named all the same."""
    verdict = judged(numbered([10, 10], 10), numbered([0, 10], 10), rule=replace(CRITICAL, maximum=1))

    assert verdict.outcome is GateOutcome.PASSED
    assert "1 critical case broke, and not by chance (case-0)" in verdict.reasons[0]
    assert verdict.reasons[0].endswith("; 1 may")


def test_a_case_that_broke_in_both_aspects_is_one() -> None:
    """A wrong choice with a worse answer."""
    before = [seen("one", [True] * 10, passed=(True,) * 10)]
    after = [seen("one", [False] * 10, passed=(False,) * 10)]

    assert judged(before, after).reasons[0].startswith("lexical: 1 critical case broke")


UNMEASURED = seen("one", (), failures=1)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ([UNMEASURED], "lexical: 1 critical case could not be measured on both sides (one)"),
        ([seen("one", ())], "lexical: 1 critical case was left out of the run (one)"),
        (
            [seen("one", [True], fingerprint=fingerprint_of("edited"))],
            "lexical: of the critical cases the baseline has 0 cases of the 1 that the rule needs as they are now",
        ),
    ],
)
def test_what_was_not_measured_did_not_hold(after: list[CaseObservation], sentence: str) -> None:
    """Neither a failure of the harness, nor leaving it out, nor editing it passes a critical case."""
    verdict = judged([seen("one", [True])], after)

    assert (verdict.outcome, verdict.reasons) == (GateOutcome.INCONCLUSIVE, (sentence,))


def test_a_new_critical_case_harms_nothing_beside_others() -> None:
    """There is nothing that it could have broken against."""
    verdict = judged([seen("one", [True])], [seen("one", [True]), seen("new", [False])], critical("one", "new"))

    assert verdict.reasons == ("lexical: none of 1 critical case broke",)


def test_a_case_that_is_gone_harms_nothing() -> None:
    """It was removed on purpose."""
    verdict = judged([seen("one", [True]), seen("gone", [True])], [seen("one", [True])], critical("one"))

    assert verdict.outcome is GateOutcome.PASSED


def test_what_was_chosen_by_other_means_is_not_compared() -> None:
    """A critical case that cannot be compared has not held."""
    other = replace(VARYING, fingerprint=fingerprint_of("another"))

    verdict = verdict_of(CRITICAL, side(seen("one", [True])), side(seen("one", [True]), record=other), critical("one"))

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert "chooses by other means" in verdict.reasons[0]


def test_without_critical_cases_nothing_is_said() -> None:
    """Neither where no case is critical, nor where all that are wait in quarantine."""
    before, after = side(seen("one", [True])), side(seen("one", [False]))
    waiting = GatePolicy(rules=(CRITICAL,), quarantines=(a_quarantine("one"),))

    assert verdict_of(CRITICAL, before, after, [a_case("one")]).findings == ()
    assert verdict_of(waiting, before, after, critical("one")).findings == ()


def test_without_critical_cases_a_gate_of_that_alone_cannot_tell() -> None:
    """A rule that is about nothing is no reason to merge."""
    verdict = verdict_of(CRITICAL, side(seen("one", [True])), side(seen("one", [True])), [a_case("one")])

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert verdict.reasons == ("no rule of the gate found a case in this run that it is about",)
