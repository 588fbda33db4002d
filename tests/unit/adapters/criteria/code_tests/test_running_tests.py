"""What is said of answers whose tests fail, break, lack something, or are few."""

import pytest
from pydantic import ValidationError
from tests.plain_examiner import ASSETS, PlainExaminer, judged

from passmuster.adapters.criteria.code_tests.covering import COMPONENT as FUNCTION_COVERAGE
from passmuster.adapters.criteria.code_tests.passing import COMPONENT as TESTS_PASS
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.errors import CriterionError
from passmuster.domain.sandboxes import Limit
from passmuster.examining import Examination, Examined

CODE = '''
"""Halves."""


def half(number: int) -> int:
    """Return half of an even number."""
    if number % 2:
        raise ValueError(number)
    return number // 2


def quarter(number: int) -> int:
    """Return a quarter."""
    return half(half(number))
'''
TEST = """
from halves import half


def test_half() -> None:
    assert half(4) == {result}
"""


class SaidExaminer:
    """Answers every examination with the same."""

    def __init__(self, examined: Examined) -> None:
        self._examined = examined

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        del files, examination
        return self._examined


async def test_a_failing_test_is_told_with_its_place_and_message() -> None:
    """The reason and the evidence name file, line, test and message."""
    score = await judged(TESTS_PASS, {"halves.py": CODE, "test_halves.py": TEST.format(result=3)})

    assert not score.passed
    assert score.reason == "1 of 1 test failed; first (test_halves.py:5): test_half: assert 2 == 3"
    assert score.evidence["places"] == [{"file": "test_halves.py", "line": 5, "message": "test_half: assert 2 == 3"}]


async def test_the_value_is_the_share_of_tests_that_passed() -> None:
    """One of two tests is a half, and no pass."""
    tests = TEST.format(result=2) + "\n\ndef test_other() -> None:\n    assert half(2) == 2\n"

    score = await judged(TESTS_PASS, {"halves.py": CODE, "test_halves.py": tests})

    assert (score.value, score.passed) == (0.5, False)


async def test_too_few_tests_do_not_pass() -> None:
    """Where two tests are wanted, one is not enough."""
    score = await judged(TESTS_PASS, {"halves.py": CODE, "test_halves.py": TEST.format(result=2)}, minimum=2)

    assert (score.passed, score.reason) == (False, "1 test passed; wanted are at least 2")


async def test_a_skipped_test_passes_only_where_it_is_allowed() -> None:
    """One skipped test of two is refused, unless one may be."""
    tests = (
        "import pytest\n"
        + TEST.format(result=2)
        + '\n\n@pytest.mark.skip("slow")\ndef test_b() -> None:\n    assert half(2)\n'
    )
    files = {"halves.py": CODE, "test_halves.py": tests}

    refused = await judged(TESTS_PASS, files)
    allowed = await judged(TESTS_PASS, files, allowed_skips=1)

    assert not refused.passed
    assert refused.reason.startswith("skipped or expected to fail: 1 test, first (test_halves.py)")
    assert allowed.passed


@pytest.mark.parametrize(
    ("lines", "needs"),
    [
        ('raise ConnectionRefusedError("connection to server at localhost port :5432 failed")', "PostgreSQL"),
        ('__import__("socket").gethostbyname("unknown.invalid")', "the network"),
        ('__import__("a_package_nobody_has")', "the package 'a_package_nobody_has'"),
        ('raise ConnectionError("Error 111 connecting to localhost:6379. Connection refused.")', "Redis"),
    ],
)
async def test_what_no_sandbox_has_is_told_as_such(lines: str, needs: str) -> None:
    """A test that needs a service, the network or a package fails, and the reason says what it needs."""
    tests = f"import halves\n\n\ndef test_half() -> None:\n    {lines}\n    assert halves.half(2) == 1\n"

    score = await judged(TESTS_PASS, {"halves.py": CODE, "test_halves.py": tests})

    assert not score.passed
    assert f"(needs {needs}, which no sandbox here has)" in score.reason


async def test_a_file_that_cannot_be_read_is_told_with_its_line() -> None:
    """A syntax error in the code, in a test or in conftest.py is a failure with its place."""
    good = TEST.format(result=2)

    code = await judged(TESTS_PASS, {"halves.py": CODE, "other.py": "def broken(:\n", "test_halves.py": good})
    test = await judged(TESTS_PASS, {"halves.py": CODE, "test_halves.py": "def test_half(:\n"})
    setting_up = await judged(
        TESTS_PASS, {"halves.py": CODE, "test_halves.py": good, "conftest.py": "import halves\n\nhalves.nothing\n"}
    )

    assert "(other.py:1): invalid syntax" in code.reason
    assert "(test_halves.py:1): invalid syntax" in test.reason
    assert "has no attribute 'nothing'" in setting_up.reason
    assert [code.passed, test.passed, setting_up.passed] == [False, False, False]


