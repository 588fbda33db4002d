"""Versions: every address names the version of the interface, or a header does."""

import re

from pydantic import Field, field_validator

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    PUBLIC,
    ApplicationCriterion,
    Judgement,
    Violations,
)
from passmuster.adapters.criteria.application_probe.observations import REFUSAL, Seen, is_public
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionError
from passmuster.ports import Criterion


class ApiVersioningOptions(ProbeOptions):
    """Options of ``api_versioning``."""

    pattern: str = Field(
        default=r"/v\d+(?=/|$)",
        max_length=100,
        description="What an address must contain, as a regular expression; the case's own, never the answer's.",
    )
    header: str | None = Field(
        default=None,
        min_length=1,
        description="The header that names the version instead: an unknown version in it must be refused.",
    )
    unversioned: tuple[str, ...] = Field(
        default=PUBLIC, description="Addresses that need no version, as patterns; replaces health, documents and so on."
    )

    @field_validator("pattern")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"no regular expression: {error}"
            raise ValueError(message) from error
        return pattern


async def api_versioning(seen: Seen, options: ApiVersioningOptions) -> Judgement:
    """Look for the version in every address, or at what an unknown version in the header brings."""
    names = [name for name in seen.operations if not is_public(name, options.unversioned)]
    if not names:
        message = "the application has no address that needs a version"
        raise CriterionError(message, hint="say in the option 'unversioned' which need none")
    violations = _by_header(seen, options) if options.header else _by_path(seen, names, options)
    good = f"{counted(len(names), 'operation')} named a version"
    return Judgement(asked=names, violations=violations, good=good)


def _by_path(seen: Seen, names: list[str], options: ApiVersioningOptions) -> Violations:
    pattern = re.compile(options.pattern)
    # Addresses come from the answer, and a pattern may be slow on long ones.
    bad = [name for name in names if not pattern.search(name.partition(" ")[2][:300])]
    return Violations((name, seen.place(name, f"{name} names no version")) for name in bad)


def _by_header(seen: Seen, options: ApiVersioningOptions) -> Violations:
    found = Violations()
    for item in seen.of_kinds("unknown version"):
        if not is_public(item.operation, options.unversioned) and item.status not in REFUSAL:
            message = f"{item.operation} {item.told()} to an unknown version in the header {options.header!r}"
            found.note(seen, item.operation, message)
    return found


def _build(options: ApiVersioningOptions, context: BuildContext) -> Criterion:
    more = {"version_header": options.header} if options.header else {}
    return ApplicationCriterion(options, context, api_versioning, more)


API_VERSIONING = Component(
    options=ApiVersioningOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``api_versioning``: every address names its version."""
