"""Answers that come piece by piece: server-sent events, and JSON texts on lines of their own.

Server-sent events are read as the standard says (WHATWG, HTML, section 9.2.6 "Interpreting an event stream"), wherever
the bytes are cut: within a character, or between a carriage return and its line feed.
"""

import codecs
from collections.abc import Iterator
from typing import Final, NamedTuple

NAMELESS: Final = "message"
"""The name of an event that bears none."""


class Event(NamedTuple):
    """One piece of an answer."""

    name: str
    data: str


class _Lines:
    """Cuts bytes into lines that end with LF, CR or CRLF; what is no UTF-8 becomes U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun: list[str] = []
        self._is_first = True
        self._ended_with_return = False

    def feed(self, piece: bytes, *, is_last: bool = False) -> list[str]:
        text = self._decoder.decode(piece, is_last)
        if not text:
            return []
        if self._is_first:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if self._ended_with_return:
            text = text.removeprefix("\n")
            # What is left may be empty; a line that ended with the return has been given out.
        self._ended_with_return = text.endswith("\r") or (self._ended_with_return and not text)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, *others = text.split("\n")
        self._begun.append(first)
        if not others:
            return []
        lines = ["".join(self._begun), *others]
        self._begun = [lines.pop()]
        return lines

    def rest(self) -> str:
        """Return the line that nothing has ended."""
        self.feed(b"", is_last=True)
        return "".join(self._begun)


class EventStream:
    """Reads server-sent events; an event that nothing ends is none."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lines = _Lines()
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take some bytes, and yield the events that end in them."""
        for line in self._lines.feed(piece):
            if line:
                self._take(line)
            elif self._data or self._name:
                data, name = self._data, self._name
                self._data, self._name = [], ""
                if data:
                    yield Event(name or NAMELESS, "\n".join(data))

    def end(self) -> Iterator[Event]:
        """Yield what is left when nothing more comes, which is nothing."""
        return iter(())

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        # Comments, which begin with a colon, and `id` and `retry` say nothing of an answer.


class LineStream:
    """Reads JSON texts, one on each line; the last may lack its end."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lines = _Lines()

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take some bytes, and yield the lines that end in them; empty ones are left out."""
        return (Event(NAMELESS, line) for line in self._lines.feed(piece) if line.strip())

    def end(self) -> Iterator[Event]:
        """Yield what is left when nothing more comes."""
        rest = self._lines.rest()
        return iter([Event(NAMELESS, rest)] if rest.strip() else [])
