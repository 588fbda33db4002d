"""Arguments that many commands take; light, since --help reads them."""

from typing import Annotated

import typer

Suite = Annotated[
    str | None,
    typer.Argument(help="A suite.yaml, its folder, or the folder's name below evals. Default: the only suite."),
]
"""Which suite."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
"""Whether to print for machines."""

Host = Annotated[
    str | None,
    typer.Option("--host", help="By whose rules a folder is read: claude_code, skills, copilot, … Default: found out."),
]
"""Which host's rules."""
