"""A log of Inspect as a run: a sample is a case, an epoch a repetition, a score a criterion's."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.assembling import NOBODY, Answered, Gathering, Making, Origin, digest_of, failed
from passmuster.adapters.run_files.complaints import Complaints, complaint
from passmuster.adapters.run_files.inspect_log import Log, opened_log
from passmuster.adapters.run_files.inspect_scores import said_of, scores_of
from passmuster.adapters.run_files.inspect_shape import ChatMessage, Header, ModelUsage, Sample
from passmuster.adapters.run_files.own_notes import dollars, has_notes, merged, read_head, read_trial
from passmuster.adapters.run_files.shaping import one_line, shaped
from passmuster.documents import Document
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, Failure, ToolCall
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.consumption import total
from passmuster.domain.results import Run, RunManifest, SubjectRecord, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName, Usage, fingerprint_of
from passmuster.exchanging import ForeignRun

_ATTACHED: Final = "attachment://"
_PACKAGE: Final = "inspect_ai"
_ENDINGS: Final = {"max_tokens": "length", "model_length": "length"}
_ROLES: Final = {"system": Role.SYSTEM, "assistant": Role.ASSISTANT}

INVALIDATED: Final = "samples that somebody declared invalid"
MEDIA: Final = "pictures, sounds and files in messages"
LIMITED: Final = "samples' notes on the limit that stopped them"


class InspectReader:
    """Reads one log; the second walk relies on what the first one found."""

    def __init__(self, location: Path, *, passing: float, subject: str) -> None:
        """Begin.

        Args:
            location: The file.
            passing: The value from which a score is a pass.
            subject: Who answered; empty takes the name of the model.
        """
        self._location, self._passing, self._wanted = location, passing, subject
        self._complaints = Complaints()
        self._left_out: Counter[str] = Counter()

    def read(self) -> ForeignRun:
        """Check the whole log, and return what is in it.

        Raises:
            InvalidInputError: With every complaint.
        """
        digest = digest_of(self._location)
        with opened_log(self._location) as log:
            header = shaped(Header, log.header, self._complaints)
            own = self._own_head(log.header) if header is not None else None
            self._complaints.raise_any()
            assert header is not None  # noqa: S101 - without it there was a complaint
            record, caveat = self._record(header, own[0] if own else None)
            gathering = Gathering(self._complaints, self._left_out)
            for document, answered in self._walk(log, header, record.name):
                gathering.add(answered, document.location())
            if not gathering.count and not self._complaints.findings:
                hint = "name the log of a task that has ended, with its samples"
                message = "this log has no samples"
                self._complaints.add(complaint(message, log.header.location(), hint=hint))
            self._complaints.raise_any()
        origin = Origin(
            tool="Inspect",
            package=_PACKAGE,
            version=header.eval.packages.get(_PACKAGE, ""),
            name=header.eval.task,
            identifier=header.eval.run_id,
            path=self._location,
            digest=digest,
            started_at=header.eval.created,
        )
        cases = gathering.cases()
        record = record if not caveat else replace(record, caveats=(*record.caveats, origin.caveat))
        manifest = origin.manifest([record], cases, gathering.count, own=own[0] if own else None)
        run = Run(manifest=manifest, roster=own[1] if own else NOBODY, cases=cases, trials=())
        return ForeignRun(
            run=run,
            trials=lambda: self._trials(run, header, record.name),
            count=gathering.count,
            tool="passmuster" if own else origin.tool,
            version=str(manifest.versions.get("passmuster", "")) if own else origin.version,
            digest=digest,
            left_out=dict(self._left_out),
        )

    def _own_head(self, document: Document) -> tuple[RunManifest, Roster] | None:
        if not has_notes(document, "eval", "metadata"):
            return None
        return read_head(document, self._complaints, "eval", "metadata")

    def _record(self, header: Header, own: RunManifest | None) -> tuple[SubjectRecord, bool]:
        """Return who answered, and whether readers must be told that another tool asked."""
        if own is not None and len(own.subjects) == 1:
            known = own.subjects[0]
            return (replace(known, name=SubjectName(self._wanted)) if self._wanted else known), False
        spec = header.eval
        content = ["inspect", spec.model, spec.model_args, spec.model_generate_config, header.plan, spec.task_args]
        print_ = fingerprint_of(repr(content))
        return SubjectRecord(
            name=SubjectName(one_line(self._wanted or spec.model) or "model"),
            description=f"the model {one_line(spec.model)}, asked by Inspect's task {one_line(spec.task)}",
            is_deterministic=False,
            fingerprint=print_,
            writing=print_,
            models=(one_line(spec.model),),
        ), True

    def _trials(self, run: Run, header: Header, subject: SubjectName) -> Iterator[Trial]:
        making = Making(run)
        self._left_out = Counter()
        with opened_log(self._location) as log:
            for _, answered in self._walk(log, header, subject):
                yield making.trial(answered)
        self._complaints.raise_any()

    def _walk(self, log: Log, header: Header, subject: SubjectName) -> Iterator[tuple[Document, Answered]]:
        for document in log.samples():
            if not isinstance(document, Document):
                self._complaints.add_all(document)
                continue
            sample = shaped(Sample, document, self._complaints)
            if sample is None:
                continue
            if sample.invalidation is not None:
                self._left_out[INVALIDATED] += 1
                continue
            answered = self._answered(sample, document, header.eval.created, subject)
            if answered is not None:
                yield document, answered

    def _answered(self, sample: Sample, document: Document, began: datetime, subject: SubjectName) -> Answered | None:
        scores = scores_of(sample, self._passing)
        own = None
        if has_notes(document, "metadata"):
            own = read_trial(document, self._complaints, "metadata")
            if own is None:
                return None
            case, trial = own
            key = replace(trial.key, case=case.identifier, subject=subject, repetition=sample.epoch - 1)
            text = self._text_of(sample)
            own = case, merged(replace(trial, key=key), text, said_of(sample), passing=self._passing)
        else:
            self._count(sample)
        return Answered(
            case=own[0].identifier if own else CaseIdentifier(one_line(str(sample.id)) or "(no name)"),
            request=own[0].request if own else self._request(sample),
            subject=subject,
            repetition=sample.epoch - 1,
            completion=self._completion(sample),
            references=scores.references,
            outcomes=scores.outcomes,
            started_at=sample.started_at or began,
            duration=sample.total_time or 0.0,
            passing_score=self._passing,
            outside=scores.outside,
            own=own,
        )

    def _count(self, sample: Sample) -> None:
        if sample.limit is not None:
            self._left_out[LIMITED] += 1
        messages = [] if isinstance(sample.input, str) else sample.input
        messages = [*messages, *(choice.message for choice in sample.output.choices[:1])]
        parts = [part for message in messages if not isinstance(message.content, str) for part in message.content]
        media = sum(part.type not in {"text", "reasoning"} for part in parts)
        if media:
            self._left_out[MEDIA] += media

    def _request(self, sample: Sample) -> Request:
        if isinstance(sample.input, str):
            text, history = _whole(sample.input, sample), list[Message]()
        else:
            history = [Message(role=_role(item), content=_content(item, sample)) for item in sample.input]
            text = history.pop().content if history and history[-1].role is Role.USER else ""
        if sample.choices:
            text = "\n".join(
                [text, *(f"{chr(65 + place % 26)}) {choice}" for place, choice in enumerate(sample.choices))]
            )
        return Request(text=text, history=tuple(history))

    def _text_of(self, sample: Sample) -> str:
        output = sample.output
        return _whole(output.completion, sample) or (
            _content(output.choices[0].message, sample) if output.choices else ""
        )

    def _completion(self, sample: Sample) -> Completion | Failure:
        if sample.error is not None:
            return failed(sample.error.message)
        output = sample.output
        if not output.choices and not output.completion and output.error:
            return failed(output.error)
        first = output.choices[0] if output.choices else None
        ending = first.stop_reason if first else "stop"
        used = list(sample.model_usage.values()) or ([output.usage] if output.usage else [])
        return Completion(
            text=self._text_of(sample),
            finish_reason=_ENDINGS.get(ending, ending),
            model=output.model,
            tool_calls=_tool_calls(first.message if first else None),
            usage=total(*map(_usage, used)),
            latency=sample.working_time or output.time or sample.total_time or 0.0,
        )


def _usage(used: ModelUsage) -> Usage:
    read, written = used.input_tokens_cache_read or 0, used.input_tokens_cache_write or 0
    return Usage(
        input_tokens=used.input_tokens + read + written,
        output_tokens=used.output_tokens,
        cost=None if used.total_cost is None else dollars(used.total_cost),
        cached_tokens=read,
        cache_written_tokens=written,
        reasoning_tokens=used.reasoning_tokens or 0,
    )


def _tool_calls(message: ChatMessage | None) -> tuple[ToolCall, ...]:
    calls = (message.tool_calls if message else None) or []
    return tuple(ToolCall(identifier=call.id, name=call.function, arguments=call.arguments) for call in calls)


def _role(message: ChatMessage) -> Role:
    return _ROLES.get(message.role, Role.USER)


def _content(message: ChatMessage, sample: Sample) -> str:
    if isinstance(message.content, str):
        return _whole(message.content, sample)
    return "\n".join(_whole(part.text, sample) for part in message.content if part.type == "text")


def _whole(text: str, sample: Sample) -> str:
    """Return a text, or what stands elsewhere in the sample for it."""
    attachments: Mapping[str, str] = sample.attachments
    if text.startswith(_ATTACHED):
        return attachments.get(text.removeprefix(_ATTACHED), text)
    return text
