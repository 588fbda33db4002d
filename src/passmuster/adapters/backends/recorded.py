"""A backend that plays recordings: one Markdown file for each completion, strict about what it was an answer to.

A recording begins with front matter and ends with the completion's text, exactly::

    ---
    recording: 1
    case: output-python-01
    request: 0123456789abcdef0123456789abcdef        # CompletionRequest.fingerprint
    conversation: fedcba9876543210fedcba9876543210   # CompletionRequest.conversation
    origin: authored                                 # or: recorded
    author: passmuster maintainers
    date: 2026-11-23
    model: ""                                        # required where the origin is "recorded"
    finish_reason: stop
    note: what the reader should know                # optional
    ---
    the text

Every ``*.md`` file under the folder is one, except files named ``README.md``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from passmuster.components import BuildContext, Component
from passmuster.documents import Document, parse_yaml
from passmuster.domain.answers import Completion, CompletionRequest, Failure, Origin, Stage
from passmuster.domain.errors import (
    BackendError,
    InvalidConfigurationError,
    InvalidInputError,
    RecordingMissingError,
    RecordingStaleError,
)
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import Fingerprint, SourceLocation, fingerprint_of
from passmuster.ports import Backend

MAXIMUM_BYTES = 1_048_576
"""A larger file is refused."""

_FRONT_MATTER = re.compile(r"---\r?\n(.*?)^---\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FINGERPRINT = "^[0-9a-f]{32}$"
_NUMBER = re.compile(r"[0-9]+(?:e[0-9]+)?")


class RecordedOptions(BaseModel):
    """Options of the backend ``recorded``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(min_length=1, description="The folder of recordings, relative to the suite's folder.")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One completion and what it answers.

    Attributes:
        path: The file, relative to the suite's folder.
        request: The fingerprint of the request that it answers.
        conversation: The fingerprint of that request without instructions and sampling.
        completion: What is played.
    """

    path: str
    request: Fingerprint
    conversation: Fingerprint
    completion: Completion


class RecordedBackend:
    """Plays recordings of exactly the request; a stale recording is never played."""

    def __init__(self, recordings: Sequence[Recording], *, location: str) -> None:
        """Take the recordings, no two of one request; ``location`` is named to people."""
        self._location = location
        self._by_request = {recording.request: recording for recording in recordings}

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of everything that can be played, wherever the files lie."""
        return fingerprint_of(
            sorted(
                [request, fingerprint_of(recording.completion.text)] for request, recording in self._by_request.items()
            )
        )

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return why the request cannot be answered: only stale recordings, none at all, or ``None``."""
        error = self._obstacle(request)
        if error is None:
            return None
        return Failure(stage=Stage.COMPLETION, kind=type(error).__name__, message=str(error))

    async def complete(self, request: CompletionRequest) -> Completion:
        """Play the recording of exactly this request.

        Raises:
            RecordingStaleError: If the only one was made with other instructions or another sampling.
            RecordingMissingError: If there is none.
        """
        error = self._obstacle(request)
        if error is not None:
            raise error
        return self._by_request[request.fingerprint].completion

    def _obstacle(self, request: CompletionRequest) -> BackendError | None:
        if request.fingerprint in self._by_request:
            return None
        stale = sorted(
            recording.path for recording in self._by_request.values() if recording.conversation == request.conversation
        )
        if stale:
            return RecordingStaleError(_stale_message(stale, request))
        return RecordingMissingError(_missing_message(self._location, request))


def load_recordings(folder: Path, *, suite: Path) -> tuple[Recording, ...]:
    """Read every recording under a folder, in order of path.

    Args:
        folder: Where the recordings are.
        suite: The suite's folder, to which paths in messages of trials are relative.

    Raises:
        InvalidConfigurationError: If there is no such folder, or with every complaint about every file at once.
    """
    if not folder.is_dir():
        complaint = _finding(
            "missing-recordings",
            f"there is no folder {folder.as_posix()!r}",
            hint="create it, or correct 'location' of the backend 'recorded'",
        )
        raise InvalidConfigurationError([complaint])
    findings: list[Finding] = []
    recordings: list[tuple[Path, Recording]] = []
    for file in sorted(folder.rglob("*.md")):
        if file.name == "README.md" or not file.is_file():
            continue
        try:
            recordings.append((file, _read(file, _shown(file, suite))))
        except InvalidInputError as error:
            findings.extend(error.findings)
    findings.extend(_twins(recordings))
    if findings:
        raise InvalidConfigurationError(findings)
    return tuple(recording for _file, recording in recordings)


def _shown(file: Path, suite: Path) -> str:
    return file.relative_to(suite).as_posix() if file.is_relative_to(suite) else file.as_posix()


def _read(file: Path, shown: str) -> Recording:
    content = _text_of(file)
    front_matter = _FRONT_MATTER.match(content)
    if front_matter is None:
        message = "a recording begins with front matter between two lines of '---'"
        location = SourceLocation(path=str(file), line=1, column=1)
        raise InvalidInputError([_finding("recording-header", message, location=location)])
    header = _header(parse_yaml(front_matter[1], path=str(file), first_line=2))
    completion = Completion(
        text=content[front_matter.end() :],
        finish_reason=header.finish_reason,
        model=header.model,
        origin=Origin(header.origin),
        author=header.author,
    )
    return Recording(
        path=shown,
        request=Fingerprint(header.request),
        conversation=Fingerprint(header.conversation),
        completion=completion,
    )


def _text_of(file: Path) -> str:
    location = SourceLocation(path=str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        message = f"the recording {file.name!r} cannot be read: {error.strerror}"
        raise InvalidInputError([_finding("recording-unreadable", message, location=location)]) from error
    if len(content) > MAXIMUM_BYTES:
        message = f"the recording {file.name!r} is larger than {MAXIMUM_BYTES} bytes"
        raise InvalidInputError([_finding("recording-size", message, location=location)])
    try:
        # Not as a text file: line ends belong to the completion and stay what they are.
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        finding = _finding(
            "recording-encoding",
            f"the byte {content[error.start]:#04x} is not UTF-8",
            hint="save the file as UTF-8",
            location=SourceLocation(path=str(file), line=line),
        )
        raise InvalidInputError([finding]) from error


def _header(document: Document) -> _Header:
    if not isinstance(document.data, dict):
        message = "the front matter of a recording holds keys and values"
        raise InvalidInputError([_finding("recording-header", message, location=document.location())])
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
        return _finding("unknown-key", f"a recording has no key {key!r}", hint=f"known are {known}", location=location)
    if kind == "missing":
        return _finding("missing-key", f"a recording needs the key {key!r}", location=location)
    value = data[key] if isinstance(data, dict) and key in data else None
    hint = "put the value in quotes" if kind == "string_type" else ""
    reason = problem.removeprefix("Value error, ")
    message = f"{key!r} cannot be {value!r}: {reason}" if key else reason
    return _finding("recording-header", message, hint=hint, location=location)


def _twins(recordings: Sequence[tuple[Path, Recording]]) -> Sequence[Finding]:
    first: dict[Fingerprint, Path] = {}
    findings = []
    for file, recording in recordings:
        other = first.setdefault(recording.request, file)
        if other != file:
            message = f"this answers the same request {recording.request!r} as {other.as_posix()!r}"
            location = SourceLocation(path=str(file))
            findings.append(_finding("recording-twice", message, hint="keep one of the two", location=location))
    return findings


def _finding(rule: str, message: str, *, hint: str = "", location: SourceLocation | None = None) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def _stale_message(paths: Sequence[str], request: CompletionRequest) -> str:
    files = " or ".join(repr(path) for path in paths)
    return (
        f"{files} answers this conversation, but the instructions or the sampling differ from those it was recorded "
        f"with; set '{_line('request', request.fingerprint)}' in it after a review, or record it again"
    )


def _missing_message(location: str, request: CompletionRequest) -> str:
    lines = [_line("request", request.fingerprint), _line("conversation", request.conversation)]
    return "\n".join([f"no recording answers this request; a new file in {location!r} needs these lines:", *lines])


def _line(key: str, fingerprint: Fingerprint) -> str:
    # YAML reads digits, and digits around an "e", as a number.
    return f'{key}: "{fingerprint}"' if _NUMBER.fullmatch(fingerprint) else f"{key}: {fingerprint}"


def _build(options: RecordedOptions, context: BuildContext) -> Backend:
    recordings = load_recordings(context.folder / options.location, suite=context.folder)
    return RecordedBackend(recordings, location=options.location)


COMPONENT = Component(options=RecordedOptions, build=_build, is_deterministic=lambda _options: True, is_free=True)
"""``recorded``: plays completions that are kept in a folder."""
