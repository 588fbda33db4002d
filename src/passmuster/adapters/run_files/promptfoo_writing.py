"""A run as results of promptfoo: a case is a test, a subject a provider, a criterion an assertion."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from passmuster.adapters.run_files.judged import CHOICE, Judged, judged
from passmuster.adapters.run_files.own_notes import KEY, head_notes, json_bytes, trial_notes
from passmuster.domain.answers import Completion
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.results import Run, Score, SubjectRecord, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.placing import written_whole

_VERSION = 3
_TEMPLATE = "{{request}}"
_PREFIX = "promptfoo/"


@dataclass(slots=True)
class _Counts:
    """What came out of one subject's answers."""

    passed: int = 0
    failed: int = 0
    broken: int = 0
    score: float = 0.0
    milliseconds: float = 0.0
    cost: float = 0.0
    tokens: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Rows:
    """Numbers the tests: each repetition of a case is one."""

    known: dict[tuple[CaseIdentifier, int], int] = field(default_factory=dict)

    def number(self, case: CaseIdentifier, repetition: int) -> int:
        return self.known.setdefault((case, repetition), len(self.known))


def write_results(run: Run, trials: Iterable[Trial], location: Path) -> int:
    """Write results, whole or not at all, and return how many there are.

    Raises:
        EnvironmentFaultError: If the place cannot be written.
    """
    records = run.manifest.subjects
    places = {record.name: place for place, record in enumerate(records)}
    counts = {record.name: _Counts() for record in records}
    cases = {case.identifier: case for case in run.cases}
    rows, written = _Rows(), 0
    with written_whole(location) as stream:
        stream.write(b'{"evalId":' + json_bytes(f"eval-{run.manifest.identifier}"))
        stream.write(b',"results":{"version":3,"timestamp":' + json_bytes(_moment(run)) + b',"results":[')
        for trial in trials:
            case, place = cases[trial.key.case], places[trial.key.subject]
            row = rows.number(case.identifier, trial.key.repetition)
            result = _result(case, trial, records[place], (place, row))
            _count(counts[trial.key.subject], result)
            stream.write((b",\n" if written else b"\n") + json_bytes(result))
            written += 1
        _end(stream, run, counts)
    return written


def _end(stream: BinaryIO, run: Run, counts: Mapping[SubjectName, _Counts]) -> None:
    every = counts.values()
    stats = {
        "successes": sum(item.passed for item in every),
        "failures": sum(item.failed for item in every),
        "errors": sum(item.broken for item in every),
        "tokenUsage": dict(sum((item.tokens for item in every), Counter())),
    }
    prompts = [_prompt(record, counts[record.name]) for record in run.manifest.subjects]
    configuration = {
        "description": run.manifest.suite,
        "prompts": [_TEMPLATE],
        "providers": [record.name for record in run.manifest.subjects],
        "metadata": {KEY: head_notes(run)},
    }
    stream.write(b'\n],"prompts":' + json_bytes(prompts) + b',"stats":' + json_bytes(stats))
    stream.write(b'},"config":' + json_bytes(configuration) + b',"shareableUrl":null}\n')


def _moment(run: Run) -> str:
    return run.manifest.started_at.isoformat()


def _prompt(record: SubjectRecord, counts: _Counts) -> Mapping[str, object]:
    return {
        "id": fingerprint_of([_TEMPLATE, record.name]),
        "raw": _TEMPLATE,
        "label": _TEMPLATE,
        "provider": record.name,
        "metrics": {
            "score": counts.score,
            "testPassCount": counts.passed,
            "testFailCount": counts.failed,
            "testErrorCount": counts.broken,
            "assertPassCount": 0,
            "assertFailCount": 0,
            "totalLatencyMs": counts.milliseconds,
            "tokenUsage": dict(counts.tokens),
            "namedScores": {},
            "namedScoresCount": {},
            "cost": counts.cost,
        },
    }


