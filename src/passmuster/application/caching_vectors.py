"""Vectors kept on this machine, so that the same text is not embedded twice by the same embedder.

A vector is kept under a hash of its text and of the embedder's fingerprint, so nothing ever has to be taken back. The
file is SQLite's: several processes may use it at once, and it may be deleted at any moment.
"""

import hashlib
import sqlite3
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import Fingerprint
from passmuster.ports import Embedder

PATIENCE: Final = 60.0
"""Seconds to wait for another process that writes."""

_AT_ONCE: Final = 500
_TABLE: Final = "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID"

Vector = Sequence[float]


class CachedEmbedder:
    """Asks an embedder for those vectors only that are not known yet."""

    def __init__(self, inner: Embedder, *, identity: Fingerprint, file: Path) -> None:
        """Take the embedder.

        Args:
            inner: Who makes vectors.
            identity: The fingerprint of everything that they depend on but the text.
            file: Where they are kept; made when it is first needed, with its folder.
        """
        self._inner = inner
        self._identity = identity
        self._file = file

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text, the same whether it was known or not.

        Raises:
            EmbeddingError: If no vectors could be had.
            EnvironmentFaultError: If the file cannot be read or written.
        """
        keys = {text: self._key(text) for text in texts}
        known = self._known(list(keys.values()))
        missing = [text for text, key in keys.items() if key not in known]
        if missing:
            made = await self._inner.embed(missing)
            fresh = {keys[text]: _packed(vector) for text, vector in zip(missing, made, strict=True)}
            self._keep(fresh)
            known |= fresh
        return [_unpacked(known[keys[text]]) for text in texts]

    def _key(self, text: str) -> bytes:
        # Numbers are kept as this machine writes them, and the file may travel.
        whole = f"{self._identity}\0{sys.byteorder}\0{text}"
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        if not self._file.exists():
            return {}
        found: dict[bytes, bytes] = {}
        with self._opened() as connection:
            for start in range(0, len(keys), _AT_ONCE):
                wanted = keys[start : start + _AT_ONCE]
                places = ", ".join("?" * len(wanted))
                query = f"SELECT key, content FROM vector WHERE key IN ({places})"  # noqa: S608 - question marks only
                found |= dict(connection.execute(query, wanted))
        return found

    def _keep(self, fresh: dict[bytes, bytes]) -> None:
        with self._opened() as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?)", fresh.items())

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one moment: a connection belongs to one thread, and an embedder to several."""
        try:
            if not self._file.parent.is_dir():
                self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=PATIENCE)) as connection:
                # What a power failure takes away is made anew; waiting for the disk would take longer than that.
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(_TABLE)
                yield connection
        except (OSError, sqlite3.Error) as error:
            message = f"the kept vectors in {str(self._file)!r} cannot be used: {error}"
            hint = "delete the file, name another folder with PASSMUSTER_CACHE, or give the embedder 'cache: false'"
            raise EnvironmentFaultError(message, hint=hint) from error


def _packed(vector: Vector) -> bytes:
    """Return a vector as bytes, in 32-bit numbers where these hold it exactly, and otherwise in 64-bit ones."""
    exact = array("d", vector)
    short = array("f", vector)
    return b"f" + short.tobytes() if list(short) == list(exact) else b"d" + exact.tobytes()


def _unpacked(content: bytes) -> list[float]:
    numbers = array("f" if content[:1] == b"f" else "d")
    numbers.frombytes(content[1:])
    return numbers.tolist()
