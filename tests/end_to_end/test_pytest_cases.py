"""A suite as tests: which there are, how they are chosen, and what becomes of them."""

import json

import pytest

from .conftest import case_line
from .pytest_team import FLAKY_ROUTER, LIVE, STEALS, Team, everything_imported, team

pytest_plugins = ["pytester"]
__all__ = ["everything_imported", "team"]

SUITE = "evals/team/suite.yaml"


def test_a_suite_is_collected_under_readable_names_and_nobody_is_asked(team: Team) -> None:
    """File, subject and case make a name; collecting stores no run."""
    result = team.tested("evals", "--collect-only", "-q")

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"{SUITE}::lexical::database-1", f"{SUITE}::lexical::nobody-2", f"{SUITE}::gate", "11 tests collected*"]
    )
    assert team.counts() == []


def test_a_bare_pytest_asks_nobody(team: Team) -> None:
    """Where pytest walks everything by itself, suites stay out: they may cost money."""
    (team.folder / "test_own.py").write_text("def test_it():\n    pass\n", encoding="utf-8")

    result = team.tested()

    result.assert_outcomes(passed=1)
    assert team.counts() == []


def test_what_testpaths_name_is_collected(team: Team) -> None:
    """Whoever writes the folder down wants it."""
    (team.folder / "pytest.ini").write_text("[pytest]\ntestpaths = evals\n", encoding="utf-8")

    result = team.tested("--collect-only", "-q")

    result.stdout.fnmatch_lines([f"{SUITE}::gate"])


def test_files_of_other_tools_are_left_alone(team: Team) -> None:
    """A suite.yaml without a roster, datasets or subjects is none of ours; one of ours may have any name."""
    other = team.folder / "evals" / "other"
    other.mkdir()
    (other / "suite.yaml").write_text("tests: [{run: make}]\n", encoding="utf-8")
    named = team.suite.with_name("nightly.yaml")
    named.write_bytes(team.suite.read_bytes())

    walked = team.tested("evals", "--collect-only", "-q")
    pointed = team.tested(named, "--collect-only", "-q")

    assert "other" not in walked.stdout.str()
    assert "nightly" not in walked.stdout.str()
    pointed.stdout.fnmatch_lines(["evals/team/nightly.yaml::gate"])


def test_the_suite_runs_once_and_what_came_out_is_stored(team: Team) -> None:
    """All tests rest on one run, which the summary names."""
    team.accept()

    result = team.tested("evals")

    result.assert_outcomes(passed=11)
    result.stdout.fnmatch_lines(["team: run *, the gate: equal"])
    assert team.counts() == [10, 10]


def test_a_wrong_choice_fails_and_says_why(team: Team) -> None:
    """What was expected and chosen, the baseline, the ranking, the words, where it is written, and what to run."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)

    result = team.tested(f"{SUITE}::lexical::database-2")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "chose documentation-writer, expected database-engineer",
            "request * Write the SQL migrations that split this table.",
            "written * datasets/team/routing.jsonl:2:1",
            "baseline * database-engineer, right in 100% of 1; now broken: *documentation-writer*",
            "margin *",
            "ranking * 1. documentation-writer * (chosen): *",
            "* database-engineer * (expected): *",
            "deciding *",
            f"again * pytest {SUITE}::lexical::database-2",
            f"again * passmuster run {SUITE} --subject lexical --trace database-2",
            f"again * passmuster explain database-2 --suite {SUITE} --subject lexical",
            "FAILED *database-2 - CaseWrongError: chose doc*",
        ],
        consecutive=False,
    )


def test_only_selected_cases_are_asked(team: Team) -> None:
    """With ``-k`` the others cost nothing, the stored run says of itself that it is a part, and no gate is judged."""
    team.accept()

    result = team.tested("evals", "-k", "database or gate")

    result.assert_outcomes(passed=4, skipped=1, deselected=6)
    assert team.counts() == [10, 4]
    result = team.tested("evals", "-k", "database or gate", "-rs")
    result.stdout.fnmatch_lines(["*the gate judges the whole suite, and 4 of 10 tests of cases were selected"])
    assert "Only 4 of 10 cases were run: pytest picked them." in team.invoked("gate", "--json")[1]


def test_each_subject_is_asked_its_own_cases_only(team: Team) -> None:
    """A case that was chosen for one subject is not put to another one."""
    team.add_to_suite("  second: {use: routed, router: {use: lexical, fields: [name, description, body]}}\n")

    result = team.tested(f"{SUITE}::lexical::database-1", f"{SUITE}::second::database-2")

    result.assert_outcomes(passed=2)
    assert team.counts() == [2]


def test_marks_come_from_tags_strata_splits_and_agents(team: Team) -> None:
    """``-m`` chooses by them, also where pytest is strict about marks; a tag cannot pose as a mark of pytest's."""
    team.write_cases(
        [
            case_line("one", "Write SQL", "database-engineer", tags=["chatty", "skip"], stratum="explicit"),
            case_line("two", "Write guides", "documentation-writer", split="train", critical=True),
            case_line("three", "thanks!", None, tags=["two:words"]),
        ]
    )
    wanted = {
        "tag_chatty and stratum_explicit": ["one"],
        "split_train": ["two"],
        "passmuster_critical": ["two"],
        "agent_nobody and tag_two_words": ["three"],
        "passmuster_gate": ["gate"],
        "skip": [],
    }

    found = {}
    for marks in wanted:
        result = team.tested("evals", "--strict-markers", "--collect-only", "-q", "-m", marks)
        found[marks] = [line.rpartition("::")[2] for line in result.stdout.lines if "::" in line]

    assert found == wanted


