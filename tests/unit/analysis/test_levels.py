"""Rules about the level of a metric: surely met, surely missed, or cannot tell."""

import numpy as np
import pytest

from passmuster.analysis.gating import judge
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.levels import one_sided
from passmuster.analysis.quantiles import quantile
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Metric
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule, GateVerdict

from .made_up_gates import a_metric, reported

HALF = 0.1
SHRINKING = quantile(0.9) / quantile(0.95)
"""From the half width of a two-sided interval of 95 % to that of bounds that each err in 5 %."""


def judged(rule: GateRule, *metrics: Metric, looks: int = 1) -> GateVerdict:
    return judge(GatePolicy(rules=(rule,)), [reported(*metrics)], None, looks=looks)


def of_cases(right: int, size: int) -> Metric:
    return Metric(name="routing_accuracy", subset="all", estimate=mean_estimate([1.0] * right + [0.0] * (size - right)))


MET, MISSED = 0.8 - HALF * SHRINKING, 0.8 + HALF * SHRINKING


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (GateRule(metric="routing_accuracy", minimum=MET - 0.001), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=MET), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=MET + 0.001), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", minimum=0.8), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", minimum=MISSED - 0.001), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", minimum=MISSED + 0.001), GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", maximum=MISSED), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", maximum=MISSED - 0.001), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", maximum=MET - 0.001), GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", minimum=0.1, maximum=0.95), GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=0.1, maximum=0.8), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", minimum=0.8, maximum=0.2), GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", maximum=3.0), GateOutcome.PASSED),
        (GateRule(metric="macro_f1", minimum=0.1), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", subset="tag=x", minimum=0.1), GateOutcome.INCONCLUSIVE),
        (GateRule(metric="routing_accuracy", minimum=0.1, minimum_sample=51), GateOutcome.INCONCLUSIVE),
    ],
)
def test_the_bound_must_meet_the_limit_and_not_the_point(rule: GateRule, outcome: GateOutcome) -> None:
    """A metric that is not there, or rests on too few cases, cannot tell either."""
    assert judged(rule, a_metric(0.8, half=HALF)).outcome is outcome


@pytest.mark.parametrize(
    ("minimum", "outcome"),
    [
        (0.8, GateOutcome.PASSED),
        (0.1 + 0.7, GateOutcome.PASSED),
        (0.8 + 1e-12, GateOutcome.PASSED),
        (0.801, GateOutcome.FAILED),
    ],
)
def test_an_interval_without_width_is_met_on_the_limit(minimum: float, outcome: GateOutcome) -> None:
    """Where nothing is uncertain the point decides, whatever the order of the additions."""
    assert judged(GateRule(metric="routing_accuracy", minimum=minimum), a_metric(0.8)).outcome is outcome


@pytest.mark.parametrize(
    ("rule", "right", "outcome"),
    [
        (GateRule(metric="routing_accuracy", minimum=1.0), 50, GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", minimum=1.0), 49, GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", maximum=0.0), 0, GateOutcome.PASSED),
        (GateRule(metric="routing_accuracy", maximum=0.0), 1, GateOutcome.FAILED),
        (GateRule(metric="routing_accuracy", minimum=0.99), 50, GateOutcome.INCONCLUSIVE),
    ],
)
def test_a_limit_that_no_sample_can_show_asks_for_these_cases(rule: GateRule, right: int, outcome: GateOutcome) -> None:
    """All of them, or none: the only thing that can be meant."""
    assert judged(rule, of_cases(right, 50)).outcome is outcome


DOUBT = "and that is not precise enough to tell"


@pytest.mark.parametrize(
    ("minimum", "maximum", "asked"),
    [
        (0.5, 1.0, "at least 0.5 and at most 1 is asked for"),
        (
            0.75,
            None,
            f"at least 0.75 is asked for, {DOUBT}; if it stays so, 322 cases in all would probably settle it",
        ),
        (0.8, None, f"at least 0.8 is asked for, {DOUBT}; it is so near that no number of cases would settle it"),
    ],
)
def test_a_level_is_told_with_its_interval_and_subset(minimum: float, maximum: float | None, asked: str) -> None:
    """What was asked of which cases, and, in doubt, how many cases it would take."""
    rule = GateRule(metric="routing_accuracy", subset="tag=x", minimum=minimum, maximum=maximum)

    (reason,) = judged(rule, a_metric(0.8, subset="tag=x", half=HALF)).reasons

    assert reason == f"lexical: routing_accuracy of tag=x is 0.800 (0.716 to 0.884) over 50 cases; {asked}"


