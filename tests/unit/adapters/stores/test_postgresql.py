"""Stores on a server: many writers, forms of the tables, and complaints in our words."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import ValidationError

from passmuster import libraries
from passmuster.adapters.stores.postgresql import COMPONENT, PostgresqlStore, PostgresqlStoreOptions
from passmuster.adapters.stores.postgresql_database import LATEST, place_of, shown, upgrade
from passmuster.components import BuildContext
from passmuster.domain.errors import MissingExtraError, SchemaVersionError, StoreError, StoreLockedError
from passmuster.domain.results import RunManifest
from passmuster.testing.factories import a_case, a_manifest, a_roster, a_score, a_trial

Open = Callable[..., PostgresqlStore]


@pytest.fixture
def schema() -> str:
    return f"unit_{uuid4().hex}"


@pytest.fixture
def store(postgresql: str, schema: str) -> Iterator[PostgresqlStore]:
    """Give a store with one run begun."""
    with closing(PostgresqlStore(postgresql, schema=schema)) as opened:
        opened.begin(a_manifest(), a_roster(), [a_case()])
        yield opened


def asked(url: str, statement: LiteralString, *names: str) -> list[tuple[object, ...]]:
    """Ask the server past the store; names stand where the statement has braces."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
        return cursor.fetchall() if cursor.description else []


def manifest() -> RunManifest:
    return a_manifest()


def test_a_second_store_finds_what_the_first_kept(postgresql: str, schema: str, store: PostgresqlStore) -> None:
    """The tables are made once, and lie in the schema that was named."""
    store.append(manifest().identifier, [a_trial()])

    with closing(PostgresqlStore(postgresql, schema=schema)) as other:
        found = other.load(manifest().identifier)

    assert [trial.key for trial in found.trials] == [a_trial().key]
    assert asked(postgresql, "SELECT count(*) FROM {}.trial", schema) == [(1,)]


def test_many_write_at_one_time(postgresql: str, schema: str, store: PostgresqlStore) -> None:
    """Also the same texts, cells and trials in other orders: nobody waits for ever, and each trial is kept once."""
    trials = [a_trial(f"case {number}", outcomes=(a_score(f"c{number % 7}"),)) for number in range(60)]
    orders = [trials, trials[::-1], trials[30:] + trials[:30], trials[::2] + trials[1::2]]

    def write(order: list[object]) -> None:
        with closing(PostgresqlStore(postgresql, schema=schema)) as own:
            for start in range(0, len(order), 15):
                own.append(manifest().identifier, order[start : start + 15])  # type: ignore[arg-type]  # trials

    with ThreadPoolExecutor(len(orders)) as pool:
        list(pool.map(write, orders))

    loaded = store.load(manifest().identifier)
    assert sorted(trial.key.case for trial in loaded.trials) == sorted(trial.key.case for trial in trials)
    assert {len(trial.outcomes) for trial in loaded.trials} == {1}


def test_a_reader_sees_one_state(store: PostgresqlStore) -> None:
    """What is written between two of its questions is not there."""
    database = store._database  # noqa: SLF001 - no other way to stand between two questions
    query = "SELECT count(*) FROM trial"

    with database.reading() as reader:
        before = reader.execute(query).fetchone()
        store.append(manifest().identifier, [a_trial()])
        after = reader.execute(query).fetchone()

    assert before == after == (0,)


def test_a_lost_connection_is_made_anew(postgresql: str, store: PostgresqlStore) -> None:
    """Servers are restarted while a run waits for its model."""
    asked(
        postgresql,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'passmuster' AND pid <> pg_backend_pid()",
    )

    store.append(manifest().identifier, [a_trial()])

    assert len(store.load(manifest().identifier).trials) == 1


