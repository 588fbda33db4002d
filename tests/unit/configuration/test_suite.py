"""The shape of a suite: what is filled in, what fits together, and what does not."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.analysis.drops import ASPECTS
from passmuster.analysis.metrics import METRICS
from passmuster.configuration.suite import (
    KNOWN_METRICS,
    LEVEL_METRICS,
    CostSection,
    GateRuleSection,
    QuarantineSection,
    Section,
    SuiteConfiguration,
)
from passmuster.domain.metric_names import COUNTED, HARNESS_FAILURE_RATE, ROUTING_COST, SLICED

LEAST: dict[str, Any] = {
    "name": "example",
    "roster": {"use": "claude_code", "location": "./agents"},
    "datasets": [{"use": "files", "location": "cases.jsonl"}],
    "subjects": {"lexical": {"use": "routed", "router": {"use": "lexical"}}},
}


def test_the_least_suite_is_filled_in() -> None:
    """Name, roster, cases and a subject are enough."""
    suite = SuiteConfiguration.model_validate(LEAST)

    assert (suite.repetitions, suite.seed, suite.backends) == (1, 0, {})
    assert (suite.execution.use, suite.store.use, suite.baseline) == ("local", "sqlite", "baseline.jsonl")
    assert (suite.costs, suite.quarantine) == ((), ())
    assert [report.use for report in suite.reports] == ["html", "markdown", "json"]


def test_options_stand_beside_the_name_of_a_component() -> None:
    """They are kept as they are, for the component's own model to check."""
    suite = SuiteConfiguration.model_validate(LEAST)

    assert suite.roster == Section.model_validate({"use": "claude_code", "location": "./agents"})
    assert suite.roster.options == {"location": "./agents"}
    assert suite.subjects["lexical"].options == {"router": {"use": "lexical"}}
    assert suite.execution.options == {}


def test_a_suite_survives_its_own_dump() -> None:
    """What a run's manifest keeps can be read again."""
    suite = SuiteConfiguration.model_validate({**LEAST, "$schema": "suite.schema.json"})

    dumped = suite.model_dump(mode="json", by_alias=True)

    assert dumped["$schema"] == "suite.schema.json"
    assert dumped["roster"] == LEAST["roster"]
    assert SuiteConfiguration.model_validate(dumped) == suite


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "../elsewhere"},
        {"name": "a b"},
        {"name": "a\n"},
        {"name": "x" * 101},
        {"datasets": []},
        {"subjects": {}},
        {"subjects": {"a/b": {"use": "routed"}}},
        {"roster": {"location": "./agents"}},
        {"roster": {"use": ""}},
        {"repetitions": 0},
        {"repetitions": 1001},
        {"seed": -1},
        {"threads": 4},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    """Names become folders and file names, so they are plain."""
    with pytest.raises(ValidationError):
        SuiteConfiguration.model_validate({**LEAST, **changes})


