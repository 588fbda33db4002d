"""Defects of an answer's own tests."""

import ast
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    Function,
    Replacement,
    Source,
    Texts,
    body_start,
    everywhere,
    holds_tests,
    is_test,
    once,
    with_import,
)


def _tests_of(source: Source) -> list[Function]:
    return [node for node in source.functions if node.name.startswith("test")]


def _remove(texts: Texts) -> Texts | None:
    kept = {path: text for path, text in texts.items() if not is_test(path)}
    return kept if len(kept) < len(texts) and any(holds_tests(path) for path in texts) else None


def _keep_one(source: Source) -> str | None:
    """Remove every test but the one whose body is the shortest."""
    tests = _tests_of(source)
    if len(tests) < 2:  # noqa: PLR2004 - of one test nothing can be removed
        return None
    kept = min(tests, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    return source.replaced(source.without_statement(node) for node in tests if node is not kept)


def _trivial(source: Source) -> str | None:
    """Let every test assert nothing but that true is true."""
    return source.replaced(_with_body(source, node, "assert True") for node in _tests_of(source))


def _uncalled(source: Source) -> str | None:
    """Let every test look at a sum of its own, and at nothing of the product."""
    return source.replaced(
        _with_body(source, node, "expected = 4\n{blanks}assert 2 + 2 == expected") for node in _tests_of(source)
    )


def _with_body(source: Source, function: Function, body: str) -> Replacement:
    first = body_start(function) or function.body[0]
    blanks = source.indentation(first)
    begin = source.line_start(first.lineno)
    end = source.line_start((function.end_lineno or function.lineno) + 1)
    return (begin, end, f"{blanks}{body.format(blanks=blanks)}\n")


def _mark(source: Source, decorator: str, needed: str) -> str | None:
    places = [
        (source.line_start(min([node.lineno, *(item.lineno for item in node.decorator_list)])), node)
        for node in _tests_of(source)
    ]
    marked = source.replaced((place, place, f"{source.indentation(node)}@{decorator}\n") for place, node in places)
    if marked is None or needed in source.text:
        return marked
    return with_import(marked, needed)


def _skip(source: Source) -> str | None:
    return _mark(source, 'pytest.mark.skip(reason="later")', "import pytest")


def _expect_failure(source: Source) -> str | None:
    return (
        _mark(source, "unittest.expectedFailure", "import unittest")
        if "(TestCase)" in source.text
        else _mark(source, 'pytest.mark.xfail(reason="later")', "import pytest")
    )


def _turn_assertion(source: Source) -> str | None:
    """Let one assertion want the contrary."""
    for test in _tests_of(source):
        for node in ast.walk(test):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
                return source.replaced([source.with_node(node.test, f"not ({source.part(node.test)})")])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "assertEqual":
                return source.replaced([source.with_node(node.func, "self.assertNotEqual")])
    return None


def _break_product(source: Source) -> str | None:
    """Turn the first comparison of a product's function round, so that an honest test fails."""
    for function in source.public_functions():
        for node in ast.walk(function):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
                return source.replaced([source.with_node(node.test, f"not ({source.part(node.test)})")])
    return None


MUTATORS: Final = (
    Mutator(name="remove-tests", criterion="tests_pass", summary="there are no tests", edit=_remove),
    Mutator(
        name="skip-tests",
        criterion="tests_pass",
        summary="every test is skipped",
        edit=everywhere(_skip, tests=True),
    ),
    Mutator(
        name="expect-failures",
        criterion="tests_pass",
        summary="every test is expected to fail",
        edit=everywhere(_expect_failure, tests=True),
    ),
    Mutator(
        name="turn-assertion",
        criterion="tests_pass",
        summary="one assertion wants the contrary",
        edit=once(_turn_assertion, tests=True),
    ),
    Mutator(
        name="break-product",
        criterion="tests_pass",
        summary="one comparison of the product is turned round",
        edit=once(_break_product),
    ),
    Mutator(
        name="trivial-tests",
        criterion="no_cheats",
        summary="every test asserts that true is true",
        edit=everywhere(_trivial, tests=True),
    ),
    Mutator(
        name="tests-that-call-nothing",
        criterion="function_coverage",
        summary="every test adds two numbers, and calls nothing",
        edit=everywhere(_uncalled, tests=True),
    ),
    Mutator(
        name="keep-one-test",
        criterion="function_coverage",
        summary="of the tests of a file only the shortest is left",
        edit=everywhere(_keep_one, tests=True),
    ),
)
"""Defects of tests."""
