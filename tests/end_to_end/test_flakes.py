"""`flakes`, and what it is for: a case that passes now and fails then must not stop everybody."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Outcome, Repository

ROUTER = '''\
"""Knows the right agent of every request; of one only as often as LUCK says."""

import os

asked = {"unlucky": 0}


def route(request, roster):
    text = request.text.lower()
    if "capital" in text or "thanks" in text:
        return None
    if "third normal form" in text:
        asked["unlucky"] += 1
        if asked["unlucky"] > int(os.environ["LUCK"]):
            return "documentation-writer"
    of_database = any(word in text for word in ("query", "sql", "schema", "index"))
    return "database-engineer" if of_database else "documentation-writer"
'''
SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl}
subjects:
  live: {use: routed, router: {use: callable, target: ./router.py:route}}
repetitions: 5
gate:
  - {metric: unaccepted_breaks, maximum: 0}
"""


def run(repository: Repository, luck: int) -> Outcome:
    return repository.passmuster("run", "--no-report", LUCK=str(luck))


@pytest.fixture(scope="module")
def accepted_once(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A suite whose router is asked five times, once all goes well; that is the baseline. Tests work on copies."""
    repository = Repository(tmp_path_factory.mktemp("varying"))
    repository.fill()
    repository.suite.write_text(SUITE, encoding="utf-8")
    (repository.suite.parent / "router.py").write_text(ROUTER, encoding="utf-8")
    assert run(repository, 5).status == 4
    assert repository.passmuster("accept", LUCK="5").status == 0
    return repository


@pytest.fixture
def varying(accepted_once: Repository, tmp_path: Path) -> Repository:
    """A suite of one's own."""
    shutil.copytree(accepted_once.folder, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)


def test_a_flaky_case_is_named_and_kept_out_of_the_gate_until_its_day(varying: Repository) -> None:
    """It stops a merge; `flakes` says so, and how to go on; in quarantine it does not, and from its day on it does."""
    stopped = run(varying, 2)
    flakes = varying.passmuster("flakes", COLUMNS="160")
    [line] = [line for line in flakes.output.splitlines() if "owner:" in line]
    text = varying.suite.read_text(encoding="utf-8")
    entry = line.replace("<who mends it>", "Ada")
    varying.suite.write_text(f"{text}quarantine:\n{entry.replace('<YYYY-MM-DD>', '9999-12-31')}\n", encoding="utf-8")
    kept_out = run(varying, 2)
    known = varying.passmuster("flakes", COLUMNS="160")
    varying.suite.write_text(f"{text}quarantine:\n{entry.replace('<YYYY-MM-DD>', '2020-01-31')}\n", encoding="utf-8")
    over = run(varying, 2)

    assert stopped.status == 1, stopped.screen
    assert flakes.status == 0, flakes.errors
    assert "7 of 10" in flakes.screen
    assert "database-engineer 7, documentation-writer 3" in flakes.screen
    assert "1 flaky, 0 failing, 9 stable, 0 new" in flakes.screen
    assert kept_out.status == 0, kept_out.screen
    assert "database-3" in kept_out.screen
    assert "in quarantine until 9999-12-31: Ada" in known.screen
    assert "owner:" not in known.screen
    assert over.status == 1, over.screen


def test_the_line_that_is_printed_wants_a_day(varying: Repository) -> None:
    """Pasted as it is, it is refused at its place."""
    run(varying, 2)
    flakes = varying.passmuster("flakes", COLUMNS="160")
    [line] = [line for line in flakes.output.splitlines() if "owner:" in line]

    with varying.suite.open("a", encoding="utf-8") as suite:
        suite.write(f"quarantine:\n{line}\n")
    outcome = run(varying, 5)

    assert outcome.status == 2, outcome.screen
    assert "quarantine.0.expires" in outcome.errors


def test_a_case_that_is_steady_again_needs_no_quarantine(varying: Repository) -> None:
    """That is said, so that the entry goes; and machines can read all of it."""
    with varying.suite.open("a", encoding="utf-8") as suite:
        suite.write("quarantine:\n  - {case: database-3, owner: Ada, expires: 9999-12-31}\n")

    flakes = varying.passmuster("flakes", COLUMNS="160")
    listed = json.loads(varying.passmuster("flakes", "--all", "--json").output)

    assert "database-3 is steady again (5 of 5 trials passed): take it out of quarantine" in flakes.screen
    assert listed["counts"] == {"new": 0, "stable": 10, "flaky": 0, "failing": 0}
    assert len(listed["cases"]) == 10
    assert [case["case"] for case in listed["cases"] if case["quarantined"]] == ["database-3"]


def test_where_there_is_nothing_to_tell_that_is_said(repository: Repository) -> None:
    """Without a run, of a subject that the runs have not, and of one that cannot vary."""
    before = repository.passmuster("flakes")
    repository.passmuster("run", "--no-report")
    unknown = repository.passmuster("flakes", "--subject", "live")
    steady = repository.passmuster("flakes")
    named = repository.passmuster("flakes", "--subject", "lexical", "--all")

    assert (before.status, unknown.status, steady.status, named.status) == (2, 2, 0, 0)
    assert "no run of suite" in before.errors
    assert "[unknown-subject]" in unknown.errors
    assert "left out, because they answer equal requests equally: lexical" in steady.screen
    assert "10 new" in named.screen
