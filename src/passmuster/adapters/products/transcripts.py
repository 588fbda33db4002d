"""Finds the transcript of a request in a folder: by a manifest, by what the file says, or by its name.

A manifest is a YAML or JSON file with a list ``transcripts``; each entry has ``file`` and either ``request`` (the
words) or ``fingerprint``, and may have ``exit_status``. Without one, a file belongs to the request that its first line
names (see :mod:`passmuster.adapters.products.keeping`), or that its name begins with (the fingerprint), or that the
stream itself repeats.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passmuster.adapters.products.keeping import Kept, read_kept
from passmuster.adapters.products.observation import Observation, observe
from passmuster.adapters.products.readers import reader_of
from passmuster.documents import Document, parse_yaml
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import Fingerprint, SourceLocation

ENDINGS = frozenset({".jsonl", ".ndjson", ".json", ".txt", ".log"})
LARGEST_MANIFEST = 16_000_000
MOST_FILES = 100_000

_NAMED = re.compile(r"(?P<request>[0-9a-f]{32})(?:[._-].*)?")


class ManifestEntry(BaseModel):
    """One transcript of a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1)
    request: str | None = None
    fingerprint: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")
    exit_status: int | None = Field(default=None, ge=-255, le=255)

    @model_validator(mode="after")
    def _check_request(self) -> "ManifestEntry":
        if (self.request is None) == (self.fingerprint is None):
            message = "an entry has either 'request' or 'fingerprint'"
            raise ValueError(message)
        return self


class Manifest(BaseModel):
    """Which request each transcript belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transcripts: tuple[ManifestEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A file of the folder.

    Attributes:
        path: Where it is.
        exit_status: What the program returned, where the manifest says so.
    """

    path: Path
    exit_status: int | None = None


class Transcripts:
    """The transcripts of a folder, by request; those of one request are in the order of the manifest, or of names."""

    def __init__(self, folder: Path, *, manifest: Path | None, reader: str | None, roster: Roster) -> None:
        """Find out what belongs to what.

        Args:
            folder: Where the transcripts are.
            manifest: The file that says what belongs to what, if there is one.
            reader: How they are read, unless they say so themselves.
            roster: The agents that were to be chosen from.

        Raises:
            InvalidConfigurationError: If there is no such folder, or with every complaint about the manifest.
        """
        if not folder.is_dir():
            message = f"there is no folder of transcripts {str(folder)!r}"
            raise InvalidConfigurationError(
                [_finding("transcript-folder", message, hint="correct the option location")]
            )
        self._reader = reader
        self._roster = roster
        self._by_request: dict[Fingerprint, list[Transcript]] = defaultdict(list)
        self._by_words: dict[str, list[Transcript]] = defaultdict(list)
        if manifest is None:
            self._find(files_of(folder))
        else:
            self._follow(_manifest(manifest), folder, manifest)

    def of(self, request: Request) -> Sequence[Transcript]:
        """Return the transcripts of a request, in order."""
        found = self._by_request.get(request.fingerprint, [])
        words = [] if request.history else self._by_words.get(_words(request.text), [])
        return [*found, *(one for one in words if one not in found)]

    def read(self, transcript: Transcript) -> tuple[Observation, Kept]:
        """Return what a transcript shows, and what is known of its run.

        Raises:
            OSError: If it cannot be read.
        """
        kept = read_kept(transcript.path)
        if transcript.exit_status is not None:
            kept = replace(kept, ending=replace(kept.ending, exit_status=transcript.exit_status))
        reader = reader_of(self._reader or kept.reader or "claude_code", self._roster)
        if reader is None:
            message = f"nothing reads what is marked {kept.reader!r}"
            raise OSError(None, message)
        return observe(reader, kept.lines), kept

    def _find(self, files: Iterable[Path]) -> None:
        for path in files:
            transcript = Transcript(path=path)
            named = _NAMED.fullmatch(path.stem)
            if named is not None:
                self._by_request[Fingerprint(named["request"])].append(transcript)
                continue
            try:
                observation, kept = self.read(transcript)
            except OSError:
                # A file that cannot be read belongs to no request; who asks for its request is told that none is there.
                continue
            if kept.request:
                self._by_request[kept.request].append(transcript)
            elif observation.request:
                self._by_words[_words(observation.request)].append(transcript)

    def _follow(self, manifest: Manifest, folder: Path, source: Path) -> None:
        findings = []
        inside = folder.resolve()
        for entry in manifest.transcripts:
            path = folder / entry.file
            if not path.resolve().is_relative_to(inside) or not path.is_file():
                message = f"there is no transcript {entry.file!r} in {str(folder)!r}"
                findings.append(_finding("transcript-missing", message, hint="correct 'file'", path=source))
                continue
            transcript = Transcript(path=path, exit_status=entry.exit_status)
            if entry.fingerprint is not None:
                self._by_request[Fingerprint(entry.fingerprint)].append(transcript)
            elif entry.request is not None:
                self._by_words[_words(entry.request)].append(transcript)
        if findings:
            raise InvalidConfigurationError(findings)


def files_of(folder: Path) -> Sequence[Path]:
    """Return the files below a folder that may be transcripts, in the order of their places."""
    found = (path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())[:MOST_FILES]


def _words(text: str) -> str:
    """Return the words of a request: programs add and take away white space."""
    return " ".join(text.split())


def _manifest(path: Path) -> Manifest:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_MANIFEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"the manifest {path.name!r} cannot be read: {reason}"
        hint = "correct the option manifest, or save the file as UTF-8"
        raise InvalidConfigurationError([_finding("transcript-manifest", message, hint=hint, path=path)]) from error
    if len(content) > LARGEST_MANIFEST:
        message = f"the manifest {path.name!r} is larger than {LARGEST_MANIFEST:,} bytes"
        hint = "name files after the fingerprints of their requests instead"
        raise InvalidConfigurationError([_finding("transcript-manifest", message, hint=hint, path=path)])
    try:
        document = parse_yaml(text, path=str(path))
    except InvalidInputError as error:
        raise InvalidConfigurationError(error.findings) from error
    return _validated(document)


def _validated(document: Document) -> Manifest:
    try:
        return Manifest.model_validate(document.data)
    except ValidationError as error:
        findings = []
        for problem in error.errors(include_url=False, include_context=False):
            way: tuple[str | int, ...] = problem["loc"]
            where = ".".join(map(str, way))
            reason = problem["msg"].removeprefix("Value error, ")
            finding = Finding(
                rule="transcript-manifest",
                severity=Severity.ERROR,
                message=f"{where}: {reason}" if where else reason,
                hint="write transcripts: [{request: …, file: …}]",
                location=document.location(way),
            )
            findings.append(finding)
        raise InvalidConfigurationError(findings) from error


def _finding(rule: str, message: str, *, hint: str, path: Path | None = None) -> Finding:
    location = None if path is None else SourceLocation(path=str(path))
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