def test_last_failed_runs_what_failed(team: Team) -> None:
    """``--lf`` asks only the cases that were wrong."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)

    first = team.remembering(f"{SUITE}::lexical")
    again = team.remembering(f"{SUITE}::lexical", "--lf")

    failed = first.parseoutcomes()["failed"]
    assert 0 < failed < 10
    again.assert_outcomes(failed=failed, deselected=10 - failed)
    assert team.counts()[-1] == failed


@pytest.mark.parametrize(("option", "failed"), [("-x", 1), ("--maxfail=2", 2)])
def test_the_session_ends_with_failures_as_ever(team: Team, option: str, failed: int) -> None:
    """``-x`` and ``--maxfail`` stop what follows."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)

    result = team.tested("evals", option)

    assert result.parseoutcomes()["failed"] == failed
    result.stdout.fnmatch_lines([f"*stopping after {failed} failures*"])


def test_a_broken_case_fails_the_gate(team: Team) -> None:
    """The gate is a test of its own, which names what broke."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)

    result = team.tested(f"{SUITE}::gate")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["the gate failed: *", "broken * lexical, database-*", f"again * passmuster gate {SUITE} --run *"]
    )
    assert team.counts()[-1] == 10


def test_a_gate_that_cannot_tell_is_an_error(team: Team) -> None:
    """Without a baseline nothing failed, and nothing passed either."""
    result = team.tested("evals")

    result.assert_outcomes(passed=10, errors=1)
    result.stdout.fnmatch_lines(["the gate cannot tell: *passmuster accept*"])


def test_what_was_as_wrong_in_the_baseline_is_expected_to_fail(team: Team) -> None:
    """Accepted trouble does not turn every session red, unless that is asked for."""
    team.write_agent("documentation-writer", STEALS)
    team.accept()

    usual = team.tested("evals", "-rx")
    severe = team.tested("evals", "--passmuster-known", "fail")

    known = usual.parseoutcomes()["xfailed"]
    usual.assert_outcomes(passed=11 - known, xfailed=known)
    usual.stdout.fnmatch_lines(["XFAIL *chose documentation-writer*no better in the baseline"])
    severe.assert_outcomes(passed=11 - known, failed=known)


def test_a_flaky_case_is_said_to_be_flaky(team: Team) -> None:
    """Some repetitions right and some wrong is neither passed nor failed."""
    (team.suite.parent / "router.py").write_text(FLAKY_ROUTER, encoding="utf-8")
    team.add_to_suite(f"{LIVE}repetitions: 2\n")

    result = team.tested(f"{SUITE}::live", "-rx")

    result.assert_outcomes(passed=9, xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL *database-3 - *flaky: 1 of 2 choices are right"])
    assert team.counts() == [20]


def test_a_failure_of_the_harness_is_an_error(team: Team) -> None:
    """What broke beside the agents is never their failure."""
    (team.suite.parent / "router.py").write_text(FLAKY_ROUTER, encoding="utf-8")
    team.add_to_suite(LIVE)
    team.write_cases([case_line("one", "Write SQL", "database-engineer"), case_line("two", "broken", None)])

    result = team.tested(f"{SUITE}::live")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["the harness failed, which says nothing of the agents: routing failed *the cable is out*"]
    )


def test_a_case_in_quarantine_is_expected_to_fail(team: Team) -> None:
    """Its failure counts nowhere, and that it passes again is told."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)
    entries = (f"  - {{case: {name}, owner: Ada, expires: 9999-12-31}}\n" for name in ("database-2", "nobody-1"))
    team.add_to_suite("quarantine:\n" + "".join(entries))

    result = team.tested(f"{SUITE}::lexical::database-2", f"{SUITE}::lexical::nobody-1", "-rx")

    result.assert_outcomes(xfailed=1, xpassed=1)
    result.stdout.fnmatch_lines(["XFAIL *in quarantine until 9999-12-31, Ada is to mend it*"])


