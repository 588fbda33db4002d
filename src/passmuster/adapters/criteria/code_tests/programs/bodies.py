"""Which function bodies of the product code were executed, branches included."""

import ast
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import coverage

from .layout import Function, Layout

_TESTS: Final = ("test", "Test")
_NEVER: Final = "(?!)"
_PRAGMA: Final = re.compile(r"#\s*pragma:\s*no\s*(?:cover|branch)", re.IGNORECASE)
_ABSTRACT: Final = frozenset({"abstractmethod", "overload", "abstractproperty"})

Arcs = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Body:
    """How much of one function was executed; ``line`` is that of its ``def``."""

    file: str
    name: str
    line: int
    statements: int
    executed: int
    branches: int
    taken: int


def bodies_of(folder: Path, layout: Layout, arcs: Arcs) -> list[dict[str, object]]:
    """Return every function of the product code that has a body of its own.

    The files must be as they were before the tests ran.
    """
    files = [file for file in layout.product if file in layout.trees]
    told = _report(folder, files, arcs) if files else {}
    found: list[dict[str, object]] = []
    for file in files:
        skipped = _without_bodies(layout.trees[file])
        for name, region in told.get(file, {}).items():
            body = _body(file, name, region)
            if name and not name.startswith(_TESTS) and body.statements and body.line not in skipped:
                found.append(asdict(body))
    return found


def executed_lines(arcs: Sequence[tuple[int, int]]) -> set[int]:
    """Return the lines that arcs begin or end in."""
    return {line for arc in arcs for line in arc if line > 0}


def pragmas_of(layout: Layout) -> list[dict[str, object]]:
    """Return where the answer asks for lines to be left out of the measure; they are not."""
    return [
        {"file": file, "line": number, "message": "left out of coverage by a comment; counted all the same"}
        for file, text in layout.texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if _PRAGMA.search(line)
    ]


def _body(file: str, name: str, region: Mapping[str, Any]) -> Body:
    summary = region["summary"]
    return Body(
        file=file,
        name=name,
        line=region["start_line"],
        statements=summary["num_statements"],
        executed=summary["covered_lines"],
        branches=summary["num_branches"],
        taken=summary["covered_branches"],
    )


def _report(folder: Path, files: Sequence[str], arcs: Arcs) -> dict[str, dict[str, dict[str, Any]]]:
    measured = coverage.Coverage(data_file=None, branch=True, config_file=False, messages=False)
    measured.clear_exclude()
    for kind in ("exclude", "partial"):
        # An empty list of patterns would match every line.
        measured.clear_exclude(kind)
        measured.exclude(_NEVER, which=kind)
    paths = {str(folder / file): file for file in files}
    data = measured.get_data()
    data.add_arcs({path: arcs.get(file, ()) for path, file in paths.items()})
    written = io.StringIO()
    with redirect_stdout(written):
        measured.json_report(morfs=list(paths), outfile="-", ignore_errors=True)
    told = json.loads(written.getvalue())["files"]
    return {paths[str((folder / path).absolute())]: content["functions"] for path, content in told.items()}


def _without_bodies(tree: ast.Module) -> set[int]:
    """Return the lines of the ``def`` of functions that are declared and not written."""
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_declared(node)
    }


def _is_declared(node: Function) -> bool:
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & _ABSTRACT) or all(_says_nothing(line) for line in node.body)


def _says_nothing(line: ast.stmt) -> bool:
    if isinstance(line, ast.Raise) and line.exc is not None:
        return "NotImplementedError" in ast.unparse(line.exc)
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
