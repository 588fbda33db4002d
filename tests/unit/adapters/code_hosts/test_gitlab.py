"""What GitLab is sent, and whose notes count as ours there."""

from pathlib import Path

import pytest
from tests.made_up_code_hosts import NUMBER, REPOSITORY, TOKEN, CodeHostServer, GitLabServer, serving

from passmuster.adapters.code_hosts.gitlab import COMPONENT, GitLabOptions
from passmuster.components import BuildContext
from passmuster.discussing import CodeHost
from passmuster.domain.comments import Act, Comment
from passmuster.domain.errors import CodeHostError

COMMENT = Comment.read("<!-- passmuster:team -->\nfailed\n")
SECRET = "GITLAB_TOKEN"  # noqa: S105 - the name of a variable


def gitlab(server: CodeHostServer) -> CodeHost:
    options = GitLabOptions(address=server.address, repository=REPOSITORY, number=NUMBER, secret=SECRET)
    return COMPONENT.build(options, BuildContext(folder=Path(), secret={SECRET: TOKEN}.get))


def test_requests_are_as_gitlab_documents_them() -> None:
    """A project is one part of the path, the oldest notes come first, and the token has a header of its own."""
    with serving(GitLabServer()) as server:
        gitlab(server).put(COMMENT)

    assert [(item.method, item.path) for item in server.asked] == [
        ("GET", "/projects/example%2Fagents/merge_requests/7/notes"),
        ("POST", "/projects/example%2Fagents/merge_requests/7/notes"),
    ]
    assert {item.headers["private-token"] for item in server.asked} == {TOKEN}
    assert server.asked[0].query == {"sort": "asc", "order_by": "created_at", "per_page": "100", "page": "1"}
    assert server.asked[-1].body == {"body": COMMENT.text}


def test_a_note_of_the_system_is_nobodys() -> None:
    """GitLab writes notes of its own in the name of whoever did something."""
    with serving(GitLabServer()) as server:
        server.say_ours(COMMENT.text)
        server.said[0]["system"] = True

        placed = gitlab(server).put(COMMENT)

    assert placed.act is Act.CREATED


def test_a_token_of_nobody_overwrites_nothing() -> None:
    """Where GitLab does not say whose token it is, no note can be known as ours."""
    with serving(GitLabServer()) as server:
        server.say_ours(COMMENT.text)
        server.failures = [(200, server.said, {}), (200, {"username": "odd"}, {})]

        with pytest.raises(CodeHostError, match="whose token"):
            gitlab(server).put(COMMENT)

    assert server.methods == ["GET", "GET"]
