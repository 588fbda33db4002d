"""What a gate asks about drops of the metrics: how much it allows, how sure it must be, and of how many cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passmuster.analysis.drops import ASPECTS, FEWEST, FEWEST_OF_SLICE
from passmuster.analysis.judging import concerns
from passmuster.analysis.power import USUAL, Aim
from passmuster.analysis.slicing import ALL, METRIC_OF, slices_of
from passmuster.domain.cases import Case
from passmuster.domain.metric_names import COUNTED, RUBRIC_PASS_RATE, UNACCEPTED_BREAKS
from passmuster.domain.observations import Aspect
from passmuster.domain.results import SubjectRecord
from passmuster.domain.verdicts import GateRule

EACH = "=*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One subject as the gate will see it.

    Attributes:
        record: The subject.
        cases: What will be compared and counts, by aspect; an aspect that is not asked for is not in it.
    """

    record: SubjectRecord
    cases: Mapping[Aspect, Sequence[Case]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What the gate asks about one metric over one set of cases.

    Attributes:
        subset: ``all``, or ``dimension=value``.
        margin: The drop that it allows; ``None`` where no rule says anything.
        significance: The one-sided error rate of the rule.
        tests: How many rules share the error rate of a failure (Holm): the first of them gets an equal part.
        fewest: Cases below which the gate cannot tell.
    """

    subset: str = ALL
    margin: float | None = None
    significance: float = USUAL.significance
    tests: int = 1
    fewest: int = FEWEST

    @property
    def aim(self) -> Aim:
        """How sure the gate is to be when it fails a run for this alone."""
        return Aim(significance=self.significance / self.tests)


def stakes_of(rules: Sequence[GateRule], compared: Compared, aspect: Aspect, tests: int) -> tuple[Stake, ...]:
    """Return what the gate asks about one metric of one subject: first over all cases, then over each subset.

    Where several rules ask about the same set of cases, the one that allows least counts.
    """
    cases = compared.cases.get(aspect, ())
    found: dict[str, Stake] = {}
    own = [rule for rule in rules if concerns(rule, compared.record) and rule.metric == METRIC_OF[aspect]]
    for rule in own:
        if rule.maximum_drop is None:
            continue
        for subset in _subsets(rule, cases):
            stake = Stake(
                subset=subset,
                margin=rule.maximum_drop,
                significance=rule.significance,
                tests=max(1, tests),
                fewest=_fewest(rule),
            )
            known = found.get(subset)
            if known is None or (known.margin or 0.0) > rule.maximum_drop:
                found[subset] = stake
    overall = found.pop(ALL, Stake(tests=max(1, tests)))
    return (overall, *found.values())


def count_tests(rules: Sequence[GateRule], subjects: Sequence[Compared]) -> int:
    """Return how many of the gate's findings share the error rate of a failure.

    These are the rules on drops and on levels of all subjects; rules that count cases are no tests.
    """
    return sum(
        _tests_of(rule, compared)
        for rule in rules
        for compared in subjects
        if rule.metric not in COUNTED and concerns(rule, compared.record)
    )


def allowed_breaks(rules: Sequence[GateRule], record: SubjectRecord) -> int | None:
    """Return how many cases of a subject may break; ``None`` if no rule counts them."""
    limits = [rule.maximum or 0 for rule in rules if rule.metric == UNACCEPTED_BREAKS and concerns(rule, record)]
    return int(min(limits)) if limits else None


def _tests_of(rule: GateRule, compared: Compared) -> int:
    is_level = rule.minimum is not None or rule.maximum is not None
    if rule.maximum_drop is None and rule.maximum_rise is None:
        return int(is_level)
    aspect = ASPECTS[rule.metric]
    if rule.applies_to is not None and rule.metric == RUBRIC_PASS_RATE and aspect not in compared.cases:
        return int(is_level)
    return len(_subsets(rule, compared.cases.get(aspect, ()))) + is_level


def _subsets(rule: GateRule, cases: Sequence[Case]) -> Sequence[str]:
    """Return the sets of cases that a rule judges; of each of a dimension only those with enough cases."""
    if rule.subset is None:
        return [ALL]
    if not rule.subset.endswith(EACH):
        return [rule.subset]
    prefix = rule.subset.removesuffix("*")
    sizes: dict[str, int] = {}
    for case in cases:
        for name in slices_of(case):
            if name.startswith(prefix):
                sizes[name] = sizes.get(name, 0) + 1
    return sorted(name for name, size in sizes.items() if size >= _fewest(rule))


def _fewest(rule: GateRule) -> int:
    is_one_of_many = rule.subset is not None and rule.subset.endswith(EACH)
    return rule.minimum_sample or (FEWEST_OF_SLICE if is_one_of_many else FEWEST)
