"""Where an answer's code can be given a stand-in, and where it makes or fetches what it works with by itself."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from .layout import Function, Layout

_ROLES: Final = re.compile(
    r"(?:Service|Repository|Repo|Client|Gateway|Store|Storage|Sender|Mailer|Notifier|Publisher|Provider|Manager|Cache|"
    r"Queue|Bus|Broker|Clock|Adapter|Connection|Pool|UnitOfWork|Dao|DAO|Api|API|UseCase|Database)$"
)
_DATA: Final = re.compile(
    r"(?:Model|Settings|Enum|Error|Exception|Schema|Serializer|TypedDict|NamedTuple|DeclarativeBase|Base|TestCase|"
    r"Config|Form|Migration|Admin|ViewSet|View|Mixin|Middleware|Warning)$"
)
_ABSTRACT: Final = frozenset({"Protocol", "ABC"})
_FOREIGN: Final = frozenset(
    {
        "AsyncClient",
        "AsyncConnection",
        "AsyncEngine",
        "AsyncSession",
        "Callable",
        "Engine",
        "Redis",
        "Session",
        "async_sessionmaker",
        "sessionmaker",
    }
)
_MADE_OUTSIDE: Final = re.compile(
    r"^(?:httpx\.(?:Async)?Client|requests\.Session|aiohttp\.ClientSession|(?:sqlalchemy\.)?create_(?:async_)?engine|"
    r"(?:async_)?sessionmaker|redis\.(?:asyncio\.)?(?:Redis|from_url)(?:\.from_url)?|Redis(?:\.from_url)?|"
    r"AsyncClient|smtplib\.SMTP(?:_SSL)?|boto3\.(?:client|resource)|psycopg\.connect|asyncpg\.(?:connect|create_pool))$"
)
_PROVIDERS: Final = re.compile(
    r"^_?(?:main|create_|build_|make_|get_|provide|lifespan|configure|setup|start|bootstrap|default_|new_|run$|ready$)"
)
_INJECTING: Final = frozenset({"Depends", "Security"})


@dataclass(frozen=True)
class Seam:
    """A place that takes a collaborator: ``kind`` is constructor, dependency or parameter."""

    kind: str
    file: str
    name: str
    line: int


@dataclass(frozen=True)
class Tie:
    """A place that is tied to one collaborator, and how."""

    file: str
    line: int
    message: str


@dataclass
class _Classes:
    """The answer's own classes, by name."""

    nodes: dict[str, ast.ClassDef] = field(default_factory=dict)

    def is_data(self, name: str) -> bool:
        """Whether a class holds data or belongs to a framework, so that nobody needs a stand-in for it."""
        return any(_DATA.search(base) or (base in self.nodes and self.is_data(base)) for base in self._bases(name))

    def is_collaborator(self, name: str) -> bool:
        """Whether a class does work that somebody may want to replace."""
        node = self.nodes.get(name)
        if node is None or self.is_data(name):
            return False
        bases = self._bases(name)
        is_one = any(base in _ABSTRACT or (base in self.nodes and self.is_collaborator(base)) for base in bases)
        return is_one or _ROLES.search(name) is not None

    def _bases(self, name: str) -> list[str]:
        bases = [] if name not in self.nodes else [_last_name(base) for base in self.nodes[name].bases]
        return [base for base in bases if base != name]


def seams_of(layout: Layout) -> tuple[list[Seam], list[Tie]]:
    """Return the seams of the product code, and the places that are tied."""
    trees = {file: layout.trees[file] for file in layout.product if file in layout.trees}
    classes = _Classes()
    for tree in trees.values():
        classes.nodes.update({node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})
    providers = {name for tree in trees.values() for name in _named_providers(tree)}
    shared = _shared_instances(trees, classes)
    seams: list[Seam] = []
    ties: list[Tie] = []
    for file, tree in trees.items():
        seams += _seams(file, tree, classes)
        ties += _ties(file, tree, classes, providers, shared)
    return seams, ties