WRITER = """\
import sys

from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.testing.factories import a_manifest, a_trial

store = PostgresqlStore(sys.argv[1], schema=sys.argv[2])
for number in range(10_000):
    store.append(a_manifest().identifier, [a_trial(f"{number}-{place}") for place in range(20)])
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_was_told_of(
    postgresql: str, schema: str, store: PostgresqlStore
) -> None:
    """What `append` returned from is there, and of what it did not, all or none."""
    for told in (1, 4):
        with subprocess.Popen(  # noqa: S603 - a program of the test's own
            [sys.executable, "-c", WRITER, postgresql, schema], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(told)]
            writer.send_signal(signal.SIGKILL)
            acknowledged += [int(line) for line in writer.stdout]

        kept = {trial.key.case for trial in store.load(manifest().identifier).trials}
        assert {f"{number}-{place}" for number in acknowledged for place in range(20)} <= kept
        assert len(kept) % 20 == 0


def test_older_tables_are_left_alone_until_somebody_says_so(
    postgresql: str, schema: str, store: PostgresqlStore
) -> None:
    """Others may be at work in them; afterwards nothing is lost."""
    store.append(manifest().identifier, [a_trial()])
    store.close()
    steps: tuple[tuple[str, ...], ...] = ((),) * (LATEST - 1)
    steps += (("ALTER TABLE trial ADD COLUMN added BLOB", "CREATE TABLE more (number INTEGER NOT NULL PRIMARY KEY)"),)

    assert upgrade(postgresql, schema, patience=1_000) == LATEST
    assert upgrade(postgresql, schema, patience=1_000, upgrades=steps) == LATEST
    assert upgrade(postgresql, schema, patience=1_000, upgrades=steps) == LATEST + 1

    assert asked(postgresql, "SELECT added FROM {}.trial", schema) == [(None,)]
    with pytest.raises(SchemaVersionError, match=f"newer passmuster .form {LATEST + 1}; {LATEST} is known"):
        PostgresqlStore(postgresql, schema=schema)
    with pytest.raises(SchemaVersionError, match="newer"):
        upgrade(postgresql, schema, patience=1_000)
    asked(postgresql, "UPDATE {}.form SET number = 1", schema)
    with pytest.raises(SchemaVersionError, match=r"older form .1; .* is written") as refused:
        PostgresqlStore(postgresql, schema=schema)
    assert "passmuster store upgrade" in refused.value.hint
    asked(postgresql, "ALTER TABLE {}.trial DROP COLUMN inclusion", schema)
    asked(postgresql, "DROP TABLE {}.segment", schema)
    asked(postgresql, "DROP TABLE {}.link", schema)
    asked(postgresql, "DROP TABLE {}.summary", schema)
    with closing(PostgresqlStore(postgresql, schema=schema, upgrade=True)) as upgraded:
        assert [trial.inclusion for trial in upgraded.load(manifest().identifier).trials] == [1.0]


def test_an_upgrade_that_fails_changes_nothing(postgresql: str, schema: str, store: PostgresqlStore) -> None:
    """All of its steps are one transaction."""
    store.close()
    steps = ((),) * (LATEST - 1) + (("ALTER TABLE trial ADD COLUMN added BLOB", "ALTER TABLE absent ADD x BLOB"),)

    with pytest.raises(StoreError, match="lacks a table"):
        upgrade(postgresql, schema, patience=1_000, upgrades=steps)

    with closing(PostgresqlStore(postgresql, schema=schema)) as again:
        assert again.load(manifest().identifier).manifest == manifest()


def test_upgrading_makes_what_is_not_there(postgresql: str, schema: str) -> None:
    """So that whoever may make tables can do it for those who may not."""
    assert upgrade(postgresql, schema, patience=1_000) == LATEST
    assert asked(postgresql, "SELECT number FROM {}.form", schema) == [(LATEST,)]


def test_processes_that_begin_at_once_make_the_tables_once(postgresql: str, schema: str) -> None:
    """Each opens the store."""
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: PostgresqlStore(postgresql, schema=schema), range(4)):
            opened.close()

    assert asked(postgresql, "SELECT number FROM {}.form", schema) == [(LATEST,)]


def test_who_waits_too_long_is_told(postgresql: str, schema: str, store: PostgresqlStore) -> None:
    """A run that somebody else writes to is waited for, as long as was said."""
    impatient = PostgresqlStore(postgresql, schema=schema, patience=10)

    with (
        closing(impatient),
        store._database.writing() as holder,  # noqa: SLF001 - no other way to hold a run
    ):
        holder.execute("SELECT number FROM run FOR UPDATE")
        with pytest.raises(StoreLockedError, match="held by another process"):
            impatient.append(manifest().identifier, [a_trial()])


@pytest.mark.usefixtures("store")
def test_a_user_without_rights_is_told(postgresql: str, schema: str) -> None:
    """And not shown a traceback."""
    name = f"reader_{next(_NUMBERS)}_{schema[-8:]}"
    asked(postgresql, "CREATE USER {}", name)
    asked(postgresql, "GRANT USAGE ON SCHEMA {} TO {}", schema, name)
    asked(postgresql, "GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}", schema, name)
    reader = PostgresqlStore(postgresql.replace("tests@", f"{name}@"), schema=schema)

    with closing(reader), pytest.raises(StoreError, match="may not be used so"):
        reader.append(manifest().identifier, [a_trial()])
    with closing(reader):
        assert reader.load(manifest().identifier).manifest == manifest()


_NUMBERS = count()


def test_a_database_of_other_characters_is_refused(postgresql: str, schema: str) -> None:
    """It could not keep every text."""
    name = f"latin_{schema[-8:]}"
    asked(postgresql, "CREATE DATABASE {} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", name)

    with pytest.raises(StoreError, match="keeps texts as LATIN1"):
        PostgresqlStore(postgresql.replace("/postgres", f"/{name}"), schema=schema)


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    """Nor with the user's name."""
    location = "postgresql://somebody:pass-of-somebody@127.0.0.1:1/runs"

    with pytest.raises(StoreError, match="cannot be reached") as refused:
        PostgresqlStore(location)

    assert "postgresql://127.0.0.1:1/runs" in str(refused.value)
    assert "pass-of-somebody" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("location", ["postgresql://", "postgresql://host:port-pass/x", "mysql://a:pass@b/c", "pass"])
