"""How an answer fails: its own exceptions, what it catches, what maps them to replies, and what it logs."""

import ast
from collections.abc import Iterator, Sequence

from .sources import Place, Source, last_name, nodes_within

_BROAD = frozenset({"Exception", "BaseException"})
_REPLIES = frozenset({"HTTPException", "StarletteHTTPException", "APIException", "Http404", "PermissionDenied"})
_FRAMEWORKS = {"fastapi": "FastAPI", "starlette": "FastAPI", "django": "Django", "rest_framework": "Django"}
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"})
_SERIOUS = _LEVELS - {"debug", "info", "log"}
_MAKERS = frozenset({"getLogger", "get_logger", "getChild", "get_task_logger", "bind"})
_RECORDING = frozenset({"exception", "captureException", "capture_exception", "record_exception"})


def failures_told(sources: Sequence[Source]) -> dict[str, object]:
    """Return the answer's own exceptions, which of them are raised and mapped, and what is caught too broadly."""
    own = _own_exceptions(sources)
    raised = [place for source in sources for place in _raised(source, own)]
    mapped = _mapped(sources, own)
    return {
        "defined": [source.place(node, node.name).told() for node, source in own.values()],
        "raised": [place.told() for place in raised],
        "mapped": sorted(mapped),
        "swallowed": [place.told() for source in sources for place in _swallowed(source)],
        "framework": next(
            (
                framework
                for source in sources
                for origin in source.imports.values()
                if (framework := _FRAMEWORKS.get(origin.partition(".")[0]))
            ),
            "",
        ),
    }


def logging_told(sources: Sequence[Source]) -> dict[str, object]:
    """Return where loggers are made and used, where something fails without a word, and where it is printed."""
    loggers = [place for source in sources for place in _loggers(source)]
    calls = [(source, node, level) for source in sources for node, level in _log_calls(source)]
    return {
        "loggers": [place.told() for place in loggers],
        "calls": [source.place(node, level).told() for source, node, level in calls],
        "serious": [source.place(node, level).told() for source, node, level in calls if level in _SERIOUS],
        "in_handlers": [place.told() for source in sources for place in _logged_handlers(source)],
        "printed": [place.told() for source in sources for place in _printed(source)],
    }


def _own_exceptions(sources: Sequence[Source]) -> dict[str, tuple[ast.ClassDef, Source]]:
    classes = {
        scope.node.name: (scope.node, source)
        for source in sources
        for scope in source.scopes
        if isinstance(scope.node, ast.ClassDef)
    }
    own: dict[str, tuple[ast.ClassDef, Source]] = {}
    # Once for each step of the longest chain of bases.
    for _ in range(len(classes)):
        found = {
            name: item for name, item in classes.items() if any(_is_exception(base, own) for base in item[0].bases)
        }
        if len(found) == len(own):
            break
        own = found
    return own


def _is_exception(base: ast.expr, own: dict[str, tuple[ast.ClassDef, Source]]) -> bool:
    name = last_name(base)
    return name in own or name.endswith(("Error", "Exception")) or name in _REPLIES


def _raised(source: Source, own: dict[str, tuple[ast.ClassDef, Source]]) -> Iterator[Place]:
    for node in source.nodes:
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        # A class may build itself: `raise OrderError.missing(…)`.
        name = next((part for part in _names_in(called) if part in own), "")
        if name:
            yield source.place(node, name)


def _names_in(node: ast.AST) -> list[str]:
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*names, node.id] if isinstance(node, ast.Name) else names


def _mapped(sources: Sequence[Source], own: dict[str, tuple[ast.ClassDef, Source]]) -> set[str]:
    """Return the own exceptions that a handler maps, by themselves or by a base of theirs."""
    caught = {name for source in sources for name in _caught(source)}
    mapped = {name for name in own if _with_bases(name, own) & (caught | _REPLIES)}
    return mapped | {name for name in own if name in caught}


