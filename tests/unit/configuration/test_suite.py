"""The shape of a suite: what is filled in, what fits together, and what does not."""

from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.analysis import gating
from passmuster.analysis.metrics import METRICS, SLICED
from passmuster.configuration.suite import (
    COMPARED_METRICS,
    LEVEL_METRICS,
    UNACCEPTED_BREAKS,
    GateRuleSection,
    Section,
    SuiteConfiguration,
)

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
    assert [rule.metric for rule in suite.gate] == ["unaccepted_breaks", "harness_failure_rate"]
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


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"metric": "accuracy", "minimum": 0.5}, "unknown metric 'accuracy'; write one of unaccepted_breaks,"),
        ({"metric": "routing_accuracy"}, "asks for nothing; add minimum, maximum or maximum_drop"),
        ({"metric": "unaccepted_breaks", "minimum": 0}, "takes only subject and maximum"),
        ({"metric": "unaccepted_breaks", "subset": "tag=x"}, "takes only subject and maximum"),
        ({"metric": "unaccepted_breaks", "maximum_drop": 0.1}, "takes only subject and maximum"),
        ({"metric": "macro_f1", "maximum_drop": 0.1}, "maximum_drop works for routing_accuracy and rubric_pass_rate"),
        ({"metric": "routing_accuracy", "subset": "tag=x", "maximum_drop": 0.1}, "over all cases"),
        ({"metric": "macro_f1", "subset": "tag=x", "minimum": 0.1}, "subset works for routing_accuracy and"),
        ({"metric": "routing_accuracy", "subset": "x", "minimum": 0.1}, "should match pattern"),
        ({"metric": "routing_accuracy", "minimum": 90}, "less than or equal to 1"),
        ({"metric": "unaccepted_breaks", "maximum": -1}, "greater than or equal to 0"),
        ({"metric": "routing_accuracy", "maximum_drop": 1.5}, "less than or equal to 1"),
        ({"metric": "routing_accuracy", "minimum": 0.5, "significance": 0.5}, "less than 0.5"),
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
        {"metric": "routing_accuracy", "subset": "tag=x", "minimum": 0.5},
        {"metric": "rubric_pass_rate", "maximum_drop": 0.05, "significance": 0.01, "minimum_sample": 50},
        {"metric": "harness_failure_rate", "maximum": 0.02},
    ],
)
def test_a_sensible_rule_is_taken(rule: dict[str, Any]) -> None:
    """What it does not say keeps its default."""
    section = GateRuleSection.model_validate(rule)

    assert section.model_dump(exclude_unset=True) == rule


def test_the_metrics_of_rules_are_those_that_are_computed() -> None:
    """The list stands here so that reading a suite need not load pandas; it must not go its own way."""
    assert set(LEVEL_METRICS) == {*METRICS, "macro_f1", gating.HARNESS_FAILURES}
    assert set(COMPARED_METRICS) == set(gating.COMPARED) == set(SLICED)
    assert gating.UNACCEPTED_BREAKS == UNACCEPTED_BREAKS
