"""OpenCode as a router and as a subject."""

from functools import partial

from passmuster.adapters.products.opencode_events import VERSION, OpenCodeReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, Purpose, components
from passmuster.adapters.products.prompts import as_said
from passmuster.adapters.products.roster_files import opencode_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext

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
    """Return what runs the product.

    Raises:
        InvalidRosterError: If the product cannot have such agents.
        InvalidConfigurationError: If there is no such workspace.
    """
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
    return LiveRuns(product, options, context)


ROUTER, SUBJECT = components(OpenCodeOptions, _runs, version=VERSION, caveat=CAVEAT, content=content_of)
