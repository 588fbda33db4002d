"""Looking after agents and cases: `lint`, `dataset check`, `schema`, `init`."""

import json

import pytest

from .conftest import Repository, case_line


def test_sound_roster_is_counted(repository: Repository) -> None:
    """A roster without trouble exits with 0 and says how many agents can be chosen."""
    outcome = repository.passmuster("lint")

    assert outcome.status == 0, outcome.screen
    assert "2 agents can be chosen" in outcome.screen


def test_agents_that_nobody_can_choose_are_errors(repository: Repository) -> None:
    """A file that the host refuses is named with its place and the rule, in words and as JSON; the status is 2."""
    (repository.agents / "broken.md").write_text("---\nname: broken\n---\nbody\n", encoding="utf-8")
    (repository.agents / "loose.md").write_text(
        "---\nname: loose\ndescription: Asks: what now?\n---\nbody\n", encoding="utf-8"
    )

    words, data = repository.passmuster("lint"), repository.passmuster("lint", "--json")

    assert (words.status, data.status) == (2, 2)
    assert "broken.md" in words.errors
    assert "[not-loaded]" in words.errors
    found = {finding["rule"]: finding for finding in json.loads(data.output)["findings"]}
    assert found["not-loaded"]["path"].endswith("broken.md")
    assert found["not-strict-yaml"]["severity"] == "warning"
    verdicts = {file["name"]: file["host"] for file in json.loads(data.output)["files"]}
    assert verdicts["loose"] == "loaded leniently"


def test_folder_of_agents_needs_no_suite(repository: Repository) -> None:
    """`lint` takes a plain folder of agents."""
    assert repository.passmuster("lint", str(repository.agents)).status == 0


def test_sound_cases_are_counted(repository: Repository) -> None:
    """`dataset check` says how many cases there are of each kind, in words and as JSON."""
    words, data = repository.passmuster("dataset", "check"), repository.passmuster("dataset", "check", "--json")

    assert "cases: 10" in words.screen
    assert "by split: test 10" in words.screen
    assert json.loads(data.output)["expecting nobody"] == 2


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ({"use": "containss", "text": "x"}, "contains"),
        ({"use": "regex", "pattern": "("}, "pattern"),
        ({"use": "length"}, "criterion 'length': 'unit' is missing"),
        ({"use": "json_schema", "schema": {"type": "strin"}}, "strin"),
    ],
)
def test_wrong_criterion_is_found_before_any_run(
    repository: Repository, criterion: dict[str, object], says: str
) -> None:
    """The options of every criterion are checked by its own component, at the place of its case."""
    rubric = {"criteria": [criterion]}
    repository.write_cases([case_line("one", "missing index", "database-engineer", rubric=rubric)])

    outcome = repository.passmuster("dataset", "check")

    assert outcome.status == 2, outcome.screen
    assert "routing.jsonl:1" in outcome.errors
    assert says in outcome.errors


@pytest.mark.parametrize("what", ["suite", "case"])
def test_schema_is_printed_for_editors(repository: Repository, what: str) -> None:
    """The schema is one JSON document of draft 2020-12."""
    data = json.loads(repository.passmuster("schema", what).output)

    assert data["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_init_makes_a_suite_that_runs(repository: Repository) -> None:
    """From a folder of agents to a first run: examples become leaky cases, and nothing that exists is touched."""
    example = '<example>user: \\"Tune this trigger\\"</example>'
    repository.write_agent("trigger tuner", f'"Tunes database triggers. {example}"')

    made = repository.passmuster("init", "--agents", str(repository.agents), "--name", "fresh")
    run = repository.passmuster("run", "--no-report", "fresh")
    again = repository.passmuster("init", "--agents", str(repository.agents), "--name", "fresh")

    assert made.status == 0, made.screen
    assert "database-engineer, documentation-writer" in made.screen
    cases = (repository.folder / "datasets" / "fresh" / "routing.jsonl").read_text(encoding="utf-8")
    assert '"trigger-tuner-example-1"' in cases
    assert '"leaky"' in cases
    assert run.status == 4, run.screen
    assert "1 of 3 cases repeat an agent's own example" in run.screen
    assert again.status == 2
    assert "already there" in again.errors


def test_init_refuses_a_name_that_is_none(repository: Repository) -> None:
    """A suite's name is one part of a path."""
    outcome = repository.passmuster("init", "--agents", str(repository.agents), "--name", "a/b")

    assert outcome.status == 2
    assert "'a/b'" in outcome.errors


def test_accepted_break_needs_a_reason(accepted: Repository) -> None:
    """`accept` without a reason makes the run equal, and `lint` fail."""
    accepted.write_agent("documentation-writer", "Query plans, SQL migrations, schemas, indexes, tutorials and guides.")
    assert accepted.passmuster("run", "--no-report").status == 1

    silent = accepted.passmuster("accept")
    lint = accepted.passmuster("lint")

    assert silent.status == 0
    assert "without a reason" in silent.screen
    assert lint.status == 2
    assert "[unexplained-acceptance]" in lint.errors
    assert accepted.passmuster("run", "--no-report").status == 0


def test_break_accepted_for_a_time(accepted: Repository) -> None:
    """The cases of one agent are accepted with a reason; the day that is named turns `lint` red."""
    accepted.write_agent("documentation-writer", "Query plans, SQL migrations, schemas, indexes, tutorials and guides.")
    assert accepted.passmuster("run", "--no-report").status == 1

    grounds = ("--reason", "the writer documents the schemas", "--expires", "2020-01-31")
    outcome = accepted.passmuster("accept", "--agent", "documentation-writer", *grounds)
    lint = accepted.passmuster("lint")
    nothing = accepted.passmuster("accept", "--agent", "nobody-known")

    assert outcome.status == 0, outcome.screen
    assert '"reason": "the writer documents the schemas"' in accepted.baseline.read_text(encoding="utf-8")
    assert lint.status == 2
    assert "[expired-acceptance]" in lint.errors
    assert "[unexplained-acceptance]" not in lint.errors
    assert "nothing to accept" in nothing.screen
    assert accepted.passmuster("accept", "--expires", "tomorrow").status == 2


def test_router_of_the_users_own(repository: Repository) -> None:
    """A function beside the suite is a router; its cases and its failures are kept apart."""
    (repository.suite.parent / "mine.py").write_text(
        "def choose(request, roster):\n"
        "    if 'Peru' in request.text:\n"
        "        raise RuntimeError('no answer')\n"
        "    return 'database-engineer'\n",
        encoding="utf-8",
    )
    text = repository.suite.read_text(encoding="utf-8")
    repository.suite.write_text(text.replace("{use: lexical}", '{use: callable, target: "./mine.py:choose"}'))

    run = repository.passmuster("run", "--no-report", "--json")
    explained = repository.passmuster("explain", "any words at all")

    data = json.loads(run.output)
    rates = {metric["metric"]: metric for metric in data["metrics"] if metric["subset"] == "all"}
    assert rates["routing_accuracy"]["cases"] == 9
    assert rates["harness_failure_rate"]["value"] == pytest.approx(0.1)
    assert any("RoutingError" in sentence for sentence in data["trust"])
    assert "goes to database-engineer" in explained.screen
    assert "gives no scores" in explained.screen
