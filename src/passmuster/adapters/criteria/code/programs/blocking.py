"""Calls that hold up the event loop, written into asynchronous code or reached from it through helpers."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .sources import Function, Place, Scope, Source, last_name, nodes_within, parameters_of

_BLOCKING = frozenset(
    {
        "time.sleep",
        "urllib.request.urlopen",
        "urllib.request.urlretrieve",
        "subprocess.run",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "os.system",
        "os.popen",
        "os.waitpid",
        "socket.create_connection",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "sqlite3.connect",
        "psycopg2.connect",
        "psycopg.connect",
        "pymysql.connect",
        "MySQLdb.connect",
        "smtplib.SMTP",
        "smtplib.SMTP_SSL",
        "shutil.copyfile",
        "shutil.copytree",
        "shutil.rmtree",
        "open",
        "io.open",
        "input",
    }
)
_CLIENTS = frozenset({"requests", "requests.api", "httpx", "urllib3"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send"})
_FILE_METHODS = frozenset({"read_text", "write_text", "read_bytes", "write_bytes"})
_DATABASE = frozenset(
    {"execute", "scalar", "scalars", "commit", "flush", "refresh", "query", "get", "rollback", "begin"}
)
_RECEIVERS = {
    "requests.Session": _VERBS,
    "requests.session": _VERBS,
    "httpx.Client": _VERBS,
    "urllib3.PoolManager": _VERBS,
    "sqlalchemy.orm.Session": _DATABASE,
    "sqlalchemy.orm.session.Session": _DATABASE,
    "sqlmodel.Session": _DATABASE | {"exec"},
}
# They run once, before there is anybody to hold up.
_ONCE = frozenset({"lifespan", "startup", "shutdown", "on_startup", "on_shutdown"})


class _Owned(NamedTuple):
    source: Source
    scope: Scope

    @property
    def node(self) -> Function:
        """The function."""
        assert not isinstance(self.scope.node, ast.ClassDef)  # noqa: S101 - only functions are kept
        return self.scope.node


@dataclass
class _Program:
    """All functions and classes of an answer, by their full names and by their last ones."""

    functions: dict[str, _Owned] = field(default_factory=dict)
    classes: dict[str, tuple[Source, ast.ClassDef]] = field(default_factory=dict)
    by_last_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def found(self, name: str, source: Source) -> str:
        """Return the full name of a function or class of the answer that a name means in a file; else nothing."""
        here = f"{source.module}.{name}"
        for full in (here, name):
            if full in self.functions or full in self.classes:
                return full
        candidates = self.by_last_name.get(name.rpartition(".")[2], [])
        return candidates[0] if len(candidates) == 1 and "." in name else ""

    def methods(self, name: str, method: str) -> list[str]:
        """Return the full names of a method as a class has it, inherits it, or as whoever inherits from it does."""
        below = [other for other, (_, node) in self.classes.items() if _inherits(node, name)]
        above = (
            []
            if name not in self.classes
            else [
                full
                for base in self.classes[name][1].bases
                if (full := self.found(last_name(base), self.classes[name][0]))
            ]
        )
        named = [f"{full}.{method}" for full in (name, *below, *above)]
        return [full for full in named if full in self.functions]


def blocking_calls(sources: Sequence[Source]) -> list[tuple[Place, bool]]:
    """Return the calls within asynchronous functions that block, and whether it is through synchronous helpers."""
    program = _program(sources)
    calls = {name: _Calls(program, owned) for name, owned in program.functions.items()}
    found: list[tuple[Place, bool]] = []
    for name, owned in program.functions.items():
        if isinstance(owned.node, ast.AsyncFunctionDef) and owned.node.name not in _ONCE:
            found.extend(_blocked(name, program, calls))
    return found


def _blocked(name: str, program: _Program, calls: "dict[str, _Calls]") -> Iterator[tuple[Place, bool]]:
    source = program.functions[name].source
    for node, blocking in calls[name].blocking():
        yield source.place(node, f"`{blocking}` blocks the event loop"), False
    for node, helper in calls[name].helpers():
        reached = _reached(helper, program, calls, {name})
        if reached is not None:
            where, blocking = reached
            told = f"`{helper.rpartition('.')[2]}` blocks the event loop: {where.file}:{where.line} calls `{blocking}`"
            yield source.place(node, told), True


def _reached(name: str, program: _Program, calls: "dict[str, _Calls]", seen: set[str]) -> tuple[Place, str] | None:
    """Return the first blocking call that a synchronous function makes or reaches."""
    pending = [name]
    while pending:
        current = pending.pop()
        owned = program.functions[current]
        if current in seen or isinstance(owned.node, ast.AsyncFunctionDef) or _is_generator(owned.node):
            continue
        seen.add(current)
        for node, blocking in calls[current].blocking():
            return owned.source.place(node, blocking), blocking
        pending.extend(helper for _, helper in calls[current].helpers())
    return None


class _Calls:
    """What one function calls, as far as names and annotations tell."""

    def __init__(self, program: _Program, owned: _Owned) -> None:
        self._program = program
        self._source = owned.source
        self._scope = owned.scope
        self._nodes = list(nodes_within(owned.node))
        self._awaited = {id(node.value) for node in self._nodes if isinstance(node, ast.Await)}
        self._kinds = {**_module_kinds(owned.source), **_kinds_of(owned.source, owned.node, self._nodes)}
        owner = owned.scope.owner
        if owner is not None:
            self._kinds |= {f"self.{name}": kind for name, kind in _attributes(owned.source, owner).items()}

    def blocking(self) -> Iterator[tuple[ast.Call, str]]:
        """Yield the calls that block, and what they call."""
        for call in self._calls():
            name = self._source.full_name(call.func)
            module, _, verb = name.rpartition(".")
            is_shadowed = name.partition(".")[0] in self._kinds
            if (name in _BLOCKING and not is_shadowed) or (module in _CLIENTS and verb in _VERBS):
                yield call, name
            elif isinstance(call.func, ast.Attribute):
                kind = self._kind(call.func.value)
                if call.func.attr in _RECEIVERS.get(kind, ()) or call.func.attr in _FILE_METHODS:
                    yield call, f"{kind or 'Path'}.{call.func.attr}"

    def helpers(self) -> Iterator[tuple[ast.Call, str]]:
        """Yield the calls of the answer's own functions, by full name."""
        for call in self._calls():
            if isinstance(call.func, ast.Attribute):
                kind = self._kind(call.func.value)
                full = self._program.found(kind, self._source) if kind else ""
                yield from ((call, method) for method in self._program.methods(full, call.func.attr))
            full = self._program.found(self._source.full_name(call.func), self._source)
            if full in self._program.functions:
                yield call, full

    def _calls(self) -> Iterator[ast.Call]:
        return (node for node in self._nodes if isinstance(node, ast.Call) and id(node) not in self._awaited)

    def _kind(self, receiver: ast.expr) -> str:
        if isinstance(receiver, ast.Call):
            return self._source.full_name(receiver.func)
        if isinstance(receiver, ast.Name) and receiver.id in {"self", "cls"} and self._scope.owner is not None:
            return ".".join(self._scope.outer)
        if isinstance(receiver, ast.Attribute) and isinstance(receiver.value, ast.Name) and receiver.value.id == "self":
            return self._kinds.get(f"self.{receiver.attr}", "")
        return self._kinds.get(receiver.id, "") if isinstance(receiver, ast.Name) else ""


