"""Where an answer keeps its application: read from its text, before anything of it runs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

_CLASSES: Final = ("FastAPI", "Starlette")
_MAKERS: Final = (
    "create_app",
    "create_application",
    "build_app",
    "build_application",
    "make_app",
    "make_application",
    "get_app",
    "get_application",
    "app_factory",
)
_NAMES: Final = ("app", "application", "api")
_SECRET: Final = ("TOKEN", "API_KEY", "SECRET", "PASSWORD")
_FIRST: Final = ("main", "app", "application", "asgi", "api", "server")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place that may hold the application.

    Attributes:
        root: The folder that must be importable from.
        module: The module below it.
        name: What to take from it.
        kind: ``instance``, ``factory`` or ``router``.
    """

    root: str
    module: str
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """A Python file of the answer that can be read."""

    path: PurePosixPath
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        """Whether it belongs to the answer's tests."""
        return "tests" in self.path.parts or self.path.name.startswith("test_") or self.path.name == "conftest.py"


def sources(folder: Path) -> tuple[list[Source], list[SyntaxError]]:
    """Return every Python file, and what could not be read."""
    read: list[Source] = []
    unreadable: list[SyntaxError] = []
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"), str(path))
        except (SyntaxError, ValueError, RecursionError) as error:
            unreadable.append(error if isinstance(error, SyntaxError) else SyntaxError(str(error)))
        else:
            read.append(Source(path=PurePosixPath(path.relative_to(folder).as_posix()), tree=tree))
    return read, unreadable


def imported(read: list[Source]) -> set[str]:
    """Return the first part of the name of everything that is imported anywhere."""
    return {name.partition(".")[0] for source in read for name in _imports(source.tree)}


def secrets_asked_for(read: list[Source]) -> set[str]:
    """Return the names of environment variables that sound like secrets and are read with something to fall back on."""
    calls = [node for source in read for node in ast.walk(source.tree) if isinstance(node, ast.Call) and node.args]
    found = [call.args[0] for call in calls if _called(call) in {"get", "getenv", "str", "env"}]
    names = {str(item.value) for item in found if isinstance(item, ast.Constant) and isinstance(item.value, str)}
    return {name for name in names if name.isupper() and any(word in name for word in _SECRET)}


def applications(read: list[Source]) -> list[Found]:
    """Return where an application may be, the most likely place first."""
    found = [(_rank(source, kind), source, name, kind) for source in read for name, kind in _candidates(source)]
    ordered = sorted(found, key=lambda item: (item[0], str(item[1].path), item[2]))
    return [_place(source, read, name, kind) for _rank_, source, name, kind in ordered if not source.is_test]


def named(option: str, read: list[Source]) -> Found:
    """Return the place that ``module:name`` names; a name that ends in ``()`` is a factory's."""
    module, _, name = option.partition(":")
    path = PurePosixPath(*module.split("."))
    for source in read:
        if source.path.with_suffix("").parts[-len(path.parts) :] == path.parts:
            root = source.path.parts[: len(source.path.parts) - len(path.parts)]
            break
    else:
        root = ()
    kind = "factory" if name.endswith("()") or name in _MAKERS else "instance"
    return Found(root="/".join(root), module=module, name=name.removesuffix("()") or "app", kind=kind)


def module_of(source: Source, read: list[Source]) -> tuple[str, str]:
    """Return the folder to import from, and the module's name below it.

    The folder is the one below which the names that the answer imports of itself are found.
    """
    parts = source.path.with_suffix("").parts
    wanted = {name.partition(".")[0] for other in read for name in _imports(other.tree)}
    for depth in range(len(parts)):
        is_root = depth == len(parts) - 1 if not wanted & {parts[depth]} else True
        if is_root and not (depth < len(parts) - 1 and parts[depth] in {"src", "backend"}):
            return "/".join(parts[:depth]), ".".join(parts[depth:])
    return "/".join(parts[:-1]), parts[-1]


def _place(source: Source, read: list[Source], name: str, kind: str) -> Found:
    root, module = module_of(source, read)
    if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(source.tree)) and "." not in module:
        # A module that imports from its own package needs the package around it.
        parts = source.path.with_suffix("").parts
        root, module = "/".join(parts[:-2]), ".".join(parts[-2:])
    return Found(root=root, module=module.removesuffix(".__init__"), name=name, kind=kind)


def _rank(source: Source, kind: str) -> tuple[int, int, int]:
    kinds = {"instance": 0, "factory": 1, "router": 2}
    stem = source.path.stem
    return kinds[kind], len(source.path.parts), _FIRST.index(stem) if stem in _FIRST else len(_FIRST)


def _candidates(source: Source) -> Iterator[tuple[str, str]]:
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and _makes(node):
            yield node.name, "factory"
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if not isinstance(value, ast.Call) or not names:
            continue
        called = _called(value)
        if called in _CLASSES or (called in _MAKERS and names[0] in _NAMES):
            yield names[0], "instance"
        elif called == "APIRouter":
            yield names[0], "router"


def _makes(function: ast.FunctionDef) -> bool:
    needs = len(function.args.args) - len(function.args.defaults)
    inside = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _called(node) in _CLASSES]
    return bool(inside) and needs == 0 and not function.name.startswith("test")


def _called(call: ast.Call) -> str:
    function = call.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
