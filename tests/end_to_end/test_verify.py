"""A stored run is checked by the real command line."""

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.results import Score
from passmuster.domain.values import RunIdentifier

from .conftest import REQUESTS, Repository, case_line


def edit(repository: Repository, *statements: str) -> None:
    """Edit the store as anybody can who may write to its file."""
    with closing(sqlite3.connect(repository.store)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_an_edited_row_is_named(repository: Repository) -> None:
    """A choice that was changed by plain SQL is found with its case and its column; the status says it."""
    repository.passmuster("run", "--no-report")
    intact = repository.passmuster("verify", "--json")
    head = json.loads(intact.output)["runs"][0]["head"]
    edit(repository, "UPDATE trial SET chosen = 'nobody' WHERE cell = 3")

    shown = repository.passmuster("verify")
    found = json.loads(repository.passmuster("verify", "--head", head, "--json").output)

    assert intact.status == 0, intact.screen
    assert json.loads(intact.output)["runs"][0]["trials"] == len(REQUESTS)
    assert shown.status == 1, shown.screen
    (edited,) = found["runs"][0]["edits"]
    assert (edited["table"], edited["column"], edited["kind"]) == ("trial", "chosen", "changed")
    assert edited["row"]["case"] in shown.output
    assert found["runs"][0]["head"] == head


def test_a_kept_head_and_a_chain_that_is_gone(repository: Repository) -> None:
    """A head of another chain is status 1, one that is none 2, a run without a chain 4; all are checked at once."""
    for _ in range(2):
        repository.passmuster("run", "--no-report")
    first, second = json.loads(repository.passmuster("verify", "--all", "--json").output)["runs"]

    other = repository.passmuster("verify", first["run"], "--head", second["head"])
    kept = repository.passmuster("verify", first["run"], "--head", first["head"])
    refused = repository.passmuster("verify", "--all", "--head", "abc")
    edit(repository, "DELETE FROM link")
    unchained = repository.passmuster("verify", "--all")

    assert (other.status, kept.status, refused.status, unchained.status) == (1, 0, 2, 4)
    assert "written anew" in other.screen
    assert "64 hexadecimal digits" in refused.screen
    assert "--all was given together with --head" in refused.screen
    assert unchained.screen.count("no chain") == 2


def test_a_summary_is_compared_with_the_trials(repository: Repository) -> None:
    """What a history reads instead of the trials is in no chain, and is derived anew."""
    repository.passmuster("run", "--no-report")
    with closing(sqlite3.connect(repository.store)) as connection:
        (kept,) = connection.execute("SELECT content FROM summary").fetchone()
    content = json.loads(zlib.decompress(kept))
    (own,) = content["results"].values()
    own["shown"][0][1] = 0.0 if own["shown"][0][1] else 1.0
    with closing(sqlite3.connect(repository.store)) as connection, connection:
        connection.execute("UPDATE summary SET content = ?", (zlib.compress(json.dumps(content).encode()),))

    found = repository.passmuster("verify", "--json")

    (edit_found,) = json.loads(found.output)["runs"][0]["edits"]
    assert found.status == 1
    assert (edit_found["table"], edit_found["column"]) == ("summary", "content")


def test_a_score_that_does_not_follow_from_its_answer_is_named(repository: Repository) -> None:
    """A forger who writes the chain anew with our own code is given away by the answers."""
    suite = repository.suite.read_text(encoding="utf-8").replace("{use: lexical}}", "{use: lexical}, backend: clerk}")
    backend = 'backends:\n  clerk: {use: callable, target: "./clerk.py:answer"}\n'
    repository.suite.write_text(suite + backend, encoding="utf-8")
    clerk = "def answer(_request):\n    return 'Add an index on the column.'\n"
    (repository.suite.parent / "clerk.py").write_text(clerk, encoding="utf-8")
    rubric = {"criteria": [{"use": "contains", "text": "index"}]}
    agent = "database-engineer"
    repository.write_cases([case_line("one", "Which index is missing in the schema?", agent, rubric=rubric)])
    assert repository.passmuster("run", "--no-report").status in {0, 4}
    name = json.loads(repository.passmuster("verify", "--scores", "--json").output)["runs"][0]
    store = SqliteStore(repository.store)
    run = store.load(name["run"])
    (trial,) = run.trials
    worse = [replace(outcome, value=0.0, passed=False) for outcome in trial.outcomes if isinstance(outcome, Score)]
    forged = RunIdentifier("forged")
    store.begin(replace(run.manifest, identifier=forged), run.roster, run.cases)
    store.append(forged, [replace(trial, outcomes=tuple(worse))])
    store.close()

    chained = repository.passmuster("verify", "forged")
    found = repository.passmuster("verify", "forged", "--scores", "--json")

    assert (name["state"], name["rederived"], name["not_rederived"]) == ("intact", 1, 0)
    assert (chained.status, found.status) == (0, 1)
    (named,) = json.loads(found.output)["runs"][0]["edits"]
    assert (named["table"], named["column"], named["row"]["case"]) == ("score", "value", "one")
