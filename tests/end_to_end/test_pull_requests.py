"""The gate in a pull request: the steps of our GitHub action, run against a scratch repository and a made-up GitHub."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.made_up_code_hosts import CodeHostServer, GitHubServer, serving

from .conftest import ROOT, Repository, case_line
from .scratch_review import HARMLESS, THIEF, Review, needs_git

pytestmark = needs_git

FORMER = "<!-- passmuster:team -->\n### Passed: team\n"
"""What an earlier commit was told."""


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
    with serving(GitHubServer()) as running:
        yield running


def edit(description: str) -> Callable[[Repository], None]:
    """Return a change of one description."""
    return lambda repository: repository.write_agent("documentation-writer", description)


def test_a_thief_is_stopped_and_its_repair_let_through(review: Review, server: CodeHostServer) -> None:
    """The job fails with a comment, the reports and the annotations; the next push brings that comment up to date."""
    review.propose(edit(THIEF))

    stolen = review.github_job(server, formats="", sarif="true")
    review.repropose(edit(HARMLESS))
    mended = review.github_job(server)

    assert stolen.status == 1, stolen.log
    assert (stolen.outputs["status"], stolen.outputs["verdict"]) == ("1", "failed")
    assert "documentation-writer stole" in server.asked[1].body["body"]
    reports = Path(stolen.outputs["reports"])
    assert {path.name for path in reports.glob("team/*")} >= {"report.html", "report.md", "report.sarif", "junit.xml"}
    assert stolen.used["Keep the reports"]["path"] == stolen.used["Tell code scanning"]["sarif_file"] == str(reports)
    assert "### " in stolen.summary
    assert mended.status == 0, mended.log
    assert [item.method for item in server.asked if item.path != "/user"] == ["GET", "POST", "GET", "PATCH"]
    assert len(server.said) == 1
    assert "Passed" in server.texts[0]
    assert "Tell code scanning" not in mended.done


def test_the_runner_obeys_nothing_that_stands_in_agents_and_requests(review: Review, server: CodeHostServer) -> None:
    """What passmuster prints stands between two words that nobody can guess; our annotations come after them."""
    review.propose(edit(THIEF))

    log = review.github_job(server).log

    found = re.search(r"^::stop-commands::([0-9a-f]{32})\n(.*?)^::\1::\n(.*)", log, re.MULTILINE | re.DOTALL)
    assert found, log
    assert "stolen" in found[2]
    assert re.search(r"^::error file=evals/team/agents/[a-z-]+\.md,line=\d+,", found[3], re.MULTILINE), log


def test_noise_is_no_verdict(review: Review, server: CodeHostServer) -> None:
    """Where a few choices of a model moved, nobody can tell; that fails, or passes with a warning, as asked."""
    review.propose(edit(HARMLESS))
    asked = {"suite": "live", "compare-with": "target"}

    strict = review.github_job(server, **asked)
    lenient = review.github_job(server, **asked, inconclusive="pass")

    assert (strict.status, strict.outputs["verdict"]) == (4, "inconclusive"), strict.log
    assert (lenient.status, lenient.outputs["verdict"]) == (0, "inconclusive"), lenient.log
    assert "::warning title=passmuster cannot tell::" in lenient.log
    assert "Cannot tell" in server.texts[0]


@pytest.mark.parametrize("depth", [1, 0])
def test_what_others_merged_meanwhile_is_not_blamed(review: Review, server: CodeHostServer, depth: int) -> None:
    """The other side is the target as it was merged with, however much of the history was checked out."""
    review.propose(edit(HARMLESS))
    review.move_main(edit(THIEF))

    job = review.github_job(server, depth=depth, **{"compare-with": "target"})

    assert job.status == 0, job.log
    assert "stole" not in server.texts[0]
    assert review.first_parent[:12] in server.texts[0]


def test_a_strangers_job_says_it_beside_itself(review: Review, server: CodeHostServer) -> None:
    """The token of a fork's job can only read: the summary has the text, and the verdict is what it was."""
    server.is_read_only = True
    review.propose(edit(HARMLESS))

    job = review.github_job(server, head="stranger/agents")

    assert job.status == 0, job.log
    assert "comes from a fork" in job.log
    assert job.summary.count("<!-- passmuster:team -->") == 1
    assert server.texts == []


