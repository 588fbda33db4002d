"""Gemini CLI as a router and as a subject."""

import json
from functools import partial
from typing import Literal

from pydantic import Field

from passmuster.adapters.products.gemini_cli_events import VERSION, GeminiCliReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, Purpose, components
from passmuster.adapters.products.prompts import as_said
from passmuster.adapters.products.roster_files import gemini_cli_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext

KEYS = (
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_GENAI_USE_VERTEXAI",
)
SETTINGS = "home/.gemini/settings.json"
CAVEAT = (
    "Gemini CLI chooses by its model and its version, and does not say which agents it has loaded: an agent that it "
    "dropped looks like one that it never chose."
)


class GeminiCliOptions(ProductOptions):
    """Options of Gemini CLI."""

    maximum_turns: int | None = Field(default=None, ge=1, description="Turns that one run may take; default: no limit.")
    approval_mode: Literal["default", "auto_edit", "yolo", "plan"] = Field(
        default="default", description="What the product may do without asking; nobody is there to be asked."
    )


def _arguments(options: GeminiCliOptions, _purpose: Purpose) -> tuple[str, ...]:
    model = () if options.model is None else ("--model", options.model)
    return (*options.arguments, "--output-format", "stream-json", "--approval-mode", options.approval_mode, *model)


def _runs(options: GeminiCliOptions, context: BuildContext) -> LiveRuns:
    """Return what runs the product.

    Raises:
        InvalidRosterError: If the product cannot have such agents.
        InvalidConfigurationError: If there is no such workspace.
    """
    limits = {} if options.maximum_turns is None else {"model": {"maxSessionTurns": options.maximum_turns}}
    product = Product(
        reader=partial(GeminiCliReading, context.roster.names),
        program=options.program or "gemini",
        arguments=partial(_arguments, options),
        prompt=lambda request, _purpose: as_said(request),
        roster=context.roster,
        roster_files=gemini_cli_files(context.roster),
        files={SETTINGS: json.dumps({"experimental": {"enableAgents": True}, **limits})},
        passed=KEYS if options.environment is None else options.environment,
        # Agents of a folder that nobody trusts are not loaded, and a throw-away folder is trusted by nobody.
        variables={"GEMINI_CLI_TRUST_WORKSPACE": "true"},
    )
    return LiveRuns(product, options, context)


ROUTER, SUBJECT = components(GeminiCliOptions, _runs, version=VERSION, caveat=CAVEAT, content=content_of)
