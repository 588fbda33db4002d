"""The criterion on what is done to be taken for better: suppressions are counted, tripwires named."""

from pydantic import Field, field_validator

from passmuster.adapters.criteria.code.reading import (
    CodeCriterion,
    CodeOptions,
    CodeReport,
    Place,
    Verdict,
    text_of,
    told,
    with_message,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

SUPPRESSIONS = (
    "type_ignore",
    "mypy_comment",
    "pyright_comment",
    "file_noqa",
    "noqa",
    "format_off",
    "isort_skip",
    "no_cover",
    "nosec",
    "pylint_disable",
    "no_type_check",
)
"""The names of comments and marks that make a tool look away."""

TRIPWIRES = (
    "forged_report",
    "tests_hidden",
    "tests_not_run",
    "early_exit",
    "exit_hook",
    "tracing",
    "descriptor_write",
    "frame_search",
    "modules_replaced",
    "builtins_replaced",
    "foreign_memory",
    "tools_tampered",
    "measuring_noticed",
    "hidden_code",
    "hidden_from_types",
    "package_shadowed",
    "start_up_file",
    "stub_beside_module",
    "settings_loosened",
    "tests_skipped",
    "tests_assert_nothing",
)
"""The names of what no honest answer needs."""


class NoCheatsOptions(CodeOptions):
    """Options of ``no_cheats``."""

    allowed: tuple[str, ...] = Field(default=(), description="Names of cheats that are none here, such as `noqa`.")
    maximum_suppressions: int = Field(
        default=0, ge=0, description="At most so many comments that make a tool look away; they are never heeded."
    )

    @field_validator("allowed")
    @classmethod
    def _check_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        strange = [name for name in names if name not in {*SUPPRESSIONS, *TRIPWIRES}]
        if strange:
            message = f"no cheat is called {strange[0]!r}; there are {', '.join((*SUPPRESSIONS, *TRIPWIRES))}"
            raise ValueError(message)
        return names


def _no_cheats(options: NoCheatsOptions, report: CodeReport) -> Verdict:
    found = [
        with_message(place, f"{name}: {text_of(place, 'message')}")
        for place in (*report.places("cheats"), *report.places("suppressions"))
        if (name := text_of(place, "name")) not in options.allowed
    ]
    names: dict[str, int] = {}
    for place in found:
        names[text_of(place, "name")] = names.get(text_of(place, "name"), 0) + 1
    suppressions: list[Place] = [place for place in found if text_of(place, "name") in SUPPRESSIONS]
    tripwires: list[Place] = [place for place in found if text_of(place, "name") in TRIPWIRES]
    counts = {"cheats": names}
    if tripwires or len(suppressions) > options.maximum_suppressions:
        places = [*tripwires, *suppressions]
        return Verdict(passed=False, reason=f"{', '.join(names)}: {told(places)}", places=places, counts=counts)
    if suppressions:
        reason = f"no cheat; {counted(len(suppressions), 'comment')} to look away, which are not heeded"
        return Verdict(passed=True, reason=reason, places=suppressions, counts=counts)
    return Verdict(passed=True, reason="no cheat", counts=counts)


def _build_no_cheats(options: NoCheatsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _no_cheats, needs_product=False)


NO_CHEATS = Component(
    options=NoCheatsOptions, build=_build_no_cheats, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``no_cheats``: nothing is done to be taken for better."""
