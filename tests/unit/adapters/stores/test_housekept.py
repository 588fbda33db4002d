"""Runs that are taken out of a store: at once for everybody, in portions on the disk, no other with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from passmuster.adapters.stores import housekept
from passmuster.adapters.stores.housekept import HousekeptRelationalStore
from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.adapters.stores.tables import TABLES
from passmuster.domain.answers import Answer
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import MOMENT, a_case, a_decision, a_manifest, a_roster, a_score, a_segment, a_trial

OLD, NEW = RunIdentifier("old"), RunIdentifier("new")
CASES = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HousekeptRelationalStore]:
    """An empty store of each kind."""
    if request.param == "sqlite":
        store: HousekeptRelationalStore = SqliteStore(tmp_path / "runs.sqlite")
    else:
        store = PostgresqlStore(request.getfixturevalue("postgresql"), schema=f"kept_{uuid4().hex}")
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekept, "AT_ONCE", 3)


def trials(rationale: str) -> list[Trial]:
    return [
        a_trial(
            f"{rationale} {number}",
            answer=Answer(routing=a_decision(rationale=f"{rationale} {number}")),
            outcomes=(a_score(evidence={"of": f"{rationale} {number}"}),),
        )
        for number in range(CASES)
    ]


def keep(store: HousekeptRelationalStore, run: RunIdentifier, *said: str) -> None:
    number = len(store.history("example", limit=99))
    store.begin(a_manifest(run, started_at=MOMENT + timedelta(days=number)), a_roster(), [a_case()])
    for rationale in said:
        store.append(run, trials(rationale))
    store.record(run, a_segment())
    store.summarize(run, 1, b"short", trials=CASES * len(said))


def test_what_nobody_else_has_goes_with_a_run(shared: HousekeptRelationalStore) -> None:
    """The store is as large as if the run had never been, and the other runs are as they were."""
    keep(shared, NEW, "both", "new")
    before, whole = shared.contents(), shared.load(NEW)
    keep(shared, OLD, "both", "old")

    shared.remove(OLD)
    kinds = list(shared.sweep())

    after = shared.contents()
    assert shared.load(NEW) == whole
    assert (after.runs, after.scores, after.cells, after.blobs) == (
        before.runs,
        before.scores,
        before.cells,
        before.blobs,
    )
    assert {"trials", "runs", "cells", "texts"} == set(kinds)
    assert kinds.count("trials") > 1, "in one portion"


@pytest.mark.parametrize("portions", range(0, 14, 2))
def test_a_run_is_gone_as_a_whole_wherever_deleting_stops(shared: HousekeptRelationalStore, portions: int) -> None:
    """Nobody sees half of a run, the others are whole, and the next call goes on."""
    keep(shared, NEW, "both", "new")
    blobs = shared.contents().blobs
    keep(shared, OLD, "both", "old")
    whole = shared.load(NEW)

    shared.remove(OLD)
    sweeping = shared.sweep()
    for _ in zip(range(portions), sweeping, strict=False):
        pass
    del sweeping

    assert [manifest.identifier for manifest in shared.history("example", limit=9)] == [NEW]
    assert [run.identifier for run in shared.contents().runs] == [NEW]
    with pytest.raises(RunNotFoundError):
        shared.load(OLD)
    assert shared.load(NEW) == whole
    list(shared.sweep())
    assert (shared.contents().blobs, shared.contents().removed) == (blobs, 0)


def test_who_writes_meanwhile_may_say_the_same(shared: HousekeptRelationalStore) -> None:
    """Texts and cells that a run takes up while they are being deleted are there in the end."""
    keep(shared, OLD, "old")
    keep(shared, NEW)
    shared.remove(OLD)

    waiting = trials("old")
    for _ in shared.sweep():
        if waiting:
            shared.append(NEW, [waiting.pop()])
    shared.append(NEW, waiting)

    assert sorted(trial.key.case for trial in shared.load(NEW).trials) == sorted(f"old {at}" for at in range(CASES))


def test_a_run_that_is_not_there_cannot_be_removed(shared: HousekeptRelationalStore) -> None:
    """Whoever writes its name wrongly is told."""
    with pytest.raises(RunNotFoundError, match="no run 'old'"):
        shared.remove(OLD)


def test_every_table_of_a_run_is_emptied(tmp_path: Path) -> None:
    """A table that is added later must be named where rows are deleted."""
    file = tmp_path / "runs.sqlite"
    store = SqliteStore(file)
    keep(store, OLD, "old")

    store.remove(OLD)
    list(store.sweep())
    store.give_back()
    store.close()

    with closing(sqlite3.connect(file)) as connection:
        left = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}  # noqa: S608 - names of our own
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        indexes = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sweeping%'").fetchall()
    assert left == dict.fromkeys(TABLES, 0)
    assert (free, indexes) == (0, [])
