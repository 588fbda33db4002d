"""Criteria on how hard code is to read: complexity, size and names."""

import re
from collections.abc import Iterator

from pydantic import Field

from passmuster.adapters.criteria.code.reading import (
    CodeCriterion,
    CodeOptions,
    CodeReport,
    Place,
    Verdict,
    number_of,
    text_of,
    told,
    with_message,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

# Words that save a few letters and cost the reader a guess. What is a word of the language (max, id, url, config) or
# the idiom of a library's own documents (db, app, repo, stmt, exc) is not among them.
_ABBREVIATIONS = frozenset(
    re.findall(
        r"[a-z]+",
        "acct addr amt arr attr btn buf calc cfg chk cnt coll conn ctx curr cust dept desc dct dst elem emp evt "
        "fld fmt fn fname func grp hdlr hdr idx impl inp itm lname lst mgr mngr msg nbr num obj parm pkg pred proc "
        "prod ptr pwd qty rec req res resp rsp sess sn srv strg svc sz tbl tmp tmpl tot txn typ upd usr "
        "util val vals vec",
    )
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class ComplexityOptions(CodeOptions):
    """Options of ``complexity``."""

    maximum: int = Field(default=10, ge=1, description="How complex a function may be (ways through it).")
    nesting: int = Field(default=4, ge=1, description="How deep blocks may stand within one another in a function.")


class SizeOptions(CodeOptions):
    """Options of ``size``."""

    function_lines: int = Field(default=50, ge=1, description="How many lines a function may have, docstring aside.")
    class_lines: int = Field(default=300, ge=1, description="How many lines a class may have, docstring aside.")
    file_lines: int = Field(default=500, ge=1, description="How many lines a file may have.")
    parameters: int = Field(default=8, ge=0, description="How many parameters a function may have.")


class DescriptiveNamesOptions(CodeOptions):
    """Options of ``descriptive_names``."""

    maximum_share: float = Field(
        default=0.03, ge=0.0, le=1.0, description="The share of names that may be abbreviations or single letters."
    )
    allowed: tuple[str, ...] = Field(default=(), description="Abbreviations that are words here, such as `sku`.")
    forbidden: tuple[str, ...] = Field(default=(), description="Further words that are abbreviations here.")


def _complexity(options: ComplexityOptions, report: CodeReport) -> Verdict:
    functions = report.places("measured_functions")
    flawed = [place for function in functions for place in _too_complex(options, function)]
    worst = max((number_of(function, "complexity") for function in functions), default=0)
    deepest = max((number_of(function, "nesting") for function in functions), default=0)
    counts = {"functions": len(functions), "highest_complexity": worst, "deepest_nesting": deepest}
    said = f"the highest complexity is {worst}, the deepest nesting {deepest}"
    if flawed:
        return Verdict(passed=False, reason=f"{said}: {told(flawed)}", places=flawed, counts=counts)
    return Verdict(passed=True, reason=f"{said}, in {counted(len(functions), 'function')}", counts=counts)


def _too_complex(options: ComplexityOptions, function: Place) -> Iterator[Place]:
    limits = (("complexity", "is of complexity", options.maximum), ("nesting", "is nested to depth", options.nesting))
    for key, words, maximum in limits:
        if number_of(function, key) > maximum:
            yield with_message(function, f"`{function['name']}` {words} {number_of(function, key)}, over {maximum}")


def _size(options: SizeOptions, report: CodeReport) -> Verdict:
    functions, classes = report.places("measured_functions"), report.places("measured_classes")
    limits: tuple[tuple[str, list[Place], str, int], ...] = (
        ("function", functions, "lines", options.function_lines),
        ("function", functions, "parameters", options.parameters),
        ("class", classes, "lines", options.class_lines),
        ("file", report.product, "lines", options.file_lines),
    )
    flawed = [
        {"line": 1, **item, "message": f"{_called(item)} has {number_of(item, key)} {key}, over {maximum}"}
        for _, items, key, maximum in limits
        for item in items
        if number_of(item, key) > maximum
    ]
    counts = {
        f"longest_{kind}" if key == "lines" else "most_parameters": max(
            (number_of(item, key) for item in items), default=0
        )
        for kind, items, key, _ in limits
    }
    if flawed:
        return Verdict(passed=False, reason=f"too large: {told(flawed)}", places=flawed, counts=counts)
    reason = f"the longest function has {counts['longest_function']} lines, the longest file {counts['longest_file']}"
    return Verdict(passed=True, reason=reason, counts=counts)


def _called(item: Place) -> str:
    name = text_of(item, "name")
    return f"`{name}`" if name else "the file"


def _descriptive_names(options: DescriptiveNamesOptions, report: CodeReport) -> Verdict:
    names = report.places("names")
    words = (_ABBREVIATIONS | {word.casefold() for word in options.forbidden}) - {
        word.casefold() for word in options.allowed
    }
    flawed = [
        with_message(name, f"`{name['name']}` {fault}")
        for name in names
        if (fault := _fault(text_of(name, "name"), is_usual=bool(name.get("is_usual")), words=words))
        and text_of(name, "name") not in options.allowed
    ]
    share = len(flawed) / len(names) if names else 0.0
    counts = {"names": len(names), "abbreviated": len(flawed)}
    said = f"{len(flawed)} of {counted(len(names), 'name')} abbreviated ({share:.1%})"
    if share > options.maximum_share:
        reason = f"{said}, over {options.maximum_share:.1%}: {told(flawed)}"
        return Verdict(passed=False, reason=reason, value=1 - share, places=flawed, counts=counts)
    return Verdict(passed=True, reason=said, value=1 - share, places=flawed, counts=counts)


def _fault(name: str, *, is_usual: bool, words: frozenset[str]) -> str:
    bare = name.strip("_")
    if len(bare) == 1:
        return "" if is_usual else "is a single letter"
    short = [word for word in (part.casefold() for part in _WORD.findall(bare)) if word in words]
    return f"abbreviates ({', '.join(short)})" if short else ""


def _build_complexity(options: ComplexityOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _complexity)


def _build_size(options: SizeOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _size)


def _build_descriptive_names(options: DescriptiveNamesOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _descriptive_names)


COMPLEXITY = Component(
    options=ComplexityOptions, build=_build_complexity, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``complexity``: no function has too many ways through it."""

SIZE = Component(options=SizeOptions, build=_build_size, is_deterministic=lambda _options: True, needs_sandbox=True)
"""``size``: functions, classes and files are short."""

DESCRIPTIVE_NAMES = Component(
    options=DescriptiveNamesOptions,
    build=_build_descriptive_names,
    is_deterministic=lambda _options: True,
    needs_sandbox=True,
)
"""``descriptive_names``: names are words."""
