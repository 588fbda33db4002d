"""Edits of code that change nothing a criterion may mind: names, comments, order, further files."""

import ast
import re
from typing import Final

from passmuster.analysis.code_edits.mutator import Retouch
from passmuster.analysis.code_edits.source import (
    Replacement,
    Source,
    Texts,
    body_start,
    docstring_of,
    everywhere,
    once,
)

_LONGEST_LINE = 80
"""Lines that grow stay shorter than any usual limit, so that the formatter finds nothing to do."""

_PROJECT = """[project]
name = "service"
version = "0.1.0"
requires-python = ">=3.11"

[tool.mypy]
strict = true

[tool.pytest.ini_options]
addopts = "--strict-markers"
"""
_README = """# Service

Run the tests with `pytest`. Nothing here needs `# type: ignore` or `# noqa`.
"""


def _add_comments(source: Source) -> str | None:
    """Put a comment in front of the first statement of every other function."""
    replacements: list[Replacement] = []
    for function in source.functions[::2]:
        first = body_start(function)
        if first is not None and first.lineno > function.lineno:
            line = first.lineno
            if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.With | ast.AsyncWith):
                continue
            begin = source.line_start(line)
            replacements.append((begin, begin, f"{source.indentation(first)}# The order matters here.\n"))
    return source.replaced(replacements)


def _rename_tests(source: Source) -> str | None:
    """Say the same in other words: ``test_x`` becomes ``test_that_x``."""
    replacements: list[Replacement] = []
    for function in source.functions:
        if function.name.startswith("test_") and not function.name.startswith("test_that_"):
            begin = source.text.find(function.name, source.start(function))
            line = source.text[source.line_start(function.lineno) : source.line_start(function.lineno + 1)]
            if len(line) + len("that_") < _LONGEST_LINE:
                replacements.append((begin, begin + len(function.name), f"test_that_{function.name[5:]}"))
    return source.replaced(replacements)


def _rename_private(texts: Texts) -> Texts | None:
    """Give private methods and functions another last word, wherever they are named."""
    every = "\n".join(text for path, text in texts.items() if path.endswith(".py"))
    names = sorted(set(re.findall(r"\bdef (_[a-z][a-z_]+)\(", every)))
    wanted = [name for name in names if f"{name}_now" not in every]
    new = dict(texts)
    for path, text in texts.items():
        if path.endswith(".py"):
            renamed = text
            for name in wanted:
                renamed = re.sub(rf"\b{name}\b", f"{name}_now", renamed)
            new[path] = renamed
    lines = [line for path, text in new.items() if path.endswith(".py") for line in text.split("\n")]
    return new if wanted and max(map(len, lines)) <= _LONGEST_LINE + len("_now") else None


def _move_test(source: Source) -> str | None:
    """Let the last test come first."""
    tests = [
        node
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    if len(tests) < 2:  # noqa: PLR2004 - one test has no order
        return None
    first, last = (source.without_statement(node) for node in (tests[0], tests[-1]))
    if source.text[last[1] :].strip():
        return None
    moved = source.text[last[0] : last[1]].rstrip("\n")
    rest = source.text[first[0] : last[0]].rstrip("\n")
    return f"{source.text[: first[0]]}{moved}\n\n\n{rest}\n"


def _say_more(source: Source) -> str | None:
    """Let the module's docstring tell a second paragraph."""
    docstring = docstring_of(source.tree)
    text = "" if docstring is None else source.part(docstring)
    if docstring is None or "\n" in text or not text.endswith('"""'):
        return None
    return source.replaced([source.with_node(docstring, f'{text[:-3]}\n\nThe handbook tells more of it.\n"""')])


def _add_constant(source: Source) -> str | None:
    """Add a constant that is exported, behind everything else."""
    if not source.classes:
        return None
    names = "".join(f'    "{node.name}",\n' for node in sorted(source.classes, key=lambda node: node.name))
    if any(node not in source.tree.body or node.name.startswith("_") for node in source.classes):
        return None
    return f"{source.text.rstrip()}\n\n\n__all__ = [\n{names}]\n" if "__all__" not in source.text else None


def _add_files(texts: Texts) -> Texts | None:
    """Add files that an honest project has as well."""
    return {**texts, "README.md": _README, "pyproject.toml": _PROJECT, ".env.example": "API_TOKEN=\nDATABASE_URL=\n"}


def _spread_comments(source: Source) -> str | None:
    """End the file with a remark."""
    return f"{source.text.rstrip()}\n\n\n# The end: whatever comes next belongs into a module of its own.\n"


RETOUCHES: Final = (
    Retouch(name="add-comments", summary="comments in functions", edit=everywhere(_add_comments)),
    Retouch(name="remark-at-end", summary="a comment at the end of files", edit=everywhere(_spread_comments)),
    Retouch(name="rename-tests", summary="tests are called otherwise", edit=everywhere(_rename_tests, tests=True)),
    Retouch(name="rename-private", summary="private functions are called otherwise", edit=_rename_private),
    Retouch(name="move-test", summary="the last test of a file comes first", edit=everywhere(_move_test, tests=True)),
    Retouch(name="say-more", summary="docstrings of modules tell more", edit=everywhere(_say_more)),
    Retouch(name="say-what-is-public", summary="one module says what it exports", edit=once(_add_constant)),
    Retouch(
        name="add-files",
        summary="a README, a pyproject.toml that loosens nothing, an example of variables",
        edit=_add_files,
    ),
)
"""Harmless edits of code."""