def test_a_level_that_nothing_is_known_of_says_so() -> None:
    """There is no case with that number."""
    (reason,) = judged(GateRule(metric="rubric_score", minimum=0.5), a_metric(0.8)).reasons

    assert reason == "lexical: rubric_score rests on 0 cases of the 1 that the rule needs"


def test_failures_of_the_harness_never_fail_the_gate() -> None:
    """Too many of them hide the truth, and do not break it."""
    rule = GateRule(metric="harness_failure_rate", maximum=0.02)

    def outcome(rate: float) -> GateVerdict:
        estimate = Estimate(value=rate, lower=rate, upper=rate, confidence=1.0, sample_size=50, method="exact")
        return judged(rule, Metric(name="harness_failure_rate", subset="all", estimate=estimate))

    assert outcome(0.02).outcome is GateOutcome.PASSED
    assert outcome(1.0).outcome is GateOutcome.INCONCLUSIVE
    (reason,) = outcome(1.0).reasons
    assert reason.startswith("lexical: harness_failure_rate is 1.000 over 50 measurements; at most 0.02 is asked for: ")
    assert reason.endswith(": what failed in the harness may hide what an agent does")


@pytest.mark.parametrize("size", [30, 100])
@pytest.mark.parametrize("limit", [0.5, 0.8, 0.95, 0.98])
def test_a_level_on_its_limit_is_told_as_rarely_as_stated(size: int, limit: float) -> None:
    """Weighed over every count that can come out, at most 6 % pass a minimum, and at most 5 % fail it."""
    rule = GateRule(metric="routing_accuracy", minimum=limit)
    generator = np.random.default_rng(20261110)
    counts = np.bincount(generator.binomial(size, limit, size=100_000), minlength=size + 1) / 100_000

    outcomes = [judged(rule, of_cases(right, size)).outcome for right in range(size + 1)]

    shares = {
        outcome: sum(share for share, found in zip(counts, outcomes, strict=True) if found is outcome)
        for outcome in GateOutcome
    }
    assert shares[GateOutcome.FAILED] <= 0.052
    assert shares[GateOutcome.PASSED] <= 0.06


def test_the_cases_that_it_asks_for_settle_it() -> None:
    """With exactly that many, and a true level as it was seen, four of five verdicts are settled."""
    rule = GateRule(metric="routing_accuracy", minimum=0.7)
    (reason,) = judged(rule, of_cases(76, 100)).reasons
    size = int(reason.partition("if it stays so, ")[2].split()[0])
    right = np.random.default_rng(20261111).binomial(size, 0.76, size=400)

    settled = sum(judged(rule, of_cases(int(one), size)).outcome is GateOutcome.PASSED for one in right) / 400

    assert size > 100
    assert settled == pytest.approx(0.8, abs=0.06)


def test_more_looks_ask_for_more() -> None:
    """Each look has a share of the error rate, so its bound lies further out."""
    rule = GateRule(metric="routing_accuracy", minimum=0.72)

    outcomes = [judged(rule, of_cases(80, 100), looks=looks).outcome for looks in (1, 10)]

    assert outcomes == [GateOutcome.PASSED, GateOutcome.INCONCLUSIVE]


def test_bounds_are_drawn_in_to_one_side() -> None:
    """Half of the two-sided rate on each side is more than the one-sided one needs; an exact count has no width."""
    two_sided = a_metric(0.8, half=HALF).estimate
    exact = Estimate(value=0.5, lower=0.5, upper=0.5, confidence=1.0, sample_size=1, method="exact")

    bounds = one_sided(two_sided, 0.05)

    assert (bounds.lower, bounds.upper) == pytest.approx((MET, MISSED))
    assert bounds.confidence == pytest.approx(0.9)
    assert (one_sided(exact, 0.05).lower, one_sided(exact, 0.05).upper) == (0.5, 0.5)
