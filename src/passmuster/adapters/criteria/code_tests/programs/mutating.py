"""Small changes to a function that tests which check anything should notice."""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .layout import Function

_OPPOSITES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CALCULATIONS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """A changed file: its text, the line of the change, and what was changed.

    ``rank`` is smaller the less likely it is that merely running the change fails.
    """

    text: str
    line: int
    change: str
    rank: int


@dataclass(frozen=True)
class _Change:
    node: ast.AST
    name: str
    value: object
    line: int
    told: str
    rank: int

    @contextmanager
    def made(self) -> Iterator[None]:
        before = getattr(self.node, self.name)
        setattr(self.node, self.name, self.value)
        try:
            yield
        finally:
            setattr(self.node, self.name, before)


def mutants_of(text: str, line: int) -> list[Mutant]:
    """Return the mutants of the function whose ``def`` is on a line, those first that are the most silent."""
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    function = next((node for node in functions if node.lineno == line), None)
    if function is None:
        return []
    changes = sorted(_changes(function), key=lambda change: (change.rank, change.line))
    unchanged = ast.unparse(tree)
    mutants = []
    for change in changes:
        with change.made():
            changed = ast.unparse(ast.fix_missing_locations(tree))
        if changed != unchanged:
            mutants.append(Mutant(text=changed, line=change.line, change=change.told, rank=change.rank))
    return mutants


def _changes(function: Function) -> Iterator[_Change]:
    documentation = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    for statement in function.body:
        if statement is not documentation:
            for node in ast.walk(statement):
                for make in _MAKERS:
                    yield from make(node)


def _compared(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPPOSITES:
        opposite: Sequence[ast.cmpop] = [_OPPOSITES[type(node.ops[0])](), *node.ops[1:]]
        yield _Change(node, "ops", opposite, node.lineno, "a comparison turned round", 1)


def _constant(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _Change(node, "value", not node.value, node.lineno, f"{node.value} turned round", 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield _Change(node, "value", node.value + 1, node.lineno, f"{node.value} made {node.value + 1}", 1)


def _returned(node: ast.AST) -> Iterator[_Change]:
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        yield _Change(node.value, "value", f"{node.value.value}x", node.lineno, "another text returned", 0)
    elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield _Change(node, "value", ast.Constant(value=None), node.lineno, "None returned", 2)


def _joined(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _Change(node, "op", other, node.lineno, "'and' and 'or' exchanged", 2)


def _calculated(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _CALCULATIONS:
        yield _Change(node, "op", _CALCULATIONS[type(node.op)](), node.lineno, "another calculation", 3)


def _asked(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Compare):
        turned = ast.UnaryOp(op=ast.Not(), operand=node.test)
        yield _Change(node, "test", turned, node.lineno, "a condition turned round", 3)


_MAKERS: Final[tuple[Callable[[ast.AST], Iterator[_Change]], ...]] = (
    _compared,
    _constant,
    _returned,
    _joined,
    _calculated,
    _asked,
)
