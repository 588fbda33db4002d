"""Names that an answer gives, each where it is first given."""

import ast
import re
from collections.abc import Iterator, Sequence

from .sources import Source, own_parameters

_GENERIC = re.compile(r"[A-Z](?:_co|_contra)?|_+")
_SPARED = frozenset({"self", "cls", "args", "kwargs"})


def names_told(sources: Sequence[Source]) -> list[dict[str, object]]:
    """Return each name of each file once: of functions, parameters, variables, attributes, classes.

    A name of one letter is marked where a reader expects it: in a loop, a comprehension, a lambda, a handler, or as a
    type's.
    """
    told = []
    for source in sources:
        seen: set[str] = set()
        for node, name, kind in sorted(_names(source), key=lambda item: (item[2] == "loop", item[0].lineno)):
            if name not in seen and name not in _SPARED and not name.startswith("__"):
                seen.add(name)
                is_usual = kind == "loop" or _GENERIC.fullmatch(name) is not None
                told.append({"file": source.path, "line": node.lineno, "name": name, "is_usual": is_usual})
    return told


def _names(source: Source) -> Iterator[tuple[ast.stmt | ast.expr | ast.arg | ast.ExceptHandler, str, str]]:
    for scope in source.scopes:
        yield scope.node, scope.node.name, "scope"
        if not isinstance(scope.node, ast.ClassDef):
            yield from ((item, item.arg, "parameter") for item in own_parameters(scope.node, scope.owner))
    short_lived = _short_lived(source)
    for node in source.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id, "loop" if id(node) in short_lived else "variable"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.attr, "attribute"
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node, node.name, "loop"


def _short_lived(source: Source) -> set[int]:
    found: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            found |= {id(part) for part in ast.walk(node.target)}
        elif isinstance(node, ast.With | ast.AsyncWith):
            found |= {id(part) for item in node.items if item.optional_vars for part in ast.walk(item.optional_vars)}
    return found
