"""The names of all rules in the source, found by reading its syntax trees.

A rule is text that reaches a parameter or a variable called ``rule``: ``Finding(rule="x")``, ``error("x", …)`` where
``error`` takes a rule, a default value, or ``rule, message = "x", …``.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from .documents import ROOT


def rules_of_source() -> set[str]:
    """Return the names of all rules of findings."""
    source = ROOT / "src" / "passmuster"
    nodes = [node for path in sorted(source.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    places = _places(nodes)
    found = (value for node in nodes for value in _values(node, places))
    return {value.value for value in found if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def _places(nodes: Sequence[ast.AST]) -> Mapping[str, set[int]]:
    """Return at which place functions and classes of each name take a rule."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
        elif isinstance(node, ast.ClassDef):
            fields = [line for line in node.body if isinstance(line, ast.AnnAssign)]
            names = [line.target.id for line in fields if isinstance(line.target, ast.Name)]
        if "rule" in names and isinstance(node, ast.FunctionDef | ast.ClassDef):
            places[node.name].add(names.index("rule"))
    return places


def _values(node: ast.AST, places: Mapping[str, set[int]]) -> Iterator[ast.expr]:
    """Yield what reaches a rule in one node."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "rule")
        yield from (node.args[place] for place in places.get(called, ()) if place < len(node.args))
    elif isinstance(node, ast.FunctionDef):
        yield from _defaults(node.args)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value)


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if argument.arg == "rule" and default is not None:
            yield default


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == "rule":
        yield from value.values if isinstance(value, ast.BoolOp) else [value]
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _assigned(one, its)
