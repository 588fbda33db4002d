"""The report as one JSON document, for programs.

The document is ASCII, holds one case, agent, metric or change on a line, and orders everything like the report. Numbers
are rounded to 9 decimals. Numbers that JSON has no form for are ``null``; so is everything that was not measured. An
*estimate* is ``{value, lower, upper, confidence, sample_size, method}``. The keys, in order::

    format    1; raised when a key changes its meaning or goes away
    run       identifier, suite, started_at (ISO 8601), seed, planned, roster and dataset (fingerprints),
              configuration, subjects (name, description, is_deterministic, fingerprint, caveats), versions,
              revision (commit, branch, is_dirty, or null)
    verdict   outcome (passed, equal, failed, inconclusive), reasons,
              rules (subject, metric, subset, outcome, sentence, estimate)
    metrics   subject, name, subset (all, or dimension=value), estimate
    agents    subject, agent, expected, chosen, precision, recall (estimates), f1
    confusion subject, labels, counts (rows: preferred, columns: chosen)
    roster    how it differs from the baseline's: added, removed, description_edited, otherwise_edited; or null
    changes   subject, case, aspect (routing, output), kind, baseline_rate, candidate_rate, was, now, stolen_by,
              lost_to, edited, margin_change, explanation; unchanged cases are left out; null without a baseline
    compared  subject, metric, baseline, candidate, difference (estimate); null without a baseline
    early_warnings
              sentences on choices that came closer to moving
    trust     sentences
    cases     subject, case, request, history (role, content), preferred (null: nobody), acceptable, forbidden, stratum,
              split, tags, weight, source, provenance, fingerprint, chosen and outcomes (one per repetition),
              routing_rate, rubric_rate, rubric_score, failures,
              trials (repetition, routing, completion, writer, criteria)

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
from typing import Final

from pydantic import BaseModel, ConfigDict

from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.reports import AgentRow, CaseReport, Report
from passmuster.domain.results import Outcome, RunManifest, Score, Trial
from passmuster.domain.verdicts import CaseChange, ChangeKind, Estimate, GateVerdict
from passmuster.placing import place
from passmuster.ports import BuildContext, Component, Reporter

FILE_NAME = "report.json"
FORMAT = 1
DIGITS = 9


class JsonReportOptions(BaseModel):
    """Options of ``json``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    comparison = report.comparison
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
        "roster": None
        if comparison is None
        else {
            "added": comparison.roster.added,
            "removed": comparison.roster.removed,
            "description_edited": comparison.roster.description_edited,
            "otherwise_edited": comparison.roster.otherwise_edited,
        },
        "changes": None if comparison is None else list(_changes(comparison.cases)),
        "compared": None
        if comparison is None
        else [
            {
                "subject": item.subject,
                "metric": item.metric,
                "baseline": item.baseline,
                "candidate": item.candidate,
                "difference": _estimate(item.difference),
            }
            for item in comparison.metrics
        ],
        "early_warnings": report.early_warnings,
        "trust": report.trust,
        "cases": map(_case, report.cases),
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
                "caveats": record.caveats,
            }
            for record in manifest.subjects
        ],
        "versions": dict(sorted(manifest.versions.items())),
        "revision": None
        if revision is None
        else {"commit": revision.commit, "branch": revision.branch, "is_dirty": revision.is_dirty},
    }


def _verdict(verdict: GateVerdict) -> dict[str, object]:
    return {
        "outcome": verdict.outcome.value,
        "reasons": verdict.reasons,
        "rules": [
            {
                "subject": item.subject,
                "metric": item.rule.metric,
                "subset": item.rule.subset,
                "outcome": item.outcome.value,
                "sentence": item.sentence,
                "estimate": _estimate(item.estimate),
            }
            for item in verdict.findings
        ],
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
                "was": change.was,
                "now": change.now,
                "stolen_by": change.stolen_by,
                "lost_to": change.lost_to,
                "edited": change.edited,
                "margin_change": change.margin_change,
                "explanation": change.explanation,
            }


def _case(item: CaseReport) -> dict[str, object]:
    case, observation = item.case, item.observation
    return {
        "subject": item.subject,
        "case": case.identifier,
        "request": case.request.text,
        "history": [{"role": turn.role.value, "content": turn.content} for turn in case.request.history],
        "preferred": case.expectation.preferred,
        "acceptable": sorted(case.expectation.acceptable),
        "forbidden": sorted(case.expectation.forbidden),
        "stratum": case.stratum.value,
        "split": case.split,
        "tags": sorted(case.tags),
        "weight": case.weight,
        "source": None if case.source is None else str(case.source),
        "provenance": _provenance(case),
        "fingerprint": case.fingerprint,
        "chosen": observation.chosen,
        "outcomes": [outcome.value for outcome in observation.outcomes],
        "routing_rate": observation.routing_rate,
        "rubric_rate": observation.rubric_rate,
        "rubric_score": observation.rubric_score,
        "failures": observation.failures,
        "trials": [_trial(trial) for trial in item.trials],
    }


def _provenance(case: Case) -> dict[str, object] | None:
    made = case.provenance
    if made is None:
        return None
    return {"author": made.author, "date": made.date, "reviewed_by": made.reviewed_by, "note": made.note}


def _trial(trial: Trial) -> dict[str, object]:
    answer = trial.answer
    return {
        "repetition": trial.key.repetition,
        "routing": _routing(answer.routing),
        "completion": _completion(answer.completion),
        "writer": answer.writer,
        "criteria": [_criterion(outcome) for outcome in trial.outcomes],
    }


def _routing(routing: RoutingDecision | Failure | None) -> dict[str, object] | None:
    if routing is None or isinstance(routing, Failure):
        return _failure(routing)
    return {
        "chosen": routing.chosen,
        "margin": routing.margin,
        "rationale": routing.rationale,
        "ranking": [
            {
                "agent": ranked.agent,
                "score": ranked.score,
                "terms": [[term.term, term.weight] for term in ranked.terms],
            }
            for ranked in routing.ranking
        ],
    }


def _completion(completion: Completion | Failure | None) -> dict[str, object] | None:
    if completion is None or isinstance(completion, Failure):
        return _failure(completion)
    usage = completion.usage
    return {
        "text": completion.text,
        "origin": completion.origin.value,
        "author": completion.author,
        "model": completion.model,
        "finish_reason": completion.finish_reason,
        "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "cost": usage.cost},
    }


def _criterion(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, Score):
        return {
            "criterion": outcome.criterion,
            "value": outcome.value,
            "passed": outcome.passed,
            "reason": outcome.reason,
            "evidence": outcome.evidence,
        }
    return {"criterion": outcome.criterion, **(_failure(outcome.failure) or {})}


def _failure(failure: Failure | None) -> dict[str, object] | None:
    if failure is None:
        return None
    return {"failure": {"stage": failure.stage.value, "kind": failure.kind, "message": failure.message}}


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


def _build(_options: JsonReportOptions, _context: BuildContext) -> Reporter:
    return JsonReporter()


COMPONENT: Final = Component(options=JsonReportOptions, build=_build, is_deterministic=lambda _options: True)
