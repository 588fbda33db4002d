"""Tests that people write themselves, with what the plug-in gives them."""

import re
import textwrap

from .conftest import ROOT, case_line
from .pytest_team import STEALS, Team, everything_imported, team

pytest_plugins = ["pytester"]
__all__ = ["everything_imported", "team"]


def written(team: Team, text: str) -> None:
    (team.folder / "test_own.py").write_text(textwrap.dedent(text), encoding="utf-8")


def test_a_request_that_goes_where_it_should_passes(team: Team) -> None:
    """To an agent, to nobody, or to another one that is as right; the choice can be looked at."""
    written(
        team,
        """
        def test_routes(assert_routes_to):
            decision = assert_routes_to("Write the SQL migrations", "database-engineer")
            assert decision.margin > 0
            assert_routes_to("thanks!", None)
            assert_routes_to("Write a tutorial", "database-engineer", acceptable=["documentation-writer"])
            assert_routes_to("Write a tutorial", "documentation-writer", subject="lexical", suite="evals/team")
        """,
    )

    result = team.tested("test_own.py")

    result.assert_outcomes(passed=1)
    assert team.counts() == []


def test_a_request_that_goes_elsewhere_fails_and_says_why(team: Team) -> None:
    """The line of the test, what was expected and chosen, the ranking and the words."""
    team.write_agent("documentation-writer", STEALS)
    written(
        team,
        """
        def test_routes(assert_routes_to):
            assert_routes_to("Write the SQL migrations for the guides", "database-engineer")
        """,
    )

    result = team.tested("test_own.py")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*assert_routes_to(*",
            "E * AssertionError: the request does not go to database-engineer",
            "E * expected * database-engineer",
            "E * chosen * documentation-writer",
            "E * ranking * 1. documentation-writer * (chosen): *",
            "E * deciding *",
        ]
    )
    assert "asserting.py" not in result.stdout.str()


def test_an_agent_that_is_not_there_is_a_mistake_of_the_test(team: Team) -> None:
    """A misspelt name would otherwise look like a request that goes elsewhere."""
    written(
        team,
        """
        def test_agent(assert_routes_to):
            assert_routes_to("Write SQL", "databse-engineer")

        def test_subject(assert_routes_to):
            assert_routes_to("Write SQL", None, subject="lexicle")

        def test_suite(assert_routes_to):
            assert_routes_to("Write SQL", None, suite="evals/tema")
        """,
    )

    result = team.tested("test_own.py")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E * the roster has no agent 'databse-engineer'; its agents: database-engineer, documentation-writer",
            "E *no subject*lexicle*",
            "E * there is no suite 'evals/tema'*",
        ]
    )


def test_an_asynchronous_test_may_ask_as_well(team: Team) -> None:
    """A loop that is running already is no hindrance."""
    written(
        team,
        """
        import asyncio

        def test_routes(assert_routes_to):
            async def ask():
                return assert_routes_to("Write the SQL migrations", "database-engineer")
            assert asyncio.run(ask()).chosen == "database-engineer"
        """,
    )

    result = team.tested("test_own.py")

    result.assert_outcomes(passed=1)


def test_the_results_of_a_suite_are_a_report(team: Team) -> None:
    """Every test that asks gets the same run; the tests of the suite's cases share it, too."""
    team.accept()
    written(
        team,
        """
        def test_accuracy(passmuster_run):
            report = passmuster_run()
            assert report.subjects[0].metric("routing_accuracy").value == 1
            assert report.verdict.outcome == "equal"

        def test_cases(passmuster_run):
            assert len(passmuster_run("evals/team").cases) == 10
        """,
    )

    result = team.tested("test_own.py", "evals")

    result.assert_outcomes(passed=13)
    assert team.counts() == [10, 10]


def test_the_suite_beside_a_test_is_meant(team: Team) -> None:
    """Where there are several, the nearest one is asked unless another is named."""
    second = team.folder / "evals" / "second"
    second.mkdir()
    text = team.suite.read_text(encoding="utf-8").replace("name: team", "name: second")
    (second / "suite.yaml").write_text(text.replace("./agents", "../team/agents"), encoding="utf-8")
    test = "def test_it(passmuster_run):\n    assert passmuster_run().manifest.suite == 'second'\n"
    (second / "test_near.py").write_text(test, encoding="utf-8")
    (team.folder / "test_far.py").write_text(test, encoding="utf-8")

    result = team.tested("evals/second/test_near.py", "test_far.py")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E * there are several suites: *"])


def test_answers_are_held_against_rubrics(team: Team) -> None:
    """The rubric of a case, or one that the test writes; an answer is a text, or files."""
    rubric = {"criteria": [{"use": "contains", "name": "selects", "text": "SELECT"}]}
    team.write_cases([case_line("one", "Write SQL", "database-engineer", rubric=rubric)])
    written(
        team,
        """
        def test_passes(assert_rubric):
            outcomes = assert_rubric("SELECT 1", rubric="one")
            assert outcomes[0].passed
            assert_rubric({"query.sql": "SELECT 1"}, rubric={"criteria": [{"use": "files_delivered", "minimum": 1}]})

        def test_fails(assert_rubric):
            assert_rubric("INSERT", rubric="one")

        def test_unknown(assert_rubric):
            assert_rubric("INSERT", rubric="two")

        def test_misspelt(assert_rubric):
            assert_rubric("INSERT", rubric={"criteria": [{"use": "contains", "texts": "x"}]})
        """,
    )

    result = team.tested("test_own.py")

    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: the answer does not pass: 0.00 of 1.00 needed",
            "E * rubric * selects failed, 0.00: *",
            "E * the suite has no case 'two'*",
            "E *UnusableError: *",
        ]
    )


def test_the_example_of_the_documentation_works(team: Team) -> None:
    """What docs/pytest.md shows can be copied."""
    (example,) = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8"), re.DOTALL)
    written(team, example)

    result = team.tested("test_own.py")

    result.assert_outcomes(passed=3)
