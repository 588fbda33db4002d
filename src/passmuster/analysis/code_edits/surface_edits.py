"""Defects of what an application shows over HTTP, and of how it asks its database."""

import ast
import re
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    Function,
    Replacement,
    Source,
    body_start,
    everywhere,
    last_name,
    once,
    with_import,
)

_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_LOADERS = frozenset({"selectinload", "joinedload", "subqueryload"})
_RELATED = frozenset({"select_related", "prefetch_related"})
_VERSION = re.compile(r"(?<=[\"/])(?:api/)?v\d+/")


def routes_of(source: Source) -> list[Function]:
    """Return the functions that answer requests of FastAPI."""
    return [
        function
        for function in source.functions
        if any(
            isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in _METHODS
            for item in function.decorator_list
        )
    ]


def _drop_authentication(source: Source) -> str | None:
    """Take away what guards the routes: a router's dependencies, or Django's middleware."""
    replacements: list[Replacement] = []
    for node in source.nodes:
        if isinstance(node, ast.Call) and last_name(node) in {"APIRouter", "FastAPI"}:
            replacements += [
                (source.start(keyword), source.end(keyword), "dependencies=[]")
                for keyword in node.keywords
                if keyword.arg == "dependencies"
            ]
        elif isinstance(node, ast.Assign) and last_name(node.targets[0]) == "MIDDLEWARE":
            replacements += _without_guards(source, node.value)
    return source.replaced(replacements)


def _without_guards(source: Source, value: ast.expr) -> list[Replacement]:
    elements = value.elts if isinstance(value, ast.List | ast.Tuple) else []
    return [
        (source.line_start(element.lineno), source.line_start(element.lineno + 1), "")
        for element in elements
        if "Token" in source.part(element) or "Authentication" in source.part(element)
    ]


def _accept_any_token(source: Source) -> str | None:
    """Let whoever sends any credentials in, as an unfinished check does."""
    for node in source.nodes:
        is_check = isinstance(node, ast.Call) and last_name(node) == "compare_digest"
        if is_check and isinstance(node, ast.Call) and node.args:
            return source.replaced([source.with_node(node, f"bool({source.part(node.args[0])})")])
    return None


def _loosen_body(source: Source) -> str | None:
    """Take a dictionary in place of a model, so that nothing is checked."""
    for function in routes_of(source):
        for parameter in function.args.args:
            name = last_name(parameter.annotation)
            if name.startswith("New") and parameter.annotation is not None:
                body = _reading_dictionary(source, function, parameter.arg, name)
                return source.replaced([source.with_node(parameter.annotation, "dict[str, object]"), *body])
    return None


def _reading_dictionary(source: Source, function: Function, name: str, model: str) -> list[Replacement]:
    first = body_start(function)
    if first is None:
        return []
    begin = source.start(first)
    blanks = source.indentation(first)
    uses = [
        source.with_node(node, "wish") for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name
    ]
    return [(begin, begin, f"wish = {model}.model_construct(**{name})  # type: ignore\n{blanks}"), *uses]


def _drop_constraints(source: Source) -> str | None:
    """Leave out every bound of a field, a path and a query."""
    replacements: list[Replacement] = []
    for node in source.nodes:
        if isinstance(node, ast.Call) and last_name(node) in {"Field", "Path", "Query"}:
            kept = [source.part(item) for item in node.keywords if item.arg in {"default", "description"}]
            if len(kept) < len(node.keywords):
                replacements.append(
                    (source.end(node.func), source.end(node), f"({', '.join([*map(source.part, node.args), *kept])})")
                )
        elif isinstance(node, ast.Assign) and last_name(node.value) == "ConfigDict":
            new = source.part(node).replace('extra="forbid"', 'extra="allow"')
            replacements.append(source.with_node(node, new))
    return source.replaced(replacements)


