"""Rules about a drop: is the candidate shown to be no worse than the margin, is it shown to be worse, or neither?

The test is one of non-inferiority. *Passed*: the lower bound of the difference lies above minus the margin. *Failed*:
it does not, and the upper bound lies below zero, so the candidate is surely worse. *Cannot tell*: neither. Each bound
errs with the rule's error rate at most. That several rules must all pass needs no correction, because a single one
that fails stops the whole; that one of many may fail by chance does, and :mod:`passmuster.analysis.gating` makes it.

Source: S. Wellek, "Testing statistical hypotheses of equivalence and noninferiority", 2nd edition (2010), chapter 1;
for the requirement that all tests pass, R. L. Berger, "Multiparameter hypothesis testing and acceptance sampling",
Technometrics 24 (1982), 295-300.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from passmuster.analysis.costs import highest_cost
from passmuster.analysis.differences import Differences, cost_differences, rate_differences
from passmuster.analysis.judging import Evidence, count, no_baseline
from passmuster.analysis.settling import Doubt
from passmuster.analysis.slicing import ALL
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.metric_names import ROUTING_ACCURACY, ROUTING_COST, RUBRIC_PASS_RATE
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule

ASPECTS = {
    ROUTING_ACCURACY: Aspect.ROUTING,
    ROUTING_COST: Aspect.ROUTING,
    RUBRIC_PASS_RATE: Aspect.OUTPUT,
}
"""Metrics that are compared with the baseline, and what they are of."""

FEWEST = 30
"""Cases below which no interval can be trusted: in a tenth of comparisons of ten cases none differs at all."""

FEWEST_OF_SLICE = 50
"""Cases below which a drop of a slice is hardly ever seen; such a slice is shown, and not gated."""

ROUNDING = 1e-9
"""Less than this comes from the additions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One rule about a drop, applied to one subject and subset.

    Attributes:
        finding: What it says; a failure holds for this rule alone.
        chance: How probable so bad a result is if nothing changed: what the correction for many rules starts from;
            ``None`` where nothing was tested.
        significance: The error rate that the rule may spend.
    """

    finding: GateFinding
    chance: float | None
    significance: float


def judge_drops(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[Drop]:
    """Judge a drop of a metric over all cases, over one subset, or over each of a dimension."""
    name, significance = subject.record.name, evidence.significance(rule)
    if evidence.comparison is None:
        yield Drop(finding=no_baseline(rule, name), chance=None, significance=significance)
        return
    aspect = ASPECTS[rule.metric]
    barred = evidence.barred(name, aspect)
    if barred:
        finding = GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence=barred[0])
        yield Drop(finding=finding, chance=None, significance=significance)
        return
    is_each = rule.subset is not None and rule.subset.endswith("=*")
    for subset, changes in evidence.slices(name, aspect, rule.subset).items():
        judging = _Judging(rule=rule, subject=subject, evidence=evidence, subset=subset, is_one_of_many=is_each)
        yield judging.drop([change for change in changes if change.difference is not None])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    rule: GateRule
    subject: SubjectReport
    evidence: Evidence
    subset: str
    is_one_of_many: bool

    def drop(self, changes: Sequence[CaseChange]) -> Drop:
        needed = self.rule.minimum_sample or (FEWEST_OF_SLICE if self.is_one_of_many else FEWEST)
        differences = self._differences(changes)
        # Cases of a group count as one: three tickets with ten cases each say little about a fourth.
        if len(differences.values) < needed:
            return self._told(GateOutcome.INCONCLUSIVE, self._few(differences, needed), None, None)
        estimate = differences.estimate(1 - 2 * self._significance)
        chance = differences.probability_of_less(0.0)
        is_within = differences.probability_of_more(-self._margin) <= self._significance
        is_worse = chance <= self._significance
        is_beyond = differences.probability_of_less(-self._margin) <= self._significance
        if is_within:
            outcome = GateOutcome.PASSED
            is_better = differences.probability_of_more(0.0) <= self._significance
            said = "it is surely better" if is_better else "more than that is ruled out"
            said = "it is surely worse, and surely by less than that" if is_worse else said
        elif is_worse:
            outcome = GateOutcome.FAILED
            said = f"it is surely worse, and {'surely' if is_beyond else 'perhaps'} by more than that"
        else:
            outcome = GateOutcome.INCONCLUSIVE
            said = f"that is not precise enough to tell; {self._advice(changes, differences, estimate)}"
        return self._told(outcome, f"{self._numbers(estimate, changes)}: {said}", estimate, chance)

    @property
    def _significance(self) -> float:
        return self.evidence.significance(self.rule)

    @property
    def _is_cost(self) -> bool:
        return self.rule.metric == ROUTING_COST

    @property
    def _scale(self) -> float:
        return highest_cost(self.evidence.policy.costs) if self._is_cost else 1.0

    @property
    def _margin(self) -> float:
        """The margin in units of the differences, in which nobody can lose more than 1."""
        limit = self.rule.maximum_rise if self._is_cost else self.rule.maximum_drop
        return min((limit or 0.0) / self._scale, 1.0 - ROUNDING)

    def _differences(self, changes: Sequence[CaseChange]) -> Differences:
        if self._is_cost:
            found = cost_differences(changes, self.evidence.cases, self.evidence.weights, highest=self._scale)
        else:
            found = rate_differences(changes, self.evidence.cases, self.evidence.weights)
        return replace(found, significance=self._significance)

    @property
    def _label(self) -> str:
        return self.rule.metric if self.subset == ALL else f"{self.rule.metric} of {self.subset}"

    def _few(self, differences: Differences, needed: int) -> str:
        size, units = differences.size, len(differences.values)
        found = count(size, "case") if units == size else f"{count(size, 'case')} in {count(units, 'group')}"
        if self.is_one_of_many:
            return f"{self._label} rests on {found}: shown and not gated, which takes {needed}"
        return f"{self._label} was compared on {found}: too few to gate, which takes {needed}"

    def _numbers(self, estimate: Estimate, changes: Sequence[CaseChange]) -> str:
        """Say what changed in the metric's own direction, with what is allowed; rates in points."""
        value, lower, upper = estimate.value, estimate.lower, estimate.upper
        if self._is_cost:
            value, lower, upper = (-number * self._scale for number in (value, upper, lower))
            allowed, digits, unit = f"a rise of {self.rule.maximum_rise or 0.0:g}", 3, ""
        else:
            value, lower, upper = (100 * number for number in (value, lower, upper))
            allowed, digits, unit = f"a drop of {100 * (self.rule.maximum_drop or 0.0):g} points", 1, " points"
        changed = f"{'rose' if value > 0 else 'fell'} by {abs(value):.{digits}f}{unit}"
        if abs(value) < ROUNDING:
            changed = "did not change"
        bounds = f"({lower:+.{digits}f} to {upper:+.{digits}f})"
        left_out = _left_out(changes)
        over = f"over {count(estimate.sample_size, 'case')}{f', {left_out} of them left out' if left_out else ''}"
        return f"{self._label} {changed} {bounds} {over}; {allowed} is allowed"

    def _told(self, outcome: GateOutcome, sentence: str, estimate: Estimate | None, chance: float | None) -> Drop:
        finding = GateFinding(
            rule=self.rule,
            subject=self.subject.record.name,
            outcome=outcome,
            sentence=f"{self.subject.record.name}: {sentence}",
            estimate=estimate,
            subset=None if self.subset == ALL else self.subset,
            is_gated=estimate is not None or not self.is_one_of_many,
        )
        return Drop(finding=finding, chance=chance, significance=self._significance)

    def _advice(self, changes: Sequence[CaseChange], differences: Differences, estimate: Estimate) -> str:
        """Say how many trials or cases would probably settle it, if in truth nothing has changed."""
        if self._margin <= 0:
            return "no number of cases shows that nothing at all was lost: allow a little"
        left_out = _left_out(changes)
        if left_out:
            return f"run more of the {count(left_out, 'case')} that were left out (--audit), or all of them"
        doubt = Doubt(
            values=differences.shares,
            lower=estimate.lower / differences.heaviest,
            margin=self._margin / differences.heaviest,
            trials=_usual(change.candidate_trials for change in changes),
            baseline_trials=_usual(change.baseline_trials for change in changes),
        )
        trials, units = doubt.trials_needed(), doubt.units_needed()
        wishes = [f"{trials} trials of each case"] if trials else []
        if units:
            wishes.append(f"{ceil(units * differences.size / len(differences.values))} cases")
        if not wishes:
            return "no number of cases that anybody makes would settle it: allow a little more"
        return f"if nothing has changed, {' or '.join(wishes)} in all would probably settle it"


def _left_out(changes: Iterable[CaseChange]) -> int:
    return sum(change.kind is ChangeKind.LEFT_OUT for change in changes)


def _usual(trials: Iterable[int]) -> float:
    """Return how often a case was asked on average, of those that were asked."""
    made = [number for number in trials if number]
    return sum(made) / len(made) if made else 1.0
