"""Claude Code (``claude -p``) as a router and as a subject."""

from decimal import Decimal
from functools import partial
from typing import Literal

from pydantic import Field

from passmuster.adapters.products.claude_code_events import VERSION, ClaudeCodeReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, Purpose, components
from passmuster.adapters.products.prompts import as_said
from passmuster.adapters.products.roster_files import claude_code_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext

KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN")
TURNS_TO_CHOOSE = 4
"""In the recorded runs that we have, every agent was called within the first three turns."""

CAVEAT = (
    "Claude Code chooses by its model and its version: newer versions tell some models not to delegate unasked, so "
    "compare runs of one version only."
)

_QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}
_WITHOUT_BUILT_INS = {"CLAUDE_AGENT_SDK_DISABLE_BUILTIN_AGENTS": "1"}


class ClaudeCodeOptions(ProductOptions):
    """Options of Claude Code."""

    maximum_cost: Decimal | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Dollars that one run may take, by the product's own count.",
    )
    maximum_turns: int | None = Field(
        default=None,
        ge=1,
        description=f"Turns that one run may take; default: {TURNS_TO_CHOOSE} for a choice, and no limit for the work.",
    )
    permission_mode: Literal["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan"] = Field(
        default="dontAsk", description="What the product may do without asking; nobody is there to be asked."
    )
    built_in_agents: bool = Field(
        default=True, description="Whether the product's own agents compete with the roster, as they do in real use."
    )


def _arguments(options: ClaudeCodeOptions, plugins: tuple[str, ...], purpose: Purpose) -> tuple[str, ...]:
    turns = options.maximum_turns or (TURNS_TO_CHOOSE if purpose is Purpose.CHOICE else None)
    # Partial messages show a choice while it is being written, and when no parallel one can follow.
    return (
        *options.arguments,
        *("-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"),
        *("--setting-sources", "project", "--no-session-persistence"),
        *("--permission-mode", options.permission_mode),
        *(() if options.model is None else ("--model", options.model)),
        *(() if turns is None else ("--max-turns", str(turns))),
        *(() if options.maximum_cost is None else ("--max-budget-usd", f"{options.maximum_cost:f}")),
        *(word for plugin in plugins for word in ("--plugin-dir", f"../{plugin}")),
    )


def _runs(options: ClaudeCodeOptions, context: BuildContext) -> LiveRuns:
    """Return what runs the product.

    Raises:
        InvalidRosterError: If the product cannot have such agents.
        InvalidConfigurationError: If there is no such workspace.
    """
    files = claude_code_files(context.roster)
    product = Product(
        reader=ClaudeCodeReading,
        program=options.program or "claude",
        arguments=partial(_arguments, options, files.plugins),
        prompt=lambda request, _purpose: as_said(request),
        roster=context.roster,
        roster_files=files,
        passed=KEYS if options.environment is None else options.environment,
        variables=_QUIET if options.built_in_agents else {**_QUIET, **_WITHOUT_BUILT_INS},
        tells_version=True,
    )
    return LiveRuns(product, options, context)


ROUTER, SUBJECT = components(ClaudeCodeOptions, _runs, version=VERSION, caveat=CAVEAT, content=content_of)
