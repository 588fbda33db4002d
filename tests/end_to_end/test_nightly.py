"""`passmuster nightly` in a small repository: what moved, one page, and a message."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.made_up_webhook import listening

from .conftest import ROOT, SUITE, Repository, stored_trials

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "nightly.schema.json").read_text(encoding="utf-8"))
VARYING = """
asked = set()


def choose(request, roster):
    right = request.text not in asked
    asked.add(request.text)
    return "database-engineer" if right else "documentation-writer"
"""
"""Right whenever it is asked for the first time, and wrong from then on."""


def git(repository: Repository, *arguments: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
    command = ["git", *identity, *arguments]
    subprocess.run(command, cwd=repository.folder, check=True, capture_output=True)  # noqa: S603 - git, with arguments from this file


@pytest.fixture
def frozen(repository: Repository) -> Repository:
    """A repository that names its first commit as the frozen one, with an accepted baseline."""
    repository.suite.write_text(f"{SUITE}nightly: {{frozen: first}}\n", encoding="utf-8")
    git(repository, "init", "--quiet")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "first")
    git(repository, "tag", "first")
    repository.passmuster("run", "--no-report")
    repository.passmuster("accept")
    return repository


def page(repository: Repository) -> str:
    return Path(repository.report.with_name("nightly.html")).read_text(encoding="utf-8")


def test_nights_tell_an_edit_from_steadiness(frozen: Repository) -> None:
    """The first night begins the series, the second is steady, and an edit in the third is said to be one."""
    ways = ("nightly", "--webhook", "HOOK", "--webhook-secret", "SIGNER")

    with listening(204) as server:
        first = frozen.passmuster(*ways, HOOK=server.address, SIGNER="a-signing-secret")
    second = json.loads(frozen.passmuster("nightly", "--json").output)
    frozen.write_agent("documentation-writer", "Dances.")
    third = frozen.passmuster("nightly", "--json")
    told = json.loads(third.output)

    assert first.status == 0
    assert "the first night of these frozen agents" in first.screen
    [(headers, body)] = server.got
    posted = json.loads(body)
    assert posted == {**posted, "status": 0, "verdict": "equal", "origin": "cannot tell"}
    assert Draft202012Validator(SCHEMA).is_valid(posted)
    assert set(headers) >= {"x-passmuster-signature", "idempotency-key"}
    assert "very-secret" not in first.screen + page(frozen)
    assert (second["origin"], second["verdict"]) == ("steady", "equal")
    assert (third.status, told["origin"], told["verdict"]) == (1, "edit", "failed")
    assert told["frozen"]["drift"][0]["is_shown"] is False
    assert "edits did it" in page(frozen)


def test_undelivered_message_never_hides_a_verdict(frozen: Repository) -> None:
    """A good night that nobody heard of is a fault of the machine; a bad one stays a bad one."""
    ways = ("nightly", "--webhook", "HOOK")

    with listening(403) as server:
        good = frozen.passmuster(*ways, HOOK=server.address)
        frozen.write_agent("documentation-writer", "Dances.")
        bad = frozen.passmuster(*ways, HOOK=server.address)

    assert (good.status, bad.status) == (3, 1)
    assert "the webhook was not told, after 1 attempt: it answered 403" in good.errors
    assert "very-secret" not in good.screen + bad.screen


def test_night_is_void_where_equals_differ(repository: Repository) -> None:
    """A set-up that answers the second half of a night otherwise says nothing, whatever the gate said."""
    lines = [
        json.dumps(
            {"identifier": f"case-{number}", "request": f"Index {number}?", "expect": {"agent": "database-engineer"}}
        )
        for number in range(40)
    ]
    repository.write_cases(lines)
    (repository.suite.parent / "router.py").write_text(VARYING, encoding="utf-8")
    varying = "subjects:\n  varying: {use: routed, router: {use: callable, target: ./router.py:choose}}\n"
    subject = f"{varying}execution: {{use: local, concurrency: 1}}\n"
    repository.suite.write_text(SUITE.partition("subjects:")[0] + subject, encoding="utf-8")

    night = repository.passmuster("nightly", "--json")
    told = json.loads(night.output)

    assert (night.status, told["verdict"], told["control"]["is_void"]) == (4, "inconclusive", True)
    assert "does not repeat itself" in told["reasons"][0]


def test_dry_run_asks_nobody_and_refusals_come_first(frozen: Repository) -> None:
    """What would be done can be read without doing it, and a webhook that is not there is known before anything."""
    before = stored_trials(frozen)

    dry = frozen.passmuster("nightly", "--dry-run", "--json")
    unset = frozen.passmuster("nightly", "--webhook", "HOOK", "--webhook-secret", "SIGNER")
    plain = frozen.passmuster("nightly", "--webhook", "HOOK", HOOK="http://example.org/very-secret")
    alone = frozen.passmuster("nightly", "--webhook-secret", "SIGNER")

    assert json.loads(dry.output) == {"suite": "team", "trials": 10, "frozen_trials": 10, "is_posted": False}
    assert (dry.status, unset.status, plain.status, alone.status) == (0, 2, 2, 2)
    assert "'HOOK' is not set" in unset.screen
    assert "'SIGNER' is not set" in unset.screen
    assert "very-secret" not in plain.screen
    assert stored_trials(frozen) == before


def test_resumed_night_is_the_same_run(frozen: Repository) -> None:
    """A night whose runs lack nothing is judged again, and its own run is not made twice."""
    first = json.loads(frozen.passmuster("nightly", "--json").output)

    again = json.loads(frozen.passmuster("nightly", "--resume", "--json").output)

    assert again["run"] == first["run"]
    assert again["verdict"] == first["verdict"]
