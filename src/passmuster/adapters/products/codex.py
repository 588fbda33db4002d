"""Codex as a model that is asked which agent is to take a request, and as a subject that does the work.

Codex spawns agents only when it is told to, and its output does not tell which. So the choice is a question of its own,
and the work another run, without agents.
"""

from functools import partial
from typing import Literal

from pydantic import Field

from passmuster.adapters.products.codex_events import VERSION, CodexReading
from passmuster.adapters.products.options import ProductOptions, content_of
from passmuster.adapters.products.product import Product, ProductRouter, ProductSubject, Purpose
from passmuster.adapters.products.prompts import answer_schema, as_question, as_said
from passmuster.adapters.products.roster_files import no_files
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request
from passmuster.ports import Router, Subject

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
    return LiveRuns(product, options, context.folder)


def build_router(options: CodexOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidConfigurationError: If there is no such workspace.
    """
    return ProductRouter(_runs(options, context))


def build_subject(options: CodexOptions, context: BuildContext) -> Subject:
    """Build the subject for the context's roster.

    Raises:
        InvalidConfigurationError: If there is no such workspace.
    """
    return ProductSubject(_runs(options, context))


ROUTER = Component(options=CodexOptions, build=build_router, version=VERSION, caveat=CAVEAT, content=content_of)
SUBJECT = Component(options=CodexOptions, build=build_subject, version=VERSION, caveat=CAVEAT, content=content_of)