def test_a_location_that_cannot_be_read_is_not_repeated(location: str) -> None:
    """It may hold a password."""
    with pytest.raises(StoreError) as refused:
        place_of(location)

    assert "pass" not in str(refused.value)


def test_a_place_is_shown_without_who_asks() -> None:
    """Names of hosts and databases are for people, passwords are not."""
    assert shown(place_of("postgresql+psycopg://me:secret@db.internal:5433/runs?sslmode=require")) == (
        "postgresql://db.internal:5433/runs"
    )


@pytest.mark.parametrize(
    "options", [{"location": "runs.sqlite"}, {"location": "postgresql://h/d", "schema_name": 'x"; DROP'}]
)
def test_options_that_cannot_be_are_refused(options: dict[str, str]) -> None:
    """Before anything is connected to."""
    with pytest.raises(ValidationError):
        PostgresqlStoreOptions.model_validate(options)


def test_the_component_opens_what_its_options_name(postgresql: str, schema: str, tmp_path: Path) -> None:
    """A suite says `use: postgresql`."""
    options = PostgresqlStoreOptions(location=postgresql, schema_name=schema)

    with closing(COMPONENT.build(options, BuildContext(folder=tmp_path))) as opened:
        opened.begin(manifest(), a_roster(), [a_case()])

    assert asked(postgresql, "SELECT identifier FROM {}.run", schema) == [(manifest().identifier,)]


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most people need none."""
    monkeypatch.setattr(libraries, "find_spec", lambda _name: None)

    with pytest.raises(MissingExtraError) as missing:
        PostgresqlStore("postgresql://host/runs")

    assert missing.value.hint == "pip install 'passmuster[postgresql]'"
