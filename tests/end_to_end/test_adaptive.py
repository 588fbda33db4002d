"""`run --adaptive` and `run --repetitions`: how often cases are asked, and what accepting such a run keeps."""

import json
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from .conftest import SUITE, Repository, case_line

UNSTEADY = '''
import hashlib

counts = {}

async def route(request, roster):
    """Be wrong now and then where the request is a doubtful one; steady otherwise, and repeatable."""
    count = counts[request.text] = counts.get(request.text, 0) + 1
    draw = hashlib.sha256(f"{open('seed').read()} {request.text} {count}".encode()).digest()[0]
    return None if "doubtful" in request.text and draw < 100 else "database-engineer"
'''
DOUBTFUL = 10


@pytest.fixture
def unsteady(repository: Repository) -> Repository:
    """A repository of forty cases whose model is unsure about ten of them."""
    (repository.suite.parent / "model.py").write_text(UNSTEADY, encoding="utf-8")
    (repository.folder / "seed").write_text("1", encoding="utf-8")
    router = "{use: callable, target: ./model.py:route}"
    repository.suite.write_text(SUITE.replace("{use: lexical}", router), encoding="utf-8")
    requests = [f"{'doubtful' if at < DOUBTFUL else 'plain'} request {at:02}" for at in range(40)]
    lines = [case_line(f"case-{at:02}", request, "database-engineer") for at, request in enumerate(requests)]
    repository.write_cases(lines)
    return repository


def trials_of_latest(repository: Repository) -> Counter[str]:
    """Count the trials of each case in the latest run."""
    query = """
        SELECT cell.case_identifier FROM trial JOIN cell ON cell.number = trial.cell
        WHERE trial.run = (SELECT max(number) FROM run)
    """
    with closing(sqlite3.connect(repository.store)) as connection:
        return Counter(name for (name,) in connection.execute(query))


def kept_trials(repository: Repository) -> set[int]:
    """Return how many trials the lines of the baseline keep."""
    lines = map(json.loads, repository.baseline.read_text(encoding="utf-8").splitlines())
    return {len(line["outcomes"]) for line in lines if line["kind"] == "case"}


def test_trials_are_spent_on_what_is_doubtful(unsteady: Repository) -> None:
    """Forty cases are too few to decide, so all rounds are made; accepting keeps what every case was asked."""
    first = unsteady.passmuster("run", "--repetitions", "4", "--no-report")
    accepted = unsteady.passmuster("accept")
    (unsteady.folder / "seed").write_text("2", encoding="utf-8")

    adaptive = unsteady.passmuster("run", "--adaptive", "--no-report", "--json")
    counts = trials_of_latest(unsteady)
    again = unsteady.passmuster("accept", "--reason", "nothing was changed")

    assert first.status == 4, first.screen
    assert "4 trials of each case are kept" in accepted.screen
    result = json.loads(adaptive.output)
    assert result["verdict"] in {"cannot tell", "inconclusive"}
    assert any("Trials were spent where they could decide" in sentence for sentence in result["trust"])
    doubtful = [counts[f"case-{at:02}"] for at in range(DOUBTFUL)]
    plain = [counts[f"case-{at:02}"] for at in range(DOUBTFUL, 40)]
    assert max(doubtful) > 3
    assert min(plain) == 1
    assert sum(doubtful) / DOUBTFUL > sum(plain) / 30
    assert "trials were not taken" in again.screen
    assert "5 trials of each case are kept; this run made 1 that count" in again.screen
    assert kept_trials(unsteady) == {5}


def test_the_number_of_trials_can_be_bounded(unsteady: Repository) -> None:
    """A first round and one more; without a baseline not even that, because nothing could be decided."""
    alone = unsteady.passmuster("run", "--adaptive", "--no-report")
    without = trials_of_latest(unsteady)
    unsteady.passmuster("accept")
    (unsteady.folder / "seed").write_text("2", encoding="utf-8")

    bounded = unsteady.passmuster("run", "--adaptive", "--maximum-trials", "3", "--no-report")

    assert alone.status == 4, alone.screen
    assert set(without.values()) == {1}
    assert "3 at most; the gate may look 2 times" in bounded.screen
    assert set(trials_of_latest(unsteady).values()) == {1, 3}
