"""JSON that is too long to be held, read one value at a time."""

import codecs
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from passmuster.adapters.run_files.complaints import refuse, unreadable
from passmuster.documents import Document, parse_json
from passmuster.domain.values import SourceLocation

MOST_CHARACTERS: Final = 256 * 1024 * 1024
"""One value may have so many."""

_PART: Final = 1024 * 1024
_SPACE: Final = " \t\r\n"
_LONGEST_TOKEN: Final = 16
_DEEPEST_COLUMN: Final = 10_000
"""Values farther to the right are told by their line alone."""

# Only the end of a value is looked for: numbers need not be worked out, however long they are.
_ENDS: Final = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


class JsonStream:
    """Walks a document: whoever is given the key of a member, or an item, takes its value before the next one."""

    def __init__(self, stream: BinaryIO, path: str, *, most: int = MOST_CHARACTERS) -> None:
        """Begin at the beginning.

        Args:
            stream: The bytes, in UTF-8.
            path: The file's name, for messages.
            most: Characters that one value may have.
        """
        self._stream, self._path, self._most = stream, path, most
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._is_whole = "", 0, False
        # Line and column of one character, from which those of later ones are counted.
        self._known, self._line, self._column = 0, 1, 1

    def members(self) -> Iterator[str]:
        """Yield the keys of an object."""
        self._take("{")
        if self._next() == "}":
            self._at += 1
            return
        while True:
            where = self._where()
            key = self.value().data
            if not isinstance(key, str):
                refuse("a key must stand here, in double quotes", where, rule="syntax")
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def items(self) -> Iterator[None]:
        """Yield once before each item of a list."""
        self._take("[")
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def value(self) -> Document:
        """Return the next value, whole; NaN and infinities are let pass, since some tools write them."""
        self._next()
        end = self._end()
        self._settle()
        place, text = self._where(), self._text[self._at : end]
        self._at = end
        column = place.column or 1
        margin = " " * (column - 1) if column <= _DEEPEST_COLUMN else ""
        return parse_json(margin + text, path=self._path, line=place.line or 1, keeps_constants=True)

    def skip(self) -> None:
        """Take the next value, and look at nothing but where it ends."""
        self._next()
        self._at = self._end()

    def finish(self) -> None:
        """Refuse anything but space after the last value."""
        if self._next():
            refuse("the document has ended before this", self._where(), rule="syntax")

    def _end(self) -> int:
        """Return where the value ends that begins here."""
        while True:
            try:
                end: int = _ENDS.raw_decode(self._text, self._at)[1]
            except json.JSONDecodeError as error:
                # Text that breaks off looks like a mistake at its end, or like a string that is never closed.
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _LONGEST_TOKEN
                inside = error.pos - self._at
                if not (is_cut and self._grow()):
                    refuse(f"not valid JSON: {error.msg}", self._where(self._at + inside), rule="syntax")
            except RecursionError:
                refuse("lists and mappings are nested too deep", self._where(), rule="syntax")
            else:
                # A number may go on, and its point may stand there already. Reading on lets go of what was before it.
                length = end - self._at
                if end + _LONGEST_TOKEN < len(self._text) or not self._grow():
                    return self._at + length

    def _next(self) -> str:
        """Return the next character that is no space, without taking it; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def _take(self, wanted: str) -> str:
        found = self._next()
        if not found or found not in wanted:
            shown = repr(found) if found else "the end of the file"
            refuse(
                f"not valid JSON: {' or '.join(map(repr, wanted))} must stand here, not {shown}",
                self._where(),
                rule="syntax",
            )
        self._at += 1
        return found

    def _grow(self) -> bool:
        """Read on, as much again as the value has so far; return whether there was anything."""
        if self._is_whole:
            return False
        self._forget()
        if len(self._text) > self._most:
            hint = "write the file again without its largest parts"
            refuse(f"one value has more than {self._most:,} characters", self._where(), rule="run-file-size", hint=hint)
        part = self._stream.read(max(_PART, len(self._text)))
        self._is_whole = not part
        try:
            self._text += self._decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            message = f"the byte {error.object[error.start]:#04x} is not UTF-8"
            refuse(message, self._where(len(self._text)), rule="encoding", hint="save the file as UTF-8")
        return bool(part)

    def _forget(self) -> None:
        """Let go of what was taken."""
        self._settle()
        self._text, self._at, self._known = self._text[self._at :], 0, 0

    def _settle(self) -> None:
        """Note on which line and in which column the next character stands."""
        place = self._where()
        self._line, self._column, self._known = place.line or 1, place.column or 1, self._at

    def _where(self, offset: int | None = None) -> SourceLocation:
        """Return the place of a character that is not before the last one whose place was noted."""
        at = self._at if offset is None else offset
        lines = self._text.count("\n", self._known, at)
        column = at - self._text.rfind("\n", self._known, at) if lines else self._column + at - self._known
        return SourceLocation(path=self._path, line=self._line + lines, column=column)


@contextmanager
def opened_json(location: Path) -> Iterator[JsonStream]:
    """Open a file, and close it again; raises EnvironmentFaultError if it cannot be read."""
    try:
        with location.open("rb") as file:
            yield JsonStream(file, str(location))
    except OSError as error:
        raise unreadable(str(location), error) from error
