"""Criteria on how code fails and waits: exceptions, logging, and calls that block."""

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
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

# Of ruff's rules on asynchronous code, those on calls that block.
_BLOCKING_RULES = frozenset(
    {"ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC240", "ASYNC250", "ASYNC251"}
)


class CustomExceptionsOptions(CodeOptions):
    """Options of ``custom_exceptions``."""

    minimum: int = Field(default=1, ge=0, description="At least so many exceptions of its own that are raised.")
    mapped: bool = Field(
        default=True, description="Whether, in FastAPI and Django, a handler must turn one of them into a reply."
    )


class LoggingHooksOptions(CodeOptions):
    """Options of ``logging_hooks``."""

    minimum: int = Field(default=1, ge=1, description="At least so many calls that log.")
    where_it_fails: bool = Field(
        default=True,
        description="Whether one of them must stand where something fails: in a handler, before a `raise`, or at the "
        "level of a warning or above.",
    )
    maximum_printed: int = Field(default=0, ge=0, description="At most so many calls of `print` and the like.")


class NoBlockingCallsOptions(CodeOptions):
    """Options of ``no_blocking_calls``."""

    helpers: bool = Field(default=True, description="Whether calls through helpers of the answer's own count.")


def _custom_exceptions(options: CustomExceptionsOptions, report: CodeReport) -> Verdict:
    defined = report.places("failures", "defined")
    raised = report.places("failures", "raised")
    names = sorted({text_of(place, "message") for place in raised})
    mapped = [name for name in names if name in report.texts("failures", "mapped")]
    swallowed = report.places("failures", "swallowed")
    framework = report.text("failures", "framework")
    counts = {"defined": len(defined), "raised": names, "mapped": mapped, "swallowed": len(swallowed)}
    complaint = ""
    places = defined
    if swallowed:
        complaint, places = f"errors are swallowed: {told(swallowed)}", swallowed
    elif len(names) < options.minimum:
        unraised = f"; defined but never raised: {told(defined)}" if defined else ""
        complaint = f"{counted(len(names), 'exception')} of its own raised, wanted {options.minimum}{unraised}"
    elif options.mapped and framework and options.minimum and not mapped:
        complaint, places = f"no handler turns {', '.join(names[:3])} into a reply of {framework}", raised
    if complaint:
        return Verdict(passed=False, reason=complaint, places=places, counts=counts)
    said = f"raises {counted(len(names), 'exception')} of its own, swallows none"
    return Verdict(passed=True, reason=said, places=raised, counts=counts)


def _logging_hooks(options: LoggingHooksOptions, report: CodeReport) -> Verdict:
    loggers, calls = report.places("logging", "loggers"), report.places("logging", "calls")
    failing = [*report.places("logging", "in_handlers"), *report.places("logging", "serious")]
    printed = report.places("logging", "printed")
    counts = {"loggers": len(loggers), "calls": len(calls), "where_it_fails": len(failing), "printed": len(printed)}
    complaint = ""
    places = calls
    if len(printed) > options.maximum_printed:
        complaint, places = f"printed instead of logged: {told(printed)}", printed
    elif not loggers:
        complaint = "no logger is made"
    elif len(calls) < options.minimum:
        complaint, places = f"{counted(len(calls), 'call')} that log; wanted at least {options.minimum}", loggers
    elif options.where_it_fails and not failing:
        complaint = f"nothing is logged where something fails: {told(calls)}"
    if complaint:
        return Verdict(passed=False, reason=complaint, places=places, counts=counts)
    reason = f"{counted(len(calls), 'call')} that log, {len(failing)} of them where something fails"
    return Verdict(passed=True, reason=reason, places=failing or calls, counts=counts)


def _no_blocking_calls(options: NoBlockingCallsOptions, report: CodeReport) -> Verdict:
    own = [place for place in report.places("blocking") if options.helpers or not place.get("through")]
    lines = {(text_of(place, "file"), number_of(place, "line")) for place in own}
    by_ruff = [
        place
        for place in report.places("lint", "places")
        if text_of(place, "code") in _BLOCKING_RULES
        and not place.get("is_test")
        and (text_of(place, "file"), number_of(place, "line")) not in lines
    ]
    places: list[Place] = [*own, *by_ruff]
    counts = {"blocking": len(places), "asynchronous": report.number("asynchronous")}
    if places:
        return Verdict(passed=False, reason=told(places), places=places, counts=counts)
    functions = counted(report.number("asynchronous"), "asynchronous function")
    return Verdict(passed=True, reason=f"no call that blocks in {functions}", counts=counts)


def _build_custom_exceptions(options: CustomExceptionsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _custom_exceptions)


def _build_logging_hooks(options: LoggingHooksOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _logging_hooks)


def _build_no_blocking_calls(options: NoBlockingCallsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _no_blocking_calls)


CUSTOM_EXCEPTIONS = Component(
    options=CustomExceptionsOptions,
    build=_build_custom_exceptions,
    is_deterministic=lambda _options: True,
    needs_sandbox=True,
)
"""``custom_exceptions``: the code fails by exceptions of its own, and swallows none."""

LOGGING_HOOKS = Component(
    options=LoggingHooksOptions, build=_build_logging_hooks, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``logging_hooks``: what fails is logged."""

NO_BLOCKING_CALLS = Component(
    options=NoBlockingCallsOptions,
    build=_build_no_blocking_calls,
    is_deterministic=lambda _options: True,
    needs_sandbox=True,
)
"""``no_blocking_calls``: asynchronous code holds nobody up, as far as reading shows."""
