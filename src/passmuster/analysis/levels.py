"""Rules about the level of a metric: the bound of its interval must meet the limit, and not the point alone.

*Passed*: the level surely meets the limit. *Failed*: it surely misses it. *Cannot tell*: neither. A limit that no
sample could show, at least 1 or at most 0, asks for the cases at hand and no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf

from passmuster.analysis.judging import Evidence, too_few
from passmuster.analysis.power import USUAL
from passmuster.analysis.quantiles import binomial_at_most, normal_upper_tail, quantile
from passmuster.analysis.slicing import ALL
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule

ROUNDING = 1e-9
"""A mean of 0.7 must meet a limit of 0.7 whatever the order of the additions."""

MOST_CASES = 1_000_000
"""More cases than anybody asks about."""

COUNTED = "Wilson"
"""The method of an interval of a plain share of cases, whose chances are those of a binomial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One rule about a level, applied to one subject; see :class:`passmuster.analysis.drops.Drop`."""

    finding: GateFinding
    chance: float | None
    significance: float


def judge_level(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Level:
    """Judge a level; too many failures of the harness make it unknown and no worse."""
    name, significance = subject.record.name, evidence.significance(rule)
    label = rule.metric if rule.subset is None else f"{rule.metric} of {rule.subset}"
    found = subject.metric(rule.metric, rule.subset or ALL)
    needed = rule.minimum_sample or 1
    if found is None or found.sample_size < needed:
        size = 0 if found is None else found.sample_size
        sentence = f"{name}: {label} rests on {too_few(size, needed)}"
        finding = GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)
        return Level(finding=finding, chance=None, significance=significance)
    limits = tuple(_limits(rule, found, significance))
    outcome, said = _outcome(rule, limits, significance)
    bounds = one_sided(found, significance)
    span = f" ({bounds.lower:.3f} to {bounds.upper:.3f})" if bounds.lower < bounds.upper else ""
    unit = "measurements" if rule.metric == HARNESS_FAILURE_RATE else "cases"
    asked = " and ".join(f"{'at least' if item.is_floor else 'at most'} {item.limit:g}" for item in limits)
    sentence = f"{name}: {label} is {found.value:.3f}{span} over {found.sample_size} {unit}; {asked} is asked for{said}"
    finding = GateFinding(rule=rule, subject=name, outcome=outcome, sentence=sentence, estimate=found)
    is_tested = found.confidence < 1 and not all(item.is_of_these_cases for item in limits)
    chance = min(item.chance for item in limits) if is_tested else None
    return Level(finding=finding, chance=chance, significance=significance)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """One limit, and how the level stands to it.

    Attributes:
        limit: As in the rule.
        is_floor: Whether it is a minimum.
        is_of_these_cases: Whether it is one that no sample could show.
        is_met: Whether the level surely meets it.
        chance: How probable so bad a level is if the true one just meets it.
        needed: How many cases would show it, or show the contrary; ``None`` where no number that is made would.
    """

    limit: float
    is_floor: bool
    is_of_these_cases: bool
    is_met: bool
    chance: float
    needed: int | None


def _limits(rule: GateRule, found: Estimate, significance: float) -> Iterator[_Limit]:
    bounds = one_sided(found, significance)
    for limit, is_floor in ((rule.minimum, True), (rule.maximum, False)):
        if limit is None:
            continue
        # By how much the level, and the bound that could miss it, are on the right side.
        sign = 1 if is_floor else -1
        ahead = sign * (found.value - limit)
        to_worst = found.value - bounds.lower if is_floor else bounds.upper - found.value
        to_best = bounds.upper - found.value if is_floor else found.value - bounds.lower
        is_of_these = limit >= 1 if is_floor else limit <= 0
        yield _Limit(
            limit=limit,
            is_floor=is_floor,
            is_of_these_cases=is_of_these,
            is_met=ahead >= (0.0 if is_of_these else to_worst) - ROUNDING,
            chance=_chance(found, limit, is_floor=is_floor) if not is_of_these else float(ahead >= -ROUNDING),
            needed=_needed(found.sample_size, abs(ahead), to_worst if ahead > 0 else to_best, significance),
        )


def _outcome(rule: GateRule, limits: tuple[_Limit, ...], significance: float) -> tuple[GateOutcome, str]:
    if all(item.is_met for item in limits):
        return GateOutcome.PASSED, ""
    is_missed = any(not item.is_met and item.chance <= significance for item in limits)
    if is_missed and rule.metric == HARNESS_FAILURE_RATE:
        return GateOutcome.INCONCLUSIVE, ": what failed in the harness may hide what an agent does"
    if is_missed:
        return GateOutcome.FAILED, ""
    numbers = [item.needed for item in limits if not item.is_met]
    known = [number for number in numbers if number is not None]
    unsure = ", and that is not precise enough to tell"
    if len(known) < len(numbers):
        return GateOutcome.INCONCLUSIVE, f"{unsure}; it is so near that no number of cases would settle it"
    return GateOutcome.INCONCLUSIVE, f"{unsure}; if it stays so, {max(known)} cases in all would probably settle it"


def _chance(found: Estimate, limit: float, *, is_floor: bool) -> float:
    """Return how probable so bad a level is if the true one just meets the limit."""
    size, value = found.sample_size, found.value
    if found.method == COUNTED:
        passes, share = (value, limit) if is_floor else (1 - value, 1 - limit)
        return binomial_at_most(round(passes * size), size, max(0.0, share))
    behind = limit - value if is_floor else value - limit
    half = found.upper - value if is_floor else value - found.lower
    if behind <= ROUNDING or half <= 0:
        return 0.0 if behind > ROUNDING else 1.0
    return normal_upper_tail(behind / half * quantile(found.confidence))


def _needed(size: int, distance: float, half: float, significance: float) -> int | None:
    """Return how many cases would bring a bound to the limit in four of five samples, if the level is as it seems."""
    reach = quantile(1 - 2 * significance)
    factor = half / distance * (1 + quantile(2 * USUAL.power - 1) / reach) if distance > ROUNDING else inf
    return ceil(size * max(1.0, factor) ** 2) if size * factor**2 <= MOST_CASES else None
