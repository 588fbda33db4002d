"""How many of 100 random single edits of a stored run are named, and what the chain costs.

    .venv/bin/python benchmarks/verify_edits.py [--edits 100] [--seed 1] [--trials 240] [--rows 20000]

Each edit is one change of one column, one row deleted or one row inserted, by plain SQL in a fresh copy of a SQLite
file. It is named exactly if the one finding is of that table, that row's column, and what became of it.
"""

import argparse
import hashlib
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from unittest import mock

from passmuster.adapters.stores import relational, rows
from passmuster.adapters.stores.chains import Digest
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.answers import Answer
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.domain.verifications import Verification
from passmuster.testing import factories

RUN = RunIdentifier("checked")
TABLES = {
    "run": "number = 1",
    "trial": "run = 1",
    "score": "run = 1",
    "segment": "run = 1",
    "link": "run = 1",
    "cell": "number IN (SELECT cell FROM trial WHERE run = 1)",
    "blob": (
        "address IN (SELECT routing FROM trial WHERE run = 1 UNION SELECT completion FROM trial WHERE run = 1 "
        "UNION SELECT detail FROM score WHERE run = 1 UNION SELECT manifest FROM run UNION SELECT roster FROM run "
        "UNION SELECT cases FROM run)"
    ),
}
KEYS = {"trial": "repetition", "score": "position", "segment": "started_at", "link": "position"}


@dataclass(frozen=True)
class Done:
    """An edit that was made."""

    table: str
    column: str
    kind: str


def trials(first: int, count: int) -> list[Trial]:
    """Make trials with texts of their own."""
    return [
        factories.a_trial(
            f"case-{number // 2}",
            repetition=number % 2,
            answer=Answer(
                routing=factories.a_decision(rationale=f"since {number}"),
                completion=factories.a_completion(f"answer {number} " * 20) if number % 4 else None,
            ),
            outcomes=tuple(factories.a_score(name, evidence={"of": number}) for name in ("one", "two")[: number % 3]),
            duration=0.5 + number,
        )
        for number in range(first, first + count)
    ]


def fill(file: Path, count: int, each: int) -> float:
    """Store a run; return the seconds that appending took."""
    store = SqliteStore(file)
    store.begin(factories.a_manifest(RUN), factories.a_roster(), [factories.a_case()])
    spent = 0.0
    for first in range(0, count, each):
        made = trials(first, each)
        began = perf_counter()
        store.append(RUN, made)
        spent += perf_counter() - began
    store.record(RUN, factories.a_segment())
    store.close()
    return spent


def altered(value: object, chance: random.Random) -> object:
    """Return another value of the same kind."""
    if isinstance(value, int | float):
        return value + chance.randint(1, 9)
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]
    if isinstance(value, str) and value:
        place = chance.randrange(len(value))
        return value[:place] + chance.choice("abcdefg0123456789".replace(value[place], "")) + value[place + 1 :]
    return chance.choice(["x", "9"])


def edit(connection: sqlite3.Connection, chance: random.Random) -> Done:
    """Make one edit."""
    table = chance.choice(list(TABLES))
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    found = connection.execute(f"SELECT * FROM {table} WHERE {TABLES[table]}").fetchall()  # noqa: S608 - names of our own
    row = chance.choice(found)
    where = " AND ".join(f"{name} IS ?" for name in names)
    kind = chance.choices(["changed", "deleted", "inserted"], [8, 1, 1])[0]
    if kind == "inserted" and table in KEYS:
        at = names.index(KEYS[table])
        key = max(item[at] for item in found)
        new = [*row[:at], key + 1 if isinstance(key, int) else f"9{key[1:]}", *row[at + 1 :]]
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", new)  # noqa: S608 - names of our own
        return Done(table, "", kind)
    if kind == "deleted" and table != "run":
        connection.execute(f"DELETE FROM {table} WHERE {where}", row)  # noqa: S608 - names of our own
        return Done(table, "", kind)
    at = chance.randrange(len(names))
    connection.execute(f"UPDATE {table} SET {names[at]} = ? WHERE {where}", (altered(row[at], chance), *row))  # noqa: S608 - names of our own
    if (table, names[at]) in {("link", "run"), ("cell", "number")}:
        # What is gone from its run, or from its number, is as good as deleted.
        return Done(table, "", "deleted")
    return Done(table, names[at], "changed")


def check(file: Path) -> Verification:
    """Check the run in a file, whatever it is called."""
    store = SqliteStore(file)
    try:
        return store.verify(store.stored(None)[0], "", lambda _done, _total: None)
    finally:
        store.close()


def count_named(folder: Path, edits: int, seed: int, size: int) -> None:
    """Print how many edits are named."""
    whole = folder / "whole.sqlite"
    fill(whole, size, 12)
    if not check(whole).is_intact:
        sys.exit("a fresh run is not intact")
    chance = random.Random(seed)  # noqa: S311 - no secret
    counts: Counter[str] = Counter()
    while counts["edits"] < edits:
        file = folder / "edited.sqlite"
        shutil.copy(whole, file)
        with closing(sqlite3.connect(file)) as connection, connection:
            try:
                done = edit(connection, chance)
            except sqlite3.IntegrityError:
                continue
        found = check(file)
        named = [(item.table, item.column, item.kind.value) for item in found.edits]
        own = (done.table, done.column, done.kind)
        counts["edits"] += 1
        counts["found"] += not found.is_intact
        counts["row and column named"] += own in named
        counts["named and nothing else"] += named == [own]
        counts["false names"] += len([item for item in named if item != own])
        counts[f"  {done.table}"] += 1
        if named != [own]:
            print(f"  {own}: {named}")
    for name, number in counts.items():
        print(f"{name:28} {number}")


def measure(folder: Path, size: int) -> None:
    """Print what the chain costs, beside the digest of the same bytes."""
    with_chain = fill(folder / "with.sqlite", size, 500)
    bare = mock.Mock(return_value=Digest(b"", b""))
    with mock.patch.object(relational, "_link"), mock.patch.object(rows, "digest_of", bare):
        without = fill(folder / "without.sqlite", size, 500)
    began = perf_counter()
    found = check(folder / "with.sqlite")
    verified = perf_counter() - began
    if not found.is_intact:
        sys.exit("a fresh run is not intact")
    content = (folder / "with.sqlite").read_bytes()
    began = perf_counter()
    hashlib.sha256(content).digest()
    hashed = perf_counter() - began
    print(f"append with the chain        {size / with_chain:,.0f} trials/s")
    print(f"append without it            {size / without:,.0f} trials/s ({with_chain / without - 1:+.1%} time)")
    print(f"verify                       {size / verified:,.0f} trials/s")
    print(f"SHA-256 of the file          {size / hashed:,.0f} trials/s ({len(content):,} bytes)")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=240)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count_named(Path(folder), options.edits, options.seed, options.trials)
        measure(Path(folder), options.rows)


if __name__ == "__main__":
    main()
