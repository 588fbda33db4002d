"""What is in the cache, what can go, and which part of a key was changed."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from passmuster.domain.answers import CompletionRequest, Sampling
from passmuster.domain.cases import Message, Role
from passmuster.domain.values import Fingerprint
from passmuster.policies.answer_file import FILE, open_answers
from passmuster.policies.cache_contents import Explanation, explain, prune, shelves
from passmuster.policies.caching import question_of
from passmuster.testing.factories import a_completion_request

from .asked import IDENTITY, NOW, Day, Service, around, kept_in

SYSTEM = "You are a debugger.\nAnswer in prose.\nBe brief."
REQUEST = a_completion_request(model="")
TOLD = {"name": "model", "use": "example", "version": "1", "options": {"model": "example-1", "top_k": 5}}
OTHER = Fingerprint("2" * 32)


def said(*words: str, system: str = SYSTEM) -> CompletionRequest:
    """Return a request with these words."""
    spoken = tuple(Message(role=Role.USER, content=word) for word in words)
    return replace(REQUEST, messages=(Message(role=Role.SYSTEM, content=system), *spoken))


async def kept(folder: Path, *requests: CompletionRequest, day: Day | None = None) -> None:
    cache = kept_in(folder, day or Day())
    cache.introduce(IDENTITY, TOLD)
    policy = around(Service(), cache)
    for request in requests:
        await policy.ask(request)
    cache.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_answers(tmp_path / FILE)) as connection:
        yield connection


def explained(
    connection: sqlite3.Connection,
    request: CompletionRequest,
    *,
    identity: Fingerprint = IDENTITY,
    told: dict[str, object] | None = None,
    oldest: datetime = NOW - timedelta(days=30),
) -> Explanation:
    return explain(connection, question_of(identity, request), told or TOLD, oldest=oldest)


def lines(found: Explanation) -> dict[str, Sequence[str]]:
    return {difference.part: difference.told for difference in found.differences}


async def test_what_is_kept_is_said_to_be(tmp_path: Path, opened: sqlite3.Connection) -> None:
    """With the moment at which it was made."""
    await kept(tmp_path, said("Why?"))

    assert explained(opened, said("Why?")) == Explanation(made=NOW, differences=())


def test_nothing_is_near_in_an_empty_cache(opened: sqlite3.Connection) -> None:
    """And that is said, too."""
    assert explained(opened, said("Why?")) == Explanation(made=None, differences=())


@pytest.mark.parametrize(
    ("request_", "differences"),
    [
        (
            said("Why?", system=SYSTEM.replace("prose", "verse")),
            {"instructions": ("-Answer in prose.", "+Answer in verse.")},
        ),
        (said("Why not?"), {"conversation": ("-user: Why?", "+user: Why not?")}),
        (said("Hello.", "Why?"), {"conversation": ("+user: Hello.",)}),
        (replace(said("Why?"), repetition=2), {"repetition": ("0 → 2, counted from 0",)}),
        (
            replace(said("Why?"), sampling=Sampling(temperature=0.5, seed=7)),
            {"settings": ("seed: not said → 7", "temperature: not said → 0.5")},
        ),
        (replace(said("Why?"), model="other"), {"settings": ('model: not said → "other"',)}),
        (
            replace(said("Why?", system=SYSTEM + "\n"), repetition=1),
            {"instructions": ("only line ends differ",), "repetition": ("0 → 1, counted from 0",)},
        ),
    ],
    ids=["instructions", "words", "history", "repetition", "sampling", "model", "two parts"],
)
async def test_what_changed_is_told(
    tmp_path: Path,
    opened: sqlite3.Connection,
    request_: CompletionRequest,
    differences: dict[str, Sequence[str]],
) -> None:
    """The part of the key, with the lines or the values that differ from the nearest."""
    await kept(tmp_path, said("Something that has nothing to do with it."), said("Why?"))

    found = explained(opened, request_)

    assert found.made == NOW
    assert lines(found) == differences


async def test_a_changed_option_of_the_backend_is_told(tmp_path: Path, opened: sqlite3.Connection) -> None:
    """By its name, with both values; what the suite calls the backend changes nothing."""
    await kept(tmp_path, said("Why?"))
    now = {**TOLD, "name": "renamed", "options": {"model": "example-2", "top_p": 0.5}}

    found = explained(opened, said("Why?"), identity=OTHER, told=now)

    assert lines(found) == {
        "backend": ('model: "example-1" → "example-2"', "top_k: 5 → not said", "top_p: not said → 0.5")
    }


async def test_an_answer_that_is_too_old_is_told(tmp_path: Path, opened: sqlite3.Connection) -> None:
    """The key is the same, and only its age is not."""
    await kept(tmp_path, said("Why?"))

    found = explained(opened, said("Why?"), oldest=NOW + timedelta(hours=1))

    assert lines(found) == {"age": ("it was made on 2026-11-23 12:00, and counts only from 2026-11-23 13:00 on",)}


async def test_the_nearest_has_the_fewest_differences_and_the_likest_words(
    tmp_path: Path, opened: sqlite3.Connection
) -> None:
    """Of many that were asked under the same instructions."""
    await kept(tmp_path, said("Write a haiku."), said("Why does the test of the parser fail?"), said("Thanks!"))

    found = explained(opened, said("Why does the test of the lexer fail?"))

    assert lines(found)["conversation"][0] == "-user: Why does the test of the parser fail?"


async def test_shelves_tell_what_is_kept_of_whom(tmp_path: Path, opened: sqlite3.Connection) -> None:
    """How many, how large, and how old."""
    day = Day()
    await kept(tmp_path, said("One?"), day=day)
    day.moment += timedelta(days=2)
    await kept(tmp_path, said("Two?"), day=day)

    (shelf,) = shelves(opened)

    assert (shelf.identity, shelf.told, shelf.answers) == (IDENTITY, TOLD, 2)
    assert (shelf.oldest, shelf.newest, shelf.used) == (NOW, day.moment, day.moment)
    assert shelf.size > 256


async def test_pruning_by_age_takes_everything_with_it_that_nobody_needs(
    tmp_path: Path, opened: sqlite3.Connection
) -> None:
    """Instructions, their lines and the backend go when the last answer goes that needs them."""
    day = Day()
    await kept(tmp_path, said("One?", system="Shared.\nOld."), day=day)
    day.moment += timedelta(days=2)
    await kept(tmp_path, said("Two?", system="Shared.\nNew."), day=day)

    gone = prune(opened, before=NOW + timedelta(days=1))

    kept_lines = {bytes(data) for (data,) in opened.execute("SELECT data FROM line")}
    assert (gone, kept_lines) == (1, {b"Shared.\n", b"New."})
    assert opened.execute("SELECT count(*) FROM instructions").fetchone() == (1,)
    assert prune(opened, size=0) == 1
    assert [opened.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("line", "backend")] == [(0,), (0,)]  # noqa: S608 - two words


async def test_pruning_by_size_takes_what_was_not_used_for_longest(tmp_path: Path, opened: sqlite3.Connection) -> None:
    """An old answer that was used today stays."""
    day = Day()
    for word in ("One?", "Two?", "Three?"):
        await kept(tmp_path, said(word), day=day)
        day.moment += timedelta(days=1)
    await kept(tmp_path, said("One?"), day=day)
    (shelf,) = shelves(opened)

    gone = prune(opened, size=shelf.size * 5 // 6)

    assert gone == 1
    assert explained(opened, said("One?")).differences == ()
    assert "conversation" in lines(explained(opened, said("Two?")))
