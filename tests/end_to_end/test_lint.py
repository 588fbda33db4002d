"""`passmuster lint` as people type it: formats, rules, fixes, levels, twins."""

import json

from .conftest import Repository, case_line

TWIN = "Designs relational schemas, indexes and SQL migrations, and reads query plans of PostgreSQL."


def loosen(repository: Repository) -> None:
    (repository.agents / "loose.md").write_text(
        "---\nname: loose\ndescription: Bakes bread: rye, spelt and wheat with a long proof.\n---\nBake.\n",
        encoding="utf-8",
    )


def test_editors_get_lines(repository: Repository) -> None:
    """One finding a line: file, line, column, severity, rule, message."""
    loosen(repository)

    outcome = repository.passmuster("lint", "--format", "editor")

    (line,) = outcome.output.splitlines()
    assert line.startswith("evals/team/agents/loose.md:3:1: warning not-strict-yaml the host loads")
    assert outcome.status == 0


def test_code_hosts_get_sarif(repository: Repository) -> None:
    """One run, with a result for each finding."""
    loosen(repository)

    data = json.loads(repository.passmuster("lint", "--format", "sarif").output)

    assert data["version"] == "2.1.0"
    assert [result["ruleId"] for result in data["runs"][0]["results"]] == ["not-strict-yaml"]


def test_fix_is_shown_then_made(repository: Repository) -> None:
    """`--dry-run` changes nothing; `--fix` does, and the finding is gone."""
    loosen(repository)
    path = repository.agents / "loose.md"
    before = path.read_text(encoding="utf-8")

    tried = repository.passmuster("lint", "--fix", "--dry-run")
    untouched = path.read_text(encoding="utf-8")
    made = repository.passmuster("lint", "--fix")
    after = repository.passmuster("lint", "--json")

    assert untouched == before
    assert "1 file would be fixed" in tried.screen
    assert '+description: "Bakes bread: rye, spelt and wheat with a long proof."' in tried.output
    assert "1 file fixed" in made.screen
    assert '"Bakes bread: rye' in path.read_text(encoding="utf-8")
    assert json.loads(after.output)["findings"] == []


def test_wrong_wishes_are_refused_at_once(repository: Repository) -> None:
    """With what may be meant; status 2."""
    outcome = repository.passmuster("lint", "--rule", "secrets", "--format", "xml", "--dry-run")
    machine = repository.passmuster("lint", "--fix", "--json")

    assert (outcome.status, machine.status) == (2, 2)
    assert "--fix prints a difference, which is no json" in machine.screen
    assert "did you mean 'secret'?" in outcome.screen
    assert "there is no format 'xml'" in outcome.screen
    assert "--dry-run goes with --fix" in outcome.screen


def test_the_screen_shows_some_and_counts_the_rest(repository: Repository) -> None:
    """Five findings of a rule, unless it is asked for by name; twins and what is ignored are counted."""
    for number in range(7):
        (repository.agents / f"agent-{number}.md").write_text(
            f"---\nname: agent-{number}\ndescription: {TWIN if number < 2 else f'Bakes: bread {number}'}\n"
            f"# passmuster: ignore short-description – they are made up\n---\n",
            encoding="utf-8",
        )

    few = repository.passmuster("lint")
    every = repository.passmuster("lint", "--rule", "empty-instructions")

    assert few.errors.count("[empty-instructions]") == 6
    assert "… and 2 more [empty-instructions]: `--rule empty-instructions` shows them all" in few.screen
    assert "3 pairs of agents have the same description" in few.screen
    assert "5 ignored by comments" in few.screen
    assert every.errors.count("[empty-instructions]") == 7


def test_what_cannot_be_fixed_is_told(repository: Repository) -> None:
    """A link is left alone, since what it leads to may be somebody else's."""
    loosen(repository)
    kept = repository.agents / ".kept"
    kept.mkdir()
    (repository.agents / "loose.md").rename(kept / "loose.md")
    (repository.agents / "loose.md").symlink_to(kept / "loose.md")

    outcome = repository.passmuster("lint", "--fix")

    assert "not fixed: evals/team/agents/loose.md: it is a link" in outcome.errors
    assert "0 files fixed" in outcome.screen


def test_agents_are_looked_at_without_cases(repository: Repository) -> None:
    """What is wrong with cases is said only where something speaks of them, such as a quarantine."""
    loosen(repository)
    repository.write_cases(["{}"])
    alone = repository.passmuster("lint")
    text = repository.suite.read_text(encoding="utf-8")
    repository.suite.write_text(
        f"{text}quarantine: [{{case: one, owner: me, expires: 2999-01-01, reason: it wavers}}]\n", encoding="utf-8"
    )

    quarantined = repository.passmuster("lint")

    assert alone.status == 0
    assert "[not-strict-yaml]" in alone.errors
    assert quarantined.status == 2
    assert "routing.jsonl:1" in quarantined.errors


def test_suite_sets_levels(repository: Repository) -> None:
    """An error sets the status; a misspelt rule is found with its place."""
    loosen(repository)
    text = repository.suite.read_text(encoding="utf-8")

    repository.suite.write_text(f"{text}lint: {{not-strict-yaml: error}}\n", encoding="utf-8")
    strict = repository.passmuster("lint")
    repository.suite.write_text(f"{text}lint: {{not-strict-yaml: off}}\n", encoding="utf-8")
    silent = repository.passmuster("lint", "--json")
    repository.suite.write_text(f"{text}lint: {{not-strict-yml: off}}\n", encoding="utf-8")
    misspelt = repository.passmuster("lint")

    assert strict.status == 2
    assert "error: evals/team/agents/loose.md:3" in strict.errors
    assert json.loads(silent.output)["findings"] == []
    assert misspelt.status == 2
    assert "did you mean 'not-strict-yaml'?" in misspelt.errors


def test_twins_can_be_right(repository: Repository) -> None:
    """A tie between twins goes by the suite: the choice of a twin is wrong, or right with a sentence about it."""
    repository.write_agent("database-engineer-two", TWIN)
    (repository.suite.parent / "mine.py").write_text(
        "def choose(request, roster):\n    return 'database-engineer-two'\n", encoding="utf-8"
    )
    repository.write_cases([case_line("one", "Which index is missing?", "database-engineer")])
    text = repository.suite.read_text(encoding="utf-8").replace(
        "{use: lexical}", '{use: callable, target: "./mine.py:choose"}'
    )

    repository.suite.write_text(text, encoding="utf-8")
    wrong = json.loads(repository.passmuster("run", "--no-report", "--json").output)
    repository.suite.write_text(f"{text}twins: right\n", encoding="utf-8")
    right = json.loads(repository.passmuster("run", "--no-report", "--json").output)
    lint = json.loads(repository.passmuster("lint", "--json").output)

    accuracies = [
        next(
            item["value"] for item in data["metrics"] if (item["metric"], item["subset"]) == ("routing_accuracy", "all")
        )
        for data in (wrong, right)
    ]
    assert accuracies == [0.0, 1.0]
    assert any("1 of 1 choice was right only because a twin" in sentence for sentence in right["trust"])
    assert [group["agents"] for group in lint["twins"]] == [["database-engineer", "database-engineer-two"]]
