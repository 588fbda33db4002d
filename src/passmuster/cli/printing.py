"""Results as JSON on standard output, for machines."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from passmuster.analysis.judged_rates import plain_rate
from passmuster.analysis.spending import plain_record
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, MetricChange, RosterChange
from passmuster.domain.findings import Finding
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Report
from passmuster.domain.verdicts import GateFinding


def print_json(data: object) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(data, ensure_ascii=not _is_unicode(), indent=2) + "\n")


def print_json_line(data: object) -> None:
    """Print one JSON document on a line of its own, at once: somebody reads along."""
    sys.stdout.write(json.dumps(data, ensure_ascii=not _is_unicode()) + "\n")
    sys.stdout.flush()


def _is_unicode() -> bool:
    """Whether standard output takes every character; to where it does not, JSON has a way of its own to write them."""
    return (sys.stdout.encoding or "utf-8").casefold().replace("_", "-") in {"utf-8", "utf8"}


def summary_of(report: Report, written: Sequence[Path] = ()) -> dict[str, object]:
    """Return a report's verdict, metrics and changes as plain data."""
    return {
        "run": report.manifest.identifier,
        "suite": report.manifest.suite,
        "verdict": report.verdict.outcome,
        "reasons": list(report.verdict.reasons),
        "rules": [_finding(finding) for finding in report.verdict.findings],
        "early_warnings": list(report.early_warnings),
        "trust": list(report.trust),
        "left_out": list(report.left_out),
        "judged": [plain_rate(rate) for rate in report.judged],
        "spending": [plain_record(record) for record in report.spending],
        "quarantines": [
            {
                "case": item.case,
                "subject": item.subject,
                "owner": item.owner,
                "expires": item.expires,
                "reason": item.reason,
            }
            for item in report.quarantines
        ],
        "metrics": [
            {
                "subject": subject.record.name,
                "metric": metric.name,
                "subset": metric.subset,
                **_estimate(metric.estimate),
            }
            for subject in report.subjects
            for metric in subject.metrics
        ],
        "comparison": None if report.comparison is None else _comparison(report.comparison),
        "reports": [str(path) for path in written],
    }


def findings_of(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return findings as plain data."""
    return [
        {
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "hint": finding.hint,
            "path": finding.location.path if finding.location else None,
            "line": finding.location.line if finding.location else None,
            "column": finding.location.column if finding.location else None,
        }
        for finding in findings
    ]


def _finding(finding: GateFinding) -> dict[str, object]:
    rule = finding.rule
    limits = {
        "minimum": rule.minimum,
        "maximum": rule.maximum,
        "maximum_drop": rule.maximum_drop,
        "maximum_rise": rule.maximum_rise,
    }
    return {
        "subject": finding.subject,
        "metric": rule.metric,
        "subset": finding.subset or rule.subset or "all",
        **{name: limit for name, limit in limits.items() if limit is not None},
        "significance": rule.significance,
        "outcome": finding.outcome,
        "is_gated": finding.is_gated,
        "estimate": None if finding.estimate is None else _estimate(finding.estimate),
        "sentence": finding.sentence,
    }


def _estimate(estimate: Estimate) -> dict[str, object]:
    return {
        "value": round(estimate.value, 9),
        "lower": round(estimate.lower, 9),
        "upper": round(estimate.upper, 9),
        "cases": estimate.sample_size,
    }


def _metric_change(change: MetricChange) -> dict[str, object]:
    return {
        "subject": change.subject,
        "metric": change.metric,
        "subset": change.subset,
        "baseline": round(change.baseline, 9),
        "candidate": round(change.candidate, 9),
        "difference": _estimate(change.difference),
        "is_notable": change.is_notable,
    }


def _comparison(comparison: Comparison) -> dict[str, object]:
    counts = Counter(change.kind for change in comparison.cases)
    return {
        "equal": comparison.is_equal,
        "counts": {str(kind): counts[kind] for kind in ChangeKind},
        "roster": plain_roster(comparison.roster),
        "metrics": [_metric_change(item) for item in comparison.metrics],
        "incomparable": [
            {"subject": item.subject, "aspect": item.aspect, "reason": item.reason} for item in comparison.incomparable
        ],
        "warnings": list(comparison.warnings),
        "changes": [plain_change(change) for change in comparison.cases if change.kind is not ChangeKind.UNCHANGED],
    }


def plain_roster(roster: RosterChange) -> dict[str, object]:
    """Return how two rosters differ as plain data."""
    return {
        "added": list(roster.added),
        "removed": list(roster.removed),
        "description_edited": list(roster.description_edited),
        "otherwise_edited": list(roster.otherwise_edited),
        "renamed": [list(pair) for pair in roster.renamed],
        "instructions_edited": list(roster.instructions_edited),
        "tools_edited": list(roster.tools_edited),
        "model_edited": list(roster.model_edited),
    }


def plain_change(change: CaseChange) -> dict[str, object]:
    """Return what became of a case as plain data."""
    return {
        "subject": change.subject,
        "case": change.case,
        "aspect": change.aspect,
        "kind": change.kind,
        "was": change.was,
        "now": change.now,
        "stolen_by": change.stolen_by,
        "lost_to": change.lost_to,
        "edited": list(change.edited),
        "explanation": change.explanation,
    }