def test_the_gate_asks_of_each_kind_what_it_can_give() -> None:
    """No break where there is no noise; a margin, and no critical break, where there is; failures are bounded."""
    gate = SuiteConfiguration.model_validate(LEAST).gate

    assert [rule.model_dump(exclude_unset=True, mode="json") for rule in gate] == [
        {"metric": "unaccepted_breaks", "applies_to": "deterministic", "maximum": 0},
        {"metric": "critical_breaks", "applies_to": "varying", "maximum": 0},
        {"metric": "routing_accuracy", "applies_to": "varying", "maximum_drop": 0.05},
        {"metric": "rubric_pass_rate", "applies_to": "varying", "maximum_drop": 0.05},
        {"metric": "harness_failure_rate", "maximum": 0.02},
    ]
    assert {(rule.significance, rule.minimum_sample) for rule in gate} == {(0.05, None)}


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"metric": "accuracy", "minimum": 0.5}, "unknown metric 'accuracy'; write one of unaccepted_breaks,"),
        ({"metric": "routing_accuracy"}, "asks for nothing; add minimum, maximum or maximum_drop"),
        ({"metric": "unaccepted_breaks", "minimum": 0}, "takes only subject, applies_to and maximum"),
        ({"metric": "critical_breaks", "subset": "tag=x"}, "takes only subject, applies_to and maximum"),
        ({"metric": "narrowed_margins", "maximum_drop": 0.1}, "takes only subject, applies_to and maximum"),
        ({"metric": "critical_breaks", "maximum_rise": 0.1}, "takes only subject, applies_to and maximum"),
        ({"metric": "macro_f1", "maximum_drop": 0.1}, "maximum_drop works for routing_accuracy and rubric_pass_rate"),
        ({"metric": "macro_f1", "subset": "tag=x", "minimum": 0.1}, "subset works for routing_accuracy and"),
        ({"metric": "macro_f1", "maximum_rise": 0.1}, "maximum_rise works for routing_cost; write maximum_drop"),
        ({"metric": "routing_cost"}, "asks for nothing; add maximum_rise"),
        ({"metric": "routing_cost", "minimum": 0.1}, "routing_cost takes maximum_rise alone"),
        ({"metric": "routing_cost", "maximum_drop": 0.1, "maximum_rise": 0.1}, "routing_cost takes maximum_rise alone"),
        ({"metric": "routing_accuracy", "subset": "x", "minimum": 0.1}, "should match pattern"),
        ({"metric": "routing_accuracy", "subset": "group=x", "maximum_drop": 0.1}, "should match pattern"),
        ({"metric": "routing_accuracy", "subset": "agent=", "maximum_drop": 0.1}, "should match pattern"),
        ({"metric": "routing_accuracy", "subset": "tag=*", "minimum": 0.5}, "take one subset"),
        ({"metric": "routing_accuracy", "subset": "agent=debugger", "minimum": 0.5}, "take one subset"),
        ({"metric": "routing_accuracy", "applies_to": "flaky", "minimum": 0.5}, "'deterministic' or 'varying'"),
        ({"metric": "routing_accuracy", "minimum": 90}, "less than or equal to 1"),
        ({"metric": "unaccepted_breaks", "maximum": -1}, "greater than or equal to 0"),
        ({"metric": "routing_accuracy", "maximum_drop": 1}, "less than 1"),
        ({"metric": "routing_cost", "maximum_rise": -0.1}, "greater than or equal to 0"),
        ({"metric": "routing_accuracy", "minimum": 0.5, "significance": 0.5}, "less than 0.5"),
        ({"metric": "routing_accuracy", "minimum": 0.5, "significance": 0}, "greater than 0"),
        ({"metric": "routing_accuracy", "minimum": 0.5, "minimum_sample": 0}, "greater than or equal to 1"),
        ({"metric": "routing_accuracy", "minimun": 0.5}, "Extra inputs are not permitted"),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(rule: dict[str, Any], complaint: str) -> None:
    """Rather than never being met, or always."""
    with pytest.raises(ValidationError, match=complaint):
        GateRuleSection.model_validate(rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "unaccepted_breaks"},
        {"metric": "unaccepted_breaks", "maximum": 3, "subject": "lexical"},
        {"metric": "critical_breaks", "applies_to": "varying"},
        {"metric": "narrowed_margins", "applies_to": "deterministic", "maximum": 5},
        {"metric": "routing_accuracy", "subset": "tag=x", "minimum": 0.5},
        {"metric": "routing_accuracy", "subset": "agent=debugger", "maximum_drop": 0.1},
        {"metric": "routing_accuracy", "subset": "agent=(nobody)", "maximum_drop": 0.1},
        {"metric": "rubric_pass_rate", "subset": "stratum=*", "maximum_drop": 0.1, "applies_to": "varying"},
        {"metric": "routing_cost", "subset": "agent=*", "maximum_rise": 2},
        {"metric": "rubric_pass_rate", "maximum_drop": 0.05, "significance": 0.01, "minimum_sample": 50},
        {"metric": "harness_failure_rate", "maximum": 0.02},
    ],
)
def test_a_sensible_rule_is_taken(rule: dict[str, Any]) -> None:
    """What it does not say keeps its default."""
    section = GateRuleSection.model_validate(rule)

    assert section.model_dump(exclude_unset=True, mode="json") == rule


