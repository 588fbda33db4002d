"""OpenCode as a router and as a subject."""

from functools import partial

from passmuster.adapters.products.opencode_events import VERSION, OpenCodeReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, ProductRouter, ProductSubject, Purpose
from passmuster.adapters.products.prompts import as_said
from passmuster.adapters.products.roster_files import opencode_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext, Component
from passmuster.ports import Router, Subject

KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "OPENCODE_API_KEY")
CAVEAT = (
    "OpenCode shows a choice only when the agent has ended, so every choice costs the whole work; and it does not say "
    "which agents it has loaded."
)


class OpenCodeOptions(ProductOptions):
    """Options of OpenCode."""


def _arguments(options: OpenCodeOptions, _purpose: Purpose) -> tuple[str, ...]:
    model = () if options.model is None else ("--model", options.model)
    return (*options.arguments, "run", "--format", "json", *model)


def _runs(options: OpenCodeOptions, context: BuildContext) -> LiveRuns:
    product = Product(
        reader=OpenCodeReading,
        program=options.program or "opencode",
        arguments=partial(_arguments, options),
        prompt=lambda request, _purpose: as_said(request),
        roster=context.roster,
        roster_files=opencode_files(context.roster),
        passed=KEYS if options.environment is None else options.environment,
        variables={"OPENCODE_DISABLE_AUTOUPDATE": "true"},
    )
    return LiveRuns(product, options, context.folder)


def build_router(options: OpenCodeOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidRosterError: If the product cannot have such agents.
        InvalidConfigurationError: If there is no such workspace.
    """
    return ProductRouter(_runs(options, context))


def build_subject(options: OpenCodeOptions, context: BuildContext) -> Subject:
    """Build the subject for the context's roster.

    Raises:
        InvalidRosterError: If the product cannot have such agents.
        InvalidConfigurationError: If there is no such workspace.
    """
    return ProductSubject(_runs(options, context))


ROUTER = Component(options=OpenCodeOptions, build=build_router, version=VERSION, caveat=CAVEAT, content=content_of)
SUBJECT = Component(options=OpenCodeOptions, build=build_subject, version=VERSION, caveat=CAVEAT, content=content_of)
