"""Criteria on what code tells of itself: type hints, types that hold, and docstrings."""

from typing import Literal

from pydantic import Field

from passmuster.adapters.criteria.code.reading import (
    TYPES,
    CodeCriterion,
    CodeOptions,
    CodeReport,
    Place,
    Verdict,
    text_of,
    texts_of,
    told,
    with_message,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

_PRESENCE = frozenset({"D101", "D102", "D103", "D419"})
_MODULES = frozenset({"D100", "D104"})
_NEVER = frozenset({"D105", "D106", "D107"})
# The sections and their form; D417 is our own rule below, since it only looks where there is such a section.
_SECTIONS = frozenset({"D405", "D406", "D407", "D410", "D411", "D412", "D414", "D416"})
_CONVENTIONS = ("google", "numpy")


class TypeHintsOptions(CodeOptions):
    """Options of ``type_hints``."""

    minimum: int = Field(default=1, ge=0, description="At least so many public functions.")
    maximum_any: int | None = Field(
        default=None, ge=0, description="At most so many lines whose annotations say `Any`; by default they only count."
    )
    maximum_ignores: int | None = Field(
        default=None, ge=0, description="At most so many comments that make a type checker look away; likewise."
    )


class MypyStrictOptions(CodeOptions):
    """Options of ``mypy_strict``."""

    tests: bool = Field(default=False, description="Whether errors in the answer's tests count.")
    maximum: int = Field(default=0, ge=0, description="At most so many errors.")


class DocstringsOptions(CodeOptions):
    """Options of ``docstrings``."""

    convention: Literal["google", "numpy", "either"] = Field(
        default="either", description="The convention that docstrings follow; `either`, as long as it is one of them."
    )
    arguments: bool = Field(default=True, description="Whether every argument of a public function is documented.")
    modules: bool = Field(default=False, description="Whether modules and packages have docstrings.")
    style: bool = Field(default=False, description="Whether everything that ruff's `D` rules say of the form counts.")
    minimum: float = Field(
        default=1.0, ge=0.0, le=1.0, description="The share of public functions that are documented in full."
    )


def _type_hints(options: TypeHintsOptions, report: CodeReport) -> Verdict:
    functions = report.places("functions")
    missing = [
        with_message(function, f"`{function['name']}` lacks {_listed(texts_of(function, 'unannotated'))}")
        for function in functions
        if texts_of(function, "unannotated")
    ]
    anything = report.places("any")
    ignores = [
        place
        for place in report.places("suppressions")
        if text_of(place, "name") in {"type_ignore", "mypy_comment", "pyright_comment"}
    ]
    counts = {"functions": len(functions), "incomplete": len(missing), "any": len(anything), "ignores": len(ignores)}
    value = 1 - len(missing) / len(functions) if functions else 0.0
    said = f"; `Any` on {counted(len(anything), 'line')}, {counted(len(ignores), 'comment')} to look away"
    if len(functions) < options.minimum:
        reason = f"found {counted(len(functions), 'public function')}; wanted at least {options.minimum}"
        return Verdict(passed=False, reason=reason, counts=counts)
    if missing:
        lack = "lacks" if len(missing) == 1 else "lack"
        share = f"{len(missing)} of {counted(len(functions), 'public function')}"
        reason = f"{share} {lack} type hints: {told(missing)}{said}"
        return Verdict(passed=False, reason=reason, value=value, places=missing, counts=counts)
    limits = ((anything, options.maximum_any, "`Any`"), (ignores, options.maximum_ignores, "comments to look away"))
    for places, maximum, what in limits:
        if maximum is not None and len(places) > maximum:
            reason = f"found {len(places)} of {what}; wanted at most {maximum}: {told(places)}"
            return Verdict(passed=False, reason=reason, places=places, counts=counts)
    reason = f"{counted(len(functions), 'public function')}, all with complete type hints{said}"
    return Verdict(passed=True, reason=reason, places=anything, counts=counts)


def _listed(names: list[str]) -> str:
    told_names = ["a return type" if name == "return" else f"a type for `{name}`" for name in names]
    return ", ".join(told_names)


def _mypy_strict(options: MypyStrictOptions, report: CodeReport) -> Verdict:
    errors = [
        with_message(error, f"{text_of(error, 'message')} [{text_of(error, 'code')}]")
        for error in report.places("errors")
        if options.tests or not error.get("is_test")
    ]
    count = report.number("count") + (report.number("count_in_tests") if options.tests else 0)
    unknown = report.texts("not_installed")
    counts = {"errors": count, "not_installed": unknown, "plugins": report.texts("plugins")}
    note = f" (not installed here: {', '.join(unknown)})" if unknown else ""
    if count > options.maximum:
        reason = f"mypy --strict found {counted(count, 'error')}: {told(errors)}{note}"
        return Verdict(passed=False, reason=reason, places=errors, counts=counts)
    found = counted(count, "error") if count else "no error"
    return Verdict(passed=True, reason=f"mypy --strict found {found}{note}", places=errors, counts=counts)


def _docstrings(options: DocstringsOptions, report: CodeReport) -> Verdict:
    conventions = _CONVENTIONS if options.convention == "either" else (options.convention,)
    found = {name: _undocumented(options, report, name) for name in conventions}
    convention, missing = min(found.items(), key=lambda item: len(item[1]))
    functions = len(report.places("functions"))
    flawed = {(place.get("file"), place.get("line")) for place in missing}
    wanted = max(functions, len(flawed), 1)
    value = 1 - len(flawed) / wanted
    counts = {"functions": functions, "complaints": len(missing), "convention": convention}
    if missing and value < options.minimum:
        reason = f"{counted(len(missing), 'flaw')} in docstrings, by the {convention} convention: {told(missing)}"
        return Verdict(passed=False, reason=reason, value=value, places=missing, counts=counts)
    what = "everything public is documented" if not missing else f"{value:.0%} of what is public is documented"
    return Verdict(
        passed=True, reason=f"{what}, by the {convention} convention", value=value, places=missing, counts=counts
    )


def _undocumented(options: DocstringsOptions, report: CodeReport, convention: str) -> list[Place]:
    wanted = _PRESENCE | _SECTIONS | (_MODULES if options.modules else frozenset())
    complaints = [
        place
        for place in report.places("docstrings", convention, "places")
        if not place.get("is_test") and _counts(text_of(place, "code"), wanted, options)
    ]
    if options.arguments:
        complaints += [
            with_message(function, f"`{function['name']}` does not document {', '.join(names)}")
            for function in report.places("functions")
            if (names := texts_of(function, "undocumented"))
        ]
    return sorted(complaints, key=lambda place: (str(place.get("file")), int(str(place.get("line")))))


def _counts(code: str, wanted: frozenset[str], options: DocstringsOptions) -> bool:
    if code in _NEVER or (code in _MODULES and not options.modules) or code == "D417":
        return False
    return options.style or code in wanted


def _build_type_hints(options: TypeHintsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _type_hints)


def _build_mypy_strict(options: MypyStrictOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _mypy_strict, examination=TYPES, needs_product=not options.tests)


def _build_docstrings(options: DocstringsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _docstrings)


TYPE_HINTS = Component(
    options=TypeHintsOptions, build=_build_type_hints, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``type_hints``: public functions are annotated in full."""

MYPY_STRICT = Component(
    options=MypyStrictOptions, build=_build_mypy_strict, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``mypy_strict``: mypy finds no error in its strict mode."""

DOCSTRINGS = Component(
    options=DocstringsOptions, build=_build_docstrings, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``docstrings``: what is public is documented, arguments included."""
