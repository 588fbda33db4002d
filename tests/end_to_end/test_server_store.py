"""Runs kept on a PostgreSQL server: the same commands, and the same verdict."""

import json
from uuid import uuid4

from .conftest import REQUESTS, Repository

TRIALS = len(REQUESTS)


def test_a_team_keeps_its_runs_on_a_server(accepted: Repository, postgresql: str) -> None:
    """Runs are copied, resumed and compared there, and the verdict is that of a file."""
    text = accepted.suite.read_text(encoding="utf-8")
    stored = f"store: {{use: postgresql, location: '{postgresql}', schema_name: team_{uuid4().hex}}}\n"

    copied = accepted.passmuster("store", "copy", "elsewhere.sqlite", "--json")
    again = accepted.passmuster("store", "copy", "elsewhere.sqlite")
    accepted.suite.write_text(text + stored, encoding="utf-8")
    upgraded = accepted.passmuster("store", "upgrade", "--json")
    first = accepted.passmuster("run", "--no-report")
    compared = accepted.passmuster("compare", "--json")

    assert json.loads(copied.output)["trials"] == TRIALS
    assert "copied 0 runs with 0 trials; 1 were there already" in again.screen
    assert json.loads(upgraded.output) == {"store": "postgresql", "is_latest": True}
    assert (first.status, compared.status) == (0, 0), first.screen + compared.screen


def test_a_server_that_is_lost_is_told_without_the_password(repository: Repository) -> None:
    """The environment may name the server, and who asks it."""
    location = "postgresql://me:pass-of-mine@127.0.0.1:1/runs"

    lost = repository.passmuster("run", "--no-report", PASSMUSTER_STORE=location)

    assert lost.status == 3
    assert "postgresql://127.0.0.1:1/runs" in lost.screen
    assert "pass-of-mine" not in lost.screen