def test_a_rule_leaves_it_to_its_kind_how_many_cases_it_needs() -> None:
    """A drop takes more of them than a level, and a slice still more."""
    assert GateRuleSection(metric="routing_accuracy", maximum_drop=0.05).minimum_sample is None


def test_the_metrics_of_rules_are_those_that_are_computed() -> None:
    """The list stands here so that reading a suite need not load pandas; it must not go its own way."""
    assert set(LEVEL_METRICS) == {*METRICS, "macro_f1", HARNESS_FAILURE_RATE}
    assert set(ASPECTS) == {*SLICED, ROUTING_COST}
    assert set(KNOWN_METRICS) == {*COUNTED, *LEVEL_METRICS, *ASPECTS}


def test_a_cost_is_for_any_pair_that_it_does_not_name() -> None:
    """A wrong choice costs something whoever should have had the request."""
    assert CostSection(cost=2) == CostSection(expected="*", chosen="*", cost=2)


@pytest.mark.parametrize(
    "cost",
    [
        {"expected": "debugger", "chosen": "(nobody)"},
        {"cost": -1},
        {"cost": 1_000_001},
        {"cost": "much"},
        {"expected": "", "cost": 1},
        {"chosen": "", "cost": 1},
        {"chose": "debugger", "cost": 1},
    ],
)
def test_a_cost_that_cannot_be_reckoned_with_is_refused(cost: dict[str, Any]) -> None:
    """No cost, less than none, or one for nobody."""
    with pytest.raises(ValidationError):
        CostSection.model_validate(cost)


def test_a_quarantine_names_a_case_an_owner_and_a_day() -> None:
    """The day is one, however it was written."""
    section = QuarantineSection.model_validate({"case": "debug-001", "owner": "Ada", "expires": "2027-02-28"})

    assert section == QuarantineSection(case="debug-001", owner="Ada", expires=date(2027, 2, 28))
    assert section.model_dump(mode="json")["expires"] == "2027-02-28"


@pytest.mark.parametrize(
    "expires",
    [
        "2027-02-29",
        "2027-13-01",
        "2027-2-1",
        "20270201",
        "2027-W05-1",
        "2027-02-01T00:00:00",
        "1.2.2027",
        "soon",
        "",
        None,
        0,
        86_400,
        20270201,
        True,
    ],
)
def test_a_day_that_is_none_is_refused(expires: object) -> None:
    """A quarantine without an end would be a case that nobody counts, for ever."""
    with pytest.raises(ValidationError, match="write a day of the calendar as YYYY-MM-DD"):
        QuarantineSection.model_validate({"case": "debug-001", "owner": "Ada", "expires": expires})


@pytest.mark.parametrize("missing", ["case", "owner", "expires"])
def test_a_quarantine_without_an_owner_or_an_end_is_refused(missing: str) -> None:
    """Somebody is to mend the case, by some day."""
    whole = {"case": "debug-001", "owner": "Ada", "expires": "2027-02-28"}
    del whole[missing]

    with pytest.raises(ValidationError, match="Field required"):
        QuarantineSection.model_validate(whole)


def test_levels_of_rules_are_named() -> None:
    """Each rule by its name; what is no rule, or no level, is refused with what may be meant."""
    suite = SuiteConfiguration.model_validate({**LEAST, "lint": {"secret": "warning"}, "twins": "right"})

    assert (suite.lint, suite.twins) == ({"secret": "warning"}, "right")
    for wrong, complaint in (
        ({"lint": {"secrets": "off"}}, "did you mean 'secret'"),
        ({"lint": {"xyz": "off"}}, "docs/lint.md"),
        ({"lint": {"secret": "loud"}}, "'off', 'note', 'warning' or 'error'"),
        ({"twins": "maybe"}, "'wrong' or 'right'"),
    ):
        with pytest.raises(ValidationError, match=complaint):
            SuiteConfiguration.model_validate({**LEAST, **wrong})
