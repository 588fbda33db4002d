"""What single mutators do to a small answer, to the letter."""

from collections.abc import Mapping

import pytest

from passmuster.analysis.code_edits.catalogue import MUTATORS
from passmuster.analysis.code_edits.harmless_edits import RETOUCHES
from passmuster.analysis.code_edits.mutator import mutated, retouched

PRODUCT = '''"""A service."""

import logging
import os

logger = logging.getLogger(__name__)


class LampError(Exception):
    """No lamp."""


class LampStore:
    """Keeps lamps."""

    def __init__(self, session: object) -> None:
        """Take it.

        Args:
            session: What it works with.
        """
        self._session = session


def find(number: int, name: str = "é") -> str:
    """Find a lamp.

    Args:
        number: Which one.
        name: Its name.

    Returns:
        The lamp.
    """
    if number > 3:
        logger.warning("none of %d", number)
        raise LampError("no lamp")
    return os.environ.get("LAMP", name)
'''
TESTS = '''"""Tests."""

from app import find


def test_found() -> None:
    assert find(1) == "é"
    assert find(2, "b") == "b"


def test_short() -> None:
    assert find(3)
'''
ANSWER = {"app.py": PRODUCT, "test_app.py": TESTS}


def after(name: str) -> Mapping[str, str]:
    new = mutated(next(one for one in MUTATORS if one.name == name), ANSWER)
    assert new is not None
    return new


def touched(name: str) -> Mapping[str, str]:
    new = retouched(next(one for one in RETOUCHES if one.name == name), ANSWER)
    assert new is not None
    return new


@pytest.mark.parametrize(
    ("name", "gone", "there"),
    [
        ("drop-annotations", "-> str:", 'def find(number, name = "é"):'),
        ("drop-one-return-annotation", 'name: str = "é") -> str', 'def find(number: int, name: str = "é"):'),
        ("wrong-return-annotation", "-> str:", "-> bytes:"),
        ("drop-one-docstring", "Find a lamp.", "Keeps lamps."),
        ("drop-argument-sections", "Which one.", "Returns:\n        The lamp.\n"),
        ("raise-generic-errors", "raise LampError", 'raise Exception("no lamp")'),
        ("print-instead-of-logging", "logger.warning", 'print("none of %d", number)'),
        ("drop-logging", "import logging", "        ...\n"),
        ("literal-settings", "os.environ.get", 'return "fixed"'),
        ("build-collaborators-inside", "session: object", "self._session = make_session()"),
        ("swallow-exceptions", "\n    if number > 3", "    except Exception:\n        pass\n"),
        ("swallow-every-error", "\n    if number > 3", "    except:\n        pass\n"),
        ("break-product", "if number > 3", "if not (number > 3)"),
        ("types-ignored", "number > 3:\n", "number > 3:  # type: ignore\n"),
        ("unformatted-calls", "logging.getLogger(__", "logging.getLogger( __name__)"),
    ],
)
def test_product_is_edited_to_the_letter(name: str, gone: str, there: str) -> None:
    """Only what is meant changes, in text that is not of English letters alone."""
    assert gone in PRODUCT

    new = after(name)["app.py"]

    assert gone not in new
    assert there in new
    assert after(name)["test_app.py"] == TESTS or name == "types-ignored"


@pytest.mark.parametrize(
    ("name", "gone", "there"),
    [
        ("skip-tests", "\n\n\ndef test_short", '@pytest.mark.skip(reason="later")\ndef test_short'),
        ("turn-assertion", 'assert find(1) == "é"', 'assert not (find(1) == "é")'),
        ("trivial-tests", "assert find(3)", "assert True"),
        ("keep-one-test", "test_found", "test_short"),
    ],
)
def test_tests_are_edited_to_the_letter(name: str, gone: str, there: str) -> None:
    """Defects of tests leave the product as it was."""
    assert gone in TESTS

    new = after(name)

    assert gone not in new["test_app.py"]
    assert there in new["test_app.py"]
    assert new["app.py"] == PRODUCT


def test_tests_are_removed() -> None:
    """Only the product is left."""
    assert after("remove-tests") == {"app.py": PRODUCT}


def test_cheats_of_fixtures_take_the_place_of_honest_ones() -> None:
    """An answer has one file of fixtures for a folder."""
    cheat = next(one for one in MUTATORS if one.name == "leave-early")

    new = mutated(cheat, {**ANSWER, "tests/conftest.py": "HONEST = True\n"})

    assert new is not None
    assert "os._exit(0)" in new["tests/conftest.py"]
    assert "conftest.py" not in new


def test_decorators_go_with_their_function() -> None:
    """A test that is removed leaves no decorator behind that would fall to the next one."""
    text = TESTS.replace("def test_found", "@staticmethod\ndef test_found")
    keep = next(one for one in MUTATORS if one.name == "keep-one-test")

    new = mutated(keep, {**ANSWER, "test_app.py": text})

    assert new is not None
    assert "@staticmethod" not in new["test_app.py"]


def test_harmless_edits_are_as_told() -> None:
    """They change words, order and remarks."""
    assert "def test_that_found" in touched("rename-tests")["test_app.py"]
    assert touched("move-test")["test_app.py"].index("test_short") < touched("move-test")["test_app.py"].index("found")
    assert "# The order matters here." in touched("add-comments")["app.py"]
    assert "The handbook tells more" in touched("say-more")["app.py"]
    assert touched("say-what-is-public")["app.py"].endswith('__all__ = [\n    "LampError",\n    "LampStore",\n]\n')
    assert {"README.md", "pyproject.toml"} <= set(touched("add-files"))
