"""What is told of tests by how they are written, and how code is changed."""

from pathlib import Path

import pytest

from passmuster.adapters.criteria.code_tests.programs.assertions import toothless_tests
from passmuster.adapters.criteria.code_tests.programs.layout import layout_of
from passmuster.adapters.criteria.code_tests.programs.mutating import mutants_of
from passmuster.adapters.criteria.code_tests.programs.outcomes import needs_of


@pytest.mark.parametrize(
    "line",
    [
        "assert True",
        "assert 1 == 1",
        "assert result is result",
        "assert not False or result",
        "self.assertTrue(True)",
        "print(result)",
    ],
)
def test_what_cannot_fail_is_no_check(tmp_path: Path, line: str) -> None:
    """Assertions of constants, and of a value with itself, check nothing."""
    (tmp_path / "test_a.py").write_text(f"def test_a(self=None, result=1):\n    {line}\n", encoding="utf-8")

    idle, count = toothless_tests(layout_of(tmp_path))

    assert ([test.name for test in idle], count) == (["test_a"], 1)


@pytest.mark.parametrize(
    "line",
    [
        "assert result == 1",
        "with pytest.raises(ValueError): result()",
        "self.assertEqual(result, 1)",
        "result.send.assert_called_once()",
        "complain_unless_one(result)",
        "raise OSError",
        "check_response(result)",
    ],
)
def test_what_can_fail_is_a_check(tmp_path: Path, line: str) -> None:
    """Assertions, expected exceptions, mocks that are asked, and helpers that hold a check are checks."""
    helper = "def complain_unless_one(result):\n    assert result == 1\n\n\n"
    (tmp_path / "test_a.py").write_text(f"{helper}def test_a(self=None, result=1):\n    {line}\n", encoding="utf-8")

    assert toothless_tests(layout_of(tmp_path)) == ([], 1)


def test_changes_come_with_the_most_silent_first() -> None:
    """Texts, comparisons and numbers are changed before what makes code break off; documentation never is."""
    text = (
        "def name(number: int) -> str:\n"
        '    """Return 1 if it is."""\n'
        "    total = number + 1\n"
        "    if total > 3 and number:\n"
        '        return "many"\n'
        "    return str(total)\n"
    )

    mutants = mutants_of(text, 1)

    assert [(mutant.line, mutant.change) for mutant in mutants] == [
        (5, "another text returned"),
        (3, "1 made 2"),
        (4, "a comparison turned round"),
        (4, "3 made 4"),
        (4, "'and' and 'or' exchanged"),
        (6, "None returned"),
        (3, "another calculation"),
        (4, "a condition turned round"),
    ]
    assert all('"""Return 1 if it is."""' in mutant.text for mutant in mutants)
    assert "total <= 3" in mutants[2].text


def test_no_function_has_no_mutants() -> None:
    """A line without a ``def`` gives none."""
    assert mutants_of("x = 1\n", 1) == []


@pytest.mark.parametrize(
    ("message", "needs"),
    [
        ("ModuleNotFoundError: No module named 'freezegun.api'", "the package 'freezegun'"),
        ("sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed", "PostgreSQL"),
        ("httpx.ConnectError: All connection attempts failed", "the network"),
        ("docker.errors.DockerException: Error while fetching server API version", "Docker"),
        ("assert 404 == 200", ""),
    ],
)
def test_what_a_test_lacks_is_read_from_its_message(message: str, needs: str) -> None:
    """Services, the network and packages are known by what their clients say."""
    assert needs_of(message) == needs
