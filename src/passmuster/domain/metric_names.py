"""What the rules of a gate may ask about, by name; the other metrics are named where they are computed."""

UNACCEPTED_BREAKS = "unaccepted_breaks"
"""The number of cases that are right less often than in the baseline, by their choice or by their output."""

CRITICAL_BREAKS = "critical_breaks"
"""The number of critical cases that are broken, and not by chance."""

NARROWED_MARGINS = "narrowed_margins"
"""The number of right choices that lost at least a quarter of their lead."""

COUNTED = (UNACCEPTED_BREAKS, CRITICAL_BREAKS, NARROWED_MARGINS)
"""Numbers of cases that differ from the baseline."""

ROUTING_ACCURACY = "routing_accuracy"
RUBRIC_PASS_RATE = "rubric_pass_rate"  # noqa: S105 - nothing secret: "pass" as in passing

SLICED = (ROUTING_ACCURACY, RUBRIC_PASS_RATE)
"""Metrics that are compared with the baseline, and also given by subset."""

ROUTING_COST = "routing_cost"
"""The mean cost of the choices by the suite's costs, compared with the baseline; right choices cost nothing."""

HARNESS_FAILURE_RATE = "harness_failure_rate"
"""The share of measurements that failed without an agent's fault."""
