"""The names of metrics and subsets for people."""

from dataclasses import dataclass

from passmuster.texts.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLabel:
    """A metric's name for people, and whether lower is better."""

    text: str
    lower_is_better: bool = False


METRICS = {
    "routing_accuracy": MetricLabel(text="Routing accuracy"),
    "top3_accuracy": MetricLabel(text="Right agent among first three"),
    "macro_f1": MetricLabel(text="Macro F1 over agents"),
    "forbidden_rate": MetricLabel(text="Forbidden choices", lower_is_better=True),
    "over_delegation_rate": MetricLabel(text="Over-delegated", lower_is_better=True),
    "under_delegation_rate": MetricLabel(text="Under-delegated", lower_is_better=True),
    "abstention_rate": MetricLabel(text="Nobody chosen"),
    "rubric_pass_rate": MetricLabel(text="Rubrics passed"),
    "rubric_score": MetricLabel(text="Rubric score"),
    "routing_cost": MetricLabel(text="Cost of choices", lower_is_better=True),
    "harness_failure_rate": MetricLabel(text="Harness failures", lower_is_better=True),
}
"""Every metric that is known, in the order in which it is shown."""


def metric_label(name: str) -> MetricLabel:
    """Return a metric's label; one that is not known is called by its name."""
    return METRICS.get(name) or MetricLabel(text=name.replace("_", " "))


def subset_text(subset: str | None) -> str:
    """Return a subset for people: ``agent: debugger``, ``each agent``, or ``all cases``."""
    if subset in {None, "all"}:
        return "all cases"
    dimension, _, value = str(subset).partition("=")
    return visible(f"each {dimension}" if value == "*" else f"{dimension}: {value}")
