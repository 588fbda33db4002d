"""Subsets of cases, and metrics over each of them; which stand out."""

from passmuster.analysis.comparing import compare
from passmuster.analysis.slicing import changes_by_slice, metric_changes, slices_of
from passmuster.domain.cases import Stratum
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.observations import NOBODY, CaseObservation
from passmuster.testing.factories import a_case

from .made_up_gates import numbered, seen, side


def test_a_case_is_in_subsets_of_every_dimension() -> None:
    """Tags come in order, and a case for nobody is in the subset of nobody."""
    case = a_case(preferred=None, tags=frozenset({"b", "a"}), stratum=Stratum.HINTED, split="train")

    assert slices_of(case) == ("stratum=hinted", "split=train", "tag=a", "tag=b", f"agent={NOBODY}")


def test_changes_are_sorted_into_subsets_in_order_of_dimension() -> None:
    """Controls are in none, and neither is a case that the run does not have."""
    cases = [
        a_case("case-0", tags=frozenset({"x"})),
        a_case("case-1", preferred="reviewer"),
        a_case("case-2", is_control=True, tags=frozenset({"y"})),
    ]
    changes = compare(side(*numbered([1] * 4)), side(*numbered([1] * 4))).cases

    found = changes_by_slice(changes, {case.identifier: case for case in cases})

    assert {name: [change.case for change in own] for name, own in found.items()} == {
        "stratum=implicit": ["case-0", "case-1"],
        "split=test": ["case-0", "case-1"],
        "tag=x": ["case-0"],
        "agent=debugger": ["case-0"],
        "agent=reviewer": ["case-1"],
    }
    assert [name.partition("=")[0] for name in found] == ["stratum", "split", "tag", "agent", "agent"]


def by_subset(before: list[CaseObservation], after: list[CaseObservation], **agents: int) -> dict[str, MetricChange]:
    """Compare cases that are split between agents, in order, and return the metric of each subset."""
    owners = [agent for agent, size in agents.items() for _ in range(size)]
    cases = {item.case: a_case(item.case, preferred=owner) for item, owner in zip(before, owners, strict=True)}
    changes = compare(side(*before), side(*after)).cases
    return {change.subset: change for change in metric_changes(changes, cases)}


def test_every_subset_of_five_cases_has_its_difference() -> None:
    """Over all cases first; a subset of four is worth no test."""
    found = by_subset(numbered([1] * 14), numbered([0] * 5 + [1] * 9), one=5, two=5, three=4)

    assert list(found) == ["all", "stratum=implicit", "split=test", "agent=one", "agent=two"]
    assert (found["agent=one"].baseline, found["agent=one"].candidate) == (1.0, 0.0)
    assert found["all"].difference.value == -5 / 14
    assert found["agent=two"].difference.sample_size == 5


def test_a_subset_stands_out_among_all_of_them() -> None:
    """One that lost all does; the whole is never marked."""
    found = by_subset(numbered([1] * 40), numbered([0] * 20 + [1] * 20), one=20, two=20)

    assert found["agent=one"].is_notable
    assert not found["agent=two"].is_notable
    assert not found["all"].is_notable


def test_a_small_surprise_among_many_subsets_does_not_stand_out() -> None:
    """Four lost of twenty is 5 % by chance on both sides, and there are eleven other subsets of nothing."""
    found = by_subset(numbered([1] * 200), numbered([0] * 4 + [1] * 196), **{f"agent{at}": 20 for at in range(10)})

    assert not any(change.is_notable for change in found.values())


def test_controls_are_in_no_metric() -> None:
    """They test the harness."""
    cases = [a_case("case-0", is_control=True), a_case("case-1")]
    changes = compare(side(*numbered([1, 1])), side(*numbered([0, 1]))).cases

    (metric,) = metric_changes(changes, {case.identifier: case for case in cases})

    assert (metric.difference.value, metric.difference.sample_size) == (0.0, 1)


def test_each_aspect_has_its_metric() -> None:
    """Choices first, then outputs; cases that were not measured on both sides are in neither."""
    before = [seen("one", [True], passed=(True,)), seen("two", [True]), seen("three", (), failures=1)]
    after = [seen("one", [True], passed=(False,)), seen("two", [False]), seen("three", [True])]

    metrics = metric_changes(compare(side(*before), side(*after)).cases, {})

    assert [(item.metric, item.difference.value, item.difference.sample_size) for item in metrics] == [
        ("routing_accuracy", -0.5, 2),
        ("rubric_pass_rate", -1.0, 1),
    ]


def test_nothing_measured_has_no_metric() -> None:
    """Rather than one of nothing."""
    assert metric_changes(compare(side(*numbered([1])), side(seen("case-0", (), failures=1))).cases, {}) == ()


def test_a_subset_of_which_nothing_was_measured_has_no_metric() -> None:
    """Cases that a sample left out on both sides weigh in the whole, and are no subset of their own."""
    drawn = [seen(f"drawn-{at}", [True], inclusions=(0.5,), rounds=1) for at in range(5)]
    rest = [seen(f"rest-{at}", (), rounds=1) for at in range(5)]
    cases = {
        item.case: a_case(item.case, preferred=agent)
        for agent, items in (("one", drawn), ("two", rest))
        for item in items
    }

    metrics = metric_changes(compare(side(*drawn, *rest), side(*drawn, *rest)).cases, cases)

    assert [item.subset for item in metrics] == ["all", "stratum=implicit", "split=test", "agent=one"]
    assert metrics[0].difference.sample_size == 10


def test_where_both_sides_drew_a_sample_its_cases_stand_for_the_rest() -> None:
    """One case was run for sure and is wrong, two of four others were drawn and are right: four of five are right."""
    asked = [
        seen("sure", [False], inclusions=(1.0,), rounds=1),
        seen("one", [True], inclusions=(0.5,), rounds=1),
        seen("two", [True], inclusions=(0.5,), rounds=1),
    ]
    left = [seen(name, (), rounds=1) for name in ("three", "four")]
    before = side(*asked, *left)
    after = side(seen("sure", [True], inclusions=(1.0,), rounds=1), *asked[1:], *left)

    [metric] = [metric for metric in compare(before, after).metrics if metric.subset == "all"]

    assert metric.baseline == 0.8
    assert metric.candidate == 1.0
