"""The store on a file of SQLite: what the port does not say."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.answers import Answer
from passmuster.domain.errors import RunNotFoundError, StoreError
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_manifest,
    a_roster,
    a_score,
    a_subject_record,
    a_trial,
    an_unscored,
)

MANIFEST = a_manifest()


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_trials_are_loaded_in_the_order_of_the_suite(file: Path) -> None:
    """Subjects as in the manifest, then cases as in the run, then repetitions; strangers come last."""
    subjects = (a_subject_record("zebra"), a_subject_record("ant"))
    store = SqliteStore(file)
    store.begin(a_manifest(subjects=subjects), a_roster(), [a_case("two"), a_case("one")])
    expected = [
        a_trial(case, subject=subject, repetition=repetition)
        for subject in ("zebra", "ant", "a stranger")
        for case in ("two", "one", "a stranger")
        for repetition in (0, 1, 10)
    ]

    store.append(MANIFEST.identifier, expected[::-1])
    loaded = store.load(MANIFEST.identifier).trials
    store.close()

    assert list(loaded) == expected


def test_what_was_kept_is_there_when_the_file_is_opened_again(file: Path, store: SqliteStore) -> None:
    """Everything lies in the file; no other file is left beside it."""
    store.append(MANIFEST.identifier, [a_trial()])
    store.close()

    again = SqliteStore(file)
    run = again.load(MANIFEST.identifier)
    again.close()

    assert run.trials == (a_trial(),)
    assert [path.name for path in file.parent.iterdir()] == ["runs.sqlite"]


def test_an_append_is_kept_whole_or_not_at_all(store: SqliteStore) -> None:
    """A trial that cannot be written takes its whole batch with it."""
    bad = a_trial("bad", answer=Answer(completion=a_completion(text=5)))  # type: ignore[arg-type]  # a plug-in's bug

    with pytest.raises(TypeError):
        store.append(MANIFEST.identifier, [a_trial(), bad])

    assert store.load(MANIFEST.identifier).trials == ()


def test_more_trials_than_one_statement_takes_are_kept(store: SqliteStore) -> None:
    """A large batch is cut up within its one transaction, and its second delivery adds nothing."""
    trials = [a_trial(repetition=repetition) for repetition in range(1_201)]

    store.append(MANIFEST.identifier, trials)
    store.append(MANIFEST.identifier, trials)

    assert list(store.load(MANIFEST.identifier).trials) == trials


def test_within_one_batch_the_first_finished_delivery_counts(store: SqliteStore) -> None:
    """A batch that brings one key several times is kept as if it had come one by one."""
    failed = a_trial(answer=Answer(routing=a_failure()))
    first, second = a_trial(duration=1.0), a_trial(duration=2.0)

    store.append(MANIFEST.identifier, [failed, first, second, failed])

    assert store.load(MANIFEST.identifier).trials == (first,)


def test_an_unfinished_trial_is_replaced_with_its_outcomes(file: Path, store: SqliteStore) -> None:
    """No outcome of the former delivery is left behind."""
    store.append(MANIFEST.identifier, [a_trial(outcomes=(an_unscored("a"), a_score("b"), a_score("c")))])
    whole = a_trial(outcomes=(a_score("a"),))

    store.append(MANIFEST.identifier, [whole])

    assert store.load(MANIFEST.identifier).trials == (whole,)
    assert rows(file, "SELECT criterion FROM score") == [("a",)]


def test_equal_answers_rosters_and_cases_are_kept_once(file: Path, store: SqliteStore) -> None:
    """A second run of the same suite with the same answers adds its manifest and nothing else to the blobs."""
    trials = [
        a_trial(
            repetition=repetition,
            answer=Answer(routing=a_decision(latency=repetition / 7), completion=a_completion(latency=repetition / 3)),
        )
        for repetition in range(5)
    ]
    store.append(MANIFEST.identifier, trials)
    before = rows(file, "SELECT count(*) FROM blob")

    second = a_manifest("second")
    store.begin(second, a_roster(), [a_case()])
    store.append(second.identifier, trials)

    assert before == [(5,)]
    assert rows(file, "SELECT count(*) FROM blob") == [(6,)]
    assert list(store.load(second.identifier).trials) == trials


def test_metrics_are_columns(file: Path, store: SqliteStore) -> None:
    """What people query needs no unpacking."""
    answer = Answer(routing=a_decision("debugger", score=3.5, margin=1.25), completion=a_failure())

    store.append(
        MANIFEST.identifier, [a_trial(answer=answer, outcomes=(a_score("contains", 0.5), an_unscored("length")))]
    )

    columns = "chosen, score, margin, routing_status, completion_status, is_finished"
    assert rows(file, f"SELECT {columns} FROM trial") == [("debugger", 3.5, 1.25, "answered", "failed", 0)]  # noqa: S608 - fixed text
    assert rows(file, "SELECT criterion, value, passed FROM score ORDER BY position") == [
        ("contains", 0.5, 0),
        ("length", None, None),
    ]


@pytest.mark.parametrize("inclusion", [1.0, 0.1, 1 / 3, 5e-324])
def test_the_chance_of_a_case_to_be_asked_is_kept_exactly(file: Path, store: SqliteStore, inclusion: float) -> None:
    """Estimates divide by it; it is a column, so that people can weigh trials in a query."""
    trial = a_trial(inclusion=inclusion)

    store.append(MANIFEST.identifier, [trial])

    assert store.load(MANIFEST.identifier).trials == (trial,)
    assert rows(file, "SELECT inclusion FROM trial") == [(inclusion,)]


@pytest.mark.parametrize("name", ["\ud800", "a\0b", '"quoted"', '"', "", "naïve 🐢", "'; DROP TABLE trial; --"])
def test_any_name_can_be_kept(store: SqliteStore, name: str) -> None:
    """Names come from files that are not ours, and no two of them are mixed up."""
    manifest = a_manifest(f"run {name}", suite=name)
    trials = (a_trial(name, subject=name), a_trial(f"{name}!", subject=name))
    store.begin(manifest, a_roster(), [a_case(name), a_case(f"{name}!")])

    store.append(manifest.identifier, trials)

    assert store.load(manifest.identifier).trials == trials
    assert store.finished(manifest.identifier) == {trial.key for trial in trials}
    assert store.history(name, limit=1) == (manifest,)


def test_appending_to_a_run_that_was_not_begun_is_an_error(store: SqliteStore) -> None:
    """Trials are never kept without their run."""
    with pytest.raises(RunNotFoundError, match="'nowhere'"):
        store.append(RunIdentifier("nowhere"), [a_trial()])


def test_readers_see_the_run_while_it_is_written(file: Path, store: SqliteStore) -> None:
    """A second process may look at a run under way, and is not kept waiting by the writer."""
    store.append(MANIFEST.identifier, [a_trial()])
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        reader = SqliteStore(file, busy_timeout=0)
        trials = reader.load(MANIFEST.identifier).trials
        reader.close()

    assert trials == (a_trial(),)


async def test_a_store_may_be_used_from_any_thread(store: SqliteStore) -> None:
    """An event loop may hand the waiting for the disk to a thread."""
    await asyncio.to_thread(store.append, MANIFEST.identifier, [a_trial()])

    loaded = await asyncio.to_thread(store.load, MANIFEST.identifier)

    assert loaded == store.load(MANIFEST.identifier)
    assert loaded.trials == (a_trial(),)


def test_moments_of_other_zones_are_kept(store: SqliteStore) -> None:
    """A moment is the same wherever it was read off the clock."""
    trial = a_trial(started_at=datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))))

    store.append(MANIFEST.identifier, [trial])

    assert store.load(MANIFEST.identifier).trials == (trial,)


def test_a_moment_without_a_zone_is_a_bug(store: SqliteStore) -> None:
    """Nobody could say later when it was."""
    naive = datetime(2026, 3, 29, 1, 30)  # noqa: DTZ001 - that is the point

    with pytest.raises(ValueError, match="no time zone"):
        store.append(MANIFEST.identifier, [a_trial(started_at=naive)])

    assert store.load(MANIFEST.identifier).trials == ()


def test_a_damaged_answer_is_reported(file: Path, store: SqliteStore) -> None:
    """A blob that is not what was written stops the reading with a remedy."""
    store.append(MANIFEST.identifier, [a_trial()])
    execute(file, "UPDATE blob SET data = zeroblob(40) WHERE address = (SELECT routing FROM trial)")

    with pytest.raises(StoreError, match="damaged") as caught:
        store.load(MANIFEST.identifier)

    assert caught.value.hint


# ---- a kill

WRITER = """
import sys
from pathlib import Path
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.testing.factories import a_manifest, a_trial
store = SqliteStore(Path(sys.argv[1]))
repetition = 0
while True:
    batch = [a_trial(repetition=repetition + place) for place in range(7)]
    store.append(a_manifest().identifier, batch)
    repetition += 7
    print(repetition, flush=True)
"""


def test_acknowledged_trials_survive_a_kill(file: Path, store: SqliteStore) -> None:
    """Whatever append returned for is there after kill -9; at most one batch more; and writing goes on."""
    store.close()
    with subprocess.Popen(  # noqa: S603 - our own interpreter with a fixed program
        [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(10)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    # A kill in the middle of a line leaves a part of it, which acknowledges nothing.
    acknowledged = int([line for line in lines if line.endswith("\n")][-1])

    again = SqliteStore(file)
    trials = again.load(MANIFEST.identifier).trials
    again.append(MANIFEST.identifier, [a_trial("after the kill")])
    finished = again.finished(MANIFEST.identifier)
    again.close()

    assert process.returncode == -signal.SIGKILL
    assert [trial.key.repetition for trial in trials] == list(range(len(trials)))
    assert len(trials) in {acknowledged, acknowledged + 7}
    assert all(trial == replace(a_trial(), key=trial.key) for trial in trials)
    assert len(finished) == len(trials) + 1
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
