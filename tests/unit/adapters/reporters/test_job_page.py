"""The page of a GitHub job."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from passmuster.adapters.reporters.job_page import JobPageReporter
from passmuster.adapters.reporters.places import Places
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.reports import Report


def reporter(stream: StringIO, summary: str, *, when: str = "in_actions", actions: str = "true") -> JobPageReporter:
    environment = {"GITHUB_ACTIONS": actions, "GITHUB_STEP_SUMMARY": summary}
    return JobPageReporter(when=when, environment=environment, stream=stream, places=Places(Path("/nowhere")))


def test_a_job_is_told_what_the_files_hold(report: Report, tmp_path: Path) -> None:
    """The summary is appended to what the step has written before, and the annotations are printed."""
    stream, summary = StringIO(), tmp_path / "summary"
    summary.write_text("before\n", encoding="utf-8")

    text, annotations = reporter(stream, str(summary)).write(report, tmp_path / "out")

    assert summary.read_text(encoding="utf-8") == f"before\n{text.read_text(encoding='utf-8')}\n"
    assert stream.getvalue() == annotations.read_text(encoding="utf-8")
    assert stream.getvalue().startswith("::error title=passmuster")


@pytest.mark.parametrize(("when", "actions"), [("in_actions", ""), ("in_actions", "false"), ("never", "true")])
def test_elsewhere_nothing_is_told(report: Report, tmp_path: Path, when: str, actions: str) -> None:
    """A shell that has the variable by chance, or somebody who wants no page, gets the files alone."""
    stream, summary = StringIO(), tmp_path / "summary"

    written = reporter(stream, str(summary), when=when, actions=actions).write(report, tmp_path / "out")

    assert [path.name for path in written] == ["summary.md", "annotations.txt"]
    assert stream.getvalue() == ""
    assert not summary.exists()


def test_it_is_told_always_where_that_is_wanted(report: Report, tmp_path: Path) -> None:
    """Outside of a job, and without a file for the summary."""
    stream = StringIO()

    reporter(stream, "", when="always", actions="").write(report, tmp_path)

    assert stream.getvalue().startswith("::error")


def test_a_summary_that_is_nearly_full_is_not_overfilled(report: Report, tmp_path: Path) -> None:
    """Above 1 MiB the whole summary would not be shown: it gets a shorter text, or none."""
    long = replace(report, trust=tuple(f"{number} {'x' * 400}" for number in range(500)))
    summary = tmp_path / "summary"

    for taken, expected in ((1_000_000, True), (1_048_000, False)):
        summary.write_text("x" * taken, encoding="utf-8")
        reporter(StringIO(), str(summary)).write(long, tmp_path / "out")
        assert summary.stat().st_size <= 1_048_576
        assert (summary.stat().st_size > taken) is expected


def test_a_summary_that_cannot_be_written_is_an_environment_fault(report: Report, tmp_path: Path) -> None:
    """The variable is named, since that is what is wrong."""
    with pytest.raises(EnvironmentFaultError, match="GITHUB_STEP_SUMMARY"):
        reporter(StringIO(), str(tmp_path / "no" / "summary")).write(report, tmp_path / "out")


def test_a_report_without_anything_to_say_takes_the_place_of_the_former(
    report: Report, empty_report: Report, tmp_path: Path
) -> None:
    """Annotations of an earlier run are not left lying about."""
    stream = StringIO()
    for one in (report, empty_report):
        _, annotations = reporter(stream, "", when="never").write(one, tmp_path)

    assert annotations.read_text(encoding="utf-8").strip() == ""
