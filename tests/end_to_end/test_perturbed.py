"""`passmuster run --perturb`: reworded requests beside the originals."""

import json

from .conftest import Repository

DISTRACTOR = "---\nname: sql-poet\ndescription: Writes poems on SQL migrations, schemas and indexes.\n---\nRhyme.\n"


def test_what_stays_is_measured_and_nothing_is_judged(repository: Repository) -> None:
    """A table, a page with the worst examples, and neither a stored run nor a baseline."""
    outcome = repository.passmuster("run", "team", "--perturb", "typos,politeness,roster-order")

    assert outcome.status == 0, outcome.screen
    assert "choices kept" in outcome.screen
    page = (repository.folder / "reports" / "team" / "perturbations.md").read_text(encoding="utf-8")
    assert "| `roster_order` | the agents shown in another order | 10 | 100.0%" in page
    assert repository.passmuster("history", "team").status == 2
    assert not (repository.suite.parent / "baseline.jsonl").exists()


def test_equal_seeds_give_equal_results(repository: Repository) -> None:
    """Byte for byte, for machines."""
    first, second = (repository.passmuster("run", "team", "--perturb", "all", "--json") for _ in range(2))

    assert first.status == 0, first.screen
    assert first.output == second.output
    rows = json.loads(first.output)["subjects"]["lexical"]
    assert len(rows) == 13
    assert all(0 <= row["unchanged"]["lower"] <= row["unchanged"]["value"] for row in rows if row["unchanged"])


def test_agents_of_another_roster_compete(repository: Repository) -> None:
    """Whoever goes to one of them is lost."""
    others = repository.folder / "others"
    others.mkdir()
    (others / "sql-poet.md").write_text(DISTRACTOR, encoding="utf-8")

    outcome = repository.passmuster("run", "team", "--perturb", "distractors", "--distractors", "others", "--json")

    assert outcome.status == 0, outcome.screen
    [row] = json.loads(outcome.output)["subjects"]["lexical"]
    assert row["summary"] == "1 agents of others compete as well"
    assert {example["after"] for example in row["worst"]} & {"sql-poet"}


def test_what_cannot_be_meant_is_said(repository: Repository) -> None:
    """An unknown pack, a pack without its agents, and a question that judges."""
    unknown = repository.passmuster("run", "team", "--perturb", "typoes,distractors")
    judged = repository.passmuster("run", "team", "--perturb", "typos", "--resume")
    alone = repository.passmuster("run", "team", "--distractors", "others")
    nothing = repository.passmuster("run", "team", "--perturb", ",")
    missing = repository.passmuster("run", "team", "--perturb", "all", "--distractors", "nowhere")

    assert [item.status for item in (unknown, judged, alone, nothing, missing)] == [2, 2, 2, 2, 2]
    assert "there is no perturbation 'typoes'" in unknown.screen
    assert "add --distractors FOLDER" in unknown.screen
    assert "does not judge" in judged.screen
    assert "add --perturb distractors" in alone.screen
    assert "--perturb names nothing" in nothing.screen
    assert "'nowhere' does not exist" in missing.screen
