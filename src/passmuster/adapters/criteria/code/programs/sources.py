"""The Python files of an answer, read and parsed."""

import ast
import io
import os
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
_LONGEST_MESSAGE = 300

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Place(NamedTuple):
    """Something found at a line of a file."""

    file: str
    line: int
    message: str

    def told(self) -> dict[str, object]:
        """Return it as plain data that any file can hold."""
        message = " ".join(self.message.encode("utf-8", "backslashreplace").decode().split())
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[:_LONGEST_MESSAGE]}…"
        return {"file": self.file, "line": self.line, "message": message}


class Comment(NamedTuple):
    """A comment: its line and column, counted from 1 and from 0, and its text with the sign that begins it."""

    line: int
    column: int
    text: str


class Scope(NamedTuple):
    """A function or class, with the names of what encloses it, and whether that is a function somewhere."""

    node: Function | ast.ClassDef
    outer: tuple[str, ...]
    is_local: bool
    owner: ast.ClassDef | None

    @property
    def name(self) -> str:
        """Its qualified name."""
        return ".".join((*self.outer, self.node.name))


@dataclass(frozen=True)
class Source:
    """One file that could be parsed."""

    path: str
    text: str
    tree: ast.Module
    comments: tuple[Comment, ...] = field(default=())

    @property
    def is_test(self) -> bool:
        """Whether it belongs to the answer's tests."""
        return is_test(self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every function and class."""
        return tuple(_scopes_of(self.tree.body, (), is_local=False, owner=None))

    @cached_property
    def imports(self) -> dict[str, str]:
        """Full names by the names under which this file knows what it imports."""
        return _imports_of(self)

    @property
    def module(self) -> str:
        """Its name when it is imported from the answer's folder."""
        parts = self.path.removesuffix(".py").removeprefix("src/").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    def place(self, node: ast.AST, message: str) -> Place:
        """Return where a node stands."""
        return Place(self.path, getattr(node, "lineno", 1), message)

    def full_name(self, node: ast.AST | None) -> str:
        """Return what a name or a chain of attributes means after imports, such as ``time.sleep``; else nothing."""
        dotted = dotted_name(node)
        first, _, rest = dotted.partition(".")
        whole = self.imports.get(first, first)
        return f"{whole}.{rest}" if rest else whole


@dataclass(frozen=True)
class Sources:
    """All files of an answer, those that are no good included."""

    good: tuple[Source, ...]
    broken: tuple[Place, ...]
    others: tuple[tuple[str, str], ...]

    @property
    def product(self) -> tuple[Source, ...]:
        """Those that are no tests."""
        return tuple(source for source in self.good if not source.is_test)

    @property
    def tests(self) -> tuple[Source, ...]:
        """Those that are."""
        return tuple(source for source in self.good if source.is_test)


def is_test(path: str) -> bool:
    """Return whether a path is that of a test, by the names that pytest and Django use."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".py").removesuffix(".pyi")
    named = stem.startswith("test_") or stem.endswith("_test") or stem in {"conftest", "tests", "test"}
    return named or not _TEST_FOLDERS.isdisjoint(folders)


def dotted_name(node: ast.AST | None) -> str:
    """Return a name or a chain of attributes as it is written; nothing for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST | None) -> str:
    """Return the last name of a chain of attributes, whatever it begins with; of a call, that of what is called."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def parameters_of(function: Function) -> list[ast.arg]:
    """Return all parameters in order."""
    arguments = function.args
    variable = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *variable]


def own_parameters(function: Function, owner: ast.ClassDef | None) -> list[ast.arg]:
    """Return the parameters without the one that a method is bound to."""
    names = {last_name(decorator) for decorator in function.decorator_list}
    parameters = parameters_of(function)
    return parameters[1:] if owner is not None and "staticmethod" not in names else parameters


def nodes_within(function: Function | ast.ClassDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, those of functions and classes within it left out."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def docstring_lines(node: Function | ast.ClassDef) -> int:
    """Return how many lines the docstring takes."""
    first = node.body[0]
    has_docstring = isinstance(first, ast.Expr) and ast.get_docstring(node, clean=False) is not None
    return (first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0


def lines_of(text: str) -> list[str]:
    """Return the lines of a file with their ends, as Python has them; a mark of the byte order is none of it."""
    return list(io.StringIO(text.removeprefix("\ufeff"), newline=""))


def read(folder: Path) -> Sources:
    """Read and parse everything in a folder; links are not followed."""
    good: list[Source] = []
    broken: list[Place] = []
    others: list[tuple[str, str]] = []
    for path in _paths(folder):
        name = path.relative_to(folder).as_posix()
        text = path.read_bytes().decode("utf-8", "replace")
        if not name.endswith((".py", ".pyi")):
            others.append((name, text))
            continue
        source = _parsed(name, text)
        if isinstance(source, Source):
            good.append(source)
        else:
            broken.append(source)
    return Sources(tuple(good), tuple(broken), tuple(others))


def _paths(folder: Path) -> Sequence[Path]:
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not Path(place, name).is_symlink()]
        found.extend(path for path in (Path(place, name) for name in names) if path.is_file() and not path.is_symlink())
    return sorted(found)


def _parsed(path: str, text: str) -> Source | Place:
    try:
        with warnings.catch_warnings():
            # Python warns of escapes that are none, and means the answer.
            warnings.simplefilter("ignore")
            tree = ast.parse(text.removeprefix("\ufeff"), path)
        tokens = tokenize.generate_tokens(iter(lines_of(text)).__next__)
        comments = tuple(Comment(*token.start, token.string) for token in tokens if token.type == tokenize.COMMENT)
    except SyntaxError as error:
        return Place(path, error.lineno or 1, f"syntax error: {error.msg}")
    except tokenize.TokenError as error:
        return Place(path, 1, f"syntax error: {error}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Place(path, 1, f"cannot be parsed: {str(error) or type(error).__name__}")
    return Source(path, text, tree, comments)


def _scopes_of(
    body: Sequence[ast.AST], outer: tuple[str, ...], *, is_local: bool, owner: ast.ClassDef | None
) -> Iterator[Scope]:
    for node in body:
        if isinstance(node, _FUNCTIONS):
            yield Scope(node, outer, is_local, owner)
            yield from _scopes_of(node.body, (*outer, node.name), is_local=True, owner=None)
        elif isinstance(node, ast.ClassDef):
            yield Scope(node, outer, is_local, owner)
            yield from _scopes_of(node.body, (*outer, node.name), is_local=is_local, owner=node)
        elif not isinstance(node, ast.expr):
            yield from _scopes_of(list(ast.iter_child_nodes(node)), outer, is_local=is_local, owner=owner)


def _imports_of(source: Source) -> dict[str, str]:
    names: dict[str, str] = {}
    package = source.module.split(".")
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            is_package = source.path.endswith("__init__.py")
            kept = package[: len(package) - node.level + is_package] if node.level else []
            origin = ".".join([*kept, node.module] if node.module else kept)
            names |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
    return names
