"""Which reporters write."""

from pathlib import Path

import pytest

from passmuster.adapters.reporters.markdown import MarkdownReporter
from passmuster.composition.building import Workbench
from passmuster.composition.reporters import named_formats, reporters_of, usual_formats
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError

SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ./cases.jsonl}]
subjects: {lexical: {use: routed, router: {use: lexical}}}
reports: [{use: markdown, maximum_length: 30000}, {use: json}]
"""


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A suite that names two reporters."""
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    return Workbench(tmp_path / "suite.yaml", Settings())


def names_of(bench: Workbench, *names: str) -> list[str]:
    return [type(reporter).__name__ for reporter in reporters_of(bench, names)]


@pytest.mark.parametrize(
    ("written", "names"),
    [(None, ()), ("", ()), (" junit,, sarif ,junit", ("junit", "sarif")), ("./a.py:B", ("./a.py:B",))],
)
def test_names_are_parted_by_commas(written: str | None, names: tuple[str, ...]) -> None:
    """Each counts once, and what is empty is none."""
    assert named_formats(written) == names


def test_what_is_asked_for_comes_beside_the_suites_own(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once; and the page of a job comes by itself, in a job."""
    assert usual_formats(bench, ("junit", "json")) == ("markdown", "json", "junit")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    assert usual_formats(bench, ("junit",)) == ("markdown", "json", "junit", "github")
    assert usual_formats(bench, ("github",)) == ("markdown", "json", "github")


def test_the_suites_own_keep_their_options(bench: Workbench) -> None:
    """A reporter that the suite names is as it says; another one is as it is by default."""
    assert names_of(bench, "junit", "markdown", "sarif") == ["JunitReporter", "MarkdownReporter", "SarifReporter"]
    [own] = reporters_of(bench, ["markdown"])
    assert isinstance(own, MarkdownReporter)
    assert own._maximum_length == 30_000  # noqa: SLF001 - what was built is to be seen


def test_a_reporter_of_the_users_is_found_by_its_file(bench: Workbench, tmp_path: Path) -> None:
    """As in a suite, from the suite's folder."""
    (tmp_path / "own.py").write_text(
        "from passmuster.adapters.reporters.registered import JSON as OWN\n", encoding="utf-8"
    )

    assert names_of(bench, "./own.py:OWN") == ["JsonReporter"]


def test_every_name_that_is_none_is_told_at_once(bench: Workbench) -> None:
    """With the names that there are, and before anything is written."""
    with pytest.raises(InvalidConfigurationError) as caught:
        list(reporters_of(bench, ["markdown", "sariff", "./no.py:X", "pdf"]))

    findings = caught.value.findings
    assert [finding.rule for finding in findings] == ["unknown-format"] * 3
    assert "'sariff'" in findings[0].message
    assert "github, html, json, junit, markdown, sarif" in findings[0].hint
