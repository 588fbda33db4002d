"""How an answer's files are laid out: which hold tests, which product code, and where imports begin."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Final

_PATTERNS: Final = ("test_*.py", "*_test.py", "tests.py")
_TEST_FOLDERS: Final = frozenset({"test", "tests", "testing"})
_NO_PRODUCT: Final = frozenset({"conftest.py", "manage.py", "setup.py", "noxfile.py", "conf.py"})
_MARKS_OF_ROOTS: Final = frozenset({"pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py", "manage.py"})
_SETTINGS_TAKEN: Final = frozenset(
    {"asyncio_mode", "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope", "django_settings_module"}
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Written:
    """A test as it is written: its file, its name with its class, and the lines of its body."""

    file: str
    name: str
    first: int
    last: int

    @property
    def identifier(self) -> str:
        """What pytest calls it, without parameters."""
        return f"{self.file}::{self.name.replace('.', '::')}"


@dataclass
class Layout:
    """All of an answer's Python files.

    Attributes:
        trees: The syntax tree of each file that can be read.
        texts: The text of each file.
        broken: Where and why the others cannot be read: file, line, message.
        tests: The files that hold tests.
        mixed: Those of them that hold product code too, since no other file holds tests.
        roots: The folders from which imports begin.
        settings: What the answer's own configuration of pytest says, for the few names that are honoured.
    """

    trees: dict[str, ast.Module] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    broken: list[dict[str, object]] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def product(self) -> list[str]:
        """The files with product code, whether they can be read or not."""
        return [file for file in self.texts if (file not in self.tests or file in self.mixed) and is_product(file)]

    @property
    def imported(self) -> set[str]:
        """The modules that any file imports."""
        return {module for tree in self.trees.values() for module in modules_imported(tree)}

    def mentions(self, word: str) -> bool:
        """Return whether any file holds a word."""
        return any(word in text for text in self.texts.values())


def layout_of(folder: Path) -> Layout:
    """Read the layout of a folder; nothing in it is trusted, and no link is followed."""
    layout = Layout()
    files = sorted(_files(folder))
    for file in files:
        if file.endswith(".py"):
            _read(folder, file, layout)
    layout.tests = [file for file in layout.texts if _is_named_like_tests(file)]
    if not any(any(written_tests(layout, file)) for file in layout.tests):
        layout.mixed = [file for file in layout.texts if file not in layout.tests and any(written_tests(layout, file))]
        layout.tests += layout.mixed
    layout.settings = _settings(folder, files)
    layout.roots = _roots(files)
    return layout


def is_product(file: str) -> bool:
    """Return whether a path is one of product code: no test, no fixture, no migration and no script of a framework."""
    path = PurePosixPath(file)
    folders = {part.casefold() for part in path.parts[:-1]}
    return not (path.name in _NO_PRODUCT or folders & (_TEST_FOLDERS | {"migrations", "alembic"}))


def written_tests(layout: Layout, file: str) -> Iterator[Written]:
    """Yield the tests of a file as they are written, except where a class says that it holds none."""
    tree = layout.trees.get(file)
    if tree is None:
        return
    bases = {base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in _names(node.bases)}
    for node in tree.body:
        if _is_test(node, ""):
            yield _written(file, node, "")
        elif isinstance(node, ast.ClassDef) and _holds_tests(node) and not (_is_switched_off(node, bases)):
            prefix = f"{node.name}."
            yield from (_written(file, test, prefix) for test in node.body if _is_test(test, prefix))


def modules_imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full names of the modules that are imported anywhere in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix()


def _read(folder: Path, file: str, layout: Layout) -> None:
    layout.texts[file] = text = (folder / file).read_text(encoding="utf-8", errors="replace")
    try:
        layout.trees[file] = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or str(error) or type(error).__name__
        layout.broken.append({"file": file, "line": line, "message": str(message)})


def _is_named_like_tests(file: str) -> bool:
    return any(fnmatch(PurePosixPath(file).name, pattern) for pattern in _PATTERNS)


def _is_test(node: ast.stmt, prefix: str) -> bool:
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    return is_function and (bool(prefix) or not _is_fixture(node))


def _is_fixture(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return any("fixture" in ast.unparse(decorator) for decorator in decorators)


def _holds_tests(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any(name.endswith("TestCase") for name in _names(node.bases))


def _is_switched_off(node: ast.ClassDef, bases: set[str]) -> bool:
    """Return whether a class is only there to be inherited from."""
    says_no = any(isinstance(line, ast.Assign) and "__test__" in _names(line.targets) for line in node.body)
    return says_no and node.name in bases


def _names(nodes: Iterable[ast.expr]) -> list[str]:
    return [ast.unparse(node).rpartition(".")[2] for node in nodes]


def _written(file: str, node: ast.stmt, prefix: str) -> Written:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise TypeError(file)
    last = node.end_lineno or node.lineno
    return Written(file=file, name=prefix + node.name, first=node.body[0].lineno, last=last)


def _settings(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """Return the honoured settings of the answer's configuration of pytest, the file nearest to the top first."""
    found: dict[str, str] = {}
    for file in sorted(files, key=lambda file: (file.count("/"), file)):
        name = PurePosixPath(file).name
        if name in _MARKS_OF_ROOTS and name.endswith((".toml", ".ini", ".cfg")):
            for key, value in _settings_of(name, (folder / file).read_text(encoding="utf-8", errors="replace")):
                if key.casefold() in _SETTINGS_TAKEN and re.fullmatch(r"[\w.]+", value):
                    found.setdefault(key.casefold(), value)
    return found


def _settings_of(name: str, text: str) -> Iterable[tuple[str, str]]:
    if name.endswith(".toml"):
        try:
            section = tomllib.loads(text)["tool"]["pytest"]["ini_options"]
            return [(str(key), str(value)) for key, value in section.items()]
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, RecursionError):
            return ()
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    return [pair for section in ("pytest", "tool:pytest") if section in parser for pair in parser[section].items()]


def _roots(files: Iterable[str]) -> list[str]:
    """Return the folders that hold a project, the outermost first, each followed by its ``src``."""
    roots = {""}
    folders = {""}
    for file in files:
        path = PurePosixPath(file)
        parents = ["" if str(parent) == "." else str(parent) for parent in path.parents]
        folders.update(parents)
        if path.name in _MARKS_OF_ROOTS:
            roots.add(parents[0])
        for parent in parents:
            if PurePosixPath(parent).name in _TEST_FOLDERS:
                above = str(PurePosixPath(parent).parent)
                roots.add("" if above == "." else above)
    ordered = sorted(roots, key=lambda root: (root.count("/") + bool(root), root))
    sources = [f"{root}/src".lstrip("/") for root in ordered]
    pairs = zip(ordered, sources, strict=True)
    return [root for pair in pairs for root in pair if root in folders]
