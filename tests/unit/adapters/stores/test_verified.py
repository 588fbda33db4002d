"""A stored run that somebody edited behind the store's back: the row and the column are named, and nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from passmuster.adapters.stores.chains import RUN, SCORE, SEGMENT, TRIAL
from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.adapters.stores.verified import VerifiedRelationalStore
from passmuster.domain.answers import Answer
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.domain.verifications import EditKind, Verification
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_manifest,
    a_roster,
    a_score,
    a_segment,
    a_trial,
    an_unscored,
)

from .edits_by_hand import EDITS

NAME: Final = RunIdentifier("20260102T030405-0001")
OTHER: Final = RunIdentifier("20260102T030405-0002")


def trials(first: int, count: int) -> list[Trial]:
    """Trials that have every kind of part: texts of their own, shared ones, scores, failures."""
    return [
        a_trial(
            f"case-{number}",
            repetition=number % 2,
            answer=Answer(
                routing=a_decision(rationale=f"since {number}") if number % 5 else a_failure(),
                completion=a_completion(f"answer {number}") if number % 3 else None,
            ),
            outcomes=(a_score("one", evidence={"of": number}), an_unscored("two"), a_score("three"))[: number % 4],
            duration=0.5 + number,
        )
        for number in range(first, first + count)
    ]


def fill(store: VerifiedRelationalStore) -> None:
    """Put a run of several links into a store, and another one that shares cells and texts with it."""
    for name in (NAME, OTHER):
        store.begin(a_manifest(name), a_roster(), [a_case()])
        for first in (0, 6, 12):
            store.append(name, trials(first, 6))
        store.record(name, a_segment())


@pytest.fixture
def filled(file: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(file)
    fill(store)
    yield store
    store.close()


def edit(file: Path, *statements: str) -> None:
    """Edit as whoever opens the file can: without a look at what refers to what."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount == 1, statement


def told(_done: int, _total: int) -> None:
    """Hear nothing."""


def check(store: VerifiedRelationalStore, run: RunIdentifier = NAME, kept: str = "") -> Verification:
    return store.verify(run, kept, told)


def named(found: Verification) -> list[tuple[str, str, str]]:
    """What was found, in short: table, column, kind."""
    return [(item.table, item.column, item.kind.value) for item in found.edits]


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VerifiedRelationalStore]:
    """A store of each kind with both runs."""
    if request.param == "sqlite":
        store: VerifiedRelationalStore = SqliteStore(tmp_path / "runs.sqlite")
    else:
        store = PostgresqlStore(request.getfixturevalue("postgresql"), schema=f"verified_{uuid4().hex}")
    fill(store)
    yield store
    store.close()


def test_what_was_put_in_is_intact(shared: VerifiedRelationalStore) -> None:
    """Both databases give back what their chain says, and the same head."""
    found = check(shared)

    assert (found.is_intact, found.edits, found.uncovered) == (True, (), 0)
    assert (found.links, found.trials, found.scores) == (5, 18, 25)
    assert len(found.head) == 64


def test_both_databases_have_one_chain(file: Path, postgresql: str) -> None:
    """What is kept as the head of a chain holds in a copy of the store on another database."""
    stores = [SqliteStore(file), PostgresqlStore(postgresql, schema=f"verified_{uuid4().hex}")]
    for store in stores:
        fill(store)

    heads = {check(store).head for store in stores}

    assert len(heads) == 1
    for store in stores:
        store.close()


def test_a_change_is_named_in_both_databases(shared: VerifiedRelationalStore) -> None:
    """The column, and the case that people know the row by; the other run stays intact."""
    with shared._database.writing() as connection:  # noqa: SLF001 - an edit by another way than the store
        connection.execute("UPDATE trial SET chosen = ? WHERE run = 1 AND cell = 3", ("somebody",))

    found = check(shared)

    assert [(item.table, item.column, item.kind, item.row["subject"]) for item in found.edits] == [
        ("trial", "chosen", EditKind.CHANGED, "lexical")
    ]
    assert check(shared, OTHER).is_intact


@pytest.mark.parametrize("name", [name for name in TRIAL if name not in {"repetition", "routing", "completion"}])
def test_each_column_of_a_trial(filled: SqliteStore, file: Path, name: str) -> None:
    """Whatever is changed of a trial, that column is named and no other."""
    edit(file, f"UPDATE trial SET {name} = coalesce({name}, 0) || '1' WHERE run = 1 AND cell = 8")  # noqa: S608 - our own

    found = check(filled)

    assert [(item.table, item.column, item.row["cell"]) for item in found.edits] == [("trial", name, 8)]


