"""Where an answer's configuration comes from."""

import ast
import re
from collections.abc import Iterator, Sequence

from .sources import Place, Source, last_name

_READS = frozenset(
    {
        "os.getenv",
        "os.environ",
        "os.environ.get",
        "os.getenvb",
        "dotenv.load_dotenv",
        "dotenv.dotenv_values",
        "decouple.config",
        "environ.Env",
        "environ.Env.read_env",
        "environs.Env",
        "starlette.config.Config",
    }
)
_SETTINGS_BASES = frozenset({"BaseSettings"})
_ENGINES = frozenset(
    {"create_engine", "create_async_engine", "from_url", "AsyncIOMotorClient", "MongoClient", "Celery"}
)
_SERVICE = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|oracle|mssql|mongodb|redis|rediss|amqp|amqps|kafka|sqlite)(?:\+\w+)*://",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(r"sqlite(?:\+\w+)?://(?:/?:memory:|/?)(?:\?.*)?", re.IGNORECASE)


def settings_told(sources: Sequence[Source]) -> dict[str, object]:
    """Return where the environment is read, and what is written down instead."""
    return {
        "read": [place.told() for source in sources for place in _reads(source)],
        "written_down": [place.told() for source in sources for place in _written_down(source)],
    }


def settings_classes(source: Source) -> list[ast.ClassDef]:
    """Return the classes whose fields are filled in from the environment."""
    return [
        scope.node
        for scope in source.scopes
        if isinstance(scope.node, ast.ClassDef)
        and any(last_name(base) in _SETTINGS_BASES or last_name(base).endswith("Settings") for base in scope.node.bases)
    ]


def _reads(source: Source) -> Iterator[Place]:
    for found in settings_classes(source):
        yield source.place(found, f"the settings {found.name} are read from the environment")
    for node in source.nodes:
        if isinstance(node, ast.Call | ast.Subscript):
            name = source.full_name(node.func if isinstance(node, ast.Call) else node.value)
            if name in _READS:
                yield source.place(node, f"`{name}` reads the environment")
        for part in _handed_on(node):
            if source.full_name(part) == "os.environ":
                yield source.place(part, "`os.environ` is read as a mapping")


def _handed_on(node: ast.AST) -> list[ast.expr]:
    """Return what a node gives to others as it is: defaults, arguments, and what is chosen among."""
    match node:
        case ast.arguments():
            return [*node.defaults, *(default for default in node.kw_defaults if default is not None)]
        case ast.Call():
            # The environment of another process is not read here.
            return [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg != "env")]
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BoolOp():
            return node.values
        case ast.Assign():
            return [node.value]
        case _:
            return []


def _written_down(source: Source) -> Iterator[Place]:
    spared = {id(part) for found in settings_classes(source) for part in ast.walk(found)}
    spared |= {id(part) for node in source.nodes if isinstance(node, ast.Call) for part in _defaults(source, node)}
    for node in source.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and id(node) not in spared:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(last_name(target).isupper() for target in targets):
                yield from _address(source, node.value, spared)
        elif isinstance(node, ast.Call) and last_name(node) in _ENGINES:
            values = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in {"url", "broker"})]
            for value in values:
                yield from _address(source, value, spared)


def _defaults(source: Source, call: ast.Call) -> Iterator[ast.AST]:
    """Yield what stands behind a variable's name where the environment is read: what holds where it is not set."""
    if source.full_name(call.func) in _READS:
        for argument in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
            yield from ast.walk(argument)


def _address(source: Source, value: ast.AST | None, spared: set[int]) -> Iterator[Place]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and id(value) not in spared:
        found = _SERVICE.match(value.value)
        if found and not _NO_PLACE.fullmatch(value.value):
            yield source.place(value, f"the address of a service ({found[0]}…) is written into the code")
