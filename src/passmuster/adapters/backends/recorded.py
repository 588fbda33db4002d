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
    # What `passmuster record` adds: subject, repetition, instructions, settings, provider, passmuster, usage, tokens
    # and tool_calls; see docs/recordings.md.
    ---
    the text

Every ``*.md`` file under the folder is one, except files named ``README.md``.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.backends.recording_text import MAXIMUM_BYTES, complaint, read_recording, written_recording
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest, Failure, Stage
from passmuster.domain.errors import (
    BackendError,
    EnvironmentFaultError,
    InvalidConfigurationError,
    InvalidInputError,
    RecordingMissingError,
    RecordingStaleError,
)
from passmuster.domain.findings import Finding
from passmuster.domain.recordings import Recording
from passmuster.domain.values import Fingerprint, SourceLocation, fingerprint_of
from passmuster.ports import Backend

_NUMBER = re.compile(r"[0-9]+(?:e[0-9]+)?")


class RecordedOptions(BaseModel):
    """Options of the backend ``recorded``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(min_length=1, description="The folder of recordings, relative to the suite's folder.")
    # Whoever is asked when recording changes nothing that is played.
    source: str | None = Field(
        default=None,
        min_length=1,
        exclude=True,
        description="Who is asked by `passmuster record`: the name of another of the suite's backends.",
    )


class RecordedBackend:
    """Plays recordings of exactly the request; a stale recording is never played."""

    def __init__(
        self, recordings: Sequence[Recording], *, location: str, source: str = "", suite: Path | None = None
    ) -> None:
        """Take the recordings, no two of one request.

        Args:
            recordings: What can be played.
            location: Their folder, relative to the suite's.
            source: The suite's name for the backend that is asked when recording; empty where there is none.
            suite: The suite's folder, where new ones are to be written.
        """
        self.location = location
        self.source = source
        self._suite = suite or Path()
        self._by_request = {recording.request: recording for recording in recordings}

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of everything that can be played, wherever the files lie."""
        return fingerprint_of(
            sorted(
                [request, fingerprint_of(recording.completion.text)] for request, recording in self._by_request.items()
            )
        )

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Everything that can be played, in order of file."""
        return tuple(sorted(self._by_request.values(), key=lambda recording: recording.path))

    def write(self, recording: Recording) -> None:
        """Write a recording's file, whole or not at all, and play it from now on.

        Raises:
            BackendError: If its text is too long for a file that could be read again.
            EnvironmentFaultError: If it cannot be written.
        """
        content = written_recording(recording).encode("utf-8")
        if len(content) > MAXIMUM_BYTES:
            message = f"the answer to case {recording.case!r} is too long for a recording: {len(content):,} bytes"
            raise BackendError(message, hint="bound it with maximum_tokens")
        _replace(self._suite / recording.path, content)
        stale = [key for key, kept in self._by_request.items() if kept.path == recording.path]
        for key in stale:
            del self._by_request[key]
        self._by_request[recording.request] = recording

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return why the request cannot be answered: only stale recordings, none at all, or ``None``."""
        error = self._obstacle(request)
        if error is None:
            return None
        return Failure.of(error, Stage.COMPLETION)

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
        return RecordingMissingError(_missing_message(self.location, request))


def _replace(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            unfinished = Path(name)
            unfinished.chmod(0o644)
            unfinished.replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"the recording {str(file)!r} cannot be written: {error.strerror}"
        raise EnvironmentFaultError(message, hint="make its folder writable") from error


def load_recordings(folder: Path, *, suite: Path) -> tuple[Recording, ...]:
    """Read every recording under a folder, in order of path.

    Args:
        folder: Where the recordings are.
        suite: The suite's folder, to which paths in messages of trials are relative.

    Raises:
        InvalidConfigurationError: If there is no such folder, or with every complaint about every file at once.
    """
    if not folder.is_dir():
        missing = complaint(
            "missing-recordings",
            f"there is no folder {folder.as_posix()!r}",
            hint="create it, or correct 'location' of the backend 'recorded'",
        )
        raise InvalidConfigurationError([missing])
    findings: list[Finding] = []
    recordings: list[tuple[Path, Recording]] = []
    for file in sorted(folder.rglob("*.md")):
        if file.name == "README.md" or not file.is_file():
            continue
        try:
            recordings.append((file, read_recording(file, _shown(file, suite))))
        except InvalidInputError as error:
            findings.extend(error.findings)
    findings.extend(_twins(recordings))
    if findings:
        raise InvalidConfigurationError(findings)
    return tuple(recording for _file, recording in recordings)


def _shown(file: Path, suite: Path) -> str:
    return file.relative_to(suite).as_posix() if file.is_relative_to(suite) else file.as_posix()


def _twins(recordings: Sequence[tuple[Path, Recording]]) -> Sequence[Finding]:
    first: dict[Fingerprint, Path] = {}
    findings = []
    for file, recording in recordings:
        other = first.setdefault(recording.request, file)
        if other != file:
            message = f"this answers the same request {recording.request!r} as {other.as_posix()!r}"
            location = SourceLocation(path=str(file))
            findings.append(complaint("recording-twice", message, hint="keep one of the two", location=location))
    return findings


def _stale_message(paths: Sequence[str], request: CompletionRequest) -> str:
    files = " or ".join(repr(path) for path in paths)
    return (
        f"{files} answers this conversation, but the instructions or the sampling differ from those it was recorded "
        f"with; `passmuster record` refreshes it; or set '{_line('request', request.fingerprint)}' in it after a review"
    )


def _missing_message(location: str, request: CompletionRequest) -> str:
    lines = [_line("request", request.fingerprint), _line("conversation", request.conversation)]
    advice = (
        f"no recording answers this request; run `passmuster record`, or write a file in {location!r} with the lines:"
    )
    return "\n".join([advice, *lines])


def _line(key: str, fingerprint: Fingerprint) -> str:
    # YAML reads digits, and digits around an "e", as a number.
    return f'{key}: "{fingerprint}"' if _NUMBER.fullmatch(fingerprint) else f"{key}: {fingerprint}"


def _build(options: RecordedOptions, context: BuildContext) -> Backend:
    folder = context.folder / options.location
    # Where they can be recorded, there need not be any yet.
    is_new = options.source is not None and not folder.exists()
    recordings = () if is_new else load_recordings(folder, suite=context.folder)
    return RecordedBackend(recordings, location=options.location, source=options.source or "", suite=context.folder)


COMPONENT = Component(options=RecordedOptions, build=_build, is_deterministic=lambda _options: True, is_free=True)
"""``recorded``: plays completions that are kept in a folder."""
