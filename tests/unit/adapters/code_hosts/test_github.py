"""What GitHub is sent, and whose comments count as ours there."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.made_up_code_hosts import NUMBER, REPOSITORY, TOKEN, CodeHostServer, GitHubServer, serving

from passmuster.adapters.code_hosts.github import COMPONENT, GitHubOptions
from passmuster.components import BuildContext
from passmuster.discussing import CodeHost
from passmuster.domain.comments import Act, Comment
from passmuster.domain.errors import CodeHostBusyError

COMMENT = Comment.read("<!-- passmuster:team -->\nfailed\n")
SECRET = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable


def github(server: CodeHostServer) -> CodeHost:
    options = GitHubOptions(address=server.address, repository=REPOSITORY, number=NUMBER, secret=SECRET)
    return COMPONENT.build(options, BuildContext(folder=Path(), secret={SECRET: TOKEN}.get))


def test_requests_are_as_github_documents_them() -> None:
    """The version of the interface and the form of the answer are asked for, and the token is a bearer's."""
    with serving(GitHubServer()) as server:
        placed = github(server).put(COMMENT)

    assert [(item.method, item.path) for item in server.asked] == [
        ("GET", "/repos/example/agents/issues/7/comments"),
        ("POST", "/repos/example/agents/issues/7/comments"),
    ]
    assert {item.headers["authorization"] for item in server.asked} == {f"Bearer {TOKEN}"}
    assert {item.headers["accept"] for item in server.asked} == {"application/vnd.github+json"}
    assert {item.headers["x-github-api-version"] for item in server.asked} == {"2022-11-28"}
    assert server.asked[-1].body == {"body": COMMENT.text}
    assert placed.address == "https://example.com/example/agents/pull/7#issuecomment-100"


def test_with_a_persons_token_only_that_persons_comment_is_ours() -> None:
    """Whoever lends a token owns what is written with it, and a bot's comment is another's then."""
    with serving(GitHubServer(login="maintainer")) as server:
        server.say(COMMENT.text, "github-actions[bot]")
        server.say(COMMENT.text, "maintainer")

        placed = github(server).put(Comment(marker=COMMENT.marker, text=f"{COMMENT.marker}\npassed\n"))

    assert placed.act is Act.UPDATED
    assert server.texts == [COMMENT.text, f"{COMMENT.marker}\npassed\n"]


def test_a_comment_without_an_author_is_nobodys() -> None:
    """The author of an old comment may be gone."""
    with serving(GitHubServer()) as server:
        server.say(COMMENT.text)
        server.said[0]["user"] = None

        placed = github(server).put(COMMENT)

    assert placed.act is Act.CREATED


def test_a_used_up_allowance_is_waited_for() -> None:
    """GitHub says 403 as well where it only wants to be asked later."""
    with serving(GitHubServer()) as server:
        server.failures = [(403, {"message": "secondary rate limit"}, {"retry-after": "0"})]

        with pytest.raises(CodeHostBusyError, match="cannot take requests now"):
            github(server).put(COMMENT)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"repository": "agents"}, "the owner and the name"),
        ({"repository": "a/b/c"}, "the owner and the name"),
        ({"number": 0}, "greater than or equal to 1"),
        ({"address": ""}, "begins with https://"),
        ({"address": "ftp://example.com"}, "begins with https://"),
        ({"address": "http://example.com"}, "for everybody to read"),
        ({"address": "https://test:word@example.com"}, "the address alone"),
        ({"secret": "no variable"}, "pattern"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], words: str) -> None:
    """A token is sent to nobody who was named wrongly."""
    right = {"address": "https://example.com", "repository": REPOSITORY, "number": 7, "secret": SECRET}

    with pytest.raises(ValidationError, match=words):
        GitHubOptions.model_validate(right | wrong)
