"""Calls that hold up everything else in asynchronous code."""

import ast
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import Source, after_imports, body_start, once, with_import
from passmuster.analysis.code_edits.surface_edits import routes_of


def _first_asynchronous(source: Source) -> ast.AsyncFunctionDef | None:
    """Return a route if there is one, else another function that awaits something."""
    routes = [node for node in routes_of(source) if isinstance(node, ast.AsyncFunctionDef)]
    others = [
        node
        for node in source.functions
        if isinstance(node, ast.AsyncFunctionDef) and any(isinstance(part, ast.Await) for part in ast.walk(node))
    ]
    return next(iter([*routes, *others]), None)


def _with_call(source: Source, call: str, needed: str) -> str | None:
    function = _first_asynchronous(source)
    first = None if function is None else body_start(function)
    if first is None:
        return None
    begin = source.start(first)
    new = source.replaced([(begin, begin, f"{call}\n{source.indentation(first)}")])
    return new if new is None or not needed or needed in source.text else with_import(new, needed)


def _sleep(source: Source) -> str | None:
    return _with_call(source, "time.sleep(0.01)", "import time")


def _ask(source: Source) -> str | None:
    return _with_call(source, 'requests.get("http://health.invalid", timeout=0.01)', "import requests")


def _open_file(source: Source) -> str | None:
    call = 'with open("requests.log", "a", encoding="utf-8") as log:\n{blanks}    log.write("asked")'
    function = _first_asynchronous(source)
    first = None if function is None else body_start(function)
    if first is None:
        return None
    return _with_call(source, call.format(blanks=source.indentation(first)), "")


def _sleep_in_helper(source: Source) -> str | None:
    new = _with_call(source, "wait_a_moment()", "import time")
    if new is None:
        return None
    place = after_imports(Source(source.path, new))
    helper = 'def wait_a_moment() -> None:\n    """Let the others catch up."""\n    time.sleep(0.01)\n\n\n'
    return new[:place] + helper + new[place:]


MUTATORS: Final = (
    Mutator(
        name="sleep-in-coroutine",
        criterion="no_blocking_calls",
        summary="time.sleep in a coroutine",
        edit=once(_sleep),
    ),
    Mutator(
        name="request-in-coroutine",
        criterion="no_blocking_calls",
        summary="requests.get in a coroutine",
        edit=once(_ask),
    ),
    Mutator(
        name="file-in-coroutine",
        criterion="no_blocking_calls",
        summary="a file is written in a coroutine",
        edit=once(_open_file),
    ),
    Mutator(
        name="sleep-behind-helper",
        criterion="no_blocking_calls",
        summary="time.sleep in a function that a coroutine calls",
        edit=once(_sleep_in_helper),
    ),
    Mutator(
        name="sleep-in-handler",
        criterion="no_blocking_at_run_time",
        summary="time.sleep in a coroutine that answers requests",
        edit=once(_sleep),
    ),
)
"""Defects of asynchronous code."""
