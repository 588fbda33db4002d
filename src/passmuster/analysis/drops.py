"""Rules about a drop: is the candidate shown to be no worse than the margin, is it shown to be worse, or neither?

The test is one of non-inferiority. *Passed*: the lower bound of the difference lies above minus the margin. *Failed*:
it does not, and the upper bound lies below zero, so the candidate is surely worse. *Cannot tell*: neither. Each bound
errs with the rule's error rate at most. That several rules must all pass needs no correction, because a single one
that fails stops the whole; that one of many may fail by chance does, and :mod:`passmuster.analysis.gating` makes it.

Source: S. Wellek, "Testing statistical hypotheses of equivalence and noninferiority", 2nd edition (2010), chapter 1;
for the requirement that all tests pass, R. L. Berger, "Multiparameter hypothesis testing and acceptance sampling",
Technometrics 24 (1982), 295-300.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.analysis.costs import highest_cost
from passmuster.analysis.differences import Differences, cost_differences, rate_differences
from passmuster.analysis.judging import Evidence, count, no_baseline
from passmuster.analysis.power import Aim, Design, Shape, VarianceSplit, cases_needed, trials_needed
from passmuster.analysis.slicing import ALL
from passmuster.domain.metric_names import ROUTING_ACCURACY, ROUTING_COST, RUBRIC_PASS_RATE
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import Aspect, CaseChange, Estimate, GateFinding, GateOutcome, GateRule

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

MOST_ADVISED = 200
"""More trials of a case than anybody would make for one verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One rule about a drop, applied to one subject and subset.

    Attributes:
        finding: What it says; a failure holds for this rule alone.
        chance: How probable so bad a result is if nothing changed: what the correction for many rules starts from.
        significance: The error rate that the rule may spend.
    """

    finding: GateFinding
    chance: float
    significance: float


def judge_drops(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[Drop]:
    """Judge a drop of a metric over all cases, over one subset, or over each of a dimension."""
    name, significance = subject.record.name, evidence.significance(rule)
    if evidence.comparison is None:
        yield Drop(finding=no_baseline(rule, name), chance=1.0, significance=significance)
        return
    aspect = ASPECTS[rule.metric]
    barred = [item for item in evidence.comparison.incomparable if (item.subject, item.aspect) == (name, aspect)]
    if barred:
        finding = GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence=barred[0].reason)
        yield Drop(finding=finding, chance=1.0, significance=significance)
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
        if differences.size < needed:
            return self._told(GateOutcome.INCONCLUSIVE, self._few(differences.size, needed), None, 1.0)
        estimate = differences.estimate(1 - 2 * self._significance)
        chance = differences.probability_of_less(0.0)
        is_within = differences.probability_of_more(-self._margin) <= self._significance
        sentence = self._numbers(estimate)
        if is_within:
            worse = chance <= self._significance
            said = "it is surely worse, and surely by less than that" if worse else "it is surely no worse than that"
            return self._told(GateOutcome.PASSED, f"{sentence}: {said}", estimate, chance)
        if chance <= self._significance:
            said = f"{sentence}: it is surely worse, and may be so by more than that"
            return self._told(GateOutcome.FAILED, said, estimate, chance)
        said = f"{sentence}: that is not precise enough to tell; {self._advice(changes, estimate)}"
        return self._told(GateOutcome.INCONCLUSIVE, said, estimate, chance)

    @property
    def _significance(self) -> float:
        return self.evidence.significance(self.rule)

    @property
    def _scale(self) -> float:
        return highest_cost(self.evidence.policy.costs) if self.rule.metric == ROUTING_COST else 1.0

    @property
    def _margin(self) -> float:
        """The margin in units of the differences."""
        limit = self.rule.maximum_rise if self.rule.metric == ROUTING_COST else self.rule.maximum_drop
        # A margin of nothing would be met by nothing: a bound lies below its estimate.
        return min((limit or 0.0) / self._scale, 1.0 - 1e-9)

    def _differences(self, changes: Sequence[CaseChange]) -> Differences:
        if self.rule.metric == ROUTING_COST:
            return cost_differences(changes, self.evidence.cases, highest=self._scale)
        return rate_differences(changes, self.evidence.cases)

    @property
    def _label(self) -> str:
        return self.rule.metric if self.subset == ALL else f"{self.rule.metric} of {self.subset}"

    def _few(self, size: int, needed: int) -> str:
        if self.is_one_of_many:
            return f"{self._label} rests on {count(size, 'case')}: shown and not gated, which takes {needed}"
        return f"{self._label} was compared on {count(size, 'case')}: too few to gate, which takes {needed}"

    def _numbers(self, estimate: Estimate) -> str:
        allowed = f"a drop of up to {self._margin:.3f} is allowed"
        value, lower, upper = estimate.value, estimate.lower, estimate.upper
        if self.rule.metric == ROUTING_COST:
            value, lower, upper = (-number * self._scale for number in (value, upper, lower))
            allowed = f"a rise of up to {self.rule.maximum_rise or 0.0:.3f} is allowed"
        changed = f"{self._label} changed by {value:+.3f} ({lower:+.3f} to {upper:+.3f})"
        return f"{changed} on {estimate.sample_size} cases; {allowed}"

    def _told(self, outcome: GateOutcome, sentence: str, estimate: Estimate | None, chance: float) -> Drop:
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

    def _advice(self, changes: Sequence[CaseChange], estimate: Estimate) -> str:
        """Say how many trials or cases would settle it with 80 % power, if in truth nothing has changed."""
        split = _variance(changes)
        if self._margin <= 0 or split.within <= 0:
            return "more repetitions, or more cases, would settle it"
        trials = [change.candidate_trials for change in changes]
        before = [change.baseline_trials for change in changes]
        design = Design(
            cases=estimate.sample_size,
            trials=max(1, round(sum(trials) / len(trials))),
            baseline_trials=max(1, round(sum(before) / len(before))),
        )
        aim = Aim(significance=self._significance)
        more = trials_needed(split, design, self._margin, aim=aim, shape=Shape.EVEN)
        cases = cases_needed(split, design, self._margin, aim=aim, shape=Shape.EVEN)
        wishes = [f"{cases} cases"] if cases > design.cases else []
        if more is not None and design.trials < more <= MOST_ADVISED:
            wishes.insert(0, f"{more} trials of each case")
        if not wishes:
            return "by its size it could have been: run it again, or add cases"
        return f"if nothing has changed, {' or '.join(wishes)} would probably settle it"


def _variance(changes: Sequence[CaseChange]) -> VarianceSplit:
    """Estimate what one trial varies by, from repeated trials on either side or, failing these, from the pairs."""
    within = []
    for change in changes:
        sides = ((change.baseline_rate, change.baseline_trials), (change.candidate_rate, change.candidate_trials))
        repeated = [rate * (1 - rate) * size / (size - 1) for rate, size in sides if rate is not None and size > 1]
        if repeated:
            within.append(sum(repeated) / len(repeated))
        elif change.difference is not None:
            # Of two single trials of one case half the squared difference is the variance of one.
            within.append(change.difference**2 / 2)
    rates = [change.baseline_rate for change in changes if change.baseline_rate is not None]
    mean = sum(rates) / len(rates) if rates else 0.0
    return VarianceSplit(mean=mean, within=sum(within) / len(within) if within else 0.0, between=0.0)
