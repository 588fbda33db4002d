"""The store is counted, and old runs are taken out of it, by the real command line."""

import json
import sqlite3
from contextlib import closing

from .conftest import REQUESTS, Repository


def test_old_runs_are_counted_told_and_removed(repository: Repository) -> None:
    """Nothing goes without a yes; what goes is said before; what stays is read as before."""
    for _ in range(3):
        repository.passmuster("run", "--no-report")
    file = next(repository.folder.rglob("runs.sqlite"))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE run SET started_at = '2020' || substr(started_at, 5) WHERE number < 3")
    tried = repository.passmuster("store", "prune", "--older-than", "90d", "--keep", "1", "--dry-run")
    refused = repository.passmuster("store", "prune", "--older-than", "90d", "--keep", "1")
    counted = json.loads(repository.passmuster("store", "stats", "--json").output)
    shown = repository.passmuster("store", "stats")

    removed = repository.passmuster("store", "prune", "--older-than", "90d", "--keep", "1", "--yes", "--json")

    after = json.loads(repository.passmuster("store", "stats", "--json").output)
    history = json.loads(repository.passmuster("history", "--json").output)
    assert (tried.status, refused.status) == (0, 2), tried.screen + refused.screen
    assert f"2 runs with {2 * len(REQUESTS)} trials would go, from 2020-" in tried.screen
    assert "add --yes" in refused.screen
    assert (counted["runs"], counted["trials"]) == (3, 3 * len(REQUESTS))
    assert counted["older_than"]["90d"]["runs"] == 2
    assert "largest runs" in shown.screen
    assert len(json.loads(removed.output)["removed"]) == 2
    assert (after["runs"], after["trials"], after["removed"]) == (1, len(REQUESTS), 0)
    assert len(history["runs"]) == 1


def test_a_store_of_no_known_kind_is_bad_input(repository: Repository) -> None:
    """The password of the URL is not repeated."""
    refused = repository.passmuster("store", "copy", "mysql://me:secret-of-mine@db.example.com/runs")

    assert refused.status == 2
    assert "no store is known for 'mysql://…'" in refused.screen
    assert "secret-of-mine" not in refused.screen
