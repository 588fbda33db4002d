"""`passmuster comment` at the real command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.made_up_code_hosts import NUMBER, REPOSITORY, TOKEN, CodeHostServer, GitHubServer, GitLabServer, serving

from .conftest import Outcome, Repository


@pytest.fixture(params=[GitHubServer, GitLabServer])
def server(request: pytest.FixtureRequest) -> Iterator[CodeHostServer]:
    with serving(request.param()) as running:
        yield running


def comment(repository: Repository, server: CodeHostServer, *arguments: str, **environment: str) -> Outcome:
    """Comment outside of CI, where options name the change."""
    place = ("--host", server.kind, "--address", server.address, "--repository", REPOSITORY, "--number", str(NUMBER))
    nowhere = {"GITHUB_ACTIONS": "", "GITLAB_CI": "", "GITHUB_TOKEN": "", "GITLAB_TOKEN": ""}
    return repository.passmuster("comment", *arguments, *place, **{**nowhere, "TOKEN": TOKEN, **environment})


def write(repository: Repository, name: str, text: str) -> str:
    (repository.folder / name).write_text(text, encoding="utf-8")
    return name


def test_a_busy_code_host_gets_one_comment(repository: Repository, server: CodeHostServer) -> None:
    """After a failure the search begins anew: what was written before the connection broke is not written twice."""
    file = write(repository, "first.md", "<!-- passmuster:team -->\nfirst\n")
    server.failures = [(503, b"busy", {"retry-after": "0"})]

    first = comment(repository, server, file, "--token-variable", "TOKEN", "--json")
    write(repository, "first.md", "<!-- passmuster:team -->\nsecond\n")
    second = comment(repository, server, file, "--token-variable", "TOKEN", "--json")

    told = [json.loads(outcome.output) for outcome in (first, second)]
    assert [(item["host"], item["number"], item["comments"][0]["act"]) for item in told] == [
        (server.kind, NUMBER, "created"),
        (server.kind, NUMBER, "updated"),
    ]
    assert server.texts == ["<!-- passmuster:team -->\nsecond\n"]


def test_two_suites_have_two_comments(repository: Repository, server: CodeHostServer) -> None:
    """Each comment is found by its own marker."""
    files = [write(repository, f"{name}.md", f"<!-- passmuster:{name} -->\n{name}\n") for name in ("one", "two")]

    outcome = comment(repository, server, *files, "--token-variable", "TOKEN")
    again = comment(repository, server, *files, "--token-variable", "TOKEN")

    assert outcome.status == again.status == 0
    assert outcome.output.count("comment created: ") == 2
    assert again.output.count("comment unchanged: ") == 2
    assert len(server.said) == 2


def test_a_missing_permission_is_an_error_of_the_environment(repository: Repository, server: CodeHostServer) -> None:
    """The sentence names the remedy, and no output holds the token, whatever the code host repeats."""
    server.is_read_only = True
    server.refusal = (403, {"message": f"no right for {TOKEN}"})
    file = write(repository, "first.md", "<!-- passmuster:team -->\nfirst\n")

    outcome = comment(repository, server, file, "--token-variable", "TOKEN")

    assert outcome.status == 3
    assert "may not comment on example/agents 7" in outcome.screen
    assert TOKEN not in outcome.screen


def test_the_comment_of_the_only_suite_is_the_usual_one(accepted: Repository, server: CodeHostServer) -> None:
    """After a run, no file needs to be named."""
    assert accepted.passmuster("run").status == 0

    outcome = comment(accepted, server, "--token-variable", "TOKEN")

    assert outcome.status == 0, outcome.screen
    assert server.texts == [(accepted.report.parent / "report.md").read_text(encoding="utf-8")]


def test_every_file_that_is_no_comment_is_complained_about(repository: Repository, server: CodeHostServer) -> None:
    """Nothing is sent before all files can be."""
    good = write(repository, "good.md", "<!-- passmuster:team -->\ngood\n")
    unmarked = write(repository, "unmarked.md", "words\n")

    outcome = comment(repository, server, good, unmarked, "absent.md", "--token-variable", "TOKEN")

    assert outcome.status == 2
    assert outcome.errors.count("[not-a-comment]") == 2
    assert server.asked == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no job of GitHub Actions or GitLab CI"),
        (("--host", "github", "--repository", "agents", "--number", "7"), "name it with --address"),
        (("--host", "elsewhere"), "elsewhere"),
        (("--unjudged", "reasons.txt"), "leave one of them out"),
    ],
)
def test_who_names_no_change_is_told_how(repository: Repository, arguments: tuple[str, ...], words: str) -> None:
    """Outside of CI nobody says which change is meant."""
    file = write(repository, "first.md", "<!-- passmuster:team -->\nfirst\n")

    outcome = repository.passmuster("comment", file, *arguments, GITHUB_ACTIONS="", GITLAB_CI="")

    assert outcome.status == 2
    assert words in outcome.screen


def test_a_job_of_a_push_has_nothing_to_comment_on(repository: Repository, tmp_path: Path) -> None:
    """That is no failure."""
    file = write(repository, "first.md", "<!-- passmuster:team -->\nfirst\n")
    (tmp_path / "event.json").write_text("{}", encoding="utf-8")

    outcome = repository.passmuster(
        "comment", file, GITHUB_ACTIONS="true", GITHUB_EVENT_PATH=str(tmp_path / "event.json")
    )

    assert outcome.status == 0
    assert "belongs to no pull request" in outcome.screen
