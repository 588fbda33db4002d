"""Whether texts are what they are addressed by: read in portions, whatever their bytes claim."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Final

from passmuster.adapters.stores.blobs import ADDRESS_LENGTH
from passmuster.adapters.stores.databases import Row
from passmuster.adapters.stores.edited import Edits

REMEMBERED: Final = 50_000
"""Texts whose digest is remembered, since most are said again."""

PORTION: Final = 1_000_000
"""Bytes that are unpacked at once."""

MISSING: Final = b"missing"
ALTERED: Final = b"altered"
"""What stands in the place of the digest of a text that is not there, or is not what it was."""

Hashed = tuple[bytes, int]
"""A SHA-256, and of how many bytes."""


class Texts:
    """Tells the digests of texts, and names those that were edited."""

    def __init__(self, edits: Edits) -> None:
        """Remember nothing yet.

        Args:
            edits: Told of what is not sound.
        """
        self._edits = edits
        self._known: dict[bytes, str | bytes] = {}

    def digest(self, address: object, blob: Row) -> object:
        """Return the SHA-256 of a text as hexadecimal digits; ``None`` for no text, and bytes for one not to be had.

        Args:
            address: What refers to it.
            blob: Its codec, size and data; all ``None`` if there is none of that address.
        """
        if address is None:
            return None
        if not isinstance(address, bytes) or blob[0] is None:
            return MISSING
        found = self._known.get(address)
        if found is None:
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            found = self._known[address] = self._look(address, *blob)
        return found

    def _look(self, address: bytes, codec: object, size: object, data: object) -> str | bytes:
        found, column = fault_of(address, codec, size, data)
        if column:
            self._edits.changed("blob", {"address": address.hex()}, column)
        return ALTERED if found is None else found[0].hex()


def fault_of(address: bytes, codec: object, size: object, data: object) -> tuple[Hashed | None, str]:
    """Return what a text is, if that can still be told, and the column that was edited; empty if none was."""
    if not isinstance(data, bytes):
        return None, "data"
    ways = {"plain": _plain, "zlib": _inflated}
    own = ways.pop(codec)(data) if isinstance(codec, str) and codec in ways else None
    if own is not None and own[0][:ADDRESS_LENGTH] == address:
        return own, "" if own[1] == size else "size"
    for other in ways.values():
        found = other(data)
        if found is not None and found[0][:ADDRESS_LENGTH] == address:
            return found, "codec"
    return None, "data"


def digests(rows: Iterator[Row]) -> Iterator[tuple[bytes, str]]:
    """Yield the address and the digest of every text that can be read.

    Args:
        rows: Of the address, the codec, the size and the data.
    """
    for address, codec, _, data in rows:
        found = (_plain if codec == "plain" else _inflated)(data) if isinstance(data, bytes) else None
        if found is not None:
            yield address, found[0].hex()


def _plain(data: bytes) -> Hashed:
    return hashlib.sha256(data).digest(), len(data)


def _inflated(data: bytes) -> Hashed | None:
    digest, size, unpacking = hashlib.sha256(), 0, zlib.decompressobj()
    left = data
    try:
        while left and not unpacking.eof:
            part = unpacking.decompress(left, PORTION)
            digest.update(part)
            size += len(part)
            left = unpacking.unconsumed_tail
        part = unpacking.flush()
    except zlib.error:
        return None
    digest.update(part)
    # What comes after the end was put there by somebody else.
    return (digest.digest(), size + len(part)) if unpacking.eof and not unpacking.unused_data else None
