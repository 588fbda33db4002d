"""Texts packed for keeping: addressed by their content, so that equal texts are kept once."""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from passmuster.domain.errors import StoreError
from passmuster.packing import packed

ADDRESS_LENGTH = 16
"""Bytes of SHA-256 in an address: among a thousand million texts, two share one with a chance of 10⁻²¹."""

SHORT: Final = 2_048
"""Characters of a text that is remembered for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A packed text.

    Attributes:
        address: The first bytes of the SHA-256 of the text in UTF-8.
        codec: ``zlib``, or ``plain`` where packing saves nothing.
        size: Bytes of the text in UTF-8.
        data: The packed bytes.
        digest: All of the SHA-256; empty for one that was read.
    """

    address: bytes
    codec: str
    size: int
    data: bytes
    digest: bytes = b""


def address_of(content: bytes) -> bytes:
    """Return the address of a content."""
    return hashlib.sha256(content).digest()[:ADDRESS_LENGTH]


def pack(text: str) -> Blob:
    """Pack a text; lone surrogates are kept."""
    return _packed_again(text) if len(text) <= SHORT else _packed(text)


def pack_parts(parts: Iterable[str]) -> Blob:
    """Pack a long text that comes in parts, none of which is held; the address is that of the whole."""
    digest, packing, size = hashlib.sha256(), zlib.compressobj(), 0
    data = bytearray()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass")
        digest.update(content)
        size += len(content)
        data += packing.compress(content)
    data += packing.flush()
    whole = digest.digest()
    return Blob(address=whole[:ADDRESS_LENGTH], codec="zlib", size=size, data=bytes(data), digest=whole)


def _packed(text: str) -> Blob:
    content = text.encode("utf-8", "surrogatepass")
    smaller = packed(content)
    is_smaller = len(smaller) < len(content)
    digest = hashlib.sha256(content).digest()
    return Blob(
        address=digest[:ADDRESS_LENGTH],
        codec="zlib" if is_smaller else "plain",
        size=len(content),
        data=smaller if is_smaller else content,
        digest=digest,
    )


_packed_again = lru_cache(maxsize=1_024)(_packed)
"""Packs a text that may come again soon, as most judgements do: one criterion says the same of many answers."""


def unpack(blob: Blob) -> str:
    """Return the text.

    Raises:
        StoreError: If the bytes are not those that were packed.
    """
    content = blob.data if blob.codec == "plain" else _inflated(blob)
    if content is None or address_of(content) != blob.address:
        message = f"the store is damaged: the text {blob.address.hex()!r} is not what was written"
        raise StoreError(message, hint="restore the store from a copy, or begin a new one")
    return content.decode("utf-8", "surrogatepass")


def _inflated(blob: Blob) -> bytes | None:
    try:
        # The limit keeps a store made by others from filling the memory.
        return zlib.decompressobj().decompress(blob.data, max(blob.size, 1))
    except zlib.error:
        return None
