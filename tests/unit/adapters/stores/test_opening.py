"""How a file is found, opened and brought up to date, and what is said when it cannot be used."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.stores import opening
from passmuster.adapters.stores.sqlite import COMPONENT, SqliteStore, SqliteStoreOptions
from passmuster.adapters.stores.tables import UPGRADES
from passmuster.components import BuildContext
from passmuster.domain.errors import SchemaVersionError, StoreError, StoreLockedError
from passmuster.testing.factories import (
    a_manifest,
    a_roster,
    a_trial,
)

MANIFEST = a_manifest()
LATEST = 1 + len(UPGRADES)


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# ---- settings and versions


def test_a_commit_is_on_the_disk_and_readers_do_not_wait(store: SqliteStore) -> None:
    """The settings are those that the promises rest on."""
    with store._database.reading() as connection:  # noqa: SLF001 - the settings belong to the connection
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "user_version")
        }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 30_000,
        "foreign_keys": 1,
        "user_version": LATEST,
    }


def test_a_newer_form_is_refused_with_a_remedy(file: Path, store: SqliteStore) -> None:
    """A file of a later passmuster is left alone."""
    store.close()
    execute(file, f"PRAGMA user_version = {LATEST + 1}")
    before = file.read_bytes()

    with pytest.raises(SchemaVersionError, match="upgrade passmuster"):
        SqliteStore(file)

    assert file.read_bytes() == before


# ---- faults


def test_a_store_that_another_process_writes_to_is_reported_as_locked(file: Path, store: SqliteStore) -> None:
    """Who waits in vain learns why, and that waiting longer may help."""
    store.close()
    impatient = SqliteStore(file, busy_timeout=1)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreLockedError, match="busy_timeout"):
            impatient.append(MANIFEST.identifier, [a_trial()])

    impatient.append(MANIFEST.identifier, [a_trial()])
    assert impatient.finished(MANIFEST.identifier) == {a_trial().key}
    impatient.close()


def test_a_file_that_is_no_database_is_left_alone(file: Path) -> None:
    """A mistyped location must not destroy a file."""
    file.write_text("precious words, and enough of them to be read as a header\n" * 100)
    before = file.read_bytes()

    with pytest.raises(StoreError, match="is no database"):
        SqliteStore(file)

    assert file.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(file: Path) -> None:
    """Nor must it write its tables into somebody's database."""
    execute(file, "CREATE TABLE bookmarks (address TEXT)", "PRAGMA user_version = 1")
    before = file.read_bytes()

    with pytest.raises(StoreError, match="another program"):
        SqliteStore(file)

    assert file.read_bytes() == before


def test_an_empty_file_becomes_a_store(file: Path) -> None:
    """A file that was only touched is as good as none."""
    file.touch()

    store = SqliteStore(file)
    store.begin(MANIFEST, a_roster(), [])
    store.close()

    assert rows(file, "SELECT identifier FROM run") == [(MANIFEST.identifier,)]


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    """The location must be a file."""
    with pytest.raises(StoreError, match="folder"):
        SqliteStore(tmp_path)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, the message names it."""
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "inner" / "runs.sqlite")


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_read_only_place_is_reported(file: Path, store: SqliteStore, *, is_folder: bool) -> None:
    """A file or a folder that cannot be written is no place for a store."""
    store.close()
    place = file.parent if is_folder else file
    place.chmod(0o555 if is_folder else 0o444)
    try:
        if os.access(place, os.W_OK):
            pytest.skip("this user may write everywhere")

        with pytest.raises(StoreError, match="read-only"):
            SqliteStore(file)
    finally:
        place.chmod(0o755)


def test_writing_through_a_read_only_connection_is_reported(file: Path, store: SqliteStore) -> None:
    """SQLite's own refusal is put into words too, should the place change under the running program."""
    store.close()
    address = f"{file.as_uri()}?mode=ro"

    with (
        closing(sqlite3.connect(address, uri=True)) as connection,
        pytest.raises(StoreError, match="is read-only") as caught,
        opening.translated_errors(file),
    ):
        connection.execute("DELETE FROM run")

    assert caught.value.hint


def test_a_bug_in_a_statement_is_not_put_down_to_the_file(file: Path) -> None:
    """What the file is not to blame for passes as it is."""
    with (
        closing(sqlite3.connect(file)) as connection,
        pytest.raises(sqlite3.OperationalError),
        opening.translated_errors(file),
    ):
        connection.execute("SELECT * FROM nowhere")


def test_closing_twice_does_nothing(store: SqliteStore) -> None:
    """Both the composition and a test may close."""
    store.close()
    store.close()


# ---- locations


@pytest.mark.parametrize(
    "location", ["kept/runs.sqlite", "sqlite:///kept/runs.sqlite", "sqlite+pysqlite:///kept/runs.sqlite"]
)
def test_a_location_is_relative_to_the_folder_of_the_suite(tmp_path: Path, location: str) -> None:
    """Paths and URLs name the same file, whatever the working folder is."""
    options = SqliteStoreOptions(location=location)

    COMPONENT.build(options, BuildContext(folder=tmp_path)).close()

    assert (tmp_path / "kept" / "runs.sqlite").is_file()


@pytest.mark.parametrize(
    "location", ["postgresql://somebody:hidden@host/base", "sqlite://", "sqlite:///:memory:", "://"]
)
def test_other_databases_are_refused_without_showing_a_password(tmp_path: Path, location: str) -> None:
    """Only files of SQLite are known, and a message must not tell a secret."""
    with pytest.raises(StoreError, match="no file of SQLite") as caught:
        COMPONENT.build(SqliteStoreOptions(location=location), BuildContext(folder=tmp_path))

    assert "hidden" not in str(caught.value)


def test_options_are_checked() -> None:
    """A mistyped option is an error and not a default."""
    with pytest.raises(ValidationError):
        COMPONENT.options.model_validate({"location": "a", "busy_time": 1})
