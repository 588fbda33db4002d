"""Takes apart one stream in which a command's output, its results and reports of it come together."""

from typing import Final

from passmuster.adapters.sandboxes.supervision import Gathered, Sink

LENGTH: Final = 4
LONGEST: Final = 65_536


class Frames:
    """Takes a stream; each piece in it comes after a key, one byte that says what it is, and its length.

    Whatever stands before a key is not ours, such as what a client of an engine says.
    """

    def __init__(self, key: bytes, gathered: Gathered) -> None:
        """Take the key, and where the pieces go."""
        self._key = key
        self._left = b""
        self._sinks: dict[bytes, Sink] = {
            b"o": gathered.output.take,
            b"e": gathered.errors.take,
            b"r": gathered.results.take,
            b"s": gathered.report.take,
        }
        self._foreign = gathered.complaints.take

    def take(self, piece: bytes) -> None:
        """Take the next part of the stream."""
        self._left += piece
        while self._takes_frame():
            pass

    def _takes_frame(self) -> bool:
        before, found, rest = self._left.partition(self._key)
        if not found:
            # The key may have come in part.
            whole = max(len(self._left) - len(self._key) + 1, 0)
            self._foreign(self._left[:whole])
            self._left = self._left[whole:]
            return False
        self._foreign(before)
        kind, length = rest[:1], int.from_bytes(rest[1 : 1 + LENGTH], "big")
        begin = 1 + LENGTH
        if len(rest) >= begin and (kind not in self._sinks or length > LONGEST):
            self._left = rest
            return True
        if len(rest) < begin + length or len(rest) < begin:
            self._left = found + rest
            return False
        self._sinks[kind](rest[begin : begin + length])
        self._left = rest[begin + length :]
        return bool(self._left)
