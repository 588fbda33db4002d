"""Codex as a model that is asked which agent is to take a request, and as a subject that does the work.

Codex spawns agents only when it is told to, and its output does not tell which. So the choice is a question of its own,
and the work another run, without agents.
"""

from functools import partial
from typing import Literal

from pydantic import Field

from passmuster.adapters.products.codex_events import VERSION, CodexReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, Purpose, components
from passmuster.adapters.products.prompts import answer_schema, as_question, as_said
from passmuster.adapters.products.roster_files import no_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request

KEYS = ("CODEX_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL")
SCHEMA = "schema.json"
CAVEAT = (
    "Codex was asked, as a model, whom it would choose from a list; its output does not show whom it would spawn by "
    "itself."
)


class CodexOptions(ProductOptions):
    """Options of Codex."""

    sandbox: Literal["read-only", "workspace-write", "danger-full-access"] = Field(
        default="read-only", description="What the work may touch; a choice is always made read-only."
    )


def _arguments(options: CodexOptions, purpose: Purpose) -> tuple[str, ...]:
    chooses = purpose is Purpose.CHOICE
    return (
        *options.arguments,
        *("exec", "--json", "--skip-git-repo-check", "--sandbox", "read-only" if chooses else options.sandbox),
        *(() if options.model is None else ("--model", options.model)),
        *(("--output-schema", f"../{SCHEMA}") if chooses else ()),
        "-",
    )


def _prompt(roster: Roster, request: Request, purpose: Purpose) -> str:
    return as_question(request, roster) if purpose is Purpose.CHOICE else as_said(request)


def _runs(options: CodexOptions, context: BuildContext) -> LiveRuns:
    """Return what runs the product.

    Raises:
        InvalidConfigurationError: If there is no such workspace.
    """
    product = Product(
        reader=CodexReading,
        program=options.program or "codex",
        arguments=partial(_arguments, options),
        prompt=partial(_prompt, context.roster),
        roster=context.roster,
        roster_files=no_files(context.roster),
        files={SCHEMA: answer_schema(context.roster)},
        passed=KEYS if options.environment is None else options.environment,
        chooses_apart=True,
    )
    return LiveRuns(product, options, context)


ROUTER, SUBJECT = components(CodexOptions, _runs, version=VERSION, caveat=CAVEAT, content=content_of)
