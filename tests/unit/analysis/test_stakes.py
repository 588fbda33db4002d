"""What a gate asks about drops: margins, error rates, and how many tests share them."""

import pytest

from passmuster.analysis.stakes import Compared, Stake, allowed_breaks, count_tests, stakes_of
from passmuster.configuration.suite import SuiteConfiguration
from passmuster.domain.cases import Case
from passmuster.domain.metric_names import (
    HARNESS_FAILURE_RATE,
    ROUTING_ACCURACY,
    ROUTING_COST,
    RUBRIC_PASS_RATE,
    UNACCEPTED_BREAKS,
)
from passmuster.domain.observations import Aspect
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateRule, SubjectKind
from passmuster.testing.factories import a_case, a_subject_record

VARYING = a_subject_record("ours", is_deterministic=False)
STEADY = a_subject_record("lexical")
CASES = tuple(
    a_case(f"case-{number}", tags=frozenset({"small"} if number < 20 else {"large"}), split="test")
    for number in range(100)
)
DROP = GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.05)


def compared(*cases: Case, is_steady: bool = False, has_outputs: bool = False) -> Compared:
    """Return a subject whose choices are compared on some cases, or on all of them."""
    found = {Aspect.ROUTING: cases or CASES} | ({Aspect.OUTPUT: cases or CASES} if has_outputs else {})
    return Compared(record=STEADY if is_steady else VARYING, cases=found)


def default_rules() -> tuple[GateRule, ...]:
    """Return the rules of a suite that says nothing of its gate."""
    sections = SuiteConfiguration.model_fields["gate"].default
    return tuple(GateRule(**section.model_dump()) for section in sections)


def test_without_a_rule_nothing_is_at_stake() -> None:
    """The overall stake is there nevertheless, to say what could be seen."""
    assert stakes_of((), compared(), Aspect.ROUTING, 0) == (Stake(),)


def test_the_rule_that_allows_least_counts() -> None:
    """Two rules may be about the same cases."""
    strict = GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.02, significance=0.1, minimum_sample=7)

    [stake] = stakes_of((DROP, strict), compared(), Aspect.ROUTING, 2)

    assert stake == Stake(margin=0.02, significance=0.1, tests=2, fewest=7)
    assert stake.aim.significance == pytest.approx(0.05)


@pytest.mark.parametrize(
    "rule",
    [
        GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.02, subject=SubjectName("another")),
        GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.02, applies_to=SubjectKind.DETERMINISTIC),
        GateRule(metric=RUBRIC_PASS_RATE, maximum_drop=0.02),
        GateRule(metric=ROUTING_ACCURACY, minimum=0.5),
    ],
)
def test_rules_about_others_put_nothing_at_stake(rule: GateRule) -> None:
    """Other subjects, other kinds, other metrics, and levels."""
    assert stakes_of((rule,), compared(), Aspect.ROUTING, 1) == (Stake(),)


def test_each_subset_of_a_dimension_that_is_large_enough_is_at_stake() -> None:
    """Slices under 50 cases are shown and not gated."""
    rule = GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.1, subset="tag=*")

    stakes = stakes_of((rule,), compared(), Aspect.ROUTING, 1)

    assert [(stake.subset, stake.margin, stake.fewest) for stake in stakes] == [
        ("all", None, 30),
        ("tag=large", 0.1, 50),
    ]


def test_a_single_subset_is_at_stake_whatever_its_size() -> None:
    """A rule that names it cannot tell if it is too small, and that is to be said beforehand."""
    rule = GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.1, subset="tag=small")

    stakes = stakes_of((rule,), compared(), Aspect.ROUTING, 1)

    assert [stake.subset for stake in stakes] == ["all", "tag=small"]


def test_rules_on_drops_and_levels_share_the_error_rate() -> None:
    """Rules that count cases are no tests; a rule with a drop and a level is two."""
    rules = (
        DROP,
        GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.1, minimum=0.5),
        GateRule(metric=ROUTING_ACCURACY, maximum_drop=0.1, subset="tag=*"),
        GateRule(metric=ROUTING_COST, maximum_rise=0.1),
        GateRule(metric=HARNESS_FAILURE_RATE, maximum=0.02),
        GateRule(metric=UNACCEPTED_BREAKS, maximum=0),
    )

    assert count_tests(rules, [compared()]) == 6
    assert count_tests(rules, [compared(), compared(is_steady=True)]) == 12


@pytest.mark.parametrize(
    ("subjects", "tests"),
    [
        ([compared()], 2),
        ([compared(has_outputs=True)], 3),
        ([compared(is_steady=True)], 1),
        ([compared(), compared(is_steady=True)], 3),
    ],
)
def test_the_default_gate_has_a_test_for_each_thing_that_is_measured(subjects: list[Compared], tests: int) -> None:
    """Choices, outputs where somebody writes, and failures of the harness."""
    assert count_tests(default_rules(), subjects) == tests


def test_allowed_breaks_are_the_strictest_rule_s() -> None:
    """None where no rule counts breaks."""
    rules = tuple(GateRule(metric=UNACCEPTED_BREAKS, maximum=number) for number in (3, 1))

    assert allowed_breaks(rules, STEADY) == 1
    assert allowed_breaks((DROP,), STEADY) is None
    assert allowed_breaks(default_rules(), STEADY) == 0
    assert allowed_breaks(default_rules(), VARYING) is None
