"""Texts packed for keeping: addressed by their content, so that equal texts are kept once."""

import hashlib
import zlib
from dataclasses import dataclass

from passmuster.domain.errors import StoreError

ADDRESS_LENGTH = 16
"""Bytes of SHA-256 in an address: among a thousand million texts, two share one with a chance of 10⁻²¹."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A packed text.

    Attributes:
        address: The first bytes of the SHA-256 of the text in UTF-8.
        codec: ``zlib``, or ``plain`` where packing saves nothing.
        size: Bytes of the text in UTF-8.
        data: The packed bytes.
    """

    address: bytes
    codec: str
    size: int
    data: bytes


def address_of(content: bytes) -> bytes:
    """Return the address of a content."""
    return hashlib.sha256(content).digest()[:ADDRESS_LENGTH]


def pack(text: str) -> Blob:
    """Pack a text; lone surrogates are kept."""
    content = text.encode("utf-8", "surrogatepass")
    packed = zlib.compress(content)
    is_smaller = len(packed) < len(content)
    return Blob(
        address=address_of(content),
        codec="zlib" if is_smaller else "plain",
        size=len(content),
        data=packed if is_smaller else content,
    )


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