async def test_an_answer_without_python_is_a_failure_that_says_so() -> None:
    """Prose and text without files are scored, and not left out."""
    score = await judged(TESTS_PASS, "It cannot be done.")

    assert (score.value, score.passed, score.reason) == (0.0, False, "the answer has no Python files")


@pytest.mark.parametrize("name", ["one_file", "source_folder", "unittest_flat"])
async def test_answers_laid_out_in_usual_ways_pass(name: str) -> None:
    """Flat files, a folder for sources, classes of unittest, and code beside its tests in one file are run."""
    answer = (ASSETS / "answers_with_tests" / f"{name}.md").read_text(encoding="utf-8")

    tests = await judged(TESTS_PASS, answer)
    coverage = await judged(FUNCTION_COVERAGE, answer, minimum=60)

    assert tests.passed, tests.reason
    assert coverage.passed, coverage.reason


async def test_coverage_is_of_bodies_and_branches_and_names_the_least_covered() -> None:
    """A ``def`` that is executed on import covers nothing, and half an ``if`` is half."""
    score = await judged(FUNCTION_COVERAGE, {"halves.py": CODE, "test_halves.py": TEST.format(result=2)})

    # Three statements and two branches in one function, one statement in the other: 2 + 1 of 6.
    assert (score.value, score.passed) == (0.5, False)
    assert score.reason == (
        "50.0 % of the bodies of 2 functions are executed; wanted are 80 %; least of quarter (halves.py:11, 0 %)"
    )
    assert score.evidence["places"] == [
        {"file": "halves.py", "line": 11, "message": "quarter: 0 %"},
        {"file": "halves.py", "line": 4, "message": "half: 60 %"},
    ]


async def test_only_critical_files_count_where_they_are_named() -> None:
    """Files outside of the patterns are left out, and patterns without any function are a failure."""
    files = {"app/halves.py": CODE, "app/other.py": "def never() -> int:\n    return 1\n"}
    files["tests/test_halves.py"] = TEST.format(result=2).replace("halves", "app.halves")

    one = await judged(FUNCTION_COVERAGE, files, critical=["app/**/halves.py"], minimum=50)
    none = await judged(FUNCTION_COVERAGE, files, critical=["core/*.py"])

    assert one.evidence["functions"] == 2
    assert one.passed
    assert (none.passed, none.reason) == (False, "the answer has no function in core/*.py")


async def test_what_is_only_declared_needs_no_test() -> None:
    """Bodies of protocols, abstract methods and overloads do not count."""
    code = '''
from abc import ABC, abstractmethod
from typing import Protocol


class Reads(Protocol):
    def read(self) -> str: ...


class Writes(ABC):
    @abstractmethod
    def write(self, text: str) -> None:
        """Write."""
        raise NotImplementedError


def shout(text: str) -> str:
    return text.upper()
'''
    test = 'from app import shout\n\n\ndef test_shout() -> None:\n    assert shout("a") == "A"\n'

    score = await judged(FUNCTION_COVERAGE, {"app.py": code, "test_app.py": test})

    assert (score.value, score.evidence["functions"]) == (1.0, 1)


async def test_both_criteria_ask_one_question() -> None:
    """The examination of tests is the same for all criteria that read it, so that it is made once."""
    examiner = PlainExaminer()
    files = {"halves.py": CODE, "test_halves.py": TEST.format(result=2)}

    await judged(TESTS_PASS, files, examiner=examiner, minimum=1)
    await judged(FUNCTION_COVERAGE, files, examiner=examiner, minimum=10)

    first, second = examiner.made
    assert first == second


async def test_a_missing_result_is_the_answers_failure_and_a_fault_is_ours() -> None:
    """Without a result the score is 0 and says why; a fault of the program leaves the answer unscored."""
    killed = SaidExaminer(Examined(result=None, status=-9, ended_by=Limit.MEMORY))
    broken = SaidExaminer(Examined(result={"fault": "KeyError: 'tests'"}))

    score = await judged(TESTS_PASS, {"halves.py": CODE}, examiner=killed)

    assert score.reason == "missing_report: the examination went over the limit of memory"
    with pytest.raises(CriterionError, match="the examination 'tests' failed: KeyError"):
        await judged(TESTS_PASS, {"halves.py": CODE}, examiner=broken)


def test_more_mutants_cannot_be_killed_than_there_are() -> None:
    """Options that no answer can satisfy are refused."""
    with pytest.raises(ValidationError, match="raise 'mutants'"):
        TESTS_PASS.options.model_validate({"name": "mine", "kills_mutants": 4})
