"""Rules about the level of a metric: the bound of its interval must meet the limit, and not the point alone."""

from dataclasses import dataclass

from passmuster.analysis.judging import Evidence, too_few
from passmuster.analysis.quantiles import normal_upper_tail, quantile
from passmuster.analysis.slicing import ALL
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import Estimate, GateFinding, GateOutcome, GateRule

ROUNDING = 1e-9
"""A mean of 0.7 must meet a limit of 0.7 whatever the order of the additions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One rule about a level, applied to one subject; see :class:`passmuster.analysis.drops.Drop`."""

    finding: GateFinding
    chance: float
    significance: float


def judge_level(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Level:
    """Judge a level: passed if it is surely met, failed if it is surely missed, and otherwise nobody can tell."""
    name, significance = subject.record.name, evidence.significance(rule)
    label = rule.metric if rule.subset is None else f"{rule.metric} of {rule.subset}"
    found = subject.metric(rule.metric, rule.subset or ALL)
    needed = rule.minimum_sample or 1
    if found is None or found.sample_size < needed:
        size = 0 if found is None else found.sample_size
        sentence = f"{name}: {label} rests on {too_few(size, needed)}"
        finding = GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)
        return Level(finding=finding, chance=1.0, significance=significance)
    bounds = one_sided(found, significance)
    limits = {"at least": rule.minimum, "at most": rule.maximum}
    asked = " and ".join(f"{words} {limit:g}" for words, limit in limits.items() if limit is not None)
    outcome = _outcome(rule, bounds)
    unsure = " surely" if outcome is GateOutcome.INCONCLUSIVE and found.lower < found.upper else ""
    span = f" ({bounds.lower:.3f} to {bounds.upper:.3f})" if found.lower < found.upper else ""
    sentence = f"{name}: {label} is {found.value:.3f}{span} over {found.sample_size}; {asked} is{unsure} asked for"
    finding = GateFinding(rule=rule, subject=name, outcome=outcome, sentence=sentence, estimate=found)
    return Level(finding=finding, chance=_chance(rule, found), significance=significance)


def _outcome(rule: GateRule, bounds: Estimate) -> GateOutcome:
    # Failures of the harness are no fault of the agents: too many of them hide the truth, and do not break it.
    broken = GateOutcome.INCONCLUSIVE if rule.metric == HARNESS_FAILURE_RATE else GateOutcome.FAILED
    is_below = rule.minimum is not None and bounds.upper < rule.minimum - ROUNDING
    is_above = rule.maximum is not None and bounds.lower > rule.maximum + ROUNDING
    if is_below or is_above:
        return broken
    reaches = rule.minimum is None or bounds.lower >= rule.minimum - ROUNDING
    stays = rule.maximum is None or bounds.upper <= rule.maximum + ROUNDING
    return GateOutcome.PASSED if reaches and stays else GateOutcome.INCONCLUSIVE


def one_sided(estimate: Estimate, significance: float) -> Estimate:
    """Turn a two-sided interval into one whose bounds each err with about the given rate."""
    factor = quantile(1 - 2 * significance) / quantile(estimate.confidence) if estimate.confidence < 1 else 1.0
    return Estimate(
        value=estimate.value,
        lower=estimate.value - (estimate.value - estimate.lower) * factor,
        upper=estimate.value + (estimate.upper - estimate.value) * factor,
        confidence=1 - 2 * significance,
        sample_size=estimate.sample_size,
        method=estimate.method,
    )


def _chance(rule: GateRule, estimate: Estimate) -> float:
    """Return how probable so bad a level is if the true one just meets the limit, from the interval's bounds."""
    if estimate.confidence >= 1:
        return 1.0
    reach = quantile(estimate.confidence)
    chances = [1.0]
    if rule.minimum is not None and estimate.upper > estimate.value:
        chances.append(normal_upper_tail((rule.minimum - estimate.value) / (estimate.upper - estimate.value) * reach))
    if rule.maximum is not None and estimate.value > estimate.lower:
        chances.append(normal_upper_tail((estimate.value - rule.maximum) / (estimate.value - estimate.lower) * reach))
    return min(chances)
