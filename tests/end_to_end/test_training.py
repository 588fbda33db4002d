"""`passmuster train`, and routers that it makes, by the real command line."""

import json
import signal
import subprocess
import sys

import pytest

from .conftest import PATIENCE, Repository, case_line, clean_environment, wait_for

SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl, split: test}
subjects:
  lexical: {use: routed, router: {use: lexical}}
  learnt: {use: routed, router: {use: trained, model: ./model}}
"""
REQUESTS = {
    "database-engineer": ("a slow query", "an index for orders", "the migration fails", "normal forms", "this lock"),
    "documentation-writer": ("a tutorial", "the guide is old", "the page lacks examples", "a glossary", "the readme"),
    None: ("hello", "what a day", "sing me a song", "who won?", "good night"),
}
SPLITS = ("train", "train", "train", "validation", "test")


@pytest.fixture
def team(repository: Repository) -> Repository:
    """A repository whose cases belong to splits, and whose suite names a model that is not there yet."""
    repository.suite.write_text(SUITE, encoding="utf-8")
    repository.write_cases(
        [
            case_line(f"{agent}-{number}", request, agent, split=SPLITS[number])
            for agent, requests in REQUESTS.items()
            for number, request in enumerate(requests)
        ]
    )
    return repository


def test_a_router_is_trained_and_then_evaluated(team: Repository) -> None:
    """The model lands where the suite names it; before, the suite says how to make it."""
    before = team.passmuster("run", "--no-report")
    trained = team.passmuster("train")
    after = team.passmuster("run", "--no-report", "--json")

    assert before.status == 2
    assert "passmuster train" in before.screen
    assert trained.status == 0
    assert "learnt from 6 requests" in trained.screen
    assert "use it: router: {use: trained, model: model}" in trained.screen
    assert after.status == 4
    measured = {item["subject"] for item in json.loads(after.output)["metrics"]}
    assert measured == {"lexical", "learnt"}


def test_json_has_everything(team: Repository) -> None:
    """Figures, agents, cautions, files and what it took."""
    trained = team.passmuster("train", "--json", "--output", "elsewhere")

    told = json.loads(trained.output)
    assert trained.status == 0
    assert told["requests"] == 6
    assert told["for_nobody"] == 3
    assert [agent["requests"] for agent in told["agents"]] == [3, 3]
    assert told["held_out"]["nobody"] == 1
    assert told["bytes"] == sum(path.stat().st_size for path in (team.folder / "elsewhere").iterdir())
    assert {path.split("/")[-1] for path in told["files"]} == {
        path.name for path in (team.folder / "elsewhere").iterdir()
    }


def test_training_again_makes_the_same_files(team: Repository) -> None:
    """Bit by bit, though the hashes of Python differ."""
    team.passmuster("train", "--output", "one", PYTHONHASHSEED="1")
    team.passmuster("train", "--output", "two", PYTHONHASHSEED="2")

    one, two = ({path.name: path.read_bytes() for path in (team.folder / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert len(one) == 6


def test_what_was_learnt_cannot_be_asked(team: Repository) -> None:
    """A suite that evaluates the training cases is refused, each case by its line."""
    team.passmuster("train")
    team.suite.write_text(SUITE.replace(", split: test", ""), encoding="utf-8")

    refused = team.passmuster("run", "--no-report")

    assert refused.status == 2
    assert "[seen-case]" in refused.screen
    assert "routing.jsonl:1:1" in refused.screen


def test_a_router_may_learn_in_the_suite(team: Repository) -> None:
    """Without any model; an edited description is then part of what it learns."""
    data = "{use: files, location: ../../datasets/team/routing.jsonl, split: %s}"
    router = f"{{use: trained, training: {data % 'train'}, validation: {data % 'validation'}}}"
    team.suite.write_text(SUITE.replace("{use: trained, model: ./model}", router), encoding="utf-8")

    first = team.passmuster("run", "--no-report", "--json", "--subject", "learnt")
    explained = team.passmuster("explain", "the migration is slow", "--subject", "learnt", "--json")

    assert first.status == 4
    assert json.loads(explained.output)["ranking"][0]["agent"] == "database-engineer"


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("--training", "exam"), "no-case"),
        (("--validation", "exam"), "no-case"),
        (("--training", "test"), "few-requests"),
        (("--training", "train", "--validation", "train"), "training-overlap"),
        (("--subject", "nobody"), "unknown-subject"),
        (("--subject", "lexical"), "no-learner"),
        (("--router", "lexical", "--output", "m"), "no-learner"),
        (("--router", "fused"), "no-output"),
        (("--output", "."), "not-a-model"),
    ],
)
def test_wrong_wishes_are_refused(team: Repository, arguments: tuple[str, ...], rule: str) -> None:
    """Each with its rule and status 2, and nothing is written."""
    refused = team.passmuster("train", *arguments)

    assert refused.status == 2
    assert f"[{rule}]" in refused.screen
    assert not list(team.folder.rglob("model.json"))


def test_an_unknown_router_is_refused(team: Repository) -> None:
    """With the names of those that there are."""
    refused = team.passmuster("train", "--router", "oracle", "--output", "m")

    assert refused.status == 2
    assert "'oracle'" in refused.screen
    assert "trained" in refused.screen


def test_a_place_that_cannot_be_written_is_the_environments(team: Repository) -> None:
    """Status 3, as everywhere."""
    (team.folder / "file").write_text("", encoding="utf-8")

    refused = team.passmuster("train", "--output", "file/model")

    assert refused.status == 3
    assert "cannot write" in refused.screen


def test_a_broken_model_is_named_with_its_file(team: Repository) -> None:
    """Cut off by one byte: status 2, and no traceback."""
    team.passmuster("train")
    weights = team.suite.parent / "model" / "weights.npy"
    weights.write_bytes(weights.read_bytes()[:-1])

    refused = team.passmuster("run", "--no-report")

    assert refused.status == 2
    assert "weights.npy" in refused.screen
    assert "[broken-model]" in refused.screen


SLOW = """\
import time
from pathlib import Path

from pydantic import BaseModel

from passmuster.components import Component


class Options(BaseModel):
    training: object = None
    validation: object = None


def build(options, context):
    (context.folder / "learning").touch()
    while True:
        time.sleep(0.01)


COMPONENT = Component(options=Options, build=build)
"""
"""A router that never learns out."""


def test_an_interrupt_leaves_nothing_behind(team: Repository) -> None:
    """Status 130, and no half of a model."""
    (team.suite.parent / "slow.py").write_text(SLOW, encoding="utf-8")
    command = [sys.executable, "-m", "passmuster.cli", "train", "--router", "./slow.py:COMPONENT", "--output", "model"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=team.folder, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for((team.suite.parent / "learning").exists)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert errors.decode().strip() == "interrupted"
    assert not (team.folder / "model").exists()
