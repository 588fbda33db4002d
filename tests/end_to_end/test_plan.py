"""`passmuster plan`: what a run would take and see, said beforehand, and nothing left behind."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import REQUESTS, SUITE, Repository, case_line

MODEL = '''
import hashlib
from decimal import Decimal

from passmuster.domain.answers import RoutingDecision
from passmuster.domain.values import Usage

asked = []


async def choose(request, roster):
    """Choose wrongly every fifth time or so, and name a price."""
    asked.append(request.text)
    draw = hashlib.sha256(f"{request.text} {len(asked)}".encode()).digest()[0]
    right = "database-engineer" if request.text.startswith("database") else "documentation-writer"
    chosen = right if draw % 5 else None
    used = Usage(input_tokens=100 + len(request.text), output_tokens=draw, cost=Decimal("0.001"))
    return RoutingDecision(chosen=chosen, usage=used)


def refuse(request, roster):
    """Prove that nobody is asked."""
    raise SystemExit("asked")
'''


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def varying(repository: Repository) -> Repository:
    """A repository whose router varies and costs money: thirty requests for one agent, ten for another."""
    (repository.suite.parent / "model.py").write_text(MODEL, encoding="utf-8")
    router = "{use: callable, target: ./model.py:choose}"
    repository.suite.write_text(SUITE.replace("{use: lexical}", router) + "repetitions: 3\n", encoding="utf-8")
    lines = [case_line(f"database-{at}", f"database {at}", "database-engineer") for at in range(30)]
    lines += [case_line(f"documentation-{at}", f"words {at}", "documentation-writer") for at in range(10)]
    repository.write_cases(lines)
    return repository


def test_before_the_first_run_nothing_is_spent_and_nothing_is_written(repository: Repository) -> None:
    """Not even an empty store."""
    before = files_of(repository.folder)

    outcome = repository.passmuster("plan", "team")

    assert outcome.status == 0, outcome.screen
    assert "team: 10 cases" in outcome.screen
    assert "the smallest visible drop is 1 of 10 cases, or 10.0 points" in outcome.screen
    assert "there is no accepted baseline" in outcome.screen
    assert "the gate fails from 1 broken case on" in outcome.screen
    assert files_of(repository.folder) == before
    assert not repository.store.exists()


def test_nobody_is_asked(varying: Repository) -> None:
    """A router that ends the program whenever it is asked lets the plan live."""
    text = varying.suite.read_text(encoding="utf-8")
    varying.suite.write_text(text.replace("model.py:choose", "model.py:refuse"), encoding="utf-8")

    outcome = varying.passmuster("plan")

    assert outcome.status == 0, outcome.screen
    assert "its price is unknown" in outcome.screen
    assert "nothing was measured yet" in outcome.screen


def test_agents_without_cases_are_named(repository: Repository) -> None:
    """The worst first, with what to add."""
    cases = [case_line(name, *request) for name, request in REQUESTS.items() if name.startswith("database")]
    repository.write_cases(cases)

    found = json.loads(repository.passmuster("plan", "--json").output)

    [subject] = found["subjects"]
    assert [(agent["agent"], agent["cases"], agent["lacking"]) for agent in subject["aspects"][0]["agents"]] == [
        ("(nobody)", 0, 3),
        ("documentation-writer", 0, 3),
        ("database-engineer", 4, 0),
    ]
    screen = repository.passmuster("plan").screen
    assert "2 of 3 have fewer" in screen
    assert "documentation-writer 0 0 – unwatched, add 3" in screen


def test_a_plan_rests_on_what_was_run(varying: Repository) -> None:
    """Tokens, money and time as the run took them; noise as its repeated trials showed it."""
    assert varying.passmuster("run", "--no-report").status == 4
    assert varying.passmuster("accept").status == 0
    before = files_of(varying.folder)

    found = json.loads(varying.passmuster("plan", "--json").output)

    assert found["new_run"]["trials"] == 120
    assert found["new_run"]["dollars"] == {"low": 0.12, "high": 0.12}
    assert found["new_run"]["tokens_sent"]["low"] < 120 * 110 < found["new_run"]["tokens_sent"]["high"]
    assert found["new_run"]["seconds"]["high"] is not None
    [subject] = found["subjects"]
    [choices] = subject["aspects"]
    assert subject["choices_by"] == "earlier runs"
    assert (choices["compared"], choices["repetitions"], choices["baseline_trials"]) == (40, 3, 3)
    assert choices["noise"]["by"] == "repeated trials"
    assert 0.05 < choices["sights"][0]["smallest_drop"] < 0.4
    assert files_of(varying.folder) == before


def test_more_repetitions_are_tried_out_on_paper(varying: Repository) -> None:
    """They cost more, and see more."""
    varying.passmuster("run", "--no-report")
    varying.passmuster("accept")

    own, more = (
        json.loads(varying.passmuster("plan", "--json", *extra).output) for extra in ((), ("--repetitions", "9"))
    )

    assert (own["new_run"]["trials"], more["new_run"]["trials"]) == (120, 360)
    drops = [found["subjects"][0]["aspects"][0]["sights"][0]["smallest_drop"] for found in (own, more)]
    assert drops[1] < drops[0]


def test_an_interrupted_run_is_a_cheaper_one(repository: Repository) -> None:
    """What `run --resume` would take over is counted, and is there."""
    repository.passmuster("run", "--no-report")
    with closing(sqlite3.connect(repository.store)) as connection, connection:
        connection.execute("DELETE FROM trial WHERE cell IN (SELECT cell FROM trial LIMIT 3)")

    found = json.loads(repository.passmuster("plan", "--json").output)
    screen = repository.passmuster("plan").screen

    assert (found["new_run"]["trials"], found["resume"]["trials"], found["resume"]["finished"]) == (10, 3, 7)
    assert f"run {found['resume']['run']} is unfinished: `run --resume` takes over 7 trials" in screen


def test_missing_recordings_are_listed_as_by_run(repository: Repository) -> None:
    """With the same words and the same status, since the run could not be made."""
    text = repository.suite.read_text(encoding="utf-8").replace("lexical}}", "lexical}, backend: played}")
    (repository.suite.parent / "recordings").mkdir()
    backends = "backends:\n  played: {use: recorded, location: ./recordings}\n"
    repository.suite.write_text(text + backends, encoding="utf-8")
    rubric = {"criteria": [{"use": "contains", "text": "index"}]}
    repository.write_cases([case_line("one", "Which index is missing?", "database-engineer", rubric=rubric)])

    planned, run = (repository.passmuster(command) for command in ("plan", "run"))

    assert planned.status == 2, planned.screen
    assert "[recording-missing]" in planned.errors
    assert planned == run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--subject", "nobody"), "[unknown-subject]"),
        (("--repetitions", "0"), "--repetitions"),
    ],
)
def test_wrong_arguments_are_refused(repository: Repository, arguments: tuple[str, ...], words: str) -> None:
    """With what to write instead."""
    outcome = repository.passmuster("plan", *arguments)

    assert outcome.status == 2
    assert words in outcome.errors


def test_the_screen_fits_into_eighty_columns(varying: Repository) -> None:
    """As terminals are by default; also with a table of agents."""
    varying.passmuster("run", "--no-report")

    outcome = varying.passmuster("plan", COLUMNS="80")

    assert outcome.status == 0, outcome.screen
    assert max(len(line) for line in outcome.output.splitlines()) <= 80
    assert "unchanged passes" in outcome.output


def test_equal_suites_get_equal_plans(varying: Repository) -> None:
    """Nothing depends on the hashing of texts."""
    varying.passmuster("run", "--no-report")

    first, second = (varying.passmuster("plan", "--json", PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert first.status == 0, first.screen
    assert first == second
