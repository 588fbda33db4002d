"""Defects of annotations and docstrings."""

import ast
import re
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    FUNCTIONS,
    Function,
    Replacement,
    Source,
    docstring_of,
    everywhere,
    last_name,
    once,
    parameters_of,
)

_GOOGLE = re.compile(r"^[ \t]*Args:\n(?:[ \t]+\S.*\n|[ \t]*\n)*?(?=[ \t]*\n[ \t]*\S+:\n|[ \t]*\Z)", re.MULTILINE)
_NUMPY = re.compile(
    r"^[ \t]*Parameters\n[ \t]*-{3,}\n(?:.*\n)*?(?=[ \t]*(?:Returns|Yields|Raises|Attributes)\n[ \t]*-{3,}|[ \t]*\Z)",
    re.MULTILINE,
)


def _drop_annotations(source: Source) -> str | None:
    return source.replaced(
        replacement
        for function in source.functions
        if not _is_called_by_framework(function)
        for replacement in (*_without_parameters(source, function), *_without_return(source, function))
    )


def _is_called_by_framework(function: Function) -> bool:
    """Whether a framework reads the annotations: without them it would be another program, not a careless one."""
    annotations = [parameter.annotation for parameter in parameters_of(function)]
    return bool(function.decorator_list) or any(last_name(item) == "Annotated" for item in annotations)


def _without_parameters(source: Source, function: Function) -> list[Replacement]:
    return [
        (source.end(parameter) - len(source.part(parameter)) + len(parameter.arg), source.end(parameter), "")
        for parameter in parameters_of(function)
        if parameter.annotation is not None
    ]


def _without_return(source: Source, function: Function) -> list[Replacement]:
    if function.returns is None:
        return []
    begin = source.text.rfind("->", 0, source.start(function.returns))
    return [(source.text.rfind(")", 0, begin) + 1, source.end(function.returns), "")]


def _drop_one_return(source: Source) -> str | None:
    wanted = [function for function in source.public_functions() if function.returns is not None]
    return source.replaced(_without_return(source, wanted[-1])) if wanted else None


def _wrong_return(source: Source) -> str | None:
    """Let one function that returns a text, a collection or an object of its own say that it returns bytes."""
    for function in source.public_functions():
        returns = function.returns
        is_called = _is_called_by_framework(function)
        does_return = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))
        if returns is not None and does_return and not is_called and last_name(returns) not in {"Any", "bytes", ""}:
            return source.replaced([source.with_node(returns, "bytes")])
    return None


def _drop_docstrings(source: Source) -> str | None:
    return source.replaced(
        _without_docstring(source, node) for node in (*source.functions, *source.classes) if docstring_of(node)
    )


def _drop_one_docstring(source: Source) -> str | None:
    wanted = [function for function in source.public_functions() if docstring_of(function)]
    return source.replaced([_without_docstring(source, wanted[-1])]) if wanted else None


def _without_docstring(source: Source, node: Function | ast.ClassDef) -> Replacement:
    docstring = docstring_of(node)
    assert docstring is not None  # noqa: S101 - callers ask first
    if len(node.body) == 1:
        return source.with_node(docstring, "...")
    begin, end = source.line_start(docstring.lineno), source.line_start(node.body[1].lineno)
    if isinstance(node.body[1], (*FUNCTIONS, ast.ClassDef)) and node.body[1].decorator_list:
        end = source.line_start(node.body[1].decorator_list[0].lineno)
    return (begin, end, "")


def _drop_argument_sections(source: Source) -> str | None:
    return source.replaced(
        (source.start(docstring), source.end(docstring), new)
        for function in source.functions
        if (docstring := docstring_of(function)) is not None
        and parameters_of(function)
        and (new := _without_arguments(source.part(docstring))) != source.part(docstring)
    )


def _without_arguments(docstring: str) -> str:
    body, quotes = docstring[:-3], docstring[-3:]
    for section in (_GOOGLE, _NUMPY):
        shorter = section.sub("", body + "\n")
        if shorter != body + "\n":
            kept = shorter.rstrip()
            return kept + quotes if "\n" not in kept else f"{kept}\n{_last_indentation(docstring)}{quotes}"
    return docstring


def _last_indentation(docstring: str) -> str:
    last = docstring.rsplit("\n", 1)[-1]
    return last[: len(last) - len(last.lstrip())]


MUTATORS: Final = (
    Mutator(
        name="drop-annotations",
        criterion="type_hints",
        summary="no function says what it takes and returns",
        edit=everywhere(_drop_annotations),
    ),
    Mutator(
        name="drop-one-return-annotation",
        criterion="type_hints",
        summary="one public function does not say what it returns",
        edit=once(_drop_one_return),
    ),
    Mutator(
        name="wrong-return-annotation",
        criterion="mypy_strict",
        summary="one function says that it returns bytes, and does not",
        edit=once(_wrong_return),
    ),
    Mutator(
        name="drop-docstrings",
        criterion="docstrings",
        summary="no function and no class has a docstring",
        edit=everywhere(_drop_docstrings),
    ),
    Mutator(
        name="drop-one-docstring",
        criterion="docstrings",
        summary="one public function has no docstring",
        edit=once(_drop_one_docstring),
    ),
    Mutator(
        name="drop-argument-sections",
        criterion="docstrings",
        summary="no docstring explains the arguments",
        edit=everywhere(_drop_argument_sections),
    ),
)
"""Defects of annotations and docstrings."""
