"""Each option of the plug-in, on the command line and in the configuration of pytest; and what it costs unused."""

import subprocess
import sys

import pytest

from passmuster.testing.fault_server import FaultServer
from passmuster.testing.service_answers import Said

from .pytest_team import FLAKY_ROUTER, LIVE, QUIET, STEALS, Team, everything_imported, team

pytest_plugins = ["pytester"]
__all__ = ["everything_imported", "team"]

SUITE = "evals/team/suite.yaml"


def ini(team: Team, line: str) -> None:
    (team.folder / "pytest.ini").write_text(f"[pytest]\n{line}\n", encoding="utf-8")


def test_a_plug_in_that_nobody_uses_imports_nothing() -> None:
    """It is loaded in every run of pytest, so that it must cost nothing there."""
    imported = "import passmuster.pytest_plugin.plugin; print(*(set(sys.modules) - before))"
    script = f"import pytest, sys; before = set(sys.modules); {imported}"

    loaded = subprocess.run(  # noqa: S603 - this interpreter, and a script from this file
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()

    allowed = {"passmuster", "passmuster.pytest_plugin"}
    allowed |= {f"passmuster.pytest_plugin.{name}" for name in ("plugin", "options", "session", "importing")}
    standard = {name for name in loaded if name.partition(".")[0] in sys.stdlib_module_names}
    assert set(loaded) - standard <= allowed


def test_no_module_of_ours_is_compiled_anew(pytester: pytest.Pytester) -> None:
    """By itself pytest rewrites the assertions of any package that brings a plug-in, which would take a second."""
    pytester.makeconftest("import pytest; pytest.register_assert_rewrite('passmuster', 'beside')")
    pytester.makepyfile(
        beside="",
        test_loaders="""
            def test_loaders():
                import beside
                import passmuster.domain.values as ours
                assert type(beside.__loader__).__name__ == "AssertionRewritingHook"
                assert type(ours.__loader__).__name__ == "SourceFileLoader"
        """,
    )

    result = pytester.runpytest_subprocess(*QUIET)

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("is_configured", [False, True])
def test_a_baseline_is_named_by_its_path(team: Team, is_configured: bool) -> None:  # noqa: FBT001 - a parameter of tests
    """Another file than the suite's is compared with."""
    team.accept()
    team.baseline.rename(team.folder / "former.jsonl")
    if is_configured:
        ini(team, "passmuster_baseline = former.jsonl")

    result = team.tested("evals", *([] if is_configured else ["--passmuster-baseline", "former.jsonl"]))

    result.assert_outcomes(passed=11)


def test_a_baseline_may_be_a_git_revision(team: Team) -> None:
    """The suite is run as it was at that revision as well, in turns, and what broke since is told."""
    team.accept()
    team.baseline.unlink()
    for arguments in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *arguments], cwd=team.folder, check=True)  # noqa: S603, S607 - git, in a folder of ours
    team.write_agent("documentation-writer", STEALS)

    result = team.tested("evals", "--passmuster-baseline", "HEAD")

    assert result.parseoutcomes()["failed"] > 1
    result.stdout.fnmatch_lines(["baseline * database-engineer, right in 100% of 1; now broken*", "the gate failed: *"])


def test_accepted_is_the_usual_baseline(team: Team) -> None:
    """It can be said, too."""
    team.accept()

    result = team.tested("evals", "--passmuster-baseline", "accepted")

    result.assert_outcomes(passed=11)


@pytest.mark.parametrize("wrong", ["no-such-revision", "--passmuster-report"])
def test_a_baseline_that_is_nothing_is_refused(team: Team, wrong: str) -> None:
    """Neither a file nor a revision is a mistake in the command line, and not an error of tests."""
    result = team.tested("evals", f"--passmuster-baseline={wrong}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --passmuster-baseline is *"])


@pytest.mark.parametrize("is_configured", [False, True])
def test_repetitions_are_made(team: Team, is_configured: bool) -> None:  # noqa: FBT001 - a parameter of tests
    """A subject that varies is asked as often as is said."""
    (team.suite.parent / "router.py").write_text(FLAKY_ROUTER, encoding="utf-8")
    team.add_to_suite(LIVE)
    if is_configured:
        ini(team, "passmuster_repetitions = 3")

    team.tested(f"{SUITE}::live", *([] if is_configured else ["--passmuster-repetitions", "3"]))

    assert team.counts() == [30]


