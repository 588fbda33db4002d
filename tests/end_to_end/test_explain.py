"""`explain` with the real command line."""

import json
import subprocess

from .conftest import AGENTS, Repository, case_line

MODEL = """\
def choose(request, roster):
    return next((agent.name for agent in roster.agents if "schemas" in agent.description), None)
"""


def test_a_wrong_case_is_told_what_would_send_it_home(repository: Repository) -> None:
    """Word by word why not the expected agent, the smallest changes, and what they do to the other cases."""
    repository.write_cases(
        [
            case_line("wanted", "Which reference pages of the schema are out of date?", "database-engineer"),
            case_line("other", "Write the tutorial for readers", "documentation-writer"),
        ]
    )

    screen = repository.passmuster("explain", "wanted")
    data = json.loads(repository.passmuster("explain", "wanted", "--json").output)

    assert screen.status == 0
    assert "why documentation-writer and not database-engineer" in screen.screen
    assert "what would send it to database-engineer" in screen.screen
    assert "of 1 other cases" in screen.screen
    assert max(len(line) for line in screen.output.splitlines()) <= 80
    assert data["expected"] == "database-engineer"
    assert data["mends"]["is_complete"]
    assert data["mends"]["found"][0]["words"]
    [contrast] = data["contrasts"]
    assert contrast["lead"] == round(contrast["scores"][0] - contrast["scores"][1], 9)


def test_the_change_since_a_revision_is_taken_apart(repository: Repository) -> None:
    """An agent's own edit apart from those of others; `blame` is named for the edit itself."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(repository.folder)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)  # noqa: S603 - git, with our own arguments
    repository.write_agent(
        "documentation-writer", f"{AGENTS['documentation-writer']} Explains indexes and query plans."
    )

    told = repository.passmuster("explain", "database-1", "--against", "HEAD")
    data = json.loads(repository.passmuster("explain", "database-1", "--against", "HEAD", "--json").output)

    assert "at HEAD it went to database-engineer" in told.screen
    assert "passmuster blame --against HEAD --case database-1" in told.screen
    by_name = {shift["agent"]: shift for shift in data["since"]["agents"]}
    assert by_name["database-engineer"]["own"] == 0
    assert by_name["database-engineer"]["others"] < 0
    assert repository.passmuster("explain", "database-1", "--against", "nowhere").status == 2


def test_a_router_without_scores_is_asked_again_where_that_is_allowed(repository: Repository) -> None:
    """Nothing is spent on a router that may cost money, unless a budget says so."""
    (repository.suite.parent / "mine.py").write_text(MODEL, encoding="utf-8")
    text = repository.suite.read_text(encoding="utf-8")
    repository.suite.write_text(text.replace("{use: lexical}", '{use: callable, target: "./mine.py:choose"}'))

    plain = repository.passmuster("explain", "--text", "any words at all")
    allowed = repository.passmuster("explain", "--text", "any words at all", "--budget", "9")

    assert "--budget 20" in plain.screen
    assert "left out and asked again" not in plain.screen
    assert "without database-engineer as well: (nobody)" in allowed.screen
    assert "Designs relational schemas" in allowed.screen


def test_what_cannot_be_explained_is_refused_in_a_sentence(repository: Repository) -> None:
    """No request, two of them, and an agent that is not there: exit status 2 and what to write instead."""
    nothing = repository.passmuster("explain")
    twice = repository.passmuster("explain", "one", "--text", "two")
    unknown = repository.passmuster("explain", "index", "--versus", "painter")
    odd = repository.passmuster("explain", "--text", "索引 [bold]\x1b[31m \n", "--versus", "database-engineer")

    assert [nothing.status, twice.status, unknown.status, odd.status] == [2, 2, 2, 0]
    assert "[no-request]" in nothing.screen
    assert "[contradiction]" in twice.screen
    assert "its agents: database-engineer, documentation-writer" in unknown.screen
    assert "\x1b" not in odd.output
