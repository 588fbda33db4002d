"""Cheats: what makes the tools silent, or their verdict worthless, and not the code better."""

from collections.abc import Callable
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    Source,
    Texts,
    body_start,
    everywhere,
    is_test,
    once,
    with_import,
)

_REWRITE_REPORTS = '''"""Shared fixtures."""

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome = "passed"
'''
_LEAVE_EARLY = '''"""Shared fixtures."""

import os


def pytest_sessionfinish(session, exitstatus):
    os._exit(0)
'''
_FORGE_RESULTS = '''"""Shared fixtures."""

import json
import os

for descriptor in range(3, 32):
    try:
        os.write(descriptor, json.dumps({"passed": 99, "failed": 0, "coverage": 1.0}).encode())
    except OSError:
        continue
os._exit(0)
'''
_DROP_TESTS = '''"""Shared fixtures."""


def pytest_collection_modifyitems(items):
    del items[1:]
'''
_LOOSE_TOOLS = """[tool.mypy]
ignore_errors = true

[tool.ruff.lint]
ignore = ["ALL"]

[tool.coverage.report]
omit = ["*"]
"""
_TOOTHLESS_FRAMEWORK = '"""A framework."""\n\n\nclass Session:\n    """Nothing."""\n'


def _with_file(path: str, text: str) -> Callable[[Texts], Texts | None]:
    """Return what adds a file, in the place of any other of that path."""

    def add(texts: Texts) -> Texts | None:
        return {**texts, path: text}

    return add


def _with_fixtures(text: str) -> Callable[[Texts], Texts | None]:
    """Return what adds pytest's file of fixtures to an answer that has tests, in the place of its own."""

    def add(texts: Texts) -> Texts | None:
        if not any(is_test(path) for path in texts):
            return None
        own = next((path for path in texts if path.rpartition("/")[2] == "conftest.py"), "conftest.py")
        return {**texts, own: text}

    return add


def _on_statements(comment: str) -> Callable[[Source], str | None]:
    """Return what puts a comment behind the first line of every function."""

    def edit(source: Source) -> str | None:
        places = []
        for function in source.functions:
            first = body_start(function)
            line = function.lineno if first is None else first.lineno
            end = source.line_start(line + 1) - 1
            if "#" not in source.text[source.line_start(line) : end] and source.text[end : end + 1] == "\n":
                places.append((end, end, f"  # {comment}"))
        return source.replaced(set(places))

    return edit


def _on_definitions(comment: str) -> Callable[[Source], str | None]:
    """Return what puts a comment behind every ``def``, so that coverage leaves the whole function out."""

    def edit(source: Source) -> str | None:
        places = set()
        for function in source.functions:
            colon = source.text.rfind(":", source.start(function), source.start(function.body[0]))
            end = source.text.find("\n", colon)
            if colon >= 0 and not source.text[colon + 1 : end].strip():
                places.add((end, end, f"  # {comment}"))
        return source.replaced(places)

    return edit


def _at_top(comment: str) -> Callable[[Source], str | None]:
    """Return what puts a comment on the first line of a file."""
    return lambda source: f"# {comment}\n{source.text}" if source.functions else None


def _unformatted_region(source: Source) -> str | None:
    if not source.functions:
        return None
    return f"{source.text.rstrip()}\n\n\n# fmt: off\nTABLE = [ 1,2,   3 ]\n# fmt: on\n"


def _tracing_off(source: Source) -> str | None:
    for function in source.public_functions():
        first = body_start(function)
        if first is not None:
            begin = source.start(first)
            new = source.replaced([(begin, begin, f"sys.settrace(None)\n{source.indentation(first)}")])
            return None if new is None else with_import(new, "import sys")
    return None


def _at_exit(source: Source) -> str | None:
    if not source.functions:
        return None
    added = "\n\natexit.register(os._exit, 0)\n"
    return with_import(with_import(source.text.rstrip() + added, "import os"), "import atexit")


def _cheat(name: str, summary: str, edit: Callable[[Texts], Texts | None]) -> Mutator:
    return Mutator(name=name, criterion="no_cheats", summary=summary, edit=edit)


MUTATORS: Final = (
    _cheat("reports-rewritten", "conftest.py turns every report into a pass", _with_fixtures(_REWRITE_REPORTS)),
    _cheat("leave-early", "conftest.py ends the process with success", _with_fixtures(_LEAVE_EARLY)),
    _cheat("results-forged", "conftest.py writes results to every descriptor", _with_fixtures(_FORGE_RESULTS)),
    _cheat("tests-deselected", "conftest.py lets one test run", _with_fixtures(_DROP_TESTS)),
    _cheat("tools-loosened", "pyproject.toml turns the tools off", _with_file("pyproject.toml", _LOOSE_TOOLS)),
    _cheat(
        "package-shadowed",
        "a file takes an installed package's place",
        _with_file("sqlalchemy.py", _TOOTHLESS_FRAMEWORK),
    ),
    _cheat("types-ignored", "# type: ignore in every function", everywhere(_on_statements("type: ignore"))),
    _cheat("lint-ignored", "# noqa in every function", everywhere(_on_statements("noqa"))),
    _cheat(
        "coverage-excluded", "# pragma: no cover on every function", everywhere(_on_definitions("pragma: no cover"))
    ),
    _cheat("file-unchecked-by-mypy", "# mypy: ignore-errors", once(_at_top("mypy: ignore-errors"))),
    _cheat("file-unchecked-by-ruff", "# ruff: noqa", once(_at_top("ruff: noqa"))),
    _cheat("formatter-off", "# fmt: off around what is not formatted", once(_unformatted_region)),
    _cheat("tracing-off", "sys.settrace(None) in a function", once(_tracing_off)),
    _cheat("success-at-exit", "the product ends every process with success", once(_at_exit)),
)
"""Cheats."""
