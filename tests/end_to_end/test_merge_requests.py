"""The gate in a merge request: the script of our GitLab template, run against a scratch repository."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.made_up_code_hosts import CodeHostServer, GitLabServer, serving

from .scratch_review import HARMLESS, THIEF, Review, needs_git

pytestmark = needs_git


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Review:
    made = Review(tmp_path_factory.mktemp("begun"))
    made.begin()
    return made


@pytest.fixture
def review(begun: Review, tmp_path: Path) -> Review:
    return begun.copied(tmp_path)


@pytest.fixture
def server() -> Iterator[CodeHostServer]:
    with serving(GitLabServer()) as running:
        yield running


def test_a_thief_is_stopped_and_its_repair_let_through(review: Review, server: CodeHostServer) -> None:
    """The job fails with a note and a JUnit file where the template promises it; the next push updates the note."""
    review.propose(lambda repository: repository.write_agent("documentation-writer", THIEF))

    stolen = review.gitlab_job(server)
    review.repropose(lambda repository: repository.write_agent("documentation-writer", HARMLESS))
    mended = review.gitlab_job(server)

    assert stolen.status == 1, stolen.log
    promised = stolen.template["artifacts"]["reports"]["junit"]
    assert [path.parent.name for path in stolen.folder.glob(promised)] == ["team"]
    assert [item.method for item in server.asked if item.path != "/user"] == ["GET", "POST", "GET", "PUT"]
    assert mended.status == 0, mended.log
    assert len(server.said) == 1
    assert "Passed" in server.texts[0]


def test_noise_is_the_status_that_the_template_allows(review: Review, server: CodeHostServer) -> None:
    """Compared with the state that the change began at, a model's noise is no verdict, and the job gets a warning."""
    review.propose(lambda repository: repository.write_agent("documentation-writer", HARMLESS))

    job = review.gitlab_job(server, PASSMUSTER_SUITE="live", PASSMUSTER_COMPARE_WITH="target")

    assert job.status == job.template["allow_failure"]["exit_codes"] == 4, job.log
    assert "Cannot tell" in server.texts[0]


def test_a_commit_that_cannot_be_judged_loses_the_verdict_of_an_earlier_one(
    review: Review, server: CodeHostServer
) -> None:
    """The note is brought up to date: it names the commit and says why there is no verdict."""
    server.say_ours("<!-- passmuster:team -->\n### Passed: team\n")
    review.propose(lambda repository: repository.suite.write_text("name: team\nroster: [\n", encoding="utf-8"))

    job = review.gitlab_job(server)

    assert job.status == 2, job.log
    assert len(server.texts) == 1
    assert f"Commit {review.pushed[:12]} has no verdict" in server.texts[0]
    assert "suite.yaml:" in server.texts[0]


def test_a_fork_without_a_token_is_judged_all_the_same(review: Review, server: CodeHostServer) -> None:
    """Its job has no token of the target's project: nothing is asked, the log says why, and the verdict stays."""
    review.propose(lambda repository: repository.write_agent("documentation-writer", THIEF))

    job = review.gitlab_job(server, source="stranger/agents", GITLAB_TOKEN="")

    assert job.status == 1, job.log
    assert "comes from a fork" in job.log
    assert server.asked == []
