"""Defects in how code fails, and in what it tells of it."""

import ast
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    Replacement,
    Source,
    Texts,
    body_start,
    everywhere,
    last_name,
    once,
    sources_of,
)

_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_BASES = frozenset({"Exception", "LookupError", "ValueError", "RuntimeError", "KeyError"})


def _swallow(source: Source, header: str) -> str | None:
    """Put the body of the longest public function into a ``try`` whose failures nobody hears of."""
    candidates = [node for node in source.public_functions() if _is_worth_trying(node)]
    if not candidates:
        return None
    function = max(candidates, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    first = body_start(function)
    assert first is not None  # noqa: S101 - as candidates are chosen
    begin, end = source.line_start(first.lineno), source.line_start((function.end_lineno or function.lineno) + 1)
    blanks = source.indentation(first)
    lines = source.text[begin:end].splitlines(keepends=True)
    body = "".join(f"    {line}" if line.strip() else line for line in lines)
    return source.replaced([(begin, end, f"{blanks}try:\n{body}{blanks}{header}\n{blanks}    pass\n")])


def _is_worth_trying(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = body_start(node)
    return first is not None and not isinstance(first, ast.Try) and len(node.body) > 1 and node.name != "__init__"


def _swallow_bare(source: Source) -> str | None:
    return _swallow(source, "except:")


def _swallow_broad(source: Source) -> str | None:
    return _swallow(source, "except Exception:")


def _catch_more(source: Source) -> str | None:
    """Let a handler that names its error catch every one, and go on as if nothing had happened."""
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None and last_name(node.type) != "Exception":
            begin, end = source.start(node), source.end(node)
            blanks = " " * node.col_offset
            return source.replaced([(begin, end, f"except Exception:\n{blanks}    pass")])
    return None


def _own_errors(texts: Texts) -> set[str]:
    """Return the names of the answer's exceptions."""
    classes = {node.name: node for source in sources_of(texts, tests=False) for node in source.classes}
    own: set[str] = set()
    for _ in classes:
        own |= {name for name, node in classes.items() if {last_name(base) for base in node.bases} & (own | _BASES)}
    return own


def _generic_errors(texts: Texts) -> Texts | None:
    """Raise ``Exception`` wherever an exception of the answer's own was raised."""
    own = _own_errors(texts)

    def edit(source: Source) -> str | None:
        replacements: list[Replacement] = []
        for node in source.nodes:
            if isinstance(node, ast.Raise) and node.exc is not None and last_name(node.exc) in own:
                called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                replacements.append(source.with_node(called, "Exception"))
        return source.replaced(replacements)

    return everywhere(edit)(texts)


def _drop_handlers(source: Source) -> str | None:
    """Let errors of the domain reach the framework, which can only say 500."""
    replacements: list[Replacement] = []
    for node in source.nodes:
        if isinstance(node, ast.Expr) and last_name(node.value) == "add_exception_handler":
            replacements.append(source.without_statement(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            replacements += [
                (source.line_start(item.lineno), source.line_start((item.end_lineno or item.lineno) + 1), "")
                for item in node.decorator_list
                if last_name(item) == "exception_handler"
            ]
    return source.replaced(replacements)


def _is_log(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LEVELS
        and last_name(node.func.value) in {"logger", "log", "logging"}
    )


def _print_instead(source: Source) -> str | None:
    return source.replaced(
        source.with_node(node.func, "print") for node in source.nodes if isinstance(node, ast.Call) and _is_log(node)
    )


def _drop_logging(source: Source) -> str | None:
    replacements: list[Replacement] = []
    for node in source.nodes:
        if isinstance(node, ast.Expr) and _is_log(node.value):
            replacements.append(source.with_node(node, "..."))
        elif isinstance(node, ast.stmt) and _makes_logging_possible(node):
            replacements.append(source.without_statement(node))
    return source.replaced(replacements)


def _makes_logging_possible(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names] == ["logging"]
    return isinstance(node, ast.Assign) and last_name(node.value) == "getLogger"


MUTATORS: Final = (
    Mutator(
        name="swallow-every-error",
        criterion="custom_exceptions",
        summary="a bare except around one function's body, and pass",
        edit=once(_swallow_bare),
    ),
    Mutator(
        name="swallow-exceptions",
        criterion="custom_exceptions",
        summary="except Exception around one function's body, and pass",
        edit=once(_swallow_broad),
    ),
    Mutator(
        name="catch-more-than-named",
        criterion="custom_exceptions",
        summary="a handler that named its error catches every one",
        edit=once(_catch_more),
    ),
    Mutator(
        name="raise-generic-errors",
        criterion="custom_exceptions",
        summary="Exception is raised in place of the answer's own errors",
        edit=_generic_errors,
    ),
    Mutator(
        name="drop-error-handlers",
        criterion="status_codes",
        summary="errors of the domain reach the framework and become 500",
        edit=everywhere(_drop_handlers),
    ),
    Mutator(
        name="print-instead-of-logging",
        criterion="logging_hooks",
        summary="every call of a logger is a print",
        edit=everywhere(_print_instead),
    ),
    Mutator(
        name="drop-logging",
        criterion="logging_hooks",
        summary="there is no logger",
        edit=everywhere(_drop_logging),
    ),
)
"""Defects in how code fails."""
