"""The catalogue, and agents of other hosts, on the real command line."""

import json

import pytest

from .conftest import Repository

OTHERS = {
    "copilot": (
        ".github/agents/reviewer.agent.md",
        "---\ndescription: Reviews code that others wrote.\n---\nBe kind.\n",
    ),
    "codex": (
        ".codex/agents/reviewer.toml",
        'name = "reviewer"\ndescription = "Reviews code that others wrote."\ndeveloper_instructions = "Be kind."\n',
    ),
}


def put(repository: Repository, path: str, text: str) -> None:
    target = repository.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def test_the_catalogue_is_shown_with_its_costs(repository: Repository) -> None:
    """The text as the host has it, then what each agent costs, the dearest first."""
    outcome = repository.passmuster("catalogue")

    assert outcome.status == 0
    assert outcome.output.startswith("Available agent types for the Agent tool:\n- database-engineer: Designs")
    assert "(Tools: All tools)" in outcome.output
    assert "2 agents of claude_code: about" in outcome.screen
    assert repository.passmuster("catalogue", "--older", "team").output.startswith(
        "Available agent types and the tools"
    )


def test_the_catalogue_is_there_for_machines(repository: Repository) -> None:
    """JSON has every agent, the limit, and the text unless a summary is asked for."""
    document = json.loads(repository.passmuster("catalogue", str(repository.agents), "--json").output)
    summary = json.loads(repository.passmuster("catalogue", "--summary", "--json").output)

    assert {entry["agent"] for entry in document["agents"]} == {"database-engineer", "documentation-writer"}
    assert (document["limit"], document["is_exact"], document["findings"]) == (15_000, True, [])
    assert document["text"].startswith("Available agent types")
    assert "text" not in summary
    assert {**summary, "text": document["text"]} == document


def test_a_summary_names_the_dearest(repository: Repository) -> None:
    """Twenty of them, without the text; and it says where the wording is not the host's own."""
    for number in range(22):
        put(
            repository, f".github/agents/a{number}.md", f"---\ndescription: Does {'more ' * number}work.\n---\nDo it.\n"
        )

    outcome = repository.passmuster("catalogue", "--summary", ".")

    assert outcome.status == 0
    assert "- a21:" not in outcome.output
    assert "a21 " in outcome.output
    assert "a1 " not in outcome.output
    assert "… and 2 cheaper ones; --json lists all" in outcome.screen
    assert "22 agents of copilot" in outcome.screen
    assert "does not publish its own wording" in outcome.screen


def test_a_large_catalogue_is_warned_of(repository: Repository) -> None:
    """Above the host's limit the warning names the dearest agent; control characters cannot drive the terminal."""
    repository.write_agent("novelist", '"' + "Tells \\e[31m stories. " * 3_000 + '"')

    outcome = repository.passmuster("catalogue")

    assert outcome.status == 0
    assert "[large-catalogue]" in outcome.errors
    assert "'novelist'" in outcome.errors
    assert "\x1b" not in outcome.output


@pytest.mark.parametrize("host", OTHERS)
def test_a_suite_can_be_set_up_for_another_host(repository: Repository, host: str) -> None:
    """`init` finds whose agents they are; the suite that it writes runs, and `lint` looks at the folder."""
    put(repository, *OTHERS[host])

    made = repository.passmuster("init", "--name", "mine")
    ran = repository.passmuster("run", "--no-report", "mine")
    linted = repository.passmuster("lint", ".", "--json")

    assert made.status == 0, made.screen
    assert f"use: {host}" in (repository.folder / "evals/mine/suite.yaml").read_text(encoding="utf-8")
    assert ran.status == 4, ran.screen
    assert json.loads(linted.output)["host"] == host


def test_the_host_can_be_named(repository: Repository) -> None:
    """By another host's rules the same folder is another roster; what cannot be is explained."""
    put(repository, *OTHERS["copilot"])
    put(repository, *OTHERS["codex"])

    several = repository.passmuster("catalogue", ".")
    named = repository.passmuster("catalogue", "--host", "vscode")
    unknown = repository.passmuster("lint", ".", "--host", "emacs")
    suite = repository.passmuster("catalogue", "team", "--host", "codex")

    assert (several.status, named.status, unknown.status, suite.status) == (2, 0, 2, 2)
    assert "[several-hosts]" in several.errors
    assert "<agents>" in named.output
    assert "[unknown-host]" in unknown.errors
    assert "[contradiction]" in suite.errors


def test_a_repository_without_a_suite_can_be_looked_at(repository: Repository) -> None:
    """Nobody has to name the folder that every host knows; one agent's file is not enough."""
    for suite in repository.folder.glob("evals/*/suite.yaml"):
        suite.unlink()
    put(repository, *OTHERS["copilot"])

    linted = repository.passmuster("lint")
    single = repository.passmuster("lint", OTHERS["copilot"][0])

    assert linted.status == 0
    assert "1 agent can be chosen" in linted.screen
    assert single.status == 2
    assert "[single-file]" in single.screen


def test_files_that_are_not_loaded_come_with_what_to_do(repository: Repository) -> None:
    """Each reason has its own remedy, and a new suite says what stands in its way."""
    good = OTHERS["codex"]
    put(repository, *good)
    put(repository, ".codex/agents/twin.toml", good[1])
    put(repository, ".codex/agents/half.toml", 'name = "half"\n')

    linted = repository.passmuster("lint", ".codex/agents")
    begun = repository.passmuster("init", "--agents", ".codex/agents", "--name", "other")

    assert 'write description = "..."' in linted.screen
    assert "[duplicate-agent]" in begun.errors