def _result(case: Case, trial: Trial, record: SubjectRecord, place: tuple[int, int]) -> Mapping[str, object]:
    found = judged(case, trial)
    column, row = place
    completion = trial.answer.completion
    parts = _components(case, trial, found)
    score = _score(found, parts)
    request = {"request": case.request.text}
    used = _used(completion)
    cost = float(completion.usage.cost) if isinstance(completion, Completion) and completion.usage.cost else 0
    return {
        "id": fingerprint_of([trial.key.case, trial.key.subject, trial.key.repetition]),
        "promptId": fingerprint_of([_TEMPLATE, record.name]),
        "promptIdx": column,
        "testIdx": row,
        "provider": {"id": record.name, "label": record.name},
        "prompt": {"raw": case.request.text, "label": _TEMPLATE},
        "vars": request,
        "testCase": {"description": case.identifier, "vars": request, "assert": [part["assertion"] for part in parts]},
        "response": _response(found, completion, used),
        "gradingResult": _grading(found, parts, score),
        "success": found.passed,
        "score": score,
        "namedScores": {str(_mapping(part["assertion"])["metric"]): part["score"] for part in parts},
        "latencyMs": round(trial.duration * 1000, 3),
        "cost": cost,
        "tokenUsage": used,
        "failureReason": 2 if found.failure else int(not found.passed),
        **({"error": found.failure} if found.failure else {}),
        "metadata": {KEY: trial_notes(case, trial)},
    }


def _response(found: Judged, completion: object, used: Mapping[str, object]) -> Mapping[str, object]:
    if not isinstance(completion, Completion):
        return {"error": found.failure} if found.failure else {"output": found.text}
    cost = {} if completion.usage.cost is None else {"cost": float(completion.usage.cost)}
    return {"output": completion.text, "tokenUsage": used, **cost, "cached": False}


def _used(completion: object) -> Mapping[str, object]:
    if not isinstance(completion, Completion):
        return {"total": 0, "prompt": 0, "completion": 0, "cached": 0}
    usage = completion.usage
    total = usage.input_tokens + usage.output_tokens
    return {"total": total, "prompt": usage.input_tokens, "completion": usage.output_tokens, "cached": 0}


def _components(case: Case, trial: Trial, found: Judged) -> list[Mapping[str, object]]:
    """Return what was said; promptfoo has no place for a criterion that could not judge, so that it has none here."""
    parts: list[Mapping[str, object]] = []
    if found.is_right is not None:
        assertion: Mapping[str, object] = {"type": "equals", "value": found.wanted, "metric": CHOICE}
        value = float(found.is_right)
        parts.append({"pass": found.is_right, "score": value, "reason": "the choice of agent", "assertion": assertion})
    references = {item.name: item for item in (case.rubric.criteria if case.rubric else ())}
    for outcome in trial.outcomes:
        if isinstance(outcome, Score):
            assertion = _assertion(outcome, references.get(outcome.criterion))
            said = {"pass": outcome.passed, "score": outcome.value, "reason": outcome.reason}
            parts.append({**said, "assertion": assertion})
    return parts


def _assertion(outcome: Score, reference: CriterionReference | None) -> dict[str, object]:
    kind = reference.kind.removeprefix(_PREFIX) if reference else outcome.criterion
    weight = 0.0 if outcome.is_advisory else reference.weight if reference else 1.0
    value = reference.options.get("value") if reference else None
    return {"type": kind, "metric": outcome.criterion, "weight": weight, **({} if value is None else {"value": value})}


def _score(found: Judged, parts: list[Mapping[str, object]]) -> float:
    if found.failure:
        return 0.0
    if found.score is not None and found.is_right is not False:
        return found.score
    return float(found.passed) if parts or found.passed else 0.0


def _grading(found: Judged, parts: list[Mapping[str, object]], score: float) -> Mapping[str, object] | None:
    if not parts:
        return None
    reason = "All assertions passed" if found.passed else "Some assertions do not hold"
    return {"pass": found.passed, "score": score, "reason": reason, "namedScores": {}, "componentResults": parts}


def _count(counts: _Counts, result: Mapping[str, object]) -> None:
    counts.broken += result["failureReason"] == 2  # noqa: PLR2004 - promptfoo's number for it
    counts.failed += result["failureReason"] == 1
    counts.passed += result["failureReason"] == 0
    counts.score += float(str(result["score"]))
    counts.milliseconds += float(str(result["latencyMs"]))
    counts.cost += float(str(result["cost"]))
    counts.tokens.update({key: int(str(value)) for key, value in _mapping(result["tokenUsage"]).items()})


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)  # noqa: S101 - made above
    return value
