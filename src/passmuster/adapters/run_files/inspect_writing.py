"""A run as a log of Inspect: a case is a sample, a repetition an epoch, a criterion a scorer."""

import math
import shutil
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

from passmuster.adapters.run_files.judged import CHOICE, Judged, judged
from passmuster.adapters.run_files.own_notes import KEY, head_notes, json_bytes, trial_notes
from passmuster.domain.answers import Completion
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Run, Score, Trial
from passmuster.domain.values import CaseIdentifier, Usage, fingerprint_of
from passmuster.placing import written_whole

_ENDINGS: Final = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls"}
"""Reasons for the end of an answer that Inspect has words for."""

_SUMMARY: Final = (
    "id",
    "epoch",
    "input",
    "target",
    "scores",
    "model_usage",
    "started_at",
    "completed_at",
    "total_time",
    "working_time",
    "uuid",
)
_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest day that archives know: equal runs make equal files."""

_LEVEL: Final = 6

_LONGEST_NAME: Final = 200
"""Names of files end at 255 bytes on most disks."""


@dataclass(slots=True)
class _Written:
    """What has been written so far, as far as the head of the log tells of it."""

    ended_at: str
    values: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unscored: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    samples: int = 0
    completed: int = 0
    epochs: int = 1


def write_log(run: Run, trials: Iterable[Trial], location: Path) -> int:
    """Write a log, whole or not at all, and return how many samples it has.

    Raises:
        InvalidConfigurationError: If the run has several subjects: a log is of one model.
        EnvironmentFaultError: If the place cannot be written.
    """
    if len(run.manifest.subjects) != 1:
        names = ", ".join(repr(record.name) for record in run.manifest.subjects)
        finding = Finding(
            rule="several-subjects",
            severity=Severity.ERROR,
            message=f"a log of Inspect is of one subject, and the run has {names}",
            hint="name one with --subject",
        )
        raise InvalidConfigurationError([finding])
    cases = {case.identifier: case for case in run.cases}
    samples = _names(run)
    head, written = _head(run, samples), _Written(ended_at=run.manifest.started_at.isoformat())
    with (
        written_whole(location) as stream,
        zipfile.ZipFile(stream, "w") as archive,
        # A summary for each sample comes at the end: too much to be held.
        tempfile.TemporaryFile() as summaries,
    ):
        _put(archive, "_journal/start.json", {"version": 2, "eval": head["eval"], "plan": head["plan"]})
        for trial in trials:
            case = cases[trial.key.case]
            sample = _sample(case, trial, samples[case.identifier], str(head["model"]))
            _put(archive, f"samples/{sample['id']}_epoch_{sample['epoch']}.json", sample)
            summaries.write((b"," if written.samples else b"[") + json_bytes(_summary(sample)))
            _note(written, sample)
        summaries.write(b"]" if written.samples else b"[]")
        _put_stream(archive, "summaries.json", summaries)
        _put(archive, "header.json", _header(run, head, written))
    return written.samples


def _put(archive: zipfile.ZipFile, name: str, content: object) -> None:
    archive.writestr(_member(name), json_bytes(content), compresslevel=_LEVEL)


def _put_stream(archive: zipfile.ZipFile, name: str, content: IO[bytes]) -> None:
    content.seek(0)
    with archive.open(_member(name), "w", force_zip64=True) as member:
        shutil.copyfileobj(content, member)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_DAY)
    # Every version of Inspect and every reader of archives takes this one.
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _names(run: Run) -> Mapping[CaseIdentifier, str]:
    """Return what samples are called: Inspect makes names of files out of that."""
    return {
        case.identifier: case.identifier if _is_plain(case.identifier) else f"case-{fingerprint_of(case.identifier)}"
        for case in run.cases
    }


def _is_plain(name: str) -> bool:
    is_short = len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
    return is_short and name[:1] not in {"", "."} and all(sign.isalnum() or sign in "-_.:()@ " for sign in name)


def _head(run: Run, names: Mapping[CaseIdentifier, str]) -> dict[str, object]:
    manifest = run.manifest
    (record,) = manifest.subjects
    model = record.models[0] if len(record.models) == 1 else f"{KEY}/{record.name}"
    identifier = fingerprint_of([manifest.identifier, record.name])[:22]
    scorers = dict.fromkeys(item.name for case in run.cases if case.rubric for item in case.rubric.criteria)
    specification = {
        "eval_id": identifier,
        "run_id": manifest.identifier,
        "created": manifest.started_at.isoformat(),
        "task": manifest.suite,
        "task_id": fingerprint_of(manifest.suite)[:22],
        "task_version": 0,
        "task_attribs": {},
        "task_args": {},
        "dataset": {
            "name": manifest.suite,
            "samples": len(names),
            "sample_ids": list(names.values()),
            "shuffled": False,
        },
        "model": model,
        "model_args": {},
        "config": {},
        "packages": {"passmuster": version("passmuster")},
        "scorers": [{"name": name} for name in scorers],
        "metadata": {KEY: head_notes(run)},
    }
    return {"model": model, "eval": specification, "plan": {"name": "plan", "steps": [], "config": {}}}


def _header(run: Run, head: Mapping[str, object], written: _Written) -> Mapping[str, object]:
    began = run.manifest.started_at.isoformat()
    return {
        "version": 2,
        "status": "success",
        "eval": {**_mapping(head["eval"]), "config": {"epochs": written.epochs}},
        "plan": head["plan"],
        "results": {
            "total_samples": written.samples,
            "completed_samples": written.completed,
            "scores": [_result(name, written) for name in sorted({*written.values, *written.unscored})],
        },
        "stats": {"started_at": began, "completed_at": written.ended_at, "model_usage": {}},
    }


def _result(name: str, written: _Written) -> Mapping[str, object]:
    values = written.values.get(name, [])
    mean = math.fsum(values) / len(values) if values else math.nan
    return {
        "name": name,
        "scorer": name,
        "scored_samples": len(values),
        "unscored_samples": written.unscored.get(name, 0),
        "params": {},
        "metrics": {"mean": {"name": "mean", "value": mean, "params": {}}},
    }


def _summary(sample: Mapping[str, object]) -> Mapping[str, object]:
    error = {"error": _mapping(sample["error"])["message"]} if "error" in sample else {}
    return {**{key: sample[key] for key in _SUMMARY}, "metadata": {}, "completed": True, **error}


def _note(written: _Written, sample: Mapping[str, object]) -> None:
    written.samples += 1
    written.completed += "error" not in sample
    written.ended_at = max(written.ended_at, str(sample["completed_at"]))
    written.epochs = max(written.epochs, int(str(sample["epoch"])))
    for name, score in _mapping(sample["scores"]).items():
        value = _mapping(score)["value"]
        if isinstance(value, float) and math.isnan(value):
            written.unscored[name] += 1
        else:
            written.values[name].append(float(str(value)) if not isinstance(value, str) else float(value == "C"))


def _sample(case: Case, trial: Trial, name: str, model: str) -> Mapping[str, object]:
    found = judged(case, trial)
    ends = trial.started_at + timedelta(seconds=min(max(trial.duration, 0.0), 1e9))
    spoken = [{"role": str(item.role), "content": item.content} for item in case.request.history]
    asked = [*spoken, {"role": "user", "content": case.request.text}]
    completion = trial.answer.completion
    used = _usage(completion.usage) if isinstance(completion, Completion) else _usage(Usage())
    error = {"message": found.failure, "traceback": "", "traceback_ansi": ""} if found.failure else None
    return {
        "id": name,
        "epoch": trial.key.repetition + 1,
        "input": asked if spoken else case.request.text,
        "target": _target(case, found),
        "messages": [*asked, {"role": "assistant", "content": found.text}],
        "output": _output(trial, found, model, used),
        "scores": _scores(trial, found),
        "metadata": {KEY: trial_notes(case, trial)},
        "store": {},
        "events": [],
        "model_usage": {model: used},
        "started_at": trial.started_at.isoformat(),
        "completed_at": ends.isoformat(),
        "total_time": trial.duration,
        "working_time": trial.duration,
        "uuid": fingerprint_of([trial.key.case, trial.key.subject, trial.key.repetition])[:22],
        **({"error": error} if error else {}),
        "attachments": {},
    }


def _target(case: Case, found: Judged) -> object:
    written = next((item.options["target"] for item in _criteria(case) if "target" in item.options), None)
    is_target = isinstance(written, str) or (
        isinstance(written, list | tuple) and all(isinstance(item, str) for item in written)
    )
    return written if is_target and found.is_right is None else found.wanted


def _criteria(case: Case) -> Iterable[CriterionReference]:
    return case.rubric.criteria if case.rubric else ()


def _output(trial: Trial, found: Judged, model: str, used: Mapping[str, object]) -> Mapping[str, object]:
    completion = trial.answer.completion
    if found.failure and not isinstance(completion, Completion):
        return {"model": model, "choices": [], "completion": ""}
    ending, latency, calls = "stop", trial.duration, []
    if isinstance(completion, Completion):
        ending = _ENDINGS.get(completion.finish_reason, "unknown")
        latency = completion.latency
        calls = [
            {"id": call.identifier, "function": call.name, "arguments": dict(call.arguments), "type": "function"}
            for call in completion.tool_calls
        ]
        model = completion.model or model
    message = {"role": "assistant", "content": found.text, "source": "generate", "model": model}
    choice = {"message": {**message, **({"tool_calls": calls} if calls else {})}, "stop_reason": ending}
    return {"model": model, "choices": [choice], "completion": found.text, "usage": used, "time": latency}


def _usage(usage: Usage) -> Mapping[str, object]:
    used: dict[str, object] = {
        "input_tokens": max(usage.input_tokens - usage.cached_tokens - usage.cache_written_tokens, 0),
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "input_tokens_cache_read": usage.cached_tokens,
        "input_tokens_cache_write": usage.cache_written_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    return used if usage.cost is None else {**used, "total_cost": float(usage.cost)}


def _scores(trial: Trial, found: Judged) -> Mapping[str, object]:
    scores: dict[str, object] = {}
    if found.is_right is not None:
        words = f"{found.text if trial.answer.completion is None else 'the choice'} for {found.wanted}"
        scores[CHOICE] = {"value": "C" if found.is_right else "I", "explanation": words, "history": []}
    # A sample without an answer has no scores.
    for outcome in trial.outcomes if isinstance(trial.answer.completion, Completion) else ():
        if isinstance(outcome, Score):
            marks = {"passed": outcome.passed, "evidence": outcome.evidence}
            value: float = outcome.value
            scores[outcome.criterion] = {
                "value": value,
                "explanation": outcome.reason,
                "metadata": marks,
                "history": [],
            }
        else:
            # What Inspect leaves out of its means.
            scores[outcome.criterion] = {"value": math.nan, "explanation": outcome.failure.message, "history": []}
    return scores


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)  # noqa: S101 - made above
    return value
