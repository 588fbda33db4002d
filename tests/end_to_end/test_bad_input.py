"""Bad input as a new user gives it: one screen, what is wrong, what to do, and the right exit status."""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from .conftest import SUITE, Repository, case_line

Damage = Callable[[Repository], None]


@dataclass(frozen=True)
class Trouble:
    """One way to break a repository, and what the answer must say."""

    damage: Damage
    says: tuple[str, ...]
    status: int = 2


def nobody_names_the_model(repository: Repository) -> None:
    backend = 'backends:\n  live: {use: openai_compatible, base_url: "http://127.0.0.1:9/v1"}\n'
    subject = "  spoken: {use: routed, router: {use: lexical}, backend: live}\n"
    repository.suite.write_text(SUITE.replace("subjects:\n", f"{backend}subjects:\n{subject}"), encoding="utf-8")


def no_agents_folder(repository: Repository) -> None:
    repository.agents.rename(repository.agents.with_name("elsewhere"))


def empty_roster(repository: Repository) -> None:
    for path in repository.agents.iterdir():
        path.unlink()


def every_file_fails(repository: Repository) -> None:
    for path in repository.agents.iterdir():
        path.write_text("---\nname: x\n---\nno description\n", encoding="utf-8")


def two_agents_of_one_name(repository: Repository) -> None:
    text = (repository.agents / "database-engineer.md").read_text(encoding="utf-8")
    (repository.agents / "second.md").write_text(text, encoding="utf-8")


def broken_line(repository: Repository) -> None:
    repository.write_cases([case_line("one", "a", None), '{"identifier": "two", "request": '])


def duplicate_identifier(repository: Repository) -> None:
    repository.write_cases([case_line("one", "a", None), case_line("one", "b", None)])


def unknown_agent(repository: Repository) -> None:
    repository.write_cases([case_line("one", "a", "databse-engineer")])


def wrong_types(repository: Repository) -> None:
    repository.write_cases([json.dumps({"identifier": 7, "request": ["a"], "expect": {"agent": 3}, "weight": "x"})])


def endless_line(repository: Repository) -> None:
    repository.write_cases([case_line("one", "a" * 10_000_000, None)])


def nul_bytes(repository: Repository) -> None:
    repository.cases.write_bytes(b"\x00" * 64)


def latin_1(repository: Repository) -> None:
    repository.cases.write_bytes(case_line("one", "caf\u00e9", None).encode().replace(b"\\u00e9", b"\xe9"))


def unknown_key(repository: Repository) -> None:
    repository.suite.write_text(SUITE + "repetition: 3\n", encoding="utf-8")


def unknown_component(repository: Repository) -> None:
    repository.suite.write_text(SUITE.replace("use: lexical", "use: lexicl"), encoding="utf-8")


def unknown_option(repository: Repository) -> None:
    repository.suite.write_text(SUITE.replace("use: lexical", "use: lexical, treshold: 2"), encoding="utf-8")


def unknown_subject_in_gate(repository: Repository) -> None:
    repository.suite.write_text(
        SUITE + "gate:\n  - {metric: routing_accuracy, minimum: 0.5, subject: live}\n", encoding="utf-8"
    )


def suite_is_a_list(repository: Repository) -> None:
    repository.suite.write_text("- 1\n- 2\n", encoding="utf-8")


def missing_recordings(repository: Repository) -> None:
    rubric = {"criteria": [{"use": "contains", "text": "x"}]}
    repository.write_cases([case_line("one", "index", "database-engineer", rubric=rubric)])
    (repository.suite.parent / "recordings").mkdir()
    text = SUITE.replace("router: {use: lexical}}", "router: {use: lexical}, backend: played}")
    repository.suite.write_text(
        text + "backends:\n  played: {use: recorded, location: ./recordings}\n", encoding="utf-8"
    )


def foreign_baseline(repository: Repository) -> None:
    repository.baseline.write_text('{"kind": "suite", "format": 1, "suite": "other"}\n', encoding="utf-8")


def broken_baseline(repository: Repository) -> None:
    repository.baseline.write_text('{"kind": "suite", "format": 1, "suite": "team"}\n<<<<<<< HEAD\n', encoding="utf-8")


def newer_store(repository: Repository) -> None:
    assert repository.passmuster("run").status == 4
    with sqlite3.connect(repository.store) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def store_is_a_text_file(repository: Repository) -> None:
    repository.store.parent.mkdir()
    repository.store.write_text("this is no database at all, whatever its name says\n" * 40, encoding="utf-8")


def report_place_is_taken(repository: Repository) -> None:
    (repository.folder / "reports").write_text("a file in the way", encoding="utf-8")


