"""A run in shards: each on its own, one gate over the whole."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Repository

SHARDS = ("1/3", "2/3", "3/3")


def own_store(repository: Repository, shard: str) -> Path:
    return repository.folder / f"shard-{shard[0]}.sqlite"


def made(repository: Repository, shard: str) -> None:
    """Make a shard into a store of its own, as a machine of its own would."""
    outcome = repository.passmuster("run", "--shard", shard, PASSMUSTER_STORE=str(own_store(repository, shard)))
    assert outcome.status == 0, outcome.screen
    assert "passmuster merge" in outcome.screen


def verdict(repository: Repository, *arguments: str) -> tuple[int, dict[str, object]]:
    outcome = repository.passmuster(*arguments, "--json", "--no-report")
    summary = json.loads(outcome.output)
    assert isinstance(summary, dict)
    return outcome.status, {name: value for name, value in summary.items() if name in {"verdict", "subjects"}}


def test_shards_are_judged_as_the_run_at_once_would_have_been(accepted: Repository) -> None:
    """By the same gate, with the same figures, whether they passed through one store or three."""
    at_once = verdict(accepted, "run")
    for shard in SHARDS:
        made(accepted, shard)

    apart = verdict(accepted, "merge", *(str(own_store(accepted, shard)) for shard in SHARDS))
    again = accepted.passmuster("merge", *(str(own_store(accepted, shard)) for shard in SHARDS), "--no-report")
    for shard in SHARDS:
        assert accepted.passmuster("run", "--shard", shard).status == 0
    together = verdict(accepted, "merge")

    assert at_once[0] == 0
    assert apart == at_once
    assert together == at_once
    assert again.status == 0
    assert "put together of 3 shards" in again.screen


def test_a_regression_is_found_across_shards(accepted: Repository) -> None:
    """The exit status is the verdict on the whole, and the reports are of the whole."""
    accepted.write_agent("database-engineer", "Arranges flowers.")
    for shard in SHARDS:
        made(accepted, shard)

    outcome = accepted.passmuster("merge", *(str(own_store(accepted, shard)) for shard in SHARDS))

    assert outcome.status == 1, outcome.screen
    assert accepted.report.is_file()


def test_shards_are_no_runs_to_any_other_command(accepted: Repository) -> None:
    """Half a run would look like a fall."""
    before = accepted.passmuster("history", "--json").output
    assert accepted.passmuster("run", "--shard", "1/3").status == 0

    after = accepted.passmuster("history", "--json").output

    assert json.loads(after)["runs"] == json.loads(before)["runs"]
    assert accepted.passmuster("gate").status == 0


def test_what_is_wrong_with_shards_is_said(repository: Repository) -> None:
    """What is missing, what is foreign, what is no store, and what makes no sense; all with status 2."""
    made(repository, "1/3")
    made(repository, "2/3")
    copy = repository.folder / "copy.sqlite"
    shutil.copy(own_store(repository, "1/3"), copy)
    missing = repository.passmuster("merge", *(str(own_store(repository, shard)) for shard in SHARDS[:2]))
    repository.write_agent("documentation-writer", "Writes something else.")
    made(repository, "3/3")
    foreign = repository.passmuster("merge", *(str(own_store(repository, shard)) for shard in SHARDS))
    nowhere = repository.passmuster("merge", "nowhere.sqlite")
    nothing = repository.passmuster("merge")
    number = repository.passmuster("run", "--shard", "4/3")
    adaptive = repository.passmuster("run", "--shard", "1/3", "--adaptive")

    outcomes = [missing, foreign, nowhere, nothing, number, adaptive]
    assert [outcome.status for outcome in outcomes] == [2] * 6
    assert "shard 3/3 is missing" in missing.screen
    assert "other agents" in foreign.screen
    assert "there is no store 'nowhere.sqlite'" in nowhere.screen
    assert "passmuster run --shard 1/4" in nothing.screen
    assert "names no shard" in number.screen
    assert "a shard is not judged" in adaptive.screen
    assert not (repository.folder / "nowhere.sqlite").exists()


@pytest.mark.parametrize("into", [True, False])
def test_the_whole_goes_where_it_is_told(repository: Repository, *, into: bool) -> None:
    """Into the suite's store, so that other commands find it, or into a file of its own."""
    for shard in SHARDS:
        made(repository, shard)
    whole = repository.folder / "whole.sqlite"
    more = ["--into", str(whole)] if into else []

    outcome = repository.passmuster("merge", *(str(own_store(repository, shard)) for shard in SHARDS), *more)

    assert outcome.status == 4, outcome.screen
    assert whole.exists() == into
    assert repository.passmuster("gate").status == (2 if into else 4)
