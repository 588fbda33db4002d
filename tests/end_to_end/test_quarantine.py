"""Quarantine and costs from the user's side: what the gate leaves out, and what `lint` and `dataset check` say."""

from .conftest import Repository

WIDE = "Query plans, SQL migrations, schemas, indexes, tutorials and guides."
"""A description that takes the other agent's requests."""


def quarantine(repository: Repository, *entries: str) -> None:
    with repository.suite.open("a", encoding="utf-8") as suite:
        suite.write("quarantine:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))


def test_cases_in_quarantine_run_and_are_not_gated(accepted: Repository) -> None:
    """The gate passes although they broke; from their day on it fails."""
    accepted.write_agent("documentation-writer", WIDE)
    assert accepted.passmuster("run", "--no-report").status == 1
    text = accepted.suite.read_text(encoding="utf-8")

    cases = [f"database-{number}" for number in (1, 2, 3, 4)] + [f"documentation-{number}" for number in (1, 2, 3, 4)]
    quarantine(accepted, *(f"case: {case}, owner: Ada, expires: 9999-12-31" for case in cases))
    kept_out = accepted.passmuster("run", "--no-report")
    lint = accepted.passmuster("lint")
    accepted.suite.write_text(text, encoding="utf-8")
    quarantine(accepted, *(f"case: {case}, owner: Ada, expires: 2020-01-31" for case in cases))
    over = accepted.passmuster("run", "--no-report")

    assert kept_out.status == 0, kept_out.screen
    assert lint.status == 0, lint.screen
    assert over.status == 1, over.screen


def test_a_quarantine_that_is_over_or_of_nothing_is_an_error(repository: Repository) -> None:
    """`lint` says both, `dataset check` what is not there, each at its place in the suite."""
    quarantine(
        repository,
        "case: database-1, owner: Ada, expires: 2020-01-31",
        "case: databse-2, owner: Ada, expires: 9999-12-31",
        "case: database-3, owner: Ada, expires: 9999-12-31, subject: lexicle",
    )

    lint, check = repository.passmuster("lint"), repository.passmuster("dataset", "check")

    assert (lint.status, check.status) == (2, 2)
    assert "suite.yaml:8:36: the quarantine of case 'database-1' ended on 2020-01-31" in lint.errors
    assert "[expired-quarantine]" in lint.errors
    for outcome in (lint, check):
        assert "suite.yaml:9:6: no dataset of the suite has the case 'databse-2'" in outcome.errors
        assert "did you mean 'lexical'?" in outcome.errors
    assert "ended on" not in check.errors


def test_lint_says_what_is_wrong_with_the_cases_that_a_quarantine_is_looked_up_in(repository: Repository) -> None:
    """A dataset that cannot be read hides nothing of what is wrong with the roster."""
    quarantine(repository, "case: database-1, owner: Ada, expires: 9999-12-31")
    repository.write_cases(["{"])
    (repository.agents / "broken.md").write_text("---\nname: broken\n---\nbody\n", encoding="utf-8")

    outcome = repository.passmuster("lint")

    assert outcome.status == 2
    assert "[not-loaded]" in outcome.errors
    assert "[syntax]" in outcome.errors


def test_a_cost_for_an_agent_that_is_not_there_is_an_error(repository: Repository) -> None:
    """It would say nothing, and nobody would notice."""
    with repository.suite.open("a", encoding="utf-8") as suite:
        suite.write("costs:\n  - {expected: databse-engineer, chosen: (nobody), cost: 5}\n")

    outcome = repository.passmuster("lint")

    assert outcome.status == 2
    assert "suite.yaml:8:6: a cost names the agent 'databse-engineer'" in outcome.errors
    assert "did you mean 'database-engineer'?" in outcome.errors


def test_a_day_that_is_none_is_refused_in_its_place(repository: Repository) -> None:
    """Before anything is run."""
    quarantine(repository, "case: database-1, owner: Ada, expires: 2027-02-29")

    outcome = repository.passmuster("run", "--no-report")

    assert outcome.status == 2
    assert "suite.yaml:8:36: 'quarantine.0.expires' is '2027-02-29' — write a day of the calendar" in outcome.errors
