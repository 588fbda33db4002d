"""Which change is under review, as CI tells it."""

import json
from pathlib import Path

import pytest

from passmuster.configuration.discussions import Review, review_of

PUSHED = "0123456789abcdef0123456789abcdef01234567"


def github(place: Path, event: object, **more: str) -> dict[str, str]:
    place.write_text(event if isinstance(event, str) else json.dumps(event), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://example.com/api/v3",
        "GITHUB_REPOSITORY": "example/agents",
        "GITHUB_EVENT_PATH": str(place),
        "GITHUB_STEP_SUMMARY": "summary.md",
        **more,
    }


def pull_request(head: str = "example/agents") -> dict[str, object]:
    sides = {"head": {"repo": {"full_name": head}}, "base": {"repo": {"full_name": "example/agents"}}}
    return {"pull_request": {"number": 7, **sides}}


def test_a_pull_request_of_github(tmp_path: Path) -> None:
    """The number comes from the event, and the rest from variables."""
    event = pull_request()
    event["pull_request"]["head"]["sha"] = PUSHED  # type: ignore[index] # what it is, made above

    review = review_of(github(tmp_path / "event.json", event, GITHUB_SHA="f" * 40))

    assert review == Review(
        host="github",
        address="https://example.com/api/v3",
        repository="example/agents",
        number=7,
        token_variable="GITHUB_TOKEN",  # noqa: S106 - a name
        summary="summary.md",
        commit=PUSHED,
    )


@pytest.mark.parametrize(
    ("event", "actor"),
    [
        (pull_request("stranger/agents"), "stranger"),
        ({"pull_request": {**dict(pull_request()["pull_request"]), "head": {"repo": None}}}, "gone"),  # type: ignore[call-overload] # what it is, made above
        (pull_request(), "dependabot[bot]"),
    ],
)
def test_whose_jobs_get_a_token_that_can_only_read(tmp_path: Path, event: object, actor: str) -> None:
    """Those of forks, of forks that are gone, and of bots that GitHub trusts no more than strangers."""
    review = review_of(github(tmp_path / "event.json", event, GITHUB_ACTOR=actor))

    assert review.is_foreign


@pytest.mark.parametrize("event", [{}, [], "no JSON", {"pull_request": 7}, {"pull_request": {"number": "7"}}])
def test_an_event_without_a_pull_request_has_no_number(tmp_path: Path, event: object) -> None:
    """A push belongs to no pull request, and an event that cannot be read tells nothing."""
    review = review_of(github(tmp_path / "event.json", event))

    assert review.number == 0


def test_a_merge_request_of_gitlab() -> None:
    """A merge request of a fork is the target project's, and its jobs have no token of that project."""
    told = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://example.com/api/v4",
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "12",
        "CI_COMMIT_SHA": PUSHED,
    }

    own = review_of(told)
    foreign = review_of(told | {"CI_PROJECT_ID": "90", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "90"})
    merged = review_of(told | {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "a" * 40})

    assert (own.host, own.repository, own.number, own.is_foreign) == ("gitlab", "12", 7, False)
    assert (foreign.repository, foreign.is_foreign) == ("12", True)
    assert (own.commit, merged.commit) == (PUSHED, "a" * 40)


def test_outside_of_ci_nothing_is_known() -> None:
    """Whoever types the command names the change."""
    assert review_of({}) == Review()
