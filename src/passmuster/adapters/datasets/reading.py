"""The bytes of a dataset file as text, within limits."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

MAXIMUM_LINE = 1024 * 1024
"""Bytes of the longest line of a JSON Lines file."""

MAXIMUM_LINES_FILE = 256 * 1024 * 1024
"""Bytes of the largest file of lines whose cases are all held at once."""

MAXIMUM_STREAM = 64 * 1024 * 1024 * 1024
"""Bytes of the largest file that is read line by line, with nothing kept."""

MAXIMUM_WHOLE_FILE = 32 * 1024 * 1024
"""Bytes of the largest file that is read in one piece; as data it takes many times as much memory."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BLANKS = " \t\r\n\v\f"
_ENCODING_HINT = "save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8"


def error(rule: str, message: str, hint: str, location: SourceLocation) -> Finding:
    """Return a complaint that makes a dataset unusable."""
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def read_whole(location: Path) -> str:
    """Return a file's text.

    Raises:
        InvalidDatasetError: If it cannot be read, is larger than :data:`MAXIMUM_WHOLE_FILE`, or is not UTF-8.
    """
    hint = f"keep it below {_in_mebibytes(MAXIMUM_WHOLE_FILE)}; a JSON Lines file may be larger"
    try:
        with opened(location, MAXIMUM_WHOLE_FILE, hint) as file:
            raw = file.read(MAXIMUM_WHOLE_FILE)
    except OSError as fault:
        raise unreadable(location, fault) from fault
    return _decoded(raw.removeprefix(_BYTE_ORDER_MARK), str(location), 1)


def read_lines(
    location: Path, complain: Callable[[Finding], None], limit: int = MAXIMUM_LINES_FILE
) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, without their ends; complain about what is no text or too long.

    Never holds more than one line in memory.

    Args:
        location: The file.
        complain: Takes each complaint about a line, which is then passed over.
        limit: Bytes of the largest file that is read.

    Raises:
        InvalidDatasetError: If the file cannot be read, is larger than the limit, or is UTF-16.
    """
    for number, line in read_all_lines(location, complain, limit):
        if line.strip(_BLANKS):
            yield number, line.rstrip("\r\n")


def read_all_lines(
    location: Path, complain: Callable[[Finding], None], limit: int = MAXIMUM_LINES_FILE
) -> Iterator[tuple[int, str]]:
    """Yield every line with its end, blank ones as well; otherwise as :func:`read_lines`."""
    hint = f"keep it below {_in_mebibytes(limit)}, in several files if need be"
    try:
        with opened(location, limit, hint) as file:
            for number, raw in enumerate(_raw_lines(file), start=1):
                try:
                    text = _line(raw, str(location), number)
                except InvalidDatasetError as refusal:
                    for finding in refusal.findings:
                        complain(finding)
                    continue
                yield number, text
    except OSError as fault:
        raise unreadable(location, fault) from fault


def is_there(location: Path) -> bool:
    """Return whether there is anything of that name, as far as we may know."""
    try:
        return location.exists()
    except OSError:
        return False


def opened(location: Path, limit: int, hint: str) -> BinaryIO:
    """Open a file of bytes.

    Args:
        location: The file.
        limit: Bytes of the largest one.
        hint: What to do about one that is larger.

    Raises:
        InvalidDatasetError: If it is no ordinary file, is too large, or is UTF-16.
        OSError: If it cannot be opened.
    """
    place = SourceLocation(path=str(location))
    if location.is_dir():
        message = f"{str(location)!r} is a folder"
        raise InvalidDatasetError([error("unreadable-file", message, "name one dataset file in it", place)])
    # Pipes and devices have no size to judge them by, and may never end.
    if location.exists() and not location.is_file():
        message = f"{str(location)!r} is no ordinary file"
        raise InvalidDatasetError([error("unreadable-file", message, "write the cases into a file", place)])
    try:
        file = location.open("rb")
    except ValueError as fault:
        # No name can hold a NUL character or half of a surrogate pair.
        raise OSError(errno.EINVAL, str(fault)) from fault
    size = file.seek(0, 2)
    file.seek(0)
    if size > limit:
        file.close()
        message = f"the file has {_in_mebibytes(size)}"
        raise InvalidDatasetError([error("file-too-large", message, hint, place)])
    if file.read(2) in _UTF_16_MARKS:
        file.close()
        raise InvalidDatasetError([error("encoding", "the file is UTF-16", "save it as UTF-8", place)])
    file.seek(0)
    return file


def _in_mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MiB"


def unreadable(location: Path, fault: OSError) -> InvalidDatasetError:
    """Return the complaint about a file that the machine does not let us read."""
    message = f"{str(location)!r} cannot be read: {fault.strerror or fault}"
    hint = "correct the location; relative ones start in the suite's folder"
    return InvalidDatasetError([error("unreadable-file", message, hint, SourceLocation(path=str(location)))])


def _raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long, only the beginning."""
    while line := file.readline(MAXIMUM_LINE + 1):
        yield line
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(MAXIMUM_LINE)


def _line(raw: bytes, path: str, number: int) -> str:
    """Return a line's text with its end.

    Raises:
        InvalidDatasetError: If the line is too long or is not UTF-8.
    """
    if number == 1:
        raw = raw.removeprefix(_BYTE_ORDER_MARK)
    if len(raw.rstrip(b"\r\n")) > MAXIMUM_LINE:
        place = SourceLocation(path=path, line=number)
        message = f"the line is longer than {_in_mebibytes(MAXIMUM_LINE)}"
        raise InvalidDatasetError(
            [error("line-too-long", message, "write one case, and nothing else, on a line", place)]
        )
    return _decoded(raw, path, number)


def _decoded(raw: bytes, path: str, first_line: int) -> str:
    if b"\0" in raw:
        place = _place(raw, raw.index(b"\0"), path, first_line)
        hint = "delete it; a NUL byte has no place in text"
        raise InvalidDatasetError([error("encoding", "here is a NUL byte", hint, place)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        byte = raw[fault.start]
        message = f"the byte 0x{byte:02x} is not UTF-8; in Latin-1 it is {chr(byte)!r}"
        place = _place(raw, fault.start, path, first_line)
        raise InvalidDatasetError([error("encoding", message, _ENCODING_HINT, place)]) from fault


def _place(raw: bytes, offset: int, path: str, first_line: int) -> SourceLocation:
    """Return line and column of a byte whose predecessors on the line may be no text either."""
    start = raw.rfind(b"\n", 0, offset) + 1
    column = len(raw[start:offset].decode("utf-8", "replace")) + 1
    return SourceLocation(path=path, line=first_line + raw.count(b"\n", 0, offset), column=column)
