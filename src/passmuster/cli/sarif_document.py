"""Findings as SARIF; `documents/sarif.py` knows the format, whose sections are named below."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from passmuster.analysis.roster_checks.material import AgentText
from passmuster.analysis.roster_checks.rules import RULES
from passmuster.analysis.roster_checks.suppressions import Suppressed
from passmuster.cli.leaving import printable
from passmuster.documents.sarif import sarif_locations, sarif_log, sarif_text
from passmuster.domain.findings import Finding
from passmuster.domain.values import Fingerprint, fingerprint_of

FINGERPRINT = "passmusterFinding/v1"
"""Names what the fingerprint below is made of (3.27.17): a change of that would be a new name."""


def sarif_document(
    findings: Sequence[Finding], suppressed: Sequence[Suppressed] = (), texts: Mapping[str, AgentText] | None = None
) -> dict[str, object]:
    """Return findings as one SARIF log with one run.

    Args:
        findings: What was found.
        suppressed: What authors decided to live with; it is part of the log, with the reason.
        texts: The files by path. Findings are known again by the words of their line, not by its number.
    """
    everything = [*((item, None) for item in findings), *((item.finding, item.reason) for item in suppressed)]
    names = sorted({finding.rule for finding, _ in everything})
    prints = _fingerprints([finding for finding, _ in everything], texts or {})
    results = [
        _result(finding, reason, names.index(finding.rule), mark)
        for (finding, reason), mark in zip(everything, prints, strict=True)
    ]
    return sarif_log([_rule(name) for name in names], results)


def _rule(name: str) -> dict[str, object]:
    rule = RULES.get(name)
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": f"{rule.summary[0].upper()}{rule.summary[1:]}."},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, reason: str | None, index: int, mark: Fingerprint) -> dict[str, object]:
    words = f"{finding.message} – {finding.hint}" if finding.hint else finding.message
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": sarif_text(printable(words)),
        "partialFingerprints": {FINGERPRINT: mark},
    }
    if finding.location is not None:
        result["locations"] = sarif_locations(finding.location)
    if reason is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": printable(reason)}]
    return result


def _fingerprints(findings: Iterable[Finding], texts: Mapping[str, AgentText]) -> list[Fingerprint]:
    """Return a fingerprint for each finding that outlives edits elsewhere in the file."""
    seen: Counter[tuple[str, str, str]] = Counter()
    prints = []
    for finding in findings:
        key = (finding.rule, finding.location.path if finding.location else "", _line(finding, texts))
        # Of several in equal lines, each keeps its own.
        prints.append(fingerprint_of([*key, seen[key]]))
        seen[key] += 1
    return prints


def _line(finding: Finding, texts: Mapping[str, AgentText]) -> str:
    place = finding.location
    text = texts.get(place.path) if place else None
    if place is None or text is None or place.line is None or place.line > len(text.lines):
        return finding.message
    return text.lines[place.line - 1].strip()
