"""Any program as a router and as a subject: it gets the request on its standard input, and prints a choice.

It prints either one JSON object, ``{"agent": "name" or null, "confidence"?: 0 to 1, "text"?: "…"}``, or what one of the
products prints, whose reader is then named.
"""

from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from passmuster.adapters.products.options import RunOptions, Variable, content_of
from passmuster.adapters.products.product import Product, Purpose, components
from passmuster.adapters.products.prompts import as_document, as_said
from passmuster.adapters.products.readers import VERSION, ReaderName, reader_of
from passmuster.adapters.products.roster_files import (
    RosterFiles,
    claude_code_files,
    gemini_cli_files,
    no_files,
    opencode_files,
)
from passmuster.adapters.products.running import LiveRuns
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request
from passmuster.domain.values import Fingerprint, fingerprint_of
from passmuster.programs.arguments import Argument, fingerprint_of_file

_WRITERS = {
    "claude_code": claude_code_files,
    "gemini_cli": gemini_cli_files,
    "opencode": opencode_files,
    "none": no_files,
}


class CommandOptions(RunOptions):
    """Options of a command."""

    command: tuple[Argument, ...] = Field(
        min_length=1,
        description="The program (a name, or a place that begins with ./ or /) and its arguments; no shell reads it.",
    )
    reader: ReaderName = Field(default="json", description="How its output is read: as JSON, or as a product's.")
    input: Literal["text", "json"] = Field(
        default="text",
        description="What it gets on its standard input: the request, or JSON with request, history and agents.",
    )
    agents_as: Literal["claude_code", "gemini_cli", "opencode", "none"] = Field(
        default="claude_code", description="The product as whose files the agents lie in its workspace."
    )
    environment: tuple[Variable, ...] = Field(
        default=(), description="Names of the environment variables that it may see, besides PATH and the language."
    )
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")


def _prompt(options: CommandOptions, roster: Roster, request: Request, _purpose: Purpose) -> str:
    return as_said(request) if options.input == "text" else as_document(request, roster)


def _arguments(options: CommandOptions, plugins: tuple[str, ...], _purpose: Purpose) -> tuple[str, ...]:
    shown = plugins if options.reader == "claude_code" else ()
    return (*options.command[1:], *(word for plugin in shown for word in ("--plugin-dir", f"../{plugin}")))


def _content(options: CommandOptions, folder: Path) -> Fingerprint:
    """Return the fingerprint of the workspace, and of the program where it lies beside the suite."""
    program = options.command[0]
    if "/" not in program:
        return content_of(options, folder)
    return fingerprint_of([content_of(options, folder), fingerprint_of_file(folder / program)])


def _runs(options: CommandOptions, context: BuildContext) -> LiveRuns:
    """Return what runs the product.

    Raises:
        InvalidRosterError: If the agents cannot be written as that product's.
        InvalidConfigurationError: If there is no such workspace.
    """
    files: RosterFiles = _WRITERS[options.agents_as](context.roster)
    reader = reader_of(options.reader, context.roster)
    assert reader is not None  # noqa: S101 - the options allow known names only
    product = Product(
        reader=reader,
        program=options.command[0],
        arguments=partial(_arguments, options, files.plugins),
        prompt=partial(_prompt, options, context.roster),
        roster=context.roster,
        roster_files=files,
        passed=options.environment,
        # It need not know --version; who wants to tell apart what it is names it differently.
        tells_version=True,
    )
    return LiveRuns(product, options, context)


ROUTER, SUBJECT = components(
    CommandOptions, _runs, version=VERSION, is_deterministic=lambda options: options.deterministic, content=_content
)