CRITERION = """\
from pydantic import BaseModel, ConfigDict

from passmuster.components import Component
from passmuster.domain.errors import CriterionUnavailableError


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "telescope"


class Telescope:
    async def assess(self, exhibit):
        raise CriterionUnavailableError("no telescope is connected", hint="buy one")


COMPONENT = Component(options=Options, build=lambda _, __: Telescope(), is_deterministic=lambda _: True)
"""
BACKEND = """\
def answer(request):
    from passmuster.domain.answers import Completion

    return Completion(text="SELECT 1", model="echo-1")
"""


def with_rubric(team: Team, *criteria: dict[str, object]) -> None:
    (team.suite.parent / "criterion.py").write_text(CRITERION, encoding="utf-8")
    (team.suite.parent / "backend.py").write_text(BACKEND, encoding="utf-8")
    text = team.suite.read_text(encoding="utf-8")
    written = text.replace("router: {use: lexical}}", "router: {use: lexical}, backend: echo}")
    backend = "backends:\n  echo: {use: callable, target: ./backend.py:answer}\n"
    team.suite.write_text(written + backend, encoding="utf-8")
    team.write_cases(
        [case_line("one", "Write the SQL migrations", "database-engineer", rubric={"criteria": [*criteria]})]
    )


def test_what_this_machine_cannot_judge_is_skipped_with_the_reason(team: Team) -> None:
    """A criterion that was left out says what is lacking."""
    with_rubric(team, {"use": "contains", "text": "SELECT"}, {"use": "./criterion.py:COMPONENT", "name": "stars"})

    result = team.tested(f"{SUITE}::lexical", "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED *stars was left out: no telescope is connected*"])


def test_an_answer_that_does_not_pass_fails_with_the_criteria(team: Team) -> None:
    """Each criterion that does not hold tells its reason."""
    with_rubric(team, {"use": "contains", "text": "INSERT", "name": "inserts"})

    result = team.tested(f"{SUITE}::lexical")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the answer does not pass its rubric", "rubric * inserts failed, 0.00: *"])


def test_every_complaint_about_a_suite_is_one_error_of_collecting(team: Team) -> None:
    """Complaints about agents, cases and the suite come at once, each with its place and a remedy."""
    team.write_cases([case_line("one", "Write SQL", "databse-engineer"), case_line("two", "Write SQL", "writer")])
    team.add_to_suite("quarantine:\n  - {case: three, owner: Ada, expires: 9999-12-31}\n")

    unknown = team.tested("evals")
    team.add_to_suite("repetitons: 3\nseed: x\n")
    misspelt = team.tested("evals")

    unknown.assert_outcomes(errors=1)
    unknown.stdout.fnmatch_lines(
        [
            "datasets/team/routing.jsonl:1:1: *databse-engineer*",
            "datasets/team/routing.jsonl:2:1: *writer*",
            f"{SUITE}:8:*: *three*",
        ]
    )
    misspelt.assert_outcomes(errors=1)
    misspelt.stdout.fnmatch_lines([f"{SUITE}:9:1: *repetitons*did you mean*", f"{SUITE}:10:*: *seed*"])


def test_a_suite_that_cannot_be_run_is_an_error_of_every_test(team: Team) -> None:
    """What shows only when the run begins is told, and is nobody's failure."""
    team.add_to_suite("backends:\n  old: {use: recorded, location: ./recordings}\n")
    text = team.suite.read_text(encoding="utf-8")
    team.suite.write_text(text.replace("{use: lexical}}", "{use: lexical}, backend: old}"), encoding="utf-8")
    rubric = {"criteria": [{"use": "contains", "text": "x"}]}
    team.write_cases([case_line("one", "Write SQL migrations", "database-engineer", rubric=rubric)])
    (team.suite.parent / "recordings").mkdir()

    result = team.tested("evals")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["datasets/team/routing.jsonl:1:1: *recording*"])
    assert team.counts() == []


def test_nothing_that_a_case_says_drives_the_terminal(team: Team) -> None:
    """Control characters and turned text are shown as what they are."""
    team.write_cases([json.dumps({"identifier": "one", "request": "SQL \x1b[31m\u202e", "expect": {"agent": None}})])

    result = team.tested(f"{SUITE}::lexical", "--color=no")

    assert "\x1b" not in result.stdout.str()
    assert "\u202e" not in result.stdout.str()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["request * SQL \\x1b[[]31m\\u202e"])


def test_workers_share_one_run(team: Team) -> None:
    """With ``-n`` the suite runs once, whoever is first; the others read it."""
    team.accept()
    team.write_agent("documentation-writer", STEALS)

    whole = team.with_workers("evals", "--passmuster-report", "out")
    part = team.with_workers("evals", "-k", "documentation")

    counts = team.counts()
    assert counts == [10, 10, 4]
    assert whole.parseoutcomes()["failed"] > 1
    whole.stdout.fnmatch_lines(["team: run *, the gate: failed", "team: reports in *out*team"])
    assert part.parseoutcomes()["passed"] + part.parseoutcomes().get("failed", 0) == 4
