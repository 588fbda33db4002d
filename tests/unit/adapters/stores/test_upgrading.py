"""Files of earlier versions: upgraded in steps, kept as a copy, and read as if they were new."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passmuster.adapters.stores import opening
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.adapters.stores.tables import TABLES, UPGRADES
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.results import Score, Unscored
from passmuster.domain.values import UNKNOWN
from passmuster.testing.factories import a_manifest, a_trial

MANIFEST = a_manifest()
LATEST = 1 + len(UPGRADES)
FIRST = Path(__file__).with_name("format_1.sql")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A store as the first version wrote it."""
    file = tmp_path / "first.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FIRST.read_text(encoding="utf-8"))
    return file


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def columns(file: Path) -> dict[str, set[object]]:
    return {
        name: {row[0] for row in rows(file, f"SELECT name FROM pragma_table_info('{name}')")}  # noqa: S608 - fixed names
        for name in TABLES
    }


def test_a_store_of_the_first_version_is_read(first: Path) -> None:
    """Every trial is there, and what was not kept then has the value that it had then."""
    store = SqliteStore(first)
    [manifest] = store.history("example", limit=9)
    run = store.load(manifest.identifier)
    store.close()

    assert rows(first, "PRAGMA user_version") == [(LATEST,)]
    keys = [(trial.key.subject, trial.key.case, trial.key.repetition) for trial in run.trials]
    assert keys == [
        ("lexical", "one", 0),
        ("lexical", "one", 1),
        ("lexical", "two", 0),
        ("other", "two", 0),
        ("of no known name", "of no known case", 0),
    ]
    assert [trial.inclusion for trial in run.trials] == [1.0] * 5
    assert [trial.is_finished for trial in run.trials] == [True, False, False, True, True]
    assert (manifest.looks, manifest.selection) == (1, "")
    assert {(record.routing, record.writing, record.models) for record in manifest.subjects} == {(UNKNOWN, UNKNOWN, ())}
    assert {(case.group, case.is_critical, case.is_control) for case in run.cases} == {("", False, False)}
    assert run.roster.names == ("code-reviewer", "debugger", "test-engineer")


def test_answers_and_outcomes_of_the_first_version_are_read(first: Path) -> None:
    """Choices, texts, failures and scores, exactly."""
    store = SqliteStore(first)
    whole, failed, broken, *_ = store.load(MANIFEST.identifier).trials
    store.close()

    assert isinstance(whole.answer.routing, RoutingDecision)
    assert isinstance(whole.answer.completion, Completion)
    assert (whole.answer.routing.chosen, whole.answer.routing.latency) == ("debugger", 0.5)
    assert whole.answer.completion.text == '"quoted" \\n\n'
    assert [item.value for item in whole.outcomes if isinstance(item, Score)] == [0.5, 1.0]
    assert isinstance(failed.answer.completion, Failure)
    assert [type(item) for item in failed.outcomes] == [Unscored, Score]
    assert isinstance(broken.answer.routing, Failure)
    assert broken.answer.routing.is_transient


def test_an_upgraded_store_has_the_tables_of_a_new_one(first: Path, file: Path, store: SqliteStore) -> None:
    """Whatever the steps that led there; and the file as it was lies beside."""
    store.close()
    new = columns(file)
    SqliteStore(first).close()

    assert columns(first) == new
    assert rows(first, "SELECT DISTINCT inclusion, typeof(inclusion) FROM trial") == [(1.0, "real")]
    copy = first.with_name("first.sqlite.form-1")
    assert rows(copy, "PRAGMA user_version") == [(1,)]
    assert "inclusion" not in columns(copy)["trial"]


def test_an_upgraded_store_keeps_what_is_new(first: Path) -> None:
    """A trial of a sampled case goes in and comes out, beside those of the first version."""
    store = SqliteStore(first)
    sampled = a_trial("one", repetition=7, inclusion=0.25)

    store.append(MANIFEST.identifier, [sampled])

    assert sampled in store.load(MANIFEST.identifier).trials
    store.close()


def test_an_older_form_is_upgraded_after_a_copy(file: Path, store: SqliteStore) -> None:
    """The numbered statements run in order, the trials stay, and the former file lies beside."""
    store.append(MANIFEST.identifier, [a_trial()])
    store.close()
    upgrades = (*UPGRADES, ("ALTER TABLE run ADD COLUMN label TEXT",), ("UPDATE run SET label = 'kept'",))

    opening.open_database(file, busy_timeout=0, upgrades=upgrades).close()

    assert rows(file, "PRAGMA user_version") == [(LATEST + 2,)]
    assert rows(file, "SELECT label FROM run") == [("kept",)]
    copy = SqliteStore(file.with_name(f"runs.sqlite.form-{LATEST}"))
    assert copy.load(MANIFEST.identifier).trials == (a_trial(),)
    copy.close()


def test_an_upgrade_that_fails_changes_nothing(file: Path, store: SqliteStore) -> None:
    """All statements of an upgrade hold, or none."""
    store.close()
    upgrades = (
        *UPGRADES,
        ("ALTER TABLE run ADD COLUMN label TEXT", "UPDATE nowhere SET label = 1"),
    )

    with pytest.raises(Exception, match="nowhere"):
        opening.open_database(file, busy_timeout=0, upgrades=upgrades)

    again = SqliteStore(file)
    assert again.history("example", limit=1) == (MANIFEST,)
    again.close()
