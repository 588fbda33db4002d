"""Routers with an embedder at the command line, with a tiny model in a folder."""

import json
from pathlib import Path

import pytest

# Relative, because the folder of tests is no package that could be named.
from ..unit.adapters.embedders.tiny_models import tiny_model  # noqa: TID252 - see above
from .conftest import Outcome, Repository, case_line

AGENTS = {
    "database-tuner": "Makes every slow query fast.",
    "tester": "Writes a test, and an assertion for each bug.",
    "designer": "Chooses a colour for the layout.",
}
CASES = {
    "sluggish": ("sluggish, so sluggish", "database-tuner"),
    "assertion": ("one more assertion", "tester"),
    "layout": ("another layout", "designer"),
}
MODEL = {"use": "onnx", "location": "../../models/tiny"}


@pytest.fixture
def embedding(repository: Repository) -> Repository:
    """A repository of a user with a model of a few words."""
    for path in repository.agents.iterdir():
        path.unlink()
    for name, description in AGENTS.items():
        repository.write_agent(name, description)
    repository.write_cases([case_line(name, *request) for name, request in CASES.items()])
    tiny_model(repository.folder / "models" / "tiny")
    write_router(repository, {"use": "embedding", "embedder": MODEL, "threshold": 0})
    return repository


def write_router(repository: Repository, router: dict[str, object]) -> None:
    data = {
        "name": "team",
        "roster": {"use": "claude_code", "location": "./agents"},
        "datasets": [{"use": "files", "location": "../../datasets/team/routing.jsonl", "split": "test"}],
        "subjects": {"meaning": {"use": "routed", "router": router}},
    }
    repository.suite.write_text(json.dumps(data), encoding="utf-8")


def passmuster(repository: Repository, *arguments: str) -> Outcome:
    return repository.passmuster(*arguments, PASSMUSTER_CACHE=str(repository.folder / "cache"))


def test_meaning_routes_what_no_word_would(embedding: Repository) -> None:
    """Every case goes where its like is, until an agent comes to mean what another's requests say.

    The thief shares no word with what it steals. Vectors are kept, and an unedited roster is equal to its baseline.
    """
    first = passmuster(embedding, "run", "--no-report")
    accepted = passmuster(embedding, "accept")
    again = passmuster(embedding, "run", "--no-report")
    embedding.write_agent("designer", "Chooses what is slow and slow and slow.")
    edited = passmuster(embedding, "run", "--no-report")

    assert first.status == 4, first.screen
    assert "1.000" in first.screen
    assert (embedding.folder / "cache" / "vectors.sqlite").is_file()
    assert accepted.status == 0, accepted.screen
    assert again.status == 0, again.screen
    assert edited.status == 1, edited.screen


def test_a_choice_is_explained_by_what_is_meant(embedding: Repository) -> None:
    """`explain` names the word that means what the description says."""
    outcome = passmuster(embedding, "explain", "sluggish")

    assert outcome.status == 0, outcome.screen
    assert "sluggish" in outcome.screen
    assert "database-tuner" in outcome.screen


def test_a_model_is_trained_and_used(embedding: Repository) -> None:
    """`train` keeps a model of vectors, and a suite that names it asks what it has not seen."""
    words = {"database-tuner": "slow sluggish query", "tester": "test assertion", "designer": "colour layout"}
    taught = [
        case_line(f"{agent}-{number}", f"{word} {'and ' * number}", agent, split="train")
        for agent, own in words.items()
        for number, word in enumerate(own.split() * 2)
    ]
    asked = [case_line(name, *request, split="test") for name, request in CASES.items()]
    embedding.write_cases([*taught, *asked])
    dataset = {"use": "files", "location": "../../datasets/team/routing.jsonl", "split": "train"}
    write_router(embedding, {"use": "fused", "embedder": MODEL, "training": dataset})

    trained = passmuster(embedding, "train", "--output", "model")
    write_router(embedding, {"use": "fused", "embedder": MODEL, "model": "../../model"})
    ran = passmuster(embedding, "run", "--no-report")

    assert trained.status == 0, trained.screen
    assert (embedding.folder / "model" / "model.json").is_file()
    assert ran.status == 4, ran.screen
    assert "1.000" in ran.screen


@pytest.mark.parametrize(
    ("embedder", "rule"),
    [
        ({"location": "../../models/none"}, "missing-embedding-model"),
        ({"location": "../../models/broken"}, "embedding-model"),
    ],
)
def test_a_model_that_cannot_be_used_is_said(embedding: Repository, embedder: dict[str, str], rule: str) -> None:
    """With its place, and the exit status of a wrong input."""
    broken = tiny_model(embedding.folder / "models" / "broken")
    (broken / "model.onnx").write_bytes(b"not this")
    write_router(embedding, {"use": "embedding", "embedder": {"use": "onnx", **embedder}})

    outcome = passmuster(embedding, "run", "--no-report")

    assert outcome.status == 2
    assert f"[{rule}]" in outcome.errors
    assert Path(embedder["location"]).name in outcome.errors


def test_a_service_that_is_not_there_stops_the_run(embedding: Repository) -> None:
    """Before anything is measured, and as the environment's fault."""
    service = {"use": "ollama", "model": "tiny", "base_url": "http://" + "127.0.0.1:1"}
    write_router(embedding, {"use": "embedding", "embedder": service})

    outcome = passmuster(embedding, "run", "--no-report")

    assert outcome.status == 3
    assert "start the service" in outcome.errors
    assert "bug" not in outcome.errors
