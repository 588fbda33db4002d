"""Python text with its tree, and replacements that leave the rest of the text as it stands."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

Texts = Mapping[str, str]
"""The files of an answer: texts by relative path."""

Replacement = tuple[int, int, str]
"""Characters from … to … become a text; no two of a file overlap."""

FileEdit = Callable[["Source"], str | None]
"""Edits one file; ``None`` where there is nothing to edit."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
"""Either kind of function."""

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Source:
    """One Python file.

    Attributes:
        path: Its path in the answer.
        text: Its text.
        tree: What Python reads in it.
    """

    def __init__(self, path: str, text: str) -> None:
        """Read a file.

        Raises:
            SyntaxError: If it is no Python.
            ValueError: If it holds what no source text may.
        """
        self.path = path
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """Every node."""
        return ast.walk(self.tree)

    @property
    def functions(self) -> list[Function]:
        """Every function and method, in order of place."""
        found = [node for node in self.nodes if isinstance(node, FUNCTIONS)]
        return sorted(found, key=lambda node: node.lineno)

    @property
    def classes(self) -> list[ast.ClassDef]:
        """Every class, in order of place."""
        found = [node for node in self.nodes if isinstance(node, ast.ClassDef)]
        return sorted(found, key=lambda node: node.lineno)

    def public_functions(self) -> list[Function]:
        """Return functions and methods without an underscore in front, and none that stand in another function."""
        scopes: list[ast.Module | ast.ClassDef] = [self.tree, *self.classes]
        found = [node for scope in scopes for node in scope.body if isinstance(node, FUNCTIONS)]
        return [node for node in found if not node.name.startswith("_")]

    def start(self, node: ast.stmt | ast.expr | ast.arg | ast.keyword | ast.excepthandler) -> int:
        """Return where a node begins, in characters."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr | ast.arg | ast.keyword | ast.excepthandler) -> int:
        """Return where a node ends."""
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def line_start(self, line: int) -> int:
        """Return where a line begins, counted from 1; the end of the text for any later one."""
        return min(self._starts[min(line, len(self._starts)) - 1], len(self.text))

    def part(self, node: ast.stmt | ast.expr | ast.arg | ast.keyword) -> str:
        """Return a node's text."""
        return self.text[self.start(node) : self.end(node)]

    def indentation(self, node: ast.stmt) -> str:
        """Return the blanks in front of a statement."""
        return " " * node.col_offset

    def replaced(self, replacements: Iterable[Replacement]) -> str | None:
        """Return the text with parts replaced; ``None`` if none were given or nothing changes."""
        text = self.text
        for begin, end, new in sorted(replacements, reverse=True):
            text = text[:begin] + new + text[end:]
        return None if text == self.text else text

    def with_node(self, node: ast.stmt | ast.expr | ast.arg, new: str) -> Replacement:
        """Return the replacement of a node."""
        return (self.start(node), self.end(node), new)

    def without_statement(self, statement: ast.stmt) -> Replacement:
        """Return the replacement that removes the lines of a statement, its decorators with them."""
        first = min([statement.lineno, *(item.lineno for item in getattr(statement, "decorator_list", []))])
        last = statement.end_lineno or statement.lineno
        return (self.line_start(first), self.line_start(last + 1), "")

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        # Columns count bytes.
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )


def is_test(path: str) -> bool:
    """Whether a file holds tests, or what only tests use."""
    file = PurePosixPath(path)
    return "tests" in file.parts[:-1] or file.name.startswith("test_") or file.name == "conftest.py"


def holds_tests(path: str) -> bool:
    """Whether pytest collects tests of a file."""
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def sources_of(texts: Texts, *, tests: bool) -> Iterator[Source]:
    """Yield the Python files of the product, or of its tests, in order of path; what cannot be read is left out."""
    for path, text in sorted(texts.items()):
        if path.endswith(".py") and is_test(path) is tests:
            try:
                source = Source(path, text)
            except (SyntaxError, ValueError, RecursionError):
                continue
            yield source


def everywhere(edit: FileEdit, *, tests: bool = False) -> Callable[[Texts], Texts | None]:
    """Return what makes an edit in every file of the product, or of its tests, that has something to edit."""

    def apply(texts: Texts) -> Texts | None:
        new = {source.path: edit(source) for source in sources_of(texts, tests=tests)}
        changed = {path: text for path, text in new.items() if text is not None}
        return {**texts, **changed} if changed else None

    return apply


def once(edit: FileEdit, *, tests: bool = False) -> Callable[[Texts], Texts | None]:
    """Return what makes an edit in the first file that has something to edit."""

    def apply(texts: Texts) -> Texts | None:
        for source in sources_of(texts, tests=tests):
            text = edit(source)
            if text is not None:
                return {**texts, source.path: text}
        return None

    return apply


def last_name(node: ast.AST | None) -> str:
    """Return the last part of the name of what is called, subscribed or named; empty where there is none."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def docstring_of(node: Function | ast.ClassDef | ast.Module) -> ast.Expr | None:
    """Return the statement that is a docstring; ``None`` where there is none."""
    first = node.body[0] if node.body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return first if is_text and isinstance(first, ast.Expr) else None


def parameters_of(function: Function) -> list[ast.arg]:
    """Return the parameters of a function that callers give, ``self`` and ``cls`` not among them."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument for argument in every if argument.arg not in {"self", "cls"}]


def body_start(function: Function) -> ast.stmt | None:
    """Return the first statement after the docstring; ``None`` where there is none."""
    body = function.body[1:] if docstring_of(function) else function.body
    return body[0] if body else None


def after_imports(source: Source) -> int:
    """Return where the first statement stands that is neither docstring nor import."""
    for statement in source.tree.body:
        is_leading = isinstance(statement, ast.Import | ast.ImportFrom) or statement is docstring_of(source.tree)
        if not is_leading:
            first = min([statement.lineno, *(item.lineno for item in getattr(statement, "decorator_list", []))])
            return source.line_start(first)
    return len(source.text)


def with_import(text: str, line: str) -> str:
    """Return a text with one more import, in front of the first that stands at the beginning of a line."""
    source = Source("", text)
    for statement in source.tree.body:
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if isinstance(statement, ast.Import | ast.ImportFrom) and not is_future:
            begin = source.start(statement)
            return f"{text[:begin]}{line}\n{text[begin:]}"
    begin = after_imports(source)
    return f"{text[:begin]}{line}\n\n\n{text[begin:]}"
