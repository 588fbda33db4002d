"""Vectors of length 1 from an embedder, also for code that cannot wait."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from passmuster.analysis.calibrating import Numbers
from passmuster.domain.errors import EmbeddingError
from passmuster.ports import Embedder

ResultT = TypeVar("ResultT")


class Vectors:
    """Asks an embedder. A text without any character but spaces is nobody's business: its vector is zero.

    Attributes:
        size: How many numbers a vector has; 1 until the first one is known.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.size = 1
        self._embedder = embedder
        self._is_known = False
        self._kept: dict[str, Numbers] = {}

    async def of(self, texts: Sequence[str]) -> Numbers:
        """Return the vectors of texts, one row for each, of length 1 or 0.

        Raises:
            EmbeddingError: If they could not be had, or have another length than those before.
        """
        asked = list(dict.fromkeys(text for text in texts if text.strip() and text not in self._kept))
        fresh = dict(zip(asked, self._checked(await self._embedder.embed(asked), len(asked)), strict=True))
        nothing = np.zeros(self.size)
        rows = [fresh.get(text, self._kept.get(text, nothing)) for text in texts]
        return np.array(rows, dtype=np.float64).reshape(len(texts), self.size)

    def at_once(self, texts: Sequence[str]) -> Numbers:
        """Return what ``of`` returns, whether an event loop is running or not.

        Raises:
            EmbeddingError: As ``of`` does.
        """
        return waited(self.of(texts))

    def keep(self, texts: Sequence[str]) -> None:
        """Keep the vectors of texts that will be asked for again.

        Raises:
            EmbeddingError: As ``of`` does.
        """
        self._kept |= dict(zip(texts, self.at_once(texts), strict=True))

    def forget(self) -> None:
        """Let go of all vectors that were kept."""
        self._kept = {}

    def _checked(self, found: Sequence[Sequence[float]], count: int) -> Numbers:
        """Return vectors of length 1."""
        if not count:
            return np.zeros((0, self.size))
        sizes = {len(vector) for vector in found}
        if len(found) != count or len(sizes) != 1 or (self._is_known and sizes != {self.size}):
            message = f"the embedder gave {len(found)} vectors of {sorted(sizes)} numbers for {count} texts"
            hint = f"{self.size} numbers were expected" if self._is_known else "an embedder's vectors are of one length"
            raise EmbeddingError(message, hint=hint)
        vectors = np.array(found, dtype=np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            message = "the embedder gave a vector that points nowhere"
            raise EmbeddingError(message)
        self.size, self._is_known = vectors.shape[1], True
        return np.asarray(vectors / lengths, dtype=np.float64)


def waited(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Return what a coroutine returns, also where an event loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
