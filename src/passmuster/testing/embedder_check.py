"""A check of what embedders promise, for authors of plug-ins."""

import math
from collections.abc import Sequence

from passmuster.ports import Embedder

TEXTS: tuple[str, ...] = (
    "Why is this query so slow?",
    "Find the flaky test.",
    "x",
    "Überprüfe das Schema — 検索が遅い 🐢",
    "a\0b\u202e\ufeff",
    "\ud800",
    "slow query " * 2_000,
)
"""What embedders are asked: ordinary, short, foreign, strange and long texts."""


async def check_embedder(embedder: Embedder) -> None:
    """Check an embedder.

    Raises:
        AssertionError: Naming the promise that the embedder breaks.
    """
    found = await embedder.embed(TEXTS)
    _require(len(found) == len(TEXTS), "embed must return one vector for each text")
    _require(len({len(vector) for vector in found}) == 1, "all vectors must be of one length")
    for text, vector in zip(TEXTS, found, strict=True):
        _require(all(map(math.isfinite, vector)), f"the numbers of a vector must be finite: {text[:40]!r}")
        _require(any(vector), f"a vector must point somewhere: {text[:40]!r}")
    again = await embedder.embed([TEXTS[1], TEXTS[0], TEXTS[1]])
    expected = [found[1], found[0], found[1]]
    _require(
        all(map(_is_close, again, expected)), "equal texts must get equal vectors, whatever stands beside and before"
    )
    _require(not _is_close(found[0], found[1]), "different texts must get different vectors")
    _require(len(await embedder.embed([])) == 0, "no texts must get no vectors")


def _is_close(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(math.isclose(*pair, rel_tol=1e-6, abs_tol=1e-6) for pair in zip(one, other, strict=True))


def _require(condition: bool, broken: str) -> None:  # noqa: FBT001 - reads as the built-in assert does
    if not condition:
        raise AssertionError(broken)
