"""`rescore`: a changed rubric judges the answers that are there."""

import json

import pytest

from .conftest import Repository, case_line

AGENT = "database-engineer"
SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl}
backends:
  clerk: {use: callable, target: "./clerk.py:answer"}
subjects:
  writing: {use: routed, router: {use: lexical}, backend: clerk}
gate: [{metric: harness_failure_rate, maximum: 0.02}, {metric: rubric_pass_rate, minimum: 0.4}]
"""
CLERK = """\
from pathlib import Path


def answer(_request):
    with Path("asked.txt").open("a") as asked:
        asked.write("x")
    return "Add an index on the column."
"""


@pytest.fixture
def answered(repository: Repository) -> Repository:
    """A repository whose suite has one run, with answers that pass."""
    repository.suite.write_text(SUITE, encoding="utf-8")
    (repository.suite.parent / "clerk.py").write_text(CLERK, encoding="utf-8")
    write_cases(repository, "index")
    done = repository.passmuster("run", "--no-report")
    assert done.status == 0, done.screen
    return repository


def write_cases(repository: Repository, word: str, *, count: int = 8) -> None:
    rubric = {"criteria": [{"use": "contains", "text": word}]}
    cases = [
        case_line(f"case-{number}", f"Which index is missing in table {number}?", AGENT, rubric=rubric)
        for number in range(count)
    ]
    repository.write_cases(cases)


def asked(repository: Repository) -> int:
    return len((repository.folder / "asked.txt").read_text())


def test_a_changed_rubric_judges_old_answers_and_nobody_is_asked(answered: Repository) -> None:
    """The verdict is that of the new rubric, and becomes the latest run; the former run stays what it was."""
    before = asked(answered)
    write_cases(answered, "partition")

    done = answered.passmuster("rescore", "--no-report")

    assert done.status == 1, done.screen
    assert "judged again" in done.screen
    assert asked(answered) == before
    assert answered.passmuster("gate").status == 1
    write_cases(answered, "index")
    assert answered.passmuster("rescore", "--no-report").status == 0


def test_reports_and_machines_are_served_as_by_a_run(answered: Repository) -> None:
    """A report is written, and JSON is printed alone."""
    done = answered.passmuster("rescore", "--json")

    assert done.status == 0, done.screen
    assert json.loads(done.output)
    assert answered.report.exists()


def test_edited_requests_are_left_out_and_told(answered: Repository) -> None:
    """There is no answer to what was not asked."""
    write_cases(answered, "index", count=6)
    lines = answered.cases.read_text().splitlines()
    answered.write_cases([*lines[1:], lines[0].replace("missing", "wrong")])

    done = answered.passmuster("rescore", "--no-report")

    assert "1 whose requests were edited since" in done.screen
    assert "2 that the suite does not have any more" in done.screen


def test_without_a_run_there_is_nothing_to_judge(repository: Repository) -> None:
    """The sentence says how a run is made, and a name that nobody knows is refused."""
    assert "passmuster run" in repository.passmuster("rescore").errors
    done = repository.passmuster("rescore", "--run", "20200101T000000-000000")

    assert done.status == 2
    assert "holds no run" in done.errors