@pytest.mark.parametrize("wrong", ["0", "many", "1001", "-1", "²"])
def test_a_number_of_repetitions_that_is_none_is_refused(team: Team, wrong: str) -> None:
    """On the command line as in the configuration."""
    given = team.tested("evals", f"--passmuster-repetitions={wrong}")
    ini(team, f"passmuster_repetitions = {wrong}")
    configured = team.tested("evals")

    assert (given.ret, configured.ret) == (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.USAGE_ERROR)
    given.stderr.fnmatch_lines(["*no number of repetitions; write one from 1 to 1000*"])
    configured.stderr.fnmatch_lines(["*passmuster_repetitions: *no number of repetitions*"])


@pytest.mark.parametrize("is_configured", [False, True])
def test_subjects_are_chosen(team: Team, is_configured: bool) -> None:  # noqa: FBT001 - a parameter of tests
    """Only their cases are collected, and the gate judges them alone."""
    team.add_to_suite("  second: {use: routed, router: {use: lexical, fields: [name, description, body]}}\n")
    team.accept()
    if is_configured:
        ini(team, "passmuster_subject =\n  second")

    result = team.tested("evals", "-v", *([] if is_configured else ["--passmuster-subject", "second"]))

    result.assert_outcomes(passed=10, xfailed=1)
    assert "lexical::" not in result.stdout.str()
    assert team.counts() == [20, 10]


def test_an_unknown_subject_is_refused(team: Team) -> None:
    """A misspelt name must not look like a suite without cases."""
    result = team.tested("evals", "--passmuster-subject", "lexicle")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --passmuster-subject: no suite here has 'lexicle'; known: lexical"])


@pytest.mark.parametrize("is_configured", [False, True])
def test_reports_are_written_where_they_are_wanted(team: Team, is_configured: bool) -> None:  # noqa: FBT001 - likewise
    """Without the option there are none."""
    if is_configured:
        ini(team, "passmuster_report = out")

    without = [] if is_configured else [team.tested(f"{SUITE}::lexical::nobody-1"), (team.folder / "out").exists()]
    result = team.tested(f"{SUITE}::lexical", *([] if is_configured else ["--passmuster-report", "out"]))

    assert without[1:] in ([], [False])
    assert (team.folder / "out" / "team" / "report.html").is_file()
    result.stdout.fnmatch_lines(["team: reports in *out/team"])


LIVE_SUITE = """\
name: team
roster: {{use: claude_code, location: ./agents}}
datasets: [{{use: files, location: ../../datasets/team/routing.jsonl}}]
backends:
  service: {{use: openai_compatible, base_url: "{address}/v1", model: gpt-5-mini}}
subjects:
  model: {{use: routed, router: {{use: language_model, backend: service, maximum_tokens: 200}}}}
cache: false
"""


@pytest.mark.parametrize("is_configured", [False, True])
def test_no_more_is_spent_than_the_budget_allows(team: Team, is_configured: bool) -> None:  # noqa: FBT001 - likewise
    """What was not asked for want of money is an error of its tests."""
    if is_configured:
        ini(team, "passmuster_budget =\n  3 requests")
    said = Said(text='{"agent": "database-engineer", "confidence": 0.9}', model="gpt-5-mini", read=400, written=20)

    with FaultServer(says=lambda _asked: said) as server:
        team.suite.write_text(LIVE_SUITE.format(address=server.address), encoding="utf-8")
        result = team.tested(f"{SUITE}::model", *([] if is_configured else ["--passmuster-budget", "3 requests"]))

    outcomes = result.parseoutcomes()
    assert outcomes["errors"] == 7
    assert outcomes.get("passed", 0) + outcomes.get("failed", 0) == 3


def test_a_budget_that_is_none_is_refused(team: Team) -> None:
    """Before anybody is asked."""
    result = team.tested("evals", "--passmuster-budget", "five")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --passmuster-budget: 'five' is no budget*"])


def test_what_known_trouble_does_is_one_of_two_words(team: Team) -> None:
    """On the command line as in the configuration."""
    given = team.tested("evals", "--passmuster-known", "ignore")
    ini(team, "passmuster_known = ignore")
    configured = team.tested("evals")

    assert (given.ret, configured.ret) == (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.USAGE_ERROR)
    configured.stderr.fnmatch_lines(["ERROR: passmuster_known is 'ignore'; write xfail or fail"])


def test_suites_may_be_called_otherwise(team: Team) -> None:
    """The configuration says which files are suites."""
    ini(team, "passmuster_files = *.suite.yaml")
    team.suite.rename(team.suite.with_name("nightly.suite.yaml"))

    result = team.tested("evals", "--collect-only", "-q")

    result.stdout.fnmatch_lines(["evals/team/nightly.suite.yaml::gate"])
