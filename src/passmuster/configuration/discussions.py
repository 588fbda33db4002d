"""Which change is under review, as the variables of GitHub Actions and of GitLab CI tell it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GITHUB: Final = "github"
GITLAB: Final = "gitlab"

_BOTS_WITHOUT_RIGHTS: Final = frozenset({"dependabot[bot]"})
"""Whose pull requests GitHub treats as those of strangers, although their branches are in the repository."""

_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")

_LARGEST: Final = 25 * 1_048_576
"""Bytes of an event at most: GitHub sends no larger ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A change under review; what nobody tells is empty, or 0.

    Attributes:
        host: The code host.
        address: Where its interface is.
        repository: The repository, as the code host names it.
        number: The number of the pull request, or merge request.
        token_variable: The variable that usually holds the token.
        is_foreign: Whether it comes from somebody whose jobs get a token that can only read.
        summary: The file whose text is shown beside the job.
        commit: The commit that was pushed, and not the merge that CI makes of it.
    """

    host: str = ""
    address: str = ""
    repository: str = ""
    number: int = 0
    token_variable: str = ""
    is_foreign: bool = False
    summary: str = ""
    commit: str = ""


def review_of(environment: Mapping[str, str]) -> Review:
    """Return what the environment tells of the change under review; nothing outside of CI."""
    if environment.get("GITHUB_ACTIONS") == "true":
        return _on_github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _on_gitlab(environment)
    return Review()


def _on_github(environment: Mapping[str, str]) -> Review:
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    change = _object(event, "pull_request")
    number = change.get("number") or _object(event, "issue").get("number")
    return Review(
        host=GITHUB,
        address=environment.get("GITHUB_API_URL", ""),
        repository=environment.get("GITHUB_REPOSITORY", ""),
        number=number if isinstance(number, int) else 0,
        token_variable="GITHUB_TOKEN",  # noqa: S106 - the name of a variable, and no token
        is_foreign=_is_foreign(change, environment),
        summary=environment.get("GITHUB_STEP_SUMMARY", ""),
        commit=_commit(_object(change, "head").get("sha") or environment.get("GITHUB_SHA")),
    )


def _is_foreign(change: Mapping[str, object], environment: Mapping[str, str]) -> bool:
    if not change:
        return False
    homes = [_object(_object(change, side), "repo").get("full_name") for side in ("head", "base")]
    # The repository of a head may be gone, and then it was a fork's.
    return homes[0] != homes[1] or environment.get("GITHUB_ACTOR", "") in _BOTS_WITHOUT_RIGHTS


def _on_gitlab(environment: Mapping[str, str]) -> Review:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    source = environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
    target = environment.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    return Review(
        host=GITLAB,
        address=environment.get("CI_API_V4_URL", ""),
        # A job of a fork runs in the fork's project; the merge request is the other one's.
        repository=target or environment.get("CI_PROJECT_ID", ""),
        number=int(number) if number.isascii() and number.isdigit() else 0,
        token_variable="GITLAB_TOKEN",  # noqa: S106 - the name of a variable, and no token
        is_foreign=source != target,
        # Where results are merged, the job's own commit is the merge.
        commit=_commit(environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA")),
    )


def _commit(told: object) -> str:
    return told if isinstance(told, str) and _COMMIT.fullmatch(told) else ""


def _event(place: str) -> Mapping[str, object]:
    """Return what started the job; nothing where that cannot be read, since options can say the same."""
    path = Path(place)
    try:
        if not place or path.stat().st_size > _LARGEST:
            return {}
        event: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _object(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
