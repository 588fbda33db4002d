"""Which tests check nothing, told by how they are written."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from .layout import Layout, Written, written_tests

_CHECKING: Final = re.compile(r"assert|raises|warns|check|expect|verify|should|fail|match|snapshot", re.IGNORECASE)


def toothless_tests(layout: Layout) -> tuple[list[Written], int]:
    """Return the tests without a single check, and how many tests there are.

    A check is an ``assert`` that can fail, a call whose name speaks of checking, or a call of a function of the
    answer's tests that holds one. ``assert True`` is none.
    """
    tests = [test for file in layout.tests for test in written_tests(layout, file)]
    helpers = _checking_helpers(layout)
    bodies = {(test.file, test.first): test for test in tests}
    idle = []
    for file in layout.tests:
        for node in _functions([layout.trees[file]] if file in layout.trees else []):
            test = bodies.get((file, node.body[0].lineno))
            if test is not None and not any(_checks(inner, helpers) for inner in ast.walk(node)):
                idle.append(test)
    return idle, len(tests)


def _functions(trees: Iterable[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def _checking_helpers(layout: Layout) -> frozenset[str]:
    """Return the names of functions beside the tests that hold a check."""
    product = set(layout.product)
    trees = [tree for file, tree in layout.trees.items() if file not in product]
    return frozenset(
        node.name
        for node in _functions(trees)
        if not node.name.startswith("test") and any(_checks(inner, frozenset()) for inner in ast.walk(node))
    )


def _checks(node: ast.AST, helpers: frozenset[str]) -> bool:
    if isinstance(node, ast.Assert):
        return not _is_settled(node.test)
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Raise)
    name = ast.unparse(node.func).rpartition(".")[2]
    if name in {"assertTrue", "assertFalse", "assertEqual", "assertIsNotNone"} and all(map(_is_settled, node.args)):
        return False
    return name in helpers or _CHECKING.search(name) is not None


def _is_settled(node: ast.expr) -> bool:
    """Return whether the outcome of an assertion is settled beforehand: it compares nothing but constants."""
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
        return all(map(_is_settled, parts)) or len({ast.dump(part) for part in parts}) == 1
    if isinstance(node, ast.BoolOp):
        return isinstance(node.op, ast.Or) and any(map(_is_settled, node.values))
    if isinstance(node, ast.UnaryOp):
        return _is_settled(node.operand)
    return isinstance(node, ast.Constant)
