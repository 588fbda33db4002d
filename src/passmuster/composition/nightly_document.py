"""What a night says to machines: nightly.json, and the body that a webhook gets; with its JSON Schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from passmuster.analysis.causes_in_words import between, cause_sentence
from passmuster.analysis.drifting import Origin, Shift
from passmuster.analysis.ledger import CaseHistory
from passmuster.application.history import Explained
from passmuster.application.watching_nights import FrozenNight, Night, origin_sentence
from passmuster.domain.observations import Aspect
from passmuster.domain.verdicts import GateOutcome
from passmuster.texts.visible import excerpt

FORMAT: Final = 1
"""Raised whenever a receiver that keeps to the schema would have to be changed."""

LONGEST: Final = 500
"""Characters of a sentence or a name: both may repeat what a model or a file said."""

MOST: Final = 100
"""Entries of a list; how many there are is told beside it."""

SHOWN_COMMITS: Final = 10
SHORT: Final = 12

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}
_COUNT: Final = {"type": "integer", "minimum": 0}


def nightly_document(night: Night, *, status: int, spent: Mapping[str, object]) -> dict[str, Any]:
    """Return a night as plain data.

    Args:
        night: What it showed.
        status: The exit status that the verdict has.
        spent: What was had from services, by the names of the schema's ``cost``.
    """
    manifest, verdict = night.report.manifest, night.report.verdict
    return {
        "format": FORMAT,
        "kind": "passmuster.nightly",
        "suite": manifest.suite,
        "run": manifest.identifier,
        "started_at": manifest.started_at.isoformat(),
        "status": status,
        "verdict": str(verdict.outcome),
        "reasons": [excerpt(reason, LONGEST) for reason in verdict.reasons[:MOST]],
        "control": {"is_void": night.is_void, "again": _shifts(night.again)},
        "origin": str(night.origin),
        "origin_sentence": excerpt(origin_sentence(night), LONGEST),
        "frozen": None if night.frozen is None else _frozen(night.frozen),
        "change_count": len(night.history.changes),
        "changes": [_change(night, item) for item in night.history.changes[-MOST:]],
        "proposal_count": len(night.proposals),
        "quarantine_proposals": [_proposal(item) for item in night.proposals[:MOST]],
        "cost": dict(spent),
        "report": "report.html",
    }


def nightly_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of that document."""
    shift = _record(
        subject=_TEXT,
        aspect={"enum": [str(item) for item in Aspect]},
        difference={**_NUMBER, "minimum": -1, "maximum": 1},
        lower=_NUMBER,
        upper=_NUMBER,
        cases=_COUNT,
        method=_TEXT,
        probability=_NUMBER,
        is_shown={"type": "boolean", "description": "Whether the difference counts."},
    )
    shifts = {"type": "array", "items": shift}
    frozen = _record(
        revision=_TEXT,
        run=_TEXT,
        reference={"type": ["string", "null"], "description": "The run that the frozen agents are held against."},
        edits={**shifts, "description": "The agents as they are less the frozen ones, both asked in this night."},
        drift={**shifts, "type": ["array", "null"], "description": "The frozen agents less what they were at first."},
    )
    change = _record(
        subject=_TEXT,
        metric=_TEXT,
        agent=_TEXT,
        before=_NUMBER,
        after=_NUMBER,
        probability=_NUMBER,
        sentence=_TEXT,
        commits={"type": "array", "items": _record(commit=_TEXT, title=_TEXT)},
    )
    proposal = _record(subject=_TEXT, case=_TEXT, aspect=_TEXT, trials=_COUNT, passes=_COUNT)
    return {
        "$schema": _DIALECT,
        "title": "What `passmuster nightly` writes into nightly.json and posts to a webhook",
        **_record(
            format={"const": FORMAT},
            kind={"const": "passmuster.nightly"},
            suite=_TEXT,
            run=_TEXT,
            started_at={"type": "string", "format": "date-time"},
            status={"enum": [0, 1, 4], "description": "The exit status of the verdict."},
            verdict={"enum": [str(item) for item in GateOutcome]},
            reasons={"type": "array", "items": _TEXT, "maxItems": MOST},
            control=_record(is_void={"type": "boolean"}, again=shifts),
            origin={"enum": [str(item) for item in Origin]},
            origin_sentence=_TEXT,
            frozen={"anyOf": [frozen, {"type": "null"}]},
            change_count=_COUNT,
            changes={"type": "array", "items": change, "maxItems": MOST},
            proposal_count=_COUNT,
            quarantine_proposals={"type": "array", "items": proposal, "maxItems": MOST},
            cost=_record(
                requests=_COUNT, kept=_COUNT, input_tokens=_COUNT, output_tokens=_COUNT, dollars=_TEXT, unpriced=_COUNT
            ),
            report={**_TEXT, "description": "The full report, beside nightly.json."},
        ),
    }


def _record(**properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _frozen(frozen: FrozenNight) -> dict[str, Any]:
    return {
        "revision": excerpt(frozen.revision, LONGEST),
        "run": frozen.run.manifest.identifier,
        "reference": None if frozen.reference is None else frozen.reference.manifest.identifier,
        "edits": _shifts(frozen.edits),
        "drift": None if frozen.drift is None else _shifts(frozen.drift),
    }


def _shifts(shifts: Sequence[Shift]) -> list[dict[str, Any]]:
    return [
        {
            "subject": shift.subject,
            "aspect": str(shift.aspect),
            "difference": round(shift.estimate.value, 9),
            "lower": round(shift.estimate.lower, 9),
            "upper": round(shift.estimate.upper, 9),
            "cases": shift.estimate.sample_size,
            "method": shift.estimate.method,
            "probability": round(shift.probability, 9),
            "is_shown": shift.is_shown,
        }
        for shift in shifts
    ]


def _change(night: Night, explained: Explained) -> dict[str, Any]:
    change, runs = explained.change, night.history.runs
    where = between(runs, change.before, change.after)
    return {
        "subject": change.series.subject,
        "metric": change.series.metric,
        "agent": excerpt(change.series.agent, LONGEST),
        "before": round(change.point.before, 9),
        "after": round(change.point.after, 9),
        "probability": round(change.point.probability, 9),
        "sentence": excerpt(f"{where}: {cause_sentence(runs, explained.cause)}", LONGEST),
        "commits": [
            {"commit": commit.identifier[:SHORT], "title": excerpt(commit.title, LONGEST)}
            for commit in explained.commits[-SHOWN_COMMITS:]
        ],
    }


def _proposal(item: CaseHistory) -> dict[str, Any]:
    return {
        "subject": item.subject,
        "case": excerpt(item.case, LONGEST),
        "aspect": str(item.aspect),
        "trials": item.trials,
        "passes": item.passes,
    }
