"""Comments on a pull request of GitHub, by its REST API; see its reference, "Issue comments".

A pull request is an issue there: what stands below it, and at no line of the change, are comments of the issue.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pydantic import field_validator

from passmuster.adapters.code_hosts.asking import CodeHostOptions, Interface
from passmuster.adapters.code_hosts.discussion import Discussion, Found
from passmuster.components import BuildContext, Component
from passmuster.discussing import CodeHost

PERMISSION: Final = "a job gets the right with `permissions: {pull-requests: write}`"

_REFUSED: Final = 403


class GitHubOptions(CodeHostOptions):
    """Options of the code host ``github``."""

    @field_validator("repository")
    @classmethod
    def _check_repository(cls, text: str) -> str:
        parts = text.split("/")
        if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - an owner and a name
            message = "write the owner and the name, such as example/agents"
            raise ValueError(message)
        return text


class Author:
    """Knows which comments were written with the token that we have."""

    def __init__(self, interface: Interface) -> None:
        """Take what to ask; nothing is asked before there is a comment to judge."""
        self._interface = interface

    def wrote(self, found: Found) -> bool:
        """Whether a comment is ours."""
        author = found.get("user")
        if not isinstance(author, dict):
            return False
        told = self._interface.look("GET", "/user")
        if told.status == _REFUSED or not isinstance(told.data, dict):
            # A job's own token may not ask whose it is, and writes as a bot.
            return author.get("type") == "Bot"
        return author.get("login") == told.data.get("login")


def build(options: GitHubOptions, context: BuildContext) -> CodeHost:
    """Make what asks GitHub."""
    interface = Interface(options, headers=_headers, token=context.secret, permission=PERMISSION)
    repository = f"/repos/{quote(options.repository)}/issues"
    return Discussion(
        interface=interface,
        comments=f"{repository}/{options.number}/comments",
        comment=lambda number: f"{repository}/comments/{number}",
        method="PATCH",
        is_ours=Author(interface).wrote,
    )


def _headers(token: str) -> Mapping[str, str]:
    return {
        "accept": "application/vnd.github+json",
        "authorization": f"Bearer {token}",
        "x-github-api-version": "2022-11-28",
    }


COMPONENT: Final = Component(options=GitHubOptions, build=build)
"""``github``: GitHub, at its own address or at a company's."""