def test_a_comment_that_cannot_be_placed_changes_no_verdict(review: Review, server: CodeHostServer) -> None:
    """A missing permission is a warning with its remedy in the log."""
    server.is_read_only = True
    review.propose(edit(HARMLESS))

    job = review.github_job(server)

    assert job.status == 0, job.log
    assert "permissions: {pull-requests: write}" in job.log
    assert "::warning title=passmuster::no comment could be placed" in job.log


def test_an_accepted_break_is_pointed_at(review: Review, server: CodeHostServer) -> None:
    """Whoever edits the baseline judges in their own case, so that reviewers are told to read it."""

    def accept(repository: Repository) -> None:
        edit(THIEF)(repository)
        repository.passmuster("run", "team", "--no-report")
        repository.passmuster("accept", "team", "--reason", "wanted", "--expires", "2099-01-01")

    review.propose(accept)

    job = review.github_job(server)

    assert job.status == 0, job.log
    assert "::notice title=passmuster::this change edits an accepted baseline" in job.log


def test_a_commit_that_cannot_be_judged_loses_the_verdict_of_an_earlier_one(
    review: Review, server: CodeHostServer
) -> None:
    """The comment is brought up to date: it names the commit and says why there is no verdict, and so does the job."""
    server.say_ours(FORMER)

    def spoil(repository: Repository) -> None:
        edit(THIEF)(repository)
        repository.write_cases([case_line("database-1", "Which index is missing?", "@nobody")])

    review.propose(spoil)

    job = review.github_job(server)

    assert (job.status, job.outputs["verdict"]) == (2, "invalid"), job.log
    assert [item.method for item in server.asked if item.path != "/user"] == ["GET", "PATCH"]
    assert "Passed" not in server.texts[0]
    assert f"Commit {review.pushed[:12]} has no verdict" in server.texts[0]
    assert "routing.jsonl:1:" in server.texts[0]
    assert "@nobody" not in server.texts[0]
    assert server.texts[0] in job.summary


@pytest.mark.parametrize(
    ("given", "words", "comment"),
    [
        ({"compare-with": "main"}, "neither 'baseline' nor 'target'", "neither 'baseline' nor 'target'"),
        ({"inconclusive": "neutral"}, "neither 'fail' nor 'pass'", "neither 'fail' nor 'pass'"),
        ({"suite": "nowhere"}, "[no-suite]", FORMER),
        ({"suite": "$(touch obeyed); touch obeyed"}, "[no-suite]", FORMER),
        ({"arguments": "--repetitions 2 --no-such-option; touch obeyed"}, "--no-such-option", "--no-such-option"),
    ],
)
def test_wrong_inputs_are_data_and_no_commands(
    review: Review, server: CodeHostServer, given: dict[str, str], words: str, comment: str
) -> None:
    """A misspelt input ends the job with the status for wrong input, and a shell never reads what stands in it.

    The comment says what is wrong, if it can be known which suite's it is.
    """
    server.say_ours(FORMER)
    review.propose(edit(HARMLESS))

    job = review.github_job(server, **given)

    assert job.status == 2, job.log
    assert words in job.log
    assert len(server.texts) == 1
    assert comment in server.texts[0]
    assert list(review.folder.rglob("obeyed")) == []


def test_the_installation_refuses_what_is_no_version(review: Review, server: CodeHostServer) -> None:
    """What pip would take for an option or an address is not handed to it."""
    review.propose(edit(HARMLESS))

    job = review.github_job(server, install="true", version="1.0 --index-url=elsewhere")

    assert job.status == 2
    assert "'version' is no version" in job.log
    assert "Evaluate" not in job.done
    assert job.used["Set up Python"]["python-version"] == "3.11"


def test_no_expression_is_put_into_a_command() -> None:
    """GitHub writes an expression's value into the text that the shell reads; ours reach it as variables only."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if line.strip().startswith("run:") and "${{" in line] == []
    assert "run: |" not in text
