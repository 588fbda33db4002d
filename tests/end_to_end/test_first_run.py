"""From an empty store to a verdict, as a newcomer goes."""

import json

from .conftest import Repository


def test_first_run_cannot_tell(repository: Repository) -> None:
    """Without a baseline the verdict is inconclusive, says what to do, and a report is there."""
    outcome = repository.passmuster("run")

    assert outcome.status == 4
    assert "passmuster accept" in outcome.screen
    assert repository.report.is_file()


def test_accepted_run_is_equal(accepted: Repository) -> None:
    """An unchanged roster is said to be equal to the accepted baseline."""
    outcome = accepted.passmuster("run")

    assert outcome.status == 0, outcome.screen
    assert "equal to the accepted baseline" in outcome.screen


def test_accepting_again_changes_nothing(accepted: Repository) -> None:
    """The baseline file does not churn when nothing has changed."""
    before = accepted.baseline.read_bytes()

    assert accepted.passmuster("run").status == 0
    assert accepted.passmuster("accept").status == 0

    assert accepted.baseline.read_bytes() == before


def test_thief_is_named(accepted: Repository) -> None:
    """An edit that steals requests fails the gate and names the thief and the victims; undone, it is equal."""
    description = "Writes SQL migrations, schemas, indexes, query plans, PostgreSQL notes, tutorials and guides."
    original = (accepted.agents / "documentation-writer.md").read_text(encoding="utf-8")
    accepted.write_agent("documentation-writer", description)

    outcome = accepted.passmuster("run")

    assert outcome.status == 1
    assert "documentation-writer stole" in outcome.screen
    assert "from database-engineer" in outcome.screen
    (accepted.agents / "documentation-writer.md").write_text(original, encoding="utf-8")
    assert accepted.passmuster("run").status == 0


def test_new_agent_that_steals_is_named(accepted: Repository) -> None:
    """A newcomer that takes a neighbour's requests is the thief."""
    accepted.write_agent("sql-tuner", "Query plan, sequential scan, missing index, partial indexes in PostgreSQL.")

    outcome = accepted.passmuster("run")

    assert outcome.status == 1
    assert "sql-tuner stole" in outcome.screen


def test_removed_agent_breaks_its_cases(accepted: Repository) -> None:
    """An agent that only the baseline knows was removed: its cases are broken, and it is no error of the input."""
    (accepted.agents / "documentation-writer.md").unlink()

    outcome = accepted.passmuster("run")

    assert outcome.status == 1
    assert "documentation-writer lost 4" in outcome.screen


def test_json_for_machines(accepted: Repository) -> None:
    """`--json` prints one document with verdict, metrics and changes, and nothing else."""
    outcome = accepted.passmuster("run", "--json")

    data = json.loads(outcome.output)

    assert data["verdict"] == "equal"
    assert data["comparison"]["equal"] is True
    assert {metric["metric"] for metric in data["metrics"]} >= {"routing_accuracy", "macro_f1"}


def test_stored_run_is_judged_again(accepted: Repository) -> None:
    """`gate`, `compare` and `report` work on the stored run and agree with `run`."""
    gate, compare, report = (accepted.passmuster(command) for command in ("gate", "compare", "report"))

    assert (gate.status, compare.status, report.status) == (0, 0, 0)
    assert "equal" in compare.screen
    assert accepted.report.is_file()


def test_request_is_explained(repository: Repository) -> None:
    """`explain` says where a request goes and which words decide, for a text and for a case."""
    text = repository.passmuster("explain", "which index is missing for this query plan")
    case = repository.passmuster("explain", "database-1", "--json")

    assert "database-engineer" in text.screen
    assert "index +" in text.screen
    assert json.loads(case.output)["expected"] == "database-engineer"


def test_resuming_a_finished_run_makes_nothing_new(accepted: Repository) -> None:
    """`--resume` of a complete run only judges it again, and says so: the one that was meant may have left nothing."""
    outcome = accepted.passmuster("run", "--resume")

    assert outcome.status == 0
    assert "going on with run 2" in outcome.errors
    assert "none of its trials is missing" in outcome.errors


def test_version_and_help(repository: Repository) -> None:
    """The program says what it is, and what it can do."""
    assert repository.passmuster("--version").output.startswith("passmuster ")
    assert "accept" in repository.passmuster("--help").output
