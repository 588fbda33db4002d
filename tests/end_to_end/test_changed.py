"""`--changed REF`: only what edits since a git revision may concern is run, and the verdict says what was not."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .conftest import Repository, case_line

GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed")

MORE_AGENTS = {
    "gardener": "Plants hedges, prunes roses and mows lawns.",
    "baker": "Bakes bread, kneads dough and proves sourdough.",
    "brewer": "Brews ale, malts barley and cleans kegs.",
    "mason": "Lays bricks, mixes mortar and points walls.",
}
WORDS = {
    "gardener": ("hedges", "roses", "lawns"),
    "baker": ("bread", "dough", "sourdough"),
    "brewer": ("ale", "barley", "kegs"),
    "mason": ("bricks", "mortar", "walls"),
}
THIEF = "Bakes bread, kneads dough, proves sourdough; and walls, walls, walls."
ADJECTIVES = ("old", "new", "wet", "dry", "big", "small")


def git(repository: Repository, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    subprocess.run(  # noqa: S603 - git, with arguments from this file
        [str(GIT), *identity, *arguments], cwd=repository.folder, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A committed suite of six agents and 72 requests, accepted as it is; tests work on copies."""
    repository = Repository(tmp_path_factory.mktemp("village"))
    repository.fill()
    for name, description in MORE_AGENTS.items():
        repository.write_agent(name, description)
    lines = [
        case_line(f"{agent}-{word}-{adjective}", f"What about the {adjective} {word}?", agent)
        for agent, words in WORDS.items()
        for word in words
        for adjective in ADJECTIVES
    ]
    repository.write_cases(lines)
    (repository.folder / ".gitignore").write_text(".passmuster/\nreports/\n", encoding="utf-8")
    assert repository.passmuster("run", "--no-report").status == 4
    assert repository.passmuster("accept").status == 0
    git(repository, "init", "--quiet", "--initial-branch", "main")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "first")
    return repository


@pytest.fixture
def village(founded: Repository, tmp_path: Path) -> Repository:
    """A village of one's own."""
    shutil.copytree(founded.folder, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)


def summary(repository: Repository, *arguments: str) -> tuple[int, Mapping[str, Any]]:
    outcome = repository.passmuster("run", "--no-report", "--json", *arguments)
    assert outcome.status in {0, 1, 4}, outcome.errors
    return outcome.status, json.loads(outcome.output)


def ran(found: Mapping[str, Any]) -> int:
    """Return how many cases were run, as the report tells its readers."""
    [sentence] = [line for line in found["trust"] if "cases were run" in line]
    return int(re.findall(r"(\d+) of 72 cases were run", sentence)[0])


def test_nothing_edited_runs_the_sample_only(village: Repository) -> None:
    """A tenth, and ten at least; the verdict says how many were left out and what that may hide."""
    status, found = summary(village, "--changed", "main")

    assert status == 0
    assert ran(found) == 10
    assert "no agent changed" in " ".join(found["trust"])
    assert "62 cases of 72 were left out: of 10 cases drawn among such 0 broke" in found["reasons"][0]


def test_a_theft_is_found_with_a_part_of_the_cases(village: Repository) -> None:
    """The thief's own requests, and those with the words that it took."""
    village.write_agent("baker", THIEF)

    status, found = summary(village, "--changed", "main")

    broken = {change["case"] for change in found["comparison"]["changes"] if change["kind"] == "broken"}
    assert status == 1
    assert ran(found) < 60
    assert broken == {f"mason-walls-{adjective}" for adjective in ADJECTIVES}


def test_both_sides_of_a_revision_run_the_same_part(village: Repository) -> None:
    """Without any accepted baseline, and as often on one side as on the other."""
    village.baseline.unlink()
    village.write_agent("baker", THIEF)

    status, found = summary(village, "--changed", "main", "--against", "main")

    assert status == 1
    assert ran(found) < 60
    assert found["comparison"]["counts"]["left out"] == 72 - ran(found)


def test_an_interrupted_part_is_finished(village: Repository) -> None:
    """`--resume` finds the same selection again; without `--changed` there is nothing to go on with."""
    village.write_agent("baker", THIEF)
    _, first = summary(village, "--changed", "main")
    summary(village)

    _, again = summary(village, "--changed", "main", "--resume")
    other = village.passmuster("run", "--no-report", "--changed", "main", "--audit", "0.9", "--resume")

    assert again["run"] == first["run"]
    assert other.status == 2
    assert "to resume" in other.errors


def test_new_cases_and_all_of_a_small_suite_run(village: Repository) -> None:
    """Where the sample would be all that is left, it is an ordinary run."""
    kept = village.cases.read_text(encoding="utf-8").splitlines()[:9]
    village.write_cases([*kept, case_line("new", "Is the yeast for the bread fresh?", "baker")])

    status, found = summary(village, "--changed", "main")

    assert status == 0
    assert not any("cases were run" in line for line in found["trust"])
    assert found["comparison"]["counts"]["added"] == 1
    assert found["comparison"]["counts"]["left out"] == 0


def test_what_was_left_out_is_not_accepted(village: Repository) -> None:
    """The baseline keeps what it knew of those cases."""
    before = village.baseline.read_text(encoding="utf-8")
    summary(village, "--changed", "main")

    outcome = village.passmuster("accept")

    assert outcome.status == 0, outcome.screen
    assert village.baseline.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--changed", "no-such-branch"], "[unknown-revision]"),
        (["--audit", "0.2"], "[contradiction]"),
        (["--changed", "main", "--audit", "1.5"], "--audit"),
    ],
)
def test_what_makes_no_sense_is_refused(village: Repository, arguments: list[str], rule: str) -> None:
    """An unknown revision, a sample of what is not left out, a share above one."""
    outcome = village.passmuster("run", "--no-report", *arguments)

    assert outcome.status == 2, outcome.screen
    assert rule in outcome.screen


def test_agents_outside_the_repository_have_no_revision(village: Repository) -> None:
    """They are the same at each, so nothing could ever be said to have changed."""
    elsewhere = village.folder.parent / "elsewhere"
    shutil.copytree(village.agents, elsewhere)
    text = village.suite.read_text(encoding="utf-8").replace("./agents", str(elsewhere))
    village.suite.write_text(text, encoding="utf-8")
    git(village, "commit", "--quiet", "--all", "--message", "second")

    outcome = village.passmuster("run", "--no-report", "--changed", "HEAD")

    assert outcome.status == 2, outcome.screen
    assert "[outside-revision]" in outcome.errors


def test_where_the_former_cases_cannot_be_read_the_baseline_knows_them(village: Repository) -> None:
    """A revision with a broken dataset is no obstacle."""
    readable = village.cases.read_text(encoding="utf-8")
    village.write_cases(["{"])
    git(village, "commit", "--quiet", "--all", "--message", "broken cases")
    village.write_cases(readable.splitlines())

    status, found = summary(village, "--changed", "HEAD")

    assert status == 0
    assert ran(found) == 10