def _program(sources: Sequence[Source]) -> _Program:
    program = _Program()
    for source in sources:
        for scope in source.scopes:
            full = f"{source.module}.{scope.name}"
            if isinstance(scope.node, ast.ClassDef):
                program.classes[full] = (source, scope.node)
            else:
                program.functions[full] = _Owned(source, scope)
            if scope.owner is None and not scope.is_local:
                program.by_last_name[scope.node.name].append(full)
    return program


def _inherits(node: ast.ClassDef, name: str) -> bool:
    return any(last_name(base) == name.rpartition(".")[2] for base in node.bases)


def _is_generator(function: Function) -> bool:
    # Calling it runs nothing of it; frameworks run such dependencies in a thread.
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes_within(function))


def _kinds_of(source: Source, function: Function, nodes: Sequence[ast.AST]) -> dict[str, str]:
    kinds = {item.arg: _annotated(source, item.annotation) for item in parameters_of(function)}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            kinds |= {last_name(target): source.full_name(node.value.func) for target in node.targets}
        elif isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call) and node.optional_vars:
            kinds[last_name(node.optional_vars)] = source.full_name(node.context_expr.func)
        elif isinstance(node, ast.AnnAssign):
            kinds[last_name(node.target)] = _annotated(source, node.annotation)
    return kinds


def _module_kinds(source: Source) -> dict[str, str]:
    return {
        last_name(target): source.full_name(node.value.func)
        for node in source.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
    }


def _attributes(source: Source, owner: ast.ClassDef) -> dict[str, str]:
    kinds = {
        last_name(node.target): _annotated(source, node.annotation)
        for node in owner.body
        if isinstance(node, ast.AnnAssign)
    }
    for method in owner.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            local = _kinds_of(source, method, [])
            for node in nodes_within(method):
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    value = node.value
                    kind = (
                        source.full_name(value.func) if isinstance(value, ast.Call) else local.get(last_name(value), "")
                    )
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    kinds |= {target.attr: kind for target in targets if isinstance(target, ast.Attribute)}
    return kinds


def _annotated(source: Source, annotation: ast.expr | None) -> str:
    """Return the one kind that an annotation names, through ``Annotated``, ``| None`` and quotes."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _annotated(source, ast.parse(annotation.value, mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
    if isinstance(annotation, ast.Subscript):
        inner = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
        return _annotated(source, inner) if last_name(annotation.value) in {"Annotated", "Optional"} else ""
    if isinstance(annotation, ast.BinOp):
        return _annotated(source, annotation.left) or _annotated(source, annotation.right)
    return source.full_name(annotation)
