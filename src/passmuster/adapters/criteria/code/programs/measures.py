"""How complex and how large functions, classes and files are."""

import ast
from collections import Counter

from .sources import Function, Source, docstring_lines, nodes_within, own_parameters

_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert, ast.comprehension)


def functions_measured(source: Source) -> list[dict[str, object]]:
    """Return the measures of each function; its docstring does not count among its lines."""
    return [
        {
            "file": source.path,
            "line": scope.node.lineno,
            "name": scope.name,
            "lines": _lines(scope.node),
            "complexity": complexity(scope.node),
            "nesting": _nesting(scope.node.body),
            "parameters": len(own_parameters(scope.node, scope.owner)),
        }
        for scope in source.scopes
        if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def classes_measured(source: Source) -> list[dict[str, object]]:
    """Return the measures of each class."""
    return [
        {
            "file": source.path,
            "line": scope.node.lineno,
            "name": scope.name,
            "lines": _lines(scope.node),
            "methods": Counter(type(part) for part in scope.node.body)[ast.FunctionDef],
        }
        for scope in source.scopes
        if isinstance(scope.node, ast.ClassDef)
    ]


def complexity(function: Function) -> int:
    """Return the number of ways through a function (McCabe), one more for each condition that ``and``/``or`` adds.

    Functions within it are counted by themselves.
    """
    return 1 + sum(_branches(node) for node in nodes_within(function))


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.Match):
        return len(node.cases)
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _BRANCHES))


def _lines(node: Function | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)


def _nesting(body: list[ast.stmt]) -> int:
    deepest = 0
    pending = [(statement, 0) for statement in body]
    while pending:
        statement, depth = pending.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        is_block = isinstance(
            statement, ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try
        )
        inner = depth + is_block
        deepest = max(deepest, inner)
        pending.extend(_inner_statements(statement, depth, inner))
    return deepest


def _inner_statements(statement: ast.stmt, depth: int, inner: int) -> list[tuple[ast.stmt, int]]:
    orelse = getattr(statement, "orelse", [])
    # `elif` is written at the depth of its `if`.
    is_elif = isinstance(statement, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If)
    found = [(part, inner) for part in (*getattr(statement, "body", []), *getattr(statement, "finalbody", []))]
    found += [(part, depth if is_elif else inner) for part in orelse]
    for handler in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        found += [(part, inner) for part in handler.body]
    return found
