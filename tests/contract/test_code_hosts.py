"""What every registered code host promises: one comment, ours alone, brought up to date in its place."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from tests.made_up_code_hosts import NUMBER, REPOSITORY, TOKEN, CodeHostServer, GitHubServer, GitLabServer, serving

from passmuster.components import BuildContext
from passmuster.discussing import CodeHost
from passmuster.domain.comments import Act, Comment
from passmuster.domain.errors import CodeHostBusyError, CodeHostError, PermissionMissingError

MARKER = "<!-- passmuster:team -->"
FIRST = Comment.read(f"{MARKER}\nfailed\n")
SECOND = Comment.read(f"{MARKER}\npassed\n")
SERVERS = {"github": GitHubServer, "gitlab": GitLabServer}


def test_every_code_host_is_tried() -> None:
    """A code host that is registered and not tried here would promise nothing."""
    assert {point.name for point in entry_points(group="passmuster.code_hosts")} == set(SERVERS)


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[CodeHostServer]:
    with serving(SERVERS[request.param]()) as running:
        yield running


def code_host(server: CodeHostServer, token: str | None = TOKEN) -> CodeHost:
    [point] = entry_points(group="passmuster.code_hosts", name=server.kind)
    component = point.load()
    options = component.options(address=server.address, repository=REPOSITORY, number=NUMBER, secret="TOKEN")  # noqa: S106 - a name
    built: CodeHost = component.build(options, BuildContext(folder=Path(), secret={"TOKEN": token}.get))
    return built


def test_the_first_comment_is_added(server: CodeHostServer) -> None:
    """Where nothing stands yet, the comment is written as it is."""
    server.say("Looks good to me")

    placed = code_host(server).put(FIRST)

    assert placed.act is Act.CREATED
    assert server.texts == ["Looks good to me", FIRST.text]


def test_the_second_comment_replaces_the_first(server: CodeHostServer) -> None:
    """A second run updates and does not add."""
    subject = code_host(server)
    subject.put(FIRST)
    server.say("Thank you")

    placed = subject.put(SECOND)

    assert placed.act is Act.UPDATED
    assert server.texts == [SECOND.text, "Thank you"]
    assert server.methods.count("POST") == 1


def test_the_same_comment_is_written_once(server: CodeHostServer) -> None:
    """Nobody is notified of a comment that says what it said."""
    subject = code_host(server)
    subject.put(FIRST)
    server.said[0]["body"] = FIRST.text.strip().replace("\n", "\r\n")

    placed = subject.put(FIRST)

    assert placed.act is Act.UNCHANGED
    assert server.methods.count(server.change) == 0


def test_an_earlier_comment_is_found_on_a_later_page(server: CodeHostServer) -> None:
    """Long discussions come in pages, and all of them are read."""
    for index in range(230):
        server.say(f"remark {index}")
    server.say_ours(FIRST.text)

    placed = code_host(server).put(SECOND)

    assert placed.act is Act.UPDATED
    assert server.texts[-1] == SECOND.text
    assert [item.query["page"] for item in server.asked if item.path == server.list_path] == ["1", "2", "3"]


def test_comments_of_other_suites_and_of_others_stay(server: CodeHostServer) -> None:
    """A marker is no signature: who writes ours, or quotes it, keeps every word."""
    server.say_ours("<!-- passmuster:other -->\nanother suite's\n")
    server.say(f"{MARKER}\nwritten by somebody\n")
    server.say_ours(f"> {MARKER}\nquoted\n")
    before = server.texts

    placed = code_host(server).put(FIRST)

    assert placed.act is Act.CREATED
    assert server.texts == [*before, FIRST.text]


def test_a_missing_permission_is_named(server: CodeHostServer) -> None:
    """Whoever reads the log learns which right is missing, and how a job gets it."""
    server.is_read_only = True

    with pytest.raises(PermissionMissingError) as caught:
        code_host(server).put(FIRST)

    assert "may not comment on example/agents 7" in caught.value.message
    assert {"github": "pull-requests: write", "gitlab": "scope `api`"}[server.kind] in caught.value.hint
    assert server.texts == []


@pytest.mark.parametrize("token", [None, "", "two words"])
def test_without_a_token_nothing_is_asked(server: CodeHostServer, token: str | None) -> None:
    """What no header can carry is not sent."""
    with pytest.raises(PermissionMissingError, match="'TOKEN' holds no token"):
        code_host(server, token).put(FIRST)

    assert server.asked == []


def test_an_unknown_token_is_no_secret_in_the_message(server: CodeHostServer) -> None:
    """A refused token is named by its variable, never by its value."""
    wrong = "wrong-token-of-these-tests"

    with pytest.raises(PermissionMissingError) as caught:
        code_host(server, wrong).put(FIRST)

    assert "does not know the token in 'TOKEN'" in caught.value.message
    assert wrong not in str(caught.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_passing_failure_is_told_as_such(server: CodeHostServer, status: int) -> None:
    """What may succeed a moment later is told apart, with the time that the code host asks for."""
    server.failures = [(status, b"<html>busy</html>", {"retry-after": "7"})]

    with pytest.raises(CodeHostBusyError) as caught:
        code_host(server).put(FIRST)

    assert caught.value.wait == 7


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ((404, {"message": "Not Found"}, {}), "there is no example/agents 7"),
        ((301, {}, {"location": "http://127.0.0.1:9/elsewhere"}), "has moved"),
        ((422, {"message": "Validation Failed"}, {}), "status 422: 'Validation Failed'"),
        ((200, b"<html>a page for people</html>", {}), "answered what cannot be read"),
        ((200, {"not": "a list"}, {}), "no list of comments"),
    ],
)
def test_what_cannot_succeed_is_said_plainly(
    server: CodeHostServer, failure: tuple[int, object, dict[str, str]], words: str
) -> None:
    """Each refusal has a sentence of its own, and a redirect is not followed with a token."""
    server.failures = [failure]

    with pytest.raises(CodeHostError, match=words) as caught:
        code_host(server).put(FIRST)

    assert not isinstance(caught.value, CodeHostBusyError)
    assert len(server.asked) == 1


def test_a_machine_that_nobody_answers_on_is_a_passing_failure(server: CodeHostServer) -> None:
    """A connection that fails is tried again by whoever insists."""
    server.address = "http://127.0.0.1:9"

    with pytest.raises(CodeHostBusyError, match="could not be reached"):
        code_host(server).put(FIRST)
