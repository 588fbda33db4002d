"""The two files that Inspect writes its logs into: an archive of JSON, ``.eval``, and one JSON, ``.json``."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.archive import Archive, opened_archive
from passmuster.adapters.run_files.complaints import beginning, complaint, refuse
from passmuster.adapters.run_files.json_stream import opened_json
from passmuster.documents import Document, parse_json
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

ARCHIVE: Final = b"PK\x03\x04"
"""How an archive begins."""

HEADER: Final = "header.json"
START: Final = "_journal/start.json"
"""What there is of a log whose task has not ended."""

_SAMPLE: Final = re.compile(r"samples/.+\.json", re.DOTALL)
_HEAD_KEYS: Final = ("version", "status", "eval", "plan", "stats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """An open log.

    Attributes:
        header: Everything but the samples.
        samples: Begins to yield the samples, each a document of its own, or what makes one unreadable.
    """

    header: Document
    samples: Callable[[], Iterator[Document | list[Finding]]]


def is_archive(location: Path) -> bool:
    """Whether a file is an archive; raises EnvironmentFaultError if it cannot be read."""
    return beginning(location, len(ARCHIVE)) == ARCHIVE


@contextmanager
def opened_log(location: Path) -> Iterator[Log]:
    """Open a log of either kind.

    Raises:
        InvalidInputError: If it is neither.
    """
    if is_archive(location):
        with opened_archive(location) as archive:
            yield Log(header=_header(archive, str(location)), samples=lambda: _members(archive))
    else:
        yield Log(header=_head(location), samples=lambda: _items(location))


def _header(archive: Archive, path: str) -> Document:
    name = next((name for name in (HEADER, START) if name in archive.names), None)
    if name is None:
        hint = "name a log of Inspect, or say with --format what it is"
        refuse(f"this archive has no {HEADER!r}", SourceLocation(path=path), hint=hint)
    return _document(archive, name)


def _members(archive: Archive) -> Iterator[Document | list[Finding]]:
    for name in archive.names:
        if _SAMPLE.fullmatch(name):
            try:
                yield _document(archive, name)
            except InvalidInputError as error:
                yield list(error.findings)


def _document(archive: Archive, name: str) -> Document:
    place = archive.place(name)
    try:
        text = archive.read(name).decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the byte {error.object[error.start]:#04x} at {error.start} is not UTF-8"
        finding = complaint(message, SourceLocation(path=place), rule="encoding", hint="have the tool write it again")
        raise InvalidInputError([finding]) from error
    return parse_json(text, path=place, keeps_constants=True)


def _head(location: Path) -> Document:
    """Return a document of what stands beside the samples; each part knows where it is written."""
    found: dict[str, Document] = {}
    with opened_json(location) as stream:
        for key in stream.members():
            if key in _HEAD_KEYS:
                found[key] = stream.value()
            elif key == "samples":
                # A list of gigabytes is no value that could be taken as a whole.
                for _ in stream.items():
                    stream.skip()
            else:
                stream.skip()
        stream.finish()
    positions = {
        (key, *way): place
        for key, document in found.items()
        if not isinstance(document.data, Mapping) or len(document.data) < _FEW
        for way, place in document.positions.items()
    }
    data = {key: document.data for key, document in found.items()}
    return Document(path=str(location), data=data, positions={(): (1, 1), **positions})


_FEW: Final = 1_000
"""Of objects with more keys the places of the parts are not worked out."""


def _items(location: Path) -> Iterator[Document | list[Finding]]:
    with opened_json(location) as stream:
        for key in stream.members():
            if key == "samples":
                for _ in stream.items():
                    yield stream.value()
            else:
                stream.skip()
