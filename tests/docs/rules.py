"""The names of all rules in the source, found by reading its syntax trees.

A rule is text that reaches a parameter or a variable called ``rule``: ``Finding(rule="x")``, ``error("x", …)`` where
``error`` takes a rule, a default value, or ``rule, message = "x", …``.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from .documents import ROOT


def rules_of_source() -> set[str]:
    """Return the names of all rules of findings."""
    source = ROOT / "src" / "passmuster"
    # What runs inside the sandbox makes no findings; its rules are those of answers, and documented with the criteria.
    paths = [path for path in sorted(source.rglob("*.py")) if not path.parent.name.endswith("programs")]
    modules = [list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in paths]
    public = _places(node for nodes in modules for node in nodes if not _is_private(node))
    found = (
        value
        for nodes in modules
        for places in [{**public, **_places(node for node in nodes if _is_private(node))}]
        for node in nodes
        for value in _values(node, places)
    )
    return {value.value for value in found if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def _is_private(node: ast.AST) -> bool:
    """Return whether it is called in its own module only, so that other modules may call theirs the same."""
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.startswith("_")


def _places(nodes: Iterable[ast.AST]) -> Mapping[str, set[int]]:
    """Return at which place functions and classes of each name take a rule."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef):
            # A method's callers do not write what it belongs to.
            names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
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
