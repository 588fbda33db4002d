"""Reports for machines: JUnit, SARIF, the page of a job and the comment, written by the real command line."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml
from tests.sarif_shape import complaints_about

from .conftest import Repository, stored_trials

THIEF = "Writes tutorials, and SQL migrations, schemas, indexes and query plans of PostgreSQL."


@pytest.fixture
def stealing(accepted: Repository) -> Repository:
    """A repository in which an edited description takes what another agent had."""
    (accepted.folder / ".git").mkdir()
    accepted.write_agent("documentation-writer", THIEF)
    return accepted


def test_a_run_in_a_job_tells_its_page(stealing: Repository, tmp_path: Path) -> None:
    """Summary and annotations come by themselves, other reports by name, and every path is told."""
    summary = tmp_path / "step"

    done = stealing.passmuster(
        "run", "--format", "junit,sarif", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary)
    )

    assert done.status == 1
    commands = [line for line in done.errors.splitlines() if line.startswith("::")]
    assert commands[0].startswith("::error title=passmuster%3A Failed%3A team::lexical: ")
    agent = "evals/team/agents/documentation-writer.md"
    assert commands[1].startswith(
        f"::error file={agent},line=3,title=documentation-writer takes requests of database-engineer (lexical%2C "
    )
    assert summary.read_text(encoding="utf-8").splitlines()[:2] == ["<!-- passmuster:team -->", "### ✗ Failed: team"]
    folder = stealing.report.parent
    assert "beside it: report.md, report.json, junit.xml, report.sarif, summary.md, annotations.txt" in done.screen
    assert (folder / "annotations.txt").read_text(encoding="utf-8").splitlines() == commands
    assert "::" not in done.output


def test_json_stays_clean_in_a_job(stealing: Repository) -> None:
    """Whoever reads the result as JSON gets nothing else on standard output, and finds every report in it."""
    done = stealing.passmuster("run", "--json", GITHUB_ACTIONS="true", PASSMUSTER_FORMATS="junit")

    names = [Path(path).name for path in json.loads(done.output)["reports"]]
    assert names[-3:] == ["junit.xml", "summary.md", "annotations.txt"]
    assert "::error" in done.errors


def test_elsewhere_nothing_of_a_job_is_written(stealing: Repository) -> None:
    """Outside of a job there is neither an annotation nor a file for one."""
    done = stealing.passmuster("run")

    assert "::" not in done.errors
    assert not (stealing.report.parent / "annotations.txt").exists()


def test_a_stored_run_is_written_in_the_formats_that_are_named(stealing: Repository) -> None:
    """These only, from a finished run, against the baseline or another run; the paths are printed."""
    assert stealing.passmuster("run", "--no-report").status == 1

    done = stealing.passmuster("report", "--format", "junit,sarif,markdown", "-o", "out")

    assert done.output.split() == ["out/junit.xml", "out/report.sarif", "out/report.md"]
    tests = {test.name: test for suite in JUnitXml.fromfile(str(stealing.folder / "out/junit.xml")) for test in suite}
    assert [type(result).__name__ for result in tests["gate"].result] == ["Failure"]
    assert tests["database-2"].result[0].type == "stolen-request"
    assert tests["nobody-2"].is_passed
    log = json.loads((stealing.folder / "out/report.sarif").read_text(encoding="utf-8"))
    assert complaints_about(log) == []
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {"evals/team/agents/documentation-writer.md"}
    assert {place["region"]["startLine"] for place in places} == {3}


def test_a_report_can_be_made_against_another_run(stealing: Repository) -> None:
    """What is compared with itself is equal, whatever the accepted baseline says."""
    run = json.loads(stealing.passmuster("run", "--json", "--no-report").output)["run"]

    assert stealing.passmuster("report", "--format", "markdown", "--against-run", run, "-o", "out").status == 0

    text = (stealing.folder / "out" / "report.md").read_text(encoding="utf-8")
    assert f"**Against run {run}: nothing moved**" in text


def test_a_format_that_is_none_is_an_input_error(accepted: Repository) -> None:
    """All of them are told at once, with the names that there are, before a case is asked; also by the variable."""
    trials = stored_trials(accepted)

    for done in (
        accepted.passmuster("report", "--format", "junit,sariff,pdf"),
        accepted.passmuster("run", PASSMUSTER_FORMATS="junit,sariff,pdf"),
    ):
        assert done.status == 2
        assert "no report is called 'sariff'" in done.screen
        assert "no report is called 'pdf'" in done.screen
    assert stored_trials(accepted) == trials


def test_a_suite_may_name_them_with_options(stealing: Repository) -> None:
    """As other components: their options are checked, and hold."""
    text = stealing.suite.read_text(encoding="utf-8")
    stealing.suite.write_text(f"{text}reports: [{{use: github, when: always}}, {{use: junit}}]\n", encoding="utf-8")

    done = stealing.passmuster("run", PASSMUSTER_REPORTS="new")

    assert sorted(path.name for path in (stealing.folder / "new" / "team").iterdir()) == [
        "annotations.txt",
        "junit.xml",
        "summary.md",
    ]
    assert "::error" in done.errors
    stealing.suite.write_text(f"{text}reports: [{{use: github, when: sometimes}}]\n", encoding="utf-8")
    assert stealing.passmuster("run").status == 2
