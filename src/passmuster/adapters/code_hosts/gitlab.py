"""Notes on a merge request of GitLab, by its REST API; see its reference, "Notes"."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from passmuster.adapters.code_hosts.asking import CodeHostOptions, Interface
from passmuster.adapters.code_hosts.discussion import Discussion, Found
from passmuster.components import BuildContext, Component
from passmuster.discussing import CodeHost
from passmuster.domain.errors import CodeHostError

PERMISSION: Final = (
    "the token of a job may not write notes: make a project access token with the scope `api` and the role Reporter"
)


class GitLabOptions(CodeHostOptions):
    """Options of the code host ``gitlab``."""


class Author:
    """Knows which notes were written with the token that we have."""

    def __init__(self, interface: Interface) -> None:
        """Take what to ask; nothing is asked before there is a note to judge."""
        self._interface = interface

    def wrote(self, found: Found) -> bool:
        """Whether a note is ours.

        Raises:
            CodeHostError: If GitLab does not say whose token it is.
        """
        author = found.get("author")
        if found.get("system") or not isinstance(author, dict):
            return False
        told = self._interface.ask("GET", "/user").data
        known = told.get("id") if isinstance(told, dict) else None
        if not isinstance(known, int):
            message = "GitLab does not say whose token this is"
            raise CodeHostError(message, hint=PERMISSION)
        return author.get("id") == known


def build(options: GitLabOptions, context: BuildContext) -> CodeHost:
    """Make what asks GitLab."""
    interface = Interface(options, headers=_headers, token=context.secret, permission=PERMISSION)
    # A project is named by its number, or by its path as one part of the address.
    notes = f"/projects/{quote(options.repository, safe='')}/merge_requests/{options.number}/notes"
    return Discussion(
        interface=interface,
        comments=notes,
        comment=lambda number: f"{notes}/{number}",
        method="PUT",
        is_ours=Author(interface).wrote,
        order={"sort": "asc", "order_by": "created_at"},
    )


def _headers(token: str) -> Mapping[str, str]:
    return {"private-token": token}


COMPONENT: Final = Component(options=GitLabOptions, build=build)
"""``gitlab``: GitLab, at its own address or at a company's."""
