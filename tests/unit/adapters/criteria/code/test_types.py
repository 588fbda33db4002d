"""What mypy finds in an answer; it is run for real, so there are few tests, each of several things."""

from pathlib import Path

import pytest

from passmuster.adapters.criteria.code.annotations import MYPY_STRICT
from passmuster.adapters.criteria.code.programs.sources import read
from passmuster.adapters.criteria.code.programs.type_checking import TypeChecker

from .examiners import answer_of, judge, write


async def test_errors_are_found_whatever_the_answer_says_against_it() -> None:
    """Suppressions, settings, stubs and marks of the answer's own change nothing."""
    files = {
        "src/app/__init__.py": "",
        "src/app/model.py": "def price(number):\n    return number\n",
        "src/app/model.pyi": "def price(number: int) -> int: ...\n",
        "src/app/service.py": "# mypy: ignore-errors\nfrom app.model import price\n\nx: int = 'y'  # type: ignore\n",
        "src/app/missing.py": "from app.nowhere import thing\n\nprint(thing)\n",
        "src/app/queue.py": (
            "from celery import Celery, Task\n\napp = Celery('x')\n\n\nclass Base(Task):\n    pass\n\n\n"
            "@app.task\ndef run() -> None:\n    pass\n"
        ),
        "tests/test_service.py": "def test_x():\n    assert 1 + 'x'\n",
        "mypy.py": "raise SystemExit('the answer was run')\n",
        "mypy.ini": "[mypy]\nignore_errors = True\n",
    }

    score = await judge(MYPY_STRICT, answer_of(files))
    with_tests = await judge(MYPY_STRICT, answer_of(files), tests=True)

    found = [(place["file"], place["line"]) for place in score.evidence["places"]]
    assert ("src/app/model.py", 1) in found
    assert ("src/app/service.py", 4) in found
    assert ("src/app/missing.py", 1) in found
    assert not any(file in {"src/app/queue.py", "tests/test_service.py"} for file, _ in found)
    assert score.evidence["not_installed"] == ["celery"]
    assert score.reason.startswith(f"mypy --strict found {len(found)} errors: ")
    assert score.reason.endswith("(not installed here: celery)")
    assert with_tests.evidence["errors"] > len(found)


async def test_code_whose_types_hold_passes() -> None:
    """Modules that are imported from a folder which is no package are found there."""
    files = {
        "service_a/models.py": "x: int = 1\n",
        "service_a/main.py": "from models import x\n\ny: int = x\n",
    }

    score = await judge(MYPY_STRICT, answer_of(files))

    assert (score.passed, score.reason) == (True, "mypy --strict found no error")


def test_an_answer_that_keeps_mypy_from_looking_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the error that must be found is not, nothing was looked at."""
    checker = TypeChecker(read(write(tmp_path, {"a.py": "x: int = 1\n"})), None)
    monkeypatch.setattr(checker, "_canary", "no such file")
    monkeypatch.setattr(checker, "_write", lambda folder: folder.mkdir())

    told = checker.checked()

    assert str(told["crash"]).startswith("mypy ended with status")
