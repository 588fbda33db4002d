"""Which functions are annotated and documented, and how completely."""

import ast
import re
from collections.abc import Iterator

from .sources import Function, Scope, Source, dotted_name, last_name, own_parameters

_ANY = frozenset({"Any", "typing.Any", "t.Any"})
# What a framework hands over is told by its annotation, and documented by the framework.
_HANDED_OVER = frozenset(
    {"Request", "HttpRequest", "Response", "BackgroundTasks", "WebSocket", "HTTPConnection", "SecurityScopes"}
)
_GOOGLE_SECTION = re.compile(
    r"^[ \t]*(?:Args|Arguments|Parameters|Keyword Args|Keyword Arguments|Other Args):[ \t]*$", re.MULTILINE
)
_NUMPY_SECTION = re.compile(r"^[ \t]*(?:Other )?Parameters[ \t]*\n[ \t]*-{3,}[ \t]*$", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^[ \t]*(?:[A-Z][A-Za-z ]+:|[A-Z][A-Za-z ]+\n\s*-{3,})[ \t]*$", re.MULTILINE)
_GOOGLE_ENTRY = re.compile(r"^\s*\*{0,2}(\w+)\s*(?:\([^\n]*\))?\s*:")
_NUMPY_ENTRY = re.compile(r"^\s*((?:\*{0,2}\w+\s*,\s*)*\*{0,2}\w+)\s*(?::|$)")


def functions_told(source: Source) -> list[dict[str, object]]:
    """Return, for each public function, which annotations and documented parameters are missing."""
    aliases = _injected_aliases(source)
    return [
        {
            "file": source.path,
            "line": scope.node.lineno,
            "name": scope.name,
            "unannotated": _unannotated(scope.node, scope.owner),
            "undocumented": _undocumented(scope.node, scope.owner, aliases),
        }
        for scope in source.scopes
        if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public(scope)
    ]


def uses_of_any(source: Source) -> list[int]:
    """Return the lines of annotations that say anything goes."""
    lines = {
        part.lineno
        for annotation in _annotations(source)
        for part in ast.walk(annotation)
        if isinstance(part, ast.Name | ast.Attribute) and (dotted_name(part) in _ANY or source.full_name(part) in _ANY)
    }
    return sorted(lines)


def _is_public(scope: Scope) -> bool:
    name = scope.node.name
    is_special = name.startswith("__") and name.endswith("__")
    hidden = any(part.startswith("_") for part in scope.outer) or (name.startswith("_") and not is_special)
    return not hidden and not scope.is_local


def _unannotated(function: Function, owner: ast.ClassDef | None) -> list[str]:
    parameters = own_parameters(function, owner)
    missing = [parameter.arg for parameter in parameters if parameter.annotation is None]
    # As the type checkers have it: annotated parameters tell that a constructor is meant to be typed.
    is_typed_constructor = function.name in {"__init__", "__post_init__"} and bool(parameters) and not missing
    if function.returns is None and not is_typed_constructor:
        missing.append("return")
    return missing


def _undocumented(function: Function, owner: ast.ClassDef | None, aliases: set[str]) -> list[str]:
    documented = ast.get_docstring(function)
    names = {last_name(decorator) for decorator in function.decorator_list}
    if documented is None or function.name.startswith("_") or names & {"overload", "override", "setter", "fixture"}:
        return []
    defaults = _defaults(function)
    wanted = [
        parameter.arg
        for parameter in own_parameters(function, owner)
        if not parameter.arg.startswith("_") and not _is_injected(parameter, defaults.get(parameter.arg), aliases)
    ]
    told = _documented_names(documented)
    return [name for name in wanted if name not in told]


def _defaults(function: Function) -> dict[str, ast.expr]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {parameter.arg: default for parameter, default in (*pairs, *keyword) if default is not None}


def _is_injected(parameter: ast.arg, default: ast.expr | None, aliases: set[str]) -> bool:
    annotation = parameter.annotation
    if last_name(default) in {"Depends", "Security"} or parameter.arg in {"request", "cls", "self"}:
        return True
    if annotation is None:
        return False
    if last_name(annotation) in _HANDED_OVER | aliases:
        return True
    return any(
        last_name(part) in {"Depends", "Security"} for part in ast.walk(annotation) if isinstance(part, ast.Call)
    )


def _injected_aliases(source: Source) -> set[str]:
    """Return the names of annotations such as ``SessionDependency = Annotated[Session, Depends(get_session)]``."""
    aliases = {name for name in source.imports if name.endswith(("Dep", "Dependency"))}
    for node in source.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        calls = [] if value is None else [last_name(part) for part in ast.walk(value) if isinstance(part, ast.Call)]
        if {"Depends", "Security"} & set(calls):
            targets = node.targets if isinstance(node, ast.Assign) else []
            aliases |= {last_name(target) for target in targets}
    return aliases


def _documented_names(docstring: str) -> set[str]:
    names: set[str] = set()
    for section, entry in ((_GOOGLE_SECTION, _GOOGLE_ENTRY), (_NUMPY_SECTION, _NUMPY_ENTRY)):
        for start in section.finditer(docstring):
            rest = docstring[start.end() :]
            end = _NEXT_SECTION.search(rest)
            for line in rest[: end.start() if end else None].splitlines():
                match = entry.match(line)
                names |= set(re.findall(r"\w+", match[1])) if match else set()
    return names


def _annotations(source: Source) -> Iterator[ast.AST]:
    for node in source.nodes:
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns
        elif isinstance(node, ast.Call) and last_name(node) == "cast" and node.args:
            yield node.args[0]