def _caught(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield from (last_name(kind) for kind in kinds)
        elif isinstance(node, ast.Call) and last_name(node) in {"exception_handler", "add_exception_handler"}:
            yield from (last_name(argument) for argument in node.args[:1])
        elif isinstance(node, ast.Call) and last_name(node) == "isinstance" and len(node.args) > 1:
            kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
            yield from (last_name(kind) for kind in kinds)
        elif isinstance(node, ast.Dict):
            # `FastAPI(exception_handlers={OrderError: …})`, or a table of statuses by exception.
            yield from (last_name(key) for key in node.keys if key is not None)


def _with_bases(name: str, own: dict[str, tuple[ast.ClassDef, Source]]) -> set[str]:
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending.extend(last_name(base) for base in (own[current][0].bases if current in own else ()))
    return found - _BROAD


def _swallowed(source: Source) -> Iterator[Place]:
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {"" if kind is None else last_name(kind) for kind in kinds}
            if node.type is None:
                yield source.place(node, "a bare except catches everything, even what ends the program")
            elif names & _BROAD and not _tells(node):
                yield source.place(node, f"`except {min(names & _BROAD)}` neither raises again nor logs the error")
        elif isinstance(node, ast.Call) and last_name(node) == "suppress":
            broad = sorted({last_name(argument) for argument in node.args} & _BROAD)
            if broad:
                yield source.place(node, f"`suppress({broad[0]})` hides every error")


def _tells(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler raises, or logs with the traceback."""
    for statement in handler.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.Call) and _records(node, handler.name):
                return True
    return False


def _records(call: ast.Call, error: str | None) -> bool:
    with_traceback = any(
        keyword.arg == "exc_info" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in call.keywords
    )
    name = last_name(call)
    # An error that is handed on, as to a future, is not lost.
    hands_on = name == "set_exception" and any(isinstance(item, ast.Name) and item.id == error for item in call.args)
    return name in _RECORDING or hands_on or (name in _LEVELS and with_traceback)


def _loggers(source: Source) -> Iterator[Place]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and last_name(node) in _MAKERS - {"bind"}:
            yield source.place(node, "a logger is made")
    for name, origin in source.imports.items():
        if origin == "loguru.logger":
            yield Place(source.path, 1, f"loguru's logger is imported as {name}")


def _log_calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
            receiver = node.func.value
            word = last_name(receiver).casefold()
            is_logger = word.endswith(("log", "logger", "logging")) or last_name(receiver) in _MAKERS
            if is_logger or "logger" in word:
                yield node, node.func.attr


def _logged_handlers(source: Source) -> Iterator[Place]:
    logged = {id(node) for node, _ in _log_calls(source)}
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and any(id(part) in logged for part in ast.walk(node)):
            yield source.place(node, "what is caught is logged")
    for scope in source.scopes:
        function = scope.node
        if isinstance(function, ast.ClassDef) or not any(id(part) in logged for part in ast.walk(function)):
            continue
        decorated = {last_name(decorator) for decorator in function.decorator_list}
        fails = any(isinstance(part, ast.Raise) for part in nodes_within(function))
        if "exception_handler" in decorated or "exception" in function.name or fails:
            yield source.place(function, "what fails here is logged")


def _printed(source: Source) -> Iterator[Place]:
    if source.path.endswith("__main__.py") or "management/commands/" in source.path:
        return
    spared = {
        id(part)
        for node in source.tree.body
        if isinstance(node, ast.If) and "__name__" in ast.dump(node.test)
        for part in ast.walk(node)
    }
    for node in source.nodes:
        if isinstance(node, ast.Call) and id(node) not in spared:
            name = source.full_name(node.func)
            if name in {"print", "pprint.pprint", "traceback.print_exc", "sys.stdout.write", "sys.stderr.write"}:
                yield source.place(node, f"`{name}` where a logger belongs")
