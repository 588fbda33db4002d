"""The text of one recording: front matter with what it answers and where it comes from, then the answer, exactly."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from passmuster.documents import Document, parse_yaml
from passmuster.domain.answers import Completion, Origin, TokenProbability, ToolCall
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.recordings import Recording
from passmuster.domain.values import UNKNOWN, Fingerprint, SourceLocation, Usage, whole_characters

MAXIMUM_BYTES: Final = 1_048_576
"""A larger file is refused."""

_FRONT_MATTER = re.compile(r"---\r?\n(.*?)^---\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FINGERPRINT = "^[0-9a-f]{32}$"
_UNPRINTABLE = re.compile("[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Header(BaseModel):
    """The front matter of a recording."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recording: Literal[1]
    case: str = Field(min_length=1)
    request: str = Field(pattern=_FINGERPRINT)
    conversation: str = Field(pattern=_FINGERPRINT)
    origin: Literal["authored", "recorded"]
    author: str = Field(min_length=1)
    date: str = Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    model: str = ""
    finish_reason: str = Field(default="stop", min_length=1)
    subject: str = ""
    repetition: int = Field(default=0, ge=0)
    instructions: str = Field(default="", pattern=f"{_FINGERPRINT}|^$")
    settings: dict[str, object] | None = None
    provider: str = ""
    passmuster: str = ""
    usage: dict[str, int | str] = Field(default_factory=dict)
    tokens: tuple[tuple[str, float], ...] = ()
    tool_calls: tuple[tuple[str, str, dict[str, object]], ...] = ()
    note: str = ""

    @field_validator("date")
    @classmethod
    def _check_date(cls, text: str) -> str:
        date.fromisoformat(text)
        return text

    @model_validator(mode="after")
    def _check_model(self) -> "_Header":
        if self.origin == "recorded" and not self.model:
            message = "a recording of origin 'recorded' names the model that wrote it"
            raise ValueError(message)
        return self


def read_recording(file: Path, shown: str) -> Recording:
    """Read one file.

    Args:
        file: The file.
        shown: What people know it by.

    Raises:
        InvalidInputError: With every complaint about it.
    """
    content = _text_of(file)
    front_matter = _FRONT_MATTER.match(content)
    if front_matter is None:
        message = "a recording begins with front matter between two lines of '---'"
        location = SourceLocation(path=str(file), line=1, column=1)
        raise InvalidInputError([complaint("recording-header", message, location=location)])
    header = _header(parse_yaml(front_matter[1], path=str(file), first_line=2))
    completion = Completion(
        text=content[front_matter.end() :],
        finish_reason=header.finish_reason,
        model=header.model,
        origin=Origin(header.origin),
        author=header.author,
        tokens=tuple(TokenProbability(token=token, log_probability=value) for token, value in header.tokens),
        tool_calls=tuple(
            ToolCall(identifier=identifier, name=name, arguments=arguments)
            for identifier, name, arguments in header.tool_calls
        ),
        made_on=header.date,
    )
    return Recording(
        path=shown,
        case=header.case,
        request=Fingerprint(header.request),
        conversation=Fingerprint(header.conversation),
        completion=completion,
        date=header.date,
        instructions=Fingerprint(header.instructions) or UNKNOWN,
        settings=header.settings,
        subject=header.subject,
        repetition=header.repetition,
        provider=header.provider,
        version=header.passmuster,
        note=header.note,
    )


def _text_of(file: Path) -> str:
    location = SourceLocation(path=str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        message = f"the recording {file.name!r} cannot be read: {error.strerror}"
        raise InvalidInputError([complaint("recording-unreadable", message, location=location)]) from error
    if len(content) > MAXIMUM_BYTES:
        message = f"the recording {file.name!r} is larger than {MAXIMUM_BYTES} bytes"
        raise InvalidInputError([complaint("recording-size", message, location=location)])
    try:
        # Not as a text file: line ends belong to the completion and stay what they are.
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        finding = complaint(
            "recording-encoding",
            f"the byte {content[error.start]:#04x} is not UTF-8",
            hint="save the file as UTF-8",
            location=SourceLocation(path=str(file), line=line),
        )
        raise InvalidInputError([finding]) from error


def _header(document: Document) -> _Header:
    if not isinstance(document.data, dict):
        message = "the front matter of a recording holds keys and values"
        raise InvalidInputError([complaint("recording-header", message, location=document.location())])
    try:
        return _Header.model_validate(document.data)
    except ValidationError as error:
        findings = [
            _header_finding(document, str(problem["loc"][0]) if problem["loc"] else "", problem["type"], problem["msg"])
            for problem in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidInputError(findings) from error


def _header_finding(document: Document, key: str, kind: str, problem: str) -> Finding:
    location = document.location((key,))
    data = document.data
    if kind == "extra_forbidden":
        known = ", ".join(_Header.model_fields)
        return complaint("unknown-key", f"a recording has no key {key!r}", hint=f"known are {known}", location=location)
    if kind == "missing":
        return complaint("missing-key", f"a recording needs the key {key!r}", location=location)
    value = data[key] if isinstance(data, dict) and key in data else None
    hint = "put the value in quotes" if kind == "string_type" else ""
    reason = problem.removeprefix("Value error, ")
    message = f"{key!r} cannot be {value!r}: {reason}" if key else reason
    return complaint("recording-header", message, hint=hint, location=location)


def written_recording(recording: Recording) -> str:
    """Return the text of a recording that a model wrote, which reads as the same recording."""
    completion = recording.completion
    fields: dict[str, object] = {
        "recording": 1,
        "case": recording.case,
        "subject": recording.subject,
        "repetition": recording.repetition or None,
        "request": recording.request,
        "conversation": recording.conversation,
        "instructions": recording.instructions,
        "settings": recording.settings,
        "origin": "recorded",
        "author": completion.author,
        "date": recording.date,
        "model": completion.model,
        "provider": recording.provider,
        "passmuster": recording.version,
        "finish_reason": completion.finish_reason,
        "usage": _usage(completion.usage) or None,
        "tokens": [[item.token, item.log_probability] for item in completion.tokens],
        "tool_calls": [[call.identifier, call.name, call.arguments] for call in completion.tool_calls],
        "note": recording.note,
    }
    lines = [f"{key}: {_value(value)}" for key, value in fields.items() if value not in ("", None, [])]
    return "\n".join(["---", *lines, "---", whole_characters(completion.text)])


def _usage(usage: Usage) -> Mapping[str, object]:
    told = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": "" if usage.cost is None else str(usage.cost),
    }
    return {name: value for name, value in told.items() if value}


def _value(value: object) -> str:
    # JSON is YAML, but for characters that YAML wants escaped.
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def complaint(rule: str, message: str, *, hint: str = "", location: SourceLocation | None = None) -> Finding:
    """Return an error in a recording."""
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
