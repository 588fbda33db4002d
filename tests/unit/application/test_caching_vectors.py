"""Vectors that are kept on this machine."""

import asyncio
import math
import multiprocessing
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passmuster.application.caching_vectors import CachedEmbedder
from passmuster.domain.errors import EmbeddingError, EnvironmentFaultError
from passmuster.domain.values import Fingerprint

ONE, OTHER = Fingerprint("1" * 32), Fingerprint("2" * 32)


class Counting:
    """An embedder that notes what it was asked; a vector is the text's length, in two scales."""

    def __init__(self, scale: float = 1 / 3) -> None:
        self.asked: list[str] = []
        self._scale = scale

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked.extend(texts)
        return [[float(len(text)), len(text) * self._scale] for text in texts]


class Failing:
    """An embedder that gives nothing."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise EmbeddingError(f"no vectors for {len(texts)} texts")  # noqa: EM102, TRY003 - a test's


def embed(file: Path, inner: Counting | Failing, *texts: str, identity: Fingerprint = ONE) -> list[list[float]]:
    cached = CachedEmbedder(inner, identity=identity, file=file)
    return [list(vector) for vector in asyncio.run(cached.embed(texts))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "vectors.sqlite"


def test_a_text_is_embedded_once(file: Path) -> None:
    """Neither a second time in one call nor in a later one, by another object; the vectors are the same."""
    inner = Counting()

    first = embed(file, inner, "a", "bb", "a")
    second = embed(file, inner, "bb", "ccc")

    assert first == [[1.0, 1 / 3], [2.0, 2 / 3], [1.0, 1 / 3]]
    assert second == [[2.0, 2 / 3], [3.0, 1.0]]
    assert inner.asked == ["a", "bb", "ccc"]


def test_embedders_do_not_share_vectors(file: Path) -> None:
    """What another one made says nothing."""
    embed(file, Counting(), "a")

    assert embed(file, Counting(scale=2.0), "a", identity=OTHER) == [[1.0, 2.0]]


def test_a_failure_keeps_what_was_known(file: Path) -> None:
    """Known texts need no embedder; the failure passes through, and nothing is kept of it."""
    embed(file, Counting(), "a")

    with pytest.raises(EmbeddingError, match="for 1 texts"):
        embed(file, Failing(), "a", "bb")

    assert embed(file, Failing(), "a") == [[1.0, 1 / 3]]


def test_nothing_is_written_for_no_text(file: Path) -> None:
    """No text, no file."""
    assert embed(file, Failing()) == []
    assert not file.exists()


class Echo:
    """An embedder that gives what it is told to."""

    def __init__(self, vector: Sequence[float]) -> None:
        self._vector = vector

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [self._vector for _ in texts]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=5), st.text(max_size=20))
def test_vectors_come_back_bit_by_bit(tmp_path: Path, vector: list[float], text: str) -> None:
    """Whatever numbers there are in them, the first time and later."""
    file = tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite"
    cached = CachedEmbedder(Echo(vector), identity=ONE, file=file)

    found = [asyncio.run(cached.embed([text]))[0] for _ in range(2)]

    for one in found:
        assert [math.copysign(1, number) for number in one] == [math.copysign(1, number) for number in vector]
        assert list(one) == vector


def test_strange_texts_are_told_apart(file: Path) -> None:
    """Halves of characters, zeros, and nothing at all."""
    texts = ["", "\0", "\ud800", "\udfff", "a\0b", "ab"]
    inner = Counting()

    embed(file, inner, *texts)
    embed(file, inner, *texts)

    assert inner.asked == texts


def test_more_texts_than_one_question_holds(file: Path) -> None:
    """Thousands at once, in order."""
    texts = [f"text {number}" for number in range(1_203)]
    inner = Counting()
    embed(file, inner, *texts)

    found = embed(file, inner, *reversed(texts))

    assert found == [[float(len(text)), len(text) * (1 / 3)] for text in reversed(texts)]
    assert len(inner.asked) == len(texts)


def _embed_many(file: Path, start: int) -> int:
    texts = [f"text {number}" for number in range(start, start + 60)]
    return sum(len(embed(file, Counting(), text)) for text in texts)


def test_several_processes_may_use_one_file(file: Path) -> None:
    """Each writes and reads at the same time as the others; afterwards everything is there."""
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(_embed_many, [file] * 4, [0, 30, 60, 90]))

    assert done == [60] * 4
    with sqlite3.connect(file) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM vector")
    connection.close()
    assert count == 150


@pytest.mark.parametrize("content", [b"this is no database, and never was one" * 40, None])
def test_a_file_that_cannot_be_used_is_said(tmp_path: Path, content: bytes | None) -> None:
    """What it is, and what to do: a cache can always be deleted."""
    file = tmp_path / "vectors.sqlite"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)

    with pytest.raises(EnvironmentFaultError) as caught:
        embed(file, Counting(), "a")

    assert repr(str(file)) in caught.value.message
    assert "cache: false" in caught.value.hint