TROUBLES = {
    "no agents folder": Trouble(no_agents_folder, ("agents", "folder")),
    "empty roster": Trouble(empty_roster, ("agents",)),
    "every agent file fails": Trouble(
        every_file_fails, ("database-engineer.md", "documentation-writer.md", "description")
    ),
    "two agents of one name": Trouble(two_agents_of_one_name, ("database-engineer.md", "second.md")),
    "broken line": Trouble(broken_line, ("routing.jsonl:2:",)),
    "duplicate identifier": Trouble(duplicate_identifier, ("routing.jsonl:2:", "'one'", "line 1")),
    "unknown agent": Trouble(
        unknown_agent, ("routing.jsonl:1", "databse-engineer", "did you mean 'database-engineer'")
    ),
    "wrong types": Trouble(wrong_types, ("identifier", "request", "weight", "expect")),
    "endless line": Trouble(endless_line, ("routing.jsonl:1", "MiB")),
    "NUL bytes": Trouble(nul_bytes, ("routing.jsonl:1", "NUL")),
    "Latin-1": Trouble(latin_1, ("routing.jsonl:1:", "UTF-8")),
    "unknown key": Trouble(unknown_key, ("suite.yaml:7:1", "'repetition'", "did you mean 'repetitions'")),
    "unknown component": Trouble(unknown_component, ("suite.yaml:6:", "lexicl", "lexical")),
    "unknown option": Trouble(unknown_option, ("suite.yaml:6:", "treshold", "threshold")),
    "gate for an unknown subject": Trouble(unknown_subject_in_gate, ("'live'", "lexical")),
    "suite is a list": Trouble(suite_is_a_list, ("suite.yaml:1", "list")),
    "missing recordings": Trouble(missing_recordings, ("'one'", "request:", "conversation:")),
    "foreign baseline": Trouble(foreign_baseline, ("baseline.jsonl:1", "'other'", "'team'")),
    "broken baseline": Trouble(broken_baseline, ("baseline.jsonl:2",)),
    "newer store": Trouble(newer_store, ("runs.sqlite", "newer"), 3),
    "store is no database": Trouble(store_is_a_text_file, ("runs.sqlite",), 3),
    "no model": Trouble(
        nobody_names_the_model, ("backend 'live': nobody names the model", "option 'model'", "suite.yaml:")
    ),
    "report place is taken": Trouble(report_place_is_taken, ("reports",), 3),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_bad_input_is_answered_in_one_screen(repository: Repository, name: str) -> None:
    """Every trouble names the place and the remedy, in one screen, without a traceback."""
    trouble = TROUBLES[name]
    trouble.damage(repository)

    outcome = repository.passmuster("run")

    assert outcome.status == trouble.status, outcome.screen
    for words in trouble.says:
        assert words in outcome.errors, outcome.errors
    assert "Traceback" not in outcome.screen
    assert "bug of passmuster" not in outcome.screen
    assert len(outcome.errors.splitlines()) <= 30


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("runn",), "No such command"),
        (("run", "--subjct", "x"), "No such option"),
        (("run", "nowhere"), "there is no suite 'nowhere'"),
        (("run", "--subject", "live"), "its subjects: lexical"),
        (("gate", "--run", "20200101T000000-abcdef"), "20200101T000000-abcdef"),
        (("gate",), "passmuster run"),
        (("run", "--resume"), "without --resume"),
        (("schema", "roster"), "write suite, case, router_request"),
        (("lint", "nowhere"), "nowhere"),
        (("init", "--agents", "nowhere"), "nowhere"),
        (("accept", "--case", "database-1"), "passmuster run"),
    ],
)
def test_wrong_words_are_answered(repository: Repository, arguments: tuple[str, ...], says: str) -> None:
    """A wrong flag, name or order of commands exits with 2 and says what to write."""
    outcome = repository.passmuster(*arguments)

    assert outcome.status == 2, outcome.screen
    assert says in outcome.errors


def test_locked_store_is_said(repository: Repository) -> None:
    """A store that another process holds is an environment fault, said after a bounded wait."""
    assert repository.passmuster("run").status == 4
    text = SUITE + "store: {use: sqlite, location: ../../.passmuster/runs.sqlite, busy_timeout: 200}\n"
    repository.suite.write_text(text, encoding="utf-8")
    connection = sqlite3.connect(repository.store, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")

    outcome = repository.passmuster("run")

    connection.close()
    assert outcome.status == 3, outcome.screen
    assert "runs.sqlite" in outcome.errors


def test_hostile_text_does_not_drive_the_terminal(repository: Repository) -> None:
    """Escape sequences in agents and requests are shown, not obeyed."""
    repository.write_agent("database-engineer", '"Designs schemas. \\e[2J\\e]0;owned\\a Indexes and query plans."')
    repository.write_cases([case_line("one", "\x1b[31mquery plan\x1b[0m [bold]index[/bold]", "database-engineer")])

    outcome = repository.passmuster("explain", "one")

    assert outcome.status == 0, outcome.screen
    assert "\x1b" not in outcome.output
    assert "[bold]index[/bold]" in outcome.screen


def test_no_home_no_terminal_no_locale(repository: Repository) -> None:
    """A bare environment, as in a container, is enough."""
    outcome = repository.passmuster("run", HOME="/nonexistent", LC_ALL="C", TERM="dumb", PATH=os.environ["PATH"])

    assert outcome.status == 4, outcome.screen
    assert repository.report.is_file()