def _seams(file: str, tree: ast.Module, classes: _Classes) -> Iterator[Seam]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and _takes_collaborators(node, classes):
            yield Seam("constructor", file, node.name, node.lineno)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            if any(_is_collaborator(argument.annotation, classes) for argument in _arguments(node)):
                yield Seam("parameter", file, node.name, node.lineno)
        elif isinstance(node, ast.Call) and _last_name(node.func) in _INJECTING and node.args:
            yield Seam("dependency", file, ast.unparse(node.args[0]), node.lineno)


def _takes_collaborators(node: ast.ClassDef, classes: _Classes) -> bool:
    if classes.is_data(node.name):
        return False
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        fields = [line.annotation for line in node.body if isinstance(line, ast.AnnAssign)]
        return any(_is_collaborator(annotation, classes) for annotation in fields)
    constructors = [line for line in node.body if isinstance(line, ast.FunctionDef) and line.name == "__init__"]
    return any(_is_collaborator(argument.annotation, classes) for line in constructors for argument in _arguments(line))


def _is_collaborator(annotation: ast.expr | None, classes: _Classes) -> bool:
    if annotation is None:
        return False
    # Annotations may be quoted as a whole.
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    words = re.findall(r"\w+", str(text))
    return any(word in _FOREIGN or classes.is_collaborator(word) for word in words)


def _arguments(node: Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _named_providers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last_name(node.func) in _INJECTING and node.args:
            yield _last_name(node.args[0])


def _shared_instances(trees: Mapping[str, ast.Module], classes: _Classes) -> dict[str, str]:
    """Return the names of instances that a module makes when it is imported, with what each is."""
    found: dict[str, str] = {}
    for tree in trees.values():
        for node in tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            made = _made(value, classes) if isinstance(value, ast.Call) else ""
            if made:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                found.update({target.id: made for target in targets if isinstance(target, ast.Name)})
    return found


def _made(call: ast.Call, classes: _Classes) -> str:
    """Return what collaborator a call makes; empty if it makes none."""
    name = ast.unparse(call.func)
    return name if _MADE_OUTSIDE.match(name) or classes.is_collaborator(name) else ""


def _ties(
    file: str, tree: ast.Module, classes: _Classes, providers: set[str], shared: Mapping[str, str]
) -> Iterator[Tie]:
    for function in _functions(tree):
        # What returns a collaborator is where collaborators are put together.
        if (
            function.name.startswith("test")
            or function.name in providers
            or _PROVIDERS.match(function.name)
            or _is_collaborator(function.returns, classes)
        ):
            continue
        own = {argument.arg for argument in _arguments(function)} | _assigned(function)
        excused = _excused(function)
        for node in _inside(function):
            if isinstance(node, ast.Call) and id(node) not in excused and (made := _made(node, classes)):
                yield Tie(file, node.lineno, f"{function.name} makes its own {made} instead of taking one")
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in shared.keys() - own:
                message = f"{function.name} uses the shared {node.id} ({shared[node.id]}) instead of taking one"
                yield Tie(file, node.lineno, message)


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _inside(function: Function) -> Iterator[ast.AST]:
    """Yield what stands in the body of a function and in no function within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _assigned(function: Function) -> set[str]:
    names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _excused(function: Function) -> set[int]:
    """Return the calls that make what was not given, or that are what a factory returns."""
    found: set[int] = set()
    for node in _inside(function):
        if isinstance(node, ast.Return | ast.Yield) and isinstance(node.value, ast.Call):
            found |= {id(inner) for inner in (node.value, *node.value.args) if isinstance(inner, ast.Call)}
        elif isinstance(node, ast.BoolOp | ast.IfExp) or (
            isinstance(node, ast.If) and "None" in ast.unparse(node.test)
        ):
            found |= {id(inner) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return found


def _last_name(node: ast.expr) -> str:
    text = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
    return text.rpartition(".")[2]
