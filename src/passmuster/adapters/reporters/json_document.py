"""The report as one JSON document, for programs.

The document is ASCII, holds one case, agent, metric or change on a line, and orders everything like the report. Numbers
are rounded to 9 decimals. Numbers that JSON has no form for are ``null``; so is everything that was not measured. An
*estimate* is ``{value, lower, upper, confidence, sample_size, method}``. The keys, in order::

    format    1; raised when a key changes its meaning or goes away
    run       identifier, suite, started_at (ISO 8601), seed, planned, roster and dataset (fingerprints),
              configuration, subjects (name, description, is_deterministic, fingerprint, routing, writing, models,
              choosing_models, caveats), versions, revision (commit, branch, is_dirty, or null), looks, selection,
              against (a run made in turns with this one, or null)
    verdict   outcome (passed, equal, failed, inconclusive), reasons,
              rules (subject, metric, subset, outcome, is_gated, sentence, estimate, asked: {minimum, maximum,
              maximum_drop, maximum_rise, significance, minimum_sample, subset, applies_to}); the estimate is that of
              the difference where a drop is asked about, and for routing_cost how much less the choices cost, as a
              share of the highest cost
    metrics   subject, name, subset (all, or dimension=value), estimate
    agents    subject, agent, expected, chosen, precision, recall (estimates), f1
    confusion subject, labels, counts (rows: preferred, columns: chosen)
    against   what the run was compared with, in words; null without a baseline
    roster    how it differs from the baseline's: added, removed, description_edited, otherwise_edited, renamed (pairs
              of the old and the new name), instructions_edited, tools_edited, model_edited; or null
    changes   subject, case, aspect (routing, output), kind, baseline_rate, candidate_rate, baseline_trials,
              candidate_trials, difference, rise_of_cost, was, now, stolen_by, lost_to, edited, baseline_margin, rival,
              margin_change, explanation; unchanged cases are left out; null without a baseline
    compared  subject, metric, subset (all, or dimension=value), baseline, candidate, difference (estimate), is_notable;
              null without a baseline
    incomparable
              subject, aspect, reason: what was left out of the comparison; null without a baseline
    early_warnings
              sentences on choices that came closer to moving
    trust     sentences
    judged    subject, criterion, raw (estimate), corrected (estimate, or null where the judge's errors are not known),
              is_advisory (counted nowhere), note: criteria that models judged
    spending  provider, address, account (the name of its secret), requests (each attempt), retries (of these), kept
              (answers from the cache), input_tokens, output_tokens, cost (dollars, as text), unpriced (answers without
              a known price), unsettled (dollars that attempts without an end may have cost besides), failures (attempts
              by error): what was had from each service, by all processes that worked at the run
    quarantines
              case, subject (null: each), owner, expires (ISO 8601), reason: what ran outside the gate
    cases     subject, case, request, history (role, content), preferred (null: nobody), acceptable, forbidden, stratum,
              split, tags, weight, group, is_critical, is_control, source, provenance, fingerprint, chosen and outcomes
              (one per repetition), routing_rate, rubric_rate, rubric_score, failures, rounds, deciding_words,
              trials (repetition, inclusion, routing, completion, writer, criteria)

A trial's ``routing`` is ``{chosen, margin, rationale, ranking: [{agent, score, terms: [[term, weight]]}]}``, its
``completion`` ``{text, origin, author, model, finish_reason, usage}``; a failure of the harness is
``{failure: {stage, kind, message}}`` instead of either, and of a criterion's ``value``, ``passed``, ``reason`` and
``evidence``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from pathlib import Path

from passmuster.adapters.reporters.json_cases import case_entry
from passmuster.analysis.judged_rates import plain_rate
from passmuster.analysis.spending import plain_record
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import AgentRow, Report
from passmuster.domain.results import RunManifest
from passmuster.domain.verdicts import GateFinding, GateVerdict
from passmuster.placing import place

FILE_NAME = "report.json"
FORMAT = 1
DIGITS = 9


class JsonReporter:
    """Writes ``report.json``."""

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the document.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        return place({FILE_NAME: render(report).encode("ascii")}, destination)


def render(report: Report) -> str:
    """Return the document; equal reports give equal documents."""
    entries = (f"{_text(key)}: {_laid_out(value)}" for key, value in _document(report).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _document(report: Report) -> dict[str, object]:
    subjects = [(subject.record.name, subject) for subject in report.subjects]
    return {
        "format": FORMAT,
        "run": _run(report.manifest),
        "verdict": _verdict(report.verdict),
        "metrics": [
            {"subject": name, "name": item.name, "subset": item.subset, "estimate": _estimate(item.estimate)}
            for name, subject in subjects
            for item in subject.metrics
        ],
        "agents": [_agent(name, row) for name, subject in subjects for row in subject.agents],
        "confusion": [
            {"subject": name, "labels": subject.confusion.labels, "counts": subject.confusion.counts}
            for name, subject in subjects
        ],
        **_comparison(report.comparison),
        "early_warnings": report.early_warnings,
        "trust": report.trust,
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
        "cases": map(case_entry, report.cases),
    }


def _run(manifest: RunManifest) -> dict[str, object]:
    revision = manifest.revision
    return {
        "identifier": manifest.identifier,
        "suite": manifest.suite,
        "started_at": manifest.started_at.isoformat(),
        "seed": manifest.seed,
        "planned": manifest.planned,
        "roster": manifest.roster,
        "dataset": manifest.dataset,
        "configuration": manifest.configuration,
        "subjects": [
            {
                "name": record.name,
                "description": record.description,
                "is_deterministic": record.is_deterministic,
                "fingerprint": record.fingerprint,
                "routing": record.routing,
                "writing": record.writing,
                "models": record.models,
                "choosing_models": record.choosing_models,
                "caveats": record.caveats,
            }
            for record in manifest.subjects
        ],
        "versions": dict(sorted(manifest.versions.items())),
        "revision": None
        if revision is None
        else {"commit": revision.commit, "branch": revision.branch, "is_dirty": revision.is_dirty},
        "looks": manifest.looks,
        "selection": manifest.selection,
        "against": manifest.against,
        "rescored": manifest.rescored,
    }


def _verdict(verdict: GateVerdict) -> dict[str, object]:
    return {
        "outcome": verdict.outcome.value,
        "reasons": verdict.reasons,
        "rules": list(map(_finding, verdict.findings)),
    }


def _finding(finding: GateFinding) -> dict[str, object]:
    rule = finding.rule
    return {
        "subject": finding.subject,
        "metric": rule.metric,
        "subset": finding.subset or rule.subset,
        "outcome": finding.outcome.value,
        "is_gated": finding.is_gated,
        "sentence": finding.sentence,
        "estimate": _estimate(finding.estimate),
        "asked": {
            "minimum": rule.minimum,
            "maximum": rule.maximum,
            "maximum_drop": rule.maximum_drop,
            "maximum_rise": rule.maximum_rise,
            "significance": rule.significance,
            "minimum_sample": rule.minimum_sample,
            "subset": rule.subset,
            "applies_to": rule.applies_to,
        },
    }


def _agent(subject: str, row: AgentRow) -> dict[str, object]:
    return {
        "subject": subject,
        "agent": row.agent,
        "expected": row.expected,
        "chosen": row.chosen,
        "precision": _estimate(row.precision),
        "recall": _estimate(row.recall),
        "f1": row.f1,
    }


def _estimate(estimate: Estimate | None) -> dict[str, object] | None:
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "confidence": estimate.confidence,
        "sample_size": estimate.sample_size,
        "method": estimate.method,
    }


def _comparison(comparison: Comparison | None) -> dict[str, object]:
    if comparison is None:
        return dict.fromkeys(("against", "roster", "changes", "compared", "incomparable"))
    roster = comparison.roster
    return {
        "against": comparison.against,
        "roster": {
            "added": roster.added,
            "removed": roster.removed,
            "description_edited": roster.description_edited,
            "otherwise_edited": roster.otherwise_edited,
            "renamed": roster.renamed,
            "instructions_edited": roster.instructions_edited,
            "tools_edited": roster.tools_edited,
            "model_edited": roster.model_edited,
        },
        "changes": list(_changes(comparison.cases)),
        "compared": [
            {
                "subject": item.subject,
                "metric": item.metric,
                "subset": item.subset,
                "baseline": item.baseline,
                "candidate": item.candidate,
                "difference": _estimate(item.difference),
                "is_notable": item.is_notable,
            }
            for item in comparison.metrics
        ],
        "incomparable": [
            {"subject": item.subject, "aspect": item.aspect.value, "reason": item.reason}
            for item in comparison.incomparable
        ],
    }


def _changes(changes: Sequence[CaseChange]) -> Iterator[dict[str, object]]:
    for change in changes:
        if change.kind is not ChangeKind.UNCHANGED:
            yield {
                "subject": change.subject,
                "case": change.case,
                "aspect": change.aspect.value,
                "kind": change.kind.value,
                "baseline_rate": change.baseline_rate,
                "candidate_rate": change.candidate_rate,
                "baseline_trials": change.baseline_trials,
                "candidate_trials": change.candidate_trials,
                "difference": change.difference,
                "rise_of_cost": change.rise_of_cost,
                "was": change.was,
                "now": change.now,
                "stolen_by": change.stolen_by,
                "lost_to": change.lost_to,
                "edited": change.edited,
                "baseline_margin": change.baseline_margin,
                "rival": change.rival,
                "margin_change": change.margin_change,
                "explanation": change.explanation,
            }


def _laid_out(value: object) -> str:
    """Return a value as JSON, with each entry of a list on a line of its own."""
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        lines = [_text(item) for item in value]
        return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"
    return _text(value)


def _text(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=True, allow_nan=False)


def _plain(value: object) -> object:
    """Return what JSON can hold: lists, texts as keys, finite numbers rounded."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return round(float(value), DIGITS) if isfinite(value) else None
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case Iterable():
            return [_plain(item) for item in value]
        case _:
            return str(value)
