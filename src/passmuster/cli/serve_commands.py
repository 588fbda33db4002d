"""The command `serve`; light, since --help reads it."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import Suite


def serve(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Listen at this address of the machine.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Answer to this name as well; may be repeated.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Take the token from this file. Default: one is made up.")
    ] = None,
    reviews: Annotated[bool, typer.Option("--reviews", help="Let people accept, label and comment on cases.")] = False,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", help="With --reviews, who decides. Default: the user's name.")
    ] = None,
    reviewer_header: Annotated[
        str | None, typer.Option("--reviewer-header", help="The header in which a proxy says who decides.")
    ] = None,
) -> None:
    """Show stored runs to a team in the browser, behind a token."""
    from passmuster.cli import serving

    wish = serving.Wish(
        port=port,
        host=host,
        allowed=tuple(allow_host or ()),
        token_file=token_file,
        has_reviews=reviews,
        reviewer=reviewer,
        reviewer_header=reviewer_header,
    )
    serving.serve(suite, wish)
