"""Criteria on where settings and secrets come from."""

from pydantic import Field

from passmuster.adapters.criteria.code.reading import (
    CodeCriterion,
    CodeOptions,
    CodeReport,
    Verdict,
    text_of,
    told,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion


class EnvironmentConfigurationOptions(CodeOptions):
    """Options of ``environment_configuration``."""

    minimum: int = Field(default=1, ge=0, description="At least so many places that read the environment.")
    addresses: bool = Field(
        default=True, description="Whether addresses of databases and queues written into the code are refused."
    )


class NoLiteralSecretsOptions(CodeOptions):
    """Options of ``no_literal_secrets``."""

    allowed: tuple[str, ...] = Field(
        default=(), description="Names whose literal values are no secrets, such as `token_kind`."
    )


def _environment_configuration(options: EnvironmentConfigurationOptions, report: CodeReport) -> Verdict:
    read = report.places("settings", "read")
    written = report.places("settings", "written_down") if options.addresses else []
    counts = {"read": len(read), "written_down": len(written)}
    if written:
        return Verdict(passed=False, reason=told(written), places=written, counts=counts)
    if len(read) < options.minimum:
        reason = f"the environment is read in {counted(len(read), 'place')}; wanted at least {options.minimum}"
        return Verdict(passed=False, reason=reason, places=read, counts=counts)
    return Verdict(passed=True, reason=told(read) or "nothing is configured", places=read, counts=counts)


def _no_literal_secrets(options: NoLiteralSecretsOptions, report: CodeReport) -> Verdict:
    found = [
        place
        for place in report.places("secrets")
        if not any(f"`{name}`" in text_of(place, "message") for name in options.allowed)
    ]
    if found:
        reason = f"{counted(len(found), 'secret')} written into the code: {told(found)}"
        return Verdict(passed=False, reason=reason, places=found, counts={"secrets": len(found)})
    return Verdict(passed=True, reason="no secret is written into the code", counts={"secrets": 0})


def _build_environment_configuration(options: EnvironmentConfigurationOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _environment_configuration)


def _build_no_literal_secrets(options: NoLiteralSecretsOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _no_literal_secrets, needs_product=False)


ENVIRONMENT_CONFIGURATION = Component(
    options=EnvironmentConfigurationOptions,
    build=_build_environment_configuration,
    is_deterministic=lambda _options: True,
    needs_sandbox=True,
)
"""``environment_configuration``: settings come from the environment."""

NO_LITERAL_SECRETS = Component(
    options=NoLiteralSecretsOptions,
    build=_build_no_literal_secrets,
    is_deterministic=lambda _options: True,
    needs_sandbox=True,
)
"""``no_literal_secrets``: no secret is written into the code."""