def _wrong_status(source: Source) -> str | None:
    """Answer 200 where something is missing."""
    replacements = [
        (source.start(node.value), source.end(node.value), "200")
        for node in source.nodes
        if isinstance(node, ast.Assign | ast.keyword)
        and isinstance(node.value, ast.Constant)
        and node.value.value == 404  # noqa: PLR2004 - a status
    ]
    replacements += [
        source.with_node(value, "200")
        for node in source.nodes
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(value, ast.Constant) and value.value == 404 and last_name(key)  # noqa: PLR2004 - a status
    ]
    return source.replaced(replacements)


def _crash_on_missing(source: Source) -> str | None:
    """Raise an error that nobody handles where something is missing."""
    replacements = [
        source.with_node(node.exc.func, "RuntimeError")
        for node in source.nodes
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and "NotFound" in last_name(node.exc)
    ]
    return source.replaced(replacements)


def _bypass_schema(source: Source) -> str | None:
    """Answer something else than what is declared, past the model."""
    for function in routes_of(source):
        last = function.body[-1]
        if isinstance(last, ast.Return) and last.value is not None:
            new = source.replaced([source.with_node(last.value, 'JSONResponse({"unexpected": True})')])
            needed = "from fastapi.responses import JSONResponse"
            return new if new is None or needed in new else with_import(new, needed)
    return None


def _undeclared_status(source: Source) -> str | None:
    """Answer a creation with another status than the declared one."""
    for function in routes_of(source):
        last = function.body[-1]
        is_post = any(last_name(item.func) == "post" for item in function.decorator_list if isinstance(item, ast.Call))
        if is_post and isinstance(last, ast.Return) and last.value is not None:
            new = source.replaced([source.with_node(last.value, 'JSONResponse({"made": True}, status_code=299)')])
            needed = "from fastapi.responses import JSONResponse"
            return new if new is None or needed in new else with_import(new, needed)
    return None


def _unversioned(source: Source) -> str | None:
    return source.replaced(
        (source.start(node), source.end(node), _VERSION.sub("", source.part(node) + "/")[:-1])
        for node in source.nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"^/?(?:api/)?v\d+/", node.value)
    )


def _lazy_loading(source: Source) -> str | None:
    """Leave out what loads related rows beforehand, so that each row asks for its own."""
    replacements: list[Replacement] = []
    for node in source.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        loads = node.func.attr == "options" and any(last_name(item) in _LOADERS for item in node.args)
        if loads or node.func.attr in _RELATED:
            # From behind what is asked to behind this call.
            replacements.append((source.end(node.func.value), source.end(node), ""))
    return source.replaced(replacements)


MUTATORS: Final = (
    Mutator(
        name="drop-authentication",
        criterion="authentication_required",
        summary="nothing guards the routes",
        edit=everywhere(_drop_authentication),
    ),
    Mutator(
        name="accept-any-token",
        criterion="authentication_required",
        summary="any credentials are good enough",
        edit=once(_accept_any_token),
    ),
    Mutator(
        name="body-as-dictionary",
        criterion="input_validated",
        summary="one body is taken as a dictionary and not checked",
        edit=once(_loosen_body),
    ),
    Mutator(
        name="drop-constraints",
        criterion="input_validated",
        summary="no field has a bound",
        edit=everywhere(_drop_constraints),
    ),
    Mutator(
        name="success-where-missing",
        criterion="status_codes",
        summary="200 where 404 belongs",
        edit=everywhere(_wrong_status),
    ),
    Mutator(
        name="crash-where-missing",
        criterion="status_codes",
        summary="500 where 404 belongs",
        edit=everywhere(_crash_on_missing),
    ),
    Mutator(
        name="bypass-schema",
        criterion="openapi_conformance",
        summary="one route answers what is not declared",
        edit=once(_bypass_schema),
    ),
    Mutator(
        name="undeclared-status",
        criterion="openapi_conformance",
        summary="a creation answers with a status that is not declared",
        edit=once(_undeclared_status),
    ),
    Mutator(
        name="unversioned-paths",
        criterion="api_versioning",
        summary="no path tells a version",
        edit=everywhere(_unversioned),
    ),
    Mutator(
        name="lazy-loading",
        criterion="no_n_plus_one",
        summary="related rows are asked for one by one",
        edit=everywhere(_lazy_loading),
    ),
)
"""Defects of an application."""
