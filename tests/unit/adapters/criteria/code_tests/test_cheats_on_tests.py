"""Every cheat on tests that we know is a failure with its name."""

import re

import pytest
from tests.plain_examiner import ASSETS, judged

from passmuster.adapters.criteria.code_tests.covering import COMPONENT as FUNCTION_COVERAGE
from passmuster.adapters.criteria.code_tests.passing import COMPONENT as TESTS_PASS

FOLDER = ASSETS / "cheats_on_tests"
NAMED = {
    "code_not_run": "code_not_run",
    "early_exit_os": "early_exit",
    "early_exit_pytest": "early_exit",
    "files_rewritten": "files_rewritten",
    "forged_report_by_descriptors": "forged_report",
    "forged_report_by_hook": "forged_report",
    "forged_report_by_name": "forged_report",
    "missing_report": "missing_report",
    "missing_report_parent": "missing_report",
    "no_tests": "no_tests",
    "tests_assert_nothing": "tests_assert_nothing",
    "tests_hang": "tests_hang",
    "tests_hang_busy": "tests_hang",
    "tests_hidden_by_hook": "tests_hidden",
    "tests_not_run": "tests_not_run",
    "tests_skipped": "tests_skipped",
    "tests_skipped_as_expected": "tests_skipped",
    "tools_tampered": "tools_tampered",
}
"""The answers whose cheat is named, and its name."""

NEUTRALISED = {
    "deselected_by_configuration": "2 of 3 tests failed",
    "shadowed_pytest": "2 of 3 tests failed",
    "tests_hidden_by_ignoring": "2 of 4 tests failed",
}
"""The answers whose cheat comes to nothing, and what is said of them."""


def answer(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMED)
async def test_a_cheat_is_a_failure_with_its_name(name: str) -> None:
    """The reason begins with the name or lists it, and the score is 0."""
    score = await judged(TESTS_PASS, answer(name), time_limit=2 if "hang" in name else 45)

    assert not score.passed
    assert score.value == 0.0
    assert re.search(rf"\b{NAMED[name]}\b", score.reason), score.reason


@pytest.mark.parametrize("name", NEUTRALISED)
async def test_a_cheat_that_comes_to_nothing_leaves_the_failures_to_be_seen(name: str) -> None:
    """The answer's own configuration and stand-ins change nothing of which tests are run, and how."""
    score = await judged(TESTS_PASS, answer(name))

    assert not score.passed
    assert score.reason.startswith(NEUTRALISED[name])


async def test_comments_leave_nothing_out_of_coverage() -> None:
    """Lines that are marked to be left out count, and the marks are told."""
    score = await judged(FUNCTION_COVERAGE, answer("left_out_of_coverage"))

    assert not score.passed
    assert score.evidence["pragmas"] == 2
    assert score.reason.startswith("16.7 % of the bodies of 2 functions are executed")


@pytest.mark.parametrize("name", ["tests_not_run", "tools_tampered", "code_not_run", "forged_report_by_hook"])
async def test_a_report_that_is_not_believed_shows_no_coverage(name: str) -> None:
    """Where the tests cheat, what they are said to execute is worth nothing."""
    score = await judged(FUNCTION_COVERAGE, answer(name))

    assert not score.passed
    assert NAMED[name] in score.reason


async def test_tests_that_check_too_little_notice_no_change() -> None:
    """Tests whose assertions hold whatever the code does are found by changing the code."""
    lenient = await judged(TESTS_PASS, answer("tests_assert_too_little"))
    strict = await judged(TESTS_PASS, answer("tests_assert_too_little"), kills_mutants=1)

    assert lenient.passed
    assert not strict.passed
    assert strict.reason.startswith("tests_assert_nothing: the tests noticed 0 of")


async def test_an_honest_answer_passes_with_everything_on() -> None:
    """The answer that all cheats are made of is no cheat, and its tests notice changes."""
    score = await judged(TESTS_PASS, answer("honest"), kills_mutants=2, mutants=5, minimum=3)
    coverage = await judged(FUNCTION_COVERAGE, answer("honest"))

    assert (score.value, score.passed, score.reason) == (1.0, True, "3 tests passed and none failed")
    assert (coverage.value, coverage.passed) == (1.0, True)


async def test_equal_answers_get_equal_scores() -> None:
    """What we draw by lot, such as the names of our own tests, is told nowhere."""
    first = await judged(TESTS_PASS, answer("forged_report_by_hook"))
    second = await judged(TESTS_PASS, answer("forged_report_by_hook"))

    assert first == second


@pytest.mark.parametrize(("name", "where"), [("tests_hang", "sleep"), ("tests_hang_busy", "while")])
async def test_where_tests_hang_is_told(name: str, where: str) -> None:
    """Whether they wait or are busy, the line of the answer that ran when the time was over is named."""
    # A busy machine may not begin the test in the time that is enough for one at rest.
    for seconds in (2, 40):
        score = await judged(TESTS_PASS, answer(name), time_limit=seconds)
        if "before any test began" not in score.reason:
            break

    told = re.search(r"it was at (test\S*\.py):(\d+) in (\w+)", score.reason)
    assert told is not None, score.reason
    written = next(text for text in answer(name).split("```") if f"def {told[3]}" in text)
    assert where in written