@pytest.mark.parametrize("name", [name for name in SCORE if name != "detail"])
def test_each_column_of_an_outcome(filled: SqliteStore, file: Path, name: str) -> None:
    """Its place among the outcomes is one of them."""
    edit(file, f"UPDATE score SET {name} = coalesce({name}, 0) || '7' WHERE run = 1 AND cell = 8 AND position = 1")  # noqa: S608 - our own

    found = check(filled)

    assert [(item.table, item.column, item.row["position"]) for item in found.edits] == [("score", name, 1)]


@pytest.mark.parametrize("name", [name for name in RUN if name not in {"identifier", "manifest", "roster", "cases"}])
def test_each_column_of_a_run(filled: SqliteStore, file: Path, name: str) -> None:
    """What a run says of itself is in the first link."""
    edit(file, f"UPDATE run SET {name} = coalesce({name}, 0) || '1' WHERE number = 1")  # noqa: S608 - our own

    assert named(check(filled)) == [("run", name, "changed")]


@pytest.mark.parametrize("name", SEGMENT)
def test_each_column_of_a_segment(filled: SqliteStore, file: Path, name: str) -> None:
    """Also when it began, by which its link is called."""
    edit(file, f"UPDATE segment SET {name} = {name} || '1' WHERE run = 1")  # noqa: S608 - our own

    assert named(check(filled)) == [("segment", name, "changed")]


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_named_and_nothing_else(filled: SqliteStore, file: Path, name: str) -> None:
    """One edit, one finding, of the right kind."""
    statement, expected = EDITS[name]
    edit(file, statement)

    found = check(filled, RunIdentifier("mine") if name == "a run is renamed" else NAME)

    assert named(found) == [expected]
    assert not found.is_intact


def test_a_run_without_a_chain_cannot_be_told(filled: SqliteStore, file: Path) -> None:
    """Neither intact nor edited: an older version stored it, or the chain is gone as a whole."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM link WHERE run = 1")

    found = check(filled)

    assert (found.is_chained, found.is_intact, found.edits) == (False, False, ())


def test_a_kept_head_is_found_though_the_run_went_on(filled: SqliteStore) -> None:
    """Whoever keeps a head need not keep each: what came later rests upon it."""
    kept = check(filled).head
    filled.append(NAME, trials(18, 2))

    found = check(filled, kept=kept)

    assert (found.kept, found.links, found.is_intact) == (4, 6, True)
    assert found.head != kept


def test_a_chain_that_was_written_anew_is_told_by_its_head(filled: SqliteStore, file: Path) -> None:
    """A forger who writes all links has a chain that holds, and cannot have the head that was kept."""
    kept = check(filled).head
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in ("link", "score", "trial", "segment"):
            connection.execute(f"DELETE FROM {table} WHERE run = 1")  # noqa: S608 - our own
        connection.execute("DELETE FROM run WHERE number = 1")
    filled.begin(a_manifest(NAME), a_roster(), [a_case()])
    filled.append(NAME, trials(0, 17))

    found = check(filled, kept=kept)

    assert (found.is_intact, found.kept) == (True, None)


def test_a_trial_that_was_delivered_again_counts_as_delivered_last(file: Path) -> None:
    """A failure that was made up for later is no edit."""
    store = SqliteStore(file)
    store.begin(a_manifest(NAME), a_roster(), [a_case()])
    failed = a_trial(answer=Answer(routing=a_failure()), outcomes=())
    store.append(NAME, [failed])
    store.append(NAME, [a_trial()])

    found = check(store)

    assert (found.is_intact, found.trials, found.links) == (True, 1, 3)
    store.close()


def test_odd_values_are_read_as_they_were_written(file: Path) -> None:
    """Not-a-number, NUL characters, quotation marks and lone surrogates come back as something else, and are intact."""
    store = SqliteStore(file)
    store.begin(a_manifest(NAME, suite='"\0\ud800'), a_roster(), [a_case()])
    odd = a_trial('"odd"\0', subject="\udcff", duration=float("nan"), outcomes=(a_score('"'),))
    store.append(NAME, [odd])

    assert check(store).is_intact
    store.close()


def test_trials_are_told_of_while_they_are_looked_at(filled: SqliteStore) -> None:
    """Somebody who waits sees how many are left."""
    heard: list[tuple[int, int]] = []

    filled.verify(NAME, "", lambda done, total: heard.append((done, total)))

    assert heard[-1] == (18, 18)


def test_a_run_that_is_not_there_is_told(filled: SqliteStore) -> None:
    """Whoever writes its name wrongly is told."""
    with pytest.raises(RunNotFoundError, match="no run 'gone'"):
        check(filled, RunIdentifier("gone"))
