"""Subsets of cases, and the paired difference of every metric over each of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from passmuster.analysis.differences import NO_WEIGHTS, Differences, rate_differences
from passmuster.analysis.multiplicity import benjamini_hochberg
from passmuster.analysis.observing import Key
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, MetricChange
from passmuster.domain.metric_names import ROUTING_ACCURACY, RUBRIC_PASS_RATE
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.values import CaseIdentifier, SubjectName

ALL = "all"
DIMENSIONS = ("stratum", "split", "tag", "agent")
"""What cases are sliced by; ``agent`` is the preferred one."""

FALSE_DISCOVERIES = 0.05
"""The share of chance findings that may be expected among the subsets that stand out."""

FEWEST_SHOWN = 5
"""Cases that a difference over a subset takes to be worth a test."""

METRIC_OF = {Aspect.ROUTING: ROUTING_ACCURACY, Aspect.OUTPUT: RUBRIC_PASS_RATE}


def slices_of(case: Case) -> tuple[str, ...]:
    """Return the subsets that a case is in, as ``dimension=value``."""
    return (
        f"stratum={case.stratum}",
        f"split={case.split}",
        *(f"tag={tag}" for tag in sorted(case.tags)),
        f"agent={case.expectation.preferred or NOBODY}",
    )


def changes_by_slice(
    changes: Sequence[CaseChange], cases: Mapping[CaseIdentifier, Case]
) -> Mapping[str, Sequence[CaseChange]]:
    """Return the changes in each subset, in order of dimension and name; controls are no part of any."""
    found: dict[str, list[CaseChange]] = defaultdict(list)
    for change in changes:
        case = cases.get(change.case)
        for name in () if case is None or case.is_control else slices_of(case):
            found[name].append(change)
    return {name: found[name] for name in sorted(found, key=_order)}


def metric_changes(
    changes: Sequence[CaseChange], cases: Mapping[CaseIdentifier, Case], weights: Mapping[Key, float] = NO_WEIGHTS
) -> tuple[MetricChange, ...]:
    """Return every metric's paired difference, over all cases and by subset.

    Subsets that stand out are marked: those whose difference is not chance, with the rate of false discoveries among
    all subsets of a subject and metric controlled (Benjamini–Hochberg).
    """
    order = list(Aspect)
    found: dict[tuple[SubjectName, Aspect], list[CaseChange]] = defaultdict(list)
    for change in changes:
        case = cases.get(change.case)
        if change.difference is not None and not (case is not None and case.is_control):
            found[change.subject, change.aspect].append(change)
    return tuple(
        item
        for (subject, aspect), measured in sorted(found.items(), key=lambda item: (item[0][0], order.index(item[0][1])))
        for item in _of_metric(METRIC_OF[aspect], measured, cases, weights)
    )


def _of_metric(
    metric: str,
    measured: Sequence[CaseChange],
    cases: Mapping[CaseIdentifier, Case],
    weights: Mapping[Key, float],
) -> Iterator[MetricChange]:
    if not any(_was_measured(change) for change in measured):
        return
    yield _metric_change(metric, ALL, measured, rate_differences(measured, cases, weights), weights)
    slices = changes_by_slice(measured, cases)
    tested = {
        name: rate_differences(own, cases, weights)
        for name, own in slices.items()
        if sum(map(_was_measured, own)) >= FEWEST_SHOWN
    }
    chances = [min(1.0, 2 * min(one.probability_of_more(0.0), one.probability_of_less(0.0))) for one in tested.values()]
    adjusted = dict(zip(tested, benjamini_hochberg(chances), strict=True))
    for name, differences in tested.items():
        change = _metric_change(metric, name, slices[name], differences, weights)
        yield replace(change, is_notable=adjusted[name] <= FALSE_DISCOVERIES)


def _was_measured(change: CaseChange) -> bool:
    """Whether a case has a rate on some side; one that a sample left out on both only weighs in."""
    return change.baseline_rate is not None


def _metric_change(
    metric: str,
    subset: str,
    changes: Sequence[CaseChange],
    differences: Differences,
    weights: Mapping[Key, float],
) -> MetricChange:
    before = {(one.subject, one.case): one.baseline_rate for one in changes if one.baseline_rate is not None}
    # Where a sample was drawn on both sides alike, its cases stand for those that neither side knows.
    shares = None if len(before) == len(changes) else [weights.get(key, 1.0) for key in before]
    mean = fmean(before.values(), shares)
    difference = differences.estimate()
    return MetricChange(
        subject=changes[0].subject,
        metric=metric,
        baseline=mean,
        candidate=mean + difference.value,
        difference=difference,
        subset=subset,
    )


def _order(name: str) -> tuple[int, str]:
    dimension, _, value = name.partition("=")
    return DIMENSIONS.index(dimension), value
