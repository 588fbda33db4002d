"""What `lint` found as JSON."""

from collections import Counter

from passmuster.analysis.overlapping import thefts
from passmuster.application.linting import LintReport
from passmuster.cli.printing import findings_of
from passmuster.domain.agents import Roster


def lint_document(report: LintReport, roster: Roster) -> dict[str, object]:
    """Return findings, verdicts, twins and the counts of requests that went astray as plain data."""
    return {
        "agents": len(roster.agents),
        "host": roster.host,
        "files": [
            {
                "path": verdict.location.path,
                "name": verdict.name,
                "strict": verdict.strict,
                "host": verdict.host,
                "reason": verdict.reason,
            }
            for verdict in roster.files
        ],
        "counts": dict(sorted(Counter(finding.rule for finding in report.findings).items())),
        "findings": findings_of(report.findings),
        "ignored": [
            {**plain, "reason": item.reason}
            for item, plain in zip(
                report.suppressed, findings_of([item.finding for item in report.suppressed]), strict=True
            )
        ],
        "twins": [
            {"agents": list(group.names), "identical": group.is_identical, "pairs": group.pairs}
            for group in report.twins
        ],
        "requests": {
            "asked": len(report.routed),
            "astray": sum(item.chosen not in item.right for item in report.routed),
            "pairs": [
                {
                    "loser": theft.loser,
                    "taker": theft.taker,
                    "lost": theft.lost,
                    "asked": theft.asked,
                    "back": theft.back,
                    "asked_back": theft.asked_back,
                }
                for theft in thefts(report.routed)
            ],
        },
    }
